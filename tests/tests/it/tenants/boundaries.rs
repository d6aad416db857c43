//! Ways across a boundary that somebody might try: grants of another login, requests seen by third
//! parties, exchanges that outlive the sharing, work without an end.

use std::time::{Duration, Instant};

use accounts::{ExportClaim, ImportClaim, ResponseClaim, ShareKind};
use anyhow::{Result, ensure};
use serde_json::json;
use tests::mint::{Operator, Tenant, User, now};
use tests::wait::eventually;
use tests::{Broker, Which, Wire};

use super::sharing::activation;
use super::{Pusher, broker_with};
use crate::both::on_both;

on_both![
    a_reply_grant_ends_with_its_login,
    a_third_tenant_sees_no_request,
    an_activation_ends_on_time,
    an_account_with_a_callout_admits_only_exempt_users,
    reserved_subjects_are_refused,
];

/// A tenant that imports `subject` of `exporter` as it is.
fn importing(tenant: &mut Tenant, exporter: &Tenant, kind: ShareKind, subject: &str) {
    let mut import = ImportClaim::new(kind, exporter.public(), subject);
    import.name = subject.to_owned();
    tenant.body.imports.push(import);
}

fn exporting(tenant: &mut Tenant, kind: ShareKind, subject: &str) {
    tenant.body.exports.push(ExportClaim::new(kind, subject));
}

/// A user that may publish `allowed` and answer what it is asked, as often as it likes.
fn responder(tenant: &Tenant, name: &str, allowed: &str) -> User {
    tenant.user_with(name, |claims| {
        claims.nats.rights.publish.allow = Some(vec![allowed.to_owned()]);
        claims.nats.rights.responses = Some(ResponseClaim { max: -1, ttl: -1 });
    })
}

async fn a_reply_grant_ends_with_its_login(which: Which) -> Result<()> {
    let operator = Operator::default();
    let (mine, theirs) = (Tenant::new("mine"), Tenant::new("theirs"));
    let broker = broker_with(which, &operator, &[&mine, &theirs])?;
    let mut victim = Wire::login(broker.addr(), &theirs.user("victim")).await?;
    victim.subscribe(">", "1").await?;
    let mut attacker = Wire::login(broker.addr(), &responder(&mine, "one", "bait")).await?;
    attacker.subscribe("bait", "1").await?;
    attacker.request("bait", "secret.command", "").await?;
    attacker.message().await?;
    let nonce = attacker.nonce().to_owned();
    let restricted = responder(&theirs, "two", "harmless");
    attacker
        .send(restricted.connect_operation(&nonce, &json!({})))
        .await?;
    attacker.publish("secret.command", "destroy").await?;
    assert_eq!(
        attacker.error().await?,
        "Permissions Violation for Publish to \"secret.command\""
    );
    attacker.sync().await?;
    assert_eq!(victim.messages().await?, []);
    Ok(())
}

async fn a_third_tenant_sees_no_request(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut exporter = Tenant::new("exporter");
    let (mut asking, mut watching) = (Tenant::new("asking"), Tenant::new("watching"));
    exporting(&mut exporter, ShareKind::Service, "x");
    exporting(&mut exporter, ShareKind::Stream, "x");
    importing(&mut asking, &exporter, ShareKind::Service, "x");
    importing(&mut watching, &exporter, ShareKind::Stream, "x");
    let broker = broker_with(which, &operator, &[&exporter, &asking, &watching])?;
    let mut third = Wire::login(broker.addr(), &watching.user("third")).await?;
    third.subscribe("x", "1").await?;
    let mut requester = Wire::login(broker.addr(), &asking.user("requester")).await?;
    requester.subscribe("inbox", "1").await?;
    requester
        .request("x", "inbox", "for the exporter only")
        .await?;
    let answer = requester.message().await?;
    ensure!(
        answer
            .headers
            .is_some_and(|headers| headers.contains("503"))
    );
    assert_eq!(third.messages().await?, []);
    // The stream itself goes on as shared.
    let mut owner = Wire::login(broker.addr(), &exporter.user("owner")).await?;
    owner.publish("x", "for everybody").await?;
    owner.sync().await?;
    assert_eq!(third.messages().await?.len(), 1);
    Ok(())
}

async fn an_activation_ends_on_time(which: Which) -> Result<()> {
    let operator = Operator::default();
    let (mut exporter, mut importer) = (Tenant::new("exporter"), Tenant::new("importer"));
    exporting(&mut exporter, ShareKind::Stream, "s.>");
    exporter.body.exports[0].token_req = true;
    importing(&mut importer, &exporter, ShareKind::Stream, "s.>");
    importer.body.imports[0].token = activation(&exporter, &importer, "s.>", now() + 3);
    let broker = broker_with(which, &operator, &[&exporter, &importer])?;
    let mut reader = Wire::login(broker.addr(), &importer.user("reader")).await?;
    reader.subscribe("s.x", "1").await?;
    let mut writer = Wire::login(broker.addr(), &exporter.user("writer")).await?;
    writer.publish("s.x", "in time").await?;
    writer.sync().await?;
    assert_eq!(reader.messages().await?.len(), 1);
    eventually("the import to end with its activation", async || {
        writer.publish("s.x", "later").await?;
        writer.sync().await?;
        Ok(reader.messages().await?.is_empty().then_some(()))
    })
    .await
}

