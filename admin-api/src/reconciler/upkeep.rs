//! What comes due by itself: blocks and overlaps that end, plans to follow, accounts to purge.
//! The process that holds the engine's lease does it.

use std::convert::Infallible;
use std::time::Duration;

use async_nats::Client;

use super::link::Link;
use super::wire::{self, WireError};
use super::{Handle, trusts, usage};
use crate::app::App;
use crate::claims::republish;
use crate::clock;
use crate::installation::Installation;
use crate::mint::{self, MintError};
use crate::plans;
use crate::store;

/// How often it is looked at without being asked to.
const EVERY: Duration = Duration::from_secs(1);
/// Accounts that are looked after at a time; the rest wait for the next round.
const ROUND_MAX: i64 = 200;

/// Looks after everything that is due, and reads usage, for as long as this process leads.
pub(super) async fn keep(link: &Link, app: &App, client: &Client) -> Infallible {
    loop {
        if link.leads() {
            if let Err(error) = run(link, app).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "what is due was not done"
                );
            }
            if let Err(error) = trusts::look(link, app, client).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    engine.name = link.engine.name,
                    "it is not known which keys the servers trust"
                );
            }
            if let Err(error) = usage::sample(link, app, client).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    engine.name = link.engine.name,
                    "usage was not read"
                );
            }
        }
        tokio::select! {
            () = link.upkeep.notified() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Does what is due. Nothing is lost when it fails: the next round finds it again.
async fn run(link: &Link, app: &App) -> Result<(), MintError> {
    let Ok(installation) = &app.installation() else {
        return Ok(());
    };
    let now = clock::now();
    let mut tx = app.db.read().await?;
    let ended = store::issuances::accounts_with_ended(&mut tx, now, ROUND_MAX).await?;
    let to_purge = store::lifecycle::due_for_purge(&mut tx, now, ROUND_MAX).await?;
    drop(tx);
    let is_quiet = ended.is_empty() && to_purge.is_empty();
    for account_id in ended {
        mint_anew(app, installation, &account_id).await?;
    }
    for account_id in to_purge {
        purge(app, installation, &account_id).await?;
    }
    let followed = plans::follow(app, || false).await?;
    if !is_quiet || followed.moved > 0 {
        link.nudge.notify_one();
    }
    Ok(())
}

/// Mints an account's claims as they are to be now.
async fn mint_anew(
    app: &App,
    installation: &Installation,
    account_id: &str,
) -> Result<(), MintError> {
    let mut tx = app.db.write().await?;
    let Some(mut account) = store::accounts::lock(&mut tx, account_id).await? else {
        return Ok(());
    };
    republish(
        &mut tx,
        &app.vault,
        installation,
        &mut account,
        clock::now(),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Takes an account from the engine, and then everything that is known of it.
async fn purge(app: &App, installation: &Installation, account_id: &str) -> Result<(), MintError> {
    let mut tx = app.db.read().await?;
    let Some(account) = store::accounts::by_id(&mut tx, account_id).await? else {
        return Ok(());
    };
    let operator = store::foundation::the_operator(&mut tx).await?;
    drop(tx);
    let now = clock::now();
    let request = mint::deletion(&app.vault, &operator, &account.public_key, now)?;
    if !app
        .reconciler
        .delete_claims(&account.public_key, &request)
        .await
    {
        return Ok(());
    }
    let mut tx = app.db.write().await?;
    // Restored meanwhile?
    let due = store::lifecycle::due_for_purge(&mut tx, now, ROUND_MAX).await?;
    if !due.iter().any(|id| id == account_id) {
        return Ok(());
    }
    let importers = store::lifecycle::purge(&mut tx, account_id).await?;
    tx.commit().await?;
    tracing::info!(account.id = account_id, "an account was purged");
    for importer in importers {
        mint_anew(app, installation, &importer).await?;
    }
    Ok(())
}

impl Handle {
    /// Takes an account from every engine that this process reaches. `false` when one did not
    /// answer: to be tried again.
    async fn delete_claims(&self, account_key: &str, request: &str) -> bool {
        for link in self.reached() {
            let Some(client) = link.client() else {
                return false;
            };
            match wire::delete_claims(&client, link.servers.count(), request).await {
                Ok(()) => {}
                // What it keeps lets nobody in. An engine that allows no deletion never will.
                Err(error @ WireError::Refused { .. }) => tracing::warn!(
                    account.key = account_key,
                    error = &error as &dyn std::error::Error,
                    "an engine keeps the claims of an account that is purged"
                ),
                Err(error) => {
                    tracing::warn!(
                        account.key = account_key,
                        error = &error as &dyn std::error::Error,
                        "an account that is to be purged waits for an engine"
                    );
                    return false;
                }
            }
        }
        true
    }
}
