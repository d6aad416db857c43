//! The listener for devices: what a device can ask before it has anything, and to get and renew its
//! certificate. Nothing of the API is here, and no console.
//!
//! Clients are asked for a certificate and need none. TLS has seen that they have its key; whether
//! it means anything is for each handler to find out.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use data_encoding::BASE64;
use tokio::sync::watch;
use utoipa_axum::router::OpenApiRouter;

use super::{Door, devices, in_order, system};
use crate::app::App;
use crate::pki::certs_only;
use crate::problem::Problem;

/// Bytes of a request's body: a certificate request in any form, with room for JSON around it.
const BODY_BYTES_MAX: usize = 64 * 1024;
const TRANSFER_ENCODING: HeaderName = HeaderName::from_static("content-transfer-encoding");

/// How devices get in.
#[derive(Debug, Clone)]
pub struct Onboarding {
    /// Names that the listener answers to.
    pub door: Door,
    /// What they connect to with their certificate, where that is not the URL for everybody.
    pub nats_url: Option<String>,
    /// The authorities of our own servers' certificates, in DER form, as they are now.
    pub server_roots: watch::Receiver<Arc<[Vec<u8>]>>,
}

/// Everything that this listener serves.
pub(crate) fn router(app: Arc<App>, door: Door) -> Router {
    let (own, _) = OpenApiRouter::new()
        .nest("/api/v1", devices::own())
        .split_for_parts();
    let routes = own
        .route("/.well-known/est/cacerts", get(server_authorities))
        .route("/crl/{file}", get(devices::revocation_list))
        .route("/healthz", get(system::healthz))
        .fallback(nothing_here);
    in_order(routes, (Arc::new(door), BODY_BYTES_MAX)).with_state(app)
}

async fn nothing_here() -> Problem {
    Problem::not_found_because(
        "Devices enrol here: EST is below `/.well-known/est`. The API and the console have another \
         address.",
    )
}

/// The authorities of our servers' certificates: what a device that has seen nobody yet needs, and
/// compares with the fingerprint that came with its token.
async fn server_authorities(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let roots = match &app.onboarding {
        Some(onboarding) => Arc::clone(&onboarding.server_roots.borrow()),
        None => Arc::default(),
    };
    if roots.is_empty() {
        return Err(Problem::not_found_because(
            "The servers' certificates come from no authority of this installation: use the \
             authorities of your system.",
        ));
    }
    Ok(certificates(roots.iter().map(Vec::as_slice)))
}

/// Certificates as EST gives them (RFC 7030, section 4.1.3): one line of base64, since there are
/// clients that take no more.
fn certificates<'a>(certificates: impl IntoIterator<Item = &'a [u8]>) -> Response {
    let body = BASE64.encode(&certs_only(certificates));
    let kind = HeaderValue::from_static("application/pkcs7-mime; smime-type=certs-only");
    let headers = [
        (header::CONTENT_TYPE, kind),
        (TRANSFER_ENCODING, HeaderValue::from_static("base64")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, body).into_response()
}
