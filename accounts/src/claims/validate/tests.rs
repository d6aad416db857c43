//! Which issues block a token, and which claims have none.

use serde_json::{Value, json};

use super::*;
use crate::claims::account::AccountLimits;
use crate::claims::activation::ActivationBody;
use crate::claims::operator::OperatorBody;
use crate::claims::user::UserBody;
use crate::jwt;
use crate::testing::{NOW, account, key, user};

fn account_with(nats: &Value) -> Claims<AccountBody> {
    let body: AccountBody = serde_json::from_value(nats.clone()).unwrap();
    Claims::new(account(1).public(), "acme", NOW, body)
}

/// The first blocking issue of account claims with these fields, if any. Without limits of their
/// own they are unlimited.
fn blocked(nats: &Value) -> Option<String> {
    let mut nats = nats.clone();
    let unlimited = serde_json::to_value(AccountLimits::unlimited()).unwrap();
    nats.as_object_mut()
        .unwrap()
        .entry("limits")
        .or_insert(unlimited);
    first_blocking(account_with(&nats).validate(None))
}

fn first_blocking(issues: Vec<Issue>) -> Option<String> {
    let blocking = issues.into_iter().find(Issue::is_blocking);
    blocking.map(|issue| issue.text)
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

#[test]
fn quotas_must_be_readable_wherever_they_stand() {
    let role = |quotas: Value| {
        json!({"signing_keys": [{
            "kind": "user_scope", "key": account(9).public(), "role": "r",
            "template": {"tidegate": quotas},
        }]})
    };
    let names = [
        "user_connections",
        "subscriptions",
        "messages_per_second",
        "bytes_per_second",
        "burst_seconds",
    ];
    for name in names {
        for bad in [json!(-2), json!("5"), json!([]), json!(0.5)] {
            let text = blocked(&json!({"tidegate": {name: bad}})).unwrap();
            assert!(text.contains(name), "{text}");
            let text = blocked(&role(json!({name: bad}))).unwrap();
            assert!(text.contains(name) && text.contains("role"), "{text}");
        }
    }
    check(
        &[role(json!([])), role(json!({"subscriptions": 1}))],
        &[
            json!({"tidegate": {"user_connections": 0, "subscriptions": -1}}),
            json!({"tidegate": {"generation": 3, "messages_per_second": 5, "burst_seconds": 2}}),
            json!({"tidegate": {"of_a_later_version": {}}}),
            role(json!({"user_connections": 1, "bytes_per_second": 100})),
        ],
    );
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
            exports(&[("a.b.>", "service"), ("a.*.*", "service")]),
            json!({"exports": [{"subject": "a.*", "type": "stream"}], "limits": {"exports": -1}}),
        ],
        &[
            export(json!({"account_token_position": 2})),
            export(json!({"service_latency": {"sampling": 0, "results": "r"}})),
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
            importing(&[json!({"subject": "b.c.>"}), json!({"subject": "b.*.*"})]),
            importing(&[
                json!({"subject": "x.>", "local_subject": "b.c.>"}),
                json!({"subject": "y.*.*", "local_subject": "b.$2.$1"}),
            ]),
        ],
        &[
            importing(&[json!({"subject": "a.*"}), json!({"subject": "*.b"})]),
            importing(&[json!({"subject": "b.c.>"}), json!({"subject": "b.*"})]),
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
            scope(json!({"times_location": "Europe/Nowhere"})),
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
            json!({"default_permissions": {"sub": {"allow": ["a  q"]}}}),
            json!({"mappings": {"a..b": []}}),
            json!({"mappings": {"a.*": [{"subject": "b.{{partition(3, 1)}}"}]}}),
            json!({"mappings": {"a.*": [{"subject": "b.*"}]}}),
            json!({"mappings": {"a": [{"subject": "_R_.b"}]}}),
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
            json!({"mappings": {"a.*": [{"subject": "b.{{partition(3,1)}}"}]}}),
            callout(json!({"allowed_accounts": ["*"]})),
            json!({"revocations": {"nonsense": 5, "*": 6}}),
        ],
    );
}

