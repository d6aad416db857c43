//! Why something was refused: the broker's answer, its memory of refusals, and that both agree with
//! what happens. Ours only: nats-server has no such thing.

use accounts::claims::account::WeightedMapping;
use accounts::{
    ExportClaim, ImportClaim, KeyKind, ResponseClaim, ShareKind, SigningKey, SubjectRules,
};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::mint::{Operator, Tenant, User, keys, now};
use tests::{Broker, Frame, Which, Wire};

use super::{Pusher, broker_with};

fn list(subjects: &[&str]) -> Option<Vec<String>> {
    Some(subjects.iter().map(|&subject| subject.to_owned()).collect())
}

fn start(operator: &Operator, tenants: &[&Tenant]) -> Result<Broker> {
    broker_with(Which::Tidegate, operator, tenants)
}

/// Asks in the system account about `tenant`.
async fn explained(pusher: &mut Pusher, tenant: &Tenant, question: &Value) -> Result<Value> {
    let subject = format!("$SYS.REQ.ACCOUNT.{}.EXPLAIN", tenant.public());
    let mut answer = pusher.ask_json(&subject, &question.to_string()).await?;
    anyhow::ensure!(answer.get("error").is_none(), "{question}: {answer}");
    Ok(answer["data"].take())
}

async fn denials(pusher: &mut Pusher, tenant: &Tenant) -> Result<Vec<Value>> {
    let subject = format!("$SYS.REQ.ACCOUNT.{}.DENIALS", tenant.public());
    let answer = pusher.ask_json(&subject, "").await?;
    assert_eq!(answer["data"]["account"], json!(tenant.public()));
    Ok(answer["data"]["denials"]
        .as_array()
        .context("denials")?
        .clone())
}

fn map(tenant: &mut Tenant, from: &str, to: &str) {
    let to = WeightedMapping {
        subject: to.to_owned(),
        ..WeightedMapping::default()
    };
    tenant.body.mappings.insert(from.to_owned(), vec![to]);
}

/// What the broker does with each of many subjects is what it says that it would do.
#[tokio::test]
async fn the_answer_is_what_happens() -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    tenant.body.default_permissions.publish.deny = list(&["defaults.no"]);
    map(&mut tenant, "map.bad", "defaults.no");
    map(&mut tenant, "map.good", "orders.a");
    let broker = start(&operator, &[&tenant])?;
    let restricted = tenant.user_with("restricted", |claims| {
        let rights = &mut claims.nats.rights;
        rights.publish = SubjectRules {
            allow: list(&["orders.>", "a.*.b", "_INBOX.>", "map.>"]),
            deny: list(&["orders.secret", "orders.*.hidden"]),
        };
        rights.subscribe = SubjectRules {
            allow: list(&["orders.>", "work crew", "news"]),
            deny: list(&["orders.x", "news q.*"]),
        };
    });
    let plain = tenant.user("plain");
    let mut pusher = Pusher::new(&broker, &operator).await?;
    for user in [&restricted, &plain] {
        let mut wire = Wire::login(broker.addr(), user).await?;
        let subjects = [
            "orders.a",
            "orders.secret",
            "orders.b.hidden",
            "a.x.b",
            "a.b",
            "defaults.no",
            "$NRG.x",
            "orders.*",
            "orders.x",
            "orders.>",
            ">",
            "work",
            "news",
            "a..b",
            "map.bad",
            "map.good",
        ];
        for (n, subject) in subjects.into_iter().enumerate() {
            for (action, queue) in [
                ("publish", None),
                ("subscribe", None),
                ("subscribe", Some("crew")),
                ("subscribe", Some("q.a")),
            ] {
                let operation = match (action, queue) {
                    ("publish", _) => format!("PUB {subject} 0\r\n\r\n"),
                    (_, None) => format!("SUB {subject} s{n}\r\n"),
                    (_, Some(queue)) => format!("SUB {subject} {queue} q{n}{queue}\r\n"),
                };
                wire.send(operation).await?;
                let frames = wire.sync().await?;
                let refused = frames.iter().any(|frame| matches!(frame, Frame::Error(_)));
                let question = json!({
                    "user": user.public(), "action": action, "subject": subject, "queue": queue,
                });
                let answer = explained(&mut pusher, &tenant, &question).await?;
                assert_eq!(answer["allowed"], json!(!refused), "{question}: {answer}");
            }
        }
    }
    // What is remembered is the rule about the mapped subject.
    let seen = denials(&mut pusher, &tenant).await?;
    let is_it = |it: &&Value| it["subject"] == "map.bad" && it["user"] == json!(plain.public());
    let bad = seen.iter().find(is_it).context("the mapped one")?;
    assert_eq!(bad["rule"]["path"], "default_permissions.pub.deny[0]");
    Ok(())
}

