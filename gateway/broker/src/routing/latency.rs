//! Service latency: samples of how long the answer to a request took, published for the account
//! that exports the service.
//!
//! A request is chosen by a percentage, or by the tracing headers that it carries. What becomes of
//! it decides the status of its sample.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use accounts::claims::account::{Sampling, ServiceLatency};
use protocol::headers::HeaderBlock;
use serde::Serialize;

use super::request_info::ClientInfo;
use crate::clock;

const KIND: &str = "io.nats.server.metric.v1.service_latency";
/// Bytes of tracing headers that a sample repeats; others are left out. Requesters choose them, and
/// the exporter's samples hold them until there is an answer.
const HEADER_BYTES_MAX: usize = 4096;

const UBER: &str = "Uber-Trace-Id";
const UBER_CONTEXT_PREFIX: &str = "Uberctx-";
const B3_SAMPLED: &str = "X-B3-Sampled";
const B3_TRACE: &str = "X-B3-Traceid";
const B3_FAMILY: [&str; 4] = [B3_SAMPLED, B3_TRACE, "X-B3-Parentspanid", "X-B3-Spanid"];
const B3: &str = "B3";
const TRACE_PARENT: &str = "Traceparent";
const TRACE_STATE: &str = "Tracestate";

/// The headers that had a request measured: names in the spelling of HTTP, with their values.
pub(crate) type Trigger = BTreeMap<String, Vec<String>>;

/// Why there was no answer to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The request names no reply subject.
    NoReply,
    /// The requester stopped listening before the answer came.
    InterestLost,
    /// Nobody serves.
    NoResponders,
    /// There was no answer in time.
    Timeout,
}

impl Failure {
    fn status(self) -> (u16, &'static str) {
        match self {
            Self::NoReply => (400, "Bad Request"),
            Self::InterestLost => (408, "Request Timeout"),
            Self::NoResponders => (503, "Service Unavailable"),
            Self::Timeout => (504, "Service Timeout"),
        }
    }
}

/// A request that is being measured.
#[derive(Debug)]
pub(crate) struct Sample {
    latency: Arc<ServiceLatency>,
    requestor: Option<ClientInfo>,
    header: Trigger,
    started: SystemTime,
    started_at: Instant,
}

/// A sample as it is published. Durations are nanoseconds.
#[derive(Debug, Serialize)]
struct Report<'a> {
    r#type: &'static str,
    id: String,
    timestamp: String,
    status: u16,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    requestor: Option<&'a ClientInfo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    responder: Option<&'a ClientInfo>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    header: &'a Trigger,
    start: String,
    service: u64,
    system: u64,
    total: u64,
}

impl Sample {
    pub(crate) fn new(
        latency: &Arc<ServiceLatency>,
        requestor: Option<&ClientInfo>,
        header: Trigger,
    ) -> Self {
        Self {
            latency: Arc::clone(latency),
            requestor: requestor.cloned(),
            header,
            started: clock::wall(),
            started_at: clock::instant(),
        }
    }

    /// The subject that the report goes to, in the exporter's account.
    pub(crate) fn results(&self) -> &[u8] {
        self.latency.results.as_bytes()
    }

    /// The report on an answer that came in at `answered` and has been passed on by now.
    pub(crate) fn answered(&self, responder: Option<&ClientInfo>, answered: Instant) -> Vec<u8> {
        let taken = answered.saturating_duration_since(self.started_at);
        let requestor_rtt = rtt_of(self.requestor.as_ref());
        let responder_rtt = rtt_of(responder);
        let system = clock::instant().saturating_duration_since(answered);
        let mut report = self.report(200, "");
        report.responder = responder;
        report.service = nanos(taken.saturating_sub(responder_rtt));
        report.system = nanos(system);
        report.total = nanos(requestor_rtt + taken + system);
        to_json(&report)
    }

    /// Bytes that it holds, at least.
    pub(crate) fn held_bytes(&self) -> usize {
        let values = |(name, values): (&String, &Vec<String>)| {
            name.len() + values.iter().map(String::len).sum::<usize>()
        };
        size_of::<Self>() + self.header.iter().map(values).sum::<usize>()
    }

