//! Events: entries of the trail, numbered in the order in which they became visible.
//!
//! Ids are made before a commit, so a later one may be seen earlier; who reads on from the last id
//! that they saw would miss the other. So entries go through an outbox, and one publisher at a time
//! numbers those that are committed.

use super::list::{Conditions, Kind, List, Listed, Value, field};
use super::{Scope, StoreError, Tx, affected, each};
use crate::ids::IdKind;

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct EventRow {
    pub(crate) seq: String,
    /// Of the entry of the trail.
    pub(crate) entry_id: String,
    pub(crate) at: i64,
    pub(crate) org_id: Option<String>,
    pub(crate) account_id: Option<String>,
    pub(crate) kind: String,
    pub(crate) actor: String,
    pub(crate) target: String,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    pub(crate) request_id: Option<String>,
}

/// An entry that waits for its number.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct WaitingRow {
    pub(crate) id: String,
    pub(crate) at: i64,
    pub(crate) org_id: Option<String>,
    pub(crate) account_id: Option<String>,
    pub(crate) kind: String,
}

impl Listed for EventRow {
    const ID: Option<IdKind> = None;
    const LIST: List = List {
        select: "SELECT e.seq, e.id AS entry_id, e.at, e.org_id, e.account_id, e.kind, \
                 a.actor, a.target, a.before, a.after, a.request_id FROM events e \
                 JOIN audit a ON a.id = e.id",
        from: "FROM events e",
        id: "e.seq",
        newest_first: false,
        sorts: &[],
        filters: &[
            field("type", "e.kind", Kind::Text),
            field("account", "e.account_id", Kind::Text),
        ],
        search: None,
    };

    fn id(&self) -> &str {
        &self.seq
    }

    fn sort_value(&self, _: &str) -> Value {
        Value::from(&*self.seq)
    }
}

/// The events that the scope reaches.
pub(crate) fn within(scope: &Scope) -> Conditions {
    Conditions::default()
        .within("e.org_id", scope.org_id.as_deref())
        .within("e.account_id", scope.account_id.as_deref())
}

/// Puts an entry of the trail into the outbox, in the transaction that writes it.
pub(crate) async fn enqueue(tx: &mut Tx, audit_id: &str) -> Result<(), StoreError> {
    affected!(tx, "INSERT INTO outbox (id) VALUES ($1)", audit_id);
    Ok(())
}

/// Whether anything waits.
pub(crate) async fn is_waiting(tx: &mut Tx) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT id FROM outbox LIMIT 1";
    let first: Option<String> = each!(tx, c => sqlx::query_scalar(SQL).fetch_optional(c))?;
    Ok(first.is_some())
}

/// Locks the clock and gives the last number.
pub(crate) async fn lock_clock(tx: &mut Tx) -> Result<i64, StoreError> {
    const LOCK: &str = "UPDATE event_clock SET seq = seq WHERE id = 'events'";
    affected!(&mut *tx, LOCK);
    const SQL: &str = "SELECT seq FROM event_clock WHERE id = 'events'";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).fetch_one(c))?)
}

/// What waits, oldest first.
pub(crate) async fn waiting(tx: &mut Tx, limit: i64) -> Result<Vec<WaitingRow>, StoreError> {
    const SQL: &str = "SELECT a.id, a.at, a.org_id, a.account_id, a.action AS kind \
                       FROM outbox o JOIN audit a ON a.id = o.id ORDER BY o.id LIMIT $1";
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(limit).fetch_all(c))?)
}

/// Gives an entry its number. The caller holds the clock.
pub(crate) async fn number(
    tx: &mut Tx,
    row: &WaitingRow,
    number: i64,
    seq: &str,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO events (seq, id, at, org_id, account_id, kind) \
                       VALUES ($1, $2, $3, $4, $5, $6)";
    affected!(
        &mut *tx,
        SQL,
        seq,
        &row.id,
        row.at,
        row.org_id.as_deref(),
        row.account_id.as_deref(),
        &row.kind,
    );
    affected!(&mut *tx, "DELETE FROM outbox WHERE id = $1", &row.id);
    affected!(
        tx,
        "UPDATE event_clock SET seq = $1 WHERE id = 'events'",
        number
    );
    Ok(())
}

/// The number of the newest event, empty when there is none.
pub(crate) async fn newest(tx: &mut Tx) -> Result<String, StoreError> {
    const SQL: &str = "SELECT COALESCE(MAX(seq), '') FROM events";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).fetch_one(c))?)
}

/// Forgets events from before `at`; the trail keeps its entries.
pub(crate) async fn forget(tx: &mut Tx, at: i64) -> Result<(), StoreError> {
    affected!(tx, "DELETE FROM events WHERE at < $1", at);
    Ok(())
}
