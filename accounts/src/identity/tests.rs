//! Logins and live connections: each rule, one after the other.

use serde_json::json;

use super::*;
use crate::claims::account::{AccountBody, SigningKey};
use crate::claims::user::TimeRange;
use crate::nkeys::KeyPair;
use crate::testing::{NOW, account, account_claims, policy, signed, trust, user, user_claims};

const NONCE: &[u8] = b"nonce-1";

fn plain() -> UserPermissionLimits {
    UserPermissionLimits::unlimited()
}

/// Logs `claims` in as user 1 with a good signature from 10.1.2.3.
fn login(account: &AccountPolicy, claims: &Claims<UserBody>) -> Result<Identity, AuthError> {
    let signature = BASE64URL_NOPAD.encode(&user(1).sign(NONCE));
    login_with(account, claims, Some(&signature), false)
}

fn login_with(
    account: &AccountPolicy,
    claims: &Claims<UserBody>,
    signature: Option<&str>,
    strict: bool,
) -> Result<Identity, AuthError> {
    let zone = Zone::utc();
    authenticate(&trust(strict), account, claims, &facts(signature, &zone))
}

fn facts<'a>(signature: Option<&'a str>, local_zone: &'a Zone) -> ConnectFacts<'a> {
    ConnectFacts {
        now: NOW,
        proof: Proof::Nonce {
            nonce: NONCE,
            signature,
        },
        client_ip: Some("10.1.2.3".parse().unwrap()),
        connection_type: ConnectionType::Standard,
        proxied: false,
        certificates: &[],
        local_zone,
    }
}

fn with_rights(change: impl FnOnce(&mut UserPermissionLimits)) -> Claims<UserBody> {
    let mut rights = plain();
    change(&mut rights);
    user_claims(1, account(1).public(), &account(1), rights)
}

fn scope(template: serde_json::Value) -> SigningKey {
    serde_json::from_value(json!({
        "kind": "user_scope", "key": account(50).public(), "role": "r", "template": template,
    }))
    .unwrap()
}

fn scoped_user(rights: UserPermissionLimits) -> Claims<UserBody> {
    user_claims(1, account(1).public(), &account(50), rights)
}

#[test]
fn quotas_of_role_and_user_narrow_each_other() {
    let own = |quotas: serde_json::Value, scoped: bool| {
        let mut claims = match scoped {
            true => scoped_user(UserPermissionLimits::default()),
            false => with_rights(|_| {}),
        };
        claims.nats.extra.insert("tidegate".to_owned(), quotas);
        let signer = if scoped { account(50) } else { account(1) };
        signed(&claims, &signer)
    };
    let template = json!({"tidegate": {"user_connections": 5, "messages_per_second": 10}});
    let account = policy(1, |body| body.signing_keys.push(scope(template)));

    let quotas = login(&account, &own(json!({"user_connections": 7}), false));
    assert_eq!(
        quotas.unwrap().quotas.user_connections,
        Some(7),
        "not of the role"
    );
    for (asked, got) in [(7, 5), (2, 2), (-1, 5)] {
        let user = own(json!({"user_connections": asked}), true);
        let quotas = login(&account, &user).unwrap().quotas;
        assert_eq!(quotas.user_connections, Some(got), "{asked}");
        assert_eq!(quotas.rates.messages_per_second, Some(10));
    }
    for bad in [
        json!([]),
        json!({"user_connections": "1"}),
        json!({"subscriptions": 1}),
    ] {
        for scoped in [false, true] {
            let refused = login(&account, &own(bad.clone(), scoped));
            assert!(matches!(refused, Err(AuthError::Invalid(_))), "{bad}");
        }
    }
}

