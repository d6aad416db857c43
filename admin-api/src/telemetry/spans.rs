//! The spans that there are, with the names and attributes that OpenTelemetry's conventions give
//! them; what is ours begins with `tidegate.`. `docs/telemetry.md` lists them.

use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::response::Response;
use opentelemetry::trace::SpanContext;
use tracing::field::Empty;
use tracing::{Span, info_span};
use url::Url;

use super::{SPAN_TARGET, begin_below, causes, change};
use crate::problem::Code;
use crate::store::deliveries::DeliveryRow;
use crate::store::engines::DuePush;
use crate::store::operations::OperationRow;

/// Asked all the time, by machines, and about nothing.
const QUIET: [&str; 2] = ["/healthz", "/readyz"];

/// A request of the API, below the caller's own span where it sends one. Files of the console are
/// none.
pub(crate) fn request(
    request: &Request,
    (id, scheme): (&str, &str),
    sent: Option<&SpanContext>,
) -> Span {
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map(MatchedPath::as_str);
    let is_of_api = match route {
        Some(route) => !QUIET.contains(&route),
        None => request.uri().path().starts_with("/api/"),
    };
    if !is_of_api {
        return Span::none();
    }
    let method = method_of(request.method());
    let span = info_span!(
        target: SPAN_TARGET,
        "request",
        otel.name = name_of(method, route),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        // Only where it has the form of a route: then there are ids in it and nothing else.
        url.path = route.map(|_| request.uri().path()),
        url.scheme = scheme,
        http.response.status_code = Empty,
        error.type = Empty,
        tidegate.request.id = id,
        tidegate.account.id = Empty,
        tidegate.org.id = Empty,
    );
    if let Some(parent) = sent.filter(|_| !span.is_disabled()) {
        begin_below(&span, parent.clone());
    }
    span
}

fn name_of(method: &str, route: Option<&str>) -> String {
    let method = if method == OTHER { "HTTP" } else { method };
    match route {
        Some(route) => format!("{method} {route}"),
        None => method.to_owned(),
    }
}

/// What the conventions call a method that is none of the known ones.
const OTHER: &str = "_OTHER";

fn method_of(method: &Method) -> &str {
    const KNOWN: [Method; 9] = [
        Method::CONNECT,
        Method::DELETE,
        Method::GET,
        Method::HEAD,
        Method::OPTIONS,
        Method::PATCH,
        Method::POST,
        Method::PUT,
        Method::TRACE,
    ];
    match KNOWN.contains(method) {
        true => method.as_str(),
        false => OTHER,
    }
}

/// How the request was answered. What a caller did wrong is no error of the server's.
pub(crate) fn answered(span: &Span, response: &Response) {
    if span.is_disabled() {
        return;
    }
    let status = response.status();
    span.record("http.response.status_code", i64::from(status.as_u16()));
    let code = response.extensions().get::<Code>().map(|code| code.0);
    if let Some(code) = code {
        span.record("error.type", code);
    }
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
        if code.is_none() {
            span.record("error.type", status.as_str());
        }
    }
}

/// A transaction, or a look-up, of a request or of what follows from one. What looks by itself
/// whether there is something to do would fill every other line of a trace's list.
pub(crate) fn transaction(what: &'static str, database: &'static str) -> Span {
    let current = Span::current();
    if current
        .metadata()
        .is_none_or(|it| it.target() != SPAN_TARGET)
    {
        return Span::none();
    }
    info_span!(
        target: SPAN_TARGET,
        "transaction",
        otel.name = what,
        otel.kind = "client",
        otel.status_code = Empty,
        db.system.name = database,
        error.type = Empty,
        tidegate.db.committed = Empty,
    )
}

/// A request to somebody else's URL. Of that only the host: its path or query can be a secret.
pub(crate) fn outgoing(method: &Method, url: &Url) -> Span {
    let method = method_of(method);
    info_span!(
        target: SPAN_TARGET,
        "outgoing",
        otel.name = name_of(method, None),
        otel.kind = "client",
        otel.status_code = Empty,
        http.request.method = method,
        server.address = url.host_str(),
        server.port = url.port_or_known_default().map(i64::from),
        url.scheme = url.scheme(),
        http.response.status_code = Empty,
        error.type = Empty,
    )
}

/// What somebody else's server has answered.
pub(crate) fn received(span: &Span, status: u16) {
    span.record("http.response.status_code", i64::from(status));
    if status >= 400 {
        failed(span, status.to_string().as_str());
    }
}

/// It went wrong, in this way.
pub(crate) fn failed(span: &Span, kind: &str) {
    span.record("otel.status_code", "ERROR");
    span.record("error.type", kind);
}

/// One attempt to deliver an event to a webhook.
pub(crate) fn delivery(delivery: &DeliveryRow) -> Span {
    info_span!(
        target: SPAN_TARGET,
        "deliver webhook",
        otel.status_code = Empty,
        error.type = Empty,
        tidegate.webhook.id = delivery.webhook_id,
        tidegate.delivery.id = delivery.id,
        tidegate.delivery.attempt = delivery.attempts + 1,
        tidegate.event.id = delivery.event_id,
        tidegate.event.type = delivery.kind,
    )
}

/// A push of an account's claims to an engine, below what has changed them.
pub(crate) fn push(engine: &str, due: &DuePush) -> Span {
    let span = info_span!(
        target: SPAN_TARGET,
        "push claims",
        otel.kind = "client",
        otel.status_code = Empty,
        messaging.system = "nats",
        messaging.operation.type = "send",
        messaging.destination.name = "$SYS.REQ.CLAIMS.UPDATE",
        error.type = Empty,
        tidegate.engine.name = engine,
        tidegate.account.id = due.account_id,
        tidegate.account.generation = due.generation,
        tidegate.push.failures = due.failures,
    );
    if !span.is_disabled()
        && let Some(cause) = causes::recall(&change(&due.account_id, due.generation))
    {
        begin_below(&span, cause);
    }
    span
}

/// A request waits until the engines hold what it has changed.
pub(crate) fn waiting(account_id: &str) -> Span {
    info_span!(
        target: SPAN_TARGET,
        "wait for engines",
        tidegate.account.id = account_id,
        tidegate.live = Empty,
    )
}

/// A turn of an operation: what was asked for by a request and is done after it.
pub(crate) fn operation(row: &OperationRow) -> Span {
    let span = info_span!(
        target: SPAN_TARGET,
        "operation",
        otel.name = format!("operation {}", row.kind),
        otel.status_code = Empty,
        error.type = Empty,
        tidegate.operation.id = row.id,
        tidegate.operation.kind = row.kind,
        tidegate.operation.turn = row.attempts,
        tidegate.request.id = row.request_id,
        tidegate.account.id = row.account_id,
    );
    super::follow(&span, Some(&row.request_id), row.trace_id.as_deref());
    span
}
