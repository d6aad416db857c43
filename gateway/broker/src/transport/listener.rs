//! What a listener admits and offers; shared by all of its connections.

use std::time::Duration;

use accounts::{identity::ConnectionType, nkeys::PublicKey};
use protocol::{
    ConnectOptions, ServerInfo,
    websocket::{Origin, Upgrade},
};

use super::tls::{HandshakeFirst, HandshakeRate, TlsCell, TlsPeer, TlsSettings};
use crate::config::ListenOptions;

/// How a listener speaks WebSocket.
#[derive(Debug, Clone, Default)]
pub struct WebSocketOptions {
    /// Host that `INFO` names.
    pub host: String,
    /// Port that `INFO` names.
    pub port: u16,
    /// Pages must come from where they connect to.
    pub same_origin: bool,
    /// Where pages may come from; empty is anywhere.
    pub allowed_origins: Vec<Origin>,
    /// Messages are compressed where the client can do that.
    pub compression: bool,
    /// Time for the upgrade request.
    pub handshake_timeout: Duration,
    /// Which cookies stand for what `CONNECT` leaves out.
    pub cookies: CookieNames,
    /// Header lines of the answer.
    pub headers: String,
    /// Time between pings of an idle client; the server's when absent.
    pub ping_interval: Option<Duration>,
    /// Time to log in; the server's when absent.
    pub auth_timeout: Option<Duration>,
}

/// Names of cookies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CookieNames {
    /// Of the one with a user JWT.
    pub jwt: Option<String>,
    /// Of the one with a user's name.
    pub user: Option<String>,
    /// Of the one with a password.
    pub pass: Option<String>,
    /// Of the one with a token.
    pub token: Option<String>,
}

impl CookieNames {
    pub(crate) fn read(&self, upgrade: &Upgrade) -> Cookies {
        let value = |name: &Option<String>| {
            let value = name.as_deref().and_then(|name| upgrade.cookie(name));
            value.filter(|value| !value.is_empty()).map(str::to_owned)
        };
        Cookies {
            jwt: value(&self.jwt),
            user: value(&self.user),
            pass: value(&self.pass),
            token: value(&self.token),
        }
    }
}

/// What a client's cookies say. They are credentials: nothing shows them.
#[derive(Default)]
pub(crate) struct Cookies {
    jwt: Option<String>,
    user: Option<String>,
    pass: Option<String>,
    token: Option<String>,
}

impl Cookies {
    pub(crate) fn is_empty(&self) -> bool {
        let all = [&self.jwt, &self.user, &self.pass, &self.token];
        all.iter().all(|value| value.is_none())
    }

    /// Puts into `CONNECT` what it leaves out.
    pub(crate) fn fill(&self, options: &mut ConnectOptions) {
        let fill = |field: &mut Option<String>, value: &Option<String>| {
            if field.as_deref().is_none_or(str::is_empty) {
                field.clone_from(value);
            }
        };
        fill(&mut options.jwt, &self.jwt);
        fill(&mut options.user, &self.user);
        fill(&mut options.pass, &self.pass);
        fill(&mut options.auth_token, &self.token);
    }
}

impl std::fmt::Debug for Cookies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cookies")
    }
}

/// A listener as its connections see it.
#[derive(Debug, Default)]
pub(crate) struct Listener {
    /// The only account whose users it admits.
    pub(crate) only_account: Option<PublicKey>,
    pub(crate) tls: TlsCell,
    pub(crate) handshakes: HandshakeRate,
    /// The client's address comes in a PROXY header.
    pub(crate) proxy_protocol: bool,
    /// Set where the protocol comes inside WebSocket.
    pub(crate) websocket: Option<WebSocketOptions>,
}

impl Listener {
    pub(crate) fn new(options: ListenOptions) -> Self {
        Self {
            only_account: options.only_account,
            tls: options.tls,
            handshakes: HandshakeRate::default(),
            proxy_protocol: options.proxy_protocol,
            websocket: options.websocket,
        }
    }

    /// Whether the protocol begins at once.
    pub(crate) fn is_plain(&self) -> bool {
        self.websocket.is_none() && self.tls.current().is_none()
    }

    /// What its connections speak, as monitoring and events call it.
    pub(crate) fn protocol(&self) -> &'static str {
        match self.websocket {
            Some(_) => "websocket",
            None => "nats",
        }
    }

    pub(crate) fn connection_type(&self) -> ConnectionType {
        match self.websocket {
            Some(_) => ConnectionType::Websocket,
            None => ConnectionType::Standard,
        }
    }

    /// Whether a client that is turned away at the door can read why.
    pub(crate) fn speaks_plainly_first(&self) -> bool {
        let tls = self.tls.current();
        self.websocket.is_none() && tls.is_none_or(|tls| tls.first == HandshakeFirst::Never)
    }

    /// Puts into `INFO` what holds for this listener.
    pub(crate) fn describe(&self, info: &mut ServerInfo, peer: Option<&TlsPeer>) {
        let tls = self.tls.current();
        if let Some(websocket) = &self.websocket {
            info.host.clone_from(&websocket.host);
            info.port = websocket.port;
            info.tls_required = tls.is_some();
            info.tls_available = tls.is_some();
            info.tls_verify = tls.is_some_and(|tls| tls.verify);
            return;
        }
        let Some(tls) = tls else { return };
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
