//! What an account may ask about itself, without an import and without naming itself.
//!
//! In nats-server every account imports these from the system account. Here the connection passes
//! them on, so that they cost an account nothing until it asks, and no claim can widen them.
//! Claims that import the same services from the system account work as well: it exports them to
//! everybody, for the importer's own account.

use std::{
    ops::Deref,
    sync::{Arc, atomic::Ordering},
};

use accounts::{
    claims::account::ShareKind,
    policy::{AccountPolicy, Export},
    subject,
};
use tokio::sync::mpsc;

use super::{Kind, QUEUE_MAX, Request};
use crate::{account::Account, routing::deliver::Message, server::Server};

/// Questions of one account that may wait: a tenant cannot hold up the others.
const PER_ACCOUNT_MAX: usize = 16;
/// Questions that may wait before each account has room for one only: not even many tenants
/// together keep another one from asking.
const CROWDED: usize = QUEUE_MAX / 4;

/// What may be asked. The first three are nats-server's (`server/events.go`).
const SERVICES: [(&[u8], Kind); 5] = [
    (b"$SYS.REQ.ACCOUNT.PING.CONNZ", Kind::AccountConnz),
    (b"$SYS.REQ.SERVER.PING.CONNZ", Kind::AccountConnz),
    (b"$SYS.REQ.ACCOUNT.PING.STATZ", Kind::AccountStatz),
    (b"$SYS.REQ.ACCOUNT.PING.DENIALS", Kind::AccountDenials),
    (b"$SYS.REQ.ACCOUNT.PING.EXPLAIN", Kind::AccountExplain),
];

/// What the system account exports besides what its claims say: to each account for itself.
const EXPORTS: [&[u8]; 2] = [b"$SYS.REQ.ACCOUNT.*.CONNZ", b"$SYS.REQ.ACCOUNT.*.STATZ"];
/// The place of the importing account's key in these subjects, counted from 1.
const ACCOUNT_TOKEN: usize = 4;

/// An account that has asked and waits.
#[derive(Debug)]
pub(super) struct Asker(Arc<Account>);

impl Asker {
    /// `None` when the account has `max` questions waiting.
    fn new(account: &Arc<Account>, max: usize) -> Option<Self> {
        let asker = Self(Arc::clone(account));
        let waiting = account.questions.fetch_add(1, Ordering::Relaxed);
        (waiting < max).then_some(asker)
    }
}

impl Deref for Asker {
    type Target = Arc<Account>;

    fn deref(&self) -> &Arc<Account> {
        &self.0
    }
}

impl Drop for Asker {
    fn drop(&mut self) {
        self.0.questions.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The way to the task that answers.
#[derive(Debug)]
pub(crate) struct Questions(mpsc::Sender<Request>);

impl Questions {
    /// Passes on what an account asks about itself. `false` when it is no such question, or when
    /// too many wait.
    pub(crate) fn ask(&self, account: &Arc<Account>, message: &Message<'_>) -> bool {
        let service = SERVICES.iter().find(|(it, _)| *it == message.subject);
        let Some((_, kind)) = service else {
            return false;
        };
        let is_crowded = QUEUE_MAX - self.0.capacity() >= CROWDED;
        let max = if is_crowded { 1 } else { PER_ACCOUNT_MAX };
        let asker = Asker::new(account, max);
        let request = asker.and_then(|asker| Request::new(*kind, message, Some(asker)));
        request.is_some_and(|request| self.0.try_send(request).is_ok())
    }
}

/// Opens the way by which connections pass questions on.
pub(super) fn start(server: &Server) -> mpsc::Receiver<Request> {
    let (sender, requests) = mpsc::channel(QUEUE_MAX);
    // Set once: the system services start once.
    let _ = server.questions.set(Questions(sender));
    requests
}

/// Adds to the system account what it offers every account about itself. What its claims say about
/// one of these subjects stands instead.
pub(crate) fn offer(policy: &mut AccountPolicy) {
    for offered in EXPORTS {
        let is_covered = |export: &Export| {
            export.kind == ShareKind::Service && subject::is_subset(offered, &export.subject)
        };
        if !policy.exports.iter().any(is_covered) {
            policy
                .exports
                .push(Export::for_each(offered, ACCOUNT_TOKEN));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_who_ask_leave_room_for_others() {
        let (sender, mut requests) = mpsc::channel(QUEUE_MAX);
        let questions = Questions(sender);
        let message = Message::new(SERVICES[0].0, Some(b"inbox"), 0, b"");
        let accounts: Vec<_> = (0..500)
            .map(|n| Account::new(&n.to_string(), None))
            .collect();
        let taken = |account| (0..50).filter(|_| questions.ask(account, &message)).count();
        let (greedy, others) = accounts.split_at(CROWDED / PER_ACCOUNT_MAX);
        assert!(
            greedy
                .iter()
                .all(|account| taken(account) == PER_ACCOUNT_MAX)
        );
        assert!(others.iter().all(|account| taken(account) == 1));
        // What is answered makes room for the same account again.
        assert_eq!(taken(&others[0]), 0);
        requests.close();
        while requests.try_recv().is_ok() {}
        assert_eq!(others[0].questions.load(Ordering::Relaxed), 0);
    }
}
