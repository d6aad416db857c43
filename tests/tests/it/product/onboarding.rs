//! The listener where devices enrol, and the one where they connect, as they are with and without
//! configuration.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use data_encoding::BASE64;
use rustix::process::Signal;
use rustls::client::ResolvesClientCert;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, HandshakeKind, SignatureScheme};
use tests::certs::trusting;
use tests::wait::{eventually, within};
use tests::wire::{get, secured};
use tests::{Certs, Tidegate, Wire, scripts};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

const CACERTS: &str = "/.well-known/est/cacerts";

/// The root of the certificates that a server without configuration makes.
fn root(tidegate: &Tidegate) -> Result<CertificateDer<'static>> {
    let path = tidegate.data("tls/root.pem");
    CertificateDer::from_pem_file(path).context("read root.pem")
}

async fn open(tidegate: &Tidegate, tls: &Arc<ClientConfig>) -> Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(tidegate.place("onboarding")?).await?;
    secured(stream, tls, "localhost").await
}

/// The head and the body of an answer.
async fn answer(tidegate: &Tidegate, tls: &Arc<ClientConfig>, request: &str) -> Result<String> {
    let mut stream = open(tidegate, tls).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    // TLS that ends without saying so is an end too.
    let _ = within("an answer", stream.read_to_end(&mut answer)).await?;
    Ok(String::from_utf8(answer)?)
}

fn get_of(path: &str, host: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
}

/// A client without a certificate that notices when it is asked for one.
#[derive(Debug, Default)]
struct Asked(AtomicUsize);

impl ResolvesClientCert for Asked {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        true
    }
}

#[tokio::test]
async fn without_configuration_devices_find_a_listener_and_its_root() -> Result<()> {
    let tidegate = Tidegate::serve().await?;
    let root = root(&tidegate)?;
    for version in [&TLS12, &TLS13] {
        let mut tls = (*trusting(&root, None, &[version])?).clone();
        let asked = Arc::new(Asked::default());
        tls.client_auth_cert_resolver = Arc::clone(&asked) as Arc<dyn ResolvesClientCert>;
        let tls = Arc::new(tls);
        for round in 1..4 {
            let stream = open(&tidegate, &tls).await?;
            let found = get(stream, CACERTS).await?;
            assert!(!found.contains(char::is_whitespace), "one line: {found}");
            let pkcs7 = BASE64.decode(found.as_bytes())?;
            let holds = pkcs7.windows(root.len()).any(|part| part == &root[..]);
            assert!(holds, "the root is not in it");
            assert_eq!(
                asked.0.load(Ordering::Relaxed),
                round,
                "a certificate is asked for"
            );
            let mut stream = open(&tidegate, &tls).await?;
            stream
                .write_all(get_of("/healthz", "localhost").as_bytes())
                .await?;
            within("an answer", stream.read_u8()).await??;
            let kind = stream.get_ref().1.handshake_kind();
            assert_eq!(kind, Some(HandshakeKind::Full), "no session is resumed");
            asked.0.store(round, Ordering::Relaxed);
        }
    }
    Ok(())
}

#[tokio::test]
async fn other_tools_read_what_it_gives() -> Result<()> {
    let tidegate = Tidegate::serve().await?;
    let (ca, place) = (tidegate.data("tls/root.pem"), tidegate.place("onboarding")?);
    let script = format!(
        "curl -sSf --cacert '{}' -D head https://localhost:{}{CACERTS} | base64 -d \
         | openssl pkcs7 -inform DER -print_certs -noout && cat head",
        ca.display(),
        place.port()
    );
    let mut command = tokio::process::Command::new("bash");
    command
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(tidegate.data("run"));
    let said = scripts::finish(command, "curl and openssl").await?;
    assert!(said.contains("CN = Tidegate servers"), "{said}");
    let head = said.to_ascii_lowercase();
    for header in [
        "content-type: application/pkcs7-mime; smime-type=certs-only",
        "content-transfer-encoding: base64",
    ] {
        assert!(head.contains(header), "{said}");
    }
    Ok(())
}

#[tokio::test]
async fn nothing_but_onboarding_is_there() -> Result<()> {
    let tidegate = Tidegate::serve().await?;
    let tls = trusting(&root(&tidegate)?, None, rustls::ALL_VERSIONS)?;
    for path in ["/", "/api/v1/accounts", "/api/v1/openapi.json", "/readyz"] {
        let said = answer(&tidegate, &tls, &get_of(path, "localhost")).await?;
        assert!(said.starts_with("HTTP/1.1 404"), "{path}: {said}");
        assert!(said.contains("application/problem+json"), "{path}: {said}");
        assert!(said.contains("/.well-known/est"), "{path}: {said}");
    }
    let said = answer(&tidegate, &tls, &get_of(CACERTS, "evil.example")).await?;
    assert!(said.starts_with("HTTP/1.1 421"), "{said}");
    let post = get_of(CACERTS, "localhost").replace("GET", "POST");
    let said = answer(&tidegate, &tls, &post).await?;
    assert!(said.starts_with("HTTP/1.1 405"), "{said}");
    // Who forgot to say https is told.
    let mut plain = TcpStream::connect(tidegate.place("onboarding")?).await?;
    plain
        .write_all(get_of(CACERTS, "localhost").as_bytes())
        .await?;
    let mut said = String::new();
    within("an answer", plain.read_to_string(&mut said)).await??;
    assert!(said.starts_with("HTTP/1.1 400"), "{said}");
    assert!(said.ends_with("write https:// in front of it.\n"), "{said}");
    Ok(())
}

