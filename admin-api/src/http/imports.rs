//! `/accounts/{account}/imports`: what an account takes from others.
//!
//! An exporter that does not exist, an export that does not exist and one that was not granted
//! all give the same answer.

use std::collections::HashMap;
use std::sync::Arc;

use accounts::{AccountPolicy, KeyKind, PublicKey, SharingError, authorize_import, subject};
use axum::Json as Answer;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Deleted;
use super::body::Json;
use super::conditional::IfMatch;
use super::dry_run::Mode;
use super::page::{Page, PageRequest};
use super::reply::Reply;
use super::sharing::{Kind, policy, refuse_cycle};
use super::users::json;
use super::validate;
use super::work::{Diff, Work};
use crate::app::App;
use crate::auth::{InAccount, may};
use crate::claims::republish;
use crate::clock;
use crate::ids::{IdKind, new_id};
use crate::mint;
use crate::problem::{Problem, ProblemBody};
use crate::sharing::{ImportDetails, permit};
use crate::store::accounts::AccountRow;
use crate::store::exports::ExportRow;
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
    pub(super) id: String,
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
    details: ImportDetails,
    /// Counts its changes; `If-Match: "<version>"` changes this one only.
    version: i64,
    status: ImportStatus,
    /// Whether every server knows of it.
    pub(super) live: bool,
    #[schema(format = DateTime)]
    created_at: String,
}

impl Import {
    pub(super) fn of(row: ImportRow, status: ImportStatus, live: bool) -> Result<Self, StoreError> {
        Ok(Self {
            details: ImportDetails::stored(&row)?,
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
        })
    }
}

/// A new import.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewImport {
    /// Id, nkey or slug of the exporting account.
    pub(super) account: String,
    /// The exporter's subject, or a part of it.
    #[schema(example = "orders.>")]
    pub(super) subject: String,
    pub(super) kind: Kind,
    /// Where it appears; the exporter's subject when absent.
    #[schema(example = "acme.orders.>")]
    pub(super) local_subject: Option<String>,
    /// The subject when absent.
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) details: ImportDetails,
}

pub(super) fn not_available() -> Problem {
    Problem::unprocessable(
        "export_not_available",
        "No account of this name offers this subject to yours.",
    )
}

/// Takes a subject that another account offers.
#[utoipa::path(post, path = "/accounts/{account}/imports", operation_id = "create_import",
    tag = "sharing",
    params(InAccount<may::WriteSharing>),
    request_body = NewImport,
    responses((status = 201, body = Import), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteSharing>,
    mode: Mode,
    Json(new): Json<NewImport>,
) -> Result<Reply<Import>, Problem> {
    let mut work = Work::begin_sharing(&app, &scope, mode).await?;
    let (exporter, row) = make(&mut work, new).await?;
    confirm(&mut work, &exporter, &row).await?;
    let id = row.id.clone();
    let mut import = Import::of(row, ImportStatus::Active, false)?;
    let done = work
        .finish("import.create", &id, Diff::made(&import))
        .await?;
    import.live = done.live;
    Ok(done.reply(Reply::made(import).version(1)))
}

/// Stores a new import of the account in work, of what is offered to it. [`confirm`] comes after
/// it. The caller holds the lock on sharing.
pub(super) async fn make(
    work: &mut Work<'_>,
    new: NewImport,
) -> Result<(AccountRow, ImportRow), Problem> {
    let kind = new.kind;
    let (reference, wanted) = Wanted::of(new)?;
    let exporter = find_exporter(&mut work.tx, &reference, &work.account).await?;
    let export = covering(&mut work.tx, &exporter, kind, &wanted.subject).await?;
    let token = own_token(work, &exporter, &export).await?;
    let row = add(work, &exporter, &export, wanted, token).await?;
    Ok((exporter, row))
}

