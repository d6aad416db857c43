//! Traps: what the claims of the field say differently from what one would think, and weak spots
//! of the original that ours does not share.

use std::time::Duration;

use accounts::{
    ExportClaim, ImportClaim, KeyKind, ResponseClaim, ShareKind, SubjectRules, UserPermissionLimits,
};
use anyhow::{Context, Result};
use serde_json::json;
use tests::mint::{Operator, Tenant, User, keys, now};
use tests::wait::eventually;
use tests::{Broker, Frame, Which, Wire};

use super::{craft, craft_v1, refused, user_payload};
use crate::both::on_both;
use crate::tenants::{Pusher, broker_with};

on_both![
    a_limit_that_is_not_given_is_none,
    a_permission_list_that_is_not_given_is_everything,
    limits_beyond_32_bits_are_no_overflow,
    a_token_position_gives_no_wildcard,
    a_responder_is_bound_by_its_publish_permissions,
    the_older_to_and_local_subject_mean_the_same,
    nothing_of_a_response_permission_is_guessed,
    an_expired_account_comes_back_when_it_is_renewed,
    new_default_permissions_leave_explicit_ones_alone,
    tenants_import_nothing_from_the_system_account,
    the_issuer_account_is_the_issuers,
    tokens_of_version_1_are_read,
];

/// Starts a broker that knows `tenant` by this token.
fn start_with(which: Which, operator: &Operator, tenant: &Tenant, token: &str) -> Result<Broker> {
    let config = operator.memory_config(&[]);
    let config = config.trim_end().trim_end_matches('}');
    Broker::start(
        which,
        &format!("{config}  {}: {token}\n}}\n", tenant.public()),
    )
}

async fn a_limit_that_is_not_given_is_none(which: Which) -> Result<()> {
    let operator = Operator::default();
    let tenant = Tenant::new("acme");
    let payload = json!({
        "iss": operator.keys.public(), "sub": tenant.public(), "iat": now(), "name": "by hand",
        "nats": {"type": "account", "version": 2},
    });
    let broker = start_with(which, &operator, &tenant, &craft(&payload, &operator.keys))?;
    let answer = Wire::try_login(broker.addr(), &tenant.user("u")).await?;
    let full = "maximum account active connections exceeded";
    assert_eq!(answer, Err(full.to_owned()), "an account without limits");

    let tenant = Tenant::new("acme");
    let broker = broker_with(which, &operator, &[&tenant])?;
    let bare = tenant.user_with("bare", |claims| {
        claims.nats.rights = UserPermissionLimits::default();
    });
    // The original already says so at the login.
    let mut wire = Wire::open(broker.addr()).await?;
    let login = bare.connect_operation(wire.nonce(), &json!({}));
    wire.send(login + "SUB a 1\r\n").await?;
    let refusal = Frame::Error("maximum subscriptions exceeded".to_owned());
    let got = wire.sync().await?;
    // The original says so twice.
    assert!(
        !got.is_empty() && got.iter().all(|it| *it == refusal),
        "{got:?}"
    );
    wire.publish("a", "x").await?;
    let mut errors = wire.errors_until_closed().await?;
    // The second time may come after the answer to the ping.
    errors.retain(|it| it != "maximum subscriptions exceeded");
    assert_eq!(errors, ["Maximum Payload Violation"]);
    Ok(())
}

async fn a_permission_list_that_is_not_given_is_everything(which: Which) -> Result<()> {
    let tenant = Tenant::new("acme");
    let broker = broker_with(which, &Operator::default(), &[&tenant])?;
    for (rules, allowed) in [
        (SubjectRules::default(), true),
        (
            SubjectRules {
                allow: None,
                deny: Some(vec!["x".to_owned()]),
            },
            true,
        ),
        (
            SubjectRules {
                allow: Some(vec!["b".to_owned()]),
                deny: None,
            },
            false,
        ),
    ] {
        let user = tenant.user_with("u", |claims| {
            claims.nats.rights.publish = rules.clone();
            claims.nats.rights.subscribe = rules.clone();
        });
        let mut wire = Wire::login(broker.addr(), &user).await?;
        wire.send("PUB a 1\r\nx\r\nSUB a 1\r\n").await?;
        assert_eq!(wire.sync().await?.is_empty(), allowed, "{rules:?}");
    }
    Ok(())
}

