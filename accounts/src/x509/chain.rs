//! Whether a chain of certificates leads to an anchor.
//!
//! What a TLS library leaves to its caller is checked here: the anchor's own validity, that every
//! issuer is an authority that may sign certificates, and how many may stand below it (RFC 5280,
//! section 6). What is not known is refused: there is nothing in a chain that one may overlook.

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, NameConstraints, ParsedExtension};
use x509_parser::prelude::{FromDer, X509Version};

use super::CertificateError;

/// Certificates that a client may show.
pub const CHAIN_MAX: usize = 4;
/// Bytes of one certificate.
pub const CERTIFICATE_BYTES_MAX: usize = 8 * 1024;
/// Seconds that the clock of whoever issued a certificate may be ahead.
pub const CLOCK_AHEAD_SECONDS_MAX: i64 = 60;

/// Signatures that prove something, by their object identifiers: ECDSA with SHA-256 and SHA-384,
/// Ed25519, RSA with SHA-256, SHA-384 and SHA-512.
const SIGNATURES: [&str; 6] = [
    "1.2.840.10045.4.3.2",
    "1.2.840.10045.4.3.3",
    "1.3.101.112",
    "1.2.840.113549.1.1.11",
    "1.2.840.113549.1.1.12",
    "1.2.840.113549.1.1.13",
];

/// Why a chain proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    #[error("there is no certificate")]
    Empty,
    #[error("more than {CHAIN_MAX} certificates")]
    TooLong,
    #[error("a certificate of more than {CERTIFICATE_BYTES_MAX} bytes")]
    TooLarge,
    #[error("{0}")]
    Unreadable(#[from] CertificateError),
    #[error("a certificate has something after its end")]
    Trailing,
    #[error("a certificate is not of X.509 version 3")]
    Version,
    #[error("an extension occurs twice")]
    TwiceExtended,
    #[error("the critical extension {0} is not known here")]
    UnknownCritical(String),
    #[error("the signature algorithm {0} is not accepted: use ECDSA, Ed25519 or RSA with SHA-2")]
    WeakSignature(String),
    #[error("a certificate names two signature algorithms")]
    TwoAlgorithms,
    #[error("the certificate has expired")]
    Expired,
    #[error("the certificate is not valid yet")]
    NotYetValid,
    #[error("the certificate of an authority has expired")]
    IssuerExpired,
    #[error("the certificate of an authority is not valid yet")]
    IssuerNotYetValid,
    #[error("the certificate is one of an authority, not of a client")]
    IsAuthority,
    #[error("the certificate's key usage does not allow digital signatures")]
    KeyUsage,
    #[error("the certificate's extended key usage does not allow client authentication")]
    ExtendedKeyUsage,
    #[error("an issuer is no authority")]
    NotAnAuthority,
    #[error("an authority's key usage does not allow signing certificates")]
    MayNotSign,
    #[error("an authority stands below one that allows no further ones")]
    PathLength,
    #[error("an authority has name constraints of a kind that is not known here")]
    NameConstraints,
    #[error("no anchor of the account has issued it")]
    UnknownIssuer,
}

/// A certificate that is trusted to issue others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    der: Box<[u8]>,
    subject: Box<[u8]>,
}

impl Anchor {
    /// Takes a certificate in DER form. Whether it may issue anything is asked when it is to vouch.
    ///
    /// # Errors
    /// When it is no certificate.
    pub fn read(der: &[u8]) -> Result<Self, ChainError> {
        let certificate = parse(der)?;
        Ok(Self {
            subject: certificate.subject().as_raw().into(),
            der: der.into(),
        })
    }

    /// The certificate.
    pub fn der(&self) -> &[u8] {
        &self.der
    }
}

/// A chain that was verified.
#[derive(Debug)]
pub struct Verified<'a> {
    /// The client's own certificate.
    pub leaf: X509Certificate<'a>,
    /// Which of the anchors vouches for it.
    pub anchor: usize,
}

