//! An authority for the devices of one account and role: made here, and what it signs.

use accounts::devices::DeviceName;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CrlDistributionPoint,
    CrlIssuingDistributionPoint, CrlScope, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, NameConstraints,
    PKCS_ECDSA_P256_SHA256, PKCS_ED25519, RevokedCertParams, SanType, SerialNumber,
};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::ocsp;
use super::request::CertificateRequest;
use crate::random::random_bytes;

/// Bytes of a serial number: RFC 5280 has room for 20, and a first bit that is not set.
const SERIAL_BYTES: usize = 16;

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PkiError {
    #[error("certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    #[error("time {0} is not one that a certificate can have")]
    Time(i64),
    #[error("an answer about revocation cannot be written: {0}")]
    Response(&'static str),
}

/// What key an authority has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum KeyKind {
    P256,
    Ed25519,
}

impl KeyKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            KeyKind::P256 => "p256",
            KeyKind::Ed25519 => "ed25519",
        }
    }

    /// What [`Self::as_str`] wrote.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let all = [KeyKind::P256, KeyKind::Ed25519];
        all.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// An authority that can sign.
#[derive(Debug)]
pub(crate) struct Authority {
    certificate: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate that was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Issued {
    pub(crate) certificate: Vec<u8>,
    pub(crate) serial: Vec<u8>,
}

/// Where it is told which certificates are revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Revocation {
    /// The URL of the list.
    pub(crate) list: String,
    /// The URL of who answers about single ones.
    pub(crate) answers: String,
}

/// A certificate that is no longer good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Revoked {
    pub(crate) serial: Vec<u8>,
    /// Unix seconds.
    pub(crate) at: i64,
}

impl Authority {
    /// Makes an authority whose subject carries its id, and gives its key for the vault. It may
    /// have no authorities below it and name no hosts.
    pub(crate) fn make(
        id: &str,
        kind: KeyKind,
        (not_before, not_after): (i64, i64),
    ) -> Result<(Self, Zeroizing<Vec<u8>>), PkiError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, format!("Tidegate devices {id}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::CrlSign,
            KeyUsagePurpose::DigitalSignature,
        ];
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: Vec::new(),
            excluded_subtrees: vec![GeneralSubtree::DnsName(String::new())],
        });
        params.serial_number = Some(serial());
        params.not_before = time(not_before)?;
        params.not_after = time(not_after)?;
        let key = KeyPair::generate_for(match kind {
            KeyKind::P256 => &PKCS_ECDSA_P256_SHA256,
            KeyKind::Ed25519 => &PKCS_ED25519,
        })?;
        let certificate = params.self_signed(&key)?.der().to_vec();
        let secret = Zeroizing::new(key.serialize_der());
        let issuer = Issuer::new(params, key);
        Ok((
            Self {
                certificate,
                issuer,
            },
            secret,
        ))
    }

    /// Opens an authority with its key out of the vault.
    pub(crate) fn open(certificate: Vec<u8>, secret: &[u8]) -> Result<Self, PkiError> {
        let secret = PrivatePkcs8KeyDer::from(secret);
        let key = KeyPair::try_from(&secret)?;
        let der = CertificateDer::from(certificate.clone());
        Ok(Self {
            issuer: Issuer::from_ca_cert_der(&der, key)?,
            certificate,
        })
    }

    /// What it signs with.
    pub(super) fn key(&self) -> &KeyPair {
        self.issuer.key()
    }

    /// Its own certificate in DER form.
    pub(crate) fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// Issues a certificate for a device. Its beginning is never dated back: a revocation of
    /// everybody compares it. `revocation` is where revocations are told, if anywhere.
    pub(crate) fn issue(
        &self,
        device: &DeviceName,
        request: &CertificateRequest,
        (now, not_after): (i64, i64),
        revocation: Option<&Revocation>,
    ) -> Result<Issued, PkiError> {
        let serial = serial();
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, device.name.as_str());
        params.subject_alt_names = vec![SanType::URI(device.to_string().try_into()?)];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.not_before = time(now)?;
        params.not_after = time(not_after)?;
        if let Some(told) = revocation {
            params.crl_distribution_points = vec![CrlDistributionPoint {
                uris: vec![told.list.clone()],
            }];
            let answers = ocsp::access(&told.answers)?;
            params.custom_extensions.push(answers);
        }
        let bytes = serial.to_bytes();
        params.serial_number = Some(serial);
        let certificate = params.signed_by(request.key(), &self.issuer)?;
        Ok(Issued {
            certificate: certificate.der().to_vec(),
            serial: bytes,
        })
    }

    /// Signs the list of revoked certificates (RFC 5280, section 5). `number` grows with each one,
    /// and `url` is where it is found.
    pub(crate) fn revocation_list(
        &self,
        revoked: &[Revoked],
        number: u64,
        (now, next): (i64, i64),
        url: Option<&str>,
    ) -> Result<Vec<u8>, PkiError> {
        let entry = |revoked: &Revoked| {
            Ok(RevokedCertParams {
                serial_number: SerialNumber::from_slice(&revoked.serial),
                revocation_time: time(revoked.at)?,
                reason_code: None,
                invalidity_date: None,
            })
        };
        let list = CertificateRevocationListParams {
            this_update: time(now)?,
            next_update: time(next)?,
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: url.map(|url| CrlIssuingDistributionPoint {
                distribution_point: CrlDistributionPoint {
                    uris: vec![url.to_owned()],
                },
                scope: Some(CrlScope::UserCertsOnly),
            }),
            revoked_certs: revoked.iter().map(entry).collect::<Result<_, PkiError>>()?,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(list.signed_by(&self.issuer)?.der().to_vec())
    }
}

fn serial() -> SerialNumber {
    let mut bytes = random_bytes::<SERIAL_BYTES>();
    // Positive, and of the same length always.
    bytes[0] = (bytes[0] & 0x7f) | 0x40;
    SerialNumber::from_slice(&bytes)
}

fn time(seconds: i64) -> Result<OffsetDateTime, PkiError> {
    OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| PkiError::Time(seconds))
}
