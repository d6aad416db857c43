//! The pages: fields, their order and types, what is wrong with a question.

use accounts::{ExportClaim, ImportClaim, ShareKind};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::mint::{Operator, Tenant};
use tests::wait::eventually;
use tests::{Certs, Which, Wire};

use super::{Allowed, Monitored, compare};
use crate::both::on_both;

on_both![
    questions_that_make_no_sense_are_answered_as_the_original_does,
    a_probe_hears_that_all_is_well,
    subscriptions_are_listed_tested_and_paged,
    requests_are_counted_and_the_configuration_is_named,
    pages_have_a_path_before_them_and_the_server_its_labels,
    the_listener_for_websocket_is_described,
];

/// What we say of an account beyond the original's fields.
const OWN_FIELDS: &[&str] = &[
    "issued_at",
    "generation",
    "client_subscriptions",
    "held_back",
    "limits",
    "quotas",
    "revocations",
    "stream_imports",
    "service_imports",
    "open_requests",
    "connected_ever",
    "received",
];

/// Two servers with the same tenants, and the same clients on both.
struct Twins {
    original: Monitored,
    ours: Monitored,
    acme: Tenant,
    clients: Vec<Wire>,
}

impl Twins {
    async fn start() -> Result<Self> {
        let operator = Operator::default();
        let (mut acme, mut globex) = (Tenant::new("acme"), Tenant::new("globex"));
        acme.body.tags = vec!["team:a".to_owned()];
        acme.body
            .exports
            .push(ExportClaim::new(ShareKind::Service, "ask.*"));
        acme.body
            .exports
            .push(ExportClaim::new(ShareKind::Stream, "news.>"));
        let mut import = ImportClaim::new(ShareKind::Stream, acme.public(), "news.>");
        import.name = "news".to_owned();
        globex.body.imports.push(import);
        let config = operator.memory_config(&[&acme, &globex]);
        let mut twins = Self {
            original: Monitored::start(Which::NatsServer, &config)?,
            ours: Monitored::start(Which::Tidegate, &config)?,
            acme,
            clients: Vec::new(),
        };
        let user = twins.acme.user("stays");
        let leaves = twins.acme.user("leaves");
        for server in [&twins.original, &twins.ours] {
            let addr = server.broker.addr();
            let named = json!({ "name": "n", "lang": "l", "version": "v" });
            let mut stays = Wire::login_with(addr, &user, &named).await?;
            stays.send("SUB a.b crew 1\r\nUNSUB 1 9\r\n").await?;
            stays.sync().await?;
            stays.publish("a.b", "x").await?;
            stays.sync().await?;
            let mut gone = Wire::login_with(addr, &leaves, &named).await?;
            gone.send("SUB c.d 1\r\nUNSUB 1 9\r\n").await?;
            gone.sync().await?;
            drop(gone);
            eventually("the connection to be closed", async || {
                let closed = server.json("connz?state=closed").await?;
                Ok((closed["num_connections"] == 1).then_some(()))
            })
            .await?;
            twins.clients.push(stays);
        }
        Ok(twins)
    }

    async fn compare(&self, path: &str, allowed: &Allowed<'_>) -> Result<()> {
        let original = self.original.json(path).await?;
        let ours = self.ours.json(path).await?;
        let complaints = compare(&original, &ours, allowed).join("\n");
        assert!(complaints.is_empty(), "{path}:\n{complaints}");
        Ok(())
    }
}

