//! Accounts and users that the configuration names: `accounts`, `authorization`, `mappings` and
//! what belongs to them. What they mean together, `accounts::configured` knows; here is where each
//! part stood.

mod authorization;
mod exports;
mod imports;
mod limits;
mod mappings;
mod permissions;
mod users;

use std::collections::HashMap;
use std::time::Duration;

use accounts::configured::{AccountSetup, Configured, GLOBAL, Place, Setup};
use accounts::nkeys::{KeyKind, PublicKey};

use super::directives::unsupported;
use super::fields;
use super::node::is_switched_off;
use crate::config::{Entry, Node, Position, Problem, Value, shorten};

/// Collects the directives, which may come in any order. Reading goes on after a mistake.
#[derive(Debug, Default)]
pub(super) struct SetupReader {
    setup: Setup,
    /// Where each part of the setup stood.
    places: HashMap<Place, Position>,
    /// The first directive of those that operators do not allow, and what they do not allow.
    named: Option<(&'static str, Position)>,
    authorization_at: Option<Position>,
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
    /// Time for a client to log in.
    timeout: Option<Duration>,
}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) setup: Setup,
    pub(super) timeout: Option<Duration>,
    pub(super) warnings: Vec<Problem>,
}

impl SetupReader {
    /// `true` when the directive is one of these.
    pub(super) fn directive(&mut self, name: &str, entry: &Entry) -> bool {
        let at = entry.key_at.clone();
        let read = match name {
            "accounts" => {
                self.name("Accounts", &at);
                self.accounts(&entry.node)
            }
            "authorization" => self.authorization(entry),
            "mappings" | "maps" => {
                self.name("Accounts", &at);
                let account = AccountSetup::new(GLOBAL);
                self.mapped(account, &entry.node).map(|account| {
                    self.places.insert(Place::Account(account.name.clone()), at);
                    self.setup.accounts.push(account);
                })
            }
            "no_auth_user" => fields::text(&entry.node).map(|name| {
                self.places.insert(Place::NoAuthUser, entry.node.at.clone());
                self.setup.no_auth_user = Some(name.to_owned()).filter(|name| !name.is_empty());
            }),
            "no_system_account" | "no_system" | "no_sys_acc" => {
                fields::flag(&entry.node).map(|on| self.setup.no_system_account = on)
            }
            _ => return false,
        };
        if let Err(problem) = read {
            self.problems.push(problem);
        }
        true
    }

    /// Notes what operators do not allow beside them.
    fn name(&mut self, what: &'static str, at: &Position) {
        self.named.get_or_insert_with(|| (what, at.clone()));
    }

    /// Checks all of it together. `system_account` is the name of the system account, and
    /// `has_operators` leaves nothing to be configured.
    pub(super) fn finish(
        mut self,
        system_account: Option<(String, Position)>,
        has_operators: bool,
    ) -> Result<Read, Vec<Problem>> {
        if has_operators {
            if let Some((what, at)) = self.named.take() {
                let message = format!(
                    "operators do not allow {what} to be configured directly; remove it, or the \
                     operator"
                );
                self.problems.push(Problem::new(at, message));
            }
            let lone = self.setup.token.is_some() || self.setup.single.is_some();
            if let Some(at) = self.authorization_at.clone().filter(|_| lone) {
                let message = "operators decide who logs in: user, password and token count for \
                               nothing beside them; remove them";
                self.warnings.push(Problem::new(at, message));
            }
            if self.setup.no_auth_user.is_some() {
                let at = self.places[&Place::NoAuthUser].clone();
                let message = "no_auth_user not compatible with Trusted Operator; remove it";
                self.problems.push(Problem::new(at, message));
            }
        } else if let Some((name, at)) = system_account {
            self.setup.system_account = Some(name);
            self.places.insert(Place::SystemAccount, at);
        }
        if let (Some(message), Some(at)) = (
            authorization::conflict(&self.setup),
            self.authorization_at.clone(),
        ) {
            self.problems.push(Problem::new(at, message));
        }
        if self.problems.is_empty() && !has_operators {
            self.check();
        }
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        Ok(Read {
            setup: self.setup,
            timeout: self.timeout,
            warnings: self.warnings,
        })
    }

    fn check(&mut self) {
        let Err(error) = Configured::compile(&self.setup, None) else {
            return;
        };
        for problem in error.0 {
            let at = self.places.get(&problem.place);
            let at = at.or(self.authorization_at.as_ref());
            if let Some(at) = at.or_else(|| self.places.values().next()).cloned() {
                self.problems.push(Problem::new(at, problem.message));
            }
        }
    }

