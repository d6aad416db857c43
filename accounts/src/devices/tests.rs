//! Chains that are made here, the good ones and the bad.

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints,
    PKCS_ECDSA_P256_SHA256, PKCS_ED25519, SanType,
};
use time::{Duration, OffsetDateTime};

use super::*;
use crate::claims::account::{SigningKey, UserScope};
use crate::claims::user::UserPermissionLimits;
use crate::identity::{
    AuthError, ConnectFacts, ConnectionType, Identity, Proof, admit_device, recheck,
};
use crate::policy::AccountPolicy;
use crate::testing::{self, NOW};
use crate::zone::Zone;

/// An authority, and what signs as it.
struct Ca {
    issuer: Issuer<'static, KeyPair>,
    der: Vec<u8>,
}

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(NOW).unwrap() + Duration::seconds(seconds)
}

fn ca_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = at(-3600);
    params.not_after = at(24 * 3600);
    params
}

impl Ca {
    fn new(params: CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        let der = params.self_signed(&key).unwrap().der().to_vec();
        Self {
            issuer: Issuer::new(params, key),
            der,
        }
    }

    /// Below another one.
    fn below(&self, params: CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        let der = params.signed_by(&key, &self.issuer).unwrap().der().to_vec();
        Self {
            issuer: Issuer::new(params, key),
            der,
        }
    }

    fn issue(&self, params: &CertificateParams) -> Vec<u8> {
        let key = KeyPair::generate().unwrap();
        params.signed_by(&key, &self.issuer).unwrap().der().to_vec()
    }
}

fn uri(text: &str) -> SanType {
    SanType::URI(text.try_into().unwrap())
}

/// A device's certificate as our authorities issue them.
fn leaf_params(account: u8, name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    let account = testing::account(account).public();
    params.subject_alt_names = vec![uri(&format!("tidegate://{account}/{name}"))];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.not_before = at(-60);
    params.not_after = at(3600);
    params
}

fn role() -> PublicKey {
    testing::account(50).public()
}

fn scope(change: impl FnOnce(&mut UserPermissionLimits)) -> SigningKey {
    let template = serde_json::json!({
        "kind": "user_scope", "key": role(), "role": "sensor", "template": {
            "pub": { "allow": ["up.{{name()}}"] }, "sub": { "allow": ["down.{{name()}}"] },
        },
    });
    let mut scope: UserScope = serde_json::from_value(template).unwrap();
    change(&mut scope.template.rights);
    SigningKey::Scoped(Box::new(scope))
}

/// Account 1 with these authorities, all for the same role.
fn policy_of(
    authorities: &[&Ca],
    change: impl FnOnce(&mut crate::claims::account::AccountBody),
) -> AccountPolicy {
    testing::policy(1, |body| {
        body.signing_keys = vec![scope(|_| {})];
        let anchors = authorities.iter().map(|ca| DeviceAnchor {
            certificate: BASE64.encode(&ca.der),
            role: role(),
        });
        body.tidegate.get_or_insert_default().device_anchors = anchors.collect();
        change(body);
    })
}

fn facts(zone: &Zone) -> ConnectFacts<'_> {
    ConnectFacts {
        now: NOW,
        proof: Proof::Nonce {
            nonce: b"",
            signature: None,
        },
        client_ip: Some([127, 0, 0, 1].into()),
        connection_type: ConnectionType::Standard,
        proxied: false,
        certificates: &[],
        local_zone: zone,
    }
}

fn admit(policy: &AccountPolicy, chain: &[&[u8]]) -> Result<Identity, AuthError> {
    let zone = Zone::utc();
    admit_device(&testing::trust(false), policy, chain, &facts(&zone))
}

/// Whether a single certificate of an authority of account 1 gets in.
fn admit_leaf(params: &CertificateParams) -> Result<Identity, AuthError> {
    let ca = Ca::new(ca_params("ca"));
    admit(&policy_of(&[&ca], |_| {}), &[&ca.issue(params)])
}

