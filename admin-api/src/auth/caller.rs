//! From the credential of a request to the one who calls.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use ipnet::IpNet;
use zeroize::Zeroizing;

use super::cookie;
use super::rights::{Right, Rights};
use super::roles::rights_of;
use super::session::{Session, open_session};
use crate::app::App;
use crate::clock;
use crate::http::{Attempt, ClientIp};
use crate::problem::Problem;
use crate::request::{RequestId, Trace};
use crate::store::keys::{ApiKeyRow, UsableKey};
use crate::store::{self, Scope};
use crate::token::{Token, TokenKind};

/// `last_used_at` is kept to this many seconds, so that reads do not become writes.
const LAST_USED_GRAIN_SECONDS: i64 = 60;

/// What somebody called with.
#[derive(Debug, Clone)]
pub(crate) enum Credential {
    Key(Box<ApiKeyRow>),
    Session(Box<Session>),
    /// What somebody asked with, by its id: their request has ended, and its work goes on.
    Past(String),
}

/// What a session still lacks before it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// A code of the second factor that the person has.
    Code,
    /// A second factor: nobody acts for the platform without one.
    Enrolment,
}

/// Somebody with a valid credential.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The id of the person, or of the key of a program, as audit and quotas know it.
    pub(crate) actor: String,
    pub(crate) credential: Credential,
    /// A built-in role's name or an access role's id.
    pub(crate) role: String,
    pub(crate) rights: Rights,
    pub(crate) scope: Scope,
    pub(crate) request_id: String,
    pub(crate) client_ip: Option<String>,
    /// The W3C trace that the request belongs to.
    pub(crate) trace_id: Option<String>,
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

    /// Refuses without one of the rights, which is named.
    pub(crate) fn need_all(&self, rights: &[Right]) -> Result<(), Problem> {
        rights.iter().try_for_each(|right| self.need(*right))
    }

    async fn by_key(parts: &Parts, app: &App, now: i64) -> Result<Self, Problem> {
        let token = bearer_token(&parts.headers).ok_or_else(Problem::unauthorized)?;
        let hash = app.vault.hash_token(token.expose());
        let mut tx = app.db.look_up().await?;
        let key = store::keys::authenticate(&mut tx, &hash, now).await?;
        drop(tx);
        let address = client_ip(parts);
        let UsableKey {
            row,
            role_rights,
            member_id,
        } = key
            .filter(|key| may_come_from(&key.row, address))
            .ok_or_else(Problem::unauthorized)?;
        note_use(app, &row, now).await;
        let scope = row.scope();
        store::tenant::bind(&scope);
        Ok(Self {
            actor: member_id.unwrap_or_else(|| row.id.clone()),
            role: row.role.clone(),
            rights: key_rights(&row, role_rights.as_deref(), &scope),
            scope,
            credential: Credential::Key(Box::new(row)),
            request_id: RequestId::of(&parts.extensions),
            client_ip: address.map(|ip| ip.to_string()),
            trace_id: Trace::id_of(&parts.extensions),
            attempt: None,
        })
    }

    async fn by_session(parts: &Parts, app: &App, token: Token, now: i64) -> Result<Self, Problem> {
        cookie::check_csrf(parts, &app.vault, &token)?;
        let session = open_session(app, token, now).await?;
        let caller = Self::signed_in(session, &Visitor::of(parts));
        store::tenant::bind(&caller.scope);
        Ok(caller)
    }

    /// The person of the session.
    pub(crate) fn signed_in(session: Session, visitor: &Visitor) -> Self {
        let (role, rights, scope) = session.acts_as();
        Self {
            actor: session.member.id.clone(),
            role,
            rights,
            scope,
            credential: Credential::Session(Box::new(session)),
            request_id: visitor.request_id.clone(),
            client_ip: visitor.address.map(|ip| ip.to_string()),
            trace_id: visitor.trace_id.clone(),
            attempt: visitor.attempt.clone(),
        }
    }

    /// The id of the key or the session: what is kept for one credential is not for another.
    pub(crate) fn credential_id(&self) -> &str {
        match &self.credential {
            Credential::Key(key) => &key.id,
            Credential::Session(session) => &session.row.id,
            Credential::Past(id) => id,
        }
    }

    /// What the session lacks before it counts.
    pub(crate) fn missing(&self) -> Option<Missing> {
        match &self.credential {
            Credential::Key(_) | Credential::Past(_) => None,
            Credential::Session(session) => session.missing(),
        }
    }

    fn into_session(self) -> Result<(Self, Session), Problem> {
        match &self.credential {
            Credential::Session(session) => {
                let session = Session::clone(session);
                Ok((self, session))
            }
            Credential::Key(_) | Credential::Past(_) => Err(Problem::forbidden(
                "This is for people who signed in, not for keys.",
            )),
        }
    }
}

