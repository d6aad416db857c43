//! Operations: work that goes on after its request was answered, and whose turn it is.
//!
//! A *turn* begins with [`claim`], which leases an operation to one process. Every transaction of
//! the turn begins with [`hold`]: it renews the lease and locks the row, or says that somebody else
//! has taken over and nothing may be done.

use super::list::{Conditions, Kind, List, Listed, Value, field};
use super::{Scope, StoreError, Tx, affected, each};
use crate::ids::IdKind;

/// Tables that are about processes, and so are no part of a backup.
pub(crate) const TABLES: [&str; 2] = ["operations", "operation_parts"];

pub(crate) const QUEUED: &str = "queued";
pub(crate) const SUCCEEDED: &str = "succeeded";
pub(crate) const FAILED: &str = "failed";
pub(crate) const CANCELLED: &str = "cancelled";

/// What an operation still has to do.
pub(crate) const INPUT: &str = "input";
/// What it made that is shown once.
pub(crate) const OUTPUT: &str = "output";

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct OperationRow {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) state: String,
    pub(crate) org_id: Option<String>,
    /// The account that it is about; absent for the platform's.
    pub(crate) account_id: Option<String>,
    /// The id of what it is about.
    pub(crate) target: String,
    pub(crate) actor: String,
    pub(crate) credential_id: String,
    /// What the actor's session acted under, where it was a session.
    pub(crate) membership_id: Option<String>,
    pub(crate) request_id: String,
    pub(crate) trace_id: Option<String>,
    pub(crate) client_ip: Option<String>,
    pub(crate) done: i64,
    pub(crate) total: Option<i64>,
    /// JSON.
    pub(crate) result: Option<String>,
    /// JSON: a problem.
    pub(crate) problem: Option<String>,
    /// How much of what is shown once waits to be taken.
    pub(crate) ready: i64,
    /// Until when it can be, from the end on.
    pub(crate) kept_until: Option<i64>,
    /// Whether somebody wants it to end.
    pub(crate) is_cancelled: bool,
    pub(crate) created_at: i64,
    pub(crate) started_at: Option<i64>,
    pub(crate) finished_at: Option<i64>,
    /// Turns that came to nothing since the last one that did.
    pub(crate) attempts: i64,
    pub(crate) lease_until: i64,
    pub(crate) version: i64,
}

impl OperationRow {
    pub(crate) fn has_ended(&self) -> bool {
        self.finished_at.is_some()
    }
}

/// A sealed part of what an operation has to do, or has made.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct PartRow {
    pub(crate) id: String,
    pub(crate) operation_id: String,
    pub(crate) part: String,
    pub(crate) items: i64,
    pub(crate) content: Vec<u8>,
}

macro_rules! columns {
    () => {
        "id, kind, state, org_id, account_id, target, actor, credential_id, membership_id, \
         request_id, trace_id, client_ip, done, total, result, problem, ready, kept_until, \
         is_cancelled, created_at, started_at, finished_at, attempts, lease_until, version"
    };
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", columns!(), " FROM operations ", $rest)
    };
}

impl Listed for OperationRow {
    const ID: Option<IdKind> = Some(IdKind::Operation);
    const LIST: List = List {
        select: select!(""),
        from: "FROM operations",
        id: "id",
        newest_first: true,
        sorts: &[],
        filters: &[
            field("account", "account_id", Kind::Text),
            field("kind", "kind", Kind::Text),
            field("state", "state", Kind::Text),
            field("actor", "actor", Kind::Text),
        ],
        search: None,
    };

    fn id(&self) -> &str {
        &self.id
    }

    fn sort_value(&self, _: &str) -> Value {
        Value::from(&*self.id)
    }
}

/// The operations that the scope reaches.
pub(crate) fn within(scope: &Scope) -> Conditions {
    Conditions::default().reached_by(scope)
}

/// Stores a new operation, which is due at once.
pub(crate) async fn insert(tx: &mut Tx, row: &OperationRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO operations (id, kind, state, org_id, account_id, target, \
                       actor, credential_id, membership_id, request_id, trace_id, client_ip, \
                       total, created_at, next_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, \
                       $10, $11, $12, $13, $14, $14)";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.kind,
        &row.state,
        row.org_id.as_deref(),
        row.account_id.as_deref(),
        &row.target,
        &row.actor,
        &row.credential_id,
        row.membership_id.as_deref(),
        &row.request_id,
        row.trace_id.as_deref(),
        row.client_ip.as_deref(),
        row.total,
        row.created_at,
    );
    Ok(())
}

