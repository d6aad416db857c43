//! `/orgs`: organisations, which own accounts.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::body::{Json, MergePatch};
use super::conditional::IfMatch;
use super::dry_run::{Impact, Mode};
use super::page::{Page, PageRequest};
use super::record::Change;
use super::reply::Reply;
use super::validate::{display_name, slug};
use crate::app::App;
use crate::auth::{InOrg, May, may};
use crate::clock;
use crate::ids::{IdKind, new_id};
use crate::problem::{Problem, ProblemBody};
use crate::store::orgs::OrgRow;
use crate::store::{self, Tx};

/// An organisation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Org {
    #[schema(example = "org_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    slug: String,
    name: String,
    /// Counts its changes; `If-Match: "<version>"` changes this one only.
    version: i64,
    #[schema(format = DateTime)]
    created_at: String,
}

impl From<OrgRow> for Org {
    fn from(row: OrgRow) -> Self {
        Self {
            id: row.id,
            slug: row.slug,
            name: row.name,
            version: row.version,
            created_at: clock::rfc3339(row.created_at),
        }
    }
}

/// A new organisation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOrg {
    /// For people.
    pub(super) name: String,
    /// For URLs; derived from the name when absent.
    #[schema(pattern = "^[a-z][a-z0-9-]{1,62}$")]
    pub(super) slug: Option<String>,
}

/// Changes to an organisation; what is absent stays. The slug stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrgPatch {
    name: Option<String>,
}

/// Makes an organisation.
#[utoipa::path(post, path = "/orgs", operation_id = "create_org", tag = "organisations",
    request_body = NewOrg,
    params(May<may::ManageOrgs>),
    responses((status = 201, body = Org), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ManageOrgs>,
    mode: Mode,
    Json(new): Json<NewOrg>,
) -> Result<Reply<Org>, Problem> {
    let mut tx = app.db.write().await?;
    let row = make(&mut tx, &new).await?;
    let id = row.id.clone();
    let org = Org::from(row);
    let change = Change::new("org.create", &id, Some(&id), None).after(&org);
    let made = mode.end(&app, tx, &caller, change).await?;
    let reply = Reply::made(org).version(1);
    Ok(match made {
        Some(_) => reply,
        None => reply.preview(Impact::none()),
    })
}

pub(super) async fn make(tx: &mut Tx, new: &NewOrg) -> Result<OrgRow, Problem> {
    let row = OrgRow {
        id: new_id(IdKind::Org),
        name: display_name(&new.name, "/name")?,
        slug: slug(new.slug.as_deref(), &new.name)?,
        created_at: clock::now(),
        version: 1,
    };
    store::orgs::insert(tx, &row)
        .await
        .map_err(Problem::if_taken("slug_taken", "The slug is taken."))?;
    Ok(row)
}

/// The organisations that the key reaches.
#[utoipa::path(get, path = "/orgs", operation_id = "list_orgs", tag = "organisations",
    params(May<may::ReadOrgs>, PageRequest<OrgRow>),
    responses((status = 200, body = Page<Org>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadOrgs>,
    page: PageRequest<OrgRow>,
) -> Result<Answer<Page<Org>>, Problem> {
    let mut tx = app.db.read().await?;
    let reached = store::orgs::within(&caller.scope);
    let view = |row| Ok::<_, Problem>(Org::from(row));
    Ok(Answer(page.read(&app, &mut tx, reached, view).await?))
}

/// One organisation.
#[utoipa::path(get, path = "/orgs/{org}", operation_id = "get_org", tag = "organisations",
    params(InOrg<may::ReadOrgs>),
    responses((status = 200, body = Org, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(scope: InOrg<may::ReadOrgs>) -> Reply<Org> {
    let version = scope.org.version;
    Reply::ok(Org::from(scope.org)).version(version)
}

/// Renames an organisation.
#[utoipa::path(patch, path = "/orgs/{org}", operation_id = "update_org", tag = "organisations",
    params(InOrg<may::WriteOrgs>, IfMatch),
    request_body(content = OrgPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, body = Org, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn update(
    State(app): State<Arc<App>>,
    scope: InOrg<may::WriteOrgs>,
    mode: Mode,
    if_match: IfMatch,
    patch: MergePatch<OrgPatch>,
) -> Result<Reply<Org>, Problem> {
    let mut tx = app.db.write().await?;
    let mut row = lock(&mut tx, &scope.org.id).await?;
    if_match.check(row.version)?;
    let before = Org::from(row.clone());
    let settings = patch.apply(json!({ "name": row.name }))?;
    rename(&mut tx, &mut row, &settings.name.unwrap_or_default()).await?;
    let (id, version) = (row.id.clone(), row.version);
    let org = Org::from(row);
    let change = Change::new("org.update", &id, Some(&id), None);
    let change = change.before(&before).after(&org);
    let reply = Reply::ok(org).version(version);
    Ok(match mode.end(&app, tx, &scope.caller, change).await? {
        Some(_) => reply,
        None => reply.preview(Impact::none()),
    })
}

pub(super) async fn rename(tx: &mut Tx, row: &mut OrgRow, name: &str) -> Result<(), Problem> {
    row.name = display_name(name, "/name")?;
    row.version += 1;
    store::orgs::rename(tx, &row.id, &row.name).await?;
    Ok(())
}

/// Deletes an organisation that has no accounts; its keys and memberships end.
#[utoipa::path(delete, path = "/orgs/{org}", operation_id = "delete_org", tag = "organisations",
    params(InOrg<may::ManageOrgs>, IfMatch),
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    scope: InOrg<may::ManageOrgs>,
    mode: Mode,
    if_match: IfMatch,
) -> Result<Reply<()>, Problem> {
    let mut tx = app.db.write().await?;
    let row = lock(&mut tx, &scope.org.id).await?;
    if_match.check(row.version)?;
    let id = row.id.clone();
    remove(&mut tx, &id).await?;
    let change = Change::new("org.delete", &id, Some(&id), None).before(&Org::from(row));
    Ok(match mode.end(&app, tx, &scope.caller, change).await? {
        Some(_) => Reply::ok(()),
        None => Reply::ok(()).preview(Impact::none()),
    })
}

pub(super) async fn remove(tx: &mut Tx, id: &str) -> Result<(), Problem> {
    store::orgs::delete(tx, id)
        .await
        .map_err(Problem::if_in_use(
            "org_not_empty",
            "The organisation has accounts: delete and purge them first.",
        ))
}

/// Locks the organisation for a change. Deleted meanwhile reads as absent.
pub(super) async fn lock(tx: &mut Tx, id: &str) -> Result<OrgRow, Problem> {
    let row = store::orgs::lock(tx, id).await?;
    row.ok_or_else(Problem::not_found)
}
