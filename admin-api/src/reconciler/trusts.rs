//! While the operator's signing key is being changed: which of its keys the servers of an engine
//! trust.

use accounts::OperatorBody;
use async_nats::Client;
use serde::Deserialize;

use super::link::Link;
use super::wire::{self, WireError};
use crate::app::App;
use crate::store::{self, StoreError};

#[derive(Debug, thiserror::Error)]
pub(super) enum TrustsError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Wire(#[from] WireError),
}

/// What a server says of its operators.
#[derive(Debug, Deserialize)]
struct Operators {
    #[serde(default)]
    trusted_operators_jwt: Vec<String>,
}

/// Asks every server, and notes the keys that all of them trust. One that is not seen yet, because
/// we have just come to another, must be waited for: it would refuse what is signed with a key that
/// it does not know.
pub(super) async fn look(link: &Link, app: &App, client: &Client) -> Result<(), TrustsError> {
    if !link.servers.are_settled() {
        return Ok(());
    }
    let mut tx = app.db.read().await?;
    if store::operators::open_rotation(&mut tx).await?.is_none() {
        return Ok(());
    }
    let operator = store::foundation::the_operator(&mut tx).await?;
    drop(tx);
    let keys = trusted(link, client, &operator.public_key).await?;
    let mut tx = app.db.write().await?;
    store::operators::set_trusts(&mut tx, &link.engine.id, &keys).await?;
    Ok(tx.commit().await?)
}

async fn trusted(link: &Link, client: &Client, operator: &str) -> Result<Vec<String>, WireError> {
    const SUBJECT: &str = "$SYS.REQ.SERVER.PING.VARZ";
    let servers = link.servers.count();
    let mut heard = Vec::new();
    let mut all: Option<Vec<String>> = None;
    for answer in wire::ask_all(client, SUBJECT, "".into(), servers).await? {
        let answer: wire::Answer<Operators> = wire::read(SUBJECT, &answer)?;
        heard.push(answer.server.id.clone());
        let said = answer.into_data()?.map(|data| data.trusted_operators_jwt);
        let keys = keys_of(&said.unwrap_or_default(), operator);
        all = Some(match all {
            None => keys,
            Some(all) => all.into_iter().filter(|key| keys.contains(key)).collect(),
        });
    }
    let silent = link.servers.others_than(&heard);
    match silent.is_empty() {
        true => Ok(all.unwrap_or_default()),
        false => Err(WireError::Silent { servers: silent }),
    }
}

/// The signing keys that tokens give to this operator.
fn keys_of(tokens: &[String], operator: &str) -> Vec<String> {
    let claims = tokens.iter().filter_map(|token| {
        let claims = accounts::jwt::decode::<OperatorBody>(token).ok()?;
        (claims.sub == operator).then_some(claims)
    });
    let keys = claims.flat_map(|claims| claims.nats.signing_keys);
    keys.map(|key| key.to_string()).collect()
}
