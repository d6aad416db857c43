//! What a connection has said so far, and what each of its operations does.

use std::{
    net::IpAddr,
    ops::ControlFlow,
    sync::{Arc, atomic::Ordering},
    time::Instant,
};

use accounts::{identity::Identity, permissions::Permissions};
use protocol::{ClosedReason, Handler, Limits, Op, Parsed, Parser, ServerError, encode};

use super::{
    attempt::Deciding,
    client::{Client, Control},
    denied::Budget,
    followed::may_ask,
    mapping::Mapper,
    subscribe::Held,
    throttle::Throttle,
    trace,
};
use crate::{
    account::Account,
    callouts::Voucher,
    hash::SubjectMap,
    live::Live,
    monitoring::ClosedConnection,
    routing::{cache::RouteCache, deliver::Courier},
    server::Server,
    system::{Note, TurnedAway},
    transport::listener::Cookies,
};

/// Reasons that say: it tried to log in and was not let in.
const TURNED_AWAY: [ClosedReason; 6] = [
    ClosedReason::AuthenticationViolation,
    ClosedReason::AuthenticationTimeout,
    ClosedReason::MaxAccountConnectionsExceeded,
    ClosedReason::MaxUserConnectionsExceeded,
    ClosedReason::ProxyNotTrusted,
    ClosedReason::ProxyRequired,
];
/// Deliveries for which a connection may hold its worker: a few milliseconds. The rest of a read
/// waits until others had their turn.
const DELIVERIES_PER_TURN_MAX: usize = 20_000;

/// The protocol side of one connection. Lives in the connection's task.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) server: Arc<Server>,
    /// The server's settings as this connection last took them over.
    pub(super) live: Arc<Live>,
    pub(super) client: Arc<Client>,
    /// What the client has to sign.
    pub(super) nonce: Box<str>,
    /// The first `INFO` has been said.
    pub(super) greeted: bool,
    /// What its browser brought, where there is something.
    pub(super) cookies: Option<Box<Cookies>>,
    pub(super) options: Options,
    pub(super) login: Option<Login>,
    /// A `CONNECT` that is not answered yet.
    pub(super) deciding: Option<Deciding>,
    pub(super) held: SubjectMap<Held>,
    pub(super) routes: RouteCache,
    /// `None` where the account has no subject mappings.
    pub(super) mapper: Option<Box<Mapper>>,
    pub(super) courier: Courier,
    /// `None` where no quota limits the rate of messages.
    pub(super) throttle: Option<Box<Throttle>>,
    pub(super) closing: Option<ClosedReason>,
    /// Whether the end is known to everybody else.
    parted: bool,
    pub(super) denied: Budget,
    /// Who was not let in, as far as that is beyond doubt.
    pub(super) turned_away: Option<TurnedAway>,
    pub(super) pings: Pings,
    /// Messages and bytes of the read in hand, added to the shared counters once at its end.
    pub(super) read: (u64, u64),
}

/// What `CONNECT` chose; before it, the protocol's defaults.
#[derive(Debug)]
pub(super) struct Options {
    pub(super) verbose: bool,
    pub(super) pedantic: bool,
    pub(super) echo: bool,
    pub(super) headers: bool,
    pub(super) no_responders: bool,
    /// Whether the client takes `INFO` at any time.
    pub(super) async_info: bool,
}

/// Who the connection is.
#[derive(Debug)]
pub(super) struct Login {
    pub(super) account: Arc<Account>,
    /// `None` where everybody may come in.
    pub(super) identity: Option<Arc<Identity>>,
    pub(super) permissions: Arc<Permissions>,
    pub(super) payload_max: usize,
    /// `usize::MAX` when there is no limit.
    pub(super) subscriptions_max: usize,
    /// Seconds since 1970 at which user or account ends.
    pub(super) expires_at: Option<i64>,
    /// Subscriptions of all the account's connections together.
    pub(super) account_subscriptions_max: Option<u64>,
    /// A quota lets it publish nothing at all.
    pub(super) muted: bool,
    /// The account whose auth callout let it in.
    pub(super) voucher: Option<Voucher>,
    /// Somebody said `CONNECT`: it is news that it is there.
    pub(super) is_announced: bool,
}

/// The exchange of pings.
#[derive(Debug, Default)]
pub(super) struct Pings {
    pub(super) unanswered: u32,
    /// Whether the round-trip time was ever taken.
    pub(super) measured: bool,
    sent_at: Option<Instant>,
    answered_first: bool,
}

impl Session {
    pub(super) fn new(server: Arc<Server>, client: Arc<Client>) -> Self {
        let mut session = Self {
            courier: Courier::of(&client, &server.name),
            live: server.live(),
            routes: RouteCache::new(server.config.remember_routes),
            server,
            client,
            nonce: super::login::nonce(),
            greeted: false,
            cookies: None,
            options: Options {
                verbose: true,
                pedantic: true,
                echo: true,
                headers: false,
                no_responders: false,
                async_info: false,
            },
            login: None,
            deciding: None,
            held: SubjectMap::default(),
            mapper: None,
            throttle: None,
            closing: None,
            parted: false,
            denied: Budget::default(),
            turned_away: None,
            pings: Pings::default(),
            read: (0, 0),
        };
        tracing::debug!(
            "{} - Client connection created",
            trace::Name(&session.client)
        );
        session.enter_open_account();
        session
    }

