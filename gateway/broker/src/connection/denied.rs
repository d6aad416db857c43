//! What a connection is refused, told to its account's memory of refusals.
//!
//! Nothing here runs for what is allowed. A connection that is refused more often than anybody can
//! read is only counted.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use accounts::{
    explain::{self, Action, Applicant, Explanation, Question},
    identity::{self, AuthError, Identity},
    nkeys::PublicKey,
    policy::IssuerRight,
};
use protocol::{ConnectOptions, ServerError};

use super::{attempt::LoginError, client::Client, session::Session};
use crate::{
    account::Account,
    clock,
    denials::{self, Refused, What, Whom},
    system::TurnedAway,
};

/// Refusals of one connection that are looked at per [`WINDOW`].
const PER_WINDOW_MAX: u32 = 64;
const WINDOW: Duration = Duration::from_secs(1);

/// How many refusals a connection had lately.
#[derive(Debug, Default)]
pub(super) struct Budget {
    window: Option<Instant>,
    used: u32,
    left_out: u64,
}

impl Budget {
    /// Whether one more is looked at; gives the number of those since the last that were not.
    fn take(&mut self, now: Instant) -> Option<u64> {
        if self.window.is_none_or(|began| now >= began + WINDOW) {
            self.window = Some(now);
            self.used = 0;
        }
        if self.used >= PER_WINDOW_MAX {
            self.left_out += 1;
            return None;
        }
        self.used += 1;
        Some(std::mem::take(&mut self.left_out))
    }
}

impl Session {
    /// Remembers a refusal with its account, when it is one that somebody may want to know about.
    pub(super) fn note_denial(&mut self, error: &ServerError) {
        let (Some(login), Some(refused)) = (&self.login, refused(error)) else {
            return;
        };
        let Some(left_out) = self.denied.take(clock::instant()) else {
            return;
        };
        let (account, identity) = (&login.account, login.identity.as_deref());
        let user = identity.map(|identity| identity.user);
        let name = identity.map_or("", |identity| identity.name.as_str());
        let why = || {
            let explained = account.policy().and_then(|policy| {
                let answer = explain::permission(&policy, identity, &question(error)?);
                Some(answer).filter(|answer| !answer.allowed)
            });
            explained.unwrap_or_else(|| by_itself(error))
        };
        account.note_denial(left_out, refused, whom(&self.client, user, name), why);
    }

    /// Remembers a login that was refused with the account that its token names.
    ///
    /// Anybody can make a token that names an account. Unless a key of the account has signed it,
    /// nothing that it says is repeated, and the account's own users are not told.
    pub(super) fn note_refused_login(&mut self, options: &ConnectOptions, error: &LoginError) {
        let server = Arc::clone(&self.server);
        // A name that anybody can give is nobody's.
        let tenants = &server.tenants;
        if tenants.configured().is_some() {
            return;
        }
        let tokens = [
            options.jwt.as_deref(),
            self.live.default_sentinel.as_deref(),
        ];
        let mut users = tokens.into_iter().flatten();
        let Some(user) = users.find_map(|token| tenants.verify_user(token).ok()) else {
            return;
        };
        let account = identity::account_of(&user).ok();
        let Some(account) = account.and_then(|key| tenants.find_live(&key)) else {
            return;
        };
        let Some(policy) = account.policy() else {
            return;
        };
        let error = match error {
            LoginError::Auth(error) => error,
            // The token was good, and it was the account's callout that let nobody in. What it
            // said is for the server's log.
            LoginError::Callout(_) | LoginError::NobodyAnswers | LoginError::CalloutBusy => {
                &AuthError::CalloutRequired
            }
            LoginError::Late if policy.callout.is_some() => &AuthError::CalloutRequired,
            _ => return,
        };
        let applicant = Applicant {
            user: user.subject(),
            issuer: user.iss,
            issued_at: user.iat,
        };
        let vouched = policy.may_issue(&user.iss) != IssuerRight::No;
        let (key, name) = match vouched {
            true => (Some(applicant.user), user.name.as_str()),
            false => (None, ""),
        };
        let refused = Refused::new(What::Connect, b"", None);
        let mut whom = whom(&self.client, key, name);
        if !vouched {
            whom.client_name = Box::default();
        }
        account.note_denial(0, refused, whom, || {
            explain::refused_login(&policy, &applicant, error)
        });
        self.turned_away = vouched.then_some(TurnedAway {
            account,
            user: applicant.user,
        });
    }

    /// Remembers a user for whom the account had no room.
    pub(super) fn note_full_account(&mut self, account: &Arc<Account>, identity: &Identity) {
        let refused = Refused::new(What::Limit, b"", None);
        let whom = whom(&self.client, Some(identity.user), &identity.name);
        account.note_denial(0, refused, whom, || {
            by_itself(&ServerError::MaximumAccountConnectionsExceeded)
        });
        self.turned_away = Some(TurnedAway {
            account: Arc::clone(account),
            user: identity.user,
        });
    }

    /// Remembers a user that may not stay.
    pub(super) fn note_expelled(&mut self, error: &AuthError) {
        let Some(login) = &self.login else { return };
        let (Some(identity), Some(policy)) = (&login.identity, login.account.policy()) else {
            return;
        };
        let applicant = Applicant {
            user: identity.user,
            issuer: identity.issuer,
            issued_at: identity.issued_at,
        };
        let refused = Refused::new(What::Connect, b"", None);
        let whom = whom(&self.client, Some(identity.user), &identity.name);
        login.account.note_denial(0, refused, whom, || {
            explain::refused_login(&policy, &applicant, error)
        });
    }
}

/// A connection as the memory of refusals names it.
fn whom(client: &Client, user: Option<PublicKey>, user_name: &str) -> Whom {
    Whom {
        user,
        user_name: denials::text(user_name.as_bytes()),
        cid: client.cid,
        client_name: denials::text(client.details.lock().name.as_bytes()),
        ip: client.ip,
    }
}

/// What an error refuses; `None` for those that are about the protocol, or noted elsewhere.
fn refused(error: &ServerError) -> Option<Refused> {
    match error {
        ServerError::PublishViolation { subject } => {
            Some(Refused::new(What::Publish, subject, None))
        }
        ServerError::PublishReplyViolation { reply } => {
            Some(Refused::new(What::Publish, reply, None))
        }
        ServerError::SubscribeViolation { subject, queue, .. } => {
            Some(Refused::new(What::Subscribe, subject, queue.as_deref()))
        }
        ServerError::MaximumSubscriptionsExceeded
        | ServerError::MaximumPayloadViolation
        | ServerError::MaximumAccountConnectionsExceeded => Some(Refused::new(
            What::Limit,
            error.to_string().as_bytes(),
            None,
        )),
        _ => None,
    }
}

/// The question that permissions answered with this error.
fn question(error: &ServerError) -> Option<Question<'_>> {
    let (action, subject, queue) = match error {
        ServerError::PublishViolation { subject } => (Action::Publish, subject, None),
        ServerError::SubscribeViolation { subject, queue, .. } => {
            (Action::Subscribe, subject, queue.as_deref())
        }
        _ => return None,
    };
    Some(Question {
        action,
        subject,
        queue,
        now: clock::unix_seconds(),
    })
}

/// The reason where no permission list has one.
fn by_itself(error: &ServerError) -> Explanation {
    match error {
        ServerError::PublishReplyViolation { reply } => explain::reserved_reply(reply),
        error => Explanation::limit(error.to_string()),
    }
}
