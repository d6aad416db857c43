//! The envelope: what reads back, and what is refused without harm.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::claims::account::{AccountBody, ScopeTemplate, UserScope};
use crate::claims::activation::ActivationBody;
use crate::claims::generic::GenericBody;
use crate::claims::operator::OperatorBody;
use crate::claims::user::UserBody;
use crate::testing::{NOW, account, operator, user, user_claims};

/// Signs a payload as it is, with the header of either version.
fn token_of(payload: &Value, signer: &KeyPair, alg: &str) -> String {
    let header = BASE64URL_NOPAD.encode(json!({"typ": "jwt", "alg": alg}).to_string().as_bytes());
    let payload = BASE64URL_NOPAD.encode(payload.to_string().as_bytes());
    let signed = if alg.to_lowercase() == "ed25519" {
        payload.clone()
    } else {
        format!("{header}.{payload}")
    };
    let signature = BASE64URL_NOPAD.encode(&signer.sign(signed.as_bytes()));
    format!("{header}.{payload}.{signature}")
}

fn user_payload(nats: Value) -> Value {
    json!({
        "iss": account(1).public(), "sub": user(1).public(), "iat": NOW, "nats": nats,
    })
}

fn read_user(payload: &Value) -> Result<Claims<UserBody>, JwtError> {
    decode(&token_of(payload, &account(1), "ED25519-NKey"))
}

#[test]
fn a_written_token_reads_back() {
    let mut claims = user_claims(1, account(1).public(), &account(101), Default::default());
    claims.aud = Some("somebody".to_owned());
    claims.nbf = NOW - 5;
    claims.nats.tags = vec!["a:b".to_owned()];
    let token = encode(&claims, &account(101)).unwrap();
    let back: Claims<UserBody> = decode(&token).unwrap();
    assert_eq!(back.jti.len(), 52);
    assert_eq!(
        Claims {
            jti: claims.jti.clone(),
            ..back.clone()
        },
        claims
    );
    assert_eq!(
        encode(&back, &account(101)).unwrap(),
        token,
        "the same claims, the same token"
    );
    assert_eq!(back.subject(), user(1).public());
    assert_eq!(kind_of(&token), Ok(ClaimKind::User));
}

/// The id covers the standard claims in the library's order; this one was computed apart.
#[test]
fn the_id_is_the_hash_of_the_standard_claims() {
    let text = format!(
        r#"{{"exp":5,"iat":{NOW},"iss":"{}","name":"n","sub":"{}"}}"#,
        account(1).public(),
        user(1).public()
    );
    let mut claims = Claims::new(user(1).public(), "n", NOW, UserBody::default());
    claims.exp = 5;
    let back: Claims<UserBody> = decode(&encode(&claims, &account(1)).unwrap()).unwrap();
    assert_eq!(back.jti, BASE32_NOPAD.encode(&Sha512_256::digest(text)));
}

#[test]
fn missing_fields_are_zero_and_null_is_missing() {
    let payload = user_payload(json!({
        "type": "user", "version": 2, "subs": null, "src": null, "pub": {"allow": null},
        "issuer_account": "",
    }));
    let claims = read_user(&payload).unwrap();
    assert!(claims.nats.rights.is_zero());
    assert_eq!((claims.exp, claims.nats.issuer_account), (0, None));
    let empty = user_payload(json!({"type": "user", "version": 2, "src": [], "subs": 0}));
    assert!(
        !read_user(&empty).unwrap().nats.rights.is_zero(),
        "an empty list is not zero"
    );
}

#[test]
fn networks_are_a_list_or_a_text() {
    for src in [
        json!(["10.0.0.0/8", "::1/128"]),
        json!("10.0.0.0/8, ::1/128"),
    ] {
        let payload = user_payload(json!({"type": "user", "version": 2, "src": src}));
        let networks = read_user(&payload).unwrap().nats.rights.src.unwrap();
        assert_eq!(networks, ["10.0.0.0/8", "::1/128"]);
    }
}

