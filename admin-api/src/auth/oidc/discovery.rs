//! What a provider says of itself, fetched and kept for some minutes.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde::Deserialize;

use super::OidcError;
use crate::outbound::{self, Outgoing};
use crate::store::providers::ProviderRow;

/// A start of a sign-in, which anybody can ask for, must not be a request to the provider.
const KEPT: Duration = Duration::from_secs(300);

/// The provider's description, of which this is used.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Document {
    issuer: String,
    pub(crate) authorization_endpoint: String,
    pub(crate) token_endpoint: String,
    pub(crate) jwks_uri: String,
    #[serde(default)]
    pub(crate) token_endpoint_auth_methods_supported: Vec<String>,
    /// Whether every answer names its issuer (RFC 9207).
    #[serde(default)]
    pub(crate) authorization_response_iss_parameter_supported: bool,
}

/// The descriptions of the providers that were asked lately.
#[derive(Debug, Default)]
pub(crate) struct Discovery {
    kept: Mutex<HashMap<String, (Instant, Arc<Document>)>>,
}

impl Discovery {
    /// The provider's description, which must be about the issuer that was configured.
    pub(crate) async fn of(&self, provider: &ProviderRow) -> Result<Arc<Document>, OidcError> {
        // A changed provider is another one.
        let key = format!("{} {}", provider.id, provider.updated_at);
        if let Some((since, document)) = self.kept.lock().get(&key)
            && since.elapsed() < KEPT
        {
            return Ok(Arc::clone(document));
        }
        let document = Arc::new(fetch(provider).await?);
        let mut kept = self.kept.lock();
        kept.retain(|_, (since, _)| since.elapsed() < KEPT);
        kept.insert(key, (Instant::now(), Arc::clone(&document)));
        Ok(document)
    }
}

async fn fetch(provider: &ProviderRow) -> Result<Document, OidcError> {
    let base = provider.issuer.trim_end_matches('/');
    let text = format!("{base}/.well-known/openid-configuration");
    let url = outbound::parse(&text, provider.allow_private)?;
    let asked = outbound::json(Outgoing::get(url), provider.allow_private);
    let document: Document = asked.await?;
    if document.issuer != provider.issuer {
        return Err(OidcError::Discovery("it names another issuer"));
    }
    outbound::parse(&document.authorization_endpoint, provider.allow_private)?;
    Ok(document)
}
