//! Many graphs, several at a time, a few hundred to a pair of servers.

use std::time::Instant;

use anyhow::{Context, Result};
use futures_util::StreamExt;
use futures_util::stream;

use super::case::{Case, World};
use super::coverage::Coverage;
use super::known;
use super::pair::Pair;
use super::play::{AGREE_WITHIN, Difference, Tally, play};
use super::report::Report;
use super::shrink::shrink;
use crate::mint;

/// Graphs that one pair of servers sees. nats-server walks all its accounts on each update.
const GRAPHS_PER_PAIR: usize = 250;
/// Graphs that are played at once.
const AT_ONCE: usize = 16;

/// What to play.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The first graph's seed; the others follow it.
    pub seed: u64,
    pub graphs: usize,
    /// How many differences are made small; each takes up to a minute.
    pub shrink: usize,
    /// Whether to tell on the standard error how far it is.
    pub progress: bool,
}

/// What one graph has shown.
#[derive(Debug)]
struct Shown {
    seed: u64,
    tally: Tally,
    coverage: Coverage,
    difference: Option<(Difference, Option<known::Kind>)>,
}

/// Plays the graphs of a plan and makes small what differs.
pub async fn run(plan: Plan) -> Result<Report> {
    let seeds: Vec<u64> = (plan.seed..).take(plan.graphs).collect();
    let (strict, lax): (Vec<u64>, Vec<u64>) =
        seeds.iter().partition(|seed| World::is_strict(**seed));
    let mut report = Report::new(plan);
    let mut suspects = Vec::new();
    for (is_strict, seeds) in [(false, lax), (true, strict)] {
        for seeds in seeds.chunks(GRAPHS_PER_PAIR) {
            let pair = Pair::start(is_strict).await?;
            let mut shown = stream::iter(seeds)
                .map(|seed| graph(&pair, *seed))
                .buffer_unordered(AT_ONCE);
            while let Some(shown) = shown.next().await {
                let shown = shown?;
                report.add(&shown.tally, &shown.coverage);
                match shown.difference {
                    Some((_, Some(kind))) => report.known(kind),
                    Some((difference, None)) => suspects.push((shown.seed, difference)),
                    None => {}
                }
            }
            report.progress(suspects.len());
        }
    }
    suspects.sort_unstable_by_key(|(seed, _)| *seed);
    let started = Instant::now();
    for (seed, difference) in &suspects {
        if report.differences.len() >= plan.shrink {
            report.not_looked_at.push(*seed);
            continue;
        }
        match shrink(*seed).await? {
            Some(told) => report.differences.push(told),
            None => report.not_seen_again.push((*seed, difference.clone())),
        }
    }
    report.shrinking = started.elapsed();
    Ok(report)
}

async fn graph(pair: &Pair, seed: u64) -> Result<Shown> {
    let case = Case::generate(seed, 0, mint::now());
    let (tally, difference) = play(pair, &case, AGREE_WITHIN)
        .await
        .with_context(|| format!("graph {seed}"))?;
    Ok(Shown {
        seed,
        tally,
        coverage: Coverage::of(&case),
        difference: difference.map(|difference| {
            let kind = known::classify(&case, &difference);
            (difference, kind)
        }),
    })
}
