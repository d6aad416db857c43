//! Accounts leave memory when nobody uses them: what counts as use, and what stays behind.
//!
//! In use is an account with clients, with a login on its way in ([`Hold`](crate::account::Hold)),
//! with open exchanges, the system account, and every account that one in use imports from. A while
//! after the last use it goes: its table, its claims, its links. Its counters stay, so that totals
//! never go backwards.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use accounts::nkeys::PublicKey;

use super::{Tenants, dependencies::Needs};
use crate::account::Account;

/// Accounts whose counters are kept after they left, about 100 bytes each. With more than that,
/// accounts that have counted something stay live: rather memory than a wrong bill.
const DEPARTED_MAX: usize = 256 * 1024;
/// Accounts that leave in one go; nobody can log in to a cold account meanwhile. A few
/// milliseconds.
const DEPARTURES_MAX: usize = 4096;

/// What an account has counted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counters {
    /// Messages that its clients published.
    pub(crate) messages: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// Clients that ever connected.
    pub(crate) connections: u64,
}

impl Counters {
    fn of(account: &Account) -> Self {
        let (messages, bytes) = account.received.get();
        Self {
            messages,
            bytes,
            connections: account.total_connections.load(Ordering::Relaxed),
        }
    }

    /// For an account that goes on from here.
    fn restore(self, account: &Account) {
        account.received.add(self.messages, self.bytes);
        let total = &account.total_connections;
        total.fetch_add(self.connections, Ordering::Relaxed);
    }
}

/// The counters of accounts that have left.
#[derive(Debug)]
pub(super) struct Departed {
    counters: HashMap<PublicKey, Counters>,
    max: usize,
}

impl Default for Departed {
    fn default() -> Self {
        Self {
            counters: HashMap::new(),
            max: DEPARTED_MAX,
        }
    }
}

impl Departed {
    /// Keeps what the account has counted. `false` when there is no room for it.
    fn keep(&mut self, key: PublicKey, counters: Counters) -> bool {
        if counters == Counters::default() {
            return true;
        }
        if self.counters.len() >= self.max {
            return false;
        }
        self.counters.insert(key, counters);
        true
    }

    #[cfg(test)]
    pub(super) fn with_room_for(max: usize) -> Self {
        Self {
            max,
            ..Self::default()
        }
    }
}

impl Tenants {
    /// What an account that is not live had counted when it left.
    pub(crate) fn departed(&self, key: &PublicKey) -> Option<Counters> {
        self.departed.lock().counters.get(key).copied()
    }

    /// Keeps the counters of an account that leaves.
    pub(super) fn keep_counters(&self, key: PublicKey, account: &Account) -> bool {
        self.departed.lock().keep(key, Counters::of(account))
    }

    /// Gives an account that becomes live again what it had counted before.
    pub(super) fn restore_counters(&self, key: &PublicKey, account: &Account) {
        if let Some(counters) = self.departed.lock().counters.remove(key) {
            counters.restore(account);
        }
    }

    /// Lets accounts go that nobody has used for `grace`. Returns how many went.
    pub(crate) fn dismiss_idle(&self, now: Instant, grace: Duration) -> usize {
        let is_idle = |account: &Arc<Account>| account.is_idle(now, grace);
        if !self.live.read().values().any(is_idle) {
            return 0;
        }
        let changing = self.changing.lock();
        let (idle, mut in_use): (Vec<_>, Vec<_>) = self
            .live()
            .into_iter()
            .partition(|account| is_idle(account) && !self.is_system(account));
        let needed = self.imported_by(&in_use);
        in_use.clear();
        let mut gone = Vec::new();
        for account in idle {
            let Some(key) = account.key else { continue };
            if needed.contains(&key) {
                account.note_use();
            } else if gone.len() >= DEPARTURES_MAX {
                break;
            } else if self.try_dismiss(key, &account, now, grace) {
                gone.push(account);
            } else {
                account.note_use();
                in_use.push(account);
            }
        }
        // Somebody came into these while others left: what they import must be there again.
        for account in in_use {
            self.relink(&account);
            self.tell_clients(&account);
        }
        drop(changing);
        gone.len()
    }

    fn is_system(&self, account: &Account) -> bool {
        account.key.is_some() && account.key == self.system_account
    }

    /// All that these accounts import from, directly or over others.
    fn imported_by(&self, accounts: &[Arc<Account>]) -> HashSet<PublicKey> {
        let mut found = HashSet::new();
        let mut links: Vec<_> = accounts.iter().map(|account| account.links()).collect();
        while let Some(next) = links.pop() {
            for key in &next.needs.exporters {
                if found.insert(*key)
                    && let Some(exporter) = self.find_live(key)
                {
                    links.push(exporter.links());
                }
            }
        }
        found
    }

    /// Takes an account off the books, unless somebody has come into it. Nobody comes in later:
    /// who has found the account already is sent to look again.
    fn try_dismiss(
        &self,
        key: PublicKey,
        account: &Account,
        now: Instant,
        grace: Duration,
    ) -> bool {
        let closed = account.close_if_idle(now, grace, || self.keep_counters(key, account));
        if closed {
            self.live.write().remove(&key);
            let links = account.links();
            let mut dependencies = self.dependencies.lock();
            dependencies.replace(key, &links.needs, &Needs::default());
        }
        closed
    }
}
