//! The token envelope: `header.payload.signature`, each base64 raw-url, signed with an nkey.
//!
//! Owns shape, size, kind, key classes and signature, and nothing else: whether the issuer is
//! trusted is [`crate::trust`] and [`crate::identity`], and time is theirs too. Version 2 tokens
//! sign `header.payload`; version 1 tokens are read as well, but never written. A `null` field
//! is the same as an absent one.

use std::fmt;

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha512_256};

use crate::nkeys::{KeyKind, KeyPair, PublicKey};

mod v1;

/// The largest token that is read or written, in bytes, unless it is an account's: as in the Go
/// library.
pub const TOKEN_BYTES_MAX: usize = 1 << 20;
/// The largest token of an account. 50,000 revocations of about 70 bytes are 3.5 MiB of JSON and
/// 4.7 MiB of base64; the rest is room. Other servers stop at [`TOKEN_BYTES_MAX`].
pub const ACCOUNT_TOKEN_BYTES_MAX: usize = 8 << 20;

const VERSION: i64 = 2;
const HEADER: &str = r#"{"typ":"JWT","alg":"ed25519-nkey"}"#;
/// Parser messages may quote the token; this much is enough to find the place.
const DETAIL_CHARS_MAX: usize = 160;

/// Why a token is not what it was read as, or cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    #[error("the token has {bytes} bytes, at most {max} are read")]
    TooLarge { bytes: usize, max: usize },
    #[error("not a JWT: expected header.payload.signature")]
    Shape,
    #[error("the {0} of the token is not base64 raw-url")]
    Base64(&'static str),
    #[error("the {0} of the token is not the JSON that was expected: {1}")]
    Json(&'static str, String),
    #[error("the token header must say typ JWT and alg ed25519-nkey")]
    Header,
    #[error("token version {0} is not supported, use version 2")]
    Version(i64),
    #[error("the token says neither its type nor its version")]
    Untyped,
    #[error("expected a token of type {expected}, got {got}")]
    Kind { expected: ClaimKind, got: String },
    #[error("the issuer is not a key that may sign a token of type {0}")]
    Issuer(ClaimKind),
    #[error("the subject is not a key that a token of type {0} can be about")]
    Subject(ClaimKind),
    #[error("the signature was not made by the issuer over this token")]
    Signature,
}

/// What a token claims; the `type` in its payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClaimKind {
    Operator,
    Account,
    User,
    Activation,
    AuthorizationRequest,
    AuthorizationResponse,
    Generic,
}

impl ClaimKind {
    const ALL: [Self; 7] = [
        Self::Operator,
        Self::Account,
        Self::User,
        Self::Activation,
        Self::AuthorizationRequest,
        Self::AuthorizationResponse,
        Self::Generic,
    ];

    /// The `type` text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Account => "account",
            Self::User => "user",
            Self::Activation => "activation",
            Self::AuthorizationRequest => "authorization_request",
            Self::AuthorizationResponse => "authorization_response",
            Self::Generic => "generic",
        }
    }

    /// The largest token of this kind that is read or written, in bytes.
    pub const fn bytes_max(self) -> usize {
        match self {
            Self::Account => ACCOUNT_TOKEN_BYTES_MAX,
            _ => TOKEN_BYTES_MAX,
        }
    }

    fn check_size(self, token: &str) -> Result<(), JwtError> {
        let (bytes, max) = (token.len(), self.bytes_max());
        if bytes > max {
            return Err(JwtError::TooLarge { bytes, max });
        }
        Ok(())
    }

    fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl fmt::Display for ClaimKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The type-specific part of a token (its `nats` object).
pub trait ClaimBody: Serialize + DeserializeOwned {
    /// The `type` in the payload.
    const KIND: ClaimKind;
    /// Kinds of key that may issue it; empty means any.
    const ISSUERS: &'static [KeyKind];
    /// Kinds of key that it may be about; empty means any text.
    const SUBJECTS: &'static [KeyKind];
}

/// Bodies whose subject is always a key.
pub trait KeySubject: ClaimBody {}

/// A token's content. Times are unix seconds, 0 when absent.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims<T> {
    /// Whom it is for.
    pub aud: Option<String>,
    /// When it expires; 0 = never.
    pub exp: i64,
    /// Its id; [`encode`] computes it.
    pub jti: String,
    /// When it was issued.
    pub iat: i64,
    /// Who signed it; [`encode`] sets it.
    pub iss: PublicKey,
    /// A name for people.
    pub name: String,
    /// When it starts to hold; 0 = at once.
    pub nbf: i64,
    /// What it is about: the text of a public key, except in generic tokens.
    pub sub: String,
    /// The type-specific part.
    pub nats: T,
    /// Fields of the payload that we do not know; written back as they were.
    pub extra: Map<String, Value>,
}

