//! Accounts and users that the config file names, without operators; against both servers.

mod accounts;
mod callout;
mod login;
mod reload;
mod stock;
mod system;

use anyhow::Result;
use serde_json::{Value, json};
use tests::{Broker, Frame, Wire};

/// What a login with these CONNECT options is answered: `None`, or the text of the error.
async fn refusal(broker: &Broker, options: &Value) -> Result<Option<String>> {
    let mut wire = Wire::open(broker.addr()).await?;
    wire.send(format!("CONNECT {options}\r\nPING\r\n")).await?;
    loop {
        match wire.frame().await? {
            Frame::Pong => return Ok(None),
            Frame::Error(text) => return Ok(Some(text)),
            _ => {}
        }
    }
}

fn password(user: &str, password: &str) -> Value {
    json!({ "user": user, "pass": password })
}

/// Logs in by name and password.
async fn login(broker: &Broker, user: &str) -> Result<Wire> {
    Wire::anonymous_with(broker.addr(), &password(user, user)).await
}
