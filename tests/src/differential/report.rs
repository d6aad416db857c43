//! What a run has found, as numbers and as text.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::time::{Duration, Instant};

use super::coverage::Coverage;
use super::known::Kind;
use super::play::{Difference, Tally};
use super::run::Plan;

/// The result of a run.
#[derive(Debug)]
pub struct Report {
    pub plan: Plan,
    pub graphs: usize,
    pub tally: Tally,
    pub coverage: Coverage,
    pub known: BTreeMap<Kind, usize>,
    /// Differences that nobody knows, made small.
    pub differences: Vec<String>,
    /// Graphs that differed once, and not when they were played again alone.
    pub not_seen_again: Vec<(u64, Difference)>,
    /// Graphs that differed after there were enough of them.
    pub not_looked_at: Vec<u64>,
    pub shrinking: Duration,
    started: Instant,
}

impl Report {
    pub(super) fn new(plan: Plan) -> Self {
        Self {
            plan,
            graphs: 0,
            tally: Tally::default(),
            coverage: Coverage::default(),
            known: BTreeMap::new(),
            differences: Vec::new(),
            not_seen_again: Vec::new(),
            not_looked_at: Vec::new(),
            shrinking: Duration::ZERO,
            started: Instant::now(),
        }
    }

    pub(super) fn add(&mut self, tally: &Tally, coverage: &Coverage) {
        self.graphs += 1;
        self.tally.add(tally);
        self.coverage.add(coverage);
    }

    pub(super) fn known(&mut self, kind: Kind) {
        *self.known.entry(kind).or_default() += 1;
    }

    pub(super) fn progress(&self, suspects: usize) {
        if self.plan.progress {
            let _ = writeln!(
                std::io::stderr(),
                "{} graphs in {:.0?}, {suspects} of them differ",
                self.graphs,
                self.started.elapsed()
            );
        }
    }

    /// Of a hundred messages, how many somebody got.
    pub fn delivered_percent(&self) -> usize {
        self.tally.delivered * 100 / self.tally.published.max(1)
    }

    /// Of a hundred messages, how many a rule refused or kept from everybody who listens.
    pub fn denied_percent(&self) -> usize {
        (self.tally.denied + self.tally.kept_back) * 100 / self.tally.published.max(1)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tally = &self.tally;
        writeln!(f, "seed {}, {} graphs", self.plan.seed, self.graphs)?;
        writeln!(
            f,
            "{} steps: {} updates, {} logins ({} refused), {} connections closed by the servers",
            tally.steps, tally.updates, tally.logins, tally.logins_refused, tally.closed
        )?;
        writeln!(
            f,
            "{} messages: {} delivered ({} %), {} refused and {} kept back ({} %)",
            tally.published,
            tally.delivered,
            self.delivered_percent(),
            tally.denied,
            tally.kept_back,
            self.denied_percent()
        )?;
        writeln!(f, "{}", self.coverage)?;
        for (kind, count) in &self.known {
            writeln!(f, "known difference in {count} graphs: {kind}")?;
        }
        for difference in &self.differences {
            writeln!(f, "DIFFERENCE {difference}")?;
        }
        for (seed, difference) in &self.not_seen_again {
            writeln!(f, "not seen again: seed {seed}, {difference:?}")?;
        }
        if !self.not_looked_at.is_empty() {
            writeln!(f, "not looked at: {:?}", self.not_looked_at)?;
        }
        writeln!(
            f,
            "{} differences",
            self.differences.len() + self.not_looked_at.len()
        )
    }
}
