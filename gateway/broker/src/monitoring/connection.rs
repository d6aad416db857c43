//! One connection, open or closed: its figures, and how it is shown.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, SystemTime},
};

use ::accounts::{configured::GLOBAL, x509::CertificateNames};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    ConnzOptions,
    closed::{ClosedConnection, ClosedSub},
    lossy, round_trip, some_count, some_text,
    subsz::{OwnSub, sub_detail},
    uptime, without_nulls,
};
use crate::{
    clock,
    connection::client::{Client, Details},
    server::Server,
    transport::tls::{self, TlsPeer},
};

/// What connections are sorted by, and what is shown of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figures {
    pub(super) cid: u64,
    pub(super) started: SystemTime,
    pub(super) last_activity: SystemTime,
    pub(super) stopped: Option<SystemTime>,
    pub(super) rtt: Duration,
    pub(super) pending: usize,
    /// Messages and bytes that the client sent.
    pub(super) received: (u64, u64),
    /// And that it was sent.
    pub(super) sent: (u64, u64),
    pub(super) stalls: u64,
    pub(super) subscriptions: usize,
}

impl Figures {
    pub(super) fn of(client: &Client) -> Self {
        let (rtt, subscriptions) = {
            let details = client.details.lock();
            (details.rtt.unwrap_or_default(), details.subscriptions)
        };
        let (pending, sent) = {
            let queue = client.outbound.lock();
            (queue.pending(), (queue.messages, queue.bytes))
        };
        Self {
            cid: client.cid,
            started: client.started,
            last_activity: client.last_activity(),
            stopped: None,
            rtt,
            pending,
            received: client.received.get(),
            sent,
            stalls: client.stalls.load(Ordering::Relaxed),
            subscriptions,
        }
    }

    /// How long it was or has been there.
    pub(super) fn age(&self, now: SystemTime) -> Duration {
        let until = self.stopped.unwrap_or(now);
        until.duration_since(self.started).unwrap_or_default()
    }
}

/// A connection that is looked at.
#[derive(Debug, Clone)]
pub(super) enum Seen {
    Open(Arc<Client>),
    Closed(Arc<ClosedConnection>),
}

impl Seen {
    pub(super) fn figures(&self) -> Figures {
        match self {
            Self::Open(client) => Figures::of(client),
            Self::Closed(closed) => closed.figures,
        }
    }

    /// What is spoken below the NATS protocol.
    fn protocol(&self) -> &'static str {
        match self {
            Self::Open(client) => client.listener.protocol(),
            Self::Closed(closed) => closed.protocol,
        }
    }

    /// Why it closed; empty for one that is open.
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::Open(_) => "",
            Self::Closed(closed) => closed.reason.as_str(),
        }
    }
}

/// How connections are shown: all of one page.
#[derive(Debug)]
pub(super) struct Showing<'a> {
    pub(super) server: &'a Server,
    pub(super) options: &'a ConnzOptions,
    pub(super) now: SystemTime,
}

