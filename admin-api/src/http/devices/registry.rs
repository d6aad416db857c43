//! `/accounts/{account}/devices`: which devices there are, and what may become of them.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::{Path, State};
use axum::http::{HeaderName, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::body::{MergePatch, OptionalJson};
use super::super::conditional::IfMatch;
use super::super::dry_run::Mode;
use super::super::page::{Page, PageRequest};
use super::super::reply::Reply;
use super::super::users::{json, kick_all};
use super::super::work::{Diff, Work};
use crate::app::App;
use crate::auth::{InAccount, may};
use crate::clock;
use crate::devices::is_device_name;
use crate::problem::{Problem, ProblemBody};
use crate::settings;
use crate::store::admissions::AdmissionRow;
use crate::store::devices::{ACTIVE, DISABLED, DeviceRow, PENDING, REJECTED, REVOKED};
use crate::store::{self, StoreError, Tx};

/// Rows that are read at a time for an export.
const ROWS: i64 = 500;
/// What `expiring_soon` counts.
const SOON_SECONDS: i64 = 7 * 24 * 3600;

/// A device of an account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Device {
    #[schema(example = "dev_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    /// The account's id.
    account: String,
    /// The role's id.
    role: String,
    name: String,
    description: String,
    /// `pending`, `active`, `expired`, `disabled`, `revoked` or `rejected`.
    state: String,
    tags: Vec<String>,
    /// The id of the enrolment token, or of the authority of others, that it came with.
    source: String,
    /// When its last certificate ends; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// When it enrolled, renewed or connected last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    last_seen_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_address: Option<String>,
    /// How many connections it has now; only of one device, and when every engine answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    connections: Option<u64>,
    /// Counts its changes; `If-Match: "<version>"` changes this one only.
    version: i64,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
}

impl Device {
    fn new(row: DeviceRow, now: i64) -> Result<Self, StoreError> {
        let corrupt = |_| StoreError::corrupt("devices.tags", &row.id);
        let is_expired = row.state == ACTIVE && row.expires_at != 0 && row.expires_at <= now;
        Ok(Self {
            tags: serde_json::from_str(&row.tags).map_err(corrupt)?,
            state: match is_expired {
                true => "expired".to_owned(),
                false => row.state,
            },
            id: row.id,
            account: row.account_id,
            role: row.role_id,
            name: row.name,
            description: row.description,
            source: row.source,
            expires_at: (row.expires_at != 0).then(|| clock::rfc3339(row.expires_at)),
            last_seen_at: (row.seen_at != 0).then(|| clock::rfc3339(row.seen_at)),
            last_address: row.seen_from,
            connections: None,
            version: row.version,
            created_at: clock::rfc3339(row.created_at),
            updated_at: clock::rfc3339(row.updated_at),
        })
    }
}

/// The account's devices. `sort=expires_at` has those first whose certificates end soonest.
#[utoipa::path(get, path = "/accounts/{account}/devices", operation_id = "list_devices",
    tag = "devices",
    params(InAccount<may::ReadDevices>, PageRequest<DeviceRow>),
    responses((status = 200, body = Page<Device>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadDevices>,
    page: PageRequest<DeviceRow>,
) -> Result<Answer<Page<Device>>, Problem> {
    let mut tx = app.db.read().await?;
    let now = clock::now();
    let own = store::devices::of(&scope.account.id);
    let view = |row| Device::new(row, now);
    Ok(Answer(page.read(&app, &mut tx, own, view).await?))
}

/// All of the account's devices as CSV.
#[utoipa::path(get, path = "/accounts/{account}/devices.csv", operation_id = "export_devices",
    tag = "devices",
    params(InAccount<may::ReadDevices>),
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = "4XX", body = ProblemBody)))]
pub(crate) async fn csv(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadDevices>,
) -> Result<([(HeaderName, &'static str); 1], String), Problem> {
    let mut tx = app.db.read().await?;
    let now = clock::now();
    let mut text = String::from("id,name,role,state,expires_at,last_seen_at,last_address\r\n");
    let mut last = String::new();
    loop {
        let own = store::devices::of(&scope.account.id);
        let rows: Vec<DeviceRow> = store::list::after(&mut tx, own, &last, ROWS).await?;
        let Some(end) = rows.last() else {
            break;
        };
        last.clone_from(&end.id);
        for row in rows {
            let device = Device::new(row, now)?;
            // Ids, names, times and addresses need no quotes. Writing to a text does not fail.
            let _ = write!(
                text,
                "{},{},{},{},{},{},{}\r\n",
                device.id,
                device.name,
                device.role,
                device.state,
                device.expires_at.unwrap_or_default(),
                device.last_seen_at.unwrap_or_default(),
                device.last_address.unwrap_or_default(),
            );
        }
    }
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], text))
}