#[test]
fn a_good_user_gets_its_identity() {
    let claims = with_rights(|rights| {
        rights.publish.allow = Some(vec!["orders.>".to_owned()]);
        rights.subs = 7;
    });
    let identity = login(&policy(1, |_| {}), &claims).unwrap();
    assert_eq!(
        (identity.account, identity.user),
        (account(1).public(), user(1).public())
    );
    assert_eq!(
        (identity.name.as_str(), identity.issued_at),
        ("user-1", NOW)
    );
    assert_eq!(identity.expires_at, Some(NOW + 3600));
    assert_eq!(
        identity.limits,
        UserLimits {
            subs: 7,
            data: -1,
            payload: -1
        }
    );
    assert!(identity.permissions.may_publish(b"orders.1"));
    assert!(!identity.permissions.may_publish(b"other"));
    assert!(!identity.uses_default_permissions && !identity.bearer);
}

#[test]
fn the_issuer_must_be_a_key_of_the_account() {
    let policy = policy(1, |_| {});
    let of = |signer: &KeyPair| user_claims(1, account(1).public(), signer, plain());
    assert!(login(&policy, &of(&account(1))).is_ok());
    assert!(login(&policy, &of(&account(101))).is_ok());
    assert_eq!(
        login(&policy, &of(&account(7))).unwrap_err(),
        AuthError::IssuerNotAllowed
    );
    // A signing key that does not name the account belongs to an account of its own.
    let unnamed = user_claims(1, account(101).public(), &account(101), plain());
    assert_eq!(account_of(&unnamed), Ok(account(101).public()));
    assert_eq!(
        login(&policy, &unnamed).unwrap_err(),
        AuthError::WrongAccount
    );
    let elsewhere = user_claims(1, account(2).public(), &account(101), plain());
    assert_eq!(
        login(&policy, &elsewhere).unwrap_err(),
        AuthError::WrongAccount
    );
    let mut odd = of(&account(101));
    odd.nats.issuer_account = Some(user(1).public());
    assert_eq!(account_of(&odd), Err(AuthError::WrongAccount));
}

#[test]
fn a_strict_operator_wants_signing_keys() {
    let policy = policy(1, |_| {});
    let signature = BASE64URL_NOPAD.encode(&user(1).sign(NONCE));
    let of = |signer: &KeyPair| {
        let claims = user_claims(1, account(1).public(), signer, plain());
        login_with(&policy, &claims, Some(&signature), true).map(|_| ())
    };
    assert_eq!(of(&account(1)), Err(AuthError::StrictIssuer));
    assert_eq!(of(&account(101)), Ok(()));
    // The account's own key may be one of them, and needs no other mention.
    let own = SigningKey::Plain(account(1).public());
    let named = crate::testing::policy(1, |body| body.signing_keys.push(own));
    let claims = user_claims(1, account(1).public(), &account(1), plain());
    assert!(login_with(&named, &claims, Some(&signature), true).is_ok());
}

#[test]
fn an_untrusted_or_expired_account_lets_nobody_in() {
    let claims = with_rights(|_| {});
    let foreign = KeyPair::from_entropy(crate::nkeys::KeyKind::Operator, [99; 32]);
    let untrusted = signed(&account_claims(1, |_| {}), &foreign);
    let untrusted = AccountPolicy::compile(&untrusted).unwrap();
    assert_eq!(
        login(&untrusted, &claims).unwrap_err(),
        AuthError::NotTrusted
    );
    let mut expired = account_claims(1, |_| {});
    expired.exp = NOW;
    let expired = AccountPolicy::compile(&expired).unwrap();
    assert_eq!(
        login(&expired, &claims).unwrap_err(),
        AuthError::AccountExpired
    );
}

#[test]
fn tokens_hold_between_their_times() {
    let policy = policy(1, |_| {});
    let at = |exp, nbf| {
        let mut claims = with_rights(|_| {});
        (claims.exp, claims.nbf) = (exp, nbf);
        login(&policy, &claims).map(|identity| identity.expires_at)
    };
    assert_eq!(at(0, 0), Ok(None));
    assert_eq!(at(NOW + 1, NOW), Ok(Some(NOW + 1)));
    assert_eq!(at(NOW, 0), Err(AuthError::Expired));
    assert_eq!(at(-1, 0), Err(AuthError::Expired));
    assert_eq!(at(0, NOW + 1), Err(AuthError::NotYetValid));
}

