//! Who speaks first, and what becomes of those who do not do TLS as it is wanted.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tests::mint::{Operator, Tenant};
use tests::wait::within;
use tests::wire::secured;
use tests::{Broker, Certs, Which, Wire};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::both::on_both;

on_both![
    a_client_goes_on_with_tls_after_info,
    large_and_many_messages_pass,
    who_speaks_plainly_is_turned_away,
    plain_clients_are_welcome_where_allowed,
    the_handshake_comes_first_where_configured,
    auto_serves_both_orders,
    silence_and_garbage_end_in_time,
    handshakes_have_a_rate,
    a_plain_client_in_tls_first_hears_nothing_secret,
];

async fn a_client_goes_on_with_tls_after_info(which: Which) -> Result<()> {
    let certs = Certs::new()?;
    let broker = Broker::start(which, &certs.block(""))?;
    let wire = Wire::open_tls(broker.addr(), &certs.client(None)?).await?;
    let info = wire.info();
    assert_eq!(info["tls_required"], true, "{info}");
    for absent in ["tls_available", "tls_verify"] {
        assert_eq!(info.get(absent), None, "{info}");
    }
    let mut wire = wire.enter().await?;
    wire.subscribe("greet.>", "1").await?;
    wire.publish("greet.you", "hello").await?;
    assert_eq!(
        wire.messages().await?,
        [("greet.you".into(), "hello".into())]
    );
    Ok(())
}

async fn large_and_many_messages_pass(which: Which) -> Result<()> {
    let certs = Certs::new()?;
    let broker = Broker::start(which, &certs.block(""))?;
    let tls = certs.client(None)?;
    let mut reader = Wire::open_tls(broker.addr(), &tls).await?.enter().await?;
    reader.subscribe("load", "1").await?;
    let mut writer = Wire::open_tls(broker.addr(), &tls).await?.enter().await?;
    let sizes = [0, 1, 100, 16 * 1024, 70_000, 1 << 20, 1, 5];
    let writing = tokio::spawn(async move {
        for round in 0..20_u8 {
            for size in sizes {
                let mut operation = format!("PUB load {size}\r\n").into_bytes();
                operation.extend(std::iter::repeat_n(round, size));
                operation.extend(b"\r\n");
                writer.send(operation).await?;
            }
        }
        writer.sync().await
    });
    for round in 0..20_u8 {
        for size in sizes {
            let payload = reader.message().await?.payload;
            assert_eq!(payload.len(), size);
            assert!(payload.iter().all(|byte| *byte == round));
        }
    }
    writing.await??;
    Ok(())
}

/// Everything until the server closes.
async fn all_of(stream: &mut TcpStream) -> Result<String> {
    let mut got = Vec::new();
    // A reset is an end, too.
    let _ = within("the end", stream.read_to_end(&mut got)).await?;
    Ok(String::from_utf8_lossy(&got).into_owned())
}

async fn said_to(addr: SocketAddr, words: &[u8]) -> Result<(String, Duration)> {
    let mut stream = TcpStream::connect(addr).await?;
    let since = Instant::now();
    stream.write_all(words).await?;
    let said = all_of(&mut stream).await?;
    Ok((said, since.elapsed()))
}

async fn who_speaks_plainly_is_turned_away(which: Which) -> Result<()> {
    let certs = Certs::new()?;
    let broker = Broker::start(which, &certs.block(""))?;
    let (said, _) = said_to(broker.addr(), b"CONNECT {}\r\nPING\r\n").await?;
    assert!(said.starts_with("INFO "), "{said}");
    assert!(!said.contains("PONG"), "{said}");
    if which == Which::Tidegate {
        // The original means to say this too, and closes before it can.
        assert!(
            said.ends_with("-ERR 'Secure Connection - TLS Required'\r\n"),
            "{said}"
        );
    }
    Ok(())
}

async fn plain_clients_are_welcome_where_allowed(which: Which) -> Result<()> {
    let certs = Certs::new()?;
    let broker = Broker::start(which, &(certs.block("") + "allow_non_tls: true"))?;
    let mut plain = Wire::anonymous(broker.addr()).await?;
    assert_eq!(plain.info()["tls_available"], true, "{}", plain.info());
    assert_eq!(plain.info().get("tls_required"), None, "{}", plain.info());
    plain.subscribe("x", "1").await?;
    let tls = certs.client(None)?;
    let mut secure = Wire::open_tls(broker.addr(), &tls).await?.enter().await?;
    secure.publish("x", "over").await?;
    secure.sync().await?;
    assert_eq!(plain.messages().await?, [("x".into(), "over".into())]);
    Ok(())
}

async fn the_handshake_comes_first_where_configured(which: Which) -> Result<()> {
    let certs = Certs::new()?;
    let broker = Broker::start(which, &certs.block(" handshake_first: true"))?;
    let tls = certs.client(None)?;
    let wire = Wire::open_tls_first(broker.addr(), &tls).await?;
    assert_eq!(wire.info()["tls_required"], true, "{}", wire.info());
    let mut wire = wire.enter().await?;
    wire.subscribe("a", "1").await?;
    Ok(())
}

