//! Devices: tokens, approval, certificates, renewal, and every way out.

use accounts::claims::account::DeviceAnchor;
use accounts::devices::{Authorities, Device, DeviceError};
use accounts::{AccountBody, PublicKey};
use data_encoding::BASE64;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use reqwest::StatusCode;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use x509_parser::prelude::{CertificateRevocationList, FromDer as _, X509Certificate};

use crate::harness::{Answer, Stack, http, id_of, on_both_databases};

on_both_databases!(
    a_token_is_for_one_key,
    tokens_say_where_how_often_and_under_which_name,
    approval_comes_first,
    what_is_revoked_stays_out,
    disabled_devices_come_back,
    an_authority_is_replaced_in_peace_and_revoked_at_once,
    two_devices_never_share_a_key_or_a_name,
    many_devices_with_one_use_get_one_certificate,
    bad_requests_are_refused_with_the_reason,
    authorities_of_others_must_be_proven,
    devices_are_listed_counted_and_exported,
    roles_with_tags_have_no_devices,
    a_suspended_account_and_a_disabled_role_take_nobody,
);

/// A request for a new key.
pub(crate) fn request() -> String {
    request_for(&KeyPair::generate().unwrap())
}

fn request_for(key: &KeyPair) -> String {
    let params = CertificateParams::new(vec!["wished.example.org".to_owned()]).unwrap();
    params.serialize_request(key).unwrap().pem().unwrap()
}

/// An authority: its certificate in PEM form, and what it signs with.
pub(crate) fn authority() -> (String, Issuer<'static, KeyPair>) {
    let mut params = CertificateParams::default();
    let name = KeyPair::generate().unwrap().serialize_pem()[40..60].to_owned();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    (certificate.pem(), Issuer::new(params, key))
}

/// Makes a role and its authority, and gives the id of that.
pub(crate) async fn role_with_authority(stack: &Stack, account: &str, role: &str) -> String {
    let roles = format!("/accounts/{account}/roles");
    id_of(stack, &roles, json!({ "name": role })).await;
    let path = format!("/accounts/{account}/device-authorities");
    id_of(stack, &path, json!({ "role": role })).await
}

async fn token(stack: &Stack, account: &str, body: Value) -> Answer {
    let path = format!("/accounts/{account}/enrolment-tokens");
    let made = stack.post(&path, body).await;
    made.expect(StatusCode::CREATED);
    made
}

fn secret(made: &Answer) -> String {
    made.body["token"].as_str().unwrap().to_owned()
}

/// Enrols without a key of the API.
async fn enroll(stack: &Stack, token: &str, csr: &str, name: Option<&str>) -> Answer {
    let body = json!({ "token": token, "csr": csr, "name": name });
    let request = http().post(stack.url("/api/v1/enroll")).json(&body);
    Answer::read(request).await
}

/// A device of `account` that has its certificate.
pub(crate) async fn enrolled(stack: &Stack, account: &str, role: &str, csr: &str) -> Value {
    let made = token(stack, account, json!({ "role": role })).await;
    let answer = enroll(stack, &secret(&made), csr, None).await;
    answer.expect(StatusCode::CREATED);
    answer.body
}

async fn with_role(stack: &Stack) {
    stack.account("acme").await;
    let template = json!({ "name": "sensor",
        "permissions": { "publish": { "allow": ["from.{{name()}}.>"] } } });
    id_of(stack, "/accounts/acme/roles", template).await;
}

fn der(pem: &Value) -> Vec<u8> {
    let pem = pem.as_str().unwrap();
    CertificateDer::from_pem_slice(pem.as_bytes())
        .unwrap()
        .to_vec()
}

/// The account's nkey, and what its claims say.
async fn claims(stack: &Stack) -> (PublicKey, AccountBody) {
    let claims = stack.get("/accounts/acme/claims").await;
    let account = PublicKey::parse(claims.body["sub"].as_str().unwrap()).unwrap();
    let body = serde_json::from_value(claims.body["nats"].clone());
    (account, body.unwrap())
}

/// What a broker makes of a certificate, by the account's claims alone.
async fn login(stack: &Stack, certificate: &Value) -> Result<Device, DeviceError> {
    let (_, claims) = claims(&stack).await;
    assert!(claims.revocations.is_empty());
    let anchors: Vec<DeviceAnchor> = claims.tidegate.unwrap().device_anchors;
    assert_eq!(anchors.len(), 1);
    let third = enrolled(&stack, "acme", "sensor", &request()).await;
    assert_eq!(
        BASE64.decode(anchors[0].certificate.as_bytes()).unwrap(),
        der(&third["authority"])
    );
}

