//! Asking other servers for an account, as they ask us: `$SYS.REQ.ACCOUNT.<id>.CLAIMS.LOOKUP`.
//!
//! Whoever answers there in the system account is such a server: today that is a client, since
//! brokers do not form clusters yet.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use accounts::nkeys::PublicKey;
use tokio::sync::{Semaphore, mpsc};

use super::{Kind, Service};
use crate::{
    account::Account,
    config::{AccountSource, Fetching},
    routing::{
        deliver::{Courier, Message, Origin},
        sub::{Sub, Target},
    },
    server::Server,
    token,
};

/// Where answers go; a fresh token makes each of these subjects its own.
const INBOX: &[u8] = b"$SYS._INBOX.LOOKUP.";
/// Answers that may wait to be looked at.
const ANSWERS_MAX: usize = 16;

/// The other servers of the system account.
#[derive(Debug)]
pub(crate) struct Peers {
    pub(crate) server: Weak<Server>,
    /// How long they have to answer.
    pub(crate) timeout: Duration,
}

impl AccountSource for Peers {
    fn fetch(&self, account: PublicKey) -> Fetching {
        let (server, timeout) = (Weak::clone(&self.server), self.timeout);
        Box::pin(async move {
            let system = server.upgrade().and_then(|server| {
                let key = server.tenants.system_account()?;
                server.tenants.find_live(&key)
            });
            let Some(system) = system else {
                return Err("the system account, in which others are asked, is not there".into());
            };
            let question = Question::ask(system, account);
            tokio::time::timeout(timeout, question.answer())
                .await
                .map_err(|_| "no other server has answered in time".to_owned())
        })
    }
}

/// A question that was asked. Ends with its drop.
struct Question {
    system: Arc<Account>,
    inbox: Arc<Sub>,
    answers: mpsc::Receiver<super::Request>,
    /// How many were asked.
    asked: usize,
}

impl Question {
    fn ask(system: Arc<Account>, account: PublicKey) -> Self {
        let mut inbox = INBOX.to_vec();
        token::append(&mut inbox);
        let (queue, answers) = mpsc::channel(ANSWERS_MAX);
        let service = Service {
            kind: Kind::PeerAnswer,
            queue,
            // Of answers that say something, the first is enough.
            room: Arc::new(Semaphore::new(super::PAYLOAD_MAX)),
        };
        let inbox = Sub::new(&inbox, None, Target::System(service));
        system.subscribe(Arc::clone(&inbox));
        let subject = format!("$SYS.REQ.ACCOUNT.{account}.CLAIMS.LOOKUP");
        let matched = system.matches(subject.as_bytes());
        let message = Message::new(subject.as_bytes(), Some(&inbox.subject), 0, b"");
        let mut courier = Courier::default();
        let somebody = courier.deliver(&matched, &message, Origin::BROKER);
        courier.end_turn(0);
        let asked = matched.plain.len() + matched.groups.len();
        Self {
            asked: if somebody { asked } else { 0 },
            system,
            inbox,
            answers,
        }
    }

    /// The first answer that is not empty. `None` when all were, or nobody was asked.
    async fn answer(mut self) -> Option<String> {
        for _ in 0..self.asked {
            let answer = self.answers.recv().await?;
            if !answer.body.is_empty() {
                return String::from_utf8(answer.body).ok();
            }
        }
        None
    }
}

impl Drop for Question {
    fn drop(&mut self) {
        self.system.unsubscribe(&self.inbox);
    }
}
