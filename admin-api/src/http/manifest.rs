//! `/apply` and `/manifest`: the desired state in one document. It is compared with what is there,
//! and what differs is changed in one transaction, as the endpoints of each thing would: with their
//! checks, their rights and their entries in the trail.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Query, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;

use super::dry_run::Mode;
use super::reply::Reply;
use crate::app::App;
use crate::auth::{Caller, InAccount, InOrg, May, may};
use crate::problem::{Problem, ProblemBody};
use crate::store::Scope;

mod accounts;
mod callouts;
mod diff;
mod platform;
mod prune;
mod read;
mod roles;
mod run;
mod sharing;
mod spec;
mod state;
mod users;
mod whole;

use accounts::{Target, Within};
use read::Desired;
use run::{Applied, How, Run};
use spec::Manifest;

/// What is kept of an answer for ten minutes only.
const SECRETS: [&str; 1] = ["credentials"];

/// How to apply.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ApplyParams {
    /// Delete what this manifest made and does not say any more, as DELETE would.
    #[serde(default)]
    prune: bool,
    /// Let what the manifest says belong to it, whoever made it: it may change what another
    /// manifest made, and `prune` finds it later.
    #[serde(default)]
    adopt: bool,
}

impl ApplyParams {
    fn how(&self, mode: Mode) -> How {
        How {
            mode,
            prune: self.prune,
            adopt: self.adopt,
        }
    }
}

/// What the caller has looked at: the `plan` of a dry run.
#[derive(Debug)]
pub(crate) struct SeenPlan(Option<String>);

impl FromRequestParts<Arc<App>> for SeenPlan {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else {
            return Ok(Self(None));
        };
        let quoted = |text: &str| Some(text.strip_prefix('"')?.strip_suffix('"')?.to_owned());
        match value.to_str().ok().map(str::trim) {
            Some("*") => Some(Self(None)),
            Some(text) => quoted(text).map(|plan| Self(Some(plan))),
            None => None,
        }
        .ok_or_else(|| {
            Problem::bad_request("`If-Match` must be the `plan` of a dry run in double quotes.")
        })
    }
}

/// Makes things what a manifest says: all of it, or nothing. What it does not say stays, unless
/// `prune` deletes what it made before.
#[utoipa::path(post, path = "/apply", operation_id = "apply", tag = "manifests",
    params(May<may::ReadAccounts>, ApplyParams, ("If-Match" = Option<String>, Header,
        description = "The `plan` of a dry run, quoted: exactly that is done, or nothing")),
    request_body(content((Manifest = "application/yaml"), (Manifest = "application/json"))),
    responses((status = 200, body = Applied), (status = "4XX", body = ProblemBody)))]
pub(super) async fn apply(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadAccounts>,
    mode: Mode,
    Query(asked): Query<ApplyParams>,
    seen: SeenPlan,
    desired: Desired,
) -> Result<Reply<Applied>, Problem> {
    let scope = caller.scope.clone();
    let made = carry_out(&app, &caller, scope, asked.how(mode), seen, (desired, None));
    Box::pin(made).await
}

/// The same for one account, whatever it is called in the manifest: so the settings of one are
/// copied to another. Its name and organisation stay.
#[utoipa::path(post, path = "/accounts/{account}/apply", operation_id = "apply_to_account",
    tag = "manifests",
    params(InAccount<may::ReadAccounts>, ApplyParams,
        ("If-Match" = Option<String>, Header,
        description = "The `plan` of a dry run, quoted: exactly that is done, or nothing")),
    request_body(content((Manifest = "application/yaml"), (Manifest = "application/json"))),
    responses((status = 200, body = Applied), (status = "4XX", body = ProblemBody)))]
pub(super) async fn apply_to_account(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadAccounts>,
    mode: Mode,
    Query(asked): Query<ApplyParams>,
    seen: SeenPlan,
    desired: Desired,
) -> Result<Reply<Applied>, Problem> {
    let flaws = [
        (!desired.orgs.is_empty(), "/orgs", "is not of an account"),
        (!desired.plans.is_empty(), "/plans", "is not of an account"),
        (desired.accounts.len() != 1, "/accounts", "must be one"),
    ];
    let flaws = flaws.iter().filter(|(is_flaw, ..)| *is_flaw);
    let told = flaws.map(|(_, pointer, text)| Problem::invalid(*pointer, *text));
    if let Some(problem) = Problem::together(told.collect()) {
        return Err(problem);
    }
    let InAccount {
        caller, account, ..
    } = scope;
    let reached = Scope::of(Some(&account.org_id), Some(&account.id));
    let target = Some(Target(account));
    let made = carry_out(
        &app,
        &caller,
        reached,
        asked.how(mode),
        seen,
        (desired, target),
    );
    Box::pin(made).await
}

async fn carry_out(
    app: &App,
    caller: &Caller,
    scope: Scope,
    how: How,
    seen: SeenPlan,
    (desired, target): (Desired, Option<Target>),
) -> Result<Reply<Applied>, Problem> {
    let mut run = Run::begin(app, caller, scope, &desired.name, how).await?;
    let touched = Box::pin(steps(&mut run, desired, target.as_ref())).await?;
    let (applied, impact) = run.finish(seen.0.as_deref(), touched).await?;
    let reply = Reply::ok(applied).secrets(&SECRETS);
    Ok(match impact {
        None => reply,
        Some(impact) => reply.preview(impact),
    })
}

