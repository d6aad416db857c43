//! News on `$SYS`: who came, who left, who was turned away, how many there are.

use anyhow::{Context, Result};
use rustix::process::Signal;
use serde_json::{Value, json};
use tests::mint::{Operator, Tenant, now};
use tests::{Broker, Which, Wire};

use super::broker_with;
use crate::both::on_both;

on_both![
    connects_and_disconnects_are_told,
    refused_logins_are_told,
    connections_are_counted,
    a_server_that_goes_says_so,
];

/// A connection of the system account that hears what matches `subject`.
async fn listener(broker: &Broker, operator: &Operator, subject: &str) -> Result<Wire> {
    let mut wire = Wire::login(broker.addr(), &operator.system.user("watch")).await?;
    wire.subscribe(subject, "1").await?;
    Ok(wire)
}

/// The next event on a subject, by its subject and its JSON.
async fn next(wire: &mut Wire) -> Result<(String, Value)> {
    let message = wire.message().await?;
    let event = serde_json::from_slice(&message.payload)
        .with_context(|| format!("read the event on {}", message.subject))?;
    Ok((message.subject, event))
}

/// The next event whose subject ends like this.
async fn next_on(wire: &mut Wire, end: &str) -> Result<Value> {
    loop {
        let (subject, event) = next(wire).await?;
        if subject.ends_with(end) {
            return Ok(event);
        }
    }
}

/// What is different each time becomes a word for what it is. The user's token, which only the
/// original repeats, goes.
fn normal(mut event: Value) -> Value {
    for (at, word) in [
        ("/id", "id"),
        ("/timestamp", "time"),
        ("/client/start", "time"),
        ("/client/stop", "time"),
    ] {
        if let Some(value) = event.pointer_mut(at) {
            assert!(
                value.as_str().is_some_and(|text| text.len() > 10),
                "{at} is {value}"
            );
            *value = json!(word);
        }
    }
    if let Some(client) = event.get_mut("client").and_then(Value::as_object_mut) {
        client.remove("jwt");
        // There when the server has measured it already.
        client.remove("rtt");
        assert!(client["id"].as_u64().is_some_and(|id| id > 0));
        client["id"] = json!("cid");
    }
    let server = event["server"].take();
    let server = server.as_object().cloned().unwrap_or_default();
    assert_eq!(server["name"], "tested");
    for (field, is_fine) in [
        ("id", server["id"].is_string()),
        ("ver", server["ver"].is_string()),
        ("host", server["host"].is_string()),
        ("time", server["time"].is_string()),
        ("jetstream", server["jetstream"] == json!(false)),
        ("flags", server["flags"].is_u64()),
        ("seq", server["seq"].as_u64().is_some_and(|seq| seq > 0)),
    ] {
        assert!(is_fine, "server.{field} in {server:?}");
    }
    event.as_object_mut().map(|event| event.remove("server"));
    event
}

async fn connects_and_disconnects_are_told(which: Which) -> Result<()> {
    let operator = Operator::default();
    let tenant = Tenant::new("acme");
    let broker = broker_with(which, &operator, &[&tenant])?;
    let subject = format!("$SYS.ACCOUNT.{}.*", tenant.public());
    let mut watch = listener(&broker, &operator, &subject).await?;
    let user = tenant.user_with("visitor", |claims| {
        claims.nats.tags = vec!["site:north".to_owned()];
    });
    let more = json!({ "name": "my client" });
    let mut wire = Wire::login_with(broker.addr(), &user, &more).await?;
    let client = json!({
        "start": "time", "host": "127.0.0.1", "id": "cid", "acc": tenant.public(),
        "user": user.public(), "name": "my client", "lang": "tests", "ver": "1",
        "issuer_key": tenant.public(), "name_tag": "acme", "tags": ["site:north"],
        "kind": "Client", "client_type": "nats",
    });
    let event = next_on(&mut watch, ".CONNECT").await?;
    let expected = json!({
        "type": "io.nats.server.advisory.v1.client_connect", "id": "id", "timestamp": "time",
        "client": client,
    });
    assert_eq!(normal(event), expected);

    wire.subscribe("a", "1").await?;
    wire.publish("a", "12345").await?;
    wire.publish("b", "123").await?;
    wire.sync().await?;
    drop(wire);
    let event = next_on(&mut watch, ".DISCONNECT").await?;
    let mut client = client;
    client["stop"] = json!("time");
    let expected = json!({
        "type": "io.nats.server.advisory.v1.client_disconnect", "id": "id", "timestamp": "time",
        "client": client, "reason": "Client Closed",
        "sent": { "msgs": 2, "bytes": 8 }, "received": { "msgs": 1, "bytes": 5 },
    });
    assert_eq!(normal(event), expected);
    Ok(())
}

