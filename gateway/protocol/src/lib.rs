//! The NATS client protocol, sans-io: bytes in, operations out, and the other way round.
//!
//! This crate knows every verb, every `-ERR` text and the two JSON objects of the handshake. It
//! knows nothing of sockets, time, accounts or routing, and it never validates subjects beyond what
//! the framing needs. Everything here accepts hostile input: it may refuse, it never panics, and
//! what it keeps between two reads is bounded by [`Limits`].
//!
//! ```
//! use protocol::{Handler, Limits, Op, Parsed, Parser};
//! use std::ops::ControlFlow;
//!
//! struct Count(usize);
//! impl Handler for Count {
//!     type Stop = ();
//!     fn limits(&self) -> Limits {
//!         Limits { control_line_max: 4096, payload_max: 1 << 20, headers: true }
//!     }
//!     fn op(&mut self, op: Op<'_>) -> ControlFlow<()> {
//!         self.0 += usize::from(matches!(op, Op::Pub { .. }));
//!         ControlFlow::Continue(())
//!     }
//! }
//!
//! let mut parser = Parser::new();
//! let mut seen = Count(0);
//! let read = b"PUB a 2\r\nhi\r\nPUB b 5\r\nhe";
//! assert!(matches!(parser.parse(read, &mut seen), Ok(Parsed::NeedMore)));
//! assert!(matches!(parser.parse(b"llo\r\n", &mut seen), Ok(Parsed::NeedMore)));
//! assert_eq!((seen.0, parser.buffered()), (2, 0));
//! ```

pub mod client;
mod closed;
mod connect;
pub mod encode;
pub mod error;
mod frame;
#[doc(hidden)]
pub mod fuzzing;
pub mod headers;
mod info;
mod line;
mod op;
mod parser;
pub mod proxy;
pub mod websocket;

pub use closed::ClosedReason;
pub use connect::{ConnectError, ConnectOptions};
pub use error::{ServerError, WrongPort};
pub use headers::HeaderBlock;
pub use info::ServerInfo;
pub use op::Op;
pub use parser::{Handler, Limits, ParseError, Parsed, Parser};
