//! Directives about how clients reach the server: TLS, HTTPS, WebSocket, load balancers.

use super::{Endpoint, Options, fields, tls, websocket};
use crate::config::{Map, Node, Problem};

/// Takes a directive that belongs here. `false` when it is none of these.
pub(super) fn directive(options: &mut Options, name: &str, node: &Node) -> Result<bool, Problem> {
    match name {
        "tls" => options.tls = Some(tls::read(node)?),
        "allow_non_tls" => options.allow_non_tls = fields::flag(node)?,
        "websocket" | "ws" => options.websocket = Some(websocket::read(node)?),
        "proxy_protocol" => options.proxy_protocol = fields::flag(node)?,
        "https" => options.https = Some(fields::endpoint(node)?),
        "https_port" => {
            options.https = fields::port(node)?.map(|port| Endpoint { host: None, port });
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// What only shows when everything is known.
pub(super) fn check_together(options: &Options, tree: &Map, problems: &mut Vec<Problem>) {
    check_guest(options, tree, problems);
    let https = |name: &str| matches!(name, "https" | "https_port");
    let Some(entry) = tree.entries().find(|entry| https(&entry.name())) else {
        return;
    };
    if options.https.is_some() && options.http.is_some() {
        let message = "monitoring is served with or without TLS: remove either http or https";
        problems.push(Problem::new(entry.key_at.clone(), message));
    }
    // A block that is there but wrong has its own complaint.
    let names_tls = tree.entries().any(|entry| entry.name() == "tls");
    if options.https.is_some() && options.tls.is_none() && !names_tls {
        let message = "TLS cert and key required for HTTPS; add a tls block";
        problems.push(Problem::new(entry.key_at.clone(), message));
    }
}

/// Who comes by WebSocket without credentials must be somebody.
fn check_guest(options: &Options, tree: &Map, problems: &mut Vec<Problem>) {
    let websocket = |name: &str| matches!(name, "websocket" | "ws");
    let block = options.websocket.as_ref();
    let (Some(guest), Some(entry)) = (
        block.and_then(|block| block.no_auth_user.as_ref()),
        tree.entries().find(|entry| websocket(&entry.name())),
    ) else {
        return;
    };
    let mut users = options.setup.users.iter();
    if problems.is_empty() && !users.any(|user| user.login.shown() == *guest) {
        let message = format!(
            "no_auth_user: {guest:?} not present as user or nkey in authorization block or account \
             configuration"
        );
        problems.push(Problem::new(entry.key_at.clone(), message));
    }
}