async fn limits_beyond_32_bits_are_no_overflow(which: Which) -> Result<()> {
    let mut tenant = Tenant::new("acme");
    let limits = &mut tenant.body.limits;
    (limits.subs, limits.payload, limits.conn, limits.leaf) =
        (1 << 31, 1 << 32, (1 << 32) + 1, 1 << 33);
    let broker = broker_with(which, &Operator::default(), &[&tenant])?;
    for huge in [(1_i64 << 31) - 1, 1 << 31, 1 << 32, (1 << 32) + 1, i64::MAX] {
        let user = tenant.user_with("u", |claims| {
            let rights = &mut claims.nats.rights;
            (rights.subs, rights.data, rights.payload) = (huge, huge, huge);
        });
        let mut wire = Wire::login(broker.addr(), &user).await?;
        wire.subscribe("a", "1").await?;
        wire.publish("a", "some text").await?;
        assert_eq!(wire.messages().await?.len(), 1, "{huge}");
    }
    Ok(())
}

fn import(of: &Tenant, kind: ShareKind, subject: &str) -> ImportClaim {
    let mut import = ImportClaim::new(kind, of.public(), subject);
    import.name = subject.to_owned();
    import
}

async fn a_token_position_gives_no_wildcard(which: Which) -> Result<()> {
    let operator = Operator::default();
    for wildcard in ["for.*.>", "for.>", ">", "*.*.>"] {
        let (mut exporter, mut importer) = (Tenant::new("exporter"), Tenant::new("importer"));
        exporter
            .body
            .exports
            .push(ExportClaim::new(ShareKind::Stream, "for.*.>"));
        exporter.body.exports[0].account_token_position = 2;
        importer
            .body
            .imports
            .push(import(&exporter, ShareKind::Stream, wildcard));
        // Such claims may be refused as a whole, too.
        let Ok(broker) = broker_with(which, &operator, &[&exporter, &importer]) else {
            continue;
        };
        let Ok(mut reader) = Wire::login(broker.addr(), &importer.user("r")).await else {
            continue;
        };
        reader.subscribe(">", "1").await?;
        let mut writer = Wire::login(broker.addr(), &exporter.user("w")).await?;
        for of in [importer.public(), exporter.public()] {
            writer.publish(&format!("for.{of}.a"), "x").await?;
        }
        writer.sync().await?;
        assert_eq!(reader.messages().await?, [], "{wildcard}");
    }
    Ok(())
}

async fn a_responder_is_bound_by_its_publish_permissions(which: Which) -> Result<()> {
    let operator = Operator::default();
    let (mut exporter, mut importer) = (Tenant::new("exporter"), Tenant::new("importer"));
    exporter
        .body
        .exports
        .push(ExportClaim::new(ShareKind::Service, "svc"));
    importer
        .body
        .imports
        .push(import(&exporter, ShareKind::Service, "svc"));
    let broker = broker_with(which, &operator, &[&exporter, &importer])?;
    let mut asker = Wire::login(broker.addr(), &importer.user("asker")).await?;
    asker.subscribe("inbox", "1").await?;
    for responds in [false, true] {
        let user = exporter.user_with("responder", |claims| {
            let rights = &mut claims.nats.rights;
            rights.publish.allow = Some(vec!["elsewhere".to_owned()]);
            rights.responses = responds.then(ResponseClaim::default);
        });
        let mut responder = Wire::login(broker.addr(), &user).await?;
        responder.subscribe("svc", "1").await?;
        asker.request("svc", "inbox", "please").await?;
        asker.sync().await?;
        let reply = responder
            .message()
            .await?
            .reply
            .context("a reply subject")?;
        responder.publish(&reply, "here").await?;
        let refusal = format!("Permissions Violation for Publish to \"{reply}\"");
        let expected = if responds {
            vec![]
        } else {
            vec![Frame::Error(refusal)]
        };
        assert_eq!(responder.sync().await?, expected);
        assert_eq!(asker.messages().await?.len(), usize::from(responds));
        // Gone before the next one comes: the two would share the requests.
        responder.send("UNSUB 1\r\n").await?;
        responder.sync().await?;
    }
    Ok(())
}

