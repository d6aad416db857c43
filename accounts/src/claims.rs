//! What is inside tokens, one module per type.
//!
//! The structs hold every field of the Go library's claims, and keep fields that they do not
//! know (`extra`), so that reading and writing a foreign token loses nothing. An absent limit
//! reads as 0, which means none; -1 means unlimited.

pub mod account;
pub mod activation;
pub mod authorization;
pub mod generic;
pub mod operator;
mod shape;
pub mod user;
pub mod validate;

/// For `skip_serializing_if`: a value that reads back from an absent field.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
