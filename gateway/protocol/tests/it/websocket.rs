//! WebSocket: whatever the reads look like, the same comes out; what may not come is refused; and
//! nothing that a stranger sends makes it panic or keep much.

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::fuzzing::{self, Heard};
use protocol::websocket::{
    CONTROL_MAX, Deflater, FrameError, InflateError, Inflater, Opcode, Origin, Upgrade, accept_key,
    frame_header,
};

/// A client's frame.
fn frame(opcode: u8, bits: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x11, 0xf2, 0x3c, 0x99];
    let mut frame = vec![bits | opcode];
    match payload.len() {
        len @ 0..=125 => frame.push(0x80 | len as u8),
        len @ 126..=0xffff => {
            frame.push(0x80 | 126);
            frame.extend((len as u16).to_be_bytes());
        }
        len => {
            frame.push(0x80 | 127);
            frame.extend((len as u64).to_be_bytes());
        }
    }
    frame.extend(mask);
    frame.extend(
        payload
            .iter()
            .enumerate()
            .map(|(at, byte)| byte ^ mask[at % 4]),
    );
    frame
}

fn hear(reads: &[&[u8]], takes_compressed: bool) -> Result<Heard, FrameError> {
    match fuzzing::hear(reads, true, takes_compressed) {
        (heard, None) => Ok(heard),
        (_, Some(error)) => Err(error),
    }
}

fn any_frames() -> impl Strategy<Value = Vec<u8>> {
    let sizes = prop_oneof![
        0..200_usize,
        Just(125),
        Just(126),
        Just(65_535),
        Just(65_536)
    ];
    let message = vec(sizes.prop_flat_map(|len| vec(any::<u8>(), len)), 1..4).prop_map(|parts| {
        let last = parts.len() - 1;
        let frames = parts.iter().enumerate().map(|(at, part)| {
            let opcode = if at == 0 { 2 } else { 0 };
            let bits = if at == last { 0x80 } else { 0 };
            // Control frames may come in between.
            [frame(opcode, bits, part), frame(9, 0x80, b"ping")].concat()
        });
        frames.collect::<Vec<_>>().concat()
    });
    vec(message, 1..4).prop_map(|messages| messages.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn reads_may_be_cut_anywhere(
        stream in any_frames(),
        cuts in vec(any::<prop::sample::Index>(), 0..9),
    ) {
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(stream.len())).collect();
        cuts.sort_unstable();
        let mut reads = Vec::new();
        let mut from = 0;
        for cut in cuts {
            reads.push(&stream[from..cut]);
            from = cut;
        }
        reads.push(&stream[from..]);
        prop_assert_eq!(hear(&reads, false).unwrap(), hear(&[&stream], false).unwrap());
    }

    #[test]
    fn noise_is_as_good_in_pieces_and_stays_small(noise in vec(any::<u8>(), 0..400)) {
        fuzzing::websocket(&noise);
    }

    #[test]
    fn what_is_deflated_inflates_again(
        message in vec(prop_oneof![Just(7_u8), any::<u8>()], 0..20_000),
        cut in any::<prop::sample::Index>(),
        room in prop_oneof![Just(1_usize), 2..50_usize, Just(70_000)],
    ) {
        let mut deflater = Deflater::default();
        for _ in 0..2 {
            let mut deflated = Vec::new();
            deflater.deflate(message.chunks(777), &mut deflated);
            let mut inflater = Inflater::new(message.len());
            let cut = cut.index(deflated.len() + 1);
            let mut output = vec![0; room];
            let mut got = Vec::<u8>::new();
            for (mut piece, last) in [(&deflated[..cut], false), (&deflated[cut..], true)] {
                loop {
                    let step = inflater.inflate(piece, last, &mut output).unwrap();
                    got.extend(&output[..step.written]);
                    piece = &piece[step.taken..];
                    if step.done {
                        break;
                    }
                }
            }
            prop_assert_eq!(&got, &message);
        }
    }

    #[test]
    fn requests_of_strangers_never_panic(
        path in "[a-z/?=]{0,9}",
        fields in vec("([A-Za-z-]{1,20}|Cookie|Host|Origin|Sec-WebSocket-Key): .{0,30}", 0..9),
    ) {
        let text = format!("GET /{path} HTTP/1.1\r\n{}\r\n\r\n", fields.join("\r\n"));
        let _ = Upgrade::parse(text.as_bytes());
    }
}

