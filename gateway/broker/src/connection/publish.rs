//! `PUB` and `HPUB`.

use accounts::subject;
use protocol::{ServerError, encode, headers};

use super::{
    client::Client,
    followed, own,
    session::{Options, Session},
};
use crate::routing::{
    deliver::{Message, Origin},
    responses,
    sub::Target,
};

impl Session {
    pub(super) fn publish(
        &mut self,
        subject: &[u8],
        reply: Option<&[u8]>,
        header_len: usize,
        payload: &[u8],
    ) {
        self.read.0 += 1;
        self.read.1 += payload.len() as u64;
        let message = Message::new(subject, reply, header_len, payload);
        if header_len > 0 && followed::may_ask(&payload[..header_len]) {
            self.publish_traced(&message);
        } else {
            self.publish_message(&message);
        }
    }

    pub(super) fn publish_message(&mut self, message: &Message<'_>) {
        let Some(login) = &self.login else { return };
        let (subject, reply) = (message.subject, message.reply);
        if login.muted || subject::is_reserved(subject) {
            return self.refuse_message(&ServerError::publish(subject));
        }
        if reply.is_some_and(subject::is_reserved_reply) {
            let reply = reply.unwrap_or_default();
            return self.refuse_message(&ServerError::publish_reply(reply));
        }
        match self.mapper {
            None => self.publish_on(subject, message),
            Some(_) => self.publish_mapped(message),
        }
    }

    /// Tells the client, and a trace, why its message is not taken.
    pub(super) fn refuse_message(&mut self, error: &ServerError) {
        if let Some(trace) = &mut self.courier.trace {
            trace.refused(&error.to_string());
        }
        self.refuse(error);
    }

    /// Publishes a message on its subject. `published` is the client's own name for that, which is
    /// what errors repeat.
    pub(super) fn publish_on(&mut self, published: &[u8], message: &Message<'_>) {
        let Some(login) = &self.login else { return };
        let (subject, permissions) = (message.subject, &login.permissions);
        let route = self.routes.route(&login.account, subject, |subject| {
            permissions.may_publish(subject)
        });
        if !route.allowed && !self.client.may_reply(subject) {
            return self.refuse_message(&ServerError::publish(published));
        }
        confirm(&self.options, &self.client, published);
        let origin = Origin {
            cid: self.client.cid,
            echo: self.options.echo,
        };
        let courier = &mut self.courier;
        if subject.starts_with(own::SUBJECTS) && own::ask(&self.server, login, courier, message) {
            return;
        }
        let mut delivered = self.courier.deliver(&route.matched, message, origin);
        if subject.starts_with(responses::PREFIX) {
            delivered |= self.courier.answer(&login.account, message, origin);
        }
        self.note_outcome(delivered, subject, message.reply);
    }

    /// A message that reaches nobody because a mapping says so.
    pub(super) fn publish_nowhere(&mut self, message: &Message<'_>) {
        confirm(&self.options, &self.client, message.subject);
        self.note_outcome(false, message.subject, message.reply);
    }

    fn note_outcome(&mut self, delivered: bool, subject: &[u8], reply: Option<&[u8]>) {
        if !delivered
            && self.options.no_responders
            && let Some(reply) = reply
        {
            self.say_no_responders(subject, reply);
        }
    }

    /// Answers a request that reached nobody, under one of the requester's own subscriptions to
    /// the reply. As on nats-server this is a word of the server and no delivery: no subscription
    /// counts it, and no rule keeps it from who asked.
    fn say_no_responders(&self, subject: &[u8], reply: &[u8]) {
        let Some(login) = &self.login else { return };
        let matched = login.account.matches(reply);
        let own = matched.plain.iter().find_map(|sub| match &sub.target {
            Target::Client(target) if target.client.cid == self.client.cid => Some(&target.shared),
            _ => None,
        });
        let Some(shared) = own.filter(|shared| !shared.is_over()) else {
            return;
        };
        let mut block = Vec::new();
        headers::no_responders(subject, &mut block);
        let (len, mut text) = (block.len(), Vec::new());
        encode::msg_header(&mut text, reply, &shared.sid, None, len, len);
        text.extend_from_slice(&block);
        text.extend_from_slice(encode::CRLF);
        self.client.send(&text);
    }
}

/// Tells the client that its message was taken, as far as it wants to hear that.
fn confirm(options: &Options, client: &Client, published: &[u8]) {
    if options.pedantic && !(subject::is_valid(published) && subject::is_literal(published)) {
        let mut text = Vec::new();
        ServerError::InvalidPublishSubject.write(&mut text);
        client.send(&text);
    }
    if options.verbose {
        client.send(encode::OK);
    }
}
