//! The answer of an endpoint about one thing: the view, its `ETag`, and what a dry run would do.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::dry_run::Impact;
use crate::problem::Problem;

pub(super) const DRY_RUN: HeaderName = HeaderName::from_static("dry-run");
/// Characters of the digest in an `ETag`: enough to tell apart the states of one row.
const DIGEST_CHARS: usize = 16;

/// An answer about one thing.
#[derive(Debug)]
pub(crate) struct Reply<T> {
    status: StatusCode,
    view: T,
    version: Option<i64>,
    secrets: Option<Secrets>,
    impact: Option<Impact>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// The members of an answer that are shown this once. A later replay withholds them and names them
/// in `withheld`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Secrets(&'static [&'static str]);

impl Secrets {
    pub(super) fn withhold(self, mut body: Value) -> Value {
        if let Value::Object(members) = &mut body {
            let gone = self
                .0
                .iter()
                .filter(|name| members.remove(**name).is_some());
            let gone: Vec<Value> = gone.map(|name| Value::from(*name)).collect();
            members.insert("withheld".to_owned(), Value::Array(gone));
        }
        body
    }
}

impl<T: Serialize> Reply<T> {
    fn of(status: StatusCode, view: T) -> Self {
        Self {
            status,
            view,
            version: None,
            secrets: None,
            impact: None,
            headers: Vec::new(),
        }
    }

    /// 200: here it is.
    pub(crate) fn ok(view: T) -> Self {
        Self::of(StatusCode::OK, view)
    }

    /// 201: it was made.
    pub(crate) fn made(view: T) -> Self {
        Self::of(StatusCode::CREATED, view)
    }

    /// 202: it goes on; this is where to look.
    pub(crate) fn accepted(view: T) -> Self {
        Self::of(StatusCode::ACCEPTED, view)
    }

    /// With a header more.
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The row's version, for the `ETag`.
    pub(crate) fn version(mut self, version: i64) -> Self {
        self.version = Some(version);
        self
    }

    /// These members are secrets, shown now and never again: nobody may keep the answer.
    pub(crate) fn secrets(mut self, members: &'static [&'static str]) -> Self {
        self.secrets = Some(Secrets(members));
        self
    }

    /// Nothing was changed: this is what would have been. Secrets are left out, since they open
    /// nothing.
    pub(crate) fn preview(mut self, impact: Impact) -> Self {
        self.impact = Some(impact);
        self
    }

    /// The answer to a change that cuts nobody off; a preview when it was not made.
    pub(crate) fn or_preview<W>(self, made: Option<W>) -> Self {
        match made {
            Some(_) => self,
            None => self.preview(Impact::none()),
        }
    }

    fn body(&self) -> Result<Value, serde_json::Error> {
        let body = serde_json::to_value(&self.view)?;
        let Some(impact) = &self.impact else {
            return Ok(body);
        };
        let mut members = match body {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        for secret in self.secrets.map(|secrets| secrets.0).unwrap_or_default() {
            members.remove(*secret);
        }
        members.insert("impact".to_owned(), serde_json::to_value(impact)?);
        Ok(Value::Object(members))
    }
}

/// `"<version>-<digest>"`: the version is the row's, the digest tells apart what else is shown.
fn etag(version: i64, body: &Value) -> Option<HeaderValue> {
    let mut digest = HEXLOWER.encode(&Sha256::digest(body.to_string()));
    digest.truncate(DIGEST_CHARS);
    HeaderValue::from_str(&format!("\"{version}-{digest}\"")).ok()
}

impl<T: Serialize> IntoResponse for Reply<T> {
    fn into_response(self) -> Response {
        let Ok(body) = self.body() else {
            return Problem::internal().into_response();
        };
        let tag = self.version.and_then(|version| etag(version, &body));
        let mut response = match body {
            Value::Null => StatusCode::NO_CONTENT.into_response(),
            body => (self.status, axum::Json(body)).into_response(),
        };
        let headers = response.headers_mut();
        headers.extend(self.headers);
        if self.impact.is_some() {
            headers.insert(DRY_RUN, HeaderValue::from_static("true"));
        } else if let Some(tag) = tag {
            headers.insert(header::ETAG, tag);
        }
        if let Some(secrets) = self.secrets {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response.extensions_mut().insert(secrets);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Secrets, etag};

    #[test]
    fn a_replay_names_what_it_withholds() {
        let body = json!({ "id": "key_1", "token": "secret" });
        let rest = Secrets(&["token", "jwt"]).withhold(body);
        assert_eq!(rest, json!({ "id": "key_1", "withheld": ["token"] }));
    }

    #[test]
    fn tags_follow_version_and_content() {
        let tag = |version, live| etag(version, &json!({ "live": live })).unwrap();
        assert_eq!(tag(1, true), tag(1, true));
        assert_ne!(tag(1, true), tag(1, false));
        assert_ne!(tag(1, true), tag(2, true));
        assert!(tag(7, true).to_str().unwrap().starts_with("\"7-"));
    }
}
