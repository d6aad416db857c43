//! Tokens: how they look, how they are made, and the check that needs no database.
//!
//! A prefix that names the kind + 30 base-62 characters (178 random bits) + 6 base-62 characters of
//! CRC-32, so that a mistyped token is refused offline and leak scanners can recognise one:
//! `tg_(svc|pat|ses|inv|rst|enr)_[0-9A-Za-z]{36}`. Only a keyed hash is ever stored.

use std::fmt;

use zeroize::Zeroizing;

use crate::random::random_bytes;

const RANDOM_CHARS: usize = 30;
const CHECK_CHARS: usize = 6;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What a token is for. One of another kind is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// An API key of a program.
    Service,
    /// An API key of a person.
    Personal,
    /// A signed-in browser.
    Session,
    /// An invitation.
    Invitation,
    /// A password reset.
    Reset,
    /// What lets a device enrol.
    Enrolment,
}

impl TokenKind {
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            TokenKind::Service => "tg_svc_",
            TokenKind::Personal => "tg_pat_",
            TokenKind::Session => "tg_ses_",
            TokenKind::Invitation => "tg_inv_",
            TokenKind::Reset => "tg_rst_",
            TokenKind::Enrolment => "tg_enr_",
        }
    }
}

/// All prefixes are equally long.
const PREFIX_CHARS: usize = 7;

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
    pub(crate) fn generate(kind: TokenKind) -> Self {
        let length = PREFIX_CHARS + RANDOM_CHARS + CHECK_CHARS;
        let mut text = Zeroizing::new(String::with_capacity(length));
        text.push_str(kind.prefix());
        while text.len() < PREFIX_CHARS + RANDOM_CHARS {
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

    /// Reads a token of one of the kinds. `None` for anything that this product never issued.
    pub(crate) fn parse(text: &str, kinds: &[TokenKind]) -> Option<Self> {
        let mut prefixes = kinds.iter().map(|kind| kind.prefix());
        let rest = prefixes.find_map(|prefix| text.strip_prefix(prefix))?;
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

    /// How it begins: the kind.
    pub(crate) fn prefix(&self) -> &str {
        &self.0[..PREFIX_CHARS]
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
    use super::{Token, TokenKind, crc32};

    const SERVICE: &[TokenKind] = &[TokenKind::Service];

    #[test]
    fn the_checksum_is_crc32() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    /// Scanners look for what docs/access.md says.
    #[test]
    fn the_published_pattern_finds_every_kind() {
        let text = include_str!("../../docs/access.md");
        let (_, rest) = text.split_once("tg_(").unwrap();
        let (kinds, rest) = rest.split_once(")_").unwrap();
        assert!(rest.starts_with("[0-9A-Za-z]{36}"), "{rest:.20}");
        let kinds: Vec<&str> = kinds.split('|').collect();
        let all = [
            TokenKind::Service,
            TokenKind::Personal,
            TokenKind::Session,
            TokenKind::Invitation,
            TokenKind::Reset,
            TokenKind::Enrolment,
        ];
        for kind in all {
            let token = Token::generate(kind);
            let (prefix, rest) = token.expose().split_at(token.prefix().len());
            let prefix = prefix.trim_start_matches("tg_").trim_end_matches('_');
            assert!(kinds.contains(&prefix), "{prefix} is not published");
            assert_eq!(rest.len(), 36);
            assert!(rest.bytes().all(|b| b.is_ascii_alphanumeric()));
        }
        assert_eq!(kinds.len(), all.len());
    }

    #[test]
    fn tokens_are_recognised_and_slips_are_not() {
        let token = Token::generate(TokenKind::Service);
        let text = token.expose();
        assert_eq!(text.len(), 43);
        assert!(Token::parse(text, SERVICE).is_some());
        assert!(Token::parse(text, &[TokenKind::Personal]).is_none());
        assert_eq!(token.prefix(), "tg_svc_");
        assert_ne!(text, Token::generate(TokenKind::Service).expose());
        assert!(!format!("{token:?}").contains(&text[8..]));
        for at in 0..text.len() {
            let mut slip = text.as_bytes().to_vec();
            slip[at] = if slip[at] == b'x' { b'y' } else { b'x' };
            assert!(
                Token::parse(&String::from_utf8(slip).unwrap(), SERVICE).is_none(),
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
            assert!(Token::parse(bad, SERVICE).is_none(), "{bad}");
        }
    }
}
