//! One connection of a graph to one server: what it says, and what it is told, as comparable text.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::Result;
use serde_json::{Value, json};

use super::case::{Answers, Options, Proof, Step, User};
use crate::mint::merge;
use crate::{Frame, Message, Wire};

/// Fields of `Nats-Request-Info` that are another on each server; and the user's token, which ours
/// never passes on to other tenants.
const VOLATILE: [&str; 5] = ["rtt", "start", "host", "id", "jwt"];

/// An account is told of refused logins: by nats-server only of those over its limit, by ours of
/// all whose token is good (`docs/differences.md`). The suite `tenants::events` looks at them.
/// An import may put something before its name.
pub(super) const AUTH_ERROR: &str = "$SYS.ACCOUNT.CLIENT.AUTH.ERR";

/// A request that waits for the answers of a subscriber.
#[derive(Debug)]
pub(super) struct Request {
    /// The same on both servers, so that both get answers in the same order.
    pub(super) order: String,
    sid: String,
    reply: String,
    answers: Answers,
}

/// A connection.
#[derive(Debug)]
pub(super) struct Peer {
    conn: usize,
    account: usize,
    wire: Wire,
    pub(super) open: bool,
    /// `PING`s whose `PONG` has not been read.
    asked: usize,
    subscriptions: BTreeMap<String, (String, Answers)>,
    requests: Vec<Request>,
    pub(super) events: Vec<String>,
}

impl Peer {
    pub(super) async fn connect(addr: SocketAddr, whose: (usize, usize)) -> Result<Self> {
        Ok(Self {
            conn: whose.0,
            account: whose.1,
            wire: Wire::open(addr).await?,
            open: true,
            asked: 0,
            subscriptions: BTreeMap::new(),
            requests: Vec::new(),
            events: Vec::new(),
        })
    }

    pub(super) fn subjects(&self) -> impl Iterator<Item = &str> {
        self.subscriptions
            .values()
            .map(|(subject, _)| subject.as_str())
    }

    pub(super) async fn log_in(
        &mut self,
        user: &User,
        token: &str,
        options: Options,
    ) -> Result<()> {
        let nonce = self.wire.nonce();
        let signed = match options.proof {
            Proof::Wrong => "another nonce",
            Proof::Right | Proof::Missing => nonce,
        };
        let signature = user.keys.sign(signed.as_bytes());
        let mut connect = json!({
            "verbose": options.verbose, "pedantic": false, "lang": "tests", "version": "1",
            "protocol": 0, "headers": options.headers, "echo": options.echo,
            "no_responders": options.no_responders && options.headers, "jwt": token,
            "sig": data_encoding::BASE64URL_NOPAD.encode(&signature),
        });
        if options.proof == Proof::Missing {
            merge(&mut connect, &json!({ "sig": null }));
        }
        self.send(format!("CONNECT {connect}\r\n")).await?;
        self.hear().await
    }

    /// Sends what a step of the script says.
    pub(super) async fn say(&mut self, step: &Step) -> Result<()> {
        let operation = match step {
            Step::Subscribe {
                subject,
                queue,
                sid,
                answers,
                ..
            } => {
                let known = (subject.clone(), *answers);
                self.subscriptions.insert(sid.clone(), known);
                match queue {
                    Some(queue) => format!("SUB {subject} {queue} {sid}\r\n"),
                    None => format!("SUB {subject} {sid}\r\n"),
                }
            }
            Step::Unsubscribe { sid, max, .. } => match max {
                Some(max) => format!("UNSUB {sid} {max}\r\n"),
                None => {
                    self.subscriptions.remove(sid);
                    format!("UNSUB {sid}\r\n")
                }
            },
            Step::Publish {
                subject,
                reply,
                headers,
                payload,
                ..
            } => {
                let reply = reply.as_ref().map(|reply| format!(" {reply}"));
                let reply = reply.unwrap_or_default();
                match headers {
                    Some(headers) => format!(
                        "HPUB {subject}{reply} {} {}\r\n{headers}{payload}\r\n",
                        headers.len(),
                        headers.len() + payload.len()
                    ),
                    None => format!("PUB {subject}{reply} {}\r\n{payload}\r\n", payload.len()),
                }
            }
            Step::Connect { .. }
            | Step::Leave { .. }
            | Step::Update { .. }
            | Step::Delete { .. } => {
                return Ok(());
            }
        };
        self.send(operation).await
    }

