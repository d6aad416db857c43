//! `/accounts/{account}/enrolment-tokens`: what lets devices enrol.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::body::{Json, OptionalJson};
use super::super::dry_run::Mode;
use super::super::keys::networks;
use super::super::page::{Page, PageRequest};
use super::super::reply::Reply;
use super::super::users::{json, kick_all};
use super::super::validate;
use super::super::work::{Diff, Work};
use super::registry::lock_out;
use crate::app::App;
use crate::auth::{InAccount, may};
use crate::clock;
use crate::devices::{PATTERN_RULE, Pattern};
use crate::ids::{IdKind, new_id};
use crate::problem::{Problem, ProblemBody};
use crate::settings;
use crate::store::devices::REVOKED;
use crate::store::enrolments::EnrolmentTokenRow;
use crate::store::{self, StoreError, Tx};
use crate::token::{Token, TokenKind};

/// Tokens that one request may make.
const BATCH_MAX: usize = 500;
const EXPIRES_IN_SECONDS_DEFAULT: u32 = 7 * 24 * 3600;
const EXPIRES_IN_SECONDS_MAX: u32 = 90 * 24 * 3600;
const USES_MAX: u32 = 1_000_000;

/// What lets devices enrol.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct EnrolmentToken {
    #[schema(example = "tok_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    /// The account's id.
    account: String,
    /// The id of the role that its devices have.
    role: String,
    name: String,
    /// What its devices may be called: a name, or one with a `*` in it.
    #[schema(example = "pump-*")]
    device_name: String,
    /// How many devices may enrol with it; any number when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_uses: Option<i64>,
    /// How many have.
    uses: i64,
    /// Whether its devices wait until somebody approves them.
    approval: bool,
    /// The networks that it may be used from.
    #[serde(skip_serializing_if = "Option::is_none")]
    cidrs: Option<Vec<String>>,
    /// Tags that its devices get.
    tags: Vec<String>,
    /// How the token begins and ends.
    hint: String,
    /// `active`, `used`, `expired` or `revoked`.
    state: &'static str,
    #[schema(format = DateTime)]
    expires_at: String,
    version: i64,
    #[schema(format = DateTime)]
    created_at: String,
}

impl EnrolmentToken {
    fn new(row: EnrolmentTokenRow, now: i64) -> Result<Self, StoreError> {
        let corrupt = |_| StoreError::corrupt("enrolment_tokens.tags", &row.id);
        let words = |text: String| text.split(' ').map(str::to_owned).collect();
        Ok(Self {
            tags: serde_json::from_str(&row.tags).map_err(corrupt)?,
            state: match () {
                () if row.revoked_at.is_some() => "revoked",
                () if row.uses_max.is_some_and(|max| row.uses >= max) => "used",
                () if row.expires_at <= now => "expired",
                () => "active",
            },
            hint: format!("{}…{}", TokenKind::Enrolment.prefix(), row.last4),
            id: row.id,
            account: row.account_id,
            role: row.role_id,
            name: row.name,
            device_name: row.pattern,
            max_uses: row.uses_max,
            uses: row.uses,
            approval: row.approval,
            cidrs: row.cidrs.map(words),
            expires_at: clock::rfc3339(row.expires_at),
            version: row.version,
            created_at: clock::rfc3339(row.created_at),
        })
    }
}

/// A token that was just made: it is shown now and never again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CreatedEnrolmentToken {
    #[serde(flatten)]
    view: EnrolmentToken,
    /// Absent in a dry run, and in the replay of an answer that is older than ten minutes.
    #[schema(required = false, example = "tg_enr_…")]
    token: String,
    /// What to put into a QR code for a device: where to enrol, with what, and whose certificate
    /// to expect there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    qr: Option<String>,
    /// What a replay does not show any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    withheld: Vec<String>,
}

/// A new token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewEnrolmentToken {
    /// For people; `device_name` when absent.
    name: Option<String>,
    /// Id or name of the role that its devices get.
    #[schema(example = "sensor")]
    role: String,
    /// What its devices may be called: a name, or one with a `*` in it. `*` when absent.
    #[schema(example = "pump-*")]
    device_name: Option<String>,
    /// How many devices may enrol with it: one when absent.
    #[schema(minimum = 1, maximum = 1_000_000, default = 1)]
    max_uses: Option<u32>,
    /// Any number of devices may enrol with it.
    #[serde(default)]
    reusable: bool,
    /// Its devices wait until somebody approves them.
    #[serde(default)]
    approval: bool,
    /// The networks (CIDR) or addresses that it may be used from; anywhere when absent.
    #[schema(example = json!(["192.0.2.0/24"]), max_items = 32)]
    cidrs: Option<Vec<String>>,
    /// Tags for its devices.
    #[serde(default)]
    tags: Vec<String>,
    /// A week when absent, 90 days at most.
    #[schema(minimum = 1, maximum = 7_776_000, default = 604_800)]
    expires_in_seconds: Option<u32>,
}

