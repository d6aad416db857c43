//! Carries account claims to the engine and learns how far it has come.
//!
//! The database says what the engine should hold (`wanted`) and what it has answered for
//! (`applied`). One task holds the engine's lease, connects as a short-lived user of the system
//! account, pushes what is behind (newest only, one push in flight per account), and compares
//! everything after each connect. Nothing here decides about claims, and nothing is lost when it
//! stops: the next start finds the same difference.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, broadcast, watch};
use tokio_util::sync::CancellationToken;

use crate::app::{App, LIVE_WAIT};
use crate::clock;
use crate::installation::{Gate, Installation};
use crate::store;

mod compare;
mod kick;
mod push;
mod session;
mod wire;

use session::End;
pub(crate) use wire::Denial;

/// Applied generations that a waiter may lag behind before it asks the database instead.
const APPLIED_BUFFER: usize = 1024;
/// A lease is this long and is renewed at a third of it.
const LEASE_SECONDS: i64 = 15;
/// How often a session renews its lease and looks for postponed pushes.
const TICK: Duration = Duration::from_secs(5);
const BACKOFF_MIN: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(5);

/// An account's claims that every server of the engine has answered for.
#[derive(Debug, Clone)]
struct Applied {
    account_id: String,
    generation: i64,
}

/// What requests see of the reconciler. Cheap to share.
#[derive(Debug)]
pub(crate) struct Handle {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    nudge: Notify,
    applied: broadcast::Sender<Applied>,
    client: watch::Sender<Option<async_nats::Client>>,
    /// Why there is no connection; `None` while there is one.
    trouble: Mutex<Option<String>>,
}

/// What [`run`] needs beyond the [`App`].
#[derive(Debug)]
pub(crate) struct Engine {
    shared: Arc<Shared>,
    url: String,
    holder: String,
}

/// The two ends of a reconciler for the engine at `url`, whose lease is held as `holder`.
pub(crate) fn new(url: String, holder: String) -> (Handle, Engine) {
    let shared = Arc::new(Shared {
        nudge: Notify::new(),
        applied: broadcast::channel(APPLIED_BUFFER).0,
        client: watch::channel(None).0,
        trouble: Mutex::new(Some("not connected yet".to_owned())),
    });
    (
        Handle {
            shared: Arc::clone(&shared),
        },
        Engine {
            shared,
            url,
            holder,
        },
    )
}

impl Handle {
    /// Begins to listen for answers of the engine. Make it before the commit, so that the answer
    /// cannot come in between.
    pub(crate) fn waiter(&self) -> Waiter<'_> {
        Waiter {
            handle: self,
            applied: self.shared.applied.subscribe(),
        }
    }

    /// Whether the engine is connected, or why not.
    pub(crate) fn status(&self) -> Result<(), String> {
        self.shared.trouble.lock().clone().map_or(Ok(()), Err)
    }

    /// Closes a user's connections: how many, or `None` when the engine did not answer.
    pub(crate) async fn kick(&self, account_key: &str, user_key: &str) -> Option<usize> {
        let client = self.shared.client.borrow().clone()?;
        match tokio::time::timeout(LIVE_WAIT, kick::user(&client, account_key, user_key)).await {
            Ok(Ok(connections)) => Some(connections),
            Ok(Err(error)) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    account.key = account_key,
                    user.key = user_key,
                    "could not kick a user"
                );
                None
            }
            Err(_) => None,
        }
    }
}

impl Handle {
    /// How many connections an account has, or one of its users; `None` when the engine did not say.
    pub(crate) async fn connections(&self, account: &str, user: Option<&str>) -> Option<u64> {
        let client = self.shared.client.borrow().clone()?;
        let asked = wire::count_connections(&client, account, user);
        let answer = tokio::time::timeout(LIVE_WAIT, asked).await.ok()?;
        answer
            .inspect_err(|error| {
                tracing::debug!(
                    error = error as &dyn std::error::Error,
                    account.key = account,
                    "the engine did not count connections"
                );
            })
            .ok()
    }

    /// What an account's users were refused lately, or `None` when the engine did not say: a stock
    /// nats-server does not remember it.
    pub(crate) async fn denials(&self, account_key: &str) -> Option<wire::Refusals> {
        let client = self.shared.client.borrow().clone()?;
        let asked = wire::denials(&client, account_key);
        let answer = tokio::time::timeout(LIVE_WAIT, asked).await.ok()?;
        answer
            .inspect_err(|error| {
                tracing::debug!(
                    error = error as &dyn std::error::Error,
                    account.key = account_key,
                    "the engine did not say what it has refused"
                );
            })
            .ok()
    }
}

