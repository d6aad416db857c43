//! Each function, each refusal, and what arbitrary input may not do. The partitions are those of
//! nats-server; `tests/tests/it/tenants/mappings.rs` compares more of them with it.

use proptest::prelude::*;

use super::*;
use crate::subject::tests::{literals, pattern};

fn compile(source: &str, destination: &str) -> Result<LenientTransform, TransformError> {
    LenientTransform::new(source.as_bytes(), destination.as_bytes())
}

fn map(source: &str, destination: &str, subject: &str) -> String {
    let transform = compile(source, destination).unwrap();
    let mut out = b"kept.".to_vec();
    assert!(transform.apply(subject.as_bytes(), || 4, &mut out));
    String::from_utf8(out.split_off("kept.".len())).unwrap()
}

#[test]
fn wildcards_go_where_the_destination_says() {
    for (source, destination, subject, expected) in [
        ("a", "b.c", "a", "b.c"),
        ("a.*", "b", "a.1", "b"),
        ("a.*.*", "b.$2.$1", "a.1.2", "b.2.1"),
        ("a.*.*", "b.$2", "a.1.2", "b.2"),
        ("a.*", "b.$1.$1", "a.1", "b.1.1"),
        (
            "a.*.b.*.c",
            "x.{{wildcard(2)}}.{{Wildcard(1)}}",
            "a.1.b.2.c",
            "x.2.1",
        ),
        ("a.>", "b.c.>", "a.1.2", "b.c.1.2"),
        (">", "p.>", "x.y", "p.x.y"),
        ("*.>", "$1.all.>", "x.y.z", "x.all.y.z"),
        ("a.*.>", "b.>", "a.1.2.3", "b.2.3"),
        ("$JS.x.API.>", "$JS.API.>", "$JS.x.API.INFO", "$JS.API.INFO"),
        ("a.*", "$x.$1", "a.1", "$x.1"),
        // 0 is the first token of the subject.
        ("a.*", "b.$0", "a.1", "b.a"),
    ] {
        assert_eq!(
            map(source, destination, subject),
            expected,
            "{source} {destination}"
        );
    }
}

#[test]
fn tokens_are_cut_and_split() {
    for (destination, token, expected) in [
        ("{{splitFromLeft(1,3)}}", "12345", "123.45"),
        ("{{SplitFromRight(1,3)}}", "12345", "12.345"),
        ("{{SliceFromLeft(1,3)}}", "1234567890", "123.456.789.0"),
        ("{{sliceFromRight(1,3)}}", "1234567890", "1.234.567.890"),
        ("{{SliceFromLeft(1,3)}}", "123456", "123.456"),
        ("{{SliceFromRight(1,3)}}", "123456", "123.456"),
        ("{{left(1,3)}}", "1234", "123"),
        ("{{Right(1,3)}}", "1234", "234"),
        ("{{split(1,-)}}", "-ab-c--d-", "ab.c.d"),
        ("{{split(1,--)}}", "a-b--c", "a-b.c"),
        ("{{Split(1,-)}}", "abc", "abc"),
        // nats-server makes an empty token of this, and delivers it to nobody.
        ("{{split(1,-)}}", "--a", "a"),
        // Too short, or no size at all: nothing is cut.
        ("{{splitfromleft(1,3)}}", "123", "123"),
        ("{{splitfromright(1,9)}}", "123", "123"),
        ("{{slicefromleft(1,0)}}", "123", "123"),
        ("{{slicefromright(1,-1)}}", "123", "123"),
        ("{{left(1,4)}}", "123", "123"),
        ("{{right(1,3)}}", "123", "123"),
        // Blanks.
        ("{{ right ( 1 , 2 ) }}", "123", "23"),
        ("{{split(1, -)}}", "a-b", "a.b"),
    ] {
        assert_eq!(
            map("*", destination, token),
            expected,
            "{destination} {token}"
        );
    }
    let both = "{{split(2,-)}}.x.{{splitFromLeft(1,2)}}";
    assert_eq!(map("*.*", both, "foo.-a-b"), "a.b.x.fo.o");
}

