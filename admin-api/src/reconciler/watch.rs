//! Listens to what others tell the servers of a cluster, so that claims which are not ours are put
//! right at once: an older version of an account's, pushed by a stock tool, would undo revocations.
//!
//! What is missed while there is no connection is found by the comparison that begins each session.

use std::convert::Infallible;
use std::time::Duration;

use accounts::{AccountBody, GenericBody};
use async_nats::{Client, Message};
use futures_util::{StreamExt as _, stream};

use super::compare::{self, CompareError};
use super::link::Link;
use crate::app::App;
use crate::clock;
use crate::store::accounts::AccountRow;
use crate::store::{self, StoreError};

/// Everything that changes what a server holds.
pub(super) const SUBJECTS: [&str; 4] = [
    "$SYS.REQ.CLAIMS.UPDATE",
    "$SYS.REQ.ACCOUNT.*.CLAIMS.UPDATE",
    "$SYS.ACCOUNT.*.CLAIMS.UPDATE",
    "$SYS.REQ.CLAIMS.DELETE",
];
/// How long servers have for what they were told, before they are asked what they hold.
const SERVERS_TAKE: Duration = Duration::from_millis(200);
/// What is looked at side by side: a stock tool pushes a whole store at once.
const AT_A_TIME: usize = 16;

/// Compares every account that somebody else has told the servers of.
pub(super) async fn keep(link: &Link, app: &App, client: &Client) -> Infallible {
    if !link.engine.is_cluster() {
        return std::future::pending().await;
    }
    let mut told = Vec::new();
    for subject in SUBJECTS {
        match client.subscribe(subject).await {
            Ok(heard) => told.push(heard),
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                engine.name = link.engine.name,
                "changes by others are noticed at the next comparison only"
            ),
        }
    }
    let told = stream::select_all(told);
    let settled = told.for_each_concurrent(AT_A_TIME, |message| async move {
        for account_key in accounts_of(&message.payload) {
            if let Err(error) = look(link, app, client, &account_key, &message).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    account.key = account_key,
                    "what others told the servers of an account was not compared"
                );
            }
        }
    });
    settled.await;
    // The connection is gone, and the session ends.
    std::future::pending().await
}

/// The accounts that a message is about. What cannot be read changes nothing at servers either.
fn accounts_of(payload: &[u8]) -> Vec<String> {
    let Ok(token) = std::str::from_utf8(payload) else {
        return Vec::new();
    };
    if let Ok(claims) = accounts::jwt::decode::<AccountBody>(token) {
        return vec![claims.sub.to_string()];
    }
    let deleted = accounts::jwt::decode::<GenericBody>(token).ok();
    let named = deleted.and_then(|claims| claims.nats.data.get("accounts").cloned());
    named
        .and_then(|named| serde_json::from_value(named).ok())
        .unwrap_or_default()
}

async fn look(
    link: &Link,
    app: &App,
    client: &Client,
    account_key: &str,
    message: &Message,
) -> Result<(), CompareError> {
    // Our own pushes come by here, too.
    let is_ours = |row: &AccountRow| message.payload == row.jwt.as_bytes();
    if !link.leads()
        || kept(app, account_key)
            .await?
            .is_none_or(|row| is_ours(&row))
    {
        return Ok(());
    }
    tokio::time::sleep(SERVERS_TAKE).await;
    let Some(row) = kept(app, account_key).await? else {
        return Ok(());
    };
    if compare::one(link, app, client, row).await? {
        tracing::warn!(
            account.key = account_key,
            engine.name = link.engine.name,
            "somebody else changed an account's claims on the servers: ours are pushed again"
        );
        link.nudge.notify_one();
    }
    Ok(())
}

/// An account that servers should hold: not one that is being purged.
async fn kept(app: &App, account_key: &str) -> Result<Option<AccountRow>, StoreError> {
    let mut tx = app.db.read().await?;
    let row = store::accounts::by_key(&mut tx, account_key).await?;
    let now = clock::now();
    Ok(row.filter(|row| row.purge_at.is_none_or(|at| at > now)))
}

#[cfg(test)]
mod tests {
    use accounts::{Claims, KeyKind};
    use serde_json::json;

    use super::*;
    use crate::mint;

    #[test]
    fn updates_and_deletions_say_of_whom() {
        let operator = mint::new_key(KeyKind::Operator);
        let account = mint::new_key(KeyKind::Account).public();
        let update = Claims::new(account, "acme", 1, AccountBody::default());
        let update = accounts::jwt::encode(&update, &operator).unwrap();
        assert_eq!(accounts_of(update.as_bytes()), [account.to_string()]);

        let mut deletion = GenericBody::default();
        let named = json!([account.to_string(), "AOTHER"]);
        deletion.data.insert("accounts".to_owned(), named);
        let deletion = Claims::new(operator.public(), "delete", 1, deletion);
        let deletion = accounts::jwt::encode(&deletion, &operator).unwrap();
        let named = accounts_of(deletion.as_bytes());
        assert_eq!(named, [account.to_string(), "AOTHER".to_owned()]);

        assert!(accounts_of(b"\xff").is_empty());
        assert!(accounts_of(b"{}").is_empty());
    }
}
