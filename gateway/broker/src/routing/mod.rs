//! From a published message to the connections that get it.
//!
//! An account's [`sublist`] holds its subscriptions; [`cache`] remembers the answer per publisher;
//! [`deliver`] fans a message out; [`services`] carries requests into other accounts and answers
//! back. Lock order: a client's outbound queue is locked last and alone; an account's table is
//! never locked while delivering.

pub(crate) mod cache;
pub(crate) mod deliver;
pub(crate) mod latency;
mod mapping;
mod request_info;
pub(crate) mod responses;
mod services;
pub(crate) mod sub;
pub(crate) mod sublist;
pub(crate) mod trace;
