//! Where account JWTs are kept: in memory, or in a directory that outlives the process; and where
//! they come from when they are not here.

mod cache;
mod directory;
mod remote;

use std::{collections::BTreeMap, path::PathBuf};

use accounts::nkeys::PublicKey;
use parking_lot::RwLock;

pub(crate) use cache::Cache;
pub(crate) use directory::{Directory, Fingerprint};
pub(crate) use remote::{Purpose, Remote, Verdict};

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Reading or writing failed.
    #[error("{action} {path}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Another process holds the directory.
    #[error("{0} is in use by another broker: stop that one, or choose another directory")]
    Locked(PathBuf),
    /// A file is larger than any JWT may be, or is not text.
    #[error("{0} is not a JWT file: remove it, and push the account again")]
    NotAToken(PathBuf),
    /// There are as many accounts as there may be.
    #[error("the account directory is full: its limit is {0} accounts")]
    Full(usize),
    /// Accounts may not be deleted here.
    #[error("deletion is not allowed: set `allow_delete: true` in the resolver to allow it")]
    DeleteForbidden,
}

/// The account JWTs that this broker knows.
#[derive(Debug)]
pub(crate) enum Store {
    Memory(RwLock<BTreeMap<PublicKey, String>>),
    Directory(Directory),
    Cache(Cache),
    /// None: the configuration names the accounts.
    Configured,
    /// Fetched ones, of accounts that are live.
    Fetched(RwLock<BTreeMap<PublicKey, String>>),
}

impl Store {
    pub(crate) fn memory(preload: Vec<(PublicKey, String)>) -> Self {
        Self::Memory(RwLock::new(preload.into_iter().collect()))
    }

    /// Whether it has what the configuration gave it, and nothing else.
    pub(crate) fn is_memory(&self) -> bool {
        matches!(self, Self::Memory(_))
    }

    /// Whether an update for an account that is not there yet is kept.
    pub(crate) fn takes_new(&self) -> bool {
        matches!(self, Self::Directory(_))
    }

    /// Whether what is not here may be found elsewhere.
    pub(crate) fn is_partial(&self) -> bool {
        matches!(self, Self::Cache(_) | Self::Fetched(_))
    }

    pub(crate) fn contains(&self, key: &PublicKey) -> bool {
        match self {
            Self::Memory(tokens) | Self::Fetched(tokens) => tokens.read().contains_key(key),
            Self::Directory(directory) => directory.contains(key),
            Self::Cache(cache) => cache.contains(key),
            Self::Configured => false,
        }
    }

    /// `false` when a look for the account is bound to be in vain. Cheap: strangers make us ask.
    pub(crate) fn may_have(&self, key: &PublicKey) -> bool {
        match self {
            Self::Directory(directory) => directory.contains(key) || directory.has_file(key),
            _ => self.contains(key),
        }
    }

    pub(crate) fn fetch(&self, key: &PublicKey) -> Result<Option<String>, StoreError> {
        match self {
            Self::Memory(tokens) | Self::Fetched(tokens) => Ok(tokens.read().get(key).cloned()),
            Self::Directory(directory) => directory.fetch(key),
            Self::Cache(cache) => cache.fetch(key),
            Self::Configured => Ok(None),
        }
    }

    /// Keeps tokens. When this returns they survive a crash (in a directory). One error speaks for
    /// all of them.
    pub(crate) fn keep(&self, batch: &[(PublicKey, &str)]) -> Result<(), StoreError> {
        match self {
            Self::Memory(tokens) | Self::Fetched(tokens) => {
                let mut tokens = tokens.write();
                for (key, token) in batch {
                    tokens.insert(*key, (*token).to_owned());
                }
                Ok(())
            }
            Self::Directory(directory) => directory.keep(batch),
            Self::Cache(cache) => cache.keep(batch),
            // Nobody can sign one: no update gets as far as here.
            Self::Configured => Ok(()),
        }
    }

    /// Drops what can be fetched again: its account has left.
    pub(crate) fn let_go(&self, key: &PublicKey) {
        if let Self::Fetched(tokens) = self {
            tokens.write().remove(key);
        }
    }

    /// Drops an account that the configuration does not name any more.
    pub(crate) fn forget(&self, key: &PublicKey) {
        if let Self::Memory(tokens) = self {
            tokens.write().remove(key);
        }
    }

    pub(crate) fn delete(&self, key: &PublicKey) -> Result<bool, StoreError> {
        match self {
            Self::Directory(directory) => directory.delete(key),
            _ => Err(StoreError::DeleteForbidden),
        }
    }

    /// All accounts, in order of their keys.
    pub(crate) fn list(&self) -> Vec<PublicKey> {
        match self {
            Self::Memory(tokens) | Self::Fetched(tokens) => tokens.read().keys().copied().collect(),
            Self::Directory(directory) => directory.list(),
            Self::Cache(cache) => cache.list(),
            Self::Configured => Vec::new(),
        }
    }

    /// What tells one state of the store from another, where that is known. May read every file.
    pub(crate) fn fingerprint(&self) -> Option<Fingerprint> {
        match self {
            Self::Directory(directory) => Some(directory.fingerprint()),
            _ => None,
        }
    }
}
