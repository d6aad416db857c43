//! The data directory of `serve`: its layout, the lock that one process holds, and files that
//! appear whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process;

use anyhow::{Context, bail};

/// A data directory that this process holds, until this value is dropped.
#[derive(Debug)]
pub(crate) struct DataDir {
    root: PathBuf,
    /// The lock goes when this file is closed, also when the process is killed.
    _lock: File,
}

impl DataDir {
    /// Makes the directory when it is missing and locks it.
    ///
    /// # Errors
    /// When it cannot be made or written, or another process holds it.
    pub(crate) fn open(root: &Path) -> anyhow::Result<Self> {
        let shown = root.display();
        create_private_dir(root).with_context(|| {
            format!("create the data directory {shown}; choose another one with --data")
        })?;
        let root = fs::canonicalize(root).with_context(|| format!("open {shown}"))?;
        let lock = lock(&root.join("lock"))?;
        let data = Self { root, _lock: lock };
        for folder in [data.run_dir(), data.broker_dir(), data.tls_dir()] {
            create_private_dir(&folder)
                .with_context(|| format!("create the directory {}", folder.display()))?;
        }
        // A process that was killed leaves the ports of its run behind.
        match fs::remove_file(data.ports_file()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).context("remove the ports file of the last run")
            }
            _ => Ok(data),
        }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    fn run_dir(&self) -> PathBuf {
        self.root.join("run")
    }

    fn broker_dir(&self) -> PathBuf {
        self.root.join("broker")
    }

    /// The root of the servers' certificates, and the certificate.
    pub(crate) fn tls_dir(&self) -> PathBuf {
        self.root.join("tls")
    }

    /// Which addresses this run listens on; removed when it stops.
    pub(crate) fn ports_file(&self) -> PathBuf {
        self.run_dir().join("ports.json")
    }

    /// The first admin token, until the first member exists.
    pub(crate) fn admin_token_file(&self) -> PathBuf {
        self.run_dir().join("admin.token")
    }

    /// The operator that the broker trusts, kept apart from the database.
    pub(crate) fn operator_file(&self) -> PathBuf {
        self.broker_dir().join("operator.jwt")
    }

    /// The system account as it was founded, for a resolver that has lost it.
    pub(crate) fn system_account_file(&self) -> PathBuf {
        self.broker_dir().join("system-account.jwt")
    }

    /// The operator's identity seed, there to be taken away.
    pub(crate) fn recovery_seed_file(&self) -> PathBuf {
        self.root.join("recovery").join("operator.seed")
    }

    /// The resolver's directory.
    pub(crate) fn accounts_dir(&self) -> PathBuf {
        self.broker_dir().join("accounts")
    }

    /// Where the key that seals seeds lies when no other place is named.
    pub(crate) fn vault_key_file(&self) -> PathBuf {
        self.root.join("vault.key")
    }
}

/// The vault key that the service manager lends: `LoadCredential=vault.key:…` of a systemd unit.
pub(crate) fn lent_vault_key() -> Option<PathBuf> {
    let folder = std::env::var_os("CREDENTIALS_DIRECTORY")?;
    Some(PathBuf::from(folder).join("vault.key")).filter(|file| file.exists())
}

/// Makes a directory that nobody else can look into; one that is there stays as it is.
pub(crate) fn create_private_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn lock(path: &Path) -> anyhow::Result<File> {
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("open the lock file {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = (&mut file).take(20).read_to_string(&mut holder);
            let folder = path.parent().unwrap_or(path).display();
            bail!(
                "the data directory {folder} is in use by process {}; \
                 stop that process or choose another directory with --data",
                if holder.trim().is_empty() {
                    "(unknown)"
                } else {
                    holder.trim()
                }
            );
        }
        Err(TryLockError::Error(error)) => {
            return Err(error).with_context(|| format!("lock {}", path.display()));
        }
    }
    file.set_len(0).context("write the lock file")?;
    write!(file, "{}", process::id()).context("write the lock file")?;
    Ok(file)
}

/// Writes a file so that a reader sees the old one or the new one, also after a crash.
pub(crate) fn write_durably(path: &Path, content: &[u8], mode: u32) -> anyhow::Result<()> {
    write(path, content, mode, true)
}

/// The same for a file that has no meaning after a crash.
pub(crate) fn write_whole(path: &Path, content: &[u8], mode: u32) -> anyhow::Result<()> {
    write(path, content, mode, false)
}

fn write(path: &Path, content: &[u8], mode: u32, sync: bool) -> anyhow::Result<()> {
    let folder = path
        .parent()
        .filter(|it| !it.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = folder.join(format!(".{name}.{}.tmp", process::id()));
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(mode)
            .open(&temporary)?;
        file.write_all(content)?;
        if sync {
            file.sync_all()?;
        }
        fs::rename(&temporary, path)?;
        if sync {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    };
    write().map_err(|error| {
        let _ = fs::remove_file(&temporary);
        anyhow::Error::new(error).context(format!("write {}", path.display()))
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_second_holder_is_told_who_the_first_is() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().join("data");
        let first = DataDir::open(&root).expect("a free directory");
        let error = DataDir::open(&root)
            .expect_err("a held directory")
            .to_string();
        assert!(
            error.contains(&format!("in use by process {}", process::id())),
            "{error}"
        );
        drop(first);
        DataDir::open(&root).expect("a directory that is free again");
        let mode = fs::metadata(&root)
            .expect("the directory")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn files_appear_whole_and_with_their_mode() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("x");
        write_durably(&path, b"one", 0o600).expect("a file");
        write_durably(&path, b"two", 0o600).expect("the file again");
        assert_eq!(fs::read(&path).expect("the file"), b"two");
        let mode = fs::metadata(&path).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1);
        write_durably(&folder.path().join("no/where"), b"", 0o600).expect_err("no folder");
    }
}