#[test]
fn the_nonce_must_be_signed_by_the_user() {
    let policy = policy(1, |_| {});
    let claims = with_rights(|_| {});
    let try_with =
        |signature: Option<&str>| login_with(&policy, &claims, signature, false).map(|_| ());
    let raw = user(1).sign(NONCE);
    for encoding in [BASE64URL_NOPAD, BASE64, BASE64_NOPAD] {
        assert_eq!(try_with(Some(&encoding.encode(&raw))), Ok(()));
    }
    assert_eq!(try_with(None), Err(AuthError::SignatureMissing));
    assert_eq!(try_with(Some("")), Err(AuthError::SignatureMissing));
    let others = BASE64URL_NOPAD.encode(&user(2).sign(NONCE));
    let stale = BASE64URL_NOPAD.encode(&user(1).sign(b"nonce-0"));
    for bad in [others.as_str(), stale.as_str(), "AAAA", "not base64!"] {
        assert_eq!(try_with(Some(bad)), Err(AuthError::BadSignature));
    }
    let empty = BASE64URL_NOPAD.encode(&user(1).sign(b""));
    let facts = ConnectFacts {
        now: NOW,
        proof: Proof::Nonce {
            nonce: b"",
            signature: Some(&empty),
        },
        client_ip: None,
        connection_type: ConnectionType::Standard,
        proxied: false,
        certificates: &[],
        local_zone: &Zone::utc(),
    };
    let error = authenticate(&trust(false), &policy, &claims, &facts).unwrap_err();
    assert_eq!(error, AuthError::BadSignature, "no nonce was sent");
}

#[test]
fn bearers_need_no_signature_unless_forbidden() {
    let bearer = with_rights(|rights| rights.bearer_token = true);
    let identity = login_with(&policy(1, |_| {}), &bearer, None, false).unwrap();
    assert!(identity.bearer);
    let forbidding = policy(1, |body| body.limits.disallow_bearer = true);
    let error = login_with(&forbidding, &bearer, None, false).unwrap_err();
    assert_eq!(error, AuthError::BearerDisallowed);
    // The role decides for its users.
    let role = policy(1, |body| {
        body.signing_keys = vec![scope(json!({"bearer_token": true}))]
    });
    assert!(
        login_with(
            &role,
            &scoped_user(UserPermissionLimits::default()),
            None,
            false
        )
        .is_ok()
    );
}

#[test]
fn connection_types_are_by_name() {
    let policy = policy(1, |_| {});
    let of = |types: &[&str]| {
        let claims = with_rights(|rights| {
            rights.allowed_connection_types = Some(types.iter().map(|t| (*t).to_owned()).collect());
        });
        login(&policy, &claims).map(|_| ())
    };
    assert_eq!(of(&[]), Ok(()));
    assert_eq!(of(&["mqtt", "standard"]), Ok(()));
    assert_eq!(of(&["UNHEARD_OF", "STANDARD"]), Ok(()));
    assert_eq!(of(&["WEBSOCKET"]), Err(AuthError::ConnectionType));
    assert_eq!(of(&["UNHEARD_OF"]), Err(AuthError::ConnectionType));
}

#[test]
fn revoked_users_stay_out() {
    let revoke = |who: String, at| policy(1, |body| body.revocations.extend([(who, at)]));
    let claims = with_rights(|_| {});
    let me = user(1).public().to_string();
    for (policy, expected) in [
        (revoke(me.clone(), NOW), Err(AuthError::Revoked)),
        (revoke(me, NOW - 1), Ok(())),
        (revoke("*".to_owned(), NOW), Err(AuthError::Revoked)),
        (revoke("*".to_owned(), NOW - 1), Ok(())),
        (revoke(user(2).public().to_string(), NOW + 9), Ok(())),
    ] {
        assert_eq!(login(&policy, &claims).map(|_| ()), expected);
    }
}

