//! Limits of servers, accounts, users and roles: whom each one binds, and what a new one changes
//! for those who are connected.

use accounts::{ExportClaim, ImportClaim, KeyKind, KeyPair, ShareKind, SigningKey};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::mint::{Operator, Tenant, User, keys, now};
use tests::wait::eventually;
use tests::{Broker, Frame, Which, Wire};

use super::{Pusher, broker_with};
use crate::both::on_both;

const TOO_MANY_CONNECTIONS: &str = "maximum account active connections exceeded";
const TOO_MANY_SUBSCRIPTIONS: &str = "maximum subscriptions exceeded";
const TOO_LARGE: &str = "Maximum Payload Violation";

on_both![
    an_accounts_subscriptions_are_counted_per_connection,
    the_narrowest_of_server_account_and_user_counts_for_subscriptions,
    the_narrowest_of_server_account_and_user_counts_for_payloads,
    a_role_limits_its_users,
    connections_are_counted_per_account,
    limits_beyond_32_bits_allow_all_that_there_is,
    only_minus_one_is_unlimited,
    bytes_in_total_are_carried_along_and_bind_nobody,
    sharing_beyond_the_limits_is_refused,
    fewer_subscriptions_close_the_connections_that_hold_more,
    a_smaller_payload_binds_live_connections,
    the_newest_connections_go_first_and_services_stay,
    bearers_go_when_they_are_disallowed,
];

fn too_many_subscriptions() -> Vec<Frame> {
    vec![Frame::Error(TOO_MANY_SUBSCRIPTIONS.to_owned())]
}

/// How many of these subscriptions the connection gets.
async fn subscriptions_of(wire: &mut Wire, wanted: usize) -> Result<usize> {
    for sid in 0..wanted {
        wire.send(format!("SUB limits.{sid} {sid}\r\n")).await?;
    }
    let refused = wire.sync().await?;
    let expected = refused
        .iter()
        .all(|it| [it.clone()] == *too_many_subscriptions());
    anyhow::ensure!(expected, "SUB was answered {refused:?}");
    Ok(wanted - refused.len())
}

/// Whether the connection survives a message of so many bytes.
async fn takes_payload(broker: &Broker, user: &User, bytes: usize) -> Result<bool> {
    let mut wire = Wire::login(broker.addr(), user).await?;
    let message = format!("PUB a {bytes}\r\n{}\r\nPING\r\n", "x".repeat(bytes));
    wire.send_to_the_end(message).await?;
    match wire.frame().await? {
        Frame::Pong => Ok(true),
        Frame::Error(text) if text == TOO_LARGE => {
            anyhow::ensure!(wire.until_closed().await?.is_empty());
            Ok(false)
        }
        other => anyhow::bail!("PUB was answered {other:?}"),
    }
}

async fn an_accounts_subscriptions_are_counted_per_connection(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    tenant.body.limits.subs = 2;
    let broker = broker_with(which, &operator, &[&tenant])?;
    let user = tenant.user("u");
    let mut first = Wire::login(broker.addr(), &user).await?;
    let mut second = Wire::login(broker.addr(), &user).await?;
    assert_eq!(subscriptions_of(&mut first, 3).await?, 2);
    assert_eq!(subscriptions_of(&mut second, 3).await?, 2);
    first.send("SUB limits.0 0\r\n").await?;
    assert_eq!(
        first.sync().await?,
        too_many_subscriptions(),
        "a sid that is in use"
    );
    first.send("UNSUB 0\r\nSUB limits.again 9\r\n").await?;
    assert_eq!(first.sync().await?, [], "room was made");
    Ok(())
}

async fn the_narrowest_of_server_account_and_user_counts_for_subscriptions(
    which: Which,
) -> Result<()> {
    let operator = Operator::default();
    for (server, account, user, expected) in [
        (0, 3, -1, 3),
        (0, -1, 3, 3),
        (0, 4, 3, 3),
        (0, 3, 4, 3),
        (3, 4, 5, 3),
        (5, 5, 3, 3),
    ] {
        let mut tenant = Tenant::new("acme");
        tenant.body.limits.subs = account;
        let config = operator.memory_config(&[&tenant]);
        let broker = Broker::start(which, &format!("max_subscriptions: {server}\n{config}"))?;
        let user = tenant.user_with("u", |claims| claims.nats.rights.subs = user);
        let mut wire = Wire::login(broker.addr(), &user).await?;
        assert_eq!(subscriptions_of(&mut wire, 5).await?, expected);
    }
    Ok(())
}

