//! Examples, refusals, and the property that a transform can be undone.

use proptest::prelude::*;

use super::*;
use crate::subject::tests::{literals, pattern};

fn map(transform: &Transform, subject: &str) -> Option<String> {
    let mut out = b"kept.".to_vec();
    if !transform.apply(subject.as_bytes(), &mut out) {
        assert_eq!(out, b"kept.");
        return None;
    }
    Some(
        String::from_utf8(out)
            .unwrap()
            .strip_prefix("kept.")
            .unwrap()
            .to_owned(),
    )
}

fn compile(source: &str, destination: &str) -> Result<Transform, TransformError> {
    Transform::new(source.as_bytes(), destination.as_bytes())
}

#[test]
fn wildcards_go_where_the_destination_says() {
    for (source, destination, subject, expected) in [
        ("a", "b.c", "a", Some("b.c")),
        ("a", "b", "a.a", None),
        ("a.*", "b.*", "a.1", Some("b.1")),
        ("a.*.*", "b.$2.$1", "a.1.2", Some("b.2.1")),
        (
            "a.*.*",
            "{{wildcard(2)}}.x.{{Wildcard(1)}}",
            "a.1.2",
            Some("2.x.1"),
        ),
        ("a.*", "{{ wildcard( 1 ) }}", "a.1", Some("1")),
        ("a.>", "b.c.>", "a.1.2", Some("b.c.1.2")),
        ("a.>", "b.>", "a", None),
        (">", "p.>", "x.y", Some("p.x.y")),
        ("p.>", ">", "p.x.y", Some("x.y")),
        ("a.*.>", "$1.>", "a.1.2.3", Some("1.2.3")),
        ("a.*", "b.$1.$1", "a.1", Some("b.1.1")),
        ("$JS.*", "$X.$1", "$JS.1", Some("$X.1")),
        // Patterns within the source are carried over.
        ("a.*.*", "b.$2.$1", "a.*.2", Some("b.2.*")),
        ("a.>", "b.>", "a.>", Some("b.>")),
        ("a.>", "b.>", "a.*.x", Some("b.*.x")),
        ("a.*", "b.*", "a.>", None),
        ("a.*", "b.*", "a..", None),
    ] {
        let transform = compile(source, destination).unwrap();
        assert_eq!(
            map(&transform, subject).as_deref(),
            expected,
            "{source} {destination}"
        );
    }
}

#[test]
fn what_is_not_strict_is_refused() {
    use TransformError as E;
    for (source, destination) in [
        ("a..b", "a"),
        ("", "a"),
        ("a", ""),
        ("a", "b..c"),
        ("a", "b c"),
    ] {
        let error = compile(source, destination).unwrap_err();
        assert!(
            matches!(error, E::InvalidSubject(_)),
            "{source} {destination} {error}"
        );
    }
    assert_eq!(compile("a.>", "b"), Err(E::Tail));
    assert_eq!(compile("a", "b.>"), Err(E::Tail));
    assert_eq!(
        compile("a.>", ">.b"),
        Err(E::InvalidSubject(">.b".to_owned()))
    );
    assert_eq!(compile("a.*", "b.$2"), Err(E::IndexOutOfRange(2)));
    assert_eq!(compile("a.*", "b.$0"), Err(E::IndexOutOfRange(0)));
    assert_eq!(compile("a.*", "b.*.*"), Err(E::IndexOutOfRange(2)));
    assert_eq!(compile("a.*.*", "b.$1"), Err(E::UnusedWildcard));
    assert_eq!(compile("a.*.*", "b.*"), Err(E::UnusedWildcard));
    assert_eq!(compile("a.*.*", "*.$2"), Err(E::MixedWildcards));
    for function in ["{{partition(3,1)}}", "{{random(3)}}", "{{left(1,1)}}"] {
        let error = compile("a.*", function).unwrap_err();
        assert_eq!(error, E::FunctionInImport(function.to_owned()));
    }
    for function in [
        "{{}}",
        "x{{wildcard(1)}}",
        "{{wildcard(1)",
        "{{WILDCARD(1)}}",
    ] {
        let error = compile("a.*", function).unwrap_err();
        assert_eq!(error, E::UnknownFunction(function.to_owned()));
    }
    assert!(matches!(
        compile("a.*", "{{wildcard(-1)}}"),
        Err(E::Argument(_))
    ));
    assert!(compile("a.*", "$99999999999999999999999999").is_err());
    let twice = compile("a.*", "b.$1.$1").unwrap();
    assert_eq!(twice.inverse(), Err(E::NotInvertible));
}

#[test]
fn identity_is_recognised() {
    for same in ["a", "a.*", "a.*.>", ">"] {
        assert!(Transform::identity(same.as_bytes()).unwrap().is_identity());
    }
    assert!(compile("a.*.*", "a.$1.$2").unwrap().is_identity());
    assert!(!compile("a.*.*", "a.$2.$1").unwrap().is_identity());
    assert!(!compile("a.b", "a").unwrap().is_identity());
    assert!(!compile("a.>", "a.x.>").unwrap().is_identity());
}

/// A destination that uses the wildcards of `source` in reverse order.
fn reversed(source: &[u8]) -> Vec<u8> {
    let wildcards = positions(source, |token| token == b"*").count();
    let numbered = (1..=wildcards).rev().map(|n| format!("${n}"));
    let tail = source.ends_with(b">").then(|| ">".to_owned());
    let tokens: Vec<String> = std::iter::once("new".to_owned())
        .chain(numbered)
        .chain(tail)
        .collect();
    tokens.join(".").into_bytes()
}

proptest! {
    #[test]
    fn the_inverse_undoes(source in pattern()) {
        let there = Transform::new(&source, &reversed(&source)).unwrap();
        let back = there.inverse().unwrap();
        prop_assert_eq!(back.source(), there.destination());
        prop_assert_eq!(back.destination(), source.clone());
        prop_assert_eq!(back.inverse().unwrap(), there.clone());
        for literal in literals() {
            let (mut mapped, mut again) = (Vec::new(), Vec::new());
            let within = there.apply(&literal, &mut mapped);
            prop_assert_eq!(within, subject::matches(&source, &literal));
            if within {
                prop_assert!(subject::matches(&there.destination(), &mapped));
                prop_assert!(back.apply(&mapped, &mut again));
                prop_assert_eq!(again, literal);
            }
        }
    }

    #[test]
    fn arbitrary_texts_never_panic(
        source in "[a.*>$1{}]{0,9}",
        destination in "[a.*>$12{}()wildcard]{0,20}",
        subject: Vec<u8>,
    ) {
        if let Ok(transform) = compile(&source, &destination) {
            let _ = transform.apply(&subject, &mut Vec::new());
            let _ = transform.inverse();
        }
    }
}
