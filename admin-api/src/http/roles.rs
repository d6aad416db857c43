//! `/accounts/{account}/roles`: scoped signing keys. What a role says counts for all its users, at
//! once and without new credentials.

use std::sync::Arc;

use accounts::KeyKind;
use axum::Json as Answer;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Deleted;
use super::body::{Json, MergePatch, OptionalJson};
use super::conditional::IfMatch;
use super::dry_run::Mode;
use super::page::{Page, PageRequest};
use super::reply::Reply;
use super::users::{check_name, json};
use super::work::{Diff, Work};
use crate::app::App;
use crate::auth::{InAccount, may};
use crate::claims::{role_rights, stored_ceilings};
use crate::clock;
use crate::devices::may_have_devices;
use crate::ids::{IdKind, is_id, new_id};
use crate::mint;
use crate::problem::{Problem, ProblemBody};
use crate::rights::{Conditions, Rights, UserLimits, UserPermissions};
use crate::settings;
use crate::store::account_roles::{RetiredKeyRow, RoleRow};
use crate::store::accounts::AccountRow;
use crate::store::{self, StoreError, Tx};
use crate::vault::{Purpose, Vault};

/// How long a key that was rotated out is trusted, unless somebody says how long.
pub(super) const OVERLAP_SECONDS_DEFAULT: u32 = 24 * 3600;
const OVERLAP_SECONDS_MAX: u32 = 90 * 24 * 3600;
/// Each role stands in the account's claims with its whole template.
const ROLES_MAX: usize = 256;

/// What the users of a role may do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Role {
    #[schema(example = "role_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    /// The account's id.
    account: String,
    name: String,
    description: String,
    permissions: UserPermissions,
    limits: UserLimits,
    conditions: Conditions,
    bearer: bool,
    /// The key that signs its users now.
    signing_key: String,
    /// Keys that signed its users before.
    retired_keys: Vec<RetiredKey>,
    /// A disabled role's users are out.
    disabled: bool,
    /// Counts its changes; `If-Match: "<version>"` changes this one only.
    version: i64,
    /// Whether every server knows of it.
    live: bool,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
}

/// A signing key that was rotated out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RetiredKey {
    public_key: String,
    /// What it signed is good until then.
    #[schema(format = DateTime)]
    trusted_until: String,
}

impl RetiredKey {
    pub(super) fn new(row: &RetiredKeyRow) -> Self {
        Self {
            public_key: row.public_key.clone(),
            trusted_until: clock::rfc3339(row.drop_at),
        }
    }
}

impl Role {
    pub(super) fn new(
        row: RoleRow,
        retired: &[RetiredKeyRow],
        live: bool,
    ) -> Result<Self, StoreError> {
        let rights = role_rights(&row)?;
        let own = |key: &&RetiredKeyRow| key.role_id.as_ref() == Some(&row.id);
        Ok(Self {
            retired_keys: retired.iter().filter(own).map(RetiredKey::new).collect(),
            permissions: rights.permissions,
            limits: rights.limits,
            conditions: rights.conditions,
            bearer: rights.bearer,
            id: row.id,
            account: row.account_id,
            name: row.name,
            description: row.description,
            signing_key: row.signing_key,
            disabled: row.disabled,
            version: row.version,
            live,
            created_at: clock::rfc3339(row.created_at),
            updated_at: clock::rfc3339(row.updated_at),
        })
    }
}

/// A new role.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRole {
    /// One literal subject token, unique in the account.
    #[schema(example = "sensor")]
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: String,
    /// Subjects may use `{{name()}}`, `{{subject()}}`, `{{tag(key)}}`, `{{account-name()}}`,
    /// `{{account-subject()}}` and `{{account-tag(key)}}`.
    #[serde(default)]
    pub(super) permissions: UserPermissions,
    #[serde(default)]
    pub(super) limits: UserLimits,
    #[serde(default)]
    pub(super) conditions: Conditions,
    #[serde(default)]
    pub(super) bearer: bool,
}

/// Changes to a role; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RolePatch {
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) permissions: Option<UserPermissions>,
    pub(super) limits: Option<UserLimits>,
    pub(super) conditions: Option<Conditions>,
    pub(super) bearer: Option<bool>,
    pub(super) disabled: Option<bool>,
}

fn check(
    account: &AccountRow,
    name: &str,
    description: &str,
    rights: &Rights,
) -> Result<(), Problem> {
    check_name(name)?;
    if is_id(IdKind::Role, name) {
        return Err(Problem::invalid("/name", "must not look like an id"));
    }
    settings::description(description, "/description")?;
    rights.check(&stored_ceilings(account)?)?;
    rights.permissions.check_template()
}

