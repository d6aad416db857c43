//! `/identity-providers`: who vouches for people (OpenID Connect), and what their groups get.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::binding::{Binding, Wanted};
use super::body::{Json, MergePatch};
use super::conditional::IfMatch;
use super::dry_run::Mode;
use super::page::{Page, PageRequest};
use super::record::Change;
use super::reply::Reply;
use super::validate;
use crate::app::App;
use crate::auth::oidc::{Mapping, read_mappings, write_mappings};
use crate::auth::{Caller, May, Right, may};
use crate::clock;
use crate::ids::{IdKind, new_id};
use crate::outbound;
use crate::problem::{Problem, ProblemBody};
use crate::store::providers::ProviderRow;
use crate::store::{self, Tx};
use crate::vault::Purpose;

const MAPPINGS_MAX: usize = 200;
const SCOPES_DEFAULT: &str = "openid email profile";
const GROUPS_CLAIM_DEFAULT: &str = "groups";

/// What the people of a provider's group get.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupMapping {
    /// As the provider calls it; `*` is everybody.
    #[schema(example = "messaging-admins")]
    group: String,
    /// A built-in role's name, or an access role's id or name.
    role: String,
    /// The organisation (id or slug).
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<String>,
    /// The account (id, nkey or slug).
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
}

impl From<Mapping> for GroupMapping {
    fn from(mapping: Mapping) -> Self {
        Self {
            group: mapping.group,
            role: mapping.role,
            org: mapping.org_id.filter(|_| mapping.account_id.is_none()),
            account: mapping.account_id,
        }
    }
}

/// An OpenID Connect provider.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IdentityProvider {
    #[schema(example = "idp_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    /// The organisation whose people it vouches for; absent for the platform's.
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<String>,
    name: String,
    #[schema(example = "https://id.example.org")]
    issuer: String,
    client_id: String,
    /// Whether a client secret is kept, sealed.
    has_client_secret: bool,
    scopes: String,
    /// The claim of the ID token that names the groups.
    groups_claim: String,
    /// The first that fits counts at each place.
    mappings: Vec<GroupMapping>,
    /// Whether it may have a private address.
    allow_private: bool,
    disabled: bool,
    /// Counts its changes; `If-Match: "<version>"` changes this one only.
    version: i64,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<ProviderRow> for IdentityProvider {
    fn from(row: ProviderRow) -> Self {
        let mappings = read_mappings(&row).into_iter();
        Self {
            mappings: mappings.map(GroupMapping::from).collect(),
            id: row.id,
            org: row.org_id,
            name: row.name,
            issuer: row.issuer,
            client_id: row.client_id,
            has_client_secret: row.client_secret.is_some(),
            scopes: row.scopes,
            groups_claim: row.groups_claim,
            allow_private: row.allow_private,
            disabled: row.disabled_at.is_some(),
            version: row.version,
            created_at: clock::rfc3339(row.created_at),
            updated_at: clock::rfc3339(row.updated_at),
        }
    }
}

impl IdentityProvider {
    fn change(&self, action: &'static str) -> Change<'_> {
        Change::new(action, &self.id, self.org.as_deref(), None)
    }
}

/// A new provider. Register `/api/v1/sign-in/callback` there, below this console's address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewIdentityProvider {
    #[schema(example = "Example SSO")]
    name: String,
    #[schema(example = "https://id.example.org")]
    issuer: String,
    client_id: String,
    /// Sealed, and never shown again. A public client has none.
    client_secret: Option<String>,
    /// The organisation (id or slug); the caller's own when absent.
    org: Option<String>,
    /// `openid email profile` when absent.
    scopes: Option<String>,
    /// `groups` when absent.
    groups_claim: Option<String>,
    #[serde(default)]
    mappings: Vec<GroupMapping>,
    /// Needs the right `system:write`.
    #[serde(default)]
    allow_private: bool,
}

/// Changes to a provider; what is absent stays. Another issuer is another provider.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IdentityProviderPatch {
    name: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    scopes: Option<String>,
    groups_claim: Option<String>,
    mappings: Option<Vec<GroupMapping>>,
    /// Needs the right `system:write`.
    allow_private: Option<bool>,
    /// Whether nobody can sign in with it. Sessions that are open stay.
    disabled: Option<bool>,
}

