//! Who calls, and what they may do: extractors that a handler names in its signature.
//!
//! - [`Caller`]: anybody with a valid credential, a key or a session.
//! - [`May`]: a caller with a right, wherever it reaches; lists show what the caller's scope holds.
//! - [`InAccount`], [`InOrg`]: the account or organisation of the path, already loaded within the
//!   caller's scope, and a right in it.
//! - [`SignedIn`]: a person, for what is their own; [`Visitor`]: nobody yet.
//!
//! Another tenant's object is absent (404), never forbidden.

mod caller;
pub(crate) mod cookie;
mod extract;
mod later;
pub(crate) mod oidc;
pub(crate) mod password;
mod rights;
mod roles;
mod session;
pub(crate) mod settings;
mod throttle;
pub(crate) mod totp;

pub(crate) use caller::{
    Anyone, Caller, Credential, HalfSignedIn, Missing, SignedIn, Visitor, credential,
};
pub(crate) use extract::{InAccount, InOrg, May, RIGHT_MARK};
pub(crate) use later::still_asks;
pub(crate) use rights::{Reach, Right, Rights, may};
pub(crate) use roles::{BuiltIn, rights_of};
pub(crate) use session::{Session, begin, raise};
pub(crate) use throttle::Attempt;
