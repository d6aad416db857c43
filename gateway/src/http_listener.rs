//! A listener for HTTP, with or without TLS, that axum serves on.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use admin_api::ShowsCertificates;
use broker::{TlsCell, TlsSettings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

/// Handshakes at a time; who comes while so many are under way is turned away.
const HANDSHAKES_MAX: usize = 64;
/// The first byte of a TLS connection: a record of the handshake.
const TLS_HANDSHAKE: u8 = 0x16;
/// Bytes that are read of a request without TLS, before it is refused.
const PLAIN_BYTES_MAX: usize = 8 * 1024;
const PLAIN_REFUSED: &str = "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\n\
    connection: close\r\ncontent-length: 55\r\n\r\n\
    This port speaks HTTPS: write https:// in front of it.\n";

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

impl ShowsCertificates for HttpListener {
    fn certificates(io: &Self::Io) -> Vec<Vec<u8>> {
        let chain = match io {
            Either::Left(_) => None,
            Either::Right(stream) => stream.get_ref().1.peer_certificates(),
        };
        let chain = chain.unwrap_or_default().iter();
        chain.map(|certificate| certificate.to_vec()).collect()
    }
}

async fn handshake(
    stream: TcpStream,
    peer: SocketAddr,
    settings: Arc<TlsSettings>,
) -> Option<Accepted> {
    match timeout(settings.timeout, shake_hands(stream, &settings)).await {
        Ok(Ok(stream)) => Some((Either::Right(Box::new(stream?)), peer)),
        Ok(Err(error)) => {
            tracing::debug!(conn.ip = %peer.ip(), "http: TLS handshake error: {error}");
            None
        }
        Err(_) => None,
    }
}

/// `None` when it was no handshake.
async fn shake_hands(
    stream: TcpStream,
    settings: &TlsSettings,
) -> io::Result<Option<TlsStream<TcpStream>>> {
    let mut first = [0];
    if stream.peek(&mut first).await? == 0 {
        return Ok(None);
    }
    if first != [TLS_HANDSHAKE] {
        refuse_plain(stream).await?;
        return Ok(None);
    }
    let acceptor = TlsAcceptor::from(Arc::clone(&settings.config));
    acceptor.accept(stream).await.map(Some)
}

/// Tells somebody who speaks HTTP what to do. The request is read first: closing before that would
/// take the answer away.
async fn refuse_plain(mut stream: TcpStream) -> io::Result<()> {
    let mut request = Vec::new();
    while !request.windows(4).any(|four| four == b"\r\n\r\n") && request.len() < PLAIN_BYTES_MAX {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    stream.write_all(PLAIN_REFUSED.as_bytes()).await?;
    stream.shutdown().await
}
