//! Fetches URLs that people configured, so that nobody can send us where they cannot go themselves.
//!
//! HTTPS only; the name is resolved once, every address must be a public one, and the connection
//! goes to these addresses; redirects are not followed, proxies of the environment not used. Who
//! runs the installation may allow private addresses for one URL; then plain HTTP to this very
//! machine is allowed too.

use std::future::{Ready, ready};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::http::{HeaderName, Method, Request};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioExecutor;
use rustls::{ClientConfig, RootCertStore};
use serde::de::DeserializeOwned;
use url::{Host, Url};

const TIMEOUT: Duration = Duration::from_secs(10);
const BODY_BYTES_MAX: usize = 1 << 20;

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
}

impl Outgoing {
    /// A plain question.
    pub(crate) fn get(url: Url) -> Self {
        Self {
            url,
            method: Method::GET,
            headers: Vec::new(),
            body: String::new(),
        }
    }
}

/// Sends the request, if its host may be reached, and reads a JSON answer of bounded size.
pub(crate) async fn json<T: DeserializeOwned>(
    outgoing: Outgoing,
    allow_private: bool,
) -> Result<T, OutboundError> {
    let addresses = addresses(&outgoing.url, allow_private).await?;
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
        let response = client
            .request(request)
            .await
            .map_err(OutboundError::Failed)?;
        if !response.status().is_success() {
            return Err(OutboundError::Status(response.status().as_u16()));
        }
        let body = Limited::new(response.into_body(), BODY_BYTES_MAX);
        let bytes = body.collect().await.map_err(|_| OutboundError::Form)?;
        serde_json::from_slice(&bytes.to_bytes()).map_err(|_| OutboundError::Form)
    };
    tokio::time::timeout(TIMEOUT, exchange)
        .await
        .map_err(|_| OutboundError::Late)?
}

/// The addresses of the URL's host, all of which may be reached.
async fn addresses(url: &Url, allow_private: bool) -> Result<Arc<[SocketAddr]>, OutboundError> {
    let port = url.port_or_known_default().unwrap_or(443);
    let addresses: Arc<[SocketAddr]> = match url.host() {
        Some(Host::Ipv4(address)) => Arc::new([SocketAddr::new(address.into(), port)]),
        Some(Host::Ipv6(address)) => Arc::new([SocketAddr::new(address.into(), port)]),
        Some(Host::Domain(name)) => {
            let found = tokio::time::timeout(TIMEOUT, tokio::net::lookup_host((name, port)));
            let found = found.await.map_err(|_| OutboundError::Late)?;
            found.map_err(|_| OutboundError::Unresolved)?.collect()
        }
        None => return Err(OutboundError::Unresolved),
    };
    if addresses.is_empty() {
        return Err(OutboundError::Unresolved);
    }
    if !allow_private && !addresses.iter().all(|address| is_public(address.ip())) {
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
    use super::{OutboundError, addresses, is_public, parse};

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
            let refused = addresses(&url, false).await.unwrap_err();
            assert!(
                matches!(refused, OutboundError::Private),
                "{text}: {refused}"
            );
        }
        let here = parse("http://127.0.0.1:1/", true).unwrap();
        assert!(addresses(&here, true).await.is_ok());
        let other = parse("http://10.1.2.3/", true).unwrap();
        assert!(
            addresses(&other, true).await.is_err(),
            "plain HTTP over a network"
        );
    }
}
