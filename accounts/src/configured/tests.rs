//! Configured accounts, users and logins.

use super::*;
use crate::claims::account::{ShareKind, WeightedMapping};
use crate::claims::user::SubjectRules;
use crate::identity::ConnectionType::{Standard, Websocket};
use crate::identity::{self, AuthError, Recheck, Way};
use crate::nkeys::KeyPair;
use crate::testing::key;
use crate::trust::Trust;

fn user(account: &str, name: &str, password: &str) -> UserSetup {
    UserSetup {
        account: account.to_owned(),
        login: Login::Name {
            name: name.to_owned(),
            secret: Secret::new(password),
        },
        permissions: None,
        connection_types: None,
        proxy_required: false,
    }
}

fn given<'a>(user: &'a str, password: &'a str) -> Credentials<'a> {
    Credentials {
        user: Some(user),
        password: Some(password),
        ..nothing()
    }
}

fn nothing() -> Credentials<'static> {
    Credentials {
        user: None,
        password: None,
        token: None,
        nkey: None,
        signature: None,
        nonce: b"nonce",
        way: by(Standard),
        certificate: None,
    }
}

fn by(connection_type: ConnectionType) -> Way {
    Way {
        connection_type,
        proxied: false,
    }
}

#[track_caller]
fn compile(setup: &Setup) -> Configured {
    Configured::compile(setup, None).expect("a good setup")
}

#[track_caller]
fn problems(setup: &Setup) -> Vec<(Place, String)> {
    let error = Configured::compile(setup, None).expect_err("a bad setup");
    let problems = error.0.into_iter();
    problems.map(|it| (it.place, it.message)).collect()
}

/// Lets in who gave this.
fn admitted(
    configured: &Configured,
    given: &Credentials<'_>,
) -> Result<identity::Identity, AuthError> {
    let user = configured.logins().claimed(given)?.prove()?;
    let account = configured.policy(&user.account).expect("its account");
    identity::admit(account, &user, given.way)
}

#[track_caller]
fn called(configured: &Configured, given: &Credentials<'_>) -> String {
    let identity = admitted(configured, given).expect("let in");
    assert_eq!(identity.shown_issuer(), None);
    identity.shown_user().unwrap_or_default()
}

fn with_users(users: Vec<UserSetup>) -> Setup {
    Setup {
        users,
        ..Setup::default()
    }
}

fn account(name: &str) -> AccountSetup {
    AccountSetup::new(name)
}

fn exporting(name: &str, kind: ShareKind, subject: &str, approved: &[&str]) -> AccountSetup {
    let mut account = account(name);
    account.exports.push(ExportSetup {
        claim: ExportClaim::new(kind, subject),
        approved: approved.iter().map(|name| (*name).to_owned()).collect(),
    });
    account
}

fn importing(mut account: AccountSetup, of: &str, kind: ShareKind, subject: &str) -> AccountSetup {
    account.imports.push(ImportSetup {
        account: of.to_owned(),
        claim: ImportClaim::new(kind, account_key(of), subject),
    });
    account
}

#[test]
fn nothing_configured_is_open_with_two_accounts() {
    let open = compile(&Setup::default());
    assert!(open.is_open(Standard) && !open.asks_for_credentials(Standard) && !open.has_nkeys());
    assert_eq!(open.system_account(), Some(account_key(SYSTEM)));
    assert_eq!(open.keys(), BTreeSet::from([global(), account_key(SYSTEM)]));
    let shown = open.policy(&global()).map(|policy| policy.shown());
    assert_eq!(shown.as_deref(), Some("$G"));
    assert!(admitted(&open, &given("a", "b")).is_err());
}

