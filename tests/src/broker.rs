//! A broker alone, from a config file: ours (`tidegate server`) or the real nats-server.
//!
//! The same suites run against both, so an expectation that the original does not share is found
//! at once.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::wait::eventually;
use crate::{Daemon, paths};

/// What a broker says once it has taken its configuration over.
pub const RELOADED: &str = "Reloaded server configuration";
/// What it says when it has not.
pub const NOT_RELOADED: &str = "Failed to reload server configuration";

const START_WITHIN: Duration = Duration::from_secs(30);
const STOP_WITHIN: Duration = Duration::from_secs(30);
const LISTENING: &str = "Listening for client connections on ";

/// Which broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Tidegate,
    NatsServer,
}

impl Which {
    /// A command that runs this broker; the flags are the same for both.
    pub fn command(self) -> Result<Command> {
        Ok(match self {
            Self::NatsServer => Command::new(paths::nats_server()?),
            Self::Tidegate => {
                let mut command = Command::new(paths::tidegate()?);
                command.arg("server");
                command
            }
        })
    }
}

/// A running broker, in its own directory.
#[derive(Debug)]
pub struct Broker {
    which: Which,
    daemon: Daemon,
    addr: SocketAddr,
    dir: TempDir,
    config: PathBuf,
    env: Vec<(String, String)>,
    flags: Vec<String>,
}

impl Broker {
    /// Starts a broker on a free loopback port with these further config lines.
    pub fn start(which: Which, extra: &str) -> Result<Self> {
        Self::start_with_env(which, extra, &[])
    }

    /// The same with these variables in its environment.
    pub fn start_with_env(which: Which, extra: &str, env: &[(&str, &str)]) -> Result<Self> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self::start_with(which, extra, env.iter().map(own).collect(), &[])
    }

    /// The same with these further flags.
    pub fn start_with_flags(which: Which, extra: &str, flags: &[String]) -> Result<Self> {
        Self::start_with(which, extra, Vec::new(), flags)
    }

    fn start_with(
        which: Which,
        extra: &str,
        env: Vec<(String, String)>,
        flags: &[String],
    ) -> Result<Self> {
        let dir = tempfile::tempdir().context("make a directory for the broker")?;
        let config = dir.path().join("broker.conf");
        write(&config, extra)?;
        let (daemon, addr) = launch(which, &config, dir.path(), (&env, flags))?;
        Ok(Self {
            which,
            daemon,
            addr,
            dir,
            config,
            env,
            flags: flags.to_vec(),
        })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What clients connect to.
    pub fn url(&self) -> String {
        crate::mint::url(self.addr)
    }

    /// The directory that it runs in.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Which one it is.
    pub fn which(&self) -> Which {
        self.which
    }

    /// Everything that it has printed since it was started.
    pub fn output(&self) -> String {
        self.daemon.output()
    }

    /// The process.
    pub fn daemon(&mut self) -> &mut Daemon {
        &mut self.daemon
    }

    /// Writes its config file anew with these further lines; it has to be told to read it.
    pub fn configure(&self, extra: &str) -> Result<()> {
        write(&self.config, extra)
    }

    /// The same, and has it read again: it says `outcome` of that in its log.
    pub async fn reload(&mut self, extra: &str, outcome: &str) -> Result<()> {
        self.configure(extra)?;
        let count = |output: String| output.matches(outcome).count();
        let before = count(self.output());
        self.daemon.signal(Signal::HUP);
        eventually("a reload", async || {
            Ok((count(self.output()) > before).then_some(()))
        })
        .await
    }

    /// Kills it the hard way and starts it again in the same directory, on another port.
    pub fn kill_and_restart(&mut self) -> Result<()> {
        self.daemon.kill();
        self.start_again()
    }

    /// Stops it with SIGTERM.
    pub fn stop(&mut self) -> Result<()> {
        self.daemon.signal(Signal::TERM);
        self.daemon.wait_exit(STOP_WITHIN).map(|_| ())
    }

    /// Starts a stopped one again.
    pub fn start_again(&mut self) -> Result<()> {
        let more = (&self.env[..], &self.flags[..]);
        (self.daemon, self.addr) = launch(self.which, &self.config, self.dir.path(), more)?;
        Ok(())
    }
}

fn write(config: &Path, extra: &str) -> Result<()> {
    let text = format!("host: 127.0.0.1\nport: -1\nserver_name: tested\n{extra}\n");
    fs::write(config, text).context("write the broker's config")
}

fn launch(
    which: Which,
    config: &Path,
    dir: &Path,
    (env, flags): (&[(String, String)], &[String]),
) -> Result<(Daemon, SocketAddr)> {
    let mut command = which.command()?;
    command.arg("-c").arg(config).args(flags).current_dir(dir);
    command.envs(env.iter().map(|(name, value)| (name, value)));
    let mut daemon = Daemon::spawn(&format!("{which:?}"), command)?;
    let line = daemon.wait_for_line(LISTENING, START_WITHIN)?;
    let (_, rest) = line
        .split_once(LISTENING)
        .context("no address in the log line")?;
    let text = rest.split_whitespace().next().unwrap_or_default();
    let addr = text
        .parse()
        .with_context(|| format!("read the address in {line:?}"))?;
    Ok((daemon, addr))
}
