//! Accounts of a manifest: what they say of themselves, and what of theirs is there already.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use super::diff::{Action, ManifestChange, Thing, fields, view};
use super::read::{AccountAt, At};
use super::run::{Effect, Run, Subject};
use super::spec::{AccountSpec, ExportSpec, ImportSpec, RoleSpec, UserSpec};
use super::state;
use crate::auth::Right;
use crate::claims::stored_ceilings;
use crate::http::accounts::{self, Account, NewAccountBody};
use crate::http::auth_callout::AuthCalloutSpec;
use crate::http::settings::allow_feed;
use crate::http::sharing::Kind;
use crate::http::validate::{display_name, reference, slug};
use crate::http::work::Work;
use crate::problem::Problem;
use crate::settings::AccountSettings;
use crate::store::account_roles::RoleRow;
use crate::store::accounts::AccountRow;
use crate::store::exports::ExportRow;
use crate::store::imports::ImportRow;
use crate::store::list::Listed;
use crate::store::users::UserRow;
use crate::store::{self, Scope, Tx};

/// What is wanted, where the manifest says it, and what is there.
#[derive(Debug)]
pub(super) struct Match<S, R> {
    pub(super) at: String,
    pub(super) spec: S,
    pub(super) row: Option<R>,
}

/// An account in work.
#[derive(Debug)]
pub(super) struct Within {
    /// Where the manifest says it; empty for one that only holds what it says no more.
    pub(super) at: String,
    pub(super) row: AccountRow,
    /// Whether its claims have to be minted anew.
    pub(super) is_stale: bool,
    /// Whether something was changed that could close a cycle.
    pub(super) shares: bool,
    /// The claims that it had before.
    pub(super) was: i64,
    pub(super) roles: Vec<Match<RoleSpec, RoleRow>>,
    pub(super) exports: Vec<Match<ExportSpec, ExportRow>>,
    pub(super) imports: Vec<Match<ImportSpec, ImportRow>>,
    pub(super) users: Vec<Match<UserSpec, UserRow>>,
    /// `None` within: there is to be none.
    pub(super) callout: Option<At<Option<AuthCalloutSpec>>>,
    /// Imports that were made, with their places and exporters, until the broker's rules were
    /// asked.
    pub(super) fresh: Vec<(String, String, ImportRow)>,
}

impl Within {
    /// An account of which nothing is wanted any more.
    pub(super) fn left(row: AccountRow) -> Self {
        Self {
            at: String::new(),
            is_stale: false,
            shares: false,
            was: row.generation,
            row,
            roles: Vec::new(),
            exports: Vec::new(),
            imports: Vec::new(),
            users: Vec::new(),
            callout: None,
            fresh: Vec::new(),
        }
    }

    /// Mints its claims anew, if anything in them has changed.
    pub(super) async fn republish(
        &mut self,
        run: &mut Run<'_>,
        work: &mut Work<'_>,
    ) -> Result<(), Problem> {
        if !std::mem::take(&mut self.is_stale) {
            return Ok(());
        }
        let minted = work.republish().await;
        run.keep(&self.at, minted)?;
        Ok(())
    }
}

/// Which account something is meant for, when the path says it and not the manifest.
#[derive(Debug, Clone)]
pub(super) struct Target(pub(super) AccountRow);

/// Makes or changes the accounts themselves, and finds what is there of what they are to have.
pub(super) async fn settle(
    run: &mut Run<'_>,
    wanted: Vec<AccountAt>,
    target: Option<&Target>,
) -> Result<Vec<Within>, Problem> {
    let mut seen = HashSet::new();
    let mut all = Vec::with_capacity(wanted.len());
    for account in wanted {
        let at = account.pointer.clone();
        if run.keep(&at, slug(Some(&account.spec.slug), ""))?.is_none() {
            continue;
        }
        if !seen.insert(account.spec.slug.clone()) {
            let twice = Problem::invalid("/slug", "is said twice");
            run.keep::<()>(&at, Err(twice))?;
            continue;
        }
        let scope = run.scope.clone();
        let found = match target {
            Some(target) => Some(target.0.clone()),
            None => store::accounts::find(run.tx()?, &scope, &account.spec.slug).await?,
        };
        let within = match found {
            Some(row) => {
                let row = accounts::lock(run.tx()?, &row.id).await?;
                change(run, row, account, target.is_some()).await?
            }
            None => make(run, account).await?,
        };
        all.extend(within);
    }
    Ok(all)
}

