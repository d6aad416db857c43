//! A listener for HTTP, with or without TLS, that axum serves on.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use broker::{TlsCell, TlsSettings};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

/// Handshakes at a time; who comes while so many are under way is turned away.
const HANDSHAKES_MAX: usize = 64;

/// Plain as long as the cell is empty.
#[derive(Debug)]
pub(crate) struct HttpListener {
    socket: TcpListener,
    tls: TlsCell,
    /// Handshakes under way: one that is slow must not keep others waiting.
    handshakes: JoinSet<Option<Accepted>>,
}

type Accepted = (Either<TcpStream, Box<TlsStream<TcpStream>>>, SocketAddr);

impl HttpListener {
    /// Must be called within a tokio runtime.
    pub(crate) fn new(socket: std::net::TcpListener, tls: TlsCell) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self {
            socket: TcpListener::from_std(socket)?,
            tls,
            handshakes: JoinSet::new(),
        })
    }

    /// `http` or `https`.
    pub(crate) fn scheme(&self) -> &'static str {
        match self.tls.current() {
            Some(_) => "https",
            None => "http",
        }
    }
}

impl axum::serve::Listener for HttpListener {
    type Io = Either<TcpStream, Box<TlsStream<TcpStream>>>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> Accepted {
        loop {
            tokio::select! {
                Some(done) = self.handshakes.join_next() => {
                    if let Ok(Some(accepted)) = done {
                        return accepted;
                    }
                }
                (stream, peer) = axum::serve::Listener::accept(&mut self.socket) => {
                    let Some(settings) = self.tls.current() else {
                        return (Either::Left(stream), peer);
                    };
                    if self.handshakes.len() < HANDSHAKES_MAX {
                        self.handshakes.spawn(handshake(stream, peer, settings));
                    }
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }
}

async fn handshake(
    stream: TcpStream,
    peer: SocketAddr,
    settings: Arc<TlsSettings>,
) -> Option<Accepted> {
    let acceptor = TlsAcceptor::from(Arc::clone(&settings.config));
    match timeout(settings.timeout, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => Some((Either::Right(Box::new(stream)), peer)),
        Ok(Err(error)) => {
            tracing::debug!(conn.ip = %peer.ip(), "http: TLS handshake error: {error}");
            None
        }
        Err(_) => None,
    }
}
