//! A person's session: how it begins, what it gives, when it ends.

use axum::http::{HeaderMap, header};

use super::caller::{Missing, Visitor};
use super::rights::{Reach, Rights};
use super::roles::rights_of;
use super::settings::Settings;
use crate::app::App;
use crate::ids::{IdKind, new_id};
use crate::problem::Problem;
use crate::store::members::{MemberRow, MembershipRow};
use crate::store::sessions::SessionRow;
use crate::store::{self, Scope, Tx};
use crate::token::{Token, TokenKind};

/// `last_seen_at` is kept to this many seconds, so that reads do not become writes.
const SEEN_GRAIN_SECONDS: i64 = 60;
const USER_AGENT_CHARS_MAX: usize = 200;

/// An open session and whose it is.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) row: SessionRow,
    pub(crate) member: MemberRow,
    pub(crate) memberships: Vec<MembershipRow>,
    pub(crate) token: Token,
    pub(crate) settings: Settings,
}

impl Session {
    /// The membership that it acts under: the chosen one, or the widest that is left.
    pub(crate) fn membership(&self) -> Option<&MembershipRow> {
        let chosen = self.row.membership_id.as_deref();
        self.memberships
            .iter()
            .find(|membership| Some(membership.id.as_str()) == chosen)
            .or_else(|| self.memberships.first())
    }

    /// What it lacks before it counts.
    pub(crate) fn missing(&self) -> Option<Missing> {
        let is_platform = || {
            self.membership()
                .is_some_and(|membership| membership.scope().reach() == Reach::Platform)
        };
        match (self.row.second_factor, self.member.totp_confirmed) {
            (true, _) => None,
            (false, true) => Some(Missing::Code),
            (false, false) if self.settings.require_second_factor || is_platform() => {
                Some(Missing::Enrolment)
            }
            (false, false) => None,
        }
    }

    /// Role, rights and scope; nothing while something is missing.
    pub(crate) fn acts_as(&self) -> (String, Rights, Scope) {
        let Some(membership) = self.membership() else {
            return (String::new(), Rights::default(), Scope::nothing());
        };
        if self.missing().is_some() {
            return (membership.role.clone(), Rights::default(), Scope::nothing());
        }
        let scope = membership.scope();
        let rights = rights_of(&membership.role, membership.role_rights.as_deref(), &scope);
        (membership.role.clone(), rights, scope)
    }
}

/// The session of the token, if it is open.
pub(crate) async fn open_session(app: &App, token: Token, now: i64) -> Result<Session, Problem> {
    let hash = app.vault.hash_token(token.expose());
    let mut tx = app.db.read().await?;
    let (settings, _) = Settings::read(&mut tx).await?;
    let seen_after = now - settings.session_idle_seconds;
    let row = store::sessions::authenticate(&mut tx, &hash, now, seen_after).await?;
    let row = row.ok_or_else(Problem::unauthorized)?;
    let member = store::members::by_id(&mut tx, &row.member_id).await?;
    let member = member.ok_or_else(Problem::unauthorized)?;
    let memberships = store::members::memberships(&mut tx, &member.id).await?;
    drop(tx);
    if now - row.last_seen_at >= SEEN_GRAIN_SECONDS {
        note_seen(app, &row.id, now).await;
    }
    Ok(Session {
        row,
        member,
        memberships,
        token,
        settings,
    })
}

async fn note_seen(app: &App, id: &str, now: i64) {
    let noted = async {
        let mut tx = app.db.write().await?;
        store::sessions::touch(&mut tx, id, now).await?;
        tx.commit().await
    };
    if let Err(error) = noted.await {
        // The request itself does not depend on it.
        tracing::debug!(
            error = &error as &dyn std::error::Error,
            session.id = id,
            "could not note the use of a session"
        );
    }
}

/// Begins a session of the person.
pub(crate) async fn begin(
    tx: &mut Tx,
    app: &App,
    member: MemberRow,
    visitor: &Visitor,
    headers: &HeaderMap,
    now: i64,
) -> Result<Session, Problem> {
    let token = Token::generate(TokenKind::Session);
    let (settings, _) = Settings::read(tx).await?;
    let memberships = store::members::memberships(tx, &member.id).await?;
    let user_agent = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .map(|text| text.chars().take(USER_AGENT_CHARS_MAX).collect());
    let row = SessionRow {
        id: new_id(IdKind::Session),
        member_id: member.id.clone(),
        membership_id: memberships.first().map(|membership| membership.id.clone()),
        token_hash: app.vault.hash_token(token.expose()),
        second_factor: false,
        client_ip: visitor.address.map(|ip| ip.to_string()),
        user_agent,
        created_at: now,
        last_seen_at: now,
        expires_at: now + settings.session_seconds,
    };
    store::sessions::insert(tx, &row).await?;
    store::members::note_sign_in(tx, &member.id, now).await?;
    Ok(Session {
        row,
        member,
        memberships,
        token,
        settings,
    })
}

/// The session has shown a second factor: it gets a new token, and the old one is no good.
pub(crate) async fn raise(tx: &mut Tx, app: &App, session: &mut Session) -> Result<(), Problem> {
    let token = Token::generate(TokenKind::Session);
    let hash = app.vault.hash_token(token.expose());
    store::sessions::raise(tx, &session.row.id, &hash).await?;
    session.row.second_factor = true;
    session.row.token_hash = hash;
    session.member.totp_confirmed = true;
    session.token = token;
    Ok(())
}
