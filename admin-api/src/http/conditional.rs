//! Conditional requests: `If-Match` before a change, `If-None-Match` for what the caller has.
//!
//! The tag of a row is made of its version ([`super::reply`]). What is put together from several
//! things has none: its tag is a digest of the answer ([`tag_answers`]).

use std::sync::Arc;

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, Required, schema};

use crate::app::App;
use crate::problem::Problem;

/// Bytes of the digest that stand for a view.
const DIGEST_BYTES: usize = 16;

/// What the caller saw of the thing that they change. Required: as an argument of a handler it
/// answers 428 when the header is absent. `Option<IfMatch>` makes it optional.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum IfMatch {
    /// `*`: whatever it is now.
    Any,
    /// One of these versions.
    Versions(Vec<i64>),
}

impl IfMatch {
    /// 412 unless the row, as it is under its lock, is one that the caller saw.
    ///
    /// Only the version counts: that an engine has followed meanwhile is no reason to refuse.
    pub(crate) fn check(&self, version: i64) -> Result<(), Problem> {
        match self {
            IfMatch::Versions(seen) if !seen.contains(&version) => {
                Err(Problem::precondition_failed(format!(
                    "It has version {version} now: read it again, and change that."
                )))
            }
            _ => Ok(()),
        }
    }

    fn read(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let unreadable = || {
            Problem::bad_request(
                "`If-Match` must be `*` or entity tags that this API gave, in double quotes.",
            )
        };
        let tags = tags(headers, header::IF_MATCH).ok_or_else(unreadable)?;
        match tags.as_slice() {
            [] => Ok(None),
            ["*"] => Ok(Some(IfMatch::Any)),
            tags => tags
                .iter()
                .map(|tag| version(tag).ok_or_else(unreadable))
                .collect::<Result<_, _>>()
                .map(|versions| Some(IfMatch::Versions(versions))),
        }
    }
}

/// The tags of a header that may be repeated or have several, with their quotes.
fn tags(headers: &HeaderMap, name: HeaderName) -> Option<Vec<&str>> {
    let mut tags = Vec::new();
    for value in headers.get_all(name) {
        let list = value.to_str().ok()?;
        tags.extend(list.split(',').map(str::trim).filter(|tag| !tag.is_empty()));
    }
    Some(tags)
}

/// The version in a tag: `"7-<digest>"`, or just `"7"` as lists show it.
fn version(tag: &str) -> Option<i64> {
    let inner = tag.strip_prefix('"')?.strip_suffix('"')?;
    let number = inner.split_once('-').map_or(inner, |(number, _)| number);
    number.parse().ok()
}

impl FromRequestParts<Arc<App>> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        Self::read(&parts.headers)?.ok_or_else(Problem::precondition_required)
    }
}

impl axum::extract::OptionalFromRequestParts<Arc<App>> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Option<Self>, Problem> {
        Self::read(&parts.headers)
    }
}

impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameter(Required::True)]
    }
}

/// Documents `Option<IfMatch>`: credentials can be revoked by who has not looked at them.
#[derive(Debug)]
pub(super) struct OptionalIfMatch;

impl IntoParams for OptionalIfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameter(Required::False)]
    }
}

fn parameter(required: Required) -> Parameter {
    let text = ObjectBuilder::new().schema_type(schema::Type::String);
    ParameterBuilder::new()
        .name("If-Match")
        .parameter_in(ParameterIn::Header)
        .required(required)
        .description(Some(
            "The `ETag` or `\"<version>\"` that you saw, or `*` for any",
        ))
        .schema(Some(text))
        .build()
}

/// Gives every answer that can be asked for again a tag, and answers 304 to who has it already.
pub(super) async fn tag_answers(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let is_read = matches!(method, Method::GET | Method::HEAD);
    let asked = request.headers().contains_key(header::IF_NONE_MATCH) && is_read;
    let headers = asked.then(|| request.headers().clone());
    let mut response = next.run(request).await;
    if response.status() != StatusCode::OK {
        return response;
    }
    if method == Method::GET && wants_tag(&response) {
        response = with_digest(response).await;
    }
    let Some(headers) = headers else {
        return response;
    };
    let known = response.headers().get(header::ETAG).is_some_and(|tag| {
        let tags = tags(&headers, header::IF_NONE_MATCH).unwrap_or_default();
        let weak = |seen: &str| seen.strip_prefix("W/").unwrap_or(seen).to_owned();
        tags.iter()
            .any(|seen| *seen == "*" || tag.as_bytes() == weak(seen).as_bytes())
    });
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(header::CONTENT_LENGTH);
        response.headers_mut().remove(header::CONTENT_TYPE);
    }
    response
}

/// Whether it is a view without a version: no secret, no stream, no file.
fn wants_tag(response: &Response) -> bool {
    let headers = response.headers();
    let says = |name, text: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.is_some_and(|value| value.starts_with(text))
    };
    let is_view = ["application/json", "application/yaml"]
        .iter()
        .any(|kind| says(header::CONTENT_TYPE, kind));
    is_view
        && !headers.contains_key(header::ETAG)
        && !says(header::CACHE_CONTROL, "no-store")
        && response.body().size_hint().exact().is_some()
}

async fn with_digest(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    // Its size is known: it is in memory already.
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return Problem::internal().into_response();
    };
    let digest = HEXLOWER.encode(&Sha256::digest(&bytes)[..DIGEST_BYTES]);
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{digest}\"")) {
        parts.headers.insert(header::ETAG, tag);
    }
    Response::from_parts(parts, Body::from(bytes))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};

    use super::IfMatch;

    fn read(text: &str) -> Option<Option<IfMatch>> {
        let value = HeaderValue::from_str(text).unwrap();
        IfMatch::read(&HeaderMap::from_iter([(header::IF_MATCH, value)])).ok()
    }

    #[test]
    fn what_the_caller_saw_is_read() {
        let versions = |list: &[i64]| Some(Some(IfMatch::Versions(list.to_vec())));
        assert_eq!(read("*"), Some(Some(IfMatch::Any)));
        assert_eq!(read("\"7-0a1b\""), versions(&[7]));
        assert_eq!(read("\"7\", \"9-ff\""), versions(&[7, 9]));
        assert_eq!(read(""), Some(None));
        for bad in ["7", "\"x\"", "W/\"7-0a\"", "\"7-0a", "*, \"7\""] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_a_seen_version_may_be_changed() {
        let seen = IfMatch::Versions(vec![2, 3]);
        assert!(seen.check(3).is_ok() && seen.check(4).is_err());
        assert!(IfMatch::Any.check(4).is_ok());
    }
}
