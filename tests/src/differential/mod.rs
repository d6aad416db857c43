//! The differential suite: random account graphs on our broker and on a real nats-server, with the
//! same traffic and the same changes of claims, and everything that can be seen compared.
//!
//! A seed is a graph ([`Case::generate`]); [`play`](play::play) takes it through both servers in
//! lockstep; [`run`](run::run) does so for many at once and counts; what differs and is not
//! listed in [`known`] is made small ([`shrink`]) and told.

pub mod case;
pub mod coverage;
mod generate;
pub mod known;
pub mod pair;
mod peer;
pub mod play;
pub mod random;
pub mod report;
pub mod run;
pub mod shrink;

pub use case::Case;
pub use report::Report;
pub use run::{Plan, run};
