//! `/accounts/{account}/import-requests` and `/share-requests`: an account asks for what another
//! one offers, through a link or because it is advertised, and the other one decides.
//!
//! An export that does not exist and one that may not be asked for give the same answer. What the
//! exporter is told of the importer is what the request says.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{Json, OptionalJson};
use super::dry_run::Mode;
use super::imports::{Wanted, covering, find_exporter, not_available, take};
use super::page::{Page, PageRequest};
use super::reply::Reply;
use super::share_links::PREFIX;
use super::sharing::Kind;
use super::validate;
use super::work::{Diff, Work};
use crate::app::App;
use crate::auth::{InAccount, may};
use crate::clock;
use crate::ids::{IdKind, new_id};
use crate::problem::{Problem, ProblemBody};
use crate::settings::description;
use crate::sharing::{ExportDetails, ImportDetails, permit};
use crate::store::accounts::AccountRow;
use crate::store::exports::ExportRow;
use crate::store::requests::{NewRequest, RequestRow, Side};
use crate::store::{self, Tx};

/// Requests of one account that may wait at a time.
const PENDING_MAX: i64 = 100;

/// A request to import.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportRequest {
    #[schema(example = "ireq_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    /// The slug of the account that asks.
    importer: String,
    /// The slug of the account that is asked.
    exporter: String,
    /// The export's id.
    export: String,
    kind: Kind,
    /// The exporter's subject.
    subject: String,
    /// For the other side.
    message: String,
    /// `pending`, `approved`, `denied` or `withdrawn`.
    state: String,
    /// Why it was denied.
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    /// Where it appears in the importing account; only that account sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    local_subject: Option<String>,
    /// The import that came of it; only the importing account sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    import: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    decided_at: Option<String>,
}

impl ImportRequest {
    pub(super) fn new(row: RequestRow, side: Side) -> Self {
        let is_own = side == Side::Importer;
        Self {
            kind: Kind::of(&row.kind),
            local_subject: Some(row.local_subject).filter(|_| is_own),
            import: row.import_id.filter(|_| is_own),
            id: row.id,
            importer: row.importer_slug,
            exporter: row.exporter_slug,
            export: row.export_id,
            subject: row.subject,
            message: row.message,
            state: row.state,
            reason: row.reason,
            created_at: clock::rfc3339(row.created_at),
            decided_at: row.decided_at.map(clock::rfc3339),
        }
    }
}

/// A new request: through a link, or for what an account advertises.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewImportRequest {
    /// The token of a share link.
    #[schema(example = "tg_share_…")]
    pub(super) link: Option<String>,
    /// Without a link: id, nkey or slug of the account that advertises it.
    pub(super) account: Option<String>,
    /// Without a link: stream or service.
    pub(super) kind: Option<Kind>,
    /// The exporter's subject, or a part of it; all of it when absent, which needs a link.
    pub(super) subject: Option<String>,
    /// Where it is to appear; the exporter's subject when absent.
    pub(super) local_subject: Option<String>,
    /// The subject when absent.
    pub(super) name: Option<String>,
    /// For those who decide.
    #[serde(default)]
    pub(super) message: String,
}

/// What is asked for, and whether it is approved already.
struct Asked {
    exporter: AccountRow,
    export: ExportRow,
    approved: bool,
}

impl NewImportRequest {
    async fn find(&self, work: &mut Work<'_>) -> Result<Asked, Problem> {
        match (&self.link, &self.account) {
            (Some(link), None) => self.through(link, work).await,
            (None, Some(account)) => self.advertised(account, work).await,
            _ => Err(Problem::invalid(
                "",
                "must have either `link`, or `account`, `kind` and `subject`",
            )),
        }
    }

    async fn through(&self, link: &str, work: &mut Work<'_>) -> Result<Asked, Problem> {
        if !link.starts_with(PREFIX) {
            return Err(not_available());
        }
        let hash = work.app.vault.hash_token(link);
        let link = store::requests::use_link(&mut work.tx, &hash, work.now).await?;
        let link = link.ok_or_else(not_available)?;
        let export = store::exports::by_id(&mut work.tx, &link.export_id).await?;
        let export = export.ok_or_else(not_available)?;
        let exporter = find_exporter(&mut work.tx, &link.account_id, &work.account).await?;
        Ok(Asked {
            exporter,
            export,
            approved: link.approve,
        })
    }

