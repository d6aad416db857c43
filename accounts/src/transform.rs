//! Subject transforms: a source pattern and a destination that is built from its tokens.
//!
//! Two kinds. [`Transform`] is the strict one of imports: it only moves wildcards, so that it can
//! be undone. [`LenientTransform`] is the one of subject mappings: it may drop wildcards, and has
//! functions that cut, split and hash tokens. Applying either does not allocate beyond the
//! caller's buffer.

mod cut;
mod lenient;
mod strict;
mod token;

pub use lenient::LenientTransform;
pub use strict::Transform;

use crate::subject;

/// Tokens that the source of a lenient transform may have, and parts (tokens and arguments of
/// their functions) that its destination may have. With the length of a result it bounds what one
/// message costs. Real ones have fewer than ten.
pub const PARTS_MAX: usize = 64;
/// Bytes of a subject that a lenient transform makes: nats-server's default for a control line, so
/// as long as a subject that a client publishes.
pub const RESULT_BYTES_MAX: usize = 4096;

/// Why two subjects do not make a transform.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransformError {
    #[error("`{0}` is not a valid subject")]
    InvalidSubject(String),
    #[error("`>` must end both the source and the destination, or neither")]
    Tail,
    #[error("wildcard {0} of the destination does not exist in the source")]
    IndexOutOfRange(usize),
    #[error("the destination must use every wildcard of the source")]
    UnusedWildcard,
    #[error("use either `*` or numbered wildcards in the destination, not both")]
    MixedWildcards,
    #[error("write wildcards of the destination as $1, $2 and so on, not as `*`")]
    Star,
    #[error("`{0}` is not a function that we know")]
    UnknownFunction(String),
    #[error("`{0}` is not allowed in an import: only {{{{wildcard(n)}}}} is")]
    FunctionInImport(String),
    #[error("`{0}` has too few or too many arguments")]
    ArgumentCount(String),
    #[error("`{0}` has an argument that is not what it takes")]
    Argument(String),
    #[error("the subject has more than {PARTS_MAX} parts")]
    TooManyParts,
    #[error("the destination uses a wildcard twice, so the transform cannot be reversed")]
    NotInvertible,
}

/// The places (from 0) of the tokens of `pattern` that `wanted` picks.
fn positions<'a>(
    pattern: &'a [u8],
    wanted: impl Fn(&[u8]) -> bool + 'a,
) -> impl Iterator<Item = usize> + 'a {
    subject::tokens(pattern)
        .enumerate()
        .filter(move |(_, token)| wanted(token))
        .map(|(at, _)| at)
}

fn separate(out: &mut Vec<u8>, start: usize) {
    if out.len() > start {
        out.push(b'.');
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
