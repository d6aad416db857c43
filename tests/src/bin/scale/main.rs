//! `make scale`: a broker with 100,000 accounts on disk, and a million users who may come.
//!
//! Each server in turn boots with the same directory; measured are the time to the first login,
//! memory, logins to accounts that are not in memory, live updates, and how long a connection
//! outlives its right to be there.

mod closing;
mod report;
mod server;
mod updates;
mod visits;
mod world;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Parser;
use tests::Which;

use crate::report::{Report, millis};
use crate::server::Server;
use crate::world::World;

/// Boots of which the median is told.
const BOOTS: usize = 5;
/// What a freshly started server gets before its memory is looked at.
const SETTLE: Duration = Duration::from_secs(2);

#[derive(Debug, Parser)]
#[command(about = "Measures a broker with very many accounts")]
pub(crate) struct Options {
    /// Accounts in the directory.
    #[arg(long, default_value_t = 100_000)]
    accounts: usize,
    /// Accounts that are in use at a time.
    #[arg(long, default_value_t = 2_000)]
    active: usize,
    /// Users of each account.
    #[arg(long, default_value_t = 10)]
    users: usize,
    /// Connections that are closed, for each way to close them.
    #[arg(long, default_value_t = 1_000)]
    closed: usize,
    /// Updates per second, for ten seconds.
    #[arg(long, default_value_t = 1_000)]
    updates: usize,
    /// Leave out the real nats-server.
    #[arg(long)]
    alone: bool,
    /// Write the table to this file, too.
    #[arg(long)]
    output: Option<PathBuf>,
}

fn main() -> Result<()> {
    let options = Options::parse();
    ensure!(
        options.accounts >= 4 * options.active,
        "at least four times as many accounts as are active"
    );
    tests::open_files::raise()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let mut report = Report::default();
    let sides: &[Which] = match options.alone {
        true => &[Which::Tidegate],
        false => &[Which::Tidegate, Which::NatsServer],
    };
    for which in sides {
        report.begin(*which)?;
        // Each has a directory of its own: what is measured changes and revokes.
        report.say(&format!("making {} accounts", options.accounts))?;
        let world = World::new(options.accounts)?;
        runtime.block_on(measure(*which, &world, &options, &mut report))?;
    }
    report.finish(options.output.as_deref())
}

async fn measure(
    which: Which,
    world: &World,
    options: &Options,
    report: &mut Report,
) -> Result<()> {
    let mut boots = Vec::new();
    for _ in 1..BOOTS {
        boots.push(Server::boot(which, world).await?.took);
    }
    let server = Server::boot(which, world).await?;
    boots.push(server.took);
    boots.sort_unstable();
    report.row(
        "boot: exec to first login, median",
        &millis(boots[BOOTS / 2]),
    )?;
    report.row("boot: slowest", &millis(boots[BOOTS - 1]))?;
    tokio::time::sleep(SETTLE).await;
    report.row("memory when idle", &server.rss_text()?)?;
    visits::measure(&server, world, options, report).await?;
    updates::measure(&server, world, options, report).await?;
    closing::measure(&server, world, options, report).await
}
