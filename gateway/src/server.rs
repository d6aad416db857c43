//! `tidegate server`: the broker alone, in the place of a nats-server.
//!
//! Flags, log lines, files, signals and exit codes are those that programs around a nats-server
//! rely on: supervisors, scripts, and the test suites of client libraries.

use std::path::Path;

use anyhow::Context;
use broker::{Auth, Broker, PROTOCOL_VERSION};
use tokio::task::JoinHandle;
use tracing::{info, warn};

use crate::cli::{ServerFlags, ServerRequest, program_name};
use crate::config::ConfigError;
use crate::http_listener::HttpListener;
use crate::listeners::{self, Purpose, authority, local_host};
use crate::logs::{self, Log, Style};
use crate::monitoring;
use crate::options::{self, Face, Options, Port};
use crate::reload::{Program, Running};
use crate::signals::{self, Signals, Wish};
use crate::startup::{self, Places};
use crate::transport::Transport;
use crate::{cli, console};

const DEFAULT_HOST: &str = "0.0.0.0";
const DEFAULT_PORT: Port = Port::Fixed(4222);
/// Larger payloads are served, but nats-server warns about them too.
const MAX_PAYLOAD_ADVISED: usize = 8 << 20;
const CLIENTS: Purpose = Purpose {
    what: "client connections",
    port_flag: "-p",
};
const MONITOR: Purpose = Purpose {
    what: "http monitoring",
    port_flag: "-m",
};

/// Does what the flags ask for; returns when the process is to end.
pub(crate) fn run(request: ServerRequest) -> anyhow::Result<()> {
    match request {
        ServerRequest::Help => console::say(cli::SERVER_HELP.trim_end()),
        ServerRequest::TlsHelp => console::say(cli::TLS_HELP.trim_end()),
        ServerRequest::Version => console::say(version()),
        ServerRequest::Signal(text) => signals::send(&text)?,
        ServerRequest::Run(flags) => return start(*flags),
    }
    Ok(())
}

/// Programs that ask a nats-server for its version get the one whose features are served.
fn version() -> String {
    let program = program_name();
    if program == "tidegate" {
        let own = env!("CARGO_PKG_VERSION");
        return format!(
            "tidegate: v{own} (serves the protocol of nats-server v{PROTOCOL_VERSION})"
        );
    }
    format!("{program}: v{PROTOCOL_VERSION}")
}

fn start(flags: ServerFlags) -> anyhow::Result<()> {
    if flags.test {
        return check(flags.config.as_deref());
    }
    let mut options = match &flags.config {
        Some(path) => load(path)?,
        None => Options::default(),
    };
    let config = flags.config.clone();
    flags.apply(&mut options);
    let log = logs::start(Style::NatsServer, &options.log, None)?;
    announce(config.as_deref(), &options);
    if startup::limits(&options).max_payload > MAX_PAYLOAD_ADVISED {
        warn!("Maximum payloads over 8 MB are generally discouraged: they cost memory per client");
    }
    startup::run(serve(flags, options, log))
}

/// `-t`: says whether a file could be used. What should be written differently counts, too.
fn check(config: Option<&Path>) -> anyhow::Result<()> {
    let Some(path) = config else {
        anyhow::bail!("must specify [-c, --config] option to check configuration file syntax");
    };
    let options = options::load(path, Face::Server)?;
    if !options.warnings.is_empty() {
        return Err(ConfigError::Meaning(options.warnings).into());
    }
    let (program, path) = (program_name(), path.display());
    let digest = options.digest.unwrap_or_default();
    console::complain(format_args!(
        "{program}: configuration file {path} is valid (sha256:{digest})"
    ));
    Ok(())
}

fn load(path: &Path) -> Result<Options, ConfigError> {
    let options = options::load(path, Face::Server)?;
    for warning in &options.warnings {
        console::complain(format_args!("{}: warning: {warning}", program_name()));
    }
    Ok(options)
}

fn announce(config: Option<&Path>, options: &Options) {
    info!("Starting {}", program_name());
    info!(
        "  Version:  {PROTOCOL_VERSION} (tidegate {})",
        env!("CARGO_PKG_VERSION")
    );
    if let (Some(path), Some(digest)) = (config, &options.digest) {
        info!(
            "Using configuration file: {} (sha256:{digest})",
            path.display()
        );
    }
}

