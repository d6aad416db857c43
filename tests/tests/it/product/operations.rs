//! Work that goes on after its answer, when the process is killed in the middle of it.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::wait::eventually;
use tests::{Api, Tidegate, Wire};

use super::on_both_databases;

on_both_databases![a_kill_in_the_middle_loses_nothing_and_repeats_nothing];

const USERS: usize = 2_000;

fn done(operation: &Value) -> u64 {
    operation["progress"]["done"].as_u64().unwrap_or_default()
}

async fn took(api: &Api, id: &str) -> Result<Vec<Value>> {
    let mut all = Vec::new();
    loop {
        let path = format!("/api/v1/operations/{id}/credentials");
        let answer = api.ask("POST", &path, None).await?;
        if answer.status == 410 {
            return Ok(all);
        }
        let users = answer.body["data"].as_array();
        all.extend(users.context("users with credentials")?.clone());
    }
}

async fn a_kill_in_the_middle_loses_nothing_and_repeats_nothing(
    mut tidegate: Tidegate,
) -> Result<()> {
    let api = tidegate.api();
    api.make_account("acme").await?;
    let users = (0..USERS).map(|n| json!({ "name": format!("u-{n:05}") }));
    let body = json!({ "users": users.collect::<Vec<_>>() });
    let accepted = api.post("/accounts/acme/user-batches", &body).await?;
    let id = accepted["id"].as_str().context("an operation")?.to_owned();
    let path = format!("/operations/{id}");
    eventually("some of them to be made", async || {
        let operation = api.get(&path).await?;
        Ok((done(&operation) > 0).then_some(()))
    })
    .await?;
    tidegate.kill_and_restart().await?;
    let api = tidegate.api();
    let operation = eventually("all of them to be made", async || {
        let operation = api.get(&path).await?;
        Ok(operation["finished_at"].is_string().then_some(operation))
    })
    .await?;
    assert_eq!(operation["state"], "succeeded", "{operation}");
    assert_eq!(done(&operation), USERS as u64);
    let taken = took(&api, &id).await?;
    let names: BTreeSet<&str> = taken.iter().filter_map(|it| it["name"].as_str()).collect();
    assert_eq!((taken.len(), names.len()), (USERS, USERS));
    for user in [&taken[0], &taken[USERS - 1]] {
        let creds = user["creds"].as_str().context("a creds file")?;
        let user = tests::mint::User::from_creds(creds)?;
        assert_eq!(Wire::try_login(tidegate.nats(), &user).await?, Ok(()));
    }
    let page = api.get("/accounts/acme/users?total=true&limit=1").await?;
    assert_eq!(page["total"], USERS);
    Ok(())
}
