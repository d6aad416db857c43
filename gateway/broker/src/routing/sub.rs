//! One entry of an account's subscription table, and what happens to a message that reaches it.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use accounts::{claims::account::ServiceLatency, transform::Transform};

use crate::{account::Account, callouts::Asker, connection::client::Client, system::Service};

/// One entry of an account's subscription table.
#[derive(Debug)]
pub(crate) struct Sub {
    /// The subject that it matches, in the space of the account whose table holds it.
    pub(crate) subject: Box<[u8]>,
    /// The queue group, for entries of which only one member gets a message.
    pub(crate) queue: Option<Box<[u8]>>,
    /// Where a message goes.
    pub(crate) target: Target,
    /// The entry's place among its neighbours; kept by the table, under its lock.
    pub(crate) slot: Slot,
}

impl Sub {
    pub(crate) fn new(subject: &[u8], queue: Option<&[u8]>, target: Target) -> Arc<Self> {
        Arc::new(Self {
            subject: subject.into(),
            queue: queue.map(Into::into),
            target,
            slot: Slot::default(),
        })
    }

    /// A value that is equal for subscriptions whose clients live in the same account.
    pub(crate) fn home(&self) -> usize {
        match &self.target {
            Target::Client(client) => client.home,
            Target::Service(import) => import.importer.as_ptr() as usize,
            Target::System(_) | Target::Asker(_) => 0,
        }
    }
}

/// Where a message goes that reached an entry.
#[derive(Debug)]
pub(crate) enum Target {
    /// To a connected client, of this account or (with a rewrite) of one that imports the stream.
    Client(ClientSub),
    /// On into the account that exports the service.
    Service(ServiceImport),
    /// To the broker itself.
    System(Service),
    /// To a login that waits for an auth callout's answer.
    Asker(Asker),
}

/// A client's subscription, or the shadow of one in the table of an exporting account.
#[derive(Debug)]
pub(crate) struct ClientSub {
    pub(crate) client: Arc<Client>,
    /// Shared by a subscription and its shadows.
    pub(crate) shared: Arc<Shared>,
    /// From the exporter's subjects to the client's, for shadows of renaming imports.
    pub(crate) rewrite: Option<Transform>,
    /// Address of the account of the client; see [`Sub::home`].
    pub(crate) home: usize,
    /// Whether traces may tell of what happens on this side of a stream import.
    pub(crate) allow_trace: bool,
    /// Whether it is a shadow, by which the client's account imports a stream.
    pub(crate) imported: bool,
    /// Whether others could put questions to the account's auth callout over it: a shadow that
    /// covers where only the broker asks.
    pub(crate) guarded: bool,
}

/// What a subscription and its shadows have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The client's own name for it, repeated in each `MSG`.
    pub(crate) sid: Box<[u8]>,
    /// Whether a deny rule overlaps it, so that each delivery is checked.
    pub(crate) check_delivery: AtomicBool,
    /// Deliveries so far. Written under the client's outbound lock only, so plain loads and stores
    /// do.
    delivered: AtomicU64,
    /// Deliveries after which it ends; 0 is never.
    max: AtomicU64,
}

/// What counting a delivery said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    /// Deliver it.
    Deliver,
    /// Deliver it, and the subscription ends with it.
    Last,
    /// The maximum was reached before.
    Over,
}

impl Shared {
    pub(crate) fn new(sid: &[u8], check_delivery: bool) -> Self {
        Self {
            sid: sid.into(),
            check_delivery: AtomicBool::new(check_delivery),
            delivered: AtomicU64::new(0),
            max: AtomicU64::new(0),
        }
    }

    pub(crate) fn delivered(&self) -> u64 {
        self.delivered.load(Ordering::Relaxed)
    }

    pub(crate) fn max(&self) -> u64 {
        self.max.load(Ordering::Relaxed)
    }

    pub(crate) fn set_max(&self, max: u64) {
        self.max.store(max, Ordering::Relaxed);
    }

    /// Whether the maximum has been reached, so that it ends any moment.
    pub(crate) fn is_over(&self) -> bool {
        let max = self.max();
        max != 0 && self.delivered() >= max
    }

    /// Counts one delivery. The caller holds the client's outbound lock.
    pub(crate) fn count(&self) -> Counted {
        let (max, count) = (self.max(), self.delivered() + 1);
        if max != 0 && count > max {
            return Counted::Over;
        }
        self.delivered.store(count, Ordering::Relaxed);
        if count == max {
            Counted::Last
        } else {
            Counted::Deliver
        }
    }
}

/// An edge to the account that exports a service.
#[derive(Debug)]
pub(crate) struct ServiceImport {
    /// The account whose table holds this entry.
    pub(crate) importer: Weak<Account>,
    /// The account that serves the request.
    pub(crate) exporter: Weak<Account>,
    /// From the importer's subjects to the exporter's.
    pub(crate) to_remote: Transform,
    /// Whether the service may know the user and the connection that ask.
    pub(crate) share: bool,
    /// Whether the exporter is the system account, which always learns the server's name.
    pub(crate) to_system: bool,
    /// Whether traces may tell of what happens in the exporter's account.
    pub(crate) allow_trace: bool,
    /// What holds for exchanges over this edge.
    pub(crate) terms: Terms,
    /// How the exporter wants to have the service measured.
    pub(crate) latency: Option<Arc<ServiceLatency>>,
}

/// What holds for an exchange: one request and its answers.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    /// The service that was asked.
    pub(crate) service: ServiceId,
    /// Whether one answer ends the exchange.
    pub(crate) single: bool,
    /// Time after which an unanswered or silent exchange is forgotten.
    pub(crate) threshold: Duration,
    /// Cleared when either side ends the sharing; open exchanges end with it.
    pub(crate) active: Arc<AtomicBool>,
}

/// An export, for the guard against going in circles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServiceId {
    /// See [`Account::home`].
    pub(crate) exporter: usize,
    /// The subject of the export.
    pub(crate) subject: Arc<[u8]>,
}

impl ServiceImport {
    pub(crate) fn is_active(&self) -> bool {
        self.terms.active.load(Ordering::Relaxed)
    }

    /// Whether both are the same edge, so that one may stay when the other is asked for.
    pub(crate) fn same_as(&self, other: &Self) -> bool {
        self.continues(other)
            && self.share == other.share
            && self.to_system == other.to_system
            && self.allow_trace == other.allow_trace
            && self.terms.service == other.terms.service
            && self.terms.single == other.terms.single
            && self.terms.threshold == other.terms.threshold
            && self.latency == other.latency
    }

    /// Whether it leads where the other one leads, so that exchanges over that one may go on.
    pub(crate) fn continues(&self, other: &Self) -> bool {
        Weak::ptr_eq(&self.exporter, &other.exporter) && self.to_remote == other.to_remote
    }
}

/// An index that is only written under the lock of the table that it is about.
#[derive(Debug, Default)]
pub(crate) struct Slot(AtomicUsize);

impl Slot {
    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn set(&self, at: usize) {
        self.0.store(at, Ordering::Relaxed);
    }
}
