//! Permissions compiled from claims: who may publish and subscribe what, and which rule says so.
//!
//! Deny beats allow. Without an allow list everything is allowed; an empty one allows nothing. A
//! subscription must lie within one allowed subject. A deny that only overlaps a wildcard or
//! queue subscription lets it through, and is then checked for every delivery. A published
//! subject is text: its `*` is matched by wildcards only.

use std::collections::HashMap;

use crate::claims::user::{PermissionSet, ResponseClaim, SubjectRules};
use crate::subject;

/// Rules that have to be tried one after the other (wildcards and queue rules), per list. The
/// cost of one uncached check is bounded by it.
pub const SLOW_RULES_MAX: usize = 4096;

const RESPONSES_MAX_DEFAULT: i32 = 1;
const RESPONSES_TTL_NS_DEFAULT: i64 = 120 * 1_000_000_000;

/// Why permission lists cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PermissionsError {
    #[error("`{0}` in the permissions is not a valid subject")]
    InvalidSubject(String),
    #[error("`{0}`: a publish permission cannot name a queue")]
    QueueInPublish(String),
    #[error("more than {SLOW_RULES_MAX} wildcard or queue rules in one permission list")]
    TooManyRules,
}

/// Leave to answer requests that were delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResponsePermission {
    /// Messages per request; -1 = any number.
    pub max: i32,
    /// Nanoseconds after the request; negative = for ever.
    pub ttl_ns: i64,
}

/// The outcome of a check and what decided it. Borrowed, so that nothing is allocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// Allowed: nothing denies it, and there is no allow list.
    NoList,
    /// Allowed by this entry.
    Allowed(Entry<'a>),
    /// Refused by this entry.
    Denied(Entry<'a>),
    /// Refused: there is an allow list, and no entry covers it.
    NotListed,
}

impl Verdict<'_> {
    /// Whether it is allowed.
    pub const fn is_allowed(&self) -> bool {
        matches!(self, Self::NoList | Self::Allowed(_))
    }
}

/// One entry of a permission list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its place in the list, counted from 0. Of equal entries the first one counts.
    pub index: usize,
    /// The subject.
    pub subject: &'a [u8],
    /// The queue group, for entries of the form `subject queue`.
    pub queue: Option<&'a [u8]>,
}

impl std::fmt::Display for Entry<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.subject))?;
        match self.queue {
            Some(queue) => write!(f, " {}", String::from_utf8_lossy(queue)),
            None => Ok(()),
        }
    }
}

/// Compiled permissions of one user.
///
/// ```
/// use accounts::{PermissionSet, Permissions, SubjectRules};
/// let rules = SubjectRules {
///     allow: Some(vec!["orders.>".into()]),
///     deny: Some(vec!["orders.secret".into()]),
/// };
/// let set = PermissionSet { subscribe: rules, ..PermissionSet::default() };
/// let permissions = Permissions::compile(&set).unwrap();
/// assert!(permissions.may_subscribe(b"orders.*", None));
/// assert!(permissions.needs_delivery_check(b"orders.*", None));
/// assert!(!permissions.may_deliver(b"orders.secret", None));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions {
    publish_allow: Option<Rules>,
    publish_deny: Rules,
    subscribe_allow: Option<Rules>,
    subscribe_deny: Rules,
    responses: Option<ResponsePermission>,
}

impl Permissions {
    /// Everything is allowed.
    pub fn unrestricted() -> Self {
        Self::default()
    }

    /// Compiles the lists of a claim. With leave to respond and no publish allow list, nothing
    /// but responses may be published.
    pub fn compile(set: &PermissionSet) -> Result<Self, PermissionsError> {
        let publish = &set.publish;
        for entry in publish.allow.iter().chain(&publish.deny).flatten() {
            if entry.contains(char::is_whitespace) {
                return Err(PermissionsError::QueueInPublish(entry.clone()));
            }
        }
        let responses = set.responses.map(response_permission);
        let (mut publish_allow, publish_deny) = compile_rules(publish)?;
        if responses.is_some() && publish_allow.is_none() {
            publish_allow = Some(Rules::default());
        }
        let (subscribe_allow, subscribe_deny) = compile_rules(&set.subscribe)?;
        Ok(Self {
            publish_allow,
            publish_deny,
            subscribe_allow,
            subscribe_deny,
            responses,
        })
    }

    /// Whether nothing is restricted, so that checks can be skipped.
    pub fn is_unrestricted(&self) -> bool {
        self.publish_allow.is_none()
            && self.subscribe_allow.is_none()
            && self.publish_deny.is_empty()
            && self.subscribe_deny.is_empty()
    }

    /// Whether a message may be published on `subject`. Does not allocate.
    pub fn may_publish(&self, subject: &[u8]) -> bool {
        self.publish_verdict(subject).is_allowed()
    }

