//! A second factor: a token that counts only together with the certificate of one of the account's
//! devices. A user or its role may ask for it, by `require_certificate` in their `tidegate` object.

use serde_json::{Map, Value};

use super::{AuthError, ConnectFacts, Origin};
use crate::claims::user::UserBody;
use crate::jwt::Claims;
use crate::nkeys::PublicKey;
use crate::policy::AccountPolicy;
use crate::quotas;

/// The field in the object.
pub const REQUIRE_CERTIFICATE: &str = "require_certificate";

/// The certificate that came with a token. The login stands as long as it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// The device's user key.
    pub device: PublicKey,
    /// Unix seconds.
    pub not_before: i64,
    /// Unix seconds; it is good until the end of this one.
    pub not_after: i64,
    role: PublicKey,
    authority: [u8; 32],
}

impl SecondFactor {
    /// Whether the account still takes the certificate.
    pub(super) fn check_stands(&self, account: &AccountPolicy) -> Result<(), AuthError> {
        if account.is_revoked(&self.device, self.not_before) {
            return Err(AuthError::Revoked);
        }
        match account.devices.has(&self.authority, &self.role) {
            true => Ok(()),
            false => Err(AuthError::AuthorityRemoved),
        }
    }
}

/// Whether these further fields of a user or of a role's template ask for a certificate. What
/// cannot be read is an error, so that it does not vanish by a slip of the pen.
pub fn requires_certificate(fields: &Map<String, Value>) -> Result<bool, AuthError> {
    let object = fields.get(quotas::OBJECT).and_then(Value::as_object);
    match object.and_then(|object| object.get(REQUIRE_CERTIFICATE)) {
        None => Ok(false),
        Some(Value::Bool(is_required)) => Ok(*is_required),
        Some(_) => Err(AuthError::BadCondition(format!(
            "tidegate.{REQUIRE_CERTIFICATE}"
        ))),
    }
}

/// The certificate, where one is asked for.
pub(super) fn check(
    account: &AccountPolicy,
    origin: &Origin,
    user: &Claims<UserBody>,
    facts: &ConnectFacts<'_>,
) -> Result<Option<SecondFactor>, AuthError> {
    let of_role = match origin {
        Origin::Scoped { scope, .. } => requires_certificate(&scope.template.extra)?,
        _ => false,
    };
    if !requires_certificate(&user.nats.extra)? && !of_role {
        return Ok(None);
    }
    if facts.certificates.is_empty() {
        return Err(AuthError::CertificateRequired);
    }
    let devices = &account.devices;
    let device = devices.verify(&account.key, facts.certificates, facts.now)?;
    let second = SecondFactor {
        device: device.user,
        not_before: device.not_before,
        not_after: device.not_after,
        role: device.role,
        authority: device.authority,
    };
    second.check_stands(account)?;
    Ok(Some(second))
}
