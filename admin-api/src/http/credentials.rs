//! Credentials of users beyond their first one: short-lived ones, rotation, revocation, many at
//! once, what was issued, and what a user may really do.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{Json, OptionalJson};
use super::dry_run::Mode;
use super::effective::EffectiveRights;
use super::lifetime::{EXPIRES_IN_SECONDS_MAX, Lifetime};
use super::operations::{self, Operation, Prefers};
use super::page::{Page, PageRequest};
use super::reply::Reply;
use super::user_update::reissue;
use super::users::{CreatedUser, NewUser, SECRETS, User, UserKey, find, kick_all, role_of};
use super::work::{Diff, Work};
use crate::app::App;
use crate::auth::{InAccount, may};
use crate::claims::policy_of;
use crate::clock;
use crate::issue::{self, Reason};
use crate::problem::{Problem, ProblemBody};
use crate::store;
use crate::store::issuances::{EVERYBODY, IssuanceRow};

/// Users that one request may make.
const BATCH_MAX: usize = 10_000;
/// More than so many are made after the answer.
pub(super) const AT_ONCE_MAX: usize = 500;
/// Short-lived is a day at most; an hour when nothing is said.
const SHORT_LIVED_SECONDS_MAX: u32 = 24 * 3600;
const SHORT_LIVED_SECONDS_DEFAULT: u32 = 3600;

/// Users to make together.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUsers {
    /// From 1 to 10,000.
    #[schema(min_items = 1, max_items = 10_000)]
    pub(super) users: Vec<NewUser>,
}

/// Users that were made together, in the order in which they were asked for.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct CreatedUsers {
    /// Absent on a dry run.
    #[schema(required = false)]
    data: Vec<CreatedUser>,
    /// What a replay does not show any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    withheld: Vec<String>,
}

impl CreatedUsers {
    pub(super) fn of(data: Vec<CreatedUser>) -> Self {
        Self {
            data,
            withheld: Vec::new(),
        }
    }
}

/// Makes many users: up to 500 at once, all of them or none. More than that, or with
/// `Prefer: respond-async`, they are made in portions of 250 after the answer, which says where to
/// follow that and to take their credentials. They are all checked before it; a portion that fails
/// later ends it, and what was made before stays.
#[utoipa::path(post, path = "/accounts/{account}/user-batches", operation_id = "create_user_batch",
    tag = "users",
    params(InAccount<may::WriteUsers>, Prefers),
    request_body = NewUsers,
    responses((status = 201, body = CreatedUsers),
        (status = 202, body = Operation, description = "They are being made",
            headers(("Location" = String), ("Retry-After" = u64))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn create_many(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteUsers>,
    mode: Mode,
    prefers: Prefers,
    Json(new): Json<NewUsers>,
) -> Result<Response, Problem> {
    if !(1..=BATCH_MAX).contains(&new.users.len()) {
        let text = format!("must have from 1 to {BATCH_MAX} entries");
        return Err(Problem::invalid("/users", text));
    }
    let mut work = Work::begin(&app, &scope, mode).await?;
    if prefers.is_async || new.users.len() > AT_ONCE_MAX {
        return Ok(match mode {
            Mode::Commit => operations::users::begin(work, &new).await?.into_response(),
            Mode::DryRun => operations::users::try_out(work, &new)
                .await?
                .into_response(),
        });
    }
    let mut made = Vec::with_capacity(new.users.len());
    for (at, user) in new.users.iter().enumerate() {
        let below = |problem: Problem| problem.below(&format!("/users/{at}"));
        made.push(user.make(&mut work).await.map_err(below)?);
    }
    let views: Vec<&User> = made.iter().map(|(user, ..)| user).collect();
    let diff = Diff::made(&views);
    let id = work.account.id.clone();
    let done = work.finish("user.create_many", &id, diff).await?;
    let made = made.into_iter();
    let data = made.map(|(user, key, jwt)| CreatedUser::new(user, &key, jwt, done.live));
    let view = CreatedUsers::of(data.collect());
    // The users with their credentials: a later replay shows none of them.
    let reply = done.reply(Reply::made(view).secrets(&["data"]));
    Ok(reply.into_response())
}

/// How long a short-lived credential is to hold.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShortLived {
    /// An hour when absent, a day at most.
    #[schema(minimum = 1, maximum = 86_400, default = 3600)]
    expires_in_seconds: Option<u32>,
    /// The caller's own user nkey (`U…`). Then no seed is made and `jwt` is answered.
    public_key: Option<String>,
}

/// Gives out one more credential of a user, with a key of its own, that expires soon. It may do
/// what the user may do, and goes with it.
#[utoipa::path(post, path = "/accounts/{account}/users/{user}/creds",
    operation_id = "create_user_creds", tag = "users",
    params(InAccount<may::WriteUsers>,
           ("user" = String, Path, description = "Id, nkey or name")),
    request_body = Option<ShortLived>,
    responses((status = 201, body = CreatedUser), (status = "4XX", body = ProblemBody)))]
