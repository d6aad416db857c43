//! Passwords and tokens of a configuration: as they are, or as a bcrypt hash.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// How a bcrypt hash starts; nats-server takes these four (`server/auth.go`).
const HASH_STARTS: [&str; 4] = ["$2a$", "$2b$", "$2x$", "$2y$"];
/// The costs that bcrypt knows and that a login can wait for: the highest takes about a minute.
const COSTS: std::ops::RangeInclusive<u32> = 4..=20;

/// What a client has to know.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Kind);

#[derive(Clone, PartialEq, Eq)]
enum Kind {
    Plain(Zeroizing<String>),
    Hash(String),
    /// A text that looks like a hash and is none that can be checked: nobody knows it.
    Unusable,
}

impl Secret {
    /// Reads what the configuration has.
    pub fn new(text: &str) -> Self {
        if !HASH_STARTS.iter().any(|start| text.starts_with(start)) {
            return Self(Kind::Plain(Zeroizing::new(text.to_owned())));
        }
        let parts: Result<bcrypt::HashParts, _> = text.parse();
        match parts {
            Ok(parts) if COSTS.contains(&parts.get_cost()) => Self(Kind::Hash(text.to_owned())),
            _ => Self(Kind::Unusable),
        }
    }

    /// Whether it can be checked at all: a broken hash never fits.
    pub fn is_usable(&self) -> bool {
        self.0 != Kind::Unusable
    }

    /// Whether it stands in the configuration as it is.
    pub fn is_plain(&self) -> bool {
        matches!(self.0, Kind::Plain(_))
    }

    /// As the configuration has it, to tell it from others.
    pub(super) fn text(&self) -> &[u8] {
        match &self.0 {
            Kind::Plain(text) => text.as_bytes(),
            Kind::Hash(text) => text.as_bytes(),
            Kind::Unusable => b"",
        }
    }

    /// Whether a check takes tens of milliseconds, or more.
    pub fn is_slow(&self) -> bool {
        matches!(self.0, Kind::Hash(_))
    }

    /// Whether `given` is it. The time it takes says nothing about the secret.
    pub fn matches(&self, given: &str) -> bool {
        match &self.0 {
            Kind::Plain(secret) => {
                let [ours, theirs] = [secret.as_str(), given].map(Sha256::digest);
                ours.ct_eq(&theirs).into()
            }
            Kind::Hash(hash) => bcrypt::verify(given, hash).unwrap_or(false),
            Kind::Unusable => false,
        }
    }

    /// Whether who knew `before` knows this one, as far as that can be told. May be slow.
    pub fn continues(&self, before: &Self) -> bool {
        match (&self.0, &before.0) {
            (ours, theirs) if ours == theirs => true,
            (_, Kind::Plain(before)) => self.matches(before),
            (Kind::Plain(now), _) => before.matches(now),
            _ => false,
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of `secret`, with cost 4.
    fn hash(version: bcrypt::Version) -> String {
        let parts = bcrypt::hash_with_salt("secret", 4, [7; 16]).unwrap();
        parts.format_for_version(version)
    }

    #[test]
    fn each_form_of_a_hash_is_checked() {
        use bcrypt::Version::{TwoA, TwoB, TwoX, TwoY};
        for version in [TwoA, TwoB, TwoX, TwoY] {
            let hash = hash(version);
            let secret = Secret::new(&hash);
            assert!(secret.is_usable() && secret.is_slow() && !secret.is_plain());
            assert!(secret.matches("secret") && !secret.matches("Secret"));
            assert!(!secret.matches(&hash), "the hash is no password");
        }
    }

    #[test]
    fn what_is_no_hash_never_fits() {
        for text in [
            "$2a$",
            "$2a$11$short",
            "$2y$31$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234",
        ] {
            let secret = Secret::new(text);
            assert!(!secret.is_usable() && !secret.matches(text), "{text}");
        }
        assert!(Secret::new("$2c$11$x").is_plain());
    }

    #[test]
    fn a_plain_secret_fits_itself_alone() {
        assert!(Secret::new("a").matches("a") && Secret::new("").matches(""));
        for (secret, given) in [("a", ""), ("a", "b"), ("a", "a\0"), ("", "a")] {
            assert!(!Secret::new(secret).matches(given));
        }
        assert_eq!(format!("{:?}", Secret::new("hush")), "Secret(..)");
    }

    #[test]
    fn a_secret_that_is_hashed_now_is_still_the_same() {
        let [plain, other] = ["secret", "other"].map(Secret::new);
        let hashed = Secret::new(&hash(bcrypt::Version::TwoA));
        let again = Secret::new(&bcrypt::hash("secret", 4).unwrap());
        assert!(plain.continues(&plain) && hashed.continues(&hashed));
        assert!(hashed.continues(&plain) && plain.continues(&hashed));
        assert!(!other.continues(&plain) && !hashed.continues(&other) && !other.continues(&hashed));
        assert!(!again.continues(&hashed), "nobody can tell");
    }
}
