//! Events: entries of the trail, numbered in the order in which they became visible.
//!
//! Ids are made before a commit, so a later one may be seen earlier; who reads on from the last id
//! that they saw would miss the other. So entries go through an outbox, and one publisher at a time
//! numbers those that are committed. What was only tried, and what the system notes for itself, is
//! no event: it has a number for the feed (see [`super::feed`]) alone.

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
    pub(crate) trace_id: Option<String>,
}

/// An entry that has its number now.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct NumberedRow {
    pub(crate) id: String,
    pub(crate) org_id: Option<String>,
    pub(crate) account_id: Option<String>,
    pub(crate) kind: String,
}

impl Listed for EventRow {
    const ID: Option<IdKind> = None;
    const LIST: List = List {
        select: "SELECT e.seq, e.id AS entry_id, e.at, e.org_id, e.account_id, e.kind, \
                 a.actor, a.target, a.before, a.after, a.request_id, a.trace_id FROM events e \
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
    Conditions::default().in_columns(["e.org_id", "e.account_id"], scope)
}

/// Whether anything waits.
pub(crate) async fn is_waiting(tx: &mut Tx) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT id FROM outbox LIMIT 1";
    let first: Option<String> = each!(tx, c => sqlx::query_scalar(SQL).fetch_optional(c))?;
    Ok(first.is_some())
}

/// How many entries wait for their number.
pub(crate) async fn count_waiting(tx: &mut Tx) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM outbox";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).fetch_one(c))?)
}

/// Locks the clock and gives the last number.
pub(crate) async fn lock_clock(tx: &mut Tx) -> Result<i64, StoreError> {
    const SQL: &str = "UPDATE event_clock SET seq = seq WHERE id = 'events' RETURNING seq";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).fetch_one(c))?)
}

/// Gives what waits the numbers after `last`, oldest first, and takes it out of the outbox: how
/// many entries, and the events among them. `seq` writes a number as a text. The caller holds the
/// clock.
pub(crate) async fn number(
    tx: &mut Tx,
    last: i64,
    limit: i64,
    seq: fn(i64) -> String,
) -> Result<(u64, Vec<NumberedRow>), StoreError> {
    const FEED: &str = "INSERT INTO feed (seq, id, at, is_event) \
        SELECT SUBSTR('00000000000000000000' || n, LENGTH(CAST(n AS TEXT)) + 1), id, at, is_event \
        FROM (SELECT CAST($1 AS BIGINT) + ROW_NUMBER() OVER (ORDER BY o.id) AS n, a.id, a.at, \
        o.is_event FROM outbox o JOIN audit a ON a.id = o.id ORDER BY o.id LIMIT $2) waiting";
    const EVENTS: &str = "INSERT INTO events (seq, id, at, org_id, account_id, kind) \
        SELECT f.seq, a.id, a.at, a.org_id, a.account_id, a.action FROM feed f \
        JOIN audit a ON a.id = f.id WHERE f.seq > $1 AND f.seq <= $2 AND f.is_event = TRUE";
    const DELETE: &str = "DELETE FROM outbox WHERE id IN (SELECT id FROM feed \
                          WHERE seq > $1 AND seq <= $2)";
    const CLOCK: &str = "UPDATE event_clock SET seq = $1 WHERE id = 'events'";
    const SELECT: &str = "SELECT id, org_id, account_id, kind FROM events \
                          WHERE seq > $1 AND seq <= $2 ORDER BY seq";
    let count = affected!(&mut *tx, FEED, last, limit);
    let newest = last + i64::try_from(count).unwrap_or_default();
    let (after, until) = (seq(last), seq(newest));
    affected!(&mut *tx, EVENTS, &after, &until);
    affected!(&mut *tx, DELETE, &after, &until);
    affected!(&mut *tx, CLOCK, newest);
    let events = each!(tx, c => sqlx::query_as(SELECT).bind(&after).bind(&until).fetch_all(c))?;
    Ok((count, events))
}

/// The number of the newest event, empty when there is none.
pub(crate) async fn newest(tx: &mut Tx) -> Result<String, StoreError> {
    const SQL: &str = "SELECT COALESCE(MAX(seq), '') FROM events";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).fetch_one(c))?)
}

/// Forgets events from before `at`; the trail keeps its entries. Numbers follow each other in time,
/// so that only what is forgotten is looked at, and the first that is not.
pub(crate) async fn forget(tx: &mut Tx, at: i64) -> Result<(), StoreError> {
    const EVENTS: &str = "DELETE FROM events WHERE seq < COALESCE(\
                          (SELECT seq FROM events WHERE at >= $1 ORDER BY seq LIMIT 1), 'z')";
    const FEED: &str = "DELETE FROM feed WHERE seq < COALESCE(\
                        (SELECT seq FROM feed WHERE at >= $1 ORDER BY seq LIMIT 1), 'z')";
    affected!(&mut *tx, EVENTS, at);
    affected!(tx, FEED, at);
    Ok(())
}
