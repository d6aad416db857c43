//! API keys: who may call. The secret itself is not here, only its keyed hash.

use super::list::{Conditions, Kind, List, Listed, Value, field};
use super::{Scope, StoreError, Tx, affected, each};

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct ApiKeyRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) org_id: Option<String>,
    pub(crate) account_id: Option<String>,
    pub(crate) prefix: String,
    pub(crate) last4: String,
    pub(crate) key_hash: String,
    pub(crate) bootstrap: bool,
    pub(crate) created_at: i64,
    pub(crate) expires_at: i64,
    pub(crate) last_used_at: Option<i64>,
    pub(crate) version: i64,
}

macro_rules! select_keys {
    ($where:literal) => {
        concat!(
            "SELECT id, name, role, org_id, account_id, prefix, last4, key_hash, bootstrap, \
             created_at, expires_at, last_used_at, version FROM api_keys ",
            $where
        )
    };
}

/// Stores a new key.
pub(crate) async fn insert(tx: &mut Tx, row: &ApiKeyRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO api_keys (id, name, role, org_id, account_id, prefix, last4, \
                       key_hash, bootstrap, created_at, expires_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.name,
        &row.role,
        row.org_id.as_deref(),
        row.account_id.as_deref(),
        &row.prefix,
        &row.last4,
        &row.key_hash,
        row.bootstrap,
        row.created_at,
        row.expires_at,
    );
    Ok(())
}

/// The key with this hash that may be used now: not revoked, not expired, its account not deleted.
pub(crate) async fn authenticate(
    tx: &mut Tx,
    key_hash: &str,
    now: i64,
) -> Result<Option<ApiKeyRow>, StoreError> {
    const SQL: &str = select_keys!(
        "WHERE key_hash = $1 AND revoked_at IS NULL AND expires_at > $2 \
         AND (account_id IS NULL OR EXISTS (SELECT 1 FROM accounts a \
         WHERE a.id = api_keys.account_id AND a.state = 'active'))"
    );
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(key_hash).bind(now).fetch_optional(c))?)
}

/// Notes that the key was used.
pub(crate) async fn touch(tx: &mut Tx, id: &str, now: i64) -> Result<(), StoreError> {
    affected!(
        tx,
        "UPDATE api_keys SET last_used_at = $2 WHERE id = $1",
        id,
        now
    );
    Ok(())
}

/// The key with this id, if it is not revoked and the scope reaches it.
pub(crate) async fn find(
    tx: &mut Tx,
    scope: &Scope,
    id: &str,
) -> Result<Option<ApiKeyRow>, StoreError> {
    const SQL: &str = select_keys!(
        "WHERE id = $1 AND revoked_at IS NULL \
         AND (CAST($2 AS TEXT) IS NULL OR org_id = $2) \
         AND (CAST($3 AS TEXT) IS NULL OR account_id = $3)"
    );
    Ok(each!(tx, c => sqlx::query_as(SQL)
        .bind(id)
        .bind(scope.org_id.as_deref())
        .bind(scope.account_id.as_deref())
        .fetch_optional(c))?)
}

impl Listed for ApiKeyRow {
    const LIST: List = List {
        select: select_keys!(""),
        from: "FROM api_keys",
        id: "id",
        newest_first: false,
        sorts: &[field("name", "name", Kind::Text)],
        filters: &[
            field("name", "name", Kind::Text),
            field("org", "org_id", Kind::Text),
            field("account", "account_id", Kind::Text),
        ],
        search: Some(field("name", "name", Kind::Text)),
    };

    fn id(&self) -> &str {
        &self.id
    }

    fn sort_value(&self, _: &str) -> Value {
        Value::from(&*self.name)
    }
}

/// The keys that the scope reaches and that are not revoked.
pub(crate) fn within(scope: &Scope) -> Conditions {
    Conditions::default()
        .that("revoked_at IS NULL")
        .within("org_id", scope.org_id.as_deref())
        .within("account_id", scope.account_id.as_deref())
}

/// Revokes a key. `false` when it was revoked already.
pub(crate) async fn revoke(tx: &mut Tx, id: &str, now: i64) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    Ok(affected!(tx, SQL, id, now) == 1)
}

/// Revokes the bootstrap keys that are still open: a new one takes their place.
pub(crate) async fn revoke_bootstrap(tx: &mut Tx, now: i64) -> Result<(), StoreError> {
    const SQL: &str =
        "UPDATE api_keys SET revoked_at = $2 WHERE bootstrap = $1 AND revoked_at IS NULL";
    affected!(tx, SQL, true, now);
    Ok(())
}

/// How many keys give platform rights now.
pub(crate) async fn count_platform_admins(tx: &mut Tx, now: i64) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM api_keys WHERE role = 'platform_admin' \
                       AND revoked_at IS NULL AND expires_at > $1";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(now).fetch_one(c))?)
}
