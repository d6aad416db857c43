//! Generic claims: signed data of no particular type, such as a request to delete accounts.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::jwt::{ClaimBody, ClaimKind};
use crate::nkeys::KeyKind;

/// The `nats` object of a generic token, as it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GenericBody {
    pub data: Map<String, Value>,
}

impl ClaimBody for GenericBody {
    const KIND: ClaimKind = ClaimKind::Generic;
    const ISSUERS: &'static [KeyKind] = &[];
    const SUBJECTS: &'static [KeyKind] = &[];
}
