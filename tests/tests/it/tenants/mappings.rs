//! Subject mappings in an account's claims: under which subject a message goes on.

mod claims;
mod rights;
mod sharing;
mod weights;

use std::collections::{BTreeMap, BTreeSet};

use accounts::claims::account::WeightedMapping;
use accounts::{ExportClaim, ImportClaim, ShareKind};
use anyhow::Result;
use tests::mint::{Operator, Tenant};
use tests::{Broker, Which, Wire};

use super::broker_with;
use crate::both::on_both;

on_both![
    messages_go_where_the_mapping_says,
    tokens_are_cut_and_split,
    random_numbers_are_below_their_bound,
    a_mapped_subject_is_not_mapped_again,
];

/// Gives the account a mapping to these destinations with these weights; 0 is all.
fn map(tenant: &mut Tenant, source: &str, destinations: &[(&str, u8)]) {
    let one = |(subject, weight): &(&str, u8)| WeightedMapping {
        subject: (*subject).to_owned(),
        weight: *weight,
        cluster: String::new(),
    };
    let list = destinations.iter().map(one).collect();
    tenant.body.mappings.insert(source.to_owned(), list);
}

/// A tenant with these mappings, each to one destination.
fn mapped(list: &[(&str, &str)]) -> Tenant {
    let mut tenant = Tenant::new("acme");
    for (source, destination) in list {
        map(&mut tenant, source, &[(destination, 0)]);
    }
    tenant
}

/// A broker with this tenant, and a connection that gets everything.
async fn start(which: Which, tenant: &Tenant) -> Result<(Broker, Wire)> {
    let broker = broker_with(which, &Operator::default(), &[tenant])?;
    let mut wire = Wire::login(broker.addr(), &tenant.user("u")).await?;
    wire.subscribe(">", "1").await?;
    Ok((broker, wire))
}

/// Two accounts that share as told, each with its mappings.
struct Pair {
    acme: Tenant,
    globex: Tenant,
}

impl Pair {
    fn new(kind: ShareKind, subject: &str, local: &str) -> Self {
        let (mut acme, mut globex) = (Tenant::new("acme"), Tenant::new("globex"));
        acme.body.exports.push(ExportClaim::new(kind, subject));
        let mut import = ImportClaim::new(kind, acme.public(), subject);
        import.name = subject.to_owned();
        import.local_subject = local.to_owned();
        globex.body.imports.push(import);
        Self { acme, globex }
    }

    /// A broker, and one connection of each account.
    async fn start(&self, which: Which) -> Result<(Broker, Wire, Wire)> {
        let broker = broker_with(which, &Operator::default(), &[&self.acme, &self.globex])?;
        let acme = Wire::login(broker.addr(), &self.acme.user("a")).await?;
        let globex = Wire::login(broker.addr(), &self.globex.user("g")).await?;
        Ok((broker, acme, globex))
    }
}

/// The subjects that these become.
async fn becomes(wire: &mut Wire, subjects: &[&str]) -> Result<Vec<String>> {
    for subject in subjects {
        wire.publish(subject, "x").await?;
    }
    let messages = wire.messages().await?;
    Ok(messages.into_iter().map(|(subject, _)| subject).collect())
}

/// How often a subject becomes which one, in `times`.
async fn counted(wire: &mut Wire, subject: &str, times: usize) -> Result<BTreeMap<String, usize>> {
    let mut counts = BTreeMap::new();
    for name in becomes(wire, &vec![subject; times]).await? {
        *counts.entry(name).or_default() += 1;
    }
    Ok(counts)
}

/// Expects each published subject of `cases` (source, destination, published, delivered).
async fn check(which: Which, cases: &[[&str; 4]]) -> Result<()> {
    let list: Vec<_> = cases.iter().map(|case| (case[0], case[1])).collect();
    let (_broker, mut wire) = start(which, &mapped(&list)).await?;
    for [source, destination, published, expected] in cases {
        let got = becomes(&mut wire, &[published]).await?;
        assert_eq!(got, [*expected], "{source} to {destination}");
    }
    Ok(())
}

