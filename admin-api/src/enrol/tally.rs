//! How many certificates were issued and refused since the start, by why.

use std::collections::BTreeMap;

use parking_lot::Mutex;

use super::Outcome;
use crate::problem::Problem;

/// How a device came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    Token,
    Foreign,
    Renewal,
}

impl Way {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Way::Token => "token",
            Way::Foreign => "certificate",
            Way::Renewal => "renewal",
        }
    }
}

/// The counters. Reasons are words of ours: there is a bounded number of them.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<BTreeMap<(Way, &'static str), u64>>);

impl Tally {
    pub(super) fn count(&self, way: Way, outcome: &Result<Outcome, Problem>) {
        let word = match outcome {
            Ok(Outcome::Issued(_)) => "issued",
            Ok(Outcome::Pending { .. }) => "pending",
            Err(problem) => problem.code(),
        };
        *self.0.lock().entry((way, word)).or_default() += 1;
    }

    /// Way, `issued`, `pending` or the reason of a refusal, and how often.
    pub(crate) fn counts(&self) -> Vec<(Way, &'static str, u64)> {
        let counts = self.0.lock();
        counts
            .iter()
            .map(|(&(way, word), &n)| (way, word, n))
            .collect()
    }
}
