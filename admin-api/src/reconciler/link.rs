//! One engine as one process of ours sees it: connected or not and why, leading or not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_nats::Client;
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::servers::{ServerInfo, Servers};
use super::session::{self, End};
use super::usage::Followed;
use super::{Applied, Shared};
use super::{feed, gate};
use crate::app::App;
use crate::clock;
use crate::store;
use crate::store::engines::EngineRow;

/// A lease is this long and is renewed at a third of it.
const LEASE_SECONDS: i64 = 15;
const BACKOFF_MIN: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(5);
pub(super) const NOT_YET: &str = "not connected yet";
const DATABASE_AWAY: &str = "the database is not reachable";
const ELSEWHERE: &str = "the process whose broker this is does not run";

/// How an engine is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reach {
    /// By its servers' addresses.
    Here(Vec<String>),
    /// By the process alone whose broker it is.
    Elsewhere,
}

/// An engine.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) engine: EngineRow,
    pub(super) reach: Reach,
    /// There may be something to push.
    pub(super) nudge: Notify,
    pub(super) servers: Servers,
    /// Something may have come due.
    pub(super) upkeep: Notify,
    /// What is known of its connections' use.
    pub(super) followed: tokio::sync::Mutex<Followed>,
    leads: AtomicBool,
    pub(super) stop: CancellationToken,
    client: watch::Sender<Option<Client>>,
    /// Why there is no connection; `None` while there is one.
    trouble: Mutex<Option<String>>,
    shared: Arc<Shared>,
    holder: String,
}

/// How it is with an engine.
#[derive(Debug)]
pub(crate) struct LinkStatus {
    /// Why it is not reached, if it is not.
    pub(crate) error: Option<String>,
    /// Whether this process pushes to it.
    pub(crate) leads: bool,
    /// Those that have answered lately.
    pub(crate) servers: Vec<ServerInfo>,
}

impl LinkStatus {
    /// Of an engine that was entered just now.
    pub(crate) fn unknown() -> Self {
        Self {
            error: Some(NOT_YET.to_owned()),
            leads: false,
            servers: Vec::new(),
        }
    }
}

impl Link {
    pub(super) fn new(
        engine: EngineRow,
        reach: Reach,
        holder: String,
        shared: Arc<Shared>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            engine,
            reach,
            nudge: Notify::new(),
            servers: Servers::default(),
            upkeep: Notify::new(),
            followed: tokio::sync::Mutex::default(),
            leads: AtomicBool::new(false),
            stop,
            client: watch::channel(None).0,
            trouble: Mutex::new(Some(NOT_YET.to_owned())),
            shared,
            holder,
        }
    }

    /// Whether this process talks to the engine itself.
    pub(super) fn is_ours(&self) -> bool {
        self.reach != Reach::Elsewhere
    }

    /// Whether this process holds the lease.
    pub(super) fn leads(&self) -> bool {
        self.leads.load(Ordering::Relaxed)
    }

    pub(super) fn client(&self) -> Option<Client> {
        self.client.borrow().clone()
    }

    pub(super) fn status(&self) -> Result<(), String> {
        self.trouble.lock().clone().map_or(Ok(()), Err)
    }

    pub(super) fn describe(&self) -> LinkStatus {
        LinkStatus {
            error: self.trouble.lock().clone(),
            leads: self.leads(),
            servers: self.servers.list(),
        }
    }

    /// Tells the waiting requests.
    pub(super) fn announce(&self, account_id: &str, generation: i64) {
        // Nobody waiting is no failure.
        let _ = self.shared.applied.send(Applied {
            engine_id: self.engine.id.clone(),
            account_id: account_id.to_owned(),
            generation,
        });
    }

    /// The connection is there: others may use it.
    pub(super) fn connected(&self, client: &Client) {
        if self.client.borrow().is_none() {
            self.client.send_replace(Some(client.clone()));
        }
        if self.trouble.lock().take().is_some() {
            tracing::info!(engine.name = self.engine.name, "connected to the engine");
        }
    }

    /// Takes or renews the lease; whether this process leads.
    pub(super) async fn lead(&self, app: &App) -> Result<bool, store::StoreError> {
        let now = clock::now();
        let mut tx = app.db.write().await?;
        let until = now + LEASE_SECONDS;
        let (id, holder) = (&self.engine.id, &self.holder);
        let taken = store::engines::take_lease(&mut tx, id, holder, now, until).await?;
        tx.commit().await?;
        self.leads.store(taken, Ordering::Relaxed);
        Ok(taken)
    }

    async fn give_lease_back(&self, app: &App) {
        self.leads.store(false, Ordering::Relaxed);
        let given = async {
            let mut tx = app.db.write().await?;
            store::engines::drop_lease(&mut tx, &self.engine.id, &self.holder).await?;
            tx.commit().await
        };
        // It runs out by itself when the database is away.
        let _: Result<(), store::StoreError> = given.await;
    }

    /// Logs a trouble once, when it begins or changes.
    fn note_trouble(&self, reason: String) {
        let mut trouble = self.trouble.lock();
        if trouble.as_ref() != Some(&reason) {
            let name = &self.engine.name;
            tracing::warn!(
                engine.name = name,
                reason,
                "an engine is not driven; trying again"
            );
            *trouble = Some(reason);
        }
    }

    /// Whether the process of an engine elsewhere keeps its lease.
    pub(super) async fn look_elsewhere(&self, app: &App) {
        let lease = async {
            let mut tx = app.db.read().await?;
            store::engines::leased_until(&mut tx, &self.engine.id).await
        };
        let found: Result<_, store::StoreError> = lease.await;
        let trouble = match found {
            Ok(Some(until)) if until >= clock::now() => None,
            Ok(_) => Some(ELSEWHERE.to_owned()),
            Err(_) => Some(DATABASE_AWAY.to_owned()),
        };
        *self.trouble.lock() = trouble;
    }
}

/// Keeps one engine in step until its link is stopped.
pub(super) async fn keep(link: Arc<Link>, app: Arc<App>) {
    let driven = async {
        tokio::select! {
            () = link.stop.cancelled() => {}
            () = drive(&link, &app) => {}
            never = gate::keep(&link, &app) => match never {},
        }
    };
    // The feed ends by itself, when it has noted what it has sent.
    tokio::join!(driven, feed::keep(&link, &app));
    link.client.send_replace(None);
    link.give_lease_back(&app).await;
}

/// One session after the other, for ever.
async fn drive(link: &Link, app: &App) {
    let mut backoff = BACKOFF_MIN;
    loop {
        let ended = Box::pin(session::run(link, app)).await;
        if link.client.send_replace(None).is_some() {
            backoff = BACKOFF_MIN;
        }
        match ended {
            Ok(End::Renew) => {}
            Err(reason) => {
                link.note_trouble(reason);
                tokio::time::sleep(backoff).await;
                backoff = (backoff * 2).min(BACKOFF_MAX);
            }
        }
    }
}
