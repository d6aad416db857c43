//! What becomes of accounts: suspended and resumed, deleted and restored, purged in the end; and
//! the change of an account's own signing key.

use std::sync::Arc;

use accounts::KeyKind;
use axum::Json as Answer;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::accounts::{Account, lock};
use super::body::OptionalJson;
use super::conditional::IfMatch;
use super::dry_run::{Impact, Mode};
use super::operations::{self, Operation, Prefers};
use super::page::{Page, PageRequest};
use super::record::Change;
use super::reply::Reply;
use super::roles::{RotatedKey, Rotation, retire};
use super::validate;
use super::work::{Diff, Work};
use crate::app::App;
use crate::auth::{Caller, InAccount, May, may};
use crate::claims::republish;
use crate::clock;
use crate::mint;
use crate::problem::{Problem, ProblemBody};
use crate::store::account_roles::RetiredKeyRow;
use crate::store::accounts::AccountRow;
use crate::store::{self, Tx};
use crate::vault::Purpose;

/// How long a deleted account can be restored.
pub(super) const PURGE_AFTER_SECONDS: i64 = 7 * 24 * 3600;

/// Why an account is suspended.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Suspension {
    /// The account's people see it.
    #[serde(default)]
    reason: String,
}

/// Suspends an account: its connections are closed, its sharing is cut, and nobody can log in.
#[utoipa::path(post, path = "/accounts/{account}/suspend", operation_id = "suspend_account",
    tag = "accounts",
    params(InAccount<may::ManageAccounts>),
    request_body = Option<Suspension>,
    responses((status = 200, body = Account), (status = "4XX", body = ProblemBody)))]
pub(super) async fn suspend(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ManageAccounts>,
    mode: Mode,
    OptionalJson(asked): OptionalJson<Suspension>,
) -> Result<Reply<Account>, Problem> {
    if !asked.reason.is_empty() {
        validate::display_name(&asked.reason, "/reason")?;
    }
    change_suspension(&app, &scope, mode, Some(asked.reason)).await
}

/// Takes a suspension back: everything is as it was.
#[utoipa::path(post, path = "/accounts/{account}/resume", operation_id = "resume_account",
    tag = "accounts",
    params(InAccount<may::ManageAccounts>),
    responses((status = 200, body = Account), (status = "4XX", body = ProblemBody)))]
pub(super) async fn resume(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ManageAccounts>,
    mode: Mode,
) -> Result<Reply<Account>, Problem> {
    change_suspension(&app, &scope, mode, None).await
}

async fn change_suspension<R>(
    app: &App,
    scope: &InAccount<R>,
    mode: Mode,
    reason: Option<String>,
) -> Result<Reply<Account>, Problem> {
    let mut work = Work::begin(app, scope, mode).await?;
    let before = Account::new(work.account.clone(), &work.installation)?;
    let action = match &reason {
        Some(_) => "account.suspend",
        None => "account.resume",
    };
    let (id, now) = (work.account.id.clone(), work.now);
    let suspended = reason.as_deref().map(|reason| (now, reason));
    store::lifecycle::set_suspended(&mut work.tx, &id, suspended, now).await?;
    work.account.suspended_at = suspended.map(|(at, _)| at);
    work.account.suspend_reason = reason;
    work.account.version += 1;
    work.republish().await?;
    let mut account = Account::new(work.account.clone(), &work.installation)?;
    let diff = Diff::was(&before).after(&account);
    let version = work.account.version;
    let done = work.finish(action, &id, diff).await?;
    account.live = done.live;
    Ok(done.reply(Reply::ok(account).version(version)))
}

/// Deleted accounts that can be restored until they are purged.
#[utoipa::path(get, path = "/deleted-accounts", operation_id = "list_deleted_accounts",
    tag = "accounts",
    params(May<may::ManageAccounts>, PageRequest<AccountRow>),
    responses((status = 200, body = Page<Account>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list_deleted(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ManageAccounts>,
    page: PageRequest<AccountRow>,
) -> Result<Answer<Page<Account>>, Problem> {
    let installation = app.installation()?;
    let mut tx = app.db.read().await?;
    let deleted = store::lifecycle::deleted_within(&caller.scope);
    let view = |row| Account::new(row, &installation);
    Ok(Answer(page.read(&app, &mut tx, deleted, view).await?))
}

/// Restores a deleted account with its users, sharing and name. What was revoked stays revoked.
#[utoipa::path(post, path = "/deleted-accounts/{deleted}/undelete",
    operation_id = "undelete_account", tag = "accounts",
    params(May<may::ManageAccounts>, ("deleted" = String, Path, description = "Id, nkey or slug")),
    responses((status = 200, body = Account), (status = "4XX", body = ProblemBody)))]
