//! `tls { ... }`: what it says, and what rustls cannot do of it. The files it names are read here
//! too, so that a check of the configuration checks them.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use broker::HandshakeFirst;
use data_encoding::HEXLOWER_PERMISSIVE;
use rustls::{CipherSuite, NamedGroup};

use super::directives::unsupported;
use super::fields;
use crate::config::{Entry, Map, Node, Problem, Value, shorten};
use crate::tls;

/// nats-server's time for a handshake (`server/const.go`).
pub(crate) const TIMEOUT: Duration = Duration::from_secs(2);
/// How long a client has to begin the handshake before `INFO` is sent, with `auto`.
const FALLBACK_DELAY: Duration = Duration::from_millis(50);

/// nats-server's fields that this version does not serve.
const UNSUPPORTED: &[&str] = &[
    "ca_certs_match",
    "cert_match",
    "cert_match_by",
    "cert_match_skip_invalid",
    "cert_store",
    "ocsp_peer",
];

/// Suites and curves by the names that nats-server has for them; the rest of its names stand for
/// what rustls leaves out on purpose or ring does not have.
const CIPHERS: &[(&str, CipherSuite)] = &[
    (
        "TLS_AES_128_GCM_SHA256",
        CipherSuite::TLS13_AES_128_GCM_SHA256,
    ),
    (
        "TLS_AES_256_GCM_SHA384",
        CipherSuite::TLS13_AES_256_GCM_SHA384,
    ),
    (
        "TLS_CHACHA20_POLY1305_SHA256",
        CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
    ),
    (
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    ),
    (
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    ),
    (
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    ),
    (
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    ),
    (
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    ),
    (
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ),
];
const CURVES: &[(&str, NamedGroup)] = &[
    ("X25519", NamedGroup::X25519),
    ("CurveP256", NamedGroup::secp256r1),
    ("CurveP384", NamedGroup::secp384r1),
];

/// A certificate chain and its key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CertPair {
    pub(crate) cert: PathBuf,
    pub(crate) key: PathBuf,
}

/// What a `tls` block says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsOptions {
    /// The first one is for clients that name no host, or another one.
    pub(crate) pairs: Vec<CertPair>,
    /// Who may have issued clients' certificates; the system's authorities when absent.
    pub(crate) ca_file: Option<PathBuf>,
    /// Clients have to show a certificate.
    pub(crate) verify: bool,
    /// Its names say which user the client is.
    pub(crate) map: bool,
    /// Clients may show a certificate, by which devices come in.
    pub(crate) client_certs: bool,
    pub(crate) timeout: Duration,
    pub(crate) first: HandshakeFirst,
    /// TLS 1.3 and nothing older.
    pub(crate) only_1_3: bool,
    /// The defaults when absent, in both.
    pub(crate) ciphers: Option<Vec<CipherSuite>>,
    pub(crate) curves: Option<Vec<NamedGroup>>,
    pub(crate) pinned: BTreeSet<[u8; 32]>,
    pub(crate) rate_limit: Option<u64>,
}

impl Default for TlsOptions {
    fn default() -> Self {
        Self {
            pairs: Vec::new(),
            ca_file: None,
            verify: false,
            map: false,
            client_certs: false,
            timeout: TIMEOUT,
            first: HandshakeFirst::Never,
            only_1_3: false,
            ciphers: None,
            curves: None,
            pinned: BTreeSet::new(),
            rate_limit: None,
        }
    }
}

/// Reads a block, and its files to see whether they will do.
pub(super) fn read(node: &Node) -> Result<TlsOptions, Problem> {
    let mut options = TlsOptions::default();
    let mut single = CertPair::default();
    for entry in fields::map(node)?.entries() {
        if !(options.files(entry, &mut single)? || options.rules(entry)?) {
            refuse(entry, "tls")?;
        }
    }
    let named = |path: &PathBuf| !path.as_os_str().is_empty();
    match (named(&single.cert), named(&single.key)) {
        (true, true) if options.pairs.is_empty() => options.pairs.push(single),
        (false, false) => {}
        (true, true) => {
            return Err(node.problem("cannot combine cert_file with certs; put it among them"));
        }
        (true, false) => return Err(node.problem("missing 'key_file' in TLS configuration")),
        (false, true) => return Err(node.problem("missing 'cert_file' in TLS configuration")),
    }
    if options.client_certs && options.verify {
        return Err(node.problem(
            "client_certs and verify exclude each other: with verify, only clients with a \
             certificate of the ca_file come in; with client_certs, devices come in by theirs",
        ));
    }
    tls::settings(&options, false).map_err(|error| node.problem(format!("{error:#}")))?;
    Ok(options)
}

/// What is not served, or not known.
fn refuse(entry: &Entry, block: &str) -> Result<(), Problem> {
    if UNSUPPORTED.contains(&entry.name().as_str()) {
        let name = format!("{block}.{}", entry.name());
        return Err(unsupported(&entry.key_at, &name));
    }
    if entry.is_variable {
        return Ok(());
    }
    let key = shorten(&entry.key);
    let message = format!("unknown field {key:?} in {block}; check its spelling, or remove it");
    Err(Problem::new(entry.key_at.clone(), message))
}

