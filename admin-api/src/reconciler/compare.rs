//! Compares everything after a connect, and when a server has come, and one account when somebody
//! else has told the servers of it: what they hold against what they should hold.
//!
//! An engine that lost an account, or holds an older one, is given the newest again. One that
//! holds a *newer* generation than the database (restored from a backup) would refuse ours: the
//! account is minted again with a generation above it.

use accounts::AccountBody;
use async_nats::Client;
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream;

use super::link::Link;
use super::wire::{self, WireError};
use crate::app::App;
use crate::claims::republish;
use crate::clock;
use crate::mint::MintError;
use crate::store::accounts::AccountRow;
use crate::store::{self, Window};

const PAGE: i64 = 200;
const IN_FLIGHT_MAX: usize = 16;

/// Why a comparison was not finished.
#[derive(Debug, thiserror::Error)]
pub(super) enum CompareError {
    #[error(transparent)]
    Wire(#[from] WireError),
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
    link: &Link,
    app: &App,
    client: &Client,
) -> Result<(), CompareError> {
    let servers = link.servers.count();
    // A stock server does not say that it has no claims of an account, it says nothing. Who has
    // which accounts is asked before, so that nobody waits for such an answer.
    let listed = match link.engine.is_cluster() {
        true => Some(wire::held_by_all(client, servers).await?),
        false => None,
    };
    let is_listed = |row: &AccountRow| {
        listed
            .as_ref()
            .is_none_or(|it| it.contains(&row.public_key))
    };
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
            .map(|row| async {
                let held = match is_listed(&row) {
                    true => wire::look_up(client, &row.public_key, servers).await,
                    false => Ok(Vec::new()),
                };
                (row, held)
            })
            .buffer_unordered(IN_FLIGHT_MAX);
        while let Some((row, held)) = compared.next().await {
            let held = judge(&row, &held?, servers);
            settle(link, app, row, held).await?;
        }
    }
}

/// Compares one account. Whether a server holds something else.
pub(super) async fn one(
    link: &Link,
    app: &App,
    client: &Client,
    row: AccountRow,
) -> Result<bool, CompareError> {
    let servers = link.servers.count();
    let held = match wire::look_up(client, &row.public_key, servers).await {
        // None of them has it.
        Err(WireError::Silent { .. } | WireError::Request { .. }) => Vec::new(),
        held => held?,
    };
    let held = judge(&row, &held, servers);
    let differs = !matches!(held, Held::Same);
    settle(link, app, row, held).await?;
    Ok(differs)
}

/// `held` has what each server has answered; who has nothing may not answer.
fn judge(row: &AccountRow, held: &[Bytes], servers: usize) -> Held {
    let is_same = |token: &Bytes| token == row.jwt.as_bytes();
    if held.len() >= servers && held.iter().all(is_same) {
        return Held::Same;
    }
    let others = held.iter().filter(|token| !is_same(token));
    let newest = others.filter_map(generation).max();
    match newest {
        Some(generation) if generation >= row.generation => Held::Newer(generation),
        _ => Held::Other,
    }
}

fn generation(token: &Bytes) -> Option<i64> {
    let token = std::str::from_utf8(token).ok()?;
    let claims = accounts::jwt::decode::<AccountBody>(token).ok()?;
    i64::try_from(claims.nats.tidegate?.generation).ok()
}

async fn settle(link: &Link, app: &App, row: AccountRow, held: Held) -> Result<(), CompareError> {
    let (engine_id, now) = (&link.engine.id, clock::now());
    match held {
        Held::Same if row.applied_generation == row.generation && row.is_live() => {}
        Held::Same => {
            let mut tx = app.db.write().await?;
            store::engines::applied(&mut tx, engine_id, &row.id, row.generation, now).await?;
            tx.commit().await?;
            link.announce(&row.id, row.generation);
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
        Held::Newer(generation) => outrun(app, &row.id, generation, now).await?,
    }
    Ok(())
}

/// Mints an account anew above the generation that the engine holds.
async fn outrun(
    app: &App,
    account_id: &str,
    generation: i64,
    now: i64,
) -> Result<(), CompareError> {
    // Nothing is compared before the database is open.
    let Ok(installation) = app.installation() else {
        return Ok(());
    };
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
        republish(&mut tx, &app.vault, &installation, &mut row, now).await?;
        tx.commit().await?;
    }
    Ok(())
}