#[tokio::test]
async fn fields_are_the_originals() -> Result<()> {
    let twins = Twins::start().await?;
    let varz = Allowed {
        // Of the build, and of features that are not there.
        missing: &["git_commit", "feature_flags"],
        added: &[],
    };
    twins.compare("varz", &varz).await?;
    // A user's token is nobody's business.
    let connz = Allowed {
        missing: &["jwt", "tags"],
        added: &[],
    };
    // What is shown of the closed without being asked for; and the user's token, again.
    let closed = Allowed {
        missing: &["jwt", "issuer_key", "name_tag", "tags"],
        added: &[],
    };
    for (path, allowed) in [
        ("connz", &connz),
        ("connz?auth=1", &connz),
        ("connz?subs=1", &connz),
        ("connz?subs=detail", &connz),
        ("connz?state=closed", &closed),
        ("connz?state=closed&auth=1&subs=1", &connz),
    ] {
        twins.compare(path, allowed).await?;
    }
    let same = Allowed::default();
    for path in [
        "subsz",
        "accountz",
        "accstatz",
        "accstatz?unused=1",
        "routez",
        "gatewayz",
        "leafz",
        "jsz",
        "jsz?accounts=1&config=1",
        "healthz",
        "healthz?details=1",
        "healthz?stream=x&details=1",
        "ipqueuesz",
    ] {
        twins.compare(path, &same).await?;
    }
    let key = twins.acme.public();
    twins
        .compare(&format!("subsz?subs=1&test=a.b&acc={key}"), &same)
        .await?;
    let account = Allowed {
        // Every account imports from the system account there.
        missing: &["imports"],
        added: OWN_FIELDS,
    };
    twins
        .compare(&format!("accountz?acc={key}"), &account)
        .await
}

/// What both say is the same text.
#[tokio::test]
async fn refusals_have_the_originals_words() -> Result<()> {
    let original = Monitored::start(Which::NatsServer, "")?;
    let ours = Monitored::start(Which::Tidegate, "")?;
    for path in [
        "connz?sort=bogus",
        "connz?sort=stop",
        "connz?sort=reason&state=any",
        "connz?state=gone",
        "connz?limit=x",
        "connz?offset=1e9",
        "connz?limit=99999999999999999999",
        "connz?auth=maybe",
        "connz?subs=maybe",
        "connz?cid=-1",
        "subsz?subs=x",
        "subsz?test=a.*",
        "subsz?test=a..b",
        "accountz?acc=nobody",
        "accstatz?unused=x",
        "routez?subs=x",
        "gatewayz?accs=x",
        "leafz?subs=x",
        "jsz?streams=x",
        "jsz?limit=x",
        "healthz?js-server-only=x",
        "healthz?stream=x",
        "healthz?consumer=x",
        "healthz?consumer=x&details=1",
        "healthz?js-enabled-only=1",
        "healthz?account=a&stream=s&consumer=c",
        "raftz",
        "nothing",
        "varz/more",
    ] {
        assert_eq!(
            ours.answer(path).await?,
            original.answer(path).await?,
            "{path}"
        );
    }
    Ok(())
}

async fn questions_that_make_no_sense_are_answered_as_the_original_does(
    which: Which,
) -> Result<()> {
    let server = Monitored::start(which, "")?;
    let _client = Wire::anonymous(server.broker.addr()).await?;
    // An unknown account has no connections; what is empty does not count; the first value does.
    let connz = server.json("connz?acc=nobody").await?;
    assert_eq!(
        (&connz["num_connections"], &connz["total"]),
        (&json!(0), &json!(0))
    );
    let connz = server
        .json("connz?acc=&user=&limit=&offset=-3&limit=7")
        .await?;
    assert_eq!(connz["num_connections"], 1);
    assert_eq!(
        (&connz["offset"], &connz["limit"]),
        (&json!(0), &json!(1024))
    );
    assert_eq!(server.json("connz?limit=5&limit=x").await?["limit"], 5);
    let connz = server.json("connz?mqtt_client=m").await?;
    assert_eq!(connz["num_connections"], 0);
    Ok(())
}

async fn a_probe_hears_that_all_is_well(which: Which) -> Result<()> {
    let server = Monitored::start(which, "")?;
    for query in [
        "",
        "?js-server-only=1",
        "?js-enabled-only=true",
        "?details=1",
    ] {
        let answer = server.answer(&format!("healthz{query}")).await?;
        assert_eq!(answer.body, "{\"status\":\"ok\"}", "{query}");
        assert_eq!(answer.content_type, "application/json");
    }
    Ok(())
}

