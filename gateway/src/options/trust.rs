//! Operator mode: whom the broker trusts, and where account JWTs come from.
//!
//! Tokens are decoded here already (shape, kind, signature), so that `-t` finds a broken one; what
//! trust makes of them is the broker's to decide.

use std::fs;
use std::path::PathBuf;

use accounts::nkeys::{KeyKind, PublicKey};
use accounts::{AccountBody, OperatorBody, jwt};

use super::directives::unsupported;
use super::fields;
use crate::config::{Entry, Node, Position, Problem, Value};

/// What every JWT starts with: `{"` in base64.
const JWT_START: &str = "eyJ";

/// Where account JWTs come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ResolverKind {
    Memory,
    Directory { path: PathBuf, allow_delete: bool },
}

/// What operator mode needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TrustOptions {
    /// JWT texts, at least one.
    pub(crate) operators: Vec<String>,
    pub(crate) system_account: Option<PublicKey>,
    pub(crate) resolver: ResolverKind,
    /// Account JWT texts.
    pub(crate) preload: Vec<String>,
}

/// Collects the four directives, which may come in any order.
#[derive(Debug, Default)]
pub(super) struct TrustReader {
    operators: Option<(Vec<String>, Position)>,
    system_account: Option<(PublicKey, Position)>,
    resolver: Option<(ResolverKind, Position)>,
    preload: Option<(Vec<String>, Position)>,
    /// A directive was refused already, so that what is missing is no news.
    is_broken: bool,
}

impl TrustReader {
    pub(super) fn directive(&mut self, name: &str, entry: &Entry) -> Result<(), Problem> {
        let read = self.read(name, entry);
        self.is_broken |= read.is_err();
        read
    }

    fn read(&mut self, name: &str, entry: &Entry) -> Result<(), Problem> {
        let node = &entry.node;
        let at = entry.key_at.clone();
        match name {
            "operator" | "operators" | "roots" => {
                let tokens = fields::one_or_more(node).iter().map(operator);
                self.operators = Some((tokens.collect::<Result<_, _>>()?, at));
            }
            "system_account" | "system" => self.system_account = Some((account_key(node)?, at)),
            "resolver_preload" => self.preload = Some((preload(node)?, at)),
            _ => self.resolver = Some((resolver(node)?, at)),
        }
        Ok(())
    }

    /// Everything that operator mode needs, or nothing of it: half of it would be an open broker
    /// where a closed one was meant.
    pub(super) fn finish(self) -> Result<Option<TrustOptions>, Problem> {
        if self.is_broken {
            return Ok(None);
        }
        let Some((operators, at)) = self.operators else {
            let alone = [
                self.system_account.map(|(_, at)| ("system_account", at)),
                self.resolver.map(|(_, at)| ("resolver", at)),
                self.preload.map(|(_, at)| ("resolver_preload", at)),
            ];
            return match alone.into_iter().flatten().next() {
                None => Ok(None),
                Some((name, at)) => {
                    let message =
                        format!("{name} needs an operator; add `operator: <JWT or file>`");
                    Err(Problem::new(at, message))
                }
            };
        };
        if operators.is_empty() {
            return Err(Problem::new(
                at,
                "expected at least one operator JWT or file",
            ));
        }
        let Some((resolver, _)) = self.resolver else {
            let message = "an operator needs a resolver for its accounts; add `resolver: MEMORY` \
                           or `resolver { type: full, dir: ./accounts }`";
            return Err(Problem::new(at, message));
        };
        Ok(Some(TrustOptions {
            operators,
            system_account: self.system_account.map(|(key, _)| key),
            resolver,
            preload: self.preload.map(|(tokens, _)| tokens).unwrap_or_default(),
        }))
    }
}

