//! `/accounts/{account}/enrolment-authorities`: authorities that the account brings along, whose
//! certificates let a device enrol. What logs in are certificates of our own authorities only.

use std::sync::Arc;

use accounts::x509::chain::{self, Anchor};
use axum::Json as Answer;
use axum::extract::{Path, State};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::body::{Json, MergePatch};
use super::super::conditional::IfMatch;
use super::super::dry_run::Mode;
use super::super::page::{Page, PageRequest};
use super::super::reply::Reply;
use super::super::validate;
use super::super::work::{Diff, Work};
use crate::app::App;
use crate::auth::{InAccount, may};
use crate::clock;
use crate::devices::{PATTERN_RULE, Pattern};
use crate::enrol::authorities::fingerprint;
use crate::ids::{IdKind, new_id};
use crate::pki;
use crate::problem::{Problem, ProblemBody};
use crate::random::random_bytes;
use crate::store::device_authorities::ForeignRow;
use crate::store::{self, Tx};

/// Authorities of others that an account may bring.
const FOREIGN_MAX: usize = 32;
const UNPROVEN: &str = "unproven";
const PROVEN: &str = "active";

/// An authority of somebody else, whose certificates let devices enrol.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EnrolmentAuthority {
    #[schema(example = "eca_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    /// The account's id.
    account: String,
    /// The id of the role that its devices get.
    role: String,
    name: String,
    /// `unproven` until a certificate for `challenge` shows that it is the account's; `active`.
    state: String,
    /// The common name that a certificate must have which proves possession.
    #[serde(skip_serializing_if = "Option::is_none")]
    challenge: Option<String>,
    /// What its devices may be called: a name, or one with a `*` in it.
    device_name: String,
    /// Whether its devices wait until somebody approves them.
    approval: bool,
    /// SHA-256 of the certificate, in hex.
    fingerprint: String,
    /// PEM.
    certificate: String,
    /// Counts its changes; `If-Match: "<version>"` changes this one only.
    version: i64,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<ForeignRow> for EnrolmentAuthority {
    fn from(row: ForeignRow) -> Self {
        Self {
            challenge: Some(row.challenge).filter(|_| row.state == UNPROVEN),
            certificate: pki::pem("CERTIFICATE", &row.certificate),
            id: row.id,
            account: row.account_id,
            role: row.role_id,
            name: row.name,
            state: row.state,
            device_name: row.pattern,
            approval: row.approval,
            fingerprint: row.fingerprint,
            version: row.version,
            created_at: clock::rfc3339(row.created_at),
            updated_at: clock::rfc3339(row.updated_at),
        }
    }
}

/// An authority to take.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewEnrolmentAuthority {
    name: String,
    /// Id or name of the role that its devices get.
    role: String,
    /// The authority's certificate in PEM form.
    certificate: String,
    /// What its devices may be called: a name, or one with a `*` in it. `*` when absent.
    device_name: Option<String>,
    /// Whether its devices wait until somebody approves them: they do unless this is `false`.
    approval: Option<bool>,
}

/// Changes to an authority of others; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnrolmentAuthorityPatch {
    name: Option<String>,
    device_name: Option<String>,
    approval: Option<bool>,
}

/// The proof that an authority is the account's.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PossessionProof {
    /// A certificate that the authority has issued, with the challenge as its common name, in PEM
    /// form.
    certificate: String,
}

fn pattern(text: Option<&str>) -> Result<String, Problem> {
    let pattern = Pattern::parse(text.unwrap_or("*"));
    let pattern = pattern.ok_or_else(|| Problem::invalid("/device_name", PATTERN_RULE))?;
    Ok(pattern.as_str().to_owned())
}

fn certificate(text: &str) -> Result<Vec<u8>, Problem> {
    pki::der_of(text)
        .ok_or_else(|| Problem::invalid("/certificate", "must be one certificate in PEM form"))
}

