//! Message header blocks: `NATS/1.0 [status [description]]`, `Key: Value` lines, a blank line.

/// What every block starts with.
pub const VERSION: &[u8] = b"NATS/1.0";

/// A header block as it is on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeaderBlock<'a> {
    /// The rest of the first line after the version, blanks trimmed.
    status_line: &'a [u8],
    /// The lines, without the blank one.
    lines: &'a [u8],
}

/// Why bytes are not a header block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The block does not start with a version line.
    #[error("header block does not start with NATS/1.0")]
    Version,
    /// The block has no blank line at its end.
    #[error("header block does not end with a blank line")]
    End,
    /// A line without a name before its colon, without a colon, or with a stray CR or LF.
    #[error("header line is not `name: value`")]
    Line,
}

impl<'a> HeaderBlock<'a> {
    /// Reads a whole block and checks every line of it.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, HeaderError> {
        let rest = bytes.strip_prefix(VERSION).ok_or(HeaderError::Version)?;
        let end = memchr::memmem::find(rest, b"\r\n").ok_or(HeaderError::End)?;
        let (first, rest) = (&rest[..end], &rest[end + 2..]);
        if !matches!(first.first(), None | Some(b' ' | b'\t')) || has_line_break(first) {
            return Err(HeaderError::Version);
        }
        let lines = rest.strip_suffix(b"\r\n").ok_or(HeaderError::End)?;
        let block = Self {
            status_line: first.trim_ascii(),
            lines,
        };
        if !lines.is_empty() && !lines.ends_with(b"\r\n") {
            return Err(HeaderError::End);
        }
        for line in block.raw_lines() {
            let colon = memchr::memchr(b':', line).ok_or(HeaderError::Line)?;
            if line[..colon].trim_ascii().is_empty() || has_line_break(line) {
                return Err(HeaderError::Line);
            }
        }
        Ok(block)
    }

    /// The status code, if the block carries one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        let code = self
            .status_line
            .split(|byte| byte.is_ascii_whitespace())
            .next()?;
        if code.len() != 3 || !code.iter().all(u8::is_ascii_digit) {
            return None;
        }
        Some(
            code.iter()
                .fold(0, |value, digit| value * 10 + u16::from(digit - b'0')),
        )
    }

    /// The text after the status code; empty when there is none.
    #[must_use]
    pub fn description(&self) -> &'a [u8] {
        match self.status() {
            Some(_) => self.status_line[3..].trim_ascii_start(),
            None => &[],
        }
    }

    /// The headers in order: name as sent, value without surrounding blanks.
    pub fn iter(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        self.raw_lines().filter_map(|line| {
            let colon = memchr::memchr(b':', line)?;
            Some((&line[..colon], line[colon + 1..].trim_ascii()))
        })
    }

    /// The value of the first header with exactly this name, case included.
    #[must_use]
    pub fn find(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    fn raw_lines(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut rest = self.lines;
        std::iter::from_fn(move || {
            let end = memchr::memmem::find(rest, b"\r\n")?;
            let line = &rest[..end];
            rest = &rest[end + 2..];
            Some(line)
        })
    }
}

fn is_named(line: &[u8], name: &[u8]) -> bool {
    let is_blank = |byte: &u8| *byte <= b' ';
    let Some(colon) = memchr::memchr(b':', line) else {
        return false;
    };
    let key = &line[..colon];
    let start = key
        .iter()
        .position(|byte| !is_blank(byte))
        .unwrap_or(key.len());
    let end = key
        .iter()
        .rposition(|byte| !is_blank(byte))
        .map_or(start, |at| at + 1);
    key[start..end].eq_ignore_ascii_case(name)
}

fn has_line_break(bytes: &[u8]) -> bool {
    memchr::memchr2(b'\r', b'\n', bytes).is_some()
}

/// Headers and body without any header of this name, for names that only the server may use:
/// the new length of the header block, and block and body. `None` when there was none to remove.
///
/// The block may be malformed, and the name is looked for the way the most lenient reader would:
/// without regard to case or to blanks around it, on lines that end in CR or LF alone, and with
/// continuation lines going with the line they continue.
#[must_use]
pub fn without(block: &[u8], body: &[u8], name: &[u8]) -> Option<(usize, Vec<u8>)> {
    let mut kept = Vec::new();
    let mut removed = false;
    let mut continues_removed = false;
    let mut kept_until = 0;
    let mut start = 0;
    while start < block.len() {
        let line = &block[start..];
        let end = memchr::memchr2(b'\r', b'\n', line).unwrap_or(line.len());
        let breaks = match &line[end..] {
            [b'\r', b'\n', ..] => 2,
            [] => 0,
            _ => 1,
        };
        let is_continuation = matches!(line.first(), Some(b' ' | b'\t')) && end > 0;
        continues_removed = is_named(&line[..end], name) || (continues_removed && is_continuation);
        if continues_removed {
            kept.extend_from_slice(&block[kept_until..start]);
            kept_until = start + end + breaks;
            removed = true;
        }
        start += end + breaks;
    }
    if !removed {
        return None;
    }
    kept.extend_from_slice(&block[kept_until..]);
    if kept == b"NATS/1.0\r\n\r\n" {
        kept.clear();
    }
    let header_len = kept.len();
    kept.extend_from_slice(body);
    Some((header_len, kept))
}

/// Appends a block that is only a status: `NATS/1.0 <code> [description]` and a blank line.
pub fn status(out: &mut Vec<u8>, code: u16, description: &str) {
    out.extend_from_slice(VERSION);
    out.extend_from_slice(format!(" {code:03}").as_bytes());
    if !description.is_empty() {
        out.push(b' ');
        out.extend_from_slice(description.as_bytes());
    }
    out.extend_from_slice(b"\r\n\r\n");
}

/// Appends the block that tells a requester that nobody listens on `subject`. Its length is
/// 32 + `subject.len()`.
pub fn no_responders(subject: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"NATS/1.0 503\r\nNats-Subject: ");
    out.extend_from_slice(subject);
    out.extend_from_slice(b"\r\n\r\n");
}

/// Appends a block with these headers. Names and values must be free of CR and LF.
pub fn write<'a>(out: &mut Vec<u8>, headers: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) {
    out.extend_from_slice(VERSION);
    out.extend_from_slice(b"\r\n");
    for (name, value) in headers {
        out.extend_from_slice(name);
        out.extend_from_slice(b": ");
        out.extend_from_slice(value);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
}
