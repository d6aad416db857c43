//! Organisations and plans of a manifest.

use std::collections::HashSet;

use super::diff::{Action, Thing, fields, view};
use super::read::At;
use super::run::{Run, Subject};
use super::spec::{OrgSpec, PlanSpec};
use super::state;
use crate::auth::Right;
use crate::http::orgs::{self, NewOrg, Org};
use crate::http::plans::{self, NewPlan, Plan, PlanPatch};
use crate::http::validate::slug;
use crate::problem::Problem;
use crate::store;
use crate::store::orgs::OrgRow;
use crate::store::plans::PlanRow;

/// Refuses what is said twice, and slugs that are none.
fn check_slugs<T>(
    run: &mut Run<'_>,
    items: &[At<T>],
    of: impl Fn(&T) -> &str,
) -> Result<(), Problem> {
    let mut seen = HashSet::new();
    for At { pointer, spec } in items {
        run.keep(pointer, slug(Some(of(spec)), ""))?;
        if !seen.insert(of(spec)) {
            let twice = Problem::invalid("/slug", "is said twice");
            run.keep::<()>(pointer, Err(twice))?;
        }
    }
    Ok(())
}

fn org<'t>(row: &'t OrgRow, at: &'t str) -> Subject<'t> {
    Subject {
        kind: Thing::Org,
        account: None,
        org: Some(&row.id),
        id: &row.id,
        name: row.slug.clone(),
        at: Some(at),
    }
}

fn plan<'t>(row: &'t PlanRow, at: &'t str) -> Subject<'t> {
    Subject {
        kind: Thing::Plan,
        account: None,
        org: None,
        id: &row.id,
        name: row.slug.clone(),
        at: Some(at),
    }
}

pub(super) async fn orgs(run: &mut Run<'_>, wanted: Vec<At<OrgSpec>>) -> Result<(), Problem> {
    if wanted.is_empty() {
        return Ok(());
    }
    run.caller.need(Right::ReadOrgs)?;
    check_slugs(run, &wanted, |spec| &spec.slug)?;
    if let Some(problem) = run.refusal() {
        return Err(problem);
    }
    for At { pointer: at, spec } in wanted {
        let scope = run.scope.clone();
        let found = store::orgs::find(run.tx()?, &scope, &spec.slug).await?;
        match found {
            Some(row) => change_org(run, &at, &row.id, spec).await?,
            None => make_org(run, &at, spec).await?,
        }
    }
    Ok(())
}

async fn make_org(run: &mut Run<'_>, at: &str, spec: OrgSpec) -> Result<(), Problem> {
    if !run.may(at, Right::ManageOrgs) {
        return Ok(());
    }
    let new = NewOrg {
        name: spec.name.clone().unwrap_or_else(|| spec.slug.clone()),
        slug: Some(spec.slug),
    };
    let made = orgs::make(run.tx()?, &new).await;
    let Some(row) = run.keep(at, made)? else {
        return Ok(());
    };
    let told = fields(&view(&()), &view(&state::org(&row)));
    let after = view(&Org::from(row.clone()));
    run.changed(
        Action::Create,
        &org(&row, at),
        told,
        ("org.create", None, Some(after)),
    );
    claim(run, Thing::Org, &row.id).await
}

/// Gives something that lies in no account to the manifest.
async fn claim(run: &mut Run<'_>, kind: Thing, id: &str) -> Result<(), Problem> {
    let mut tx = run.take_tx()?;
    let claimed = run.claim(&mut tx, kind, id, None).await;
    run.give_tx(tx);
    claimed
}

async fn own(
    run: &mut Run<'_>,
    (kind, id): (Thing, &str),
    at: &str,
    changes: bool,
) -> Result<bool, Problem> {
    let mut tx = run.take_tx()?;
    let owned = run.own(&mut tx, (kind, id, None), at, changes).await;
    run.give_tx(tx);
    owned
}

