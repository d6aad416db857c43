//! What a manifest made and does not say any more, and its end: as if each was deleted by itself.

use std::collections::HashMap;

use super::accounts::Within;
use super::diff::{Action, Thing, view};
use super::run::{Run, Subject};
use super::sharing::{export_name, import_name};
use crate::auth::Right;
use crate::http::accounts::{self, Account};
use crate::http::exports::{Export, granted};
use crate::http::imports::{Import, ImportStatus};
use crate::http::orgs::{self, Org};
use crate::http::plans::{self, Plan};
use crate::http::roles::{self, Role};
use crate::http::users::{self, User, role_of};
use crate::http::work::Work;
use crate::problem::Problem;
use crate::store;

/// The ids of what is to go, by kind, within each account; and what lies in none.
#[derive(Debug, Default)]
pub(super) struct Left {
    within: HashMap<String, Vec<(String, String)>>,
    accounts: Vec<String>,
    platform: Vec<(String, String)>,
}

impl Left {
    fn of(&self, account_id: &str, kind: Thing) -> Vec<String> {
        let own = self.within.get(account_id).into_iter().flatten();
        own.filter(|(other, _)| other == kind.as_str())
            .map(|(_, id)| id.clone())
            .collect()
    }
}

/// Finds what is to go. Accounts that hold some of it, and of which the manifest says nothing, are
/// added to `all`.
pub(super) async fn find(run: &mut Run<'_>, all: &mut Vec<Within>) -> Result<Left, Problem> {
    let mut left = Left::default();
    if !run.how.prune {
        return Ok(left);
    }
    let owned = run.owned().await?;
    let gone = owned
        .into_iter()
        .filter(|row| !run.named.contains(&row.object_id));
    for row in gone.collect::<Vec<_>>() {
        match row.account_id {
            None => left.platform.push((row.kind, row.object_id)),
            Some(_) if row.kind == Thing::Account.as_str() => left.accounts.push(row.object_id),
            Some(account) => {
                let list = left.within.entry(account).or_default();
                list.push((row.kind, row.object_id));
            }
        }
    }
    // With an account goes what is in it.
    left.within.retain(|id, _| !left.accounts.contains(id));
    let mut others: Vec<String> = left.within.keys().cloned().collect();
    others.sort();
    for id in others {
        if all.iter().any(|within| within.row.id == id) {
            continue;
        }
        let scope = run.scope.clone();
        match store::accounts::find(run.tx()?, &scope, &id).await? {
            Some(_) => {
                let row = accounts::lock(run.tx()?, &id).await?;
                all.push(Within::left(row));
            }
            None => {
                left.within.remove(&id);
            }
        }
    }
    Ok(left)
}

/// Imports go first: they may be in the way of others.
pub(super) async fn imports(
    run: &mut Run<'_>,
    work: &mut Work<'_>,
    within: &mut Within,
    left: &Left,
) -> Result<(), Problem> {
    let account_id = work.account.id.clone();
    for id in left.of(&account_id, Thing::Import) {
        let Some(row) = store::imports::find(&mut work.tx, &account_id, &id).await? else {
            store::manifests::release(&mut work.tx, &id).await?;
            continue;
        };
        if !run.may("", Right::WriteSharing) {
            continue;
        }
        store::imports::delete(&mut work.tx, &account_id, &id).await?;
        store::manifests::release(&mut work.tx, &id).await?;
        within.is_stale = true;
        let name = import_name(&row);
        let was = view(&Import::of(row, ImportStatus::Active, true)?);
        let subject = Subject::within(Thing::Import, &work.account, &id, name, "");
        run.changed(
            Action::Delete,
            &subject,
            Vec::new(),
            ("import.delete", Some(was), None),
        );
    }
    Ok(())
}

pub(super) async fn exports(
    run: &mut Run<'_>,
    work: &mut Work<'_>,
    within: &mut Within,
    left: &Left,
) -> Result<(), Problem> {
    let account_id = work.account.id.clone();
    for id in left.of(&account_id, Thing::Export) {
        let Some(row) = store::exports::find(&mut work.tx, &account_id, &id).await? else {
            store::manifests::release(&mut work.tx, &id).await?;
            continue;
        };
        if !run.may("", Right::WriteSharing) {
            continue;
        }
        let allow = granted(&mut work.tx, &row).await?;
        store::exports::delete(&mut work.tx, &account_id, &id).await?;
        store::manifests::release(&mut work.tx, &id).await?;
        within.is_stale = true;
        let name = export_name(&row);
        let was = view(&Export::of(row, allow, true)?);
        let subject = Subject::within(Thing::Export, &work.account, &id, name, "");
        run.changed(
            Action::Delete,
            &subject,
            Vec::new(),
            ("export.delete", Some(was), None),
        );
    }
    Ok(())
}

