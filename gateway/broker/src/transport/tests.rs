//! Certificates that change while clients are there.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rcgen::{CertifiedKey, KeyPair};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream},
    net::TcpStream,
    task::JoinSet,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{Broker, Config, HandshakeFirst, ListenOptions, TlsCell, TlsSettings};

const PAIRS: usize = 50;
const MESSAGES: usize = 100;

type Secure = BufStream<TlsStream<TcpStream>>;

fn certificate() -> CertifiedKey<KeyPair> {
    rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap()
}

fn settings(certified: &CertifiedKey<KeyPair>) -> TlsSettings {
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    TlsSettings {
        config: Arc::new(config),
        expires_at: None,
        verify: false,
        map: false,
        timeout: Duration::from_secs(20),
        first: HandshakeFirst::Always,
        allow_non_tls: false,
        pinned: BTreeSet::new(),
        rate_limit: None,
    }
}

fn trusting(roots: &[CertificateDer<'static>]) -> TlsConnector {
    let mut store = RootCertStore::empty();
    for root in roots {
        store.add(root.clone()).unwrap();
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(store)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

/// A client that has logged in, and the certificate that it was shown.
async fn connect(
    address: SocketAddr,
    connector: &TlsConnector,
) -> (Secure, CertificateDer<'static>) {
    let stream = TcpStream::connect(address).await.unwrap();
    let host = ServerName::try_from("localhost").unwrap();
    let stream = connector.connect(host, stream).await.unwrap();
    let shown = stream.get_ref().1.peer_certificates().unwrap()[0].clone();
    let mut stream = BufStream::new(stream);
    let mut info = String::new();
    stream.read_line(&mut info).await.unwrap();
    assert!(info.contains("\"tls_required\":true"), "{info}");
    let hello = b"CONNECT {\"verbose\":false,\"pedantic\":false}\r\n";
    stream.write_all(hello).await.unwrap();
    (stream, shown)
}

/// The next line that is no ping.
async fn line(stream: &mut Secure) -> String {
    loop {
        let mut line = String::new();
        assert!(stream.read_line(&mut line).await.unwrap() > 0, "closed");
        if line != "PING\r\n" {
            return line;
        }
        stream.write_all(b"PONG\r\n").await.unwrap();
        stream.flush().await.unwrap();
    }
}

/// Sends numbers to the other and waits for each to arrive.
async fn exchange((mut writer, mut reader): (Secure, Secure), pair: usize, done: Arc<AtomicBool>) {
    reader
        .write_all(format!("SUB pair.{pair} 1\r\nPING\r\n").as_bytes())
        .await
        .unwrap();
    reader.flush().await.unwrap();
    assert_eq!(line(&mut reader).await, "PONG\r\n");
    let mut number = 0;
    while number < MESSAGES || !done.load(Ordering::Acquire) {
        let text = format!("{number:08}");
        let publish = format!("PUB pair.{pair} 8\r\n{text}\r\n");
        writer.write_all(publish.as_bytes()).await.unwrap();
        writer.flush().await.unwrap();
        let head = line(&mut reader).await;
        assert_eq!(head, format!("MSG pair.{pair} 1 8\r\n"));
        let mut body = [0; 10];
        reader.read_exact(&mut body).await.unwrap();
        assert_eq!(&body[..8], text.as_bytes(), "every number, in its order");
        number += 1;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_clients_lose_nothing_while_certificates_change() {
    let certificates = [certificate(), certificate()];
    let roots = certificates.each_ref().map(|it| it.cert.der().clone());
    let connector = trusting(&roots);
    let cell = TlsCell::new(Some(settings(&certificates[0])));
    let broker = Broker::start(Config::default()).unwrap();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let options = ListenOptions {
        tls: cell.clone(),
        ..ListenOptions::default()
    };
    let address = broker.listen(socket, options).unwrap();

    let done = Arc::new(AtomicBool::new(false));
    let mut pairs = JoinSet::new();
    for pair in 0..PAIRS {
        let (writer, _) = connect(address, &connector).await;
        let (reader, _) = connect(address, &connector).await;
        pairs.spawn(exchange((writer, reader), pair, Arc::clone(&done)));
    }
    for turn in 1..=20 {
        let now = turn % 2;
        cell.replace(Some(settings(&certificates[now])));
        let (_, shown) = connect(address, &connector).await;
        assert_eq!(shown, roots[now], "who comes now gets the new one");
    }
    done.store(true, Ordering::Release);
    while let Some(outcome) = pairs.join_next().await {
        outcome.unwrap();
    }
    broker.shutdown().await;
}
