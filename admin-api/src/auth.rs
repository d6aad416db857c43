//! Who calls, and what they may touch: extractors that a handler names in its signature.
//!
//! - [`Caller`]: any valid API key.
//! - [`Platform`]: a key with platform rights.
//! - [`OrgAdmin`]: a key with rights over an organisation, or over all.
//! - [`InAccount`]: the account of the path, already loaded within the caller's scope.
//!
//! Another tenant's object is absent (404), never forbidden.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use zeroize::Zeroizing;

use crate::app::App;
use crate::clock;
use crate::http::Attempt;
use crate::problem::Problem;
use crate::request::RequestId;
use crate::store::accounts::AccountRow;
use crate::store::keys::ApiKeyRow;
use crate::store::{self, Scope};
use crate::token::Token;

/// `last_used_at` is kept to this many seconds, so that reads do not become writes.
const LAST_USED_GRAIN_SECONDS: i64 = 60;

/// How far a key's rights reach; a later one has all rights of the earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Account,
    Org,
    Platform,
}

impl Role {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Role::Account => "account_admin",
            Role::Org => "org_admin",
            Role::Platform => "platform_admin",
        }
    }

    fn of(stored: &str) -> Option<Self> {
        [Role::Account, Role::Org, Role::Platform]
            .into_iter()
            .find(|role| role.as_str() == stored)
    }
}

/// Somebody with a valid API key.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) key: ApiKeyRow,
    pub(crate) role: Role,
    pub(crate) scope: Scope,
    pub(crate) request_id: String,
    pub(crate) client_ip: Option<String>,
    /// Which attempt of an idempotent request this is.
    pub(crate) attempt: Option<Attempt>,
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
        let key = key.ok_or_else(Problem::unauthorized)?;
        let role = Role::of(&key.role).ok_or_else(Problem::unauthorized)?;
        note_use(app, &key, now).await;
        Ok(Self {
            scope: Scope {
                org_id: key.org_id.clone(),
                account_id: key.account_id.clone(),
            },
            key,
            role,
            request_id: RequestId::of(&parts.extensions),
            client_ip: parts
                .extensions
                .get::<ConnectInfo<SocketAddr>>()
                .map(|info| info.0.ip().to_string()),
            attempt: None,
        })
    }
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
    if key
        .last_used_at
        .is_some_and(|last| now - last < LAST_USED_GRAIN_SECONDS)
    {
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

/// A caller with platform rights.
#[derive(Debug)]
pub(crate) struct Platform(pub(crate) Caller);

impl FromRequestParts<Arc<App>> for Platform {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        if caller.role < Role::Platform {
            return Err(Problem::forbidden("This needs a platform admin's key."));
        }
        Ok(Self(caller))
    }
}

/// A caller with rights over an organisation or over all of them.
#[derive(Debug)]
pub(crate) struct OrgAdmin(pub(crate) Caller);

impl FromRequestParts<Arc<App>> for OrgAdmin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        if caller.role < Role::Org {
            return Err(Problem::forbidden(
                "This needs an organisation's or a platform key.",
            ));
        }
        Ok(Self(caller))
    }
}

/// A caller and the account of the path, which the caller's key reaches.
#[derive(Debug)]
pub(crate) struct InAccount {
    pub(crate) caller: Caller,
    pub(crate) account: AccountRow,
}

impl FromRequestParts<Arc<App>> for InAccount {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let reference = path_param(parts, app, "account").await?;
        let mut tx = app.db.read().await?;
        let account = store::accounts::find(&mut tx, &caller.scope, &reference).await?;
        drop(tx);
        let account = account.ok_or_else(Problem::not_found)?;
        Ok(Self { caller, account })
    }
}

async fn path_param(parts: &mut Parts, app: &Arc<App>, name: &str) -> Result<String, Problem> {
    let params = RawPathParams::from_request_parts(parts, app)
        .await
        .map_err(|_| Problem::not_found())?;
    let value = params
        .iter()
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned());
    value
        .filter(|value| !value.contains('\0'))
        .ok_or_else(Problem::not_found)
}
