//! Redeems the code of a sign-in and checks the ID token that comes for it.

use axum::http::{Method, header};
use data_encoding::BASE64;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{DecodingKey, Validation};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::signature::ALGORITHMS;
use super::{Document, OidcError};
use crate::outbound::{self, Outgoing};
use crate::store::providers::ProviderRow;

/// Clocks may differ by this much.
const LEEWAY_SECONDS: u64 = 60;

/// What an ID token says.
#[derive(Debug, Deserialize)]
pub(crate) struct Claims {
    pub(crate) sub: String,
    nonce: Option<String>,
    azp: Option<String>,
    aud: Value,
    pub(crate) email: Option<String>,
    pub(crate) name: Option<String>,
    #[serde(flatten)]
    others: serde_json::Map<String, Value>,
}

impl Claims {
    /// The person's groups: a list of texts or one, in the claim that the provider has them in.
    pub(crate) fn groups(&self, claim: &str) -> Vec<String> {
        match self.others.get(claim) {
            Some(Value::String(group)) => vec![group.clone()],
            Some(Value::Array(groups)) => {
                let texts = groups.iter().filter_map(Value::as_str);
                texts.map(str::to_owned).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// What has to fit between the start of a sign-in and its end.
#[derive(Debug)]
pub(crate) struct Exchange<'a> {
    pub(crate) code: &'a str,
    pub(crate) verifier: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) redirect_uri: &'a str,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

/// Redeems the code and gives the claims of the ID token, if it is good.
pub(crate) async fn redeem(
    provider: &ProviderRow,
    document: &Document,
    secret: Option<&str>,
    exchange: &Exchange<'_>,
) -> Result<Claims, OidcError> {
    let url = outbound::parse(&document.token_endpoint, provider.allow_private)?;
    let request = token_request(url, provider, document, secret, exchange);
    let tokens: Tokens = outbound::json(request, provider.allow_private).await?;

    let url = outbound::parse(&document.jwks_uri, provider.allow_private)?;
    let keys: JwkSet = outbound::json(Outgoing::get(url), provider.allow_private).await?;
    verify(&tokens.id_token, &keys, provider, exchange.nonce)
}

/// The token request. The client's secret goes into the header where the provider takes it there.
fn token_request(
    url: Url,
    provider: &ProviderRow,
    document: &Document,
    secret: Option<&str>,
    exchange: &Exchange<'_>,
) -> Outgoing {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", exchange.code),
        ("redirect_uri", exchange.redirect_uri),
        ("code_verifier", exchange.verifier),
    ];
    let methods = &document.token_endpoint_auth_methods_supported;
    let takes_basic =
        methods.is_empty() || methods.iter().any(|method| method == "client_secret_basic");
    let authorization = match secret {
        Some(secret) if takes_basic => {
            let pair = format!("{}:{}", encoded(&provider.client_id), encoded(secret));
            Some(format!("Basic {}", BASE64.encode(pair.as_bytes())))
        }
        Some(secret) => {
            form.push(("client_id", &provider.client_id));
            form.push(("client_secret", secret));
            None
        }
        None => {
            form.push(("client_id", &provider.client_id));
            None
        }
    };
    let body: Vec<String> = form
        .into_iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    let mut headers = vec![
        (
            header::CONTENT_TYPE,
            "application/x-www-form-urlencoded".to_owned(),
        ),
        (header::ACCEPT, "application/json".to_owned()),
    ];
    headers.extend(authorization.map(|value| (header::AUTHORIZATION, value)));
    Outgoing {
        url,
        method: Method::POST,
        headers,
        body: body.join("&"),
        tells_trace: false,
    }
}

/// A text as it stands in a form or a query.
pub(crate) fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// The claims of the token, if the provider signed it for us, for now, and for this sign-in.
fn verify(
    token: &str,
    keys: &JwkSet,
    provider: &ProviderRow,
    nonce: &str,
) -> Result<Claims, OidcError> {
    let header = jsonwebtoken::decode_header(token)?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(OidcError::Token("its algorithm is not one of ours"));
    }
    let key = key_of(keys, header.kid.as_deref())
        .ok_or(OidcError::Token("no key of the provider fits"))?;
    let mut validation = Validation::new(header.alg);
    validation.leeway = LEEWAY_SECONDS;
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[&provider.issuer]);
    validation.set_audience(&[&provider.client_id]);
    let key = DecodingKey::from_jwk(key)?;
    let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation)?.claims;
    let is_shared = claims.aud.as_array().is_some_and(|all| all.len() > 1);
    match claims.azp.as_deref() {
        Some(azp) if azp != provider.client_id => {
            return Err(OidcError::Token("it was made for somebody else"));
        }
        None if is_shared => return Err(OidcError::Token("it does not say whom it is for")),
        _ => {}
    }
    if claims.nonce.as_deref() != Some(nonce) {
        return Err(OidcError::Token("it belongs to another sign-in"));
    }
    if claims.sub.is_empty() || claims.sub.len() > 255 {
        return Err(OidcError::Token("its subject is not one"));
    }
    Ok(claims)
}