/// Quotas, replies and imports decide as well as lists.
#[tokio::test]
async fn what_decides_besides_lists_is_explained() -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    let exports = [ExportClaim::new(ShareKind::Service, "svc")];
    tenant.body.exports = exports.to_vec();
    let mut own = ImportClaim::new(ShareKind::Service, tenant.public(), "svc");
    own.local_subject = "own.svc".to_owned();
    tenant.body.imports = vec![own];
    let broker = start(&operator, &[&tenant])?;
    let muted = tenant.user_with("muted", |claims| {
        let none = json!({ "messages_per_second": 0 });
        claims.nats.extra.insert("tidegate".to_owned(), none);
    });
    let responder = tenant.user_with("responder", |claims| {
        claims.nats.rights.publish.deny = list(&["inbox"]);
        claims.nats.rights.responses = Some(ResponseClaim { max: 1, ttl: 0 });
    });
    let plain = tenant.user("plain");
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let mut asks = async |user: &User, subject: &str| {
        let user = user.public();
        let question = json!({ "user": user, "action": "publish", "subject": subject });
        explained(&mut pusher, &tenant, &question).await
    };

    let mut wire = Wire::login(broker.addr(), &muted).await?;
    wire.send("PUB a 0\r\n\r\n").await?;
    assert!(matches!(wire.sync().await?[..], [Frame::Error(_)]));
    assert_eq!(asks(&muted, "a").await?["code"], "limit_reached");

    let mut serves = Wire::login(broker.addr(), &responder).await?;
    serves.subscribe("svc", "1").await?;
    let mut wire = Wire::login(broker.addr(), &plain).await?;
    wire.subscribe("inbox", "1").await?;
    wire.request("svc", "inbox", "?").await?;
    serves.message().await?;
    serves.publish("inbox", "!").await?;
    assert_eq!(wire.message().await?.payload, b"!");
    assert_eq!(asks(&responder, "inbox").await?["code"], "only_as_response");

    wire.publish("own.svc", "by import").await?;
    assert_eq!(serves.message().await?.subject, "svc");
    let answer = asks(&plain, "own.svc").await?;
    assert_eq!(answer["ways"][0]["code"], "import_active", "{answer}");
    Ok(())
}

