//! `websocket { ... }`: a second door, for browsers.

use std::time::Duration;

use accounts::configured::{DoorSetup, Secret};
use broker::CookieNames;
use protocol::websocket::Origin;

use super::{Advertised, Endpoint, Port, TlsOptions, fields, tls};
use crate::config::{Entry, Map, Node, Problem, shorten};

/// Time for the TLS handshake and for the upgrade request, each.
pub(crate) const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(2);

/// What a `websocket` block says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WebSocketBlock {
    pub(crate) host: Option<String>,
    /// Without one there is no listener.
    pub(crate) port: Option<Port>,
    pub(crate) tls: Option<TlsOptions>,
    pub(crate) no_tls: bool,
    pub(crate) same_origin: bool,
    pub(crate) allowed_origins: Vec<Origin>,
    pub(crate) compression: bool,
    pub(crate) handshake_timeout: Duration,
    pub(crate) cookies: CookieNames,
    /// Who can log in here, where that differs from who can elsewhere.
    pub(crate) door: DoorSetup,
    /// What clients are told to connect to, as it was written.
    pub(crate) advertise: Option<String>,
    /// Whole lines for the answer.
    pub(crate) headers: String,
    pub(crate) ping_interval: Option<Duration>,
    pub(crate) auth_timeout: Option<Duration>,
}

impl Default for WebSocketBlock {
    fn default() -> Self {
        Self {
            host: None,
            port: None,
            tls: None,
            no_tls: false,
            same_origin: false,
            allowed_origins: Vec::new(),
            compression: false,
            handshake_timeout: HANDSHAKE_TIMEOUT,
            cookies: CookieNames::default(),
            door: DoorSetup::default(),
            advertise: None,
            headers: String::new(),
            ping_interval: None,
            auth_timeout: None,
        }
    }
}

pub(super) fn read(node: &Node) -> Result<WebSocketBlock, Problem> {
    let mut block = WebSocketBlock::default();
    for entry in fields::map(node)?.entries() {
        if !(block.door(entry)? || block.browser(entry)? || block.login(entry)?) {
            refuse(entry, "websocket")?;
        }
    }
    if block.port.is_some() && block.tls.is_none() && !block.no_tls {
        let message = "websocket requires TLS configuration: add a tls block, or no_tls: true \
                       where something in front does TLS";
        return Err(node.problem(message));
    }
    Ok(block)
}

fn refuse(entry: &Entry, block: &str) -> Result<(), Problem> {
    if entry.is_variable {
        return Ok(());
    }
    let key = shorten(&entry.key);
    let message = format!("unknown field {key:?} in {block}; check its spelling, or remove it");
    Err(Problem::new(entry.key_at.clone(), message))
}

impl WebSocketBlock {
    fn door(&mut self, entry: &Entry) -> Result<bool, Problem> {
        let node = &entry.node;
        match entry.name().as_str() {
            "listen" => {
                let Endpoint { host, port } = fields::endpoint(node)?;
                self.host = host.or(self.host.take());
                self.port = Some(port);
            }
            "port" => self.port = fields::port(node)?,
            "host" | "net" => self.host = Some(fields::text(node)?.to_owned()),
            "advertise" => {
                let text = fields::text(node)?;
                self.advertise = Some(text.to_owned()).filter(|text| !text.is_empty());
                if self.advertise.is_some() {
                    Advertised::parse(text).map_err(|why| node.problem(why))?;
                }
            }
            "tls" => self.tls = Some(tls::read(node)?),
            "no_tls" => self.no_tls = fields::flag(node)?,
            "handshake_timeout" => self.handshake_timeout = fields::duration(node)?.0,
            "ping_interval" => self.ping_interval = Some(fields::duration(node)?.0),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn browser(&mut self, entry: &Entry) -> Result<bool, Problem> {
        let node = &entry.node;
        match entry.name().as_str() {
            "same_origin" => self.same_origin = fields::flag(node)?,
            "allowed_origins" | "allowed_origin" | "allow_origins" | "allow_origin" | "origins"
            | "origin" => {
                let origins = fields::one_or_more(node).iter().map(origin);
                self.allowed_origins = origins.collect::<Result<_, _>>()?;
            }
            "compression" | "compress" => self.compression = fields::flag(node)?,
            "headers" => self.headers = headers(fields::map(node)?)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn login(&mut self, entry: &Entry) -> Result<bool, Problem> {
        let node = &entry.node;
        let name = || Ok(Some(fields::non_empty(node)?.to_owned()));
        match entry.name().as_str() {
            "jwt_cookie" => self.cookies.jwt = name()?,
            "user_cookie" => self.cookies.user = name()?,
            "pass_cookie" => self.cookies.pass = name()?,
            "token_cookie" => self.cookies.token = name()?,
            "authorization" | "authentication" => self.authorization(fields::map(node)?)?,
            "no_auth_user" => self.door.no_auth_user = name()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// As in nats-server a token counts more than a user.
    fn authorization(&mut self, map: &Map) -> Result<(), Problem> {
        let (mut user, mut password, mut token) = (None, None, None);
        for entry in map.entries() {
            let node = &entry.node;
            match entry.name().as_str() {
                "timeout" => self.auth_timeout = Some(fields::duration(node)?.0),
                "user" | "username" => user = Some(fields::text(node)?),
                "pass" | "password" => password = Some(fields::text(node)?),
                "token" => token = Some(fields::text(node)?),
                _ => refuse(entry, "websocket.authorization")?,
            }
        }
        let secret = |text: Option<&str>| Secret::new(text.unwrap_or_default());
        let some = |text: &Option<&str>| text.is_some_and(|text| !text.is_empty());
        self.door.token = some(&token).then(|| secret(token));
        let user = user.filter(|user| !user.is_empty());
        self.door.single = user.map(|user| (user.to_owned(), secret(password)));
        Ok(())
    }
}

fn origin(node: &Node) -> Result<Origin, Problem> {
    let text = fields::text(node)?;
    Origin::parse(text).ok_or_else(|| {
        let text = shorten(text);
        node.problem(format!(
            "unable to parse allowed origin {text:?}: write an absolute URL, as in \
             https://app.example.com"
        ))
    })
}

/// Header lines for the answer; none that says something about the connection itself.
fn headers(map: &Map) -> Result<String, Problem> {
    const OURS: [&str; 5] = [
        "host",
        "content-length",
        "connection",
        "upgrade",
        "nats-no-masking",
    ];
    let mut lines = String::new();
    for entry in map.entries() {
        let (name, value) = (entry.name(), fields::text(&entry.node)?);
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if OURS.contains(&name.as_str()) || name.starts_with("sec-websocket-") {
            let message = format!("the header {:?} is not for you to set", entry.key);
            return Err(Problem::new(entry.key_at.clone(), message));
        }
        if name.is_empty() || !name.chars().all(is_token) || value.contains(char::is_control) {
            let message = "this is no header: a name without blanks, and a value of one line";
            return Err(Problem::new(entry.key_at.clone(), message));
        }
        lines.push_str(&format!("{}: {value}\r\n", entry.key));
    }
    Ok(lines)
}
