//! What compiles, and what is refused.

use serde_json::json;

use super::*;
use crate::claims::account::{ImportClaim, SigningKey, TidegateExtra};
use crate::jwt;
use crate::nkeys::KeyKind;
use crate::testing::{NOW, account, account_claims, key, operator, policy, signed, user};
use crate::transform::TransformError;

fn import(kind: ShareKind, subject: &str) -> ImportClaim {
    ImportClaim::new(kind, account(2).public(), subject)
}

#[test]
fn imports_compile_to_both_directions() {
    use ShareKind::{Service, Stream};
    // kind, subject, to, local_subject, then the exporter's subject and ours.
    for (kind, subject, to, local_subject, remote, local) in [
        (Stream, "a.>", "", "", "a.>", "a.>"),
        (Stream, "a.>", "", "x.>", "a.>", "x.>"),
        (Stream, "a.*.*", "", "x.$2.$1", "a.*.*", "x.*.*"),
        (Stream, "a.>", "pre", "", "a.>", "pre.a.>"),
        (Stream, "a.>", "pre.", "", "a.>", "pre.a.>"),
        (Service, "q", "", "", "q", "q"),
        (Service, "q.*", "", "ask.*", "q.*", "ask.*"),
        (Service, "q.*.*", "", "ask.$2.$1", "q.*.*", "ask.*.*"),
        (Service, "ask.*", "q.*", "", "q.*", "ask.*"),
    ] {
        let mut claim = import(kind, subject);
        claim.to = to.to_owned();
        claim.local_subject = local_subject.to_owned();
        let compiled = compile_import(&claim).unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        assert_eq!(
            (text(&compiled.remote), text(&compiled.local)),
            (remote.into(), local.into())
        );
        assert_eq!(compiled.to_local.source(), compiled.remote);
        assert_eq!(compiled.to_remote.source(), compiled.local);
        assert_eq!(compiled.to_local.destination(), compiled.local);
        assert_eq!(compiled.to_remote.destination(), compiled.remote);
    }
}

#[test]
fn reordered_imports_map_messages_back_and_forth() {
    let mut claim = import(ShareKind::Service, "q.*.*");
    claim.local_subject = "ask.$2.$1".to_owned();
    let compiled = compile_import(&claim).unwrap();
    let mut out = Vec::new();
    assert!(compiled.to_remote.apply(b"ask.1.2", &mut out));
    assert_eq!(out, b"q.2.1");
    out.clear();
    assert!(compiled.to_local.apply(b"q.2.1", &mut out));
    assert_eq!(out, b"ask.1.2");
}

#[test]
fn unusable_imports_are_refused() {
    let compile = |kind, subject: &str, to: &str, local_subject: &str, token: &str| {
        let mut claim = import(kind, subject);
        claim.to = to.to_owned();
        claim.local_subject = local_subject.to_owned();
        claim.token = token.to_owned();
        compile_import(&claim).unwrap_err()
    };
    use ShareKind::{Service, Stream};
    assert!(matches!(
        compile(Stream, "a..b", "", "", ""),
        PolicyError::ImportSubject(..)
    ));
    assert!(matches!(
        compile(Stream, "a b", "", "", ""),
        PolicyError::ImportSubject(..)
    ));
    assert!(matches!(
        compile(Stream, "a", "p", "b", ""),
        PolicyError::ToAndLocal(_)
    ));
    assert!(matches!(
        compile(Stream, "a", "p.*", "", ""),
        PolicyError::StreamPrefix(_)
    ));
    assert!(matches!(
        compile(Service, "a.*", "b", "", ""),
        PolicyError::ImportSubject(..)
    ));
    assert!(matches!(
        compile(Service, "a.*", "", "b", ""),
        PolicyError::ImportSubject(..)
    ));
    let twice = compile(Service, "a.*", "", "b.$1.$1", "");
    assert_eq!(
        twice,
        PolicyError::ImportSubject("a.*".into(), TransformError::NotInvertible)
    );
    let url = compile(Stream, "a", "", "", "https://example.com/token");
    assert!(matches!(url, PolicyError::ImportToken(..)));
}

