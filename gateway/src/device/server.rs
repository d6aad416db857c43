//! The onboarding listener as a device reaches it.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use axum::body::Bytes;
use axum::http::{Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use crate::account_url::{client_config, with_causes};
use crate::client::refusal;
use crate::options::ResolverTls;

const PATIENCE: Duration = Duration::from_secs(60);
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// Whose word is taken that it is the server.
#[derive(Debug, Clone)]
pub(super) enum Trust {
    File(PathBuf),
    System,
    /// Nobody's: what comes is compared with something that is known.
    Unseen,
}

/// What became of an enrolment or a renewal.
#[derive(Debug)]
pub(super) enum Answer {
    Done(Value),
    Pending {
        name: String,
        retry_after: Option<Duration>,
    },
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// It said no: asking again changes nothing before somebody does something.
    #[error("{0}")]
    Refused(String),
    #[error("{0}")]
    Away(String),
}

impl Failure {
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused(_))
    }
}

/// One server, as one device reaches it.
#[derive(Debug)]
pub(super) struct Server {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    base: String,
}

impl Server {
    /// With a certificate and its key, once there are some.
    pub(super) fn new(
        base: &str,
        trust: &Trust,
        certificate: Option<(PathBuf, PathBuf)>,
    ) -> anyhow::Result<Self> {
        let (ca_file, insecure) = match trust {
            Trust::File(file) => (Some(file.clone()), false),
            Trust::System => (None, false),
            Trust::Unseen => (None, true),
        };
        let tls = ResolverTls {
            ca_file,
            insecure,
            certificate,
            ..ResolverTls::default()
        };
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(client_config(true, &tls)?)
            .https_only()
            .enable_http1()
            .build();
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            base: base.to_owned(),
        })
    }

    /// What a path holds; `None` when there is nothing.
    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Option<String>> {
        let (status, _, text) = self.exchange(Method::GET, path, None).await?;
        match status {
            StatusCode::OK => Ok(Some(text)),
            StatusCode::NOT_FOUND => Ok(None),
            status => bail!("{}{path} answers {status}: {}", self.base, text.trim()),
        }
    }

    /// Asks for a certificate.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Answer, Failure> {
        let sent = self.exchange(Method::POST, path, Some(body)).await;
        let (status, retry_after, text) =
            sent.map_err(|error| Failure::Away(format!("{error:#}")))?;
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
        match status {
            StatusCode::ACCEPTED => Ok(Answer::Pending {
                name: read(&text)["name"].as_str().unwrap_or("here").to_owned(),
                retry_after,
            }),
            status if status.is_success() => Ok(Answer::Done(read(&text))),
            status => {
                let told = refusal(status.as_u16(), &text);
                let is_for_now = status.is_server_error()
                    || [StatusCode::TOO_MANY_REQUESTS, StatusCode::REQUEST_TIMEOUT]
                        .contains(&status);
                Err(match is_for_now {
                    true => Failure::Away(told),
                    false => Failure::Refused(told),
                })
            }
        }
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<(StatusCode, Option<Duration>, String)> {
        let base = &self.base;
        let uri: Uri = format!("{base}{path}")
            .parse()
            .with_context(|| format!("{base} is not a URL"))?;
        let agent = concat!("tidegate-device/", env!("CARGO_PKG_VERSION"));
        let mut request = Request::builder()
            .method(method)
            .uri(uri)
            .header(header::USER_AGENT, agent);
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = request.body(Full::new(Bytes::from(body)))?;
        let answer = async {
            let answer = self.client.request(request).await;
            let answer = answer.map_err(|error| unreachable(base, &with_causes(&error)))?;
            let status = answer.status();
            let seconds = answer.headers().get(header::RETRY_AFTER);
            let seconds = seconds.and_then(|value| value.to_str().ok()?.parse().ok());
            let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX);
            let body = body.collect().await;
            let body = body.map_err(|error| anyhow::anyhow!("read the answer: {error}"))?;
            let text = String::from_utf8(body.to_bytes().into()).context("it is no text")?;
            Ok((status, seconds.map(Duration::from_secs), text))
        };
        tokio::time::timeout(PATIENCE, answer)
            .await
            .with_context(|| format!("{base} did not answer within {PATIENCE:?}"))?
    }
}

fn unreachable(base: &str, why: &str) -> anyhow::Error {
    let advice = match why {
        why if why.contains("UnknownIssuer") => {
            "; its certificate comes from an authority that is not known here: name it with --ca \
             FILE or --fingerprint SHA256"
        }
        why if why.contains("not valid for name") => {
            "; its certificate is for another name: use that, or have this one added to \
             `allowed_hosts` of the server's `onboarding` block"
        }
        _ => "",
    };
    anyhow::anyhow!("cannot reach {base}: {why}{advice}")
}
