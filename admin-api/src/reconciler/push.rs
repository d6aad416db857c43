//! Pushes the accounts that are behind.

use async_nats::Client;
use futures_util::StreamExt as _;
use futures_util::stream;
use tracing::Instrument as _;

use super::link::Link;
use super::wire::{self, WireError};
use crate::app::App;
use crate::clock;
use crate::store::engines::DuePush;
use crate::store::{self, StoreError};
use crate::telemetry;

/// Accounts per round, and pushes in flight. Each account is in a round once.
const ROUND_MAX: i64 = 256;
const IN_FLIGHT_MAX: usize = 16;
/// The longest pause between two tries for one account.
const RETRY_SECONDS_MAX: i64 = 60;
const ERROR_CHARS_MAX: usize = 300;

/// Pushes until nothing is due. Whether a server did not answer: it may have gone.
pub(super) async fn all_due(link: &Link, app: &App, client: &Client) -> Result<bool, StoreError> {
    let mut is_silent = false;
    loop {
        let mut tx = app.db.read().await?;
        let now = clock::now();
        let due = store::engines::due(&mut tx, &link.engine.id, now, ROUND_MAX).await?;
        drop(tx);
        if due.is_empty() {
            return Ok(is_silent);
        }
        let mut pushed = stream::iter(due)
            .map(|push| async move {
                let span = telemetry::push(&link.engine.name, &push);
                let update = wire::update_claims(client, &link.servers, &push.jwt);
                let result = update.instrument(span.clone()).await;
                if let Err(error) = &result {
                    telemetry::failed(&span, error.kind());
                }
                (push, result)
            })
            .buffer_unordered(IN_FLIGHT_MAX)
            // What is answered while the last ones are recorded is recorded together.
            .ready_chunks(IN_FLIGHT_MAX);
        while let Some(answered) = pushed.next().await {
            let mut taken = Vec::new();
            for (push, result) in answered {
                match result {
                    Ok(()) => taken.push(push),
                    Err(error) => {
                        is_silent |= matches!(error, WireError::Silent { .. });
                        note_failure(link, app, &push, &error).await?;
                    }
                }
            }
            note_taken(link, app, &taken).await?;
        }
    }
}

/// Records that the engine took these.
async fn note_taken(link: &Link, app: &App, taken: &[DuePush]) -> Result<(), StoreError> {
    if taken.is_empty() {
        return Ok(());
    }
    let (engine_id, now) = (&link.engine.id, clock::now());
    let mut tx = app.db.write().await?;
    for push in taken {
        let (account_id, generation) = (&push.account_id, push.generation);
        store::engines::applied(&mut tx, engine_id, account_id, generation, now).await?;
    }
    tx.commit().await?;
    for push in taken {
        link.announce(&push.account_id, push.generation);
    }
    Ok(())
}

/// Records that the engine did not take one, and when to try again.
async fn note_failure(
    link: &Link,
    app: &App,
    push: &DuePush,
    error: &WireError,
) -> Result<(), StoreError> {
    let account_id = &push.account_id;
    tracing::warn!(
        error = error as &dyn std::error::Error,
        account.id = account_id,
        account.generation = push.generation,
        push.failures = push.failures + 1,
        "the engine did not take an account's claims"
    );
    let pause = RETRY_SECONDS_MAX.min(1_i64 << push.failures.clamp(0, 6));
    let text: String = error.to_string().chars().take(ERROR_CHARS_MAX).collect();
    let (engine_id, retry_at) = (&link.engine.id, clock::now() + pause);
    let mut tx = app.db.write().await?;
    store::engines::failed(&mut tx, engine_id, account_id, &text, retry_at).await?;
    tx.commit().await
}
