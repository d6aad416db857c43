//! The grammar, rule by rule. Every expectation was compared with nats-server 2.15.1, except where
//! a comment says that we are stricter.

use std::ops::ControlFlow;

use protocol::fuzzing::transcript;
use protocol::{Handler, Limits, Op, ParseError, Parsed, Parser};

use crate::{LIMITS, read};

fn op(op: Op<'_>) -> String {
    format!("{op:?}")
}

fn publish<'a>(subject: &'a [u8], reply: Option<&'a [u8]>, payload: &'a [u8]) -> Op<'a> {
    Op::Pub {
        subject,
        reply,
        header_len: 0,
        payload,
        has_headers: false,
    }
}

fn reads_as(stream: &[u8], ops: &[Op<'_>]) {
    let seen = read(stream);
    let wanted: Vec<String> = ops.iter().copied().map(op).collect();
    assert_eq!(
        (seen.ops, seen.error),
        (wanted, None),
        "{}",
        stream.escape_ascii()
    );
}

fn fails_with(stream: &[u8], error: ParseError) {
    let seen = read(stream);
    assert_eq!(seen.error, Some(error), "{}", stream.escape_ascii());
}

#[test]
fn every_verb_is_read() {
    reads_as(b"CONNECT {\"a\":1}\r\n", &[Op::Connect(b"{\"a\":1}")]);
    reads_as(b"INFO {}\r\n", &[Op::Info(b"{}")]);
    reads_as(b"PING\r\nPONG\r\n+OK\r\n", &[Op::Ping, Op::Pong, Op::Ok]);
    reads_as(b"PUB a 2\r\nhi\r\n", &[publish(b"a", None, b"hi")]);
    reads_as(b"PUB a r 0\r\n\r\n", &[publish(b"a", Some(b"r"), b"")]);
    reads_as(
        b"SUB a.* 7\r\n",
        &[Op::Sub {
            subject: b"a.*",
            queue: None,
            sid: b"7",
        }],
    );
    reads_as(
        b"SUB a q 7\r\n",
        &[Op::Sub {
            subject: b"a",
            queue: Some(b"q"),
            sid: b"7",
        }],
    );
    reads_as(
        b"UNSUB 7\r\n",
        &[Op::Unsub {
            sid: b"7",
            max: None,
        }],
    );
    reads_as(
        b"UNSUB 7 5\r\n",
        &[Op::Unsub {
            sid: b"7",
            max: Some(5),
        }],
    );
    reads_as(b"HMSG what ever\r\n\r\n", &[Op::Msg]);
}

#[test]
fn headers_are_counted_apart_from_the_body() {
    let block = b"NATS/1.0\r\nA: b\r\n\r\n";
    let payload = [block.as_slice(), b"body"].concat();
    for (args, reply) in [("a 18 22", None), ("a r 18 22", Some(b"r".as_slice()))] {
        let stream = [format!("HPUB {args}\r\n").as_bytes(), &payload, b"\r\n"].concat();
        let wanted = Op::Pub {
            subject: b"a",
            reply,
            header_len: 18,
            payload: &payload,
            has_headers: true,
        };
        reads_as(&stream, &[wanted]);
    }
    let empty = Op::Pub {
        subject: b"a",
        reply: None,
        header_len: 0,
        payload: b"x",
        has_headers: true,
    };
    reads_as(b"HPUB a 0 1\r\nx\r\n", &[empty]);
}

#[test]
fn verbs_ignore_case_and_lines_may_end_in_lf_and_tabs_separate() {
    reads_as(b"pInG\npong\n+ok\n", &[Op::Ping, Op::Pong, Op::Ok]);
    reads_as(
        b"pub\ta \t r\t2\nhi\r\n",
        &[publish(b"a", Some(b"r"), b"hi")],
    );
    reads_as(
        b"sub  a   1  \n",
        &[Op::Sub {
            subject: b"a",
            queue: None,
            sid: b"1",
        }],
    );
    reads_as(b"CONNECT{}\r\n", &[Op::Connect(b"{}")]);
    reads_as(b"connect \t {} \t\r\n", &[Op::Connect(b"{}")]);
}

#[test]
fn a_carriage_return_never_gets_into_an_argument() {
    let wanted = Op::Sub {
        subject: b"fo",
        queue: Some(b"o"),
        sid: b"1",
    };
    reads_as(b"SUB fo\ro 1\r\n", &[wanted]);
}

#[test]
fn pings_and_acknowledgements_ignore_the_rest_of_their_line() {
    reads_as(
        b"PINGxyz\r\nPING 1 2 3\r\nPONG?\r\n",
        &[Op::Ping, Op::Ping, Op::Pong],
    );
    reads_as(b"+OKAY\r\n", &[Op::Ok]);
}

#[test]
fn the_payload_is_taken_as_it_is() {
    let wanted = publish(b"a", None, b"\r\nPUB b 1\r\n");
    reads_as(b"PUB a 11\r\n\r\nPUB b 1\r\n\r\n", &[wanted]);
}

#[test]
fn a_payload_not_followed_by_crlf_is_refused() {
    for end in ["\n\n", "X\n", "\rX", "\n", "X"] {
        fails_with(
            format!("PUB a 2\r\nhi{end}").as_bytes(),
            ParseError::UnknownOperation,
        );
    }
    fails_with(b"HMSG a 1 0 1\r\nx\r\n", ParseError::UnknownOperation);
}

#[test]
fn what_is_no_verb_is_refused_at_once() {
    for stream in [
        "\r\n",
        "\n",
        " PING\r\n",
        "G",
        "PX",
        "PUBX",
        "PUB\r\n",
        "SUB\r\n",
        "UNSUB\r\n",
        "HPUB\r\n",
        "PUBA 1\r\n",
        "RS+ a b\r\n",
        "RS- a b\r\n",
        "LS+ a\r\n",
        "A+ a\r\n",
        "RMSG",
        "LMSG",
        "MSG a 1 0\r\n\r\n",
        "+OH",
        "-OK",
        "\0",
        "\u{ff}",
        "CONNEXT",
    ] {
        fails_with(stream.as_bytes(), ParseError::UnknownOperation);
    }
}

#[test]
fn an_error_from_the_client_ends_the_connection() {
    fails_with(b"-ERR 'no'\r\n", ParseError::ClientSentError);
    fails_with(b"-err\n", ParseError::ClientSentError);
}

#[test]
fn wrong_counts_of_arguments_are_refused() {
    for stream in [
        "PUB \r\n",
        "PUB a\r\n",
        "PUB a b c 1\r\n",
        "PUB a b c d e f 1\r\n",
        "HPUB a 1\r\n",
        "HPUB a b c 0 1\r\n",
        "SUB \r\n",
        "SUB a\r\n",
        "SUB a b c d\r\n",
        "UNSUB \r\n",
        "UNSUB a b c\r\n",
    ] {
        fails_with(stream.as_bytes(), ParseError::BadArguments);
    }
}

#[test]
fn sizes_are_one_to_nine_digits() {
    for size in [
        "-1",
        "+1",
        "",
        "x",
        "1x",
        "0x1",
        "1.0",
        "1e3",
        "0000000001",
        "1000000000",
        "2147483648",
        "4294967296",
        "9223372036854775808",
        "18446744073709551616",
        "99999999999999999999999",
    ] {
        for stream in [format!("PUB a {size}\r\n"), format!("PUB a {size}")] {
            let seen = read(stream.as_bytes());
            let complete = stream.ends_with('\n');
            assert_eq!(
                seen.error,
                complete.then_some(ParseError::BadArguments),
                "{stream:?}"
            );
        }
        fails_with(
            format!("HPUB a {size} 5\r\n").as_bytes(),
            ParseError::BadArguments,
        );
        fails_with(
            format!("HPUB a 0 {size}\r\n").as_bytes(),
            ParseError::BadArguments,
        );
    }
    reads_as(b"PUB a 000000002\r\nhi\r\n", &[publish(b"a", None, b"hi")]);
    fails_with(b"HPUB a 5 3\r\n", ParseError::BadArguments);
}

#[test]
fn an_unsubscribe_with_a_bad_maximum_means_now() {
    for max in ["0", "x", "-1", "1234567890"] {
        let stream = format!("UNSUB 7 {max}\r\n");
        reads_as(
            stream.as_bytes(),
            &[Op::Unsub {
                sid: b"7",
                max: None,
            }],
        );
    }
}

#[test]
fn a_payload_above_the_limit_is_refused_before_it_is_read() {
    let max = LIMITS.payload_max;
    let too_large = ParseError::PayloadTooLarge { size: max + 1, max };
    fails_with(format!("PUB a {}\r\n", max + 1).as_bytes(), too_large);
    fails_with(format!("HPUB a 0 {}\r\n", max + 1).as_bytes(), too_large);
    let most = ParseError::PayloadTooLarge {
        size: 999_999_999,
        max,
    };
    fails_with(b"PUB a 999999999\r\n", most);
    assert_eq!(read(format!("PUB a {max}\r\n").as_bytes()).error, None);
}

#[test]
fn headers_need_to_be_negotiated_by_the_latest_connect() {
    let limits = Limits {
        headers: false,
        ..LIMITS
    };
    let stream = b"CONNECT {\"headers\":true}\r\nHPUB a 0 0\r\n\r\n\
                   CONNECT {\"headers\":false}\r\nHPUB a 0 0\r\n\r\n";
    let seen = transcript(limits, false, [stream.as_slice()]);
    assert_eq!(
        (seen.ops.len(), seen.error),
        (3, Some(ParseError::HeadersNotSupported))
    );
}

#[test]
fn a_stranger_is_refused_at_the_first_byte_that_is_not_connect() {
    for stream in [
        "P",
        "PUB a 1000000\r\n",
        "GET / HTTP/1.1\r\n",
        "\u{16}\u{3}\u{1}",
        "PING\r\n",
    ] {
        let seen = transcript(LIMITS, true, [stream.as_bytes()]);
        assert_eq!(
            (seen.ops.len(), seen.error),
            (0, Some(ParseError::ConnectRequired))
        );
    }
    let seen = transcript(LIMITS, true, [b"CXX".as_slice()]);
    assert_eq!(seen.error, Some(ParseError::UnknownOperation));
    let seen = transcript(LIMITS, true, [b"connect {}\r\nPING\r\n".as_slice()]);
    assert_eq!((seen.ops.len(), seen.error), (2, None));
}

/// nats-server bounds neither the rest of a `PING` nor blanks before arguments; here every line
/// has the same bound.
#[test]
fn control_lines_are_bounded_to_the_byte() {
    let max = LIMITS.control_line_max;
    for (verb, lead) in [
        ("CONNECT ", 0),
        ("PING", 0),
        ("INFO\t", 0),
        ("SUB ", 2),
        ("-ERR ", 0),
    ] {
        for end in ["\n", "\r\n"] {
            let line = |len: usize| {
                format!(
                    "{verb}{}{end}",
                    " 1".repeat(lead) + &"x".repeat(len - 2 * lead)
                )
            };
            let error = read(line(max).as_bytes()).error;
            assert_ne!(
                error,
                Some(ParseError::ControlLineTooLong),
                "{verb} {end:?}"
            );
            let seen = read(line(max + 1).as_bytes());
            assert_eq!(
                seen.error,
                Some(ParseError::ControlLineTooLong),
                "{verb} {end:?}"
            );
        }
    }
    let endless = [b"SUB ".as_slice(), &vec![b' '; 1 << 16]].concat();
    fails_with(&endless, ParseError::ControlLineTooLong);
}

#[test]
fn operations_before_an_error_are_handed_out() {
    let seen = read(b"PING\r\nPUB a 2\r\nhi\r\nnonsense");
    assert_eq!(
        (seen.ops.len(), seen.error),
        (2, Some(ParseError::UnknownOperation))
    );
}

struct StopAtPing(usize);

impl Handler for StopAtPing {
    type Stop = &'static str;

    fn op(&mut self, op: Op<'_>) -> ControlFlow<&'static str> {
        self.0 += 1;
        if op == Op::Ping {
            ControlFlow::Break("ping")
        } else {
            ControlFlow::Continue(())
        }
    }

    fn limits(&self) -> Limits {
        LIMITS
    }
}

#[test]
fn a_handler_that_stops_drops_the_rest() {
    for head in ["+OK\r\nPI", ""] {
        let mut parser = Parser::new();
        let mut handler = StopAtPing(0);
        assert_eq!(
            parser.parse(head.as_bytes(), &mut handler),
            Ok(Parsed::NeedMore)
        );
        let rest = if head.is_empty() {
            "+OK\r\nPING\r\nPONG\r\nPU"
        } else {
            "NG\r\nPONG\r\nPU"
        };
        assert_eq!(
            parser.parse(rest.as_bytes(), &mut handler),
            Ok(Parsed::Stopped {
                stop: "ping",
                taken: rest.len() - "PONG\r\nPU".len(),
            })
        );
        assert_eq!((handler.0, parser.buffered()), (2, 0));
        assert_eq!(
            parser.parse(b"PONG\r\n", &mut handler),
            Ok(Parsed::NeedMore)
        );
    }
}
