//! Who wraps the vault's data keys: a service that keeps a key to itself, or a file beside us.

use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use futures_util::future::BoxFuture;
use zeroize::{Zeroize as _, Zeroizing};

use super::VaultError;
use super::boxes::{self, KEY_BYTES, Key, derive, name_of};
use crate::files;
use crate::random::random_bytes;

/// A key file is a few short lines; anything longer is not a key file.
const KEY_FILE_BYTES_MAX: u64 = 512;
/// Version of a wrapped data key.
const WRAPPED: &[u8] = &[1];

/// A data key that only the KMS opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrapped {
    /// The KMS's name of the key that opens it.
    pub(crate) key_id: String,
    pub(crate) bytes: Vec<u8>,
}

/// Wraps data keys with a key that never lies beside what they seal.
pub(crate) trait Kms: Send + Sync + fmt::Debug {
    /// What kind it is, for people.
    fn kind(&self) -> &'static str;

    /// Wraps the data key `name` with the newest key.
    fn wrap<'a>(
        &'a self,
        name: &'a str,
        data_key: &'a [u8; KEY_BYTES],
    ) -> BoxFuture<'a, Result<Wrapped, VaultError>>;

    /// Opens what [`Kms::wrap`] made for the same name, with whichever key.
    fn unwrap<'a>(
        &'a self,
        name: &'a str,
        wrapped: &'a Wrapped,
    ) -> BoxFuture<'a, Result<Key, VaultError>>;
}

/// A file with a key on each line, 32 bytes in base64. The first one wraps, all of them unwrap. It
/// is read each time: a new key may be put on top of it while processes run.
#[derive(Debug, Clone)]
pub(super) struct KeyFile {
    path: PathBuf,
}

impl KeyFile {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    /// Makes the file with one key (mode 0600), unless it is there.
    pub(super) fn create(&self) -> Result<(), VaultError> {
        let key = Zeroizing::new(random_bytes::<KEY_BYTES>());
        let text = Zeroizing::new(BASE64.encode(key.as_slice()) + "\n");
        let made = files::create_private(&self.path, text.as_bytes());
        made.map(drop).map_err(|source| self.unusable(source))
    }

    /// The keys, of which there is one at least.
    pub(super) fn read(&self) -> Result<(Key, Vec<Key>), VaultError> {
        let path = || self.path.clone();
        let meta = fs::metadata(&self.path).map_err(|source| self.unusable(source))?;
        let mode = meta.permissions().mode() & 0o777;
        if mode & !self.modes() != 0 {
            return Err(VaultError::Permissions { path: path(), mode });
        }
        if !meta.is_file() || meta.size() > KEY_FILE_BYTES_MAX {
            return Err(VaultError::Format { path: path() });
        }
        let text = fs::read(&self.path).map_err(|source| self.unusable(source))?;
        let text = Zeroizing::new(text);
        let lines = text.split(|&byte| byte == b'\n');
        let lines = lines.map(<[u8]>::trim_ascii).filter(|it| !it.is_empty());
        let keys: Option<Vec<Key>> = lines.map(key_of).collect();
        let mut keys = keys.unwrap_or_default().into_iter();
        let first = keys.next().ok_or(VaultError::Format { path: path() })?;
        Ok((first, keys.collect()))
    }

    /// Permissions that others than the owner are kept out with. The service manager lends its
    /// credentials to a service's own group.
    fn modes(&self) -> u32 {
        let lent = std::env::var_os("CREDENTIALS_DIRECTORY");
        match lent.is_some_and(|folder| self.path.starts_with(folder)) {
            true => 0o740,
            false => 0o700,
        }
    }

    fn unusable(&self, source: io::Error) -> VaultError {
        let path = self.path.clone();
        match source.kind() {
            io::ErrorKind::NotFound => VaultError::Missing { path },
            _ => VaultError::File { path, source },
        }
    }

    fn wrap_now(&self, name: &str, data_key: &[u8; KEY_BYTES]) -> Result<Wrapped, VaultError> {
        let (key, _) = self.read()?;
        let wrapping = derive(&key, b"tidegate/v1/wrap");
        Ok(Wrapped {
            key_id: name_of(&key),
            bytes: boxes::seal(&wrapping, WRAPPED, name.as_bytes(), data_key.as_slice()),
        })
    }

    fn unwrap_now(&self, name: &str, wrapped: &Wrapped) -> Result<Key, VaultError> {
        let wrong = || VaultError::WrongKey {
            key_id: wrapped.key_id.clone(),
        };
        let (first, rest) = self.read()?;
        let mut keys = std::iter::once(&first).chain(&rest);
        let key = keys.find(|key| name_of(key) == wrapped.key_id);
        let wrapping = derive(key.ok_or_else(wrong)?, b"tidegate/v1/wrap");
        let opened = boxes::open(&wrapping, WRAPPED, name.as_bytes(), &wrapped.bytes);
        let opened = opened.ok_or_else(wrong)?;
        let key = <[u8; KEY_BYTES]>::try_from(opened.as_slice());
        key.map(Zeroizing::new).map_err(|_| wrong())
    }
}

fn key_of(line: &[u8]) -> Option<Key> {
    let mut bytes = BASE64.decode(line).ok()?;
    let key = <[u8; KEY_BYTES]>::try_from(bytes.as_slice()).map(Zeroizing::new);
    bytes.zeroize();
    key.ok()
}

impl Kms for KeyFile {
    fn kind(&self) -> &'static str {
        "key_file"
    }

    fn wrap<'a>(
        &'a self,
        name: &'a str,
        data_key: &'a [u8; KEY_BYTES],
    ) -> BoxFuture<'a, Result<Wrapped, VaultError>> {
        Box::pin(async move { self.wrap_now(name, data_key) })
    }

    fn unwrap<'a>(
        &'a self,
        name: &'a str,
        wrapped: &'a Wrapped,
    ) -> BoxFuture<'a, Result<Key, VaultError>> {
        Box::pin(async move { self.unwrap_now(name, wrapped) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, KeyFile) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vault.key");
        files::write_private(&path, text.as_bytes()).unwrap();
        (dir, KeyFile::new(&path))
    }

    fn line(byte: u8) -> String {
        BASE64.encode(&[byte; KEY_BYTES])
    }

    #[test]
    fn a_new_key_on_top_wraps_and_the_one_below_still_unwraps() {
        let (_dir, keys) = file(&line(1));
        let old = keys.wrap_now("a", &[9; 32]).unwrap();
        files::write_private(
            &keys.path,
            format!("{}\n\n{}\n", line(2), line(1)).as_bytes(),
        )
        .unwrap();
        let new = keys.wrap_now("a", &[8; 32]).unwrap();
        assert_ne!(old.key_id, new.key_id);
        assert_eq!(*keys.unwrap_now("a", &old).unwrap(), [9; 32]);
        assert_eq!(*keys.unwrap_now("a", &new).unwrap(), [8; 32]);
        assert!(keys.unwrap_now("b", &new).is_err(), "another name");
        files::write_private(&keys.path, line(2).as_bytes()).unwrap();
        let gone = keys.unwrap_now("a", &old).unwrap_err();
        assert!(gone.to_string().contains(&old.key_id), "{gone}");
    }
}
