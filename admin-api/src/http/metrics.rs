//! `/metrics`: the control plane's own figures, as text for Prometheus.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, Method, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;
use crate::auth::{May, may};
use crate::metrics::{Gauges, Metrics};
use crate::problem::{Problem, ProblemBody};
use crate::store::{self, StoreError};

/// The format that Prometheus reads.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Stands for whatever matches no route: files of the console, and what does not exist.
const NO_ROUTE: &str = "other";

/// Counts requests.
pub(super) async fn count(
    State(metrics): State<Arc<Metrics>>,
    request: Request,
    next: Next,
) -> Response {
    let begun = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = request.method().clone();
    let response = next.run(request).await;
    let route = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    // Anybody may make up methods.
    let method = match method {
        Method::GET
        | Method::HEAD
        | Method::POST
        | Method::PUT
        | Method::PATCH
        | Method::DELETE
        | Method::OPTIONS => method.as_str(),
        _ => NO_ROUTE,
    };
    metrics.answered(method, route, response.status().as_u16(), begun.elapsed());
    response
}

/// Figures as text for Prometheus: of this process since its start, and what waits and how far the
/// engines are now. The broker's are on its monitoring port.
#[utoipa::path(get, path = "/metrics", operation_id = "get_metrics", tag = "system",
    params(May<may::ReadSystem>),
    responses((status = 200, body = String, content_type = "text/plain"),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    _: May<may::ReadSystem>,
) -> Result<([(HeaderName, &'static str); 1], String), Problem> {
    let gauges = Gauges::default();
    engines(&app, &gauges).await?;
    waiting(&app, &gauges).await?;
    let text = app.metrics.text(&gauges).map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "the metrics could not be written"
        );
        Problem::internal()
    })?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text))
}

async fn engines(app: &App, gauges: &Gauges) -> Result<(), StoreError> {
    let mut connected = Vec::new();
    let mut servers = Vec::new();
    let mut accounts = Vec::new();
    let mut behind = Vec::new();
    let engines = app.reconciler.engines();
    let mut tx = app.db.read().await?;
    for (engine, status) in &engines {
        let name = engine.name.as_str();
        let (all, late) = store::engines::progress(&mut tx, &engine.id).await?;
        connected.push((name, i64::from(status.error.is_none())));
        servers.push((
            name,
            i64::try_from(status.servers.len()).unwrap_or(i64::MAX),
        ));
        accounts.push((name, all));
        behind.push((name, late));
    }
    let by_engine = |name, help, figures: Vec<_>| gauges.by((name, help), "engine", figures);
    by_engine(
        "tidegate_engine_connected",
        "1 when the engine is reached.",
        connected,
    );
    by_engine(
        "tidegate_engine_servers",
        "Servers of a cluster that answer.",
        servers,
    );
    by_engine(
        "tidegate_engine_accounts",
        "Accounts that the engine should hold.",
        accounts,
    );
    by_engine(
        "tidegate_engine_accounts_behind",
        "Accounts whose newest claims the engine does not hold yet.",
        behind,
    );
    Ok(())
}

async fn waiting(app: &App, gauges: &Gauges) -> Result<(), StoreError> {
    let mut tx = app.db.read().await?;
    let figures = [
        ("events", store::events::count_waiting(&mut tx).await?),
        (
            "operations",
            store::operations::count_open(&mut tx, None).await?,
        ),
        (
            "webhook_deliveries",
            store::deliveries::count_all_waiting(&mut tx).await?,
        ),
    ];
    gauges.by(
        ("tidegate_waiting", "What is to be done yet, by kind."),
        "kind",
        figures,
    );
    Ok(())
}
