//! `/session` and `/sessions`: a signed-in person's own sessions, password and second factor.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::body::Json;
use super::dry_run::{InEarnest, Mode};
use super::page::{Page, PageRequest};
use super::record::{Change, record};
use super::reply::Reply;
use super::sign_in::{Entered, entered};
use super::whoami::Identity;
use crate::app::App;
use crate::auth::{
    self, Attempt, HalfSignedIn, Session as Open, SignedIn, Visitor, cookie, password, totp,
};
use crate::bootstrap;
use crate::clock;
use crate::problem::{Problem, ProblemBody};
use crate::store;
use crate::store::sessions::SessionRow;

/// A signed-in browser.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Session {
    #[schema(example = "ses_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    /// Whether it is the one that asks.
    is_current: bool,
    /// Whether a second factor was shown.
    second_factor: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    /// To the minute.
    #[schema(format = DateTime)]
    last_seen_at: String,
    /// It also ends when it was not used for a while (`/settings`).
    #[schema(format = DateTime)]
    expires_at: String,
}

impl Session {
    fn new(row: SessionRow, current: &str) -> Self {
        Self {
            is_current: row.id == current,
            id: row.id,
            second_factor: row.second_factor,
            client_ip: row.client_ip,
            user_agent: row.user_agent,
            created_at: clock::rfc3339(row.created_at),
            last_seen_at: clock::rfc3339(row.last_seen_at),
            expires_at: clock::rfc3339(row.expires_at),
        }
    }
}

/// The caller's open sessions.
#[utoipa::path(get, path = "/sessions", operation_id = "list_sessions", tag = "access",
    params(PageRequest<SessionRow>),
    responses((status = 200, body = Page<Session>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    SignedIn { session, .. }: SignedIn,
    page: PageRequest<SessionRow>,
) -> Result<Answer<Page<Session>>, Problem> {
    let now = clock::now();
    let mut tx = app.db.read().await?;
    let id = &session.member.id;
    let since = now - session.settings.session_idle_seconds;
    let open = store::sessions::open(id, now, since);
    let view = |row| Ok::<_, Problem>(Session::new(row, &session.row.id));
    Ok(Answer(page.read(&app, &mut tx, open, view).await?))
}

/// Ends one of the caller's sessions.
#[utoipa::path(delete, path = "/sessions/{session}", operation_id = "delete_session",
    tag = "access",
    params(("session" = String, Path, description = "Id")),
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    SignedIn { caller, session }: SignedIn,
    mode: Mode,
    Path(id): Path<String>,
) -> Result<Reply<()>, Problem> {
    let mut tx = app.db.write().await?;
    if !store::sessions::revoke(&mut tx, &session.member.id, &id, clock::now()).await? {
        return Err(Problem::not_found());
    }
    let change = own_change("session.delete", &id, &session);
    let made = mode.end(&app, tx, &caller, change).await?;
    Ok(Reply::ok(()).or_preview(made))
}

/// Ends all of the caller's sessions but this one.
#[utoipa::path(delete, path = "/sessions", operation_id = "delete_other_sessions", tag = "access",
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete_others(
    State(app): State<Arc<App>>,
    SignedIn { caller, session }: SignedIn,
    mode: Mode,
) -> Result<Reply<()>, Problem> {
    let mut tx = app.db.write().await?;
    let (id, keep) = (&session.member.id, &session.row.id);
    store::sessions::revoke_others(&mut tx, id, keep, clock::now()).await?;
    let change = own_change("session.delete_others", id, &session);
    let made = mode.end(&app, tx, &caller, change).await?;
    Ok(Reply::ok(()).or_preview(made))
}

/// Something that the person did to what is theirs, told where they are a member.
fn own_change<'a>(action: &'static str, target: &'a str, session: &'a Open) -> Change<'a> {
    let membership = session.membership();
    let org = membership.and_then(|row| row.org_id.as_deref());
    let account = membership.and_then(|row| row.account_id.as_deref());
    Change::new(action, target, org, account)
}