async fn subscriptions_are_listed_tested_and_paged(which: Which) -> Result<()> {
    let server = Monitored::start(which, "")?;
    let mut client = Wire::anonymous(server.broker.addr()).await?;
    client
        .send("SUB a.* 1\r\nSUB a.b crew 2\r\nSUB c 3\r\nUNSUB 3 5\r\nPUB c 1\r\nx\r\n")
        .await?;
    client.sync().await?;
    let subsz = server.json("subsz?subs=1&acc=$G").await?;
    let shown = own(&subsz)?;
    assert_eq!(shown.len(), 3, "{subsz}");
    let last = shown
        .iter()
        .find(|sub| sub["sid"] == "3")
        .context("sid 3")?;
    assert_eq!((&last["msgs"], &last["max"]), (&json!(1), &json!(5)));
    let reached = own(&server.json("subsz?subs=1&acc=$G&test=a.b").await?)?;
    let mut sids: Vec<_> = reached.iter().map(|sub| sub["sid"].to_string()).collect();
    sids.sort();
    assert_eq!(sids, ["\"1\"", "\"2\""]);
    let paged = server
        .json("subsz?subs=1&acc=$G&test=a.b&limit=1&offset=1")
        .await?;
    assert_eq!(own(&paged)?.len(), 1);
    assert_eq!((&paged["total"], &paged["limit"]), (&json!(2), &json!(1)));
    // Without the list nothing is counted as such.
    let figures = server.json("subsz?acc=$G").await?;
    assert_eq!(
        (&figures["total"], figures.get("subscriptions_list")),
        (&json!(0), None)
    );
    assert!(
        figures["num_inserts"]
            .as_u64()
            .is_some_and(|count| count >= 3)
    );
    Ok(())
}

/// The subscriptions that are not the server's own.
fn own(subsz: &Value) -> Result<Vec<Value>> {
    let list = subsz["subscriptions_list"].as_array().context("a list")?;
    let is_own = |sub: &&Value| {
        !sub["subject"]
            .as_str()
            .is_some_and(|it| it.starts_with('$'))
    };
    Ok(list.iter().filter(is_own).cloned().collect())
}

async fn requests_are_counted_and_the_configuration_is_named(which: Which) -> Result<()> {
    let server = Monitored::start(which, "")?;
    for path in ["", "connz", "connz?limit=1", "subscriptionsz", "healthz"] {
        server.answer(path).await?;
    }
    let varz = server.json("varz").await?;
    let expected = json!({ "/": 1, "/connz": 2, "/healthz": 1, "/subsz": 1, "/varz": 1 });
    assert_eq!(varz["http_req_stats"], expected);
    let digest = varz["config_digest"].as_str().unwrap_or_default();
    assert!(digest.starts_with("sha256:"), "{digest}");
    let port = server.url.rsplit(':').next().context("a port")?;
    if which == Which::Tidegate {
        assert_eq!(varz["http_port"].to_string(), port);
    }
    Ok(())
}

