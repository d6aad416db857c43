//! Examples for each rule, and the algebra against its definition.

use proptest::prelude::*;

use super::*;
use crate::subject::tests::{literals, naive_match, pattern};

fn rules(allow: Option<&[&str]>, deny: Option<&[&str]>) -> SubjectRules {
    let list = |entries: &[&str]| entries.iter().map(|entry| (*entry).to_owned()).collect();
    SubjectRules {
        allow: allow.map(list),
        deny: deny.map(list),
    }
}

fn publish(allow: Option<&[&str]>, deny: Option<&[&str]>) -> Permissions {
    let set = PermissionSet {
        publish: rules(allow, deny),
        ..PermissionSet::default()
    };
    Permissions::compile(&set).unwrap()
}

fn subscribe(allow: Option<&[&str]>, deny: Option<&[&str]>) -> Permissions {
    let set = PermissionSet {
        subscribe: rules(allow, deny),
        ..PermissionSet::default()
    };
    Permissions::compile(&set).unwrap()
}

#[test]
fn nothing_said_allows_everything() {
    let all = Permissions::compile(&PermissionSet::default()).unwrap();
    assert_eq!(all, Permissions::unrestricted());
    assert!(all.is_unrestricted());
    assert!(all.may_publish(b"a.b") && all.may_subscribe(b">", Some(b"q")));
    assert!(!all.needs_delivery_check(b">", None));
    assert_eq!(all.responses(), None);
}

#[test]
fn an_empty_allow_list_allows_nothing() {
    assert!(!publish(Some(&[]), None).may_publish(b"a"));
    assert!(!subscribe(Some(&[]), None).may_subscribe(b"a", None));
    assert!(!subscribe(Some(&[]), None).may_subscribe(b"a", Some(b"q")));
}

#[test]
fn deny_beats_allow() {
    let permissions = publish(Some(&["foo.>", "foo.secret"]), Some(&["foo.secret", "*.x"]));
    assert!(permissions.may_publish(b"foo.open"));
    assert!(!permissions.may_publish(b"foo.secret"));
    assert!(!permissions.may_publish(b"foo.x"));
    assert!(!permissions.may_publish(b"bar"));
    // Published wildcards are text, which only wildcards cover.
    assert!(permissions.may_publish(b"foo.*"));
    assert!(!publish(Some(&["foo.a"]), None).may_publish(b"foo.*"));
    assert!(!permissions.may_publish(b"foo..a"));
}

#[test]
fn a_subscription_must_lie_within_one_entry() {
    let permissions = subscribe(Some(&["foo.*", "bar"]), None);
    assert!(permissions.may_subscribe(b"foo.*", None));
    assert!(permissions.may_subscribe(b"foo.a", Some(b"q")));
    assert!(permissions.may_subscribe(b"bar", None));
    for refused in [&b"foo.>"[..], b">", b"*", b"foo", b"bar.*"] {
        assert!(!permissions.may_subscribe(refused, None));
    }
}

/// Denials that only overlap a subscription are caught at delivery, for plain and queue
/// subscriptions alike.
#[test]
fn overlapping_denials_filter_deliveries() {
    for (allow, deny, subject) in [
        ("foo.>", "foo.secret", "foo.>"),
        ("foo.>", "foo.secret", "foo.*"),
        ("foo.*", "*.secret", "foo.*"),
        (">", "foo.secret", ">"),
    ] {
        let permissions = subscribe(Some(&[allow]), Some(&[deny]));
        for queue in [None, Some(&b"q"[..])] {
            assert!(permissions.may_subscribe(subject.as_bytes(), queue));
            assert!(permissions.needs_delivery_check(subject.as_bytes(), queue));
            assert!(!permissions.may_deliver(b"foo.secret", queue));
            assert!(permissions.may_deliver(b"foo.open", queue));
        }
        assert!(!permissions.may_subscribe(b"foo.secret", None));
        assert!(!permissions.may_subscribe(b"foo.secret", Some(b"q")));
    }
    let permissions = subscribe(None, Some(&["foo.secret"]));
    assert!(!permissions.needs_delivery_check(b"bar.*", None));
}

