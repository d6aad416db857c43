//! What was measured: said at once, and as a table at the end.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use tests::Which;

/// Rows by their names, with a column for each server.
#[derive(Debug, Default)]
pub(crate) struct Report {
    columns: Vec<&'static str>,
    rows: Vec<(String, Vec<String>)>,
}

impl Report {
    pub(crate) fn say(&self, text: &str) -> Result<()> {
        Ok(writeln!(io::stdout(), "{text}")?)
    }

    pub(crate) fn begin(&mut self, which: Which) -> Result<()> {
        let name = match which {
            Which::Tidegate => "tidegate",
            Which::NatsServer => "nats-server",
        };
        self.columns.push(name);
        self.say(&format!("--- {name}"))
    }

    pub(crate) fn row(&mut self, name: &str, value: &str) -> Result<()> {
        self.say(&format!("{name}: {value}"))?;
        let at = match self.rows.iter().position(|(known, _)| known == name) {
            Some(at) => at,
            None => {
                self.rows.push((name.to_owned(), Vec::new()));
                self.rows.len() - 1
            }
        };
        let cells = &mut self.rows[at].1;
        cells.resize(self.columns.len() - 1, "–".to_owned());
        cells.push(value.to_owned());
        Ok(())
    }

    /// The median, the 99th percentile and the largest.
    pub(crate) fn spread(&mut self, name: &str, mut times: Vec<Duration>) -> Result<()> {
        times.sort_unstable();
        let at = |part: f64| {
            let index = (times.len() as f64 * part) as usize;
            times.get(index.min(times.len().saturating_sub(1)))
        };
        let [Some(median), Some(p99), Some(max)] = [at(0.5), at(0.99), at(1.0)] else {
            return self.row(name, "nothing was measured");
        };
        let (median, p99, max) = (millis(*median), millis(*p99), millis(*max));
        let count = times.len();
        self.row(
            name,
            &format!("p50 {median}, p99 {p99}, max {max} ({count})"),
        )
    }

    pub(crate) fn finish(self, output: Option<&Path>) -> Result<()> {
        let mut table = format!("| | {} |\n", self.columns.join(" | "));
        table.push_str(&format!("|---|{}\n", "---|".repeat(self.columns.len())));
        for (name, cells) in &self.rows {
            table.push_str(&format!("| {name} | {} |\n", cells.join(" | ")));
        }
        writeln!(io::stdout(), "\n{table}")?;
        if let Some(path) = output {
            fs::write(path, table)?;
        }
        Ok(())
    }
}

pub(crate) fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}
