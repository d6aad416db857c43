//! Ways in: email and password, an invitation, a password reset. Nobody is known here yet.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::body::Json;
use super::dry_run::InEarnest;
use super::record::{Change, record};
use super::validate;
use super::whoami::Identity;
use crate::app::App;
use crate::auth::{self, Attempt, Caller, Session, Visitor, cookie, password, totp};
use crate::clock;
use crate::ids::{IdKind, new_id};
use crate::problem::{Problem, ProblemBody};
use crate::store::members::{MemberRow, MembershipRow};
use crate::store::sessions::LinkRow;
use crate::store::{self, Tx};
use crate::token::{Token, TokenKind};

/// Who signed in, with the cookie of the session.
pub(super) type Entered = (StatusCode, [(HeaderName, HeaderValue); 2], Answer<Identity>);

/// The answer that hands out the session's cookie.
pub(super) fn entered(
    app: &App,
    headers: &HeaderMap,
    session: Session,
    visitor: &Visitor,
) -> Entered {
    let seconds = session.settings.session_seconds;
    let set = cookie::set(headers, Some(&session.token), seconds);
    let identity = Identity::of(app, Caller::signed_in(session, visitor));
    let headers = [
        (header::SET_COOKIE, set),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (StatusCode::CREATED, headers, Answer(identity))
}

/// Email, password and, where the person has one, a code of the second factor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    #[schema(example = "ada@example.org")]
    email: String,
    password: String,
    /// May also follow later, at `/session/totp/verify`.
    #[schema(example = "123456")]
    totp: Option<String>,
}

/// Signs in with email and password. The answer sets the session's cookie.
#[utoipa::path(post, path = "/session", operation_id = "sign_in", tag = "access",
    request_body = SignIn, security(()),
    responses((status = 201, body = Identity), (status = 401),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn sign_in(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    _: InEarnest,
    headers: HeaderMap,
    Json(given): Json<SignIn>,
) -> Result<Entered, Problem> {
    app.installation()?;
    let now = clock::now();
    let email = validate::email(&given.email, "/email")?;
    let attempt = Attempt::begin(&app, &email, visitor.address, now).await?;
    let mut tx = app.db.read().await?;
    let member = store::members::by_email(&mut tx, &email).await?;
    drop(tx);
    let member = member.filter(|member| member.disabled_at.is_none());
    let hash = member
        .as_ref()
        .and_then(|member| member.password_hash.clone());
    let is_right = app
        .passwords
        .verify(Zeroizing::new(given.password), hash)
        .await?;
    let member = member.filter(|_| is_right).ok_or_else(|| {
        tracing::info!(client.address = ?visitor.address, "a sign-in failed");
        Problem::wrong_password()
    })?;

    let mut tx = app.db.write().await?;
    let mut session = auth::begin(&mut tx, &app, member, &visitor, &headers, now).await?;
    if let Some(code) = &given.totp {
        if !totp::take_code(&mut tx, &app.vault, &session.member, code, now).await? {
            return Err(Problem::wrong_password());
        }
        auth::raise(&mut tx, &app, &mut session).await?;
    }
    attempt.succeeded(&mut tx, now).await?;
    note(&mut tx, &session, &visitor).await?;
    tx.commit().await?;
    Ok(entered(&app, &headers, session, &visitor))
}

/// The audit row of a sign-in, with the person's widest place.
pub(super) async fn note(tx: &mut Tx, session: &Session, visitor: &Visitor) -> Result<(), Problem> {
    let scope = session
        .membership()
        .map(MembershipRow::scope)
        .unwrap_or_default();
    let (org, account) = (scope.org_id.as_deref(), scope.account_id.as_deref());
    let change = Change::new("session.create", &session.row.id, org, account);
    let caller = Caller::signed_in(session.clone(), visitor);
    record(tx, &caller, change, false).await
}

/// A link's token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InvitationToken {
    token: String,
}

