//! What each directive becomes, and what is refused with which place and remedy.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use accounts::nkeys::{KeyKind, KeyPair};
use accounts::{AccountBody, OperatorBody, jwt};
use broker::{Deletion, Trusted};
use proptest::prelude::*;

use super::directives::read;
use super::{Endpoint, Face, Options, Port, ResolverKind, ResolverTls};
use crate::config::{Problem, parse_text};

fn try_read(text: &str, face: Face) -> Result<Options, Vec<Problem>> {
    let tree = parse_text("test.conf", text, None, &|_| None).expect("well-formed text");
    read(&tree, face)
}

#[track_caller]
fn options(text: &str) -> Options {
    try_read(text, Face::Server).unwrap_or_else(|problems| panic!("{text:?}: {problems:?}"))
}

#[track_caller]
fn refused(text: &str, face: Face) -> String {
    let problems = try_read(text, face).expect_err(text);
    problems
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

#[track_caller]
fn refuses(text: &str, expected: &str) {
    let message = refused(text, Face::Server);
    assert!(message.contains(expected), "{text:?} gave {message:?}");
    assert!(message.starts_with("test.conf:"), "{message:?}");
}

const NAMES: &[&str] = &[
    "host",
    "port",
    "listen",
    "http",
    "http_port",
    "server_name",
    "max_payload",
    "max_connections",
    "max_control_line",
    "ping_interval",
    "ping_max",
    "write_deadline",
    "lame_duck_duration",
    "lame_duck_grace_period",
    "operator",
    "system_account",
    "resolver",
    "resolver_preload",
    "admin_api",
    "otel",
    "data_dir",
    "pid_file",
    "logfile",
    "debug",
    "jetstream",
    "tls",
    "websocket",
    "nonsense",
];
const VALUES: &[&str] = &[
    "1",
    "-1",
    "0",
    "9223372036854775807",
    "-9223372036854775807",
    "0.5",
    "1e400",
    "true",
    "\"\"",
    "x",
    "'a b'",
    "[]",
    "[1, {a: 1}]",
    "{}",
    "{type: full}",
    "{type: full, dir: 1}",
    "{listen: x}",
    "[[]]",
    "1h",
    "1.1.1h",
    "\"..s\"",
    "\"1µs\"",
    "99999999999999h",
    "eyJ",
    "eyJ.eyJ.x",
    "\"[::1]:1\"",
    "\"::\"",
    "\":\"",
    "\"]:1\"",
    "MEMORY",
    "url(",
    "\"éé\"",
    "{A: 1}",
];

proptest! {
    #[test]
    fn no_combination_of_names_and_values_panics(
        picks in proptest::collection::vec(
            (prop::sample::select(NAMES), prop::sample::select(VALUES)),
            0..8,
        ),
        face in prop::sample::select(vec![Face::Serve, Face::Server]),
    ) {
        let lines: Vec<_> = picks.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        // Either answer is fine.
        let _ = try_read(&lines.join("\n"), face);
    }
}

fn operator_token() -> (KeyPair, String) {
    let operator = KeyPair::from_entropy(KeyKind::Operator, [7; 32]);
    let claims = jwt::Claims::new(
        operator.public(),
        "O",
        1_700_000_000,
        OperatorBody::default(),
    );
    let token = jwt::encode(&claims, &operator).expect("a token");
    (operator, token)
}

fn account_token(operator: &KeyPair) -> (String, String) {
    let account = KeyPair::from_entropy(KeyKind::Account, [8; 32]).public();
    let claims = jwt::Claims::new(account, "A", 1_700_000_000, AccountBody::default());
    let token = jwt::encode(&claims, operator).expect("a token");
    (account.to_string(), token)
}

#[test]
fn listeners_are_read_in_every_form() {
    let endpoint = |text: &str| options(text).http;
    let at = |host: Option<&str>, port| {
        Some(Endpoint {
            host: host.map(str::to_owned),
            port,
        })
    };
    assert_eq!(endpoint("http: 8222"), at(None, Port::Fixed(8222)));
    assert_eq!(endpoint("http: :8222"), at(None, Port::Fixed(8222)));
    assert_eq!(
        endpoint("http: localhost:8222"),
        at(Some("localhost"), Port::Fixed(8222))
    );
    assert_eq!(endpoint("http_port: -1"), at(None, Port::Any));
    assert_eq!(
        endpoint("http: \"127.0.0.1:-1\""),
        at(Some("127.0.0.1"), Port::Any)
    );
    assert_eq!(endpoint("port: 1"), None);

    let listened = options("host: h\nlisten: \"[::1]:4333\"");
    assert_eq!(listened.host.as_deref(), Some("::1"));
    assert_eq!(listened.port, Some(Port::Fixed(4333)));
    assert_eq!(options("net: h, PORT: -1").port, Some(Port::Any));
    assert_eq!(options("port: 0").port, None);
}

#[test]
fn limits_and_durations_are_read() {
    let read = options(
        "max_payload: 2MB, max_pending: 8MiB, max_control_line: 8kb, max_conn: 10, max_subs: -1\n\
         ping_interval: \"2m\", ping_max: 3, write_deadline: 1.5s\n\
         lame_duck_duration: 1h30m, lame_duck_grace_period: 300ms, account_idle_time: 5s",
    );
    assert_eq!(read.limits.max_payload, Some(2 << 20));
    assert_eq!(read.limits.max_pending, Some(8 << 20));
    assert_eq!(read.limits.max_control_line, Some(8192));
    assert_eq!(read.limits.max_connections, Some(10));
    assert_eq!(read.limits.max_subscriptions, Some(0));
    assert_eq!(read.limits.ping_interval, Some(Duration::from_secs(120)));
    assert_eq!(read.limits.ping_max, Some(3));
    assert_eq!(
        read.limits.write_deadline,
        Some(Duration::from_millis(1500))
    );
    assert_eq!(read.lame_duck_duration, Some(Duration::from_secs(5400)));
    assert_eq!(read.lame_duck_grace, Some(Duration::from_millis(300)));
    assert_eq!(read.account_idle_time, Some(Duration::from_secs(5)));
    assert!(read.warnings.is_empty(), "{:?}", read.warnings);
}

#[test]
fn plain_seconds_are_read_with_a_warning() {
    let read = options("ping_interval: 2\nwrite_deadline: 0.25");
    assert_eq!(read.limits.ping_interval, Some(Duration::from_secs(2)));
    assert_eq!(read.limits.write_deadline, Some(Duration::from_millis(250)));
    assert_eq!(read.warnings.len(), 2);
    assert_eq!(read.warnings[0].at.line, 1);
}

#[test]
fn log_and_files_are_read() {
    let read = options("debug: yes, trace: on, logtime: no, logtime_utc: true, logfile: x.log");
    assert!(read.log.debug && read.log.trace && read.log.utc && !read.log.with_time);
    assert_eq!(read.log.file, Some(PathBuf::from("x.log")));
    let read = options("pid_file: p, ports_file_dir: d, server_name: 2026");
    assert_eq!(read.pid_file, Some(PathBuf::from("p")));
    assert_eq!(read.ports_file_dir, Some(PathBuf::from("d")));
    assert_eq!(read.server_name.as_deref(), Some("2026"));
}

#[test]
fn wrong_values_name_their_place_and_the_remedy() {
    refuses("port: x", "test.conf:1:7: expected a whole number");
    refuses("\nport: 70000", "test.conf:2:7: expected a port");
    refuses("port: -2", "expected a port");
    refuses("port: \"4222\"", "without quotes");
    refuses("listen: localhost", "expected HOST:PORT");
    refuses("listen: localhost:x", "expected HOST:PORT");
    refuses("listen: ::1:4222", "expected HOST:PORT");
    refuses("http: 0", "expected a port");
    refuses("max_payload: 3GB", "expected a number from 0");
    refuses("max_payload: 1.5MB", "expected a whole number");
    refuses(
        "max_payload: 2MB, max_pending: 1MB",
        "cannot be larger than max_pending",
    );
    refuses("max_pending: 1k", "cannot be larger than max_pending");
    refuses("ping_interval: 2d", "expected a duration");
    refuses("ping_interval: \"2\"", "expected a duration");
    refuses("write_deadline: -1", "expected a duration");
    refuses("write_deadline: 99999999999h", "expected a duration");
    refuses("server_name: \"a b\"", "has no blanks");
    refuses("debug: enabled", "expected true or false");
    refuses("host: {a: 1}", "expected a text, found a block");
    refuses(
        "lame_duck_duration: 1s, lame_duck_grace_period: 1s",
        "must be shorter",
    );
}

#[test]
fn the_time_to_log_in_is_read() {
    let timeout = |text: &str| options(text).limits.auth_timeout;
    let seconds = |seconds| Some(Duration::from_secs_f64(seconds));
    assert_eq!(timeout("authorization {timeout: 1.5}"), seconds(1.5));
    assert_eq!(timeout("authorization {timeout: \"3s\"}"), seconds(3.0));
    assert_eq!(timeout("authorization {}"), None);
    refuses("authorization {timeout: 0}", "expected a duration");
    refuses("authorization: yes", "expected a block");
    refuses("default_sentinel: x", "is not a valid user JWT");
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let message = refused("port: x\nhots: y\ngateway {}", Face::Server);
    assert_eq!(message.lines().count(), 3, "{message}");
}

#[test]
fn unserved_and_unknown_directives_are_told_apart() {
    for name in ["jetstream: enabled", "gateway {}", "cluster {}", "mqtt {}"] {
        refuses(
            name,
            "is not supported by this version of tidegate; remove it or run nats-server",
        );
    }
    refuses("hots: 1", "test.conf:1:1: unknown field \"hots\"");
    assert_eq!(options("p: 4333\nport: $p").port, Some(Port::Fixed(4333)));
    options("jetstream: false");
    options("jetstream: disabled");
}

#[test]
fn each_program_refuses_the_directives_of_the_other() {
    refuses("admin_api {}", "is for `tidegate serve` only");
    refuses("data_dir: x", "is for `tidegate serve` only");
    for text in [
        "operator: x",
        "resolver: MEMORY",
        "resolver_preload {}",
        "system_account: A",
        "accounts {}",
        "mappings {}",
        "no_auth_user: a",
        "authorization {timeout: 1, users: []}",
    ] {
        assert!(
            refused(text, Face::Serve).contains("is not for `tidegate serve`"),
            "{text}"
        );
    }
    let read = try_read(
        "data_dir: d, admin_api { listen: 127.0.0.1:8081, database_url: \"postgres://h/d\", \
         vault_key_file: k }",
        Face::Serve,
    )
    .expect("directives of serve");
    assert_eq!(read.data_dir, Some(PathBuf::from("d")));
    let listen = Endpoint {
        host: Some("127.0.0.1".to_owned()),
        port: Port::Fixed(8081),
    };
    assert_eq!(read.admin_api.listen, Some(listen));
    assert_eq!(
        read.admin_api.database_url.as_deref(),
        Some("postgres://h/d")
    );
    assert_eq!(read.admin_api.vault_key_file, Some(PathBuf::from("k")));
    let web = |more: &str| format!("websocket {{ port: -1, no_tls: true, {more} }}");
    for login in ["user: a, password: b", "token: t"] {
        let text = web(&format!("authorization {{ {login} }}"));
        let message = refused(&text, Face::Serve);
        assert!(message.contains("is not for `tidegate serve`"), "{message}");
        assert!(try_read(&text, Face::Server).is_ok());
    }
    // It has an operator.
    assert!(try_read(&web("jwt_cookie: c"), Face::Serve).is_ok());
    refuses(&web("jwt_cookie: c"), "trusted operators");
    let cluster = try_read(
        "admin_api { system: \"nats://a:1, tls://b\", creds: \"sys.creds\" }",
        Face::Serve,
    )
    .unwrap();
    let system = cluster.admin_api.system.as_deref();
    assert_eq!(system, Some("nats://a:1,tls://b"));
    assert_eq!(cluster.admin_api.creds, Some(PathBuf::from("sys.creds")));
    for bad in ["a:4222", "nats://u:p@a", "nats://a,,nats://b", "nats://"] {
        let text = format!("admin_api {{ system: \"{bad}\" }}");
        assert!(refused(&text, Face::Serve).contains("write addresses like"));
    }
    assert!(refused("admin_api { x: 1 }", Face::Serve).contains("unknown field \"x\""));
}

#[test]
fn the_door_of_the_admin_api_is_read() {
    let door = "admin_api { allowed_hosts: [a.example, b.example], trusted_proxies: 10.0.0.0/8, \
                requests_per_second: 50, \
                webhook_networks: [127.0.0.1, 'fd00::/8'] }";
    let read = try_read(door, Face::Serve).expect("a door").admin_api;
    assert_eq!(read.allowed_hosts, ["a.example", "b.example"]);
    assert_eq!(read.trusted_proxies[0].to_string(), "10.0.0.0/8");
    let networks: Vec<_> = read
        .webhook_networks
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(networks, ["127.0.0.1/32", "fd00::/8"]);
    assert_eq!(read.requests_per_second.map(u32::from), Some(50));
    for (block, reason) in [
        (
            "trusted_proxies: [proxy.example]",
            "must be an address or a network",
        ),
        ("requests_per_second: 0", "must be at least 1"),
        ("tls {}", "cert_file"),
    ] {
        let text = refused(&format!("admin_api {{ {block} }}"), Face::Serve);
        assert!(text.contains(reason), "{text}");
    }
}

#[test]
fn where_devices_come_in_is_read() {
    let block = "onboarding { listen: \"0.0.0.0:8443\", nats: -1, url: \"https://[::1]:8443/\", \
                 nats_url: \"tls://d.example:4223\", allowed_hosts: [A.example, \"::1\"] }";
    let read = try_read(block, Face::Serve).expect("a block").onboarding;
    assert_eq!(read.url.as_deref(), Some("https://[::1]:8443"));
    assert_eq!(read.nats_url.as_deref(), Some("tls://d.example:4223"));
    assert_eq!(read.allowed_hosts, ["a.example", "::1"]);
    assert_eq!(read.nats.map(|it| it.port), Some(Port::Any));
    assert!(!read.is_off && try_read("onboarding { enabled: false }", Face::Serve).is_ok());
    for (block, reason) in [
        ("url: \"http://d.example\"", "must be like https://"),
        ("url: \"https://d.example/path\"", "without a path"),
        ("url: \"https://\"", "must be like https://"),
        ("nats_url: \"nats://d.example\"", "must be like tls://"),
        ("allowed_hosts: \"*.example\"", "must be a host name"),
        ("tls {}", "cert_file"),
        ("x: 1", "unknown field \"x\""),
    ] {
        let text = refused(&format!("onboarding {{ {block} }}"), Face::Serve);
        assert!(text.contains(reason), "{block}: {text}");
    }
    let elsewhere = refused("onboarding {}", Face::Server);
    assert!(elsewhere.contains("tidegate serve"), "{elsewhere}");
}

#[test]
fn operator_mode_is_read_inline_and_from_files() {
    let (operator, token) = operator_token();
    let (account, account_jwt) = account_token(&operator);
    let read = options(&format!(
        "operator: {token}\nsystem_account: {account}\nresolver: MEMORY\n\
         resolver_preload: {{ {account}: {account_jwt}, }}"
    ));
    let trust = read.trust.expect("operator mode");
    assert_eq!(trust.trusted, Trusted::Operators(vec![token.clone()]));
    assert_eq!(
        trust.system_account.map(|key| key.to_string()),
        Some(account)
    );
    assert_eq!(trust.resolver, ResolverKind::Memory);
    assert_eq!(trust.preload, [account_jwt]);

    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("op.jwt");
    let dressed =
        format!("-----BEGIN NATS OPERATOR JWT-----\n{token}\n------END NATS OPERATOR JWT------\n");
    fs::write(&file, dressed).expect("a file");
    let read = options(&format!(
        "operators: [\"{}\"]\nresolver {{ type: full, dir: \"{}/jwt\", allow_delete: true, \
         interval: \"2m\" }}",
        file.display(),
        folder.path().display()
    ));
    let trust = read.trust.expect("operator mode");
    assert_eq!(trust.trusted, Trusted::Operators(vec![token]));
    let path = folder.path().join("jwt");
    assert_eq!(
        trust.resolver,
        ResolverKind::Directory {
            path,
            deletion: Deletion::Aside,
            limit: None,
        }
    );
}

#[test]
fn resolvers_are_read_in_every_form() {
    let (operator, token) = operator_token();
    let (account, _) = account_token(&operator);
    let with = |text: &str| format!("operator: {token}\n{text}");
    let read = |text: &str| options(&with(text)).trust.expect("operator mode");
    let url = |url: &str, ca_file: Option<&str>| ResolverKind::Url {
        url: url.to_owned(),
        tls: ResolverTls {
            ca_file: ca_file.map(PathBuf::from),
            ..ResolverTls::default()
        },
    };
    assert_eq!(
        read("resolver: URL(http://x:1/jwt/v1/accounts)").resolver,
        url("http://x:1/jwt/v1/accounts/", None)
    );
    assert_eq!(
        read("account_resolver: \"url( \\\"https://x/\\\" )\"\nresolver_tls { ca_file: ca.pem }")
            .resolver,
        url("https://x/", Some("ca.pem"))
    );
    assert_eq!(
        read("resolver { type: full, dir: x, allow_delete: true, hard_delete: true, limit: 5 }")
            .resolver,
        ResolverKind::Directory {
            path: "x".into(),
            deletion: Deletion::ForGood,
            limit: Some(5),
        }
    );
    assert_eq!(
        read("resolver { type: CACHE, dir: x, ttl: \"1h\", timeout: \"1s\" }").resolver,
        ResolverKind::Cache {
            path: "x".into(),
            limit: 1000,
            ttl: Some(Duration::from_secs(3600)),
            timeout: Duration::from_secs(1),
        }
    );
    let pinned = read(&format!(
        "resolver: MEM, resolver_pinned_accounts: [{account}]"
    ))
    .pinned;
    let shown = pinned.map(|keys| keys.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(shown, Some(vec![account.clone()]));
}

#[test]
fn what_a_resolver_does_not_have_is_refused() {
    let (operator, token) = operator_token();
    let (account, account_jwt) = account_token(&operator);
    let with = |text: &str| format!("operator: {token}\n{text}");
    for wrong in [
        "URL(x)",
        "URL(ftp://x/)",
        "URL(http://x/",
        "URL(http:///x)",
        "URL(http://u:p@x/)",
        "URL(http://x/?account=)",
    ] {
        refuses(
            &with(&format!("resolver: \"{wrong}\"")),
            "expected URL(http",
        );
    }
    refuses(
        &with(&format!(
            "resolver: URL(http://x/)\nresolver_preload {{ {account}: {account_jwt} }}"
        )),
        "cannot be preloaded",
    );
    refuses(
        &with("resolver: MEM, resolver_pinned_accounts: X"),
        "public key of an account",
    );
    refuses(
        &with("resolver: MEM, resolver_tls { cert_file: x }"),
        "cert_file and key_file together",
    );
    refuses(
        &with("resolver: MEM, resolver_tls { min_version: \"1.1\" }"),
        "min_version must be",
    );
    refuses(
        &with("resolver: MEM, resolver_tls { cipher_suites: [x] }"),
        "resolver_tls.cipher_suites",
    );
    refuses(
        &with("resolver { type: cache, dir: x, allow_delete: true }"),
        "has no allow_delete",
    );
    refuses(
        &with("resolver { type: cache, dir: x, interval: \"1m\" }"),
        "has no interval",
    );
    refuses(
        &with("resolver { type: full, dir: x, ttl: \"1m\" }"),
        "has no ttl",
    );
    refuses(
        &with("resolver { type: full, dir: x, hard_delete: true }"),
        "add `allow_delete: true`",
    );
    refuses(
        "resolver_tls { ca_file: x }",
        "resolver_tls needs an operator",
    );
}

#[test]
fn half_an_operator_mode_is_refused() {
    let (operator, token) = operator_token();
    let (account, account_jwt) = account_token(&operator);
    refuses("resolver: MEMORY", "resolver needs an operator");
    refuses(
        &format!("system_account: {account}"),
        "is not defined; add it to accounts",
    );
    refuses(
        &format!("operator: {token}"),
        "an operator needs a resolver",
    );
    refuses("operator: []\nresolver: MEMORY", "at least one operator");
    refuses(
        "operator: /nowhere/op.jwt",
        "cannot read the operator JWT file",
    );
    refuses("operator: eyJhbGci.x.y", "not a valid operator JWT");
    refuses(
        &format!("operator: {account_jwt}"),
        "not a valid operator JWT",
    );
    let with = |text: &str| format!("operator: {token}\n{text}");
    refuses(&with("resolver { type: cache }"), "needs a directory");
    refuses(&with("resolver { type: full }"), "needs a directory");
    refuses(&with("resolver { dir: x }"), "needs a type");
    refuses(
        &with("resolver { type: full, dir: /etc/passwd }"),
        "is not a directory",
    );
    refuses(
        &with("resolver { type: full, dirr: x }"),
        "unknown field \"dirr\"",
    );
    refuses(
        &with("resolver: MEM, system_account: X"),
        "public key of an account",
    );
    refuses(
        &with("resolver: MEM, resolver_preload: { X: y }"),
        "public key of an account",
    );
    refuses(
        &with(&format!(
            "resolver: MEM, resolver_preload: {{ {account}: x.y.z }}"
        )),
        "not a valid account JWT",
    );
    let other = KeyPair::from_entropy(KeyKind::Account, [9; 32]).public();
    refuses(
        &with(&format!(
            "resolver: MEM, resolver_preload: {{ {other}: {account_jwt} }}"
        )),
        &format!("not {other}"),
    );
}

#[test]
fn bare_keys_stand_in_the_place_of_operators() {
    let (operator, token) = operator_token();
    let key = operator.public();
    let other = KeyPair::from_entropy(KeyKind::Operator, [8; 32]).public();
    let trust = |text: &str| options(text).trust.unwrap();
    let read = trust(&format!("trusted: {key}\nresolver: MEMORY"));
    assert_eq!(read.trusted, Trusted::Keys(vec![key]));
    let read = trust(&format!("trusted_keys: [{key}, {other}]\nresolver: MEM"));
    assert_eq!(read.trusted, Trusted::Keys(vec![key, other]));
    refuses(
        &format!("trusted_keys: {key}\noperator: {token}\nresolver: MEM"),
        "exclude each other",
    );
    refuses("trusted_keys: []\nresolver: MEM", "at least one public key");
    refuses(
        "trusted_keys: X\nresolver: MEM",
        "public key of an operator",
    );
    refuses(&format!("trusted_keys: {key}"), "needs a resolver");
}

#[test]
fn proxies_are_named_by_their_keys() {
    let key = |kind| KeyPair::from_entropy(kind, [8; 32]).public();
    let (server, user) = (key(KeyKind::Server), key(KeyKind::User));
    let text = format!("proxies {{ trusted: [ {{ key: {server} }}, {{ public_key: {user} }} ] }}");
    assert_eq!(options(&text).trusted_proxies, [server, user]);
    assert_eq!(options("proxies {}").trusted_proxies, []);
    for (wrong, says) in [
        ("trusted: x", "expected a list"),
        ("trusted: [ x ]", "expected"),
        ("trusted: [ {} ]", "needs its public key"),
        ("trusted: [ { key: x } ]", "public key of a proxy"),
        ("trusted: [ { kay: x } ]", "unknown field \"kay\""),
        ("untrusted: []", "unknown field \"untrusted\""),
    ] {
        refuses(&format!("proxies {{ {wrong} }}"), says);
    }
}

mod setup;
