//! Whose turn it is to have a hashed password looked at: that takes tens of milliseconds of a
//! processor, and anybody may ask for it.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
    thread,
};

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The processors for it, and the queues before them: one for all, and one of each network, of
/// which only the first ones stand in the common one. So whoever tries many passwords delays
/// itself, and others by one turn. Who waits too long is refused by the time for a login.
#[derive(Debug)]
pub(crate) struct Hashing {
    processors: usize,
    common: Arc<Semaphore>,
    networks: Mutex<HashMap<IpAddr, Network>>,
}

#[derive(Debug)]
struct Network {
    turns: Arc<Semaphore>,
    /// Those who have a turn or wait for one.
    visitors: usize,
}

/// A turn. Others have theirs when it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _processor: OwnedSemaphorePermit,
    _visit: Visit,
}

/// A place in a network's queue.
#[derive(Debug)]
struct Visit {
    hashing: Arc<Hashing>,
    network: IpAddr,
    turn: Option<OwnedSemaphorePermit>,
}

impl Drop for Visit {
    fn drop(&mut self) {
        drop(self.turn.take());
        let mut networks = self.hashing.networks.lock();
        if let Some(network) = networks.get_mut(&self.network) {
            network.visitors -= 1;
            if network.visitors == 0 {
                networks.remove(&self.network);
            }
        }
    }
}

impl Default for Hashing {
    fn default() -> Self {
        // Half of them: the others go on with messages.
        let processors = thread::available_parallelism().map_or(1, usize::from);
        Self::with_processors((processors / 2).max(1))
    }
}

impl Hashing {
    fn with_processors(processors: usize) -> Self {
        Self {
            processors,
            common: Arc::new(Semaphore::new(processors)),
            networks: Mutex::default(),
        }
    }

    /// Waits for a turn of a client at this address. `None` never happens: nobody closes a queue.
    pub(crate) async fn turn(self: &Arc<Self>, address: IpAddr) -> Option<Turn> {
        let network = network_of(address);
        let (mut visit, turns) = self.visit(network);
        visit.turn = Some(turns.acquire_owned().await.ok()?);
        let processor = Arc::clone(&self.common).acquire_owned().await.ok()?;
        Some(Turn {
            _processor: processor,
            _visit: visit,
        })
    }

    fn visit(self: &Arc<Self>, network: IpAddr) -> (Visit, Arc<Semaphore>) {
        let mut networks = self.networks.lock();
        let entry = networks.entry(network).or_insert_with(|| Network {
            turns: Arc::new(Semaphore::new(self.processors)),
            visitors: 0,
        });
        entry.visitors += 1;
        let visit = Visit {
            hashing: Arc::clone(self),
            network,
            turn: None,
        };
        (visit, Arc::clone(&entry.turns))
    }
}

/// Who has one network of IPv6 has 2^64 addresses.
fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64)).into(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::Pin,
        task::{Context, Poll, Waker},
    };

    use super::*;

    /// The turn, if it is given at once.
    fn poll<F: Future<Output = Option<Turn>>>(turn: &mut Pin<Box<F>>) -> Option<Turn> {
        match turn.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(turn) => turn,
            Poll::Pending => None,
        }
    }

    #[test]
    fn many_of_one_network_delay_others_by_one_turn() {
        let hashing = Arc::new(Hashing::with_processors(1));
        let turn_of = |address: String| {
            let (hashing, address) = (Arc::clone(&hashing), address.parse().unwrap());
            Box::pin(async move { hashing.turn(address).await })
        };
        let mut greedy: Vec<_> = (1..20).map(|n| turn_of(format!("2001:db8::{n}"))).collect();
        let given: Vec<_> = greedy.iter_mut().filter_map(poll).collect();
        assert_eq!(given.len(), 1);
        let mut other = turn_of("127.0.0.1".to_owned());
        assert!(poll(&mut other).is_none());
        drop(given);
        assert!(poll(&mut other).is_some(), "before the rest of the others");
        drop((other, greedy));
        assert!(hashing.networks.lock().is_empty());
    }
}
