//! The keys that a process holds: the data keys by their names, and the key of token hashes.

use zeroize::Zeroizing;

use super::boxes::{self, KEY_BYTES, Key, derive};

/// Bytes of a data key's name.
const NAME_BYTES: usize = 8;
/// The first byte of a box that names its key.
pub(super) const NAMED: u8 = 2;
/// The first byte of a box that was made before there were data keys.
const UNNAMED: &[u8] = &[1];
/// How a sealed value begins: version and name of the key.
pub(super) const HEAD_BYTES: usize = 1 + NAME_BYTES;

/// A data key and since when it seals.
#[derive(Clone)]
pub(super) struct DataKey {
    pub(super) id: String,
    pub(super) active_from: i64,
    pub(super) key: Key,
}

/// How the values that the data key `id` seals begin.
pub(super) fn head(id: &str) -> Option<[u8; HEAD_BYTES]> {
    let name = data_encoding::HEXLOWER.decode(id.as_bytes()).ok()?;
    let name = <[u8; NAME_BYTES]>::try_from(name).ok()?;
    let mut head = [NAMED; HEAD_BYTES];
    head[1..].copy_from_slice(&name);
    Some(head)
}

#[derive(Clone)]
pub(super) struct Ring {
    /// In the order in which they became active.
    pub(super) keys: Vec<DataKey>,
    /// Of the key file itself: they seal until there is a data key, and open what they sealed.
    unnamed: (Key, Vec<Key>),
    pub(super) token: Key,
    pub(super) replay: Key,
    pub(super) cursor: Key,
}

impl Ring {
    /// What a key file alone gives.
    pub(super) fn of_file(first: &[u8; KEY_BYTES], rest: &[Key]) -> Self {
        let sealing = |key: &[u8; KEY_BYTES]| derive(key, b"tidegate/v1/seal");
        let unnamed = (
            sealing(first),
            rest.iter().map(|key| sealing(key)).collect(),
        );
        let token = derive(first, b"tidegate/v1/api-token");
        Self {
            keys: Vec::new(),
            unnamed,
            replay: derive(&token, b"tidegate/v1/replay"),
            cursor: derive(&token, b"tidegate/v1/cursor"),
            token,
        }
    }

    pub(super) fn set_token(&mut self, token: Key) {
        self.replay = derive(&token, b"tidegate/v1/replay");
        self.cursor = derive(&token, b"tidegate/v1/cursor");
        self.token = token;
    }

    /// The data key that seals at this time.
    pub(super) fn active(&self, now: i64) -> Option<&DataKey> {
        self.keys.iter().rev().find(|key| key.active_from <= now)
    }

    pub(super) fn seal(&self, now: i64, aad: &[u8], secret: &[u8]) -> Vec<u8> {
        let named = self.active(now).and_then(|key| Some((key, head(&key.id)?)));
        match named {
            Some((key, head)) => boxes::seal(&key.key, &head, aad, secret),
            None => boxes::seal(&self.unnamed.0, UNNAMED, aad, secret),
        }
    }

    pub(super) fn open(&self, aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let named = self.keys.iter().find_map(|key| {
            let head = head(&key.id).filter(|head| sealed.starts_with(head))?;
            boxes::open(&key.key, &head, aad, sealed)
        });
        named.or_else(|| {
            let mut unnamed = std::iter::once(&self.unnamed.0).chain(&self.unnamed.1);
            unnamed.find_map(|key| boxes::open(key, UNNAMED, aad, sealed))
        })
    }
}
