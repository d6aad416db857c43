//! Somebody who is connected, as servers show it to others: enough to foretell what a change of
//! its account's claims will do to it.

use std::sync::Arc;

use super::{AuthError, Identity, UserLimits, current_origin};
use crate::nkeys::PublicKey;
use crate::permissions::Permissions;
use crate::policy::AccountPolicy;
use crate::quotas::Quotas;
use crate::trust::Trust;

/// What is known of a connection from outside of its server.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// The key that logged in.
    pub user: PublicKey,
    /// The key that signed the user.
    pub issuer: PublicKey,
    /// Unix seconds.
    pub issued_at: i64,
    /// Its token alone was enough.
    pub bearer: bool,
    /// SHA-256 of the certificate of the authority that signed for it: it is a device.
    pub authority: Option<[u8; 32]>,
}

impl Identity {
    /// Who that is while `account` is in force, for [`super::recheck`] and for nothing else: what
    /// it may do is left out. Whom the account's callout has let in is taken to be so.
    ///
    /// # Errors
    /// When nobody can be in that account with that signature.
    pub fn seen(trust: &Trust, account: &AccountPolicy, seen: &Seen) -> Result<Self, AuthError> {
        let came_in_alone = seen.authority.is_some() || account.may_skip_callout(&seen.user);
        Ok(Self {
            account: account.key,
            user: seen.user,
            issuer: seen.issuer,
            name: String::new(),
            issued_at: seen.issued_at,
            expires_at: None,
            bearer: seen.bearer,
            admitted_by: (!came_in_alone).then_some(account.key),
            presented: None,
            permissions: Arc::new(Permissions::default()),
            uses_default_permissions: false,
            limits: UserLimits {
                subs: -1,
                data: -1,
                payload: -1,
            },
            quotas: Quotas::default(),
            tags: Vec::new(),
            authority: seen.authority,
            second: None,
            called: None,
            origin: current_origin(trust, account, &seen.issuer)?,
        })
    }
}
