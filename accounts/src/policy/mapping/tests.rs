//! Precedence, weights, clusters, and what is refused.

use std::collections::BTreeMap;

use super::*;

type Claim<'a> = (&'a str, &'a [(&'a str, u8, &'a str)]);

fn claims(list: &[Claim<'_>]) -> BTreeMap<String, Vec<WeightedMapping>> {
    let one = |(subject, weight, cluster): &(&str, u8, &str)| WeightedMapping {
        subject: (*subject).to_owned(),
        weight: *weight,
        cluster: (*cluster).to_owned(),
    };
    list.iter()
        .map(|(source, destinations)| {
            ((*source).to_owned(), destinations.iter().map(one).collect())
        })
        .collect()
}

fn compile(list: &[Claim<'_>]) -> Mappings {
    Mappings::compile(&claims(list), None).unwrap()
}

/// What becomes of `subject` for each share of 100; "-" where it is lost.
fn shares(mappings: &Mappings, subject: &str) -> BTreeMap<String, usize> {
    let mapping = mappings.find(subject.as_bytes()).unwrap();
    let mut counted = BTreeMap::new();
    for share in 0..100 {
        let mut out = Vec::new();
        let found = mapping.apply(subject.as_bytes(), || share, &mut out);
        assert_eq!(found, !out.is_empty());
        let name = if found {
            String::from_utf8(out).unwrap()
        } else {
            "-".to_owned()
        };
        *counted.entry(name).or_default() += 1;
    }
    counted
}

fn counts(list: &[(&str, usize)]) -> BTreeMap<String, usize> {
    list.iter()
        .map(|(name, count)| ((*name).to_owned(), *count))
        .collect()
}

#[test]
fn the_most_specific_source_counts() {
    let mappings = compile(&[
        (">", &[("all.>", 0, "")]),
        ("a.>", &[("tail.>", 0, "")]),
        ("*.b", &[("late.$1", 0, "")]),
        ("a.*", &[("star.$1", 0, "")]),
        ("a.b", &[("literal", 0, "")]),
    ]);
    for (subject, expected) in [
        ("a.b", "literal"),
        ("a.c", "star.c"),
        ("a.c.d", "tail.c.d"),
        ("x.b", "late.x"),
        ("x.y", "all.x.y"),
    ] {
        assert_eq!(
            shares(&mappings, subject),
            counts(&[(expected, 100)]),
            "{subject}"
        );
        assert!(mappings.find(subject.as_bytes()).unwrap().is_fixed());
    }
    assert!(mappings.find(b"_R_.abc").is_none(), "servers chose it");
    assert!(compile(&[("a.b", &[("c", 0, "")])]).find(b"a").is_none());
}

#[test]
fn weights_divide_the_messages() {
    let mappings = compile(&[
        ("two", &[("a", 30, ""), ("b", 70, "")]),
        ("rest", &[("a", 30, ""), ("b", 20, "")]),
        ("loss", &[("loss", 30, ""), ("b", 20, "")]),
        ("none", &[]),
        ("w.*", &[("v.$1", 10, "")]),
    ]);
    assert_eq!(shares(&mappings, "two"), counts(&[("a", 30), ("b", 70)]));
    assert_eq!(
        shares(&mappings, "rest"),
        counts(&[("a", 30), ("b", 20), ("rest", 50)])
    );
    assert_eq!(
        shares(&mappings, "loss"),
        counts(&[("loss", 30), ("b", 20), ("-", 50)])
    );
    assert_eq!(shares(&mappings, "none"), counts(&[("none", 100)]));
    assert_eq!(
        shares(&mappings, "w.1"),
        counts(&[("v.1", 10), ("w.1", 90)])
    );
    let fixed = |source: &[u8]| mappings.find(source).unwrap().is_fixed();
    let outcomes = |source: &[u8]| mappings.find(source).unwrap().outcomes(source);
    assert_eq!(outcomes(b"rest"), [&b"a"[..], b"b", b"rest"]);
    assert_eq!(outcomes(b"loss"), [&b"loss"[..], b"b"]);
    assert!(!fixed(b"two") && !fixed(b"loss") && fixed(b"none"));
    let tail = compile(&[("w.>", &[("w.>", 60, "")])]);
    assert_eq!(shares(&tail, "w.1.2"), counts(&[("w.1.2", 60), ("-", 40)]));
    let random = compile(&[("a", &[("b.{{random(5)}}", 0, "")])]);
    assert!(!random.find(b"a").unwrap().is_fixed());
}

#[test]
fn destinations_of_a_cluster_count_there_only() {
    let list: [Claim<'_>; 1] = [(
        "a",
        &[
            ("b", 0, ""),
            ("east", 60, "east"),
            ("b", 40, "east"),
            ("a", 10, "west"),
        ],
    )];
    let claims = claims(&list);
    let within = |cluster| {
        let mappings = Mappings::compile(&claims, cluster).unwrap();
        shares(&mappings, "a")
    };
    assert_eq!(within(None), counts(&[("b", 100)]));
    assert_eq!(within(Some("north")), counts(&[("b", 100)]));
    assert_eq!(within(Some("east")), counts(&[("east", 60), ("b", 40)]));
    assert_eq!(within(Some("west")), counts(&[("a", 10), ("-", 90)]));
    let elsewhere = compile(&[("a", &[("a", 10, "west")])]);
    assert_eq!(shares(&elsewhere, "a"), counts(&[("a", 100)]));
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let refused = |source: &str, destinations: &[(&str, u8, &str)]| match Mappings::compile(
        &claims(&[(source, destinations)]),
        None,
    ) {
        Err(PolicyError::Mapping(name, error)) => {
            assert_eq!(name, source);
            error
        }
        other => panic!("{source} {destinations:?}: {other:?}"),
    };
    use MappingError as E;
    assert_eq!(refused("a..b", &[]), E::Source);
    assert_eq!(refused("", &[("b", 0, "")]), E::Source);
    assert_eq!(refused("a", &[("b", 101, "")]), E::Weight);
    assert_eq!(refused("a", &[("b", 60, ""), ("c", 41, "")]), E::Weight);
    assert_eq!(refused("a", &[("b", 0, ""), ("c", 1, "")]), E::Weight);
    assert_eq!(refused("a", &[("b", 60, "x"), ("c", 41, "x")]), E::Weight);
    let twice = E::Duplicate("b".to_owned());
    assert_eq!(refused("a", &[("b", 10, ""), ("b", 10, "")]), twice);
    let star = E::Destination("b.*".to_owned(), TransformError::Star);
    assert_eq!(refused("a.*", &[("b.*", 0, "")]), star);
    let elsewhere = E::Destination("b.*".to_owned(), TransformError::Star);
    assert_eq!(
        refused("a.*", &[("c", 0, ""), ("b.*", 0, "west")]),
        elsewhere
    );
    assert!(matches!(refused("a", &[("", 0, "")]), E::Destination(..)));
    for reserved in ["_R_.x", "_GR_.x.y", "$GR.x", "$NRG.x", "_R_"] {
        let error = E::Reserved(reserved.to_owned());
        assert_eq!(refused("a", &[(reserved, 0, "")]), error);
        assert_eq!(refused(reserved, &[("a", 0, "")]), error);
    }
}

#[test]
fn no_token_of_a_subject_makes_a_reserved_one() {
    let mappings = compile(&[
        ("a.>", &[("_R_x.>", 0, "")]),
        ("b.*.>", &[("$1.>", 0, "")]),
        ("c.*.*", &[("{{split(1,-)}}.$2", 0, "")]),
    ]);
    for lost in [
        "b._R_.x",
        "b.$GR.x",
        "b._GR_.x.y",
        "b.$NRG.x",
        "c._R_-x.y",
        "c.-$GR.y",
    ] {
        assert_eq!(shares(&mappings, lost), counts(&[("-", 100)]), "{lost}");
    }
    assert_eq!(shares(&mappings, "b.x._R_"), counts(&[("x._R_", 100)]));
}

#[test]
fn the_number_of_sources_with_wildcards_has_a_bound() {
    let claims = |count: usize| -> BTreeMap<String, Vec<WeightedMapping>> {
        (0..count)
            .map(|at| (format!("{at}.*"), Vec::new()))
            .collect()
    };
    assert!(Mappings::compile(&claims(WILDCARD_SOURCES_MAX), None).is_ok());
    let error = Mappings::compile(&claims(WILDCARD_SOURCES_MAX + 1), None).unwrap_err();
    assert_eq!(error, PolicyError::TooManyMappings);
}
