//! What is too much once an account's claims allow less: those who came last go first.

use std::{collections::HashMap, sync::Arc};

use accounts::policy::{AccountPolicy, ceiling};
use protocol::{ClosedReason, ServerError};

use crate::{account::Account, connection::client::Client};

/// Closes the connections that the account's claims have no more room for: first those beyond its
/// own and each user's number of connections, then, of those that stay, the newest ones that hold
/// subscriptions, until what remains is within the account's total. `exempt` is for the system
/// account, which has no quotas.
pub(super) fn close_excess(account: &Account, policy: &AccountPolicy, exempt: bool) {
    let mut stay = close_beyond(account.clients(), ceiling(policy.limits.conn));
    if exempt {
        return;
    }
    if let Some(max) = policy.quotas.user_connections {
        stay = close_of_users(stay, max);
    }
    if let Some(max) = policy.quotas.subscriptions {
        close_subscribers(&stay, max);
    }
}

/// Closes all but the oldest. Gives those that stay.
fn close_beyond(mut clients: Vec<Arc<Client>>, max: Option<u64>) -> Vec<Arc<Client>> {
    let max = max.map_or(usize::MAX, |max| usize::try_from(max).unwrap_or(usize::MAX));
    for client in clients.drain(max.min(clients.len())..) {
        close(&client, ServerError::MaximumAccountConnectionsExceeded);
    }
    clients
}

fn close_of_users(clients: Vec<Arc<Client>>, max: u64) -> Vec<Arc<Client>> {
    let mut seen: HashMap<_, u64> = HashMap::new();
    let (stay, go): (Vec<_>, Vec<_>) = clients.into_iter().partition(|client| {
        // On an open broker nobody is known.
        let Some(user) = client.details.lock().seat() else {
            return true;
        };
        let count = seen.entry(user).or_default();
        *count += 1;
        *count <= max
    });
    for client in go {
        close(&client, ServerError::MaximumUserConnectionsExceeded);
    }
    stay
}

fn close_subscribers(clients: &[Arc<Client>], max: u64) {
    let held: Vec<_> = clients
        .iter()
        .map(|client| client.details.lock().subscriptions as u64)
        .collect();
    let mut total: u64 = held.iter().sum();
    for (client, held) in clients.iter().zip(held).rev() {
        if total <= max {
            return;
        }
        if held > 0 {
            total -= held;
            client.close(
                Some(ServerError::MaximumSubscriptionsExceeded),
                ClosedReason::MaxSubscriptionsExceeded,
            );
        }
    }
}

fn close(client: &Client, error: ServerError) {
    let reason = error.closed_reason();
    let reason = reason.unwrap_or(ClosedReason::MaxAccountConnectionsExceeded);
    client.close(Some(error), reason);
}
