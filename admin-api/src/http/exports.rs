//! `/accounts/{account}/exports`: what an account offers. Private unless it says otherwise.

use std::collections::HashMap;
use std::sync::Arc;

use accounts::{KeyKind, PublicKey, subject};
use axum::Json as Answer;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Deleted;
use super::accounts::lock;
use super::body::Json;
use super::conditional::IfMatch;
use super::dry_run::{Impact, Mode};
use super::page::{Page, PageRequest};
use super::record::Change;
use super::reply::Reply;
use super::sharing::Kind;
use super::validate;
use crate::app::App;
use crate::auth::{InAccount, may};
use crate::claims::republish;
use crate::clock;
use crate::ids::{IdKind, is_id, new_id};
use crate::names::is_slug;
use crate::problem::{Problem, ProblemBody};
use crate::store;
use crate::store::exports::ExportRow;

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

    fn of(stored: &str) -> Option<Self> {
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
    /// Whether every server knows of it.
    live: bool,
    /// Counts its changes; `If-Match: "<version>"` changes this one only.
    version: i64,
    #[schema(format = DateTime)]
    created_at: String,
}

impl Export {
    fn of(row: ExportRow, allow: Vec<String>, live: bool) -> Self {
        Self {
            kind: Kind::of(&row.kind),
            visibility: match row.visibility.as_str() {
                "public" => Visibility::Public,
                _ => Visibility::Private,
            },
            response_type: row.response_type.as_deref().and_then(ResponseType::of),
            id: row.id,
            account: row.account_id,
            name: row.name,
            subject: row.subject,
            allow,
            live,
            version: row.version,
            created_at: clock::rfc3339(row.created_at),
        }
    }
}

/// A new export.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewExport {
    #[schema(example = "orders.>")]
    subject: String,
    kind: Kind,
    /// The subject when absent.
    name: Option<String>,
    #[serde(default)]
    visibility: Visibility,
    /// Ids, nkeys or slugs of the accounts that may import a private export.
    #[serde(default)]
    allow: Vec<String>,
    /// Services only; `singleton` when absent.
    response_type: Option<ResponseType>,
}

impl NewExport {
    fn check(&self) -> Result<(), Problem> {
        validate::shared_subject(&self.subject, "/subject")?;
        if self.kind == Kind::Stream && self.response_type.is_some() {
            return Err(Problem::invalid("/response_type", "is for services only"));
        }
        if self.visibility == Visibility::Public && !self.allow.is_empty() {
            return Err(Problem::invalid("/allow", "is for private exports only"));
        }
        if self.allow.len() > ALLOW_MAX {
            return Err(Problem::invalid("/allow", "may name 256 accounts at most"));
        }
        match self
            .allow
            .iter()
            .position(|name| !is_account_reference(name))
        {
            Some(at) => Err(Problem::invalid(
                format!("/allow/{at}"),
                "must be an account's id, nkey or slug",
            )),
            None => Ok(()),
        }
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
    params(("account" = String, Path, description = "Id, nkey or slug")),
    request_body = NewExport,
    responses((status = 201, body = Export), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteSharing>,
    mode: Mode,
    Json(new): Json<NewExport>,
) -> Result<Reply<Export>, Problem> {
    new.check()?;
    let name = validate::display_name(new.name.as_deref().unwrap_or(&new.subject), "/name")?;
    let now = clock::now();
    let mut tx = app.db.write().await?;
    let mut account = lock(&mut tx, &scope.account.id).await?;
    refuse_overlap(
        &store::exports::of_account(&mut tx, &account.id).await?,
        &new,
    )?;
    let row = ExportRow {
        id: new_id(IdKind::Export),
        account_id: account.id.clone(),
        name,
        kind: new.kind.as_str().to_owned(),
        subject: new.subject,
        visibility: match new.visibility {
            Visibility::Private => "private".to_owned(),
            Visibility::Public => "public".to_owned(),
        },
        response_type: new.response_type.map(|kind| kind.as_str().to_owned()),
        created_at: now,
        version: 1,
    };
    store::exports::insert(&mut tx, &row).await?;
    for reference in &new.allow {
        store::exports::grant(&mut tx, &row.id, reference).await?;
    }
    republish(&mut tx, &app.vault, &app.installation()?, &mut account, now).await?;
    let id = row.id.clone();
    let mut export = Export::of(row, new.allow, false);
    let change = Change::new(
        "export.create",
        &id,
        Some(&account.org_id),
        Some(&account.id),
    );
    let change = change.after(&export);
    let Some(waiter) = mode.end(&app, tx, &scope.caller, change).await? else {
        return Ok(Reply::made(export).preview(Impact::none()));
    };
    export.live = waiter
        .wait(&app, &account.id, account.wanted_generation)
        .await;
    Ok(Reply::made(export).version(1))
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
    params(("account" = String, Path, description = "Id, nkey or slug"), PageRequest<ExportRow>),
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
        Ok::<_, Problem>(Export::of(row, allow, live))
    };
    Ok(Answer(page.read(&app, &mut tx, exports, view).await?))
}

/// One thing that the account offers.
#[utoipa::path(get, path = "/accounts/{account}/exports/{export}", operation_id = "get_export",
    tag = "sharing",
    params(("account" = String, Path, description = "Id, nkey or slug"),
           ("export" = String, Path, description = "Id")),
    responses((status = 200, body = Export, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadSharing>,
    Path(path): Path<(String, String)>,
) -> Result<Reply<Export>, Problem> {
    let (_, export) = path;
    let mut tx = app.db.read().await?;
    let row = store::exports::find(&mut tx, &scope.account.id, &export).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let grants = store::exports::grants(&mut tx, &scope.account.id).await?;
    let allow = grants.into_iter().filter(|grant| grant.export_id == row.id);
    let allow = allow.map(|grant| grant.account_ref).collect();
    let version = row.version;
    let export = Export::of(row, allow, scope.account.is_live());
    Ok(Reply::ok(export).version(version))
}

/// Withdraws an offer: imports of it stop at once.
#[utoipa::path(delete, path = "/accounts/{account}/exports/{export}",
    operation_id = "delete_export", tag = "sharing",
    params(("account" = String, Path, description = "Id, nkey or slug"),
           ("export" = String, Path, description = "Id"), IfMatch),
    responses((status = 200, body = Deleted), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteSharing>,
    mode: Mode,
    if_match: IfMatch,
    Path(path): Path<(String, String)>,
) -> Result<Reply<Deleted>, Problem> {
    let (_, export) = path;
    let now = clock::now();
    let mut tx = app.db.write().await?;
    let mut account = lock(&mut tx, &scope.account.id).await?;
    let row = store::exports::find(&mut tx, &account.id, &export)
        .await?
        .ok_or_else(Problem::not_found)?;
    if_match.check(row.version)?;
    store::exports::delete(&mut tx, &account.id, &row.id).await?;
    republish(&mut tx, &app.vault, &app.installation()?, &mut account, now).await?;
    let id = row.id.clone();
    let before = Export::of(row.clone(), Vec::new(), scope.account.is_live());
    let change = Change::new(
        "export.delete",
        &id,
        Some(&account.org_id),
        Some(&account.id),
    );
    let change = change.before(&before);
    let Some(waiter) = mode.end(&app, tx, &scope.caller, change).await? else {
        let impact = Impact::without_export(&app, &scope.caller, &row).await?;
        return Ok(Reply::ok(Deleted::not_yet(id)).preview(impact));
    };
    let live = waiter
        .wait(&app, &account.id, account.wanted_generation)
        .await;
    Ok(Reply::ok(Deleted { id, live }))
}
