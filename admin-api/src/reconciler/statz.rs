//! What servers count for accounts, as `$SYS.REQ.ACCOUNT.PING.STATZ` gives it.

use async_nats::Client;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::wire::{self, Answer, WireError};

#[derive(Debug, Deserialize)]
struct Statz {
    #[serde(default)]
    account_statz: Vec<AccountStat>,
}

/// An account on one server. Messages and bytes are counted from the server's start.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AccountStat {
    /// Its key.
    pub(super) acc: String,
    pub(super) conns: i64,
    pub(super) leafnodes: i64,
    pub(super) num_subscriptions: i64,
    pub(super) sent: Counted,
    pub(super) received: Counted,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Counted {
    pub(super) msgs: i64,
    pub(super) bytes: i64,
}

/// The accounts that a server tells of, beside its id.
pub(super) type Told = Vec<(String, AccountStat)>;

/// Those that have connections.
pub(super) async fn of_connected(client: &Client, servers: usize) -> Result<Told, WireError> {
    ask(client, servers, &json!({})).await
}

/// These, whether they have connections or not.
pub(super) async fn of_named(
    client: &Client,
    servers: usize,
    account_keys: &[String],
) -> Result<Told, WireError> {
    let asked = json!({ "accounts": account_keys, "include_unused": true });
    ask(client, servers, &asked).await
}

async fn ask(
    client: &Client,
    servers: usize,
    asked: &serde_json::Value,
) -> Result<Told, WireError> {
    const SUBJECT: &str = "$SYS.REQ.ACCOUNT.PING.STATZ";
    let payload = Bytes::from(asked.to_string());
    let mut told = Vec::new();
    for answer in wire::ask_all(client, SUBJECT, payload, servers).await? {
        let answer: Answer<Statz> = wire::read(SUBJECT, &answer)?;
        let server = answer.server.id.clone();
        let found = answer.into_data()?.map(|data| data.account_statz);
        let found = found.into_iter().flatten();
        told.extend(found.map(|stat| (server.clone(), stat)));
    }
    Ok(told)
}
