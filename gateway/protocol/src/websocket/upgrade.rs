//! The HTTP request that a WebSocket begins with, and the answers to it.

use std::fmt;

use data_encoding::BASE64;
use sha1::{Digest, Sha1};

use super::origin::Origin;

/// Header fields of a request. Browsers send about fifteen.
const FIELDS_MAX: usize = 64;
/// What the key is hashed with (RFC 6455, section 1.3).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const DEFLATE: &str = "permessage-deflate";

/// A request to go on with WebSocket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upgrade {
    key: String,
    host: String,
    origin: Option<String>,
    /// The client can compress.
    pub offers_deflate: bool,
    /// The client wants to send frames without masks.
    pub no_masking: bool,
    /// Frames to a browser are better short.
    pub is_browser: bool,
    /// A compressed message for this browser must be one frame.
    pub is_safari: bool,
    cookies: Vec<(String, String)>,
}

/// A request that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpgradeError {
    status: u16,
    reason: &'static str,
}

impl UpgradeError {
    const fn new(status: u16, reason: &'static str) -> Self {
        Self { status, reason }
    }

    /// The request is longer than any good one.
    pub const TOO_LONG: Self = Self::new(431, "request is too long");
    /// Words of the next protocol before this one is agreed.
    pub const TOO_EARLY: Self = Self::new(400, "client sent data before handshake is complete");

    /// Appends the answer; the connection closes with it.
    pub fn write(&self, out: &mut Vec<u8>) {
        let text = match self.status {
            403 => "Forbidden",
            404 => "Not Found",
            405 => "Method Not Allowed",
            431 => "Request Header Fields Too Large",
            _ => "Bad Request",
        };
        let head = format!(
            "HTTP/1.1 {} {text}\r\nSec-WebSocket-Version: 13\r\nConnection: close\r\n\
             Content-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\r\n{text}\n",
            self.status,
            text.len() + 1,
        );
        out.extend_from_slice(head.as_bytes());
    }
}

impl fmt::Display for UpgradeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "websocket handshake error: {}", self.reason)
    }
}

impl std::error::Error for UpgradeError {}

impl Upgrade {
    /// Reads a request. `None` as long as it is not whole; with it the bytes that it has.
    ///
    /// # Errors
    /// When it is not a request to go on with WebSocket, or for what is not served.
    pub fn parse(input: &[u8]) -> Result<Option<(Self, usize)>, UpgradeError> {
        let mut fields = [httparse::EMPTY_HEADER; FIELDS_MAX];
        let mut request = httparse::Request::new(&mut fields);
        let len = match request.parse(input) {
            Ok(httparse::Status::Complete(len)) => len,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(httparse::Error::TooManyHeaders) => return Err(UpgradeError::TOO_LONG),
            Err(_) => return Err(UpgradeError::new(400, "not an HTTP request")),
        };
        let method = request.method.unwrap_or_default();
        let path = request.path.unwrap_or_default();
        check_path(path.split('?').next().unwrap_or_default())?;
        Self::read(method, &Fields(request.headers)).map(|upgrade| Some((upgrade, len)))
    }

    fn read(method: &str, fields: &Fields<'_>) -> Result<Self, UpgradeError> {
        let bad = |reason| Err(UpgradeError::new(400, reason));
        if method != "GET" {
            return Err(UpgradeError::new(405, "request method must be GET"));
        }
        let Some(host) = fields.first("host").filter(|host| !host.is_empty()) else {
            return bad("'Host' missing in request");
        };
        if !fields.names("upgrade", "websocket") {
            return bad("invalid value for header 'Upgrade'");
        }
        if !fields.names("connection", "upgrade") {
            return bad("invalid value for header 'Connection'");
        }
        let Some(key) = fields
            .first("sec-websocket-key")
            .filter(|key| !key.is_empty())
        else {
            return bad("key missing");
        };
        if !BASE64
            .decode(key.as_bytes())
            .is_ok_and(|key| key.len() == 16)
        {
            return bad("invalid websocket key");
        }
        if !fields.names("sec-websocket-version", "13") {
            return bad("invalid version");
        }
        let agent = fields.first("user-agent").unwrap_or_default();
        let origin = fields
            .first("origin")
            .or(fields.first("sec-websocket-origin"));
        Ok(Self {
            key: key.to_owned(),
            host: host.to_owned(),
            origin: origin
                .filter(|origin| !origin.is_empty())
                .map(str::to_owned),
            offers_deflate: fields.offers(DEFLATE),
            no_masking: fields.first("nats-no-masking") == Some("true"),
            is_browser: agent.starts_with("Mozilla/"),
            // Chrome on a Mac says Safari too, but only Safari says Version.
            is_safari: agent.contains("Version/") && agent.contains("Safari/"),
            cookies: fields.cookies(),
        })
    }

