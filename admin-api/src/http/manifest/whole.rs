//! The manifest of what is there: applied, it changes nothing.

use serde_json::{Value, json};

use super::callouts;
use super::diff::view;
use super::spec::VERSION;
use super::state;
use crate::app::App;
use crate::auth::{Caller, Right};
use crate::problem::Problem;
use crate::store::account_roles::RoleRow;
use crate::store::accounts::AccountRow;
use crate::store::list::{Conditions, Listed};
use crate::store::orgs::OrgRow;
use crate::store::plans::PlanRow;
use crate::store::users::UserRow;
use crate::store::{self, Scope, Tx};

/// Accounts, and users of one account, that one manifest says.
const ACCOUNTS_MAX: i64 = 1000;
const USERS_MAX: i64 = 5000;
/// The name of a manifest of everything.
const EVERYTHING: &str = "installation";

/// What of the accounts the caller sees, and wants to.
#[derive(Debug, Clone, Copy)]
struct Sees {
    /// Limits are the platform's: for a tenant they are no part of what it could apply.
    limits: bool,
    roles: bool,
    sharing: bool,
    users: bool,
}

pub(super) async fn of_scope(
    app: &App,
    caller: &Caller,
    scope: &Scope,
    users: bool,
) -> Result<Value, Problem> {
    if users {
        caller.need(Right::ReadUsers)?;
    }
    let is_platforms = caller.scope == Scope::default();
    let sees = Sees {
        limits: is_platforms,
        roles: caller.may(Right::ReadRoles),
        sharing: caller.may(Right::ReadSharing),
        users,
    };
    let mut tx = app.db.read().await?;
    let mut manifest = json!({ "version": VERSION, "name": EVERYTHING });
    if scope.account_id.is_none() && caller.may(Right::ReadOrgs) {
        let mut orgs = Vec::new();
        for row in all::<OrgRow>(&mut tx, store::orgs::within(scope), ACCOUNTS_MAX).await? {
            if scope.org_id.is_some() {
                manifest["name"] = json!(row.slug);
            }
            orgs.push(view(&state::org(&row)));
        }
        manifest["orgs"] = json!(orgs);
    }
    if *scope == Scope::default() && caller.may(Right::ReadPlans) {
        let mut plans = Vec::new();
        for row in all::<PlanRow>(&mut tx, Conditions::default(), ACCOUNTS_MAX).await? {
            plans.push(view(&state::plan(&row)?));
        }
        manifest["plans"] = json!(plans);
    }
    let rows = all::<AccountRow>(&mut tx, store::accounts::within(scope), ACCOUNTS_MAX).await?;
    let mut accounts = Vec::with_capacity(rows.len());
    for row in rows {
        if scope.account_id.is_some() {
            manifest["name"] = json!(row.slug);
        }
        accounts.push(account(&mut tx, caller, &row, sees).await?);
    }
    manifest["accounts"] = json!(accounts);
    Ok(manifest)
}

/// All rows of a list, if they are not too many for one manifest.
async fn all<R: Listed>(tx: &mut Tx, rows: Conditions, most: i64) -> Result<Vec<R>, Problem> {
    let rows = store::list::after(tx, rows, "", most + 1).await?;
    if i64::try_from(rows.len()).unwrap_or(i64::MAX) <= most {
        return Ok(rows);
    }
    let text = "There is more than one manifest holds: ask for one organisation or account.";
    Err(Problem::unprocessable("manifest_too_large", text))
}

async fn account(
    tx: &mut Tx,
    caller: &Caller,
    row: &AccountRow,
    sees: Sees,
) -> Result<Value, Problem> {
    let mut spec = state::account(tx, row).await?;
    spec.auth_callout = Some(callouts::current(tx, caller, row).await?);
    if !sees.limits {
        (spec.plan, spec.limits) = (None, None);
    }
    let mut said = state::brief_account(&spec);
    let roles = store::account_roles::of_account(tx, &row.id).await?;
    if sees.roles {
        let mut list = Vec::new();
        for role in &roles {
            list.push(state::brief_role(&state::role(role)?));
        }
        said["roles"] = json!(list);
    }
    if sees.sharing {
        let mut allow = state::grants(tx, &row.id).await?;
        let mut list = Vec::new();
        for export in store::exports::of_account(tx, &row.id).await? {
            let allow = allow.remove(&export.id).unwrap_or_default();
            list.push(state::brief_export(&state::export(&export, allow)?));
        }
        said["exports"] = json!(list);
        let mut list = Vec::new();
        for import in store::imports::of_account(tx, &row.id).await? {
            list.push(state::brief_import(&state::import(&import)?));
        }
        said["imports"] = json!(list);
    }
    if sees.users {
        let rows = all::<UserRow>(tx, store::users::of(&row.id), USERS_MAX).await?;
        let mut list = Vec::new();
        for user in rows {
            let own = |role: &&RoleRow| Some(&role.id) == user.role_id.as_ref();
            let role = roles.iter().find(own).map(|role| role.name.clone());
            list.push(state::brief_user(&state::user(&user, role)?));
        }
        said["users"] = json!(list);
    }
    Ok(said)
}
