//! `/webhooks`: URLs that hear of events: an account's, an organisation's or all.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::binding::place;
use super::body::{Json, MergePatch, OptionalJson};
use super::conditional::IfMatch;
use super::dry_run::Mode;
use super::page::{Page, PageRequest};
use super::record::Change;
use super::reply::Reply;
use super::validate;
use super::webhook_deliveries::Delivery;
use crate::app::App;
use crate::auth::{May, may};
use crate::clock;
use crate::ids::{IdKind, new_id};
use crate::outbound;
use crate::problem::{Problem, ProblemBody};
use crate::store;
use crate::store::webhooks::{ACTIVE, FAILED, PAUSED, WebhookRow};
use crate::vault::Purpose;
use crate::webhooks::{self, is_pattern, new_secret};

const URL_BYTES_MAX: usize = 2048;
const TYPES_MAX: usize = 50;
/// Webhooks of one place.
const WEBHOOKS_MAX: i64 = 50;
const OVERLAP_SECONDS_DEFAULT: u32 = 24 * 3600;
const OVERLAP_SECONDS_MAX: u32 = 7 * 24 * 3600;

/// A URL to which events are sent, signed as Standard Webhooks has it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Webhook {
    #[schema(example = "whk_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    name: String,
    #[schema(example = "https://hooks.example.com/tidegate")]
    url: String,
    /// Which events: `user.create`, `user.*`; all when it is empty.
    types: Vec<String>,
    /// `active`; `paused` by somebody; `failed`: switched off, `reason` says why.
    #[schema(example = "active")]
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Since when nothing gets through, although it is tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    failing_since: Option<String>,
    /// The organisation that it hears of.
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<String>,
    /// The account that it hears of.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    /// Until when the secret before the last rotation signs too.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    old_secret_until: Option<String>,
    /// Counts its changes; `If-Match: "<version>"` changes this one only.
    version: i64,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<WebhookRow> for Webhook {
    fn from(row: WebhookRow) -> Self {
        let old = row.old_secret.is_some() && clock::now() < row.old_until;
        Self {
            id: row.id,
            name: row.name,
            url: row.url,
            types: row.types.split_whitespace().map(str::to_owned).collect(),
            state: row.state,
            reason: row.reason,
            failing_since: row.failing_since.map(clock::rfc3339),
            org: row.org_id,
            account: row.account_id,
            old_secret_until: old.then(|| clock::rfc3339(row.old_until)),
            version: row.version,
            created_at: clock::rfc3339(row.created_at),
            updated_at: clock::rfc3339(row.updated_at),
        }
    }
}

impl Webhook {
    fn change(&self, action: &'static str) -> Change<'_> {
        let (org, account) = (self.org.as_deref(), self.account.as_deref());
        Change::new(action, &self.id, org, account)
    }
}

/// A webhook with its secret, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CreatedWebhook {
    #[serde(flatten)]
    webhook: Webhook,
    /// What signatures are checked with. Absent in a dry run, and in the replay of an answer that
    /// is older than ten minutes.
    #[schema(required = false, example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")]
    secret: String,
    /// What a replay does not show any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    withheld: Vec<String>,
}

/// A new webhook. Without `org` and `account` it hears of as much as its maker reaches.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewWebhook {
    #[schema(example = "billing")]
    name: String,
    /// Where to send events: `https://`, and no private address unless the installation allows it.
    #[schema(example = "https://hooks.example.com/tidegate")]
    url: String,
    /// Which events: `user.create`, `user.*`; all when absent or empty.
    #[serde(default)]
    #[schema(max_items = 50, example = json!(["user.*", "account.suspend"]))]
    types: Vec<String>,
    /// The organisation (id or slug).
    org: Option<String>,
    /// The account (id, nkey or slug).
    account: Option<String>,
}

/// Changes to a webhook; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookPatch {
    name: Option<String>,
    url: Option<String>,
    #[schema(max_items = 50)]
    types: Option<Vec<String>>,
    /// `active` or `paused`. `active` also switches on what has failed.
    state: Option<String>,
}

/// How a secret is replaced.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotateWebhook {
    /// How long the old secret signs too, so that it can be replaced in peace.
    #[schema(maximum = 604_800, default = 86_400)]
    overlap_seconds: Option<u32>,
}

fn url(app: &App, text: &str) -> Result<String, Problem> {
    if text.len() > URL_BYTES_MAX {
        let message = format!("must have at most {URL_BYTES_MAX} bytes");
        return Err(Problem::invalid("/url", message));
    }
    let networks = &app.webhook_networks;
    let url = outbound::parse(text, !networks.is_empty())
        .map_err(|error| Problem::invalid("/url", error.to_string()))?;
    // Names are looked at when something is sent: what they lead to changes.
    if outbound::names_private(&url, networks) {
        let message = "is a private address: `webhook_networks` in the `admin_api` block allows it";
        return Err(Problem::invalid("/url", message));
    }
    Ok(url.into())
}

