//! The vault's data keys, and the values that they seal.

use sqlx::AssertSqlSafe;

use super::foundation::VAULT_ROW;
use super::{StoreError, Tx, affected, each};

/// A wrapped data key.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct VaultKeyRow {
    pub(crate) id: String,
    pub(crate) wrapped: Vec<u8>,
    pub(crate) wrapped_by: String,
    pub(crate) created_at: i64,
    pub(crate) active_from: i64,
    pub(crate) retired_at: Option<i64>,
    pub(crate) trouble: Option<String>,
}

/// Every data key, in the order in which they seal.
pub(crate) async fn keys(tx: &mut Tx) -> Result<Vec<VaultKeyRow>, StoreError> {
    const SQL: &str = "SELECT id, wrapped, wrapped_by, created_at, active_from, retired_at, \
                       trouble FROM vault_keys ORDER BY active_from, id";
    Ok(each!(tx, c => sqlx::query_as(SQL).fetch_all(c))?)
}

/// Stores a data key.
pub(crate) async fn insert_key(tx: &mut Tx, row: &VaultKeyRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO vault_keys (id, wrapped, wrapped_by, created_at, active_from) \
                       VALUES ($1, $2, $3, $4, $5)";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.wrapped,
        &row.wrapped_by,
        row.created_at,
        row.active_from
    );
    Ok(())
}

/// Makes whoever begins a rotation take turns until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx) -> Result<(), StoreError> {
    affected!(tx, "UPDATE vault SET id = id WHERE id = $1", VAULT_ROW);
    Ok(())
}

/// Puts a key off that somebody cannot unwrap; too late when it seals already.
pub(crate) async fn put_off(
    tx: &mut Tx,
    id: &str,
    trouble: &str,
    now: i64,
    until: i64,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE vault_keys SET trouble = $2, active_from = $4 \
                       WHERE id = $1 AND active_from > $3 AND active_from < $4";
    affected!(tx, SQL, id, trouble, now, until);
    Ok(())
}

/// Nothing is left that these keys open: all that sealed before this one.
pub(crate) async fn retire_keys(tx: &mut Tx, active: &str, now: i64) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE vault_keys SET retired_at = $2 WHERE retired_at IS NULL \
                       AND active_from < (SELECT k.active_from FROM vault_keys k \
                       WHERE k.id = $1)";
    affected!(tx, SQL, active, now);
    Ok(())
}

/// A key opens something after all.
pub(crate) async fn unretire_key(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE vault_keys SET retired_at = NULL WHERE id = $1";
    affected!(tx, SQL, id);
    Ok(())
}

/// Forgets a key for ever.
pub(crate) async fn delete_key(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    affected!(tx, "DELETE FROM vault_keys WHERE id = $1", id);
    Ok(())
}

/// The sealed key of token hashes.
pub(crate) async fn token_key(tx: &mut Tx) -> Result<Option<Vec<u8>>, StoreError> {
    const SQL: &str = "SELECT token_key FROM vault WHERE id = $1";
    let row: Option<(Option<Vec<u8>>,)> =
        each!(tx, c => sqlx::query_as(SQL).bind(VAULT_ROW).fetch_optional(c))?;
    Ok(row.and_then(|(key,)| key))
}

/// Stores the key of token hashes, unless there is one.
pub(crate) async fn keep_token_key(tx: &mut Tx, sealed: &[u8]) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE vault SET token_key = $2 WHERE id = $1 AND token_key IS NULL";
    affected!(tx, SQL, VAULT_ROW, sealed);
    Ok(())
}

/// How many values of a column do not begin with `head`. An empty one stands for a secret that we
/// do
/// not hold.
pub(crate) async fn count_others(
    tx: &mut Tx,
    table: &str,
    column: &str,
    head: &[u8],
) -> Result<i64, StoreError> {
    let sql = format!(
        "SELECT COUNT(*) FROM {table} WHERE LENGTH({column}) > 0 AND SUBSTR({column}, 1, {}) <> $1",
        head.len()
    );
    Ok(each!(tx, c => sqlx::query_scalar(AssertSqlSafe(sql)).bind(head).fetch_one(c))?)
}

/// Whether a value of a column begins with `head`.
pub(crate) async fn has_value(
    tx: &mut Tx,
    table: &str,
    column: &str,
    head: &[u8],
) -> Result<bool, StoreError> {
    let sql = format!(
        "SELECT COUNT(*) FROM (SELECT 1 AS one FROM {table} \
         WHERE SUBSTR({column}, 1, {}) = $1 LIMIT 1) AS found",
        head.len()
    );
    let found: i64 = each!(tx, c =>
        sqlx::query_scalar(AssertSqlSafe(sql)).bind(head).fetch_one(c))?;
    Ok(found > 0)
}

/// Rows after `after` whose value does not begin with `head`: id and value. Locked until the
/// transaction ends; what others have locked is left out, so that nobody waits for anybody.
pub(crate) async fn others(
    tx: &mut Tx,
    (table, column): (&str, &str),
    head: &[u8],
    after: &str,
    limit: i64,
) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let lock = match tx {
        Tx::Postgres(_) => "FOR UPDATE SKIP LOCKED",
        Tx::Sqlite(_) => "",
    };
    let sql = format!(
        "SELECT id, {column} FROM {table} WHERE id > $1 AND LENGTH({column}) > 0 \
         AND SUBSTR({column}, 1, {}) <> $2 ORDER BY id LIMIT $3 {lock}",
        head.len()
    );
    Ok(each!(tx, c => sqlx::query_as(AssertSqlSafe(sql))
        .bind(after)
        .bind(head)
        .bind(limit)
        .fetch_all(c))?)
}

/// Puts a value that was sealed anew in the place of the one that was read.
pub(crate) async fn reseal(
    tx: &mut Tx,
    (table, column): (&str, &str),
    id: &str,
    before: &[u8],
    after: &[u8],
) -> Result<(), StoreError> {
    let sql = format!("UPDATE {table} SET {column} = $1 WHERE id = $2 AND {column} = $3");
    affected!(tx, AssertSqlSafe(sql), after, id, before);
    Ok(())
}
