//! Fetches URLs that people configured, so that nobody can send us where they cannot go themselves.
//!
//! HTTPS only; the name is resolved once, every address must be a public one, and the connection
//! goes to these addresses; redirects are not followed, proxies of the environment not used. Who
//! runs the installation may allow private networks; where this very machine is among them, plain
//! HTTP to it is allowed too.

use std::future::{Ready, ready};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::http::{HeaderName, Method, Request, StatusCode};
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioExecutor;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use rustls::{ClientConfig, RootCertStore};
use serde::de::DeserializeOwned;
use tracing::{Instrument as _, Span};
use url::{Host, Url};

use crate::request::TRACEPARENT;
use crate::telemetry;

const TIMEOUT: Duration = Duration::from_secs(10);
const BODY_BYTES_MAX: usize = 1 << 20;
/// Every address, for a URL that may be anywhere.
const ANYWHERE: [IpNet; 2] = [
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 0)),
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 0)),
];

/// Why a URL was not fetched, or its answer not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutboundError {
    /// Not the kind of URL that is fetched.
    #[error("{0}")]
    Url(&'static str),
    /// The name has no address.
    #[error("the host name has no address")]
    Unresolved,
    /// An address that only this machine or its network can reach.
    #[error("the host has a private address, which is not allowed here")]
    Private,
    /// The connection or the exchange failed.
    #[error("the request failed")]
    Failed(#[source] hyper_util::client::legacy::Error),
    /// It took too long.
    #[error("the host does not answer in time")]
    Late,
    /// It answered, but not what was asked.
    #[error("the answer has status {0}")]
    Status(u16),
    /// The answer is no JSON of the right form, or too long.
    #[error("the answer is not of the right form")]
    Form,
}

/// Reads a URL that is to be fetched. Where it leads is looked at when it is.
pub(crate) fn parse(text: &str, allow_private: bool) -> Result<Url, OutboundError> {
    let url = Url::parse(text).map_err(|_| OutboundError::Url("it is no URL"))?;
    let is_plain = url.scheme() == "http" && allow_private;
    if url.scheme() != "https" && !is_plain {
        return Err(OutboundError::Url("the URL must begin with `https://`"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(OutboundError::Url("the URL must not hold a password"));
    }
    if url.host_str().is_none() || url.fragment().is_some() {
        return Err(OutboundError::Url("the URL must have a host and no `#`"));
    }
    Ok(url)
}

/// A request that is to be sent.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) url: Url,
    pub(crate) method: Method,
    pub(crate) headers: Vec<(HeaderName, String)>,
    pub(crate) body: String,
    /// Whether the receiver is told which trace this belongs to.
    pub(crate) tells_trace: bool,
}

impl Outgoing {
    /// A plain question.
    pub(crate) fn get(url: Url) -> Self {
        Self {
            url,
            method: Method::GET,
            headers: Vec::new(),
            body: String::new(),
            tells_trace: false,
        }
    }
}

/// An answer: its status, and the beginning of its body.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

/// Sends the request, if its host may be reached, and reads a JSON answer of bounded size.
pub(crate) async fn json<T: DeserializeOwned>(
    outgoing: Outgoing,
    allow_private: bool,
) -> Result<T, OutboundError> {
    let networks = if allow_private { &ANYWHERE[..] } else { &[] };
    let answer = send(outgoing, networks, BODY_BYTES_MAX).await?;
    if !answer.status.is_success() {
        return Err(OutboundError::Status(answer.status.as_u16()));
    }
    serde_json::from_slice(&answer.body).map_err(|_| OutboundError::Form)
}

/// Sends the request, if its host may be reached: publicly, or in one of these private networks.
/// Reads so many bytes of the answer.
pub(crate) async fn send(
    mut outgoing: Outgoing,
    networks: &[IpNet],
    most: usize,
) -> Result<Received, OutboundError> {
    let span = telemetry::outgoing(&outgoing.method, &outgoing.url);
    if let Some(context) = telemetry::context(&span).filter(|_| outgoing.tells_trace) {
        let value = telemetry::traceparent(&context);
        outgoing.headers.push((TRACEPARENT, value));
    }
    let answer = exchange(outgoing, networks, most).instrument(span.clone());
    let answer = answer.await;
    note(&span, &answer);
    answer
}

fn note(span: &Span, answer: &Result<Received, OutboundError>) {
    let kind = match answer {
        Ok(answer) => return telemetry::received(span, answer.status.as_u16()),
        Err(OutboundError::Url(_) | OutboundError::Private) => "refused",
        Err(OutboundError::Unresolved) => "name_not_resolved",
        Err(OutboundError::Late) => "timeout",
        Err(OutboundError::Failed(_)) => "connection",
        Err(OutboundError::Status(_) | OutboundError::Form) => "answer",
    };
    telemetry::failed(span, kind);
}

async fn exchange(
    outgoing: Outgoing,
    networks: &[IpNet],
    most: usize,
) -> Result<Received, OutboundError> {
    let addresses = addresses(&outgoing.url, networks, resolve).await?;
    let mut http = HttpConnector::new_with_resolver(Pinned(addresses));
    http.enforce_http(false);
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls())
        .https_or_http()
        .enable_http1()
        .wrap_connector(http);
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
    let mut request = Request::builder()
        .method(outgoing.method)
        .uri(outgoing.url.as_str());
    for (name, value) in outgoing.headers {
        request = request.header(name, value);
    }
    let request = request
        .body(Full::from(outgoing.body))
        .map_err(|_| OutboundError::Url("the URL cannot be asked for"))?;
    let exchange = async {
        let asked = client.request(request).await;
        let response = asked.map_err(OutboundError::Failed)?;
        let status = response.status();
        let body = beginning(response.into_body(), most).await;
        Ok(Received { status, body })
    };
    tokio::time::timeout(TIMEOUT, exchange)
        .await
        .map_err(|_| OutboundError::Late)?
}

/// So many bytes of a body. One that breaks off is as long as it is.
async fn beginning(mut body: Incoming, most: usize) -> Bytes {
    let mut bytes = BytesMut::new();
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let room = most - bytes.len();
        bytes.extend_from_slice(&data[..data.len().min(room)]);
        if bytes.len() == most {
            break;
        }
    }
    bytes.freeze()
}