/// The account that offers something to `importer`. Sharing crosses tenants: the one lookup that is
/// not bound to the caller's scope.
pub(super) async fn find_exporter(
    tx: &mut Tx,
    reference: &str,
    importer: &AccountRow,
) -> Result<AccountRow, Problem> {
    if reference.contains('\0') {
        return Err(not_available());
    }
    let exporter = store::accounts::find(tx, &Scope::default(), reference)
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

/// The export of an account that a subject lies in.
pub(super) async fn covering(
    tx: &mut Tx,
    exporter: &AccountRow,
    kind: Kind,
    wanted: &str,
) -> Result<ExportRow, Problem> {
    let exports = store::exports::of_account(tx, &exporter.id).await?;
    let mut fitting = exports
        .into_iter()
        .filter(|export| export.kind == kind.as_str());
    fitting
        .find(|export| subject::is_subset(wanted.as_bytes(), export.subject.as_bytes()))
        .ok_or_else(not_available)
}

/// The activation token with which the account in work may import an export by itself; none for a
/// public one.
async fn own_token(
    work: &mut Work<'_>,
    exporter: &AccountRow,
    export: &ExportRow,
) -> Result<Option<String>, Problem> {
    if export.visibility == "public" {
        return Ok(None);
    }
    let (tx, importer, now) = (&mut work.tx, &work.account, work.now);
    let key = &importer.public_key;
    let standing = store::activations::standing(tx, &export.id, key, now).await?;
    let expires_at = match standing {
        Some(permission) => permission.expires_at,
        None if store::exports::is_granted(tx, &export.id, importer).await? => 0,
        None => return Err(not_available()),
    };
    let time = (now, expires_at);
    let (token, _) = permit(tx, &work.app.vault, exporter, export, key, time).await?;
    Ok(Some(token))
}

/// What an account wants to take.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) subject: String,
    pub(super) local_subject: String,
    pub(super) details: ImportDetails,
}

impl Wanted {
    /// What a new import says, checked, and whom it is from.
    fn of(new: NewImport) -> Result<(String, Self), Problem> {
        validate::shared_subject(&new.subject, "/subject")?;
        let local_subject = new.local_subject.unwrap_or_else(|| new.subject.clone());
        validate::shared_subject(&local_subject, "/local_subject")?;
        let name = validate::display_name(new.name.as_deref().unwrap_or(&new.subject), "/name")?;
        new.details.check(new.kind == Kind::Service)?;
        let wanted = Self {
            name,
            subject: new.subject,
            local_subject,
            details: new.details,
        };
        Ok((new.account, wanted))
    }
}

/// Makes an import of the account in work, checked with the broker's own rules. The caller holds
/// the lock on sharing.
pub(super) async fn take(
    work: &mut Work<'_>,
    exporter: &AccountRow,
    export: &ExportRow,
    wanted: Wanted,
    token: Option<String>,
) -> Result<ImportRow, Problem> {
    let row = add(work, exporter, export, wanted, token).await?;
    confirm(work, exporter, &row).await?;
    Ok(row)
}

async fn add(
    work: &mut Work<'_>,
    exporter: &AccountRow,
    export: &ExportRow,
    wanted: Wanted,
    token: Option<String>,
) -> Result<ImportRow, Problem> {
    let row = ImportRow {
        id: new_id(IdKind::Import),
        account_id: work.account.id.clone(),
        exporter_id: exporter.id.clone(),
        exporter_slug: exporter.slug.clone(),
        exporter_key: exporter.public_key.clone(),
        name: wanted.name,
        kind: export.kind.clone(),
        token,
        subject: wanted.subject,
        local_subject: wanted.local_subject,
        created_at: work.now,
        details: json(&wanted.details),
        version: 1,
    };
    let existing = store::imports::of_account(&mut work.tx, &work.account.id).await?;
    refuse_conflict(&existing, &row)?;
    store::imports::insert(&mut work.tx, &row).await?;
    Ok(row)
}

/// Mints the account's claims with a new import in them, and asks the broker's own rules.
async fn confirm(
    work: &mut Work<'_>,
    exporter: &AccountRow,
    row: &ImportRow,
) -> Result<(), Problem> {
    work.republish().await?;
    let own = policy(&work.account)?;
    if status(&own, &policy(exporter)?, row, work.now) != ImportStatus::Active {
        return Err(not_available());
    }
    refuse_cycle(&mut work.tx, &work.account, own).await
}

