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

/// A server version: major, minor, update.
type Version = [u32; 3];

impl OperatorBody {
    /// Whether a server of `version` (`x.y.z`, a suffix does not count) may serve the operator.
    /// No server may when it is not readable what the operator asks for.
    pub fn permits_server(&self, version: &str) -> bool {
        match (self.required_version(), server_version(version)) {
            (Ok(None), _) => true,
            (Ok(Some(required)), Some(version)) => required <= version,
            _ => false,
        }
    }

    /// What `assert_server_version` asks for; an error when it cannot be read.
    pub(crate) fn required_version(&self) -> Result<Option<Version>, ()> {
        match self.assert_server_version.as_str() {
            "" => Ok(None),
            text => parse_version(text).map(Some).ok_or(()),
        }
    }
}

fn server_version(text: &str) -> Option<Version> {
    parse_version(text.split(['-', '+']).next().unwrap_or_default())
}

fn parse_version(text: &str) -> Option<Version> {
    let mut numbers = text.split('.').map(|number| {
        let plain = number.bytes().all(|byte| byte.is_ascii_digit());
        number.parse().ok().filter(|_| plain)
    });
    let version = [numbers.next()??, numbers.next()??, numbers.next()??];
    numbers.next().is_none().then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_server_is_not_permitted() {
        let permits = |required: &str, server: &str| {
            let body = OperatorBody {
                assert_server_version: required.to_owned(),
                ..OperatorBody::default()
            };
            body.permits_server(server)
        };
        for (required, server) in [
            ("", "2.9.25"),
            ("", "unknown"),
            ("2.9.25", "2.9.25"),
            ("2.9.9", "2.9.25"),
            ("2.0.99", "2.9.25"),
            ("1.99.99", "2.9.25"),
            ("2.9.25", "2.9.25-beta.1"),
        ] {
            assert!(permits(required, server), "{required} {server}");
        }
        for (required, server) in [
            ("2.9.26", "2.9.25"),
            ("2.10.0", "2.9.25"),
            ("3.0.0", "2.9.25"),
            ("2.9", "2.9.25"),
            ("2.9.x", "2.9.25"),
            ("2.9.-1", "2.9.25"),
            ("+2.9.1", "2.9.25"),
            ("2.9.1.0", "2.9.25"),
            ("2.9.1", "unknown"),
        ] {
            assert!(!permits(required, server), "{required} {server}");
        }
    }
}
