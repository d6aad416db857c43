//! What is counted of this process for Prometheus: requests by route and answer, and how long they
//! took. What is true of the whole installation is asked when somebody looks ([`crate::http`]).

use std::time::Duration;

use prometheus::{
    HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder,
};

use crate::enrol::tally::Tally;

/// From what needs no database to what ends in [`crate::http`]'s time limit.
const SECONDS: [f64; 11] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0,
];
const NAMES_ARE_OURS: &str = "names of metrics and labels are constants of ours";

/// The counters of a process.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    pub(crate) enrolments: Tally,
}

impl Default for Metrics {
    fn default() -> Self {
        let registry = Registry::new();
        let requests = counters(
            &registry,
            "tidegate_http_requests_total",
            "Requests answered, by method, route and status.",
            &["method", "route", "status"],
        );
        let enrolments = counters(
            &registry,
            "tidegate_enrolments_total",
            "Certificates asked for by devices, by outcome.",
            &["way", "outcome"],
        );
        let options = HistogramOpts::new(
            "tidegate_http_request_duration_seconds",
            "Time from a request's head to its answer's.",
        );
        let options = options.buckets(SECONDS.to_vec());
        let seconds = HistogramVec::new(options, &["method", "route"]).expect(NAMES_ARE_OURS);
        let registered = registry.register(Box::new(seconds.clone()));
        registered.expect(NAMES_ARE_OURS);
        Self {
            registry,
            requests,
            seconds,
            enrolments: Tally(enrolments),
        }
    }
}

fn counters(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
    let counters = IntCounterVec::new(Opts::new(name, help), labels).expect(NAMES_ARE_OURS);
    let registered = registry.register(Box::new(counters.clone()));
    registered.expect(NAMES_ARE_OURS);
    counters
}

impl Metrics {
    /// Counts a request. `route` is a template: there is a bounded number of them.
    pub(crate) fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        let status = status.to_string();
        let labels = [method, route, status.as_str()];
        self.requests.with_label_values(&labels).inc();
        let seconds = self.seconds.with_label_values(&labels[..2]);
        seconds.observe(took.as_secs_f64());
    }

    /// Everything as text, the figures of the installation after the counters.
    pub(crate) fn text(&self, gauges: &Gauges) -> Result<String, prometheus::Error> {
        let mut families = self.registry.gather();
        families.extend(gauges.0.gather());
        TextEncoder::new().encode_to_string(&families)
    }
}

/// Figures that are asked for each time.
#[derive(Debug, Default)]
pub(crate) struct Gauges(Registry);

impl Gauges {
    /// A figure for each value of one label.
    pub(crate) fn by<'v>(
        &self,
        (name, help): (&str, &str),
        label: &str,
        values: impl IntoIterator<Item = (&'v str, i64)>,
    ) {
        let gauges = IntGaugeVec::new(Opts::new(name, help), &[label]).expect(NAMES_ARE_OURS);
        for (value, figure) in values {
            gauges.with_label_values(&[value]).set(figure);
        }
        let registered = self.0.register(Box::new(gauges));
        registered.expect(NAMES_ARE_OURS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_route_and_answer() {
        let metrics = Metrics::default();
        for status in [200, 200, 404] {
            metrics.answered(
                "GET",
                "/api/v1/orgs/{org}",
                status,
                Duration::from_millis(3),
            );
        }
        let gauges = Gauges::default();
        let figures = [("local", 1), ("far \"away\"", 0)];
        gauges.by(("tidegate_engine_connected", "Reached."), "engine", figures);
        let text = metrics.text(&gauges).unwrap();
        let labels = "method=\"GET\",route=\"/api/v1/orgs/{org}\"";
        for line in [
            format!("tidegate_http_requests_total{{{labels},status=\"200\"}} 2"),
            format!("tidegate_http_requests_total{{{labels},status=\"404\"}} 1"),
            format!("tidegate_http_request_duration_seconds_count{{{labels}}} 3"),
            "tidegate_engine_connected{engine=\"local\"} 1".to_owned(),
            "tidegate_engine_connected{engine=\"far \\\"away\\\"\"} 0".to_owned(),
        ] {
            assert!(text.lines().any(|it| it == line), "{line}\n{text}");
        }
    }
}
