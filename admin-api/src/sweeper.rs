//! Throws away what has had its time: kept answers and their secrets.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::clock;
use crate::store::{self, StoreError};

const EVERY: Duration = Duration::from_secs(60);

/// Sweeps until cancelled. What a sweep misses, the next one takes.
pub(crate) async fn run(app: Arc<App>, cancel: CancellationToken) {
    loop {
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        if app.installation().is_err() {
            continue;
        }
        if let Err(error) = sweep(&app).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "could not sweep");
        }
    }
}

async fn sweep(app: &App) -> Result<(), StoreError> {
    let mut tx = app.db.write().await?;
    store::idempotency::sweep(&mut tx, clock::now()).await?;
    tx.commit().await
}
