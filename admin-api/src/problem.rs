//! The one error shape of the API: `application/problem+json` (RFC 9457).
//!
//! A handler returns a [`Problem`]; [`render`] is the outermost layer that writes it, adds the
//! request id, and turns every other error answer (router 404 and 405, body limits, panics) into
//! the same shape. Texts are constant per code: nothing that a database or a parser says reaches
//! a caller.

use std::borrow::Cow;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http;
use crate::mint::MintError;
use crate::request::{RequestId, Trace};
use crate::store::StoreError;

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

    /// 400: the request cannot be read.
    pub(crate) fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "bad_request",
            "The request cannot be read",
            detail,
        )
    }

    /// 401: no key, or none that is valid now. Says not which.
    pub(crate) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "A valid API key is needed",
            "Send `Authorization: Bearer <key>` with a key that is neither expired nor revoked.",
        )
    }

    /// 403: the key may see the thing, but not do this.
    pub(crate) fn forbidden(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "The key may not do this",
            detail,
        )
    }

    /// 403 with a code of its own.
    pub(crate) fn refused(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            ..Self::forbidden(detail)
        }
    }

    /// 401 with a code of its own: what was shown lets nobody in.
    pub(crate) fn not_let_in(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            code,
            "That does not let a device in",
            detail,
        )
    }

    /// 401: who signs in is not who they say. Says not what was wrong.
    pub(crate) fn wrong_password() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "wrong_password",
            "That does not sign in",
            "Email, password or code is wrong.",
        )
    }

    /// 429: too many attempts to sign in failed.
    pub(crate) fn too_many_sign_ins(seconds: i64) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_sign_ins",
            "Too many sign-ins failed",
            format!("Try again in {} minutes.", seconds / 60),
        )
        .retry_after(u64::try_from(seconds).unwrap_or(0))
    }

    /// 404: absent, or another tenant's. One answer for both.
    pub(crate) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "There is no such thing",
            "Nothing with this name or id is visible to your key.",
        )
    }

    /// 404 whose detail says where to look instead.
    pub(crate) fn not_found_because(detail: &'static str) -> Self {
        Self {
            detail: Cow::Borrowed(detail),
            ..Self::not_found()
        }
    }

    /// For `map_err`: a row that exists already is this conflict, anything else is what it is.
    pub(crate) fn if_taken(
        code: &'static str,
        detail: &'static str,
    ) -> impl FnOnce(StoreError) -> Self {
        move |error| match error {
            StoreError::Duplicate(_) => Self::conflict(code, detail).of_database(),
            error => error.into(),
        }
    }

    /// The same for a row that others hang on.
    pub(crate) fn if_in_use(
        code: &'static str,
        detail: &'static str,
    ) -> impl FnOnce(StoreError) -> Self {
        move |error| match error {
            StoreError::InUse(_) => Self::conflict(code, detail).of_database(),
            error => error.into(),
        }
    }

    /// A statement was refused: the rest of its transaction cannot be carried out.
    fn of_database(mut self) -> Self {
        self.ends_transaction = true;
        self
    }

    /// 409: it exists already, or contradicts what exists.
    pub(crate) fn conflict(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            code,
            "It conflicts with what exists",
            detail,
        )
    }

    /// 410: it was there, and is not any more.
    pub(crate) fn gone(code: &'static str, detail: &'static str) -> Self {
        Self::new(StatusCode::GONE, code, "It is gone", detail)
    }

    /// 422: a field of the body is wrong.
    pub(crate) fn invalid(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self::unprocessable("invalid", "See `errors` for the fields.")
            .with_field(pointer, "invalid", message)
    }

    /// 422 with a code of its own.
    pub(crate) fn unprocessable(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            code,
            "The request cannot be carried out",
            detail,
        )
    }

    /// 412: it is not what the caller saw.
    pub(crate) fn precondition_failed(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "precondition_failed",
            "It has changed meanwhile",
            detail,
        )
    }

    /// 428: the caller must say what it saw.
    pub(crate) fn precondition_required() -> Self {
        Self::new(
            StatusCode::PRECONDITION_REQUIRED,
            "precondition_required",
            "Say which version you change",
            "Send `If-Match` with the `ETag` or `version` that you read, or `*` for any.",
        )
    }

    /// 421: a name that is not ours.
    pub(crate) fn misdirected(host: &str) -> Self {
        Self::new(
            StatusCode::MISDIRECTED_REQUEST,
            "host_not_allowed",
            "This listener does not answer to this name",
            format!(
                "Add {:?} to `allowed_hosts` of its block in the configuration, or use the \
                 address.",
                host.chars().take(128).collect::<String>()
            ),
        )
    }

    /// 429: later.
    pub(crate) fn too_many_requests(seconds: u64) -> Self {
        let problem = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "rate_limited",
            "Too many requests",
            "Wait for the seconds that `Retry-After` says.",
        );
        problem.retry_after(seconds)
    }

    /// 500: ours. The cause is in the log under the request id.
    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong here",
            "The cause is in the server's log under this request id.",
        )
    }

    /// 503: try again soon.
    pub(crate) fn unavailable(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Try again soon",
            detail,
        )
        .retry_after(1)
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

    /// The problem that stands for an error answer that is not ours.
    fn from_status(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::unauthorized(),
            StatusCode::NOT_FOUND => Self::not_found(),
            StatusCode::SERVICE_UNAVAILABLE => Self::unavailable("The server is too busy."),
            StatusCode::METHOD_NOT_ALLOWED => Self::new(
                status,
                "method_not_allowed",
                "The path does not know this method",
                "See the `Allow` header.",
            ),
            StatusCode::REQUEST_TIMEOUT => {
                Self::new(status, "timeout", "The request took too long", "Try again.")
            }
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(
                status,
                "too_large",
                "The body is too large",
                "A body may have 1 MiB at most, a manifest and a batch of users 4 MiB, an import \
                 64 MiB, a certificate request 16 KiB.",
            ),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::new(
                status,
                "unsupported_media_type",
                "The body is of another type than is needed",
                "Send `Content-Type: application/json`, or `application/yaml` for a manifest.",
            ),
            other if other.is_client_error() => Self::new(
                other,
                "bad_request",
                "The request cannot be read",
                "Check its syntax.",
            ),
            _ => Self::internal(),
        }
    }

    /// 415: a body of another type than JSON.
    pub(crate) fn unsupported_media_type() -> Self {
        Self::from_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)
    }

    /// The same where another type is needed.
    pub(crate) fn unsupported_media_type_but(kind: &'static str) -> Self {
        Self {
            detail: Cow::Owned(format!("Send `Content-Type: {kind}`.")),
            ..Self::unsupported_media_type()
        }
    }

    /// 413: more bytes than a body may have.
    pub(crate) fn too_large() -> Self {
        Self::from_status(StatusCode::PAYLOAD_TOO_LARGE)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate(_) => {
                Self::conflict("conflict", "It exists already.").of_database()
            }
            StoreError::InUse(_) => {
                Self::conflict("in_use", "Other things still belong to it.").of_database()
            }
            error if error.is_outage() => {
                tracing::warn!(error = &error as &dyn std::error::Error, "database is away");
                Self::unavailable("The database is not reachable.")
            }
            error => {
                tracing::error!(error = &error as &dyn std::error::Error, "store failed");
                Self::internal()
            }
        }
    }
}

impl From<MintError> for Problem {
    fn from(error: MintError) -> Self {
        match error {
            MintError::NoKey => Self::conflict(
                "account_read_only",
                "No seed of this account is known here: its owner gives out its credentials. \
                 Import one of its seeds, or adopt the account.",
            ),
            MintError::TooLarge { bytes, max } => Self::unprocessable(
                "claims_too_large",
                format!(
                    "The account's claims would have {bytes} bytes, more than the {max} that \
                     servers accept. \
                     Delete exports or imports, or wait for old revocations to expire."
                ),
            ),
            MintError::Refused(reasons) => {
                let problem =
                    Self::unprocessable("claims_refused", "The servers would refuse the claims.");
                let with_reason = |problem: Self, text| problem.with_field("", "claims", text);
                reasons.into_iter().fold(problem, with_reason)
            }
            MintError::Store(error) => error.into(),
            error => {
                tracing::error!(error = &error as &dyn std::error::Error, "minting failed");
                Self::internal()
            }
        }
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
