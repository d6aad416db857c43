//! How devices are dealt with: what a role's policy says, what devices may be called, and which
//! roles may have any.

use accounts::devices::is_name;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::{IdKind, is_id};
use crate::pki::KeyKind;
use crate::store::account_roles::RoleRow;
use crate::store::device_authorities::PolicyRow;
use crate::store::{self, StoreError, Tx};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// The bounds of a certificate's life, and what it is unless somebody says so.
pub(crate) const CERTIFICATE_SECONDS_MIN: i64 = HOUR;
pub(crate) const CERTIFICATE_SECONDS_MAX: i64 = 366 * DAY;
const CERTIFICATE_SECONDS: i64 = 7 * DAY;
/// How long after its end a certificate may be good for renewal at most.
pub(crate) const GRACE_SECONDS_MAX: i64 = 90 * DAY;
/// Characters of the key that stand in a name in the place of `*`: 60 bits.
const NAME_OF_KEY_CHARS: usize = 12;

/// How the devices of a role are dealt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    /// The kind of key that the role's next authority has: `p256` or `ed25519`.
    pub(crate) key_kind: KeyKind,
    /// How long a certificate is good: an hour to 366 days, a week unless somebody says so.
    #[schema(minimum = 3_600, maximum = 31_622_400)]
    pub(crate) certificate_seconds: i64,
    /// How long after its end a certificate may still be renewed; 0: not at all.
    #[schema(minimum = 0, maximum = 7_776_000)]
    pub(crate) grace_seconds: i64,
    /// Whether every new device waits until somebody approves it.
    pub(crate) approval: bool,
    /// Whether devices may have their key made here (EST `serverkeygen`).
    pub(crate) server_keys: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            key_kind: KeyKind::P256,
            certificate_seconds: CERTIFICATE_SECONDS,
            grace_seconds: 0,
            approval: false,
            server_keys: false,
        }
    }
}

impl Policy {
    /// The role's policy and its version; 0 for the defaults.
    pub(crate) async fn of(tx: &mut Tx, role_id: &str) -> Result<(Self, i64), StoreError> {
        let Some(row) = store::device_authorities::policy(tx, role_id).await? else {
            return Ok((Self::default(), 0));
        };
        let corrupt = || StoreError::corrupt("device_policies.key_kind", role_id);
        let policy = Self {
            key_kind: KeyKind::parse(&row.key_kind).ok_or_else(corrupt)?,
            certificate_seconds: row.certificate_seconds,
            grace_seconds: row.grace_seconds,
            approval: row.approval,
            server_keys: row.server_keys,
        };
        Ok((policy, row.version))
    }

    /// The row of this policy.
    pub(crate) fn row(&self, role: &RoleRow, now: i64, version: i64) -> PolicyRow {
        PolicyRow {
            role_id: role.id.clone(),
            account_id: role.account_id.clone(),
            key_kind: self.key_kind.as_str().to_owned(),
            certificate_seconds: self.certificate_seconds,
            grace_seconds: self.grace_seconds,
            approval: self.approval,
            server_keys: self.server_keys,
            updated_at: now,
            version,
        }
    }
}

/// What devices may be called: a name, or one with a `*` that stands for anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern(String);

/// What a pattern must be.
pub(crate) const PATTERN_RULE: &str = "must be a device's name (letters, digits, `-`, `_` and \
    `:`, 128 at most, beginning with a letter or a digit), or one with a `*` in it";

impl Pattern {
    /// Reads a pattern; what fits it can only be names.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let stars = text.matches('*').count();
        let example = text.replacen('*', "0", 1);
        let is_fine = stars <= 1 && is_device_name(&example);
        is_fine.then(|| Self(text.to_owned()))
    }

    fn fits(&self, name: &str) -> bool {
        match self.0.split_once('*') {
            None => name == self.0,
            Some((head, tail)) => {
                name.len() > head.len() + tail.len()
                    && name.starts_with(head)
                    && name.ends_with(tail)
            }
        }
    }

    /// The name that a device gets: the one that it asks for, if it fits; without one, that of the
    /// pattern with a part of its key.
    pub(crate) fn name(&self, asked: Option<&str>, user_key: &str) -> Result<String, String> {
        let asked = asked.filter(|name| !name.is_empty());
        if let Some(name) = asked {
            return match self.fits(name) && is_device_name(name) {
                true => Ok(name.to_owned()),
                false => Err(format!("the token is for devices called `{}`", self.0)),
            };
        }
        let of_key: String = user_key.chars().skip(1).take(NAME_OF_KEY_CHARS).collect();
        let name = self.0.replacen('*', &of_key.to_ascii_lowercase(), 1);
        match is_device_name(&name) {
            true => Ok(name),
            false => Err(format!(
                "a name for `{}` would be too long: say one",
                self.0
            )),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a device may have this name, which must not look like an id.
pub(crate) fn is_device_name(name: &str) -> bool {
    is_name(name) && !is_id(IdKind::Device, name)
}

/// Whether a role may have devices: those have no tags of their own in a permission template.
pub(crate) fn may_have_devices(template: &str) -> bool {
    !template.replace("account-tag(", "").contains("tag(")
}

#[cfg(test)]
mod tests {
    use super::{Pattern, is_device_name, may_have_devices};

    const KEY: &str = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4";

    #[test]
    fn a_name_fits_or_is_refused() {
        let pattern = Pattern::parse("pump-*").unwrap();
        assert_eq!(pattern.name(Some("pump-7"), KEY).unwrap(), "pump-7");
        assert_eq!(pattern.name(None, KEY).unwrap(), "pump-dxu4rcsjnzoi");
        for bad in ["pump-", "valve-7", "pump-*", "pump->", "pump-a.b", "pump- "] {
            assert!(pattern.name(Some(bad), KEY).is_err(), "{bad}");
        }
        let one = Pattern::parse("pump-7").unwrap();
        assert_eq!(one.name(Some(""), KEY).unwrap(), "pump-7");
        assert!(one.name(Some("pump-8"), KEY).is_err());
        assert!(Pattern::parse("*").unwrap().name(Some("*"), KEY).is_err());
    }

    #[test]
    fn patterns_that_let_wildcards_through_are_none() {
        for bad in ["", "**", "a*b*", "a.*", "-*", ">", "a b", "pump-*.", "é*"] {
            assert_eq!(Pattern::parse(bad), None, "{bad}");
        }
        assert!(!is_device_name("dev_01j9zc0m5k8w3v7x2q4r6t1y0a"));
        let long = format!("{}*", "a".repeat(127));
        assert!(Pattern::parse(&long).unwrap().name(None, KEY).is_err());
    }

    #[test]
    fn only_the_accounts_tags_are_for_devices() {
        assert!(may_have_devices("box.{{name()}}.{{account-tag(site)}}"));
        assert!(!may_have_devices("box.{{tag(site)}}"));
        assert!(!may_have_devices("{{account-tag(a)}}.{{ tag(b) }}"));
    }
}
