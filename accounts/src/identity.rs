//! The one authorisation path: whatever the credential, it ends in one [`Identity`].
//!
//! [`authenticate`] decides a login from decoded user claims, the account's policy and the facts
//! of the connection, [`admit`] one of a user that the configuration names; [`recheck`] decides
//! whether a live connection may stay after a change. All are pure and refuse what they cannot
//! read.

use std::net::IpAddr;
use std::sync::Arc;

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL_NOPAD};

use crate::claims::account::UserScope;
use crate::claims::user::{UserBody, UserPermissionLimits};
use crate::claims::validate::Issue;
use crate::conditions::{self, ConditionError};
use crate::jwt::Claims;
use crate::nkeys::PublicKey;
use crate::permissions::Permissions;
use crate::policy::{self, AccountPolicy, IssuerRight};
use crate::quotas::{QuotaError, Quotas};
use crate::template::{self, TemplateError, Values};
use crate::trust::Trust;
use crate::zone::Zone;

mod configured;
mod device;
mod error;
mod recheck;
mod second;
mod seen;

pub use configured::admit;
pub use device::admit_device;
pub use error::AuthError;
pub use recheck::{Recheck, recheck};
pub use second::{REQUIRE_CERTIFICATE, SecondFactor, requires_certificate};
pub use seen::Seen;

/// By which way a client comes, as far as users of a configuration are bound to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    pub connection_type: ConnectionType,
    /// It comes by a trusted proxy.
    pub proxied: bool,
}

/// How a client is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConnectionType {
    Standard,
    Websocket,
    Leafnode,
    LeafnodeWs,
    Mqtt,
    MqttWs,
    InProcess,
}

impl ConnectionType {
    /// The name in claims.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::Websocket => "WEBSOCKET",
            Self::Leafnode => "LEAFNODE",
            Self::LeafnodeWs => "LEAFNODE_WS",
            Self::Mqtt => "MQTT",
            Self::MqttWs => "MQTT_WS",
            Self::InProcess => "IN_PROCESS",
        }
    }
}

/// What shows that the client is the user of the token.
#[derive(Debug, Clone, Copy)]
pub enum Proof<'a> {
    /// The client's answer to the server's nonce.
    Nonce {
        /// What the server sent; must not be empty.
        nonce: &'a [u8],
        /// Base64 raw-url (standard base64 is read too).
        signature: Option<&'a str>,
    },
    /// The word of the auth callout of the account with this policy: the token came out of
    /// [`crate::callout::Question::read`].
    Callout(&'a AccountPolicy),
}

/// What is known about the connection.
#[derive(Debug, Clone, Copy)]
pub struct ConnectFacts<'a> {
    /// Unix seconds.
    pub now: i64,
    /// Why the client is taken for the user.
    pub proof: Proof<'a>,
    /// `None` when there is no address; then a user that is bound to networks is refused.
    pub client_ip: Option<IpAddr>,
    /// How it is connected.
    pub connection_type: ConnectionType,
    /// Whether it comes by a trusted proxy.
    pub proxied: bool,
    /// What it showed in its TLS handshake, its own first; its key is proven, and nothing more.
    pub certificates: &'a [&'a [u8]],
    /// The server's own zone: hours of the day without a `times_location` are in it.
    pub local_zone: &'a Zone,
}

/// Limits of one connection; -1 = unlimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserLimits {
    /// Subscriptions.
    pub subs: i64,
    /// Bytes in total.
    pub data: i64,
    /// Bytes of one message.
    pub payload: i64,
}

