//! Users of an account and the revocations that outlive them.

use super::list::{Conditions, Kind, List, Listed, Value, field};
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
    pub(crate) expires_at: i64,
    pub(crate) created_at: i64,
    pub(crate) version: i64,
}

/// An entry of the account's revocation map.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct RevocationRow {
    pub(crate) user_key: String,
    pub(crate) revoked_at: i64,
}

macro_rules! select_users {
    ($where:literal) => {
        concat!(
            "SELECT id, account_id, name, public_key, bearer, permissions, limits, issuer_key, \
             jwt_id, issued_at, expires_at, created_at, version FROM users ",
            $where
        )
    };
}

/// Stores a new user; [`StoreError::Duplicate`] when its name or key is in use in the account.
pub(crate) async fn insert(tx: &mut Tx, row: &UserRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO users (id, account_id, name, public_key, state, bearer, \
                       permissions, limits, issuer_key, jwt_id, issued_at, expires_at, \
                       created_at) \
                       VALUES ($1, $2, $3, $4, 'active', $5, $6, $7, $8, $9, $10, $11, $12)";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.account_id,
        &row.name,
        &row.public_key,
        row.bearer,
        &row.permissions,
        &row.limits,
        &row.issuer_key,
        &row.jwt_id,
        row.issued_at,
        row.expires_at,
        row.created_at,
    );
    Ok(())
}

/// The user with this id, nkey or name, if it is not deleted. A name never looks like the others.
pub(crate) async fn find(
    tx: &mut Tx,
    account_id: &str,
    reference: &str,
) -> Result<Option<UserRow>, StoreError> {
    const SQL: &str = select_users!(
        "WHERE account_id = $1 AND state = 'active' \
         AND (id = $2 OR public_key = $2 OR name = $2)"
    );
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(account_id).bind(reference).fetch_optional(c))?)
}

impl Listed for UserRow {
    const ID: Option<IdKind> = Some(IdKind::User);
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

/// Revokes what was issued for `user_key` up to `revoked_at`. The entry may be dropped after
/// `drop_after`. An earlier entry is only ever widened.
pub(crate) async fn revoke(
    tx: &mut Tx,
    account_id: &str,
    user_key: &str,
    revoked_at: i64,
    drop_after: i64,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO revocations (account_id, user_key, revoked_at, drop_after) \
                       VALUES ($1, $2, $3, $4) \
                       ON CONFLICT (account_id, user_key) DO UPDATE SET \
                       revoked_at = CASE WHEN revocations.revoked_at > $3 \
                       THEN revocations.revoked_at ELSE $3 END, \
                       drop_after = CASE WHEN revocations.drop_after > $4 \
                       THEN revocations.drop_after ELSE $4 END";
    affected!(tx, SQL, account_id, user_key, revoked_at, drop_after);
    Ok(())
}

/// When this key was last revoked in the account, if the entry still stands.
pub(crate) async fn revoked_at(
    tx: &mut Tx,
    account_id: &str,
    user_key: &str,
) -> Result<Option<i64>, StoreError> {
    const SQL: &str = "SELECT revoked_at FROM revocations WHERE account_id = $1 AND user_key = $2";
    Ok(each!(tx, c => sqlx::query_scalar(SQL)
        .bind(account_id)
        .bind(user_key)
        .fetch_optional(c))?)
}

/// The account's revocation map, without the entries that cover no valid credential any more:
/// those are dropped here.
pub(crate) async fn revocations(
    tx: &mut Tx,
    account_id: &str,
    now: i64,
) -> Result<Vec<RevocationRow>, StoreError> {
    const DROP: &str = "DELETE FROM revocations WHERE account_id = $1 AND drop_after < $2";
    affected!(&mut *tx, DROP, account_id, now);
    const SQL: &str =
        "SELECT user_key, revoked_at FROM revocations WHERE account_id = $1 ORDER BY user_key";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(account_id).fetch_all(c))?)
}
