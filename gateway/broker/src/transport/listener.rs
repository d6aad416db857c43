//! What a listener admits and offers; shared by all of its connections.

use accounts::nkeys::PublicKey;
use protocol::ServerInfo;

use super::tls::{HandshakeFirst, HandshakeRate, TlsCell, TlsPeer, TlsSettings};
use crate::config::ListenOptions;

/// A listener as its connections see it.
#[derive(Debug, Default)]
pub(crate) struct Listener {
    /// The only account whose users it admits.
    pub(crate) only_account: Option<PublicKey>,
    pub(crate) tls: TlsCell,
    pub(crate) handshakes: HandshakeRate,
}

impl Listener {
    pub(crate) fn new(options: ListenOptions) -> Self {
        Self {
            only_account: options.only_account,
            tls: options.tls,
            handshakes: HandshakeRate::default(),
        }
    }

    /// Whether the protocol begins at once.
    pub(crate) fn is_plain(&self) -> bool {
        self.tls.current().is_none()
    }

    /// Whether a client that is turned away at the door can read why.
    pub(crate) fn speaks_plainly_first(&self) -> bool {
        let tls = self.tls.current();
        tls.is_none_or(|tls| tls.first == HandshakeFirst::Never)
    }

    /// Puts into `INFO` what holds for this listener.
    pub(crate) fn describe(&self, info: &mut ServerInfo, peer: Option<&TlsPeer>) {
        let Some(tls) = self.tls.current() else {
            return;
        };
        let TlsSettings {
            allow_non_tls,
            verify,
            ..
        } = *tls;
        let first = peer.is_some_and(|peer| peer.first);
        info.tls_required = first || !allow_non_tls;
        info.tls_available = allow_non_tls;
        info.tls_verify = verify;
    }
}
