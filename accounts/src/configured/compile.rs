//! From what a configuration says to policies and logins.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use sha2::{Digest, Sha256};

use super::{
    AccountSetup, CalloutSetup, Configured, Door, ExportSetup, GLOBAL, ImportSetup, Login, Logins,
    Place, SYSTEM, Secret, Setup, SetupError, SetupProblem, User, UserSetup, Users, account_key,
    issuer, user_key,
};
use crate::claims::account::{ExternalAuthorization, ShareKind, SigningKey};
use crate::claims::user::PermissionSet;
use crate::identity::ConnectionType;
use crate::jwt::Claims;
use crate::nkeys::PublicKey;
use crate::permissions::Permissions;
use crate::policy::{self, AccountPolicy, Mapping, ResponseType};
use crate::sharing;
use crate::subject;

/// What a token user is called.
const TOKEN_SHOWN: &str = "[REDACTED]";

impl Configured {
    /// Checks and compiles a setup. Where a user's credentials are those of `before`, written
    /// otherwise perhaps, its connections may stay. May take long: passwords may have to be hashed
    /// to tell.
    pub fn compile(setup: &Setup, before: Option<&Self>) -> Result<Self, SetupError> {
        let mut compiler = Compiler {
            setup,
            before,
            names: BTreeMap::new(),
            users: HashMap::new(),
            policies: BTreeMap::new(),
            is_open: false,
            problems: Vec::new(),
        };
        let system_account = compiler.name_accounts();
        let logins = compiler.logins();
        let standard = ConnectionType::Standard;
        compiler.is_open = logins.is_open(standard) && setup.callout.is_none();
        compiler.compile_accounts();
        compiler.check_imports();
        compiler.check_callout();
        if !compiler.problems.is_empty() {
            return Err(SetupError(compiler.problems));
        }
        let named = compiler.names.into_iter();
        let mappings = named.map(|(key, account)| (key, account.body.mappings));
        Ok(Self {
            mappings: mappings.filter(|(_, all)| !all.is_empty()).collect(),
            policies: compiler.policies,
            logins,
            names_guest: setup.no_auth_user.is_some(),
            system_account,
            callout: setup.callout.clone(),
        })
    }
}

struct Compiler<'a> {
    setup: &'a Setup,
    before: Option<&'a Configured>,
    /// Of all accounts, and what each is.
    names: BTreeMap<PublicKey, AccountSetup>,
    /// By account.
    users: HashMap<PublicKey, HashMap<PublicKey, Arc<User>>>,
    policies: BTreeMap<PublicKey, Arc<AccountPolicy>>,
    /// Everybody may come into the global account.
    is_open: bool,
    problems: Vec<SetupProblem>,
}

