//! Where log lines go: stderr, or a file that can be reopened after it was moved away.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tracing_subscriber::fmt::MakeWriter;

/// Handed to the log layer; clones share the file.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    file: Option<Arc<LogFile>>,
}

#[derive(Debug)]
struct LogFile {
    path: PathBuf,
    file: Mutex<File>,
}

impl Output {
    pub(super) fn stderr() -> Self {
        Self { file: None }
    }

    pub(super) fn file(path: &Path) -> io::Result<Self> {
        let file = LogFile {
            path: path.to_owned(),
            file: Mutex::new(open(path)?),
        };
        Ok(Self {
            file: Some(Arc::new(file)),
        })
    }

    pub(super) fn is_terminal(&self) -> bool {
        self.file.is_none() && io::stderr().is_terminal()
    }

    /// Opens the file anew, for log rotation. On an error the old one stays in use.
    pub(crate) fn reopen(&self) -> io::Result<()> {
        if let Some(log) = &self.file {
            let fresh = open(&log.path)?;
            *log.file.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
        }
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o640)
        .open(path)
}

impl<'a> MakeWriter<'a> for Output {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Self::Writer {
        Line(self)
    }
}

/// Writes one line to wherever the output goes now.
#[derive(Debug)]
pub(crate) struct Line<'a>(&'a Output);

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &self.0.file {
            None => io::stderr().write(bytes),
            Some(log) => log
                .file
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .write(bytes),
        }
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
        let output = Output::file(&path).expect("a log file");
        output.make_writer().write_all(b"one\n").expect("a line");
        fs::rename(&path, &moved).expect("rotation");
        output.make_writer().write_all(b"two\n").expect("a line");
        output.reopen().expect("a fresh file");
        output.make_writer().write_all(b"three\n").expect("a line");
        assert_eq!(
            fs::read_to_string(&moved).expect("the old file"),
            "one\ntwo\n"
        );
        assert_eq!(fs::read_to_string(&path).expect("the new file"), "three\n");
    }
}