async fn the_older_to_and_local_subject_mean_the_same(which: Which) -> Result<()> {
    let operator = Operator::default();
    for old in [false, true] {
        let (mut exporter, mut importer) = (Tenant::new("exporter"), Tenant::new("importer"));
        exporter.body.exports = vec![
            ExportClaim::new(ShareKind::Service, "theirs.svc"),
            ExportClaim::new(ShareKind::Stream, "s.>"),
        ];
        let mut service = import(&exporter, ShareKind::Service, "theirs.svc");
        let mut stream = import(&exporter, ShareKind::Stream, "s.>");
        if old {
            // Of a service `subject` is our name and `to` theirs; of a stream `to` is a prefix.
            (service.subject, service.to) = ("ours.svc".to_owned(), "theirs.svc".to_owned());
            stream.to = "in".to_owned();
        } else {
            service.local_subject = "ours.svc".to_owned();
            stream.local_subject = "in.s.>".to_owned();
        }
        importer.body.imports = vec![service, stream];
        let broker = broker_with(which, &operator, &[&exporter, &importer])?;
        let mut there = Wire::login(broker.addr(), &exporter.user("t")).await?;
        there.subscribe("theirs.svc", "1").await?;
        there.subscribe("ours.svc", "2").await?;
        let mut here = Wire::login(broker.addr(), &importer.user("h")).await?;
        here.subscribe("in.>", "1").await?;
        here.request("ours.svc", "inbox", "asked").await?;
        here.publish("theirs.svc", "stays here").await?;
        here.sync().await?;
        let got = there.messages().await?;
        assert_eq!(
            got,
            [("theirs.svc".to_owned(), "asked".to_owned())],
            "old: {old}"
        );
        there.publish("s.a", "news").await?;
        there.sync().await?;
        let got = here.messages().await?;
        assert_eq!(
            got,
            [("in.s.a".to_owned(), "news".to_owned())],
            "old: {old}"
        );
    }
    Ok(())
}

async fn nothing_of_a_response_permission_is_guessed(which: Which) -> Result<()> {
    let tenant = Tenant::new("acme");
    let broker = broker_with(which, &Operator::default(), &[&tenant])?;
    let mut asker = Wire::login(broker.addr(), &tenant.user("asker")).await?;
    asker.subscribe("inbox", "1").await?;
    // 0 is the default: one message, two minutes. Negative is without end.
    for (max, ttl, answers) in [
        (0, 0, 1),
        (1, 0, 1),
        (3, 0, 3),
        (-1, 0, 5),
        (-1, -1, 5),
        (0, -1, 1),
    ] {
        let user = tenant.user_with("responder", |claims| {
            claims.nats.rights.responses = Some(ResponseClaim { max, ttl });
        });
        let mut responder = Wire::login(broker.addr(), &user).await?;
        responder.subscribe("svc", "1").await?;
        responder.publish("inbox", "never asked").await?;
        assert_eq!(
            responder.sync().await?.len(),
            1,
            "without a request: nothing"
        );
        asker.request("svc", "inbox", "please").await?;
        asker.sync().await?;
        responder.message().await?;
        for _ in 0..5 {
            responder.publish("inbox", "here").await?;
        }
        let refusals = responder.sync().await?.len();
        assert_eq!(
            asker.messages().await?.len(),
            answers,
            "max {max} ttl {ttl}"
        );
        assert_eq!(refusals, 5 - answers, "max {max} ttl {ttl}");
        responder.send("UNSUB 1\r\n").await?;
        responder.sync().await?;
    }
    Ok(())
}

async fn an_expired_account_comes_back_when_it_is_renewed(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    let broker = Broker::start(which, &operator.directory_config(&[], false))?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    tenant.expires_at = now() + 3;
    pusher.push(&operator, &tenant).await?;
    let user = tenant.user("u");
    let mut wire = Wire::login(broker.addr(), &user).await?;
    assert_eq!(
        wire.errors_until_closed().await?,
        ["Account Authentication Expired"]
    );
    crate::tenants::login_is_refused(&broker, &user).await?;
    tenant.expires_at = now() + 3600;
    tenant.issued_at = Some(now() + 1);
    pusher.push(&operator, &tenant).await?;
    let answer = eventually("the renewed account", async || {
        Ok(Wire::try_login(broker.addr(), &user).await?.ok())
    });
    answer.await
}

