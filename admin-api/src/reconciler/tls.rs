//! How a cluster's certificates are checked.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

/// Trusts what these certificates have issued, and nothing else.
pub(crate) fn trusting(pem: &str) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|error| format!("`ca` is not PEM: {error}"))?;
        let added = roots.add(certificate);
        added.map_err(|error| format!("`ca` has a certificate that cannot be used: {error}"))?;
    }
    if roots.is_empty() {
        return Err("`ca` has no certificate in it".to_owned());
    }
    let provider = rustls::crypto::ring::default_provider();
    let config = ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot be set up: {error}"))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
