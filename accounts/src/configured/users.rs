//! The users of a configuration: who a client says it is, and how it shows that.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{Secret, user_key};
use crate::identity::{AuthError, ConnectionType, Identity, Way, check_signature};
use crate::nkeys::{KeyKind, PublicKey};
use crate::permissions::Permissions;

/// A user of the configuration.
#[derive(Debug)]
pub struct User {
    /// Its account.
    pub account: PublicKey,
    /// Its nkey, or one that stands for its name.
    pub key: PublicKey,
    /// Its name as it is shown; empty for one that nobody named.
    pub called: Arc<str>,
    /// `None`: it has those of its account.
    pub(crate) permissions: Option<Arc<Permissions>>,
    /// `None`: all.
    pub(crate) connection_types: Option<Vec<ConnectionType>>,
    pub(crate) proxy_required: bool,
    /// It answers the auth callout, so it is not asked about.
    pub(crate) answers_callout: bool,
    /// `None` for an nkey.
    pub(super) secret: Option<Secret>,
    /// Another one than before when the credentials are.
    pub(crate) version: u64,
    /// What was given by the first who knew a hashed password: the next ones need not wait.
    pub(super) proven: OnceLock<Fingerprint>,
}

/// A given password, hashed quickly with what only this process knows.
#[derive(Clone, Copy)]
pub(super) struct Fingerprint([u8; 32]);

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprint(..)")
    }
}

impl User {
    fn may_come_by(&self, connection_type: ConnectionType) -> bool {
        let types = self.connection_types.as_ref();
        types.is_none_or(|types| types.contains(&connection_type))
    }

    /// Whether this was the right password before.
    fn knows(&self, given: &Fingerprint) -> bool {
        let proven = self.proven.get();
        proven.is_some_and(|proven| proven.0.ct_eq(&given.0).into())
    }
}

/// The users of one account.
#[derive(Debug, Default, Clone)]
pub(crate) struct Users {
    pub(super) by_key: Arc<HashMap<PublicKey, Arc<User>>>,
    /// Everybody may be in, known or not.
    pub(crate) is_open: bool,
    /// An auth callout decides about them.
    pub(super) are_delegated: bool,
}

impl Users {
    pub(crate) fn get(&self, key: &PublicKey) -> Option<&Arc<User>> {
        self.by_key.get(key)
    }

    /// Whether a user may be in by the credentials of that version.
    pub(crate) fn stands(&self, key: &PublicKey, version: u64, way: Way) -> Result<(), AuthError> {
        if self.is_open {
            return Ok(());
        }
        let user = self.get(key).filter(|user| user.version == version);
        let user = user.ok_or(AuthError::NotConfigured)?;
        if !user.may_come_by(way.connection_type) {
            return Err(AuthError::ConnectionType);
        }
        if user.proxy_required && !way.proxied {
            return Err(AuthError::ProxyRequired);
        }
        match self.are_delegated && !user.answers_callout {
            true => Err(AuthError::CalloutRequired),
            false => Ok(()),
        }
    }
}

/// What a client gave to log in. `Debug` shows no secret.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    pub user: Option<&'a str>,
    pub password: Option<&'a str>,
    pub token: Option<&'a str>,
    pub nkey: Option<&'a str>,
    /// Of the nonce.
    pub signature: Option<&'a str>,
    /// What the server sent to be signed.
    pub nonce: &'a [u8],
    pub way: Way,
    /// Where users show who they are by a certificate: the names in it, the ones that count most
    /// first. Then no password is asked, and none helps.
    pub certificate: Option<&'a [String]>,
}

/// Who can log in beside the lists of users.
#[derive(Debug, Default)]
pub(crate) struct Door {
    /// The only token.
    pub(super) token: Option<Arc<User>>,
    /// The only user.
    pub(super) single: Option<Arc<User>>,
    /// Whom clients without credentials are taken for.
    pub(super) anonymous: Option<Arc<User>>,
}