#[test]
fn each_byte_may_come_alone() {
    let stream = [
        frame(1, 0, b"PUB a"),
        frame(9, 0x80, b"are you there"),
        frame(0, 0x80, b" 2\r\nhi\r\n"),
        frame(2, 0x80, &vec![b'x'; 70_000]),
        frame(8, 0x80, &[0x03, 0xe8]),
    ]
    .concat();
    let bytes: Vec<_> = stream.chunks(1).collect();
    let whole = hear(&[&stream], false).unwrap();
    assert_eq!(hear(&bytes, false).unwrap(), whole);
    assert!(whole.payload.starts_with(b"PUB a 2\r\nhi\r\nxxx"));
    assert_eq!(whole.events.len(), 4, "{:?}", whole.events);
}

#[test]
fn what_may_not_come_is_refused() {
    let unmasked = vec![0x82, 0x00];
    let long = |first: u8| vec![0x82, 0x80 | 127, first, 0, 0, 0, 0, 0, 0, 9, 1, 2, 3, 4];
    let close = |code: u16| frame(8, 0x80, &code.to_be_bytes());
    let cases: Vec<(Vec<u8>, FrameError)> = vec![
        (unmasked, FrameError::Unmasked),
        (frame(2, 0xa0, b""), FrameError::ReservedBits),
        (frame(2, 0x90, b""), FrameError::ReservedBits),
        (frame(3, 0x80, b""), FrameError::UnknownOpcode(3)),
        (frame(15, 0x80, b""), FrameError::UnknownOpcode(15)),
        (frame(0, 0x80, b""), FrameError::NothingToContinue),
        (
            [frame(2, 0, b"a"), frame(2, 0x80, b"b")].concat(),
            FrameError::Interrupted,
        ),
        (frame(2, 0xc0, b""), FrameError::NotNegotiated),
        (
            frame(9, 0x80, &[0; CONTROL_MAX + 1]),
            FrameError::ControlTooLong,
        ),
        (frame(9, 0, b""), FrameError::ControlFragmented),
        (long(0x80), FrameError::Length),
        (frame(8, 0x80, &[3]), FrameError::ShortClose),
        (close(1005), FrameError::CloseCode(1005)),
        (close(999), FrameError::CloseCode(999)),
        (close(2500), FrameError::CloseCode(2500)),
    ];
    for (stream, error) in cases {
        assert_eq!(hear(&[&stream], false), Err(error), "{stream:x?}");
        let bytes: Vec<_> = stream.chunks(1).collect();
        assert_eq!(hear(&bytes, false), Err(error), "{stream:x?}");
    }
    let compressed_ping = frame(9, 0xc0, b"");
    assert_eq!(
        hear(&[&compressed_ping], true),
        Err(FrameError::ControlCompressed)
    );
    let continued = [frame(2, 0x40, b"a"), frame(0, 0xc0, b"b")].concat();
    assert_eq!(
        hear(&[&continued], true),
        Err(FrameError::NothingToContinue)
    );
    // The largest length is only announced; nothing is kept for it.
    assert!(hear(&[&long(0x7f)], false).is_ok());
}

#[test]
fn a_close_is_answered_with_itself() {
    let heard = |payload: &[u8]| {
        let heard = hear(&[&frame(8, 0x80, payload)], false).unwrap();
        heard.events[0].1.clone()
    };
    assert_eq!(heard(b""), "Close(None)");
    assert_eq!(heard(&[3, 0xe8]), "Close(Some([3, 232]))");
    assert!(
        heard(&[3, 0xe8, 0xff]).starts_with("Close(Some([3, 239"),
        "1007 for bad text"
    );
}

#[test]
fn a_bomb_is_too_large() {
    let mut deflated = Vec::new();
    Deflater::default().deflate([&vec![0; 10 << 20][..]].into_iter(), &mut deflated);
    assert!(deflated.len() < 100_000);
    let mut inflater = Inflater::new(1 << 20);
    let mut output = vec![0; 64 * 1024];
    let mut at = 0;
    let error = loop {
        match inflater.inflate(&deflated[at..], true, &mut output) {
            Ok(step) => at += step.taken,
            Err(error) => break error,
        }
    };
    assert_eq!(error, InflateError::TooLarge);
}