async fn resolve(name: String, port: u16) -> io::Result<Vec<SocketAddr>> {
    Ok(tokio::net::lookup_host((name, port)).await?.collect())
}

/// The addresses of the URL's host, all of which may be reached. Asked once: what the name says
/// a moment later is of no interest.
async fn addresses<F: Future<Output = io::Result<Vec<SocketAddr>>>>(
    url: &Url,
    networks: &[IpNet],
    resolve: impl FnOnce(String, u16) -> F,
) -> Result<Arc<[SocketAddr]>, OutboundError> {
    let port = url.port_or_known_default().unwrap_or(443);
    let addresses: Arc<[SocketAddr]> = match url.host() {
        Some(Host::Ipv4(address)) => Arc::new([SocketAddr::new(address.into(), port)]),
        Some(Host::Ipv6(address)) => Arc::new([SocketAddr::new(address.into(), port)]),
        Some(Host::Domain(name)) => {
            let found = tokio::time::timeout(TIMEOUT, resolve(name.to_owned(), port));
            let found = found.await.map_err(|_| OutboundError::Late)?;
            found.map_err(|_| OutboundError::Unresolved)?.into()
        }
        None => return Err(OutboundError::Unresolved),
    };
    if addresses.is_empty() {
        return Err(OutboundError::Unresolved);
    }
    if !addresses
        .iter()
        .all(|address| may_reach(address.ip(), networks))
    {
        return Err(OutboundError::Private);
    }
    let is_here = addresses.iter().all(|address| address.ip().is_loopback());
    if url.scheme() == "http" && !is_here {
        return Err(OutboundError::Url(
            "plain HTTP is for this very machine: use `https://`",
        ));
    }
    Ok(addresses)
}

/// Resolves every name to the addresses that were looked at.
#[derive(Debug, Clone)]
struct Pinned(Arc<[SocketAddr]>);

impl tower::Service<Name> for Pinned {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Ready<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Name) -> Self::Future {
        let addresses: Vec<SocketAddr> = self.0.iter().copied().collect();
        ready(Ok(addresses.into_iter()))
    }
}

/// The roots that this machine trusts, with the one provider of cryptography.
fn tls() -> ClientConfig {
    static CONFIG: OnceLock<ClientConfig> = OnceLock::new();
    CONFIG
        .get_or_init(|| {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .expect("ring knows TLS 1.2 and 1.3")
                .with_root_certificates(roots)
                .with_no_client_auth()
        })
        .clone()
}

fn may_reach(address: IpAddr, networks: &[IpNet]) -> bool {
    is_public(address) || networks.iter().any(|network| network.contains(&address))
}

