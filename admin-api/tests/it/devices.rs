//! Devices: tokens, approval, certificates, renewal, and every way out.

use accounts::claims::account::DeviceAnchor;
use accounts::devices::{Authorities, Device, DeviceError};
use accounts::{AccountBody, PublicKey};
use data_encoding::BASE64;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use reqwest::{Method, StatusCode};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use x509_parser::prelude::{CertificateRevocationList, FromDer as _, X509Certificate};

use crate::harness::{Answer, Stack, eventually, http, id_of, on_both_databases};

on_both_databases!(
    a_token_is_for_one_key,
    tokens_say_where_how_often_and_under_which_name,
    approval_comes_first,
    what_is_revoked_stays_out,
    openssl_hears_what_was_revoked,
    disabled_devices_come_back,
    an_authority_is_replaced_in_peace_and_revoked_at_once,
    two_devices_never_share_a_key_or_a_name,
    many_devices_with_one_use_get_one_certificate,
    bad_requests_are_refused_with_the_reason,
    authorities_of_others_must_be_proven,
    urls_in_certificates_are_never_fetched,
    devices_are_listed_counted_and_exported,
    roles_with_tags_have_no_devices,
    a_role_with_devices_is_deleted_with_them_or_not_at_all,
    a_suspended_account_and_a_disabled_role_take_nobody,
);

/// A request for a new key.
pub(crate) fn request() -> String {
    request_for(&KeyPair::generate().unwrap())
}

pub(crate) fn request_for(key: &KeyPair) -> String {
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
    let (account, claims) = claims(stack).await;
    let anchors = claims.tidegate.as_ref().unwrap().device_anchors.clone();
    let authorities = Authorities::compile(&anchors).unwrap();
    let device = authorities.verify(&account, &[&der(certificate)], now())?;
    let revoked = &claims.revocations;
    let until = revoked.get(&device.user.to_string());
    match until.or_else(|| revoked.get("*").filter(|at| device.not_before <= **at)) {
        None => Ok(device),
        Some(_) => Err(DeviceError::Name),
    }
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.unwrap().as_secs()).unwrap()
}

async fn a_token_is_for_one_key(stack: Stack) {
    with_role(&stack).await;
    let body = json!({ "role": "sensor", "device_name": "pump-7" });
    let made = token(&stack, "acme", body).await;
    assert_eq!(made.headers["cache-control"], "no-store");
    assert_eq!(made.body["max_uses"], 1);
    let (token, csr) = (secret(&made), request());
    let first = enroll(&stack, &token, &csr, None).await;
    first.expect(StatusCode::CREATED);
    assert_eq!(first.body["name"], "pump-7");
    let device = login(&stack, &first.body["certificate"]).await.unwrap();
    assert_eq!(device.name, "pump-7");
    // The answer got lost: the same key has the same certificate again.
    let again = enroll(&stack, &token, &csr, None).await;
    again.expect(StatusCode::CREATED);
    assert_eq!(first.body["certificate"], again.body["certificate"]);
    // Somebody else has found the token.
    let thief = enroll(&stack, &token, &request(), None).await;
    thief.expect_problem(403, "token_used");
    let id = made.body["id"].as_str().unwrap();
    let shown = stack
        .get(&format!("/accounts/acme/enrolment-tokens/{id}"))
        .await;
    let state = (&shown.body["uses"], &shown.body["state"]);
    assert_eq!(state, (&1.into(), &"used".into()));
    assert!(!shown.text.contains(&token));
    // The certificate says what was not asked for, and nothing of the wishes.
    let der = der(&first.body["certificate"]);
    let (_, certificate) = X509Certificate::from_der(&der).unwrap();
    assert!(!format!("{:?}", certificate.extensions()).contains("wished"));
    let trail = stack.get("/audit?filter[action]=device.enroll").await;
    let entries = trail.body["data"].as_array().unwrap();
    assert_eq!(entries.len(), 1, "{}", trail.text);
    let figures = stack.get("/metrics").await;
    let line = "tidegate_enrolments_total{outcome=\"token_used\",way=\"token\"} 1";
    assert!(figures.text.contains(line), "{}", figures.text);
}

