//! The vault: seals secrets under data keys, and derives the keys for hashing API tokens.
//!
//! Data keys lie in the database, wrapped by a key that does not ([`kms`]). A box names the data
//! key
//! that opens it ([`ring`]); its associated data is a purpose and the id of the row that holds it,
//! so
//! a box moved to another row or column does not open. Changing the data key seals everything anew
//! ([`rotation`]). No key leaves this module; opened secrets are wiped when dropped.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_encoding::HEXLOWER;
use parking_lot::RwLock;
use zeroize::Zeroizing;

use crate::clock;
use crate::random::random_bytes;
use crate::store::vault::VaultKeyRow;

mod boxes;
mod kms;
mod ring;
pub(crate) mod rotation;
mod sealed;

pub(crate) use boxes::ReplayBox;
use boxes::{KEY_BYTES, Key, derive, derive_of, name_of};
use kms::{KeyFile, Kms, Wrapped};
use ring::{DataKey, Ring};
pub(crate) use sealed::Purpose;

/// Enough of a MAC that nobody guesses it.
const CURSOR_MAC_BYTES: usize = 16;
/// What the canary box holds. Opening it proves that this vault key belongs to this database.
const CANARY: &[u8] = b"tidegate vault";
/// The row of the vault: canary and token key belong to it.
const ROW: &str = crate::store::foundation::VAULT_ROW;

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
    #[error(
        "vault key file {path} does not hold 32 bytes in base64 on each line: \
         restore it from your backup"
    )]
    Format {
        /// The file.
        path: PathBuf,
    },
    /// The key does not open the box.
    #[error(
        "a sealed secret does not open without vault key {key_id}: \
         use the vault key file that this database was founded with, or add that key to it"
    )]
    WrongKey {
        /// Which key is needed.
        key_id: String,
    },
}

/// The keys of this installation.
pub(crate) struct Vault {
    kms: Box<dyn Kms>,
    /// Names of the keys in the key file.
    file_keys: Vec<String>,
    ring: RwLock<Arc<Ring>>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault")
            .field("kms", &self.kms)
            .field("file_keys", &self.file_keys)
            .finish_non_exhaustive()
    }
}

impl Vault {
    /// Opens the key file at `path`.
    pub(crate) fn open(path: &Path) -> Result<Self, VaultError> {
        let file = KeyFile::new(path);
        let (first, rest) = file.read()?;
        let names = std::iter::once(&first).chain(&rest).map(|key| name_of(key));
        Ok(Self {
            file_keys: names.collect(),
            kms: Box::new(file),
            ring: RwLock::new(Arc::new(Ring::of_file(&first, &rest))),
        })
    }

    /// Opens the key file at `path`, making it (mode 0600) when there is none.
    pub(crate) fn open_or_create(path: &Path) -> Result<Self, VaultError> {
        KeyFile::new(path).create()?;
        Self::open(path)
    }

