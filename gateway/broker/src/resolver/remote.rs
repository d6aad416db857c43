//! Accounts that are asked for elsewhere: one question at a time for each, and no question that was
//! answered with "no" a moment ago.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use accounts::nkeys::PublicKey;
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::config::AccountSource;

/// Accounts that are asked for at a time for logins. A login that needs one more is refused:
/// strangers can invent accounts without end.
const LOGIN_FLIGHTS_MAX: usize = 256;
/// From this many on each address has its share only, so that one stranger leaves room.
const CROWDED: usize = LOGIN_FLIGHTS_MAX / 2;
/// The share of an address then: the other half has room for four of them.
const SHARE_OF_ADDRESS: usize = 32;
/// Accounts that are asked for at a time since live ones import from them: no login waits.
const UPKEEP_FLIGHTS_MAX: usize = 32;
/// Of those, for one importer: it may have thousands of dead imports.
const SHARE_OF_IMPORTER: usize = 4;
/// The longest pause between two questions for an exporter that is not there. It doubles from
/// [`MISS_TIME`].
const PAUSE_MAX: Duration = Duration::from_secs(64);
/// How long "no" holds: nats-server does not ask for an account twice within a second, either.
const MISS_TIME: Duration = Duration::from_secs(1);
/// Misses that are remembered, about 64 bytes each. Full means emptied.
const MISSES_MAX: usize = 8192;

/// Whom to ask, and what is being asked.
#[derive(Debug, Default)]
pub(crate) struct Remote {
    source: OnceLock<Arc<dyn AccountSource>>,
    flights: Mutex<Flights>,
    /// When exporters that were asked for in vain may be asked for again, and the pause until
    /// then. Only those that are wanted still.
    later: Mutex<HashMap<PublicKey, (Instant, Duration)>>,
    misses: Mutex<HashMap<PublicKey, Instant>>,
}

/// What an account is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Purpose {
    /// A client at this address wants in. Without one: something of our own that waits.
    Login(Option<IpAddr>),
    /// Live accounts import from it.
    Upkeep,
}

impl Purpose {
    /// Who has one network of IPv6 has 2^64 addresses.
    fn of_network(self) -> Self {
        match self {
            Self::Login(Some(IpAddr::V6(ip))) => {
                let network = ip.to_bits() & (u128::MAX << 64);
                Self::Login(Some(IpAddr::V6(Ipv6Addr::from_bits(network))))
            }
            other => other,
        }
    }
}

/// What is being asked.
#[derive(Debug, Default)]
struct Flights {
    landings: HashMap<PublicKey, watch::Receiver<()>>,
    upkeep: usize,
    logins: usize,
    of_addresses: HashMap<Purpose, usize>,
}

impl Flights {
    /// Takes a place for a flight.
    fn take(&mut self, purpose: Purpose) -> bool {
        if purpose == Purpose::Upkeep {
            let free = self.upkeep < UPKEEP_FLIGHTS_MAX;
            self.upkeep += usize::from(free);
            return free;
        }
        let own = self.of_addresses.get(&purpose).copied().unwrap_or(0);
        let free =
            self.logins < LOGIN_FLIGHTS_MAX && (self.logins < CROWDED || own < SHARE_OF_ADDRESS);
        if free {
            self.logins += 1;
            self.of_addresses.insert(purpose, own + 1);
        }
        free
    }

    fn give_back(&mut self, purpose: Purpose) {
        if purpose == Purpose::Upkeep {
            self.upkeep = self.upkeep.saturating_sub(1);
            return;
        }
        self.logins = self.logins.saturating_sub(1);
        if let Some(own) = self.of_addresses.get_mut(&purpose) {
            *own -= 1;
            if *own == 0 {
                self.of_addresses.remove(&purpose);
            }
        }
    }
}

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is kept.
    Kept,
    /// There is none, or none that can be used.
    Missed,
}