/// All steps, each through all accounts: what others need comes before them. Answers the accounts
/// whose claims were minted.
async fn steps(
    run: &mut Run<'_>,
    desired: Desired,
    target: Option<&Target>,
) -> Result<Vec<(String, i64)>, Problem> {
    platform::orgs(run, desired.orgs).await?;
    platform::plans(run, desired.plans).await?;
    let mut all = accounts::settle(run, desired.accounts, target).await?;
    let left = prune::find(run, &mut all).await?;
    for within in &mut all {
        let mut work = run.enter(within.row.clone())?;
        prune::imports(run, &mut work, within, &left).await?;
        within.row = run.leave(work);
    }
    for within in &mut all {
        let mut work = run.enter(within.row.clone())?;
        prune::exports(run, &mut work, within, &left).await?;
        let answering = callouts::answering(run, &mut work).await?;
        prune::users(run, &mut work, within, &left, Some(&answering)).await?;
        sharing::exports(run, &mut work, within).await?;
        roles::carry_out(run, &mut work, within).await?;
        within.republish(run, &mut work).await?;
        within.row = run.leave(work);
    }
    for within in &mut all {
        let mut work = run.enter(within.row.clone())?;
        sharing::imports(run, &mut work, within).await?;
        within.republish(run, &mut work).await?;
        users::carry_out(run, &mut work, within).await?;
        callouts::carry_out(run, &mut work, within).await?;
        prune::users(run, &mut work, within, &left, None).await?;
        prune::roles(run, &mut work, within, &left).await?;
        within.republish(run, &mut work).await?;
        within.row = run.leave(work);
    }
    for within in &mut all {
        let mut work = run.enter(within.row.clone())?;
        sharing::confirm(run, &mut work, within).await?;
        within.row = run.leave(work);
    }
    let minted = |within: &&Within| within.row.generation != within.was;
    let minted = all.iter().filter(minted);
    let mut touched: Vec<_> = minted
        .map(|within| (within.row.id.clone(), within.row.generation))
        .collect();
    prune::platform(run, &left, &mut touched).await?;
    Ok(touched)
}

/// What a manifest is to say.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ManifestParams {
    /// Users too: their names, keys and rights.
    #[serde(default)]
    users: bool,
}

/// Whether the caller asks for YAML.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WantsYaml(bool);

impl FromRequestParts<Arc<App>> for WantsYaml {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        let accepts = parts.headers.get_all(header::ACCEPT).iter();
        let mut texts = accepts.filter_map(|value| value.to_str().ok());
        Ok(Self(texts.any(|text| text.contains("yaml"))))
    }
}

impl WantsYaml {
    fn show(self, manifest: &Value) -> Result<Response, Problem> {
        if !self.0 {
            return Ok(axum::Json(manifest).into_response());
        }
        let text = serde_saphyr::to_string(manifest).map_err(|_| Problem::internal())?;
        Ok(([(header::CONTENT_TYPE, "application/yaml")], text).into_response())
    }
}

/// The manifest of everything that the caller reaches: applied, it changes nothing.
#[utoipa::path(get, path = "/manifest", operation_id = "get_manifest", tag = "manifests",
    params(May<may::ReadAccounts>, ManifestParams),
    responses((status = 200, content((Manifest = "application/json"),
        (String = "application/yaml"))), (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadAccounts>,
    Query(asked): Query<ManifestParams>,
    form: WantsYaml,
) -> Result<Response, Problem> {
    let scope = caller.scope.clone();
    form.show(&whole::of_scope(&app, &caller, &scope, asked.users).await?)
}

/// The manifest of an organisation and its accounts: applied, it changes nothing.
#[utoipa::path(get, path = "/orgs/{org}/manifest", operation_id = "get_org_manifest",
    tag = "manifests",
    params(InOrg<may::ReadAccounts>, ManifestParams),
    responses((status = 200, content((Manifest = "application/json"),
        (String = "application/yaml"))), (status = "4XX", body = ProblemBody)))]
pub(super) async fn of_org(
    State(app): State<Arc<App>>,
    scope: InOrg<may::ReadAccounts>,
    Query(asked): Query<ManifestParams>,
    form: WantsYaml,
) -> Result<Response, Problem> {
    // An account's key sees its organisation, and no other account.
    let account = scope.caller.scope.account_id.as_deref();
    let reached = Scope::of(Some(&scope.org.id), account);
    form.show(&whole::of_scope(&app, &scope.caller, &reached, asked.users).await?)
}

/// The manifest of one account: applied, it changes nothing, and it can be applied to another.
#[utoipa::path(get, path = "/accounts/{account}/manifest", operation_id = "get_account_manifest",
    tag = "manifests",
    params(InAccount<may::ReadAccounts>, ManifestParams),
    responses((status = 200, content((Manifest = "application/json"),
        (String = "application/yaml"))), (status = "4XX", body = ProblemBody)))]
pub(super) async fn of_account(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ReadAccounts>,
    Query(asked): Query<ManifestParams>,
    form: WantsYaml,
) -> Result<Response, Problem> {
    let account = &scope.account;
    let reached = Scope::of(Some(&account.org_id), Some(&account.id));
    form.show(&whole::of_scope(&app, &scope.caller, &reached, asked.users).await?)
}
