//! The one error shape of the API: `application/problem+json` (RFC 9457).
//!
//! A handler returns a [`Problem`]; [`render`] is the outermost layer that writes it, adds the
//! request id, and turns every other error answer (router 404 and 405, body limits, panics) into
//! the same shape. Which kinds there are stands in `problem/kinds.rs`.

use std::borrow::Cow;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http;
use crate::request::{RequestId, Trace};

mod kinds;

const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const BEARER: HeaderValue = HeaderValue::from_static("Bearer");
const BASIC: HeaderValue = HeaderValue::from_static("Basic realm=\"enrolment\"");

/// A field of the request that is wrong.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// JSON pointer into the request body.
    #[schema(example = "/name")]
    pub(crate) pointer: String,
    /// Stable word for programs.
    #[schema(example = "invalid")]
    pub(crate) code: Cow<'static, str>,
    /// For people.
    pub(crate) message: String,
}

/// An error as the API answers it.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    /// Seconds.
    retry_after: Option<u64>,
    /// The database said so.
    ends_transaction: bool,
}

/// The code of the problem that an answer tells, for whoever notes how it went.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Code(pub(crate) &'static str);

/// What is wrong, in the shape of RFC 9457.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// Names the kind of problem; stable.
    #[serde(rename = "type")]
    #[schema(example = "urn:tidegate:problem:not_found")]
    kind: String,
    title: &'static str,
    status: u16,
    detail: Cow<'static, str>,
    /// The last part of `type`.
    code: &'static str,
    /// Find this request in logs and audit with it.
    request_id: String,
    /// The trace that the request belongs to, which the logs name too.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    /// The fields that are wrong, if fields are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

impl Problem {
    fn new(
        status: StatusCode,
        code: &'static str,
        title: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code,
            title,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            ends_transaction: false,
        }
    }

    fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Names one field that is wrong.
    pub(crate) fn with_field(
        mut self,
        pointer: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        let (pointer, code, message) = (pointer.into(), code.into(), message.into());
        self.errors.push(FieldError {
            pointer,
            code,
            message,
        });
        self
    }

    /// As JSON, for a request.
    pub(crate) fn json(self, request_id: String, trace_id: Option<String>) -> Vec<u8> {
        let body = ProblemBody {
            kind: format!("urn:tidegate:problem:{}", self.code),
            title: self.title,
            status: self.status.as_u16(),
            detail: self.detail,
            code: self.code,
            request_id,
            trace_id,
            errors: self.errors,
        };
        serde_json::to_vec(&body).unwrap_or_default()
    }

    /// What is wrong in one line, for clients that show what they get.
    fn text(&self, request_id: &str) -> Vec<u8> {
        let fields: Vec<String> = self
            .errors
            .iter()
            .map(|field| format!("{}: {}", field.pointer.trim_matches('/'), field.message))
            .collect();
        let why = match fields.is_empty() {
            true => self.detail.to_string(),
            false => fields.join("; "),
        };
        format!("{why} ({}, request {request_id})\n", self.code).into_bytes()
    }

    /// The stable word for programs.
    pub(crate) fn code(&self) -> &'static str {
        self.code
    }

    /// The place of the request that it names first.
    pub(crate) fn pointer(&self) -> &str {
        self.errors.first().map_or("", |error| &error.pointer)
    }

    /// The places that it names, each with its code.
    #[cfg(test)]
    pub(crate) fn fields(&self) -> Vec<(String, String)> {
        let pair = |error: &FieldError| (error.pointer.clone(), error.code.to_string());
        self.errors.iter().map(pair).collect()
    }

    /// Whether it may be over by itself soon.
    pub(crate) fn is_passing(&self) -> bool {
        self.status == StatusCode::SERVICE_UNAVAILABLE
    }

    /// Whether it is the server's fault and not the caller's.
    pub(crate) fn is_ours(&self) -> bool {
        self.status.is_server_error()
    }

    /// Whether nothing more can be done in the transaction that it came up in.
    pub(crate) fn ends_transaction(&self) -> bool {
        self.ends_transaction || self.is_ours()
    }

    /// Several problems of one request as one, each with its place and its reason.
    pub(crate) fn together(mut problems: Vec<Self>) -> Option<Self> {
        if problems.len() < 2 {
            return problems.pop();
        }
        // The worst first: what may not be asked at all, what cannot be, what cannot be now.
        let worst = [
            StatusCode::FORBIDDEN,
            StatusCode::UNPROCESSABLE_ENTITY,
            StatusCode::CONFLICT,
        ];
        let has = |status: &&StatusCode| problems.iter().any(|one| one.status == **status);
        let mut all = match worst.iter().find(has) {
            Some(&StatusCode::FORBIDDEN) => Self::forbidden("See `errors`."),
            Some(&StatusCode::CONFLICT) => Self::conflict("conflict", "See `errors`."),
            _ => Self::unprocessable("invalid", "See `errors` for the fields."),
        };
        all.errors = problems.into_iter().flat_map(|one| one.errors).collect();
        Some(all)
    }

    /// The same, which names at least this place of the request.
    pub(crate) fn at(self, pointer: &str) -> Self {
        match self.errors.is_empty() {
            true => {
                let (code, detail) = (self.code, self.detail.to_string());
                self.with_field(pointer, code, detail)
            }
            false => self.below(pointer),
        }
    }

    /// The same problem of a part of the body: its fields lie below `pointer`.
    pub(crate) fn below(mut self, pointer: &str) -> Self {
        for error in &mut self.errors {
            error.pointer.insert_str(0, pointer);
        }
        self
    }
}