#[test]
fn a_door_may_have_its_own_token_and_user() {
    let mut setup = Setup {
        websocket: DoorSetup {
            single: Some(("web".to_owned(), Secret::new("pw"))),
            ..DoorSetup::default()
        },
        ..Setup::default()
    };
    let web = |user, password| Credentials {
        way: by(Websocket),
        ..given(user, password)
    };
    let open = compile(&setup);
    assert!(open.is_open(Standard) && !open.asks_for_credentials(Standard));
    assert!(!open.is_open(Websocket) && open.asks_for_credentials(Websocket));
    assert_eq!(called(&open, &web("web", "pw")), "web");
    assert!(admitted(&open, &web("web", "other")).is_err());
    setup.single = Some(("web".to_owned(), Secret::new("elsewhere")));
    let closed = compile(&setup);
    assert_eq!(called(&closed, &given("web", "elsewhere")), "web");
    assert_eq!(called(&closed, &web("web", "pw")), "web");
    assert!(admitted(&closed, &given("web", "pw")).is_err());
    assert!(admitted(&closed, &web("web", "elsewhere")).is_err());
    setup.websocket.token = Some(Secret::new("t"));
    let token = Credentials {
        token: Some("t"),
        way: by(Websocket),
        ..nothing()
    };
    let both = compile(&setup);
    admitted(&both, &token).expect("the token counts");
    assert!(
        admitted(&both, &web("web", "pw")).is_err(),
        "as in nats-server"
    );
}

#[test]
fn a_password_lets_its_user_in_and_nobody_else() {
    let hash = bcrypt::hash("hashed", 4).unwrap();
    let users = vec![
        user("A", "plain", "pw"),
        user(GLOBAL, "slow", &hash),
        user("A", "none", ""),
    ];
    let setup = Setup {
        accounts: vec![account("A")],
        ..with_users(users)
    };
    let configured = compile(&setup);
    assert!(!configured.is_open(Standard) && configured.asks_for_credentials(Standard));
    assert_eq!(called(&configured, &given("plain", "pw")), "plain");
    assert_eq!(called(&configured, &given("slow", "hashed")), "slow");
    assert_eq!(called(&configured, &given("none", "")), "none");
    let wrong = [
        given("plain", ""),
        given("plain", "PW"),
        given("slow", &hash),
        given("nobody", "pw"),
        given("nobody", "hashed"),
        given("nobody", ""),
        given("", "pw"),
        nothing(),
    ];
    for given in wrong {
        let refused = admitted(&configured, &given).map(|identity| identity.name);
        assert_eq!(refused, Err(AuthError::BadCredentials), "{given:?}");
    }
    let [plain, slow] = [given("plain", "pw"), given("slow", "hashed")]
        .map(|given| admitted(&configured, &given).unwrap().account);
    assert_eq!((plain, slow), (account_key("A"), global()));
}

#[test]
fn an_unknown_name_takes_as_long_as_a_known_one() {
    let hash = bcrypt::hash("x", 4).unwrap();
    let configured = compile(&with_users(vec![user(GLOBAL, "slow", &hash)]));
    for name in ["slow", "unknown"] {
        let claimed = configured.logins().claimed(&given(name, "y")).unwrap();
        assert!(claimed.is_slow(), "{name}");
    }
}

#[test]
fn who_knew_a_hashed_password_once_need_not_wait_again() {
    let hash = bcrypt::hash("x", 4).unwrap();
    let configured = compile(&with_users(vec![
        user(GLOBAL, "a", &hash),
        user(GLOBAL, "b", &hash),
    ]));
    let claimed = |name, password| {
        let given = given(name, password);
        configured.logins().claimed(&given).unwrap()
    };
    assert!(claimed("a", "y").prove().is_err() && claimed("a", "y").is_slow());
    assert!(claimed("a", "x").is_slow() && claimed("a", "x").prove().is_ok());
    assert!(!claimed("a", "x").is_slow() && claimed("a", "x").prove().is_ok());
    assert!(claimed("a", "y").is_slow() && claimed("a", "y").prove().is_err());
    assert!(claimed("b", "x").is_slow() && claimed("nobody", "x").is_slow());
}

