//! What a device sends to get a certificate: a PKCS #10 request. Of it only the key counts, and
//! that whoever asks has it; the names that it wishes for are not read.

use data_encoding::{BASE64, BASE64_MIME_PERMISSIVE};
use rcgen::{PublicKeyData, SubjectPublicKeyInfo};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;

/// Bytes of a request, in whatever form.
pub(crate) const REQUEST_BYTES_MAX: usize = 16 * 1024;
/// The shortest RSA key, in bits (NIST SP 800-131A, revision 2).
const RSA_BITS_MIN: usize = 2048;
/// The longest: verifying with it takes a while.
const RSA_BITS_MAX: usize = 4096;
const PEM_BEGINS: &str = "-----BEGIN ";

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RequestError {
    #[error("a certificate request has at most {REQUEST_BYTES_MAX} bytes")]
    TooLarge,
    #[error("not a certificate request: send PKCS #10 as PEM, base64 or DER")]
    Unreadable,
    #[error(
        "this kind of key is not taken: make one for P-256, P-384 or Ed25519, or RSA of \
         {RSA_BITS_MIN} to {RSA_BITS_MAX} bits"
    )]
    Key,
    #[error("the request's own signature is not good: whoever asks must have the key")]
    Proof,
    #[error("a device does not get the certificate of an authority")]
    Authority,
}

/// A request that was checked.
#[derive(Debug)]
pub(crate) struct CertificateRequest {
    key: SubjectPublicKeyInfo,
    der: Vec<u8>,
}

impl CertificateRequest {
    /// Reads a request in PEM or DER form, or in base64 as EST has it.
    pub(crate) fn read(body: &[u8]) -> Result<Self, RequestError> {
        if body.len() > REQUEST_BYTES_MAX {
            return Err(RequestError::TooLarge);
        }
        let der = der_of(body).ok_or(RequestError::Unreadable)?;
        let (rest, request) =
            X509CertificationRequest::from_der(&der).map_err(|_| RequestError::Unreadable)?;
        if !rest.is_empty() {
            return Err(RequestError::Unreadable);
        }
        let public = &request.certification_request_info.subject_pki;
        match public.parsed().map_err(|_| RequestError::Key)? {
            PublicKey::RSA(rsa) if !(RSA_BITS_MIN..=RSA_BITS_MAX).contains(&rsa.key_size()) => {
                return Err(RequestError::Key);
            }
            _ => {}
        }
        let key = SubjectPublicKeyInfo::from_der(public.raw).map_err(|_| RequestError::Key)?;
        request
            .verify_signature()
            .map_err(|_| RequestError::Proof)?;
        let mut wishes = request.requested_extensions().into_iter().flatten();
        if wishes.any(|wish| matches!(wish, ParsedExtension::BasicConstraints(it) if it.ca)) {
            return Err(RequestError::Authority);
        }
        Ok(Self {
            key,
            der: public.raw.to_vec(),
        })
    }

    /// The key in the form that a certificate carries it.
    pub(crate) fn key(&self) -> &impl PublicKeyData {
        &self.key
    }

    /// The same in DER form (`SubjectPublicKeyInfo`).
    pub(crate) fn public_key(&self) -> &[u8] {
        &self.der
    }
}

fn der_of(body: &[u8]) -> Option<Vec<u8>> {
    let Ok(text) = std::str::from_utf8(body) else {
        return Some(body.to_vec());
    };
    let text = text.trim();
    if !text.starts_with(PEM_BEGINS) {
        let found = BASE64.decode(text.as_bytes());
        return found
            .or_else(|_| BASE64_MIME_PERMISSIVE.decode(text.as_bytes()))
            .ok();
    }
    let (label, rest) = text.strip_prefix(PEM_BEGINS)?.split_once("-----")?;
    // The older of the two is what Microsoft's tools and old versions of OpenSSL write.
    if !["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"].contains(&label) {
        return None;
    }
    let (base64, end) = rest.split_once("-----END ")?;
    if end.trim() != format!("{label}-----") {
        return None;
    }
    let base64: Vec<u8> = base64
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    BASE64.decode(&base64).ok()
}
