//! Reads request bodies: JSON, strictly, with errors that point at the field.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::app::App;
use crate::problem::Problem;

/// Largest body in bytes.
pub(crate) const BODY_BYTES_MAX: usize = 1 << 20;

/// A JSON body. Unknown fields are refused by the type itself (`deny_unknown_fields`).
///
/// The content type may be JSON, absent, or what `curl -d` sends by default; another one is 415.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Arc<App>) -> Result<Self, Problem> {
        if !may_be_json(request.headers()) {
            return Err(Problem::unsupported_media_type());
        }
        let bytes = axum::body::to_bytes(request.into_body(), BODY_BYTES_MAX)
            .await
            .map_err(|_| Problem::too_large())?;
        parse(&bytes).map(Self)
    }
}

/// Tells a field that is null (`Some(None)`) from one that is absent, with `#[serde(default)]`.
pub(crate) fn present<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: serde::Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// [`Json`] where no body at all stands for one without fields.
#[derive(Debug)]
pub(crate) struct OptionalJson<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for OptionalJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Arc<App>) -> Result<Self, Problem> {
        let may_be_json = may_be_json(request.headers());
        let bytes = axum::body::to_bytes(request.into_body(), BODY_BYTES_MAX)
            .await
            .map_err(|_| Problem::too_large())?;
        match bytes.is_empty() {
            true => parse(b"{}").map(Self),
            false if may_be_json => parse(&bytes).map(Self),
            false => Err(Problem::unsupported_media_type()),
        }
    }
}

fn may_be_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return true;
    };
    let Ok(text) = value.to_str() else {
        return false;
    };
    let essence = text
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    ["", "application/json", "application/x-www-form-urlencoded"].contains(&essence.as_str())
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // First whether it is JSON at all, and an object: serde would also fill a struct from a list.
    let _: IgnoredAny =
        serde_json::from_slice(bytes).map_err(|error| refuse(&error, String::new()))?;
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(Problem::invalid("", "must be an object"));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let pointer = pointer(error.path());
        refuse(&error.into_inner(), pointer)
    })?;
    Ok(value)
}

/// Broken JSON is 400; JSON of the wrong shape is 422 with a pointer.
fn refuse(error: &serde_json::Error, pointer: String) -> Problem {
    match error.classify() {
        serde_json::error::Category::Data => {
            let text = error.to_string();
            let message = text
                .split(" at line ")
                .next()
                .unwrap_or_default()
                .to_owned();
            let code = match message.split('`').next().unwrap_or_default() {
                "unknown field " => "unknown_field",
                "missing field " => "missing_field",
                _ => "wrong_type",
            };
            // A missing field is named in the message only: point at where it should be.
            let pointer = match (code, message.split('`').nth(1)) {
                ("missing_field", Some(field)) => format!("{pointer}/{}", escape(field)),
                _ => pointer,
            };
            Problem::unprocessable("invalid", "See `errors` for the fields.")
                .with_field(pointer, code, message)
        }
        _ => Problem::bad_request(format!(
            "The body is not JSON: line {}, column {}.",
            error.line(),
            error.column()
        )),
    }
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(format!("/{}", escape(key))),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
