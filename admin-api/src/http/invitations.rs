//! `/invitations` and password resets: links that one person hands to another. No mail is sent.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::binding::{Binding, Wanted};
use super::body::Json;
use super::dry_run::Mode;
use super::members::must_cover;
use super::page::{Page, PageRequest};
use super::record::Change;
use super::reply::Reply;
use super::validate;
use crate::app::App;
use crate::auth::{Caller, May, may};
use crate::clock;
use crate::ids::{IdKind, new_id};
use crate::problem::{Problem, ProblemBody};
use crate::store;
use crate::store::sessions::LinkRow;
use crate::token::{Token, TokenKind};

const INVITATION_SECONDS_DEFAULT: u32 = 7 * 24 * 3600;
const INVITATION_SECONDS_MAX: u32 = 30 * 24 * 3600;
const RESET_SECONDS: i64 = 24 * 3600;

/// An invitation that is open.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Invitation {
    #[schema(example = "inv_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    email: String,
    role: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    /// Who made it.
    created_by: String,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
}

impl From<LinkRow> for Invitation {
    fn from(row: LinkRow) -> Self {
        Self {
            id: row.id,
            email: row.email,
            role: row.role,
            org: row.org_id,
            account: row.account_id,
            created_by: row.created_by,
            created_at: clock::rfc3339(row.created_at),
            expires_at: clock::rfc3339(row.expires_at),
        }
    }
}

impl Invitation {
    fn change(&self, action: &'static str) -> Change<'_> {
        let (org, account) = (self.org.as_deref(), self.account.as_deref());
        Change::new(action, &self.id, org, account)
    }
}

/// An invitation that was just made, with its link: shown now and never again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CreatedInvitation {
    #[serde(flatten)]
    invitation: Invitation,
    /// Absent in a dry run, and in the replay of an answer that is older than ten minutes.
    #[schema(required = false)]
    token: String,
    /// The page of the console to open, below its address. What follows `#` reaches no server.
    /// Absent where the token is.
    #[schema(required = false, example = "/invitation#tg_inv_…")]
    path: String,
    /// What a replay does not show any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    withheld: Vec<String>,
}

/// Invites somebody.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewInvitation {
    #[schema(example = "ada@example.org")]
    email: String,
    /// A built-in role's name, or an access role's id or name.
    role: String,
    /// The organisation (id or slug).
    org: Option<String>,
    /// The account (id, nkey or slug).
    account: Option<String>,
    /// A week when absent, 30 days at most.
    #[schema(minimum = 1, maximum = 2_592_000, default = 604_800)]
    expires_in_seconds: Option<u32>,
}

/// Makes an invitation and answers its link, once, to hand over.
#[utoipa::path(post, path = "/invitations", operation_id = "create_invitation", tag = "members",
    request_body = NewInvitation,
    params(May<may::WriteMembers>),
    responses((status = 201, body = CreatedInvitation), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteMembers>,
    mode: Mode,
    Json(new): Json<NewInvitation>,
) -> Result<Reply<CreatedInvitation>, Problem> {
    let email = validate::email(&new.email, "/email")?;
    let seconds = new.expires_in_seconds.unwrap_or(INVITATION_SECONDS_DEFAULT);
    if !(1..=INVITATION_SECONDS_MAX).contains(&seconds) {
        let message = "must be 1 to 2592000 (30 days)";
        return Err(Problem::invalid("/expires_in_seconds", message));
    }
    let mut tx = app.db.write().await?;
    let wanted = Wanted {
        role: Some(&new.role),
        org: new.org.as_deref(),
        account: new.account.as_deref(),
    };
    let binding = Binding::give(&mut tx, &caller, wanted).await?;
    let token = Token::generate(TokenKind::Invitation);
    let now = clock::now();
    let row = LinkRow {
        id: new_id(IdKind::Invitation),
        kind: "invitation".to_owned(),
        token_hash: app.vault.hash_token(token.expose()),
        member_id: None,
        email,
        role: binding.role,
        org_id: binding.scope.org_id,
        account_id: binding.scope.account_id,
        created_by: caller.actor.clone(),
        created_at: now,
        expires_at: now + i64::from(seconds),
    };
    store::sessions::insert_link(&mut tx, &row).await?;
    let invitation = Invitation::from(row);
    let change = invitation.change("invitation.create").after(&invitation);
    let made = mode.end(&app, tx, &caller, change).await?;
    let created = CreatedInvitation {
        invitation,
        path: format!("/invitation#{}", token.expose()),
        token: token.expose().to_owned(),
        withheld: Vec::new(),
    };
    let reply = Reply::made(created).secrets(&["token", "path"]);
    Ok(reply.or_preview(made))
}

