//! `/accounts/{account}/connections` and kicks: who is connected, and closing it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use accounts::{KeyKind, PublicKey};
use axum::Json as Answer;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::OptionalJson;
use super::connection_pages;
use super::dry_run::Mode;
use super::page::{read_cursor, write_cursor};
use super::reply::Reply;
use super::users::find;
use super::validate;
use super::work::{Diff, Work};
use crate::app::App;
use crate::auth::{InAccount, may};
use crate::clock;
use crate::problem::{Problem, ProblemBody};
use crate::reconciler::{self, Connection};
use crate::store;
use crate::store::accounts::AccountRow;

/// The longest time for which a kick keeps somebody out.
const BLOCK_SECONDS_MAX: u32 = 30 * 24 * 3600;

/// Connections that one page shows of each server.
const SHOWN_MAX: i64 = 500;

/// A client's connection, open or closed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClientConnection {
    /// Names it in URLs: the server and the number that it gave.
    #[schema(example = "NABC….17")]
    id: String,
    server: String,
    cid: u64,
    /// The nkey that logged in.
    user_key: String,
    /// The user that it was issued for; absent for credentials that were made elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    tags: Vec<String>,
    /// What the client calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lang: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// `nats`, `websocket` or `mqtt`.
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<String>,
    ip: String,
    port: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_cipher_suite: Option<String>,
    #[schema(format = DateTime)]
    started_at: String,
    #[schema(format = DateTime)]
    last_active_at: String,
    /// When a closed one was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    closed_at: Option<String>,
    /// Why, in the server's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_because: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rtt: Option<String>,
    subscriptions: u32,
    pending_bytes: i64,
    /// What the client sent.
    messages_in: i64,
    bytes_in: i64,
    /// What it was sent.
    messages_out: i64,
    bytes_out: i64,
}

impl ClientConnection {
    fn new(one: Connection, holders: &HashMap<String, (String, String)>) -> Self {
        let (user, user_name) = holders.get(&one.authorized_user).cloned().unzip();
        Self {
            user,
            user_name,
            id: format!("{}.{}", one.server, one.cid),
            server: one.server,
            cid: one.cid,
            user_key: one.authorized_user,
            tags: one.tags,
            name: one.name,
            lang: one.lang,
            version: one.version,
            r#type: Some(one.client_type).filter(|kind| !kind.is_empty()),
            ip: one.ip,
            port: one.port,
            tls_version: one.tls_version,
            tls_cipher_suite: one.tls_cipher_suite,
            started_at: one.start,
            last_active_at: one.last_activity,
            closed_at: one.stop,
            closed_because: one.reason,
            rtt: one.rtt,
            subscriptions: one.subscriptions,
            pending_bytes: one.pending_bytes,
            messages_in: one.in_msgs,
            bytes_in: one.in_bytes,
            messages_out: one.out_msgs,
            bytes_out: one.out_bytes,
        }
    }
}

/// Which connections to show.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConnectionParams {
    /// Id, nkey or name of a user; an nkey may also be one of a short-lived credential.
    user: Option<String>,
    /// `open`, `closed` (those that servers remember) or `all`; open ones when absent.
    state: Option<String>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, default = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Connections of each server to leave out. Deprecated: of several servers each has its own;
    /// go on with `cursor`.
    #[param(minimum = 0, default = 0)]
    offset: Option<i64>,
}

/// Connections as the engines have them now, those of one server after those of another, the
/// oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Connections {
    data: Vec<ClientConnection>,
    /// Give it as `cursor` to get the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    has_more: bool,
    /// Names of engines that did not answer: connections there are not shown.
    unanswered: BTreeSet<String>,
}

