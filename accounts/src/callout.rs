//! Auth callout: an account that leaves it to a service of its own who is let in, and as whom.
//!
//! A server asks with a [`Question`] about a login whose token was good; the service answers with
//! a user's token, made for the key of this one question. [`Question::read`] decides whether an
//! answer counts; the user in it then goes through [`crate::identity::authenticate`] like any
//! other, with the callout's word ([`crate::identity::Proof::Callout`]) in the place of a signed
//! nonce.

use std::borrow::Cow;
use std::sync::Arc;

use sha2::{Digest, Sha512_256};

use crate::claims::account::ExternalAuthorization;
use crate::claims::authorization::{
    AuthorizationRequestBody, AuthorizationResponseBody, ClientInformation, ConnectInformation,
    ServerId,
};
use crate::claims::user::UserBody;
use crate::configured;
use crate::identity::{self, AuthError, Identity};
use crate::jwt::{self, Claims, JwtError};
use crate::nkeys::{KeyError, KeyKind, PublicKey};
use crate::policy::{AccountPolicy, IssuerRight};
use crate::trust::Trust;
use crate::xkeys::{CurveKeyPair, SealError};

/// Where requests are published, in the account that is asked. Its clients may not publish there:
/// who could, would get tokens for keys of its own.
pub const SUBJECT: &str = "$SYS.REQ.USER.AUTH";
/// The audience of requests.
pub const AUDIENCE: &str = "nats-authorization-request";
/// The header of a sealed request: the curve key of the server.
pub const XKEY_HEADER: &str = "Nats-Server-Xkey";

/// Characters of a service's error that are kept.
const ERROR_CHARS_MAX: usize = 256;
/// What every token starts with: `{"` in base64. A sealed text starts with `xkv1`.
const TOKEN_START: &[u8] = b"eyJ";

/// The auth callout of an account, compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callout {
    users: Vec<PublicKey>,
    others: Others,
    /// Requests are sealed for this curve key.
    pub xkey: Option<PublicKey>,
}

/// Further accounts in which users may be placed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Others {
    Any,
    Listed(Vec<PublicKey>),
}

impl Callout {
    /// `None` without a callout. An entry that is no key exempts nobody and allows nothing; a
    /// curve key that cannot be read is an error, since requests would go out unsealed.
    pub(crate) fn compile(claim: &ExternalAuthorization) -> Result<Option<Self>, KeyError> {
        if claim.auth_users.is_empty() {
            return Ok(None);
        }
        let keys = |entries: &[String], kind| -> Vec<_> {
            let keys = entries.iter();
            keys.filter_map(|key| PublicKey::parse_as(key, kind).ok())
                .collect()
        };
        let others = match claim.allowed_accounts.as_slice() {
            [any] if any == "*" => Others::Any,
            listed => Others::Listed(keys(listed, KeyKind::Account)),
        };
        let xkey = Some(&claim.xkey).filter(|key| !key.is_empty());
        Ok(Some(Self {
            users: keys(&claim.auth_users, KeyKind::User),
            others,
            xkey: xkey
                .map(|key| PublicKey::parse_as(key, KeyKind::Curve))
                .transpose()?,
        }))
    }

    /// Whether `user` logs in without being asked about: it is one of those who answer.
    pub fn exempts(&self, user: &PublicKey) -> bool {
        self.users.contains(user)
    }

    /// Whether users may be placed in `account`, besides the account that has the callout.
    fn allows(&self, account: &PublicKey) -> bool {
        match &self.others {
            Others::Any => true,
            Others::Listed(listed) => listed.contains(account),
        }
    }
}

