//! Advisories of 2025 and 2026.

use std::time::Duration;

use accounts::{ExportClaim, ImportClaim, KeyKind, KeyPair, ShareKind, SubjectRules};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::mint::{Operator, Tenant, User, now};
use tests::{Broker, Frame, Message, Which, Wire};

use super::{Bystander, craft, crafted_user, nkey_text, refused, user_payload};
use crate::both::on_both;
use crate::tenants::{Pusher, broker_with};

on_both![
    cve_2026_33216_monitoring_shows_no_bearer_token,
    cve_2026_33223_a_forged_request_info_is_taken_out,
    cve_2026_33249_a_trace_goes_nowhere_that_its_sender_may_not_publish,
    ghsa_g33f_keys_of_any_length_crash_nothing,
    ghsa_g33f_account_keys_of_any_length_crash_nothing,
    ghsa_jx8g_a_queue_rule_takes_nothing_from_a_plain_deny,
    ghsa_q59r_pages_beyond_any_number_crash_nothing,
    ghsa_wh7g_a_deny_that_overlaps_an_allow_is_kept,
];

const HTTP: &str = "http: \"127.0.0.1:-1\"\n";

/// A broker with monitoring, and its address.
fn monitored(which: Which, config: &str) -> Result<(Broker, String)> {
    const STARTED: &str = "Starting http monitor on ";
    let mut broker = Broker::start(which, &format!("{HTTP}{config}"))?;
    let line = broker
        .daemon()
        .wait_for_line(STARTED, Duration::from_secs(10))?;
    let (_, address) = line.split_once(STARTED).context("no address")?;
    Ok((broker, format!("http://{}", address.trim())))
}

