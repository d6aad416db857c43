//! The life of data keys: the first one, the next one, and everything sealed anew.
//!
//! Every process looks at the table of keys again and again. A new key seals only when all of them
//! have had the time to learn it; one that cannot unwrap it puts that off. Whatever is not sealed
//! with the key that seals now is sealed anew, by whichever process comes to it first: what counts
//! is
//! the rows themselves, so nothing is lost when a process dies in the middle. A key that opens
//! nothing
//! any more stays for a while, for what an old request may still write.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::sealed::{SEALED, Sealed};
use super::{Vault, VaultError, ring};
use crate::app::App;
use crate::clock;
use crate::store::vault::VaultKeyRow;
use crate::store::{self, Db, StoreError, Tx};

/// How often the keys are looked at.
const EVERY: Duration = Duration::from_secs(2);
/// Until a new key seals every other process has looked at the keys a few times.
const LEAD_SECONDS: i64 = 7;
/// A key that opens nothing is kept so long: no request lives that long.
pub(crate) const KEPT_SECONDS: i64 = 3600;
/// Values that are sealed anew in one transaction.
const BATCH: i64 = 200;

/// Learns the data keys of a database, and makes what it lacks. On a new database the first data
/// key comes before anything is sealed.
pub(crate) async fn prepare<E>(tx: &mut Tx, vault: &Vault, now: i64) -> Result<(), E>
where
    E: From<StoreError> + From<VaultError>,
{
    let mut rows = store::vault::keys(tx).await?;
    if rows.is_empty() {
        let row = vault.new_key(now, now).await?;
        store::vault::insert_key(tx, &row).await?;
        rows.push(row);
    }
    vault.learn(&rows).await.map_err(|(_, error)| error)?;
    match store::vault::token_key(tx).await? {
        Some(sealed) => vault.set_token_key(&sealed)?,
        None => store::vault::keep_token_key(tx, &vault.sealed_token_key()).await?,
    }
    Ok(())
}

/// From when on a key seals that is made now: later than those that there are.
pub(crate) fn active_from(db: &Db, rows: &[VaultKeyRow], now: i64) -> i64 {
    let newest = rows.iter().map(|row| row.active_from).max();
    let lead = match db {
        Db::Postgres(..) => LEAD_SECONDS,
        // There is no other process.
        Db::Sqlite { .. } => 0,
    };
    newest.map_or(now, |newest| (now + lead).max(newest + 1))
}

/// Learns the keys that others have made or thrown away.
pub(crate) async fn look(app: &App) -> Result<Vec<VaultKeyRow>, StoreError> {
    let mut tx = app.db.read().await?;
    let rows = store::vault::keys(&mut tx).await?;
    drop(tx);
    if app.vault.knows(&rows) {
        return Ok(rows);
    }
    if let Err((id, error)) = app.vault.learn(&rows).await {
        tracing::error!(
            vault.key = id,
            error = &error as &dyn std::error::Error,
            "a data key of the vault cannot be unwrapped"
        );
        let now = clock::now();
        let mut tx = app.db.write().await?;
        let text = error.to_string();
        store::vault::put_off(&mut tx, &id, &text, now, now + LEAD_SECONDS).await?;
        tx.commit().await?;
    }
    Ok(rows)
}

/// How many values are still sealed with another key than the one that seals now.
pub(crate) async fn count_waiting(tx: &mut Tx, vault: &Vault) -> Result<i64, StoreError> {
    let Some((_, head)) = vault.active_key(clock::now()) else {
        return Ok(0);
    };
    let mut waiting = 0;
    for place in SEALED {
        waiting += store::vault::count_others(tx, place.table, place.column, &head).await?;
    }
    Ok(waiting)
}

/// Looks after the keys until cancelled.
pub(crate) async fn run(app: Arc<App>, cancel: CancellationToken) {
    let mut is_checked = false;
    let work = async {
        loop {
            if app.installation().is_ok()
                && let Err(error) = keep(&app, &mut is_checked).await
            {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the vault's keys were not looked after"
                );
            }
            tokio::time::sleep(EVERY).await;
        }
    };
    cancel.run_until_cancelled(work).await;
}

/// One round. What was sealed before there were data keys is looked for once.
async fn keep(app: &App, is_checked: &mut bool) -> Result<(), StoreError> {
    let rows = look(app).await?;
    let now = clock::now();
    let Some((active, head)) = app.vault.active_key(now) else {
        return Ok(());
    };
    let is_old = |row: &&VaultKeyRow| row.id != active && row.active_from <= now;
    let mut old = rows.iter().filter(is_old);
    if !*is_checked || old.clone().any(|row| row.retired_at.is_none()) {
        *is_checked = reseal_all(app, &head).await?;
        if *is_checked {
            let mut tx = app.db.write().await?;
            store::vault::retire_keys(&mut tx, &active, now).await?;
            tx.commit().await?;
        }
    }
    let is_due = |row: &&VaultKeyRow| row.retired_at.is_some_and(|at| at + KEPT_SECONDS <= now);
    match old.find(is_due) {
        Some(row) => forget(app, &row.id).await,
        None => Ok(()),
    }
}

/// Seals everything anew that does not begin with `head`; whether nothing is left.
pub(super) async fn reseal_all(app: &App, head: &[u8]) -> Result<bool, StoreError> {
    let mut resealed = 0;
    for place in SEALED {
        resealed += reseal_column(app, place, head).await?;
    }
    let mut tx = app.db.read().await?;
    let waiting = count_waiting(&mut tx, &app.vault).await?;
    if resealed > 0 {
        tracing::info!(resealed, waiting, "secrets were sealed with the newest key");
    }
    Ok(waiting == 0)
}

async fn reseal_column(app: &App, place: Sealed, head: &[u8]) -> Result<u64, StoreError> {
    let (at, vault) = ((place.table, place.column), &app.vault);
    let (mut after, mut resealed) = (String::new(), 0);
    loop {
        let mut tx = app.db.write().await?;
        let rows = store::vault::others(&mut tx, at, head, &after, BATCH).await?;
        let Some((last, _)) = rows.last() else {
            return Ok(resealed);
        };
        after.clone_from(last);
        for (id, before) in &rows {
            match vault.open_sealed(place.purpose, id, before) {
                Ok(secret) => {
                    let sealed = vault.seal(place.purpose, id, &secret);
                    store::vault::reseal(&mut tx, at, id, before, &sealed).await?;
                    resealed += 1;
                }
                Err(error) => tracing::error!(
                    table = place.table,
                    row = id,
                    error = &error as &dyn std::error::Error,
                    "a secret does not open: its key is kept"
                ),
            }
        }
        tx.commit().await?;
    }
}

/// Forgets a retired key, unless something was sealed with it meanwhile.
pub(super) async fn forget(app: &App, id: &str) -> Result<(), StoreError> {
    let mut tx = app.db.write().await?;
    let head = ring::head(id).unwrap_or_default();
    for place in SEALED {
        if store::vault::has_value(&mut tx, place.table, place.column, &head).await? {
            store::vault::unretire_key(&mut tx, id).await?;
            return tx.commit().await;
        }
    }
    store::vault::delete_key(&mut tx, id).await?;
    tx.commit().await?;
    tracing::info!(vault.key = id, "an old data key of the vault is gone");
    Ok(())
}
