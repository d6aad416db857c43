//! Messages that ask to be followed: `Nats-Trace-Dest` names where the trace goes, or `traceparent`
//! asks for one and the account's claims say where.

use accounts::subject;
use protocol::{ServerError, headers::HeaderBlock};

use super::session::{Login, Session};
use crate::{
    routing::{
        deliver::{Message, Origin},
        responses,
        trace::{DESTINATION, DISABLED, HeaderMap, Trace},
    },
    system::{self, Encoding},
};

/// Asks for a trace in the way of other systems.
const TRACE_PARENT: &[u8] = b"traceparent";
/// Why a message was not taken, in nats-server's words.
const TOO_LARGE: &str = "maximum payload exceeded";
/// Says that the message itself is for nobody.
const ONLY: &str = "Nats-Trace-Only";
/// Of a server that is older than traces across accounts.
const OLD_ORIGIN: &str = "Nats-Trace-Origin-Account";

/// Whether a header block has one of the two headers: all that a message with headers costs that
/// is not followed.
pub(super) fn may_ask(block: &[u8]) -> bool {
    block.split(|byte| *byte == b'\n').any(|line| {
        line.starts_with(DESTINATION.as_bytes())
            || line
                .get(..TRACE_PARENT.len())
                .is_some_and(|name| name.eq_ignore_ascii_case(TRACE_PARENT))
    })
}

/// Whether a trace can go there.
fn is_valid(destination: &[u8]) -> bool {
    subject::is_valid(destination) && subject::is_literal(destination)
}

/// What the headers of a message ask for.
#[derive(Debug)]
struct Asked {
    /// Where the trace goes; `None` where the account's claims say it.
    destination: Option<String>,
    /// Nobody is to get the message.
    only: bool,
    headers: HeaderMap,
}

impl Asked {
    /// `None` when it is not to be followed.
    fn read(block: &[u8]) -> Option<Self> {
        let block = HeaderBlock::parse(block).ok()?;
        let mut headers = HeaderMap::new();
        let mut is_sampled = false;
        for (name, value) in block.iter().filter(|(_, value)| !value.is_empty()) {
            is_sampled |= name.eq_ignore_ascii_case(TRACE_PARENT) && has_sampled_flag(value);
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            headers.entry(text(name)).or_default().push(text(value));
        }
        let first = |name: &str| headers.get(name).and_then(|values| values.first());
        let destination = first(DESTINATION).cloned();
        let is_disabled = |it: &String| it.as_bytes() == DISABLED;
        if destination.as_ref().is_some_and(is_disabled)
            || (destination.is_none() && !is_sampled)
            || first(OLD_ORIGIN).is_some()
        {
            return None;
        }
        let says_only = |value: &String| {
            let value = value.to_ascii_lowercase();
            matches!(value.as_str(), "1" | "true" | "on")
        };
        Some(Self {
            only: destination.is_some() && first(ONLY).is_some_and(says_only),
            destination,
            headers,
        })
    }
}

/// Whether the last bit of a trace context's flags is set (`00-<trace>-<span>-01`).
fn has_sampled_flag(value: &[u8]) -> bool {
    let parts: Vec<_> = value.split(|byte| *byte == b'-').collect();
    let [_, _, _, flags] = parts[..] else {
        return false;
    };
    let flags = std::str::from_utf8(flags).ok().filter(|it| it.len() == 2);
    let flags = flags.and_then(|flags| i8::from_str_radix(flags, 16).ok());
    flags.is_some_and(|flags| flags & 1 == 1)
}

impl Session {
    /// Publishes a message whose headers may ask to follow it.
    pub(super) fn publish_traced(&mut self, message: &Message<'_>) {
        let block = &message.payload[..message.header_len];
        let Some(asked) = Asked::read(block) else {
            return self.publish_message(message);
        };
        let Some(destination) = self.destination(&asked) else {
            return self.publish_message(message);
        };
        let Some(login) = &self.login else { return };
        if !is_valid(&destination) {
            tracing::debug!(
                conn.id = self.client.cid,
                "a trace has no valid destination"
            );
            // What is for nobody is not delivered because nobody can be told about it.
            if !asked.only {
                self.publish_message(message);
            }
            return;
        }
        if subject::is_reserved(&destination) || !login.permissions.may_publish(&destination) {
            return self.refuse(&ServerError::publish(&destination));
        }
        let request = (asked.headers, message.payload.len());
        let (account, client) = (&login.account, &self.client);
        let trace = Trace::new(account, client, message.subject, request, asked.only);
        self.courier.trace = Some(trace);
        self.publish_message(message);
        self.tell_trace(&destination, Encoding::asked(block));
    }

