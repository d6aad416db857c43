//! The authorities of the server's certificate: found by their fingerprint before there is trust,
//! and followed from then on, since they change some day.

use anyhow::{Context, bail};
use data_encoding::{BASE64_MIME_PERMISSIVE, HEXLOWER, HEXLOWER_PERMISSIVE};
use sha2::{Digest, Sha256};

use super::server::{Server, Trust};

const PATH: &str = "/.well-known/est/cacerts";
const SEQUENCE: u8 = 0x30;
const CONTEXT_0: u8 = 0xa0;

/// The root with this fingerprint, from a server that nobody vouches for yet.
pub(super) async fn by_fingerprint(base: &str, told: &str) -> anyhow::Result<Vec<u8>> {
    let wanted = digest(told)?;
    let found = current(&Server::new(base, &Trust::Unseen, None)?).await?;
    let shown: Vec<String> = found.iter().map(|root| fingerprint(root)).collect();
    let root = found
        .into_iter()
        .find(|root| *Sha256::digest(root) == wanted);
    root.with_context(|| {
        format!(
            "the server at {base} has no root with this fingerprint, but {}: it may be another \
             server, and nothing was sent to it",
            match shown.is_empty() {
                true => "none at all".to_owned(),
                false => shown.join(" and "),
            }
        )
    })
}

/// What the server's certificates come from; empty when that is for the system to know.
pub(super) async fn current(server: &Server) -> anyhow::Result<Vec<Vec<u8>>> {
    let Some(text) = server.get(PATH).await? else {
        return Ok(Vec::new());
    };
    let der = BASE64_MIME_PERMISSIVE.decode(text.trim().as_bytes()).ok();
    let found = der.as_deref().and_then(certificates);
    found.with_context(|| format!("the answer of {PATH} holds no certificates"))
}

/// `sha256:ab12…`, with or without that word and colons.
fn digest(text: &str) -> anyhow::Result<[u8; 32]> {
    let hex: String = text.trim().to_ascii_lowercase();
    let hex = hex.strip_prefix("sha256:").unwrap_or(&hex).replace(':', "");
    let bytes = HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok();
    match bytes.and_then(|bytes| bytes.try_into().ok()) {
        Some(digest) => Ok(digest),
        None => bail!(
            "{text:?} is no fingerprint: write 64 hexadecimal digits, as \
             `openssl x509 -noout -fingerprint -sha256 -in root.pem` shows them"
        ),
    }
}

/// The fingerprint of a certificate, as `--fingerprint` takes it.
pub(crate) fn fingerprint(certificate: &[u8]) -> String {
    format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(certificate)))
}

/// The certificates in a PKCS #7 that signs nothing: the second part with the tag `[0]`.
fn certificates(der: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (_, content, _) = tlv(der).filter(|(tag, ..)| *tag == SEQUENCE)?;
    let (_, _, rest) = tlv(content)?;
    let (_, wrapped, _) = tlv(rest).filter(|(tag, ..)| *tag == CONTEXT_0)?;
    let (_, mut signed, _) = tlv(wrapped).filter(|(tag, ..)| *tag == SEQUENCE)?;
    loop {
        let (tag, part, rest) = tlv(signed)?;
        if tag == CONTEXT_0 {
            return Some(all(part));
        }
        signed = rest;
    }
}

fn all(mut set: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while let Some((_, _, rest)) = tlv(set) {
        let whole = set.len() - rest.len();
        found.extend(set.get(..whole).map(<[u8]>::to_vec));
        set = rest;
    }
    found
}

/// A tag, what it holds, and what comes after it.
fn tlv(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = der.split_first_chunk::<2>()?;
    let (length, rest) = match first {
        short @ 0..=0x7f => (usize::from(short), rest),
        long @ 0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(long - 0x80))?;
            let number = bytes
                .iter()
                .fold(0, |n, byte| (n << 8) | usize::from(*byte));
            (number, rest)
        }
        // Of no fixed length, or longer than anything that comes.
        0x80 | 0x85.. => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_in_every_form() {
        let plain = "ab".repeat(32);
        let colons = vec!["AB"; 32].join(":");
        for text in [
            plain.clone(),
            format!("sha256:{plain}"),
            format!("SHA256:{colons}"),
        ] {
            assert_eq!(digest(&text).expect("a fingerprint"), [0xab; 32], "{text}");
        }
        for bad in ["", "ab", "md5:abcd"] {
            assert!(digest(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_cut_off_is_not_read() {
        let members = [&[SEQUENCE, 1, 7][..], &[SEQUENCE, 0]].concat();
        let wrap = |tag: u8, inner: &[u8]| {
            let length = u8::try_from(inner.len()).expect("short");
            [&[tag, length], inner].concat()
        };
        let signed = [
            &[2, 1, 1, 0x31, 0, SEQUENCE, 0][..],
            &wrap(CONTEXT_0, &members),
        ]
        .concat();
        let content = wrap(CONTEXT_0, &wrap(SEQUENCE, &signed));
        let whole = wrap(SEQUENCE, &[&[6, 1, 42][..], &content].concat());
        let found = certificates(&whole).expect("certificates");
        assert_eq!(found, [vec![SEQUENCE, 1, 7], vec![SEQUENCE, 0]]);
        for end in 0..whole.len() {
            assert_eq!(certificates(&whole[..end]), None, "{end}");
        }
    }
}