    /// Keeps what the client's cookies say until it logs in.
    pub(super) fn bring(&mut self, cookies: Cookies) {
        self.cookies = Some(cookies).filter(|it| !it.is_empty()).map(Box::new);
    }

    /// Says the first word, once.
    pub(super) fn greet(&mut self) {
        if !std::mem::replace(&mut self.greeted, true) {
            self.say_info(false);
        }
    }

    /// Takes the bytes of one read. Returns how many of them it used: fewer than all when their
    /// work is more than one turn's, or when the connection ends.
    pub(super) fn take(&mut self, parser: &mut Parser, input: &[u8]) -> usize {
        self.enter_silently(input);
        if let Some(throttle) = &mut self.throttle {
            throttle.begin(crate::clock::instant());
        }
        let taken = match parser.parse(input, self) {
            Ok(Parsed::NeedMore) => input.len(),
            Ok(Parsed::Stopped { taken, .. }) => taken,
            Err(error) => {
                tracing::debug!(
                    "{} - Client parser ERROR: {error}",
                    trace::Name(&self.client)
                );
                match error.wire_error() {
                    Some(told) => self.refuse(&told),
                    None => self.close(error.closed_reason()),
                }
                input.len()
            }
        };
        self.courier.end_turn(self.client.cid);
        self.client.note_activity();
        let (messages, bytes) = std::mem::take(&mut self.read);
        if messages > 0 {
            self.client.received.add(messages, bytes);
            self.server.received.add(messages, bytes);
            if let Some(login) = &self.login {
                login.account.received.add(messages, bytes);
            }
            self.end_turn_of_throttle((messages, bytes));
        }
        taken
    }

    /// Does what others have asked for.
    pub(super) fn apply_controls(&mut self) {
        for control in self.client.take_controls() {
            match control {
                Control::Close { error, reason } => {
                    if let Some(error) = &error {
                        self.say(|out| error.write(out));
                        self.note_denial(error);
                    }
                    self.close(reason);
                }
                Control::Refresh { .. } => {
                    self.refresh();
                    // Who asked for this hears that it is done when nothing counts any more.
                    if self.closing.is_some() {
                        self.part();
                    }
                }
                Control::EndSubscription { sid } => self.end_if_done(&sid),
                Control::LameDuck => self.say_info(true),
                Control::Settings => self.take_settings(),
            }
        }
    }

    /// Appends to what the client is sent.
    pub(super) fn say(&self, write: impl FnOnce(&mut Vec<u8>)) {
        let mut text = Vec::new();
        write(&mut text);
        self.client.send(&text);
    }

    /// Tells the client about an error, and ends the connection when the error is of that kind.
    pub(super) fn refuse(&mut self, error: &ServerError) {
        self.say(|out| error.write(out));
        self.note_denial(error);
        if let Some(reason) = error.closed_reason() {
            self.close(reason);
        }
    }

    /// Ends the connection; what waits for the client is still written. The first reason counts.
    pub(super) fn close(&mut self, reason: ClosedReason) {
        if self.closing.is_none() {
            self.closing = Some(reason);
            let discard = reason == ClosedReason::SlowConsumerPendingBytes;
            self.client.outbound.lock().close(discard);
        }
    }

    /// Answers `+OK` to a client that wants to hear it.
    pub(super) fn ok(&self) {
        if self.options.verbose {
            self.client.send(encode::OK);
        }
    }

    pub(super) fn ip(&self) -> IpAddr {
        self.client.ip
    }

    /// Sends a `PING`, or ends the connection when too many are unanswered.
    pub(super) fn ping(&mut self) {
        if self.pings.unanswered >= self.live.limits.ping_max {
            self.refuse(&ServerError::StaleConnection);
            return;
        }
        self.pings.unanswered += 1;
        self.pings.sent_at = Some(crate::clock::instant());
        self.client.send(encode::PING);
    }

    fn answer_ping(&mut self) {
        self.client.send(encode::PONG);
        if !self.pings.answered_first && self.login.is_some() {
            self.pings.answered_first = true;
            if self.options.async_info {
                self.say_info(false);
            }
        }
    }

    fn take_pong(&mut self) {
        self.pings.unanswered = 0;
        if let Some(sent_at) = self.pings.sent_at.take() {
            let rtt = crate::clock::instant().saturating_duration_since(sent_at);
            self.pings.measured = true;
            self.client.details.lock().rtt = Some(rtt);
        }
    }

