//! Signatures as Standard Webhooks 1.0 has them: HMAC-SHA256 over id, time and body.

use data_encoding::BASE64;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::random::random_bytes;

/// How secrets begin, so that scanners find leaked ones.
const PREFIX: &str = "whsec_";
const SECRET_BYTES: usize = 32;

/// A new secret: as it is kept, and as its owner sees it.
pub(crate) fn new_secret() -> (Zeroizing<[u8; SECRET_BYTES]>, Zeroizing<String>) {
    let secret = Zeroizing::new(random_bytes::<SECRET_BYTES>());
    let shown = Zeroizing::new(format!("{PREFIX}{}", BASE64.encode(secret.as_slice())));
    (secret, shown)
}

/// The signature of a message under each of the secrets, as the header has it.
pub(super) fn sign(secrets: &[Zeroizing<Vec<u8>>], id: &str, at: i64, body: &str) -> String {
    let signed = secrets.iter().map(|secret| {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
        mac.update(format!("{id}.{at}.{body}").as_bytes());
        format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes()))
    });
    signed.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64;
    use standardwebhooks::Webhook;
    use zeroize::Zeroizing;

    use super::{new_secret, sign};

    #[test]
    fn the_reference_implementation_makes_the_same() {
        let (secret, shown) = new_secret();
        let (older, older_shown) = new_secret();
        let kept = [&secret, &older].map(|secret| Zeroizing::new(secret.to_vec()));
        let signed = sign(&kept, "evt_1", 1_700_000_000, "{\"a\":1}");
        for (shown, signed) in [shown, older_shown].iter().zip(signed.split(' ')) {
            let theirs = Webhook::new(shown).unwrap();
            let theirs = theirs.sign("evt_1", 1_700_000_000, b"{\"a\":1}").unwrap();
            assert_eq!(signed, theirs);
        }
    }

    #[test]
    fn the_example_of_the_specification() {
        let secret = BASE64.decode(b"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = sign(
            &[Zeroizing::new(secret)],
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            "{\"test\": 2432232314}",
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
