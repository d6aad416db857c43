//! What a connection says and hears, as lines of the log in nats-server's form: its name, then
//! `<<-` or `->>`, then the operation. Without trace this costs a comparison per operation.
//!
//! No line has a secret in it: credentials in `CONNECT` are blotted out.

use std::{
    fmt::{self, Write},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use accounts::{
    identity::Identity,
    nkeys::{KeyKind, PublicKey},
};
use protocol::Op;
use serde_json::Value;
use tracing::Level;

use super::client::Client;
use crate::config::Tracing;

/// Fields of `CONNECT` that hold a credential, or begin with one of these.
const SECRETS: [&str; 6] = ["pass", "auth_token", "jwt", "sig", "nkey", "proxy_sig"];
const REDACTED: &str = "[REDACTED]";

/// How messages look. There is one log for the process, so there is one way for all brokers in it.
static HEADERS_ONLY: AtomicBool = AtomicBool::new(false);
/// Bytes of a payload that are shown; 0 is all.
static PAYLOAD_MAX: AtomicUsize = AtomicUsize::new(0);

/// Chooses how messages look from now on.
pub(crate) fn set(tracing: &Tracing) {
    HEADERS_ONLY.store(tracing.headers_only, Ordering::Relaxed);
    PAYLOAD_MAX.store(tracing.payload_max.unwrap_or(0), Ordering::Relaxed);
}

/// Whether anybody wants to see what connections say.
pub(crate) fn is_on() -> bool {
    tracing::enabled!(Level::TRACE)
}

/// What a connection is called in the log: `127.0.0.1:58174 - cid:5 - "v1.0:py:app" - "$G/…"`.
pub(crate) struct Name<'a>(pub(crate) &'a Client);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let client = self.0;
        let address = std::net::SocketAddr::new(client.ip, client.port);
        let kind = match client.listener.websocket {
            Some(_) => "wid",
            None => "cid",
        };
        write!(f, "{address} - {kind}:{}", client.cid)?;
        let details = client.details.lock();
        let version = Some(&details.version).filter(|it| !it.is_empty());
        let version = version.map(|version| format!("v{version}"));
        let parts = [version.as_deref(), Some(&details.lang), Some(&details.name)];
        let parts: Vec<_> = parts
            .into_iter()
            .flatten()
            .filter(|it| !it.is_empty())
            .collect();
        if !parts.is_empty() {
            write!(f, " - {:?}", parts.join(":"))?;
        }
        match details.identity.as_deref().and_then(credential) {
            Some(user) => write!(f, " - {:?}", format!("{}/{user}", details.account)),
            None => Ok(()),
        }
    }
}

/// Who logged in, and with what.
fn credential(identity: &Identity) -> Option<String> {
    let is_key = |name: &str| PublicKey::parse_as(name, KeyKind::User).is_ok();
    match identity.called.as_deref() {
        None => Some(format!("jwt:{}", identity.user)),
        Some("") => None,
        Some(REDACTED) => Some("token".to_owned()),
        Some(name) if is_key(name) => Some(format!("nkey:{name}")),
        Some(name) => Some(format!("user:{name}")),
    }
}

/// An operation that a client sent.
#[cold]
pub(super) fn heard(client: &Client, op: &Op<'_>) {
    let mut line = String::new();
    match *op {
        Op::Connect(json) => line = format!("CONNECT {}", redacted(json)),
        Op::Info(_) | Op::Msg => return,
        Op::Ping => line += "PING",
        Op::Pong => line += "PONG",
        Op::Ok => line += "+OK",
        Op::Pub {
            subject,
            reply,
            header_len,
            payload,
            has_headers,
        } => {
            let head = header_len.to_string();
            let (name, head) = match has_headers {
                true => ("HPUB", Some(head.as_bytes())),
                false => ("PUB", None),
            };
            let len = payload.len().to_string();
            let words = [Some(subject), reply, head, Some(len.as_bytes())];
            line = words_after(name, &words);
        }
        Op::Sub {
            subject,
            queue,
            sid,
        } => line = words_after("SUB", &[Some(subject), queue, Some(sid)]),
        Op::Unsub { sid, max } => {
            let max = max.map(|max| max.to_string());
            let max = max.as_deref().map(str::as_bytes);
            line = words_after("UNSUB", &[Some(sid), max]);
        }
    }
    tracing::trace!("{} - <<- [{line}]", Name(client));
    if let Op::Pub {
        header_len,
        payload,
        ..
    } = *op
    {
        message(client, "<<-", header_len, payload);
    }
}

