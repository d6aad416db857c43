//! The part of a connection that others see: publishers that deliver to it, and whoever must change
//! or end it.
//!
//! Its own task owns everything else. Others never act on a connection: they leave a [`Control`]
//! and wake it.

use std::{
    net::IpAddr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use accounts::{
    callout,
    identity::Identity,
    nkeys::{KeyKind, PublicKey},
    permissions::Permissions,
};
use parking_lot::{Mutex, RwLock};
use protocol::{ClosedReason, ServerError};
use tokio::sync::mpsc;

use super::{outbound::Outbound, trace};
use crate::{
    hash::SubjectMap,
    transport::{listener::Listener, tls::TlsPeer},
};

/// Replies that a responder may owe at a time; the oldest knowledge goes first when there are more.
const OWED_REPLIES_MAX: usize = 4096;

/// The shared part of a connection.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) cid: u64,
    pub(crate) ip: IpAddr,
    pub(crate) port: u16,
    pub(crate) started: SystemTime,
    pub(crate) started_at: Instant,
    pub(crate) max_pending: usize,
    /// Where it came in.
    pub(crate) listener: Arc<Listener>,
    /// Set once the TLS handshake, if there is one, is done.
    pub(crate) tls: OnceLock<Box<TlsPeer>>,
    pub(crate) outbound: Outbound,
    /// Whether it takes `HMSG`.
    pub(crate) headers: AtomicBool,
    /// Whether delivered reply subjects are remembered as allowed to publish to.
    tracks_replies: AtomicBool,
    owed: Mutex<SubjectMap<Owed>>,
    permissions: RwLock<Option<Arc<Permissions>>>,
    controls: Mutex<Vec<Control>>,
    has_controls: AtomicBool,
    pub(crate) details: Mutex<Details>,
    pub(crate) received: Traffic,
    /// How often it was held back since a receiver was nearly full.
    pub(crate) stalls: AtomicU64,
    /// Milliseconds from `started_at` to the last read.
    last_activity_ms: AtomicU64,
}

/// Messages and bytes.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) messages: AtomicU64,
    pub(crate) bytes: AtomicU64,
}

impl Traffic {
    pub(crate) fn add(&self, messages: u64, bytes: u64) {
        self.messages.fetch_add(messages, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> (u64, u64) {
        (
            self.messages.load(Ordering::Relaxed),
            self.bytes.load(Ordering::Relaxed),
        )
    }
}

/// What monitoring shows of a connection, known once it has authenticated.
#[derive(Debug, Default, Clone)]
pub(crate) struct Details {
    pub(crate) name: String,
    pub(crate) lang: String,
    pub(crate) version: String,
    pub(crate) account: String,
    /// Who it is; `None` before the login and on an open broker.
    pub(crate) identity: Option<Arc<Identity>>,
    /// Whom it said it was, when it was not let in as one of the configuration's users.
    pub(crate) claimed: Box<str>,
    /// The trusted proxy that it comes by.
    pub(crate) proxy: Option<PublicKey>,
    pub(crate) subscriptions: usize,
    pub(crate) rtt: Option<Duration>,
    pub(crate) protocol: i64,
}

impl Details {
    pub(crate) fn user(&self) -> Option<PublicKey> {
        self.identity.as_ref().map(|identity| identity.user)
    }

    /// See [`Identity::seat`].
    pub(crate) fn seat(&self) -> Option<PublicKey> {
        self.identity.as_ref().map(|identity| identity.seat())
    }

    /// Whether it is this user: by its key, or by its name.
    pub(crate) fn is_user(&self, named: &UserName<'_>) -> bool {
        self.identity
            .as_ref()
            .is_some_and(|identity| Some(identity.user) == named.key || identity.name == named.text)
    }
}

/// What somebody calls a user, read once to be compared with many.
#[derive(Debug)]
pub(crate) struct UserName<'a> {
    text: &'a str,
    key: Option<PublicKey>,
}

impl<'a> UserName<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let key = PublicKey::parse_as(text, KeyKind::User).ok();
        Self { text, key }
    }
}

/// A wish that another task has for this connection.
#[derive(Debug)]
pub(crate) enum Control {
    /// End it, after telling the client why when there is a text for it.
    Close {
        error: Option<ServerError>,
        reason: ClosedReason,
    },
    /// The account's claims changed. The sender is dropped when the change has been applied.
    Refresh { _applied: mpsc::Sender<()> },
    /// A subscription reached its maximum.
    EndSubscription { sid: Box<[u8]> },
    /// The server's settings changed.
    Settings,
    /// The server is going away: tell the client to look for another one.
    LameDuck,
}

/// How often and until when a client may publish to a reply subject that it was sent.
#[derive(Debug)]
struct Owed {
    left: i32,
    until: Option<Instant>,
}

