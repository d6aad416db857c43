//! `Nats-Request-Info`: how a service learns who asks.
//!
//! Only the broker writes it. What a client sends under that name, in any spelling, is taken out at
//! the account's edge, and what the broker knows is put in: the account always, the user and the
//! connection only when the import says `share`.

use protocol::headers;
use serde_json::{Value, json};

use crate::{clock, connection::client::Client};

const NAME: &str = "Nats-Request-Info";

/// What a service may know about who asks.
pub(super) fn describe(client: &Client, share: bool) -> Value {
    let details = client.details.lock().clone();
    let mut info = json!({ "acc": details.account });
    if let Some(rtt) = details.rtt {
        info["rtt"] = json!(u64::try_from(rtt.as_nanos()).unwrap_or(u64::MAX));
    }
    if share {
        info["start"] = json!(clock::rfc3339(client.started));
        info["host"] = json!(client.ip.to_string());
        info["id"] = json!(client.cid);
        info["user"] = json!(details.user().map(|user| user.to_string()));
        info["name"] = json!(details.name);
        info["lang"] = json!(details.lang);
        info["ver"] = json!(details.version);
        info["name_tag"] = json!(details.user_name());
        info["kind"] = json!("Client");
        info["client_type"] = json!("nats");
    }
    info
}

/// The message with `info` as its only header of that name: new header length, headers and body.
pub(super) fn stamp(header_len: usize, payload: &[u8], info: &Value) -> (usize, Vec<u8>) {
    let (block, body) = payload.split_at(header_len);
    let cleaned = headers::without(block, body, NAME.as_bytes());
    let (block, body) = match &cleaned {
        Some((header_len, payload)) => payload.split_at(*header_len),
        None => (block, body),
    };
    // Without the blank line that ends it; an empty or broken block is begun anew.
    let begun = block
        .strip_suffix(b"\r\n")
        .filter(|begun| begun.ends_with(b"\r\n"));
    let line = format!("{NAME}: {info}\r\n\r\n");
    let mut stamped = Vec::with_capacity(payload.len() + line.len() + 16);
    stamped.extend_from_slice(begun.unwrap_or(b"NATS/1.0\r\n"));
    stamped.extend_from_slice(line.as_bytes());
    let header_len = stamped.len();
    stamped.extend_from_slice(body);
    (header_len, stamped)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::stamp;

    fn stamped(headers: &str) -> String {
        let payload = format!("{headers}body");
        let (len, text) = stamp(headers.len(), payload.as_bytes(), &json!({ "acc": "A" }));
        assert_eq!(&text[len..], b"body");
        String::from_utf8_lossy(&text[..len]).into_owned()
    }

    #[test]
    fn the_header_is_added_to_those_that_are_there() {
        let made = "Nats-Request-Info: {\"acc\":\"A\"}\r\n\r\n";
        assert_eq!(stamped(""), format!("NATS/1.0\r\n{made}"));
        assert_eq!(
            stamped("NATS/1.0\r\nA: b\r\n\r\n"),
            format!("NATS/1.0\r\nA: b\r\n{made}")
        );
    }

    #[test]
    fn a_forged_header_never_arrives() {
        let forged =
            "NATS/1.0\r\nnats-request-info : {}\r\n x\r\nA: b\r\nNATS-REQUEST-INFO:1\r\n\r\n";
        assert_eq!(
            stamped(forged),
            "NATS/1.0\r\nA: b\r\nNats-Request-Info: {\"acc\":\"A\"}\r\n\r\n"
        );
    }
}
