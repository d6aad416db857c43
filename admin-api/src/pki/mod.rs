//! Certificates for devices: authorities, what they issue, and what devices ask for.
//!
//! Nothing here knows the database or the clock: keys come out of the vault, times are arguments.
//! What a broker makes of the certificates is [`accounts::devices`].

mod authority;
mod pkcs7;
mod request;

pub(crate) use authority::{Authority, Issued, KeyKind, PkiError, Revoked};
pub(crate) use pkcs7::certs_only;
pub(crate) use request::{CertificateRequest, RequestError};

#[cfg(test)]
mod tests;