/// What an invitation gives.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvitationPreview {
    email: String,
    role: String,
    /// The organisation's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<String>,
    /// Whether somebody with this email is here already: they accept with their own password.
    is_known: bool,
    #[schema(format = DateTime)]
    expires_at: String,
}

/// Shows what an invitation gives, to who has its link.
#[utoipa::path(post, path = "/invitations/preview", operation_id = "preview_invitation",
    tag = "access", request_body = InvitationToken, security(()),
    responses((status = 200, body = InvitationPreview), (status = "4XX", body = ProblemBody)))]
pub(super) async fn preview(
    State(app): State<Arc<App>>,
    _: Visitor,
    _: InEarnest,
    Json(given): Json<InvitationToken>,
) -> Result<Answer<InvitationPreview>, Problem> {
    app.installation()?;
    let mut tx = app.db.read().await?;
    let link = open_link(&mut tx, &app, TokenKind::Invitation, &given.token).await?;
    let member = store::members::by_email(&mut tx, &link.email).await?;
    let org = match &link.org_id {
        Some(id) => store::orgs::find(&mut tx, &store::Scope::default(), id).await?,
        None => None,
    };
    Ok(Answer(InvitationPreview {
        email: link.email,
        role: link.role,
        org: org.map(|org| org.name),
        is_known: member.is_some(),
        expires_at: clock::rfc3339(link.expires_at),
    }))
}

async fn open_link(
    tx: &mut Tx,
    app: &App,
    kind: TokenKind,
    text: &str,
) -> Result<LinkRow, Problem> {
    let word = match kind {
        TokenKind::Reset => "reset",
        _ => "invitation",
    };
    let gone = || {
        Problem::unprocessable(
            "link_ended",
            "The link was used, withdrawn or has expired: ask for a new one.",
        )
    };
    let token = Token::parse(text, &[kind]).ok_or_else(gone)?;
    let hash = app.vault.hash_token(token.expose());
    let link = store::sessions::open_link(tx, word, &hash, clock::now()).await?;
    link.ok_or_else(gone)
}

/// Accepts an invitation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcceptInvitation {
    token: String,
    /// For people; needed by who is new here.
    name: Option<String>,
    /// A new password of 12 characters or more; the own one of who is here already.
    password: String,
}

