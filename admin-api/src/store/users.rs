//! Users of an account.

use super::batch::Batch;
use super::issuances::{self, IssuanceRow};
use super::list::{Conditions, Ending, Kind, List, Listed, Value, field};
use super::{StoreError, Tx, affected, each};
use crate::ids::IdKind;

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct UserRow {
    pub(crate) id: String,
    pub(crate) account_id: String,
    pub(crate) name: String,
    pub(crate) public_key: String,
    pub(crate) bearer: bool,
    pub(crate) permissions: String,
    pub(crate) limits: String,
    pub(crate) issuer_key: String,
    pub(crate) jwt_id: String,
    pub(crate) issued_at: i64,
    /// 0: never.
    pub(crate) expires_at: i64,
    pub(crate) created_at: i64,
    pub(crate) role_id: Option<String>,
    pub(crate) conditions: String,
    /// A JSON list.
    pub(crate) tags: String,
    pub(crate) version: i64,
}

macro_rules! select_users {
    ($where:literal) => {
        concat!(
            "SELECT id, account_id, name, public_key, bearer, permissions, limits, issuer_key, \
             jwt_id, issued_at, expires_at, created_at, role_id, conditions, tags, \
             version FROM users ",
            $where
        )
    };
}

/// Stores a new user with its first credential; [`StoreError::Duplicate`] when the name or the key
/// is taken.
pub(crate) async fn insert(
    tx: &mut Tx,
    row: &UserRow,
    first: &IssuanceRow,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO users (id, account_id, name, public_key, state, bearer, \
                       permissions, limits, issuer_key, jwt_id, issued_at, expires_at, \
                       created_at, role_id, conditions, tags) VALUES ($1, $2, $3, $4, 'active', \
                       $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    let mut batch = Batch::default();
    batch.add(
        SQL,
        [
            (&row.id).into(),
            (&row.account_id).into(),
            (&row.name).into(),
            (&row.public_key).into(),
            row.bearer.into(),
            (&row.permissions).into(),
            (&row.limits).into(),
            (&row.issuer_key).into(),
            (&row.jwt_id).into(),
            row.issued_at.into(),
            row.expires_at.into(),
            row.created_at.into(),
            (&row.role_id).into(),
            (&row.conditions).into(),
            (&row.tags).into(),
        ],
    );
    issuances::add(&mut batch, first);
    batch.run(tx).await
}

/// The user with this id, nkey or name, if it is not deleted. A name never looks like the others.
/// Each is looked for by its own index: with `OR`, SQLite goes through all users of the account.
pub(crate) async fn find(
    tx: &mut Tx,
    account_id: &str,
    reference: &str,
) -> Result<Option<UserRow>, StoreError> {
    const SQL: &str = select_users!(
        "WHERE account_id = $1 AND state = 'active' AND id = (SELECT id FROM users \
         WHERE id = $2 UNION ALL SELECT id FROM users \
         WHERE account_id = $1 AND state = 'active' AND public_key = $2 \
         UNION ALL SELECT id FROM users \
         WHERE account_id = $1 AND state = 'active' AND name = $2 LIMIT 1)"
    );
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(account_id).bind(reference).fetch_optional(c))?)
}

/// Those of the names that users of the account have.
pub(crate) async fn taken(
    tx: &mut Tx,
    account_id: &str,
    names: &[&str],
) -> Result<Vec<String>, StoreError> {
    let places: Vec<String> = (2..names.len() + 2).map(|at| format!("${at}")).collect();
    let sql = format!(
        "SELECT name FROM users WHERE account_id = $1 AND state = 'active' AND name IN ({})",
        places.join(", ")
    );
    Ok(each!(tx, c => {
        let query = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(account_id);
        names.iter().fold(query, |query, name| query.bind(*name)).fetch_all(c)
    })?)
}

impl Listed for UserRow {
    const ID: Option<IdKind> = Some(IdKind::User);
    const BY_CREATION: &'static [&'static str] = &["role"];
    const ENDING: Option<Ending> = Some(Ending {
        name: "expires_before",
        field: field("expires_at", "expires_at", Kind::Time),
    });
    const LIST: List = List {
        select: select_users!(""),
        from: "FROM users",
        id: "id",
        newest_first: false,
        sorts: &[
            field("name", "name", Kind::Text),
            field("expires_at", "expires_at", Kind::Time),
        ],
        filters: &[
            field("name", "name", Kind::Text),
            field("public_key", "public_key", Kind::Text),
            field("bearer", "bearer", Kind::Flag),
            field("role", "role_id", Kind::Text),
        ],
        search: Some(field("name", "name", Kind::Text)),
    };

    fn id(&self) -> &str {
        &self.id
    }

    fn sort_value(&self, name: &str) -> Value {
        match name {
            "expires_at" => Value::Number(self.expires_at),
            _ => Value::from(&*self.name),
        }
    }
}

/// The account's users.
pub(crate) fn of(account_id: &str) -> Conditions {
    Conditions::default()
        .equal("account_id", account_id)
        .that("state = 'active'")
}

/// Marks the user as deleted. `false` when it was deleted already.
pub(crate) async fn mark_deleted(
    tx: &mut Tx,
    account_id: &str,
    id: &str,
    now: i64,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE users SET state = 'deleted', deleted_at = $3 \
                       WHERE account_id = $1 AND id = $2 AND state = 'active'";
    Ok(affected!(tx, SQL, account_id, id, now) == 1)
}

/// Marks all of a role's users as deleted, and says how many there were.
pub(crate) async fn mark_role_deleted(
    tx: &mut Tx,
    role_id: &str,
    now: i64,
) -> Result<u64, StoreError> {
    const SQL: &str = "UPDATE users SET state = 'deleted', deleted_at = $2 \
                       WHERE role_id = $1 AND state = 'active'";
    Ok(affected!(tx, SQL, role_id, now))
}

/// Stores a user's changeable columns and its newest credential.
pub(crate) async fn update(tx: &mut Tx, row: &UserRow) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE users SET name = $2, public_key = $3, bearer = $4, \
                       permissions = $5, limits = $6, issuer_key = $7, jwt_id = $8, \
                       issued_at = $9, expires_at = $10, role_id = $11, conditions = $12, \
                       tags = $13, version = version + 1 WHERE id = $1";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.name,
        &row.public_key,
        row.bearer,
        &row.permissions,
        &row.limits,
        &row.issuer_key,
        &row.jwt_id,
        row.issued_at,
        row.expires_at,
        row.role_id.as_deref(),
        &row.conditions,
        &row.tags,
    );
    Ok(())
}