#[test]
fn an_nkey_has_to_sign() {
    let pair = KeyPair::from_entropy(KeyKind::User, [3; 32]);
    let setup = with_users(vec![UserSetup {
        login: Login::Nkey(pair.public()),
        ..user(GLOBAL, "", "")
    }]);
    let configured = compile(&setup);
    assert!(configured.has_nkeys());
    let nkey = pair.public().to_string();
    let signature = data_encoding::BASE64URL_NOPAD.encode(&pair.sign(b"nonce"));
    let other = data_encoding::BASE64URL_NOPAD.encode(&pair.sign(b"another"));
    let by = |signature| Credentials {
        nkey: Some(&nkey),
        signature,
        ..nothing()
    };
    assert_eq!(called(&configured, &by(Some(&signature))), nkey);
    let refused = |given| admitted(&configured, &given).unwrap_err();
    assert_eq!(refused(by(None)), AuthError::SignatureMissing);
    assert_eq!(refused(by(Some(&other))), AuthError::BadSignature);
    let stranger = key(KeyKind::User, 9).public().to_string();
    let given = Credentials {
        nkey: Some(&stranger),
        ..by(Some(&signature))
    };
    assert_eq!(refused(given), AuthError::BadCredentials);
}

#[test]
fn a_token_and_a_single_user_are_alone_in_the_global_account() {
    let token = compile(&Setup {
        token: Some(Secret::new("t")),
        ..Setup::default()
    });
    let right = Credentials {
        token: Some("t"),
        ..nothing()
    };
    assert_eq!(called(&token, &right), "[REDACTED]");
    assert!(admitted(&token, &given("t", "t")).is_err());
    let single = compile(&Setup {
        single: Some(("u".to_owned(), Secret::new("p"))),
        ..Setup::default()
    });
    assert_eq!(called(&single, &given("u", "p")), "u");
    for wrong in [given("u", "q"), given("v", "p"), nothing(), right] {
        assert!(admitted(&single, &wrong).is_err());
    }
}

#[test]
fn who_gives_nothing_is_the_no_auth_user() {
    let setup = Setup {
        no_auth_user: Some("a".to_owned()),
        ..with_users(vec![user(GLOBAL, "a", "secret"), user(GLOBAL, "b", "b")])
    };
    let configured = compile(&setup);
    assert!(!configured.asks_for_credentials(Standard) && !configured.is_open(Standard));
    assert_eq!(called(&configured, &nothing()), "a");
    assert_eq!(called(&configured, &given("b", "b")), "b");
    assert!(admitted(&configured, &given("a", "")).is_err());
    for (users, expected) in [
        (vec![], "present, but users/nkeys are not defined"),
        (vec![user(GLOBAL, "b", "b")], "not present as user or nkey"),
    ] {
        let setup = Setup {
            users,
            ..setup.clone()
        };
        let found = problems(&setup);
        assert_eq!(found[0].0, Place::NoAuthUser);
        assert!(found[0].1.contains(expected), "{found:?}");
    }
}

#[test]
fn users_of_the_system_account_alone_lock_nobody_out() {
    let setup = Setup {
        accounts: vec![account(SYSTEM)],
        ..with_users(vec![user(SYSTEM, "admin", "s")])
    };
    let configured = compile(&setup);
    assert!(
        configured.asks_for_credentials(Standard),
        "as nats-server says"
    );
    assert_eq!(called(&configured, &nothing()), "");
    assert_eq!(admitted(&configured, &nothing()).unwrap().account, global());
    assert_eq!(called(&configured, &given("admin", "s")), "admin");
    let locked = Setup {
        has_authorization: true,
        ..setup.clone()
    };
    assert!(admitted(&compile(&locked), &nothing()).is_err());
    let more = Setup {
        accounts: vec![account(SYSTEM), account("A")],
        ..setup
    };
    assert!(admitted(&compile(&more), &nothing()).is_err());
}

