//! nats-server's monitoring over HTTP: the broker's figures as JSON, for people and scrapers.
//!
//! There is no authentication, as with nats-server: the listener's address decides who may look.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::any;
use axum::serve::Listener;
use broker::{Broker, ConnzOptions};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::http_listener::HttpListener;
use crate::listeners::{authority, local_host};

const INDEX: &str = "<!DOCTYPE html>\n<html lang=\"en\">\n\
    <head><title>tidegate</title></head><body>\n\
    <h1>tidegate</h1>\n<ul>\n<li><a href=\"./varz\">General (varz)</a></li>\n\
    <li><a href=\"./connz\">Connections (connz)</a></li>\n\
    <li><a href=\"./subsz\">Subscriptions (subsz)</a></li>\n\
    <li><a href=\"./accountz\">Accounts (accountz)</a></li>\n\
    <li><a href=\"./healthz\">Health (healthz)</a></li>\n</ul>\n</body></html>\n";

/// What the broker does not know of itself.
#[derive(Debug)]
struct About {
    http_host: String,
    http_port: u16,
    config_digest: Option<String>,
    loaded: SystemTime,
}

#[derive(Debug)]
struct Monitor {
    broker: Broker,
    about: About,
    /// Requests by path; the paths are ours, so this has an end.
    requests: Mutex<BTreeMap<&'static str, u64>>,
}

type Shared = State<Arc<Monitor>>;
type Parameters = Query<HashMap<String, String>>;

/// Serves monitoring until the process ends, and says where. Must run inside a tokio runtime.
pub(crate) fn start(
    listener: HttpListener,
    broker: Broker,
    host: &str,
    config_digest: Option<String>,
) -> std::io::Result<String> {
    let http_port = listener.local_addr()?.port();
    let about = About {
        http_host: host.to_owned(),
        http_port,
        config_digest,
        loaded: SystemTime::now(),
    };
    let router = router(broker, about);
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the http monitor stopped");
        }
    });
    Ok(authority(local_host(host), http_port))
}

fn router(broker: Broker, about: About) -> Router {
    let monitor = Monitor {
        broker,
        about,
        requests: Mutex::default(),
    };
    Router::new()
        .route("/", any(index))
        .route("/varz", any(varz))
        .route("/connz", any(connz))
        .route("/subsz", any(subsz))
        .route("/subscriptionsz", any(subsz))
        .route("/accountz", any(accountz))
        .route("/healthz", any(healthz))
        .with_state(Arc::new(monitor))
}

impl Monitor {
    fn count(&self, path: &'static str) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.entry(path).or_default() += 1;
    }
}

async fn index(State(monitor): Shared) -> Html<&'static str> {
    monitor.count("/");
    Html(INDEX)
}

async fn varz(State(monitor): Shared) -> Response {
    monitor.count("/varz");
    let mut varz = monitor.broker.varz();
    let about = &monitor.about;
    let loaded = OffsetDateTime::from(about.loaded)
        .format(&Rfc3339)
        .unwrap_or_default();
    varz["http_host"] = json!(about.http_host);
    varz["http_port"] = json!(about.http_port);
    varz["http_base_path"] = json!("");
    varz["https_port"] = json!(0);
    varz["config_load_time"] = json!(loaded);
    varz["config_digest"] = json!(
        about
            .config_digest
            .as_ref()
            .map_or(String::new(), |it| format!("sha256:{it}"))
    );
    let requests = monitor
        .requests
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    varz["http_req_stats"] = json!(*requests);
    drop(requests);
    indented(&varz)
}

async fn connz(State(monitor): Shared, Query(parameters): Parameters) -> Response {
    monitor.count("/connz");
    match connz_options(&parameters) {
        Ok(options) => indented(&monitor.broker.connz(&options)),
        Err(text) => (StatusCode::BAD_REQUEST, text).into_response(),
    }
}

async fn subsz(State(monitor): Shared) -> Response {
    monitor.count("/subsz");
    indented(&monitor.broker.subsz())
}

async fn accountz(State(monitor): Shared) -> Response {
    monitor.count("/accountz");
    indented(&monitor.broker.accountz())
}

async fn healthz(State(monitor): Shared) -> Response {
    monitor.count("/healthz");
    let (status, body) = if monitor.broker.is_accepting() {
        (StatusCode::OK, json!({ "status": "ok" }))
    } else {
        let error = "the server does not accept connections";
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            json!({ "status": "unavailable", "error": error }),
        )
    };
    (status, answer(body.to_string())).into_response()
}

fn indented(value: &Value) -> Response {
    // A Value has only text for keys, so writing it cannot fail; the plain form would do as well.
    answer(serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string()))
}

/// Other than nats-server's, our pages are not for the scripts of other sites to read.
fn answer(body: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// What this version cannot do is refused: to show other connections than those that were asked
/// for would mislead.
fn connz_options(parameters: &HashMap<String, String>) -> Result<ConnzOptions, String> {
    let given = |name: &str| parameters.get(name).filter(|value| !value.is_empty());
    let unserved = |name: &str, served: &[&str]| match given(name) {
        Some(value) if !served.contains(&value.to_ascii_lowercase().as_str()) => Err(format!(
            "{name}={value} is not supported by this version of tidegate"
        )),
        _ => Ok(()),
    };
    unserved("sort", &["cid", "start"])?;
    unserved("state", &["open"])?;
    unserved("subs", &["0", "f", "false"])?;
    let text = |name: &str| given(name).cloned();
    Ok(ConnzOptions {
        offset: integer(parameters, "offset")?,
        limit: integer(parameters, "limit")?,
        cid: u64::try_from(integer(parameters, "cid")?).unwrap_or(u64::MAX),
        auth: boolean(parameters, "auth")?,
        user: text("user"),
        account: text("acc"),
    })
}

/// Absent and negative count as 0.
fn integer(parameters: &HashMap<String, String>, name: &str) -> Result<usize, String> {
    let Some(text) = parameters.get(name).filter(|text| !text.is_empty()) else {
        return Ok(0);
    };
    match text.parse::<i64>() {
        Ok(value) => Ok(usize::try_from(value).unwrap_or(0)),
        Err(error) => Err(format!("Error decoding int for '{name}': {error}")),
    }
}

fn boolean(parameters: &HashMap<String, String>, name: &str) -> Result<bool, String> {
    match parameters.get(name).map(String::as_str).unwrap_or_default() {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "" | "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        text => Err(format!(
            "Error decoding boolean for '{name}': {text:?} is neither true nor false"
        )),
    }
}
