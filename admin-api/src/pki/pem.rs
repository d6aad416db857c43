//! Certificates as text.

use data_encoding::BASE64;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// Characters of a line (RFC 7468).
const LINE: usize = 64;

/// Something in DER form as PEM.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let base64 = BASE64.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in base64.as_bytes().chunks(LINE) {
        text.extend(line.iter().map(|&byte| char::from(byte)));
        text.push('\n');
    }
    text.push_str("-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

/// The one certificate in a text.
pub(crate) fn der_of(text: &str) -> Option<Vec<u8>> {
    let mut all = CertificateDer::pem_slice_iter(text.as_bytes());
    let first = all.next()?.ok()?;
    all.next().is_none().then(|| first.to_vec())
}