/// How many operations of the account, or of the platform, have not ended.
pub(crate) async fn count_open(tx: &mut Tx, account_id: Option<&str>) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM operations WHERE next_at IS NOT NULL \
                       AND COALESCE(account_id, '') = $1";
    let place = account_id.unwrap_or_default();
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(place).fetch_one(c))?)
}

/// The operation with this id that the scope reaches.
pub(crate) async fn find(
    tx: &mut Tx,
    scope: &Scope,
    id: &str,
) -> Result<Option<OperationRow>, StoreError> {
    const SQL: &str = select!(
        "WHERE id = $1 AND (CAST($2 AS TEXT) IS NULL OR org_id = $2) \
         AND (CAST($3 AS TEXT) IS NULL OR account_id = $3)"
    );
    Ok(each!(tx, c => sqlx::query_as(SQL)
        .bind(id)
        .bind(scope.org_id.as_deref())
        .bind(scope.account_id.as_deref())
        .fetch_optional(c))?)
}

/// The same, locked until the transaction ends.
pub(crate) async fn lock(
    tx: &mut Tx,
    scope: &Scope,
    id: &str,
) -> Result<Option<OperationRow>, StoreError> {
    affected!(&mut *tx, "UPDATE operations SET id = id WHERE id = $1", id);
    find(tx, scope, id).await
}

/// Whether an operation is due that nobody works on.
pub(crate) async fn is_due(tx: &mut Tx, now: i64) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT id FROM operations WHERE next_at <= $1 AND lease_until <= $1 LIMIT 1";
    let first: Option<String> =
        each!(tx, c => sqlx::query_scalar(SQL).bind(now).fetch_optional(c))?;
    Ok(first.is_some())
}

/// Leases the operation that has waited longest, if one is due.
pub(crate) async fn claim(
    tx: &mut Tx,
    holder: &str,
    now: i64,
    until: i64,
) -> Result<Option<OperationRow>, StoreError> {
    const SQL: &str = concat!(
        "UPDATE operations SET lease_holder = $1, lease_until = $3, attempts = attempts + 1 \
         WHERE lease_until <= $2 AND next_at IS NOT NULL AND id = (SELECT id FROM operations \
         WHERE next_at <= $2 AND lease_until <= $2 ORDER BY next_at, id LIMIT 1) RETURNING ",
        columns!()
    );
    Ok(each!(tx, c => sqlx::query_as(SQL)
        .bind(holder)
        .bind(now)
        .bind(until)
        .fetch_optional(c))?)
}

/// Renews a lease and locks the operation, as it is now; `None` when it is not held any more.
pub(crate) async fn hold(
    tx: &mut Tx,
    id: &str,
    holder: &str,
    until: i64,
) -> Result<Option<OperationRow>, StoreError> {
    const SQL: &str = concat!(
        "UPDATE operations SET lease_until = $3 WHERE id = $1 AND lease_holder = $2 \
         AND next_at IS NOT NULL RETURNING ",
        columns!()
    );
    Ok(each!(tx, c => sqlx::query_as(SQL)
        .bind(id)
        .bind(holder)
        .bind(until)
        .fetch_optional(c))?)
}

/// Notes how far it came. The caller holds it, and goes on holding it.
pub(crate) async fn advance(tx: &mut Tx, row: &OperationRow, now: i64) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE operations SET state = 'running', done = $2, ready = $3, \
                       started_at = COALESCE(started_at, $4), attempts = 0, \
                       version = version + 1 WHERE id = $1";
    affected!(tx, SQL, &row.id, row.done, row.ready, now);
    Ok(())
}

/// Gives the lease back; the next turn is due at this time. The caller holds it.
pub(crate) async fn yield_until(tx: &mut Tx, id: &str, next_at: i64) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE operations SET next_at = $2, lease_holder = NULL, \
                       lease_until = 0, attempts = 0 WHERE id = $1";
    affected!(tx, SQL, id, next_at);
    Ok(())
}