impl TlsOptions {
    fn files(&mut self, entry: &Entry, single: &mut CertPair) -> Result<bool, Problem> {
        let node = &entry.node;
        match entry.name().as_str() {
            "cert_file" => single.cert = fields::non_empty(node)?.into(),
            "key_file" => single.key = fields::non_empty(node)?.into(),
            "ca_file" => self.ca_file = Some(fields::non_empty(node)?.into()),
            "certs" | "certificates" => {
                let pairs = list(node)?
                    .iter()
                    .map(|node| pair(fields::map(node)?, node));
                self.pairs = pairs.collect::<Result<_, _>>()?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn rules(&mut self, entry: &Entry) -> Result<bool, Problem> {
        let node = &entry.node;
        match entry.name().as_str() {
            "verify" => self.verify = fields::flag(node)? || self.map,
            "verify_and_map" => {
                self.map = fields::flag(node)?;
                self.verify |= self.map;
            }
            "client_certs" => self.client_certs = fields::flag(node)?,
            "verify_cert_and_check_known_urls" => {
                if fields::flag(node)? {
                    let message = "verify_cert_and_check_known_urls is not for clients: it is \
                                   about routes and gateways; write verify or verify_and_map";
                    return Err(node.problem(message));
                }
            }
            // It is about the server as somebody's client; nats-server takes it here as well.
            "insecure" => drop(fields::flag(node)?),
            // There are none to allow.
            "allow_insecure_cipher_suites" => drop(fields::flag(node)?),
            "timeout" => self.timeout = fields::duration(node)?.0,
            "handshake_first" | "first" | "immediate" => self.first = first(node)?,
            "min_version" => self.only_1_3 = min_version(node)?,
            "cipher_suites" => self.ciphers = Some(names(node, "cipher", CIPHERS)?),
            "curve_preferences" => self.curves = Some(names(node, "curve preference", CURVES)?),
            "pinned_certs" => {
                let digests = list(node)?.iter().map(digest);
                self.pinned = digests.collect::<Result<_, _>>()?;
            }
            "connection_rate_limit" => {
                let limit = u64::try_from(fields::integer(node)?).unwrap_or(0);
                self.rate_limit = Some(limit).filter(|limit| *limit > 0);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn list(node: &Node) -> Result<&[Node], Problem> {
    match &node.value {
        Value::Array(items) => Ok(items),
        _ => Err(node.problem(format!(
            "expected a list [ ... ], found {}",
            node.describe()
        ))),
    }
}

fn pair(map: &Map, node: &Node) -> Result<CertPair, Problem> {
    let mut pair = CertPair::default();
    for entry in map.entries() {
        match entry.name().as_str() {
            "cert_file" => pair.cert = fields::non_empty(&entry.node)?.into(),
            "key_file" => pair.key = fields::non_empty(&entry.node)?.into(),
            _ => refuse(entry, "tls.certs")?,
        }
    }
    let incomplete = pair.cert.as_os_str().is_empty() || pair.key.as_os_str().is_empty();
    match incomplete {
        true => Err(node.problem("each of the certs needs both cert_file and key_file")),
        false => Ok(pair),
    }
}

fn first(node: &Node) -> Result<HandshakeFirst, Problem> {
    if let Value::Bool { value, .. } = node.value {
        return Ok(match value {
            true => HandshakeFirst::Always,
            false => HandshakeFirst::Never,
        });
    }
    match fields::text(node)?.to_ascii_lowercase().as_str() {
        "true" | "on" => Ok(HandshakeFirst::Always),
        "false" | "off" => Ok(HandshakeFirst::Never),
        "auto" | "auto_fallback" => Ok(HandshakeFirst::Unless(FALLBACK_DELAY)),
        _ => match fields::duration(node) {
            Ok((delay, false)) => Ok(HandshakeFirst::Unless(delay)),
            _ => Err(node.problem(format!(
                "expected true, false, auto or a delay as in 300ms, found {}",
                node.describe()
            ))),
        },
    }
}

/// Whether it is 1.3.
fn min_version(node: &Node) -> Result<bool, Problem> {
    match fields::text(node)? {
        "1.2" => Ok(false),
        "1.3" => Ok(true),
        "1.0" | "1.1" => {
            Err(node.problem("TLS 1.0 and 1.1 are not safe; write \"1.2\" or \"1.3\""))
        }
        _ => Err(node.problem("expected \"1.2\" or \"1.3\"")),
    }
}

/// Names out of a table, in the order given.
fn names<T: Copy>(node: &Node, what: &str, table: &[(&str, T)]) -> Result<Vec<T>, Problem> {
    let items = list(node)?;
    if items.is_empty() {
        return Err(node.problem(format!("this list of {what}s is empty; fill or remove it")));
    }
    let find = |node: &Node| {
        let name = fields::text(node)?;
        let known = table.iter().find(|(known, _)| *known == name);
        known.map(|(_, value)| *value).ok_or_else(|| {
            let served: Vec<_> = table.iter().map(|(name, _)| *name).collect();
            let name = shorten(name);
            let served = served.join(", ");
            node.problem(format!(
                "the {what} {name:?} is not served; these are: {served}"
            ))
        })
    };
    items.iter().map(find).collect()
}

fn digest(node: &Node) -> Result<[u8; 32], Problem> {
    let text = fields::text(node)?;
    let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok();
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
        let message = "expected the SHA-256 of a public key (the DER of its SubjectPublicKeyInfo) \
                       as 64 hexadecimal digits";
        node.problem(message)
    })
}
