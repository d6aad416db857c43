//! Pushes the accounts that are behind.

use async_nats::Client;
use futures_util::StreamExt as _;
use futures_util::stream;

use super::link::Link;
use super::wire::{self, WireError};
use crate::app::App;
use crate::clock;
use crate::store::engines::DuePush;
use crate::store::{self, StoreError};

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
                let result = wire::update_claims(client, &link.servers, &push.jwt).await;
                (push, result)
            })
            .buffer_unordered(IN_FLIGHT_MAX);
        while let Some((push, result)) = pushed.next().await {
            is_silent |= matches!(result, Err(WireError::Silent { .. }));
            settle(link, app, &push, result).await?;
        }
    }
}

/// Records what became of a push.
async fn settle(
    link: &Link,
    app: &App,
    push: &DuePush,
    result: Result<(), WireError>,
) -> Result<(), StoreError> {
    let (engine_id, account_id) = (&link.engine.id, &push.account_id);
    let now = clock::now();
    let mut tx = app.db.write().await?;
    match result {
        Ok(()) => {
            store::engines::applied(&mut tx, engine_id, account_id, push.generation, now).await?;
            tx.commit().await?;
            link.announce(account_id, push.generation);
        }
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                account.id = account_id,
                account.generation = push.generation,
                push.failures = push.failures + 1,
                "the engine did not take an account's claims"
            );
            let pause = RETRY_SECONDS_MAX.min(1_i64 << push.failures.clamp(0, 6));
            let text: String = error.to_string().chars().take(ERROR_CHARS_MAX).collect();
            store::engines::failed(&mut tx, engine_id, account_id, &text, now + pause).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}
