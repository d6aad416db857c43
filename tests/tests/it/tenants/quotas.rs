//! Quotas that only our broker knows: they stand in claims that other servers carry along.

use std::time::{Duration, Instant};

use accounts::{KeyKind, KeyPair, SigningKey, UserPermissionLimits};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::mint::{Operator, Tenant, User, keys, now};
use tests::wait::eventually;
use tests::{Broker, Frame, Which, Wire};

use super::Pusher;

const TOO_MANY_CONNECTIONS: &str = "maximum account active connections exceeded";
const TOO_MANY_SUBSCRIPTIONS: &str = "maximum subscriptions exceeded";

/// A tenant with these quotas.
fn tenant_with(quotas: &Value) -> Tenant {
    let mut tenant = Tenant::new("acme");
    set(&mut tenant, quotas);
    tenant
}

fn set(tenant: &mut Tenant, quotas: &Value) {
    tenant.tidegate().extra = quotas.as_object().cloned().unwrap_or_default();
}

fn start(operator: &Operator, tenants: &[&Tenant]) -> Result<Broker> {
    let config = operator.directory_config(tenants, false);
    Broker::start(Which::Tidegate, &config)
}

/// Pushes claims with other quotas, newer than all before.
async fn change(
    pusher: &mut Pusher,
    operator: &Operator,
    tenant: &mut Tenant,
    quotas: &Value,
) -> Result<()> {
    set(tenant, quotas);
    tenant.issued_at = Some(tenant.issued_at.unwrap_or_else(now) + 1);
    pusher.push(operator, tenant).await
}

/// A user whose claims carry quotas of its own.
fn user_with(tenant: &Tenant, quotas: &Value) -> User {
    tenant.user_with("u", |claims| {
        claims
            .nats
            .extra
            .insert("tidegate".to_owned(), quotas.clone());
    })
}

/// Gives the tenant a role with these quotas, and one user of it.
fn role(tenant: &mut Tenant, quotas: &Value) -> Result<User> {
    let signer = keys(KeyKind::Account);
    let template = json!({ "subs": -1, "payload": -1, "data": -1, "tidegate": quotas });
    let scope = json!({
        "kind": "user_scope", "key": signer.public(), "role": "r", "template": template,
    });
    tenant
        .body
        .signing_keys
        .push(serde_json::from_value::<SigningKey>(scope)?);
    let account = tenant.public();
    let signing = Tenant {
        keys: KeyPair::from_seed(&signer.seed())?,
        ..Tenant::new("signing key")
    };
    Ok(signing.user_with("scoped", |claims| {
        claims.nats.rights = UserPermissionLimits::default();
        claims.nats.issuer_account = Some(account);
    }))
}

/// Connections that one user gets, of `wanted`.
async fn connections(broker: &Broker, user: &User, wanted: usize) -> Result<Vec<Wire>> {
    let mut got = Vec::new();
    for _ in 0..wanted {
        let mut wire = Wire::open(broker.addr()).await?;
        wire.send(user.connect_operation(wire.nonce(), &json!({})) + "PING\r\n")
            .await?;
        match wire.frame().await? {
            Frame::Pong => got.push(wire),
            Frame::Error(text) => assert_eq!(text, TOO_MANY_CONNECTIONS),
            other => anyhow::bail!("CONNECT was answered {other:?}"),
        }
    }
    Ok(got)
}

async fn account_info(pusher: &mut Pusher, tenant: &Tenant) -> Result<Value> {
    let subject = format!("$SYS.REQ.ACCOUNT.{}.INFO", tenant.public());
    Ok(pusher.ask_json(&subject, "").await?["data"].take())
}

/// Many messages in one piece.
fn many(count: usize, bytes: usize) -> String {
    let body = "x".repeat(bytes);
    (0..count).fold(String::new(), |text, n| {
        text + &format!("PUB many.{n} {bytes}\r\n{body}\r\n")
    })
}

/// Reads messages until `count` of [`many`] have come, in their order.
async fn receive(wire: &mut Wire, count: usize) -> Result<()> {
    for n in 0..count {
        assert_eq!(wire.message().await?.subject, format!("many.{n}"));
    }
    Ok(())
}

