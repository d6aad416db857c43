//! `/accounts/{account}/imports`: what an account takes from others.
//!
//! An exporter that does not exist, an export that does not exist and one that was not granted
//! all give the same answer.

use std::collections::HashMap;
use std::sync::Arc;

use accounts::{AccountPolicy, authorize_import, subject};
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
use super::sharing::{Kind, policy, refuse_cycle};
use super::validate;
use crate::app::App;
use crate::auth::{InAccount, may};
use crate::claims::republish;
use crate::clock;
use crate::ids::{IdKind, new_id};
use crate::mint;
use crate::problem::{Problem, ProblemBody};
use crate::store::accounts::AccountRow;
use crate::store::imports::ImportRow;
use crate::store::{self, Scope, StoreError, Tx};

/// Whether the exporter's claims let the import through now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ImportStatus {
    Active,
    /// The exporter does not offer it any more.
    Unavailable,
}

/// Something that an account takes from another.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Import {
    #[schema(example = "imp_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    /// The importing account's id.
    account: String,
    /// The exporting account's slug.
    exporter: String,
    name: String,
    kind: Kind,
    /// The exporter's subject.
    subject: String,
    /// Where it appears in the importing account.
    local_subject: String,
    status: ImportStatus,
    /// Whether every server knows of it.
    live: bool,
    /// Counts its changes; `If-Match: "<version>"` changes this one only.
    version: i64,
    #[schema(format = DateTime)]
    created_at: String,
}

impl Import {
    fn of(row: ImportRow, status: ImportStatus, live: bool) -> Self {
        Self {
            kind: Kind::of(&row.kind),
            id: row.id,
            account: row.account_id,
            exporter: row.exporter_slug,
            name: row.name,
            subject: row.subject,
            local_subject: row.local_subject,
            status,
            live,
            version: row.version,
            created_at: clock::rfc3339(row.created_at),
        }
    }
}

/// A new import.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewImport {
    /// Id, nkey or slug of the exporting account.
    account: String,
    /// The exporter's subject, or a part of it.
    #[schema(example = "orders.>")]
    subject: String,
    kind: Kind,
    /// Where it appears; the exporter's subject when absent.
    #[schema(example = "acme.orders.>")]
    local_subject: Option<String>,
    /// The subject when absent.
    name: Option<String>,
}

fn not_available() -> Problem {
    Problem::unprocessable(
        "export_not_available",
        "No account of this name offers this subject to yours.",
    )
}

/// Takes a subject that another account offers.
#[utoipa::path(post, path = "/accounts/{account}/imports", operation_id = "create_import",
    tag = "sharing",
    params(("account" = String, Path, description = "Id, nkey or slug")),
    request_body = NewImport,
    responses((status = 201, body = Import), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteSharing>,
    mode: Mode,
    Json(new): Json<NewImport>,
) -> Result<Reply<Import>, Problem> {
    validate::shared_subject(&new.subject, "/subject")?;
    let local_subject = new
        .local_subject
        .clone()
        .unwrap_or_else(|| new.subject.clone());
    validate::shared_subject(&local_subject, "/local_subject")?;
    let name = validate::display_name(new.name.as_deref().unwrap_or(&new.subject), "/name")?;
    let now = clock::now();

    let mut tx = app.db.write().await?;
    // Two imports that close a cycle together must not be checked side by side.
    store::foundation::lock_sharing(&mut tx, now).await?;
    let mut importer = lock(&mut tx, &scope.account.id).await?;
    let exporter = find_exporter(&mut tx, &new, &importer).await?;
    let row = ImportRow {
        id: new_id(IdKind::Import),
        account_id: importer.id.clone(),
        exporter_id: exporter.id.clone(),
        exporter_slug: exporter.slug.clone(),
        exporter_key: exporter.public_key.clone(),
        name,
        kind: new.kind.as_str().to_owned(),
        token: activation(&app, &mut tx, &exporter, &importer, &new).await?,
        subject: new.subject,
        local_subject,
        created_at: now,
        version: 1,
    };
    refuse_conflict(
        &store::imports::of_account(&mut tx, &importer.id).await?,
        &row,
    )?;
    store::imports::insert(&mut tx, &row).await?;
    republish(
        &mut tx,
        &app.vault,
        &app.installation()?,
        &mut importer,
        now,
    )
    .await?;
    let importer_policy = policy(&importer)?;
    if status(&importer_policy, &policy(&exporter)?, &row, now) != ImportStatus::Active {
        return Err(not_available());
    }
    refuse_cycle(&mut tx, &importer, importer_policy).await?;

    let id = row.id.clone();
    let mut import = Import::of(row, ImportStatus::Active, false);
    let change = Change::new(
        "import.create",
        &id,
        Some(&importer.org_id),
        Some(&importer.id),
    );
    let change = change.after(&import);
    let Some(waiter) = mode.end(&app, tx, &scope.caller, change).await? else {
        return Ok(Reply::made(import).preview(Impact::none()));
    };
    import.live = waiter
        .wait(&app, &importer.id, importer.wanted_generation)
        .await;
    Ok(Reply::made(import).version(1))
}