#[test]
fn allowed_queues_restrict_queue_subscriptions() {
    let only_queue = subscribe(Some(&["foo q"]), None);
    assert!(!only_queue.may_subscribe(b"foo", None));
    assert!(only_queue.may_subscribe(b"foo", Some(b"q")));
    assert!(!only_queue.may_subscribe(b"foo", Some(b"other")));
    let plain = subscribe(Some(&["foo"]), None);
    assert!(plain.may_subscribe(b"foo", None) && plain.may_subscribe(b"foo", Some(b"any")));
    let both = subscribe(Some(&["foo", "foo v1.*"]), None);
    assert!(both.may_subscribe(b"foo", None));
    assert!(both.may_subscribe(b"foo", Some(b"v1.prod")));
    assert!(!both.may_subscribe(b"foo", Some(b"v2.prod")));
}

#[test]
fn denied_queues_leave_others_alone() {
    let permissions = subscribe(None, Some(&["bar q", "baz.* q.>"]));
    assert!(permissions.may_subscribe(b"bar", None));
    assert!(permissions.may_subscribe(b"bar", Some(b"other")));
    assert!(!permissions.may_subscribe(b"bar", Some(b"q")));
    assert!(permissions.needs_delivery_check(b">", Some(b"q")));
    assert!(!permissions.needs_delivery_check(b"bar", None));
    assert!(!permissions.may_deliver(b"baz.1", Some(b"q.a")));
    assert!(permissions.may_deliver(b"baz.1", Some(b"r")));
    assert!(permissions.may_deliver(b"baz.1", None));
    // A plain denial is not lifted by a queue denial of the same subject.
    let permissions = subscribe(None, Some(&["bar", "bar q"]));
    for queue in [None, Some(&b"q"[..]), Some(b"other")] {
        assert!(!permissions.may_subscribe(b"bar", queue));
        assert!(!permissions.may_deliver(b"bar", queue));
    }
}

#[test]
fn leave_to_respond_closes_the_publish_list() {
    let compile = |publish: SubjectRules, responses| {
        let set = PermissionSet {
            publish,
            responses: Some(responses),
            ..PermissionSet::default()
        };
        Permissions::compile(&set).unwrap()
    };
    let respond = compile(SubjectRules::default(), ResponseClaim::default());
    assert!(!respond.may_publish(b"_INBOX.x"));
    let expected = ResponsePermission {
        max: 1,
        ttl_ns: 120_000_000_000,
    };
    assert_eq!(respond.responses(), Some(expected));
    let listed = compile(
        rules(Some(&["a"]), None),
        ResponseClaim { max: -9, ttl: -1 },
    );
    assert!(listed.may_publish(b"a"));
    assert_eq!(
        listed.responses(),
        Some(ResponsePermission {
            max: -1,
            ttl_ns: -1
        })
    );
}

#[test]
fn unusable_lists_are_refused() {
    let compile = |publish, subscribe| {
        Permissions::compile(&PermissionSet {
            publish,
            subscribe,
            responses: None,
        })
    };
    let none = SubjectRules::default;
    let queue = compile(rules(Some(&["a q"]), None), none());
    assert_eq!(
        queue,
        Err(PermissionsError::QueueInPublish("a q".to_owned()))
    );
    let queue = compile(rules(None, Some(&["a q"])), none());
    assert_eq!(
        queue,
        Err(PermissionsError::QueueInPublish("a q".to_owned()))
    );
    for bad in ["", " ", "a..b", ">.a", "a q r", "a q..r"] {
        assert!(compile(none(), rules(Some(&[bad]), None)).is_err(), "{bad}");
        assert!(compile(none(), rules(None, Some(&[bad]))).is_err(), "{bad}");
    }
    let many: Vec<String> = (0..=SLOW_RULES_MAX).map(|n| format!("a.{n}.*")).collect();
    let many = SubjectRules {
        allow: Some(many),
        deny: None,
    };
    assert_eq!(compile(many, none()), Err(PermissionsError::TooManyRules));
}

