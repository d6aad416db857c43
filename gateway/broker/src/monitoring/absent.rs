//! What one node without JetStream has none of: routes, gateways, leaf nodes, streams. The pages
//! are there and say so.

use serde_json::{Value, json};

use crate::{clock, server::Server};

pub(crate) fn routez(server: &Server) -> Value {
    json!({
        "server_id": server.id.to_string(),
        "server_name": server.config.server_name,
        "now": clock::rfc3339(clock::wall()),
        "num_routes": 0,
        "routes": [],
    })
}

pub(crate) fn gatewayz(server: &Server) -> Value {
    json!({
        "server_id": server.id.to_string(),
        "now": clock::rfc3339(clock::wall()),
        "outbound_gateways": {},
        "inbound_gateways": {},
    })
}

pub(crate) fn leafz(server: &Server) -> Value {
    json!({
        "server_id": server.id.to_string(),
        "now": clock::rfc3339(clock::wall()),
        "leafnodes": 0,
        "leafs": [],
    })
}

pub(crate) fn jsz(server: &Server) -> Value {
    json!({
        "memory": 0,
        "storage": 0,
        "reserved_memory": 0,
        "reserved_storage": 0,
        "accounts": 0,
        "ha_assets": 0,
        "api": { "level": 0, "total": 0, "errors": 0 },
        "server_id": server.id.to_string(),
        "now": clock::rfc3339(clock::wall()),
        "disabled": true,
        "config": { "max_memory": 0, "max_storage": 0 },
        "streams": 0,
        "consumers": 0,
        "messages": 0,
        "bytes": 0,
        "total": 0,
    })
}

/// What is said of the streams of one account.
pub(crate) const NO_JETSTREAM: &str = "jetstream not enabled";

/// Queues between tasks; ours have an end each and are not shown.
pub(crate) fn ipqueuesz() -> Value {
    json!({})
}
