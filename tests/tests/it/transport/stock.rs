//! Stock clients over TLS: nats-py, the Node client and async-nats; and over WebSocket: nats-core
//! in Node and in a browser.

use anyhow::{Context, Result, ensure};
use futures_util::StreamExt;
use tests::wait::within;
use tests::{Broker, Certs, Which, scripts};

use super::websocket::{web_addr, with_websocket};
use crate::both::on_both;

on_both![
    nats_py,
    node,
    async_nats_,
    nats_core_over_websocket,
    a_browser,
];

/// The same in both orders of handshake and INFO.
const ORDERS: [(&str, &str); 2] = [("", "info"), (" handshake_first: true", "first")];

async fn nats_py(which: Which) -> Result<()> {
    script(which, true).await
}

async fn node(which: Which) -> Result<()> {
    script(which, false).await
}

async fn script(which: Which, python: bool) -> Result<()> {
    let certs = Certs::new()?;
    let authority = certs.authority_file().display().to_string();
    for (setting, order) in ORDERS {
        let broker = Broker::start(which, &certs.block(setting))?;
        let url = format!("tls://localhost:{}", broker.addr().port());
        let arguments = [url.as_str(), &authority, order];
        let said = match python {
            true => scripts::python("tls.py", &arguments).await?,
            false => scripts::node("tls.mjs", &arguments).await?,
        };
        ensure!(said.contains("all as expected"), "{said}");
    }
    Ok(())
}

async fn async_nats_(which: Which) -> Result<()> {
    let certs = Certs::new()?;
    let own = certs.issue("own", &["client"])?;
    for (setting, order) in ORDERS {
        let block = certs.block(&format!(" verify: true\n{setting}"));
        let broker = Broker::start(which, &block)?;
        let mut options = async_nats::ConnectOptions::new()
            .add_root_certificates(certs.authority_file())
            .add_client_certificate(own.cert_file.clone(), own.key_file.clone())
            .require_tls(true);
        if order == "first" {
            options = options.tls_first();
        }
        let url = format!("tls://localhost:{}", broker.addr().port());
        let client = within("a login", options.connect(url))
            .await?
            .context("log in")?;
        let mut orders = client.subscribe("orders.*").await?;
        let payload = vec![9_u8; 300_000];
        client.publish("orders.new", payload.clone().into()).await?;
        let message = within("a message", orders.next())
            .await?
            .context("a message")?;
        assert_eq!(&message.payload[..], &payload[..]);
    }
    Ok(())
}

/// With and without compression, as far as the client does it.
const BLOCKS: [&str; 2] = [" no_tls: true", " no_tls: true\n compression: true"];

async fn nats_core_over_websocket(which: Which) -> Result<()> {
    for block in BLOCKS {
        let mut broker = with_websocket(which, block, "")?;
        let url = format!("ws://{}", web_addr(&mut broker)?);
        let mut command = tokio::process::Command::new("node");
        let script = tests::paths::root().join("tests/clients/wsconnect.mjs");
        command
            .args(["--experimental-websocket", "--no-warnings"])
            .arg(script)
            .arg(&url);
        let said = scripts::finish(command, "wsconnect.mjs").await?;
        ensure!(said.contains("all as expected"), "{said}");
    }
    Ok(())
}

async fn a_browser(which: Which) -> Result<()> {
    for block in BLOCKS {
        let mut broker = with_websocket(which, block, "")?;
        let url = format!("ws://{}", web_addr(&mut broker)?);
        let said = scripts::node("browser.mjs", &[&url]).await?;
        ensure!(said.contains("all as expected"), "{said}");
    }
    Ok(())
}
