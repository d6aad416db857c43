//! `/operations`: work that goes on after its request was answered with 202: how far it is, how it
//! ended, and what it made.
//!
//! A request is *accepted* ([`accept`]): what is to be done is stored, sealed, with who asked.
//! Every process looks for what is due ([`worker`]) and does it in turns, as whoever asked: they
//! must still be allowed to. What there is to do is in a file of its own each: [`users`],
//! [`purge`], [`backup`]. Secrets are shown once, in answers of their own ([`taking`]).

mod accept;
pub(super) mod backup;
pub(super) mod purge;
mod taking;
pub(super) mod users;
mod worker;

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::dry_run::{Impact, Mode};
use super::page::{Page, PageRequest};
use super::record::Change;
use super::reply::Reply;
use crate::app::App;
use crate::auth::{Caller, Right};
use crate::clock;
use crate::problem::{Problem, ProblemBody};
use crate::store;
use crate::store::operations::{CANCELLED, OperationRow, QUEUED};

pub(super) use accept::{PREFERENCE_APPLIED, Prefers};
pub(crate) use worker::run as work_on_operations;

/// How long an operation that has ended can be looked at.
pub(crate) const KEPT_SECONDS: i64 = 7 * 24 * 3600;
/// When to look again at one that has not ended.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(cancel))
        .routes(routes!(taking::credentials))
        .routes(routes!(taking::file))
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    CreateUsers,
    PurgeAccount,
    Backup,
}

impl Kind {
    const ALL: [Kind; 3] = [Kind::CreateUsers, Kind::PurgeAccount, Kind::Backup];

    fn name(self) -> &'static str {
        match self {
            Kind::CreateUsers => "create_users",
            Kind::PurgeAccount => "purge_account",
            Kind::Backup => "backup",
        }
    }

    fn of(row: &OperationRow) -> Result<Self, Problem> {
        let kind = Self::ALL.into_iter().find(|kind| kind.name() == row.kind);
        kind.ok_or_else(Problem::internal)
    }

    /// What whoever asks for it must hold, and still hold while it runs.
    fn right(self) -> Right {
        match self {
            Kind::CreateUsers => Right::WriteUsers,
            Kind::PurgeAccount => Right::PurgeAccounts,
            Kind::Backup => Right::WriteSystem,
        }
    }

    /// Whether the caller may see how it goes: who may ask for it, or look at what it is about.
    fn is_seen_by(self, caller: &Caller) -> bool {
        let reads = match self {
            Kind::CreateUsers => Right::ReadUsers,
            Kind::PurgeAccount => Right::ReadAccounts,
            Kind::Backup => Right::ReadSystem,
        };
        caller.may(self.right()) || caller.may(reads)
    }

    fn unit(self) -> &'static str {
        match self {
            Kind::CreateUsers => "users",
            Kind::PurgeAccount => "accounts",
            Kind::Backup => "bytes",
        }
    }
}

/// Work that goes on after its request was answered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Operation {
    #[schema(example = "opn_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    /// `create_users`, `purge_account` or `backup`.
    kind: &'static str,
    /// `queued`, `running`, `succeeded`, `failed` or `cancelled`.
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<String>,
    /// The account that it works in.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    /// The id of what it is about.
    target: String,
    /// Who asked for it.
    actor: String,
    /// The request that asked for it.
    request_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    progress: Progress,
    /// Somebody asked to cancel it; it ends before its next step.
    cancel_requested: bool,
    /// What it made, without secrets; absent until it has succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    result: Option<Value>,
    /// Why it failed, as the request would have been answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ProblemBody>)]
    problem: Option<Value>,
    /// What it made that is shown once and has not been taken yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    to_take: Option<ToTake>,
    links: Links,
    /// Counts its changes.
    version: i64,
    #[schema(format = DateTime)]
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    started_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    finished_at: Option<String>,
}

/// How far it came.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OperationProgress)]
pub(crate) struct Progress {
    done: i64,
    /// Absent when nobody knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<i64>,
    /// `users`, `accounts` or `bytes`.
    unit: &'static str,
}

/// What can be taken out of it once, by whoever asked for it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OperationSecrets)]
pub(crate) struct ToTake {
    /// How much is left, in the units of `progress`.
    left: i64,
    /// From then on it is gone; absent until the operation has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    until: Option<String>,
}

/// Where to go from here: paths.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OperationLinks)]
pub(crate) struct Links {
    #[serde(rename = "self")]
    own: String,
    /// `POST` ends it; absent when it is too late.
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel: Option<String>,
    /// `POST` takes the credentials of the users that it made.
    #[serde(skip_serializing_if = "Option::is_none")]
    credentials: Option<String>,
    /// `POST` takes the backup.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
}

fn path_of(id: &str) -> String {
    format!("/api/v1/operations/{id}")
}

/// Whether something made by it can still be taken.
fn is_kept(row: &OperationRow, now: i64) -> bool {
    row.ready > 0 && row.kept_until.is_none_or(|until| now < until)
}

/// Whether it can be kept from going on: a purge that has begun cannot.
fn can_be_cancelled(row: &OperationRow, kind: Kind) -> bool {
    !row.has_ended() && (kind != Kind::PurgeAccount || row.state == QUEUED)
}

impl Links {
    fn of(row: &OperationRow, kind: Kind, has_more: bool) -> Self {
        let own = path_of(&row.id);
        let below = |name: &str| format!("{own}/{name}");
        Self {
            cancel: can_be_cancelled(row, kind).then(|| below("cancel")),
            credentials: (has_more && kind == Kind::CreateUsers).then(|| below("credentials")),
            file: (has_more && kind == Kind::Backup && row.has_ended()).then(|| below("file")),
            own,
        }
    }
}

