//! Traces leave over OTLP: a request, what it did and what followed, and nothing secret.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::wait::eventually;
use tests::{Certs, Collector, Daemon, Postgres, Rotel, Seen, Tidegate, paths};
use tokio::net::TcpListener;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";
/// Batches leave at once, so that tests need not wait for them.
const SOON: (&str, &str) = ("OTEL_BSP_SCHEDULE_DELAY", "50");
const LINE_WITHIN: Duration = Duration::from_secs(20);

fn sampled() -> String {
    format!("00-{TRACE}-{CALLER}-01")
}

/// A configuration, in a file.
struct Config {
    path: PathBuf,
    _home: TempDir,
}

impl Config {
    fn new(text: &str) -> Result<Self> {
        let home = tempfile::tempdir()?;
        let path = home.path().join("tidegate.conf");
        fs::write(&path, text)?;
        Ok(Self { path, _home: home })
    }

    /// Hooks of this machine may be reached; traces go to the collector.
    fn of(collector: &Collector, more: &str) -> Result<Self> {
        Self::new(&format!(
            "admin_api {{ webhook_networks: 127.0.0.1 }}
             otel {{ endpoint: \"{}\", {more} }}",
            collector.url()
        ))
    }

    fn flags(&self) -> Result<[&str; 2]> {
        Ok(["--config", self.path.to_str().context("a path in UTF-8")?])
    }
}

/// Receives deliveries, and keeps their `traceparent`.
struct Hook {
    url: String,
    parents: Arc<Mutex<Vec<String>>>,
}

impl Hook {
    async fn listen() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!(
            "http://{}/secret-path?key=secret-key",
            listener.local_addr()?
        );
        let parents: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&parents);
        let take = move |headers: HeaderMap| async move {
            let parent = headers.get("traceparent").and_then(|it| it.to_str().ok());
            kept.lock().unwrap().extend(parent.map(str::to_owned));
            StatusCode::NO_CONTENT
        };
        let router = Router::new().route("/secret-path", post(take));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, parents })
    }

    fn parents(&self) -> Vec<String> {
        self.parents.lock().unwrap().clone()
    }
}

/// Asks the API within a trace: the answer's status, its own `traceparent`, and its body.
async fn ask(
    tidegate: &Tidegate,
    (method, path): (&str, &str),
    traceparent: Option<&str>,
    body: Option<&Value>,
) -> Result<(u16, Option<String>, Value)> {
    let client = Client::builder().no_proxy().build()?;
    let url = format!("{}/api/v1{path}", tidegate.http_url());
    let mut request = client
        .request(method.parse()?, url)
        .bearer_auth(tidegate.token());
    if let Some(value) = traceparent {
        request = request.header("traceparent", value);
    }
    if let Some(body) = body {
        request = request.json(body);
    }
    let answer = request.send().await?;
    let own = answer.headers().get("traceparent");
    let own = own.and_then(|it| it.to_str().ok()).map(str::to_owned);
    let status = answer.status().as_u16();
    let body = serde_json::from_str(&answer.text().await?).unwrap_or_default();
    Ok((status, own, body))
}

fn named<'a>(spans: &'a [Seen], name: &str) -> Result<&'a Seen> {
    let found = spans.iter().find(|span| span.name == name);
    found.with_context(|| format!("no {name}: {spans:#?}"))
}

