//! Compressed messages: each stands for itself, so that nothing is kept between two of them.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// What the sender of a message leaves out at its end.
const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// Why a compressed message is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InflateError {
    /// It is not what it says.
    Corrupt,
    /// It is larger than a message may be.
    TooLarge,
}

impl std::fmt::Display for InflateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Corrupt => "corrupt compressed message",
            Self::TooLarge => "compressed message is larger than the maximum payload",
        })
    }
}

impl std::error::Error for InflateError {}

/// What one call did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inflated {
    /// Bytes of the input that are used up.
    pub taken: usize,
    /// Bytes of the output that are filled.
    pub written: usize,
    /// Everything that was given so far is in the output.
    pub done: bool,
}

/// Inflates messages piece by piece into whatever room there is.
pub struct Inflater {
    inner: Decompress,
    /// Bytes that the message under way may still grow by.
    left: usize,
    /// Bytes of [`TAIL`] that the message's end was given.
    tail: usize,
    ended: bool,
}

impl Inflater {
    /// One for a message of at most `max` bytes.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self {
            inner: Decompress::new(false),
            left: max,
            tail: 0,
            ended: false,
        }
    }

    /// The same for another message.
    pub fn reset(&mut self, max: usize) {
        self.inner.reset(false);
        self.left = max;
        self.tail = 0;
        self.ended = false;
    }

    /// Inflates a piece; `last` says that the message ends with it. To be called until it is done.
    ///
    /// # Errors
    /// When the message is corrupt or too large.
    pub fn inflate(
        &mut self,
        input: &[u8],
        last: bool,
        output: &mut [u8],
    ) -> Result<Inflated, InflateError> {
        let (mut taken, mut written) = (0, 0);
        while taken < input.len() {
            let (read, wrote) = self.run(&input[taken..], &mut output[written..])?;
            taken += read;
            written += wrote;
            if read == 0 && wrote == 0 {
                break;
            }
        }
        let mut done = taken == input.len();
        while done && last && self.tail < TAIL.len() {
            let (read, wrote) = self.run(&TAIL[self.tail..], &mut output[written..])?;
            self.tail += read;
            written += wrote;
            done = read > 0 || wrote > 0;
        }
        // What has no room yet is still inside.
        while done && written < output.len() {
            let (_, wrote) = self.run(&[], &mut output[written..])?;
            written += wrote;
            if wrote == 0 {
                break;
            }
        }
        done &= written < output.len();
        Ok(Inflated {
            taken,
            written,
            done,
        })
    }

    fn run(&mut self, input: &[u8], output: &mut [u8]) -> Result<(usize, usize), InflateError> {
        if self.ended {
            // A sender may end its stream with a final block; only the tail may follow.
            let is_tail = TAIL[self.tail..].starts_with(input);
            return if is_tail {
                Ok((input.len(), 0))
            } else {
                Err(InflateError::Corrupt)
            };
        }
        let before = (self.inner.total_in(), self.inner.total_out());
        let status = self.inner.decompress(input, output, FlushDecompress::Sync);
        let status = status.map_err(|_| InflateError::Corrupt)?;
        self.ended = status == Status::StreamEnd;
        let read = usize::try_from(self.inner.total_in() - before.0).unwrap_or(0);
        let wrote = usize::try_from(self.inner.total_out() - before.1).unwrap_or(0);
        self.left = self.left.checked_sub(wrote).ok_or(InflateError::TooLarge)?;
        Ok((read, wrote))
    }
}

impl std::fmt::Debug for Inflater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inflater").finish_non_exhaustive()
    }
}

/// Deflates messages.
pub struct Deflater {
    inner: Compress,
}

impl Default for Deflater {
    fn default() -> Self {
        Self {
            inner: Compress::new(Compression::fast(), false),
        }
    }
}

impl Deflater {
    /// Appends a whole message in compressed form.
    pub fn deflate<'a>(&mut self, pieces: impl Iterator<Item = &'a [u8]>, out: &mut Vec<u8>) {
        self.inner.reset();
        for piece in pieces {
            self.run(piece, FlushCompress::None, out);
        }
        self.run(&[], FlushCompress::Sync, out);
        if out.ends_with(&TAIL) {
            out.truncate(out.len() - TAIL.len());
        }
    }

    fn run(&mut self, input: &[u8], flush: FlushCompress, out: &mut Vec<u8>) {
        /// Room beyond the input: block headers, and what was held back before.
        const MORE: usize = 1024;
        let mut taken = 0;
        loop {
            out.reserve(input.len() - taken + MORE);
            let before = self.inner.total_in();
            // It fails only on a stream that has ended, and this one never does.
            let _ = self.inner.compress_vec(&input[taken..], out, flush);
            taken += usize::try_from(self.inner.total_in() - before).unwrap_or(0);
            if taken == input.len() && out.len() < out.capacity() {
                return;
            }
        }
    }
}

impl std::fmt::Debug for Deflater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Deflater").finish_non_exhaustive()
    }
}
