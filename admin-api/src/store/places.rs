//! Where devices belong: an account and a role of it, without the account's claims, which may be
//! large.

use super::{StoreError, Tx, each};
use crate::devices::Policy;
use crate::pki::KeyKind;

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct PlaceRow {
    pub(crate) account_id: String,
    pub(crate) account_key: String,
    slug: String,
    pub(crate) org_id: String,
    state: String,
    suspended_at: Option<i64>,
    pub(crate) role_id: String,
    role_disabled: bool,
    role_deleted_at: Option<i64>,
    /// Everybody of the account was revoked until then.
    pub(crate) everybody_until: Option<i64>,
    policy_key_kind: Option<String>,
    policy_certificate_seconds: Option<i64>,
    policy_grace_seconds: Option<i64>,
    policy_approval: Option<bool>,
    policy_server_keys: Option<bool>,
}

impl PlaceRow {
    /// Whether the account goes by this id, nkey or slug.
    pub(crate) fn is_called(&self, reference: &str) -> bool {
        [&self.account_id, &self.account_key, &self.slug]
            .iter()
            .any(|own| *own == reference)
    }

    /// How the role's devices are dealt with.
    pub(crate) fn policy(&self) -> Result<Policy, StoreError> {
        let corrupt = || StoreError::corrupt("device_policies.key_kind", &self.role_id);
        let Some(key_kind) = &self.policy_key_kind else {
            return Ok(Policy::default());
        };
        Ok(Policy {
            key_kind: KeyKind::parse(key_kind).ok_or_else(corrupt)?,
            certificate_seconds: self.policy_certificate_seconds.ok_or_else(corrupt)?,
            grace_seconds: self.policy_grace_seconds.ok_or_else(corrupt)?,
            approval: self.policy_approval.ok_or_else(corrupt)?,
            server_keys: self.policy_server_keys.ok_or_else(corrupt)?,
        })
    }

    /// Whether users of the role can log in at all.
    pub(crate) fn is_open(&self) -> bool {
        self.state == "active"
            && self.suspended_at.is_none()
            && !self.role_disabled
            && self.role_deleted_at.is_none()
    }
}

/// A role and its account: one trip, since a device asks for all of it.
pub(crate) async fn of_role(tx: &mut Tx, role_id: &str) -> Result<PlaceRow, StoreError> {
    const SQL: &str = "SELECT a.id AS account_id, a.public_key AS account_key, a.slug, a.org_id, \
                       a.state, a.suspended_at, r.id AS role_id, \
                       r.disabled AS role_disabled, r.deleted_at AS role_deleted_at, \
                       v.revoked_at AS everybody_until, p.key_kind AS policy_key_kind, \
                       p.certificate_seconds AS policy_certificate_seconds, \
                       p.grace_seconds AS policy_grace_seconds, p.approval AS policy_approval, \
                       p.server_keys AS policy_server_keys \
                       FROM roles r JOIN accounts a ON a.id = r.account_id \
                       LEFT JOIN device_policies p ON p.role_id = r.id \
                       LEFT JOIN revocations v ON v.account_id = a.id AND v.user_key = '*' \
                       WHERE r.id = $1";
    let row = each!(tx, c => sqlx::query_as(SQL).bind(role_id).fetch_optional(c))?;
    row.ok_or_else(|| StoreError::corrupt("roles.id", role_id))
}

/// The id of the tenant account with this nkey, if it is not deleted.
pub(crate) async fn account_id(
    tx: &mut Tx,
    public_key: &str,
) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT id FROM accounts WHERE public_key = $1 AND kind = 'tenant' \
                       AND state = 'active'";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(public_key).fetch_optional(c))?)
}
