//! The header by which a service learns who asks. Only the broker may write it: what a client sends under that
//! name, in any spelling a careless reader might accept, is taken out at the account's edge.

/// The header's name.
const NAME: &[u8] = b"Nats-Request-Info";

/// The message without the header, as header length and payload; `None` when it has none, which is the rule.
pub(crate) fn strip(header_len: usize, payload: &[u8]) -> Option<(usize, Vec<u8>)> {
    let (headers, body) = payload.split_at(header_len);
    if !headers
        .split_inclusive(|byte| *byte == b'\n')
        .any(is_request_info)
    {
        return None;
    }
    let mut kept = Vec::with_capacity(payload.len());
    let mut dropping = false;
    for line in headers.split_inclusive(|byte| *byte == b'\n') {
        // A line that starts with a blank continues the one before it.
        let continues = matches!(line.first(), Some(b' ' | b'\t')) && !line.trim_ascii().is_empty();
        dropping = is_request_info(line) || (continues && dropping);
        if !dropping {
            kept.extend_from_slice(line);
        }
    }
    let header_len = kept.len();
    kept.extend_from_slice(body);
    Some((header_len, kept))
}

fn is_request_info(line: &[u8]) -> bool {
    let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
    name.trim_ascii().eq_ignore_ascii_case(NAME)
}

#[cfg(test)]
mod tests {
    use super::strip;

    fn stripped(headers: &str) -> Option<String> {
        let payload = format!("{headers}body");
        let (len, kept) = strip(headers.len(), payload.as_bytes())?;
        assert_eq!(&kept[len..], b"body");
        Some(String::from_utf8_lossy(&kept[..len]).into_owned())
    }

    #[test]
    fn other_headers_are_left_alone() {
        assert_eq!(
            stripped("NATS/1.0\r\nX-Nats-Request-Info: 1\r\nA: Nats-Request-Info\r\n\r\n"),
            None
        );
        assert_eq!(strip(0, b"Nats-Request-Info: in the body"), None);
    }

    #[test]
    fn every_spelling_of_a_forged_header_goes() {
        let forged = "NATS/1.0\r\nNats-Request-Info: a\r\nkeep: 1\r\nnats-request-info : b\r\n\
                      \tfolded\r\nNATS-REQUEST-INFO:c\r\n\r\n";
        assert_eq!(
            stripped(forged).as_deref(),
            Some("NATS/1.0\r\nkeep: 1\r\n\r\n")
        );
    }
}