#[test]
fn networks_and_hours_bind() {
    let policy = policy(1, |_| {});
    let from = |src: &str| {
        login(
            &policy,
            &with_rights(|r| r.src = Some(vec![src.to_owned()])),
        )
    };
    assert!(from("10.0.0.0/8").is_ok());
    assert_eq!(
        from("192.168.0.0/16").unwrap_err(),
        AuthError::ClientAddress
    );
    assert_eq!(
        from("10.0.0.0").unwrap_err(),
        AuthError::Invalid("`10.0.0.0` is not a network, use address/bits".to_owned())
    );
    // It is 22:13:20.
    let within = |start: &str, end: &str, zone: &str| {
        let claims = with_rights(|rights| {
            rights.times = Some(vec![TimeRange {
                start: start.into(),
                end: end.into(),
            }]);
            rights.times_location = zone.to_owned();
        });
        login(&policy, &claims).map(|identity| identity.expires_at)
    };
    assert_eq!(within("22:00:00", "22:14:20", "UTC"), Ok(Some(NOW + 60)));
    assert_eq!(
        within("22:00:00", "06:00:00", ""),
        Ok(Some(NOW + 3600)),
        "the token ends first"
    );
    assert_eq!(
        within("08:00:00", "17:00:00", ""),
        Err(AuthError::OutsideHours)
    );
    // And 23:13:20 in Berlin.
    assert_eq!(
        within("23:00:00", "23:14:20", "Europe/Berlin"),
        Ok(Some(NOW + 60))
    );
    assert!(matches!(
        within("00:00:00", "23:59:59", "Europe/Nowhere"),
        Err(AuthError::Invalid(_))
    ));
}

#[test]
fn hours_without_a_zone_are_the_servers() {
    let claims = with_rights(|rights| {
        rights.times = Some(vec![TimeRange {
            start: "23:00:00".into(),
            end: "23:14:20".into(),
        }]);
    });
    let signature = BASE64URL_NOPAD.encode(&user(1).sign(NONCE));
    let at = |zone: &str| {
        let zone = Zone::named(zone).unwrap();
        let facts = facts(Some(&signature), &zone);
        authenticate(&trust(false), &policy(1, |_| {}), &claims, &facts).map(|it| it.expires_at)
    };
    assert_eq!(at("Europe/Berlin"), Ok(Some(NOW + 60)));
    assert_eq!(at("UTC"), Err(AuthError::OutsideHours));
}

#[test]
fn a_role_has_conditions_too() {
    let login = |template: serde_json::Value| {
        let policy = policy(1, |body| body.signing_keys = vec![scope(template)]);
        login(&policy, &scoped_user(UserPermissionLimits::default())).map(|_| ())
    };
    assert_eq!(login(json!({"src": "10.0.0.0/8"})), Ok(()));
    assert_eq!(
        login(json!({"src": "11.0.0.0/8"})),
        Err(AuthError::ClientAddress)
    );
    assert_eq!(
        login(json!({"src": ["10.0.0.1"]})),
        Err(AuthError::BadCondition("10.0.0.1".to_owned()))
    );
    let hours = |zone: &str| {
        let times = json!([{"start": "22:00:00", "end": "23:00:00"}]);
        json!({"times": times, "times_location": zone})
    };
    assert_eq!(login(hours("UTC")), Ok(()));
    assert_eq!(login(hours("Asia/Tokyo")), Err(AuthError::OutsideHours));
    assert_eq!(
        login(hours("Europe/Nowhere")),
        Err(AuthError::TimesLocation("Europe/Nowhere".to_owned()))
    );
    assert_eq!(
        login(json!({"allowed_connection_types": ["WEBSOCKET"]})),
        Err(AuthError::ConnectionType)
    );
}

