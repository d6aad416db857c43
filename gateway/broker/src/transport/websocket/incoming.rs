//! From frames to the bytes of the protocol.

use std::cell::Cell;

use protocol::websocket::{Decoder, Event, Inflater};

use super::{Agreement, WebSocketError};
use crate::connection::buffers;

thread_local! {
    /// One that no message is under way in.
    static SPARE: Cell<Option<Box<Inflater>>> = const { Cell::new(None) };
}

#[derive(Debug)]
pub(super) struct Incoming {
    decoder: Decoder,
    /// Set where messages may be compressed.
    compressed: Option<Box<Compressed>>,
}

/// What compressed messages need, and what waits beside them.
#[derive(Debug)]
struct Compressed {
    /// What was read and is not used up.
    input: Vec<u8>,
    at: usize,
    /// The piece of a compressed message at the front of the input: its end, and whether the
    /// message ends with it.
    piece: Option<(usize, bool)>,
    /// Only while a message is under way.
    inflater: Option<Box<Inflater>>,
    inflated_max: usize,
}

impl Incoming {
    pub(super) fn new(agreement: Agreement) -> Self {
        let compressed = agreement.deflate.then(|| {
            Box::new(Compressed {
                input: Vec::new(),
                at: 0,
                piece: None,
                inflater: None,
                inflated_max: agreement.inflated_max,
            })
        });
        Self {
            decoder: Decoder::new(agreement.masked, agreement.deflate),
            compressed,
        }
    }

    /// Whether all that was read is used up.
    pub(super) fn wants_more(&self) -> bool {
        let is_idle = |it: &Compressed| it.input.is_empty();
        self.compressed.as_deref().is_none_or(is_idle)
    }

    /// Turns the `count` bytes that were read into `space` into payload at its front; returns how
    /// much that is. Control frames are told. With compression some may be left for the next call.
    pub(super) fn digest(
        &mut self,
        space: &mut [u8],
        count: usize,
        mut tell: impl FnMut(Event),
    ) -> Result<usize, WebSocketError> {
        if let Some(compressed) = &mut self.compressed {
            if count > 0 {
                compressed.input = buffers::take(count, false);
                compressed.input.extend_from_slice(&space[..count]);
            }
            let written = compressed.digest(&mut self.decoder, space, tell);
            if compressed.piece.is_none() && compressed.at == compressed.input.len() {
                compressed.at = 0;
                buffers::give_back(std::mem::take(&mut compressed.input));
            }
            return written;
        }
        let (mut taken, mut written) = (0, 0);
        while taken < count {
            let step = self.decoder.step(&mut space[taken..count])?;
            match step.event {
                Event::Data { range, .. } => {
                    let len = range.len();
                    space.copy_within(taken + range.start..taken + range.end, written);
                    written += len;
                }
                Event::Close(answer) => {
                    tell(Event::Close(answer));
                    break;
                }
                event => tell(event),
            }
            taken += step.taken;
        }
        Ok(written)
    }
}

impl Compressed {
    fn digest(
        &mut self,
        decoder: &mut Decoder,
        space: &mut [u8],
        mut tell: impl FnMut(Event),
    ) -> Result<usize, WebSocketError> {
        let mut written = 0;
        while written < space.len() {
            if let Some(last) = self.piece.map(|(_, last)| last) {
                let (count, done) = self.inflate(&mut space[written..])?;
                written += count;
                if !done {
                    break;
                }
                self.piece = None;
                if last {
                    SPARE.set(self.inflater.take());
                }
                continue;
            }
            // A piece that is not compressed must fit.
            let end = self.input.len().min(self.at + space.len() - written);
            if self.at == end {
                break;
            }
            let step = decoder.step(&mut self.input[self.at..end])?;
            match step.event {
                Event::Data {
                    range,
                    compressed: true,
                    last,
                } => {
                    self.piece = Some((self.at + range.end, last));
                    self.at += range.start;
                    continue;
                }
                Event::Data { range, .. } => {
                    let piece = &self.input[self.at + range.start..self.at + range.end];
                    space[written..written + piece.len()].copy_from_slice(piece);
                    written += piece.len();
                }
                Event::Close(answer) => {
                    tell(Event::Close(answer));
                    self.at = self.input.len();
                    break;
                }
                event => tell(event),
            }
            self.at += step.taken;
        }
        Ok(written)
    }

    /// Goes on with the piece at hand. Returns how much it gave, and whether that was all.
    fn inflate(&mut self, space: &mut [u8]) -> Result<(usize, bool), WebSocketError> {
        let (end, last) = self.piece.unwrap_or((self.at, false));
        let max = self.inflated_max;
        let inflater = self.inflater.get_or_insert_with(|| match SPARE.take() {
            Some(mut spare) => {
                spare.reset(max);
                spare
            }
            None => Box::new(Inflater::new(max)),
        });
        let done = inflater.inflate(&self.input[self.at..end], last, space)?;
        self.at += done.taken;
        Ok((done.written, done.done))
    }
}