/// The open invitations that the caller reaches.
#[utoipa::path(get, path = "/invitations", operation_id = "list_invitations", tag = "members",
    params(May<may::ReadMembers>, PageRequest<LinkRow>),
    responses((status = 200, body = Page<Invitation>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadMembers>,
    page: PageRequest<LinkRow>,
) -> Result<Answer<Page<Invitation>>, Problem> {
    let now = clock::now();
    let mut tx = app.db.read().await?;
    let open = store::sessions::open_invitations(&caller.scope, now);
    let view = |row| Ok::<_, Problem>(Invitation::from(row));
    Ok(Answer(page.read(&app, &mut tx, open, view).await?))
}

/// One open invitation.
#[utoipa::path(get, path = "/invitations/{invitation}", operation_id = "get_invitation",
    tag = "members",
    params(May<may::ReadMembers>, ("invitation" = String, Path, description = "Id")),
    responses((status = 200, body = Invitation), (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadMembers>,
    Path(id): Path<String>,
) -> Result<Answer<Invitation>, Problem> {
    let mut tx = app.db.read().await?;
    let open = store::sessions::find_invitation(&mut tx, &caller.scope, &id, clock::now());
    let row = open.await?.ok_or_else(Problem::not_found)?;
    Ok(Answer(Invitation::from(row)))
}

/// Withdraws an invitation.
#[utoipa::path(delete, path = "/invitations/{invitation}", operation_id = "delete_invitation",
    tag = "members",
    params(May<may::WriteMembers>, ("invitation" = String, Path, description = "Id")),
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteMembers>,
    mode: Mode,
    Path(id): Path<String>,
) -> Result<Reply<()>, Problem> {
    let now = clock::now();
    let mut tx = app.db.write().await?;
    let row = store::sessions::find_invitation(&mut tx, &caller.scope, &id, now)
        .await?
        .ok_or_else(Problem::not_found)?;
    store::sessions::end_link(&mut tx, &row.id, now).await?;
    let before = Invitation::from(row);
    let change = before.change("invitation.delete").before(&before);
    let made = mode.end(&app, tx, &caller, change).await?;
    Ok(Reply::ok(()).or_preview(made))
}

/// A link that sets a new password: shown now and never again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PasswordResetLink {
    /// Absent in a dry run, and in the replay of an answer that is older than ten minutes.
    #[schema(required = false)]
    token: String,
    /// The page of the console to open, below its address. What follows `#` reaches no server.
    /// Absent where the token is.
    #[schema(required = false, example = "/password-reset#tg_rst_…")]
    path: String,
    /// What a replay does not show any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    withheld: Vec<String>,
    #[schema(format = DateTime)]
    expires_at: String,
}

/// Makes a link with which a person sets a new password. Needs all the rights that they have.
#[utoipa::path(post, path = "/members/{member}/password-reset",
    operation_id = "create_password_reset", tag = "members",
    params(May<may::WriteMembers>, ("member" = String, Path, description = "Id")),
    responses((status = 201, body = PasswordResetLink), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create_reset(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteMembers>,
    mode: Mode,
    Path(id): Path<String>,
) -> Result<Reply<PasswordResetLink>, Problem> {
    let now = clock::now();
    let mut tx = app.db.write().await?;
    let member = store::members::find(&mut tx, &caller.scope, &id)
        .await?
        .ok_or_else(Problem::not_found)?;
    must_cover(&mut tx, &caller, &member.id).await?;
    if member.provider_id.is_some() {
        let detail = "The person has no password here: they sign in with an identity provider.";
        return Err(Problem::conflict("from_provider", detail));
    }
    store::sessions::end_resets(&mut tx, &member.id, now).await?;
    let token = Token::generate(TokenKind::Reset);
    let row = reset_link(&caller, &member.id, member.email, &app, &token, now);
    store::sessions::insert_link(&mut tx, &row).await?;
    let (org, account) = (row.org_id.as_deref(), row.account_id.as_deref());
    let change = Change::new("member.create_password_reset", &member.id, org, account);
    let made = mode.end(&app, tx, &caller, change).await?;
    let link = PasswordResetLink {
        path: format!("/password-reset#{}", token.expose()),
        token: token.expose().to_owned(),
        expires_at: clock::rfc3339(row.expires_at),
        withheld: Vec::new(),
    };
    let reply = Reply::made(link).secrets(&["token", "path"]);
    Ok(reply.or_preview(made))
}

fn reset_link(
    caller: &Caller,
    member_id: &str,
    email: String,
    app: &App,
    token: &Token,
    now: i64,
) -> LinkRow {
    LinkRow {
        id: new_id(IdKind::PasswordReset),
        kind: "reset".to_owned(),
        token_hash: app.vault.hash_token(token.expose()),
        member_id: Some(member_id.to_owned()),
        email,
        role: String::new(),
        org_id: caller.scope.org_id.clone(),
        account_id: caller.scope.account_id.clone(),
        created_by: caller.actor.clone(),
        created_at: now,
        expires_at: now + RESET_SECONDS,
    }
}
