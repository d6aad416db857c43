//! Engines: the lease of the one process that pushes, and how far each account has come.

use super::accounts::AccountRow;
use super::{StoreError, Tx, affected, each, news};
use crate::telemetry;

/// The name of the first process's own broker.
pub(crate) const LOCAL: &str = "local";
/// The kind of engine that is the broker inside a process of ours.
pub(crate) const EMBEDDED: &str = "embedded";
/// The kind of engine that is a cluster which runs elsewhere.
pub(crate) const CLUSTER: &str = "cluster";

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct EngineRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    /// The process whose broker this is; of embedded ones only.
    pub(crate) instance: Option<String>,
    /// URLs of a cluster, a comma between two.
    pub(crate) urls: Option<String>,
    /// What a cluster's certificates are checked against, in PEM.
    pub(crate) ca: Option<String>,
    /// A sealed creds file of the cluster's system account.
    pub(crate) creds: Option<Vec<u8>>,
    pub(crate) version: i64,
    pub(crate) created_at: i64,
}

impl EngineRow {
    /// Whether the engine is a cluster.
    pub(crate) fn is_cluster(&self) -> bool {
        self.kind == CLUSTER
    }
}

/// An account that an engine does not take.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct FailingRow {
    pub(crate) account_id: String,
    pub(crate) failures: i64,
    pub(crate) retry_at: i64,
    pub(crate) last_error: String,
}

macro_rules! select_engines {
    ($where:literal) => {
        concat!(
            "SELECT id, name, kind, instance, urls, ca, creds, version, created_at FROM engines ",
            $where
        )
    };
}

/// One push that is due.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct DuePush {
    pub(crate) account_id: String,
    pub(crate) jwt: String,
    pub(crate) generation: i64,
    pub(crate) failures: i64,
}

/// Stores a new engine; [`StoreError::Duplicate`] when the name is taken.
pub(crate) async fn insert(tx: &mut Tx, row: &EngineRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO engines (id, name, kind, instance, urls, ca, creds, version, \
                       created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    affected!(
        &mut *tx,
        SQL,
        &row.id,
        &row.name,
        &row.kind,
        row.instance.as_deref(),
        row.urls.as_deref(),
        row.ca.as_deref(),
        row.creds.as_deref(),
        row.version,
        row.created_at,
    );
    // It holds nothing yet.
    const OWES: &str = "INSERT INTO engine_accounts (engine_id, account_id, wanted_generation, \
                        applied_generation, failures, retry_at, updated_at) \
                        SELECT $1, a.id, a.generation, 0, 0, 0, $2 FROM accounts a WHERE TRUE";
    affected!(&mut *tx, OWES, &row.id, row.created_at);
    news::engines_changed(tx).await
}

/// The engine with this id or name.
pub(crate) async fn find(tx: &mut Tx, reference: &str) -> Result<Option<EngineRow>, StoreError> {
    const SQL: &str = select_engines!("WHERE id = $1 OR name = $1");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(reference).fetch_optional(c))?)
}

/// Every engine, oldest first.
pub(crate) async fn all(tx: &mut Tx) -> Result<Vec<EngineRow>, StoreError> {
    const SQL: &str = select_engines!("ORDER BY id");
    Ok(each!(tx, c => sqlx::query_as(SQL).fetch_all(c))?)
}

/// The broker of this process: its own row, or the first one while that is nobody's.
pub(crate) async fn claim_embedded(
    tx: &mut Tx,
    instance: &str,
) -> Result<Option<EngineRow>, StoreError> {
    const OWN: &str = select_engines!("WHERE instance = $1");
    const CLAIM: &str = "UPDATE engines SET instance = $1 WHERE name = $2 AND kind = $3 \
                         AND instance IS NULL";
    let own = each!(&mut *tx, c => sqlx::query_as(OWN).bind(instance).fetch_optional(c))?;
    if own.is_some() || affected!(&mut *tx, CLAIM, instance, LOCAL, EMBEDDED) == 0 {
        return Ok(own);
    }
    Ok(each!(tx, c => sqlx::query_as(OWN).bind(instance).fetch_optional(c))?)
}

/// Changes where a cluster is and how it is entered, if it still has this version.
pub(crate) async fn set_reach(tx: &mut Tx, row: &EngineRow) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE engines SET urls = $2, ca = $3, creds = $4, version = version + 1 \
                       WHERE id = $1 AND version = $5";
    let changed = affected!(
        &mut *tx,
        SQL,
        &row.id,
        row.urls.as_deref(),
        row.ca.as_deref(),
        row.creds.as_deref(),
        row.version,
    );
    news::engines_changed(tx).await?;
    Ok(changed == 1)
}

/// Forgets an engine and how far it has come.
pub(crate) async fn delete(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    affected!(
        &mut *tx,
        "DELETE FROM engine_accounts WHERE engine_id = $1",
        id
    );
    affected!(
        &mut *tx,
        "DELETE FROM feed_positions WHERE engine_id = $1",
        id
    );
    affected!(&mut *tx, "DELETE FROM engines WHERE id = $1", id);
    news::engines_changed(tx).await
}

/// Until when somebody holds the lease on an engine.
pub(crate) async fn leased_until(tx: &mut Tx, engine_id: &str) -> Result<Option<i64>, StoreError> {
    const SQL: &str = "SELECT lease_until FROM engines WHERE id = $1";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(engine_id).fetch_optional(c))?)
}

/// The accounts that an engine refuses, those that have failed most first.
pub(crate) async fn failing(
    tx: &mut Tx,
    engine_id: &str,
    limit: i64,
) -> Result<Vec<FailingRow>, StoreError> {
    const SQL: &str = "SELECT account_id, failures, retry_at, last_error FROM engine_accounts \
                       WHERE engine_id = $1 AND wanted_generation > applied_generation \
                       AND last_error IS NOT NULL ORDER BY failures DESC, account_id LIMIT $2";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(engine_id).bind(limit).fetch_all(c))?)
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
    affected!(&mut *tx, SQL, account_id, generation, now);
    telemetry::remember_change(account_id, generation);
    news::wanted(tx).await
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
    affected!(&mut *tx, SQL, engine_id, account_id, generation, now);
    news::applied(tx, engine_id, account_id, generation).await
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
