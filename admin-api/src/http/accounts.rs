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
use super::lifecycle::PURGE_AFTER_SECONDS;
use super::page::{Page, PageRequest};
use super::record::Change;
use super::reply::Reply;
use super::validate::{display_name, reference, slug};
use super::work::{Diff, Work};
use crate::app::App;
use crate::auth::{Caller, InAccount, May, Right, may};
use crate::bootstrap::DEFAULT_ORG;
use crate::claims::{
    AccountKeys, AccountPlan, Ceilings, ceilings_json, insert_account, republish, stored_ceilings,
};
use crate::clock;
use crate::feed;
use crate::gate;
use crate::installation::Installation;
use crate::limits::{Limits, LimitsPatch};
use crate::mint::{self, MintError};
use crate::plans::{ceilings_of, own_limits};
use crate::problem::{Problem, ProblemBody};
use crate::settings::AccountSettings;
use crate::store::accounts::AccountRow;
use crate::store::plans::PlanRow;
use crate::store::{self, StoreError, Tx};

/// Accounts of the installation's own, which may not be there yet.
const OWN_SLUGS: [&str; 2] = [gate::SLUG, feed::SLUG];

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
    description: String,
    tags: Vec<String>,
    state: AccountState,
    /// Why it is suspended, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    suspend_reason: Option<String>,
    /// When a deleted account is purged.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    purge_at: Option<String>,
    /// Its nkey.
    public_key: String,
    /// The key that signs users without a role.
    signing_key: String,
    /// The id of its plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<String>,
    /// Why it does not have the limits of its plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan_error: Option<String>,
    limits: Limits,
    claims: ClaimsSize,
    /// Counts the changes of its settings; `If-Match: "<version>"` changes this one only.
    version: i64,
    /// Counts the claims that were minted for it.
    generation: i64,
    /// Whether every server holds the claims that were minted last.
    pub(super) live: bool,
    /// Why it is not live, when a server said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    engine_error: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
}

/// Whether an account is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AccountState {
    Active,
    /// Nobody can log in, and its sharing is cut.
    Suspended,
    /// As suspended, until it is restored or purged.
    Deleted,
}

impl AccountState {
    fn of(row: &AccountRow) -> Self {
        match (row.state.as_str(), row.suspended_at) {
            ("active", None) => AccountState::Active,
            ("active", Some(_)) => AccountState::Suspended,
            _ => AccountState::Deleted,
        }
    }
}

