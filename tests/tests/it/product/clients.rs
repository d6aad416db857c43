//! The three stock clients with creds from the API: publish, subscribe, request, queue groups,
//! headers, and silence in the other tenant.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use async_nats::{Client, ConnectOptions, HeaderMap, RequestErrorKind, Subscriber};
use futures_util::{FutureExt, StreamExt};
use tests::wait::within;
use tests::{Tidegate, scripts};

use super::{TwoTenants, on_both_databases};

on_both_databases![nats_py, transport_node, async_nats_];

async fn nats_py(tidegate: Tidegate) -> Result<()> {
    script(tidegate, true).await
}

async fn transport_node(tidegate: Tidegate) -> Result<()> {
    script(tidegate, false).await
}

async fn script(tidegate: Tidegate, python: bool) -> Result<()> {
    let tenants = TwoTenants::make(&tidegate.api()).await?;
    let (acme, globex) = tenants.files(&tidegate)?;
    let url = tidegate.nats_url();
    let text = |path: &std::path::Path| path.display().to_string();
    let (acme, globex) = (text(&acme), text(&globex));
    let arguments = [url.as_str(), acme.as_str(), globex.as_str()];
    let said = if python {
        scripts::python("scenario.py", &arguments).await?
    } else {
        scripts::node("scenario.mjs", &arguments).await?
    };
    ensure!(said.contains("all as expected"), "{said}");
    Ok(())
}

/// A stock client with creds.
pub(super) async fn connect(url: &str, creds: &str) -> Result<Client> {
    let options =
        ConnectOptions::with_credentials(creds)?.connection_timeout(Duration::from_secs(20));
    within("a login", options.connect(url))
        .await?
        .context("log in")
}

/// The next message, with a deadline.
pub(super) async fn next(subscriber: &mut Subscriber) -> Result<async_nats::Message> {
    within("a message", subscriber.next())
        .await?
        .context("the subscription ended")
}

/// What has arrived. A round trip on the same connection brings everything that was sent to it
/// before, so what is not here now never comes.
pub(super) async fn arrived(client: &Client, subscriber: &mut Subscriber) -> Result<Vec<String>> {
    let marker = client.new_inbox();
    let mut echo = client.subscribe(marker.clone()).await?;
    client.publish(marker, "mark".into()).await?;
    next(&mut echo).await?;
    let mut got = Vec::new();
    while let Some(Some(message)) = subscriber.next().now_or_never() {
        got.push(message.subject.to_string());
    }
    Ok(got)
}

async fn async_nats_(tidegate: Tidegate) -> Result<()> {
    let tenants = TwoTenants::make(&tidegate.api()).await?;
    let url = tidegate.nats_url();
    let own = connect(&url, &tenants.acme.creds).await?;
    let other = connect(&url, &tenants.globex.creds).await?;
    let mut spy = other.subscribe("orders.>").await?;
    arrived(&other, &mut spy).await?;

    let mut orders = own.subscribe("orders.*").await?;
    let mut headers = HeaderMap::new();
    headers.insert("Trace", "one");
    own.publish_with_headers("orders.new", headers.clone(), "first".into())
        .await?;
    let message = next(&mut orders).await?;
    assert_eq!(
        (message.subject.as_str(), &message.payload[..]),
        ("orders.new", &b"first"[..])
    );
    assert_eq!(message.headers, Some(headers));

    let mut service = own.subscribe("service.echo").await?;
    let answering = tokio::spawn({
        let own = own.clone();
        async move {
            let request = next(&mut service).await?;
            let reply = request.reply.context("a request has a reply subject")?;
            own.publish(reply, "answer".into()).await.context("answer")
        }
    });
    own.flush().await?;
    let answer = within("an answer", own.request("service.echo", "question".into())).await??;
    assert_eq!(&answer.payload[..], b"answer");
    answering.await??;
    let nobody = within("a refusal", other.request("service.echo", "?".into())).await?;
    assert_eq!(
        nobody.err().map(|e| e.kind()),
        Some(RequestErrorKind::NoResponders)
    );

    queue_group(&own, &url, &tenants.acme.creds).await?;
    let leaked = arrived(&other, &mut spy).await?;
    let expected: Vec<String> = Vec::new();
    assert_eq!(leaked, expected, "nothing of the other tenant");
    Ok(())
}

async fn queue_group(publisher: &Client, url: &str, creds: &str) -> Result<()> {
    let mut members = Vec::new();
    for _ in 0..3 {
        let client = connect(url, creds).await?;
        let mut member = client.queue_subscribe("work", "crew".to_owned()).await?;
        arrived(&client, &mut member).await?;
        members.push((client, member));
    }
    for n in 0..90 {
        publisher.publish("work", n.to_string().into()).await?;
    }
    let mut mark = publisher.subscribe("mark").await?;
    publisher.publish("mark", "".into()).await?;
    next(&mut mark).await?;
    let mut seen = BTreeSet::new();
    let mut count = 0;
    for (client, member) in &mut members {
        let marker = client.new_inbox();
        let mut echo = client.subscribe(marker.clone()).await?;
        client.publish(marker, "mark".into()).await?;
        next(&mut echo).await?;
        while let Some(Some(message)) = member.next().now_or_never() {
            count += 1;
            seen.insert(String::from_utf8(message.payload.to_vec())?);
        }
    }
    assert_eq!(
        (count, seen.len()),
        (90, 90),
        "each message went to exactly one member"
    );
    Ok(())
}