#[track_caller]
fn refused(found: Result<Identity, AuthError>, error: impl Into<DeviceError>) {
    assert_eq!(found.unwrap_err(), AuthError::Device(error.into()));
}

#[test]
fn a_device_has_the_role_of_its_authority() {
    let identity = admit_leaf(&leaf_params(1, "pump-7")).unwrap();
    assert_eq!(identity.account, testing::account(1).public());
    assert_eq!(
        (identity.name.as_str(), identity.issuer),
        ("pump-7", role())
    );
    let may = |subject: &[u8]| identity.permissions.may_publish(subject);
    assert!(may(b"up.pump-7") && !may(b"up.pump-8") && !may(b"up"));
    assert_eq!(identity.expires_at, Some(NOW + 3601));
    assert_eq!(identity.issued_at, NOW - 60);
    assert_eq!(identity.user.to_string().chars().next(), Some('U'));
}

#[test]
fn keys_of_both_kinds_may_sign_and_be_signed() {
    for issuer in [&PKCS_ECDSA_P256_SHA256, &PKCS_ED25519] {
        let key = KeyPair::generate_for(issuer).unwrap();
        let params = ca_params("ca");
        let der = params.self_signed(&key).unwrap().der().to_vec();
        let ca = Ca {
            issuer: Issuer::new(params, key),
            der,
        };
        let policy = policy_of(&[&ca], |_| {});
        for own in [&PKCS_ECDSA_P256_SHA256, &PKCS_ED25519] {
            let key = KeyPair::generate_for(own).unwrap();
            let leaf = leaf_params(1, "d").signed_by(&key, &ca.issuer).unwrap();
            let identity = admit(&policy, &[leaf.der()]).unwrap();
            let id = PublicKey::parse(&identity.user.to_string()).unwrap();
            assert_eq!(id, identity.user, "no curve point is needed for an id");
        }
    }
}

#[test]
fn an_authority_of_another_tenant_cannot_issue_for_us() {
    let (ours, theirs) = (Ca::new(ca_params("ca")), Ca::new(ca_params("ca")));
    let stolen = theirs.issue(&leaf_params(1, "d"));
    let policy = policy_of(&[&ours], |_| {});
    refused(admit(&policy, &[&stolen]), ChainError::UnknownIssuer);
    refused(
        admit(&policy, &[&stolen, &theirs.der]),
        ChainError::UnknownIssuer,
    );
    // Nor can it name a device of its own tenant, and have it taken for ours.
    let policy = policy_of(&[&theirs], |_| {});
    let other = theirs.issue(&leaf_params(2, "d"));
    refused(admit(&policy, &[&other]), DeviceError::OtherAccount);
}

#[test]
fn the_subject_says_nothing() {
    let mut params = leaf_params(1, "d");
    let account = testing::account(2).public();
    for kind in [DnType::CommonName, DnType::OrganizationName] {
        let text = format!("tidegate://{account}/admin");
        params.distinguished_name.push(kind, text);
    }
    assert_eq!(admit_leaf(&params).unwrap().name, "d");
    params.subject_alt_names.clear();
    refused(admit_leaf(&params), DeviceError::AlternativeNames);
}

#[test]
fn lists_of_alternative_names_are_refused() {
    let ours = leaf_params(1, "d").subject_alt_names.remove(0);
    let account = testing::account(1).public();
    let others = [
        uri("https://example.org/"),
        uri(&format!("tidegate://{account}/e")),
        SanType::DnsName("example.org".try_into().unwrap()),
        SanType::IpAddress([127, 0, 0, 1].into()),
    ];
    for other in others {
        for names in [[ours.clone(), other.clone()], [other.clone(), ours.clone()]] {
            let mut params = leaf_params(1, "d");
            params.subject_alt_names = names.to_vec();
            refused(admit_leaf(&params), DeviceError::AlternativeNames);
        }
    }
}