async fn messages_go_where_the_mapping_says(which: Which) -> Result<()> {
    let cases = [
        ["a", "b.c", "a", "b.c"],
        ["drop.*.*", "kept.$2", "drop.1.2", "kept.2"],
        ["swap.*.*", "swapped.$2.$1", "swap.1.2", "swapped.2.1"],
        [
            "w.*.*",
            "w2.{{wildcard(2)}}.{{Wildcard(1)}}",
            "w.1.2",
            "w2.2.1",
        ],
        ["twice.*", "doubled.$1.$1", "twice.1", "doubled.1.1"],
        ["none.*", "fixed", "none.1", "fixed"],
        ["tail.>", "moved.>", "tail.1.2.3", "moved.1.2.3"],
        ["both.*.>", "$1.all.>", "both.1.2.3", "1.all.2.3"],
        ["gone.*.>", "left.>", "gone.1.2.3", "left.2.3"],
        ["*.middle.*", "m.$2.$1", "1.middle.2", "m.2.1"],
        ["dollar", "$x.$y", "dollar", "$x.$y"],
        ["zero.*", "z.$0", "zero.1", "z.zero"],
    ];
    check(which, &cases).await?;
    let (_broker, mut wire) = start(which, &mapped(&[("a.*", "b.$1")])).await?;
    let others = ["a", "a.1.2", "x.a.1", "other"];
    assert_eq!(
        becomes(&mut wire, &others).await?,
        others,
        "not of the source"
    );
    Ok(())
}

async fn tokens_are_cut_and_split(which: Which) -> Result<()> {
    let cases = [
        ["1.*", "x.{{splitFromLeft(1,3)}}", "1.12345", "x.123.45"],
        ["2.*", "x.{{SplitFromRight(1,3)}}", "2.12345", "x.12.345"],
        [
            "3.*",
            "x.{{SliceFromLeft(1,3)}}",
            "3.12345678",
            "x.123.456.78",
        ],
        [
            "4.*",
            "x.{{sliceFromRight(1,3)}}",
            "4.12345678",
            "x.12.345.678",
        ],
        ["5.*", "x.{{slicefromleft(1,2)}}", "5.1234", "x.12.34"],
        ["6.*", "x.{{sliceFromright(1,2)}}", "6.1234", "x.12.34"],
        ["7.*", "x.{{split(1,-)}}", "7.-ab-c--d-", "x.ab.c.d"],
        ["8.*", "x.{{Split(1,--)}}.y", "8.a-b--c", "x.a-b.c.y"],
        ["l.*", "x.{{left(1,3)}}", "l.12345", "x.123"],
        ["r.*", "x.{{Right(1,3)}}", "r.12345", "x.345"],
        ["m.*", "x.{{right(1,3)}}", "m.12", "x.12"],
        // Too short, or no size: it stays whole.
        ["9.*", "x.{{splitfromleft(1,3)}}", "9.123", "x.123"],
        ["10.*", "x.{{slicefromleft(1,0)}}", "10.123", "x.123"],
        ["11.*", "x.{{slicefromright(1,-2)}}", "11.123", "x.123"],
        [
            "12.*.*",
            "x.{{split(2,_)}}.{{splitfromleft(1,1)}}",
            "12.ab.c_d",
            "x.c.d.a.b",
        ],
        [
            "13.*.>",
            "x.{{splitfromleft(1,1)}}.>",
            "13.ab.c.d",
            "x.a.b.c.d",
        ],
    ];
    check(which, &cases).await
}

/// nats-server makes a subject with an empty token of it, and delivers it to nobody.
#[tokio::test]
async fn a_split_token_may_begin_with_two_separators() -> Result<()> {
    check(
        Which::Tidegate,
        &[["s.*", "x.{{split(1,-)}}", "s.--a-b", "x.a.b"]],
    )
    .await
}

/// nats-server hashes the empty text instead, if no mapping with a wildcard happens to come before.
#[tokio::test]
async fn a_source_without_wildcards_has_a_partition() -> Result<()> {
    let cases = [
        ["foo.bar", "x.{{partition(10)}}", "foo.bar", "x.6"],
        ["foo", "x.{{partition(10,1)}}", "foo", "x.3"],
    ];
    check(Which::Tidegate, &cases).await
}

