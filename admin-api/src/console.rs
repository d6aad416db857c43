//! Serves the built web console, embedded from `web-ui/dist`.
//!
//! Every path that is neither a file nor under `/api` is the console's own: it gets `index.html`.
//! A build without the console says so in plain text.

use axum::http::{HeaderName, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::problem::Problem;

/// Scripts, styles and requests only from here; nothing inline, nobody frames us.
pub(crate) const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data:; \
     object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const INDEX: &str = "index.html";
const NOT_BUILT: &str = "The web console is not part of this build.\n\
     Build it with `npm ci && npm run build` in web-ui, then build the binary again.\n\
     The API is at /api/v1, its description at /api/v1/openapi.json.\n";

#[derive(RustEmbed)]
#[folder = "../web-ui/dist"]
#[allow_missing = true]
struct Dist;

/// Answers what no route answers.
pub(crate) async fn serve(method: Method, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path == "api" || path.starts_with("api/") {
        return Problem::not_found().into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    match Dist::get(path) {
        Some(file) => answer(path, file),
        None if has_extension(path) => Problem::not_found().into_response(),
        None => match Dist::get(INDEX) {
            Some(file) => answer(INDEX, file),
            None => NOT_BUILT.into_response(),
        },
    }
}

/// A missing asset is missing; only page paths belong to the console's router.
fn has_extension(path: &str) -> bool {
    path.rsplit('/')
        .next()
        .is_some_and(|name| name.contains('.'))
}

fn answer(path: &str, file: EmbeddedFile) -> Response {
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    // Assets carry a hash of their content in their name; the page that names them does not.
    let cache = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let headers: [(HeaderName, String); 2] = [
        (header::CONTENT_TYPE, kind.as_ref().to_owned()),
        (header::CACHE_CONTROL, cache.to_owned()),
    ];
    (headers, file.data.into_owned()).into_response()
}
