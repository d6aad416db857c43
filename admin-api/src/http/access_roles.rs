//! `/access-roles`: sets of rights that people and keys can be given, beside the built-in roles.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::binding::no_more_than;
use super::body::{Json, MergePatch};
use super::conditional::IfMatch;
use super::dry_run::Mode;
use super::page::{Page, PageRequest};
use super::record::Change;
use super::reply::Reply;
use super::validate;
use crate::app::App;
use crate::auth::{BuiltIn, Caller, May, Reach, Right, Rights, may};
use crate::clock;
use crate::ids::{IdKind, new_id};
use crate::names;
use crate::problem::{Problem, ProblemBody};
use crate::store::roles::AccessRoleRow;
use crate::store::{self, StoreError, Tx};

/// A set of rights with a name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccessRole {
    #[schema(example = "acr_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    /// The organisation that it belongs to; a role without one can be given anywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<String>,
    name: String,
    /// Where it is given, only those that can be held there count.
    rights: Vec<String>,
    /// Counts its changes; `If-Match: "<version>"` changes this one only.
    version: i64,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<AccessRoleRow> for AccessRole {
    fn from(row: AccessRoleRow) -> Self {
        let rights = Rights::from_stored(&row.rights).names();
        Self {
            id: row.id,
            org: row.org_id,
            name: row.name,
            version: row.version,
            rights: rights.map(str::to_owned).collect(),
            created_at: clock::rfc3339(row.created_at),
            updated_at: clock::rfc3339(row.updated_at),
        }
    }
}

impl AccessRole {
    fn change(&self, action: &'static str) -> Change<'_> {
        Change::new(action, &self.id, self.org.as_deref(), None)
    }
}

/// A new role.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAccessRole {
    #[schema(pattern = "^[a-z][a-z0-9-]{1,62}$", example = "support")]
    name: String,
    /// The organisation (id or slug); the caller's own when absent.
    org: Option<String>,
    #[schema(example = json!(["accounts:read", "users:read", "connections:write"]))]
    rights: Vec<String>,
}

/// Changes to a role, at once for everybody who has it; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccessRolePatch {
    #[schema(pattern = "^[a-z][a-z0-9-]{1,62}$")]
    name: Option<String>,
    rights: Option<Vec<String>>,
}

/// The built-in roles, and all rights that there are.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BuiltInRoles {
    roles: Vec<BuiltInRole>,
    rights: Vec<RightInfo>,
}

/// A role that every installation has.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BuiltInRole {
    #[schema(example = "account_admin")]
    name: &'static str,
    /// `account`, `org` or `platform`: where it is held.
    held_over: &'static str,
    rights: Vec<&'static str>,
}

/// Something that a role can allow.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RightInfo {
    #[schema(example = "users:read")]
    name: &'static str,
    /// `account`, `org` or `platform`: the least that a role must be held over to give it.
    held_over: &'static str,
}

fn word(reach: Reach) -> &'static str {
    match reach {
        Reach::Account => "account",
        Reach::Org => "org",
        Reach::Platform => "platform",
    }
}

/// The built-in roles, and all rights.
#[utoipa::path(get, path = "/access-roles/built-in", operation_id = "list_built_in_roles",
    tag = "access",
    responses((status = 200, body = BuiltInRoles), (status = "4XX", body = ProblemBody)))]
pub(super) async fn built_in(_: Caller) -> Answer<BuiltInRoles> {
    let role = |role: BuiltIn| BuiltInRole {
        name: role.name(),
        held_over: word(role.reach()),
        rights: role.rights().names().collect(),
    };
    let right = |right: &Right| RightInfo {
        name: right.name(),
        held_over: word(right.reach()),
    };
    Answer(BuiltInRoles {
        roles: BuiltIn::ALL.into_iter().map(role).collect(),
        rights: Right::ALL.iter().map(right).collect(),
    })
}

