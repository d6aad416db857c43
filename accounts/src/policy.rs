//! An account's claims compiled once into what is asked again and again.
//!
//! A policy is immutable; a claims update makes a new one. It holds what its own claims say, and
//! knows nothing about other accounts: whether an import may be used is [`crate::sharing`].

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::callout::{self, Callout};
use crate::claims::account::{
    AccountBody, AccountLimits, ExportClaim, ServiceLatency, ShareKind as Kind, SigningKey,
    TraceClaim, UserScope,
};
use crate::claims::activation::ActivationBody;
use crate::claims::user::PermissionSet;
use crate::configured::Users;
use crate::devices::Authorities;
use crate::jwt::{Claims, JwtError};
use crate::nkeys::{KeyError, KeyKind, PublicKey};
use crate::permissions::{Permissions, PermissionsError};
use crate::quotas::{QuotaError, Quotas};
use crate::subject;
use crate::transform::{Transform, TransformError};

mod import;
mod mapping;
mod revocations;

pub use crate::claims::account::ShareKind;
pub(crate) use import::compile_import;
use import::compile_imports;
pub use mapping::{Mapping, MappingError, Mappings, WILDCARD_SOURCES_MAX};
pub(crate) use revocations::Revocations;

/// Why account claims cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    #[error("export `{0}`: not a valid subject")]
    ExportSubject(String),
    #[error("export `{0}`: response_type must be Singleton, Stream or Chunked")]
    ResponseType(String),
    #[error("export `{0}`: account_token_position must name a `*` of the subject")]
    TokenPosition(String),
    #[error("import `{0}`: {1}")]
    ImportSubject(String, TransformError),
    #[error("import `{0}`: set either `to` or `local_subject`, not both")]
    ToAndLocal(String),
    #[error("import `{0}`: `to` of a stream is a prefix and cannot have wildcards")]
    StreamPrefix(String),
    #[error("import `{0}`: the activation token cannot be read: {1}")]
    ImportToken(String, JwtError),
    #[error("auth callout: the xkey cannot be read: {0}")]
    CalloutKey(#[from] KeyError),
    #[error("mapping `{0}`: {1}")]
    Mapping(String, MappingError),
    #[error("more than {WILDCARD_SOURCES_MAX} mappings have a source with wildcards")]
    TooManyMappings,
    #[error("default permissions: {0}")]
    Permissions(#[from] PermissionsError),
    #[error("{0}")]
    Quotas(#[from] QuotaError),
    #[error("device anchors: {0}")]
    DeviceAnchors(String),
}

/// How many answers a service gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResponseType {
    /// One.
    #[default]
    Singleton,
    /// Any number, until an empty one.
    Stream,
    /// One that comes in parts, until an empty one.
    Chunked,
}

/// Something the account offers.
#[derive(Debug, Clone)]
pub struct Export {
    /// Whether others subscribe or send requests.
    pub kind: Kind,
    /// What is offered; may have wildcards.
    pub subject: Vec<u8>,
    /// Importers need an activation token.
    pub token_required: bool,
    /// How many answers a service gives.
    pub response_type: ResponseType,
    /// Nanoseconds; 0 = the server's default.
    pub response_threshold_ns: i64,
    /// This token (from 1) of an imported subject must be the importer's key; 0 = none.
    pub account_token_position: usize,
    /// Where latency samples of a service go.
    pub latency: Option<ServiceLatency>,
    /// Message traces may cross into the service.
    pub allow_trace: bool,
    /// The only accounts that may use it, where the configuration lists some.
    pub approved: Option<HashSet<PublicKey>>,
    pub(crate) revocations: Revocations,
}

impl Export {
    /// A service for every account, each for its own part: the token at `position` (from 1) of
    /// the imported subject is the importer's key.
    pub fn for_each(subject: &[u8], position: usize) -> Self {
        Self {
            kind: Kind::Service,
            subject: subject.to_vec(),
            token_required: false,
            response_type: ResponseType::Stream,
            response_threshold_ns: 0,
            account_token_position: position,
            latency: None,
            allow_trace: false,
            approved: None,
            revocations: Revocations::default(),
        }
    }
}

/// Something the account uses of another one.
#[derive(Debug, Clone)]
pub struct Import {
    /// Whether we subscribe or send requests.
    pub kind: Kind,
    /// The exporting account.
    pub exporter: PublicKey,
    /// The subject in the exporter's account.
    pub remote: Vec<u8>,
    /// The subject in this account.
    pub local: Vec<u8>,
    /// From the exporter's subject to ours.
    pub to_local: Transform,
    /// From our subject to the exporter's.
    pub to_remote: Transform,
    /// Tell the exporter who asks.
    pub share: bool,
    /// Message traces may cross out of the stream.
    pub allow_trace: bool,
    /// The activation token, read and with its signature checked, but not its authority.
    pub token: Option<Arc<Claims<ActivationBody>>>,
}

/// Whether a key may sign users of an account.
#[derive(Debug, Clone, PartialEq)]
pub enum IssuerRight {
    /// It may not.
    No,
    /// It is the account's own key.
    Account,
    /// A signing key without a scope.
    Signing,
    /// A signing key whose users get the scope's rights.
    Scoped(Arc<UserScope>),
}

/// The compiled claims of one account.
#[derive(Debug, Clone)]
pub struct AccountPolicy {
    /// The account.
    pub key: PublicKey,
    /// Its name, for people and templates.
    pub name: String,
    /// Who signed the claims.
    pub issuer: PublicKey,
    /// Unix seconds.
    pub issued_at: i64,
    /// Unix seconds; `None` = never.
    pub expires_at: Option<i64>,
    /// Unix seconds; 0 = always was valid.
    pub starts_at: i64,
    /// Our count of tokens minted for the account, when it carries one.
    pub generation: Option<u64>,
    /// Whether it is the installation's own, as the system account is.
    pub of_installation: bool,
    /// Ceilings; see [`ceiling`].
    pub limits: AccountLimits,
    /// Ceilings that other servers do not know.
    pub quotas: Quotas,
    /// Whether quotas do not bind: an operator must not lock itself out of the system account.
    pub without_quotas: bool,
    /// For users that carry no permissions of their own.
    pub default_permissions: Arc<Permissions>,
    /// Whether the claims say anything about default permissions.
    pub has_default_permissions: bool,
    /// What others may use.
    pub exports: Vec<Export>,
    /// What the account uses of others; see [`crate::sharing::authorize_import`].
    pub imports: Vec<Import>,
    /// `key:value` texts, for templates.
    pub tags: Vec<String>,
    /// Where messages go that enter the account, when not to the subject that they name.
    pub mappings: Arc<Mappings>,
    /// Who decides about logins besides the claims.
    pub callout: Option<Callout>,
    /// Where traces go of messages that carry the trace context of other systems.
    pub trace: Option<TraceClaim>,
    /// What a configured account is called; any other one is called by its key.
    pub shown: Option<Arc<str>>,
    /// Who issues certificates for the account's devices.
    pub devices: Authorities,
    pub(crate) users: Users,
    signing_keys: HashMap<PublicKey, Option<Arc<UserScope>>>,
    revocations: Revocations,
}

impl AccountPolicy {
    /// Compiles decoded claims. Trust and validation are [`crate::trust`]'s; what it accepted
    /// always compiles.
    pub fn compile(claims: &Claims<AccountBody>) -> Result<Self, PolicyError> {
        let body = &claims.nats;
        let exports = body
            .exports
            .iter()
            .map(compile_export)
            .collect::<Result<_, _>>()?;
        let imports = compile_imports(&body.imports)?;
        let callout = Callout::compile(&body.authorization)?;
        let mut default_permissions = body.default_permissions.clone();
        if callout.is_some() {
            keep_from_callout(&mut default_permissions);
        }
        let scope = |key: &SigningKey| match key {
            SigningKey::Plain(_) => None,
            SigningKey::Scoped(scope) => Some(Arc::new((**scope).clone())),
        };
        Ok(Self {
            key: claims.subject(),
            name: claims.name.clone(),
            issuer: claims.iss,
            issued_at: claims.iat,
            expires_at: (claims.exp != 0).then_some(claims.exp),
            starts_at: claims.nbf,
            generation: body.generation(),
            of_installation: body.tidegate.as_ref().is_some_and(|it| it.installation),
            limits: body.limits.clone(),
            quotas: quotas(body)?,
            without_quotas: false,
            // A single server is in no cluster.
            mappings: Arc::new(Mappings::compile(&body.mappings, None)?),
            default_permissions: Arc::new(Permissions::compile(&default_permissions)?),
            callout,
            trace: body.trace.clone(),
            shown: None,
            devices: devices(body)?,
            users: Users::default(),
            has_default_permissions: !body.default_permissions.is_empty(),
            exports,
            imports,
            tags: body.tags.clone(),
            signing_keys: body
                .signing_keys
                .iter()
                .map(|key| (key.key(), scope(key)))
                .collect(),
            revocations: Revocations::new(&body.revocations, KeyKind::User),
        })
    }

    /// The account as people and subjects name it.
    pub fn shown(&self) -> Arc<str> {
        let name = self.shown.as_ref();
        name.map_or_else(|| self.key.to_string().into(), Arc::clone)
    }

    /// The quotas that bind, of the account and of a user of it.
    pub fn quotas_in_force(&self, of_user: Quotas) -> (Quotas, Quotas) {
        match self.without_quotas {
            true => (Quotas::default(), Quotas::default()),
            false => (self.quotas, of_user),
        }
    }

    /// Whether a token of `user` that was issued at `issued_at` (unix seconds) is revoked.
    pub fn is_revoked(&self, user: &PublicKey, issued_at: i64) -> bool {
        self.revocations.covers(user, issued_at)
    }

    /// How many revocations of users there are.
    pub fn revocations(&self) -> usize {
        self.revocations.len()
    }

    /// The entry of the revocations that covers the user's token: a key or `*`, and up to when.
    pub fn revocation_of(&self, user: &PublicKey, issued_at: i64) -> Option<(String, i64)> {
        let (own, at) = self.revocations.covering(user, issued_at)?;
        let key = if own {
            user.to_string()
        } else {
            "*".to_owned()
        };
        Some((key, at))
    }

    /// Whether `key` may sign users. Strict operators also forbid [`IssuerRight::Account`].
    pub fn may_issue(&self, key: &PublicKey) -> IssuerRight {
        match self.signing_keys.get(key) {
            Some(Some(scope)) => IssuerRight::Scoped(Arc::clone(scope)),
            Some(None) => IssuerRight::Signing,
            None if *key == self.key => IssuerRight::Account,
            None => IssuerRight::No,
        }
    }

    /// Whether a user may log in by its token alone: false when the account leaves the decision to
    /// an auth callout that the user is not exempt from.
    pub fn may_skip_callout(&self, user: &PublicKey) -> bool {
        let callout = self.callout.as_ref();
        callout.is_none_or(|callout| callout.exempts(user))
    }

    /// Whether the claims have expired at `now` (unix seconds).
    pub fn is_expired(&self, now: i64) -> bool {
        self.expires_at.is_some_and(|expires_at| expires_at <= now)
    }

    /// Whether the claims are not valid yet at `now` (unix seconds).
    pub fn is_early(&self, now: i64) -> bool {
        self.starts_at > now
    }
}

/// What a limit in claims comes to: `None` is no limit, which only -1 says. Any other negative
/// value is none at all, as it is for nats-server.
pub fn ceiling(limit: i64) -> Option<u64> {
    (limit != -1).then(|| u64::try_from(limit).unwrap_or(0))
}

/// Whether `count` is within `limit`. A negative limit other than -1 does not even allow none, as
/// in the Go library.
pub fn allows(limit: i64, count: u64) -> bool {
    limit == -1 || u64::try_from(limit).is_ok_and(|limit| count <= limit)
}

/// The quotas of an account's claims.
pub(crate) fn quotas(body: &AccountBody) -> Result<Quotas, QuotaError> {
    let extra = body.tidegate.as_ref().map(|extra| &extra.extra);
    extra.map_or(Ok(Quotas::default()), Quotas::of_account)
}

/// The authorities for devices of an account's claims.
pub(crate) fn devices(body: &AccountBody) -> Result<Authorities, PolicyError> {
    let anchors = body.tidegate.as_ref().map(|extra| &*extra.device_anchors);
    Authorities::compile(anchors.unwrap_or_default()).map_err(PolicyError::DeviceAnchors)
}

pub(crate) fn compile_export(claim: &ExportClaim) -> Result<Export, PolicyError> {
    let subject = claim.subject.as_bytes();
    if !subject::is_valid(subject) {
        return Err(PolicyError::ExportSubject(claim.subject.clone()));
    }
    let response_type = match claim.response_type.as_str() {
        "" | "Singleton" => ResponseType::Singleton,
        "Stream" => ResponseType::Stream,
        "Chunked" => ResponseType::Chunked,
        _ => return Err(PolicyError::ResponseType(claim.subject.clone())),
    };
    let position = claim.account_token_position as usize;
    if position > 0 && subject::tokens(subject).nth(position - 1) != Some(b"*") {
        return Err(PolicyError::TokenPosition(claim.subject.clone()));
    }
    Ok(Export {
        kind: claim.kind,
        subject: subject.to_vec(),
        token_required: claim.token_req,
        response_type,
        response_threshold_ns: claim.response_threshold,
        account_token_position: position,
        latency: claim.service_latency.clone(),
        allow_trace: claim.allow_trace,
        approved: None,
        revocations: Revocations::new(&claim.revocations, KeyKind::Account),
    })
}

/// Denies publishing where an auth callout is asked: only servers ask.
pub(crate) fn keep_from_callout(permissions: &mut PermissionSet) {
    let denied = permissions.publish.deny.get_or_insert_default();
    denied.push(callout::SUBJECT.to_owned());
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests;