async fn find_exporter(
    tx: &mut Tx,
    new: &NewImport,
    importer: &AccountRow,
) -> Result<AccountRow, Problem> {
    if new.account.contains('\0') {
        return Err(not_available());
    }
    // Sharing crosses tenants: the one lookup that is not bound to the caller's scope.
    let exporter = store::accounts::find(tx, &Scope::default(), &new.account)
        .await?
        .ok_or_else(not_available)?;
    if exporter.id == importer.id {
        return Err(Problem::invalid(
            "/account",
            "an account cannot import from itself",
        ));
    }
    Ok(exporter)
}

/// The activation token that a private export needs; nothing for a public one.
async fn activation(
    app: &App,
    tx: &mut Tx,
    exporter: &AccountRow,
    importer: &AccountRow,
    new: &NewImport,
) -> Result<Option<String>, Problem> {
    let export = store::exports::of_account(tx, &exporter.id)
        .await?
        .into_iter()
        .filter(|export| export.kind == new.kind.as_str())
        .find(|export| subject::is_subset(new.subject.as_bytes(), export.subject.as_bytes()))
        .ok_or_else(not_available)?;
    if export.visibility == "public" {
        return Ok(None);
    }
    if !store::exports::is_granted(tx, &export.id, importer).await? {
        return Err(not_available());
    }
    Ok(Some(mint::activation(
        &app.vault, exporter, &export, importer,
    )?))
}

/// Refuses an import that would deliver or be answered twice, and names the one in its way.
fn refuse_conflict(existing: &[ImportRow], new: &ImportRow) -> Result<(), Problem> {
    let clash = existing
        .iter()
        .filter(|row| row.kind == new.kind)
        .find(|row| {
            let same_exporter = row.exporter_id == new.exporter_id;
            let overlap =
                subject::overlaps(row.local_subject.as_bytes(), new.local_subject.as_bytes());
            // Streams of several exporters may flow together; requests have one addressee.
            (same_exporter && row.subject == new.subject)
                || (overlap && (same_exporter || new.kind == "service"))
        });
    match clash {
        None => Ok(()),
        Some(row) => Err(Problem::conflict(
            "import_exists",
            format!(
                "Import {} of `{}` from {} already appears on `{}`, which overlaps.",
                row.id, row.subject, row.exporter_slug, row.local_subject
            ),
        )),
    }
}

/// The broker's own answer for a stored import.
fn status(
    importer: &AccountPolicy,
    exporter: &AccountPolicy,
    row: &ImportRow,
    now: i64,
) -> ImportStatus {
    let kind = mint::share_kind(&row.kind);
    let import = importer.imports.iter().find(|import| {
        import.kind == kind
            && import.exporter == exporter.key
            && import.remote == row.subject.as_bytes()
    });
    match import {
        Some(import) if authorize_import(exporter, &importer.key, import, now).is_ok() => {
            ImportStatus::Active
        }
        _ => ImportStatus::Unavailable,
    }
}

