//! Who is connected to the engine's servers, and closing them.

use std::collections::BTreeSet;
use std::fmt;

use async_nats::Client;
use bytes::Bytes;
use serde::Deserialize;

use super::Handle;
use super::link::Link;
use super::wire::{self, Answer, WireError};

/// Connections that a server is asked for at a time.
const PAGE: i64 = 1024;
/// The most connections that are looked at one by one.
const ALL_MAX: i64 = 50 * PAGE;

/// Open or closed connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Open,
    Closed,
    All,
}

/// Which connections of an account are meant.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    /// A user's key.
    pub(crate) user: Option<String>,
    pub(crate) state: State,
    /// Connections of each server to leave out, and to show.
    pub(crate) offset: i64,
    pub(crate) limit: i64,
}

/// The connections of one account on one server.
#[derive(Debug, Deserialize)]
struct Page {
    #[serde(default)]
    total: i64,
    #[serde(default)]
    connections: Vec<Connection>,
}

/// A connection as a server shows it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Connection {
    /// The engine and the server that have it; filled in here.
    #[serde(skip)]
    pub(crate) engine: String,
    #[serde(skip)]
    pub(crate) server: String,
    /// Whether the server is one of a cluster, and no broker of ours; filled in here.
    #[serde(skip)]
    pub(crate) is_of_cluster: bool,
    pub(crate) cid: u64,
    #[serde(rename = "type")]
    pub(crate) client_type: String,
    pub(crate) ip: String,
    pub(crate) port: u16,
    pub(crate) start: String,
    pub(crate) last_activity: String,
    pub(crate) stop: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) rtt: Option<String>,
    pub(crate) pending_bytes: i64,
    pub(crate) in_msgs: i64,
    pub(crate) out_msgs: i64,
    pub(crate) in_bytes: i64,
    pub(crate) out_bytes: i64,
    pub(crate) subscriptions: u32,
    pub(crate) name: Option<String>,
    pub(crate) lang: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) tls_version: Option<String>,
    pub(crate) tls_cipher_suite: Option<String>,
    pub(crate) authorized_user: String,
    pub(crate) account: String,
    pub(crate) tags: Vec<String>,
    pub(crate) issuer_key: String,
    pub(crate) jwt: ShownToken,
    pub(crate) tls_peer_certs: Vec<PeerCertificate>,
}

/// A certificate that a client has shown.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PeerCertificate {
    /// Of its public key, in hex.
    pub(crate) spki_sha256: String,
}

/// The token that a client came with, where servers show it. One of a bearer is a secret.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct ShownToken(pub(crate) String);

impl fmt::Debug for ShownToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// What servers answered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    pub(crate) connections: Vec<Connection>,
    /// All that a server without a filter of its own counts, shown or not.
    total: u64,
    /// Whether a server has more than it showed.
    pub(crate) has_more: bool,
    /// Names of engines that did not answer.
    pub(crate) unanswered: BTreeSet<String>,
}

impl Found {
    /// The connections, if they are all that there are.
    pub(crate) fn complete(self) -> Option<Vec<Connection>> {
        let is_complete = self.unanswered.is_empty() && !self.has_more;
        is_complete.then_some(self.connections)
    }

    /// With what was found elsewhere.
    pub(crate) fn extend(&mut self, more: Self) {
        self.connections.extend(more.connections);
        self.total += more.total;
        self.has_more |= more.has_more;
        self.unanswered.extend(more.unanswered);
    }
}

async fn find(
    client: &Client,
    account_key: &str,
    filter: &Filter,
    servers: usize,
) -> Result<Found, WireError> {
    let subject = format!("$SYS.REQ.ACCOUNT.{account_key}.CONNZ");
    let state = match filter.state {
        State::Open => 0,
        State::Closed => 1,
        State::All => 2,
    };
    let mut options = serde_json::json!({
        "auth": true, "acc": account_key, "state": state,
        "offset": filter.offset, "limit": filter.limit,
    });
    if let Some(user) = &filter.user {
        options["user"] = user.as_str().into();
    }
    let mut found = Found::default();
    let payload = Bytes::from(options.to_string());
    for answer in wire::ask_all(client, &subject, payload, servers).await? {
        let answer: Answer<Page> = wire::read(&subject, &answer)?;
        let server = answer.server.id.clone();
        let Some(page) = answer.into_data()? else {
            continue;
        };
        let shown = i64::try_from(page.connections.len()).unwrap_or_default();
        found.has_more |= match filter.user {
            None => page.total > filter.offset + shown,
            // The total is that of the account.
            Some(_) => shown >= filter.limit,
        };
        found.total += u64::try_from(page.total).unwrap_or_default();
        let ours = page.connections.into_iter().filter(|connection| {
            // A server that does not know a filter answers with everybody: trust the field.
            let is_user = |user: &String| connection.authorized_user == *user;
            connection.account == account_key && filter.user.as_ref().is_none_or(is_user)
        });
        found.connections.extend(ours.map(|connection| Connection {
            server: server.clone(),
            ..connection
        }));
    }
    Ok(found)
}

