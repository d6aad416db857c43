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
/// Graphs that are played at once. They disturb each other on nats-server: when it loads an account
/// that another one has waited for, it applies the last claims that it knew of every account that
/// still waits for any, also where newer ones are being applied. What differs because of that is
/// not seen again when the graph is played alone.
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
            let mut open = seeds.to_vec();
            let mut at_once = AT_ONCE;
            while !open.is_empty() {
                let pair = Pair::start(is_strict).await?;
                let mut chunk = Chunk {
                    pair: &pair,
                    report: &mut report,
                    suspects: &mut suspects,
                };
                let crashed = chunk.play(&mut open, at_once).await?;
                if crashed && at_once == 1 {
                    report.known(known::Kind::Crash);
                    open.remove(0);
                }
                // A crash takes those with it that were played beside: they get a turn alone.
                at_once = if crashed && at_once > 1 { 1 } else { AT_ONCE };
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

/// Graphs that one pair plays.
struct Chunk<'a> {
    pair: &'a Pair,
    report: &'a mut Report,
    suspects: &'a mut Vec<(u64, Difference)>,
}

impl Chunk<'_> {
    /// Plays graphs, so many at once, and takes them from the list. With one at a time only the
    /// first few. `true` when the original has crashed meanwhile.
    async fn play(&mut self, open: &mut Vec<u64>, at_once: usize) -> Result<bool> {
        let pair = self.pair;
        let count = if at_once == 1 { AT_ONCE } else { open.len() };
        let batch: Vec<u64> = open.iter().copied().take(count).collect();
        let mut shown = stream::iter(batch)
            .map(|seed| graph(pair, seed))
            .buffer_unordered(at_once);
        while let Some(shown) = shown.next().await {
            let unusual = shown.as_ref().is_ok_and(|it| it.difference.is_some()) || shown.is_err();
            if unusual && pair.theirs.has_crashed().await {
                return Ok(true);
            }
            let shown = shown?;
            open.retain(|seed| *seed != shown.seed);
            self.report.add(&shown.tally, &shown.coverage);
            match shown.difference {
                Some((_, Some(kind))) => self.report.known(kind),
                Some((difference, None)) => self.suspects.push((shown.seed, difference)),
                None => {}
            }
        }
        Ok(false)
    }
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
