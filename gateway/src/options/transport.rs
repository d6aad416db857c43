//! Directives about how clients and browsers reach the server: TLS and HTTPS.

use super::{Endpoint, Options, fields, tls};
use crate::config::{Map, Node, Problem};

/// Takes a directive that belongs here. `false` when it is none of these.
pub(super) fn directive(options: &mut Options, name: &str, node: &Node) -> Result<bool, Problem> {
    match name {
        "tls" => options.tls = Some(tls::read(node)?),
        "allow_non_tls" => options.allow_non_tls = fields::flag(node)?,
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
