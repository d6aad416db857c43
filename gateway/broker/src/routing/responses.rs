//! Replies that other accounts wait for: subjects under `_R_.` in the account that serves, each the
//! way back of one exchange.

use std::{
    collections::HashMap,
    sync::{Arc, Weak, atomic::Ordering},
    time::Instant,
};

use super::{
    latency::{Failure, Sample},
    sub::Terms,
};
use crate::{account::Account, hash::SubjectMap};

/// What every reply subject of a service import starts with. Clients cannot name it as their own
/// reply.
pub(crate) const PREFIX: &[u8] = b"_R_.";
/// What is random about a reply subject makes two tokens, as on nats-server: who listens to `*.*`
/// does not see answers.
const FIRST_TOKEN_CHARS: usize = 6;
/// Exchanges that one importer may have open with an account: 16,384 of about 200 bytes.
const OPEN_PER_IMPORTER_MAX: usize = 16 * 1024;
/// Exchanges per look and account of which it is asked whether somebody still listens for an
/// answer: a millisecond or two. The next look goes on with others.
const INTEREST_CHECKS_MAX: usize = 8 * 1024;

/// Who waits, and for what.
#[derive(Debug)]
pub(crate) struct Waiting {
    /// The account of the requester.
    pub(crate) account: Weak<Account>,
    /// The reply subject in that account.
    pub(crate) reply: Box<[u8]>,
    pub(crate) terms: Terms,
    /// Somebody listened for the answer when the exchange began, so that it ends with that.
    wanted: bool,
    until: Instant,
    /// Where the answer is measured.
    pub(crate) sample: Option<Box<Sample>>,
}

impl Waiting {
    pub(crate) fn new(
        account: &Arc<Account>,
        reply: &[u8],
        terms: &Terms,
        sample: Option<Box<Sample>>,
    ) -> Self {
        Self {
            account: Arc::downgrade(account),
            reply: reply.into(),
            terms: terms.clone(),
            wanted: is_wanted(account, reply),
            until: crate::clock::instant() + terms.threshold,
            sample,
        }
    }

    /// A copy that is good for one look or one answer: what is measured is measured once.
    fn unmeasured(&self) -> Self {
        Self {
            account: Weak::clone(&self.account),
            reply: self.reply.clone(),
            terms: self.terms.clone(),
            wanted: self.wanted,
            until: self.until,
            sample: None,
        }
    }

    fn is_active(&self) -> bool {
        self.terms.active.load(Ordering::Relaxed)
    }

    /// Whether nobody listens for the answer any more.
    fn is_lost(&self) -> bool {
        let listens = |account: Arc<Account>| is_wanted(&account, &self.reply);
        self.wanted && !self.account.upgrade().is_some_and(listens)
    }

    fn importer(&self) -> usize {
        self.account.as_ptr() as usize
    }
}

/// Whether an answer on `reply` would reach anybody: a subscriber, or who waits further on.
fn is_wanted(account: &Account, reply: &[u8]) -> bool {
    account.has_interest(reply)
        || (reply.starts_with(PREFIX) && account.responses().open.contains_key(reply))
}

/// The open exchanges of one account, by reply subject.
#[derive(Debug, Default)]
pub(crate) struct Responses {
    open: SubjectMap<Waiting>,
    per_importer: HashMap<usize, usize>,
    /// Where the next look for lost interest begins.
    next_check: usize,
    /// Whether it was said since the last look that an importer has too many: importers must not
    /// fill the log.
    warned: bool,
}

