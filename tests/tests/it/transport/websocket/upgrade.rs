//! The upgrade request: what is answered, from where, and in what time.

use std::net::SocketAddr;

use anyhow::{Result, ensure};
use serde_json::Value;
use tests::Which;
use tests::wait::PATIENCE;
use tests::websocket::{WebWire, upgrade_request};
use tokio::net::TcpStream;

use super::{logged_in, web_addr, with_websocket};
use crate::both::on_both;

on_both![
    requests_that_are_no_upgrade_are_refused,
    pages_of_other_origins_are_refused,
    headers_of_the_answer_and_ports_are_configured,
];

async fn status_of(addr: SocketAddr, request: &str) -> Result<String> {
    let stream = TcpStream::connect(addr).await?;
    let wire = WebWire::over(stream, request).await?;
    Ok(wire.answer[9..12].to_owned())
}

async fn requests_that_are_no_upgrade_are_refused(which: Which) -> Result<()> {
    let mut broker = with_websocket(which, " no_tls: true", "")?;
    let addr = web_addr(&mut broker)?;
    let good = upgrade_request("");
    assert_eq!(status_of(addr, &good).await?, "101");
    assert_eq!(
        status_of(addr, &good.replace("GET /", "GET /any/path?x=1")).await?,
        "101"
    );
    for (from, to, status) in [
        ("GET", "POST", "405"),
        ("Host: localhost\r\n", "", "400"),
        (": websocket", ": h2c", "400"),
        ("Connection: Upgrade", "Connection: close", "400"),
        ("dGhl", "dG", "400"),
        ("-Version: 13", "-Version: 12", "400"),
        ("GET /", "GET /mqtt", "404"),
    ] {
        assert_eq!(
            status_of(addr, &good.replace(from, to)).await?,
            status,
            "{to}"
        );
    }
    if which == Which::Tidegate {
        assert_eq!(
            status_of(addr, &good.replace("GET /", "GET /leafnode")).await?,
            "404"
        );
        let long = upgrade_request(&format!("X: {}\r\n", "y".repeat(100_000)));
        assert_eq!(status_of(addr, &long).await?, "431");
        let early = good.clone() + "\u{2}";
        assert_eq!(status_of(addr, &early).await?, "400");
    }
    Ok(())
}

async fn pages_of_other_origins_are_refused(which: Which) -> Result<()> {
    let block = " no_tls: true\n allowed_origins: [ \"https://app.test\", \"http://b.test:99\" ]";
    let mut broker = with_websocket(which, block, "")?;
    let addr = web_addr(&mut broker)?;
    for (origin, status) in [
        ("https://app.test", "101"),
        ("https://app.test:443", "101"),
        ("http://b.test:99", "101"),
        ("http://app.test", "403"),
        ("https://app.test.evil", "403"),
        ("null", "403"),
    ] {
        let request = upgrade_request(&format!("Origin: {origin}\r\n"));
        assert_eq!(status_of(addr, &request).await?, status, "{origin}");
    }
    let mut broker = with_websocket(which, " no_tls: true\n same_origin: true", "")?;
    let addr = web_addr(&mut broker)?;
    for (origin, status) in [("http://localhost", "101"), ("https://localhost", "403")] {
        let request = upgrade_request(&format!("Origin: {origin}\r\n"));
        assert_eq!(status_of(addr, &request).await?, status, "{origin}");
    }
    Ok(())
}

async fn headers_of_the_answer_and_ports_are_configured(which: Which) -> Result<()> {
    let block = " no_tls: true\n headers { \"X-Served-By\": \"me\" }";
    let mut broker = with_websocket(which, block, "ports_file_dir: \".\"")?;
    let addr = web_addr(&mut broker)?;
    let wire = WebWire::open(addr, "").await?;
    ensure!(
        wire.answer.contains("\r\nX-Served-By: me\r\n"),
        "{}",
        wire.answer
    );
    broker.daemon().wait_for_line("Server is ready", PATIENCE)?;
    let dir = broker.dir().to_owned();
    let text = tests::wait::eventually("a ports file", async || {
        let entries = std::fs::read_dir(&dir)?.flatten();
        let mut paths = entries.map(|entry| entry.path());
        let ports = paths.find(|path| path.extension().is_some_and(|it| it == "ports"));
        Ok(ports.and_then(|path| std::fs::read_to_string(path).ok()))
    });
    let ports: Value = serde_json::from_str(&text.await?)?;
    assert_eq!(ports["websocket"][0], format!("ws://{addr}"), "{ports}");
    Ok(())
}

/// Who begins and does not go on is not kept.
#[tokio::test]
async fn half_a_request_has_its_time() -> Result<()> {
    let block = " no_tls: true\n handshake_timeout: \"300ms\"";
    let mut broker = with_websocket(Which::Tidegate, block, "")?;
    let addr = web_addr(&mut broker)?;
    let request = upgrade_request("");
    let half = &request[..request.len() - 2];
    let stream = TcpStream::connect(addr).await?;
    WebWire::over(stream, half)
        .await
        .expect_err("no answer to half a request");
    logged_in(addr, "").await?;
    Ok(())
}
