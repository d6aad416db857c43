//! `/metrics`: the control plane's own figures, as text for Prometheus.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderName, header};

use crate::app::App;
use crate::auth::{May, may};
use crate::problem::{Problem, ProblemBody};

/// The format that Prometheus reads.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Figures of this process since its start, as text for Prometheus. The broker's are on its
/// monitoring port.
#[utoipa::path(get, path = "/metrics", operation_id = "get_metrics", tag = "system",
    responses((status = 200, body = String, content_type = "text/plain"),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    _: May<may::ReadSystem>,
) -> Result<([(HeaderName, &'static str); 1], String), Problem> {
    let mut text = String::from(
        "# HELP tidegate_enrolments_total Certificates asked for by devices, by outcome.\n\
         # TYPE tidegate_enrolments_total counter\n",
    );
    for (way, outcome, count) in app.enrolments.counts() {
        // Both words are ours, and need no quotes. Writing to a text does not fail.
        let _ = writeln!(
            text,
            "tidegate_enrolments_total{{way=\"{}\",outcome=\"{outcome}\"}} {count}",
            way.as_str()
        );
    }
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text))
}
