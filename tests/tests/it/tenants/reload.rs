//! Accounts that stand in the configuration file, when it is read again.

use anyhow::{Result, ensure};
use tests::broker::RELOADED;
use tests::mint::{Operator, Tenant};
use tests::{Broker, Which, Wire};

use crate::both::on_both;

on_both![
    the_accounts_in_the_file_are_those_that_count,
    the_default_sentinel_changes_while_it_runs,
];

async fn the_accounts_in_the_file_are_those_that_count(which: Which) -> Result<()> {
    let operator = Operator::default();
    let (stays, goes, comes) = (
        Tenant::new("stays"),
        Tenant::new("goes"),
        Tenant::new("comes"),
    );
    let trust = format!("operator: {}\nresolver: MEMORY\n", operator.jwt());
    let with = |tenants: &[&Tenant]| format!("{trust}{}", operator.preload(tenants));
    let mut broker = Broker::start(which, &with(&[&stays, &goes]))?;
    let user = stays.user("u");
    let mut staying = Wire::login(broker.addr(), &user).await?;
    let mut going = Wire::login(broker.addr(), &goes.user("u")).await?;
    let coming = comes.user("u");
    ensure!(Wire::try_login(broker.addr(), &coming).await?.is_err());

    broker.reload(&with(&[&stays, &comes]), RELOADED).await?;
    going.until_closed().await?;
    ensure!(
        Wire::try_login(broker.addr(), &goes.user("v"))
            .await?
            .is_err()
    );
    staying.sync().await?;
    Wire::login(broker.addr(), &coming).await?;
    Ok(())
}

async fn the_default_sentinel_changes_while_it_runs(which: Which) -> Result<()> {
    let (operator, tenant) = (Operator::default(), Tenant::new("open"));
    let without = operator.memory_config(&[&tenant]);
    let guest = tenant.user_with("guest", |claims| claims.nats.rights.bearer_token = true);
    let with = format!("{without}default_sentinel: {}\n", guest.jwt);
    let mut broker = Broker::start(which, &without)?;
    ensure!(Wire::anonymous(broker.addr()).await.is_err());
    broker.reload(&with, RELOADED).await?;
    let mut entered = Wire::anonymous(broker.addr()).await?;
    broker.reload(&without, RELOADED).await?;
    ensure!(Wire::anonymous(broker.addr()).await.is_err());
    entered.sync().await?;
    Ok(())
}