/// The same subjects published on both servers get the same partitions.
#[tokio::test]
async fn partitions_are_those_of_nats_server() -> Result<()> {
    let tenant = mapped(&[
        ("p.*.*", "p.{{partition(7,1,2)}}.$1.$2"),
        ("q.*.*", "q.{{partition(1000,2)}}.$1.$2"),
        ("r.*.*", "r.{{partition(2147483647)}}.$1.$2"),
        ("s.*.>", "s.{{partition(16)}}.$1.>"),
        ("t.*.*", "t.{{partition(5,2,1,0)}}.{{partition(0)}}.$1.$2"),
    ]);
    let (_ours, mut ours) = start(Which::Tidegate, &tenant).await?;
    let (_original, mut original) = start(Which::NatsServer, &tenant).await?;
    let mut subjects = Vec::new();
    for _ in 0..400 {
        let mut bytes = [0; 12];
        getrandom::fill(&mut bytes).expect("the system has entropy");
        let token = |bytes: &[u8]| -> String {
            let length = 1 + usize::from(bytes[0]) % (bytes.len() - 1);
            bytes[1..=length]
                .iter()
                .map(|byte| char::from(b'0' + byte % 64))
                .collect()
        };
        let plain = |text: String| text.replace(['.', '*', '>'], "é");
        let [one, other] = [&bytes[..8], &bytes[8..]].map(|half| plain(token(half)));
        subjects.extend(["p", "q", "r", "s", "t"].map(|first| format!("{first}.{one}.{other}")));
    }
    let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
    let (one, other) = (
        becomes(&mut ours, &subjects).await?,
        becomes(&mut original, &subjects).await?,
    );
    assert_eq!(one.len(), subjects.len());
    for (subject, (one, other)) in subjects.iter().zip(one.iter().zip(&other)) {
        assert_eq!(one, other, "{subject}");
    }
    let partitions: BTreeSet<_> = one
        .iter()
        .filter_map(|name| name.strip_prefix("p.")?.split('.').next())
        .collect();
    assert_eq!(partitions.len(), 7, "all of them are used");
    Ok(())
}

async fn random_numbers_are_below_their_bound(which: Which) -> Result<()> {
    let tenant = mapped(&[("a.*", "r.{{random(4)}}.$1"), ("b", "r.{{Random(0)}}")]);
    let (_broker, mut wire) = start(which, &tenant).await?;
    let counts = counted(&mut wire, "a.x", 800).await?;
    let names: Vec<_> = counts.keys().map(String::as_str).collect();
    assert_eq!(names, ["r.0.x", "r.1.x", "r.2.x", "r.3.x"]);
    // 200 each are expected; 100 is eight standard deviations away.
    assert!(counts.values().all(|count| *count > 100), "{counts:?}");
    assert_eq!(becomes(&mut wire, &["b"]).await?, ["r.0"]);
    Ok(())
}

async fn a_mapped_subject_is_not_mapped_again(which: Which) -> Result<()> {
    let tenant = mapped(&[
        ("a", "b"),
        ("b", "c"),
        ("x.*", "y.$1"),
        ("y.*", "x.$1"),
        ("s", "s"),
    ]);
    let (_broker, mut wire) = start(which, &tenant).await?;
    let published = ["a", "b", "c", "x.1", "y.1", "s", "a", "b"];
    let expected = ["b", "c", "c", "y.1", "x.1", "s", "b", "c"];
    assert_eq!(becomes(&mut wire, &published).await?, expected);
    Ok(())
}

/// nats-server takes the first one in an order that is different after each start.
#[tokio::test]
async fn the_most_specific_source_counts() -> Result<()> {
    let tenant = mapped(&[
        (">", "all.>"),
        ("a.>", "tail.>"),
        ("a.*", "star.$1"),
        ("*.b", "late.$1"),
        ("a.b", "literal"),
    ]);
    let (_broker, mut wire) = start(Which::Tidegate, &tenant).await?;
    let published = ["a.b", "a.c", "a.c.d", "x.b", "x.y"];
    let expected = ["literal", "star.c", "tail.c.d", "late.x", "all.x.y"];
    assert_eq!(becomes(&mut wire, &published).await?, expected);
    Ok(())
}
