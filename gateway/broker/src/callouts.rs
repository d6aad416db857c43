//! Auth callouts from the broker's side: questions under way, their answers' way back, and who was
//! let into another account by one.
//!
//! What is asked and what an answer must be is [`accounts::callout`]; the connection that asks is
//! `connection/callout.rs`.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::{
    account::{Account, Hold},
    connection::client::Client,
    hash::IdMap,
    routing::{
        deliver::Message,
        sub::{Sub, Target},
    },
};

/// Questions that one account's service may have before it at a time: more than it answers within
/// the time for authentication, and at a few KiB each no burden.
const ASKED_PER_ACCOUNT_MAX: usize = 4096;
/// The same for all accounts of a server together.
const ASKED_PER_SERVER_MAX: usize = 16 * 1024;
/// Of the second half of the server's places, those of one account: a few whose services are slow
/// or gone must not keep the logins of all others out.
const ASKED_PER_ACCOUNT_WHEN_BUSY: usize = 256;

/// Questions under way, of one account or of all.
#[derive(Debug, Default)]
pub(crate) struct Asked(AtomicUsize);

impl Asked {
    /// Takes a place. Gives how many were taken before; `None` when that was all.
    fn enter(&self, max: usize) -> Option<usize> {
        let add = |count: usize| (count < max).then_some(count + 1);
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, add)
            .ok()
    }

    fn leave(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What an account keeps about its callout.
#[derive(Debug, Default)]
pub(crate) struct Callouts {
    asked: Asked,
    /// Clients of other accounts that its callout placed there.
    placed: Mutex<IdMap<Arc<Client>>>,
}

impl Callouts {
    pub(crate) fn placed(&self) -> Vec<Arc<Client>> {
        self.placed.lock().values().map(Arc::clone).collect()
    }
}

/// The way back of one answer: an entry in the asked account's table, for the time of the question.
#[derive(Debug)]
pub(crate) struct Waiting {
    account: Arc<Account>,
    server: Arc<Asked>,
    sub: Arc<Sub>,
}

/// The entry's end: the first answer goes through, and no other.
#[derive(Debug)]
pub(crate) struct Asker(Mutex<Option<oneshot::Sender<Vec<u8>>>>);

impl Asker {
    pub(crate) fn answer(&self, message: &Message<'_>) -> bool {
        let Some(asker) = self.0.lock().take() else {
            return false;
        };
        let body = &message.payload[message.header_len..];
        asker.send(body.to_vec()).is_ok()
    }
}

impl Waiting {
    /// Listens on `reply`. `None` when too many questions are under way.
    pub(crate) fn open(
        account: &Arc<Account>,
        server: &Arc<Asked>,
        reply: &[u8],
    ) -> Option<(Self, oneshot::Receiver<Vec<u8>>)> {
        let taken = server.enter(ASKED_PER_SERVER_MAX)?;
        let share = match taken < ASKED_PER_SERVER_MAX / 2 {
            true => ASKED_PER_ACCOUNT_MAX,
            false => ASKED_PER_ACCOUNT_WHEN_BUSY,
        };
        if account.callouts.asked.enter(share).is_none() {
            server.leave();
            return None;
        }
        let (sender, answer) = oneshot::channel();
        let asker = Asker(Mutex::new(Some(sender)));
        let sub = Sub::new(reply, None, Target::Asker(asker));
        account.subscribe(Arc::clone(&sub));
        let waiting = Self {
            account: Arc::clone(account),
            server: Arc::clone(server),
            sub,
        };
        Some((waiting, answer))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.account.unsubscribe(&self.sub);
        self.account.callouts.asked.leave();
        self.server.leave();
    }
}

/// The account whose callout let a client in, which is told of that account's changes as long as
/// this lives.
#[derive(Debug)]
pub(crate) struct Voucher {
    pub(crate) account: Hold,
    client: Arc<Client>,
}

impl Voucher {
    /// For a client in `home`, which may be the account that was asked.
    pub(crate) fn new(account: Hold, home: &Arc<Account>, client: &Arc<Client>) -> Self {
        if !Arc::ptr_eq(&account, home) {
            let mut placed = account.callouts.placed.lock();
            placed.insert(client.cid, Arc::clone(client));
        }
        Self {
            account,
            client: Arc::clone(client),
        }
    }
}

impl Drop for Voucher {
    fn drop(&mut self) {
        self.account.callouts.placed.lock().remove(&self.client.cid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_have_an_end_and_give_their_places_back() {
        let account = Account::new("asked", None);
        let other = Account::new("other", None);
        let server = Arc::new(Asked::default());
        let ask = |account| Waiting::open(account, &server, b"reply");
        let mut open: Vec<_> = (0..ASKED_PER_ACCOUNT_MAX).map(|_| ask(&account)).collect();
        assert!(open.iter().all(Option::is_some));
        assert!(ask(&account).is_none());
        // Others have places of their own, until the server is full; two that take all that they
        // can get leave room for many.
        let accounts: Vec<_> = (0..33).map(|_| Account::new("many", None)).collect();
        for account in &accounts {
            open.extend((0..ASKED_PER_ACCOUNT_MAX).map(|_| ask(account)));
            let places = account.callouts.asked.0.load(Ordering::Relaxed);
            assert!(places >= ASKED_PER_ACCOUNT_WHEN_BUSY);
        }
        assert_eq!(
            open.iter().flatten().count(),
            ASKED_PER_SERVER_MAX,
            "places of the server"
        );
        assert!(ask(&other).is_none());
        open.clear();
        assert!(ask(&account).is_some() && ask(&other).is_some());
        assert_eq!(account.subscriptions(), 0);
    }

    #[test]
    fn the_first_answer_goes_through_and_no_other() {
        let account = Account::new("asked", None);
        let server = Arc::new(Asked::default());
        let (waiting, mut answer) = Waiting::open(&account, &server, b"reply").unwrap();
        let Target::Asker(asker) = &waiting.sub.target else {
            panic!("not an asker")
        };
        let say = |text: &[u8]| asker.answer(&Message::new(b"reply", None, 2, text));
        assert!(say(b"hdfirst"));
        assert!(!say(b"hdsecond"));
        assert_eq!(answer.try_recv().unwrap(), b"first");
    }
}
