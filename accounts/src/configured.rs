//! Accounts and users that a configuration names, in the place of an operator's tokens.
//!
//! [`Setup`] is what it says; [`Configured`] is the same, checked and compiled: an account becomes
//! the [`AccountPolicy`] that claims become, so that from there on nothing knows the difference.
//! Its key is made from its name ([`account_key`]); what people see is the name
//! ([`AccountPolicy::shown`]).

mod compile;
mod problem;
mod secret;
#[cfg(test)]
mod tests;
mod users;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::claims::account::{
    AccountBody, AccountLimits, ExportClaim, ImportClaim, WeightedMapping,
};
use crate::claims::user::PermissionSet;
use crate::identity::ConnectionType;
use crate::nkeys::{KeyKind, PublicKey};
use crate::policy::AccountPolicy;

pub use problem::{Place, SetupError, SetupProblem};
pub use secret::Secret;
pub use users::{Claimed, Credentials, Logins, User};
pub(crate) use users::{Door, Users};

/// The account of everybody for whom no other one is named.
pub const GLOBAL: &str = "$G";
/// The system account, unless another one is named.
pub const SYSTEM: &str = "$SYS";

/// What a configuration says about who may connect, and what is theirs. Empty: everybody may.
#[derive(Debug, Default, Clone)]
pub struct Setup {
    /// Besides the global account and the system account, which need not be here.
    pub accounts: Vec<AccountSetup>,
    /// Of all accounts.
    pub users: Vec<UserSetup>,
    /// Whoever knows it may come into the global account.
    pub token: Option<Secret>,
    /// The one user of the global account, where there is no list.
    pub single: Option<(String, Secret)>,
    /// Token and single user may come through a trusted proxy only.
    pub proxy_required: bool,
    /// For users of the global account that have no permissions of their own.
    pub default_permissions: PermissionSet,
    /// The user that clients without credentials are taken for.
    pub no_auth_user: Option<String>,
    /// What holds instead for clients that come by WebSocket; empty: the same as for all.
    pub websocket: DoorSetup,
    /// The name of the system account.
    pub system_account: Option<String>,
    /// There is none.
    pub no_system_account: bool,
    /// Whether anything is said about logins, be it nothing: then nobody is let into the global
    /// account only because the system account alone has users.
    pub has_authorization: bool,
    /// Some listener takes users by their certificates: a user without a password is one of those,
    /// and an empty password does not make it in elsewhere.
    pub maps_certificates: bool,
    /// The service that decides about logins.
    pub callout: Option<CalloutSetup>,
}

impl Setup {
    /// Whether everybody may come in.
    pub fn is_open(&self) -> bool {
        let nobody = self.users.is_empty() && self.token.is_none() && self.single.is_none();
        nobody && self.callout.is_none()
    }

    /// The same for the same secrets, and nothing that anybody could use.
    pub fn secrets_digest(&self) -> String {
        let users = self.users.iter().filter_map(|user| match &user.login {
            Login::Name { secret, .. } => Some(secret),
            Login::Nkey(_) => None,
        });
        let single = self.single.iter().map(|(_, secret)| secret);
        digest(users.chain(single).chain(&self.token))
    }

    /// Whether a password or token stands in it as it is.
    pub fn has_plain_secrets(&self) -> bool {
        let users = self.users.iter().filter_map(|user| match &user.login {
            Login::Name { secret, .. } => Some(secret),
            Login::Nkey(_) => None,
        });
        let single = self.single.iter().map(|(_, secret)| secret);
        users.chain(single).any(Secret::is_plain)
    }
}

/// Token, single user and guest of one kind of listener, in the place of those of all.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct DoorSetup {
    pub token: Option<Secret>,
    pub single: Option<(String, Secret)>,
    pub no_auth_user: Option<String>,
}

impl DoorSetup {
    /// Whether nothing is said: then what holds for all holds here, too.
    pub fn is_empty(&self) -> bool {
        self.token.is_none() && self.single.is_none() && self.no_auth_user.is_none()
    }

    /// The same for the same secrets, and nothing that anybody could use.
    pub fn secrets_digest(&self) -> String {
        let single = self.single.iter().map(|(_, secret)| secret);
        digest(single.chain(&self.token))
    }
}

fn digest<'a>(secrets: impl Iterator<Item = &'a Secret>) -> String {
    let mut digest = Sha256::new();
    for secret in secrets {
        digest.update(Sha256::digest(secret.text()));
    }
    data_encoding::HEXLOWER.encode(&digest.finalize())
}

/// An account as it is configured.
#[derive(Debug, Clone)]
pub struct AccountSetup {
    pub name: String,
    /// Its exports and imports, below, are not in here yet.
    pub body: AccountBody,
    pub exports: Vec<ExportSetup>,
    pub imports: Vec<ImportSetup>,
}

impl AccountSetup {
    /// An account without anything, and without limits.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            body: AccountBody {
                limits: AccountLimits::unlimited(),
                ..AccountBody::default()
            },
            exports: Vec::new(),
            imports: Vec::new(),
        }
    }
}

/// Something that an account offers.
#[derive(Debug, Clone)]
pub struct ExportSetup {
    pub claim: ExportClaim,
    /// The names of the accounts that may use it; empty = all.
    pub approved: Vec<String>,
}

