//! Buffers that connections borrow while there is data, so that an idle connection owns none.
//!
//! Each worker thread keeps a few of each size; what does not fit goes back to the allocator.

use std::cell::RefCell;

/// A first chunk: a few messages for a client that gets little.
pub(crate) const SMALL_BYTES: usize = 2 * 1024;
/// A further chunk, and the most that is copied together for one `writev` slice.
pub(crate) const LARGE_BYTES: usize = 32 * 1024;
/// Bytes read from a socket at a time: nats-server's largest read buffer (`server/client.go`).
pub(crate) const READ_BYTES: usize = 64 * 1024;
/// Chunks of each size that a thread keeps: 256 KiB of small and 2 MiB of large ones.
const KEPT_SMALL_MAX: usize = 128;
const KEPT_LARGE_MAX: usize = 64;

#[derive(Default)]
struct Pool {
    small: Vec<Vec<u8>>,
    large: Vec<Vec<u8>>,
    read: Option<Vec<u8>>,
}

thread_local! {
    static POOL: RefCell<Pool> = RefCell::default();
}

/// An empty chunk with room for at least `needed` bytes.
pub(crate) fn take(needed: usize, first: bool) -> Vec<u8> {
    let small = first && needed <= SMALL_BYTES;
    let kept = POOL.with_borrow_mut(|pool| match small {
        true => pool.small.pop(),
        false if needed <= LARGE_BYTES => pool.large.pop(),
        false => None,
    });
    kept.unwrap_or_else(|| {
        Vec::with_capacity(if small {
            SMALL_BYTES
        } else {
            needed.max(LARGE_BYTES)
        })
    })
}

/// Gives a chunk back.
pub(crate) fn give_back(mut chunk: Vec<u8>) {
    chunk.clear();
    POOL.with_borrow_mut(|pool| match chunk.capacity() {
        SMALL_BYTES if pool.small.len() < KEPT_SMALL_MAX => pool.small.push(chunk),
        LARGE_BYTES if pool.large.len() < KEPT_LARGE_MAX => pool.large.push(chunk),
        _ => {}
    });
}

/// Lends the thread's read buffer.
pub(crate) fn with_read_buffer<T>(work: impl FnOnce(&mut [u8]) -> T) -> T {
    let kept = POOL.with_borrow_mut(|pool| pool.read.take());
    let mut buffer = kept.unwrap_or_else(|| vec![0; READ_BYTES]);
    let result = work(&mut buffer);
    POOL.with_borrow_mut(|pool| pool.read = Some(buffer));
    result
}
