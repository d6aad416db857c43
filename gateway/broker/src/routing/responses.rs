//! Replies that other accounts wait for: one-shot subjects under `_R_.` in the account that serves.

use std::{
    collections::HashMap,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use super::sub::ServiceImport;
use crate::{account::Account, hash::SubjectMap};

/// What every reply subject of a service import starts with. Clients cannot name it as their own
/// reply.
pub(crate) const PREFIX: &[u8] = b"_R_.";
/// Exchanges that one importer may have open with an account: 16,384 of about 200 bytes.
const OPEN_PER_IMPORTER_MAX: usize = 16 * 1024;
/// Time between two looks for exchanges that nobody will answer any more.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

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
    shared: Arc<AtomicBool>,
}

impl Waiting {
    fn is_over(&self, now: Instant) -> bool {
        self.until <= now || !self.shared.load(Ordering::Relaxed)
    }

    fn importer(&self) -> usize {
        self.account.as_ptr() as usize
    }
}

/// The open exchanges of one account, by reply subject.
#[derive(Debug, Default)]
pub(crate) struct Responses {
    open: SubjectMap<Waiting>,
    per_importer: HashMap<usize, usize>,
    swept_at: Option<Instant>,
}

impl Responses {
    /// Opens an exchange and appends its reply subject to `subject`. `false` when the importer has
    /// too many: others keep their share.
    pub(crate) fn open(
        &mut self,
        import: &ServiceImport,
        reply: &[u8],
        subject: &mut Vec<u8>,
    ) -> bool {
        let now = crate::clock::instant();
        let importer = import.importer.as_ptr() as usize;
        let is_full = |this: &Self| {
            this.per_importer.get(&importer).copied().unwrap_or(0) >= OPEN_PER_IMPORTER_MAX
        };
        if is_full(self) {
            self.sweep(now);
            if is_full(self) {
                return false;
            }
        }
        subject.extend_from_slice(PREFIX);
        crate::token::append(subject);
        let waiting = Waiting {
            account: Weak::clone(&import.importer),
            reply: reply.into(),
            single: import.single_response,
            threshold: import.response_threshold,
            until: now + import.response_threshold,
            shared: Arc::clone(&import.active),
        };
        self.open.insert(subject.as_slice().into(), waiting);
        *self.per_importer.entry(importer).or_default() += 1;
        true
    }

    /// Forgets what nobody will answer any more, at most once a second.
    pub(crate) fn sweep(&mut self, now: Instant) {
        if self.swept_at.is_some_and(|last| now < last + SWEEP_EVERY) {
            return;
        }
        self.swept_at = Some(now);
        self.open.retain(|_, waiting| !waiting.is_over(now));
        self.per_importer.clear();
        for waiting in self.open.values() {
            *self.per_importer.entry(waiting.importer()).or_default() += 1;
        }
        if self.open.is_empty() {
            self.open = SubjectMap::default();
        }
    }

    /// Who waits for an answer on `subject`. A single answer, or an empty one, ends the exchange.
    pub(crate) fn answer(&mut self, subject: &[u8], empty: bool) -> Option<Waiting> {
        let now = crate::clock::instant();
        let waiting = self.open.get_mut(subject)?;
        if waiting.is_over(now) {
            self.close(subject);
            return None;
        }
        if waiting.single || empty {
            return self.close(subject);
        }
        waiting.until = now + waiting.threshold;
        Some(waiting.clone())
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
}