/// Makes a provider.
#[utoipa::path(post, path = "/identity-providers", operation_id = "create_identity_provider",
    tag = "members", request_body = NewIdentityProvider,
    params(May<may::WriteOrgs>),
    responses((status = 201, body = IdentityProvider), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteOrgs>,
    mode: Mode,
    Json(new): Json<NewIdentityProvider>,
) -> Result<Reply<IdentityProvider>, Problem> {
    if new.allow_private {
        caller.need(Right::WriteSystem)?;
    }
    outbound::parse(&new.issuer, new.allow_private)
        .map_err(|error| Problem::invalid("/issuer", error.to_string()))?;
    let now = clock::now();
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
    let mappings = resolve(&mut tx, &caller, org_id.as_deref(), &new.mappings).await?;
    let id = new_id(IdKind::IdentityProvider);
    let row = ProviderRow {
        client_secret: sealed(&app, &id, new.client_secret.as_deref()),
        id,
        org_id,
        name: validate::display_name(&new.name, "/name")?,
        issuer: new.issuer,
        client_id: word(&new.client_id, "/client_id")?,
        scopes: scopes(new.scopes.as_deref().unwrap_or(SCOPES_DEFAULT))?,
        groups_claim: word(
            new.groups_claim.as_deref().unwrap_or(GROUPS_CLAIM_DEFAULT),
            "/groups_claim",
        )?,
        mappings: write_mappings(&mappings),
        allow_private: new.allow_private,
        created_at: now,
        updated_at: now,
        disabled_at: None,
        version: 1,
    };
    store::providers::insert(&mut tx, &row).await?;
    let provider = IdentityProvider::from(row);
    let change = provider.change("identity_provider.create").after(&provider);
    let made = mode.end(&app, tx, &caller, change).await?;
    Ok(Reply::made(provider).version(1).or_preview(made))
}

fn sealed(app: &App, id: &str, secret: Option<&str>) -> Option<Vec<u8>> {
    let seal = |secret: &str| app.vault.seal(Purpose::ClientSecret, id, secret.as_bytes());
    secret.filter(|secret| !secret.is_empty()).map(seal)
}

fn word(text: &str, pointer: &str) -> Result<String, Problem> {
    let is_word = (1..=256).contains(&text.len()) && !text.chars().any(char::is_control);
    match is_word {
        true => Ok(text.to_owned()),
        false => Err(Problem::invalid(pointer, "must have 1 to 256 characters")),
    }
}

fn scopes(text: &str) -> Result<String, Problem> {
    if text.split(' ').any(|scope| scope == "openid") {
        return word(text, "/scopes");
    }
    Err(Problem::invalid("/scopes", "must hold `openid`"))
}

/// The mappings with ids, none of which gives more than the caller has, or more than the provider
/// may: an organisation's gives nothing outside of it.
async fn resolve(
    tx: &mut Tx,
    caller: &Caller,
    org_id: Option<&str>,
    given: &[GroupMapping],
) -> Result<Vec<Mapping>, Problem> {
    if given.len() > MAPPINGS_MAX {
        return Err(Problem::invalid(
            "/mappings",
            "must have at most 200 entries",
        ));
    }
    let mut mappings = Vec::with_capacity(given.len());
    for (at, mapping) in given.iter().enumerate() {
        let is_bare = mapping.org.is_none() && mapping.account.is_none();
        let wanted = Wanted {
            role: Some(&mapping.role),
            org: mapping.org.as_deref().or(org_id.filter(|_| is_bare)),
            account: mapping.account.as_deref(),
        };
        let binding = Binding::give(tx, caller, wanted).await?;
        if org_id.is_some() && binding.scope.org_id.as_deref() != org_id {
            return Err(Problem::invalid(
                format!("/mappings/{at}"),
                "an organisation's provider gives roles in that organisation only",
            ));
        }
        mappings.push(Mapping {
            group: word(&mapping.group, &format!("/mappings/{at}/group"))?,
            role: binding.role,
            org_id: binding.scope.org_id,
            account_id: binding.scope.account_id,
        });
    }
    Ok(mappings)
}

async fn found(tx: &mut Tx, caller: &Caller, id: &str) -> Result<ProviderRow, Problem> {
    store::providers::find(tx, &caller.scope, id)
        .await?
        .ok_or_else(Problem::not_found)
}

