//! User claims: permissions, limits and conditions of one login.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::{is_default, shape};
use crate::jwt::{ClaimBody, ClaimKind, KeySubject};
use crate::nkeys::{KeyKind, PublicKey};

/// The `nats` object of a user token.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct UserBody {
    /// Permissions, limits and conditions. All zero when a scoped key signs the user.
    #[serde(flatten)]
    pub rights: UserPermissionLimits,
    /// The account, when one of its signing keys issued the token.
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

impl ClaimBody for UserBody {
    const KIND: ClaimKind = ClaimKind::User;
    const ISSUERS: &'static [KeyKind] = &[KeyKind::Account];
    const SUBJECTS: &'static [KeyKind] = &[KeyKind::User];
}

impl KeySubject for UserBody {}

/// What a user may do: in a user token, or as the template of a scoped signing key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UserPermissionLimits {
    /// What may be published.
    #[serde(rename = "pub", deserialize_with = "shape::object")]
    pub publish: SubjectRules,
    /// What may be subscribed to; entries may be `subject queue`.
    #[serde(rename = "sub", deserialize_with = "shape::object")]
    pub subscribe: SubjectRules,
    /// Leave to answer requests.
    #[serde(
        rename = "resp",
        skip_serializing_if = "is_default",
        deserialize_with = "shape::optional"
    )]
    pub responses: Option<ResponseClaim>,
    /// Subscriptions; -1 unlimited.
    #[serde(skip_serializing_if = "is_default")]
    pub subs: i64,
    /// Bytes in total; -1 unlimited.
    #[serde(skip_serializing_if = "is_default")]
    pub data: i64,
    /// Bytes of one message; -1 unlimited.
    #[serde(skip_serializing_if = "is_default")]
    pub payload: i64,
    /// Networks (CIDR) that the client must come from; absent or empty = anywhere.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "cidr_list")]
    pub src: Option<Vec<String>>,
    /// Hours of the day in which the user may be connected; absent or empty = always.
    #[serde(
        skip_serializing_if = "is_default",
        deserialize_with = "shape::optional_list"
    )]
    pub times: Option<Vec<TimeRange>>,
    /// The zone of `times`, an IANA name; empty = the server's own.
    #[serde(skip_serializing_if = "is_default")]
    pub times_location: String,
    /// The token alone is enough; no nonce is signed.
    #[serde(skip_serializing_if = "is_default")]
    pub bearer_token: bool,
    /// Only through a trusted proxy.
    #[serde(skip_serializing_if = "is_default")]
    pub proxy_required: bool,
    /// Names of connection types; absent or empty = all.
    #[serde(skip_serializing_if = "is_default")]
    pub allowed_connection_types: Option<Vec<String>>,
}

impl UserPermissionLimits {
    /// No permission lists, and every limit unlimited: what a plain user token carries.
    pub fn unlimited() -> Self {
        Self {
            subs: -1,
            data: -1,
            payload: -1,
            ..Self::default()
        }
    }

    /// The permission lists alone.
    pub fn permissions(&self) -> PermissionSet {
        PermissionSet {
            publish: self.publish.clone(),
            subscribe: self.subscribe.clone(),
            responses: self.responses,
        }
    }

    /// Replaces the permission lists.
    #[must_use]
    pub fn with_permissions(mut self, permissions: PermissionSet) -> Self {
        self.publish = permissions.publish;
        self.subscribe = permissions.subscribe;
        self.responses = permissions.responses;
        self
    }

    /// Completely zero, as the user of a scoped key must be; an empty list is not zero.
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}

/// Permission lists as they stand in claims.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PermissionSet {
    #[serde(rename = "pub", deserialize_with = "shape::object")]
    pub publish: SubjectRules,
    #[serde(rename = "sub", deserialize_with = "shape::object")]
    pub subscribe: SubjectRules,
    #[serde(
        rename = "resp",
        skip_serializing_if = "is_default",
        deserialize_with = "shape::optional"
    )]
    pub responses: Option<ResponseClaim>,
}

impl PermissionSet {
    /// Whether nothing is said at all; then an account's default permissions apply.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Subjects that are allowed and denied. `allow` absent = all; present but empty = none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SubjectRules {
    #[serde(skip_serializing_if = "is_default")]
    pub allow: Option<Vec<String>>,
    #[serde(skip_serializing_if = "is_default")]
    pub deny: Option<Vec<String>>,
}

/// Leave to answer requests. 0 reads as the default, a negative value as no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ResponseClaim {
    /// Messages per request; 0 = 1.
    pub max: i32,
    /// Nanoseconds; 0 = two minutes.
    pub ttl: i64,
}

/// A part of the day, `15:04:05`. When `start` is after `end` it crosses midnight.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TimeRange {
    pub start: String,
    pub end: String,
}

/// A JSON array, or one text with commas.
fn cidr_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        List(Vec<String>),
        Text(String),
    }
    Ok(match Form::deserialize(deserializer)? {
        Form::List(list) => Some(list),
        Form::Text(text) => {
            let parts = text
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty());
            Some(parts.map(str::to_owned).collect())
        }
    })
}
