//! What waits to be written to one client: appended by publishers, written by the client's own
//! task.
//!
//! The queue has an end (`max_pending`): a client that lets it fill up is a slow consumer and is
//! cut off. Small payloads are copied together, large ones are shared between all their receivers.

use std::{collections::VecDeque, io::IoSlice};

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use parking_lot::{Mutex, MutexGuard};

use super::buffers;

/// Payloads from this size on are shared instead of copied per receiver.
pub(crate) const SHARED_BYTES_MIN: usize = 8 * 1024;
/// Slices of one `writev`; Linux takes up to 1,024.
const SLICES_MAX: usize = 64;

/// A run of bytes to write.
#[derive(Debug)]
pub(crate) enum Segment {
    Owned(Vec<u8>),
    Shared(Bytes),
}

impl Segment {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Owned(chunk) => chunk,
            Self::Shared(bytes) => bytes,
        }
    }
}

/// The queue and the task to wake.
#[derive(Debug, Default)]
pub(crate) struct Outbound {
    queue: Mutex<Queue>,
    waker: AtomicWaker,
}

/// What publishers append to.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    segments: VecDeque<Segment>,
    /// Bytes appended and not yet written, those in the writer's hands included.
    pending: usize,
    /// Set by the first append after a drain: somebody has taken on to wake the writer.
    wake_promised: bool,
    closed: bool,
    /// Messages and bytes delivered, for monitoring.
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
}

impl Outbound {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock()
    }

    /// Wakes the client's task.
    pub(crate) fn wake(&self) {
        self.waker.wake();
    }

    pub(crate) fn register(&self, waker: &std::task::Waker) {
        self.waker.register(waker);
    }
}

impl Queue {
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    pub(crate) fn pending(&self) -> usize {
        self.pending
    }

    /// Nothing more is taken from now on; what waits is dropped when `discard` is set.
    pub(crate) fn close(&mut self, discard: bool) {
        self.closed = true;
        if discard {
            self.segments.clear();
        }
    }

    /// True for the first caller since the last drain: that one must wake the writer.
    pub(crate) fn promise_wake(&mut self) -> bool {
        !std::mem::replace(&mut self.wake_promised, true)
    }

    /// Appends what `write` writes, at most `room` bytes.
    pub(crate) fn append(&mut self, room: usize, write: impl FnOnce(&mut Vec<u8>)) {
        let fits = match self.segments.back() {
            Some(Segment::Owned(chunk)) => chunk.capacity() - chunk.len() >= room,
            _ => false,
        };
        if !fits {
            // A line before or between shared payloads is short, and nothing follows it in its
            // chunk.
            let first = !matches!(self.segments.back(), Some(Segment::Owned(_)));
            self.segments
                .push_back(Segment::Owned(buffers::take(room, first)));
        }
        if let Some(Segment::Owned(chunk)) = self.segments.back_mut() {
            let before = chunk.len();
            write(chunk);
            self.pending += chunk.len() - before;
        }
    }

    pub(crate) fn push_shared(&mut self, bytes: Bytes) {
        self.pending += bytes.len();
        self.segments.push_back(Segment::Shared(bytes));
    }

    /// Appends protocol text such as `PONG`.
    pub(crate) fn push(&mut self, text: &[u8]) {
        self.append(text.len(), |chunk| chunk.extend_from_slice(text));
    }
}

/// The writer's side: what it has taken from the queue and not yet written.
#[derive(Debug, Default)]
pub(crate) struct InFlight {
    segments: VecDeque<Segment>,
    /// Bytes of the first segment that are written.
    written: usize,
}

impl InFlight {
    pub(crate) fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// Takes over what publishers have queued. `false` when there is nothing to write.
    pub(crate) fn refill(&mut self, outbound: &Outbound) -> bool {
        let mut queue = outbound.lock();
        queue.wake_promised = false;
        if self.segments.is_empty() {
            std::mem::swap(&mut self.segments, &mut queue.segments);
        } else {
            self.segments.append(&mut queue.segments);
        }
        !self.segments.is_empty()
    }

    /// Lends slices for one `writev`.
    pub(crate) fn with_slices<T>(&self, write: impl FnOnce(&[IoSlice<'_>]) -> T) -> T {
        let mut slices = [IoSlice::new(&[]); SLICES_MAX];
        let mut count = 0;
        for (slot, segment) in slices.iter_mut().zip(&self.segments) {
            let skip = if count == 0 { self.written } else { 0 };
            *slot = IoSlice::new(&segment.bytes()[skip..]);
            count += 1;
        }
        write(&slices[..count])
    }

    /// Notes that `count` more bytes are written; finished chunks go back to the pool.
    pub(crate) fn advance(&mut self, count: usize, outbound: &Outbound) {
        let mut left = self.written + count;
        while let Some(first) = self.segments.front() {
            let len = first.bytes().len();
            if left < len {
                break;
            }
            left -= len;
            if let Some(Segment::Owned(chunk)) = self.segments.pop_front() {
                buffers::give_back(chunk);
            }
        }
        self.written = left;
        if self.segments.is_empty() {
            self.segments = VecDeque::new();
        }
        outbound.lock().pending -= count;
    }
}
