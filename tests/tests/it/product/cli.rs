//! The command line against a running server: everything over the API, nothing in a local store.

use std::path::Path;

use anyhow::{Context, Result};
use tests::{Cli, Tidegate};

use super::clients::{connect, next};

#[tokio::test]
async fn tenants_are_made_shared_and_removed_by_commands() -> Result<()> {
    let tidegate = Tidegate::serve().await?;
    let cli = tidegate.cli()?;
    let made = cli.json("account create acme").await?;
    assert_eq!(
        (&made["slug"], &made["live"]),
        (&"acme".into(), &true.into())
    );
    cli.ok("account add globex --limits.connections 10 --limits.bearer-users=false")
        .await?;
    let shown = cli.json("account show globex").await?;
    assert_eq!(shown["limits"]["connections"], 10);
    assert_eq!(shown["limits"]["bearer_users"], false);
    let table = cli.ok("account ls").await?;
    let names: Vec<&str> = table
        .lines()
        .filter_map(|it| it.split_whitespace().next())
        .collect();
    assert_eq!(names, ["NAME", "acme", "globex"]);

    cli.ok("user create orders -a acme --allow-pub orders.> --allow-pub _INBOX.> --out o.creds")
        .await?;
    let (creds, mode) = cli.read(Path::new("o.creds"))?;
    assert_eq!(mode, 0o600);
    let taken = cli
        .run("user create other -a acme --out o.creds")
        .await?
        .refused()?;
    assert!(taken.contains("o.creds"), "{taken}");
    let users = cli.json("user list -a acme").await?;
    assert_eq!(
        users.as_array().map(Vec::len),
        Some(1),
        "nobody was made: {users}"
    );
    assert_eq!(users[0]["permissions"]["publish"]["allow"][0], "orders.>");

    cli.ok("export create -a acme --subject orders.> --kind stream --visibility public")
        .await?;
    cli.ok("import create -a globex --from acme --subject orders.> --kind stream")
        .await?;
    let shop = cli.json("user create shop -a globex").await?;
    let shop = connect(
        &tidegate.nats_url(),
        shop["creds"].as_str().context("creds")?,
    )
    .await?;
    let mut heard = shop.subscribe("orders.>").await?;
    shop.flush().await?;
    let orders = connect(&tidegate.nats_url(), &creds).await?;
    let publish = async || -> Result<()> {
        orders.publish("orders.eu", "x".into()).await?;
        Ok(orders.flush().await?)
    };
    tests::wait::eventually("the import works", async || {
        publish().await?;
        Ok(next(&mut heard).await.ok())
    })
    .await?;
    cli.ok("account rm globex").await?;
    let gone = cli.run("account get globex").await?.refused()?;
    assert!(
        gone.contains("There is no such thing (404 not_found)"),
        "{gone}"
    );
    let trail = cli.ok("audit list").await?;
    assert!(trail.contains("account.delete"), "{trail}");
    Ok(())
}

#[tokio::test]
async fn mistakes_are_told_with_their_place() -> Result<()> {
    let tidegate = Tidegate::serve().await?;
    let cli = tidegate.cli()?;
    let refused = cli.run("account create ***").await?.refused()?;
    assert!(refused.contains("(422 invalid)"), "{refused}");
    assert!(refused.contains("/slug: "), "{refused}");
    let refused = cli.run("user ls").await?.refused()?;
    assert!(refused.contains("say which account"), "{refused}");
    for line in [
        "account fly",
        "nothing",
        "account create",
        "user ls --limit many",
    ] {
        let said = cli.run(line).await?;
        assert_eq!(said.code, Some(2), "{line}: {said:?}");
        assert!(said.err.contains("error: "), "{line}: {said:?}");
    }
    let help = cli.run("user create --help").await?.fine()?;
    assert!(help.contains("--permissions.publish.allow"), "{help}");
    Ok(())
}

#[tokio::test]
async fn bodies_come_from_files_too_and_answers_in_yaml() -> Result<()> {
    let tidegate = Tidegate::serve().await?;
    let cli = tidegate.cli()?;
    cli.write(
        "acme.yaml",
        "name: Acme Inc.\nslug: acme\nlimits:\n  connections: 5\n",
    )?;
    cli.ok("account create -f acme.yaml --limits.payload-bytes 1024")
        .await?;
    let shown = cli.ok("account get acme -o yaml").await?;
    for line in [
        "name: Acme Inc.",
        "  connections: 5",
        "  payload_bytes: 1024",
    ] {
        assert!(shown.lines().any(|it| it == line), "{line} in {shown}");
    }
    let made = cli
        .run_with("account create -f -", "{\"name\": \"beta\"}")
        .await?
        .fine()?;
    assert!(made.contains("beta"), "{made}");
    let config = cli.ok("system conf").await?;
    assert!(config.starts_with("operator: "), "{config}");
    Ok(())
}

#[tokio::test]
async fn contexts_remember_where_and_who() -> Result<()> {
    let tidegate = Tidegate::serve().await?;
    tidegate.api().make_account("acme").await?;
    tidegate.api().make_user("acme", "orders").await?;
    let cli = Cli::remote()?;
    let lost = cli.run("account ls").await?.refused()?;
    assert!(lost.contains("tidegate context add"), "{lost}");
    let url = tidegate.http_url();
    let add = format!("context add home --url {url}");
    cli.run_with(&add, tidegate.token()).await?.fine()?;
    let (file, mode) = cli.read(Path::new(".config/tidegate/contexts.json"))?;
    assert_eq!(mode, 0o600);
    assert!(file.contains(tidegate.token()));
    assert!(cli.ok("account ls").await?.contains("acme"));
    cli.ok("context use --account acme").await?;
    assert!(cli.ok("user ls").await?.contains("orders"));
    let listed = cli.ok("context ls").await?;
    assert!(
        listed.contains("home") && !listed.contains(tidegate.token()),
        "{listed}"
    );

    cli.run_with(&format!("context add other --url {url}"), "tg_svc_wrong")
        .await?
        .fine()?;
    let refused = cli.run("account ls").await?.refused()?;
    assert!(refused.contains("(401 unauthorized)"), "{refused}");
    assert!(cli.ok("account ls --context home").await?.contains("acme"));
    let open = cli
        .run_with("context add far --url http://192.0.2.1:8080", "x")
        .await?
        .refused()?;
    assert!(open.contains("is not encrypted"), "{open}");
    cli.ok("context rm other").await?;
    let none = cli.run("account ls --context other").await?.refused()?;
    assert!(none.contains("there are home"), "{none}");
    Ok(())
}

#[tokio::test]
async fn shells_can_complete_commands() -> Result<()> {
    let cli = Cli::remote()?;
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = cli.ok(&format!("completion {shell}")).await?;
        assert!(script.contains("account"), "{shell}: {script}");
        assert!(script.contains("permissions.publish.allow"), "{shell}");
    }
    Ok(())
}
