//! A log file with an end: when it is larger than it may be it is put aside under a name with the
//! time in it, and the oldest of those are removed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use time::OffsetDateTime;

use super::nats_line::{LineStyle, local_offset};

/// The digits of the time in the name of a file that was put aside, field by field.
const STAMP_DIGITS: [usize; 7] = [4, 2, 2, 2, 2, 2, 9];

#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    file: File,
    written: u64,
    size_limit: Option<u64>,
    /// Files that are kept, the one in use included.
    files_max: Option<usize>,
    announcer: Option<Arc<LineStyle>>,
}

impl LogFile {
    pub(super) fn open(
        path: &Path,
        size_limit: Option<u64>,
        files_max: Option<usize>,
        announcer: Option<Arc<LineStyle>>,
    ) -> io::Result<Self> {
        let file = open(path)?;
        Ok(Self {
            path: path.to_owned(),
            written: file.metadata()?.len(),
            file,
            size_limit,
            files_max,
            announcer,
        })
    }

    pub(super) fn reopen(&mut self) -> io::Result<()> {
        let file = open(&self.path)?;
        self.written = file.metadata()?.len();
        self.file = file;
        Ok(())
    }

    pub(super) fn write(&mut self, line: &[u8]) -> io::Result<()> {
        self.file.write_all(line)?;
        self.written += line.len() as u64;
        self.rotate_if_full();
        Ok(())
    }

    pub(super) fn rotate_if_full(&mut self) {
        if self.size_limit.is_none_or(|limit| self.written <= limit) {
            return;
        }
        let now = OffsetDateTime::now_utc().to_offset(local_offset());
        let aside = aside(&self.path, now);
        let outcome = fs::rename(&self.path, &aside).and_then(|()| self.reopen());
        if let Err(error) = outcome {
            // The file grows on; the next try comes when it is as large again.
            self.written = 0;
            return self.announce(&format!("Unable to put the log file aside: {error}"));
        }
        self.announce(&format!("Rotated log, backup saved as {aside:?}"));
        if let Some(files_max) = self.files_max {
            for path in surplus(&self.path, files_max.saturating_sub(1)) {
                match fs::remove_file(&path) {
                    Ok(()) => self.announce(&format!("Purged log file {path:?}")),
                    Err(error) => self.announce(&format!("Unable to remove {path:?}: {error}")),
                }
            }
        }
    }

    /// Says something in the file itself. This does not count: a limit of one line must not rotate
    /// for ever.
    fn announce(&mut self, text: &str) {
        if let Some(style) = &self.announcer {
            // A disk that is full has nothing to say about it.
            let _ = self.file.write_all(style.line(text).as_bytes());
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o640)
        .open(path)
}

/// `x.log.2026.01.02.15.04.05.000000007`, as nats-server names them.
fn aside(path: &Path, now: OffsetDateTime) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(
        ".{:04}.{:02}.{:02}.{:02}.{:02}.{:02}.{:09}",
        now.year(),
        u8::from(now.month()),
        now.day(),
        now.hour(),
        now.minute(),
        now.second(),
        now.nanosecond()
    ));
    name.into()
}

/// The oldest files that were put aside, so that `kept` stay.
fn surplus(path: &Path, kept: usize) -> Vec<PathBuf> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let own = path.file_name().unwrap_or_default().to_string_lossy();
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let is_aside = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let stamp = name.strip_prefix(&*own).and_then(|it| it.strip_prefix('.'));
        stamp.is_some_and(is_stamp)
    };
    let paths = entries.flatten().map(|entry| entry.path());
    let mut paths: Vec<_> = paths.filter(is_aside).collect();
    paths.sort();
    paths.truncate(paths.len().saturating_sub(kept));
    paths
}

fn is_stamp(text: &str) -> bool {
    let fields: Vec<_> = text.split('.').collect();
    fields.len() == STAMP_DIGITS.len()
        && fields.iter().zip(STAMP_DIGITS).all(|(field, digits)| {
            field.len() == digits && field.bytes().all(|byte| byte.is_ascii_digit())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder").flatten();
        let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
        let mut names: Vec<_> = entries.map(name).collect();
        names.sort();
        names
    }

    #[test]
    fn a_full_file_is_put_aside_and_the_oldest_are_removed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("x.log");
        let old = |stamp: &str| fs::write(folder.path().join(format!("x.log.{stamp}")), "old");
        old("2001.01.01.00.00.00.000000001").expect("a file");
        old("2001.01.01.00.00.00.000000002").expect("a file");
        old("2001.01.01").expect("a file of somebody else");
        let style = Arc::new(LineStyle::default());
        let mut log = LogFile::open(&path, Some(10), Some(3), Some(style)).expect("a file");
        log.write(b"0123456789").expect("a line that fits");
        assert_eq!(names(folder.path()).len(), 4);
        log.write(b"0").expect("a line too much");
        let now = names(folder.path());
        assert_eq!(now.len(), 4, "{now:?}");
        assert!(!now.contains(&"x.log.2001.01.01.00.00.00.000000001".to_owned()));
        assert!(now.contains(&"x.log.2001.01.01".to_owned()));
        let aside = now.last().expect("files");
        assert!(is_stamp(&aside["x.log.".len()..]), "{aside}");
        let moved = fs::read(folder.path().join(aside)).expect("the full file");
        assert_eq!(moved, b"01234567890");
        let fresh = fs::read_to_string(&path).expect("the new file");
        assert!(
            fresh.contains("[INF] Rotated log, backup saved as \""),
            "{fresh}"
        );
        assert!(fresh.contains("[INF] Purged log file \""), "{fresh}");
    }

    #[test]
    fn a_file_that_was_full_before_is_put_aside_at_once() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("x.log");
        fs::write(&path, "0123456789").expect("a file");
        let mut log = LogFile::open(&path, Some(5), None, None).expect("a file");
        log.rotate_if_full();
        assert_eq!(names(folder.path()).len(), 2);
        assert_eq!(fs::read(&path).expect("the new file"), b"");
    }
}
