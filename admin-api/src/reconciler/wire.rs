//! The system account's requests and answers, as far as the reconciler speaks them.

use std::time::Duration;

use async_nats::{Client, Message, Request};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How long one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);
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
}

/// The envelope of every system answer.
#[derive(Debug, Deserialize)]
pub(super) struct Answer<T> {
    pub(super) server: Server,
    #[serde(default = "Option::default")]
    data: Option<T>,
    error: Option<Refusal>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Server {
    pub(super) id: String,
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

/// The connections of one account on one server.
#[derive(Debug, Deserialize)]
pub(super) struct Connections {
    #[serde(default)]
    pub(super) connections: Vec<Connection>,
    /// Of all that match, not only of those that are listed.
    #[serde(default)]
    total: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Connection {
    pub(super) cid: u64,
    #[serde(default)]
    pub(super) authorized_user: String,
}

/// What an account's users were refused.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Refusals {
    pub(crate) denials: Vec<Denial>,
    pub(crate) left_out: u64,
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

/// Sends an account's claims. `Ok` when the server holds them now.
pub(super) async fn update_claims(client: &Client, jwt: &str) -> Result<(), WireError> {
    const SUBJECT: &str = "$SYS.REQ.CLAIMS.UPDATE";
    let payload = Bytes::from(jwt.to_owned());
    let message = request_within(client, SUBJECT, payload, UPDATE_TIMEOUT).await?;
    let answer: Answer<Updated> = read(SUBJECT, &message)?;
    let server = answer.server.id;
    match (answer.data, answer.error) {
        (Some(updated), None) if updated.code == 200 => Ok(()),
        (Some(updated), None) => Err(WireError::Refused {
            server,
            description: updated.message,
        }),
        (_, Some(refusal)) => Err(WireError::Refused {
            server,
            description: refusal.description,
        }),
        (None, None) => Err(WireError::Refused {
            server,
            description: String::new(),
        }),
    }
}

/// The claims that the engine holds of an account; empty when it holds none.
pub(super) async fn look_up(client: &Client, account_key: &str) -> Result<Bytes, WireError> {
    let subject = format!("$SYS.REQ.ACCOUNT.{account_key}.CLAIMS.LOOKUP");
    Ok(request(client, &subject, Bytes::new()).await?.payload)
}

/// The open connections of a user.
pub(super) async fn connections(
    client: &Client,
    account_key: &str,
    user_key: &str,
) -> Result<(String, Vec<Connection>), WireError> {
    let subject = format!("$SYS.REQ.ACCOUNT.{account_key}.CONNZ");
    let options = serde_json::json!({ "auth": true, "user": user_key, "acc": account_key });
    let answer: Answer<Connections> =
        ask(client, &subject, Bytes::from(options.to_string())).await?;
    let connections = answer.data.map(|data| data.connections).unwrap_or_default();
    Ok((answer.server.id, connections))
}

/// How many connections an account has, or one user of it.
pub(super) async fn count_connections(
    client: &Client,
    account_key: &str,
    user_key: Option<&str>,
) -> Result<u64, WireError> {
    let subject = format!("$SYS.REQ.ACCOUNT.{account_key}.CONNZ");
    let options = match user_key {
        Some(user) => serde_json::json!({ "auth": true, "user": user, "acc": account_key }),
        None => serde_json::json!({ "acc": account_key, "limit": 1 }),
    };
    let answer: Answer<Connections> =
        ask(client, &subject, Bytes::from(options.to_string())).await?;
    let data = answer.data;
    Ok(data.map_or(0, |data| match user_key {
        // As for a kick: a server that does not know the filter answers with everybody.
        Some(user) => {
            let of_user = data.connections.iter();
            of_user.filter(|c| c.authorized_user == user).count() as u64
        }
        None => data.total,
    }))
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

fn read<T: DeserializeOwned>(subject: &str, message: &Message) -> Result<Answer<T>, WireError> {
    serde_json::from_slice(&message.payload).map_err(|source| WireError::Answer {
        subject: subject.to_owned(),
        source,
    })
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