async fn two_devices_never_share_a_key_or_a_name(stack: Stack) {
    with_role(&stack).await;
    let body = json!({ "role": "sensor", "reusable": true });
    let one = secret(&token(&stack, "acme", body.clone()).await);
    let other = secret(&token(&stack, "acme", body).await);
    let csr = request();
    enroll(&stack, &one, &csr, Some("a"))
        .await
        .expect(StatusCode::CREATED);
    enroll(&stack, &other, &csr, Some("b"))
        .await
        .expect_problem(409, "key_taken");
    enroll(&stack, &other, &request(), Some("a"))
        .await
        .expect_problem(409, "name_taken");
    // Another tenant's names and keys are none of this one's business.
    stack.account("globex").await;
    id_of(
        &stack,
        "/accounts/globex/roles",
        json!({ "name": "sensor" }),
    )
    .await;
    let body = json!({ "role": "sensor" });
    let theirs = secret(&token(&stack, "globex", body).await);
    enroll(&stack, &theirs, &request(), Some("a"))
        .await
        .expect(StatusCode::CREATED);
    let spied = stack.account_key("globex").await;
    let get = reqwest::Method::GET;
    let answer = stack
        .send_as(&spied, get, "/accounts/acme/devices/a", None)
        .await;
    answer.expect(StatusCode::NOT_FOUND);
}

async fn many_devices_with_one_use_get_one_certificate(stack: Stack) {
    with_role(&stack).await;
    let token = secret(&token(&stack, "acme", json!({ "role": "sensor" })).await);
    let all = futures_util::future::join_all((0..8).map(|_| {
        let (stack, token) = (&stack, &token);
        async move { enroll(stack, token, &request(), None).await.status }
    }))
    .await;
    let made = all.iter().filter(|status| **status == StatusCode::CREATED);
    assert_eq!(made.count(), 1, "{all:?}");
    assert!(
        all.iter().all(|status| !status.is_server_error()),
        "{all:?}"
    );
}

async fn bad_requests_are_refused_with_the_reason(stack: Stack) {
    with_role(&stack).await;
    let token = secret(&token(&stack, "acme", json!({ "role": "sensor" })).await);
    let large = "A".repeat(20_000);
    let mut ca = CertificateParams::default();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = ca.serialize_request(&KeyPair::generate().unwrap()).unwrap();
    let ca = ca.pem().unwrap();
    for (csr, status, code) in [
        ("", 422, "request_unreadable"),
        ("hello", 422, "request_unreadable"),
        (&*large, 413, "too_large"),
        (&*ca, 422, "authority_refused"),
    ] {
        let answer = enroll(&stack, &token, csr, None).await;
        answer.expect_problem(status, code);
    }
    let extra = json!({ "token": token, "csr": request(), "sans": ["x"] });
    let extra = Answer::read(http().post(stack.url("/api/v1/enroll")).json(&extra)).await;
    extra.expect(StatusCode::UNPROCESSABLE_ENTITY);
    enroll(&stack, &token, &request(), None)
        .await
        .expect(StatusCode::CREATED);
    let none = json!({ "csr": request() });
    let none = Answer::read(http().post(stack.url("/api/v1/renew")).json(&none)).await;
    none.expect_problem(401, "certificate_needed");
}

async fn authorities_of_others_must_be_proven(stack: Stack) {
    with_role(&stack).await;
    let path = "/accounts/acme/enrolment-authorities";
    let (pem, issuer) = authority();
    let body = json!({ "name": "factory", "role": "sensor", "certificate": pem });
    let made = stack.post(path, body.clone()).await;
    made.expect(StatusCode::CREATED);
    assert_eq!(
        (&made.body["state"], &made.body["approval"]),
        (&"unproven".into(), &true.into())
    );
    stack
        .post(path, body)
        .await
        .expect_problem(409, "authority_exists");
    let prove = format!("{path}/{}/prove", made.body["id"].as_str().unwrap());
    let challenge = made.body["challenge"].as_str().unwrap();
    let signed = |name: &str, issuer: &Issuer<'_, KeyPair>| {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, issuer).unwrap().pem();
        json!({ "certificate": certificate })
    };
    let (_, stranger) = authority();
    for bad in [
        signed(challenge, &stranger),
        signed("another", &issuer),
        json!({ "certificate": pem }),
        json!({ "certificate": "x" }),
    ] {
        stack.post(&prove, bad).await.expect_problem(422, "invalid");
    }
    let proven = stack.post(&prove, signed(challenge, &issuer)).await;
    assert_eq!(proven.expect(StatusCode::OK).body["state"], "active");
    assert_eq!(proven.body["challenge"], Value::Null);
    // No certificate of an authority, and one that has expired.
    let leaf = signed("x", &issuer)["certificate"].clone();
    let mut expired = CertificateParams::default();
    expired.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    expired.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    expired.not_before = rcgen::date_time_ymd(2020, 1, 1);
    expired.not_after = rcgen::date_time_ymd(2021, 1, 1);
    let expired = expired.self_signed(&KeyPair::generate().unwrap()).unwrap();
    for bad in [leaf, json!(expired.pem())] {
        let body = json!({ "name": "bad", "role": "sensor", "certificate": bad });
        stack.post(path, body).await.expect_problem(422, "invalid");
    }
}

