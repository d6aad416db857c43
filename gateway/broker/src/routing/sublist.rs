//! The subscriptions of one account, indexed by subject token: insert, remove, match.
//!
//! A trie with one level per token and separate slots for `*` and `>`. It knows nothing about
//! connections: entries are anything that is [`Entry`]. The owner wraps it in a lock and bumps a
//! generation on each change.

use std::sync::Arc;

use crate::hash::SubjectMap;

use super::sub::Sub;

/// One level of the trie.
#[derive(Debug, Default)]
struct Node {
    literal: SubjectMap<Node>,
    star: Option<Box<Node>>,
    rest: Option<Box<Node>>,
    plain: Vec<Arc<Sub>>,
    queues: Vec<Group>,
}

/// The members of one queue group on one subject.
#[derive(Debug)]
struct Group {
    key: GroupKey,
    members: Vec<Arc<Sub>>,
}

/// What makes two queue subscriptions one group: the name, and the account that the members belong
/// to, so that tenants who share a stream do not take each other's messages.
#[derive(Debug, Clone, PartialEq, Eq)]
struct GroupKey {
    name: Box<[u8]>,
    home: usize,
}

impl GroupKey {
    fn of(sub: &Sub) -> Option<Self> {
        sub.queue.as_ref().map(|name| Self {
            name: name.clone(),
            home: sub.home(),
        })
    }
}

/// Everything that one subject reaches: each plain subscription, and one member of each group.
#[derive(Debug, Default)]
pub(crate) struct Matched {
    pub(crate) plain: Vec<Arc<Sub>>,
    pub(crate) groups: Vec<Vec<Arc<Sub>>>,
    keys: Vec<GroupKey>,
}

impl Matched {
    pub(crate) fn is_empty(&self) -> bool {
        self.plain.is_empty() && self.groups.is_empty()
    }

    /// Keeps what is `wanted`, of groups the members that are.
    pub(crate) fn retain(&mut self, wanted: impl Fn(&Sub) -> bool) {
        self.plain.retain(|sub| wanted(sub));
        for members in &mut self.groups {
            members.retain(|sub| wanted(sub));
        }
        self.groups.retain(|members| !members.is_empty());
        self.keys.clear();
    }

    fn add(&mut self, node: &Node) {
        self.plain.extend(node.plain.iter().map(Arc::clone));
        for group in &node.queues {
            let members = group.members.iter().map(Arc::clone);
            match self.keys.iter().position(|key| *key == group.key) {
                Some(at) => self.groups[at].extend(members),
                None => {
                    self.keys.push(group.key.clone());
                    self.groups.push(members.collect());
                }
            }
        }
    }
}

/// The subscriptions of one account.
#[derive(Debug, Default)]
pub(crate) struct Sublist {
    root: Node,
    len: usize,
    /// Subscriptions that were ever added.
    inserts: u64,
}

impl Sublist {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn inserts(&self) -> u64 {
        self.inserts
    }

    /// Adds a subscription. Its subject must be valid: the caller has refused others.
    pub(crate) fn insert(&mut self, sub: Arc<Sub>) {
        let mut node = &mut self.root;
        for token in sub.subject.split(|byte| *byte == b'.') {
            node = match token {
                b"*" => node.star.get_or_insert_with(Box::default),
                b">" => node.rest.get_or_insert_with(Box::default),
                _ => {
                    if !node.literal.contains_key(token) {
                        node.literal.insert(token.into(), Node::default());
                    }
                    node.literal.get_mut(token).expect("inserted just above")
                }
            };
        }
        let members = match GroupKey::of(&sub) {
            None => &mut node.plain,
            Some(key) => {
                let at = node.queues.iter().position(|group| group.key == key);
                let at = at.unwrap_or_else(|| {
                    node.queues.push(Group {
                        key,
                        members: Vec::new(),
                    });
                    node.queues.len() - 1
                });
                &mut node.queues[at].members
            }
        };
        sub.slot.set(members.len());
        members.push(sub);
        self.len += 1;
        self.inserts += 1;
    }

    /// Takes a subscription out, and with it the levels that only it needed. `false` when it was
    /// not there.
    pub(crate) fn remove(&mut self, sub: &Sub) -> bool {
        let removed = self.root.remove(Some(&sub.subject), sub);
        self.len -= usize::from(removed);
        removed
    }

    /// Everything, in no order.
    pub(crate) fn all(&self) -> Vec<Arc<Sub>> {
        let mut all = Vec::with_capacity(self.len);
        self.root.append_all(&mut all);
        all
    }