/// Registers an authority. Nobody can enrol with it until its possession is proven.
#[utoipa::path(post, path = "/accounts/{account}/enrolment-authorities",
    operation_id = "create_enrolment_authority", tag = "devices",
    params(InAccount<may::WriteDevices>),
    request_body = NewEnrolmentAuthority,
    responses((status = 201, body = EnrolmentAuthority), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteDevices>,
    mode: Mode,
    Json(new): Json<NewEnrolmentAuthority>,
) -> Result<Reply<EnrolmentAuthority>, Problem> {
    let der = certificate(&new.certificate)?;
    chain::check_anchor(&der, clock::now())
        .map_err(|error| Problem::invalid("/certificate", error.to_string()))?;
    let mut work = Work::begin(&app, &scope, mode).await?;
    let account_id = work.account.id.clone();
    let proven = store::device_authorities::proven(&mut work.tx, &account_id).await?;
    if proven.len() >= FOREIGN_MAX {
        let text = format!("An account may bring {FOREIGN_MAX} authorities at most.");
        return Err(Problem::unprocessable("too_many_authorities", text));
    }
    let (role, made) = super::device_role(&mut work, &new.role).await?;
    let row = ForeignRow {
        id: new_id(IdKind::EnrolmentAuthority),
        account_id,
        role_id: role.id,
        name: validate::display_name(&new.name, "/name")?,
        fingerprint: fingerprint(&der),
        certificate: der,
        challenge: HEXLOWER.encode(&random_bytes::<16>()),
        state: UNPROVEN.to_owned(),
        pattern: pattern(new.device_name.as_deref())?,
        approval: new.approval.unwrap_or(true),
        created_at: work.now,
        updated_at: work.now,
        version: 1,
    };
    store::device_authorities::insert_foreign(&mut work.tx, &row)
        .await
        .map_err(Problem::if_taken(
            "authority_exists",
            "The account has this authority already.",
        ))?;
    if made {
        work.republish().await?;
    }
    let view = EnrolmentAuthority::from(row);
    let id = view.id.clone();
    let diff = Diff::made(&view);
    let done = work.finish("enrolment_authority.create", &id, diff).await?;
    Ok(done.reply(Reply::made(view).version(1)))
}

