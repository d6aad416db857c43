//! The system account's requests and answers, as far as the reconciler speaks them.

use std::collections::HashSet;
use std::time::Duration;

use async_nats::{Client, Message, Request};
use bytes::Bytes;
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::servers::Servers;

/// How long one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);
/// How long after an answer the other servers may take for theirs.
const OTHERS_WITHIN: Duration = Duration::from_secs(2);
/// How long an update may take: the claims of an account may have megabytes, to read and to check.
const UPDATE_TIMEOUT: Duration = Duration::from_secs(10);

/// Why a system request gave nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WireError {
    /// No answer, or no connection.
    #[error("no answer to {subject}")]
    Request {
        subject: String,
        #[source]
        source: async_nats::RequestError,
    },
    /// The answer is not what the subject answers.
    #[error("the answer to {subject} cannot be read")]
    Answer {
        subject: String,
        #[source]
        source: serde_json::Error,
    },
    /// A server refused.
    #[error("server {server} refused: {description}")]
    Refused { server: String, description: String },
    /// Some servers have not answered.
    #[error("no answer from {}", .servers.join(", "))]
    Silent { servers: Vec<String> },
    /// The connection does not take it.
    #[error("ask {subject}")]
    Ask {
        subject: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl WireError {
    /// In a word.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            WireError::Request { .. } | WireError::Ask { .. } => "connection",
            WireError::Answer { .. } => "answer",
            WireError::Refused { .. } => "refused",
            WireError::Silent { .. } => "timeout",
        }
    }
}

/// The envelope of every system answer.
#[derive(Debug, Deserialize)]
pub(super) struct Answer<T> {
    pub(super) server: Server,
    #[serde(default = "Option::default")]
    data: Option<T>,
    error: Option<Refusal>,
}

impl<T> Answer<T> {
    /// What was answered, or how it was refused.
    pub(super) fn into_data(self) -> Result<Option<T>, WireError> {
        match self.error {
            None => Ok(self.data),
            Some(refusal) => Err(WireError::Refused {
                server: self.server.id,
                description: refusal.description,
            }),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Server {
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) ver: String,
}

/// How many answers to wait for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Until {
    /// So many, or until none has come for [`OTHERS_WITHIN`].
    Count(usize),
    /// Until none has come for so long.
    Quiet(Duration),
}

#[derive(Debug, Deserialize)]
struct Refusal {
    #[serde(default)]
    description: String,
}

/// What a server says about a claims update.
#[derive(Debug, Deserialize)]
struct Updated {
    code: i64,
    #[serde(default)]
    message: String,
}

/// What an account's users were refused.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Refusals {
    pub(crate) denials: Vec<Denial>,
    pub(crate) left_out: u64,
    /// Names of engines that did not say.
    #[serde(skip)]
    pub(crate) unanswered: Vec<String>,
}

impl Refusals {
    /// With those of another engine.
    pub(super) fn extend(&mut self, more: Self) {
        self.denials.extend(more.denials);
        self.left_out += more.left_out;
    }
}

/// A refusal, and how often it happened.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Denial {
    /// The last time.
    #[schema(format = DateTime)]
    time: String,
    #[schema(format = DateTime)]
    first_time: String,
    count: u64,
    /// `publish`, `subscribe`, `connect` or `limit`.
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue: Option<String>,
    /// The user's nkey; absent when a login showed no credential of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    /// What the client calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The connection's number.
    cid: u64,
    ip: String,
    /// What decided, for programs.
    code: String,
    /// What decided, for people.
    text: String,
}

/// Sends an account's claims. `Ok` when every server holds them now.
pub(super) async fn update_claims(
    client: &Client,
    servers: &Servers,
    jwt: &str,
) -> Result<(), WireError> {
    const SUBJECT: &str = "$SYS.REQ.CLAIMS.UPDATE";
    let payload = Bytes::from(jwt.to_owned());
    let answers = match servers.count() {
        1 => vec![request_within(client, SUBJECT, payload, UPDATE_TIMEOUT).await?],
        many => {
            let until = Until::Count(many);
            gather_within(client, SUBJECT, payload, until, UPDATE_TIMEOUT).await?
        }
    };
    let mut answered = Vec::new();
    for answer in &answers {
        answered.push(updated(read(SUBJECT, answer)?)?);
    }
    let silent = servers.others_than(&answered);
    match silent.is_empty() {
        true => Ok(()),
        false => Err(WireError::Silent { servers: silent }),
    }
}

/// The id of a server that has taken an update.
fn updated(answer: Answer<Updated>) -> Result<String, WireError> {
    let server = answer.server.id;
    let description = match (answer.data, answer.error) {
        (Some(updated), None) if updated.code == 200 => return Ok(server),
        (Some(updated), None) => updated.message,
        (_, Some(refusal)) => refusal.description,
        (None, None) => String::new(),
    };
    Err(WireError::Refused {
        server,
        description,
    })
}

/// The claims that each server holds of an account; empty, or no answer at all, from one that
/// holds none.
pub(super) async fn look_up(
    client: &Client,
    account_key: &str,
    servers: usize,
) -> Result<Vec<Bytes>, WireError> {
    let subject = format!("$SYS.REQ.ACCOUNT.{account_key}.CLAIMS.LOOKUP");
    let answers = ask_all(client, &subject, Bytes::new(), servers).await?;
    Ok(answers.into_iter().map(|answer| answer.payload).collect())
}

