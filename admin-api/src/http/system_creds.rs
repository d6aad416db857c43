//! `/system/creds`: a user of the system account for a while, for tools that look after servers.

use std::sync::Arc;

use accounts::{Quotas, UserPermissionLimits};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::OptionalJson;
use super::credentials::short_lived;
use super::dry_run::Mode;
use super::record::Change;
use super::reply::Reply;
use super::users::{SECRETS, UserKey, check_name};
use crate::app::App;
use crate::auth::{May, may};
use crate::bootstrap::SYSTEM_SLUG;
use crate::clock;
use crate::mint::{self, UserFacts};
use crate::problem::{Problem, ProblemBody};
use crate::store::{self, StoreError};

const NAME: &str = "operator";

/// Who is to look after servers, and for how long.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSystemCreds {
    /// Shows among the servers' connections; `operator` when absent.
    name: Option<String>,
    /// An hour when absent, a day at most. It cannot be revoked before.
    #[schema(minimum = 1, maximum = 86_400, default = 3600)]
    expires_in_seconds: Option<u32>,
    /// The caller's own user nkey (`U…`). Then no seed is made and `jwt` is answered.
    public_key: Option<String>,
}

/// A user of the system account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SystemCreds {
    name: String,
    public_key: String,
    #[schema(format = DateTime)]
    expires_at: String,
    /// The creds file; absent when the key was the caller's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    creds: Option<String>,
    /// The user's JWT, when the key was the caller's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    jwt: Option<String>,
    /// What the replay of an answer that is older than ten minutes does not show any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    withheld: Vec<String>,
}

/// Gives out a short-lived credential of the system account, which may ask servers everything and
/// close their connections. It is not kept.
#[utoipa::path(post, path = "/system/creds", operation_id = "create_system_creds", tag = "system",
    request_body = Option<NewSystemCreds>,
    params(May<(may::WriteSystem, may::ReadSecrets)>),
    responses((status = 201, body = SystemCreds), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    scope: May<(may::WriteSystem, may::ReadSecrets)>,
    mode: Mode,
    OptionalJson(asked): OptionalJson<NewSystemCreds>,
) -> Result<Reply<SystemCreds>, Problem> {
    let name = asked.name.unwrap_or_else(|| NAME.to_owned());
    check_name(&name)?;
    let seconds = short_lived(asked.expires_in_seconds)?;
    let key = UserKey::of(asked.public_key.as_deref())?;
    let mut tx = app.db.write().await?;
    let system = store::accounts::system(&mut tx).await?;
    let system = system.ok_or_else(|| StoreError::corrupt("accounts.kind", SYSTEM_SLUG))?;
    let now = clock::now();
    let facts = UserFacts {
        public_key: key.public(),
        name: &name,
        rights: UserPermissionLimits::unlimited(),
        quotas: Quotas::default(),
        require_certificate: false,
        tags: Vec::new(),
        issued_at: now,
        expires_at: now + seconds,
    };
    let jwt = mint::user(&app.vault, &system, None, facts)?;
    let mut view = SystemCreds {
        public_key: key.public().to_string(),
        expires_at: clock::rfc3339(now + seconds),
        name,
        creds: None,
        jwt: None,
        withheld: Vec::new(),
    };
    let change = Change::new("system.issue_creds", &system.id, None, None).after(&view);
    let made = mode.end(&app, tx, &scope.caller, change).await?;
    (view.creds, view.jwt) = key.credential(jwt);
    Ok(Reply::made(view).secrets(&SECRETS).or_preview(made))
}