/// A configuration for devices, in a directory that has the certificates.
fn config(certs: &Certs, block: &str) -> Result<PathBuf> {
    let path = certs.dir().join("tidegate.conf");
    fs::write(&path, format!("onboarding {{\n{block}\n}}\n"))?;
    Ok(path)
}

/// What the listener shows to somebody who trusts this.
async fn shown(tidegate: &Tidegate, tls: &Arc<ClientConfig>) -> Result<CertificateDer<'static>> {
    let stream = open(tidegate, tls).await?;
    let chain = stream.get_ref().1.peer_certificates();
    let leaf = chain.and_then(<[_]>::first).context("a certificate")?;
    Ok(leaf.clone().into_owned())
}

#[tokio::test]
async fn its_own_certificate_is_issued_anew_while_it_runs() -> Result<()> {
    let certs = Certs::new()?;
    let config = config(&certs, "url: \"https://devices.example.com:8443\"")?;
    let config = config.display().to_string();
    let mut tidegate = Tidegate::serve_with(&["--config", &config]).await?;
    let root = root(&tidegate)?;
    let tls = trusting(&root, None, rustls::ALL_VERSIONS)?;
    let old = shown(&tidegate, &tls).await?;
    let stream = TcpStream::connect(tidegate.place("onboarding")?).await?;
    secured(stream, &tls, "devices.example.com").await?;
    fs::remove_file(tidegate.data("tls/server.pem"))?;
    tidegate.daemon().signal(Signal::HUP);
    eventually("another certificate", async || {
        Ok((shown(&tidegate, &tls).await? != old).then_some(()))
    })
    .await?;
    // Both of its listeners have it, and the next start finds it.
    let new = shown(&tidegate, &tls).await?;
    let wire = Wire::open_tls(tidegate.place("devices")?, &tls).await?;
    assert_eq!(wire.info()["tls_required"], true);
    tidegate.kill_and_restart().await?;
    assert_eq!(shown(&tidegate, &tls).await?, new);
    Ok(())
}

#[tokio::test]
async fn a_configured_certificate_takes_its_place() -> Result<()> {
    let certs = Certs::new()?;
    let dir = certs.dir().display();
    let files = format!(
        " tls {{\n cert_file: \"{dir}/server.pem\"\n key_file: \"{dir}/server.key\"\n \
         ca_file: \"{dir}/ca.pem\"\n }}\n"
    );
    let config = config(&certs, &files)?.display().to_string();
    let mut tidegate = Tidegate::serve_with(&["--config", &config]).await?;
    let tls = certs.client(None)?;
    let found = get(open(&tidegate, &tls).await?, CACERTS).await?;
    let pkcs7 = BASE64.decode(found.as_bytes())?;
    let authority = certs.authority();
    let mut parts = pkcs7.windows(authority.len());
    assert!(parts.any(|part| part == authority), "its authority is told");
    ensure!(
        !tidegate.data("tls/root.pem").exists(),
        "no root was needed"
    );
    let new = certs.issue("server", &["localhost", "127.0.0.1"])?;
    tidegate.daemon().signal(Signal::HUP);
    eventually("the new certificate is shown", async || {
        Ok((shown(&tidegate, &tls).await? == new.cert).then_some(()))
    })
    .await?;
    fs::write(&config, "onboarding { enabled: false }")?;
    tidegate.daemon().signal(Signal::HUP);
    let refused = "config reload not supported for Onboarding";
    tidegate
        .daemon()
        .wait_for_line(refused, Duration::from_secs(10))?;
    tidegate.kill_and_restart().await?;
    ensure!(tidegate.place("onboarding").is_err() && tidegate.place("devices").is_err());
    Ok(())
}

#[tokio::test]
async fn stock_clients_use_tls_where_devices_connect_and_none_elsewhere() -> Result<()> {
    let tidegate = Tidegate::serve().await?;
    let root = root(&tidegate)?;
    let api = tidegate.api();
    api.make_account("acme").await?;
    let user = api.make_user("acme", "orders").await?.user()?;
    let plain = Wire::open(tidegate.nats()).await?;
    for name in ["tls_available", "tls_required"] {
        assert!(
            plain.info()[name].as_bool() != Some(true),
            "{}",
            plain.info()
        );
    }
    let tls = trusting(&root, None, rustls::ALL_VERSIONS)?;
    let mut wire = Wire::open_tls(tidegate.place("devices")?, &tls).await?;
    wire.send(user.connect_operation(wire.nonce(), &serde_json::json!({})))
        .await?;
    assert_eq!(wire.sync().await?, []);
    Ok(())
}