async fn a_request_and_what_follows_is_one_trace(database: &[&str], system: &str) -> Result<()> {
    let (collector, hook) = (Collector::start().await?, Hook::listen().await?);
    let config = Config::of(&collector, "headers { x-scope: tests }")?;
    let flags = [&config.flags()?[..], &["--log-format", "json"], database].concat();
    let mut tidegate = Tidegate::serve_among(&flags, &[SOON]).await?;
    let api = tidegate.api();
    let webhook = json!({ "name": "hook", "url": hook.url, "types": ["account.create"] });
    api.post("/webhooks", &webhook).await?;

    let body = json!({ "name": "acme" });
    let (at, within) = (("POST", "/accounts"), sampled());
    let (status, own, account) = ask(&tidegate, at, Some(&within), Some(&body)).await?;
    assert_eq!((status, &account["live"]), (201, &json!(true)), "{account}");
    let names = [
        "POST /api/v1/accounts",
        "write",
        "push claims",
        "deliver webhook",
        "POST",
    ];
    let spans = collector.trace(TRACE, &names).await?;
    let request = named(&spans, names[0])?;
    assert_eq!(
        (request.parent.as_str(), request.kind.as_str()),
        (CALLER, "Server")
    );
    assert_eq!(own, Some(format!("00-{TRACE}-{}-01", request.id)));
    for (key, value) in [
        ("http.request.method", "POST"),
        ("http.route", "/api/v1/accounts"),
        ("url.path", "/api/v1/accounts"),
        ("url.scheme", "http"),
        ("http.response.status_code", "201"),
    ] {
        assert_eq!(request.get(key), value, "{key}");
    }
    assert!(request.get("tidegate.request.id").starts_with("req_"));
    assert_eq!(request.resource["service.name"], "tidegate");
    let id = account["id"].as_str().context("an id")?;
    for (name, kind) in [("write", "Client"), ("push claims", "Client")] {
        let span = named(&spans, name)?;
        assert_eq!(
            (&span.parent, span.kind.as_str()),
            (&request.id, kind),
            "{name}"
        );
    }
    let write = named(&spans, "write")?;
    assert_eq!(write.get("db.system.name"), system);
    assert_eq!(write.get("tidegate.db.committed"), "true");
    assert_eq!(named(&spans, "push claims")?.get("tidegate.account.id"), id);
    let sent = delivered(&spans, request)?;
    // Whoever receives it can go on in the same trace.
    assert_eq!(hook.parents(), [format!("00-{TRACE}-{sent}-01")]);
    let trail = api.get("/audit?filter[action]=account.create").await?;
    assert_eq!(trail["data"][0]["trace_id"], TRACE, "{trail}");
    begins_here(&tidegate, &collector, id).await?;
    let headers = collector.headers();
    assert!(headers.iter().all(|it| it["x-scope"] == "tests"));
    tidegate.stop()
}

/// The delivery follows from the request; the id of what was sent to the hook.
fn delivered(spans: &[Seen], request: &Seen) -> Result<String> {
    let delivery = named(spans, "deliver webhook")?;
    assert_eq!(delivery.parent, request.id);
    assert_eq!(delivery.get("tidegate.event.type"), "account.create");
    let sent = named(spans, "POST")?;
    assert_eq!((&sent.parent, sent.kind.as_str()), (&delivery.id, "Client"));
    assert_eq!(sent.get("server.address"), "127.0.0.1");
    assert_eq!(sent.get("http.response.status_code"), "204");
    Ok(sent.id.clone())
}

/// A trace of our own has an id as well, and it is the same everywhere.
async fn begins_here(tidegate: &Tidegate, collector: &Collector, account: &str) -> Result<()> {
    let path = format!("/accounts/{account}/users");
    let (status, _, problem) = ask(tidegate, ("POST", &path), None, Some(&json!({}))).await?;
    assert!((400..500).contains(&status), "{problem}");
    let trace = problem["trace_id"].as_str().context("a trace")?;
    let name = "POST /api/v1/accounts/{account}/users";
    let spans = collector.trace(trace, &[name, "look up"]).await?;
    let refused = named(&spans, name)?;
    assert_eq!((refused.parent.as_str(), refused.is_error), ("", false));
    assert_eq!(refused.get("tidegate.account.id"), account);
    let code = problem["code"].as_str().unwrap_or_default();
    assert_eq!(refused.get("error.type"), code);
    Ok(())
}

#[tokio::test]
async fn a_request_and_what_follows_is_one_trace_on_sqlite() -> Result<()> {
    a_request_and_what_follows_is_one_trace(&[], "sqlite").await
}

