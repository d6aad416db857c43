//! `/accounts/{account}/exports`: what an account offers. Private unless it says otherwise.

use std::collections::HashMap;
use std::sync::Arc;

use accounts::{KeyKind, PublicKey, subject};
use axum::Json as Answer;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Deleted;
use super::body::{Json, MergePatch};
use super::conditional::IfMatch;
use super::dry_run::Mode;
use super::page::{Page, PageRequest};
use super::reply::Reply;
use super::sharing::Kind;
use super::users::json;
use super::validate;
use super::work::{Diff, Work};
use crate::app::App;
use crate::auth::{InAccount, may};
use crate::clock;
use crate::ids::{IdKind, is_id, new_id};
use crate::names::is_slug;
use crate::problem::{Problem, ProblemBody};
use crate::sharing::ExportDetails;
use crate::store::accounts::AccountRow;
use crate::store::exports::ExportRow;
use crate::store::{self, Scope, StoreError, Tx};

/// The most accounts that one private export may be granted to.
const ALLOW_MAX: usize = 256;

/// Who may import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Visibility {
    /// The accounts in `allow`.
    #[default]
    Private,
    /// Every account.
    Public,
}

impl Visibility {
    pub(super) fn of(stored: &str) -> Self {
        match stored {
            "public" => Visibility::Public,
            _ => Visibility::Private,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Visibility::Private => "private",
            Visibility::Public => "public",
        }
    }
}

/// How many answers a service gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ResponseType {
    Singleton,
    Stream,
    Chunked,
}

impl ResponseType {
    const ALL: [(Self, &'static str); 3] = [
        (Self::Singleton, "singleton"),
        (Self::Stream, "stream"),
        (Self::Chunked, "chunked"),
    ];

    fn as_str(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or("singleton", |(_, text)| text)
    }

    pub(super) fn of(stored: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, text)| *text == stored)
            .map(|(kind, _)| *kind)
    }
}

/// Something that an account offers to others.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Export {
    #[schema(example = "exp_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    /// The account's id.
    account: String,
    name: String,
    kind: Kind,
    subject: String,
    visibility: Visibility,
    /// The accounts that may import a private export, as they were named.
    allow: Vec<String>,
    /// Services only.
    #[serde(skip_serializing_if = "Option::is_none")]
    response_type: Option<ResponseType>,
    /// Whether every account sees that it exists.
    advertised: bool,
    details: ExportDetails,
    /// Whether every server knows of it.
    live: bool,
    /// Counts its changes; `If-Match: "<version>"` changes this one only.
    version: i64,
    #[schema(format = DateTime)]
    created_at: String,
}

impl Export {
    pub(super) fn of(row: ExportRow, allow: Vec<String>, live: bool) -> Result<Self, StoreError> {
        Ok(Self {
            details: ExportDetails::stored(&row)?,
            advertised: row.advertised,
            kind: Kind::of(&row.kind),
            visibility: Visibility::of(&row.visibility),
            response_type: row.response_type.as_deref().and_then(ResponseType::of),
            id: row.id,
            account: row.account_id,
            name: row.name,
            subject: row.subject,
            allow,
            live,
            version: row.version,
            created_at: clock::rfc3339(row.created_at),
        })
    }
}

/// A new export.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewExport {
    #[schema(example = "orders.>")]
    pub(super) subject: String,
    pub(super) kind: Kind,
    /// The subject when absent.
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) visibility: Visibility,
    /// Ids, nkeys or slugs of the accounts that may import a private export.
    #[serde(default)]
    pub(super) allow: Vec<String>,
    /// Services only; `singleton` when absent.
    pub(super) response_type: Option<ResponseType>,
    /// Show every account that it exists, so that they can ask for it.
    #[serde(default)]
    pub(super) advertised: bool,
    #[serde(default)]
    pub(super) details: ExportDetails,
}

impl NewExport {
    fn check(&self) -> Result<(), Problem> {
        validate::shared_subject(&self.subject, "/subject")?;
        let is_service = self.kind == Kind::Service;
        self.details.check(&self.subject, is_service)?;
        if self.kind == Kind::Stream && self.response_type.is_some() {
            return Err(Problem::invalid("/response_type", "is for services only"));
        }
        check_allow(self.visibility, &self.allow)
    }
}

fn check_allow(visibility: Visibility, allow: &[String]) -> Result<(), Problem> {
    if visibility == Visibility::Public && !allow.is_empty() {
        return Err(Problem::invalid("/allow", "is for private exports only"));
    }
    if allow.len() > ALLOW_MAX {
        return Err(Problem::invalid("/allow", "may name 256 accounts at most"));
    }
    match allow.iter().position(|name| !is_account_reference(name)) {
        Some(at) => Err(Problem::invalid(
            format!("/allow/{at}"),
            "must be an account's id, nkey or slug",
        )),
        None => Ok(()),
    }
}

fn is_account_reference(text: &str) -> bool {
    is_slug(text)
        || is_id(IdKind::Account, text)
        || PublicKey::parse_as(text, KeyKind::Account).is_ok()
}

