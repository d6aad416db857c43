//! API tokens: how they look, how they are made, and the check that needs no database.
//!
//! `tg_svc_` + 30 base-62 characters (178 random bits) + 6 base-62 characters of CRC-32, so that a
//! mistyped token is refused offline and leak scanners can recognise one:
//! `tg_svc_[0-9A-Za-z]{36}`. Only a keyed hash is ever stored.

use std::fmt;

use zeroize::Zeroizing;

use crate::random::random_bytes;

pub(crate) const PREFIX: &str = "tg_svc_";
const RANDOM_CHARS: usize = 30;
const CHECK_CHARS: usize = 6;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A token whose shape and checksum are right.
#[derive(Clone)]
pub(crate) struct Token(Zeroizing<String>);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// A new random token.
    pub(crate) fn generate() -> Self {
        let mut text = Zeroizing::new(String::with_capacity(PREFIX.len() + RANDOM_CHARS + 6));
        text.push_str(PREFIX);
        while text.len() < PREFIX.len() + RANDOM_CHARS {
            let [byte] = random_bytes::<1>();
            // 248 is the greatest multiple of 62 in a byte: above it the choice would be uneven.
            if byte < 248 {
                text.push(char::from(BASE62[usize::from(byte % 62)]));
            }
        }
        let check = checksum(&text);
        text.push_str(&check);
        Self(text)
    }

    /// Reads a token that a caller sent. `None` for anything that this product never issued.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(PREFIX)?;
        let shaped = rest.len() == RANDOM_CHARS + CHECK_CHARS
            && rest.bytes().all(|b| b.is_ascii_alphanumeric());
        if !shaped {
            return None;
        }
        let (body, check) = text.split_at(text.len() - CHECK_CHARS);
        (checksum(body) == check).then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The secret text.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// The last four characters, kept so that people can tell keys apart.
    pub(crate) fn last4(&self) -> &str {
        &self.0[self.0.len() - 4..]
    }
}

fn checksum(text: &str) -> String {
    let mut rest = crc32(text.as_bytes());
    let mut digits = [0_u8; CHECK_CHARS];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(rest % 62) as usize];
        rest /= 62;
    }
    digits.iter().map(|&d| char::from(d)).collect()
}

/// CRC-32 (IEEE 802.3, reflected), bit by bit: it runs over 37 bytes per request.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0xEDB8_8320
            } else {
                crc >> 1
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{Token, crc32};

    #[test]
    fn the_checksum_is_crc32() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn tokens_are_recognised_and_slips_are_not() {
        let token = Token::generate();
        let text = token.expose();
        assert_eq!(text.len(), 43);
        assert!(Token::parse(text).is_some());
        assert_ne!(text, Token::generate().expose());
        assert!(!format!("{token:?}").contains(&text[8..]));
        for at in 0..text.len() {
            let mut slip = text.as_bytes().to_vec();
            slip[at] = if slip[at] == b'x' { b'y' } else { b'x' };
            assert!(
                Token::parse(&String::from_utf8(slip).unwrap()).is_none(),
                "at {at}"
            );
        }
        for bad in [
            "",
            "tg_svc_",
            "Bearer",
            &text[..42],
            "tg_svc_é",
            &format!("{text}0"),
        ] {
            assert!(Token::parse(bad).is_none(), "{bad}");
        }
    }
}
