//! Curve nkeys (`X…`, seeds `SX…`): sealing a text so that one reader can open it and knows who
//! sealed it.
//!
//! The format is the one of all NATS libraries: `xkv1`, a nonce of 24 bytes, and a NaCl box
//! (X25519, XSalsa20, Poly1305). Every nonce must be fresh: two texts under one nonce and the same
//! two keys give each other away.

use std::fmt;

use crypto_box::aead::Aead;
use crypto_box::{SalsaBox, SecretKey};
use curve25519_dalek::MontgomeryPoint;
use zeroize::Zeroizing;

use crate::nkeys::{KeyError, KeyKind, PublicKey, read_seed, write_seed};

/// Bytes of a nonce.
pub const NONCE_BYTES: usize = 24;

const VERSION: &[u8; 4] = b"xkv1";

/// Why a text cannot be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("the other side's key is not a usable curve key (X...)")]
    Key,
    #[error("the text is not sealed: expected xkv1, a nonce and a box")]
    Shape,
    #[error("the text was not sealed by that key for this one, or it was changed")]
    Opening,
    #[error("the text is too large to be sealed")]
    Size,
}

/// A key pair that seals and opens. Its memory is wiped on drop, it is not `Clone`, and `Debug`
/// shows the public key only.
///
/// ```
/// use accounts::xkeys::CurveKeyPair;
/// let server = CurveKeyPair::from_entropy([1; 32]);
/// let service = CurveKeyPair::from_entropy([2; 32]);
/// let sealed = server.seal(b"who is it?", &service.public(), [3; 24]).unwrap();
/// assert_eq!(service.open(&sealed, &server.public()).unwrap(), b"who is it?");
/// ```
pub struct CurveKeyPair {
    secret: Zeroizing<[u8; 32]>,
    public: PublicKey,
}

impl CurveKeyPair {
    /// Makes the pair that `entropy` (32 fresh random bytes) stands for.
    pub fn from_entropy(entropy: [u8; 32]) -> Self {
        Self::new(Zeroizing::new(entropy))
    }

    /// Reads a seed (`SX…`). The error never quotes the text.
    pub fn from_seed(text: &str) -> Result<Self, KeyError> {
        match read_seed(text)? {
            (KeyKind::Curve, secret) => Ok(Self::new(secret)),
            _ => Err(KeyError::NotACurveSeed),
        }
    }

    /// The secret text, 58 characters.
    pub fn seed(&self) -> Zeroizing<String> {
        write_seed(KeyKind::Curve, &self.secret)
    }

    fn new(secret: Zeroizing<[u8; 32]>) -> Self {
        let point = MontgomeryPoint::mul_base_clamped(*secret);
        let public = PublicKey::from_bytes(KeyKind::Curve, point.to_bytes());
        Self { secret, public }
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// Seals `text` for `reader`. `nonce` must be fresh random bytes.
    pub fn seal(
        &self,
        text: &[u8],
        reader: &PublicKey,
        nonce: [u8; NONCE_BYTES],
    ) -> Result<Vec<u8>, SealError> {
        let boxed = self.box_with(reader)?;
        let boxed = boxed
            .encrypt(&nonce.into(), text)
            .map_err(|_| SealError::Size)?;
        Ok([VERSION.as_slice(), &nonce, &boxed].concat())
    }

    /// Opens what `writer` sealed for this key.
    pub fn open(&self, sealed: &[u8], writer: &PublicKey) -> Result<Vec<u8>, SealError> {
        let rest = sealed.strip_prefix(VERSION).ok_or(SealError::Shape)?;
        let (nonce, boxed) = rest
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(SealError::Shape)?;
        self.box_with(writer)?
            .decrypt(&(*nonce).into(), boxed)
            .map_err(|_| SealError::Opening)
    }

    fn box_with(&self, other: &PublicKey) -> Result<SalsaBox, SealError> {
        // A point of low order makes a shared secret that everybody knows.
        let point = MontgomeryPoint(*other.as_bytes());
        let shared = Zeroizing::new(point.mul_clamped(*self.secret).to_bytes());
        if other.kind() != KeyKind::Curve || *shared == [0; 32] {
            return Err(SealError::Key);
        }
        let public = crypto_box::PublicKey::from_bytes(*other.as_bytes());
        Ok(SalsaBox::new(&public, &SecretKey::from_bytes(*self.secret)))
    }
}

impl fmt::Debug for CurveKeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CurveKeyPair({})", self.public())
    }
}

