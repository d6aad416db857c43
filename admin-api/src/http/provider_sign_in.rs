//! `/sign-in`: the way in over an identity provider. These are pages for browsers: they redirect,
//! and what goes wrong is told to the sign-in page by a word.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::key_page::KeyPage;
use super::sign_in::note;
use crate::app::App;
use crate::auth::oidc::{Claims, Exchange, encoded, follow_groups, redeem};
use crate::auth::{self, Session, Visitor, cookie};
use crate::clock;
use crate::ids::{IdKind, new_id};
use crate::problem::{Problem, ProblemBody};
use crate::random::random_bytes;
use crate::store::members::MemberRow;
use crate::store::providers::{BegunRow, ProviderRow};
use crate::store::{self, Scope, Tx};
use crate::vault::Purpose;

/// How long somebody may take at the provider.
const SIGN_IN_SECONDS: i64 = 600;
/// Binds a sign-in to the browser that began it. It has to come back from another site, so it is
/// `Lax`; it is good for nothing else.
const BROWSER_COOKIE: &str = "tidegate_sign_in";

/// A provider that a sign-in page offers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OfferedProvider {
    id: String,
    name: String,
}

/// The ways to sign in beside email and password.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OfferedProviders {
    data: Vec<OfferedProvider>,
    /// Give it as `cursor` to get the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    has_more: bool,
}

/// The identity providers that a sign-in page offers.
#[utoipa::path(get, path = "/sign-in/providers", operation_id = "list_offered_providers",
    tag = "access",
    params(("org" = Option<String>, Query,
        description = "An organisation's slug; the platform's providers when absent"), KeyPage),
    security(()),
    responses((status = 200, body = OfferedProviders), (status = 404),
        (status = "4XX", body = ProblemBody)))]
pub(super) async fn offered(
    State(app): State<Arc<App>>,
    page: KeyPage,
) -> Result<Answer<OfferedProviders>, Problem> {
    app.installation()?;
    if page.org.as_deref().is_some_and(|org| org.contains('\0')) {
        return Err(Problem::not_found());
    }
    let mut tx = app.db.read().await?;
    let rows = store::providers::offered(&mut tx, page.org.as_deref()).await?;
    let offer = |row: ProviderRow| OfferedProvider {
        id: row.id,
        name: row.name,
    };
    let mut rows = rows;
    rows.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
    let rows = page.cut(&app, rows, |row| format!("{}\n{}", row.name, row.id));
    Ok(Answer(OfferedProviders {
        data: rows.data.into_iter().map(offer).collect(),
        next_cursor: rows.next_cursor,
        has_more: rows.has_more,
    }))
}

/// Where to go afterwards.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StartParams {
    /// A page of the console.
    #[param(example = "/accounts")]
    return_to: Option<String>,
}

/// Sends the browser to the provider.
#[utoipa::path(get, path = "/sign-in/providers/{identity_provider}/start",
    operation_id = "start_provider_sign_in", tag = "access", security(()),
    params(("identity_provider" = String, Path, description = "Id"), StartParams),
    responses((status = 303, description = "To the provider"),
              (status = "4XX", body = ProblemBody)))]
pub(super) async fn start(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    params: Result<Query<StartParams>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let return_to = params.ok().and_then(|Query(params)| params.return_to);
    app.installation()?;
    let provider = usable(&app, &id).await?;
    let document = app.discovery.of(&provider).await.map_err(|error| {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            identity_provider.id = provider.id,
            "the identity provider could not be asked"
        );
        Problem::unavailable("The identity provider does not answer as it should.")
    })?;
    let text = || BASE64URL_NOPAD.encode(&random_bytes::<32>());
    let (state, browser, nonce, verifier) = (text(), text(), text(), text());
    let row = BegunRow {
        state_hash: app.vault.hash_token(&state),
        provider_id: provider.id.clone(),
        browser_hash: app.vault.hash_token(&browser),
        nonce: nonce.clone(),
        verifier: verifier.clone(),
        return_to: own_page(return_to.as_deref()),
        expires_at: clock::now() + SIGN_IN_SECONDS,
    };
    let mut tx = app.db.write().await?;
    store::providers::begin(&mut tx, &row).await?;
    tx.commit().await?;

    let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(verifier.as_bytes()));
    let query: String = [
        ("response_type", "code"),
        ("client_id", &provider.client_id),
        ("redirect_uri", &redirect_uri(&headers)?),
        ("scope", &provider.scopes),
        ("state", &state),
        ("nonce", &nonce),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]
    .iter()
    .map(|(name, value)| format!("&{name}={}", encoded(value)))
    .collect();
    let endpoint = &document.authorization_endpoint;
    let mark = if endpoint.contains('?') { "&" } else { "?" };
    redirect(
        &format!("{endpoint}{mark}{}", query.trim_start_matches('&')),
        &[browser_cookie(&headers, &browser, SIGN_IN_SECONDS)],
    )
}

