//! How clients reach this process: TLS of all listeners, made at the start and replaced at a
//! reload, and the listener for WebSocket.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use broker::{Broker, HandshakeFirst, ListenOptions, TlsCell, TlsSettings, WebSocketOptions};
use tokio::sync::watch;
use tracing::{error, info, warn};

use crate::listeners::{self, Purpose, authority, local_host};
use crate::monitoring;
use crate::options::{Options, TlsOptions, WebSocketBlock};
use crate::server_root::ServerRoot;
use crate::tls;

const WEBSOCKET: Purpose = Purpose {
    what: "websocket connections",
    port_flag: "websocket.port in the configuration file",
};
/// How often it is looked whether our own certificate is due.
const FRESH_WITHIN: Duration = Duration::from_secs(3600);

/// The TLS settings in force. Clones are handles to the same ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transport {
    /// Of the listener for clients.
    pub(crate) clients: TlsCell,
    /// Of the listener for WebSocket.
    pub(crate) websocket: TlsCell,
    /// Of monitoring over HTTPS.
    pub(crate) https: TlsCell,
    /// Of the admin API and the console.
    pub(crate) admin: TlsCell,
    /// Of the listener where devices enrol.
    pub(crate) onboarding: TlsCell,
    /// Of the listener where devices connect, if there is one for them alone.
    devices: TlsCell,
    /// Who has issued the certificates that devices see.
    roots: Arc<watch::Sender<Arc<[Vec<u8>]>>>,
    /// Where they come from when no file is configured.
    own: Option<Arc<ServerRoot>>,
}

/// What a reload is to put in force.
#[derive(Debug)]
pub(crate) struct Prepared {
    clients: Option<TlsSettings>,
    websocket: Option<TlsSettings>,
    https: Option<TlsSettings>,
    admin: Option<TlsSettings>,
    for_devices: Option<ForDevices>,
}

/// What devices meet.
#[derive(Debug)]
struct ForDevices {
    onboarding: TlsSettings,
    devices: TlsSettings,
    roots: Vec<Vec<u8>>,
}

impl ForDevices {
    fn new(tls: TlsOptions, roots: Vec<Vec<u8>>) -> anyhow::Result<Self> {
        let with_certificates = TlsOptions {
            client_certs: true,
            verify: false,
            ..tls
        };
        Ok(Self {
            onboarding: tls::for_onboarding(&with_certificates)?,
            devices: tls::settings(&with_certificates, false)?,
            roots,
        })
    }

    fn of_own(root: &ServerRoot) -> anyhow::Result<Self> {
        Self::new(root.tls()?, vec![root.certificate().to_vec()])
    }
}

impl Transport {
    pub(crate) fn new(options: &Options) -> anyhow::Result<Self> {
        Self::with_own(options, None)
    }

    /// The same, with a root for the certificates that devices see where no file is configured.
    pub(crate) fn with_own(options: &Options, own: Option<ServerRoot>) -> anyhow::Result<Self> {
        let transport = Self {
            own: own.map(Arc::new),
            ..Self::default()
        };
        transport.change(transport.prepare(options)?);
        Ok(transport)
    }

    /// Listens for clients on a bound socket.
    pub(crate) fn listen(
        &self,
        broker: &Broker,
        options: &Options,
        socket: TcpListener,
    ) -> anyhow::Result<()> {
        let offer = ListenOptions {
            tls: self.clients.clone(),
            proxy_protocol: options.proxy_protocol,
            ..ListenOptions::default()
        };
        broker
            .listen(socket, offer)
            .context("listen for client connections")?;
        Ok(())
    }

    /// Listens for devices on a bound socket: TLS and nothing else, with their certificates.
    pub(crate) fn listen_for_devices(
        &self,
        broker: &Broker,
        socket: TcpListener,
    ) -> anyhow::Result<()> {
        let offer = ListenOptions {
            tls: self.devices.clone(),
            ..ListenOptions::default()
        };
        broker.listen(socket, offer).context("listen for devices")?;
        Ok(())
    }

    /// The authorities of the certificates that devices see, as they are now.
    pub(crate) fn roots(&self) -> watch::Receiver<Arc<[Vec<u8>]>> {
        self.roots.subscribe()
    }

    /// The first of them, if there are any.
    pub(crate) fn root(&self) -> Option<Vec<u8>> {
        self.roots.borrow().first().cloned()
    }