/// Makes a role.
#[utoipa::path(post, path = "/access-roles", operation_id = "create_access_role",
    tag = "access", request_body = NewAccessRole,
    params(May<may::WriteOrgs>),
    responses((status = 201, body = AccessRole), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteOrgs>,
    mode: Mode,
    Json(new): Json<NewAccessRole>,
) -> Result<Reply<AccessRole>, Problem> {
    let name = role_name(&new.name)?;
    let rights = given(&caller, &new.rights)?;
    let mut tx = app.db.write().await?;
    let org_id = match &new.org {
        None => caller.scope.org_id.clone(),
        Some(org) => {
            let org = validate::reference(org, "/org")?;
            let org = store::orgs::find(&mut tx, &caller.scope, &org).await?;
            let org = org.ok_or_else(|| Problem::invalid("/org", "no such organisation"))?;
            Some(org.id)
        }
    };
    let now = clock::now();
    let row = AccessRoleRow {
        id: new_id(IdKind::AccessRole),
        org_id,
        name,
        rights: rights.to_stored(),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    store::roles::insert(&mut tx, &row)
        .await
        .map_err(name_taken)?;
    let role = AccessRole::from(row);
    let change = role.change("access_role.create").after(&role);
    let made = mode.end(&app, tx, &caller, change).await?;
    let reply = Reply::made(role).version(1);
    Ok(reply.or_preview(made))
}

fn role_name(name: &str) -> Result<String, Problem> {
    if names::is_slug(name) {
        return Ok(name.to_owned());
    }
    Err(Problem::invalid("/name", "must match [a-z][a-z0-9-]{1,62}"))
}

/// The rights with these names, which the caller has.
fn given(caller: &Caller, names: &[String]) -> Result<Rights, Problem> {
    let rights = Rights::parse(names.iter().map(String::as_str))
        .map_err(|name| Problem::invalid("/rights", format!("there is no right `{name}`")))?;
    no_more_than(caller, rights)?;
    Ok(rights)
}

fn name_taken(error: StoreError) -> Problem {
    Problem::if_taken("name_taken", "There is a role of this name already.")(error)
}

/// The roles that can be given, beside the built-in ones.
#[utoipa::path(get, path = "/access-roles", operation_id = "list_access_roles", tag = "access",
    params(May<may::ReadMembers>, PageRequest<AccessRoleRow>),
    responses((status = 200, body = Page<AccessRole>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadMembers>,
    page: PageRequest<AccessRoleRow>,
) -> Result<Answer<Page<AccessRole>>, Problem> {
    let mut tx = app.db.read().await?;
    let usable = store::roles::within(&caller.scope);
    let view = |row| Ok::<_, Problem>(AccessRole::from(row));
    Ok(Answer(page.read(&app, &mut tx, usable, view).await?))
}

/// One role.
#[utoipa::path(get, path = "/access-roles/{access_role}", operation_id = "get_access_role",
    tag = "access",
    params(May<may::ReadMembers>, ("access_role" = String, Path, description = "Id")),
    responses((status = 200, body = AccessRole, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadMembers>,
    Path(id): Path<String>,
) -> Result<Reply<AccessRole>, Problem> {
    let mut tx = app.db.read().await?;
    let row = store::roles::find(&mut tx, &caller.scope, &id).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let version = row.version;
    Ok(Reply::ok(AccessRole::from(row)).version(version))
}

/// Changes a role, at once for everybody who has it.
#[utoipa::path(patch, path = "/access-roles/{access_role}", operation_id = "update_access_role",
    tag = "access",
    params(May<may::WriteOrgs>, ("access_role" = String, Path, description = "Id"), IfMatch),
    request_body(content = AccessRolePatch, content_type = "application/merge-patch+json"),
    responses((status = 200, body = AccessRole, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn update(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteOrgs>,
    mode: Mode,
    if_match: IfMatch,
    Path(id): Path<String>,
    patch: MergePatch<AccessRolePatch>,
) -> Result<Reply<AccessRole>, Problem> {
    let mut tx = app.db.write().await?;
    let mut row = own(&mut tx, &caller, &id).await?;
    if_match.check(row.version)?;
    let before = AccessRole::from(row.clone());
    let settings = patch.apply(json!({ "name": before.name, "rights": before.rights }))?;
    row.name = role_name(&settings.name.unwrap_or_default())?;
    if patch.touches("rights") {
        let rights = settings.rights.unwrap_or_default();
        row.rights = given(&caller, &rights)?.to_stored();
    }
    (row.updated_at, row.version) = (clock::now(), row.version + 1);
    store::roles::update(&mut tx, &row)
        .await
        .map_err(name_taken)?;
    let version = row.version;
    let role = AccessRole::from(row);
    let change = role.change("access_role.update");
    let change = change.before(&before).after(&role);
    let done = mode.end(&app, tx, &caller, change).await?;
    let reply = Reply::ok(role).version(version);
    Ok(reply.or_preview(done))
}

/// Deletes a role that nobody has.
#[utoipa::path(delete, path = "/access-roles/{access_role}", operation_id = "delete_access_role",
    tag = "access",
    params(May<may::WriteOrgs>, ("access_role" = String, Path, description = "Id"), IfMatch),
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteOrgs>,
    mode: Mode,
    if_match: IfMatch,
    Path(id): Path<String>,
) -> Result<Reply<()>, Problem> {
    let mut tx = app.db.write().await?;
    let row = own(&mut tx, &caller, &id).await?;
    if_match.check(row.version)?;
    let holders = store::roles::holders(&mut tx, &row.id).await?;
    if holders > 0 {
        return Err(Problem::conflict(
            "role_in_use",
            format!("{holders} keys or people have this role: give them another one first."),
        ));
    }
    store::roles::delete(&mut tx, &row.id).await?;
    let role = AccessRole::from(row);
    let change = role.change("access_role.delete").before(&role);
    let made = mode.end(&app, tx, &caller, change).await?;
    Ok(Reply::ok(()).or_preview(made))
}

/// A role that the caller may change: a tenant sees the platform's roles, and leaves them alone.
async fn own(tx: &mut Tx, caller: &Caller, id: &str) -> Result<AccessRoleRow, Problem> {
    let row = store::roles::find(tx, &caller.scope, id)
        .await?
        .ok_or_else(Problem::not_found)?;
    if row.org_id.is_none() && caller.scope.reach() < Reach::Platform {
        return Err(Problem::forbidden(
            "The role belongs to the platform, not to your organisation.",
        ));
    }
    Ok(row)
}