    /// Gives a subscriber's answers.
    pub(super) async fn answer(&mut self, request: &Request) -> Result<()> {
        let mut operations = String::new();
        for text in request.answers {
            let text = match *text {
                "" => String::new(),
                text => format!("r{}-{}-{text}", self.conn, request.sid),
            };
            let line = format!("PUB {} {}\r\n{text}\r\n", request.reply, text.len());
            operations.push_str(&line);
        }
        self.send(operations).await
    }

    /// Asks for everything up to here.
    pub(super) async fn ask(&mut self) -> Result<()> {
        self.send(String::new()).await
    }

    async fn send(&mut self, operations: String) -> Result<()> {
        if self.open {
            self.asked += 1;
            self.wire.send_to_the_end(operations + "PING\r\n").await?;
        }
        Ok(())
    }

    /// Reads until every `PING` is answered, or to the end.
    pub(super) async fn hear(&mut self) -> Result<()> {
        while self.open && self.asked > 0 {
            match self.wire.next_frame().await? {
                None => {
                    self.open = false;
                    self.event("closed");
                }
                Some(Frame::Pong) => self.asked -= 1,
                Some(Frame::Ok) => self.event("+OK"),
                Some(Frame::Error(text)) => self.event(&format!("-ERR {}", plain(&text))),
                Some(Frame::Message(message)) => self.receive(&message),
                Some(Frame::Info(_) | Frame::Ping) => {}
            }
        }
        Ok(())
    }

    fn event(&mut self, what: &str) {
        self.events.push(format!("c{} {what}", self.conn));
    }

    fn receive(&mut self, message: &Message) {
        if message.subject.ends_with(AUTH_ERROR) {
            return;
        }
        let payload = said(&message.payload);
        // Any member of a group may get it; that one got it is compared.
        if let Some((_, queue)) = message.sid.split_once('-') {
            let event = format!("queue {queue} of account {} {payload}", self.account);
            self.events.push(event);
            return;
        }
        let reply = message.reply.as_deref().unwrap_or_default();
        let subject = plain(&message.subject);
        let headers = message.headers.as_deref().map(headers);
        // Of several subscriptions that the reply fits, any hears that nobody answers.
        let nobody = headers
            .as_deref()
            .is_some_and(|block| block.starts_with("NATS/1.0 503"));
        let sid = if nobody { "any" } else { message.sid.as_str() };
        let what = format!(
            "MSG {sid} {subject} reply={} headers={} {payload}",
            plain(reply),
            headers.unwrap_or_default(),
        );
        self.event(&what);
        let answers = self
            .subscriptions
            .get(&message.sid)
            .map(|(_, answers)| *answers);
        let answers = answers.unwrap_or_default();
        // Answers are not answered.
        if !reply.is_empty() && !answers.is_empty() && payload.starts_with('m') {
            self.requests.push(Request {
                order: what,
                sid: message.sid.clone(),
                reply: reply.to_owned(),
                answers,
            });
        }
    }

    pub(super) fn take_requests(&mut self) -> Vec<Request> {
        std::mem::take(&mut self.requests)
    }
}

/// A payload; of what a server says itself only that it does.
fn said(payload: &[u8]) -> String {
    let text = String::from_utf8_lossy(payload).into_owned();
    if text.starts_with("{\"type\":\"io.nats.server.") {
        return "(of the server)".to_owned();
    }
    text
}

/// The text with every subject that a server made up replaced by its prefix.
fn plain(text: &str) -> String {
    let Some((before, after)) = text.split_once("_R_.") else {
        return text.to_owned();
    };
    let made = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let rest = after.trim_start_matches(made);
    format!("{before}_R_{rest}")
}

/// A header block, with only those parts of the server's header that are the same everywhere.
fn headers(block: &str) -> String {
    let line = |line: &str| match line.split_once(": ") {
        Some(("Nats-Request-Info", json)) => {
            let mut info: BTreeMap<String, Value> = serde_json::from_str(json).unwrap_or_default();
            info.retain(|name, _| !VOLATILE.contains(&name.as_str()));
            format!("Nats-Request-Info: {}", json!(info))
        }
        _ => line.to_owned(),
    };
    let lines: Vec<String> = block.trim_end().split("\r\n").map(line).collect();
    lines.join("|")
}
