//! `tidegate serve`: everything in one process, with no configuration needed.
//!
//! The data plane comes first and needs nothing but its own directory; the control plane beside it
//! may fail, wait and come back without a tenant noticing. A stop goes the other way round.

mod cluster;
mod control_plane;
mod first_run;
mod follow;
mod settings;
mod welcome;

use std::net::TcpListener;
use std::time::Duration;

use admin_api::{Engine, OnOperator, Storage};
use anyhow::Context;
use broker::{Auth, Broker, Deletion, ListenOptions, Resolver, Trusted};
use serde_json::{Value, json};
use tracing::{info, warn};

use crate::cli::ServeArgs;
use crate::console;
use crate::data_dir::DataDir;
use crate::http_listener::HttpListener;
use crate::listeners::{self, Purpose, authority, local_host};
use crate::logs::Log;
use crate::monitoring;
use crate::options::Port;
use crate::reload::{Program, Running};
use crate::signals::{Signals, Wish};
use crate::startup::{self, Notice, Places};
use crate::transport::Transport;
use control_plane::{ControlPlane, DeviceEntrance, Entrance, Plan};
use first_run::Foundation;
pub(crate) use settings::Settings;
use welcome::Welcome;

const CLIENTS: Purpose = Purpose {
    what: "NATS clients",
    port_flag: "--port",
};
const API: Purpose = Purpose {
    what: "the admin API",
    port_flag: "--http-port",
};
const ONBOARDING: Purpose = Purpose {
    what: "devices that enrol",
    port_flag: "--onboarding-port",
};
const DEVICES: Purpose = Purpose {
    what: "devices over TLS",
    port_flag: "--device-port",
};
const SYSTEM: Purpose = Purpose {
    what: "the control plane",
    port_flag: "--port",
};
const MONITOR: Purpose = Purpose {
    what: "http monitoring",
    port_flag: "http_port in the file",
};

/// How long "ready" waits for the control plane's first try; the data plane serves meanwhile. A
/// little longer than the control plane waits for a database that does not answer.
const FIRST_TRY_WAIT: Duration = Duration::from_secs(4);

/// Runs until a signal ends it.
pub(crate) fn run(args: ServeArgs) -> anyhow::Result<()> {
    let settings = Settings::new(args.clone())?;
    let telemetry = settings.start_telemetry()?;
    let log = settings.start_log(telemetry.as_ref())?;
    if settings.is_reachable {
        warn!("plain-text listeners can be reached from other machines (--insecure)");
    }
    for warning in &settings.options.warnings {
        warn!("{warning}");
    }
    if let Some(telemetry) = &telemetry {
        telemetry.announce();
    }
    let data = DataDir::open(&settings.data)?;
    let outcome = startup::run(async {
        let mut signals = Signals::listen(log.clone())?;
        match settings.cluster()? {
            None => serve(settings, &data, &mut signals, (args, log)).await,
            Some(engine) => cluster::serve(&settings, &data, engine, &mut signals).await,
        }
    });
    if let Some(telemetry) = telemetry {
        telemetry.stop();
    }
    outcome
}

/// The sockets, bound before anything is made, so that a busy port leaves nothing behind.
struct Sockets {
    clients: TcpListener,
    api: TcpListener,
    system: TcpListener,
    onboarding: Option<TcpListener>,
    devices: Option<TcpListener>,
    monitor: Option<TcpListener>,
}

/// A socket for a place where something may be to listen.
fn bind_some(
    place: Option<&(String, Port)>,
    purpose: Purpose,
) -> anyhow::Result<Option<TcpListener>> {
    place
        .map(|(host, port)| listeners::bind(host, *port, purpose))
        .transpose()
}

impl Sockets {
    fn bind(settings: &Settings) -> anyhow::Result<Self> {
        Ok(Self {
            clients: listeners::bind(&settings.host, settings.port, CLIENTS)?,
            api: listeners::bind(&settings.api_host, settings.api_port, API)?,
            system: listeners::bind("127.0.0.1", Port::Any, SYSTEM)?,
            onboarding: bind_some(settings.onboarding.as_ref(), ONBOARDING)?,
            devices: bind_some(settings.devices.as_ref(), DEVICES)?,
            monitor: settings
                .monitor()
                .map(|(host, port)| listeners::bind(host, port, MONITOR))
                .transpose()?,
        })
    }
}

