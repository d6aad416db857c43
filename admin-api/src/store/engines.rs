//! Engines: the lease of the one process that pushes, and how far each account has come.

use super::accounts::AccountRow;
use super::{StoreError, Tx, affected, each};

/// The embedded engine of every installation.
pub(crate) const LOCAL: &str = "local";
/// The kind of engine that is our own broker in this process.
pub(crate) const EMBEDDED: &str = "embedded";

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct EngineRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: String,
}

/// One push that is due.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct DuePush {
    pub(crate) account_id: String,
    pub(crate) jwt: String,
    pub(crate) generation: i64,
    pub(crate) failures: i64,
}

/// Stores a new engine.
pub(crate) async fn insert(tx: &mut Tx, row: &EngineRow, now: i64) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO engines (id, name, kind, created_at) VALUES ($1, $2, $3, $4)";
    affected!(tx, SQL, &row.id, &row.name, &row.kind, now);
    Ok(())
}

/// The engine of this name.
pub(crate) async fn find(tx: &mut Tx, name: &str) -> Result<Option<EngineRow>, StoreError> {
    const SQL: &str = "SELECT id, name, kind FROM engines WHERE name = $1";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(name).fetch_optional(c))?)
}

/// Takes or renews the lease on an engine. `false` when another process holds it.
pub(crate) async fn take_lease(
    tx: &mut Tx,
    engine_id: &str,
    holder: &str,
    now: i64,
    until: i64,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE engines SET lease_holder = $2, lease_until = $4 WHERE id = $1 \
                       AND (lease_holder IS NULL OR lease_holder = $2 OR lease_until < $3)";
    Ok(affected!(tx, SQL, engine_id, holder, now, until) == 1)
}

/// Gives the lease back, so that another process need not wait for its end.
pub(crate) async fn drop_lease(
    tx: &mut Tx,
    engine_id: &str,
    holder: &str,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE engines SET lease_holder = NULL, lease_until = 0 \
                       WHERE id = $1 AND lease_holder = $2";
    affected!(tx, SQL, engine_id, holder);
    Ok(())
}

/// Records that every engine should hold this generation of an account, and may be tried at once.
pub(crate) async fn want(
    tx: &mut Tx,
    account_id: &str,
    generation: i64,
    now: i64,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO engine_accounts (engine_id, account_id, wanted_generation, \
                       applied_generation, failures, retry_at, updated_at) \
                       SELECT e.id, $1, $2, 0, 0, 0, $3 FROM engines e WHERE TRUE \
                       ON CONFLICT (engine_id, account_id) DO UPDATE SET \
                       wanted_generation = $2, failures = 0, retry_at = 0, updated_at = $3";
    affected!(tx, SQL, account_id, generation, now);
    Ok(())
}

/// The pushes that are due on an engine, longest waiting first.
pub(crate) async fn due(
    tx: &mut Tx,
    engine_id: &str,
    now: i64,
    limit: i64,
) -> Result<Vec<DuePush>, StoreError> {
    const SQL: &str = "SELECT a.id AS account_id, a.jwt, a.generation, e.failures \
                       FROM engine_accounts e JOIN accounts a ON a.id = e.account_id \
                       WHERE e.engine_id = $1 AND e.wanted_generation > e.applied_generation \
                       AND e.retry_at <= $2 ORDER BY e.updated_at, a.id LIMIT $3";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(engine_id).bind(now).bind(limit).fetch_all(c))?)
}

/// When the next postponed push becomes due, if there is one.
pub(crate) async fn next_retry(tx: &mut Tx, engine_id: &str) -> Result<Option<i64>, StoreError> {
    const SQL: &str = "SELECT MIN(retry_at) FROM engine_accounts \
                       WHERE engine_id = $1 AND wanted_generation > applied_generation";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(engine_id).fetch_one(c))?)
}

/// How many accounts an engine holds and how many of them are behind.
pub(crate) async fn progress(tx: &mut Tx, engine_id: &str) -> Result<(i64, i64), StoreError> {
    const SQL: &str = "SELECT COUNT(*), \
                       COUNT(CASE WHEN wanted_generation > applied_generation THEN 1 END) \
                       FROM engine_accounts WHERE engine_id = $1";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(engine_id).fetch_one(c))?)
}

/// Records that every server of the engine has answered for `generation`.
pub(crate) async fn applied(
    tx: &mut Tx,
    engine_id: &str,
    account_id: &str,
    generation: i64,
    now: i64,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE engine_accounts SET applied_generation = $3, failures = 0, \
                       retry_at = 0, last_error = NULL, updated_at = $4 \
                       WHERE engine_id = $1 AND account_id = $2 AND applied_generation <> $3";
    affected!(tx, SQL, engine_id, account_id, generation, now);
    Ok(())
}

/// Records that the engine does not hold what it should: the push is due at once.
pub(crate) async fn drifted(
    tx: &mut Tx,
    engine_id: &str,
    account: &AccountRow,
    now: i64,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO engine_accounts (engine_id, account_id, wanted_generation, \
                       applied_generation, failures, retry_at, updated_at) \
                       VALUES ($1, $2, $3, 0, 0, 0, $4) \
                       ON CONFLICT (engine_id, account_id) DO UPDATE SET \
                       applied_generation = 0, failures = 0, retry_at = 0";
    affected!(tx, SQL, engine_id, &account.id, account.generation, now);
    Ok(())
}

/// Records a failed push and when to try again.
pub(crate) async fn failed(
    tx: &mut Tx,
    engine_id: &str,
    account_id: &str,
    error: &str,
    retry_at: i64,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE engine_accounts SET failures = failures + 1, last_error = $3, \
                       retry_at = $4 WHERE engine_id = $1 AND account_id = $2";
    affected!(tx, SQL, engine_id, account_id, error, retry_at);
    Ok(())
}
