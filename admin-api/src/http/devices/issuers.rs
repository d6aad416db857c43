//! `/accounts/{account}/device-authorities`: who signs the certificates of a role's devices.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::body::{Json, OptionalJson};
use super::super::dry_run::Mode;
use super::super::page::{Page, PageRequest};
use super::super::reply::Reply;
use super::super::roles::Rotation;
use super::super::work::{Diff, Work};
use super::registry::end_admissions;
use crate::app::App;
use crate::auth::{InAccount, may};
use crate::clock;
use crate::devices::Policy;
use crate::enrol::authorities;
use crate::pki;
use crate::problem::{Problem, ProblemBody};
use crate::store::device_authorities::AuthorityRow;
use crate::store::{self, Tx};

/// An authority that signs certificates for the devices of one role.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeviceAuthority {
    #[schema(example = "ca_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    /// The account's id.
    account: String,
    /// The role's id.
    role: String,
    /// `active`: it signs; `retired`: what it has signed is good until `trusted_until`; `ended`;
    /// `revoked`.
    state: String,
    /// `p256` or `ed25519`.
    key_kind: String,
    /// SHA-256 of the certificate, in hex.
    fingerprint: String,
    /// PEM.
    certificate: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    trusted_until: Option<String>,
    #[schema(format = DateTime)]
    not_after: String,
    /// The list of its revoked certificates, for those who do not ask our brokers.
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation_list: Option<String>,
    version: i64,
    /// Whether every server knows of it.
    live: bool,
    #[schema(format = DateTime)]
    created_at: String,
}

impl DeviceAuthority {
    fn new(app: &App, row: AuthorityRow, live: bool) -> Self {
        let is_over = row.state != "active";
        Self {
            revocation_list: app.revocation_of(&row.id).map(|told| told.list),
            id: row.id,
            account: row.account_id,
            role: row.role_id,
            state: row.state,
            key_kind: row.key_kind,
            fingerprint: row.fingerprint,
            certificate: pki::pem("CERTIFICATE", &row.certificate),
            trusted_until: row.drop_at.filter(|_| is_over).map(clock::rfc3339),
            not_after: clock::rfc3339(row.not_after),
            version: row.version,
            live,
            created_at: clock::rfc3339(row.created_at),
        }
    }
}

/// A new authority.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDeviceAuthority {
    /// Id or name of the role that its devices have.
    #[schema(example = "sensor")]
    role: String,
}

/// Makes the authority for a role's devices. An enrolment token makes one too, when there is none.
#[utoipa::path(post, path = "/accounts/{account}/device-authorities",
    operation_id = "create_device_authority", tag = "devices",
    params(InAccount<may::WriteDevices>),
    request_body = NewDeviceAuthority,
    responses((status = 201, body = DeviceAuthority), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteDevices>,
    mode: Mode,
    Json(new): Json<NewDeviceAuthority>,
) -> Result<Reply<DeviceAuthority>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let (role, made) = super::device_role(&mut work, &new.role).await?;
    if !made {
        return Err(Problem::conflict(
            "authority_exists",
            "The role has an authority: rotate it to have another.",
        ));
    }
    work.republish().await?;
    let row = store::device_authorities::active(&mut work.tx, &role.id).await?;
    let row = row.ok_or_else(Problem::internal)?;
    let mut view = DeviceAuthority::new(&app, row, false);
    let id = view.id.clone();
    let diff = Diff::made(&view);
    let done = work.finish("device_authority.create", &id, diff).await?;
    view.live = done.live;
    Ok(done.reply(Reply::made(view).version(1)))
}