#[tokio::test]
async fn a_request_and_what_follows_is_one_trace_on_postgresql() -> Result<()> {
    let database = Postgres::start()?;
    let flags = ["--database-url", &database.url()];
    a_request_and_what_follows_is_one_trace(&flags, "postgresql").await
}

#[tokio::test]
async fn log_lines_name_the_trace() -> Result<()> {
    let collector = Collector::start().await?;
    let config = Config::of(&collector, "")?;
    let flags = [&config.flags()?[..], &["--log-format", "json"]].concat();
    let mut tidegate = Tidegate::serve_among(&flags, &[SOON]).await?;
    let wrong = json!({ "email": "nobody@example.com", "password": "a wrong one" });
    let at = ("POST", "/session");
    let (status, ..) = ask(&tidegate, at, Some(&sampled()), Some(&wrong)).await?;
    assert_eq!(status, 401);
    let line = tidegate
        .daemon()
        .wait_for_line("a sign-in failed", LINE_WITHIN)?;
    let line: Value = serde_json::from_str(&line)?;
    assert_eq!(line["span"]["trace.id"], TRACE, "{line}");
    // Attributes of spans are the collector's; the log has what it had before.
    let span = line["span"].as_object().context("a span")?;
    let names: BTreeSet<&str> = span.keys().map(String::as_str).collect();
    assert_eq!(names, BTreeSet::from(["name", "request.id", "trace.id"]));
    collector.trace(TRACE, &["POST /api/v1/session"]).await?;
    Ok(())
}

#[tokio::test]
async fn work_that_goes_on_stays_in_its_trace_or_links_to_it() -> Result<()> {
    let collector = Collector::start().await?;
    let config = Config::of(&collector, "")?;
    let mut tidegate = Tidegate::serve_among(&config.flags()?, &[SOON]).await?;
    tidegate.api().make_account("acme").await?;
    let users = (0..2_000).map(|n| json!({ "name": format!("u-{n:05}") }));
    let body = json!({ "users": users.collect::<Vec<_>>() });
    let at = ("POST", "/accounts/acme/user-batches");
    let (status, _, operation) = ask(&tidegate, at, Some(&sampled()), Some(&body)).await?;
    assert_eq!(status, 202, "{operation}");
    let names = [
        "POST /api/v1/accounts/{account}/user-batches",
        "operation create_users",
    ];
    let spans = collector.trace(TRACE, &names).await?;
    let turn = named(&spans, names[1])?;
    assert_eq!(turn.parent, named(&spans, names[0])?.id);
    assert_eq!(
        turn.get("tidegate.operation.id"),
        operation["id"].as_str().unwrap_or_default()
    );
    assert!(
        spans
            .iter()
            .any(|span| span.parent == turn.id && span.name == "write")
    );

    // A new process knows the trace that is stored, and no more.
    tidegate.kill_and_restart_in(&[SOON]).await?;
    eventually("a turn that links", async || {
        let spans = collector.spans();
        let turns = spans.iter().filter(|span| span.name == names[1]);
        let mut others = turns.filter(|span| span.trace != TRACE);
        let links = |span: &Seen| span.links.iter().any(|(trace, _)| trace == TRACE);
        Ok(others.any(links).then_some(()))
    })
    .await
}

#[tokio::test]
async fn what_an_identity_provider_is_asked_is_part_of_the_sign_in() -> Result<()> {
    let (collector, hook) = (Collector::start().await?, Hook::listen().await?);
    let config = Config::of(&collector, "")?;
    let tidegate = Tidegate::serve_among(&config.flags()?, &[SOON]).await?;
    let issuer = hook.url.split("/secret").next().context("a URL")?;
    let provider = json!({
        "name": "people", "issuer": issuer, "client_id": "c", "client_secret": "secret-key",
        "allow_private": true,
    });
    let made = tidegate
        .api()
        .post("/identity-providers", &provider)
        .await?;
    let id = made["id"].as_str().context("an id")?;
    let path = format!("/sign-in/providers/{id}/start");
    ask(&tidegate, ("GET", &path), Some(&sampled()), None).await?;
    let name = "GET /api/v1/sign-in/providers/{identity_provider}/start";
    let spans = collector.trace(TRACE, &[name, "GET"]).await?;
    let fetch = named(&spans, "GET")?;
    assert_eq!(fetch.parent, named(&spans, name)?.id);
    assert!(fetch.is_error && fetch.get("http.response.status_code") == "404");
    Ok(())
}

