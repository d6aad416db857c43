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
pub(super) fn check_together(
    options: &Options,
    tree: &Map,
    has_operators: bool,
    problems: &mut Vec<Problem>,
) {
    check_door(options, tree, has_operators, problems);
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

/// Who may come by WebSocket, beside who may come anyway.
fn check_door(options: &Options, tree: &Map, has_operators: bool, problems: &mut Vec<Problem>) {
    let websocket = |name: &str| matches!(name, "websocket" | "ws");
    let block = options.websocket.as_ref();
    let (Some(block), Some(entry)) = (
        block.filter(|block| block.port.is_some()),
        tree.entries().find(|entry| websocket(&entry.name())),
    ) else {
        return;
    };
    // What is said of users counts only once all of them could be read.
    if !problems.is_empty() {
        return;
    }
    let has_users = !options.setup.users.is_empty();
    let door = &block.door;
    let mut complain = |message: String| {
        problems.push(Problem::new(entry.key_at.clone(), message));
    };
    if let Some(guest) = &door.no_auth_user {
        let mut users = options.setup.users.iter();
        if has_operators {
            complain("no_auth_user not compatible with Trusted Operator; remove it".to_owned());
        } else if !has_users {
            complain(format!(
                "no_auth_user: {guest:?} present, but users/nkeys are not defined"
            ));
        } else if !users.any(|user| user.login.shown() == *guest) {
            complain(format!(
                "no_auth_user: {guest:?} not present as user or nkey in authorization block or \
                 account configuration"
            ));
        }
    }
    let named = [
        ("username", door.single.is_some()),
        ("token", door.token.is_some()),
    ];
    // An operator that no file names is that of `tidegate serve`.
    let is_serve = has_operators && options.trust.is_none();
    for (what, _) in named.into_iter().filter(|(_, is)| *is) {
        if is_serve {
            complain(format!(
                "websocket authentication {what} is not for `tidegate serve`, where users have \
                 credentials of their account; remove it"
            ));
        } else if has_users {
            complain(format!(
                "websocket authentication {what} not compatible with presence of users/nkeys; \
                 remove one of them"
            ));
        }
    }
    if let (Some(cookie), false) = (&block.cookies.jwt, has_operators) {
        complain(format!(
            "trusted operators or trusted keys configuration is required for JWT authentication \
             via cookie {cookie:?}"
        ));
    }
}