fn role_exists(error: StoreError) -> Problem {
    Problem::if_taken(
        "role_exists",
        "A role with this name exists in the account.",
    )(error)
}

/// Makes a role.
#[utoipa::path(post, path = "/accounts/{account}/roles", operation_id = "create_role",
    tag = "roles",
    params(InAccount<may::WriteRoles>),
    request_body = NewRole,
    responses((status = 201, body = Role), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteRoles>,
    mode: Mode,
    Json(new): Json<NewRole>,
) -> Result<Reply<Role>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let row = make(&mut work, new).await?;
    let id = row.id.clone();
    work.republish().await?;
    work.show_role(&row)?;
    let mut role = Role::new(row, &[], false)?;
    let done = work.finish("role.create", &id, Diff::made(&role)).await?;
    role.live = done.live;
    Ok(done.reply(Reply::made(role).version(1)))
}

/// Stores a new role of the account in work.
pub(super) async fn make(work: &mut Work<'_>, new: NewRole) -> Result<RoleRow, Problem> {
    let rights = Rights {
        permissions: new.permissions,
        limits: new.limits,
        conditions: new.conditions,
        bearer: new.bearer,
    };
    check(&work.account, &new.name, &new.description, &rights)?;
    rights.check_engines(work.installation.has_cluster)?;
    if store::account_roles::of_account(&mut work.tx, &work.account.id)
        .await?
        .len()
        >= ROLES_MAX
    {
        let text = format!("An account may have {ROLES_MAX} roles at most.");
        return Err(Problem::unprocessable("too_many_roles", text));
    }
    let id = new_id(IdKind::Role);
    let vault = &work.app.vault;
    let key = mint::new_sealed_key(vault, KeyKind::Account, Purpose::RoleSigning, &id);
    let row = RoleRow {
        id,
        account_id: work.account.id.clone(),
        name: new.name,
        description: new.description,
        template: json(&rights),
        signing_key: key.public.to_string(),
        signing_seed: key.seed,
        disabled: false,
        version: 1,
        created_at: work.now,
        updated_at: work.now,
    };
    store::account_roles::insert(&mut work.tx, &row)
        .await
        .map_err(role_exists)?;
    Ok(row)
}

/// Gives another account the same role, with a key of its own.
pub(super) async fn copy(
    tx: &mut Tx,
    vault: &Vault,
    role: RoleRow,
    account_id: &str,
    now: i64,
) -> Result<(), StoreError> {
    let id = new_id(IdKind::Role);
    let key = mint::new_sealed_key(vault, KeyKind::Account, Purpose::RoleSigning, &id);
    let row = RoleRow {
        id,
        account_id: account_id.to_owned(),
        signing_key: key.public.to_string(),
        signing_seed: key.seed,
        version: 1,
        created_at: now,
        updated_at: now,
        ..role
    };
    store::account_roles::insert(tx, &row).await
}

