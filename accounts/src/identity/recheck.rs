//! Whether a live connection may stay after its account, or what let it in, has changed.

use std::sync::Arc;

use super::{AuthError, Identity, Origin, check_account, configured, current_origin};
use crate::permissions::Permissions;
use crate::policy::AccountPolicy;
use crate::trust::Trust;

/// What a claims update means for a live connection that may stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recheck {
    /// The rights are as they were.
    Unchanged,
    /// These replace the identity's permissions.
    Permissions(Arc<Permissions>),
}

/// Decides whether a live connection may stay after its account's claims were replaced by
/// `account`. An error means that it must be closed, for that reason. `asked` is the policy of
/// [`Identity::admitted_by`] now, if there is one.
pub fn recheck(
    identity: &Identity,
    trust: &Trust,
    account: &AccountPolicy,
    asked: Option<&AccountPolicy>,
    now: i64,
) -> Result<Recheck, AuthError> {
    check_stands(identity, trust, account, now)?;
    if let Origin::Configured { .. } = &identity.origin {
        return Ok(configured::renewed(identity, account));
    }
    match identity.admitted_by {
        None if identity.authority.is_some() => {}
        None if account.may_skip_callout(&identity.user) => {}
        None => return Err(AuthError::CalloutRequired),
        Some(key) => {
            let asked = asked.filter(|asked| asked.key == key);
            let asked = asked.filter(|asked| asked.vouches_for(account, trust, now));
            let asked = asked.ok_or(AuthError::CalloutWithdrawn)?;
            if let Some(presented) = &identity.presented {
                check_stands(presented, trust, asked, now)?;
            }
        }
    }
    if identity.uses_default_permissions && identity.permissions != account.default_permissions {
        return Ok(Recheck::Permissions(Arc::clone(
            &account.default_permissions,
        )));
    }
    Ok(Recheck::Unchanged)
}

/// Whether the account of now would still take the user's credential.
fn check_stands(
    identity: &Identity,
    trust: &Trust,
    account: &AccountPolicy,
    now: i64,
) -> Result<(), AuthError> {
    if identity.account != account.key {
        return Err(AuthError::WrongAccount);
    }
    check_account(trust, account, now)?;
    if identity.expires_at.is_some_and(|at| at <= now) {
        return Err(AuthError::Expired);
    }
    if account.is_revoked(&identity.user, identity.issued_at) {
        return Err(AuthError::Revoked);
    }
    if let Origin::Configured { version, way } = &identity.origin {
        return account.users.stands(&identity.user, *version, *way);
    }
    match current_origin(trust, account, &identity.issuer) {
        Ok(origin) if origin.vouches_as(&identity.origin) => {}
        _ => return Err(AuthError::IssuerRemoved),
    }
    if let Some(authority) = &identity.authority
        && !account.devices.has(authority, &identity.issuer)
    {
        return Err(AuthError::AuthorityRemoved);
    }
    if let Some(second) = &identity.second {
        second.check_stands(account)?;
    }
    let bears = identity.bearer && account.limits.disallow_bearer;
    (!bears).then_some(()).ok_or(AuthError::BearerDisallowed)
}
