//! The crate through its public interface.
#![cfg(test)]

mod corpus;
mod foreign_tokens;
