//! Messages that are followed: what becomes of one is told on a subject that its headers name, or
//! its account's claims, in the publisher's account.
//!
//! A trace rides with the courier while its one message is delivered. Of all other messages nothing
//! here is touched; each of their deliveries costs one look at whether there is a trace.

use std::{collections::BTreeMap, sync::atomic::Ordering};

use serde_json::{Value, json};

use super::{
    deliver::{Courier, Message, Origin, Way},
    request_info,
    sub::{ClientSub, Sub, Target},
};
use crate::{account::Account, clock, connection::client::Client};

/// Events of one trace; what happens beyond that is not told.
const EVENTS_MAX: usize = 4096;
/// Names the subject that the trace is published on.
pub(crate) const DESTINATION: &str = "Nats-Trace-Dest";
/// What it says in the place of a subject once a message is not to be followed any further.
pub(crate) const DISABLED: &[u8] = b"trace disabled";
/// How nats-server numbers the kinds of connections: a client.
const CLIENT: u8 = 0;

// nats-server's words, which programs read.
const NO_ECHO: &str = "Not delivered because of no echo";
const DENIED: &str = "Not delivered because subscription denies this subject";
const CLOSED: &str = "Not delivered because client is closed";
const SPENT: &str = "Not delivered because auto-unsubscribe exceeded";

/// Headers of a message, all values of each name.
pub(crate) type HeaderMap = BTreeMap<String, Vec<String>>;

/// What happened to one message so far.
#[derive(Debug)]
pub(crate) struct Trace {
    /// Nobody gets the message: it is only told who would.
    only: bool,
    /// The account in whose table it is looked up now; see `Sub::home`.
    home: usize,
    /// The publisher's account.
    account: Box<str>,
    headers: HeaderMap,
    size: usize,
    events: Vec<Value>,
}

impl Trace {
    pub(crate) fn new(
        account: &Account,
        client: &Client,
        subject: &[u8],
        (headers, size): (HeaderMap, usize),
        only: bool,
    ) -> Box<Self> {
        let name = client.details.lock().name.clone();
        let mut ingress = json!({
            "type": "in", "ts": now(), "kind": CLIENT, "cid": client.cid,
        });
        if !name.is_empty() {
            ingress["name"] = json!(name);
        }
        ingress["acc"] = json!(account.name);
        ingress["subj"] = json!(lossy(subject));
        Box::new(Self {
            only,
            home: account.home(),
            account: account.name.clone(),
            headers,
            size,
            events: vec![ingress],
        })
    }

    /// Why the message was not taken at all.
    pub(crate) fn refused(&mut self, error: &str) {
        if let Some(ingress) = self.events.first_mut() {
            ingress["error"] = json!(error);
        }
    }

    /// The account's mappings have chosen another subject.
    pub(crate) fn mapped(&mut self, subject: &[u8]) {
        self.add(json!({ "type": "sm", "ts": now(), "to": lossy(subject) }));
    }

    /// The whole story, told by `server`.
    pub(crate) fn tell(self, server: Value) -> Value {
        json!({
            "server": server,
            "request": { "header": self.headers, "msgsize": self.size },
            "events": self.events,
        })
    }

    fn add(&mut self, event: Value) {
        if self.events.len() < EVENTS_MAX {
            self.events.push(event);
        }
    }

    fn add_egress(&mut self, sub: &Sub, client: &Client, error: Option<&str>) {
        let mut event = json!({ "type": "eg", "ts": now(), "kind": CLIENT, "cid": client.cid });
        {
            let details = client.details.lock();
            if !details.name.is_empty() {
                event["name"] = json!(details.name);
            }
            if *details.account != *self.account {
                event["acc"] = json!(details.account);
            }
        }
        event["sub"] = json!(lossy(&sub.subject));
        if let Some(queue) = &sub.queue {
            event["queue"] = json!(lossy(queue));
        }
        if let Some(error) = error {
            event["error"] = json!(error);
        }
        self.add(event);
    }
}

/// A step into another account, and what is to be as before when it is done.
#[derive(Debug, Default)]
pub(super) struct Crossing {
    /// Not to be followed there.
    kept: Option<Box<Trace>>,
    /// The account that it came from.
    home: Option<usize>,
    /// Only told, not delivered.
    only: bool,
}

