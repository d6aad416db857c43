//! `/api-keys`: who may call. A key reaches everything, one organisation or one account.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::{Path, State};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::binding::{Binding, Wanted, narrowed, no_more_than};
use super::body::Json;
use super::conditional::{IfMatch, OptionalIfMatch};
use super::dry_run::Mode;
use super::page::{Page, PageRequest};
use super::record::Change;
use super::reply::Reply;
use super::{service_accounts, validate};
use crate::app::App;
use crate::auth::{Caller, Credential, May, Right, Rights, may, rights_of};
use crate::clock;
use crate::ids::{IdKind, new_id};
use crate::problem::{Problem, ProblemBody};
use crate::store::keys::ApiKeyRow;
use crate::store::{self, Tx};
use crate::token::{Token, TokenKind};

const EXPIRES_IN_SECONDS_DEFAULT: u32 = 90 * 24 * 3600;
const EXPIRES_IN_SECONDS_MAX: u32 = 365 * 24 * 3600;
const CIDRS_MAX: usize = 32;
const OVERLAP_SECONDS_DEFAULT: u32 = 24 * 3600;
const OVERLAP_SECONDS_MAX: u32 = 7 * 24 * 3600;

/// An API key. Its token is shown once, when it is made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiKey {
    #[schema(example = "key_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    name: String,
    /// A built-in role's name or an access role's id.
    #[schema(example = "account_admin")]
    role: String,
    /// What it is narrowed to, of what the role gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    rights: Option<Vec<String>>,
    /// The service account whose key it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    service_account: Option<String>,
    /// The membership whose key it is: it can do what that person can.
    #[serde(skip_serializing_if = "Option::is_none")]
    membership: Option<String>,
    /// The networks that it may be used from.
    #[serde(skip_serializing_if = "Option::is_none")]
    cidrs: Option<Vec<String>>,
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
            rights: row.rights.as_deref().map(words),
            service_account: row.service_account_id,
            membership: row.membership_id,
            cidrs: row.cidrs.as_deref().map(words),
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

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