async fn make(run: &mut Run<'_>, account: AccountAt) -> Result<Option<Within>, Problem> {
    let (at, spec) = (account.pointer.clone(), account.spec.clone());
    if !run.may(&at, Right::ManageAccounts) {
        return Ok(None);
    }
    if is_taken(run.tx()?, &spec.slug).await? {
        let text = "The slug is taken; a deleted account keeps its slug until it is purged.";
        run.keep::<()>(&at, Err(Problem::conflict("slug_taken", text)))?;
        return Ok(None);
    }
    let new = NewAccountBody {
        name: spec.name.clone().unwrap_or_else(|| spec.slug.clone()),
        slug: Some(spec.slug.clone()),
        org: spec.org.clone(),
        plan: spec.plan.clone().flatten(),
        limits: spec.limits.clone(),
        template: None,
    };
    let (app, caller) = (run.app, run.caller);
    let made = accounts::make(app, caller, run.tx()?, &new).await;
    let Some(row) = run.keep(&at, made)? else {
        return Ok(None);
    };
    let mut work = run.enter(row)?;
    let set = set(run, &mut work, &spec, &at, true).await;
    let is_set = run.keep(&at, set)?.is_some();
    let shown = state::account(&mut work.tx, &work.account).await?;
    let mut told = fields(&view(&()), &state::brief_account(&shown));
    told.retain(|change| !change.says_nothing());
    let after = view(&Account::new(work.account.clone(), &work.installation)?);
    let id = work.account.id.clone();
    let subject = Subject::within(Thing::Account, &work.account, &id, &*spec.slug, &at);
    run.changed(
        Action::Create,
        &subject,
        told,
        ("account.create", None, Some(after)),
    );
    run.claim(&mut work.tx, Thing::Account, &id, Some(&id))
        .await?;
    let mut within = find_all(run, &mut work, account).await?;
    // What it began with has claims already, but nobody has waited for them.
    (within.was, within.is_stale) = (0, is_set);
    within.row = run.leave(work);
    Ok(Some(within))
}

/// Whether some account has the slug, also one that the caller does not reach.
async fn is_taken(tx: &mut Tx, slug: &str) -> Result<bool, Problem> {
    let all = Scope::default();
    Ok(store::accounts::find(tx, &all, slug).await?.is_some()
        || store::lifecycle::find_deleted(tx, &all, slug)
            .await?
            .is_some())
}

async fn change(
    run: &mut Run<'_>,
    row: AccountRow,
    mut account: AccountAt,
    is_target: bool,
) -> Result<Option<Within>, Problem> {
    let at = account.pointer.clone();
    run.named.insert(row.id.clone());
    let mut work = run.enter(row)?;
    if is_target {
        // Which account it is, the path says.
        account.spec.slug.clone_from(&work.account.slug);
        (account.spec.name, account.spec.org) = (None, None);
    }
    let spec = account.spec.clone();
    let changed = alter(run, &mut work, &spec, &at).await;
    let (is_stale, shares) = run.keep(&at, changed)?.unwrap_or_default();
    let mut within = find_all(run, &mut work, account).await?;
    (within.is_stale, within.shares) = (is_stale, shares);
    within.row = run.leave(work);
    Ok(Some(within))
}

/// Changes an account that is there. Says whether its claims change, and whether a cycle may come
/// of it.
async fn alter(
    run: &mut Run<'_>,
    work: &mut Work<'_>,
    spec: &AccountSpec,
    at: &str,
) -> Result<(bool, bool), Problem> {
    if let Some(org) = &spec.org {
        let org = reference(org, "/org")?;
        let found = store::orgs::find(&mut work.tx, &Scope::default(), &org).await?;
        if found.is_none_or(|org| org.id != work.account.org_id) {
            let text = "must be the organisation that it is in: an account cannot be moved";
            return Err(Problem::invalid("/org", text));
        }
    }
    let was = view(&Account::new(work.account.clone(), &work.installation)?);
    let told = set(run, work, spec, at, false).await?;
    let id = work.account.id.clone();
    if told.is_empty() {
        let subject = Subject::within(Thing::Account, &work.account, &id, &*spec.slug, at);
        run.unchanged(&subject);
        return Ok((false, false));
    }
    let is = view(&Account::new(work.account.clone(), &work.installation)?);
    let subject = Subject::within(Thing::Account, &work.account, &id, &*spec.slug, at);
    let shares = told.iter().any(|change| change.is_in("/mappings"));
    let is_stale = told.iter().any(|change| !change.is_in("/name"));
    run.changed(
        Action::Change,
        &subject,
        told,
        ("account.update", Some(was), Some(is)),
    );
    Ok((is_stale, shares))
}