/// Any caller, also one whose session lacks a second factor: only for telling who it is.
#[derive(Debug)]
pub(crate) struct Anyone(pub(crate) Caller);

impl FromRequestParts<Arc<App>> for Anyone {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        // A layer may have asked before the handler does.
        if let Some(known) = parts.extensions.get::<Caller>() {
            store::tenant::bind(&known.scope);
            return Ok(Self(known.clone()));
        }
        let session = match parts.headers.contains_key(header::AUTHORIZATION) {
            true => {
                // What no token looks like is told at once.
                bearer_token(&parts.headers).ok_or_else(Problem::unauthorized)?;
                None
            }
            false => Some(cookie::session_token(&parts.headers).ok_or_else(Problem::unauthorized)?),
        };
        // A closed gate must not tell apart good credentials and bad ones either.
        app.installation()?;
        let now = clock::now();
        let caller = match session {
            None => Caller::by_key(parts, app, now).await?,
            Some(token) => Caller::by_session(parts, app, token, now).await?,
        };
        Ok(Self(caller))
    }
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let Anyone(caller) = Anyone::from_request_parts(parts, app).await?;
        match caller.missing() {
            None => Ok(caller),
            Some(Missing::Code) => Err(Problem::refused(
                "second_factor_needed",
                "Send a code of your authenticator to `POST /api/v1/session/totp/verify` first.",
            )),
            Some(Missing::Enrolment) => Err(Problem::refused(
                "second_factor_needed",
                "Platform roles need a second factor: `POST /api/v1/session/totp` makes one.",
            )),
        }
    }
}

/// A signed-in person.
#[derive(Debug)]
pub(crate) struct SignedIn {
    pub(crate) caller: Caller,
    pub(crate) session: Session,
}

impl FromRequestParts<Arc<App>> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let (caller, session) = caller.into_session()?;
        Ok(Self { caller, session })
    }
}

/// A signed-in person whose session may lack a second factor: for showing one, and for leaving.
#[derive(Debug)]
pub(crate) struct HalfSignedIn {
    pub(crate) caller: Caller,
    pub(crate) session: Session,
}

impl FromRequestParts<Arc<App>> for HalfSignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let Anyone(caller) = Anyone::from_request_parts(parts, app).await?;
        let (caller, session) = caller.into_session()?;
        Ok(Self { caller, session })
    }
}

/// Where a request comes from before anybody is known; not from a page of another site.
#[derive(Debug)]
pub(crate) struct Visitor {
    pub(crate) address: Option<IpAddr>,
    pub(crate) request_id: String,
    pub(crate) trace_id: Option<String>,
    /// Which attempt of an idempotent request this is.
    pub(crate) attempt: Option<Attempt>,
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        cookie::check_origin(&parts.headers)?;
        Ok(Self::of(parts))
    }
}

impl Visitor {
    /// Whoever sent it, from wherever.
    pub(crate) fn of(parts: &Parts) -> Self {
        Self {
            address: client_ip(parts),
            request_id: RequestId::of(&parts.extensions),
            trace_id: Trace::id_of(&parts.extensions),
            attempt: parts.extensions.get().cloned(),
        }
    }
}

/// What the role of the key's holder gives now, of that what the key is narrowed to.
pub(super) fn key_rights(key: &ApiKeyRow, role_rights: Option<&str>, scope: &Scope) -> Rights {
    let rights = rights_of(&key.role, role_rights, scope);
    match &key.rights {
        None => rights,
        Some(narrowed) => rights.and(Rights::from_stored(narrowed)),
    }
}

/// Whether the key may be used from the address. What cannot be read lets nobody in.
pub(super) fn may_come_from(key: &ApiKeyRow, address: Option<IpAddr>) -> bool {
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
    let token = match headers.contains_key(header::AUTHORIZATION) {
        true => bearer_token(headers),
        false => cookie::session_token(headers),
    };
    token.map(|token| Zeroizing::new(token.expose().to_owned()))
}

fn bearer_token(headers: &HeaderMap) -> Option<Token> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let kinds = [TokenKind::Service, TokenKind::Personal];
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| Token::parse(token.trim(), &kinds))
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