impl Compiler<'_> {
    fn problem(&mut self, place: Place, message: impl Into<String>) {
        let message = message.into();
        self.problems.push(SetupProblem { place, message });
    }

    /// Collects the accounts, the ones that are always there included. Gives the system account.
    fn name_accounts(&mut self) -> Option<PublicKey> {
        let setup = self.setup;
        for account in &setup.accounts {
            let before = self
                .names
                .insert(account_key(&account.name), account.clone());
            if before.is_some() {
                let message = format!("Duplicate Account Entry: {}", account.name);
                self.problem(Place::Account(account.name.clone()), message);
            }
        }
        let global = self.names.entry(account_key(GLOBAL));
        let global = global.or_insert_with(|| AccountSetup::new(GLOBAL));
        global.body.default_permissions = setup.default_permissions.clone();
        let name = match &setup.system_account {
            Some(name) if !self.names.contains_key(&account_key(name)) && name != SYSTEM => {
                let message =
                    format!("system_account: account {name:?} is not defined; add it to accounts");
                self.problem(Place::SystemAccount, message);
                return None;
            }
            Some(name) => name,
            None if setup.no_system_account => return None,
            None => SYSTEM,
        };
        let key = account_key(name);
        let system = self.names.entry(key);
        system.or_insert_with(|| AccountSetup::new(name));
        Some(key)
    }

    fn logins(&mut self) -> Logins {
        let setup = self.setup;
        let mut logins = Logins::default();
        for (index, user) in setup.users.iter().enumerate() {
            let Some(user) = self.user(index, user) else {
                continue;
            };
            let is_new = match &setup.users[index].login {
                Login::Name { name, .. } => {
                    logins.crowd.push(Arc::clone(&user));
                    logins.names.insert(name.clone(), user).is_none()
                }
                Login::Nkey(key) => logins.nkeys.insert(*key, user).is_none(),
            };
            if !is_new {
                let login = &setup.users[index].login;
                let what = match login {
                    Login::Name { .. } => "user",
                    Login::Nkey(_) => "nkey",
                };
                let message = format!("Duplicate {what} {:?} detected", login.shown());
                self.problem(Place::User(index), message);
            }
        }
        logins.main = self.door(&setup.token, &setup.single, ["token", "user"]);
        logins.main.anonymous = self.anonymous(&logins);
        let web = &setup.websocket;
        if !web.is_empty() {
            let mut door = self.door(&web.token, &web.single, ["web token", "web user"]);
            let guest = web.no_auth_user.as_ref();
            door.anonymous = guest.and_then(|name| self.guest(&logins, name));
            logins.websocket = Some(door);
        }
        logins.seed = setup.secrets_digest();
        logins
    }

    /// The lone users of a door, with keys of these kinds.
    fn door(
        &mut self,
        token: &Option<Secret>,
        single: &Option<(String, Secret)>,
        [of_token, of_user]: [&str; 2],
    ) -> Door {
        let token = token.as_ref().map(|secret| {
            let key = user_key(of_token, "");
            self.lone_user(key, TOKEN_SHOWN, Some(secret.clone()))
        });
        let single = single.as_ref().map(|(name, secret)| {
            let key = user_key(of_user, name);
            self.lone_user(key, name, Some(secret.clone()))
        });
        Door {
            token,
            single,
            anonymous: None,
        }
    }

    fn user(&mut self, index: usize, user: &UserSetup) -> Option<Arc<User>> {
        let account = account_key(&user.account);
        if !self.names.contains_key(&account) {
            let message = format!("account {:?} of the user is not defined", user.account);
            self.problem(Place::User(index), message);
            return None;
        }
        let permissions = user.permissions.as_ref();
        let permissions = permissions.map(|set| self.permissions(&user.account, set));
        let permissions = match permissions.transpose() {
            Ok(permissions) => permissions,
            Err(message) => {
                self.problem(Place::User(index), message);
                return None;
            }
        };
        let (key, secret) = match &user.login {
            Login::Name { name, secret } => {
                let by_certificate =
                    self.setup.maps_certificates && secret.is_plain() && secret.matches("");
                let secret = Some(secret.clone()).filter(|_| !by_certificate);
                (user_key("user", name), secret)
            }
            Login::Nkey(key) => (*key, None),
        };
        let shown = user.login.shown();
        Some(self.add(User {
            account,
            key,
            answers_callout: self.answers_callout(&shown),
            called: shown.into(),
            permissions,
            connection_types: user.connection_types.clone(),
            proxy_required: user.proxy_required,
            version: self.version(account, key, secret.as_ref()),
            secret,
            proven: OnceLock::new(),
        }))
    }

    /// A user of the global account to whom defaults do not apply.
    fn lone_user(&mut self, key: PublicKey, called: &str, secret: Option<Secret>) -> Arc<User> {
        let account = account_key(GLOBAL);
        let permissions = self.permissions(GLOBAL, &PermissionSet::default());
        self.add(User {
            account,
            key,
            called: called.into(),
            permissions: Some(permissions.unwrap_or_default()),
            connection_types: None,
            proxy_required: self.setup.proxy_required && secret.is_some(),
            answers_callout: self.answers_callout(called),
            version: self.version(account, key, secret.as_ref()),
            secret,
            proven: OnceLock::new(),
        })
    }

    fn add(&mut self, user: User) -> Arc<User> {
        let user = Arc::new(user);
        let users = self.users.entry(user.account).or_default();
        users.insert(user.key, Arc::clone(&user));
        user
    }

    fn permissions(&self, account: &str, set: &PermissionSet) -> Result<Arc<Permissions>, String> {
        let mut set = set.clone();
        if self
            .setup
            .callout
            .as_ref()
            .is_some_and(|it| it.account == account)
        {
            policy::keep_from_callout(&mut set);
        }
        let compiled = Permissions::compile(&set).map_err(|error| error.to_string())?;
        Ok(Arc::new(compiled))
    }

    fn answers_callout(&self, name: &str) -> bool {
        let callout = self.setup.callout.as_ref();
        callout.is_some_and(|callout| callout.auth_users.iter().any(|it| it == name))
    }

    /// The same for the same credentials, and for others that the same client has.
    fn version(&self, account: PublicKey, key: PublicKey, secret: Option<&Secret>) -> u64 {
        let before = self.before.and_then(|before| before.policy(&account));
        let before = before.and_then(|policy| policy.users.get(&key));
        match (before, secret) {
            (Some(before), None) if before.secret.is_none() => before.version,
            (Some(before), Some(secret))
                if before
                    .secret
                    .as_ref()
                    .is_some_and(|it| secret.continues(it)) =>
            {
                before.version
            }
            _ => {
                let text = secret.map(Secret::text);
                let digest = Sha256::new()
                    .chain_update(account.as_bytes())
                    .chain_update(key.as_bytes())
                    .chain_update(text.unwrap_or_default())
                    .finalize();
                let (start, _) = digest.split_at(8);
                start
                    .iter()
                    .fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
            }
        }
    }

    fn anonymous(&mut self, logins: &Logins) -> Option<Arc<User>> {
        let setup = self.setup;
        if let Some(name) = &setup.no_auth_user {
            return self.guest(logins, name);
        }
        // Who gives the system account users, and nothing else, does not mean to lock all others
        // out. As in nats-server, only where the configuration says nothing else about accounts
        // and logins.
        let names_system = setup.system_account.is_some()
            || setup.accounts.iter().any(|account| account.name == SYSTEM);
        let is_alone = names_system && self.names.len() == 2 && !setup.has_authorization;
        is_alone.then(|| self.lone_user(user_key("anonymous", ""), "", None))
    }

    /// The user that is named for clients without credentials.
    fn guest(&mut self, logins: &Logins, name: &str) -> Option<Arc<User>> {
        let mut all = logins.names.values().chain(logins.nkeys.values());
        let found = all.find(|user| *user.called == *name).map(Arc::clone);
        if found.is_none() {
            let message = match self.setup.users.is_empty() {
                true => {
                    format!("no_auth_user: \"{name}\" present, but users/nkeys are not defined")
                }
                false => format!(
                    "no_auth_user: \"{name}\" not present as user or nkey in authorization block \
                     or account configuration"
                ),
            };
            self.problem(Place::NoAuthUser, message);
        }
        found
    }

    fn compile_accounts(&mut self) {
        let names = std::mem::take(&mut self.names);
        for (key, account) in &names {
            if let Some(policy) = self.compile_account(*key, account, &names) {
                self.policies.insert(*key, Arc::new(policy));
            }
        }
        self.names = names;
    }

    fn compile_account(
        &mut self,
        key: PublicKey,
        account: &AccountSetup,
        names: &BTreeMap<PublicKey, AccountSetup>,
    ) -> Option<AccountPolicy> {
        let known = self.problems.len();
        let name = &account.name;
        for (index, export) in account.exports.iter().enumerate() {
            if let Err(message) = check_export(account, export, names) {
                self.problem(Place::Export(name.clone(), index), message);
            }
        }
        for (index, import) in account.imports.iter().enumerate() {
            if let Err(message) = check_import(&account.imports[..index], import, names) {
                self.problem(Place::Import(name.clone(), index), message);
            }
        }
        for (source, destinations) in &account.body.mappings {
            if let Err(error) = Mapping::compile(source, destinations, None) {
                let message = format!("Error adding mapping for {source:?}: {error}");
                self.problem(Place::Mapping(name.clone(), source.clone()), message);
            }
        }
        if self.problems.len() > known {
            return None;
        }
        let mut body = account.body.clone();
        body.exports = account.exports.iter().map(|it| it.claim.clone()).collect();
        body.imports = account.imports.iter().map(|it| it.claim.clone()).collect();
        let callout = self.setup.callout.as_ref();
        if let Some(callout) = callout {
            body.signing_keys = vec![SigningKey::Plain(callout.issuer)];
            body.authorization = authorization(callout, name);
        }
        // Its name is what it is called; it has no other one.
        let mut claims = Claims::new(key, "", 0, body);
        claims.iss = issuer();
        let mut policy = match AccountPolicy::compile(&claims) {
            Ok(policy) => policy,
            Err(error) => {
                self.problem(Place::Account(name.clone()), error.to_string());
                return None;
            }
        };
        for (export, setup) in policy.exports.iter_mut().zip(&account.exports) {
            let approved = setup.approved.iter().map(|name| account_key(name));
            export.approved = Some(approved.collect()).filter(|it: &HashSet<_>| !it.is_empty());
        }
        policy.shown = Some(name.as_str().into());
        policy.users = Users {
            by_key: Arc::new(self.users.remove(&key).unwrap_or_default()),
            is_open: self.is_open && name == GLOBAL,
            are_delegated: callout.is_some_and(|callout| delegates(callout, name)),
        };
        Some(policy)
    }

    /// What both ends of an import have to say.
    fn check_imports(&mut self) {
        if !self.problems.is_empty() {
            return;
        }
        for (key, policy) in self.policies.clone() {
            let name = self.names[&key].name.clone();
            for (index, import) in policy.imports.iter().enumerate() {
                let exporter = &self.policies[&import.exporter];
                if let Err(error) = sharing::authorize_import(exporter, &key, import, 0) {
                    let kind = kind(import.kind);
                    let subject = String::from_utf8_lossy(&import.remote);
                    let message = format!(
                        "Error adding {kind} import {subject:?}: {kind} import not authorized: \
                         {error}"
                    );
                    self.problem(Place::Import(name.clone(), index), message);
                }
            }
            let policies = &self.policies;
            let cycle = sharing::find_cycle(&key, |key| policies.get(key).cloned());
            if let Some(cycle) = cycle {
                let way: Vec<_> = cycle
                    .iter()
                    .filter_map(|key| self.names.get(key))
                    .map(|account| account.name.as_str())
                    .collect();
                let message = format!("import forms a cycle: {}", way.join(" -> "));
                self.problem(Place::Account(name), message);
            }
        }
    }

    fn check_callout(&mut self) {
        let Some(callout) = &self.setup.callout else {
            return;
        };
        let allowed = callout.allowed_accounts.iter();
        for name in std::iter::once(&callout.account).chain(allowed) {
            if !self.names.contains_key(&account_key(name)) {
                let message = format!("Authorization callout account {name:?} not valid");
                self.problem(Place::Callout, message);
            }
        }
    }
}

