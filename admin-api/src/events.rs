//! Publishes events: numbers what changes have put into the outbox, and wakes those who listen.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::store::{self, StoreError};
use crate::webhooks;

/// How often the outbox is looked at: other processes may have put something in.
const EVERY: Duration = Duration::from_secs(1);
/// Entries that are numbered in one transaction.
const BATCH: i64 = 500;
/// How long events can be read; the trail keeps everything.
pub(crate) const KEPT_SECONDS: i64 = 30 * 24 * 3600;
/// Digits of a number: enough for ever, and they sort as texts.
const DIGITS: usize = 20;

/// Tells the publisher of changes, and listeners of events.
#[derive(Debug)]
pub(crate) struct Bell {
    changed: Notify,
    published: watch::Sender<u64>,
}

impl Default for Bell {
    fn default() -> Self {
        Self {
            changed: Notify::new(),
            published: watch::channel(0).0,
        }
    }
}

impl Bell {
    /// A change was committed.
    pub(crate) fn ring(&self) {
        self.changed.notify_one();
    }

    /// Changes whenever something was published by this process.
    pub(crate) fn listen(&self) -> watch::Receiver<u64> {
        self.published.subscribe()
    }
}

/// Publishes until cancelled.
pub(crate) async fn run(app: Arc<App>, cancel: CancellationToken) {
    loop {
        tokio::select! {
            () = cancel.cancelled() => return,
            () = app.bell.changed.notified() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
        if app.installation().is_err() {
            continue;
        }
        if let Err(error) = publish(&app).await {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "could not publish events"
            );
        }
    }
}

async fn publish(app: &App) -> Result<(), StoreError> {
    let mut tx = app.db.read().await?;
    let is_waiting = store::events::is_waiting(&mut tx).await?;
    drop(tx);
    if !is_waiting {
        return Ok(());
    }
    loop {
        let mut tx = app.db.write().await?;
        let last = store::events::lock_clock(&mut tx).await?;
        let (count, events) = store::events::number(&mut tx, last, BATCH, seq).await?;
        if !events.is_empty() {
            webhooks::fan_out(&mut tx, &events).await?;
        }
        tx.commit().await?;
        app.bell.published.send_modify(|count| *count += 1);
        if count < BATCH.unsigned_abs() {
            return Ok(());
        }
    }
}

fn seq(number: i64) -> String {
    format!("{number:0DIGITS$}")
}

/// Whether a text can be the number of an event.
pub(crate) fn is_seq(text: &str) -> bool {
    text.len() == DIGITS && text.bytes().all(|b| b.is_ascii_digit())
}
