//! Answers the auth callout of a cluster's nodes for devices. Every process that reaches the
//! cluster does; servers ask one of them.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use async_nats::{Client, Message};
use futures_util::StreamExt as _;
use tokio::sync::{Semaphore, mpsc};

use super::link::Link;
use super::session::{self, EVENTS_MAX, LOST, SESSION_MAX, lost};
use crate::app::App;
use crate::clock;
use crate::gate;
use crate::store::accounts::AccountRow;

/// Our processes share the questions.
const QUEUE: &str = "tidegate";
/// How often it is looked whether devices are to be let in.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Questions in work at a time; more wait in the connection.
const QUESTIONS_MAX: usize = 64;

/// Answers for as long as the link lives, where there is something to answer.
pub(super) async fn keep(link: &Link, app: &Arc<App>) -> Infallible {
    let mut trouble: Option<String> = None;
    loop {
        let ended = match link.engine.is_cluster() {
            true => run(link, app).await,
            false => Ok(()),
        };
        let said = ended.err();
        if said.is_some() && said != trouble {
            tracing::warn!(
                engine.name = link.engine.name,
                reason = said,
                "devices cannot come in at a cluster; trying again"
            );
        }
        trouble = said;
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn run(link: &Link, app: &Arc<App>) -> Result<(), String> {
    let away = |_| "the database is not reachable".to_owned();
    let Some(account) = gate::account(app).await.map_err(away)? else {
        return Ok(());
    };
    let (events_in, mut events) = mpsc::channel(EVENTS_MAX);
    let responder = gate::responder(&app.vault, &account, clock::now());
    let (key, jwt) = responder.map_err(|error| format!("no token could be made: {error}"))?;
    let options = session::signing(jwt, key).name("tidegate device gate");
    let client = session::enter(link, options, events_in).await?;
    let questions = client.queue_subscribe(gate::SUBJECT, QUEUE.to_owned());
    let mut questions = questions
        .await
        .map_err(|error| format!("cannot subscribe: {error}"))?;
    let account = Arc::new(account);
    let places = Arc::new(Semaphore::new(QUESTIONS_MAX));
    let end = tokio::time::sleep(SESSION_MAX);
    tokio::pin!(end);
    loop {
        tokio::select! {
            message = questions.next() => {
                let Some(message) = message else {
                    return Err(LOST.to_owned());
                };
                let place = Arc::clone(&places).acquire_owned().await;
                let work = answer(Arc::clone(app), Arc::clone(&account), client.clone(), message);
                tokio::spawn(async move {
                    work.await;
                    drop(place);
                });
            }
            () = lost(&mut events) => {
                return Err(LOST.to_owned());
            }
            () = &mut end => {
                // Those in work are answered; others ask the next connection.
                let _ = client.drain().await;
                return Ok(());
            }
        }
    }
}

async fn answer(app: Arc<App>, account: Arc<AccountRow>, client: Client, message: Message) {
    let Some(reply) = message.reply else {
        return;
    };
    if let Some(answer) = gate::answer(&app, &account, &message.payload).await {
        // A server that does not hear it asks again with the next connection.
        let _ = client.publish(reply, answer.into()).await;
    }
}
