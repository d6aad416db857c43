//! The session cookie, and what keeps other sites from using it.
//!
//! The cookie is `HttpOnly` and `SameSite=Strict`; over HTTPS it is `Secure` and has the `__Host-`
//! prefix, so that no neighbour can set it. A request that changes something must also carry the
//! token that the session told its page, and must not come from another origin.

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use subtle::ConstantTimeEq as _;

use crate::problem::Problem;
use crate::token::{Token, TokenKind};
use crate::vault::Vault;

const CSRF: HeaderName = HeaderName::from_static("x-csrf-token");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const NAME: &str = "tidegate_session";
const SECURE_NAME: &str = "__Host-tidegate_session";

/// Whether the caller speaks HTTPS with us, or with the proxy before us. A caller that lies about
/// it only gets a cookie that it cannot use.
pub(crate) fn is_secure(headers: &HeaderMap) -> bool {
    headers
        .get(FORWARDED_PROTO)
        .is_some_and(|proto| proto.as_bytes().eq_ignore_ascii_case(b"https"))
}

/// The connection itself is HTTPS: no proxy has to say so.
pub(crate) fn mark_secure(headers: &mut HeaderMap) {
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static("https"));
}

/// The cookie with this name.
pub(crate) fn named<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter();
    cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// The session's token in the cookie of the request.
pub(crate) fn session_token(headers: &HeaderMap) -> Option<Token> {
    let name = if is_secure(headers) {
        SECURE_NAME
    } else {
        NAME
    };
    Token::parse(named(headers, name)?, &[TokenKind::Session])
}

/// The header that hands the session's token to the browser, or takes it away.
pub(crate) fn set(headers: &HeaderMap, token: Option<&Token>, seconds: i64) -> HeaderValue {
    let (name, secure) = match is_secure(headers) {
        true => (SECURE_NAME, "; Secure"),
        false => (NAME, ""),
    };
    let (value, age) = token.map_or(("", 0), |token| (token.expose(), seconds));
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}");
    let mut header = HeaderValue::from_str(&text)
        .expect("names, tokens and numbers are letters that a header takes");
    header.set_sensitive(true);
    header
}

/// What a page has to send with each change.
pub(crate) fn csrf_token(vault: &Vault, session: &Token) -> String {
    vault.hash_token(&format!("csrf:{}", session.expose()))
}

/// Refuses a change that the session's own page did not send.
pub(crate) fn check_csrf(parts: &Parts, vault: &Vault, session: &Token) -> Result<(), Problem> {
    if [Method::GET, Method::HEAD, Method::OPTIONS].contains(&parts.method) {
        return Ok(());
    }
    check_origin(&parts.headers)?;
    let sent = parts.headers.get(CSRF).map(HeaderValue::as_bytes);
    let expected = csrf_token(vault, session);
    if sent.is_some_and(|sent| bool::from(sent.ct_eq(expected.as_bytes()))) {
        return Ok(());
    }
    Err(Problem::refused(
        "csrf",
        "With a session, changes need the header `X-CSRF-Token`: `GET /api/v1/whoami` has it.",
    ))
}

/// Refuses a request that a page of another origin sent.
pub(crate) fn check_origin(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let host = text(header::HOST);
    let is_ours = match text(header::ORIGIN) {
        None => true,
        Some(origin) => {
            let authority = origin.split_once("://").map(|(_, authority)| authority);
            authority.is_some() && authority == host
        }
    };
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    if is_ours && site.is_none_or(|site| [b"same-origin".as_slice(), b"none"].contains(&site)) {
        return Ok(());
    }
    Err(Problem::refused(
        "cross_site",
        "The request comes from a page of another site.",
    ))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};

    use super::{check_origin, named, session_token, set};
    use crate::token::{Token, TokenKind};

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| {
                (
                    axum::http::HeaderName::from_static(name),
                    HeaderValue::from_str(value).unwrap(),
                )
            })
            .collect()
    }

    #[test]
    fn the_cookie_is_read_as_it_was_set() {
        let token = Token::generate(TokenKind::Session);
        for proto in ["http", "https"] {
            let given = headers(&[("x-forwarded-proto", proto)]);
            let set = set(&given, Some(&token), 60);
            let text = set.to_str().unwrap();
            assert!(text.contains("; HttpOnly; SameSite=Strict; Max-Age=60"));
            assert_eq!(text.contains("; Secure"), proto == "https");
            assert_eq!(text.starts_with("__Host-"), proto == "https");
            let pair = text.split(';').next().unwrap();
            let sent = format!("other=1; {pair}; last=2");
            let sent = headers(&[("x-forwarded-proto", proto), ("cookie", &sent)]);
            assert_eq!(session_token(&sent).unwrap().expose(), token.expose());
        }
        // Over HTTPS a cookie that a neighbour may have set is none.
        let pair = format!("tidegate_session={}", token.expose());
        let sent = headers(&[("x-forwarded-proto", "https"), ("cookie", &pair)]);
        assert!(session_token(&sent).is_none());
        assert_eq!(named(&headers(&[("cookie", "a=1; b=2")]), "b"), Some("2"));
    }

    #[test]
    fn other_origins_are_refused() {
        let ours = [("host", "gate.example:8443")];
        assert!(check_origin(&headers(&ours)).is_ok());
        for (origin, ok) in [
            ("https://gate.example:8443", true),
            ("https://gate.example", false),
            ("https://evil.example", false),
            ("null", false),
        ] {
            let sent = headers(&[ours[0], ("origin", origin)]);
            assert_eq!(check_origin(&sent).is_ok(), ok, "{origin}");
        }
        for (site, ok) in [("same-origin", true), ("none", true), ("cross-site", false)] {
            let sent = headers(&[ours[0], ("sec-fetch-site", site)]);
            assert_eq!(check_origin(&sent).is_ok(), ok, "{site}");
        }
    }
}