/// Who is connected and what it may do.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The tenant; everything the connection does stays inside it.
    pub account: PublicKey,
    /// The user's own key.
    pub user: PublicKey,
    /// The key that signed the user.
    pub issuer: PublicKey,
    /// The name in the user's token.
    pub name: String,
    /// Unix seconds.
    pub issued_at: i64,
    /// Unix seconds: the token's end or that of the current hours, whichever is first.
    pub expires_at: Option<i64>,
    /// Its token alone was enough: nobody signed for it or answered for it.
    pub bearer: bool,
    /// The account whose auth callout let it in.
    pub admitted_by: Option<PublicKey>,
    /// The credential that the callout was asked about, which has to stay good.
    pub presented: Option<Arc<Identity>>,
    /// What it may publish and subscribe.
    pub permissions: Arc<Permissions>,
    /// The user carries no permissions of its own: it has the account's default permissions
    /// (unrestricted when there are none), and changes with them.
    pub uses_default_permissions: bool,
    /// Limits of this connection; the account's limits hold besides.
    pub limits: UserLimits,
    /// Quotas of the user and of its role; the account's quotas hold besides.
    pub quotas: Quotas,
    /// `key:value` texts of the user's token.
    pub tags: Vec<String>,
    /// SHA-256 of the certificate of the authority whose word is the user's credential: it is a
    /// device.
    pub authority: Option<[u8; 32]>,
    /// The certificate that its token needs.
    pub second: Option<SecondFactor>,
    /// What a user without a token is called; empty for one that nobody named.
    pub called: Option<Arc<str>>,
    pub(crate) origin: Origin,
}

impl Identity {
    /// The user as it is shown: by its key, or by the name that the configuration has for it.
    pub fn shown_user(&self) -> Option<String> {
        match &self.called {
            None => Some(self.user.to_string()),
            Some(name) => Some(name.to_string()).filter(|name| !name.is_empty()),
        }
    }

    /// The key that signed the user's token, where there is a token.
    pub fn shown_issuer(&self) -> Option<String> {
        let is_configured = matches!(self.origin, Origin::Configured { .. });
        (!is_configured).then(|| self.issuer.to_string())
    }

    /// The name in the user's token, where there is a token.
    pub fn name_tag(&self) -> &str {
        match self.origin {
            Origin::Configured { .. } => "",
            _ => &self.name,
        }
    }
}

/// What the rights were made from; when it changes, the login no longer stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Origin {
    Account,
    Signing,
    Scoped {
        scope: Arc<UserScope>,
        account_name: String,
        account_tags: Vec<String>,
    },
    /// A user of the configuration.
    Configured {
        /// Of the user's credentials.
        version: u64,
        way: Way,
    },
}

impl Origin {
    /// Whether users have the same rights of both. The account's name and tags matter only to a
    /// template that asks for them.
    fn vouches_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Scoped { scope, .. }, Self::Scoped { scope: before, .. }) => {
                let asks = template::asks_for_account(&scope.template.rights.permissions());
                scope == before && (self == other || !asks)
            }
            _ => self == other,
        }
    }
}

/// The account that a user says it belongs to.
pub fn account_of(user: &Claims<UserBody>) -> Result<PublicKey, AuthError> {
    let account = user.nats.issuer_account.unwrap_or(user.iss);
    if account.kind() == crate::nkeys::KeyKind::Account {
        Ok(account)
    } else {
        Err(AuthError::WrongAccount)
    }
}

/// Decides a login. `user` must come from [`crate::jwt::decode`], which checked its signature,
/// and `account` must be the policy of [`account_of`] the user.
///
/// [`AuthError::CalloutRequired`] means that everything else is in order: the account's callout
/// has to be asked.
pub fn authenticate(
    trust: &Trust,
    account: &AccountPolicy,
    user: &Claims<UserBody>,
    facts: &ConnectFacts<'_>,
) -> Result<Identity, AuthError> {
    let identity = present(trust, account, user, facts)?;
    match identity.admitted_by {
        None if !account.may_skip_callout(&identity.user) => Err(AuthError::CalloutRequired),
        _ => Ok(identity),
    }
}

