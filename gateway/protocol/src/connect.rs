//! `CONNECT`: what a client says about itself, with the leniency that stock clients rely on.
//!
//! As in Go's decoder, names are matched without regard to case, the last of two equal names wins,
//! `null` means absent, unknown names are skipped and bytes that are not UTF-8 become U+FFFD. A
//! value of the wrong type is an error.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::error::ServerError;

/// The object of a `CONNECT` line. Absent and empty strings are the same: `None`, or "".
///
/// `Debug` shows no credential: whatever is logged of it is safe.
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectOptions {
    /// Every operation is answered with `+OK`. Default true.
    pub verbose: bool,
    /// Subjects of publishes are checked. Default true.
    pub pedantic: bool,
    /// The connection receives what it publishes itself. Default true.
    pub echo: bool,
    /// The client insists on TLS; informational.
    pub tls_required: bool,
    /// User JWT.
    pub jwt: Option<String>,
    /// Public nkey of the user.
    pub nkey: Option<String>,
    /// Signature of the nonce, base64.
    pub sig: Option<String>,
    /// Token.
    pub auth_token: Option<String>,
    /// User name.
    pub user: Option<String>,
    /// Password.
    pub pass: Option<String>,
    /// The connection's name.
    pub name: String,
    /// The client library's language.
    pub lang: String,
    /// The client library's version.
    pub version: String,
    /// Protocol level: 0, or 1 for clients that take `INFO` at any time.
    pub protocol: i64,
    /// The client understands headers.
    pub headers: bool,
    /// The client wants to be told when a request reached nobody.
    pub no_responders: bool,
    /// Legacy way to choose an account: to be refused.
    pub account: Option<String>,
    /// Legacy way to make an account: to be refused.
    pub new_account: bool,
    /// Signature of a trusted proxy.
    pub proxy_sig: Option<String>,
}

/// The `CONNECT` is not a JSON object with fields of the right types. The text names the place,
/// never a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("CONNECT is not valid JSON of the expected shape (column {column})")]
pub struct ConnectError {
    /// Where in the JSON text decoding stopped, counted from 1.
    pub column: usize,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            verbose: true,
            pedantic: true,
            echo: true,
            tls_required: false,
            jwt: None,
            nkey: None,
            sig: None,
            auth_token: None,
            user: None,
            pass: None,
            name: String::new(),
            lang: String::new(),
            version: String::new(),
            protocol: 0,
            headers: false,
            no_responders: false,
            account: None,
            new_account: false,
            proxy_sig: None,
        }
    }
}

impl ConnectOptions {
    /// Reads the argument of a `CONNECT` line.
    ///
    /// # Errors
    /// Anything but a JSON object with fields of the right types; the connection is then closed
    /// without an `-ERR`.
    pub fn parse(json: &[u8]) -> Result<Self, ConnectError> {
        let json = String::from_utf8_lossy(json);
        // The decoder's own message can quote a value, and a value can be a secret.
        serde_json::from_str(&json).map_err(|error| ConnectError {
            column: error.column(),
        })
    }

    /// What forbids this `CONNECT` whoever sends it: a legacy account field, a protocol level that
    /// does not exist, or no responders without headers. nats-server looks at this after the
    /// credentials, so that bad credentials are answered first.
    #[must_use]
    pub fn refusal(&self) -> Option<ServerError> {
        if self.account.is_some() || self.new_account {
            Some(ServerError::AuthorizationViolation)
        } else if !matches!(self.protocol, 0 | 1) {
            Some(ServerError::InvalidClientProtocol)
        } else if self.no_responders && !self.headers {
            Some(ServerError::NoRespondersRequiresHeaders)
        } else {
            None
        }
    }

    fn set<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "verbose" => flag(&mut self.verbose, map),
            "pedantic" => flag(&mut self.pedantic, map),
            "echo" => flag(&mut self.echo, map),
            "tls_required" => flag(&mut self.tls_required, map),
            "headers" => flag(&mut self.headers, map),
            "no_responders" => flag(&mut self.no_responders, map),
            "new_account" => flag(&mut self.new_account, map),
            "jwt" => secret(&mut self.jwt, map),
            "nkey" => secret(&mut self.nkey, map),
            "sig" => secret(&mut self.sig, map),
            "auth_token" => secret(&mut self.auth_token, map),
            "user" => secret(&mut self.user, map),
            "pass" => secret(&mut self.pass, map),
            "account" => secret(&mut self.account, map),
            "proxy_sig" => secret(&mut self.proxy_sig, map),
            "name" => text(&mut self.name, map),
            "lang" => text(&mut self.lang, map),
            "version" => text(&mut self.version, map),
            "protocol" => {
                if let Some(value) = map.next_value::<Option<i64>>()? {
                    self.protocol = value;
                }
                Ok(())
            }
            _ => map.next_value::<IgnoredAny>().map(drop),
        }
    }
}

fn flag<'de, A: MapAccess<'de>>(field: &mut bool, map: &mut A) -> Result<(), A::Error> {
    if let Some(value) = map.next_value::<Option<bool>>()? {
        *field = value;
    }
    Ok(())
}

fn text<'de, A: MapAccess<'de>>(field: &mut String, map: &mut A) -> Result<(), A::Error> {
    if let Some(value) = map.next_value::<Option<String>>()? {
        *field = value;
    }
    Ok(())
}

fn secret<'de, A: MapAccess<'de>>(field: &mut Option<String>, map: &mut A) -> Result<(), A::Error> {
    if let Some(value) = map.next_value::<Option<String>>()? {
        *field = Some(value).filter(|value| !value.is_empty());
    }
    Ok(())
}

impl<'de> Deserialize<'de> for ConnectOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = ConnectOptions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(ConnectOptions::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut options = ConnectOptions::default();
                while let Some(mut key) = map.next_key::<String>()? {
                    key.make_ascii_lowercase();
                    options.set(&key, &mut map)?;
                }
                Ok(options)
            }
        }

        deserializer.deserialize_any(Fields)
    }
}

impl fmt::Debug for ConnectOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hide = |field: &Option<String>| field.as_ref().map(|_| "[redacted]");
        f.debug_struct("ConnectOptions")
            .field("verbose", &self.verbose)
            .field("pedantic", &self.pedantic)
            .field("echo", &self.echo)
            .field("tls_required", &self.tls_required)
            .field("jwt", &hide(&self.jwt))
            .field("nkey", &hide(&self.nkey))
            .field("sig", &hide(&self.sig))
            .field("auth_token", &hide(&self.auth_token))
            .field("user", &self.user)
            .field("pass", &hide(&self.pass))
            .field("name", &self.name)
            .field("lang", &self.lang)
            .field("version", &self.version)
            .field("protocol", &self.protocol)
            .field("headers", &self.headers)
            .field("no_responders", &self.no_responders)
            .field("account", &self.account)
            .field("new_account", &self.new_account)
            .field("proxy_sig", &hide(&self.proxy_sig))
            .finish()
    }
}
