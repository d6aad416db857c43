//! The vault: seals seeds under one key file and derives the keys for hashing API tokens.
//!
//! A box is version, nonce and ciphertext (XChaCha20-Poly1305). Its associated data is a purpose
//! and the id of the row that holds it, so a box moved to another row or column does not open.
//! The key itself never leaves this module; opened secrets are wiped when dropped.

use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use data_encoding::{BASE64, HEXLOWER};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::{Zeroize as _, Zeroizing};

use crate::files;
use crate::random::random_bytes;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
const VERSION: u8 = 1;
/// Enough of a MAC that nobody guesses it.
const CURSOR_MAC_BYTES: usize = 16;
/// A key file is one short line; anything longer is not a key file.
const KEY_FILE_BYTES_MAX: u64 = 256;
/// What the canary box holds. Opening it proves that this vault key belongs to this database.
const CANARY: &[u8] = b"tidegate vault";

/// Why the vault cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The key file could not be read or made.
    #[error("vault key file {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// There is no key file, but there is something that it sealed.
    #[error(
        "there is no vault key file {path}, but the database was founded with one: \
         restore it from your backup"
    )]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// Others than the owner may read the key file.
    #[error("vault key file {path} has mode {mode:03o}: make it private with `chmod 600 {path}`")]
    Permissions {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The key file is not a key.
    #[error("vault key file {path} does not hold 32 bytes in base64: restore it from your backup")]
    Format {
        /// The file.
        path: PathBuf,
    },
    /// The key does not open the box.
    #[error(
        "a sealed secret does not open with vault key {key_id}: \
         use the vault key that this database was founded with"
    )]
    WrongKey {
        /// Which key was tried.
        key_id: String,
    },
}

/// What a sealed secret is for; part of its associated data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    AccountIdentity,
    AccountSigning,
    Canary,
    ClientSecret,
    EngineCreds,
    OperatorSigning,
    TotpSeed,
    RoleSigning,
    WebhookSecret,
}

impl Purpose {
    fn label(self) -> &'static str {
        match self {
            Purpose::AccountIdentity => "account-identity-seed",
            Purpose::AccountSigning => "account-signing-seed",
            Purpose::Canary => "canary",
            Purpose::ClientSecret => "client-secret",
            Purpose::EngineCreds => "engine-creds",
            Purpose::OperatorSigning => "operator-signing-seed",
            Purpose::TotpSeed => "totp-seed",
            Purpose::RoleSigning => "role-signing-seed",
            Purpose::WebhookSecret => "webhook-secret",
        }
    }
}

