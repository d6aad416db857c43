//! TLS of a listener: what it is set to, how that is replaced while connections live on, and what
//! is known of a connection that came through it.

use std::{collections::BTreeSet, fmt, io, sync::Arc, time::Duration};

use accounts::claims::authorization::ClientTls;
use data_encoding::BASE64;
use parking_lot::{Mutex, RwLock};
use rustls::{
    CertificateError, Error, ProtocolVersion, ServerConfig,
    pki_types::{CertificateDer, SubjectPublicKeyInfoDer},
    server::ParsedCertificate,
};
use sha2::{Digest, Sha256};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// Time between two resets of the handshake counter: `connection_rate_limit` is per second.
const RATE_WINDOW: Duration = Duration::from_secs(1);

/// How a listener does TLS.
#[derive(Debug, Clone)]
pub struct TlsSettings {
    /// Certificates, verifier, versions and suites.
    pub config: Arc<ServerConfig>,
    /// Until when the first certificate is good, in seconds since 1970.
    pub expires_at: Option<i64>,
    /// Whether clients have to show a certificate, as `INFO` says.
    pub verify: bool,
    /// Whether the names in a client's certificate say which user it is.
    pub map: bool,
    /// Time for a handshake.
    pub timeout: Duration,
    /// Whether the handshake comes before `INFO`.
    pub first: HandshakeFirst,
    /// Whether clients may go on without TLS.
    pub allow_non_tls: bool,
    /// SHA-256 of the public keys (SPKI) that clients may have; empty is no limit.
    pub pinned: BTreeSet<[u8; 32]>,
    /// Handshakes that begin within a second; `None` is no limit.
    pub rate_limit: Option<u64>,
}

/// Which comes first, the handshake or `INFO`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HandshakeFirst {
    /// `INFO` does: what every client expects.
    #[default]
    Never,
    /// The handshake does.
    Always,
    /// The handshake does when the client begins it within this time; else `INFO`.
    Unless(Duration),
}

/// The TLS settings of a listener. Clones are handles to the same ones, so that whoever holds one
/// replaces them for all connections to come; those that are there keep what they began with.
#[derive(Debug, Clone, Default)]
pub struct TlsCell(Arc<RwLock<Option<Arc<TlsSettings>>>>);

impl TlsCell {
    /// A cell with these settings; `None` is no TLS.
    #[must_use]
    pub fn new(settings: Option<TlsSettings>) -> Self {
        let cell = Self::default();
        cell.replace(settings);
        cell
    }

    /// What the next connection gets.
    #[must_use]
    pub fn current(&self) -> Option<Arc<TlsSettings>> {
        self.0.read().as_ref().map(Arc::clone)
    }

    /// Sets what connections get from now on.
    pub fn replace(&self, settings: Option<TlsSettings>) {
        *self.0.write() = settings.map(Arc::new);
    }
}

/// Counts the handshakes of a listener, for `connection_rate_limit`.
#[derive(Debug, Default)]
pub(crate) struct HandshakeRate(Mutex<Option<(std::time::Instant, u64)>>);

impl HandshakeRate {
    /// Whether one more may begin.
    pub(crate) fn admits(&self, limit: Option<u64>) -> bool {
        let Some(limit) = limit else { return true };
        let now = crate::clock::instant();
        let mut window = self.0.lock();
        match &mut *window {
            Some((since, count)) if now.saturating_duration_since(*since) < RATE_WINDOW => {
                *count += 1;
                *count <= limit
            }
            _ => {
                *window = Some((now, 1));
                limit > 0
            }
        }
    }
}

/// What is known of a connection's TLS.
#[derive(Debug)]
pub(crate) struct TlsPeer {
    version: Option<ProtocolVersion>,
    cipher: Option<rustls::CipherSuite>,
    /// What the client showed, its own certificate first; it has the key of that one.
    pub(crate) certificates: Vec<CertificateDer<'static>>,
    /// The handshake came before `INFO`.
    pub(crate) first: bool,
    /// Whether the certificates are ones that the listener has authorities for.
    is_verified: bool,
}

impl TlsPeer {
    pub(crate) fn of(stream: &TlsStream<TcpStream>, first: bool, is_verified: bool) -> Self {
        let session = stream.get_ref().1;
        let certificates = session.peer_certificates().unwrap_or_default();
        Self {
            version: session.protocol_version(),
            cipher: session.negotiated_cipher_suite().map(|it| it.suite()),
            certificates: certificates.to_vec(),
            first,
            is_verified,
        }
    }

