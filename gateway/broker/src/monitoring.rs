//! What monitoring shows, as JSON with nats-server's field names.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use accounts::{identity::Identity, nkeys::PublicKey, quotas::Quotas};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    account::Account,
    clock,
    connection::client::{Client, UserName},
    routing::sub::Target,
    server::Server,
    tenants::Counters,
};

/// Subscriptions of one answer: nats-server's default, and our most.
const SUBSZ_LIMIT: usize = 1024;
/// Connections of one answer unless the request says otherwise; nats-server's default.
const CONNZ_LIMIT: usize = 1024;

/// Which connections to show.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ConnzOptions {
    /// Connections to leave out from the start.
    pub offset: usize,
    /// Connections to show; 0 means 1,024.
    pub limit: usize,
    /// Only this connection; 0 means all.
    pub cid: u64,
    /// Whether account and user are shown.
    pub auth: bool,
    /// Only connections of this user.
    pub user: Option<String>,
    /// Only connections of this account.
    #[serde(rename = "acc")]
    pub account: Option<String>,
}

/// Which subscriptions to show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SubszOptions {
    offset: usize,
    limit: usize,
}

/// The server as a whole.
pub(crate) fn varz(server: &Server) -> Value {
    let live = server.live();
    let limits = &live.limits;
    let stats = statsz(server);
    let (in_msgs, in_bytes) = server.received.get();
    let (out_msgs, out_bytes) = sent(server);
    let mut shown = json!({
        "server_id": server.id.to_string(),
        "server_name": server.config.server_name,
        "version": server.config.version,
        "proto": 1,
        "go": "",
        "host": live.advertise_host,
        "port": live.advertise_port,
        "auth_required": server.asks_for_credentials(),
        "max_connections": limits.max_connections,
        "max_subscriptions": limits.max_subscriptions,
        "ping_interval": nanos(limits.ping_interval),
        "ping_max": limits.ping_max,
        "max_control_line": limits.max_control_line,
        "max_payload": limits.max_payload,
        "max_pending": limits.max_pending,
        "auth_timeout": limits.auth_timeout.as_secs_f64(),
        "write_deadline": nanos(limits.write_deadline),
        "cluster": {}, "gateway": {}, "leaf": {}, "mqtt": {}, "websocket": {}, "jetstream": {},
        "start": clock::rfc3339(server.started),
        "now": clock::rfc3339(clock::wall()),
        "uptime": uptime(server.started_at.elapsed()),
        "mem": resident_bytes(),
        "cores": stats["cores"],
        "connections": stats["connections"],
        "total_connections": stats["total_connections"],
        "routes": 0, "remotes": 0, "leafnodes": 0,
        "in_msgs": in_msgs, "in_bytes": in_bytes,
        "out_msgs": out_msgs, "out_bytes": out_bytes,
        "slow_consumers": stats["slow_consumers"],
        "stale_connections": stats["stale_connections"],
        "subscriptions": stats["subscriptions"],
        "system_account": server.system_account_shown(),
    });
    if !live.tags.is_empty() {
        shown["tags"] = json!(live.tags);
    }
    if !live.metadata.is_empty() {
        shown["metadata"] = json!(live.metadata);
    }
    let fails = server.pinned_account_fails.load(Ordering::Relaxed);
    shown["pinned_account_fails"] = json!(fails);
    shown
}

/// The figures that change.
pub(crate) fn statsz(server: &Server) -> Value {
    let accounts = server.accounts();
    let (in_msgs, in_bytes) = server.received.get();
    let (out_msgs, out_bytes) = sent(server);
    let order = Ordering::Relaxed;
    json!({
        "start": clock::rfc3339(server.started),
        "mem": resident_bytes(),
        "cores": std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        "connections": server.connections(),
        "total_connections": server.total_connections.load(order),
        "active_accounts": accounts.len(),
        "subscriptions": accounts.iter().map(|account| account.subscriptions()).sum::<usize>(),
        "sent": { "msgs": out_msgs, "bytes": out_bytes },
        "received": { "msgs": in_msgs, "bytes": in_bytes },
        "slow_consumers": server.slow_consumers.load(order),
        "stale_connections": server.stale_connections.load(order),
    })
}

