//! Serves HTTP/1.1 on a listener, and bounds what those can take who only hold connections.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::door::{Peer, ShowsCertificates};

/// What one listener gives away.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    /// Connections; who comes then waits in the system's queue.
    connections: usize,
    /// Of them, those of one network (an IPv4 address, 64 bits of an IPv6 address); one more is
    /// closed. A proxy in front needs many.
    of_network: usize,
    /// From the end of an answer until the whole head of the next request is there. Longer than
    /// the minute for which proxies keep connections, so that it is they who close them.
    head: Duration,
}

const BOUNDS: Bounds = Bounds {
    connections: 8192,
    of_network: 2048,
    head: Duration::from_secs(75),
};

/// Serves until cancelled; requests in work are answered before it returns. Handlers find who asks
/// as an extension of the request. How long a handler and a body may take is the router's matter.
pub async fn serve<L>(listener: L, router: Router, cancel: CancellationToken)
where
    L: ShowsCertificates,
{
    serve_within(BOUNDS, listener, router, cancel).await;
}

async fn serve_within<L>(bounds: Bounds, mut listener: L, router: Router, cancel: CancellationToken)
where
    L: ShowsCertificates,
{
    let mut connections = JoinSet::new();
    let networks = Networks::default();
    loop {
        let (io, addr) = tokio::select! {
            () = cancel.cancelled() => break,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept(), if connections.len() < bounds.connections => accepted,
        };
        let Some(place) = networks.enter(addr.ip(), bounds.of_network) else {
            tracing::debug!(conn.ip = %addr.ip(), "http: too many connections of one network");
            continue;
        };
        let peer = Peer::new(addr, L::certificates(&io));
        let (router, cancel) = (router.clone(), cancel.clone());
        connections.spawn(async move {
            converse(bounds.head, io, peer, router, cancel).await;
            drop(place);
        });
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// One connection to its end.
async fn converse<I>(head: Duration, io: I, peer: Peer, router: Router, cancel: CancellationToken)
where
    I: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer.clone());
        let answer = router.clone().oneshot(request);
        async move { Ok::<_, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .serve_connection(TokioIo::new(io), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = cancel.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(
            error = &error as &dyn std::error::Error,
            "http: connection ended"
        );
    }
}

/// How many connections each network has.
#[derive(Debug, Clone, Default)]
struct Networks(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One connection's place among those of its network, until it is dropped.
#[derive(Debug)]
struct Place {
    networks: Networks,
    network: IpAddr,
}

impl Networks {
    fn enter(&self, addr: IpAddr, at_most: usize) -> Option<Place> {
        let network = network(addr);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(network).or_default();
        if *count >= at_most {
            return None;
        }
        *count += 1;
        drop(counts);
        let networks = self.clone();
        Some(Place { networks, network })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let counts = &self.networks.0;
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut count) = counts.entry(self.network) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

fn network(addr: IpAddr) -> IpAddr {
    match addr.to_canonical() {
        IpAddr::V6(addr) => {
            let [a, b, c, d, ..] = addr.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        addr @ IpAddr::V4(_) => addr,
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use axum::Router;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::time::timeout;
    use tokio_util::sync::CancellationToken;

    use super::{Bounds, network, serve_within};

    const SOON: Duration = Duration::from_secs(20);
    const BOUNDS: Bounds = Bounds {
        connections: 8,
        of_network: 2,
        head: Duration::from_millis(200),
    };

    async fn server(bounds: Bounds) -> (SocketAddr, CancellationToken) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let cancel = CancellationToken::new();
        let router = Router::new().route("/", get(|| async { "here\n" }));
        tokio::spawn(serve_within(bounds, listener, router, cancel.clone()));
        (addr, cancel)
    }

    /// What the server still says, until it closes.
    async fn rest(stream: &mut TcpStream) -> String {
        let mut said = Vec::new();
        let read = timeout(SOON, stream.read_to_end(&mut said));
        let _ = read.await.expect("closed in time");
        String::from_utf8(said).unwrap()
    }

    #[tokio::test]
    async fn half_a_head_is_not_waited_for() {
        let (addr, _cancel) = server(BOUNDS).await;
        for begun in ["", "GET / HTTP/1.1\r\nhost: x\r\n"] {
            let mut stream = TcpStream::connect(addr).await.unwrap();
            stream.write_all(begun.as_bytes()).await.unwrap();
            assert!(!rest(&mut stream).await.contains("here"), "{begun:?}");
        }
    }

    #[tokio::test]
    async fn a_connection_that_rests_after_its_answer_is_closed() {
        let (addr, _cancel) = server(BOUNDS).await;
        let mut stream = TcpStream::connect(addr).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
        stream.write_all(request).await.unwrap();
        assert!(rest(&mut stream).await.ends_with("here\n"));
    }

    #[tokio::test]
    async fn a_network_has_its_share_and_gets_it_back() {
        let patient = Bounds {
            head: Duration::from_secs(3600),
            ..BOUNDS
        };
        let (addr, _cancel) = server(patient).await;
        let one = TcpStream::connect(addr).await.unwrap();
        let two = TcpStream::connect(addr).await.unwrap();
        let mut three = TcpStream::connect(addr).await.unwrap();
        assert_eq!(rest(&mut three).await, "", "one too many");
        drop((one, two));
        let again = async {
            loop {
                let mut stream = TcpStream::connect(addr).await.unwrap();
                let request = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
                let _ = stream.write_all(request).await;
                if rest(&mut stream).await.ends_with("here\n") {
                    return;
                }
            }
        };
        timeout(SOON, again).await.expect("there is room again");
    }

    #[tokio::test]
    async fn a_stop_closes_those_who_rest() {
        let patient = Bounds {
            head: Duration::from_secs(3600),
            ..BOUNDS
        };
        let (addr, cancel) = server(patient).await;
        let mut stream = TcpStream::connect(addr).await.unwrap();
        cancel.cancel();
        assert_eq!(rest(&mut stream).await, "");
    }

    #[test]
    fn a_home_has_one_network() {
        let of = |addr: &str| network(addr.parse().unwrap()).to_string();
        assert_eq!(of("192.0.2.7"), "192.0.2.7");
        assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    }
}