#[test]
fn verdicts_name_their_entry() {
    let permissions = publish(Some(&["bar", "foo.>", "bar"]), Some(&["x", "foo.secret"]));
    let named = |verdict: Verdict<'_>| match verdict {
        Verdict::Allowed(entry) => format!("allow[{}] {entry}", entry.index),
        Verdict::Denied(entry) => format!("deny[{}] {entry}", entry.index),
        Verdict::NoList => "no list".to_owned(),
        Verdict::NotListed => "not listed".to_owned(),
    };
    let rule = |subject: &[u8]| named(permissions.publish_verdict(subject));
    assert_eq!(rule(b"foo.a"), "allow[1] foo.>");
    assert_eq!(rule(b"bar"), "allow[0] bar");
    assert_eq!(rule(b"foo.secret"), "deny[1] foo.secret");
    assert_eq!(rule(b"other"), "not listed");
    let permissions = subscribe(None, Some(&["a.*", "foo q", "foo.b"]));
    let rule = |subject: &[u8], queue| named(permissions.subscribe_verdict(subject, queue));
    assert_eq!(rule(b"foo", Some(&b"q"[..])), "deny[1] foo q");
    assert_eq!(rule(b"foo", None), "no list");
    let filters = |subject: &[u8], queue| {
        let entries = permissions.filters(subject, queue);
        entries.iter().map(Entry::to_string).collect::<Vec<_>>()
    };
    assert_eq!(filters(b">", None), ["a.*", "foo.b"]);
    assert_eq!(filters(b">", Some(&b"q"[..])), ["a.*", "foo q", "foo.b"]);
    assert_eq!(filters(b"b.>", None), [""; 0]);
}

#[test]
fn lists_come_back_as_they_were_said() {
    let set = PermissionSet {
        publish: rules(Some(&["z", "a.*", "z", "b"]), None),
        subscribe: rules(None, Some(&["foo q", "bar"])),
        responses: Some(ResponseClaim { max: 2, ttl: 5 }),
    };
    let lists = Permissions::compile(&set).unwrap().lists();
    assert_eq!(lists.publish, rules(Some(&["z", "a.*", "b"]), None));
    assert_eq!(lists.subscribe, rules(None, Some(&["foo q", "bar"])));
    assert_eq!(lists.responses, set.responses);
}

fn list() -> impl Strategy<Value = Option<Vec<String>>> {
    let entry = pattern().prop_map(|pattern| String::from_utf8(pattern).unwrap());
    prop::option::of(prop::collection::vec(entry, 0..4))
}

proptest! {
    #[test]
    fn the_algebra_is_as_defined(allow in list(), deny in list(), wanted in pattern()) {
        let lists = SubjectRules { allow: allow.clone(), deny: deny.clone() };
        let set = PermissionSet { publish: lists.clone(), subscribe: lists, responses: None };
        let permissions = Permissions::compile(&set).unwrap();
        let covers = |list: &[String], literal: &[u8]| {
            list.iter().any(|rule| naive_match(rule.as_bytes(), literal))
        };
        let denied = |literal: &[u8]| deny.as_deref().is_some_and(|deny| covers(deny, literal));
        let listed = |literal: &[u8]| allow.as_deref().is_none_or(|allow| covers(allow, literal));
        let subscribed = permissions.may_subscribe(&wanted, None);
        let checked = permissions.needs_delivery_check(&wanted, None);
        for literal in literals() {
            let may = listed(&literal) && !denied(&literal);
            prop_assert_eq!(permissions.may_publish(&literal), may);
            prop_assert_eq!(permissions.publish_verdict(&literal).is_allowed(), may);
            prop_assert_eq!(permissions.may_subscribe(&literal, None), may);
            prop_assert_eq!(permissions.may_deliver(&literal, None), !denied(&literal));
            // A subscription never brings what is not allowed.
            if subscribed && naive_match(&wanted, &literal) {
                prop_assert!(listed(&literal));
                prop_assert!(checked || !denied(&literal));
            }
        }
    }
}
