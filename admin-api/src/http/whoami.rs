//! `/whoami`: who calls, and what they may do.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::{Anyone, Caller, Credential, Missing, Session, cookie};
use crate::clock;
use crate::problem::{Problem, ProblemBody};
use crate::store::members::MembershipRow;

/// Who calls.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Identity {
    /// The id of the key or of the person.
    #[schema(example = "key_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    id: String,
    kind: IdentityKind,
    name: String,
    /// A built-in role's name or an access role's id.
    #[schema(example = "account_admin")]
    role: String,
    /// What the caller may do.
    #[schema(example = json!(["users:read"]))]
    rights: Vec<&'static str>,
    /// The organisation that this is limited to.
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<String>,
    /// The account that this is limited to.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    /// How the key's token begins and ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    #[schema(format = DateTime)]
    expires_at: String,
    /// Of a session only.
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<SessionIdentity>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum IdentityKind {
    ApiKey,
    Session,
}

/// What a signed-in person's page has to know.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionIdentity {
    email: String,
    /// The header `X-CSRF-Token` of every change.
    csrf_token: String,
    /// What is needed before the session counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    second_factor: Option<NeededFactor>,
    /// Whether the person has a second factor.
    totp: bool,
    /// The membership that the session acts under.
    #[serde(skip_serializing_if = "Option::is_none")]
    membership: Option<String>,
    /// All that it could act under.
    memberships: Vec<Membership>,
}

/// `code`: show a code. `enrolment`: make a second factor.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum NeededFactor {
    Code,
    Enrolment,
}

/// What a person may do somewhere.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Membership {
    #[schema(example = "mbs_01j9zc0m5k8w3v7x2q4r6t1y0a")]
    pub(super) id: String,
    role: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) org: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<String>,
    /// Whether an identity provider gives it, and takes it.
    from_provider: bool,
    /// Counts its changes; `If-Match: "<version>"` changes this one only.
    version: i64,
    #[schema(format = DateTime)]
    created_at: String,
}

impl From<MembershipRow> for Membership {
    fn from(row: MembershipRow) -> Self {
        Self {
            id: row.id,
            role: row.role,
            org: row.org_id,
            account: row.account_id,
            from_provider: row.from_provider,
            version: row.version,
            created_at: clock::rfc3339(row.created_at),
        }
    }
}

impl Identity {
    pub(super) fn of(app: &App, caller: Caller) -> Self {
        let missing = caller.missing();
        let (id, kind, name, hint, expires_at, session) = match caller.credential {
            Credential::Key(key) => {
                let hint = format!("{}…{}", key.prefix, key.last4);
                (
                    key.id,
                    IdentityKind::ApiKey,
                    key.name,
                    Some(hint),
                    key.expires_at,
                    None,
                )
            }
            // Nobody asks this later.
            Credential::Past(id) => (id, IdentityKind::ApiKey, String::new(), None, 0, None),
            Credential::Session(session) => {
                let member = session.member.clone();
                let ends = session.row.expires_at;
                let view = SessionIdentity::of(app, *session, missing);
                (
                    member.id,
                    IdentityKind::Session,
                    member.name,
                    None,
                    ends,
                    Some(view),
                )
            }
        };
        Self {
            id,
            kind,
            name,
            role: caller.role,
            rights: caller.rights.names().collect(),
            org: caller.scope.org_id.filter(|id| !id.is_empty()),
            account: caller.scope.account_id,
            hint,
            expires_at: clock::rfc3339(expires_at),
            session,
        }
    }
}

impl SessionIdentity {
    fn of(app: &App, session: Session, missing: Option<Missing>) -> Self {
        let membership = session.membership().map(|membership| membership.id.clone());
        let memberships = session.memberships.into_iter();
        Self {
            email: session.member.email,
            csrf_token: cookie::csrf_token(&app.vault, &session.token),
            second_factor: missing.map(|missing| match missing {
                Missing::Code => NeededFactor::Code,
                Missing::Enrolment => NeededFactor::Enrolment,
            }),
            totp: session.member.totp_confirmed,
            membership,
            memberships: memberships.map(Membership::from).collect(),
        }
    }
}

/// Who calls, and what they may do.
#[utoipa::path(get, path = "/whoami", operation_id = "whoami", tag = "access",
    responses((status = 200, body = Identity), (status = "4XX", body = ProblemBody)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    Anyone(caller): Anyone,
) -> Result<Answer<Identity>, Problem> {
    Ok(Answer(Identity::of(&app, caller)))
}