/// Accepts an invitation and signs in. The answer sets the session's cookie.
#[utoipa::path(post, path = "/invitations/accept", operation_id = "accept_invitation",
    tag = "access", request_body = AcceptInvitation, security(()),
    responses((status = 201, body = Identity), (status = 401),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn accept(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    _: InEarnest,
    headers: HeaderMap,
    Json(given): Json<AcceptInvitation>,
) -> Result<Entered, Problem> {
    app.installation()?;
    let now = clock::now();
    let mut tx = app.db.read().await?;
    let link = open_link(&mut tx, &app, TokenKind::Invitation, &given.token).await?;
    let known = store::members::by_email(&mut tx, &link.email).await?;
    drop(tx);
    let attempt = Attempt::begin(&app, &link.email, visitor.address, now).await?;
    let given_password = Zeroizing::new(given.password);
    let (member, is_new) = match known {
        Some(member) => {
            let hash = member.password_hash.clone();
            let is_right = app.passwords.verify(given_password, hash).await?;
            if !is_right || member.disabled_at.is_some() {
                return Err(Problem::wrong_password());
            }
            (member, false)
        }
        None => {
            let name = given.name.as_deref().unwrap_or_default();
            let name = validate::display_name(name, "/name")?;
            password::check_new(&given_password, &link.email, "/password")?;
            let hash = app.passwords.hash(given_password).await?;
            (new_member(&link, name, hash, now), true)
        }
    };

    let mut tx = app.db.write().await?;
    if !store::sessions::end_link(&mut tx, &link.id, now).await? {
        return Err(Problem::conflict(
            "link_ended",
            "The link was used meanwhile.",
        ));
    }
    if is_new {
        store::members::insert(&mut tx, &member).await?;
    }
    let membership_id = join(&mut tx, &member.id, &link, now).await?;
    let mut session = auth::begin(&mut tx, &app, member, &visitor, &headers, now).await?;
    store::sessions::set_membership(&mut tx, &session.row.id, &membership_id).await?;
    session.row.membership_id = Some(membership_id);
    attempt.succeeded(&mut tx, now).await?;
    let (org, account) = (link.org_id.as_deref(), link.account_id.as_deref());
    let change = Change::new("invitation.accept", &link.id, org, account);
    let caller = Caller::signed_in(session.clone(), &visitor);
    record(&mut tx, &caller, change, false).await?;
    tx.commit().await?;
    Ok(entered(&app, &headers, session, &visitor))
}

fn new_member(link: &LinkRow, name: String, hash: String, now: i64) -> MemberRow {
    MemberRow {
        id: new_id(IdKind::Member),
        provider_id: None,
        subject: None,
        email: link.email.clone(),
        name,
        password_hash: Some(hash),
        totp_seed: None,
        totp_confirmed: false,
        created_at: now,
        last_sign_in_at: None,
        disabled_at: None,
        version: 1,
    }
}

/// The membership that the invitation gives; a role that was held there before is replaced.
async fn join(tx: &mut Tx, member_id: &str, link: &LinkRow, now: i64) -> Result<String, Problem> {
    let held = store::members::memberships(tx, member_id).await?;
    let place = (&link.org_id, &link.account_id);
    let same = held
        .iter()
        .find(|row| (&row.org_id, &row.account_id) == place);
    if let Some(row) = same {
        store::members::set_role(tx, &row.id, &link.role, now).await?;
        return Ok(row.id.clone());
    }
    let row = MembershipRow {
        id: new_id(IdKind::Membership),
        member_id: member_id.to_owned(),
        role: link.role.clone(),
        org_id: link.org_id.clone(),
        account_id: link.account_id.clone(),
        from_provider: false,
        created_at: now,
        role_rights: None,
        version: 1,
    };
    store::members::insert_membership(tx, &row).await?;
    Ok(row.id)
}

/// Sets a new password with the link that somebody made for it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordReset {
    token: String,
    /// 12 characters or more.
    password: String,
}

/// Sets a new password and signs in. All other sessions of the person end.
#[utoipa::path(post, path = "/password-resets", operation_id = "reset_password", tag = "access",
    request_body = PasswordReset, security(()),
    responses((status = 201, body = Identity), (status = 401),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn reset(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    _: InEarnest,
    headers: HeaderMap,
    Json(given): Json<PasswordReset>,
) -> Result<Entered, Problem> {
    app.installation()?;
    let now = clock::now();
    let mut tx = app.db.read().await?;
    let link = open_link(&mut tx, &app, TokenKind::Reset, &given.token).await?;
    let member_id = link.member_id.as_deref().ok_or_else(Problem::internal)?;
    let member = store::members::by_id(&mut tx, member_id).await?;
    let member = member.filter(|member| member.disabled_at.is_none());
    let member = member.ok_or_else(Problem::wrong_password)?;
    drop(tx);
    password::check_new(&given.password, &link.email, "/password")?;
    let hash = app.passwords.hash(Zeroizing::new(given.password)).await?;
    let mut tx = app.db.write().await?;
    if !store::sessions::end_link(&mut tx, &link.id, now).await? {
        return Err(Problem::conflict(
            "link_ended",
            "The link was used meanwhile.",
        ));
    }
    store::members::set_password(&mut tx, member_id, &hash, now).await?;
    store::sessions::revoke_others(&mut tx, member_id, "", now).await?;
    let session = auth::begin(&mut tx, &app, member, &visitor, &headers, now).await?;
    let (org, account) = (link.org_id.as_deref(), link.account_id.as_deref());
    let change = Change::new("member.reset_password", member_id, org, account);
    let caller = Caller::signed_in(session.clone(), &visitor);
    record(&mut tx, &caller, change, false).await?;
    tx.commit().await?;
    Ok(entered(&app, &headers, session, &visitor))
}
