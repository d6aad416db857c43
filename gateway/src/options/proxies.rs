//! `proxies`: the keys of proxies whose word is taken that a client comes by them.

use accounts::nkeys::{KeyKind, PublicKey};

use super::fields;
use crate::config::{Entry, Node, Problem, Value};

pub(super) fn read(node: &Node) -> Result<Vec<PublicKey>, Problem> {
    let mut keys = Vec::new();
    for entry in fields::map(node)?.entries() {
        match entry.name().as_str() {
            "trusted" => keys = trusted(&entry.node)?,
            _ if entry.is_variable => {}
            _ => return Err(unknown(entry, "proxies; it has trusted")),
        }
    }
    Ok(keys)
}

fn trusted(node: &Node) -> Result<Vec<PublicKey>, Problem> {
    let Value::Array(proxies) = &node.value else {
        let message = "expected a list of proxies, as in `trusted: [ { key: N... } ]`";
        return Err(node.problem(message));
    };
    proxies.iter().map(proxy).collect()
}

fn proxy(node: &Node) -> Result<PublicKey, Problem> {
    let mut key = None;
    for entry in fields::map(node)?.entries() {
        match entry.name().as_str() {
            "key" | "public_key" => key = Some(public_key(&entry.node)?),
            _ if entry.is_variable => {}
            _ => return Err(unknown(entry, "a trusted proxy; it has key")),
        }
    }
    key.ok_or_else(|| node.problem("a trusted proxy needs its public key; add `key: N...`"))
}

/// Of any kind but the curve's, which signs nothing.
fn public_key(node: &Node) -> Result<PublicKey, Problem> {
    match PublicKey::parse(fields::text(node)?) {
        Ok(key) if key.kind() != KeyKind::Curve => Ok(key),
        Ok(_) => Err(node.problem("a curve key (X...) cannot sign; use a key of another kind")),
        Err(error) => Err(node.problem(format!("expected the public key of a proxy: {error}"))),
    }
}

fn unknown(entry: &Entry, place: &str) -> Problem {
    let name = crate::config::shorten(&entry.key);
    Problem::new(
        entry.key_at.clone(),
        format!("unknown field {name:?} in {place}"),
    )
}
