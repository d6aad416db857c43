//! EST (RFC 7030, with the clarifications of RFC 8951 and RFC 9908) on the onboarding listener.
//!
//! The tenant stands in the path, before or after `.well-known/est`: there are clients that can do
//! only the one, and some only the other. Without one it is that of the token. The token is the
//! password of HTTP Basic authentication, and the user's name is what the device wishes to be
//! called; a certificate of an authority that the account has registered does as well. Names in a
//! request are not read. Errors are text, since those who see them see nothing else.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::Arc;

use accounts::devices::name_in;
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequestParts, RawPathParams, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use data_encoding::{BASE64, HEXLOWER};
use zeroize::Zeroizing;

use super::door::ClientCertificates;
use crate::app::App;
use crate::auth::Visitor;
use crate::clock;
use crate::enrol::{self, Asked, Issued, Outcome};
use crate::pki::{NewKey, certs_only};
use crate::problem::Problem;
use crate::random::random_bytes;
use crate::store::{self, Scope};

/// Where the paths of EST begin, with and without a tenant.
const PREFIXES: [&str; 3] = [
    "/.well-known/est",
    "/.well-known/est/{account}",
    "/{account}/.well-known/est",
];
/// What all of them have in common.
const MARK: &str = "/.well-known/est/";
const TRANSFER_ENCODING: HeaderName = HeaderName::from_static("content-transfer-encoding");
const CERTS_ONLY: &str = "application/pkcs7-mime; smime-type=certs-only";
/// What we like best in a request (RFC 8951, section 4.5): a key for P-256, signed with SHA-256.
/// `SEQUENCE { SEQUENCE { id-ecPublicKey, SET { prime256v1 } }, ecdsa-with-SHA256 }`
const ATTRIBUTES: [u8; 35] = [
    0x30, 33, 0x30, 21, 0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 0x31, 10, 0x06, 8, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 3, 1, 7, 0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2,
];

/// All operations, wherever the tenant stands.
pub(super) fn routes() -> Router<Arc<App>> {
    let below = |prefix: &str| {
        Router::new()
            .route(&format!("{prefix}/cacerts"), get(authorities))
            .route(&format!("{prefix}/csrattrs"), get(attributes))
            .route(&format!("{prefix}/simpleenroll"), post(enroll))
            .route(&format!("{prefix}/simplereenroll"), post(renew))
            .route(&format!("{prefix}/serverkeygen"), post(make_key))
    };
    PREFIXES
        .into_iter()
        .map(below)
        .fold(Router::new(), Router::merge)
}

/// Whether errors on this path are told as EST tells them.
pub(crate) fn is_est(path: &str) -> bool {
    path.contains(MARK)
}

/// The account in the path, if one is there.
struct Tenant(Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for Tenant {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let account = params.ok().and_then(|params| {
            let mut params = params.into_iter();
            params.find_map(|(name, value)| (name == "account").then(|| value.to_owned()))
        });
        Ok(Self(account))
    }
}

/// `cacerts`: who has issued the servers' certificates, and who issues the account's.
async fn authorities(State(app): State<Arc<App>>, tenant: Tenant) -> Result<Response, Problem> {
    let roots = app
        .onboarding
        .as_ref()
        .map(|it| it.server_roots.borrow().to_vec());
    let mut found = roots.unwrap_or_default();
    if let Tenant(Some(account)) = &tenant {
        found.extend(authorities_of(&app, account).await?);
    }
    match found.is_empty() {
        false => Ok(certificates(
            StatusCode::OK,
            found.iter().map(Vec::as_slice),
        )),
        true => Err(Problem::not_found_because(
            "There is nothing to hand out: the servers' certificates come from an authority that \
             your system knows, and the path names no account with devices.",
        )),
    }
}

/// Those that sign, and those that have until lately. Which accounts there are is nobody's
/// business: an unknown one is like one without devices.
async fn authorities_of(app: &App, account: &str) -> Result<Vec<Vec<u8>>, Problem> {
    app.installation()?;
    let mut tx = app.db.read().await?;
    let found = store::accounts::find(&mut tx, &Scope::default(), account).await?;
    let Some(found) = found else {
        return Ok(Vec::new());
    };
    let rows = store::device_authorities::trusted(&mut tx, &found.id, clock::now()).await?;
    Ok(rows.into_iter().map(|row| row.certificate).collect())
}

/// `csrattrs`: what a request is best made with. Others are taken, too.
async fn attributes() -> Response {
    let kind = HeaderValue::from_static("application/csrattrs");
    base64(StatusCode::OK, kind, &ATTRIBUTES)
}