/// The accounts whose claims every server holds.
pub(super) async fn held_by_all(
    client: &Client,
    servers: usize,
) -> Result<HashSet<String>, WireError> {
    const SUBJECT: &str = "$SYS.REQ.CLAIMS.LIST";
    let mut all: Option<HashSet<String>> = None;
    let answers = ask_all(client, SUBJECT, Bytes::new(), servers).await?;
    if answers.len() < servers {
        return Ok(HashSet::new());
    }
    for answer in answers {
        let answer: Answer<HashSet<String>> = read(SUBJECT, &answer)?;
        let held = answer.data.unwrap_or_default();
        all = Some(match all {
            None => held,
            Some(all) => all.intersection(&held).cloned().collect(),
        });
    }
    Ok(all.unwrap_or_default())
}

/// Takes accounts from every server. `request` is signed by the operator and names them.
pub(super) async fn delete_claims(
    client: &Client,
    servers: usize,
    request: &str,
) -> Result<(), WireError> {
    const SUBJECT: &str = "$SYS.REQ.CLAIMS.DELETE";
    let payload = Bytes::from(request.to_owned());
    for answer in ask_all(client, SUBJECT, payload, servers).await? {
        let answer: Answer<serde_json::Value> = read(SUBJECT, &answer)?;
        answer.into_data()?;
    }
    Ok(())
}

/// What an account's users were refused lately: nothing, when the engine does not have it in use.
pub(super) async fn denials(client: &Client, account_key: &str) -> Result<Refusals, WireError> {
    let subject = format!("$SYS.REQ.ACCOUNT.{account_key}.DENIALS");
    let answer: Answer<Refusals> = ask(client, &subject, Bytes::new()).await?;
    Ok(answer.data.unwrap_or_default())
}

/// Closes one connection.
pub(super) async fn close(client: &Client, server: &str, cid: u64) -> Result<(), WireError> {
    let subject = format!("$SYS.REQ.SERVER.{server}.KICK");
    let options = serde_json::json!({ "cid": cid });
    request(client, &subject, Bytes::from(options.to_string()))
        .await
        .map(|_| ())
}

async fn ask<T: DeserializeOwned>(
    client: &Client,
    subject: &str,
    payload: Bytes,
) -> Result<Answer<T>, WireError> {
    read(subject, &request(client, subject, payload).await?)
}

/// The answers of so many servers, or of those that have answered in time; one at least.
pub(super) async fn ask_all(
    client: &Client,
    subject: &str,
    payload: Bytes,
    servers: usize,
) -> Result<Vec<Message>, WireError> {
    match servers {
        1 => Ok(vec![request(client, subject, payload).await?]),
        many => gather(client, subject, payload, Until::Count(many)).await,
    }
}

/// The answers of several servers, as far as they come within [`REQUEST_TIMEOUT`].
pub(super) async fn gather(
    client: &Client,
    subject: &str,
    payload: Bytes,
    until: Until,
) -> Result<Vec<Message>, WireError> {
    gather_within(client, subject, payload, until, REQUEST_TIMEOUT).await
}

async fn gather_within(
    client: &Client,
    subject: &str,
    payload: Bytes,
    until: Until,
    at_most: Duration,
) -> Result<Vec<Message>, WireError> {
    let failed = |source: Box<dyn std::error::Error + Send + Sync>| WireError::Ask {
        subject: subject.to_owned(),
        source,
    };
    let inbox = client.new_inbox();
    let subscribed = client.subscribe(inbox.clone()).await;
    let mut answers = subscribed.map_err(|error| failed(error.into()))?;
    let sent = client
        .publish_with_reply(subject.to_owned(), inbox, payload)
        .await;
    sent.map_err(|error| failed(error.into()))?;
    let deadline = Instant::now() + at_most;
    let mut got = Vec::new();
    loop {
        let patience = match until {
            Until::Count(count) if got.len() >= count => break,
            _ if got.is_empty() => deadline,
            Until::Count(_) => (Instant::now() + OTHERS_WITHIN).min(deadline),
            Until::Quiet(quiet) => (Instant::now() + quiet).min(deadline),
        };
        match tokio::time::timeout_at(patience, answers.next()).await {
            Ok(Some(answer)) if answer.status.is_none() => got.push(answer),
            // Nobody is there to answer.
            Ok(Some(_) | None) | Err(_) => break,
        }
    }
    match got.is_empty() {
        true => Err(WireError::Silent {
            servers: vec![format!("any server to {subject}")],
        }),
        false => Ok(got),
    }
}

/// An answer without the usual envelope.
pub(super) fn read_bare<T: DeserializeOwned>(
    subject: &str,
    message: &Message,
) -> Result<T, WireError> {
    serde_json::from_slice(&message.payload).map_err(|source| WireError::Answer {
        subject: subject.to_owned(),
        source,
    })
}

pub(super) fn read<T: DeserializeOwned>(
    subject: &str,
    message: &Message,
) -> Result<Answer<T>, WireError> {
    read_bare(subject, message)
}

async fn request(client: &Client, subject: &str, payload: Bytes) -> Result<Message, WireError> {
    request_within(client, subject, payload, REQUEST_TIMEOUT).await
}

async fn request_within(
    client: &Client,
    subject: &str,
    payload: Bytes,
    at_most: Duration,
) -> Result<Message, WireError> {
    let request = Request::new().payload(payload).timeout(Some(at_most));
    client
        .send_request(subject.to_owned(), request)
        .await
        .map_err(|source| WireError::Request {
            subject: subject.to_owned(),
            source,
        })
}