#[tokio::test]
async fn nothing_secret_is_exported() -> Result<()> {
    let (collector, hook) = (Collector::start().await?, Hook::listen().await?);
    let config = Config::of(
        &collector,
        "headers { authorization: \"Bearer secret-header\" }",
    )?;
    let flags = [&config.flags()?[..], &["--log-format", "json"]].concat();
    let mut tidegate = Tidegate::serve_among(&flags, &[SOON]).await?;
    let api = tidegate.api();
    api.make_account("acme").await?;
    let user = api.make_user("acme", "orders").await?;
    let key = api
        .post("/api-keys", &json!({ "name": "k", "account": "acme" }))
        .await?;
    let webhook = json!({ "name": "hook", "url": hook.url });
    let webhook = api.post("/webhooks", &webhook).await?;
    api.make_account("globex").await?;
    let login = json!({ "email": "a@example.com", "password": "secret-password" });
    ask(
        &tidegate,
        ("POST", "/session?token=secret-query"),
        None,
        Some(&login),
    )
    .await?;
    ask(
        &tidegate,
        ("GET", "/nowhere/secret-place"),
        Some(&sampled()),
        None,
    )
    .await?;
    ask(&tidegate, ("GET", "/events?types=secret-query"), None, None).await?;
    eventually("a delivery", async || {
        Ok((!hook.parents().is_empty()).then_some(()))
    })
    .await?;
    collector.trace(TRACE, &["GET"]).await?;
    tidegate.stop()?;
    let spans = collector.spans();
    let (exported, log) = (format!("{spans:?}"), tidegate.daemon().output());
    let lines = user
        .creds
        .lines()
        .filter(|line| line.len() > 40 && !line.contains(' '));
    let shown = |value: &Value| value.as_str().unwrap_or("missing").to_owned();
    let token = tidegate.token().to_owned();
    let secrets = lines.map(str::to_owned).chain([
        token,
        shown(&key["token"]),
        shown(&webhook["secret"]),
        "secret-".to_owned(),
    ]);
    for secret in secrets {
        assert!(
            secret.len() > 6 && !exported.contains(&secret),
            "{secret} in {exported}"
        );
        assert!(!log.contains(&secret), "{secret} in {log}");
    }
    let header = &collector.headers()[0]["authorization"];
    assert_eq!(header, "Bearer secret-header");
    Ok(())
}

