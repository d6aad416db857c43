//! Pushes the accounts that are behind.

use async_nats::Client;
use futures_util::StreamExt as _;
use futures_util::stream;

use super::wire::{self, WireError};
use super::{Applied, Engine};
use crate::app::App;
use crate::clock;
use crate::installation::Installation;
use crate::store::engines::DuePush;
use crate::store::{self, StoreError};

/// Accounts per round, and pushes in flight. Each account is in a round once.
const ROUND_MAX: i64 = 256;
const IN_FLIGHT_MAX: usize = 16;
/// The longest pause between two tries for one account.
const RETRY_SECONDS_MAX: i64 = 60;
const ERROR_CHARS_MAX: usize = 300;

/// Pushes until nothing is due.
pub(super) async fn all_due(
    engine: &Engine,
    app: &App,
    installation: &Installation,
    client: &Client,
) -> Result<(), StoreError> {
    loop {
        let mut tx = app.db.read().await?;
        let now = clock::now();
        let due = store::engines::due(&mut tx, &installation.engine.id, now, ROUND_MAX).await?;
        drop(tx);
        if due.is_empty() {
            return Ok(());
        }
        let mut pushed = stream::iter(due)
            .map(|push| async move {
                let result = wire::update_claims(client, &push.jwt).await;
                (push, result)
            })
            .buffer_unordered(IN_FLIGHT_MAX);
        while let Some((push, result)) = pushed.next().await {
            settle(engine, app, installation, &push, result).await?;
        }
    }
}

/// Records what became of a push.
async fn settle(
    engine: &Engine,
    app: &App,
    installation: &Installation,
    push: &DuePush,
    result: Result<(), WireError>,
) -> Result<(), StoreError> {
    let (engine_id, account_id) = (&installation.engine.id, &push.account_id);
    let now = clock::now();
    let mut tx = app.db.write().await?;
    match result {
        Ok(()) => {
            store::engines::applied(&mut tx, engine_id, account_id, push.generation, now).await?;
            tx.commit().await?;
            announce(engine, account_id, push.generation);
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

/// Tells the waiting requests.
pub(super) fn announce(engine: &Engine, account_id: &str, generation: i64) {
    // Nobody waiting is no failure.
    let _ = engine.shared.applied.send(Applied {
        account_id: account_id.to_owned(),
        generation,
    });
}