/// A JWT, or the path of a file with one, as it is or between the lines that nsc writes around it.
fn operator(node: &Node) -> Result<String, Problem> {
    let text = fields::non_empty(node)?;
    let token = if text.starts_with(JWT_START) {
        text.to_owned()
    } else {
        let content = fs::read_to_string(text).map_err(|error| {
            let shown = crate::config::shorten(text);
            node.problem(format!(
                "cannot read the operator JWT file {shown:?}: {error}"
            ))
        })?;
        let token = content
            .split_whitespace()
            .find(|word| word.starts_with(JWT_START));
        token
            .ok_or_else(|| node.problem(format!("the file {text:?} has no JWT in it")))?
            .to_owned()
    };
    jwt::decode::<OperatorBody>(&token)
        .map_err(|error| node.problem(format!("this is not a valid operator JWT: {error}")))?;
    Ok(token)
}

fn account_key(node: &Node) -> Result<PublicKey, Problem> {
    PublicKey::parse_as(fields::text(node)?, KeyKind::Account).map_err(|error| {
        node.problem(format!(
            "expected the public key of an account (A...): {error}"
        ))
    })
}

fn preload(node: &Node) -> Result<Vec<String>, Problem> {
    let entries = fields::map(node)?
        .entries()
        .filter(|entry| !entry.is_variable);
    entries
        .map(|entry| {
            let key = PublicKey::parse_as(&entry.key, KeyKind::Account).map_err(|error| {
                let message = format!("expected the public key of an account (A...): {error}");
                Problem::new(entry.key_at.clone(), message)
            })?;
            let token = fields::text(&entry.node)?.trim();
            let claims = jwt::decode::<AccountBody>(token).map_err(|error| {
                entry
                    .node
                    .problem(format!("this is not a valid account JWT: {error}"))
            })?;
            if claims.subject() != key {
                let message = format!("this JWT is of account {}, not {key}", claims.subject());
                return Err(entry.node.problem(message));
            }
            Ok(token.to_owned())
        })
        .collect()
}

fn resolver(node: &Node) -> Result<ResolverKind, Problem> {
    if let Value::Map(map) = &node.value {
        return resolver_block(node, map.entries());
    }
    let text = fields::text(node)?;
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    if is("memory") || is("mem") {
        return Ok(ResolverKind::Memory);
    }
    if text
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("url("))
    {
        return Err(unsupported(&node.at, "resolver: URL(...)"));
    }
    let message = "expected MEMORY or a block, as in `resolver { type: full, dir: ./accounts }`";
    Err(node.problem(message))
}

fn resolver_block<'a>(
    node: &Node,
    entries: impl Iterator<Item = &'a Entry>,
) -> Result<ResolverKind, Problem> {
    let mut kind = None;
    let mut path: Option<PathBuf> = None;
    let mut allow_delete = false;
    for entry in entries {
        let value = &entry.node;
        match entry.name().as_str() {
            "type" => kind = Some((fields::text(value)?.to_ascii_lowercase(), value)),
            "dir" => path = Some(fields::non_empty(value)?.into()),
            "allow_delete" => allow_delete = fields::flag(value)?,
            // They time the exchange between servers, of which there is one.
            "interval" | "timeout" => {
                fields::duration(value)?;
            }
            "hard_delete" if matches!(value.value, Value::Bool { value: false, .. }) => {}
            name @ ("hard_delete" | "limit" | "ttl") => {
                return Err(unsupported(&entry.key_at, &format!("resolver.{name}")));
            }
            _ if entry.is_variable => {}
            _ => {
                let message = format!(
                    "unknown field {:?} in resolver; it has type, dir and allow_delete",
                    crate::config::shorten(&entry.key)
                );
                return Err(Problem::new(entry.key_at.clone(), message));
            }
        }
    }
    let Some((kind, kind_node)) = kind else {
        return Err(node.problem("the resolver needs a type; write `type: full` or `type: memory`"));
    };
    match kind.as_str() {
        "mem" | "memory" => Ok(ResolverKind::Memory),
        "full" => {
            let missing = "a full resolver needs a directory; add `dir: ./accounts`";
            let path = path.ok_or_else(|| node.problem(missing))?;
            if path.exists() && !path.is_dir() {
                let message = format!("{} is not a directory", path.display());
                return Err(node.problem(message));
            }
            Ok(ResolverKind::Directory { path, allow_delete })
        }
        "cache" | "url" => Err(unsupported(&kind_node.at, &format!("resolver type {kind}"))),
        _ => Err(kind_node.problem("expected full or memory")),
    }
}