impl Responses {
    /// Opens an exchange and appends its reply subject to `subject`. Gives it back when the
    /// importer has too many: others keep their share.
    pub(crate) fn open(&mut self, waiting: Waiting, subject: &mut Vec<u8>) -> Result<(), Waiting> {
        let count = self.per_importer.entry(waiting.importer()).or_default();
        if *count >= OPEN_PER_IMPORTER_MAX {
            if !std::mem::replace(&mut self.warned, true) {
                let importer = waiting.account.upgrade();
                tracing::warn!(
                    account.id = importer.as_deref().map(|importer| &*importer.name),
                    service = %String::from_utf8_lossy(&waiting.terms.service.subject),
                    "{OPEN_PER_IMPORTER_MAX} requests of the account wait for an answer of this \
                     service: more are refused"
                );
            }
            return Err(waiting);
        }
        *count += 1;
        subject.extend_from_slice(PREFIX);
        let second = subject.len() + FIRST_TOKEN_CHARS;
        crate::token::append(subject);
        subject.insert(second, b'.');
        self.open.insert(subject.as_slice().into(), waiting);
        Ok(())
    }

    /// Who waits for an answer on `subject`. A single answer, or the last of several, ends the
    /// exchange.
    pub(crate) fn answer(&mut self, subject: &[u8], last: bool) -> Option<Waiting> {
        let now = crate::clock::instant();
        let waiting = self.open.get_mut(subject)?;
        if waiting.until <= now || !waiting.is_active() {
            return None;
        }
        if waiting.terms.single || last {
            return self.close(subject);
        }
        waiting.until = now + waiting.terms.threshold;
        Some(waiting.unmeasured())
    }

    /// Ends an exchange: it was answered, or it reached nobody.
    pub(crate) fn close(&mut self, subject: &[u8]) -> Option<Waiting> {
        let waiting = self.open.remove(subject)?;
        if let Some(open) = self.per_importer.get_mut(&waiting.importer()) {
            *open = open.saturating_sub(1);
        }
        Some(waiting)
    }

    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// Takes out what nobody will answer any more.
    fn take_over(&mut self, now: Instant) -> Vec<Waiting> {
        self.warned = false;
        let over = |waiting: &Waiting| waiting.until <= now || !waiting.is_active();
        let over: Vec<_> = self
            .open
            .iter()
            .filter(|(_, waiting)| over(waiting))
            .map(|(subject, _)| subject.clone())
            .collect();
        let over: Vec<_> = over
            .iter()
            .filter_map(|subject| self.close(subject))
            .collect();
        self.per_importer.retain(|_, open| *open > 0);
        // A burst may have grown this; an account that is asked nothing keeps nothing.
        if self.open.is_empty() {
            self.open = SubjectMap::default();
        }
        over
    }

    /// Some exchanges that may have lost who waits for them, with their subjects here.
    fn next_to_check(&mut self) -> Vec<(Box<[u8]>, Waiting)> {
        let from = std::mem::take(&mut self.next_check);
        let some = self.open.iter().skip(from).take(INTEREST_CHECKS_MAX);
        let some = some.filter(|(_, waiting)| waiting.wanted);
        let checks = some
            .map(|(subject, waiting)| (subject.clone(), waiting.unmeasured()))
            .collect();
        if from + INTEREST_CHECKS_MAX < self.open.len() {
            self.next_check = from + INTEREST_CHECKS_MAX;
        }
        checks
    }
}

/// Forgets the exchanges that have come to nothing. Returns what was to be measured, and why that
/// failed.
pub(crate) fn sweep(account: &Account, now: Instant) -> Vec<(Box<Sample>, Failure)> {
    let (over, to_check) = {
        let mut responses = account.responses();
        (responses.take_over(now), responses.next_to_check())
    };
    // Looked at without the lock: an account may wait for itself.
    let mut lost = Vec::new();
    for (subject, waiting) in to_check {
        if waiting.is_lost() {
            lost.extend(account.responses().close(&subject));
        }
    }
    let ended = over.into_iter().chain(lost).filter(Waiting::is_active);
    ended
        .filter_map(|mut waiting| {
            let failure = match waiting.is_lost() {
                true => Failure::InterestLost,
                false => Failure::Timeout,
            };
            Some((waiting.sample.take()?, failure))
        })
        .collect()
}