async fn the_narrowest_of_server_account_and_user_counts_for_payloads(which: Which) -> Result<()> {
    let operator = Operator::default();
    for (server, account, user) in [
        (9, -1, -1),
        (99, 9, -1),
        (99, -1, 9),
        (99, 9, 10),
        (9, 10, 11),
    ] {
        let mut tenant = Tenant::new("acme");
        tenant.body.limits.payload = account;
        let config = operator.memory_config(&[&tenant]);
        let broker = Broker::start(which, &format!("max_payload: {server}\n{config}"))?;
        let user = tenant.user_with("u", |claims| claims.nats.rights.payload = user);
        assert!(takes_payload(&broker, &user, 9).await?);
        assert!(!takes_payload(&broker, &user, 10).await?);
        assert_eq!(told_payload(&broker, &user).await?, 9);
    }
    Ok(())
}

/// The `max_payload` that a client is told once it is known.
async fn told_payload(broker: &Broker, user: &User) -> Result<i64> {
    let mut wire = Wire::open(broker.addr()).await?;
    let operation = user.connect_operation(wire.nonce(), &json!({ "protocol": 1 }));
    wire.send(operation + "PING\r\n").await?;
    loop {
        if let Frame::Info(info) = wire.frame().await? {
            return info["max_payload"].as_i64().context("max_payload");
        }
    }
}

/// Gives the tenant a role with this template, and one user of it.
fn role(tenant: &mut Tenant, template: &Value) -> Result<User> {
    let signer = keys(KeyKind::Account);
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
        claims.nats.rights = accounts::UserPermissionLimits::default();
        claims.nats.issuer_account = Some(account);
    }))
}

async fn a_role_limits_its_users(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    let template = json!({ "subs": 2, "payload": 9, "data": -1 });
    let user = role(&mut tenant, &template)?;
    let broker = broker_with(which, &operator, &[&tenant])?;
    let mut wire = Wire::login(broker.addr(), &user).await?;
    assert_eq!(subscriptions_of(&mut wire, 3).await?, 2);
    assert!(takes_payload(&broker, &user, 9).await?);
    assert!(!takes_payload(&broker, &user, 10).await?);
    Ok(())
}

async fn connections_are_counted_per_account(which: Which) -> Result<()> {
    let operator = Operator::default();
    let (mut tenant, other) = (Tenant::new("acme"), Tenant::new("globex"));
    tenant.body.limits.conn = 2;
    let broker = broker_with(which, &operator, &[&tenant, &other])?;
    let (one, two) = (tenant.user("one"), tenant.user("two"));
    let _first = Wire::login(broker.addr(), &one).await?;
    let second = Wire::login(broker.addr(), &two).await?;
    let refused = Wire::try_login(broker.addr(), &one).await?;
    assert_eq!(refused, Err(TOO_MANY_CONNECTIONS.to_owned()));
    let _elsewhere = Wire::login(broker.addr(), &other.user("u")).await?;
    drop(second);
    eventually("a place to become free", async || {
        Ok(Wire::try_login(broker.addr(), &one).await?.ok())
    })
    .await
}

/// nats-server keeps limits in 32 bits and clamps them: `TestJWTAccountLimitsOverflowInt32` and
/// `TestJWTUserLimitsOverflowInt32SubPub`.
async fn limits_beyond_32_bits_allow_all_that_there_is(which: Which) -> Result<()> {
    let operator = Operator::default();
    let beyond = i64::from(i32::MAX) + 1;
    for limit in [beyond, i64::MAX] {
        let mut tenant = Tenant::new("acme");
        let limits = &mut tenant.body.limits;
        (limits.conn, limits.leaf) = (limit, limit);
        (limits.subs, limits.payload) = (limit, limit);
        // The Go library reads numbers of a template by way of 64-bit floats.
        let template = json!({ "subs": beyond, "payload": beyond, "data": beyond });
        let scoped = role(&mut tenant, &template)?;
        let plain = tenant.user_with("u", |claims| {
            let rights = &mut claims.nats.rights;
            (rights.subs, rights.payload, rights.data) = (limit, limit, limit);
        });
        let broker = broker_with(which, &operator, &[&tenant])?;
        for user in [&plain, &scoped] {
            let mut wire = Wire::login(broker.addr(), user).await?;
            assert_eq!(subscriptions_of(&mut wire, 3).await?, 3);
            assert!(takes_payload(&broker, user, 5000).await?);
        }
    }
    Ok(())
}

