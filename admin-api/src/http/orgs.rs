//! `/orgs`: organisations, which own accounts.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::Json;
use super::dry_run::{Impact, Mode};
use super::page::{Page, PageRequest};
use super::record::Change;
use super::reply::Reply;
use super::validate::{display_name, slug};
use crate::app::App;
use crate::auth::{Caller, Platform};
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
    /// Counts its changes.
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
    name: String,
    /// For URLs; derived from the name when absent.
    #[schema(pattern = "^[a-z][a-z0-9-]{1,62}$")]
    slug: Option<String>,
}

/// Makes an organisation.
#[utoipa::path(post, path = "/orgs", operation_id = "create_org", tag = "organisations",
    request_body = NewOrg,
    responses((status = 201, body = Org), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    Platform(caller): Platform,
    mode: Mode,
    Json(new): Json<NewOrg>,
) -> Result<Reply<Org>, Problem> {
    let row = OrgRow {
        id: new_id(IdKind::Org),
        name: display_name(&new.name, "/name")?,
        slug: slug(new.slug.as_deref(), &new.name)?,
        created_at: clock::now(),
        version: 1,
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
    let change = Change::new("org.create", &id, Some(&id), None).after(&org);
    let made = mode.end(&app, tx, &caller, change).await?;
    let reply = Reply::made(org).version(1);
    Ok(match made {
        Some(_) => reply,
        None => reply.preview(Impact::none()),
    })
}

/// The organisations that the key reaches.
#[utoipa::path(get, path = "/orgs", operation_id = "list_orgs", tag = "organisations",
    params(PageRequest<OrgRow>),
    responses((status = 200, body = Page<Org>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    page: PageRequest<OrgRow>,
) -> Result<Answer<Page<Org>>, Problem> {
    let mut tx = app.db.read().await?;
    let reached = store::orgs::within(&caller.scope);
    let view = |row| Ok::<_, Problem>(Org::from(row));
    Ok(Answer(page.read(&app, &mut tx, reached, view).await?))
}

/// One organisation.
#[utoipa::path(get, path = "/orgs/{org}", operation_id = "get_org", tag = "organisations",
    params(("org" = String, Path, description = "Id or slug")),
    responses((status = 200, body = Org, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(org): Path<String>,
) -> Result<Reply<Org>, Problem> {
    let mut tx = app.db.read().await?;
    let row = store::orgs::find(&mut tx, &caller.scope, &org).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let version = row.version;
    Ok(Reply::ok(Org::from(row)).version(version))
}