#[tokio::test]
async fn a_user_has_as_many_connections_as_the_account_says() -> Result<()> {
    let operator = Operator::default();
    let mut tenant = tenant_with(&json!({ "user_connections": 2 }));
    let broker = start(&operator, &[&tenant])?;
    let (one, two) = (tenant.user("one"), tenant.user("two"));
    let mut mine = connections(&broker, &one, 4).await?;
    assert_eq!(mine.len(), 2);
    let others = connections(&broker, &two, 2).await?;
    assert_eq!(others.len(), 2, "each user by itself");
    mine.pop();
    eventually("the place to become free", async || {
        Ok(connections(&broker, &one, 1).await?.pop())
    })
    .await?;

    let mut pusher = Pusher::new(&broker, &operator).await?;
    change(
        &mut pusher,
        &operator,
        &mut tenant,
        &json!({ "user_connections": 1 }),
    )
    .await?;
    let [mut older, mut newer] =
        <[Wire; 2]>::try_from(others).map_err(|_| anyhow::anyhow!("two"))?;
    assert_eq!(newer.errors_until_closed().await?, [TOO_MANY_CONNECTIONS]);
    assert_eq!(older.sync().await?, []);
    assert_eq!(mine[0].sync().await?, []);

    change(
        &mut pusher,
        &operator,
        &mut tenant,
        &json!({ "user_connections": -1 }),
    )
    .await?;
    assert_eq!(connections(&broker, &two, 5).await?.len(), 5);
    change(
        &mut pusher,
        &operator,
        &mut tenant,
        &json!({ "user_connections": 0 }),
    )
    .await?;
    assert_eq!(older.errors_until_closed().await?, [TOO_MANY_CONNECTIONS]);
    assert_eq!(connections(&broker, &two, 1).await?.len(), 0);
    Ok(())
}

