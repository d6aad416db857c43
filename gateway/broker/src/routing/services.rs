//! Services of other accounts: a request goes to the account that exports the service, and each
//! answer comes back to who asked.
//!
//! A request may pass through several accounts, each of which imports what the one before exports.
//! Every hop opens an exchange of its own: the service is told a reply subject under `_R_.`, and
//! what is published there is carried back by that.

use std::{sync::Arc, time::Instant};

use super::{
    deliver::{Courier, Message, Origin, REQUESTS_PER_MESSAGE_MAX, Way},
    latency::{self, Failure, Sample},
    request_info::{self, ClientInfo},
    responses::{self, Waiting},
    sub::{ServiceId, ServiceImport},
    sublist::Matched,
    trace,
};
use crate::account::Account;

/// Accounts that one message may pass through by service imports, one after the other.
const HOPS_MAX: usize = 16;

/// The services that a message has passed, innermost first. Lives on the stack.
#[derive(Debug, Clone, Copy)]
pub(super) struct Path<'a> {
    service: &'a ServiceId,
    /// Whether every import so far shares who asks.
    share: bool,
    before: Option<&'a Path<'a>>,
}

impl<'a> Path<'a> {
    /// One hop further. `None` when that would go in circles, or too far.
    fn extend(before: Option<&'a Self>, service: &'a ServiceId, share: bool) -> Option<Self> {
        let mut path = before;
        let mut hops = 1;
        while let Some(passed) = path {
            if passed.service == service || hops == HOPS_MAX {
                return None;
            }
            hops += 1;
            path = passed.before;
        }
        let share = share && before.is_none_or(|before| before.share);
        Some(Self {
            service,
            share,
            before,
        })
    }
}

impl Courier {
    /// Carries a request into the account that exports the service.
    pub(super) fn request(
        &mut self,
        import: &ServiceImport,
        message: &Message<'_>,
        way: Way<'_>,
    ) -> bool {
        let here = Path::extend(way.path, &import.terms.service, import.share);
        let Some(here) = here.filter(|_| import.is_active() && self.requests_left > 0) else {
            return false;
        };
        let (Some(importer), Some(exporter)) =
            (import.importer.upgrade(), import.exporter.upgrade())
        else {
            return false;
        };
        self.requests_left -= 1;
        let asking = self.asking(&importer, import, &here, way.origin);
        let mut sample = self.sample(import, message, asking.as_ref());
        if message.reply.is_none()
            && let Some(sample) = sample.take()
        {
            let report = sample.failed(Failure::NoReply);
            self.report(&exporter, &sample, &report, Some(&here));
        }
        let mut subject = self.take_scratch();
        let mut reply = self.take_scratch();
        let mut delivered = false;
        let is_sent = import.to_remote.apply(message.subject, &mut subject)
            && self.map(&exporter, &mut subject);
        if is_sent {
            let on_way = (message.subject, subject.as_slice());
            let crossing = self.cross(&exporter, import.allow_trace, on_way);
            let matched = exporter.matches(&subject);
            let is_open = !matched.is_empty()
                && !crossing.ends()
                && (crossing.is_only_told()
                    || open_exchange(
                        &importer,
                        &exporter,
                        import,
                        message,
                        &mut sample,
                        &mut reply,
                    ));
            if is_open {
                let reply = message.reply.map(|_| reply.as_slice());
                let message = message.readdressed(&subject, reply);
                let way = Way {
                    origin: way.origin,
                    path: Some(&here),
                    at_home: true,
                };
                let mute = crossing.is_traced();
                delivered = self.hand_over(&matched, (&message, mute), asking.as_ref(), way);
            }
            self.come_back(crossing);
        }
        if !delivered {
            let closed = exporter.responses().close(&reply);
            if let Some(sample) = closed.and_then(|waiting| waiting.sample).or(sample) {
                let report = sample.failed(Failure::NoResponders);
                self.report(&exporter, &sample, &report, Some(&here));
            }
        }
        self.keep_scratch(subject);
        self.keep_scratch(reply);
        delivered
    }

