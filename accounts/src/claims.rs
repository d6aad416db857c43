//! What is inside tokens, one module per type.
//!
//! The structs hold every field of the Go library's claims, and keep fields that they do not
//! know (`extra`), so that reading and writing a foreign token loses nothing. An absent limit
//! reads as 0, which means none; -1 means unlimited.

pub mod account;
pub mod activation;
pub mod generic;
pub mod operator;
pub mod user;
pub(crate) mod validate;

use serde::{Deserialize, Deserializer};

use crate::nkeys::PublicKey;

/// For `skip_serializing_if`: a value that reads back from an absent field.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Reads a key that may be absent; some libraries write an empty text then.
pub(crate) fn optional_key<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<PublicKey>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    PublicKey::parse(&text)
        .map(Some)
        .map_err(serde::de::Error::custom)
}
