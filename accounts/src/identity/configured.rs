//! Users that the configuration names, in the place of a token.

use std::sync::Arc;

use super::{AuthError, Identity, Origin, Recheck, UserLimits, Way};
use crate::configured::User;
use crate::permissions::Permissions;
use crate::policy::AccountPolicy;
use crate::quotas::Quotas;

/// Lets a user of the configuration in, who has shown that it is the one
/// ([`crate::configured::Claimed::prove`]). `account` is the policy of its account; what it says of
/// the user counts, should the configuration have changed meanwhile.
///
/// [`AuthError::CalloutRequired`] means that everything else is in order: the configuration's auth
/// callout has to be asked.
pub fn admit(account: &AccountPolicy, user: &User, way: Way) -> Result<Identity, AuthError> {
    if user.account != account.key {
        return Err(AuthError::WrongAccount);
    }
    if user.proxy_required && !way.proxied {
        return Err(AuthError::ProxyRequired);
    }
    let version = user.version;
    account.users.stands(&user.key, version, way)?;
    Ok(Identity {
        account: account.key,
        user: user.key,
        issuer: account.issuer,
        name: user.called.to_string(),
        issued_at: 0,
        expires_at: None,
        bearer: false,
        admitted_by: None,
        presented: None,
        permissions: permissions(account, user),
        uses_default_permissions: user.permissions.is_none(),
        limits: UserLimits {
            subs: -1,
            data: -1,
            payload: -1,
        },
        quotas: Quotas::default(),
        tags: Vec::new(),
        authority: None,
        second: None,
        called: Some(Arc::clone(&user.called)),
        origin: Origin::Configured { version, way },
    })
}

/// What the configuration of now says of a user that may stay.
pub(super) fn renewed(identity: &Identity, account: &AccountPolicy) -> Recheck {
    let user = account.users.get(&identity.user);
    let now = match user {
        Some(user) => Some(permissions(account, user)),
        None => account.users.is_open.then(Arc::default),
    };
    match now {
        Some(permissions) if permissions != identity.permissions => {
            Recheck::Permissions(permissions)
        }
        _ => Recheck::Unchanged,
    }
}

fn permissions(account: &AccountPolicy, user: &User) -> Arc<Permissions> {
    let own = user.permissions.as_ref();
    Arc::clone(own.unwrap_or(&account.default_permissions))
}