/// Makes the account in work what the manifest says of it, and tells the fields that were not so.
async fn set(
    run: &mut Run<'_>,
    work: &mut Work<'_>,
    spec: &AccountSpec,
    at: &str,
    is_new: bool,
) -> Result<Vec<ManifestChange>, Problem> {
    let before = state::account(&mut work.tx, &work.account).await?;
    let mut after = before.clone();
    after.name = spec.name.clone().or(after.name);
    after.description = spec.description.clone().or(after.description);
    after.info_url = spec.info_url.clone().or(after.info_url);
    after.tags = spec.tags.clone().or(after.tags);
    let permissions = spec.default_permissions.clone();
    after.default_permissions = permissions.or(after.default_permissions);
    after.mappings = spec.mappings.clone().or(after.mappings);
    after.trace = spec.trace.clone().or(after.trace);
    after.cluster_traffic = spec.cluster_traffic.or(after.cluster_traffic);
    after.event_feed = spec.event_feed.or(after.event_feed);
    let plan = plan_of(work, spec, &mut after).await?;
    let told = fields(&view(&before), &view(&after));
    let known = (
        Thing::Account,
        &*work.account.id.clone(),
        Some(&*work.account.id.clone()),
    );
    let is_ours = is_new || run.own(&mut work.tx, known, at, !told.is_empty()).await?;
    if told.is_empty() || !is_ours {
        return Ok(told);
    }
    work.caller.need(Right::WriteAccounts)?;
    let bounds = ["/limits", "/plan"];
    if told
        .iter()
        .any(|change| bounds.iter().any(|part| change.is_in(part)))
    {
        accounts::need_limits(work.caller)?;
        let limits = after.limits.clone().unwrap_or_default();
        accounts::set_limits(work, plan, limits).await?;
        let most = stored_ceilings(&work.account)?.limits.conn;
        if !is_new {
            let account = work.account.clone();
            run.effects.push(Effect::Connections(account, most));
        }
    }
    let settings = AccountSettings {
        description: after.description.unwrap_or_default(),
        info_url: after.info_url.unwrap_or_default(),
        tags: after.tags.unwrap_or_default(),
        default_permissions: after.default_permissions.unwrap_or_default(),
        mappings: after.mappings.unwrap_or_default(),
        trace: after.trace.flatten(),
        cluster_traffic: after.cluster_traffic.flatten(),
        event_feed: after.event_feed.unwrap_or_default(),
    };
    settings.check()?;
    settings.default_permissions.check_no_template()?;
    let had = before.event_feed.unwrap_or_default();
    allow_feed(work, had, settings.event_feed).await?;
    work.account.name = display_name(&after.name.unwrap_or_default(), "/name")?;
    work.account.settings = settings.to_json();
    work.keep_account().await?;
    Ok(told)
}

/// Puts plan and limits as they are wanted into `after`, and finds the plan.
async fn plan_of(
    work: &mut Work<'_>,
    spec: &AccountSpec,
    after: &mut AccountSpec,
) -> Result<Option<store::plans::PlanRow>, Problem> {
    let had = work.account.plan_id.clone();
    let plan = match spec.plan.clone().unwrap_or_else(|| had.clone()) {
        Some(plan) => Some(accounts::find_plan(&mut work.tx, &plan).await?),
        None => None,
    };
    after.plan = Some(plan.as_ref().map(|plan| plan.slug.clone()));
    let other_plan = plan.as_ref().map(|plan| &plan.id) != had.as_ref();
    after.limits = match (&spec.limits, &plan) {
        (Some(limits), Some(_)) => Some(limits.clone()),
        (Some(limits), None) => Some(state::of_unlimited(limits)),
        // Another plan's limits; without a plan those that it has.
        (None, Some(_)) if other_plan => Some(crate::limits::LimitsPatch::default()),
        (None, None) if other_plan => Some(state::said_of(&stored_ceilings(&work.account)?)),
        (None, _) => after.limits.take(),
    };
    Ok(plan)
}

