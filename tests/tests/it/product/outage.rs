//! What is lost when a process is killed or the database goes away: nothing.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::wait::eventually;
use tests::{Daemon, MadeUser, Tidegate, Wire};

use super::{TwoTenants, on_both_databases, on_postgres};

on_both_databases![after_a_kill_accounts_users_and_imports_are_there];

async fn after_a_kill_accounts_users_and_imports_are_there(mut tidegate: Tidegate) -> Result<()> {
    let api = tidegate.api();
    let tenants = TwoTenants::make(&api).await?;
    api.export("acme", "stream", "orders.*").await?;
    api.import("globex", "acme", "stream", "orders.*", None)
        .await?;
    let gone = api.make_user("acme", "gone").await?;
    api.delete(&format!("/accounts/acme/users/{}", gone.id))
        .await?;
    let before = listing(&tidegate).await?;

    tidegate.kill_and_restart().await?;
    assert_eq!(listing(&tidegate).await?, before);
    let mut acme = Wire::login(tidegate.nats(), &tenants.acme.user()?).await?;
    let mut globex = Wire::login(tidegate.nats(), &tenants.globex.user()?).await?;
    globex.subscribe("orders.*", "1").await?;
    acme.publish("orders.eu", "x").await?;
    acme.sync().await?;
    assert_eq!(
        globex.messages().await?,
        [("orders.eu".to_owned(), "x".to_owned())]
    );
    assert!(
        Wire::try_login(tidegate.nats(), &gone.user()?)
            .await?
            .is_err(),
        "stays revoked"
    );
    let fresh = tidegate.api().make_user("acme", "fresh").await?;
    assert_eq!(
        Wire::try_login(tidegate.nats(), &fresh.user()?).await?,
        Ok(())
    );
    Ok(())
}

/// What the API shows of accounts, users, exports and imports, without what may move.
async fn listing(tidegate: &Tidegate) -> Result<Vec<Value>> {
    let api = tidegate.api();
    let mut all = Vec::new();
    for path in [
        "/accounts",
        "/accounts/acme/users",
        "/accounts/acme/exports",
        "/accounts/globex/users",
        "/accounts/globex/imports",
    ] {
        let mut page = api.get(path).await?;
        for item in page["data"].as_array_mut().context("a list")? {
            item.as_object_mut().map(|item| item.remove("live"));
        }
        assert_ne!(page["data"], json!([]), "{path}");
        all.push(page["data"].take());
    }
    Ok(all)
}

/// Kills the process at random moments of a run of changes: what was acknowledged is kept.
#[tokio::test]
async fn what_the_api_acknowledged_survives_a_kill_at_any_moment() -> Result<()> {
    let mut random = crate::seed::Random::new(crate::seed::announced());
    let mut tidegate = Tidegate::serve().await?;
    tidegate.api().make_account("acme").await?;
    let mut acknowledged: Vec<MadeUser> = Vec::new();
    for round in 0..3 {
        let api = tidegate.api();
        let (report, mut reports) = tokio::sync::mpsc::channel(64);
        let making = tokio::spawn(async move {
            for n in 0.. {
                let name = format!("user-{round}-{n}");
                let Ok(user) = api.make_user("acme", &name).await else {
                    return;
                };
                if report.send(user).await.is_err() {
                    return;
                }
            }
        });
        for _ in 0..1 + random.below(6) {
            acknowledged.push(reports.recv().await.context("a user was made")?);
        }
        tidegate.kill();
        making.await?;
        while let Ok(user) = reports.try_recv() {
            acknowledged.push(user);
        }
        tidegate.start_again().await?;
        tidegate.is_ready().await?;
    }
    for user in &acknowledged {
        assert_eq!(
            Wire::try_login(tidegate.nats(), &user.user()?).await?,
            Ok(())
        );
        tidegate
            .api()
            .get(&format!("/accounts/acme/users/{}", user.id))
            .await?;
    }
    Ok(())
}

