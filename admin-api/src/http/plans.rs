//! `/plans`: limits with a name. Editing one moves its accounts, live.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json as Answer;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{Json, MergePatch};
use super::conditional::IfMatch;
use super::dry_run::{Impact, Mode};
use super::impact::Tried;
use super::page::{Page, PageRequest};
use super::record::Change;
use super::reply::Reply;
use super::validate::{display_name, slug};
use crate::app::App;
use crate::auth::{Caller, May, may};
use crate::claims::{Ceilings, ceilings_json};
use crate::clock;
use crate::ids::{IdKind, new_id};
use crate::limits::{Limits, LimitsPatch};
use crate::plans;
use crate::problem::{Problem, ProblemBody};
use crate::settings::description;
use crate::store::list::Conditions;
use crate::store::plans::PlanRow;
use crate::store::{self, StoreError, Tx};

/// How long a request waits for accounts to follow; the rest follow by themselves.
const FOLLOW_WAIT: Duration = Duration::from_secs(5);

/// Limits with a name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Plan {
    #[schema(example = "plan_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    /// Names the plan in URLs.
    slug: String,
    name: String,
    description: String,
    limits: Limits,
    /// Whether new accounts get it when nobody says what they get.
    default: bool,
    /// Counts the changes of the limits.
    revision: i64,
    /// Counts its changes; `If-Match: "<version>"` changes this one only.
    version: i64,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
}

impl TryFrom<PlanRow> for Plan {
    type Error = StoreError;

    fn try_from(row: PlanRow) -> Result<Self, StoreError> {
        Ok(Self {
            limits: Limits::from(&plans::ceilings_of(&row)?),
            id: row.id,
            slug: row.slug,
            name: row.name,
            description: row.description,
            default: row.is_default,
            revision: row.revision,
            version: row.version,
            created_at: clock::rfc3339(row.created_at),
            updated_at: clock::rfc3339(row.updated_at),
        })
    }
}

/// A new plan.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPlan {
    /// For people.
    pub(super) name: String,
    /// For URLs; derived from the name when absent.
    #[schema(pattern = "^[a-z][a-z0-9-]{1,62}$")]
    pub(super) slug: Option<String>,
    #[serde(default)]
    pub(super) description: String,
    /// Unlimited where absent.
    #[serde(default)]
    pub(super) limits: LimitsPatch,
    /// Whether new accounts get it when nobody says what they get: in the place of another plan.
    #[serde(default)]
    pub(super) default: bool,
}

/// Changes to a plan; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanPatch {
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) limits: Option<LimitsPatch>,
    pub(super) default: Option<bool>,
}

/// A plan that was changed, and how its accounts followed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangedPlan {
    #[serde(flatten)]
    plan: Plan,
    /// Accounts that have it.
    accounts: i64,
    /// Accounts that have the new limits now; others follow within seconds. On a dry run: those
    /// that would follow, of as many as could be looked at.
    moved: u64,
    /// Accounts that cannot follow, since they have more than it allows: see their `plan_error`.
    refused: u64,
    /// Whether every server holds the claims of the last account that moved.
    live: bool,
}

/// Makes a plan.
#[utoipa::path(post, path = "/plans", operation_id = "create_plan", tag = "plans",
    request_body = NewPlan,
    params(May<may::WritePlans>),
    responses((status = 201, body = Plan), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WritePlans>,
    mode: Mode,
    Json(new): Json<NewPlan>,
) -> Result<Reply<Plan>, Problem> {
    let mut tx = app.db.write().await?;
    let row = make(&mut tx, new).await?;
    let id = row.id.clone();
    let plan = Plan::try_from(row)?;
    let change = Change::new("plan.create", &id, None, None).after(&plan);
    if mode.end(&app, tx, &caller, change).await?.is_none() {
        return Ok(Reply::made(plan).preview(Impact::none()));
    }
    Ok(Reply::made(plan).version(1))
}

