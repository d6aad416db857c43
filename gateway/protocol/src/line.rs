//! Control lines: which verb, where the line ends, and its arguments. Shared by both directions.

use crate::parser::ParseError;

/// The longest verb, `CONNECT`.
pub(crate) const VERB_BYTES_MAX: usize = 7;

/// nats-server reads sizes of at most nine digits (`server/util.go: parseSize`).
const SIZE_DIGITS_MAX: usize = 9;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Connect,
    Info,
    Ping,
    Pong,
    Ok,
    Err,
    Pub,
    Hpub,
    Sub,
    Unsub,
    Msg,
    Hmsg,
}

impl Verb {
    /// Every verb. A flag says whether a separator must follow the verb directly.
    const TABLE: [(&'static [u8], Verb, bool); 12] = [
        (b"CONNECT", Verb::Connect, false),
        (b"INFO", Verb::Info, false),
        (b"PING", Verb::Ping, false),
        (b"PONG", Verb::Pong, false),
        (b"+OK", Verb::Ok, false),
        (b"-ERR", Verb::Err, false),
        (b"PUB", Verb::Pub, true),
        (b"HPUB", Verb::Hpub, true),
        (b"SUB", Verb::Sub, true),
        (b"UNSUB", Verb::Unsub, true),
        (b"MSG", Verb::Msg, true),
        (b"HMSG", Verb::Hmsg, true),
    ];

    /// Recognises the verb that `input` starts with and says where its arguments begin (at the
    /// separator). `None`: a beginning of a verb, more bytes are needed.
    #[inline]
    pub(crate) fn read(input: &[u8]) -> Result<Option<(Self, usize)>, ParseError> {
        // The verbs of the message path first, without a walk through the table.
        Ok(Some(match input {
            [b'P' | b'p', b'U' | b'u', b'B' | b'b', b' ' | b'\t', ..] => (Verb::Pub, 3),
            [
                b'H' | b'h',
                b'P' | b'p',
                b'U' | b'u',
                b'B' | b'b',
                b' ' | b'\t',
                ..,
            ] => (Verb::Hpub, 4),
            [b'M' | b'm', b'S' | b's', b'G' | b'g', b' ' | b'\t', ..] => (Verb::Msg, 3),
            [b'S' | b's', b'U' | b'u', b'B' | b'b', b' ' | b'\t', ..] => (Verb::Sub, 3),
            [b'P' | b'p', b'I' | b'i', b'N' | b'n', b'G' | b'g', ..] => (Verb::Ping, 4),
            _ => return Self::look_up(input),
        }))
    }

    fn look_up(input: &[u8]) -> Result<Option<(Self, usize)>, ParseError> {
        for (name, verb, separated) in Self::TABLE {
            let seen = input.len().min(name.len());
            if !input[..seen].eq_ignore_ascii_case(&name[..seen]) {
                continue;
            }
            return match input.get(name.len()) {
                _ if seen < name.len() => Ok(None),
                None if separated => Ok(None),
                Some(b' ' | b'\t') => Ok(Some((verb, name.len()))),
                Some(_) if separated => Err(ParseError::UnknownOperation),
                _ => Ok(Some((verb, name.len()))),
            };
        }
        Err(ParseError::UnknownOperation)
    }
}

/// A control line, or the beginning of one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    pub(crate) verb: Verb,
    /// What follows the verb, without the line end. May start with separators.
    pub(crate) args: &'a [u8],
    /// Length of the line with its end.
    pub(crate) len: usize,
}

impl<'a> Line<'a> {
    /// Reads a whole line off the front of `input`; `None` when its end is not there yet.
    ///
    /// The answer depends on the bytes only, not on how they were cut into reads: a bad verb or
    /// too long a line is refused as soon as it is certain, and in that order.
    #[inline]
    pub(crate) fn read(input: &'a [u8], max: usize) -> Result<Option<Self>, ParseError> {
        let Some((verb, start)) = Verb::read(input)? else {
            return Ok(None);
        };
        let window = input.len().min(bytes_max(max));
        let rest = &input[start..window];
        let (args, end) = match memchr::memchr(b'\n', rest) {
            Some(at) => (&rest[..at], Some(start + at + 1)),
            None => (rest, None),
        };
        if args.len() > max && is_too_long(args, max) {
            return Err(ParseError::ControlLineTooLong);
        }
        Ok(end.map(|len| Line {
            verb,
            args: args.strip_suffix(b"\r").unwrap_or(args),
            len,
        }))
    }