async fn tokens_say_where_how_often_and_under_which_name(stack: Stack) {
    with_role(&stack).await;
    let body = json!({ "role": "sensor", "device_name": "pump-*", "max_uses": 2 });
    let twice = secret(&token(&stack, "acme", body).await);
    let named = enroll(&stack, &twice, &request(), Some("pump-a")).await;
    assert_eq!(named.expect(StatusCode::CREATED).body["name"], "pump-a");
    for bad in ["valve", "pump-", "pump-*", "pump-a.b", "pump->"] {
        let answer = enroll(&stack, &twice, &request(), Some(bad)).await;
        answer.expect_problem(422, "invalid");
    }
    // A refusal uses nothing up.
    let unnamed = enroll(&stack, &twice, &request(), None).await;
    let unnamed = unnamed.expect(StatusCode::CREATED);
    let name = unnamed.body["name"].as_str().unwrap();
    assert!(name.starts_with("pump-") && name.len() == 17, "{name}");
    let third = enroll(&stack, &twice, &request(), Some("pump-c")).await;
    third.expect_problem(403, "token_used");

    let elsewhere = json!({ "role": "sensor", "cidrs": ["192.0.2.0/24"] });
    let elsewhere = secret(&token(&stack, "acme", elsewhere).await);
    let refused = enroll(&stack, &elsewhere, &request(), None).await;
    refused.expect_problem(403, "address_not_allowed");

    let any = json!({ "role": "sensor", "reusable": true, "tags": ["site:north"] });
    let made = token(&stack, "acme", any).await;
    let any = secret(&made);
    for _ in 0..3 {
        let device = enroll(&stack, &any, &request(), None).await;
        device.expect(StatusCode::CREATED);
    }
    let source = made.body["id"].as_str().unwrap();
    let list = stack
        .get(&format!("/accounts/acme/devices?filter[source]={source}"))
        .await;
    let tags = &list.body["data"][2]["tags"];
    assert_eq!(tags, &json!(["site:north"]), "{}", list.text);
    stack.alter("enrolment_tokens", "expires_at = 1").await;
    let late = enroll(&stack, &any, &request(), None).await;
    late.expect_problem(403, "token_expired");
    // Revoked, unknown and mistyped tokens are answered alike.
    let path = format!("/accounts/acme/enrolment-tokens/{source}/revoke");
    let revoked = stack.post(&path, json!({ "devices": true })).await;
    revoked.expect(StatusCode::OK);
    assert_eq!(revoked.body["devices_revoked"].as_array().unwrap().len(), 3);
    for bad in [any.as_str(), "tg_enr_", "x", &stack.token] {
        let answer = enroll(&stack, bad, &request(), None).await;
        answer.expect_problem(401, "unknown_token");
    }
}

async fn approval_comes_first(stack: Stack) {
    with_role(&stack).await;
    let body = json!({ "role": "sensor", "approval": true, "max_uses": 3 });
    let token = secret(&token(&stack, "acme", body).await);
    let csr = request();
    let asked = enroll(&stack, &token, &csr, Some("new")).await;
    asked.expect(StatusCode::ACCEPTED);
    assert_eq!(asked.headers["retry-after"], "30");
    assert_eq!(asked.body["certificate"], Value::Null);
    let again = enroll(&stack, &token, &csr, None).await;
    again.expect(StatusCode::ACCEPTED);
    let approve = "/accounts/acme/devices/new/approve";
    let looked = stack
        .post(&format!("{approve}?dry_run=true"), json!({}))
        .await;
    looked.expect(StatusCode::OK);
    let again = enroll(&stack, &token, &csr, None).await;
    again.expect(StatusCode::ACCEPTED);
    let approved = stack
        .post_twice(approve, &json!({ "name": "pump-9" }))
        .await;
    approved.expect(StatusCode::OK);
    let twice = stack
        .post("/accounts/acme/devices/pump-9/approve", json!({}))
        .await;
    twice.expect_problem(409, "device_state");
    // Also when the token has ended meanwhile: the key is known.
    stack.alter("enrolment_tokens", "expires_at = 1").await;
    let given = enroll(&stack, &token, &csr, None).await;
    given.expect(StatusCode::CREATED);
    let device = login(&stack, &given.body["certificate"]).await.unwrap();
    assert_eq!(device.name, "pump-9");
    let name = Some(json!({ "name": "x" }));
    let renamed = stack
        .send(Method::PATCH, "/accounts/acme/devices/pump-9", name)
        .await;
    renamed.expect_problem(409, "device_has_name");

    let open = "expires_at = 9999999999";
    stack.alter("enrolment_tokens", open).await;
    let csr = request();
    let asked = enroll(&stack, &token, &csr, Some("bad")).await;
    asked.expect(StatusCode::ACCEPTED);
    let reject = "/accounts/acme/devices/bad/reject";
    stack.post_twice(reject, &json!({})).await;
    let turned = enroll(&stack, &token, &csr, None).await;
    turned.expect_problem(403, "device_rejected");
}

