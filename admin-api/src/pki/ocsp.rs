//! Whether certificates of an authority are revoked, one by one (OCSP, RFC 6960): what is asked,
//! and the authority's signed answer.

use rcgen::{CustomExtension, KeyPair, PKCS_ED25519, SigningKey as _};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;
use x509_cert::der::asn1::{BitString, GeneralizedTime, Ia5String, ObjectIdentifier, OctetString};
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{AccessDescription, AuthorityInfoAccessSyntax};
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_ocsp::{
    BasicOcspResponse, CertId, CertStatus, OcspGeneralizedTime, OcspRequest, OcspResponse,
    ResponderId, ResponseData, RevokedInfo, SingleResponse, Version,
};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::authority::{Authority, PkiError};

/// Bytes of a question.
pub(crate) const QUESTION_BYTES_MAX: usize = 4 * 1024;
/// Certificates that one question may be about.
const CERTIFICATES_MAX: usize = 16;
/// Bytes of a nonce (RFC 8954).
const NONCE_BYTES_MAX: usize = 32;
const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const OCSP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1");
const NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2");
/// `id-pe-authorityInfoAccess`.
const AUTHORITY_ACCESS: [u64; 9] = [1, 3, 6, 1, 5, 5, 7, 1, 1];
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// How it is with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Good,
    /// Since then, in Unix seconds.
    Revoked(i64),
    /// Nobody here has issued it.
    Unknown,
}

/// A question that can be answered.
#[derive(Debug)]
pub(crate) struct Question(OcspRequest);

impl Question {
    pub(crate) fn read(der: &[u8]) -> Option<Self> {
        let request = OcspRequest::from_der(der).ok()?;
        let count = request.tbs_request.request_list.len();
        (1..=CERTIFICATES_MAX)
            .contains(&count)
            .then_some(Self(request))
    }

    /// The serial numbers that it is about.
    pub(crate) fn serials(&self) -> Vec<Vec<u8>> {
        let requests = self.0.tbs_request.request_list.iter();
        let serial = |id: &CertId| id.serial_number.as_bytes().to_vec();
        requests.map(|request| serial(&request.req_cert)).collect()
    }
}

/// Says in a certificate where answers about it are (RFC 5280, section 4.2.2.1).
pub(super) fn access(url: &str) -> Result<CustomExtension, PkiError> {
    let failed = |_| PkiError::Response("its address");
    let location = Ia5String::new(url).map_err(failed)?;
    let access = AuthorityInfoAccessSyntax(vec![AccessDescription {
        access_method: OCSP,
        access_location: GeneralName::UniformResourceIdentifier(location),
    }]);
    let content = access.to_der().map_err(failed)?;
    Ok(CustomExtension::from_oid_content(
        &AUTHORITY_ACCESS,
        content,
    ))
}

/// The answer to what is no question.
pub(crate) fn malformed() -> Vec<u8> {
    OcspResponse::malformed_request()
        .to_der()
        .unwrap_or_default()
}

impl Authority {
    /// Answers a question: what each certificate is, in the order of [`Question::serials`].
    pub(crate) fn answer(
        &self,
        question: &Question,
        standings: &[Standing],
        (now, next): (i64, i64),
    ) -> Result<Vec<u8>, PkiError> {
        let (_, own) = X509Certificate::from_der(self.certificate())
            .map_err(|_| PkiError::Response("its own certificate"))?;
        let name = own.subject().as_raw();
        let key = &own.public_key().subject_public_key.data;
        let requests = question.0.tbs_request.request_list.iter();
        let response = |(request, standing): (&x509_ocsp::Request, &Standing)| {
            let id = request.req_cert.clone();
            let status = match *standing {
                Standing::Good if is_issuer(&id, name, key) => CertStatus::good(),
                Standing::Revoked(at) if is_issuer(&id, name, key) => {
                    CertStatus::revoked(RevokedInfo {
                        revocation_time: time(at)?,
                        revocation_reason: None,
                    })
                }
                _ => CertStatus::unknown(),
            };
            Ok::<_, PkiError>(SingleResponse {
                cert_id: id,
                cert_status: status,
                this_update: time(now)?,
                next_update: Some(time(next)?),
                single_extensions: None,
            })
        };
        let responses = requests.zip(standings).map(response);
        let nonce = question.0.tbs_request.request_extensions.iter().flatten();
        let nonce = nonce.filter(|it| it.extn_id == NONCE);
        // Two octets are its own head.
        let nonce = nonce.filter(|it| it.extn_value.as_bytes().len() <= NONCE_BYTES_MAX + 2);
        let nonce: Vec<_> = nonce.take(1).cloned().collect();
        let data = ResponseData {
            version: Version::V1,
            responder_id: ResponderId::ByKey(octets(&Sha1::digest(key))?),
            produced_at: time(now)?,
            responses: responses.collect::<Result<_, _>>()?,
            response_extensions: Some(nonce).filter(|nonce| !nonce.is_empty()),
        };
        self.signed(data)
    }

    fn signed(&self, data: ResponseData) -> Result<Vec<u8>, PkiError> {
        let text = data.to_der().map_err(|_| PkiError::Response("the data"))?;
        let signature = self.key().sign(&text)?;
        let response = BasicOcspResponse {
            tbs_response_data: data,
            signature_algorithm: algorithm(self.key()),
            signature: BitString::from_bytes(&signature)
                .map_err(|_| PkiError::Response("the signature"))?,
            certs: None,
        };
        let response = OcspResponse::successful(response);
        response
            .and_then(|response| response.to_der())
            .map_err(|_| PkiError::Response("the answer"))
    }
}

fn algorithm(key: &KeyPair) -> AlgorithmIdentifierOwned {
    let oid = match key.algorithm() == &PKCS_ED25519 {
        true => ED25519,
        false => ECDSA_WITH_SHA256,
    };
    AlgorithmIdentifierOwned {
        oid,
        parameters: None,
    }
}

/// Whether the question means this authority. The hashes only say which one: SHA-1 is what most
/// ask with.
fn is_issuer(id: &CertId, name: &[u8], key: &[u8]) -> bool {
    let is = |name: &[u8], key: &[u8]| {
        id.issuer_name_hash.as_bytes() == name && id.issuer_key_hash.as_bytes() == key
    };
    match id.hash_algorithm.oid {
        SHA1 => is(&Sha1::digest(name), &Sha1::digest(key)),
        SHA256 => is(&Sha256::digest(name), &Sha256::digest(key)),
        _ => false,
    }
}

fn octets(bytes: &[u8]) -> Result<OctetString, PkiError> {
    OctetString::new(bytes).map_err(|_| PkiError::Response("a hash"))
}

fn time(seconds: i64) -> Result<OcspGeneralizedTime, PkiError> {
    let since = u64::try_from(seconds).map_err(|_| PkiError::Time(seconds))?;
    GeneralizedTime::from_unix_duration(std::time::Duration::from_secs(since))
        .map(OcspGeneralizedTime)
        .map_err(|_| PkiError::Time(seconds))
}
