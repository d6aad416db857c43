//! Compares everything after a connect: what the engine holds against what it should hold.
//!
//! An engine that lost an account, or holds an older one, is given the newest again. One that
//! holds a *newer* generation than the database (restored from a backup) would refuse ours: the
//! account is minted again with a generation above it.

use accounts::AccountBody;
use async_nats::Client;
use futures_util::StreamExt as _;
use futures_util::stream;

use super::push::announce;
use super::{Engine, wire};
use crate::app::App;
use crate::claims::republish;
use crate::clock;
use crate::installation::Installation;
use crate::mint::MintError;
use crate::store::accounts::AccountRow;
use crate::store::{self, Window};

const PAGE: i64 = 200;
const IN_FLIGHT_MAX: usize = 16;

/// Why a comparison was not finished.
#[derive(Debug, thiserror::Error)]
pub(super) enum CompareError {
    #[error(transparent)]
    Wire(#[from] wire::WireError),
    #[error(transparent)]
    Store(#[from] store::StoreError),
    #[error("mint an account's claims anew")]
    Mint(#[from] MintError),
}

/// What the engine holds of an account.
enum Held {
    Same,
    Other,
    Newer(i64),
}

/// Compares every account. What differs is due for a push afterwards.
pub(super) async fn everything(
    engine: &Engine,
    app: &App,
    installation: &Installation,
    client: &Client,
) -> Result<(), CompareError> {
    let mut window = Window {
        after: String::new(),
        limit: PAGE,
    };
    loop {
        let mut tx = app.db.read().await?;
        let rows = store::accounts::all(&mut tx, &window).await?;
        drop(tx);
        let Some(last) = rows.last() else {
            return Ok(());
        };
        window.after.clone_from(&last.id);
        let mut compared = stream::iter(rows)
            .map(|row| async move {
                let held = wire::look_up(client, &row.public_key).await;
                (row, held)
            })
            .buffer_unordered(IN_FLIGHT_MAX);
        while let Some((row, held)) = compared.next().await {
            let held = judge(&row, &held?);
            settle(engine, app, installation, row, held).await?;
        }
    }
}

fn judge(row: &AccountRow, held: &[u8]) -> Held {
    if held == row.jwt.as_bytes() {
        return Held::Same;
    }
    let generation = std::str::from_utf8(held)
        .ok()
        .and_then(|token| accounts::jwt::decode::<AccountBody>(token).ok())
        .and_then(|claims| claims.nats.tidegate)
        .and_then(|extra| i64::try_from(extra.generation).ok());
    match generation {
        Some(generation) if generation >= row.generation => Held::Newer(generation),
        _ => Held::Other,
    }
}

async fn settle(
    engine: &Engine,
    app: &App,
    installation: &Installation,
    row: AccountRow,
    held: Held,
) -> Result<(), CompareError> {
    let (engine_id, now) = (&installation.engine.id, clock::now());
    match held {
        Held::Same if row.applied_generation == row.generation => {}
        Held::Same => {
            let mut tx = app.db.write().await?;
            store::engines::applied(&mut tx, engine_id, &row.id, row.generation, now).await?;
            tx.commit().await?;
            announce(engine, &row.id, row.generation);
        }
        Held::Other => {
            if row.is_live() {
                tracing::warn!(
                    account.id = row.id,
                    "the engine lost an account's newest claims"
                );
            }
            let mut tx = app.db.write().await?;
            store::engines::drifted(&mut tx, engine_id, &row, now).await?;
            tx.commit().await?;
        }
        Held::Newer(generation) => outrun(app, installation, &row.id, generation, now).await?,
    }
    Ok(())
}

/// Mints an account anew above the generation that the engine holds.
async fn outrun(
    app: &App,
    installation: &Installation,
    account_id: &str,
    generation: i64,
    now: i64,
) -> Result<(), CompareError> {
    let mut tx = app.db.write().await?;
    // The row may have moved on since it was compared: a normal change needs no healing.
    if let Some(mut row) = store::accounts::lock(&mut tx, account_id).await?
        && row.generation <= generation
    {
        tracing::warn!(
            account.id = account_id,
            engine.generation = generation,
            database.generation = row.generation,
            "the engine holds newer claims than the database: minting above them"
        );
        row.generation = generation;
        republish(&mut tx, &app.vault, installation, &mut row, now).await?;
        tx.commit().await?;
    }
    Ok(())
}