#[test]
fn names_that_could_match_more_than_one_are_refused() {
    for name in [
        "*",
        ">",
        "a.b",
        "",
        "a b",
        "a*",
        "-a",
        "{{name()}}",
        "a/b",
        "ä",
    ] {
        let account = testing::account(1).public();
        assert_eq!(DeviceName::new(account, name), Err(DeviceError::Name));
        if name.is_ascii() {
            refused(admit_leaf(&leaf_params(1, name)), DeviceError::Name);
        }
    }
    let long = "a".repeat(NAME_BYTES_MAX + 1);
    refused(admit_leaf(&leaf_params(1, &long)), DeviceError::Name);
    assert!(admit_leaf(&leaf_params(1, &long[1..])).is_ok());
}

#[test]
fn other_spellings_of_the_uri_are_refused() {
    let account = testing::account(1).public().to_string();
    let mut wrong = account.clone();
    wrong.replace_range(5..6, if &account[5..6] == "A" { "B" } else { "A" });
    for (text, readable) in [
        (format!("TIDEGATE://{account}/d"), true),
        (format!("tidegate:{account}/d"), true),
        (format!("tidegate:///{account}/d"), true),
        (format!("tidegate://{account}:1/d"), true),
        (format!("tidegate://x@{account}/d"), true),
        (format!("tidegate://{account}"), true),
        (format!("tidegate://{}/d", account.to_lowercase()), true),
        (format!("tidegate://{wrong}/d"), true),
        (format!("nats:{account}/d"), false),
    ] {
        let mut params = leaf_params(1, "d");
        params.subject_alt_names = vec![uri(&text)];
        let der = Ca::new(ca_params("ca")).issue(&params);
        assert_eq!(is_device(&der), readable, "{text}: ours, and so final");
        assert!(name_in(&der).is_err(), "{text}");
        assert!(admit_leaf(&params).is_err(), "{text}");
    }
}

#[test]
fn certificates_out_of_their_time_are_refused() {
    let mut params = leaf_params(1, "d");
    params.not_after = at(-1);
    refused(admit_leaf(&params), ChainError::Expired);
    params.not_after = at(0);
    assert!(admit_leaf(&params).is_ok(), "its last second");
    // The clock of whoever issued it may be a little ahead.
    params.not_after = at(3600);
    params.not_before = at(chain::CLOCK_AHEAD_SECONDS_MAX);
    assert!(admit_leaf(&params).is_ok());
    params.not_before = at(chain::CLOCK_AHEAD_SECONDS_MAX + 1);
    refused(admit_leaf(&params), ChainError::NotYetValid);
}

#[test]
fn an_anchor_that_may_not_issue_vouches_for_nobody() {
    let with = |change: fn(&mut CertificateParams)| {
        let mut params = ca_params("ca");
        change(&mut params);
        let ca = Ca::new(params);
        let leaf = ca.issue(&leaf_params(1, "d"));
        admit(&policy_of(&[&ca], |_| {}), &[&leaf])
    };
    refused(with(|ca| ca.not_after = at(-1)), ChainError::IssuerExpired);
    refused(
        with(|ca| ca.not_before = at(3600)),
        ChainError::IssuerNotYetValid,
    );
    refused(with(|ca| ca.is_ca = IsCa::NoCa), ChainError::NotAnAuthority);
    refused(
        with(|ca| ca.is_ca = IsCa::ExplicitNoCa),
        ChainError::NotAnAuthority,
    );
    refused(
        with(|ca| ca.key_usages = vec![KeyUsagePurpose::CrlSign]),
        ChainError::MayNotSign,
    );
    refused(with(|ca| ca.key_usages.clear()), ChainError::MayNotSign);
    refused(
        with(|ca| ca.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]),
        ChainError::ExtendedKeyUsage,
    );
}

