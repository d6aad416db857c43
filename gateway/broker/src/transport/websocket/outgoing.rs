//! From the bytes of the protocol to frames.

use std::{
    cell::RefCell,
    io::{self, IoSlice},
    task::{Context, Poll, ready},
};

use protocol::websocket::{Deflater, Opcode, frame_header};

use super::Agreement;
use crate::{connection::buffers, transport::stream::Carrier};

/// Payload that is put into frames at a time: with its headers it fits into a chunk.
const FRAMED_MAX: usize = buffers::LARGE_BYTES - 256;
/// Browsers do better with frames of this size; nats-server's.
const BROWSER_FRAME_MAX: usize = 4096;
/// What is not longer does not get shorter by compressing it; nats-server's.
const COMPRESSED_MIN: usize = 64;
/// Answers to pings that may wait: who sends more without reading gets none for the rest.
const ANSWERS_MAX: usize = 4096;

thread_local! {
    static DEFLATER: RefCell<(Deflater, Vec<u8>)> = RefCell::default();
}

/// Whole frames on their way.
#[derive(Debug)]
pub(super) struct Outgoing {
    bytes: Vec<u8>,
    at: usize,
    deflate: bool,
    /// The longest frame, plain and compressed.
    frame_max: usize,
    deflated_frame_max: usize,
}

impl Outgoing {
    pub(super) fn new(agreement: Agreement) -> Self {
        let frame_max = match agreement.is_browser {
            true => BROWSER_FRAME_MAX,
            false => usize::MAX,
        };
        Self {
            bytes: Vec::new(),
            at: 0,
            deflate: agreement.deflate,
            frame_max,
            deflated_frame_max: match agreement.is_safari {
                true => usize::MAX,
                false => frame_max,
            },
        }
    }

    /// Puts some of the bytes into frames. Returns how many.
    pub(super) fn frame(&mut self, slices: &[IoSlice<'_>]) -> usize {
        let count = slices.iter().map(|slice| slice.len()).sum::<usize>();
        let count = count.min(FRAMED_MAX);
        if self.bytes.capacity() == 0 {
            self.bytes = buffers::take(count + (buffers::LARGE_BYTES - FRAMED_MAX), true);
        }
        if self.deflate && count > COMPRESSED_MIN {
            DEFLATER.with_borrow_mut(|(deflater, deflated)| {
                deflated.clear();
                deflater.deflate(front(slices, count), deflated);
                self.push_deflated(deflated);
            });
            return count;
        }
        let mut pieces = front(slices, count);
        let (mut piece, mut left): (&[u8], _) = (&[], count);
        while left > 0 {
            let mut room = left.min(self.frame_max);
            left -= room;
            // Each frame is a message of its own: where one ends means nothing to NATS.
            frame_header(&mut self.bytes, Opcode::Binary, (true, false), room);
            while room > 0 {
                if piece.is_empty() {
                    piece = pieces.next().unwrap_or_default();
                    continue;
                }
                let (now, later) = piece.split_at(room.min(piece.len()));
                self.bytes.extend_from_slice(now);
                (piece, room) = (later, room - now.len());
            }
        }
        count
    }

    fn push_deflated(&mut self, mut rest: &[u8]) {
        let mut is_first = true;
        while !rest.is_empty() || is_first {
            let (now, later) = rest.split_at(rest.len().min(self.deflated_frame_max));
            let opcode = match is_first {
                true => Opcode::Binary,
                false => Opcode::Continuation,
            };
            let bits = (later.is_empty(), is_first);
            frame_header(&mut self.bytes, opcode, bits, now.len());
            self.bytes.extend_from_slice(now);
            (rest, is_first) = (later, false);
        }
    }

    /// Adds a control frame.
    pub(super) fn control(&mut self, opcode: Opcode, payload: &[u8]) {
        if opcode == Opcode::Pong && self.bytes.len() - self.at > ANSWERS_MAX {
            return;
        }
        frame_header(&mut self.bytes, opcode, (true, false), payload.len());
        self.bytes.extend_from_slice(payload);
    }

    /// Ready when the carrier has all of it.
    pub(super) fn poll_drain(
        &mut self,
        cx: &mut Context<'_>,
        carrier: &mut Carrier,
    ) -> Poll<io::Result<()>> {
        while self.at < self.bytes.len() {
            let slice = [IoSlice::new(&self.bytes[self.at..])];
            match ready!(carrier.poll_write(cx, &slice))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.at += count,
            }
        }
        if self.bytes.capacity() > 0 {
            self.at = 0;
            buffers::give_back(std::mem::take(&mut self.bytes));
        }
        Poll::Ready(Ok(()))
    }
}

/// The first `count` bytes, slice by slice.
fn front<'a>(slices: &'a [IoSlice<'_>], count: usize) -> impl Iterator<Item = &'a [u8]> {
    let mut left = count;
    slices.iter().map_while(move |slice| {
        let len = slice.len().min(left);
        left -= len;
        (len > 0 || slice.is_empty()).then(|| &slice[..len])
    })
}