/// The account's roles.
#[utoipa::path(get, path = "/accounts/{account}/roles", operation_id = "list_roles",
    tag = "roles",
    params(InAccount<may::ReadRoles>, PageRequest<RoleRow>),
    responses((status = 200, body = Page<Role>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadRoles>,
    page: PageRequest<RoleRow>,
) -> Result<Answer<Page<Role>>, Problem> {
    let mut tx = app.db.read().await?;
    let retired = store::account_roles::retired_keys(&mut tx, &scope.account.id).await?;
    let live = scope.account.is_live();
    let roles = store::account_roles::of(&scope.account.id);
    let view = |row| Role::new(row, &retired, live);
    Ok(Answer(page.read(&app, &mut tx, roles, view).await?))
}

/// One role.
#[utoipa::path(get, path = "/accounts/{account}/roles/{role}", operation_id = "get_role",
    tag = "roles",
    params(InAccount<may::ReadRoles>,
           ("role" = String, Path, description = "Id or name")),
    responses((status = 200, body = Role, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadRoles>,
    Path(path): Path<(String, String)>,
) -> Result<Reply<Role>, Problem> {
    let mut tx = app.db.read().await?;
    let row = find(&mut tx, &scope.account, &path.1).await?;
    let retired = store::account_roles::retired_keys(&mut tx, &scope.account.id).await?;
    let version = row.version;
    let role = Role::new(row, &retired, scope.account.is_live())?;
    Ok(Reply::ok(role).version(version))
}

pub(super) async fn find(
    tx: &mut Tx,
    account: &AccountRow,
    reference: &str,
) -> Result<RoleRow, Problem> {
    let row = store::account_roles::find(tx, &account.id, reference).await?;
    row.ok_or_else(Problem::not_found)
}

/// Changes a role, and with it what all its users may do from now on. A disabled role's users are
/// out until it is enabled again.
#[utoipa::path(patch, path = "/accounts/{account}/roles/{role}", operation_id = "update_role",
    tag = "roles",
    params(InAccount<may::WriteRoles>,
           ("role" = String, Path, description = "Id or name"), IfMatch),
    request_body(content = RolePatch, content_type = "application/merge-patch+json"),
    responses((status = 200, body = Role, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn update(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteRoles>,
    mode: Mode,
    if_match: IfMatch,
    Path(path): Path<(String, String)>,
    patch: MergePatch<RolePatch>,
) -> Result<Reply<Role>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let mut row = find(&mut work.tx, &work.account, &path.1).await?;
    if_match.check(row.version)?;
    let retired = store::account_roles::retired_keys(&mut work.tx, &work.account.id).await?;
    let before = Role::new(row.clone(), &retired, true)?;
    let wanted = patch.apply(serde_json::json!({
        "name": before.name, "description": before.description,
        "permissions": before.permissions, "limits": before.limits,
        "conditions": before.conditions, "bearer": before.bearer, "disabled": before.disabled,
    }))?;
    set(&mut work, &mut row, wanted).await?;
    work.republish().await?;
    work.show_role(&row)?;
    let (id, version) = (row.id.clone(), row.version);
    let mut role = Role::new(row, &retired, false)?;
    let diff = Diff::was(&before).after(&role);
    let done = work.finish("role.update", &id, diff).await?;
    role.live = done.live;
    Ok(done.reply(Reply::ok(role).version(version)))
}

/// Makes a role of the account in work what `wanted` says as a whole.
pub(super) async fn set(
    work: &mut Work<'_>,
    row: &mut RoleRow,
    wanted: RolePatch,
) -> Result<(), Problem> {
    let rights = Rights {
        permissions: wanted.permissions.unwrap_or_default(),
        limits: wanted.limits.unwrap_or_default(),
        conditions: wanted.conditions.unwrap_or_default(),
        bearer: wanted.bearer.unwrap_or_default(),
    };
    row.name = wanted.name.unwrap_or_default();
    row.description = wanted.description.unwrap_or_default();
    row.disabled = wanted.disabled.unwrap_or_default();
    row.version += 1;
    check(&work.account, &row.name, &row.description, &rights)?;
    rights.check_engines(work.installation.has_cluster)?;
    row.template = json(&rights);
    if !may_have_devices(&row.template)
        && store::device_authorities::serves(&mut work.tx, &row.id).await?
    {
        let text = "uses `{{tag(…)}}`, which the role's devices do not have";
        return Err(Problem::invalid("/permissions", text));
    }
    row.updated_at = work.now;
    store::account_roles::update(&mut work.tx, row)
        .await
        .map_err(role_exists)
}

/// Whether to delete what is in use.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ForceParams {
    /// Delete the role's users with it.
    #[serde(default)]
    force: bool,
}

/// Deletes a role. One that users have is deleted with `force`, and they with it.
#[utoipa::path(delete, path = "/accounts/{account}/roles/{role}", operation_id = "delete_role",
    tag = "roles",
    params(InAccount<may::WriteRoles>,
           ("role" = String, Path, description = "Id or name"), ForceParams, IfMatch),
    responses((status = 200, body = Deleted), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteRoles>,
    mode: Mode,
    if_match: IfMatch,
    Path(path): Path<(String, String)>,
    Query(asked): Query<ForceParams>,
) -> Result<Reply<Deleted>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let row = find(&mut work.tx, &work.account, &path.1).await?;
    if_match.check(row.version)?;
    remove(&mut work, &row, asked.force).await?;
    work.republish().await?;
    let id = row.id.clone();
    let before = Role::new(row, &[], true)?;
    let done = work.finish("role.delete", &id, Diff::was(&before)).await?;
    let view = Deleted {
        id,
        live: done.live,
    };
    Ok(done.reply(Reply::ok(view)))
}

/// Deletes a role of the account in work; one that users or devices have only with `force`.
pub(super) async fn remove(work: &mut Work<'_>, row: &RoleRow, force: bool) -> Result<(), Problem> {
    let users = store::account_roles::count_users(&mut work.tx, &row.id).await?;
    let devices = store::devices::count_of_role(&mut work.tx, &row.id).await?;
    if users + devices > 0 && !force {
        let text = format!(
            "{users} users and {devices} devices have the role. Delete them with it by \
             `?force=true`."
        );
        return Err(Problem::conflict("role_in_use", text));
    }
    store::users::mark_role_deleted(&mut work.tx, &row.id, work.now).await?;
    store::devices::revoke_of_role(&mut work.tx, &row.id, work.now).await?;
    store::device_authorities::revoke_of_role(&mut work.tx, &row.id, work.now).await?;
    store::account_roles::mark_deleted(&mut work.tx, &row.id, work.now).await?;
    // Its keys are trusted no longer: what they had signed needs no revocation.
    store::issuances::compact(&mut work.tx, &work.account.id, work.now).await?;
    Ok(())
}

/// How to change over to a new key.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rotation {
    /// How long credentials of the old key stay good; 0 ends them at once, and takes their
    /// revocations out of the account's claims. A day when absent, 90 days at most.
    #[schema(minimum = 0, maximum = 7_776_000, default = 86_400)]
    overlap_seconds: Option<u32>,
}