impl Showing<'_> {
    /// A connection; `subscriptions` are those of an open one, if they are asked for.
    pub(super) fn connection(
        &self,
        seen: &Seen,
        figures: &Figures,
        subscriptions: &[OwnSub],
    ) -> Value {
        let (details, idle, (ip, port), tls) = match seen {
            Seen::Open(client) => {
                let idle = self.now.duration_since(figures.last_activity);
                let details = client.details.lock().clone();
                let tls = client.tls.get().map(Box::as_ref);
                (
                    details,
                    idle.unwrap_or_default(),
                    (client.ip, client.port),
                    tls,
                )
            }
            Seen::Closed(closed) => {
                let tls = closed.tls.as_ref();
                (
                    closed.details.clone(),
                    closed.idle,
                    (closed.ip, closed.port),
                    tls,
                )
            }
        };
        let mut shown = json!({
            "cid": figures.cid,
            "kind": "Client",
            "type": seen.protocol(),
            "ip": ip.to_string(),
            "port": port,
            "start": clock::rfc3339(figures.started),
            "last_activity": clock::rfc3339(figures.last_activity),
            "stop": figures.stopped.map(clock::rfc3339),
            "reason": some_text(seen.reason()),
            "rtt": round_trip(figures.rtt),
            "uptime": uptime(figures.age(self.now)),
            "idle": uptime(idle),
            "pending_bytes": figures.pending,
            "in_msgs": figures.received.0,
            "out_msgs": figures.sent.0,
            "in_bytes": figures.received.1,
            "out_bytes": figures.sent.1,
            "stalls": some_count(figures.stalls),
            "subscriptions": figures.subscriptions,
            "name": some_text(&details.name),
            "lang": some_text(&details.lang),
            "version": some_text(&details.version),
            "tls_version": tls.map(TlsPeer::version),
            "tls_cipher_suite": tls.map(TlsPeer::cipher),
            "tls_peer_certs": tls.filter(|_| self.options.auth).and_then(certificates),
            "tls_first": tls.filter(|tls| tls.first).map(|_| true),
        });
        if let Some(proxy) = details.proxy {
            shown["proxy"] = json!({ "key": proxy.to_string() });
        }
        if self.options.auth {
            self.add_user(&mut shown, &details);
        }
        match seen {
            Seen::Open(_) => self.add_subscriptions(&mut shown, subscriptions),
            Seen::Closed(closed) => self.add_subscriptions(&mut shown, &closed.subscriptions),
        }
        if self.options.auth {
            self.add_issuer(&mut shown, &details);
        }
        without_nulls(shown)
    }

    fn add_user(&self, shown: &mut Value, details: &Details) {
        let identity = details.identity.as_ref();
        let user = identity.and_then(|identity| identity.shown_user());
        let claimed = || some_text(&details.claimed).map(str::to_owned);
        shown["authorized_user"] = json!(user.or_else(claimed));
        let account = some_text(&details.account);
        shown["account"] = json!(account.filter(|name| *name != GLOBAL));
    }

    fn add_subscriptions(&self, shown: &mut Value, subscriptions: &[impl Subscription]) {
        if subscriptions.is_empty() {
            return;
        }
        if self.options.subscriptions_detail {
            let cid = shown["cid"].as_u64().unwrap_or_default();
            let details = subscriptions.iter().map(|sub| sub.detail(cid));
            shown["subscriptions_list_detail"] = details.collect();
        } else if self.options.subscriptions {
            let subjects = subscriptions.iter().map(Subscription::subject);
            shown["subscriptions_list"] = subjects.collect();
        }
    }

    /// Other than nats-server's, ours do not repeat the user's token.
    fn add_issuer(&self, shown: &mut Value, details: &Details) {
        let Some(identity) = &details.identity else {
            return;
        };
        shown["issuer_key"] = json!(identity.shown_issuer());
        let name = super::accounts::account_name(self.server, identity);
        shown["name_tag"] = json!(some_text(&name));
        if !identity.tags.is_empty() {
            shown["tags"] = json!(identity.tags);
        }
    }
}

/// The certificates that a client showed, by their subjects and hashes.
fn certificates(tls: &TlsPeer) -> Option<Vec<Value>> {
    let shown = tls.certificates.iter().map(|certificate| {
        let key = tls::spki(certificate).map(|key| HEXLOWER.encode(&Sha256::digest(&*key)));
        let names = CertificateNames::read(certificate).ok();
        without_nulls(json!({
            "subject": names.as_ref().and_then(CertificateNames::subject),
            "spki_sha256": key,
            "cert_sha256": HEXLOWER.encode(&Sha256::digest(certificate)),
        }))
    });
    let shown: Vec<_> = shown.collect();
    (!shown.is_empty()).then_some(shown)
}

/// A subscription of a connection.
trait Subscription {
    fn subject(&self) -> String;
    fn detail(&self, cid: u64) -> Value;
}

impl Subscription for OwnSub {
    fn subject(&self) -> String {
        lossy(&self.sub.subject)
    }

    fn detail(&self, _: u64) -> Value {
        sub_detail(self, None)
    }
}

impl Subscription for ClosedSub {
    fn subject(&self) -> String {
        lossy(&self.subject)
    }

    fn detail(&self, cid: u64) -> Value {
        without_nulls(json!({
            "subject": lossy(&self.subject),
            "qgroup": self.queue.as_deref().map(lossy),
            "sid": lossy(&self.sid),
            "msgs": self.delivered,
            "max": some_count(self.max),
            "cid": cid,
        }))
    }
}
