//! What is counted of accounts.

use serde::Deserialize;
use serde_json::{Value, json};

use super::accounts;
use crate::{account::Account, clock, server::Server, tenants::Counters};

/// Which accounts to show.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct AccstatzOptions {
    /// Only these.
    pub accounts: Vec<String>,
    /// Also those without a connection.
    pub include_unused: bool,
}

/// What is counted of an account.
pub(crate) fn account_stat(account: &Account) -> Value {
    let now = (account.connections(), account.subscriptions());
    let name = accounts::name_of(account);
    stat(&account.name, &name, now, &Counters::of(account))
}

/// The same of one that was in use since the start and is not now.
fn departed_stat(name: &str, counters: &Counters) -> Value {
    stat(name, "", (0, 0), counters)
}

fn stat(
    account: &str,
    name: &str,
    (connections, subscriptions): (usize, usize),
    counters: &Counters,
) -> Value {
    let none = json!({ "msgs": 0, "bytes": 0 });
    let traffic = |(messages, bytes): (u64, u64)| {
        json!({
            "msgs": messages, "bytes": bytes,
            "gateways": none, "routes": none, "leafs": none,
        })
    };
    json!({
        "acc": account,
        "name": name,
        "conns": connections,
        "leafnodes": 0,
        "total_conns": connections,
        "num_subscriptions": subscriptions,
        "sent": traffic(counters.sent),
        "received": traffic(counters.received),
        "slow_consumers": counters.slow_consumers,
    })
}

/// Counters of the accounts that are asked for.
pub(crate) fn accounts_stat(server: &Server, options: &AccstatzOptions) -> Value {
    let accounts = match &options.accounts[..] {
        [] => server.accounts(),
        named => {
            let named = named.iter();
            named
                .filter_map(|name| server.account_named(name))
                .collect()
        }
    };
    let used = accounts.iter();
    let used = used.filter(|account| options.include_unused || account.connections() > 0);
    let mut shown: Vec<_> = used.map(|account| account_stat(account)).collect();
    if options.include_unused {
        shown.extend(departed(server, options));
    }
    json!({
        "server_id": server.id.to_string(),
        "now": clock::rfc3339(clock::wall()),
        "account_statz": shown,
    })
}

/// Accounts that were in use since the start and are not now, of those that are asked for.
fn departed(server: &Server, options: &AccstatzOptions) -> Vec<Value> {
    let tenants = &server.tenants;
    let departed = match &options.accounts[..] {
        [] => tenants.all_departed(),
        named => {
            let keys = named.iter();
            let keys = keys.filter_map(|name| tenants.key_of(name));
            keys.filter_map(|key| Some((key, tenants.departed(&key)?)))
                .collect()
        }
    };
    let departed = departed.iter();
    departed
        .map(|(key, counters)| departed_stat(&server.account_shown(key), counters))
        .collect()
}
