//! Who sees the questions of an auth callout, and who may ask them: its own service, and the
//! broker. nats-server sends questions like any message of the account, to whoever subscribes and
//! whoever imports, and keeps off the subject only who names it in a PUB; so these run on our
//! broker alone.

use accounts::{ExportClaim, ImportClaim, ShareKind, callout, jwt};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::mint::Tenant;
use tests::{Broker, Which, Wire};

use super::service::{Asked, REFUSED, World, copy, refusing, response, user};
use crate::tenants::Pusher;

/// Makes `importer` import what `exporter` exports.
fn share(exporter: &mut Tenant, importer: &mut Tenant, kind: ShareKind, subject: &str) {
    let export = ExportClaim::new(kind, subject);
    exporter.body.exports.push(export);
    let mut import = ImportClaim::new(kind, exporter.public(), subject);
    import.name = subject.to_owned();
    importer.body.imports.push(import);
}

/// A connection that may answer questions, and answers none.
async fn door(broker: &Broker, world: &World) -> Result<Wire> {
    let mut door = Wire::login(broker.addr(), &world.answering).await?;
    door.subscribe(callout::SUBJECT, "door").await?;
    door.sync().await?;
    Ok(door)
}

/// Everything up to the message on `subject`: the subjects.
async fn subjects_until(wire: &mut Wire, subject: &str) -> Result<Vec<String>> {
    let mut seen = Vec::new();
    while seen.last().is_none_or(|last| last != subject) {
        seen.push(wire.message().await?.subject);
    }
    Ok(seen)
}

/// A question may tell a password. Other users of the account do not hear it, and no importer;
/// nor does an importer hear whom the service turned away.
#[tokio::test]
async fn a_question_reaches_the_service_alone() -> Result<()> {
    const TURNED_AWAY: &str = "$SYS.ACCOUNT.CLIENT.AUTH.ERR";
    let mut world = World::new();
    let mut importer = Tenant::new("importer");
    share(&mut world.auth, &mut importer, ShareKind::Stream, ">");
    let broker = world.broker(Which::Tidegate, &[&importer])?;
    let auth = copy(&world.auth.keys);
    let service = world.service(&broker, move |asked| {
        vec![match asked.claims.nats.connect.pass.as_str() {
            "wrong" => refusing(&auth, asked, "no"),
            _ => response(&auth, asked, user(&auth, asked, |_| {}), |_| {}),
        }]
    });
    let _service = service.await?;
    let mut foreign = Wire::login(broker.addr(), &importer.user("curious")).await?;
    let mut own = world.enter(&broker, &json!({})).await?.expect("let in");
    for wire in [&mut foreign, &mut own] {
        wire.subscribe(">", "1").await?;
        wire.send(format!("SUB {} group 2\r\n", callout::SUBJECT))
            .await?;
        wire.sync().await?;
    }
    let right = json!({ "user": "dlc", "pass": "right" });
    let mut placed = world.enter(&broker, &right).await?.expect("let in");
    let wrong = json!({ "user": "dlc", "pass": "wrong" });
    let entered = world.enter(&broker, &wrong).await?;
    assert_eq!(entered.err().as_deref(), Some(REFUSED));
    let seen = subjects_until(&mut own, TURNED_AWAY).await?;
    assert!(
        !seen.iter().any(|subject| subject == callout::SUBJECT),
        "{seen:?}"
    );
    placed.publish("end", "").await?;
    let seen = subjects_until(&mut foreign, "end").await?;
    for secret in [callout::SUBJECT, TURNED_AWAY] {
        assert!(!seen.iter().any(|subject| subject == secret), "{seen:?}");
    }
    Ok(())
}