#[test]
fn an_authority_excludes_hosts_and_may_not_bind_uris() {
    let with = |excluded: GeneralSubtree| {
        let mut params = ca_params("ca");
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: Vec::new(),
            excluded_subtrees: vec![excluded],
        });
        let ca = Ca::new(params);
        let leaf = ca.issue(&leaf_params(1, "d"));
        admit(&policy_of(&[&ca], |_| {}), &[&leaf])
    };
    assert!(with(GeneralSubtree::DnsName(String::new())).is_ok());
    let name = rcgen::DistinguishedName::new();
    refused(
        with(GeneralSubtree::DirectoryName(name)),
        ChainError::NameConstraints,
    );
}

#[test]
fn an_authority_below_path_length_zero_is_refused() {
    let root = Ca::new(ca_params("root"));
    let below = root.below(ca_params("below"));
    let leaf = below.issue(&leaf_params(1, "d"));
    let policy = policy_of(&[&root], |_| {});
    refused(admit(&policy, &[&leaf, &below.der]), ChainError::PathLength);
    let mut wide = ca_params("root");
    wide.is_ca = IsCa::Ca(BasicConstraints::Constrained(1));
    let root = Ca::new(wide);
    let below = root.below(ca_params("below"));
    let leaf = below.issue(&leaf_params(1, "d"));
    let policy = policy_of(&[&root], |_| {});
    assert!(admit(&policy, &[&leaf, &below.der]).is_ok());
    assert!(admit(&policy, &[&leaf, &below.der, &root.der]).is_ok());
    refused(admit(&policy, &[&leaf]), ChainError::UnknownIssuer);
    // Without the authority's key, its name alone is worth nothing.
    let swapped = Ca::new(ca_params("root")).below(ca_params("below"));
    refused(
        admit(&policy, &[&leaf, &swapped.der]),
        ChainError::UnknownIssuer,
    );
    let stranger = swapped.issue(&leaf_params(1, "d"));
    refused(
        admit(&policy, &[&stranger, &swapped.der]),
        ChainError::UnknownIssuer,
    );
    // A client is no authority, whatever it is called.
    let mut client = leaf_params(1, "below");
    client.distinguished_name.push(DnType::CommonName, "below");
    let key = KeyPair::generate().unwrap();
    let der = client.signed_by(&key, &root.issuer).unwrap().der().to_vec();
    let fake = Issuer::new(client, key);
    let key = KeyPair::generate().unwrap();
    let leaf = leaf_params(1, "d").signed_by(&key, &fake).unwrap();
    refused(
        admit(&policy, &[leaf.der(), &der]),
        ChainError::NotAnAuthority,
    );
}

#[test]
fn long_chains_and_large_certificates_are_refused_unread() {
    let ca = Ca::new(ca_params("ca"));
    let leaf = ca.issue(&leaf_params(1, "d"));
    let policy = policy_of(&[&ca], |_| {});
    refused(admit(&policy, &[]), ChainError::Empty);
    refused(
        admit(&policy, &[&leaf, &ca.der, &ca.der, &ca.der, &ca.der]),
        ChainError::TooLong,
    );
    let large = vec![0x30; chain::CERTIFICATE_BYTES_MAX + 1];
    refused(admit(&policy, &[&large]), ChainError::TooLarge);
    let mut trailing = leaf.clone();
    trailing.push(0);
    refused(admit(&policy, &[&trailing]), ChainError::Trailing);
    for cut in 0..leaf.len() {
        assert!(admit(&policy, &[&leaf[..cut]]).is_err());
    }
}

#[test]
fn a_changed_byte_anywhere_is_noticed() {
    let ca = Ca::new(ca_params("ca"));
    let leaf = ca.issue(&leaf_params(1, "d"));
    let policy = policy_of(&[&ca], |_| {});
    assert!(admit(&policy, &[&leaf]).is_ok());
    for place in 0..leaf.len() {
        let mut changed = leaf.clone();
        changed[place] ^= 1;
        assert!(admit(&policy, &[&changed]).is_err(), "byte {place}");
    }
}