#[test]
fn texts_for_people_have_bounds() {
    let long = "x".repeat(8 * 1024 + 1);
    let described = |field: &str, text: &str| [json!({field: text}), export(json!({field: text}))];
    for bad in [
        described("description", &long),
        described("info_url", &format!("https://example.com/{long}")),
        described("info_url", "example.com"),
        described("info_url", "https://"),
        described("info_url", "https:///about"),
        described("info_url", "ht tp://example.com"),
        described("info_url", "https://exa mple.com"),
    ] {
        check(&bad, &[]);
    }
    check(&[], &described("description", &long[1..]));
    check(&[], &described("info_url", "https://example.com/about?x#y"));
}

#[test]
fn services_with_the_older_to_are_told_apart_by_it() {
    let legacy = |subject: &str, to: &str| json!({"subject": subject, "to": to});
    check(
        &[
            importing(&[legacy("a", "x"), legacy("b", "x")]),
            importing(&[legacy("a.*", "x.*"), legacy("b", "x.y")]),
            // As the library has it: the older form's `to` against the newer form's local name.
            importing(&[legacy("a", "x"), json!({"subject": "x"})]),
            importing(&[json!({"subject": "x"}), legacy("a", "x")]),
        ],
        &[
            importing(&[legacy("a", "x"), legacy("b", "y")]),
            importing(&[legacy("a", "x"), legacy("a", "y")]),
            importing(&[
                legacy("b.>", "a.>"),
                json!({"subject": "*.>", "local_subject": "b.*.>"}),
            ]),
        ],
    );
}

#[test]
fn an_activation_must_fit_its_import() {
    let token = |change: &dyn Fn(&mut Claims<ActivationBody>)| {
        let body = ActivationBody {
            subject: "a.>".to_owned(),
            kind: ShareKind::Service,
            issuer_account: None,
            tags: Vec::new(),
            extra: serde_json::Map::new(),
        };
        let mut claims = Claims::new(account(1).public(), "activation", NOW, body);
        change(&mut claims);
        jwt::encode(&claims, &account(2)).unwrap()
    };
    let import = |token: String| importing(&[json!({"subject": "a.b", "token": token})]);
    check(
        &[
            import(token(&|claims| {
                claims.sub = account(3).public().to_string()
            })),
            import(token(&|claims| claims.nats.kind = ShareKind::Stream)),
            import(token(&|claims| claims.nats.subject = "a.c".to_owned())),
            import(token(&|claims| claims.nats.subject = "a..b".to_owned())),
            import(token(&|claims| claims.nats.subject = String::new())),
            import(token(&|claims| {
                claims.nats.issuer_account = Some(user(3).public())
            })),
        ],
        &[
            // Of no use, but no reason to refuse the whole account.
            import(token(&|claims| {
                claims.nats.issuer_account = Some(account(3).public())
            })),
            import(token(&|_| {})),
            import(token(&|claims| {
                claims.nats.issuer_account = Some(account(2).public())
            })),
            // Time is not asked when a token is stored; the import is idle until it is renewed.
            import(token(&|claims| claims.exp = NOW - 1)),
        ],
    );
    let expired = import(token(&|claims| claims.exp = NOW - 1));
    let mut limits = account_with(&expired);
    limits.nats.limits = AccountLimits::unlimited();
    let severities = |now| -> Vec<Severity> {
        let issues = limits.validate(now);
        issues.into_iter().map(|issue| issue.severity).collect()
    };
    assert!(severities(Some(NOW)).contains(&Severity::Time));
    assert!(!severities(None).contains(&Severity::Time));
}

