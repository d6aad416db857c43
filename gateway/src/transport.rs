//! TLS of all listeners of this process: made at the start, replaced at a reload.

use std::net::TcpListener;

use anyhow::Context;
use broker::{Broker, HandshakeFirst, ListenOptions, TlsCell, TlsSettings};
use tracing::{info, warn};

use crate::options::Options;
use crate::tls;

/// The TLS settings in force. Clones are handles to the same ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transport {
    /// Of the listener for clients.
    pub(crate) clients: TlsCell,
    /// Of monitoring over HTTPS.
    pub(crate) https: TlsCell,
}

/// What a reload is to put in force.
#[derive(Debug)]
pub(crate) struct Prepared {
    clients: Option<TlsSettings>,
    https: Option<TlsSettings>,
}

impl Transport {
    pub(crate) fn new(options: &Options) -> anyhow::Result<Self> {
        let transport = Self::default();
        transport.change(Self::prepare(options)?);
        Ok(transport)
    }

    /// Tells what clients have to do, as nats-server does.
    pub(crate) fn announce(&self) {
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

    /// Listens for clients on a bound socket.
    pub(crate) fn listen(&self, broker: &Broker, socket: TcpListener) -> anyhow::Result<()> {
        let offer = ListenOptions {
            tls: self.clients.clone(),
            ..ListenOptions::default()
        };
        broker
            .listen(socket, offer)
            .context("listen for client connections")?;
        Ok(())
    }

    /// Reads all certificates anew.
    pub(crate) fn prepare(options: &Options) -> anyhow::Result<Prepared> {
        let tls = options.tls.as_ref();
        let clients = tls.map(|it| tls::settings(it, options.allow_non_tls));
        let https = tls.filter(|_| options.https.is_some()).map(tls::for_http);
        Ok(Prepared {
            clients: clients.transpose()?,
            https: https.transpose()?,
        })
    }

    /// Uses them for every connection from now on; those that are there keep theirs.
    pub(crate) fn change(&self, to: Prepared) {
        self.clients.replace(to.clients);
        self.https.replace(to.https);
    }
}
