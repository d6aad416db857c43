//! `/webhooks/{webhook}/deliveries`: what was sent, what came back, and sending it again.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::dry_run::Mode;
use super::page::{Page, PageRequest};
use super::record::Change;
use super::reply::Reply;
use super::webhooks::must_be_active;
use crate::app::App;
use crate::auth::{Caller, May, may};
use crate::clock;
use crate::problem::{Problem, ProblemBody};
use crate::store::deliveries::DeliveryRow;
use crate::store::webhooks::WebhookRow;
use crate::store::{self, Tx};
use crate::webhooks;

/// An event on its way to a webhook.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Delivery {
    #[schema(example = "dlv_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    /// The event's id: the header `webhook-id`, the same in every attempt and replay.
    #[schema(example = "evt_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    event: String,
    /// The event's type.
    #[serde(rename = "type")]
    #[schema(example = "user.create")]
    kind: String,
    /// `waiting`, `delivered` or `failed`.
    #[schema(example = "delivered")]
    state: String,
    /// The delivery that this one repeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    replay_of: Option<String>,
    attempts: i64,
    /// When it is tried next.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    next_attempt_at: Option<String>,
    /// How the last attempt went.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_attempt: Option<Attempt>,
    #[schema(format = DateTime)]
    created_at: String,
}

/// How an attempt went.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Attempt {
    #[schema(format = DateTime)]
    at: String,
    /// The status of the answer, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<i64>,
    /// Why it counts as failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// How the answer begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<String>,
    /// How long it took, in milliseconds.
    duration_ms: i64,
}

impl From<DeliveryRow> for Delivery {
    fn from(row: DeliveryRow) -> Self {
        let last_attempt = row.sent_at.map(|at| Attempt {
            at: clock::rfc3339(at),
            status: row.status,
            error: row.error,
            response: row.response,
            duration_ms: row.took_ms.unwrap_or_default(),
        });
        Self {
            id: row.id,
            event: row.event_id,
            kind: row.kind,
            state: row.state,
            replay_of: row.replay_of,
            attempts: row.attempts,
            next_attempt_at: row.next_at.map(clock::rfc3339),
            last_attempt,
            created_at: clock::rfc3339(row.created_at),
        }
    }
}

/// A delivery with what is sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WholeDelivery {
    #[serde(flatten)]
    delivery: Delivery,
    /// The body of the request.
    payload: Value,
}

async fn webhook(tx: &mut Tx, caller: &Caller, id: &str) -> Result<WebhookRow, Problem> {
    let row = store::webhooks::find(tx, &caller.scope, id).await?;
    row.ok_or_else(Problem::not_found)
}

/// The deliveries to a webhook of the last 30 days, newest first.
#[utoipa::path(get, path = "/webhooks/{webhook}/deliveries",
    operation_id = "list_webhook_deliveries", tag = "webhooks",
    params(May<may::ReadWebhooks>,
           ("webhook" = String, Path, description = "Id"), PageRequest<DeliveryRow>),
    responses((status = 200, body = Page<Delivery>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadWebhooks>,
    Path(id): Path<String>,
    page: PageRequest<DeliveryRow>,
) -> Result<Answer<Page<Delivery>>, Problem> {
    let mut tx = app.db.read().await?;
    let webhook = webhook(&mut tx, &caller, &id).await?;
    let reached = store::deliveries::of(&webhook.id);
    let view = |row| Ok::<_, Problem>(Delivery::from(row));
    Ok(Answer(page.read(&app, &mut tx, reached, view).await?))
}

/// One delivery, with what is sent.
#[utoipa::path(get, path = "/webhooks/{webhook}/deliveries/{delivery}",
    operation_id = "get_webhook_delivery", tag = "webhooks",
    params(May<may::ReadWebhooks>, ("webhook" = String, Path, description = "Id"),
           ("delivery" = String, Path, description = "Id")),
    responses((status = 200, body = WholeDelivery), (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadWebhooks>,
    Path((id, delivery)): Path<(String, String)>,
) -> Result<Reply<WholeDelivery>, Problem> {
    let mut tx = app.db.read().await?;
    let webhook = webhook(&mut tx, &caller, &id).await?;
    let row = store::deliveries::find(&mut tx, &webhook.id, &delivery).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let event = store::audit::find(&mut tx, &row.event_id).await?;
    let text = event.map(webhooks::payload).unwrap_or_default();
    Ok(Reply::ok(WholeDelivery {
        delivery: Delivery::from(row),
        payload: serde_json::from_str(&text).unwrap_or_default(),
    }))
}

/// Sends an event again, as a delivery of its own.
#[utoipa::path(post, path = "/webhooks/{webhook}/deliveries/{delivery}/replay",
    operation_id = "replay_webhook_delivery", tag = "webhooks",
    params(May<may::WriteWebhooks>, ("webhook" = String, Path, description = "Id"),
           ("delivery" = String, Path, description = "Id")),
    responses((status = 201, body = Delivery), (status = "4XX", body = ProblemBody)))]
pub(super) async fn replay(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteWebhooks>,
    mode: Mode,
    Path((id, delivery)): Path<(String, String)>,
) -> Result<Reply<Delivery>, Problem> {
    let mut tx = app.db.write().await?;
    let webhook = store::webhooks::lock(&mut tx, &caller.scope, &id).await?;
    let webhook = webhook.ok_or_else(Problem::not_found)?;
    let old = store::deliveries::find(&mut tx, &webhook.id, &delivery).await?;
    let old = old.ok_or_else(Problem::not_found)?;
    must_be_active(&webhook)?;
    let mut row = webhooks::due_now(&webhook.id, &old.event_id, &old.kind);
    row.replay_of = Some(old.id);
    store::deliveries::insert(&mut tx, &row).await?;
    store::webhooks::plan(&mut tx, &webhook.id).await?;
    let view = Delivery::from(row);
    let (org, account) = (webhook.org_id.as_deref(), webhook.account_id.as_deref());
    let change = Change::new("webhook.replay", &webhook.id, org, account).after(&view);
    let made = mode.end(&app, tx, &caller, change).await?;
    Ok(Reply::made(view).or_preview(made))
}
