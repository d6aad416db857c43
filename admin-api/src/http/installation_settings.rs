//! `/settings`: what whoever runs the installation decides for all.

use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::body::MergePatch;
use super::conditional::IfMatch;
use super::dry_run::Mode;
use super::record::Change;
use super::reply::Reply;
use crate::app::App;
use crate::auth::settings::{SESSION_IDLE_SECONDS, SESSION_SECONDS, Settings as Stored};
use crate::auth::{May, may};
use crate::clock;
use crate::problem::{Problem, ProblemBody};
use crate::store;

/// The installation's settings.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InstallationSettings {
    /// A session ends after this time without a request.
    #[schema(minimum = 300, maximum = 604_800, example = 43_200)]
    session_idle_seconds: i64,
    /// A session ends after this time in any case.
    #[schema(minimum = 300, maximum = 2_592_000, example = 604_800)]
    session_seconds: i64,
    /// Whether everybody needs a second factor, not only who acts for the platform.
    require_second_factor: bool,
    /// Counts their changes; `If-Match: "<version>"` changes this one only.
    version: i64,
    /// Absent while all is as it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    updated_at: Option<String>,
}

impl InstallationSettings {
    fn new(stored: &Stored, updated_at: Option<i64>) -> Self {
        Self {
            session_idle_seconds: stored.session_idle_seconds,
            session_seconds: stored.session_seconds,
            require_second_factor: stored.require_second_factor,
            version: stored.version,
            updated_at: updated_at.map(clock::rfc3339),
        }
    }
}

/// Changes; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InstallationSettingsPatch {
    #[schema(minimum = 300, maximum = 604_800)]
    session_idle_seconds: Option<i64>,
    #[schema(minimum = 300, maximum = 2_592_000)]
    session_seconds: Option<i64>,
    require_second_factor: Option<bool>,
}

/// The settings.
#[utoipa::path(get, path = "/settings", operation_id = "get_installation_settings", tag = "system",
    params(May<may::ReadSystem>),
    responses((status = 200, body = InstallationSettings, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    _: May<may::ReadSystem>,
) -> Result<Reply<InstallationSettings>, Problem> {
    let mut tx = app.db.read().await?;
    let (stored, updated_at) = Stored::read(&mut tx).await?;
    let version = stored.version;
    Ok(Reply::ok(InstallationSettings::new(&stored, updated_at)).version(version))
}

/// Changes settings, at once for everybody.
#[utoipa::path(patch, path = "/settings", operation_id = "update_installation_settings",
    tag = "system",
    params(May<may::WriteSystem>, IfMatch),
    request_body(content = InstallationSettingsPatch,
        content_type = "application/merge-patch+json"),
    responses((status = 200, body = InstallationSettings, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn update(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteSystem>,
    mode: Mode,
    if_match: IfMatch,
    patch: MergePatch<InstallationSettingsPatch>,
) -> Result<Reply<InstallationSettings>, Problem> {
    let now = clock::now();
    let mut tx = app.db.write().await?;
    // One document and no row before the first change: whoever changes it takes a turn.
    store::foundation::lock_sharing(&mut tx, now).await?;
    let (mut stored, updated_at) = Stored::read(&mut tx).await?;
    if_match.check(stored.version)?;
    let before = InstallationSettings::new(&stored, updated_at);
    let wanted = patch.apply(json!({
        "session_idle_seconds": stored.session_idle_seconds,
        "session_seconds": stored.session_seconds,
        "require_second_factor": stored.require_second_factor,
    }))?;
    let (idle, most) = SESSION_IDLE_SECONDS;
    let seconds = wanted.session_idle_seconds.unwrap_or(idle);
    stored.session_idle_seconds = within(seconds, most, "/session_idle_seconds")?;
    let (default, most) = SESSION_SECONDS;
    let seconds = wanted.session_seconds.unwrap_or(default);
    stored.session_seconds = within(seconds, most, "/session_seconds")?;
    stored.require_second_factor = wanted.require_second_factor.unwrap_or_default();
    stored.version += 1;
    store::settings::write(&mut tx, &stored.to_document(), now).await?;
    let settings = InstallationSettings::new(&stored, Some(now));
    let change = Change::new("settings.update", "settings", None, None);
    let change = change.before(&before).after(&settings);
    let made = mode.end(&app, tx, &caller, change).await?;
    Ok(Reply::ok(settings).version(stored.version).or_preview(made))
}

fn within(seconds: i64, max: i64, pointer: &str) -> Result<i64, Problem> {
    const MIN: i64 = 300;
    if (MIN..=max).contains(&seconds) {
        return Ok(seconds);
    }
    let message = format!("must be {MIN} to {max} seconds");
    Err(Problem::invalid(pointer, message))
}