#[test]
fn the_clock_blocks_nothing_that_is_stored() {
    let mut claims = account_with(&json!({}));
    claims.exp = NOW;
    let issues = claims.validate(Some(NOW));
    assert!(issues.iter().any(|issue| issue.severity == Severity::Time));
    assert!(!issues.iter().any(Issue::is_blocking));
    assert!(
        claims
            .validate(Some(NOW - 1))
            .iter()
            .all(|it| it.severity == Severity::Warning)
    );
    claims.exp = 0;
    claims.nbf = NOW + 1;
    assert!(
        claims
            .validate(Some(NOW))
            .iter()
            .any(|it| it.severity == Severity::Time)
    );
    assert!(
        claims
            .validate(None)
            .iter()
            .all(|it| it.severity == Severity::Warning)
    );
}

#[test]
fn users_must_be_usable() {
    let problem = |nats: &Value| {
        let body: UserBody = serde_json::from_value(nats.clone()).unwrap();
        first_blocking(Claims::new(user(1).public(), "u", NOW, body).validate(None))
    };
    for bad in [
        json!({"pub": {"allow": ["a..b"]}}),
        json!({"pub": {"deny": ["a b"]}}),
        json!({"sub": {"allow": [""]}}),
        json!({"sub": {"allow": ["a b c"]}}),
        json!({"sub": {"allow": ["a  b"]}}),
        json!({"sub": {"deny": [" a"]}}),
        json!({"sub": {"deny": ["a\tb"]}}),
        json!({"src": ["10.0.0.1"]}),
        json!({"src": "10.0.0.0/8,nonsense"}),
        json!({"times": [{"start": "08:00:00", "end": ""}]}),
        json!({"times": [{"start": "8 o'clock", "end": "17:00:00"}]}),
        json!({"times_location": "Europe/Nowhere"}),
        json!({"issuer_account": user(2).public()}),
    ] {
        assert!(problem(&bad).is_some(), "{bad}");
    }
    for good in [
        json!({}),
        json!({"sub": {"allow": ["a.> workers.*"], "deny": ["b"]}, "pub": {"allow": ["x"]}}),
        json!({"src": "10.0.0.0/8, ::1/128,", "times_location": "Europe/Berlin"}),
        json!({"times": [{"start": "22:00:00", "end": "06:00:00"}]}),
        json!({"resp": {"max": -1, "ttl": -1}}),
        json!({"issuer_account": account(2).public()}),
    ] {
        assert_eq!(problem(&good), None, "{good}");
    }
}

#[test]
fn operators_must_be_usable() {
    let problem = |nats: &Value| {
        let body: OperatorBody = serde_json::from_value(nats.clone()).unwrap();
        let operator = key(KeyKind::Operator, 1).public();
        first_blocking(Claims::new(operator, "op", NOW, body).validate(None))
    };
    for bad in [
        json!({"signing_keys": [account(1).public()]}),
        json!({"system_account": user(1).public()}),
        json!({"account_server_url": "example.com/jwt"}),
        json!({"operator_service_urls": ["https://example.com"]}),
        json!({"operator_service_urls": ["nats://example.com:4222/"]}),
        json!({"operator_service_urls": ["nats://user:pass@example.com:4222"]}),
        json!({"operator_service_urls": ["example.com:4222"]}),
        json!({"assert_server_version": "2.10"}),
        json!({"assert_server_version": "2.10.-1"}),
        json!({"assert_server_version": "v2.10.0"}),
    ] {
        assert!(problem(&bad).is_some(), "{bad}");
    }
    let good = json!({
        "account_server_url": "https://example.com/jwt/v1",
        "operator_service_urls": ["nats://h:4222", "TLS://h", "ws://h:80", "wss://[::1]:443", ""],
        "assert_server_version": "2.10.0",
        "signing_keys": [key(KeyKind::Operator, 2).public()],
        "system_account": account(1).public(),
    });
    assert_eq!(problem(&good), None);
}

#[test]
fn a_revocation_that_revokes_nobody_is_a_warning() {
    let issues = account_with(&json!({"revocations": {"nonsense": 5, "*": 6}})).validate(None);
    let about: Vec<_> = issues
        .iter()
        .filter(|it| it.text.contains("nonsense"))
        .collect();
    assert_eq!(about.len(), 1);
    assert_eq!(about[0].severity, Severity::Warning);
}
