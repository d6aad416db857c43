//! One connection to an engine, from login to loss.

use std::sync::Arc;
use std::time::Duration;

use accounts::{
    KeyKind, KeyPair, PermissionSet, PublicKey, Quotas, SubjectRules, UserPermissionLimits,
};
use async_nats::{Client, ConnectOptions, Event};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::link::{Link, Reach};
use super::{compare, push, upkeep, watch};
use crate::app::App;
use crate::clock;
use crate::mint::{self, UserFacts};
use crate::store::accounts::AccountRow;
use crate::store::{self, StoreError};
use crate::vault::Purpose;

/// How long the system user's token holds. It is renewed by a new session at two thirds of it.
const TOKEN_SECONDS: i64 = 900;
pub(super) const SESSION_MAX: Duration = Duration::from_secs(600);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
pub(super) const EVENTS_MAX: usize = 16;
pub(super) const LOST: &str = "the connection to the engine was lost";
/// How often the lease is renewed, the servers are counted, and postponed pushes looked for.
const TICK: Duration = Duration::from_secs(5);

/// Everything that the system user may publish to.
const MAY_PUBLISH: [&str; 13] = [
    "$SYS.REQ.ACCOUNT.PING.STATZ",
    "$SYS.REQ.SERVER.PING.CONNZ",
    "$SYS.REQ.SERVER.PING.JSZ",
    "$SYS.REQ.SERVER.PING.STATSZ",
    "$SYS.REQ.SERVER.PING.VARZ",
    "$SYS.REQ.CLAIMS.DELETE",
    "$SYS.REQ.CLAIMS.LIST",
    "$SYS.REQ.CLAIMS.UPDATE",
    "$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP",
    "$SYS.REQ.ACCOUNT.*.CONNZ",
    "$SYS.REQ.ACCOUNT.*.DENIALS",
    "$SYS.REQ.SERVER.*.KICK",
    "$SYS.REQ.SERVER.PING",
];
const INBOX: &str = "_INBOX.>";

/// How a session ends without trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The system user's token is due for renewal.
    Renew,
}

/// Connects, and, with the lease, compares and pushes until the connection or its token ends.
/// `Err` says why in words for the status page.
pub(super) async fn run(link: &Link, app: &App) -> Result<End, String> {
    let (events_in, mut events) = mpsc::channel(EVENTS_MAX);
    let client = connect(link, app, events_in).await?;
    link.servers.forget();
    // Side by side: a server that does not answer must not keep a change from the others.
    tokio::select! {
        ended = drive(link, app, &client, &mut events) => ended,
        never = upkeep::keep(link, app, &client) => match never {},
        never = watch::keep(link, app, &client) => match never {},
    }
}

async fn drive(
    link: &Link,
    app: &App,
    client: &Client,
    events: &mut mpsc::Receiver<Event>,
) -> Result<End, String> {
    let mut compared = false;
    let renewal = Instant::now() + SESSION_MAX;
    let mut tick_due = Instant::now();
    loop {
        // Here and not in the select: a steady stream of changes must not starve the lease.
        if Instant::now() >= tick_due {
            if link.engine.is_cluster() && look_round(link, client).await? {
                compared = false;
            }
            // The database may come back while the connection lives: stay.
            compared &= matches!(link.lead(app).await, Ok(true));
            tick_due = Instant::now() + TICK;
        }
        if link.leads() && work(link, app, client, &mut compared).await? {
            tick_due = Instant::now();
        }
        link.connected(client);
        let next = next_look(app, link).await.min(tick_due);
        tokio::select! {
            () = link.nudge.notified() => {}
            () = tokio::time::sleep_until(next) => {}
            () = tokio::time::sleep_until(renewal) => return Ok(End::Renew),
            () = lost(events) => return Err(LOST.to_owned()),
        }
        if Instant::now() >= renewal {
            return Ok(End::Renew);
        }
    }
}

/// Whether a server has come.
async fn look_round(link: &Link, client: &Client) -> Result<bool, String> {
    link.servers.look(client).await.map_err(|error| {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            engine.name = link.engine.name,
            "the servers of an engine did not answer"
        );
        "the servers of the engine do not answer".to_owned()
    })
}

/// What the one who leads does. Whether a server did not answer: it may have gone.
async fn work(
    link: &Link,
    app: &App,
    client: &Client,
    compared: &mut bool,
) -> Result<bool, String> {
    if !*compared {
        compare::everything(link, app, client)
            .await
            .map_err(|error| {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    engine.name = link.engine.name,
                    "comparing accounts failed"
                );
                "comparing accounts with the engine failed".to_owned()
            })?;
        *compared = true;
    }
    let pushed = push::all_due(link, app, client).await;
    Ok(pushed.unwrap_or_else(|error| {
        // The database may come back while the connection lives: stay.
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "pushing claims paused"
        );
        false
    }))
}