async fn new_default_permissions_leave_explicit_ones_alone(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    let broker = Broker::start(which, &operator.directory_config(&[&tenant], false))?;
    let explicit = tenant.user_with("explicit", |claims| {
        claims.nats.rights.publish.allow = Some(vec!["own.>".to_owned()]);
    });
    let mut explicit = Wire::login(broker.addr(), &explicit).await?;
    explicit.subscribe("anything", "1").await?;
    let mut default = Wire::login(broker.addr(), &tenant.user("default")).await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    tenant.body.default_permissions.publish.allow = Some(vec!["shared.>".to_owned()]);
    tenant.body.default_permissions.subscribe.deny = Some(vec![">".to_owned()]);
    tenant.issued_at = Some(now() + 1);
    pusher.push(&operator, &tenant).await?;
    eventually("the default to be in force", async || {
        default.publish("own.a", "x").await?;
        Ok((!default.sync().await?.is_empty()).then_some(()))
    })
    .await?;
    explicit.publish("own.a", "x").await?;
    explicit.subscribe("more", "2").await?;
    assert_eq!(explicit.sync().await?, []);
    explicit.publish("shared.a", "x").await?;
    let text = "Permissions Violation for Publish to \"shared.a\"";
    assert_eq!(explicit.sync().await?, [Frame::Error(text.to_owned())]);
    Ok(())
}

async fn tenants_import_nothing_from_the_system_account(which: Which) -> Result<()> {
    let operator = Operator::default();
    let other = Tenant::new("other");
    let id = other.public();
    let services = [
        format!("$SYS.REQ.ACCOUNT.{id}.CONNZ"),
        format!("$SYS.REQ.ACCOUNT.{id}.INFO"),
        format!("$SYS.REQ.ACCOUNT.{id}.CLAIMS.LOOKUP"),
        "$SYS.REQ.CLAIMS.LIST".to_owned(),
        "$SYS.REQ.SERVER.PING".to_owned(),
    ];
    let mut tenant = Tenant::new("acme");
    for (at, subject) in services.iter().enumerate() {
        let mut import = import(&operator.system, ShareKind::Service, subject);
        import.local_subject = format!("stolen.{at}");
        tenant.body.imports.push(import);
    }
    let mut stream = import(&operator.system, ShareKind::Stream, "$SYS.>");
    stream.local_subject = "events.>".to_owned();
    tenant.body.imports.push(stream);
    let broker = broker_with(which, &operator, &[&tenant, &other])?;
    let mut wire = Wire::login(broker.addr(), &tenant.user("curious")).await?;
    wire.send("SUB inbox 1\r\nSUB events.> 2\r\nSUB $SYS.> 3\r\n")
        .await?;
    wire.sync().await?;
    for at in 0..services.len() {
        wire.request(&format!("stolen.{at}"), "inbox", "").await?;
    }
    drop(Wire::login(broker.addr(), &other.user("visitor")).await?);
    for frame in wire.sync().await? {
        let Frame::Message(message) = &frame else {
            continue;
        };
        let headers = message.headers.as_deref().unwrap_or_default();
        assert!(headers.starts_with("NATS/1.0 503"), "an answer: {frame:?}");
    }
    Ok(())
}

async fn the_issuer_account_is_the_issuers(which: Which) -> Result<()> {
    let operator = Operator::default();
    let (tenant, other) = (Tenant::new("acme"), Tenant::new("other"));
    let broker = broker_with(which, &operator, &[&tenant, &other])?;
    let named = |account: Option<accounts::PublicKey>| {
        tenant.user_with("u", |claims| {
            claims.nats.rights.bearer_token = true;
            claims.nats.issuer_account = account;
        })
    };
    for account in [None, Some(tenant.public())] {
        let got = Wire::account_of(broker.addr(), &named(account)).await?;
        assert_eq!(got, tenant.public().to_string());
    }
    for account in [
        other.public(),
        operator.system.public(),
        Tenant::new("unknown").public(),
    ] {
        refused(&broker, &named(Some(account)), "in another account's name").await?;
    }
    Ok(())
}

