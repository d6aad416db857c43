//! Webhooks: where they are, whom they belong to, and whose turn it is to deliver.

use super::list::{Conditions, Kind, List, Listed, Value, field};
use super::{Scope, StoreError, Tx, affected, each};
use crate::ids::IdKind;

pub(crate) const ACTIVE: &str = "active";
pub(crate) const PAUSED: &str = "paused";
pub(crate) const FAILED: &str = "failed";

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct WebhookRow {
    pub(crate) id: String,
    pub(crate) org_id: Option<String>,
    pub(crate) account_id: Option<String>,
    pub(crate) name: String,
    pub(crate) url: String,
    /// Patterns with spaces between them; empty for everything.
    pub(crate) types: String,
    pub(crate) state: String,
    /// Why it failed.
    pub(crate) reason: Option<String>,
    /// Sealed.
    pub(crate) secret: Vec<u8>,
    pub(crate) old_secret: Option<Vec<u8>>,
    pub(crate) old_until: i64,
    /// Since when nothing was delivered although it was tried.
    pub(crate) failing_since: Option<i64>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) version: i64,
}

/// What decides whether an event is for a webhook.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct ListenerRow {
    pub(crate) id: String,
    pub(crate) org_id: Option<String>,
    pub(crate) account_id: Option<String>,
    pub(crate) types: String,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, org_id, account_id, name, url, types, state, reason, secret, old_secret, \
             old_until, failing_since, created_at, updated_at, version FROM webhooks ",
            $rest
        )
    };
}

impl Listed for WebhookRow {
    const ID: Option<IdKind> = Some(IdKind::Webhook);
    const LIST: List = List {
        select: select!(""),
        from: "FROM webhooks",
        id: "id",
        newest_first: false,
        sorts: &[field("name", "name", Kind::Text)],
        filters: &[
            field("name", "name", Kind::Text),
            field("org", "org_id", Kind::Text),
            field("account", "account_id", Kind::Text),
        ],
        search: Some(field("name", "name", Kind::Text)),
    };

    fn id(&self) -> &str {
        &self.id
    }

    fn sort_value(&self, _: &str) -> Value {
        Value::from(&*self.name)
    }
}

/// The webhooks that the scope reaches.
pub(crate) fn within(scope: &Scope) -> Conditions {
    Conditions::default().reached_by(scope)
}

pub(crate) async fn insert(tx: &mut Tx, row: &WebhookRow) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO webhooks (id, org_id, account_id, name, url, types, state, \
                       secret, created_at, updated_at, version) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    affected!(
        tx,
        SQL,
        &row.id,
        row.org_id.as_deref(),
        row.account_id.as_deref(),
        &row.name,
        &row.url,
        &row.types,
        &row.state,
        row.secret.as_slice(),
        row.created_at,
        row.updated_at,
        row.version,
    );
    Ok(())
}

/// How many webhooks are bound to exactly this place.
pub(crate) async fn count(tx: &mut Tx, scope: &Scope) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM webhooks WHERE COALESCE(org_id, '') = $1 \
                       AND COALESCE(account_id, '') = $2";
    let text = |id: &Option<String>| id.clone().unwrap_or_default();
    Ok(each!(tx, c => sqlx::query_scalar(SQL)
        .bind(text(&scope.org_id))
        .bind(text(&scope.account_id))
        .fetch_one(c))?)
}

/// The webhook with this id that the scope reaches.
pub(crate) async fn find(
    tx: &mut Tx,
    scope: &Scope,
    id: &str,
) -> Result<Option<WebhookRow>, StoreError> {
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
) -> Result<Option<WebhookRow>, StoreError> {
    affected!(&mut *tx, "UPDATE webhooks SET id = id WHERE id = $1", id);
    find(tx, scope, id).await
}

/// Stores what callers can change. The caller holds the lock.
pub(crate) async fn update(tx: &mut Tx, row: &WebhookRow) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE webhooks SET name = $2, url = $3, types = $4, state = $5, \
                       reason = $6, failing_since = $7, updated_at = $8, version = version + 1 \
                       WHERE id = $1";
    affected!(
        &mut *tx,
        SQL,
        &row.id,
        &row.name,
        &row.url,
        &row.types,
        &row.state,
        row.reason.as_deref(),
        row.failing_since,
        row.updated_at,
    );
    plan(tx, &row.id).await
}

