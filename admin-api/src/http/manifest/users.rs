//! Users of an account, as its manifest says them: each with a key of its own.

use super::accounts::{Match, Within};
use super::diff::{Action, Thing, fields, view};
use super::run::{IssuedUser, Run, Subject};
use super::spec::UserSpec;
use super::state;
use crate::auth::Right;
use crate::http::user_update::{UserPatch, reissue, settle};
use crate::http::users::{NewUser, User, UserKey, role_of};
use crate::http::validate::reference;
use crate::http::work::Work;
use crate::issue::Reason;
use crate::problem::Problem;
use crate::store;
use crate::store::users::UserRow;

pub(super) async fn carry_out(
    run: &mut Run<'_>,
    work: &mut Work<'_>,
    within: &mut Within,
) -> Result<(), Problem> {
    for Match { at, spec, row } in std::mem::take(&mut within.users) {
        match row {
            None => make(run, work, &at, spec).await?,
            Some(row) => change(run, work, &at, row, spec).await?,
        }
    }
    Ok(())
}

/// Whether another user of the account has the key.
async fn is_taken(work: &mut Work<'_>, key: &str, own: Option<&str>) -> Result<bool, Problem> {
    let key = reference(key, "/public_key")?;
    let found = store::users::find(&mut work.tx, &work.account.id, &key).await?;
    Ok(found.is_some_and(|row| Some(&*row.id) != own))
}

fn key_taken() -> Problem {
    let text = "A user with this public key exists in the account.";
    Problem::conflict("user_exists", text)
}

async fn make(
    run: &mut Run<'_>,
    work: &mut Work<'_>,
    at: &str,
    spec: UserSpec,
) -> Result<(), Problem> {
    if !run.may(at, Right::WriteUsers) {
        return Ok(());
    }
    let told = fields(&view(&()), &state::brief_user(&spec));
    let new = NewUser {
        name: spec.name.clone(),
        public_key: Some(spec.public_key.clone()),
        role: spec.role,
        permissions: spec.permissions,
        limits: spec.limits,
        conditions: spec.conditions,
        bearer: spec.bearer,
        tags: spec.tags,
        expires_in_seconds: spec.expires_in_seconds,
        never_expires: spec.never_expires,
    };
    let taken = is_taken(work, &spec.public_key, None).await;
    let made = match run.keep(at, taken)? {
        None => return Ok(()),
        Some(true) => Err(key_taken()),
        Some(false) => new.make(work).await,
    };
    let Some((user, _, jwt)) = run.keep(at, made)? else {
        return Ok(());
    };
    run.credentials.push(IssuedUser {
        account: work.account.slug.clone(),
        name: spec.name.clone(),
        public_key: spec.public_key,
        jwt,
    });
    let subject = Subject::within(Thing::User, &work.account, &user.id, spec.name, at);
    let noted = ("user.create", None, Some(view(&user)));
    run.changed(Action::Create, &subject, told, noted);
    let account = Some(&*work.account.id);
    run.claim(&mut work.tx, Thing::User, &user.id, account)
        .await
}

async fn change(
    run: &mut Run<'_>,
    work: &mut Work<'_>,
    at: &str,
    row: UserRow,
    mut spec: UserSpec,
) -> Result<(), Problem> {
    let role = role_of(&mut work.tx, &row).await?;
    if let Some(named) = &spec.role {
        let named = run.keep(at, reference(named, "/role"))?.unwrap_or_default();
        let found = store::account_roles::find(&mut work.tx, &work.account.id, &named).await?;
        let absent = || Problem::invalid("/role", "is no role of the account");
        let Some(found) = run.keep(at, found.ok_or_else(absent))? else {
            return Ok(());
        };
        spec.role = Some(found.name);
    }
    let before = state::user(&row, role.as_ref().map(|role| role.name.clone()))?;
    let told = fields(&view(&before.lasting()), &view(&spec.lasting()));
    let known = (Thing::User, &*row.id, Some(&*row.account_id));
    if !run.own(&mut work.tx, known, at, !told.is_empty()).await? {
        return Ok(());
    }
    let subject_of = |account, id| Subject::within(Thing::User, account, id, &*row.name, at);
    if told.is_empty() {
        run.unchanged(&subject_of(&work.account, &row.id));
        return Ok(());
    }
    if !run.may(at, Right::WriteUsers) {
        return Ok(());
    }
    let was = view(&User::new(row.clone(), role.as_ref())?);
    let is_rotated = spec.public_key != row.public_key;
    let set = set(work, row.clone(), spec.clone(), role.map(|role| role.name)).await;
    let Some((user, jwt, keys)) = run.keep(at, set)? else {
        return Ok(());
    };
    run.kicks.push((work.account.public_key.clone(), keys));
    run.credentials.push(IssuedUser {
        account: work.account.slug.clone(),
        name: spec.name,
        public_key: spec.public_key,
        jwt,
    });
    let action = match is_rotated {
        true => "user.rotate",
        false => "user.update",
    };
    let noted = (action, Some(was), Some(view(&user)));
    run.changed(
        Action::Change,
        &subject_of(&work.account, &row.id),
        told,
        noted,
    );
    Ok(())
}

/// Changes a user: its view, its new JWT, and the keys whose connections must go.
async fn set(
    work: &mut Work<'_>,
    row: UserRow,
    spec: UserSpec,
    role_before: Option<String>,
) -> Result<(User, String, Vec<String>), Problem> {
    let key = UserKey::of(Some(&spec.public_key))?;
    if is_taken(work, &spec.public_key, Some(&row.id)).await? {
        return Err(key_taken());
    }
    let reason = match spec.public_key == row.public_key {
        true => Reason::Updated,
        false => Reason::Rotated,
    };
    let role = match spec.role == role_before {
        // As it is, disabled or not.
        true => row.role_id.clone(),
        false => spec.role,
    };
    let wanted = UserPatch {
        name: Some(spec.name),
        role,
        permissions: Some(spec.permissions),
        limits: Some(spec.limits),
        conditions: Some(spec.conditions),
        bearer: Some(spec.bearer),
        tags: Some(spec.tags),
        expires_in_seconds: spec.expires_in_seconds,
    };
    let (mut row, role) = settle(work, row, wanted).await?;
    row.public_key = key.public().to_string();
    let (jwt, keys) = reissue(work, role.as_ref(), &mut row, reason).await?;
    Ok((User::new(row, role.as_ref())?, jwt, keys))
}