    /// The report on a request that was not answered.
    pub(crate) fn failed(&self, failure: Failure) -> Vec<u8> {
        let (status, description) = failure.status();
        to_json(&self.report(status, description))
    }

    fn report(&self, status: u16, description: &'static str) -> Report<'_> {
        let mut id = Vec::new();
        crate::token::append(&mut id);
        // As the requester saw it: half a round trip before it came here and half one after.
        let rtt = rtt_of(self.requestor.as_ref());
        Report {
            r#type: KIND,
            id: String::from_utf8_lossy(&id).into_owned(),
            timestamp: clock::rfc3339(clock::wall()),
            status,
            description,
            requestor: self.requestor.as_ref(),
            responder: None,
            header: &self.header,
            start: clock::rfc3339(self.started - rtt),
            service: 0,
            system: 0,
            total: 0,
        }
    }
}

fn rtt_of(info: Option<&ClientInfo>) -> Duration {
    Duration::from_nanos(info.and_then(|info| info.rtt).unwrap_or(0))
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn to_json(report: &Report<'_>) -> Vec<u8> {
    serde_json::to_vec(report).unwrap_or_default()
}

/// Whether a request with these headers is measured, and what had it measured. Who is not drawn by
/// percentage may still ask for it by its headers.
pub(crate) fn choose(latency: &ServiceLatency, block: &[u8], random: u32) -> Option<Trigger> {
    if let Sampling::Percent(percent) = latency.sampling
        && i64::from(random % 100) < percent
    {
        return Some(Trigger::new());
    }
    let block = HeaderBlock::parse(block).ok()?;
    let headers = block.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value).into_owned();
        (http_spelling(name), value)
    });
    traced(&headers.collect::<Vec<_>>())
}

/// What tracing headers say: that the request is to be traced, or leave it to us, which means the
/// same. `None` when they forbid it, or when there are none.
fn traced(headers: &[(String, String)]) -> Option<Trigger> {
    let first = |wanted: &str| {
        let header = headers.iter().find(|(name, _)| name == wanted);
        header.map(|(_, value)| value.as_str())
    };
    if let Some(id) = first(UBER) {
        let context = |name: &str| name == UBER || name.starts_with(UBER_CONTEXT_PREFIX);
        return uber_samples(id).then(|| keep(headers, context));
    }
    let sampled = first(B3_SAMPLED);
    if sampled == Some("0") {
        return None;
    }
    if sampled == Some("1") || first(B3_TRACE).is_some() {
        return Some(keep(headers, |name| B3_FAMILY.contains(&name)));
    }
    if let Some(b3) = first(B3) {
        let parts: Vec<&str> = b3.split('-').collect();
        let denied = matches!(parts.as_slice(), ["0"] | [_, _, "0", ..]);
        return (!denied).then(|| keep(headers, |name| name == B3));
    }
    let parent = first(TRACE_PARENT)?;
    let context = |name: &str| name == TRACE_PARENT || name == TRACE_STATE;
    parent_samples(parent).then(|| keep(headers, context))
}

/// `trace:span:parent:flags`, flags of one or two hexadecimal digits, of which bit 0 is "sampled".
fn uber_samples(id: &str) -> bool {
    let parts: Vec<&str> = id.split(':').collect();
    matches!(parts.as_slice(), [_, _, _, flags] if flags.len() <= 2 && is_odd(flags))
}

/// `version-trace-parent-flags`, flags of two hexadecimal digits, of which bit 0 is "sampled".
fn parent_samples(parent: &str) -> bool {
    let parts: Vec<&str> = parent.split('-').collect();
    matches!(parts.as_slice(), [_, _, _, flags] if flags.len() == 2 && is_odd(flags))
}

fn is_odd(hexadecimal: &str) -> bool {
    u8::from_str_radix(hexadecimal, 16).is_ok_and(|flags| flags & 1 == 1)
}

/// The headers with such names, as many as fit.
fn keep(headers: &[(String, String)], wanted: impl Fn(&str) -> bool) -> Trigger {
    let mut kept = Trigger::new();
    let mut room = HEADER_BYTES_MAX;
    for (name, value) in headers.iter().filter(|(name, _)| wanted(name)) {
        let Some(left) = room.checked_sub(name.len() + value.len()) else {
            break;
        };
        room = left;
        kept.entry(name.clone()).or_default().push(value.clone());
    }
    kept
}

