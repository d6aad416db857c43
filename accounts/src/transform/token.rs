//! What a token of a destination says.
//!
//! Names and blanks as in nats-server (`server/subject_transform.go`): the first letter of each
//! word of a function's name may be upper case; blanks may stand around the name and the arguments.

use super::{TransformError, lossy};
use crate::subject;

/// A token of a destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Literal,
    /// `*`
    Star,
    /// `>`
    Tail,
    /// `$1` or `{{…}}`; its wildcards are numbers, from 1.
    Function(Function),
}

/// What is made of the tokens of a subject. They are wildcard numbers while a destination is read,
/// and places in the subject (from 0) once it is compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Function {
    /// The token as it is.
    Wildcard(usize),
    /// A number below `buckets` that is always the same for the same tokens; without any, for the
    /// same subject.
    Partition { buckets: u32, tokens: Vec<usize> },
    /// A number below this one, each time anew.
    Random(u32),
    /// A part of the token, or all of it with dots in between.
    Cut {
        cut: Cut,
        token: usize,
        /// Bytes; 0 leaves the token whole.
        size: usize,
    },
    /// The token with dots for this text.
    Split { token: usize, at: Box<[u8]> },
}

/// Where a token is cut. A token that is not longer than the size stays whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// Once, so many bytes from its begin.
    SplitFromLeft,
    /// Once, so many bytes from its end.
    SplitFromRight,
    /// Into pieces of so many bytes, the last one may be shorter.
    SliceFromLeft,
    /// Into pieces of so many bytes, the first one may be shorter.
    SliceFromRight,
    /// So many bytes from its begin are kept.
    Left,
    /// So many bytes from its end are kept.
    Right,
}

const CUTS: [(&[&str], Cut); 6] = [
    (&["split", "from", "left"], Cut::SplitFromLeft),
    (&["split", "from", "right"], Cut::SplitFromRight),
    (&["slice", "from", "left"], Cut::SliceFromLeft),
    (&["slice", "from", "right"], Cut::SliceFromRight),
    (&["left"], Cut::Left),
    (&["right"], Cut::Right),
];

/// Reads one token.
pub(super) fn read(token: &[u8]) -> Result<Token, TransformError> {
    match token {
        b"*" => return Ok(Token::Star),
        b">" => return Ok(Token::Tail),
        _ => {}
    }
    if let Some(number) = token.strip_prefix(b"$").filter(|rest| is_number(rest)) {
        let number = parse(number).map_err(|_| TransformError::Argument(lossy(token)))?;
        return Ok(Token::Function(Function::Wildcard(number)));
    }
    if token.windows(2).any(|pair| pair == b"{{" || pair == b"}}") {
        return call(token).map(Token::Function);
    }
    if subject::is_valid(token) {
        Ok(Token::Literal)
    } else {
        Err(TransformError::InvalidSubject(lossy(token)))
    }
}

/// Reads `{{name(argument, …)}}`.
fn call(token: &[u8]) -> Result<Function, TransformError> {
    let unknown = || TransformError::UnknownFunction(lossy(token));
    let inner = token
        .strip_prefix(b"{{")
        .and_then(|rest| rest.strip_suffix(b"}}"));
    let inner = inner.ok_or_else(unknown)?.trim_ascii();
    let open = inner.iter().position(|byte| *byte == b'(');
    let (name, rest) = inner.split_at(open.ok_or_else(unknown)?);
    let text = rest[1..].strip_suffix(b")").ok_or_else(unknown)?;
    let arguments: Vec<&[u8]> = text
        .split(|byte| *byte == b',')
        .map(<[u8]>::trim_ascii)
        .collect();
    let read = function(name.trim_ascii_end(), &arguments).ok_or_else(unknown)?;
    read.map_err(|wrong| match wrong {
        Wrong::Count => TransformError::ArgumentCount(lossy(token)),
        Wrong::Argument => TransformError::Argument(lossy(token)),
    })
}

/// What is wrong with arguments.
enum Wrong {
    Count,
    Argument,
}

/// The function of this name; `None` when there is none.
fn function(name: &[u8], arguments: &[&[u8]]) -> Option<Result<Function, Wrong>> {
    let cut = CUTS.iter().find(|(words, _)| is_named(name, words));
    Some(if let Some((_, cut)) = cut {
        pair(arguments).and_then(|(token, size)| {
            let size: i32 = parse(size)?;
            Ok(Function::Cut {
                cut: *cut,
                token: parse(token)?,
                size: usize::try_from(size).unwrap_or(0),
            })
        })
    } else if is_named(name, &["wildcard"]) {
        single(arguments).map(Function::Wildcard)
    } else if is_named(name, &["random"]) {
        single(arguments).and_then(|count| Ok(Function::Random(bounded(count)?)))
    } else if is_named(name, &["partition"]) {
        partition(arguments)
    } else if is_named(name, &["split"]) {
        pair(arguments).and_then(|(token, at)| {
            let blank = at.is_empty() || at.iter().any(u8::is_ascii_whitespace);
            if blank {
                return Err(Wrong::Argument);
            }
            let at = at.into();
            let token = parse(token)?;
            Ok(Function::Split { token, at })
        })
    } else {
        return None;
    })
}

fn partition(arguments: &[&[u8]]) -> Result<Function, Wrong> {
    let (buckets, tokens) = arguments.split_first().ok_or(Wrong::Count)?;
    if buckets.is_empty() && tokens.is_empty() {
        return Err(Wrong::Count);
    }
    let tokens: Result<_, _> = tokens.iter().map(|token| parse(token)).collect();
    Ok(Function::Partition {
        buckets: bounded(parse(buckets)?)?,
        tokens: tokens?,
    })
}

/// Whether `name` is these words in one, each with a small or a capital first letter.
fn is_named(name: &[u8], words: &[&str]) -> bool {
    let mut rest = name;
    for word in words {
        let Some((start, after)) = rest.split_at_checked(word.len()) else {
            return false;
        };
        let same = start[1..] == word.as_bytes()[1..]
            && start[0].eq_ignore_ascii_case(&word.as_bytes()[0]);
        if !same {
            return false;
        }
        rest = after;
    }
    rest.is_empty()
}

fn single(arguments: &[&[u8]]) -> Result<usize, Wrong> {
    match arguments {
        [argument] if !argument.is_empty() => parse(argument),
        _ => Err(Wrong::Count),
    }
}

fn pair<'a>(arguments: &[&'a [u8]]) -> Result<(&'a [u8], &'a [u8]), Wrong> {
    match arguments {
        [one, other] => Ok((one, other)),
        _ => Err(Wrong::Count),
    }
}

/// A count of partitions: at most what a 32-bit signed number holds, as in nats-server.
fn bounded(count: usize) -> Result<u32, Wrong> {
    let count = i32::try_from(count).map_err(|_| Wrong::Argument)?;
    u32::try_from(count).map_err(|_| Wrong::Argument)
}

/// With or without a sign; a `$` before anything else is text.
fn is_number(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").or(text.strip_prefix(b"+"));
    let digits = digits.unwrap_or(text);
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

fn parse<N: std::str::FromStr>(digits: &[u8]) -> Result<N, Wrong> {
    let text = std::str::from_utf8(digits)
        .ok()
        .filter(|text| !text.starts_with('+'));
    text.and_then(|text| text.parse().ok())
        .ok_or(Wrong::Argument)
}
