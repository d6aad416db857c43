//! Header blocks: reading, writing, and removing what clients must not send.

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::headers::{self, HeaderBlock, HeaderError};

#[test]
fn a_block_is_read() {
    let bytes = b"NATS/1.0\r\nA: 1\r\na:2\r\nB:  x y \r\nC:\r\nD: a:b\r\n\r\n";
    let block = HeaderBlock::parse(bytes).unwrap();
    assert_eq!(
        (block.status(), block.description()),
        (None, b"".as_slice())
    );
    let all: Vec<_> = block
        .iter()
        .map(|(k, v)| [k, v].map(String::from_utf8_lossy))
        .collect();
    let wanted = [
        ["A", "1"],
        ["a", "2"],
        ["B", "x y"],
        ["C", ""],
        ["D", "a:b"],
    ];
    assert_eq!(all, wanted);
    assert_eq!(block.find(b"a"), Some(b"2".as_slice()));
    assert_eq!(block.find(b"b"), None);
}

#[test]
fn a_status_is_read_with_and_without_a_description() {
    let status = |bytes: &[u8]| {
        let block = HeaderBlock::parse(bytes).unwrap();
        (
            block.status(),
            String::from_utf8_lossy(block.description()).into_owned(),
        )
    };
    assert_eq!(status(b"NATS/1.0 503\r\n\r\n"), (Some(503), String::new()));
    assert_eq!(
        status(b"NATS/1.0 100 Idle  Heartbeat\r\n\r\n"),
        (Some(100), "Idle  Heartbeat".into())
    );
    assert_eq!(status(b"NATS/1.0 5x3 no\r\n\r\n"), (None, String::new()));
    let mut out = Vec::new();
    headers::status(&mut out, 408, "Request Timeout");
    assert_eq!(out, b"NATS/1.0 408 Request Timeout\r\n\r\n");
}

#[test]
fn what_is_no_block_is_refused() {
    for (bytes, error) in [
        ("", HeaderError::Version),
        ("HTTP/1.1 200\r\n\r\n", HeaderError::Version),
        ("NATS/1.05\r\n\r\n", HeaderError::Version),
        ("NATS/1.0", HeaderError::End),
        ("NATS/1.0\r\n", HeaderError::End),
        ("NATS/1.0\r\nA: b\r\n", HeaderError::Line),
        ("NATS/1.0\r\nA: b\n\r\n", HeaderError::End),
        ("NATS/1.0\r\nA\r\n\r\n", HeaderError::Line),
        ("NATS/1.0\r\n: b\r\n\r\n", HeaderError::Line),
        ("NATS/1.0\r\n\r\nA: b\r\n\r\n", HeaderError::Line),
        ("NATS/1.0\r\nA: b\nC: d\r\n\r\n", HeaderError::Line),
    ] {
        let seen = HeaderBlock::parse(bytes.as_bytes());
        assert!(seen.is_err(), "{bytes:?}");
        if error != HeaderError::Line {
            assert_eq!(seen, Err(error), "{bytes:?}");
        }
    }
}

#[test]
fn the_no_responders_block_has_the_length_clients_compute() {
    let mut out = Vec::new();
    headers::no_responders(b"a.b.c", &mut out);
    assert_eq!(out.len(), 32 + 5);
    let block = HeaderBlock::parse(&out).unwrap();
    assert_eq!(
        (block.status(), block.find(b"Nats-Subject")),
        (Some(503), Some(b"a.b.c".as_slice()))
    );
}

/// The forged header has to go however it is spelled, for exporters read with all kinds of
/// libraries, and headers that only look alike have to stay.
#[test]
fn a_header_only_the_server_may_send_is_removed_in_every_spelling() {
    const NAME: &[u8] = b"Nats-Request-Info";
    let clean = |block: &str| {
        headers::without(block.as_bytes(), b"body", NAME).map(|(len, message)| {
            assert_eq!(&message[len..], b"body");
            String::from_utf8(message[..len].to_vec()).unwrap()
        })
    };
    for forged in [
        "Nats-Request-Info: x\r\n",
        "nats-request-info:x\r\n",
        " NATS-REQUEST-INFO \t: x\r\n",
        "Nats-Request-Info: x\r\n folded\r\n\tmore\r\n",
        "Nats-Request-Info: x\nNats-Request-Info: y\r",
        "Nats-Request-Info:\r\nNats-Request-Info: y\r\n",
        "\u{b}Nats-Request-Info\0: x\r\n",
    ] {
        let cleaned = clean(&format!("NATS/1.0\r\nA: b\r\n{forged}C: d\r\n\r\n"));
        assert_eq!(
            cleaned.as_deref(),
            Some("NATS/1.0\r\nA: b\r\nC: d\r\n\r\n"),
            "{forged:?}"
        );
        let cleaned = clean(&format!("NATS/1.0\r\n{forged}\r\n"));
        assert_eq!(cleaned.as_deref(), Some(""), "{forged:?}");
    }
    let cleaned = clean("NATS/1.0 503 x\r\nNats-Request-Info: x\r\n\r\n");
    assert_eq!(cleaned.as_deref(), Some("NATS/1.0 503 x\r\n\r\n"));
    let cleaned = clean("NATS/1.0\r\nA: b\rNats-Request-Info: x\r\n\r\n");
    assert_eq!(cleaned.as_deref(), Some("NATS/1.0\r\nA: b\r\r\n"));
    for alike in [
        "Nats-Request-Infos: x",
        "X-Nats-Request-Info: x",
        "A: Nats-Request-Info: x",
        "Nats-Request-Info",
    ] {
        assert_eq!(
            clean(&format!("NATS/1.0\r\n{alike}\r\n\r\n")),
            None,
            "{alike}"
        );
    }
    assert_eq!(clean(""), None);
}

proptest! {
    #[test]
    fn headers_written_are_headers_read(
        pairs in vec(("[!-9;-~]{1,20}", "[!-~]?([ -~]{0,30}[!-~])?"), 0..8),
    ) {
        let mut out = Vec::new();
        headers::write(&mut out, pairs.iter().map(|(k, v)| (k.as_bytes(), v.as_bytes())));
        let block = HeaderBlock::parse(&out).unwrap();
        let read: Vec<_> = block.iter().collect();
        let wanted: Vec<_> =
            pairs.iter().map(|(k, v)| (k.as_bytes(), v.trim_matches(' ').as_bytes())).collect();
        prop_assert_eq!(read, wanted);
        for (name, _) in &pairs {
            let first = pairs.iter().find(|(k, _)| k == name).map(|(_, v)| v.trim_matches(' '));
            prop_assert_eq!(block.find(name.as_bytes()), first.map(str::as_bytes));
        }
    }

    #[test]
    fn any_bytes_are_read_without_harm(bytes in vec(any::<u8>(), 0..300)) {
        protocol::fuzzing::headers(&bytes);
    }

    #[test]
    fn odd_blocks_are_read_without_harm(
        lines in vec("(nats-request-info|A| )?[ \t]?:?[ -~]{0,6}(\r\n|\n|\r)?", 0..8),
        version in any::<bool>(),
    ) {
        let start = if version { "NATS/1.0\r\n" } else { "" };
        protocol::fuzzing::headers(format!("{start}{}\r\n", lines.concat()).as_bytes());
    }
}
