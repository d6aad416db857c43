//! `/api-keys`: who may call. A key reaches everything, one organisation or one account.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::Json;
use super::conditional::IfMatch;
use super::dry_run::{Impact, Mode};
use super::page::{Page, PageRequest};
use super::record::Change;
use super::reply::Reply;
use super::validate;
use crate::app::App;
use crate::auth::{Caller, Role};
use crate::clock;
use crate::ids::{IdKind, new_id};
use crate::problem::{Problem, ProblemBody};
use crate::store::keys::ApiKeyRow;
use crate::store::{self, Scope, Tx};
use crate::token::{self, Token};

const EXPIRES_IN_SECONDS_DEFAULT: u32 = 90 * 24 * 3600;
const EXPIRES_IN_SECONDS_MAX: u32 = 365 * 24 * 3600;

/// An API key. Its token is shown once, when it is made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiKey {
    #[schema(example = "key_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    name: String,
    /// `platform_admin`, `org_admin` or `account_admin`.
    role: String,
    /// The organisation that it is bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<String>,
    /// The account that it is bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    /// How its token begins and ends.
    hint: String,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
    /// Counts its changes.
    version: i64,
    /// To the minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
}

impl From<ApiKeyRow> for ApiKey {
    fn from(row: ApiKeyRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            role: row.role,
            org: row.org_id,
            account: row.account_id,
            hint: format!("{}…{}", row.prefix, row.last4),
            created_at: clock::rfc3339(row.created_at),
            expires_at: clock::rfc3339(row.expires_at),
            version: row.version,
            last_used_at: row.last_used_at.map(clock::rfc3339),
        }
    }
}

/// A key that was just made, with its token: shown now and never again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CreatedApiKey {
    #[serde(flatten)]
    key: ApiKey,
    /// Absent in a dry run, and in the replay of an answer that is older than ten minutes.
    #[schema(required = false)]
    token: String,
    /// What a replay does not show any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    withheld: Vec<String>,
}

/// A new key. Without `org` and `account` it reaches as far as the key that makes it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewApiKey {
    name: String,
    /// Bind it to this organisation (id or slug).
    org: Option<String>,
    /// Bind it to this account (id, nkey or slug).
    account: Option<String>,
    /// 90 days when absent, a year at most.
    #[schema(minimum = 1, maximum = 31_536_000, default = 7_776_000)]
    expires_in_seconds: Option<u32>,
}

/// The key that called.
#[utoipa::path(get, path = "/whoami", operation_id = "whoami", tag = "api-keys",
    responses((status = 200, body = ApiKey), (status = "4XX", body = ProblemBody)))]
pub(super) async fn whoami(caller: Caller) -> Answer<ApiKey> {
    Answer(ApiKey::from(caller.key))
}

/// Makes a key and answers its token, once.
#[utoipa::path(post, path = "/api-keys", operation_id = "create_api_key", tag = "api-keys",
    request_body = NewApiKey,
    responses((status = 201, body = CreatedApiKey), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    mode: Mode,
    Json(new): Json<NewApiKey>,
) -> Result<Reply<CreatedApiKey>, Problem> {
    let name = validate::display_name(&new.name, "/name")?;
    let seconds = new.expires_in_seconds.unwrap_or(EXPIRES_IN_SECONDS_DEFAULT);
    if !(1..=EXPIRES_IN_SECONDS_MAX).contains(&seconds) {
        return Err(Problem::invalid(
            "/expires_in_seconds",
            "must be 1 to 31536000 (a year)",
        ));
    }
    let now = clock::now();
    let token = Token::generate();
    let mut tx = app.db.write().await?;
    let (role, bound) = reach(&mut tx, &caller, &new).await?;
    let row = ApiKeyRow {
        id: new_id(IdKind::ApiKey),
        name,
        role: role.as_str().to_owned(),
        org_id: bound.org_id,
        account_id: bound.account_id,
        prefix: token::PREFIX.to_owned(),
        last4: token.last4().to_owned(),
        key_hash: app.vault.hash_token(token.expose()),
        bootstrap: false,
        created_at: now,
        expires_at: now + i64::from(seconds),
        last_used_at: None,
        version: 1,
    };
    store::keys::insert(&mut tx, &row).await?;
    let key = ApiKey::from(row);
    let change = Change::new(
        "api_key.create",
        &key.id,
        key.org.as_deref(),
        key.account.as_deref(),
    );
    let made = mode.end(&app, tx, &caller, change.after(&key)).await?;
    let created = CreatedApiKey {
        key,
        token: token.expose().to_owned(),
        withheld: Vec::new(),
    };
    let reply = Reply::made(created).secrets(&["token"]).version(1);
    Ok(match made {
        Some(_) => reply,
        None => reply.preview(Impact::none()),
    })
}

