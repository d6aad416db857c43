//! From the credential of a request to the one who calls.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use ipnet::IpNet;
use zeroize::Zeroizing;

use super::rights::{Right, Rights};
use super::roles::rights_of;
use crate::app::App;
use crate::clock;
use crate::http::{Attempt, ClientIp};
use crate::problem::Problem;
use crate::request::RequestId;
use crate::store::keys::{ApiKeyRow, UsableKey};
use crate::store::{self, Scope};
use crate::token::Token;

/// `last_used_at` is kept to this many seconds, so that reads do not become writes.
const LAST_USED_GRAIN_SECONDS: i64 = 60;

/// Somebody with a valid credential.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The id of the credential's holder, as audit and quotas know it.
    pub(crate) actor: String,
    pub(crate) key: ApiKeyRow,
    /// A built-in role's name or an access role's id.
    pub(crate) role: String,
    pub(crate) rights: Rights,
    pub(crate) scope: Scope,
    pub(crate) request_id: String,
    pub(crate) client_ip: Option<String>,
    /// Which attempt of an idempotent request this is.
    pub(crate) attempt: Option<Attempt>,
}

impl Caller {
    /// Whether the caller has the right, within its scope.
    pub(crate) fn may(&self, right: Right) -> bool {
        self.rights.has(right)
    }

    /// Refuses without the right.
    pub(crate) fn need(&self, right: Right) -> Result<(), Problem> {
        if self.may(right) {
            return Ok(());
        }
        Err(Problem::forbidden(format!(
            "This needs the right `{}`.",
            right.name()
        )))
    }
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        // A layer may have asked before the handler does.
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let token = bearer_token(&parts.headers).ok_or_else(Problem::unauthorized)?;
        // A closed gate must not tell apart good keys and bad ones either.
        app.installation()?;
        let now = clock::now();
        let hash = app.vault.hash_token(token.expose());
        let mut tx = app.db.read().await?;
        let key = store::keys::authenticate(&mut tx, &hash, now).await?;
        drop(tx);
        let address = client_ip(parts);
        let UsableKey { row, role_rights } = key
            .filter(|key| may_come_from(&key.row, address))
            .ok_or_else(Problem::unauthorized)?;
        note_use(app, &row, now).await;
        let scope = row.scope();
        Ok(Self {
            actor: row.id.clone(),
            role: row.role.clone(),
            rights: key_rights(&row, role_rights.as_deref(), &scope),
            scope,
            key: row,
            request_id: RequestId::of(&parts.extensions),
            client_ip: address.map(|ip| ip.to_string()),
            attempt: None,
        })
    }
}

/// What the role of the key's holder gives now, of that what the key is narrowed to.
fn key_rights(key: &ApiKeyRow, role_rights: Option<&str>, scope: &Scope) -> Rights {
    let rights = rights_of(&key.role, role_rights, scope);
    match &key.rights {
        None => rights,
        Some(narrowed) => rights.and(Rights::from_stored(narrowed)),
    }
}

/// Whether the key may be used from the address. What cannot be read lets nobody in.
fn may_come_from(key: &ApiKeyRow, address: Option<IpAddr>) -> bool {
    let Some(networks) = &key.cidrs else {
        return true;
    };
    address.is_some_and(|address| {
        networks
            .split(' ')
            .filter_map(|network| network.parse::<IpNet>().ok())
            .any(|network| network.contains(&address))
    })
}

fn client_ip(parts: &Parts) -> Option<IpAddr> {
    parts.extensions.get::<ClientIp>().map(|client| client.0)
}

/// The secret that the caller shows, whatever it is: what only they can open is sealed with it.
pub(crate) fn credential(headers: &HeaderMap) -> Option<Zeroizing<String>> {
    bearer_token(headers).map(|token| Zeroizing::new(token.expose().to_owned()))
}

fn bearer_token(headers: &HeaderMap) -> Option<Token> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| Token::parse(token.trim()))
        .flatten()
}

async fn note_use(app: &App, key: &ApiKeyRow, now: i64) {
    let last = key.last_used_at;
    if last.is_some_and(|last| now - last < LAST_USED_GRAIN_SECONDS) {
        return;
    }
    let noted = async {
        let mut tx = app.db.write().await?;
        store::keys::touch(&mut tx, &key.id, now).await?;
        tx.commit().await
    };
    if let Err(error) = noted.await {
        // The request itself does not depend on it.
        tracing::debug!(
            error = &error as &dyn std::error::Error,
            key.id = key.id,
            "could not note the use of a key"
        );
    }
}