/// What others are told to connect to.
#[derive(Clone, Debug)]
struct Urls {
    nats: String,
    http: String,
    system: String,
    onboarding: Option<String>,
    devices: Option<String>,
    websocket: Option<String>,
    monitoring: Option<String>,
}

/// The URL of a socket that may be there, for somebody on this machine.
fn url_of(
    scheme: &str,
    place: Option<&(String, Port)>,
    socket: Option<&TcpListener>,
) -> anyhow::Result<Option<String>> {
    let (Some((host, _)), Some(socket)) = (place, socket) else {
        return Ok(None);
    };
    let port = socket.local_addr()?.port();
    Ok(Some(format!(
        "{scheme}://{}",
        authority(local_host(host), port)
    )))
}

impl Urls {
    fn new(settings: &Settings, sockets: &Sockets) -> anyhow::Result<Self> {
        let port = |socket: &TcpListener| anyhow::Ok(socket.local_addr()?.port());
        let of = |scheme: &str, host: &str, port| {
            format!("{scheme}://{}", authority(local_host(host), port))
        };
        Ok(Self {
            nats: of("nats", &settings.host, port(&sockets.clients)?),
            http: of(
                settings.api_scheme(),
                &settings.api_host,
                port(&sockets.api)?,
            ),
            system: of("nats", "127.0.0.1", port(&sockets.system)?),
            onboarding: url_of(
                "https",
                settings.onboarding.as_ref(),
                sockets.onboarding.as_ref(),
            )?,
            devices: url_of("tls", settings.devices.as_ref(), sockets.devices.as_ref())?,
            websocket: None,
            monitoring: None,
        })
    }

    /// What files tell scripts. A reader knows by the process id that this is not what a killed
    /// process left behind.
    fn ports(&self) -> Value {
        let mut ports = startup::ports(&[
            ("nats", Some(self.nats.clone())),
            ("http", Some(self.http.clone())),
            ("system", Some(self.system.clone())),
            ("onboarding", self.onboarding.clone()),
            ("devices", self.devices.clone()),
            ("websocket", self.websocket.clone()),
            ("monitoring", self.monitoring.clone()),
        ]);
        ports["pid"] = json!(std::process::id());
        ports
    }
}

async fn serve(
    settings: Settings,
    data: &DataDir,
    signals: &mut Signals,
    (args, log): (ServeArgs, Log),
) -> anyhow::Result<()> {
    let sockets = Sockets::bind(&settings)?;
    let mut urls = Urls::new(&settings, &sockets)?;
    let storage = settings.storage(data);
    let foundation = tokio::select! {
        foundation = Foundation::open(data, &storage) => foundation?,
        () = signals.stop() => return Ok(()),
    };
    let Sockets {
        clients,
        api,
        system,
        onboarding,
        devices,
        monitor,
    } = sockets;
    let transport = Transport::with_own(&settings.options, settings.server_root(data)?)?;
    let port = clients.local_addr()?.port();
    let clients = (clients, &transport);
    let broker = start_data_plane(&settings, data, &foundation, clients, system)?;
    if let Some(socket) = devices {
        transport.listen_for_devices(&broker, socket)?;
    }
    urls.websocket = transport.listen_for_websocket(&broker, &settings.options, &settings.host)?;
    urls.monitoring = start_monitor(&settings, &broker, monitor, &transport)?;
    let entrance = settings.entrance(api, &transport);
    let onboarding = onboarding
        .zip(urls.onboarding.clone())
        .map(|(socket, url)| {
            settings.device_entrance(socket, &transport, (url, urls.devices.clone()))
        });
    let on_operator = follow::operator(data, Some(broker.clone()));
    let mut control = start_control_plane(
        &settings,
        (storage, &foundation),
        &urls,
        (entrance, onboarding, on_operator),
    );
    tokio::select! {
        () = control.first_try(FIRST_TRY_WAIT) => {}
        () = signals.stop() => return stop(control, &broker, signals).await,
    }
    let ports = urls.ports();
    if let Some(path) = &settings.options.pid_file {
        startup::write_pid_file(path)?;
    }
    let notice = Notice::json(data.ports_file(), &ports)?;
    let mut places = Places::new(&settings.host, port, ports);
    places.publish(settings.options.ports_file_dir.as_deref())?;
    let welcome = Welcome {
        urls: &urls,
        data,
        vault_key: &settings.vault_key(data),
        root: transport.root(),
    };
    console::say(welcome.text(console::is_terminal()));
    info!("ready");

    let program = Program::Serve(Box::new(args));
    let options = settings.options;
    let certificates = transport.clone();
    let running = Running::new(program, options, broker.clone(), log, (places, transport));
    tokio::select! {
        () = until_stopped(&broker, &running, signals) => {}
        () = certificates.keep_fresh() => {}
    }
    running.withdraw();
    drop(notice);
    stop(control, &broker, signals).await
}

