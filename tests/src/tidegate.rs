//! The whole product, as a user starts it: `tidegate serve` in a data directory of its own.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::Signal;
use rustls::ClientConfig;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::wait::eventually;
use crate::wire::{get, secured};
use crate::{Api, Certs, Cli, Daemon, paths};

const STOP_WITHIN: Duration = Duration::from_secs(30);

/// Whatever is free, for every listener that there is by default.
pub const FREE_PORTS: [&str; 8] = [
    "--port",
    "0",
    "--http-port",
    "0",
    "--onboarding-port",
    "0",
    "--device-port",
    "0",
];

/// A running `tidegate serve`.
#[derive(Debug)]
pub struct Tidegate {
    daemon: Daemon,
    data: TempDir,
    flags: Vec<String>,
    nats: SocketAddr,
    http: SocketAddr,
    /// Who knows the certificate of its API, when that speaks HTTPS.
    tls: Option<Arc<ClientConfig>>,
    token: String,
}

impl Tidegate {
    /// Starts on SQLite, and waits until it is ready.
    pub async fn serve() -> Result<Self> {
        Self::serve_with(&[]).await
    }

    /// Starts on the PostgreSQL database at `url`.
    pub async fn serve_on(url: &str) -> Result<Self> {
        Self::serve_with(&["--database-url", url]).await
    }

    /// Starts with these flags besides the data directory and the ports.
    pub async fn serve_with(flags: &[&str]) -> Result<Self> {
        let data = tempfile::tempdir().context("make a data directory")?;
        Self::serve_in(data, flags).await
    }

    /// Starts with these flags and these variables of the environment.
    pub async fn serve_among(flags: &[&str], env: &[(&str, &str)]) -> Result<Self> {
        let data = tempfile::tempdir().context("make a data directory")?;
        let mut daemon = command(data.path(), &owned(flags))?;
        daemon.envs(env.iter().copied());
        Self::started(data, flags, Ok(daemon), None).await
    }

    /// Starts in a data directory that may have something in it.
    pub async fn serve_in(data: TempDir, flags: &[&str]) -> Result<Self> {
        let daemon = command(data.path(), &owned(flags));
        Self::started(data, flags, daemon, None).await
    }

    /// Starts with a configuration in which the API has a certificate of `certs`, whose authority
    /// it believes for what it calls itself.
    pub async fn serve_https(certs: &Certs, config: &Path) -> Result<Self> {
        let data = tempfile::tempdir().context("make a data directory")?;
        let config = config.to_str().context("a path in UTF-8")?;
        let flags = ["--config", config];
        let mut daemon = command(data.path(), &owned(&flags));
        if let Ok(daemon) = &mut daemon {
            daemon.env("SSL_CERT_FILE", certs.authority_file());
        }
        Self::started(data, &flags, daemon, Some(certs.client(None)?)).await
    }

    async fn started(
        data: TempDir,
        flags: &[&str],
        command: Result<Command>,
        tls: Option<Arc<ClientConfig>>,
    ) -> Result<Self> {
        let flags = owned(flags);
        let mut daemon = Daemon::spawn("tidegate serve", command?)?;
        let (nats, http) = listeners(&mut daemon, data.path()).await?;
        // There is none where other keys with all rights exist already.
        let token = fs::read_to_string(data.path().join("run/admin.token")).unwrap_or_default();
        let token = token.trim().to_owned();
        let tidegate = Self {
            daemon,
            data,
            flags,
            nats,
            http,
            tls,
            token,
        };
        tidegate.is_ready().await?;
        Ok(tidegate)
    }

    /// Where NATS clients connect.
    pub fn nats(&self) -> SocketAddr {
        self.nats
    }

    /// What NATS clients connect to.
    pub fn nats_url(&self) -> String {
        crate::mint::url(self.nats)
    }

    /// Where the API and the console are.
    pub fn http_url(&self) -> String {
        match self.tls {
            Some(_) => format!("https://localhost:{}", self.http.port()),
            None => format!("http://{}", self.http),
        }
    }

    /// A connection to the API over TLS.
    pub async fn secured(&self) -> Result<TlsStream<TcpStream>> {
        let tls = self.tls.as_ref().context("its API speaks HTTPS")?;
        let stream = TcpStream::connect(self.http).await?;
        secured(stream, tls, "localhost").await
    }

    /// Where it listens for this, by the name in `ports.json`.
    pub fn place(&self, kind: &str) -> Result<SocketAddr> {
        let ports = fs::read(self.data("run/ports.json")).context("read ports.json")?;
        address(&serde_json::from_slice(&ports)?, kind)
    }

