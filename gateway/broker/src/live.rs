//! What may change while the broker runs: a reload of the configuration puts a new value in the
//! place of the old one, and every connection takes it over in its own task.

use std::{collections::BTreeMap, sync::Arc};

use accounts::nkeys::PublicKey;
use protocol::{ClosedReason, ServerError};
use tokio::sync::{mpsc, oneshot};

use crate::{
    Broker,
    config::{Config, ServerLimits, Tracing},
    connection::{client::Control, trace},
    server::Server,
};

/// Settings of a broker that [`Broker::change`] may replace.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    /// Bounds of every connection. Of these `max_pending`, `max_subscriptions`, `max_sub_tokens`
    /// and `write_timeout` keep what they were at the start.
    pub limits: ServerLimits,
    /// Host that `INFO` names.
    pub advertise_host: String,
    /// Port that `INFO` names.
    pub advertise_port: u16,
    /// Labels of this server, shown in monitoring and by the system account.
    pub tags: Vec<String>,
    /// The same with names.
    pub metadata: BTreeMap<String, String>,
    /// How messages look in the trace.
    pub tracing: Tracing,
    /// Keys of the proxies whose word is taken that a client comes by them.
    pub trusted_proxies: Vec<PublicKey>,
    /// The user JWT of clients that bring none.
    pub default_sentinel: Option<Box<str>>,
}

impl Live {
    /// What a broker starts with.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        Self {
            limits: config.limits.clone(),
            advertise_host: config.advertise_host.clone(),
            advertise_port: config.advertise_port,
            tags: config.tags.clone(),
            metadata: config.metadata.clone(),
            tracing: config.tracing.clone(),
            trusted_proxies: config.trusted_proxies.clone(),
            default_sentinel: config.auth.default_sentinel().map(Box::from),
        }
    }
}

/// Somebody in the system account wants the configuration to be read again.
#[derive(Debug)]
pub struct ReloadWish(oneshot::Sender<Result<(), String>>);

impl ReloadWish {
    /// Says what came of it.
    pub fn answer(self, outcome: Result<(), String>) {
        // Who asked may be gone.
        let _ = self.0.send(outcome);
    }
}

/// Wishes that wait: more at a time are one too many.
const WISHES_MAX: usize = 8;

impl Broker {
    /// Where wishes for a reload come out. The last caller gets them.
    #[must_use]
    pub fn reload_wishes(&self) -> mpsc::Receiver<ReloadWish> {
        let (sender, receiver) = mpsc::channel(WISHES_MAX);
        *self.server.reloader.lock() = Some(sender);
        receiver
    }

    /// Asks for a reload and waits for what comes of it.
    ///
    /// # Errors
    /// Why the configuration stays as it is.
    pub async fn reload(&self) -> Result<(), String> {
        let sender = self.server.reloader.lock().clone();
        let sender = sender.ok_or("this server does not reload its configuration")?;
        let (answer, outcome) = oneshot::channel();
        let busy = |_| "a reload is under way; try again".to_owned();
        sender.try_send(ReloadWish(answer)).map_err(busy)?;
        outcome
            .await
            .unwrap_or_else(|_| Err("the server stops".to_owned()))
    }

    /// The settings that can be changed, as they are.
    #[must_use]
    pub fn live(&self) -> Live {
        Live::clone(&self.server.live())
    }

    /// Replaces them. Returns how many connections had to go because fewer are allowed now.
    pub fn change(&self, live: Live) -> usize {
        let server = &self.server;
        server.set_live(live);
        let clients = server.clients();
        for client in &clients {
            client.control(Control::Settings);
        }
        close_surplus(server)
    }
}

/// Who came last goes first. nats-server chooses blindly.
fn close_surplus(server: &Server) -> usize {
    let allowed = server.live().limits.max_connections;
    let clients = server.clients();
    let surplus = clients.iter().skip(allowed);
    surplus
        .map(|client| {
            let error = ServerError::MaximumConnectionsExceeded;
            client.close(Some(error), ClosedReason::MaxConnectionsExceeded);
        })
        .count()
}

impl Server {
    pub(crate) fn live(&self) -> Arc<Live> {
        Arc::clone(&self.live.read())
    }

    fn set_live(&self, mut live: Live) {
        let fixed = &self.config.limits;
        live.limits.max_pending = fixed.max_pending;
        live.limits.max_subscriptions = fixed.max_subscriptions;
        live.limits.max_sub_tokens = fixed.max_sub_tokens;
        live.limits.write_timeout = fixed.write_timeout;
        trace::set(&live.tracing);
        *self.live.write() = Arc::new(live);
    }
}
