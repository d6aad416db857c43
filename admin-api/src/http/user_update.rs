//! Changes of users: what they may do, and a credential that says so.

use std::sync::Arc;

use accounts::{KeyKind, PublicKey};
use axum::extract::{Path, State};
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::MergePatch;
use super::conditional::IfMatch;
use super::dry_run::Mode;
use super::lifetime::Lifetime;
use super::reply::Reply;
use super::users::{
    CreatedUser, SECRETS, User, UserKey, check_name, check_rights, find, json, kick_all, role_of,
    usable_role, user_exists,
};
use super::work::{Diff, Work};
use crate::app::App;
use crate::auth::{InAccount, may};
use crate::issue::{self, Reason};
use crate::problem::{Problem, ProblemBody};
use crate::rights::{Conditions, Rights, UserLimits, UserPermissions};
use crate::settings;
use crate::store::account_roles::RoleRow;
use crate::store::users::UserRow;
use crate::store::{self, StoreError};

/// Changes to a user; what is absent stays. A JWT cannot be changed: a new one is issued, and the
/// older ones are revoked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserPatch {
    pub(super) name: Option<String>,
    /// Id or name of a role; null takes the user out of its role.
    pub(super) role: Option<String>,
    pub(super) permissions: Option<UserPermissions>,
    pub(super) limits: Option<UserLimits>,
    pub(super) conditions: Option<Conditions>,
    pub(super) bearer: Option<bool>,
    pub(super) tags: Option<Vec<String>>,
    /// As before when absent.
    #[schema(minimum = 1, maximum = 31_536_000)]
    pub(super) expires_in_seconds: Option<u32>,
}

/// What a user may do by itself: what only those without a role have.
const OWN_RIGHTS: [&str; 4] = ["permissions", "limits", "conditions", "bearer"];

/// The row as it is to be, and its role.
async fn patched(
    work: &mut Work<'_>,
    row: UserRow,
    patch: &MergePatch<UserPatch>,
) -> Result<(UserRow, Option<RoleRow>), Problem> {
    let own = issue::rights_of(&row)?;
    let mut wanted = patch.apply(serde_json::json!({
        "name": row.name, "role": row.role_id, "tags": issue::tags_of(&row)?,
        "permissions": own.permissions, "limits": own.limits, "conditions": own.conditions,
        "bearer": own.bearer,
    }))?;
    if wanted.role.is_none() && row.role_id.is_some() && !patch.touches("permissions") {
        // Without rights of its own it would be allowed everything.
        return Err(Problem::invalid(
            "/permissions",
            "must say what the user may do once it has no role",
        ));
    }
    if wanted.role.is_some() && !OWN_RIGHTS.iter().any(|member| patch.touches(member)) {
        wanted.permissions = None;
        wanted.limits = None;
        wanted.conditions = None;
        wanted.bearer = None;
    }
    settle(work, row, wanted).await
}

/// What the row of a user of the account in work is with what `wanted` says as a whole, and its
/// role. [`reissue`] stores it.
pub(super) async fn settle(
    work: &mut Work<'_>,
    mut row: UserRow,
    wanted: UserPatch,
) -> Result<(UserRow, Option<RoleRow>), Problem> {
    let name = wanted.name.unwrap_or_default();
    check_name(&name)?;
    let tags = wanted.tags.unwrap_or_default();
    settings::tags(&tags)?;
    let role = match &wanted.role {
        // As it is, disabled or not.
        Some(role) if Some(role) == row.role_id.as_ref() => role_of(&mut work.tx, &row).await?,
        Some(role) => Some(usable_role(&mut work.tx, &work.account, role).await?),
        None => None,
    };
    let rights = Rights {
        permissions: wanted.permissions.unwrap_or_default(),
        limits: wanted.limits.unwrap_or_default(),
        conditions: wanted.conditions.unwrap_or_default(),
        bearer: wanted.bearer.unwrap_or_default(),
    };
    check_rights(&work.account, role.as_ref(), &rights)?;
    rights.check_engines(work.installation.has_cluster)?;
    (row.name, row.tags) = (name, json(&tags));
    row.role_id = role.as_ref().map(|role| role.id.clone());
    row.permissions = json(&rights.permissions);
    row.limits = json(&rights.limits);
    row.conditions = json(&rights.conditions);
    row.bearer = rights.bearer;
    row.version += 1;
    if wanted.expires_in_seconds.is_some() {
        let lifetime = Lifetime {
            seconds: wanted.expires_in_seconds,
            never_expires: false,
        };
        row.expires_at = lifetime.end(work.app, &work.account, work.now)?;
    }
    if row.expires_at != 0 && row.expires_at <= work.now {
        return Err(Problem::invalid(
            "/expires_in_seconds",
            "is needed: the user's credential has expired",
        ));
    }
    Ok((row, role))
}