    /// Whether a subscription may be made. Deliveries may still have to be checked, see
    /// [`Permissions::needs_delivery_check`].
    pub fn may_subscribe(&self, subject: &[u8], queue: Option<&[u8]>) -> bool {
        self.subscribe_verdict(subject, queue).is_allowed()
    }

    /// Whether a deny covers a part of this subscription, so that each delivery to it must pass
    /// [`Permissions::may_deliver`].
    pub fn needs_delivery_check(&self, subject: &[u8], queue: Option<&[u8]>) -> bool {
        self.subscribe_deny.overlaps(subject, queue)
    }

    /// Whether a message on the literal subject may reach a subscription in `queue`; looks at
    /// denials only.
    pub fn may_deliver(&self, literal: &[u8], queue: Option<&[u8]>) -> bool {
        let deny = &self.subscribe_deny;
        deny.plain.covering_literal(literal).is_none()
            && !deny
                .queues
                .iter()
                .any(|rule| rule.names(queue) && subject::matches(&rule.subject, literal))
    }

    /// Leave to answer requests, if any. It counts only where [`Permissions::may_publish`] says no.
    pub fn responses(&self) -> Option<ResponsePermission> {
        self.responses
    }

    /// The entries of the deny list that take a part out of an allowed subscription: what
    /// [`Permissions::needs_delivery_check`] is about.
    pub fn filters(&self, subject: &[u8], queue: Option<&[u8]>) -> Vec<Entry<'_>> {
        self.subscribe_deny.overlapping(subject, queue)
    }

    /// The lists as claims have them, without what stood there twice.
    pub fn lists(&self) -> PermissionSet {
        let texts = |rules: &Rules| {
            let entries = rules.entries();
            entries.iter().map(Entry::to_string).collect::<Vec<_>>()
        };
        let rules = |allow: &Option<Rules>, deny: &Rules| SubjectRules {
            allow: allow.as_ref().map(texts),
            deny: Some(texts(deny)).filter(|list| !list.is_empty()),
        };
        PermissionSet {
            publish: rules(&self.publish_allow, &self.publish_deny),
            subscribe: rules(&self.subscribe_allow, &self.subscribe_deny),
            responses: self.responses.map(|granted| ResponseClaim {
                max: granted.max,
                ttl: granted.ttl_ns,
            }),
        }
    }

    /// [`Permissions::may_publish`] with what decided.
    pub fn publish_verdict(&self, subject: &[u8]) -> Verdict<'_> {
        if let Some(entry) = self.publish_deny.plain.covering_literal(subject) {
            return Verdict::Denied(entry);
        }
        match &self.publish_allow {
            None => Verdict::NoList,
            Some(allow) => match allow.plain.covering_literal(subject) {
                Some(entry) => Verdict::Allowed(entry),
                None => Verdict::NotListed,
            },
        }
    }

    /// [`Permissions::may_subscribe`] with what decided.
    pub fn subscribe_verdict(&self, subject: &[u8], queue: Option<&[u8]>) -> Verdict<'_> {
        let deny = &self.subscribe_deny;
        if let Some(entry) = deny.plain.covering_pattern(subject) {
            return Verdict::Denied(entry);
        }
        if let Some(rule) = deny.queues_over(subject).find(|rule| rule.names(queue)) {
            return Verdict::Denied(rule.entry());
        }
        let Some(allow) = &self.subscribe_allow else {
            return Verdict::NoList;
        };
        // Where queue rules speak about this subject, a queue must be one of theirs.
        if queue.is_some() {
            let mut restricted = false;
            for rule in allow.queues_over(subject) {
                if rule.names(queue) {
                    return Verdict::Allowed(rule.entry());
                }
                restricted = true;
            }
            if restricted {
                return Verdict::NotListed;
            }
        }
        match allow.plain.covering_pattern(subject) {
            Some(entry) => Verdict::Allowed(entry),
            None => Verdict::NotListed,
        }
    }
}

/// One list: plain subjects, and subjects that are bound to a queue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Rules {
    plain: Patterns,
    queues: Vec<QueueRule>,
}

impl Rules {
    fn compile(entries: &[String]) -> Result<Self, PermissionsError> {
        let mut rules = Self::default();
        for (index, entry) in entries.iter().enumerate() {
            let invalid = || PermissionsError::InvalidSubject(entry.clone());
            let mut words = entry.split_ascii_whitespace();
            let (Some(subject), queue, None) = (words.next(), words.next(), words.next()) else {
                return Err(invalid());
            };
            let valid = |text: &str| subject::is_valid(text.as_bytes());
            if !valid(subject) || !queue.is_none_or(valid) {
                return Err(invalid());
            }
            match queue {
                None => rules.plain.insert(subject.as_bytes(), index),
                Some(queue) => rules.queues.push(QueueRule {
                    subject: subject.as_bytes().into(),
                    queue: queue.as_bytes().into(),
                    index,
                }),
            }
        }
        if rules.plain.wildcards.len() + rules.queues.len() > SLOW_RULES_MAX {
            return Err(PermissionsError::TooManyRules);
        }
        Ok(rules)
    }