/// The key of this id; without one, the only signing key that there is.
fn key_of<'a>(keys: &'a JwkSet, id: Option<&str>) -> Option<&'a Jwk> {
    let mut signing = keys.keys.iter().filter(|key| {
        let usage = key.common.public_key_use.as_ref();
        usage.is_none_or(|usage| *usage == PublicKeyUse::Signature)
    });
    match id {
        Some(id) => signing.find(|key| key.common.key_id.as_deref() == Some(id)),
        None => signing.next().filter(|_| signing.next().is_none()),
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64URL_NOPAD;
    use jsonwebtoken::jwk::JwkSet;
    use ring::signature::{Ed25519KeyPair, KeyPair as _};
    use serde_json::{Value, json};

    use super::verify;
    use crate::auth::oidc::install_signatures;
    use crate::clock;
    use crate::store::providers::ProviderRow;

    struct Signer(Ed25519KeyPair);

    impl Signer {
        fn new(seed: u8) -> Self {
            install_signatures();
            Self(Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap())
        }

        fn keys(&self, id: &str) -> JwkSet {
            let x = BASE64URL_NOPAD.encode(self.0.public_key().as_ref());
            let key = json!({ "kty": "OKP", "crv": "Ed25519", "kid": id, "x": x });
            serde_json::from_value(json!({ "keys": [key] })).unwrap()
        }

        fn token(&self, header: &Value, claims: &Value) -> String {
            let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
            let message = format!("{}.{}", part(header), part(claims));
            let signature = self.0.sign(message.as_bytes());
            format!("{message}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
        }
    }

    fn claims() -> Value {
        json!({
            "iss": "https://id.example.org", "aud": "tidegate", "sub": "u-1",
            "exp": clock::now() + 60, "nonce": "n", "groups": ["a", 1, "b"],
        })
    }

    #[test]
    fn a_good_token_is_taken() {
        let signer = Signer::new(1);
        let header = json!({ "alg": "EdDSA", "kid": "k" });
        let provider = ProviderRow::sample();
        let token = signer.token(&header, &claims());
        let taken = verify(&token, &signer.keys("k"), &provider, "n").unwrap();
        assert_eq!(taken.sub, "u-1");
        assert_eq!(taken.groups("groups"), ["a", "b"]);
        assert!(taken.groups("others").is_empty());
        let mut shared = claims();
        shared["aud"] = json!(["tidegate", "other"]);
        shared["azp"] = json!("tidegate");
        let token = signer.token(&header, &shared);
        assert!(verify(&token, &signer.keys("k"), &provider, "n").is_ok());
    }

    #[test]
    fn every_flaw_is_found() {
        let signer = Signer::new(1);
        let provider = ProviderRow::sample();
        let keys = signer.keys("k");
        let good = json!({ "alg": "EdDSA", "kid": "k" });
        for (claim, value) in [
            ("iss", json!("https://id.example.org/")),
            ("iss", Value::Null),
            ("aud", json!("other")),
            ("aud", json!(["tidegate", "other"])),
            ("azp", json!("other")),
            ("exp", json!(clock::now() - 120)),
            ("exp", Value::Null),
            ("nonce", json!("m")),
            ("nonce", Value::Null),
            ("sub", json!("")),
            ("sub", Value::Null),
        ] {
            let mut bad = claims();
            bad[claim] = value.clone();
            if value.is_null() {
                bad.as_object_mut().unwrap().remove(claim);
            }
            let token = signer.token(&good, &bad);
            let refused = verify(&token, &keys, &provider, "n").is_err();
            assert!(refused, "{claim} = {value}");
        }
        for header in [
            json!({ "alg": "none", "kid": "k" }),
            json!({ "alg": "HS256", "kid": "k" }),
            json!({ "alg": "RS256", "kid": "k" }),
            json!({ "alg": "ES256", "kid": "k" }),
            json!({ "alg": "EdDSA", "kid": "other" }),
        ] {
            let token = signer.token(&header, &claims());
            assert!(verify(&token, &keys, &provider, "n").is_err(), "{header}");
        }
        let forged = Signer::new(2).token(&good, &claims());
        assert!(verify(&forged, &keys, &provider, "n").is_err());
        for text in ["", "a.b", "a.b.c", "..", &"x".repeat(10_000)] {
            assert!(verify(text, &keys, &provider, "n").is_err());
        }
    }
}