/// Connections.
pub(crate) fn connz(server: &Server, options: &ConnzOptions) -> Value {
    // Of one account only its own are looked at: tenants may ask for theirs.
    let account = options.account.as_deref().and_then(|name| {
        let tenants = server.tenants.as_ref()?;
        tenants.find_live(&tenants.key_of(name)?)
    });
    let user = options.user.as_deref().map(UserName::new);
    let wanted = |client: &Client| is_asked_for(client, options, user.as_ref());
    let mut shown = match &account {
        Some(account) if options.cid != 0 => account.client(options.cid).into_iter().collect(),
        Some(account) => account.clients_that(wanted),
        None => server.clients(),
    };
    shown.retain(|client| wanted(client));
    let total = shown.len();
    let limit = if options.limit == 0 {
        CONNZ_LIMIT
    } else {
        options.limit
    };
    shown.drain(..options.offset.min(total));
    shown.truncate(limit);
    let connections: Vec<_> = shown
        .iter()
        .map(|client| connection(server, client, options.auth))
        .collect();
    json!({
        "server_id": server.id.to_string(),
        "now": clock::rfc3339(clock::wall()),
        "num_connections": connections.len(),
        "total": total,
        "offset": options.offset,
        "limit": limit,
        "connections": connections,
    })
}

fn is_asked_for(client: &Client, options: &ConnzOptions, user: Option<&UserName<'_>>) -> bool {
    let details = client.details.lock();
    (options.cid == 0 || options.cid == client.cid)
        && options
            .account
            .as_ref()
            .is_none_or(|account| *account == details.account)
        && user.is_none_or(|user| details.is_user(user))
}

fn connection(server: &Server, client: &Client, auth: bool) -> Value {
    let details = client.details.lock().clone();
    let (in_msgs, in_bytes) = client.received.get();
    let (pending, out_msgs, out_bytes) = {
        let queue = client.outbound.lock();
        (queue.pending(), queue.messages, queue.bytes)
    };
    let mut shown = json!({
        "cid": client.cid,
        "kind": "Client",
        "type": "nats",
        "ip": client.ip.to_string(),
        "port": client.port,
        "start": clock::rfc3339(client.started),
        "last_activity": clock::rfc3339(client.last_activity()),
        "uptime": uptime(client.started_at.elapsed()),
        "pending_bytes": pending,
        "in_msgs": in_msgs, "in_bytes": in_bytes,
        "out_msgs": out_msgs, "out_bytes": out_bytes,
        "subscriptions": details.subscriptions,
        "name": details.name,
        "lang": details.lang,
        "version": details.version,
    });
    if let Some(rtt) = details.rtt {
        shown["rtt"] = json!(format!("{}µs", rtt.as_micros()));
    }
    if auth {
        shown["account"] = json!(details.account);
        if let Some(identity) = &details.identity {
            shown["authorized_user"] = json!(identity.shown_user());
            if let Some(issuer) = identity.shown_issuer() {
                shown["issuer_key"] = json!(issuer);
            }
            shown["name_tag"] = json!(account_name(server, identity));
            if !identity.tags.is_empty() {
                shown["tags"] = json!(identity.tags);
            }
        }
    }
    shown
}

/// The name of a user's account.
pub(crate) fn account_name(server: &Server, identity: &Identity) -> String {
    let tenants = server.tenants.as_ref();
    let account = tenants.and_then(|tenants| tenants.find_live(&identity.account));
    let policy = account.and_then(|account| account.policy());
    policy.map_or_else(String::new, |policy| policy.name.clone())
}

/// What is counted of an account.
pub(crate) fn account_stat(account: &Account) -> Value {
    let policy = account.policy();
    let name = policy.map_or_else(String::new, |policy| policy.name.clone());
    let now = (account.connections(), account.subscriptions());
    stat(&account.name, &name, now, &Counters::of(account))
}

/// The same of one that was in use since the start and is not now.
pub(crate) fn departed_stat(key: &PublicKey, counters: &Counters) -> Value {
    stat(&key.to_string(), "", (0, 0), counters)
}

fn stat(
    account: &str,
    name: &str,
    (connections, subscriptions): (usize, usize),
    counters: &Counters,
) -> Value {
    let none = json!({ "msgs": 0, "bytes": 0 });
    let traffic = |(messages, bytes): (u64, u64)| {
        json!({
            "msgs": messages, "bytes": bytes,
            "gateways": none, "routes": none, "leafs": none,
        })
    };
    json!({
        "acc": account,
        "name": name,
        "conns": connections,
        "leafnodes": 0,
        "total_conns": connections,
        "num_subscriptions": subscriptions,
        "sent": traffic(counters.sent),
        "received": traffic(counters.received),
        "slow_consumers": counters.slow_consumers,
    })
}