/// Whether the URL names an address itself, one that may not be reached.
pub(crate) fn names_private(url: &Url, networks: &[IpNet]) -> bool {
    let address = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::from(address),
        Some(Host::Ipv6(address)) => IpAddr::from(address),
        _ => return false,
    };
    !may_reach(address, networks)
}

/// Whether everybody reaches the same host at this address.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || a == 0
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b));
    !is_special
}

/// Only what is given out (2000::/3), without documentation, and of the tunnels that carry an
/// IPv4 address none.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    match address.to_ipv4_mapped() {
        Some(address) => is_public_v4(address),
        None => {
            (0x2000..0x4000).contains(&a)
                && !(a == 0x2001 && (b < 0x200 || b == 0xdb8))
                && a != 0x2002
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::{ANYWHERE, OutboundError, addresses, is_public, names_private, parse, resolve};

    #[test]
    fn private_addresses_are_known() {
        for (address, public) in [
            ("93.184.216.34", true),
            ("2606:2800:220:1::1", true),
            ("::ffff:93.184.216.34", true),
            ("127.0.0.1", false),
            ("10.1.2.3", false),
            ("100.64.0.1", false),
            ("169.254.169.254", false),
            ("192.168.0.1", false),
            ("0.0.0.0", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("::1", false),
            ("::", false),
            ("fe80::1", false),
            ("fd00::1", false),
            ("::ffff:127.0.0.1", false),
            ("64:ff9b::7f00:1", false),
            ("2002:7f00:1::", false),
            ("2001::1", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }

    #[test]
    fn only_https_is_fetched() {
        assert!(parse("https://id.example.org/a", false).is_ok());
        for bad in [
            "http://id.example.org/",
            "file:///etc/passwd",
            "https://user:word@id.example.org/",
            "https://id.example.org/#x",
            "id.example.org",
        ] {
            assert!(parse(bad, false).is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_name_of_this_machine_is_refused() {
        for text in [
            "https://localhost/",
            "https://127.0.0.1:1/",
            "https://[::1]/",
        ] {
            let url = parse(text, false).unwrap();
            let refused = addresses(&url, &[], resolve).await.unwrap_err();
            assert!(
                matches!(refused, OutboundError::Private),
                "{text}: {refused}"
            );
        }
        let here = parse("http://127.0.0.1:1/", true).unwrap();
        assert!(addresses(&here, &ANYWHERE, resolve).await.is_ok());
        let other = parse("http://10.1.2.3/", true).unwrap();
        assert!(
            addresses(&other, &ANYWHERE, resolve).await.is_err(),
            "plain HTTP over a network"
        );
    }

    #[tokio::test]
    async fn a_name_leads_nowhere_private_whatever_it_says_later() {
        const PUBLIC: &str = "93.184.216.34:443";
        let url = parse("https://hooks.example.org/a", false).unwrap();
        let says = |said: &[&str]| {
            let said: Vec<SocketAddr> = said.iter().map(|text| text.parse().unwrap()).collect();
            addresses(&url, &[], move |_, _| std::future::ready(Ok(said)))
        };
        // What the connection is made to is what was looked at; the resolver is not asked twice.
        let pinned = says(&[PUBLIC]).await.unwrap();
        assert_eq!(pinned[..], [PUBLIC.parse().unwrap()]);
        for private in [
            "127.0.0.1:443",
            "10.0.0.1:443",
            "169.254.169.254:443",
            "[::1]:443",
        ] {
            for said in [&[private][..], &[PUBLIC, private], &[private, PUBLIC]] {
                let refused = says(said).await.unwrap_err();
                assert!(matches!(refused, OutboundError::Private), "{said:?}");
            }
        }
        assert!(matches!(says(&[]).await, Err(OutboundError::Unresolved)));
    }

    #[tokio::test]
    async fn allowed_networks_open_nothing_else() {
        let networks = ["10.1.0.0/16".parse().unwrap()];
        let reach = async |text: &str| {
            let url = parse(text, true).unwrap();
            let is_refused = names_private(&url, &networks);
            let found = addresses(&url, &networks, resolve).await;
            assert_eq!(
                is_refused,
                matches!(found, Err(OutboundError::Private)),
                "{text}"
            );
            found.is_ok()
        };
        assert!(reach("https://10.1.2.3/").await);
        assert!(!reach("https://10.2.2.3/").await && !reach("http://127.0.0.1/").await);
        assert!(
            !reach("http://10.1.2.3/").await,
            "plain HTTP is for this machine"
        );
    }
}