/// The account's authorities, those that sign no more among them.
#[utoipa::path(get, path = "/accounts/{account}/device-authorities",
    operation_id = "list_device_authorities", tag = "devices",
    params(InAccount<may::ReadDevices>,
           PageRequest<AuthorityRow>),
    responses((status = 200, body = Page<DeviceAuthority>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadDevices>,
    page: PageRequest<AuthorityRow>,
) -> Result<Answer<Page<DeviceAuthority>>, Problem> {
    let mut tx = app.db.read().await?;
    let own = store::device_authorities::of(&scope.account.id);
    let live = scope.account.is_live();
    let view = |row| Ok::<_, Problem>(DeviceAuthority::new(&app, row, live));
    Ok(Answer(page.read(&app, &mut tx, own, view).await?))
}

/// One authority.
#[utoipa::path(get, path = "/accounts/{account}/device-authorities/{authority}",
    operation_id = "get_device_authority", tag = "devices",
    params(InAccount<may::ReadDevices>,
           ("authority" = String, Path, description = "Id")),
    responses((status = 200, body = DeviceAuthority, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadDevices>,
    Path(path): Path<(String, String)>,
) -> Result<Reply<DeviceAuthority>, Problem> {
    let mut tx = app.db.read().await?;
    let row = find(&mut tx, &scope.account.id, &path.1).await?;
    let version = row.version;
    let view = DeviceAuthority::new(&app, row, scope.account.is_live());
    Ok(Reply::ok(view).version(version))
}

async fn find(tx: &mut Tx, account_id: &str, id: &str) -> Result<AuthorityRow, Problem> {
    let row = store::device_authorities::find(tx, account_id, id).await?;
    row.ok_or_else(Problem::not_found)
}

/// Puts a new authority in the place of an active one. Certificates of the old one stay good for
/// the overlap, so that devices can renew in peace.
#[utoipa::path(post, path = "/accounts/{account}/device-authorities/{authority}/rotate",
    operation_id = "rotate_device_authority", tag = "devices",
    params(InAccount<may::WriteDevices>,
           ("authority" = String, Path, description = "Id")),
    request_body = Option<Rotation>,
    responses((status = 201, body = DeviceAuthority), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn rotate(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteDevices>,
    mode: Mode,
    Path(path): Path<(String, String)>,
    OptionalJson(rotation): OptionalJson<Rotation>,
) -> Result<Reply<DeviceAuthority>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let old = find(&mut work.tx, &work.account.id, &path.1).await?;
    if old.state != "active" {
        return Err(Problem::conflict(
            "authority_not_active",
            "Another one signs in its place already.",
        ));
    }
    let (account_id, now) = (work.account.id.clone(), work.now);
    let drop_at = rotation.end(now)?;
    store::device_authorities::retire(&mut work.tx, &old.id, drop_at).await?;
    let (policy, _) = Policy::of(&mut work.tx, &old.role_id).await?;
    let role = (account_id.as_str(), old.role_id.as_str());
    let row = authorities::make(&mut work.tx, &app.vault, role, &policy, now).await?;
    if drop_at <= now {
        // What it had signed needs no revocation any more.
        store::issuances::compact(&mut work.tx, &account_id, now).await?;
    }
    work.republish().await?;
    let before = DeviceAuthority::new(&app, old, true);
    let mut view = DeviceAuthority::new(&app, row, false);
    let diff = Diff::was(&before).after(&view);
    let done = work
        .finish("device_authority.rotate", &before.id, diff)
        .await?;
    view.live = done.live;
    Ok(done.reply(Reply::made(view).version(1)))
}

/// Ends an authority and every certificate that it has signed, at once: for when its key is known
/// to others. An active one is not replaced until the next device enrols.
#[utoipa::path(post, path = "/accounts/{account}/device-authorities/{authority}/revoke",
    operation_id = "revoke_device_authority", tag = "devices",
    params(InAccount<may::WriteDevices>,
           ("authority" = String, Path, description = "Id")),
    responses((status = 200, body = DeviceAuthority), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn revoke(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteDevices>,
    mode: Mode,
    Path(path): Path<(String, String)>,
) -> Result<Reply<DeviceAuthority>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let (account_id, now) = (work.account.id.clone(), work.now);
    let old = find(&mut work.tx, &account_id, &path.1).await?;
    store::device_authorities::revoke(&mut work.tx, &old.id, now).await?;
    store::issuances::compact(&mut work.tx, &account_id, now).await?;
    let admitted = store::admissions::of_authority(&mut work.tx, &account_id, &old.id, now).await?;
    end_admissions(&mut work, admitted).await?;
    work.republish().await?;
    let row = find(&mut work.tx, &account_id, &old.id).await?;
    let version = row.version;
    let before = DeviceAuthority::new(&app, old, true);
    let mut view = DeviceAuthority::new(&app, row, false);
    let diff = Diff::was(&before).after(&view);
    let done = work
        .finish("device_authority.revoke", &before.id, diff)
        .await?;
    view.live = done.live;
    Ok(done.reply(Reply::ok(view).version(version)))
}
