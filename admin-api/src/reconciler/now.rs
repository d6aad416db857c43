//! What an account has at this moment on all servers of all engines together.

use async_nats::Client;
use bytes::Bytes;
use serde::Deserialize;

use super::wire::{self, Answer, WireError};
use super::{Handle, storage};
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

#[derive(Debug, Deserialize)]
struct Statz {
    #[serde(default)]
    account_statz: Vec<AccountStat>,
}

#[derive(Debug, Deserialize)]
#[serde(default)]
#[derive(Default)]
struct AccountStat {
    acc: String,
    conns: i64,
    leafnodes: i64,
    num_subscriptions: i64,
}

impl Now {
    async fn add(
        &mut self,
        client: &Client,
        servers: usize,
        account_key: &str,
    ) -> Result<(), WireError> {
        const SUBJECT: &str = "$SYS.REQ.ACCOUNT.PING.STATZ";
        let asked = serde_json::json!({ "accounts": [account_key], "include_unused": true });
        let payload = Bytes::from(asked.to_string());
        let mut stats = Vec::new();
        for answer in wire::ask_all(client, SUBJECT, payload, servers).await? {
            let answer: Answer<Statz> = wire::read(SUBJECT, &answer)?;
            stats.extend(answer.into_data()?.map(|data| data.account_statz));
        }
        let stored = storage::of_account(client, servers, account_key).await?;
        for stat in stats
            .into_iter()
            .flatten()
            .filter(|it| it.acc == account_key)
        {
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
