//! Backups: out of one database and into the other, with every credential still good.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use anyhow::{Context, Result};
use serde_json::json;
use tempfile::TempDir;
use tests::wait::eventually;
use tests::{Cli, Postgres, Tidegate};

use super::TwoTenants;
use super::clients::{arrived, connect, next};

const PASSPHRASE: &str = "correct horse battery staple";

/// A data directory that has nothing but the vault key of another one.
fn moved_key(from: &Tidegate) -> Result<TempDir> {
    let data = tempfile::tempdir()?;
    let key = data.path().join("vault.key");
    fs::copy(from.data("vault.key"), &key)?;
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600))?;
    Ok(data)
}

async fn back_up(cli: Cli) -> Result<Cli> {
    cli.write("pass", PASSPHRASE)?;
    let said = cli.ok("backup all.age --passphrase-file pass").await?;
    assert!(said.contains("The vault key is not in it"), "{said}");
    let file = fs::read(cli.home("all.age"))?;
    assert!(file.starts_with(b"age-encryption.org/v1"), "an age file");
    assert_eq!(
        fs::metadata(cli.home("all.age"))?.permissions().mode() & 0o777,
        0o600
    );
    Ok(cli)
}

/// Both tenants are connected, and what is shared flows.
async fn works(tidegate: &Tidegate, tenants: &TwoTenants) -> Result<()> {
    let globex = connect(&tidegate.nats_url(), &tenants.globex.creds).await?;
    let acme = connect(&tidegate.nats_url(), &tenants.acme.creds).await?;
    let mut heard = globex.subscribe("acme.*").await?;
    // The server has the subscription when it has answered something that came later.
    arrived(&globex, &mut heard).await?;
    acme.publish("orders.eu", "x".into()).await?;
    acme.flush().await?;
    assert_eq!(next(&mut heard).await?.subject.as_str(), "acme.eu");
    Ok(())
}

#[tokio::test]
async fn an_installation_moves_to_postgresql_and_back() -> Result<()> {
    let mut first = Tidegate::serve().await?;
    let api = first.api();
    let tenants = TwoTenants::make(&api).await?;
    api.export("acme", "stream", "orders.*").await?;
    api.import("globex", "acme", "stream", "orders.*", Some("acme.*"))
        .await?;
    let key = api
        .post("/api-keys", &serde_json::json!({ "name": "robot" }))
        .await?;
    let key = key["token"].as_str().context("a token")?.to_owned();
    // The engine that is told what happens stays behind.
    api.post("/event-feed", &serde_json::json!({})).await?;
    let users = api.get("/accounts/acme/users").await?;
    let cli = back_up(first.cli()?).await?;
    first.stop()?;

    let database = Postgres::start()?;
    let data = moved_key(&first)?;
    let shown = data.path().display();
    let url = database.url();
    let restore = format!("restore all.age --passphrase-file pass --data {shown}");
    let said = cli.ok(&format!("{restore} --database-url {url}")).await?;
    assert!(said.starts_with("restored "), "{said}");
    let again = cli
        .run(&format!("{restore} --database-url {url}"))
        .await?
        .refused()?;
    assert!(again.contains("the database is not empty"), "{again}");
    let mut second = Tidegate::serve_in(data, &["--database-url", &url]).await?;
    works(&second, &tenants).await?;
    let moved = second.api().with_token(&key);
    assert_eq!(moved.get("/accounts/acme/users").await?, users);
    assert_eq!(moved.get("/system").await?["database"], "postgresql");
    moved.make_user("acme", "made-after-the-move").await?;
    // The first admin token was not part of the backup; the key was.
    let cli = Cli::remote()?;
    let add = format!("context add second --url {}", second.http_url());
    cli.run_with(&add, &key).await?.fine()?;
    let cli = back_up(cli).await?;
    second.stop()?;

    let data = moved_key(&second)?;
    let shown = data.path().display();
    cli.ok(&format!(
        "restore all.age --passphrase-file pass --data {shown}"
    ))
    .await?;
    let third = Tidegate::serve_in(data, &[]).await?;
    works(&third, &tenants).await?;
    let users = third
        .api()
        .with_token(&key)
        .get("/accounts/acme/users")
        .await?;
    assert_eq!(users["data"].as_array().map(Vec::len), Some(2));
    Ok(())
}