/// The same, without a say for the account's callout: what is to be asked about, or was.
pub fn present(
    trust: &Trust,
    account: &AccountPolicy,
    user: &Claims<UserBody>,
    facts: &ConnectFacts<'_>,
) -> Result<Identity, AuthError> {
    let (origin, rights) = vouched_rights(trust, account, user, facts.now)?;
    if rights.proxy_required && !facts.proxied {
        return Err(AuthError::ProxyRequired);
    }
    check_connection_type(&rights, facts.connection_type)?;
    let admitted_by = check_proof(trust, account, user, &rights, facts)?;
    if account.is_revoked(&user.subject(), user.iat) {
        return Err(AuthError::Revoked);
    }
    let hours_end = check_conditions(&rights, facts)?;
    let second = second::check(account, &origin, user, facts)?;
    let mut identity = identity_of_user(account, user, origin, rights)?;
    let second_end = second.as_ref().map(|second| second.not_after + 1);
    let ends = identity.expires_at.into_iter();
    identity.expires_at = ends.chain(hours_end).chain(second_end).min();
    identity.second = second;
    identity.bearer &= admitted_by.is_none();
    identity.admitted_by = admitted_by;
    Ok(identity)
}

/// Who a user is by its token, to answer questions about it. It lets nobody in: nothing is asked
/// about the connection and its proof, proxy, address, kind and hours.
pub fn identify(
    trust: &Trust,
    account: &AccountPolicy,
    user: &Claims<UserBody>,
    now: i64,
) -> Result<Identity, AuthError> {
    let (origin, rights) = vouched_rights(trust, account, user, now)?;
    if account.is_revoked(&user.subject(), user.iat) {
        return Err(AuthError::Revoked);
    }
    if !account.may_skip_callout(&user.subject()) {
        return Err(AuthError::CalloutRequired);
    }
    identity_of_user(account, user, origin, rights)
}

/// What a token is good for, by the word of those who signed it.
fn vouched_rights(
    trust: &Trust,
    account: &AccountPolicy,
    user: &Claims<UserBody>,
    now: i64,
) -> Result<(Origin, UserPermissionLimits), AuthError> {
    check_validity(user, now)?;
    if account_of(user)? != account.key {
        return Err(AuthError::WrongAccount);
    }
    if !trust.trusts(&account.issuer) {
        return Err(AuthError::NotTrusted);
    }
    let origin = origin_of(trust, account, user)?;
    check_account(trust, account, now)?;
    let rights = effective_rights(&origin, account, user)?;
    Ok((origin, rights))
}

/// Whether anybody may come into the account now.
fn check_account(trust: &Trust, account: &AccountPolicy, now: i64) -> Result<(), AuthError> {
    if !trust.trusts(&account.issuer) {
        return Err(AuthError::NotTrusted);
    }
    if account.is_expired(now) {
        return Err(AuthError::AccountExpired);
    }
    if account.is_early(now) {
        return Err(AuthError::AccountNotYetValid);
    }
    Ok(())
}

/// Who a credential says that its bearer is.
struct Bearer<'a> {
    user: PublicKey,
    issuer: PublicKey,
    name: &'a str,
    tags: &'a [String],
    issued_at: i64,
    expires_at: Option<i64>,
}

impl<'a> From<&'a Claims<UserBody>> for Bearer<'a> {
    fn from(user: &'a Claims<UserBody>) -> Self {
        Self {
            user: user.subject(),
            issuer: user.iss,
            name: &user.name,
            tags: &user.nats.tags,
            issued_at: user.iat,
            expires_at: (user.exp != 0).then_some(user.exp),
        }
    }
}

fn identity_of_user(
    account: &AccountPolicy,
    user: &Claims<UserBody>,
    origin: Origin,
    rights: UserPermissionLimits,
) -> Result<Identity, AuthError> {
    let quotas = user_quotas(&origin, user)?;
    identity_of(account, &user.into(), origin, (rights, quotas))
}