async fn usable(app: &App, id: &str) -> Result<ProviderRow, Problem> {
    let mut tx = app.db.read().await?;
    let provider = store::providers::find(&mut tx, &Scope::default(), id).await?;
    provider
        .filter(|provider| provider.disabled_at.is_none())
        .ok_or_else(Problem::not_found)
}

/// A path of this console, never another site.
fn own_page(path: Option<&str>) -> String {
    path.filter(|path| path.starts_with('/') && path.len() <= 512)
        .filter(|path| !path[1..].starts_with(['/', '\\']))
        .filter(|path| {
            path.bytes()
                .all(|b| (0x21..0x7f).contains(&b) && b != b'\\')
        })
        .unwrap_or("/")
        .to_owned()
}

/// Our callback as the browser sees it. Whoever forges the host is refused by the provider, where
/// the callback is registered.
fn redirect_uri(headers: &HeaderMap) -> Result<String, Problem> {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let host = host.ok_or_else(|| Problem::bad_request("The request needs a `Host`."))?;
    let scheme = if cookie::is_secure(headers) {
        "https"
    } else {
        "http"
    };
    Ok(format!("{scheme}://{host}/api/v1/sign-in/callback"))
}

fn browser_cookie(headers: &HeaderMap, value: &str, age: i64) -> String {
    let secure = if cookie::is_secure(headers) {
        "; Secure"
    } else {
        ""
    };
    format!(
        "{BROWSER_COOKIE}={value}; Path=/api/v1/sign-in/; HttpOnly; SameSite=Lax; \
         Max-Age={age}{secure}"
    )
}

fn redirect(to: &str, cookies: &[String]) -> Result<Response, Problem> {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    let value = |text: &str| HeaderValue::from_str(text).map_err(|_| Problem::internal());
    headers.insert(header::LOCATION, value(to)?);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for cookie in cookies {
        headers.append(header::SET_COOKIE, value(cookie)?);
    }
    Ok(response)
}

/// What a provider answers.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallbackParams {
    code: Option<String>,
    state: Option<String>,
    /// Who answers (RFC 9207).
    iss: Option<String>,
    error: Option<String>,
}

/// Takes the provider's answer, signs in, and sends the browser to where it wanted to go; to the
/// sign-in page with a word (`refused`) when it does not.
#[utoipa::path(get, path = "/sign-in/callback", operation_id = "finish_provider_sign_in",
    tag = "access", params(CallbackParams), security(()),
    responses((status = 303, description = "Into the console"),
              (status = "4XX", body = ProblemBody)))]
pub(super) async fn callback(
    State(app): State<Arc<App>>,
    params: Result<Query<CallbackParams>, axum::extract::rejection::QueryRejection>,
    visitor: CallbackVisitor,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    app.installation()?;
    let Query(params) = params.map_err(|_| Problem::bad_request("The query cannot be read."))?;
    let gone = browser_cookie(&headers, "", 0);
    match finish(&app, &params, &visitor.0, &headers).await? {
        Ok((session, return_to)) => {
            let seconds = session.settings.session_seconds;
            let set = cookie::set(&headers, Some(&session.token), seconds);
            let set = set.to_str().map_err(|_| Problem::internal())?.to_owned();
            redirect(&return_to, &[gone, set])
        }
        Err(word) => {
            tracing::info!(client.address = ?visitor.0.address, refused = word, "no sign-in");
            redirect(&format!("/sign-in?refused={word}"), &[gone])
        }
    }
}

/// Whoever comes back from the provider: from another site, as it has to be.
pub(crate) struct CallbackVisitor(Visitor);

impl axum::extract::FromRequestParts<Arc<App>> for CallbackVisitor {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        _: &Arc<App>,
    ) -> Result<Self, Problem> {
        Ok(Self(Visitor::of(parts)))
    }
}