async fn cve_2026_33216_monitoring_shows_no_bearer_token(which: Which) -> Result<()> {
    let operator = Operator::default();
    let tenant = Tenant::new("acme");
    let (broker, url) = monitored(which, &operator.memory_config(&[&tenant]))?;
    let bearer = tenant.user_with("bearer", |claims| claims.nats.rights.bearer_token = true);
    let unsigned = json!({ "sig": null, "pass": bearer.jwt });
    let _connected = Wire::login_with(broker.addr(), &bearer, &unsigned).await?;
    let mut pages = String::new();
    for page in [
        "varz",
        "connz?auth=1&subs=1",
        "subsz?subs=1",
        "accountz",
        "connz?state=any",
    ] {
        pages += &reqwest::get(format!("{url}/{page}")).await?.text().await?;
    }
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let asked = pusher
        .ask("$SYS.REQ.SERVER.PING.CONNZ", r#"{"auth":true}"#)
        .await?;
    pages += &String::from_utf8_lossy(&asked);
    let signature = bearer.jwt.rsplit('.').next().context("a signature")?;
    assert!(pages.contains("connections"), "the pages say something");
    assert!(
        !pages.contains(signature),
        "whoever reads monitoring could log in"
    );
    Ok(())
}

/// A service of one tenant that shares its askers' details, and one that asks.
async fn service(which: Which) -> Result<(Broker, Tenant, Wire, Wire)> {
    let (mut exporter, mut importer) = (Tenant::new("exporter"), Tenant::new("importer"));
    exporter
        .body
        .exports
        .push(ExportClaim::new(ShareKind::Service, "svc"));
    let mut import = ImportClaim::new(ShareKind::Service, exporter.public(), "svc");
    import.name = "svc".to_owned();
    import.share = true;
    importer.body.imports.push(import);
    let broker = broker_with(which, &Operator::default(), &[&exporter, &importer])?;
    let mut responder = Wire::login(broker.addr(), &exporter.user("responder")).await?;
    responder.subscribe("svc", "1").await?;
    let asker = Wire::login(broker.addr(), &importer.user("asker")).await?;
    Ok((broker, importer, responder, asker))
}

async fn ask(asker: &mut Wire, responder: &mut Wire, headers: &str) -> Result<Message> {
    let block = format!("NATS/1.0\r\n{headers}\r\n");
    let (head, total) = (block.len(), block.len() + 2);
    asker
        .send(format!("HPUB svc inbox {head} {total}\r\n{block}hi\r\n"))
        .await?;
    responder.message().await
}

/// The values of the header that the server makes, however its name is written.
fn infos(message: &Message) -> Vec<Value> {
    let headers = message.headers.as_deref().unwrap_or_default();
    let lines = headers.lines().filter_map(|line| line.split_once(':'));
    let ours = lines.filter(|(name, _)| name.trim().eq_ignore_ascii_case("nats-request-info"));
    ours.map(|(_, value)| serde_json::from_str(value.trim()).unwrap_or_default())
        .collect()
}

async fn cve_2026_33223_a_forged_request_info_is_taken_out(which: Which) -> Result<()> {
    let (_broker, importer, mut responder, mut asker) = service(which).await?;
    let forged = "Nats-Request-Info: {\"acc\":\"forged\",\"user\":\"admin\"}\r\n";
    for headers in [
        String::new(),
        forged.to_owned(),
        forged.repeat(3),
        format!("A: b\r\n{forged}C: d\r\n{forged}"),
    ] {
        let message = ask(&mut asker, &mut responder, &headers).await?;
        let infos = infos(&message);
        assert_eq!(infos.len(), 1, "{headers:?}: {message:?}");
        assert_eq!(infos[0]["acc"], importer.public().to_string());
        assert!(!format!("{message:?}").contains("forged"));
    }
    Ok(())
}

/// nats-server 2.15.1 takes out the exact spelling only.
#[tokio::test]
async fn cve_2026_33223_no_spelling_of_the_name_gets_through() -> Result<()> {
    let (_broker, importer, mut responder, mut asker) = service(Which::Tidegate).await?;
    for name in [
        "nats-request-info",
        "NATS-REQUEST-INFO",
        "Nats-Request-Info ",
        "Nats-Request-Info\t",
        " Nats-Request-Info",
    ] {
        let headers = format!("A: b\r\n{name}: {{\"acc\":\"forged\"}}\r\nC: d\r\n");
        let message = ask(&mut asker, &mut responder, &headers).await?;
        let infos = infos(&message);
        assert_eq!(infos.len(), 1, "{name:?}: {message:?}");
        assert_eq!(infos[0]["acc"], importer.public().to_string(), "{name:?}");
    }
    // What only looks alike is the client's own.
    let alike = "Nats-Request-Info-X: 1\r\nX-Nats-Request-Info: 2\r\nNats-Request: 3\r\n";
    let message = ask(&mut asker, &mut responder, alike).await?;
    let headers = message.headers.clone().context("headers")?;
    assert!(
        alike.lines().all(|line| headers.contains(line)),
        "{headers}"
    );
    assert_eq!(infos(&message).len(), 1);
    Ok(())
}

async fn cve_2026_33249_a_trace_goes_nowhere_that_its_sender_may_not_publish(
    which: Which,
) -> Result<()> {
    let tenant = Tenant::new("acme");
    let broker = broker_with(which, &Operator::default(), &[&tenant])?;
    let user = tenant.user_with("sender", |claims| {
        claims.nats.rights.publish.deny = Some(vec!["secret.>".to_owned()]);
    });
    let mut owner = Wire::login(broker.addr(), &tenant.user("owner")).await?;
    owner.subscribe("secret.>", "1").await?;
    for name in ["Nats-Trace-Dest", "nats-trace-dest"] {
        for only in ["", "Nats-Trace-Only: true\r\n"] {
            let mut sender = Wire::login(broker.addr(), &user).await?;
            let block = format!("NATS/1.0\r\n{name}: secret.trace\r\n{only}\r\n");
            let (head, total) = (block.len(), block.len() + 2);
            sender
                .send(format!("HPUB open {head} {total}\r\n{block}hi\r\n"))
                .await?;
            sender.sync().await?;
            assert_eq!(owner.messages().await?, [], "{name} {only}");
        }
    }
    Ok(())
}

/// Texts in place of a key: too short, too long, of another kind, damaged.
fn odd_keys() -> Vec<String> {
    let account = 0;
    let good = nkey_text(account, &[7; 32]);
    let mut odd = vec![
        String::new(),
        "A".to_owned(),
        good.to_lowercase(),
        format!("{good}A"),
    ];
    for length in [0, 1, 31, 33, 64] {
        odd.push(nkey_text(account, &vec![7; length]));
    }
    // An unknown prefix, a curve key, a user; a broken checksum.
    odd.extend([nkey_text(0x08, &[7; 32]), nkey_text(23 << 3, &[7; 32])]);
    odd.push(nkey_text(20 << 3, &[7; 32]));
    odd.push(good[..55].to_owned() + if good.ends_with('A') { "Q" } else { "A" });
    odd
}

async fn ghsa_g33f_keys_of_any_length_crash_nothing(which: Which) -> Result<()> {
    let tenant = Tenant::new("acme");
    let broker = broker_with(which, &Operator::default(), &[&tenant])?;
    let mut bystander = Bystander::new(&broker, &tenant).await?;
    let nats = json!({"type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1});
    for odd in odd_keys() {
        for field in ["iss", "sub", "issuer_account"] {
            let user = crafted_user(&tenant.keys, |key| {
                let mut payload = user_payload(&tenant, key, nats.clone());
                match field {
                    "issuer_account" if odd.is_empty() => payload["nats"][field] = json!("x"),
                    "issuer_account" => payload["nats"][field] = json!(odd),
                    field => payload[field] = json!(odd),
                }
                payload
            });
            refused(&broker, &user, &format!("{field} {odd:?}")).await?;
        }
    }
    bystander.is_unharmed(&broker).await
}

async fn ghsa_g33f_account_keys_of_any_length_crash_nothing(which: Which) -> Result<()> {
    let operator = Operator::default();
    let (tenant, target) = (Tenant::new("acme"), Tenant::new("target"));
    let broker = Broker::start(which, &operator.directory_config(&[&tenant], false))?;
    let mut bystander = Bystander::new(&broker, &tenant).await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    for odd in odd_keys() {
        let good = json!({
            "iss": operator.keys.public(), "sub": target.public(), "iat": now(), "name": "x",
            "nats": {"type": "account", "version": 2, "limits": {"conn": -1, "subs": -1}},
        });
        for field in ["iss", "sub"] {
            let mut payload = good.clone();
            payload[field] = json!(odd);
            let answer = pusher.push_jwt(&craft(&payload, &operator.keys)).await?;
            // nats-server 2.15.1 stores an account whose key has 33 bytes.
            let taken = field == "sub" && which == Which::NatsServer;
            assert!(
                taken || answer["data"].is_null(),
                "{field} {odd:?}: {answer}"
            );
        }
        let mut payload = good;
        payload["nats"]["signing_keys"] = json!([odd]);
        let activation = json!({
            "iss": odd, "sub": target.public(), "iat": now(),
            "nats": {"type": "activation", "version": 2, "subject": "a", "kind": "stream"},
        });
        let import = json!({
            "name": "a", "subject": "a", "type": "stream", "account": tenant.public(),
            "token": craft(&activation, &tenant.keys),
        });
        payload["nats"]["imports"] = json!([import]);
        pusher.push_jwt(&craft(&payload, &operator.keys)).await?;
    }
    let nobody = User {
        keys: KeyPair::from_seed(&tests::mint::keys(KeyKind::User).seed())?,
        jwt: String::new(),
    };
    refused(&broker, &nobody, "an empty token").await?;
    bystander.is_unharmed(&broker).await
}

async fn ghsa_jx8g_a_queue_rule_takes_nothing_from_a_plain_deny(which: Which) -> Result<()> {
    let tenant = Tenant::new("acme");
    let broker = broker_with(which, &Operator::default(), &[&tenant])?;
    for deny in [
        ["bar", "bar q"],
        ["bar q", "bar"],
        ["b*", "bar q"],
        ["bar q", ">"],
    ] {
        let user = tenant.user_with("restricted", |claims| {
            let list = deny.iter().map(|&entry| entry.to_owned()).collect();
            claims.nats.rights.subscribe.deny = Some(list);
        });
        let mut wire = Wire::login(broker.addr(), &user).await?;
        // `b*` is a literal and denies nothing here.
        let plain = deny.contains(&"bar") || deny.contains(&">");
        for (subscription, allowed) in [("bar", !plain), ("bar other", !plain), ("bar q", false)] {
            wire.send(format!("SUB {subscription} 1\r\nUNSUB 1\r\n"))
                .await?;
            let got = wire.sync().await?;
            assert_eq!(got.is_empty(), allowed, "{deny:?} {subscription}: {got:?}");
        }
    }
    Ok(())
}

async fn ghsa_wh7g_a_deny_that_overlaps_an_allow_is_kept(which: Which) -> Result<()> {
    let tenant = Tenant::new("acme");
    let broker = broker_with(which, &Operator::default(), &[&tenant])?;
    let mut writer = Wire::login(broker.addr(), &tenant.user("writer")).await?;
    let list = |entry: &str| Some(vec![entry.to_owned()]);
    for (allow, deny, subscription) in [
        ("foo.*", "*.secret", "foo.*"),
        ("foo.*", "*.secret", "foo.* q"),
        ("foo.>", "*.secret", "foo.>"),
        ("foo.>", "*.secret", "foo.> q"),
        ("foo.>", "foo.*", "foo.> q"),
        (">", "foo.sec*.>", "foo.*"),
    ] {
        let user = tenant.user_with("restricted", |claims| {
            claims.nats.rights.subscribe = SubjectRules {
                allow: list(allow),
                deny: list(deny),
            };
        });
        let mut wire = Wire::login(broker.addr(), &user).await?;
        wire.send(format!("SUB {subscription} 1\r\n")).await?;
        if !wire.sync().await?.is_empty() {
            // The original refuses one of them outright, which is as good.
            assert_eq!(
                (which, deny),
                (Which::NatsServer, "foo.*"),
                "{subscription}"
            );
            continue;
        }
        for _ in 0..20 {
            writer.publish("foo.secret", "no").await?;
        }
        writer.publish("foo.a.b", "yes").await?;
        writer.publish("foo.open", "yes").await?;
        writer.sync().await?;
        let got = wire.messages().await?;
        let leaks = got.iter().any(|(subject, _)| subject == "foo.secret");
        // The last deny is a literal, and has nothing to do with `foo.secret`.
        assert_eq!(
            leaks,
            deny == "foo.sec*.>",
            "{allow} {deny} {subscription}: {got:?}"
        );
        assert!(!got.is_empty(), "{allow} {deny} {subscription}");
    }
    Ok(())
}

async fn ghsa_q59r_pages_beyond_any_number_crash_nothing(which: Which) -> Result<()> {
    let operator = Operator::default();
    let tenant = Tenant::new("acme");
    let (broker, url) = monitored(which, &operator.memory_config(&[&tenant]))?;
    let mut bystander = Bystander::new(&broker, &tenant).await?;
    let numbers = [
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "-1",
        "-9223372036854775808",
        "2147483648",
        "99999999999999999999",
        "1e9",
        "",
    ];
    for number in numbers {
        for query in [
            format!("offset={number}"),
            format!("limit={number}"),
            format!("offset={number}&limit={number}"),
            format!("offset={number}&limit=9223372036854775807&sort=cid"),
            format!("offset=1&limit={number}&sort=idle&subs=1"),
        ] {
            for page in ["connz", "subsz"] {
                let answer = reqwest::get(format!("{url}/{page}?{query}")).await?;
                let status = answer.status().as_u16();
                assert!(status == 200 || status == 400, "{page}?{query}: {status}");
                answer
                    .bytes()
                    .await
                    .with_context(|| format!("{page}?{query}"))?;
            }
        }
    }
    let mut pusher = Pusher::new(&broker, &operator).await?;
    for number in [
        "9223372036854775807",
        "-1",
        "-9223372036854775808",
        "1e400",
        "\"x\"",
    ] {
        let body = format!(r#"{{"offset":{number},"limit":{number},"sort":"cid"}}"#);
        for service in ["CONNZ", "SUBSZ"] {
            let subject = format!("$SYS.REQ.SERVER.PING.{service}");
            let answer = pusher.ask(&subject, &body).await?;
            assert!(!answer.is_empty(), "{service} {body}");
        }
    }
    bystander.is_unharmed(&broker).await
}

/// nats-server serves the process's arguments there; we say the program's name and no more.
#[tokio::test]
async fn cve_2026_33247_arguments_are_not_shown() -> Result<()> {
    let (_broker, url) = monitored(Which::Tidegate, "")?;
    let shown = reqwest::get(format!("{url}/debug/vars"))
        .await?
        .text()
        .await?;
    let shown: Value = serde_json::from_str(&shown)?;
    assert_eq!(shown["cmdline"], json!(["tidegate"]));
    for page in ["debug/pprof/cmdline", "debug"] {
        let answer = reqwest::get(format!("{url}/{page}")).await?;
        assert_eq!(answer.status().as_u16(), 404, "{page}");
    }
    Ok(())
}

/// What opens a door is refused by name while it is not served: nobody believes it to be obeyed.
#[tokio::test]
async fn ghsa_38x3_and_hmmp_a_user_for_everybody_is_refused_by_name() -> Result<()> {
    let operator = Operator::default();
    let tenant = Tenant::new("acme");
    let config = operator.memory_config(&[&tenant]);
    for line in [
        "no_auth_user: anybody\n",
        "websocket { port: -1, no_auth_user: anybody }\n",
    ] {
        assert!(
            Broker::start(Which::Tidegate, &format!("{config}{line}")).is_err(),
            "{line}"
        );
    }
    let broker = Broker::start(Which::Tidegate, &config)?;
    for first in [
        "PUB a 1\r\nx\r\n",
        "SUB > 1\r\n",
        "PING\r\n",
        "HPUB a 12 12\r\nNATS/1.0\r\n\r\n\r\n",
    ] {
        let mut wire = Wire::open(broker.addr()).await?;
        wire.send_to_the_end(first).await?;
        let frames = wire.until_closed().await?;
        let expected = Frame::Error(super::REFUSED.to_owned());
        assert_eq!(frames, [expected], "{first:?}");
    }
    Ok(())
}
