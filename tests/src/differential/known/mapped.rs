//! Messages that mappings lead elsewhere: answers, above all.

use accounts::claims::account::WeightedMapping;
use accounts::{PublicKey, ShareKind, subject};

use super::ways::Way;
use super::{Case, Difference, Kind, account_of, claims};

/// The shape of reply subjects that nats-server makes up.
const MADE_REPLY: &[u8] = b"_R_.one.two";

/// `own` is the account of who publishes.
pub(super) fn publish(
    case: &Case,
    own: usize,
    difference: &Difference,
    ways: &[Way<'_>],
) -> Option<Kind> {
    let at = difference.step;
    let refused = |event: &String| is_refused_and_mapped(case, at, event);
    if !difference.ours.is_empty() && difference.ours.iter().all(refused) {
        return Some(Kind::MappedPublish);
    }
    let services = ways.iter().map(|way| way.import);
    let services = services.filter(|import| import.kind == ShareKind::Service);
    let asked: Vec<PublicKey> = services.map(|import| import.exporter).collect();
    let serves = |account: &usize| asked.contains(&case.keys[case.accounts[*account]].public());
    let mut serving = (0..case.accounts.len()).filter(serves);
    let maps_answers = |account: usize| {
        maps(case, account, at, |source, _| {
            subject::is_subset(MADE_REPLY, source.as_bytes())
        })
    };
    let mut all = difference.ours.iter().chain(&difference.theirs);
    if all.all(|event| is_answer(event)) && serving.clone().any(maps_answers) {
        return Some(Kind::MappedReply);
    }
    let loses = |account: usize| {
        maps(case, account, at, |source, to| {
            let mut to = to.iter();
            to.any(|to| to.subject == *source && !to.cluster.is_empty())
        })
    };
    // What reaches nobody on theirs is told so there.
    let nobody = |event: &String| event.contains(" headers=NATS/1.0 503|");
    let lost = difference.theirs.iter().all(nobody);
    (lost && (loses(own) || serving.any(loses))).then_some(Kind::MappedElsewhere)
}

/// Whether a mapping of the account is such.
fn maps(
    case: &Case,
    account: usize,
    step: usize,
    is_such: impl Fn(&String, &[WeightedMapping]) -> bool,
) -> bool {
    let claims = claims(case, account, step);
    claims.is_some_and(|claims| {
        let mut mappings = claims.nats.mappings.iter();
        mappings.any(|(source, to)| is_such(source, to))
    })
}

/// Whether somebody was refused to publish on a subject that a mapping covers.
pub(super) fn is_refused_and_mapped(case: &Case, step: usize, event: &str) -> bool {
    let refused = event.split_once(" -ERR Permissions Violation for Publish to \"");
    let named = refused.and_then(|(_, named)| named.strip_suffix('"'));
    let (Some(named), Some(account)) = (named, account_of(case, event)) else {
        return false;
    };
    let covers = |source: &String| subject::is_subset(named.as_bytes(), source.as_bytes());
    maps(case, account, step, |source, _| covers(source))
}

/// Whether an event is an answer, or of one. Requests end with `m…`.
fn is_answer(event: &str) -> bool {
    let said = event.rsplit(' ').next().unwrap_or_default();
    let message = event.contains(" MSG ") || event.starts_with("queue ");
    let answer = message && !said.starts_with('m') && !event.contains(" headers=NATS/1.0 503|");
    answer || (event.contains(" -ERR Permissions Violation for Publish ") && said.contains("_R_"))
}
