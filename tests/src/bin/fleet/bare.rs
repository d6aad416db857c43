//! The least that a server must do for a client with a certificate: greet it, do the handshake,
//! verify the certificate, and answer once. It knows nothing of tenants and subjects.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use clap::Args;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// What the server is made of.
#[derive(Debug, Args)]
pub(crate) struct Files {
    /// Its certificate and key, in PEM form.
    server: PathBuf,
    /// The authority of its clients, in DER form.
    authority: PathBuf,
    /// Where it writes its address.
    port: PathBuf,
}

pub(crate) async fn serve(files: &Files) -> Result<()> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(fs::read(&files.authority)?))?;
    let provider = Arc::new(ring::default_provider());
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()?;
    let chain = CertificateDer::pem_file_iter(&files.server)?.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(&files.server)?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)?;
    // As our broker has it: no session is resumed.
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    fs::write(&files.port, listener.local_addr()?.to_string())?;
    loop {
        let (stream, _) = listener.accept().await?;
        let acceptor = acceptor.clone();
        // A client that goes away in between is its own business.
        tokio::spawn(async move { greet(stream, acceptor).await.is_ok() });
    }
}

async fn greet(mut stream: TcpStream, acceptor: TlsAcceptor) -> Result<()> {
    stream.set_nodelay(true)?;
    stream
        .write_all(b"INFO {\"tls_required\":true}\r\n")
        .await?;
    let mut stream = BufReader::new(acceptor.accept(stream).await?);
    let mut line = String::new();
    while stream.read_line(&mut line).await? > 0 {
        if line.starts_with("PING") {
            stream.write_all(b"PONG\r\n").await?;
            stream.flush().await?;
        }
        line.clear();
    }
    Ok(())
}
