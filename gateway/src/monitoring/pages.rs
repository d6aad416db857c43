//! The pages.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use broker::{AccstatzOptions, Broker, ConnzOptions, HealthzOptions, SubszOptions};

use super::query::Parameters;
use super::{EXPOSITION, json, page, short_page};

/// What the index names, with its path.
const PAGES: [(&str, &str); 12] = [
    ("General", "varz"),
    ("JetStream", "jsz"),
    ("Connections", "connz"),
    ("Accounts", "accountz"),
    ("Account statistics", "accstatz"),
    ("Subscriptions", "subsz"),
    ("Routes", "routez"),
    ("Leaf nodes", "leafz"),
    ("Gateways", "gatewayz"),
    ("Health", "healthz"),
    ("Variables", "debug/vars"),
    ("Prometheus", "metrics"),
];

pub(super) async fn index(State(broker): State<Broker>) -> Html<String> {
    broker.count_request("/");
    let entry =
        |(title, path): &(&str, &str)| format!("<li><a href=\"./{path}\">{title}</a></li>\n");
    let list: String = PAGES.iter().map(entry).collect();
    Html(format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>tidegate</title></head><body>\n\
         <h1>tidegate</h1>\n<ul>\n{list}</ul>\n</body></html>\n"
    ))
}

pub(super) async fn varz(State(broker): State<Broker>) -> Response {
    broker.count_request("/varz");
    page(broker.varz().await)
}

pub(super) async fn connz(State(broker): State<Broker>, given: Parameters) -> Response {
    broker.count_request("/connz");
    match connz_options(&given) {
        Ok(options) => page(broker.connz(options).await),
        Err(error) => page(Err(error)),
    }
}

fn connz_options(given: &Parameters) -> Result<ConnzOptions, String> {
    let auth = given.boolean("auth")?;
    let (subscriptions, subscriptions_detail) = given.subscriptions()?;
    Ok(ConnzOptions {
        sort: given.text("sort"),
        auth,
        subscriptions,
        subscriptions_detail,
        offset: given.integer("offset")?,
        limit: given.integer("limit")?,
        cid: given.unsigned("cid")?,
        state: given.state()?,
        user: given.text("user"),
        account: given.text("acc"),
        mqtt_client: given.text("mqtt_client"),
        // In requests of the system account only.
        filter_subject: None,
    })
}

pub(super) async fn subsz(State(broker): State<Broker>, given: Parameters) -> Response {
    broker.count_request("/subsz");
    match subsz_options(&given) {
        Ok(options) => page(broker.subsz(options).await),
        Err(error) => page(Err(error)),
    }
}

fn subsz_options(given: &Parameters) -> Result<SubszOptions, String> {
    Ok(SubszOptions {
        subscriptions: given.boolean("subs")?,
        offset: given.integer("offset")?,
        limit: given.integer("limit")?,
        test: given.text("test"),
        account: given.text("acc"),
    })
}

pub(super) async fn accountz(State(broker): State<Broker>, given: Parameters) -> Response {
    broker.count_request("/accountz");
    page(broker.accountz(given.text("acc")).await)
}

pub(super) async fn accstatz(State(broker): State<Broker>, given: Parameters) -> Response {
    broker.count_request("/accstatz");
    let unused = match given.boolean("unused") {
        Ok(unused) => unused,
        Err(error) => return page(Err(error)),
    };
    let options = AccstatzOptions {
        include_unused: unused,
        ..AccstatzOptions::default()
    };
    page(broker.accstatz(options).await)
}

pub(super) async fn routez(State(broker): State<Broker>, given: Parameters) -> Response {
    broker.count_request("/routez");
    short_page(given.subscriptions().map(|_| broker.routez()))
}

pub(super) async fn gatewayz(State(broker): State<Broker>, given: Parameters) -> Response {
    broker.count_request("/gatewayz");
    short_page(given.check_booleans(&["accs"]).map(|()| broker.gatewayz()))
}

pub(super) async fn leafz(State(broker): State<Broker>, given: Parameters) -> Response {
    broker.count_request("/leafz");
    short_page(given.check_booleans(&["subs"]).map(|()| broker.leafz()))
}

pub(super) async fn jsz(State(broker): State<Broker>, given: Parameters) -> Response {
    const BOOLEANS: [&str; 8] = [
        "accounts",
        "streams",
        "consumers",
        "direct-consumers",
        "config",
        "leader-only",
        "raft",
        "stream-leader-only",
    ];
    broker.count_request("/jsz");
    let numbers = || given.integer("offset").and(given.integer("limit"));
    let checked = given.check_booleans(&BOOLEANS).and_then(|()| numbers());
    short_page(checked.map(|_| broker.jsz()))
}

pub(super) async fn healthz(State(broker): State<Broker>, given: Parameters) -> Response {
    const BOOLEANS: [&str; 4] = [
        "js-enabled",
        "js-enabled-only",
        "js-server-only",
        "js-meta-only",
    ];
    broker.count_request("/healthz");
    let checked = given.check_booleans(&BOOLEANS);
    let details = match checked.and_then(|()| given.boolean("details")) {
        Ok(details) => details,
        Err(error) => return page(Err(error)),
    };
    let options = HealthzOptions {
        account: given.text("account"),
        stream: given.text("stream"),
        consumer: given.text("consumer"),
        details,
    };
    let (status, health) = broker.healthz(&options);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, json(health.to_string())).into_response()
}

pub(super) async fn ipqueuesz(State(broker): State<Broker>, given: Parameters) -> Response {
    short_page(given.check_booleans(&["all"]).map(|()| broker.ipqueuesz()))
}

pub(super) async fn raftz() -> (StatusCode, &'static str) {
    (StatusCode::NOT_FOUND, "No Raft nodes registered")
}

/// Where nats-server shows what its goroutines do: what the runtime knows of our tasks.
pub(super) async fn stacksz() -> String {
    let runtime = tokio::runtime::Handle::current();
    let figures = runtime.metrics();
    format!(
        "workers: {}\ntasks: {}\nwaiting for a worker: {}\n",
        figures.num_workers(),
        figures.num_alive_tasks(),
        figures.global_queue_depth(),
    )
}

pub(super) async fn expvarz(State(broker): State<Broker>) -> Response {
    short_page(Ok(broker.expvarz()))
}

pub(super) async fn metrics(State(broker): State<Broker>) -> Response {
    match broker.metrics().await {
        Ok(figures) => ([(header::CONTENT_TYPE, EXPOSITION)], figures).into_response(),
        Err(error) => page(Err(error)),
    }
}
