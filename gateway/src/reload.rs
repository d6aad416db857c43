//! Reload of the configuration: all of it or nothing.
//!
//! The file is read as at the start and the flags are put over it. `reload/table.rs` compares both
//! states option by option; a change that cannot be taken refuses all. Then everything that can
//! fail is prepared, and only then is anything changed.

mod table;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, bail};
use broker::Broker;
use tracing::{error, info, warn};

use crate::cli::{ServeArgs, ServerFlags};
use crate::logs::Log;
use crate::monitoring;
use crate::options::{self, Face, Options};
use crate::serve::Settings;
use crate::startup::{self, Places};
use crate::transport::Transport;

/// Which program runs, and the flags that are put over its file.
#[derive(Debug)]
pub(crate) enum Program {
    Serve(Box<ServeArgs>),
    Server(Box<ServerFlags>),
}

/// A running server, as far as its configuration can change. Clones are handles to the same one.
#[derive(Clone, Debug)]
pub(crate) struct Running(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    program: Program,
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
        program: Program,
        options: Options,
        broker: Broker,
        log: Log,
        (places, transport): (Places, Transport),
    ) -> Self {
        let (host, port) = (places.host().to_owned(), places.port());
        Self(Arc::new(Mutex::new(State {
            program,
            options,
            broker,
            log,
            host,
            port,
            places,
            transport,
        })))
    }

    /// Reloads, and says in the log what came of it. It reads files, so it has a thread of its own.
    pub(crate) async fn reload(&self) -> Result<(), String> {
        let running = self.clone();
        let reloaded = tokio::task::spawn_blocking(move || running.reload_here()).await;
        reloaded.unwrap_or_else(|error| Err(error.to_string()))
    }

    fn reload_here(&self) -> Result<(), String> {
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
        let next = self.read()?;
        let changes = table::compare(&self.options, &next).map_err(anyhow::Error::msg)?;
        let log = (self.options.log != next.log)
            .then(|| self.log.prepare(&next.log))
            .transpose()?;
        let transport = self.transport.prepare(&next)?;
        let setup = match (&self.program, &next.trust) {
            (Program::Server(_), None) => Some(self.broker.prepare(&next.setup)?),
            _ => None,
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
        monitoring::describe_tls(&self.broker, &self.transport);
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

    fn read(&self) -> anyhow::Result<Options> {
        let config = match &self.program {
            Program::Serve(args) => &args.config,
            Program::Server(flags) => &flags.config,
        };
        let Some(path) = config else {
            bail!("can only reload config when a file is provided using -c or --config");
        };
        let next = match &self.program {
            Program::Serve(args) => Settings::new(ServeArgs::clone(args))?.options,
            Program::Server(flags) => {
                let loaded = options::load(path, Face::Server);
                let mut next = loaded.context("read the configuration")?;
                flags.apply(&mut next);
                next
            }
        };
        for warning in &next.warnings {
            warn!("{warning}");
        }
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
