//! What the protocol crate promises, tested through its public interface.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

mod connect;
mod corpus;
mod encoding;
mod errors;
mod header_blocks;
mod info;
mod memory;
mod rules;
mod splits;
mod websocket;

use protocol::Limits;
use protocol::fuzzing::{Transcript, transcript};

const LIMITS: Limits = Limits {
    control_line_max: 4096,
    payload_max: 1 << 20,
    headers: true,
};

/// The outcome of one read with default limits.
fn read(stream: &[u8]) -> Transcript {
    transcript(LIMITS, false, [stream])
}