/// Finds what there is of what an account is to have.
async fn find_all(
    run: &mut Run<'_>,
    work: &mut Work<'_>,
    account: AccountAt,
) -> Result<Within, Problem> {
    let mut within = Within::left(work.account.clone());
    within.callout = account.spec.auth_callout.map(|spec| At {
        pointer: format!("{}/auth_callout", account.pointer),
        spec,
    });
    within.at = account.pointer;
    let id = work.account.id.clone();
    let reads = [
        (account.roles.is_empty(), Right::ReadRoles),
        (account.users.is_empty(), Right::ReadUsers),
        (
            account.exports.is_empty() && account.imports.is_empty(),
            Right::ReadSharing,
        ),
    ];
    for (_, right) in reads.iter().filter(|(is_empty, _)| !is_empty) {
        run.caller.need(*right)?;
    }
    let tx = &mut work.tx;
    let roles = store::account_roles::of_account(tx, &id).await?;
    let known = |spec: &RoleSpec| spec.name.clone();
    within.roles = pair(run, account.roles, roles, known, |row| row.name.clone())?;
    let exports = store::exports::of_account(tx, &id).await?;
    let known = |spec: &ExportSpec| (spec.kind.as_str().to_owned(), spec.subject.clone());
    let of_row = |row: &ExportRow| (row.kind.clone(), row.subject.clone());
    within.exports = pair(run, account.exports, exports, known, of_row)?;
    within.imports = imports(run, tx, &id, account.imports).await?;
    let mut users = Vec::new();
    for At { spec, .. } in &account.users {
        users.extend(store::users::find(tx, &id, &spec.name).await?);
    }
    let known = |spec: &UserSpec| spec.name.clone();
    within.users = pair(run, account.users, users, known, |row| row.name.clone())?;
    Ok(within)
}

async fn imports(
    run: &mut Run<'_>,
    tx: &mut Tx,
    account_id: &str,
    mut wanted: Vec<At<ImportSpec>>,
) -> Result<Vec<Match<ImportSpec, ImportRow>>, Problem> {
    let rows = store::imports::of_account(tx, account_id).await?;
    for At { pointer, spec } in &mut wanted {
        let account = reference(&spec.account, "/account");
        if run.keep(pointer, account)?.is_none() {
            continue;
        }
        // Whatever it is called: one that is not there yet is made by this very manifest.
        let found = store::accounts::find(tx, &Scope::default(), &spec.account).await?;
        if let Some(exporter) = found {
            spec.account = exporter.slug;
        }
    }
    let known = |spec: &ImportSpec| (spec.account.clone(), spec.kind, spec.subject.clone());
    let of_row = |row: &ImportRow| {
        let kind = Kind::of(&row.kind);
        (row.exporter_slug.clone(), kind, row.subject.clone())
    };
    pair(run, wanted, rows, known, of_row)
}

/// Pairs what is wanted with what is there, by what both are known by.
fn pair<S, R: Listed, K: Eq + Hash>(
    run: &mut Run<'_>,
    wanted: Vec<At<S>>,
    rows: Vec<R>,
    of_spec: impl Fn(&S) -> K,
    of_row: impl Fn(&R) -> K,
) -> Result<Vec<Match<S, R>>, Problem> {
    let mut there: HashMap<K, R> = rows.into_iter().map(|row| (of_row(&row), row)).collect();
    let mut seen = HashSet::new();
    let mut pairs = Vec::with_capacity(wanted.len());
    for At { pointer: at, spec } in wanted {
        let key = of_spec(&spec);
        let row = there.remove(&key);
        if !seen.insert(key) {
            run.keep::<()>(&at, Err(Problem::invalid("", "is said twice")))?;
            continue;
        }
        if let Some(row) = &row {
            run.named.insert(row.id().to_owned());
        }
        pairs.push(Match { at, spec, row });
    }
    Ok(pairs)
}