async fn tokens_of_version_1_are_read(which: Which) -> Result<()> {
    let operator = Operator::default();
    let tenant = Tenant::new("old");
    let unlimited = json!({
        "subs": -1, "conn": -1, "leaf": -1, "imports": -1, "exports": -1, "data": -1,
        "payload": -1, "wildcards": true,
    });
    let account = json!({
        "type": "account", "iss": operator.keys.public(), "sub": tenant.public(), "iat": now(),
        "jti": "x", "name": "old", "nats": {"limits": unlimited},
    });
    let token = craft_v1(&account, &operator.keys);
    let broker = start_with(which, &operator, &tenant, &token)?;
    let user = |nats: serde_json::Value, change: fn(&mut serde_json::Value)| {
        let keys = keys(KeyKind::User);
        let mut payload = user_payload(&tenant, &keys.public(), nats);
        payload["type"] = json!("user");
        change(&mut payload);
        User {
            jwt: craft_v1(&payload, &tenant.keys),
            keys,
        }
    };
    let restricted = json!({"pub": {"allow": ["a"]}, "src": "127.0.0.0/8,10.0.0.0/8"});
    let mut wire = Wire::login(broker.addr(), &user(restricted, |_| {})).await?;
    // Limits that version 1 did not write are no limits.
    wire.subscribe("x", "1").await?;
    wire.publish("a", "some text").await?;
    wire.publish("b", "x").await?;
    let text = "Permissions Violation for Publish to \"b\"";
    assert_eq!(wire.sync().await?, [Frame::Error(text.to_owned())]);
    refused(
        &broker,
        &user(json!({"src": "10.0.0.0/8"}), |_| {}),
        "another network",
    )
    .await?;
    refused(
        &broker,
        &user(json!({}), |it| it["exp"] = json!(1)),
        "expired",
    )
    .await?;
    refused(
        &broker,
        &user(json!({}), |it| it["type"] = json!("account")),
        "another kind",
    )
    .await?;
    let mut good = user(json!({}), |_| {});
    assert_eq!(Wire::try_login(broker.addr(), &good).await?, Ok(()));
    good.jwt.truncate(good.jwt.len() - 2);
    refused(&broker, &good, "a damaged signature").await
}

/// nats-server's trace shows the token, with which a bearer is anybody.
#[tokio::test]
async fn a_trace_log_holds_no_token_and_no_secret() -> Result<()> {
    let tenant = Tenant::new("acme");
    let config = Operator::default().memory_config(&[&tenant]);
    let config = format!("debug: true\ntrace: true\n{config}");
    let mut broker = Broker::start(Which::Tidegate, &config)?;
    let bearer = tenant.user_with("bearer", |claims| claims.nats.rights.bearer_token = true);
    let more = json!({
        "sig": null, "pass": "secret one", "auth_token": "secret two", "user": "secret three",
        "tls": {"key": "secret four"}, "lang": "seen",
    });
    let _wire = Wire::login_with(broker.addr(), &bearer, &more).await?;
    let bad = User {
        keys: keys(KeyKind::User),
        jwt: bearer.jwt.clone() + "x",
    };
    let mut refused = Wire::open(broker.addr()).await?;
    refused
        .send(bad.connect_operation(refused.nonce(), &more))
        .await?;
    refused.until_closed().await?;
    let daemon = broker.daemon();
    daemon.wait_for_line("authentication error", Duration::from_secs(10))?;
    let log = daemon.output();
    for secret in [&bearer.jwt[..], "secret one", "secret two", "secret four"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    let signature = bearer.jwt.rsplit('.').next().context("a signature")?;
    assert!(
        !log.contains(signature),
        "the token's signature is in the log"
    );
    Ok(())
}

/// nats-server lets pages of any site read its monitoring through a visitor's browser.
#[tokio::test]
async fn monitoring_is_not_for_other_sites_pages() -> Result<()> {
    let mut broker = Broker::start(Which::Tidegate, "http: \"127.0.0.1:-1\"\n")?;
    let started = "Starting http monitor on ";
    let line = broker
        .daemon()
        .wait_for_line(started, Duration::from_secs(10))?;
    let (_, address) = line.split_once(started).context("no address")?;
    for page in ["varz", "connz", "subsz", "accountz", "healthz", ""] {
        let answer = reqwest::get(format!("http://{}/{page}", address.trim())).await?;
        assert!(answer.status().is_success(), "{page}");
        let headers = answer.headers();
        assert!(
            !headers.contains_key("access-control-allow-origin"),
            "{page}"
        );
    }
    Ok(())
}
