//! Subject tokens that nobody can guess.

use std::cell::RefCell;

const ALPHABET: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
/// Characters of a token: 22 of 6 bits hold 132 random bits.
const TOKEN_CHARS: usize = 22;
/// Random bytes fetched from the system at a time.
const POOL_BYTES: usize = TOKEN_CHARS * 32;

struct Pool {
    bytes: [u8; POOL_BYTES],
    used: usize,
}

impl Pool {
    const EMPTY: Self = Self {
        bytes: [0; POOL_BYTES],
        used: POOL_BYTES,
    };
}

thread_local! {
    static POOL: RefCell<Pool> = const { RefCell::new(Pool::EMPTY) };
}

/// Appends a fresh token.
pub(crate) fn append(out: &mut Vec<u8>) {
    POOL.with_borrow_mut(|pool| {
        if pool.used + TOKEN_CHARS > POOL_BYTES {
            pool.bytes = random();
            pool.used = 0;
        }
        let bytes = &pool.bytes[pool.used..pool.used + TOKEN_CHARS];
        out.extend(bytes.iter().map(|byte| ALPHABET[usize::from(byte & 63)]));
        pool.used += TOKEN_CHARS;
    });
}

/// Random bytes from the system.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system's random source answers after boot");
    bytes
}