/// Which membership the session acts under.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SessionPatch {
    #[schema(example = "mbs_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    membership: String,
}

/// Lets the session act under another of the person's memberships.
#[utoipa::path(patch, path = "/session", operation_id = "update_session", tag = "access",
    request_body = SessionPatch,
    responses((status = 200, body = Identity), (status = "4XX", body = ProblemBody)))]
pub(super) async fn update(
    State(app): State<Arc<App>>,
    HalfSignedIn { session, .. }: HalfSignedIn,
    _: InEarnest,
    visitor: Visitor,
    Json(patch): Json<SessionPatch>,
) -> Result<Answer<Identity>, Problem> {
    let mut session = session;
    let mut held = session.memberships.iter();
    if !held.any(|membership| membership.id == patch.membership) {
        return Err(Problem::invalid(
            "/membership",
            "you have no such membership",
        ));
    }
    let mut tx = app.db.write().await?;
    store::sessions::set_membership(&mut tx, &session.row.id, &patch.membership).await?;
    tx.commit().await?;
    session.row.membership_id = Some(patch.membership);
    let caller = auth::Caller::signed_in(session, &visitor);
    Ok(Answer(Identity::of(&app, caller)))
}

/// Signs out.
#[utoipa::path(delete, path = "/session", operation_id = "sign_out", tag = "access",
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn sign_out(
    State(app): State<Arc<App>>,
    HalfSignedIn { caller, session }: HalfSignedIn,
    _: InEarnest,
    headers: HeaderMap,
) -> Result<(StatusCode, [(HeaderName, HeaderValue); 1]), Problem> {
    let mut tx = app.db.write().await?;
    let (member, id) = (&session.member.id, &session.row.id);
    store::sessions::revoke(&mut tx, member, id, clock::now()).await?;
    let change = own_change("session.delete", id, &session);
    record(&mut tx, &caller, change, false).await?;
    tx.commit().await?;
    let clear = cookie::set(&headers, None, 0);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, clear)]))
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPassword {
    current_password: String,
    /// 12 characters or more.
    new_password: String,
}

/// Changes the caller's password. Their other sessions end.
#[utoipa::path(post, path = "/session/password", operation_id = "change_password", tag = "access",
    request_body = NewPassword,
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn change_password(
    State(app): State<Arc<App>>,
    SignedIn { caller, session }: SignedIn,
    _: InEarnest,
    visitor: Visitor,
    Json(given): Json<NewPassword>,
) -> Result<StatusCode, Problem> {
    let member = &session.member;
    password::check_new(&given.new_password, &member.email, "/new_password")?;
    let now = clock::now();
    let attempt = check_password(&app, &session, &visitor, given.current_password, now).await?;
    let hash = app
        .passwords
        .hash(Zeroizing::new(given.new_password))
        .await?;
    let mut tx = app.db.write().await?;
    attempt.succeeded(&mut tx, now).await?;
    store::members::set_password(&mut tx, &member.id, &hash, now).await?;
    store::sessions::revoke_others(&mut tx, &member.id, &session.row.id, now).await?;
    let change = own_change("member.change_password", &member.id, &session);
    record(&mut tx, &caller, change, false).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Refuses another password than the person's; slowly, like a sign-in.
async fn check_password(
    app: &App,
    session: &Open,
    visitor: &Visitor,
    given: String,
    now: i64,
) -> Result<Attempt, Problem> {
    let member = &session.member;
    let attempt = Attempt::begin(app, &member.email, visitor.address, now).await?;
    let hash = member.password_hash.clone();
    if app.passwords.verify(Zeroizing::new(given), hash).await? {
        return Ok(attempt);
    }
    Err(Problem::wrong_password())
}

/// Asks for a second factor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTotp {
    /// Of people who have one.
    password: Option<String>,
}

