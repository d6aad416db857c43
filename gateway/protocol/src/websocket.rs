//! WebSocket (RFC 6455) as NATS servers speak it, sans-io: the upgrade, frames in both directions,
//! and compressed messages (RFC 7692, without context takeover).
//!
//! What a message is does not matter to NATS: the payloads of all messages, one after the other,
//! are the byte stream that [`crate::Parser`] reads. Hostile input is refused, never a panic, and
//! what is kept of it has an end.

mod close;
mod deflate;
mod frame;
mod origin;
mod upgrade;

pub use close::{CloseCode, close_payload};
pub use deflate::{Deflater, InflateError, Inflated, Inflater};
pub use frame::{CONTROL_MAX, Decoder, Event, FrameError, Opcode, Step, frame_header};
pub use origin::Origin;
pub use upgrade::{Upgrade, UpgradeError, accept_key};