// Waiting for a line holds a thread, and the collector needs one.
#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_costs_a_warning() -> Result<()> {
    let place: SocketAddr = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let url = format!("http://{place}");
    let env = [SOON, ("OTEL_EXPORTER_OTLP_ENDPOINT", &*url)];
    let mut tidegate = Tidegate::serve_among(&[], &env).await?;
    let begun = Instant::now();
    for number in 0..20 {
        let body = json!({ "name": format!("tenant-{number}") });
        let (status, ..) = ask(&tidegate, ("POST", "/accounts"), None, Some(&body)).await?;
        assert_eq!(status, 201);
    }
    assert!(
        begun.elapsed() < Duration::from_secs(15),
        "{:?}",
        begun.elapsed()
    );
    let (status, ..) = ask(&tidegate, ("GET", "/accounts"), Some(&sampled()), None).await?;
    assert_eq!(status, 200);
    let warning = "traces do not arrive at";
    tidegate.daemon().wait_for_line(warning, LINE_WITHIN)?;
    let collector = Collector::start_at(place).await?;
    collector.trace(TRACE, &["GET /api/v1/accounts"]).await?;
    let made = "POST /api/v1/accounts";
    let spans = collector.spans();
    assert_eq!(spans.iter().filter(|span| span.name == made).count(), 20);
    let line = tidegate
        .daemon()
        .wait_for_line("traces arrive at", LINE_WITHIN)?;
    assert!(line.contains(&url) && line.contains("again"), "{line}");
    let output = tidegate.daemon().output();
    assert_eq!(output.matches(warning).count(), 1, "{output}");

    // What it does not want is said, too, and not sent again.
    collector.refuse(Some(401))?;
    ask(&tidegate, ("GET", "/accounts"), None, None).await?;
    tidegate
        .daemon()
        .wait_for_line("it answers 401", LINE_WITHIN)?;
    tidegate.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_may_have_a_certificate_of_an_authority_of_its_own() -> Result<()> {
    let (certs, others) = (Certs::new()?, Certs::new()?);
    let collector = Collector::start_secured(&certs).await?;
    let (own, other) = (certs.authority_file(), others.authority_file());
    let block = |ca: &PathBuf| {
        let (url, ca) = (collector.url(), ca.display());
        Config::new(&format!(
            "otel {{ endpoint: \"{url}\", ca_file: \"{ca}\" }}"
        ))
    };
    let config = block(&own)?;
    let tidegate = Tidegate::serve_among(&config.flags()?, &[SOON]).await?;
    ask(&tidegate, ("GET", "/accounts"), Some(&sampled()), None).await?;
    collector.trace(TRACE, &["GET /api/v1/accounts"]).await?;

    let config = block(&other)?;
    let mut tidegate = Tidegate::serve_among(&config.flags()?, &[SOON]).await?;
    ask(&tidegate, ("GET", "/accounts"), Some(&sampled()), None).await?;
    let line = tidegate
        .daemon()
        .wait_for_line("traces do not arrive", LINE_WITHIN)?;
    assert!(line.contains("certificate"), "{line}");
    Ok(())
}

#[tokio::test]
async fn the_share_that_is_asked_for_is_exported() -> Result<()> {
    let collector = Collector::start().await?;
    let config = Config::of(&collector, "sample: 0")?;
    let mut tidegate = Tidegate::serve_among(&config.flags()?, &[SOON]).await?;
    let (_, own, _) = ask(&tidegate, ("GET", "/accounts"), None, None).await?;
    assert_eq!(own, None);
    let api = tidegate.api();
    api.make_account("acme").await?;
    assert_eq!(api.get("/audit").await?["data"][0].get("trace_id"), None);
    // The caller has decided already.
    ask(&tidegate, ("GET", "/accounts"), Some(&sampled()), None).await?;
    collector.trace(TRACE, &["GET /api/v1/accounts"]).await?;
    tidegate.stop()?;
    let spans = collector.spans();
    assert!(spans.iter().all(|span| span.trace == TRACE), "{spans:#?}");

    let collector = Collector::start().await?;
    let config = Config::of(&collector, "sample: 1")?;
    let mut tidegate = Tidegate::serve_among(&config.flags()?, &[SOON]).await?;
    let unsampled = format!("00-{TRACE}-{CALLER}-00");
    let body = json!({ "name": "acme" });
    let at = ("POST", "/accounts");
    let (status, own, _) = ask(&tidegate, at, Some(&unsampled), Some(&body)).await?;
    assert_eq!(status, 201);
    let own = own.context("a traceparent")?;
    assert!(
        own.starts_with(&format!("00-{TRACE}-")) && own.ends_with("-00"),
        "{own}"
    );
    let trail = tidegate
        .api()
        .get("/audit?filter[action]=account.create")
        .await?;
    assert_eq!(trail["data"][0]["trace_id"], TRACE);
    tidegate.stop()?;
    let spans = collector.spans();
    assert!(spans.iter().all(|span| span.trace != TRACE), "{spans:#?}");
    Ok(())
}