impl Client {
    pub(crate) fn new(
        cid: u64,
        peer: std::net::SocketAddr,
        max_pending: usize,
        listener: Arc<Listener>,
    ) -> Self {
        Self {
            cid,
            ip: peer.ip(),
            port: peer.port(),
            started: crate::clock::wall(),
            started_at: crate::clock::instant(),
            max_pending,
            listener,
            tls: OnceLock::new(),
            outbound: Outbound::default(),
            headers: AtomicBool::new(false),
            tracks_replies: AtomicBool::new(false),
            owed: Mutex::default(),
            permissions: RwLock::new(None),
            controls: Mutex::default(),
            has_controls: AtomicBool::new(false),
            details: Mutex::default(),
            received: Traffic::default(),
            stalls: AtomicU64::new(0),
            last_activity_ms: AtomicU64::new(0),
        }
    }

    /// Notes that something was read just now.
    pub(crate) fn note_activity(&self) {
        let since = crate::clock::instant().saturating_duration_since(self.started_at);
        let ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        self.last_activity_ms.store(ms, Ordering::Relaxed);
    }

    /// When something was last read.
    pub(crate) fn last_activity(&self) -> SystemTime {
        self.started + Duration::from_millis(self.last_activity_ms.load(Ordering::Relaxed))
    }

    /// Appends protocol text to what the client is sent. Its queue has an end for that, too: who
    /// asks without reading the answers is a slow consumer.
    pub(crate) fn send(&self, text: &[u8]) {
        let mut queue = self.outbound.lock();
        if queue.is_closed() {
            return;
        }
        if trace::is_on() {
            trace::told(self, text);
        }
        if queue.pending() + text.len() > self.max_pending {
            queue.close(true);
            drop(queue);
            self.close(None, ClosedReason::SlowConsumerPendingBytes);
        } else {
            queue.push(text);
        }
    }

    /// Messages and bytes that it was sent.
    pub(crate) fn sent(&self) -> (u64, u64) {
        let queue = self.outbound.lock();
        (queue.messages, queue.bytes)
    }

    /// Leaves a wish and wakes the connection's task.
    pub(crate) fn control(&self, wish: Control) {
        self.controls.lock().push(wish);
        self.has_controls.store(true, Ordering::Release);
        self.outbound.wake();
    }

    /// Asks the connection to end.
    pub(crate) fn close(&self, error: Option<ServerError>, reason: ClosedReason) {
        self.control(Control::Close { error, reason });
    }

    /// Takes the wishes left since the last call. Cheap when there are none.
    pub(crate) fn take_controls(&self) -> Vec<Control> {
        if !self.has_controls.swap(false, Ordering::Acquire) {
            return Vec::new();
        }
        std::mem::take(&mut *self.controls.lock())
    }

    /// Sets what deliveries to this client are checked against; `None` between two logins. Replies
    /// that the client owed under other permissions are forgotten: they were somebody else's.
    pub(crate) fn set_permissions(&self, permissions: Option<Arc<Permissions>>) {
        let responses = permissions.as_ref().and_then(|granted| granted.responses());
        self.tracks_replies
            .store(responses.is_some(), Ordering::Relaxed);
        *self.permissions.write() = permissions;
        self.owed.lock().clear();
    }

    /// The deny check for deliveries to subscriptions that a deny rule overlaps.
    pub(crate) fn may_receive(&self, subject: &[u8], queue: Option<&[u8]>) -> bool {
        let permissions = self.permissions.read();
        permissions
            .as_ref()
            .is_none_or(|permissions| permissions.may_deliver(subject, queue))
    }

    /// Notes that the client was sent `reply` and may answer it, when its permissions grant that.
    pub(crate) fn owes_reply(&self, reply: &[u8]) {
        // No request gives leave to ask an account's auth callout.
        let is_owed = reply != callout::SUBJECT.as_bytes();
        if !(self.tracks_replies.load(Ordering::Relaxed) && is_owed) {
            return;
        }
        let granted = {
            let permissions = self.permissions.read();
            let Some(permissions) = permissions.as_ref() else {
                return;
            };
            match permissions.responses() {
                Some(granted) if !permissions.may_publish(reply) => granted,
                _ => return,
            }
        };
        let now = crate::clock::instant();
        let ttl = u64::try_from(granted.ttl_ns).ok().filter(|ttl| *ttl > 0);
        let until = ttl.and_then(|ttl| now.checked_add(Duration::from_nanos(ttl)));
        let mut owed = self.owed.lock();
        if owed.len() >= OWED_REPLIES_MAX {
            owed.retain(|_, entry| entry.until.is_none_or(|until| until > now));
            if owed.len() >= OWED_REPLIES_MAX {
                owed.clear();
            }
        }
        owed.insert(
            reply.into(),
            Owed {
                left: granted.max,
                until,
            },
        );
    }

    /// Whether `subject` is a reply subject that the client may still publish to; uses one up.
    pub(crate) fn may_reply(&self, subject: &[u8]) -> bool {
        if !self.tracks_replies.load(Ordering::Relaxed) {
            return false;
        }
        let mut owed = self.owed.lock();
        let Some(entry) = owed.get_mut(subject) else {
            return false;
        };
        let expired = entry
            .until
            .is_some_and(|until| until <= crate::clock::instant());
        if expired || entry.left == 0 {
            owed.remove(subject);
            return false;
        }
        if entry.left > 0 {
            entry.left -= 1;
        }
        true
    }
}
