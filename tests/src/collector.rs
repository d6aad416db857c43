//! Collectors of OpenTelemetry: one that keeps what it is sent, for tests to look at, and Rotel, a
//! real one, that passes on what it takes.

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::net::SocketAddr;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::serve::Listener;
use data_encoding::HEXLOWER;
use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind};
use prost::Message as _;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::wait::eventually;
use crate::{Certs, Daemon, paths};

/// How long Rotel may take to listen.
const ROTEL_WITHIN: Duration = Duration::from_secs(20);

/// A span as it arrived, with ids in hexadecimal and every value as a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub name: String,
    /// `Server`, `Client`, `Internal`, …
    pub kind: String,
    pub trace: String,
    pub id: String,
    /// Empty when it has none.
    pub parent: String,
    pub attributes: BTreeMap<String, String>,
    /// Of what made it.
    pub resource: BTreeMap<String, String>,
    /// Traces and spans.
    pub links: Vec<(String, String)>,
    /// Names, with their attributes.
    pub events: Vec<(String, BTreeMap<String, String>)>,
    pub is_error: bool,
}

impl Seen {
    fn new(span: Span, resource: &BTreeMap<String, String>) -> Self {
        let links = span.links.iter();
        let events = span.events.into_iter();
        Self {
            kind: match SpanKind::try_from(span.kind) {
                Ok(kind) => format!("{kind:?}"),
                Err(_) => String::new(),
            },
            trace: HEXLOWER.encode(&span.trace_id),
            id: HEXLOWER.encode(&span.span_id),
            parent: HEXLOWER.encode(&span.parent_span_id),
            resource: resource.clone(),
            links: links
                .map(|it| (HEXLOWER.encode(&it.trace_id), HEXLOWER.encode(&it.span_id)))
                .collect(),
            events: events.map(|it| (it.name, texts(it.attributes))).collect(),
            is_error: span.status.is_some_and(|status| status.code == 2),
            attributes: texts(span.attributes),
            name: span.name,
        }
    }

    /// An attribute, or nothing.
    pub fn get(&self, key: &str) -> &str {
        self.attributes.get(key).map_or("", String::as_str)
    }
}

fn texts(pairs: Vec<KeyValue>) -> BTreeMap<String, String> {
    let pairs = pairs.into_iter();
    pairs.map(|pair| (pair.key, text(pair.value))).collect()
}

fn text(value: Option<AnyValue>) -> String {
    use any_value::Value;
    match value.and_then(|value| value.value) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::BoolValue(is)) => is.to_string(),
        other => format!("{other:?}"),
    }
}

#[derive(Debug, Default)]
struct Kept {
    spans: Vec<Seen>,
    headers: Vec<HeaderMap>,
    /// What is answered instead of success.
    refusal: Option<StatusCode>,
}

/// Takes OTLP over HTTP and keeps it.
#[derive(Debug)]
pub struct Collector {
    url: String,
    kept: Arc<Mutex<Kept>>,
    task: JoinHandle<()>,
}

impl Collector {
    /// At any free port.
    pub async fn start() -> Result<Self> {
        Self::start_at("127.0.0.1:0".parse()?).await
    }

    /// At this address.
    pub async fn start_at(address: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(address).await.context("listen")?;
        let url = format!("http://{}", listener.local_addr()?);
        Ok(Self::serve(listener, url))
    }

