//! Changes of imports: where they appear and what they say, without an outage.

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::MergePatch;
use super::conditional::IfMatch;
use super::dry_run::Mode;
use super::imports::{Import, ImportStatus, exporter_policies, refuse_conflict, status};
use super::reply::Reply;
use super::sharing::{Kind, policy, refuse_cycle};
use super::users::json;
use super::validate;
use super::work::{Diff, Work};
use crate::app::App;
use crate::auth::{InAccount, may};
use crate::problem::{Problem, ProblemBody};
use crate::sharing::ImportDetails;
use crate::store;
use crate::store::imports::ImportRow;

/// Changes to an import; what is absent stays. What it takes, and from whom, stays in any case.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportPatch {
    /// null: the exporter's subject.
    name: Option<String>,
    /// Where it appears; null: the exporter's subject.
    #[schema(example = "acme.orders.>")]
    local_subject: Option<String>,
    details: Option<ImportDetails>,
}

/// Moves an import to another subject, or changes what it says. Subscriptions of the old subject
/// hear nothing of it from then on, those of the new one do at once, and nobody is disconnected.
#[utoipa::path(patch, path = "/accounts/{account}/imports/{import}",
    operation_id = "update_import", tag = "sharing",
    params(InAccount<may::WriteSharing>,
           ("import" = String, Path, description = "Id"), IfMatch),
    request_body(content = ImportPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, body = Import, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn update(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteSharing>,
    mode: Mode,
    if_match: IfMatch,
    Path(path): Path<(String, String)>,
    patch: MergePatch<ImportPatch>,
) -> Result<Reply<Import>, Problem> {
    let mut work = Work::begin_sharing(&app, &scope, mode).await?;
    let found = store::imports::find(&mut work.tx, &work.account.id, &path.1).await?;
    let mut row = found.ok_or_else(Problem::not_found)?;
    if_match.check(row.version)?;
    let was = status_of(&mut work, &row).await?;
    let before = Import::of(row.clone(), was, true)?;
    let wanted = patch.apply(serde_json::json!({
        "name": row.name, "local_subject": row.local_subject,
        "details": ImportDetails::stored(&row)?,
    }))?;
    set(&mut work, &mut row, wanted).await?;
    let status = status_of(&mut work, &row).await?;
    let (id, version) = (row.id.clone(), row.version);
    let mut import = Import::of(row, status, false)?;
    let diff = Diff::was(&before).after(&import);
    let done = work.finish("import.update", &id, diff).await?;
    import.live = done.live;
    Ok(done.reply(Reply::ok(import).version(version)))
}

/// Makes an import of the account in work what is wanted as a whole. The caller holds the lock on
/// sharing.
async fn set(work: &mut Work<'_>, row: &mut ImportRow, wanted: ImportPatch) -> Result<(), Problem> {
    let local_subject = wanted.local_subject.unwrap_or_else(|| row.subject.clone());
    validate::shared_subject(&local_subject, "/local_subject")?;
    let details = wanted.details.unwrap_or_default();
    details.check(Kind::of(&row.kind) == Kind::Service)?;
    let name = wanted.name.as_deref().unwrap_or(&row.subject);
    row.name = validate::display_name(name, "/name")?;
    row.local_subject = local_subject;
    row.details = json(&details);
    row.version += 1;
    let existing = store::imports::of_account(&mut work.tx, &work.account.id).await?;
    refuse_conflict(&existing, row)?;
    store::imports::update(&mut work.tx, row).await?;
    work.republish().await?;
    let own = policy(&work.account)?;
    refuse_cycle(&mut work.tx, &work.account, own).await
}

/// What the claims in force say of an import of the account in work.
async fn status_of(work: &mut Work<'_>, row: &ImportRow) -> Result<ImportStatus, Problem> {
    let importer = policy(&work.account)?;
    let exporters = exporter_policies(&mut work.tx, std::slice::from_ref(row)).await?;
    let exporter = exporters.get(&row.exporter_id);
    Ok(exporter.map_or(ImportStatus::Unavailable, |exporter| {
        status(&importer, exporter, row, work.now)
    }))
}