/// Makes the activation tokens of everybody who imports from the account in work anew, since its
/// signing key has changed. The caller holds the lock on sharing.
pub(super) async fn reactivate(work: &mut Work<'_>) -> Result<(), Problem> {
    let exporter = work.account.clone();
    let mut importers = Vec::new();
    for row in store::imports::from_account(&mut work.tx, &exporter.id).await? {
        if row.token.is_none() {
            continue;
        }
        let kind = Kind::of(&row.kind);
        let Ok(export) = covering(&mut work.tx, &exporter, kind, &row.subject).await else {
            continue;
        };
        let Some(importer) = store::accounts::by_id(&mut work.tx, &row.account_id).await? else {
            continue;
        };
        let (key, now) = (&importer.public_key, work.now);
        let standing = store::activations::standing(&mut work.tx, &export.id, key, now).await?;
        let Some(standing) = standing else { continue };
        let importer_key = PublicKey::parse_as(key, KeyKind::Account)
            .map_err(|_| StoreError::corrupt("accounts.public_key", &importer.id))?;
        let vault = &work.app.vault;
        let token = mint::activation(vault, &exporter, &export, importer_key, &standing)?;
        store::imports::set_token(&mut work.tx, &row.id, &token).await?;
        if importers.last() != Some(&importer.id) {
            importers.push(importer.id);
        }
    }
    for id in importers {
        if let Some(mut importer) = store::accounts::lock(&mut work.tx, &id).await? {
            let (vault, now) = (&work.app.vault, work.now);
            let installation = &work.installation;
            republish(&mut work.tx, vault, installation, &mut importer, now).await?;
        }
    }
    Ok(())
}

/// Refuses an import that would deliver or be answered twice, and names the one in its way.
pub(super) fn refuse_conflict(existing: &[ImportRow], new: &ImportRow) -> Result<(), Problem> {
    let clash = existing
        .iter()
        .filter(|row| row.kind == new.kind && row.id != new.id)
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
pub(super) fn status(
    importer: &AccountPolicy,
    exporter: &AccountPolicy,
    row: &ImportRow,
    now: i64,
) -> ImportStatus {
    match verdict(importer, exporter, (&row.kind, &row.subject), now) {
        Ok(()) => ImportStatus::Active,
        Err(_) => ImportStatus::Unavailable,
    }
}

/// Whether the exporter's claims let a stored import of this kind and subject through, or why not.
pub(super) fn verdict(
    importer: &AccountPolicy,
    exporter: &AccountPolicy,
    (kind, subject): (&str, &str),
    now: i64,
) -> Result<(), SharingError> {
    let kind = mint::share_kind(kind);
    let import = importer.imports.iter().find(|import| {
        import.kind == kind
            && import.exporter == exporter.key
            && import.remote == subject.as_bytes()
    });
    let import = import.ok_or(SharingError::NotExported)?;
    authorize_import(exporter, &importer.key, import, now).map(|_| ())
}

/// What the account takes from others.
#[utoipa::path(get, path = "/accounts/{account}/imports", operation_id = "list_imports",
    tag = "sharing",
    params(InAccount<may::ReadSharing>, PageRequest<ImportRow>),
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
        Import::of(row, status, live)
    };
    Ok(Answer(page.cut(&app, rows, total, view)?))
}

pub(super) async fn exporter_policies(
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
    params(InAccount<may::ReadSharing>,
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
    let import = Import::of(row, status, scope.account.is_live())?;
    Ok(Reply::ok(import).version(version))
}

/// Stops taking a subject.
#[utoipa::path(delete, path = "/accounts/{account}/imports/{import}",
    operation_id = "delete_import", tag = "sharing",
    params(InAccount<may::WriteSharing>,
           ("import" = String, Path, description = "Id"), IfMatch),
    responses((status = 200, body = Deleted), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteSharing>,
    mode: Mode,
    if_match: IfMatch,
    Path(path): Path<(String, String)>,
) -> Result<Reply<Deleted>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let row = store::imports::find(&mut work.tx, &work.account.id, &path.1)
        .await?
        .ok_or_else(Problem::not_found)?;
    if_match.check(row.version)?;
    store::imports::delete(&mut work.tx, &work.account.id, &row.id).await?;
    work.republish().await?;
    let id = row.id.clone();
    let before = Import::of(row, ImportStatus::Active, true)?;
    let done = work
        .finish("import.delete", &id, Diff::was(&before))
        .await?;
    let view = Deleted {
        id,
        live: done.live,
    };
    Ok(done.reply(Reply::ok(view)))
}
