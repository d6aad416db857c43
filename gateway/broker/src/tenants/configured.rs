//! Accounts that the configuration names: live from the start, and as long as it names them.

use std::sync::Arc;

use accounts::{
    configured::{self, Configured, Setup},
    identity::ConnectionType,
    nkeys::{KeyKind, PublicKey},
    policy::AccountPolicy,
    trust::Trust,
};
use parking_lot::RwLock;
use tokio::sync::mpsc;

use super::{Applied, Tenants, excess};
use crate::{
    account::Account, connection::client::Control, handle::ReconfigureError, resolver::Store,
};

impl Tenants {
    /// The accounts of a configuration, all live.
    pub(crate) fn of_configuration(configured: Configured) -> Self {
        let system = configured.system_account();
        let keys = configured.keys();
        let tenants = Self {
            configured: RwLock::new(Some(Arc::new(configured))),
            ..Self::new(Trust::configuration(), Store::Configured, system)
        };
        for key in keys {
            tenants.get_or_load(&key);
        }
        tenants
    }

    /// The configuration's accounts and users; `None` where operators decide.
    pub(crate) fn configured(&self) -> Option<Arc<Configured>> {
        self.configured.read().clone()
    }

    /// The account that everybody who comes that way may come into, if there is one.
    pub(crate) fn open_account(&self, by: ConnectionType) -> Option<Arc<Account>> {
        let is_open = self
            .configured
            .read()
            .as_ref()
            .is_some_and(|it| it.is_open(by));
        let global = is_open.then(configured::global);
        global.and_then(|key| self.find_live(&key))
    }

    /// The key of an account that people or subjects name.
    pub(crate) fn key_of(&self, name: &str) -> Option<PublicKey> {
        match &*self.configured.read() {
            Some(_) => Some(configured::account_key(name)),
            None => PublicKey::parse_as(name, KeyKind::Account).ok(),
        }
    }

    pub(super) fn configured_policy(
        &self,
        configured: &Configured,
        key: &PublicKey,
    ) -> Option<AccountPolicy> {
        let mut policy = AccountPolicy::clone(configured.policy(key)?);
        self.complete(&mut policy);
        Some(policy)
    }

    /// Checks another configuration. May take long.
    pub(crate) fn prepare(&self, setup: &Setup) -> Result<Configured, ReconfigureError> {
        let before = self.configured().ok_or(ReconfigureError::Operators)?;
        let configured = Configured::compile(setup, Some(&before))?;
        match configured.system_account() == self.system_account {
            true => Ok(configured),
            false => Err(ReconfigureError::SystemAccount),
        }
    }

    /// Puts another configuration into force, for all accounts at once. The answer tells when every
    /// connection has what is its own now.
    pub(crate) fn reconfigure(&self, configured: Configured) -> Applied {
        let configured = Arc::new(configured);
        let _changing = self.changing.lock();
        *self.configured.write() = Some(Arc::clone(&configured));
        let (applied, receiver) = mpsc::channel(1);
        let mut concerned = Vec::new();
        for account in self.live() {
            concerned.extend(account.concerned());
            let policy = account
                .key
                .and_then(|key| self.configured_policy(&configured, &key));
            account.set_policy(policy.map(Arc::new));
        }
        for key in configured.keys() {
            self.get_or_load(&key);
        }
        for account in self.live() {
            self.link(&account, &std::collections::HashMap::new());
            match account.policy() {
                Some(policy) => {
                    let is_system = account.key == self.system_account;
                    excess::close_excess(&account, &policy, is_system);
                }
                // Its users come back as somebody else's, or not at all.
                None => {
                    if let Some(key) = &account.key {
                        self.live.write().remove(key);
                    }
                }
            }
        }
        for client in concerned {
            client.control(Control::Refresh {
                _applied: applied.clone(),
            });
        }
        receiver
    }
}

#[cfg(test)]
mod tests;