/// Stores a new secret; the one before it goes on until `old_until`.
pub(crate) async fn set_secret(tx: &mut Tx, row: &WebhookRow) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE webhooks SET secret = $2, old_secret = $3, old_until = $4, \
                       updated_at = $5, version = version + 1 WHERE id = $1";
    affected!(
        tx,
        SQL,
        &row.id,
        row.secret.as_slice(),
        row.old_secret.as_deref(),
        row.old_until,
        row.updated_at,
    );
    Ok(())
}

/// Deletes a webhook and what was to be delivered to it.
pub(crate) async fn delete(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    affected!(tx, "DELETE FROM webhooks WHERE id = $1", id);
    Ok(())
}

/// Every webhook that events go to, by id: who locks several locks them in this order.
pub(crate) async fn listening(tx: &mut Tx) -> Result<Vec<ListenerRow>, StoreError> {
    const SQL: &str = "SELECT id, org_id, account_id, types FROM webhooks \
                       WHERE state = 'active' ORDER BY id";
    Ok(each!(tx, c => sqlx::query_as(SQL).fetch_all(c))?)
}

/// Notes when the next delivery is due. The caller holds the lock.
pub(crate) async fn plan(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE webhooks SET next_at = (SELECT MIN(d.next_at) \
                       FROM webhook_deliveries d WHERE d.webhook_id = $1 \
                       AND d.state = 'waiting') WHERE id = $1";
    affected!(tx, SQL, id);
    Ok(())
}

/// Leases the webhook that has waited longest to `holder`, if one is due.
pub(crate) async fn claim(
    tx: &mut Tx,
    holder: &str,
    now: i64,
    until: i64,
) -> Result<Option<String>, StoreError> {
    const SQL: &str = "UPDATE webhooks SET lease_holder = $1, lease_until = $3 \
                       WHERE lease_until <= $2 AND id = (SELECT id FROM webhooks \
                       WHERE state = 'active' AND next_at <= $2 AND lease_until <= $2 \
                       ORDER BY next_at, id LIMIT 1) RETURNING id";
    Ok(each!(tx, c => sqlx::query_scalar(SQL)
        .bind(holder)
        .bind(now)
        .bind(until)
        .fetch_optional(c))?)
}

/// Renews a lease, and locks the webhook with it. `false` when it is not held any more.
pub(crate) async fn renew(
    tx: &mut Tx,
    id: &str,
    holder: &str,
    until: i64,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE webhooks SET lease_until = $3 WHERE id = $1 AND lease_holder = $2";
    Ok(affected!(tx, SQL, id, holder, until) == 1)
}

/// Gives the lease back. The caller has renewed it in this transaction.
pub(crate) async fn release(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE webhooks SET lease_holder = NULL, lease_until = 0 WHERE id = $1";
    affected!(tx, SQL, id);
    Ok(())
}

/// Gives back what `holder` held before it was started anew.
pub(crate) async fn release_all(tx: &mut Tx, holder: &str) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE webhooks SET lease_holder = NULL, lease_until = 0 \
                       WHERE lease_holder = $1";
    affected!(tx, SQL, holder);
    Ok(())
}

/// Notes since when nothing gets through; `None`: something did.
pub(crate) async fn set_failing(
    tx: &mut Tx,
    id: &str,
    since: Option<i64>,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE webhooks SET failing_since = $2 WHERE id = $1";
    affected!(tx, SQL, id, since);
    Ok(())
}

/// Nothing is sent any more until somebody says so.
pub(crate) async fn fail(
    tx: &mut Tx,
    id: &str,
    reason: &str,
    now: i64,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE webhooks SET state = 'failed', reason = $2, updated_at = $3, \
                       version = version + 1 WHERE id = $1 AND state = 'active'";
    Ok(affected!(tx, SQL, id, reason, now) == 1)
}

/// Whether a webhook has something due that nobody delivers.
pub(crate) async fn is_due(tx: &mut Tx, now: i64) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT id FROM webhooks WHERE state = 'active' AND next_at <= $1 \
                       AND lease_until <= $1 LIMIT 1";
    let first: Option<String> =
        each!(tx, c => sqlx::query_scalar(SQL).bind(now).fetch_optional(c))?;
    Ok(first.is_some())
}
