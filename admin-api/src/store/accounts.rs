//! Accounts: identity, sealed seeds, limits and the claims that were minted last.

use super::list::{Conditions, Kind, List, Listed, Value, field};
use super::{Scope, StoreError, Tx, Window, affected, each};
use crate::ids::IdKind;

/// An account together with how far its engine has followed it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct AccountRow {
    pub(crate) id: String,
    pub(crate) org_id: String,
    pub(crate) slug: String,
    pub(crate) name: String,
    /// `tenant`, or `system` of the installation's own.
    pub(crate) kind: String,
    pub(crate) state: String,
    pub(crate) public_key: String,
    pub(crate) signing_key: String,
    pub(crate) signing_seed: Vec<u8>,
    pub(crate) limits: String,
    /// [`crate::settings::AccountSettings`] as JSON.
    pub(crate) settings: String,
    pub(crate) plan_id: Option<String>,
    /// What differs from the plan, as JSON.
    pub(crate) plan_limits: String,
    pub(crate) plan_error: Option<String>,
    pub(crate) suspended_at: Option<i64>,
    pub(crate) suspend_reason: Option<String>,
    pub(crate) purge_at: Option<i64>,
    pub(crate) generation: i64,
    pub(crate) jwt: String,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    /// Counts the changes of settings and state: not of what engines and other rows do to it.
    pub(crate) version: i64,
    pub(crate) wanted_generation: i64,
    pub(crate) applied_generation: i64,
    pub(crate) last_error: Option<String>,
}

impl AccountRow {
    /// Whether no seed of the account is known, so that nobody can be given credentials for it.
    pub(crate) fn is_read_only(&self) -> bool {
        self.signing_seed.is_empty()
    }

    /// Whether it is the installation's own account of this slug, and no tenant's.
    pub(crate) fn is_own(&self, slug: &str) -> bool {
        self.kind == "system" && self.slug == slug
    }

    /// Whether every engine holds the claims that were minted last.
    pub(crate) fn is_live(&self) -> bool {
        self.applied_generation >= self.wanted_generation
    }

    /// Whether nobody may connect and nothing is shared: suspended, or deleted.
    pub(crate) fn is_cut(&self) -> bool {
        self.suspended_at.is_some() || self.state == "deleted"
    }
}

/// What is needed to store a new account.
#[derive(Debug)]
pub(crate) struct NewAccount<'a> {
    pub(crate) id: &'a str,
    pub(crate) org_id: &'a str,
    pub(crate) slug: &'a str,
    pub(crate) name: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) public_key: &'a str,
    pub(crate) identity_seed: &'a [u8],
    pub(crate) signing_key: &'a str,
    pub(crate) signing_seed: &'a [u8],
    pub(crate) limits: &'a str,
    pub(crate) settings: &'a str,
    pub(crate) generation: i64,
    pub(crate) jwt: &'a str,
    /// The operator's key that signed it.
    pub(crate) signed_by: &'a str,
    pub(crate) now: i64,
}

/// An account's columns, joined with the progress of its slowest engine.
macro_rules! select_accounts {
    ($where:literal) => {
        concat!(
            "SELECT a.id, a.org_id, a.slug, a.name, a.kind, a.state, a.public_key, \
             a.signing_key, a.signing_seed, a.limits, a.settings, a.plan_id, a.plan_limits, \
             a.plan_error, a.suspended_at, a.suspend_reason, a.purge_at, a.generation, a.jwt, \
             a.created_at, \
             a.updated_at, a.version, \
             COALESCE(e.wanted_generation, a.generation) AS wanted_generation, \
             COALESCE(e.applied_generation, 0) AS applied_generation, e.last_error \
             FROM accounts a LEFT JOIN engine_accounts e ON e.account_id = a.id \
             AND e.engine_id = (SELECT s.engine_id FROM engine_accounts s \
             WHERE s.account_id = a.id \
             ORDER BY s.wanted_generation - s.applied_generation DESC, s.engine_id LIMIT 1) ",
            $where
        )
    };
}

/// Stores a new account; [`StoreError::Duplicate`] when the slug is taken.
pub(crate) async fn insert(tx: &mut Tx, new: &NewAccount<'_>) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO accounts (id, org_id, slug, name, kind, state, public_key, \
                       identity_seed, signing_key, signing_seed, limits, settings, generation, \
                       jwt, signed_by, created_at, updated_at) \
                       VALUES ($1, $2, $3, $4, $5, 'active', $6, $7, $8, $9, $10, $11, $12, \
                       $13, $14, $15, $15)";
    affected!(
        tx,
        SQL,
        new.id,
        new.org_id,
        new.slug,
        new.name,
        new.kind,
        new.public_key,
        new.identity_seed,
        new.signing_key,
        new.signing_seed,
        new.limits,
        new.settings,
        new.generation,
        new.jwt,
        new.signed_by,
        new.now,
    );
    Ok(())
}

/// The tenant account with this id, nkey or slug, if it is not deleted and the scope reaches it.
pub(crate) async fn find(
    tx: &mut Tx,
    scope: &Scope,
    reference: &str,
) -> Result<Option<AccountRow>, StoreError> {
    const SQL: &str = select_accounts!(
        "WHERE (a.id = $1 OR a.public_key = $1 OR a.slug = $1) \
         AND a.kind = 'tenant' AND a.state = 'active' \
         AND (CAST($2 AS TEXT) IS NULL OR a.org_id = $2) \
         AND (CAST($3 AS TEXT) IS NULL OR a.id = $3)"
    );
    Ok(each!(tx, c => sqlx::query_as(SQL)
        .bind(reference)
        .bind(scope.org_id.as_deref())
        .bind(scope.account_id.as_deref())
        .fetch_optional(c))?)
}