/// The providers that the caller reaches.
#[utoipa::path(get, path = "/identity-providers", operation_id = "list_identity_providers",
    tag = "members", params(May<may::ReadMembers>, PageRequest<ProviderRow>),
    responses((status = 200, body = Page<IdentityProvider>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadMembers>,
    page: PageRequest<ProviderRow>,
) -> Result<Answer<Page<IdentityProvider>>, Problem> {
    let mut tx = app.db.read().await?;
    let reached = store::providers::within(&caller.scope);
    let view = |row| Ok::<_, Problem>(IdentityProvider::from(row));
    Ok(Answer(page.read(&app, &mut tx, reached, view).await?))
}

/// One provider.
#[utoipa::path(get, path = "/identity-providers/{identity_provider}",
    operation_id = "get_identity_provider", tag = "members",
    params(May<may::ReadMembers>, ("identity_provider" = String, Path, description = "Id")),
    responses((status = 200, body = IdentityProvider, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadMembers>,
    Path(id): Path<String>,
) -> Result<Reply<IdentityProvider>, Problem> {
    let mut tx = app.db.read().await?;
    let row = found(&mut tx, &caller, &id).await?;
    let version = row.version;
    Ok(Reply::ok(IdentityProvider::from(row)).version(version))
}

/// Changes a provider. What people may do follows when they sign in the next time.
#[utoipa::path(patch, path = "/identity-providers/{identity_provider}",
    operation_id = "update_identity_provider", tag = "members",
    params(May<may::WriteOrgs>, ("identity_provider" = String, Path, description = "Id"), IfMatch),
    request_body(content = IdentityProviderPatch,
        content_type = "application/merge-patch+json"),
    responses((status = 200, body = IdentityProvider, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn update(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteOrgs>,
    mode: Mode,
    if_match: IfMatch,
    Path(id): Path<String>,
    patch: MergePatch<IdentityProviderPatch>,
) -> Result<Reply<IdentityProvider>, Problem> {
    let now = clock::now();
    let mut tx = app.db.write().await?;
    let mut row = found(&mut tx, &caller, &id).await?;
    if_match.check(row.version)?;
    let before = IdentityProvider::from(row.clone());
    apply(&mut tx, &app, &caller, &mut row, &patch).await?;
    (row.updated_at, row.version) = (now, row.version + 1);
    store::providers::update(&mut tx, &row).await?;
    let version = row.version;
    let provider = IdentityProvider::from(row);
    let change = provider.change("identity_provider.update");
    let change = change.before(&before).after(&provider);
    let made = mode.end(&app, tx, &caller, change).await?;
    Ok(Reply::ok(provider).version(version).or_preview(made))
}

async fn apply(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    row: &mut ProviderRow,
    patch: &MergePatch<IdentityProviderPatch>,
) -> Result<(), Problem> {
    let wanted = patch.apply(json!({
        "name": row.name, "client_id": row.client_id, "scopes": row.scopes,
        "groups_claim": row.groups_claim, "allow_private": row.allow_private,
        "disabled": row.disabled_at.is_some(),
    }))?;
    if patch.touches("allow_private") {
        caller.need(Right::WriteSystem)?;
        row.allow_private = wanted.allow_private.unwrap_or_default();
        outbound::parse(&row.issuer, row.allow_private)
            .map_err(|error| Problem::invalid("/allow_private", error.to_string()))?;
    }
    row.name = validate::display_name(&wanted.name.unwrap_or_default(), "/name")?;
    row.client_id = word(&wanted.client_id.unwrap_or_default(), "/client_id")?;
    if patch.touches("client_secret") {
        row.client_secret = sealed(app, &row.id, wanted.client_secret.as_deref());
    }
    row.scopes = scopes(wanted.scopes.as_deref().unwrap_or(SCOPES_DEFAULT))?;
    let claim = wanted.groups_claim.as_deref();
    row.groups_claim = word(claim.unwrap_or(GROUPS_CLAIM_DEFAULT), "/groups_claim")?;
    if patch.touches("mappings") {
        let given = wanted.mappings.unwrap_or_default();
        let mappings = resolve(tx, caller, row.org_id.as_deref(), &given).await?;
        row.mappings = write_mappings(&mappings);
    }
    row.disabled_at = match wanted.disabled {
        Some(true) => row.disabled_at.or(Some(clock::now())),
        _ => None,
    };
    Ok(())
}

/// Deletes a provider and its people with their sessions and keys.
#[utoipa::path(delete, path = "/identity-providers/{identity_provider}",
    operation_id = "delete_identity_provider", tag = "members",
    params(May<may::WriteOrgs>, ("identity_provider" = String, Path, description = "Id"), IfMatch),
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WriteOrgs>,
    mode: Mode,
    if_match: IfMatch,
    Path(id): Path<String>,
) -> Result<Reply<()>, Problem> {
    let mut tx = app.db.write().await?;
    let row = found(&mut tx, &caller, &id).await?;
    if_match.check(row.version)?;
    store::providers::delete(&mut tx, &row.id).await?;
    let before = IdentityProvider::from(row);
    let change = before.change("identity_provider.delete").before(&before);
    let made = mode.end(&app, tx, &caller, change).await?;
    Ok(Reply::ok(()).or_preview(made))
}