#[test]
fn partitions_are_those_of_nats_server() {
    for (source, destination, subject, expected) in [
        ("*", "{{partition(10)}}", "foo", "3"),
        ("*", "{{partition(10)}}", "baz", "0"),
        ("*", "{{Partition(10)}}", "qux", "9"),
        ("*.*", "{{partition(10)}}", "foo.bar", "6"),
        ("foo.>", "{{partition(10)}}.>", "foo.bar", "6.bar"),
        ("*", "{{partition(10,1)}}", "foo", "3"),
        ("x.*", "{{partition(10,1)}}", "x.foo", "3"),
        // Several tokens are hashed without a dot between them.
        ("*.*", "{{partition(10,1,2)}}", "f.oo", "3"),
        ("*.*", "{{partition(10,2,1)}}", "oo.f", "3"),
        ("*", "{{partition(10,0)}}", "foo", "3"),
        ("*", "{{partition(0)}}", "foo", "0"),
        ("*", "{{partition(1)}}", "foo", "0"),
        // Without a wildcard the arguments mean nothing.
        ("foo.bar", "x.{{partition(10)}}", "foo.bar", "x.6"),
        ("foo.bar", "x.{{partition(10,7)}}", "foo.bar", "x.6"),
        ("*", "{{partition(2147483647)}}", "", "18652614"),
    ] {
        assert_eq!(
            map(source, destination, subject),
            expected,
            "{source} {destination}"
        );
    }
}

#[test]
fn random_numbers_are_below_their_bound() {
    assert_eq!(map("*", "r.{{random(3)}}", "x"), "r.1", "4 modulo 3");
    assert_eq!(map("x", "r.{{Random(9)}}", "x"), "r.4");
    assert_eq!(map("x", "r.{{random(0)}}", "x"), "r.0");
    assert!(!compile("*", "{{random(3)}}").unwrap().is_fixed());
    assert!(compile("*", "{{partition(3)}}.$1").unwrap().is_fixed());
}

