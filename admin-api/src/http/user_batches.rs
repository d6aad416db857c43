//! `/accounts/{account}/user-batches/…`: what is done to many users at once, to all of them or to
//! none. However many they are, the account's claims change once.

use std::collections::HashSet;
use std::sync::Arc;

use accounts::KeyKind;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::Json;
use super::credentials::{AT_ONCE_MAX, CreatedUsers, refuse_disabled};
use super::dry_run::Mode;
use super::reply::Reply;
use super::user_update::renew;
use super::users::{CreatedUser, User, UserKey, find, kick_all, remove, role_of};
use super::work::{Diff, Done, Work};
use crate::app::App;
use crate::auth::{InAccount, may};
use crate::issue::{self, Reason};
use crate::mint;
use crate::problem::{Problem, ProblemBody};
use crate::store::users::UserRow;

/// The users that are meant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserBatch {
    /// Ids, nkeys or names; from 1 to 500, none of them twice.
    #[schema(min_items = 1, max_items = 500)]
    users: Vec<String>,
}

/// What was done to them, in the order in which they were named.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangedUsers {
    data: Vec<ChangedUser>,
    /// Whether every server has followed.
    live: bool,
}

/// A user that was changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ChangedUser {
    id: String,
    name: String,
    /// Its keys whose credentials are revoked.
    keys: Vec<String>,
}

impl UserBatch {
    /// The rows of the users, each named once.
    async fn find(&self, work: &mut Work<'_>) -> Result<Vec<UserRow>, Problem> {
        if !(1..=AT_ONCE_MAX).contains(&self.users.len()) {
            let text = format!("must have from 1 to {AT_ONCE_MAX} entries");
            return Err(Problem::invalid("/users", text));
        }
        let mut seen = HashSet::new();
        let mut rows = Vec::with_capacity(self.users.len());
        for (at, reference) in self.users.iter().enumerate() {
            let pointer = || format!("/users/{at}");
            let reference = super::validate::reference(reference, &pointer())?;
            let row = find(&mut work.tx, &work.account, &reference).await;
            let row = row.map_err(|_| Problem::invalid(pointer(), "is no user of the account"))?;
            if !seen.insert(row.id.clone()) {
                return Err(Problem::invalid(pointer(), "is named twice"));
            }
            rows.push(row);
        }
        Ok(rows)
    }
}

/// Ends a change of many users, after which none of these keys may be connected.
async fn finish(
    mut work: Work<'_>,
    action: &'static str,
    diff: Diff,
    keys: &[String],
) -> Result<Done, Problem> {
    work.republish().await?;
    let (app, account_key, id) = (
        work.app,
        work.account.public_key.clone(),
        work.account.id.clone(),
    );
    let done = work.finish(action, &id, diff).await?;
    if done.is_made() {
        kick_all(app, &account_key, keys).await;
    }
    Ok(done)
}

/// Ends it with an answer that names the users.
async fn answer(
    work: Work<'_>,
    action: &'static str,
    diff: Diff,
    data: Vec<ChangedUser>,
) -> Result<Reply<ChangedUsers>, Problem> {
    let keys = data.iter().flat_map(|user| &user.keys);
    let keys: Vec<String> = keys.cloned().collect();
    let done = finish(work, action, diff, &keys).await?;
    let live = done.live;
    Ok(done.reply(Reply::ok(ChangedUsers { data, live })))
}

/// Revokes all credentials of many users: of all that are named, or of none. They stay, without a
/// credential, until they are given new ones.
#[utoipa::path(post, path = "/accounts/{account}/user-batches/revoke",
    operation_id = "revoke_user_batch", tag = "users",
    params(InAccount<may::WriteUsers>),
    request_body = UserBatch,
    responses((status = 200, body = ChangedUsers), (status = "4XX", body = ProblemBody)))]
pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteUsers>,
    mode: Mode,
    Json(batch): Json<UserBatch>,
) -> Result<Reply<ChangedUsers>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let mut changed = Vec::new();
    for row in batch.find(&mut work).await? {
        changed.push(ChangedUser {
            keys: issue::revoke_all(&mut work.tx, &row, work.now).await?,
            id: row.id,
            name: row.name,
        });
    }
    let diff = Diff::made(&changed);
    answer(work, "user.revoke_many", diff, changed).await
}

/// Deletes many users: all that are named, or none. Their credentials are revoked everywhere, and
/// their connections are closed.
#[utoipa::path(post, path = "/accounts/{account}/user-batches/delete",
    operation_id = "delete_user_batch", tag = "users",
    params(InAccount<may::WriteUsers>),
    request_body = UserBatch,
    responses((status = 200, body = ChangedUsers), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteUsers>,
    mode: Mode,
    Json(batch): Json<UserBatch>,
) -> Result<Reply<ChangedUsers>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let (mut changed, mut before) = (Vec::new(), Vec::new());
    for row in batch.find(&mut work).await? {
        let role = role_of(&mut work.tx, &row).await?;
        changed.push(ChangedUser {
            keys: remove(&mut work, &row).await?,
            id: row.id.clone(),
            name: row.name.clone(),
        });
        before.push(User::new(row, role.as_ref())?);
    }
    let diff = Diff::was(&before);
    answer(work, "user.delete_many", diff, changed).await
}

/// Gives many users a new key and credential each, which hold as long as those before: all that
/// are named, or none. All older ones are revoked.
#[utoipa::path(post, path = "/accounts/{account}/user-batches/rotate",
    operation_id = "rotate_user_batch", tag = "users",
    params(InAccount<may::WriteUsers>),
    request_body = UserBatch,
    responses((status = 201, body = CreatedUsers), (status = "4XX", body = ProblemBody)))]
pub(super) async fn rotate(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteUsers>,
    mode: Mode,
    Json(batch): Json<UserBatch>,
) -> Result<Reply<CreatedUsers>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let (mut made, mut keys, mut before) = (Vec::new(), Vec::new(), Vec::new());
    for (at, mut row) in batch.find(&mut work).await?.into_iter().enumerate() {
        let role = role_of(&mut work.tx, &row).await?;
        let below = |problem: Problem| problem.below(&format!("/users/{at}"));
        refuse_disabled(role.as_ref()).map_err(below)?;
        before.push(User::new(row.clone(), role.as_ref())?);
        if row.expires_at != 0 {
            row.expires_at = work.now + (row.expires_at - row.issued_at).max(1);
        }
        let key = UserKey::Made(mint::new_key(KeyKind::User));
        row.public_key = key.public().to_string();
        row.version += 1;
        let renewed = renew(&mut work, role.as_ref(), &mut row, Reason::Rotated).await;
        let (jwt, old) = renewed.map_err(below)?;
        keys.extend(old);
        made.push((User::new(row, role.as_ref())?, key, jwt));
    }
    let after: Vec<&User> = made.iter().map(|(user, ..)| user).collect();
    let diff = Diff::was(&before).after(&after);
    let done = finish(work, "user.rotate_many", diff, &keys).await?;
    let made = made.into_iter();
    let data = made.map(|(user, key, jwt)| CreatedUser::new(user, &key, jwt, done.live));
    let view = CreatedUsers::of(data.collect());
    Ok(done.reply(Reply::made(view).secrets(&["data"])))
}
