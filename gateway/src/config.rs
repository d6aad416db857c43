//! nats-server's configuration language, from text to a tree of values with their places.
//!
//! This module knows the grammar and nothing of what the directives mean: that is `options`.
//! Whatever the input is, reading it ends with a tree or an error and takes bounded memory.

mod cursor;
mod error;
mod parser;
mod references;
mod scalar;
mod session;
#[cfg(test)]
mod tests;
mod value;

pub(crate) use error::{ConfigError, Problem};
pub(crate) use parser::load;
#[cfg(test)]
pub(crate) use parser::parse_text;
pub(crate) use value::{Entry, Map, Node, Position, Value, shorten};