#[cfg(test)]
mod tests {
    use ::nkeys::XKey;

    use super::*;
    use crate::nkeys::KeyPair;

    fn pair(n: u8) -> CurveKeyPair {
        CurveKeyPair::from_entropy([n; 32])
    }

    #[test]
    fn the_nkeys_crate_opens_what_we_seal_and_the_other_way_round() {
        let (ours, theirs) = (pair(1), XKey::new_from_raw([2; 32]));
        assert_eq!(pair(2).public().to_string(), theirs.public_key());
        assert_eq!(*pair(2).seed(), theirs.seed().unwrap());
        let our_public = XKey::from_public_key(&ours.public().to_string()).unwrap();
        let sealed = ours.seal(b"text", &pair(2).public(), [7; 24]).unwrap();
        assert_eq!(theirs.open(&sealed, &our_public).unwrap(), b"text");
        let sealed = theirs.seal(b"answer", &our_public).unwrap();
        assert_eq!(ours.open(&sealed, &pair(2).public()).unwrap(), b"answer");
    }

    #[test]
    fn seeds_are_read_and_written() {
        let again = CurveKeyPair::from_seed(&pair(9).seed()).unwrap();
        assert_eq!(again.public(), pair(9).public());
        assert!(pair(9).seed().starts_with("SX"));
        let signing = KeyPair::from_entropy(KeyKind::User, [9; 32]).seed();
        assert_eq!(
            CurveKeyPair::from_seed(&signing).unwrap_err(),
            KeyError::NotACurveSeed
        );
        assert_eq!(
            KeyPair::from_seed(&pair(9).seed()).unwrap_err(),
            KeyError::CurveSeed
        );
        assert!(!format!("{:?}", pair(9)).contains(&pair(9).seed()[2..]));
    }

    #[test]
    fn only_the_reader_opens_it_and_knows_the_writer() {
        let (writer, reader) = (pair(1), pair(2));
        let sealed = writer.seal(b"secret", &reader.public(), [5; 24]).unwrap();
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
        assert_eq!(
            pair(3).open(&sealed, &writer.public()),
            Err(SealError::Opening)
        );
        assert_eq!(
            reader.open(&sealed, &pair(3).public()),
            Err(SealError::Opening)
        );
        // CVE-2023-46129: sealed for an all-zero key, everybody could open it.
        let zero = CurveKeyPair::from_entropy([0; 32]);
        assert_eq!(
            zero.open(&sealed, &writer.public()),
            Err(SealError::Opening)
        );
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(reader.open(&changed, &writer.public()).is_err(), "{at}");
            assert!(reader.open(&sealed[..at], &writer.public()).is_err());
        }
    }

    #[test]
    fn another_nonce_gives_another_text() {
        let (writer, reader) = (pair(1), pair(2).public());
        let seal = |nonce: u8| writer.seal(b"same", &reader, [nonce; 24]).unwrap();
        assert_ne!(seal(1)[28..], seal(2)[28..]);
    }

    #[test]
    fn keys_that_share_no_secret_are_refused() {
        for weak in [0_u8, 1] {
            let mut bytes = [0; 32];
            bytes[0] = weak;
            let key = PublicKey::from_bytes(KeyKind::Curve, bytes);
            assert_eq!(pair(1).seal(b"x", &key, [1; 24]), Err(SealError::Key));
        }
        let user = KeyPair::from_entropy(KeyKind::User, [9; 32]).public();
        assert_eq!(pair(1).seal(b"x", &user, [1; 24]), Err(SealError::Key));
    }
}
