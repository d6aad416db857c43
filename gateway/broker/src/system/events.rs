//! News for the system account: who connected, who left and why, who was turned away, and how many
//! connections each account has.
//!
//! Connections leave a note in a bounded queue; one task turns notes into events. With nobody
//! listening, a note costs a look at the table. A full queue loses news, never time.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use accounts::{configured::GLOBAL, nkeys::PublicKey};
use protocol::ClosedReason;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::reply;
use crate::{
    account::Account,
    clock,
    connection::client::{Client, Details},
    monitoring,
    routing::{
        deliver::{Courier, Message, Origin},
        sublist::Matched,
    },
    server::Server,
    token,
};

/// Notes that may wait.
const QUEUE_MAX: usize = 8192;
/// Tells an account, in its own subjects, of a user of its own that was not let in.
const AUTH_ERR: &str = "$SYS.ACCOUNT.CLIENT.AUTH.ERR";
/// The server's figures are told this often, when somebody listens, and more often at first;
/// nats-server's rhythm.
const FIGURES_EVERY: Duration = Duration::from_secs(10);
const FIGURES_FIRST: Duration = Duration::from_millis(250);
/// The counts of accounts in use are repeated this often; nats-server's rhythm.
const COUNTS_EVERY: Duration = Duration::from_secs(30);

/// Something that happened to a connection.
#[derive(Debug)]
pub(crate) enum Note {
    Joined {
        client: Arc<Client>,
        account: Arc<Account>,
    },
    /// The connection had joined an account.
    Left {
        client: Arc<Client>,
        /// Who left: the connection may be somebody else's by the time that it is told.
        details: Box<Details>,
        account: Arc<Account>,
        reason: ClosedReason,
    },
    /// The connection never joined an account.
    TurnedAway {
        client: Arc<Client>,
        who: Option<TurnedAway>,
        reason: ClosedReason,
    },
    /// The server takes nobody any more and will go.
    LameDuck,
}

/// A user of an account, beyond doubt, that was not let in.
#[derive(Debug)]
pub(crate) struct TurnedAway {
    pub(crate) account: Arc<Account>,
    pub(crate) user: PublicKey,
}

/// Where connections leave their notes.
#[derive(Debug, Clone)]
pub(crate) struct Notes(mpsc::Sender<Note>);

impl Notes {
    pub(crate) fn leave(&self, note: Note) {
        // News may be lost when more happens than can be told; nothing else is.
        let _ = self.0.try_send(note);
    }
}

/// Starts the task that tells the news.
pub(super) fn start(server: &Arc<Server>, system: Arc<Account>) {
    let (sender, notes) = mpsc::channel(QUEUE_MAX);
    if server.notes.set(Notes(sender)).is_err() {
        return;
    }
    let task = Telling {
        server: Arc::clone(server),
        system,
        courier: Courier::default(),
        counts: HashMap::new(),
    };
    server.tasks.spawn(task.run(notes));
}

/// The task that tells the news.
#[derive(Debug)]
struct Telling {
    server: Arc<Server>,
    system: Arc<Account>,
    courier: Courier,
    /// Connections of each account when they were last told.
    counts: HashMap<Box<str>, usize>,
}

impl Telling {
    async fn run(mut self, mut notes: mpsc::Receiver<Note>) {
        let stopped = self.server.stopped.clone();
        let mut tick = tokio::time::interval(COUNTS_EVERY);
        let mut pause = FIGURES_FIRST;
        let figures = tokio::time::sleep(pause);
        tokio::pin!(figures);
        loop {
            tokio::select! {
                () = stopped.cancelled() => break,
                note = notes.recv() => match note {
                    Some(note) => self.tell(&note),
                    None => break,
                },
                _ = tick.tick() => self.repeat_counts(),
                () = &mut figures => {
                    self.tell_figures();
                    pause = (pause * 2).min(FIGURES_EVERY);
                    figures.as_mut().reset(tokio::time::Instant::now() + pause);
                }
            }
        }
        self.tell_of_itself("SHUTDOWN");
    }

    fn tell_of_itself(&mut self, what: &str) {
        let subject = format!("$SYS.SERVER.{}.{what}", self.server.id);
        self.publish(&subject, |telling| reply::server(&telling.server));
    }

    fn tell(&mut self, note: &Note) {
        match note {
            Note::Joined { client, account } => {
                self.publish(
                    &format!("$SYS.ACCOUNT.{}.CONNECT", account.name),
                    |telling| {
                        let mut event = telling.event("client_connect");
                        let details = client.details.lock().clone();
                        event["client"] = describe(&telling.server, client, &details, None);
                        event
                    },
                );
                self.tell_count(account);
            }
            Note::Left {
                client,
                details,
                account,
                reason,
            } => {
                self.publish(
                    &format!("$SYS.ACCOUNT.{}.DISCONNECT", account.name),
                    |telling| telling.disconnect(client, details, *reason),
                );
                self.tell_count(account);
            }
            Note::LameDuck => self.tell_of_itself("LAMEDUCK"),
            Note::TurnedAway {
                client,
                who,
                reason,
            } => {
                let subject = format!("$SYS.SERVER.{}.CLIENT.AUTH.ERR", self.server.id);
                self.publish(&subject, |telling| {
                    telling.turned_away(client, who, *reason)
                });
                if let Some(TurnedAway { account, .. }) = who {
                    // Who was turned away is no business of those who import everything.
                    let matched = account.matches_at_home(AUTH_ERR.as_bytes(), |_| true);
                    self.send(&matched, AUTH_ERR, |telling| {
                        telling.turned_away(client, who, *reason)
                    });
                }
            }
        }
    }