    /// Tells of a message that is too large why it is not taken.
    pub(super) fn trace_too_large(&mut self, subject: &[u8], block: &[u8], size: usize) {
        let Some(asked) = Asked::read(block) else {
            return;
        };
        let Some(destination) = self.destination(&asked) else {
            return;
        };
        let Some(login) = &self.login else { return };
        let is_allowed = is_valid(&destination)
            && !subject::is_reserved(&destination)
            && login.permissions.may_publish(&destination);
        if !is_allowed {
            return;
        }
        let (account, request) = (&login.account, (asked.headers, size));
        let mut trace = Trace::new(account, &self.client, subject, request, asked.only);
        trace.refused(TOO_LARGE);
        self.courier.trace = Some(trace);
        self.tell_trace(&destination, Encoding::asked(block));
    }

    /// Where the trace goes. `None` when there is to be none.
    fn destination(&mut self, asked: &Asked) -> Option<Vec<u8>> {
        if let Some(destination) = &asked.destination {
            return Some(destination.as_bytes().to_vec());
        }
        let policy = self.login.as_ref()?.account.policy()?;
        let claim = policy
            .trace
            .as_ref()
            .filter(|claim| !claim.dest.is_empty())?;
        let is_chosen = match claim.sampling {
            percent @ 1..100 => i64::from(self.courier.random() % 100) < percent,
            _ => true,
        };
        is_chosen.then(|| claim.dest.as_bytes().to_vec())
    }

    /// Tells what became of the message, in the publisher's account.
    fn tell_trace(&mut self, destination: &[u8], encoding: Option<Encoding>) {
        let (Some(trace), Some(Login { account, .. })) = (self.courier.trace.take(), &self.login)
        else {
            return;
        };
        let told = trace
            .tell(system::describe_server(&self.server))
            .to_string();
        let packed = encoding.map(|encoding| encoding.encode(told.as_bytes()));
        let (header_len, told) = match &packed {
            Some((header_len, packed)) => (*header_len, packed.as_slice()),
            None => (0, told.as_bytes()),
        };
        let message = Message::new(destination, None, header_len, told);
        let matched = account.matches(destination);
        self.courier.deliver(&matched, &message, Origin::BROKER);
        if destination.starts_with(responses::PREFIX) {
            self.courier.answer(account, &message, Origin::BROKER);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_messages_that_name_a_trace_are_looked_at() {
        assert!(may_ask(b"NATS/1.0\r\nA: b\r\nNats-Trace-Dest: t\r\n\r\n"));
        assert!(may_ask(b"NATS/1.0\r\nTraceParent: x\r\n\r\n"));
        assert!(!may_ask(b"NATS/1.0\r\nA: Nats-Trace-Dest: t\r\n\r\n"));
        assert!(!may_ask(b"NATS/1.0\r\nnats-trace-dest: t\r\n\r\n"));
    }

    #[test]
    fn headers_say_whether_and_where() {
        let read = |lines: &str| Asked::read(format!("NATS/1.0\r\n{lines}\r\n").as_bytes());
        let asked =
            read("Nats-Trace-Dest: t\r\nNats-Trace-Only: TRUE\r\nA: b\r\nA: c\r\n").unwrap();
        assert_eq!(asked.destination.as_deref(), Some("t"));
        assert!(asked.only);
        assert_eq!(asked.headers["A"], ["b", "c"]);
        assert!(read("Nats-Trace-Dest: trace disabled\r\n").is_none());
        assert!(read("Nats-Trace-Dest: t\r\nNats-Trace-Origin-Account: A\r\n").is_none());
        let parent = |flags: &str| read(&format!("Traceparent: 00-1-2-{flags}\r\n"));
        assert!(parent("01").is_some_and(|asked| asked.destination.is_none() && !asked.only));
        assert!(parent("00").is_none() && parent("1").is_none() && parent("zz").is_none());
    }
}
