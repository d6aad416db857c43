//! Certificates of both sides: which one the server shows, which ones it takes, and what a
//! configuration may ask of TLS.

use std::process::Command;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, SanType};
use rustls::pki_types::CertificateDer;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, HandshakeKind};
use serde_json::Value;
use tests::certs::Leaf;
use tests::scripts;
use tests::wait::within;
use tests::wire::{get, secured};
use tests::{Broker, Certs, Which, Wire};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::both::on_both;

on_both![
    only_verified_clients_come_in,
    only_pinned_keys_come_in,
    the_certificate_suits_the_host_asked_for,
    versions_and_ciphers_are_kept,
    monitoring_is_served_over_https_without_client_certificates,
    flags_do_what_the_block_does,
    names_in_a_certificate_say_who_it_is,
];

async fn comes_in(broker: &Broker, tls: &Arc<ClientConfig>) -> bool {
    match Wire::open_tls(broker.addr(), tls).await {
        // With TLS 1.3 a client knows only with the first answer whether its certificate was good.
        Ok(wire) => wire.enter().await.is_ok(),
        Err(_) => false,
    }
}

async fn only_verified_clients_come_in(which: Which) -> Result<()> {
    let (certs, others) = (Certs::new()?, Certs::new()?);
    let broker = Broker::start(which, &certs.block(" verify: true"))?;
    let own = certs.issue("own", &["client"])?;
    let foreign = others.issue("foreign", &["client"])?;
    let mut params = CertificateParams::new(vec!["client".to_owned()])?;
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2021, 1, 1);
    let expired = certs.issue_with("expired", params)?;
    let mut params = CertificateParams::new(vec!["client".to_owned()])?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let for_servers = certs.issue_with("for_servers", params)?;

    for versions in [&[&TLS12][..], &[&TLS13]] {
        assert!(comes_in(&broker, &certs.client_of(Some(&own), versions)?).await);
        assert!(!comes_in(&broker, &certs.client_of(None, versions)?).await);
        for leaf in [&foreign, &expired, &for_servers] {
            assert!(!comes_in(&broker, &certs.client_of(Some(leaf), versions)?).await);
        }
    }
    let wire = Wire::open(broker.addr()).await?;
    assert_eq!(wire.info()["tls_verify"], true, "{}", wire.info());
    Ok(())
}

async fn only_pinned_keys_come_in(which: Which) -> Result<()> {
    let certs = Certs::new()?;
    let known = certs.issue("known", &["client"])?;
    let other = certs.issue("other", &["client"])?;
    let more = format!(
        " verify: true\n pinned_certs: [\"{}\"]",
        known.pin.to_uppercase()
    );
    let broker = Broker::start(which, &certs.block(&more))?;
    assert!(comes_in(&broker, &certs.client(Some(&known))?).await);
    assert!(!comes_in(&broker, &certs.client(Some(&other))?).await);
    Ok(())
}

/// What a server shows to a client that asks for `host`.
async fn shown(
    broker: &Broker,
    tls: &Arc<ClientConfig>,
    host: &str,
) -> Result<CertificateDer<'static>> {
    let stream = TcpStream::connect(broker.addr()).await?;
    let stream = secured(stream, tls, host).await?;
    let chain = stream.get_ref().1.peer_certificates();
    let leaf = chain.and_then(|chain| chain.first());
    Ok(leaf.context("a certificate")?.clone())
}

async fn the_certificate_suits_the_host_asked_for(which: Which) -> Result<()> {
    let certs = Certs::new()?;
    let pairs = [
        ("one", "one.test"),
        ("many", "*.many.test"),
        ("two", "two.test"),
    ];
    let mut leaves = Vec::new();
    let mut listed = String::new();
    for (file, name) in pairs {
        let leaf = certs.issue(file, &[name])?;
        let (cert, key) = (leaf.cert_file.display(), leaf.key_file.display());
        listed += &format!("{{ cert_file: \"{cert}\", key_file: \"{key}\" }}\n");
        leaves.push(leaf);
    }
    let block = format!("tls {{\n certs: [\n{listed} ]\n handshake_first: true\n}}");
    let broker = Broker::start(which, &block)?;
    let tls = certs.client(None)?;
    assert_eq!(shown(&broker, &tls, "two.test").await?, leaves[2].cert);
    assert_eq!(shown(&broker, &tls, "a.many.test").await?, leaves[1].cert);
    assert_eq!(shown(&broker, &tls, "one.test").await?, leaves[0].cert);
    shown(&broker, &tls, "elsewhere.test")
        .await
        .expect_err("the first one, which is not for that host");
    Ok(())
}

