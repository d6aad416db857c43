//! Stock clients: what they make of a password, a token and an nkey.

use accounts::nkeys::{KeyKind, KeyPair};
use anyhow::Result;
use async_nats::ConnectOptions;
use tests::{Broker, Which, scripts};

use crate::both::on_both;

on_both![
    stock_clients_log_in_by_password,
    stock_clients_log_in_by_token,
    stock_clients_log_in_by_nkey
];

async fn stock_clients_log_in_by_password(which: Which) -> Result<()> {
    let hash = bcrypt::hash("secret", 4)?;
    let users = format!("authorization {{ users: [ {{user: a, password: \"{hash}\"}} ] }}");
    let broker = Broker::start(which, &users)?;
    let options = |password: &str| {
        ConnectOptions::with_user_and_password("a".to_owned(), password.to_owned())
    };
    check(&broker, options, ["password", "secret", "other"], "a").await
}

async fn stock_clients_log_in_by_token(which: Which) -> Result<()> {
    let broker = Broker::start(which, "authorization { token: secret }")?;
    let options = |token: &str| ConnectOptions::with_token(token.to_owned());
    check(&broker, options, ["token", "secret", "other"], "[REDACTED]").await
}

async fn stock_clients_log_in_by_nkey(which: Which) -> Result<()> {
    let [user, other] = [1, 2].map(|n| KeyPair::from_entropy(KeyKind::User, [n; 32]));
    let nkey = user.public().to_string();
    let broker = Broker::start(
        which,
        &format!("authorization {{ users: [ {{nkey: {nkey}}} ] }}"),
    )?;
    let options = |seed: &str| ConnectOptions::with_nkey(seed.to_owned());
    check(
        &broker,
        options,
        ["nkey", &user.seed(), &other.seed()],
        &nkey,
    )
    .await
}

/// Logs in with async-nats, nats-py and the Node client.
async fn check(
    broker: &Broker,
    options: impl Fn(&str) -> ConnectOptions,
    [kind, right, wrong]: [&str; 3],
    user: &str,
) -> Result<()> {
    let client = options(right).connect(broker.url()).await?;
    let answer = client.request("$SYS.REQ.USER.INFO", "".into()).await?;
    let answer: serde_json::Value = serde_json::from_slice(&answer.payload)?;
    assert_eq!(answer["data"]["user"], user);
    let refused = options(wrong).connect(broker.url()).await;
    assert!(refused.is_err(), "let in with {wrong}");
    let arguments = [&broker.url(), kind, right, wrong];
    assert_eq!(scripts::python("logins.py", &arguments).await?.trim(), user);
    assert_eq!(scripts::node("logins.mjs", &arguments).await?.trim(), user);
    Ok(())
}
