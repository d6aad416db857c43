//! Trusted proxies: users that may come only by one, and what a proxy's signature is good for.

use accounts::{KeyKind, KeyPair};
use anyhow::{Context, Result};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use tests::broker::RELOADED;
use tests::mint::{Operator, Tenant, User, keys};
use tests::{Broker, Which, Wire};

use super::roles::tenant_with;
use crate::both::on_both;

on_both![
    who_needs_a_proxy_comes_by_a_trusted_one,
    without_trusted_proxies_a_signature_means_nothing,
    an_open_broker_turns_away_strange_proxies,
    reasons_are_told,
    users_of_a_file_may_need_a_proxy,
    who_comes_by_a_proxy_goes_with_its_key,
];

fn config(proxies: &[&KeyPair]) -> String {
    let trusted = proxies
        .iter()
        .map(|keys| format!("{{ key: {} }}", keys.public()));
    let trusted: Vec<String> = trusted.collect();
    format!("proxies {{ trusted: [ {} ] }}\n", trusted.join(", "))
}

fn only_by_proxy(tenant: &Tenant) -> User {
    tenant.user_with("proxied", |claims| claims.nats.rights.proxy_required = true)
}

/// A login by a proxy that signs with these keys; the connection, or what it was told.
async fn come_by(
    broker: &Broker,
    user: Option<&User>,
    proxy: Option<&KeyPair>,
) -> Result<Result<Wire, Vec<String>>> {
    come_with(broker, user, proxy, json!({})).await
}

/// The same with this in its `CONNECT` as well.
async fn come_with(
    broker: &Broker,
    user: Option<&User>,
    proxy: Option<&KeyPair>,
    mut more: Value,
) -> Result<Result<Wire, Vec<String>>> {
    let mut wire = Wire::open(broker.addr()).await?;
    let nonce = wire.info()["nonce"].as_str().unwrap_or_default().to_owned();
    let signature = proxy.map(|keys| BASE64URL_NOPAD.encode(&keys.sign(nonce.as_bytes())));
    more["proxy_sig"] = json!(signature);
    more["verbose"] = json!(false);
    let connect = match user {
        Some(user) => user.connect_operation(&nonce, &more),
        None => format!("CONNECT {more}\r\n"),
    };
    wire.send_to_the_end(format!("{connect}PING\r\n")).await?;
    let first = wire.frame().await?;
    if format!("{first:?}").contains("Pong") {
        return Ok(Ok(wire));
    }
    let mut told = vec![format!("{first:?}")];
    told.extend(wire.errors_until_closed().await?);
    Ok(Err(told))
}

async fn who_needs_a_proxy_comes_by_a_trusted_one(which: Which) -> Result<()> {
    let operator = Operator::default();
    let [ours, other, stranger] = [(); 3].map(|()| keys(KeyKind::Server));
    let (tenant, role) = tenant_with(&json!({ "proxy_required": true }))?;
    let text = operator.memory_config(&[&tenant]) + &config(&[&other, &ours]);
    let broker = Broker::start(which, &text)?;
    let (bound, free) = (only_by_proxy(&tenant), tenant.user("free"));
    let of_role = tenant.role_user(&role, "role", |_| {});
    for user in [&bound, &free, &of_role] {
        assert!(come_by(&broker, Some(user), Some(&ours)).await?.is_ok());
        assert!(come_by(&broker, Some(user), Some(&other)).await?.is_ok());
        let told = come_by(&broker, Some(user), Some(&stranger)).await?;
        let told = told.err().context("a stranger's word was taken")?;
        assert!(told[0].contains("Authorization Violation"), "{told:?}");
    }
    assert!(come_by(&broker, Some(&free), None).await?.is_ok());
    assert!(come_by(&broker, Some(&bound), None).await?.is_err());
    assert!(come_by(&broker, Some(&of_role), None).await?.is_err());
    Ok(())
}

async fn without_trusted_proxies_a_signature_means_nothing(which: Which) -> Result<()> {
    let (operator, tenant) = (Operator::default(), Tenant::new("acme"));
    let broker = Broker::start(which, &operator.memory_config(&[&tenant]))?;
    let proxy = keys(KeyKind::Server);
    let free = tenant.user("free");
    assert!(come_by(&broker, Some(&free), Some(&proxy)).await?.is_ok());
    let bound = only_by_proxy(&tenant);
    assert!(come_by(&broker, Some(&bound), Some(&proxy)).await?.is_err());
    Ok(())
}