/// All that can log in.
#[derive(Debug, Default)]
pub struct Logins {
    pub(super) names: HashMap<String, Arc<User>>,
    pub(super) nkeys: HashMap<PublicKey, Arc<User>>,
    pub(super) main: Door,
    /// In the place of the main door, for those who come by WebSocket.
    pub(super) websocket: Option<Door>,
    /// Those of [`Self::names`]: see [`Self::stand_in`].
    pub(super) crowd: Vec<Arc<User>>,
    /// Made of all secrets: nobody else knows it.
    pub(super) seed: String,
}

/// Whom a client says it is, not proven yet. `Debug` shows no secret.
pub struct Claimed {
    user: Arc<User>,
    proof: Proof,
}

enum Proof {
    /// It was known to the connection already, or needs none.
    Shown,
    Password(Zeroizing<String>, Fingerprint),
    /// The same, of nobody: it takes as long and fails.
    InVain(Zeroizing<String>),
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.user)
            .field("nkey", &self.nkey)
            .field("way", &self.way)
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Claimed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = &self.user.called;
        f.debug_struct("Claimed")
            .field("user", user)
            .finish_non_exhaustive()
    }
}

impl Claimed {
    /// Whether the proof is to be looked at where others do not wait for it.
    pub fn is_slow(&self) -> bool {
        let is_slow = self.user.secret.as_ref().is_some_and(Secret::is_slow);
        let is_known = match &self.proof {
            Proof::Shown => true,
            Proof::Password(_, fingerprint) => self.user.knows(fingerprint),
            Proof::InVain(_) => false,
        };
        is_slow && !is_known
    }

    /// The user, if the client is the one.
    pub fn prove(self) -> Result<Arc<User>, AuthError> {
        let fits = |given: &str| {
            self.user
                .secret
                .as_ref()
                .is_some_and(|it| it.matches(given))
        };
        let is_proven = match &self.proof {
            Proof::Shown => true,
            Proof::Password(_, fingerprint) if self.user.knows(fingerprint) => true,
            Proof::Password(given, fingerprint) => {
                let fits = fits(given);
                if fits {
                    // Somebody else may have been first.
                    let _ = self.user.proven.set(*fingerprint);
                }
                fits
            }
            // Looked at all the same, for the time that it takes.
            Proof::InVain(given) => {
                std::hint::black_box(fits(given));
                false
            }
        };
        match is_proven {
            true => Ok(self.user),
            false => Err(AuthError::BadCredentials),
        }
    }
}

impl Logins {
    /// Whom the client says it is. The order is nats-server's: nkeys, names, the token, the single
    /// user; an empty text is none.
    pub fn claimed(&self, given: &Credentials<'_>) -> Result<Claimed, AuthError> {
        let some = |field: Option<&str>| field.is_some_and(|text| !text.is_empty());
        let is_anonymous = !(some(given.user) || some(given.password) || some(given.token));
        let door = self.door(given.way.connection_type);
        if is_anonymous
            && given.certificate.is_none()
            && let Some(user) = &door.anonymous
            && (!some(given.nkey) || self.nkeys.is_empty())
        {
            return Ok(Claimed::shown(user));
        }
        if !self.nkeys.is_empty()
            && let Some(nkey) = given.nkey.filter(|nkey| !nkey.is_empty())
        {
            return self.by_nkey(nkey, given).map(Claimed::shown);
        }
        if let Some(names) = given.certificate.filter(|_| !self.names.is_empty()) {
            let user = self.by_certificate(names, given);
            return user.map(Claimed::shown).ok_or(AuthError::BadCredentials);
        }
        if !self.names.is_empty()
            && let Some(name) = given.user.filter(|name| !name.is_empty())
        {
            return Ok(self.by_name(name, given));
        }
        if let Some(user) = &door.token {
            return Ok(self.password(user, given.token));
        }
        match &door.single {
            Some(user) if given.user == Some(&*user.called) => {
                Ok(self.password(user, given.password))
            }
            Some(user) => Ok(Claimed::in_vain(user, given.password)),
            None => Err(AuthError::BadCredentials),
        }
    }

    /// The door that who comes that way comes by.
    fn door(&self, by: ConnectionType) -> &Door {
        let websocket = self.websocket.as_ref();
        let websocket = websocket.filter(|_| by == ConnectionType::Websocket);
        websocket.unwrap_or(&self.main)
    }

