//! Where log lines go: stderr, a file, or a syslog; it can be changed while the process runs.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

use super::nats_line::{FATAL, LineStyle};
use super::rotation::LogFile;
use super::syslog::{Severity, Syslog};
use crate::options::LogOptions;

/// Handed to the log layer; clones share the sink.
#[derive(Clone, Debug)]
pub(super) struct Output {
    sink: Arc<Mutex<Sink>>,
    /// How a log file says that it was put aside; it says nothing when absent.
    announcer: Option<Arc<LineStyle>>,
}

#[derive(Debug)]
pub(super) enum Sink {
    Stderr,
    File(LogFile),
    Syslog(Syslog),
}

impl Output {
    pub(super) fn open(
        options: &LogOptions,
        announcer: Option<Arc<LineStyle>>,
    ) -> io::Result<Self> {
        let sink = sink(options, announcer.clone())?;
        Ok(Self {
            sink: Arc::new(Mutex::new(sink)),
            announcer,
        })
    }

    /// What this output would be with other options.
    pub(super) fn successor(&self, options: &LogOptions) -> io::Result<Sink> {
        sink(options, self.announcer.clone())
    }

    pub(super) fn replace(&self, sink: Sink) {
        *self.lock() = sink;
    }

    fn lock(&self) -> MutexGuard<'_, Sink> {
        self.sink.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_stderr(&self) -> bool {
        matches!(*self.lock(), Sink::Stderr)
    }

    pub(super) fn is_syslog(&self) -> bool {
        matches!(*self.lock(), Sink::Syslog(_))
    }

    pub(super) fn is_terminal(&self) -> bool {
        self.is_stderr() && io::stderr().is_terminal()
    }

    /// Opens the file anew, for log rotation. On an error the old one stays in use. `false` when
    /// it is no file.
    pub(super) fn reopen(&self) -> io::Result<bool> {
        match &mut *self.lock() {
            Sink::File(file) => file.reopen().map(|()| true),
            Sink::Stderr | Sink::Syslog(_) => Ok(false),
        }
    }

    /// A file that is larger than it may be is put aside before the first line.
    pub(super) fn rotate_if_full(&self) {
        if let Sink::File(file) = &mut *self.lock() {
            file.rotate_if_full();
        }
    }
}

/// The file comes first, then the other syslog, then this machine's.
fn sink(options: &LogOptions, announcer: Option<Arc<LineStyle>>) -> io::Result<Sink> {
    let LogOptions {
        file,
        size_limit,
        files_max,
        syslog,
        remote_syslog,
        ..
    } = options;
    if let Some(path) = file {
        return LogFile::open(path, *size_limit, *files_max, announcer).map(Sink::File);
    }
    if let Some(url) = remote_syslog {
        return Syslog::remote(url).map(Sink::Syslog);
    }
    if *syslog {
        return Syslog::local().map(Sink::Syslog);
    }
    Ok(Sink::Stderr)
}

impl<'a> MakeWriter<'a> for Output {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Self::Writer {
        Line(self, Severity::Notice)
    }

    fn make_writer_for(&'a self, metadata: &Metadata<'_>) -> Self::Writer {
        Line(
            self,
            match *metadata.level() {
                Level::ERROR if metadata.target() == FATAL => Severity::Critical,
                Level::ERROR => Severity::Error,
                Level::WARN => Severity::Warning,
                // nats-server sends its trace as notices too.
                Level::INFO | Level::TRACE => Severity::Notice,
                Level::DEBUG => Severity::Debug,
            },
        )
    }
}

/// Writes one line to wherever the output goes now.
#[derive(Debug)]
pub(super) struct Line<'a>(&'a Output, Severity);

impl Write for Line<'_> {
    /// Takes one whole line, as the log layer hands it over.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match &mut *self.0.lock() {
            Sink::Stderr => io::stderr().write_all(line)?,
            Sink::File(file) => file.write(line)?,
            Sink::Syslog(syslog) => syslog.send(self.1, line)?,
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_moved_file_is_made_anew_on_reopen() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (path, moved) = (folder.path().join("a.log"), folder.path().join("a.log.1"));
        let options = LogOptions {
            file: Some(path.clone()),
            ..LogOptions::default()
        };
        let output = Output::open(&options, None).expect("a log file");
        output.make_writer().write_all(b"one\n").expect("a line");
        fs::rename(&path, &moved).expect("rotation");
        output.make_writer().write_all(b"two\n").expect("a line");
        assert!(output.reopen().expect("a fresh file"));
        output.make_writer().write_all(b"three\n").expect("a line");
        let read = |path| fs::read_to_string(path).expect("a log file");
        assert_eq!(read(&moved), "one\ntwo\n");
        assert_eq!(read(&path), "three\n");
    }

    #[test]
    fn an_output_is_replaced_as_a_whole() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let options = |name: &str| LogOptions {
            file: Some(folder.path().join(name)),
            ..LogOptions::default()
        };
        let output = Output::open(&options("a"), None).expect("a log file");
        output
            .successor(&options("no/b"))
            .expect_err("no such folder");
        output.make_writer().write_all(b"one\n").expect("a line");
        output.replace(output.successor(&options("b")).expect("a file"));
        output.make_writer().write_all(b"two\n").expect("a line");
        let read = |name| fs::read_to_string(folder.path().join(name)).expect("a log file");
        assert_eq!(
            (read("a"), read("b")),
            ("one\n".to_owned(), "two\n".to_owned())
        );
        output.replace(output.successor(&LogOptions::default()).expect("stderr"));
        assert!(output.is_stderr() && !output.reopen().expect("nothing to reopen"));
    }
}
