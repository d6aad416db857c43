//! Answers to questions: each rule, one after the other.

use serde_json::json;

use super::*;
use crate::claims::account::{AccountBody, SigningKey};
use crate::claims::user::UserPermissionLimits;
use crate::identity::{
    ConnectFacts, ConnectionType, Identity, Proof, Recheck, authenticate, recheck,
};
use crate::nkeys::KeyPair;
use crate::testing::{NOW, account, key, policy, signed, trust, user};
use crate::zone::Zone;

/// The account that is asked is account 1, the server server 1, the question's key user 9.
fn question() -> Question {
    Question {
        account: account(1).public(),
        server: key(KeyKind::Server, 1).public(),
        user: user(9).public(),
    }
}

fn asking(change: impl FnOnce(&mut AccountBody)) -> AccountPolicy {
    policy(1, |body| {
        body.authorization.auth_users = vec![user(1).public().to_string()];
        change(body);
    })
}

fn scope(key: u8, template: &serde_json::Value) -> SigningKey {
    serde_json::from_value(json!({
        "kind": "user_scope", "key": account(key).public(), "role": "r", "template": template,
    }))
    .unwrap()
}

fn user_of(of: PublicKey, signer: &KeyPair, rights: UserPermissionLimits) -> Claims<UserBody> {
    let body = UserBody {
        rights,
        issuer_account: (of != signer.public()).then_some(of),
        ..UserBody::default()
    };
    let mut claims = Claims::new(user(9).public(), "known", NOW, body);
    claims.exp = NOW + 60;
    claims
}

/// A good answer: the user is in account 1, and both are signed by its key.
fn good() -> Claims<AuthorizationResponseBody> {
    let rights = UserPermissionLimits::unlimited();
    carrying(
        &user_of(account(1).public(), &account(1), rights),
        &account(1),
    )
}

fn carrying(user: &Claims<UserBody>, signer: &KeyPair) -> Claims<AuthorizationResponseBody> {
    let body = AuthorizationResponseBody {
        jwt: jwt::encode(user, signer).unwrap(),
        ..AuthorizationResponseBody::default()
    };
    let mut claims = Claims::new(question().user, "", NOW, body);
    claims.aud = Some(question().server.to_string());
    claims
}

type Read = Result<(Claims<UserBody>, PublicKey), CalloutError>;

fn read_by(asked: &AccountPolicy, answer: &Claims<AuthorizationResponseBody>, by: u8) -> Read {
    let token = jwt::encode(answer, &account(by)).unwrap();
    question().read(asked, token.as_bytes(), NOW)
}

/// Why a good answer that `change` spoiled does not count.
fn spoiled(change: impl FnOnce(&mut Claims<AuthorizationResponseBody>)) -> CalloutError {
    let mut answer = good();
    change(&mut answer);
    read_by(&asking(|_| {}), &answer, 1).unwrap_err()
}

fn facts<'a>(asked: &'a AccountPolicy, local_zone: &'a Zone) -> ConnectFacts<'a> {
    ConnectFacts {
        now: NOW,
        proof: Proof::Callout(asked),
        client_ip: Some("10.1.2.3".parse().unwrap()),
        connection_type: ConnectionType::Standard,
        proxied: false,
        certificates: &[],
        local_zone,
    }
}

/// What becomes of a user that account 1's callout places in `target`.
fn placed(
    asked: &AccountPolicy,
    target: &AccountPolicy,
    user: &Claims<UserBody>,
    signer: &KeyPair,
) -> Result<Identity, AuthError> {
    let (user, account) = read_by(asked, &carrying(user, signer), 1).unwrap();
    assert_eq!(account, target.key);
    authenticate(&trust(false), target, &user, &facts(asked, &Zone::utc()))
}

#[test]
fn a_good_answer_gives_the_user() {
    let (user, of) = read_by(&asking(|_| {}), &good(), 1).unwrap();
    assert_eq!((user.subject(), of), (question().user, account(1).public()));
}

