//! The id of a request: in every answer, log line and audit row that it causes.

use axum::extract::Request;
use axum::http::{Extensions, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::ids::{IdKind, new_id};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const REQUEST_ID_BYTES_MAX: usize = 64;

/// The id of a request: the caller's own when it is harmless, else a new one.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

impl RequestId {
    /// The id that [`tag_request`] put there.
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

/// Gives every request its id and echoes it.
pub(crate) async fn tag_request(mut request: Request, next: Next) -> Response {
    let id = RequestId::choose(request.headers().get(X_REQUEST_ID));
    let header = HeaderValue::from_str(&id.0);
    request.extensions_mut().insert(id);
    let mut response = next.run(request).await;
    if let Ok(value) = header {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    response
}
