//! An operator that independent libraries made, kept as nsc and nats-server keep it, comes in; and
//! everything goes out again, to where a real nats-server serves it.

use std::fs;
use std::path::Path;

use accounts::{KeyPair, UserBody, creds, jwt};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::mint::User;
use tests::wait::eventually;
use tests::{Broker, Cli, Frame, Postgres, Tidegate, Which, Wire, scripts};

use super::on_both_databases;

/// What `mint.mjs` or `mint.py` printed.
struct Minted(Value);

impl Minted {
    async fn with_npm() -> Result<Self> {
        Ok(Self(serde_json::from_str(
            &scripts::node("mint.mjs", &[]).await?,
        )?))
    }

    async fn with_pypi() -> Result<Self> {
        Ok(Self(serde_json::from_str(
            &scripts::python("mint.py", &[]).await?,
        )?))
    }

    fn text(&self, name: &str) -> &str {
        self.0[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name} was minted"))
    }

    fn user(&self, name: &str) -> Result<User> {
        User::from_creds(self.text(name))
    }

    fn has(&self, name: &str) -> bool {
        self.0[name].is_string()
    }

    /// The accounts, as (name, token, creds of its users).
    fn accounts(&self) -> Vec<(&str, &str, Vec<&str>)> {
        let of = |name, token, users: &[&'static str]| {
            let users = users.iter().filter(|user| self.has(user));
            (
                name,
                self.text(token),
                users.map(|user| self.text(user)).collect(),
            )
        };
        let mut accounts = vec![
            of("SYS", "systemJwt", &["systemCreds"]),
            of(
                "independent",
                "accountJwt",
                &["creds", "deniedCreds", "signedCreds"],
            ),
        ];
        if self.has("rich") {
            let users = ["sensorCreds", "richCreds", "revokedCreds"];
            accounts.push(of("Rich Account", "richJwt", &users));
            accounts.push(of("taker", "takerJwt", &["takerCreds"]));
        }
        accounts
    }

    /// Lays it down as nsc does: tokens in `stores`, seeds in `keys`.
    fn write_nsc(&self, dir: &Path, seeds: &[&str]) -> Result<()> {
        let put = |path: std::path::PathBuf, text: &str| -> Result<()> {
            fs::create_dir_all(path.parent().context("a folder")?)?;
            Ok(fs::write(path, text)?)
        };
        let store = dir.join("stores/independent");
        put(
            store.join(".nsc"),
            "{\"name\":\"independent\",\"kind\":\"operator\"}",
        )?;
        put(store.join("independent.jwt"), self.text("operator"))?;
        for (name, token, users) in self.accounts() {
            let folder = store.join("accounts").join(name);
            put(folder.join(format!("{name}.jwt")), token)?;
            for text in users {
                let token = creds::parse(text)?.jwt;
                let user = jwt::decode::<UserBody>(&token)?.name;
                put(folder.join("users").join(format!("{user}.jwt")), &token)?;
            }
        }
        for name in seeds.iter().filter(|name| self.has(name)) {
            let seed = self.text(name);
            let key = KeyPair::from_seed(seed)?.public().to_string();
            let folder = dir.join("keys/keys").join(&key[..1]).join(&key[1..3]);
            put(folder.join(format!("{key}.nk")), seed)?;
        }
        Ok(())
    }
}

const ALL_SEEDS: [&str; 7] = [
    "operatorSeed",
    "systemSeed",
    "accountSeed",
    "signerSeed",
    "richSeed",
    "roleSeed",
    "takerSeed",
];

/// An installation founded on what was minted, and who founded it.
async fn founded(minted: &Minted, database: Option<&Postgres>) -> Result<(Tidegate, Cli)> {
    let cli = Cli::remote()?;
    minted.write_nsc(&cli.home("nsc"), &ALL_SEEDS)?;
    let data = tempfile::tempdir()?;
    let url = database.map(Postgres::url);
    let flags: Vec<&str> = match &url {
        Some(url) => vec!["--database-url", url],
        None => Vec::new(),
    };
    let import = format!("import nsc nsc --found --data {}", data.path().display());
    cli.ok(&format!("{import} {}", flags.join(" "))).await?;
    let tidegate = Tidegate::serve_in(data, &flags).await?;
    let cli = tidegate.cli()?;
    Ok((tidegate, cli))
}

/// The old credentials do what they did, and no more.
async fn old_creds_work(broker: std::net::SocketAddr, minted: &Minted) -> Result<()> {
    let mut listener = Wire::login(broker, &minted.user("creds")?).await?;
    listener.subscribe(">", "1").await?;
    let mut denied = Wire::login(broker, &minted.user("deniedCreds")?).await?;
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
    assert_eq!(subjects, ["open.a"]);
    Wire::login(broker, &minted.user("signedCreds")?).await?;
    if minted.has("rich") {
        rich_creds_work(broker, minted).await?;
    }
    Ok(())
}