pub(super) async fn issue_short_lived(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteUsers>,
    mode: Mode,
    Path(path): Path<(String, String)>,
    OptionalJson(asked): OptionalJson<ShortLived>,
) -> Result<Reply<CreatedUser>, Problem> {
    let seconds = short_lived(asked.expires_in_seconds)?;
    let key = UserKey::of(asked.public_key.as_deref())?;
    let mut work = Work::begin(&app, &scope, mode).await?;
    let mut row = find(&mut work.tx, &work.account, &path.1).await?;
    let role = role_of(&mut work.tx, &row).await?;
    refuse_disabled(role.as_ref())?;
    row.public_key = key.public().to_string();
    row.expires_at = work.now + seconds;
    let (vault, account, now) = (&app.vault, &work.account, work.now);
    let jwt = issue::sign(&mut work.tx, vault, account, role.as_ref(), &mut row, now).await?;
    let actor = &work.caller.actor;
    issue::remember(&mut work.tx, &row, Reason::ShortLived, actor, now).await?;
    let version = row.version;
    let user = User::new(row, role.as_ref())?;
    let id = user.id.clone();
    let done = work
        .finish("user.issue_creds", &id, Diff::made(&user))
        .await?;
    let view = CreatedUser::new(user, &key, jwt, done.live);
    Ok(done.reply(Reply::made(view).version(version).secrets(&SECRETS)))
}

/// How long a short-lived credential holds.
pub(super) fn short_lived(asked: Option<u32>) -> Result<i64, Problem> {
    let seconds = asked.unwrap_or(SHORT_LIVED_SECONDS_DEFAULT);
    if (1..=SHORT_LIVED_SECONDS_MAX).contains(&seconds) {
        return Ok(i64::from(seconds));
    }
    Err(Problem::invalid(
        "/expires_in_seconds",
        "must be 1 to 86400 (a day)",
    ))
}

pub(super) fn refuse_disabled(role: Option<&store::account_roles::RoleRow>) -> Result<(), Problem> {
    match role {
        Some(role) if role.disabled => Err(Problem::conflict(
            "role_disabled",
            "The user's role is disabled: enable it first.",
        )),
        _ => Ok(()),
    }
}

/// A user's new key.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserRotation {
    /// The caller's own user nkey (`U…`). Then no seed is made and `jwt` is answered.
    public_key: Option<String>,
    /// As long as before when absent; a year at most.
    #[schema(minimum = 1, maximum = 31_536_000)]
    expires_in_seconds: Option<u32>,
}

/// Gives a user a new key and credential. All older ones are revoked.
#[utoipa::path(post, path = "/accounts/{account}/users/{user}/rotate",
    operation_id = "rotate_user", tag = "users",
    params(InAccount<may::WriteUsers>,
           ("user" = String, Path, description = "Id, nkey or name")),
    request_body = Option<UserRotation>,
    responses((status = 201, body = CreatedUser), (status = "4XX", body = ProblemBody)))]
