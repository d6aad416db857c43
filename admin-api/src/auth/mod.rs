//! Who calls, and what they may do: extractors that a handler names in its signature.
//!
//! - [`Caller`]: anybody with a valid credential.
//! - [`May`]: a caller with a right, wherever it reaches; lists show what the caller's scope holds.
//! - [`InAccount`], [`InOrg`]: the account or organisation of the path, already loaded within the
//!   caller's scope, and a right in it.
//!
//! Another tenant's object is absent (404), never forbidden.

mod caller;
mod extract;
mod rights;
mod roles;

pub(crate) use caller::{Caller, credential};
pub(crate) use extract::{InAccount, InOrg, May};
pub(crate) use rights::{Reach, Right, Rights, may};
pub(crate) use roles::{BuiltIn, rights_of};
