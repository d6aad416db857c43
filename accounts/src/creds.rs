//! Creds files: a user token and its seed in two armoured blocks, as every NATS client reads them.

use std::fmt;

use zeroize::Zeroizing;

use crate::nkeys::{KeyPair, SEED_CHARS};

/// The largest text that is read, in bytes: a token and the words around it.
const CREDS_BYTES_MAX: usize = crate::jwt::TOKEN_BYTES_MAX + 4096;

const WARNING: &str = "\
Whoever holds the seed below can log in as this user: keep this file readable by its owner only.
To use it, pass the path of this file to your NATS client.
";

/// Why a text is not a creds file. Never quotes the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CredsError {
    #[error("the creds file is too large")]
    TooLarge,
    #[error("no user JWT found in the creds file")]
    NoToken,
    #[error("no seed found in the creds file")]
    NoSeed,
    #[error("the seed in the creds file is not a valid nkey seed")]
    BadSeed,
}

/// What a creds file holds. `Debug` shows neither part.
pub struct Creds {
    /// The user token.
    pub jwt: String,
    /// The key that answers the server's nonce.
    pub key: KeyPair,
}

impl fmt::Debug for Creds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Creds")
            .field("user", &self.key.public())
            .finish_non_exhaustive()
    }
}

/// The text of a creds file.
///
/// ```
/// use accounts::{KeyKind, KeyPair, creds};
/// let user = KeyPair::from_entropy(KeyKind::User, [1; 32]);
/// let file = creds::format("a.b.c", &user.seed());
/// assert_eq!(creds::parse(&file).unwrap().key.public(), user.public());
/// ```
pub fn format(user_jwt: &str, seed: &str) -> Zeroizing<String> {
    // The capacity covers everything, so no copy of the seed is left by growing.
    let mut text = Zeroizing::new(String::with_capacity(user_jwt.len() + seed.len() + 512));
    for part in [
        "-----BEGIN NATS USER JWT-----\n",
        user_jwt,
        "\n------END NATS USER JWT------\n\n",
        WARNING,
        "\n-----BEGIN USER NKEY SEED-----\n",
        seed,
        "\n------END USER NKEY SEED------\n",
    ] {
        text.push_str(part);
    }
    text
}

/// Reads a creds file: the first armoured block is the token, the second the seed. Without
/// armour, a line that looks like a token and one that starts with `SU` are taken.
pub fn parse(text: &str) -> Result<Creds, CredsError> {
    if text.len() > CREDS_BYTES_MAX {
        return Err(CredsError::TooLarge);
    }
    let mut blocks = blocks(text);
    let first = blocks.next();
    let second = blocks.next();
    let lines = || text.lines().map(str::trim);
    let jwt = first.or_else(|| lines().find(|line| is_token(line)));
    let seed = second.or_else(|| lines().find(|line| is_seed(line)));
    let jwt = jwt.filter(|jwt| is_token(jwt)).ok_or(CredsError::NoToken)?;
    let key = KeyPair::from_seed(seed.ok_or(CredsError::NoSeed)?);
    Ok(Creds {
        jwt: jwt.to_owned(),
        key: key.map_err(|_| CredsError::BadSeed)?,
    })
}

/// The first line inside each armour.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    let mut found = None;
    text.lines().map(str::trim).filter_map(move |line| {
        let fence = line.len() > 6 && line.starts_with("---") && line.ends_with("---");
        if fence {
            inside = !inside;
            return found.take();
        }
        if inside && found.is_none() && !line.is_empty() {
            found = Some(line);
        }
        None
    })
}

fn is_token(line: &str) -> bool {
    line.split('.').count() == 3 && !line.contains(char::is_whitespace)
}

fn is_seed(line: &str) -> bool {
    line.len() == SEED_CHARS && line.starts_with("SU")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nkeys::KeyKind;

    fn user() -> KeyPair {
        KeyPair::from_entropy(KeyKind::User, [5; 32])
    }

    #[test]
    fn a_written_file_reads_back() {
        let file = format("h.p.s", &user().seed());
        let creds = parse(&file).unwrap();
        assert_eq!(
            (creds.jwt.as_str(), creds.key.public()),
            ("h.p.s", user().public())
        );
        assert!(!format!("{creds:?}").contains("h.p.s"));
        assert!(parse(&file.replace('\n', "\r\n")).is_ok());
    }

    #[test]
    fn bare_lines_are_read() {
        let seed = user().seed();
        let text = std::format!("{}\nh.p.s\n", seed.as_str());
        assert_eq!(parse(&text).unwrap().jwt, "h.p.s");
    }

    #[test]
    fn broken_files_are_refused_without_quoting_them() {
        let seed = user().seed();
        let full = format("h.p.s", &seed);
        assert_eq!(parse("").unwrap_err(), CredsError::NoToken);
        assert_eq!(parse("h.p.s").unwrap_err(), CredsError::NoSeed);
        assert_eq!(
            parse(&full.replace("SU", "SV")).unwrap_err(),
            CredsError::BadSeed
        );
        assert_eq!(
            parse(&"-".repeat(CREDS_BYTES_MAX + 1)).unwrap_err(),
            CredsError::TooLarge
        );
        for end in 0..full.len() {
            let _ = parse(&full[..end]);
        }
    }
}