/// When to look again without being asked: at the next postponed push, or at the next tick.
async fn next_look(app: &App, link: &Link) -> Instant {
    let next = async {
        let mut tx = app.db.read().await?;
        store::engines::next_retry(&mut tx, &link.engine.id).await
    };
    let pause = match next.await {
        Ok(Some(at)) => {
            let seconds = u64::try_from(at - clock::now()).unwrap_or(0).max(1);
            Duration::from_secs(seconds).min(TICK)
        }
        _ => TICK,
    };
    Instant::now() + pause
}

/// Returns when the connection is gone. It is not resumed: a new session has a new token and
/// compares everything.
pub(super) async fn lost(events: &mut mpsc::Receiver<Event>) {
    while let Some(event) = events.recv().await {
        match event {
            Event::Disconnected | Event::Closed | Event::ClientError(_) => return,
            Event::ServerError(error) => {
                tracing::warn!(error = %error, "the engine reported an error");
            }
            _ => {}
        }
    }
}

async fn connect(link: &Link, app: &App, events: mpsc::Sender<Event>) -> Result<Client, String> {
    let options = credentials(link, app).await?;
    enter(link, options.name("tidegate admin-api"), events).await
}

/// Connects to an engine with these credentials.
pub(super) async fn enter(
    link: &Link,
    options: ConnectOptions,
    events: mpsc::Sender<Event>,
) -> Result<Client, String> {
    let Reach::Here(urls) = &link.reach else {
        return Err("this engine is reached from its own process only".to_owned());
    };
    let options = match &link.engine.ca {
        Some(pem) => options.tls_client_config(super::tls::trusting(pem)?),
        None => options,
    };
    options
        .connection_timeout(CONNECT_TIMEOUT)
        // Each address once: the first connection counts them, too.
        .max_reconnects(urls.len())
        .event_callback(move |event| {
            let events = events.clone();
            async move {
                // A full channel means that the loss is known already.
                let _ = events.try_send(event);
            }
        })
        .connect(urls.as_slice())
        .await
        .map_err(|error| format!("the engine does not let us in: {error}"))
}

/// The creds file that was given for the engine, or a short-lived user of our system account.
async fn credentials(link: &Link, app: &App) -> Result<ConnectOptions, String> {
    if let Some(sealed) = &link.engine.creds {
        let opened = app
            .vault
            .open_sealed(Purpose::EngineCreds, &link.engine.id, sealed);
        let text = opened.map_err(|error| error.to_string())?;
        let text = std::str::from_utf8(&text).unwrap_or_default();
        return ConnectOptions::with_credentials(text)
            .map_err(|_| "the creds file of the engine cannot be read".to_owned());
    }
    let system = system_account(app)
        .await
        .map_err(|_| "the database is not reachable".to_owned())?
        .ok_or_else(|| "the system account is missing in the database".to_owned())?;
    let key = mint::new_key(KeyKind::User);
    let facts = own_user(key.public(), clock::now());
    let jwt = mint::user(&app.vault, &system, None, facts).map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "minting a system user failed"
        );
        "a system user could not be made".to_owned()
    })?;
    Ok(signing(jwt, key))
}

/// Logs in as the user of a token, whose key is ours.
pub(super) fn signing(jwt: String, key: KeyPair) -> ConnectOptions {
    let key = Arc::new(key);
    ConnectOptions::with_jwt(jwt, move |nonce: Vec<u8>| {
        let key = Arc::clone(&key);
        async move { Ok(key.sign(&nonce).to_vec()) }
    })
}

async fn system_account(app: &App) -> Result<Option<AccountRow>, StoreError> {
    let mut tx = app.db.read().await?;
    store::accounts::system(&mut tx).await
}

/// The user of the system account that we are for a while.
fn own_user(public_key: PublicKey, now: i64) -> UserFacts<'static> {
    UserFacts {
        public_key,
        name: "tidegate-reconciler",
        rights: UserPermissionLimits::unlimited().with_permissions(permissions()),
        quotas: Quotas::default(),
        require_certificate: false,
        tags: Vec::new(),
        issued_at: now,
        expires_at: now + TOKEN_SECONDS,
    }
}

fn permissions() -> PermissionSet {
    let allow = |subjects: &[&str]| SubjectRules {
        allow: Some(subjects.iter().map(|&subject| subject.to_owned()).collect()),
        deny: None,
    };
    PermissionSet {
        publish: allow(&MAY_PUBLISH),
        subscribe: allow(&[&[INBOX], &watch::SUBJECTS[..]].concat()),
        responses: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_user_is_short_lived_and_narrow() {
        let user = own_user(mint::new_key(KeyKind::User).public(), 1000);
        assert!(user.expires_at - user.issued_at <= 900);
        let publish = user.rights.publish.allow.unwrap();
        assert!(publish.iter().all(|it| it.starts_with("$SYS.REQ.")));
        assert!(!publish.iter().any(|it| it.contains('>')), "{publish:?}");
        let subscribe = user.rights.subscribe.allow.unwrap();
        let is_narrow = |it: &String| it == INBOX || watch::SUBJECTS.contains(&it.as_str());
        assert!(subscribe.iter().all(is_narrow), "{subscribe:?}");
    }
}
