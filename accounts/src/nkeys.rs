//! Nkeys: Ed25519 keys in NATS's text form (base32 of prefix, 32 bytes and a CRC16).
//!
//! Owns signatures and seeds; the `nkeys` crate reads the text of public keys. A [`PublicKey`] is a
//! name first: it need not be a point on the curve, because a device's id is a hash written as a
//! user key; verification is where a point is required. Seeds live only in zeroizing memory and are
//! never printed; they don't pass through the `nkeys` crate, which leaves copies behind.

use std::fmt;
use std::str::FromStr;

use ::nkeys::error::ErrorKind;
use data_encoding::BASE32_NOPAD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

/// Characters in the text of a public key.
pub const PUBLIC_KEY_CHARS: usize = 56;
/// Characters in the text of a seed.
pub const SEED_CHARS: usize = 58;

const SEED_PREFIX: u8 = 18 << 3;

/// Why a text is not the key it was read as, or why a signature does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("not an nkey: expected {expected} characters, got {got}")]
    Length { expected: usize, got: usize },
    #[error("not an nkey: only the letters A-Z and the digits 2-7 are allowed")]
    Encoding,
    #[error("not an nkey: the checksum does not match, check for a typing error")]
    Checksum,
    #[error("not an nkey: unknown prefix")]
    Prefix,
    #[error("wrong kind of nkey: expected {expected:?}, got {got:?}")]
    Kind { expected: KeyKind, got: KeyKind },
    #[error("a curve seed encrypts and cannot sign; give a signing seed")]
    CurveSeed,
    #[error("this seed is of a key that signs; give a curve seed (SX...)")]
    NotACurveSeed,
    #[error("the signature does not belong to this key and text")]
    Signature,
}

/// What a key is for; the first letter of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// `O`: vouches for accounts.
    Operator,
    /// `A`: an account, or a signing key of one.
    Account,
    /// `U`: a user.
    User,
    /// `N`: a server.
    Server,
    /// `C`: a cluster.
    Cluster,
    /// `X`: X25519, encrypts and never signs.
    Curve,
}

impl KeyKind {
    const fn prefix(self) -> u8 {
        match self {
            Self::Operator => 14 << 3,
            Self::Account => 0,
            Self::User => 20 << 3,
            Self::Server => 13 << 3,
            Self::Cluster => 2 << 3,
            Self::Curve => 23 << 3,
        }
    }

    const fn from_prefix(prefix: u8) -> Option<Self> {
        match prefix >> 3 {
            _ if prefix & 7 != 0 => None,
            14 => Some(Self::Operator),
            0 => Some(Self::Account),
            20 => Some(Self::User),
            13 => Some(Self::Server),
            2 => Some(Self::Cluster),
            23 => Some(Self::Curve),
            _ => None,
        }
    }
}

/// A public nkey: its kind and 32 bytes. Text, JSON and `Display` are the 56-character form.
///
/// ```
/// use accounts::{KeyKind, KeyPair, PublicKey};
/// let key = KeyPair::from_entropy(KeyKind::User, [7; 32]).public();
/// assert_eq!(PublicKey::parse(&key.to_string()), Ok(key));
/// assert!(PublicKey::parse_as(&key.to_string(), KeyKind::Account).is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey {
    kind: KeyKind,
    bytes: [u8; 32],
}