impl NewEnrolmentToken {
    /// Stores the token, and says whether the role's authority was made with it.
    async fn make(&self, work: &mut Work<'_>) -> Result<(EnrolmentToken, Token, bool), Problem> {
        let (role, made) = super::device_role(work, &self.role).await?;
        let pattern = self.device_name.as_deref().unwrap_or("*");
        let pattern = Pattern::parse(pattern)
            .ok_or_else(|| Problem::invalid("/device_name", PATTERN_RULE))?;
        let name = self.name.as_deref().unwrap_or(pattern.as_str());
        let name = validate::display_name(name, "/name")?;
        settings::tags(&self.tags)?;
        let token = Token::generate(TokenKind::Enrolment);
        let row = EnrolmentTokenRow {
            id: new_id(IdKind::EnrolmentToken),
            account_id: work.account.id.clone(),
            role_id: role.id,
            name,
            pattern: pattern.as_str().to_owned(),
            last4: token.last4().to_owned(),
            token_hash: work.app.vault.hash_token(token.expose()),
            uses_max: self.uses_max()?,
            uses: 0,
            approval: self.approval,
            cidrs: self.cidrs.as_deref().map(networks).transpose()?,
            tags: json(&self.tags),
            expires_at: work.now + i64::from(self.seconds()?),
            revoked_at: None,
            created_at: work.now,
            version: 1,
        };
        store::enrolments::insert(&mut work.tx, &row).await?;
        Ok((EnrolmentToken::new(row, work.now)?, token, made))
    }

    fn uses_max(&self) -> Result<Option<i64>, Problem> {
        match (self.reusable, self.max_uses) {
            (true, None) => Ok(None),
            (true, Some(_)) => Err(Problem::invalid(
                "/max_uses",
                "must not be there when the token is `reusable`",
            )),
            (false, uses) => {
                let uses = uses.unwrap_or(1);
                if (1..=USES_MAX).contains(&uses) {
                    return Ok(Some(i64::from(uses)));
                }
                Err(Problem::invalid("/max_uses", "must be 1 to 1000000"))
            }
        }
    }

    fn seconds(&self) -> Result<u32, Problem> {
        let seconds = self
            .expires_in_seconds
            .unwrap_or(EXPIRES_IN_SECONDS_DEFAULT);
        if (1..=EXPIRES_IN_SECONDS_MAX).contains(&seconds) {
            return Ok(seconds);
        }
        let text = "must be 1 to 7776000 (90 days)";
        Err(Problem::invalid("/expires_in_seconds", text))
    }
}

fn created(app: &App, view: EnrolmentToken, token: &Token) -> CreatedEnrolmentToken {
    CreatedEnrolmentToken {
        qr: app.enrolment_link(token.expose()),
        token: token.expose().to_owned(),
        view,
        withheld: Vec::new(),
    }
}

/// Makes a token and answers it, once. The role's authority is made when there is none.
#[utoipa::path(post, path = "/accounts/{account}/enrolment-tokens",
    operation_id = "create_enrolment_token", tag = "devices",
    params(InAccount<may::WriteDevices>),
    request_body = NewEnrolmentToken,
    responses((status = 201, body = CreatedEnrolmentToken), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteDevices>,
    mode: Mode,
    Json(new): Json<NewEnrolmentToken>,
) -> Result<Reply<CreatedEnrolmentToken>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let (view, token, made) = new.make(&mut work).await?;
    if made {
        work.republish().await?;
    }
    let id = view.id.clone();
    let diff = Diff::made(&view);
    let done = work.finish("enrolment_token.create", &id, diff).await?;
    let view = created(&app, view, &token);
    Ok(done.reply(Reply::made(view).version(1).secrets(&["token", "qr"])))
}

/// Tokens to make together.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewEnrolmentTokens {
    /// From 1 to 500.
    #[schema(min_items = 1, max_items = 500)]
    tokens: Vec<NewEnrolmentToken>,
}

/// Tokens that were made together, in the order in which they were asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CreatedEnrolmentTokens {
    /// Absent on a dry run.
    #[schema(required = false)]
    data: Vec<CreatedEnrolmentToken>,
    /// What a replay does not show any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    withheld: Vec<String>,
}

