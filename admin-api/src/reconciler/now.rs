//! What an account has at this moment on all servers of all engines together.

use async_nats::Client;

use super::wire::WireError;
use super::{Handle, statz, storage};
use crate::store::usage::Storage;

/// What servers say that an account has.
#[derive(Debug, Default)]
pub(crate) struct Now {
    pub(crate) connections: i64,
    pub(crate) leaf_connections: i64,
    pub(crate) subscriptions: i64,
    /// `None` where no server keeps streams.
    pub(crate) storage: Option<Storage>,
    /// Names of engines that did not say.
    pub(crate) unanswered: Vec<String>,
}

impl Now {
    async fn add(
        &mut self,
        client: &Client,
        servers: usize,
        account_key: &str,
    ) -> Result<(), WireError> {
        let named = [account_key.to_owned()];
        let told = statz::of_named(client, servers, &named).await?;
        let stored = storage::of_account(client, servers, account_key).await?;
        for (_, stat) in told.iter().filter(|(_, stat)| stat.acc == account_key) {
            self.connections += stat.conns;
            self.leaf_connections += stat.leafnodes;
            self.subscriptions += stat.num_subscriptions;
        }
        if let Some(more) = stored {
            self.storage.get_or_insert_default().add(&more);
        }
        Ok(())
    }
}

impl Handle {
    /// What an account has now, or `None` when no engine said.
    pub(crate) async fn now(&self, account_key: &str) -> Option<Now> {
        let links = self.reached();
        let mut all = Now::default();
        for link in &links {
            let told = match link.client() {
                Some(client) => all
                    .add(&client, link.servers.count(), account_key)
                    .await
                    .is_ok(),
                None => false,
            };
            if !told {
                all.unanswered.push(link.engine.name.clone());
            }
        }
        (all.unanswered.len() < links.len()).then_some(all)
    }
}