    async fn advertised(&self, account: &str, work: &mut Work<'_>) -> Result<Asked, Problem> {
        let kind = self
            .kind
            .ok_or_else(|| Problem::invalid("/kind", "is needed"))?;
        let subject = self.subject.as_deref();
        let subject = subject.ok_or_else(|| Problem::invalid("/subject", "is needed"))?;
        let exporter = find_exporter(&mut work.tx, account, &work.account).await?;
        let export = covering(&mut work.tx, &exporter, kind, subject).await?;
        if !export.advertised {
            return Err(not_available());
        }
        Ok(Asked {
            exporter,
            export,
            approved: false,
        })
    }
}

/// Asks another account for what it offers. Through a link that says so it is approved at once.
#[utoipa::path(post, path = "/accounts/{account}/import-requests",
    operation_id = "create_import_request", tag = "sharing",
    params(InAccount<may::WriteSharing>),
    request_body = NewImportRequest,
    responses((status = 201, body = ImportRequest), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteSharing>,
    mode: Mode,
    Json(new): Json<NewImportRequest>,
) -> Result<Reply<ImportRequest>, Problem> {
    let mut work = Work::begin_sharing(&app, &scope, mode).await?;
    let row = make(&mut work, new).await?;
    let id = row.id.clone();
    let view = ImportRequest::new(row, Side::Importer);
    let done = work
        .finish("import_request.create", &id, Diff::made(&view))
        .await?;
    Ok(done.reply(Reply::made(view)))
}

/// Stores a new request of the account in work. The caller holds the lock on sharing.
pub(super) async fn make(
    work: &mut Work<'_>,
    new: NewImportRequest,
) -> Result<RequestRow, Problem> {
    description(&new.message, "/message")?;
    let pending = store::requests::count_pending(&mut work.tx, &work.account.id).await?;
    if pending >= PENDING_MAX {
        return Err(Problem::unprocessable(
            "too_many_requests_pending",
            "Withdraw requests that nobody decides.",
        ));
    }
    let asked = new.find(work).await?;
    let details = ExportDetails::stored(&asked.export)?;
    let whole = details.subject_for(&asked.export.subject, &work.account.public_key);
    let subject = new.subject.unwrap_or(whole);
    validate::shared_subject(&subject, "/subject")?;
    let export_subject = asked.export.subject.as_bytes();
    if !accounts::subject::is_subset(subject.as_bytes(), export_subject) {
        return Err(not_available());
    }
    let local_subject = new.local_subject.unwrap_or_else(|| subject.clone());
    validate::shared_subject(&local_subject, "/local_subject")?;
    let name = validate::display_name(new.name.as_deref().unwrap_or(&subject), "/name")?;
    let id = new_id(IdKind::ImportRequest);
    let request = NewRequest {
        id: &id,
        importer_id: &work.account.id,
        exporter_id: &asked.exporter.id,
        export_id: &asked.export.id,
        name: &name,
        subject: &subject,
        local_subject: &local_subject,
        message: &new.message,
        now: work.now,
    };
    store::requests::insert(&mut work.tx, &request)
        .await
        .map_err(Problem::if_taken(
            "request_pending",
            "The same request waits for a decision already.",
        ))?;
    if asked.approved {
        let row = find(&mut work.tx, Side::Importer, &work.account, &id).await?;
        grant(work, &asked.exporter, &asked.export, &row, 0).await?;
    }
    find(&mut work.tx, Side::Importer, &work.account, &id).await
}

async fn find(
    tx: &mut Tx,
    side: Side,
    account: &AccountRow,
    id: &str,
) -> Result<RequestRow, Problem> {
    let row = store::requests::find(tx, side, &account.id, id).await?;
    row.ok_or_else(Problem::not_found)
}

/// Grants a request: the permission, the import in the account in work, and the decision. Each of
/// two that try at once sees the other's decision.
async fn grant(
    work: &mut Work<'_>,
    exporter: &AccountRow,
    export: &ExportRow,
    request: &RequestRow,
    expires_at: i64,
) -> Result<(), Problem> {
    let (vault, now) = (&work.app.vault, work.now);
    let token = match export.visibility.as_str() {
        "public" => None,
        _ => {
            let (key, time) = (&work.account.public_key, (now, expires_at));
            let made = permit(&mut work.tx, vault, exporter, export, key, time).await?;
            Some(made.0)
        }
    };
    let wanted = Wanted {
        name: request.name.clone(),
        subject: request.subject.clone(),
        local_subject: request.local_subject.clone(),
        details: ImportDetails::default(),
    };
    let import = take(work, exporter, export, wanted, token).await?;
    let (tx, id) = (&mut work.tx, &request.id);
    if !store::requests::decide(tx, id, "approved", "", Some(&import.id), now).await? {
        return Err(already_decided());
    }
    Ok(())
}

