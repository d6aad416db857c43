//! The control plane as a whole: its API over HTTP, on both databases, with a real nats-server
//! for an engine.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod access;
mod audit;
mod auth_callout;
mod authorisation;
mod bad_input;
mod checks;
mod cluster;
mod conditional;
mod credentials;
mod device_gate;
mod devices;
mod door;
mod dry_run;
mod events;
mod feed;
mod founding;
mod full_claims;
mod harness;
mod idempotency;
mod impact;
mod keys;
mod lifecycle;
mod lists;
mod manifest;
mod oidc;
mod openapi;
mod operations;
mod operator;
mod outage;
mod people;
mod postgres;
mod problems;
mod promises;
mod pushes;
mod requests;
mod resources;
mod roles;
mod settings;
mod sharing;
mod tenants;
mod transfer;
mod usage;
mod user_batches;
mod vault;
mod webhooks;
