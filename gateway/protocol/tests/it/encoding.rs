//! What we write is what the other side reads.

use std::ops::ControlFlow;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use protocol::client::{ClientParser, ServerOp};
use protocol::fuzzing::{client_transcript, cut, transcript};
use protocol::{Op, ParseError, ServerError, encode};

use crate::LIMITS;

fn word() -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![33_u8..=126, 128_u8..=255], 1..20)
}

#[test]
fn lines_have_nats_servers_shape() {
    let line = |reply, header_len| {
        let mut out = Vec::new();
        encode::msg_header(&mut out, b"a.b", b"7", reply, header_len, 1234);
        String::from_utf8(out).unwrap()
    };
    assert_eq!(line(None, 0), "MSG a.b 7 1234\r\n");
    assert_eq!(line(Some(b"r".as_slice()), 0), "MSG a.b 7 r 1234\r\n");
    assert_eq!(line(None, 12), "HMSG a.b 7 12 1234\r\n");
    assert_eq!(line(Some(b"r".as_slice()), 12), "HMSG a.b 7 r 12 1234\r\n");
}

#[test]
fn the_client_side_reads_every_operation() {
    let stream = b"INFO {\"a\":1} \r\nMSG a 1 2\r\nhi\r\nHMSG a 1 r 12 13\r\nNATS/1.0\r\n\r\nx\r\n\
        PING\r\nPONG\r\n+OK\r\n-ERR 'Stale Connection'\r\n";
    let mut errors = Vec::new();
    let mut count = 0;
    let outcome = ClientParser::new().parse(stream, |op| -> ControlFlow<()> {
        count += 1;
        if let ServerOp::Err(text) = op {
            errors.push(text.to_vec());
        }
        ControlFlow::Continue(())
    });
    assert!(outcome.is_ok());
    assert_eq!((count, errors), (7, vec![b"Stale Connection".to_vec()]));
    for bad in [
        "SUB a 1\r\n",
        "PUB a 1\r\n",
        "CONNECT {}\r\n",
        "MSG a 1 1\r\nxy",
        "what",
    ] {
        let seen = client_transcript([bad.as_bytes()]);
        assert_eq!(seen.error, Some(ParseError::UnknownOperation), "{bad}");
    }
    let seen = client_transcript([b"MSG a 1\r\n".as_slice()]);
    assert_eq!(seen.error, Some(ParseError::BadArguments));
}

proptest! {
    #[test]
    fn numbers_are_written_in_decimal(value: u64) {
        let mut out = Vec::new();
        encode::number(&mut out, value);
        prop_assert_eq!(out, value.to_string().into_bytes());
    }

    #[test]
    fn messages_round_trip(
        subject in word(),
        sid in word(),
        reply in option::of(word()),
        headers in option::of(vec(any::<u8>(), 1..40)),
        body in vec(any::<u8>(), 0..300),
        seed: u8,
    ) {
        let payload = [headers.clone().unwrap_or_default(), body.clone()].concat();
        let header_len = headers.as_ref().map_or(0, Vec::len);
        let mut out = Vec::new();
        encode::msg_header(&mut out, &subject, &sid, reply.as_deref(), header_len, payload.len());
        out.extend_from_slice(&payload);
        out.extend_from_slice(encode::CRLF);
        let reply = reply.as_deref();
        let (subject, sid, payload) = (&subject[..], &sid[..], &payload[..]);
        let wanted = ServerOp::Msg { subject, sid, reply, header_len, payload };
        let seen = client_transcript(cut(&out, seed));
        prop_assert_eq!((seen.ops, seen.error), (vec![format!("{wanted:?}")], None));

        let mut out = Vec::new();
        encode::publish(&mut out, subject, reply, headers.as_deref(), &body);
        let has_headers = headers.is_some();
        let wanted = Op::Pub { subject, reply, header_len, payload, has_headers };
        let seen = transcript(LIMITS, false, cut(&out, seed));
        prop_assert_eq!((seen.ops, seen.error), (vec![format!("{wanted:?}")], None));
    }

    #[test]
    fn subscriptions_round_trip(
        subject in word(),
        queue in option::of(word()),
        sid in word(),
        max in option::of(1_u64..999_999_999),
    ) {
        let mut out = Vec::new();
        encode::connect(&mut out, "{}");
        encode::subscribe(&mut out, &subject, queue.as_deref(), &sid);
        encode::unsubscribe(&mut out, &sid, max);
        for fixed in [encode::PING, encode::PONG, encode::OK] {
            out.extend_from_slice(fixed);
        }
        let wanted = [
            Op::Connect(b"{}"),
            Op::Sub { subject: &subject, queue: queue.as_deref(), sid: &sid },
            Op::Unsub { sid: &sid, max },
            Op::Ping,
            Op::Pong,
            Op::Ok,
        ];
        let seen = transcript(LIMITS, false, [out.as_slice()]);
        let wanted = wanted.map(|op| format!("{op:?}")).to_vec();
        prop_assert_eq!((seen.ops, seen.error), (wanted, None));
    }

    #[test]
    fn errors_reach_the_client(subject in vec(any::<u8>(), 0..60)) {
        let error = ServerError::publish(&subject);
        let mut out = Vec::new();
        error.write(&mut out);
        let text = error.to_string();
        let wanted = format!("{:?}", ServerOp::Err(text.as_bytes()));
        let seen = client_transcript([out.as_slice()]);
        prop_assert_eq!((seen.ops, seen.error), (vec![wanted], None));
    }
}