pub(super) async fn rotate(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteUsers>,
    mode: Mode,
    Path(path): Path<(String, String)>,
    OptionalJson(asked): OptionalJson<UserRotation>,
) -> Result<Reply<CreatedUser>, Problem> {
    let key = UserKey::of(asked.public_key.as_deref())?;
    let mut work = Work::begin(&app, &scope, mode).await?;
    let mut row = find(&mut work.tx, &work.account, &path.1).await?;
    let role = role_of(&mut work.tx, &row).await?;
    refuse_disabled(role.as_ref())?;
    let before = User::new(row.clone(), role.as_ref())?;
    let lived = row.expires_at - row.issued_at;
    let lifetime = Lifetime {
        seconds: asked.expires_in_seconds,
        never_expires: false,
    };
    row.expires_at = match (asked.expires_in_seconds, row.expires_at) {
        (None, 0) => 0,
        (None, _) => work.now + lived.max(1),
        (Some(_), _) => lifetime.end(&app, &work.account, work.now)?,
    };
    row.public_key = key.public().to_string();
    let (jwt, keys) = reissue(&mut work, role.as_ref(), &mut row, Reason::Rotated).await?;
    let version = row.version;
    work.show_user(&row).await?;
    let user = User::new(row, role.as_ref())?;
    let id = user.id.clone();
    let account_key = work.account.public_key.clone();
    let diff = Diff::was(&before).after(&user);
    let done = work.finish("user.rotate", &id, diff).await?;
    if done.is_made() {
        kick_all(&app, &account_key, &keys).await;
    }
    let view = CreatedUser::new(user, &key, jwt, done.live);
    Ok(done.reply(Reply::made(view).version(version).secrets(&SECRETS)))
}

/// What was revoked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Revoked {
    /// Keys whose credentials were revoked; absent where all of them were.
    #[serde(skip_serializing_if = "Option::is_none")]
    keys: Option<Vec<String>>,
    /// What was issued then or before is refused from now on.
    #[schema(format = DateTime)]
    issued_until: String,
    live: bool,
}

/// Revokes all credentials of a user. It stays, without a credential, until it is given a new one
/// by `rotate` or `creds`.
#[utoipa::path(post, path = "/accounts/{account}/users/{user}/revoke",
    operation_id = "revoke_user", tag = "users",
    params(InAccount<may::WriteUsers>,
           ("user" = String, Path, description = "Id, nkey or name")),
    responses((status = 200, body = Revoked), (status = "4XX", body = ProblemBody)))]
pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteUsers>,
    mode: Mode,
    Path(path): Path<(String, String)>,
) -> Result<Reply<Revoked>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let row = find(&mut work.tx, &work.account, &path.1).await?;
    let keys = issue::revoke_all(&mut work.tx, &row, work.now).await?;
    work.republish().await?;
    work.show_user(&row).await?;
    let account_key = work.account.public_key.clone();
    let mut revoked = Revoked {
        keys: Some(keys.clone()),
        issued_until: clock::rfc3339(work.now),
        live: false,
    };
    let done = work
        .finish("user.revoke", &row.id, Diff::made(&revoked))
        .await?;
    revoked.live = done.live;
    if done.is_made() {
        kick_all(&app, &account_key, &keys).await;
    }
    let view = revoked;
    Ok(done.reply(Reply::ok(view)))
}

/// Up to when credentials are revoked.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevokeBefore {
    /// Credentials issued then or earlier; now when absent, never later than now.
    #[schema(format = DateTime)]
    before: Option<String>,
}

/// Revokes every credential of the account that was issued until now, or until an earlier time.
/// New ones are good at once.
#[utoipa::path(post, path = "/accounts/{account}/revoke", operation_id = "revoke_all_users",
    tag = "users",
    params(InAccount<may::WriteUsers>),
    request_body = Option<RevokeBefore>,
    responses((status = 200, body = Revoked), (status = "4XX", body = ProblemBody)))]
pub(super) async fn revoke_everybody(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteUsers>,
    mode: Mode,
    OptionalJson(asked): OptionalJson<RevokeBefore>,
) -> Result<Reply<Revoked>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let before = match &asked.before {
        None => work.now,
        Some(text) => clock::parse_rfc3339(text)
            .filter(|at| *at <= work.now)
            .ok_or_else(|| {
                Problem::invalid(
                    "/before",
                    "must be a time as RFC 3339, and not later than now",
                )
            })?,
    };
    let (id, now) = (work.account.id.clone(), work.now);
    let drop_after = store::issuances::last_expiry(&mut work.tx, &id).await?;
    // Credentials that others issued with the account's keys are not known here.
    let drop_after = drop_after.max(now + i64::from(EXPIRES_IN_SECONDS_MAX));
    store::issuances::revoke(&mut work.tx, &id, EVERYBODY, before, drop_after).await?;
    store::issuances::compact(&mut work.tx, &id, now).await?;
    work.republish().await?;
    let mut revoked = Revoked {
        keys: None,
        issued_until: clock::rfc3339(before),
        live: false,
    };
    let done = work
        .finish("account.revoke_users", &id, Diff::made(&revoked))
        .await?;
    revoked.live = done.live;
    let view = revoked;
    Ok(done.reply(Reply::ok(view)))
}

