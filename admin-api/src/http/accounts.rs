//! `/accounts`: tenants. Their identity and signing seeds never leave the vault.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::Deleted;
use super::body::{Json, MergePatch};
use super::conditional::IfMatch;
use super::dry_run::{Impact, Mode};
use super::limits::{Limits, LimitsPatch};
use super::page::{Page, PageRequest};
use super::record::Change;
use super::reply::Reply;
use super::validate::{display_name, reference, slug};
use crate::app::App;
use crate::auth::{Caller, InAccount, May, Right, may};
use crate::bootstrap::DEFAULT_ORG;
use crate::claims::{
    AccountKeys, AccountPlan, Ceilings, ceilings_json, insert_account, republish, stored_ceilings,
};
use crate::clock;
use crate::installation::Installation;
use crate::mint::{self, MintError};
use crate::problem::{Problem, ProblemBody};
use crate::store::accounts::AccountRow;
use crate::store::{self, StoreError, Tx};

/// A tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Account {
    #[schema(example = "acct_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    /// The organisation that owns it.
    org: String,
    /// Names the account in URLs.
    slug: String,
    name: String,
    /// Its nkey.
    public_key: String,
    limits: Limits,
    claims: ClaimsSize,
    /// Counts the changes of its settings; `If-Match: "<version>"` changes this one only.
    version: i64,
    /// Counts the claims that were minted for it.
    generation: i64,
    /// Whether every server holds the claims that were minted last.
    live: bool,
    /// Why it is not live, when a server said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    engine_error: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
}

impl Account {
    fn new(row: AccountRow, installation: &Installation) -> Result<Self, StoreError> {
        Ok(Self {
            limits: Limits::from(&stored_ceilings(&row)?),
            claims: ClaimsSize::of(&row.jwt, installation.claims_bytes_max()),
            live: row.is_live(),
            id: row.id,
            org: row.org_id,
            slug: row.slug,
            name: row.name,
            public_key: row.public_key,
            version: row.version,
            generation: row.generation,
            engine_error: row.last_error,
            created_at: clock::rfc3339(row.created_at),
            updated_at: clock::rfc3339(row.updated_at),
        })
    }
}

/// How full an account's claims are: exports, imports, and a revocation for each user that was
/// deleted before its credentials expired.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClaimsSize {
    /// Bytes of the signed claims.
    bytes: usize,
    /// More than this many bytes cannot be signed: servers would not take them.
    max_bytes: usize,
    /// Whether more than half of that is used up.
    nearly_full: bool,
}

impl ClaimsSize {
    fn of(jwt: &str, max_bytes: usize) -> Self {
        Self {
            bytes: jwt.len(),
            max_bytes,
            nearly_full: mint::is_nearly_full(jwt.len(), max_bytes),
        }
    }
}

/// A new account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAccountBody {
    /// For people.
    name: String,
    /// For URLs; derived from the name when absent. Unique in the installation.
    #[schema(pattern = "^[a-z][a-z0-9-]{1,62}$")]
    slug: Option<String>,
    /// Id or slug of the organisation; the key's own, or `default`, when absent.
    org: Option<String>,
    /// Unlimited where absent. Needs a platform admin's key.
    limits: Option<LimitsPatch>,
}

/// Changes to an account; what is absent stays, what is `null` becomes what it is by default.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountPatch {
    name: Option<String>,
    /// Unlimited by default. Needs the right `limits:write`.
    limits: Option<LimitsPatch>,
}

/// Makes an account.
#[utoipa::path(post, path = "/accounts", operation_id = "create_account", tag = "accounts",
    request_body = NewAccountBody,
    responses((status = 201, body = Account), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ManageAccounts>,
    mode: Mode,
    Json(new): Json<NewAccountBody>,
) -> Result<Reply<Account>, Problem> {
    let name = display_name(&new.name, "/name")?;
    let slug = slug(new.slug.as_deref(), &new.name)?;
    let mut ceilings = Ceilings::unlimited();
    change_limits(&caller, new.limits.as_ref(), &mut ceilings)?;

    let mut tx = app.db.write().await?;
    let org = new.org.as_deref().unwrap_or(match &caller.scope.org_id {
        Some(own) => own,
        None => DEFAULT_ORG,
    });
    let org = store::orgs::find(&mut tx, &caller.scope, &reference(org, "/org")?)
        .await?
        .ok_or_else(|| Problem::invalid("/org", "there is no such organisation"))?;
    let installation = app.installation()?;
    let plan = AccountPlan {
        org_id: &org.id,
        slug: &slug,
        name: &name,
        kind: "tenant",
        ceilings: &ceilings,
    };
    let keys = AccountKeys::generate(&app.vault);
    let row = insert_account(
        &mut tx,
        &app.vault,
        &installation.operator,
        keys,
        &plan,
        clock::now(),
    )
    .await
    .map_err(|error| match error {
        MintError::Store(StoreError::Duplicate(_)) => Problem::conflict(
            "slug_taken",
            "The slug is taken; a deleted account keeps its slug until it is purged.",
        ),
        error => error.into(),
    })?;
    let account_id = row.id.clone();
    let generation = row.generation;
    let mut account = Account::new(row, &installation)?;
    let change = Change::new(
        "account.create",
        &account_id,
        Some(&org.id),
        Some(&account_id),
    );
    let Some(waiter) = mode.end(&app, tx, &caller, change.after(&account)).await? else {
        return Ok(Reply::made(account).preview(Impact::none()));
    };
    account.live = waiter.wait(&app, &account_id, generation).await;
    Ok(Reply::made(account).version(1))
}