#[tokio::test]
async fn without_the_database_known_tenants_still_log_in_also_after_a_restart() -> Result<()> {
    let (mut database, mut tidegate) = on_postgres().await?;
    let tenants = TwoTenants::make(&tidegate.api()).await?;
    let mut connected = Wire::login(tidegate.nats(), &tenants.acme.user()?).await?;
    database.stop()?;

    let api = tidegate.api();
    eventually("readyz to tell", async || {
        Ok((api.ask("GET", "/readyz", None).await?.status == 503).then_some(()))
    })
    .await?;
    assert_eq!(
        api.ask("GET", "/healthz", None).await?.status,
        200,
        "the process is well"
    );
    let refused = api
        .ask("POST", "/api/v1/accounts", Some(&json!({"name": "later"})))
        .await?;
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert_eq!(refused.content_type, "application/problem+json");
    assert_eq!(connected.sync().await?, [], "who is connected stays");
    assert_eq!(
        Wire::try_login(tidegate.nats(), &tenants.globex.user()?).await?,
        Ok(())
    );

    tidegate.kill();
    tidegate.start_again().await?;
    for user in [&tenants.acme, &tenants.globex] {
        assert_eq!(
            Wire::try_login(tidegate.nats(), &user.user()?).await?,
            Ok(())
        );
    }
    assert_eq!(
        tidegate.api().ask("GET", "/healthz", None).await?.status,
        200
    );

    database.start_again()?;
    tidegate.is_ready().await?;
    let fresh = tidegate.api().make_user("acme", "fresh").await?;
    assert_eq!(
        Wire::try_login(tidegate.nats(), &fresh.user()?).await?,
        Ok(())
    );
    Ok(())
}

#[tokio::test]
async fn a_second_process_on_the_same_data_directory_is_turned_away() -> Result<()> {
    let tidegate = Tidegate::serve().await?;
    let tenants = TwoTenants::make(&tidegate.api()).await?;
    let mut second = Daemon::spawn("the second", tidegate.second()?)?;
    let status = second.wait_exit(Duration::from_secs(30))?;
    assert_eq!(status.code(), Some(1));
    let said = second.output();
    assert!(
        said.contains("another process") || said.contains("in use"),
        "{said}"
    );
    assert!(!said.contains("panicked"), "{said}");
    assert_eq!(
        Wire::try_login(tidegate.nats(), &tenants.acme.user()?).await?,
        Ok(())
    );
    tidegate.api().make_account("unharmed").await?;
    Ok(())
}

#[tokio::test]
async fn a_corrupt_stored_account_harms_no_other_and_is_named() -> Result<()> {
    let mut tidegate = Tidegate::serve().await?;
    let api = tidegate.api();
    let tenants = TwoTenants::make(&api).await?;
    let acme = api.get("/accounts/acme").await?;
    let key = acme["public_key"].as_str().context("a key")?;
    tidegate.stop()?;
    let file = tidegate.data(&format!("broker/accounts/{key}.jwt"));
    let good = fs::read(&file)?;
    fs::write(&file, &good[..good.len() / 2])?;
    tidegate.start_again().await?;
    assert_eq!(
        Wire::try_login(tidegate.nats(), &tenants.globex.user()?).await?,
        Ok(())
    );
    // The log names the account, whoever comes first: a login, or the store with the right token.
    tidegate
        .daemon()
        .wait_for_line(key, Duration::from_secs(30))
        .context("the log names it")?;
    let user = tenants.acme.user()?;
    eventually("the account to be mended", async || {
        Ok(Wire::try_login(tidegate.nats(), &user).await?.ok())
    })
    .await?;
    assert_eq!(fs::read(&file)?, good, "the right token is on disk again");
    let said = tidegate.daemon().output();
    assert!(!said.contains("panicked"), "{said}");

    tidegate.stop()?;
    fs::remove_file(&file)?;
    tidegate.start_again().await?;
    tidegate.is_ready().await?;
    // The store still has the account: it comes back to the broker by itself.
    eventually("the account to be back", async || {
        Ok(Wire::try_login(tidegate.nats(), &user).await?.ok())
    })
    .await
}
