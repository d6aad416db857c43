//! nats-server's log line: `[pid] 2026/01/02 15:04:05.000000 [INF] message`.

use std::fmt::{self, Write};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use time::{OffsetDateTime, UtcOffset};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::registry::LookupSpan;

use crate::options::LogOptions;

/// The target of an event that ends the process; its level is shown as `FTL`.
pub(super) const FATAL: &str = "fatal";

static LOCAL_OFFSET: OnceLock<UtcOffset> = OnceLock::new();

/// The distance of local time from UTC. The first call must come while the process has one thread,
/// for looking it up is not safe later; it stays the same for the life of the process.
pub(crate) fn local_offset() -> UtcOffset {
    *LOCAL_OFFSET.get_or_init(|| UtcOffset::current_local_offset().unwrap_or(UtcOffset::UTC))
}

/// What of a line may change while the process runs.
#[derive(Debug, Default)]
pub(super) struct LineStyle {
    with_time: AtomicBool,
    utc: AtomicBool,
    colors: AtomicBool,
    /// The message alone: the syslog adds the rest.
    is_bare: AtomicBool,
}

impl LineStyle {
    pub(super) fn set(&self, options: &LogOptions, colors: bool, is_bare: bool) {
        self.with_time.store(options.with_time, Ordering::Relaxed);
        self.utc.store(options.utc, Ordering::Relaxed);
        self.colors.store(colors, Ordering::Relaxed);
        self.is_bare.store(is_bare, Ordering::Relaxed);
    }

    /// The line that says `text`.
    pub(super) fn line(&self, text: &str) -> String {
        let mut line = String::new();
        // Writing into a String cannot fail.
        let _ = self.start(
            &mut line,
            OffsetDateTime::now_utc(),
            label(Level::INFO, false),
        );
        line + text + "\n"
    }

    fn start(
        &self,
        writer: &mut impl Write,
        now: OffsetDateTime,
        (name, color): (&str, &str),
    ) -> fmt::Result {
        let is = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        if is(&self.is_bare) {
            return Ok(());
        }
        write!(writer, "[{}] ", process::id())?;
        if is(&self.with_time) {
            let offset = if is(&self.utc) {
                UtcOffset::UTC
            } else {
                local_offset()
            };
            let now = now.to_offset(offset);
            write!(
                writer,
                "{:04}/{:02}/{:02} {:02}:{:02}:{:02}.{:06} ",
                now.year(),
                u8::from(now.month()),
                now.day(),
                now.hour(),
                now.minute(),
                now.second(),
                now.microsecond()
            )?;
        }
        if is(&self.colors) {
            write!(writer, "[\x1b[{color}m{name}\x1b[0m] ")
        } else {
            write!(writer, "[{name}] ")
        }
    }
}

#[derive(Debug)]
pub(super) struct NatsLine {
    style: Arc<LineStyle>,
}

impl NatsLine {
    pub(super) fn new(style: Arc<LineStyle>) -> Self {
        Self { style }
    }
}

impl<S, N> FormatEvent<S, N> for NatsLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        let label = label(*metadata.level(), metadata.target() == FATAL);
        self.style
            .start(&mut writer, OffsetDateTime::now_utc(), label)?;
        let mut text = String::new();
        context
            .field_format()
            .format_fields(Writer::new(&mut text), event)?;
        writeln!(writer, "{}", OneLine(&text))
    }
}

/// The name of a level and its colour on a terminal.
fn label(level: Level, is_fatal: bool) -> (&'static str, &'static str) {
    match level {
        Level::ERROR if is_fatal => ("FTL", "31"),
        Level::ERROR => ("ERR", "31"),
        Level::WARN => ("WRN", "0;93"),
        Level::INFO => ("INF", "32"),
        Level::DEBUG => ("DBG", "36"),
        Level::TRACE => ("TRC", "33"),
    }
}

/// What a client calls itself must not be able to forge a line.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if c.is_control() {
                write!(f, "{}", c.escape_default())?;
            } else {
                f.write_char(c)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_starts_as_scripts_expect() {
        let now =
            OffsetDateTime::from_unix_timestamp_nanos(1_767_366_245_000_007_000).expect("time");
        let start = |with_time, colors, is_bare| {
            let style = LineStyle::default();
            let options = LogOptions {
                with_time,
                utc: true,
                ..LogOptions::default()
            };
            style.set(&options, colors, is_bare);
            let mut text = String::new();
            let label = label(Level::DEBUG, false);
            style
                .start(&mut text, now, label)
                .expect("writing to a String");
            text
        };
        let pid = process::id();
        assert_eq!(
            start(true, false, false),
            format!("[{pid}] 2026/01/02 15:04:05.000007 [DBG] ")
        );
        assert_eq!(start(false, false, false), format!("[{pid}] [DBG] "));
        assert_eq!(
            start(false, true, false),
            format!("[{pid}] [\x1b[36mDBG\x1b[0m] ")
        );
        assert_eq!(start(true, true, true), "");
    }

    #[test]
    fn a_line_stays_one_line() {
        assert_eq!(
            OneLine("a\r\n[INF] b\u{1b}[m").to_string(),
            "a\\r\\n[INF] b\\u{1b}[m"
        );
    }
}
