//! OpenID Connect: the authorization code flow with PKCE, as a relying party.
//!
//! A person is who the provider says by (issuer, subject), never by an email address. Their
//! memberships follow the provider's groups, and a tenant's provider gives nothing beyond its
//! organisation.

mod discovery;
mod groups;
mod signature;
mod token;

pub(crate) use discovery::{Discovery, Document};
pub(crate) use groups::{Mapping, follow_groups, read_mappings, write_mappings};
pub(crate) use signature::install as install_signatures;
pub(crate) use token::{Claims, Exchange, encoded, redeem};

use crate::outbound::OutboundError;

/// Why somebody was not signed in. The word goes to the sign-in page, the cause to the log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OidcError {
    /// The provider cannot be reached, or does not answer as it should.
    #[error("the identity provider could not be asked")]
    Provider(#[from] OutboundError),
    /// What the provider says of itself is not what was configured.
    #[error("the identity provider's description is wrong: {0}")]
    Discovery(&'static str),
    /// The ID token is not good.
    #[error("the ID token is not good: {0}")]
    Token(&'static str),
    /// The ID token's signature or its standard claims are not good.
    #[error("the ID token is not good")]
    Signature(#[from] jsonwebtoken::errors::Error),
}
