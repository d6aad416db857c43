//! `/orgs`: organisations, which own accounts.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Made;
use super::body::Json;
use super::page::{Page, PageParams, PageRequest};
use super::record::{Change, record};
use super::validate::{display_name, slug};
use crate::app::App;
use crate::auth::{InOrg, May, may};
use crate::clock;
use crate::ids::{IdKind, new_id};
use crate::problem::{Problem, ProblemBody};
use crate::store::orgs::OrgRow;
use crate::store::{self, StoreError};

/// An organisation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Org {
    #[schema(example = "org_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    slug: String,
    name: String,
    #[schema(format = DateTime)]
    created_at: String,
}

impl From<OrgRow> for Org {
    fn from(row: OrgRow) -> Self {
        Self {
            id: row.id,
            slug: row.slug,
            name: row.name,
            created_at: clock::rfc3339(row.created_at),
        }
    }
}

/// A new organisation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOrg {
    /// For people.
    name: String,
    /// For URLs; derived from the name when absent.
    #[schema(pattern = "^[a-z][a-z0-9-]{1,62}$")]
    slug: Option<String>,
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
    responses((status = 201, body = Org), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ManageOrgs>,
    Json(new): Json<NewOrg>,
) -> Result<Made<Org>, Problem> {
    let row = OrgRow {
        id: new_id(IdKind::Org),
        name: display_name(&new.name, "/name")?,
        slug: slug(new.slug.as_deref(), &new.name)?,
        created_at: clock::now(),
    };
    let mut tx = app.db.write().await?;
    store::orgs::insert(&mut tx, &row)
        .await
        .map_err(|error| match error {
            StoreError::Duplicate(_) => Problem::conflict("slug_taken", "The slug is taken."),
            error => error.into(),
        })?;
    let id = row.id.clone();
    let org = Org::from(row);
    record(
        &mut tx,
        &caller,
        Change::new("org.create", &id, Some(&id), None).after(&org),
    )
    .await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Answer(org)))
}

/// The organisations that the key reaches.
#[utoipa::path(get, path = "/orgs", operation_id = "list_orgs", tag = "organisations",
    params(PageParams),
    responses((status = 200, body = Page<Org>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadOrgs>,
    page: PageRequest,
) -> Result<Answer<Page<Org>>, Problem> {
    let mut tx = app.db.read().await?;
    let rows = store::orgs::list(&mut tx, &caller.scope, &page.window()).await?;
    Ok(Answer(page.page(rows, |row| &row.id, Org::from)))
}

/// One organisation.
#[utoipa::path(get, path = "/orgs/{org}", operation_id = "get_org", tag = "organisations",
    params(("org" = String, Path, description = "Id or slug")),
    responses((status = 200, body = Org), (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(scope: InOrg<may::ReadOrgs>) -> Answer<Org> {
    Answer(Org::from(scope.org))
}

/// Renames an organisation.
#[utoipa::path(patch, path = "/orgs/{org}", operation_id = "update_org", tag = "organisations",
    params(("org" = String, Path, description = "Id or slug")),
    request_body = OrgPatch,
    responses((status = 200, body = Org), (status = "4XX", body = ProblemBody)))]
pub(super) async fn update(
    State(app): State<Arc<App>>,
    scope: InOrg<may::WriteOrgs>,
    Json(patch): Json<OrgPatch>,
) -> Result<Answer<Org>, Problem> {
    let mut row = scope.org;
    let before = Org::from(row.clone());
    if let Some(name) = &patch.name {
        row.name = display_name(name, "/name")?;
    }
    let mut tx = app.db.write().await?;
    store::orgs::rename(&mut tx, &row.id, &row.name).await?;
    let id = row.id.clone();
    let org = Org::from(row);
    let change = Change::new("org.update", &id, Some(&id), None);
    record(&mut tx, &scope.caller, change.before(&before).after(&org)).await?;
    tx.commit().await?;
    Ok(Answer(org))
}

/// Deletes an organisation that has no accounts; its keys and memberships end.
#[utoipa::path(delete, path = "/orgs/{org}", operation_id = "delete_org", tag = "organisations",
    params(("org" = String, Path, description = "Id or slug")),
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    scope: InOrg<may::ManageOrgs>,
) -> Result<StatusCode, Problem> {
    let id = scope.org.id.clone();
    let mut tx = app.db.write().await?;
    store::orgs::delete(&mut tx, &id)
        .await
        .map_err(|error| match error {
            StoreError::InUse(_) => Problem::conflict(
                "org_not_empty",
                "The organisation has accounts: delete and purge them first.",
            ),
            error => error.into(),
        })?;
    let change = Change::new("org.delete", &id, Some(&id), None).before(&Org::from(scope.org));
    record(&mut tx, &scope.caller, change).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
