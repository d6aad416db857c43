//! Writes protocol lines: for the server `MSG` and `HMSG`, for clients and tests their verbs.
//!
//! Nothing is checked: arguments come from the parser, or from a caller that knows what it sends.

/// `PING` with its line end.
pub const PING: &[u8] = b"PING\r\n";
/// `PONG` with its line end.
pub const PONG: &[u8] = b"PONG\r\n";
/// `+OK` with its line end.
pub const OK: &[u8] = b"+OK\r\n";
/// What follows every payload.
pub const CRLF: &[u8] = b"\r\n";

/// Digits of the largest `u64`.
const DIGITS_MAX: usize = 20;

/// Appends the line before a delivered message: `MSG <subject> <sid> [reply] <total>`, or `HMSG`
/// with the header size when `header_len` is above 0. `total` counts headers and body; payload and
/// [`CRLF`] are the caller's to append.
#[inline]
pub fn msg_header(
    out: &mut Vec<u8>,
    subject: &[u8],
    sid: &[u8],
    reply: Option<&[u8]>,
    header_len: usize,
    total: usize,
) {
    let verb: &[u8] = if header_len > 0 { b"HMSG " } else { b"MSG " };
    out.reserve(subject.len() + sid.len() + reply.map_or(0, <[u8]>::len) + 2 * DIGITS_MAX + 10);
    out.extend_from_slice(verb);
    out.extend_from_slice(subject);
    out.push(b' ');
    out.extend_from_slice(sid);
    out.push(b' ');
    message_tail(out, reply, (header_len > 0).then_some(header_len), total);
}

/// Appends a whole `PUB`, or an `HPUB` when `headers` is given (a complete header block).
pub fn publish(
    out: &mut Vec<u8>,
    subject: &[u8],
    reply: Option<&[u8]>,
    headers: Option<&[u8]>,
    body: &[u8],
) {
    out.extend_from_slice(if headers.is_some() { b"HPUB " } else { b"PUB " });
    out.extend_from_slice(subject);
    out.push(b' ');
    let headers_len = headers.map(<[u8]>::len);
    message_tail(
        out,
        reply,
        headers_len,
        headers_len.unwrap_or(0) + body.len(),
    );
    out.extend_from_slice(headers.unwrap_or_default());
    out.extend_from_slice(body);
    out.extend_from_slice(CRLF);
}

/// Appends a `SUB` line.
pub fn subscribe(out: &mut Vec<u8>, subject: &[u8], queue: Option<&[u8]>, sid: &[u8]) {
    out.extend_from_slice(b"SUB ");
    out.extend_from_slice(subject);
    for arg in queue.into_iter().chain([sid]) {
        out.push(b' ');
        out.extend_from_slice(arg);
    }
    out.extend_from_slice(CRLF);
}

/// Appends an `UNSUB` line.
pub fn unsubscribe(out: &mut Vec<u8>, sid: &[u8], max: Option<u64>) {
    out.extend_from_slice(b"UNSUB ");
    out.extend_from_slice(sid);
    if let Some(max) = max {
        out.push(b' ');
        number(out, max);
    }
    out.extend_from_slice(CRLF);
}

/// Appends a `CONNECT` line; `json` must not contain a line feed.
pub fn connect(out: &mut Vec<u8>, json: &str) {
    out.extend_from_slice(b"CONNECT ");
    out.extend_from_slice(json.as_bytes());
    out.extend_from_slice(CRLF);
}

/// Appends a number in decimal.
#[inline]
pub fn number(out: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0_u8; DIGITS_MAX];
    let mut start = DIGITS_MAX;
    loop {
        start -= 1;
        digits[start] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

#[inline]
fn message_tail(out: &mut Vec<u8>, reply: Option<&[u8]>, header_len: Option<usize>, total: usize) {
    if let Some(reply) = reply {
        out.extend_from_slice(reply);
        out.push(b' ');
    }
    if let Some(header_len) = header_len {
        number(out, header_len as u64);
        out.push(b' ');
    }
    number(out, total as u64);
    out.extend_from_slice(CRLF);
}