#[test]
fn defaults_are_for_those_without_permissions_of_their_own() {
    let subscribe = |subject: &str| PermissionSet {
        subscribe: SubjectRules {
            allow: Some(vec![subject.to_owned()]),
            deny: None,
        },
        ..PermissionSet::default()
    };
    let setup = Setup {
        default_permissions: subscribe("default"),
        ..with_users(vec![
            user(GLOBAL, "a", "a"),
            UserSetup {
                permissions: Some(subscribe("own")),
                ..user(GLOBAL, "b", "b")
            },
        ])
    };
    let configured = compile(&setup);
    let may = |name, subject: &str| {
        let identity = admitted(&configured, &given(name, name)).unwrap();
        identity.permissions.may_subscribe(subject.as_bytes(), None)
    };
    assert!(may("a", "default") && !may("a", "own"));
    assert!(may("b", "own") && !may("b", "default"));
}

#[test]
fn only_listed_types_of_connections_get_in() {
    let setup = with_users(vec![UserSetup {
        connection_types: Some(vec![Websocket]),
        ..user(GLOBAL, "a", "a")
    }]);
    let configured = compile(&setup);
    assert!(admitted(&configured, &given("a", "a")).is_err());
    let by_websocket = Credentials {
        way: by(Websocket),
        ..given("a", "a")
    };
    assert_eq!(called(&configured, &by_websocket), "a");
}

#[test]
fn who_needs_a_proxy_comes_by_one_and_stays() {
    let mut setup = with_users(vec![user(GLOBAL, "a", "a")]);
    let proxied = |proxied| Credentials {
        way: Way {
            proxied,
            ..by(Standard)
        },
        ..given("a", "a")
    };
    let free = compile(&setup);
    let [plain, by_proxy] = [false, true].map(|is| admitted(&free, &proxied(is)).expect("free"));
    setup.users[0].proxy_required = true;
    let bound = compile(&setup);
    assert_eq!(called(&bound, &proxied(true)), "a");
    let refused = admitted(&bound, &proxied(false)).unwrap_err();
    assert_eq!(refused, AuthError::ProxyRequired);
    let policy = bound.policy(&global()).expect("the account");
    let again = |identity| identity::recheck(identity, &Trust::configuration(), policy, None, 0);
    assert_eq!(again(&plain), Err(AuthError::ProxyRequired));
    assert_eq!(again(&by_proxy), Ok(Recheck::Unchanged));
}

#[test]
fn a_door_may_have_its_own_guest() {
    let users = [user(GLOBAL, "a", "a"), user(GLOBAL, "b", "b")];
    let mut setup = with_users(users.to_vec());
    setup.no_auth_user = Some("a".to_owned());
    setup.websocket.no_auth_user = Some("b".to_owned());
    let configured = compile(&setup);
    let by_websocket = Credentials {
        way: by(Websocket),
        ..nothing()
    };
    assert_eq!(called(&configured, &nothing()), "a");
    assert_eq!(called(&configured, &by_websocket), "b");
    setup.websocket.no_auth_user = Some("c".to_owned());
    let [(place, message)] = problems(&setup).try_into().expect("one problem");
    assert_eq!(place, Place::NoAuthUser);
    assert!(message.contains("not present as user or nkey"), "{message}");
}

#[test]
fn a_certificate_shows_who_it_is() {
    let users = [user(GLOBAL, "a", "a"), user(GLOBAL, "b", "b")];
    let configured = compile(&with_users(users.to_vec()));
    let names = ["x", "b", "a"].map(str::to_owned);
    let by = |names| Credentials {
        certificate: Some(names),
        ..given("a", "a")
    };
    assert_eq!(called(&configured, &by(&names)), "b");
    let refused = admitted(&configured, &by(&names[..1])).unwrap_err();
    assert_eq!(
        refused,
        AuthError::BadCredentials,
        "whatever password it has"
    );
    // Who has no password needs the certificate.
    let mut setup = with_users(vec![user(GLOBAL, "b", ""), user(GLOBAL, "c", "c")]);
    assert_eq!(called(&compile(&setup), &given("b", "")), "b");
    setup.maps_certificates = true;
    let mapped = compile(&setup);
    assert_eq!(called(&mapped, &by(&names)), "b");
    let refused = admitted(&mapped, &given("b", "")).unwrap_err();
    assert_eq!(refused, AuthError::BadCredentials);
    assert_eq!(called(&mapped, &given("c", "c")), "c");
}