pub(super) async fn make(tx: &mut Tx, new: NewPlan) -> Result<PlanRow, Problem> {
    description(&new.description, "/description")?;
    let mut ceilings = Ceilings::unlimited();
    new.limits.apply(&mut ceilings)?;
    let now = clock::now();
    let row = PlanRow {
        id: new_id(IdKind::Plan),
        slug: slug(new.slug.as_deref(), &new.name)?,
        name: display_name(&new.name, "/name")?,
        description: new.description,
        limits: ceilings_json(&ceilings),
        is_default: new.default,
        revision: 1,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    store::plans::insert(tx, &row)
        .await
        .map_err(Problem::if_taken("slug_taken", "The slug is taken."))?;
    if row.is_default {
        store::plans::clear_other_defaults(tx, &row.id).await?;
    }
    Ok(row)
}

/// All plans.
#[utoipa::path(get, path = "/plans", operation_id = "list_plans", tag = "plans",
    params(May<may::ReadPlans>, PageRequest<PlanRow>),
    responses((status = 200, body = Page<Plan>), (status = "4XX", body = ProblemBody)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    _: May<may::ReadPlans>,
    page: PageRequest<PlanRow>,
) -> Result<Answer<Page<Plan>>, Problem> {
    let mut tx = app.db.read().await?;
    let all = Conditions::default();
    Ok(Answer(page.read(&app, &mut tx, all, Plan::try_from).await?))
}

/// One plan.
#[utoipa::path(get, path = "/plans/{plan}", operation_id = "get_plan", tag = "plans",
    params(May<may::ReadPlans>, ("plan" = String, Path, description = "Id or slug")),
    responses((status = 200, body = Plan, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    _: May<may::ReadPlans>,
    Path(plan): Path<String>,
) -> Result<Reply<Plan>, Problem> {
    let mut tx = app.db.read().await?;
    let row = store::plans::find(&mut tx, &plan).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let version = row.version;
    Ok(Reply::ok(Plan::try_from(row)?).version(version))
}

/// Changes a plan and moves its accounts to the new limits. What an account has of its own stays.
#[utoipa::path(patch, path = "/plans/{plan}", operation_id = "update_plan", tag = "plans",
    params(May<may::WritePlans>, ("plan" = String, Path, description = "Id or slug"), IfMatch),
    request_body(content = PlanPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, body = ChangedPlan, headers(("ETag" = String))),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn update(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WritePlans>,
    mode: Mode,
    if_match: IfMatch,
    Path(plan): Path<String>,
    patch: MergePatch<PlanPatch>,
) -> Result<Reply<ChangedPlan>, Problem> {
    let mut tx = app.db.write().await?;
    let row = store::plans::lock(&mut tx, &plan).await?;
    let mut row = row.ok_or_else(Problem::not_found)?;
    if_match.check(row.version)?;
    let before = Plan::try_from(row.clone())?;
    let wanted = patch.apply(serde_json::json!({
        "name": before.name, "description": before.description, "limits": before.limits,
        "default": before.default,
    }))?;
    change(&mut tx, &mut row, wanted, patch.touches("limits")).await?;
    let accounts = store::plans::count_accounts(&mut tx, &row.id).await?;
    let (id, version) = (row.id.clone(), row.version);
    let plan = Plan::try_from(row)?;
    let tried = match mode {
        Mode::DryRun => Some(Followers::of(&app, &caller, &mut tx, &id).await?),
        Mode::Commit => None,
    };
    let change = Change::new("plan.update", &id, None, None);
    let change = change.before(&before).after(&plan);
    let waiter = mode.end(&app, tx, &caller, change).await?;
    if let Some(tried) = tried {
        let view = ChangedPlan {
            plan,
            accounts,
            moved: tried.moved,
            refused: tried.refused,
            live: false,
        };
        return Ok(Reply::ok(view).preview(tried.impact(&app).await?));
    }
    let waiter = waiter.ok_or_else(Problem::internal)?;

    let begun = Instant::now();
    let followed = plans::follow(&app, || begun.elapsed() > FOLLOW_WAIT).await?;
    let live = match &followed.last {
        None => true,
        Some((account_id, generation)) => waiter.wait(&app, account_id, *generation).await,
    };
    let view = ChangedPlan {
        plan,
        accounts,
        moved: followed.moved,
        refused: followed.refused,
        live,
    };
    Ok(Reply::ok(view).version(version))
}

/// What a plan that was changed means for its accounts, before that is taken back.
struct Followers {
    moved: u64,
    refused: u64,
    is_whole: bool,
    tried: Tried,
}

impl Followers {
    async fn of(app: &App, caller: &Caller, tx: &mut Tx, plan_id: &str) -> Result<Self, Problem> {
        let followed = plans::try_out(app, tx, &app.installation()?, plan_id).await?;
        Ok(Self {
            moved: followed.moved.len() as u64,
            refused: followed.refused,
            is_whole: followed.is_whole,
            tried: Tried::of(app, caller, tx, followed.moved).await?,
        })
    }

    async fn impact(self, app: &App) -> Result<Impact, Problem> {
        let kicked = self.is_whole.then_some(&[][..]);
        self.tried.impact(app, kicked).await
    }
}

/// Makes a plan what `wanted` says as a whole. With other limits its accounts are behind.
pub(super) async fn change(
    tx: &mut Tx,
    row: &mut PlanRow,
    wanted: PlanPatch,
    limits_too: bool,
) -> Result<(), Problem> {
    row.name = display_name(wanted.name.as_deref().unwrap_or_default(), "/name")?;
    row.description = wanted.description.unwrap_or_default();
    description(&row.description, "/description")?;
    if limits_too {
        let mut ceilings = Ceilings::unlimited();
        wanted.limits.unwrap_or_default().apply(&mut ceilings)?;
        row.limits = ceilings_json(&ceilings);
        row.revision += 1;
    }
    row.is_default = wanted.default.unwrap_or_default();
    row.version += 1;
    row.updated_at = clock::now();
    store::plans::update(tx, row).await?;
    if row.is_default {
        store::plans::clear_other_defaults(tx, &row.id).await?;
    }
    Ok(())
}

/// Deletes a plan that no account has.
#[utoipa::path(delete, path = "/plans/{plan}", operation_id = "delete_plan", tag = "plans",
    params(May<may::WritePlans>, ("plan" = String, Path, description = "Id or slug"), IfMatch),
    responses((status = 204), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::WritePlans>,
    mode: Mode,
    if_match: IfMatch,
    Path(plan): Path<String>,
) -> Result<Reply<()>, Problem> {
    let mut tx = app.db.write().await?;
    let row = store::plans::lock(&mut tx, &plan).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    if_match.check(row.version)?;
    remove(&mut tx, &row).await?;
    let id = row.id.clone();
    let before = Plan::try_from(row)?;
    let change = Change::new("plan.delete", &id, None, None).before(&before);
    if mode.end(&app, tx, &caller, change).await?.is_none() {
        return Ok(Reply::ok(()).preview(Impact::none()));
    }
    Ok(Reply::ok(()))
}

pub(super) async fn remove(tx: &mut Tx, row: &PlanRow) -> Result<(), Problem> {
    let accounts = store::plans::count_accounts(tx, &row.id).await?;
    if accounts > 0 {
        return Err(Problem::conflict(
            "plan_in_use",
            format!("{accounts} accounts have the plan, deleted ones included."),
        ));
    }
    store::plans::delete(tx, &row.id).await?;
    Ok(())
}
