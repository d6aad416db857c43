//! Closes what an account's claims have no more room for: [`accounts::excess`] says who goes.

use std::sync::Arc;

use accounts::policy::AccountPolicy;
use accounts::{Excess, Holder};
use protocol::{ClosedReason, ServerError};

use crate::{account::Account, connection::client::Client};

/// Closes them. `exempt` is for the system account, which has no quotas.
pub(super) fn close_excess(account: &Account, policy: &AccountPolicy, exempt: bool) {
    let clients = account.clients();
    let holder = |client: &Arc<Client>| {
        let details = client.details.lock();
        Holder {
            seat: details.seat(),
            subscriptions: details.subscriptions as u64,
        }
    };
    let held: Vec<_> = clients.iter().map(holder).collect();
    for (at, excess) in accounts::excess(policy, exempt, &held) {
        let error = match excess {
            Excess::Account => ServerError::MaximumAccountConnectionsExceeded,
            Excess::User => ServerError::MaximumUserConnectionsExceeded,
            Excess::Subscriptions => ServerError::MaximumSubscriptionsExceeded,
        };
        let reason = match excess {
            Excess::Subscriptions => Some(ClosedReason::MaxSubscriptionsExceeded),
            _ => error.closed_reason(),
        };
        let reason = reason.unwrap_or(ClosedReason::MaxAccountConnectionsExceeded);
        clients[at].close(Some(error), reason);
    }
}