fn kind(kind: ShareKind) -> &'static str {
    match kind {
        ShareKind::Stream => "stream",
        ShareKind::Service => "service",
    }
}

/// Whether the callout is asked about users of the account.
fn delegates(callout: &CalloutSetup, account: &str) -> bool {
    let allowed = &callout.allowed_accounts;
    account == GLOBAL || allowed.is_empty() || allowed.iter().any(|name| name == account)
}

/// The callout as claims have it: empty for an account that is not asked.
fn authorization(callout: &CalloutSetup, account: &str) -> ExternalAuthorization {
    if callout.account != account {
        return ExternalAuthorization::default();
    }
    let key = |name: &String| {
        let nkey = PublicKey::parse_as(name, crate::nkeys::KeyKind::User);
        nkey.unwrap_or_else(|_| user_key("user", name)).to_string()
    };
    ExternalAuthorization {
        auth_users: callout.auth_users.iter().map(key).collect(),
        // As in nats-server: whom it lets in it may place in any account.
        allowed_accounts: vec!["*".to_owned()],
        xkey: callout.xkey.map_or_else(String::new, |key| key.to_string()),
    }
}

fn check_export(
    account: &AccountSetup,
    export: &ExportSetup,
    names: &BTreeMap<PublicKey, AccountSetup>,
) -> Result<(), String> {
    let claim = &export.claim;
    let kind = kind(claim.kind);
    for name in &export.approved {
        if !names.contains_key(&account_key(name)) {
            return Err(format!("{name:?} account not defined for {kind} export"));
        }
    }
    let compiled = policy::compile_export(claim);
    let compiled = compiled.map_err(|error| format!("Error adding {kind} {error}"))?;
    let Some(latency) = &claim.service_latency else {
        return Ok(());
    };
    let results = &latency.results;
    let text = |why: &str| {
        let subject = &claim.subject;
        Err(format!(
            "Error adding service latency sampling for {subject:?} on subject {results:?}: {why}"
        ))
    };
    let valid = subject::is_valid(results.as_bytes()) && subject::is_literal(results.as_bytes());
    let is_request = |other: &ExportSetup| {
        other.claim.kind == ShareKind::Service
            && subject::matches(other.claim.subject.as_bytes(), results.as_bytes())
    };
    if compiled.response_type != ResponseType::Singleton {
        text("bad service response type: only a service with one answer is measured")
    } else if !valid || account.exports.iter().any(is_request) {
        text("invalid publish subject")
    } else {
        Ok(())
    }
}

