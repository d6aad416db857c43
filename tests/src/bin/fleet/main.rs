//! `make fleet`: how many devices enrol a second, how many come in by their certificates, and how
//! long a revoked one stays.
//!
//! Devices are enrolled over the API as devices do it, with keys made before the clock starts. What
//! logins cost is told beside a bare rustls server that asks for the same certificates, in the same
//! run; see [`bare`].

mod bare;
mod device;
mod enrol;
mod logins;
mod revoked;

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};
use serde_json::json;
use tests::{Postgres, Tidegate};

use crate::device::Place;

#[derive(Debug, Parser)]
#[command(about = "Measures devices: enrolment, logins, revocation")]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Option<Command>,
    /// Devices that enrol, on each database.
    #[arg(long, default_value_t = 10_000)]
    devices: usize,
    /// Logins that are counted, at each server.
    #[arg(long, default_value_t = 6_000)]
    logins: usize,
    /// Devices that are revoked, one after the other, while all are connected.
    #[arg(long, default_value_t = 300)]
    revoked: usize,
    /// Write the table to this file, too.
    #[arg(long)]
    output: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The bare server that ours is compared with.
    Bare(bare::Files),
}

pub(crate) type Rows = Vec<(String, String)>;

pub(crate) fn say(text: &str) -> Result<()> {
    Ok(writeln!(io::stdout(), "{text}")?)
}

fn main() -> Result<()> {
    let options = Options::parse();
    tests::open_files::raise()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    match &options.command {
        Some(Command::Bare(files)) => runtime.block_on(bare::serve(files)),
        None => runtime.block_on(measure(&options)),
    }
}

async fn measure(options: &Options) -> Result<()> {
    let mut rows = Rows::new();
    say("--- PostgreSQL")?;
    let server = Postgres::durable()?;
    let tidegate = Tidegate::serve_on(&server.url()).await?;
    let (rate, _) = enrol::measure(&place(&tidegate).await?, options.devices).await?;
    rows.push(("enrolments a second, PostgreSQL".to_owned(), rate));
    drop((tidegate, server));
    say("--- SQLite")?;
    let tidegate = Tidegate::serve().await?;
    let place = place(&tidegate).await?;
    let (rate, devices) = enrol::measure(&place, options.devices).await?;
    rows.push(("enrolments a second, SQLite".to_owned(), rate));
    logins::measure(&tidegate, &devices, options.logins, &mut rows).await?;
    revoked::measure(&tidegate, &place, devices, options.revoked, &mut rows).await?;
    let mut table = "| | |\n|---|---|\n".to_owned();
    for (what, value) in rows {
        writeln!(table, "| {what} | {value} |")?;
    }
    say(&table)?;
    if let Some(path) = &options.output {
        fs::write(path, table)?;
    }
    Ok(())
}

/// An account with a role for devices, and a token for any number of them.
async fn place(tidegate: &Tidegate) -> Result<Place> {
    let api = tidegate.api();
    api.make_account("fleet").await?;
    let own = json!({ "allow": ["from.{{name()}}.>"] });
    let role = json!({ "name": "sensor", "permissions": { "publish": own } });
    api.post("/accounts/fleet/roles", &role).await?;
    let token = json!({ "role": "sensor", "reusable": true });
    let token = api.post("/accounts/fleet/enrolment-tokens", &token).await?;
    Ok(Place {
        token: token["token"].as_str().unwrap_or_default().to_owned(),
        api,
    })
}