/// The authorities that the account has brought.
#[utoipa::path(get, path = "/accounts/{account}/enrolment-authorities",
    operation_id = "list_enrolment_authorities", tag = "devices",
    params(InAccount<may::ReadDevices>, PageRequest<ForeignRow>),
    responses((status = 200, body = Page<EnrolmentAuthority>),
        (status = "4XX", body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadDevices>,
    page: PageRequest<ForeignRow>,
) -> Result<Answer<Page<EnrolmentAuthority>>, Problem> {
    let mut tx = app.db.read().await?;
    let own = store::device_authorities::of(&scope.account.id);
    let view = |row| Ok::<_, Problem>(EnrolmentAuthority::from(row));
    Ok(Answer(page.read(&app, &mut tx, own, view).await?))
}

/// One authority of others.
#[utoipa::path(get, path = "/accounts/{account}/enrolment-authorities/{authority}",
    operation_id = "get_enrolment_authority", tag = "devices",
    params(InAccount<may::ReadDevices>,
           ("authority" = String, Path, description = "Id")),
    responses((status = 200, body = EnrolmentAuthority, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadDevices>,
    Path(path): Path<(String, String)>,
) -> Result<Reply<EnrolmentAuthority>, Problem> {
    let mut tx = app.db.read().await?;
    let row = find(&mut tx, &scope.account.id, &path.1).await?;
    let version = row.version;
    Ok(Reply::ok(EnrolmentAuthority::from(row)).version(version))
}

async fn find(tx: &mut Tx, account_id: &str, id: &str) -> Result<ForeignRow, Problem> {
    let row = store::device_authorities::find_foreign(tx, account_id, id).await?;
    row.ok_or_else(Problem::not_found)
}

/// Shows that an authority is the account's: with a certificate that it has issued to the
/// challenge.
#[utoipa::path(post, path = "/accounts/{account}/enrolment-authorities/{authority}/prove",
    operation_id = "prove_enrolment_authority", tag = "devices",
    params(InAccount<may::WriteDevices>,
           ("authority" = String, Path, description = "Id")),
    request_body = PossessionProof,
    responses((status = 200, body = EnrolmentAuthority), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn prove(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteDevices>,
    mode: Mode,
    Path(path): Path<(String, String)>,
    Json(proof): Json<PossessionProof>,
) -> Result<Reply<EnrolmentAuthority>, Problem> {
    let der = certificate(&proof.certificate)?;
    let mut work = Work::begin(&app, &scope, mode).await?;
    let row = find(&mut work.tx, &work.account.id, &path.1).await?;
    check_proof(&row, &der, work.now)?;
    let mut changed = row.clone();
    PROVEN.clone_into(&mut changed.state);
    store_change(work, "enrolment_authority.prove", row, changed).await
}

fn check_proof(row: &ForeignRow, der: &[u8], now: i64) -> Result<(), Problem> {
    let refused = |text: String| Problem::invalid("/certificate", text);
    let anchor = Anchor::read(&row.certificate).map_err(|_| Problem::internal())?;
    let verified = chain::verify(&[der], &[&anchor], now);
    let verified = verified.map_err(|error| refused(error.to_string()))?;
    let mut names = verified.leaf.subject().iter_common_name();
    let name = names.next().and_then(|name| name.as_str().ok());
    match name == Some(row.challenge.as_str()) && names.next().is_none() {
        true => Ok(()),
        false => Err(refused(format!(
            "its common name must be {}",
            row.challenge
        ))),
    }
}

async fn store_change(
    mut work: Work<'_>,
    action: &'static str,
    before: ForeignRow,
    mut row: ForeignRow,
) -> Result<Reply<EnrolmentAuthority>, Problem> {
    (row.updated_at, row.version) = (work.now, row.version + 1);
    store::device_authorities::update_foreign(&mut work.tx, &row).await?;
    let version = row.version;
    let (before, view) = (
        EnrolmentAuthority::from(before),
        EnrolmentAuthority::from(row),
    );
    let diff = Diff::was(&before).after(&view);
    let done = work.finish(action, &before.id, diff).await?;
    Ok(done.reply(Reply::ok(view).version(version)))
}

/// Changes what an authority's certificates are good for.
#[utoipa::path(patch, path = "/accounts/{account}/enrolment-authorities/{authority}",
    operation_id = "update_enrolment_authority", tag = "devices",
    params(InAccount<may::WriteDevices>,
           ("authority" = String, Path, description = "Id"), IfMatch),
    request_body(content = EnrolmentAuthorityPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, body = EnrolmentAuthority, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(crate) async fn update(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteDevices>,
    mode: Mode,
    if_match: IfMatch,
    Path(path): Path<(String, String)>,
    patch: MergePatch<EnrolmentAuthorityPatch>,
) -> Result<Reply<EnrolmentAuthority>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let row = find(&mut work.tx, &work.account.id, &path.1).await?;
    if_match.check(row.version)?;
    let wanted = patch.apply(serde_json::json!({
        "name": row.name, "device_name": row.pattern, "approval": row.approval,
    }))?;
    let mut changed = row.clone();
    changed.name = validate::display_name(&wanted.name.unwrap_or_default(), "/name")?;
    changed.pattern = pattern(wanted.device_name.as_deref())?;
    changed.approval = wanted.approval.unwrap_or(true);
    store_change(work, "enrolment_authority.update", row, changed).await
}

/// Takes an authority of others no more. Devices that came with its certificates stay: they have
/// certificates of ours.
#[utoipa::path(delete, path = "/accounts/{account}/enrolment-authorities/{authority}",
    operation_id = "delete_enrolment_authority", tag = "devices",
    params(InAccount<may::WriteDevices>,
           ("authority" = String, Path, description = "Id"), IfMatch),
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteDevices>,
    mode: Mode,
    if_match: IfMatch,
    Path(path): Path<(String, String)>,
) -> Result<Reply<()>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let row = find(&mut work.tx, &work.account.id, &path.1).await?;
    if_match.check(row.version)?;
    store::device_authorities::delete_foreign(&mut work.tx, &row.id).await?;
    store::enrolments::forget(&mut work.tx, &row.id).await?;
    let before = EnrolmentAuthority::from(row);
    let diff = Diff::was(&before);
    let done = work
        .finish("enrolment_authority.delete", &before.id, diff)
        .await?;
    Ok(done.reply(Reply::ok(())))
}