/// Why an answer does not let anybody in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalloutError {
    #[error("the account has no auth callout any more")]
    NoCallout,
    #[error("the answer is empty")]
    Empty,
    #[error("the answer cannot be opened: {0}")]
    Sealed(#[from] SealError),
    #[error("the answer cannot be read: {0}")]
    Answer(JwtError),
    #[error("the answer has expired, or is not valid yet")]
    Time,
    #[error("the answer is about another key than this question's")]
    OtherQuestion,
    #[error("the answer is for another server")]
    OtherServer,
    #[error("the answer is not signed by a key of the account that was asked")]
    Issuer,
    #[error("the answer must hold either a user's token or an error")]
    Content,
    #[error("the service refuses: {0}")]
    Refused(String),
    #[error("the user's token in the answer cannot be read: {0}")]
    User(JwtError),
    #[error("the user's token in the answer is about another key than this question's")]
    OtherUser,
    #[error("the user's token in the answer is not signed by the configured issuer itself")]
    UserIssuer,
    #[error("the user's token in the answer does not name an account: set its audience")]
    Unplaced,
    #[error("the user in the answer: {0}")]
    Account(#[from] AuthError),
}

/// What one question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// The account whose service is asked.
    pub account: PublicKey,
    /// The server that asks; the answer is for it alone.
    pub server: PublicKey,
    /// A fresh user key: nobody can have an answer for it beforehand. It becomes the client's.
    pub user: PublicKey,
}

impl Question {
    /// The request to be signed by the server's key. Times are unix seconds.
    pub fn request(
        &self,
        server: ServerId,
        client: ClientInformation,
        connect: ConnectInformation,
        (now, ends_at): (i64, i64),
    ) -> Claims<AuthorizationRequestBody> {
        let body = AuthorizationRequestBody {
            server,
            user_nkey: self.user,
            client,
            connect,
            tls: None,
            request_nonce: String::new(),
            tags: Vec::new(),
            extra: serde_json::Map::new(),
        };
        let mut claims = Claims::new(self.account, "", now, body);
        claims.aud = Some(AUDIENCE.to_owned());
        claims.exp = ends_at;
        claims
    }

    /// The user in an answer, and the account that it belongs to. `asked` is the policy of
    /// [`Question::account`] as it is now; `now` is in unix seconds.
    ///
    /// Any key of the account may sign the answer, also one with a scope and also under a strict
    /// operator: the answer only carries a user, whose own issuer is checked with the login.
    pub fn read(
        &self,
        asked: &AccountPolicy,
        answer: &[u8],
        now: i64,
    ) -> Result<(Claims<UserBody>, PublicKey), CalloutError> {
        if asked.key != self.account || asked.callout.is_none() {
            return Err(CalloutError::NoCallout);
        }
        if answer.is_empty() {
            return Err(CalloutError::Empty);
        }
        let claims = jwt::decode::<AuthorizationResponseBody>(&String::from_utf8_lossy(answer))
            .map_err(CalloutError::Answer)?;
        if claims.subject() != self.user {
            return Err(CalloutError::OtherQuestion);
        }
        if claims.aud.as_deref() != Some(self.server.to_string().as_str()) {
            return Err(CalloutError::OtherServer);
        }
        let claimed = claims.nats.issuer_account.unwrap_or(self.account);
        if claimed != self.account || asked.may_issue(&claims.iss) == IssuerRight::No {
            return Err(CalloutError::Issuer);
        }
        if (claims.exp != 0 && claims.exp <= now) || claims.nbf > now {
            return Err(CalloutError::Time);
        }
        let user = match (claims.nats.jwt.as_str(), claims.nats.error.as_str()) {
            ("", "") => return Err(CalloutError::Content),
            ("", error) => return Err(CalloutError::Refused(readable(error))),
            (token, "") => jwt::decode::<UserBody>(token).map_err(CalloutError::User)?,
            _ => return Err(CalloutError::Content),
        };
        if user.subject() != self.user {
            return Err(CalloutError::OtherUser);
        }
        if asked.shown.is_some() {
            return placed_by_name(asked, user);
        }
        let account = identity::account_of(&user)?;
        Ok((user, account))
    }
}

