//! A directory that keeps the accounts used last; what it lacks is fetched.

use std::{
    collections::HashMap,
    path::Path,
    time::{Duration, Instant},
};

use accounts::nkeys::PublicKey;
use parking_lot::Mutex;

use super::{Directory, StoreError};
use crate::config::Deletion;

/// The directory and when each of its accounts was last used.
#[derive(Debug)]
pub(crate) struct Cache {
    directory: Directory,
    limit: usize,
    ttl: Option<Duration>,
    used: Mutex<HashMap<PublicKey, Instant>>,
}

impl Cache {
    pub(crate) fn open(
        path: &Path,
        limit: usize,
        ttl: Option<Duration>,
    ) -> Result<Self, StoreError> {
        let directory = Directory::open(path, Deletion::ForGood, None)?;
        let now = crate::clock::instant();
        let used = directory.list().into_iter().map(|key| (key, now)).collect();
        let cache = Self {
            directory,
            limit: limit.max(1),
            ttl,
            used: Mutex::new(used),
        };
        cache.make_room(0)?;
        Ok(cache)
    }

    /// Whether it is here and not too old.
    pub(crate) fn contains(&self, key: &PublicKey) -> bool {
        let used = self.used.lock();
        used.get(key).is_some_and(|at| !self.is_over(*at))
    }

    pub(crate) fn fetch(&self, key: &PublicKey) -> Result<Option<String>, StoreError> {
        if !self.contains(key) {
            return Ok(None);
        }
        self.used.lock().insert(*key, crate::clock::instant());
        self.directory.fetch(key)
    }

    pub(crate) fn keep(&self, batch: &[(PublicKey, &str)]) -> Result<(), StoreError> {
        for one in batch {
            let is_new = !self.used.lock().contains_key(&one.0);
            if is_new {
                self.make_room(1)?;
            }
            self.directory.keep(&[*one])?;
            self.used.lock().insert(one.0, crate::clock::instant());
        }
        Ok(())
    }

    pub(crate) fn list(&self) -> Vec<PublicKey> {
        let mut keys = self.directory.list();
        keys.retain(|key| self.contains(key));
        keys
    }

    fn is_over(&self, used_at: Instant) -> bool {
        let unused = crate::clock::instant().saturating_duration_since(used_at);
        self.ttl.is_some_and(|ttl| unused >= ttl)
    }

    /// Removes what is too old, and then what was unused for longest, until `more` fit in.
    fn make_room(&self, more: usize) -> Result<(), StoreError> {
        let mut going: Vec<_> = {
            let used = self.used.lock();
            let over = used.iter().filter(|(_, at)| self.is_over(**at));
            over.map(|(key, _)| *key).collect()
        };
        loop {
            for key in going.drain(..) {
                self.directory.delete(&key)?;
                self.used.lock().remove(&key);
            }
            let used = self.used.lock();
            if used.len() + more <= self.limit {
                return Ok(());
            }
            going.extend(used.iter().min_by_key(|(_, at)| **at).map(|(key, _)| *key));
        }
    }
}
