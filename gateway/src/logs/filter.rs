//! Which events become lines.

use tracing::subscriber::Interest;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Filter};

use super::nats_line::FATAL;
use crate::options::LogOptions;

/// Our crates log at the chosen levels, libraries only what is wrong.
const OUR_CRATES: [&str; 5] = ["tidegate", "broker", "admin_api", "accounts", "protocol"];

/// Details and trace, each switched by itself as with nats-server: who traces the protocol need not
/// want everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Levels {
    debug: bool,
    trace: bool,
}

impl Levels {
    pub(super) fn of(options: &LogOptions) -> Self {
        Self {
            debug: options.debug,
            trace: options.trace,
        }
    }

    fn admits(self, target: &str, level: Level) -> bool {
        let name = target.split("::").next().unwrap_or_default();
        match level {
            Level::ERROR | Level::WARN => true,
            _ if target == FATAL || !OUR_CRATES.contains(&name) => false,
            Level::INFO => true,
            Level::DEBUG => self.debug,
            Level::TRACE => self.trace,
        }
    }
}

impl<S> Filter<S> for Levels {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        self.admits(metadata.target(), *metadata.level())
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.admits(metadata.target(), *metadata.level()) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(match self {
            Self { trace: true, .. } => LevelFilter::TRACE,
            Self { debug: true, .. } => LevelFilter::DEBUG,
            _ => LevelFilter::INFO,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_and_trace_are_switched_apart() {
        let levels = |debug, trace| Levels { debug, trace };
        let admits = |levels: Levels, target, level| levels.admits(target, level);
        assert!(admits(
            levels(false, true),
            "broker::connection",
            Level::TRACE
        ));
        assert!(!admits(levels(false, true), "broker", Level::DEBUG));
        assert!(admits(levels(true, false), "broker", Level::DEBUG));
        assert!(!admits(levels(true, false), "broker", Level::TRACE));
        assert!(admits(
            levels(false, false),
            "tidegate::server",
            Level::INFO
        ));
        assert!(!admits(levels(true, true), "brokerage", Level::INFO));
        assert!(admits(levels(false, false), "hyper", Level::WARN));
        assert!(admits(levels(false, false), FATAL, Level::ERROR));
    }
}