/// The opened key file.
pub(crate) struct Vault {
    seal_key: Zeroizing<[u8; KEY_BYTES]>,
    token_key: Zeroizing<[u8; KEY_BYTES]>,
    replay_key: Zeroizing<[u8; KEY_BYTES]>,
    cursor_key: Zeroizing<[u8; KEY_BYTES]>,
    key_id: String,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault")
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

impl Vault {
    /// Opens the key file at `path`.
    pub(crate) fn open(path: &Path) -> Result<Self, VaultError> {
        let file_error = |source| VaultError::File {
            path: path.to_owned(),
            source,
        };
        let meta = fs::metadata(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => VaultError::Missing {
                path: path.to_owned(),
            },
            _ => file_error(source),
        })?;
        let mode = meta.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(VaultError::Permissions {
                path: path.to_owned(),
                mode,
            });
        }
        if !meta.is_file() || meta.size() > KEY_FILE_BYTES_MAX {
            return Err(VaultError::Format {
                path: path.to_owned(),
            });
        }
        let text = Zeroizing::new(fs::read(path).map_err(file_error)?);
        let mut bytes = BASE64
            .decode(text.trim_ascii())
            .map_err(|_| VaultError::Format {
                path: path.to_owned(),
            })?;
        let key = <[u8; KEY_BYTES]>::try_from(bytes.as_slice()).map(Zeroizing::new);
        bytes.zeroize();
        let key = key.map_err(|_| VaultError::Format {
            path: path.to_owned(),
        })?;
        Ok(Self::from_key(&key))
    }

    /// Opens the key file at `path`, making it (mode 0600) when there is none.
    pub(crate) fn open_or_create(path: &Path) -> Result<Self, VaultError> {
        let file_error = |source| VaultError::File {
            path: path.to_owned(),
            source,
        };
        let key = Zeroizing::new(random_bytes::<KEY_BYTES>());
        let text = Zeroizing::new(BASE64.encode(key.as_slice()));
        files::create_private(path, text.as_bytes()).map_err(file_error)?;
        Self::open(path)
    }

    fn from_key(key: &[u8; KEY_BYTES]) -> Self {
        let id = derive(key, b"tidegate/v1/key-id");
        Self {
            seal_key: derive(key, b"tidegate/v1/seal"),
            token_key: derive(key, b"tidegate/v1/api-token"),
            replay_key: derive(key, b"tidegate/v1/replay"),
            cursor_key: derive(key, b"tidegate/v1/cursor"),
            key_id: HEXLOWER.encode(&id[..8]),
        }
    }

    /// A public name of the key: tells keys apart, reveals nothing.
    pub(crate) fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Seals `secret` for `purpose` and the row `row_id`.
    pub(crate) fn seal(&self, purpose: Purpose, row_id: &str, secret: &[u8]) -> Vec<u8> {
        let aad = associated_data(purpose, row_id);
        seal_with(&self.seal_key, &aad, secret)
    }

    /// Opens what [`Vault::seal`] made for the same purpose and row.
    pub(crate) fn open_sealed(
        &self,
        purpose: Purpose,
        row_id: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let wrong = || VaultError::WrongKey {
            key_id: self.key_id.clone(),
        };
        let aad = associated_data(purpose, row_id);
        open_with(&self.seal_key, &aad, sealed).ok_or_else(wrong)
    }

    /// A box that only this key opens; stored in the database to recognise the key.
    pub(crate) fn canary(&self, row_id: &str) -> Vec<u8> {
        self.seal(Purpose::Canary, row_id, CANARY)
    }

    /// Whether `sealed` is this key's canary.
    pub(crate) fn check_canary(&self, row_id: &str, sealed: &[u8]) -> Result<(), VaultError> {
        let opened = self.open_sealed(Purpose::Canary, row_id, sealed)?;
        if opened.as_slice() == CANARY {
            Ok(())
        } else {
            Err(VaultError::WrongKey {
                key_id: self.key_id.clone(),
            })
        }
    }

    /// The keyed hash under which an API token is stored and looked up, in lower-case hex.
    pub(crate) fn hash_token(&self, token: &str) -> String {
        HEXLOWER.encode(derive(&self.token_key, token.as_bytes()).as_slice())
    }

    /// Where an answer to `caller` under an Idempotency-Key is kept, and its box.
    /// Nobody opens it without the key and the caller's `credential`, the vault alone does not.
    pub(crate) fn replay(&self, caller: &str, key: &str, credential: &str) -> ReplayBox {
        let place = derive_of(
            &self.replay_key,
            &[b"place", caller.as_bytes(), key.as_bytes()],
        );
        let secret = [b"box", credential.as_bytes(), key.as_bytes()];
        ReplayBox {
            id: HEXLOWER.encode(place.as_slice()),
            key: derive_of(&self.replay_key, &secret),
        }
    }

    /// Signs a place in a list, so that nobody makes one up.
    pub(crate) fn sign_cursor(&self, context: &str, place: &[u8]) -> Vec<u8> {
        let mac = derive_of(&self.cursor_key, &[context.as_bytes(), place]);
        [&mac[..CURSOR_MAC_BYTES], place].concat()
    }

    /// The place in what [`Vault::sign_cursor`] made for the same context.
    pub(crate) fn check_cursor<'a>(&self, context: &str, signed: &'a [u8]) -> Option<&'a [u8]> {
        let (mac, place) = signed.split_at_checked(CURSOR_MAC_BYTES)?;
        let ours = derive_of(&self.cursor_key, &[context.as_bytes(), place]);
        // In a time that does not tell how much of it was right.
        let differs = mac
            .iter()
            .zip(ours.iter())
            .fold(0, |all, (a, b)| all | (a ^ b));
        (differs == 0).then_some(place)
    }
}

/// Seals the answer to one idempotent request.
pub(crate) struct ReplayBox {
    id: String,
    key: Zeroizing<[u8; KEY_BYTES]>,
}

impl fmt::Debug for ReplayBox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplayBox").finish_non_exhaustive()
    }
}

impl ReplayBox {
    /// The id of the row.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn seal(&self, answer: &[u8]) -> Vec<u8> {
        seal_with(&self.key, self.id.as_bytes(), answer)
    }

    pub(crate) fn open(&self, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        open_with(&self.key, self.id.as_bytes(), sealed)
    }
}

fn cipher(key: &[u8; KEY_BYTES]) -> XChaCha20Poly1305 {
    <XChaCha20Poly1305 as KeyInit>::new(key.into())
}

fn seal_with(key: &[u8; KEY_BYTES], aad: &[u8], secret: &[u8]) -> Vec<u8> {
    let nonce = random_bytes::<NONCE_BYTES>();
    let payload = Payload { msg: secret, aad };
    let ciphertext = cipher(key)
        .encrypt(XNonce::from_slice(&nonce), payload)
        .expect("sealing in memory cannot fail");
    let mut sealed = Vec::with_capacity(1 + NONCE_BYTES + ciphertext.len());
    sealed.push(VERSION);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(&ciphertext);
    sealed
}

