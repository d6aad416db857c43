//! POSTs that carry an `Idempotency-Key`: which run, which are done, and the sealed answers.
//!
//! A row belongs to one attempt. Only its own attempt may mark it as done, and does so in the
//! transaction of the change, so that a change is never made twice under one key.

use super::{StoreError, Tx, affected, each};

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct IdempotencyRow {
    /// A keyed hash of the caller and the key.
    pub(crate) id: String,
    /// Of the request: another one must not use the same key.
    pub(crate) fingerprint: String,
    pub(crate) attempt: String,
    /// `running` or `done`.
    pub(crate) state: String,
    pub(crate) started_at: i64,
    pub(crate) expires_at: i64,
    /// The whole answer, sealed.
    pub(crate) answer: Option<Vec<u8>>,
    pub(crate) answer_until: i64,
    /// The answer without its secrets, sealed.
    pub(crate) remains: Option<Vec<u8>>,
}

/// A sealed answer to keep.
#[derive(Debug)]
pub(crate) struct Kept<'a> {
    pub(crate) answer: &'a [u8],
    pub(crate) answer_until: i64,
    pub(crate) remains: &'a [u8],
}

/// Takes the place of `row.id` for the attempt `row.attempt`. `false` when it is taken.
pub(crate) async fn claim(tx: &mut Tx, row: &IdempotencyRow) -> Result<bool, StoreError> {
    const SQL: &str = "INSERT INTO idempotency (id, fingerprint, attempt, state, started_at, \
                       expires_at) VALUES ($1, $2, $3, 'running', $4, $5) \
                       ON CONFLICT (id) DO NOTHING";
    Ok(affected!(
        tx,
        SQL,
        &row.id,
        &row.fingerprint,
        &row.attempt,
        row.started_at,
        row.expires_at,
    ) == 1)
}

/// Takes the place over from the attempt `old`, which ended without an answer or has expired.
pub(crate) async fn take_over(
    tx: &mut Tx,
    row: &IdempotencyRow,
    old: &str,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE idempotency SET fingerprint = $2, attempt = $3, state = 'running', \
                       started_at = $4, expires_at = $5, answer = NULL, answer_until = 0, \
                       remains = NULL WHERE id = $1 AND attempt = $6";
    Ok(affected!(
        tx,
        SQL,
        &row.id,
        &row.fingerprint,
        &row.attempt,
        row.started_at,
        row.expires_at,
        old,
    ) == 1)
}

/// What is known under this id.
pub(crate) async fn find(tx: &mut Tx, id: &str) -> Result<Option<IdempotencyRow>, StoreError> {
    const SQL: &str = "SELECT id, fingerprint, attempt, state, started_at, expires_at, answer, \
                       answer_until, remains FROM idempotency WHERE id = $1";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(id).fetch_optional(c))?)
}

/// Marks the attempt as done, in the transaction of its change. `false` when another attempt has
/// taken over: the change must not be made.
pub(crate) async fn mark_done(tx: &mut Tx, id: &str, attempt: &str) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE idempotency SET state = 'done' WHERE id = $1 AND attempt = $2";
    Ok(affected!(tx, SQL, id, attempt) == 1)
}

/// Keeps the attempt's answer.
pub(crate) async fn keep(
    tx: &mut Tx,
    id: &str,
    attempt: &str,
    kept: Kept<'_>,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE idempotency SET state = 'done', answer = $3, answer_until = $4, \
                       remains = $5 WHERE id = $1 AND attempt = $2";
    affected!(
        tx,
        SQL,
        id,
        attempt,
        kept.answer,
        kept.answer_until,
        kept.remains
    );
    Ok(())
}

/// Forgets an attempt that changed nothing.
pub(crate) async fn release(tx: &mut Tx, id: &str, attempt: &str) -> Result<(), StoreError> {
    const SQL: &str =
        "DELETE FROM idempotency WHERE id = $1 AND attempt = $2 AND state = 'running'";
    affected!(tx, SQL, id, attempt);
    Ok(())
}

/// Drops what has expired, and the secrets of answers whose time has passed.
pub(crate) async fn sweep(tx: &mut Tx, now: i64) -> Result<(), StoreError> {
    affected!(
        &mut *tx,
        "DELETE FROM idempotency WHERE expires_at <= $1",
        now
    );
    const FORGET: &str =
        "UPDATE idempotency SET answer = NULL WHERE answer IS NOT NULL AND answer_until <= $1";
    affected!(tx, FORGET, now);
    Ok(())
}