#[test]
fn an_answer_counts_for_its_question_only() {
    let another = |answer: &mut Claims<AuthorizationResponseBody>| {
        answer.sub = user(8).public().to_string();
    };
    assert_eq!(spoiled(another), CalloutError::OtherQuestion);
    let elsewhere = key(KeyKind::Server, 2).public().to_string();
    assert_eq!(
        spoiled(|answer| answer.aud = Some(elsewhere)),
        CalloutError::OtherServer
    );
    assert_eq!(
        spoiled(|answer| answer.aud = None),
        CalloutError::OtherServer
    );
    let mut claims = user_of(
        account(1).public(),
        &account(1),
        UserPermissionLimits::unlimited(),
    );
    claims.sub = user(8).public().to_string();
    let replayed = carrying(&claims, &account(1));
    assert_eq!(
        read_by(&asking(|_| {}), &replayed, 1).unwrap_err(),
        CalloutError::OtherUser
    );
}

#[test]
fn an_answer_has_its_time() {
    assert_eq!(spoiled(|answer| answer.exp = NOW), CalloutError::Time);
    assert_eq!(spoiled(|answer| answer.nbf = NOW + 1), CalloutError::Time);
    let mut answer = good();
    (answer.exp, answer.nbf) = (NOW + 1, NOW);
    assert!(read_by(&asking(|_| {}), &answer, 1).is_ok());
}

#[test]
fn an_answer_holds_a_user_or_an_error() {
    assert_eq!(
        spoiled(|answer| answer.nats.jwt.clear()),
        CalloutError::Content
    );
    assert_eq!(
        spoiled(|answer| answer.nats.error = "no".to_owned()),
        CalloutError::Content
    );
    let refused = spoiled(|answer| {
        answer.nats.jwt.clear();
        answer.nats.error = format!("no\n\u{1b}[2J{}", "x".repeat(1000));
    });
    let CalloutError::Refused(text) = refused else {
        panic!("{refused}");
    };
    assert!(
        text.starts_with("no\\n\\u{1b}[2Jx") && text.len() < 300,
        "{text}"
    );
    assert!(matches!(
        spoiled(|answer| answer.nats.jwt = "eyJ".to_owned()),
        CalloutError::User(_)
    ));
}

#[test]
fn any_key_of_the_account_signs_answers() {
    let asked = asking(|body| body.signing_keys.push(scope(50, &json!({}))));
    for signer in [1, 101, 50] {
        assert!(read_by(&asked, &good(), signer).is_ok(), "{signer}");
    }
    assert_eq!(
        read_by(&asked, &good(), 2).unwrap_err(),
        CalloutError::Issuer
    );
    // nats-server looks at the issuer_account alone, and so takes an answer of anybody's key.
    let mut named = good();
    named.nats.issuer_account = Some(account(1).public());
    assert!(read_by(&asked, &named, 101).is_ok());
    assert_eq!(
        read_by(&asked, &named, 2).unwrap_err(),
        CalloutError::Issuer
    );
    named.nats.issuer_account = Some(account(2).public());
    assert_eq!(
        read_by(&asked, &named, 101).unwrap_err(),
        CalloutError::Issuer
    );
}

#[test]
fn what_is_no_answer_is_refused() {
    let asked = asking(|_| {});
    let read = |bytes: &[u8]| question().read(&asked, bytes, NOW).unwrap_err();
    assert_eq!(read(b""), CalloutError::Empty);
    assert!(matches!(read(b"eyJ"), CalloutError::Answer(_)));
    assert!(matches!(read(b"\xff\xfe"), CalloutError::Answer(_)));
    let user = user_of(
        account(1).public(),
        &account(1),
        UserPermissionLimits::unlimited(),
    );
    let bare = jwt::encode(&user, &account(1)).unwrap();
    assert!(matches!(read(bare.as_bytes()), CalloutError::Answer(_)));
}

#[test]
fn without_a_callout_no_answer_counts() {
    let asked = policy(1, |_| {});
    assert_eq!(
        read_by(&asked, &good(), 1).unwrap_err(),
        CalloutError::NoCallout
    );
    let other = policy(2, |body| {
        body.authorization.auth_users = vec![user(1).public().to_string()];
    });
    assert_eq!(
        read_by(&other, &good(), 1).unwrap_err(),
        CalloutError::NoCallout
    );
}

