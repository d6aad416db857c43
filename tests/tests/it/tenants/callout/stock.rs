//! A stock client with a password, and a stock service that decides about it.

use std::fs;

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use tests::wait::eventually;
use tests::{Which, scripts};

use super::service::{World, curve_keys};
use crate::both::on_both;

on_both![a_password_is_enough];

async fn a_password_is_enough(which: Which) -> Result<()> {
    let mut world = World::new();
    let curve = curve_keys();
    world.auth.body.authorization.xkey = curve.public().to_string();
    let sentinel = format!("default_sentinel: {}\n", world.sentinel.jwt);
    let broker = world.broker_with(which, &[], &sentinel)?;
    let creds = broker.dir().join("service.creds");
    fs::write(&creds, world.answering.creds())?;
    let (url, account) = (broker.url(), world.auth.keys.seed().to_string());
    let service = tokio::spawn({
        let (url, creds) = (url.clone(), creds.display().to_string());
        async move { scripts::node("callout.mjs", &[&url, &creds, &account, &curve.seed()]).await }
    });
    let right = json!({"user": "dlc", "pass": "right"});
    eventually("the service to answer", async || {
        ensure!(!service.is_finished(), "it ended");
        Ok(world.enter(&broker, &right).await?.ok())
    })
    .await?;
    let said = scripts::python("password.py", &[&url]).await?;
    let said: Value = serde_json::from_str(&said)?;
    assert_eq!(said["user"], "dlc");
    assert_eq!(said["account"], world.auth.public().to_string());
    let said = service.await??;
    ensure!(said.contains("all as expected"), "{said}");
    Ok(())
}
