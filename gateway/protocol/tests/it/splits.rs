//! How a stream is cut into reads changes nothing: not the operations, not the error.

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::Limits;
use protocol::fuzzing::{client_transcript, cut, transcript};

use crate::LIMITS;

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[a-z0-9.*>$_-]{1,12}",
        1 => "[!-~]{1,40}",
        1 => "\\PC{1,6}".prop_map(|text| text.replace([' ', '\t', '\r', '\n'], "_")),
    ]
}

fn blank() -> impl Strategy<Value = &'static str> {
    prop_oneof![8 => Just(" "), 1 => Just("\t"), 1 => Just("  \t "), 1 => Just(" \r ")]
}

fn line_end() -> impl Strategy<Value = &'static str> {
    prop_oneof![8 => Just("\r\n"), 2 => Just("\n"), 1 => Just(" \r\n"), 1 => Just("\r\r\n")]
}

fn any_case(verb: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just(verb.to_owned()),
        1 => Just(verb.to_lowercase()),
        1 => vec(any::<bool>(), verb.len()).prop_map(move |upper| {
            let flip = |(c, up): (char, bool)| if up { c } else { c.to_ascii_lowercase() };
            verb.chars().zip(upper).map(flip).collect()
        }),
    ]
}

/// A line of these arguments, with random case, blanks and line end.
fn line(verb: &'static str, args: Vec<String>) -> impl Strategy<Value = Vec<u8>> {
    (any_case(verb), vec(blank(), args.len()), line_end()).prop_map(move |(verb, blanks, end)| {
        let args = args
            .iter()
            .zip(blanks)
            .fold(verb, |line, (arg, blank)| line + blank + arg);
        (args + end).into_bytes()
    })
}

fn publish() -> impl Strategy<Value = Vec<u8>> {
    (
        word(),
        proptest::option::of(word()),
        any::<bool>(),
        vec(any::<u8>(), 0..200),
        0_usize..40,
    )
        .prop_flat_map(|(subject, reply, with_headers, payload, header_len)| {
            let mut args: Vec<String> = [subject].into_iter().chain(reply).collect();
            if with_headers {
                args.push(header_len.min(payload.len()).to_string());
            }
            args.push(payload.len().to_string());
            let verb = if with_headers { "HPUB" } else { "PUB" };
            line(verb, args).prop_map(move |line| [&line, payload.as_slice(), b"\r\n"].concat())
        })
}

fn valid_op() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => publish(),
        2 => vec(word(), 2..=3).prop_flat_map(|args| line("SUB", args)),
        1 => vec(word(), 1..=2).prop_flat_map(|args| line("UNSUB", args)),
        1 => line("PING", vec![]),
        1 => line("PONG", vec![]),
        1 => line("+OK", vec![]),
        1 => word().prop_flat_map(|text| line("INFO", vec![text])),
        1 => any::<bool>()
            .prop_flat_map(|headers| line("CONNECT", vec![format!("{{\"headers\":{headers}}}")])),
        1 => line("HMSG", vec!["x".into()]).prop_map(|line| [&line, b"\r\n".as_slice()].concat()),
    ]
}

fn any_op() -> impl Strategy<Value = Vec<u8>> {
    let verb = prop_oneof![
        Just("PUB"),
        Just("HPUB"),
        Just("SUB"),
        Just("UNSUB"),
        Just("-ERR"),
        Just("MSG"),
        Just("PIN"),
    ];
    let odd_line = (verb, vec("[ -~]{0,12}", 0..6)).prop_flat_map(|(verb, args)| line(verb, args));
    prop_oneof![8 => valid_op(), 1 => odd_line, 1 => vec(any::<u8>(), 0..30)]
}

fn limits() -> impl Strategy<Value = Limits> {
    (
        prop_oneof![Just(4096_usize), 0..60_usize],
        prop_oneof![Just(1_usize << 20), 0..200_usize],
        any::<bool>(),
    )
        .prop_map(|(control_line_max, payload_max, headers)| Limits {
            control_line_max,
            payload_max,
            headers,
        })
}

proptest! {
    #[test]
    fn valid_streams_read_the_same_in_any_pieces(
        ops in vec(valid_op(), 1..12),
        seed: u8,
    ) {
        let limits = Limits { headers: true, ..LIMITS };
        let stream = ops.iter().filter(|op| !op.starts_with(b"C") && !op.starts_with(b"c"));
        let joined = |(n, all), op: &Vec<u8>| (n + 1, [all, op.clone()].concat());
        let (count, stream) = stream.fold((0, Vec::new()), joined);
        let whole = transcript(limits, false, [stream.as_slice()]);
        prop_assert_eq!((whole.ops.len(), whole.error), (count, None));
        prop_assert_eq!(&whole, &transcript(limits, false, cut(&stream, seed)));
        prop_assert_eq!(&whole, &transcript(limits, false, stream.chunks(1)));
    }

    #[test]
    fn every_cut_of_any_stream_in_two_gives_the_same(
        ops in vec(any_op(), 1..6),
        limits in limits(),
        connect_required in proptest::bool::weighted(0.1),
    ) {
        let stream = ops.concat();
        let whole = transcript(limits, connect_required, [stream.as_slice()]);
        for at in 0..=stream.len() {
            let (head, tail) = stream.split_at(at);
            let pieces = transcript(limits, connect_required, [head, tail]);
            prop_assert_eq!(&whole, &pieces, "cut at {}", at);
        }
        prop_assert_eq!(&whole, &transcript(limits, connect_required, stream.chunks(1)));
    }

    #[test]
    fn damaged_streams_give_the_same_in_any_pieces(
        ops in vec(valid_op(), 1..6),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        limits in limits(),
        seed: u8,
    ) {
        let mut stream = ops.concat();
        for (at, byte) in damage {
            let at = at.index(stream.len());
            stream[at] = byte;
        }
        let whole = transcript(limits, false, [stream.as_slice()]);
        prop_assert_eq!(&whole, &transcript(limits, false, cut(&stream, seed)));
        prop_assert_eq!(&whole, &transcript(limits, false, stream.chunks(1)));
    }

    #[test]
    fn random_bytes_are_refused_without_harm(
        stream in vec(any::<u8>(), 0..2000),
        limits in limits(),
        seed: u8,
    ) {
        let whole = transcript(limits, false, [stream.as_slice()]);
        prop_assert_eq!(&whole, &transcript(limits, false, cut(&stream, seed)));
        let whole = client_transcript([stream.as_slice()]);
        prop_assert_eq!(&whole, &client_transcript(cut(&stream, seed)));
    }
}
