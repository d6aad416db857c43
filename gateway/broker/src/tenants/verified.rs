//! User tokens that were let in before: their signatures need no second look.

use std::{collections::HashMap, sync::Arc};

use accounts::{claims::user::UserBody, jwt::Claims};

/// Bytes of tokens that are remembered; their decoded forms take about twice as much again. Room
/// for 16,384 tokens of the usual 1 KiB. Full means emptied: a look at a signature costs 50 µs.
const BYTES_MAX: usize = 16 * 1024 * 1024;
/// Longer tokens are looked at each time, so that a few users do not take all the room.
const TOKEN_BYTES_MAX: usize = 8 * 1024;

/// Tokens with good signatures, each vouched for by a key of its account: what strangers sign for
/// themselves takes no room here.
#[derive(Debug, Default)]
pub(super) struct Verified {
    users: HashMap<Box<str>, Arc<Claims<UserBody>>>,
    bytes: usize,
}

impl Verified {
    pub(super) fn find(&self, token: &str) -> Option<Arc<Claims<UserBody>>> {
        self.users.get(token).map(Arc::clone)
    }

    pub(super) fn remember(&mut self, token: &str, claims: &Arc<Claims<UserBody>>) {
        if token.len() > TOKEN_BYTES_MAX || self.users.contains_key(token) {
            return;
        }
        if self.bytes + token.len() > BYTES_MAX {
            *self = Self::default();
        }
        self.bytes += token.len();
        self.users.insert(token.into(), Arc::clone(claims));
    }
}

#[cfg(test)]
mod tests {
    use accounts::{KeyKind, KeyPair};

    use super::*;

    #[test]
    fn what_is_remembered_has_an_end_in_bytes() {
        let key = KeyPair::from_entropy(KeyKind::User, [1; 32]).public();
        let claims = Arc::new(Claims::new(key, "u", 1, UserBody::default()));
        let mut verified = Verified::default();
        verified.remember(&"x".repeat(TOKEN_BYTES_MAX + 1), &claims);
        assert!(verified.users.is_empty());
        for n in 0..2 * BYTES_MAX / TOKEN_BYTES_MAX {
            let token = format!("{n:0TOKEN_BYTES_MAX$}");
            for _ in 0..2 {
                verified.remember(&token, &claims);
            }
            assert!(verified.find(&token).is_some());
            let held: usize = verified.users.keys().map(|token| token.len()).sum();
            assert_eq!(held, verified.bytes);
            assert!(held <= BYTES_MAX);
        }
    }
}