/// A seed for an authenticator, shown once. It counts when a code of it was verified.
#[derive(Serialize, ToSchema)]
pub(crate) struct TotpSeed {
    /// Base 32, as authenticators take it. Absent in the replay of an answer that is older than
    /// ten minutes.
    #[schema(required = false, example = "JBSWY3DPEHPK3PXP")]
    secret: String,
    #[schema(
        required = false,
        example = "otpauth://totp/Tidegate:ada@example.org?secret=JBSWY3DPEHPK3PXP"
    )]
    url: String,
    /// What a replay does not show any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    withheld: Vec<String>,
}

/// Makes a second factor (TOTP), in the place of one that was there.
#[utoipa::path(post, path = "/session/totp", operation_id = "create_totp", tag = "access",
    request_body = NewTotp,
    responses((status = 201, body = TotpSeed), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create_totp(
    State(app): State<Arc<App>>,
    HalfSignedIn { caller, session }: HalfSignedIn,
    _: InEarnest,
    visitor: Visitor,
    Json(given): Json<NewTotp>,
) -> Result<Reply<TotpSeed>, Problem> {
    let member = &session.member;
    if member.totp_confirmed && !session.row.second_factor {
        return Err(Problem::refused(
            "second_factor_needed",
            "Show a code of the second factor that you have first.",
        ));
    }
    let now = clock::now();
    let mut attempt = None;
    if member.password_hash.is_some() {
        let given = given.password.unwrap_or_default();
        attempt = Some(check_password(&app, &session, &visitor, given, now).await?);
    }
    let seed = totp::new_seed(&app.vault, member);
    let mut tx = app.db.write().await?;
    if let Some(attempt) = attempt {
        attempt.succeeded(&mut tx, now).await?;
    }
    store::members::set_totp(&mut tx, &member.id, Some(&seed.sealed), now).await?;
    let change = own_change("member.create_totp", &member.id, &session);
    record(&mut tx, &caller, change, false).await?;
    tx.commit().await?;
    let seed = TotpSeed {
        secret: seed.base32,
        url: seed.url,
        withheld: Vec::new(),
    };
    Ok(Reply::made(seed).secrets(&["secret", "url"]))
}

/// A code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TotpCode {
    #[schema(example = "123456")]
    code: String,
}

/// Shows a code: confirms a new second factor, or completes a sign-in. The answer sets another
/// cookie for the session.
#[utoipa::path(post, path = "/session/totp/verify", operation_id = "verify_totp", tag = "access",
    request_body = TotpCode,
    responses((status = 201, body = Identity), (status = "4XX", body = ProblemBody)))]
pub(super) async fn verify_totp(
    State(app): State<Arc<App>>,
    HalfSignedIn { session, .. }: HalfSignedIn,
    _: InEarnest,
    visitor: Visitor,
    headers: HeaderMap,
    Json(given): Json<TotpCode>,
) -> Result<Entered, Problem> {
    let now = clock::now();
    let mut session = session;
    let name = format!("totp:{}", session.member.id);
    let attempt = Attempt::begin(&app, &name, visitor.address, now).await?;
    let mut tx = app.db.write().await?;
    if !totp::take_code(&mut tx, &app.vault, &session.member, &given.code, now).await? {
        return Err(Problem::wrong_password());
    }
    auth::raise(&mut tx, &app, &mut session).await?;
    attempt.succeeded(&mut tx, now).await?;
    let caller = auth::Caller::signed_in(session.clone(), &visitor);
    let change = own_change("member.verify_totp", &session.member.id, &session);
    record(&mut tx, &caller, change, false).await?;
    tx.commit().await?;
    bootstrap::end_first_run(&app, now).await?;
    Ok(entered(&app, &headers, session, &visitor))
}

/// Removes the caller's second factor.
#[utoipa::path(delete, path = "/session/totp", operation_id = "delete_totp", tag = "access",
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete_totp(
    State(app): State<Arc<App>>,
    SignedIn { caller, session }: SignedIn,
    _: InEarnest,
) -> Result<StatusCode, Problem> {
    let mut tx = app.db.write().await?;
    store::members::set_totp(&mut tx, &session.member.id, None, clock::now()).await?;
    let change = own_change("member.delete_totp", &session.member.id, &session);
    record(&mut tx, &caller, change, false).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