/// The account's connections.
#[utoipa::path(get, path = "/accounts/{account}/connections", operation_id = "list_connections",
    tag = "connections",
    params(InAccount<may::ReadConnections>, ConnectionParams),
    responses((status = 200, body = Connections), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadConnections>,
    asked: Result<Query<ConnectionParams>, QueryRejection>,
) -> Result<Answer<Connections>, Problem> {
    let text = "The query may have `user`, `state` (open, closed, all), `limit` (1 to 500), \
                `cursor` and `offset`, which does not go with `cursor`.";
    let Query(asked) = asked.map_err(|_| Problem::bad_request(text))?;
    let (limit, offset) = (asked.limit.unwrap_or(SHOWN_MAX), asked.offset.unwrap_or(0));
    let is_both = asked.cursor.is_some() && asked.offset.is_some();
    if !(1..=SHOWN_MAX).contains(&limit) || !(0..=i64::from(u32::MAX)).contains(&offset) || is_both
    {
        return Err(Problem::bad_request(text));
    }
    let state = match asked.state.as_deref() {
        None | Some("open") => reconciler::State::Open,
        Some("closed") => reconciler::State::Closed,
        Some("all") => reconciler::State::All,
        Some(_) => return Err(Problem::bad_request(text)),
    };
    let account = &scope.account;
    let context = format!("connections {}\n{state:?}\n{:?}", account.id, asked.user);
    let after = match &asked.cursor {
        None => None,
        Some(cursor) => {
            let place = read_cursor(&app, &context, cursor);
            let text = "`cursor` is not the `next_cursor` of this list with these filters.";
            Some(place.ok_or_else(|| Problem::bad_request(text))?)
        }
    };
    let limit = usize::try_from(limit).unwrap_or_default();
    let question = connection_pages::Asked {
        users: users(&app, account, asked.user.as_deref()).await?,
        state,
        limit,
        offset,
        after,
    };
    let mut page = connection_pages::read(&app, &account.public_key, &question).await?;
    let next = page.cut(limit);
    let holders = holders(&app, account, &page.connections).await?;
    let views = page.connections.into_iter();
    Ok(Answer(Connections {
        data: views
            .map(|one| ClientConnection::new(one, &holders))
            .collect(),
        has_more: next.is_some(),
        next_cursor: next.map(|place| write_cursor(&app, &context, &place)),
        unanswered: page.unanswered,
    }))
}

/// Id and name of the users whose keys are connected.
async fn holders(
    app: &App,
    account: &AccountRow,
    connections: &[Connection],
) -> Result<HashMap<String, (String, String)>, Problem> {
    let mut holders = HashMap::new();
    let mut tx = app.db.read().await?;
    for key in connections.iter().map(|one| &one.authorized_user) {
        if !holders.contains_key(key)
            && let Some(user) = store::issuances::holder(&mut tx, &account.id, key).await?
        {
            holders.insert(key.clone(), user);
        }
    }
    Ok(holders)
}

pub(super) fn unanswered() -> Problem {
    Problem::unavailable("The engine did not answer.")
}

/// The keys of the user that is asked about; everybody, when nobody is.
async fn users(
    app: &App,
    account: &AccountRow,
    user: Option<&str>,
) -> Result<Vec<Option<String>>, Problem> {
    let Some(user) = user else {
        return Ok(vec![None]);
    };
    if PublicKey::parse_as(user, KeyKind::User).is_ok() {
        return Ok(vec![Some(user.to_owned())]);
    }
    let user = validate::reference(user, "/user")?;
    let mut tx = app.db.read().await?;
    let row = find(&mut tx, account, &user).await?;
    let live = store::issuances::live_keys(&mut tx, &row.id, clock::now()).await?;
    Ok(live.into_iter().map(|key| Some(key.user_key)).collect())
}

/// Closes one connection, and may keep its credential out for a while.
#[utoipa::path(post, path = "/accounts/{account}/connections/{connection}/kick",
    operation_id = "kick_connection", tag = "connections",
    params(InAccount<may::WriteConnections>,
           ("connection" = String, Path, description = "Id")),
    request_body = Option<Kick>,
    responses((status = 200, body = Kicked), (status = "4XX", body = ProblemBody)))]
