//! Sends what is due to one webhook, and notes how it went.

use std::time::Instant;

use axum::http::{HeaderName, Method, header};
use futures_util::{StreamExt as _, stream};
use serde::Serialize;
use serde_json::Value;
use tracing::Instrument as _;
use zeroize::Zeroizing;

use super::signature::sign;
use super::switch_off;
use crate::app::App;
use crate::clock;
use crate::outbound::{self, OutboundError, Outgoing};
use crate::random::random_bytes;
use crate::store::audit::AuditRow;
use crate::store::deliveries::{DeliveryRow, WAITING};
use crate::store::webhooks::{ListenerRow, WebhookRow};
use crate::store::{self, Scope, StoreError};
use crate::telemetry;
use crate::vault::Purpose;

const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// Longer than a batch takes at its slowest: ten seconds for each wave of [`PARALLEL`].
const LEASE_SECONDS: i64 = 90;
/// Deliveries between two looks at the lease, and requests to one webhook at a time.
const BATCH: i64 = 32;
const PARALLEL: usize = 8;
/// Batches until other webhooks have their turn.
const BATCHES_MAX: usize = 8;
/// What is kept of an answer.
const RESPONSE_BYTES_MAX: usize = 1024;
/// How long to wait after each failed attempt; after the last one the delivery has failed.
const PAUSES: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
/// A webhook to which nothing gets through for so long is switched off.
const FAILS_SECONDS: i64 = 5 * 24 * 3600;
/// What an endpoint answers that wants nothing any more.
const GONE: i64 = 410;

/// An event as it is sent.
#[derive(Debug, Serialize)]
struct Payload {
    #[serde(rename = "type")]
    kind: String,
    timestamp: String,
    data: Data,
}

#[derive(Debug, Serialize)]
struct Data {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    actor: String,
    target: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
}

/// The body of a delivery: the same bytes each time, since entries of the trail do not change.
pub(crate) fn payload(event: AuditRow) -> String {
    let object = event.after.or(event.before);
    let payload = Payload {
        kind: event.action,
        timestamp: clock::rfc3339(event.at),
        data: Data {
            id: event.id,
            org: event.org_id,
            account: event.account_id,
            actor: event.actor,
            target: event.target,
            object: object.and_then(|text| serde_json::from_str(&text).ok()),
            request_id: event.request_id,
            trace_id: event.trace_id,
        },
    };
    serde_json::to_string(&payload).expect("texts always have a JSON form")
}

/// Whether any webhook has something due. Looked at first, since a claim writes.
pub(super) async fn is_due(app: &App) -> Result<bool, StoreError> {
    let mut tx = app.db.read().await?;
    store::webhooks::is_due(&mut tx, clock::now()).await
}

/// Leases a webhook that has something due.
pub(super) async fn claim(app: &App) -> Result<Option<String>, StoreError> {
    let now = clock::now();
    let mut tx = app.db.write().await?;
    let id = store::webhooks::claim(&mut tx, &app.instance, now, now + LEASE_SECONDS).await?;
    tx.commit().await?;
    Ok(id)
}

/// Delivers what is due to a leased webhook, and gives the lease back.
pub(super) async fn work(app: &App, id: &str) -> Result<(), StoreError> {
    for _ in 0..BATCHES_MAX {
        if !batch(app, id).await? {
            break;
        }
    }
    let mut tx = app.db.write().await?;
    if store::webhooks::renew(&mut tx, id, &app.instance, 0).await? {
        store::webhooks::plan(&mut tx, id).await?;
        store::webhooks::release(&mut tx, id).await?;
    }
    tx.commit().await
}

/// One batch. `false` when there is nothing left to do.
async fn batch(app: &App, id: &str) -> Result<bool, StoreError> {
    let mut tx = app.db.read().await?;
    let hook = store::webhooks::find(&mut tx, &Scope::default(), id).await?;
    let Some(hook) = hook.filter(|hook| hook.state == store::webhooks::ACTIVE) else {
        return Ok(false);
    };
    let due = store::deliveries::due(&mut tx, id, clock::now(), BATCH).await?;
    if due.is_empty() {
        return Ok(false);
    }
    let mut messages = Vec::with_capacity(due.len());
    for delivery in due {
        let event = store::audit::find(&mut tx, &delivery.event_id).await?;
        messages.push((delivery, event));
    }
    drop(tx);
    let sent = stream::iter(messages).map(|(delivery, event)| traced(app, &hook, delivery, event));
    let sent: Vec<DeliveryRow> = sent.buffer_unordered(PARALLEL).collect().await;
    note(app, &hook, sent).await
}

/// One attempt, as part of the trace of the request whose event it is.
async fn traced(
    app: &App,
    hook: &WebhookRow,
    delivery: DeliveryRow,
    event: Option<AuditRow>,
) -> DeliveryRow {
    let span = telemetry::delivery(&delivery);
    if let Some(event) = &event {
        telemetry::follow(
            &span,
            event.request_id.as_deref(),
            event.trace_id.as_deref(),
        );
    }
    let attempt = attempt(app, hook, delivery, event.map(payload));
    let delivery = attempt.instrument(span.clone()).await;
    if delivery.error.is_some() {
        let status = delivery.status.map(|status| status.to_string());
        telemetry::failed(&span, status.as_deref().unwrap_or("connection"));
    }
    delivery
}

