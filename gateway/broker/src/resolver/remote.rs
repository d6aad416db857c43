//! Accounts that are asked for elsewhere: one question at a time for each, and no question that was
//! answered with "no" a moment ago.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use accounts::nkeys::PublicKey;
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::config::AccountSource;

/// Accounts that are asked for at a time. A login that needs one more is refused: strangers can
/// invent accounts without end.
const FLIGHTS_MAX: usize = 256;
/// How long "no" holds: nats-server does not ask for an account twice within a second, either.
const MISS_TIME: Duration = Duration::from_secs(1);
/// Misses that are remembered, about 64 bytes each. Full means emptied.
const MISSES_MAX: usize = 8192;

/// Whom to ask, and what is being asked.
#[derive(Debug, Default)]
pub(crate) struct Remote {
    source: OnceLock<Arc<dyn AccountSource>>,
    flights: Mutex<HashMap<PublicKey, watch::Receiver<()>>>,
    misses: Mutex<HashMap<PublicKey, Instant>>,
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
    verdict: Verdict,
    /// Dropped last of all: who waits may look then.
    _landing: watch::Sender<()>,
}

impl Drop for Flight {
    fn drop(&mut self) {
        if self.verdict == Verdict::Missed {
            self.remote.note_miss(self.key);
        }
        self.remote.flights.lock().remove(&self.key);
    }
}

impl Remote {
    /// Says whom to ask. The first one counts.
    pub(crate) fn ask_there(&self, source: Arc<dyn AccountSource>) {
        let _ = self.source.set(source);
    }

    /// Asks for an account and hands the answer to `keep`; returns when that is done, whoever
    /// asked first.
    pub(crate) async fn fetch<K, F>(self: &Arc<Self>, key: PublicKey, keep: K)
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
        let mut landed = {
            let mut flights = self.flights.lock();
            if let Some(landed) = flights.get(&key) {
                landed.clone()
            } else if flights.len() >= FLIGHTS_MAX {
                tracing::warn!(account.id = %key, "too many accounts are being asked for");
                return;
            } else {
                let (flight, landed) = watch::channel(());
                flights.insert(key, landed.clone());
                let mut flight = Flight {
                    remote: Arc::clone(self),
                    key,
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

    /// Of these accounts, those that may be asked for now.
    pub(crate) fn worth_asking(&self, keys: HashSet<PublicKey>) -> Vec<PublicKey> {
        keys.into_iter()
            .filter(|key| !self.was_missed(key))
            .collect()
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
            .block_on(remote.fetch(key, async |_| Verdict::Kept));
        assert!(remote.flights.lock().is_empty());
        assert!(remote.was_missed(&key), "it may be asked for again later");
    }
}