#[test]
fn broken_shapes_are_errors() {
    for nats in [
        json!(null),
        json!([]),
        json!("x"),
        json!({}),
        json!({"type": "user"}),
        json!({"type": "user", "version": 0}),
        json!({"type": "user", "version": 3}),
        json!({"type": "user", "version": "2"}),
        json!({"type": 2, "version": 2}),
        json!({"type": "account", "version": 2}),
        json!({"type": "user", "version": 2, "subs": "1"}),
        json!({"type": "user", "version": 2, "subs": 1e40}),
        json!({"type": "user", "version": 2, "subs": 1.5}),
        json!({"type": "user", "version": 2, "pub": []}),
        json!({"type": "user", "version": 2, "pub": {"allow": "x"}}),
        json!({"type": "user", "version": 2, "pub": {"allow": [1]}}),
        json!({"type": "user", "version": 2, "pub": {"allow": [null]}}),
        json!({"type": "user", "version": 2, "resp": {"max": 3_000_000_000_i64}}),
        json!({"type": "user", "version": 2, "issuer_account": "A"}),
        json!({"type": "user", "version": 2, "times": {}}),
        json!({"type": "user", "version": 2, "src": 5}),
        json!({"type": "user", "version": 2, "tags": {}}),
    ] {
        assert!(read_user(&user_payload(nats.clone())).is_err(), "{nats}");
    }
    for (field, value) in [
        ("iss", json!(5)),
        ("sub", json!("")),
        ("exp", json!("1")),
        ("name", json!(1)),
    ] {
        let mut payload = user_payload(json!({"type": "user", "version": 2}));
        payload[field] = value;
        assert!(read_user(&payload).is_err(), "{field}");
    }
}

#[test]
fn broken_envelopes_are_errors() {
    let good = token_of(
        &user_payload(json!({"type": "user", "version": 2})),
        &account(1),
        "ed25519-nkey",
    );
    assert!(decode::<UserBody>(&good).is_ok());
    let parts: Vec<&str> = good.split('.').collect();
    let header = |header: Value| BASE64URL_NOPAD.encode(header.to_string().as_bytes());
    let none = header(json!({"typ": "JWT", "alg": "none"}));
    let typ = header(json!({"typ": "X", "alg": "ed25519-nkey"}));
    for (bad, expected) in [
        (String::new(), JwtError::Shape),
        ("a.b".to_owned(), JwtError::Shape),
        (format!("{good}.x"), JwtError::Shape),
        (format!("{good}="), JwtError::Base64("signature")),
        (
            format!("{none}.{}.{}", parts[1], parts[2]),
            JwtError::Header,
        ),
        (format!("{typ}.{}.{}", parts[1], parts[2]), JwtError::Header),
        (format!("{}.{}.", parts[0], parts[1]), JwtError::Signature),
        (
            format!("{}.{}.AAAA", parts[0], parts[1]),
            JwtError::Signature,
        ),
        (
            format!("{}.{}+.{}", parts[0], parts[1], parts[2]),
            JwtError::Base64("payload"),
        ),
        (
            "x".repeat(TOKEN_BYTES_MAX + 1),
            JwtError::TooLarge {
                bytes: TOKEN_BYTES_MAX + 1,
                max: TOKEN_BYTES_MAX,
            },
        ),
    ] {
        assert_eq!(decode::<UserBody>(&bad).unwrap_err(), expected);
    }
    assert!(decode::<UserBody>(&".".repeat(TOKEN_BYTES_MAX)).is_err());
    let deep = BASE64URL_NOPAD.encode("[".repeat(500_000).as_bytes());
    assert!(matches!(
        decode::<UserBody>(&format!("{}.{deep}.{}", parts[0], parts[2])),
        Err(JwtError::Json("payload", _))
    ));
}

#[test]
fn signatures_and_key_classes_are_checked() {
    let payload = user_payload(json!({"type": "user", "version": 2}));
    let forged = token_of(&payload, &account(2), "ed25519-nkey");
    assert_eq!(decode::<UserBody>(&forged), Err(JwtError::Signature));
    let mut by_operator = payload.clone();
    by_operator["iss"] = json!(operator().public());
    let token = token_of(&by_operator, &operator(), "ed25519-nkey");
    assert_eq!(
        decode::<UserBody>(&token),
        Err(JwtError::Issuer(ClaimKind::User))
    );
    let mut about_account = payload.clone();
    about_account["sub"] = json!(account(1).public());
    assert_eq!(
        read_user(&about_account),
        Err(JwtError::Subject(ClaimKind::User))
    );
    // The version 1 scheme does not carry a version 2 payload.
    let old_scheme = token_of(&payload, &account(1), "ed25519");
    assert_eq!(decode::<UserBody>(&old_scheme), Err(JwtError::Signature));
    let claims = Claims::new(user(1).public(), "x", NOW, UserBody::default());
    assert_eq!(
        encode(&claims, &operator()),
        Err(JwtError::Issuer(ClaimKind::User))
    );
    let claims = Claims::new(account(1).public(), "x", NOW, UserBody::default());
    assert_eq!(
        encode(&claims, &account(1)),
        Err(JwtError::Subject(ClaimKind::User))
    );
}

