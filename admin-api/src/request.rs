//! Names a request: its id and the trace that it belongs to, in the answer and in every log line.

use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use tracing::Instrument as _;

use crate::ids::{IdKind, new_id};
use crate::random::random_bytes;
use crate::telemetry::{self, Current};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
const REQUEST_ID_BYTES_MAX: usize = 64;
/// As much as W3C has everybody pass on.
const TRACESTATE_BYTES_MAX: usize = 512;

/// The id of a request: the caller's own when it is harmless, else a new one.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

impl RequestId {
    /// The id that [`tag`] put there.
    pub(crate) fn of(extensions: &Extensions) -> String {
        extensions
            .get::<Self>()
            .map(|id| id.0.clone())
            .unwrap_or_default()
    }

    fn choose(sent: Option<&HeaderValue>) -> Self {
        sent.and_then(|value| value.to_str().ok())
            .filter(|text| !text.is_empty() && text.len() <= REQUEST_ID_BYTES_MAX)
            .filter(|text| {
                text.bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
            })
            .map_or_else(
                || Self(new_id(IdKind::Request)),
                |text| Self(text.to_owned()),
            )
    }
}

/// The trace that a request belongs to, and our part of it: the caller's, or one of our own that
/// is exported.
#[derive(Debug, Clone)]
pub(crate) struct Trace(SpanContext);

impl Trace {
    /// The id of the trace, if [`tag`] found one.
    pub(crate) fn id_of(extensions: &Extensions) -> Option<String> {
        let trace = extensions.get::<Self>()?;
        Some(trace.0.trace_id().to_string())
    }

    /// Of what the caller sent and the span that is there for the request, if one is.
    fn of(sent: Option<SpanContext>, own: Option<&SpanContext>) -> Option<Self> {
        match (sent, own) {
            (Some(_), Some(own)) => Some(Self(own.clone())),
            (Some(sent), None) => Some(Self(SpanContext::new(
                sent.trace_id(),
                SpanId::from_bytes(random_bytes()),
                sent.trace_flags(),
                false,
                TraceState::NONE,
            ))),
            // An id that leads nowhere is no help.
            (None, own) => own.filter(|own| own.is_sampled()).cloned().map(Self),
        }
    }
}

/// The place in a trace that a W3C `traceparent` header names, when it is a valid one.
fn sent(headers: &HeaderMap) -> Option<SpanContext> {
    let text = headers.get(TRACEPARENT)?.to_str().ok()?;
    let mut parts = text.split('-');
    let (version, trace, parent) = (parts.next()?, parts.next()?, parts.next()?);
    let flags = parts.next()?;
    let is_hex = |text: &str, len: usize| {
        let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        text.len() == len && text.bytes().all(digit)
    };
    let is_known = is_hex(version, 2) && version != "ff" && is_hex(flags, 2);
    // A later version may say more after the flags; this one may not.
    let ends = version != "00" || parts.next().is_none();
    let is_fine = is_known && ends && is_hex(trace, 32) && is_hex(parent, 16);
    let context = is_fine.then(|| {
        Some(SpanContext::new(
            TraceId::from_hex(trace).ok()?,
            SpanId::from_hex(parent).ok()?,
            TraceFlags::new(u8::from_str_radix(flags, 16).ok()?),
            true,
            state(headers).unwrap_or_default(),
        ))
    });
    context.flatten().filter(SpanContext::is_valid)
}

/// What vendors on the way have added.
fn state(headers: &HeaderMap) -> Option<TraceState> {
    let text = headers.get(TRACESTATE)?.to_str().ok()?;
    (text.len() <= TRACESTATE_BYTES_MAX)
        .then(|| text.parse().ok())
        .flatten()
}

/// Gives every request its id and echoes it, and the trace that it belongs to.
pub(crate) async fn tag(
    State(scheme): State<&'static str>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = RequestId::choose(request.headers().get(X_REQUEST_ID));
    let header = HeaderValue::from_str(&id.0);
    let log = tracing::info_span!(
        "request",
        request.id = id.0,
        trace.id = tracing::field::Empty
    );
    let sent = sent(request.headers());
    let span = telemetry::request(&request, (&id.0, scheme), sent.as_ref());
    let own = telemetry::context(&span);
    // What only reads has no consequences.
    if let Some(own) = own.as_ref().filter(|_| !request.method().is_safe()) {
        telemetry::remember_request(&id.0, own);
    }
    let trace = Trace::of(sent, own.as_ref());
    let traceparent = trace.as_ref().map(|it| telemetry::traceparent(&it.0));
    if let Some(trace) = trace {
        log.record("trace.id", trace.0.trace_id().to_string());
        request.extensions_mut().insert(trace);
    }
    Current::put(&span, request.extensions_mut());
    request.extensions_mut().insert(id);
    let answer = next.run(request).instrument(span.clone());
    let mut response = answer.instrument(log).await;
    telemetry::answered(&span, &response);
    if let Ok(value) = header {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    let traceparent = traceparent.and_then(|text| HeaderValue::from_str(&text).ok());
    if let Some(value) = traceparent {
        response.headers_mut().insert(TRACEPARENT, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};

    use super::{RequestId, TRACEPARENT};

    #[test]
    fn a_trace_is_taken_only_from_a_valid_header() {
        const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
        let trace = |text: &str| {
            let value = HeaderValue::from_str(text).unwrap();
            let headers = HeaderMap::from_iter([(TRACEPARENT, value)]);
            super::sent(&headers).map(|sent| sent.trace_id().to_string())
        };
        let good = format!("00-{TRACE}-b7ad6b7169203331-01");
        assert_eq!(trace(&good).as_deref(), Some(TRACE));
        assert!(trace(&format!("01-{TRACE}-b7ad6b7169203331-01-more")).is_some());
        for bad in [
            String::new(),
            good.to_uppercase(),
            format!("{good}-more"),
            format!("ff-{TRACE}-b7ad6b7169203331-01"),
            format!("00-{}-b7ad6b7169203331-01", "0".repeat(32)),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00-{TRACE}-b7ad6b7169203331"),
        ] {
            assert_eq!(trace(&bad), None, "{bad}");
        }
    }

    #[test]
    fn a_harmful_request_id_is_replaced() {
        let choose = |text: &str| RequestId::choose(HeaderValue::from_str(text).ok().as_ref()).0;
        assert_eq!(choose("my-id_1.2"), "my-id_1.2");
        for bad in ["", "two words", "<b>", &"a".repeat(65)] {
            assert!(choose(bad).starts_with("req_"), "{bad}");
        }
    }
}
