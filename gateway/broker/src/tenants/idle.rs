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

use accounts::{nkeys::PublicKey, policy::AccountPolicy};

use super::{Tenants, dependencies::Needs};
use crate::account::Account;

/// Accounts whose counters are kept after they left, about 200 bytes each. With more than that,
/// accounts that have counted something stay live: rather memory than a wrong bill.
const DEPARTED_MAX: usize = 256 * 1024;
/// Accounts that leave in one go; nobody can log in to a cold account meanwhile. A few
/// milliseconds.
const DEPARTURES_MAX: usize = 4096;

/// How new claims are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version {
    generation: Option<u64>,
    issued_at: i64,
}

impl Version {
    fn of(policy: &AccountPolicy) -> Self {
        Self {
            generation: policy.generation,
            issued_at: policy.issued_at,
        }
    }

    fn is_newer_than(self, other: Self) -> bool {
        match (self.generation, other.generation) {
            (Some(own), Some(other)) => own > other,
            _ => self.issued_at > other.issued_at,
        }
    }
}

/// What stays of an account.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Remains {
    counters: Counters,
    /// Of its claims, where they were fetched: the next ones may not be older.
    version: Option<Version>,
}

/// What an account has counted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counters {
    /// Messages and bytes that its clients published.
    pub(crate) received: (u64, u64),
    /// Messages and bytes that its clients were sent.
    pub(crate) sent: (u64, u64),
    /// Clients that ever connected.
    pub(crate) connections: u64,
    pub(crate) slow_consumers: u64,
    /// How often a client was held back by a quota.
    pub(crate) held_back: u64,
}

impl Counters {
    pub(crate) fn add(&mut self, other: &Self) {
        self.received.0 += other.received.0;
        self.received.1 += other.received.1;
        self.sent.0 += other.sent.0;
        self.sent.1 += other.sent.1;
        self.connections += other.connections;
        self.slow_consumers += other.slow_consumers;
        self.held_back += other.held_back;
    }

    pub(crate) fn of(account: &Account) -> Self {
        Self {
            received: account.received.get(),
            sent: account.sent(),
            connections: account.total_connections.load(Ordering::Relaxed),
            slow_consumers: account.slow_consumers.load(Ordering::Relaxed),
            held_back: account.held_back(),
        }
    }
}

/// What stays of accounts that have left.
#[derive(Debug)]
pub(super) struct Departed {
    remains: HashMap<PublicKey, Remains>,
    max: usize,
}

impl Default for Departed {
    fn default() -> Self {
        Self {
            remains: HashMap::new(),
            max: DEPARTED_MAX,
        }
    }
}

impl Departed {
    /// `false` when there is no room for it.
    fn keep(&mut self, key: PublicKey, remains: Remains) -> bool {
        if remains == Remains::default() {
            return true;
        }
        if self.remains.len() >= self.max {
            return false;
        }
        self.remains.insert(key, remains);
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
        let departed = self.departed.lock();
        departed.remains.get(key).map(|remains| remains.counters)
    }

    /// The same of all of them.
    pub(crate) fn all_departed(&self) -> Vec<(PublicKey, Counters)> {
        let departed = self.departed.lock();
        let remains = departed.remains.iter();
        remains
            .map(|(key, remains)| (*key, remains.counters))
            .collect()
    }

    /// Whether the account has newer claims than these in force, or had when it left.
    pub(super) fn was_newer_before(&self, offered: &AccountPolicy) -> bool {
        let live = self.find_live(&offered.key);
        let in_force = live.and_then(|account| account.policy());
        let version = match in_force {
            Some(policy) => Some(Version::of(&policy)),
            None => {
                let departed = self.departed.lock();
                let remains = departed.remains.get(&offered.key);
                remains.and_then(|it| it.version)
            }
        };
        version.is_some_and(|version| version.is_newer_than(Version::of(offered)))
    }

    /// Keeps what stays of an account that leaves.
    pub(super) fn keep_counters(&self, key: PublicKey, account: &Account) -> bool {
        let policy = account.policy().filter(|_| self.store.is_partial());
        let remains = Remains {
            counters: Counters::of(account),
            version: policy.map(|policy| Version::of(&policy)),
        };
        self.departed.lock().keep(key, remains)
    }

    /// Gives an account that becomes live again what it had counted before.
    pub(super) fn restore_counters(&self, key: &PublicKey, account: &Account) {
        if let Some(remains) = self.departed.lock().remains.remove(key) {
            account.count_on_from(&remains.counters);
        }
    }

    /// Lets accounts go that nobody has used for `grace`. Returns how many went.
    pub(crate) fn dismiss_idle(&self, now: Instant, grace: Duration) -> usize {
        self.dismiss_some(now, grace, DEPARTURES_MAX)
    }

    /// [`Self::dismiss_idle`] for at most `max` of them.
    pub(super) fn dismiss_some(&self, now: Instant, grace: Duration, max: usize) -> usize {
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
        let mut leaving = Vec::new();
        for account in idle {
            let Some(key) = account.key else { continue };
            if needed.contains(&key) {
                account.note_use();
            } else {
                leaving.push((key, account));
            }
        }
        self.spread(&mut leaving, max);
        let mut gone = 0;
        for (key, account) in leaving {
            if self.try_dismiss(key, &account, now, grace) {
                gone += 1;
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
        gone
    }

    /// Leaves as many as may go in one go. Who has to wait keeps those that it imports from:
    /// nobody goes before its importers, so those come first. (More accounts than that which all
    /// import from each other in a circle stay.)
    fn spread(&self, leaving: &mut Vec<(PublicKey, Arc<Account>)>, max: usize) {
        if leaving.len() <= max {
            return;
        }
        {
            let dependencies = self.dependencies.lock();
            leaving.sort_by_key(|(key, _)| dependencies.is_imported(key));
        }
        let waiting: Vec<_> = leaving.drain(max..).map(|(_, account)| account).collect();
        let needed = self.imported_by(&waiting);
        leaving.retain(|(key, _)| !needed.contains(key));
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
        if !account.close_if_idle(now, grace) {
            return false;
        }
        if !self.keep_counters(key, account) {
            account.reopen();
            return false;
        }
        // In this order: of what is not live, nothing is on its way out of the store.
        self.store.let_go(&key);
        self.live.write().remove(&key);
        let links = account.links();
        let mut dependencies = self.dependencies.lock();
        dependencies.replace(key, &links.needs, &Needs::default());
        true
    }
}