fn already_decided() -> Problem {
    Problem::conflict(
        "request_decided",
        "The request was decided or withdrawn before.",
    )
}

/// What the account has asked others for.
#[utoipa::path(get, path = "/accounts/{account}/import-requests",
    operation_id = "list_import_requests", tag = "sharing",
    params(InAccount<may::ReadSharing>, PageRequest<RequestRow>),
    responses((status = 200, body = Page<ImportRequest>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadSharing>,
    page: PageRequest<RequestRow>,
) -> Result<Answer<Page<ImportRequest>>, Problem> {
    seen_from(&app, &scope, &page, Side::Importer).await
}

/// What others ask the account for.
#[utoipa::path(get, path = "/accounts/{account}/share-requests",
    operation_id = "list_share_requests", tag = "sharing",
    params(InAccount<may::ReadSharing>, PageRequest<RequestRow>),
    responses((status = 200, body = Page<ImportRequest>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn incoming(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadSharing>,
    page: PageRequest<RequestRow>,
) -> Result<Answer<Page<ImportRequest>>, Problem> {
    seen_from(&app, &scope, &page, Side::Exporter).await
}

async fn seen_from<R>(
    app: &App,
    scope: &InAccount<R>,
    page: &PageRequest<RequestRow>,
    side: Side,
) -> Result<Answer<Page<ImportRequest>>, Problem> {
    let mut tx = app.db.read().await?;
    let requests = store::requests::of(side, &scope.account.id);
    let view = |row| Ok::<_, Problem>(ImportRequest::new(row, side));
    Ok(Answer(page.read(app, &mut tx, requests, view).await?))
}

/// What the account asked for once.
#[utoipa::path(get, path = "/accounts/{account}/import-requests/{import_request}",
    operation_id = "get_import_request", tag = "sharing",
    params(InAccount<may::ReadSharing>,
           ("import_request" = String, Path, description = "Id")),
    responses((status = 200, body = ImportRequest), (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadSharing>,
    Path(path): Path<(String, String)>,
) -> Result<Answer<ImportRequest>, Problem> {
    one(&app, &scope, Side::Importer, &path.1).await
}

/// What another account asked this one for.
#[utoipa::path(get, path = "/accounts/{account}/share-requests/{share_request}",
    operation_id = "get_share_request", tag = "sharing",
    params(InAccount<may::ReadSharing>,
           ("share_request" = String, Path, description = "Id")),
    responses((status = 200, body = ImportRequest), (status = "4XX", body = ProblemBody)))]
pub(super) async fn get_incoming(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadSharing>,
    Path(path): Path<(String, String)>,
) -> Result<Answer<ImportRequest>, Problem> {
    one(&app, &scope, Side::Exporter, &path.1).await
}

async fn one(
    app: &App,
    scope: &InAccount<may::ReadSharing>,
    side: Side,
    id: &str,
) -> Result<Answer<ImportRequest>, Problem> {
    let mut tx = app.db.read().await?;
    let row = store::requests::find(&mut tx, side, &scope.account.id, id).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    Ok(Answer(ImportRequest::new(row, side)))
}

/// Takes a request back that nobody has decided.
#[utoipa::path(delete, path = "/accounts/{account}/import-requests/{import_request}",
    operation_id = "withdraw_import_request", tag = "sharing",
    params(InAccount<may::WriteSharing>,
           ("import_request" = String, Path, description = "Id")),
    responses((status = 200, body = ImportRequest), (status = "4XX", body = ProblemBody)))]
pub(super) async fn withdraw(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteSharing>,
    mode: Mode,
    Path(path): Path<(String, String)>,
) -> Result<Reply<ImportRequest>, Problem> {
    decide(
        &app,
        &scope,
        mode,
        Side::Importer,
        &path.1,
        ("withdrawn", ""),
    )
    .await
}

/// Why a request is denied.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestDenial {
    /// Who asked sees it.
    #[serde(default)]
    reason: String,
}

/// Denies a request.
#[utoipa::path(post, path = "/accounts/{account}/share-requests/{share_request}/deny",
    operation_id = "deny_share_request", tag = "sharing",
    params(InAccount<may::WriteSharing>,
           ("share_request" = String, Path, description = "Id")),
    request_body = Option<RequestDenial>,
    responses((status = 200, body = ImportRequest), (status = "4XX", body = ProblemBody)))]