    fn is_empty(&self) -> bool {
        self.plain.is_empty() && self.queues.is_empty()
    }

    fn queues_over<'a>(&'a self, subject: &[u8]) -> impl Iterator<Item = &'a QueueRule> {
        self.queues
            .iter()
            .filter(move |rule| subject::is_subset(subject, &rule.subject))
    }

    fn overlaps(&self, subject: &[u8], queue: Option<&[u8]>) -> bool {
        self.plain
            .entries()
            .any(|entry| subject::overlaps(subject, entry.subject))
            || self
                .queues
                .iter()
                .any(|rule| rule.names(queue) && subject::overlaps(subject, &rule.subject))
    }

    fn overlapping(&self, subject: &[u8], queue: Option<&[u8]>) -> Vec<Entry<'_>> {
        let queues = self.queues.iter().filter(|rule| rule.names(queue));
        let entries = self.plain.entries().chain(queues.map(QueueRule::entry));
        in_order(entries.filter(|entry| subject::overlaps(subject, entry.subject)))
    }

    fn entries(&self) -> Vec<Entry<'_>> {
        let queues = self.queues.iter().map(QueueRule::entry);
        in_order(self.plain.entries().chain(queues))
    }
}

fn in_order<'a>(entries: impl Iterator<Item = Entry<'a>>) -> Vec<Entry<'a>> {
    let mut entries: Vec<_> = entries.collect();
    entries.sort_by_key(|entry| entry.index);
    entries
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct QueueRule {
    subject: Box<[u8]>,
    queue: Box<[u8]>,
    index: usize,
}

impl QueueRule {
    fn entry(&self) -> Entry<'_> {
        Entry {
            index: self.index,
            subject: &self.subject,
            queue: Some(&self.queue),
        }
    }

    fn names(&self, queue: Option<&[u8]>) -> bool {
        queue.is_some_and(|queue| subject::matches(&self.queue, queue))
    }
}

/// A set of patterns, each with its place in the list: those without wildcards are found by hash.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Patterns {
    literals: HashMap<Box<[u8]>, usize>,
    wildcards: Vec<(Box<[u8]>, usize)>,
}

impl Patterns {
    fn insert(&mut self, pattern: &[u8], index: usize) {
        if subject::is_literal(pattern) {
            self.literals.entry(pattern.into()).or_insert(index);
        } else if !self.wildcards.iter().any(|(known, _)| **known == *pattern) {
            self.wildcards.push((pattern.into(), index));
        }
    }

    fn is_empty(&self) -> bool {
        self.literals.is_empty() && self.wildcards.is_empty()
    }

    fn literal(&self, subject: &[u8]) -> Option<Entry<'_>> {
        // Hashing is saved for the many lists that hold wildcards only.
        if self.literals.is_empty() {
            return None;
        }
        let (subject, index) = self.literals.get_key_value(subject)?;
        Some(plain_entry(subject, *index))
    }

    fn covering_literal(&self, literal: &[u8]) -> Option<Entry<'_>> {
        self.covering(literal, |rule| subject::matches(rule, literal))
    }

    fn covering_pattern(&self, pattern: &[u8]) -> Option<Entry<'_>> {
        self.covering(pattern, |rule| subject::is_subset(pattern, rule))
    }

    fn covering(&self, subject: &[u8], covers: impl Fn(&[u8]) -> bool) -> Option<Entry<'_>> {
        self.literal(subject).or_else(|| {
            let (rule, index) = self.wildcards.iter().find(|(rule, _)| covers(rule))?;
            Some(plain_entry(rule, *index))
        })
    }

    /// All entries, in no order.
    fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let literals = self.literals.iter().map(|(rule, index)| (rule, *index));
        let wildcards = self.wildcards.iter().map(|(rule, index)| (rule, *index));
        literals
            .chain(wildcards)
            .map(|(rule, index)| plain_entry(rule, index))
    }
}

fn plain_entry(subject: &[u8], index: usize) -> Entry<'_> {
    Entry {
        index,
        subject,
        queue: None,
    }
}

fn compile_rules(rules: &SubjectRules) -> Result<(Option<Rules>, Rules), PermissionsError> {
    let allow = rules.allow.as_deref().map(Rules::compile).transpose()?;
    let deny = rules.deny.as_deref().map(Rules::compile).transpose()?;
    Ok((allow, deny.unwrap_or_default()))
}

fn response_permission(claim: ResponseClaim) -> ResponsePermission {
    ResponsePermission {
        max: match claim.max {
            0 => RESPONSES_MAX_DEFAULT,
            max => max.max(-1),
        },
        ttl_ns: match claim.ttl {
            0 => RESPONSES_TTL_NS_DEFAULT,
            ttl => ttl,
        },
    }
}

#[cfg(test)]
mod tests;
