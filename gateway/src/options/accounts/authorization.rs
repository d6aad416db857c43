//! The `authorization` block: one token or user, or users of the global account; and the auth
//! callout.

use std::time::Duration;

use accounts::configured::{CalloutSetup, GLOBAL, Place, Setup};
use accounts::nkeys::{KeyKind, PublicKey};

use super::{SetupReader, permissions, unknown};
use crate::config::{Entry, Node, Problem, Value};
use crate::options::fields;

/// A longer time for a login is a mistake, most likely one of units.
const TIMEOUT_ADVISED: Duration = Duration::from_secs(60);

impl SetupReader {
    pub(super) fn authorization(&mut self, entry: &Entry) -> Result<(), Problem> {
        self.setup.has_authorization = true;
        self.authorization_at = Some(entry.key_at.clone());
        let (mut user, mut password, mut token) = (None, None, None);
        for entry in fields::map(&entry.node)?.entries() {
            let node = &entry.node;
            match entry.name().as_str() {
                "user" | "username" => user = Some(fields::text(node)?),
                "pass" | "password" => password = Some((fields::text(node)?, node)),
                "token" => token = Some((fields::text(node)?, node)),
                "timeout" => self.timeout(node)?,
                "users" => {
                    self.name("users", &entry.key_at);
                    self.users(node, GLOBAL)?;
                }
                "default_permission" | "default_permissions" | "permissions" => {
                    self.setup.default_permissions = permissions::read(node, &mut self.warnings)?;
                }
                "auth_callout" | "auth_hook" => {
                    self.name("authorization callouts", &entry.key_at);
                    self.places.insert(Place::Callout, entry.key_at.clone());
                    self.setup.callout = Some(callout(node)?);
                }
                "proxy_required" => self.setup.proxy_required = fields::flag(node)?,
                _ if entry.is_variable => {}
                _ => return Err(unknown(entry, "authorization")),
            }
        }
        let user = user.filter(|user| !user.is_empty());
        let token = token.filter(|(token, _)| !token.is_empty());
        if user.is_none()
            && let Some((_, node)) = password
        {
            return Err(node.problem("a password needs a user; add user, or remove it"));
        }
        self.setup.token = token.map(|token| self.secret(Some(token)));
        self.setup.single = user.map(|user| (user.to_owned(), self.secret(password)));
        Ok(())
    }

    /// In seconds, as nats-server has it, so a plain number is no mistake.
    fn timeout(&mut self, node: &Node) -> Result<(), Problem> {
        let (timeout, _) = fields::duration(node)?;
        if timeout > TIMEOUT_ADVISED {
            let seconds = timeout.as_secs();
            let message = format!(
                "a timeout of {seconds} seconds is high, consider keeping it under 60 seconds; \
                 quote a duration, as in \"1m\""
            );
            self.warnings.push(node.problem(message));
        }
        self.timeout = Some(timeout);
        Ok(())
    }
}

/// What a file cannot have together. (Flags may add to it: then the order of
/// `accounts::configured::Logins` counts.)
pub(super) fn conflict(setup: &Setup) -> Option<&'static str> {
    let has_users = !setup.users.is_empty();
    match (&setup.token, &setup.single) {
        (Some(_), Some(_)) => Some("Cannot have a user/pass and token"),
        (Some(_), None) if has_users => Some("Can not have a token and a users array"),
        (None, Some(_)) if has_users => Some("Can not have a single user/pass and a users array"),
        _ => None,
    }
}

fn callout(node: &Node) -> Result<CalloutSetup, Problem> {
    let Value::Map(map) = &node.value else {
        let found = node.describe();
        let message = format!("Expected authorization callout to be a map, found {found}");
        return Err(node.problem(message));
    };
    let mut issuer = None;
    let mut callout = CalloutSetup {
        issuer: accounts::configured::global(),
        account: GLOBAL.to_owned(),
        auth_users: Vec::new(),
        xkey: None,
        allowed_accounts: Vec::new(),
    };
    for entry in map.entries() {
        let node = &entry.node;
        match entry.name().as_str() {
            "issuer" => issuer = Some(key(node, KeyKind::Account, "account nkey (A...)")?),
            "account" | "acc" => fields::non_empty(node)?.clone_into(&mut callout.account),
            "auth_users" | "users" => callout.auth_users = texts(node)?,
            "xkey" | "key" => callout.xkey = Some(key(node, KeyKind::Curve, "xkey (X...)")?),
            "allowed_accounts" => callout.allowed_accounts = texts(node)?,
            _ if entry.is_variable => {}
            _ => return Err(unknown(entry, "an authorization callout")),
        }
    }
    let missing = |what: &str| {
        node.problem(format!(
            "Authorization callouts require {what} to be specified"
        ))
    };
    callout.issuer = issuer.ok_or_else(|| missing("an issuer"))?;
    match callout.auth_users.is_empty() {
        true => Err(missing("authorized users (auth_users)")),
        false => Ok(callout),
    }
}

fn key(node: &Node, kind: KeyKind, what: &str) -> Result<PublicKey, Problem> {
    PublicKey::parse_as(fields::text(node)?, kind).map_err(|error| {
        node.problem(format!(
            "Expected callout user to be a valid public {what}: {error}"
        ))
    })
}

fn texts(node: &Node) -> Result<Vec<String>, Problem> {
    let nodes = fields::list(node)?.iter();
    nodes
        .map(|node| fields::text(node).map(str::to_owned))
        .collect()
}
