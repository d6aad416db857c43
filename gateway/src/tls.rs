//! TLS for listeners: rustls with ring, named explicitly, from the files of a `tls` block.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use accounts::x509;
use anyhow::{Context, bail};
use broker::{HandshakeFirst, TlsSettings};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{
    ClientHello, NoServerSessionStorage, ResolvesServerCert, WebPkiClientVerifier,
};
use rustls::sign::CertifiedKey;
use rustls::{
    DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig, SignatureScheme,
    SupportedCipherSuite, version,
};

use crate::options::{CertPair, TlsOptions};

/// What a listener does with these options.
pub(crate) fn settings(options: &TlsOptions, allow_non_tls: bool) -> anyhow::Result<TlsSettings> {
    let asks = match (options.verify, options.client_certs) {
        (true, _) => Asks::Authorities,
        (false, true) => Asks::Anybody,
        (false, false) => Asks::Nobody,
    };
    let (config, expires_at) = server_config(options, asks)?;
    Ok(TlsSettings {
        config: Arc::new(config),
        expires_at,
        verify: options.verify,
        map: options.map,
        timeout: options.timeout,
        first: options.first,
        allow_non_tls,
        pinned: options.pinned.clone(),
        rate_limit: options.rate_limit,
    })
}

/// The same certificates for HTTP: nobody is asked for one.
pub(crate) fn for_http(options: &TlsOptions) -> anyhow::Result<TlsSettings> {
    http(options, Asks::Nobody)
}

/// The same for HTTP with devices, which may show theirs.
pub(crate) fn for_onboarding(options: &TlsOptions) -> anyhow::Result<TlsSettings> {
    http(options, Asks::Anybody)
}

fn http(options: &TlsOptions, asks: Asks) -> anyhow::Result<TlsSettings> {
    let (mut config, expires_at) = server_config(options, asks)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsSettings {
        config: Arc::new(config),
        expires_at,
        verify: false,
        map: false,
        timeout: options.timeout,
        first: HandshakeFirst::Always,
        allow_non_tls: false,
        pinned: BTreeSet::new(),
        rate_limit: None,
    })
}

/// Who has issued the servers' certificates, as far as the files say: what `ca_file` has, else the
/// chain above the certificate.
pub(crate) fn issuers(options: &TlsOptions) -> anyhow::Result<Vec<Vec<u8>>> {
    let found = match (&options.ca_file, options.pairs.first()) {
        (Some(path), _) => certificates(path)?,
        (None, Some(pair)) => certificates(&pair.cert)?.split_off(1),
        (None, None) => Vec::new(),
    };
    Ok(found
        .iter()
        .map(|certificate| certificate.to_vec())
        .collect())
}

/// Whose certificate a listener asks clients for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    Nobody,
    /// They must have one of the authorities of `ca_file`.
    Authorities,
    /// They may have any. Which ones mean something is decided when they log in.
    Anybody,
}

/// Takes any certificate or none, and sees to it that whoever shows one has its key. Whether it is
/// one of a device is asked when the account is known that it names.
#[derive(Debug)]
struct Possession(Arc<CryptoProvider>);

impl ClientCertVerifier for Possession {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    /// Devices of any account may come: no names to choose by.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// The settings, and until when the first certificate is good.
fn server_config(options: &TlsOptions, asks: Asks) -> anyhow::Result<(ServerConfig, Option<i64>)> {
    let provider = Arc::new(provider(options));
    let has_1_2 = |suite: &SupportedCipherSuite| suite.tls13().is_none();
    let versions: &[_] = match provider.cipher_suites.iter().any(has_1_2) {
        true => &[&version::TLS13, &version::TLS12],
        false => &[&version::TLS13],
    };
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(versions)
        .context("these versions, ciphers and curves do not go together")?;
    if asks != Asks::Authorities
        && let Some(path) = &options.ca_file
    {
        authorities(Some(path))?;
    }
    let builder = match asks {
        Asks::Authorities => {
            let roots = Arc::new(authorities(options.ca_file.as_deref())?);
            let verifier =
                WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(&provider));
            let verifier = verifier.build().context("the ca_file is not usable")?;
            builder.with_client_cert_verifier(verifier)
        }
        Asks::Anybody => {
            builder.with_client_cert_verifier(Arc::new(Possession(Arc::clone(&provider))))
        }
        Asks::Nobody => builder.with_no_client_auth(),
    };
    let certificates = Certificates::load(options, &provider)?;
    let expires_at = certificates.expires_at();
    let mut config = builder.with_cert_resolver(Arc::new(certificates));
    config.ignore_client_order = true;
    if asks != Asks::Nobody {
        // A resumed session skips the verifier and brings back the chain of the first one.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
    }
    Ok((config, expires_at))
}