async fn only_minus_one_is_unlimited(which: Which) -> Result<()> {
    let operator = Operator::default();
    for limit in [-2, i64::MIN] {
        let (mut nobody, mut tenant) = (Tenant::new("nobody"), Tenant::new("acme"));
        nobody.body.limits.conn = limit;
        tenant.body.limits.payload = limit;
        let other = Tenant::new("globex");
        let broker = broker_with(which, &operator, &[&nobody, &tenant, &other])?;
        let refused = Wire::try_login(broker.addr(), &nobody.user("u")).await?;
        assert_eq!(refused, Err(TOO_MANY_CONNECTIONS.to_owned()));
        let user = other.user_with("u", |claims| claims.nats.rights.payload = limit);
        for user in [tenant.user("u"), user] {
            assert!(!takes_payload(&broker, &user, 1).await?);
        }
    }
    Ok(())
}

/// Nobody says in what time the bytes are to be counted, so nobody counts them.
async fn bytes_in_total_are_carried_along_and_bind_nobody(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    tenant.body.limits.data = 1;
    let broker = broker_with(which, &operator, &[&tenant])?;
    let user = tenant.user_with("u", |claims| claims.nats.rights.data = 1);
    assert!(takes_payload(&broker, &user, 1000).await?);
    let mut wire = Wire::login(broker.addr(), &user).await?;
    wire.subscribe("a", "1").await?;
    for _ in 0..3 {
        wire.publish("a", "more than one byte").await?;
    }
    assert_eq!(wire.messages().await?.len(), 3);
    Ok(())
}

async fn sharing_beyond_the_limits_is_refused(which: Which) -> Result<()> {
    let operator = Operator::default();
    let (plain, other) = (Tenant::new("acme"), Tenant::new("globex"));
    let broker = Broker::start(which, &operator.directory_config(&[&plain, &other], false))?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let export = |subject: &str| ExportClaim::new(ShareKind::Stream, subject);
    let import = |subject: &str| {
        let mut import = ImportClaim::new(ShareKind::Stream, other.public(), subject);
        import.name = subject.to_owned();
        import
    };
    for (limit, wildcards, exports, imports, allowed) in [
        (-1, true, 2, 2, true),
        (1, true, 1, 1, true),
        (1, true, 2, 0, false),
        (1, true, 0, 2, false),
        (0, true, 0, 0, true),
        (0, true, 1, 0, false),
        (-2, true, 0, 0, false),
        (1, false, 1, 0, false),
        (-1, false, 0, 2, true),
    ] {
        let mut tenant = Tenant::new("acme");
        let limits = &mut tenant.body.limits;
        (limits.exports, limits.imports, limits.wildcards) = (limit, limit, wildcards);
        let subjects = ["a.*", "b.*"];
        tenant.body.exports = subjects[..exports].iter().map(|it| export(it)).collect();
        tenant.body.imports = subjects[..imports].iter().map(|it| import(it)).collect();
        let answer = pusher.push_jwt(&operator.account_jwt(&tenant)).await?;
        let case = format!("{limit} {wildcards} {exports} {imports}: {answer}");
        assert_eq!(answer["data"]["code"] == 200, allowed, "{case}");
        assert_eq!(answer["error"].is_object(), !allowed, "{case}");
    }
    Ok(())
}

async fn fewer_subscriptions_close_the_connections_that_hold_more(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    let broker = Broker::start(which, &operator.directory_config(&[&tenant], false))?;
    let user = tenant.user("u");
    let mut many = Wire::login(broker.addr(), &user).await?;
    let mut few = Wire::login(broker.addr(), &user).await?;
    assert_eq!(subscriptions_of(&mut many, 4).await?, 4);
    assert_eq!(subscriptions_of(&mut few, 2).await?, 2);
    let mut pusher = Pusher::new(&broker, &operator).await?;
    tenant.body.limits.subs = 3;
    pusher.push(&operator, &tenant).await?;
    assert_eq!(many.errors_until_closed().await?, [TOO_MANY_SUBSCRIPTIONS]);
    few.send("SUB limits.one 8\r\nSUB limits.two 9\r\n").await?;
    assert_eq!(few.sync().await?, too_many_subscriptions());
    Ok(())
}

async fn a_smaller_payload_binds_live_connections(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    let broker = Broker::start(which, &operator.directory_config(&[&tenant], false))?;
    let mut wire = Wire::login(broker.addr(), &tenant.user("u")).await?;
    let mut quiet = Wire::login(broker.addr(), &tenant.user("q")).await?;
    wire.publish("a", "0123456789").await?;
    assert_eq!(wire.sync().await?, []);
    let mut pusher = Pusher::new(&broker, &operator).await?;
    tenant.body.limits.payload = 5;
    pusher.push(&operator, &tenant).await?;
    assert_eq!(
        wire.sync().await?,
        [],
        "what was said before does not count"
    );
    wire.publish("a", "0123456789").await?;
    assert_eq!(wire.errors_until_closed().await?, [TOO_LARGE]);

    tenant.body.limits.payload = -1;
    tenant.issued_at = Some(now() + 1);
    eventually("the limit to be gone", async || {
        let answer = pusher.push_jwt(&operator.account_jwt(&tenant)).await?;
        Ok((answer["data"]["code"] == 200).then_some(()))
    })
    .await?;
    eventually("a large message to pass", async || {
        let mut probe = Wire::login(broker.addr(), &tenant.user("p")).await?;
        probe.publish("a", "0123456789").await?;
        Ok(probe.sync().await.ok())
    })
    .await?;
    quiet.publish("a", "0123456789").await?;
    assert_eq!(quiet.sync().await?, [], "raised for those who were there");
    Ok(())
}

