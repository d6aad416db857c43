//! What the server shows of itself: pages over HTTP, the system account's services, traces of
//! messages. Compared field by field with the original.

mod connz;
mod metrics;
mod pages;
mod system;
mod tracing;

use std::time::Duration;

use anyhow::{Context as _, Result};
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;
use tests::{Broker, Which};

/// A broker with its monitoring.
struct Monitored {
    broker: Broker,
    url: String,
}

/// What a page answered.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    status: u16,
    content_type: String,
    body: String,
}

impl Monitored {
    fn start(which: Which, config: &str) -> Result<Self> {
        const STARTED: &str = "Starting http monitor on ";
        let config = format!("http: \"127.0.0.1:-1\"\n{config}");
        let mut broker = Broker::start(which, &config)?;
        let line = broker
            .daemon()
            .wait_for_line(STARTED, Duration::from_secs(10))?;
        // What the pages tell of other listeners is there when these are.
        broker
            .daemon()
            .wait_for_line("Server is ready", Duration::from_secs(10))?;
        let (_, address) = line.split_once(STARTED).context("no address")?;
        let url = format!("http://{}", address.trim());
        Ok(Self { broker, url })
    }

    async fn answer(&self, path: &str) -> Result<Answer> {
        let answer = reqwest::get(format!("{}/{path}", self.url)).await?;
        let content_type = answer.headers().get(CONTENT_TYPE);
        Ok(Answer {
            status: answer.status().as_u16(),
            content_type: content_type.context("no type")?.to_str()?.to_owned(),
            body: answer.text().await?,
        })
    }

    async fn json(&self, path: &str) -> Result<Value> {
        let answer = self.answer(path).await?;
        serde_json::from_str(&answer.body).with_context(|| format!("{path}: {answer:?}"))
    }
}

/// What was signed is shown as it was signed.
const SIGNED: [&str; 2] = ["trusted_operators_claim", "decoded_jwt"];

/// Where our fields may differ from the original's.
#[derive(Default)]
struct Allowed<'a> {
    /// Fields that only the original has.
    missing: &'a [&'a str],
    /// Fields that only we have.
    added: &'a [&'a str],
}

/// Complains about every field of the original that we have not, in another place or of another
/// type, and about every field that only we have.
fn compare(original: &Value, ours: &Value, allowed: &Allowed<'_>) -> Vec<String> {
    let mut complaints = Vec::new();
    compare_at("", original, ours, allowed, &mut complaints);
    complaints
}

fn compare_at(
    place: &str,
    original: &Value,
    ours: &Value,
    allowed: &Allowed<'_>,
    complaints: &mut Vec<String>,
) {
    match (original, ours) {
        (Value::Object(original), Value::Object(ours)) => {
            let is_kept = |name: &&String| !allowed.missing.contains(&name.as_str());
            let is_shared = |name: &&String| !allowed.added.contains(&name.as_str());
            let wanted: Vec<_> = original.keys().filter(is_kept).collect();
            let found: Vec<_> = ours.keys().filter(is_shared).collect();
            if wanted != found {
                complaints.push(format!(
                    "{place}:\n  original {wanted:?}\n  ours     {found:?}"
                ));
            }
            for (name, original) in original {
                if SIGNED.contains(&name.as_str()) {
                    continue;
                }
                if let Some(ours) = ours.get(name) {
                    compare_at(
                        &format!("{place}/{name}"),
                        original,
                        ours,
                        allowed,
                        complaints,
                    );
                }
            }
        }
        (Value::Array(original), Value::Array(ours)) => {
            if let (Some(original), Some(ours)) = (original.first(), ours.first()) {
                compare_at(&format!("{place}[0]"), original, ours, allowed, complaints);
            } else if original.is_empty() != ours.is_empty() {
                complaints.push(format!("{place}: one list is empty"));
            }
        }
        _ => {
            if std::mem::discriminant(original) != std::mem::discriminant(ours) {
                complaints.push(format!("{place}: original {original}, ours {ours}"));
            }
        }
    }
}