/// Leave to answer does not extend to it, whoever asks for an answer there.
#[tokio::test]
async fn leave_to_answer_is_none_to_ask() -> Result<()> {
    let mut world = World::new();
    let worker = world.auth.user_with("worker", |claims| {
        let rights = &mut claims.nats.rights;
        rights.publish.allow = Some(vec!["done".to_owned()]);
        let leave = json!({ "max": -1, "ttl": 0 });
        rights.responses = serde_json::from_value(leave).expect("leave to answer");
    });
    let exempt = &mut world.auth.body.authorization.auth_users;
    exempt.push(worker.public().to_string());
    let broker = world.broker(Which::Tidegate, &[])?;
    let mut door = door(&broker, &world).await?;
    let mut worker = Wire::login(broker.addr(), &worker).await?;
    worker.subscribe("do", "1").await?;
    worker.sync().await?;
    let mut asker = Wire::login(broker.addr(), &world.answering).await?;
    asker.request("do", "elsewhere", "").await?;
    worker.message().await?;
    worker.publish("elsewhere", "an answer").await?;
    assert_eq!(worker.sync().await?, [], "the leave itself holds");
    asker.request("do", callout::SUBJECT, "").await?;
    worker.message().await?;
    worker.publish(callout::SUBJECT, "forged").await?;
    let refused = worker.error().await?;
    assert!(
        refused.starts_with("Permissions Violation for Publish"),
        "{refused}"
    );
    assert_eq!(door.sync().await?, []);
    Ok(())
}

/// Nor is it a place for the answers of others' services, or of the broker's own.
#[tokio::test]
async fn an_answer_is_no_question() -> Result<()> {
    let mut world = World::new();
    let mut serving = Tenant::new("serving");
    share(&mut serving, &mut world.auth, ShareKind::Service, "svc");
    let broker = world.broker(Which::Tidegate, &[&serving])?;
    let mut door = door(&broker, &world).await?;
    let mut responder = Wire::login(broker.addr(), &serving.user("r")).await?;
    responder.subscribe("svc", "1").await?;
    responder.sync().await?;
    let mut asker = Wire::login(broker.addr(), &world.answering).await?;
    asker.subscribe("good", "1").await?;
    for reply in ["good", callout::SUBJECT] {
        asker.request("svc", reply, "").await?;
        let request = responder.message().await?;
        let back = request.reply.context("a request has a reply")?;
        responder.publish(&back, "forged").await?;
        responder.sync().await?;
    }
    assert_eq!(asker.message().await?.brief().1, "forged", "answers come");
    asker
        .request("$SYS.REQ.USER.INFO", callout::SUBJECT, "")
        .await?;
    asker.sync().await?;
    assert_eq!(door.sync().await?, []);
    Ok(())
}

/// Mappings of the account do not lead others there.
#[tokio::test]
async fn a_mapping_leads_no_request_there() -> Result<()> {
    let mut world = World::new();
    let to = |subject: &str| json!([{ "subject": subject, "weight": 100 }]);
    let mappings: Value = json!({ "in.*.*.*.*": to("$1.$2.$3.$4") });
    world.auth.body.mappings = serde_json::from_value(mappings)?;
    let mut importer = Tenant::new("importer");
    share(&mut world.auth, &mut importer, ShareKind::Service, "in.>");
    let broker = world.broker(Which::Tidegate, &[&importer])?;
    let mut door = door(&broker, &world).await?;
    door.subscribe("a.>", "1").await?;
    door.sync().await?;
    let mut foreign = Wire::login(broker.addr(), &importer.user("forger")).await?;
    foreign.request("in.a.b.c.d", "r", "").await?;
    assert_eq!(
        door.message().await?.brief().0,
        "a.b.c.d",
        "the mapping works"
    );
    let forged = format!("in.{}", callout::SUBJECT);
    foreign.request(&forged, "r", "forged").await?;
    foreign.sync().await?;
    assert_eq!(door.sync().await?, []);
    Ok(())
}

/// Nor does a stream that the account imports, also when it has a callout only later.
#[tokio::test]
async fn an_imported_stream_brings_no_question() -> Result<()> {
    let mut world = World::new();
    let mut foreign = Tenant::new("foreign");
    share(&mut foreign, &mut world.auth, ShareKind::Stream, ">");
    let callout = std::mem::take(&mut world.auth.body.authorization);
    let broker = world.broker(Which::Tidegate, &[&foreign])?;
    let mut door = door(&broker, &world).await?;
    door.subscribe("news", "1").await?;
    door.subscribe("$SYS.REQ.*.AUTH", "2").await?;
    door.sync().await?;
    let mut forger = Wire::login(broker.addr(), &foreign.user("forger")).await?;
    forger.publish(callout::SUBJECT, "no question yet").await?;
    forger.sync().await?;
    assert_eq!(
        door.messages().await?.len(),
        2,
        "without a callout it is a subject like any"
    );
    world.auth.body.authorization = callout;
    let mut pusher = Pusher::new(&broker, &world.operator).await?;
    pusher.push(&world.operator, &world.auth).await?;
    forger.publish(callout::SUBJECT, "forged").await?;
    forger.publish("news", "x").await?;
    forger.sync().await?;
    let news = ("news".to_owned(), "x".to_owned());
    assert_eq!(door.messages().await?, [news]);
    Ok(())
}

