//! HTTPS of the API and the console, with certificates that change while it runs; webhooks that
//! are received over HTTPS.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use rustix::process::Signal;
use rustls::client::ResolvesClientCert;
use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ServerConfig, SignatureScheme};
use serde_json::Value;
use standardwebhooks::Webhook;
use tests::wait::{eventually, within};
use tests::{Certs, Cli, Tidegate};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// A configuration whose API has `server.pem` of `certs`.
fn config(certs: &Certs) -> Result<PathBuf> {
    let path = certs.dir().join("tidegate.conf");
    let dir = certs.dir().display();
    let text = format!(
        "admin_api {{\n tls {{\n cert_file: \"{dir}/server.pem\"\n \
         key_file: \"{dir}/server.key\"\n }}\n allowed_hosts: gate.example\n \
         webhook_networks: [\"127.0.0.0/8\"]\n}}\n"
    );
    fs::write(&path, text)?;
    Ok(path)
}

/// Somebody elsewhere, who knows the authority and has the first admin token.
async fn somebody(tidegate: &Tidegate, certs: &Certs) -> Result<Cli> {
    let cli = Cli::remote()?;
    cli.write("token", tidegate.token())?;
    let (url, ca) = (tidegate.http_url(), certs.authority_file());
    let ca = ca.display();
    cli.ok(&format!(
        "context add here --url {url} --ca {ca} --token-file token"
    ))
    .await?;
    Ok(cli)
}

async fn shown(tidegate: &Tidegate) -> Result<CertificateDer<'static>> {
    let stream = tidegate.secured().await?;
    let chain = stream.get_ref().1.peer_certificates();
    let leaf = chain.and_then(<[_]>::first).context("a certificate")?;
    Ok(leaf.clone().into_owned())
}

/// The head of the answer under this name.
async fn head(tidegate: &Tidegate, host: &str) -> Result<String> {
    let mut stream = tidegate.secured().await?;
    let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    // TLS that ends without saying so is an end too.
    let _ = within("a page", stream.read_to_end(&mut answer)).await?;
    let text = String::from_utf8_lossy(&answer).to_ascii_lowercase();
    let (head, _) = text.split_once("\r\n\r\n").context("a head")?;
    Ok(head.to_owned())
}

/// Notices when a server asks for a certificate: browsers would ask the person then.
#[derive(Debug, Default)]
struct Asked(AtomicBool);

impl ResolvesClientCert for Asked {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        true
    }
}

#[tokio::test]
async fn nobody_is_asked_for_a_certificate_by_api_and_console() -> Result<()> {
    let certs = Certs::new()?;
    let tidegate = Tidegate::serve_https(&certs, &config(&certs)?).await?;
    let asks = async |place: &str| {
        let mut client = ClientConfig::clone(&*certs.client(None)?);
        let asked = Arc::new(Asked::default());
        client.client_auth_cert_resolver = Arc::<Asked>::clone(&asked);
        let stream = TcpStream::connect(tidegate.place(place)?).await?;
        let connector = TlsConnector::from(Arc::new(client));
        let mut stream = connector.connect("localhost".try_into()?, stream).await?;
        // Whatever it sends: by then the handshake is done on both sides.
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .await?;
        within("an answer", stream.read_u8()).await??;
        anyhow::Ok(asked.0.load(Ordering::Relaxed))
    };
    ensure!(!asks("http").await?, "the API asks for a certificate");
    Ok(())
}

#[tokio::test]
async fn the_api_speaks_https_and_takes_new_certificates() -> Result<()> {
    let certs = Certs::new()?;
    let mut tidegate = Tidegate::serve_https(&certs, &config(&certs)?).await?;
    let cli = somebody(&tidegate, &certs).await?;
    cli.ok("account create acme").await?;
    let answered = head(&tidegate, "gate.example").await?;
    assert!(answered.starts_with("http/1.1 200"), "{answered}");
    assert!(
        answered.contains("strict-transport-security: max-age=31536000"),
        "{answered}"
    );
    assert!(
        answered.contains("content-security-policy: default-src 'self'"),
        "{answered}"
    );
    let refused = head(&tidegate, "evil.example").await?;
    assert!(refused.starts_with("http/1.1 421"), "{refused}");
    let plain = tidegate.http_url().replace("https", "http");
    let told = reqwest::get(plain).await?;
    assert_eq!(told.status(), 400, "it speaks nothing but HTTPS");
    assert!(told.text().await?.contains("write https://"));

    let old = shown(&tidegate).await?;
    let new = certs.issue("server", &["localhost", "127.0.0.1"])?;
    assert_eq!(shown(&tidegate).await?, old, "nobody asked for a reload");
    tidegate.daemon().signal(Signal::HUP);
    eventually("the new certificate is shown", async || {
        Ok((shown(&tidegate).await? == new.cert).then_some(()))
    })
    .await?;
    // What cannot be read changes nothing.
    fs::write(&new.cert_file, "nonsense")?;
    tidegate.daemon().signal(Signal::HUP);
    tidegate
        .daemon()
        .wait_for_line("Failed to reload", Duration::from_secs(10))?;
    assert_eq!(shown(&tidegate).await?, new.cert);
    cli.ok("account get acme").await?;
    Ok(())
}

/// Takes one POST over TLS: its headers and its body.
async fn receive(listener: &TcpListener, certs: &Certs) -> Result<(HeaderMap, Vec<u8>)> {
    let leaf = certs.issue("hooks", &["localhost"])?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let settings = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.cert], leaf.key)?;
    let (stream, _) = within("a delivery", listener.accept()).await??;
    let mut stream = TlsAcceptor::from(Arc::new(settings)).accept(stream).await?;
    let mut bytes = Vec::new();
    loop {
        ensure!(stream.read_buf(&mut bytes).await? > 0, "it broke off");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let mut headers = HeaderMap::new();
        for line in head.lines().skip(1) {
            let (name, value) = line.split_once(": ").context("a header")?;
            let name = HeaderName::from_bytes(name.as_bytes())?;
            headers.insert(name, HeaderValue::from_str(value)?);
        }
        let length: usize = headers["content-length"].to_str()?.parse()?;
        if body.len() == length {
            let answer = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
            stream.write_all(answer).await?;
            stream.shutdown().await?;
            return Ok((headers, body.as_bytes().to_vec()));
        }
    }
}

#[tokio::test]
async fn webhooks_are_received_over_https() -> Result<()> {
    let certs = Certs::new()?;
    let tidegate = Tidegate::serve_https(&certs, &config(&certs)?).await?;
    let cli = somebody(&tidegate, &certs).await?;
    cli.ok("account create acme").await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let made = cli
        .json(&format!(
            "webhook create hook --to https://localhost:{port}/hook --account acme --types user.*"
        ))
        .await?;
    let secret = made["secret"].as_str().context("a secret")?;
    cli.ok("user create ada -a acme --out ada.creds").await?;
    let (headers, body) = receive(&listener, &certs).await?;
    Webhook::new(secret)?.verify(&body, &headers)?;
    let event: Value = serde_json::from_slice(&body)?;
    assert_eq!(event["data"]["object"]["name"], "ada");
    let hook = made["id"].as_str().context("an id")?;
    let list = format!("webhook-delivery list --webhook {hook}");
    eventually("the delivery is noted", async || {
        let deliveries = cli.json(&list).await?;
        Ok((deliveries[0]["state"] == "delivered").then_some(()))
    })
    .await?;
    Ok(())
}
