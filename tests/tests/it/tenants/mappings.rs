//! Subject mappings in an account's claims: under which subject a message goes on.

use std::collections::{BTreeMap, BTreeSet};

use accounts::claims::account::WeightedMapping;
use accounts::{ExportClaim, ImportClaim, ResponseClaim, ShareKind, SubjectRules};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::mint::{Operator, Tenant, User};
use tests::{Broker, Frame, Which, Wire};

use super::{Pusher, broker_with};
use crate::both::on_both;

on_both![
    messages_go_where_the_mapping_says,
    tokens_are_cut_and_split,
    random_numbers_are_below_their_bound,
    weights_divide_the_messages,
    the_rest_is_lost_where_the_source_is_a_destination,
    a_lost_request_is_told_that_nobody_answers,
    destinations_of_other_clusters_do_not_count,
    a_mapped_subject_is_not_mapped_again,
    nobody_there_is_said_of_the_mapped_subject,
    a_mapping_may_lead_to_a_server_service,
    a_stream_is_mapped_where_it_is_published,
    a_request_is_mapped_by_the_account_that_serves,
    an_answer_is_mapped_by_the_account_that_waits,
    mapped_requests_in_a_circle_end,
    a_mapping_does_not_lead_where_the_user_may_not_publish,
    leave_to_answer_does_not_follow_a_mapping,
    mappings_change_on_live_connections,
    mappings_that_cannot_work_are_refused,
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

/// Whether a count is what a share of `times` gives, within eight standard deviations.
fn is_share(count: Option<&usize>, share: f64, times: usize) -> bool {
    let (count, times) = (*count.unwrap_or(&0) as f64, times as f64);
    let deviation = (times * share * (1.0 - share)).sqrt();
    (count - times * share).abs() <= 8.0 * deviation
}

async fn weights_divide_the_messages(which: Which) -> Result<()> {
    let mut tenant = Tenant::new("acme");
    map(&mut tenant, "all.*", &[("x.$1", 20), ("y.$1", 80)]);
    map(&mut tenant, "some.*", &[("x.$1", 20), ("y.$1", 30)]);
    map(&mut tenant, "some", &[("canary", 5)]);
    map(&mut tenant, "nothing", &[]);
    let (_broker, mut wire) = start(which, &tenant).await?;
    let times = 1000;
    for (subject, expected) in [
        ("all.1", vec![("x.1", 0.2), ("y.1", 0.8)]),
        ("some.1", vec![("x.1", 0.2), ("y.1", 0.3), ("some.1", 0.5)]),
        ("some", vec![("canary", 0.05), ("some", 0.95)]),
        ("nothing", vec![("nothing", 1.0)]),
    ] {
        let counts = counted(&mut wire, subject, times).await?;
        for (name, share) in &expected {
            assert!(
                is_share(counts.get(*name), *share, times),
                "{subject}: {counts:?}"
            );
        }
        assert_eq!(counts.len(), expected.len(), "{subject}: {counts:?}");
        assert_eq!(
            counts.values().sum::<usize>(),
            times,
            "{subject}: {counts:?}"
        );
    }
    Ok(())
}

async fn the_rest_is_lost_where_the_source_is_a_destination(which: Which) -> Result<()> {
    let mut tenant = Tenant::new("acme");
    map(&mut tenant, "half", &[("half", 50)]);
    map(&mut tenant, "tail.>", &[("tail.>", 30), ("other.>", 30)]);
    // With a `*` the text of source and destination differ: nothing is lost.
    map(&mut tenant, "star.*", &[("star.$1", 50)]);
    let (_broker, mut wire) = start(which, &tenant).await?;
    let times = 1000;
    let counts = counted(&mut wire, "half", times).await?;
    assert!(
        is_share(counts.get("half"), 0.5, times) && counts.len() == 1,
        "{counts:?}"
    );
    let counts = counted(&mut wire, "tail.1", times).await?;
    assert!(is_share(counts.get("tail.1"), 0.3, times), "{counts:?}");
    assert!(is_share(counts.get("other.1"), 0.3, times), "{counts:?}");
    assert_eq!(counts.len(), 2, "{counts:?}");
    let counts = counted(&mut wire, "star.1", 200).await?;
    assert_eq!(counts, BTreeMap::from([("star.1".to_owned(), 200)]));
    Ok(())
}

async fn a_lost_request_is_told_that_nobody_answers(which: Which) -> Result<()> {
    let mut tenant = Tenant::new("acme");
    map(&mut tenant, "help", &[("help", 1)]);
    let broker = broker_with(which, &Operator::default(), &[&tenant])?;
    let mut wire = Wire::login(broker.addr(), &tenant.user("u")).await?;
    wire.subscribe("help", "1").await?;
    wire.subscribe("answers", "2").await?;
    for _ in 0..50 {
        wire.request("help", "answers", "x").await?;
    }
    let mut told = 0;
    for frame in wire.sync().await? {
        let Frame::Message(message) = frame else {
            anyhow::bail!("{frame:?}");
        };
        told += usize::from(
            message
                .headers
                .is_some_and(|text| text.starts_with("NATS/1.0 503")),
        );
    }
    // Of 50, one half of a message arrives on average.
    assert!(told > 35, "{told}");
    Ok(())
}

async fn destinations_of_other_clusters_do_not_count(which: Which) -> Result<()> {
    let mut tenant = mapped(&[("a", "here"), ("b", "here"), ("c.*", "here")]);
    for (source, subject) in [("a", "east"), ("b", "b"), ("c.*", "c.$1")] {
        let list = tenant.body.mappings.get_mut(source).context("just made")?;
        list.push(WeightedMapping {
            subject: subject.to_owned(),
            weight: 100,
            cluster: "east".to_owned(),
        });
    }
    let (_broker, mut wire) = start(which, &tenant).await?;
    assert_eq!(becomes(&mut wire, &["a", "b", "c.1"]).await?, ["here"; 3]);
    Ok(())
}

/// nats-server loses every message where the source is a destination in another cluster only.
#[tokio::test]
async fn loss_in_another_cluster_stays_there() -> Result<()> {
    let mut tenant = mapped(&[("a", "a")]);
    let list = tenant.body.mappings.get_mut("a").context("just made")?;
    list[0].cluster = "east".to_owned();
    list[0].weight = 10;
    let (_broker, mut wire) = start(Which::Tidegate, &tenant).await?;
    assert_eq!(becomes(&mut wire, &["a"; 20]).await?, ["a"; 20]);
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

async fn nobody_there_is_said_of_the_mapped_subject(which: Which) -> Result<()> {
    let tenant = mapped(&[("ask.*", "help.$1")]);
    let broker = broker_with(which, &Operator::default(), &[&tenant])?;
    let mut wire = Wire::login(broker.addr(), &tenant.user("u")).await?;
    wire.subscribe("answers", "1").await?;
    wire.request("ask.me", "answers", "x").await?;
    let headers = wire.message().await?.headers.unwrap_or_default();
    assert_eq!(headers, "NATS/1.0 503\r\nNats-Subject: help.me\r\n\r\n");
    Ok(())
}

async fn a_mapping_may_lead_to_a_server_service(which: Which) -> Result<()> {
    let tenant = mapped(&[("who.am.i", "$SYS.REQ.USER.INFO"), ("$SYS.REQ.>", "mine.>")]);
    let broker = broker_with(which, &Operator::default(), &[&tenant])?;
    let user = tenant.user("u");
    let mut wire = Wire::login(broker.addr(), &user).await?;
    wire.subscribe("answers", "1").await?;
    wire.subscribe("mine.>", "2").await?;
    wire.request("who.am.i", "answers", "").await?;
    let answer: Value = serde_json::from_slice(&wire.message().await?.payload)?;
    assert_eq!(
        answer["data"]["user"],
        user.public().to_string(),
        "{answer}"
    );
    wire.request("$SYS.REQ.USER.INFO", "answers", "x").await?;
    assert_eq!(wire.message().await?.subject, "mine.USER.INFO");
    Ok(())
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

async fn a_stream_is_mapped_where_it_is_published(which: Which) -> Result<()> {
    let mut pair = Pair::new(ShareKind::Stream, "out.>", "in.>");
    map(&mut pair.acme, "raw.*", &[("out.$1", 0)]);
    map(&mut pair.acme, "out.secret", &[("kept", 0)]);
    map(&mut pair.globex, "in.>", &[("never.>", 0)]);
    let (_broker, mut acme, mut globex) = pair.start(which).await?;
    globex.subscribe(">", "1").await?;
    assert!(
        becomes(&mut acme, &["raw.1", "out.2", "out.secret"])
            .await?
            .is_empty()
    );
    let got: Vec<_> = globex
        .messages()
        .await?
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(got, ["in.1", "in.2"], "only a publisher's own account maps");
    Ok(())
}

async fn a_request_is_mapped_by_the_account_that_serves(which: Which) -> Result<()> {
    let mut pair = Pair::new(ShareKind::Service, "api.*", "acme.*");
    map(&mut pair.acme, "api.*", &[("v2.$1", 0)]);
    map(&mut pair.globex, "ask.*", &[("acme.$1", 0)]);
    let (_broker, mut acme, mut globex) = pair.start(which).await?;
    acme.subscribe("v2.*", "1").await?;
    acme.subscribe("api.*", "2").await?;
    globex.subscribe("answers", "1").await?;
    for subject in ["ask.price", "acme.price"] {
        globex.request(subject, "answers", "how much?").await?;
        let request = acme.message().await?;
        assert_eq!(request.subject, "v2.price", "{subject}");
        acme.publish(&request.reply.context("a reply subject")?, "much")
            .await?;
        assert_eq!(globex.message().await?.payload, b"much");
    }
    globex.request("other.price", "answers", "?").await?;
    let nobody = globex.message().await?.headers.unwrap_or_default();
    assert!(nobody.starts_with("NATS/1.0 503"), "{nobody}");
    assert_eq!(acme.sync().await?, []);
    Ok(())
}

async fn an_answer_is_mapped_by_the_account_that_waits(which: Which) -> Result<()> {
    let mut pair = Pair::new(ShareKind::Service, "api", "api");
    map(&mut pair.globex, "answers.*", &[("read.$1", 0)]);
    map(&mut pair.acme, "answers.*", &[("no.$1", 0)]);
    let (_broker, mut acme, mut globex) = pair.start(which).await?;
    acme.subscribe("api", "1").await?;
    globex.subscribe("answers.*", "1").await?;
    globex.subscribe("read.*", "2").await?;
    globex.request("api", "answers.1", "?").await?;
    let request = acme.message().await?;
    acme.publish(&request.reply.context("a reply subject")?, "!")
        .await?;
    assert_eq!(globex.message().await?.brief(), ("read.1", "!".into()));
    Ok(())
}

/// nats-server maps the reply subjects that it made, so that the answer is lost.
#[tokio::test]
async fn a_mapping_of_everything_leaves_answers_alone() -> Result<()> {
    let mut pair = Pair::new(ShareKind::Service, "api", "api");
    map(&mut pair.acme, ">", &[("all.>", 0)]);
    let (_broker, mut acme, mut globex) = pair.start(Which::Tidegate).await?;
    acme.subscribe("all.api", "1").await?;
    globex.subscribe("answers", "1").await?;
    globex.request("api", "answers", "?").await?;
    let request = acme.message().await?;
    acme.publish(&request.reply.context("a reply subject")?, "!")
        .await?;
    assert_eq!(globex.message().await?.brief(), ("answers", "!".into()));
    Ok(())
}

async fn mapped_requests_in_a_circle_end(which: Which) -> Result<()> {
    // No import leads back by itself: the mappings close the circle.
    let mut tenants: Vec<_> = (0..3).map(|n| Tenant::new(&format!("t{n}"))).collect();
    let keys: Vec<_> = tenants.iter().map(Tenant::public).collect();
    for (at, tenant) in tenants.iter_mut().enumerate() {
        tenant
            .body
            .exports
            .push(ExportClaim::new(ShareKind::Service, "in"));
        let mut import = ImportClaim::new(ShareKind::Service, keys[(at + 1) % 3], "in");
        import.name = "next".to_owned();
        import.local_subject = "out".to_owned();
        tenant.body.imports.push(import);
        map(tenant, "in", &[("out", 0)]);
    }
    let all: Vec<_> = tenants.iter().collect();
    let broker = broker_with(which, &Operator::default(), &all)?;
    for tenant in &tenants {
        let mut wire = Wire::login(broker.addr(), &tenant.user("u")).await?;
        wire.subscribe("answers", "1").await?;
        wire.subscribe(">", "2").await?;
        wire.request("out", "answers", "round").await?;
        let got = wire.sync().await?.len();
        assert!((1..=8).contains(&got), "{got} messages for one");
    }
    Ok(())
}

fn publisher(tenant: &Tenant, allow: &[&str]) -> User {
    tenant.user_with("publisher", |claims| {
        claims.nats.rights.publish = SubjectRules {
            allow: Some(allow.iter().map(|&subject| subject.to_owned()).collect()),
            deny: None,
        };
    })
}

async fn a_mapping_does_not_lead_where_the_user_may_not_publish(which: Which) -> Result<()> {
    let mut tenant = mapped(&[("in.*", "out.$1"), ("x.*", "{{splitfromleft(1,3)}}")]);
    map(&mut tenant, "any", &[("any", 50), ("out.1", 50)]);
    let (broker, mut listener) = start(which, &tenant).await?;
    let both = publisher(&tenant, &["in.*", "out.open"]);
    let mut wire = Wire::login(broker.addr(), &both).await?;
    wire.publish("in.open", "x").await?;
    assert_eq!(wire.sync().await?, []);
    for _ in 0..2 {
        wire.publish("in.secret", "x").await?;
        // The client hears of the subject that it knows, not of where it would have gone.
        let named = if which == Which::Tidegate {
            "in.secret"
        } else {
            "out.secret"
        };
        let expected = format!("Permissions Violation for Publish to \"{named}\"");
        assert_eq!(wire.error().await?, expected);
    }
    let mut wire = Wire::login(broker.addr(), &publisher(&tenant, &["x.>", "any"])).await?;
    wire.publish("x.outsecret", "x").await?;
    wire.error().await?;
    let mut refused = 0;
    for _ in 0..40 {
        wire.publish("any", "x").await?;
        refused += wire.sync().await?.len();
    }
    assert!(
        (1..40).contains(&refused),
        "one half may, {refused} may not"
    );
    let mut got: Vec<_> = listener
        .messages()
        .await?
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(got.remove(0), "out.open");
    assert_eq!(got, vec!["any"; 40 - refused]);
    Ok(())
}

/// The broker's word about a subject is what happens, and a refusal is remembered with its reason.
#[tokio::test]
async fn the_broker_explains_what_a_mapping_does() -> Result<()> {
    let operator = Operator::default();
    let tenant = mapped(&[("in.*", "out.$1")]);
    let broker = broker_with(Which::Tidegate, &operator, &[&tenant])?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let user = publisher(&tenant, &["in.*", "out.open"]);
    let mut wire = Wire::login(broker.addr(), &user).await?;
    let about = format!("$SYS.REQ.ACCOUNT.{}", tenant.public());
    for (subject, allowed) in [("in.open", true), ("in.secret", false)] {
        wire.publish(subject, "x").await?;
        assert_eq!(wire.sync().await?.is_empty(), allowed, "{subject}");
        let question = json!({"user": user.public(), "action": "publish", "subject": subject});
        let answer = pusher
            .ask_json(&format!("{about}.EXPLAIN"), &question.to_string())
            .await?;
        assert_eq!(answer["data"]["allowed"], allowed, "{answer}");
        assert_eq!(answer["data"]["mapped"][0], subject.replace("in.", "out."));
    }
    let answer = pusher.ask_json(&format!("{about}.DENIALS"), "").await?;
    let denial = &answer["data"]["denials"][0];
    assert_eq!(denial["subject"], "in.secret", "{answer}");
    let text = denial.to_string();
    assert!(text.contains("mapped to \\\"out.secret\\\""), "{text}");
    Ok(())
}

/// nats-server looks at the mapped subject only: its mapping gives a right that no claim grants.
#[tokio::test]
async fn a_mapping_gives_no_right_to_publish() -> Result<()> {
    let mut tenant = mapped(&[("in.*", "out.$1")]);
    map(&mut tenant, "any", &[("any", 50), ("out.1", 50)]);
    let (broker, mut listener) = start(Which::Tidegate, &tenant).await?;
    let mut wire = Wire::login(broker.addr(), &publisher(&tenant, &["out.*"])).await?;
    for subject in ["in.1", "in.1", "any"] {
        wire.publish(subject, "x").await?;
        let expected = format!("Permissions Violation for Publish to \"{subject}\"");
        assert_eq!(wire.error().await?, expected);
    }
    wire.publish("out.2", "x").await?;
    assert_eq!(wire.sync().await?, []);
    assert_eq!(
        listener.messages().await?,
        [("out.2".to_owned(), "x".to_owned())]
    );
    Ok(())
}

async fn leave_to_answer_does_not_follow_a_mapping(which: Which) -> Result<()> {
    let mut tenant = mapped(&[("answers.*", "read.$1")]);
    map(&mut tenant, "stay.*", &[("stay.$1", 50)]);
    let (broker, mut asker) = start(which, &tenant).await?;
    let user = tenant.user_with("service", |claims| {
        claims.nats.rights.responses = Some(ResponseClaim { max: 1, ttl: 0 });
    });
    let mut service = Wire::login(broker.addr(), &user).await?;
    service.subscribe("help", "1").await?;
    asker.request("help", "answers.1", "?").await?;
    assert_eq!(service.message().await?.reply.as_deref(), Some("answers.1"));
    service.publish("answers.1", "!").await?;
    let text = service.error().await?;
    assert!(
        text.starts_with("Permissions Violation for Publish to "),
        "{text}"
    );
    for reply in ["plain.1", "stay.1"] {
        asker.request("help", reply, "?").await?;
        service.message().await?;
        service.publish(reply, "!").await?;
        assert_eq!(service.sync().await?, []);
    }
    let got: Vec<_> = asker
        .messages()
        .await?
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(got, ["help", "help", "plain.1", "help", "stay.1"]);
    Ok(())
}

async fn mappings_change_on_live_connections(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut pair = Pair::new(ShareKind::Service, "api", "api");
    let tenants = [&pair.acme, &pair.globex];
    let broker = Broker::start(which, &operator.directory_config(&tenants, false))?;
    let mut wire = Wire::login(broker.addr(), &pair.acme.user("a")).await?;
    wire.subscribe(">", "1").await?;
    let mut asker = Wire::login(broker.addr(), &pair.globex.user("g")).await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    for (destination, expected) in [
        (None, "api"),
        (Some("b"), "b"),
        (Some("c"), "c"),
        (None, "api"),
    ] {
        pair.acme.body.mappings.clear();
        if let Some(destination) = destination {
            map(&mut pair.acme, "api", &[(destination, 0)]);
        }
        pusher.push(&operator, &pair.acme).await?;
        assert_eq!(becomes(&mut wire, &["api", "api"]).await?, [expected; 2]);
        asker.publish("api", "x").await?;
        asker.sync().await?;
        let got = wire.messages().await?;
        assert_eq!(got, [(expected.to_owned(), "x".to_owned())]);
    }
    Ok(())
}

/// Pushes claims with each of these mappings: all are refused, and what was there stays.
async fn are_refused(which: Which, list: &[(&str, &[(&str, u8)])]) -> Result<()> {
    let operator = Operator::default();
    let mut tenant = mapped(&[("a", "b")]);
    let broker = Broker::start(which, &operator.directory_config(&[&tenant], false))?;
    let mut wire = Wire::login(broker.addr(), &tenant.user("u")).await?;
    wire.subscribe(">", "1").await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    for (source, destinations) in list {
        tenant.body.mappings.clear();
        map(&mut tenant, source, destinations);
        let answer = pusher.push_jwt(&operator.account_jwt(&tenant)).await?;
        let code = &answer["error"]["code"];
        assert_eq!(*code, 500, "{source} to {destinations:?}: {answer}");
        assert_eq!(becomes(&mut wire, &["a"]).await?, ["b"]);
    }
    Ok(())
}

async fn mappings_that_cannot_work_are_refused(which: Which) -> Result<()> {
    are_refused(
        which,
        &[
            ("a..b", &[("b", 0)]),
            ("a", &[("", 0)]),
            ("a", &[("b..c", 0)]),
            ("a", &[("b c", 0)]),
            ("a", &[("b.$1", 0)]),
            ("a.*", &[("b.$2", 0)]),
            ("a.*", &[("b.*", 0)]),
            ("a.>", &[("b", 0)]),
            ("a.*", &[("b.>", 0)]),
            ("a.*", &[("b.{{partition(3, 1)}}", 0)]),
            ("a.*", &[("b.{{partition(3,2)}}", 0)]),
            ("a.*", &[("b.{{partition()}}", 0)]),
            ("a.*", &[("b.{{PARTITION(3)}}", 0)]),
            ("a.*", &[("b.{{unknown(1)}}", 0)]),
            ("a", &[("b", 50), ("b", 50)]),
            ("a", &[("b", 60), ("c", 41)]),
            ("a", &[("b", 101)]),
            ("a", &[("b", 0), ("c", 1)]),
        ],
    )
    .await
}

/// nats-server takes them, and carries messages there.
#[tokio::test]
async fn mappings_to_subjects_of_servers_are_refused() -> Result<()> {
    are_refused(
        Which::Tidegate,
        &[
            ("a", &[("_R_.x", 0)]),
            ("a", &[("_GR_.x.y", 0)]),
            ("a", &[("$GR.x", 0)]),
            ("a", &[("$NRG.x", 0)]),
            ("_R_.>", &[("x.>", 0)]),
        ],
    )
    .await
}

/// What a tenant's own token makes of a mapping never leads to subjects of servers.
#[tokio::test]
async fn no_token_makes_a_reserved_subject() -> Result<()> {
    let mut pair = Pair::new(ShareKind::Service, "api", "api");
    map(&mut pair.acme, "f.*.>", &[("$1.>", 0)]);
    map(&mut pair.acme, "g.*", &[("{{split(1,-)}}", 0)]);
    let (broker, mut acme, mut globex) = pair.start(Which::Tidegate).await?;
    acme.subscribe("api", "1").await?;
    globex.subscribe("answers", "1").await?;
    globex.request("api", "answers", "?").await?;
    let reply = acme.message().await?.reply.context("a reply subject")?;
    let token = reply.strip_prefix("_R_.").context("ours")?;
    let mut eve = Wire::login(broker.addr(), &pair.acme.user("eve")).await?;
    for subject in [
        format!("f._R_.{token}"),
        format!("g._R_-{token}"),
        "f.$GR.x".to_owned(),
    ] {
        eve.publish(&subject, "forged").await?;
    }
    assert_eq!(eve.sync().await?, []);
    acme.publish(&reply, "true").await?;
    assert_eq!(globex.message().await?.payload, b"true");
    Ok(())
}
