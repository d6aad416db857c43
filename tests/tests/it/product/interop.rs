//! Our credentials on a real nats-server, and an independent library's credentials on ours.

use std::fs;

use accounts::creds;
use anyhow::{Context, Result};
use serde_json::Value;
use tests::mint::User;
use tests::wait::eventually;
use tests::{Broker, Frame, Tidegate, Which, Wire, scripts};

use super::{TwoTenants, on_both_databases};
use crate::both::on_both;

on_both_databases![a_real_nats_server_takes_our_operator_accounts_and_creds];

async fn a_real_nats_server_takes_our_operator_accounts_and_creds(
    tidegate: Tidegate,
) -> Result<()> {
    let api = tidegate.api();
    let tenants = TwoTenants::make(&api).await?;
    api.export("acme", "stream", "orders.*").await?;
    api.import("globex", "acme", "stream", "orders.*", Some("acme.*"))
        .await?;
    let config = api.get("/system/nats-server.conf").await?;
    let config = config.as_str().context("a config file in plain text")?;
    let real = Broker::start(Which::NatsServer, config)?;

    let mut acme = Wire::login(real.addr(), &tenants.acme.user()?).await?;
    let mut globex = Wire::login(real.addr(), &tenants.globex.user()?).await?;
    globex.subscribe(">", "1").await?;
    acme.publish("orders.eu", "shared").await?;
    acme.publish("stock.eu", "not shared").await?;
    acme.sync().await?;
    assert_eq!(
        globex.messages().await?,
        [("acme.eu".to_owned(), "shared".to_owned())]
    );

    // They listen to everything, and would answer for "nobody".
    drop((acme, globex));
    let (acme, globex) = tenants.files(&tidegate)?;
    let (acme, globex) = (acme.display().to_string(), globex.display().to_string());
    let said = scripts::python("scenario.py", &[&real.url(), &acme, &globex]).await?;
    assert!(said.contains("all as expected"), "{said}");
    Ok(())
}

on_both![
    tokens_of_the_npm_library_are_taken,
    tokens_of_the_pypi_library_are_taken,
    accounts_of_the_npm_library_can_be_pushed,
    accounts_of_the_pypi_library_can_be_pushed,
];

async fn tokens_of_the_npm_library_are_taken(which: Which) -> Result<()> {
    tokens_are_taken(which, Minted::with_npm().await?).await
}

async fn tokens_of_the_pypi_library_are_taken(which: Which) -> Result<()> {
    tokens_are_taken(which, Minted::with_pypi().await?).await
}

async fn accounts_of_the_npm_library_can_be_pushed(which: Which) -> Result<()> {
    accounts_can_be_pushed(which, Minted::with_npm().await?).await
}

async fn accounts_of_the_pypi_library_can_be_pushed(which: Which) -> Result<()> {
    accounts_can_be_pushed(which, Minted::with_pypi().await?).await
}

/// What `mint.mjs` or `mint.py` printed.
struct Minted(Value);

impl Minted {
    async fn with_npm() -> Result<Self> {
        let printed = scripts::node("mint.mjs", &[]).await?;
        Ok(Self(serde_json::from_str(&printed)?))
    }

    async fn with_pypi() -> Result<Self> {
        let printed = scripts::python("mint.py", &[]).await?;
        Ok(Self(serde_json::from_str(&printed)?))
    }

    fn text(&self, name: &str) -> Result<&str> {
        self.0[name]
            .as_str()
            .with_context(|| format!("no {name} was minted"))
    }

    fn user(&self, name: &str) -> Result<User> {
        User::from_creds(self.text(name)?)
    }

    /// A server of the minted operator that knows the system account, and `more` beside it.
    fn config(&self, resolver: &str, more: &str) -> Result<String> {
        Ok(format!(
            "operator: {}\nsystem_account: {}\nresolver: {resolver}\n\
             resolver_preload: {{\n{}: {}\n{more}\n}}\n",
            self.text("operator")?,
            self.text("system")?,
            self.text("system")?,
            self.text("systemJwt")?,
        ))
    }
}

async fn tokens_are_taken(which: Which, minted: Minted) -> Result<()> {
    let account = format!(
        "{}: {}",
        minted.text("account")?,
        minted.text("accountJwt")?
    );
    let broker = Broker::start(which, &minted.config("MEMORY", &account)?)?;
    assert_eq!(
        creds::parse(minted.text("creds")?)?.jwt,
        minted.user("creds")?.jwt
    );
    let mut listener = Wire::login(broker.addr(), &minted.user("creds")?).await?;
    listener.subscribe(">", "1").await?;
    let mut signed = Wire::login(broker.addr(), &minted.user("signedCreds")?).await?;
    signed.publish("by.signing.key", "x").await?;
    signed.sync().await?;
    let mut denied = Wire::login(broker.addr(), &minted.user("deniedCreds")?).await?;
    denied.publish("secret.a", "no").await?;
    denied.publish("open.a", "yes").await?;
    let violation = "Permissions Violation for Publish to \"secret.a\"";
    assert_eq!(denied.sync().await?, [Frame::Error(violation.to_owned())]);
    let subjects: Vec<String> = listener
        .messages()
        .await?
        .into_iter()
        .map(|(subject, _)| subject)
        .collect();
    assert_eq!(subjects, ["by.signing.key", "open.a"]);
    Ok(())
}

async fn accounts_can_be_pushed(which: Which, minted: Minted) -> Result<()> {
    let broker = Broker::start(which, &minted.config("{ type: full, dir: \"jwt\" }", "")?)?;
    let user = minted.user("creds")?;
    assert!(Wire::try_login(broker.addr(), &user).await?.is_err());
    let mut pusher = Wire::login(broker.addr(), &minted.user("systemCreds")?).await?;
    pusher.subscribe("_INBOX.push", "1").await?;
    pusher
        .request(
            "$SYS.REQ.CLAIMS.UPDATE",
            "_INBOX.push",
            minted.text("accountJwt")?,
        )
        .await?;
    let answer: Value = serde_json::from_slice(&pusher.message().await?.payload)?;
    assert_eq!(answer["data"]["code"], 200, "{answer}");
    assert_eq!(Wire::try_login(broker.addr(), &user).await?, Ok(()));
    Ok(())
}

/// The stored files of the embedded broker are a resolver directory like any other.
#[tokio::test]
async fn our_resolver_directory_serves_a_real_nats_server() -> Result<()> {
    let mut tidegate = Tidegate::serve().await?;
    let tenants = TwoTenants::make(&tidegate.api()).await?;
    tidegate.stop()?;
    let dir = tempfile::tempdir()?;
    for entry in fs::read_dir(tidegate.data("broker/accounts"))?.flatten() {
        if entry
            .path()
            .extension()
            .is_some_and(|extension| extension == "jwt")
        {
            fs::copy(entry.path(), dir.path().join(entry.file_name()))?;
        }
    }
    let operator = fs::read_to_string(tidegate.data("broker/operator.jwt"))?;
    let config = format!(
        "operator: {}\nresolver: {{ type: full, dir: \"{}\" }}\n",
        operator.trim(),
        dir.path().display()
    );
    let real = Broker::start(Which::NatsServer, &config)?;
    let user = tenants.acme.user()?;
    eventually("the login", async || {
        Ok(Wire::try_login(real.addr(), &user).await?.ok())
    })
    .await
}
