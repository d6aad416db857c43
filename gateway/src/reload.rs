//! Reload of the configuration: all of it or nothing.
//!
//! The file is read as at the start and the flags are put over it. `reload/table.rs` compares both
//! states option by option; a change that cannot be taken refuses all. Then everything that can
//! fail is prepared, and only then is anything changed.

mod table;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, bail};
use broker::Broker;
use tracing::{error, info, warn};

use crate::cli::ServerFlags;
use crate::logs::Log;
use crate::monitoring;
use crate::options::{self, Face, Options};
use crate::startup::{self, Places};
use crate::transport::Transport;

/// A running server, as far as its configuration can change. Clones are handles to the same one.
#[derive(Clone, Debug)]
pub(crate) struct Running(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    flags: ServerFlags,
    /// What holds now, flags included.
    options: Options,
    broker: Broker,
    log: Log,
    /// Where it listens, which stays.
    host: String,
    port: u16,
    places: Places,
    transport: Transport,
}

impl Running {
    pub(crate) fn new(
        flags: ServerFlags,
        options: Options,
        broker: Broker,
        log: Log,
        (places, transport): (Places, Transport),
    ) -> Self {
        let (host, port) = (places.host().to_owned(), places.port());
        Self(Arc::new(Mutex::new(State {
            flags,
            options,
            broker,
            log,
            host,
            port,
            places,
            transport,
        })))
    }

    /// Reloads, and says in the log what came of it.
    pub(crate) fn reload(&self) -> Result<(), String> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.reload().map_err(|reason| {
            let reason = format!("{reason:#}");
            error!("Failed to reload server configuration: {reason}");
            reason
        })
    }

    /// Takes away what tells others where this process listens.
    pub(crate) fn withdraw(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.places.withdraw();
    }
}

impl State {
    fn reload(&mut self) -> anyhow::Result<()> {
        let Some(path) = self.flags.config.clone() else {
            bail!("can only reload config when a file is provided using -c or --config");
        };
        let next = self.read(&path)?;
        let changes = table::compare(&self.options, &next).map_err(anyhow::Error::msg)?;
        let log = (self.options.log != next.log)
            .then(|| self.log.prepare(&next.log))
            .transpose()?;
        let transport = Transport::prepare(&next)?;
        let setup = match next.trust {
            Some(_) => None,
            None => Some(self.broker.prepare(&next.setup)?),
        };

        let preload = |options: &Options| Some(options.trust.as_ref()?.preload.clone());
        let accounts = (preload(&self.options) != preload(&next))
            .then(|| {
                self.broker
                    .check_preload(&preload(&next).unwrap_or_default())
            })
            .transpose()?;

        // From here on nothing is refused.
        if let Some(log) = log {
            self.log.change(log);
        }
        let live = startup::live(&next, &self.host, self.port);
        let closed = if live == self.broker.live() {
            0
        } else {
            self.broker.change(live)
        };
        if closed > 0 {
            info!("Closed {closed} connections to fall within max_connections");
        }
        self.transport.change(transport);
        monitoring::describe_tls(&self.broker, &self.transport.clients);
        if let Some(setup) = setup {
            self.broker.reconfigure(setup);
        }
        if let Some(accounts) = accounts
            && let Err(error) = self.broker.replace_preload(accounts)
        {
            error!("Failed to store preloaded accounts: {error}");
        }
        self.move_files(&next);
        for change in changes {
            info!("{change}");
        }
        monitoring::describe(&self.broker, next.digest.as_deref());
        let digest = next.digest.as_deref().unwrap_or_default();
        info!("Reloaded server configuration (sha256:{digest})");
        self.options = next;
        Ok(())
    }

    fn read(&self, path: &Path) -> anyhow::Result<Options> {
        let mut next = options::load(path, Face::Server).context("read the configuration")?;
        for warning in &next.warnings {
            warn!("{warning}");
        }
        self.flags.apply(&mut next);
        Ok(next)
    }

    /// As with nats-server, a file that cannot be written is told and changes nothing else.
    fn move_files(&mut self, next: &Options) {
        let differs = |get: fn(&Options) -> &Option<PathBuf>| get(&self.options) != get(next);
        if differs(|options| &options.pid_file)
            && let Some(path) = &next.pid_file
            && let Err(error) = startup::write_pid_file(path)
        {
            error!("Failed to write pidfile: {error:#}");
        }
        if differs(|options| &options.ports_file_dir) {
            self.places.withdraw();
            if let Err(error) = self.places.publish(next.ports_file_dir.as_deref()) {
                error!("Error writing ports file: {error:#}");
            }
        }
    }
}