#[test]
fn the_identity_changes_nothing() {
    for (pattern, subject) in [("a", "a"), ("a.*.b.*.>", "a.1.b.2.3.4"), (">", "x")] {
        let identity = LenientTransform::identity(pattern.as_bytes()).unwrap();
        let mut out = Vec::new();
        assert!(identity.apply(subject.as_bytes(), || 0, &mut out));
        assert_eq!(out, subject.as_bytes());
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    use TransformError as E;
    for (source, destination) in [("a..b", "a"), ("", "a"), ("a", ""), ("a", "b..c")] {
        let error = compile(source, destination).unwrap_err();
        assert!(
            matches!(error, E::InvalidSubject(_)),
            "{source} {destination} {error}"
        );
    }
    assert_eq!(compile("a.*", "b.*"), Err(E::Star));
    assert_eq!(compile("a.>", "b"), Err(E::Tail));
    assert_eq!(compile("a.*", "b.>"), Err(E::Tail));
    assert_eq!(
        compile("a.>", ">.b"),
        Err(E::InvalidSubject(">.b".to_owned()))
    );
    assert_eq!(compile("a.*", "b.$2"), Err(E::IndexOutOfRange(2)));
    assert_eq!(compile("a.>", "b.$1.>"), Err(E::IndexOutOfRange(1)));
    assert_eq!(compile("a", "b.$1"), Err(E::IndexOutOfRange(1)));
    assert_eq!(compile("a", "b.$0"), Err(E::IndexOutOfRange(0)));
    assert_eq!(compile("a", "b.{{left(1,1)}}"), Err(E::IndexOutOfRange(1)));
    assert_eq!(
        compile("a.*", "{{partition(3,2)}}"),
        Err(E::IndexOutOfRange(2))
    );
}

#[test]
fn functions_must_be_ours_and_have_their_arguments() {
    use TransformError as E;
    for unknown in [
        "{{}}",
        "{{x}}",
        "{{unknown(1)}}",
        "{{PARTITION(1)}}",
        "{{splitfrom(1,1)}}",
        "{{partition(1)",
        "{{partition 1}}",
        "x{{partition(1)}}",
        "{{partition(1)}}x",
        "{{split(1,.)}}",
    ] {
        let error = compile("a.*", unknown).unwrap_err();
        assert!(matches!(error, E::UnknownFunction(_)), "{unknown} {error}");
    }
    for count in [
        "{{partition()}}",
        "{{wildcard()}}",
        "{{wildcard(1,1)}}",
        "{{random()}}",
        "{{random(1,1)}}",
        "{{left(1)}}",
        "{{left(1,1,1)}}",
        "{{split(1)}}",
        "{{split(1,a,b)}}",
    ] {
        assert_eq!(
            compile("a.*", count),
            Err(E::ArgumentCount(count.to_owned()))
        );
    }
    for argument in [
        "{{wildcard(x)}}",
        "{{partition(x)}}",
        "{{partition(-1)}}",
        "{{partition(2147483648)}}",
        "{{partition(3,)}}",
        "{{partition(3,x)}}",
        "{{random(2147483648)}}",
        "{{right(x,1)}}",
        "{{right(1,)}}",
        "{{right(1,2147483648)}}",
        "{{split(x,-)}}",
        "{{split(1,)}}",
        "{{split(1,- -)}}",
        "$99999999999999999999999999",
        "$-1",
        "$+1",
    ] {
        assert_eq!(
            compile("a.*", argument),
            Err(E::Argument(argument.to_owned()))
        );
    }
}

#[test]
fn what_one_message_costs_has_a_bound() {
    let long = |count: usize| vec!["*"; count].join(".");
    assert!(compile(&long(PARTS_MAX), "x").is_ok());
    assert_eq!(
        compile(&long(PARTS_MAX + 1), "x"),
        Err(TransformError::TooManyParts)
    );
    let places = |count: usize| vec!["$1"; count].join(".");
    assert!(compile("*", &places(PARTS_MAX)).is_ok());
    assert_eq!(
        compile("*", &places(PARTS_MAX + 1)),
        Err(TransformError::TooManyParts)
    );
    let key = format!("{{{{partition(3{})}}}}", ",1".repeat(PARTS_MAX));
    assert_eq!(compile("*", &key), Err(TransformError::TooManyParts));
    // A long subject stays within what a client may publish.
    let wide = compile("*", &places(5)).unwrap();
    let mut out = b"kept".to_vec();
    assert!(wide.apply(&[b'a'; 800], || 0, &mut out));
    out.truncate(4);
    assert!(!wide.apply(&[b'a'; 900], || 0, &mut out));
    assert_eq!(out, b"kept");
}

/// The same hash written the plainest way.
fn fnv(key: &[u8]) -> u32 {
    let mut hash: u64 = 2_166_136_261;
    for byte in key {
        hash = ((hash ^ u64::from(*byte)) * 16_777_619) % (1 << 32);
    }
    u32::try_from(hash).unwrap()
}

proptest! {
    #[test]
    fn an_identity_is_one_on_every_pattern(pattern in pattern()) {
        let identity = LenientTransform::identity(&pattern).unwrap();
        for literal in literals().iter().filter(|literal| subject::matches(&pattern, literal)) {
            let mut out = Vec::new();
            prop_assert!(identity.apply(literal, || 0, &mut out));
            prop_assert_eq!(&out, literal);
        }
    }

    #[test]
    fn a_bucket_is_below_their_count(token in "[a-z0-9-]{1,20}", buckets in 1..100_u32) {
        let got: u32 = map("*", &format!("{{{{partition({buckets})}}}}"), &token).parse().unwrap();
        prop_assert_eq!(got, fnv(token.as_bytes()) % buckets);
    }

    #[test]
    fn pieces_put_together_are_the_token(token in "[a-z]{1,20}", size in 0..25_usize) {
        for function in ["splitFromLeft", "splitFromRight", "sliceFromLeft", "sliceFromRight"] {
            let cut = map("*", &format!("{{{{{function}(1,{size})}}}}"), &token);
            prop_assert_eq!(cut.replace('.', ""), token.clone());
        }
    }

    #[test]
    fn arbitrary_texts_never_panic(
        source in "[a.*>$1{}]{0,9}",
        destination in concat!(
            "([a.>$1{}]|",
            "\\{\\{(partition|split|left|SliceFromRight)\\([0-9,-]{0,5}\\)\\}\\}){0,6}",
        ),
        subject: Vec<u8>,
    ) {
        if let Ok(transform) = compile(&source, &destination) {
            let _ = transform.apply(&subject, || 7, &mut Vec::new());
        }
    }
}
