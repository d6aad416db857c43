//! What only our own broker adds to accounts, roles and their end.

use anyhow::{Result, anyhow};
use serde_json::json;
use tests::wait::eventually;
use tests::{Tidegate, Wire};

use super::on_both_databases;

on_both_databases![
    a_roles_quotas_hold_live,
    a_purged_account_is_gone_from_the_broker_too,
    usage_is_what_the_broker_counted,
];

async fn a_roles_quotas_hold_live(tidegate: Tidegate) -> Result<()> {
    let api = tidegate.api();
    api.make_account("acme").await?;
    let role = json!({ "name": "one", "limits": { "user_connections": 1 } });
    api.post("/accounts/acme/roles", &role).await?;
    let made = api
        .make_user_with("acme", &json!({ "name": "u", "role": "one" }))
        .await?;
    let user = made.user()?;
    let mut first = Wire::login(tidegate.nats(), &user).await?;
    let refused = Wire::try_login(tidegate.nats(), &user).await?;
    assert!(refused.is_err(), "one connection is the role's quota");
    let wider = json!({ "limits": { "user_connections": 2 } });
    let changed = api.patch("/accounts/acme/roles/one", &wider).await?;
    assert_eq!(changed["live"], true, "{changed}");
    // Who came under the old template comes again, with the same credential.
    first.until_closed().await?;
    let mut first = Wire::login(tidegate.nats(), &user).await?;
    let second = Wire::try_login(tidegate.nats(), &user).await?;
    assert_eq!(second, Ok(()), "two under the new quota");
    first.sync().await?;

    // Disabled and enabled: out, and in again, with the same credential.
    let disabled = json!({ "disabled": true });
    api.patch("/accounts/acme/roles/one", &disabled).await?;
    first.until_closed().await?;
    assert!(Wire::try_login(tidegate.nats(), &user).await?.is_err());
    let enabled = json!({ "disabled": false });
    api.patch("/accounts/acme/roles/one", &enabled).await?;
    assert_eq!(Wire::try_login(tidegate.nats(), &user).await?, Ok(()));
    Ok(())
}

async fn a_purged_account_is_gone_from_the_broker_too(tidegate: Tidegate) -> Result<()> {
    let api = tidegate.api();
    let account = api.make_account("acme").await?;
    let user = api.make_user("acme", "u").await?.user()?;
    let key = account["public_key"].as_str().unwrap_or_default();
    let file = tidegate.data(&format!("broker/accounts/{key}.jwt"));
    assert!(file.exists(), "{}", file.display());
    api.delete("/accounts/acme").await?;
    assert!(file.exists(), "it can be restored");
    assert!(Wire::try_login(tidegate.nats(), &user).await?.is_err());
    api.delete("/deleted-accounts/acme").await?;
    eventually("the account's claims are gone", async || {
        Ok((!file.exists()).then_some(()))
    })
    .await?;
    // The broker's part goes first; a moment later the name is free.
    eventually("the account's name is free", async || {
        Ok(api.make_account("acme").await.ok())
    })
    .await?;
    assert!(Wire::try_login(tidegate.nats(), &user).await?.is_err());
    Ok(())
}

async fn usage_is_what_the_broker_counted(tidegate: Tidegate) -> Result<()> {
    let api = tidegate.api();
    api.make_account("acme").await?;
    let user = api.make_user("acme", "u").await?.user()?;
    let mut wire = Wire::login(tidegate.nats(), &user).await?;
    for _ in 0..25 {
        wire.publish("a", "12345678").await?;
    }
    wire.sync().await?;
    let used = async || -> Result<(i64, i64)> {
        let usage = api.get("/accounts/acme/usage?grain=minute").await?;
        let points = usage["data"].as_array().cloned().unwrap_or_default();
        let sum = |name: &str| points.iter().filter_map(|point| point[name].as_i64()).sum();
        Ok((sum("messages_in"), sum("bytes_in")))
    };
    eventually("servers were asked", async || match used().await? {
        (25, bytes) if bytes >= 200 => Ok(Some(())),
        other => Err(anyhow!("{other:?}")),
    })
    .await
}
