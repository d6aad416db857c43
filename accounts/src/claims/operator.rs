//! Operator claims: the root of trust and its signing keys.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{is_default, shape};
use crate::jwt::{ClaimBody, ClaimKind, KeySubject};
use crate::nkeys::{KeyKind, PublicKey};

/// The `nats` object of an operator token.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OperatorBody {
    /// Operator keys that may sign accounts.
    #[serde(skip_serializing_if = "is_default")]
    pub signing_keys: Vec<PublicKey>,
    /// Where account tokens can be fetched (a hint for tools).
    #[serde(skip_serializing_if = "is_default")]
    pub account_server_url: String,
    /// Where the servers are (a hint for tools).
    #[serde(skip_serializing_if = "is_default")]
    pub operator_service_urls: Vec<String>,
    /// The system account.
    #[serde(
        skip_serializing_if = "is_default",
        deserialize_with = "shape::optional_key"
    )]
    pub system_account: Option<PublicKey>,
    /// The lowest server version that may run it, `x.y.z`.
    #[serde(skip_serializing_if = "is_default")]
    pub assert_server_version: String,
    /// Identity keys (of the operator and of accounts) sign nothing but themselves.
    #[serde(skip_serializing_if = "is_default")]
    pub strict_signing_key_usage: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub tags: Vec<String>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl ClaimBody for OperatorBody {
    const KIND: ClaimKind = ClaimKind::Operator;
    const ISSUERS: &'static [KeyKind] = &[KeyKind::Operator];
    const SUBJECTS: &'static [KeyKind] = &[KeyKind::Operator];
}

impl KeySubject for OperatorBody {}
