//! Lists of users: by name and password, or by nkey.

use accounts::configured::{Login, Place, Secret, UserSetup};
use accounts::identity::ConnectionType;
use accounts::nkeys::{KeyKind, PublicKey};

use super::{SetupReader, permissions, unknown};
use crate::config::{Node, Position, Problem, Value};
use crate::options::fields;

impl SetupReader {
    pub(super) fn users(&mut self, node: &Node, account: &str) -> Result<(), Problem> {
        let Value::Array(nodes) = &node.value else {
            let message = format!(
                "Expected users field to be an array, found {}",
                node.describe()
            );
            return Err(node.problem(message));
        };
        for node in nodes {
            let index = self.setup.users.len();
            match self.user(node, account) {
                Ok(user) => {
                    self.places.insert(Place::User(index), node.at.clone());
                    self.setup.users.push(user);
                }
                Err(problem) => self.problems.push(problem),
            }
        }
        Ok(())
    }

    fn user(&mut self, node: &Node, account: &str) -> Result<UserSetup, Problem> {
        let (mut name, mut password, mut nkey) = (None, None, None);
        let mut user = UserSetup {
            account: account.to_owned(),
            login: Login::Nkey(accounts::configured::global()),
            permissions: None,
            connection_types: None,
            proxy_required: false,
        };
        for entry in fields::map(node)?.entries() {
            let node = &entry.node;
            match entry.name().as_str() {
                "nkey" => nkey = Some((fields::text(node)?, &node.at)),
                "user" | "username" => name = Some(fields::text(node)?),
                "pass" | "password" => password = Some((fields::text(node)?, node)),
                "permission" | "permissions" | "authorization" => {
                    user.permissions = Some(permissions::read(node, &mut self.warnings)?);
                }
                "allowed_connection_types" | "connection_types" | "clients" => {
                    user.connection_types = connection_types(node)?;
                }
                "proxy_required" => user.proxy_required = fields::flag(node)?,
                _ if entry.is_variable => {}
                _ => return Err(unknown(entry, "a user")),
            }
        }
        let name = name.filter(|name| !name.is_empty());
        user.login = match (nkey, name) {
            (Some(_), name) if name.is_some() || password.is_some() => {
                return Err(node.problem("Nkey users do not take usernames or passwords"));
            }
            (Some((nkey, at)), _) => Login::Nkey(user_key(nkey, at)?),
            (None, Some(name)) => Login::Name {
                name: name.to_owned(),
                secret: self.secret(password),
            },
            (None, None) => {
                return Err(node.problem("User entry requires a user: add user or nkey"));
            }
        };
        Ok(user)
    }

    /// A password or token as it stands, nothing where there is none.
    pub(super) fn secret(&mut self, found: Option<(&str, &Node)>) -> Secret {
        let (text, node) = match found {
            Some((text, node)) => (text, Some(node)),
            None => ("", None),
        };
        let secret = Secret::new(text);
        if let Some(node) = node.filter(|_| !secret.is_usable()) {
            let message = "this looks like a bcrypt hash and cannot be checked as one: nobody can \
                           log in with it";
            self.warnings.push(node.problem(message));
        }
        secret
    }
}

fn user_key(text: &str, at: &Position) -> Result<PublicKey, Problem> {
    PublicKey::parse_as(text, KeyKind::User).map_err(|error| {
        let message = format!("Not a valid public nkey for a user (U...): {error}");
        Problem::new(at.clone(), message)
    })
}

/// No entry is all of them, as in nats-server.
fn connection_types(node: &Node) -> Result<Option<Vec<ConnectionType>>, Problem> {
    let types: Vec<_> = fields::one_or_more(node)
        .iter()
        .map(connection_type)
        .collect::<Result<_, _>>()?;
    Ok(Some(types).filter(|types| !types.is_empty()))
}

fn connection_type(node: &Node) -> Result<ConnectionType, Problem> {
    use ConnectionType::{InProcess, Leafnode, LeafnodeWs, Mqtt, MqttWs, Standard, Websocket};
    let text = fields::text(node)?;
    let all = [
        Standard, Websocket, Leafnode, LeafnodeWs, Mqtt, MqttWs, InProcess,
    ];
    let found = all
        .into_iter()
        .find(|it| it.as_str().eq_ignore_ascii_case(text));
    found.ok_or_else(|| {
        let known: Vec<_> = all.iter().map(|it| it.as_str()).collect();
        let known = known.join(", ");
        node.problem(format!(
            "unknown connection type {text:?}; there are {known}"
        ))
    })
}