#[test]
fn one_kind_is_never_read_as_another() {
    let token = token_of(
        &user_payload(json!({"type": "user", "version": 2})),
        &account(1),
        "ed25519-nkey",
    );
    assert!(matches!(
        decode::<AccountBody>(&token),
        Err(JwtError::Kind { .. })
    ));
    assert!(matches!(
        decode::<OperatorBody>(&token),
        Err(JwtError::Kind { .. })
    ));
    assert!(matches!(
        decode::<ActivationBody>(&token),
        Err(JwtError::Kind { .. })
    ));
    assert!(matches!(
        decode::<GenericBody>(&token),
        Err(JwtError::Kind { .. })
    ));
}

#[test]
fn generic_tokens_keep_their_data() {
    let data = json!({"accounts": ["A1"], "version": 2.0});
    let payload = json!({"iss": operator().public(), "sub": "anything", "nats": data});
    let claims: Claims<GenericBody> =
        decode(&token_of(&payload, &operator(), "ed25519-nkey")).unwrap();
    assert_eq!(claims.nats.data["accounts"], json!(["A1"]));
    let again: Claims<GenericBody> = decode(&encode(&claims, &operator()).unwrap()).unwrap();
    assert_eq!(
        (again.sub.as_str(), &again.nats),
        ("anything", &claims.nats)
    );
    let custom =
        json!({"iss": operator().public(), "sub": "x", "nats": {"type": "mine", "version": 2}});
    let custom: Claims<GenericBody> =
        decode(&token_of(&custom, &operator(), "ed25519-nkey")).unwrap();
    assert_eq!(custom.nats.data["type"], json!("mine"));
}

#[test]
fn version_one_moves_into_version_two() {
    let payload = json!({
        "type": "user", "tags": ["t"], "issuer_account": account(1).public(),
        "iss": account(101).public(), "sub": user(1).public(), "nats": {"payload": 7},
    });
    let claims: Claims<UserBody> = decode(&token_of(&payload, &account(101), "ed25519")).unwrap();
    let rights = &claims.nats.rights;
    assert_eq!((rights.subs, rights.data, rights.payload), (-1, -1, 7));
    assert_eq!(claims.nats.issuer_account, Some(account(1).public()));
    assert_eq!(claims.nats.tags, ["t"]);
    let payload = json!({
        "type": "account", "iss": operator().public(), "sub": account(1).public(),
        "nats": {"limits": {"conn": 5, "mem_storage": 9}},
    });
    let claims: Claims<AccountBody> = decode(&token_of(&payload, &operator(), "ed25519")).unwrap();
    assert_eq!(claims.nats.limits.conn, 5);
    assert!(!claims.nats.limits.has_jetstream());
}

fn any_json() -> impl Strategy<Value = Value> {
    // Not null: such a field is the same as an absent one.
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z*>. ]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,5}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Names that no field has.
fn unknown_fields() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::btree_map("x_[a-z]{1,5}", any_json(), 0..4)
        .prop_map(|map| map.into_iter().collect())
}

