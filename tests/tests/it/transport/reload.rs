//! Certificates that are replaced by a reload while clients are there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, ensure};
use rustix::process::Signal;
use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::pki_types::CertificateDer;
use tests::wait::eventually;
use tests::websocket::{WebWire, upgrade_request};
use tests::wire::secured;
use tests::{Broker, Certs, Which, Wire};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::websocket::{web_addr, with_websocket};
use crate::both::on_both;

on_both![
    a_hundred_clients_lose_nothing,
    a_certificate_that_is_not_there_changes_nothing
];

const PAIRS: usize = 25;
const RELOADS: usize = 5;

/// What a server shows now.
async fn shown(port: u16, tls: &Arc<ClientConfig>) -> Result<CertificateDer<'static>> {
    // A resumed session would bring back what was shown before.
    let mut afresh = ClientConfig::clone(tls);
    afresh.resumption = Resumption::disabled();
    let tls = &Arc::new(afresh);
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let stream = secured(stream, tls, "localhost").await?;
    let chain = stream.get_ref().1.peer_certificates();
    let leaf = chain.and_then(|chain| chain.first());
    Ok(leaf.context("a certificate")?.clone())
}

/// Sends numbers from one TLS client to another.
async fn over_tls(
    (mut writer, mut reader): (Wire, Wire),
    subject: String,
    done: Arc<AtomicBool>,
) -> Result<()> {
    reader.subscribe(&subject, "1").await?;
    let mut number = 0_u64;
    while number < 20 || !done.load(Ordering::Acquire) {
        let text = number.to_string();
        writer.publish(&subject, &text).await?;
        assert_eq!(reader.message().await?.payload, text.as_bytes());
        number += 1;
    }
    Ok(())
}

/// The same over WebSocket.
async fn over_websocket(
    (mut writer, mut reader): (WebWire, WebWire),
    subject: String,
    done: Arc<AtomicBool>,
) -> Result<()> {
    reader.say(&format!("SUB {subject} 1\r\nPING\r\n")).await?;
    reader.until("PONG\r\n").await?;
    let mut number = 0_u64;
    while number < 20 || !done.load(Ordering::Acquire) {
        let text = format!("{number:08}");
        writer
            .say(&format!("PUB {subject} 8\r\n{text}\r\n"))
            .await?;
        let said = reader.until(&format!("{text}\r\n")).await?;
        let message = format!("MSG {subject} 1 8\r\n{text}\r\n");
        assert_eq!(said.replace("PING\r\n", ""), message);
        number += 1;
    }
    Ok(())
}

async fn web_client(port: u16, tls: &Arc<ClientConfig>) -> Result<WebWire> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let stream = secured(stream, tls, "localhost").await?;
    let mut wire = WebWire::over(stream, &upgrade_request("")).await?;
    wire.say("CONNECT {\"verbose\":false,\"pedantic\":false}\r\nPING\r\n")
        .await?;
    wire.until("PONG\r\n").await?;
    Ok(wire)
}

async fn reload(broker: &mut Broker, times: usize) -> Result<()> {
    broker.daemon().signal(Signal::HUP);
    eventually("a reload", async || {
        let said = broker.daemon().output();
        let count = said.matches("Reloaded server configuration").count();
        Ok((count >= times).then_some(()))
    })
    .await
}

async fn a_hundred_clients_lose_nothing(which: Which) -> Result<()> {
    let certs = Certs::new()?;
    let tls = certs.client(None)?;
    let block = certs.block("");
    // No ping disturbs who only listens.
    let more = format!("{block}\nping_interval: \"1h\"");
    let mut broker = with_websocket(which, &block, &more)?;
    let (addr, web) = (broker.addr(), web_addr(&mut broker)?.port());

    let done = Arc::new(AtomicBool::new(false));
    let mut pairs = JoinSet::new();
    for pair in 0..PAIRS {
        let subject = format!("tls.{pair}");
        let writer = Wire::open_tls(addr, &tls).await?.enter().await?;
        let reader = Wire::open_tls(addr, &tls).await?.enter().await?;
        pairs.spawn(over_tls((writer, reader), subject, Arc::clone(&done)));
        let subject = format!("web.{pair}");
        let writer = web_client(web, &tls).await?;
        let reader = web_client(web, &tls).await?;
        pairs.spawn(over_websocket((writer, reader), subject, Arc::clone(&done)));
    }
    for turn in 1..=RELOADS {
        let fresh = certs.issue("server", &["localhost"])?;
        reload(&mut broker, turn).await?;
        eventually("the new certificate", async || {
            Ok((shown(web, &tls).await? == fresh.cert).then_some(()))
        })
        .await?;
        let mut new = Wire::open_tls(addr, &tls).await?.enter().await?;
        ensure!(new.sync().await?.is_empty());
    }
    done.store(true, Ordering::Release);
    while let Some(outcome) = pairs.join_next().await {
        outcome??;
    }
    Ok(())
}

async fn a_certificate_that_is_not_there_changes_nothing(which: Which) -> Result<()> {
    let certs = Certs::new()?;
    let tls = certs.client(None)?;
    let mut broker = Broker::start(which, &certs.block(" handshake_first: true"))?;
    let port = broker.addr().port();
    let before = shown(port, &tls).await?;
    let file = certs.authority_file().with_file_name("server.pem");
    std::fs::write(&file, "no certificate")?;
    broker.daemon().signal(Signal::HUP);
    broker.daemon().wait_for_line(
        "Failed to reload server configuration",
        tests::wait::PATIENCE,
    )?;
    assert_eq!(shown(port, &tls).await?, before);
    let fresh = certs.issue("server", &["localhost"])?;
    reload(&mut broker, 1).await?;
    assert_eq!(shown(port, &tls).await?, fresh.cert);
    Ok(())
}
