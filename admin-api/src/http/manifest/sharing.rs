//! Exports and imports of an account, as its manifest says them.

use super::accounts::{Match, Within};
use super::diff::{Action, Thing, fields, view};
use super::run::{Run, Subject};
use super::spec::{ExportSpec, ImportSpec};
use super::state;
use crate::auth::Right;
use crate::http::exports::{self, Export, ExportPatch, NewExport};
use crate::http::import_requests::{self, ImportRequest, NewImportRequest};
use crate::http::imports::{self, Import, ImportStatus, NewImport};
use crate::http::sharing::{policy, refuse_cycle};
use crate::http::work::Work;
use crate::problem::Problem;
use crate::store::exports::ExportRow;
use crate::store::imports::ImportRow;
use crate::store::requests::Side;
use crate::store::{self, Scope};

pub(super) fn export_name(row: &ExportRow) -> String {
    format!("{} {}", row.kind, row.subject)
}

pub(super) fn import_name(row: &ImportRow) -> String {
    format!("{} {} from {}", row.kind, row.subject, row.exporter_slug)
}

pub(super) async fn exports(
    run: &mut Run<'_>,
    work: &mut Work<'_>,
    within: &mut Within,
) -> Result<(), Problem> {
    for Match { at, spec, row } in std::mem::take(&mut within.exports) {
        within.is_stale |= match row {
            None => make_export(run, work, &at, spec.settled()).await?,
            Some(row) => change_export(run, work, &at, row, spec.settled()).await?,
        };
    }
    Ok(())
}

async fn make_export(
    run: &mut Run<'_>,
    work: &mut Work<'_>,
    at: &str,
    spec: ExportSpec,
) -> Result<bool, Problem> {
    if !run.may(at, Right::WriteSharing) {
        return Ok(false);
    }
    let told = fields(&view(&()), &state::brief_export(&spec));
    let new = NewExport {
        subject: spec.subject,
        kind: spec.kind,
        name: spec.name,
        visibility: spec.visibility,
        allow: spec.allow,
        response_type: spec.response_type,
        advertised: spec.advertised,
        details: spec.details,
    };
    let made = exports::make(work, new).await;
    let Some((row, allow)) = run.keep(at, made)? else {
        return Ok(false);
    };
    let after = view(&Export::of(row.clone(), allow, false)?);
    let name = export_name(&row);
    let subject = Subject::within(Thing::Export, &work.account, &row.id, name, at);
    run.changed(
        Action::Create,
        &subject,
        told,
        ("export.create", None, Some(after)),
    );
    let account = Some(&*row.account_id);
    run.claim(&mut work.tx, Thing::Export, &row.id, account)
        .await?;
    Ok(true)
}

async fn change_export(
    run: &mut Run<'_>,
    work: &mut Work<'_>,
    at: &str,
    mut row: ExportRow,
    spec: ExportSpec,
) -> Result<bool, Problem> {
    let allowed = exports::granted(&mut work.tx, &row).await?;
    let before = state::export(&row, allowed.clone())?;
    let told = fields(&view(&before), &view(&spec));
    let known = (Thing::Export, &*row.id, Some(&*row.account_id));
    if !run.own(&mut work.tx, known, at, !told.is_empty()).await? {
        return Ok(false);
    }
    let name = export_name(&row);
    if told.is_empty() {
        let subject = Subject::within(Thing::Export, &work.account, &row.id, name, at);
        run.unchanged(&subject);
        return Ok(false);
    }
    if !run.may(at, Right::WriteSharing) {
        return Ok(false);
    }
    let was = view(&Export::of(row.clone(), allowed.clone(), false)?);
    let wanted = ExportPatch {
        name: spec.name,
        visibility: Some(spec.visibility),
        allow: Some(spec.allow),
        response_type: spec.response_type,
        advertised: Some(spec.advertised),
        details: Some(spec.details),
    };
    let set = exports::set(work, &mut row, &allowed, wanted).await;
    let Some(allow) = run.keep(at, set)? else {
        return Ok(false);
    };
    let is = view(&Export::of(row.clone(), allow, false)?);
    let subject = Subject::within(Thing::Export, &work.account, &row.id, name, at);
    run.changed(
        Action::Change,
        &subject,
        told,
        ("export.update", Some(was), Some(is)),
    );
    Ok(true)
}

pub(super) async fn imports(
    run: &mut Run<'_>,
    work: &mut Work<'_>,
    within: &mut Within,
) -> Result<(), Problem> {
    for Match { at, spec, row } in std::mem::take(&mut within.imports) {
        let spec = spec.settled();
        let made = match row {
            None => make_import(run, work, &at, spec).await?,
            Some(row) => change_import(run, work, &at, row, spec).await?,
        };
        if let Some((exporter_id, row)) = made {
            within.is_stale = true;
            within.shares = true;
            within.fresh.push((at, exporter_id, row));
        }
    }
    Ok(())
}

/// An import that was made, and the id of its exporter.
type Made = Option<(String, ImportRow)>;

