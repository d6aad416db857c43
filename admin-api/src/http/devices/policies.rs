//! `/accounts/{account}/roles/{role}/device-policy`: how long certificates are good, and what new
//! devices have to wait for.

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::body::MergePatch;
use super::super::conditional::IfMatch;
use super::super::dry_run::Mode;
use super::super::reply::Reply;
use super::super::roles;
use super::super::work::{Diff, Work};
use super::check_template;
use crate::app::App;
use crate::auth::{InAccount, may};
use crate::devices::{CERTIFICATE_SECONDS_MAX, CERTIFICATE_SECONDS_MIN, GRACE_SECONDS_MAX, Policy};
use crate::pki::KeyKind;
use crate::problem::{Problem, ProblemBody};
use crate::store;

/// How a role's devices are dealt with.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DevicePolicy {
    /// The role's id.
    role: String,
    #[serde(flatten)]
    policy: Policy,
    /// Counts its changes; 0 for the defaults.
    version: i64,
}

/// Changes to a policy; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DevicePolicyPatch {
    /// `p256` or `ed25519`: for the next authority.
    key_kind: Option<KeyKind>,
    #[schema(minimum = 3_600, maximum = 31_622_400)]
    certificate_seconds: Option<i64>,
    #[schema(minimum = 0, maximum = 7_776_000)]
    grace_seconds: Option<i64>,
    approval: Option<bool>,
    server_keys: Option<bool>,
}

/// How a role's devices are dealt with.
#[utoipa::path(get, path = "/accounts/{account}/roles/{role}/device-policy",
    operation_id = "get_device_policy", tag = "devices",
    params(InAccount<may::ReadDevices>,
           ("role" = String, Path, description = "Id or name")),
    responses((status = 200, body = DevicePolicy, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadDevices>,
    Path(path): Path<(String, String)>,
) -> Result<Reply<DevicePolicy>, Problem> {
    let mut tx = app.db.read().await?;
    let role = roles::find(&mut tx, &scope.account, &path.1).await?;
    let (policy, version) = Policy::of(&mut tx, &role.id).await?;
    let view = DevicePolicy {
        role: role.id,
        policy,
        version,
    };
    Ok(Reply::ok(view).version(version))
}

/// Changes how a role's devices are dealt with: for what is issued from now on.
#[utoipa::path(patch, path = "/accounts/{account}/roles/{role}/device-policy",
    operation_id = "update_device_policy", tag = "devices",
    params(InAccount<may::WriteDevices>,
           ("role" = String, Path, description = "Id or name"), IfMatch),
    request_body(content = DevicePolicyPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, body = DevicePolicy, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(crate) async fn update(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteDevices>,
    mode: Mode,
    if_match: IfMatch,
    Path(path): Path<(String, String)>,
    patch: MergePatch<DevicePolicyPatch>,
) -> Result<Reply<DevicePolicy>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let role = roles::find(&mut work.tx, &work.account, &path.1).await?;
    check_template(&role)?;
    let (policy, version) = Policy::of(&mut work.tx, &role.id).await?;
    if_match.check(version)?;
    let wanted = patch.apply(serde_json::to_value(policy).unwrap_or_default())?;
    let defaults = Policy::default();
    let changed = Policy {
        key_kind: wanted.key_kind.unwrap_or(defaults.key_kind),
        certificate_seconds: wanted
            .certificate_seconds
            .unwrap_or(defaults.certificate_seconds),
        grace_seconds: wanted.grace_seconds.unwrap_or(defaults.grace_seconds),
        approval: wanted.approval.unwrap_or(defaults.approval),
        server_keys: wanted.server_keys.unwrap_or(defaults.server_keys),
    };
    check(&changed)?;
    let row = changed.row(&role, work.now, version + 1);
    store::device_authorities::set_policy(&mut work.tx, &row).await?;
    let view = |policy, version| DevicePolicy {
        role: role.id.clone(),
        policy,
        version,
    };
    let (before, after) = (view(policy, version), view(changed, version + 1));
    let diff = Diff::was(&before).after(&after);
    let done = work.finish("device_policy.update", &role.id, diff).await?;
    Ok(done.reply(Reply::ok(after).version(version + 1)))
}

fn check(policy: &Policy) -> Result<(), Problem> {
    let life = CERTIFICATE_SECONDS_MIN..=CERTIFICATE_SECONDS_MAX;
    if !life.contains(&policy.certificate_seconds) {
        let text = "must be 3600 (an hour) to 31622400 (366 days)";
        return Err(Problem::invalid("/certificate_seconds", text));
    }
    if !(0..=GRACE_SECONDS_MAX).contains(&policy.grace_seconds) {
        let text = "must be 0 to 7776000 (90 days)";
        return Err(Problem::invalid("/grace_seconds", text));
    }
    Ok(())
}
