//! Cuts a byte stream into operations, whatever the reads look like.
//!
//! The common case runs straight over the caller's slice. Only an operation that straddles two
//! reads is copied, and the buffer for it is given back as soon as nothing is unfinished: an idle
//! connection owns no heap memory here. Both directions of the protocol use this.

use std::ops::ControlFlow;

use crate::line;
use crate::parser::{ParseError, Parsed};

/// The first allocation for an unfinished body is at most this or twice the bytes at hand,
/// whichever is more: an announced size alone reserves nothing.
const FIRST_BODY_BYTES: usize = 4096;

/// What one look at the input did.
pub(crate) enum Step<S> {
    /// Handed out a whole operation of so many bytes.
    Took(usize),
    /// Handed out a whole operation of so many bytes, and its receiver stopped.
    Stopped(S, usize),
    /// Not all there. The length of the whole operation, once its line is complete; else 0.
    Partial(usize),
}

impl<S> Step<S> {
    #[inline]
    pub(crate) fn after(flow: ControlFlow<S>, len: usize) -> Self {
        match flow {
            ControlFlow::Continue(()) => Self::Took(len),
            ControlFlow::Break(stop) => Self::Stopped(stop, len),
        }
    }
}

/// One direction of the protocol: its grammar and where its operations go.
pub(crate) trait Side {
    type Stop;
    /// Hands out the operation at the front of `input`, which is never empty. Handing out here
    /// rather than returning it keeps the operation out of memory: a third of the parser's cost.
    fn step(&mut self, input: &[u8]) -> Result<Step<Self::Stop>, ParseError>;
    fn control_line_max(&self) -> usize;
}

/// The unfinished operation between two reads.
#[derive(Debug, Default)]
pub(crate) struct Assembler {
    /// From the first byte of the operation on.
    buffer: Vec<u8>,
    /// Length of the whole operation; 0 while its control line is not complete.
    len: usize,
}

impl Assembler {
    pub(crate) const fn new() -> Self {
        Self {
            buffer: Vec::new(),
            len: 0,
        }
    }

    pub(crate) fn buffered(&self) -> usize {
        self.buffer.len()
    }

    pub(crate) fn reserved(&self) -> usize {
        self.buffer.capacity()
    }

    pub(crate) fn feed<S: Side>(
        &mut self,
        input: &[u8],
        side: &mut S,
    ) -> Result<Parsed<S::Stop>, ParseError> {
        let outcome = self.run(input, side);
        if !matches!(outcome, Ok(Parsed::NeedMore)) {
            self.clear();
        }
        self.give_back();
        outcome
    }

    fn run<S: Side>(&mut self, input: &[u8], side: &mut S) -> Result<Parsed<S::Stop>, ParseError> {
        let mut rest = input;
        while !self.buffer.is_empty() {
            if rest.is_empty() {
                return Ok(Parsed::NeedMore);
            }
            let taken = self.top_up(rest, side.control_line_max());
            rest = &rest[taken..];
            match side.step(&self.buffer)? {
                Step::Took(_) => self.clear(),
                Step::Stopped(stop, _) => {
                    let taken = input.len() - rest.len();
                    return Ok(Parsed::Stopped { stop, taken });
                }
                Step::Partial(len) => self.len = len,
            }
        }
        while !rest.is_empty() {
            match side.step(rest)? {
                Step::Took(len) => rest = &rest[len..],
                Step::Stopped(stop, len) => {
                    let taken = input.len() - rest.len() + len;
                    return Ok(Parsed::Stopped { stop, taken });
                }
                Step::Partial(len) => {
                    self.len = len;
                    self.append(rest);
                    break;
                }
            }
        }
        Ok(Parsed::NeedMore)
    }

    /// Takes from `input` what the unfinished operation lacks, at most up to the end of its line
    /// or of its body. Returns how much that was: at least one byte.
    fn top_up(&mut self, input: &[u8], control_line_max: usize) -> usize {
        let wanted = if self.len > 0 {
            self.len - self.buffer.len()
        } else {
            let window = line::bytes_max(control_line_max)
                .saturating_sub(self.buffer.len())
                .max(1);
            let input = &input[..input.len().min(window)];
            memchr::memchr(b'\n', input).map_or(input.len(), |at| at + 1)
        };
        let taken = wanted.min(input.len());
        self.append(&input[..taken]);
        taken
    }

    fn append(&mut self, bytes: &[u8]) {
        let needed = self.buffer.len() + bytes.len();
        if self.len > 0 && needed > self.buffer.capacity() {
            let ahead = needed.saturating_mul(2).max(FIRST_BODY_BYTES);
            self.buffer
                .reserve_exact(ahead.min(self.len).max(needed) - self.buffer.len());
        }
        self.buffer.extend_from_slice(bytes);
    }

    fn clear(&mut self) {
        self.buffer.clear();
        self.len = 0;
    }

    /// Returns memory that the unfinished operation, if any, has no use for.
    fn give_back(&mut self) {
        if self.buffer.is_empty() {
            if self.buffer.capacity() > 0 {
                self.buffer = Vec::new();
            }
        } else if self.buffer.capacity() > FIRST_BODY_BYTES {
            let useful = self.len.max(self.buffer.len()).saturating_mul(2);
            if self.buffer.capacity() > useful {
                self.buffer.shrink_to_fit();
            }
        }
    }
}