impl Account {
    pub(super) fn new(row: AccountRow, installation: &Installation) -> Result<Self, StoreError> {
        let settings = AccountSettings::stored(&row)?;
        Ok(Self {
            description: settings.description,
            tags: settings.tags,
            state: AccountState::of(&row),
            suspend_reason: row
                .suspend_reason
                .clone()
                .filter(|reason| !reason.is_empty()),
            purge_at: row.purge_at.map(clock::rfc3339),
            signing_key: row.signing_key.clone(),
            plan: row.plan_id.clone(),
            plan_error: row.plan_error.clone(),
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
    /// Whether more than 80 % is: then credentials that never expire are refused. Rotating the key
    /// of a role without an overlap takes the revocations of its users out.
    critically_full: bool,
}

impl ClaimsSize {
    fn of(jwt: &str, max_bytes: usize) -> Self {
        Self {
            bytes: jwt.len(),
            max_bytes,
            nearly_full: mint::is_nearly_full(jwt.len(), max_bytes),
            critically_full: mint::is_critically_full(jwt.len(), max_bytes),
        }
    }
}

/// A new account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAccountBody {
    /// For people.
    pub(super) name: String,
    /// For URLs; derived from the name when absent. Unique in the installation.
    #[schema(pattern = "^[a-z][a-z0-9-]{1,62}$")]
    pub(super) slug: Option<String>,
    /// Id or slug of the organisation; the key's own, or `default`, when absent.
    pub(super) org: Option<String>,
    /// Id or slug of a plan; the default plan when absent, if there is one. Needs the
    /// right `limits:write`.
    pub(super) plan: Option<String>,
    /// What differs from the plan; unlimited where both say nothing. Needs the right
    /// `limits:write`.
    pub(super) limits: Option<LimitsPatch>,
    /// Id, nkey or slug of an account that is a template: its plan, limits, settings and roles are
    /// taken over, its users and sharing are not.
    pub(super) template: Option<String>,
}

/// Changes to an account; what is absent stays, what is `null` becomes what it is by default.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountPatch {
    name: Option<String>,
    /// Id or slug of a plan, whose limits the account gets; null leaves it with those that it has.
    /// Needs the right `limits:write`.
    plan: Option<String>,
    /// With a plan: what differs from it. Needs the right `limits:write`.
    limits: Option<LimitsPatch>,
}

/// Makes an account.
#[utoipa::path(post, path = "/accounts", operation_id = "create_account", tag = "accounts",
    request_body = NewAccountBody,
    params(May<may::ManageAccounts>),
    responses((status = 201, body = Account), (status = "4XX", body = ProblemBody)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ManageAccounts>,
    mode: Mode,
    Json(new): Json<NewAccountBody>,
) -> Result<Reply<Account>, Problem> {
    let mut tx = app.db.write().await?;
    let row = make(&app, &caller, &mut tx, &new).await?;
    let account_id = row.id.clone();
    let generation = row.generation;
    let mut account = Account::new(row, &app.installation()?)?;
    let org_id = account.org.clone();
    let change = Change::new(
        "account.create",
        &account_id,
        Some(&org_id),
        Some(&account_id),
    );
    let Some(waiter) = mode.end(&app, tx, &caller, change.after(&account)).await? else {
        return Ok(Reply::made(account).preview(Impact::none()));
    };
    account.live = waiter.wait(&app, &account_id, generation).await;
    Ok(Reply::made(account).version(1))
}

/// Stores a new account with what it begins with.
pub(super) async fn make(
    app: &App,
    caller: &Caller,
    tx: &mut Tx,
    new: &NewAccountBody,
) -> Result<AccountRow, Problem> {
    let name = display_name(&new.name, "/name")?;
    let slug = slug(new.slug.as_deref(), &new.name)?;
    if OWN_SLUGS.contains(&&*slug) {
        let text = "The slug is that of an account of the installation's own.";
        return Err(Problem::conflict("slug_taken", text));
    }
    let begin = Beginning::of(tx, caller, new).await?;
    let org = new.org.as_deref().unwrap_or(match &caller.scope.org_id {
        Some(own) => own,
        None => DEFAULT_ORG,
    });
    let org = store::orgs::find(tx, &caller.scope, &reference(org, "/org")?)
        .await?
        .ok_or_else(|| Problem::invalid("/org", "there is no such organisation"))?;
    let plan = AccountPlan {
        org_id: &org.id,
        slug: &slug,
        name: &name,
        kind: "tenant",
        ceilings: &begin.ceilings,
        settings: &begin.settings,
    };
    let keys = AccountKeys::generate(&app.vault);
    let now = clock::now();
    let made = insert_account(tx, &app.vault, keys, &plan, now);
    let mut row = made.await.map_err(|error| match error {
        MintError::Store(taken @ StoreError::Duplicate(_)) => Problem::if_taken(
            "slug_taken",
            "The slug is taken; a deleted account keeps its slug until it is purged.",
        )(taken),
        error => error.into(),
    })?;
    begin.finish(tx, app, &mut row, now).await?;
    Ok(row)
}

/// What a new account begins with.
struct Beginning {
    ceilings: Ceilings,
    settings: AccountSettings,
    plan: Option<PlanRow>,
    /// What differs from the plan.
    own: LimitsPatch,
    template: Option<AccountRow>,
}

impl Beginning {
    async fn of(tx: &mut Tx, caller: &Caller, new: &NewAccountBody) -> Result<Self, Problem> {
        if new.limits.is_some() || new.plan.is_some() {
            need_limits(caller)?;
        }
        let template = match &new.template {
            None => None,
            Some(template) => {
                let template = reference(template, "/template")?;
                let found = store::accounts::find(tx, &caller.scope, &template).await?;
                let absent = || Problem::invalid("/template", "there is no such account");
                Some(found.ok_or_else(absent)?)
            }
        };
        let plan = match (&new.plan, &template) {
            (Some(plan), _) => Some(find_plan(tx, plan).await?),
            (None, Some(template)) => match &template.plan_id {
                Some(plan) => store::plans::find(tx, plan).await?,
                None => None,
            },
            (None, None) => store::plans::default_plan(tx).await?,
        };
        let follows_template = new.plan.is_none();
        let (mut ceilings, mut own) = match (&template, &plan) {
            (Some(template), _) if follows_template => {
                (stored_ceilings(template)?, own_limits(template)?)
            }
            (_, Some(plan)) => (ceilings_of(plan)?, LimitsPatch::default()),
            _ => (Ceilings::unlimited(), LimitsPatch::default()),
        };
        if let Some(limits) = &new.limits {
            limits.apply(&mut ceilings)?;
            own = own.followed_by(limits);
        }
        let settings = match &template {
            Some(template) => AccountSettings::stored(template)?,
            None => AccountSettings::default(),
        };
        Ok(Self {
            ceilings,
            settings,
            plan,
            own,
            template,
        })
    }