/// ring, without what the options leave out. As in Go, a list of ciphers says nothing about
/// TLS 1.3, all of whose suites are good.
fn provider(options: &TlsOptions) -> CryptoProvider {
    let mut provider = ring::default_provider();
    if let Some(wanted) = &options.ciphers {
        let place =
            |suite: &SupportedCipherSuite| wanted.iter().position(|it| *it == suite.suite());
        provider
            .cipher_suites
            .retain(|suite| suite.tls13().is_some() || place(suite).is_some());
        provider.cipher_suites.sort_by_key(place);
    }
    if options.only_1_3 {
        provider
            .cipher_suites
            .retain(|suite| suite.tls13().is_some());
    }
    if let Some(wanted) = &options.curves {
        let all = std::mem::take(&mut provider.kx_groups);
        let found = wanted
            .iter()
            .filter_map(|name| all.iter().find(|group| group.name() == *name));
        provider.kx_groups = found.copied().collect();
    }
    provider
}

/// The authorities of a file, or the system's.
fn authorities(file: Option<&Path>) -> anyhow::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let Some(path) = file else {
        let found = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(found.certs);
        if roots.is_empty() {
            bail!("the system has no certificate authorities; name yours with ca_file");
        }
        return Ok(roots);
    };
    for certificate in certificates(path)? {
        let shown = path.display();
        roots
            .add(certificate)
            .with_context(|| format!("a certificate in {shown} is not one of an authority"))?;
    }
    Ok(roots)
}

fn certificates(path: &Path) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let shown = path.display();
    let text = fs::read(path).with_context(|| format!("cannot read {shown}"))?;
    let found: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .with_context(|| format!("{shown} is not in PEM form"))?;
    if found.is_empty() {
        bail!("{shown} has no certificate in PEM form");
    }
    Ok(found)
}

/// The certificates of a listener.
#[derive(Debug)]
struct Certificates {
    /// At least one.
    keys: Vec<Arc<CertifiedKey>>,
}

impl Certificates {
    fn load(options: &TlsOptions, provider: &CryptoProvider) -> anyhow::Result<Self> {
        if options.pairs.is_empty() {
            bail!("TLS needs a certificate: name it with cert_file and key_file");
        }
        let load = |pair: &CertPair| {
            let chain = certificates(&pair.cert)?;
            let shown = pair.key.display();
            let text = fs::read(&pair.key).with_context(|| format!("cannot read {shown}"))?;
            let key = PrivateKeyDer::from_pem_slice(&text)
                .with_context(|| format!("{shown} has no private key in PEM form"))?;
            let key = CertifiedKey::from_der(chain, key, provider);
            let key = key.with_context(|| {
                let cert = pair.cert.display();
                format!("error parsing X509 certificate/key pair {cert} and {shown}")
            })?;
            anyhow::Ok(Arc::new(key))
        };
        let keys = options.pairs.iter().map(load).collect::<Result<_, _>>()?;
        Ok(Self { keys })
    }

    fn expires_at(&self) -> Option<i64> {
        let leaf = self.keys.first()?.end_entity_cert().ok()?;
        x509::expiry(leaf).ok()
    }
}

impl ResolvesServerCert for Certificates {
    /// The first one that is for the host that the client names and that the client can verify;
    /// else the first one at all, as nats-server has it.
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let suits = |key: &&Arc<CertifiedKey>| {
            let schemes = hello.signature_schemes();
            let is_verifiable = key.key.choose_scheme(schemes).is_some();
            let name = hello.server_name();
            is_verifiable && name.is_none_or(|name| is_for(key, name))
        };
        let found = self.keys.iter().find(suits).or(self.keys.first());
        found.map(Arc::clone)
    }
}

fn is_for(key: &CertifiedKey, host: &str) -> bool {
    let Ok(host) = rustls::pki_types::ServerName::try_from(host) else {
        return false;
    };
    let leaf = key.end_entity_cert().ok();
    let leaf = leaf.and_then(|leaf| rustls::server::ParsedCertificate::try_from(leaf).ok());
    leaf.is_some_and(|leaf| rustls::client::verify_server_name(&leaf, &host).is_ok())
}
