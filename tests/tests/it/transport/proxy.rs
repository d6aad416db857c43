//! What a load balancer says about clients (`proxy_protocol: true`).

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tests::wait::within;
use tests::wire::secured;
use tests::{Broker, Certs, Frame, Which, Wire};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::both::on_both;

on_both![
    the_client_is_where_the_header_says,
    a_client_that_comes_by_itself_is_served,
    a_broken_header_is_the_end,
    tls_follows_the_header,
];

const HELLO: &str = "CONNECT {\"verbose\":false,\"pedantic\":false,\"protocol\":1}\r\nPING\r\n";

/// A header of version 2 for 192.0.2.7:4711, with something that is passed over at its end.
fn binary() -> Vec<u8> {
    let mut header = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x10".to_vec();
    header.extend([192, 0, 2, 7, 127, 0, 0, 1, 0x12, 0x67, 0x10, 0x7e]);
    header.extend([4, 0, 1, 0]);
    header
}

/// The address in the INFO that follows the first PING.
async fn address_of(wire: &mut Wire) -> Result<String> {
    wire.send(HELLO).await?;
    loop {
        if let Frame::Info(info) = wire.frame().await? {
            let ip = info["client_ip"].as_str().context("an address")?;
            return Ok(ip.to_owned());
        }
    }
}

async fn behind(addr: SocketAddr, header: &[u8]) -> Result<String> {
    let mut stream = TcpStream::connect(addr).await?;
    stream.write_all(header).await?;
    let mut wire = Wire::greeted(stream).await?;
    assert_eq!(wire.info().get("client_ip"), None, "not the balancer's own");
    address_of(&mut wire).await
}

async fn the_client_is_where_the_header_says(which: Which) -> Result<()> {
    let broker = Broker::start(which, "proxy_protocol: true")?;
    let v4 = b"PROXY TCP4 192.0.2.7 198.51.100.1 4711 4222\r\n";
    assert_eq!(behind(broker.addr(), v4).await?, "192.0.2.7");
    let v6 = b"PROXY TCP6 2001:db8::7 ::1 4711 4222\r\n";
    assert_eq!(behind(broker.addr(), v6).await?, "2001:db8::7");
    assert_eq!(behind(broker.addr(), &binary()).await?, "192.0.2.7");
    assert_eq!(
        behind(broker.addr(), b"PROXY UNKNOWN\r\n").await?,
        "127.0.0.1"
    );
    Ok(())
}

async fn a_client_that_comes_by_itself_is_served(which: Which) -> Result<()> {
    let broker = Broker::start(which, "proxy_protocol: true")?;
    let mut wire = Wire::open(broker.addr()).await?;
    // Its first bytes look like a header for a while.
    wire.send("P").await?;
    wire.send("UB a 0\r\n\r\n").await?;
    assert_eq!(address_of(&mut wire).await?, "127.0.0.1");
    Ok(())
}

async fn a_broken_header_is_the_end(which: Which) -> Result<()> {
    let broker = Broker::start(which, "proxy_protocol: true")?;
    let mut other = binary();
    other[12] = 0x11;
    let long = [&b"PROXY "[..], &[b'x'; 200]].concat();
    let headers: [&[u8]; 4] = [
        b"PROXY TCP4 192.0.2.7 198.51.100.1 4711\r\n",
        b"PROXY TCP4 2001:db8::7 ::1 4711 4222\r\n",
        &long,
        &other,
    ];
    for header in headers {
        let mut stream = TcpStream::connect(broker.addr()).await?;
        stream.write_all(header).await?;
        // It may be closed already.
        let _ = stream.write_all(HELLO.as_bytes()).await;
        let mut said = Vec::new();
        let _ = within("the end", stream.read_to_end(&mut said)).await?;
        let said = String::from_utf8_lossy(&said);
        ensure!(!said.contains("PONG"), "{said}");
    }
    Ok(())
}

async fn tls_follows_the_header(which: Which) -> Result<()> {
    let certs = Certs::new()?;
    let tls = certs.client(None)?;
    let broker = Broker::start(which, &(certs.block("") + "proxy_protocol: true"))?;
    let mut stream = TcpStream::connect(broker.addr()).await?;
    stream.write_all(&binary()).await?;
    let mut info = Vec::new();
    while !info.ends_with(b"\r\n") {
        info.push(within("INFO", stream.read_u8()).await??);
    }
    let info: Value = serde_json::from_slice(&info[5..])?;
    assert_eq!(info["tls_required"], true, "{info}");
    let stream = secured(stream, &tls, "localhost").await?;
    let mut wire = Wire::already_greeted(stream);
    assert_eq!(address_of(&mut wire).await?, "192.0.2.7");

    let block = certs.block(" handshake_first: true") + "proxy_protocol: true";
    let broker = Broker::start(which, &block)?;
    let mut stream = TcpStream::connect(broker.addr()).await?;
    stream.write_all(&binary()).await?;
    let mut wire = Wire::greeted(secured(stream, &tls, "localhost").await?).await?;
    assert_eq!(address_of(&mut wire).await?, "192.0.2.7");
    Ok(())
}
