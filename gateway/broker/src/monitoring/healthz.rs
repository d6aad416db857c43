//! Whether the server is well, and what a probe may ask.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::server::Server;

/// What a probe asks. Without JetStream most of it makes no difference.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct HealthzOptions {
    /// An account whose streams are meant.
    pub account: Option<String>,
    /// A stream of it.
    pub stream: Option<String>,
    /// A consumer of that.
    pub consumer: Option<String>,
    /// Tell every error apart.
    pub details: bool,
}

/// The answer and its status code, as HTTP has them.
pub(crate) fn healthz(server: &Server, options: &HealthzOptions) -> (u16, Value) {
    let is_given = |name: &Option<String>| name.as_ref().is_some_and(|name| !name.is_empty());
    let lacks = |whole: &Option<String>, part: &Option<String>| is_given(part) && !is_given(whole);
    let problem = if lacks(&options.account, &options.stream) {
        let text = "\"account\" must not be empty when checking stream health";
        Some((400, "BAD_REQUEST", text))
    } else if lacks(&options.stream, &options.consumer) {
        let text = "\"stream\" must not be empty when checking consumer health";
        Some((400, "BAD_REQUEST", text))
    } else if server.stop_accepting.is_cancelled() {
        Some((500, "CONNECTION", "the server does not accept connections"))
    } else {
        None
    };
    match problem {
        None => (200, json!({ "status": "ok" })),
        Some((code, kind, text)) if options.details => {
            let errors = [json!({ "type": kind, "error": text })];
            (code, json!({ "status": "error", "errors": errors }))
        }
        Some((code, _, text)) => (code, json!({ "status": "error", "error": text })),
    }
}