/// The session and where it goes, or the word that says why there is none.
async fn finish(
    app: &App,
    params: &CallbackParams,
    visitor: &Visitor,
    headers: &HeaderMap,
) -> Result<Result<(Session, String), &'static str>, Problem> {
    let now = clock::now();
    let (Some(state), Some(browser)) = (&params.state, cookie::named(headers, BROWSER_COOKIE))
    else {
        return Ok(Err("state"));
    };
    let mut tx = app.db.write().await?;
    let begun = store::providers::take(&mut tx, &app.vault.hash_token(state), now).await?;
    tx.commit().await?;
    let browser_hash = app.vault.hash_token(browser);
    let Some(begun) = begun.filter(|begun| begun.browser_hash == browser_hash) else {
        return Ok(Err("state"));
    };
    let provider = usable(app, &begun.provider_id).await?;
    let Some(code) = params.code.as_deref().filter(|_| params.error.is_none()) else {
        return Ok(Err("provider"));
    };
    let claims = match claims(app, &provider, &begun, code, params.iss.as_deref(), headers).await? {
        Ok(claims) => claims,
        Err(word) => return Ok(Err(word)),
    };
    let mut tx = app.db.write().await?;
    let member = known_or_new(&mut tx, &provider, &claims, now).await?;
    let groups = claims.groups(&provider.groups_claim);
    let has_any = follow_groups(&mut tx, &provider, &member.id, &groups, now).await?;
    if !has_any || member.disabled_at.is_some() {
        // What was taken stays taken.
        tx.commit().await?;
        return Ok(Err("no_membership"));
    }
    let session = auth::begin(&mut tx, app, member, visitor, headers, now).await?;
    note(&mut tx, &session, visitor).await?;
    tx.commit().await?;
    Ok(Ok((session, begun.return_to)))
}

async fn claims(
    app: &App,
    provider: &ProviderRow,
    begun: &BegunRow,
    code: &str,
    iss: Option<&str>,
    headers: &HeaderMap,
) -> Result<Result<Claims, &'static str>, Problem> {
    let secret = match &provider.client_secret {
        None => None,
        Some(sealed) => {
            let opened = app
                .vault
                .open_sealed(Purpose::ClientSecret, &provider.id, sealed);
            let opened = opened.map_err(|_| Problem::internal())?;
            Some(String::from_utf8_lossy(&opened).into_owned())
        }
    };
    let redirect_uri = redirect_uri(headers)?;
    let exchange = Exchange {
        code,
        verifier: &begun.verifier,
        nonce: &begun.nonce,
        redirect_uri: &redirect_uri,
    };
    let asked = async {
        let document = app.discovery.of(provider).await?;
        // Another provider's answer must not be redeemed at this one (RFC 9207).
        let is_named = document.authorization_response_iss_parameter_supported;
        match iss {
            Some(iss) if iss != provider.issuer => return Ok(Err("issuer")),
            None if is_named => return Ok(Err("issuer")),
            _ => {}
        }
        let claims = redeem(provider, &document, secret.as_deref(), &exchange).await?;
        Ok::<_, auth::oidc::OidcError>(Ok(claims))
    };
    Ok(asked.await.unwrap_or_else(|error| {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            identity_provider.id = provider.id,
            "a sign-in with an identity provider failed"
        );
        Err("provider")
    }))
}

/// The person of this subject, with the name and email that the provider has now.
async fn known_or_new(
    tx: &mut Tx,
    provider: &ProviderRow,
    claims: &Claims,
    now: i64,
) -> Result<MemberRow, Problem> {
    let clean =
        |text: &str| -> String { text.chars().filter(|c| !c.is_control()).take(200).collect() };
    let email = claims.email.as_deref().map(clean).unwrap_or_default();
    let name = claims
        .name
        .as_deref()
        .map(clean)
        .filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| match email.is_empty() {
        true => clean(&claims.sub),
        false => email.clone(),
    });
    if let Some(mut row) = store::members::by_subject(tx, &provider.id, &claims.sub).await? {
        (row.email, row.name) = (email, name);
        store::members::update(tx, &row, now).await?;
        return Ok(row);
    }
    let row = MemberRow {
        id: new_id(IdKind::Member),
        provider_id: Some(provider.id.clone()),
        subject: Some(claims.sub.clone()),
        email,
        name,
        password_hash: None,
        totp_seed: None,
        totp_confirmed: false,
        created_at: now,
        last_sign_in_at: None,
        disabled_at: None,
        version: 1,
    };
    store::members::insert(tx, &row).await?;
    Ok(row)
}

#[cfg(test)]
mod tests {
    use super::own_page;

    #[test]
    fn a_sign_in_leads_to_a_page_of_ours() {
        for (given, page) in [
            (None, "/"),
            (Some("/accounts/acme?x=1"), "/accounts/acme?x=1"),
            (Some("//evil.example"), "/"),
            (Some("/\\evil.example"), "/"),
            (Some("https://evil.example"), "/"),
            (Some("/a\r\nset-cookie: x"), "/"),
        ] {
            assert_eq!(own_page(given), page, "{given:?}");
        }
    }
}
