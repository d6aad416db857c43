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

/// What one look at the input found.
pub(crate) enum Next<T> {
    /// A whole operation of `len` bytes.
    Item { item: T, len: usize },
    /// Not all there. `len` is the length of the whole operation, once its line is complete.
    Partial { len: Option<usize> },
}

/// One direction of the protocol: its grammar and where its operations go.
pub(crate) trait Side {
    type Item<'a>;
    type Stop;
    /// Reads one operation off the front of `input`, which is never empty.
    fn next<'a>(&self, input: &'a [u8]) -> Result<Next<Self::Item<'a>>, ParseError>;
    fn control_line_max(&self) -> usize;
    fn item(&mut self, item: Self::Item<'_>) -> ControlFlow<Self::Stop>;
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
            let done = match side.next(&self.buffer)? {
                Next::Item { item, .. } => Some(side.item(item)),
                Next::Partial { len } => {
                    self.len = len.unwrap_or(0);
                    None
                }
            };
            if let Some(flow) = done {
                self.clear();
                if let ControlFlow::Break(stop) = flow {
                    return Ok(Parsed::Stopped(stop));
                }
            }
        }
        while !rest.is_empty() {
            match side.next(rest)? {
                Next::Item { item, len } => {
                    if let ControlFlow::Break(stop) = side.item(item) {
                        return Ok(Parsed::Stopped(stop));
                    }
                    rest = &rest[len..];
                }
                Next::Partial { len } => {
                    self.len = len.unwrap_or(0);
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
