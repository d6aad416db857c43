//! Every operation is compared with what it means for all short literals.

use proptest::prelude::*;

use super::*;
pub(crate) use crate::fuzzing::naive_match;

/// All literals of up to five tokens over three letters; `z` stands for any other token.
pub(crate) fn literals() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = Vec::new();
    let mut last: Vec<Vec<u8>> = vec![Vec::new()];
    for _ in 0..5 {
        let longer = |start: &Vec<u8>| {
            let start = start.clone();
            b"abz".iter().map(move |letter| {
                let mut next = start.clone();
                separate(&mut next);
                next.push(*letter);
                next
            })
        };
        last = last.iter().flat_map(longer).collect();
        all.extend(last.iter().cloned());
    }
    all
}

fn separate(out: &mut Vec<u8>) {
    if !out.is_empty() {
        out.push(b'.');
    }
}

pub(crate) fn pattern() -> impl Strategy<Value = Vec<u8>> {
    let tokens = prop::collection::vec(prop::sample::select(vec!["a", "b", "*"]), 1..4);
    (tokens, any::<bool>()).prop_map(|(mut tokens, tail)| {
        if tail {
            tokens.pop();
            tokens.push(">");
        }
        tokens.join(".").into_bytes()
    })
}

fn covered(pattern: &[u8]) -> Vec<Vec<u8>> {
    literals()
        .into_iter()
        .filter(|literal| naive_match(pattern, literal))
        .collect()
}

proptest! {
    #[test]
    fn matches_as_defined(pattern in pattern()) {
        for literal in literals() {
            prop_assert_eq!(matches(&pattern, &literal), naive_match(&pattern, &literal));
        }
    }

    #[test]
    fn odd_texts_match_as_defined(pattern in "[ab.*>]{0,7}", literal in "[ab.*>]{0,7}") {
        let (pattern, literal) = (pattern.as_bytes(), literal.as_bytes());
        prop_assert_eq!(matches(pattern, literal), naive_match(pattern, literal));
        prop_assert!(!is_subset(pattern, literal) || is_valid_subscription(pattern)
            || !is_valid_subscription(literal) || !overlaps(pattern, literal)
            || matches(literal, pattern));
    }

    #[test]
    fn subset_means_that_all_literals_are_covered(a in pattern(), b in pattern()) {
        let all = covered(&a).iter().all(|literal| naive_match(&b, literal));
        prop_assert_eq!(is_subset(&a, &b), all);
    }

    #[test]
    fn intersection_covers_what_both_cover(a in pattern(), b in pattern()) {
        let both = intersection(&a, &b);
        prop_assert_eq!(both.is_some(), overlaps(&a, &b));
        prop_assert_eq!(overlaps(&a, &b), overlaps(&b, &a));
        for literal in literals() {
            let expected = naive_match(&a, &literal) && naive_match(&b, &literal);
            let got = both.as_deref().is_some_and(|both| matches(both, &literal));
            prop_assert_eq!(got, expected);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(a: Vec<u8>, b: Vec<u8>) {
        let _ = (matches(&a, &b), is_subset(&a, &b), overlaps(&a, &b), intersection(&a, &b));
        let _ = (is_valid(&a), is_valid_subscription(&a), is_literal(&a));
    }
}

#[test]
fn validity_is_the_wire_rule_and_no_blanks() {
    for good in ["a", "*", ">", "a.*.>", "foo*.>bar", "$SYS.x", "ä.b"] {
        assert!(
            is_valid(good.as_bytes()) && is_valid_subscription(good.as_bytes()),
            "{good}"
        );
    }
    for bad in ["", ".", "a.", ".a", "a..b", ">.a", "a.>.b"] {
        assert!(
            !is_valid(bad.as_bytes()) && !is_valid_subscription(bad.as_bytes()),
            "{bad}"
        );
    }
    for blank in ["a b", "a\tb", "a\r", "\na", "a\x0cb"] {
        assert!(!is_valid(blank.as_bytes()), "{blank:?}");
    }
}

#[test]
fn names_with_more_than_one_literal_token_are_not_tokens() {
    for good in ["orders", "a-b_c", "ä", "device:7", "$x"] {
        assert!(is_literal_token(good), "{good}");
    }
    for bad in [
        "", "*", ">", "a.b", "a*", "a b", "a\u{a0}b", "a\u{0}", "a\n", "\u{85}",
    ] {
        assert!(!is_literal_token(bad), "{bad:?}");
    }
}

#[test]
fn wildcards_in_a_literal_are_text() {
    assert!(!matches(b"foo.secret", b"foo.*"));
    assert!(matches(b"foo.*", b"foo.*"));
    assert!(matches(b"foo.>", b"foo.>"));
    assert!(!is_subset(b"foo.>", b"foo.*"));
}
