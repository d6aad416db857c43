//! Names out of certificates that are made here.

use rcgen::{CertificateParams, DnType, DnValue, KeyPair, SanType, string::Ia5String};

use super::*;

fn names(subject: &[(DnType, &str)], alternatives: Vec<SanType>) -> CertificateNames {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    for (kind, value) in subject {
        params
            .distinguished_name
            .push(kind.clone(), DnValue::Utf8String((*value).to_owned()));
    }
    params.subject_alt_names = alternatives;
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    CertificateNames::read(certificate.der()).unwrap()
}

fn ia5(text: &str) -> Ia5String {
    text.try_into().unwrap()
}

#[track_caller]
fn finds(names: &CertificateNames, users: &[&str], found: Option<&str>) {
    let candidates = names.candidates(users.iter().copied());
    let first = candidates.iter().find(|it| users.contains(&it.as_str()));
    let first = first.map(String::as_str);
    assert_eq!(first, found, "{users:?} for {names:?}");
}

#[test]
fn alternative_names_count_in_their_order() {
    let common = [(DnType::CommonName, "carol")];
    let all = names(
        &common,
        vec![
            SanType::URI(ia5("spiffe://trust/user")),
            SanType::DnsName(ia5("host.test")),
            SanType::Rfc822Name(ia5("a@b.test")),
        ],
    );
    let uri = "spiffe://trust/user";
    finds(
        &all,
        &["CN=carol", uri, "host.test", "a@b.test"],
        Some("a@b.test"),
    );
    finds(&all, &["CN=carol", uri, "host.test"], Some("host.test"));
    finds(&all, &["CN=carol", uri], Some(uri));
    finds(&all, &["CN=carol"], Some("CN=carol"));
    finds(&all, &["carol", "HOST.TEST", "b.test"], None);
}

#[test]
fn subjects_are_compared_part_by_part() {
    let subject = [
        (DnType::OrganizationName, "Acme, Inc."),
        (DnType::OrganizationalUnitName, "eu"),
        (DnType::CommonName, "alice"),
    ];
    let alice = names(&subject, Vec::new());
    let exact = "CN=alice,OU=eu,O=Acme\\, Inc.";
    let reordered = "O=Acme\\2c Inc.,cn=alice, OU = eu ";
    finds(&alice, &[reordered, exact], Some(exact));
    finds(&alice, &[reordered], Some(reordered));
    for other in [
        "CN=alice",
        "CN=alice,OU=eu",
        "CN=alice,OU=eu,O=Acme",
        "CN=alice,OU=eu,O=Acme\\, Inc.,O=Acme\\, Inc.",
        "CN=alice,CN=alice,OU=eu",
        "CN=ALICE,OU=eu,O=Acme\\, Inc.",
        "CN=alice+OU=eu,O=Acme\\, Inc.",
        "alice",
        "",
        "=",
    ] {
        finds(&alice, &[other], None);
    }
}

#[test]
fn domain_components_count_and_may_be_left_out() {
    let dc = || DnType::CustomDnType(vec![0, 9, 2342, 19_200_300, 100, 1, 25]);
    let subject = [(dc(), "test"), (DnType::CommonName, "dave")];
    let dave = names(&subject, Vec::new());
    finds(
        &dave,
        &["CN=dave", "CN=dave,DC=test"],
        Some("CN=dave,DC=test"),
    );
    finds(
        &dave,
        &["CN=dave", "DC=test,CN=dave"],
        Some("DC=test,CN=dave"),
    );
    finds(&dave, &["CN=dave"], Some("CN=dave"));
    finds(&dave, &["CN=dave,DC=other"], None);
}

#[test]
fn an_empty_subject_is_nobody() {
    let nobody = names(&[], Vec::new());
    finds(&nobody, &["", " ", "CN=", ","], None);
    assert_eq!(nobody.all().count(), 0);
}

#[test]
fn names_are_read_as_they_are_written() {
    let parse = DistinguishedName::parse;
    assert_eq!(parse(" CN = a b ,O=c"), parse("CN=a b,O=c"));
    assert_eq!(parse("CN=\\ a\\ ,O=c"), parse("CN=\\20a\\20,O=c"));
    assert_ne!(parse("CN=\\ a"), parse("CN=a"));
    assert_eq!(parse("CN=a+OU=b"), parse("OU=b+CN=a"));
    assert_eq!(parse("CN=a=b"), parse("CN=a\\=b"));
    for text in [
        "CN",
        "CN=a,",
        "CN=a,b",
        "=a",
        "CN=#04024869",
        "CN=\\",
        "CN=\\zz",
        "CN=\\4",
    ] {
        assert_eq!(parse(text), None, "{text}");
    }
}

#[test]
fn what_is_no_certificate_is_an_error() {
    for der in [&b""[..], b"\x30", &[0x30; 100], &[0xff; 100]] {
        CertificateNames::read(der).expect_err("no certificate");
    }
}