/// A header name as HTTP libraries write it: capitals at the beginning and after each hyphen.
fn http_spelling(name: &[u8]) -> String {
    let mut capital = true;
    let spelled = name.iter().map(|byte| {
        let spelled = match capital {
            true => byte.to_ascii_uppercase(),
            false => byte.to_ascii_lowercase(),
        };
        capital = *byte == b'-';
        char::from(spelled)
    });
    spelled.collect()
}

#[cfg(test)]
mod tests {
    use accounts::claims::account::{Sampling, ServiceLatency};

    use super::{HEADER_BYTES_MAX, Trigger, choose};

    fn by(sampling: Sampling, lines: &str, random: u32) -> Option<Trigger> {
        let results = "results".to_owned();
        let latency = ServiceLatency { sampling, results };
        let block = format!("NATS/1.0\r\n{lines}\r\n");
        choose(&latency, block.as_bytes(), random)
    }

    fn by_headers(lines: &str) -> Option<Vec<String>> {
        let trigger = by(Sampling::Named("headers".to_owned()), lines, 0)?;
        Some(trigger.into_keys().collect())
    }

    #[test]
    fn a_percentage_draws_its_share() {
        for (percent, expected) in [(1, 1), (50, 50), (100, 100)] {
            let drawn = (0..100).filter(|n| by(Sampling::Percent(percent), "", *n).is_some());
            assert_eq!(drawn.count(), expected);
        }
        assert!(by(Sampling::Percent(1), "X-B3-Sampled: 1\r\n", 99).is_some());
    }

    #[test]
    fn tracing_headers_decide() {
        let sampled = [
            ("uber-trace-id: a:b:0:1\r\nUberctx-X: y\r\nother: z\r\n", 2),
            ("Uber-Trace-Id: a:b:0:03\r\n", 1),
            ("X-B3-Sampled: 1\r\nx-b3-spanid: s\r\n", 2),
            ("X-B3-TraceId: 80f1\r\nX-B3-ParentSpanId: p\r\n", 2),
            ("b3: 80f1-e457-1-05e3\r\n", 1),
            ("b3: 80f1-e457\r\n", 1),
            ("traceparent: 00-4bf9-00f0-01\r\ntracestate: r=0\r\n", 2),
        ];
        for (lines, kept) in sampled {
            let names = by_headers(lines).unwrap_or_else(|| panic!("not sampled: {lines}"));
            assert_eq!(names.len(), kept, "{lines} {names:?}");
        }
        let not_sampled = [
            "",
            "other: z\r\n",
            "Uber-Trace-Id: a:b:0:0\r\n",
            "Uber-Trace-Id: a:b:0:0\r\nX-B3-Sampled: 1\r\n",
            "Uber-Trace-Id: a:b:1\r\n",
            "Uber-Trace-Id: a:b:0:001\r\n",
            "X-B3-Sampled: 0\r\nX-B3-TraceId: 80f1\r\n",
            "b3: 0\r\n",
            "b3: 80f1-e457-0\r\n",
            "traceparent: 00-4bf9-00f0-00\r\n",
            "traceparent: 00-4bf9-00f0-xx\r\n",
            "broken line\r\nX-B3-Sampled: 1\r\n",
        ];
        for lines in not_sampled {
            assert_eq!(by_headers(lines), None, "{lines}");
        }
    }

    #[test]
    fn a_sample_holds_no_more_than_its_bound() {
        let long = "y".repeat(1000);
        let lines: String = (0..10)
            .map(|n| format!("Uberctx-{n}: {long}\r\n"))
            .collect();
        let lines = format!("Uber-Trace-Id: a:b:0:1\r\n{lines}");
        let trigger = by(Sampling::Named("headers".to_owned()), &lines, 0).expect("sampled");
        let held = |(name, values): (&String, &Vec<String>)| name.len() + values[0].len();
        assert!(trigger.iter().map(held).sum::<usize>() <= HEADER_BYTES_MAX);
        assert_eq!(trigger.len(), 5);
    }
}
