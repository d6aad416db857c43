//! Typed ids: a prefix that names the kind, `_`, and 26 characters that sort by creation.
//!
//! The text is a 48-bit millisecond time and 80 random bits in lower-case Crockford base 32.
//! Ids made by one process strictly increase, so that paging by id is paging by creation. No id
//! can be mistaken for a slug (no `_`) or for an nkey (upper case).

use parking_lot::Mutex;

use crate::clock;
use crate::random::random_bytes;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const TEXT_LEN: usize = 26;
const RANDOM_BITS: u32 = 80;

/// What an id names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdKind {
    AccessRole,
    Account,
    Activation,
    ApiKey,
    AuditEntry,
    Delivery,
    Device,
    DeviceAuthority,
    DeviceCertificate,
    Engine,
    EnrolmentAuthority,
    EnrolmentToken,
    Export,
    IdentityProvider,
    Import,
    Invitation,
    Member,
    Membership,
    Operation,
    Operator,
    OperatorRotation,
    Org,
    PasswordReset,
    Request,
    ServiceAccount,
    Session,
    ImportRequest,
    Issuance,
    Plan,
    Role,
    ShareLink,
    User,
    Webhook,
}

impl IdKind {
    fn prefix(self) -> &'static str {
        match self {
            IdKind::AccessRole => "acr",
            IdKind::Account => "acct",
            IdKind::Activation => "act",
            IdKind::ApiKey => "key",
            IdKind::AuditEntry => "evt",
            IdKind::Delivery => "dlv",
            IdKind::Device => "dev",
            IdKind::DeviceAuthority => "ca",
            IdKind::DeviceCertificate => "crt",
            IdKind::Engine => "eng",
            IdKind::EnrolmentAuthority => "eca",
            IdKind::EnrolmentToken => "tok",
            IdKind::Export => "exp",
            IdKind::IdentityProvider => "idp",
            IdKind::Import => "imp",
            IdKind::Invitation => "inv",
            IdKind::Member => "mem",
            IdKind::Membership => "mbs",
            // `op` is the operator's.
            IdKind::Operation => "opn",
            IdKind::Operator => "op",
            IdKind::OperatorRotation => "opr",
            IdKind::Org => "org",
            IdKind::PasswordReset => "rst",
            IdKind::Request => "req",
            IdKind::ServiceAccount => "sva",
            IdKind::Session => "ses",
            IdKind::ImportRequest => "ireq",
            IdKind::Issuance => "iss",
            IdKind::Plan => "plan",
            IdKind::Role => "role",
            IdKind::ShareLink => "link",
            IdKind::User => "usr",
            IdKind::Webhook => "whk",
        }
    }
}

static LAST: Mutex<u128> = Mutex::new(0);

/// A new id, greater than every id that this process made before.
pub(crate) fn new_id(kind: IdKind) -> String {
    let mut random = [0_u8; 16];
    random[6..].copy_from_slice(&random_bytes::<10>());
    let fresh = (u128::from(clock::now_ms()) << RANDOM_BITS) | u128::from_be_bytes(random);
    let value = {
        let mut last = LAST.lock();
        *last = fresh.max(*last + 1);
        *last
    };
    format!("{}_{}", kind.prefix(), encode(value))
}

/// The first id of `kind` that could be made at this time: ids sort by when they were made.
pub(crate) fn first_id(kind: IdKind, unix_ms: u64) -> String {
    format!(
        "{}_{}",
        kind.prefix(),
        encode(u128::from(unix_ms) << RANDOM_BITS)
    )
}

/// Whether `text` could be an id of `kind`: the right prefix and alphabet. Says nothing about
/// whether such a thing exists.
pub(crate) fn is_id(kind: IdKind, text: &str) -> bool {
    text.strip_prefix(kind.prefix())
        .and_then(|rest| rest.strip_prefix('_'))
        .is_some_and(|id| id.len() == TEXT_LEN && id.bytes().all(|b| ALPHABET.contains(&b)))
}

fn encode(value: u128) -> String {
    (0..TEXT_LEN)
        .rev()
        .map(|digit| char::from(ALPHABET[((value >> (digit * 5)) & 31) as usize]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{IdKind, is_id, new_id};

    #[test]
    fn ids_increase_and_know_their_kind() {
        let ids: Vec<String> = (0..1000).map(|_| new_id(IdKind::User)).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(is_id(IdKind::User, &ids[0]));
        assert!(!is_id(IdKind::Account, &ids[0]));
        assert!(!is_id(IdKind::User, "usr_"));
        assert!(
            !is_id(IdKind::User, "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV"),
            "upper case is no id"
        );
    }
}