    /// Over TLS, with a certificate of `certs` for what it calls itself.
    pub async fn start_secured(certs: &Certs) -> Result<Self> {
        let leaf = certs.issue("collector", &["localhost"])?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let settings = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.cert], leaf.key)?;
        let tcp = TcpListener::bind("127.0.0.1:0").await.context("listen")?;
        let url = format!("https://localhost:{}", tcp.local_addr()?.port());
        let tls = TlsAcceptor::from(Arc::new(settings));
        Ok(Self::serve(Secured { tcp, tls }, url))
    }

    fn serve(listener: impl Listener<Addr = SocketAddr>, url: String) -> Self {
        let kept: Arc<Mutex<Kept>> = Arc::default();
        let router = Router::new()
            .route("/v1/traces", post(take))
            .with_state(Arc::clone(&kept));
        let task = tokio::spawn(async move {
            // It ends by being aborted.
            let _ = axum::serve(listener, router).await;
        });
        Self { url, kept, task }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        lock(&self.kept)
    }

    /// What exporters are told.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// What has arrived.
    pub fn spans(&self) -> Vec<Seen> {
        self.kept().spans.clone()
    }

    /// The headers of each batch.
    pub fn headers(&self) -> Vec<HeaderMap> {
        self.kept().headers.clone()
    }

    /// Answers with this from now on, and keeps nothing.
    pub fn refuse(&self, status: Option<u16>) -> Result<()> {
        self.kept().refusal = status.map(StatusCode::from_u16).transpose()?;
        Ok(())
    }

    /// The spans of a trace, once there are some of all these names.
    pub async fn trace(&self, trace: &str, names: &[&str]) -> Result<Vec<Seen>> {
        let of_trace = || {
            let spans = self.spans().into_iter();
            spans.filter(|span| span.trace == trace).collect::<Vec<_>>()
        };
        let whole = eventually("a whole trace", async || {
            let found = of_trace();
            let has = |name: &&str| found.iter().any(|span| span.name == *name);
            Ok(names.iter().all(has).then_some(found))
        });
        whole.await.with_context(|| format!("{:#?}", of_trace()))
    }
}

/// Connections whose handshake has come to a good end.
struct Secured {
    tcp: TcpListener,
    tls: TlsAcceptor,
}

impl Listener for Secured {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            let (stream, from) = Listener::accept(&mut self.tcp).await;
            if let Ok(stream) = self.tls.accept(stream).await {
                return (stream, from);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn take(
    State(kept): State<Arc<Mutex<Kept>>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Vec<u8>, StatusCode> {
    let is = |name: &str, value: &str| headers.get(name).is_some_and(|it| it == value);
    if !is("content-type", "application/x-protobuf") {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let mut bytes = body.to_vec();
    if is("content-encoding", "gzip") {
        bytes.clear();
        let mut packed = GzDecoder::new(&body[..]);
        packed
            .read_to_end(&mut bytes)
            .map_err(|_| StatusCode::BAD_REQUEST)?;
    }
    let request = ExportTraceServiceRequest::decode(&bytes[..]);
    let request = request.map_err(|_| StatusCode::BAD_REQUEST)?;
    let mut kept = lock(&kept);
    kept.headers.push(headers);
    if let Some(status) = kept.refusal {
        return Err(status);
    }
    for part in request.resource_spans {
        let resource = part.resource.map(|it| texts(it.attributes));
        let resource = resource.unwrap_or_default();
        let spans = part.scope_spans.into_iter().flat_map(|scope| scope.spans);
        kept.spans
            .extend(spans.map(|span| Seen::new(span, &resource)));
    }
    Ok(ExportTraceServiceResponse::default().encode_to_vec())
}

/// Rotel, which takes OTLP, reads it, and passes it on to another collector.
#[derive(Debug)]
pub struct Rotel {
    address: SocketAddr,
    _daemon: Daemon,
}

impl Rotel {
    /// One that passes on to `to`.
    pub async fn start(to: &Collector) -> Result<Self> {
        let free = || anyhow::Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?);
        let (http, grpc) = (free()?, free()?);
        let mut command = Command::new(paths::rotel()?);
        command.arg("start");
        for (flag, value) in [
            ("--otlp-http-endpoint", http.to_string()),
            ("--otlp-grpc-endpoint", grpc.to_string()),
            ("--exporter", "otlp".to_owned()),
            ("--otlp-exporter-endpoint", to.url()),
            ("--otlp-exporter-protocol", "http".to_owned()),
            ("--batch-timeout", "100ms".to_owned()),
        ] {
            command.arg(flag).arg(value);
        }
        let daemon = Daemon::spawn("rotel", command)?;
        let listens = eventually("rotel to listen", async || {
            let connected = TcpStream::connect(http).await;
            Ok(connected.is_ok().then_some(()))
        });
        tokio::time::timeout(ROTEL_WITHIN, listens)
            .await?
            .with_context(|| daemon.output())?;
        Ok(Self {
            address: http,
            _daemon: daemon,
        })
    }

    /// What exporters are told.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}