async fn an_account_with_a_callout_admits_only_exempt_users(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("tenant");
    let exempt = tenant.user("exempt");
    tenant.body.authorization.auth_users = vec![exempt.public().to_string()];
    let broker = broker_with(which, &operator, &[&tenant])?;
    assert_eq!(Wire::try_login(broker.addr(), &exempt).await?, Ok(()));
    let refusal = Wire::try_login(broker.addr(), &tenant.user("other")).await?;
    assert_eq!(refusal, Err("Authorization Violation".to_owned()));
    Ok(())
}

async fn reserved_subjects_are_refused(which: Which) -> Result<()> {
    let broker = Broker::start(which, "")?;
    let mut wire = Wire::anonymous(broker.addr()).await?;
    for subject in ["_GR_.a", "$GR.a", "$NRG.a"] {
        wire.publish(subject, "").await?;
        let expected = format!("Permissions Violation for Publish to \"{subject}\"");
        assert_eq!(wire.error().await?, expected);
    }
    for reply in ["_R_.a", "$JS.ACK.a", "_GR_.a"] {
        wire.request("any", reply, "").await?;
        let expected = format!("Permissions Violation for Publish with Reply of \"{reply}\"");
        assert_eq!(wire.error().await?, expected);
    }
    Ok(())
}

/// A broker with a resolver directory, and the connection that updates it.
async fn updatable(operator: &Operator, tenants: &[&Tenant]) -> Result<(Broker, Pusher)> {
    let broker = Broker::start(Which::Tidegate, &operator.directory_config(tenants, false))?;
    let pusher = Pusher::new(&broker, operator).await?;
    Ok((broker, pusher))
}

/// A responder that goes on answering must not reach the importer when the sharing has ended.
#[tokio::test]
async fn an_open_exchange_ends_with_the_sharing() -> Result<()> {
    let operator = Operator::default();
    let (mut exporter, mut importer) = (Tenant::new("exporter"), Tenant::new("importer"));
    exporting(&mut exporter, ShareKind::Service, "x");
    exporter.body.exports[0].response_type = "Stream".to_owned();
    importing(&mut importer, &exporter, ShareKind::Service, "x");
    let (broker, mut pusher) = updatable(&operator, &[&exporter, &importer]).await?;
    let mut responder = Wire::login(broker.addr(), &exporter.user("responder")).await?;
    responder.subscribe("x", "1").await?;
    let mut requester = Wire::login(broker.addr(), &importer.user("requester")).await?;
    requester.subscribe("inbox", "1").await?;
    requester.request("x", "inbox", "start").await?;
    let token = responder
        .message()
        .await?
        .reply
        .expect("a request has a reply subject");
    responder.publish(&token, "one").await?;
    assert_eq!(requester.message().await?.payload, b"one");

    // A change that leaves the sharing alone leaves the exchange alone.
    importer.revoke(&importer.user("somebody").public(), now() - 10);
    importer.set_generation(1);
    pusher.push(&operator, &importer).await?;
    responder.publish(&token, "two").await?;
    assert_eq!(requester.message().await?.payload, b"two");

    importer.body.imports.clear();
    importer.set_generation(2);
    pusher.push(&operator, &importer).await?;
    responder.publish(&token, "three").await?;
    responder.sync().await?;
    assert_eq!(requester.messages().await?, []);
    Ok(())
}

/// Updates that arrive together are each checked against the one before.
#[tokio::test]
async fn a_batch_with_two_updates_of_one_account_keeps_the_newer() -> Result<()> {
    let operator = Operator::default();
    let (mut twice, mut once) = (Tenant::new("twice"), Tenant::new("once"));
    let (broker, _) = updatable(&operator, &[]).await?;
    let user = operator.system.user("pusher");
    let mut wire = Wire::login(broker.addr(), &user).await?;
    wire.subscribe("_INBOX.push", "1").await?;
    once.set_generation(1);
    let mut together = String::new();
    for generation in [5, 0, 4] {
        let jwt = match generation {
            0 => operator.account_jwt(&once),
            _ => {
                twice.set_generation(generation);
                operator.account_jwt(&twice)
            }
        };
        let len = jwt.len();
        together.push_str(&format!(
            "PUB $SYS.REQ.CLAIMS.UPDATE _INBOX.push {len}\r\n{jwt}\r\n"
        ));
    }
    wire.send(together).await?;
    let mut codes = Vec::new();
    for _ in 0..3 {
        let answer: serde_json::Value = serde_json::from_slice(&wire.message().await?.payload)?;
        codes.push(answer["data"]["code"] == 200);
    }
    assert_eq!(codes, [true, true, false]);
    let lookup = format!("$SYS.REQ.ACCOUNT.{}.CLAIMS.LOOKUP", twice.public());
    wire.request(&lookup, "_INBOX.push", "").await?;
    let kept = String::from_utf8(wire.message().await?.payload)?;
    let kept: accounts::Claims<accounts::AccountBody> = accounts::jwt::decode(&kept)?;
    assert_eq!(kept.nats.tidegate.map(|extra| extra.generation), Some(5));
    Ok(())
}

