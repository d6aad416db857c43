//! `make differential`: as many random account graphs as wanted, on both servers.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use tests::differential::{Plan, run};

/// Plays random account graphs on our broker and on a real nats-server and compares them.
#[derive(Debug, Parser)]
struct Args {
    /// The seed of the first graph.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many graphs.
    #[arg(long, default_value_t = 1_000)]
    graphs: usize,
    /// How many differences to make small.
    #[arg(long, default_value_t = 8)]
    shrink: usize,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let report = run(Plan {
        seed: args.seed,
        graphs: args.graphs,
        shrink: args.shrink,
        progress: true,
    })
    .await?;
    let mut out = std::io::stdout();
    writeln!(out, "{report}")?;
    let clean = report.differences.is_empty() && report.not_looked_at.is_empty();
    Ok(if clean {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