    /// What needs the account's row: the plan and the roles of the template.
    async fn finish(
        &self,
        tx: &mut Tx,
        app: &App,
        row: &mut AccountRow,
        now: i64,
    ) -> Result<(), Problem> {
        if let Some(plan) = &self.plan {
            store::plans::assign(tx, &row.id, Some(plan), &super::users::json(&self.own)).await?;
            row.plan_id = Some(plan.id.clone());
        }
        let Some(template) = &self.template else {
            return Ok(());
        };
        let roles = store::account_roles::of_account(tx, &template.id).await?;
        if roles.is_empty() && self.settings.event_feed.is_off() {
            return Ok(());
        }
        for role in roles {
            super::roles::copy(tx, &app.vault, role, &row.id, now).await?;
        }
        republish(tx, &app.vault, &app.installation()?, row, now).await?;
        Ok(())
    }
}

pub(super) fn need_limits(caller: &Caller) -> Result<(), Problem> {
    caller.need(Right::WriteLimits)
}

pub(super) async fn find_plan(tx: &mut Tx, plan: &str) -> Result<PlanRow, Problem> {
    let found = store::plans::find(tx, &reference(plan, "/plan")?).await?;
    found.ok_or_else(|| Problem::invalid("/plan", "there is no such plan"))
}

/// The accounts that the key reaches.
#[utoipa::path(get, path = "/accounts", operation_id = "list_accounts", tag = "accounts",
    params(May<may::ReadAccounts>, PageRequest<AccountRow>),
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
    params(InAccount<may::ReadAccounts>),
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

/// Changes an account's name, plan or limits.
#[utoipa::path(patch, path = "/accounts/{account}", operation_id = "update_account",
    tag = "accounts",
    params(InAccount<may::WriteAccounts>, IfMatch),
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
    let mut work = Work::begin(&app, &scope, mode).await?;
    if_match.check(work.account.version)?;
    let before = Account::new(work.account.clone(), &work.installation)?;
    let current = json!({ "name": before.name, "plan": before.plan, "limits": {} });
    let name = patch.apply(current)?.name;
    work.account.name = display_name(name.as_deref().unwrap_or_default(), "/name")?;
    let bounds = patch.touches("limits") || patch.touches("plan");
    if bounds {
        need_limits(work.caller)?;
        change_limits(&mut work, &before, &patch).await?;
    }
    work.keep_account().await?;
    if bounds {
        work.republish().await?;
        work.show_account()?;
    }
    let (id, version) = (work.account.id.clone(), work.account.version);
    let mut account = Account::new(work.account.clone(), &work.installation)?;
    let diff = Diff::was(&before).after(&account);
    let done = work.finish("account.update", &id, diff).await?;
    account.live = done.live;
    Ok(done.reply(Reply::ok(account).version(version)))
}

