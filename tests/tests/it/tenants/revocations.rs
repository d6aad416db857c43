//! An account with 50,000 revoked users. Ours only: other servers stop at claims of 1 MiB.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use accounts::jwt::{ACCOUNT_TOKEN_BYTES_MAX, TOKEN_BYTES_MAX};
use accounts::{KeyKind, PublicKey};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use tests::mint::{Operator, Tenant, now};
use tests::{Broker, Which, Wire};

use super::Pusher;

const REVOKED: u32 = 50_000;
/// How long another tenant may wait for a PONG while the claims are pushed: for a busy machine and
/// a slow build. `docs/limits.md` has real figures.
const PONG_MAX: Duration = Duration::from_secs(1);
/// What a push may add to the broker's memory: the message and its copy, the JSON as a tree, the
/// claims, the policy. Some of it stays with the allocator.
const MEMORY_MAX: u64 = 200 << 20;
/// What the broker takes of a user of the system account.
const SYSTEM_PAYLOAD_MAX: usize = ACCOUNT_TOKEN_BYTES_MAX + 64 * 1024;

/// Revokes so many users of the tenant that nobody has ever seen.
fn revoke_many(tenant: &mut Tenant, count: u32) {
    for n in 0..count {
        let mut bytes = [7; 32];
        bytes[..4].copy_from_slice(&n.wrapping_mul(2_654_435_761).to_be_bytes());
        tenant.revoke(&PublicKey::from_bytes(KeyKind::User, bytes), now());
    }
}

/// Resident memory of the broker, in bytes.
fn memory(broker: &mut Broker) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", broker.daemon().pid()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    Ok(kib.context("no VmRSS")? * 1024)
}

/// Pings until told to stop; returns the longest wait for a PONG.
async fn ping_pong(mut wire: Wire, stop: Arc<AtomicBool>) -> Result<Duration> {
    let mut longest = Duration::ZERO;
    while !stop.load(Ordering::Relaxed) {
        let began = Instant::now();
        wire.sync().await?;
        longest = longest.max(began.elapsed());
    }
    Ok(longest)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_thousand_revoked_users_are_no_trouble() -> Result<()> {
    let operator = Operator::default();
    let (mut acme, other) = (Tenant::new("acme"), Tenant::new("other"));
    let config = operator.directory_config(&[&acme, &other], false);
    let mut broker = Broker::start(Which::Tidegate, &config)?;
    let (kept, revoked) = (acme.user("kept"), acme.user("revoked"));
    let mut kept_wire = Wire::login(broker.addr(), &kept).await?;
    let mut revoked_wire = Wire::login(broker.addr(), &revoked).await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    revoke_many(&mut acme, REVOKED - 1);
    acme.revoke(&revoked.public(), now());
    let token = operator.account_jwt(&acme);
    ensure!(token.len() > 4 * TOKEN_BYTES_MAX, "{} bytes", token.len());

    let stop = Arc::new(AtomicBool::new(false));
    let bystander = Wire::login(broker.addr(), &other.user("bystander")).await?;
    let pings = tokio::spawn(ping_pong(bystander, Arc::clone(&stop)));
    let before = memory(&mut broker)?;
    let began = Instant::now();
    let (end, answer) = tokio::join!(revoked_wire.errors_until_closed(), pusher.push_jwt(&token));
    let took = began.elapsed();
    stop.store(true, Ordering::Relaxed);
    let answer = answer?;
    assert_eq!(answer["data"]["code"], 200, "{answer}");
    assert_eq!(end?, ["User Authentication Revoked"]);
    let longest = pings.await??;
    // Once more, so that what one push leaves behind can be told from what each one does.
    acme.revoke(&revoked.public(), now() + 1);
    pusher.push(&operator, &acme).await?;
    let grown = memory(&mut broker)?.saturating_sub(before);

    kept_wire.sync().await?;
    let refused = Err("Authorization Violation".to_owned());
    assert_eq!(Wire::try_login(broker.addr(), &revoked).await?, refused);
    let look_up = format!("$SYS.REQ.ACCOUNT.{}.CLAIMS.LOOKUP", acme.public());
    let held = pusher.ask(&look_up, "").await?;
    broker.kill_and_restart()?;
    let began = Instant::now();
    assert_eq!(Wire::try_login(broker.addr(), &kept).await?, Ok(()));
    let first_login = began.elapsed();
    assert_eq!(Wire::try_login(broker.addr(), &revoked).await?, refused);
    let mut pusher = Pusher::new(&broker, &operator).await?;
    ensure!(pusher.ask(&look_up, "").await? == held && held.len() > 4 * TOKEN_BYTES_MAX);

    println!(
        "{REVOKED} revocations: {} bytes; pushed, in force and answered in {took:?}; another \
         tenant waited {longest:?} at most; memory grew by {} KiB in two pushes; first login after \
         a restart {first_login:?}",
        token.len(),
        grown >> 10
    );
    ensure!(longest < PONG_MAX, "another tenant waited {longest:?}");
    ensure!(grown < MEMORY_MAX, "memory grew by {grown} bytes");
    Ok(())
}

/// The `max_payload` that a user is told once it is known.
async fn told(broker: &Broker, user: &tests::mint::User) -> Result<i64> {
    let mut wire = Wire::open(broker.addr()).await?;
    assert_eq!(wire.info()["max_payload"], 1 << 20);
    let operation = user.connect_operation(wire.nonce(), &json!({ "protocol": 1 }));
    wire.send(operation + "PING\r\n").await?;
    loop {
        if let tests::wire::Frame::Info(info) = wire.frame().await? {
            return info["max_payload"].as_i64().context("no max_payload");
        }
    }
}

#[tokio::test]
async fn only_the_system_account_sends_more_than_a_megabyte() -> Result<()> {
    let operator = Operator::default();
    let mut acme = Tenant::new("acme");
    let broker = Broker::start(Which::Tidegate, &operator.directory_config(&[&acme], false))?;
    let system = operator.system.user("s");
    let small = operator
        .system
        .user_with("small", |claims| claims.nats.rights.payload = 9);
    for (user, max) in [
        (&acme.user("u"), TOKEN_BYTES_MAX),
        (&system, SYSTEM_PAYLOAD_MAX),
        (&small, 9),
    ] {
        assert_eq!(told(&broker, user).await?, i64::try_from(max)?);
        let mut wire = Wire::login(broker.addr(), user).await?;
        wire.publish("a", &"x".repeat(max)).await?;
        wire.sync().await?;
        // Refused by its size alone, before any of it is kept.
        wire.send(format!("PUB a {}\r\n", max + 1)).await?;
        let errors = wire.errors_until_closed().await?;
        assert_eq!(errors, ["Maximum Payload Violation"]);
    }
    // Nor can a stranger.
    let mut wire = Wire::open(broker.addr()).await?;
    wire.send(format!("PUB a {SYSTEM_PAYLOAD_MAX}\r\n")).await?;
    assert_eq!(
        wire.errors_until_closed().await?,
        ["Authorization Violation"]
    );

    // What is too large for an account JWT as well is refused in words.
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let answer = pusher
        .push_jwt(&"x".repeat(ACCOUNT_TOKEN_BYTES_MAX + 1))
        .await?;
    let description = answer["error"]["description"].as_str().unwrap_or_default();
    ensure!(description.contains("at most 8388608 are read"), "{answer}");
    acme.set_generation(1);
    pusher.push(&operator, &acme).await
}
