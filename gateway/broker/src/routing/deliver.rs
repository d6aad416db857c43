//! Fan-out: one message to everything that its subject reached.

use std::{
    cell::OnceCell,
    sync::{Arc, atomic::Ordering},
};

use accounts::callout;
use bytes::Bytes;
use protocol::{ClosedReason, encode};

use super::{
    services::Path,
    sub::{ClientSub, Counted, Sub, Target},
    sublist::Matched,
    trace::Trace,
};
use crate::connection::{
    client::{Client, Control},
    outbound::SHARED_BYTES_MIN,
    trace,
};

/// Service imports that one message may take in total: imports that overlap and fan out over
/// several accounts would otherwise multiply.
pub(super) const REQUESTS_PER_MESSAGE_MAX: usize = 64;
/// Room for what `MSG` adds around subject, sid and reply: verb, spaces, two sizes, line ends.
const FRAME_BYTES_MAX: usize = 64;
/// Scratch subjects that a courier keeps for the next message.
const SCRATCH_KEPT_MAX: usize = 4;

/// A message on its way.
#[derive(Debug)]
pub(crate) struct Message<'a> {
    pub(crate) subject: &'a [u8],
    pub(crate) reply: Option<&'a [u8]>,
    /// Bytes of `payload` that are headers.
    pub(crate) header_len: usize,
    pub(crate) payload: &'a [u8],
    shared: OnceCell<Bytes>,
}

impl<'a> Message<'a> {
    pub(crate) fn new(
        subject: &'a [u8],
        reply: Option<&'a [u8]>,
        header_len: usize,
        payload: &'a [u8],
    ) -> Self {
        Self {
            subject,
            reply,
            header_len,
            payload,
            shared: OnceCell::new(),
        }
    }

    /// The same content on other subjects.
    pub(crate) fn readdressed<'b>(&self, subject: &'b [u8], reply: Option<&'b [u8]>) -> Message<'b>
    where
        'a: 'b,
    {
        Message {
            subject,
            reply,
            header_len: self.header_len,
            payload: self.payload,
            shared: self.shared.clone(),
        }
    }

    /// The payload, copied once for all receivers together.
    fn shared(&self) -> &Bytes {
        self.shared.get_or_init(|| {
            let mut bytes = Vec::with_capacity(self.payload.len() + 2);
            bytes.extend_from_slice(self.payload);
            bytes.extend_from_slice(b"\r\n");
            bytes.into()
        })
    }
}

/// Who published.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    /// The publishing connection; 0 for the broker itself.
    pub(crate) cid: u64,
    /// Whether it gets its own messages.
    pub(crate) echo: bool,
}

impl Origin {
    pub(crate) const BROKER: Self = Self { cid: 0, echo: true };
}

/// Where a message comes from, and over which imports.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way<'a> {
    pub(super) origin: Origin,
    pub(super) path: Option<&'a Path<'a>>,
    /// Requests and answers are for the account's own subscriptions alone, even where others, or
    /// itself, import the subject as a stream.
    pub(super) at_home: bool,
}

impl Way<'_> {
    pub(super) fn direct(origin: Origin) -> Self {
        Self {
            origin,
            path: None,
            at_home: false,
        }
    }
}

/// Delivers messages and remembers whom to wake. One per publishing task.
#[derive(Debug, Default)]
pub(crate) struct Courier {
    /// Whose messages it carries, and the name of the server; `None` for the broker's own.
    pub(super) publisher: Option<(Arc<Client>, Arc<str>)>,
    /// What follows the message in hand.
    pub(crate) trace: Option<Box<Trace>>,
    touched: Vec<Arc<Client>>,
    scratch: Vec<Vec<u8>>,
    random: u32,
    /// Service imports that the message in hand may still take.
    pub(super) requests_left: usize,
    /// Deliveries since the last turn ended.
    deliveries: usize,
    /// Set when a receiver has more than three quarters of its bound waiting.
    congested: bool,
}

impl Courier {
    /// For the messages of a connection.
    pub(crate) fn of(publisher: &Arc<Client>, server_name: &Arc<str>) -> Self {
        Self {
            publisher: Some((Arc::clone(publisher), Arc::clone(server_name))),
            ..Self::default()
        }
    }

    /// Delivers to everything in `matched`. `true` when somebody got it.
    pub(crate) fn deliver(
        &mut self,
        matched: &Matched,
        message: &Message<'_>,
        origin: Origin,
    ) -> bool {
        self.requests_left = REQUESTS_PER_MESSAGE_MAX;
        self.deliver_on(matched, message, Way::direct(origin))
    }

    /// Deliveries since the last turn ended.
    pub(crate) fn deliveries(&self) -> usize {
        self.deliveries
    }

    /// Wakes everybody who got something since the last call, except the caller itself.
    pub(crate) fn end_turn(&mut self, own_cid: u64) {
        self.deliveries = 0;
        for client in self.touched.drain(..) {
            if client.cid != own_cid {
                client.outbound.wake();
            }
        }
        // A fan-out to many may have grown this; an idle connection keeps nothing.
        if self.touched.capacity() > 64 {
            self.touched = Vec::new();
        }
    }

    /// Whether a receiver was nearly full since the last call.
    pub(crate) fn take_congested(&mut self) -> bool {
        std::mem::take(&mut self.congested)
    }

