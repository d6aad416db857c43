//! Account claims: limits, keys, revocations and sharing of one tenant.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::user::{PermissionSet, UserPermissionLimits};
use super::{is_default, shape};
use crate::jwt::{ClaimBody, ClaimKind, KeySubject};
use crate::nkeys::{KeyKind, PublicKey};

/// The `nats` object of an account token.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountBody {
    /// What it uses of others.
    #[serde(skip_serializing_if = "is_default")]
    pub imports: Vec<ImportClaim>,
    /// What it offers to others.
    #[serde(skip_serializing_if = "is_default")]
    pub exports: Vec<ExportClaim>,
    /// Absent reads as all zero: nobody connects.
    pub limits: AccountLimits,
    /// Account keys that may sign users, some only within a scope.
    #[serde(skip_serializing_if = "is_default")]
    pub signing_keys: Vec<SigningKey>,
    /// User key or `*` to unix seconds: tokens issued then or earlier are revoked.
    #[serde(skip_serializing_if = "is_default")]
    pub revocations: BTreeMap<String, i64>,
    /// For users that carry no permissions of their own.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "shape::object")]
    pub default_permissions: PermissionSet,
    /// Subject to weighted destinations.
    #[serde(
        skip_serializing_if = "is_default",
        deserialize_with = "shape::map_of_lists"
    )]
    pub mappings: BTreeMap<String, Vec<WeightedMapping>>,
    /// Auth callout.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "shape::object")]
    pub authorization: ExternalAuthorization,
    /// Where traces of its messages go.
    #[serde(
        skip_serializing_if = "is_default",
        deserialize_with = "shape::optional"
    )]
    pub trace: Option<TraceClaim>,
    /// `""`, `system` or `owner`.
    #[serde(skip_serializing_if = "is_default")]
    pub cluster_traffic: String,
    #[serde(skip_serializing_if = "is_default")]
    pub description: String,
    #[serde(skip_serializing_if = "is_default")]
    pub info_url: String,
    #[serde(skip_serializing_if = "is_default")]
    pub tags: Vec<String>,
    /// What Tidegate adds; other servers carry it along.
    #[serde(skip_serializing_if = "is_default")]
    pub tidegate: Option<TidegateExtra>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl ClaimBody for AccountBody {
    const KIND: ClaimKind = ClaimKind::Account;
    const ISSUERS: &'static [KeyKind] = &[KeyKind::Operator, KeyKind::Account];
    const SUBJECTS: &'static [KeyKind] = &[KeyKind::Account];
}

impl KeySubject for AccountBody {}

impl AccountBody {
    /// Our count of tokens minted for the account, when somebody counts.
    pub fn generation(&self) -> Option<u64> {
        let extra = self.tidegate.as_ref();
        extra.map(|extra| extra.generation).filter(|it| *it != 0)
    }
}

/// Our own part of the account claims (`nats.tidegate`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TidegateExtra {
    /// Counts the tokens minted for this account; a broker refuses a lower one. Whoever counts
    /// begins with 1.
    #[serde(default, skip_serializing_if = "is_default")]
    pub generation: u64,
    /// Who issues certificates for the account's devices, see [`crate::devices`].
    #[serde(default, skip_serializing_if = "is_default")]
    pub device_anchors: Vec<DeviceAnchor>,
    /// Whether the account is the installation's own: its users come in where those of the system
    /// account do.
    #[serde(default, skip_serializing_if = "is_default")]
    pub installation: bool,
    /// Further fields, see [`crate::quotas`].
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// An authority for devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceAnchor {
    /// Its certificate: DER in base64.
    pub certificate: String,
    /// The scoped signing key whose role its devices have.
    pub role: PublicKey,
}

/// Ceilings of an account. -1 = unlimited, 0 = none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountLimits {
    /// Subscriptions.
    #[serde(skip_serializing_if = "is_default")]
    pub subs: i64,
    /// Bytes in total.
    #[serde(skip_serializing_if = "is_default")]
    pub data: i64,
    /// Bytes of one message.
    #[serde(skip_serializing_if = "is_default")]
    pub payload: i64,
    /// How many imports.
    #[serde(skip_serializing_if = "is_default")]
    pub imports: i64,
    /// How many exports.
    #[serde(skip_serializing_if = "is_default")]
    pub exports: i64,
    /// Whether exports may have wildcards.
    #[serde(skip_serializing_if = "is_default")]
    pub wildcards: bool,
    /// Users must sign the nonce.
    #[serde(skip_serializing_if = "is_default")]
    pub disallow_bearer: bool,
    /// Client connections.
    #[serde(skip_serializing_if = "is_default")]
    pub conn: i64,
    /// Leaf connections.
    #[serde(skip_serializing_if = "is_default")]
    pub leaf: i64,
    /// JetStream without tiers.
    #[serde(flatten)]
    pub jetstream: JetStreamLimits,
    /// JetStream per replication tier (`R1`, `R3`).
    #[serde(skip_serializing_if = "is_default", deserialize_with = "shape::map")]
    pub tiered_limits: BTreeMap<String, JetStreamLimits>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl AccountLimits {
    /// Everything unlimited, JetStream off: the base for making an account.
    pub fn unlimited() -> Self {
        Self {
            subs: -1,
            data: -1,
            payload: -1,
            imports: -1,
            exports: -1,
            wildcards: true,
            conn: -1,
            leaf: -1,
            ..Self::default()
        }
    }

    /// Whether the account may use JetStream at all.
    pub fn has_jetstream(&self) -> bool {
        let on = |limits: &JetStreamLimits| limits.mem_storage != 0 || limits.disk_storage != 0;
        on(&self.jetstream) || self.tiered_limits.values().any(on)
    }
}