async fn versions_and_ciphers_are_kept(which: Which) -> Result<()> {
    let certs = Certs::new()?;
    let tls_1_2 = certs.client_of(None, &[&TLS12])?;
    let tls_1_3 = certs.client_of(None, &[&TLS13])?;
    let newest = Broker::start(which, &certs.block(" min_version: \"1.3\""))?;
    assert!(!comes_in(&newest, &tls_1_2).await);
    assert!(comes_in(&newest, &tls_1_3).await);
    let suite = " cipher_suites: [ \"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256\" ]\n \
                 curve_preferences: [ \"CurveP384\" ]";
    let narrow = Broker::start(which, &certs.block(suite))?;
    for tls in [&tls_1_2, &tls_1_3] {
        let wire = Wire::open_tls(narrow.addr(), tls).await?;
        wire.enter().await?;
    }
    let rsa = " cipher_suites: [ \"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\" ]";
    let useless = Broker::start(which, &certs.block(rsa))?;
    assert!(!comes_in(&useless, &tls_1_2).await, "no suite for this key");
    assert!(comes_in(&useless, &tls_1_3).await);
    Ok(())
}

async fn monitoring_is_served_over_https_without_client_certificates(which: Which) -> Result<()> {
    let certs = Certs::new()?;
    let config = certs.block(" verify: true") + "https: 127.0.0.1:-1\nports_file_dir: \".\"\n";
    let mut broker = Broker::start(which, &config)?;
    let line = "Starting https monitor on 127.0.0.1:";
    let line = broker.daemon().wait_for_line(line, tests::wait::PATIENCE)?;
    let port = line.rsplit(':').next().context("a port")?;
    let port: u16 = port.trim().parse()?;
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let stream = secured(stream, &certs.client(None)?, "localhost").await?;
    let varz = get(stream, "/varz").await?;
    let varz: Value = serde_json::from_str(&varz)?;
    ensure!(varz["server_id"].is_string(), "{varz}");
    Ok(())
}

async fn flags_do_what_the_block_does(which: Which) -> Result<()> {
    let certs = Certs::new()?;
    let own = certs.issue("own", &["client"])?;
    let server = certs.issue("server", &["localhost"])?;
    let flag = |name: &str, path: &std::path::Path| format!("--{name}={}", path.display());
    let flags = [
        "--tls".to_owned(),
        "--tlsverify".to_owned(),
        flag("tlscert", &server.cert_file),
        flag("tlskey", &server.key_file),
        flag("tlscacert", &certs.authority_file()),
    ];
    let broker = Broker::start_with_flags(which, "", &flags)?;
    assert!(comes_in(&broker, &certs.client(Some(&own))?).await);
    assert!(!comes_in(&broker, &certs.client(None)?).await);
    Ok(())
}

/// A certificate of this subject and these alternative names.
fn named(certs: &Certs, subject: &[(DnType, &str)], names: Vec<SanType>) -> Result<Leaf> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    for (kind, value) in subject {
        params.distinguished_name.push(kind.clone(), *value);
    }
    params.subject_alt_names = names;
    certs.issue_with("client", params)
}

async fn names_in_a_certificate_say_who_it_is(which: Which) -> Result<()> {
    let certs = Certs::new()?;
    let users = r#"authorization { users: [
        { user: "CN=alice,O=acme", permissions: { subscribe: "for.alice" } }
        { user: "bob@acme.test", permissions: { subscribe: "for.bob" } }
        { user: "spiffe://acme/carol", permissions: { subscribe: "for.carol" } }
        { user: "OU=eu,CN=dave", permissions: { subscribe: "for.dave" } }
    ] }"#;
    let config = certs.block(" verify_and_map: true") + users;
    let broker = Broker::start(which, &config)?;
    let email = || Ok::<_, anyhow::Error>(SanType::Rfc822Name("bob@acme.test".try_into()?));
    let uri = || Ok::<_, anyhow::Error>(SanType::URI("spiffe://acme/carol".try_into()?));
    let alice = [
        (DnType::OrganizationName, "acme"),
        (DnType::CommonName, "alice"),
    ];
    let dave = [
        (DnType::OrganizationalUnitName, "eu"),
        (DnType::CommonName, "dave"),
    ];
    for (leaf, who) in [
        (named(&certs, &alice, Vec::new())?, "alice"),
        (named(&certs, &alice, vec![email()?])?, "bob"),
        (named(&certs, &alice, vec![uri()?, email()?])?, "bob"),
        (named(&certs, &dave, vec![uri()?])?, "carol"),
        (named(&certs, &dave, Vec::new())?, "dave"),
    ] {
        let tls = certs.client(Some(&leaf))?;
        let mut wire = Wire::open_tls(broker.addr(), &tls).await?.enter().await?;
        wire.subscribe(&format!("for.{who}"), "1").await?;
        wire.send("SUB for.others 2\r\n").await?;
        let error = wire.error().await?;
        ensure!(error.contains("Permissions Violation"), "{error}");
    }
    let stranger = [
        (DnType::OrganizationName, "acme"),
        (DnType::CommonName, "eve"),
    ];
    let leaf = named(&certs, &stranger, Vec::new())?;
    assert!(!comes_in(&broker, &certs.client(Some(&leaf))?).await);
    Ok(())
}

