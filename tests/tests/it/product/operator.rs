//! Another signing key for the operator while clients are connected, and with a process that is
//! killed in the middle.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, ensure};
use async_nats::{ConnectOptions, Event};
use serde_json::{Value, json};
use tests::wait::{eventually, within};
use tests::{Api, Tidegate};

use super::clients::{connect, next};
use super::{TwoTenants, on_both_databases};

on_both_databases![a_new_signing_key_drops_nobody];

async fn done(api: &Api) -> Result<Value> {
    eventually("the rotation is done", async || {
        let rotation = api.get("/operator/rotation").await?;
        ensure!(rotation["stage"] == "done", "{rotation}");
        Ok(Some(rotation))
    })
    .await
}

async fn a_new_signing_key_drops_nobody(mut tidegate: Tidegate) -> Result<()> {
    let api = tidegate.api();
    let tenants = TwoTenants::make(&api).await?;
    let (drops, url) = (Arc::new(AtomicUsize::new(0)), tidegate.nats_url());
    let counted = Arc::clone(&drops);
    let options = ConnectOptions::with_credentials(&tenants.acme.creds)?;
    let options = options.event_callback(move |event| {
        let counted = Arc::clone(&counted);
        async move {
            if matches!(event, Event::Disconnected | Event::Closed) {
                counted.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    let live = within("a login", options.connect(&url)).await??;
    let mut heard = live.subscribe("orders.*").await?;
    live.flush().await?;

    // The seed was taken away, and comes back with the command only.
    let cli = tidegate.cli()?;
    let seed = fs::read_to_string(tidegate.data("recovery/operator.seed"))?;
    fs::remove_file(tidegate.data("recovery/operator.seed"))?;
    cli.write("seed", &seed)?;
    let begun = cli.json("operator rotate --identity-seed @seed").await;
    let begun = match begun {
        Ok(begun) => begun,
        Err(_) => cli.json("operator rotate --identity-seed @seed").await?,
    };
    let during = api.make_user("acme", "during").await?;
    done(&api).await?;
    let after = api.make_user("acme", "after").await?;
    for user in [&tenants.acme, &during, &after] {
        let client = connect(&url, &user.creds).await?;
        client.publish("orders.eu", "x".into()).await?;
        client.flush().await?;
        ensure!(next(&mut heard).await?.subject.as_str() == "orders.eu");
    }
    ensure!(
        drops.load(Ordering::Relaxed) == 0,
        "nobody was disconnected"
    );
    let kept = fs::read_to_string(tidegate.data("broker/operator.jwt"))?;
    let operator = api.get("/operator").await?;
    ensure!(
        operator["operator_jwt"] == kept.trim(),
        "the next start trusts the same"
    );
    ensure!(operator["signing_keys"] == json!([begun["new_key"]]));

    // Killed at once: the next process goes on.
    let old = begun["new_key"].as_str().context("a key")?.to_owned();
    api.post("/operator/rotation", &json!({ "identity_seed": seed }))
        .await?;
    tidegate.kill_and_restart().await?;
    let api = tidegate.api();
    let rotation = done(&api).await?;
    ensure!(rotation["old_key"] == old.as_str(), "{rotation}");
    tidegate.kill_and_restart().await?;
    for user in [&tenants.acme, &tenants.globex, &during, &after] {
        connect(&tidegate.nats_url(), &user.creds).await?;
    }
    Ok(())
}