async fn pages_have_a_path_before_them_and_the_server_its_labels(which: Which) -> Result<()> {
    let labels = "server_tags: [\"a:b\", c]\nserver_metadata { k: v }\n";
    let server = Monitored::start(which, &format!("http_base_path: /mon\n{labels}"))?;
    let varz = server.json("mon/varz").await?;
    assert_eq!(varz["http_base_path"], "/mon");
    assert_eq!(
        (&varz["tags"], &varz["metadata"]),
        (&json!(["a:b", "c"]), &json!({ "k": "v" }))
    );
    assert_eq!(varz["http_req_stats"], json!({ "/varz": 1 }));
    for (path, status) in [("mon", 200), ("varz", 404), ("", 404), ("mon/healthz", 200)] {
        assert_eq!(server.answer(path).await?.status, status, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn tls_is_shown_as_the_original_shows_it() -> Result<()> {
    let certs = Certs::new()?;
    let leaf = certs.issue("client", &["client"])?;
    let tls = certs.client(Some(&leaf))?;
    let web = format!(
        "websocket {{ listen: \"127.0.0.1:-1\"\n{} }}",
        certs.block("")
    );
    let config = certs.block(" verify: true") + "\n" + &web;
    let original = Monitored::start(Which::NatsServer, &config)?;
    let ours = Monitored::start(Which::Tidegate, &config)?;
    let mut clients = Vec::new();
    for server in [&original, &ours] {
        let client = Wire::open_tls(server.broker.addr(), &tls).await?;
        clients.push(client.enter().await?);
    }
    let varz = Allowed {
        missing: &["git_commit", "feature_flags"],
        added: &[],
    };
    // Who has not logged in has no account to name.
    let connz = Allowed {
        missing: &["name_tag"],
        added: &[],
    };
    for (path, allowed) in [("varz", &varz), ("connz", &connz), ("connz?auth=1", &connz)] {
        let (original, ours) = (original.json(path).await?, ours.json(path).await?);
        let complaints = compare(&original, &ours, allowed).join("\n");
        assert!(complaints.is_empty(), "{path}:\n{complaints}");
        let fact = |shown: &Value, field: &str| shown.pointer(field).cloned();
        for field in [
            "/tls_required",
            "/tls_verify",
            "/tls_cert_not_after",
            "/websocket/tls_cert_not_after",
            "/connections/0/tls_version",
            "/connections/0/tls_peer_certs/0/subject",
            "/connections/0/tls_peer_certs/0/spki_sha256",
            "/connections/0/tls_peer_certs/0/cert_sha256",
        ] {
            assert_eq!(fact(&ours, field), fact(&original, field), "{path} {field}");
        }
    }
    Ok(())
}

/// Accounts and users of a configuration have names, and no tokens.
#[tokio::test]
async fn configured_accounts_are_shown_by_name() -> Result<()> {
    const CONFIG: &str = "accounts {
        SYS { users [{ user: sys, password: s }] }
        A { users [{ user: a, password: a }], mappings { from: to, x.*: y.$1 }
            exports [{ service: \"q.>\" }, { stream: \"s.>\" }] }
        B { users [{ user: b, password: b }]
            imports [{ stream { account: A, subject: \"s.>\" } }] }
    }
    system_account: SYS";
    let original = Monitored::start(Which::NatsServer, CONFIG)?;
    let ours = Monitored::start(Which::Tidegate, CONFIG)?;
    let mut clients = Vec::new();
    for server in [&original, &ours] {
        let login = json!({ "user": "a", "pass": "a", "name": "n" });
        let mut client = Wire::anonymous_with(server.broker.addr(), &login).await?;
        client.subscribe("own", "1").await?;
        clients.push(client);
    }
    let varz = Allowed {
        missing: &["git_commit", "feature_flags"],
        added: &[],
    };
    // Every account imports from the system account there.
    let account = Allowed {
        missing: &["imports"],
        added: OWN_FIELDS,
    };
    let same = Allowed::default();
    for (path, allowed) in [
        ("varz", &varz),
        ("connz?auth=1&subs=1", &same),
        ("connz?auth=1&acc=A&user=a", &same),
        ("subsz?subs=1&acc=A&test=own", &same),
        ("accountz", &same),
        ("accountz?acc=A", &account),
        ("accstatz", &same),
    ] {
        let (original, ours) = (original.json(path).await?, ours.json(path).await?);
        let complaints = compare(&original, &ours, allowed).join("\n");
        assert!(complaints.is_empty(), "{path}:\n{complaints}");
        for place in [
            "/system_account",
            "/connections/0/authorized_user",
            "/connections/0/account",
            "/connections/0/name_tag",
            "/subscriptions_list/0/account",
            "/account_detail/account_name",
            "/account_detail/mappings",
            "/account_statz/0/acc",
            "/account_statz/0/name",
        ] {
            assert_eq!(
                ours.pointer(place),
                original.pointer(place),
                "{path} {place}"
            );
        }
    }
    let import = ours.json("accountz?acc=B").await?;
    assert_eq!(
        import.pointer("/account_detail/imports/0/account"),
        Some(&json!("A"))
    );
    Ok(())
}

async fn the_listener_for_websocket_is_described(which: Which) -> Result<()> {
    let block = "websocket { host: 127.0.0.1, port: -1, no_tls: true, compression: true\n\
                 allowed_origins: [\"http://a.test\"], handshake_timeout: \"3s\" }";
    let server = Monitored::start(which, block)?;
    let mut shown = server.json("varz").await?["websocket"].take();
    assert!(shown["port"].take().as_u64() > Some(0));
    let expected = json!({
        "host": "127.0.0.1", "port": null, "handshake_timeout": 3_000_000_000_u64,
        "no_tls": true, "allowed_origins": ["http://a.test"], "compression": true,
    });
    assert_eq!(shown.to_string(), expected.to_string());
    Ok(())
}
