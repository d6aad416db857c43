//! The whole product from outside: `tidegate serve`, its API, stock clients, real databases.

mod agent;
mod backup;
mod bad_input;
mod callouts;
mod cli;
mod clients;
mod cluster;
mod commands;
mod console;
mod contract;
mod entrance;
mod est;
mod feed;
mod interop;
mod live;
mod manifests;
mod onboarding;
mod operations;
mod operator;
mod outage;
mod telemetry;
mod tenancy;
mod trail;
mod transfer;
mod vault;

use std::path::PathBuf;

use anyhow::Result;
use tests::{Api, MadeUser, Postgres, Tidegate};

/// `on_both_databases![name, …]` makes `name::sqlite` and `name::postgresql` of each
/// `async fn name(tidegate: Tidegate) -> Result<()>`.
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => { $(
        mod $name {
            #[tokio::test]
            async fn sqlite() -> anyhow::Result<()> {
                super::$name(::tests::Tidegate::serve().await?).await
            }
            #[tokio::test]
            async fn postgresql() -> anyhow::Result<()> {
                let database = ::tests::Postgres::start()?;
                super::$name(::tests::Tidegate::serve_on(&database.url()).await?).await
            }
        }
    )+ };
}

use on_both_databases;

/// Two tenants with a user each, made through the API.
struct TwoTenants {
    acme: MadeUser,
    globex: MadeUser,
}

impl TwoTenants {
    async fn make(api: &Api) -> Result<Self> {
        api.make_account("acme").await?;
        api.make_account("globex").await?;
        Ok(Self {
            acme: api.make_user("acme", "orders").await?,
            globex: api.make_user("globex", "shop").await?,
        })
    }

    /// The creds as files, as an application would get them.
    fn files(&self, tidegate: &Tidegate) -> Result<(PathBuf, PathBuf)> {
        let write = |name: &str, user: &MadeUser| -> Result<PathBuf> {
            let path = tidegate.data(name);
            std::fs::write(&path, &user.creds)?;
            Ok(path)
        };
        Ok((
            write("acme.creds", &self.acme)?,
            write("globex.creds", &self.globex)?,
        ))
    }
}

/// PostgreSQL and a Tidegate on it.
async fn on_postgres() -> Result<(Postgres, Tidegate)> {
    let database = Postgres::start()?;
    let tidegate = Tidegate::serve_on(&database.url()).await?;
    Ok((database, tidegate))
}
