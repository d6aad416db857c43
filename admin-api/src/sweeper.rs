//! What is done every minute: what has had its time goes or ends, and the platform's chain notes
//! the heads of the others.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::clock;
use crate::events;
use crate::http::OPERATIONS_KEPT_SECONDS;
use crate::store::{self, StoreError};
use crate::trail;
use crate::webhooks;

const EVERY: Duration = Duration::from_secs(60);

/// Sweeps until cancelled. What a sweep misses, the next one takes.
pub(crate) async fn run(app: Arc<App>, cancel: CancellationToken) {
    loop {
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        app.rates.sweep();
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
    let now = clock::now();
    store::idempotency::sweep(&mut tx, now).await?;
    store::sessions::end_expired_links(&mut tx, now).await?;
    store::operations::sweep(&mut tx, now, now - OPERATIONS_KEPT_SECONDS).await?;
    store::events::forget(&mut tx, now - events::KEPT_SECONDS).await?;
    store::deliveries::forget(&mut tx, now - webhooks::KEPT_SECONDS).await?;
    tx.commit().await?;
    loop {
        let mut tx = app.db.write().await?;
        let is_noted = trail::checkpoint(&mut tx).await?;
        tx.commit().await?;
        if !is_noted {
            return Ok(());
        }
    }
}