    /// Delivers a request in the exporter's account, with word of who asks; one that is followed
    /// is muted.
    fn hand_over(
        &mut self,
        matched: &Matched,
        (message, mute): (&Message<'_>, bool),
        asking: Option<&ClientInfo>,
        way: Way<'_>,
    ) -> bool {
        if mute {
            let (header_len, payload) = trace::muted(message);
            let message = Message::new(message.subject, message.reply, header_len, &payload);
            return self.hand_over(matched, (&message, false), asking, way);
        }
        let Some(info) = asking else {
            return self.deliver_on(matched, message, way);
        };
        let (header_len, payload) = request_info::stamp(message.header_len, message.payload, info);
        let message = Message::new(message.subject, message.reply, header_len, &payload);
        self.deliver_on(matched, &message, way)
    }

    /// What the service may know about who asks; nothing when the broker itself does.
    fn asking(
        &self,
        importer: &Account,
        import: &ServiceImport,
        here: &Path<'_>,
        origin: Origin,
    ) -> Option<ClientInfo> {
        let (client, server) = self.publisher.as_ref().filter(|_| origin.cid != 0)?;
        let mut info = ClientInfo::of(client, here.share);
        info.svc = here.before.map(|_| importer.name.to_string());
        if here.share || import.share || import.to_system {
            info.server = Some(server.to_string());
        }
        Some(info)
    }

    /// Begins to measure a request, if the service is measured and the request is chosen.
    fn sample(
        &mut self,
        import: &ServiceImport,
        message: &Message<'_>,
        asking: Option<&ClientInfo>,
    ) -> Option<Box<Sample>> {
        let latency = import.latency.as_ref()?;
        let block = &message.payload[..message.header_len];
        let trigger = latency::choose(latency, block, self.random())?;
        Some(Box::new(Sample::new(latency, asking, trigger)))
    }

    /// Publishes what was measured, in the account that exports the service.
    ///
    /// That may be a request again, where the account imports a service under the subject of the
    /// results. `path` is that of the request that was measured, so that services that measure
    /// each other's samples come to an end.
    fn report(
        &mut self,
        exporter: &Account,
        sample: &Sample,
        report: &[u8],
        path: Option<&Path<'_>>,
    ) {
        let results = sample.results();
        let message = Message::new(results, None, 0, report);
        let matched = exporter.matches(results);
        let way = Way {
            path,
            ..Way::direct(Origin::BROKER)
        };
        self.deliver_on(&matched, &message, way);
    }

    /// Passes an answer on to the account that waits for it. `true` when somebody got it.
    pub(crate) fn answer(
        &mut self,
        account: &Arc<Account>,
        message: &Message<'_>,
        origin: Origin,
    ) -> bool {
        self.requests_left = REQUESTS_PER_MESSAGE_MAX;
        // An answer that is for nobody must not end the exchange.
        !self.only_tells() && self.answer_on(account, message, Way::direct(origin))
    }

    fn answer_on(&mut self, account: &Arc<Account>, message: &Message<'_>, way: Way<'_>) -> bool {
        // Headers alone are an answer, too: only nothing at all says that no more will come.
        let last = message.payload.is_empty();
        let answered_at = crate::clock::instant();
        let waiting = account.responses().answer(message.subject, last);
        let Some(waiting) = waiting else { return false };
        let delivered = self.carry_back(account, &waiting, message, way);
        if !delivered {
            account.responses().close(message.subject);
        }
        if let Some(sample) = &waiting.sample {
            let responder = self.publisher.as_ref().filter(|_| way.origin.cid != 0);
            let responder = responder.map(|(client, server)| {
                // An answer from further on: the account in between is not told more than it knows.
                let mut info = ClientInfo::of(client, way.path.is_none());
                info.server = way.path.is_none().then(|| server.to_string());
                info
            });
            let report = sample.answered(responder.as_ref(), answered_at);
            self.report(account, sample, &report, way.path);
        }
        delivered
    }

    /// Delivers an answer under the requester's own reply subject. An answer that asks back opens
    /// an exchange in the other direction.
    fn carry_back(
        &mut self,
        account: &Arc<Account>,
        waiting: &Waiting,
        message: &Message<'_>,
        way: Way<'_>,
    ) -> bool {
        let here = Path::extend(way.path, &waiting.terms.service, false);
        let (Some(here), Some(requester)) = (here, waiting.account.upgrade()) else {
            return false;
        };
        let way = Way {
            origin: way.origin,
            path: Some(&here),
            at_home: true,
        };
        let mut back = self.take_scratch();
        if let Some(reply) = message.reply {
            let held = &requester.held_exchanges.asked_back;
            let asking_back = Waiting::new(account, reply, &waiting.terms, None, held);
            // With too many of them the answer goes without its question.
            let _ = requester.responses().open(asking_back, &mut back);
        }
        let reply = Some(back.as_slice()).filter(|back| !back.is_empty());
        let mut subject = self.take_scratch();
        subject.extend_from_slice(&waiting.reply);
        let mut delivered = false;
        if self.map(&requester, &mut subject) {
            let on_way = (message.subject, subject.as_slice());
            let message = message.readdressed(&subject, reply);
            // Where answers go is the requester's own business.
            let crossing = self.cross(&requester, false, on_way);
            let matched = requester.matches(&subject);
            delivered = self.deliver_on(&matched, &message, way);
            if subject.starts_with(responses::PREFIX) {
                delivered |= self.answer_on(&requester, &message, way);
            }
            self.come_back(crossing);
        }
        if !delivered {
            requester.responses().close(&back);
        }
        self.keep_scratch(back);
        self.keep_scratch(subject);
        delivered
    }

    /// Ends the exchanges of an account that have come to nothing.
    pub(crate) fn end_exchanges(&mut self, account: &Account, now: Instant) {
        self.requests_left = REQUESTS_PER_MESSAGE_MAX;
        for (sample, failure) in responses::sweep(account, now) {
            self.report(account, &sample, &sample.failed(failure), None);
        }
    }
}

/// Makes the reply subject by which an answer finds its way back. `false` when there are too many
/// of them.
fn open_exchange(
    importer: &Arc<Account>,
    exporter: &Account,
    import: &ServiceImport,
    message: &Message<'_>,
    sample: &mut Option<Box<Sample>>,
    reply: &mut Vec<u8>,
) -> bool {
    let Some(original) = message.reply else {
        return true;
    };
    let held = &importer.held_exchanges.asked;
    let waiting = Waiting::new(importer, original, &import.terms, sample.take(), held);
    let opened = exporter.responses().open(waiting, reply);
    opened.map_or_else(
        |refused| {
            *sample = refused;
            false
        },
        |()| true,
    )
}