async fn change_org(run: &mut Run<'_>, at: &str, id: &str, spec: OrgSpec) -> Result<(), Problem> {
    let mut row = orgs::lock(run.tx()?, id).await?;
    run.named.insert(row.id.clone());
    let before = Org::from(row.clone());
    let name = spec.name.unwrap_or_else(|| row.name.clone());
    let is_same = name == row.name;
    if !own(run, (Thing::Org, id), at, !is_same).await? {
        return Ok(());
    }
    if is_same {
        run.unchanged(&org(&row, at));
        return Ok(());
    }
    if !run.may(at, Right::WriteOrgs) {
        return Ok(());
    }
    let old = view(&state::org(&row));
    let renamed = orgs::rename(run.tx()?, &mut row, &name).await;
    if run.keep(at, renamed)?.is_some() {
        let told = fields(&old, &view(&state::org(&row)));
        let views = (Some(view(&before)), Some(view(&Org::from(row.clone()))));
        run.changed(
            Action::Change,
            &org(&row, at),
            told,
            ("org.update", views.0, views.1),
        );
    }
    Ok(())
}

pub(super) async fn plans(run: &mut Run<'_>, wanted: Vec<At<PlanSpec>>) -> Result<(), Problem> {
    if wanted.is_empty() {
        return Ok(());
    }
    run.caller.need(Right::ReadPlans)?;
    check_slugs(run, &wanted, |spec| &spec.slug)?;
    let defaults = wanted.iter().filter(|at| at.spec.default == Some(true));
    for At { pointer, .. } in defaults.skip(1) {
        let second = Problem::invalid("/default", "must be true of one plan only");
        run.keep::<()>(pointer, Err(second))?;
    }
    if let Some(problem) = run.refusal() {
        return Err(problem);
    }
    for At { pointer: at, spec } in wanted {
        match store::plans::lock(run.tx()?, &spec.slug).await? {
            Some(row) => change_plan(run, &at, row, spec).await?,
            None => make_plan(run, &at, spec).await?,
        }
    }
    Ok(())
}

async fn make_plan(run: &mut Run<'_>, at: &str, spec: PlanSpec) -> Result<(), Problem> {
    if !run.may(at, Right::WritePlans) {
        return Ok(());
    }
    let new = NewPlan {
        name: spec.name.unwrap_or_else(|| spec.slug.clone()),
        slug: Some(spec.slug),
        description: spec.description.unwrap_or_default(),
        limits: spec.limits.unwrap_or_default(),
        default: spec.default.unwrap_or_default(),
    };
    let made = plans::make(run.tx()?, new).await;
    let Some(row) = run.keep(at, made)? else {
        return Ok(());
    };
    let told = fields(&view(&()), &view(&state::plan(&row)?));
    let after = view(&Plan::try_from(row.clone())?);
    run.changed(
        Action::Create,
        &plan(&row, at),
        told,
        ("plan.create", None, Some(after)),
    );
    claim(run, Thing::Plan, &row.id).await
}

async fn change_plan(
    run: &mut Run<'_>,
    at: &str,
    mut row: PlanRow,
    spec: PlanSpec,
) -> Result<(), Problem> {
    run.named.insert(row.id.clone());
    let before = state::plan(&row)?;
    let mut after = before.clone();
    after.name = spec.name.or(after.name);
    after.description = spec.description.or(after.description);
    after.default = spec.default.or(after.default);
    if let Some(limits) = spec.limits {
        after.limits = Some(state::of_unlimited(&limits));
    }
    let (old, new) = (view(&before), view(&after));
    let told = fields(&old, &new);
    if !own(run, (Thing::Plan, &row.id), at, !told.is_empty()).await? {
        return Ok(());
    }
    if told.is_empty() {
        run.unchanged(&plan(&row, at));
        return Ok(());
    }
    if !run.may(at, Right::WritePlans) {
        return Ok(());
    }
    let was = view(&Plan::try_from(row.clone())?);
    let limits_too = old["limits"] != new["limits"];
    let wanted = PlanPatch {
        name: after.name,
        description: after.description,
        limits: after.limits,
        default: after.default,
    };
    let changed = plans::change(run.tx()?, &mut row, wanted, limits_too).await;
    if run.keep(at, changed)?.is_some() {
        if limits_too {
            run.plans_changed.push(row.id.clone());
        }
        let is = view(&Plan::try_from(row.clone())?);
        run.changed(
            Action::Change,
            &plan(&row, at),
            told,
            ("plan.update", Some(was), Some(is)),
        );
    }
    Ok(())
}