#[tokio::test]
async fn the_last_spans_leave_when_it_stops() -> Result<()> {
    let collector = Collector::start().await?;
    let config = Config::of(&collector, "service_name: here, attributes { zone: a }")?;
    let env = [
        ("OTEL_BSP_SCHEDULE_DELAY", "3600000"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
    ];
    let mut tidegate = Tidegate::serve_among(&config.flags()?, &env).await?;
    ask(&tidegate, ("GET", "/accounts"), Some(&sampled()), None).await?;
    assert_eq!(collector.spans(), []);
    tidegate.stop()?;
    let spans = collector.trace(TRACE, &["GET /api/v1/accounts"]).await?;
    assert_eq!(spans[0].resource["service.name"], "here");
    assert_eq!(spans[0].resource["zone"], "a");
    assert_eq!(collector.headers()[0]["content-encoding"], "gzip");
    Ok(())
}

#[tokio::test]
async fn nothing_is_traced_unasked() -> Result<()> {
    let collector = Collector::start().await?;
    let url = collector.url();
    let env = [
        SOON,
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*url),
        ("OTEL_SDK_DISABLED", "true"),
    ];
    for env in [&env[..], &[]] {
        let mut tidegate = Tidegate::serve_among(&[], env).await?;
        let (_, own, _) = ask(&tidegate, ("GET", "/accounts"), None, None).await?;
        assert_eq!(own, None);
        let (_, own, _) = ask(&tidegate, ("GET", "/accounts"), Some(&sampled()), None).await?;
        assert!(own.context("a traceparent")?.contains(TRACE));
        tidegate.stop()?;
        assert!(!tidegate.daemon().output().contains("traces"));
    }
    assert_eq!(collector.spans(), []);
    Ok(())
}

/// Starts it where it must not start: what it says.
fn refused(flags: &[&str], env: &[(&str, &str)]) -> Result<String> {
    let data = tempfile::tempdir()?;
    let mut command = Command::new(paths::tidegate()?);
    command.arg("serve").arg("--data").arg(data.path());
    command.args(tests::tidegate::FREE_PORTS).args(flags);
    command.envs(env.iter().copied());
    let mut daemon = Daemon::spawn("tidegate serve", command)?;
    let status = daemon.wait_exit(LINE_WITHIN)?;
    assert!(!status.success());
    Ok(daemon.output())
}

#[tokio::test]
async fn an_endpoint_that_is_none_is_refused_with_what_to_write() -> Result<()> {
    for bad in ["localhost:4318", "grpc://h:4317", "http://me:secret-word@h"] {
        let said = refused(&[], &[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", bad)])?;
        assert!(
            said.contains("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "),
            "{said}"
        );
        assert!(!said.contains("secret-word"), "{said}");
        let config = Config::new(&format!("otel {{\n  endpoint: \"{bad}\"\n}}"))?;
        let said = refused(&config.flags()?, &[])?;
        assert!(said.contains(".conf:2:"), "{said}");
        assert!(!said.contains("secret-word"), "{said}");
    }
    let config = Config::new("otel { ca_file: \"/nowhere.pem\", endpoint: \"https://h\" }")?;
    let said = refused(&config.flags()?, &[])?;
    assert!(said.contains("/nowhere.pem"), "{said}");
    Ok(())
}

#[tokio::test]
async fn a_real_collector_takes_and_passes_on_what_we_send() -> Result<()> {
    let collector = Collector::start().await?;
    let rotel = Rotel::start(&collector).await?;
    let url = rotel.url();
    let env = [SOON, ("OTEL_EXPORTER_OTLP_ENDPOINT", &*url)];
    let tidegate = Tidegate::serve_among(&[], &env).await?;
    let body = json!({ "name": "acme" });
    ask(
        &tidegate,
        ("POST", "/accounts"),
        Some(&sampled()),
        Some(&body),
    )
    .await?;
    let names = ["POST /api/v1/accounts", "write", "push claims"];
    let spans = collector.trace(TRACE, &names).await?;
    let request = named(&spans, names[0])?;
    assert_eq!(
        (request.parent.as_str(), request.kind.as_str()),
        (CALLER, "Server")
    );
    assert_eq!(named(&spans, "write")?.parent, request.id);
    Ok(())
}
