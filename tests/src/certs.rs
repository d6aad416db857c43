//! Certificates, made anew for each test.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use accounts::devices::DeviceName;
use anyhow::{Context, Result};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tempfile::TempDir;

/// An authority, what it has issued, and a directory where all of it lies.
#[derive(Debug)]
pub struct Certs {
    dir: TempDir,
    issuer: Issuer<'static, KeyPair>,
    authority: CertificateDer<'static>,
}

/// What a device's certificate says whose alternative name is this URI.
pub fn device_params(uri: &str) -> Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.subject_alt_names = vec![SanType::URI(uri.try_into()?)];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    Ok(params)
}

/// A certificate and its key.
#[derive(Debug)]
pub struct Leaf {
    pub cert: CertificateDer<'static>,
    pub key: PrivateKeyDer<'static>,
    /// SHA-256 of its public key, in hexadecimal, as `pinned_certs` has it.
    pub pin: String,
    pub cert_file: PathBuf,
    pub key_file: PathBuf,
}

impl Certs {
    /// A new authority; `ca.pem` is its certificate and `server.pem`, `server.key` are for
    /// `localhost` and 127.0.0.1.
    pub fn new() -> Result<Self> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        // Another subject than what it issues, or that would count as signed by itself.
        params
            .distinguished_name
            .push(DnType::CommonName, "tests authority");
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        let dir = tempfile::tempdir().context("make a directory for certificates")?;
        fs::write(dir.path().join("ca.pem"), certificate.pem())?;
        let certs = Self {
            dir,
            authority: certificate.der().clone(),
            issuer: Issuer::new(params, key),
        };
        certs.issue("server", &["localhost", "127.0.0.1"])?;
        Ok(certs)
    }

    /// A certificate for these names, as `<file>.pem` and `<file>.key`. Files that are there are
    /// replaced.
    pub fn issue(&self, file: &str, names: &[&str]) -> Result<Leaf> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        self.issue_with(file, CertificateParams::new(names)?)
    }

    /// The same with everything that a certificate can say.
    pub fn issue_with(&self, file: &str, params: CertificateParams) -> Result<Leaf> {
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let (cert_file, key_file) = (self.path(file, "pem"), self.path(file, "key"));
        fs::write(&cert_file, certificate.pem())?;
        fs::write(&key_file, key.serialize_pem())?;
        let spki = rcgen::PublicKeyData::subject_public_key_info(&key);
        let pin = <sha2::Sha256 as sha2::Digest>::digest(spki);
        Ok(Leaf {
            cert: certificate.der().clone(),
            key: PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes())?,
            pin: data_encoding::HEXLOWER.encode(&pin),
            cert_file,
            key_file,
        })
    }

    fn path(&self, file: &str, extension: &str) -> PathBuf {
        self.dir.path().join(file).with_extension(extension)
    }

    /// The authority's certificate in DER form.
    pub fn authority(&self) -> &[u8] {
        &self.authority
    }

    /// A certificate for a device, as an authority of its account issues it.
    pub fn issue_device(&self, name: &DeviceName) -> Result<Leaf> {
        self.issue_with(&name.name, device_params(&name.to_string())?)
    }

    /// Where the files are.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The file of the authority's certificate.
    pub fn authority_file(&self) -> PathBuf {
        self.path("ca", "pem")
    }

    /// What a `tls` block needs to serve `server.pem`, and further lines.
    pub fn block(&self, more: &str) -> String {
        let dir = self.dir.path().display();
        format!(
            "tls {{\n cert_file: \"{dir}/server.pem\"\n key_file: \"{dir}/server.key\"\n \
             ca_file: \"{dir}/ca.pem\"\n{more}\n}}\n"
        )
    }

    /// A client that trusts this authority and shows `leaf`, if any.
    pub fn client(&self, leaf: Option<&Leaf>) -> Result<Arc<ClientConfig>> {
        self.client_of(leaf, rustls::ALL_VERSIONS)
    }

    /// The same with these versions only.
    pub fn client_of(
        &self,
        leaf: Option<&Leaf>,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Result<Arc<ClientConfig>> {
        trusting(&self.authority, leaf, versions)
    }
}

/// A client that trusts this authority and shows `leaf`, if any.
pub fn trusting(
    authority: &CertificateDer<'static>,
    leaf: Option<&Leaf>,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.clone())?;
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)?
        .with_root_certificates(roots);
    Ok(Arc::new(match leaf {
        Some(leaf) => {
            builder.with_client_auth_cert(vec![leaf.cert.clone()], leaf.key.clone_key())?
        }
        None => builder.with_no_client_auth(),
    }))
}
