//! How much was published of late, against rate quotas: by an account, or by a user.
//!
//! A meter counts in time: each message takes as long as the quota says that one takes, and the
//! meter holds the moment at which all that was published will have had its time. Who shares a
//! meter may have different quotas, and a changed quota needs no change here. A charge is one
//! atomic operation for each of messages and bytes, once per read.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use accounts::quotas::Rates;

/// What may be saved up where the claims do not say: nats clients send in bursts.
const BURST: Duration = Duration::from_secs(1);
/// Nobody waits longer than this at a time for what was published before: half the time after
/// which stock clients ask whether the server still lives. Who owes more pays the rest later, and
/// waits again.
pub(crate) const DEBT_MAX: Duration = Duration::from_secs(60);
/// Who has waited for its turn may publish as much as is allowed in this time: few enough wake-ups,
/// and small enough shares for all that wait.
const SHARE: Duration = Duration::from_millis(5);

/// What was published of late.
#[derive(Debug)]
pub(crate) struct Meter {
    since: Instant,
    messages: Dial,
    bytes: Dial,
}

/// Nanoseconds after `Meter::since` at which everything so far has had its time.
#[derive(Debug, Default)]
struct Dial(AtomicU64);

/// One of the two rates.
#[derive(Debug, Clone, Copy)]
struct Rate {
    per_second: u64,
    burst: u64,
}

/// Messages and bytes of payloads.
pub(crate) type Amount = (u64, u64);

/// Nanoseconds that messages and bytes still have to be charged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Debt {
    messages: u64,
    bytes: u64,
}

impl Debt {
    pub(crate) fn is_paid(self) -> bool {
        self == Self::default()
    }
}

/// What became of a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Charged {
    /// From when on more may be published.
    pub(crate) until: Instant,
    /// What is to be charged then, first of all.
    pub(crate) left: Debt,
}

impl Meter {
    pub(crate) fn new() -> Self {
        Self {
            since: crate::clock::instant(),
            messages: Dial::default(),
            bytes: Dial::default(),
        }
    }

    /// What may be published at once. At least one message, since a message is known only when it
    /// has been read; with `waited`, a fair share for somebody who has had to wait.
    pub(crate) fn allowance(&self, rates: &Rates, now: Instant, waited: bool) -> Amount {
        let (messages, bytes) = rates_of(rates);
        let now = self.nanos(now);
        (
            messages.map_or(u64::MAX, |rate| self.messages.allowance(rate, now, waited)),
            bytes.map_or(u64::MAX, |rate| self.bytes.allowance(rate, now, waited)),
        )
    }

    /// Counts what was published.
    pub(crate) fn charge(&self, rates: &Rates, spent: Amount, now: Instant) -> Charged {
        let (messages, bytes) = rates_of(rates);
        let debt = Debt {
            messages: messages.map_or(0, |rate| rate.time(spent.0)),
            bytes: bytes.map_or(0, |rate| rate.time(spent.1)),
        };
        self.pay(rates, debt, now)
    }

    /// Counts what an earlier charge has left.
    pub(crate) fn pay(&self, rates: &Rates, debt: Debt, now: Instant) -> Charged {
        let (messages, bytes) = rates_of(rates);
        let now = self.nanos(now);
        let pay = |dial: &Dial, rate: Option<Rate>, time| {
            rate.map_or((0, 0), |rate| dial.charge(rate, time, now))
        };
        let (messages_until, messages) = pay(&self.messages, messages, debt.messages);
        let (bytes_until, bytes) = pay(&self.bytes, bytes, debt.bytes);
        Charged {
            until: self.since + Duration::from_nanos(messages_until.max(bytes_until)),
            left: Debt { messages, bytes },
        }
    }

    /// Forgets what was published: other quotas begin anew.
    pub(crate) fn reset(&self) {
        self.messages.0.store(0, Ordering::Relaxed);
        self.bytes.0.store(0, Ordering::Relaxed);
    }

    /// When everything so far will have had its time, and nothing is left to remember.
    pub(crate) fn settled_at(&self) -> Instant {
        let dials = [&self.messages, &self.bytes].map(|dial| dial.0.load(Ordering::Relaxed));
        self.since + Duration::from_nanos(dials[0].max(dials[1]))
    }

    fn nanos(&self, now: Instant) -> u64 {
        nanos(now.saturating_duration_since(self.since))
    }
}

impl Dial {
    fn allowance(&self, rate: Rate, now: u64, waited: bool) -> u64 {
        let saved_up = (now + rate.burst).saturating_sub(self.0.load(Ordering::Relaxed));
        let share = if waited { rate.worth(nanos(SHARE)) } else { 0 };
        // What could be saved up without end is no more than the burst.
        rate.worth(saved_up.min(rate.burst)).max(share).max(1)
    }

    /// Moves on by `time`, as far as that goes. Answers until when to wait, and what is left.
    fn charge(&self, rate: Rate, time: u64, now: u64) -> (u64, u64) {
        let most = now + rate.burst + nanos(DEBT_MAX);
        let wanted = |before: u64| before.max(now).saturating_add(time);
        // Never back: somebody with a longer burst may be further on.
        let charged = |before: u64| wanted(before).min(most.max(before));
        let before = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |before| {
                Some(charged(before))
            });
        let before = before.unwrap_or_else(|before| before);
        let at = charged(before);
        (at.min(most).saturating_sub(rate.burst), wanted(before) - at)
    }
}