/// One attempt: the delivery as it is after it.
async fn attempt(
    app: &App,
    hook: &WebhookRow,
    mut delivery: DeliveryRow,
    body: Option<String>,
) -> DeliveryRow {
    let begun = Instant::now();
    let now = clock::now();
    let answer = match body {
        Some(body) => send(app, hook, &delivery, body, now).await,
        None => Err("the event is not in the trail".to_owned()),
    };
    delivery.attempts += 1;
    delivery.sent_at = Some(now);
    delivery.took_ms = i64::try_from(begun.elapsed().as_millis()).ok();
    (delivery.status, delivery.response, delivery.error) = match answer {
        Ok((status, text)) if is_success(status) => (Some(status), Some(text), None),
        Ok((status, text)) => {
            let error = format!("the answer has status {status}");
            (Some(status), Some(text), Some(error))
        }
        Err(error) => (None, None, Some(error)),
    };
    let pause = usize::try_from(delivery.attempts - 1).map_or(None, |at| PAUSES.get(at));
    (delivery.state, delivery.next_at) = match (&delivery.error, pause) {
        (None, _) => ("delivered".to_owned(), None),
        (Some(_), None) => ("failed".to_owned(), None),
        (Some(_), Some(pause)) => (WAITING.to_owned(), Some(clock::now() + spread(*pause))),
    };
    delivery
}

fn is_success(status: i64) -> bool {
    (200..300).contains(&status)
}

/// Up to a tenth more, so that what failed together does not come back together.
fn spread(pause: i64) -> i64 {
    let [byte] = random_bytes::<1>();
    pause + pause * i64::from(byte) / 2_560
}

async fn send(
    app: &App,
    hook: &WebhookRow,
    delivery: &DeliveryRow,
    body: String,
    now: i64,
) -> Result<(i64, String), String> {
    let networks = &app.webhook_networks;
    let url = outbound::parse(&hook.url, !networks.is_empty()).map_err(|e| e.to_string())?;
    let secrets = secrets(app, hook, now).map_err(|error| error.to_string())?;
    let signature = sign(&secrets, &delivery.event_id, now, &body);
    let outgoing = Outgoing {
        url,
        method: Method::POST,
        headers: vec![
            (header::CONTENT_TYPE, "application/json".to_owned()),
            (header::USER_AGENT, format!("tidegate/{}", app.version)),
            (ID, delivery.event_id.clone()),
            (TIMESTAMP, now.to_string()),
            (SIGNATURE, signature),
        ],
        body,
        tells_trace: true,
    };
    let answer = outbound::send(outgoing, networks, RESPONSE_BYTES_MAX);
    let answer = answer.await.map_err(|error| explain(&error))?;
    // PostgreSQL stores no NUL.
    let text = String::from_utf8_lossy(&answer.body).replace('\0', "\u{fffd}");
    Ok((i64::from(answer.status.as_u16()), text))
}

/// The error with what caused it: whoever configured the URL has to mend it.
fn explain(error: &OutboundError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

/// The secret, and the one before it while that still counts.
fn secrets(
    app: &App,
    hook: &WebhookRow,
    now: i64,
) -> Result<Vec<Zeroizing<Vec<u8>>>, crate::vault::VaultError> {
    let old = hook.old_secret.as_deref().filter(|_| now < hook.old_until);
    let sealed = [Some(hook.secret.as_slice()), old].into_iter().flatten();
    let opened = sealed.map(|sealed| {
        app.vault
            .open_sealed(Purpose::WebhookSecret, &hook.id, sealed)
    });
    opened.collect()
}

/// Stores how a batch went; switches the webhook off when it is time. `false` when this process
/// holds the lease no more, or has nothing left to do.
async fn note(app: &App, hook: &WebhookRow, sent: Vec<DeliveryRow>) -> Result<bool, StoreError> {
    let now = clock::now();
    let mut tx = app.db.write().await?;
    let until = now + LEASE_SECONDS;
    if !store::webhooks::renew(&mut tx, &hook.id, &app.instance, until).await? {
        return Ok(false);
    }
    for delivery in &sent {
        store::deliveries::note(&mut tx, delivery).await?;
    }
    let failing_since = match sent.iter().all(|delivery| delivery.error.is_some()) {
        true => Some(hook.failing_since.unwrap_or(now)),
        false => None,
    };
    store::webhooks::set_failing(&mut tx, &hook.id, failing_since).await?;
    let last = sent
        .iter()
        .rev()
        .find_map(|delivery| delivery.error.as_deref());
    let is_gone = sent.iter().any(|delivery| delivery.status == Some(GONE));
    let reason = match failing_since {
        _ if is_gone => Some("the endpoint answered 410: it is gone".to_owned()),
        Some(since) if since <= now - FAILS_SECONDS => {
            let since = clock::rfc3339(since);
            let last = last.unwrap_or_default();
            Some(format!(
                "nothing was delivered since {since}; the last error: {last}"
            ))
        }
        _ => None,
    };
    let goes_on = reason.is_none();
    if let Some(reason) = reason {
        let owner = ListenerRow {
            id: hook.id.clone(),
            org_id: hook.org_id.clone(),
            account_id: hook.account_id.clone(),
            types: String::new(),
        };
        switch_off(&mut tx, &owner, &reason).await?;
    }
    tx.commit().await?;
    app.bell.ring();
    Ok(goes_on)
}

#[cfg(test)]
mod tests {
    use super::{PAUSES, spread};

    #[test]
    fn a_delivery_is_tried_for_three_days() {
        let whole: i64 = PAUSES.iter().sum();
        assert!((3 * 86_400..4 * 86_400).contains(&whole), "{whole}");
        for pause in PAUSES {
            let spread = spread(pause);
            assert!((pause..=pause + pause / 10).contains(&spread));
        }
    }
}