/// `simpleenroll`: a certificate for a token, or for one of an authority that the account takes.
async fn enroll(
    State(app): State<Arc<App>>,
    tenant: Tenant,
    visitor: Visitor,
    shown: ClientCertificates,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = request(&headers, body)?;
    let login = Login::of(&headers)?;
    let asked = asked(&visitor, &body, login.as_ref());
    let account = tenant.0.as_deref();
    let outcome = match (&login, account) {
        (Some(login), account) => enrol::with_token(&app, &login.token, account, asked).await?,
        (None, Some(account)) if !shown.0.is_empty() => {
            enrol::with_foreign(&app, account, &shown.0, asked).await?
        }
        (None, _) => return Err(no_credential(!shown.0.is_empty())),
    };
    Ok(match outcome {
        Outcome::Issued(issued) => issued_only(&issued),
        Outcome::Pending { retry_after, .. } => pending(retry_after),
    })
}

/// `simplereenroll`: the next certificate, for the one that the TLS connection shows.
async fn renew(
    State(app): State<Arc<App>>,
    tenant: Tenant,
    visitor: Visitor,
    shown: ClientCertificates,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = request(&headers, body)?;
    if let (Tenant(Some(account)), Some(leaf)) = (&tenant, shown.0.first()) {
        belongs(&app, leaf, account).await?;
    }
    let outcome = enrol::renew(&app, &shown.0, asked(&visitor, &body, None)).await?;
    Ok(match outcome {
        Outcome::Issued(issued) => issued_only(&issued),
        Outcome::Pending { retry_after, .. } => pending(retry_after),
    })
}

/// `serverkeygen`: a certificate and its key, for devices that cannot make one. It goes to the
/// device and is kept nowhere: who loses the answer needs another token.
async fn make_key(
    State(app): State<Arc<App>>,
    tenant: Tenant,
    visitor: Visitor,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    request(&headers, body)?;
    let login = Login::of(&headers)?.ok_or_else(|| no_credential(false))?;
    let key = NewKey::make().map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "no key could be made"
        );
        Problem::internal()
    })?;
    let asked = Asked {
        is_key_ours: true,
        ..asked(&visitor, &key.request, Some(&login))
    };
    let outcome = enrol::with_token(&app, &login.token, tenant.0.as_deref(), asked).await?;
    match outcome {
        Outcome::Issued(issued) => Ok(key_and_certificate(&key.secret, &issued)),
        // Refused before: there is nobody to keep the key meanwhile.
        Outcome::Pending { .. } => Err(Problem::internal()),
    }
}

/// A token, and the name that comes with it.
struct Login {
    name: Option<String>,
    token: String,
}

impl Login {
    fn of(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let Some(value) = headers.get(header::AUTHORIZATION) else {
            return Ok(None);
        };
        let text = value.to_str().unwrap_or_default();
        let (scheme, rest) = text.split_once(' ').unwrap_or((text, ""));
        let login = match scheme.to_ascii_lowercase().as_str() {
            "bearer" => Some(Self {
                name: None,
                token: rest.trim().to_owned(),
            }),
            "basic" => Self::basic(rest.trim()),
            _ => None,
        };
        let unreadable = "The Authorization header cannot be read: send HTTP Basic with the \
                          device's name, or nothing, and the enrolment token as the password.";
        login
            .map(Some)
            .ok_or_else(|| Problem::not_let_in("login_unreadable", unreadable))
    }

    fn basic(base64: &str) -> Option<Self> {
        let text = String::from_utf8(BASE64.decode(base64.as_bytes()).ok()?).ok()?;
        let (name, token) = text.split_once(':')?;
        Some(Self {
            name: (!name.is_empty()).then(|| name.to_owned()),
            token: token.to_owned(),
        })
    }
}

fn no_credential(has_certificate: bool) -> Problem {
    let detail = match has_certificate {
        true => {
            "The path names no account whose authority could have issued the certificate: put it \
             there, as in /.well-known/est/ACCOUNT/simpleenroll. For the next certificate of a \
             device use simplereenroll."
        }
        false => {
            "Send the enrolment token as the password of HTTP Basic authentication, and the \
             device's name, or nothing, as the user's."
        }
    };
    Problem::not_let_in("credential_needed", detail)
}