#[test]
fn the_user_is_one_like_any_other() {
    let asked = asking(|_| {});
    let rights = |change: fn(&mut UserPermissionLimits)| {
        let mut rights = UserPermissionLimits::unlimited();
        change(&mut rights);
        user_of(account(1).public(), &account(1), rights)
    };
    let decide = |claims: &Claims<UserBody>| placed(&asked, &asked, claims, &account(1));
    let good = decide(&rights(|_| {})).unwrap();
    assert_eq!(good.admitted_by, Some(account(1).public()));
    assert_eq!((good.user, good.account), (user(9).public(), asked.key));
    let bearer = decide(&rights(|rights| rights.bearer_token = true)).unwrap();
    assert!(!bearer.bearer);
    type Change = fn(&mut UserPermissionLimits);
    let refusals: [(Change, AuthError); 4] = [
        (
            |rights| rights.src = Some(vec!["192.0.2.0/24".to_owned()]),
            AuthError::ClientAddress,
        ),
        (
            |rights| rights.allowed_connection_types = Some(vec!["MQTT".to_owned()]),
            AuthError::ConnectionType,
        ),
        (
            |rights| {
                rights.times = Some(vec![crate::TimeRange {
                    start: "01:00:00".to_owned(),
                    end: "02:00:00".to_owned(),
                }]);
                rights.times_location = "UTC".to_owned();
            },
            AuthError::OutsideHours,
        ),
        (
            |rights| rights.proxy_required = true,
            AuthError::ProxyRequired,
        ),
    ];
    for (change, error) in refusals {
        assert_eq!(decide(&rights(change)).unwrap_err(), error);
    }
    let mut expired = rights(|_| {});
    expired.exp = NOW;
    assert_eq!(decide(&expired).unwrap_err(), AuthError::Expired);
    let revoked = asking(|body| {
        body.revocations.insert("*".to_owned(), NOW);
    });
    assert_eq!(
        placed(&revoked, &revoked, &rights(|_| {}), &account(1)).unwrap_err(),
        AuthError::Revoked
    );
    let no_bearers = asking(|body| body.limits.disallow_bearer = true);
    assert!(placed(&no_bearers, &no_bearers, &rights(|_| {}), &account(1)).is_ok());
}

#[test]
fn users_go_where_the_callout_may_place_them() {
    let target = policy(2, |_| {});
    let plain = UserPermissionLimits::unlimited();
    let of_two = user_of(target.key, &account(2), plain.clone());
    let allowing = |accounts: &[&str]| {
        let accounts: Vec<_> = accounts.iter().map(|&it| it.to_owned()).collect();
        asking(|body| body.authorization.allowed_accounts = accounts)
    };
    let two = account(2).public().to_string();
    let three = account(3).public().to_string();
    for allowed in [
        allowing(&["*"]),
        allowing(&[&two]),
        allowing(&[&three, &two]),
    ] {
        let identity = placed(&allowed, &target, &of_two, &account(2)).unwrap();
        assert_eq!(identity.account, target.key);
        assert_eq!(identity.admitted_by, Some(account(1).public()));
    }
    for forbidding in [allowing(&[]), allowing(&[&three]), allowing(&[&three, "*"])] {
        assert_eq!(
            placed(&forbidding, &target, &of_two, &account(2)).unwrap_err(),
            AuthError::CalloutPlacement
        );
    }
    // The callout's own key cannot make users of another account.
    let forged = user_of(target.key, &account(1), plain);
    assert_eq!(
        placed(&allowing(&["*"]), &target, &forged, &account(1)).unwrap_err(),
        AuthError::IssuerNotAllowed
    );
    let mut expired = allowing(&["*"]);
    expired.expires_at = Some(NOW);
    assert_eq!(
        placed(&expired, &target, &of_two, &account(2)).unwrap_err(),
        AuthError::CalloutPlacement
    );
}