/// What the account takes from others.
#[utoipa::path(get, path = "/accounts/{account}/imports", operation_id = "list_imports",
    tag = "sharing",
    params(("account" = String, Path, description = "Id, nkey or slug"), PageRequest<ImportRow>),
    responses((status = 200, body = Page<Import>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadSharing>,
    page: PageRequest<ImportRow>,
) -> Result<Answer<Page<Import>>, Problem> {
    let now = clock::now();
    let mut tx = app.db.read().await?;
    let imports = store::imports::of(&scope.account.id);
    let (rows, total) = page.rows(&mut tx, imports).await?;
    let importer = policy(&scope.account)?;
    let exporters = exporter_policies(&mut tx, &rows).await?;
    let live = scope.account.is_live();
    let view = |row: ImportRow| {
        let exporter = exporters.get(&row.exporter_id);
        let status = exporter.map_or(ImportStatus::Unavailable, |exporter| {
            status(&importer, exporter, &row, now)
        });
        Ok::<_, Problem>(Import::of(row, status, live))
    };
    Ok(Answer(page.cut(&app, rows, total, view)?))
}

async fn exporter_policies(
    tx: &mut Tx,
    rows: &[ImportRow],
) -> Result<HashMap<String, AccountPolicy>, StoreError> {
    let mut policies = HashMap::new();
    for row in rows {
        if policies.contains_key(&row.exporter_id) {
            continue;
        }
        if let Some(exporter) =
            store::accounts::find(tx, &Scope::default(), &row.exporter_id).await?
        {
            policies.insert(row.exporter_id.clone(), policy(&exporter)?);
        }
    }
    Ok(policies)
}

/// One thing that the account takes.
#[utoipa::path(get, path = "/accounts/{account}/imports/{import}", operation_id = "get_import",
    tag = "sharing",
    params(("account" = String, Path, description = "Id, nkey or slug"),
           ("import" = String, Path, description = "Id")),
    responses((status = 200, body = Import, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadSharing>,
    Path(path): Path<(String, String)>,
) -> Result<Reply<Import>, Problem> {
    let (_, import) = path;
    let now = clock::now();
    let mut tx = app.db.read().await?;
    let row = store::imports::find(&mut tx, &scope.account.id, &import).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let importer = policy(&scope.account)?;
    let exporters = exporter_policies(&mut tx, std::slice::from_ref(&row)).await?;
    let exporter = exporters.get(&row.exporter_id);
    let status = exporter.map_or(ImportStatus::Unavailable, |exporter| {
        status(&importer, exporter, &row, now)
    });
    let version = row.version;
    let import = Import::of(row, status, scope.account.is_live());
    Ok(Reply::ok(import).version(version))
}

/// Stops taking a subject.
#[utoipa::path(delete, path = "/accounts/{account}/imports/{import}",
    operation_id = "delete_import", tag = "sharing",
    params(("account" = String, Path, description = "Id, nkey or slug"),
           ("import" = String, Path, description = "Id"), IfMatch),
    responses((status = 200, body = Deleted), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteSharing>,
    mode: Mode,
    if_match: IfMatch,
    Path(path): Path<(String, String)>,
) -> Result<Reply<Deleted>, Problem> {
    let (_, import) = path;
    let now = clock::now();
    let mut tx = app.db.write().await?;
    let mut account = lock(&mut tx, &scope.account.id).await?;
    let row = store::imports::find(&mut tx, &account.id, &import)
        .await?
        .ok_or_else(Problem::not_found)?;
    if_match.check(row.version)?;
    store::imports::delete(&mut tx, &account.id, &row.id).await?;
    republish(&mut tx, &app.vault, &app.installation()?, &mut account, now).await?;
    let id = row.id.clone();
    let before = Import::of(row, ImportStatus::Active, scope.account.is_live());
    let change = Change::new(
        "import.delete",
        &id,
        Some(&account.org_id),
        Some(&account.id),
    );
    let change = change.before(&before);
    let Some(waiter) = mode.end(&app, tx, &scope.caller, change).await? else {
        return Ok(Reply::ok(Deleted::not_yet(id)).preview(Impact::none()));
    };
    let live = waiter
        .wait(&app, &account.id, account.wanted_generation)
        .await;
    Ok(Reply::ok(Deleted { id, live }))
}