impl Rotation {
    /// Until when the old key is trusted.
    pub(super) fn end(&self, now: i64) -> Result<i64, Problem> {
        let seconds = self.overlap_seconds.unwrap_or(OVERLAP_SECONDS_DEFAULT);
        if seconds > OVERLAP_SECONDS_MAX {
            let text = format!("must be 0 to {OVERLAP_SECONDS_MAX} (90 days)");
            return Err(Problem::invalid("/overlap_seconds", text));
        }
        Ok(now + i64::from(seconds))
    }
}

/// A key that was rotated, and what it leaves to be done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RotatedKey {
    /// The key that signs from now on.
    pub(super) signing_key: String,
    pub(super) old_key: RetiredKey,
    /// Credentials of the old key that have not expired: give their users new ones until then.
    pub(super) credentials_to_replace: i64,
    /// Revocations that the account's claims need no longer.
    pub(super) revocations_dropped: u64,
    pub(super) live: bool,
}

/// Gives a role a new signing key. Credentials of the old key stay good for the overlap.
#[utoipa::path(post, path = "/accounts/{account}/roles/{role}/rotate",
    operation_id = "rotate_role", tag = "roles",
    params(InAccount<may::WriteRoles>,
           ("role" = String, Path, description = "Id or name")),
    request_body = Option<Rotation>,
    responses((status = 200, body = RotatedKey), (status = "4XX", body = ProblemBody)))]
pub(super) async fn rotate(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteRoles>,
    mode: Mode,
    Path(path): Path<(String, String)>,
    OptionalJson(rotation): OptionalJson<Rotation>,
) -> Result<Reply<RotatedKey>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    let mut row = find(&mut work.tx, &work.account, &path.1).await?;
    let old = RetiredKeyRow {
        public_key: row.signing_key.clone(),
        account_id: work.account.id.clone(),
        role_id: Some(row.id.clone()),
        drop_at: rotation.end(work.now)?,
    };
    let key = mint::new_sealed_key(&app.vault, KeyKind::Account, Purpose::RoleSigning, &row.id);
    row.signing_key = key.public.to_string();
    row.signing_seed = key.seed;
    row.updated_at = work.now;
    store::account_roles::update(&mut work.tx, &row).await?;
    let mut rotated = retire(&mut work, old, row.signing_key.clone()).await?;
    let done = work
        .finish("role.rotate", &row.id, Diff::made(&rotated))
        .await?;
    rotated.live = done.live;
    let view = rotated;
    Ok(done.reply(Reply::ok(view)))
}

/// Retires a key in whose place another one signs now, and mints the claims that say so.
pub(super) async fn retire(
    work: &mut Work<'_>,
    old: RetiredKeyRow,
    signing_key: String,
) -> Result<RotatedKey, Problem> {
    let (account_id, now) = (work.account.id.clone(), work.now);
    let tx = &mut work.tx;
    let signed = store::account_roles::count_signed(tx, &account_id, &old.public_key, now).await?;
    store::account_roles::retire_key(tx, &old, now).await?;
    let dropped = match old.drop_at <= now {
        true => store::issuances::compact(tx, &account_id, now).await?,
        false => 0,
    };
    work.republish().await?;
    Ok(RotatedKey {
        signing_key,
        old_key: RetiredKey::new(&old),
        credentials_to_replace: signed,
        revocations_dropped: dropped,
        live: false,
    })
}
