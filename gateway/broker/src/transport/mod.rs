//! How the bytes of a connection travel: plain TCP or TLS, and WebSocket inside either; and what
//! is settled before the first byte of the protocol.
//!
//! A [`listener`] says what its connections are offered; `connection/opening.rs` agrees on it with
//! the client, and the connection's task goes on with a [`stream`].

pub(crate) mod listener;
pub(crate) mod proxy;
pub(crate) mod stream;
#[cfg(test)]
mod tests;
pub(crate) mod tls;
pub(crate) mod upgrade;
pub(crate) mod websocket;
