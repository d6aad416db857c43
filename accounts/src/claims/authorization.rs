//! Auth callout claims: what a server asks about a login, and what the account's service answers.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{is_default, shape};
use crate::jwt::{ClaimBody, ClaimKind, KeySubject};
use crate::nkeys::{KeyKind, PublicKey};

/// The `nats` object of a request. The server signs it; its subject is the account that is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuthorizationRequestBody {
    /// The server that asks.
    #[serde(rename = "server_id")]
    pub server: ServerId,
    /// Made for this one question: the subject of the answer, and of the user in it.
    pub user_nkey: PublicKey,
    /// The connection.
    #[serde(rename = "client_info", default, deserialize_with = "shape::object")]
    pub client: ClientInformation,
    /// What the client said when it connected.
    #[serde(rename = "connect_opts", default, deserialize_with = "shape::object")]
    pub connect: ConnectInformation,
    /// TLS of the connection, if any.
    #[serde(
        rename = "client_tls",
        default,
        skip_serializing_if = "is_default",
        deserialize_with = "shape::optional"
    )]
    pub tls: Option<ClientTls>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub request_nonce: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub tags: Vec<String>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl ClaimBody for AuthorizationRequestBody {
    const KIND: ClaimKind = ClaimKind::AuthorizationRequest;
    const ISSUERS: &'static [KeyKind] = &[KeyKind::Server];
    // With nats-server without an operator it can be any key that signs answers.
    const SUBJECTS: &'static [KeyKind] = &[KeyKind::Account, KeyKind::User];
}

impl KeySubject for AuthorizationRequestBody {}

/// The server that asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerId {
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub host: String,
    /// Its public key: the audience of the answer.
    pub id: PublicKey,
    #[serde(default, skip_serializing_if = "is_default")]
    pub version: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub cluster: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub tags: Vec<String>,
    /// Its curve key, when the request is sealed: answers may be sealed for it.
    #[serde(
        default,
        skip_serializing_if = "is_default",
        deserialize_with = "shape::optional_key"
    )]
    pub xkey: Option<PublicKey>,
}

/// A connection that wants to log in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientInformation {
    /// The client's address.
    #[serde(skip_serializing_if = "is_default")]
    pub host: String,
    /// The connection's number.
    #[serde(skip_serializing_if = "is_default")]
    pub id: u64,
    /// Who it says that it is.
    #[serde(skip_serializing_if = "is_default")]
    pub user: String,
    /// The connection's name.
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    /// Of the token that it connected with.
    #[serde(skip_serializing_if = "is_default")]
    pub tags: Vec<String>,
    /// The name in the token that it connected with.
    #[serde(skip_serializing_if = "is_default")]
    pub name_tag: String,
    /// `Client` or `Leafnode`.
    #[serde(skip_serializing_if = "is_default")]
    pub kind: String,
    /// `nats`, `websocket` or `mqtt`.
    #[serde(rename = "type", skip_serializing_if = "is_default")]
    pub protocol: String,
    #[serde(skip_serializing_if = "is_default")]
    pub mqtt_id: String,
    /// What it had to sign; only when it did.
    #[serde(skip_serializing_if = "is_default")]
    pub nonce: String,
}

/// What a client said when it connected. `Debug` shows no credential.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConnectInformation {
    /// The token by which the callout was found: its own, or the default sentinel.
    #[serde(skip_serializing_if = "is_default")]
    pub jwt: String,
    #[serde(skip_serializing_if = "is_default")]
    pub nkey: String,
    #[serde(skip_serializing_if = "is_default")]
    pub sig: String,
    #[serde(skip_serializing_if = "is_default")]
    pub auth_token: String,
    #[serde(skip_serializing_if = "is_default")]
    pub user: String,
    #[serde(skip_serializing_if = "is_default")]
    pub pass: String,
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    #[serde(skip_serializing_if = "is_default")]
    pub lang: String,
    #[serde(skip_serializing_if = "is_default")]
    pub version: String,
    pub protocol: i64,
}

impl std::fmt::Debug for ConnectInformation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectInformation")
            .field("user", &self.user)
            .field("name", &self.name)
            .field("lang", &self.lang)
            .field("version", &self.version)
            .field("protocol", &self.protocol)
            .finish_non_exhaustive()
    }
}

/// TLS of a connection. Certificates are PEM texts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientTls {
    #[serde(skip_serializing_if = "is_default")]
    pub version: String,
    #[serde(skip_serializing_if = "is_default")]
    pub cipher: String,
    /// Certificates that nobody verified.
    #[serde(skip_serializing_if = "is_default")]
    pub certs: Vec<String>,
    /// Verified chains, the client's own certificate first.
    #[serde(skip_serializing_if = "is_default")]
    pub verified_chains: Vec<Vec<String>>,
}

/// The `nats` object of an answer: a user's token, or an error. Its subject is the key that the
/// question named, its audience the server that asked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuthorizationResponseBody {
    /// The token of the user that the client becomes.
    #[serde(skip_serializing_if = "is_default")]
    pub jwt: String,
    /// Why it is not let in; for the server's log.
    #[serde(skip_serializing_if = "is_default")]
    pub error: String,
    /// The account, when one of its signing keys issued the answer.
    #[serde(
        skip_serializing_if = "is_default",
        deserialize_with = "shape::optional_key"
    )]
    pub issuer_account: Option<PublicKey>,
    #[serde(skip_serializing_if = "is_default")]
    pub tags: Vec<String>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl ClaimBody for AuthorizationResponseBody {
    const KIND: ClaimKind = ClaimKind::AuthorizationResponse;
    const ISSUERS: &'static [KeyKind] = &[KeyKind::Account];
    const SUBJECTS: &'static [KeyKind] = &[KeyKind::User];
}

impl KeySubject for AuthorizationResponseBody {}
