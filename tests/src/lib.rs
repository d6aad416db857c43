//! The harness of the black-box suites: real processes, real sockets, real clients.
//!
//! Nothing here looks inside another crate of the house, except `accounts`, whose key and JWT
//! types mint the credentials that the suites need. Every wait has a deadline, every process
//! that is started here is stopped when its handle is dropped.

pub mod api;
pub mod broker;
pub mod certs;
pub mod cli;
pub mod collector;
pub mod daemon;
pub mod differential;
pub mod mint;
pub mod open_files;
pub mod paths;
pub mod postgres;
pub mod scripts;
pub mod session;
pub mod tidegate;
pub mod wait;
pub mod websocket;
pub mod wire;

pub use api::{Answer, Api, MadeUser};
pub use broker::{Broker, Which};
pub use certs::Certs;
pub use cli::{Cli, Said};
pub use collector::{Collector, Rotel, Seen};
pub use daemon::Daemon;
pub use postgres::Postgres;
pub use session::Session;
pub use tidegate::Tidegate;
pub use wire::{Frame, Message, Wire};
