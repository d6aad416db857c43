//! TLS of all listeners of this process: made at the start, replaced at a reload.

use broker::{HandshakeFirst, TlsCell};
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

impl Transport {
    pub(crate) fn new(options: &Options) -> anyhow::Result<Self> {
        let transport = Self::default();
        transport.reload(options)?;
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

    /// Reads all certificates anew and uses them for every connection from now on; those that are
    /// there keep theirs. All or nothing: after an error everything is as it was.
    pub(crate) fn reload(&self, options: &Options) -> anyhow::Result<()> {
        let tls = options.tls.as_ref();
        let clients = tls.map(|it| tls::settings(it, options.allow_non_tls));
        let clients = clients.transpose()?;
        let https = tls.filter(|_| options.https.is_some()).map(tls::for_http);
        let https = https.transpose()?;
        self.clients.replace(clients);
        self.https.replace(https);
        Ok(())
    }
}
