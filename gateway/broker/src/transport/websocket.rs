//! A connection's bytes inside WebSocket frames.
//!
//! Frames are taken apart where they were read, so that the parser sees their payloads in the
//! thread's read buffer. Only where messages may be compressed the input needs memory of its own,
//! while there is some. What goes out is put into frames a chunk at a time. An idle connection owns
//! no buffer.

mod incoming;
mod outgoing;

use std::{
    io::{self, IoSlice},
    task::{Context, Poll, ready},
};

use protocol::{
    ClosedReason,
    websocket::{CloseCode, Event, FrameError, InflateError, Opcode, close_payload},
};
use tokio::io::ReadBuf;

use self::{incoming::Incoming, outgoing::Outgoing};
use super::stream::Carrier;

/// What client and server have agreed on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Agreement {
    /// Messages may be compressed.
    pub(crate) deflate: bool,
    /// The client's frames have masks.
    pub(crate) masked: bool,
    /// Frames to it are to be short.
    pub(crate) is_browser: bool,
    /// Compressed messages to it are to be one frame.
    pub(crate) is_safari: bool,
    /// Bytes that a compressed message may inflate to.
    pub(crate) inflated_max: usize,
}

/// What makes a connection unusable.
#[derive(Debug, Clone, Copy, thiserror::Error)]
enum WebSocketError {
    #[error("{0}")]
    Frame(#[from] FrameError),
    #[error("{0}")]
    Inflate(#[from] InflateError),
}

impl WebSocketError {
    fn code(self) -> CloseCode {
        match self {
            Self::Inflate(InflateError::TooLarge) => CloseCode::TOO_BIG,
            Self::Inflate(InflateError::Corrupt) => CloseCode::INVALID_DATA,
            Self::Frame(_) => CloseCode::PROTOCOL_ERROR,
        }
    }
}

/// The frames of one connection.
#[derive(Debug)]
pub(crate) struct WebSocket {
    carrier: Carrier,
    incoming: Incoming,
    outgoing: Outgoing,
    /// A close frame is on its way; whatever else the client says is passed over.
    has_closed: bool,
}

impl WebSocket {
    pub(crate) fn new(carrier: Carrier, agreement: Agreement) -> Self {
        Self {
            carrier,
            incoming: Incoming::new(agreement),
            outgoing: Outgoing::new(agreement),
            has_closed: false,
        }
    }

    /// Whether a close frame was said, so that there is only to wait until it is read.
    pub(crate) fn has_closed(&self) -> bool {
        self.has_closed
    }

    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.has_closed {
            return self.carrier.poll_read(cx, buffer);
        }
        loop {
            let space = buffer.initialize_unfilled();
            let mut count = 0;
            if self.incoming.wants_more() {
                let mut raw = ReadBuf::new(&mut *space);
                ready!(self.carrier.poll_read(cx, &mut raw))?;
                count = raw.filled().len();
                if count == 0 {
                    return Poll::Ready(Ok(()));
                }
            }
            let (outgoing, has_closed) = (&mut self.outgoing, &mut self.has_closed);
            let digested = self.incoming.digest(space, count, |event| match event {
                Event::Ping(payload) => outgoing.control(Opcode::Pong, &payload),
                Event::Close(answer) => {
                    if let Some(payload) = answer {
                        outgoing.control(Opcode::Close, &payload);
                    }
                    *has_closed = true;
                }
                _ => {}
            });
            if let Err(error) = &digested {
                let payload = close_payload(error.code(), &error.to_string());
                self.outgoing.control(Opcode::Close, &payload);
                self.has_closed = true;
            }
            // What does not go now goes with the next write.
            let _ = self.outgoing.poll_drain(cx, &mut self.carrier);
            let written = digested.map_err(io::Error::other)?;
            buffer.advance(written);
            if written > 0 || self.has_closed {
                return Poll::Ready(Ok(()));
            }
        }
    }

    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.outgoing.poll_drain(cx, &mut self.carrier))?;
        let count = self.outgoing.frame(slices);
        match self.outgoing.poll_drain(cx, &mut self.carrier) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            _ => Poll::Ready(Ok(count)),
        }
    }

    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.outgoing.poll_drain(cx, &mut self.carrier))?;
        self.carrier.poll_flush(cx)
    }

    pub(crate) fn poll_shutdown(
        &mut self,
        cx: &mut Context<'_>,
        reason: ClosedReason,
    ) -> Poll<io::Result<()>> {
        if !std::mem::replace(&mut self.has_closed, true) {
            let payload = close_payload(CloseCode::of(reason), reason.as_str());
            self.outgoing.control(Opcode::Close, &payload);
        }
        ready!(self.poll_flush(cx))?;
        self.carrier.poll_shutdown(cx)
    }
}
