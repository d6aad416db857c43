//! Why a login is refused.

use crate::devices::DeviceError;
use crate::permissions::PermissionsError;
use crate::quotas::QuotaError;

/// Why a login is refused, or a live connection must go.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    #[error("the account's issuer is not a trusted operator key")]
    NotTrusted,
    #[error("the user belongs to another account")]
    WrongAccount,
    #[error("the user's issuer is not a key of the account")]
    IssuerNotAllowed,
    #[error("a user that is signed by a signing key must name its issuer_account")]
    IssuerAccountMissing,
    #[error("the operator is strict: users must be signed by a signing key")]
    StrictIssuer,
    #[error("the key that signed the user was removed, or its role changed")]
    IssuerRemoved,
    #[error("a user of a scoped signing key must carry no permissions and limits of its own")]
    ScopedUserNotZero,
    #[error("the role's template cannot be filled in for this user: {0}")]
    Template(String),
    #[error("{0}")]
    Permissions(#[from] PermissionsError),
    #[error("{0}")]
    Quotas(#[from] QuotaError),
    #[error("the account has expired")]
    AccountExpired,
    #[error("the account is not valid yet")]
    AccountNotYetValid,
    #[error("the user's token has expired")]
    Expired,
    #[error("the user's token is not valid yet")]
    NotYetValid,
    #[error("the user's token is not usable: {0}")]
    Invalid(String),
    #[error("the account allows no bearer tokens")]
    BearerDisallowed,
    #[error("the user may connect only through a trusted proxy")]
    ProxyRequired,
    #[error("the user may not use this type of connection")]
    ConnectionType,
    #[error("the server's nonce is not signed")]
    SignatureMissing,
    #[error("the signature of the server's nonce is not the user's")]
    BadSignature,
    #[error("the user was revoked")]
    Revoked,
    #[error("the account leaves the decision to its auth callout")]
    CalloutRequired,
    #[error("the auth callout may not place users in this account")]
    CalloutPlacement,
    #[error("the auth callout that let the user in may do so no longer")]
    CalloutWithdrawn,
    #[error("the user may not connect from this address")]
    ClientAddress,
    #[error("the user may not connect at this time of day")]
    OutsideHours,
    #[error("the time zone `{0}` of the user's hours is not an IANA name such as Europe/Berlin")]
    TimesLocation(String),
    #[error("the condition `{0}` of the user cannot be read")]
    BadCondition(String),
    #[error("{0}")]
    Device(#[from] DeviceError),
    #[error("the user must show the certificate of a device besides its token")]
    CertificateRequired,
    #[error("the key that stands for the device's role is no role of the account")]
    DeviceWithoutRole,
    #[error("the account no longer takes certificates of the authority that let the device in")]
    AuthorityRemoved,
    #[error("no user of the configuration has these credentials")]
    BadCredentials,
    #[error("the configuration has no such user any more, or other credentials for it")]
    NotConfigured,
}