impl Link {
    async fn connections(&self, account_key: &str, filter: &Filter) -> Option<Found> {
        let client = self.client()?;
        let asked = find(&client, account_key, filter, self.servers.count());
        match asked.await {
            Ok(mut found) => {
                for one in &mut found.connections {
                    one.engine.clone_from(&self.engine.id);
                    one.is_of_cluster = self.engine.is_cluster();
                }
                Some(found)
            }
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    account.key = account_key,
                    engine.name = self.engine.name,
                    "an engine did not say who is connected"
                );
                None
            }
        }
    }
}

impl Handle {
    /// An account's connections, or `None` when no engine answered.
    pub(crate) async fn connections(&self, account_key: &str, filter: &Filter) -> Option<Found> {
        let links = self.reached();
        let mut all = Found::default();
        for link in &links {
            match link.connections(account_key, filter).await {
                Some(found) => all.extend(found),
                None => _ = all.unanswered.insert(link.engine.name.clone()),
            }
        }
        (all.unanswered.len() < links.len()).then_some(all)
    }

    /// How many connections an account has open at each engine, or `None` when one did not answer.
    pub(crate) async fn counts(&self, account_key: &str) -> Option<Vec<u64>> {
        let filter = Filter {
            user: None,
            state: State::Open,
            offset: 0,
            limit: 1,
        };
        if !self.elsewhere().is_empty() {
            return None;
        }
        let mut counts = Vec::new();
        for link in self.reached() {
            counts.push(link.connections(account_key, &filter).await?.total);
        }
        Some(counts)
    }

    /// One open connection of an account, if it has it.
    pub(crate) async fn connection(
        &self,
        account_key: &str,
        server: &str,
        cid: u64,
    ) -> Option<Option<Connection>> {
        let mut filter = Filter {
            user: None,
            state: State::Open,
            offset: 0,
            limit: PAGE,
        };
        loop {
            let found = self.connections(account_key, &filter).await?;
            let mut connections = found.connections.into_iter();
            let one = connections.find(|one| one.server == server && one.cid == cid);
            if one.is_some() || !found.has_more {
                return Some(one);
            }
            filter.offset += PAGE;
        }
    }

    /// All open connections of an account, or of one of its user keys. `has_more` says that there
    /// are too many to be looked at. Engines inside other processes have not answered.
    pub(crate) async fn all(&self, account_key: &str, user_key: Option<&str>) -> Option<Found> {
        let mut filter = Filter {
            user: user_key.map(str::to_owned),
            state: State::Open,
            offset: 0,
            limit: PAGE,
        };
        let mut all = Found::default();
        all.unanswered.extend(self.elsewhere());
        loop {
            let found = self.connections(account_key, &filter).await?;
            let has_more = found.has_more;
            all.extend(found);
            filter.offset += PAGE;
            if !has_more || filter.offset >= ALL_MAX {
                all.has_more = has_more;
                return Some(all);
            }
        }
    }

    /// The open connections of any of these user keys.
    pub(crate) async fn connections_of(
        &self,
        account_key: &str,
        user_keys: &[String],
    ) -> Option<Found> {
        let mut open = Found::default();
        for user in user_keys {
            open.extend(self.all(account_key, Some(user)).await?);
        }
        Some(open)
    }

    /// Closes connections; one that is gone already is no failure.
    pub(crate) async fn close(&self, connections: &[Connection]) {
        for link in self.reached() {
            let Some(client) = link.client() else {
                continue;
            };
            for connection in connections
                .iter()
                .filter(|one| one.engine == link.engine.id)
            {
                let closed = wire::close(&client, &connection.server, connection.cid);
                if let Err(error) = closed.await {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        connection.cid,
                        "could not close a connection"
                    );
                }
            }
        }
    }

    /// Closes a user's connections.
    pub(crate) async fn kick(&self, account_key: &str, user_key: &str) {
        let keys = [user_key.to_owned()];
        if let Some(open) = self.connections_of(account_key, &keys).await {
            self.close(&open.connections).await;
        }
    }

    /// Closes all connections of an account on clusters but those of these users. Our own broker
    /// looks at all of them by itself when the account's claims change.
    pub(crate) async fn kick_others(&self, account_key: &str, kept: &[String]) {
        let links = self.reached();
        for link in links.iter().filter(|link| link.engine.is_cluster()) {
            let mut filter = Filter {
                user: None,
                state: State::Open,
                offset: 0,
                limit: PAGE,
            };
            let mut others = Vec::new();
            while let Some(found) = link.connections(account_key, &filter).await {
                let is_other = |one: &Connection| !kept.contains(&one.authorized_user);
                others.extend(found.connections.into_iter().filter(is_other));
                if !found.has_more {
                    break;
                }
                filter.offset += PAGE;
            }
            self.close(&others).await;
        }
    }
}
