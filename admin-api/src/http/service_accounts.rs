//! `/service-accounts`: programs that call the API. Their keys come and go; who they are and what
//! they may do stays.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::binding::{Binding, Wanted, no_more_than};
use super::body::{Json, MergePatch};
use super::conditional::IfMatch;
use super::dry_run::Mode;
use super::page::{Page, PageRequest};
use super::record::Change;
use super::reply::Reply;
use super::validate;
use crate::app::App;
use crate::auth::{Caller, May, Rights, may, rights_of};
use crate::clock;
use crate::ids::{IdKind, new_id};
use crate::problem::{Problem, ProblemBody};
use crate::store::service_accounts::ServiceAccountRow;
use crate::store::{self, Tx};

/// A program that calls the API.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServiceAccount {
    #[schema(example = "sva_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    name: String,
    /// A built-in role's name or an access role's id; its keys have it too.
    role: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    /// Whether its keys rest.
    disabled: bool,
    /// Counts its changes; `If-Match: "<version>"` changes this one only.
    version: i64,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<ServiceAccountRow> for ServiceAccount {
    fn from(row: ServiceAccountRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            role: row.role,
            org: row.org_id,
            account: row.account_id,
            disabled: row.disabled_at.is_some(),
            version: row.version,
            created_at: clock::rfc3339(row.created_at),
            updated_at: clock::rfc3339(row.updated_at),
        }
    }
}

impl ServiceAccount {
    fn change(&self, action: &'static str) -> Change<'_> {
        let (org, account) = (self.org.as_deref(), self.account.as_deref());
        Change::new(action, &self.id, org, account)
    }
}

/// A new service account. Without `org` and `account` it reaches as far as its maker.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewServiceAccount {
    #[schema(example = "terraform")]
    name: String,
    /// A built-in role's name, or an access role's id or name.
    role: String,
    /// The organisation (id or slug).
    org: Option<String>,
    /// The account (id, nkey or slug).
    account: Option<String>,
}

/// Changes to a service account and its keys; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceAccountPatch {
    name: Option<String>,
    role: Option<String>,
    disabled: Option<bool>,
}

/// What the service account may do. Who acts on it must have as much.
pub(super) async fn rights(tx: &mut Tx, row: &ServiceAccountRow) -> Result<Rights, Problem> {
    let stored = store::roles::rights(tx, &row.role).await?;
    Ok(rights_of(&row.role, stored.as_deref(), &row.scope()))
}

async fn own(tx: &mut Tx, caller: &Caller, id: &str) -> Result<ServiceAccountRow, Problem> {
    let row = store::service_accounts::find(tx, &caller.scope, id)
        .await?
        .ok_or_else(Problem::not_found)?;
    no_more_than(caller, rights(tx, &row).await?)?;
    Ok(row)
}

/// Makes a service account; `POST /api-keys` makes keys for it.
#[utoipa::path(post, path = "/service-accounts", operation_id = "create_service_account",
    tag = "access", request_body = NewServiceAccount,
    params(May<may::WriteKeys>),
    responses((status = 201, body = ServiceAccount), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteKeys>,
    mode: Mode,
    Json(new): Json<NewServiceAccount>,
) -> Result<Reply<ServiceAccount>, Problem> {
    let name = validate::display_name(&new.name, "/name")?;
    let mut tx = app.db.write().await?;
    let wanted = Wanted {
        role: Some(&new.role),
        org: new.org.as_deref(),
        account: new.account.as_deref(),
    };
    let binding = Binding::give(&mut tx, &caller, wanted).await?;
    let now = clock::now();
    let row = ServiceAccountRow {
        id: new_id(IdKind::ServiceAccount),
        name,
        role: binding.role,
        org_id: binding.scope.org_id,
        account_id: binding.scope.account_id,
        created_at: now,
        updated_at: now,
        disabled_at: None,
        version: 1,
    };
    store::service_accounts::insert(&mut tx, &row).await?;
    let view = ServiceAccount::from(row);
    let change = view.change("service_account.create").after(&view);
    let made = mode.end(&app, tx, &caller, change).await?;
    Ok(Reply::made(view).version(1).or_preview(made))
}