/// Changes a user and issues its JWT anew, for the same key: put it in the place of the old one in
/// the creds file. Whoever is connected with the old one is closed.
#[utoipa::path(patch, path = "/accounts/{account}/users/{user}", operation_id = "update_user",
    tag = "users",
    params(InAccount<may::WriteUsers>,
           ("user" = String, Path, description = "Id, nkey or name"), IfMatch),
    request_body(content = UserPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, body = CreatedUser, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn update(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteUsers>,
    mode: Mode,
    if_match: IfMatch,
    Path(path): Path<(String, String)>,
    patch: MergePatch<UserPatch>,
) -> Result<Reply<CreatedUser>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let row = find(&mut work.tx, &work.account, &path.1).await?;
    if_match.check(row.version)?;
    let role = role_of(&mut work.tx, &row).await?;
    let before = User::new(row.clone(), role.as_ref())?;
    let (mut row, role) = patched(&mut work, row, &patch).await?;
    let own = PublicKey::parse_as(&row.public_key, KeyKind::User)
        .map_err(|_| StoreError::corrupt("users.public_key", &row.id))?;
    let (jwt, keys) = reissue(&mut work, role.as_ref(), &mut row, Reason::Updated).await?;
    work.show_user(&row).await?;
    let version = row.version;
    let user = User::new(row, role.as_ref())?;
    let id = user.id.clone();
    let account_key = work.account.public_key.clone();
    let diff = Diff::was(&before).after(&user);
    let done = work.finish("user.update", &id, diff).await?;
    if done.is_made() {
        kick_all(&app, &account_key, &keys).await;
    }
    let key = UserKey::Own(own);
    let view = CreatedUser::new(user, &key, jwt, done.live);
    Ok(done.reply(Reply::ok(view).version(version).secrets(&SECRETS)))
}

/// Revokes a user's credentials, gives it a new one, and publishes both. Answers the JWT and the
/// keys whose connections must go.
pub(super) async fn reissue(
    work: &mut Work<'_>,
    role: Option<&RoleRow>,
    row: &mut UserRow,
    reason: Reason,
) -> Result<(String, Vec<String>), Problem> {
    let renewed = renew(work, role, row, reason).await?;
    work.republish().await?;
    Ok(renewed)
}

/// The same without publishing it.
pub(super) async fn renew(
    work: &mut Work<'_>,
    role: Option<&RoleRow>,
    row: &mut UserRow,
    reason: Reason,
) -> Result<(String, Vec<String>), Problem> {
    let keys = issue::revoke_all(&mut work.tx, row, work.now).await?;
    let (vault, account, now) = (&work.app.vault, &work.account, work.now);
    let jwt = issue::sign(&mut work.tx, vault, account, role, row, now).await?;
    store::users::update(&mut work.tx, row)
        .await
        .map_err(user_exists)?;
    issue::remember(&mut work.tx, row, reason, &work.caller.actor, now).await?;
    Ok((jwt, keys))
}
