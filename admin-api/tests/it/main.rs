//! The control plane as a whole: its API over HTTP, on both databases, with a real nats-server
//! for an engine.

mod openapi;