/// JetStream ceilings, in bytes and counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JetStreamLimits {
    /// Bytes in memory.
    #[serde(skip_serializing_if = "is_default")]
    pub mem_storage: i64,
    /// Bytes on disk.
    #[serde(skip_serializing_if = "is_default")]
    pub disk_storage: i64,
    /// How many streams.
    #[serde(skip_serializing_if = "is_default")]
    pub streams: i64,
    /// How many consumers.
    #[serde(skip_serializing_if = "is_default")]
    pub consumer: i64,
    /// Messages that a consumer may leave unacknowledged.
    #[serde(skip_serializing_if = "is_default")]
    pub max_ack_pending: i64,
    /// Bytes of one stream in memory.
    #[serde(skip_serializing_if = "is_default")]
    pub mem_max_stream_bytes: i64,
    /// Bytes of one stream on disk.
    #[serde(skip_serializing_if = "is_default")]
    pub disk_max_stream_bytes: i64,
    /// Every stream must set `max_bytes`.
    #[serde(skip_serializing_if = "is_default")]
    pub max_bytes_required: bool,
}

/// A key that signs users for the account.
#[derive(Debug, Clone, PartialEq)]
pub enum SigningKey {
    /// Signs any user.
    Plain(PublicKey),
    /// Signs users that get exactly the template's rights.
    Scoped(Box<UserScope>),
}

impl SigningKey {
    /// What it may give, if that is bounded.
    pub fn scope(&self) -> Option<&UserScope> {
        match self {
            Self::Plain(_) => None,
            Self::Scoped(scope) => Some(scope),
        }
    }

    /// The key itself.
    pub fn key(&self) -> PublicKey {
        match self {
            Self::Plain(key) => *key,
            Self::Scoped(scope) => scope.key,
        }
    }
}

/// A scoped signing key: a role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserScope {
    /// Always `user_scope`.
    pub kind: ScopeKind,
    /// The signing key.
    pub key: PublicKey,
    /// The role's name, for people.
    #[serde(default)]
    pub role: String,
    /// What the key's users get.
    #[serde(default)]
    pub template: ScopeTemplate,
    #[serde(default, skip_serializing_if = "is_default")]
    pub description: String,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The rights of a scope; its subjects may hold `{{name()}}` and the like. Other than in a user, an
/// absent limit is unlimited here, as the Go library reads it; so all three are always written.
#[derive(Debug, Clone, PartialEq)]
pub struct ScopeTemplate {
    /// The rights.
    pub rights: UserPermissionLimits,
    /// Fields that we do not know.
    pub extra: Map<String, Value>,
}

/// The limits of a template that are unlimited when they are absent.
const TEMPLATE_LIMITS: [&str; 3] = ["subs", "data", "payload"];

impl Default for ScopeTemplate {
    fn default() -> Self {
        Self {
            rights: UserPermissionLimits::unlimited(),
            extra: Map::new(),
        }
    }
}

/// A template as it stands in JSON.
#[derive(Serialize, Deserialize)]
struct TemplateFields {
    #[serde(flatten)]
    rights: UserPermissionLimits,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

impl Serialize for ScopeTemplate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = TemplateFields {
            rights: self.rights.clone(),
            extra: self.extra.clone(),
        };
        let mut fields = serde_json::to_value(fields).map_err(serde::ser::Error::custom)?;
        for limit in TEMPLATE_LIMITS {
            if let Some(fields) = fields.as_object_mut() {
                fields.entry(limit).or_insert_with(|| 0.into());
            }
        }
        fields.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ScopeTemplate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Map::<String, Value>::deserialize(deserializer)?;
        for limit in TEMPLATE_LIMITS {
            fields.entry(limit).or_insert_with(|| Value::from(-1));
        }
        let fields: TemplateFields =
            serde_json::from_value(Value::Object(fields)).map_err(D::Error::custom)?;
        Ok(Self {
            rights: fields.rights,
            extra: fields.extra,
        })
    }
}

/// The one kind of scope there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScopeKind {
    #[default]
    #[serde(rename = "user_scope")]
    UserScope,
}

impl Serialize for SigningKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plain(key) => key.serialize(serializer),
            Self::Scoped(scope) => scope.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for SigningKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => PublicKey::parse(&text)
                .map(Self::Plain)
                .map_err(D::Error::custom),
            scope @ Value::Object(_) => serde_json::from_value(scope)
                .map(|scope| Self::Scoped(Box::new(scope)))
                .map_err(D::Error::custom),
            _ => Err(D::Error::custom("a signing key is a key or a scope object")),
        }
    }
}

