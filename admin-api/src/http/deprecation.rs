//! What of the API is on its way out. It is said in one place, the table; the document marks it
//! (`deprecated`, and `x-sunset`, which tools that compare documents read), and its answers say so:
//! `Deprecation` (RFC 9745), `Sunset` (RFC 8594), and a link to what to use instead.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::{Value, json};

use crate::clock;

/// An endpoint that is deprecated.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deprecation {
    /// Its `operationId`.
    pub(super) operation: &'static str,
    /// From when on nobody should begin to use it, in RFC 3339.
    pub(super) since: &'static str,
    /// When it may be gone, in RFC 3339: at least half a year later, which a test sees to.
    pub(super) sunset: &'static str,
    /// The page that says what to use instead.
    pub(super) link: &'static str,
}

/// All of them. Who removes an endpoint within v1 has entered it here before, and its sunset has
/// passed: `tests/it/promises.rs` knows.
pub(super) const DEPRECATED: &[Deprecation] = &[];

/// What answers say, and what the document says of that.
const HEADERS: [(HeaderName, &str, &str); 3] = [
    (
        HeaderName::from_static("deprecation"),
        "Deprecation",
        "Since when it is deprecated (RFC 9745)",
    ),
    (
        HeaderName::from_static("sunset"),
        "Sunset",
        "When it may be gone (RFC 8594)",
    ),
    (header::LINK, "Link", "What to use instead"),
];

impl Deprecation {
    /// What the table says of an operation.
    pub(super) fn of<'t>(table: &'t [Self], operation: &Value) -> Option<&'t Self> {
        let name = operation["operationId"].as_str()?;
        table.iter().find(|one| one.operation == name)
    }

    /// The values of [`HEADERS`]. `None` for an entry that cannot be told.
    fn values(&self) -> Option<[HeaderValue; 3]> {
        let since = clock::parse_rfc3339(self.since)?;
        let sunset = u64::try_from(clock::parse_rfc3339(self.sunset)?).ok()?;
        let sunset = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(sunset));
        let link = self.link;
        let link = format!("<{link}>; rel=\"deprecation\", <{link}>; rel=\"sunset\"");
        let value = |text: String| HeaderValue::from_str(&text).ok();
        Some([value(format!("@{since}"))?, value(sunset)?, value(link)?])
    }
}

/// Marks an operation of the document, if it is deprecated.
pub(super) fn mark(operation: &mut Value, table: &[Deprecation]) {
    let Some(own) = Deprecation::of(table, operation) else {
        return;
    };
    operation["deprecated"] = json!(true);
    operation["x-sunset"] = json!(own.sunset);
    operation["externalDocs"] = json!({ "description": "What to use instead", "url": own.link });
    let responses = operation["responses"].as_object_mut();
    for response in responses.into_iter().flat_map(|all| all.values_mut()) {
        let values = own.values().into_iter().flatten();
        for ((_, name, text), value) in HEADERS.into_iter().zip(values) {
            response["headers"][name] = json!({
                "description": text,
                "schema": { "type": "string" },
                "example": value.to_str().unwrap_or_default(),
            });
        }
    }
}

/// What the answers of deprecated endpoints say, by method and route.
#[derive(Debug, Default)]
pub(super) struct Notices(HashMap<(Method, String), [HeaderValue; 3]>);

impl Notices {
    /// For what the table names of the document.
    pub(super) fn of(table: &[Deprecation], document: &Value) -> Self {
        let mut notices = HashMap::new();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let values = Deprecation::of(table, operation).and_then(Deprecation::values);
                let method = Method::from_bytes(method.to_uppercase().as_bytes());
                if let (Some(values), Ok(method)) = (values, method) {
                    notices.insert((method, path.clone()), values);
                }
            }
        }
        Self(notices)
    }

    fn find(&self, request: &Request) -> Option<[HeaderValue; 3]> {
        let route = request.extensions().get::<MatchedPath>()?;
        let method = match *request.method() {
            // Answered by the same handler.
            Method::HEAD => Method::GET,
            ref method => method.clone(),
        };
        self.0.get(&(method, route.as_str().to_owned())).cloned()
    }
}

