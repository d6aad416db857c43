//! A device: its key, its certificate, and how it connects.

use std::sync::Arc;

use anyhow::{Context, Result};
use rcgen::{CertificateParams, KeyPair};
use rustls::client::Resumption;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use tests::Api;

/// Where devices enrol.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) api: Api,
    pub(crate) token: String,
}

/// A key, and a request for a certificate.
#[derive(Debug)]
pub(crate) struct Newcomer {
    key: KeyPair,
    request: String,
}

/// A device with its certificate.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) id: String,
    certificate: CertificateDer<'static>,
    pub(crate) authority: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Newcomer {
    /// With a key for P-256.
    pub(crate) fn new() -> Result<Self> {
        let key = KeyPair::generate()?;
        let request = CertificateParams::new(Vec::new())?.serialize_request(&key)?;
        Ok(Self {
            request: request.pem()?,
            key,
        })
    }

    pub(crate) async fn enrol(self, place: &Place) -> Result<Device> {
        let body = json!({ "token": place.token, "csr": self.request });
        let given = place.api.post("/enroll", &body).await?;
        let pem = |name: &str| {
            let text = given[name].as_str().context("a certificate")?;
            Ok::<_, anyhow::Error>(CertificateDer::from_pem_slice(text.as_bytes())?)
        };
        Ok(Device {
            id: text(&given, "device")?,
            certificate: pem("certificate")?,
            authority: pem("authority")?,
            key: PrivateKeyDer::from_pem_slice(self.key.serialize_pem().as_bytes())?,
        })
    }
}

fn text(answer: &Value, name: &str) -> Result<String> {
    let text = answer[name].as_str();
    Ok(text.with_context(|| format!("no {name}"))?.to_owned())
}

impl Device {
    /// What it connects with: TLS 1.3, and no session of before.
    pub(crate) fn tls(&self, root: &CertificateDer<'static>) -> Result<Arc<ClientConfig>> {
        let mut roots = RootCertStore::empty();
        roots.add(root.clone())?;
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&TLS13])?
            .with_root_certificates(roots)
            .with_client_auth_cert(vec![self.certificate.clone()], self.key.clone_key())?;
        config.resumption = Resumption::disabled();
        Ok(Arc::new(config))
    }
}