/// By flags as by the file. The original takes CBC.
#[tokio::test]
async fn weak_suites_and_versions_are_never_agreed_on() -> Result<()> {
    let which = Which::Tidegate;
    let certs = Certs::new()?;
    let server = certs.issue("server", &["localhost"])?;
    let flags = [
        format!("--tlscert={}", server.cert_file.display()),
        format!("--tlskey={}", server.key_file.display()),
    ];
    for broker in [
        Broker::start(which, &certs.block(""))?,
        Broker::start_with_flags(which, "", &flags)?,
    ] {
        let port = broker.addr().port().to_string();
        let said = scripts::python("weak.py", &[&port]).await?;
        assert_eq!(said.trim(), "agreed on good");
    }
    Ok(())
}

/// A resumed session would skip the check of the client's certificate, and bring back the old one
/// after a renewal.
#[tokio::test]
async fn sessions_are_not_resumed_where_certificates_count() -> Result<()> {
    let certs = Certs::new()?;
    let own = certs.issue("own", &["client"])?;
    for (verify, resumed) in [(true, false), (false, true)] {
        let more = format!(" handshake_first: true\n verify: {verify}");
        let broker = Broker::start(Which::Tidegate, &certs.block(&more))?;
        for version in [&TLS12, &TLS13] {
            let tls = certs.client_of(Some(&own), &[version])?;
            let mut kinds = Vec::new();
            for _ in 0..3 {
                let stream = TcpStream::connect(broker.addr()).await?;
                let mut stream = secured(stream, &tls, "localhost").await?;
                // Tickets come after the handshake.
                let mut some = [0; 64];
                within("INFO", stream.read(&mut some)).await??;
                kinds.push(stream.get_ref().1.handshake_kind());
            }
            let is_resumed = kinds.contains(&Some(HandshakeKind::Resumed));
            assert_eq!(
                is_resumed, resumed,
                "{version:?}, verify: {verify}: {kinds:?}"
            );
        }
    }
    Ok(())
}

/// What `-t` says to a configuration.
fn checked(which: Which, certs: &Certs, block: &str) -> Result<(bool, String)> {
    let file = certs.authority_file().with_extension("conf");
    std::fs::write(&file, block)?;
    let mut command: Command = which.command()?;
    let output = command.arg("-c").arg(&file).arg("-t").output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok((output.status.success(), said))
}

#[test]
fn a_block_that_cannot_be_served_is_refused_with_the_reason() -> Result<()> {
    let certs = Certs::new()?;
    let rsa = "cipher_suites: [ \"TLS_RSA_WITH_AES_128_CBC_SHA\" ]";
    let cases = [
        (certs.block(rsa), "TLS_RSA_WITH_AES_128_CBC_SHA"),
        (certs.block("cipher_suites: []"), "empty"),
        (
            certs.block("curve_preferences: [ \"CurveP521\" ]"),
            "CurveP521",
        ),
        (certs.block("min_version: \"1.1\""), "1.1"),
        (
            certs.block("pinned_certs: [ \"abc\" ]"),
            "64 hexadecimal digits",
        ),
        (certs.block("handshake_first: maybe"), "auto"),
        (
            certs.block("verify_cert_and_check_known_urls: true"),
            "verify_and_map",
        ),
        (certs.block("ocsp_peer: true"), "tls.ocsp_peer"),
        (
            certs.block("cert_store: WindowsCurrentUser"),
            "tls.cert_store",
        ),
        (certs.block("nosuch: 1"), "nosuch"),
        ("tls { cert_file: a }".to_owned(), "key_file"),
        ("tls { key_file: a }".to_owned(), "cert_file"),
        (
            "tls { cert_file: \"/no/a\", key_file: \"/no/b\" }".to_owned(),
            "/no/a",
        ),
        ("tls { verify: true }".to_owned(), "cert_file"),
        (
            "https: 127.0.0.1:1".to_owned(),
            "TLS cert and key required for HTTPS",
        ),
        (
            certs.block("") + "http: 127.0.0.1:1\nhttps: 127.0.0.1:2",
            "either",
        ),
    ];
    for (block, reason) in cases {
        let (is_good, said) = checked(Which::Tidegate, &certs, &block)?;
        assert!(!is_good && said.contains(reason), "{block}\n{said}");
    }
    for which in [Which::Tidegate, Which::NatsServer] {
        let (is_good, said) = checked(which, &certs, &certs.block(""))?;
        assert!(is_good, "{said}");
    }
    Ok(())
}
