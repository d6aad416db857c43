//! Private files (mode 0600) that are whole or absent: written aside, synced, then put in place.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;

use crate::random::random_bytes;

/// Writes `path`, replacing what was there.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let aside = write_aside(path, bytes)?;
    put(&aside, fs::rename(&aside, path))?;
    sync_dir(path)
}

/// Writes `path` unless something is there already. Says whether it did.
pub(crate) fn create_private(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    let aside = write_aside(path, bytes)?;
    let linked = fs::hard_link(&aside, path);
    fs::remove_file(&aside)?;
    match linked {
        Ok(()) => sync_dir(path).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// Makes the folder `path` (mode 0700) and its parents.
pub(crate) fn create_private_dir(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

fn write_aside(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let unique = format!(
        ".{}.{}",
        name.to_string_lossy(),
        HEXLOWER.encode(&random_bytes::<8>())
    );
    let aside = path.with_file_name(unique);
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&aside)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    put(&aside, written)?;
    Ok(aside)
}

fn put(aside: &Path, result: io::Result<()>) -> io::Result<()> {
    if result.is_err() {
        // The first error is the one to report.
        let _ = fs::remove_file(aside);
    }
    result
}

fn sync_dir(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => fs::File::open(dir)?.sync_all(),
        _ => fs::File::open(".")?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::{create_private, create_private_dir, write_private};

    #[test]
    fn private_files_are_private_and_leave_nothing_aside() {
        let dir = tempfile::tempdir().unwrap();
        let sub = dir.path().join("a/b");
        create_private_dir(&sub).unwrap();
        let path = sub.join("secret");
        assert!(create_private(&path, b"one").unwrap());
        assert!(!create_private(&path, b"two").unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"one");
        write_private(&path, b"three").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"three");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(
            fs::metadata(&sub).unwrap().permissions().mode() & 0o777,
            0o700
        );
        assert_eq!(fs::read_dir(&sub).unwrap().count(), 1);
    }
}
