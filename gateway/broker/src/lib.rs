//! The data plane: connections, authentication, routing within and across accounts, the account
//! resolver and `$SYS`.
//!
//! A message's way: a `connection` task reads and parses, asks the account's table (`routing`)
//! who gets it, appends to the receivers' outbound queues and wakes each of them once per read.
//! Accounts come alive on first use (`tenants`) from what the `resolver` keeps, and change when
//! the `system` account says so. This crate knows nothing of databases, HTTP or configuration
//! files.

mod account;
mod callouts;
mod clock;
mod config;
mod connection;
mod denials;
mod handle;
mod hash;
mod hashing;
mod live;
mod meter;
mod monitoring;
mod operators;
mod resolver;
mod routing;
mod seats;
mod server;
mod system;
mod tenants;
mod token;
mod transport;

pub use clock::rfc3339;
pub use config::{
    ACCOUNT_IDLE_TIME, AccountSource, Auth, Config, Deletion, Fetching, LameDuck, ListenOptions,
    PROTOCOL_VERSION, Resolver, ServerLimits, Tracing, Trusted, WriteTimeout,
};
pub use handle::{Broker, Prepared, ReconfigureError, StartError};
pub use live::{Live, ReloadWish};
pub use monitoring::{
    About, AccstatzOptions, ConnState, ConnzOptions, HealthzOptions, SubszOptions,
};
pub use operators::TrustOthersError;
pub use resolver::StoreError;
pub use tenants::preload::{Preload, PreloadError};
pub use transport::listener::{CookieNames, WebSocketOptions};
pub use transport::tls::{HandshakeFirst, TlsCell, TlsSettings};