pub(super) async fn deny(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteSharing>,
    mode: Mode,
    Path(path): Path<(String, String)>,
    OptionalJson(denial): OptionalJson<RequestDenial>,
) -> Result<Reply<ImportRequest>, Problem> {
    description(&denial.reason, "/reason")?;
    decide(
        &app,
        &scope,
        mode,
        Side::Exporter,
        &path.1,
        ("denied", &denial.reason),
    )
    .await
}

/// A decision that lets nothing through.
async fn decide<R>(
    app: &App,
    scope: &InAccount<R>,
    mode: Mode,
    side: Side,
    id: &str,
    (state, reason): (&'static str, &str),
) -> Result<Reply<ImportRequest>, Problem> {
    let mut work = Work::begin(app, scope, mode).await?;
    let before = find(&mut work.tx, side, &work.account, id).await?;
    if !store::requests::decide(&mut work.tx, id, state, reason, None, work.now).await? {
        return Err(already_decided());
    }
    let row = find(&mut work.tx, side, &work.account, id).await?;
    let view = ImportRequest::new(row, side);
    let diff = Diff::was(&ImportRequest::new(before, side)).after(&view);
    let action = match side {
        Side::Importer => "import_request.withdraw",
        Side::Exporter => "share_request.deny",
    };
    let done = work.finish(action, id, diff).await?;
    Ok(done.reply(Reply::ok(view)))
}

/// How long an approval holds.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Approval {
    /// For good when absent. Public exports are open for good.
    #[schema(minimum = 1)]
    expires_in_seconds: Option<u32>,
}

/// A request that was approved.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Approved {
    #[serde(flatten)]
    request: ImportRequest,
    /// Whether every server lets it through now.
    live: bool,
}

/// Approves a request: the other account's import is there and live with the answer.
#[utoipa::path(post, path = "/accounts/{account}/share-requests/{share_request}/approve",
    operation_id = "approve_share_request", tag = "sharing",
    params(InAccount<may::WriteSharing>,
           ("share_request" = String, Path, description = "Id")),
    request_body = Option<Approval>,
    responses((status = 200, body = Approved), (status = "4XX", body = ProblemBody)))]
pub(super) async fn approve(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteSharing>,
    mode: Mode,
    Path(path): Path<(String, String)>,
    OptionalJson(approval): OptionalJson<Approval>,
) -> Result<Reply<Approved>, Problem> {
    let mut work = Work::begin_sharing(&app, &scope, mode).await?;
    let request = find(&mut work.tx, Side::Exporter, &work.account, &path.1).await?;
    if request.state != "pending" {
        return Err(already_decided());
    }
    let expires_at = match approval.expires_in_seconds {
        None => 0,
        Some(0) => {
            return Err(Problem::invalid(
                "/expires_in_seconds",
                "must be at least 1",
            ));
        }
        Some(seconds) => work.now + i64::from(seconds),
    };
    let export = store::exports::by_id(&mut work.tx, &request.export_id).await?;
    let export = export.ok_or_else(Problem::not_found)?;
    let exporter = work.account.clone();
    let id = request.id.clone();
    let approved = serde_json::json!({ "state": "approved", "importer": request.importer_slug });
    let diff = Diff::was(&ImportRequest::new(request.clone(), Side::Exporter)).after(&approved);
    work.note("share_request.approve", &id, &diff).await?;

    // The rest happens in the other account. Why it cannot take it is its own business.
    let mut work = work
        .other(&request.importer_id)
        .await
        .map_err(|_| impossible())?;
    grant(&mut work, &exporter, &export, &request, expires_at)
        .await
        .map_err(|problem| match problem.code() {
            "request_decided" => problem,
            code if problem.is_ours() => {
                tracing::warn!(code, request.id = id, "an approval failed");
                problem
            }
            _ => impossible(),
        })?;
    let row = find(&mut work.tx, Side::Exporter, &exporter, &id).await?;
    let request = ImportRequest::new(row, Side::Exporter);
    let diff = Diff::made(&request);
    let done = work.finish("import_request.approved", &id, diff).await?;
    let view = Approved {
        request,
        live: done.live,
    };
    Ok(done.reply(Reply::ok(view)))
}

fn impossible() -> Problem {
    Problem::conflict(
        "import_impossible",
        "The other account cannot take it as things are: it is gone or full, something is in the \
         way, or the imports would form a cycle. Deny the request.",
    )
}
