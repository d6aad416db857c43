//! A key for a device that cannot make one.

use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};
use zeroize::Zeroizing;

use super::PkiError;

/// A key, and a request for it as the device itself would have made it.
pub(crate) struct NewKey {
    /// PKCS #8 in DER form.
    pub(crate) secret: Zeroizing<Vec<u8>>,
    /// PKCS #10 in DER form.
    pub(crate) request: Vec<u8>,
}

impl NewKey {
    pub(crate) fn make() -> Result<Self, PkiError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let request = CertificateParams::default().serialize_request(&key)?;
        Ok(Self {
            secret: Zeroizing::new(key.serialize_der()),
            request: request.der().to_vec(),
        })
    }
}
