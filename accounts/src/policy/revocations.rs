//! Revoked keys in a form that is small and quickly searched: an account may have many thousands.

use std::collections::BTreeMap;

use crate::nkeys::{KeyKind, PublicKey};

/// Keys of one kind and the time until which their tokens are revoked, sorted: 40 bytes each.
/// `*` is kept apart.
#[derive(Debug, Clone, Default)]
pub(crate) struct Revocations {
    keys: Box<[([u8; 32], i64)]>,
    all: Option<i64>,
}

impl Revocations {
    /// Entries that are no key of that kind can revoke nobody; validation warns about them.
    pub(super) fn new(entries: &BTreeMap<String, i64>, kind: KeyKind) -> Self {
        let key = |(text, at): (&String, &i64)| {
            let key = PublicKey::parse_as(text, kind).ok()?;
            Some((*key.as_bytes(), *at))
        };
        let mut keys: Vec<_> = entries.iter().filter_map(key).collect();
        keys.sort_unstable();
        Self {
            keys: keys.into_boxed_slice(),
            all: entries.get("*").copied(),
        }
    }

    /// Whether a token of `key` that was issued at `issued_at` (unix seconds) is revoked.
    pub(crate) fn covers(&self, key: &PublicKey, issued_at: i64) -> bool {
        self.own(key)
            .max(self.all)
            .is_some_and(|revoked| issued_at <= revoked)
    }

    /// The entry that revokes it: whether it is the key's own and not `*`, and up to when.
    pub(super) fn covering(&self, key: &PublicKey, issued_at: i64) -> Option<(bool, i64)> {
        let entries = [(true, self.own(key)), (false, self.all)];
        entries.into_iter().find_map(|(own, revoked)| {
            let revoked = revoked.filter(|revoked| issued_at <= *revoked)?;
            Some((own, revoked))
        })
    }

    fn own(&self, key: &PublicKey) -> Option<i64> {
        let found = self
            .keys
            .binary_search_by(|(bytes, _)| bytes.cmp(key.as_bytes()));
        found.ok().map(|at| self.keys[at].1)
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len() + usize::from(self.all.is_some())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::claims::account::AccountBody;
    use crate::jwt::{self, Claims};
    use crate::policy::AccountPolicy;

    fn key(n: u32) -> PublicKey {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&n.wrapping_mul(2_654_435_761).to_be_bytes());
        PublicKey::from_bytes(KeyKind::User, bytes)
    }

    #[test]
    fn each_of_many_keys_is_found_and_no_other() {
        let entries = (0..5000).map(|n| (key(n).to_string(), i64::from(n)));
        let revocations = Revocations::new(&entries.collect(), KeyKind::User);
        assert_eq!(revocations.len(), 5000);
        for n in 0..5000 {
            let at = i64::from(n);
            assert!(revocations.covers(&key(n), at) && !revocations.covers(&key(n), at + 1));
        }
        for n in 5000..10_000 {
            assert!(!revocations.covers(&key(n), 0));
        }
    }

    /// The figures are for `docs/limits.md`; what is asserted is that such claims can be had.
    #[test]
    fn claims_that_revoke_fifty_thousand_users_fit_with_room_to_spare() {
        let entry = |n: u32| (key(n).to_string(), 1_700_000_000 + i64::from(n));
        let body = AccountBody {
            revocations: (0..50_000).map(entry).collect(),
            ..AccountBody::default()
        };
        let signer = crate::testing::operator();
        let account = crate::testing::account(1).public();
        let claims = Claims::new(account, "many", 1, body);
        let began = Instant::now();
        let token = jwt::encode(&claims, &signer).unwrap();
        let signed = began.elapsed();
        assert!(token.len() > jwt::TOKEN_BYTES_MAX && token.len() < jwt::ACCOUNT_TOKEN_BYTES_MAX);
        let began = Instant::now();
        let read = jwt::decode::<AccountBody>(&token).unwrap();
        let decoded = began.elapsed();
        assert_eq!(read.nats, claims.nats);
        let began = Instant::now();
        let policy = AccountPolicy::compile(&read).unwrap();
        let compiled = began.elapsed();
        assert_eq!(policy.revocations.len(), 50_000);
        let at = 1_700_000_000 + 49_999;
        assert!(policy.revocations.covers(&key(49_999), at));
        assert!(!policy.revocations.covers(&key(49_999), at + 1));
        assert!(!policy.revocations.covers(&key(50_000), 0));
        println!(
            "50,000 revocations: {} bytes; signed in {signed:?}, read in {decoded:?}, compiled \
             in {compiled:?}",
            token.len()
        );
    }

    #[test]
    fn keys_of_another_kind_revoke_nobody() {
        let account = PublicKey::from_bytes(KeyKind::Account, *key(1).as_bytes());
        let entries = BTreeMap::from([(account.to_string(), 5)]);
        let users = Revocations::new(&entries, KeyKind::User);
        assert!(!users.covers(&key(1), 0));
        assert!(Revocations::new(&entries, KeyKind::Account).covers(&account, 5));
    }
}
