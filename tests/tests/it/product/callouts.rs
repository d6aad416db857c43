//! An auth callout that is set over the API, with a stock service, on the product's own broker.

use std::fs;

use accounts::{CurveKeyPair, KeyKind, KeyPair};
use anyhow::{Context, Result, ensure};
use async_nats::{Client, ConnectError, ConnectOptions};
use serde_json::json;
use tests::wait::eventually;
use tests::{Tidegate, scripts};

use super::on_both_databases;

on_both_databases![a_stock_service_decides_who_comes_in];

async fn enter(tidegate: &Tidegate, creds: &str, password: &str) -> Result<Client, ConnectError> {
    let options = ConnectOptions::with_credentials(creds)?;
    let options = options.user_and_password("dlc".into(), password.into());
    options.max_reconnects(1).connect(tidegate.nats_url()).await
}

async fn a_stock_service_decides_who_comes_in(tidegate: Tidegate) -> Result<()> {
    let api = tidegate.api();
    let acme = api.make_account("acme").await?;
    let key = acme["public_key"].as_str().context("a key")?.to_owned();
    let auth = api.make_user("acme", "auth").await?;
    let door = api.make_user("acme", "door").await?;
    let signing = KeyPair::from_entropy(KeyKind::Account, [5; 32]);
    let curve = CurveKeyPair::from_entropy([6; 32]);
    let early = enter(&tidegate, &door.creds, "wrong").await?;
    let callout = json!({ "auth_users": ["auth"], "xkey": curve.public().to_string(),
        "signing_keys": [signing.public().to_string()] });
    let path = "/api/v1/accounts/acme/auth-callout";
    let set = api.ask("PUT", path, Some(&callout)).await?;
    ensure!(set.status == 200 && set.body["live"] == true, "{set:?}");
    eventually("who was not asked about to go", async || {
        let state = early.connection_state();
        Ok((state != async_nats::connection::State::Connected).then_some(()))
    })
    .await?;
    ensure!(
        enter(&tidegate, &door.creds, "right").await.is_err(),
        "nobody answers yet"
    );

    let creds = tidegate.data("auth.creds");
    fs::write(&creds, &auth.creds)?;
    let service = tokio::spawn({
        let (url, creds) = (tidegate.nats_url(), creds.display().to_string());
        let (seed, curve) = (signing.seed().to_string(), curve.seed().to_string());
        async move { scripts::node("callout.mjs", &[&url, &creds, &seed, &curve, &key]).await }
    });
    eventually("the service to answer", async || {
        ensure!(!service.is_finished(), "it ended");
        Ok(enter(&tidegate, &door.creds, "right").await.ok())
    })
    .await?;
    let refused = enter(&tidegate, &door.creds, "wrong").await;
    ensure!(refused.is_err(), "let in with the wrong password");
    let said = service.await??;
    ensure!(said.contains("all as expected"), "{said}");
    Ok(())
}
