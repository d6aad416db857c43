//! Whoever works on operations: takes what is due, one turn after the other, as whoever asked.
//!
//! A turn does one step and notes in the same transaction how far it came, so that whoever takes
//! over after a lost lease goes on behind it and nothing is done twice. After a step the operation
//! goes back into the queue: a long one lets others have their turn.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::{Kind, backup, purge, users};
use crate::app::App;
use crate::auth::still_asks;
use crate::clock;
use crate::ids::{IdKind, new_id};
use crate::problem::Problem;
use crate::store::operations::{CANCELLED, FAILED, OperationRow, SUCCEEDED};
use crate::store::{self, StoreError, Tx};
use crate::telemetry;
use crate::trail;

/// How often due operations are looked for: other processes may have accepted some.
const EVERY: Duration = Duration::from_secs(1);
/// Operations that one process works on at a time: requests come first.
const AT_ONCE: usize = 2;
/// Longer than any transaction of a turn takes.
const LEASE_SECONDS: i64 = 30;
/// Until what could not be done now is tried again.
const PAUSE_SECONDS: i64 = 5;
/// Turns that come to nothing: whatever ends the process each time must not do so for ever.
const ATTEMPTS_MAX: i64 = 5;
/// What has not come to its end by then never will.
const LIFE_SECONDS: i64 = 24 * 3600;
/// How long credentials can be taken, from the end on: as long as those of a request that is
/// repeated under its Idempotency-Key.
const CREDENTIALS_SECONDS: i64 = 600;
/// How long a backup can be: it is encrypted for whoever asked, and takes its time to be taken.
const FILE_SECONDS: i64 = 3600;

/// Works until cancelled. What is under way then goes on after the next start, or elsewhere.
pub(crate) async fn run(app: Arc<App>, cancel: CancellationToken) {
    let mut tasks = JoinSet::new();
    let mut is_fresh = false;
    loop {
        tokio::select! {
            () = cancel.cancelled() => return,
            () = app.queue.notified() => {}
            _ = tasks.join_next(), if !tasks.is_empty() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
        if app.installation().is_err() {
            continue;
        }
        if let Err(error) = begin(&app, &mut tasks, &mut is_fresh).await {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "could not look for operations to work on"
            );
        }
    }
}

/// Takes on what is due.
async fn begin(
    app: &Arc<App>,
    tasks: &mut JoinSet<()>,
    is_fresh: &mut bool,
) -> Result<(), StoreError> {
    if !*is_fresh {
        let mut tx = app.db.write().await?;
        store::operations::release_all(&mut tx, &format!("{}/", app.instance)).await?;
        tx.commit().await?;
        *is_fresh = true;
    }
    while tasks.len() < AT_ONCE {
        let now = clock::now();
        let mut tx = app.db.read().await?;
        if !store::operations::is_due(&mut tx, now).await? {
            return Ok(());
        }
        drop(tx);
        let holder = format!("{}/{}", app.instance, new_id(IdKind::Request));
        let mut tx = app.db.write().await?;
        let until = now + LEASE_SECONDS;
        let claimed = store::operations::claim(&mut tx, &holder, now, until).await?;
        tx.commit().await?;
        let Some(row) = claimed else {
            return Ok(());
        };
        let app = Arc::clone(app);
        // The names under which whoever asked looks for it in the logs.
        let span = tracing::info_span!(
            "operation",
            operation.id = row.id,
            request.id = row.request_id,
            trace.id = row.trace_id
        );
        let traced = telemetry::operation(&row);
        let turn = async move {
            let turn = Turn {
                app: &app,
                id: row.id.clone(),
                holder,
            };
            if let Err(error) = turn.run(row).await {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "a turn of an operation came to nothing"
                );
            }
            // There may be more to do.
            app.queue.notify_one();
        };
        tasks.spawn(turn.instrument(traced).instrument(span));
    }
    Ok(())
}

/// Why a step did not get to its end.
#[derive(Debug)]
pub(super) enum Stop {
    /// The operation fails, or is tried again later when that may help.
    Problem(Problem),
    /// Somebody else has the lease: nothing may be done, and nothing was.
    Lost,
    /// Somebody asked for it.
    Cancelled,
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Stop::Problem(problem)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Stop::Problem(error.into())
    }
}

/// One process's work on an operation that it has leased.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    pub(super) app: &'a App,
    id: String,
    holder: String,
}