/// From the first socket to the last closed connection.
async fn serve(flags: ServerFlags, options: Options, log: Log) -> anyhow::Result<()> {
    let mut signals = Signals::listen(log.clone())?;
    let host = options.host.clone().filter(|host| !host.is_empty());
    let host = host.unwrap_or_else(|| DEFAULT_HOST.to_owned());
    let clients = listeners::bind(&host, options.port.unwrap_or(DEFAULT_PORT), CLIENTS)?;
    let port = clients.local_addr()?.port();

    let auth = startup::auth(
        options.trust.clone(),
        options.setup.clone(),
        options.default_sentinel.clone(),
    )
    .await?;
    if is_open(&auth) && listeners::require_loopback(&host).is_err() {
        warn!("No authorization is configured: everybody who can reach {host}:{port} may use it");
    }
    if matches!(&auth, Auth::Configured(setup) if setup.has_plain_secrets()) {
        warn!("Plaintext passwords detected, use nkeys or bcrypt");
    }
    let broker = Broker::start(startup::broker_config(&options, auth, &host, port))
        .context("start the broker")?;
    info!("  Name:     {}", broker.server_name());
    info!("  ID:       {}", broker.server_id());
    monitoring::describe(&broker, options.digest.as_deref());

    let transport = Transport::new(&options)?;
    let monitor = start_monitor(&options, &host, &broker, &transport)?;
    transport.listen(&broker, &options, clients)?;
    info!(
        "Listening for client connections on {}",
        authority(&host, port)
    );
    transport.announce(&options);
    let websocket = transport.listen_for_websocket(&broker, &options, &host)?;
    monitoring::describe_tls(&broker, &transport);
    if let Some(path) = &options.pid_file {
        startup::write_pid_file(path)?;
    }
    let clients = format!("nats://{}", authority(local_host(&host), port));
    let listening = [
        ("nats", Some(clients)),
        ("monitoring", monitor),
        ("websocket", websocket),
    ];
    let mut places = Places::new(&host, port, startup::ports(&listening));
    places.publish(options.ports_file_dir.as_deref())?;
    let program = Program::Server(Box::new(flags));
    let running = Running::new(program, options, broker.clone(), log, (places, transport));
    info!("Server is ready");

    until_stopped(&broker, &running, &mut signals).await;
    running.withdraw();
    info!("Server Exiting..");
    Ok(())
}

/// Whether everybody may connect.
fn is_open(auth: &Auth) -> bool {
    match auth {
        Auth::Configured(setup) => setup.is_open(),
        Auth::Operator { .. } => false,
    }
}

/// The URL of the monitoring listener, when there is one.
fn start_monitor(
    options: &Options,
    host: &str,
    broker: &Broker,
    transport: &Transport,
) -> anyhow::Result<Option<String>> {
    let http = match (&options.https, &options.http) {
        (Some(_), Some(_)) => anyhow::bail!("can't specify both HTTP and HTTPs ports"),
        (Some(_), None) if options.tls.is_none() => {
            anyhow::bail!("TLS cert and key required for HTTPS")
        }
        (None, None) => return Ok(None),
        (Some(http), None) | (None, Some(http)) => http,
    };
    let http_host = http.host.as_deref().unwrap_or(host);
    let listener = listeners::bind(http_host, http.port, MONITOR)?;
    let listener = HttpListener::new(listener, transport.https.clone())?;
    let scheme = listener.scheme();
    let base_path = options.http_base_path.as_deref().unwrap_or_default();
    let address = monitoring::start(listener, broker.clone(), http_host, base_path)
        .context("start the http monitor")?;
    info!("Starting {scheme} monitor on {address}");
    Ok(Some(format!("{scheme}://{address}")))
}

/// Serves until a signal ends it: at once, or after the lame duck's time.
async fn until_stopped(broker: &Broker, running: &Running, signals: &mut Signals) {
    let mut lame_duck: Option<JoinHandle<()>> = None;
    let mut wishes = broker.reload_wishes();
    loop {
        let wish = tokio::select! {
            wish = signals.next() => wish,
            Some(wish) = wishes.recv() => {
                wish.answer(running.reload().await);
                continue;
            }
            () = finished(&mut lame_duck) => return,
        };
        match wish {
            // nats-server passes over SIGTERM once it is on its way out; SIGINT still ends it.
            Wish::Terminate if lame_duck.is_some() => {}
            Wish::Terminate | Wish::Interrupt => {
                info!("Initiating Shutdown...");
                return broker.shutdown().await;
            }
            Wish::LameDuck if lame_duck.is_none() => {
                info!("Entering lame duck mode, stop accepting new clients");
                let broker = broker.clone();
                lame_duck = Some(tokio::spawn(async move { broker.lame_duck().await }));
            }
            Wish::LameDuck => {}
            // What came of it is in the log.
            Wish::Reload => drop(running.reload().await),
        }
    }
}

/// Ends when the lame duck's time has passed; never without one.
async fn finished(lame_duck: &mut Option<JoinHandle<()>>) {
    match lame_duck {
        Some(task) => {
            // A task that failed has nothing more to close.
            let _ = task.await;
        }
        None => std::future::pending().await,
    }
}
