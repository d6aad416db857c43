//! A PostgreSQL server of the test's own, which it may stop and start to play an outage.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Signal, geteuid};
use tempfile::TempDir;

use crate::Daemon;

const START_WITHIN: Duration = Duration::from_secs(60);
const STOP_WITHIN: Duration = Duration::from_secs(30);
const READY: &str = "database system is ready to accept connections";
/// PostgreSQL refuses to run as root; Debian's package makes this user.
const RUN_AS: &str = "postgres";

/// A server with its own cluster on a loopback port; gone when dropped.
#[derive(Debug)]
pub struct Postgres {
    dir: TempDir,
    port: u16,
    /// Whether a commit waits for the disk.
    fsync: bool,
    daemon: Option<Daemon>,
}

impl Postgres {
    /// Makes a cluster and starts it; it is too short-lived to wait for the disk.
    pub fn start() -> Result<Self> {
        Self::make(false)
    }

    /// One that keeps its word, for measuring.
    pub fn durable() -> Result<Self> {
        Self::make(true)
    }

    fn make(fsync: bool) -> Result<Self> {
        let dir = tempfile::tempdir().context("make a directory for PostgreSQL")?;
        if geteuid().is_root() {
            let (uid, gid) = (id("-u")?, id("-g")?);
            chown(dir.path(), Some(uid), Some(gid)).context("hand over the directory")?;
        }
        let cluster = dir.path().join("cluster");
        let mut init = tool("initdb")?;
        init.arg("-D").arg(&cluster).current_dir(dir.path());
        init.args([
            "-U",
            "tidegate",
            "-A",
            "trust",
            "-N",
            "-E",
            "UTF8",
            "--locale=C",
        ]);
        let made = init.output().context("run initdb")?;
        if !made.status.success() {
            bail!("initdb failed: {}", String::from_utf8_lossy(&made.stderr));
        }
        let mut server = Self {
            dir,
            port: 0,
            fsync,
            daemon: None,
        };
        // Between finding a free port and using it, somebody else may take it.
        let mut last = None;
        for _ in 0..5 {
            server.port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            match server.start_again() {
                Ok(()) => return Ok(server),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| anyhow::anyhow!("no port")))
    }

    /// A URL of the server's only database.
    pub fn url(&self) -> String {
        format!("postgres://tidegate@127.0.0.1:{}/postgres", self.port)
    }

    /// Stops the server at once; what was committed is kept.
    pub fn stop(&mut self) -> Result<()> {
        let Some(mut daemon) = self.daemon.take() else {
            return Ok(());
        };
        daemon.signal(Signal::INT);
        daemon.wait_exit(STOP_WITHIN).map(|_| ())
    }

    /// Starts it again on the same port.
    pub fn start_again(&mut self) -> Result<()> {
        let mut command = tool("postgres")?;
        command
            .arg("-D")
            .arg(self.dir.path().join("cluster"))
            .current_dir(self.dir.path());
        let port = self.port.to_string();
        let fsync = if self.fsync { "fsync=on" } else { "fsync=off" };
        let listen = "listen_addresses=127.0.0.1";
        command.args(["-p", &port, "-c", listen, "-c", fsync]);
        command.arg("-c").arg(format!(
            "unix_socket_directories={}",
            self.dir.path().display()
        ));
        let mut daemon = Daemon::spawn("PostgreSQL", command)?;
        daemon.wait_for_line(READY, START_WITHIN)?;
        self.daemon = Some(daemon);
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // An orderly end first: a killed postmaster leaves shared memory behind.
        let _ = self.stop();
    }
}

/// The named program of the newest installed PostgreSQL, run as a user that it accepts.
fn tool(name: &str) -> Result<Command> {
    let program = newest(name)?;
    if !geteuid().is_root() {
        return Ok(Command::new(program));
    }
    // setpriv becomes the program, so that signals reach it.
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid", RUN_AS, "--regid", RUN_AS, "--clear-groups", "--"])
        .arg(program);
    Ok(command)
}

fn newest(name: &str) -> Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let found = versions.map(|version| version.path().join("bin").join(name));
    let newest = found.filter(|path| Path::is_file(path)).max();
    newest.context("PostgreSQL is not installed: run tests/setup.sh")
}

fn id(which: &str) -> Result<u32> {
    let output = Command::new("id")
        .args([which, RUN_AS])
        .output()
        .context("run id")?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim()
        .parse()
        .with_context(|| format!("there is no user {RUN_AS}: run tests/setup.sh"))
}
