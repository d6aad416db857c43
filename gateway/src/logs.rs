//! Log lines: how they look and where they go. What is logged is the business of each part.

mod nats_line;
mod output;

use std::path::Path;
use std::sync::OnceLock;

use anyhow::Context;
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

pub(crate) use nats_line::local_offset;
use nats_line::{FATAL, NatsLine};
pub(crate) use output::Output;

/// Whether log lines go to a file, so that stderr stays silent.
static IS_IN_FILE: OnceLock<bool> = OnceLock::new();

/// Our crates log at the chosen level, libraries only what is wrong.
const OUR_TARGETS: [&str; 5] = ["tidegate", "broker", "admin_api", "accounts", "protocol"];

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
    /// nats-server's form, which scripts search for known lines.
    NatsServer { with_time: bool, utc: bool },
}

/// Starts logging for the whole process.
///
/// # Errors
/// When the file cannot be opened for appending.
pub(crate) fn start(style: Style, level: Level, file: Option<&Path>) -> anyhow::Result<Output> {
    let output = match file {
        None => Output::stderr(),
        Some(path) => {
            Output::file(path).with_context(|| format!("open the log file {}", path.display()))?
        }
    };
    let filter = Targets::new()
        .with_default(Level::WARN)
        .with_target(FATAL, Level::ERROR)
        .with_targets(OUR_TARGETS.map(|target| (target, level)));
    let base = fmt::layer()
        .with_writer(output.clone())
        .with_ansi(output.is_terminal());
    let layer: Box<dyn Layer<Registry> + Send + Sync> = match style {
        Style::Text => base.with_target(false).boxed(),
        Style::Json => base.json().flatten_event(true).boxed(),
        Style::NatsServer { with_time, utc } => base
            .event_format(NatsLine::new(with_time, utc))
            .with_ansi(false)
            .boxed(),
    };
    tracing_subscriber::registry()
        .with(layer.with_filter(filter))
        .try_init()
        .context("start logging")?;
    IS_IN_FILE.get_or_init(|| file.is_some());
    Ok(output)
}

/// Logs why the process ends. Says whether somebody at the terminal sees that.
pub(crate) fn fatal(reason: &str) -> bool {
    tracing::error!(target: FATAL, "{reason}");
    IS_IN_FILE.get() == Some(&false)
}
