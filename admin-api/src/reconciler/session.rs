//! One connection to the engine, from login to loss.

use std::sync::Arc;
use std::time::Duration;

use accounts::{KeyKind, PermissionSet, Quotas, SubjectRules, UserPermissionLimits};
use async_nats::{Client, ConnectOptions, Event};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{Engine, TICK, compare, lease, push, upkeep};
use crate::app::App;
use crate::clock;
use crate::installation::Installation;
use crate::mint::{self, UserFacts};
use crate::store::accounts::AccountRow;
use crate::store::{self, StoreError};

/// How long the system user's token holds. It is renewed by a new session at two thirds of it.
const TOKEN_SECONDS: i64 = 900;
const SESSION_MAX: Duration = Duration::from_secs(600);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const EVENTS_MAX: usize = 16;
const LOST: &str = "the connection to the engine was lost";

/// Everything that the system user may publish to.
const MAY_PUBLISH: [&str; 6] = [
    "$SYS.REQ.CLAIMS.UPDATE",
    "$SYS.REQ.CLAIMS.DELETE",
    "$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP",
    "$SYS.REQ.ACCOUNT.*.CONNZ",
    "$SYS.REQ.ACCOUNT.*.DENIALS",
    "$SYS.REQ.SERVER.*.KICK",
];
const MAY_SUBSCRIBE: [&str; 1] = ["_INBOX.>"];

/// How a session ends without trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The system user's token is due for renewal.
    Renew,
}

/// Connects, compares everything, and pushes until the connection or its token ends. `Err` says
/// why in words for the status page.
pub(super) async fn run(
    engine: &Engine,
    app: &App,
    installation: &Installation,
    connected: impl FnOnce(),
) -> Result<End, String> {
    let (events_in, mut events) = mpsc::channel(EVENTS_MAX);
    let client = connect(engine, app, events_in).await?;
    compare::everything(engine, app, installation, &client)
        .await
        .map_err(|error| {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "comparing accounts failed"
            );
            "comparing accounts with the engine failed".to_owned()
        })?;
    engine.shared.client.send_replace(Some(client.clone()));
    connected();
    let renewal = Instant::now() + SESSION_MAX;
    let mut lease_due = Instant::now() + TICK;
    loop {
        if let Err(error) = upkeep::run(app, installation, &client).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "what is due was not done"
            );
        }
        if let Err(error) = push::all_due(engine, app, installation, &client).await {
            // The database may come back while the connection lives: stay.
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "pushing claims paused"
            );
        }
        // Here and not in the select: a steady stream of changes must not starve the lease.
        if Instant::now() >= lease_due {
            if matches!(lease(engine, app, installation).await, Ok(false)) {
                return Err("another process drives this engine".to_owned());
            }
            lease_due = Instant::now() + TICK;
        }
        let next = next_look(app, installation).await.min(lease_due);
        tokio::select! {
            () = engine.shared.nudge.notified() => {}
            () = tokio::time::sleep_until(next) => {}
            () = tokio::time::sleep_until(renewal) => return Ok(End::Renew),
            () = lost(&mut events) => return Err(LOST.to_owned()),
        }
        if Instant::now() >= renewal {
            return Ok(End::Renew);
        }
    }
}

/// When to look again without being asked: at the next postponed push, or at the next tick.
async fn next_look(app: &App, installation: &Installation) -> Instant {
    let next = async {
        let mut tx = app.db.read().await?;
        store::engines::next_retry(&mut tx, &installation.engine.id).await
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
async fn lost(events: &mut mpsc::Receiver<Event>) {
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

async fn connect(
    engine: &Engine,
    app: &App,
    events: mpsc::Sender<Event>,
) -> Result<Client, String> {
    let system = system_account(app)
        .await
        .map_err(|_| "the database is not reachable".to_owned())?
        .ok_or_else(|| "the system account is missing in the database".to_owned())?;
    let key = Arc::new(mint::new_key(KeyKind::User));
    let now = clock::now();
    let facts = UserFacts {
        public_key: key.public(),
        name: "tidegate-reconciler",
        rights: UserPermissionLimits::unlimited().with_permissions(permissions()),
        quotas: Quotas::default(),
        tags: Vec::new(),
        issued_at: now,
        expires_at: now + TOKEN_SECONDS,
    };
    let jwt = mint::user(&app.vault, &system, None, facts).map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "minting a system user failed"
        );
        "a system user could not be made".to_owned()
    })?;
    let sign = move |nonce: Vec<u8>| {
        let key = Arc::clone(&key);
        async move { Ok(key.sign(&nonce).to_vec()) }
    };
    ConnectOptions::with_jwt(jwt, sign)
        .name("tidegate admin-api")
        .connection_timeout(CONNECT_TIMEOUT)
        .max_reconnects(1)
        .event_callback(move |event| {
            let events = events.clone();
            async move {
                // A full channel means that the loss is known already.
                let _ = events.try_send(event);
            }
        })
        .connect(engine.url.as_str())
        .await
        .map_err(|error| format!("the engine does not let us in: {error}"))
}

async fn system_account(app: &App) -> Result<Option<AccountRow>, StoreError> {
    let mut tx = app.db.read().await?;
    store::accounts::system(&mut tx).await
}

fn permissions() -> PermissionSet {
    let allow = |subjects: &[&str]| SubjectRules {
        allow: Some(subjects.iter().map(|&subject| subject.to_owned()).collect()),
        deny: None,
    };
    PermissionSet {
        publish: allow(&MAY_PUBLISH),
        subscribe: allow(&MAY_SUBSCRIBE),
        responses: None,
    }
}