/// Changes plan and limits, as the patch says: limits that it removes are the plan's again, or
/// none.
async fn change_limits(
    work: &mut Work<'_>,
    before: &Account,
    patch: &MergePatch<AccountPatch>,
) -> Result<(), Problem> {
    let (tx, account) = (&mut work.tx, &mut work.account);
    let with = |limits| json!({ "name": before.name, "plan": before.plan, "limits": limits });
    let wanted = patch.apply(with(json!({})))?;
    let plan = match &wanted.plan {
        Some(plan) => Some(find_plan(tx, plan).await?),
        None => None,
    };
    let own = match &plan {
        Some(_) if patch.touches("plan") => wanted.limits,
        Some(_) => patch.apply(with(json!(own_limits(account)?)))?.limits,
        None => patch.apply(with(json!(before.limits)))?.limits,
    };
    set_limits(work, plan, own.unwrap_or_default()).await
}

/// Gives the account in work a plan or none, and what differs from it. Its row is stored by
/// [`Work::keep_account`].
pub(super) async fn set_limits(
    work: &mut Work<'_>,
    plan: Option<PlanRow>,
    limits: LimitsPatch,
) -> Result<(), Problem> {
    let (tx, account) = (&mut work.tx, &mut work.account);
    let mut ceilings = match &plan {
        Some(plan) => ceilings_of(plan)?,
        None => Ceilings::unlimited(),
    };
    limits.apply(&mut ceilings)?;
    let kept = match &plan {
        Some(_) => limits,
        None => LimitsPatch::default(),
    };
    store::plans::assign(tx, &account.id, plan.as_ref(), &super::users::json(&kept)).await?;
    account.plan_id = plan.map(|plan| plan.id);
    account.plan_error = None;
    account.limits = ceilings_json(&ceilings);
    Ok(())
}

/// Deletes an account: its connections are closed, its sharing is cut, and nobody can log in.
/// The name stays reserved and the data stays for a week, in which it can be restored; then it is
/// purged.
#[utoipa::path(delete, path = "/accounts/{account}", operation_id = "delete_account",
    tag = "accounts",
    params(InAccount<may::ManageAccounts>, IfMatch),
    responses((status = 200, body = Deleted), (status = "4XX", body = ProblemBody)))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    scope: InAccount<may::ManageAccounts>,
    mode: Mode,
    if_match: IfMatch,
) -> Result<Reply<Deleted>, Problem> {
    let mut work = Work::begin(&app, &scope, mode).await?;
    if_match.check(work.account.version)?;
    let before = Account::new(work.account.clone(), &work.installation)?;
    let id = work.account.id.clone();
    remove(&mut work).await?;
    let done = work
        .finish("account.delete", &id, Diff::was(&before))
        .await?;
    let view = Deleted {
        id,
        live: done.live,
    };
    Ok(done.reply(Reply::ok(view)))
}

/// Deletes the account in work, for now.
pub(super) async fn remove(work: &mut Work<'_>) -> Result<(), Problem> {
    let (id, now) = (&work.account.id, work.now);
    store::accounts::mark_deleted(&mut work.tx, id, now, now + PURGE_AFTER_SECONDS).await?;
    "deleted".clone_into(&mut work.account.state);
    work.republish().await
}

/// Locks the account for a change. Deleted meanwhile reads as absent.
pub(super) async fn lock(tx: &mut Tx, id: &str) -> Result<AccountRow, Problem> {
    active(store::accounts::lock(tx, id).await?)
}

/// The account, unless it is deleted.
pub(super) fn active(row: Option<AccountRow>) -> Result<AccountRow, Problem> {
    row.filter(|row| row.state == "active")
        .ok_or_else(Problem::not_found)
}