    /// The arguments without leading and trailing blanks, for verbs that take one JSON or text.
    pub(crate) fn text(&self) -> &'a [u8] {
        let mut args = self.args;
        while let [b' ' | b'\t' | b'\r', rest @ ..] = args {
            args = rest;
        }
        while let [rest @ .., b' ' | b'\t' | b'\r'] = args {
            args = rest;
        }
        args
    }

    /// The arguments one by one.
    #[inline]
    pub(crate) fn args(&self) -> Args<'a> {
        Args { rest: self.args }
    }
}

/// The arguments of a line. Between two of them stand one or more blanks.
pub(crate) struct Args<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Args<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        while let [first, tail @ ..] = self.rest
            && is_blank(*first)
        {
            self.rest = tail;
        }
        if self.rest.is_empty() {
            return None;
        }
        let (arg, rest) = self.rest.split_at(token_len(self.rest));
        self.rest = rest;
        Some(arg)
    }
}

impl<'a> Args<'a> {
    /// An argument that has to be there.
    #[inline]
    pub(crate) fn required(&mut self) -> Result<&'a [u8], ParseError> {
        self.next().ok_or(ParseError::BadArguments)
    }

    /// No argument may be left.
    #[inline]
    pub(crate) fn end(mut self) -> Result<(), ParseError> {
        self.next()
            .map_or(Ok(()), |_| Err(ParseError::BadArguments))
    }
}

/// The most bytes a line with `max` bytes of arguments can have: verb, one separator, CRLF. One
/// more byte without an end in sight proves that the line is too long.
pub(crate) fn bytes_max(max: usize) -> usize {
    max.saturating_add(VERB_BYTES_MAX + 3)
}

/// The first separator and a CR at the end do not count. Once true for the beginning of a line it
/// stays true for the whole line.
fn is_too_long(args: &[u8], max: usize) -> bool {
    let separator = usize::from(matches!(args.first(), Some(b' ' | b'\t')));
    let cr = usize::from(args.len() > separator && args.last() == Some(&b'\r'));
    args.len() - separator - cr > max
}

/// CR counts as a separator, as in nats-server: no argument ever contains one.
#[inline]
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r')
}

/// Length of the argument that `bytes` starts with. Looks at eight bytes at a time: subjects and
/// inboxes are long enough for that to halve the cost of a line.
#[inline]
fn token_len(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let mut start = 0;
    for word in bytes.as_chunks::<8>().0 {
        let word = u64::from_le_bytes(*word);
        // Marks bytes up to 0x20, blanks among them. Marks above the lowest one may be wrong.
        let marks = word.wrapping_sub(ONES * 0x21) & !word & (ONES * 0x80);
        if marks != 0 {
            start += marks.trailing_zeros() as usize / 8;
            break;
        }
        start += 8;
    }
    // The mark may be another control character, which belongs to the argument.
    let rest = bytes.get(start..).unwrap_or_default();
    let end = rest.iter().position(|byte| is_blank(*byte));
    start + end.unwrap_or(rest.len())
}

/// A size on the wire: 1 to 9 decimal digits.
#[inline]
pub(crate) fn parse_size(text: &[u8]) -> Option<usize> {
    if text.is_empty() || text.len() > SIZE_DIGITS_MAX {
        return None;
    }
    text.iter().try_fold(0_usize, |value, byte| {
        byte.is_ascii_digit()
            .then(|| value * 10 + usize::from(byte - b'0'))
    })
}

/// What the line of a message with a body says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) header: usize,
    pub(crate) total: usize,
}

/// Reads the sizes of a line; with headers the header part must fit into the total.
#[inline]
pub(crate) fn parse_sizes(header: Option<&[u8]>, total: &[u8]) -> Result<Sizes, ParseError> {
    let total = parse_size(total).ok_or(ParseError::BadArguments)?;
    let header = match header {
        Some(text) => parse_size(text).ok_or(ParseError::BadArguments)?,
        None => 0,
    };
    if header > total {
        return Err(ParseError::BadArguments);
    }
    Ok(Sizes { header, total })
}