impl Rate {
    fn time(self, amount: u64) -> u64 {
        let time = u128::from(amount) * 1_000_000_000 / u128::from(self.per_second.max(1));
        u64::try_from(time).unwrap_or(u64::MAX)
    }

    fn worth(self, time: u64) -> u64 {
        let amount = u128::from(time) * u128::from(self.per_second) / 1_000_000_000;
        u64::try_from(amount).unwrap_or(u64::MAX)
    }
}

fn rates_of(rates: &Rates) -> (Option<Rate>, Option<Rate>) {
    let burst = rates.burst_seconds.map(|it| Duration::from_secs(it.get()));
    let burst = nanos(burst.unwrap_or(BURST));
    let rate = |per_second| Rate { per_second, burst };
    (
        rates.messages_per_second.map(rate),
        rates.bytes_per_second.map(rate),
    )
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use super::*;

    fn rates(messages: u64) -> Rates {
        Rates {
            messages_per_second: Some(messages),
            ..Rates::default()
        }
    }

    #[test]
    fn a_second_is_saved_up_and_then_it_is_the_rate() {
        let (meter, rates) = (Meter::new(), rates(1000));
        let start = meter.since + Duration::from_secs(10);
        assert_eq!(meter.allowance(&rates, start, false).0, 1000);
        assert!(meter.charge(&rates, (1000, 0), start).until <= start);
        assert_eq!(
            meter.allowance(&rates, start, false).0,
            1,
            "one, to learn of it"
        );
        assert_eq!(meter.allowance(&rates, start, true).0, 5, "a share of 5 ms");
        let free = meter.charge(&rates, (500, 0), start).until;
        assert_eq!(free, start + Duration::from_millis(500));
        let later = start + Duration::from_millis(700);
        assert_eq!(meter.allowance(&rates, later, false).0, 200);
        let rested = start + Duration::from_secs(100);
        assert_eq!(
            meter.allowance(&rates, rested, false).0,
            1000,
            "no more than a burst"
        );
    }

    #[test]
    fn bytes_and_longer_bursts_count_alike() {
        let meter = Meter::new();
        let rates = Rates {
            messages_per_second: Some(10),
            bytes_per_second: Some(100),
            burst_seconds: NonZeroU64::new(3),
        };
        let start = meter.since;
        assert_eq!(meter.allowance(&rates, start, false), (30, 300));
        let free = meter.charge(&rates, (1, 500), start).until;
        assert_eq!(
            free,
            start + Duration::from_secs(2),
            "the slower one counts"
        );
        assert_eq!(meter.settled_at(), start + Duration::from_secs(5));
        meter.reset();
        assert_eq!(meter.allowance(&rates, start, false), (30, 300));
    }

    #[test]
    fn waits_are_bounded_and_debts_are_not_forgiven() {
        let (meter, rates) = (Meter::new(), rates(1));
        let start = meter.since;
        for _ in 0..5 {
            let charged = meter.charge(&rates, (u64::MAX, 0), start);
            assert_eq!(charged.until, start + DEBT_MAX);
            assert!(!charged.left.is_paid());
        }
        // 61 s with the burst are paid, 39 s are left; then it waits for what it has paid.
        let meter = Meter::new();
        let start = meter.since;
        let first = meter.charge(&rates, (100, 0), start);
        assert_eq!(first.until, start + DEBT_MAX);
        let second = meter.pay(&rates, first.left, first.until);
        assert_eq!(second.until, start + Duration::from_secs(99));
        assert!(second.left.is_paid());
    }

    #[test]
    fn many_publishers_exceed_the_rate_by_one_message_each() {
        let (meter, rates) = (Meter::new(), rates(1));
        let start = meter.since;
        let mut next = vec![(start, Debt::default()); 1000];
        let mut published = 0;
        for second in 0..2000 {
            let now = start + Duration::from_secs(second);
            for (until, left) in next.iter_mut().filter(|(until, _)| *until <= now) {
                let mut charged = meter.pay(&rates, *left, now);
                if left.is_paid() || (charged.left.is_paid() && charged.until <= now) {
                    published += 1;
                    charged = meter.charge(&rates, (1, 0), now);
                }
                (*until, *left) = (charged.until, charged.left);
            }
        }
        assert!((2000..=3061).contains(&published), "{published}");
    }

    #[test]
    fn those_who_wait_share_the_rate_and_exceed_it_by_no_more_than_a_share_each() {
        let (meter, rates) = (Meter::new(), rates(1000));
        let start = meter.since + Duration::from_secs(10);
        // Ten publishers without end: each does what it may, and waits until it may again.
        let mut next = [(start, false); 10];
        let mut published = [0; 10];
        for step in 0..10_000 {
            let now = start + Duration::from_millis(step);
            for (publisher, (due, waited)) in next.iter_mut().enumerate() {
                if *due <= now {
                    let amount = meter.allowance(&rates, now, *waited).0;
                    published[publisher] += amount;
                    *due = meter.charge(&rates, (amount, 0), now).until;
                    *waited = *due > now;
                }
            }
        }
        let total: u64 = published.iter().sum();
        let most = 1000 + 10_000 + 10 * 5;
        assert!((10_500..=most).contains(&total), "{total}");
        let slowest = published.iter().min().copied().unwrap_or(0);
        assert!(slowest >= 500, "{published:?}");
    }
}
