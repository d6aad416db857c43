//! Closes the connections of a user whose credential was revoked.

use async_nats::Client;

use super::wire::{self, WireError};

/// Closes every open connection of the user and says how many there were.
pub(super) async fn user(
    client: &Client,
    servers: usize,
    account_key: &str,
    user_key: &str,
) -> Result<usize, WireError> {
    let mut closed = 0;
    for (server, connections) in wire::connections(client, servers, account_key, user_key).await? {
        // A server that does not know the filter answers with everybody: trust the field, not it.
        for connection in connections.iter().filter(|c| c.authorized_user == user_key) {
            wire::close(client, &server, connection.cid).await?;
            closed += 1;
        }
    }
    Ok(closed)
}
