//! Roles of an account, as its manifest says them.

use super::accounts::{Match, Within};
use super::diff::{Action, Thing, fields, view};
use super::run::{Run, Subject};
use super::spec::RoleSpec;
use super::state;
use crate::auth::Right;
use crate::http::roles::{self, NewRole, Role, RolePatch};
use crate::http::work::Work;
use crate::problem::Problem;
use crate::store::account_roles::RoleRow;

impl From<RoleSpec> for NewRole {
    fn from(spec: RoleSpec) -> Self {
        Self {
            name: spec.name,
            description: spec.description,
            permissions: spec.permissions,
            limits: spec.limits,
            conditions: spec.conditions,
            bearer: spec.bearer,
        }
    }
}

impl From<RoleSpec> for RolePatch {
    fn from(spec: RoleSpec) -> Self {
        Self {
            name: Some(spec.name),
            description: Some(spec.description),
            permissions: Some(spec.permissions),
            limits: Some(spec.limits),
            conditions: Some(spec.conditions),
            bearer: Some(spec.bearer),
            disabled: Some(spec.disabled),
        }
    }
}

pub(super) async fn carry_out(
    run: &mut Run<'_>,
    work: &mut Work<'_>,
    within: &mut Within,
) -> Result<(), Problem> {
    for Match { at, spec, row } in std::mem::take(&mut within.roles) {
        within.is_stale |= match row {
            None => make(run, work, &at, spec).await?,
            Some(row) => change(run, work, &at, row, spec).await?,
        };
    }
    Ok(())
}

async fn make(
    run: &mut Run<'_>,
    work: &mut Work<'_>,
    at: &str,
    spec: RoleSpec,
) -> Result<bool, Problem> {
    if !run.may(at, Right::WriteRoles) {
        return Ok(false);
    }
    let told = fields(&view(&()), &state::brief_role(&spec));
    let is_disabled = spec.disabled;
    let made = roles::make(work, spec.clone().into()).await;
    let Some(mut row) = run.keep(at, made)? else {
        return Ok(false);
    };
    if is_disabled {
        let disabled = roles::set(work, &mut row, spec.into()).await;
        run.keep(at, disabled)?;
    }
    let after = view(&Role::new(row.clone(), &[], false)?);
    let account = &work.account;
    let subject = Subject::within(Thing::Role, account, &row.id, &*row.name, at);
    run.changed(
        Action::Create,
        &subject,
        told,
        ("role.create", None, Some(after)),
    );
    let account = Some(account.id.clone());
    run.claim(&mut work.tx, Thing::Role, &row.id, account.as_deref())
        .await?;
    Ok(true)
}

async fn change(
    run: &mut Run<'_>,
    work: &mut Work<'_>,
    at: &str,
    mut row: RoleRow,
    spec: RoleSpec,
) -> Result<bool, Problem> {
    let before = state::role(&row)?;
    let told = fields(&view(&before), &view(&spec));
    let known = (Thing::Role, &*row.id, Some(&*row.account_id));
    if !run.own(&mut work.tx, known, at, !told.is_empty()).await? {
        return Ok(false);
    }
    if told.is_empty() {
        let subject = Subject::within(Thing::Role, &work.account, &row.id, &*row.name, at);
        run.unchanged(&subject);
        return Ok(false);
    }
    if !run.may(at, Right::WriteRoles) {
        return Ok(false);
    }
    let was = view(&Role::new(row.clone(), &[], false)?);
    let set = roles::set(work, &mut row, spec.into()).await;
    if run.keep(at, set)?.is_none() {
        return Ok(false);
    }
    let is = view(&Role::new(row.clone(), &[], false)?);
    let subject = Subject::within(Thing::Role, &work.account, &row.id, &*row.name, at);
    run.changed(
        Action::Change,
        &subject,
        told,
        ("role.update", Some(was), Some(is)),
    );
    Ok(true)
}
