//! The PROXY protocol, versions 1 and 2: what a load balancer says about the client before the
//! client's own words. Sans-io; an address is taken as the balancer gives it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The bytes by which a header is known.
pub const START_BYTES: usize = 6;
/// Bytes of a line of version 1, its end included.
pub const LINE_MAX: usize = 107;
/// Bytes of a header of version 2 before its addresses.
pub const HEAD_BYTES: usize = 16;

const LINE_START: &[u8] = b"PROXY ";
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// What a connection begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Something else: the client itself.
    Other,
    /// Not enough to tell.
    NeedMore,
    /// A line of version 1.
    Line,
    /// A header of version 2.
    Binary,
}

/// A header that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProxyError(&'static str);

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid PROXY protocol header: {}", self.0)
    }
}

impl std::error::Error for ProxyError {}

/// Tells a header by its first bytes.
#[must_use]
pub fn start(input: &[u8]) -> Start {
    let input = &input[..input.len().min(START_BYTES)];
    let kinds = [
        (LINE_START, Start::Line),
        (&SIGNATURE[..START_BYTES], Start::Binary),
    ];
    for (start, kind) in kinds {
        if start == input {
            return kind;
        }
        if start.starts_with(input) {
            return Start::NeedMore;
        }
    }
    Start::Other
}

/// Reads a line of version 1, with or without its end. `None` when it is about nobody.
///
/// # Errors
/// When it is no such line.
pub fn line(line: &[u8]) -> Result<Option<SocketAddr>, ProxyError> {
    let text = std::str::from_utf8(line).map_err(|_| ProxyError("it is no text"))?;
    let words: Vec<_> = text.split_ascii_whitespace().collect();
    match words.as_slice() {
        ["PROXY", "UNKNOWN", ..] => Ok(None),
        ["PROXY", kind, source, target, port, target_port] => {
            let address = |text: &str| text.parse::<IpAddr>().ok();
            let number = |text: &str| text.parse::<u16>().ok();
            let addresses = address(source).zip(address(target));
            let ports = number(port).zip(number(target_port));
            let (Some((source, target)), Some((port, _))) = (addresses, ports) else {
                return Err(ProxyError("an address or a port cannot be read"));
            };
            match (*kind, source, target) {
                ("TCP4", IpAddr::V4(_), IpAddr::V4(_)) | ("TCP6", IpAddr::V6(_), IpAddr::V6(_)) => {
                    Ok(Some(SocketAddr::new(source, port)))
                }
                _ => Err(ProxyError(
                    "the addresses are not of the kind that is named",
                )),
            }
        }
        _ => Err(ProxyError("the line has other parts than it should")),
    }
}

/// The bytes that follow a header of version 2.
///
/// # Errors
/// When it is no such header.
pub fn following(head: &[u8; HEAD_BYTES]) -> Result<usize, ProxyError> {
    if !head.starts_with(SIGNATURE) {
        return Err(ProxyError("the signature is another one"));
    }
    if head[12] >> 4 != 2 {
        return Err(ProxyError("the version is another one"));
    }
    Ok(usize::from(u16::from_be_bytes([head[14], head[15]])))
}

