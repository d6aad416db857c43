//! What the functions of a lenient transform make of a token.

use super::token::Cut;

/// Appends `token`, cut as told, with dots where it was cut.
pub(super) fn cut(cut: Cut, token: &[u8], size: usize, out: &mut Vec<u8>) {
    if size == 0 || size >= token.len() {
        out.extend_from_slice(token);
        return;
    }
    match cut {
        Cut::SplitFromLeft => join([&token[..size], &token[size..]], out),
        Cut::SplitFromRight => {
            let at = token.len() - size;
            join([&token[..at], &token[at..]], out);
        }
        Cut::SliceFromLeft => join(token.chunks(size), out),
        Cut::SliceFromRight => join(token.rchunks(size).rev(), out),
        Cut::Left => out.extend_from_slice(&token[..size]),
        Cut::Right => out.extend_from_slice(&token[token.len() - size..]),
    }
}

/// Appends the pieces of `token` between occurrences of `at`, with dots between them.
pub(super) fn split(token: &[u8], at: &[u8], out: &mut Vec<u8>) {
    let mut rest = Some(token);
    let pieces = std::iter::from_fn(|| {
        let text = rest?;
        let found = text.windows(at.len()).position(|window| window == at);
        let (piece, after) = match found {
            Some(start) => (&text[..start], Some(&text[start + at.len()..])),
            None => (text, None),
        };
        rest = after;
        Some(piece)
    });
    join(pieces.filter(|piece| !piece.is_empty()), out);
}

/// The bucket of a key that is given in pieces: FNV-1a of 32 bits, as in nats-server, so that a
/// message gets the same partition on both.
pub(super) fn bucket<'a>(key: impl IntoIterator<Item = &'a [u8]>, buckets: u32) -> u32 {
    const BASIS: u32 = 0x811c_9dc5;
    const PRIME: u32 = 0x0100_0193;
    let bytes = key.into_iter().flatten();
    let hash = bytes.fold(BASIS, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(PRIME)
    });
    hash.checked_rem(buckets).unwrap_or(0)
}

fn join<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, out: &mut Vec<u8>) {
    for (at, piece) in pieces.into_iter().enumerate() {
        if at > 0 {
            out.push(b'.');
        }
        out.extend_from_slice(piece);
    }
}