/// Offers a subject to other accounts.
#[utoipa::path(post, path = "/accounts/{account}/exports", operation_id = "create_export",
    tag = "sharing",
    params(InAccount<may::WriteSharing>),
    request_body = NewExport,
    responses((status = 201, body = Export), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteSharing>,
    mode: Mode,
    Json(new): Json<NewExport>,
) -> Result<Reply<Export>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let (row, allow) = make(&mut work, new).await?;
    work.republish().await?;
    let id = row.id.clone();
    let mut export = Export::of(row, allow, false)?;
    let done = work
        .finish("export.create", &id, Diff::made(&export))
        .await?;
    export.live = done.live;
    Ok(done.reply(Reply::made(export).version(1)))
}

/// Stores a new export of the account in work, and answers who may import it by name.
pub(super) async fn make(
    work: &mut Work<'_>,
    new: NewExport,
) -> Result<(ExportRow, Vec<String>), Problem> {
    new.check()?;
    let name = validate::display_name(new.name.as_deref().unwrap_or(&new.subject), "/name")?;
    refuse_overlap(
        &store::exports::of_account(&mut work.tx, &work.account.id).await?,
        &new,
    )?;
    let row = ExportRow {
        id: new_id(IdKind::Export),
        account_id: work.account.id.clone(),
        name,
        kind: new.kind.as_str().to_owned(),
        subject: new.subject,
        visibility: new.visibility.as_str().to_owned(),
        response_type: new.response_type.map(|kind| kind.as_str().to_owned()),
        created_at: work.now,
        details: json(&new.details),
        advertised: new.advertised,
        version: 1,
    };
    store::exports::insert(&mut work.tx, &row).await?;
    for reference in &new.allow {
        store::exports::grant(&mut work.tx, &row.id, reference).await?;
    }
    Ok((row, new.allow))
}

/// Changes to an export; what is absent stays. Its kind and subject are what it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportPatch {
    pub(super) name: Option<String>,
    pub(super) visibility: Option<Visibility>,
    pub(super) allow: Option<Vec<String>>,
    pub(super) response_type: Option<ResponseType>,
    pub(super) advertised: Option<bool>,
    /// As a whole.
    pub(super) details: Option<ExportDetails>,
}

/// Changes an export. Who imports it and is not allowed to any more, stops at once, unless it was
/// given an activation of its own.
#[utoipa::path(patch, path = "/accounts/{account}/exports/{export}",
    operation_id = "update_export", tag = "sharing",
    params(InAccount<may::WriteSharing>,
           ("export" = String, Path, description = "Id"), IfMatch),
    request_body(content = ExportPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, body = Export, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn update(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteSharing>,
    mode: Mode,
    if_match: IfMatch,
    Path(path): Path<(String, String)>,
    patch: MergePatch<ExportPatch>,
) -> Result<Reply<Export>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let mut row = find(&mut work.tx, &work.account, &path.1).await?;
    if_match.check(row.version)?;
    let allow = granted(&mut work.tx, &row).await?;
    let before = Export::of(row.clone(), allow, true)?;
    let mut wanted = patch.apply(serde_json::json!({
        "name": before.name, "visibility": before.visibility, "allow": before.allow,
        "response_type": before.response_type, "advertised": before.advertised,
        "details": before.details,
    }))?;
    // Who may import by name is meant anew where somebody is named, or where nobody can be.
    if !patch.touches("allow") {
        let visibility = wanted.visibility.unwrap_or_default();
        wanted.allow = Some(before.allow.clone()).filter(|_| visibility == before.visibility);
    }
    let allow = set(&mut work, &mut row, &before.allow, wanted).await?;
    work.republish().await?;
    let (id, version) = (row.id.clone(), row.version);
    let mut export = Export::of(row, allow, false)?;
    let diff = Diff::was(&before).after(&export);
    let done = work.finish("export.update", &id, diff).await?;
    export.live = done.live;
    Ok(done.reply(Reply::ok(export).version(version)))
}

/// Makes an export of the account in work what `wanted` says as a whole, and answers who may
/// import it by name.
pub(super) async fn set(
    work: &mut Work<'_>,
    row: &mut ExportRow,
    before: &[String],
    wanted: ExportPatch,
) -> Result<Vec<String>, Problem> {
    let is_service = Kind::of(&row.kind) == Kind::Service;
    let name = wanted.name.as_deref().unwrap_or(&row.subject);
    row.name = validate::display_name(name, "/name")?;
    let visibility = wanted.visibility.unwrap_or_default();
    visibility.as_str().clone_into(&mut row.visibility);
    if wanted.response_type.is_some() && !is_service {
        return Err(Problem::invalid("/response_type", "is for services only"));
    }
    row.response_type = wanted.response_type.map(|kind| kind.as_str().to_owned());
    row.advertised = wanted.advertised.unwrap_or_default();
    let details = wanted.details.unwrap_or_default();
    details.check(&row.subject, is_service)?;
    row.details = json(&details);
    let allow = wanted.allow.unwrap_or_default();
    check_allow(visibility, &allow)?;
    if allow != before {
        regrant(work, row, before, &allow).await?;
    }
    row.version += 1;
    store::exports::update(&mut work.tx, row).await?;
    Ok(allow)
}