/// The service accounts that the caller reaches.
#[utoipa::path(get, path = "/service-accounts", operation_id = "list_service_accounts",
    tag = "access", params(May<may::ReadKeys>, PageRequest<ServiceAccountRow>),
    responses((status = 200, body = Page<ServiceAccount>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadKeys>,
    page: PageRequest<ServiceAccountRow>,
) -> Result<Answer<Page<ServiceAccount>>, Problem> {
    let mut tx = app.db.read().await?;
    let reached = store::service_accounts::within(&caller.scope);
    let view = |row| Ok::<_, Problem>(ServiceAccount::from(row));
    Ok(Answer(page.read(&app, &mut tx, reached, view).await?))
}

/// One service account.
#[utoipa::path(get, path = "/service-accounts/{service_account}",
    operation_id = "get_service_account", tag = "access",
    params(May<may::ReadKeys>, ("service_account" = String, Path, description = "Id")),
    responses((status = 200, body = ServiceAccount, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadKeys>,
    Path(id): Path<String>,
) -> Result<Reply<ServiceAccount>, Problem> {
    let mut tx = app.db.read().await?;
    let row = store::service_accounts::find(&mut tx, &caller.scope, &id).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let version = row.version;
    Ok(Reply::ok(ServiceAccount::from(row)).version(version))
}

/// Changes a service account, and with it all of its keys, at once.
#[utoipa::path(patch, path = "/service-accounts/{service_account}",
    operation_id = "update_service_account", tag = "access",
    params(May<may::WriteKeys>, ("service_account" = String, Path, description = "Id"), IfMatch),
    request_body(content = ServiceAccountPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, body = ServiceAccount, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn update(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteKeys>,
    mode: Mode,
    if_match: IfMatch,
    Path(id): Path<String>,
    patch: MergePatch<ServiceAccountPatch>,
) -> Result<Reply<ServiceAccount>, Problem> {
    let now = clock::now();
    let mut tx = app.db.write().await?;
    let mut row = own(&mut tx, &caller, &id).await?;
    if_match.check(row.version)?;
    let before = ServiceAccount::from(row.clone());
    let wanted = patch.apply(json!({
        "name": before.name, "role": before.role, "disabled": before.disabled,
    }))?;
    row.name = validate::display_name(&wanted.name.unwrap_or_default(), "/name")?;
    if patch.touches("role") {
        // Where it holds stays.
        let account = row.account_id.clone();
        let org = row.org_id.clone().filter(|_| account.is_none());
        let role = Wanted {
            role: Some(wanted.role.as_deref().unwrap_or_default()),
            org: org.as_deref(),
            account: account.as_deref(),
        };
        row.role = Binding::give(&mut tx, &caller, role).await?.role;
    }
    row.disabled_at = match wanted.disabled {
        Some(true) => row.disabled_at.or(Some(now)),
        _ => None,
    };
    (row.updated_at, row.version) = (now, row.version + 1);
    store::service_accounts::update(&mut tx, &row).await?;
    let version = row.version;
    let view = ServiceAccount::from(row);
    let change = view.change("service_account.update");
    let change = change.before(&before).after(&view);
    let made = mode.end(&app, tx, &caller, change).await?;
    Ok(Reply::ok(view).version(version).or_preview(made))
}

/// Deletes a service account; its keys end at once.
#[utoipa::path(delete, path = "/service-accounts/{service_account}",
    operation_id = "delete_service_account", tag = "access",
    params(May<may::WriteKeys>, ("service_account" = String, Path, description = "Id"), IfMatch),
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteKeys>,
    mode: Mode,
    if_match: IfMatch,
    Path(id): Path<String>,
) -> Result<Reply<()>, Problem> {
    let mut tx = app.db.write().await?;
    let row = own(&mut tx, &caller, &id).await?;
    if_match.check(row.version)?;
    store::service_accounts::delete(&mut tx, &row.id).await?;
    let before = ServiceAccount::from(row);
    let change = before.change("service_account.delete").before(&before);
    let made = mode.end(&app, tx, &caller, change).await?;
    Ok(Reply::ok(()).or_preview(made))
}
