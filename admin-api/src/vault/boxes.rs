//! Boxes (XChaCha20-Poly1305) and what is derived from keys (HMAC-SHA-256).

use std::fmt;

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use data_encoding::HEXLOWER;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::random::random_bytes;

pub(super) const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
/// The version of a box whose key is known from where it is kept.
const PLAIN: &[u8] = &[1];

/// A key in memory, wiped when it is dropped.
pub(super) type Key = Zeroizing<[u8; KEY_BYTES]>;

/// Seals the answer to one idempotent request.
pub(crate) struct ReplayBox {
    id: String,
    key: Key,
}

impl fmt::Debug for ReplayBox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplayBox").finish_non_exhaustive()
    }
}

impl ReplayBox {
    pub(super) fn new(id: String, key: Key) -> Self {
        Self { id, key }
    }

    /// The id of the row.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Stands for a request: nobody who sees it can guess what was in it.
    pub(crate) fn name(&self, parts: &[&[u8]]) -> String {
        HEXLOWER.encode(derive_of(&self.key, parts).as_slice())
    }

    pub(crate) fn seal(&self, answer: &[u8]) -> Vec<u8> {
        seal(&self.key, PLAIN, self.id.as_bytes(), answer)
    }

    pub(crate) fn open(&self, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        open(&self.key, PLAIN, self.id.as_bytes(), sealed)
    }
}

fn cipher(key: &[u8; KEY_BYTES]) -> XChaCha20Poly1305 {
    <XChaCha20Poly1305 as KeyInit>::new(key.into())
}

/// `head`, a nonce, and the ciphertext of `secret`.
pub(super) fn seal(key: &[u8; KEY_BYTES], head: &[u8], aad: &[u8], secret: &[u8]) -> Vec<u8> {
    let nonce = random_bytes::<NONCE_BYTES>();
    let payload = Payload { msg: secret, aad };
    let ciphertext = cipher(key)
        .encrypt(XNonce::from_slice(&nonce), payload)
        .expect("sealing in memory cannot fail");
    [head, nonce.as_slice(), ciphertext.as_slice()].concat()
}

/// What [`seal`] made with the same key, head and associated data.
pub(super) fn open(
    key: &[u8; KEY_BYTES],
    head: &[u8],
    aad: &[u8],
    sealed: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let rest = sealed.strip_prefix(head)?;
    let (nonce, msg) = rest.split_at_checked(NONCE_BYTES)?;
    let payload = Payload { msg, aad };
    let opened = cipher(key).decrypt(XNonce::from_slice(nonce), payload);
    opened.ok().map(Zeroizing::new)
}

pub(super) fn derive(key: &[u8; KEY_BYTES], label: &[u8]) -> Key {
    let mut mac =
        <Hmac<Sha256> as Mac>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(label);
    Zeroizing::new(mac.finalize().into_bytes().into())
}

/// As [`derive`], of several parts: each with its length, so that no two lists read alike.
pub(super) fn derive_of(key: &[u8; KEY_BYTES], parts: &[&[u8]]) -> Key {
    let mut text = Zeroizing::new(Vec::new());
    for part in parts {
        text.extend_from_slice(&part.len().to_be_bytes());
        text.extend_from_slice(part);
    }
    derive(key, &text)
}

/// A public name of a key: tells keys apart, reveals nothing.
pub(super) fn name_of(key: &[u8; KEY_BYTES]) -> String {
    HEXLOWER.encode(&derive(key, b"tidegate/v1/key-id")[..8])
}
