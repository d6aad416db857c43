//! How many certificates were issued and refused since the start, by why.

use prometheus::IntCounterVec;

use super::Outcome;
use crate::problem::Problem;

/// How a device came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Token,
    Foreign,
    Renewal,
}

impl Way {
    fn as_str(self) -> &'static str {
        match self {
            Way::Token => "token",
            Way::Foreign => "certificate",
            Way::Renewal => "renewal",
        }
    }
}

/// The counters, by way and outcome. Reasons are words of ours: there is a bounded number of them.
#[derive(Debug)]
pub(crate) struct Tally(pub(crate) IntCounterVec);

impl Tally {
    pub(super) fn count(&self, way: Way, outcome: &Result<Outcome, Problem>) {
        let word = match outcome {
            Ok(Outcome::Issued(_)) => "issued",
            Ok(Outcome::Pending { .. }) => "pending",
            Err(problem) => problem.code(),
        };
        self.0.with_label_values(&[way.as_str(), word]).inc();
    }
}