/// Server text counts like messages do: who pings without reading is cut off.
#[tokio::test]
async fn a_client_that_never_reads_its_pongs_is_cut_off_or_held_back() -> Result<()> {
    let mut broker = Broker::start(Which::Tidegate, "max_pending: 1MB\nmax_payload: 64KB\n")?;
    let pid = broker.daemon().pid();
    let mut silent = Wire::anonymous(broker.addr()).await?;
    let pings = "PING\r\n".repeat(10_000);
    let flood = async {
        for _ in 0..2_000 {
            silent.send_to_the_end(&pings).await?;
        }
        anyhow::Ok(())
    };
    // It blocks when the server stops reading, which is as good an end as any.
    let _ = tokio::time::timeout(Duration::from_secs(3), flood).await;
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let rss = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap_or_default();
    let kib: u64 = rss.split_whitespace().next().unwrap_or_default().parse()?;
    ensure!(kib < 64 * 1024, "the server holds {kib} KiB for one client");
    let mut other = Wire::anonymous(broker.addr()).await?;
    other.sync().await?;
    Ok(())
}

/// A fan-out of millions in one read does not keep others waiting.
#[tokio::test]
async fn a_huge_fan_out_lets_others_have_their_turn() -> Result<()> {
    let broker = Broker::start(Which::Tidegate, "")?;
    let mut crowd = Wire::anonymous_with(broker.addr(), &json!({ "echo": false })).await?;
    let subscriptions: String = (0..5_000).map(|n| format!("SUB x {n}\r\n")).collect();
    crowd.send(subscriptions).await?;
    crowd.sync().await?;
    let mut loud = Vec::new();
    for _ in 0..2 {
        let mut wire = Wire::anonymous(broker.addr()).await?;
        wire.send("PUB x 0\r\n\r\n".repeat(4_000)).await?;
        loud.push(wire);
    }
    // Without turns this takes more than fifteen seconds; the bound leaves room for a busy machine.
    let began = Instant::now();
    let mut other = Wire::anonymous(broker.addr()).await?;
    other.sync().await?;
    ensure!(
        began.elapsed() < Duration::from_secs(8),
        "a quiet client waited {:?} for its turn",
        began.elapsed()
    );
    Ok(())
}

/// Imports that overlap and lead back multiply the ways of a message; they must not hang anybody.
#[tokio::test]
async fn overlapping_imports_in_a_circle_end_quickly() -> Result<()> {
    let operator = Operator::default();
    let (mut one, mut two) = (Tenant::new("one"), Tenant::new("two"));
    for tenant in [&mut one, &mut two] {
        exporting(tenant, ShareKind::Service, "t.>");
    }
    let locals = ["t.*.y.z", "t.x.*.z", "t.x.y.*"];
    let (first, second) = (one.public(), two.public());
    for (tenant, exporter) in [(&mut one, second), (&mut two, first)] {
        for local in locals {
            let mut import = ImportClaim::new(ShareKind::Service, exporter, local);
            import.name = local.to_owned();
            tenant.body.imports.push(import);
        }
    }
    let broker = broker_with(Which::Tidegate, &operator, &[&one, &two])?;
    let mut wire = Wire::login(broker.addr(), &one.user("u")).await?;
    let mut other = Wire::login(broker.addr(), &two.user("u")).await?;
    wire.request("t.x.y.z", "inbox", "").await?;
    wire.sync().await?;
    other.sync().await?;
    Ok(())
}

/// The longest subject that a raised control line allows neither nests too deep nor is it taken.
#[tokio::test]
async fn a_subject_of_half_a_million_tokens_harms_nobody() -> Result<()> {
    let broker = Broker::start(Which::Tidegate, "max_control_line: 1MB\n")?;
    let mut wire = Wire::anonymous(broker.addr()).await?;
    let subject = vec!["a"; 400_000].join(".");
    wire.send(format!("SUB {subject} 1\r\n")).await?;
    ensure!(wire.error().await?.ends_with(", too many tokens"));
    let subject = vec!["a"; 2_048].join(".");
    wire.subscribe(&subject, "2").await?;
    wire.publish(&subject, "deep").await?;
    assert_eq!(wire.message().await?.payload, b"deep");
    wire.send("UNSUB 2\r\n").await?;
    wire.sync().await?;
    Ok(())
}
