//! Many accounts: they come into memory with their first client and leave it after their last one,
//! and nobody notices.

use std::fs;
use std::time::{Duration, Instant};

use accounts::{KeyKind, PublicKey};
use anyhow::{Context, Result, ensure};
use tests::mint::{Operator, Tenant, now};
use tests::wait::eventually;
use tests::{Broker, Which, Wire};

use super::Pusher;

/// An idle account leaves at once.
const AT_ONCE: &str = "account_idle_time: 1ms\n";
/// Idle accounts are looked for this often even then: see `IDLE_LOOKS_MIN` of the broker.
const VISITS: usize = 120;
const VISITORS: usize = 4;

fn restless(operator: &Operator, tenants: &[&Tenant]) -> Result<Broker> {
    let config = operator.directory_config(tenants, true);
    Broker::start(Which::Tidegate, &(config + AT_ONCE))
}

/// Accounts on disk, of which hardly any is used.
const MANY: usize = 20_000;
/// A stopwatch for a busy machine and a slow build: `docs/scale.md` has the real figures.
const BOOT_MAX: Duration = Duration::from_secs(10);
/// What the broker may have in memory then. With the accounts themselves it would be more.
const MEMORY_MAX: u64 = 100 << 20;
const REVOKED: usize = 100;
const REVOKED_P99_MAX: Duration = Duration::from_secs(1);

/// How many accounts are in memory, as the broker tells.
async fn active_accounts(pusher: &mut Pusher) -> Result<u64> {
    let answer = pusher.ask_json("$SYS.REQ.SERVER.PING.STATSZ", "").await?;
    let active = answer["statsz"]["active_accounts"].as_u64();
    active.with_context(|| format!("no active_accounts in {answer}"))
}

async fn until_only_the_system_account_is_left(pusher: &mut Pusher) -> Result<()> {
    eventually("idle accounts to leave", async || {
        Ok((active_accounts(pusher).await? == 1).then_some(()))
    })
    .await
}

#[tokio::test]
async fn an_account_that_has_left_is_as_if_it_had_stayed() -> Result<()> {
    let operator = Operator::default();
    let mut acme = Tenant::new("acme");
    let broker = restless(&operator, &[&acme])?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let (user, revoked) = (acme.user("u"), acme.user("revoked"));
    let mut wire = Wire::login(broker.addr(), &user).await?;
    wire.publish("a.b", "12345").await?;
    wire.sync().await?;
    assert_eq!(active_accounts(&mut pusher).await?, 2);
    drop(wire);
    until_only_the_system_account_is_left(&mut pusher).await?;

    let info = format!("$SYS.REQ.ACCOUNT.{}.INFO", acme.public());
    let told = pusher.ask_json(&info, "").await?;
    assert_eq!(told["data"]["received"]["msgs"], 1, "{told}");
    assert_eq!(told["data"]["received"]["bytes"], 5, "{told}");
    assert_eq!(told["data"]["connected_ever"], 1, "{told}");

    // An update that arrives meanwhile counts from the next login on.
    acme.revoke(&revoked.public(), now() + 1);
    pusher.push(&operator, &acme).await?;
    let refused = Wire::try_login(broker.addr(), &revoked).await?;
    assert_eq!(refused, Err("Authorization Violation".to_owned()));
    let mut wire = Wire::login(broker.addr(), &user).await?;
    wire.publish("a.b", "1").await?;
    wire.sync().await?;
    let told = pusher.ask_json(&info, "").await?;
    assert_eq!(told["data"]["received"]["msgs"], 2, "{told}");
    assert_eq!(told["data"]["received"]["bytes"], 6, "{told}");
    // The refused one is not among them.
    assert_eq!(told["data"]["connected_ever"], 2, "{told}");
    Ok(())
}