async fn devices_are_listed_counted_and_exported(stack: Stack) {
    with_role(&stack).await;
    let body = json!({ "tokens": [
        { "role": "sensor", "device_name": "b", "approval": true },
        { "role": "sensor", "device_name": "a" },
        { "role": "sensor", "device_name": "c" },
    ] });
    let made = stack
        .post("/accounts/acme/enrolment-token-batches", body)
        .await;
    made.expect(StatusCode::CREATED);
    for one in made.body["data"].as_array().unwrap() {
        let token = one["token"].as_str().unwrap();
        assert!(
            enroll(&stack, token, &request(), None)
                .await
                .status
                .is_success()
        );
    }
    stack
        .delete("/accounts/acme/devices/c")
        .await
        .expect(StatusCode::OK);
    let sorted = stack
        .get("/accounts/acme/devices?sort=name&total=true")
        .await;
    let names: Vec<_> = sorted.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|device| device["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["a", "b", "c"]);
    let pending = stack
        .get("/accounts/acme/devices?filter[state]=pending")
        .await;
    assert_eq!(pending.body["data"][0]["name"], "b");
    let summary = stack.get("/accounts/acme/device-summary").await;
    let expected = json!({ "pending": 1, "active": 1, "expired": 0, "expiring_soon": 1,
                           "disabled": 0, "revoked": 1, "rejected": 0 });
    assert_eq!(summary.body, expected);
    let csv = stack.get("/accounts/acme/devices.csv").await;
    assert_eq!(csv.text.lines().count(), 4);
    let one = stack.get("/accounts/acme/devices/a").await;
    assert_eq!(one.body["connections"], 0, "{}", one.text);
    assert_eq!(one.body["last_address"], "127.0.0.1");
}

async fn roles_with_tags_have_no_devices(stack: Stack) {
    with_role(&stack).await;
    let tagged = json!({ "publish": { "allow": ["{{tag(site)}}.>"] } });
    let role = json!({ "name": "tagged", "permissions": tagged });
    id_of(&stack, "/accounts/acme/roles", role).await;
    let path = "/accounts/acme/enrolment-tokens";
    stack
        .post(path, json!({ "role": "tagged" }))
        .await
        .expect_problem(422, "invalid");
    enrolled(&stack, "acme", "sensor", &request()).await;
    let patch = reqwest::Method::PATCH;
    let body = Some(json!({ "permissions": tagged }));
    let answer = stack.send(patch, "/accounts/acme/roles/sensor", body).await;
    answer.expect_problem(422, "invalid");
}

async fn a_suspended_account_and_a_disabled_role_take_nobody(stack: Stack) {
    with_role(&stack).await;
    let body = json!({ "role": "sensor", "reusable": true });
    let token = secret(&token(&stack, "acme", body).await);
    let patch = || reqwest::Method::PATCH;
    let role = "/accounts/acme/roles/sensor";
    let off = Some(json!({ "disabled": true }));
    stack.send(patch(), role, off).await.expect(StatusCode::OK);
    enroll(&stack, &token, &request(), None)
        .await
        .expect_problem(403, "closed");
    let on = Some(json!({ "disabled": false }));
    stack.send(patch(), role, on).await.expect(StatusCode::OK);
    stack
        .post("/accounts/acme/suspend", json!({}))
        .await
        .expect(StatusCode::OK);
    enroll(&stack, &token, &request(), None)
        .await
        .expect_problem(403, "closed");
    stack
        .post("/accounts/acme/resume", json!({}))
        .await
        .expect(StatusCode::OK);
    enroll(&stack, &token, &request(), None)
        .await
        .expect(StatusCode::CREATED);
}