#[test]
fn a_role_gives_its_rights_and_nothing_else() {
    let role = policy(1, |body| {
        body.signing_keys = vec![scope(json!({
            "pub": {"allow": ["box.{{name()}}"]}, "subs": 3, "payload": 100,
        }))];
    });
    let identity = login(&role, &scoped_user(UserPermissionLimits::default())).unwrap();
    assert!(identity.permissions.may_publish(b"box.user-1"));
    assert!(!identity.permissions.may_publish(b"box.user-2"));
    assert_eq!(
        identity.limits,
        UserLimits {
            subs: 3,
            data: -1,
            payload: 100
        },
        "a limit that the template leaves out is unlimited"
    );
    let mut nearly_zero = vec![plain(), UserPermissionLimits::default(), Default::default()];
    nearly_zero[1].src = Some(Vec::new());
    nearly_zero[2].bearer_token = true;
    for rights in nearly_zero {
        let error = login(&role, &scoped_user(rights)).unwrap_err();
        assert_eq!(error, AuthError::ScopedUserNotZero);
    }
}

/// A user named `*` with `box.{{name()}}` would otherwise receive everybody's box.
#[test]
fn a_name_cannot_widen_a_role() {
    let named = |name: &str, deny: bool| {
        let list = if deny { "deny" } else { "allow" };
        let role = policy(1, |body| {
            body.signing_keys = vec![scope(json!({"sub": {list: ["box.{{name()}}"]}}))];
        });
        let mut claims = scoped_user(UserPermissionLimits::default());
        claims.name = name.to_owned();
        login(&role, &claims)
    };
    for name in ["*", ">"] {
        let identity = named(name, false).unwrap();
        assert!(!identity.permissions.may_subscribe(b"box.*", None));
        assert!(!identity.permissions.may_subscribe(b"box.bob", None));
        assert!(
            !identity.permissions.may_subscribe(b"anything", None),
            "nothing at all"
        );
        assert!(matches!(named(name, true), Err(AuthError::Template(_))));
    }
    assert!(
        named("bob", false)
            .unwrap()
            .permissions
            .may_subscribe(b"box.bob", None)
    );
}

#[test]
fn who_needs_a_proxy_comes_by_one() {
    let signature = BASE64URL_NOPAD.encode(&user(1).sign(NONCE));
    let zone = Zone::utc();
    let by_proxy = |account: &AccountPolicy, claims: &Claims<UserBody>| {
        let facts = ConnectFacts {
            proxied: true,
            ..facts(Some(&signature), &zone)
        };
        authenticate(&trust(false), account, claims, &facts)
    };
    let claims = with_rights(|rights| rights.proxy_required = true);
    assert_eq!(
        login(&policy(1, |_| {}), &claims).unwrap_err(),
        AuthError::ProxyRequired
    );
    let role = policy(1, |body| {
        body.signing_keys = vec![scope(json!({"proxy_required": true}))]
    });
    let of_role = scoped_user(UserPermissionLimits::default());
    let error = login(&role, &of_role).unwrap_err();
    assert_eq!(error, AuthError::ProxyRequired);
    assert!(by_proxy(&policy(1, |_| {}), &claims).is_ok());
    assert!(by_proxy(&role, &of_role).is_ok());
}

fn denying(subject: &str) -> impl Fn(&mut AccountBody) {
    move |body| body.default_permissions.publish.deny = Some(vec![subject.to_owned()])
}

#[test]
fn default_permissions_are_for_users_without_their_own() {
    let policy = policy(1, denying("secret"));
    let own = with_rights(|rights| rights.subscribe.deny = Some(vec!["x".to_owned()]));
    let identity = login(&policy, &own).unwrap();
    assert!(!identity.uses_default_permissions && identity.permissions.may_publish(b"secret"));
    let identity = login(&policy, &with_rights(|_| {})).unwrap();
    assert!(identity.uses_default_permissions && !identity.permissions.may_publish(b"secret"));
}

#[test]
fn live_connections_follow_default_permissions() {
    let identity = login(&policy(1, |_| {}), &with_rights(|_| {})).unwrap();
    let check = |policy: &AccountPolicy| recheck(&identity, &trust(false), policy, None, NOW);
    assert_eq!(check(&policy(1, |_| {})), Ok(Recheck::Unchanged));
    let changed = policy(1, denying("secret"));
    let Ok(Recheck::Permissions(permissions)) = check(&changed) else {
        panic!("no change")
    };
    assert!(!permissions.may_publish(b"secret"));
    let own = with_rights(|rights| rights.publish.allow = Some(vec![">".to_owned()]));
    let own = login(&policy(1, |_| {}), &own).unwrap();
    assert_eq!(
        recheck(&own, &trust(false), &changed, None, NOW),
        Ok(Recheck::Unchanged)
    );
}

