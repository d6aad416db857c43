//! `/accounts/{account}/devices/{device}/certificates`: what a device was issued.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::dry_run::Mode;
use super::super::page::{Page, PageRequest};
use super::super::reply::Reply;
use super::super::users::kick_all;
use super::super::work::{Diff, Work};
use super::registry::{find, lock_out};
use crate::app::App;
use crate::auth::{InAccount, may};
use crate::clock;
use crate::pki;
use crate::problem::{Problem, ProblemBody};
use crate::store;
use crate::store::devices::CertificateRow;

/// A certificate that a device was issued.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeviceCertificate {
    #[schema(example = "crt_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    /// The device's id.
    device: String,
    /// The id of the authority that signed it.
    authority: String,
    /// In hex.
    serial: String,
    /// The user key of who logs in with it: the SHA-256 of its public key.
    public_key: String,
    /// `enrolled` or `renewed`.
    kind: String,
    /// `active`, `expired` or `revoked`.
    state: &'static str,
    /// PEM.
    pub(super) certificate: String,
    #[schema(format = DateTime)]
    not_before: String,
    #[schema(format = DateTime)]
    pub(super) not_after: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    revoked_at: Option<String>,
}

impl DeviceCertificate {
    pub(super) fn new(row: CertificateRow, now: i64) -> Self {
        Self {
            state: match row.revoked_at {
                Some(_) => "revoked",
                None if row.not_after <= now => "expired",
                None => "active",
            },
            certificate: pki::pem("CERTIFICATE", &row.certificate),
            id: row.id,
            device: row.device_id,
            authority: row.authority_id,
            serial: row.serial,
            public_key: row.user_key,
            kind: row.kind,
            not_before: clock::rfc3339(row.not_before),
            not_after: clock::rfc3339(row.not_after),
            revoked_at: row.revoked_at.map(clock::rfc3339),
        }
    }
}

/// The certificates that a device was issued, the newest first.
#[utoipa::path(get, path = "/accounts/{account}/devices/{device}/certificates",
    operation_id = "list_device_certificates", tag = "devices",
    params(InAccount<may::ReadDevices>,
           ("device" = String, Path, description = "Id or name"), PageRequest<CertificateRow>),
    responses((status = 200, body = Page<DeviceCertificate>),
        (status = "4XX", body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadDevices>,
    Path(path): Path<(String, String)>,
    page: PageRequest<CertificateRow>,
) -> Result<Answer<Page<DeviceCertificate>>, Problem> {
    let mut tx = app.db.read().await?;
    let device = find(&mut tx, &scope.account.id, &path.1).await?;
    let now = clock::now();
    let own = store::devices::certificates_of(&device.id);
    let view = |row| Ok::<_, Problem>(DeviceCertificate::new(row, now));
    Ok(Answer(page.read(&app, &mut tx, own, view).await?))
}

/// A certificate that was revoked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RevokedDeviceCertificate {
    #[serde(flatten)]
    certificate: DeviceCertificate,
    /// Whether every server has followed.
    live: bool,
}

/// Revokes a certificate, and with it every other one for the same key. The device goes on with
/// certificates for other keys.
#[utoipa::path(post,
    path = "/accounts/{account}/devices/{device}/certificates/{certificate}/revoke",
    operation_id = "revoke_device_certificate", tag = "devices",
    params(InAccount<may::WriteDevices>,
           ("device" = String, Path, description = "Id or name"),
           ("certificate" = String, Path, description = "Id")),
    responses((status = 200, body = RevokedDeviceCertificate),
        (status = "4XX", body = ProblemBody)))]
pub(crate) async fn revoke(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteDevices>,
    mode: Mode,
    Path(path): Path<(String, String, String)>,
) -> Result<Reply<RevokedDeviceCertificate>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let device = find(&mut work.tx, &work.account.id, &path.1).await?;
    let row = store::devices::certificate(&mut work.tx, &device.id, &path.2).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let keys = lock_out(&mut work, &device.id, Some(&row.user_key), true).await?;
    work.republish().await?;
    let account_key = work.account.public_key.clone();
    let now = work.now;
    let row = store::devices::certificate(&mut work.tx, &device.id, &row.id).await?;
    let certificate = DeviceCertificate::new(row.ok_or_else(Problem::internal)?, now);
    let diff = Diff::made(&certificate);
    let done = work
        .finish("device_certificate.revoke", &device.id, diff)
        .await?;
    if done.is_made() {
        kick_all(&app, &account_key, &keys).await;
    }
    let view = RevokedDeviceCertificate {
        certificate,
        live: done.live,
    };
    Ok(done.reply(Reply::ok(view)))
}
