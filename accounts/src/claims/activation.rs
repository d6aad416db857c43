//! Activation claims: an exporter's permission for one account to import one subject.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::account::ShareKind;
use super::{is_default, shape};
use crate::jwt::{ClaimBody, ClaimKind, KeySubject};
use crate::nkeys::{KeyKind, PublicKey};

/// The `nats` object of an activation token. The token's subject is the importing account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActivationBody {
    /// The exporter's subject that may be imported, or a part of it.
    #[serde(default)]
    pub subject: String,
    /// Of which kind the import is.
    pub kind: ShareKind,
    /// The exporting account, when one of its signing keys issued the token.
    #[serde(
        default,
        skip_serializing_if = "is_default",
        deserialize_with = "shape::optional_key"
    )]
    pub issuer_account: Option<PublicKey>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub tags: Vec<String>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl ClaimBody for ActivationBody {
    const KIND: ClaimKind = ClaimKind::Activation;
    const ISSUERS: &'static [KeyKind] = &[KeyKind::Account, KeyKind::Operator];
    const SUBJECTS: &'static [KeyKind] = &[KeyKind::Account];
}

impl KeySubject for ActivationBody {}