/// The user of a configuration's callout: signed by the callout's issuer itself, and its audience
/// is the name of its account. From here on it is as if the issuer had named the account.
fn placed_by_name(
    asked: &AccountPolicy,
    mut user: Claims<UserBody>,
) -> Result<(Claims<UserBody>, PublicKey), CalloutError> {
    if user.nats.issuer_account.is_some() || asked.may_issue(&user.iss) != IssuerRight::Signing {
        return Err(CalloutError::UserIssuer);
    }
    let name = user.aud.as_deref().filter(|name| !name.is_empty());
    let account = configured::account_key(name.ok_or(CalloutError::Unplaced)?);
    user.nats.issuer_account = Some(account);
    Ok((user, account))
}

/// The text of an answer to a sealed request, which may be sealed itself; `None` is for a request
/// that was not sealed.
pub fn open<'a>(
    answer: &'a [u8],
    keys: Option<(&CurveKeyPair, &PublicKey)>,
) -> Result<Cow<'a, [u8]>, CalloutError> {
    match keys {
        Some((ours, theirs)) if !answer.is_empty() && !answer.starts_with(TOKEN_START) => {
            Ok(ours.open(answer, theirs)?.into())
        }
        _ => Ok(answer.into()),
    }
}

impl AccountPolicy {
    /// Whether its callout may place users in `account`: itself, or one that it is allowed.
    pub fn may_place_in(&self, account: &PublicKey) -> bool {
        let callout = self.callout.as_ref();
        callout.is_some_and(|callout| *account == self.key || callout.allows(account))
    }

    /// Whether its callout may let users into `account` at `now` (unix seconds).
    pub(crate) fn vouches_for(&self, account: &Self, trust: &Trust, now: i64) -> bool {
        let is_in_force = !self.is_expired(now) && !self.is_early(now);
        trust.trusts(&self.issuer) && is_in_force && self.may_place_in(&account.key)
    }
}

impl Identity {
    /// A user that a callout let in on the credential `presented`: it goes when that ends.
    #[must_use]
    pub fn on_the_word_of(mut self, presented: Self) -> Self {
        let ends = [self.expires_at, presented.expires_at];
        self.expires_at = ends.into_iter().flatten().min();
        self.presented = Some(Arc::new(presented));
        self
    }

    /// For whom the quotas of a user count: its key. Whom a callout let in has a new key each time,
    /// so there it stands for the name that the service gave, or else for the key that the client
    /// came with.
    pub fn seat(&self) -> PublicKey {
        let Some(asked) = self.admitted_by else {
            return self.user;
        };
        match &self.presented {
            Some(presented) if self.name.is_empty() => presented.user,
            _ => {
                let named = Sha512_256::new().chain_update(asked.as_bytes());
                let named = named.chain_update(self.name.as_bytes());
                PublicKey::from_bytes(KeyKind::User, named.finalize().into())
            }
        }
    }
}

/// Why a token cannot be the default sentinel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SentinelError {
    #[error("the default sentinel is not a valid user JWT: {0}")]
    Token(#[from] JwtError),
    #[error("the default sentinel must be a bearer token: clients cannot sign for it")]
    NotBearer,
}

/// Checks a token that clients without one are to use: it must be a bearer's, or look like one
/// that a scoped key signed, whose role is known when it is used.
pub fn check_sentinel(token: &str) -> Result<(), SentinelError> {
    let claims = jwt::decode::<UserBody>(token)?;
    let may_be_scoped = claims.nats.issuer_account.is_some() && claims.nats.rights.is_zero();
    if claims.nats.rights.bearer_token || may_be_scoped {
        Ok(())
    } else {
        Err(SentinelError::NotBearer)
    }
}

/// A foreign text, short and without control characters, for the log.
fn readable(text: &str) -> String {
    let escaped = text.chars().take(ERROR_CHARS_MAX);
    escaped.flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests;