async fn an_open_broker_turns_away_strange_proxies(which: Which) -> Result<()> {
    let [ours, stranger] = [(); 2].map(|()| keys(KeyKind::Server));
    let broker = Broker::start(which, &config(&[&ours]))?;
    for (proxy, comes_in) in [(None, true), (Some(&ours), true), (Some(&stranger), false)] {
        assert_eq!(come_by(&broker, None, proxy).await?.is_ok(), comes_in);
    }
    Ok(())
}

async fn reasons_are_told(which: Which) -> Result<()> {
    let (operator, tenant) = (Operator::default(), Tenant::new("acme"));
    let [ours, stranger] = [(); 2].map(|()| keys(KeyKind::Server));
    let text = operator.memory_config(&[&tenant]) + &config(&[&ours]);
    let broker = Broker::start(which, &text)?;
    let mut watch = Wire::login(broker.addr(), &operator.system.user("watch")).await?;
    watch
        .subscribe("$SYS.SERVER.*.CLIENT.AUTH.ERR", "1")
        .await?;
    watch.subscribe("inbox", "2").await?;
    let user = only_by_proxy(&tenant);
    for (proxy, reason) in [
        (None, "Proxy Required"),
        (Some(&stranger), "Proxy Not Trusted"),
    ] {
        assert!(come_by(&broker, Some(&user), proxy).await?.is_err());
        let event: Value = serde_json::from_slice(&watch.message().await?.payload)?;
        assert_eq!(event["reason"], reason);
    }
    let _wire = come_by(&broker, Some(&user), Some(&ours)).await?;
    watch
        .request("$SYS.REQ.SERVER.PING.CONNZ", "inbox", "")
        .await?;
    let shown: Value = serde_json::from_slice(&watch.message().await?.payload)?;
    let connections = shown["data"]["connections"].as_array();
    let connections = connections.context("a list of connections")?;
    let proxies = connections
        .iter()
        .filter_map(|it| it["proxy"]["key"].as_str());
    let proxies: Vec<&str> = proxies.collect();
    assert_eq!(proxies, [ours.public().to_string()]);
    Ok(())
}

async fn users_of_a_file_may_need_a_proxy(which: Which) -> Result<()> {
    let [ours, stranger] = [(); 2].map(|()| keys(KeyKind::Server));
    let list = "users: [ {user: u, password: p, proxy_required: true} ]";
    for logins in [list, "user: u, password: p, proxy_required: true"] {
        let text = format!("authorization {{ {logins} }}\n{}", config(&[&ours]));
        let broker = Broker::start(which, &text)?;
        let given = json!({ "user": "u", "pass": "p" });
        for (proxy, comes_in) in [(None, false), (Some(&ours), true), (Some(&stranger), false)] {
            let came = come_with(&broker, None, proxy, given.clone()).await?;
            assert_eq!(came.is_ok(), comes_in, "{logins}");
        }
        let wrong = json!({ "user": "u", "pass": "x" });
        assert!(come_with(&broker, None, Some(&ours), wrong).await?.is_err());
    }
    Ok(())
}

async fn who_comes_by_a_proxy_goes_with_its_key(which: Which) -> Result<()> {
    let [one, two, three] = [(); 3].map(|()| keys(KeyKind::Server));
    let mut broker = Broker::start(which, &config(&[&one, &two]))?;
    let mut by_one = come_by(&broker, None, Some(&one)).await?.expect("trusted");
    let mut by_two = come_by(&broker, None, Some(&two)).await?.expect("trusted");
    let mut direct = come_by(&broker, None, None).await?.expect("open");
    broker.reload(&config(&[&two, &three]), RELOADED).await?;
    assert_eq!(
        by_one.errors_until_closed().await?,
        ["Authorization Violation"]
    );
    by_two.sync().await?;
    direct.sync().await?;
    let output = broker.output();
    for (keys, what) in [(&one, "removed"), (&three, "added")] {
        let key = keys.public();
        let told = format!("Reloaded: proxies trusted keys [\"{key}\"] were {what}");
        assert!(output.contains(&told), "{output}");
    }
    assert!(come_by(&broker, None, Some(&one)).await?.is_err());
    assert!(come_by(&broker, None, Some(&three)).await?.is_ok());
    // The last one goes, too.
    broker.reload(&config(&[]), RELOADED).await?;
    assert_eq!(
        by_two.errors_until_closed().await?,
        ["Authorization Violation"]
    );
    direct.sync().await?;
    Ok(())
}