fn open_with(key: &[u8; KEY_BYTES], aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (&version, rest) = sealed.split_first()?;
    let (nonce, ciphertext) = rest.split_at_checked(NONCE_BYTES)?;
    if version != VERSION {
        return None;
    }
    let payload = Payload {
        msg: ciphertext,
        aad,
    };
    let opened = cipher(key).decrypt(XNonce::from_slice(nonce), payload);
    opened.ok().map(Zeroizing::new)
}

fn derive(key: &[u8; KEY_BYTES], label: &[u8]) -> Zeroizing<[u8; KEY_BYTES]> {
    let mut mac =
        <Hmac<Sha256> as Mac>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(label);
    Zeroizing::new(mac.finalize().into_bytes().into())
}

/// As [`derive`], of several parts: each with its length, so that no two lists read alike.
fn derive_of(key: &[u8; KEY_BYTES], parts: &[&[u8]]) -> Zeroizing<[u8; KEY_BYTES]> {
    let mut text = Zeroizing::new(Vec::new());
    for part in parts {
        text.extend_from_slice(&part.len().to_be_bytes());
        text.extend_from_slice(part);
    }
    derive(key, &text)
}

fn associated_data(purpose: Purpose, row_id: &str) -> Vec<u8> {
    [purpose.label().as_bytes(), b"\0", row_id.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::{Purpose, Vault, VaultError};

    #[test]
    fn a_sealed_secret_opens_only_where_it_was_sealed() {
        let vault = Vault::from_key(&[7; 32]);
        let sealed = vault.seal(Purpose::AccountSigning, "acct_1", b"seed");
        let open = |vault: &Vault, purpose, row, sealed: &[u8]| {
            vault
                .open_sealed(purpose, row, sealed)
                .map(|s| s.to_vec())
                .ok()
        };
        let signing = Purpose::AccountSigning;
        assert_eq!(
            open(&vault, signing, "acct_1", &sealed).as_deref(),
            Some(&b"seed"[..])
        );
        assert_eq!(
            open(&vault, signing, "acct_2", &sealed),
            None,
            "another row"
        );
        assert_eq!(
            open(&vault, Purpose::AccountIdentity, "acct_1", &sealed),
            None
        );
        assert_eq!(
            open(&Vault::from_key(&[8; 32]), signing, "acct_1", &sealed),
            None
        );
        for cut in 0..sealed.len() {
            assert_eq!(open(&vault, signing, "acct_1", &sealed[..cut]), None);
        }
        for flip in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[flip] ^= 1;
            assert_eq!(open(&vault, signing, "acct_1", &bad), None, "byte {flip}");
        }
    }

    #[test]
    fn the_key_file_is_made_once_private_and_checked() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vault.key");
        let first = Vault::open_or_create(&path).unwrap();
        let again = Vault::open_or_create(&path).unwrap();
        assert_eq!(first.key_id(), again.key_id());
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        again.check_canary("v", &first.canary("v")).unwrap();

        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = Vault::open(&path).unwrap_err();
        assert!(
            matches!(error, VaultError::Permissions { mode: 0o640, .. }),
            "{error}"
        );

        for bad in ["", "short", &"A".repeat(300)] {
            fs::write(&path, bad).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            assert!(
                matches!(Vault::open(&path), Err(VaultError::Format { .. })),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_kept_answer_opens_only_with_all_three_secrets() {
        let vault = Vault::from_key(&[7; 32]);
        let sealed = vault.replay("key_1", "k", "token").seal(b"answer");
        let open = |vault: &Vault, caller, key, credential| {
            let opened = vault.replay(caller, key, credential).open(&sealed);
            opened.map(|answer| answer.to_vec())
        };
        assert_eq!(open(&vault, "key_1", "k", "token").unwrap(), b"answer");
        let other = Vault::from_key(&[8; 32]);
        assert_eq!(open(&other, "key_1", "k", "token"), None);
        assert_eq!(open(&vault, "key_2", "k", "token"), None);
        assert_eq!(open(&vault, "key_1", "l", "token"), None);
        assert_eq!(open(&vault, "key_1", "k", "tokem"), None);
        let place = |caller, key| vault.replay(caller, key, "").id().to_owned();
        assert_ne!(place("ab", "c"), place("a", "bc"));
    }

    #[test]
    fn nothing_prints_the_key() {
        let printed = format!("{:?}", Vault::from_key(&[7; 32]));
        assert!(printed.starts_with("Vault { key_id: "), "{printed}");
        assert!(!printed.contains("seal_key"));
    }
}
