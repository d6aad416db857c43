//! Where devices belong: an account and a role of it, without the account's claims, which may be
//! large.

use super::{StoreError, Tx, each};

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
}

impl PlaceRow {
    /// Whether the account goes by this id, nkey or slug.
    pub(crate) fn is_called(&self, reference: &str) -> bool {
        [&self.account_id, &self.account_key, &self.slug]
            .iter()
            .any(|own| *own == reference)
    }

    /// Whether users of the role can log in at all.
    pub(crate) fn is_open(&self) -> bool {
        self.state == "active"
            && self.suspended_at.is_none()
            && !self.role_disabled
            && self.role_deleted_at.is_none()
    }
}

/// A role and its account.
pub(crate) async fn of_role(tx: &mut Tx, role_id: &str) -> Result<PlaceRow, StoreError> {
    const SQL: &str = "SELECT a.id AS account_id, a.public_key AS account_key, a.slug, a.org_id, \
                       a.state, a.suspended_at, r.id AS role_id, \
                       r.disabled AS role_disabled, r.deleted_at AS role_deleted_at \
                       FROM roles r JOIN accounts a ON a.id = r.account_id WHERE r.id = $1";
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
