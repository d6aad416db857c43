//! How long a page of each list takes when there are a million users, and how many changes a second
//! go through the API.
//!
//! Rows are cloned inside the database from ones that the API made; what is measured is the API
//! over HTTP, authentication, SQL and JSON included.

mod pages;
mod rates;
mod seed;

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use serde_json::json;
use tests::{Api, Postgres, Tidegate};

use pages::Slowest;
use rates::Rate;
use seed::Database;

/// The bound for every page.
const PAGE_MAX: Duration = Duration::from_millis(50);

#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// Users of one account, and entries of the trail, events and deliveries. Without any, only
    /// changes are counted.
    #[arg(long, default_value_t = 1_000_000)]
    users: u32,
    /// Seconds for which changes are counted.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Only this database: sqlite or postgresql.
    #[arg(long)]
    only: Option<String>,
    /// Where the tables go.
    #[arg(long)]
    output: Option<PathBuf>,
}

/// What one database gave.
struct Measured {
    name: &'static str,
    lists: Vec<(String, Slowest)>,
    rates: Vec<Rate>,
}

pub(crate) fn say(text: &str) -> Result<()> {
    Ok(writeln!(io::stdout(), "{text}")?)
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let wants = |name: &str| options.only.as_deref().is_none_or(|only| only == name);
    let mut all = Vec::new();
    if wants("sqlite") {
        say("--- SQLite")?;
        let tidegate = Tidegate::serve().await?;
        let database = Database::Sqlite(tidegate.data("tidegate.db"));
        all.push(measure("SQLite", &tidegate, database, &options).await?);
    }
    if wants("postgresql") {
        say("--- PostgreSQL")?;
        let server = Postgres::durable()?;
        let tidegate = Tidegate::serve_on(&server.url()).await?;
        let database = Database::Postgres(server.url());
        all.push(measure("PostgreSQL", &tidegate, database, &options).await?);
    }
    let text = report(&all)?;
    say(&text)?;
    if let Some(path) = &options.output {
        fs::write(path, &text)?;
    }
    let slow = |measured: &Measured| {
        let lists = measured.lists.iter();
        let slow = lists.filter(|(_, slowest)| slowest.p99 > PAGE_MAX);
        let name = measured.name;
        let slow = slow.map(|(path, slowest)| format!("{name} {path}{}", slowest.query));
        let low = measured.rates.iter().filter(|rate| rate.is_too_low());
        slow.chain(low.map(|rate| format!("{name}: {}", rate.what)))
            .collect::<Vec<_>>()
    };
    let slow: Vec<String> = all.iter().flat_map(slow).collect();
    ensure!(
        slow.is_empty(),
        "pages slower than {PAGE_MAX:?}, or too little a second: {slow:#?}"
    );
    Ok(())
}

async fn measure(
    name: &'static str,
    tidegate: &Tidegate,
    database: Database,
    options: &Options,
) -> Result<Measured> {
    let api = tidegate.api();
    let rates = rates::measure(&api, options).await?;
    if options.users == 0 {
        return Ok(Measured {
            name,
            lists: Vec::new(),
            rates,
        });
    }
    let places = seed::fill(&api, &database, options.users).await?;
    let (many, few) = (key(&api, "fleet").await?, key(&api, "tenant-1").await?);
    let callers = [("platform", api), ("many rows", many), ("few rows", few)];
    Ok(Measured {
        name,
        lists: pages::measure(&callers, &places).await?,
        rates,
    })
}

/// The API as somebody of this account has it.
async fn key(api: &Api, account: &str) -> Result<Api> {
    let body = json!({ "name": "reader", "account": account, "role": "account_observer" });
    let key = api.post("/api-keys", &body).await?;
    Ok(api.with_token(key["token"].as_str().context("a token")?))
}

fn report(all: &[Measured]) -> Result<String> {
    let mut text = String::from("| list |");
    for measured in all {
        write!(text, " {} |", measured.name)?;
    }
    write!(text, "\n|---|{}\n", "---|".repeat(all.len()))?;
    let first = all.iter().take(1).flat_map(|measured| &measured.lists);
    for (at, (path, slowest)) in first.enumerate() {
        write!(text, "| `{path}`, {} pages |", slowest.pages)?;
        for measured in all {
            write!(text, " {} |", measured.lists[at].1)?;
        }
        text.push('\n');
    }
    let rates = all.iter().take(1).flat_map(|measured| &measured.rates);
    for (at, rate) in rates.enumerate() {
        write!(text, "| {} |", rate.what)?;
        for measured in all {
            write!(text, " {} |", measured.rates[at])?;
        }
        text.push('\n');
    }
    Ok(text)
}
