//! The server as a whole.

use std::sync::{Arc, atomic::Ordering};

use accounts::nkeys::PublicKey;
use serde_json::{Value, json};

use super::{
    accounts::decoded,
    nanos, some_count, some_text, uptime,
    usage::{cores, resident_bytes},
    without_nulls,
};
use crate::{
    clock,
    config::{ServerLimits, WriteTimeout},
    server::Server,
};

/// Everything about the server.
pub(crate) fn varz(server: &Server) -> Value {
    let mut shown = configured(server);
    let changing = changing(server);
    if let (Some(shown), Value::Object(changing)) = (shown.as_object_mut(), changing) {
        shown.extend(changing);
    }
    for (name, value) in &server.watch.about.read().varz {
        shown[name] = value.clone();
    }
    without_nulls(shown)
}

/// What the configuration says.
fn configured(server: &Server) -> Value {
    let (live, info) = (server.live(), server.info());
    let limits = &live.limits;
    json!({
        "server_id": info.server_id,
        "server_name": info.server_name,
        "version": info.version,
        "proto": info.proto,
        "git_commit": some_text(&info.git_commit),
        "go": info.go,
        "host": info.host,
        "port": info.port,
        "auth_required": info.auth_required.then_some(true),
        "tls_required": info.tls_required.then_some(true),
        "tls_verify": info.tls_verify.then_some(true),
        "ip": null,
        "connect_urls": null,
        "ws_connect_urls": null,
        "max_connections": limits.max_connections,
        "max_subscriptions": some_count(limits.max_subscriptions as u64),
        "ping_interval": nanos(limits.ping_interval),
        "ping_max": limits.ping_max,
        "http_host": "",
        "http_port": 0,
        "http_base_path": "",
        "https_port": 0,
        "auth_timeout": seconds(limits.auth_timeout),
        "max_control_line": limits.max_control_line,
        "max_payload": limits.max_payload,
        "max_pending": limits.max_pending,
        "cluster": {}, "gateway": {}, "leaf": {}, "mqtt": {}, "websocket": {}, "jetstream": {},
        "tls_timeout": 2,
        "write_deadline": nanos(limits.write_deadline),
        "write_timeout": write_timeout(limits),
    })
}

/// The proxies whose word is taken, where there are some.
fn proxies(trusted: &[PublicKey]) -> Option<Value> {
    let keys = trusted.iter().map(|key| json!({ "key": key.to_string() }));
    let keys: Vec<_> = keys.collect();
    (!keys.is_empty()).then(|| json!({ "trusted": keys }))
}

/// What happens after the write deadline, where that is not the usual.
fn write_timeout(limits: &ServerLimits) -> Option<&'static str> {
    match limits.write_timeout {
        WriteTimeout::Close => None,
        WriteTimeout::Retry => Some("retry"),
    }
}

/// Seconds as Go writes them: whole ones without a point.
fn seconds(time: std::time::Duration) -> Value {
    match time.subsec_nanos() {
        0 => json!(time.as_secs()),
        _ => json!(time.as_secs_f64()),
    }
}

/// What changes while it runs.
fn changing(server: &Server) -> Value {
    let order = Ordering::Relaxed;
    let (in_msgs, in_bytes) = server.received.get();
    let (out_msgs, out_bytes) = server.sent();
    let (about, live) = (server.watch.about.read(), server.live());
    json!({
        "start": clock::rfc3339(server.started),
        "now": clock::rfc3339(clock::wall()),
        "uptime": uptime(server.started_at.elapsed()),
        "mem": resident_bytes(),
        "cores": cores(),
        "gomaxprocs": cores(),
        "cpu": server.watch.usage.percent(),
        "connections": server.connections(),
        "total_connections": server.total_connections.load(order),
        "routes": 0, "remotes": 0, "leafnodes": 0,
        "in_msgs": in_msgs, "in_bytes": in_bytes,
        "in_client_msgs": in_msgs, "in_client_bytes": in_bytes,
        "out_msgs": out_msgs, "out_bytes": out_bytes,
        "out_client_msgs": out_msgs, "out_client_bytes": out_bytes,
        "slow_consumers": server.slow_consumers.load(order),
        "stale_connections": server.stale_connections.load(order),
        "stalled_clients": server.watch.stalls.load(order),
        "subscriptions": subscriptions(server),
        "http_req_stats": *server.watch.requests.lock(),
        "config_load_time": clock::rfc3339(about.config_loaded.unwrap_or(server.started)),
        "config_digest": about.config_digest,
        "tags": Some(&live.tags).filter(|tags| !tags.is_empty()),
        "metadata": Some(&live.metadata).filter(|metadata| !metadata.is_empty()),
        "trusted_operators_jwt": operators(server),
        "trusted_operators_claim": operators(server)
            .map(|tokens| tokens.iter().map(|token| decoded(token)).collect::<Vec<_>>()),
        "system_account": server.system_account_shown(),
        "pinned_account_fails": some_count(server.pinned_account_fails.load(order)),
        "slow_consumer_stats": of_clients(server.slow_consumers.load(order)),
        "stale_connection_stats": of_clients(server.stale_connections.load(order)),
        "disk_io_wait_stats": { "waiters": 0, "waits": 0, "wait_time": 0, "max_wait_time": 0 },
        "proxies": proxies(&live.trusted_proxies),
    })
}

fn operators(server: &Server) -> Option<Vec<String>> {
    Some(server.operators.read().clone()).filter(|operators| !operators.is_empty())
}

fn of_clients(clients: u64) -> Value {
    json!({ "clients": clients, "routes": 0, "gateways": 0, "leafs": 0 })
}

fn subscriptions(server: &Server) -> usize {
    let accounts = server.accounts();
    accounts.iter().map(|account| account.subscriptions()).sum()
}

/// The figures that change, as events tell them.
pub(crate) fn statsz(server: &Server) -> Value {
    let order = Ordering::Relaxed;
    let traffic = |(messages, bytes): (u64, u64)| json!({ "msgs": messages, "bytes": bytes });
    let (received, sent) = (server.received.get(), server.sent());
    let slow = server.slow_consumers.load(order);
    let stale = server.stale_connections.load(order);
    let accounts = server.accounts();
    let is_active = |account: &&Arc<crate::account::Account>| account.connections() > 0;
    without_nulls(json!({
        "start": clock::rfc3339(server.started),
        "mem": resident_bytes(),
        "cores": cores(),
        "cpu": server.watch.usage.percent(),
        "connections": server.connections(),
        "total_connections": server.total_connections.load(order),
        "active_accounts": accounts.iter().filter(is_active).count(),
        "subscriptions": subscriptions(server),
        "sent": traffic(sent),
        "sent_to_clients": traffic(sent),
        "received": traffic(received),
        "received_from_clients": traffic(received),
        "slow_consumers": slow,
        "slow_consumer_stats": (slow > 0).then(|| of_clients(slow)),
        "stale_connections": some_count(stale),
        "stale_connection_stats": (stale > 0).then(|| of_clients(stale)),
        "stalled_clients": some_count(server.watch.stalls.load(order)),
        "active_servers": 1,
        "gomaxprocs": cores(),
    }))
}

/// What Go programs show of themselves, as far as it makes sense here. The arguments stay unsaid.
pub(crate) fn expvarz(server: &Server) -> Value {
    let bytes = resident_bytes();
    json!({
        "cmdline": [server.watch.about.read().program],
        "memstats": { "Alloc": bytes, "Sys": bytes, "HeapAlloc": bytes, "HeapSys": bytes },
    })
}
