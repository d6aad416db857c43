//! Events over NATS with a stock client, as the docs show it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tests::{Daemon, Tidegate, paths};

use super::on_both_databases;

on_both_databases![the_example_of_the_docs_hears_what_happens];

const WITHIN: Duration = Duration::from_secs(60);

async fn the_example_of_the_docs_hears_what_happens(mut tidegate: Tidegate) -> Result<()> {
    let docs = fs::read_to_string(paths::root().join("docs/trail.md"))?;
    let example = docs
        .split("```js\n")
        .nth(1)
        .context("docs/trail.md has no example")?;
    let example = example.split("\n```").next().unwrap_or_default();
    let dir = tempfile::tempdir()?;
    fs::write(dir.path().join("follow.mjs"), example)?;
    let modules = paths::root().join("tests/clients/node_modules");
    symlink(modules, dir.path().join("node_modules"))?;

    let api = tidegate.api();
    api.make_account("acme").await?;
    api.make_account("globex").await?;
    let wanted = json!({ "event_feed": { "events": true, "audit": true } });
    api.patch("/accounts/acme/settings", &wanted).await?;
    let keeper = api.make_user("acme", "keeper").await?;
    fs::write(dir.path().join("acme.creds"), &keeper.creds)?;
    let mut follower = follow(dir.path(), &tidegate)?;
    let other = api.make_user("globex", "other").await?;
    let ada = api.make_user("acme", "ada").await?;
    let line = follower.wait_for_line(&ada.id, WITHIN)?;
    ensure!(line.contains("$CP.events.user.create"), "{line}");
    ensure!(line.contains("evt_"), "{line}");
    ensure!(
        !follower.output().contains(&other.id),
        "{}",
        follower.output()
    );

    tidegate.kill_and_restart().await?;
    let mut follower = follow(dir.path(), &tidegate)?;
    let eve = tidegate.api().make_user("acme", "eve").await?;
    follower.wait_for_line(&eve.id, WITHIN)?;
    Ok(())
}

fn follow(dir: &Path, tidegate: &Tidegate) -> Result<Daemon> {
    let mut command = Command::new("node");
    command
        .current_dir(dir)
        .args(["follow.mjs", &tidegate.nats_url(), "acme.creds"]);
    let mut follower = Daemon::spawn("follow.mjs", command)?;
    follower.wait_for_line("listening", WITHIN)?;
    Ok(follower)
}
