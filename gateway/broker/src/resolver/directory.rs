//! A directory of `<account>.jwt` files, laid out as nats-server's full resolver does, so that
//! either can take over from the other.
//!
//! A token is written to a temporary file, synced, and renamed; the directory is synced once per
//! batch, before anybody is told that the update was taken. Only names are read at start: contents
//! when first needed.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use accounts::{
    jwt::TOKEN_BYTES_MAX,
    nkeys::{KeyKind, PublicKey},
};
use parking_lot::RwLock;
use rustix::fs::FlockOperation;

use super::StoreError;

const EXTENSION: &str = "jwt";
const LOCK_FILE: &str = ".lock";

/// The open directory. Dropping it releases the lock.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    allow_delete: bool,
    /// Held for its lock.
    _lock: File,
    known: RwLock<BTreeSet<PublicKey>>,
}

impl Directory {
    /// Opens a directory, makes it when missing, and locks it.
    pub(crate) fn open(path: &Path, allow_delete: bool) -> Result<Self, StoreError> {
        fs::create_dir_all(path).map_err(|source| failed("create", path, source))?;
        let lock_path = path.join(LOCK_FILE);
        let lock = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&lock_path);
        let lock = lock.map_err(|source| failed("open", &lock_path, source))?;
        rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|error| {
            match error {
                rustix::io::Errno::WOULDBLOCK => StoreError::Locked(path.to_owned()),
                other => failed("lock", &lock_path, other.into()),
            }
        })?;
        let directory = Self {
            path: path.to_owned(),
            allow_delete,
            _lock: lock,
            known: RwLock::default(),
        };
        *directory.known.write() = directory.scan()?;
        Ok(directory)
    }

    fn scan(&self) -> Result<BTreeSet<PublicKey>, StoreError> {
        let entries = fs::read_dir(&self.path);
        let entries = entries.map_err(|source| failed("list", &self.path, source))?;
        let mut known = BTreeSet::new();
        for entry in entries {
            let name = entry
                .map_err(|source| failed("list", &self.path, source))?
                .file_name();
            let name = Path::new(&name);
            let stem = name.file_stem().and_then(OsStr::to_str);
            if name.extension() != Some(OsStr::new(EXTENSION)) {
                continue;
            }
            match stem.map(|stem| PublicKey::parse_as(stem, KeyKind::Account)) {
                Some(Ok(key)) => {
                    known.insert(key);
                }
                _ => tracing::warn!(
                    file = %self.path.join(name).display(),
                    "ignored: the file is not named after an account"
                ),
            }
        }
        Ok(known)
    }

    pub(crate) fn contains(&self, key: &PublicKey) -> bool {
        self.known.read().contains(key)
    }

    pub(crate) fn list(&self) -> Vec<PublicKey> {
        self.known.read().iter().copied().collect()
    }

    pub(crate) fn fetch(&self, key: &PublicKey) -> Result<Option<String>, StoreError> {
        if !self.contains(key) {
            return Ok(None);
        }
        let path = self.file(key);
        let meta = match fs::metadata(&path) {
            Ok(meta) => meta,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(failed("read", &path, source)),
        };
        if meta.len() > TOKEN_BYTES_MAX as u64 {
            return Err(StoreError::NotAToken(path));
        }
        match fs::read(&path).map(String::from_utf8) {
            Ok(Ok(token)) => Ok(Some(token.trim().to_owned())),
            Ok(Err(_)) => Err(StoreError::NotAToken(path)),
            Err(source) => Err(failed("read", &path, source)),
        }
    }

    /// Writes all tokens, then makes them all durable together.
    pub(crate) fn keep(&self, batch: &[(PublicKey, &str)]) -> Result<(), StoreError> {
        let mut written = Vec::with_capacity(batch.len());
        for (key, token) in batch {
            let temporary = self.path.join(format!(".{key}.new"));
            let file = write_new(&temporary, token.as_bytes());
            written.push((
                file.map_err(|source| failed("write", &temporary, source))?,
                temporary,
            ));
        }
        for ((file, temporary), (key, _)) in written.iter().zip(batch) {
            file.sync_all()
                .map_err(|source| failed("sync", temporary, source))?;
            let path = self.file(key);
            fs::rename(temporary, &path).map_err(|source| failed("rename to", &path, source))?;
        }
        self.sync_names()?;
        self.known.write().extend(batch.iter().map(|(key, _)| *key));
        Ok(())
    }

    /// Sets an account aside as `<account>.jwt.deleted`. `false` when it was not there.
    pub(crate) fn delete(&self, key: &PublicKey) -> Result<bool, StoreError> {
        if !self.allow_delete {
            return Err(StoreError::DeleteForbidden);
        }
        let path = self.file(key);
        match fs::rename(&path, path.with_extension("jwt.deleted")) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(source) => return Err(failed("rename", &path, source)),
        }
        self.sync_names()?;
        self.known.write().remove(key);
        Ok(true)
    }

    /// Whether the account's file is there, perhaps put there by hand.
    pub(crate) fn has_file(&self, key: &PublicKey) -> bool {
        self.file(key).exists()
    }

    fn sync_names(&self) -> Result<(), StoreError> {
        let synced = File::open(&self.path).and_then(|directory| directory.sync_all());
        synced.map_err(|source| failed("sync", &self.path, source))
    }

    fn file(&self, key: &PublicKey) -> PathBuf {
        self.path.join(format!("{key}.{EXTENSION}"))
    }
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<File> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    Ok(file)
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> StoreError {
    StoreError::Io {
        action,
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests;