/// Whether an account is in use. Deleted ones are listed elsewhere.
const STATES: [(&str, &str); 2] = [
    ("active", "a.suspended_at IS NULL"),
    ("suspended", "a.suspended_at IS NOT NULL"),
];

impl Listed for AccountRow {
    const ID: Option<IdKind> = Some(IdKind::Account);
    const BY_CREATION: &'static [&'static str] = &["state", "plan"];
    const LIST: List = List {
        select: select_accounts!(""),
        from: "FROM accounts a",
        id: "a.id",
        newest_first: false,
        sorts: &[
            field("name", "a.name", Kind::Text),
            field("slug", "a.slug", Kind::Text),
        ],
        filters: &[
            field("name", "a.name", Kind::Text),
            field("slug", "a.slug", Kind::Text),
            field("public_key", "a.public_key", Kind::Text),
            field("org", "a.org_id", Kind::Text),
            field("state", "a.suspended_at", Kind::Words(&STATES)),
            field("plan", "a.plan_id", Kind::Text),
        ],
        search: Some(field("slug", "a.slug", Kind::Text)),
    };

    fn id(&self) -> &str {
        &self.id
    }

    fn sort_value(&self, name: &str) -> Value {
        Value::from(if name == "name" {
            &*self.name
        } else {
            &*self.slug
        })
    }
}

/// The tenant accounts that the scope reaches.
pub(crate) fn within(scope: &Scope) -> Conditions {
    Conditions::default()
        .that("a.kind = 'tenant'")
        .that("a.state = 'active'")
        .within("a.org_id", scope.org_id.as_deref())
        .within("a.id", scope.account_id.as_deref())
}

/// The system account, if the database was founded.
pub(crate) async fn system(tx: &mut Tx) -> Result<Option<AccountRow>, StoreError> {
    // The installation's other accounts are younger.
    const SQL: &str = select_accounts!("WHERE a.kind = 'system' ORDER BY a.id LIMIT 1");
    Ok(each!(tx, c => sqlx::query_as(SQL).fetch_optional(c))?)
}

/// Every account of any kind and state after `window.after`: what an engine should hold.
pub(crate) async fn all(tx: &mut Tx, window: &Window) -> Result<Vec<AccountRow>, StoreError> {
    const SQL: &str = select_accounts!("WHERE a.id > $1 ORDER BY a.id LIMIT $2");
    Ok(each!(tx, c => sqlx::query_as(SQL)
        .bind(&window.after)
        .bind(window.limit)
        .fetch_all(c))?)
}

/// The account with this id, whatever its kind and state.
pub(crate) async fn by_id(tx: &mut Tx, id: &str) -> Result<Option<AccountRow>, StoreError> {
    const SQL: &str = select_accounts!("WHERE a.id = $1");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(id).fetch_optional(c))?)
}

/// The account with this key, whatever its kind and state.
pub(crate) async fn by_key(tx: &mut Tx, key: &str) -> Result<Option<AccountRow>, StoreError> {
    const SQL: &str = select_accounts!("WHERE a.public_key = $1");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(key).fetch_optional(c))?)
}

/// The account with this id, its row locked until the transaction ends. Deleted ones included.
pub(crate) async fn lock(tx: &mut Tx, id: &str) -> Result<Option<AccountRow>, StoreError> {
    // The lock that an UPDATE would take, without another version of the row. On SQLite the whole
    // transaction has the only lock there is.
    if let Tx::Postgres(tx) = &mut *tx {
        const SQL: &str = "SELECT id FROM accounts WHERE id = $1 FOR NO KEY UPDATE";
        sqlx::query(SQL).bind(id).execute(&mut **tx).await?;
    }
    by_id(tx, id).await
}

/// The account of the installation itself with this slug.
pub(crate) async fn installation_own(
    tx: &mut Tx,
    slug: &str,
) -> Result<Option<AccountRow>, StoreError> {
    const SQL: &str = select_accounts!("WHERE a.kind = 'system' AND a.slug = $1");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(slug).fetch_optional(c))?)
}

/// Stores newly minted claims. The caller holds the row's lock.
pub(crate) async fn set_claims(
    tx: &mut Tx,
    id: &str,
    (generation, jwt): (i64, &str),
    signed_by: &str,
    now: i64,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE accounts SET generation = $2, jwt = $3, signed_by = $4, \
                       updated_at = $5 WHERE id = $1";
    affected!(tx, SQL, id, generation, jwt, signed_by, now);
    Ok(())
}

/// Changes the display name, the limits and what the claims say besides.
pub(crate) async fn set_settings(tx: &mut Tx, row: &AccountRow) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE accounts SET name = $2, limits = $3, settings = $4, \
                       updated_at = $5, version = version + 1 WHERE id = $1";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.name,
        &row.limits,
        &row.settings,
        row.updated_at
    );
    Ok(())
}

/// Changes the key that signs users.
pub(crate) async fn set_signing_key(
    tx: &mut Tx,
    id: &str,
    signing_key: &str,
    signing_seed: &[u8],
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE accounts SET signing_key = $2, signing_seed = $3 WHERE id = $1";
    affected!(tx, SQL, id, signing_key, signing_seed);
    Ok(())
}

/// Marks the account as deleted, to be purged at `purge_at`. Its slug stays reserved until then.
pub(crate) async fn mark_deleted(
    tx: &mut Tx,
    id: &str,
    now: i64,
    purge_at: i64,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE accounts SET state = 'deleted', deleted_at = $2, updated_at = $2, \
                       purge_at = $3, version = version + 1 WHERE id = $1";
    affected!(tx, SQL, id, now, purge_at);
    Ok(())
}