/// A message that a client is sent.
#[cold]
pub(crate) fn delivered(
    client: &Client,
    subject: &[u8],
    sid: &[u8],
    reply: Option<&[u8]>,
    header_len: usize,
    payload: &[u8],
) {
    let (head, len) = (header_len.to_string(), payload.len().to_string());
    let (name, head) = match header_len {
        0 => ("MSG", None),
        _ => ("HMSG", Some(head.as_bytes())),
    };
    let words = [Some(subject), Some(sid), reply, head, Some(len.as_bytes())];
    tracing::trace!("{} - ->> [{}]", Name(client), words_after(name, &words));
    message(client, "->>", header_len, payload);
}

/// Protocol text that a client is sent.
#[cold]
pub(super) fn told(client: &Client, text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    let text = text.trim_end();
    if let Some(error) = text.strip_prefix("-ERR ") {
        let error = error.trim_matches('\'');
        tracing::trace!("{} - ->> [-ERR {error}]", Name(client));
    } else if !text.starts_with("INFO ") {
        let text = text.trim_start_matches('+');
        tracing::trace!("{} - ->> [{text}]", Name(client));
    }
}

/// A subscription that ended.
pub(super) fn ended(client: &Client, sid: &[u8]) {
    tracing::trace!(
        "{} - <-> [DELSUB {}]",
        Name(client),
        String::from_utf8_lossy(sid)
    );
}

/// The line with a message's payload, unless there is nothing to show.
fn message(client: &Client, arrow: &str, header_len: usize, payload: &[u8]) {
    let shown = match HEADERS_ONLY.load(Ordering::Relaxed) {
        // The empty line at the end says nothing.
        true => payload[..header_len.min(payload.len())].trim_ascii_end(),
        false => payload,
    };
    if shown.is_empty() {
        return;
    }
    let max = PAYLOAD_MAX.load(Ordering::Relaxed);
    let quoted = match max > 0 && shown.len() > max {
        true => format!("\"{}...\"", escaped(&shown[..max])),
        false => format!("\"{}\"", escaped(shown)),
    };
    tracing::trace!("{} - {arrow} MSG_PAYLOAD: [{quoted}]", Name(client));
}

fn words_after(name: &str, words: &[Option<&[u8]>]) -> String {
    let mut line = name.to_owned();
    for word in words.iter().copied().flatten() {
        line.push(' ');
        line += &String::from_utf8_lossy(word);
    }
    line
}

/// As Go quotes bytes.
fn escaped(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    // Writing into a String cannot fail.
    for chunk in bytes.utf8_chunks() {
        for next in chunk.valid().chars() {
            let _ = match next {
                '"' | '\\' => write!(text, "\\{next}"),
                '\n' => write!(text, "\\n"),
                '\r' => write!(text, "\\r"),
                '\t' => write!(text, "\\t"),
                next if next.is_ascii_control() => write!(text, "\\x{:02x}", u32::from(next)),
                next if next.is_control() => write!(text, "\\u{:04x}", u32::from(next)),
                next => write!(text, "{next}"),
            };
        }
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// `CONNECT` without its credentials; what is no JSON is not shown at all.
fn redacted(json: &[u8]) -> String {
    match serde_json::from_slice(json) {
        Ok(Value::Object(mut fields)) => {
            for (name, value) in &mut fields {
                let name = name.trim().to_ascii_lowercase();
                let is_secret = SECRETS.iter().any(|secret| name.starts_with(secret));
                // Nothing that is known has parts: what they are is not for the log.
                if is_secret || value.is_object() || value.is_array() {
                    *value = REDACTED.into();
                }
            }
            Value::Object(fields).to_string()
        }
        _ => REDACTED.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_credential_is_shown() {
        let json = br#"{"verbose":false,"user":"u","Pass":"s1","password":"s2","auth_token":"s3",
            "jwt":"s4","sig":"s5","nkey":"s6","proxy_sig":"s7","SIG":"s8",
            "tls":{"key":"s9"},"name":"n"}"#;
        let shown = redacted(json);
        for secret in 1..=9 {
            assert!(!shown.contains(&format!("s{secret}")), "{shown}");
        }
        assert!(
            shown.starts_with(r#"{"verbose":false,"user":"u","Pass":"[REDACTED]""#),
            "{shown}"
        );
        assert!(shown.ends_with(r#""name":"n"}"#), "{shown}");
        assert_eq!(redacted(b"{\"pass\":\"s1\""), REDACTED);
        assert_eq!(redacted(b"pass: s1"), REDACTED);
    }

    #[test]
    fn payloads_are_quoted_as_go_quotes_them() {
        assert_eq!(
            escaped(b"a\"\\\r\n\t\x00\x7f\xff"),
            "a\\\"\\\\\\r\\n\\t\\x00\\x7f\\xff"
        );
        assert_eq!(escaped("ü\u{85}".as_bytes()), "ü\\u0085");
    }

    #[test]
    fn a_line_has_the_words_of_the_operation() {
        let words = words_after("HPUB", &[Some(b"a"), None, Some(b"12"), Some(b"17")]);
        assert_eq!(words, "HPUB a 12 17");
    }
}
