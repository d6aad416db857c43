//! Reads what accounts and users have used from an engine's servers. The process that leads does.
//!
//! Accounts are counted by servers, for as long as a server runs: what comes on top of the last
//! reading is usage. Users are counted by their connections, which this process has to have seen:
//! what a connection did before the process began to look belongs to nobody.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use async_nats::Client;
use bytes::Bytes;
use serde::Deserialize;
use tokio::time::Instant;

use super::link::Link;
use super::statz::{self, AccountStat};
use super::storage;
use super::wire::{self, Answer, WireError};
use crate::app::App;
use crate::clock;
use crate::store::usage::{Amounts, CursorRow, Use};
use crate::store::{self, StoreError, Tx};

/// How often servers are asked.
const SAMPLE_EVERY: Duration = Duration::from_secs(10);
/// Longer without a sample is a gap.
const GAP_SECONDS: i64 = 60;
/// Accounts that one question names.
const NAMED_MAX: usize = 500;
/// Connections that one question gives, and that are followed of one engine.
const PAGE: usize = 1024;
const FOLLOWED_MAX: usize = 16_384;
/// How often it is noted that a device is still connected.
const SEEN_EVERY_SECONDS: i64 = 60;

/// Why a sample was not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum UsageError {
    #[error(transparent)]
    Wire(#[from] WireError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A user of an account, by their keys.
type Who = (String, String);

/// When a user was last connected, and from where.
#[derive(Debug)]
struct Seen {
    at: i64,
    from: String,
}

/// What is known of connections from the last sample.
#[derive(Debug, Default)]
pub(super) struct Followed {
    due: Option<Instant>,
    sampled_at: i64,
    open: HashMap<(String, u64), Amounts>,
    /// Closed ones that were counted to their end.
    done: HashSet<(String, u64)>,
    /// Who came or was there since it was last noted.
    seen: HashMap<Who, Seen>,
    /// When all that are connected were noted.
    seen_at: i64,
    storage: storage::Noted,
}

#[derive(Debug, Deserialize)]
struct Started {
    server: wire::Server,
    statsz: Statsz,
}

#[derive(Debug, Deserialize)]
struct Statsz {
    start: String,
}

#[derive(Debug, Deserialize)]
struct Page {
    #[serde(default)]
    connections: Vec<OneConnection>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OneConnection {
    cid: u64,
    start: String,
    stop: Option<String>,
    in_msgs: i64,
    in_bytes: i64,
    out_msgs: i64,
    out_bytes: i64,
    authorized_user: String,
    account: String,
    ip: String,
}

/// Asks every server when it is time, and adds what came on top of the last time.
pub(super) async fn sample(link: &Link, app: &App, client: &Client) -> Result<(), UsageError> {
    let servers = link.servers.count();
    let now = clock::now();
    let mut followed = link.followed.lock().await;
    if followed.due.is_some_and(|due| Instant::now() < due) {
        return Ok(());
    }
    followed.due = Some(Instant::now() + SAMPLE_EVERY);
    let used = users(&mut followed, client, servers, now).await?;
    let stats = accounts(app, client, servers, &used).await?;
    let stored = followed
        .storage
        .news(storage::of_accounts(client, servers).await?, now);

    let mut tx = app.db.write().await?;
    let engine = &link.engine.id;
    let before = store::usage::sampled_at(&mut tx, engine).await?;
    let is_gap = before.is_some_and(|before| now - before > GAP_SECONDS);
    for (server, started_at, stat) in stats {
        add_account(&mut tx, &server, &started_at, &stat, is_gap, now).await?;
    }
    see_devices(&mut tx, &followed).await?;
    storage::add(&mut tx, &stored, now).await?;
    let used = used
        .into_iter()
        .filter(|(_, (amounts, _))| !amounts.is_nothing());
    for ((_, (account_key, user_key)), (amounts, connections)) in used {
        let Some(account_id) = store::usage::account_of(&mut tx, &account_key).await? else {
            continue;
        };
        let holder = store::issuances::holder(&mut tx, &account_id, &user_key).await?;
        if let Some((user_id, _)) = holder {
            let more = Use {
                account_id: &account_id,
                user_id: &user_id,
                amounts,
                connections,
                gap: is_gap,
                storage: None,
            };
            store::usage::add(&mut tx, &more, now).await?;
        }
    }
    store::usage::set_sampled_at(&mut tx, engine, now).await?;
    if before.is_none_or(|before| before / 3600 != now / 3600) {
        store::usage::prune(&mut tx, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Notes which devices are connected, and from where: those that came at once, the others once a
/// minute.
async fn see_devices(tx: &mut Tx, followed: &Followed) -> Result<(), StoreError> {
    let seen = followed.seen.iter();
    let seen = seen.map(|((account_key, user_key), seen)| store::devices::SeenKey {
        account_key,
        user_key,
        at: seen.at,
        from: &seen.from,
    });
    let seen: Vec<_> = seen.collect();
    store::devices::seen_by_key(tx, &seen).await
}

/// What servers have counted for accounts: server, when it started, and the figures.
async fn accounts(
    app: &App,
    client: &Client,
    servers: usize,
    used: &Used,
) -> Result<Vec<(String, String, AccountStat)>, UsageError> {
    const STATSZ: &str = "$SYS.REQ.SERVER.PING.STATSZ";
    let mut started = HashMap::new();
    for answer in wire::ask_all(client, STATSZ, Bytes::new(), servers).await? {
        let answer: Started = wire::read_bare(STATSZ, &answer)?;
        started.insert(answer.server.id, answer.statsz.start);
    }
    let mut stats = statz::of_connected(client, servers).await?;
    // Accounts whose last connection is gone have counted to the end nevertheless, also where it
    // came after the last sample.
    let mut gone = HashSet::new();
    let mut tx = app.db.read().await?;
    for server in started.keys() {
        let seen: HashSet<&str> = stats
            .iter()
            .filter(|(of, _)| of == server)
            .map(|(_, stat)| stat.acc.as_str())
            .collect();
        let connected = store::usage::connected(&mut tx, server).await?;
        let here = used.keys().filter(|(of, _)| of == server);
        let here = here.map(|(_, (account, _))| account.clone());
        gone.extend(
            connected
                .into_iter()
                .chain(here)
                .filter(|key| !seen.contains(key.as_str())),
        );
    }
    drop(tx);
    let gone: Vec<String> = gone.into_iter().collect();
    for named in gone.chunks(NAMED_MAX) {
        stats.extend(statz::of_named(client, servers, named).await?);
    }
    let with_start = stats.into_iter().filter_map(|(server, stat)| {
        let start = started.get(&server)?.clone();
        Some((server, start, stat))
    });
    Ok(with_start.collect())
}

/// Adds what an account used on one server since it was last asked.
async fn add_account(
    tx: &mut Tx,
    server: &str,
    started_at: &str,
    stat: &AccountStat,
    is_gap: bool,
    now: i64,
) -> Result<(), StoreError> {
    let Some(account_id) = store::usage::account_of(tx, &stat.acc).await? else {
        return Ok(());
    };
    let total = Amounts {
        messages_in: stat.received.msgs,
        bytes_in: stat.received.bytes,
        messages_out: stat.sent.msgs,
        bytes_out: stat.sent.bytes,
    };
    let before = store::usage::cursor(tx, &account_id, server).await?;
    let same_run = before
        .as_ref()
        .filter(|cursor| cursor.started_at == started_at);
    let more = same_run
        .and_then(|cursor| total.since(&cursor.amounts))
        .unwrap_or(total);
    let connections_before = before.as_ref().map_or(0, |cursor| cursor.connections);
    if more.is_nothing() && connections_before == stat.conns && same_run.is_some() {
        return Ok(());
    }
    let more = Use {
        account_id: &account_id,
        user_id: "",
        amounts: more,
        connections: stat.conns,
        gap: is_gap,
        storage: None,
    };
    store::usage::add(tx, &more, now).await?;
    let cursor = CursorRow {
        account_id: account_id.clone(),
        server_id: server.to_owned(),
        started_at: started_at.to_owned(),
        amounts: total,
        connections: stat.conns,
    };
    store::usage::set_cursor(tx, &cursor).await
}

/// What each user used on each server since the last sample, and how many connections it has there.
type Used = HashMap<(String, Who), (Amounts, i64)>;

async fn users(
    followed: &mut Followed,
    client: &Client,
    servers: usize,
    now: i64,
) -> Result<Used, UsageError> {
    let mut used = Used::new();
    let mut open = HashMap::new();
    let mut seen = HashMap::new();
    let see_all = now >= followed.seen_at + SEEN_EVERY_SECONDS;
    let mut offset = 0;
    while offset < FOLLOWED_MAX {
        let page = connections(client, servers, 0, offset).await?;
        let is_last = page.iter().all(|(_, page)| page.len() < PAGE);
        for (server, connection) in flat(page) {
            let (key, total) = ((server, connection.cid), connection.amounts());
            let more = followed.more(&key, &connection, &total);
            connection.count(&key.0, (more, 1), &mut used);
            if see_all || !followed.open.contains_key(&key) {
                connection.see(now, &mut seen);
            }
            open.insert(key, total);
        }
        offset += PAGE;
        if is_last {
            break;
        }
    }
    let mut done = HashSet::new();
    for (server, connection) in flat(connections(client, servers, 1, 0).await?) {
        let stopped = connection.stop.as_deref().and_then(clock::parse_rfc3339);
        let Some(stopped) = stopped.filter(|at| *at >= followed.sampled_at) else {
            continue;
        };
        let (key, total) = ((server, connection.cid), connection.amounts());
        if !followed.done.contains(&key) {
            let more = followed.more(&key, &connection, &total);
            connection.count(&key.0, (more, 0), &mut used);
            connection.see(stopped, &mut seen);
        }
        done.insert(key);
    }
    *followed = Followed {
        due: followed.due,
        sampled_at: now,
        open,
        done,
        seen,
        seen_at: if see_all { now } else { followed.seen_at },
        storage: std::mem::take(&mut followed.storage),
    };
    Ok(used)
}

fn flat(pages: Vec<(String, Vec<OneConnection>)>) -> impl Iterator<Item = (String, OneConnection)> {
    pages
        .into_iter()
        .flat_map(|(server, page)| page.into_iter().map(move |one| (server.clone(), one)))
}

impl Followed {
    /// What a connection did since the last sample; nothing, when it is older than this process's
    /// first look at it.
    fn more(&self, key: &(String, u64), connection: &OneConnection, total: &Amounts) -> Amounts {
        match self.open.get(key) {
            Some(before) => total.since(before).unwrap_or_default(),
            None => {
                let started = clock::parse_rfc3339(&connection.start);
                let is_new = started.is_some_and(|at| at >= self.sampled_at);
                if is_new && self.sampled_at != 0 {
                    *total
                } else {
                    Amounts::default()
                }
            }
        }
    }
}

impl OneConnection {
    fn amounts(&self) -> Amounts {
        Amounts {
            messages_in: self.in_msgs,
            bytes_in: self.in_bytes,
            messages_out: self.out_msgs,
            bytes_out: self.out_bytes,
        }
    }

    fn count(&self, server: &str, (more, open): (Amounts, i64), used: &mut Used) {
        let who = (self.account.clone(), self.authorized_user.clone());
        let (amounts, connections) = used.entry((server.to_owned(), who)).or_default();
        amounts.add(&more);
        *connections += open;
    }

    fn see(&self, at: i64, seen: &mut HashMap<Who, Seen>) {
        let who = (self.account.clone(), self.authorized_user.clone());
        if seen.get(&who).is_none_or(|before| before.at <= at) {
            let from = self.ip.clone();
            seen.insert(who, Seen { at, from });
        }
    }
}

/// One page of connections of each server: open ones, or those that closed last.
async fn connections(
    client: &Client,
    servers: usize,
    state: u8,
    offset: usize,
) -> Result<Vec<(String, Vec<OneConnection>)>, WireError> {
    const SUBJECT: &str = "$SYS.REQ.SERVER.PING.CONNZ";
    let mut asked = serde_json::json!({
        "auth": true, "state": state, "offset": offset, "limit": PAGE,
    });
    if state == 1 {
        asked["sort"] = "stop".into();
    }
    let payload = Bytes::from(asked.to_string());
    let mut pages = Vec::new();
    for answer in wire::ask_all(client, SUBJECT, payload, servers).await? {
        let answer: Answer<Page> = wire::read(SUBJECT, &answer)?;
        let server = answer.server.id.clone();
        if let Some(page) = answer.into_data()? {
            pages.push((server, page.connections));
        }
    }
    Ok(pages)
}