    fn by_nkey(&self, nkey: &str, given: &Credentials<'_>) -> Result<&Arc<User>, AuthError> {
        let key = PublicKey::parse_as(nkey, KeyKind::User).ok();
        let user = key.and_then(|key| self.nkeys.get(&key));
        let user = user.ok_or(AuthError::BadCredentials)?;
        if !user.may_come_by(given.way.connection_type) {
            return Err(AuthError::ConnectionType);
        }
        // Who may come without credentials need not sign either.
        let anonymous = self.door(given.way.connection_type).anonymous.as_ref();
        let is_anonymous = anonymous.is_some_and(|it| Arc::ptr_eq(it, user));
        if !is_anonymous {
            check_signature(&user.key, given.nonce, given.signature)?;
        }
        Ok(user)
    }

    fn by_name(&self, name: &str, given: &Credentials<'_>) -> Claimed {
        match self.names.get(name) {
            Some(user) if user.may_come_by(given.way.connection_type) => {
                self.password(user, given.password)
            }
            Some(user) => Claimed::in_vain(user, given.password),
            None => Claimed::in_vain(self.stand_in(name), given.password),
        }
    }

    /// The user whose secret is checked for a name that is not known, so that the time it takes
    /// does not tell: always the same one for a name.
    fn stand_in(&self, name: &str) -> &Arc<User> {
        let Fingerprint(digest) = self.fingerprint(name);
        let number = u32::from_le_bytes([digest[0], digest[1], digest[2], digest[3]]);
        &self.crowd[number as usize % self.crowd.len()]
    }

    fn fingerprint(&self, given: &str) -> Fingerprint {
        let digest = Sha256::new().chain_update(&self.seed).chain_update(given);
        Fingerprint(digest.finalize().into())
    }

    fn password(&self, user: &Arc<User>, given: Option<&str>) -> Claimed {
        let given = given.unwrap_or_default();
        let fingerprint = self.fingerprint(given);
        Claimed {
            user: Arc::clone(user),
            proof: Proof::Password(Zeroizing::new(given.to_owned()), fingerprint),
        }
    }

    /// The first of these names that a user has who may come that way.
    fn by_certificate(&self, names: &[String], given: &Credentials<'_>) -> Option<&Arc<User>> {
        let mut users = names.iter().filter_map(|name| self.names.get(name));
        users.find(|user| user.may_come_by(given.way.connection_type))
    }

    /// The names of users: what a certificate's subject is compared with.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    /// Whether a connected user is in another account now, or is not named any more: then it is
    /// closed without an error, and learns more when it comes back. nats-server tells this from
    /// other credentials for the same user (`server/reload.go`); a token is all credentials.
    pub fn has_moved(&self, identity: &Identity) -> bool {
        let named = identity.called.as_deref();
        let user = named.and_then(|name| self.names.get(name));
        match user.or_else(|| self.nkeys.get(&identity.user)) {
            Some(user) => user.account != identity.account,
            None => identity.user != user_key("token", ""),
        }
    }

    /// Whether everybody who comes that way may come in: nobody is named who would be the only
    /// ones.
    pub fn is_open(&self, by: ConnectionType) -> bool {
        let lists = self.names.is_empty() && self.nkeys.is_empty();
        let door = self.door(by);
        lists && door.token.is_none() && door.single.is_none() && door.anonymous.is_none()
    }

    /// Whether clients without credentials that come that way are taken for a user.
    pub fn has_anonymous(&self, by: ConnectionType) -> bool {
        self.door(by).anonymous.is_some()
    }

    pub(super) fn has_nkeys(&self) -> bool {
        !self.nkeys.is_empty()
    }
}

impl Claimed {
    fn shown(user: &Arc<User>) -> Self {
        Self {
            user: Arc::clone(user),
            proof: Proof::Shown,
        }
    }

    fn in_vain(user: &Arc<User>, given: Option<&str>) -> Self {
        Self {
            user: Arc::clone(user),
            proof: Proof::InVain(Zeroizing::new(given.unwrap_or_default().to_owned())),
        }
    }
}
