//! `resolver`: where account JWTs come from, in each of its forms.

use std::path::PathBuf;
use std::time::Duration;

use broker::Deletion;

use super::directives::unsupported;
use super::fields;
use crate::config::{Entry, Node, Problem, Value};

pub(super) mod tls;
pub(crate) use tls::ResolverTls;

/// How long others have for an account: a little less than a client has for its login.
/// nats-server's default (`server/const.go`).
pub(crate) const FETCH_TIMEOUT: Duration = Duration::from_millis(1900);
/// Accounts in a cache; nats-server's default.
const CACHE_LIMIT: usize = 1000;

/// Where account JWTs come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ResolverKind {
    Memory,
    Directory {
        path: PathBuf,
        deletion: Deletion,
        limit: Option<usize>,
    },
    Cache {
        path: PathBuf,
        limit: usize,
        ttl: Option<Duration>,
        timeout: Duration,
    },
    /// Ends in a slash.
    Url {
        url: String,
        tls: ResolverTls,
    },
}

pub(super) fn read(node: &Node) -> Result<ResolverKind, Problem> {
    if let Value::Map(map) = &node.value {
        let mut block = Block::default();
        for entry in map.entries() {
            block.field(entry)?;
        }
        return block.finish(node);
    }
    let text = fields::text(node)?;
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    if is("memory") || is("mem") {
        return Ok(ResolverKind::Memory);
    }
    let start = text.get(..4);
    if start.is_some_and(|start| start.eq_ignore_ascii_case("url(")) {
        return url(node, &text[4..]);
    }
    let message = "expected MEMORY, URL(https://...) or a block, \
                   as in `resolver { type: full, dir: ./accounts }`";
    Err(node.problem(message))
}

/// What is behind `URL(`.
fn url(node: &Node, rest: &str) -> Result<ResolverKind, Problem> {
    let wrong = || {
        let message = "expected URL(http://HOST:PORT/PATH/) or https, without user and password";
        node.problem(message)
    };
    let text = rest.trim().strip_suffix(')').ok_or_else(wrong)?;
    let text = text.trim().trim_matches('"');
    let uri: axum::http::Uri = text.parse().map_err(|_| wrong())?;
    let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    if !is_web || authority.is_empty() || authority.contains('@') || uri.query().is_some() {
        return Err(wrong());
    }
    let slash = if text.ends_with('/') { "" } else { "/" };
    Ok(ResolverKind::Url {
        url: format!("{text}{slash}"),
        tls: ResolverTls::default(),
    })
}

/// The fields of a block, in any order.
#[derive(Default)]
struct Block<'a> {
    kind: Option<(String, &'a Node)>,
    path: Option<PathBuf>,
    allow_delete: Option<&'a Entry>,
    hard_delete: Option<&'a Entry>,
    limit: Option<usize>,
    ttl: Option<(Duration, &'a Entry)>,
    interval: Option<&'a Entry>,
    timeout: Option<Duration>,
}

impl<'a> Block<'a> {
    fn field(&mut self, entry: &'a Entry) -> Result<(), Problem> {
        let value = &entry.node;
        match entry.name().as_str() {
            "type" => self.kind = Some((fields::text(value)?.to_ascii_lowercase(), value)),
            "dir" => self.path = Some(fields::non_empty(value)?.into()),
            "allow_delete" => self.allow_delete = fields::flag(value)?.then_some(entry),
            "hard_delete" => self.hard_delete = fields::flag(value)?.then_some(entry),
            // As in nats-server, 0 and less is the default.
            "limit" => self.limit = Some(fields::count(value)?).filter(|limit| *limit > 0),
            "ttl" => self.ttl = Some((fields::duration(value)?.0, entry)),
            // The rhythm of an exchange between servers, of which there is one.
            "interval" => {
                fields::duration(value)?;
                self.interval = Some(entry);
            }
            "timeout" => self.timeout = Some(fields::duration(value)?.0),
            _ if entry.is_variable => {}
            _ => {
                let message = format!(
                    "unknown field {:?} in resolver; it has type, dir, allow_delete, hard_delete, \
                     limit, ttl, interval and timeout",
                    crate::config::shorten(&entry.key)
                );
                return Err(Problem::new(entry.key_at.clone(), message));
            }
        }
        Ok(())
    }

    fn finish(self, node: &Node) -> Result<ResolverKind, Problem> {
        let Some((kind, kind_node)) = &self.kind else {
            let message = "the resolver needs a type; write `type: full` or `type: memory`";
            return Err(node.problem(message));
        };
        match kind.as_str() {
            "mem" | "memory" => Ok(ResolverKind::Memory),
            "full" => self.full(node),
            "cache" => self.cache(node),
            _ => Err(kind_node.problem("expected full, cache or memory")),
        }
    }

    fn full(self, node: &Node) -> Result<ResolverKind, Problem> {
        refuse("full", self.ttl.map(|(_, entry)| entry))?;
        let deletion = match (self.allow_delete, self.hard_delete) {
            (None, None) => Deletion::Refused,
            (Some(_), None) => Deletion::Aside,
            (Some(_), Some(_)) => Deletion::ForGood,
            (None, Some(entry)) => {
                let message = "hard_delete has no effect by itself; add `allow_delete: true`";
                return Err(Problem::new(entry.key_at.clone(), message));
            }
        };
        Ok(ResolverKind::Directory {
            limit: self.limit,
            path: self.directory(node)?,
            deletion,
        })
    }

    fn cache(self, node: &Node) -> Result<ResolverKind, Problem> {
        for entry in [self.allow_delete, self.hard_delete, self.interval] {
            refuse("cache", entry)?;
        }
        Ok(ResolverKind::Cache {
            limit: self.limit.unwrap_or(CACHE_LIMIT),
            ttl: self.ttl.map(|(ttl, _)| ttl),
            timeout: self.timeout.unwrap_or(FETCH_TIMEOUT),
            path: self.directory(node)?,
        })
    }

    fn directory(self, node: &Node) -> Result<PathBuf, Problem> {
        let missing = "this resolver needs a directory; add `dir: ./accounts`";
        let path = self.path.ok_or_else(|| node.problem(missing))?;
        if path.exists() && !path.is_dir() {
            let message = format!("{} is not a directory", path.display());
            return Err(node.problem(message));
        }
        Ok(path)
    }
}

fn refuse(kind: &str, entry: Option<&Entry>) -> Result<(), Problem> {
    let Some(entry) = entry else { return Ok(()) };
    let message = format!("a {kind} resolver has no {}; remove it", entry.name());
    Err(Problem::new(entry.key_at.clone(), message))
}
