//! The accounts that the configuration file names, when a reload gives them anew.

use accounts::{nkeys::PublicKey, trust::AcceptError};

use super::{Checked, Tenants};
use crate::{Broker, resolver::StoreError};

/// Account JWTs that were checked and are not in force yet.
#[derive(Debug)]
pub struct Preload(Vec<Checked>);

/// Why accounts stay as they are.
#[derive(Debug, thiserror::Error)]
pub enum PreloadError {
    /// One of the JWTs is not usable.
    #[error("preloaded account JWT: {0}")]
    Unusable(#[from] AcceptError),
    /// Nobody could push updates any more.
    #[error("the system account {0} must stay among the preloaded ones")]
    SystemAccount(PublicKey),
}

impl Broker {
    /// Checks account JWTs out of a configuration, changing nothing.
    ///
    /// # Errors
    /// When one of them is not usable.
    pub fn check_preload(&self, tokens: &[String]) -> Result<Preload, PreloadError> {
        self.server.tenants.check_preload(tokens)
    }

    /// Puts them into force. A memory resolver then has these accounts and no others; any other
    /// resolver takes those that it did not have.
    ///
    /// # Errors
    /// When they cannot be stored.
    pub fn replace_preload(&self, preload: Preload) -> Result<(), StoreError> {
        self.server.tenants.replace_preload(preload)
    }
}

impl Tenants {
    fn check_preload(&self, tokens: &[String]) -> Result<Preload, PreloadError> {
        let check = |token: &String| {
            let accepted = self.accept(token)?;
            Ok(Checked {
                key: accepted.policy.key,
                token: token.clone(),
                policy: accepted.policy,
            })
        };
        let checked: Vec<_> = tokens
            .iter()
            .map(check)
            .collect::<Result<_, AcceptError>>()?;
        if let Some(key) = self.system_account
            && self.store.is_memory()
            && self.store.contains(&key)
            && !checked.iter().any(|account| account.key == key)
        {
            return Err(PreloadError::SystemAccount(key));
        }
        Ok(Preload(checked))
    }

    fn replace_preload(&self, Preload(mut checked): Preload) -> Result<(), StoreError> {
        let _alone = self.updating();
        let is_memory = self.store.is_memory();
        let before = if is_memory {
            self.store.list()
        } else {
            Vec::new()
        };
        let gone = before
            .into_iter()
            .filter(|key| !checked.iter().any(|it| it.key == *key));
        for key in gone.collect::<Vec<_>>() {
            self.store.forget(&key);
            tracing::info!(
                "Reloaded: deleting account [removed]: {:?}",
                key.to_string()
            );
            drop(self.retire(&key));
        }
        checked.retain(|account| match is_memory {
            true => self.store.fetch(&account.key).ok().flatten().as_ref() != Some(&account.token),
            false => !self.store.contains(&account.key),
        });
        let batch: Vec<_> = checked
            .iter()
            .map(|it| (it.key, it.token.as_str()))
            .collect();
        self.store.keep(&batch)?;
        for account in checked {
            drop(self.apply(account));
        }
        Ok(())
    }
}