/// An account that is being asked for. It lands however that ends, a fault of ours included: else
/// nobody could ever ask for the account again.
struct Flight {
    remote: Arc<Remote>,
    key: PublicKey,
    purpose: Purpose,
    verdict: Verdict,
    /// Dropped last of all: who waits may look then.
    _landing: watch::Sender<()>,
}

impl Drop for Flight {
    fn drop(&mut self) {
        if self.verdict == Verdict::Missed {
            self.remote.note_miss(self.key);
        }
        let mut flights = self.remote.flights.lock();
        flights.landings.remove(&self.key);
        flights.give_back(self.purpose);
    }
}

impl Remote {
    /// Says whom to ask. The first one counts.
    pub(crate) fn ask_there(&self, source: Arc<dyn AccountSource>) {
        let _ = self.source.set(source);
    }

    /// Asks for an account and hands the answer to `keep`; returns when that is done, whoever
    /// asked first.
    pub(crate) async fn fetch<K, F>(self: &Arc<Self>, key: PublicKey, purpose: Purpose, keep: K)
    where
        K: FnOnce(String) -> F + Send + 'static,
        F: Future<Output = Verdict> + Send,
    {
        let Some(source) = self.source.get() else {
            return;
        };
        if self.was_missed(&key) {
            return;
        }
        let purpose = purpose.of_network();
        let mut landed = {
            let mut flights = self.flights.lock();
            if let Some(landed) = flights.landings.get(&key) {
                landed.clone()
            } else if !flights.take(purpose) {
                tracing::warn!(account.id = %key, "too many accounts are being asked for");
                return;
            } else {
                let (flight, landed) = watch::channel(());
                flights.landings.insert(key, landed.clone());
                let mut flight = Flight {
                    remote: Arc::clone(self),
                    key,
                    purpose,
                    verdict: Verdict::Missed,
                    _landing: flight,
                };
                let source = Arc::clone(source);
                // On its own: whoever waits may hang up.
                tokio::spawn(async move {
                    flight.verdict = match source.fetch(key).await {
                        Ok(Some(token)) => keep(token).await,
                        Ok(None) => Verdict::Missed,
                        Err(error) => {
                            tracing::warn!(account.id = %key, error, "cannot fetch the account");
                            Verdict::Missed
                        }
                    };
                    drop(flight);
                });
                landed
            }
        };
        // An error says that it has landed.
        while landed.changed().await.is_ok() {}
    }

    fn was_missed(&self, key: &PublicKey) -> bool {
        let misses = self.misses.lock();
        let now = crate::clock::instant();
        let since = |at: &Instant| now.saturating_duration_since(*at);
        misses.get(key).is_some_and(|at| since(at) < MISS_TIME)
    }

    fn note_miss(&self, key: PublicKey) {
        let mut misses = self.misses.lock();
        if misses.len() >= MISSES_MAX {
            misses.clear();
        }
        misses.insert(key, crate::clock::instant());
    }

