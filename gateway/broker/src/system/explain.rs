//! Why: the broker's own answer, from what is in force here now.

use std::sync::Arc;

use accounts::{
    explain::{self, Action, Applicant, Explanation, Question},
    identity::{self, Identity},
    jwt::JwtError,
    nkeys::PublicKey,
    policy::AccountPolicy,
};
use serde::Deserialize;
use serde_json::json;

use super::{Answering, Request, reply};
use crate::{account::Account, clock, connection::client::UserName, tenants::Tenants};

/// What somebody wants explained.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Key or name of a user that is connected here. Without it: a user that carries no
    /// permissions of its own.
    user: Option<String>,
    /// Instead: the token of a user of the account, connected or not.
    jwt: Option<String>,
    action: Action,
    subject: String,
    queue: Option<String>,
}

impl Answering {
    /// `$SYS.REQ.ACCOUNT.<id>.EXPLAIN`: whether a user may do something, and by which rule.
    pub(super) async fn account_explain(&mut self, request: &Request) {
        let answer = match self.explain(request).await {
            Ok(answer) => reply::data(&self.server, answer),
            Err((code, text)) => reply::error(&self.server, code, &text),
        };
        self.respond_json(request, &answer);
    }

    async fn explain(&self, request: &Request) -> Result<serde_json::Value, (u16, String)> {
        let asked: Asked = serde_json::from_slice(&request.body).map_err(|error| {
            let example = r#"{"user":"U…","action":"publish","subject":"a.b"}"#;
            (400, format!("ask like {example}: {error}"))
        })?;
        if asked.action == Action::Connect {
            return Err((400, "ask about publish or subscribe".to_owned()));
        }
        let unknown = || (404, "the account is not known here".to_owned());
        let tenants = &self.server.tenants;
        let key = tenants.key_of(request.account()).ok_or_else(unknown)?;
        let account = tenants.get(&key).await;
        let account = account.ok_or_else(unknown)?;
        let policy = account.policy().ok_or_else(unknown)?;
        let who = match (&asked.user, &asked.jwt) {
            (None, None) => None,
            (Some(user), None) => Some(connected(&account, user).ok_or_else(|| {
                let text = "no such user is connected to this account here: ask with its jwt";
                (404, text.to_owned())
            })?),
            (_, Some(jwt)) => match identified(tenants, &policy, jwt) {
                Ok(identity) => Some(identity),
                Err(Unidentified::Refused(answer)) => return Ok(json!(answer)),
                Err(Unidentified::Unreadable(text)) => return Err((400, text)),
            },
        };
        let question = Question {
            action: asked.action,
            subject: asked.subject.as_bytes(),
            queue: asked.queue.as_deref().map(str::as_bytes),
            now: clock::unix_seconds(),
        };
        let policy_of = |key: &PublicKey| tenants.find_live(key)?.policy();
        let mut answer = explain::explain(&policy, who.as_deref(), &question, policy_of);
        if request.asker.is_some() {
            answer = answer.for_tenant();
        }
        let mut shown = json!(answer);
        shown["account"] = json!(account.name);
        if let Some(who) = who {
            shown["user"] = json!(who.shown_user());
        }
        Ok(shown)
    }
}

/// Why a token names nobody.
enum Unidentified {
    /// It would not be let in.
    Refused(Box<Explanation>),
    Unreadable(String),
}

/// Who the token's user would be.
fn identified(
    tenants: &Tenants,
    policy: &AccountPolicy,
    jwt: &str,
) -> Result<Arc<Identity>, Unidentified> {
    let unreadable = |error: JwtError| Unidentified::Unreadable(format!("user JWT: {error}"));
    let user = tenants.verify_user(jwt).map_err(unreadable)?;
    let now = clock::unix_seconds();
    let identity = identity::identify(&tenants.trust(), policy, &user, now);
    identity.map(Arc::new).map_err(|error| {
        let applicant = Applicant {
            user: user.subject(),
            issuer: user.iss,
            issued_at: user.iat,
        };
        Unidentified::Refused(Box::new(explain::refused_login(policy, &applicant, &error)))
    })
}

/// The identity of a user that is connected.
fn connected(account: &Account, user: &str) -> Option<Arc<Identity>> {
    let user = UserName::new(user);
    let clients = account.clients_that(|client| client.details.lock().is_user(&user));
    let details = clients.first()?.details.lock();
    details.identity.as_ref().map(Arc::clone)
}