/// Verifies a chain, the client's own certificate first, each next one the issuer of the one
/// before; the anchor may stand at its end or not.
///
/// # Errors
/// When it does not lead to any of the anchors, or anything on the way is not in order.
pub fn verify<'a>(
    chain: &[&'a [u8]],
    anchors: &[&Anchor],
    now: i64,
) -> Result<Verified<'a>, ChainError> {
    let (first, issuers) = chain.split_first().ok_or(ChainError::Empty)?;
    if chain.len() > CHAIN_MAX {
        return Err(ChainError::TooLong);
    }
    let leaf = parse(first)?;
    check_leaf(&leaf, now)?;
    let mut current = leaf.clone();
    let mut issuers = issuers.iter();
    for below in 0..CHAIN_MAX {
        if let Some(anchor) = anchor_of(&current, anchors, below, now)? {
            return Ok(Verified { leaf, anchor });
        }
        let issuer = issuers.next().ok_or(ChainError::UnknownIssuer)?;
        let issuer = parse(issuer)?;
        if !has_issued(&issuer, &current) {
            return Err(ChainError::UnknownIssuer);
        }
        check_authority(&issuer, below, now)?;
        current = issuer;
    }
    Err(ChainError::TooLong)
}

/// Whether a certificate is one of an authority that may vouch for clients now.
///
/// # Errors
/// When it may not, and why.
pub fn check_anchor(der: &[u8], now: i64) -> Result<(), ChainError> {
    check_authority(&parse(der)?, 0, now)
}

/// The anchor that has issued the certificate, `below` which so many authorities stand. Several may
/// have the same name and key: one that is in order is enough.
fn anchor_of(
    certificate: &X509Certificate<'_>,
    anchors: &[&Anchor],
    below: usize,
    now: i64,
) -> Result<Option<usize>, ChainError> {
    let mut refused = None;
    for (place, anchor) in anchors.iter().enumerate() {
        if *anchor.subject != *certificate.issuer().as_raw() {
            continue;
        }
        let parsed = parse(&anchor.der)?;
        if !has_issued(&parsed, certificate) {
            continue;
        }
        match check_authority(&parsed, below, now) {
            Ok(()) => return Ok(Some(place)),
            Err(error) => refused = Some(error),
        }
    }
    refused.map_or(Ok(None), Err)
}

fn has_issued(issuer: &X509Certificate<'_>, certificate: &X509Certificate<'_>) -> bool {
    issuer.subject().as_raw() == certificate.issuer().as_raw()
        && certificate
            .verify_signature(Some(issuer.public_key()))
            .is_ok()
}

/// Reads a certificate, with what must hold for every one.
pub(crate) fn parse(der: &[u8]) -> Result<X509Certificate<'_>, ChainError> {
    if der.len() > CERTIFICATE_BYTES_MAX {
        return Err(ChainError::TooLarge);
    }
    let (rest, certificate) =
        X509Certificate::from_der(der).map_err(|error| CertificateError(error.to_string()))?;
    if !rest.is_empty() {
        return Err(ChainError::Trailing);
    }
    if certificate.version() != X509Version::V3 {
        return Err(ChainError::Version);
    }
    if certificate.signature_algorithm != certificate.tbs_certificate.signature {
        return Err(ChainError::TwoAlgorithms);
    }
    if !is_canonical(der, &certificate) {
        return Err(CertificateError("its signature is not in DER form".to_owned()).into());
    }
    let algorithm = certificate.signature_algorithm.algorithm.to_id_string();
    if !SIGNATURES.contains(&algorithm.as_str()) {
        return Err(ChainError::WeakSignature(algorithm));
    }
    let extensions = certificate.extensions();
    for (at, extension) in extensions.iter().enumerate() {
        if extensions[..at].iter().any(|it| it.oid == extension.oid) {
            return Err(ChainError::TwiceExtended);
        }
        let is_known = matches!(
            extension.parsed_extension(),
            ParsedExtension::BasicConstraints(_)
                | ParsedExtension::KeyUsage(_)
                | ParsedExtension::ExtendedKeyUsage(_)
                | ParsedExtension::SubjectAlternativeName(_)
                | ParsedExtension::NameConstraints(_)
        );
        if extension.critical && !is_known {
            return Err(ChainError::UnknownCritical(extension.oid.to_id_string()));
        }
        if let ParsedExtension::ParseError { .. } = extension.parsed_extension() {
            let text = format!("extension {}", extension.oid.to_id_string());
            return Err(CertificateError(text).into());
        }
    }
    Ok(certificate)
}