#[tokio::test]
async fn a_backup_that_was_made_after_the_answer_is_taken_once_and_restored() -> Result<()> {
    let mut tidegate = Tidegate::serve().await?;
    let api = tidegate.api();
    let tenants = TwoTenants::make(&api).await?;
    api.export("acme", "stream", "orders.*").await?;
    api.import("globex", "acme", "stream", "orders.*", Some("acme.*"))
        .await?;
    let begun = api
        .begin("/backup", &json!({ "passphrase": PASSPHRASE }))
        .await?;
    let id = begun["id"].as_str().context("an operation")?;
    let cli = tidegate.cli()?;
    let made = eventually("the backup to be made", async || {
        let operation = cli.json(&format!("operation get {id}")).await?;
        Ok(operation["finished_at"].is_string().then_some(operation))
    })
    .await?;
    assert_eq!(made["state"], "succeeded", "{made}");
    let odd = cli.run("backup odd.age --operation ../x").await?;
    let odd = odd.refused()?;
    assert!(odd.contains("no operation's id"), "{odd}");
    let said = cli.ok(&format!("backup all.age --operation {id}")).await?;
    assert!(said.contains("The vault key is not in it"), "{said}");
    let file = fs::metadata(cli.home("all.age"))?;
    assert_eq!(json!(file.len()), made["result"]["bytes"]);
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    let again = cli
        .run(&format!("backup again.age --operation {id}"))
        .await?;
    let again = again.refused()?;
    assert!(
        again.contains("result_gone") || again.contains("gone"),
        "{again}"
    );
    assert!(!cli.home("again.age").exists() && !cli.home("odd.age").exists());
    tidegate.stop()?;

    cli.write("pass", PASSPHRASE)?;
    let data = moved_key(&tidegate)?;
    let shown = data.path().display();
    let restore = format!("restore all.age --passphrase-file pass --data {shown}");
    assert!(cli.ok(&restore).await?.starts_with("restored "));
    let restored = Tidegate::serve_in(data, &[]).await?;
    works(&restored, &tenants).await
}

#[tokio::test]
async fn what_cannot_be_restored_changes_nothing_and_says_why() -> Result<()> {
    let mut tidegate = Tidegate::serve().await?;
    let cli = back_up(tidegate.cli()?).await?;
    let short = cli.run_with("backup b.age", "").await?.refused()?;
    assert!(short.contains("say who can open it"), "{short}");
    assert!(!cli.home("b.age").exists());
    cli.write("short", "123")?;
    let short = cli
        .run("backup b.age --passphrase-file short")
        .await?
        .refused()?;
    assert!(short.contains("12 characters"), "{short}");
    assert!(!cli.home("b.age").exists());
    tidegate.stop()?;

    let whole = fs::read(cli.home("all.age"))?;
    fs::write(cli.home("cut.age"), &whole[..whole.len() - 40])?;
    cli.write("wrong", "quite another passphrase")?;
    let data = moved_key(&tidegate)?;
    let shown = data.path().display().to_string();
    for (file, pass, reason) in [
        ("all.age", "wrong", "the backup does not open"),
        ("cut.age", "pass", "read the backup"),
        ("pass", "pass", "the backup does not open"),
        ("none.age", "pass", "open none.age"),
    ] {
        let line = format!("restore {file} --passphrase-file {pass} --data {shown}");
        let said = cli.run(&line).await?.refused()?;
        assert!(said.contains(reason), "{file}, {pass}: {said}");
    }
    let empty = tempfile::tempdir()?;
    let line = format!(
        "restore all.age --passphrase-file pass --data {}",
        empty.path().display()
    );
    let said = cli.run(&line).await?.refused()?;
    assert!(said.contains("there is no vault key file"), "{said}");
    // After all that it still can be.
    cli.ok(&format!(
        "restore all.age --passphrase-file pass --data {shown}"
    ))
    .await?;
    Ok(())
}

#[tokio::test]
async fn a_backup_can_be_for_a_key_alone() -> Result<()> {
    let tidegate = Tidegate::serve().await?;
    let cli = tidegate.cli()?;
    let refused = cli
        .run("backup b.age --recipient age1nonsense")
        .await?
        .refused()?;
    assert!(refused.contains("no age public key"), "{refused}");
    let identity = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
    let recipient = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
    cli.ok(&format!("backup b.age --recipient {recipient}"))
        .await?;
    cli.write("key", &format!("# made by age-keygen\n{identity}\n"))?;
    let data = moved_key(&tidegate)?;
    cli.ok(&format!(
        "restore b.age --identity key --data {}",
        data.path().display()
    ))
    .await?;
    Ok(())
}
