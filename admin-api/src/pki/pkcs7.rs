//! Certificates in a row, as EST and many tools give and take them: a `SignedData` that signs
//! nothing (RFC 5652, section 5; "certs-only" in RFC 8551).

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
/// `[0]`, around or in place of what it holds.
const CONTEXT_0: u8 = 0xa0;
/// The object identifiers 1.2.840.113549.1.7.2 and 1.2.840.113549.1.7.1, tag and length included.
const SIGNED_DATA: [u8; 11] = [0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
const DATA: [u8; 11] = [0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];

/// These certificates, each in DER form, as one PKCS #7 in DER form.
pub(crate) fn certs_only<'a>(certificates: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    // A set: in DER its members stand in the order of their bytes.
    let mut members: Vec<&[u8]> = certificates.into_iter().collect();
    members.sort_unstable();
    let signed = [
        tlv(INTEGER, &[1]),
        tlv(SET, &[]),
        tlv(SEQUENCE, &DATA),
        tlv(CONTEXT_0, &members.concat()),
        tlv(SET, &[]),
    ];
    let content = tlv(CONTEXT_0, &tlv(SEQUENCE, &signed.concat()));
    tlv(SEQUENCE, &[&SIGNED_DATA, content.as_slice()].concat())
}

/// A tag, the length of what follows, and that.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let zeros = length.iter().take_while(|byte| **byte == 0).count();
    let significant = length.get(zeros..).unwrap_or_default();
    let mut out = vec![tag];
    match content.len() {
        short @ 0..0x80 => out.push(short.to_le_bytes()[0]),
        _ => {
            out.push(0x80 | significant.len().to_le_bytes()[0]);
            out.extend_from_slice(significant);
        }
    }
    out.extend_from_slice(content);
    out
}