#[test]
fn a_scoped_key_gives_its_role() {
    let target = policy(2, |body| {
        let template = json!({"pub": {"allow": ["box.{{name()}}"]}, "subs": -1});
        body.signing_keys.push(scope(50, &template));
    });
    let any = asking(|body| body.authorization.allowed_accounts = vec!["*".to_owned()]);
    let zero = UserPermissionLimits::default();
    let identity = placed(
        &any,
        &target,
        &user_of(target.key, &account(50), zero),
        &account(50),
    )
    .unwrap();
    assert!(identity.permissions.may_publish(b"box.known"));
    assert!(!identity.permissions.may_publish(b"box.other"));
    let rights = UserPermissionLimits::unlimited();
    let own_rights = user_of(target.key, &account(50), rights.clone());
    assert_eq!(
        placed(&any, &target, &own_rights, &account(50)).unwrap_err(),
        AuthError::ScopedUserNotZero
    );
    let strict = trust(true);
    let by_identity = user_of(target.key, &account(2), rights.clone());
    let by_identity = signed(&by_identity, &account(2));
    assert_eq!(
        authenticate(&strict, &target, &by_identity, &facts(&any, &Zone::utc())).unwrap_err(),
        AuthError::StrictIssuer
    );
    let by_signing_key = user_of(target.key, &account(102), rights);
    let by_signing_key = signed(&by_signing_key, &account(102));
    assert!(
        authenticate(
            &strict,
            &target,
            &by_signing_key,
            &facts(&any, &Zone::utc())
        )
        .is_ok()
    );
}

#[test]
fn only_servers_may_ask() {
    let asked = asking(|body| {
        body.default_permissions.publish.allow = Some(vec!["$SYS.>".to_owned()]);
    });
    let mut rights = UserPermissionLimits::unlimited();
    let of = |rights: &UserPermissionLimits| user_of(asked.key, &account(1), rights.clone());
    let default = placed(&asked, &asked, &of(&rights), &account(1)).unwrap();
    rights.publish.allow = Some(vec![">".to_owned()]);
    let own = placed(&asked, &asked, &of(&rights), &account(1)).unwrap();
    for permissions in [default.permissions, own.permissions] {
        assert!(!permissions.may_publish(SUBJECT.as_bytes()));
        assert!(permissions.may_publish(b"$SYS.REQ.USER.INFO"));
    }
}

#[test]
fn a_user_stays_as_long_as_the_callout_vouches() {
    let target = policy(2, |_| {});
    let any = asking(|body| body.authorization.allowed_accounts = vec!["*".to_owned()]);
    let claims = user_of(target.key, &account(2), UserPermissionLimits::unlimited());
    let identity = placed(&any, &target, &claims, &account(2)).unwrap();
    let check =
        |asked: Option<&AccountPolicy>, now| recheck(&identity, &trust(false), &target, asked, now);
    assert_eq!(check(Some(&any), NOW), Ok(Recheck::Unchanged));
    let mut expired = any.clone();
    expired.expires_at = Some(NOW);
    let mut early = any.clone();
    early.starts_at = NOW + 1;
    let others = [
        asking(|_| {}),
        policy(1, |_| {}),
        policy(3, |body| body.authorization = body_of_any()),
        expired,
        early,
    ];
    for asked in others.iter().map(Some).chain([None]) {
        assert_eq!(check(asked, NOW), Err(AuthError::CalloutWithdrawn));
    }
    assert_eq!(check(Some(&any), NOW + 60), Err(AuthError::Expired));
    let revoking = policy(2, |body| {
        body.revocations.insert(user(9).public().to_string(), NOW);
    });
    assert_eq!(
        recheck(&identity, &trust(false), &revoking, Some(&any), NOW),
        Err(AuthError::Revoked)
    );
    // The account's own callout is not asked about those whom another one let in.
    let with_callout = policy(2, |body| body.authorization = body_of_any());
    assert!(
        authenticate(
            &trust(false),
            &with_callout,
            &claims_of(&identity),
            &facts(&any, &Zone::utc())
        )
        .is_ok()
    );
}

fn body_of_any() -> ExternalAuthorization {
    ExternalAuthorization {
        auth_users: vec![user(1).public().to_string()],
        allowed_accounts: vec!["*".to_owned()],
        ..ExternalAuthorization::default()
    }
}