    fn disconnect(&self, client: &Client, details: &Details, reason: ClosedReason) -> Value {
        let (in_msgs, in_bytes) = client.received.get();
        let (out_msgs, out_bytes) = client.sent();
        let mut event = self.event("client_disconnect");
        event["client"] = describe(&self.server, client, details, Some(clock::wall()));
        // Named from the client's side: what it sent, what it received.
        event["sent"] = json!({ "msgs": in_msgs, "bytes": in_bytes });
        event["received"] = json!({ "msgs": out_msgs, "bytes": out_bytes });
        event["reason"] = json!(reason.as_str());
        event
    }

    fn turned_away(
        &self,
        client: &Client,
        who: &Option<TurnedAway>,
        reason: ClosedReason,
    ) -> Value {
        let details = client.details.lock().clone();
        let mut event = self.disconnect(client, &details, reason);
        if let Some(TurnedAway { account, user }) = who {
            let policy = account.policy();
            event["client"]["acc"] = json!(account.name);
            event["client"]["user"] = json!(user.to_string());
            event["client"]["name_tag"] = json!(policy.map(|policy| policy.name.clone()));
        } else if self.server.configured().is_some() {
            // As in nats-server: where the configuration names the users, a stranger is in the
            // global account until it is known.
            event["client"]["acc"] = json!(GLOBAL);
            event["client"]["name_tag"] = json!(GLOBAL);
            if !details.claimed.is_empty() {
                event["client"]["user"] = json!(details.claimed);
            }
        }
        event
    }

    /// Tells an account's connections if they are not as many as last time.
    fn tell_count(&mut self, account: &Account) {
        if self.counts.get(&account.name) != Some(&account.connections()) {
            self.publish_count(account);
        }
    }

    fn repeat_counts(&mut self) {
        for account in self.server.accounts() {
            if account.connections() > 0 {
                self.publish_count(&account);
            }
        }
    }

    fn tell_figures(&mut self) {
        let subject = format!("$SYS.SERVER.{}.STATSZ", self.server.id);
        self.publish(&subject, |telling| {
            let statsz = monitoring::statsz(&telling.server);
            json!({ "server": reply::server(&telling.server), "statsz": statsz })
        });
    }

    fn publish_count(&mut self, account: &Account) {
        let connections = account.connections();
        if connections == 0 {
            self.counts.remove(&account.name);
        } else {
            self.counts.insert(account.name.clone(), connections);
        }
        for subject in [
            format!("$SYS.ACCOUNT.{}.SERVER.CONNS", account.name),
            format!("$SYS.SERVER.ACCOUNT.{}.CONNS", account.name),
        ] {
            self.publish(&subject, |telling| {
                self::connections(&telling.server, account)
            });
        }
    }

    fn event(&self, kind: &str) -> Value {
        event(&self.server, kind)
    }

    /// Publishes in the system account, making the text only when somebody listens.
    fn publish(&mut self, subject: &str, event: impl FnOnce(&Self) -> Value) {
        let matched = self.system.matches(subject.as_bytes());
        self.send(&matched, subject, event);
    }

    fn send(&mut self, matched: &Matched, subject: &str, event: impl FnOnce(&Self) -> Value) {
        if matched.is_empty() {
            return;
        }
        let text = event(self).to_string();
        let message = Message::new(subject.as_bytes(), None, 0, text.as_bytes());
        self.courier.deliver(matched, &message, Origin::BROKER);
        self.courier.end_turn(0);
    }
}

/// What every event starts with.
fn event(server: &Server, kind: &str) -> Value {
    let mut id = Vec::new();
    token::append(&mut id);
    json!({
        "type": format!("io.nats.server.advisory.v1.{kind}"),
        "id": String::from_utf8_lossy(&id),
        "timestamp": clock::rfc3339(clock::wall()),
        "server": reply::server(server),
    })
}

/// The event that tells how many connections an account has.
pub(super) fn connections(server: &Server, account: &Account) -> Value {
    let mut event = event(server, "account_connections");
    let counted = monitoring::account_stat(account);
    if let (Some(event), Value::Object(counted)) = (event.as_object_mut(), counted) {
        event.extend(counted);
    }
    event
}

/// A connection as events show it. No credential is among it: unlike nats-server's, ours do not
/// repeat the user's token.
fn describe(
    server: &Server,
    client: &Client,
    details: &Details,
    stopped: Option<SystemTime>,
) -> Value {
    let mut shown = json!({
        "start": clock::rfc3339(client.started),
        "host": client.ip.to_string(),
        "id": client.cid,
        "kind": "Client",
        "client_type": client.listener.protocol(),
    });
    let texts = [
        ("acc", &details.account),
        ("name", &details.name),
        ("lang", &details.lang),
        ("ver", &details.version),
    ];
    for (field, text) in texts {
        if !text.is_empty() {
            shown[field] = json!(text);
        }
    }
    if let Some(identity) = &details.identity {
        for (field, text) in [
            ("user", identity.shown_user()),
            ("issuer_key", identity.shown_issuer()),
            ("name_tag", Some(monitoring::account_name(server, identity))),
        ] {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                shown[field] = json!(text);
            }
        }
        if !identity.tags.is_empty() {
            shown["tags"] = json!(identity.tags);
        }
    }
    if let Some(stopped) = stopped {
        shown["stop"] = json!(clock::rfc3339(stopped));
        if let Some(rtt) = details.rtt {
            shown["rtt"] = json!(u64::try_from(rtt.as_nanos()).unwrap_or(u64::MAX));
        }
    }
    shown
}