/// The reader is lenient about what is not signed, and a certificate is to have one form only. What
/// follows the signed part is the algorithm, in the very bytes that stand in the signed part too.
fn is_canonical(der: &[u8], certificate: &X509Certificate<'_>) -> bool {
    let signed = certificate.tbs_certificate.as_ref();
    let begins = signed.as_ptr() as usize - der.as_ptr() as usize + signed.len();
    let rest = der.get(begins..).unwrap_or_default();
    let length = rest.get(1).map_or(0, |length| usize::from(*length) + 2);
    let algorithm = rest.get(..length).filter(|it| !it.is_empty());
    algorithm.is_some_and(|algorithm| signed.windows(length).any(|it| it == algorithm))
        && certificate.signature_value.unused_bits == 0
}

fn check_leaf(leaf: &X509Certificate<'_>, now: i64) -> Result<(), ChainError> {
    let validity = leaf.validity();
    if validity.not_after.timestamp() < now {
        return Err(ChainError::Expired);
    }
    if validity.not_before.timestamp() > now + CLOCK_AHEAD_SECONDS_MAX {
        return Err(ChainError::NotYetValid);
    }
    let mut has_usage = false;
    let mut has_purpose = false;
    for extension in leaf.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::BasicConstraints(basic) if basic.ca => {
                return Err(ChainError::IsAuthority);
            }
            ParsedExtension::KeyUsage(usage) => {
                has_usage = usage.digital_signature() && !usage.key_cert_sign();
            }
            ParsedExtension::ExtendedKeyUsage(purpose) => has_purpose = purpose.client_auth,
            _ => {}
        }
    }
    match (has_usage, has_purpose) {
        (false, _) => Err(ChainError::KeyUsage),
        (true, false) => Err(ChainError::ExtendedKeyUsage),
        (true, true) => Ok(()),
    }
}

/// Whether it may issue a certificate `below` which so many authorities stand already.
fn check_authority(
    authority: &X509Certificate<'_>,
    below: usize,
    now: i64,
) -> Result<(), ChainError> {
    let validity = authority.validity();
    if validity.not_after.timestamp() < now {
        return Err(ChainError::IssuerExpired);
    }
    if validity.not_before.timestamp() > now + CLOCK_AHEAD_SECONDS_MAX {
        return Err(ChainError::IssuerNotYetValid);
    }
    let mut is_authority = false;
    let mut may_sign = false;
    for extension in authority.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::BasicConstraints(basic) => {
                is_authority = basic.ca;
                let most = basic.path_len_constraint;
                if most.is_some_and(|most| below > most as usize) {
                    return Err(ChainError::PathLength);
                }
            }
            ParsedExtension::KeyUsage(usage) => may_sign = usage.key_cert_sign(),
            ParsedExtension::ExtendedKeyUsage(purpose) if !purpose.client_auth && !purpose.any => {
                return Err(ChainError::ExtendedKeyUsage);
            }
            ParsedExtension::NameConstraints(constraints) => check_constraints(constraints)?,
            _ => {}
        }
    }
    match (is_authority, may_sign) {
        (false, _) => Err(ChainError::NotAnAuthority),
        (true, false) => Err(ChainError::MayNotSign),
        (true, true) => Ok(()),
    }
}

/// Constraints on hosts, mailboxes and addresses do not touch a device, which has none of these.
fn check_constraints(constraints: &NameConstraints<'_>) -> Result<(), ChainError> {
    let both = [
        &constraints.permitted_subtrees,
        &constraints.excluded_subtrees,
    ];
    let is_harmless = |name: &GeneralName<'_>| {
        matches!(
            name,
            GeneralName::DNSName(_) | GeneralName::RFC822Name(_) | GeneralName::IPAddress(_)
        )
    };
    let mut names = both.into_iter().flatten().flatten();
    match names.all(|subtree| is_harmless(&subtree.base)) {
        true => Ok(()),
        false => Err(ChainError::NameConstraints),
    }
}