/// Names others who may import. Whoever is named no longer loses what came of it.
async fn regrant(
    work: &mut Work<'_>,
    row: &ExportRow,
    before: &[String],
    after: &[String],
) -> Result<(), Problem> {
    let (tx, now) = (&mut work.tx, work.now);
    store::exports::clear_grants(tx, &row.id).await?;
    for reference in after {
        store::exports::grant(tx, &row.id, reference).await?;
    }
    for reference in before.iter().filter(|name| !after.contains(name)) {
        let found = store::accounts::find(tx, &Scope::default(), reference).await?;
        if let Some(importer) = found
            && !store::exports::is_granted(tx, &row.id, &importer).await?
        {
            store::activations::revoke(tx, &row.id, &importer.public_key, now).await?;
        }
    }
    Ok(())
}

/// The export that the path names.
pub(super) async fn find(
    tx: &mut Tx,
    account: &AccountRow,
    id: &str,
) -> Result<ExportRow, Problem> {
    let row = store::exports::find(tx, &account.id, id).await?;
    row.ok_or_else(Problem::not_found)
}

/// Who is allowed by name.
pub(super) async fn granted(tx: &mut Tx, row: &ExportRow) -> Result<Vec<String>, StoreError> {
    let grants = store::exports::grants(tx, &row.account_id).await?;
    let own = grants.into_iter().filter(|grant| grant.export_id == row.id);
    Ok(own.map(|grant| grant.account_ref).collect())
}

/// One export.
#[utoipa::path(get, path = "/accounts/{account}/exports/{export}", operation_id = "get_export",
    tag = "sharing",
    params(InAccount<may::ReadSharing>,
           ("export" = String, Path, description = "Id")),
    responses((status = 200, body = Export, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadSharing>,
    Path(path): Path<(String, String)>,
) -> Result<Reply<Export>, Problem> {
    let mut tx = app.db.read().await?;
    let row = find(&mut tx, &scope.account, &path.1).await?;
    let allow = granted(&mut tx, &row).await?;
    let version = row.version;
    let export = Export::of(row, allow, scope.account.is_live())?;
    Ok(Reply::ok(export).version(version))
}

/// Servers refuse two exports of one kind of which one contains the other.
fn refuse_overlap(existing: &[ExportRow], new: &NewExport) -> Result<(), Problem> {
    let clash = existing
        .iter()
        .filter(|row| row.kind == new.kind.as_str())
        .find(|row| {
            let (old, new) = (row.subject.as_bytes(), new.subject.as_bytes());
            subject::is_subset(old, new) || subject::is_subset(new, old)
        });
    match clash {
        None => Ok(()),
        Some(row) => Err(Problem::conflict(
            "export_exists",
            format!(
                "Export {} already offers `{}`, which overlaps.",
                row.id, row.subject
            ),
        )),
    }
}

/// What the account offers.
#[utoipa::path(get, path = "/accounts/{account}/exports", operation_id = "list_exports",
    tag = "sharing",
    params(InAccount<may::ReadSharing>, PageRequest<ExportRow>),
    responses((status = 200, body = Page<Export>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadSharing>,
    page: PageRequest<ExportRow>,
) -> Result<Answer<Page<Export>>, Problem> {
    let mut tx = app.db.read().await?;
    let exports = store::exports::of(&scope.account.id);
    let mut allow: HashMap<String, Vec<String>> = HashMap::new();
    for grant in store::exports::grants(&mut tx, &scope.account.id).await? {
        allow
            .entry(grant.export_id)
            .or_default()
            .push(grant.account_ref);
    }
    let live = scope.account.is_live();
    let view = |row: ExportRow| {
        let allow = allow.remove(&row.id).unwrap_or_default();
        Export::of(row, allow, live)
    };
    Ok(Answer(page.read(&app, &mut tx, exports, view).await?))
}

/// Withdraws an offer: imports of it stop at once.
#[utoipa::path(delete, path = "/accounts/{account}/exports/{export}",
    operation_id = "delete_export", tag = "sharing",
    params(InAccount<may::WriteSharing>,
           ("export" = String, Path, description = "Id"), IfMatch),
    responses((status = 200, body = Deleted), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteSharing>,
    mode: Mode,
    if_match: IfMatch,
    Path(path): Path<(String, String)>,
) -> Result<Reply<Deleted>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let row = find(&mut work.tx, &work.account, &path.1).await?;
    if_match.check(row.version)?;
    store::exports::delete(&mut work.tx, &work.account.id, &row.id).await?;
    work.republish().await?;
    let id = row.id.clone();
    let before = Export::of(row, Vec::new(), true)?;
    let done = work
        .finish("export.delete", &id, Diff::was(&before))
        .await?;
    let view = Deleted {
        id,
        live: done.live,
    };
    Ok(done.reply(Reply::ok(view)))
}