impl<T: ClaimBody> Claims<T> {
    /// Claims about `subject`, issued at `iat`, that never expire; [`encode`] sets the rest.
    pub fn new(subject: PublicKey, name: impl Into<String>, iat: i64, nats: T) -> Self {
        Self {
            aud: None,
            exp: 0,
            jti: String::new(),
            iat,
            iss: subject,
            name: name.into(),
            nbf: 0,
            sub: subject.to_string(),
            nats,
            extra: Map::new(),
        }
    }
}

impl<T: KeySubject> Claims<T> {
    /// The key that the token is about.
    ///
    /// # Panics
    /// When `sub` was set by hand to something that is no key; decoded claims and those of
    /// [`Claims::new`] always hold one.
    pub fn subject(&self) -> PublicKey {
        PublicKey::parse(&self.sub).expect("the subject of these claims is a public key")
    }
}

#[derive(Deserialize)]
struct Header {
    typ: String,
    alg: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    PayloadOnly,
    HeaderAndPayload,
}

/// Reads a token of one kind: shape, size, kind, key classes and signature are checked. Trust in
/// the issuer and the clock are not.
pub fn decode<T: ClaimBody>(token: &str) -> Result<Claims<T>, JwtError> {
    T::KIND.check_size(token)?;
    let parts = Parts::split(token)?;
    let mut top = parts.payload()?;
    let (kind, version) = identify(&top);
    let scheme = match T::KIND {
        ClaimKind::Generic => {
            if kind.is_some_and(|kind| !is_generic(kind)) {
                return Err(wrong_kind::<T>(kind));
            }
            parts.scheme
        }
        _ if kind != Some(T::KIND.as_str()) => return Err(wrong_kind::<T>(kind)),
        _ => match version {
            Some(1) => Scheme::PayloadOnly,
            Some(VERSION) => Scheme::HeaderAndPayload,
            Some(other) => return Err(JwtError::Version(other)),
            None => return Err(JwtError::Untyped),
        },
    };
    let iss = key_field(&top, "iss").ok_or(JwtError::Issuer(T::KIND))?;
    if !T::ISSUERS.is_empty() && !T::ISSUERS.contains(&iss.kind()) {
        return Err(JwtError::Issuer(T::KIND));
    }
    if !subject_fits::<T>(top.get("sub").and_then(Value::as_str).unwrap_or_default()) {
        return Err(JwtError::Subject(T::KIND));
    }
    parts.verify(iss, scheme)?;
    if T::KIND != ClaimKind::Generic && version == Some(1) {
        v1::migrate(T::KIND, &mut top);
    }
    claims_from(top, iss)
}

/// Writes a version 2 token signed by `signer`: sets the issuer, the id, the type and the version
/// (in the token; `claims` stays as it is). The caller sets `iat`. Fails when the signer or the
/// subject is of a kind that this type of token cannot have, or the token would be too large.
pub fn encode<T: ClaimBody>(claims: &Claims<T>, signer: &KeyPair) -> Result<String, JwtError> {
    let iss = signer.public();
    if !T::ISSUERS.is_empty() && !T::ISSUERS.contains(&iss.kind()) {
        return Err(JwtError::Issuer(T::KIND));
    }
    if !subject_fits::<T>(&claims.sub) {
        return Err(JwtError::Subject(T::KIND));
    }
    let body = serde_json::to_value(&claims.nats).map_err(|e| json_error("payload", &e))?;
    let Value::Object(mut body) = body else {
        return Err(JwtError::Json(
            "payload",
            "the body must be an object".to_owned(),
        ));
    };
    if !(T::KIND == ClaimKind::Generic && body.contains_key("type")) {
        body.insert("type".to_owned(), T::KIND.as_str().into());
    }
    body.insert("version".to_owned(), VERSION.into());
    let mut top = standard_fields(claims, iss);
    let jti = {
        let text = serde_json::to_vec(&top).map_err(|e| json_error("payload", &e))?;
        BASE32_NOPAD.encode(&Sha512_256::digest(text))
    };
    top.insert("jti".to_owned(), jti.into());
    for (name, value) in &claims.extra {
        top.entry(name.clone()).or_insert_with(|| value.clone());
    }
    top.insert("nats".to_owned(), Value::Object(body));
    let payload = serde_json::to_vec(&top).map_err(|e| json_error("payload", &e))?;
    let mut token = BASE64URL_NOPAD.encode(HEADER.as_bytes());
    token.push('.');
    BASE64URL_NOPAD.encode_append(&payload, &mut token);
    let signature = signer.sign(token.as_bytes());
    token.push('.');
    BASE64URL_NOPAD.encode_append(&signature, &mut token);
    T::KIND.check_size(&token)?;
    Ok(token)
}

