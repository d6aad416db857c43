//! Numbers of one scenario, their medians, and the tables.

use std::fmt::Write as _;

use crate::server::Side;

/// What one number says, and which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Metric {
    MessagesPerSecond,
    CpuPerMessage,
    Rss,
    LatencyMedian,
    LatencyP99,
    SubscribesPerSecond,
    RssPerSubscription,
    ConnectsPerSecond,
    CpuPerConnect,
    RssPerConnection,
}

impl Metric {
    fn title(self) -> &'static str {
        match self {
            Self::MessagesPerSecond => "msgs/s",
            Self::CpuPerMessage => "server CPU µs/msg",
            Self::Rss => "RSS MiB",
            Self::LatencyMedian => "latency p50 µs",
            Self::LatencyP99 => "latency p99 µs",
            Self::SubscribesPerSecond => "SUB/s",
            Self::RssPerSubscription => "bytes/subscription",
            Self::ConnectsPerSecond => "connects/s",
            Self::CpuPerConnect => "server CPU µs/connect",
            Self::RssPerConnection => "bytes/idle connection",
        }
    }

    fn format(self, value: f64) -> String {
        match self {
            Self::CpuPerMessage => format!("{value:.3}"),
            Self::Rss | Self::LatencyMedian | Self::LatencyP99 | Self::CpuPerConnect => {
                format!("{value:.1}")
            }
            _ => grouped(value),
        }
    }
}

/// The numbers of one run of one scenario against one server.
pub(crate) type Sample = Vec<(Metric, f64)>;

/// All samples of one scenario.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) scenario: String,
    ours: Vec<Sample>,
    theirs: Vec<Sample>,
}

impl Row {
    pub(crate) fn new(scenario: &str) -> Self {
        Self {
            scenario: scenario.to_owned(),
            ours: Vec::new(),
            theirs: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, side: Side, sample: Sample) {
        match side {
            Side::Ours => self.ours.push(sample),
            Side::Theirs => self.theirs.push(sample),
        }
    }

    fn metrics(&self) -> Vec<Metric> {
        let any = self.theirs.first().or(self.ours.first());
        any.map(|sample| sample.iter().map(|(metric, _)| *metric).collect())
            .unwrap_or_default()
    }

    pub(crate) fn median(&self, side: Side, wanted: Metric) -> Option<f64> {
        let samples = match side {
            Side::Ours => &self.ours,
            Side::Theirs => &self.theirs,
        };
        let mut values: Vec<f64> = samples
            .iter()
            .flatten()
            .filter(|(metric, _)| *metric == wanted)
            .map(|(_, value)| *value)
            .collect();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        match values.len() {
            0 => None,
            n if n % 2 == 1 => Some(values[middle]),
            _ => Some((values[middle - 1] + values[middle]) / 2.0),
        }
    }

    pub(crate) fn ratio(&self, metric: Metric) -> Option<f64> {
        let theirs = self.median(Side::Theirs, metric)?;
        self.median(Side::Ours, metric).map(|ours| ours / theirs)
    }

    fn cells(&self, metric: Metric) -> [String; 3] {
        let show = |value: Option<f64>| value.map_or("-".to_owned(), |v| metric.format(v));
        [
            show(self.median(Side::Ours, metric)),
            show(self.median(Side::Theirs, metric)),
            self.ratio(metric)
                .map_or("-".to_owned(), |ratio| format!("{ratio:.2}")),
        ]
    }
}

/// The whole report in Markdown: throughput side by side, then everything else line by line.
pub(crate) fn markdown(rows: &[Row]) -> String {
    let main = [
        Metric::MessagesPerSecond,
        Metric::CpuPerMessage,
        Metric::Rss,
    ];
    let mut text = String::from("| scenario |");
    for metric in main {
        let _ = write!(text, " {} ours | theirs | ratio |", metric.title());
    }
    text.push_str("\n| --- |");
    text.push_str(&" ---: |".repeat(9));
    text.push('\n');
    for row in rows.iter().filter(|row| row.metrics().starts_with(&main)) {
        let _ = write!(text, "| {} |", row.scenario);
        for metric in main {
            let _ = write!(text, " {} |", row.cells(metric).join(" | "));
        }
        text.push('\n');
    }
    text.push_str("\n| scenario | what | ours | theirs | ratio |\n");
    text.push_str("| --- | --- | ---: | ---: | ---: |\n");
    for row in rows {
        let metrics = row.metrics();
        let rest = if metrics.starts_with(&main) {
            &metrics[main.len()..]
        } else {
            &metrics[..]
        };
        for metric in rest {
            let cells = row.cells(*metric).join(" | ");
            let _ = writeln!(text, "| {} | {} | {cells} |", row.scenario, metric.title());
        }
    }
    text
}

/// The project's own targets: a ratio at or under the limit.
const TARGETS: [(&str, Metric, f64); 3] = [
    ("1:1 128 B", Metric::CpuPerMessage, 1.0),
    ("1:100 128 B", Metric::CpuPerMessage, 1.0),
    ("idle", Metric::RssPerConnection, 0.5),
];

/// One line per target that was measured on both sides; the flag says whether all were met.
pub(crate) fn targets(rows: &[Row]) -> (String, bool) {
    let mut text = String::new();
    let mut met_all = true;
    for (scenario, metric, limit) in TARGETS {
        let row = rows.iter().find(|row| row.scenario.starts_with(scenario));
        let Some(ratio) = row.and_then(|row| row.ratio(metric)) else {
            continue;
        };
        let met = ratio <= limit;
        met_all &= met;
        let verdict = if met { "met" } else { "MISSED" };
        let what = metric.title();
        let _ = writeln!(
            text,
            "target {scenario}, {what}: {ratio:.2} of {limit:.2}: {verdict}"
        );
    }
    (text, met_all)
}

fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        let left = digits.len() - index;
        if index > 0 && left.is_multiple_of(3) && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