    /// What kind of place the key is in that wraps the data keys.
    pub(crate) fn kind(&self) -> &'static str {
        self.kms.kind()
    }

    /// Whether the key file that was opened holds the key of this name.
    pub(crate) fn holds(&self, key_id: &str) -> bool {
        self.file_keys.iter().any(|held| held == key_id)
    }

    /// The name of the key in the file that wraps.
    pub(crate) fn file_key(&self) -> &str {
        self.file_keys.first().map_or("", String::as_str)
    }

    /// Makes a data key that seals from `active_from` on. It is used once it was stored and
    /// [learnt](Self::learn).
    pub(crate) async fn new_key(
        &self,
        now: i64,
        active_from: i64,
    ) -> Result<VaultKeyRow, VaultError> {
        let key = Zeroizing::new(random_bytes::<KEY_BYTES>());
        let id = HEXLOWER.encode(&random_bytes::<8>());
        let wrapped = self.kms.wrap(&id, &key).await?;
        Ok(VaultKeyRow {
            id,
            wrapped: wrapped.bytes,
            wrapped_by: wrapped.key_id,
            created_at: now,
            active_from,
            retired_at: None,
            trouble: None,
        })
    }

    /// Takes over the data keys that are stored, and no others. A key that cannot be unwrapped is
    /// left out; which one and why is the answer.
    pub(crate) async fn learn(&self, rows: &[VaultKeyRow]) -> Result<(), (String, VaultError)> {
        let known = Arc::clone(&self.ring.read());
        let mut ring = Ring::clone(&known);
        ring.keys.clear();
        let mut trouble = None;
        for row in rows {
            let held = known.keys.iter().find(|key| key.id == row.id);
            let key = match held {
                Some(held) => Ok(held.key.clone()),
                None => self.unwrap(row).await,
            };
            match key {
                Ok(key) => ring.keys.push(DataKey {
                    id: row.id.clone(),
                    active_from: row.active_from,
                    key,
                }),
                // It opens nothing any more.
                Err(_) if row.retired_at.is_some() => {}
                Err(error) => trouble = Some((row.id.clone(), error)),
            }
        }
        ring.keys
            .sort_by(|a, b| (a.active_from, &a.id).cmp(&(b.active_from, &b.id)));
        *self.ring.write() = Arc::new(ring);
        trouble.map_or(Ok(()), Err)
    }

    async fn unwrap(&self, row: &VaultKeyRow) -> Result<Key, VaultError> {
        let wrapped = Wrapped {
            key_id: row.wrapped_by.clone(),
            bytes: row.wrapped.clone(),
        };
        self.kms.unwrap(&row.id, &wrapped).await
    }

    /// Whether exactly these data keys are held.
    pub(crate) fn knows(&self, rows: &[VaultKeyRow]) -> bool {
        let ring = self.ring.read();
        let is_held = |row: &VaultKeyRow| {
            let mut keys = ring.keys.iter();
            keys.any(|key| key.id == row.id && key.active_from == row.active_from)
        };
        let is_known = |row: &VaultKeyRow| is_held(row) || row.retired_at.is_some();
        let is_stored = |key: &DataKey| rows.iter().any(|row| row.id == key.id);
        rows.iter().all(is_known) && ring.keys.iter().all(is_stored)
    }

    /// The data key that seals at this time, and how what it seals begins.
    pub(crate) fn active_key(&self, now: i64) -> Option<(String, Vec<u8>)> {
        let ring = self.ring.read();
        let key = ring.active(now)?;
        Some((key.id.clone(), ring::head(&key.id)?.to_vec()))
    }

    /// The key of token hashes, sealed: it outlives the key file.
    pub(crate) fn sealed_token_key(&self) -> Vec<u8> {
        let token = self.ring.read().token.clone();
        self.seal(Purpose::TokenKey, ROW, token.as_slice())
    }

    /// Makes another key of token hashes, for a new installation.
    pub(crate) fn renew_token_key(&self) {
        let mut ring = Ring::clone(&self.ring.read());
        ring.set_token(Zeroizing::new(random_bytes()));
        *self.ring.write() = Arc::new(ring);
    }

    /// Takes over the key of token hashes that is stored.
    pub(crate) fn set_token_key(&self, sealed: &[u8]) -> Result<(), VaultError> {
        let opened = self.open_sealed(Purpose::TokenKey, ROW, sealed)?;
        let token = <[u8; KEY_BYTES]>::try_from(opened.as_slice());
        let token = token.map_err(|_| self.wrong(sealed))?;
        let mut ring = Ring::clone(&self.ring.read());
        ring.set_token(Zeroizing::new(token));
        *self.ring.write() = Arc::new(ring);
        Ok(())
    }

    /// Seals `secret` for `purpose` and the row `row_id`.
    pub(crate) fn seal(&self, purpose: Purpose, row_id: &str, secret: &[u8]) -> Vec<u8> {
        let ring = Arc::clone(&self.ring.read());
        ring.seal(clock::now(), &purpose.associated_data(row_id), secret)
    }

    /// Opens what [`Vault::seal`] made for the same purpose and row.
    pub(crate) fn open_sealed(
        &self,
        purpose: Purpose,
        row_id: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let ring = Arc::clone(&self.ring.read());
        let opened = ring.open(&purpose.associated_data(row_id), sealed);
        opened.ok_or_else(|| self.wrong(sealed))
    }

    /// Names the key that would open it.
    fn wrong(&self, sealed: &[u8]) -> VaultError {
        let name = sealed.get(1..ring::HEAD_BYTES).unwrap_or_default();
        let is_named = sealed.first() == Some(&ring::NAMED);
        VaultError::WrongKey {
            key_id: match is_named {
                true => HEXLOWER.encode(name),
                false => "of its founding".to_owned(),
            },
        }
    }

    /// A box that only this key opens; stored in the database to recognise the key.
    pub(crate) fn canary(&self) -> Vec<u8> {
        self.seal(Purpose::Canary, ROW, CANARY)
    }

    /// Whether `sealed` is this key's canary.
    pub(crate) fn check_canary(&self, sealed: &[u8]) -> Result<(), VaultError> {
        let opened = self.open_sealed(Purpose::Canary, ROW, sealed)?;
        match opened.as_slice() == CANARY {
            true => Ok(()),
            false => Err(self.wrong(sealed)),
        }
    }

    /// The keyed hash under which an API token is stored and looked up, in lower-case hex.
    pub(crate) fn hash_token(&self, token: &str) -> String {
        HEXLOWER.encode(derive(&self.ring.read().token, token.as_bytes()).as_slice())
    }

    /// Where an answer to `caller` under an Idempotency-Key is kept, and its box.
    /// Nobody opens it without the key and the caller's `credential`, the vault alone does not.
    pub(crate) fn replay(&self, caller: &str, key: &str, credential: &str) -> ReplayBox {
        let replay = self.ring.read().replay.clone();
        let place = derive_of(&replay, &[b"place", caller.as_bytes(), key.as_bytes()]);
        let secret = [b"box", credential.as_bytes(), key.as_bytes()];
        ReplayBox::new(
            HEXLOWER.encode(place.as_slice()),
            derive_of(&replay, &secret),
        )
    }

    /// Signs a place in a list, so that nobody makes one up.
    pub(crate) fn sign_cursor(&self, context: &str, place: &[u8]) -> Vec<u8> {
        let mac = derive_of(&self.ring.read().cursor, &[context.as_bytes(), place]);
        [&mac[..CURSOR_MAC_BYTES], place].concat()
    }

    /// The place in what [`Vault::sign_cursor`] made for the same context.
    pub(crate) fn check_cursor<'a>(&self, context: &str, signed: &'a [u8]) -> Option<&'a [u8]> {
        let (mac, place) = signed.split_at_checked(CURSOR_MAC_BYTES)?;
        let ours = derive_of(&self.ring.read().cursor, &[context.as_bytes(), place]);
        // In a time that does not tell how much of it was right.
        let differs = mac
            .iter()
            .zip(ours.iter())
            .fold(0, |all, (a, b)| all | (a ^ b));
        (differs == 0).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn vault(byte: u8) -> Vault {
        vault_in(tempfile::tempdir().unwrap().path(), byte)
    }

    fn vault_in(dir: &Path, byte: u8) -> Vault {
        let path = dir.join("vault.key");
        let key = data_encoding::BASE64.encode(&[byte; 32]);
        crate::files::write_private(&path, key.as_bytes()).unwrap();
        Vault::open(&path).unwrap()
    }

    #[test]
    fn a_sealed_secret_opens_only_where_it_was_sealed() {
        let (vault, other) = (vault(7), vault(8));
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
        assert_eq!(open(&other, signing, "acct_1", &sealed), None);
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
        assert_eq!(first.file_key(), again.file_key());
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        again.check_canary(&first.canary()).unwrap();

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
        let (vault, other) = (vault(7), vault(8));
        let sealed = vault.replay("key_1", "k", "token").seal(b"answer");
        let open = |vault: &Vault, caller, key, credential| {
            let opened = vault.replay(caller, key, credential).open(&sealed);
            opened.map(|answer| answer.to_vec())
        };
        assert_eq!(open(&vault, "key_1", "k", "token").unwrap(), b"answer");
        assert_eq!(open(&other, "key_1", "k", "token"), None);
        assert_eq!(open(&vault, "key_2", "k", "token"), None);
        assert_eq!(open(&vault, "key_1", "l", "token"), None);
        assert_eq!(open(&vault, "key_1", "k", "tokem"), None);
        let place = |caller, key| vault.replay(caller, key, "").id().to_owned();
        assert_ne!(place("ab", "c"), place("a", "bc"));
    }

    #[test]
    fn nothing_prints_the_key() {
        let printed = format!("{:?}", vault(7));
        assert!(printed.starts_with("Vault { kms: "), "{printed}");
        assert!(!printed.contains("ring"));
    }

    #[tokio::test]
    async fn what_an_earlier_key_sealed_opens_until_the_key_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let vault = vault_in(dir.path(), 7);
        let open = |sealed: &[u8]| vault.open_sealed(Purpose::TotpSeed, "m", sealed).is_ok();
        let unnamed = vault.seal(Purpose::TotpSeed, "m", b"seed");
        let first = vault.new_key(1, 1).await.unwrap();
        vault.learn(std::slice::from_ref(&first)).await.unwrap();
        let sealed = vault.seal(Purpose::TotpSeed, "m", b"seed");
        assert!(open(&unnamed) && open(&sealed));
        assert_eq!(vault.active_key(clock::now()).unwrap().0, first.id);
        assert!(sealed.starts_with(&vault.active_key(clock::now()).unwrap().1));

        let later = vault.new_key(1, clock::now() + 1000).await.unwrap();
        let second = vault.new_key(1, 2).await.unwrap();
        let rows = [later.clone(), second.clone(), first];
        assert!(!vault.knows(&rows));
        vault.learn(&rows).await.unwrap();
        assert!(vault.knows(&rows));
        assert_eq!(
            vault.active_key(clock::now()).unwrap().0,
            second.id,
            "not the one of tomorrow"
        );
        assert!(open(&sealed));
        vault.learn(&[second]).await.unwrap();
        assert!(!open(&sealed) && open(&unnamed));
        let token = vault.hash_token("x");
        vault.renew_token_key();
        assert_ne!(vault.hash_token("x"), token);

        let mut foreign = later;
        foreign.wrapped_by = "0011".to_owned();
        let (id, error) = vault
            .learn(std::slice::from_ref(&foreign))
            .await
            .unwrap_err();
        assert_eq!(id, foreign.id);
        assert!(error.to_string().contains("0011"), "{error}");
    }
}