/// A credential that was given out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Issuance {
    #[schema(example = "iss_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    /// `created`, `updated`, `rotated` or `short_lived`.
    kind: String,
    /// `active`, `expired`, `revoked`, or `untrusted` when its signing key is no more.
    state: &'static str,
    /// The key it is for.
    public_key: String,
    /// The key that signed it.
    issuer: String,
    /// The JWT's id.
    jti: String,
    /// Who asked for it.
    actor: String,
    #[schema(format = DateTime)]
    issued_at: String,
    /// Absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

impl Issuance {
    fn new(row: IssuanceRow, policy: &accounts::AccountPolicy, now: i64) -> Self {
        use accounts::{IssuerRight, KeyKind, PublicKey};
        let user = PublicKey::parse_as(&row.user_key, KeyKind::User);
        let issuer = PublicKey::parse_as(&row.issuer_key, KeyKind::Account);
        let is_revoked = user.is_ok_and(|user| policy.is_revoked(&user, row.issued_at));
        let is_trusted =
            issuer.is_ok_and(|issuer| !matches!(policy.may_issue(&issuer), IssuerRight::No));
        let state = match () {
            () if row.expires_at != 0 && row.expires_at <= now => "expired",
            () if is_revoked => "revoked",
            () if !is_trusted => "untrusted",
            () => "active",
        };
        Self {
            id: row.id,
            kind: row.kind,
            state,
            public_key: row.user_key,
            issuer: row.issuer_key,
            jti: row.jwt_id,
            actor: row.actor,
            issued_at: clock::rfc3339(row.issued_at),
            expires_at: (row.expires_at != 0).then(|| clock::rfc3339(row.expires_at)),
        }
    }
}

/// The credentials that a user was given: by whom, until when, and whether they are good.
#[utoipa::path(get, path = "/accounts/{account}/users/{user}/issuances",
    operation_id = "list_issuances", tag = "users",
    params(InAccount<may::ReadUsers>,
           ("user" = String, Path, description = "Id, nkey or name"), PageRequest<IssuanceRow>),
    responses((status = 200, body = Page<Issuance>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn issuances(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadUsers>,
    Path(path): Path<(String, String)>,
    page: PageRequest<IssuanceRow>,
) -> Result<Answer<Page<Issuance>>, Problem> {
    let mut tx = app.db.read().await?;
    let user = find(&mut tx, &scope.account, &path.1).await?;
    let (policy, now) = (policy_of(&scope.account)?, clock::now());
    let issuances = store::issuances::of(&user.id);
    let view = |row| Ok::<_, Problem>(Issuance::new(row, &policy, now));
    Ok(Answer(page.read(&app, &mut tx, issuances, view).await?))
}

/// The broker's own reading of a user's newest credential.
#[utoipa::path(get, path = "/accounts/{account}/users/{user}/permissions",
    operation_id = "get_effective_permissions", tag = "users",
    params(InAccount<may::ReadUsers>,
           ("user" = String, Path, description = "Id, nkey or name")),
    responses((status = 200, body = EffectiveRights), (status = "4XX", body = ProblemBody)))]
pub(super) async fn effective(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadUsers>,
    Path(path): Path<(String, String)>,
) -> Result<Answer<EffectiveRights>, Problem> {
    let mut tx = app.db.read().await?;
    let row = find(&mut tx, &scope.account, &path.1).await?;
    let operator = store::foundation::the_operator(&mut tx).await?;
    let shown = EffectiveRights::of_user(&operator, &scope.account, &row, clock::now())?;
    Ok(Answer(shown))
}