/// All but those that `answering` names; without it, these.
pub(super) async fn users(
    run: &mut Run<'_>,
    work: &mut Work<'_>,
    within: &mut Within,
    left: &Left,
    answering: Option<&[String]>,
) -> Result<(), Problem> {
    let account_id = work.account.id.clone();
    let stays = |id: &String| answering.is_some_and(|ids| ids.contains(id));
    let ids = left.of(&account_id, Thing::User).into_iter();
    for id in ids.filter(|id| !stays(id)) {
        let Some(row) = store::users::find(&mut work.tx, &account_id, &id).await? else {
            store::manifests::release(&mut work.tx, &id).await?;
            continue;
        };
        if !run.may("", Right::WriteUsers) {
            continue;
        }
        let role = role_of(&mut work.tx, &row).await?;
        let keys = users::remove(work, &row).await?;
        store::manifests::release(&mut work.tx, &id).await?;
        within.is_stale = true;
        run.kicks.push((work.account.public_key.clone(), keys));
        let name = row.name.clone();
        let was = view(&User::new(row, role.as_ref())?);
        let subject = Subject::within(Thing::User, &work.account, &id, name, "");
        run.changed(
            Action::Delete,
            &subject,
            Vec::new(),
            ("user.delete", Some(was), None),
        );
    }
    Ok(())
}

/// Roles go when nobody has them any more.
pub(super) async fn roles(
    run: &mut Run<'_>,
    work: &mut Work<'_>,
    within: &mut Within,
    left: &Left,
) -> Result<(), Problem> {
    let account_id = work.account.id.clone();
    for id in left.of(&account_id, Thing::Role) {
        let Some(row) = store::account_roles::find(&mut work.tx, &account_id, &id).await? else {
            store::manifests::release(&mut work.tx, &id).await?;
            continue;
        };
        if !run.may("", Right::WriteRoles) {
            continue;
        }
        let removed = roles::remove(work, &row, false).await;
        if run.keep(&within.at, removed)?.is_none() {
            continue;
        }
        store::manifests::release(&mut work.tx, &id).await?;
        within.is_stale = true;
        let name = row.name.clone();
        let was = view(&Role::new(row, &[], true)?);
        let subject = Subject::within(Thing::Role, &work.account, &id, name, "");
        run.changed(
            Action::Delete,
            &subject,
            Vec::new(),
            ("role.delete", Some(was), None),
        );
    }
    Ok(())
}

/// Accounts, plans and organisations, in this order: who has what goes before it.
pub(super) async fn platform(
    run: &mut Run<'_>,
    left: &Left,
    touched: &mut Vec<(String, i64)>,
) -> Result<(), Problem> {
    for id in &left.accounts {
        touched.extend(account(run, id).await?);
    }
    let of = |kind: Thing| {
        let all = left.platform.iter();
        all.filter(move |(other, _)| other == kind.as_str())
    };
    for (_, id) in of(Thing::Plan) {
        plan(run, id).await?;
    }
    for (_, id) in of(Thing::Org) {
        org(run, id).await?;
    }
    Ok(())
}

/// Deletes an account for now; that it was the manifest's is remembered until it is purged.
async fn account(run: &mut Run<'_>, id: &str) -> Result<Option<(String, i64)>, Problem> {
    let scope = run.scope.clone();
    if store::accounts::find(run.tx()?, &scope, id)
        .await?
        .is_none()
        || !run.may("", Right::ManageAccounts)
    {
        return Ok(None);
    }
    let row = accounts::lock(run.tx()?, id).await?;
    let mut work = run.enter(row)?;
    let was = view(&Account::new(work.account.clone(), &work.installation)?);
    let removed = accounts::remove(&mut work).await;
    run.keep("", removed)?;
    let slug = work.account.slug.clone();
    let subject = Subject::within(Thing::Account, &work.account, id, slug, "");
    run.changed(
        Action::Delete,
        &subject,
        Vec::new(),
        ("account.delete", Some(was), None),
    );
    let row = run.leave(work);
    Ok(Some((row.id, row.generation)))
}

async fn plan(run: &mut Run<'_>, id: &str) -> Result<(), Problem> {
    let Some(row) = store::plans::lock(run.tx()?, id).await? else {
        return Ok(store::manifests::release(run.tx()?, id).await?);
    };
    if !run.may("", Right::WritePlans) {
        return Ok(());
    }
    let removed = plans::remove(run.tx()?, &row).await;
    if run.keep("", removed)?.is_none() {
        return Ok(());
    }
    store::manifests::release(run.tx()?, id).await?;
    let subject = Subject {
        kind: Thing::Plan,
        account: None,
        org: None,
        id,
        name: row.slug.clone(),
        at: None,
    };
    let was = view(&Plan::try_from(row)?);
    run.changed(
        Action::Delete,
        &subject,
        Vec::new(),
        ("plan.delete", Some(was), None),
    );
    Ok(())
}

async fn org(run: &mut Run<'_>, id: &str) -> Result<(), Problem> {
    let Some(row) = store::orgs::lock(run.tx()?, id).await? else {
        return Ok(store::manifests::release(run.tx()?, id).await?);
    };
    if !run.may("", Right::ManageOrgs) {
        return Ok(());
    }
    let removed = orgs::remove(run.tx()?, id).await;
    if run.keep("", removed)?.is_none() {
        return Ok(());
    }
    store::manifests::release(run.tx()?, id).await?;
    let subject = Subject {
        kind: Thing::Org,
        account: None,
        org: Some(id),
        id,
        name: row.slug.clone(),
        at: None,
    };
    let was = view(&Org::from(row));
    run.changed(
        Action::Delete,
        &subject,
        Vec::new(),
        ("org.delete", Some(was), None),
    );
    Ok(())
}
