//! Renewal: once, or for as long as the program runs.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use serde_json::json;
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{sleep, timeout};

use super::home::{self, Home, Life, Memory};
use super::roots;
use super::server::{Answer, Failure, Server, Trust};
use crate::console;

/// The longest sleep: after it the clock is looked at again, which a suspended machine needs.
const NAP_MAX: Duration = Duration::from_secs(3600);
const RETRY_FIRST: Duration = Duration::from_secs(5);
const RETRY_MAX: Duration = Duration::from_secs(600);
const EXEC_MAX: Duration = Duration::from_secs(60);

/// Renews the certificate if that is due, or `now`.
pub(super) async fn once(home: &Home, now: bool, same_key: bool) -> anyhow::Result<()> {
    let life = home.life()?;
    if !now && time_now() < due(life) {
        let seconds = due(life) - time_now();
        console::say(format_args!(
            "nothing to do for {}: the certificate is good until {} (--force renews it now)",
            in_words(seconds),
            home.memory()?.not_after
        ));
        return Ok(());
    }
    let memory = renew(home, same_key).await?;
    console::say(format_args!(
        "{} has a new certificate, good until {}",
        memory.name, memory.not_after
    ));
    Ok(())
}

/// Renews the certificate each time it is due, until a signal ends it.
pub(super) async fn keep(home: &Home, exec: Option<&str>, same_key: bool) -> anyhow::Result<()> {
    let open = |kind| signal(kind).context("listen for signals");
    let mut terminate = open(SignalKind::terminate())?;
    let mut interrupt = open(SignalKind::interrupt())?;
    tokio::select! {
        kept = keep_renewing(home, exec, same_key) => kept,
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    }
}

async fn keep_renewing(home: &Home, exec: Option<&str>, same_key: bool) -> anyhow::Result<()> {
    let mut pause = RETRY_FIRST;
    let mut at = time_of(home.life()?)?;
    console::say(format_args!(
        "next renewal in {}",
        in_words(at - time_now())
    ));
    loop {
        let left = u64::try_from(at - time_now()).unwrap_or(0);
        if left > 0 {
            sleep(Duration::from_secs(left).min(NAP_MAX)).await;
            continue;
        }
        match renew(home, same_key).await {
            Ok(memory) => {
                pause = RETRY_FIRST;
                let life = home.life()?;
                // To a clock that is ahead every certificate seems late.
                at = time_of(life)?.max(time_now() + spread(life));
                console::say(format_args!(
                    "renewed: good until {}; next renewal in {}",
                    memory.not_after,
                    in_words(at - time_now())
                ));
                if let Some(command) = exec {
                    hook(command, &home.environment(&memory)).await;
                }
            }
            Err(error) => {
                // What was refused is not different in a moment.
                if error
                    .downcast_ref::<Failure>()
                    .is_some_and(Failure::is_refusal)
                {
                    pause = RETRY_MAX;
                }
                let seconds = pause.as_secs();
                console::complain(format_args!("{error:#}; trying again in {seconds} s"));
                sleep(pause).await;
                pause = (pause * 2).min(RETRY_MAX);
            }
        }
    }
}

/// Gets the next certificate, and the authorities of the servers as they are by now.
async fn renew(home: &Home, same_key: bool) -> anyhow::Result<Memory> {
    let memory = home.memory()?;
    let trust = match home.roots_file().exists() {
        true => Trust::File(home.roots_file()),
        false => Trust::System,
    };
    let identity = (home.certificate_file(), home.key_file());
    let server = Server::new(&memory.url, &trust, Some(identity))?;
    let key = home.next_key(same_key)?;
    let body = json!({ "csr": home::request(&key)? });
    let issued = match server.post("/api/v1/renew", &body).await? {
        Answer::Done(issued) => issued,
        Answer::Pending { name, .. } => {
            anyhow::bail!("{name} waits for approval, which is new: ask who runs the server")
        }
    };
    let memory = Memory::new(&memory.url, &issued)?;
    home.keep_next(&issued, &memory)?;
    // The certificate is there; roots that could not be fetched are fetched the next time.
    match roots::current(&server).await {
        Ok(found) => home.keep_roots(&found)?,
        Err(error) => console::complain(format_args!("the servers' roots stay: {error:#}")),
    }
    Ok(memory)
}

/// When two thirds of it are over.
fn due(life: Life) -> i64 {
    life.from + (life.until - life.from) / 3 * 2
}

/// The same, a while later by chance: devices that enrolled together do not come back together.
fn time_of(life: Life) -> anyhow::Result<i64> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).context("ask the system for randomness")?;
    let chance = i64::from(u32::from_le_bytes(bytes));
    Ok(due(life) + spread(life) * chance / i64::from(u32::MAX))
}

fn spread(life: Life) -> i64 {
    (life.until - life.from) / 12
}

/// Runs a command; what it does is its own business.
async fn hook(command: &str, environment: &[(&'static str, String)]) {
    let mut child = Command::new("sh");
    child.args(["-c", command]).kill_on_drop(true);
    child.envs(environment.iter().map(|(name, value)| (*name, value)));
    match timeout(EXEC_MAX, child.status()).await {
        Ok(Ok(status)) if status.success() => {}
        Ok(Ok(status)) => console::complain(format_args!("{command}: {status}")),
        Ok(Err(error)) => console::complain(format_args!("{command}: {error}")),
        Err(_) => console::complain(format_args!("{command}: ended after {EXEC_MAX:?}")),
    }
}

fn time_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

fn in_words(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{} s", seconds.max(0)),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renewal_is_due_between_two_and_three_quarters() {
        let life = Life {
            from: 1_000_000,
            until: 1_012_000,
        };
        for _ in 0..1000 {
            let at = time_of(life).expect("a time");
            assert!((1_008_000..=1_009_000).contains(&at), "{at}");
        }
    }
}