/// The body, which has to say what it is.
fn request(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Bytes, Problem> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|it| it.to_str().ok());
    let kind = kind
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    if !kind.trim().eq_ignore_ascii_case("application/pkcs10") {
        return Err(Problem::unsupported_media_type_but("application/pkcs10"));
    }
    body.map_err(|_| Problem::too_large())
}

fn asked<'a>(visitor: &'a Visitor, body: &'a [u8], login: Option<&'a Login>) -> Asked<'a> {
    Asked {
        request: body,
        name: login.and_then(|login| login.name.as_deref()),
        ip: visitor.address.unwrap_or(Ipv4Addr::UNSPECIFIED.into()),
        request_id: &visitor.request_id,
        trace_id: visitor.trace_id.as_deref(),
        is_key_ours: false,
    }
}

/// Refuses a device of another account than the path names.
async fn belongs(app: &App, leaf: &[u8], account: &str) -> Result<(), Problem> {
    app.installation()?;
    let mut tx = app.db.read().await?;
    let found = store::accounts::find(&mut tx, &Scope::default(), account).await?;
    let named = name_in(leaf).ok().map(|name| name.account.to_string());
    match found.is_some_and(|found| Some(&found.public_key) == named.as_ref()) {
        true => Ok(()),
        false => Err(Problem::not_let_in(
            "other_account",
            "The certificate is of no device of the account in the path: leave the account out.",
        )),
    }
}

fn issued_only(issued: &Issued) -> Response {
    certificates(StatusCode::OK, [issued.certificate.certificate.as_slice()])
}

fn pending(retry_after: u64) -> Response {
    let headers = [
        (header::RETRY_AFTER, HeaderValue::from(retry_after)),
        (header::CONTENT_TYPE, HeaderValue::from_static("text/plain")),
    ];
    let text = "Somebody has to approve the device: ask again with the same key.\n";
    (StatusCode::ACCEPTED, headers, text).into_response()
}

fn certificates<'a>(status: StatusCode, all: impl IntoIterator<Item = &'a [u8]>) -> Response {
    base64(
        status,
        HeaderValue::from_static(CERTS_ONLY),
        &certs_only(all),
    )
}

/// One line of base64: there are clients that take no more.
fn base64(status: StatusCode, kind: HeaderValue, der: &[u8]) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (TRANSFER_ENCODING, HeaderValue::from_static("base64")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, BASE64.encode(der)).into_response()
}

/// The key and its certificate in two parts (RFC 7030, section 4.4.2).
fn key_and_certificate(key: &[u8], issued: &Issued) -> Response {
    let boundary = HEXLOWER.encode(&random_bytes::<16>());
    let pkcs7 = certs_only([issued.certificate.certificate.as_slice()]);
    let parts = [
        ("application/pkcs8", Zeroizing::new(BASE64.encode(key))),
        (CERTS_ONLY, Zeroizing::new(BASE64.encode(&pkcs7))),
    ];
    let mut body = String::new();
    for (kind, base64) in &parts {
        body.push_str(&format!(
            "--{boundary}\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n\
             {}\r\n",
            base64.as_str()
        ));
    }
    body.push_str(&format!("--{boundary}--\r\n"));
    let kind = format!("multipart/mixed; boundary={boundary}");
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (StatusCode::OK, headers, body).into_response()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};
    use data_encoding::BASE64;
    use x509_parser::der_parser::parse_der;

    use super::{ATTRIBUTES, Login};

    fn login(value: &str) -> Option<(Option<String>, String)> {
        let value = HeaderValue::from_str(value).unwrap();
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, value)]);
        let login = Login::of(&headers).ok()??;
        Some((login.name, login.token))
    }

    #[test]
    fn the_token_is_the_password() {
        let basic = |text: &str| login(&format!("Basic {}", BASE64.encode(text.as_bytes())));
        let named = (Some("pump-7".to_owned()), "t:1".to_owned());
        assert_eq!(basic("pump-7:t:1"), Some(named));
        assert_eq!(basic(":t"), Some((None, "t".to_owned())));
        assert_eq!(login("bearer t"), Some((None, "t".to_owned())));
        assert_eq!(basic("t"), None);
        for bad in ["", "Basic", "Basic ?", "Digest username=\"x\""] {
            assert_eq!(login(bad), None, "{bad}");
        }
        assert!(Login::of(&HeaderMap::new()).is_ok_and(|found| found.is_none()));
    }

    #[test]
    fn the_attributes_are_der() {
        let (rest, _) = parse_der(&ATTRIBUTES).unwrap();
        assert!(rest.is_empty());
    }
}
