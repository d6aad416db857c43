//! What the authorities issue gets in where it should, and other tools read it.

use accounts::claims::account::DeviceAnchor;
use accounts::devices::{Authorities, DeviceName, user_key};
use accounts::{KeyKind as NatsKind, PublicKey};
use data_encoding::BASE64;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, PKCS_ECDSA_P256_SHA256,
    PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PublicKeyData, SanType,
};
use x509_parser::prelude::{CertificateRevocationList, FromDer, GeneralName, X509Certificate};

use super::*;

const NOW: i64 = 1_800_000_000;
const DAY: i64 = 24 * 3600;

fn account() -> PublicKey {
    PublicKey::from_bytes(NatsKind::Account, [1; 32])
}

fn device() -> DeviceName {
    DeviceName::new(account(), "pump-7").unwrap()
}

fn asked_with(params: &CertificateParams, key: &KeyPair) -> Vec<u8> {
    params.serialize_request(key).unwrap().der().to_vec()
}

fn asked(key: &KeyPair) -> Vec<u8> {
    asked_with(&CertificateParams::new(Vec::new()).unwrap(), key)
}

/// A certificate for devices must never pass for a server's, whoever gets hold of the authority.
#[test]
fn our_authorities_name_no_hosts_and_have_none_below() {
    let (made, _) = Authority::make("ca_1", KeyKind::P256, (NOW, NOW + DAY)).unwrap();
    let (_, certificate) = X509Certificate::from_der(made.certificate()).unwrap();
    let constraints = certificate.name_constraints().unwrap().unwrap().value;
    let excluded = constraints.excluded_subtrees.as_ref().unwrap();
    assert!(
        excluded
            .iter()
            .any(|it| it.base == GeneralName::DNSName(""))
    );
    let basic = certificate.basic_constraints().unwrap().unwrap().value;
    assert_eq!((basic.ca, basic.path_len_constraint), (true, Some(0)));
}

#[test]
fn what_is_issued_is_a_device_of_its_account() {
    for kind in [KeyKind::P256, KeyKind::Ed25519] {
        let (made, secret) = Authority::make("ca_1", kind, (NOW, NOW + 365 * DAY)).unwrap();
        let authority = Authority::open(made.certificate().to_vec(), &secret).unwrap();
        let anchor = DeviceAnchor {
            certificate: BASE64.encode(authority.certificate()),
            role: account(),
        };
        let authorities = Authorities::compile(&[anchor]).unwrap();
        for own in [
            &PKCS_ECDSA_P256_SHA256,
            &PKCS_ECDSA_P384_SHA384,
            &PKCS_ED25519,
        ] {
            let key = KeyPair::generate_for(own).unwrap();
            let request = CertificateRequest::read(&asked(&key)).unwrap();
            let life = (NOW, NOW + DAY);
            let issued = authority.issue(&device(), &request, life, None).unwrap();
            let chain: [&[u8]; 1] = [&issued.certificate];
            let found = authorities.verify(&account(), &chain, NOW).unwrap();
            assert_eq!((found.not_before, found.not_after), life);
            assert_eq!(found.name, "pump-7");
            assert_eq!(found.user, user_key(&key.subject_public_key_info()));
            assert_eq!(found.user, user_key(request.public_key()));
        }
    }
}

#[test]
fn wishes_are_not_heard() {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["example.org".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, "admin");
    let other = SanType::URI("tidegate://other/admin".try_into().unwrap());
    params.subject_alt_names.push(other);
    let request = CertificateRequest::read(&asked_with(&params, &key)).unwrap();
    let (authority, _) = Authority::make("ca_1", KeyKind::P256, (NOW, NOW + DAY)).unwrap();
    let told = Revocation {
        list: "https://example.org/ca_1.crl".to_owned(),
        answers: "https://example.org/ocsp/ca_1".to_owned(),
    };
    let issued = authority
        .issue(&device(), &request, (NOW, NOW + DAY), Some(&told))
        .unwrap();
    let (_, certificate) = X509Certificate::from_der(&issued.certificate).unwrap();
    assert_eq!(certificate.subject().to_string(), "CN=pump-7");
    let text = format!("{:?}", certificate.extensions());
    assert!(!text.contains("admin") && text.contains("ca_1.crl"));
    assert!(text.contains("ocsp/ca_1"));
    let names = certificate.subject_alternative_name().unwrap().unwrap();
    assert_eq!(names.value.general_names.len(), 1);
}

