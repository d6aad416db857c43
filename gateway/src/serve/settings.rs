//! What `serve` runs with: flags over the file over defaults, and nothing that is unsafe unasked.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

use admin_api::{Door, Engine, Onboarding, REQUESTS_PER_SECOND, Storage};
use anyhow::Context;
use broker::LameDuck;

use super::control_plane::{DeviceEntrance, Entrance};
use crate::cli::{LogFormat, ServeArgs};
use crate::data_dir::{self, DataDir};
use crate::listeners::{authority, local_host, require_loopback};
use crate::logs::{self, Log, Style};
use crate::options::{self, Advertised, Endpoint, Face, Options, Port, host_of};
use crate::server_root::ServerRoot;
use crate::startup;
use crate::telemetry::Telemetry;
use crate::transport::Transport;

const DEFAULT_DATA: &str = "tidegate-data";
const DEFAULT_HOST: &str = "127.0.0.1";
const DEFAULT_PORT: Port = Port::Fixed(4222);
const DEFAULT_HTTP_PORT: Port = Port::Fixed(8080);
const DEFAULT_ONBOARDING_PORT: Port = Port::Fixed(8443);
const DEFAULT_DEVICE_PORT: Port = Port::Fixed(4223);
/// What everybody on this machine may call it.
const OWN_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
/// A supervisor that waits ten seconds before it kills must not have to.
const LAME_DUCK: LameDuck = LameDuck {
    duration: Duration::from_secs(3),
    grace: Duration::from_millis(500),
};

/// What flags and file say together.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(super) data: PathBuf,
    pub(super) host: String,
    pub(super) port: Port,
    pub(super) api_host: String,
    pub(super) api_port: Port,
    /// Where devices enrol, unless that is off.
    pub(super) onboarding: Option<(String, Port)>,
    /// Where they connect, if not where everybody does.
    pub(super) devices: Option<(String, Port)>,
    database_url: Option<String>,
    vault_key_file: Option<PathBuf>,
    /// The cluster to drive instead of a broker here, and the creds file for it.
    cluster: Option<(String, Option<PathBuf>)>,
    log_format: LogFormat,
    /// Other machines can reach a listener, as was asked for.
    pub(super) is_reachable: bool,
    /// The file's word, which a reload compares with a later one.
    pub(crate) options: Options,
}

impl Settings {
    pub(crate) fn new(args: ServeArgs) -> anyhow::Result<Self> {
        let mut options = match &args.config {
            Some(path) => options::load(path, Face::Serve)?,
            None => Options::default(),
        };
        options.log.debug |= args.debug;
        let admin = options.admin_api.clone();
        let (api_host, api_port) = match admin.listen {
            Some(listen) => (listen.host, Some(listen.port)),
            None => (None, None),
        };
        let or_default = |host: Option<String>| {
            host.filter(|host| !host.is_empty())
                .unwrap_or_else(|| DEFAULT_HOST.to_owned())
        };
        let block = &options.onboarding;
        let place = |listen: &Option<Endpoint>, port: Option<u16>, default| {
            let host = listen.as_ref().and_then(|listen| listen.host.clone());
            let port = port.map(any_or_fixed);
            let port = port.or(listen.as_ref().map(|listen| listen.port));
            (
                or_default(args.host.clone().or(host)),
                port.unwrap_or(default),
            )
        };
        let onboarding = (!block.is_off)
            .then(|| place(&block.listen, args.onboarding_port, DEFAULT_ONBOARDING_PORT));
        // Where everybody may use TLS, devices need no listener of their own.
        let is_apart = options.tls.is_none() || block.nats.is_some() || args.device_port.is_some();
        let devices = (!block.is_off && is_apart && admin.system.is_none())
            .then(|| place(&block.nats, args.device_port, DEFAULT_DEVICE_PORT));
        let mut settings = Self {
            data: args
                .data
                .or(options.data_dir.clone())
                .unwrap_or_else(|| PathBuf::from(DEFAULT_DATA)),
            host: or_default(args.host.clone().or(options.host.clone())),
            port: args
                .port
                .map(any_or_fixed)
                .or(options.port)
                .unwrap_or(DEFAULT_PORT),
            api_host: or_default(args.host.or(api_host)),
            api_port: args
                .http_port
                .map(any_or_fixed)
                .or(api_port)
                .unwrap_or(DEFAULT_HTTP_PORT),
            onboarding,
            devices,
            database_url: args.database_url.or(admin.database_url),
            vault_key_file: args
                .vault_key_file
                .or(admin.vault_key_file)
                .or_else(data_dir::lent_vault_key),
            cluster: admin.system.map(|urls| (urls, admin.creds)),
            log_format: args.log_format,
            is_reachable: false,
            options,
        };
        match settings.require_loopback() {
            Err(error) if !args.insecure => Err(error),
            outcome => {
                settings.is_reachable = outcome.is_err();
                Ok(settings)
            }
        }
    }

    fn require_loopback(&self) -> anyhow::Result<()> {
        let options = &self.options;
        if options.tls.is_none() || options.allow_non_tls {
            require_loopback(&self.host)?;
        }
        if let Some(websocket) = options.websocket.as_ref().filter(|it| it.tls.is_none()) {
            require_loopback(websocket.host.as_deref().unwrap_or(&self.host))?;
        }
        if options.admin_api.tls.is_none() {
            require_loopback(&self.api_host)?;
        }
        match self.monitor() {
            Some((host, _)) if options.https.is_none() => require_loopback(host),
            _ => Ok(()),
        }
    }

