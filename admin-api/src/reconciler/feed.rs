//! Tells an engine what happens: publishes the feed ([`crate::feed`]) as a user of its account.
//!
//! One process does, the one that holds the engine's lease. How far it has come stands in the
//! database and moves when a server has what was sent; so nothing is left out while an engine is
//! away, and what is sent again after a crash has the same `Nats-Msg-Id`.

use std::time::Duration;

use async_nats::{Client, HeaderMap, Subscriber, header};
use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::link::Link;
use super::session::{self, EVENTS_MAX, LOST, SESSION_MAX, lost};
use crate::app::App;
use crate::clock;
use crate::feed;
use crate::store::accounts::AccountRow;
use crate::store::{self, StoreError};

/// How often it is looked whether there is something to tell: other processes may have put it in.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Whoever listens comes back, too, after an engine was away: so long they have.
const SETTLE: Duration = Duration::from_secs(5);
/// Entries that are sent before the server is asked whether it has them.
const BATCH: i64 = 100;
/// How long the server may take to say so.
const RECEIPT_WAIT: Duration = Duration::from_secs(5);

/// Publishes until the link is stopped, where this process leads. What it has begun to send it ends
/// first, so that the next one does not send it again.
pub(super) async fn keep(link: &Link, app: &App) {
    let mut back: Option<Instant> = None;
    let mut trouble: Option<String> = None;
    while !link.stop.is_cancelled() {
        back = link
            .status()
            .ok()
            .map(|()| back.unwrap_or_else(Instant::now));
        let ended = match back {
            Some(since) if since.elapsed() >= SETTLE && link.leads() => {
                Box::pin(run(link, app)).await
            }
            _ => Ok(()),
        };
        let said = ended.err();
        if said.is_some() {
            back = None;
        }
        if said.is_some() && said != trouble {
            tracing::warn!(
                engine.name = link.engine.name,
                reason = said,
                "an engine is not told what happens; trying again"
            );
        }
        trouble = said;
        let pause = tokio::time::sleep(LOOK_EVERY);
        link.stop.run_until_cancelled(pause).await;
    }
}

/// One connection, from login to loss, or until there is nothing to do here any more.
async fn run(link: &Link, app: &App) -> Result<(), String> {
    let Some(account) = feed::account(app).await.map_err(away)? else {
        return Ok(());
    };
    let Some(mut seq) = begin(link, app, &account).await.map_err(away)? else {
        return Ok(());
    };
    let (events_in, mut events) = mpsc::channel(EVENTS_MAX);
    let publisher = feed::publisher(&app.vault, &account, clock::now());
    let (key, jwt, receipts) =
        publisher.map_err(|error| format!("no token could be made: {error}"))?;
    let options = session::signing(jwt, key).name("tidegate event feed");
    let entering = session::enter(link, options, events_in);
    let Some(client) = link.stop.run_until_cancelled(entering).await else {
        return Ok(());
    };
    let client = client?;
    let heard = client.subscribe(receipts.clone()).await;
    let mut voice = Voice {
        client,
        heard: heard.map_err(|error| format!("cannot subscribe: {error}"))?,
        receipts,
    };
    let mut published = app.bell.listen();
    let end = Instant::now() + SESSION_MAX;
    while is_ours(link) && Instant::now() < end {
        // A loss is no reason to stop in the middle: the next connection begins where this one was.
        while tell(link, app, &mut voice, &mut seq).await? {}
        tokio::select! {
            // Whether somebody published or it is just time to look again is the same.
            _ = tokio::time::timeout(LOOK_EVERY, published.changed()) => {}
            () = lost(&mut events) => return Err(LOST.to_owned()),
            () = link.stop.cancelled() => {}
        }
    }
    Ok(())
}

fn is_ours(link: &Link) -> bool {
    link.leads() && !link.stop.is_cancelled()
}

fn away(_: StoreError) -> String {
    "the database is not reachable".to_owned()
}

/// Where to go on. `None` as long as the engine does not know the account.
async fn begin(link: &Link, app: &App, account: &AccountRow) -> Result<Option<String>, StoreError> {
    let mut tx = app.db.read().await?;
    let (engine, account) = (&link.engine.id, &account.id);
    let place = store::feed::position(&mut tx, engine, account).await?;
    drop(tx);
    if place.is_some() {
        return Ok(place);
    }
    // An engine that has come since.
    let mut tx = app.db.write().await?;
    store::feed::begin(&mut tx).await?;
    tx.commit().await?;
    Ok(None)
}

/// A connection, and the way to hear that what was sent over it has arrived.
struct Voice {
    client: Client,
    heard: Subscriber,
    receipts: String,
}

impl Voice {
    async fn say(&self, message: feed::Message) -> Result<(), String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::NATS_MESSAGE_ID, message.id.as_str());
        let payload = message.payload.into();
        let sent = self
            .client
            .publish_with_headers(message.subject, headers, payload);
        sent.await
            .map_err(|error| format!("cannot publish: {error}"))
    }

    /// Returns once the server has everything: it answers in the order in which it is told.
    async fn arrived(&mut self) -> Result<(), String> {
        let asked = self.client.publish(self.receipts.clone(), "".into());
        asked
            .await
            .map_err(|error| format!("cannot publish: {error}"))?;
        match tokio::time::timeout(RECEIPT_WAIT, self.heard.next()).await {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(LOST.to_owned()),
            Err(_) => Err("the engine does not say that it has what it was told".to_owned()),
        }
    }
}

/// Tells what comes next. Whether there may be more.
async fn tell(link: &Link, app: &App, voice: &mut Voice, seq: &mut String) -> Result<bool, String> {
    let mut tx = app.db.read().await.map_err(away)?;
    let rows = store::feed::after(&mut tx, seq, BATCH)
        .await
        .map_err(away)?;
    drop(tx);
    let Some(last) = rows.last().map(|row| row.seq.clone()) else {
        return Ok(false);
    };
    let is_full = rows.len() >= usize::try_from(BATCH).unwrap_or(usize::MAX);
    let payload_max = voice.client.server_info().max_payload;
    for row in rows {
        for message in feed::messages(row, payload_max) {
            voice.say(message).await?;
        }
    }
    voice.arrived().await?;
    remember(link, app, &last).await.map_err(away)?;
    *seq = last;
    Ok(is_full && is_ours(link))
}

async fn remember(link: &Link, app: &App, seq: &str) -> Result<(), StoreError> {
    let mut tx = app.db.write().await?;
    store::feed::told(&mut tx, &link.engine.id, seq, clock::now()).await?;
    tx.commit().await
}
