//! A directory of `<account>.jwt` files, laid out as nats-server's full resolver does, so that
//! either can take over from the other.
//!
//! A token is written to a temporary file, synced, and renamed; the directory is synced once per
//! batch, before anybody is told that the update was taken. Only names are read at start: contents
//! when first needed. An account that has expired stays where it is: it is what keeps older claims
//! from being pushed again.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use accounts::{
    jwt::ACCOUNT_TOKEN_BYTES_MAX,
    nkeys::{KeyKind, PublicKey},
};
use parking_lot::{Mutex, RwLock};
use rustix::fs::FlockOperation;
use sha2::{Digest, Sha256};

use super::StoreError;
use crate::config::Deletion;

const EXTENSION: &str = "jwt";
const LOCK_FILE: &str = ".lock";

/// The open directory. Dropping it releases the lock.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    deletion: Deletion,
    /// Accounts that it may hold.
    limit: usize,
    /// Held for its lock.
    _lock: File,
    known: RwLock<BTreeSet<PublicKey>>,
    /// Held by who changes files.
    writing: Mutex<Sum>,
}

/// What tells one state of the directory from another: the SHA-256 of every token, combined by
/// exclusive or, as nats-server has it (`server/dirstore.go: Hash`).
pub(crate) type Fingerprint = [u8; 32];

/// The fingerprint, once somebody has asked for it: that reads every file, so that nobody pays for
/// it at start. From then on each change carries it forward.
#[derive(Debug, Default)]
struct Sum {
    known: Option<Fingerprint>,
    /// How often something changed.
    changes: u64,
}

impl Sum {
    /// Takes a token in, or out again.
    fn toggle(&mut self, token: &[u8]) {
        if let Some(sum) = &mut self.known {
            toggle(sum, token);
        }
    }
}

fn toggle(sum: &mut Fingerprint, token: &[u8]) {
    for (byte, of_token) in sum.iter_mut().zip(Sha256::digest(token)) {
        *byte ^= of_token;
    }
}

/// Tries to read all files without one of them changing meanwhile.
const FINGERPRINT_TRIES: usize = 3;

impl Directory {
    /// Opens a directory, makes it when missing, and locks it.
    pub(crate) fn open(
        path: &Path,
        deletion: Deletion,
        limit: Option<usize>,
    ) -> Result<Self, StoreError> {
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
            deletion,
            limit: limit.unwrap_or(usize::MAX),
            _lock: lock,
            known: RwLock::default(),
            writing: Mutex::default(),
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
        let path = self.file(key);
        let Some(bytes) = read(&path)? else {
            return Ok(None);
        };
        match String::from_utf8(bytes) {
            Ok(token) => Ok(Some(token.trim().to_owned())),
            Err(_) => Err(StoreError::NotAToken(path)),
        }
    }

    /// Writes all tokens, then makes them all durable together.
    pub(crate) fn keep(&self, batch: &[(PublicKey, &str)]) -> Result<(), StoreError> {
        let mut sum = self.writing.lock();
        self.check_room(batch)?;
        let mut written = Vec::with_capacity(batch.len());
        for (key, token) in batch {
            let temporary = self.path.join(format!(".{key}.new"));
            let file = write_new(&temporary, token.as_bytes());
            written.push((
                file.map_err(|source| failed("write", &temporary, source))?,
                temporary,
            ));
        }
        for ((file, temporary), (key, token)) in written.iter().zip(batch) {
            file.sync_all()
                .map_err(|source| failed("sync", temporary, source))?;
            let path = self.file(key);
            let before = self.for_sum(&sum, &path);
            fs::rename(temporary, &path).map_err(|source| failed("rename to", &path, source))?;
            sum.changes += 1;
            before.into_iter().for_each(|token| sum.toggle(&token));
            sum.toggle(token.as_bytes());
        }
        self.sync_names()?;
        self.known.write().extend(batch.iter().map(|(key, _)| *key));
        Ok(())
    }

    /// Refuses a batch with more new accounts than there is room for.
    fn check_room(&self, batch: &[(PublicKey, &str)]) -> Result<(), StoreError> {
        let known = self.known.read();
        let new = batch.iter().filter(|(key, _)| !known.contains(key)).count();
        if new > 0 && known.len() + new > self.limit {
            return Err(StoreError::Full(self.limit));
        }
        Ok(())
    }

    /// Takes an account away: aside as `<account>.jwt.deleted`, or for good. `false` when it was
    /// not there.
    pub(crate) fn delete(&self, key: &PublicKey) -> Result<bool, StoreError> {
        let path = self.file(key);
        let mut sum = self.writing.lock();
        let before = self.for_sum(&sum, &path);
        let taken = match self.deletion {
            Deletion::Refused => return Err(StoreError::DeleteForbidden),
            Deletion::Aside => fs::rename(&path, path.with_extension("jwt.deleted")),
            Deletion::ForGood => fs::remove_file(&path),
        };
        match taken {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(source) => return Err(failed("take away", &path, source)),
        }
        sum.changes += 1;
        before.into_iter().for_each(|token| sum.toggle(&token));
        self.sync_names()?;
        self.known.write().remove(key);
        Ok(true)
    }

    /// What a file adds to the fingerprint now. Unreadable is nothing, then as later.
    fn for_sum(&self, sum: &Sum, path: &Path) -> Option<Vec<u8>> {
        sum.known?;
        read(path).ok().flatten()
    }

    /// What the directory holds, in 32 bytes. Reads every file when it is asked for the first time.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        let mut sum = Fingerprint::default();
        for _ in 0..FINGERPRINT_TRIES {
            let before = {
                let noted = self.writing.lock();
                if let Some(known) = noted.known {
                    return known;
                }
                noted.changes
            };
            sum = Fingerprint::default();
            for key in self.list() {
                if let Ok(Some(token)) = read(&self.file(&key)) {
                    toggle(&mut sum, &token);
                }
            }
            let mut noted = self.writing.lock();
            if noted.changes == before {
                noted.known = Some(sum);
                return sum;
            }
        }
        // Too lively: who compares with this fetches what it has already, and no harm is done.
        sum
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

/// A file's bytes, unless it is too large to be a token.
fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    let missing = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    match fs::metadata(path) {
        Ok(meta) if meta.len() > ACCOUNT_TOKEN_BYTES_MAX as u64 => {
            return Err(StoreError::NotAToken(path.to_owned()));
        }
        Ok(_) => {}
        Err(error) if missing(&error) => return Ok(None),
        Err(source) => return Err(failed("read", path, source)),
    }
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if missing(&error) => Ok(None),
        Err(source) => Err(failed("read", path, source)),
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