fn identity_of(
    account: &AccountPolicy,
    bearer: &Bearer<'_>,
    origin: Origin,
    (rights, quotas): (UserPermissionLimits, Quotas),
) -> Result<Identity, AuthError> {
    let mut permissions = rights.permissions();
    let uses_default_permissions = permissions.is_empty();
    if account.callout.is_some() {
        policy::keep_from_callout(&mut permissions);
    }
    Ok(Identity {
        account: account.key,
        user: bearer.user,
        issuer: bearer.issuer,
        name: bearer.name.to_owned(),
        issued_at: bearer.issued_at,
        expires_at: bearer.expires_at,
        bearer: rights.bearer_token,
        admitted_by: None,
        presented: None,
        permissions: if uses_default_permissions {
            Arc::clone(&account.default_permissions)
        } else {
            Arc::new(Permissions::compile(&permissions)?)
        },
        uses_default_permissions,
        limits: UserLimits {
            subs: rights.subs,
            data: rights.data,
            payload: rights.payload,
        },
        quotas,
        tags: bearer.tags.to_vec(),
        authority: None,
        second: None,
        called: None,
        origin,
    })
}

fn check_validity(user: &Claims<UserBody>, now: i64) -> Result<(), AuthError> {
    if user.exp != 0 && user.exp <= now {
        return Err(AuthError::Expired);
    }
    if user.nbf > now {
        return Err(AuthError::NotYetValid);
    }
    match user.validate(None).into_iter().find(Issue::is_blocking) {
        Some(issue) => Err(AuthError::Invalid(issue.text)),
        None => Ok(()),
    }
}

fn origin_of(
    trust: &Trust,
    account: &AccountPolicy,
    user: &Claims<UserBody>,
) -> Result<Origin, AuthError> {
    let origin = current_origin(trust, account, &user.iss)?;
    // The account's own key may be named among its signing keys; then it needs no other mention.
    let is_own = user.iss == account.key;
    if origin != Origin::Account && !is_own && user.nats.issuer_account.is_none() {
        return Err(AuthError::IssuerAccountMissing);
    }
    Ok(origin)
}

fn current_origin(
    trust: &Trust,
    account: &AccountPolicy,
    issuer: &PublicKey,
) -> Result<Origin, AuthError> {
    match account.may_issue(issuer) {
        IssuerRight::Account if trust.is_strict_for(&account.issuer) => {
            Err(AuthError::StrictIssuer)
        }
        IssuerRight::Account => Ok(Origin::Account),
        IssuerRight::Signing => Ok(Origin::Signing),
        IssuerRight::Scoped(scope) => Ok(Origin::Scoped {
            scope,
            account_name: account.name.clone(),
            account_tags: account.tags.clone(),
        }),
        IssuerRight::No => Err(AuthError::IssuerNotAllowed),
    }
}

/// The user's own rights, or those of its role.
fn effective_rights(
    origin: &Origin,
    account: &AccountPolicy,
    user: &Claims<UserBody>,
) -> Result<UserPermissionLimits, AuthError> {
    let own = &user.nats.rights;
    let Origin::Scoped { scope, .. } = origin else {
        return Ok(own.clone());
    };
    if !own.is_zero() {
        return Err(AuthError::ScopedUserNotZero);
    }
    role_rights(scope, account, &user.into())
}

fn role_rights(
    scope: &UserScope,
    account: &AccountPolicy,
    bearer: &Bearer<'_>,
) -> Result<UserPermissionLimits, AuthError> {
    let values = Values {
        user_name: bearer.name,
        user: bearer.user,
        user_tags: bearer.tags,
        account_name: &account.name,
        account: account.key,
        account_tags: &account.tags,
    };
    let template = &scope.template.rights;
    let permissions = template::expand(&template.permissions(), &values).map_err(|error| {
        AuthError::Template(match error {
            TemplateError::UnknownOperation(text) => format!("`{text}` is not known"),
            TemplateError::Deny(entry) => format!("the denied subject `{entry}` has no value"),
            TemplateError::TooMany => {
                format!("more than {} subjects", template::EXPANSIONS_MAX)
            }
        })
    })?;
    Ok(template.clone().with_permissions(permissions))
}