#[tokio::test]
async fn roles_and_users_only_tighten() -> Result<()> {
    let operator = Operator::default();
    for (account, below, expected) in [(json!(2), 3, 2), (json!(3), 2, 2), (json!(-1), 2, 2)] {
        let mut tenant = tenant_with(&json!({ "user_connections": account }));
        let scoped = role(&mut tenant, &json!({ "user_connections": below }))?;
        let own = user_with(&tenant, &json!({ "user_connections": below }));
        let broker = start(&operator, &[&tenant])?;
        for user in [&scoped, &own] {
            assert_eq!(connections(&broker, user, 4).await?.len(), expected);
        }
        for bad in [
            json!([]),
            json!({ "user_connections": "9" }),
            json!({ "subscriptions": 9 }),
        ] {
            let answer = Wire::try_login(broker.addr(), &user_with(&tenant, &bad)).await?;
            assert_eq!(answer, Err("Authorization Violation".to_owned()), "{bad}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn subscriptions_are_counted_over_all_connections() -> Result<()> {
    let operator = Operator::default();
    let mut tenant = tenant_with(&json!({ "subscriptions": 3 }));
    let broker = start(&operator, &[&tenant])?;
    let user = tenant.user("u");
    let mut first = Wire::login(broker.addr(), &user).await?;
    let mut second = Wire::login(broker.addr(), &user).await?;
    let mut third = Wire::login(broker.addr(), &user).await?;
    let refused = [Frame::Error(TOO_MANY_SUBSCRIPTIONS.to_owned())];
    first.send("SUB a 1\r\nSUB b 2\r\n").await?;
    assert_eq!(first.sync().await?, []);
    second.send("SUB a 1\r\nSUB b 2\r\n").await?;
    assert_eq!(second.sync().await?, refused);
    first.send("UNSUB 2\r\n").await?;
    assert_eq!(first.sync().await?, []);
    second.send("SUB b 2\r\n").await?;
    assert_eq!(second.sync().await?, [], "room was made");

    let mut pusher = Pusher::new(&broker, &operator).await?;
    assert_eq!(
        account_info(&mut pusher, &tenant).await?["client_subscriptions"],
        3
    );
    change(
        &mut pusher,
        &operator,
        &mut tenant,
        &json!({ "subscriptions": 1 }),
    )
    .await?;
    assert_eq!(
        second.errors_until_closed().await?,
        [TOO_MANY_SUBSCRIPTIONS]
    );
    assert_eq!(first.sync().await?, []);
    third.send("SUB c 1\r\n").await?;
    assert_eq!(third.sync().await?, refused, "it held none, and stays");
    drop(first);
    eventually("the room of who is gone", async || {
        third.send("SUB c 1\r\n").await?;
        Ok(third.sync().await?.is_empty().then_some(()))
    })
    .await
}

#[tokio::test]
async fn who_publishes_beyond_the_rate_is_held_back_and_loses_nothing() -> Result<()> {
    let operator = Operator::default();
    for (quotas, messages, bytes) in [
        (json!({ "messages_per_second": 200 }), 500, 10),
        (json!({ "bytes_per_second": 20_000 }), 50, 1000),
    ] {
        let tenant = tenant_with(&quotas);
        let other = Tenant::new("globex");
        let broker = start(&operator, &[&tenant, &other])?;
        let mut listener = Wire::login(broker.addr(), &tenant.user("l")).await?;
        listener.subscribe("many.*", "1").await?;
        let mut free = Wire::login(broker.addr(), &other.user("f")).await?;
        free.subscribe("many.*", "1").await?;
        let mut publisher = Wire::login(broker.addr(), &tenant.user("p")).await?;
        publisher.subscribe("to.publisher", "1").await?;
        let began = Instant::now();
        publisher.send(many(messages, bytes)).await?;
        listener.message().await?;

        free.send(many(2000, 10)).await?;
        receive(&mut free, 2000).await?;
        let neighbour = began.elapsed();
        listener.publish("to.publisher", "x").await?;
        assert_eq!(
            publisher.message().await?.subject,
            "to.publisher",
            "it is still sent to"
        );
        for n in 1..messages {
            assert_eq!(listener.message().await?.subject, format!("many.{n}"));
        }
        let took = began.elapsed();
        assert!(
            took >= Duration::from_millis(1400),
            "1.5 s beyond the burst: {took:?}"
        );
        assert!(neighbour < took, "others do not wait: {neighbour:?}");
        assert_eq!(publisher.sync().await?, []);

        let mut pusher = Pusher::new(&broker, &operator).await?;
        let info = account_info(&mut pusher, &tenant).await?;
        assert!(
            info["held_back"].as_u64().context("held_back")? > 0,
            "{info}"
        );
        assert_eq!(info["quotas"], quotas);
    }
    Ok(())
}

#[tokio::test]
async fn a_users_rate_is_that_of_all_its_connections() -> Result<()> {
    let operator = Operator::default();
    let mut tenant = tenant_with(&json!({}));
    let rate = json!({ "messages_per_second": 100 });
    let scoped = role(&mut tenant, &rate)?;
    let own = user_with(&tenant, &rate);
    let broker = start(&operator, &[&tenant])?;
    for user in [&scoped, &own] {
        let mut listener = Wire::login(broker.addr(), &tenant.user("l")).await?;
        listener.subscribe("many.*", "1").await?;
        let began = Instant::now();
        for turn in 0..3 {
            // Leaving and coming back is no way around it.
            let mut publisher = Wire::login(broker.addr(), user).await?;
            publisher.send(many(100, 1)).await?;
            receive(&mut listener, 100).await?;
            let least = Duration::from_millis(900 * turn);
            assert!(began.elapsed() >= least, "{turn}: {:?}", began.elapsed());
        }
        let mut free = Wire::login(broker.addr(), &tenant.user("free")).await?;
        let began = Instant::now();
        free.send(many(1000, 1)).await?;
        receive(&mut listener, 1000).await?;
        assert!(
            began.elapsed() < Duration::from_secs(9),
            "not the rate of other users"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_new_rate_acts_at_once_and_none_is_none() -> Result<()> {
    let operator = Operator::default();
    let mut tenant = tenant_with(&json!({ "messages_per_second": 1 }));
    let broker = start(&operator, &[&tenant])?;
    let mut listener = Wire::login(broker.addr(), &tenant.user("l")).await?;
    listener.subscribe("many.*", "1").await?;
    let mut publisher = Wire::login(broker.addr(), &tenant.user("p")).await?;
    publisher.send(many(200, 1)).await?;
    listener.message().await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    change(&mut pusher, &operator, &mut tenant, &json!({})).await?;
    for n in 1..200 {
        assert_eq!(listener.message().await?.subject, format!("many.{n}"));
    }
    assert_eq!(publisher.sync().await?, [], "200 s at the old rate");

    for none in [
        json!({ "messages_per_second": 0 }),
        json!({ "bytes_per_second": 0 }),
    ] {
        change(&mut pusher, &operator, &mut tenant, &none).await?;
        publisher.publish("many.0", "x").await?;
        let told = "Permissions Violation for Publish to \"many.0\"";
        assert_eq!(publisher.sync().await?, [Frame::Error(told.to_owned())]);
    }
    change(
        &mut pusher,
        &operator,
        &mut tenant,
        &json!({ "messages_per_second": -1 }),
    )
    .await?;
    publisher.publish("many.0", "x").await?;
    assert_eq!(publisher.sync().await?, []);
    receive(&mut listener, 1).await
}

/// The answer to the server's PING waits behind what is held back.
#[tokio::test]
async fn who_is_held_back_is_not_taken_for_dead() -> Result<()> {
    let operator = Operator::default();
    let tenant = tenant_with(&json!({ "messages_per_second": 20 }));
    let config = operator.memory_config(&[&tenant]);
    let config = format!("ping_interval: \"1s\"\nping_max: 1\n{config}");
    let broker = Broker::start(Which::Tidegate, &config)?;
    let mut publisher = Wire::login(broker.addr(), &tenant.user("p")).await?;
    publisher.subscribe("many.*", "1").await?;
    publisher.send(many(140, 1)).await?;
    receive(&mut publisher, 140).await?;
    assert_eq!(publisher.sync().await?, []);
    Ok(())
}

#[tokio::test]
async fn unreadable_quotas_are_refused_by_name() -> Result<()> {
    let operator = Operator::default();
    let mut tenant = tenant_with(&json!({ "user_connections": 1 }));
    let broker = start(&operator, &[&tenant])?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    for (name, bad) in [
        ("user_connections", json!("1")),
        ("subscriptions", json!(-2)),
        ("messages_per_second", json!(1.5)),
        ("bytes_per_second", json!({})),
        ("burst_seconds", json!(0)),
    ] {
        set(&mut tenant, &json!({ name: bad }));
        tenant.issued_at = Some(now() + 5);
        let answer = pusher.push_jwt(&operator.account_jwt(&tenant)).await?;
        let text = answer["error"]["description"]
            .as_str()
            .context("an error")?;
        assert!(text.contains(name), "{text}");
    }
    assert_eq!(
        connections(&broker, &tenant.user("u"), 2).await?.len(),
        1,
        "as before"
    );
    Ok(())
}

#[tokio::test]
async fn the_system_account_has_no_quotas() -> Result<()> {
    let mut operator = Operator::default();
    let none = json!({
        "user_connections": 0, "subscriptions": 0, "messages_per_second": 0,
    });
    set(&mut operator.system, &none);
    let tenant = Tenant::new("acme");
    let broker = start(&operator, &[&tenant])?;
    let _in_use = Wire::login(broker.addr(), &tenant.user("u")).await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    pusher.push(&operator, &tenant).await?;
    let mut system = Tenant {
        keys: KeyPair::from_seed(&operator.system.keys.seed())?,
        ..Tenant::new("SYS")
    };
    change(&mut pusher, &operator, &mut system, &none).await?;
    assert_eq!(
        account_info(&mut pusher, &tenant).await?["quotas"],
        json!({})
    );
    Ok(())
}