/// Reads a header of version 2. `None` when it is about nobody.
///
/// # Errors
/// When it says something that is not understood.
pub fn binary(head: &[u8; HEAD_BYTES], rest: &[u8]) -> Result<Option<SocketAddr>, ProxyError> {
    match head[12] & 0x0f {
        0 => return Ok(None),
        1 => {}
        _ => return Err(ProxyError("the command is unknown")),
    }
    if head[13] & 0x0f != 1 {
        return Err(ProxyError("only streams are served"));
    }
    let short = ProxyError("the addresses are cut off");
    let address = match head[13] >> 4 {
        0 => return Ok(None),
        1 => {
            let (source, rest) = rest.split_first_chunk::<4>().ok_or(short)?;
            let (_, rest) = rest.split_first_chunk::<4>().ok_or(short)?;
            (IpAddr::from(Ipv4Addr::from(*source)), rest)
        }
        2 => {
            let (source, rest) = rest.split_first_chunk::<16>().ok_or(short)?;
            let (_, rest) = rest.split_first_chunk::<16>().ok_or(short)?;
            (IpAddr::from(Ipv6Addr::from(*source)), rest)
        }
        _ => return Err(ProxyError("only IPv4 and IPv6 are served")),
    };
    let (ip, ports) = address;
    let (port, _) = ports.split_first_chunk::<4>().ok_or(short)?;
    Ok(Some(SocketAddr::new(
        ip,
        u16::from_be_bytes([port[0], port[1]]),
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_known_by_its_start() {
        assert_eq!(start(b""), Start::NeedMore);
        assert_eq!(start(b"PRO"), Start::NeedMore);
        assert_eq!(start(b"\r\n\r"), Start::NeedMore);
        assert_eq!(start(b"PROXY TCP4"), Start::Line);
        assert_eq!(start(SIGNATURE), Start::Binary);
        for other in [
            &b"PING\r\n"[..],
            b"PUB",
            b"CONNECT {}",
            b"\x16\x03\x01",
            b"\r\nPING",
        ] {
            assert_eq!(start(other), Start::Other, "{other:?}");
        }
    }

    #[test]
    fn lines_name_the_client() {
        let found = |text: &str| line(text.as_bytes());
        let v4 = "192.0.2.1:4000".parse().unwrap();
        assert_eq!(
            found("PROXY TCP4 192.0.2.1 198.51.100.2 4000 4222\r\n"),
            Ok(Some(v4))
        );
        let v6 = "[2001:db8::1]:4000".parse().unwrap();
        assert_eq!(found("PROXY TCP6 2001:db8::1 ::1 4000 4222"), Ok(Some(v6)));
        assert_eq!(found("PROXY UNKNOWN\r\n"), Ok(None));
        for bad in [
            "PROXY",
            "PROXY TCP4 192.0.2.1 198.51.100.2 4000",
            "PROXY TCP4 192.0.2.1 198.51.100.2 4000 70000",
            "PROXY TCP4 ::1 ::1 1 2",
            "PROXY TCP6 192.0.2.1 ::1 1 2",
            "PROXY UDP4 192.0.2.1 192.0.2.1 1 2",
            "PROXY TCP4 nowhere 192.0.2.1 1 2",
        ] {
            found(bad).expect_err(bad);
        }
    }

    #[test]
    fn binary_headers_name_the_client() {
        let head = |command: u8, family: u8, len: u16| {
            let mut head = [0; HEAD_BYTES];
            head[..12].copy_from_slice(SIGNATURE);
            head[12] = 0x20 | command;
            head[13] = family;
            head[14..].copy_from_slice(&len.to_be_bytes());
            head
        };
        let rest = [192, 0, 2, 1, 198, 51, 100, 2, 0x0f, 0xa0, 0x10, 0x7e];
        let v4 = "192.0.2.1:4000".parse().unwrap();
        assert_eq!(following(&head(1, 0x11, 12)), Ok(12));
        assert_eq!(binary(&head(1, 0x11, 12), &rest), Ok(Some(v4)));
        assert_eq!(binary(&head(0, 0x11, 12), &rest), Ok(None));
        assert_eq!(binary(&head(1, 0x01, 0), &[]), Ok(None));
        let mut rest = [0; 36];
        rest[15] = 1;
        rest[33] = 9;
        let v6 = "[::1]:9".parse().unwrap();
        assert_eq!(binary(&head(1, 0x21, 36), &rest), Ok(Some(v6)));
        for (command, family) in [(2, 0x11), (1, 0x12), (1, 0x31), (1, 0x10)] {
            binary(&head(command, family, 0), &[]).expect_err("not understood");
        }
        for len in 0..12 {
            binary(&head(1, 0x11, 12), &rest[..len]).expect_err("cut off");
        }
        let mut other = head(1, 0x11, 12);
        other[12] = 0x11;
        following(&other).expect_err("another version");
        other[3] = 0;
        following(&other).expect_err("another signature");
    }
}