impl IntoResponse for Problem {
    /// Leaves the writing to [`render`], which knows the request id.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes every error answer as problem+json; those of EST as text.
pub(crate) async fn render(request: Request, next: Next) -> Response {
    let request_id = RequestId::of(request.extensions());
    let as_text = http::is_est(request.uri().path());
    let trace_id = Trace::id_of(request.extensions());
    let response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    if response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"))
    {
        // `/readyz` reports its reasons in its own shape.
        return response;
    }
    let (mut parts, _) = response.into_parts();
    let problem = parts
        .extensions
        .remove::<Problem>()
        .unwrap_or_else(|| Problem::from_status(status));
    parts.extensions.insert(Code(problem.code));
    parts.headers.remove(header::CONTENT_LENGTH);
    parts
        .headers
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(seconds) = problem.retry_after {
        let value = HeaderValue::from(seconds);
        parts.headers.insert(header::RETRY_AFTER, value);
    }
    let (kind, login, bytes) = match as_text {
        true => (TEXT, BASIC, problem.text(&request_id)),
        false => (CONTENT_TYPE, BEARER, problem.json(request_id, trace_id)),
    };
    parts.headers.insert(header::CONTENT_TYPE, kind);
    if status == StatusCode::UNAUTHORIZED {
        parts.headers.insert(header::WWW_AUTHENTICATE, login);
    }
    Response::from_parts(parts, Body::from(bytes))
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::extract::Request;
    use axum::http::StatusCode;
    use axum::middleware;
    use axum::routing::get;
    use tower::ServiceExt as _;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::{Problem, render};
    use crate::request;

    async fn panics() -> StatusCode {
        panic!("secret detail")
    }

    async fn answer(path: &str) -> (StatusCode, serde_json::Value) {
        let router: Router = Router::new()
            .route("/panics", get(panics))
            .route(
                "/teapot",
                get(|| async { (StatusCode::IM_A_TEAPOT, "text") }),
            )
            .route(
                "/ours",
                get(|| async { Problem::invalid("/name", "is bad") }),
            )
            .layer(CatchPanicLayer::new())
            .layer(middleware::from_fn(render))
            .layer(middleware::from_fn_with_state("http", request::tag));
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        let (status, kind) = (
            response.status(),
            response.headers()["content-type"].clone(),
        );
        assert_eq!(kind, "application/problem+json", "{path}");
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 16)
            .await
            .unwrap();
        (status, serde_json::from_slice(&bytes).unwrap())
    }

    #[tokio::test]
    async fn every_error_has_one_shape() {
        for (path, status, code) in [
            ("/panics", 500, "internal"),
            ("/teapot", 418, "bad_request"),
            ("/ours", 422, "invalid"),
            ("/none", 404, "not_found"),
        ] {
            let (answered, body) = answer(path).await;
            assert_eq!(
                (answered.as_u16(), &body["code"]),
                (status, &code.into()),
                "{path}"
            );
            assert_eq!(body["status"], status);
            assert!(body["request_id"].as_str().unwrap().starts_with("req_"));
            assert!(
                !body.to_string().contains("secret detail"),
                "causes stay here"
            );
        }
    }
}
