//! Deliveries: which event is to go to which webhook, and how that went.

use super::list::{Conditions, Kind, List, Listed, Value, field};
use super::{StoreError, Tx, affected, each};
use crate::ids::IdKind;

pub(crate) const WAITING: &str = "waiting";

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct DeliveryRow {
    pub(crate) id: String,
    pub(crate) webhook_id: String,
    /// The entry of the trail.
    pub(crate) event_id: String,
    pub(crate) kind: String,
    pub(crate) state: String,
    pub(crate) replay_of: Option<String>,
    pub(crate) attempts: i64,
    pub(crate) next_at: Option<i64>,
    /// Of the last attempt, like all that follows.
    pub(crate) sent_at: Option<i64>,
    pub(crate) status: Option<i64>,
    pub(crate) error: Option<String>,
    pub(crate) response: Option<String>,
    pub(crate) took_ms: Option<i64>,
    pub(crate) created_at: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, webhook_id, event_id, kind, state, replay_of, attempts, next_at, \
             sent_at, status, error, response, took_ms, created_at FROM webhook_deliveries ",
            $rest
        )
    };
}

impl Listed for DeliveryRow {
    const ID: Option<IdKind> = Some(IdKind::Delivery);
    const LIST: List = List {
        select: select!(""),
        from: "FROM webhook_deliveries",
        id: "id",
        newest_first: true,
        sorts: &[],
        filters: &[
            field("state", "state", Kind::Text),
            field("type", "kind", Kind::Text),
            field("event", "event_id", Kind::Text),
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

/// The deliveries to a webhook.
pub(crate) fn of(webhook_id: &str) -> Conditions {
    Conditions::default().equal("webhook_id", webhook_id)
}

/// Adds a delivery that waits. An event that the webhook already has is not sent again.
pub(crate) async fn insert(tx: &mut Tx, row: &DeliveryRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO webhook_deliveries (id, webhook_id, event_id, kind, state, \
                       replay_of, next_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                       ON CONFLICT DO NOTHING";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.webhook_id,
        &row.event_id,
        &row.kind,
        &row.state,
        row.replay_of.as_deref(),
        row.next_at,
        row.created_at,
    );
    Ok(())
}

/// One delivery to a webhook.
pub(crate) async fn find(
    tx: &mut Tx,
    webhook_id: &str,
    id: &str,
) -> Result<Option<DeliveryRow>, StoreError> {
    const SQL: &str = select!("WHERE webhook_id = $1 AND id = $2");
    Ok(each!(tx, c => sqlx::query_as(SQL).bind(webhook_id).bind(id).fetch_optional(c))?)
}

/// How many deliveries wait.
pub(crate) async fn count_waiting(tx: &mut Tx, webhook_id: &str) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM webhook_deliveries \
                       WHERE webhook_id = $1 AND state = 'waiting'";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).bind(webhook_id).fetch_one(c))?)
}

/// Deliveries that are due, longest waiting first.
pub(crate) async fn due(
    tx: &mut Tx,
    webhook_id: &str,
    now: i64,
    limit: i64,
) -> Result<Vec<DeliveryRow>, StoreError> {
    const SQL: &str = select!(
        "WHERE webhook_id = $1 AND state = 'waiting' AND next_at <= $2 \
         ORDER BY next_at, id LIMIT $3"
    );
    Ok(each!(tx, c => sqlx::query_as(SQL)
        .bind(webhook_id)
        .bind(now)
        .bind(limit)
        .fetch_all(c))?)
}

/// Stores how the last attempt went.
pub(crate) async fn note(tx: &mut Tx, row: &DeliveryRow) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE webhook_deliveries SET state = $2, attempts = $3, next_at = $4, \
                       sent_at = $5, status = $6, error = $7, response = $8, took_ms = $9 \
                       WHERE id = $1";
    affected!(
        tx,
        SQL,
        &row.id,
        &row.state,
        row.attempts,
        row.next_at,
        row.sent_at,
        row.status,
        row.error.as_deref(),
        row.response.as_deref(),
        row.took_ms,
    );
    Ok(())
}

/// Forgets deliveries from before `at` that have come to an end.
pub(crate) async fn forget(tx: &mut Tx, at: i64) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM webhook_deliveries WHERE created_at < $1 \
                       AND state <> 'waiting'";
    affected!(tx, SQL, at);
    Ok(())
}

/// How many deliveries of all webhooks wait.
pub(crate) async fn count_all_waiting(tx: &mut Tx) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM webhook_deliveries WHERE state = 'waiting'";
    Ok(each!(tx, c => sqlx::query_scalar(SQL).fetch_one(c))?)
}
