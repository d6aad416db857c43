//! Gives a role somewhere: what keys, service accounts, members and invitations have in common.
//! Nobody gives more than they have.

use super::validate;
use crate::auth::{BuiltIn, Caller, Reach, Rights, rights_of};
use crate::problem::Problem;
use crate::store::{self, Scope, Tx};

/// What a request asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// A built-in role's name or an access role's id or name.
    pub(super) role: Option<&'a str>,
    pub(super) org: Option<&'a str>,
    pub(super) account: Option<&'a str>,
}

/// A role, where it holds, and what it gives there.
#[derive(Debug)]
pub(super) struct Binding {
    pub(super) role: String,
    pub(super) scope: Scope,
    pub(super) rights: Rights,
}

impl Binding {
    /// The binding that `caller` may give. Without a role it is the administrator's, without a
    /// place it is the caller's own scope, without both what the caller is.
    pub(super) async fn give(
        tx: &mut Tx,
        caller: &Caller,
        wanted: Wanted<'_>,
    ) -> Result<Self, Problem> {
        let binding = Self::resolve(tx, caller, wanted).await?;
        no_more_than(caller, binding.rights)?;
        Ok(binding)
    }

    /// [`Binding::give`] that leaves it to the caller of it to look at the rights.
    pub(super) async fn resolve(
        tx: &mut Tx,
        caller: &Caller,
        wanted: Wanted<'_>,
    ) -> Result<Self, Problem> {
        let scope = place(tx, caller, wanted.org, wanted.account).await?;
        let (role, stored) = match wanted.role {
            Some(role) => known_role(tx, &scope, role).await?,
            None if scope == caller.scope => {
                let stored = store::roles::rights(tx, &caller.role).await?;
                (caller.role.clone(), stored)
            }
            None => (BuiltIn::admin_of(scope.reach()).name().to_owned(), None),
        };
        let rights = rights_of(&role, stored.as_deref(), &scope);
        Ok(Self {
            role,
            scope,
            rights,
        })
    }
}

/// Refuses rights that the caller has not.
pub(super) fn no_more_than(caller: &Caller, rights: Rights) -> Result<(), Problem> {
    let beyond = rights.beyond(caller.rights);
    if beyond.is_empty() {
        return Ok(());
    }
    Err(Problem::forbidden(format!(
        "That would give more than you have: {}.",
        beyond.join(", ")
    )))
}

/// The place that a request names: the caller's own scope when it names none.
pub(super) async fn place(
    tx: &mut Tx,
    caller: &Caller,
    org: Option<&str>,
    account: Option<&str>,
) -> Result<Scope, Problem> {
    match (org, account) {
        (None, None) => Ok(caller.scope.clone()),
        (Some(_), Some(_)) => Err(Problem::invalid(
            "/org",
            "give either `org` or `account`, not both",
        )),
        (Some(_), None) if caller.scope.reach() < Reach::Org => {
            Err(Problem::forbidden("That would reach further than you do."))
        }
        (Some(org), None) => {
            let org = validate::reference(org, "/org")?;
            let org = store::orgs::find(tx, &caller.scope, &org)
                .await?
                .ok_or_else(|| Problem::invalid("/org", "there is no such organisation"))?;
            Ok(Scope {
                org_id: Some(org.id),
                account_id: None,
            })
        }
        (None, Some(account)) => {
            let account = validate::reference(account, "/account")?;
            let account = store::accounts::find(tx, &caller.scope, &account)
                .await?
                .ok_or_else(|| Problem::invalid("/account", "there is no such account"))?;
            Ok(Scope {
                org_id: Some(account.org_id),
                account_id: Some(account.id),
            })
        }
    }
}

/// The role as it is stored, and its rights unless it is a built-in.
async fn known_role(
    tx: &mut Tx,
    scope: &Scope,
    role: &str,
) -> Result<(String, Option<String>), Problem> {
    if let Some(built_in) = BuiltIn::of(role) {
        return match built_in.reach() == scope.reach() {
            true => Ok((role.to_owned(), None)),
            false => Err(Problem::invalid("/role", held_where(built_in))),
        };
    }
    let role = validate::reference(role, "/role")?;
    let row = store::roles::find_for(tx, scope.org_id.as_deref(), &role)
        .await?
        .ok_or_else(|| Problem::invalid("/role", "there is no such role"))?;
    Ok((row.id, Some(row.rights)))
}

fn held_where(role: BuiltIn) -> String {
    let (article, place) = match role.reach() {
        Reach::Account => ("an", "account"),
        Reach::Org => ("an", "organisation"),
        Reach::Platform => ("the", "platform"),
    };
    let name = role.name();
    format!("`{name}` is held over {article} {place}: say which, or choose another role")
}

/// The rights that a request names, which must be among those that `within` has.
pub(super) fn narrowed(names: &[String], within: Rights, pointer: &str) -> Result<Rights, Problem> {
    let rights = Rights::parse(names.iter().map(String::as_str)).map_err(|name| {
        Problem::invalid(
            pointer,
            format!("there is no right `{name}`: `GET /api/v1/access-roles` shows them"),
        )
    })?;
    let beyond = rights.beyond(within);
    if !beyond.is_empty() {
        let message = format!("the role does not give {}", beyond.join(", "));
        return Err(Problem::invalid(pointer, message));
    }
    Ok(rights)
}
