//! Accounts that stand in the configuration file, when it is read again.

use anyhow::{Result, ensure};
use rustix::process::Signal;
use tests::mint::{Operator, Tenant};
use tests::wait::eventually;
use tests::{Broker, Which, Wire};

use crate::both::on_both;

on_both![the_accounts_in_the_file_are_those_that_count];

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

    broker.configure(&with(&[&stays, &comes]))?;
    broker.daemon().signal(Signal::HUP);
    eventually("a reload", async || {
        let output = broker.daemon().output();
        Ok(output
            .contains("Reloaded server configuration")
            .then_some(()))
    })
    .await?;
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