    /// Never ends: replaces our own certificate when it is due.
    pub(crate) async fn keep_fresh(&self) {
        let Some(own) = &self.own else {
            return std::future::pending().await;
        };
        loop {
            tokio::time::sleep(FRESH_WITHIN).await;
            match ForDevices::of_own(own) {
                Ok(fresh) => self.change_for_devices(Some(fresh)),
                Err(error) => error!("the server certificate in force stays: {error:#}"),
            }
        }
    }

    /// Listens for WebSocket clients, where that is configured; tells the URL. Without a host of
    /// its own it takes the main one.
    pub(crate) fn listen_for_websocket(
        &self,
        broker: &Broker,
        options: &Options,
        main_host: &str,
    ) -> anyhow::Result<Option<String>> {
        let Some((block, port)) = options
            .websocket
            .as_ref()
            .and_then(|it| Some((it, it.port?)))
        else {
            return Ok(None);
        };
        let host = block.host.as_deref().filter(|host| !host.is_empty());
        let host = host.unwrap_or(main_host);
        let socket = listeners::bind(host, port, WEBSOCKET)?;
        let port = socket.local_addr()?.port();
        let offer = ListenOptions {
            tls: self.websocket.clone(),
            websocket: Some(websocket_options(block, host, port)),
            ..ListenOptions::default()
        };
        broker
            .listen(socket, offer)
            .context("listen for websocket clients")?;
        monitoring::describe_websocket(broker, block, (host, port));
        let scheme = match self.websocket.current() {
            Some(_) => "wss",
            None => "ws",
        };
        info!(
            "Listening for websocket clients on {scheme}://{}",
            authority(host, port)
        );
        if scheme == "ws" {
            warn!("Websocket not configured with TLS. DO NOT USE IN PRODUCTION!");
        }
        Ok(Some(format!(
            "{scheme}://{}",
            authority(local_host(host), port)
        )))
    }

    /// Tells what clients have to do, as nats-server does.
    pub(crate) fn announce(&self, options: &Options) {
        if options.proxy_protocol {
            info!("PROXY protocol enabled for client connections");
        }
        let Some(tls) = self.clients.current() else {
            return;
        };
        let only_first = tls.first == HandshakeFirst::Always;
        if tls.allow_non_tls && !only_first {
            info!("TLS available for client connections");
        } else {
            info!("TLS required for client connections");
        }
        if only_first {
            warn!("Clients that are not using \"TLS Handshake First\" option will fail to connect");
        }
    }

    /// Reads all certificates anew.
    pub(crate) fn prepare(&self, options: &Options) -> anyhow::Result<Prepared> {
        let tls = options.tls.as_ref();
        let clients = tls.map(|it| tls::settings(it, options.allow_non_tls));
        let https = tls.filter(|_| options.https.is_some()).map(tls::for_http);
        let admin = options.admin_api.tls.as_ref().map(tls::for_http);
        let websocket = options.websocket.as_ref().and_then(|it| it.tls.as_ref());
        let websocket = websocket.map(|it| tls::settings(it, false));
        let for_devices = match (&options.onboarding.tls, &self.own) {
            (Some(tls), _) => Some(ForDevices::new(tls.clone(), tls::issuers(tls)?)?),
            (None, Some(own)) => Some(ForDevices::of_own(own)?),
            (None, None) => None,
        };
        Ok(Prepared {
            clients: clients.transpose()?,
            websocket: websocket.transpose()?,
            https: https.transpose()?,
            admin: admin.transpose()?,
            for_devices,
        })
    }

    /// Uses them for every connection from now on; those that are there keep theirs.
    pub(crate) fn change(&self, to: Prepared) {
        self.clients.replace(to.clients);
        self.websocket.replace(to.websocket);
        self.https.replace(to.https);
        self.admin.replace(to.admin);
        self.change_for_devices(to.for_devices);
    }

    fn change_for_devices(&self, to: Option<ForDevices>) {
        let Some(to) = to else { return };
        self.onboarding.replace(Some(to.onboarding));
        self.devices.replace(Some(to.devices));
        self.roots.send_replace(to.roots.into());
    }
}

fn websocket_options(block: &WebSocketBlock, host: &str, port: u16) -> WebSocketOptions {
    WebSocketOptions {
        host: host.to_owned(),
        port,
        same_origin: block.same_origin,
        allowed_origins: block.allowed_origins.clone(),
        compression: block.compression,
        handshake_timeout: block.handshake_timeout,
        cookies: block.cookies.clone(),
        headers: block.headers.clone(),
        ping_interval: block.ping_interval,
        auth_timeout: block.auth_timeout,
    }
}