#[tokio::test]
async fn rules_are_named_wherever_they_stand() -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    let role = keys(KeyKind::Account);
    tenant
        .body
        .signing_keys
        .push(serde_json::from_value::<SigningKey>(json!({
            "kind": "user_scope", "key": role.public(), "role": "sensor",
            "template": {
                "sub": { "allow": ["box.{{name()}}", "_INBOX.>"] },
                "subs": -1, "data": -1, "payload": -1,
            },
        }))?);
    let broker = start(&operator, &[&tenant])?;
    let scoped = tenant.role_user(&role, "x1", |_| {});
    let _wire = Wire::login(broker.addr(), &scoped).await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let question = json!({ "user": "x1", "action": "subscribe", "subject": "box.x1" });
    let answer = explained(&mut pusher, &tenant, &question).await?;
    let text = format!(
        "allowed by scoped key {} role \"sensor\" template.sub.allow[0] \
         \"box.{{{{name()}}}}\" → \"box.x1\"",
        role.public()
    );
    assert_eq!(answer["text"], json!(text));
    assert_eq!(answer["user"], json!(scoped.public()));
    // A user that is not connected shows its token; one that would not be let in is told why.
    let question = json!({
        "jwt": tenant.role_user(&role, "x2", |_| {}).jwt, "action": "subscribe",
        "subject": "box.x2",
    });
    let answer = explained(&mut pusher, &tenant, &question).await?;
    assert_eq!(answer["rule"]["filled_in"], "box.x2");
    let late = tenant.user_with("late", |claims| claims.exp = now() - 1);
    let question = json!({ "jwt": late.jwt, "action": "publish", "subject": "a" });
    let answer = explained(&mut pusher, &tenant, &question).await?;
    assert_eq!(
        (&answer["allowed"], &answer["code"]),
        (&json!(false), &json!("user_expired"))
    );
    let bad = [
        "{\"action\":\"publish\",\"subject\":\"a\",\"jwt\":\"x\"}",
        "",
        "{}",
        "[]",
        "{\"action\":\"connect\",\"subject\":\"a\"}",
        "{\"action\":\"publish\",\"subject\":\"a\",\"user\":\"nobody\"}",
        "{\"action\":\"publish\",\"subject\":\"a\",\"extra\":1}",
    ];
    let subject = format!("$SYS.REQ.ACCOUNT.{}.EXPLAIN", tenant.public());
    for body in bad {
        let answer = pusher.ask_json(&subject, body).await?;
        assert!(answer["error"]["code"].is_u64(), "{body}: {answer}");
    }
    Ok(())
}

/// Acme exports a public and a private service and a stream; globex imports all of them.
fn neighbours() -> (Tenant, Tenant) {
    let (mut acme, mut globex) = (Tenant::new("acme"), Tenant::new("globex"));
    let mut private = ExportClaim::new(ShareKind::Service, "private.>");
    private.token_req = true;
    acme.body.exports = vec![
        ExportClaim::new(ShareKind::Service, "help"),
        ExportClaim::new(ShareKind::Stream, "news.>"),
        private,
    ];
    let import = |kind, subject: &str, local: &str| {
        let mut claim = ImportClaim::new(kind, acme.public(), subject);
        claim.local_subject = local.to_owned();
        claim
    };
    globex.body.imports = vec![
        import(ShareKind::Service, "help", "ask.help"),
        import(ShareKind::Service, "private.x", "ask.private"),
        import(ShareKind::Stream, "news.>", "their.news.>"),
    ];
    (acme, globex)
}

#[tokio::test]
async fn imports_are_explained_to_each_as_far_as_it_may_know() -> Result<()> {
    let operator = Operator::default();
    let (acme, globex) = neighbours();
    let broker = start(&operator, &[&acme, &globex])?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let mut tenant = Wire::login(broker.addr(), &globex.user("asks")).await?;
    tenant.subscribe("_INBOX.push", "1").await?;
    for (action, subject, remote, code, hidden) in [
        (
            "publish",
            "ask.help",
            "help",
            "import_active",
            "import_active",
        ),
        (
            "publish",
            "ask.private",
            "private.x",
            "activation_missing",
            "import_inactive",
        ),
        (
            "subscribe",
            "their.news.eu",
            "news.eu",
            "import_active",
            "import_active",
        ),
    ] {
        let question = json!({ "action": action, "subject": subject });
        let answer = explained(&mut pusher, &globex, &question).await?;
        let way = &answer["ways"][0];
        assert_eq!(way["account"], json!(acme.public()));
        assert_eq!(
            (&way["remote"], &way["code"]),
            (&json!(remote), &json!(code))
        );
        assert_eq!(way["export"].is_string(), code == "import_active");
        // The tenant itself is not told what the exporter's claims say.
        tenant
            .request(
                "$SYS.REQ.ACCOUNT.PING.EXPLAIN",
                "_INBOX.push",
                &question.to_string(),
            )
            .await?;
        let answer: Value = serde_json::from_slice(&tenant.message().await?.payload)?;
        let way = &answer["data"]["ways"][0];
        assert_eq!(
            (&way["remote"], &way["code"]),
            (&json!(remote), &json!(hidden))
        );
        assert_eq!(way.get("export"), None);
    }
    // What it asks is about itself, whatever it names.
    let subject = format!("$SYS.REQ.ACCOUNT.{}.EXPLAIN", acme.public());
    let question = json!({ "action": "publish", "subject": "a" }).to_string();
    tenant.request(&subject, "_INBOX.push", &question).await?;
    let headers = tenant.message().await?.headers.unwrap_or_default();
    assert!(headers.starts_with("NATS/1.0 503"), "{headers}");
    Ok(())
}

