//! nats-server's monitoring over HTTP: the broker's figures as JSON, for people and scrapers, and
//! as text for Prometheus.
//!
//! There is no authentication, as with nats-server: the listener's address decides who may look.

mod pages;
mod query;

use std::time::{Duration, SystemTime};

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::serve::Listener as _;
use broker::{Broker, TlsSettings};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::cli::program_name;
use crate::http_listener::HttpListener;
use crate::listeners::{authority, local_host};
use crate::options::{HANDSHAKE_TIMEOUT, WebSocketBlock};
use crate::transport::Transport;

/// The format that Prometheus reads.
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Tells the broker what only the binary knows of itself.
pub(crate) fn describe(broker: &Broker, config_digest: Option<&str>) {
    broker.describe(|about| {
        about.program = program_name();
        about.config_loaded = Some(SystemTime::now());
        about.config_digest = config_digest.map_or_else(String::new, |it| format!("sha256:{it}"));
    });
}

/// The same of the TLS that clients are offered, at both doors.
pub(crate) fn describe_tls(broker: &Broker, transport: &Transport) {
    let tls = transport.clients.current();
    let web = expiry(transport.websocket.current().as_deref());
    let tls = tls.as_deref();
    // What is null is left out.
    let fact = |is: bool| if is { json!(true) } else { Value::Null };
    let timeout = tls.map(|tls| match tls.timeout.subsec_nanos() {
        0 => json!(tls.timeout.as_secs()),
        _ => json!(tls.timeout.as_secs_f64()),
    });
    broker.describe(|about| {
        let fields = [
            (
                "tls_required",
                fact(tls.is_some_and(|tls| !tls.allow_non_tls)),
            ),
            ("tls_verify", fact(tls.is_some_and(|tls| tls.verify))),
            ("tls_cert_not_after", json!(expiry(tls))),
            ("tls_timeout", timeout.unwrap_or_else(|| json!(2))),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value));
        about.varz.extend(fields);
        let websocket = about.varz.get_mut("websocket");
        if let Some(Value::Object(websocket)) = websocket {
            websocket.remove("tls_cert_not_after");
            websocket.extend(web.map(|at| ("tls_cert_not_after".to_owned(), json!(at))));
        }
    });
}

/// When the certificate ends that clients are shown.
fn expiry(tls: Option<&TlsSettings>) -> Option<String> {
    let seconds = u64::try_from(tls?.expires_at?).ok()?;
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    Some(broker::rfc3339(at))
}

/// And of the listener for WebSocket.
pub(crate) fn describe_websocket(
    broker: &Broker,
    block: &WebSocketBlock,
    (host, port): (&str, u16),
) {
    let fact = |is: bool| is.then_some(true);
    let origins: Vec<_> = block
        .allowed_origins
        .iter()
        .map(ToString::to_string)
        .collect();
    let timeout = block.handshake_timeout;
    let timeout = (timeout != HANDSHAKE_TIMEOUT).then_some(timeout.as_nanos());
    let fields = [
        ("host", json!(host)),
        ("port", json!(port)),
        ("advertise", json!(block.advertise)),
        ("no_auth_user", json!(block.door.no_auth_user)),
        ("jwt_cookie", json!(block.cookies.jwt)),
        (
            "handshake_timeout",
            json!(timeout.map(|nanos| u64::try_from(nanos).ok())),
        ),
        (
            "auth_timeout",
            json!(block.auth_timeout.map(|it| it.as_secs_f64())),
        ),
        ("no_tls", json!(fact(block.no_tls))),
        ("same_origin", json!(fact(block.same_origin))),
        (
            "allowed_origins",
            json!(Some(origins).filter(|list| !list.is_empty())),
        ),
        ("compression", json!(fact(block.compression))),
    ];
    let given = fields.into_iter().filter(|(_, value)| !value.is_null());
    let shown = given
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    broker.describe(|about| {
        let shown = Value::Object(shown);
        about.varz.insert("websocket".to_owned(), shown);
    });
}

/// Serves monitoring below `base_path` until the process ends, and says where. Must run inside a
/// tokio runtime.
pub(crate) fn start(
    listener: HttpListener,
    broker: Broker,
    host: &str,
    base_path: &str,
) -> std::io::Result<String> {
    let port = listener.local_addr()?.port();
    let (name, other) = match listener.scheme() {
        "https" => ("https_port", "http_port"),
        _ => ("http_port", "https_port"),
    };
    broker.describe(|about| {
        let fields = [
            ("http_host", json!(host)),
            (name, json!(port)),
            (other, json!(0)),
            ("http_base_path", json!(base_path)),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value));
        about.varz.extend(fields);
    });
    let router = router(broker, base_path);
    tokio::spawn(admin_api::serve(listener, router, CancellationToken::new()));
    Ok(authority(local_host(host), port))
}

fn router(broker: Broker, base_path: &str) -> Router {
    let pages = Router::new()
        .route("/", any(pages::index))
        .route("/varz", any(pages::varz))
        .route("/connz", any(pages::connz))
        .route("/routez", any(pages::routez))
        .route("/gatewayz", any(pages::gatewayz))
        .route("/leafz", any(pages::leafz))
        .route("/subsz", any(pages::subsz))
        .route("/subscriptionsz", any(pages::subsz))
        .route("/stacksz", any(pages::stacksz))
        .route("/accountz", any(pages::accountz))
        .route("/accstatz", any(pages::accstatz))
        .route("/jsz", any(pages::jsz))
        .route("/healthz", any(pages::healthz))
        .route("/ipqueuesz", any(pages::ipqueuesz))
        .route("/raftz", any(pages::raftz))
        .route("/debug/vars", any(pages::expvarz))
        .route("/metrics", any(pages::metrics));
    let base_path = base_path.trim_matches('/');
    let pages = match base_path {
        "" => pages,
        _ => Router::new().nest(&format!("/{base_path}"), pages),
    };
    pages.fallback(not_found).with_state(broker)
}

async fn not_found() -> (StatusCode, &'static str) {
    (StatusCode::NOT_FOUND, "404 page not found\n")
}

/// A page, or what is wrong with the question.
fn page(made: Result<String, String>) -> Response {
    match made {
        Ok(page) => json(page),
        Err(error) => (StatusCode::BAD_REQUEST, error).into_response(),
    }
}

/// The same of a page that is small.
fn short_page(made: Result<Value, String>) -> Response {
    page(made.map(|page| format!("{page:#}")))
}

/// Other than nats-server's, our pages are not for the scripts of other sites to read.
fn json(body: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}