/// What a token says that it is. Nothing is verified: use it only to choose a decoder.
pub fn kind_of(token: &str) -> Result<ClaimKind, JwtError> {
    // No kind may be larger.
    ClaimKind::Account.check_size(token)?;
    let top = Parts::split(token)?.payload()?;
    let (Some(kind), _) = identify(&top) else {
        return Err(JwtError::Untyped);
    };
    let kind = ClaimKind::from_text(kind).unwrap_or(ClaimKind::Generic);
    kind.check_size(token)?;
    Ok(kind)
}

/// The id that a token says it has. Nothing is verified: use it only for what was signed here.
pub fn id_of(token: &str) -> Result<String, JwtError> {
    ClaimKind::Account.check_size(token)?;
    let top = Parts::split(token)?.payload()?;
    let id = top.get("jti").and_then(Value::as_str);
    Ok(id.unwrap_or_default().to_owned())
}

/// The three parts of a token, with the header already checked.
struct Parts<'a> {
    signed: &'a str,
    payload: &'a str,
    signature: &'a str,
    scheme: Scheme,
}

impl<'a> Parts<'a> {
    fn split(token: &'a str) -> Result<Self, JwtError> {
        let (signed, signature) = token.rsplit_once('.').ok_or(JwtError::Shape)?;
        let (header, payload) = signed.split_once('.').ok_or(JwtError::Shape)?;
        if payload.contains('.') {
            return Err(JwtError::Shape);
        }
        let header = unbase64("header", header)?;
        let header: Header =
            serde_json::from_slice(&header).map_err(|e| json_error("header", &e))?;
        if !header.typ.eq_ignore_ascii_case("JWT") {
            return Err(JwtError::Header);
        }
        let scheme = match header.alg.to_ascii_lowercase().as_str() {
            "ed25519-nkey" => Scheme::HeaderAndPayload,
            "ed25519" => Scheme::PayloadOnly,
            _ => return Err(JwtError::Header),
        };
        Ok(Self {
            signed,
            payload,
            signature,
            scheme,
        })
    }

    fn payload(&self) -> Result<Map<String, Value>, JwtError> {
        let bytes = unbase64("payload", self.payload)?;
        let mut top: Map<String, Value> =
            serde_json::from_slice(&bytes).map_err(|e| json_error("payload", &e))?;
        list_signing_keys(&mut top);
        drop_nulls(&mut top);
        Ok(top)
    }

    fn verify(&self, iss: PublicKey, scheme: Scheme) -> Result<(), JwtError> {
        let signature = unbase64("signature", self.signature)?;
        let signed = match scheme {
            Scheme::PayloadOnly => self.payload,
            Scheme::HeaderAndPayload => self.signed,
        };
        iss.verify(signed.as_bytes(), &signature)
            .map_err(|_| JwtError::Signature)
    }
}

fn unbase64(part: &'static str, text: &str) -> Result<Vec<u8>, JwtError> {
    BASE64URL_NOPAD
        .decode(text.as_bytes())
        .map_err(|_| JwtError::Base64(part))
}

fn json_error(part: &'static str, error: &serde_json::Error) -> JwtError {
    JwtError::Json(
        part,
        error.to_string().chars().take(DETAIL_CHARS_MAX).collect(),
    )
}

/// Some libraries (PyPI `nats-jwt`) write signing keys as a map from key to scope or `null`.
fn list_signing_keys(top: &mut Map<String, Value>) {
    let body = top.get_mut("nats").and_then(Value::as_object_mut);
    let Some(keys) = body.and_then(|body| body.get_mut("signing_keys")) else {
        return;
    };
    if let Value::Object(map) = keys {
        let entry = |(key, scope): (String, Value)| match scope {
            Value::Null => Value::String(key),
            scope => scope,
        };
        *keys = std::mem::take(map).into_iter().map(entry).collect();
    }
}

