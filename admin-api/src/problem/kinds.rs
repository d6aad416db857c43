//! The kinds of problems: of each its status, its code and its words. Texts are constant per code:
//! nothing that a database or a parser says reaches a caller.

use std::borrow::Cow;

use axum::http::StatusCode;

use super::Problem;
use crate::mint::MintError;
use crate::store::StoreError;

impl Problem {
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

    /// The problem that stands for an error answer that is not ours.
    pub(super) fn from_status(status: StatusCode) -> Self {
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