#[tokio::test]
async fn refusals_are_remembered_with_their_rule() -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    tenant.body.limits.conn = 1;
    let broker = start(&operator, &[&tenant])?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let user = tenant.user_with("noisy", |claims| {
        claims.nats.rights.publish.deny = list(&["x", "secret.>"]);
        claims.nats.rights.subscribe.allow = list(&["mine.>"]);
        claims.nats.rights.subs = 1;
    });
    let named = json!({ "name": "the client" });
    let mut wire = Wire::login_with(broker.addr(), &user, &named).await?;
    assert_eq!(denials(&mut pusher, &tenant).await.ok(), Some(vec![]));
    wire.send("PUB secret.a 0\r\n\r\n".repeat(3)).await?;
    wire.send("SUB other crew 1\r\nPUB a _R_.x 0\r\n\r\nSUB mine.a 2\r\nSUB mine.b 3\r\n")
        .await?;
    wire.sync().await?;
    assert!(
        Wire::try_login(broker.addr(), &tenant.user("late"))
            .await?
            .is_err()
    );

    let seen = denials(&mut pusher, &tenant).await?;
    let of = |what: &str, subject: &str| -> Result<&Value> {
        let is_it = |it: &&Value| it["what"] == what && it["subject"] == subject;
        seen.iter()
            .find(is_it)
            .with_context(|| format!("{what} {subject} in {seen:?}"))
    };
    let publish = of("publish", "secret.a")?;
    let rule = json!({
        "claim": "user", "key": user.public(), "path": "pub.deny[1]", "entry": "secret.>",
    });
    assert_eq!(publish["rule"], rule);
    assert_eq!(publish["count"], 3);
    assert_eq!(publish["user"], json!(user.public()));
    assert_eq!(publish["user_name"], "noisy");
    assert_eq!(publish["name"], "the client");
    assert_eq!(publish["ip"], "127.0.0.1");
    assert_eq!(publish["code"], "denied_by_rule");
    let subscribe = of("subscribe", "other")?;
    assert_eq!(
        (&subscribe["queue"], &subscribe["code"]),
        (&json!("crew"), &json!("not_listed"))
    );
    assert_eq!(of("publish", "_R_.x")?["code"], "reserved_reply");
    assert_eq!(
        of("limit", "maximum subscriptions exceeded")?["code"],
        "limit_reached"
    );
    let late = seen
        .iter()
        .find(|it| it["user_name"] == "late")
        .context("the late one")?;
    assert_eq!(
        (&late["what"], &late["code"]),
        (&json!("limit"), &json!("limit_reached"))
    );
    Ok(())
}

#[tokio::test]
async fn refused_logins_are_remembered_and_strangers_leave_no_names() -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    let user = tenant.user("gone");
    tenant.revoke(&user.public(), now());
    let broker = start(&operator, &[&tenant])?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    // Somebody who listens in the tenant hears of its own users only.
    let mut insider = Wire::login(broker.addr(), &tenant.user("insider")).await?;
    insider
        .subscribe("$SYS.ACCOUNT.CLIENT.AUTH.ERR", "1")
        .await?;
    assert!(Wire::try_login(broker.addr(), &user).await?.is_err());
    for n in 0..40 {
        assert!(
            Wire::try_login(broker.addr(), &forged(&tenant, n))
                .await?
                .is_err()
        );
    }
    let seen = denials(&mut pusher, &tenant).await?;
    assert_eq!(seen.len(), 2, "strangers are one: {seen:?}");
    let stranger = seen
        .iter()
        .find(|it| it.get("user").is_none())
        .context("strangers")?;
    assert_eq!(stranger["count"], 40);
    assert_eq!(stranger["code"], "issuer_not_allowed");
    assert_eq!(stranger.get("user_name"), None);
    let gone = seen
        .iter()
        .find(|it| it["user"] == json!(user.public()))
        .context("gone")?;
    assert_eq!(gone["what"], "connect");
    assert_eq!(gone["code"], "user_revoked");
    assert_eq!(
        gone["rule"]["path"],
        json!(format!("revocations[\"{}\"]", user.public()))
    );

    let event = insider.message().await?;
    let event: Value = serde_json::from_slice(&event.payload)?;
    assert_eq!(event["client"]["acc"], json!(tenant.public()));
    assert_eq!(event["reason"], "Authentication Failure");
    assert_eq!(insider.messages().await?, [], "nothing about strangers");
    Ok(())
}

