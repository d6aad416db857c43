//! Destinations with weights: how often each, and what is lost.

use std::collections::BTreeMap;

use accounts::claims::account::WeightedMapping;
use anyhow::{Context, Result};
use tests::mint::{Operator, Tenant};
use tests::{Frame, Which, Wire};

use super::super::broker_with;
use super::{becomes, counted, map, mapped, start};
use crate::both::on_both;

on_both![
    weights_divide_the_messages,
    the_rest_is_lost_where_the_source_is_a_destination,
    a_lost_request_is_told_that_nobody_answers,
    destinations_of_other_clusters_do_not_count,
];

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
