//! The audit trail and the events from the command line.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
use tests::wait::eventually;
use tests::{Daemon, Tidegate, paths};

use super::on_both_databases;

on_both_databases![events_are_followed_until_the_key_is_revoked];

#[tokio::test]
async fn a_changed_trail_is_found_by_a_command() -> Result<()> {
    let tidegate = Tidegate::serve().await?;
    let cli = tidegate.cli()?;
    cli.ok("account create acme").await?;
    cli.ok("user create ada -a acme --out ada.creds").await?;
    let verdict = cli.json("audit verify").await?;
    assert_eq!(verdict["intact"], true, "{verdict}");
    let heads = cli.json("audit heads").await?;
    cli.write("heads.json", &json!({ "heads": heads }).to_string())?;
    cli.ok("audit verify -f heads.json").await?;
    let lines = cli.ok("audit ndjson").await?;
    let last: Value = serde_json::from_str(lines.lines().next().context("a line")?)?;
    assert_eq!(last["action"], "user.create");
    assert!(cli.ok("audit csv").await?.starts_with("\"id\","));

    let url = format!("sqlite:{}", tidegate.data("tidegate.db").display());
    let mut database = SqliteConnection::connect(&url).await?;
    for (verb, what) in [
        ("DROP", "TRIGGER audit_keeps_rows"),
        (
            "UPDATE",
            "audit SET after = NULL WHERE action = 'user.create'",
        ),
    ] {
        let sql = AssertSqlSafe([verb, what].join(" "));
        sqlx::query(sql).execute(&mut database).await?;
    }
    let said = cli.run("audit verify").await?;
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.out.contains("was changed"), "{said:?}");
    assert!(said.err.contains("not intact"), "{said:?}");
    Ok(())
}

async fn events_are_followed_until_the_key_is_revoked(tidegate: Tidegate) -> Result<()> {
    let cli = tidegate.cli()?;
    cli.ok("account create acme").await?;
    let key = cli.json("key create follower --account acme").await?;
    let home = tempfile::tempdir()?;
    let token = home.path().join("token");
    std::fs::write(&token, key["token"].as_str().context("a token")?)?;
    let mut command = Command::new(paths::tidegate()?);
    command.args(["event", "stream", "--url", &tidegate.http_url()]);
    command
        .arg("--token-file")
        .arg(&token)
        .env("HOME", home.path());
    let mut follower = Daemon::spawn("event stream", command)?;
    let mut made = 0;
    eventually("an event is printed", async || {
        made += 1;
        cli.ok(&format!("user create u{made} -a acme --out {made}.creds"))
            .await?;
        Ok(follower.output().contains("user.create").then_some(()))
    })
    .await?;
    let id = key["id"].as_str().context("an id")?;
    cli.ok(&format!("key delete {id}")).await?;
    let status = follower.wait_exit(Duration::from_secs(10))?;
    let said = follower.output();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("the stream has ended"), "{said}");
    Ok(())
}