/// A user of `tenant` that somebody else has signed.
fn forged(tenant: &Tenant, n: usize) -> User {
    let stranger = Tenant::new("stranger");
    stranger.user_with(&format!("forged-{n}"), |claims| {
        claims.nats.issuer_account = Some(tenant.public());
    })
}

#[tokio::test]
async fn a_change_of_claims_explains_itself() -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    let broker = start(&operator, &[&tenant])?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let (stays, goes) = (tenant.user("stays"), tenant.user("goes"));
    let mut stays = Wire::login(broker.addr(), &stays).await?;
    stays.subscribe("news", "1").await?;
    let mut leaving = Wire::login(broker.addr(), &goes).await?;
    tenant.body.default_permissions.subscribe.deny = list(&["other", "news"]);
    tenant.revoke(&goes.public(), now());
    pusher.push(&operator, &tenant).await?;
    assert_eq!(
        leaving.errors_until_closed().await?,
        ["User Authentication Revoked"]
    );
    let seen = denials(&mut pusher, &tenant).await?;
    let paths: Vec<_> = seen.iter().map(|it| it["rule"]["path"].clone()).collect();
    let revoked = format!("revocations[\"{}\"]", goes.public());
    for path in ["default_permissions.sub.deny[1]", &revoked] {
        assert!(paths.contains(&json!(path)), "{path} in {seen:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_tenant_reads_its_own_refusals_only() -> Result<()> {
    let operator = Operator::default();
    let (acme, globex) = (Tenant::new("acme"), Tenant::new("globex"));
    let broker = start(&operator, &[&acme, &globex])?;
    for tenant in [&acme, &globex] {
        let user = tenant.user_with("refused", |claims| {
            claims.nats.rights.publish.deny = list(&["no"]);
        });
        let mut wire = Wire::login(broker.addr(), &user).await?;
        wire.send("PUB no 0\r\n\r\n").await?;
        wire.sync().await?;
    }
    let mut wire = Wire::login(broker.addr(), &acme.user("asks")).await?;
    wire.subscribe("_INBOX.a", "1").await?;
    let ask = json!({ "account": globex.public() }).to_string();
    wire.request("$SYS.REQ.ACCOUNT.PING.DENIALS", "_INBOX.a", &ask)
        .await?;
    let answer: Value = serde_json::from_slice(&wire.message().await?.payload)?;
    assert_eq!(answer["data"]["account"], json!(acme.public()));
    assert_eq!(answer["data"]["denials"].as_array().map(Vec::len), Some(1));
    let foreign = format!("$SYS.REQ.ACCOUNT.{}.DENIALS", globex.public());
    wire.request(&foreign, "_INBOX.a", "").await?;
    let headers = wire.message().await?.headers.unwrap_or_default();
    assert!(headers.starts_with("NATS/1.0 503"), "{headers}");
    // Permissions are asked first, as for everything that is published.
    let mute = acme.user_with("mute", |claims| {
        claims.nats.rights.publish.deny = list(&["$SYS.REQ.ACCOUNT.PING.DENIALS"]);
    });
    let mut wire = Wire::login(broker.addr(), &mute).await?;
    wire.subscribe("_INBOX.a", "1").await?;
    wire.request("$SYS.REQ.ACCOUNT.PING.DENIALS", "_INBOX.a", "")
        .await?;
    assert!(matches!(wire.sync().await?[..], [Frame::Error(_)]));
    Ok(())
}
