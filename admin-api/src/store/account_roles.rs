//! Roles of an account: scoped signing keys and their templates, and keys that were rotated out.

use super::list::{Conditions, Kind, List, Listed, Value, field};
use super::{StoreError, Tx, affected, each};
use crate::ids::IdKind;

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct RoleRow {
    pub(crate) id: String,
    pub(crate) account_id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    /// [`crate::rights::Rights`] as JSON.
    pub(crate) template: String,
    pub(crate) signing_key: String,
    pub(crate) signing_seed: Vec<u8>,
    pub(crate) disabled: bool,
    pub(crate) version: i64,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

/// A signing key that was rotated out and is trusted for a while: a role's, or the account's own.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct RetiredKeyRow {
    pub(crate) public_key: String,
    pub(crate) account_id: String,
    pub(crate) role_id: Option<String>,
    pub(crate) drop_at: i64,
}

macro_rules! select_roles {
    ($where:literal) => {
        concat!(
            "SELECT id, account_id, name, description, template, signing_key, signing_seed, \
             disabled, version, created_at, updated_at FROM roles ",
            $where
        )
    };
}

/// Stores a new role; [`StoreError::Duplicate`] when its name is taken in the account.
pub(crate) async fn insert(tx: &mut Tx, row: &RoleRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO roles (id, account_id, name, description, template, \
                       signing_key, signing_seed, disabled, created_at, updated_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.account_id,
        &row.name,
        &row.description,
        &row.template,
        &row.signing_key,
        &row.signing_seed,
        row.disabled,
        row.created_at,
    );
    Ok(())
}

/// The role with this id or name. A name never looks like an id.
pub(crate) async fn find(
    tx: &mut Tx,
    account_id: &str,
    reference: &str,
) -> Result<Option<RoleRow>, StoreError> {
    const SQL: &str =
        select_roles!("WHERE account_id = $1 AND deleted_at IS NULL AND (id = $2 OR name = $2)");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(account_id).bind(reference).fetch_optional(c))?)
}

impl Listed for RoleRow {
    const ID: Option<IdKind> = Some(IdKind::Role);
    const LIST: List = List {
        select: select_roles!(""),
        from: "FROM roles",
        id: "id",
        newest_first: false,
        sorts: &[field("name", "name", Kind::Text)],
        filters: &[
            field("name", "name", Kind::Text),
            field("disabled", "disabled", Kind::Flag),
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

/// The account's roles.
pub(crate) fn of(account_id: &str) -> Conditions {
    Conditions::default()
        .equal("account_id", account_id)
        .that("deleted_at IS NULL")
}

/// All roles of an account: what its claims say.
pub(crate) async fn of_account(tx: &mut Tx, account_id: &str) -> Result<Vec<RoleRow>, StoreError> {
    const SQL: &str = select_roles!("WHERE account_id = $1 AND deleted_at IS NULL ORDER BY id");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(account_id).fetch_all(c))?)
}

/// Stores a role's changeable columns, its signing key among them.
pub(crate) async fn update(tx: &mut Tx, row: &RoleRow) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE roles SET name = $2, description = $3, template = $4, \
                       signing_key = $5, signing_seed = $6, disabled = $7, updated_at = $8, \
                       version = version + 1 WHERE id = $1";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.name,
        &row.description,
        &row.template,
        &row.signing_key,
        &row.signing_seed,
        row.disabled,
        row.updated_at,
    );
    Ok(())
}

/// Marks a role as deleted: its key signs nobody any more, and its name is free.
pub(crate) async fn mark_deleted(tx: &mut Tx, id: &str, now: i64) -> Result<(), StoreError> {
    affected!(&mut *tx, "DELETE FROM retired_keys WHERE role_id = $1", id);
    affected!(
        tx,
        "UPDATE roles SET deleted_at = $2 WHERE id = $1",
        id,
        now
    );
    Ok(())
}

/// Keeps a key that was rotated out until `drop_at`.
pub(crate) async fn retire_key(
    tx: &mut Tx,
    row: &RetiredKeyRow,
    now: i64,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO retired_keys (public_key, account_id, role_id, retired_at, \
                       drop_at) VALUES ($1, $2, $3, $4, $5)";
    affected!(
        tx,
        SQL,
        &row.public_key,
        &row.account_id,
        row.role_id.as_deref(),
        now,
        row.drop_at,
    );
    Ok(())
}

/// Drops the account's retired keys whose time is over, and says how many there were.
pub(crate) async fn drop_retired(
    tx: &mut Tx,
    account_id: &str,
    now: i64,
) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM retired_keys WHERE account_id = $1 AND drop_at <= $2";
    Ok(affected!(tx, SQL, account_id, now))
}

/// The account's retired keys.
pub(crate) async fn retired_keys(
    tx: &mut Tx,
    account_id: &str,
) -> Result<Vec<RetiredKeyRow>, StoreError> {
    const SQL: &str = "SELECT public_key, account_id, role_id, drop_at FROM retired_keys \
                       WHERE account_id = $1 ORDER BY public_key";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(account_id).fetch_all(c))?)
}

/// How many users that are not deleted have the role.
pub(crate) async fn count_users(tx: &mut Tx, id: &str) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM users WHERE role_id = $1 AND state = 'active'";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(id).fetch_one(c))?)
}

/// How many credentials that are valid at `now` this key has signed.
pub(crate) async fn count_signed(
    tx: &mut Tx,
    account_id: &str,
    issuer_key: &str,
    now: i64,
) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM issuances WHERE account_id = $1 AND issuer_key = $2 \
                       AND (expires_at = 0 OR expires_at > $3)";
    Ok(each!(tx, c => sqlx::query_scalar(SQL)
        .bind(account_id)
        .bind(issuer_key)
        .bind(now)
        .fetch_one(c))?)
}