async fn what_is_revoked_stays_out(stack: Stack) {
    with_role(&stack).await;
    let body = json!({ "role": "sensor", "reusable": true });
    let token = secret(&token(&stack, "acme", body).await);
    let csr = request();
    let device = enroll(&stack, &token, &csr, Some("a")).await;
    login(&stack, &device.body["certificate"]).await.unwrap();
    let looked = stack.delete("/accounts/acme/devices/a?dry_run=true").await;
    let looked = looked.expect(StatusCode::OK);
    assert_eq!(looked.body["impact"]["connections_closed"], 0);
    login(&stack, &device.body["certificate"]).await.unwrap();
    let gone = stack.delete("/accounts/acme/devices/a").await;
    gone.expect(StatusCode::OK);
    let out = login(&stack, &device.body["certificate"]).await;
    out.unwrap_err();
    let again = enroll(&stack, &token, &csr, Some("a")).await;
    again.expect_problem(403, "device_revoked");
    // The key is spent, the name is free.
    let other = self::token(&stack, "acme", json!({ "role": "sensor" })).await;
    let other = secret(&other);
    let spent = enroll(&stack, &other, &csr, Some("b")).await;
    spent.expect_problem(409, "key_taken");
    let csr = request();
    let next = enroll(&stack, &other, &csr, Some("a")).await;
    next.expect(StatusCode::CREATED);
    login(&stack, &next.body["certificate"]).await.unwrap();

    // One certificate only: its key is out, and on the authority's list.
    let list = stack.get("/accounts/acme/devices/a/certificates").await;
    let certificate = list.body["data"][0]["id"].as_str().unwrap();
    let path = format!("/accounts/acme/devices/a/certificates/{certificate}/revoke");
    let revoked = stack.post(&path, json!({})).await;
    assert_eq!(revoked.expect(StatusCode::OK).body["state"], "revoked");
    let out = login(&stack, &next.body["certificate"]).await;
    out.unwrap_err();
    // It does not come back to life when its revocation has gone.
    let again = enroll(&stack, &other, &csr, Some("a")).await;
    again.expect_problem(403, "key_revoked");
    let authority = revoked.body["authority"].as_str().unwrap();
    let url = stack.url(&format!("/crl/{authority}.crl"));
    let list = async || {
        let crl = http().get(&url).send().await.unwrap();
        assert_eq!(crl.headers()["content-type"], "application/pkix-crl");
        crl.bytes().await.unwrap()
    };
    let crl = list().await;
    let (_, crl) = CertificateRevocationList::from_der(&crl).unwrap();
    let path = format!("/accounts/acme/device-authorities/{authority}");
    let issuer = der(&stack.get(&path).await.body["certificate"]);
    let (_, issuer) = X509Certificate::from_der(&issuer).unwrap();
    crl.verify_signature(issuer.public_key()).unwrap();
    assert_eq!(crl.iter_revoked_certificates().count(), 2);
    // Whoever asks again and again has it signed once a second.
    eventually("two lists of one second are one", || async {
        list().await == list().await
    })
    .await;

    // Everybody: those that enrol a moment later are in.
    let all = stack.post("/accounts/acme/revoke", json!({})).await;
    all.expect(StatusCode::OK);
    let later = enroll(&stack, &token, &request(), Some("later")).await;
    let later = later.expect(StatusCode::CREATED);
    login(&stack, &later.body["certificate"]).await.unwrap();
}

/// The one that signs.
async fn active_authority(stack: &Stack) -> String {
    let list = stack.get("/accounts/acme/device-authorities").await;
    let all = list.body["data"].as_array().unwrap();
    let active = all.iter().find(|it| it["state"] == "active").unwrap();
    active["id"].as_str().unwrap().to_owned()
}