fn change_limits(
    caller: &Caller,
    patch: Option<&LimitsPatch>,
    ceilings: &mut Ceilings,
) -> Result<(), Problem> {
    match patch {
        None => Ok(()),
        Some(patch) => {
            caller.need(Right::WriteLimits)?;
            patch.apply(ceilings)
        }
    }
}

/// The accounts that the key reaches.
#[utoipa::path(get, path = "/accounts", operation_id = "list_accounts", tag = "accounts",
    params(PageRequest<AccountRow>),
    responses((status = 200, body = Page<Account>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadAccounts>,
    page: PageRequest<AccountRow>,
) -> Result<Answer<Page<Account>>, Problem> {
    let installation = app.installation()?;
    let mut tx = app.db.read().await?;
    let reached = store::accounts::within(&caller.scope);
    let view = |row| Account::new(row, &installation);
    Ok(Answer(page.read(&app, &mut tx, reached, view).await?))
}

/// One account.
#[utoipa::path(get, path = "/accounts/{account}", operation_id = "get_account", tag = "accounts",
    params(("account" = String, Path, description = "Id, nkey or slug")),
    responses((status = 200, body = Account, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadAccounts>,
) -> Result<Reply<Account>, Problem> {
    let version = scope.account.version;
    let account = Account::new(scope.account, &app.installation()?)?;
    Ok(Reply::ok(account).version(version))
}

/// Changes an account's name or limits.
#[utoipa::path(patch, path = "/accounts/{account}", operation_id = "update_account",
    tag = "accounts",
    params(("account" = String, Path, description = "Id, nkey or slug"), IfMatch),
    request_body(content = AccountPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, body = Account, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn update(
    State(app): State<Arc<App>>,
    scope: InAccount<may::WriteAccounts>,
    mode: Mode,
    if_match: IfMatch,
    patch: MergePatch<AccountPatch>,
) -> Result<Reply<Account>, Problem> {
    let now = clock::now();
    let installation = app.installation()?;
    let mut tx = app.db.write().await?;
    let mut row = lock(&mut tx, &scope.account.id).await?;
    if_match.check(row.version)?;
    let before = Account::new(row.clone(), &installation)?;
    let current = json!({ "name": before.name, "limits": before.limits });
    let settings = patch.apply(current)?;
    let ceilings = if patch.touches("limits") {
        let mut ceilings = Ceilings::unlimited();
        let limits = settings.limits.unwrap_or_default();
        change_limits(&scope.caller, Some(&limits), &mut ceilings)?;
        ceilings
    } else {
        stored_ceilings(&row)?
    };
    row.name = display_name(settings.name.as_deref().unwrap_or_default(), "/name")?;
    row.limits = ceilings_json(&ceilings);
    (row.updated_at, row.version) = (now, row.version + 1);
    store::accounts::set_settings(&mut tx, &row.id, &row.name, &row.limits, now).await?;
    if patch.touches("limits") {
        republish(&mut tx, &app.vault, &installation, &mut row, now).await?;
    }
    let mut account = Account::new(row.clone(), &installation)?;
    let change = Change::new("account.update", &row.id, Some(&row.org_id), Some(&row.id));
    let change = change.before(&before).after(&account);
    let Some(waiter) = mode.end(&app, tx, &scope.caller, change).await? else {
        let impact = Impact::with_connections(&app, &row, ceilings.limits.conn).await;
        return Ok(Reply::ok(account).preview(impact));
    };
    account.live = account.live || waiter.wait(&app, &row.id, row.wanted_generation).await;
    Ok(Reply::ok(account).version(row.version))
}

/// Deletes an account: its connections are closed, its sharing is cut, and nobody can log in.
/// The name stays reserved and the data stays until it is purged.
#[utoipa::path(delete, path = "/accounts/{account}", operation_id = "delete_account",
    tag = "accounts",
    params(("account" = String, Path, description = "Id, nkey or slug"), IfMatch),
    responses((status = 200, body = Deleted), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ManageAccounts>,
    mode: Mode,
    if_match: IfMatch,
) -> Result<Reply<Deleted>, Problem> {
    let now = clock::now();
    let installation = app.installation()?;
    let mut tx = app.db.write().await?;
    let mut row = lock(&mut tx, &scope.account.id).await?;
    if_match.check(row.version)?;
    let before = Account::new(row.clone(), &installation)?;
    store::accounts::mark_deleted(&mut tx, &row.id, now).await?;
    "deleted".clone_into(&mut row.state);
    republish(&mut tx, &app.vault, &installation, &mut row, now).await?;
    let change = Change::new("account.delete", &row.id, Some(&row.org_id), Some(&row.id));
    let change = change.before(&before);
    let Some(waiter) = mode.end(&app, tx, &scope.caller, change).await? else {
        let impact = Impact::without_account(&app, &scope.caller, &row).await?;
        return Ok(Reply::ok(Deleted::not_yet(row.id)).preview(impact));
    };
    let live = waiter.wait(&app, &row.id, row.wanted_generation).await;
    Ok(Reply::ok(Deleted { id: row.id, live }))
}

/// Locks the account for a change. Deleted meanwhile reads as absent.
pub(super) async fn lock(tx: &mut Tx, id: &str) -> Result<AccountRow, Problem> {
    store::accounts::lock(tx, id)
        .await?
        .filter(|row| row.state == "active")
        .ok_or_else(Problem::not_found)
}
