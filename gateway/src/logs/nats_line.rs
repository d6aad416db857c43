//! nats-server's log line: `[pid] 2026/01/02 15:04:05.000000 [INF] message`.

use std::fmt::{self, Write};
use std::process;
use std::sync::OnceLock;

use time::{OffsetDateTime, UtcOffset};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::registry::LookupSpan;

/// The target of an event that ends the process; its level is shown as `FTL`.
pub(super) const FATAL: &str = "fatal";

static LOCAL_OFFSET: OnceLock<UtcOffset> = OnceLock::new();

/// The distance of local time from UTC. The first call must come while the process has one thread,
/// for looking it up is not safe later; it stays the same for the life of the process.
pub(crate) fn local_offset() -> UtcOffset {
    *LOCAL_OFFSET.get_or_init(|| UtcOffset::current_local_offset().unwrap_or(UtcOffset::UTC))
}

#[derive(Debug)]
pub(super) struct NatsLine {
    pid: u32,
    /// No time on the lines when absent.
    offset: Option<UtcOffset>,
}

impl NatsLine {
    pub(super) fn new(with_time: bool, utc: bool) -> Self {
        let offset = if utc { UtcOffset::UTC } else { local_offset() };
        Self {
            pid: process::id(),
            offset: with_time.then_some(offset),
        }
    }

    fn start(&self, writer: &mut impl Write, now: OffsetDateTime) -> fmt::Result {
        write!(writer, "[{}] ", self.pid)?;
        let Some(offset) = self.offset else {
            return Ok(());
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
        )
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
        self.start(&mut writer, OffsetDateTime::now_utc())?;
        write!(
            writer,
            "[{}] ",
            label(event.metadata().target(), *event.metadata().level())
        )?;
        let mut text = String::new();
        context
            .field_format()
            .format_fields(Writer::new(&mut text), event)?;
        writeln!(writer, "{}", OneLine(&text))
    }
}

fn label(target: &str, level: Level) -> &'static str {
    match level {
        Level::ERROR if target == FATAL => "FTL",
        Level::ERROR => "ERR",
        Level::WARN => "WRN",
        Level::INFO => "INF",
        Level::DEBUG => "DBG",
        Level::TRACE => "TRC",
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
        let line = NatsLine {
            pid: 42,
            offset: Some(UtcOffset::UTC),
        };
        let now =
            OffsetDateTime::from_unix_timestamp_nanos(1_767_366_245_000_007_000).expect("time");
        let mut text = String::new();
        line.start(&mut text, now).expect("writing to a String");
        assert_eq!(text, "[42] 2026/01/02 15:04:05.000007 ");
        text.clear();
        NatsLine {
            pid: 42,
            offset: None,
        }
        .start(&mut text, now)
        .expect("writing to a String");
        assert_eq!(text, "[42] ");
    }

    #[test]
    fn a_line_stays_one_line() {
        assert_eq!(
            OneLine("a\r\n[INF] b\u{1b}[m").to_string(),
            "a\\r\\n[INF] b\\u{1b}[m"
        );
    }
}