#[test]
fn certificates_for_something_else_are_refused() {
    let with = |change: fn(&mut CertificateParams)| {
        let mut params = leaf_params(1, "d");
        change(&mut params);
        admit_leaf(&params)
    };
    refused(
        with(|it| it.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)),
        ChainError::IsAuthority,
    );
    refused(with(|it| it.key_usages.clear()), ChainError::KeyUsage);
    refused(
        with(|it| it.key_usages = vec![KeyUsagePurpose::KeyAgreement]),
        ChainError::KeyUsage,
    );
    refused(
        with(|it| it.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]),
        ChainError::ExtendedKeyUsage,
    );
    refused(
        with(|it| it.extended_key_usages.clear()),
        ChainError::ExtendedKeyUsage,
    );
    let mut params = leaf_params(1, "d");
    let mut unknown = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
    params.custom_extensions = vec![unknown.clone()];
    assert!(
        admit_leaf(&params).is_ok(),
        "what is not critical may stand"
    );
    unknown.set_criticality(true);
    params.custom_extensions = vec![unknown];
    refused(
        admit_leaf(&params),
        ChainError::UnknownCritical("1.2.3.4".to_owned()),
    );
}

#[test]
fn rotation_overlaps() {
    let (old, new) = (Ca::new(ca_params("ca")), Ca::new(ca_params("ca")));
    let by_both = [&old, &new].map(|ca| ca.issue(&leaf_params(1, "d")));
    let both = policy_of(&[&old, &new], |_| {});
    for leaf in &by_both {
        admit(&both, &[leaf]).unwrap();
    }
    let of_old = admit(&both, &[&by_both[0]]).unwrap();
    let of_new = admit(&both, &[&by_both[1]]).unwrap();
    let only_new = policy_of(&[&new], |_| {});
    let trust = testing::trust(false);
    assert_eq!(
        recheck(&of_old, &trust, &only_new, None, NOW).unwrap_err(),
        AuthError::AuthorityRemoved
    );
    recheck(&of_new, &trust, &only_new, None, NOW).unwrap();
    refused(admit(&only_new, &[&by_both[0]]), ChainError::UnknownIssuer);
}

#[test]
fn revoked_is_revoked_whatever_the_certificate_says() {
    let ca = Ca::new(ca_params("ca"));
    let leaf = ca.issue(&leaf_params(1, "d"));
    let open = policy_of(&[&ca], |_| {});
    let identity = admit(&open, &[&leaf]).unwrap();
    let key = identity.user.to_string();
    let trust = testing::trust(false);
    // The value is the end of the device's last certificate.
    for (key, until) in [(key.as_str(), NOW + 3600), ("*", NOW - 60)] {
        let closed = policy_of(&[&ca], |body| {
            body.revocations.insert(key.to_owned(), until);
        });
        assert_eq!(admit(&closed, &[&leaf]).unwrap_err(), AuthError::Revoked);
        assert_eq!(
            recheck(&identity, &trust, &closed, None, NOW).unwrap_err(),
            AuthError::Revoked
        );
    }
    let later = policy_of(&[&ca], |body| {
        body.revocations.insert("*".to_owned(), NOW - 61);
    });
    admit(&later, &[&leaf]).unwrap();
}

#[test]
fn a_second_factor_that_cannot_be_read_is_no_second_factor() {
    use crate::identity::requires_certificate;
    let asks = |value: serde_json::Value| {
        let fields = serde_json::json!({ "tidegate": { "require_certificate": value } });
        requires_certificate(fields.as_object().unwrap())
    };
    assert_eq!(asks(true.into()), Ok(true));
    assert_eq!(asks(false.into()), Ok(false));
    for slip in [
        serde_json::json!("true"),
        serde_json::json!(1),
        serde_json::Value::Null,
    ] {
        assert!(asks(slip.clone()).is_err(), "{slip}");
    }
    assert_eq!(requires_certificate(&serde_json::Map::new()), Ok(false));
}

