//! Replies that other accounts wait for: subjects under `_R_.` in the account that serves, each the
//! way back of one exchange.

use std::{
    collections::HashMap,
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering},
    },
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
/// Bytes of the exchanges that one importer has open with one account: some 27,000 with inboxes of
/// usual length. Others' exchanges with the account are not its concern.
const BYTES_PER_IMPORTER_MAX: usize = 8 << 20;
/// Bytes of the exchanges that one importer has open with all accounts together, so that its share
/// of the memory does not grow with the number of those that it asks.
const BYTES_IN_ALL_MAX: usize = 4 * BYTES_PER_IMPORTER_MAX;
/// What an exchange takes besides its reply subject and its sample: its entry, its own subject.
const EXCHANGE_BYTES: usize = 256;
/// Exchanges per look and account of which it is asked whether somebody still listens for an
/// answer: a millisecond or two. The next look goes on with others.
const INTEREST_CHECKS_MAX: usize = 8 * 1024;

/// Bytes of the exchanges, wherever they are open, that an account is to blame for.
#[derive(Debug, Default)]
pub(crate) struct HeldExchanges {
    /// Those that its requests began.
    pub(crate) asked: Arc<AtomicUsize>,
    /// Those by which services ask it back. Apart, so that they do not keep it from asking.
    pub(crate) asked_back: Arc<AtomicUsize>,
}

/// The share of an open exchange in what its account holds; given back when it is dropped.
#[derive(Debug)]
struct Charge {
    held: Arc<AtomicUsize>,
    bytes: usize,
}

impl Charge {
    fn new(held: &Arc<AtomicUsize>, bytes: usize) -> Self {
        held.fetch_add(bytes, Ordering::Relaxed);
        let held = Arc::clone(held);
        Self { held, bytes }
    }

    fn is_too_much(&self) -> bool {
        self.held.load(Ordering::Relaxed) > BYTES_IN_ALL_MAX
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

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
    /// `None` for copies.
    charge: Option<Charge>,
}

impl Waiting {
    pub(crate) fn new(
        account: &Arc<Account>,
        reply: &[u8],
        terms: &Terms,
        sample: Option<Box<Sample>>,
        held: &Arc<AtomicUsize>,
    ) -> Self {
        let measured = sample.as_ref().map_or(0, |sample| sample.held_bytes());
        let bytes = EXCHANGE_BYTES + reply.len() + measured;
        Self {
            account: Arc::downgrade(account),
            reply: reply.into(),
            terms: terms.clone(),
            wanted: is_wanted(account, reply),
            until: crate::clock::instant() + terms.threshold,
            sample,
            charge: Some(Charge::new(held, bytes)),
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
            charge: None,
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

    fn bytes(&self) -> usize {
        self.charge.as_ref().map_or(0, |charge| charge.bytes)
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
    /// Bytes of what each has open.
    per_importer: HashMap<usize, usize>,
    /// Where the next look for lost interest begins.
    next_check: usize,
    /// Whether it was said since the last look that an importer has too many: importers must not
    /// fill the log.
    warned: bool,
}

impl Responses {
    /// Opens an exchange and appends its reply subject to `subject`. Gives back what was to be
    /// measured when the importer has too many: others keep their share.
    pub(crate) fn open(
        &mut self,
        waiting: Waiting,
        subject: &mut Vec<u8>,
    ) -> Result<(), Option<Box<Sample>>> {
        let bytes = self.per_importer.entry(waiting.importer()).or_default();
        let is_too_much = waiting.charge.as_ref().is_some_and(Charge::is_too_much);
        if is_too_much || *bytes + waiting.bytes() > BYTES_PER_IMPORTER_MAX {
            if !std::mem::replace(&mut self.warned, true) {
                let importer = waiting.account.upgrade();
                tracing::warn!(
                    account.id = importer.as_deref().map(|importer| &*importer.name),
                    service = %String::from_utf8_lossy(&waiting.terms.service.subject),
                    "too many requests wait for answers: {BYTES_PER_IMPORTER_MAX} bytes of them \
                     per service account, {BYTES_IN_ALL_MAX} in all. More are refused"
                );
            }
            return Err(waiting.sample);
        }
        *bytes += waiting.bytes();
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
            *open = open.saturating_sub(waiting.bytes());
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
