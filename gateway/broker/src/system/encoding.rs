//! Answers in a shorter form, for those who ask for one: `Accept-Encoding` of a request.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use protocol::headers::{self, HeaderBlock};

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Gzip,
    /// The framed form.
    Snappy,
    /// Something was asked for that is not there: as it is, and saying so.
    Identity,
}

impl Encoding {
    /// What a request asks for, if anything.
    pub(crate) fn asked(block: &[u8]) -> Option<Self> {
        let block = HeaderBlock::parse(block).ok()?;
        let asked = block.find(b"Accept-Encoding").filter(|it| !it.is_empty())?;
        let asked = String::from_utf8_lossy(asked).to_ascii_lowercase();
        let is_asked = |name: &str| asked.contains(name);
        Some(if is_asked("snappy") || is_asked("s2") {
            Self::Snappy
        } else if is_asked("gzip") {
            Self::Gzip
        } else {
            Self::Identity
        })
    }

    /// A message with this text: the length of its headers, and headers and body.
    pub(crate) fn encode(self, text: &[u8]) -> (usize, Vec<u8>) {
        let packed = match self {
            Self::Gzip => gzip(text),
            Self::Snappy => snappy(text),
            Self::Identity => None,
        };
        let name: &[u8] = match (self, &packed) {
            (Self::Gzip, Some(_)) => b"gzip",
            (Self::Snappy, Some(_)) => b"snappy",
            _ => b"identity",
        };
        let mut message = Vec::with_capacity(64 + packed.as_deref().unwrap_or(text).len());
        headers::write(&mut message, [(&b"Content-Encoding"[..], name)]);
        let header_len = message.len();
        message.extend_from_slice(packed.as_deref().unwrap_or(text));
        (header_len, message)
    }
}

// Writing into memory does not fail; if it did, the text would go as it is.

fn gzip(text: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).ok()?;
    encoder.finish().ok()
}

fn snappy(text: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = snap::write::FrameEncoder::new(Vec::new());
    encoder.write_all(text).ok()?;
    encoder.into_inner().ok()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn what_is_packed_can_be_unpacked() {
        let text = b"{\"a\":1}".repeat(1000);
        let (head, gzip) = Encoding::Gzip.encode(&text);
        assert_eq!(&gzip[..head], b"NATS/1.0\r\nContent-Encoding: gzip\r\n\r\n");
        let mut back = Vec::new();
        let mut decoder = flate2::read::GzDecoder::new(&gzip[head..]);
        decoder.read_to_end(&mut back).unwrap();
        assert_eq!(back, text);
        let (head, snappy) = Encoding::Snappy.encode(&text);
        assert!(snappy.len() < text.len() / 2);
        back.clear();
        let mut decoder = snap::read::FrameDecoder::new(&snappy[head..]);
        decoder.read_to_end(&mut back).unwrap();
        assert_eq!(back, text);
        let (head, same) = Encoding::Identity.encode(&text);
        assert_eq!(&same[head..], text);
    }

    #[test]
    fn the_request_says_how() {
        let asked = |value: &str| {
            Encoding::asked(format!("NATS/1.0\r\nAccept-Encoding: {value}\r\n\r\n").as_bytes())
        };
        assert_eq!(asked("gzip, deflate"), Some(Encoding::Gzip));
        assert_eq!(asked("S2, gzip"), Some(Encoding::Snappy));
        assert_eq!(asked("br"), Some(Encoding::Identity));
        assert_eq!(asked(""), None);
        assert_eq!(Encoding::asked(b"NATS/1.0\r\n\r\n"), None);
    }
}