#[test]
fn live_connections_end_when_their_ground_is_gone() {
    let signer = |n: u8| user_claims(1, account(1).public(), &account(n), plain());
    let before = policy(1, |_| {});
    let by_signing_key = login(&before, &signer(101)).unwrap();
    let check = |identity: &Identity, now, change: &dyn Fn(&mut AccountBody)| {
        recheck(
            identity,
            &trust(false),
            &policy(1, |body| change(body)),
            None,
            now,
        )
        .map(|_| ())
    };
    assert_eq!(check(&by_signing_key, NOW, &|_| {}), Ok(()));
    assert_eq!(
        check(&by_signing_key, NOW + 3600, &|_| {}),
        Err(AuthError::Expired)
    );
    let removed = check(&by_signing_key, NOW, &|body| body.signing_keys.clear());
    assert_eq!(removed, Err(AuthError::IssuerRemoved));
    let scoped_now = check(&by_signing_key, NOW, &|body| {
        let mut role = json!({"kind": "user_scope", "template": {}});
        role["key"] = json!(account(101).public());
        body.signing_keys = vec![serde_json::from_value(role).unwrap()];
    });
    assert_eq!(scoped_now, Err(AuthError::IssuerRemoved));
    let revoke = |body: &mut AccountBody| body.revocations.extend([("*".to_owned(), NOW)]);
    assert_eq!(
        check(&by_signing_key, NOW, &revoke),
        Err(AuthError::Revoked)
    );
    let bearer = login(&before, &with_rights(|rights| rights.bearer_token = true)).unwrap();
    let forbid = |body: &mut AccountBody| body.limits.disallow_bearer = true;
    assert_eq!(
        check(&bearer, NOW, &forbid),
        Err(AuthError::BearerDisallowed)
    );
    assert_eq!(check(&by_signing_key, NOW, &forbid), Ok(()));
    let other = policy(2, |_| {});
    let wrong = recheck(&bearer, &trust(false), &other, None, NOW);
    assert_eq!(wrong, Err(AuthError::WrongAccount));
    let own_key = login(&before, &signer(1)).unwrap();
    let strict = recheck(&own_key, &trust(true), &before, None, NOW);
    assert_eq!(strict, Err(AuthError::IssuerRemoved));
}

#[test]
fn a_changed_role_ends_its_users() {
    let role = |template: serde_json::Value| {
        policy(1, |body| body.signing_keys = vec![scope(template.clone())])
    };
    let before = role(json!({"subs": 3}));
    let identity = login(&before, &scoped_user(UserPermissionLimits::default())).unwrap();
    assert_eq!(
        recheck(&identity, &trust(false), &before, None, NOW),
        Ok(Recheck::Unchanged)
    );
    let after = role(json!({"subs": 4}));
    assert_eq!(
        recheck(&identity, &trust(false), &after, None, NOW),
        Err(AuthError::IssuerRemoved)
    );
    // What a template uses of the account counts as well, and nothing else of it.
    for (template, rechecked) in [
        (json!({"subs": 3}), Ok(Recheck::Unchanged)),
        (
            json!({"pub": {"allow": ["{{account-name()}}"]}}),
            Err(AuthError::IssuerRemoved),
        ),
    ] {
        let of = |name: &str| {
            let mut claims = account_claims(1, |body| {
                body.signing_keys = vec![scope(template.clone())];
            });
            claims.name = name.to_owned();
            AccountPolicy::compile(&claims).unwrap()
        };
        let before = of("one");
        let identity = login(&before, &scoped_user(UserPermissionLimits::default())).unwrap();
        assert_eq!(
            recheck(&identity, &trust(false), &of("other"), None, NOW),
            rechecked
        );
    }
}
