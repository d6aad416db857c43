//! The command line of the bench.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

/// Measures our broker beside a real nats-server on the same cores, in turns.
#[derive(Debug, Clone, Parser)]
#[command(name = "bench", about)]
pub(crate) struct Options {
    /// Our binary.
    #[arg(long, default_value = "target/dist/tidegate")]
    pub(crate) ours: PathBuf,
    /// The binary to compare with.
    #[arg(long, default_value = ".venv/bin/nats-server")]
    pub(crate) theirs: PathBuf,
    /// Run only the comparison binary.
    #[arg(long, conflicts_with = "ours_only")]
    pub(crate) theirs_only: bool,
    /// Run only ours.
    #[arg(long)]
    pub(crate) ours_only: bool,
    /// Only scenarios whose name contains this; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) only: Vec<String>,
    /// Rounds per scenario and server; the median counts.
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
    /// Seconds of one measurement.
    #[arg(long, default_value_t = 2.0)]
    pub(crate) seconds: f64,
    /// One short round of everything: a smoke test, not a measurement.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Idle connections in the memory scenario.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) idle: usize,
    /// Also write the tables to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Exit with an error when one of the project's targets is missed.
    #[arg(long)]
    pub(crate) gate: bool,
    /// List the scenarios and stop.
    #[arg(long)]
    pub(crate) list: bool,
}

impl Options {
    /// Applies what `--quick` means.
    pub(crate) fn settled(mut self) -> Self {
        if self.quick {
            self.rounds = 1;
            self.seconds = self.seconds.min(0.5);
            self.idle = self.idle.min(1_000);
        }
        self.rounds = self.rounds.max(1);
        self
    }

    pub(crate) fn duration(&self) -> Duration {
        Duration::from_secs_f64(self.seconds.clamp(0.1, 60.0))
    }

    pub(crate) fn wants(&self, scenario: &str) -> bool {
        self.only.is_empty()
            || self
                .only
                .iter()
                .any(|name| scenario.contains(name.as_str()))
    }
}