async fn rich_creds_work(broker: std::net::SocketAddr, minted: &Minted) -> Result<()> {
    let mut taker = Wire::login(broker, &minted.user("takerCreds")?).await?;
    taker.subscribe(">", "1").await?;
    let mut rich = Wire::login(broker, &minted.user("richCreds")?).await?;
    rich.subscribe("new.*", "1").await?;
    rich.subscribe("sensor.*", "2").await?;
    rich.publish("news.eu", "shared").await?;
    rich.publish("forbidden", "no").await?;
    rich.publish("old.x", "mapped").await?;
    let mut sensor = Wire::login(broker, &minted.user("sensorCreds")?).await?;
    sensor.publish("sensor.sensor-1", "its own").await?;
    sensor.publish("sensor.other", "not its own").await?;
    let violation = "Permissions Violation for Publish to \"sensor.other\"";
    assert_eq!(sensor.sync().await?, [Frame::Error(violation.to_owned())]);
    let pair = |subject: &str, text: &str| (subject.to_owned(), text.to_owned());
    let frames = rich.sync().await?;
    assert_eq!(taker.messages().await?, [pair("rich.news.eu", "shared")]);
    let said = format!("{frames:?}");
    for part in [
        "new.x",
        "sensor.sensor-1",
        "Permissions Violation for Publish to \\\"forbidden",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    let revoked = Wire::try_login(broker, &minted.user("revokedCreds")?).await?;
    assert!(revoked.is_err(), "a revoked user stays out");
    Ok(())
}

/// What the importing side can do from now on.
async fn is_managed(tidegate: &Tidegate, minted: &Minted) -> Result<()> {
    let api = tidegate.api();
    let made = api.make_user("independent", "made-here").await?;
    Wire::login(tidegate.nats(), &made.user()?).await?;
    let limits = json!({ "limits": { "connections": 100 } });
    let changed = api.patch("/accounts/independent", &limits).await?;
    assert_eq!(changed["live"], true, "{changed}");
    old_creds_work(tidegate.nats(), minted).await?;
    let plain = minted.user("creds")?;
    api.delete("/accounts/independent/users/plain").await?;
    eventually("the old user is out", async || {
        Ok(Wire::try_login(tidegate.nats(), &plain).await?.err())
    })
    .await?;
    Wire::login(tidegate.nats(), &minted.user("signedCreds")?).await?;
    Ok(())
}

async fn an_operator_comes_in_unchanged(minted: Minted, database: Option<&Postgres>) -> Result<()> {
    let (mut tidegate, _) = founded(&minted, database).await?;
    let operator = fs::read_to_string(tidegate.data("broker/operator.jwt"))?;
    assert_eq!(
        operator.trim(),
        minted.text("operator"),
        "not a byte is changed"
    );
    old_creds_work(tidegate.nats(), &minted).await?;
    let account = tidegate.api().get("/accounts/independent").await?;
    assert_eq!(account["public_key"], minted.text("account"));
    let stored = format!("broker/accounts/{}.jwt", minted.text("account"));
    assert_eq!(
        fs::read_to_string(tidegate.data(&stored))?,
        minted.text("accountJwt")
    );
    is_managed(&tidegate, &minted).await?;
    tidegate.kill_and_restart().await?;
    Wire::login(tidegate.nats(), &minted.user("signedCreds")?).await?;
    Ok(())
}

#[tokio::test]
async fn an_operator_of_the_npm_library_comes_in_unchanged() -> Result<()> {
    an_operator_comes_in_unchanged(Minted::with_npm().await?, None).await
}

#[tokio::test]
async fn an_operator_of_the_npm_library_comes_into_postgresql_unchanged() -> Result<()> {
    let database = Postgres::start()?;
    an_operator_comes_in_unchanged(Minted::with_npm().await?, Some(&database)).await
}

#[tokio::test]
async fn an_operator_of_the_pypi_library_comes_in_unchanged() -> Result<()> {
    an_operator_comes_in_unchanged(Minted::with_pypi().await?, None).await
}

#[tokio::test]
async fn an_operator_of_the_pypi_library_comes_into_postgresql_unchanged() -> Result<()> {
    let database = Postgres::start()?;
    an_operator_comes_in_unchanged(Minted::with_pypi().await?, Some(&database)).await
}

on_both_databases![accounts_of_another_operator_come_into_a_running_installation];

async fn accounts_of_another_operator_come_into_a_running_installation(
    tidegate: Tidegate,
) -> Result<()> {
    let minted = Minted::with_npm().await?;
    let cli = tidegate.cli()?;
    minted.write_nsc(&cli.home("nsc"), &ALL_SEEDS)?;
    let tried = cli.json("import nsc nsc/stores --dry-run").await?;
    assert!(tried["impact"].is_object(), "{tried}");
    assert_eq!(cli.json("account ls").await?, json!([]));
    let imported = cli.json("import nsc nsc/stores").await?;
    let slugs: Vec<&str> = imported["accounts"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|it| it["slug"].as_str())
        .collect();
    assert!(
        slugs.contains(&"independent") && slugs.contains(&"rich-account"),
        "{imported}"
    );
    eventually("the accounts are live", async || {
        let account = tidegate.api().get("/accounts/independent").await?;
        Ok((account["live"] == true).then_some(()))
    })
    .await?;
    is_managed(&tidegate, &minted).await?;
    let again = cli.json("import nsc nsc/stores").await?;
    let existing = again["accounts"].as_array().into_iter().flatten();
    assert!(existing.clone().all(|it| it["existing"] == true), "{again}");
    Ok(())
}

#[tokio::test]
async fn without_seeds_an_account_is_read_only_until_it_is_adopted() -> Result<()> {
    let tidegate = Tidegate::serve().await?;
    let minted = Minted::with_npm().await?;
    let cli = tidegate.cli()?;
    minted.write_nsc(&cli.home("nsc"), &["operatorSeed"])?;
    fs::create_dir_all(cli.home("jwt"))?;
    fs::write(
        cli.home(&format!("jwt/{}.jwt", minted.text("account"))),
        minted.text("accountJwt"),
    )?;
    let orphan = cli.run("import resolver jwt").await?.refused()?;
    assert!(orphan.contains("give its operator's JWT too"), "{orphan}");
    let operator = "nsc/stores/independent/independent.jwt";
    let imported = cli
        .json(&format!("import resolver jwt --operator {operator}"))
        .await?;
    assert_eq!(imported["accounts"][0]["read_only"], true, "{imported}");
    eventually("old creds", async || {
        Ok(Wire::try_login(tidegate.nats(), &minted.user("creds")?)
            .await?
            .ok())
    })
    .await?;
    let refused = cli.run("user create x -a independent").await?.refused()?;
    assert!(refused.contains("(409 account_read_only)"), "{refused}");
    Ok(())
}

#[tokio::test]
async fn what_is_missing_for_a_founding_is_named() -> Result<()> {
    let minted = Minted::with_npm().await?;
    let cli = Cli::remote()?;
    minted.write_nsc(&cli.home("nsc"), &["accountSeed"])?;
    let refused = cli
        .run("import nsc nsc --found --data data")
        .await?
        .refused()?;
    let key = KeyPair::from_seed(minted.text("operatorSeed"))?
        .public()
        .to_string();
    assert!(
        refused.contains("no seed of operator independent"),
        "{refused}"
    );
    assert!(refused.contains(&key), "{refused}");
    let none = cli
        .run("import nsc . --found --data data")
        .await?
        .refused()?;
    assert!(none.contains("point at `stores/<operator>`"), "{none}");
    // Nothing was founded by that.
    minted.write_nsc(&cli.home("nsc"), &ALL_SEEDS)?;
    cli.ok("import nsc nsc --found --data data").await?;
    let twice = cli
        .run("import nsc nsc --found --data data")
        .await?
        .refused()?;
    assert!(twice.contains("founded before"), "{twice}");
    Ok(())
}

#[tokio::test]
async fn an_export_is_served_by_a_real_nats_server_and_comes_back_in() -> Result<()> {
    let minted = Minted::with_npm().await?;
    let (tidegate, cli) = founded(&minted, None).await?;
    let api = tidegate.api();
    api.make_account("acme").await?;
    let orders = api.make_user("acme", "orders").await?;
    let said = cli.ok("export resolver out").await?;
    assert!(said.contains("and 0 seeds"), "{said}");
    let config = fs::read_to_string(cli.home("out/nats-server.conf"))?;
    let folder = cli.home("out/jwt").display().to_string();
    let real = Broker::start(Which::NatsServer, &config.replace("./jwt", &folder))?;
    eventually("the server has the account", async || {
        Ok(Wire::try_login(real.addr(), &orders.user()?).await?.ok())
    })
    .await?;
    old_creds_work(real.addr(), &minted).await?;

    let full = cli.run("export nsc out").await?.refused()?;
    assert!(full.contains("is not empty"), "{full}");
    cli.ok("export nsc plain").await?;
    assert!(
        !cli.home("plain/keys").exists(),
        "no seeds unless asked for"
    );
    cli.ok("export nsc all --with-seeds").await?;
    let trail = cli.json("audit list").await?;
    let exports = trail.as_array().into_iter().flatten();
    assert_eq!(
        exports
            .filter(|it| it["action"] == "transfer.export")
            .count(),
        3
    );
    comes_back(&cli, &minted, &orders.user()?).await
}

/// An exported store founds another installation, where the same creds work.
async fn comes_back(cli: &Cli, minted: &Minted, orders: &User) -> Result<()> {
    let data: TempDir = tempfile::tempdir()?;
    cli.ok(&format!(
        "import nsc all --found --data {}",
        data.path().display()
    ))
    .await?;
    let second = Tidegate::serve_in(data, &[]).await?;
    Wire::login(second.nats(), orders).await?;
    old_creds_work(second.nats(), minted).await?;
    let users = second.api().get("/accounts/acme/users").await?;
    assert_eq!(users["data"][0]["name"], "orders", "{users}");
    Ok(())
}
