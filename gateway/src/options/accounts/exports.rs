//! What an account offers to others.

use accounts::claims::account::{Sampling, ServiceLatency};
use accounts::configured::ExportSetup;
use accounts::{ExportClaim, ShareKind};

use super::unknown;
use crate::config::{Entry, Node, Problem, Value};
use crate::options::fields;

/// Fields that only a service has.
const OF_SERVICES: [(&str, &[&str]); 4] = [
    ("response", &["response", "response_type"]),
    (
        "response threshold",
        &[
            "threshold",
            "response_threshold",
            "response_max_time",
            "response_time",
        ],
    ),
    ("latency", &["latency"]),
    ("allow_trace", &["allow_trace"]),
];

pub(super) fn read(node: &Node) -> Result<ExportSetup, Problem> {
    let Value::Map(map) = &node.value else {
        let found = node.describe();
        let message = format!("Export Items should be a map with type entry, found {found}");
        return Err(node.problem(message));
    };
    let mut export = ExportSetup {
        claim: ExportClaim::new(ShareKind::Stream, ""),
        approved: Vec::new(),
    };
    let mut kind = None;
    for entry in map.entries() {
        let other = match entry.name().as_str() {
            "stream" => ShareKind::Stream,
            "service" => ShareKind::Service,
            _ => {
                field(&mut export, entry)?;
                continue;
            }
        };
        if kind.replace(other).is_some() {
            let message = "an export is a stream or a service, not both";
            return Err(Problem::new(entry.key_at.clone(), message));
        }
        fields::non_empty(&entry.node)?.clone_into(&mut export.claim.subject);
    }
    let missing = || node.problem("an export needs a stream or a service");
    export.claim.kind = kind.ok_or_else(missing)?;
    if export.claim.kind == ShareKind::Stream {
        for (what, names) in OF_SERVICES {
            let is_one = |entry: &&Entry| names.contains(&entry.name().as_str());
            if let Some(entry) = map.entries().find(is_one) {
                let message = format!("Detected {what} directive on non-service; remove it");
                return Err(Problem::new(entry.key_at.clone(), message));
            }
        }
    }
    Ok(export)
}

fn field(export: &mut ExportSetup, entry: &Entry) -> Result<(), Problem> {
    let node = &entry.node;
    let claim = &mut export.claim;
    match entry.name().as_str() {
        "response" | "response_type" => {
            let text = fields::text(node)?;
            claim.response_type = match text.to_ascii_lowercase().as_str() {
                "single" | "singleton" => "Singleton",
                "stream" => "Stream",
                "chunk" | "chunked" => "Chunked",
                _ => {
                    let message = format!(
                        "Unknown response type: {text:?}; there are singleton, stream and chunked"
                    );
                    return Err(node.problem(message));
                }
            }
            .to_owned();
        }
        "threshold" | "response_threshold" | "response_max_time" | "response_time" => {
            let duration = match &node.value {
                Value::Text(text) => fields::parse_duration(text),
                _ => None,
            };
            let duration = duration.ok_or_else(|| {
                let found = node.describe();
                let message = format!(
                    "Expected response threshold to be a parseable time duration, as in \"1s\", \
                     found {found}"
                );
                node.problem(message)
            })?;
            claim.response_threshold = i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
        }
        "accounts" => {
            let names = fields::list(node)?.iter();
            let names = names.map(|node| fields::text(node).map(str::to_owned));
            export.approved = names.collect::<Result<_, _>>()?;
        }
        "latency" => claim.service_latency = Some(latency(node)?),
        "account_token_position" => {
            let position = fields::integer(node)?;
            claim.account_token_position = u32::try_from(position).map_err(|_| {
                node.problem("expected the place of a token of the subject, from 1 on")
            })?;
        }
        "allow_trace" => claim.allow_trace = fields::flag(node)?,
        _ if entry.is_variable => {}
        _ => return Err(unknown(entry, "an export")),
    }
    Ok(())
}

/// A subject for the results of all, or a block with `sampling` and `subject`.
fn latency(node: &Node) -> Result<ServiceLatency, Problem> {
    let mut latency = ServiceLatency {
        sampling: Sampling::Percent(100),
        results: String::new(),
    };
    if let Value::Map(map) = &node.value {
        for entry in map.entries() {
            match entry.name().as_str() {
                "sampling" => latency.sampling = sampling(&entry.node)?,
                "subject" => fields::text(&entry.node)?.clone_into(&mut latency.results),
                _ if entry.is_variable => {}
                _ => return Err(unknown(entry, "latency, which has sampling and subject")),
            }
        }
    } else {
        fields::text(node)?.clone_into(&mut latency.results);
    }
    match latency.results.is_empty() {
        true => Err(node.problem("Latency subject required, but missing")),
        false => Ok(latency),
    }
}

/// `50`, `50%`, or `headers`.
fn sampling(node: &Node) -> Result<Sampling, Problem> {
    let text = fields::text(node)?.trim();
    if text.eq_ignore_ascii_case("headers") {
        return Ok(Sampling::Named("headers".to_owned()));
    }
    let number = text.strip_suffix('%').unwrap_or(text).parse().ok();
    let percent = number.filter(|number| (1..=100).contains(number));
    percent.map(Sampling::Percent).ok_or_else(|| {
        let message = format!("bad sampling percentage, should be 1-100, found {text:?}");
        node.problem(message)
    })
}
