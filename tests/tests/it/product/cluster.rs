//! `tidegate serve` without a broker of its own: it drives one that runs elsewhere.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::wait::eventually;
use tests::{Broker, Tidegate, Which, Wire};

use crate::both::on_both;

on_both![an_installation_moves_to_a_server_that_runs_elsewhere];

/// What was made with the broker inside is there on the one elsewhere, old credentials included,
/// and so is what is made from then on.
async fn an_installation_moves_to_a_server_that_runs_elsewhere(which: Which) -> Result<()> {
    let mut tidegate = Tidegate::serve().await?;
    let api = tidegate.api();
    api.make_account("acme").await?;
    let before = api.make_user("acme", "before").await?.user()?;
    let conf = api.get("/engines/nats-server.conf").await?;
    let conf = conf.as_str().context("a configuration in plain text")?;
    let creds = api.post("/system/creds", &json!({})).await?;
    let creds = creds["creds"].as_str().context("a creds file")?;
    let creds_file = tidegate.data("system.creds");
    fs::write(&creds_file, creds)?;
    tidegate.stop()?;

    let accounts = tempfile::tempdir()?;
    let conf = conf.replace("./accounts", &accounts.path().display().to_string());
    let broker = Broker::start(which, &conf)?;
    let file = tidegate.data("serve.conf");
    fs::write(
        &file,
        format!(
            "admin_api {{ system: \"{}\", creds: \"{}\" }}\n",
            broker.url(),
            creds_file.display()
        ),
    )?;
    tidegate
        .start_again_with(&["--config", &file.display().to_string()])
        .await?;
    tidegate.is_ready().await?;
    assert_eq!(tidegate.nats(), broker.addr());
    let api = tidegate.api();
    let behind = api.ask("GET", "/api/v1/engines/local", None).await?;
    assert_eq!(
        behind.body["connected"], false,
        "that broker does not run any more"
    );
    let engines = api.get("/engines").await?;
    let engines = engines["data"].as_array().context("a list")?;
    let has_creds = |engine: &&Value| engine["has_creds"] == true;
    assert_eq!(engines.iter().filter(has_creds).count(), 1, "{engines:?}");
    let forgotten = api.ask("DELETE", "/api/v1/engines/local", None).await?;
    assert_eq!(forgotten.status, 204);
    eventually("the account to be live", async || {
        let account = api.get("/accounts/acme").await?;
        Ok((account["live"] == json!(true)).then_some(()))
    })
    .await?;
    Wire::login(broker.addr(), &before).await?;
    let after = api.make_user("acme", "after").await?;
    let mut wire = Wire::login(broker.addr(), &after.user()?).await?;
    let gone = api
        .ask("DELETE", "/api/v1/accounts/acme/users/after", None)
        .await?;
    assert_eq!(gone.body["live"], true);
    let errors = wire.errors_until_closed().await?;
    assert_eq!(errors, ["User Authentication Revoked"]);
    tidegate.stop()
}
