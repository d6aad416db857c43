//! Log lines: how they look and where they go. What is logged is the business of each part.

mod filter;
mod nats_line;
mod output;
mod rotation;
mod syslog;

use std::io;
use std::sync::{Arc, OnceLock};

use anyhow::Context;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt, reload};

use filter::Levels;
pub(crate) use nats_line::local_offset;
use nats_line::{FATAL, LineStyle, NatsLine};
use output::Output;

use crate::options::LogOptions;
use crate::telemetry::Spans;

/// The log of this process, once it has one.
static LOG: OnceLock<Log> = OnceLock::new();

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
    /// nats-server's form, which scripts search for known lines.
    NatsServer,
}

/// The running log: what can be changed about it. Clones are handles to the same one.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    output: Output,
    line: Arc<LineStyle>,
    levels: reload::Handle<Levels, Registry>,
}

/// Starts logging for the whole process, and whatever else takes spans.
///
/// # Errors
/// When the file or the syslog cannot be opened.
pub(crate) fn start(
    style: Style,
    options: &LogOptions,
    spans: Option<Spans>,
) -> anyhow::Result<Log> {
    let line = Arc::new(LineStyle::default());
    let announcer = (style == Style::NatsServer).then(|| Arc::clone(&line));
    let output = Output::open(options, announcer).with_context(|| describe(options))?;
    line.set(options, output.is_terminal(), output.is_syslog());
    let (filter, levels) = reload::Layer::new(Levels::of(options));
    let base = fmt::layer()
        .with_writer(output.clone())
        .with_ansi(output.is_terminal());
    let layer: Box<dyn Layer<Registry> + Send + Sync> = match style {
        Style::Text => base.with_target(false).boxed(),
        Style::Json => base.json().flatten_event(true).boxed(),
        Style::NatsServer => base
            .event_format(NatsLine::new(Arc::clone(&line)))
            .with_ansi(false)
            .boxed(),
    };
    let log = layer.with_filter(filter).boxed();
    let layers: Vec<_> = [log].into_iter().chain(spans).collect();
    tracing_subscriber::registry()
        .with(layers)
        .try_init()
        .context("start logging")?;
    let log = Log {
        output,
        line,
        levels,
    };
    log.output.rotate_if_full();
    Ok(LOG.get_or_init(|| log).clone())
}

impl Log {
    /// Opens the log file anew, for rotation by others. `false` when the log is no file.
    pub(crate) fn reopen(&self) -> io::Result<bool> {
        self.output.reopen()
    }

    /// Opens what `options` ask for without using it yet, so that a change is whole or nothing.
    pub(crate) fn prepare(&self, options: &LogOptions) -> anyhow::Result<Prepared> {
        let output = self.output.successor(options);
        Ok(Prepared {
            output: output.with_context(|| describe(options))?,
            options: options.clone(),
        })
    }

    /// Goes on as prepared.
    pub(crate) fn change(&self, prepared: Prepared) {
        let Prepared { output, options } = prepared;
        self.output.replace(output);
        let (is_terminal, is_syslog) = (self.output.is_terminal(), self.output.is_syslog());
        self.line.set(&options, is_terminal, is_syslog);
        if let Err(error) = self.levels.reload(Levels::of(&options)) {
            tracing::error!(%error, "the levels of the log stay as they were");
        }
        self.output.rotate_if_full();
    }
}

/// Another output, opened.
#[derive(Debug)]
pub(crate) struct Prepared {
    output: output::Sink,
    options: LogOptions,
}

/// What could not be opened.
fn describe(options: &LogOptions) -> String {
    match (&options.file, &options.remote_syslog) {
        (Some(path), _) => format!("open the log file {}", path.display()),
        (None, Some(url)) => format!("connect to the syslog at {url}"),
        (None, None) => "connect to the syslog of this machine".to_owned(),
    }
}

/// Logs why the process ends. Says whether somebody at the terminal sees that.
pub(crate) fn fatal(reason: &str) -> bool {
    tracing::error!(target: FATAL, "{reason}");
    LOG.get().is_some_and(|log| log.output.is_stderr())
}