/// Removes fields that are `null`, at every depth. The parser bounds the depth (128).
fn drop_nulls(map: &mut Map<String, Value>) {
    fn inside(value: &mut Value) {
        match value {
            Value::Object(map) => drop_nulls(map),
            Value::Array(items) => items.iter_mut().for_each(inside),
            _ => {}
        }
    }
    map.retain(|_, value| !value.is_null());
    map.values_mut().for_each(inside);
}

/// The type and the version that a payload declares. A top-level type marks version 1.
fn identify(top: &Map<String, Value>) -> (Option<&str>, Option<i64>) {
    let text = |value: Option<&'_ Value>| value.is_some_and(|v| v.as_str() != Some(""));
    if text(top.get("type")) {
        return (top.get("type").and_then(Value::as_str), Some(1));
    }
    let Some(nats) = top.get("nats").and_then(Value::as_object) else {
        return (None, None);
    };
    let version = nats.get("version").and_then(|version| {
        // The Go library writes the version of generic claims as a float.
        version
            .as_i64()
            .or_else(|| (version.as_f64() == Some(2.0)).then_some(VERSION))
    });
    (nats.get("type").and_then(Value::as_str), version)
}

/// Types that have no struct of their own travel as generic tokens.
fn is_generic(kind: &str) -> bool {
    matches!(ClaimKind::from_text(kind), None | Some(ClaimKind::Generic))
}

fn wrong_kind<T: ClaimBody>(got: Option<&str>) -> JwtError {
    match got {
        Some(got) => JwtError::Kind {
            expected: T::KIND,
            got: got.chars().take(DETAIL_CHARS_MAX).collect(),
        },
        None => JwtError::Untyped,
    }
}

fn key_field(top: &Map<String, Value>, name: &str) -> Option<PublicKey> {
    PublicKey::parse(top.get(name)?.as_str()?).ok()
}

fn subject_fits<T: ClaimBody>(sub: &str) -> bool {
    T::SUBJECTS.is_empty()
        || PublicKey::parse(sub).is_ok_and(|key| T::SUBJECTS.contains(&key.kind()))
}

#[derive(Deserialize)]
struct Standard {
    #[serde(default)]
    aud: Option<String>,
    #[serde(default)]
    exp: i64,
    #[serde(default)]
    jti: String,
    #[serde(default)]
    iat: i64,
    #[serde(default)]
    name: String,
    #[serde(default)]
    nbf: i64,
    #[serde(default)]
    sub: String,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

fn claims_from<T: ClaimBody>(
    mut top: Map<String, Value>,
    iss: PublicKey,
) -> Result<Claims<T>, JwtError> {
    let mut body = match top.remove("nats") {
        Some(Value::Object(body)) => body,
        Some(_) => {
            return Err(JwtError::Json(
                "payload",
                "`nats` must be an object".to_owned(),
            ));
        }
        None => Map::new(),
    };
    top.remove("iss");
    body.remove("version");
    if body.get("type").and_then(Value::as_str) == Some(T::KIND.as_str()) {
        body.remove("type");
    }
    let standard: Standard =
        serde_json::from_value(Value::Object(top)).map_err(|e| json_error("payload", &e))?;
    let nats =
        serde_json::from_value(Value::Object(body)).map_err(|e| json_error("payload", &e))?;
    let Standard {
        aud,
        exp,
        jti,
        iat,
        name,
        nbf,
        sub,
        extra,
    } = standard;
    Ok(Claims {
        aud,
        exp,
        jti,
        iat,
        iss,
        name,
        nbf,
        sub,
        nats,
        extra,
    })
}

/// The standard fields in the library's order, without the id; empty ones are left out.
fn standard_fields<T>(claims: &Claims<T>, iss: PublicKey) -> Map<String, Value> {
    let mut top = Map::new();
    let mut put = |name: &str, value: Value| {
        let empty = value == 0 || value == "";
        if !empty {
            top.insert(name.to_owned(), value);
        }
    };
    put("aud", claims.aud.clone().unwrap_or_default().into());
    put("exp", claims.exp.into());
    put("iat", claims.iat.into());
    put("iss", iss.to_string().into());
    put("name", claims.name.clone().into());
    put("nbf", claims.nbf.into());
    put("sub", claims.sub.clone().into());
    top
}

#[cfg(test)]
mod tests;
