//! How long a connection lives on when its right to be there has ended: from the moment in which
//! the request is sent to the end of the client's stream.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use tests::{Wire, mint};
use tokio::task::JoinHandle;

use crate::Options;
use crate::report::Report;
use crate::server::{Server, System};
use crate::world::{Change, World};

/// Users of one account that are connected.
const PER_ACCOUNT: usize = 10;
/// Before credentials expire, there must be time to connect with them.
const EXPIRE_IN: i64 = 8;
/// Newer than what other measurements have pushed.
const GENERATION: u64 = 1_000;

pub(crate) async fn measure(
    server: &Server,
    world: &World,
    options: &Options,
    report: &mut Report,
) -> Result<()> {
    let mut system = server.system(world).await?;
    // Accounts that no other measurement has touched.
    let first = options.accounts / 2;
    let count = options.closed / PER_ACCOUNT;
    let times = one_by_one(server, world, &mut system, first, count).await?;
    report.spread("a user is revoked: request to EOF", times)?;
    let times = by_account(server, world, &mut system, first + count, count, false).await?;
    report.spread("all users of an account are revoked: request to EOF", times)?;
    let times = by_account(server, world, &mut system, first + 2 * count, count, true).await?;
    report.spread("an account is deleted: request to EOF", times)?;
    let times = at_once(
        server,
        world,
        &mut system,
        first + 3 * count,
        options.closed,
    )
    .await?;
    report.spread("one request ends all connections: request to EOF", times)?;
    let times = expired(server, world, first + 3 * count + 1, count).await?;
    report.spread("credentials expire: the second to EOF", times)
}

/// When the server closes it.
fn end_of(mut wire: Wire) -> JoinHandle<Result<Instant>> {
    tokio::spawn(async move {
        wire.until_closed().await?;
        Ok(Instant::now())
    })
}

async fn connected(
    server: &Server,
    world: &World,
    account: usize,
    users: usize,
) -> Result<Vec<Wire>> {
    let mut wires = Vec::new();
    for user in 0..users {
        wires.push(server.log_in(&world.user(account, user)?).await?);
    }
    Ok(wires)
}

/// Every user by a request of its own.
async fn one_by_one(
    server: &Server,
    world: &World,
    system: &mut System,
    first: usize,
    count: usize,
) -> Result<Vec<Duration>> {
    let mut all = Vec::new();
    for account in first..first + count {
        all.push(connected(server, world, account, PER_ACCOUNT).await?);
    }
    let mut times = Vec::new();
    for (account, wires) in (first..).zip(all) {
        let mut revoked = Vec::new();
        for (user, wire) in wires.into_iter().enumerate() {
            revoked.push(Some(user));
            let change = Change {
                generation: GENERATION + user as u64,
                revoked: revoked.clone(),
            };
            let token = world.account_jwt(account, &change)?;
            let end = end_of(wire);
            let began = Instant::now();
            system.push(&token).await?;
            times.push(end.await??.duration_since(began));
        }
    }
    Ok(times)
}

/// All users of an account by one request, or by its deletion.
async fn by_account(
    server: &Server,
    world: &World,
    system: &mut System,
    first: usize,
    count: usize,
    delete: bool,
) -> Result<Vec<Duration>> {
    let mut all = Vec::new();
    for account in first..first + count {
        all.push(connected(server, world, account, PER_ACCOUNT).await?);
    }
    let mut times = Vec::new();
    for (account, wires) in (first..).zip(all) {
        let request = if delete {
            world.deletion(account)?
        } else {
            revoke_all(world, account)?
        };
        let ends: Vec<_> = wires.into_iter().map(end_of).collect();
        let began = Instant::now();
        if delete {
            system.ask("$SYS.REQ.CLAIMS.DELETE", &request).await?;
        } else {
            system.push(&request).await?;
        }
        for end in ends {
            times.push(end.await??.duration_since(began));
        }
    }
    Ok(times)
}

fn revoke_all(world: &World, account: usize) -> Result<String> {
    let change = Change {
        generation: GENERATION,
        revoked: vec![None],
    };
    world.account_jwt(account, &change)
}

/// All connections are of one account, and one request ends them.
async fn at_once(
    server: &Server,
    world: &World,
    system: &mut System,
    account: usize,
    users: usize,
) -> Result<Vec<Duration>> {
    let wires = connected(server, world, account, users).await?;
    let request = revoke_all(world, account)?;
    let ends: Vec<_> = wires.into_iter().map(end_of).collect();
    let began = Instant::now();
    system.push(&request).await?;
    let mut times = Vec::new();
    for end in ends {
        times.push(end.await??.duration_since(began));
    }
    Ok(times)
}

/// All credentials end with the same second.
async fn expired(
    server: &Server,
    world: &World,
    first: usize,
    count: usize,
) -> Result<Vec<Duration>> {
    let exp = mint::now() + EXPIRE_IN;
    let mut wires = Vec::new();
    for account in first..first + count {
        for user in 0..PER_ACCOUNT {
            let user = world.user_until(account, user, exp)?;
            wires.push(server.log_in(&user).await?);
        }
    }
    let ends: Vec<_> = wires.into_iter().map(end_of).collect();
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let due = Instant::now() + Duration::from_secs(u64::try_from(exp)?).saturating_sub(since);
    let mut times = Vec::new();
    for end in ends {
        times.push(end.await??.saturating_duration_since(due));
    }
    Ok(times)
}
