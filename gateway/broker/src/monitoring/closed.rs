//! The connections that ended last, with what was known of them at their end.

use std::{
    collections::VecDeque,
    net::IpAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use protocol::ClosedReason;

use super::connection::Figures;
use crate::{
    clock,
    connection::client::{Client, Details},
    transport::tls::TlsPeer,
};

/// Connections that are remembered; nats-server's default.
const CONNECTIONS_MAX: usize = 10_000;
/// Subscriptions that are remembered of one connection.
pub(crate) const SUBSCRIPTIONS_MAX: usize = 1024;
/// And of all of them: with more, the oldest connections are forgotten early. A few tens of MiB.
const ALL_SUBSCRIPTIONS_MAX: usize = 128 * 1024;

/// A connection that ended.
#[derive(Debug)]
pub(crate) struct ClosedConnection {
    pub(super) ip: IpAddr,
    pub(super) port: u16,
    pub(super) protocol: &'static str,
    pub(super) details: Details,
    /// Without the certificates.
    pub(super) tls: Option<TlsPeer>,
    pub(super) figures: Figures,
    pub(super) idle: Duration,
    pub(super) reason: ClosedReason,
    pub(super) subscriptions: Vec<ClosedSub>,
}

/// A subscription that it had.
#[derive(Debug)]
pub(crate) struct ClosedSub {
    pub(crate) subject: Box<[u8]>,
    pub(crate) queue: Option<Box<[u8]>>,
    pub(crate) sid: Box<[u8]>,
    pub(crate) delivered: u64,
    pub(crate) max: u64,
}

impl ClosedConnection {
    /// What is known of a connection that ends now.
    pub(crate) fn new(
        client: &Client,
        reason: ClosedReason,
        subscriptions: Vec<ClosedSub>,
    ) -> Arc<Self> {
        let now = clock::wall();
        let details = client.details.lock().clone();
        let mut figures = Figures::of(client);
        figures.stopped = Some(now);
        Arc::new(Self {
            ip: client.ip,
            port: client.port,
            protocol: client.listener.protocol(),
            details,
            tls: client.tls.get().map(|tls| tls.without_certificates()),
            idle: since(figures.last_activity, now),
            figures,
            reason,
            subscriptions,
        })
    }
}

fn since(then: SystemTime, now: SystemTime) -> Duration {
    now.duration_since(then).unwrap_or_default()
}

/// The last ones, oldest first.
#[derive(Debug, Default)]
pub(crate) struct ClosedRing {
    connections: VecDeque<Arc<ClosedConnection>>,
    subscriptions: usize,
}

impl ClosedRing {
    pub(crate) fn add(&mut self, connection: Arc<ClosedConnection>) {
        self.subscriptions += connection.subscriptions.len();
        self.connections.push_back(connection);
        while self.connections.len() > CONNECTIONS_MAX || self.subscriptions > ALL_SUBSCRIPTIONS_MAX
        {
            let Some(oldest) = self.connections.pop_front() else {
                return;
            };
            self.subscriptions -= oldest.subscriptions.len();
        }
    }

    pub(super) fn all(&self) -> Vec<Arc<ClosedConnection>> {
        self.connections.iter().map(Arc::clone).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(cid: u64, subscriptions: usize) -> Arc<ClosedConnection> {
        let client = Client::new(cid, "127.0.0.1:1".parse().unwrap(), 1, Arc::default());
        let subscription = |_| ClosedSub {
            subject: Box::default(),
            queue: None,
            sid: Box::default(),
            delivered: 0,
            max: 0,
        };
        let subscriptions = (0..subscriptions).map(subscription).collect();
        ClosedConnection::new(&client, ClosedReason::ClientClosed, subscriptions)
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let mut ring = ClosedRing::default();
        for cid in 0..CONNECTIONS_MAX as u64 + 5 {
            ring.add(closed(cid, 0));
        }
        assert_eq!(ring.all().len(), CONNECTIONS_MAX);
        assert_eq!(ring.all()[0].figures.cid, 5);
    }

    #[test]
    fn subscriptions_of_all_together_have_an_end() {
        let mut ring = ClosedRing::default();
        for cid in 0..200 {
            ring.add(closed(cid, SUBSCRIPTIONS_MAX));
        }
        assert_eq!(ring.all().len(), ALL_SUBSCRIPTIONS_MAX / SUBSCRIPTIONS_MAX);
        assert_eq!(ring.all().last().unwrap().figures.cid, 199);
    }
}