async fn make_import(
    run: &mut Run<'_>,
    work: &mut Work<'_>,
    at: &str,
    spec: ImportSpec,
) -> Result<Made, Problem> {
    if !run.may(at, Right::WriteSharing) {
        return Ok(None);
    }
    let made = match imports::make(work, new_import(&spec)).await {
        Err(problem) if problem.code() == "export_not_available" && spec.request.is_some() => {
            let asked = ask(run, work, at, &spec).await;
            run.keep(at, asked)?;
            return Ok(None);
        }
        made => made,
    };
    let Some((exporter, row)) = run.keep(at, made)? else {
        return Ok(None);
    };
    let told = fields(&view(&()), &state::brief_import(&state::import(&row)?));
    let after = view(&Import::of(row.clone(), ImportStatus::Active, false)?);
    let name = import_name(&row);
    let subject = Subject::within(Thing::Import, &work.account, &row.id, name, at);
    run.changed(
        Action::Create,
        &subject,
        told,
        ("import.create", None, Some(after)),
    );
    let account = Some(&*row.account_id);
    run.claim(&mut work.tx, Thing::Import, &row.id, account)
        .await?;
    Ok(Some((exporter.id, row)))
}

fn new_import(spec: &ImportSpec) -> NewImport {
    NewImport {
        account: spec.account.clone(),
        subject: spec.subject.clone(),
        kind: spec.kind,
        local_subject: spec.local_subject.clone(),
        name: spec.name.clone(),
        details: spec.details,
    }
}

/// Imports have no changes: one is given up, and another is made in its place.
async fn change_import(
    run: &mut Run<'_>,
    work: &mut Work<'_>,
    at: &str,
    row: ImportRow,
    mut spec: ImportSpec,
) -> Result<Made, Problem> {
    let before = state::import(&row)?;
    spec.request = None;
    let told = fields(&view(&before), &view(&spec));
    let known = (Thing::Import, &*row.id, Some(&*row.account_id));
    if !run.own(&mut work.tx, known, at, !told.is_empty()).await? {
        return Ok(None);
    }
    let name = import_name(&row);
    if told.is_empty() {
        let subject = Subject::within(Thing::Import, &work.account, &row.id, name, at);
        run.unchanged(&subject);
        return Ok(None);
    }
    if !run.may(at, Right::WriteSharing) {
        return Ok(None);
    }
    let owner = store::manifests::owner(&mut work.tx, &row.id).await?;
    store::imports::delete(&mut work.tx, &work.account.id, &row.id).await?;
    let made = imports::make(work, new_import(&spec)).await;
    let Some((exporter, new)) = run.keep(at, made)? else {
        return Ok(None);
    };
    if owner.is_some() {
        store::manifests::release(&mut work.tx, &row.id).await?;
        let account = Some(&*new.account_id);
        run.claim(&mut work.tx, Thing::Import, &new.id, account)
            .await?;
    }
    let was = view(&Import::of(row.clone(), ImportStatus::Active, false)?);
    let is = view(&Import::of(new.clone(), ImportStatus::Active, false)?);
    // Told under the id that it had: the new one is another on each try.
    let subject = Subject::within(Thing::Import, &work.account, &row.id, name, at);
    run.changed(
        Action::Change,
        &subject,
        told,
        ("import.update", Some(was), Some(is)),
    );
    Ok(Some((exporter.id, new)))
}

/// Asks the exporter, unless it was asked before.
async fn ask(
    run: &mut Run<'_>,
    work: &mut Work<'_>,
    at: &str,
    spec: &ImportSpec,
) -> Result<(), Problem> {
    let exporter = imports::find_exporter(&mut work.tx, &spec.account, &work.account).await?;
    let known = (spec.kind.as_str(), &*spec.subject);
    let before = store::requests::newest(&mut work.tx, &work.account.id, &exporter.id, known);
    let name = format!("{} {} from {}", known.0, known.1, exporter.slug);
    match before.await? {
        Some(row) if row.state == "pending" => {
            let subject = Subject::within(Thing::Import, &work.account, &row.id, name, at);
            run.unchanged(&subject);
            return Ok(());
        }
        Some(row) if row.state == "denied" => {
            let text = format!("It was asked for, and denied: {}", row.reason);
            return Err(Problem::conflict("request_denied", text));
        }
        _ => {}
    }
    let new = NewImportRequest {
        link: None,
        account: Some(exporter.slug),
        kind: Some(spec.kind),
        subject: Some(spec.subject.clone()),
        local_subject: spec.local_subject.clone(),
        name: spec.name.clone(),
        message: spec.request.clone().unwrap_or_default(),
    };
    let row = import_requests::make(work, new).await?;
    let id = row.id.clone();
    let told = fields(&view(&()), &state::brief_import(spec));
    let after = view(&ImportRequest::new(row, Side::Importer));
    let subject = Subject::within(Thing::Import, &work.account, &id, name, at);
    let noted = ("import_request.create", None, Some(after));
    run.changed(Action::Request, &subject, told, noted);
    Ok(())
}

/// Asks the broker's own rules about the imports that were made, once all claims are minted.
pub(super) async fn confirm(
    run: &mut Run<'_>,
    work: &mut Work<'_>,
    within: &mut Within,
) -> Result<(), Problem> {
    let own = policy(&work.account)?;
    for (at, exporter_id, row) in std::mem::take(&mut within.fresh) {
        let exporter = store::accounts::find(&mut work.tx, &Scope::default(), &exporter_id).await?;
        let is_active = match exporter {
            Some(exporter) => {
                let exporter = policy(&exporter)?;
                imports::status(&own, &exporter, &row, work.now) == ImportStatus::Active
            }
            None => false,
        };
        if !is_active {
            run.keep::<()>(&at, Err(imports::not_available()))?;
        }
    }
    if within.shares {
        let free = refuse_cycle(&mut work.tx, &work.account, own).await;
        run.keep(&within.at, free)?;
    }
    Ok(())
}
