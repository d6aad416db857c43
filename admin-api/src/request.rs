//! Names a request: its id and the trace that it belongs to, in the answer and in every log line.

use axum::extract::Request;
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use data_encoding::HEXLOWER;
use tracing::Instrument as _;

use crate::ids::{IdKind, new_id};
use crate::random::random_bytes;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const REQUEST_ID_BYTES_MAX: usize = 64;

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

/// The trace that a request belongs to, when its caller says so.
#[derive(Debug, Clone)]
pub(crate) struct Trace {
    id: String,
    flags: String,
}

impl Trace {
    /// The id of the trace, if [`tag`] found one.
    pub(crate) fn id_of(extensions: &Extensions) -> Option<String> {
        extensions.get::<Self>().map(|trace| trace.id.clone())
    }

    /// What the answer says: the same trace, and our part of it.
    fn header(&self) -> Option<HeaderValue> {
        let span = HEXLOWER.encode(&random_bytes::<8>());
        HeaderValue::from_str(&format!("00-{}-{span}-{}", self.id, self.flags)).ok()
    }
}

/// The trace of a W3C `traceparent` header, when it is a valid one.
fn trace(headers: &HeaderMap) -> Option<Trace> {
    let text = headers.get(TRACEPARENT)?.to_str().ok()?;
    let mut parts = text.split('-');
    let (version, trace, parent) = (parts.next()?, parts.next()?, parts.next()?);
    let flags = parts.next()?;
    let is_hex = |text: &str, len: usize| {
        let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        text.len() == len && text.bytes().all(digit)
    };
    let is_id = |text: &str, len: usize| is_hex(text, len) && text.bytes().any(|b| b != b'0');
    let is_known = is_hex(version, 2) && version != "ff" && is_hex(flags, 2);
    // A later version may say more after the flags; this one may not.
    let ends = version != "00" || parts.next().is_none();
    (is_known && ends && is_id(trace, 32) && is_id(parent, 16)).then(|| Trace {
        id: trace.to_owned(),
        flags: flags.to_owned(),
    })
}

/// Gives every request its id and echoes it, and the trace that it belongs to.
pub(crate) async fn tag(mut request: Request, next: Next) -> Response {
    let id = RequestId::choose(request.headers().get(X_REQUEST_ID));
    let header = HeaderValue::from_str(&id.0);
    let span = tracing::info_span!(
        "request",
        request.id = id.0,
        trace.id = tracing::field::Empty
    );
    let trace = trace(request.headers());
    let traceparent = trace.as_ref().and_then(Trace::header);
    if let Some(trace) = trace {
        span.record("trace.id", &trace.id);
        request.extensions_mut().insert(trace);
    }
    request.extensions_mut().insert(id);
    let mut response = next.run(request).instrument(span).await;
    if let Ok(value) = header {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
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
            super::trace(&headers).map(|trace| trace.id)
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