#[test]
fn revocations_cover_what_was_issued_until_then() {
    let policy = policy(1, |body| {
        body.revocations.insert(user(1).public().to_string(), NOW);
        body.revocations.insert("nonsense".to_owned(), NOW);
    });
    assert!(policy.is_revoked(&user(1).public(), NOW - 1));
    assert!(policy.is_revoked(&user(1).public(), NOW));
    assert!(!policy.is_revoked(&user(1).public(), NOW + 1));
    assert!(!policy.is_revoked(&user(2).public(), 0));
    let all = self::policy(1, |body| {
        body.revocations.insert("*".to_owned(), NOW);
        body.revocations
            .insert(user(1).public().to_string(), NOW + 5);
    });
    assert!(all.is_revoked(&user(2).public(), NOW));
    assert!(!all.is_revoked(&user(2).public(), NOW + 1));
    assert!(
        all.is_revoked(&user(1).public(), NOW + 5),
        "the later of the two counts"
    );
}

#[test]
fn issuers_have_their_right() {
    let scope: SigningKey = serde_json::from_value(json!({
        "kind": "user_scope", "key": account(50).public(), "role": "r", "template": {},
    }))
    .unwrap();
    let policy = policy(1, |body| body.signing_keys.push(scope));
    assert_eq!(policy.may_issue(&account(1).public()), IssuerRight::Account);
    assert_eq!(
        policy.may_issue(&account(101).public()),
        IssuerRight::Signing
    );
    assert!(matches!(
        policy.may_issue(&account(50).public()),
        IssuerRight::Scoped(_)
    ));
    assert_eq!(policy.may_issue(&account(2).public()), IssuerRight::No);
}

#[test]
fn limits_count() {
    assert!(allows(-1, u64::MAX) && allows(3, 3) && !allows(3, 4) && !allows(0, 1) && allows(0, 0));
    assert!(
        !allows(-2, 0) && !allows(i64::MIN, 5),
        "only -1 is unlimited"
    );
    assert_eq!(
        [-1, 0, 7, i64::MAX, -2, i64::MIN].map(ceiling),
        [
            None,
            Some(0),
            Some(7),
            Some(i64::MAX.unsigned_abs()),
            Some(0),
            Some(0)
        ]
    );
    let limits = AccountLimits::unlimited();
    assert!(!limits.has_jetstream());
    let empty: AccountBody = serde_json::from_value(json!({})).unwrap();
    assert_eq!(empty.limits, AccountLimits::default());
    assert_eq!(
        empty.limits.conn, 0,
        "a missing limit is none, not unlimited"
    );
}

#[test]
fn default_permissions_and_expiry_are_compiled() {
    let mut claims = account_claims(1, |body| {
        body.default_permissions.publish.deny = Some(vec!["secret".to_owned()]);
    });
    claims.exp = NOW;
    let policy = AccountPolicy::compile(&claims).unwrap();
    assert!(policy.has_default_permissions);
    assert!(!policy.default_permissions.may_publish(b"secret"));
    assert!(policy.is_expired(NOW) && !policy.is_expired(NOW - 1));
}

#[test]
fn unusable_structures_do_not_decode() {
    for bad in [
        json!({"signing_keys": ["x"]}),
        json!({"signing_keys": [5]}),
        json!({"signing_keys": [{"kind": "other", "key": account(3).public()}]}),
        json!({"signing_keys": [{"kind": "user_scope"}]}),
        json!({"exports": [{"subject": "a", "type": "queue"}]}),
        json!({"imports": [{"subject": "a", "type": "stream", "account": "A"}]}),
        json!({"imports": [{"subject": "a", "type": "stream"}]}),
        json!({"tidegate": {"generation": -1}}),
        json!({"tidegate": []}),
        json!({"tidegate": "x"}),
    ] {
        assert!(
            serde_json::from_value::<AccountBody>(bad.clone()).is_err(),
            "{bad}"
        );
    }
}

#[test]
fn an_account_token_survives_writing() {
    let claims = account_claims(1, |body| {
        body.exports
            .push(ExportClaim::new(ShareKind::Service, "q.*"));
        body.imports.push(import(ShareKind::Stream, "e.>"));
        body.tidegate = Some(TidegateExtra {
            generation: 7,
            ..TidegateExtra::default()
        });
    });
    assert_eq!(signed(&claims, &operator()), claims);
    assert_eq!(AccountPolicy::compile(&claims).unwrap().generation, Some(7));
    let other = key(KeyKind::User, 1);
    assert!(jwt::encode(&claims, &other).is_err());
}