    /// How the admin API on this socket is reached.
    pub(super) fn entrance(&self, socket: TcpListener, transport: &Transport) -> Entrance {
        let admin = &self.options.admin_api;
        let own = [&self.api_host].into_iter().chain(&admin.allowed_hosts);
        Entrance {
            socket,
            tls: transport.admin.clone(),
            door: Door {
                hosts: own.cloned().collect(),
                proxies: admin.trusted_proxies.clone(),
                is_secure: admin.tls.is_some(),
            },
            webhook_networks: admin.webhook_networks.clone(),
            requests_per_second: admin.requests_per_second.unwrap_or(REQUESTS_PER_SECOND),
        }
    }

    /// How devices reach the onboarding listener on this socket.
    pub(super) fn device_entrance(
        &self,
        socket: TcpListener,
        transport: &Transport,
        (url, nats_url): (String, Option<String>),
    ) -> DeviceEntrance {
        DeviceEntrance {
            socket,
            tls: transport.onboarding.clone(),
            url: self.options.onboarding.url.clone().unwrap_or(url),
            onboarding: Onboarding {
                door: Door {
                    hosts: self.server_names().into_iter().collect(),
                    proxies: Vec::new(),
                    is_secure: true,
                },
                nats_url: self.device_nats_url(nats_url),
                server_roots: transport.roots(),
            },
        }
    }

    /// What devices are told to connect to, where that is not what everybody is told. They reach
    /// it by the name that they know already, unless they are told another.
    fn device_nats_url(&self, listening: Option<String>) -> Option<String> {
        let block = &self.options.onboarding;
        let known = || {
            let host = host_of(block.url.as_deref()?)?;
            let (_, port) = listening.as_deref()?.rsplit_once(':')?;
            Some(format!("tls://{}", authority(host, port.parse().ok()?)))
        };
        let told = block.nats_url.clone().or_else(known);
        told.or(listening)
    }

    /// The root of the certificates that devices see, where no others are configured.
    pub(super) fn server_root(&self, data: &DataDir) -> anyhow::Result<Option<ServerRoot>> {
        if self.onboarding.is_none() || self.options.onboarding.tls.is_some() {
            return Ok(None);
        }
        let root = ServerRoot::open(&data.tls_dir(), self.server_names());
        root.context("the certificate for devices").map(Some)
    }

    /// What devices may call this server.
    fn server_names(&self) -> BTreeSet<String> {
        let block = &self.options.onboarding;
        let listening = self.onboarding.iter().chain(&self.devices);
        let listening = listening.map(|(host, _)| local_host(host));
        let advertised = self.options.client_advertise.as_deref();
        let advertised = advertised.and_then(|text| Advertised::parse(text).ok());
        let urls = [&block.url, &block.nats_url].into_iter().flatten();
        let urls = urls.filter_map(|url| host_of(url));
        let named = OWN_NAMES.into_iter().chain(listening).chain(urls);
        let told = block.allowed_hosts.iter().map(String::as_str);
        let told = told.chain(advertised.as_ref().map(|it| it.host.as_str()));
        named.chain(told).map(str::to_ascii_lowercase).collect()
    }

    /// `http` or `https`: what the admin API is reached by.
    pub(super) fn api_scheme(&self) -> &'static str {
        match self.options.admin_api.tls {
            Some(_) => "https",
            None => "http",
        }
    }

    /// Where monitoring over HTTP is served, if at all.
    pub(super) fn monitor(&self) -> Option<(&str, Port)> {
        let options = &self.options;
        let http = options.https.as_ref().or(options.http.as_ref())?;
        Some((http.host.as_deref().unwrap_or(&self.host), http.port))
    }

    pub(super) fn start_telemetry(&self) -> anyhow::Result<Option<Telemetry>> {
        Telemetry::start(self.options.otel.as_ref(), &self.server_name())
    }

    pub(super) fn start_log(&self, telemetry: Option<&Telemetry>) -> anyhow::Result<Log> {
        let style = match self.log_format {
            LogFormat::Text => Style::Text,
            LogFormat::Json => Style::Json,
        };
        let spans = telemetry.map(Telemetry::layer);
        logs::start(style, &self.options.log, spans).context("start the log")
    }

    pub(super) fn storage(&self, data: &DataDir) -> Storage {
        Storage {
            data_dir: data.root().to_owned(),
            database_url: self.database_url.clone(),
            vault_key_file: self.vault_key_file.clone(),
        }
    }

    /// The cluster to drive, if there is to be no broker here.
    pub(super) fn cluster(&self) -> anyhow::Result<Option<Engine>> {
        let Some((urls, creds)) = &self.cluster else {
            return Ok(None);
        };
        let read = |path: &PathBuf| {
            std::fs::read_to_string(path)
                .with_context(|| format!("read admin_api.creds, {}", path.display()))
        };
        Ok(Some(Engine::Cluster {
            urls: urls.clone(),
            creds: creds.as_ref().map(read).transpose()?,
        }))
    }

    pub(super) fn vault_key(&self, data: &DataDir) -> PathBuf {
        self.vault_key_file
            .clone()
            .unwrap_or_else(|| data.vault_key_file())
    }

    pub(super) fn server_name(&self) -> String {
        startup::server_name(&self.options)
    }

    pub(super) fn lame_duck(&self) -> LameDuck {
        let duration = self
            .options
            .lame_duck_duration
            .unwrap_or(LAME_DUCK.duration);
        let grace = self
            .options
            .lame_duck_grace
            .unwrap_or(LAME_DUCK.grace.min(duration / 2));
        LameDuck { duration, grace }
    }
}

fn any_or_fixed(port: u16) -> Port {
    if port == 0 {
        Port::Any
    } else {
        Port::Fixed(port)
    }
}