#[test]
fn requests_come_as_pem_base64_and_der() {
    let key = KeyPair::generate().unwrap();
    let der = asked(&key);
    let base64 = BASE64.encode(&der);
    let lines: Vec<_> = base64.as_bytes().chunks(64).collect();
    let wrapped = String::from_utf8(lines.join(&b'\n')).unwrap();
    let pem = |label: &str| format!("-----BEGIN {label}-----\n{wrapped}\n-----END {label}-----\n");
    let good = [
        der.clone(),
        base64.into_bytes(),
        wrapped.clone().into_bytes(),
        pem("CERTIFICATE REQUEST").into_bytes(),
        pem("NEW CERTIFICATE REQUEST").into_bytes(),
    ];
    for body in &good {
        let request = CertificateRequest::read(body).unwrap();
        assert_eq!(request.public_key(), key.subject_public_key_info());
    }
    let mut trailing = der.clone();
    trailing.push(0);
    let bad = [
        Vec::new(),
        b"hello".to_vec(),
        pem("CERTIFICATE").into_bytes(),
        der[..der.len() - 1].to_vec(),
        trailing,
    ];
    for body in &bad {
        let error = CertificateRequest::read(body).unwrap_err();
        assert_eq!(error, RequestError::Unreadable, "{body:?}");
    }
    let large = vec![b'A'; request::REQUEST_BYTES_MAX + 1];
    assert_eq!(
        CertificateRequest::read(&large).unwrap_err(),
        RequestError::TooLarge
    );
}

#[test]
fn bad_proofs_weak_keys_and_authorities_are_refused() {
    let key = KeyPair::generate().unwrap();
    let mut forged = asked(&key);
    let last = forged.len() - 1;
    forged[last] ^= 1;
    let refusal = CertificateRequest::read(&forged).unwrap_err();
    assert_eq!(refusal, RequestError::Proof);
    // Made by openssl: rcgen makes no weak keys.
    for (name, refusal) in [
        ("rsa-1024", Some(RequestError::Key)),
        ("rsa-2048", None),
        ("p-521", Some(RequestError::Key)),
        ("secp256k1", Some(RequestError::Key)),
    ] {
        let found = CertificateRequest::read(openssl_request(name).as_bytes());
        assert_eq!(found.err(), refusal, "{name}");
    }
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let wish = CertificateRequest::read(&asked_with(&params, &key));
    assert_eq!(wish.unwrap_err(), RequestError::Authority);
}

/// A request that openssl makes for a fresh key.
fn openssl_request(kind: &str) -> String {
    let options: &[&str] = match kind {
        "rsa-1024" => &["-newkey", "rsa:1024"],
        "rsa-2048" => &["-newkey", "rsa:2048"],
        "p-521" => &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp521r1"],
        _ => &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
    };
    let output = std::process::Command::new("openssl")
        .args([
            "req",
            "-new",
            "-nodes",
            "-subj",
            "/CN=d",
            "-keyout",
            "/dev/null",
        ])
        .args(options)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_list_names_what_was_revoked() {
    let (authority, _) = Authority::make("ca_1", KeyKind::P256, (NOW, NOW + DAY)).unwrap();
    let key = KeyPair::generate().unwrap();
    let request = CertificateRequest::read(&asked(&key)).unwrap();
    let life = (NOW, NOW + DAY);
    let issued = authority.issue(&device(), &request, life, None).unwrap();
    let revoked = [Revoked {
        serial: issued.serial.clone(),
        at: NOW + 5,
    }];
    let list = authority
        .revocation_list(&revoked, 7, (NOW, NOW + 3600), None)
        .unwrap();
    let (_, list) = CertificateRevocationList::from_der(&list).unwrap();
    let (_, ca) = X509Certificate::from_der(authority.certificate()).unwrap();
    list.verify_signature(ca.public_key()).unwrap();
    let entries: Vec<_> = list.iter_revoked_certificates().collect();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].raw_serial(), issued.serial);
    assert_eq!(entries[0].revocation_date.timestamp(), NOW + 5);
}