async fn the_newest_connections_go_first_and_services_stay(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    let broker = Broker::start(which, &operator.directory_config(&[&tenant], false))?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let mut wires = Vec::new();
    for _ in 0..5 {
        wires.push(Wire::login(broker.addr(), &tenant.user("u")).await?);
    }
    tenant.body.limits.conn = 2;
    pusher.push(&operator, &tenant).await?;
    for wire in wires.drain(2..) {
        let mut wire = wire;
        assert_eq!(wire.errors_until_closed().await?, [TOO_MANY_CONNECTIONS]);
    }
    for wire in &mut wires {
        assert_eq!(wire.sync().await?, []);
    }

    // What the server itself keeps in the system account counts for nothing.
    let mut system = Tenant {
        keys: KeyPair::from_seed(&operator.system.keys.seed())?,
        ..Tenant::new("SYS")
    };
    system.body.limits.conn = 1;
    system.issued_at = Some(now() + 1);
    pusher.push(&operator, &system).await?;
    let listed = pusher.ask_json("$SYS.REQ.CLAIMS.LIST", "").await?;
    assert_eq!(listed["data"].as_array().context("a list")?.len(), 2);
    let user = operator.system.user("second");
    let refused = Wire::try_login(broker.addr(), &user).await?;
    assert_eq!(refused, Err(TOO_MANY_CONNECTIONS.to_owned()));
    Ok(())
}

async fn bearers_go_when_they_are_disallowed(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    let broker = Broker::start(which, &operator.directory_config(&[&tenant], false))?;
    let bearer = tenant.user_with("b", |claims| claims.nats.rights.bearer_token = true);
    let mut gone = Wire::login(broker.addr(), &bearer).await?;
    let mut stays = Wire::login(broker.addr(), &tenant.user("u")).await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    tenant.body.limits.disallow_bearer = true;
    pusher.push(&operator, &tenant).await?;
    assert_eq!(
        gone.errors_until_closed().await?,
        ["Authorization Violation"]
    );
    assert_eq!(stays.sync().await?, []);
    Ok(())
}

/// nats-server ends a connection that holds exactly as many subscriptions as it may as soon as any
/// claims update comes, and one that may hold none at once (`client.applyAccountLimits`): a fault.
#[tokio::test]
async fn a_full_connection_is_not_over_its_limit() -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    tenant.body.limits.subs = 2;
    let config = operator.directory_config(&[&tenant], false);
    let broker = Broker::start(Which::Tidegate, &config)?;
    let mut full = Wire::login(broker.addr(), &tenant.user("u")).await?;
    assert_eq!(subscriptions_of(&mut full, 3).await?, 2);
    let silent = tenant.user_with("s", |claims| claims.nats.rights.subs = 0);
    let mut silent = Wire::login(broker.addr(), &silent).await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    tenant.issued_at = Some(now() + 1);
    pusher.push(&operator, &tenant).await?;
    assert_eq!(full.sync().await?, []);
    silent.publish("limits.0", "x").await?;
    assert_eq!(subscriptions_of(&mut silent, 1).await?, 0);
    let got = eventually("the message of the silent one", async || {
        Ok(full.messages().await?.pop())
    });
    assert_eq!(got.await?.0, "limits.0");
    Ok(())
}

/// nats-server forgets about wildcards where the number of exports is unlimited
/// (`account_claims.go: Validate` of its library).
#[tokio::test]
async fn wildcards_are_limited_where_exports_are_not() -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    let config = operator.directory_config(&[&tenant], false);
    let broker = Broker::start(Which::Tidegate, &config)?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    tenant.body.limits.wildcards = false;
    tenant.body.exports = vec![ExportClaim::new(ShareKind::Stream, "a")];
    pusher.push(&operator, &tenant).await?;
    tenant.body.exports = vec![ExportClaim::new(ShareKind::Stream, "a.*")];
    let answer = pusher.push_jwt(&operator.account_jwt(&tenant)).await?;
    let text = answer["error"]["description"]
        .as_str()
        .context("an error")?;
    assert!(text.contains("wildcard"), "{text}");
    Ok(())
}