async fn refused_logins_are_told(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    let user = tenant.user("gone");
    tenant.revoke(&user.public(), now());
    let broker = broker_with(which, &operator, &[&tenant])?;
    let mut watch = listener(&broker, &operator, "$SYS.SERVER.*.CLIENT.AUTH.ERR").await?;
    assert!(Wire::try_login(broker.addr(), &user).await?.is_err());
    let event = next_on(&mut watch, ".CLIENT.AUTH.ERR").await?;
    let mut event = normal(event);
    let client = event["client"].as_object_mut().context("a client")?;
    let who = ["acc", "name_tag", "user"].map(|field| client.remove(field));
    match which {
        // Ours knows whose user it is, when a key of that account has signed for it.
        Which::Tidegate => {
            let expected = [json!(tenant.public()), json!("acme"), json!(user.public())];
            assert_eq!(who.map(Option::unwrap_or_default), expected);
        }
        // The original has no account for a connection that was not let in.
        Which::NatsServer => assert_eq!(who, [Some(json!("$G")), Some(json!("$G")), None]),
    }
    let nothing = json!({ "msgs": 0, "bytes": 0 });
    let expected = json!({
        "type": "io.nats.server.advisory.v1.client_disconnect", "id": "id", "timestamp": "time",
        "client": {
            "start": "time", "stop": "time", "host": "127.0.0.1", "id": "cid",
            "lang": "tests", "ver": "1", "kind": "Client", "client_type": "nats",
        },
        "sent": nothing, "received": nothing, "reason": "Authentication Failure",
    });
    assert_eq!(event, expected);
    Ok(())
}

async fn connections_are_counted(which: Which) -> Result<()> {
    let operator = Operator::default();
    let tenant = Tenant::new("acme");
    let broker = broker_with(which, &operator, &[&tenant])?;
    let key = tenant.public();
    let mut watch = listener(
        &broker,
        &operator,
        &format!("$SYS.ACCOUNT.{key}.SERVER.CONNS"),
    )
    .await?;
    let old = format!("$SYS.SERVER.ACCOUNT.{key}.CONNS");
    let mut watch_old = listener(&broker, &operator, &old).await?;
    let mut wire = Wire::login(broker.addr(), &tenant.user("one")).await?;
    for watch in [&mut watch, &mut watch_old] {
        let (_, event) = next(watch).await?;
        assert_eq!(event["conns"], 1);
    }
    wire.subscribe("a", "1").await?;
    wire.publish("a", "123").await?;
    wire.sync().await?;
    let _two = Wire::login(broker.addr(), &tenant.user("two")).await?;
    let (_, mut event) = next(&mut watch).await?;
    // The original counts its own subscriptions in the account, too.
    let subscriptions = event["num_subscriptions"].take().as_u64();
    assert!(
        subscriptions.is_some_and(|count| count >= 1),
        "{subscriptions:?}"
    );
    let none = json!({ "msgs": 0, "bytes": 0 });
    let one = json!({ "msgs": 1, "bytes": 3, "gateways": none, "routes": none, "leafs": none });
    let expected = json!({
        "type": "io.nats.server.advisory.v1.account_connections", "id": "id",
        "timestamp": "time", "acc": key, "name": "acme", "conns": 2, "leafnodes": 0,
        "total_conns": 2, "num_subscriptions": null, "sent": one, "received": one,
        "slow_consumers": 0,
    });
    assert_eq!(normal(event), expected);
    Ok(())
}

async fn a_server_that_goes_says_so(which: Which) -> Result<()> {
    let operator = Operator::default();
    let duration = "lame_duck_duration: \"30s\"\nlame_duck_grace_period: \"2s\"\n";
    let config = operator.memory_config(&[]) + duration;
    let mut broker = Broker::start(which, &config)?;
    let mut watch = listener(&broker, &operator, "$SYS.SERVER.*.LAMEDUCK").await?;
    broker.daemon().signal(Signal::USR2);
    let (subject, server) = next(&mut watch).await?;
    let id = server["id"].as_str().context("an id")?;
    assert_eq!(subject, format!("$SYS.SERVER.{id}.LAMEDUCK"));
    assert_eq!(server["name"], "tested");
    Ok(())
}

/// The original shows the user of before.
#[tokio::test]
async fn a_refused_second_login_is_nobodys() -> Result<()> {
    let operator = Operator::default();
    let tenant = Tenant::new("acme");
    let broker = broker_with(Which::Tidegate, &operator, &[&tenant])?;
    let mut events = listener(&broker, &operator, "$SYS.>").await?;
    let user = tenant.user("first");
    let mut wire = Wire::login(broker.addr(), &user).await?;
    next_on(&mut events, ".CONNECT").await?;
    let stranger = Tenant::new("stranger").user("second");
    let named = json!({ "name": "second" });
    let connect = stranger.connect_operation(wire.nonce(), &named);
    wire.send(connect).await?;
    wire.until_closed().await?;
    let left = next_on(&mut events, ".DISCONNECT").await?;
    assert_eq!(left["client"]["user"], json!(user.public()));
    assert_ne!(left["client"]["name"], "second");
    let refused = next_on(&mut events, ".CLIENT.AUTH.ERR").await?;
    assert_eq!(refused["client"]["name"], "second");
    for field in ["user", "acc", "issuer_key", "name_tag"] {
        assert!(refused["client"].get(field).is_none(), "{refused}");
    }
    Ok(())
}
