//! Which issues block a token, and which claims have none.

use serde_json::{Value, json};

use super::*;
use crate::claims::account::AccountLimits;
use crate::testing::{account, user};

/// The first blocking issue of account claims with these fields, if any. Without limits of their
/// own they are unlimited.
fn blocked(nats: &Value) -> Option<String> {
    let mut nats = nats.clone();
    let unlimited = serde_json::to_value(AccountLimits::unlimited()).unwrap();
    nats.as_object_mut()
        .unwrap()
        .entry("limits")
        .or_insert(unlimited);
    let body: AccountBody = serde_json::from_value(nats).unwrap();
    body.validate()
        .into_iter()
        .find(|issue| issue.blocking)
        .map(|issue| issue.text)
}

fn check(bad: &[Value], good: &[Value]) {
    for nats in bad {
        assert!(blocked(nats).is_some(), "{nats}");
    }
    for nats in good {
        assert_eq!(blocked(nats), None, "{nats}");
    }
}

/// `base` with the fields of `change`.
fn with(mut base: Value, change: &Value) -> Value {
    base.as_object_mut()
        .unwrap()
        .extend(change.as_object().unwrap().clone());
    base
}

fn export(change: Value) -> Value {
    json!({"exports": [with(json!({"subject": "a.*", "type": "service"}), &change)]})
}

fn exports(list: &[(&str, &str)]) -> Value {
    let one = |(subject, kind): &(&str, &str)| json!({"subject": subject, "type": kind});
    json!({"exports": list.iter().map(one).collect::<Vec<_>>()})
}

/// A mapping of `a` to destinations of these weights, each in its cluster.
fn weights(list: &[(u8, &str)]) -> Value {
    let one = |(weight, cluster): &(u8, &str)| {
        let destination = json!({"subject": "b", "weight": weight});
        with(destination, &json!({"cluster": cluster}))
    };
    json!({"mappings": {"a": list.iter().map(one).collect::<Vec<_>>()}})
}

fn importing(changes: &[Value]) -> Value {
    let base = json!({"subject": "a", "type": "service", "account": account(2).public()});
    let imports: Vec<Value> = changes
        .iter()
        .map(|change| with(base.clone(), change))
        .collect();
    json!({"imports": imports})
}

fn scope(template: Value) -> Value {
    let key = account(3).public();
    json!({"signing_keys": [{"kind": "user_scope", "key": key, "template": template}]})
}

#[test]
fn exports_must_be_usable() {
    check(
        &[
            export(json!({"subject": ""})),
            export(json!({"subject": "a b"})),
            export(json!({"account_token_position": 1})),
            export(json!({"account_token_position": 9})),
            export(json!({"response_type": "Many"})),
            export(json!({"response_threshold": -1})),
            export(json!({"type": "stream", "response_threshold": 1})),
            export(json!({"type": "stream", "response_type": "Singleton"})),
            export(json!({"type": "stream", "allow_trace": true})),
            export(json!({"type": "stream", "service_latency": {"sampling": 1, "results": "r"}})),
            export(json!({"service_latency": {"sampling": 101, "results": "r"}})),
            export(json!({"service_latency": {"sampling": "other", "results": "r"}})),
            export(json!({"service_latency": {"sampling": "headers", "results": "r.*"}})),
            exports(&[("a.>", "stream"), ("a.b", "stream")]),
            json!({"exports": [{"subject": "a.*", "type": "stream"}], "limits": {"exports": -1}}),
        ],
        &[
            export(json!({"account_token_position": 2})),
            export(json!({"service_latency": {"sampling": "headers", "results": "r"}})),
            exports(&[("a", "stream"), ("a", "service")]),
            exports(&[("a.*", "stream"), ("*.b", "stream")]),
        ],
    );
}

#[test]
fn imports_must_be_usable() {
    check(
        &[
            importing(&[json!({"subject": "a..b"})]),
            importing(&[json!({"account": user(1).public()})]),
            importing(&[json!({"to": "x", "local_subject": "y"})]),
            importing(&[json!({"type": "stream", "share": true})]),
            importing(&[json!({"allow_trace": true})]),
            importing(&[json!({"token": "https://example.com"})]),
            importing(&[json!({}), json!({"subject": "b", "local_subject": "a"})]),
        ],
        &[
            importing(&[json!({}), json!({"account": account(3).public()})]),
            importing(&[json!({"type": "stream"}), json!({"type": "stream"})]),
        ],
    );
}

#[test]
fn shares_are_counted() {
    let limited = |exports: i64, imports: i64| {
        json!({
            "limits": {"exports": exports, "imports": imports, "wildcards": true},
            "exports": [{"subject": "a.*", "type": "stream"}],
            "imports": [{"subject": "a", "type": "stream", "account": account(2).public()}],
        })
    };
    check(
        &[limited(0, 1), limited(1, 0)],
        &[limited(1, 1), limited(-1, -1)],
    );
}

#[test]
fn keys_and_roles_must_be_usable() {
    check(
        &[
            json!({"signing_keys": [user(1).public()]}),
            scope(json!({"src": ["10.0.0.0"]})),
            scope(json!({"times": [{"start": "25:00:00", "end": "01:00:00"}]})),
            scope(json!({"pub": {"allow": ["a q"]}})),
        ],
        &[scope(
            json!({"pub": {"allow": ["a.{{ name() }}"]}, "sub": {"allow": ["a q"]}}),
        )],
    );
}

#[test]
fn the_rest_must_be_usable() {
    let exporter = account(2).public();
    let callout = |change: Value| {
        let users = json!({"auth_users": [user(1).public()]});
        json!({"authorization": with(users, &change)})
    };
    check(
        &[
            json!({"limits": {"mem_storage": 1, "tiered_limits": {"R1": {"mem_storage": 1}}}}),
            json!({"limits": {"tiered_limits": {"R0": {"mem_storage": 1}}}}),
            json!({"default_permissions": {"pub": {"allow": ["a q"]}}}),
            json!({"mappings": {"a..b": []}}),
            weights(&[(60, ""), (50, "")]),
            weights(&[(0, ""), (1, "")]),
            json!({"authorization": {"allowed_accounts": ["*"]}}),
            callout(json!({"allowed_accounts": ["*", exporter]})),
            json!({"authorization": {"auth_users": [exporter]}}),
            callout(json!({"xkey": exporter})),
            json!({"trace": {"dest": "a.*"}}),
            json!({"trace": {"dest": "a", "sampling": 101}}),
            json!({"cluster_traffic": "mine"}),
        ],
        &[
            weights(&[(60, ""), (50, "x")]),
            callout(json!({"allowed_accounts": ["*"]})),
            json!({"revocations": {"nonsense": 5, "*": 6}}),
        ],
    );
}

#[test]
fn a_revocation_that_revokes_nobody_is_a_warning() {
    let body: AccountBody =
        serde_json::from_value(json!({"revocations": {"nonsense": 5, "*": 6}})).unwrap();
    let issues = body.validate();
    assert_eq!(issues.len(), 1);
    assert!(!issues[0].blocking && issues[0].text.contains("nonsense"));
}