/// The subscriptions of an account.
pub(crate) fn account_subsz(server: &Server, account: &Account, options: &SubszOptions) -> Value {
    let all = account.all_subscriptions();
    let limit = match options.limit {
        0 => SUBSZ_LIMIT,
        limit => limit.min(SUBSZ_LIMIT),
    };
    let mut own: Vec<_> = all
        .iter()
        .filter_map(|sub| match &sub.target {
            Target::Client(target) if target.home == account.home() => Some((sub, target)),
            _ => None,
        })
        .collect();
    own.sort_by_key(|(sub, target)| (target.client.cid, &sub.subject, &target.shared.sid));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let shown: Vec<_> = own
        .iter()
        .skip(options.offset)
        .take(limit)
        .map(|(sub, target)| {
            let mut shown = json!({
                "account": account.name,
                "subject": text(&sub.subject),
                "sid": text(&target.shared.sid),
                "msgs": target.shared.delivered(),
                "cid": target.client.cid,
            });
            if let Some(queue) = &sub.queue {
                shown["qgroup"] = json!(text(queue));
            }
            shown
        })
        .collect();
    json!({
        "server_id": server.id.to_string(),
        "now": clock::rfc3339(clock::wall()),
        "num_subscriptions": all.len(),
        "total": own.len(),
        "offset": options.offset,
        "limit": limit,
        "subscriptions_list": shown,
    })
}

/// Subscriptions in total.
pub(crate) fn subsz(server: &Server) -> Value {
    let total: usize = server
        .accounts()
        .iter()
        .map(|account| account.subscriptions())
        .sum();
    json!({
        "server_id": server.id.to_string(),
        "now": clock::rfc3339(clock::wall()),
        "num_subscriptions": total,
        "total": total,
    })
}

/// The accounts in use.
pub(crate) fn accountz(server: &Server) -> Value {
    let names: Vec<_> = server
        .accounts()
        .iter()
        .map(|account| account.name.to_string())
        .collect();
    json!({
        "server_id": server.id.to_string(),
        "now": clock::rfc3339(clock::wall()),
        "system_account": server.system_account_shown(),
        "accounts": names,
    })
}

/// One account in use.
pub(crate) fn account(server: &Server, account: &Arc<Account>) -> Value {
    let (policy, links) = (account.policy(), account.links());
    let (in_msgs, in_bytes) = account.received.get();
    json!({
        "account_name": account.name.to_string(),
        "name_tag": policy.as_ref().map(|policy| policy.name.clone()),
        "is_system": server.is_system(account),
        "issued_at": policy.as_ref().map(|policy| policy.issued_at),
        "generation": policy.as_ref().and_then(|policy| policy.generation),
        "expired": policy.as_ref().is_none_or(|policy| policy.is_expired(clock::unix_seconds())),
        "client_connections": account.connections(),
        "leafnode_connections": 0,
        "subscriptions": account.subscriptions(),
        "client_subscriptions": account.held_subscriptions(),
        "held_back": account.held_back(),
        "limits": policy.as_ref().map(|policy| &policy.limits),
        "quotas": policy.as_ref().map(|policy| quotas(&policy.quotas)),
        "revocations": policy.as_ref().map(|policy| policy.revocations()),
        "stream_imports": links.stream_imports.len(),
        "service_imports": links.service_imports.len(),
        "open_requests": account.responses().len(),
        "connected_ever": account.total_connections.load(Ordering::Relaxed),
        "received": { "msgs": in_msgs, "bytes": in_bytes },
    })
}

/// An account that was in use since the start and is not now: its totals only.
pub(crate) fn departed(key: &PublicKey, counters: &Counters) -> Value {
    json!({
        "account_name": key.to_string(),
        "client_connections": 0,
        "leafnode_connections": 0,
        "subscriptions": 0,
        "connected_ever": counters.connections,
        "held_back": counters.held_back,
        "received": { "msgs": counters.received.0, "bytes": counters.received.1 },
    })
}

/// The quotas that there are.
fn quotas(quotas: &Quotas) -> Value {
    let fields = quotas.fields().into_iter();
    let set = fields.filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
    Value::Object(set.collect())
}

fn sent(server: &Server) -> (u64, u64) {
    let (mut messages, mut bytes) = server.sent_before.get();
    for client in server.clients() {
        let queue = client.outbound.lock();
        messages += queue.messages;
        bytes += queue.bytes;
    }
    (messages, bytes)
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// A duration as nats-server writes it: `1y2d3h4m5s`, from the first unit that is not 0.
fn uptime(time: Duration) -> String {
    let units = [
        ("y", 365 * 24 * 3600),
        ("d", 24 * 3600),
        ("h", 3600),
        ("m", 60),
        ("s", 1),
    ];
    let mut seconds = time.as_secs();
    let mut text = String::new();
    for (name, unit) in units {
        let count = seconds / unit;
        seconds %= unit;
        if count > 0 || !text.is_empty() || name == "s" {
            text.push_str(&format!("{count}{name}"));
        }
    }
    text
}

/// Resident memory of this process; 0 where the system does not say.
fn resident_bytes() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split_whitespace().nth(1)?.parse::<u64>().ok());
    pages.unwrap_or(0) * rustix::param::page_size() as u64
}