/// Waits until the engine holds an account's claims.
#[derive(Debug)]
pub(crate) struct Waiter<'a> {
    handle: &'a Handle,
    applied: broadcast::Receiver<Applied>,
}

impl Waiter<'_> {
    /// Whether every server of the engine has answered for `generation` of the account within
    /// [`LIVE_WAIT`]. Call it after the commit.
    pub(crate) async fn wait(mut self, app: &App, account_id: &str, generation: i64) -> bool {
        if self.handle.status().is_err() {
            return false;
        }
        self.handle.shared.nudge.notify_one();
        let answered = self.answer_for(app, account_id, generation);
        tokio::time::timeout(LIVE_WAIT, answered)
            .await
            .unwrap_or(false)
    }

    async fn answer_for(&mut self, app: &App, account_id: &str, generation: i64) -> bool {
        loop {
            match self.applied.recv().await {
                Ok(applied) => {
                    if applied.account_id == account_id && applied.generation >= generation {
                        return true;
                    }
                }
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    if is_applied(app, account_id, generation).await {
                        return true;
                    }
                }
                Err(broadcast::error::RecvError::Closed) => return false,
            }
        }
    }
}

async fn is_applied(app: &App, account_id: &str, generation: i64) -> bool {
    let found = async {
        let mut tx = app.db.read().await?;
        store::accounts::by_id(&mut tx, account_id).await
    };
    matches!(found.await, Ok(Some(row)) if row.applied_generation >= generation)
}

/// Keeps the engine in step until cancelled.
pub(crate) async fn run(engine: Engine, app: Arc<App>, cancel: CancellationToken) {
    let work = async {
        let installation = opened(&app).await?;
        let mut backoff = BACKOFF_MIN;
        loop {
            match attempt(&engine, &app, &installation, &mut backoff).await {
                Ok(End::Renew) => backoff = BACKOFF_MIN,
                Err(reason) => {
                    note_trouble(&engine.shared, reason);
                    tokio::time::sleep(backoff).await;
                    backoff = (backoff * 2).min(BACKOFF_MAX);
                }
            }
        }
        #[expect(
            unreachable_code,
            reason = "gives the block its type: the loop never ends"
        )]
        Some(())
    };
    cancel.run_until_cancelled(work).await;
    engine.shared.client.send_replace(None);
    give_lease_back(&engine, &app).await;
}

/// The installation once the database is open; never, when it cannot be opened.
async fn opened(app: &App) -> Option<Installation> {
    let mut gate = app.gate.clone();
    let is_open = |gate: &Gate| matches!(gate, Gate::Open(_));
    if gate.wait_for(is_open).await.is_err() {
        std::future::pending::<()>().await;
    }
    app.installation().ok()
}

/// One session: takes the lease, connects, works until the connection or its token ends.
async fn attempt(
    engine: &Engine,
    app: &App,
    installation: &Installation,
    backoff: &mut Duration,
) -> Result<End, String> {
    match lease(engine, app, installation).await {
        Ok(true) => {}
        Ok(false) => return Err("another process drives this engine".to_owned()),
        Err(_) => return Err("the database is not reachable".to_owned()),
    }
    let ended = session::run(engine, app, installation, || {
        *backoff = BACKOFF_MIN;
        if engine.shared.trouble.lock().take().is_some() {
            tracing::info!("connected to the engine");
        }
    })
    .await;
    engine.shared.client.send_replace(None);
    ended
}

/// Logs a trouble once, when it begins or changes.
fn note_trouble(shared: &Shared, reason: String) {
    let mut trouble = shared.trouble.lock();
    if trouble.as_ref() != Some(&reason) {
        tracing::warn!(reason, "the engine is not driven; trying again");
        *trouble = Some(reason);
    }
}

async fn lease(
    engine: &Engine,
    app: &App,
    installation: &Installation,
) -> Result<bool, store::StoreError> {
    let now = clock::now();
    let mut tx = app.db.write().await?;
    let until = now + LEASE_SECONDS;
    let engine_id = &installation.engine.id;
    let taken = store::engines::take_lease(&mut tx, engine_id, &engine.holder, now, until).await?;
    tx.commit().await?;
    Ok(taken)
}

async fn give_lease_back(engine: &Engine, app: &App) {
    let Ok(installation) = app.installation() else {
        return;
    };
    let given = async {
        let mut tx = app.db.write().await?;
        store::engines::drop_lease(&mut tx, &installation.engine.id, &engine.holder).await?;
        tx.commit().await
    };
    // It runs out by itself when the database is away.
    let _: Result<(), store::StoreError> = given.await;
}