impl PublicKey {
    /// Reads the text form: length, alphabet, checksum and prefix are checked, the curve is not.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        if text.len() != PUBLIC_KEY_CHARS {
            return Err(KeyError::Length {
                expected: PUBLIC_KEY_CHARS,
                got: text.len(),
            });
        }
        let (prefix, bytes) =
            ::nkeys::from_public_key(text).map_err(|error| match error.kind() {
                ErrorKind::ChecksumFailure => KeyError::Checksum,
                ErrorKind::InvalidPrefix => KeyError::Prefix,
                _ => KeyError::Encoding,
            })?;
        let kind = KeyKind::from_prefix(prefix).ok_or(KeyError::Prefix)?;
        Ok(Self { kind, bytes })
    }

    /// [`PublicKey::parse`], and the kind must be `kind`.
    pub fn parse_as(text: &str, kind: KeyKind) -> Result<Self, KeyError> {
        let key = Self::parse(text)?;
        if key.kind == kind {
            Ok(key)
        } else {
            Err(KeyError::Kind {
                expected: kind,
                got: key.kind,
            })
        }
    }

    /// Names 32 bytes as a key of `kind`; they need not be a curve point.
    pub const fn from_bytes(kind: KeyKind, bytes: [u8; 32]) -> Self {
        Self { kind, bytes }
    }

    /// What the key is for.
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The 32 bytes behind the text.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// Checks an Ed25519 signature strictly: no weak keys, no malleable signatures. A key that
    /// is not a curve point, or a curve key, verifies nothing.
    pub fn verify(&self, msg: &[u8], sig: &[u8]) -> Result<(), KeyError> {
        if self.kind == KeyKind::Curve {
            return Err(KeyError::Signature);
        }
        let key = VerifyingKey::from_bytes(&self.bytes).map_err(|_| KeyError::Signature)?;
        let sig = Signature::from_slice(sig).map_err(|_| KeyError::Signature)?;
        key.verify_strict(msg, &sig)
            .map_err(|_| KeyError::Signature)
    }

    fn text(&self) -> [u8; PUBLIC_KEY_CHARS] {
        let mut raw = [0_u8; 35];
        raw[0] = self.kind.prefix();
        raw[1..33].copy_from_slice(&self.bytes);
        let crc = crc16(&raw[..33]);
        raw[33..].copy_from_slice(&crc.to_le_bytes());
        let mut text = [0_u8; PUBLIC_KEY_CHARS];
        BASE32_NOPAD.encode_mut(&raw, &mut text);
        text
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text();
        f.pad(std::str::from_utf8(&text).expect("base32 is ASCII"))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::parse(text)
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// A key pair that can sign. Its memory is wiped on drop, it is not `Clone`, and `Debug` shows
/// the public key only.
pub struct KeyPair {
    kind: KeyKind,
    // `SigningKey` zeroizes itself on drop.
    key: SigningKey,
}

impl KeyPair {
    /// Makes the pair that `entropy` (32 fresh random bytes) stands for.
    ///
    /// # Panics
    /// When `kind` is [`KeyKind::Curve`]: such keys cannot sign.
    pub fn from_entropy(kind: KeyKind, entropy: [u8; 32]) -> Self {
        assert!(kind != KeyKind::Curve, "curve keys cannot sign");
        let entropy = Zeroizing::new(entropy);
        Self {
            kind,
            key: SigningKey::from_bytes(&entropy),
        }
    }

    /// Reads a seed (`SO…`, `SA…`, `SU…`, `SN…`, `SC…`). The error never quotes the text.
    pub fn from_seed(text: &str) -> Result<Self, KeyError> {
        let (kind, seed) = read_seed(text)?;
        if kind == KeyKind::Curve {
            return Err(KeyError::CurveSeed);
        }
        Ok(Self {
            kind,
            key: SigningKey::from_bytes(&seed),
        })
    }

    /// The secret text, 58 characters.
    pub fn seed(&self) -> Zeroizing<String> {
        write_seed(self.kind, self.key.as_bytes())
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey::from_bytes(self.kind, self.key.verifying_key().to_bytes())
    }

    /// An Ed25519 signature over exactly `msg`.
    pub fn sign(&self, msg: &[u8]) -> [u8; 64] {
        self.key.sign(msg).to_bytes()
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPair({})", self.public())
    }
}

/// Reads the text of a seed of any kind.
pub(crate) fn read_seed(text: &str) -> Result<(KeyKind, Zeroizing<[u8; 32]>), KeyError> {
    if text.len() != SEED_CHARS {
        return Err(KeyError::Length {
            expected: SEED_CHARS,
            got: text.len(),
        });
    }
    let mut raw = Zeroizing::new([0_u8; 36]);
    decode_checked(text, raw.as_mut_slice())?;
    if raw[0] & 0xF8 != SEED_PREFIX || raw[1] & 7 != 0 {
        return Err(KeyError::Prefix);
    }
    let prefix = ((raw[0] & 7) << 5) | (raw[1] >> 3);
    let kind = KeyKind::from_prefix(prefix).ok_or(KeyError::Prefix)?;
    let mut seed = Zeroizing::new([0_u8; 32]);
    seed.copy_from_slice(&raw[2..34]);
    Ok((kind, seed))
}

/// The text of a seed.
pub(crate) fn write_seed(kind: KeyKind, seed: &[u8; 32]) -> Zeroizing<String> {
    let mut raw = Zeroizing::new([0_u8; 36]);
    let prefix = kind.prefix();
    raw[0] = SEED_PREFIX | (prefix >> 5);
    raw[1] = (prefix & 31) << 3;
    raw[2..34].copy_from_slice(seed);
    let crc = crc16(&raw[..34]);
    raw[34..].copy_from_slice(&crc.to_le_bytes());
    // The capacity is exact, so the text is never moved to a second, unwiped buffer.
    let mut text = Zeroizing::new(String::with_capacity(SEED_CHARS));
    BASE32_NOPAD.encode_append(raw.as_slice(), &mut text);
    text
}

/// Decodes base32 whose decoded length is exactly `raw`, and checks the CRC in its last bytes.
fn decode_checked(text: &str, raw: &mut [u8]) -> Result<(), KeyError> {
    let expected = BASE32_NOPAD
        .decode_len(text.len())
        .map_err(|_| KeyError::Encoding)?;
    if expected != raw.len() {
        return Err(KeyError::Encoding);
    }
    BASE32_NOPAD
        .decode_mut(text.as_bytes(), raw)
        .map_err(|_| KeyError::Encoding)?;
    let (body, crc) = raw.split_at(raw.len() - 2);
    if crc16(body).to_le_bytes() == crc {
        Ok(())
    } else {
        Err(KeyError::Checksum)
    }
}

/// CRC16/XMODEM: polynomial 0x1021, initial value 0.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, &byte| {
        (0..8).fold(crc ^ (u16::from(byte) << 8), |crc: u16, _| {
            if crc & 0x8000 == 0 {
                crc << 1
            } else {
                (crc << 1) ^ 0x1021
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same entropy must give the same texts as the `nkeys` crate, and the other way round.
    #[test]
    fn texts_agree_with_the_nkeys_crate() {
        let kinds = [
            (KeyKind::Operator, ::nkeys::KeyPairType::Operator),
            (KeyKind::Account, ::nkeys::KeyPairType::Account),
            (KeyKind::User, ::nkeys::KeyPairType::User),
            (KeyKind::Server, ::nkeys::KeyPairType::Server),
            (KeyKind::Cluster, ::nkeys::KeyPairType::Cluster),
        ];
        for (byte, (kind, theirs)) in kinds.into_iter().enumerate() {
            let entropy = [byte as u8 + 1; 32];
            let ours = KeyPair::from_entropy(kind, entropy);
            let theirs = ::nkeys::KeyPair::new_from_raw(theirs, entropy).unwrap();
            assert_eq!(ours.public().to_string(), theirs.public_key());
            assert_eq!(*ours.seed(), theirs.seed().unwrap());
            let again = KeyPair::from_seed(&theirs.seed().unwrap()).unwrap();
            assert_eq!(again.public(), ours.public());
            theirs.verify(b"text", &ours.sign(b"text")).unwrap();
            ours.public()
                .verify(b"text", &theirs.sign(b"text").unwrap())
                .unwrap();
        }
    }

    #[test]
    fn a_key_need_not_be_a_curve_point() {
        let off_curve = (0..=255_u8)
            .map(|byte| [byte; 32])
            .find(|bytes| VerifyingKey::from_bytes(bytes).is_err())
            .unwrap();
        let key = PublicKey::from_bytes(KeyKind::User, off_curve);
        assert_eq!(PublicKey::parse(&key.to_string()), Ok(key));
        assert_eq!(key.verify(b"x", &[0; 64]), Err(KeyError::Signature));
    }

    #[test]
    fn weak_keys_verify_nothing() {
        // The identity point with an all-zero signature passes a lenient check for any text.
        let mut identity = [0; 32];
        identity[0] = 1;
        let mut sig = [0; 64];
        sig[0] = 1;
        let key = PublicKey::from_bytes(KeyKind::User, identity);
        assert_eq!(key.verify(b"anything", &sig), Err(KeyError::Signature));
    }

    #[test]
    fn broken_texts_are_refused() {
        let key = KeyPair::from_entropy(KeyKind::User, [9; 32]);
        let text = key.public().to_string();
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert!(PublicKey::parse(std::str::from_utf8(&bytes).unwrap()).is_err());
        }
        for bad in [
            "",
            "U",
            &text[1..],
            &format!("{text}A"),
            &text.to_lowercase(),
            "é",
        ] {
            assert!(PublicKey::parse(bad).is_err(), "{bad}");
        }
        assert!(PublicKey::parse(&"é".repeat(28)).is_err());
        // 31 and 33 bytes with a good checksum have another length of text.
        for len in [31, 33] {
            let mut raw = vec![KeyKind::User.prefix(); len + 1];
            let crc = crc16(&raw);
            raw.extend_from_slice(&crc.to_le_bytes());
            assert!(PublicKey::parse(&BASE32_NOPAD.encode(&raw)).is_err());
        }
        let seed = key.seed();
        // Not canonical: the unused bits of the last character are set.
        let mut loose = seed.as_bytes().to_vec();
        let last = loose.len() - 1;
        loose[last] += 1;
        assert!(KeyPair::from_seed(std::str::from_utf8(&loose).unwrap()).is_err());
        assert!(KeyPair::from_seed(&text).is_err());
    }

    #[test]
    fn seeds_are_never_printed() {
        let key = KeyPair::from_entropy(KeyKind::Account, [3; 32]);
        let seed = key.seed();
        assert!(seed.starts_with("SA"));
        assert!(!format!("{key:?}").contains(&seed[2..]));
        let mut broken = seed.to_string();
        broken.replace_range(10..11, "1");
        let error = KeyPair::from_seed(&broken).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(&seed[20..40]));
    }
}