fn check_import(
    others: &[ImportSetup],
    import: &ImportSetup,
    names: &BTreeMap<PublicKey, AccountSetup>,
) -> Result<(), String> {
    let claim = &import.claim;
    let kind = kind(claim.kind);
    if !names.contains_key(&claim.account) {
        let name = &import.account;
        return Err(format!("{name:?} account not defined for {kind} import"));
    }
    policy::compile_import(claim).map_err(|error| format!("Error adding {kind} {error}"))?;
    let same = |other: &&ImportSetup| {
        let other = &other.claim;
        let same = (other.kind, other.account) == (claim.kind, claim.account);
        same && match claim.kind {
            ShareKind::Stream => other.subject == claim.subject,
            ShareKind::Service => local(other) == local(claim),
        }
    };
    match others.iter().find(same) {
        None => Ok(()),
        Some(_) if claim.kind == ShareKind::Stream => {
            let subject = &claim.subject;
            Err(format!(
                "Error adding stream import {subject:?}: stream import already exists"
            ))
        }
        Some(other) => Err(format!(
            "Duplicate service import subject {:?}, previously used in import for account {:?}, \
             subject {:?}",
            local(claim),
            other.account,
            other.claim.subject
        )),
    }
}

fn local(claim: &crate::claims::account::ImportClaim) -> &str {
    match claim.local_subject.as_str() {
        "" => &claim.subject,
        local => local,
    }
}