/// Visitors come and go while their account leaves in every gap. Two that are there together must
/// meet in one account, and claims pushed in between must hold for both.
#[tokio::test]
async fn coming_and_leaving_at_the_same_moment_never_parts_an_account() -> Result<()> {
    let operator = Operator::default();
    let tenants: Vec<_> = (0..3).map(|n| Tenant::new(&format!("t{n}"))).collect();
    let broker = restless(&operator, &tenants.iter().collect::<Vec<_>>())?;
    let addr = broker.addr();
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let visitors = (0..VISITORS).map(|visitor| {
        let users: Vec<_> = tenants.iter().map(|tenant| tenant.user("v")).collect();
        tokio::spawn(async move {
            for visit in 0..VISITS {
                let user = &users[(visitor + visit) % users.len()];
                let mut one = Wire::login(addr, user).await?;
                let subject = format!("meet.{visitor}");
                one.subscribe(&subject, "1").await?;
                let mut other = Wire::login(addr, user).await?;
                other.publish(&subject, "hello").await?;
                other.sync().await?;
                let got = one.messages().await?;
                anyhow::ensure!(got.len() == 1, "visit {visit}: they did not meet: {got:?}");
            }
            anyhow::Ok(())
        })
    });
    let visitors: Vec<_> = visitors.collect();
    while visitors.iter().any(|visitor| !visitor.is_finished()) {
        for tenant in &tenants {
            pusher.push(&operator, tenant).await?;
        }
    }
    for visitor in visitors {
        visitor.await??;
    }
    until_only_the_system_account_is_left(&mut pusher).await
}

#[tokio::test]
async fn a_broker_with_many_accounts_boots_without_reading_them() -> Result<()> {
    let operator = Operator::default();
    let acme = Tenant::new("acme");
    let mut broker = Broker::start(Which::Tidegate, &operator.directory_config(&[&acme], false))?;
    broker.stop()?;
    // What is in them is not looked at until somebody asks.
    for n in 0..MANY {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&n.to_le_bytes());
        let name = PublicKey::from_bytes(KeyKind::Account, bytes).to_string();
        fs::write(broker.dir().join(format!("jwt/{name}.jwt")), "a token")?;
    }
    let began = Instant::now();
    broker.start_again()?;
    let user = acme.user("u");
    assert_eq!(Wire::try_login(broker.addr(), &user).await?, Ok(()));
    let took = began.elapsed();
    ensure!(took < BOOT_MAX, "the boot took {took:?}");

    let mut pusher = Pusher::new(&broker, &operator).await?;
    let varz = pusher.ask_json("$SYS.REQ.SERVER.PING.VARZ", "").await?;
    let memory = varz["data"]["mem"].as_u64().context("no mem")?;
    ensure!(memory < MEMORY_MAX, "{memory} bytes are in memory");
    let list = pusher.ask_json("$SYS.REQ.CLAIMS.LIST", "").await?;
    let listed = list["data"].as_array().context("a list")?.len();
    assert_eq!(listed, MANY + 2);
    Ok(())
}

#[tokio::test]
async fn a_revocation_acts_at_once_however_many_there_are() -> Result<()> {
    let operator = Operator::default();
    let mut acme = Tenant::new("acme");
    let config = operator.directory_config(&[&acme], false);
    let broker = Broker::start(Which::Tidegate, &config)?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let mut connected = Vec::new();
    for n in 0..REVOKED {
        let user = acme.user(&format!("u{n}"));
        connected.push((user.public(), Wire::login(broker.addr(), &user).await?));
    }
    let mut times = Vec::new();
    for (generation, (user, mut wire)) in (1..).zip(connected) {
        acme.revoke(&user, now());
        acme.set_generation(generation);
        let token = operator.account_jwt(&acme);
        let began = Instant::now();
        let (end, answer) = tokio::join!(wire.errors_until_closed(), pusher.push_jwt(&token));
        times.push(began.elapsed());
        assert_eq!(end?, ["User Authentication Revoked"]);
        assert_eq!(answer?["data"]["code"], 200);
    }
    times.sort_unstable();
    let p99 = times[REVOKED * 99 / 100];
    ensure!(p99 < REVOKED_P99_MAX, "99 of 100 took up to {p99:?}");
    Ok(())
}