async fn a_plain_client_in_tls_first_hears_nothing_secret(which: Which) -> Result<()> {
    let certs = Certs::new()?;
    let broker = Broker::start(which, &certs.block(" handshake_first: true"))?;
    let (said, _) = said_to(broker.addr(), b"CONNECT {}\r\n").await?;
    assert!(!said.contains("INFO"), "{said}");
    Ok(())
}

async fn auto_serves_both_orders(which: Which) -> Result<()> {
    let certs = Certs::new()?;
    let tls = certs.client(None)?;
    for setting in ["auto", "\"150ms\""] {
        let more = format!(" handshake_first: {setting}");
        let broker = Broker::start(which, &certs.block(&more))?;
        let mut first = Wire::open_tls_first(broker.addr(), &tls)
            .await?
            .enter()
            .await?;
        first.subscribe("a", "1").await?;
        let mut classic = Wire::open_tls(broker.addr(), &tls).await?.enter().await?;
        classic.publish("a", "b").await?;
        classic.sync().await?;
        assert_eq!(first.messages().await?, [("a".into(), "b".into())]);
    }
    // With both allowed, a client that waits for INFO may stay in plain text.
    let more = certs.block(" handshake_first: auto") + "allow_non_tls: true";
    let broker = Broker::start(which, &more)?;
    let plain = Wire::anonymous(broker.addr()).await?;
    assert_eq!(plain.info()["tls_available"], true, "{}", plain.info());
    Wire::open_tls_first(broker.addr(), &tls)
        .await?
        .enter()
        .await?;
    Ok(())
}

async fn silence_and_garbage_end_in_time(which: Which) -> Result<()> {
    const QUICK: Duration = Duration::from_secs(10);
    let certs = Certs::new()?;
    let broker = Broker::start(which, &certs.block(" timeout: 0.4"))?;
    let (_, waited) = said_to(broker.addr(), b"").await?;
    assert!(
        waited >= Duration::from_millis(300) && waited < QUICK,
        "{waited:?}"
    );
    let oversized = [&b"\x16\x03\x01\xff\xff"[..], &[0xaa; 70_000]].concat();
    let half: &[u8] = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    let garbage: [&[u8]; 4] = [b"\x16\x03\x01\x00\x05hello", half, &oversized, &[0; 4096]];
    for words in garbage {
        // A close on unread input is a reset, in the middle of a write perhaps.
        let (_, waited) = said_to(broker.addr(), words).await.unwrap_or_default();
        assert!(waited < QUICK, "{waited:?} after {words:?}");
    }
    let tls = certs.client(None)?;
    Wire::open_tls(broker.addr(), &tls).await?.enter().await?;
    Ok(())
}

async fn handshakes_have_a_rate(which: Which) -> Result<()> {
    let certs = Certs::new()?;
    let broker = Broker::start(which, &certs.block(" connection_rate_limit: 2"))?;
    let tls = certs.client(None)?;
    let mut refused = 0;
    for _ in 0..12 {
        refused += usize::from(Wire::open_tls(broker.addr(), &tls).await.is_err());
    }
    ensure!(refused > 0, "twelve handshakes within a second");
    if which == Which::Tidegate {
        let mut stream = TcpStream::connect(broker.addr()).await?;
        stream.write_all(b"\x16\x03\x01").await?;
        let said = all_of(&mut stream).await?;
        assert!(said.contains("Connection throttling is active"), "{said}");
    }
    Ok(())
}

/// The wire ends with TLS's own goodbye, so that a client can tell it from an attack.
#[tokio::test]
async fn an_end_is_told_within_tls() -> Result<()> {
    let certs = Certs::new()?;
    let broker = Broker::start(Which::Tidegate, &certs.block(" handshake_first: true"))?;
    let stream = TcpStream::connect(broker.addr()).await?;
    let mut stream = secured(stream, &certs.client(None)?, "localhost").await?;
    stream.write_all(b"GARBAGE\r\n").await?;
    let mut said = Vec::new();
    within("the end", stream.read_to_end(&mut said))
        .await?
        .context("a clean end")?;
    let said = String::from_utf8(said)?;
    assert!(said.contains("-ERR 'Unknown Protocol Operation'"), "{said}");
    Ok(())
}

/// The time for a login begins after the handshake, and its end is told inside TLS.
#[tokio::test]
async fn a_connection_that_never_logs_in_is_told_so() -> Result<()> {
    let certs = Certs::new()?;
    let (operator, tenant) = (Operator::default(), Tenant::new("acme"));
    let config = operator.memory_config(&[&tenant])
        + &certs.block(" timeout: 0.5")
        + "authorization { timeout: 0.6 }";
    let broker = Broker::start(Which::Tidegate, &config)?;
    let mut wire = Wire::open_tls(broker.addr(), &certs.client(None)?).await?;
    assert_eq!(
        wire.errors_until_closed().await?,
        ["Authentication Timeout"]
    );
    Ok(())
}