/// Says it in the answers of what is deprecated.
pub(super) async fn announce(
    State(notices): State<Arc<Notices>>,
    request: Request,
    next: Next,
) -> Response {
    let notice = match notices.0.is_empty() {
        true => None,
        false => notices.find(&request),
    };
    let mut response = next.run(request).await;
    for ((name, ..), value) in HEADERS.into_iter().zip(notice.into_iter().flatten()) {
        response.headers_mut().append(name, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::{Router, middleware};
    use tower::ServiceExt as _;
    use utoipa_axum::router::OpenApiRouter;
    use utoipa_axum::routes;

    use super::*;
    use crate::http::document;
    use crate::problem::{self, Problem};
    use crate::request;

    /// Days from the deprecation of something to its sunset, at least.
    const NOTICE_DAYS: i64 = 180;

    const OLD: Deprecation = Deprecation {
        operation: "get_old",
        since: "2026-12-01T00:00:00Z",
        sunset: "2027-06-30T23:59:59Z",
        link: "https://example.com/things#old",
    };

    #[utoipa::path(get, path = "/old/{id}", operation_id = "get_old",
        responses((status = 200, body = String), (status = "4XX", body = problem::ProblemBody)))]
    async fn old() -> &'static str {
        "old"
    }

    #[utoipa::path(put, path = "/old/{id}", operation_id = "set_old", responses((status = 200)))]
    async fn set_old() -> Problem {
        Problem::not_found()
    }

    #[utoipa::path(delete, path = "/old/{id}", operation_id = "delete_old",
        responses((status = 204), (status = "4XX", body = problem::ProblemBody)))]
    async fn delete_old() -> Problem {
        Problem::not_found()
    }

    /// A small API of which `table` is deprecated, and its document.
    fn small(table: &[Deprecation]) -> (Router, Value) {
        let v1 = OpenApiRouter::new().routes(routes!(old, set_old, delete_old));
        let api = OpenApiRouter::new().nest("/api/v1", v1);
        let (router, doc) = api.split_for_parts();
        let document = document::complete(&doc, table);
        let notices = Arc::new(Notices::of(table, &document));
        let router = router
            .route_layer(middleware::from_fn_with_state(notices, announce))
            .layer(middleware::from_fn(problem::render))
            .layer(middleware::from_fn_with_state("http", request::tag));
        (router, document)
    }

    async fn ask(router: &Router, method: &str, path: &str) -> Response {
        let request = Request::builder().method(method).uri(path);
        let request = request.body(Body::empty()).unwrap();
        router.clone().oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn answers_of_what_is_deprecated_say_so() {
        let gone = Deprecation {
            operation: "delete_old",
            ..OLD
        };
        let (router, _) = small(&[OLD, gone]);
        for (method, status) in [("GET", 200), ("HEAD", 200), ("DELETE", 404)] {
            let answer = ask(&router, method, "/api/v1/old/7").await;
            assert_eq!(answer.status().as_u16(), status, "{method}");
            let said = |name| answer.headers()[name].to_str().unwrap();
            assert_eq!(said("deprecation"), "@1796083200");
            assert_eq!(said("sunset"), "Wed, 30 Jun 2027 23:59:59 GMT");
            assert_eq!(
                said("link"),
                "<https://example.com/things#old>; rel=\"deprecation\", \
                 <https://example.com/things#old>; rel=\"sunset\""
            );
        }
        for (method, path) in [("PUT", "/api/v1/old/7"), ("GET", "/api/v1/none")] {
            let answer = ask(&router, method, path).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{method} {path}");
            for name in ["deprecation", "sunset", "link"] {
                assert!(!answer.headers().contains_key(name), "{method} {path}");
            }
        }
    }

    #[test]
    fn the_document_says_what_answers_say() {
        let (_, document) = small(&[OLD]);
        let item = &document["paths"]["/api/v1/old/{id}"];
        let old = &item["get"];
        assert_eq!(old["deprecated"], true);
        assert_eq!(old["x-sunset"], OLD.sunset);
        assert_eq!(old["externalDocs"]["url"], OLD.link);
        for status in ["200", "404", "503"] {
            let headers = &old["responses"][status]["headers"];
            assert_eq!(headers["Deprecation"]["example"], "@1796083200", "{status}");
            assert_eq!(
                headers["Sunset"]["example"],
                "Wed, 30 Jun 2027 23:59:59 GMT"
            );
            assert!(headers["Link"].is_object());
        }
        for method in ["put", "delete"] {
            assert!(item[method]["deprecated"].is_null());
            assert!(!item[method].to_string().contains("unset"), "{method}");
        }
    }

    /// What is wrong with a table.
    fn flaws(table: &[Deprecation], document: &Value) -> Vec<String> {
        let items = document["paths"].as_object().unwrap().values();
        let operations = items.flat_map(|item| item.as_object().unwrap().values());
        let names: HashSet<&str> = operations
            .filter_map(|operation| operation["operationId"].as_str())
            .collect();
        let mut seen = HashSet::new();
        let mut flaws = Vec::new();
        for one in table {
            let name = one.operation;
            let at = |text| clock::parse_rfc3339(text);
            let notice = at(one.since)
                .zip(at(one.sunset))
                .map(|(from, to)| to - from);
            let is_link = one.link.starts_with("https://") && !one.link.contains(['<', '>', ' ']);
            for (is_flaw, text) in [
                (!names.contains(name), "there is no such operation"),
                (!seen.insert(name), "is there twice"),
                (notice.is_none(), "times are RFC 3339"),
                (
                    notice.is_some_and(|it| it < NOTICE_DAYS * 86_400),
                    "the sunset is too early",
                ),
                (
                    !is_link || one.values().is_none(),
                    "the link must be an https:// URL",
                ),
            ] {
                flaws.extend(is_flaw.then(|| format!("{name}: {text}")));
            }
        }
        flaws
    }

    #[test]
    fn every_kind_of_flaw_is_found() {
        let (_, document) = small(&[]);
        assert_eq!(flaws(&[OLD], &document), [""; 0]);
        for (flawed, flaw) in [
            (
                Deprecation {
                    operation: "get_odd",
                    ..OLD
                },
                "no such operation",
            ),
            (
                Deprecation {
                    since: "2026-12-01",
                    ..OLD
                },
                "RFC 3339",
            ),
            (
                Deprecation {
                    sunset: "soon",
                    ..OLD
                },
                "RFC 3339",
            ),
            (
                Deprecation {
                    sunset: "2027-05-29T00:00:00Z",
                    ..OLD
                },
                "too early",
            ),
            (
                Deprecation {
                    link: "docs/old.md",
                    ..OLD
                },
                "https://",
            ),
            (
                Deprecation {
                    link: "https://a>;b",
                    ..OLD
                },
                "https://",
            ),
        ] {
            let found = flaws(&[flawed], &document);
            assert!(
                found.iter().any(|text| text.contains(flaw)),
                "{flaw}: {found:?}"
            );
        }
        assert_eq!(flaws(&[OLD, OLD], &document), ["get_old: is there twice"]);
    }

    /// The API that is served: its table is sound, and the document marks just what stands there.
    #[test]
    fn the_table_is_sound_and_the_document_agrees() {
        let document: Value = serde_json::from_str(&crate::openapi_json()).unwrap();
        assert_eq!(flaws(DEPRECATED, &document), [""; 0]);
        let notices = Notices::of(DEPRECATED, &document);
        let mut marked = HashSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                if operation["deprecated"] == true {
                    let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                    marked.insert((method, path.clone()));
                }
            }
        }
        assert_eq!(marked, notices.0.into_keys().collect());
    }
}