impl ApiKey {
    pub(super) fn change(&self, action: &'static str) -> Change<'_> {
        let (org, account) = (self.org.as_deref(), self.account.as_deref());
        Change::new(action, &self.id, org, account)
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

impl CreatedApiKey {
    pub(super) fn new(key: ApiKey, token: &Token) -> Self {
        let token = token.expose().to_owned();
        Self {
            key,
            token,
            withheld: Vec::new(),
        }
    }
}

/// A new key. Without `org` and `account` it reaches as far as the key that makes it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewApiKey {
    name: String,
    /// A built-in role's name, or an access role's id or name. The administrator's of the place
    /// when absent.
    #[schema(example = "account_observer")]
    role: Option<String>,
    /// Bind it to this organisation (id or slug).
    org: Option<String>,
    /// Bind it to this account (id, nkey or slug).
    account: Option<String>,
    /// Make it a key of this service account (id), whose role and place it then has.
    service_account: Option<String>,
    /// Narrow it to these rights of the role.
    #[schema(example = json!(["users:read"]))]
    rights: Option<Vec<String>>,
    /// The networks (CIDR) or addresses that it may be used from; anywhere when absent.
    #[schema(example = json!(["192.0.2.0/24"]), max_items = 32)]
    cidrs: Option<Vec<String>>,
    /// 90 days when absent, a year at most.
    #[schema(minimum = 1, maximum = 31_536_000, default = 7_776_000)]
    expires_in_seconds: Option<u32>,
}

/// Makes a key and answers its token, once.
#[utoipa::path(post, path = "/api-keys", operation_id = "create_api_key", tag = "api-keys",
    request_body = NewApiKey,
    params(May<may::WriteKeys>),
    responses((status = 201, body = CreatedApiKey), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteKeys>,
    mode: Mode,
    Json(new): Json<NewApiKey>,
) -> Result<Reply<CreatedApiKey>, Problem> {
    let mut tx = app.db.write().await?;
    let holder = Holder::of(&mut tx, &caller, &new).await?;
    let token = Token::generate(TokenKind::Service);
    let row = new.row(&app, &caller, holder, &token)?;
    store::keys::insert(&mut tx, &row).await?;
    let key = ApiKey::from(row);
    let change = key.change("api_key.create").after(&key);
    let made = mode.end(&app, tx, &caller, change).await?;
    let created = CreatedApiKey::new(key, &token);
    let reply = Reply::made(created).secrets(&["token"]).version(1);
    Ok(reply.or_preview(made))
}

/// What a new key gets its role from.
#[derive(Debug)]
pub(super) struct Holder {
    pub(super) binding: Binding,
    pub(super) service_account_id: Option<String>,
    pub(super) membership_id: Option<String>,
}

impl Holder {
    async fn of(tx: &mut Tx, caller: &Caller, new: &NewApiKey) -> Result<Self, Problem> {
        let (binding, service_account_id) = match &new.service_account {
            None => {
                let wanted = Wanted {
                    role: new.role.as_deref(),
                    org: new.org.as_deref(),
                    account: new.account.as_deref(),
                };
                (Binding::resolve(tx, caller, wanted).await?, None)
            }
            Some(_) if new.role.is_some() || new.org.is_some() || new.account.is_some() => {
                let message = "role and place are the service account's: leave out the others";
                return Err(Problem::invalid("/service_account", message));
            }
            Some(id) => {
                let row = store::service_accounts::find(tx, &caller.scope, id).await?;
                let row = row.ok_or_else(|| {
                    Problem::invalid("/service_account", "there is no such service account")
                })?;
                let rights = service_accounts::rights(tx, &row).await?;
                let scope = row.scope();
                let binding = Binding {
                    role: row.role,
                    scope,
                    rights,
                };
                (binding, Some(row.id))
            }
        };
        Ok(Self {
            binding,
            service_account_id,
            membership_id: None,
        })
    }
}

impl NewApiKey {
    /// The first field that says whose key it is to be.
    pub(super) fn names_a_holder(&self) -> Option<&'static str> {
        [
            (&self.role, "/role"),
            (&self.org, "/org"),
            (&self.account, "/account"),
            (&self.service_account, "/service_account"),
        ]
        .into_iter()
        .find_map(|(given, pointer)| given.is_some().then_some(pointer))
    }

    /// The key as it is stored; refuses one that could do more than its maker.
    pub(super) fn row(
        &self,
        app: &App,
        maker: &Caller,
        holder: Holder,
        token: &Token,
    ) -> Result<ApiKeyRow, Problem> {
        let now = clock::now();
        let Binding {
            role,
            scope,
            rights,
        } = holder.binding;
        let narrowed = match &self.rights {
            None => None,
            Some(names) => Some(narrowed(names, rights, "/rights")?),
        };
        no_more_than(maker, narrowed.unwrap_or(rights))?;
        Ok(ApiKeyRow {
            id: new_id(IdKind::ApiKey),
            name: validate::display_name(&self.name, "/name")?,
            role,
            org_id: scope.org_id,
            account_id: scope.account_id,
            prefix: token.prefix().to_owned(),
            last4: token.last4().to_owned(),
            key_hash: app.vault.hash_token(token.expose()),
            bootstrap: false,
            created_at: now,
            expires_at: now + lifetime(self.expires_in_seconds)?,
            last_used_at: None,
            rights: narrowed.map(Rights::to_stored),
            cidrs: self.cidrs.as_deref().map(networks).transpose()?,
            service_account_id: holder.service_account_id,
            membership_id: holder.membership_id,
            version: 1,
        })
    }
}

fn lifetime(seconds: Option<u32>) -> Result<i64, Problem> {
    let seconds = seconds.unwrap_or(EXPIRES_IN_SECONDS_DEFAULT);
    if !(1..=EXPIRES_IN_SECONDS_MAX).contains(&seconds) {
        return Err(Problem::invalid(
            "/expires_in_seconds",
            "must be 1 to 31536000 (a year)",
        ));
    }
    Ok(i64::from(seconds))
}

/// The networks in their stored form.
pub(super) fn networks(texts: &[String]) -> Result<String, Problem> {
    if texts.is_empty() || texts.len() > CIDRS_MAX {
        let message = format!("must have 1 to {CIDRS_MAX} networks; leave it out for all");
        return Err(Problem::invalid("/cidrs", message));
    }
    let parse = |(at, text): (usize, &String)| {
        let network = text.parse::<IpNet>().ok();
        let network = network.or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
        network.map(|network| network.to_string()).ok_or_else(|| {
            let message = "must be a network like 192.0.2.0/24, or an address";
            Problem::invalid(format!("/cidrs/{at}"), message)
        })
    };
    let networks: Result<Vec<_>, _> = texts.iter().enumerate().map(parse).collect();
    Ok(networks?.join(" "))
}

/// The keys that the caller reaches.
#[utoipa::path(get, path = "/api-keys", operation_id = "list_api_keys", tag = "api-keys",
    params(May<may::ReadKeys>, PageRequest<ApiKeyRow>),
    responses((status = 200, body = Page<ApiKey>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadKeys>,
    page: PageRequest<ApiKeyRow>,
) -> Result<Answer<Page<ApiKey>>, Problem> {
    let mut tx = app.db.read().await?;
    let reached = store::keys::within(&caller.scope);
    let view = |row| Ok::<_, Problem>(ApiKey::from(row));
    Ok(Answer(page.read(&app, &mut tx, reached, view).await?))
}

/// Revokes a key at once. Every key may do that to itself.
#[utoipa::path(delete, path = "/api-keys/{key}", operation_id = "delete_api_key",
    tag = "api-keys",
    params(("key" = String, Path, description = "Id"), OptionalIfMatch),
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    caller: Caller,
    mode: Mode,
    if_match: Option<IfMatch>,
    Path(key): Path<String>,
) -> Result<Reply<()>, Problem> {
    let is_own = matches!(&caller.credential, Credential::Key(own) if own.id == key);
    if !is_own {
        caller.need(Right::WriteKeys)?;
    }
    let mut tx = app.db.write().await?;
    let row = store::keys::find(&mut tx, &caller.scope, &key)
        .await?
        .ok_or_else(Problem::not_found)?;
    // A leaked key must go at once: what the caller saw of it counts only when they say so.
    if_match.map_or(Ok(()), |seen| seen.check(row.version))?;
    store::keys::revoke(&mut tx, &row.id, clock::now()).await?;
    let before = ApiKey::from(row);
    let change = before.change("api_key.delete").before(&before);
    let made = mode.end(&app, tx, &caller, change).await?;
    Ok(Reply::ok(()).or_preview(made))
}

/// One key.
#[utoipa::path(get, path = "/api-keys/{key}", operation_id = "get_api_key", tag = "api-keys",
    params(May<may::ReadKeys>, ("key" = String, Path, description = "Id")),
    responses((status = 200, body = ApiKey, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadKeys>,
    Path(key): Path<String>,
) -> Result<Reply<ApiKey>, Problem> {
    let mut tx = app.db.read().await?;
    let row = store::keys::find(&mut tx, &caller.scope, &key).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let version = row.version;
    Ok(Reply::ok(ApiKey::from(row)).version(version))
}

/// How a key is replaced.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotateApiKey {
    /// How long the old token goes on working, so that it can be replaced in peace.
    #[schema(maximum = 604_800, default = 86_400)]
    overlap_seconds: Option<u32>,
    /// 90 days when absent, a year at most.
    #[schema(minimum = 1, maximum = 31_536_000, default = 7_776_000)]
    expires_in_seconds: Option<u32>,
}

/// Makes a key that takes the place of another: the same but for its token and its end. The old
/// one ends after the overlap.
#[utoipa::path(post, path = "/api-keys/{key}/rotate", operation_id = "rotate_api_key",
    tag = "api-keys",
    params(May<may::WriteKeys>, ("key" = String, Path, description = "Id")),
    request_body = RotateApiKey,
    responses((status = 201, body = CreatedApiKey), (status = "4XX", body = ProblemBody)))]