    /// Whether a page of this origin may connect. Clients that are no browsers name none and may.
    ///
    /// # Errors
    /// When it may not.
    pub fn check_origin(
        &self,
        same: bool,
        allowed: &[Origin],
        is_tls: bool,
    ) -> Result<(), UpgradeError> {
        let refused = |reason| Err(UpgradeError::new(403, reason));
        let Some(text) = &self.origin else {
            return Ok(());
        };
        if !same && allowed.is_empty() {
            return Ok(());
        }
        let Some(origin) = Origin::parse(text) else {
            return refused("origin not allowed: it is no URL");
        };
        if same && origin != Origin::of_host(&self.host, is_tls) {
            return refused("origin not allowed: not same origin");
        }
        if !allowed.is_empty() && !allowed.contains(&origin) {
            return refused("origin not allowed: not in the allowed list");
        }
        Ok(())
    }

    /// The value of a cookie.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        // The last one counts, as in nats-server.
        let found = self.cookies.iter().rfind(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Appends the answer that goes on with WebSocket. `more` are whole header lines.
    pub fn write_answer(&self, deflate: bool, more: &str, out: &mut Vec<u8>) {
        let mut text = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {}\r\n",
            accept_key(&self.key)
        );
        if deflate {
            text.push_str("Sec-WebSocket-Extensions: ");
            text.push_str(DEFLATE);
            text.push_str("; server_no_context_takeover; client_no_context_takeover\r\n");
        }
        if self.no_masking {
            text.push_str("Nats-No-Masking: true\r\n");
        }
        text.push_str(more);
        text.push_str("\r\n");
        out.extend_from_slice(text.as_bytes());
    }
}

/// Paths end in what is to be spoken; all others are for clients.
fn check_path(path: &str) -> Result<(), UpgradeError> {
    if path.ends_with("/mqtt") {
        return Err(UpgradeError::new(
            404,
            "mqtt websocket endpoint not enabled",
        ));
    }
    if path.ends_with("/leafnode") {
        let reason = "not configured to accept leaf node connections";
        return Err(UpgradeError::new(404, reason));
    }
    Ok(())
}

/// What a server says to prove that it has read the key.
#[must_use]
pub fn accept_key(key: &str) -> String {
    let mut hash = Sha1::new();
    hash.update(key);
    hash.update(GUID);
    BASE64.encode(&hash.finalize())
}

/// The header fields of a request.
struct Fields<'a>(&'a [httparse::Header<'a>]);

impl<'a> Fields<'a> {
    /// Those that are text.
    fn all(&self, name: &str) -> impl Iterator<Item = &'a str> {
        let named = move |field: &&httparse::Header<'_>| field.name.eq_ignore_ascii_case(name);
        let fields = self.0.iter().filter(named);
        fields
            .filter_map(|field| std::str::from_utf8(field.value).ok())
            .map(str::trim)
    }

    fn first(&self, name: &str) -> Option<&'a str> {
        self.all(name).next()
    }

    /// Whether a list of words names this one.
    fn names(&self, name: &str, word: &str) -> bool {
        let mut words = self.all(name).flat_map(|list| list.split(','));
        words.any(|found| found.trim().eq_ignore_ascii_case(word))
    }

    /// Whether an extension is offered, with whatever parameters.
    fn offers(&self, extension: &str) -> bool {
        let lists = self.all("sec-websocket-extensions");
        let mut offers = lists.flat_map(|list| list.split(','));
        offers.any(|offer| {
            let name = offer.split(';').next().unwrap_or_default();
            name.trim().eq_ignore_ascii_case(extension)
        })
    }

    fn cookies(&self) -> Vec<(String, String)> {
        let pairs = self.all("cookie").flat_map(|list| list.split(';'));
        let pairs = pairs.filter_map(|pair| pair.split_once('='));
        let unquoted = |value: &str| {
            let inner = value.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
            inner.unwrap_or(value).to_owned()
        };
        pairs
            .map(|(name, value)| (name.trim().to_owned(), unquoted(value.trim())))
            .collect()
    }
}