/// Decoded claims of the user behind `identity`.
fn claims_of(identity: &Identity) -> Claims<UserBody> {
    let claims = user_of(
        identity.account,
        &account(2),
        UserPermissionLimits::unlimited(),
    );
    signed(&claims, &account(2))
}

#[test]
fn a_sealed_answer_is_opened() {
    let (server, service) = (
        CurveKeyPair::from_entropy([1; 32]),
        CurveKeyPair::from_entropy([2; 32]),
    );
    let sealed = service.seal(b"answer", &server.public(), [3; 24]).unwrap();
    let keys = Some((&server, &service.public()));
    assert_eq!(open(&sealed, keys).unwrap(), b"answer".as_slice());
    assert_eq!(open(b"eyJ.x.y", keys).unwrap(), b"eyJ.x.y".as_slice());
    assert_eq!(open(b"", keys).unwrap(), b"".as_slice());
    assert_eq!(
        open(b"anything", keys),
        Err(CalloutError::Sealed(SealError::Shape))
    );
    let other = CurveKeyPair::from_entropy([4; 32]);
    let foreign = other.seal(b"answer", &server.public(), [3; 24]).unwrap();
    assert_eq!(
        open(&foreign, keys),
        Err(CalloutError::Sealed(SealError::Opening))
    );
    assert_eq!(open(&sealed, None).unwrap(), sealed.as_slice());
}

#[test]
fn a_request_reads_back() {
    let server = ServerId {
        name: "s".to_owned(),
        host: "127.0.0.1".to_owned(),
        id: question().server,
        version: "2.9.25".to_owned(),
        cluster: String::new(),
        tags: Vec::new(),
        xkey: None,
    };
    let connect = ConnectInformation {
        user: "dlc".to_owned(),
        pass: "hush".to_owned(),
        ..ConnectInformation::default()
    };
    assert!(!format!("{connect:?}").contains("hush"));
    let client = ClientInformation::default();
    let claims = question().request(server, client, connect, (NOW, NOW + 2));
    let token = jwt::encode(&claims, &key(KeyKind::Server, 1)).unwrap();
    let read = jwt::decode::<AuthorizationRequestBody>(&token).unwrap();
    assert_eq!(read.nats, claims.nats);
    assert_eq!((read.iss, read.exp), (question().server, NOW + 2));
    assert_eq!(read.aud.as_deref(), Some(AUDIENCE));
    assert_eq!(read.subject(), question().account);
    assert!(jwt::encode(&claims, &account(1)).is_err());
    assert!(jwt::encode(&good(), &key(KeyKind::Server, 1)).is_err());
}

#[test]
fn a_sentinel_is_a_bearer() {
    let token = |rights: UserPermissionLimits, signer: u8| {
        let claims = user_of(account(1).public(), &account(signer), rights);
        jwt::encode(&claims, &account(signer)).unwrap()
    };
    let mut rights = UserPermissionLimits::unlimited();
    assert_eq!(
        check_sentinel(&token(rights.clone(), 1)),
        Err(SentinelError::NotBearer)
    );
    rights.bearer_token = true;
    assert_eq!(check_sentinel(&token(rights, 1)), Ok(()));
    assert_eq!(
        check_sentinel(&token(UserPermissionLimits::default(), 50)),
        Ok(())
    );
    // Without a role behind it, nothing but zero means no bearer.
    assert_eq!(
        check_sentinel(&token(UserPermissionLimits::default(), 1)),
        Err(SentinelError::NotBearer)
    );
    assert!(matches!(check_sentinel("x"), Err(SentinelError::Token(_))));
}

#[test]
fn a_bad_curve_key_is_no_lack_of_one() {
    let claim = |xkey: &str| ExternalAuthorization {
        xkey: xkey.to_owned(),
        ..body_of_any()
    };
    assert!(Callout::compile(&claim("XBAD")).is_err());
    let key = CurveKeyPair::from_entropy([1; 32]).public();
    let callout = Callout::compile(&claim(&key.to_string())).unwrap().unwrap();
    assert_eq!(callout.xkey, Some(key));
    assert!(callout.exempts(&user(1).public()) && !callout.exempts(&user(2).public()));
}