/// What `openssl ocsp` says of a certificate.
async fn openssl_ocsp(stack: &Stack, device: &Value) -> String {
    let dir = tempfile::tempdir().unwrap();
    let authority = active_authority(stack).await;
    for (name, pem) in [("ca", "authority"), ("device", "certificate")] {
        let pem = device[pem].as_str().unwrap();
        std::fs::write(dir.path().join(name), pem).unwrap();
    }
    let url = stack.url(&format!("/ocsp/{authority}"));
    let ask = move || {
        let output = std::process::Command::new("openssl")
            .args(["ocsp", "-issuer", "ca", "-cert", "device", "-CAfile", "ca"])
            .args(["-url", &url])
            .current_dir(dir.path())
            .output()
            .unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    };
    tokio::task::spawn_blocking(ask).await.unwrap()
}

async fn openssl_hears_what_was_revoked(stack: Stack) {
    with_role(&stack).await;
    enrolled(&stack, "acme", "sensor", &request()).await;
    for kind in ["ed25519", "p256"] {
        let policy = Some(json!({ "key_kind": kind }));
        let path = "/accounts/acme/roles/sensor/device-policy";
        let set = stack.send(Method::PATCH, path, policy).await;
        set.expect(StatusCode::OK);
        let authority = active_authority(&stack).await;
        let path = format!("/accounts/acme/device-authorities/{authority}/rotate");
        let next = stack.post(&path, json!({})).await;
        next.expect(StatusCode::CREATED);
        let device = enrolled(&stack, "acme", "sensor", &request()).await;
        let said = openssl_ocsp(&stack, &device).await;
        assert!(said.contains("Response verify OK"), "{said}");
        assert!(said.contains("device: good"), "{said}");
        let id = device["device"].as_str().unwrap();
        let gone = stack.delete(&format!("/accounts/acme/devices/{id}")).await;
        gone.expect(StatusCode::OK);
        let said = openssl_ocsp(&stack, &device).await;
        assert!(said.contains("Response verify OK"), "{said}");
        assert!(said.contains("device: revoked"), "{said}");
        let authority = active_authority(&stack).await;
        let bad = http().post(stack.url(&format!("/ocsp/{authority}")));
        let bad = bad.body("no question").send().await.unwrap();
        // `malformedRequest`.
        assert_eq!(&bad.bytes().await.unwrap()[..], [0x30, 3, 0x0a, 1, 1]);
    }
}

async fn disabled_devices_come_back(stack: Stack) {
    with_role(&stack).await;
    let csr = request();
    let device = enrolled(&stack, "acme", "sensor", &csr).await;
    let id = device["device"].as_str().unwrap();
    let path = format!("/accounts/acme/devices/{id}");
    let off = stack.post(&format!("{path}/disable"), json!({})).await;
    off.expect(StatusCode::OK);
    login(&stack, &device["certificate"]).await.unwrap_err();
    stack
        .post_twice(&format!("{path}/enable"), &json!({}))
        .await;
    login(&stack, &device["certificate"]).await.unwrap();
    stack.alter("devices", "expires_at = 1").await;
    assert_eq!(stack.get(&path).await.body["state"], "expired");
}