/// Messages that flow out, or requests that are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ShareKind {
    /// Others may subscribe.
    Stream,
    /// Others may send requests.
    Service,
}

/// Something the account offers to others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExportClaim {
    #[serde(default, skip_serializing_if = "is_default")]
    pub name: String,
    #[serde(default)]
    pub subject: String,
    #[serde(rename = "type")]
    pub kind: ShareKind,
    /// Importers need an activation token.
    #[serde(default, skip_serializing_if = "is_default")]
    pub token_req: bool,
    /// Account key or `*` to unix seconds: activations issued then or earlier are revoked.
    #[serde(default, skip_serializing_if = "is_default")]
    pub revocations: BTreeMap<String, i64>,
    /// `Singleton` (also when empty), `Stream` or `Chunked`; services only.
    #[serde(default, skip_serializing_if = "is_default")]
    pub response_type: String,
    /// Nanoseconds to wait for an answer; 0 = the server's default; services only.
    #[serde(default, skip_serializing_if = "is_default")]
    pub response_threshold: i64,
    #[serde(
        default,
        skip_serializing_if = "is_default",
        deserialize_with = "shape::optional"
    )]
    pub service_latency: Option<ServiceLatency>,
    /// This token (from 1) of an import's subject must be the importing account's key.
    #[serde(default, skip_serializing_if = "is_default")]
    pub account_token_position: u32,
    #[serde(default, skip_serializing_if = "is_default")]
    pub advertise: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub allow_trace: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub description: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub info_url: String,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl ExportClaim {
    /// A public export with nothing else set.
    pub fn new(kind: ShareKind, subject: impl Into<String>) -> Self {
        Self {
            name: String::new(),
            subject: subject.into(),
            kind,
            token_req: false,
            revocations: BTreeMap::new(),
            response_type: String::new(),
            response_threshold: 0,
            service_latency: None,
            account_token_position: 0,
            advertise: false,
            allow_trace: false,
            description: String::new(),
            info_url: String::new(),
            extra: Map::new(),
        }
    }
}

/// Where latency samples of a service go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceLatency {
    pub sampling: Sampling,
    /// Subject in the exporter's account.
    #[serde(default)]
    pub results: String,
}

/// Which requests are sampled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Sampling {
    /// 1 to 100.
    Percent(i64),
    /// The text `headers`: requests that carry a tracing header.
    Named(String),
}

/// Something of another account that this one uses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportClaim {
    #[serde(default, skip_serializing_if = "is_default")]
    pub name: String,
    /// The exporter's subject; with `to` on a service, the local one.
    #[serde(default)]
    pub subject: String,
    /// The exporting account.
    pub account: PublicKey,
    /// An activation token, never a URL.
    #[serde(default, skip_serializing_if = "is_default")]
    pub token: String,
    /// Deprecated: the prefix of a stream, the exporter's subject of a service.
    #[serde(default, skip_serializing_if = "is_default")]
    pub to: String,
    /// The subject here; may reorder wildcards with `$1`. Empty = as the exporter's.
    #[serde(default, skip_serializing_if = "is_default")]
    pub local_subject: String,
    #[serde(rename = "type")]
    pub kind: ShareKind,
    /// Tell the exporter who asks; services only.
    #[serde(default, skip_serializing_if = "is_default")]
    pub share: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub allow_trace: bool,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl ImportClaim {
    /// An import of `subject` from `account` under the same subject.
    pub fn new(kind: ShareKind, account: PublicKey, subject: impl Into<String>) -> Self {
        Self {
            name: String::new(),
            subject: subject.into(),
            account,
            token: String::new(),
            to: String::new(),
            local_subject: String::new(),
            kind,
            share: false,
            allow_trace: false,
            extra: Map::new(),
        }
    }
}

/// One destination of a subject mapping.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WeightedMapping {
    pub subject: String,
    /// Percent; 0 reads as 100.
    #[serde(skip_serializing_if = "is_default")]
    pub weight: u8,
    #[serde(skip_serializing_if = "is_default")]
    pub cluster: String,
}

/// Auth callout: who answers, and for which accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExternalAuthorization {
    /// User keys that answer, and so log in without being asked about.
    #[serde(skip_serializing_if = "is_default")]
    pub auth_users: Vec<String>,
    /// Account keys whose users may be admitted; `*` = any.
    #[serde(skip_serializing_if = "is_default")]
    pub allowed_accounts: Vec<String>,
    /// A curve key: requests are sealed for it.
    #[serde(skip_serializing_if = "is_default")]
    pub xkey: String,
}

/// Where message traces of the account may go.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TraceClaim {
    /// The subject that traces are published on.
    pub dest: String,
    /// Percent of messages with a trace header; 0 = all.
    #[serde(skip_serializing_if = "is_default")]
    pub sampling: i64,
}
