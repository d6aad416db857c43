//! The trie against the naive way, and its groups.

use std::sync::{Arc, Weak};

use accounts::subject;
use proptest::prelude::*;

use super::Sublist;
use crate::{
    account::Account,
    routing::sub::{ServiceId, ServiceImport, Sub, Target, Terms},
};

fn entry(subject: &str, queue: Option<&str>, home: &Weak<Account>) -> Arc<Sub> {
    let terms = Terms {
        service: ServiceId {
            exporter: 0,
            subject: Arc::from(*b">"),
        },
        single: true,
        threshold: std::time::Duration::ZERO,
        active: Arc::default(),
    };
    let import = ServiceImport {
        importer: Weak::clone(home),
        exporter: Weak::new(),
        to_remote: accounts::transform::Transform::new(b">", b">").expect("identity"),
        share: false,
        to_system: false,
        allow_trace: false,
        terms,
        latency: None,
    };
    Sub::new(
        subject.as_bytes(),
        queue.map(str::as_bytes),
        Target::Service(import),
    )
}

fn plain(subject: &str) -> Arc<Sub> {
    entry(subject, None, &Weak::new())
}

#[test]
fn wildcards_and_literals_are_found_once_each() {
    let mut list = Sublist::default();
    for subject in ["a.b", "a.*", "a.>", ">", "*.b", "a.b.c", "b"] {
        list.insert(plain(subject));
    }
    let found = |subject: &str| list.matches(subject.as_bytes()).plain.len();
    assert_eq!(found("a.b"), 5);
    assert_eq!(found("a"), 1);
    assert_eq!(found("b"), 2);
    assert_eq!(found("a.b.c"), 3);
    assert_eq!(found("a..b"), 0);
    assert_eq!(found(""), 0);
    assert_eq!(found(".a"), 0);
    assert_eq!(found("a."), 0);
}

#[test]
fn a_group_gathers_members_of_different_patterns() {
    let mut list = Sublist::default();
    let nobody = Weak::new();
    list.insert(entry("jobs.*", Some("q"), &nobody));
    list.insert(entry("jobs.1", Some("q"), &nobody));
    list.insert(entry("jobs.1", Some("other"), &nobody));
    let found = list.matches(b"jobs.1");
    let mut sizes: Vec<_> = found.groups.iter().map(Vec::len).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 2]);
}

#[test]
fn tenants_that_share_a_queue_name_are_two_groups() {
    let mut list = Sublist::default();
    let (one, two) = (Account::new("one", None), Account::new("two", None));
    list.insert(entry("jobs", Some("workers"), &Arc::downgrade(&one)));
    list.insert(entry("jobs", Some("workers"), &Arc::downgrade(&two)));
    assert_eq!(list.matches(b"jobs").groups.len(), 2);
}

#[test]
fn removal_leaves_nothing_behind() {
    let mut list = Sublist::default();
    let nobody = Weak::new();
    let subs: Vec<_> = ["a.b", "a.b", "a.b", "a.*.c", "a.>"]
        .into_iter()
        .map(plain)
        .chain([
            entry("a.b", Some("q"), &nobody),
            entry("a.b", Some("q"), &nobody),
        ])
        .collect();
    for sub in &subs {
        list.insert(Arc::clone(sub));
    }
    assert_eq!(list.len(), subs.len());
    // From the middle outwards, so that the remembered places move.
    for sub in subs.iter().skip(1).chain(subs.first()) {
        assert!(list.remove(sub));
        assert!(!list.remove(sub));
    }
    assert_eq!(list.len(), 0);
    assert!(list.root.is_empty());
}

fn tokens(wild: bool) -> impl Strategy<Value = String> {
    let token = if wild { "[ab*]" } else { "[ab]" };
    (proptest::collection::vec(token, 1..4), any::<bool>()).prop_map(move |(tokens, rest)| {
        let mut subject = tokens.join(".");
        if wild && rest {
            subject.push_str(".>");
        }
        subject
    })
}

proptest! {
    /// The trie finds what checking every pattern one by one finds, also after removals.
    #[test]
    fn matches_like_the_naive_way(
        patterns in proptest::collection::vec((tokens(true), any::<bool>()), 0..20),
        literal in tokens(false),
    ) {
        let mut list = Sublist::default();
        let subs: Vec<_> = patterns.iter().map(|(pattern, _)| plain(pattern)).collect();
        for sub in &subs {
            list.insert(Arc::clone(sub));
        }
        for (sub, (_, removed)) in subs.iter().zip(&patterns) {
            prop_assert!(!removed || list.remove(sub));
        }
        let expected = patterns
            .iter()
            .filter(|(pattern, removed)| {
                !removed && subject::matches(pattern.as_bytes(), literal.as_bytes())
            })
            .count();
        prop_assert_eq!(list.matches(literal.as_bytes()).plain.len(), expected);
        prop_assert_eq!(list.has_interest(literal.as_bytes()), expected > 0);
    }
}