    /// As an auth callout is told.
    pub(crate) fn shown(&self) -> ClientTls {
        let chain: Vec<_> = self.certificates.iter().map(|der| pem(der)).collect();
        let (certs, verified_chains) = match (chain.is_empty(), self.is_verified) {
            (true, _) => Default::default(),
            (false, true) => (Vec::new(), vec![chain]),
            (false, false) => (chain, Vec::new()),
        };
        ClientTls {
            version: self.version().to_owned(),
            cipher: self.cipher(),
            certs,
            verified_chains,
        }
    }

    /// What is remembered of it when the connection is gone.
    pub(crate) fn without_certificates(&self) -> Self {
        Self {
            certificates: Vec::new(),
            ..*self
        }
    }

    /// As monitoring shows it: `1.3`.
    pub(crate) fn version(&self) -> &'static str {
        match self.version {
            Some(ProtocolVersion::TLSv1_3) => "1.3",
            Some(ProtocolVersion::TLSv1_2) => "1.2",
            _ => "unknown",
        }
    }

    /// The suite's registered name.
    pub(crate) fn cipher(&self) -> String {
        let name = self.cipher.and_then(|cipher| cipher.as_str());
        name.unwrap_or("unknown").replacen("TLS13_", "TLS_", 1)
    }
}

/// A certificate as a text.
fn pem(der: &[u8]) -> String {
    const COLUMNS: usize = 64;
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in BASE64.encode(der).as_bytes().chunks(COLUMNS) {
        text.extend(line.iter().map(|byte| char::from(*byte)));
        text.push('\n');
    }
    text + "-----END CERTIFICATE-----\n"
}

/// Whether a client's public key is one of those that may come in.
pub(crate) fn is_pinned(pinned: &BTreeSet<[u8; 32]>, chain: &[CertificateDer<'_>]) -> bool {
    if pinned.is_empty() {
        return true;
    }
    let key = chain.first().and_then(|leaf| spki(leaf));
    key.is_some_and(|key| pinned.contains(&<[u8; 32]>::from(Sha256::digest(&*key))))
}

/// A certificate's public key, as pins and monitoring take its hash.
pub(crate) fn spki(leaf: &CertificateDer<'_>) -> Option<SubjectPublicKeyInfoDer<'static>> {
    let parsed = ParsedCertificate::try_from(leaf).ok()?;
    Some(parsed.subject_public_key_info())
}

/// Why there is no TLS on a connection. The texts are those that nats-server logs, where there is
/// one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HandshakeError {
    #[error("tls: first record does not look like a TLS handshake")]
    NotTls,
    #[error("i/o timeout")]
    Late,
    #[error("certificate not pinned")]
    NotPinned,
    #[error("too many handshakes within a second")]
    Throttled,
    #[error("{}", Told(.0))]
    Failed(io::Error),
}

impl HandshakeError {
    /// Whether it is what scanners and load balancers do, and so of little interest.
    pub(crate) fn is_probe(&self) -> bool {
        match self {
            Self::NotTls | Self::Late => true,
            Self::Failed(error) => error.kind() != io::ErrorKind::InvalidData,
            Self::NotPinned | Self::Throttled => false,
        }
    }
}

/// A failure in nats-server's words.
struct Told<'a>(&'a io::Error);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = self.0.get_ref().and_then(|it| it.downcast_ref::<Error>());
        let verification = "tls: failed to verify certificate: x509: ";
        match inner {
            Some(Error::NoCertificatesPresented) => {
                f.write_str("tls: client didn't provide a certificate")
            }
            Some(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
                write!(f, "{verification}certificate signed by unknown authority")
            }
            Some(Error::InvalidCertificate(
                CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. },
            )) => write!(
                f,
                "{verification}certificate has expired or is not yet valid"
            ),
            Some(Error::InvalidCertificate(error)) => write!(f, "{verification}{error}"),
            Some(Error::AlertReceived(alert)) => write!(f, "remote error: tls: {alert:?}"),
            Some(error) => write!(f, "tls: {error}"),
            None => write!(f, "{}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_as_many_handshakes_as_allowed() {
        let rate = HandshakeRate::default();
        assert!((0..9).all(|_| rate.admits(None)));
        assert!(rate.admits(Some(2)) && rate.admits(Some(2)));
        assert!(!rate.admits(Some(2)));
    }

    #[test]
    fn failures_are_told_in_the_words_of_the_original() {
        let told = |error: Error| {
            let io = io::Error::new(io::ErrorKind::InvalidData, error);
            HandshakeError::Failed(io).to_string()
        };
        assert_eq!(
            told(Error::NoCertificatesPresented),
            "tls: client didn't provide a certificate"
        );
        assert_eq!(
            told(Error::InvalidCertificate(CertificateError::UnknownIssuer)),
            "tls: failed to verify certificate: x509: certificate signed by unknown authority"
        );
    }
}
