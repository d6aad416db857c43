//! Mappings of accounts that share subjects, and of services of the server.

use accounts::{ExportClaim, ImportClaim, ShareKind};
use anyhow::{Context, Result};
use serde_json::Value;
use tests::mint::{Operator, Tenant};
use tests::{Which, Wire};

use super::super::broker_with;
use super::{Pair, becomes, map, mapped};
use crate::both::on_both;

on_both![
    nobody_there_is_said_of_the_mapped_subject,
    a_mapping_may_lead_to_a_server_service,
    a_stream_is_mapped_where_it_is_published,
    a_request_is_mapped_by_the_account_that_serves,
    an_answer_is_mapped_by_the_account_that_waits,
    mapped_requests_in_a_circle_end,
];

async fn nobody_there_is_said_of_the_mapped_subject(which: Which) -> Result<()> {
    let tenant = mapped(&[("ask.*", "help.$1")]);
    let broker = broker_with(which, &Operator::default(), &[&tenant])?;
    let mut wire = Wire::login(broker.addr(), &tenant.user("u")).await?;
    wire.subscribe("answers", "1").await?;
    wire.request("ask.me", "answers", "x").await?;
    let headers = wire.message().await?.headers.unwrap_or_default();
    assert_eq!(headers, "NATS/1.0 503\r\nNats-Subject: help.me\r\n\r\n");
    Ok(())
}

async fn a_mapping_may_lead_to_a_server_service(which: Which) -> Result<()> {
    let tenant = mapped(&[("who.am.i", "$SYS.REQ.USER.INFO"), ("$SYS.REQ.>", "mine.>")]);
    let broker = broker_with(which, &Operator::default(), &[&tenant])?;
    let user = tenant.user("u");
    let mut wire = Wire::login(broker.addr(), &user).await?;
    wire.subscribe("answers", "1").await?;
    wire.subscribe("mine.>", "2").await?;
    wire.request("who.am.i", "answers", "").await?;
    let answer: Value = serde_json::from_slice(&wire.message().await?.payload)?;
    assert_eq!(
        answer["data"]["user"],
        user.public().to_string(),
        "{answer}"
    );
    wire.request("$SYS.REQ.USER.INFO", "answers", "x").await?;
    assert_eq!(wire.message().await?.subject, "mine.USER.INFO");
    Ok(())
}

async fn a_stream_is_mapped_where_it_is_published(which: Which) -> Result<()> {
    let mut pair = Pair::new(ShareKind::Stream, "out.>", "in.>");
    map(&mut pair.acme, "raw.*", &[("out.$1", 0)]);
    map(&mut pair.acme, "out.secret", &[("kept", 0)]);
    map(&mut pair.globex, "in.>", &[("never.>", 0)]);
    let (_broker, mut acme, mut globex) = pair.start(which).await?;
    globex.subscribe(">", "1").await?;
    assert!(
        becomes(&mut acme, &["raw.1", "out.2", "out.secret"])
            .await?
            .is_empty()
    );
    let got: Vec<_> = globex
        .messages()
        .await?
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(got, ["in.1", "in.2"], "only a publisher's own account maps");
    Ok(())
}

async fn a_request_is_mapped_by_the_account_that_serves(which: Which) -> Result<()> {
    let mut pair = Pair::new(ShareKind::Service, "api.*", "acme.*");
    map(&mut pair.acme, "api.*", &[("v2.$1", 0)]);
    map(&mut pair.globex, "ask.*", &[("acme.$1", 0)]);
    let (_broker, mut acme, mut globex) = pair.start(which).await?;
    acme.subscribe("v2.*", "1").await?;
    acme.subscribe("api.*", "2").await?;
    globex.subscribe("answers", "1").await?;
    for subject in ["ask.price", "acme.price"] {
        globex.request(subject, "answers", "how much?").await?;
        let request = acme.message().await?;
        assert_eq!(request.subject, "v2.price", "{subject}");
        acme.publish(&request.reply.context("a reply subject")?, "much")
            .await?;
        assert_eq!(globex.message().await?.payload, b"much");
    }
    globex.request("other.price", "answers", "?").await?;
    let nobody = globex.message().await?.headers.unwrap_or_default();
    assert!(nobody.starts_with("NATS/1.0 503"), "{nobody}");
    assert_eq!(acme.sync().await?, []);
    Ok(())
}

async fn an_answer_is_mapped_by_the_account_that_waits(which: Which) -> Result<()> {
    let mut pair = Pair::new(ShareKind::Service, "api", "api");
    map(&mut pair.globex, "answers.*", &[("read.$1", 0)]);
    map(&mut pair.acme, "answers.*", &[("no.$1", 0)]);
    let (_broker, mut acme, mut globex) = pair.start(which).await?;
    acme.subscribe("api", "1").await?;
    globex.subscribe("answers.*", "1").await?;
    globex.subscribe("read.*", "2").await?;
    globex.request("api", "answers.1", "?").await?;
    let request = acme.message().await?;
    acme.publish(&request.reply.context("a reply subject")?, "!")
        .await?;
    assert_eq!(globex.message().await?.brief(), ("read.1", "!".into()));
    Ok(())
}

/// nats-server maps the reply subjects that it made, so that the answer is lost.
#[tokio::test]
async fn a_mapping_of_everything_leaves_answers_alone() -> Result<()> {
    let mut pair = Pair::new(ShareKind::Service, "api", "api");
    map(&mut pair.acme, ">", &[("all.>", 0)]);
    let (_broker, mut acme, mut globex) = pair.start(Which::Tidegate).await?;
    acme.subscribe("all.api", "1").await?;
    globex.subscribe("answers", "1").await?;
    globex.request("api", "answers", "?").await?;
    let request = acme.message().await?;
    acme.publish(&request.reply.context("a reply subject")?, "!")
        .await?;
    assert_eq!(globex.message().await?.brief(), ("answers", "!".into()));
    Ok(())
}

async fn mapped_requests_in_a_circle_end(which: Which) -> Result<()> {
    // No import leads back by itself: the mappings close the circle.
    let mut tenants: Vec<_> = (0..3).map(|n| Tenant::new(&format!("t{n}"))).collect();
    let keys: Vec<_> = tenants.iter().map(Tenant::public).collect();
    for (at, tenant) in tenants.iter_mut().enumerate() {
        tenant
            .body
            .exports
            .push(ExportClaim::new(ShareKind::Service, "in"));
        let mut import = ImportClaim::new(ShareKind::Service, keys[(at + 1) % 3], "in");
        import.name = "next".to_owned();
        import.local_subject = "out".to_owned();
        tenant.body.imports.push(import);
        map(tenant, "in", &[("out", 0)]);
    }
    let all: Vec<_> = tenants.iter().collect();
    let broker = broker_with(which, &Operator::default(), &all)?;
    for tenant in &tenants {
        let mut wire = Wire::login(broker.addr(), &tenant.user("u")).await?;
        wire.subscribe("answers", "1").await?;
        wire.subscribe(">", "2").await?;
        wire.request("out", "answers", "round").await?;
        let got = wire.sync().await?.len();
        assert!((1..=8).contains(&got), "{got} messages for one");
    }
    Ok(())
}
