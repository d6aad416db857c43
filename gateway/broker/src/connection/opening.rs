//! From an accepted socket to where the protocol begins: who speaks first, TLS, and WebSocket.
//!
//! Only listeners with one of these need it; it lives in a task of its own, so that what a
//! handshake takes in memory is gone when the connection's task begins.

use std::{future::poll_fn, io, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use protocol::{ClosedReason, ServerError};
use tokio::{
    io::{AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{client::Client, outbound::InFlight, session::Session, task::Connection};
use crate::{
    server::Server,
    transport::{
        listener::{Listener, WebSocketOptions},
        proxy,
        stream::{Carrier, Stream},
        tls::{self, HandshakeError, HandshakeFirst, TlsPeer, TlsSettings},
        upgrade,
        websocket::WebSocket,
    },
};

/// Time to tell a client that there is no room for it.
const REFUSAL_WAIT_MAX: Duration = Duration::from_secs(1);
/// The first byte of a TLS connection: a record of the handshake.
const TLS_HANDSHAKE: u8 = 0x16;

/// A connection that has nothing to agree on.
pub(crate) fn plain(socket: TcpStream, server: Arc<Server>, client: Arc<Client>) -> Connection {
    let mut session = Session::new(server, client);
    session.greet();
    Connection::new(Stream::Bare(Carrier::Plain(socket)), session)
}

/// Opens a connection whose client a load balancer tells about. `INFO` does not wait for that: a
/// client that came by itself speaks only after it.
pub(crate) async fn behind_proxy(
    (mut socket, peer): (TcpStream, SocketAddr),
    server: Arc<Server>,
    listener: Arc<Listener>,
) {
    let cid = server.next_cid();
    let max_pending = server.config.limits.max_pending;
    let stranger = Arc::new(Client::new(cid, peer, max_pending, Arc::clone(&listener)));
    let mut greeter = Session::new(Arc::clone(&server), Arc::clone(&stranger));
    let speaks_first = listener.speaks_plainly_first();
    if speaks_first {
        greeter.greet();
        if write_out(&mut socket, &stranger).await.is_err() {
            return;
        }
    }
    let found = tokio::select! {
        () = server.stopped.cancelled() => return,
        found = proxy::read_header(&mut socket) => found,
    };
    let address = match found {
        Ok(address) => address.unwrap_or(peer),
        Err(error) => {
            tracing::warn!("Error reading PROXY protocol header from {peer}: {error}");
            return;
        }
    };
    let nonce = std::mem::take(&mut greeter.nonce);
    drop(greeter);
    let Some(client) = server.register_as(cid, address, &listener) else {
        return turn_away(socket, &ServerError::MaximumConnectionsExceeded).await;
    };
    let mut session = Session::new(server, client);
    session.nonce = nonce;
    session.greeted = speaks_first;
    go_on(socket, session).await;
}

/// Says why, and closes.
async fn turn_away(mut socket: TcpStream, error: &ServerError) {
    let mut text = Vec::new();
    error.write(&mut text);
    // A client that does not take it in time learns it from the close.
    let _ = timeout(REFUSAL_WAIT_MAX, socket.write_all(&text)).await;
}

/// Opens the connection and starts its task.
pub(crate) async fn open(socket: TcpStream, server: Arc<Server>, client: Arc<Client>) {
    go_on(socket, Session::new(server, client)).await;
}

async fn go_on(socket: TcpStream, mut session: Session) {
    let (tasks, stopped) = (session.server.tasks.clone(), session.server.stopped.clone());
    let stream = tokio::select! {
        () = stopped.cancelled() => return session.close(ClosedReason::ServerShutdown),
        stream = agree(socket, &mut session) => stream,
    };
    if let Some(stream) = stream {
        tasks.spawn(Connection::new(stream, session));
    }
}

/// Agrees with the client on what carries the protocol. `None` when it came to nothing and there
/// is nothing left to say.
async fn agree(socket: TcpStream, session: &mut Session) -> Option<Stream> {
    let listener = Arc::clone(&session.client.listener);
    match (&listener.websocket, listener.tls.current()) {
        (Some(options), tls) => {
            let is_tls = tls.is_some();
            let carrier = match tls {
                Some(settings) => shake_hands(socket, &settings, session, true).await?,
                None => Carrier::Plain(socket),
            };
            let socket = become_websocket(carrier, options, session, is_tls).await?;
            Some(Stream::Web(Box::new(socket)))
        }
        (None, Some(settings)) => agree_on_tls(socket, &settings, session).await,
        (None, None) => {
            session.greet();
            Some(Stream::Bare(Carrier::Plain(socket)))
        }
    }
}

async fn become_websocket(
    carrier: Carrier,
    options: &WebSocketOptions,
    session: &mut Session,
    is_tls: bool,
) -> Option<WebSocket> {
    let limits = &session.live.limits;
    // The largest operation that there is: its line, its payload, and the end of both.
    let inflated_max = limits.max_control_line + limits.max_payload + 4;
    match upgrade::upgrade(carrier, options, (is_tls, inflated_max)).await {
        Ok((socket, cookies)) => {
            session.bring(cookies);
            session.greet();
            Some(socket)
        }
        Err(failure) => {
            let (conn, ip) = (session.client.cid, session.client.ip);
            tracing::error!(conn.id = conn, conn.ip = %ip, "{failure}");
            session.close(ClosedReason::ClientClosed);
            None
        }
    }
}

/// Agrees on TLS, and on which comes first, the handshake or `INFO`.
async fn agree_on_tls(
    mut socket: TcpStream,
    settings: &TlsSettings,
    session: &mut Session,
) -> Option<Stream> {
    let client = Arc::clone(&session.client);
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
        return Some(Stream::Bare(Carrier::Plain(socket)));
    }
    let error = match begins_with {
        None => HandshakeError::Late,
        // It hung up: no news.
        Some(None) => {
            session.close(ClosedReason::ClientClosed);
            return None;
        }
        Some(Some(TLS_HANDSHAKE)) if client.listener.handshakes.admits(settings.rate_limit) => {
            let carrier = shake_hands(socket, settings, session, first).await?;
            if first {
                session.greet();
            }
            return Some(Stream::Bare(carrier));
        }
        Some(Some(TLS_HANDSHAKE)) => HandshakeError::Throttled,
        Some(Some(_)) => HandshakeError::NotTls,
    };
    report(&client, &error);
    session.refuse(&match error {
        HandshakeError::Throttled => ServerError::ConnectionThrottled,
        _ => ServerError::TlsRequired,
    });
    Some(Stream::Bare(Carrier::Plain(socket)))
}

/// The handshake itself.
async fn shake_hands(
    socket: TcpStream,
    settings: &TlsSettings,
    session: &mut Session,
    first: bool,
) -> Option<Carrier> {
    match handshake(socket, settings).await {
        Ok(stream) => {
            let peer = TlsPeer::of(&stream, first, settings.verify);
            tracing::debug!(
                conn.id = session.client.cid,
                version = peer.version(),
                cipher = peer.cipher(),
                "TLS handshake complete"
            );
            // Nobody else sets it.
            let _ = session.client.tls.set(Box::new(peer));
            Some(Carrier::Tls(Box::new(stream)))
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
