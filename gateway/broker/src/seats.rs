//! Which users of an account are connected, how often, and what each has published of late.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Instant,
};

use accounts::nkeys::PublicKey;

use crate::meter::Meter;

/// The users of one account.
#[derive(Debug, Default)]
pub(crate) struct Seats {
    users: HashMap<PublicKey, Seat>,
    /// Users that left while their meters ran, and when those will have settled: a new connection
    /// is no new quota. As many as left within the longest burst and debt, two minutes.
    settling: VecDeque<(Instant, PublicKey)>,
}

#[derive(Debug, Default)]
struct Seat {
    connections: u64,
    /// For a user with rate quotas.
    meter: Option<Arc<Meter>>,
}

impl Seats {
    /// Seats a connection, unless the user has `max` already.
    pub(crate) fn take(&mut self, user: PublicKey, max: Option<u64>) -> bool {
        self.forget_settled();
        let seat = self.users.entry(user).or_default();
        let free = max.is_none_or(|max| seat.connections < max);
        if free {
            seat.connections += 1;
        } else if seat.connections == 0 && seat.meter.is_none() {
            self.users.remove(&user);
        }
        free
    }

    pub(crate) fn leave(&mut self, user: &PublicKey) {
        let Some(seat) = self.users.get_mut(user) else {
            return;
        };
        seat.connections = seat.connections.saturating_sub(1);
        if seat.connections > 0 {
            return;
        }
        let settled_at = seat.meter.as_ref().map(|meter| meter.settled_at());
        match settled_at.filter(|at| *at > crate::clock::instant()) {
            Some(at) => self.settling.push_back((at, *user)),
            None => {
                self.users.remove(user);
            }
        }
        self.forget_settled();
    }

    /// The meter of a user that is connected.
    pub(crate) fn meter(&mut self, user: PublicKey) -> Arc<Meter> {
        let seat = self.users.entry(user).or_default();
        Arc::clone(seat.meter.get_or_insert_with(|| Arc::new(Meter::new())))
    }

    /// Whether no quota is in use that would begin anew if the account forgot its users.
    pub(crate) fn are_settled(&self, now: Instant) -> bool {
        let mut meters = self.users.values().filter_map(|seat| seat.meter.as_ref());
        meters.all(|meter| meter.settled_at() <= now)
    }

    fn forget_settled(&mut self) {
        let now = crate::clock::instant();
        while let Some((at, user)) = self.settling.front().copied() {
            if at > now {
                return;
            }
            self.settling.pop_front();
            let idle = self.users.get(&user).is_some_and(|seat| {
                seat.connections == 0 && seat.meter.as_ref().is_none_or(|it| it.settled_at() <= now)
            });
            if idle {
                self.users.remove(&user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use accounts::{nkeys::KeyKind, quotas::Rates};

    use super::*;

    fn user(n: u8) -> PublicKey {
        PublicKey::from_bytes(KeyKind::User, [n; 32])
    }

    #[test]
    fn each_user_has_as_many_seats() {
        let mut seats = Seats::default();
        assert!(seats.take(user(1), Some(2)) && seats.take(user(1), Some(2)));
        assert!(!seats.take(user(1), Some(2)) && seats.take(user(2), Some(2)));
        seats.leave(&user(1));
        assert!(seats.take(user(1), Some(2)));
        assert!(!seats.take(user(3), Some(0)) && seats.take(user(3), None));
        for n in [1, 1, 2, 3, 3] {
            seats.leave(&user(n));
        }
        assert!(seats.users.is_empty(), "nothing stays of who is gone");
    }

    #[test]
    fn a_user_that_comes_again_has_no_new_quota() {
        let mut seats = Seats::default();
        let rates = Rates {
            messages_per_second: Some(1),
            burst_seconds: NonZeroU64::new(60),
            ..Rates::default()
        };
        assert!(seats.take(user(1), None));
        let now = crate::clock::instant();
        seats.meter(user(1)).charge(&rates, (60, 0), now);
        seats.leave(&user(1));
        assert!(seats.take(user(1), None));
        assert_eq!(seats.meter(user(1)).allowance(&rates, now, false).0, 1);
        seats.meter(user(1)).reset();
        seats.leave(&user(1));
        assert!(seats.users.is_empty());
    }
}