pub(super) async fn rotate(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteKeys>,
    mode: Mode,
    Path(key): Path<String>,
    Json(wanted): Json<RotateApiKey>,
) -> Result<Reply<CreatedApiKey>, Problem> {
    let overlap = wanted.overlap_seconds.unwrap_or(OVERLAP_SECONDS_DEFAULT);
    if overlap > OVERLAP_SECONDS_MAX {
        let message = "must be at most 604800 (a week)";
        return Err(Problem::invalid("/overlap_seconds", message));
    }
    let now = clock::now();
    let mut tx = app.db.write().await?;
    let old = store::keys::find(&mut tx, &caller.scope, &key)
        .await?
        .ok_or_else(Problem::not_found)?;
    if old.membership_id.is_some() {
        return Err(Problem::forbidden(
            "A person's key is replaced by that person.",
        ));
    }
    let stored = store::roles::rights(&mut tx, &old.role).await?;
    let role_rights = rights_of(&old.role, stored.as_deref(), &old.scope());
    let narrowed = old.rights.as_deref().map(Rights::from_stored);
    no_more_than(
        &caller,
        narrowed.map_or(role_rights, |only| only.and(role_rights)),
    )?;
    let token = Token::generate(TokenKind::Service);
    let row = ApiKeyRow {
        id: new_id(IdKind::ApiKey),
        prefix: token.prefix().to_owned(),
        last4: token.last4().to_owned(),
        key_hash: app.vault.hash_token(token.expose()),
        bootstrap: false,
        created_at: now,
        expires_at: now + lifetime(wanted.expires_in_seconds)?,
        last_used_at: None,
        version: 1,
        ..old.clone()
    };
    store::keys::insert(&mut tx, &row).await?;
    let ends = old.expires_at.min(now + i64::from(overlap));
    store::keys::set_end(&mut tx, &old.id, ends).await?;
    let (before, key) = (ApiKey::from(old), ApiKey::from(row));
    let change = before.change("api_key.rotate").before(&before).after(&key);
    let made = mode.end(&app, tx, &caller, change).await?;
    let reply = Reply::made(CreatedApiKey::new(key, &token)).secrets(&["token"]);
    Ok(reply.version(1).or_preview(made))
}
