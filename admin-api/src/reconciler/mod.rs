//! Carries account claims to the engines and learns how far they have come.
//!
//! The database says what an engine should hold (`wanted`) and what it has answered for
//! (`applied`). For each engine every process of ours has a [`Link`]: it connects as a short-lived
//! user of the system account and so can ask and kick. The one that holds the engine's lease
//! pushes what is behind (newest only, one push in flight per account), and compares everything
//! after each connect and whenever a server has come. Nothing here decides about claims, and
//! nothing is lost when it stops: the next start finds the same difference.

use std::sync::Arc;

use parking_lot::RwLock;
use tokio::sync::{Notify, broadcast};

use crate::app::LIVE_WAIT;
use crate::store::engines::EngineRow;

mod compare;
mod connections;
mod feed;
mod gate;
mod link;
mod now;
mod push;
mod servers;
mod session;
mod statz;
mod storage;
mod supervisor;
mod tls;
mod trusts;
mod upkeep;
mod usage;
mod waiter;
mod watch;
mod wire;

pub(crate) use connections::{Connection, Filter, Found, State};
use link::Link;
pub(crate) use link::LinkStatus;
pub(crate) use now::Now;
pub(crate) use servers::ServerInfo;
pub(crate) use supervisor::{Own, run};
pub(crate) use tls::trusting;
pub(crate) use waiter::Waiter;
pub(crate) use wire::{Denial, Refusals};

/// Applied generations that a waiter may lag behind before it asks the database instead.
const APPLIED_BUFFER: usize = 1024;

/// An account's claims that every server of an engine has answered for.
#[derive(Debug, Clone)]
struct Applied {
    engine_id: String,
    account_id: String,
    generation: i64,
}

/// What requests see of the reconciler. Cheap to share.
#[derive(Debug, Clone)]
pub(crate) struct Handle {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// The engines as they were last read, in the order of their ids.
    links: RwLock<Vec<Arc<Link>>>,
    applied: broadcast::Sender<Applied>,
    /// The engines are others now.
    changed: Notify,
}

impl Handle {
    /// Knows no engine until [`run`] runs.
    pub(crate) fn new() -> Self {
        let shared = Arc::new(Shared {
            links: RwLock::default(),
            applied: broadcast::channel(APPLIED_BUFFER).0,
            changed: Notify::new(),
        });
        Self { shared }
    }

    /// Begins to listen for answers of the engines. Make it before the commit, so that the answer
    /// cannot come in between.
    pub(crate) fn waiter(&self) -> Waiter<'_> {
        Waiter::new(self)
    }

    /// Whether this process reaches an engine, or why not.
    pub(crate) fn status(&self) -> Result<(), String> {
        let links = self.shared.links.read();
        let mut trouble = link::NOT_YET.to_owned();
        for link in links.iter().filter(|link| link.is_ours()) {
            match link.status() {
                Ok(()) => return Ok(()),
                Err(reason) => trouble = reason,
            }
        }
        Err(trouble)
    }

    /// Every engine, and how it is with it.
    pub(crate) fn engines(&self) -> Vec<(EngineRow, LinkStatus)> {
        let links = self.shared.links.read();
        links
            .iter()
            .map(|link| (link.engine.clone(), link.describe()))
            .collect()
    }

    /// Looks at the table of engines again, now.
    pub(crate) fn engines_changed(&self) {
        self.shared.changed.notify_one();
    }

    /// Whether some engine is a cluster of stock servers, which take less than our broker does.
    pub(crate) fn has_cluster(&self) -> bool {
        let links = self.shared.links.read();
        links.iter().any(|link| link.engine.is_cluster())
    }

    /// Looks for something to push, now.
    pub(crate) fn push_soon(&self) {
        for link in self.shared.links.read().iter() {
            link.nudge.notify_one();
        }
    }

    /// Lets what is due be done now.
    pub(crate) fn look_after(&self) {
        for link in self.shared.links.read().iter() {
            link.upkeep.notify_one();
        }
    }

    /// What an account's users were refused lately, or `None` when no engine did say: a stock
    /// nats-server does not remember it.
    pub(crate) async fn denials(&self, account_key: &str) -> Option<Refusals> {
        let links = self.reached();
        let mut all = Refusals::default();
        for link in &links {
            match link.denials(account_key).await {
                Some(more) => all.extend(more),
                None => all.unanswered.push(link.engine.name.clone()),
            }
        }
        (all.unanswered.len() < links.len()).then_some(all)
    }

    /// Names of engines inside other processes, which this one cannot ask.
    fn elsewhere(&self) -> Vec<String> {
        let links = self.shared.links.read();
        let others = links.iter().filter(|it| !it.is_ours());
        others.map(|link| link.engine.name.clone()).collect()
    }

    /// The engines that this process talks to.
    fn reached(&self) -> Vec<Arc<Link>> {
        let links = self.shared.links.read();
        links.iter().filter(|it| it.is_ours()).cloned().collect()
    }
}

impl Link {
    async fn denials(&self, account_key: &str) -> Option<Refusals> {
        let client = self.client()?;
        let asked = wire::denials(&client, account_key);
        match tokio::time::timeout(LIVE_WAIT, asked).await {
            Ok(Ok(refusals)) => Some(refusals),
            Ok(Err(error)) => {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    account.key = account_key,
                    engine.name = self.engine.name,
                    "the engine did not say what it has refused"
                );
                None
            }
            Err(_) => None,
        }
    }
}
