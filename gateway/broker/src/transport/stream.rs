//! The bytes of one connection, whatever carries them.
//!
//! Enums and not trait objects or type parameters: one branch per system call, and the connection's
//! task is compiled once.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use protocol::ClosedReason;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::server::TlsStream;

use super::websocket::WebSocket;

/// What carries the bytes of the protocol, or WebSocket's frames.
#[derive(Debug)]
pub(crate) enum Carrier {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Carrier {
    /// Reads what there is. Nothing read is the end.
    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(stream) => match ready!(Pin::new(stream).poll_read(cx, buffer)) {
                // Many clients hang up without saying so within TLS first.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Poll::Ready(Ok(())),
                outcome => Poll::Ready(outcome),
            },
        }
    }

    /// Writes some of `slices`. What it has taken may still be on its way until
    /// [`Self::poll_flush`] is ready.
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
            Self::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
        }
    }

    /// Ready when the socket has all that was written.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(_) => Poll::Ready(Ok(())),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    /// Ends our side.
    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

/// What carries the protocol. See [`Carrier`] for the operations.
#[derive(Debug)]
pub(crate) enum Stream {
    Bare(Carrier),
    Web(Box<WebSocket>),
}

impl Stream {
    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self {
            Self::Bare(carrier) => carrier.poll_read(cx, buffer),
            Self::Web(socket) => socket.poll_read(cx, buffer),
        }
    }

    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Bare(carrier) => carrier.poll_write(cx, slices),
            Self::Web(socket) => socket.poll_write(cx, slices),
        }
    }

    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Bare(carrier) => carrier.poll_flush(cx),
            Self::Web(socket) => socket.poll_flush(cx),
        }
    }

    /// Ends our side, for this reason.
    pub(crate) fn poll_shutdown(
        &mut self,
        cx: &mut Context<'_>,
        reason: ClosedReason,
    ) -> Poll<io::Result<()>> {
        match self {
            Self::Bare(carrier) => carrier.poll_shutdown(cx),
            Self::Web(socket) => socket.poll_shutdown(cx, reason),
        }
    }

    /// Whether it has told the client by itself that this is the end.
    pub(crate) fn has_said_farewell(&self) -> bool {
        match self {
            Self::Bare(_) => false,
            Self::Web(socket) => socket.has_closed(),
        }
    }
}