/// Makes many tokens: all of them, or none.
#[utoipa::path(post, path = "/accounts/{account}/enrolment-token-batches",
    operation_id = "create_enrolment_token_batch", tag = "devices",
    params(InAccount<may::WriteDevices>),
    request_body = NewEnrolmentTokens,
    responses((status = 201, body = CreatedEnrolmentTokens), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn create_many(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteDevices>,
    mode: Mode,
    Json(new): Json<NewEnrolmentTokens>,
) -> Result<Reply<CreatedEnrolmentTokens>, Problem> {
    if !(1..=BATCH_MAX).contains(&new.tokens.len()) {
        let text = format!("must have from 1 to {BATCH_MAX} entries");
        return Err(Problem::invalid("/tokens", text));
    }
    let mut work = Work::begin(&app, &scope, mode).await?;
    let mut all = Vec::with_capacity(new.tokens.len());
    let mut has_new_authority = false;
    for (at, token) in new.tokens.iter().enumerate() {
        let below = |problem: Problem| problem.below(&format!("/tokens/{at}"));
        let (view, token, made) = token.make(&mut work).await.map_err(below)?;
        has_new_authority |= made;
        all.push((view, token));
    }
    if has_new_authority {
        work.republish().await?;
    }
    let views: Vec<&EnrolmentToken> = all.iter().map(|(view, _)| view).collect();
    let diff = Diff::made(&views);
    let id = work.account.id.clone();
    let done = work
        .finish("enrolment_token.create_many", &id, diff)
        .await?;
    let data = all.into_iter();
    let view = CreatedEnrolmentTokens {
        data: data
            .map(|(view, token)| created(&app, view, &token))
            .collect(),
        withheld: Vec::new(),
    };
    Ok(done.reply(Reply::made(view).secrets(&["data"])))
}

/// The account's tokens, without their secrets.
#[utoipa::path(get, path = "/accounts/{account}/enrolment-tokens",
    operation_id = "list_enrolment_tokens", tag = "devices",
    params(InAccount<may::ReadDevices>,
           PageRequest<EnrolmentTokenRow>),
    responses((status = 200, body = Page<EnrolmentToken>), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadDevices>,
    page: PageRequest<EnrolmentTokenRow>,
) -> Result<Answer<Page<EnrolmentToken>>, Problem> {
    let mut tx = app.db.read().await?;
    let now = clock::now();
    let own = store::enrolments::of(&scope.account.id);
    let view = |row| EnrolmentToken::new(row, now);
    Ok(Answer(page.read(&app, &mut tx, own, view).await?))
}

/// One token, without its secret.
#[utoipa::path(get, path = "/accounts/{account}/enrolment-tokens/{token}",
    operation_id = "get_enrolment_token", tag = "devices",
    params(InAccount<may::ReadDevices>,
           ("token" = String, Path, description = "Id")),
    responses((status = 200, body = EnrolmentToken, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadDevices>,
    Path(path): Path<(String, String)>,
) -> Result<Reply<EnrolmentToken>, Problem> {
    let mut tx = app.db.read().await?;
    let row = find(&mut tx, &scope.account.id, &path.1).await?;
    let version = row.version;
    Ok(Reply::ok(EnrolmentToken::new(row, clock::now())?).version(version))
}

async fn find(tx: &mut Tx, account_id: &str, id: &str) -> Result<EnrolmentTokenRow, Problem> {
    let row = store::enrolments::find(tx, account_id, id).await?;
    row.ok_or_else(Problem::not_found)
}

/// How far the revocation of a token goes.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenRevocation {
    /// Revoke the devices that came with it, too.
    #[serde(default)]
    devices: bool,
}

/// A token that was revoked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RevokedEnrolmentToken {
    #[serde(flatten)]
    view: EnrolmentToken,
    /// The ids of the devices that were revoked with it.
    devices_revoked: Vec<String>,
    /// Whether every server has followed.
    live: bool,
}

/// Revokes a token: nobody enrols with it any more. With `devices`, those that have are revoked
/// too, and their connections closed: for when it got into wrong hands.
#[utoipa::path(post, path = "/accounts/{account}/enrolment-tokens/{token}/revoke",
    operation_id = "revoke_enrolment_token", tag = "devices",
    params(InAccount<may::WriteDevices>,
           ("token" = String, Path, description = "Id")),
    request_body = Option<TokenRevocation>,
    responses((status = 200, body = RevokedEnrolmentToken), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn revoke(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteDevices>,
    mode: Mode,
    Path(path): Path<(String, String)>,
    OptionalJson(asked): OptionalJson<TokenRevocation>,
) -> Result<Reply<RevokedEnrolmentToken>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let (account_id, now) = (work.account.id.clone(), work.now);
    let row = find(&mut work.tx, &account_id, &path.1).await?;
    store::enrolments::revoke(&mut work.tx, &row.id, now).await?;
    let mut revoked = Vec::new();
    let mut keys = Vec::new();
    if asked.devices {
        for mut device in store::devices::from_source(&mut work.tx, &account_id, &row.id).await? {
            keys.extend(lock_out(&mut work, &device.id, None, true).await?);
            REVOKED.clone_into(&mut device.state);
            device.updated_at = now;
            store::devices::update(&mut work.tx, &device).await?;
            revoked.push(device.id);
        }
        work.republish().await?;
    }
    let row = find(&mut work.tx, &account_id, &row.id).await?;
    let account_key = work.account.public_key.clone();
    let version = row.version;
    let mut view = RevokedEnrolmentToken {
        view: EnrolmentToken::new(row, now)?,
        devices_revoked: revoked,
        live: false,
    };
    let diff = Diff::made(&view);
    let id = view.view.id.clone();
    let done = work.finish("enrolment_token.revoke", &id, diff).await?;
    view.live = done.live;
    if done.is_made() {
        kick_all(&app, &account_key, &keys).await;
    }
    Ok(done.reply(Reply::ok(view).version(version)))
}
