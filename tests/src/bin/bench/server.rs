//! One server under measurement: started from a config file, read through `/proc`.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;
use tests::Daemon;

use crate::cores::Cores;

const START_WITHIN: Duration = Duration::from_secs(15);
const LISTENING: &str = "Listening for client connections on ";

/// Which of the two is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Ours,
    Theirs,
}

/// How to start one of the two.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) side: Side,
    pub(crate) path: PathBuf,
}

impl Program {
    pub(crate) fn new(side: Side, path: &Path) -> Result<Self> {
        let path = path
            .canonicalize()
            .with_context(|| format!("{} is missing (see `make bench`)", path.display()))?;
        Ok(Self { side, path })
    }

    /// Starts the server on a free loopback port, on its core, with `extra` config lines.
    pub(crate) fn start(&self, cores: &Cores, extra: &str) -> Result<Server> {
        let dir = tempfile::tempdir().context("make a directory for the server")?;
        let config = dir.path().join("bench.conf");
        let text = format!("host: \"127.0.0.1\"\nport: -1\nserver_name: bench\n{extra}\n");
        fs::write(&config, text).context("write the server's config")?;
        let mut command = Command::new(&self.path);
        if self.side == Side::Ours {
            command.arg("server");
        }
        command.arg("-c").arg(&config).current_dir(dir.path());
        cores.enter_server()?;
        let daemon = Daemon::spawn(&self.path.display().to_string(), command);
        cores.enter_load()?;
        let mut daemon = daemon?;
        let line = daemon.wait_for_line(LISTENING, START_WITHIN)?;
        let addr = listening_address(&line)?;
        Ok(Server {
            daemon,
            addr,
            _dir: dir,
        })
    }
}

fn listening_address(line: &str) -> Result<SocketAddr> {
    let (_, rest) = line
        .split_once(LISTENING)
        .context("no address in the log line")?;
    let text = rest.trim_start_matches("nats://");
    let end = text
        .find(|c: char| c.is_whitespace() || c == '"')
        .unwrap_or(text.len());
    text[..end]
        .parse()
        .with_context(|| format!("read the address in {line:?}"))
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    daemon: Daemon,
    addr: SocketAddr,
    _dir: TempDir,
}

impl Server {
    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// CPU time used so far by all live threads, user and system, in nanoseconds.
    pub(crate) fn cpu_ns(&self) -> Result<u64> {
        let tasks = format!("/proc/{}/task", self.daemon.pid());
        let mut total = 0;
        for task in fs::read_dir(&tasks).with_context(|| format!("list {tasks}"))? {
            // A thread that ends between the listing and the reading takes its share with it.
            let Ok(stat) = fs::read_to_string(task?.path().join("schedstat")) else {
                continue;
            };
            let ran = stat
                .split_whitespace()
                .next()
                .and_then(|ns| ns.parse::<u64>().ok());
            total += ran.context("schedstat has no run time")?;
        }
        ensure!(
            total > 0,
            "the kernel keeps no schedstat: CPU cannot be measured here"
        );
        Ok(total)
    }

    /// Resident memory in bytes.
    pub(crate) fn rss(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.daemon.pid()))
            .context("read the server's status: did it die?")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
        Ok(kib.context("the server has no VmRSS line")? * 1024)
    }

    /// An error with the server's last words, when it has died.
    pub(crate) fn check_alive(&mut self) -> Result<()> {
        match self.daemon.exited()? {
            None => Ok(()),
            Some(status) => bail!("the server ended: {status}\n{}", self.daemon.output()),
        }
    }
}
