//! Accounts and users: what is read, and what is refused with which place.

use std::time::Duration;

use accounts::ShareKind;
use accounts::configured::{Login, Setup};
use accounts::identity::ConnectionType;
use accounts::nkeys::{KeyKind, KeyPair};

use super::{Face, options, refused, refuses, try_read};

fn setup(text: &str) -> Setup {
    options(text).setup
}

/// The mistake, with its line and column.
#[track_caller]
fn refuses_at(text: &str, at: &str, expected: &str) {
    let message = refused(text, Face::Server);
    assert!(
        message.starts_with(&format!("test.conf:{at}: ")),
        "{text:?} gave {message:?}"
    );
    assert!(message.contains(expected), "{text:?} gave {message:?}");
}

#[test]
fn logins_are_read() {
    assert!(setup("").is_open() && setup("authorization {}").is_open());
    let token = setup("authorization { token: t }");
    assert!(token.token.is_some_and(|token| token.matches("t")));
    let single = setup("authorization { username: u, pass: 123 }").single;
    let (name, secret) = single.expect("a user");
    assert!(name == "u" && secret.matches("123"));
    let key = KeyPair::from_entropy(KeyKind::User, [1; 32]).public();
    let read = options(&format!(
        "authorization {{
            timeout: 2.5
            users = [ {{user: a, password: pw}}
                      {{nkey: {key}, allowed_connection_types: [standard, \"websocket\"]}} ]
        }}"
    ));
    assert_eq!(read.limits.auth_timeout, Some(Duration::from_millis(2500)));
    let [user, nkey] = &read.setup.users[..] else {
        panic!("two users");
    };
    assert!(matches!(&user.login, Login::Name { name, .. } if name == "a"));
    assert!(matches!(nkey.login, Login::Nkey(_)));
    let types = [ConnectionType::Standard, ConnectionType::Websocket];
    assert_eq!(nkey.connection_types.as_deref(), Some(&types[..]));
}

#[test]
fn permissions_take_each_form() {
    let read = |permissions: &str| {
        let text = format!("authorization {{ users: [{{user: a, permissions: {permissions}}}] }}");
        setup(&text).users[0].permissions.clone().expect("some")
    };
    let list = |texts: &[&str]| Some(texts.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>());
    assert_eq!(read("{publish: x}").publish.allow, list(&["x"]));
    assert_eq!(
        read("{pub: [x, \"y.>\"]}").publish.allow,
        list(&["x", "y.>"])
    );
    let both = read("{subscribe: {allow: \"a q\", deny: [b]}}").subscribe;
    assert_eq!((both.allow, both.deny), (list(&["a q"]), list(&["b"])));
    let responses = |text: &str| read(text).responses.map(|it| (it.max, it.ttl));
    assert_eq!(responses("{allow_responses: true}"), Some((0, 0)));
    assert_eq!(responses("{allow_responses: false}"), None);
    let given = "{allow_responses: {max: 5, expires: \"1m\"}}";
    assert_eq!(responses(given), Some((5, 60_000_000_000)));
    assert_eq!(
        responses("{allow_responses: {max: -2, ttl: \"-1s\"}}"),
        Some((-1, -1))
    );
    // Not as nats-server reads it.
    let read = options("authorization { users: [{user: a, permissions: {publish: []}}] }");
    assert!(
        read.warnings[0]
            .message
            .contains("an empty list allows nothing")
    );
}

#[test]
fn accounts_are_read() {
    assert_eq!(setup("accounts: [A, B]").accounts.len(), 2);
    let text = "accounts {
        A {
            exports: [
                {stream: \"a.>\", accounts: [B]}
                {service: \"s.*\", response_type: Chunked, threshold: \"2s\"}
                {service: \"m\", latency: {sampling: 50%, subject: \"lat\"}}
                {service: \"h\", latency: {sampling: headers, subject: \"lat\"}}
                {stream: \"t.*\", account_token_position: 2}
            ]
            limits: { max_conn: 3, max_subs: -1, max_payload: 1KB }
            mappings: { x: y, z: [ {dest: a, weight: 40}, {dest: b, weight: \"60%\"} ] }
            jetstream: disabled
            trace_dest: { dest: traces, sampling: 10% }
        }
        B {
            imports: [
                {stream: {account: A, subject: \"a.b\"}, prefix: p}
                {service: {account: A, subject: \"s.*\"}, to: \"mine.*\", share: true}
            ]
        }
    }";
    let setup = setup(text);
    let [a, b] = &setup.accounts[..] else {
        panic!("two accounts");
    };
    assert_eq!(a.exports[0].approved, ["B"]);
    let chunked = &a.exports[1].claim;
    assert_eq!(chunked.response_type, "Chunked");
    assert_eq!(chunked.response_threshold, 2_000_000_000);
    assert!(a.exports[2].claim.service_latency.is_some());
    assert_eq!(a.exports[4].claim.account_token_position, 2);
    let limits = &a.body.limits;
    assert_eq!((limits.conn, limits.subs, limits.payload), (3, -1, 1024));
    let weights = a.body.mappings["z"].iter().map(|it| it.weight);
    assert_eq!(weights.collect::<Vec<_>>(), [40, 60]);
    assert_eq!(a.body.trace.as_ref().map(|it| it.sampling), Some(10));
    let [stream, service] = &b.imports[..] else {
        panic!("two imports");
    };
    assert_eq!(
        (stream.claim.kind, stream.claim.to.as_str()),
        (ShareKind::Stream, "p")
    );
    assert_eq!(service.claim.local_subject, "mine.*");
    assert!(service.claim.share);
}

#[test]
fn mistakes_have_their_place() {
    let user = "authorization { users: [{user: a}] }\n";
    let and_user = |text: &str| format!("{user}{text}");
    refuses_at("accounts { $G {} }", "1:12", "is a Reserved Account");
    refuses_at("accounts: [A, B, A]", "1:18", "Duplicate Account Entry: A");
    refuses_at(
        "authorization {\n users: [ {user: a}\n {user: a} ] }",
        "3:2",
        "Duplicate user \"a\" detected",
    );
    refuses_at(
        &and_user("no_auth_user: b"),
        "2:15",
        "not present as user or nkey",
    );
    refuses_at("no_auth_user: b", "1:15", "users/nkeys are not defined");
    refuses_at("system_account: X", "1:17", "is not defined");
    refuses_at(
        "accounts { A {\n imports: [ {stream: {account: B, subject: x}} ] } }",
        "2:13",
        "\"B\" account not defined for stream import",
    );
    refuses_at(
        "accounts { B {}, A {\n imports: [ {service: {account: B, subject: x}} ] } }",
        "2:13",
        "service import not authorized",
    );
    refuses_at(
        "mappings {\n a: \"b..c\" }",
        "2:2",
        "Error adding mapping for \"a\"",
    );
    refuses_at("mappings { a: [ {dest: b} ] }", "1:17", "Missing weight");
    let lists = "authorization { token: t }\naccounts { A { users: [{user: a}] } }";
    refuses_at(lists, "1:1", "Can not have a token and a users array");
    let callout = "authorization { auth_callout { auth_users: [a] } }";
    refuses_at(callout, "1:30", "require an issuer");
}

#[test]
fn accounts_that_say_nothing_useful_are_refused() {
    for (text, expected) in [
        ("accounts { A: x }", "Expected map entries for accounts"),
        (
            "accounts { A { userz: [] } }",
            "unknown field \"userz\" of an account",
        ),
        (
            "accounts { A { jetstream: enabled } }",
            "\"jetstream\" is not supported",
        ),
        (
            "accounts { A { nkey: x } }",
            "Not a valid public nkey for an account",
        ),
        (
            "accounts { A { exports: [ {stream: a, latency: b} ] } }",
            "non-service",
        ),
        (
            "accounts { A { exports: [ {stream: a, service: b} ] } }",
            "not both",
        ),
        (
            "accounts { A { exports: [ {accounts: [A]} ] } }",
            "needs a stream or a service",
        ),
        (
            "accounts { A { exports: [ {service: a, response: many} ] } }",
            "Unknown response type",
        ),
        (
            "accounts { A { exports: [ {stream: a, accounts: [X]} ] } }",
            "account not defined",
        ),
        (
            "accounts { A { imports: [ {stream: {account: A}} ] } }",
            "Expect an account name",
        ),
        ("accounts { A { limits { max_conn: -2 } } }", "expected -1"),
    ] {
        refuses(text, expected);
    }
}

#[test]
fn logins_that_say_nothing_useful_are_refused() {
    for (text, expected) in [
        (
            "authorization { users: x }",
            "Expected users field to be an array",
        ),
        (
            "authorization { users: [ {password: x} ] }",
            "requires a user",
        ),
        (
            "authorization { users: [ {nkey: x} ] }",
            "Not a valid public nkey for a user",
        ),
        (
            "authorization { users: [ {user: a, account: X} ] }",
            "unknown field \"account\"",
        ),
        (
            "authorization { user: a, password: b, token: c }",
            "Cannot have a user/pass and token",
        ),
        ("authorization { password: b }", "a password needs a user"),
        (
            "authorization { users: [ {user: a, clients: [TCP]} ] }",
            "unknown connection type",
        ),
        (
            "authorization { users: [ {user: a, permissions: {pub: \"a b\"}} ] }",
            "`a b`",
        ),
        (
            "authorization { users: [ {user: a, permissions: {sub: \"a..b\"}} ] }",
            "`a..b`",
        ),
    ] {
        refuses(text, expected);
    }
    let warned = options("authorization { token: \"$2a$11$nothash\" }").warnings;
    assert!(warned[0].message.contains("nobody can log in with it"));
}

#[test]
fn operators_leave_nothing_to_be_configured() {
    for (text, expected) in [
        (
            "accounts {}",
            "operators do not allow Accounts to be configured directly",
        ),
        ("authorization { users: [{user: a}] }", "do not allow users"),
        ("no_auth_user: a", "not compatible with Trusted Operator"),
    ] {
        let problems = try_read(&format!("operator: x\n{text}"), Face::Server).expect_err(text);
        let found = problems
            .iter()
            .any(|problem| problem.message.contains(expected));
        assert!(found, "{text}: {problems:?}");
    }
}

/// nats-server refuses this or not by chance (its maps have no order), so the corpus lacks it.
#[test]
fn a_stream_import_has_a_prefix_or_a_name() {
    let text = "accounts {
        A { exports: [ {stream: y} ] }
        B { imports: [ {stream: {account: A, subject: y}, prefix: p, to: q} ] }
    }";
    refuses(text, "can not have a 'prefix' and a 'to' property");
}
