//! Logins to accounts that are not in memory, and what the accounts in memory cost.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;
use tests::mint::User;
use tests::{Which, Wire};

use crate::Options;
use crate::report::Report;
use crate::server::{IDLE_TIME, Server};
use crate::world::World;

/// Clients that log in at the same time.
const VISITORS: usize = 16;
/// Groups of accounts that are active one after the other.
const ROUNDS: usize = 4;
const LEAVE_WITHIN: Duration = Duration::from_secs(60);

pub(crate) async fn measure(
    server: &Server,
    world: &World,
    options: &Options,
    report: &mut Report,
) -> Result<()> {
    let mut first = Vec::new();
    let mut held = Vec::new();
    for account in 0..options.active {
        // The first account has had its first login.
        let account = account + 1;
        let user = world.user(account, 0)?;
        let began = Instant::now();
        held.push(Wire::login(server.addr, &user).await?);
        first.push(began.elapsed());
    }
    report.spread("first login to a cold account", first)?;
    report.row(
        &format!("memory with {} accounts and connections", options.active),
        &server.rss_text()?,
    )?;
    all_users(server, world, options, report).await?;
    drop(held);
    let row = "memory after they left";
    leave(server, world, report, row).await?;
    for round in 2..=ROUNDS {
        let from = (round - 1) * options.active + 1;
        let mut held = Vec::new();
        for account in from..from + options.active {
            held.push(server.log_in(&world.user(account, 0)?).await?);
        }
        drop(held);
        let row = format!("memory after {round} such groups, one after the other");
        leave(server, world, report, &row).await?;
    }
    Ok(())
}

/// Every user of the active accounts logs in and leaves.
async fn all_users(
    server: &Server,
    world: &World,
    options: &Options,
    report: &mut Report,
) -> Result<()> {
    let mut users = Vec::new();
    for account in 1..=options.active {
        for user in 0..options.users {
            users.push(world.user(account, user)?);
        }
    }
    let (users, next): (Arc<[User]>, _) = (users.into(), Arc::new(AtomicUsize::new(0)));
    let (addr, began) = (server.addr, Instant::now());
    let visitors = (0..VISITORS).map(|_| {
        let (users, next) = (Arc::clone(&users), Arc::clone(&next));
        let visits = async move {
            let mut failed = 0;
            while let Some(user) = users.get(next.fetch_add(1, Ordering::Relaxed)) {
                // A server without time for it hangs up; how often that happens is told.
                failed += usize::from(Wire::login(addr, user).await.is_err());
            }
            failed
        };
        tokio::spawn(visits)
    });
    let failed: usize = try_join_all(visitors).await?.into_iter().sum();
    let rate = users.len() as f64 / began.elapsed().as_secs_f64();
    let row = format!("{} users log in, each once", users.len());
    report.row(&row, &format!("{rate:.0} per second, {failed} failed"))
}

/// Waits until our broker has let the accounts go; nats-server keeps them and gets the same time.
async fn leave(server: &Server, world: &World, report: &mut Report, row: &str) -> Result<()> {
    let began = Instant::now();
    tokio::time::sleep(2 * IDLE_TIME).await;
    if server.which == Which::Tidegate {
        let mut system = server.system(world).await?;
        while system.active().await? > 0 {
            ensure!(began.elapsed() < LEAVE_WITHIN, "idle accounts do not leave");
            tokio::time::sleep(IDLE_TIME / 10).await;
        }
    }
    report.row(row, &server.rss_text()?)
}