/// Ends an operation as its row says. The caller holds it, or has locked it.
pub(crate) async fn end(tx: &mut Tx, row: &OperationRow, now: i64) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE operations SET state = $2, result = $3, problem = $4, \
                       kept_until = $5, started_at = COALESCE(started_at, $6), \
                       finished_at = $6, next_at = NULL, lease_holder = NULL, lease_until = 0, \
                       version = version + 1 WHERE id = $1";
    affected!(
        &mut *tx,
        SQL,
        &row.id,
        &row.state,
        row.result.as_deref(),
        row.problem.as_deref(),
        row.kept_until,
        now,
    );
    delete_parts(tx, &row.id, INPUT).await
}

/// Notes that somebody wants it to end.
pub(crate) async fn ask_to_cancel(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE operations SET is_cancelled = $2, version = version + 1 \
                       WHERE id = $1";
    affected!(tx, SQL, id, true);
    Ok(())
}

/// Notes how much is left to be taken. The caller has locked it.
pub(crate) async fn set_ready(tx: &mut Tx, id: &str, ready: i64) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE operations SET ready = $2, version = version + 1 WHERE id = $1";
    affected!(tx, SQL, id, ready);
    Ok(())
}

/// Gives back what a process held before it was started anew: `holder` is what the names of its
/// leases begin with, a slash at the end.
pub(crate) async fn release_all(tx: &mut Tx, holder: &str) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE operations SET lease_holder = NULL, lease_until = 0 \
                       WHERE lease_holder >= $1 AND lease_holder < $2";
    // A zero comes right after a slash.
    let beyond = format!("{}0", holder.trim_end_matches('/'));
    affected!(tx, SQL, holder, beyond);
    Ok(())
}

/// The id of a part: parts sort by their numbers.
pub(crate) fn part_id(operation_id: &str, part: &str, number: i64) -> String {
    format!("{operation_id}/{part}/{number:08}")
}

pub(crate) async fn insert_part(tx: &mut Tx, row: &PartRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO operation_parts (id, operation_id, part, items, content) \
                       VALUES ($1, $2, $3, $4, $5)";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.operation_id,
        &row.part,
        row.items,
        row.content.as_slice(),
    );
    Ok(())
}

/// The first part of this sort after the one with the id `after`, which may be empty.
pub(crate) async fn next_part(
    tx: &mut Tx,
    operation_id: &str,
    part: &str,
    after: &str,
) -> Result<Option<PartRow>, StoreError> {
    const SQL: &str = "SELECT id, operation_id, part, items, content FROM operation_parts \
                       WHERE operation_id = $1 AND part = $2 AND id > $3 ORDER BY id LIMIT 1";
    Ok(each!(tx, c => sqlx::query_as(SQL)
        .bind(operation_id)
        .bind(part)
        .bind(after)
        .fetch_optional(c))?)
}

pub(crate) async fn delete_part(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    affected!(tx, "DELETE FROM operation_parts WHERE id = $1", id);
    Ok(())
}

pub(crate) async fn delete_parts(
    tx: &mut Tx,
    operation_id: &str,
    part: &str,
) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM operation_parts WHERE operation_id = $1 AND part = $2";
    affected!(tx, SQL, operation_id, part);
    Ok(())
}

/// Drops what was not taken in its time, and operations that ended before `forget_before`.
pub(crate) async fn sweep(tx: &mut Tx, now: i64, forget_before: i64) -> Result<(), StoreError> {
    const PARTS: &str = "DELETE FROM operation_parts WHERE operation_id IN (SELECT o.id \
                         FROM operations o WHERE o.finished_at IS NOT NULL AND o.ready > 0 \
                         AND COALESCE(o.kept_until, 0) <= $1)";
    const READY: &str = "UPDATE operations SET ready = 0, version = version + 1 \
                         WHERE finished_at IS NOT NULL AND ready > 0 \
                         AND COALESCE(kept_until, 0) <= $1";
    const FORGET: &str = "DELETE FROM operations WHERE finished_at <= $1";
    affected!(&mut *tx, PARTS, now);
    affected!(&mut *tx, READY, now);
    affected!(tx, FORGET, forget_before);
    Ok(())
}