    fn accounts(&mut self, node: &Node) -> Result<(), Problem> {
        match &node.value {
            Value::Array(names) => {
                for node in names {
                    let read = account_name(fields::text(node)?, &node.at);
                    match read {
                        Ok(name) => self.add(AccountSetup::new(name), node.at.clone()),
                        Err(problem) => self.problems.push(problem),
                    }
                }
            }
            _ => {
                let entries = fields::map(node)?.entries();
                for entry in entries.filter(|entry| !entry.is_variable) {
                    if let Err(problem) = self.account(entry) {
                        self.problems.push(problem);
                    }
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, account: AccountSetup, at: Position) {
        let place = Place::Account(account.name.clone());
        let is_there = self.setup.accounts.iter().any(|it| it.name == account.name);
        // Of two, the second one is too much.
        self.places.insert(place, at);
        if is_there {
            let at = self.places[&Place::Account(account.name.clone())].clone();
            let message = format!("Duplicate Account Entry: {}", account.name);
            self.problems.push(Problem::new(at, message));
        } else {
            self.setup.accounts.push(account);
        }
    }

    fn account(&mut self, entry: &Entry) -> Result<(), Problem> {
        let name = account_name(&entry.key, &entry.key_at)?;
        let Value::Map(fields) = &entry.node.value else {
            return Err(entry.node.problem("Expected map entries for accounts"));
        };
        let mut account = AccountSetup::new(name);
        for entry in fields.entries() {
            if let Err(problem) = self.account_field(&mut account, entry) {
                self.problems.push(problem);
            }
        }
        self.add(account, entry.key_at.clone());
        Ok(())
    }

    fn account_field(&mut self, account: &mut AccountSetup, entry: &Entry) -> Result<(), Problem> {
        let node = &entry.node;
        let name = account.name.clone();
        match entry.name().as_str() {
            "nkey" => {
                let key = PublicKey::parse_as(fields::text(node)?, KeyKind::Account);
                key.map_err(|error| {
                    node.problem(format!("Not a valid public nkey for an account: {error}"))
                })?;
            }
            "exports" => {
                for (index, node) in fields::list(node)?.iter().enumerate() {
                    let export = exports::read(node)?;
                    self.places
                        .insert(Place::Export(name.clone(), index), node.at.clone());
                    account.exports.push(export);
                }
            }
            "imports" => {
                for (index, node) in fields::list(node)?.iter().enumerate() {
                    let import = imports::read(node)?;
                    self.places
                        .insert(Place::Import(name.clone(), index), node.at.clone());
                    account.imports.push(import);
                }
            }
            "users" => self.users(node, &name)?,
            "default_permissions" => {
                account.body.default_permissions = permissions::read(node, &mut self.warnings)?;
            }
            "mappings" | "maps" => *account = self.mapped(account.clone(), node)?,
            "limits" => limits::read(node, &mut account.body.limits)?,
            "msg_trace" | "trace_dest" => {
                account.body.trace = limits::trace(node, &mut self.warnings)?;
            }
            "jetstream" if is_switched_off(node) => {}
            "jetstream" => return Err(unsupported(&entry.key_at, "jetstream")),
            _ if entry.is_variable => {}
            _ => return Err(unknown(entry, "an account")),
        }
        Ok(())
    }

    fn mapped(&mut self, mut account: AccountSetup, node: &Node) -> Result<AccountSetup, Problem> {
        for entry in fields::map(node)?
            .entries()
            .filter(|entry| !entry.is_variable)
        {
            let place = Place::Mapping(account.name.clone(), entry.key.clone());
            self.places.insert(place, entry.key_at.clone());
            let destinations = mappings::read(&entry.node)?;
            account
                .body
                .mappings
                .insert(entry.key.clone(), destinations);
        }
        Ok(account)
    }
}

/// A name that can be configured.
fn account_name<'a>(name: &'a str, at: &Position) -> Result<&'a str, Problem> {
    match name {
        GLOBAL => {
            let message = format!(
                "{name:?} is a Reserved Account: users without an account are in it anyway"
            );
            Err(Problem::new(at.clone(), message))
        }
        "" => Err(Problem::new(at.clone(), "an account needs a name")),
        name => Ok(name),
    }
}

fn unknown(entry: &Entry, of: &str) -> Problem {
    let field = shorten(&entry.key);
    let message = format!("unknown field {field:?} of {of}; check its spelling, or remove it");
    Problem::new(entry.key_at.clone(), message)
}