impl Crossing {
    /// Whether nothing is to be found out further on.
    pub(super) fn ends(&self) -> bool {
        self.kept.is_some() && self.only
    }

    pub(super) fn is_only_told(&self) -> bool {
        self.only
    }

    /// Whether the message is or was followed.
    pub(super) fn is_traced(&self) -> bool {
        self.kept.is_some() || self.home.is_some()
    }
}

/// The message with word that it is not to be followed: new header length, headers and body. What
/// the headers name is a subject of the publisher's account and nobody else's.
pub(super) fn muted(message: &Message<'_>) -> (usize, Vec<u8>) {
    request_info::with_header(
        (message.header_len, message.payload),
        DESTINATION,
        &String::from_utf8_lossy(DISABLED),
    )
}

impl Courier {
    /// Notes that the message goes on into another account, where tracing may be `allowed`.
    pub(super) fn cross(
        &mut self,
        into: &Account,
        allowed: bool,
        (from, to): (&[u8], &[u8]),
    ) -> Crossing {
        let Some(trace) = &mut self.trace else {
            return Crossing::default();
        };
        let (from, to) = (lossy(from), lossy(to));
        trace.add(json!({
            "type": "si", "ts": now(), "acc": into.name, "from": from, "to": to,
        }));
        let only = trace.only;
        match allowed {
            true => Crossing {
                kept: None,
                home: Some(std::mem::replace(&mut trace.home, into.home())),
                only,
            },
            false => Crossing {
                kept: self.trace.take(),
                home: None,
                only,
            },
        }
    }

    pub(super) fn come_back(&mut self, crossing: Crossing) {
        if let Some(kept) = crossing.kept {
            self.trace = Some(kept);
        }
        if let (Some(trace), Some(home)) = (&mut self.trace, crossing.home) {
            trace.home = home;
        }
    }

    /// Whether the message in hand is only told about, not delivered.
    pub(super) fn only_tells(&self) -> bool {
        self.trace.as_ref().is_some_and(|trace| trace.only)
    }

    /// Delivers a message that is followed to one entry.
    pub(super) fn deliver_traced(
        &mut self,
        sub: &Sub,
        message: &Message<'_>,
        way: Way<'_>,
    ) -> bool {
        match &sub.target {
            Target::Client(target) if way.at_home && target.imported => false,
            Target::Client(target) => {
                let Some(mut trace) = self.trace.take() else {
                    return false;
                };
                let delivered = self.follow(&mut trace, (sub, target), message, way.origin);
                self.trace = Some(trace);
                delivered
            }
            Target::Service(import) => self.request(import, message, way),
            Target::System(service) => self.only_tells() || service.request(message),
            Target::Asker(asker) => !self.only_tells() && asker.answer(message),
        }
    }

    fn follow(
        &mut self,
        trace: &mut Trace,
        (sub, target): (&Sub, &ClientSub),
        message: &Message<'_>,
        origin: Origin,
    ) -> bool {
        let client = &*target.client;
        let mut subject = Vec::new();
        match &target.rewrite {
            Some(rewrite) if !rewrite.apply(message.subject, &mut subject) => return false,
            Some(_) => {}
            None => subject.extend_from_slice(message.subject),
        }
        if target.home != trace.home {
            let account = client.details.lock().account.clone();
            let to = lossy(&subject);
            trace.add(json!({ "type": "se", "ts": now(), "acc": account, "to": to }));
            if !target.allow_trace {
                return trace.only || self.deliver_to_client(sub, target, message, origin);
            }
        }
        let is_own = client.cid == origin.cid && !origin.echo;
        let is_denied = || {
            target.shared.check_delivery.load(Ordering::Relaxed)
                && !client.may_receive(&subject, sub.queue.as_deref())
        };
        let error = if is_own {
            Some(NO_ECHO)
        } else if is_denied() {
            Some(DENIED)
        } else if trace.only || self.deliver_to_client(sub, target, message, origin) {
            None
        } else if target.shared.max() != 0 && target.shared.delivered() >= target.shared.max() {
            Some(SPENT)
        } else {
            Some(CLOSED)
        };
        trace.add_egress(sub, client, error);
        error.is_none()
    }
}

fn now() -> String {
    clock::rfc3339(clock::wall())
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