    /// All that a literal subject reaches. A subject with an empty token reaches nothing.
    pub(crate) fn matches(&self, subject: &[u8]) -> Matched {
        let mut found = Matched::default();
        if !has_empty_token(subject) {
            self.root.collect(Some(subject), &mut found);
        }
        found
    }

    /// Whether a literal subject reaches anything.
    pub(crate) fn has_interest(&self, subject: &[u8]) -> bool {
        !has_empty_token(subject) && self.root.has_interest(Some(subject))
    }
}

impl Node {
    /// Whether anything is found below for what follows of the subject; `None` at its end.
    fn has_interest(&self, rest: Option<&[u8]>) -> bool {
        let Some(rest) = rest else {
            return !(self.plain.is_empty() && self.queues.is_empty());
        };
        let (token, rest) = split_token(rest);
        let below = |node: &Self| node.has_interest(rest);
        self.rest.is_some()
            || self.star.as_deref().is_some_and(below)
            || self.literal.get(token).is_some_and(below)
    }

    /// `rest` is what follows of the subject; `None` at its end.
    fn collect(&self, rest: Option<&[u8]>, found: &mut Matched) {
        let Some(rest) = rest else {
            found.add(self);
            return;
        };
        if let Some(node) = &self.rest {
            found.add(node);
        }
        let (token, rest) = split_token(rest);
        if let Some(node) = &self.star {
            node.collect(rest, found);
        }
        if let Some(node) = self.literal.get(token) {
            node.collect(rest, found);
        }
    }

    fn append_all(&self, all: &mut Vec<Arc<Sub>>) {
        let members = self.queues.iter().flat_map(|group| &group.members);
        all.extend(self.plain.iter().chain(members).map(Arc::clone));
        let wild = self.star.iter().chain(&self.rest);
        for node in self.literal.values().chain(wild.map(|node| &**node)) {
            node.append_all(all);
        }
    }

    /// `rest` is what follows of the subject; `None` at its end.
    fn remove(&mut self, rest: Option<&[u8]>, sub: &Sub) -> bool {
        let Some(rest) = rest else {
            return self.remove_here(sub);
        };
        let (token, rest) = split_token(rest);
        match token {
            b"*" => remove_below(&mut self.star, rest, sub),
            b">" => remove_below(&mut self.rest, rest, sub),
            _ => {
                let Some(node) = self.literal.get_mut(token) else {
                    return false;
                };
                let removed = node.remove(rest, sub);
                if node.is_empty() {
                    self.literal.remove(token);
                    if self.literal.is_empty() {
                        self.literal = SubjectMap::default();
                    }
                }
                removed
            }
        }
    }

    fn remove_here(&mut self, sub: &Sub) -> bool {
        let Some(key) = GroupKey::of(sub) else {
            return take(&mut self.plain, sub);
        };
        let Some(at) = self.queues.iter().position(|group| group.key == key) else {
            return false;
        };
        let removed = take(&mut self.queues[at].members, sub);
        if self.queues[at].members.is_empty() {
            self.queues.swap_remove(at);
        }
        removed
    }

    fn is_empty(&self) -> bool {
        self.plain.is_empty()
            && self.queues.is_empty()
            && self.literal.is_empty()
            && self.star.is_none()
            && self.rest.is_none()
    }
}

fn remove_below(slot: &mut Option<Box<Node>>, rest: Option<&[u8]>, sub: &Sub) -> bool {
    let Some(node) = slot else { return false };
    let removed = node.remove(rest, sub);
    if node.is_empty() {
        *slot = None;
    }
    removed
}

/// The first token, and what follows it; `None` after the last one.
fn split_token(subject: &[u8]) -> (&[u8], Option<&[u8]>) {
    match subject.iter().position(|byte| *byte == b'.') {
        Some(dot) => (&subject[..dot], Some(&subject[dot + 1..])),
        None => (subject, None),
    }
}

/// Removes `sub` by the place it remembers; the last one moves there and remembers that.
fn take(members: &mut Vec<Arc<Sub>>, sub: &Sub) -> bool {
    let at = sub.slot.get();
    if !members
        .get(at)
        .is_some_and(|found| std::ptr::eq(Arc::as_ptr(found), sub))
    {
        return false;
    }
    members.swap_remove(at);
    if let Some(moved) = members.get(at) {
        moved.slot.set(at);
    }
    if members.is_empty() {
        *members = Vec::new();
    }
    true
}

fn has_empty_token(subject: &[u8]) -> bool {
    subject.is_empty()
        || subject[0] == b'.'
        || subject[subject.len() - 1] == b'.'
        || subject.windows(2).any(|pair| pair == b"..")
}

#[cfg(test)]
mod tests;
