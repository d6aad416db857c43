//! Updates of accounts with live connections, at a steady rate.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tests::{Frame, Which, Wire};

use crate::Options;
use crate::report::Report;
use crate::server::{Server, System};
use crate::world::{Change, World};

const SECONDS: usize = 10;
/// Accounts that are asked afterwards which claims are in force.
const ASKED: usize = 100;
const SUBJECT: &str = "$SYS.REQ.CLAIMS.UPDATE";

pub(crate) async fn measure(
    server: &Server,
    world: &World,
    options: &Options,
    report: &mut Report,
) -> Result<()> {
    let accounts = options.updates.min(options.active);
    let mut live = Vec::new();
    for account in 0..accounts {
        live.push(Wire::login(server.addr, &world.user(account, 0)?).await?);
    }
    let total = options.updates * SECONDS;
    let tokens: Vec<_> = (0..total)
        .map(|n| {
            let generation = 1 + (n / accounts) as u64;
            let change = Change {
                generation,
                revoked: vec![Some(1)],
            };
            world.account_jwt(n % accounts, &change)
        })
        .collect::<Result<_>>()?;
    let mut system = server.system(world).await?;
    let gap = Duration::from_secs(1) / u32::try_from(options.updates)?;
    let (began, mut sent_at) = (Instant::now(), HashMap::new());
    let (mut times, mut refused) = (Vec::new(), 0);
    let mut sent = 0;
    while times.len() + refused < total {
        // Late ones are made up for at once: the rate is per second.
        while sent < total && began.elapsed() >= gap * u32::try_from(sent)? {
            sent_at.insert(sent, Instant::now());
            system.send(SUBJECT, sent, &tokens[sent]).await?;
            sent += 1;
        }
        let next = gap * u32::try_from(sent)?;
        let answer = tokio::select! {
            frame = system.wire.frame() => frame?,
            () = tokio::time::sleep(next.saturating_sub(began.elapsed())), if sent < total => {
                continue;
            }
        };
        let Frame::Message(answer) = answer else {
            continue;
        };
        let number = answer.subject.rsplit('.').next().unwrap_or_default();
        let at = sent_at
            .remove(&number.parse()?)
            .context("an answer twice")?;
        // Empty is the word that nobody takes it: the server has too many waiting.
        let told: Value = serde_json::from_slice(&answer.payload).unwrap_or_default();
        if told["data"]["code"] == 200 {
            times.push(at.elapsed());
        } else {
            refused += 1;
        }
    }
    let rate = times.len() as f64 / began.elapsed().as_secs_f64();
    let row = format!(
        "updates taken, of {} per second for {SECONDS} s",
        options.updates
    );
    let taken = times.len();
    report.row(
        "updates refused, because too many waited",
        &refused.to_string(),
    )?;
    report.row(&row, &format!("{taken}, {rate:.0} per second"))?;
    report.spread("an update, from request to answer", times)?;
    if server.which == Which::Tidegate && refused == 0 {
        check(&mut system, world, accounts, (total / accounts) as u64).await?;
    }
    Ok(())
}

/// That the last claims are in force.
async fn check(system: &mut System, world: &World, accounts: usize, last: u64) -> Result<()> {
    for account in 0..ASKED.min(accounts) {
        let subject = format!("$SYS.REQ.ACCOUNT.{}.INFO", world.account_name(account));
        let told = system.ask(&subject, "").await?;
        ensure!(told["data"]["generation"] == last, "not in force: {told}");
    }
    Ok(())
}