/// How far the new key reaches: never further than the caller's own.
async fn reach(tx: &mut Tx, caller: &Caller, new: &NewApiKey) -> Result<(Role, Scope), Problem> {
    match (&new.org, &new.account) {
        (None, None) => Ok((caller.role, caller.scope.clone())),
        (Some(_), Some(_)) => Err(Problem::invalid(
            "/org",
            "give either `org` or `account`, not both",
        )),
        (Some(_), None) if caller.role < Role::Org => Err(Problem::forbidden(
            "The key would reach further than yours.",
        )),
        (Some(org), None) => {
            let org = store::orgs::find(tx, &caller.scope, &validate::reference(org, "/org")?)
                .await?
                .ok_or_else(|| Problem::invalid("/org", "there is no such organisation"))?;
            Ok((
                Role::Org,
                Scope {
                    org_id: Some(org.id),
                    account_id: None,
                },
            ))
        }
        (None, Some(account)) => {
            let account = store::accounts::find(
                tx,
                &caller.scope,
                &validate::reference(account, "/account")?,
            )
            .await?
            .ok_or_else(|| Problem::invalid("/account", "there is no such account"))?;
            let scope = Scope {
                org_id: Some(account.org_id),
                account_id: Some(account.id),
            };
            Ok((Role::Account, scope))
        }
    }
}

/// The keys that the key reaches.
#[utoipa::path(get, path = "/api-keys", operation_id = "list_api_keys", tag = "api-keys",
    params(PageRequest<ApiKeyRow>),
    responses((status = 200, body = Page<ApiKey>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    page: PageRequest<ApiKeyRow>,
) -> Result<Answer<Page<ApiKey>>, Problem> {
    let mut tx = app.db.read().await?;
    let reached = store::keys::within(&caller.scope);
    let view = |row| Ok::<_, Problem>(ApiKey::from(row));
    Ok(Answer(page.read(&app, &mut tx, reached, view).await?))
}

/// Revokes a key at once.
#[utoipa::path(delete, path = "/api-keys/{key}", operation_id = "delete_api_key",
    tag = "api-keys",
    params(("key" = String, Path, description = "Id")),
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    caller: Caller,
    mode: Mode,
    if_match: Option<IfMatch>,
    Path(key): Path<String>,
) -> Result<Reply<()>, Problem> {
    let mut tx = app.db.write().await?;
    let row = store::keys::find(&mut tx, &caller.scope, &key)
        .await?
        .ok_or_else(Problem::not_found)?;
    // A leaked key must go at once: what the caller saw of it counts only when they say so.
    if_match.map_or(Ok(()), |seen| seen.check(row.version))?;
    store::keys::revoke(&mut tx, &row.id, clock::now()).await?;
    let before = ApiKey::from(row);
    let change = Change::new(
        "api_key.delete",
        &before.id,
        before.org.as_deref(),
        before.account.as_deref(),
    );
    Ok(
        match mode.end(&app, tx, &caller, change.before(&before)).await? {
            Some(_) => Reply::ok(()),
            None => Reply::ok(()).preview(Impact::none()),
        },
    )
}
