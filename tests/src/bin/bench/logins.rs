//! Logins per second: connect, read the nonce, sign it, log in with a JWT, hang up.
//!
//! Every login is a user of its own, as after a restart of a fleet; the user JWTs are minted
//! before the clock starts.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};
use tests::mint::{Operator, Tenant, User};

use crate::cores::Cores;
use crate::options::Options;
use crate::report::{Metric, Sample};
use crate::server::{Program, Server};
use crate::wire::{dial, expect_pong, read_line};

const LOGINS: usize = 4_000;
const LOGINS_QUICK: usize = 500;
const WORKERS: usize = 16;

pub(crate) fn run(program: &Program, cores: &Cores, options: &Options) -> Result<Sample> {
    let operator = Operator::default();
    let tenant = Tenant::new("bench");
    let logins = if options.quick { LOGINS_QUICK } else { LOGINS };
    let users: Vec<User> = (0..logins)
        .map(|n| tenant.user(&format!("user-{n}")))
        .collect();
    let mut server = program.start(cores, &operator.memory_config(&[&tenant]))?;
    // The first login compiles the account, for both servers.
    log_in(&server, &tenant.user("first"))?;

    let (began, cpu) = (Instant::now(), server.cpu_ns()?);
    let next = AtomicUsize::new(0);
    let work = || -> Result<()> {
        while let Some(user) = users.get(next.fetch_add(1, Ordering::Relaxed)) {
            log_in(&server, user)?;
        }
        Ok(())
    };
    let outcome: Result<()> = thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(work)).collect();
        let join = |worker: thread::ScopedJoinHandle<'_, Result<()>>| {
            worker
                .join()
                .map_err(|_| anyhow!("a login worker panicked"))?
        };
        workers.into_iter().try_for_each(join)
    });
    if outcome.is_err() {
        server.check_alive()?;
    }
    outcome?;
    let (elapsed, cpu) = (began.elapsed(), server.cpu_ns()? - cpu);
    Ok(vec![
        (
            Metric::ConnectsPerSecond,
            logins as f64 / elapsed.as_secs_f64(),
        ),
        (Metric::CpuPerConnect, cpu as f64 / 1000.0 / logins as f64),
    ])
}

fn log_in(server: &Server, user: &User) -> Result<()> {
    let mut stream = dial(server.addr())?;
    let line = read_line(&mut stream)?;
    let info = line.strip_prefix(b"INFO ").context("no INFO")?;
    let info: Value = serde_json::from_slice(info).context("read INFO")?;
    let Some(nonce) = info["nonce"].as_str() else {
        bail!("INFO has no nonce")
    };
    let mut operation = user.connect_operation(nonce, &json!({}));
    operation.push_str("PING\r\n");
    stream.write_all(operation.as_bytes())?;
    expect_pong(&mut stream)
}
