//! The URL resolver: an HTTP server has the account JWTs, each at `<url><account>`.
//!
//! Nothing is followed anywhere else, an answer has an end and a time, and whatever it says is
//! checked like an update that somebody pushes.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use axum::body::Bytes;
use axum::http::{StatusCode, Uri};
use broker::{AccountSource, Fetching};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

mod anybody;
use anybody::Anybody;

use crate::options::{FETCH_TIMEOUT, ResolverTls};

/// An HTTP server with account JWTs.
#[derive(Clone, Debug)]
pub(crate) struct AccountUrl {
    client: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
    /// Ends in a slash.
    base: String,
}

impl AccountUrl {
    pub(crate) fn new(url: &str, tls: &ResolverTls) -> anyhow::Result<Self> {
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(client_config(url.starts_with("https:"), tls)?)
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            base: url.to_owned(),
        })
    }

    /// Fails when the server does not answer to its address alone, as nats-server demands at start.
    pub(crate) async fn check(&self) -> anyhow::Result<()> {
        let (base, found) = (&self.base, self.get("").await);
        match found {
            Ok(Some(_)) => Ok(()),
            Ok(None) => bail!("the account resolver {base} answers 404; it must answer 200"),
            Err(reason) => bail!("the account resolver {base} is not usable: {reason}"),
        }
    }

    async fn get(&self, name: &str) -> Result<Option<String>, String> {
        let uri = format!("{}{name}", self.base).parse::<Uri>();
        let request = self.client.get(uri.map_err(|error| error.to_string())?);
        let answer = async {
            let answer = request.await.map_err(|error| with_causes(&error))?;
            match answer.status() {
                StatusCode::OK => {}
                StatusCode::NOT_FOUND => return Ok(None),
                status => return Err(format!("it answers {status}")),
            }
            let body = Limited::new(answer.into_body(), accounts::ACCOUNT_TOKEN_BYTES_MAX);
            let body = body.collect().await.map_err(|error| with_causes(&*error))?;
            let text = String::from_utf8(body.to_bytes().into());
            text.map(Some)
                .map_err(|_| "the answer is not a text".to_owned())
        };
        tokio::time::timeout(FETCH_TIMEOUT, answer)
            .await
            .unwrap_or_else(|_| Err(format!("no answer within {FETCH_TIMEOUT:?}")))
    }
}

impl AccountSource for AccountUrl {
    fn fetch(&self, account: accounts::PublicKey) -> Fetching {
        let this = self.clone();
        Box::pin(async move { this.get(&account.to_string()).await })
    }
}

/// TLS of a client; `is_needed` when the system's authorities must be found.
pub(crate) fn client_config(is_needed: bool, tls: &ResolverTls) -> anyhow::Result<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let versions: &[_] = match tls.only_13 {
        true => &[&rustls::version::TLS13],
        false => rustls::DEFAULT_VERSIONS,
    };
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(versions)?;
    let config = match &tls.ca_file {
        _ if tls.insecure => {
            tracing::warn!("resolver_tls: any certificate of the resolver is accepted");
            let anybody = Arc::new(Anybody(provider));
            config.dangerous().with_custom_certificate_verifier(anybody)
        }
        Some(path) => config.with_root_certificates(authorities(path)?),
        None if is_needed => config
            .with_native_roots()
            .context("find the system's certificate authorities")?,
        None => config.with_root_certificates(RootCertStore::empty()),
    };
    let Some((certificate, key)) = &tls.certificate else {
        return Ok(config.with_no_client_auth());
    };
    let shown = key.display();
    let key = PrivateKeyDer::from_pem_file(key).with_context(|| format!("read {shown}"))?;
    config
        .with_client_auth_cert(certificates(certificate)?, key)
        .with_context(|| format!("{shown} is not the key of {}", certificate.display()))
}

fn certificates(path: &Path) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let shown = path.display();
    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("read the certificates of {shown}"))?;
    if certificates.is_empty() {
        bail!("{shown} has no certificate in it");
    }
    Ok(certificates)
}

fn authorities(path: &Path) -> anyhow::Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    let shown = path.display();
    for certificate in certificates(path)? {
        let added = store.add(certificate);
        added.with_context(|| format!("a certificate of {shown} is not usable"))?;
    }
    Ok(store)
}

/// An HTTP client's error says little without what is behind it.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
