//! Mappings that change while clients are connected, and those that are refused.

use accounts::ShareKind;
use anyhow::{Context, Result};
use tests::mint::Operator;
use tests::{Broker, Which, Wire};

use super::super::Pusher;
use super::{Pair, becomes, map, mapped};
use crate::both::on_both;

on_both![
    mappings_change_on_live_connections,
    mappings_that_cannot_work_are_refused,
];

async fn mappings_change_on_live_connections(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut pair = Pair::new(ShareKind::Service, "api", "api");
    let tenants = [&pair.acme, &pair.globex];
    let broker = Broker::start(which, &operator.directory_config(&tenants, false))?;
    let mut wire = Wire::login(broker.addr(), &pair.acme.user("a")).await?;
    wire.subscribe(">", "1").await?;
    let mut asker = Wire::login(broker.addr(), &pair.globex.user("g")).await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    for (destination, expected) in [
        (None, "api"),
        (Some("b"), "b"),
        (Some("c"), "c"),
        (None, "api"),
    ] {
        pair.acme.body.mappings.clear();
        if let Some(destination) = destination {
            map(&mut pair.acme, "api", &[(destination, 0)]);
        }
        pusher.push(&operator, &pair.acme).await?;
        assert_eq!(becomes(&mut wire, &["api", "api"]).await?, [expected; 2]);
        asker.publish("api", "x").await?;
        asker.sync().await?;
        let got = wire.messages().await?;
        assert_eq!(got, [(expected.to_owned(), "x".to_owned())]);
    }
    Ok(())
}

/// Pushes claims with each of these mappings: all are refused, and what was there stays.
async fn are_refused(which: Which, list: &[(&str, &[(&str, u8)])]) -> Result<()> {
    let operator = Operator::default();
    let mut tenant = mapped(&[("a", "b")]);
    let broker = Broker::start(which, &operator.directory_config(&[&tenant], false))?;
    let mut wire = Wire::login(broker.addr(), &tenant.user("u")).await?;
    wire.subscribe(">", "1").await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    for (source, destinations) in list {
        tenant.body.mappings.clear();
        map(&mut tenant, source, destinations);
        let answer = pusher.push_jwt(&operator.account_jwt(&tenant)).await?;
        let code = &answer["error"]["code"];
        assert_eq!(*code, 500, "{source} to {destinations:?}: {answer}");
        assert_eq!(becomes(&mut wire, &["a"]).await?, ["b"]);
    }
    Ok(())
}

async fn mappings_that_cannot_work_are_refused(which: Which) -> Result<()> {
    are_refused(
        which,
        &[
            ("a..b", &[("b", 0)]),
            ("a", &[("", 0)]),
            ("a", &[("b..c", 0)]),
            ("a", &[("b c", 0)]),
            ("a", &[("b.$1", 0)]),
            ("a.*", &[("b.$2", 0)]),
            ("a.*", &[("b.*", 0)]),
            ("a.>", &[("b", 0)]),
            ("a.*", &[("b.>", 0)]),
            ("a.*", &[("b.{{partition(3, 1)}}", 0)]),
            ("a.*", &[("b.{{partition(3,2)}}", 0)]),
            ("a.*", &[("b.{{partition()}}", 0)]),
            ("a.*", &[("b.{{PARTITION(3)}}", 0)]),
            ("a.*", &[("b.{{unknown(1)}}", 0)]),
            ("a", &[("b", 50), ("b", 50)]),
            ("a", &[("b", 60), ("c", 41)]),
            ("a", &[("b", 101)]),
            ("a", &[("b", 0), ("c", 1)]),
        ],
    )
    .await
}

/// nats-server takes them, and carries messages there.
#[tokio::test]
async fn mappings_to_subjects_of_servers_are_refused() -> Result<()> {
    are_refused(
        Which::Tidegate,
        &[
            ("a", &[("_R_.x", 0)]),
            ("a", &[("_GR_.x.y", 0)]),
            ("a", &[("$GR.x", 0)]),
            ("a", &[("$NRG.x", 0)]),
            ("_R_.>", &[("x.>", 0)]),
        ],
    )
    .await
}

/// What a tenant's own token makes of a mapping never leads to subjects of servers.
#[tokio::test]
async fn no_token_makes_a_reserved_subject() -> Result<()> {
    let mut pair = Pair::new(ShareKind::Service, "api", "api");
    map(&mut pair.acme, "f.*.>", &[("$1.>", 0)]);
    map(&mut pair.acme, "g.*", &[("{{split(1,-)}}", 0)]);
    let (broker, mut acme, mut globex) = pair.start(Which::Tidegate).await?;
    acme.subscribe("api", "1").await?;
    globex.subscribe("answers", "1").await?;
    globex.request("api", "answers", "?").await?;
    let reply = acme.message().await?.reply.context("a reply subject")?;
    let token = reply.strip_prefix("_R_.").context("ours")?;
    let mut eve = Wire::login(broker.addr(), &pair.acme.user("eve")).await?;
    for subject in [
        format!("f._R_.{token}"),
        format!("g._R_-{token}"),
        "f.$GR.x".to_owned(),
    ] {
        eve.publish(&subject, "forged").await?;
    }
    assert_eq!(eve.sync().await?, []);
    acme.publish(&reply, "true").await?;
    assert_eq!(globex.message().await?.payload, b"true");
    Ok(())
}
