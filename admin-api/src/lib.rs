//! The control plane of Tidegate: the REST API, its database, the vault, and the reconciler that
//! carries account claims to the broker.
//!
//! It reaches a broker over NATS only, with a short-lived user of the system account, so that an
//! embedded broker and an existing cluster are driven alike. A change is committed first and
//! pushed then; the answer says whether every server has followed (`live`).
//!
//! [`bootstrap::found`] makes the operator on the first run, before any broker exists; [`start`]
//! serves the API and keeps serving (503) while the database is away.

pub mod backup;
pub mod bootstrap;

mod app;
mod auth;
mod callout;
mod claims;
mod clock;
mod console;
mod devices;
mod engine;
mod enrol;
mod events;
mod feed;
mod files;
mod gate;
mod http;
mod ids;
mod installation;
mod issue;
mod limits;
mod metrics;
mod mint;
mod names;
mod operator;
mod outbound;
mod pki;
mod plans;
mod problem;
mod random;
mod reconciler;
mod request;
mod rights;
mod service;
mod settings;
mod sharing;
mod store;
mod sweeper;
mod telemetry;
mod token;
mod trail;
mod transfer;
mod vault;
mod webhooks;

pub use backup::{BackupError, BackupKey, Restored};
pub use bootstrap::{BootstrapError, Founding, Storage};
pub use engine::Engine;
pub use http::{Door, Onboarding, REQUESTS_PER_SECOND, ShowsCertificates, openapi_json, serve};
pub use installation::OpenError;
pub use mint::MintError;
pub use operator::{OnOperator, Trusted};
pub use service::{AdminApi, Config, StartError, start, start_with_onboarding};
pub use store::StoreError;
pub use telemetry::SPAN_TARGET;
pub use transfer::{
    Bundle, BundleError, Exported, ExportedAccount, ExportedOperator, ExportedUser, Imported,
    ImportedAccount, TransferError,
};
pub use vault::VaultError;