pub(super) async fn undelete(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ManageAccounts>,
    mode: Mode,
    Path(account): Path<String>,
) -> Result<Reply<Account>, Problem> {
    let (now, installation) = (clock::now(), app.installation()?);
    let mut tx = app.db.write().await?;
    let id = store::lifecycle::find_deleted(&mut tx, &caller.scope, &account).await?;
    let id = id.ok_or_else(Problem::not_found)?;
    store::lifecycle::undelete(&mut tx, &id, now).await?;
    let mut row = lock(&mut tx, &id).await?;
    republish(&mut tx, &app.vault, &installation, &mut row, now).await?;
    let (org_id, generation) = (row.org_id.clone(), row.wanted_generation);
    let version = row.version;
    let mut account = Account::new(row, &installation)?;
    let change = Change::new("account.undelete", &id, Some(&org_id), Some(&id));
    let Some(waiter) = mode.end(&app, tx, &caller, change.after(&account)).await? else {
        return Ok(Reply::ok(account).preview(Impact::none()));
    };
    account.live = waiter.wait(&app, &id, generation).await;
    Ok(Reply::ok(account).version(version))
}

/// A deleted account that was not purged yet.
#[utoipa::path(get, path = "/deleted-accounts/{deleted}", operation_id = "get_deleted_account",
    tag = "accounts",
    params(May<may::ManageAccounts>, ("deleted" = String, Path, description = "Id, nkey or slug")),
    responses((status = 200, body = Account, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn get_deleted(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ManageAccounts>,
    Path(account): Path<String>,
) -> Result<Reply<Account>, Problem> {
    let mut tx = app.db.read().await?;
    let id = store::lifecycle::find_deleted(&mut tx, &caller.scope, &account).await?;
    let id = id.ok_or_else(Problem::not_found)?;
    let row = store::accounts::by_id(&mut tx, &id).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let version = row.version;
    Ok(Reply::ok(Account::new(row, &app.installation()?)?).version(version))
}

/// Purges a deleted account now, without waiting for its time: nothing is left of it, and its name
/// is free. This cannot be taken back. With `Prefer: respond-async` the answer says where to see
/// when it is gone.
#[utoipa::path(delete, path = "/deleted-accounts/{deleted}", operation_id = "purge_account",
    tag = "accounts",
    params(May<may::PurgeAccounts>,
           ("deleted" = String, Path, description = "Id, nkey or slug"), Prefers,
           IfMatch),
    responses((status = 200, body = Account),
        (status = 202, body = Operation, description = "It is being purged",
            headers(("Location" = String), ("Retry-After" = u64))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn purge(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::PurgeAccounts>,
    mode: Mode,
    prefers: Prefers,
    if_match: IfMatch,
    Path(account): Path<String>,
) -> Result<Response, Problem> {
    if prefers.is_async && mode == Mode::Commit {
        let accepted = operations::purge::begin(&app, &caller, &account, &if_match).await?;
        return Ok(accepted.into_response());
    }
    let mut tx = app.db.write().await?;
    let wanted = (account.as_str(), &if_match);
    let (row, account) = mark_for_purge(&app, &mut tx, &caller, wanted).await?;
    let (id, org_id, version) = (row.id, row.org_id, row.version);
    let change = Change::new("account.purge", &id, Some(&org_id), Some(&id));
    let change = change.before(&account);
    if mode.end(&app, tx, &caller, change).await?.is_none() {
        let preview = Reply::ok(account).preview(Impact::none());
        return Ok(preview.into_response());
    }
    app.reconciler.look_after();
    Ok(Reply::ok(account).version(version).into_response())
}

/// Marks a deleted account as due now.
pub(super) async fn mark_for_purge(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    (account, seen): (&str, &IfMatch),
) -> Result<(AccountRow, Account), Problem> {
    let id = store::lifecycle::find_deleted(tx, &caller.scope, account).await?;
    let id = id.ok_or_else(Problem::not_found)?;
    store::lifecycle::set_purge_at(tx, &id, clock::now()).await?;
    let row = store::accounts::by_id(tx, &id).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    seen.check(row.version)?;
    let view = Account::new(row.clone(), &app.installation()?)?;
    Ok((row, view))
}

/// Gives an account a new key to sign users and activations with. Credentials of the old key stay
/// good for the overlap; activations are made anew at once.
#[utoipa::path(post, path = "/accounts/{account}/signing-key/rotate",
    operation_id = "rotate_account", tag = "accounts",
    params(InAccount<may::WriteRoles>),
    request_body = Option<Rotation>,
    responses((status = 200, body = RotatedKey), (status = "4XX", body = ProblemBody)))]
pub(super) async fn rotate_signing_key(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteRoles>,
    mode: Mode,
    OptionalJson(rotation): OptionalJson<Rotation>,
) -> Result<Reply<RotatedKey>, Problem> {
    let mut work = Work::begin_sharing(&app, &scope, mode).await?;
    let old = RetiredKeyRow {
        public_key: work.account.signing_key.clone(),
        account_id: work.account.id.clone(),
        role_id: None,
        drop_at: rotation.end(work.now)?,
    };
    let (id, purpose) = (work.account.id.clone(), Purpose::AccountSigning);
    let key = mint::new_sealed_key(&app.vault, KeyKind::Account, purpose, &id);
    let public = key.public.to_string();
    store::accounts::set_signing_key(&mut work.tx, &id, &public, &key.seed).await?;
    work.account.signing_key.clone_from(&public);
    work.account.signing_seed = key.seed;
    let mut rotated = retire(&mut work, old, public).await?;
    super::imports::reactivate(&mut work).await?;
    let done = work
        .finish("account.rotate_key", &id, Diff::made(&rotated))
        .await?;
    rotated.live = done.live;
    let view = rotated;
    Ok(done.reply(Reply::ok(view)))
}
