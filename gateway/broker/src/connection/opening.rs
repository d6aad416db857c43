//! From an accepted socket to where the protocol begins: who speaks first, and TLS.
//!
//! Only listeners with TLS need this; it lives in a task of its own, so that what a handshake takes
//! in memory is gone when the connection's task begins.

use std::{future::poll_fn, io, pin::Pin, sync::Arc};

use protocol::{ClosedReason, ServerError};
use tokio::{io::AsyncWrite, net::TcpStream, time::timeout};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{client::Client, outbound::InFlight, session::Session, task::Connection};
use crate::{
    server::Server,
    transport::{
        stream::Stream,
        tls::{self, HandshakeError, HandshakeFirst, TlsPeer, TlsSettings},
    },
};

/// The first byte of a TLS connection: a record of the handshake.
const TLS_HANDSHAKE: u8 = 0x16;

/// A connection that has nothing to agree on.
pub(crate) fn plain(socket: TcpStream, server: Arc<Server>, client: Arc<Client>) -> Connection {
    let session = Session::new(server, client);
    session.greet();
    Connection::new(Stream::Plain(socket), session)
}

/// Opens the connection and starts its task.
pub(crate) async fn open(socket: TcpStream, server: Arc<Server>, client: Arc<Client>) {
    let (tasks, stopped) = (server.tasks.clone(), server.stopped.clone());
    let mut session = Session::new(server, client);
    let stream = tokio::select! {
        () = stopped.cancelled() => return session.close(ClosedReason::ServerShutdown),
        stream = agree(socket, &mut session) => stream,
    };
    if let Some(stream) = stream {
        tasks.spawn(Connection::new(stream, session));
    }
}

/// Agrees with the client on TLS. `None` when it came to nothing and there is nothing left to say.
async fn agree(mut socket: TcpStream, session: &mut Session) -> Option<Stream> {
    let client = Arc::clone(&session.client);
    let Some(settings) = client.listener.tls.current() else {
        session.greet();
        return Some(Stream::Plain(socket));
    };
    let first = handshake_is_first(&socket, settings.first).await;
    if !first {
        session.greet();
        let written = timeout(settings.timeout, write_out(&mut socket, &client)).await;
        if !matches!(written, Ok(Ok(()))) {
            session.close(ClosedReason::WriteError);
            return None;
        }
    }
    let begins_with = timeout(settings.timeout, first_byte(&socket)).await.ok();
    let is_tls = begins_with == Some(Some(TLS_HANDSHAKE));
    if settings.allow_non_tls && !first && !is_tls {
        return Some(Stream::Plain(socket));
    }
    let error = match begins_with {
        None => HandshakeError::Late,
        // It hung up: no news.
        Some(None) => {
            session.close(ClosedReason::ClientClosed);
            return None;
        }
        Some(Some(TLS_HANDSHAKE)) if client.listener.handshakes.admits(settings.rate_limit) => {
            return shake_hands(socket, &settings, session, first).await;
        }
        Some(Some(TLS_HANDSHAKE)) => HandshakeError::Throttled,
        Some(Some(_)) => HandshakeError::NotTls,
    };
    report(&client, &error);
    session.refuse(&match error {
        HandshakeError::Throttled => ServerError::ConnectionThrottled,
        _ => ServerError::TlsRequired,
    });
    Some(Stream::Plain(socket))
}

/// The handshake itself.
async fn shake_hands(
    socket: TcpStream,
    settings: &TlsSettings,
    session: &mut Session,
    first: bool,
) -> Option<Stream> {
    match handshake(socket, settings).await {
        Ok(stream) => {
            let peer = TlsPeer::of(&stream, first);
            tracing::debug!(
                conn.id = session.client.cid,
                version = peer.version(),
                cipher = peer.cipher(),
                "TLS handshake complete"
            );
            // Nobody else sets it.
            let _ = session.client.tls.set(Box::new(peer));
            if first {
                session.greet();
            }
            Some(Stream::Tls(Box::new(stream)))
        }
        Err(error) => {
            report(&session.client, &error);
            session.close(ClosedReason::TlsHandshakeError);
            None
        }
    }
}

async fn handshake(
    socket: TcpStream,
    settings: &TlsSettings,
) -> Result<TlsStream<TcpStream>, HandshakeError> {
    let acceptor = TlsAcceptor::from(Arc::clone(&settings.config));
    let stream = timeout(settings.timeout, acceptor.accept(socket))
        .await
        .map_err(|_| HandshakeError::Late)?
        .map_err(HandshakeError::Failed)?;
    let chain = stream.get_ref().1.peer_certificates();
    if tls::is_pinned(&settings.pinned, chain.unwrap_or_default()) {
        Ok(stream)
    } else {
        Err(HandshakeError::NotPinned)
    }
}

fn report(client: &Client, error: &HandshakeError) {
    let (conn, ip) = (client.cid, client.ip);
    if error.is_probe() {
        tracing::debug!(conn.id = conn, conn.ip = %ip, "TLS handshake error: {error}");
    } else {
        tracing::error!(conn.id = conn, conn.ip = %ip, "TLS handshake error: {error}");
    }
}

/// Whether the client is to begin, or has begun, with a handshake.
async fn handshake_is_first(socket: &TcpStream, first: HandshakeFirst) -> bool {
    match first {
        HandshakeFirst::Never => false,
        HandshakeFirst::Always => true,
        HandshakeFirst::Unless(delay) => {
            let spoken = timeout(delay, first_byte(socket)).await;
            matches!(spoken, Ok(Some(_)))
        }
    }
}

/// What the client sends first; it stays to be read. `None` when it has hung up.
async fn first_byte(socket: &TcpStream) -> Option<u8> {
    let mut byte = [0; 1];
    match socket.peek(&mut byte).await {
        Ok(1..) => Some(byte[0]),
        Ok(0) | Err(_) => None,
    }
}

/// Writes what waits for the client.
async fn write_out(socket: &mut TcpStream, client: &Client) -> io::Result<()> {
    let mut in_flight = InFlight::default();
    while !in_flight.is_empty() || in_flight.refill(&client.outbound) {
        let count = poll_fn(|cx| {
            let socket = Pin::new(&mut *socket);
            in_flight.with_slices(|slices| socket.poll_write_vectored(cx, slices))
        });
        let count = count.await?;
        if count == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        in_flight.advance(count, &client.outbound);
    }
    Ok(())
}