/// How many devices there are.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeviceSummary {
    pending: i64,
    /// With a certificate that is good, or not yet with one.
    active: i64,
    expired: i64,
    /// Of the active ones, those whose last certificate ends within a week.
    expiring_soon: i64,
    disabled: i64,
    revoked: i64,
    rejected: i64,
}

/// How many devices the account has, by state.
#[utoipa::path(get, path = "/accounts/{account}/device-summary",
    operation_id = "get_device_summary", tag = "devices",
    params(InAccount<may::ReadDevices>),
    responses((status = 200, body = DeviceSummary), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn summary(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadDevices>,
) -> Result<Answer<DeviceSummary>, Problem> {
    let mut tx = app.db.read().await?;
    let (id, now) = (&scope.account.id, clock::now());
    let states = store::devices::count_by_state(&mut tx, id).await?;
    let count = |state| states.iter().find(|it| it.0 == state).map_or(0, |it| it.1);
    let ends = |until| store::devices::Ends { from: 1, until };
    let expired = store::devices::count_active_ending(&mut tx, id, ends(now)).await?;
    let soon = store::devices::Ends {
        from: now + 1,
        until: now + SOON_SECONDS,
    };
    let expiring_soon = store::devices::count_active_ending(&mut tx, id, soon).await?;
    Ok(Answer(DeviceSummary {
        pending: count(PENDING),
        active: count(ACTIVE) - expired,
        expired,
        expiring_soon,
        disabled: count(DISABLED),
        revoked: count(REVOKED),
        rejected: count(REJECTED),
    }))
}

/// The device that the path names.
pub(super) async fn find(
    tx: &mut Tx,
    account_id: &str,
    reference: &str,
) -> Result<DeviceRow, Problem> {
    let row = store::devices::find(tx, account_id, reference).await?;
    row.ok_or_else(Problem::not_found)
}

/// One device, and how many connections it has.
#[utoipa::path(get, path = "/accounts/{account}/devices/{device}", operation_id = "get_device",
    tag = "devices",
    params(InAccount<may::ReadDevices>,
           ("device" = String, Path, description = "Id or name")),
    responses((status = 200, body = Device, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadDevices>,
    Path(path): Path<(String, String)>,
) -> Result<Reply<Device>, Problem> {
    let mut tx = app.db.read().await?;
    let row = find(&mut tx, &scope.account.id, &path.1).await?;
    let now = clock::now();
    let keys = store::devices::live_keys(&mut tx, &row.id, now).await?;
    drop(tx);
    let version = row.version;
    let mut view = Device::new(row, now)?;
    let keys: Vec<String> = keys.into_iter().map(|key| key.user_key).collect();
    let open = app
        .reconciler
        .connections_of(&scope.account.public_key, &keys);
    let open = open.await.filter(|open| open.unanswered.is_empty());
    view.connections = open.map(|open| open.connections.len() as u64);
    Ok(Reply::ok(view).version(version))
}

/// Changes to a device; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DevicePatch {
    /// Only while it is pending: later its certificates say the name.
    name: Option<String>,
    description: Option<String>,
    tags: Option<Vec<String>>,
}

/// Changes a device.
#[utoipa::path(patch, path = "/accounts/{account}/devices/{device}",
    operation_id = "update_device", tag = "devices",
    params(InAccount<may::WriteDevices>,
           ("device" = String, Path, description = "Id or name"), IfMatch),
    request_body(content = DevicePatch, content_type = "application/merge-patch+json"),
    responses((status = 200, body = Device, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(crate) async fn update(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteDevices>,
    mode: Mode,
    if_match: IfMatch,
    Path(path): Path<(String, String)>,
    patch: MergePatch<DevicePatch>,
) -> Result<Reply<Device>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let row = find(&mut work.tx, &work.account.id, &path.1).await?;
    if_match.check(row.version)?;
    let before = Device::new(row.clone(), work.now)?;
    let wanted = patch.apply(serde_json::json!({
        "name": before.name, "description": before.description, "tags": before.tags,
    }))?;
    let mut row = row;
    rename(&mut row, wanted.name.as_deref())?;
    row.description = wanted.description.unwrap_or_default();
    settings::description(&row.description, "/description")?;
    let tags = wanted.tags.unwrap_or_default();
    settings::tags(&tags)?;
    row.tags = json(&tags);
    finish(work, "device.update", before, row, Vec::new()).await
}

fn rename(row: &mut DeviceRow, name: Option<&str>) -> Result<(), Problem> {
    let Some(name) = name.filter(|name| *name != row.name) else {
        return Ok(());
    };
    if row.state != PENDING {
        return Err(Problem::conflict(
            "device_has_name",
            "The device's certificates say its name: revoke it and enrol it anew.",
        ));
    }
    if !is_device_name(name) {
        let text = "must be letters, digits, `-`, `_` and `:`, 128 at most, and begin with a \
                    letter or a digit";
        return Err(Problem::invalid("/name", text));
    }
    name.clone_into(&mut row.name);
    Ok(())
}

/// Stores a device's new state; `keys` are out from now on.
async fn finish(
    mut work: Work<'_>,
    action: &'static str,
    before: Device,
    mut row: DeviceRow,
    keys: Vec<String>,
) -> Result<Reply<Device>, Problem> {
    let app = work.app;
    row.updated_at = work.now;
    row.version += 1;
    store::devices::update(&mut work.tx, &row)
        .await
        .map_err(Problem::if_taken(
            "name_taken",
            "There is a device with this name.",
        ))?;
    let version = row.version;
    let view = Device::new(row, work.now)?;
    let account_key = work.account.public_key.clone();
    let diff = Diff::was(&before).after(&view);
    let done = work.finish(action, &view.id, diff).await?;
    if done.is_made() {
        kick_all(app, &account_key, &keys).await;
    }
    Ok(done.reply(Reply::ok(view).version(version)))
}

/// Keeps a device's keys out, or one of them, until the last certificate for each has ended.
/// `for_good` puts the certificates on their authorities' lists. The caller mints the claims.
pub(super) async fn lock_out(
    work: &mut Work<'_>,
    device_id: &str,
    only: Option<&str>,
    for_good: bool,
) -> Result<Vec<String>, Problem> {
    let (account_id, now) = (work.account.id.clone(), work.now);
    let tx = &mut work.tx;
    let keys = store::devices::live_keys(tx, device_id, now).await?;
    let keys: Vec<_> = keys
        .into_iter()
        .filter(|key| only.is_none_or(|only| only == key.user_key))
        .collect();
    for key in &keys {
        let end = key.not_after;
        store::issuances::revoke(tx, &account_id, &key.user_key, end, end).await?;
    }
    if for_good {
        store::devices::revoke_certificates(tx, device_id, only, now).await?;
    }
    let admitted = store::admissions::of_device(tx, device_id, only, now).await?;
    let mut keys: Vec<String> = keys.into_iter().map(|key| key.user_key).collect();
    keys.extend(end_admissions(work, admitted).await?);
    Ok(keys)
}

/// Ends what nats-servers have let in, each by a key of its own, and gives those keys.
pub(super) async fn end_admissions(
    work: &mut Work<'_>,
    admitted: Vec<AdmissionRow>,
) -> Result<Vec<String>, Problem> {
    let (account_id, now) = (work.account.id.clone(), work.now);
    for one in &admitted {
        let (key, end) = (&one.one_time_key, one.expires_at);
        store::issuances::revoke(&mut work.tx, &account_id, key, now, end).await?;
    }
    Ok(admitted.into_iter().map(|one| one.one_time_key).collect())
}

/// How a device is approved.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeviceApproval {
    /// What it is to be called; as it asked when absent.
    name: Option<String>,
}

/// Lets a pending device in: it gets its certificate when it asks again.
#[utoipa::path(post, path = "/accounts/{account}/devices/{device}/approve",
    operation_id = "approve_device", tag = "devices",
    params(InAccount<may::WriteDevices>,
           ("device" = String, Path, description = "Id or name")),
    request_body = Option<DeviceApproval>,
    responses((status = 200, body = Device), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn approve(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteDevices>,
    mode: Mode,
    Path(path): Path<(String, String)>,
    OptionalJson(approval): OptionalJson<DeviceApproval>,
) -> Result<Reply<Device>, Problem> {
    let (work, mut row, before) = begin(&app, &scope, mode, &path.1, &[PENDING]).await?;
    rename(&mut row, approval.name.as_deref())?;
    ACTIVE.clone_into(&mut row.state);
    finish(work, "device.approve", before, row, Vec::new()).await
}

/// Turns a pending device away.
#[utoipa::path(post, path = "/accounts/{account}/devices/{device}/reject",
    operation_id = "reject_device", tag = "devices",
    params(InAccount<may::WriteDevices>,
           ("device" = String, Path, description = "Id or name")),
    responses((status = 200, body = Device), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn reject(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteDevices>,
    mode: Mode,
    Path(path): Path<(String, String)>,
) -> Result<Reply<Device>, Problem> {
    let (work, mut row, before) = begin(&app, &scope, mode, &path.1, &[PENDING]).await?;
    REJECTED.clone_into(&mut row.state);
    finish(work, "device.reject", before, row, Vec::new()).await
}

/// Keeps a device out until it is enabled again. Its connections are closed.
#[utoipa::path(post, path = "/accounts/{account}/devices/{device}/disable",
    operation_id = "disable_device", tag = "devices",
    params(InAccount<may::WriteDevices>,
           ("device" = String, Path, description = "Id or name")),
    responses((status = 200, body = Device), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn disable(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteDevices>,
    mode: Mode,
    Path(path): Path<(String, String)>,
) -> Result<Reply<Device>, Problem> {
    let (mut work, mut row, before) = begin(&app, &scope, mode, &path.1, &[ACTIVE]).await?;
    DISABLED.clone_into(&mut row.state);
    let keys = lock_out(&mut work, &row.id, None, false).await?;
    work.republish().await?;
    finish(work, "device.disable", before, row, keys).await
}

/// Lets a disabled device in again.
#[utoipa::path(post, path = "/accounts/{account}/devices/{device}/enable",
    operation_id = "enable_device", tag = "devices",
    params(InAccount<may::WriteDevices>,
           ("device" = String, Path, description = "Id or name")),
    responses((status = 200, body = Device), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn enable(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteDevices>,
    mode: Mode,
    Path(path): Path<(String, String)>,
) -> Result<Reply<Device>, Problem> {
    let (mut work, mut row, before) = begin(&app, &scope, mode, &path.1, &[DISABLED]).await?;
    ACTIVE.clone_into(&mut row.state);
    let keys = store::devices::live_keys(&mut work.tx, &row.id, work.now).await?;
    for key in keys {
        store::issuances::pardon(&mut work.tx, &work.account.id, &key.user_key).await?;
    }
    work.republish().await?;
    finish(work, "device.enable", before, row, Vec::new()).await
}

/// Revokes a device for good: its connections are closed, its certificates are put on the lists of
/// their authorities, and its name is free. Its keys never get a certificate again.
#[utoipa::path(delete, path = "/accounts/{account}/devices/{device}",
    operation_id = "revoke_device", tag = "devices",
    params(InAccount<may::WriteDevices>,
           ("device" = String, Path, description = "Id or name"), IfMatch),
    responses((status = 200, body = Device), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn revoke(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteDevices>,
    mode: Mode,
    if_match: IfMatch,
    Path(path): Path<(String, String)>,
) -> Result<Reply<Device>, Problem> {
    let from = [PENDING, ACTIVE, DISABLED];
    let (mut work, mut row, before) = begin(&app, &scope, mode, &path.1, &from).await?;
    if_match.check(row.version)?;
    REVOKED.clone_into(&mut row.state);
    let keys = lock_out(&mut work, &row.id, None, true).await?;
    work.republish().await?;
    finish(work, "device.revoke", before, row, keys).await
}

/// Locks the account and finds a device that is in one of these states.
async fn begin<'a, R>(
    app: &'a App,
    scope: &'a InAccount<R>,
    mode: Mode,
    reference: &str,
    states: &[&str],
) -> Result<(Work<'a>, DeviceRow, Device), Problem> {
    let mut work = Work::begin(app, scope, mode).await?;
    let row = find(&mut work.tx, &work.account.id, reference).await?;
    // Locked too: it may be enrolling or renewing this moment.
    let row = store::devices::lock(&mut work.tx, &row.id).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    if !states.contains(&row.state.as_str()) {
        return Err(Problem::conflict(
            "device_state",
            format!("The device is {}.", row.state),
        ));
    }
    let before = Device::new(row.clone(), work.now)?;
    Ok((work, row, before))
}
