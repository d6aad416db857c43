//! Certificates for devices: authorities, what they issue, and what devices ask for.
//!
//! Nothing here knows the database or the clock: keys come out of the vault, times are arguments.
//! What a broker makes of the certificates is [`accounts::devices`].

mod authority;
mod new_key;
pub(crate) mod ocsp;
mod pem;
mod pkcs7;
mod request;

pub(crate) use authority::{Authority, KeyKind, PkiError, Revocation, Revoked};
pub(crate) use new_key::NewKey;
pub(crate) use pem::{der_of, pem};
pub(crate) use pkcs7::certs_only;
pub(crate) use request::{CertificateRequest, RequestError};

#[cfg(test)]
mod tests;
