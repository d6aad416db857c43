//! `/event-feed`: the account of the installation's own in which events and entries of the trail
//! are told over NATS.

use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::OptionalJson;
use super::credentials::short_lived;
use super::dry_run::Mode;
use super::record::Change;
use super::reply::Reply;
use super::users::{SECRETS, UserKey, check_name};
use crate::app::App;
use crate::auth::{May, may};
use crate::clock;
use crate::feed;
use crate::problem::{Problem, ProblemBody};
use crate::store::accounts::AccountRow;
use crate::store::feed::ProgressRow;
use crate::store::{self, Tx};

const NAME: &str = "reader";

/// Where events are told over NATS, and how far each engine has come.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventFeedView {
    /// The account's nkey.
    account: String,
    /// Whether every server knows of it.
    live: bool,
    engines: Vec<EngineFeed>,
    #[schema(format = DateTime)]
    created_at: String,
}

/// How far an engine has been told.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EngineFeed {
    /// Its name.
    engine: String,
    /// The `seq` of the last event that it has; empty before the first.
    seq: String,
    /// Entries that it has not been told yet.
    waiting: i64,
    /// When it was told something last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    sent_at: Option<String>,
}

impl From<ProgressRow> for EngineFeed {
    fn from(row: ProgressRow) -> Self {
        Self {
            engine: row.engine,
            seq: row.seq,
            waiting: row.waiting,
            sent_at: row.sent_at.map(clock::rfc3339),
        }
    }
}

async fn view(tx: &mut Tx, row: AccountRow) -> Result<EventFeedView, Problem> {
    let engines = store::feed::progress(tx).await?;
    Ok(EventFeedView {
        live: row.is_live(),
        account: row.public_key,
        engines: engines.into_iter().map(EngineFeed::from).collect(),
        created_at: clock::rfc3339(row.created_at),
    })
}

async fn the_feed(tx: &mut Tx) -> Result<AccountRow, Problem> {
    let feed = store::accounts::installation_own(tx, feed::SLUG).await?;
    feed.ok_or_else(|| {
        Problem::conflict(
            "no_event_feed",
            "There is none yet: `POST /event-feed`, or an account whose settings want it.",
        )
    })
}

/// Begins to tell engines what happens. The first account whose settings have `event_feed` does
/// the same.
#[utoipa::path(post, path = "/event-feed", operation_id = "open_event_feed", tag = "events",
    params(May<may::WriteSystem>),
    responses((status = 201, body = EventFeedView), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    scope: May<may::WriteSystem>,
    mode: Mode,
) -> Result<Reply<EventFeedView>, Problem> {
    let (installation, now) = (app.installation()?, clock::now());
    let mut tx = app.db.write().await?;
    store::foundation::lock_sharing(&mut tx, now).await?;
    let row = feed::provide(&mut tx, &app.vault, &installation, now).await?;
    let (id, generation) = (row.id.clone(), row.wanted_generation);
    let mut view = view(&mut tx, row).await?;
    let change = Change::new("event_feed.open", &id, None, None).after(&view);
    let made = mode.end(&app, tx, &scope.caller, change).await?;
    let Some(waiter) = made else {
        return Ok(Reply::made(view).or_preview(None::<()>));
    };
    view.live = waiter.wait(&app, &id, generation).await;
    Ok(Reply::made(view))
}

/// How far each engine has been told.
#[utoipa::path(get, path = "/event-feed", operation_id = "get_event_feed", tag = "events",
    params(May<may::ReadSystem>), responses((status = 200, body = EventFeedView), (status = 409),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    _: May<may::ReadSystem>,
) -> Result<Reply<EventFeedView>, Problem> {
    let mut tx = app.db.read().await?;
    let row = the_feed(&mut tx).await?;
    Ok(Reply::ok(view(&mut tx, row).await?))
}

/// Who is to read everything that is told, and for how long.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewFeedCreds {
    /// Shows among the servers' connections; `reader` when absent.
    name: Option<String>,
    /// An hour when absent, a day at most. It cannot be revoked before.
    #[schema(minimum = 1, maximum = 86_400, default = 3600)]
    expires_in_seconds: Option<u32>,
    /// The caller's own user nkey (`U…`). Then no seed is made and `jwt` is answered.
    public_key: Option<String>,
}

/// A user that may subscribe to `$CP.events.>` and `$CP.audit.>` of all accounts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeedCreds {
    name: String,
    public_key: String,
    #[schema(format = DateTime)]
    expires_at: String,
    /// The creds file; absent when the key was the caller's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    creds: Option<String>,
    /// The user's JWT, when the key was the caller's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    jwt: Option<String>,
    /// What the replay of an answer that is older than ten minutes does not show any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    withheld: Vec<String>,
}

/// Gives out a short-lived credential that reads what all accounts and the platform are told. It
/// is not kept.
#[utoipa::path(post, path = "/event-feed/creds", operation_id = "create_event_feed_creds",
    tag = "events", request_body = Option<NewFeedCreds>,
    params(May<(may::WriteSystem, may::ReadSecrets, may::ReadAudit)>),
    responses((status = 201, body = FeedCreds), (status = "4XX", body = ProblemBody)))]
pub(super) async fn creds(
    State(app): State<Arc<App>>,
    scope: May<(may::WriteSystem, may::ReadSecrets, may::ReadAudit)>,
    mode: Mode,
    OptionalJson(asked): OptionalJson<NewFeedCreds>,
) -> Result<Reply<FeedCreds>, Problem> {
    let name = asked.name.unwrap_or_else(|| NAME.to_owned());
    check_name(&name)?;
    let seconds = short_lived(asked.expires_in_seconds)?;
    let key = UserKey::of(asked.public_key.as_deref())?;
    let mut tx = app.db.write().await?;
    let (account, now) = (the_feed(&mut tx).await?, clock::now());
    let jwt = feed::reader(&app.vault, &account, (key.public(), &name), (now, seconds))?;
    let mut view = FeedCreds {
        public_key: key.public().to_string(),
        expires_at: clock::rfc3339(now + seconds),
        name,
        creds: None,
        jwt: None,
        withheld: Vec::new(),
    };
    let change = Change::new("event_feed.issue_creds", &account.id, None, None).after(&view);
    let made = mode.end(&app, tx, &scope.caller, change).await?;
    (view.creds, view.jwt) = key.credential(jwt);
    Ok(Reply::made(view).secrets(&SECRETS).or_preview(made))
}
