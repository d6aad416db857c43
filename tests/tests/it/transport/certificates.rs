//! Certificates of both sides: which one the server shows, which ones it takes, and what a
//! configuration may ask of TLS.

use std::process::Command;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose};
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::version::{TLS12, TLS13};
use serde_json::Value;
use tests::scripts::finish;
use tests::wire::secured;
use tests::{Broker, Certs, Which, Wire};
use tokio::net::TcpStream;

use crate::both::on_both;

on_both![
    only_verified_clients_come_in,
    only_pinned_keys_come_in,
    the_certificate_suits_the_host_asked_for,
    versions_and_ciphers_are_kept,
    monitoring_is_served_over_https_without_client_certificates,
    flags_do_what_the_block_does,
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

async fn curl(certs: &Certs, url: &str) -> Result<String> {
    let mut command = tokio::process::Command::new("curl");
    command.args(["-sS", "--fail", "--cacert"]);
    command.arg(certs.authority_file()).arg(url);
    finish(command, "curl").await
}

async fn monitoring_is_served_over_https_without_client_certificates(which: Which) -> Result<()> {
    let certs = Certs::new()?;
    let config = certs.block(" verify: true") + "https: 127.0.0.1:-1\nports_file_dir: \".\"\n";
    let mut broker = Broker::start(which, &config)?;
    let line = "Starting https monitor on 127.0.0.1:";
    let line = broker.daemon().wait_for_line(line, tests::wait::PATIENCE)?;
    let port = line.rsplit(':').next().context("a port")?;
    let varz = curl(&certs, &format!("https://localhost:{port}/varz")).await?;
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
