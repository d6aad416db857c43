//! Replies that other accounts wait for: one-shot subjects under `_R_.` in the account that serves.

use std::{
    sync::Weak,
    time::{Duration, Instant},
};

use crate::{account::Account, hash::SubjectMap};

/// What every reply subject of a service import starts with. Clients cannot name it as their own
/// reply.
pub(crate) const PREFIX: &[u8] = b"_R_.";
/// Exchanges that an account may have open towards its importers.
const OPEN_MAX: usize = 65_536;
/// Open exchanges below which forgotten ones are not looked for.
const SWEEP_MIN: usize = 1024;

/// Who waits, and for what.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    /// The account of the requester.
    pub(crate) account: Weak<Account>,
    /// The reply subject in that account.
    pub(crate) reply: Box<[u8]>,
    single: bool,
    threshold: Duration,
    until: Instant,
}

/// The open exchanges of one account, by reply subject.
#[derive(Debug, Default)]
pub(crate) struct Responses {
    open: SubjectMap<Waiting>,
    sweep_at: usize,
}

impl Responses {
    /// Opens an exchange and appends its reply subject to `subject`. `false` when there are too
    /// many.
    pub(crate) fn open(
        &mut self,
        account: Weak<Account>,
        reply: &[u8],
        (single, threshold): (bool, Duration),
        subject: &mut Vec<u8>,
    ) -> bool {
        let now = crate::clock::instant();
        if self.open.len() >= self.sweep_at.max(SWEEP_MIN) {
            self.open.retain(|_, waiting| waiting.until > now);
            self.sweep_at = (self.open.len() * 2).min(OPEN_MAX);
            if self.open.len() >= OPEN_MAX {
                return false;
            }
        }
        subject.extend_from_slice(PREFIX);
        crate::token::append(subject);
        let waiting = Waiting {
            account,
            reply: reply.into(),
            single,
            threshold,
            until: now + threshold,
        };
        self.open.insert(subject.as_slice().into(), waiting);
        true
    }

    /// Who waits for an answer on `subject`. A single answer, or an empty one, ends the exchange.
    pub(crate) fn answer(&mut self, subject: &[u8], empty: bool) -> Option<Waiting> {
        let now = crate::clock::instant();
        let waiting = self.open.get_mut(subject)?;
        if waiting.until <= now {
            self.open.remove(subject);
            return None;
        }
        if waiting.single || empty {
            return self.open.remove(subject);
        }
        waiting.until = now + waiting.threshold;
        Some(waiting.clone())
    }

    /// Gives up an exchange that reached nobody.
    pub(crate) fn close(&mut self, subject: &[u8]) {
        self.open.remove(subject);
    }

    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }
}