pub(super) async fn kick(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteConnections>,
    mode: Mode,
    Path(path): Path<(String, String)>,
    OptionalJson(kick): OptionalJson<Kick>,
) -> Result<Reply<Kicked>, Problem> {
    kick.check()?;
    let (server, cid) = path.1.rsplit_once('.').ok_or_else(Problem::not_found)?;
    let cid: u64 = cid.parse().map_err(|_| Problem::not_found())?;
    // Only what the account has itself: a number alone names connections of others too.
    let found = app
        .reconciler
        .connection(&scope.account.public_key, server, cid)
        .await;
    let connection = found
        .ok_or_else(unanswered)?
        .ok_or_else(Problem::not_found)?;
    let mut work = Work::begin(&app, &scope, mode).await?;
    kick.block(&mut work, &connection.authorized_user).await?;
    if kick.block_for_seconds > 0 {
        work.republish().await?;
    }
    work.kicked = Some(vec![connection.clone()]);
    let done = work
        .finish("connection.kick", &path.1, Diff::made(&kick))
        .await?;
    if done.is_made() {
        app.reconciler.close(&[connection]).await;
    }
    let view = Kicked {
        connections: 1,
        unanswered: BTreeSet::new(),
    };
    Ok(done.reply(Reply::ok(view)))
}

/// Why a connection is closed, and for how long its user stays out.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kick {
    /// For the audit trail; the client is not told.
    #[serde(default)]
    reason: String,
    /// How long the credentials in use are refused. A client whose are not is back at once.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 2_592_000, default = 0)]
    block_for_seconds: u32,
}

impl Kick {
    fn check(&self) -> Result<(), Problem> {
        if !self.reason.is_empty() {
            validate::display_name(&self.reason, "/reason")?;
        }
        if self.block_for_seconds > BLOCK_SECONDS_MAX {
            let text = format!("must be 0 to {BLOCK_SECONDS_MAX} (30 days)");
            return Err(Problem::invalid("/block_for_seconds", text));
        }
        Ok(())
    }

    /// Keeps the key out, if asked for.
    async fn block(&self, work: &mut Work<'_>, user_key: &str) -> Result<(), Problem> {
        if self.block_for_seconds > 0 {
            let (id, now) = (&work.account.id, work.now);
            let time = (now, now + i64::from(self.block_for_seconds));
            store::issuances::block(&mut work.tx, id, user_key, time, &self.reason).await?;
        }
        Ok(())
    }
}

/// How many connections were closed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Kicked {
    connections: usize,
    /// Names of engines that did not answer: connections there stay open.
    unanswered: BTreeSet<String>,
}

/// Closes a user's connections, those of its short-lived credentials too, and may keep their
/// credentials out for a while.
#[utoipa::path(post, path = "/accounts/{account}/users/{user}/kick", operation_id = "kick_user",
    tag = "connections",
    params(InAccount<may::WriteConnections>,
           ("user" = String, Path, description = "Id, nkey or name")),
    request_body = Option<Kick>,
    responses((status = 200, body = Kicked), (status = "4XX", body = ProblemBody)))]
pub(super) async fn kick_user(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteConnections>,
    mode: Mode,
    Path(path): Path<(String, String)>,
    OptionalJson(kick): OptionalJson<Kick>,
) -> Result<Reply<Kicked>, Problem> {
    kick.check()?;
    let mut work = Work::begin(&app, &scope, mode).await?;
    let row = find(&mut work.tx, &work.account, &path.1).await?;
    let live = store::issuances::live_keys(&mut work.tx, &row.id, work.now).await?;
    for key in &live {
        kick.block(&mut work, &key.user_key).await?;
    }
    if kick.block_for_seconds > 0 {
        work.republish().await?;
    }
    let account_key = work.account.public_key.clone();
    // Asked first: servers close whom the claims keep out by themselves.
    let keys: Vec<String> = live.into_iter().map(|key| key.user_key).collect();
    let open = app.reconciler.connections_of(&account_key, &keys).await;
    let open = open.ok_or_else(unanswered)?;
    work.kicked = open.clone().complete();
    let done = work.finish("user.kick", &row.id, Diff::made(&kick)).await?;
    if done.is_made() {
        app.reconciler.close(&open.connections).await;
    }
    let view = Kicked {
        connections: open.connections.len(),
        unanswered: open.unanswered,
    };
    Ok(done.reply(Reply::ok(view)))
}
