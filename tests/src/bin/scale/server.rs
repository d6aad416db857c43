//! A server over the world's directory: started, watched, and asked.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tests::mint::User;
use tests::{Daemon, Which, Wire};

use crate::world::World;

const BOOT_WITHIN: Duration = Duration::from_secs(300);
/// Between two tries to connect.
const TRY_EVERY: Duration = Duration::from_millis(1);
/// How often a login is tried again that is part of no measurement, and after how long.
const LOGIN_TRIES: usize = 40;
const LOGIN_PAUSE: Duration = Duration::from_millis(250);
/// Our broker lets accounts go this soon; its default is a minute.
pub(crate) const IDLE_TIME: Duration = Duration::from_secs(5);

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) which: Which,
    pub(crate) addr: SocketAddr,
    /// From its start to the first login.
    pub(crate) took: Duration,
    daemon: Daemon,
}

/// A connection of the system account.
#[derive(Debug)]
pub(crate) struct System {
    pub(crate) wire: Wire,
}

impl Server {
    /// Starts a server and logs a user of the first account in as soon as it can be.
    pub(crate) async fn boot(which: Which, world: &World) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let addr = SocketAddr::from(([127, 0, 0, 1], port));
        let mut text = world.config(port);
        if which == Which::Tidegate {
            text.push_str(&format!(
                "account_idle_time: \"{}s\"\n",
                IDLE_TIME.as_secs()
            ));
        }
        let config = world.dir().join("server.conf");
        fs::write(&config, text)?;
        let user = world.user(0, 0)?;
        let mut command = which.command()?;
        command.arg("-c").arg(&config);
        let began = Instant::now();
        let mut daemon = Daemon::spawn(&format!("{which:?}"), command)?;
        while TcpStream::connect(addr).is_err() {
            if let Some(status) = daemon.exited()? {
                bail!("the server ended: {status}\n{}", daemon.output());
            }
            ensure!(began.elapsed() < BOOT_WITHIN, "the server does not listen");
            tokio::time::sleep(TRY_EVERY).await;
        }
        drop(Wire::login(addr, &user).await?);
        Ok(Self {
            which,
            addr,
            took: began.elapsed(),
            daemon,
        })
    }

    /// Resident memory in bytes.
    pub(crate) fn rss(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.daemon.pid()))
            .context("read the server's status: did it die?")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
        Ok(kib.context("the server has no VmRSS line")? * 1024)
    }

    pub(crate) fn rss_text(&self) -> Result<String> {
        Ok(format!(
            "{:.1} MiB",
            self.rss()? as f64 / f64::from(1 << 20)
        ))
    }

    /// Logs in. A server without time for it hangs up, and is asked again.
    pub(crate) async fn log_in(&self, user: &User) -> Result<Wire> {
        let mut tries = 0;
        loop {
            match Wire::login(self.addr, user).await {
                Err(_) if tries < LOGIN_TRIES => tries += 1,
                done => {
                    return done.with_context(|| format!("the server: {}", self.daemon.output()));
                }
            }
            tokio::time::sleep(LOGIN_PAUSE).await;
        }
    }

    pub(crate) async fn system(&self, world: &World) -> Result<System> {
        let user = world.operator.system.user("scale");
        let mut wire = self.log_in(&user).await?;
        wire.subscribe("_INBOX.scale.*", "1").await?;
        Ok(System { wire })
    }
}

impl System {
    /// Sends a request whose answer comes to `_INBOX.scale.<number>`.
    pub(crate) async fn send(&mut self, subject: &str, number: usize, body: &str) -> Result<()> {
        let reply = format!("_INBOX.scale.{number}");
        self.wire.request(subject, &reply, body).await
    }

    pub(crate) async fn ask(&mut self, subject: &str, body: &str) -> Result<Value> {
        self.send(subject, 0, body).await?;
        let answer = self.wire.message().await?.payload;
        serde_json::from_slice(&answer).context("read an answer")
    }

    /// Puts an account's claims into force.
    pub(crate) async fn push(&mut self, token: &str) -> Result<()> {
        let answer = self.ask("$SYS.REQ.CLAIMS.UPDATE", token).await?;
        ensure!(
            answer["data"]["code"] == 200,
            "an update was answered {answer}"
        );
        Ok(())
    }

    /// Accounts in memory, besides the system account.
    pub(crate) async fn active(&mut self) -> Result<u64> {
        let answer = self.ask("$SYS.REQ.SERVER.PING.STATSZ", "").await?;
        let active = answer["statsz"]["active_accounts"].as_u64();
        Ok(active.context("no active_accounts")?.saturating_sub(1))
    }
}
