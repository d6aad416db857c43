//! The feed: every entry of the trail under its number, and how far each engine has been told.

use super::audit::AuditRow;
use super::{StoreError, Tx, affected, each};

/// An entry of the trail with its number.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct FeedRow {
    pub(crate) seq: String,
    pub(crate) is_event: bool,
    /// Of the account that it concerns, if there is one and it is still there.
    pub(crate) account_key: Option<String>,
    #[sqlx(flatten)]
    pub(crate) entry: AuditRow,
}

/// How far an engine has been told.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct ProgressRow {
    pub(crate) engine: String,
    pub(crate) seq: String,
    pub(crate) sent_at: Option<i64>,
    /// What it has not been told yet.
    pub(crate) waiting: i64,
}

/// Engines that have no place yet are told what comes from now on.
pub(crate) async fn begin(tx: &mut Tx) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO feed_positions (engine_id, seq) \
                       SELECT e.id, COALESCE((SELECT MAX(seq) FROM feed), '') FROM engines e \
                       WHERE TRUE ON CONFLICT (engine_id) DO NOTHING";
    affected!(tx, SQL);
    Ok(())
}

/// The number of the last entry that the engine was told, if it has a place, and holds the claims
/// of the account that it is told in.
pub(crate) async fn position(
    tx: &mut Tx,
    engine_id: &str,
    account_id: &str,
) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT p.seq FROM feed_positions p JOIN engine_accounts e \
                       ON e.engine_id = p.engine_id AND e.account_id = $2 \
                       AND e.applied_generation > 0 WHERE p.engine_id = $1";
    Ok(each!(tx, c => sqlx::query_scalar(SQL)
        .bind(engine_id)
        .bind(account_id)
        .fetch_optional(c))?)
}

/// The entries after `seq`, in order.
pub(crate) async fn after(tx: &mut Tx, seq: &str, limit: i64) -> Result<Vec<FeedRow>, StoreError> {
    const SQL: &str = "SELECT f.seq, f.is_event, x.public_key AS account_key, a.id, a.at, \
                       a.org_id, a.account_id, a.actor, a.credential_id, a.action, a.target, \
                       a.before, a.after, a.request_id, a.client_ip, a.trace_id, \
                       a.dry_run, a.chain, a.position, a.hash FROM feed f \
                       JOIN audit a ON a.id = f.id \
                       LEFT JOIN accounts x ON x.id = a.account_id \
                       WHERE f.seq > $1 ORDER BY f.seq LIMIT $2";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(seq).bind(limit).fetch_all(c))?)
}

/// Remembers up to where the engine was told. Never goes back: another process may be further.
pub(crate) async fn told(
    tx: &mut Tx,
    engine_id: &str,
    seq: &str,
    now: i64,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE feed_positions SET seq = $2, sent_at = $3 \
                       WHERE engine_id = $1 AND seq < $2";
    affected!(tx, SQL, engine_id, seq, now);
    Ok(())
}

/// How far each engine is.
pub(crate) async fn progress(tx: &mut Tx) -> Result<Vec<ProgressRow>, StoreError> {
    const SQL: &str = "SELECT e.name AS engine, p.seq, p.sent_at, \
                       (SELECT COUNT(*) FROM feed f WHERE f.seq > p.seq) \
                       + (SELECT COUNT(*) FROM outbox) AS waiting \
                       FROM feed_positions p JOIN engines e ON e.id = p.engine_id ORDER BY e.name";
    Ok(each!(tx, c => sqlx::query_as(SQL).fetch_all(c))?)
}