    /// Sends `INFO`: what the server is, and after the first ping who the connection is.
    fn say_info(&self, lame_duck: bool) {
        if lame_duck && !(self.options.async_info && self.pings.answered_first) {
            return;
        }
        let mut info = self.server.info();
        info.client_id = Some(self.client.cid);
        // Before a load balancer has spoken, it would be that one's address.
        let is_known = !self.client.listener.proxy_protocol || self.pings.answered_first;
        info.client_ip = is_known.then(|| self.ip().to_string());
        info.ldm = lame_duck;
        let proxies = !self.live.trusted_proxies.is_empty();
        if self.wants_signature() || proxies {
            info.nonce = Some(self.nonce.to_string());
        }
        let listener = &self.client.listener;
        info.auth_required = self.server.asks_for_credentials(listener.connection_type());
        listener.describe(&mut info, self.client.tls.get().map(Box::as_ref));
        if listener.only_account.is_some() {
            // Some clients remember what the first INFO says.
            let bound = self.server.payload_max(listener.only_account);
            info.max_payload = i64::try_from(bound).unwrap_or(i64::MAX);
        }
        if let Some(login) = &self.login {
            info.max_payload = i64::try_from(login.payload_max).unwrap_or(i64::MAX);
            if self.pings.answered_first {
                info.connect_info = true;
                info.remote_account = Some(login.account.name.to_string());
                info.acc_is_sys = self.server.is_system(&login.account);
            }
        }
        self.say(|out| info.write(out));
    }

    /// Whether the client may have something to sign with.
    fn wants_signature(&self) -> bool {
        let configured = self.server.configured();
        configured.is_none_or(|configured| configured.has_nkeys())
    }

    /// Takes the ended connection out of its account, or tells who was turned away. It may stay a
    /// while, for the client to read its last words, but counts no more.
    pub(super) fn part(&mut self) {
        if std::mem::replace(&mut self.parted, true) {
            return;
        }
        let reason = self.closing.unwrap_or(ClosedReason::ServerShutdown);
        let closed = ClosedConnection::new(&self.client, reason, self.closed_subscriptions());
        self.server.watch.closed.lock().add(closed);
        match self.login {
            Some(_) => self.leave(reason),
            // Somebody who never tried to log in is no news.
            None if TURNED_AWAY.contains(&reason) => self.server.note(Note::TurnedAway {
                client: Arc::clone(&self.client),
                who: self.turned_away.take(),
                reason,
            }),
            None => {}
        }
    }

    /// Leaves the account: no subscription, no place among its clients, nothing that it granted.
    pub(super) fn leave(&mut self, reason: ClosedReason) {
        self.drop_subscriptions();
        self.routes.clear();
        self.mapper = None;
        self.throttle = None;
        self.client.set_permissions(None);
        if let Some(login) = self.login.take() {
            let details = self.client.details.lock().clone();
            login.account.dismiss(self.client.cid);
            if reason.is_slow_consumer() {
                login.account.slow_consumers.fetch_add(1, Ordering::Relaxed);
            }
            if login.is_announced {
                self.server.note(Note::Left {
                    client: Arc::clone(&self.client),
                    details: Box::new(details),
                    account: login.account,
                    reason,
                });
            }
        }
    }

    /// Counts that the client is held back since a receiver is nearly full.
    pub(super) fn note_stall(&self) {
        self.client.stalls.fetch_add(1, Ordering::Relaxed);
        self.server.watch.stalls.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether the parser is to stop here.
    fn flow(&self) -> ControlFlow<()> {
        let is_spent = |throttle: &Throttle| throttle.is_spent(self.read);
        let must_wait = self.closing.is_some()
            || self.deciding.is_some()
            || self.throttle.as_deref().is_some_and(is_spent);
        if must_wait || self.courier.deliveries() > DELIVERIES_PER_TURN_MAX {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

impl Handler for Session {
    type Stop = ();

    fn limits(&self) -> Limits {
        let limits = &self.live.limits;
        Limits {
            control_line_max: limits.max_control_line,
            payload_max: self
                .login
                .as_ref()
                .map_or(limits.max_payload, |login| login.payload_max),
            headers: self.options.headers,
        }
    }

    fn connect_required(&self) -> bool {
        self.login.is_none()
    }

    fn too_large(&mut self, subject: &[u8], headers: &[u8], size: usize) {
        if may_ask(headers) {
            self.trace_too_large(subject, headers, size);
        }
    }

    fn op(&mut self, op: Op<'_>) -> ControlFlow<()> {
        if trace::is_on() {
            trace::heard(&self.client, &op);
        }
        match op {
            Op::Pub {
                subject,
                reply,
                header_len,
                payload,
                ..
            } => {
                self.publish(subject, reply, header_len, payload);
            }
            Op::Sub {
                subject,
                queue,
                sid,
            } => self.subscribe(subject, queue, sid),
            Op::Unsub { sid, max } => self.unsubscribe(sid, max),
            Op::Ping => self.answer_ping(),
            Op::Pong => self.take_pong(),
            Op::Connect(json) => self.connect(json),
            Op::Info(_) | Op::Ok | Op::Msg => {}
        }
        self.flow()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.part();
        self.server.forget(&self.client, self.closing);
        // Publishers that still hold this client must not fill a queue that nobody empties.
        self.client.outbound.lock().close(true);
        self.client.headers.store(false, Ordering::Relaxed);
    }
}
