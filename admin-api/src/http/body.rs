//! Reads request bodies: JSON, strictly, with errors that point at the field.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use crate::app::App;
use crate::problem::Problem;

/// Largest body in bytes.
pub(crate) const BODY_BYTES_MAX: usize = 1 << 20;
/// A manifest says everything about many accounts.
pub(super) const MANIFEST_BYTES_MAX: usize = 4 << 20;
/// Ten thousand users, each with a few permissions.
const USERS_BYTES_MAX: usize = 4 << 20;
/// Endpoints with larger bodies, and their limits: stores with everything in them, manifests, many
/// users.
const LARGE: [(&str, usize); 3] = [
    ("/transfer/import", 64 << 20),
    ("/apply", MANIFEST_BYTES_MAX),
    ("/user-batches", USERS_BYTES_MAX),
];

/// The largest body that the endpoint at `path` takes.
pub(super) fn bytes_max(path: &str) -> usize {
    let large = LARGE.iter().find(|(end, _)| path.ends_with(end));
    large.map_or(BODY_BYTES_MAX, |(_, bytes)| *bytes)
}

/// A JSON body. Unknown fields are refused by the type itself (`deny_unknown_fields`).
///
/// The content type may be JSON, absent, or what `curl -d` sends by default; another one is 415.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Arc<App>) -> Result<Self, Problem> {
        let bytes = read(request, &JSON_TYPES).await?;
        parse(&bytes).map(Self)
    }
}

/// [`Json`] where no body at all stands for one without fields.
#[derive(Debug)]
pub(crate) struct OptionalJson<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for OptionalJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Arc<App>) -> Result<Self, Problem> {
        let is_json = has_type(request.headers(), &JSON_TYPES);
        let bytes = axum::body::to_bytes(request.into_body(), BODY_BYTES_MAX)
            .await
            .map_err(|_| Problem::too_large())?;
        match bytes.is_empty() {
            true => parse(b"{}").map(Self),
            false if is_json => parse(&bytes).map(Self),
            false => Err(Problem::unsupported_media_type()),
        }
    }
}

/// A JSON merge patch (RFC 7396) of a thing whose settings have the form `T`.
///
/// `T` is what the settings look like as a whole; a member that the patch removes (`null`) is
/// absent in it and takes its default.
#[derive(Debug)]
pub(crate) struct MergePatch<T> {
    patch: Value,
    settings: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> FromRequest<Arc<App>> for MergePatch<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Arc<App>) -> Result<Self, Problem> {
        let bytes = read(request, &PATCH_TYPES).await?;
        let patch: Value = parse(&bytes)?;
        Ok(Self {
            patch,
            settings: PhantomData,
        })
    }
}

impl<T: DeserializeOwned> MergePatch<T> {
    /// The settings after the patch. `current` is all of them, as the API shows them.
    pub(crate) fn apply(&self, current: Value) -> Result<T, Problem> {
        let mut merged = current;
        merge(&mut merged, &self.patch);
        read_value(&serde_json::to_vec(&merged).unwrap_or_default())
    }

    /// Whether the patch says anything about this member.
    pub(crate) fn touches(&self, member: &str) -> bool {
        self.patch.get(member).is_some()
    }
}

fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(members) = patch else {
        target.clone_from(patch);
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Some(target) = target.as_object_mut() else {
        return;
    };
    for (name, value) in members {
        if value.is_null() {
            target.shift_remove(name);
        } else {
            merge(target.entry(name.as_str()).or_insert(Value::Null), value);
        }
    }
}

pub(super) const JSON_TYPES: [&str; 3] =
    ["", "application/json", "application/x-www-form-urlencoded"];
const PATCH_TYPES: [&str; 4] = [
    "",
    "application/merge-patch+json",
    "application/json",
    "application/x-www-form-urlencoded",
];

async fn read(request: Request, types: &[&str]) -> Result<Bytes, Problem> {
    if !has_type(request.headers(), types) {
        return Err(Problem::unsupported_media_type());
    }
    let bytes_max = bytes_max(request.uri().path());
    axum::body::to_bytes(request.into_body(), bytes_max)
        .await
        .map_err(|_| Problem::too_large())
}

pub(super) fn has_type(headers: &HeaderMap, types: &[&str]) -> bool {
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
    types.contains(&essence.as_str())
}

/// Any JSON.
pub(super) fn parse_value(bytes: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(bytes).map_err(|error| refuse(&error, String::new()))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // First whether it is JSON at all, and an object: serde would also fill a struct from a list.
    let _: IgnoredAny =
        serde_json::from_slice(bytes).map_err(|error| refuse(&error, String::new()))?;
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(Problem::invalid("", "must be an object"));
    }
    read_value(bytes)
}

/// JSON of the form `T`, or the field that is wrong.
pub(super) fn read_value<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let pointer = pointer(error.path());
        refuse(&error.into_inner(), pointer)
    })
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

pub(super) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    /// The examples of RFC 7396, appendix A.
    #[test]
    fn patches_merge_as_the_rfc_says() {
        for (target, patch, result) in [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (
                json!({"a":"b","b":"c"}),
                json!({"a":null}),
                json!({"b":"c"}),
            ),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
            (
                json!({"a":{"b":"c"}}),
                json!({"a":{"b":"d","c":null}}),
                json!({"a":{"b":"d"}}),
            ),
            (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a":"b"}), json!(["c"]), json!(["c"])),
            (json!({"a":"foo"}), Value::Null, Value::Null),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (json!([1, 2]), json!({"a":"b","c":null}), json!({"a":"b"})),
            (
                json!({}),
                json!({"a":{"bb":{"ccc":null}}}),
                json!({"a":{"bb":{}}}),
            ),
        ] {
            let mut merged = target.clone();
            super::merge(&mut merged, &patch);
            assert_eq!(merged, result, "{target} + {patch}");
        }
    }
}
