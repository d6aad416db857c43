//! API keys: who may call. The secret itself is not here, only its keyed hash.

use super::list::{Conditions, Kind, List, Listed, Value, field};
use super::{Scope, StoreError, Tx, affected, each};
use crate::ids::IdKind;

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct ApiKeyRow {
    pub(crate) id: String,
    pub(crate) name: String,
    /// A built-in's name or an access role's id.
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
    /// What the key is narrowed to, of what its role gives.
    pub(crate) rights: Option<String>,
    /// The addresses that it may be used from.
    pub(crate) cidrs: Option<String>,
    /// Whose key it is; the role is that one's then.
    pub(crate) service_account_id: Option<String>,
    pub(crate) membership_id: Option<String>,
}

impl ApiKeyRow {
    pub(crate) fn scope(&self) -> Scope {
        Scope::of(self.org_id.as_deref(), self.account_id.as_deref())
    }
}

/// A key that may be used now, with the role that its holder has now.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct UsableKey {
    #[sqlx(flatten)]
    pub(crate) row: ApiKeyRow,
    /// The rights of the role, where it is no built-in.
    pub(crate) role_rights: Option<String>,
    /// The person whose key it is.
    pub(crate) member_id: Option<String>,
}

macro_rules! select_keys {
    ($more:literal, $rest:literal) => {
        select_keys!(
            $more,
            " FROM api_keys k \
             LEFT JOIN service_accounts s ON s.id = k.service_account_id \
             LEFT JOIN memberships m ON m.id = k.membership_id ",
            $rest
        )
    };
    ($more:literal, $from:literal, $rest:expr) => {
        concat!(
            "SELECT k.id, k.name, COALESCE(s.role, m.role, k.role) AS role, k.org_id, \
             k.account_id, k.prefix, k.last4, k.key_hash, k.bootstrap, k.created_at, \
             k.expires_at, k.last_used_at, k.rights, k.cidrs, k.service_account_id, \
             k.membership_id, k.version",
            $more,
            $from,
            $rest
        )
    };
}

/// Stores a new key.
pub(crate) async fn insert(tx: &mut Tx, row: &ApiKeyRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO api_keys (id, name, role, org_id, account_id, prefix, last4, \
                       key_hash, bootstrap, created_at, expires_at, rights, cidrs, \
                       service_account_id, membership_id) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
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
        row.rights.as_deref(),
        row.cidrs.as_deref(),
        row.service_account_id.as_deref(),
        row.membership_id.as_deref(),
    );
    Ok(())
}

macro_rules! select_usable {
    ($which:literal) => {
        select_keys!(
            ", r.rights AS role_rights, m.member_id AS member_id",
            " FROM api_keys k \
             LEFT JOIN service_accounts s ON s.id = k.service_account_id \
             LEFT JOIN memberships m ON m.id = k.membership_id \
             LEFT JOIN access_roles r ON r.id = COALESCE(s.role, m.role, k.role) ",
            concat!(
                $which,
                " AND k.revoked_at IS NULL AND k.expires_at > $2 \
                 AND (k.account_id IS NULL OR EXISTS (SELECT 1 FROM accounts a \
                 WHERE a.id = k.account_id AND a.state = 'active')) \
                 AND s.disabled_at IS NULL \
                 AND (k.membership_id IS NULL OR EXISTS (SELECT 1 FROM members p \
                 WHERE p.id = m.member_id AND p.disabled_at IS NULL))"
            )
        )
    };
}

/// The key with this hash that may be used now: neither revoked nor expired, its account not
/// deleted, its holder not disabled.
pub(crate) async fn authenticate(
    tx: &mut Tx,
    key_hash: &str,
    now: i64,
) -> Result<Option<UsableKey>, StoreError> {
    const SQL: &str = select_usable!("WHERE k.key_hash = $1");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(key_hash).bind(now).fetch_optional(c))?)
}

/// The same by its id: for what somebody asked for with it, and which runs later.
pub(crate) async fn usable(
    tx: &mut Tx,
    id: &str,
    now: i64,
) -> Result<Option<UsableKey>, StoreError> {
    const SQL: &str = select_usable!("WHERE k.id = $1");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(id).bind(now).fetch_optional(c))?)
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
        "",
        "WHERE k.id = $1 AND k.revoked_at IS NULL \
         AND (CAST($2 AS TEXT) IS NULL OR k.org_id = $2) \
         AND (CAST($3 AS TEXT) IS NULL OR k.account_id = $3)"
    );
    Ok(each!(tx, c => sqlx::query_as(SQL)
        .bind(id)
        .bind(scope.org_id.as_deref())
        .bind(scope.account_id.as_deref())
        .fetch_optional(c))?)
}

impl Listed for ApiKeyRow {
    const ID: Option<IdKind> = Some(IdKind::ApiKey);
    const LIST: List = List {
        select: select_keys!("", ""),
        from: "FROM api_keys k",
        id: "k.id",
        newest_first: false,
        sorts: &[field("name", "k.name", Kind::Text)],
        filters: &[
            field("name", "k.name", Kind::Text),
            field("org", "k.org_id", Kind::Text),
            field("account", "k.account_id", Kind::Text),
        ],
        search: Some(field("name", "k.name", Kind::Text)),
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
        .that("k.revoked_at IS NULL")
        .in_columns(["k.org_id", "k.account_id"], scope)
}

/// The person's own keys that are not revoked.
pub(crate) fn personal(member_id: &str) -> Conditions {
    const SELECT: &str = select_keys!(
        "",
        " FROM memberships m CROSS JOIN api_keys k \
         LEFT JOIN service_accounts s ON s.id = k.service_account_id",
        ""
    );
    const FROM: &str = "FROM memberships m CROSS JOIN api_keys k";
    // A person has few keys: however they are filtered and sorted, they are found by the person.
    Conditions::default()
        .out_of(SELECT, FROM)
        .that("k.membership_id = m.id AND k.revoked_at IS NULL")
        .equal("m.member_id", member_id)
}

/// The person's own key with this id.
pub(crate) async fn find_personal(
    tx: &mut Tx,
    member_id: &str,
    id: &str,
) -> Result<Option<ApiKeyRow>, StoreError> {
    const SQL: &str = select_keys!(
        "",
        "WHERE m.member_id = $1 AND k.id = $2 AND k.revoked_at IS NULL"
    );
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(member_id).bind(id).fetch_optional(c))?)
}

/// Sets when a key ends.
pub(crate) async fn set_end(tx: &mut Tx, id: &str, expires_at: i64) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE api_keys SET expires_at = $2, version = version + 1 \
                       WHERE id = $1";
    affected!(tx, SQL, id, expires_at);
    Ok(())
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
