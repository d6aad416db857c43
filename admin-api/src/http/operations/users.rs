//! Very many users: in portions, each of them whole or not at all. The credentials of a portion are
//! ready with it.

use std::collections::{HashMap, HashSet};

use serde_json::json;

use super::accept::{Asked, accept};
use super::worker::{Stop, Turn};
use super::{Kind, Operation};
use crate::auth::Caller;
use crate::clock;
use crate::http::credentials::{CreatedUsers, NewUsers};
use crate::http::dry_run::{Impact, Mode};
use crate::http::record::append;
use crate::http::reply::Reply;
use crate::http::users::{CreatedUser, NewUser, User, UserKey, check_name, usable_role};
use crate::http::work::{Diff, Work};
use crate::problem::Problem;
use crate::store::account_roles::RoleRow;
use crate::store::operations::{INPUT, OUTPUT, OperationRow, PartRow, part_id};
use crate::store::{self, Scope};
use crate::vault::Purpose;

/// Users of one portion: a second's work.
pub(super) const PORTION: usize = 250;

/// Checks all of them, and has them made.
pub(in crate::http) async fn begin(
    mut work: Work<'_>,
    new: &NewUsers,
) -> Result<Reply<Operation>, Problem> {
    check(&mut work, &new.users).await?;
    let account = &work.account;
    let json = |users: &[NewUser]| serde_json::to_vec(users).map_err(|_| Problem::internal());
    let portions = new.users.chunks(PORTION);
    let input: Result<Vec<_>, Problem> = portions
        .map(|portion| Ok((count(portion.len()), json(portion)?)))
        .collect();
    let (id, org) = (account.id.clone(), account.org_id.clone());
    let asked = Asked {
        kind: Kind::CreateUsers,
        target: &id,
        place: Scope::of(Some(&org), Some(&id)),
        total: Some(count(new.users.len())),
        input: input?,
    };
    accept(work.app, work.tx, work.caller, asked).await
}

/// What a dry run answers: everything is checked, and no key is made.
pub(in crate::http) async fn try_out(
    mut work: Work<'_>,
    new: &NewUsers,
) -> Result<Reply<CreatedUsers>, Problem> {
    check(&mut work, &new.users).await?;
    let view = CreatedUsers::default();
    let id = work.account.id.clone();
    let change = Diff::default();
    let change = change.change("user.create_many", &id, &work.account);
    Mode::DryRun
        .end(work.app, work.tx, work.caller, change)
        .await?;
    Ok(Reply::made(view).secrets(&["data"]).preview(Impact::none()))
}

fn count(items: usize) -> i64 {
    i64::try_from(items).unwrap_or(i64::MAX)
}

/// Everything that can be wrong is told now, and not when half of them are made.
async fn check(work: &mut Work<'_>, users: &[NewUser]) -> Result<(), Problem> {
    let mut roles: HashMap<&str, RoleRow> = HashMap::new();
    let (mut names, mut keys) = (HashSet::new(), HashSet::new());
    for (at, user) in users.iter().enumerate() {
        let below = |problem: Problem| problem.below(&format!("/users/{at}"));
        check_name(&user.name).map_err(below)?;
        let twice = |field| below(Problem::invalid(field, "is there twice"));
        if !names.insert(user.name.as_str()) {
            return Err(twice("/name"));
        }
        if let Some(key) = &user.public_key {
            UserKey::of(Some(key)).map_err(below)?;
            if !keys.insert(key.as_str()) {
                return Err(twice("/public_key"));
            }
        }
        if let Some(role) = user
            .role
            .as_deref()
            .filter(|role| !roles.contains_key(role))
        {
            let row = usable_role(&mut work.tx, &work.account, role).await;
            roles.insert(role, row.map_err(below)?);
        }
        let role = user.role.as_deref().and_then(|role| roles.get(role));
        user.check(work, role).map_err(below)?;
    }
    for (portion, users) in users.chunks(PORTION).enumerate() {
        let names: Vec<&str> = users.iter().map(|user| user.name.as_str()).collect();
        let taken = store::users::taken(&mut work.tx, &work.account.id, &names).await?;
        if let Some(at) = names
            .iter()
            .position(|name| taken.iter().any(|it| it == name))
        {
            let at = portion * PORTION + at;
            let problem = Problem::conflict("user_exists", "See `errors`.");
            let text = "A user with this name exists in the account.";
            return Err(problem.with_field(format!("/users/{at}/name"), "user_exists", text));
        }
    }
    Ok(())
}

/// Makes the users of the next portion.
pub(super) async fn step(turn: &Turn<'_>, caller: &Caller) -> Result<(), Stop> {
    let app = turn.app;
    let mut tx = app.db.write().await?;
    let mut row = turn.hold(&mut tx).await?;
    let account = store::accounts::find(&mut tx, &caller.scope, &row.target).await?;
    account.ok_or_else(Problem::not_found)?;
    let Some(part) = store::operations::next_part(&mut tx, &row.id, INPUT, "").await? else {
        return Err(Stop::Problem(Problem::internal()));
    };
    let opened = app
        .vault
        .open_sealed(Purpose::OperationPart, &part.id, &part.content)
        .map_err(|_| Problem::internal())?;
    let portion: Vec<NewUser> = serde_json::from_slice(&opened).map_err(|_| Problem::internal())?;
    let account = crate::http::accounts::lock(&mut tx, &row.target).await?;
    let mut work = Work::over(app, caller, tx, account, Mode::Commit)?;
    let mut made = Vec::with_capacity(portion.len());
    for (at, user) in (row.done..).zip(&portion) {
        let below = |problem: Problem| problem.below(&format!("/users/{at}"));
        made.push(user.make(&mut work).await.map_err(below)?);
    }
    keep(&mut work, &mut row, &part, made).await?;
    let left = store::operations::next_part(&mut work.tx, &row.id, INPUT, "").await?;
    match left {
        Some(_) => turn.go_on(&mut work.tx, &row, clock::now()).await?,
        None => {
            let result = json!({ "users": row.done });
            turn.succeed(&mut work.tx, &mut row, &result).await?;
        }
    }
    work.tx.commit().await?;
    app.bell.ring();
    Ok(())
}

/// Puts the credentials aside, sealed, and notes in the trail who was made.
async fn keep(
    work: &mut Work<'_>,
    row: &mut OperationRow,
    part: &PartRow,
    made: Vec<(User, UserKey, String)>,
) -> Result<(), Problem> {
    let views: Vec<&User> = made.iter().map(|(user, ..)| user).collect();
    let diff = Diff::made(&views);
    let items = count(made.len());
    let is_live = work.account.is_live();
    let made = made.into_iter();
    let made: Vec<CreatedUser> = made
        .map(|(user, key, jwt)| CreatedUser::new(user, &key, jwt, is_live))
        .collect();
    let content =
        zeroize::Zeroizing::new(serde_json::to_vec(&made).map_err(|_| Problem::internal())?);
    let id = part_id(&row.id, OUTPUT, row.done);
    let output = PartRow {
        content: work.app.vault.seal(Purpose::OperationPart, &id, &content),
        id,
        operation_id: row.id.clone(),
        part: OUTPUT.to_owned(),
        items,
    };
    store::operations::insert_part(&mut work.tx, &output).await?;
    store::operations::delete_part(&mut work.tx, &part.id).await?;
    row.done += items;
    row.ready += items;
    let change = diff.change("user.create_many", &row.target, &work.account);
    append(&mut work.tx, work.caller, change, false).await
}
