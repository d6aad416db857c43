//! What live accounts depend on: whom they import from, and when that has to be looked at again.

use std::collections::{BTreeMap, HashMap, HashSet};

use accounts::nkeys::PublicKey;

/// What one live account depends on.
#[derive(Debug, Default, Clone)]
pub(crate) struct Needs {
    /// The accounts that it imports from, live or not.
    pub(crate) exporters: HashSet<PublicKey>,
    /// When the verdict on one of its imports changes by time alone: seconds since 1970.
    pub(crate) due: Option<i64>,
}

/// The needs of all live accounts, turned round. Accounts that are not live have no entry.
#[derive(Debug, Default)]
pub(super) struct Dependencies {
    /// By exporter, which need not exist yet.
    importers: HashMap<PublicKey, HashSet<PublicKey>>,
    due: BTreeMap<i64, HashSet<PublicKey>>,
}

impl Dependencies {
    /// Puts `new` in the place of what was noted for the account before.
    pub(super) fn replace(&mut self, key: PublicKey, old: &Needs, new: &Needs) {
        for exporter in old.exporters.difference(&new.exporters) {
            take_out(&mut self.importers, exporter, &key);
        }
        for exporter in &new.exporters {
            self.importers.entry(*exporter).or_default().insert(key);
        }
        if let Some(at) = old.due
            && let Some(keys) = self.due.get_mut(&at)
        {
            keys.remove(&key);
            if keys.is_empty() {
                self.due.remove(&at);
            }
        }
        if let Some(at) = new.due {
            self.due.entry(at).or_default().insert(key);
        }
    }

    /// The live accounts that import from this one, or would if it were there.
    pub(super) fn importers_of(&self, key: &PublicKey) -> Vec<PublicKey> {
        let importers = self.importers.get(key);
        importers.into_iter().flatten().copied().collect()
    }

    /// All that live accounts import from, live or not.
    pub(super) fn exporters(&self) -> HashSet<PublicKey> {
        self.importers.keys().copied().collect()
    }

    pub(super) fn is_imported(&self, key: &PublicKey) -> bool {
        self.importers.contains_key(key)
    }

    pub(super) fn is_due(&self, now: i64) -> bool {
        self.due.first_key_value().is_some_and(|(at, _)| *at <= now)
    }

    /// Takes out the accounts that have to be looked at by `now`.
    pub(super) fn take_due(&mut self, now: i64) -> HashSet<PublicKey> {
        let later = self.due.split_off(&now.saturating_add(1));
        let due = std::mem::replace(&mut self.due, later);
        due.into_values().flatten().collect()
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.importers.is_empty() && self.due.is_empty()
    }
}

fn take_out(
    importers: &mut HashMap<PublicKey, HashSet<PublicKey>>,
    exporter: &PublicKey,
    importer: &PublicKey,
) {
    if let Some(keys) = importers.get_mut(exporter) {
        keys.remove(importer);
        if keys.is_empty() {
            importers.remove(exporter);
        }
    }
}