/// Something that an account uses of another one.
#[derive(Debug, Clone)]
pub struct ImportSetup {
    /// The name of the exporter.
    pub account: String,
    /// Its `account` is the key of that name.
    pub claim: ImportClaim,
}

/// A user as it is configured.
#[derive(Debug, Clone)]
pub struct UserSetup {
    /// The name of its account.
    pub account: String,
    pub login: Login,
    /// `None`: those of its account.
    pub permissions: Option<PermissionSet>,
    /// `None`: all.
    pub connection_types: Option<Vec<ConnectionType>>,
    pub proxy_required: bool,
}

/// How a user logs in.
#[derive(Debug, Clone)]
pub enum Login {
    Name { name: String, secret: Secret },
    Nkey(PublicKey),
}

impl Login {
    /// What it is called.
    pub fn shown(&self) -> String {
        match self {
            Self::Name { name, .. } => name.clone(),
            Self::Nkey(key) => key.to_string(),
        }
    }
}

/// The auth callout as it is configured.
#[derive(Debug, Clone)]
pub struct CalloutSetup {
    /// Signs answers, and the users in them.
    pub issuer: PublicKey,
    /// The name of the account that is asked.
    pub account: String,
    /// The names or nkeys of those who answer.
    pub auth_users: Vec<String>,
    /// Questions are sealed for it.
    pub xkey: Option<PublicKey>,
    /// The names of the accounts whose users it is asked about, besides the global one; empty =
    /// all.
    pub allowed_accounts: Vec<String>,
}

/// A checked configuration.
#[derive(Debug)]
pub struct Configured {
    policies: BTreeMap<PublicKey, Arc<AccountPolicy>>,
    logins: Logins,
    /// A user is named that clients without credentials are taken for.
    names_guest: bool,
    system_account: Option<PublicKey>,
    callout: Option<CalloutSetup>,
    /// As they were written, for people to see.
    mappings: BTreeMap<PublicKey, Mappings>,
}

/// Destinations by source.
type Mappings = BTreeMap<String, Vec<WeightedMapping>>;

impl Configured {
    /// The account of this key.
    pub fn policy(&self, key: &PublicKey) -> Option<&Arc<AccountPolicy>> {
        self.policies.get(key)
    }

    /// The subject mappings of an account, as they were written.
    pub fn mappings(&self, key: &PublicKey) -> &Mappings {
        static NONE: Mappings = BTreeMap::new();
        self.mappings.get(key).unwrap_or(&NONE)
    }

    /// The keys of all accounts.
    pub fn keys(&self) -> BTreeSet<PublicKey> {
        self.policies.keys().copied().collect()
    }

    /// Who can log in.
    pub fn logins(&self) -> &Logins {
        &self.logins
    }

    /// The system account, unless there is none.
    pub fn system_account(&self) -> Option<PublicKey> {
        self.system_account
    }

    /// Whether everybody who comes that way may come into the global account, and needs not even
    /// say so.
    pub fn is_open(&self, by: ConnectionType) -> bool {
        self.logins.is_open(by) && self.callout.is_none()
    }

    /// Whether clients are told that they need credentials. As in nats-server, a guest by WebSocket
    /// is told so, too.
    pub fn asks_for_credentials(&self, by: ConnectionType) -> bool {
        let is_web = by == ConnectionType::Websocket;
        !self.is_open(by) && (is_web || !self.names_guest)
    }

    /// Whether clients are given something to sign.
    pub fn has_nkeys(&self) -> bool {
        self.logins.has_nkeys()
    }

    /// The auth callout, where it is to be asked about who gave these credentials: not about those
    /// who answer.
    pub fn callout_for(&self, given: &Credentials<'_>) -> Option<&CalloutSetup> {
        let callout = self.callout.as_ref()?;
        let mut named = [given.nkey, given.user].into_iter().flatten();
        let named = named.find(|name| !name.is_empty());
        let answers = named.is_some_and(|name| callout.auth_users.iter().any(|it| it == name));
        (!answers).then_some(callout)
    }
}

/// The key that stands for an account of this name: its own, if the name is one.
pub fn account_key(name: &str) -> PublicKey {
    let own = PublicKey::parse_as(name, KeyKind::Account);
    own.unwrap_or_else(|_| derived(KeyKind::Account, "account", name))
}

/// The key of account `$G`.
pub fn global() -> PublicKey {
    account_key(GLOBAL)
}

/// The "operator" of configured accounts. Nobody has the seed of such a key: nothing can be signed
/// in its name.
pub(crate) fn issuer() -> PublicKey {
    derived(KeyKind::Operator, "issuer", "")
}

/// The key that stands for a user without an nkey.
fn user_key(of: &str, name: &str) -> PublicKey {
    derived(KeyKind::User, of, name)
}

fn derived(kind: KeyKind, of: &str, name: &str) -> PublicKey {
    let digest = Sha256::new()
        .chain_update("tidegate configuration\0")
        .chain_update(of)
        .chain_update("\0")
        .chain_update(name);
    PublicKey::from_bytes(kind, digest.finalize().into())
}
