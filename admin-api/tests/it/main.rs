//! The control plane as a whole: its API over HTTP, on both databases, with a real nats-server
//! for an engine.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod authorisation;
mod bad_input;
mod checks;
mod cluster;
mod conditional;
mod dry_run;
mod events;
mod founding;
mod harness;
mod idempotency;
mod lists;
mod openapi;
mod outage;
mod postgres;
mod resources;
mod sharing;
mod tenants;
