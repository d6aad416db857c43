//! Issues, and checks that several kinds of claims have in common.

use crate::jwt::Claims;

/// Bytes of a description and of a link to more of it; the Go library's bound.
const INFO_BYTES_MAX: usize = 8 * 1024;

/// How much an issue matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing: the token does what it says, which may not be what was meant.
    Warning,
    /// The clock is against it. Nobody logs in with such a token, but it may be stored: its account
    /// is told apart from an unknown one.
    Time,
    /// The token must be refused.
    Blocking,
}

/// Something wrong with claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, for people.
    pub text: String,
}

impl Issue {
    /// The token must be refused, whatever the clock says.
    pub fn is_blocking(&self) -> bool {
        self.severity == Severity::Blocking
    }
}

/// Collects issues.
#[derive(Default)]
pub(super) struct Issues(pub(super) Vec<Issue>);

impl Issues {
    fn add(&mut self, severity: Severity, text: String) {
        self.0.push(Issue { severity, text });
    }

    pub(super) fn block(&mut self, text: impl Into<String>) {
        self.add(Severity::Blocking, text.into());
    }

    pub(super) fn warn(&mut self, text: impl Into<String>) {
        self.add(Severity::Warning, text.into());
    }

    pub(super) fn block_if(&mut self, condition: bool, text: impl FnOnce() -> String) {
        if condition {
            self.block(text());
        }
    }

    /// Expired, or not valid yet. In the second of its expiry a token has expired.
    pub(super) fn check_time<T>(&mut self, claims: &Claims<T>, now: Option<i64>) {
        let Some(now) = now else { return };
        if claims.exp != 0 && claims.exp <= now {
            self.add(Severity::Time, format!("`{}` has expired", claims.name));
        }
        if claims.nbf > now {
            self.add(
                Severity::Time,
                format!("`{}` is not valid yet", claims.name),
            );
        }
    }
}

/// What describes something to people.
pub(super) fn check_info(what: &str, description: &str, link: &str, issues: &mut Issues) {
    issues.block_if(description.len() > INFO_BYTES_MAX, || {
        format!("{what}: the description has more than {INFO_BYTES_MAX} bytes")
    });
    let usable = link.len() <= INFO_BYTES_MAX
        && Url::split(link).is_some_and(|url| !url.authority.is_empty());
    issues.block_if(!link.is_empty() && !usable, || {
        format!("{what}: info_url is no URL with a host, as in https://example.com/about")
    });
}

/// The parts of a URL that claims have rules about.
pub(super) struct Url<'a> {
    pub(super) scheme: &'a str,
    pub(super) authority: &'a str,
    /// From the first `/` after the authority on.
    pub(super) path: &'a str,
}

impl<'a> Url<'a> {
    /// Splits `scheme://authority/path`; `None` when it is written in another way.
    pub(super) fn split(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
        let plain = !rest.contains(|c: char| c.is_whitespace() || c.is_control());
        if !named || !plain {
            return None;
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let end = rest.find(['?', '#']).unwrap_or(rest.len());
        Some(Self {
            scheme,
            authority,
            path: &rest[..end],
        })
    }
}
