//! Waits until the engines hold an account's claims.

use std::collections::BTreeSet;

use tokio::sync::broadcast;
use tracing::Instrument as _;

use super::{Applied, Handle};
use crate::app::{App, LIVE_WAIT};
use crate::store;
use crate::telemetry;

/// Made before the commit, asked after it.
#[derive(Debug)]
pub(crate) struct Waiter<'a> {
    handle: &'a Handle,
    applied: broadcast::Receiver<Applied>,
}

impl<'a> Waiter<'a> {
    pub(super) fn new(handle: &'a Handle) -> Self {
        Self {
            handle,
            applied: handle.shared.applied.subscribe(),
        }
    }

    /// Whether every server of every engine has answered for `generation` of the account within
    /// [`LIVE_WAIT`]. Call it after the commit.
    pub(crate) async fn wait(self, app: &App, account_id: &str, generation: i64) -> bool {
        let span = telemetry::waiting(account_id);
        let wait = self.until_live(app, account_id, generation);
        let live = wait.instrument(span.clone()).await;
        span.record("tidegate.live", live);
        live
    }

    async fn until_live(mut self, app: &App, account_id: &str, generation: i64) -> bool {
        let mut missing = BTreeSet::new();
        let links = self.handle.shared.links.read().clone();
        for link in &links {
            link.nudge.notify_one();
            missing.insert(link.engine.id.clone());
        }
        if links.is_empty() || links.iter().any(|link| link.status().is_err()) {
            return false;
        }
        let answered = self.answers_for(app, account_id, generation, missing);
        tokio::time::timeout(LIVE_WAIT, answered)
            .await
            .unwrap_or(false)
    }

    async fn answers_for(
        &mut self,
        app: &App,
        account_id: &str,
        generation: i64,
        mut missing: BTreeSet<String>,
    ) -> bool {
        while !missing.is_empty() {
            match self.applied.recv().await {
                Ok(applied) => {
                    if applied.account_id == account_id && applied.generation >= generation {
                        missing.remove(&applied.engine_id);
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
        true
    }
}

async fn is_applied(app: &App, account_id: &str, generation: i64) -> bool {
    let found = async {
        let mut tx = app.db.read().await?;
        store::accounts::by_id(&mut tx, account_id).await
    };
    matches!(found.await, Ok(Some(row)) if row.applied_generation >= generation)
}