    /// The first admin token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The API, with the first admin token.
    pub fn api(&self) -> Api {
        Api::new(self.http_url(), &self.token)
    }

    /// Somebody on the same machine, with the first admin token.
    pub fn cli(&self) -> Result<Cli> {
        Cli::local(self.data("."))
    }

    /// A path in the data directory.
    pub fn data(&self, path: &str) -> PathBuf {
        self.data.path().join(path)
    }

    /// The process.
    pub fn daemon(&mut self) -> &mut Daemon {
        &mut self.daemon
    }

    /// Stops it as a supervisor does, and expects a clean end.
    pub fn stop(&mut self) -> Result<()> {
        self.daemon.signal(Signal::TERM);
        let status = self.daemon.wait_exit(STOP_WITHIN)?;
        anyhow::ensure!(
            status.success(),
            "it ended with {status}:\n{}",
            self.daemon.output()
        );
        Ok(())
    }

    /// Kills it the hard way.
    pub fn kill(&mut self) {
        self.daemon.kill();
    }

    /// Starts it again in the same data directory, on other ports; waits until it listens, not
    /// until it is ready.
    pub async fn start_again(&mut self) -> Result<()> {
        self.daemon = spawn(self.data.path(), &self.flags)?;
        (self.nats, self.http) = listeners(&mut self.daemon, self.data.path()).await?;
        Ok(())
    }

    /// Like [`Self::start_again`], with these flags from now on.
    pub async fn start_again_with(&mut self, flags: &[&str]) -> Result<()> {
        self.flags = owned(flags);
        self.start_again().await
    }

    /// Kills it, starts it again with these variables, and waits until it is ready.
    pub async fn kill_and_restart_in(&mut self, env: &[(&str, &str)]) -> Result<()> {
        self.kill();
        let data = self.data.path();
        // What a killed process has left would be taken for the new one's.
        let _ = fs::remove_file(data.join("run/ports.json"));
        let mut command = command(data, &self.flags)?;
        command.envs(env.iter().copied());
        self.daemon = Daemon::spawn("tidegate serve", command)?;
        (self.nats, self.http) = listeners(&mut self.daemon, data).await?;
        self.is_ready().await
    }

    /// Kills it, starts it again and waits until it is ready.
    pub async fn kill_and_restart(&mut self) -> Result<()> {
        self.kill();
        self.start_again().await?;
        self.is_ready().await
    }

    /// Waits until `/readyz` says so.
    pub async fn is_ready(&self) -> Result<()> {
        let api = self.api();
        eventually("tidegate to be ready", async || {
            if self.tls.is_some() {
                return Ok(get(self.secured().await?, "/readyz").await.ok().map(drop));
            }
            let answer = api.ask("GET", "/readyz", None).await?;
            Ok((answer.status == 200).then_some(()))
        })
        .await
        .with_context(|| self.daemon.output())
    }

    /// A command that would start another one in the same data directory.
    pub fn second(&self) -> Result<Command> {
        command(self.data.path(), &self.flags)
    }
}

fn command(data: &Path, flags: &[String]) -> Result<Command> {
    let mut command = Command::new(paths::tidegate()?);
    command.arg("serve").arg("--data").arg(data);
    command.args(FREE_PORTS).args(flags);
    Ok(command)
}

fn owned(flags: &[&str]) -> Vec<String> {
    flags.iter().map(|&flag| flag.to_owned()).collect()
}

fn spawn(data: &Path, flags: &[String]) -> Result<Daemon> {
    // What a killed process has left would be taken for the new one's.
    let _ = fs::remove_file(data.join("run/ports.json"));
    Daemon::spawn("tidegate serve", command(data, flags)?)
}

async fn listeners(daemon: &mut Daemon, data: &Path) -> Result<(SocketAddr, SocketAddr)> {
    let file = data.join("run/ports.json");
    let ports = eventually("ports.json", async || {
        if let Some(status) = daemon.exited()? {
            bail!("tidegate ended with {status}");
        }
        let Ok(text) = fs::read(&file) else {
            return Ok(None);
        };
        Ok(Some(serde_json::from_slice::<Value>(&text)?))
    })
    .await
    .with_context(|| daemon.output())?;
    Ok((address(&ports, "nats")?, address(&ports, "http")?))
}

fn address(ports: &Value, kind: &str) -> Result<SocketAddr> {
    let url = ports[kind][0]
        .as_str()
        .with_context(|| format!("no {kind} listener"))?;
    let (_, address) = url.split_once("://").context("a URL")?;
    Ok(address.trim_end_matches('/').parse()?)
}
