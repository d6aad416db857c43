//! The account's subject mappings, as a publishing connection sees them.
//!
//! A client needs the right to publish on the subject that it names *and* on the one that this is
//! mapped to. nats-server asks for the second only, so that there a mapping widens what its users
//! may do.

use std::sync::Arc;

use accounts::{
    permissions::Permissions,
    policy::{AccountPolicy, Mapping, Mappings},
};
use protocol::ServerError;

use super::session::Session;
use crate::{hash::SubjectMap, routing::deliver::Message};

/// Published subjects remembered per connection, each with its mapped one: a few KiB at most. Full
/// means emptied, as with routes.
const KNOWN_MAX: usize = 1024;

/// What a connection remembers about mappings; only one whose account has some owns it. Made anew
/// whenever the claims change.
#[derive(Debug)]
pub(super) struct Mapper {
    mappings: Arc<Mappings>,
    known: SubjectMap<Known>,
}

/// About one published subject.
#[derive(Debug)]
struct Known {
    /// Whether the publisher's permissions allow it.
    allowed: bool,
    way: Way,
}

/// Where it goes on.
#[derive(Debug, Clone)]
enum Way {
    /// As it is.
    Same,
    /// Always on this subject.
    To(Box<[u8]>),
    /// Chosen for each message.
    Varies(Arc<Mapping>),
}

impl Mapper {
    /// `None` when the account has no mappings.
    pub(super) fn of(policy: &AccountPolicy) -> Option<Box<Self>> {
        let mapper = || {
            Box::new(Self {
                mappings: Arc::clone(&policy.mappings),
                known: SubjectMap::default(),
            })
        };
        (!policy.mappings.is_empty()).then(mapper)
    }

    fn know(&mut self, subject: &[u8], permissions: &Permissions) -> &Known {
        if self.known.len() >= KNOWN_MAX {
            self.known.clear();
        }
        // Two look-ups on a miss, for the borrow checker's sake; see `RouteCache::route`.
        if !self.known.contains_key(subject) {
            let known = Known {
                allowed: permissions.may_publish(subject),
                way: self.way(subject),
            };
            self.known.insert(subject.into(), known);
        }
        &self.known[subject]
    }

    fn way(&self, subject: &[u8]) -> Way {
        let Some(mapping) = self.mappings.find(subject) else {
            return Way::Same;
        };
        let mut mapped = Vec::new();
        match mapping.is_fixed() && mapping.apply(subject, || 0, &mut mapped) {
            true if mapped == subject => Way::Same,
            true => Way::To(mapped.into()),
            false => Way::Varies(Arc::clone(mapping)),
        }
    }
}

impl Session {
    /// Publishes on the subject that the account's mappings choose.
    pub(super) fn publish_mapped(&mut self, message: &Message<'_>) {
        let subject = message.subject;
        let (Some(mapper), Some(login)) = (&mut self.mapper, &self.login) else {
            return;
        };
        let known = mapper.know(subject, &login.permissions);
        if matches!(known.way, Way::Same) {
            return self.publish_on(subject, message);
        }
        let mut mapped = self.courier.take_scratch();
        let courier = &mut self.courier;
        let is_lost = match &known.way {
            Way::Same => false,
            Way::To(fixed) => {
                mapped.extend_from_slice(fixed);
                false
            }
            Way::Varies(mapping) => !mapping.apply(subject, || courier.random(), &mut mapped),
        };
        // Where the subject stays, it is checked once: leave to answer is used up by a check.
        let stays = mapped == subject;
        if !stays && !known.allowed && !self.client.may_reply(subject) {
            self.refuse_message(&ServerError::publish(subject));
        } else if is_lost {
            self.publish_nowhere(message);
        } else {
            if let Some(trace) = &mut self.courier.trace {
                trace.mapped(&mapped);
            }
            self.publish_on(subject, &message.readdressed(&mapped, message.reply));
        }
        self.courier.keep_scratch(mapped);
    }
}
