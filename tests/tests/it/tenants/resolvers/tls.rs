//! `resolver_tls`: whom a broker believes that asks for accounts, and how it shows who it is.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion, crypto::ring, version};
use tests::certs::Certs;
use tests::mint::{Operator, Tenant};
use tests::{Broker, Which, Wire};

use super::Accounts;
use crate::both::on_both;

on_both![
    a_client_certificate_is_shown,
    any_certificate_will_do_when_told_so,
    the_oldest_version_is_kept,
];

/// Certificates of one authority: `ca`, `server` and `client`.
struct Files(Certs);

impl Files {
    fn new() -> Result<Self> {
        let certs = Certs::new()?;
        certs.issue("client", &["client.test"])?;
        Ok(Self(certs))
    }

    fn dir(&self) -> PathBuf {
        self.0.authority_file().with_file_name("")
    }

    /// Accounts behind TLS of these versions, for who has a certificate, if that is asked for.
    fn serve(
        &self,
        operator: &Operator,
        versions: &[&'static SupportedProtocolVersion],
        ask: bool,
    ) -> Result<Accounts> {
        let file = |name: &str| self.dir().join(name);
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(file("ca.pem"))?)?;
        let provider = Arc::new(ring::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(versions)?;
        let config = match ask {
            false => config.with_no_client_auth(),
            true => config.with_client_cert_verifier(
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build()?,
            ),
        };
        let certificate = CertificateDer::from_pem_file(file("server.pem"))?;
        let key = PrivateKeyDer::from_pem_file(file("server.key"))?;
        let config = config.with_single_cert(vec![certificate], key)?;
        Accounts::serve_with(operator, Some(Arc::new(config).into()))
    }

    /// Config lines for a broker that asks there; the fields may name files of ours.
    fn config(&self, accounts: &Accounts, operator: &Operator, fields: &str) -> String {
        let text = accounts.config(operator).replace("http:", "https:");
        let dir = self.dir();
        let fields = fields.replace("DIR/", &dir.to_string_lossy());
        format!("{text}resolver_tls {{ {fields} }}\n")
    }
}

const ALL: &[&SupportedProtocolVersion] = &[&version::TLS13, &version::TLS12];
const OURS: &str = "cert_file: \"DIR/client.pem\", key_file: \"DIR/client.key\"";

async fn a_client_certificate_is_shown(which: Which) -> Result<()> {
    let (operator, tenant) = (Operator::default(), Tenant::new("acme"));
    let files = Files::new()?;
    let accounts = files.serve(&operator, ALL, true)?;
    accounts.put(&operator, &tenant);
    let start = |fields: &str| Broker::start(which, &files.config(&accounts, &operator, fields));
    assert!(
        start("ca_file: \"DIR/ca.pem\"").is_err(),
        "without a certificate"
    );
    assert!(
        start(OURS).is_err(),
        "with an authority that is not the system's"
    );
    assert!(start("ca_file: \"DIR/ca.pem\", cert_file: \"DIR/client.pem\"").is_err());
    let broker = start(&format!("ca_file: \"DIR/ca.pem\", {OURS}"))?;
    let login = Wire::try_login(broker.addr(), &tenant.user("u")).await?;
    assert_eq!(login, Ok(()));
    Ok(())
}

async fn any_certificate_will_do_when_told_so(which: Which) -> Result<()> {
    let (operator, tenant) = (Operator::default(), Tenant::new("acme"));
    let files = Files::new()?;
    let accounts = files.serve(&operator, ALL, false)?;
    accounts.put(&operator, &tenant);
    let config = files.config(&accounts, &operator, "insecure: true");
    let broker = Broker::start(which, &config)?;
    let login = Wire::try_login(broker.addr(), &tenant.user("u")).await?;
    assert_eq!(login, Ok(()));
    Ok(())
}

async fn the_oldest_version_is_kept(which: Which) -> Result<()> {
    let operator = Operator::default();
    let files = Files::new()?;
    let accounts = files.serve(&operator, &[&version::TLS12], false)?;
    for (version, starts) in [("1.2", true), ("1.3", false)] {
        let fields = format!("ca_file: \"DIR/ca.pem\", min_version: \"{version}\"");
        let config = files.config(&accounts, &operator, &fields);
        assert_eq!(Broker::start(which, &config).is_ok(), starts, "{version}");
    }
    Ok(())
}
