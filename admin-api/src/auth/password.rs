//! Passwords: argon2id, off the async threads, a few at a time; an unknown name costs as much as a
//! known one.

use std::sync::{Arc, OnceLock};

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::problem::Problem;

/// Each takes 19 MiB and a core for tens of milliseconds; more of them wait.
const HASHES_AT_A_TIME: usize = 2;
const CHARS_MIN: usize = 12;
const BYTES_MAX: usize = 256;

/// The one who hashes.
#[derive(Debug, Clone)]
pub(crate) struct Passwords {
    places: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(HASHES_AT_A_TIME)),
        }
    }
}

impl Passwords {
    /// The hash of a new password, in the PHC form.
    pub(crate) async fn hash(&self, password: Zeroizing<String>) -> Result<String, Problem> {
        self.run(move || hash(&password)).await?
    }

    /// Whether it is the password of the hash. Without a hash it takes as long, and is not.
    pub(crate) async fn verify(
        &self,
        password: Zeroizing<String>,
        hash: Option<String>,
    ) -> Result<bool, Problem> {
        self.run(move || match hash {
            Some(hash) => Ok(fits(&password, &hash)),
            None => {
                fits(&password, nobodys()?);
                Ok(false)
            }
        })
        .await?
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        });
        done.await.map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "hashing failed");
            Problem::internal()
        })
    }
}

fn hash(password: &str) -> Result<String, Problem> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| {
            tracing::error!(%error, "hashing failed");
            Problem::internal()
        })
}

fn fits(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| {
        Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok()
    })
}

/// A hash that belongs to nobody.
fn nobodys() -> Result<&'static str, Problem> {
    static HASH: OnceLock<String> = OnceLock::new();
    if let Some(hash) = HASH.get() {
        return Ok(hash);
    }
    let made = hash("nobody")?;
    Ok(HASH.get_or_init(|| made))
}

/// Refuses a new password that is too easy to guess, or too long to hash.
pub(crate) fn check_new(password: &str, email: &str, pointer: &str) -> Result<(), Problem> {
    let first = password.chars().next();
    let message = if password.chars().count() < CHARS_MIN {
        "must have at least 12 characters"
    } else if password.len() > BYTES_MAX {
        "must have at most 256 bytes"
    } else if password.chars().any(char::is_control) {
        "must not hold control characters"
    } else if password.chars().all(|c| Some(c) == first) || password.eq_ignore_ascii_case(email) {
        "is too easy to guess"
    } else {
        return Ok(());
    };
    Err(Problem::invalid(pointer, message))
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::{Passwords, check_new};

    #[tokio::test]
    async fn only_the_password_fits() {
        let passwords = Passwords::default();
        let text = |text: &str| Zeroizing::new(text.to_owned());
        let hash = passwords.hash(text("correct horse")).await.unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        let verify = async |word: &str, hash: Option<&str>| {
            let hash = hash.map(str::to_owned);
            passwords.verify(text(word), hash).await.unwrap()
        };
        assert!(verify("correct horse", Some(&hash)).await);
        assert!(!verify("correct house", Some(&hash)).await);
        assert!(!verify("nobody", None).await, "nobody has no password");
        assert!(!verify("correct horse", Some("no hash")).await);
    }

    #[test]
    fn easy_passwords_are_refused() {
        assert!(check_new("correct horse", "a@b.example", "/password").is_ok());
        for bad in [
            "short",
            "aaaaaaaaaaaaaa",
            "A@some.example",
            "tab\tin the midst",
        ] {
            assert!(
                check_new(bad, "a@some.example", "/password").is_err(),
                "{bad}"
            );
        }
        assert!(check_new(&"ab".repeat(200), "", "/password").is_err());
    }
}