    pub(super) fn deliver_on(
        &mut self,
        matched: &Matched,
        message: &Message<'_>,
        way: Way<'_>,
    ) -> bool {
        let mut delivered = false;
        for sub in &matched.plain {
            delivered |= self.deliver_to(sub, message, way);
        }
        for members in &matched.groups {
            delivered |= self.deliver_to_one(members, message, way);
        }
        delivered
    }

    /// One member of a group, starting at a random one, until one takes the message.
    fn deliver_to_one(
        &mut self,
        members: &[Arc<Sub>],
        message: &Message<'_>,
        way: Way<'_>,
    ) -> bool {
        let start = self.random() as usize % members.len().max(1);
        let (before, after) = members.split_at(start);
        after
            .iter()
            .chain(before)
            .any(|sub| self.deliver_to(sub, message, way))
    }

    fn deliver_to(&mut self, sub: &Sub, message: &Message<'_>, way: Way<'_>) -> bool {
        if self.trace.is_some() {
            return self.deliver_traced(sub, message, way);
        }
        match &sub.target {
            Target::Client(target) if way.at_home && target.imported => false,
            Target::Client(target) => self.deliver_to_client(sub, target, message, way.origin),
            Target::Service(import) => self.request(import, message, way),
            Target::System(service) => service.request(message),
            Target::Asker(asker) => asker.answer(message),
        }
    }

    pub(super) fn deliver_to_client(
        &mut self,
        sub: &Sub,
        target: &ClientSub,
        message: &Message<'_>,
        origin: Origin,
    ) -> bool {
        if target.client.cid == origin.cid && !origin.echo {
            return false;
        }
        let is_kept_off = |subject: &[u8]| target.guarded && subject == callout::SUBJECT.as_bytes();
        let Some(rewrite) = &target.rewrite else {
            return !is_kept_off(message.subject)
                && self.enqueue(sub, target, message.subject, message);
        };
        let mut subject = self.take_scratch();
        let delivered = rewrite.apply(message.subject, &mut subject)
            && !is_kept_off(&subject)
            && self.enqueue(sub, target, &subject, message);
        self.keep_scratch(subject);
        delivered
    }

    /// Appends `MSG` or `HMSG` to the client's outbound queue.
    fn enqueue(
        &mut self,
        sub: &Sub,
        target: &ClientSub,
        subject: &[u8],
        message: &Message<'_>,
    ) -> bool {
        self.deliveries += 1;
        let (client, shared) = (&*target.client, &*target.shared);
        if shared.check_delivery.load(Ordering::Relaxed)
            && !client.may_receive(subject, sub.queue.as_deref())
        {
            return false;
        }
        let takes_headers = client.headers.load(Ordering::Relaxed);
        let header_len = if takes_headers { message.header_len } else { 0 };
        let skipped = message.header_len - header_len;
        let payload = &message.payload[skipped..];
        let reply = message.reply;
        let room =
            FRAME_BYTES_MAX + subject.len() + shared.sid.len() + reply.map_or(0, <[u8]>::len);

        let mut queue = client.outbound.lock();
        if queue.is_closed() {
            return false;
        }
        let counted = shared.count();
        if counted == Counted::Over {
            return false;
        }
        if queue.pending() + room + payload.len() > client.max_pending {
            queue.close(true);
            drop(queue);
            client.close(None, ClosedReason::SlowConsumerPendingBytes);
            return false;
        }
        let (sid, len) = (&shared.sid, payload.len());
        let header = |chunk: &mut Vec<u8>| {
            encode::msg_header(chunk, subject, sid, reply, header_len, len);
        };
        if len >= SHARED_BYTES_MIN {
            queue.append(room, header);
            queue.push_shared(message.shared().slice(skipped..));
        } else {
            queue.append(room + len, |chunk| {
                header(chunk);
                chunk.extend_from_slice(payload);
                chunk.extend_from_slice(b"\r\n");
            });
        }
        queue.messages += 1;
        queue.bytes += len as u64;
        self.congested |= queue.pending() > client.max_pending / 4 * 3;
        if queue.promise_wake() {
            self.touched.push(Arc::clone(&target.client));
        }
        drop(queue);
        if trace::is_on() {
            trace::delivered(client, subject, &shared.sid, reply, header_len, payload);
        }
        if let Some(reply) = reply {
            client.owes_reply(reply);
        }
        if counted == Counted::Last {
            client.control(Control::EndSubscription {
                sid: shared.sid.clone(),
            });
        }
        true
    }

    /// An empty buffer for a subject; to be given back.
    pub(crate) fn take_scratch(&mut self) -> Vec<u8> {
        self.scratch.pop().unwrap_or_default()
    }

    pub(crate) fn keep_scratch(&mut self, mut subject: Vec<u8>) {
        if self.scratch.len() < SCRATCH_KEPT_MAX {
            subject.clear();
            self.scratch.push(subject);
        }
    }

    /// A cheap random number (xorshift): the choice of a queue member needs to be even, not secret.
    pub(crate) fn random(&mut self) -> u32 {
        if self.random == 0 {
            self.random = u32::from_ne_bytes(crate::token::random()) | 1;
        }
        self.random ^= self.random << 13;
        self.random ^= self.random >> 17;
        self.random ^= self.random << 5;
        self.random
    }
}
