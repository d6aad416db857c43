//! The auth callout of an account, as its manifest says it: users by name, accounts by slug.

use super::accounts::Within;
use super::diff::{Action, Thing, fields, view};
use super::read::At;
use super::run::{Run, Subject};
use super::state;
use crate::auth::{Caller, Right};
use crate::callout::Callout;
use crate::http::auth_callout::{self, AuthCallout, AuthCalloutSpec};
use crate::http::validate::reference;
use crate::http::work::Work;
use crate::problem::Problem;
use crate::store::accounts::AccountRow;
use crate::store::{self, Scope, StoreError, Tx};

/// The callout that there is, if there is one.
pub(super) async fn current(
    tx: &mut Tx,
    caller: &Caller,
    account: &AccountRow,
) -> Result<Option<AuthCalloutSpec>, Problem> {
    let (callout, _) = auth_callout::current(tx, account).await?;
    Ok(said(tx, caller, account, callout).await?)
}

/// As a manifest says it. What is gone lets nobody in any more, and is left out.
async fn said(
    tx: &mut Tx,
    caller: &Caller,
    account: &AccountRow,
    mut callout: Callout,
) -> Result<Option<AuthCalloutSpec>, StoreError> {
    let mut there = Vec::new();
    for id in std::mem::take(&mut callout.allowed_accounts) {
        let is_there = id == auth_callout::ANY
            || store::accounts::find(tx, &Scope::default(), &id)
                .await?
                .is_some();
        there.extend(Some(id).filter(|_| is_there));
    }
    let spec = AuthCalloutSpec {
        allowed_accounts: there,
        ..AuthCalloutSpec::from(callout)
    };
    named(tx, caller, account, spec).await
}

/// With the names that there are for users and accounts, in an order of its own: so two can be
/// compared. What has none, or is not the caller's to see, keeps what it is called by.
async fn named(
    tx: &mut Tx,
    caller: &Caller,
    account: &AccountRow,
    mut spec: AuthCalloutSpec,
) -> Result<Option<AuthCalloutSpec>, StoreError> {
    let sees_names = caller.may(Right::ReadUsers);
    for user in &mut spec.auth_users {
        if reference(user, "").is_ok()
            && let Some(row) = store::users::find(tx, &account.id, user).await?
        {
            *user = if sees_names { row.name } else { row.id };
        }
    }
    for other in &mut spec.allowed_accounts {
        if reference(other, "").is_ok()
            && let Some(row) = store::accounts::find(tx, &Scope::default(), other).await?
        {
            let is_seen = caller.scope == Scope::default() || row.org_id == account.org_id;
            *other = if is_seen { row.slug } else { row.id };
        }
    }
    spec.auth_users.sort();
    spec.allowed_accounts.sort();
    spec.signing_keys.sort();
    Ok(Some(spec).filter(|spec| *spec != AuthCalloutSpec::default()))
}

/// The ids of the users that answer now: they are not pruned before others are asked.
pub(super) async fn answering(run: &Run<'_>, work: &mut Work<'_>) -> Result<Vec<String>, Problem> {
    if !run.how.prune {
        return Ok(Vec::new());
    }
    let (callout, _) = auth_callout::current(&mut work.tx, &work.account).await?;
    Ok(callout.auth_users)
}

/// Users that answer are there by now, and those that answered before still are.
pub(super) async fn carry_out(
    run: &mut Run<'_>,
    work: &mut Work<'_>,
    within: &mut Within,
) -> Result<(), Problem> {
    let Some(At { pointer: at, spec }) = within.callout.take() else {
        return Ok(());
    };
    let (before, version) = auth_callout::current(&mut work.tx, &work.account).await?;
    let (tx, caller, account) = (&mut work.tx, work.caller, &work.account);
    let had = said(tx, caller, account, before.clone()).await?;
    let wanted = spec.unwrap_or_default();
    let has = named(tx, caller, account, wanted.clone()).await?;
    let (is_there, is_wanted) = (had.is_some(), has.is_some());
    let told = fields(&state::brief_callout(&had), &state::brief_callout(&has));
    let id = work.account.id.clone();
    let known = (Thing::Account, &*id, Some(&*id));
    if !(is_there || is_wanted) || !run.own(&mut work.tx, known, &at, !told.is_empty()).await? {
        return Ok(());
    }
    let slug = work.account.slug.clone();
    let subject_of = |account| Subject::within(Thing::AuthCallout, account, &id, slug.clone(), &at);
    if told.is_empty() {
        run.unchanged(&subject_of(&work.account));
        return Ok(());
    }
    if !run.may(&at, Right::WriteRoles) || !run.may(&at, Right::WriteUsers) {
        return Ok(());
    }
    let put = auth_callout::put(work, &wanted, (&before, version)).await;
    let Some((callout, cut)) = run.keep(&at, put)? else {
        return Ok(());
    };
    run.cuts.push((work.account.public_key.clone(), cut));
    let (action, noted) = match (is_there, is_wanted) {
        (false, _) => (Action::Create, "auth_callout.set"),
        (true, true) => (Action::Change, "auth_callout.set"),
        (true, false) => (Action::Delete, "auth_callout.delete"),
    };
    let was = view(&AuthCallout::of(before, version, false));
    let is = view(&AuthCallout::of(callout, version + 1, false));
    let noted = (noted, Some(was), Some(is));
    run.changed(action, &subject_of(&work.account), told, noted);
    within.is_stale = true;
    Ok(())
}