    /// Of these exporters that are not there, those to ask for now, who waited for longest first:
    /// no more than there are places, nor than the share of each importer. The pause until they
    /// are asked for again begins.
    pub(crate) fn worth_asking(
        &self,
        absent: HashMap<PublicKey, Vec<PublicKey>>,
    ) -> Vec<PublicKey> {
        let now = crate::clock::instant();
        let mut later = self.later.lock();
        later.retain(|key, _| absent.contains_key(key));
        let mut due: Vec<_> = absent
            .into_iter()
            .map(|(key, importers)| (later.get(&key).copied(), key, importers))
            .filter(|(pause, ..)| pause.is_none_or(|(at, _)| at <= now))
            .collect();
        due.sort_by_key(|(pause, ..)| pause.map(|(at, _)| at));
        let mut room = UPKEEP_FLIGHTS_MAX.saturating_sub(self.flights.lock().upkeep);
        let mut shares: HashMap<PublicKey, usize> = HashMap::new();
        let mut chosen = Vec::new();
        for (pause, key, importers) in due {
            // It counts against one of them only: others' dead imports do not hold up a live one.
            let mut payers = importers.iter();
            let payer =
                payers.find(|it| shares.get(*it).is_none_or(|own| *own < SHARE_OF_IMPORTER));
            let Some(payer) = payer.filter(|_| room > 0) else {
                continue;
            };
            *shares.entry(*payer).or_default() += 1;
            room -= 1;
            let pause = pause.map_or(MISS_TIME, |(_, last)| (last * 2).min(PAUSE_MAX));
            later.insert(key, (now + pause, pause));
            chosen.push(key);
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use accounts::nkeys::KeyKind;

    use super::*;
    use crate::config::Fetching;

    /// Has a fault.
    #[derive(Debug)]
    struct Faulty;

    impl AccountSource for Faulty {
        fn fetch(&self, _: PublicKey) -> Fetching {
            panic!("a fault of ours, made for a test")
        }
    }

    #[test]
    fn a_fetch_lands_however_it_ends() {
        let remote = Arc::new(Remote::default());
        remote.ask_there(Arc::new(Faulty));
        let key = PublicKey::from_bytes(KeyKind::Account, [1; 32]);
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime
            .unwrap()
            .block_on(remote.fetch(key, Purpose::Upkeep, async |_| Verdict::Kept));
        {
            let flights = remote.flights.lock();
            assert!(flights.landings.is_empty() && flights.upkeep == 0);
        }
        assert!(remote.was_missed(&key), "it may be asked for again later");
    }

    #[test]
    fn neither_one_address_nor_upkeep_takes_all_places() {
        let mut flights = Flights::default();
        let login = |text: &str| Purpose::Login(Some(text.parse().unwrap())).of_network();
        let take_all = |flights: &mut Flights, purpose| {
            (0..1000).take_while(|_| flights.take(purpose)).count()
        };
        assert_eq!(take_all(&mut flights, Purpose::Upkeep), UPKEEP_FLIGHTS_MAX);
        assert_eq!(take_all(&mut flights, login("2001:db8::1")), CROWDED);
        assert_eq!(
            take_all(&mut flights, login("2001:db8::2")),
            0,
            "the same network"
        );
        for ip in ["192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8:0:1::1"] {
            assert_eq!(take_all(&mut flights, login(ip)), SHARE_OF_ADDRESS);
        }
        assert_eq!(take_all(&mut flights, login("192.0.2.4")), 0, "it is full");
        flights.give_back(login("192.0.2.1"));
        assert!(!flights.take(Purpose::Upkeep) && flights.take(login("192.0.2.4")));
    }

    #[test]
    fn dead_imports_are_asked_for_ever_less_and_hold_up_no_other() {
        let remote = Remote::default();
        let key = |n: u8| PublicKey::from_bytes(KeyKind::Account, [n; 32]);
        // Account 1 imports from 200 that are not there, account 2 from one of them and another.
        let absent = || -> HashMap<_, _> {
            let of_one = (10..210).map(|n| (key(n), vec![key(1)]));
            of_one.chain([(key(210), vec![key(2)])]).collect()
        };
        let chosen = remote.worth_asking(absent());
        assert_eq!(chosen.len(), SHARE_OF_IMPORTER + 1);
        assert!(chosen.contains(&key(210)));
        let again = remote.worth_asking(absent());
        assert!(again.iter().all(|key| !chosen.contains(key)), "too early");
        for (pause, next) in [(1, 2), (32, 64), (64, 64)]
            .map(|(a, b)| (Duration::from_secs(a), Duration::from_secs(b)))
        {
            remote
                .later
                .lock()
                .insert(key(210), (crate::clock::instant(), pause));
            let only = HashMap::from([(key(210), vec![key(2)])]);
            assert_eq!(remote.worth_asking(only), [key(210)]);
            let later = remote.later.lock();
            assert_eq!(later.get(&key(210)).map(|it| it.1), Some(next));
            assert_eq!(later.len(), 1, "who is wanted no more is forgotten");
        }
    }
}