#[test]
fn imports_need_an_export_that_agrees() {
    use ShareKind::{Service, Stream};
    let check = |accounts: Vec<AccountSetup>| {
        let setup = Setup {
            accounts,
            ..Setup::default()
        };
        Configured::compile(&setup, None)
            .map(drop)
            .map_err(|error| {
                let problem = &error.0[0];
                (problem.place.clone(), problem.message.clone())
            })
    };
    let b = |kind| importing(account("B"), "A", kind, "x.y");
    assert_eq!(
        check(vec![exporting("A", Stream, "x.>", &[]), b(Stream)]),
        Ok(())
    );
    assert_eq!(
        check(vec![exporting("A", Stream, "x.>", &["B"]), b(Stream)]),
        Ok(())
    );
    let refused = |accounts, expected: &str| {
        let (place, message) = check(accounts).unwrap_err();
        assert_eq!(place, Place::Import("B".to_owned(), 0));
        assert!(message.contains(expected), "{message}");
    };
    refused(
        vec![account("A"), b(Stream)],
        "stream import not authorized",
    );
    refused(
        vec![exporting("A", Stream, "x.>", &["A"]), b(Stream)],
        "not authorized",
    );
    refused(
        vec![exporting("A", Stream, "x.>", &[]), b(Service)],
        "service import not authorized",
    );
    refused(
        vec![b(Stream)],
        "\"A\" account not defined for stream import",
    );
    let both = importing(b(Stream), "A", Stream, "x.y");
    let (place, message) = check(vec![exporting("A", Stream, "x.>", &[]), both]).unwrap_err();
    assert_eq!(place, Place::Import("B".to_owned(), 1));
    assert!(
        message.contains("stream import already exists"),
        "{message}"
    );
    // The exact export speaks for its subject, whatever covers it.
    let mut a = exporting("A", Stream, "x.>", &["A"]);
    a.exports.extend(exporting("A", Stream, "x.y", &[]).exports);
    assert_eq!(check(vec![a, b(Stream)]), Ok(()));
}

#[test]
fn an_account_token_is_the_importers_name() {
    let mut a = exporting("A", ShareKind::Stream, "x.*", &[]);
    a.exports[0].claim.account_token_position = 2;
    let with = |subject| Setup {
        accounts: vec![
            a.clone(),
            importing(account("B"), "A", ShareKind::Stream, subject),
        ],
        ..Setup::default()
    };
    compile(&with("x.B"));
    for subject in ["x.C", "x.*"] {
        assert!(
            problems(&with(subject))[0].1.contains("not authorized"),
            "{subject}"
        );
    }
}

#[test]
fn circles_are_refused() {
    let [a, b] = ["A", "B"].map(|name| exporting(name, ShareKind::Service, "y", &[]));
    let setup = Setup {
        accounts: vec![
            importing(a, "B", ShareKind::Service, "y"),
            importing(b, "A", ShareKind::Service, "y"),
        ],
        ..Setup::default()
    };
    assert!(problems(&setup)[0].1.contains("import forms a cycle"));
}

#[test]
fn what_is_twice_or_nowhere_is_told_with_its_place() {
    let twice = with_users(vec![user(GLOBAL, "a", "a"), user(GLOBAL, "a", "b")]);
    let expected = (Place::User(1), "Duplicate user \"a\" detected".to_owned());
    assert_eq!(problems(&twice), [expected]);
    let nowhere = with_users(vec![user("X", "a", "a")]);
    assert_eq!(problems(&nowhere)[0].0, Place::User(0));
    let system = Setup {
        system_account: Some("X".to_owned()),
        ..Setup::default()
    };
    assert_eq!(problems(&system)[0].0, Place::SystemAccount);
    let mut mapped = account("A");
    let destination = WeightedMapping {
        subject: "b".to_owned(),
        weight: 60,
        cluster: String::new(),
    };
    let other = WeightedMapping {
        subject: "c".to_owned(),
        ..destination.clone()
    };
    mapped
        .body
        .mappings
        .insert("a".to_owned(), vec![destination, other]);
    let setup = Setup {
        accounts: vec![mapped],
        ..Setup::default()
    };
    let place = Place::Mapping("A".to_owned(), "a".to_owned());
    assert_eq!(problems(&setup)[0].0, place);
}

