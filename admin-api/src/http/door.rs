//! Who knocks: the client's address through proxies that we trust, and which names we answer to.
//!
//! A page on another site can make a browser send requests here under a name of its own choosing
//! (DNS rebinding): such names are refused. Addresses need no list, since no site can own them.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::serve::Listener;
use ipnet::IpNet;
use tokio::net::TcpListener;

use crate::auth::cookie;
use crate::problem::Problem;

/// A year of HTTPS only.
const INSIST: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// How a listener is reached.
#[derive(Debug, Clone, Default)]
pub struct Door {
    /// Names that it answers to, besides addresses and `localhost`.
    pub hosts: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub proxies: Vec<IpNet>,
    /// Whether connections are encrypted here.
    pub is_secure: bool,
}

/// A listener that knows which certificates the other end has shown.
pub trait ShowsCertificates: Listener<Addr = SocketAddr> {
    /// In DER form, its own first; it has proved to have the key of that one. Whether anybody
    /// trusts them is another question.
    fn certificates(io: &Self::Io) -> Vec<Vec<u8>>;
}

/// Without TLS there are none.
impl ShowsCertificates for TcpListener {
    fn certificates(_: &Self::Io) -> Vec<Vec<u8>> {
        Vec::new()
    }
}

/// The certificates that the client has shown, found by [`identify`]; its own is the first, and it
/// has the key of that one. Nothing else was looked at.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClientCertificates(pub(crate) Arc<[Vec<u8>]>);

impl<S: Sync> FromRequestParts<S> for ClientCertificates {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or_default())
    }
}

/// The other end of the connection, an extension of each request.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    addr: SocketAddr,
    certificates: ClientCertificates,
}

impl Peer {
    pub(super) fn new(addr: SocketAddr, certificates: Vec<Vec<u8>>) -> Self {
        Self {
            addr,
            certificates: ClientCertificates(certificates.into()),
        }
    }
}

/// The client's address, found by [`identify`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ClientIp(pub(crate) IpAddr);

impl Door {
    /// The client behind `peer`: the last hop that no proxy of ours made.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let is_ours = |ip: &IpAddr| self.proxies.iter().any(|net| net.contains(ip));
        let forwarded = headers.get_all("x-forwarded-for").iter();
        let mut hops: Vec<&str> = forwarded
            .filter_map(|value| value.to_str().ok())
            .flat_map(|list| list.split(','))
            .map(str::trim)
            .collect();
        let mut client = peer.to_canonical();
        while is_ours(&client) {
            // What is no address was not written by a proxy: nothing before it counts.
            match hops.pop().and_then(|hop| hop.parse::<IpAddr>().ok()) {
                Some(hop) => client = hop.to_canonical(),
                None => break,
            }
        }
        client
    }

    /// Whether the client speaks HTTPS, with us or with a proxy of ours. Browsers are then told to
    /// insist on it.
    fn is_secure_for(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        let is_ours = self
            .proxies
            .iter()
            .any(|net| net.contains(&peer.to_canonical()));
        self.is_secure || (is_ours && cookie::is_secure(headers))
    }

    fn answers_to(&self, host: &str) -> bool {
        let name = host_name(host);
        let is_address = name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        is_address
            || name.eq_ignore_ascii_case("localhost")
            || self.hosts.iter().any(|own| own.eq_ignore_ascii_case(name))
    }
}

/// A `Host` header without its port.
fn host_name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
    .trim_end_matches('.')
}

/// Finds out who the client is, and refuses names that are not ours.
pub(super) async fn identify(
    State(door): State<Arc<Door>>,
    mut request: Request,
    next: Next,
) -> Response {
    let mut is_secure = door.is_secure;
    if let Some(Peer { addr, certificates }) = request.extensions_mut().remove() {
        let client = door.client(addr.ip(), request.headers());
        is_secure = door.is_secure_for(addr.ip(), request.headers());
        request.extensions_mut().insert(ClientIp(client));
        request.extensions_mut().insert(certificates);
    }
    if door.is_secure {
        cookie::mark_secure(request.headers_mut());
    }
    let host = request.uri().host().map(str::to_owned).or_else(|| {
        let value = request.headers().get(header::HOST)?;
        Some(value.to_str().unwrap_or_default().to_owned())
    });
    // Probes come under any name, and learn nothing.
    let is_probe = matches!(request.uri().path(), "/healthz" | "/readyz");
    let mut response = match host {
        Some(host) if !is_probe && !door.answers_to(&host) => {
            Problem::misdirected(&host).into_response()
        }
        _ => next.run(request).await,
    };
    if is_secure {
        let headers = response.headers_mut();
        headers.insert(header::STRICT_TRANSPORT_SECURITY, INSIST);
    }
    response
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    use super::Door;

    fn door() -> Door {
        Door {
            hosts: vec!["api.example.com".to_owned()],
            proxies: vec!["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()],
            is_secure: false,
        }
    }

    #[test]
    fn only_our_proxies_are_believed() {
        let client = |peer: &str, forwarded: &[&str]| {
            let name = HeaderName::from_static("x-forwarded-for");
            let headers: HeaderMap = forwarded
                .iter()
                .map(|value| (name.clone(), HeaderValue::from_str(value).unwrap()))
                .collect();
            door().client(peer.parse().unwrap(), &headers).to_string()
        };
        assert_eq!(
            client("192.0.2.1", &["198.51.100.7"]),
            "192.0.2.1",
            "no proxy of ours"
        );
        assert_eq!(client("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(client("::ffff:10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(
            client("10.0.0.1", &["1.1.1.1, 198.51.100.7, 10.2.2.2"]),
            "198.51.100.7"
        );
        assert_eq!(
            client("10.0.0.1", &["1.1.1.1", "198.51.100.7"]),
            "198.51.100.7"
        );
        assert_eq!(client("10.0.0.1", &["1.1.1.1, unknown"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
        let _: IpAddr = client("::1", &["2001:db8::1"]).parse().unwrap();
    }

    #[test]
    fn only_our_proxies_say_that_it_was_https() {
        let name = HeaderName::from_static("x-forwarded-proto");
        let headers = HeaderMap::from_iter([(name, HeaderValue::from_static("https"))]);
        let is_secure = |peer: &str| door().is_secure_for(peer.parse().unwrap(), &headers);
        assert!(is_secure("10.0.0.1") && !is_secure("192.0.2.1"));
    }

    #[test]
    fn names_of_others_are_refused() {
        let answers = |host: &str| door().answers_to(host);
        for good in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1:80",
            "[::1]:8080",
            "[::1]",
            "192.0.2.4",
            "api.example.com",
            "API.example.com.",
            "api.example.com:443",
        ] {
            assert!(answers(good), "{good}");
        }
        for bad in [
            "evil.example",
            "api.example.com.evil",
            "127.0.0.1.evil.example",
            "",
            "a:b",
        ] {
            assert!(!answers(bad), "{bad}");
        }
    }
}