async fn an_authority_is_replaced_in_peace_and_revoked_at_once(stack: Stack) {
    with_role(&stack).await;
    let old = enrolled(&stack, "acme", "sensor", &request()).await;
    let list = stack.get("/accounts/acme/device-authorities").await;
    let first = list.body["data"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/accounts/acme/device-authorities/{first}");
    let second = stack.post(&format!("{path}/rotate"), json!({})).await;
    second.expect(StatusCode::CREATED);
    let twice = stack.post(&format!("{path}/rotate"), json!({})).await;
    twice.expect_problem(409, "authority_not_active");
    let new = enrolled(&stack, "acme", "sensor", &request()).await;
    assert_ne!(old["authority"], new["authority"]);
    login(&stack, &old["certificate"]).await.unwrap();
    login(&stack, &new["certificate"]).await.unwrap();
    let gone = stack.post(&format!("{path}/revoke"), json!({})).await;
    gone.expect(StatusCode::OK);
    login(&stack, &old["certificate"]).await.unwrap_err();
    login(&stack, &new["certificate"]).await.unwrap();
    // Without overlap nothing of the old one is good, and its revocations need no place.
    let revoked = enrolled(&stack, "acme", "sensor", &request()).await;
    let device = revoked["device"].as_str().unwrap();
    let gone = stack
        .delete(&format!("/accounts/acme/devices/{device}"))
        .await;
    gone.expect(StatusCode::OK);
    let id = second.body["id"].as_str().unwrap();
    let path = format!("/accounts/acme/device-authorities/{id}/rotate");
    let third = stack.post(&path, json!({ "overlap_seconds": 0 })).await;
    third.expect(StatusCode::CREATED);
    login(&stack, &new["certificate"]).await.unwrap_err();
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
    let get = Method::GET;
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

/// Certificates say where to ask for their issuer and for what was revoked: nobody asks there.
async fn urls_in_certificates_are_never_fetched(stack: Stack) {
    with_role(&stack).await;
    let trap = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    trap.set_nonblocking(true).unwrap();
    let url = format!("http://{}/", trap.local_addr().unwrap());
    let der = |tag: u8, content: &[u8]| {
        let length = u8::try_from(content.len()).unwrap();
        assert!(length < 128);
        [&[tag, length], content].concat()
    };
    // Authority information access: an issuer's certificate (1.3.6.1.5.5.7.48.2) at a URL.
    let issuers = der(0x06, &[0x2b, 6, 1, 5, 5, 7, 0x30, 2]);
    let access = der(0x30, &[issuers, der(0x86, url.as_bytes())].concat());
    let access =
        rcgen::CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], der(0x30, &access));
    let leading_there = |mut params: CertificateParams| {
        let uris = vec![url.clone()];
        params.crl_distribution_points = vec![rcgen::CrlDistributionPoint { uris }];
        params.custom_extensions = vec![access.clone()];
        params
    };
    let mut params = leading_there(CertificateParams::default());
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(params, key);

    let path = "/accounts/acme/enrolment-authorities";
    let body = json!({ "name": "factory", "role": "sensor", "certificate": pem });
    let made = stack.post(path, body).await;
    made.expect(StatusCode::CREATED);
    let prove = format!("{path}/{}/prove", made.body["id"].as_str().unwrap());
    let mut params = leading_there(CertificateParams::default());
    params.distinguished_name = rcgen::DistinguishedName::new();
    let challenge = made.body["challenge"].as_str().unwrap();
    params
        .distinguished_name
        .push(DnType::CommonName, challenge);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    let leaf = params
        .signed_by(&KeyPair::generate().unwrap(), &issuer)
        .unwrap();
    let proven = stack
        .post(&prove, json!({ "certificate": leaf.pem() }))
        .await;
    proven.expect(StatusCode::OK);
    let asked = trap.accept().map(|(_, from)| from);
    let error = asked.expect_err("nobody has come");
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
}

async fn authorities_of_others_must_be_proven(stack: Stack) {
    with_role(&stack).await;
    let path = "/accounts/acme/enrolment-authorities";
    let (pem, issuer) = authority();
    let body = json!({ "name": "factory", "role": "sensor", "certificate": pem });
    let made = stack.post_twice(path, &body).await;
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
    let proof = signed(challenge, &issuer);
    let proven = stack.post_twice(&prove, &proof).await;
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
    let patch = Method::PATCH;
    let body = Some(json!({ "permissions": tagged }));
    let answer = stack.send(patch, "/accounts/acme/roles/sensor", body).await;
    answer.expect_problem(422, "invalid");
}

async fn a_role_with_devices_is_deleted_with_them_or_not_at_all(stack: Stack) {
    with_role(&stack).await;
    let device = enrolled(&stack, "acme", "sensor", &request()).await;
    let path = "/accounts/acme/roles/sensor";
    let kept = stack.delete(path).await;
    kept.expect_problem(409, "role_in_use");
    let gone = stack.delete(&format!("{path}?force=true")).await;
    gone.expect(StatusCode::OK);
    login(&stack, &device["certificate"]).await.unwrap_err();
    let id = device["device"].as_str().unwrap();
    let shown = stack.get(&format!("/accounts/acme/devices/{id}")).await;
    assert_eq!(shown.body["state"], "revoked");
}

async fn a_suspended_account_and_a_disabled_role_take_nobody(stack: Stack) {
    with_role(&stack).await;
    let body = json!({ "role": "sensor", "reusable": true });
    let token = secret(&token(&stack, "acme", body).await);
    let patch = || Method::PATCH;
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