proptest! {
    /// Unknown fields survive at every place that keeps them.
    #[test]
    fn unknown_fields_round_trip(
        top in unknown_fields(), body in unknown_fields(), inner in unknown_fields(),
    ) {
        let with = |mut value: Value, extra: &Map<String, Value>| {
            let object = value.as_object_mut().unwrap();
            object.extend(extra.clone());
            value
        };
        let import = json!({"subject": "b", "type": "service", "account": account(2).public()});
        let nats = json!({
            "limits": with(json!({"conn": 3}), &inner),
            "exports": [with(json!({"subject": "a", "type": "stream"}), &inner)],
            "imports": [with(import, &inner)],
            "signing_keys": [with(json!({
                "kind": "user_scope", "key": account(3).public(), "role": "r",
                "template": with(
                    json!({"subs": 1, "data": 2, "payload": 3, "pub": {"allow": ["a"]}, "sub": {}}),
                    &inner,
                ),
            }), &inner)],
            "tidegate": with(json!({"generation": 4}), &inner),
        });
        let mut payload = json!({
            "iss": operator().public(), "sub": account(1).public(), "iat": NOW, "name": "n",
            "nats": with(nats, &body),
        });
        payload = with(payload, &top);
        payload["nats"]["type"] = json!("account");
        payload["nats"]["version"] = json!(2);
        let token = token_of(&payload, &operator(), "ed25519-nkey");
        let claims: Claims<AccountBody> = decode(&token).unwrap();
        let again = encode(&claims, &operator()).unwrap();
        let mut written = Parts::split(&again).unwrap().payload().unwrap();
        written.remove("jti");
        prop_assert_eq!(Value::Object(written), payload);
    }

    #[test]
    fn arbitrary_bodies_never_panic(
        nats in any_json(), kind in "operator|account|user|activation", version in 1..3,
    ) {
        let mut nats = nats;
        if let Value::Object(map) = &mut nats {
            map.insert("type".to_owned(), json!(kind));
            map.insert("version".to_owned(), json!(version));
        }
        let payload = json!({"iss": account(1).public(), "sub": user(1).public(), "nats": nats});
        let token = token_of(&payload, &account(1), "ed25519-nkey");
        let _ = decode::<UserBody>(&token);
        let _ = decode::<AccountBody>(&token);
        let _ = decode::<ActivationBody>(&token);
        let _ = decode::<GenericBody>(&token);
        let _ = kind_of(&token);
    }

    #[test]
    fn mutated_tokens_never_pass(at in any::<prop::sample::Index>(), byte in any::<char>()) {
        let payload = user_payload(json!({"type": "user", "version": 2}));
        let good = token_of(&payload, &account(1), "ed25519-nkey");
        let at = at.index(good.len());
        let mut chars: Vec<char> = good.chars().collect();
        prop_assume!(chars[at] != byte);
        chars[at] = byte;
        let mutated: String = chars.into_iter().collect();
        prop_assert!(decode::<UserBody>(&mutated).is_err());
    }

    #[test]
    fn arbitrary_texts_never_panic(text in "\\PC{0,40}(\\.\\PC{0,40}){0,3}") {
        prop_assert!(decode::<UserBody>(&text).is_err());
        let _ = crate::creds::parse(&text);
    }
}

/// Other than in a user: the Go library starts from unlimited when it reads a template.
#[test]
fn a_template_is_unlimited_where_it_says_nothing() {
    let read = |template: Value| {
        let key = account(3).public();
        let scope = json!({"kind": "user_scope", "key": key, "role": "r", "template": template});
        let scope: UserScope = serde_json::from_value(scope).unwrap();
        let written = serde_json::to_value(&scope).unwrap()["template"].clone();
        let limits = ["subs", "data", "payload"].map(|limit| written[limit].as_i64());
        (scope.template.rights.subs, limits)
    };
    assert_eq!(read(json!({})), (-1, [Some(-1); 3]));
    assert_eq!(
        read(json!({"subs": 0, "payload": 7})),
        (0, [Some(0), Some(-1), Some(7)])
    );
    let kept = json!({"subs": 1, "data": 2, "payload": 3, "later": {"x": 1}, "pub": {}, "sub": {}});
    let scope: ScopeTemplate = serde_json::from_value(kept.clone()).unwrap();
    assert_eq!(serde_json::to_value(scope).unwrap(), kept);
    assert_eq!(ScopeTemplate::default().rights.subs, -1);
}

#[test]
fn only_account_tokens_may_be_larger_than_others() {
    let large = |bytes: usize| "x".repeat(bytes);
    for (token, expected) in [
        (large(TOKEN_BYTES_MAX + 1), JwtError::Shape),
        (large(ACCOUNT_TOKEN_BYTES_MAX), JwtError::Shape),
        (
            large(ACCOUNT_TOKEN_BYTES_MAX + 1),
            JwtError::TooLarge {
                bytes: ACCOUNT_TOKEN_BYTES_MAX + 1,
                max: ACCOUNT_TOKEN_BYTES_MAX,
            },
        ),
    ] {
        assert_eq!(decode::<AccountBody>(&token).unwrap_err(), expected);
        assert_eq!(kind_of(&token).unwrap_err(), expected);
    }
    let mut claims = Claims::new(user(1).public(), "u", NOW, UserBody::default());
    claims.name = large(TOKEN_BYTES_MAX);
    let refused = encode(&claims, &account(1));
    assert!(matches!(
        refused,
        Err(JwtError::TooLarge {
            max: TOKEN_BYTES_MAX,
            ..
        })
    ));
}
