//! The envelope of every `$SYS` answer: who answers, and data or an error.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::Encoding;
use crate::{clock, server::Server};

/// A message: the length of its headers, and headers and body.
pub(super) type Written = (usize, Vec<u8>);

/// Who answers.
pub(crate) fn server(server: &Server) -> Value {
    let live = server.live();
    let mut shown = json!({
        "name": server.config.server_name,
        "host": live.advertise_host,
        "id": server.id.to_string(),
        "ver": server.config.version,
    });
    if !live.tags.is_empty() {
        shown["tags"] = json!(live.tags);
    }
    if !live.metadata.is_empty() {
        shown["metadata"] = json!(live.metadata);
    }
    shown["jetstream"] = json!(false);
    shown["flags"] = json!(0);
    shown["seq"] = json!(server.said.fetch_add(1, Ordering::Relaxed) + 1);
    shown["time"] = json!(clock::rfc3339(clock::wall()));
    shown
}

/// An answer with data, if there are any.
pub(super) fn data(who: &Server, data: Value) -> Value {
    match data {
        Value::Null => json!({ "server": server(who) }),
        data => json!({ "server": server(who), "data": data }),
    }
}

/// The same as a message: the length of its headers, and headers and body.
pub(super) fn written(who: &Server, content: Value, encoding: Option<Encoding>) -> Written {
    let text = data(who, content).to_string();
    match encoding {
        Some(encoding) => encoding.encode(text.as_bytes()),
        None => (0, text.into_bytes()),
    }
}

/// An answer with an error.
pub(super) fn error(who: &Server, code: u16, description: &str) -> Value {
    json!({ "server": server(who), "error": { "code": code, "description": description } })
}

/// The answer to an account update that was taken.
pub(super) fn updated(who: &Server, account: &str, message: &str) -> Value {
    data(
        who,
        json!({ "account": account, "code": 200, "message": message }),
    )
}

/// The answer to an account update that was not taken.
pub(super) fn not_updated(who: &Server, account: &str, description: &str) -> Value {
    let error = json!({ "account": account, "code": 500, "description": description });
    json!({ "server": server(who), "error": error })
}
