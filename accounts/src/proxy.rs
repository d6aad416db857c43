//! Trusted proxies: who comes by one brings its signature of the server's nonce.

use data_encoding::BASE64URL_NOPAD;

use crate::nkeys::PublicKey;

/// Which of the trusted proxies has signed the nonce, if one has. The signature is base64 raw-url.
pub fn signer(trusted: &[PublicKey], nonce: &[u8], signature: &str) -> Option<PublicKey> {
    let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).ok()?;
    let signed = |key: &&PublicKey| !nonce.is_empty() && key.verify(nonce, &signature).is_ok();
    trusted.iter().find(signed).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nkeys::{KeyKind, KeyPair};

    #[test]
    fn only_a_trusted_signature_of_this_nonce_counts() {
        let keys = |byte| KeyPair::from_entropy(KeyKind::Server, [byte; 32]);
        let [ours, other, stranger] = [keys(1), keys(2), keys(3)];
        let trusted = [other.public(), ours.public()];
        let sign = |keys: &KeyPair, nonce: &[u8]| BASE64URL_NOPAD.encode(&keys.sign(nonce));
        let good = sign(&ours, b"nonce");
        assert_eq!(signer(&trusted, b"nonce", &good), Some(ours.public()));
        assert_eq!(signer(&[], b"nonce", &good), None);
        assert_eq!(signer(&trusted, b"another", &good), None);
        for bad in [
            sign(&stranger, b"nonce"),
            sign(&ours, b""),
            String::new(),
            "?".into(),
        ] {
            assert_eq!(signer(&trusted, b"nonce", &bad), None);
        }
        assert_eq!(signer(&trusted, b"", &sign(&ours, b"")), None);
    }
}