impl Turn<'_> {
    async fn run(&self, row: OperationRow) -> Result<(), StoreError> {
        let stopped = match self.step(row).await {
            Ok(()) | Err(Stop::Lost) => return Ok(()),
            Err(stopped) => stopped,
        };
        let mut tx = self.app.db.write().await?;
        let Some(mut row) = self.renew(&mut tx).await? else {
            return Ok(());
        };
        match stopped {
            Stop::Lost => return Ok(()),
            Stop::Cancelled => row.state = CANCELLED.to_owned(),
            // The database or an engine is away.
            Stop::Problem(problem) if problem.is_passing() => {
                let next_at = clock::now() + PAUSE_SECONDS;
                store::operations::yield_until(&mut tx, &row.id, next_at).await?;
                return tx.commit().await;
            }
            Stop::Problem(problem) => {
                telemetry::failed(&tracing::Span::current(), problem.code());
                row.state = FAILED.to_owned();
                let json = problem.json(row.request_id.clone(), row.trace_id.clone());
                row.problem = String::from_utf8(json).ok();
            }
        }
        end(&mut tx, &mut row).await?;
        tx.commit().await?;
        self.app.bell.ring();
        Ok(())
    }

    /// Does a step, as whoever asked.
    async fn step(&self, row: OperationRow) -> Result<(), Stop> {
        let now = clock::now();
        if row.is_cancelled {
            return Err(Stop::Cancelled);
        }
        if row.attempts > ATTEMPTS_MAX {
            return Err(Stop::Problem(Problem::internal()));
        }
        if row.created_at + LIFE_SECONDS < now {
            let text = "It did not come to its end within a day.";
            return Err(Stop::Problem(Problem::conflict("operation_expired", text)));
        }
        let kind = Kind::of(&row)?;
        let caller = still_asks(self.app, &row, now).await?;
        caller.need(kind.right())?;
        // To the second wall it is a request of the caller's.
        store::tenant::in_request(async {
            store::tenant::bind(&caller.scope);
            match kind {
                Kind::CreateUsers => Box::pin(users::step(self, &caller)).await,
                Kind::PurgeAccount => Box::pin(purge::step(self, &caller, &row)).await,
                Kind::Backup => Box::pin(backup::step(self, &caller, &row)).await,
            }
        })
        .await
    }

    async fn renew(&self, tx: &mut Tx) -> Result<Option<OperationRow>, StoreError> {
        let until = clock::now() + LEASE_SECONDS;
        store::operations::hold(tx, &self.id, &self.holder, until).await
    }

    /// Every transaction of a step begins with this: the operation as it is now, locked.
    pub(super) async fn hold(&self, tx: &mut Tx) -> Result<OperationRow, Stop> {
        let row = self.renew(tx).await?.ok_or(Stop::Lost)?;
        match row.is_cancelled {
            true => Err(Stop::Cancelled),
            false => Ok(row),
        }
    }

    /// Notes how far it came, and that there is more to do from this time on.
    pub(super) async fn go_on(
        &self,
        tx: &mut Tx,
        row: &OperationRow,
        next_at: i64,
    ) -> Result<(), Stop> {
        store::operations::advance(tx, row, clock::now()).await?;
        store::operations::yield_until(tx, &row.id, next_at).await?;
        Ok(())
    }

    /// Everything was done.
    pub(super) async fn succeed(
        &self,
        tx: &mut Tx,
        row: &mut OperationRow,
        result: &impl Serialize,
    ) -> Result<(), Stop> {
        store::operations::advance(tx, row, clock::now()).await?;
        row.state = SUCCEEDED.to_owned();
        row.result = serde_json::to_string(result).ok();
        end(tx, row).await?;
        Ok(())
    }
}

/// What can be taken once is kept for its time, which begins at the end.
fn keep_what_was_made(row: &mut OperationRow, kind: Kind, now: i64) {
    row.kept_until = (row.ready > 0).then_some(match kind {
        Kind::Backup => now + FILE_SECONDS,
        Kind::CreateUsers | Kind::PurgeAccount => now + CREDENTIALS_SECONDS,
    });
}

/// Ends an operation as its row says; the trail says so.
pub(super) async fn end(tx: &mut Tx, row: &mut OperationRow) -> Result<(), StoreError> {
    let now = clock::now();
    if let Ok(kind) = Kind::of(row) {
        keep_what_was_made(row, kind, now);
    }
    row.finished_at = Some(now);
    store::operations::end(tx, row, now).await?;
    tracing::info!(
        operation.id = row.id,
        operation.kind = row.kind,
        operation.state = row.state,
        "an operation has ended"
    );
    let action = match row.state.as_str() {
        SUCCEEDED => "operation.succeed",
        CANCELLED => "operation.stop",
        _ => "operation.fail",
    };
    let mut after = serde_json::json!({ "kind": row.kind, "state": row.state, "done": row.done });
    for (name, text) in [("result", &row.result), ("problem", &row.problem)] {
        let value = text
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok());
        if let Some(value) = value {
            let value: serde_json::Value = value;
            after[name] = value;
        }
    }
    let mut entry = trail::system_entry(action, &row.id, &after);
    entry.org_id.clone_from(&row.org_id);
    entry.account_id.clone_from(&row.account_id);
    entry.actor.clone_from(&row.actor);
    entry.credential_id = Some(row.credential_id.clone());
    entry.request_id = Some(row.request_id.clone());
    entry.trace_id.clone_from(&row.trace_id);
    entry.client_ip.clone_from(&row.client_ip);
    trail::publish(tx, entry).await
}
