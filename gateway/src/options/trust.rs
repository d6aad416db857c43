//! Operator mode: whom the broker trusts, and where account JWTs come from.
//!
//! Tokens are decoded here already (shape, kind, signature), so that `-t` finds a broken one; what
//! trust makes of them is the broker's to decide.

use std::fs;

use accounts::nkeys::{KeyKind, PublicKey};
use accounts::{AccountBody, OperatorBody, jwt};
use broker::Trusted;

use super::fields;
use super::resolver::{self, ResolverKind, ResolverTls};
use crate::config::{Entry, Node, Position, Problem};

/// What every JWT starts with: `{"` in base64.
const JWT_START: &str = "eyJ";

/// What operator mode needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TrustOptions {
    pub(crate) trusted: Trusted,
    pub(crate) system_account: Option<PublicKey>,
    pub(crate) resolver: ResolverKind,
    /// Account JWT texts.
    pub(crate) preload: Vec<String>,
    /// The only accounts whose users may log in, where that is limited.
    pub(crate) pinned: Option<Vec<PublicKey>>,
}

/// Collects the directives, which may come in any order.
#[derive(Debug, Default)]
pub(super) struct TrustReader {
    operators: Option<(Vec<String>, Position)>,
    trusted_keys: Option<(Vec<PublicKey>, Position)>,
    resolver: Option<(ResolverKind, Position)>,
    preload: Option<(Vec<String>, Position)>,
    pinned: Option<(Vec<PublicKey>, Position)>,
    tls: Option<(ResolverTls, Position)>,
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
            "trusted_keys" | "trusted" => {
                let keys = fields::one_or_more(node).iter().map(operator_key);
                self.trusted_keys = Some((keys.collect::<Result<_, _>>()?, at));
            }
            "resolver_pinned_accounts" => {
                let keys = fields::one_or_more(node).iter().map(account_key);
                self.pinned = Some((keys.collect::<Result<_, _>>()?, at));
            }
            "resolver_tls" => self.tls = Some((resolver::tls::read(node)?, at)),
            "resolver_preload" => self.preload = Some((preload(node)?, at)),
            _ => self.resolver = Some((resolver::read(node)?, at)),
        }
        Ok(())
    }

    /// Whether operators are named, be it badly.
    pub(super) fn has_operators(&self) -> bool {
        self.operators.is_some() || self.trusted_keys.is_some() || self.is_broken
    }

    /// Whom the broker trusts, and where that is said.
    fn trusted(&mut self) -> Result<Option<(Trusted, Position)>, Problem> {
        let nobody = |at: Position, what: &str| {
            Err(Problem::new(at, format!("expected at least one {what}")))
        };
        match (self.operators.take(), self.trusted_keys.take()) {
            (None, None) => Ok(None),
            (Some(_), Some((_, at))) => {
                let message = "trusted_keys and an operator exclude each other; remove one";
                Err(Problem::new(at, message))
            }
            (Some((tokens, at)), None) if tokens.is_empty() => nobody(at, "operator JWT or file"),
            (Some((tokens, at)), None) => Ok(Some((Trusted::Operators(tokens), at))),
            (None, Some((keys, at))) if keys.is_empty() => nobody(at, "public key of an operator"),
            (None, Some((keys, at))) => Ok(Some((Trusted::Keys(keys), at))),
        }
    }

    /// Everything that operator mode needs, or nothing of it: half of it would be an open broker
    /// where a closed one was meant.
    pub(super) fn finish(
        mut self,
        system_account: Option<&(String, Position)>,
    ) -> Result<Option<TrustOptions>, Problem> {
        if self.is_broken {
            return Ok(None);
        }
        let Some((trusted, at)) = self.trusted()? else {
            let alone = [
                self.resolver.map(|(_, at)| ("resolver", at)),
                self.preload.map(|(_, at)| ("resolver_preload", at)),
                self.pinned.map(|(_, at)| ("resolver_pinned_accounts", at)),
                self.tls.map(|(_, at)| ("resolver_tls", at)),
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
        let Some((mut resolver, _)) = self.resolver else {
            let message = "an operator needs a resolver for its accounts; add `resolver: MEMORY` \
                           or `resolver { type: full, dir: ./accounts }`";
            return Err(Problem::new(at, message));
        };
        if let ResolverKind::Url { tls, .. } = &mut resolver {
            *tls = self.tls.map(|(tls, _)| tls).unwrap_or_default();
            if let Some((_, at)) = self.preload {
                let message = "accounts cannot be preloaded into a URL resolver; \
                               remove resolver_preload, or use another resolver";
                return Err(Problem::new(at, message));
            }
        }
        Ok(Some(TrustOptions {
            trusted,
            system_account: system_account.map(system_key).transpose()?,
            resolver,
            preload: self.preload.map(|(tokens, _)| tokens).unwrap_or_default(),
            pinned: self.pinned.map(|(keys, _)| keys),
        }))
    }
}

fn operator_key(node: &Node) -> Result<PublicKey, Problem> {
    PublicKey::parse_as(fields::text(node)?, KeyKind::Operator).map_err(|error| {
        node.problem(format!(
            "expected the public key of an operator (O...): {error}"
        ))
    })
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

fn system_key((text, at): &(String, Position)) -> Result<PublicKey, Problem> {
    PublicKey::parse_as(text, KeyKind::Account).map_err(|error| {
        let message = format!("expected the public key of an account (A...): {error}");
        Problem::new(at.clone(), message)
    })
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
