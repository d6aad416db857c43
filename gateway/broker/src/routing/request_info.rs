//! `Nats-Request-Info`: how a service learns who asks.
//!
//! Only the broker writes it. What a client sends under that name, in any spelling, is taken out at
//! the account's edge, and what the broker knows is put in: the account always, the user and the
//! connection only when every import on the way says `share`.

use accounts::identity::Identity;
use protocol::headers;
use serde::Serialize;

use crate::{clock, connection::client::Client};

const NAME: &str = "Nats-Request-Info";

/// What others may know about a client: the account and the round-trip time always, the rest when
/// it is shared. Never the user's token: other tenants have no use for it, and that of a bearer is
/// all that it takes to log in.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct ClientInfo {
    acc: String,
    /// The account that passes the request on, after the first hop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) svc: Option<String>,
    /// Nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rtt: Option<u64>,
    /// The name of the server that the client is connected to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server: Option<String>,
    #[serde(flatten)]
    details: Option<SharedInfo>,
}

#[derive(Debug, Clone, Serialize)]
struct SharedInfo {
    start: String,
    host: String,
    id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    lang: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    ver: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer_key: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    name_tag: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    kind: &'static str,
    client_type: &'static str,
}

impl ClientInfo {
    pub(super) fn of(client: &Client, share: bool) -> Self {
        let details = client.details.lock();
        let rtt = details.rtt.map(|rtt| u64::try_from(rtt.as_nanos()));
        let identity = details.identity.as_deref();
        let shared = || SharedInfo {
            start: clock::rfc3339(client.started),
            host: client.ip.to_string(),
            id: client.cid,
            user: identity.and_then(Identity::shown_user),
            name: details.name.clone(),
            lang: details.lang.clone(),
            ver: details.version.clone(),
            issuer_key: identity.and_then(Identity::shown_issuer),
            name_tag: identity.map_or_else(String::new, |it| it.name_tag().to_owned()),
            tags: identity.map_or_else(Vec::new, |identity| identity.tags.clone()),
            kind: "Client",
            client_type: "nats",
        };
        Self {
            acc: details.account.clone(),
            svc: None,
            rtt: rtt.and_then(Result::ok),
            server: None,
            details: share.then(shared),
        }
    }
}

/// The message with `info` as its only header of that name: new header length, headers and body.
pub(super) fn stamp(header_len: usize, payload: &[u8], info: &ClientInfo) -> (usize, Vec<u8>) {
    let info = serde_json::to_string(info).unwrap_or_default();
    with_header((header_len, payload), NAME, &info)
}

/// The message with this header as the only one of its name, in any spelling.
pub(super) fn with_header(
    (header_len, payload): (usize, &[u8]),
    name: &str,
    value: &str,
) -> (usize, Vec<u8>) {
    let (block, body) = payload.split_at(header_len);
    let cleaned = headers::without(block, body, name.as_bytes());
    let (block, body) = match &cleaned {
        Some((header_len, payload)) => payload.split_at(*header_len),
        None => (block, body),
    };
    // Without the blank line that ends it; an empty or broken block is begun anew.
    let begun = block
        .strip_suffix(b"\r\n")
        .filter(|begun| begun.ends_with(b"\r\n"));
    let line = format!("{name}: {value}\r\n\r\n");
    let mut stamped = Vec::with_capacity(payload.len() + line.len() + 16);
    stamped.extend_from_slice(begun.unwrap_or(b"NATS/1.0\r\n"));
    stamped.extend_from_slice(line.as_bytes());
    let header_len = stamped.len();
    stamped.extend_from_slice(body);
    (header_len, stamped)
}

#[cfg(test)]
mod tests {
    use super::{ClientInfo, stamp};

    fn stamped(headers: &str) -> String {
        let payload = format!("{headers}body");
        let info = ClientInfo {
            acc: "A".to_owned(),
            ..ClientInfo::default()
        };
        let (len, text) = stamp(headers.len(), payload.as_bytes(), &info);
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