#[test]
fn fifty_thousand_revoked_devices_are_told_apart_from_the_others() {
    let ca = Ca::new(ca_params("ca"));
    let leaf = ca.issue(&leaf_params(1, "d"));
    let crowd = |body: &mut crate::claims::account::AccountBody| {
        for n in 0..50_000_u32 {
            let key = user_key(&n.to_be_bytes());
            body.revocations.insert(key.to_string(), NOW + 3600);
        }
    };
    let identity = admit(&policy_of(&[&ca], crowd), &[&leaf]).unwrap();
    let revoked = policy_of(&[&ca], |body| {
        crowd(body);
        let key = identity.user.to_string();
        body.revocations.insert(key, NOW + 3600);
    });
    assert_eq!(admit(&revoked, &[&leaf]).unwrap_err(), AuthError::Revoked);
}

#[test]
fn the_conditions_of_the_role_hold() {
    let ca = Ca::new(ca_params("ca"));
    let leaf = ca.issue(&leaf_params(1, "d"));
    let with = |change: fn(&mut UserPermissionLimits)| {
        let policy = policy_of(&[&ca], |body| body.signing_keys = vec![scope(change)]);
        admit(&policy, &[&leaf])
    };
    let outside = with(|it| it.src = Some(vec!["10.0.0.0/8".to_owned()]));
    assert_eq!(outside.unwrap_err(), AuthError::ClientAddress);
    let web = with(|it| it.allowed_connection_types = Some(vec!["WEBSOCKET".to_owned()]));
    assert_eq!(web.unwrap_err(), AuthError::ConnectionType);
    let proxied = with(|it| it.proxy_required = true);
    assert_eq!(proxied.unwrap_err(), AuthError::ProxyRequired);
    let bearer = with(|it| it.bearer_token = true).unwrap();
    assert!(!bearer.bearer, "its key was proven");
    assert_eq!(with(|it| it.subs = 3).unwrap().limits.subs, 3);
}

#[test]
fn an_authority_without_a_role_lets_nobody_in() {
    let ca = Ca::new(ca_params("ca"));
    let leaf = ca.issue(&leaf_params(1, "d"));
    let gone = policy_of(&[&ca], |body| body.signing_keys.clear());
    assert_eq!(
        admit(&gone, &[&leaf]).unwrap_err(),
        AuthError::IssuerNotAllowed
    );
    let plain = policy_of(&[&ca], |body| {
        body.signing_keys = vec![SigningKey::Plain(role())];
    });
    assert_eq!(
        admit(&plain, &[&leaf]).unwrap_err(),
        AuthError::DeviceWithoutRole
    );
}

#[test]
fn claims_carry_the_authorities_and_unreadable_ones_are_refused() {
    let ca = Ca::new(ca_params("ca"));
    let claims = testing::account_claims(1, |body| {
        let anchor = DeviceAnchor {
            certificate: BASE64.encode(&ca.der),
            role: role(),
        };
        body.tidegate.get_or_insert_default().device_anchors = vec![anchor];
    });
    let text = serde_json::to_value(&claims.nats).unwrap();
    assert_eq!(
        text["tidegate"]["device_anchors"][0]["role"],
        role().to_string()
    );
    let issues = claims.validate(None);
    assert!(issues.iter().all(|issue| !issue.is_blocking()));
    assert!(
        issues
            .iter()
            .any(|it| it.text.contains("is no role of the account"))
    );
    for bad in ["", "no base64", "AAAA"] {
        let claims = testing::account_claims(1, |body| {
            let anchor = DeviceAnchor {
                certificate: bad.to_owned(),
                role: role(),
            };
            body.tidegate.get_or_insert_default().device_anchors = vec![anchor];
        });
        assert!(AccountPolicy::compile(&claims).is_err(), "{bad}");
        let issues = claims.validate(None);
        assert!(
            issues
                .iter()
                .any(crate::claims::validate::Issue::is_blocking)
        );
    }
}
