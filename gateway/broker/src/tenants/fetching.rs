//! Accounts that are not here yet: asked for, checked like any update, and only then used.

use std::{collections::HashSet, sync::Arc};

use accounts::nkeys::PublicKey;
use futures_util::future::join_all;

use super::Tenants;
use crate::{
    account::Account,
    clock,
    config::AccountSource,
    resolver::{Purpose, Verdict},
};

/// Accounts that are fetched for one login: its own, and what that imports from over any number of
/// steps. What is beyond comes later, by itself.
const FETCHED_TOGETHER_MAX: usize = 64;

impl Tenants {
    /// Says where to ask for what the store lacks.
    pub(crate) fn ask_there(&self, source: Arc<dyn AccountSource>) {
        self.remote.ask_there(source);
    }

    /// Looks for newer claims of an account that is live but has expired.
    pub(super) async fn renew_expired(
        self: &Arc<Self>,
        key: PublicKey,
        account: &Account,
        purpose: Purpose,
    ) {
        let now = clock::unix_seconds();
        let has_expired = || {
            account
                .policy()
                .is_some_and(|policy| policy.is_expired(now))
        };
        if self.store.is_partial() && has_expired() {
            self.fetch(key, purpose).await;
        }
    }

    /// Fetches an account, and what it imports from.
    pub(super) async fn fetch_with_imports(self: &Arc<Self>, key: PublicKey, purpose: Purpose) {
        let mut seen = HashSet::from([key]);
        let mut level = vec![key];
        while !level.is_empty() {
            let missing = level.iter().filter(|key| !self.store.contains(key));
            join_all(missing.map(|key| self.fetch(*key, purpose))).await;
            let this = Arc::clone(self);
            let exporters = tokio::task::spawn_blocking(move || this.exporters_of(&level)).await;
            level = exporters.unwrap_or_default();
            level.retain(|key| seen.len() < FETCHED_TOGETHER_MAX && seen.insert(*key));
        }
    }

    /// Whom those of these accounts import from that are not live.
    fn exporters_of(&self, keys: &[PublicKey]) -> Vec<PublicKey> {
        let cold = keys.iter().filter(|key| self.find_live(key).is_none());
        let policies = cold.filter_map(|key| self.load(key));
        policies
            .flat_map(|policy| policy.imports)
            .map(|import| import.exporter)
            .collect()
    }

    async fn fetch(self: &Arc<Self>, key: PublicKey, purpose: Purpose) {
        let this = Arc::clone(self);
        let keep = async move |token: String| {
            let work = tokio::task::spawn_blocking(move || this.take_fetched(&key, token.trim()));
            work.await.unwrap_or(Verdict::Missed)
        };
        self.remote.fetch(key, purpose, keep).await;
    }

    /// Checks what was fetched like any update, keeps it and puts it into force.
    pub(super) fn take_fetched(&self, key: &PublicKey, token: &str) -> Verdict {
        let refused = |reason: &str| {
            tracing::error!(account.id = %key, reason, "the fetched JWT is not usable");
            Verdict::Missed
        };
        let _alone = self.updating();
        let checked = match self.check_update(token) {
            Ok(checked) => checked,
            Err(error) => return refused(&error.to_string()),
        };
        if checked.key != *key {
            return refused("it is another account's");
        }
        if let Err(error) = self.store.keep(&[(*key, token)]) {
            return refused(&error.to_string());
        }
        let has_expired = checked.policy.is_expired(clock::unix_seconds());
        drop(self.apply(checked));
        if has_expired {
            Verdict::Missed
        } else {
            Verdict::Kept
        }
    }

    /// Asks for exporters that live accounts lack.
    pub(crate) fn fetch_absent_exporters(self: &Arc<Self>) {
        if !self.store.is_partial() {
            return;
        }
        let mut absent = self.dependencies.lock().exporters();
        absent.retain(|key| self.find_live(key).is_none());
        let absent = absent.into_iter().map(|key| {
            let importers = self.dependencies.lock().importers_of(&key);
            (key, importers)
        });
        for key in self.remote.worth_asking(absent.collect()) {
            let this = Arc::clone(self);
            tokio::spawn(async move { this.fetch(key, Purpose::Upkeep).await });
        }
    }
}