fn types(patterns: &[String]) -> Result<String, Problem> {
    if patterns.len() > TYPES_MAX {
        let message = format!("must have at most {TYPES_MAX} patterns");
        return Err(Problem::invalid("/types", message));
    }
    if let Some(at) = patterns.iter().position(|pattern| !is_pattern(pattern)) {
        let message = "must be like `user.create`, `user.*` or `*`";
        return Err(Problem::invalid(format!("/types/{at}"), message));
    }
    Ok(patterns.join(" "))
}

/// Makes a webhook and answers its secret, once. It tells what its maker may know.
#[utoipa::path(post, path = "/webhooks", operation_id = "create_webhook", tag = "webhooks",
    request_body = NewWebhook,
    params(May<(may::WriteWebhooks, may::ReadEvents)>),
    responses((status = 201, body = CreatedWebhook), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<(may::WriteWebhooks, may::ReadEvents)>,
    mode: Mode,
    Json(new): Json<NewWebhook>,
) -> Result<Reply<CreatedWebhook>, Problem> {
    let name = validate::display_name(&new.name, "/name")?;
    let (url, types) = (url(&app, &new.url)?, types(&new.types)?);
    let mut tx = app.db.write().await?;
    let scope = place(&mut tx, &caller, new.org.as_deref(), new.account.as_deref()).await?;
    if store::webhooks::count(&mut tx, &scope).await? >= WEBHOOKS_MAX {
        let detail = format!("There are {WEBHOOKS_MAX} webhooks here: delete one first.");
        return Err(Problem::conflict("too_many_webhooks", detail));
    }
    let id = new_id(IdKind::Webhook);
    let (secret, shown) = new_secret();
    let now = clock::now();
    let row = WebhookRow {
        secret: app
            .vault
            .seal(Purpose::WebhookSecret, &id, secret.as_slice()),
        id,
        org_id: scope.org_id,
        account_id: scope.account_id,
        name,
        url,
        types,
        state: ACTIVE.to_owned(),
        reason: None,
        old_secret: None,
        old_until: 0,
        failing_since: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    store::webhooks::insert(&mut tx, &row).await?;
    let webhook = Webhook::from(row);
    let change = webhook.change("webhook.create").after(&webhook);
    let made = mode.end(&app, tx, &caller, change).await?;
    let created = CreatedWebhook {
        webhook,
        secret: shown.to_string(),
        withheld: Vec::new(),
    };
    let reply = Reply::made(created).secrets(&["secret"]).version(1);
    Ok(reply.or_preview(made))
}

/// The webhooks that the caller reaches.
#[utoipa::path(get, path = "/webhooks", operation_id = "list_webhooks", tag = "webhooks",
    params(May<may::ReadWebhooks>, PageRequest<WebhookRow>),
    responses((status = 200, body = Page<Webhook>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadWebhooks>,
    page: PageRequest<WebhookRow>,
) -> Result<Answer<Page<Webhook>>, Problem> {
    let mut tx = app.db.read().await?;
    let reached = store::webhooks::within(&caller.scope);
    let view = |row| Ok::<_, Problem>(Webhook::from(row));
    Ok(Answer(page.read(&app, &mut tx, reached, view).await?))
}

/// One webhook.
#[utoipa::path(get, path = "/webhooks/{webhook}", operation_id = "get_webhook", tag = "webhooks",
    params(May<may::ReadWebhooks>, ("webhook" = String, Path, description = "Id")),
    responses((status = 200, body = Webhook, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadWebhooks>,
    Path(id): Path<String>,
) -> Result<Reply<Webhook>, Problem> {
    let mut tx = app.db.read().await?;
    let row = store::webhooks::find(&mut tx, &caller.scope, &id).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let version = row.version;
    Ok(Reply::ok(Webhook::from(row)).version(version))
}

/// Changes a webhook, pauses it, or switches it on again.
#[utoipa::path(patch, path = "/webhooks/{webhook}", operation_id = "update_webhook",
    tag = "webhooks",
    params(May<may::WriteWebhooks>, ("webhook" = String, Path, description = "Id"), IfMatch),
    request_body(content = WebhookPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, body = Webhook, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn update(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteWebhooks>,
    mode: Mode,
    if_match: IfMatch,
    Path(id): Path<String>,
    patch: MergePatch<WebhookPatch>,
) -> Result<Reply<Webhook>, Problem> {
    let mut tx = app.db.write().await?;
    let row = store::webhooks::lock(&mut tx, &caller.scope, &id).await?;
    let mut row = row.ok_or_else(Problem::not_found)?;
    if_match.check(row.version)?;
    let before = Webhook::from(row.clone());
    let wanted = patch.apply(json!({
        "name": before.name, "url": before.url, "types": before.types, "state": before.state,
    }))?;
    row.name = validate::display_name(&wanted.name.unwrap_or_default(), "/name")?;
    row.url = url(&app, &wanted.url.unwrap_or_default())?;
    row.types = types(&wanted.types.unwrap_or_default())?;
    match wanted.state.as_deref() {
        Some(ACTIVE) => {
            if row.state != ACTIVE {
                row.failing_since = None;
            }
            (row.state, row.reason) = (ACTIVE.to_owned(), None);
        }
        Some(PAUSED) => (row.state, row.reason) = (PAUSED.to_owned(), None),
        Some(FAILED) if row.state == FAILED => {}
        _ => return Err(Problem::invalid("/state", "must be `active` or `paused`")),
    }
    (row.updated_at, row.version) = (clock::now(), row.version + 1);
    store::webhooks::update(&mut tx, &row).await?;
    let version = row.version;
    let view = Webhook::from(row);
    let change = view.change("webhook.update").before(&before).after(&view);
    let made = mode.end(&app, tx, &caller, change).await?;
    Ok(Reply::ok(view).version(version).or_preview(made))
}

/// Deletes a webhook and its deliveries.
#[utoipa::path(delete, path = "/webhooks/{webhook}", operation_id = "delete_webhook",
    tag = "webhooks",
    params(May<may::WriteWebhooks>, ("webhook" = String, Path, description = "Id"), IfMatch),
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteWebhooks>,
    mode: Mode,
    if_match: IfMatch,
    Path(id): Path<String>,
) -> Result<Reply<()>, Problem> {
    let mut tx = app.db.write().await?;
    let row = store::webhooks::lock(&mut tx, &caller.scope, &id).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    if_match.check(row.version)?;
    store::webhooks::delete(&mut tx, &row.id).await?;
    let before = Webhook::from(row);
    let change = before.change("webhook.delete").before(&before);
    let made = mode.end(&app, tx, &caller, change).await?;
    Ok(Reply::ok(()).or_preview(made))
}

/// Makes a new secret and answers it, once. During the overlap both sign.
#[utoipa::path(post, path = "/webhooks/{webhook}/rotate", operation_id = "rotate_webhook",
    tag = "webhooks",
    params(May<may::WriteWebhooks>, ("webhook" = String, Path, description = "Id")),
    request_body = Option<RotateWebhook>,
    responses((status = 201, body = CreatedWebhook), (status = "4XX", body = ProblemBody)))]
pub(super) async fn rotate(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteWebhooks>,
    mode: Mode,
    Path(id): Path<String>,
    OptionalJson(wanted): OptionalJson<RotateWebhook>,
) -> Result<Reply<CreatedWebhook>, Problem> {
    let overlap = wanted.overlap_seconds.unwrap_or(OVERLAP_SECONDS_DEFAULT);
    if overlap > OVERLAP_SECONDS_MAX {
        let message = "must be at most 604800 (a week)";
        return Err(Problem::invalid("/overlap_seconds", message));
    }
    let mut tx = app.db.write().await?;
    let row = store::webhooks::lock(&mut tx, &caller.scope, &id).await?;
    let mut row = row.ok_or_else(Problem::not_found)?;
    let before = Webhook::from(row.clone());
    let (secret, shown) = new_secret();
    let sealed = app
        .vault
        .seal(Purpose::WebhookSecret, &row.id, secret.as_slice());
    let now = clock::now();
    row.old_secret = Some(std::mem::replace(&mut row.secret, sealed));
    row.old_until = now + i64::from(overlap);
    (row.updated_at, row.version) = (now, row.version + 1);
    store::webhooks::set_secret(&mut tx, &row).await?;
    let version = row.version;
    let webhook = Webhook::from(row);
    let change = webhook.change("webhook.rotate");
    let change = change.before(&before).after(&webhook);
    let made = mode.end(&app, tx, &caller, change).await?;
    let created = CreatedWebhook {
        webhook,
        secret: shown.to_string(),
        withheld: Vec::new(),
    };
    let reply = Reply::made(created).secrets(&["secret"]).version(version);
    Ok(reply.or_preview(made))
}

/// Sends an event of the type `webhook.test`, whatever types the webhook hears of.
#[utoipa::path(post, path = "/webhooks/{webhook}/test", operation_id = "test_webhook",
    tag = "webhooks",
    params(May<may::WriteWebhooks>, ("webhook" = String, Path, description = "Id")),
    responses((status = 201, body = Delivery), (status = "4XX", body = ProblemBody)))]
pub(super) async fn test(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteWebhooks>,
    mode: Mode,
    Path(id): Path<String>,
) -> Result<Reply<Delivery>, Problem> {
    let mut tx = app.db.write().await?;
    let row = store::webhooks::lock(&mut tx, &caller.scope, &id).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    must_be_active(&row)?;
    let event = new_id(IdKind::AuditEntry);
    let delivery = webhooks::due_now(&row.id, &event, webhooks::TEST);
    store::deliveries::insert(&mut tx, &delivery).await?;
    store::webhooks::plan(&mut tx, &row.id).await?;
    let view = Webhook::from(row);
    let change = view.change(webhooks::TEST).known_as(event).after(&view);
    let made = mode.end(&app, tx, &caller, change).await?;
    Ok(Reply::made(Delivery::from(delivery)).or_preview(made))
}

/// Refuses to send to a webhook that would leave it waiting.
pub(super) fn must_be_active(row: &WebhookRow) -> Result<(), Problem> {
    if row.state == ACTIVE {
        return Ok(());
    }
    Err(Problem::conflict(
        "webhook_not_active",
        "Nothing is sent to it now: set `state` to `active` first.",
    ))
}