/// The user's own quotas, and those of its role. Unlike its rights, a scoped user may carry quotas:
/// they can only take away.
fn user_quotas(origin: &Origin, user: &Claims<UserBody>) -> Result<Quotas, QuotaError> {
    let own = Quotas::of_user(&user.nats.extra)?;
    match origin {
        Origin::Account | Origin::Signing | Origin::Configured { .. } => Ok(own),
        Origin::Scoped { scope, .. } => {
            Ok(Quotas::of_user(&scope.template.extra)?.narrowed_by(&own))
        }
    }
}

/// Unknown names are ignored, but a list of nothing else allows nothing.
fn check_connection_type(
    rights: &UserPermissionLimits,
    connection_type: ConnectionType,
) -> Result<(), AuthError> {
    let allowed = rights
        .allowed_connection_types
        .as_deref()
        .unwrap_or_default();
    let named = |name: &String| name.eq_ignore_ascii_case(connection_type.as_str());
    if allowed.is_empty() || allowed.iter().any(named) {
        Ok(())
    } else {
        Err(AuthError::ConnectionType)
    }
}

/// Gives the account whose callout let the user in.
fn check_proof(
    trust: &Trust,
    account: &AccountPolicy,
    user: &Claims<UserBody>,
    rights: &UserPermissionLimits,
    facts: &ConnectFacts<'_>,
) -> Result<Option<PublicKey>, AuthError> {
    match facts.proof {
        Proof::Callout(asked) if asked.vouches_for(account, trust, facts.now) => {
            Ok(Some(asked.key))
        }
        Proof::Callout(_) => Err(AuthError::CalloutPlacement),
        Proof::Nonce { .. } if rights.bearer_token && account.limits.disallow_bearer => {
            Err(AuthError::BearerDisallowed)
        }
        Proof::Nonce { .. } if rights.bearer_token => Ok(None),
        Proof::Nonce { nonce, signature } => {
            check_signature(&user.subject(), nonce, signature).map(|()| None)
        }
    }
}

pub(crate) fn check_signature(
    user: &PublicKey,
    nonce: &[u8],
    signature: Option<&str>,
) -> Result<(), AuthError> {
    let text = signature.filter(|text| !text.is_empty());
    let text = text.ok_or(AuthError::SignatureMissing)?.as_bytes();
    let signature = BASE64URL_NOPAD
        .decode(text)
        .or_else(|_| BASE64.decode(text))
        .or_else(|_| BASE64_NOPAD.decode(text))
        .map_err(|_| AuthError::BadSignature)?;
    if nonce.is_empty() {
        return Err(AuthError::BadSignature);
    }
    user.verify(nonce, &signature)
        .map_err(|_| AuthError::BadSignature)
}

/// Networks and hours; gives the end of the current hours.
fn check_conditions(
    rights: &UserPermissionLimits,
    facts: &ConnectFacts<'_>,
) -> Result<Option<i64>, AuthError> {
    let refuse = |error: ConditionError, outside: AuthError| match error {
        ConditionError::Outside => outside,
        ConditionError::Unreadable(text) => AuthError::BadCondition(text),
        ConditionError::UnknownZone(zone) => AuthError::TimesLocation(zone),
    };
    if let Some(networks) = rights.src.as_deref().filter(|list| !list.is_empty()) {
        conditions::check_networks(networks, facts.client_ip)
            .map_err(|error| refuse(error, AuthError::ClientAddress))?;
    }
    match rights.times.as_deref().filter(|list| !list.is_empty()) {
        None => Ok(None),
        Some(times) => conditions::zone_of(&rights.times_location, facts.local_zone)
            .and_then(|zone| conditions::window_end(times, &zone, facts.now))
            .map(Some)
            .map_err(|error| refuse(error, AuthError::OutsideHours)),
    }
}

#[cfg(test)]
mod tests;