#[test]
fn headers_of_our_frames_have_every_length() {
    for (len, header) in [
        (0, &[0x82, 0][..]),
        (125, &[0x82, 125]),
        (126, &[0x82, 126, 0, 126]),
        (65_535, &[0x82, 126, 0xff, 0xff]),
        (65_536, &[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
    ] {
        let mut out = Vec::new();
        frame_header(&mut out, Opcode::Binary, (true, false), len);
        assert_eq!(out, header);
    }
    let mut out = Vec::new();
    frame_header(&mut out, Opcode::Binary, (false, true), 1);
    frame_header(&mut out, Opcode::Continuation, (true, false), 1);
    assert_eq!(out, [0x42, 1, 0x80, 1]);
}

fn request(lines: &str) -> String {
    format!(
        "GET /chat HTTP/1.1\r\nHost: a.test\r\nUpgrade: websocket\r\nConnection: keep-alive, \
         Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Version: 13\r\n{lines}\r\n"
    )
}

fn parsed(text: &str) -> Upgrade {
    let (upgrade, len) = Upgrade::parse(text.as_bytes()).unwrap().unwrap();
    assert_eq!(len, text.len());
    upgrade
}

#[test]
fn an_upgrade_is_answered() {
    // The key and its answer are those of the RFC.
    assert_eq!(
        accept_key("dGhlIHNhbXBsZSBub25jZQ=="),
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    );
    let upgrade = parsed(&request(
        "Sec-WebSocket-Extensions: x-other, permessage-deflate; client_max_window_bits\r\n\
         Cookie: a=1; jwt=\"e.y.J\"\r\nCookie: b = 2\r\nNats-No-Masking: true\r\n\
         User-Agent: Mozilla/5.0 (Macintosh) Version/17 Safari/605\r\n",
    ));
    assert!(upgrade.offers_deflate && upgrade.no_masking);
    assert!(upgrade.is_browser && upgrade.is_safari);
    assert_eq!(upgrade.cookie("jwt"), Some("e.y.J"));
    assert_eq!(upgrade.cookie("b"), Some("2"));
    assert_eq!(upgrade.cookie("c"), None);
    let mut answer = Vec::new();
    upgrade.write_answer(true, "X-More: 1\r\n", &mut answer);
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    for line in [
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; \
         client_no_context_takeover",
        "Nats-No-Masking: true",
        "X-More: 1",
    ] {
        assert!(answer.contains(&format!("\r\n{line}\r\n")), "{answer}");
    }
    assert!(answer.ends_with("\r\n\r\n"), "{answer}");
}

#[test]
fn a_request_may_come_in_pieces_and_nothing_else_will_do() {
    let good = request("");
    for end in 0..good.len() {
        assert_eq!(Upgrade::parse(&good.as_bytes()[..end]), Ok(None), "{end}");
    }
    let cases = [
        (good.replace("GET", "POST"), "405", "method must be GET"),
        (
            good.replace("Host: a.test\r\n", ""),
            "400",
            "'Host' missing",
        ),
        (good.replace(": websocket", ": h2c"), "400", "'Upgrade'"),
        (
            good.replace("keep-alive, Upgrade", "keep-alive"),
            "400",
            "'Connection'",
        ),
        (good.replace("-Key: ", "-No-Key: "), "400", "key missing"),
        (good.replace("dGhl", "dG"), "400", "invalid websocket key"),
        (
            good.replace("-Version: 13", "-Version: 8"),
            "400",
            "invalid version",
        ),
        (good.replace("/chat", "/x/mqtt"), "404", "mqtt"),
        (good.replace("/chat", "/leafnode"), "404", "leaf node"),
        ("SSH-2.0-x\r\n\r\n".to_owned(), "400", "not an HTTP request"),
        (request(&"A: b\r\n".repeat(99)), "431", "too long"),
    ];
    for (text, status, reason) in cases {
        let error = Upgrade::parse(text.as_bytes()).expect_err(&text);
        assert!(error.to_string().contains(reason), "{error}");
        let mut answer = Vec::new();
        error.write(&mut answer);
        let answer = String::from_utf8(answer).unwrap();
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
    }
}

#[test]
fn pages_of_other_origins_stay_out() {
    let from = |origin: &str| parsed(&request(&format!("Origin: {origin}\r\n")));
    let allowed = [Origin::parse("https://app.test").unwrap()];
    assert!(
        from("https://evil.test")
            .check_origin(false, &[], true)
            .is_ok()
    );
    assert!(from("http://a.test").check_origin(true, &[], false).is_ok());
    assert!(from("http://a.test").check_origin(true, &[], true).is_err());
    assert!(
        from("https://app.test:443")
            .check_origin(false, &allowed, true)
            .is_ok()
    );
    for other in [
        "https://app.test.evil",
        "http://app.test",
        "https://app.test:8443",
        "null",
    ] {
        assert!(
            from(other).check_origin(false, &allowed, true).is_err(),
            "{other}"
        );
    }
    assert!(
        from("https://app.test")
            .check_origin(true, &allowed, true)
            .is_err()
    );
    let no_browser = parsed(&request(""));
    assert!(no_browser.check_origin(true, &allowed, true).is_ok());
}