/// What becomes of a login when the configuration changes from one to the other.
fn rechecked(before: &Setup, given: &Credentials<'_>, after: &Setup) -> Result<Recheck, AuthError> {
    let before = compile(before);
    let identity = admitted(&before, given).unwrap();
    let after = Configured::compile(after, Some(&before)).unwrap();
    let account = after
        .policy(&identity.account)
        .ok_or(AuthError::WrongAccount)?;
    identity::recheck(&identity, &Trust::configuration(), account, None, 1)
}

#[test]
fn a_login_stands_as_long_as_its_credentials_do() {
    let setup = |password: &str| with_users(vec![user(GLOBAL, "a", password)]);
    let given = given("a", "a");
    let now = |after: &Setup| rechecked(&setup("a"), &given, after);
    assert_eq!(now(&setup("a")), Ok(Recheck::Unchanged));
    let hash = bcrypt::hash("a", 4).unwrap();
    assert_eq!(now(&setup(&hash)), Ok(Recheck::Unchanged));
    assert_eq!(now(&setup("b")), Err(AuthError::NotConfigured));
    assert_eq!(
        now(&with_users(vec![user(GLOBAL, "b", "a")])),
        Err(AuthError::NotConfigured)
    );
    assert_eq!(
        now(&Setup::default()),
        Ok(Recheck::Unchanged),
        "everybody may stay"
    );
    let mut narrowed = setup("a");
    narrowed.users[0].connection_types = Some(vec![ConnectionType::Mqtt]);
    assert_eq!(now(&narrowed), Err(AuthError::ConnectionType));
    let mut denied = setup("a");
    denied.default_permissions.publish.deny = Some(vec!["x".to_owned()]);
    match now(&denied) {
        Ok(Recheck::Permissions(permissions)) => assert!(!permissions.may_publish(b"x")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_callout_is_asked_about_all_but_its_own() {
    let issuer = key(KeyKind::Account, 5).public();
    let callout = |allowed: &[&str]| CalloutSetup {
        issuer,
        account: "AUTH".to_owned(),
        auth_users: vec!["auth".to_owned()],
        xkey: None,
        allowed_accounts: allowed.iter().map(|name| (*name).to_owned()).collect(),
    };
    let setup = |allowed: &[&str]| Setup {
        accounts: vec![account("AUTH"), account("A")],
        callout: Some(callout(allowed)),
        ..with_users(vec![
            user("AUTH", "auth", "auth"),
            user("A", "a", "a"),
            user(GLOBAL, "g", "g"),
        ])
    };
    let all = compile(&setup(&[]));
    let verdict = |configured: &Configured, name| {
        let given = given(name, name);
        let admitted = admitted(configured, &given).map(|identity| identity.name);
        (admitted.err(), configured.callout_for(&given).is_some())
    };
    assert_eq!(verdict(&all, "auth"), (None, false));
    assert_eq!(verdict(&all, "a"), (Some(AuthError::CalloutRequired), true));
    assert_eq!(verdict(&all, "g"), (Some(AuthError::CalloutRequired), true));
    assert_eq!(verdict(&all, "x"), (Some(AuthError::BadCredentials), true));
    let some = compile(&setup(&["AUTH"]));
    assert_eq!(verdict(&some, "a").0, None);
    assert_eq!(verdict(&some, "g").0, Some(AuthError::CalloutRequired));
    let responder = admitted(&all, &given("auth", "auth")).unwrap();
    assert!(!responder.permissions.may_publish(b"$SYS.REQ.USER.AUTH"));
    let nowhere = Setup {
        accounts: Vec::new(),
        users: Vec::new(),
        ..setup(&[])
    };
    assert_eq!(problems(&nowhere)[0].0, Place::Callout);
}