/// The broker, listening to everybody and, apart from them, to the control plane.
fn start_data_plane(
    settings: &Settings,
    data: &DataDir,
    foundation: &Foundation,
    (clients, transport): (TcpListener, &Transport),
    system: TcpListener,
) -> anyhow::Result<Broker> {
    let auth = Auth::Operator {
        trusted: Trusted::Operators(vec![foundation.operator_jwt.clone()]),
        system_account: Some(foundation.system_account),
        resolver: Resolver::Directory {
            path: data.accounts_dir(),
            preload: vec![foundation.system_account_jwt.clone()],
            deletion: Deletion::Aside,
            limit: None,
        },
        default_sentinel: settings.options.default_sentinel.as_deref().map(Into::into),
        pinned: None,
    };
    let port = clients.local_addr()?.port();
    let mut config = startup::broker_config(&settings.options, auth, &settings.host, port);
    config.lame_duck = settings.lame_duck();
    let broker = Broker::start(config).context("start the broker")?;
    let only_system = ListenOptions {
        only_account: Some(foundation.system_account),
        ..ListenOptions::default()
    };
    broker
        .listen(system, only_system)
        .context("listen for the control plane")?;
    transport.listen(&broker, &settings.options, clients)?;
    info!(
        "listening for NATS clients on {}",
        authority(&settings.host, port)
    );
    Ok(broker)
}

fn start_monitor(
    settings: &Settings,
    broker: &Broker,
    listener: Option<TcpListener>,
    transport: &Transport,
) -> anyhow::Result<Option<String>> {
    let (Some(listener), Some((host, _))) = (listener, settings.monitor()) else {
        return Ok(None);
    };
    monitoring::describe(broker, settings.options.digest.as_deref());
    monitoring::describe_tls(broker, transport);
    let listener = HttpListener::new(listener, transport.https.clone())?;
    let scheme = listener.scheme();
    let base_path = settings.options.http_base_path.as_deref();
    let base_path = base_path.unwrap_or_default();
    let address = monitoring::start(listener, broker.clone(), host, base_path)
        .context("start the http monitor")?;
    let url = format!("{scheme}://{address}");
    info!("monitoring on {url}");
    Ok(Some(url))
}

fn start_control_plane(
    settings: &Settings,
    (storage, foundation): (Storage, &Foundation),
    urls: &Urls,
    (entrance, devices, on_operator): (Entrance, Option<DeviceEntrance>, OnOperator),
) -> ControlPlane {
    ControlPlane::start(Plan {
        storage,
        operator_jwt: foundation.operator_jwt.clone(),
        entrance,
        devices,
        nats_url: urls.nats.clone(),
        engine: Engine::Embedded {
            system_url: urls.system.clone(),
        },
        server_name: settings.server_name(),
        on_operator,
    })
}

/// Serves, and reloads when that is asked for, until a signal ends it.
async fn until_stopped(broker: &Broker, running: &Running, signals: &mut Signals) {
    let mut wishes = broker.reload_wishes();
    loop {
        tokio::select! {
            wish = signals.next() => match wish {
                // What came of it is in the log.
                Wish::Reload => drop(running.reload().await),
                _ => return,
            },
            Some(wish) = wishes.recv() => wish.answer(running.reload().await),
        }
    }
}

/// Ends what is in work, then lets clients go, each within a bound; a second signal ends it now.
async fn stop(control: ControlPlane, broker: &Broker, signals: &mut Signals) -> anyhow::Result<()> {
    info!("stopping: clients are asked to leave; a second signal stops at once");
    let gently = async {
        control.stop().await;
        broker.lame_duck().await;
    };
    tokio::select! {
        () = gently => {}
        () = signals.stop() => {
            warn!("stopping at once");
            broker.shutdown().await;
        }
    }
    info!("stopped");
    Ok(())
}
