//! What the streams of accounts take on an engine's servers, disk and memory, with all replicas.

use std::collections::HashMap;

use async_nats::Client;
use bytes::Bytes;
use serde::Deserialize;

use super::wire::{self, Answer, WireError};
use crate::store::usage::{Storage, Use};
use crate::store::{self, StoreError, Tx};

const SUBJECT: &str = "$SYS.REQ.SERVER.PING.JSZ";
/// Accounts that one question gives; nats-server gives no more.
const PAGE: usize = 1024;

/// What was noted of accounts last.
#[derive(Debug, Default)]
pub(super) struct Noted {
    at: i64,
    of: HashMap<String, Storage>,
}

impl Noted {
    /// What is to be noted: what has changed, and once in each minute all of it.
    pub(super) fn news(&mut self, now_stored: HashMap<String, Storage>, now: i64) -> Vec<News> {
        let is_new_minute = self.at / 60 != now / 60;
        let before = std::mem::replace(&mut self.of, now_stored);
        self.at = now;
        let changed = self
            .of
            .iter()
            .filter(|(key, storage)| is_new_minute || before.get(*key) != Some(*storage));
        changed
            .map(|(key, storage)| (key.clone(), *storage))
            .collect()
    }
}

/// An account's key, and what its streams take.
type News = (String, Storage);

/// What a server says of JetStream; nothing of accounts where it is off.
#[derive(Debug, Deserialize)]
struct Jsz {
    #[serde(default)]
    account_details: Vec<OneAccount>,
}

#[derive(Debug, Deserialize)]
struct OneAccount {
    /// Its nkey.
    id: String,
    #[serde(default)]
    memory: i64,
    #[serde(default)]
    storage: i64,
}

impl OneAccount {
    fn takes(&self) -> Storage {
        Storage {
            disk_bytes: self.storage,
            memory_bytes: self.memory,
        }
    }
}

/// What each account's streams take on all servers together, by the accounts' keys.
pub(super) async fn of_accounts(
    client: &Client,
    servers: usize,
) -> Result<HashMap<String, Storage>, WireError> {
    let mut all: HashMap<String, Storage> = HashMap::new();
    let mut offset = 0;
    loop {
        let asked = serde_json::json!({ "accounts": true, "offset": offset, "limit": PAGE });
        let payload = Bytes::from(asked.to_string());
        let mut is_last = true;
        for answer in wire::ask_all(client, SUBJECT, payload, servers).await? {
            let answer: Answer<Jsz> = wire::read(SUBJECT, &answer)?;
            let found = answer.into_data()?.map(|jsz| jsz.account_details);
            let found = found.unwrap_or_default();
            is_last &= found.len() < PAGE;
            for account in found {
                let takes = account.takes();
                all.entry(account.id).or_default().add(&takes);
            }
        }
        if is_last {
            return Ok(all);
        }
        offset += PAGE;
    }
}

/// The same of one account; `None` where no server keeps streams for it.
pub(super) async fn of_account(
    client: &Client,
    servers: usize,
    account_key: &str,
) -> Result<Option<Storage>, WireError> {
    let asked = serde_json::json!({ "account": account_key });
    let payload = Bytes::from(asked.to_string());
    let mut sum: Option<Storage> = None;
    for answer in wire::ask_all(client, SUBJECT, payload, servers).await? {
        let answer: Answer<Jsz> = wire::read(SUBJECT, &answer)?;
        // A server refuses an account that has no streams there.
        let found = answer.into_data().ok().flatten();
        let found = found.map(|jsz| jsz.account_details).unwrap_or_default();
        for account in found.iter().filter(|it| it.id == account_key) {
            sum.get_or_insert_default().add(&account.takes());
        }
    }
    Ok(sum)
}

/// Adds what accounts have to their usage.
pub(super) async fn add(tx: &mut Tx, stored: &[News], now: i64) -> Result<(), StoreError> {
    for (account_key, storage) in stored {
        let Some(account_id) = store::usage::account_of(tx, account_key).await? else {
            continue;
        };
        let more = Use {
            account_id: &account_id,
            user_id: "",
            amounts: Default::default(),
            connections: 0,
            gap: false,
            storage: Some(*storage),
        };
        store::usage::add(tx, &more, now).await?;
    }
    Ok(())
}