impl Operation {
    fn new(row: OperationRow) -> Result<Self, Problem> {
        let kind = Kind::of(&row)?;
        let json = |text: &Option<String>| serde_json::from_str(text.as_deref()?).ok();
        let has_more = is_kept(&row, clock::now());
        Ok(Self {
            kind: kind.name(),
            progress: Progress {
                done: row.done,
                total: row.total,
                unit: kind.unit(),
            },
            result: json(&row.result),
            problem: json(&row.problem),
            to_take: has_more.then(|| ToTake {
                left: row.ready,
                until: row.kept_until.map(clock::rfc3339),
            }),
            links: Links::of(&row, kind, has_more),
            id: row.id,
            state: row.state,
            org: row.org_id,
            account: row.account_id,
            target: row.target,
            actor: row.actor,
            request_id: row.request_id,
            trace_id: row.trace_id,
            cancel_requested: row.is_cancelled,
            version: row.version,
            created_at: clock::rfc3339(row.created_at),
            started_at: row.started_at.map(clock::rfc3339),
            finished_at: row.finished_at.map(clock::rfc3339),
        })
    }
}

fn reply(row: OperationRow) -> Result<Reply<Operation>, Problem> {
    let (version, has_ended) = (row.version, row.has_ended());
    let reply = Reply::ok(Operation::new(row)?).version(version);
    Ok(match has_ended {
        true => reply,
        false => reply.header(header::RETRY_AFTER, RETRY_AFTER),
    })
}

/// The operations of the last week that the key may see, newest first.
#[utoipa::path(get, path = "/operations", operation_id = "list_operations", tag = "operations",
    params(PageRequest<OperationRow>),
    responses((status = 200, body = Page<Operation>), (status = "4XX", body = ProblemBody)))]
async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    page: PageRequest<OperationRow>,
) -> Result<Answer<Page<Operation>>, Problem> {
    let seen = Kind::ALL.map(|kind| kind.is_seen_by(&caller));
    let reached = store::operations::within(&caller.scope);
    // In an account or an organisation there are no others.
    let is_tenant = caller.scope.org_id.is_some();
    let reached = match seen {
        [true, ..] if is_tenant => reached,
        [true, true, true] => reached,
        [false, false, false] => return Err(not_seen()),
        [false, ..] if is_tenant => return Err(not_seen()),
        [true, true, false] => reached.that("kind IN ('create_users', 'purge_account')"),
        [true, false, true] => reached.that("kind IN ('create_users', 'backup')"),
        [false, true, true] => reached.that("kind IN ('purge_account', 'backup')"),
        [true, false, false] => reached.that("kind = 'create_users'"),
        [false, true, false] => reached.that("kind = 'purge_account'"),
        [false, false, true] => reached.that("kind = 'backup'"),
    };
    let mut tx = app.db.read().await?;
    Ok(Answer(
        page.read(&app, &mut tx, reached, Operation::new).await?,
    ))
}

fn not_seen() -> Problem {
    Problem::forbidden("This needs a right to what the operation is about, `users:read` for users.")
}

/// One operation. `Retry-After` says when to look again at one that has not ended.
#[utoipa::path(get, path = "/operations/{operation}", operation_id = "get_operation",
    tag = "operations",
    params(("operation" = String, Path, description = "Id")),
    responses((status = 200, body = Operation,
            headers(("ETag" = String), ("Retry-After" = u64))),
        (status = "4XX", body = ProblemBody)))]
async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Reply<Operation>, Problem> {
    let mut tx = app.db.read().await?;
    let row = store::operations::find(&mut tx, &caller.scope, &id).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    if !Kind::of(&row)?.is_seen_by(&caller) {
        return Err(not_seen());
    }
    reply(row)
}

/// Ends an operation before its next step. What it has done by then stays, and what it made can be
/// taken. A purge that has begun goes on.
#[utoipa::path(post, path = "/operations/{operation}/cancel", operation_id = "cancel_operation",
    tag = "operations",
    params(("operation" = String, Path, description = "Id")),
    responses((status = 200, body = Operation,
            headers(("ETag" = String), ("Retry-After" = u64))),
        (status = "4XX", body = ProblemBody)))]
async fn cancel(
    State(app): State<Arc<App>>,
    caller: Caller,
    mode: Mode,
    Path(id): Path<String>,
) -> Result<Reply<Operation>, Problem> {
    let mut tx = app.db.write().await?;
    let row = store::operations::lock(&mut tx, &caller.scope, &id).await?;
    let mut row = row.ok_or_else(Problem::not_found)?;
    let kind = Kind::of(&row)?;
    caller.need(kind.right())?;
    if row.has_ended() {
        let text = format!("It is `{}` already.", row.state);
        return Err(Problem::conflict("operation_ended", text));
    }
    if !can_be_cancelled(&row, kind) {
        let text = "The purge has begun. Until the account is gone it can be restored.";
        return Err(Problem::conflict("operation_not_cancellable", text));
    }
    let is_in_work = row.lease_until > clock::now();
    if is_in_work {
        row.is_cancelled = true;
        store::operations::ask_to_cancel(&mut tx, &row.id).await?;
    } else {
        row.state = CANCELLED.to_owned();
        worker::end(&mut tx, &mut row).await?;
    }
    row.version += 1;
    let (org, account) = (row.org_id.clone(), row.account_id.clone());
    let id = row.id.clone();
    let change = Change::new("operation.cancel", &id, org.as_deref(), account.as_deref());
    let made = mode.end(&app, tx, &caller, change).await?;
    match made {
        Some(_) => reply(row),
        None => Ok(Reply::ok(Operation::new(row)?).preview(Impact::none())),
    }
}
