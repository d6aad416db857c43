//! Carries batches to the collector, and says when it cannot, once.
//!
//! A batch that does not arrive is tried again for a while, and the queue fills behind it: what a
//! short absence of the collector delays is not lost. What it refuses for good is not repeated.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use async_trait::async_trait;
use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Request, Response, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry_http::{HttpClient, HttpError};
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;

use super::plan::Plan;
use crate::account_url::{client_config, with_causes};
use crate::options::ResolverTls;
use crate::options::otel::Headers;

/// How long a batch is tried, and how long at most it is waited between two tries.
const KEPT: Duration = Duration::from_secs(300);
const PAUSE_FIRST: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// Answers after which the same batch may be taken later (OTLP/HTTP).
const PASSING: [u16; 4] = [429, 502, 503, 504];
/// What is read of an answer.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// A client of one collector. It is used by the exporter's thread alone, so it brings its runtime.
#[derive(Debug)]
pub(super) struct Sender {
    runtime: Runtime,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    headers: Headers,
    timeout: Duration,
    closing: CancellationToken,
    /// For the log: it may have a key in its path or query.
    place: String,
    /// What was said last about why nothing arrives.
    trouble: Mutex<Option<String>>,
}

/// Scheme, host and port.
pub(super) fn place(endpoint: &Uri) -> String {
    let scheme = endpoint.scheme_str().unwrap_or_default();
    let authority = endpoint.authority().map(ToString::to_string);
    format!("{scheme}://{}", authority.unwrap_or_default())
}

impl Sender {
    pub(super) fn new(plan: &Plan, closing: CancellationToken) -> anyhow::Result<Self> {
        let is_secure = plan.endpoint.scheme_str() == Some("https");
        let tls = ResolverTls {
            ca_file: plan.ca_file.clone(),
            ..ResolverTls::default()
        };
        let tls = client_config(is_secure, &tls).context("TLS with the collector of traces")?;
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .build();
        let runtime = Builder::new_current_thread().enable_all().build();
        Ok(Self {
            runtime: runtime.context("start the export of traces")?,
            // Nobody would notice that a kept connection was closed, between two batches.
            client: Client::builder(TokioExecutor::new())
                .pool_max_idle_per_host(0)
                .build(connector),
            headers: plan.headers.clone(),
            timeout: plan.timeout,
            closing,
            place: place(&plan.endpoint),
            trouble: Mutex::new(None),
        })
    }

    /// Tries until it has arrived, is refused, or is too old.
    async fn deliver(&self, request: Request<Bytes>) -> Result<Response<Bytes>, String> {
        let (mut parts, body) = request.into_parts();
        self.dress(&mut parts);
        let begun = Instant::now();
        let mut pause = PAUSE_FIRST;
        loop {
            let answer = tokio::time::timeout(self.timeout, self.ask(&parts, &body)).await;
            let answer = answer.unwrap_or_else(|_| Err("it does not answer in time".to_owned()));
            let (trouble, passes) = match &answer {
                Ok(response) if response.status().is_success() => {
                    self.note(None);
                    return answer;
                }
                Ok(response) => {
                    let status = response.status();
                    let passes = PASSING.contains(&status.as_u16());
                    (format!("it answers {status}"), passes)
                }
                Err(reason) => (reason.clone(), true),
            };
            self.note(Some(trouble));
            if !passes || self.closing.is_cancelled() || begun.elapsed() > KEPT {
                return answer;
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                // Once more, and that is all.
                () = self.closing.cancelled() => {}
            }
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Our headers in the place of those that the exporter took from the environment.
    fn dress(&self, parts: &mut Parts) {
        let mut headers = HeaderMap::new();
        for name in [
            header::CONTENT_TYPE,
            header::CONTENT_ENCODING,
            header::USER_AGENT,
        ] {
            if let Some(value) = parts.headers.remove(&name) {
                headers.insert(name, value);
            }
        }
        for (name, value) in &self.headers.0 {
            headers.insert(name, value.clone());
        }
        parts.headers = headers;
    }

    async fn ask(&self, parts: &Parts, body: &Bytes) -> Result<Response<Bytes>, String> {
        let request = Request::from_parts(parts.clone(), Full::from(body.clone()));
        let answer = self.client.request(request).await;
        let answer = answer.map_err(|error| with_causes(&error))?;
        let (parts, body) = answer.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|error| with_causes(&*error))?;
        Ok(Response::from_parts(parts, body.to_bytes()))
    }

    /// Says what is new about it.
    fn note(&self, trouble: Option<String>) {
        let mut last = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if *last == trouble {
            return;
        }
        let place = &self.place;
        match &trouble {
            Some(reason) => tracing::warn!(
                "traces do not arrive at {place}: {reason}; they wait, and the newest are dropped \
                 when too many do"
            ),
            None => tracing::info!("traces arrive at {place} again"),
        }
        *last = trouble;
    }
}

#[async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        // On the exporter's thread, which has nothing else to do.
        Ok(self.runtime.block_on(self.deliver(request))?)
    }
}
