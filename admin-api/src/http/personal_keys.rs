//! `/session/api-keys`: a signed-in person's own keys. They can do what the person can, under the
//! membership that they were made with, and end with it.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::{Path, State};

use super::binding::Binding;
use super::body::Json;
use super::conditional::{IfMatch, OptionalIfMatch};
use super::dry_run::Mode;
use super::keys::{ApiKey, CreatedApiKey, Holder, NewApiKey};
use super::page::{Page, PageRequest};
use super::reply::Reply;
use crate::app::App;
use crate::auth::SignedIn;
use crate::clock;
use crate::problem::{Problem, ProblemBody};
use crate::store;
use crate::store::keys::ApiKeyRow;
use crate::store::tenant::for_installation as everywhere;
use crate::token::{Token, TokenKind};

/// Makes a key of the caller's own and answers its token, once. `org`, `account`, `role` and
/// `service_account` stay absent: they are those of the membership that the session acts under.
#[utoipa::path(post, path = "/session/api-keys", operation_id = "create_personal_key",
    tag = "api-keys", request_body = NewApiKey,
    responses((status = 201, body = CreatedApiKey), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    SignedIn { caller, session }: SignedIn,
    mode: Mode,
    Json(new): Json<NewApiKey>,
) -> Result<Reply<CreatedApiKey>, Problem> {
    if let Some(pointer) = new.names_a_holder() {
        return Err(Problem::invalid(
            pointer,
            "is the session's own: leave it out",
        ));
    }
    let membership = session.membership().ok_or_else(Problem::not_found)?;
    let holder = Holder {
        binding: Binding {
            role: caller.role.clone(),
            scope: caller.scope.clone(),
            rights: caller.rights,
        },
        service_account_id: None,
        membership_id: Some(membership.id.clone()),
    };
    let token = Token::generate(TokenKind::Personal);
    let row = new.row(&app, &caller, holder, &token)?;
    let mut tx = app.db.write().await?;
    store::keys::insert(&mut tx, &row).await?;
    let key = ApiKey::from(row);
    let change = key.change("api_key.create").after(&key);
    let made = mode.end(&app, tx, &caller, change).await?;
    let reply = Reply::made(CreatedApiKey::new(key, &token)).secrets(&["token"]);
    Ok(reply.version(1).or_preview(made))
}

/// The caller's own keys.
#[utoipa::path(get, path = "/session/api-keys", operation_id = "list_personal_keys",
    tag = "api-keys", params(PageRequest<ApiKeyRow>),
    responses((status = 200, body = Page<ApiKey>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    SignedIn { session, .. }: SignedIn,
    page: PageRequest<ApiKeyRow>,
) -> Result<Answer<Page<ApiKey>>, Problem> {
    let mut tx = everywhere(app.db.read()).await?;
    let own = store::keys::personal(&session.member.id);
    let view = |row| Ok::<_, Problem>(ApiKey::from(row));
    Ok(Answer(page.read(&app, &mut tx, own, view).await?))
}

/// One of the caller's own keys.
#[utoipa::path(get, path = "/session/api-keys/{key}", operation_id = "get_personal_key",
    tag = "api-keys",
    params(("key" = String, Path, description = "Id")),
    responses((status = 200, body = ApiKey, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    SignedIn { session, .. }: SignedIn,
    Path(id): Path<String>,
) -> Result<Reply<ApiKey>, Problem> {
    let mut tx = everywhere(app.db.read()).await?;
    let row = store::keys::find_personal(&mut tx, &session.member.id, &id).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let version = row.version;
    Ok(Reply::ok(ApiKey::from(row)).version(version))
}

/// Revokes one of the caller's own keys at once.
#[utoipa::path(delete, path = "/session/api-keys/{key}", operation_id = "delete_personal_key",
    tag = "api-keys",
    params(("key" = String, Path, description = "Id"), OptionalIfMatch),
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    SignedIn { caller, session }: SignedIn,
    mode: Mode,
    if_match: Option<IfMatch>,
    Path(id): Path<String>,
) -> Result<Reply<()>, Problem> {
    let mut tx = everywhere(app.db.write()).await?;
    let row = store::keys::find_personal(&mut tx, &session.member.id, &id)
        .await?
        .ok_or_else(Problem::not_found)?;
    if_match.map_or(Ok(()), |seen| seen.check(row.version))?;
    store::keys::revoke(&mut tx, &row.id, clock::now()).await?;
    let before = ApiKey::from(row);
    let change = before.change("api_key.delete").before(&before);
    let made = mode.end(&app, tx, &caller, change).await?;
    Ok(Reply::ok(()).or_preview(made))
}