/// Whom another account's callout placed does not ask the account's own, which came later; and
/// whoever published there before does not get through either.
#[tokio::test]
async fn a_new_callout_is_asked_by_nobody_that_is_in_already() -> Result<()> {
    let mut target = Tenant::new("target");
    let world = World::placing_in(&[&target]);
    let broker = world.broker(Which::Tidegate, &[&target])?;
    let (auth, keys) = (copy(&world.auth.keys), copy(&target.keys));
    let service = world.service(&broker, move |asked| {
        // Rights of its own, which no change of the account's claims touches.
        let user = user(&keys, asked, |claims| {
            claims.nats.rights.publish.allow = Some(vec![">".to_owned()]);
        });
        vec![response(&auth, asked, user, |_| {})]
    });
    let _service = service.await?;
    let mut placed = world.enter(&broker, &json!({})).await?.expect("let in");
    let answering = target.user("answering");
    let mut door = Wire::login(broker.addr(), &answering).await?;
    door.subscribe(callout::SUBJECT, "1").await?;
    door.sync().await?;
    placed.publish(callout::SUBJECT, "no question yet").await?;
    placed.sync().await?;
    assert_eq!(door.messages().await?.len(), 1);
    target.body.authorization.auth_users = vec![answering.public().to_string()];
    let mut pusher = Pusher::new(&broker, &world.operator).await?;
    pusher.push(&world.operator, &target).await?;
    placed.publish(callout::SUBJECT, "forged").await?;
    placed.sync().await?;
    assert_eq!(door.sync().await?, []);
    Ok(())
}

/// The token that a client came with has to be good also when the answer comes.
#[tokio::test]
async fn who_is_revoked_while_the_service_thinks_stays_out() -> Result<()> {
    let target = Tenant::new("target");
    let mut world = World::placing_in(&[&target]);
    let broker = world.broker(Which::Tidegate, &[&target])?;
    let mut pusher = Pusher::new(&broker, &world.operator).await?;
    let mut door = door(&broker, &world).await?;
    for revoked in [false, true] {
        let mut wire = Wire::open(broker.addr()).await?;
        let connect = world.sentinel.connect_operation(wire.nonce(), &json!({}));
        wire.send(connect + "PING\r\n").await?;
        let message = door.message().await?;
        let claims = jwt::decode(std::str::from_utf8(&message.payload)?)?;
        let reply = message.reply.clone().context("a request has a reply")?;
        let asked = Asked { claims, message };
        if revoked {
            let at = tests::mint::now() + 1;
            world.auth.revoke(&world.sentinel.public(), at);
            pusher.push(&world.operator, &world.auth).await?;
        }
        let user = user(&target.keys, &asked, |_| {});
        let answer = response(&world.auth.keys, &asked, user, |_| {});
        door.publish(&reply, std::str::from_utf8(&answer)?).await?;
        match revoked {
            false => drop(wire.frame().await?),
            true => assert_eq!(wire.errors_until_closed().await?, [REFUSED]),
        }
    }
    Ok(())
}

/// A user's quotas count for the name that the service gave: its key is new each time.
#[tokio::test]
async fn quotas_of_a_user_hold_over_its_logins() -> Result<()> {
    let world = World::new();
    let broker = world.broker(Which::Tidegate, &[])?;
    let auth = copy(&world.auth.keys);
    let service = world.service(&broker, move |asked| {
        let user = user(&auth, asked, |claims| {
            let quotas = json!({ "user_connections": 1 });
            claims.nats.extra.insert("tidegate".to_owned(), quotas);
        });
        vec![response(&auth, asked, user, |_| {})]
    });
    let _service = service.await?;
    for name in ["", "dlc", "other"] {
        let said = json!({ "user": name });
        let mut first = world.enter(&broker, &said).await?.expect("the first");
        let second = world.enter(&broker, &said).await?;
        assert!(second.is_err(), "{name:?}: a second connection");
        assert_eq!(first.sync().await?, []);
        first.finish().await?;
        first.until_closed().await?;
        tests::wait::eventually("room for another", async || {
            Ok(world.enter(&broker, &said).await?.ok())
        })
        .await?;
    }
    Ok(())
}
