//! The black-box suites, one binary: house rules, the wire, tenants, the API, outages.
//!
//! Each suite runs against real processes that it starts itself; see the harness in `tests/src`.
#![cfg(test)]

mod arrows;
mod both;
mod config_corpus;
mod configured;
mod differences;
mod differential;
mod logging;
mod monitoring;
mod product;
mod readme;
mod security_tests;
mod seed;
mod tenants;
mod tidy;
mod transport;
mod wire;
