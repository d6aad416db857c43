//! The accounts that are live in this broker: loaded on first use, linked by their imports, changed
//! by updates.
//!
//! Lock order: `updating`, then `changing`, then one of the others, then an account's own locks.
//! Only a connect to an account that is not live yet, a claims update, and the departure of idle
//! accounts take the first two.

mod configured;
mod dependencies;
mod excess;
mod fetching;
mod idle;
pub(crate) mod preload;
mod verified;

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use accounts::{
    claims::{
        account::{AccountBody, ServiceLatency},
        user::UserBody,
    },
    configured::Configured,
    jwt::{self, Claims, JwtError},
    nkeys::PublicKey,
    policy::{AccountPolicy, Export, Import, ResponseType, ShareKind},
    sharing,
    trust::{self, AcceptError, Accepted, Trust},
};
use parking_lot::{Mutex, MutexGuard, RwLock};
use protocol::{ClosedReason, ServerError};
use tokio::sync::{Semaphore, mpsc};

use crate::{
    account::{Account, Hold, Links, StreamImport},
    connection::client::Control,
    resolver::{Purpose, Remote, Store, StoreError},
    routing::sub::{ServiceId, ServiceImport, Sub, Target, Terms},
};

pub(crate) use dependencies::Needs;
pub(crate) use idle::Counters;

use dependencies::Dependencies;
use idle::Departed;
use verified::Verified;

/// nats-server's default for an exchange without a threshold of its own (`server/accounts.go`).
const RESPONSE_THRESHOLD: Duration = Duration::from_secs(120);
/// The longest exchange without a word: a day. Claims may say centuries, clocks cannot.
const RESPONSE_THRESHOLD_MAX: Duration = Duration::from_secs(24 * 3600);

/// The accounts that are live in this broker.
#[derive(Debug)]
pub(crate) struct Tenants {
    /// Whose signatures count. Another one may take its place while the broker runs.
    trust: RwLock<Arc<Trust>>,
    store: Store,
    /// Where what the store lacks is asked for, if anywhere.
    remote: Arc<Remote>,
    system_account: Option<PublicKey>,
    /// The only accounts whose users may log in, where that is limited.
    pinned: Option<HashSet<PublicKey>>,
    /// In the place of tokens, where there is no operator.
    configured: RwLock<Option<Arc<Configured>>>,
    live: RwLock<HashMap<PublicKey, Arc<Account>>>,
    dependencies: Mutex<Dependencies>,
    departed: Mutex<Departed>,
    verified: Mutex<Verified>,
    changing: Mutex<()>,
    /// Who looks at what is there, stores something else and puts it into force: one at a time, so
    /// that nothing older comes in between.
    updating: Mutex<()>,
    /// Who may load an account: one at a time, since they would wait for each other anyway.
    loading: Semaphore,
}

/// Why an account's claims were not taken over.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UpdateError {
    /// The claims may not replace what is there.
    #[error("{0}")]
    Refused(#[from] AcceptError),
    /// The account had newer ones, which are no longer stored.
    #[error("older than the claims that are in force, or were when the account was used last")]
    Older,
    /// The claims could not be kept.
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// An update that was checked and is not stored yet.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) key: PublicKey,
    pub(crate) token: String,
    policy: AccountPolicy,
}

/// Dropped senders tell when everybody who was asked to apply a change has done so.
pub(crate) type Applied = mpsc::Receiver<()>;

impl Tenants {
    pub(crate) fn new(trust: Trust, store: Store, system_account: Option<PublicKey>) -> Self {
        Self {
            trust: RwLock::new(Arc::new(trust)),
            store,
            remote: Arc::default(),
            system_account,
            pinned: None,
            configured: RwLock::default(),
            live: RwLock::default(),
            dependencies: Mutex::default(),
            departed: Mutex::default(),
            verified: Mutex::default(),
            changing: Mutex::new(()),
            updating: Mutex::new(()),
            loading: Semaphore::new(1),
        }
    }

    /// Lets only the users of these accounts log in, and of the system account.
    pub(crate) fn pin(&mut self, accounts: Vec<PublicKey>) {
        self.pinned = Some(accounts.into_iter().chain(self.system_account).collect());
    }

    /// Whether users of this account may log in at all.
    pub(crate) fn admits(&self, account: &PublicKey) -> bool {
        let pinned = self.pinned.as_ref();
        pinned.is_none_or(|pinned| pinned.contains(account))
    }

    pub(crate) fn trust(&self) -> Arc<Trust> {
        Arc::clone(&self.trust.read())
    }

    /// Trusts others from now on: accounts that are stored, or come, are judged by that.
    pub(crate) fn set_trust(&self, trust: Trust) {
        *self.trust.write() = Arc::new(trust);
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn system_account(&self) -> Option<PublicKey> {
        self.system_account
    }

    /// Decodes a user JWT and checks its signature, unless it is remembered.
    pub(crate) fn verify_user(&self, token: &str) -> Result<Arc<Claims<UserBody>>, JwtError> {
        let known = self.verified.lock().find(token);
        known.map_or_else(|| jwt::decode(token).map(Arc::new), Ok)
    }

    /// Remembers a user JWT that [`Self::verify_user`] gave, and that a key of its account vouches
    /// for.
    pub(crate) fn remember_user(&self, token: &str, claims: &Arc<Claims<UserBody>>) {
        self.verified.lock().remember(token, claims);
    }

    /// The accounts that are live now.
    pub(crate) fn live(&self) -> Vec<Arc<Account>> {
        self.live.read().values().map(Arc::clone).collect()
    }

    /// The account if it is live already.
    pub(crate) fn find_live(&self, key: &PublicKey) -> Option<Arc<Account>> {
        self.live.read().get(key).map(Arc::clone)
    }

    /// The account, made live if the resolver has it. `None` for one that nobody knows or that is
    /// broken. It stays live at least as long as the caller holds on to it.
    pub(crate) async fn get(self: &Arc<Self>, key: &PublicKey) -> Option<Hold> {
        self.get_for(key, None).await
    }

    /// [`Self::get`] for a client at this address.
    pub(crate) async fn get_for(
        self: &Arc<Self>,
        key: &PublicKey,
        client: Option<IpAddr>,
    ) -> Option<Hold> {
        let purpose = Purpose::Login(client);
        if let Some(hold) = self.hold_live(key) {
            self.renew_expired(*key, &hold, purpose).await;
            return Some(hold);
        }
        if self.store.is_partial() {
            self.let_leave(*key).await;
            self.fetch_with_imports(*key, purpose).await;
        }
        if !self.store.may_have(key) {
            return None;
        }
        let _turn = self.loading.acquire().await.ok()?;
        let (this, key) = (Arc::clone(self), *key);
        // Files and signatures: not on a worker that connections need.
        let loaded = tokio::task::spawn_blocking(move || this.get_blocking(&key));
        loaded.await.ok()?
    }

    /// Waits while an account that lets nobody in any more leaves: what is stored of it goes with
    /// it, and counts as missing only then.
    async fn let_leave(self: &Arc<Self>, key: PublicKey) {
        if self.find_live(&key).is_some() {
            let this = Arc::clone(self);
            let left = tokio::task::spawn_blocking(move || drop(this.changing.lock()));
            let _ = left.await;
        }
    }

    /// [`Self::get`] for a thread that may wait.
    pub(crate) fn get_blocking(&self, key: &PublicKey) -> Option<Hold> {
        if let Some(hold) = self.hold_live(key) {
            return Some(hold);
        }
        let _changing = self.changing.lock();
        self.get_or_load(key).and_then(Hold::on)
    }

    fn hold_live(&self, key: &PublicKey) -> Option<Hold> {
        self.find_live(key).and_then(Hold::on)
    }

    /// Makes an account live, with all that it imports from, however far that leads.
    fn get_or_load(&self, key: &PublicKey) -> Option<Arc<Account>> {
        let mut loaded = HashMap::new();
        let mut wanted = vec![*key];
        while let Some(key) = wanted.pop() {
            if loaded.contains_key(&key) || self.find_live(&key).is_some() {
                continue;
            }
            let Some(policy) = self.load(&key) else {
                continue;
            };
            wanted.extend(policy.imports.iter().map(|import| import.exporter));
            let account = Account::new(&policy.shown(), Some(key));
            account.set_policy(Some(Arc::new(policy)));
            self.restore_counters(&key, &account);
            loaded.insert(key, account);
        }
        for account in loaded.values() {
            self.link(account, &loaded);
        }
        let keys: Vec<_> = loaded.keys().copied().collect();
        // Linked before live: nobody subscribes in an account whose imports are not there yet.
        self.live.write().extend(loaded);
        self.link_those_who_waited(&keys);
        self.find_live(key)
    }

    /// Links accounts that were live before an exporter of theirs.
    fn link_those_who_waited(&self, exporters: &[PublicKey]) {
        let mut waited: Vec<_> = exporters
            .iter()
            .flat_map(|key| self.dependencies.lock().importers_of(key))
            .filter(|key| !exporters.contains(key))
            .collect();
        waited.sort_unstable();
        waited.dedup();
        for account in waited.iter().filter_map(|key| self.find_live(key)) {
            self.link(&account, &HashMap::new());
            self.tell_clients(&account);
        }
    }

    /// Reads and checks what the resolver has. Anything wrong with it is logged and reads as
    /// "unknown".
    fn load(&self, key: &PublicKey) -> Option<AccountPolicy> {
        if let Some(configured) = self.configured() {
            return self.configured_policy(&configured, key);
        }
        let token = match self.store.fetch(key) {
            Ok(token) => token?,
            Err(error) => {
                tracing::error!(account.id = %key, %error, "cannot read the account's JWT");
                return None;
            }
        };
        match self.accept(&token) {
            Ok(accepted) if accepted.policy.key == *key => Some(accepted.policy),
            Ok(accepted) => {
                tracing::error!(
                    account.id = %key, found = %accepted.policy.key,
                    "the stored JWT is another account's: push the right one"
                );
                None
            }
            Err(error) => {
                tracing::error!(
                    account.id = %key, %error,
                    "the stored JWT is not usable: push a new one"
                );
                None
            }
        }
    }

    /// [`Trust::accept_account`], with what this broker adds to the system account.
    fn accept(&self, token: &str) -> Result<Accepted, AcceptError> {
        let mut accepted = self.trust().accept_account(token)?;
        self.complete(&mut accepted.policy);
        Ok(accepted)
    }

    /// Adds to the system account what this broker offers there.
    fn complete(&self, policy: &mut AccountPolicy) {
        if Some(policy.key) == self.system_account {
            crate::system::offer(policy);
            policy.without_quotas = true;
        }
    }

    /// Links an account that is live, after its policy or an exporter's has changed.
    fn relink(&self, account: &Arc<Account>) {
        for import in account.policy().iter().flat_map(|policy| &policy.imports) {
            self.get_or_load(&import.exporter);
        }
        self.link(account, &HashMap::new());
    }

    /// Binds an account's imports to exporters, live or about to be, that agree.
    fn link(&self, account: &Arc<Account>, loaded: &HashMap<PublicKey, Arc<Account>>) {
        let (Some(key), policy) = (account.key, account.policy()) else {
            return;
        };
        let mut links = Links::default();
        let now = crate::clock::unix_seconds();
        for import in policy.iter().flat_map(|policy| &policy.imports) {
            // Nobody keeps itself live.
            if import.exporter != key {
                links.needs.exporters.insert(import.exporter);
            }
            let exporter = loaded.get(&import.exporter).map(Arc::clone);
            let Some(exporter) = exporter.or_else(|| self.find_live(&import.exporter)) else {
                continue;
            };
            let Some(offered) = exporter.policy() else {
                continue;
            };
            let due = [links.needs.due, next_change(import, &offered, now)];
            links.needs.due = due.into_iter().flatten().min();
            match sharing::authorize_import(&offered, &key, import, now) {
                Ok(export) => {
                    let to_system = self.system_account == Some(import.exporter);
                    links.add((account, &exporter), import, (export, &offered), to_system);
                }
                Err(error) => tracing::debug!(
                    account.id = %key, exporter.id = %import.exporter, %error,
                    "import is not active"
                ),
            }
        }
        let before = account.links();
        let mut dependencies = self.dependencies.lock();
        dependencies.replace(key, &before.needs, &links.needs);
        drop(dependencies);
        account.set_links(links);
    }

    /// To be held from [`Self::check_update`] until what it let pass is stored and
    /// [applied](Self::apply).
    pub(crate) fn updating(&self) -> MutexGuard<'_, ()> {
        self.updating.lock()
    }

    /// Whether an update of this account is for us: it is kept here, or in use although what was
    /// kept of it had to make room.
    pub(crate) fn takes(&self, key: &PublicKey) -> bool {
        let in_use = || self.find_live(key).is_some() || self.dependencies.lock().is_imported(key);
        self.store.takes_new() || self.store.contains(key) || (self.store.is_partial() && in_use())
    }

    /// Checks an update against trust and against what is there, storing nothing: what is stored,
    /// in force, or was before the account left, whichever is newest.
    pub(crate) fn check_update(&self, token: &str) -> Result<Checked, UpdateError> {
        let Accepted { claims, policy } = self.accept(token)?;
        // What is there but unusable must not stand in the way of its repair.
        let current = match self.store.fetch(&policy.key) {
            Err(StoreError::NotAToken(path)) => {
                tracing::warn!(file = %path.display(), "an unusable JWT file is replaced");
                None
            }
            fetched => fetched?.and_then(|text| self.usable(&policy.key, &text)),
        };
        if let Some(current) = current {
            trust::may_replace(&current, &claims)?;
        }
        if self.was_newer_before(&policy) {
            return Err(UpdateError::Older);
        }
        Ok(Checked {
            key: policy.key,
            token: token.to_owned(),
            policy,
        })
    }

    /// What a stored token says, if it counts; of one that does not, the log says so.
    fn usable(&self, key: &PublicKey, token: &str) -> Option<Claims<AccountBody>> {
        let verdict = self.trust().accept_account(token);
        let told = verdict.inspect_err(|error| {
            tracing::warn!(account.id = %key, %error, "an unusable stored JWT is replaced");
        });
        told.ok().map(|accepted| accepted.claims)
    }

    /// Puts a stored update into force for everything that is live. The answer tells when it is
    /// applied.
    pub(crate) fn apply(&self, checked: Checked) -> Applied {
        let _changing = self.changing.lock();
        let key = checked.key;
        match self.find_live(&key) {
            Some(account) => {
                let policy = Arc::new(checked.policy);
                let before = account.policy().map(|before| before.quotas.rates);
                if before != Some(policy.quotas.rates) {
                    account.meter.reset();
                }
                account.set_policy(Some(Arc::clone(&policy)));
                self.relink(&account);
                excess::close_excess(&account, &policy, Some(key) == self.system_account);
            }
            // Nobody uses it yet. But others may wait for it as their exporter.
            None if !self.dependencies.lock().is_imported(&key) => return mpsc::channel(1).1,
            None => {
                self.get_or_load(&key);
            }
        }
        self.relink_importers(&key);
        self.refresh(&key)
    }

    /// Ends an account that was deleted: its clients are closed and its exports are gone.
    pub(crate) fn retire(&self, key: &PublicKey) -> Applied {
        let _changing = self.changing.lock();
        if let Some(account) = self.find_live(key) {
            account.set_policy(None);
            self.relink(&account);
            self.live.write().remove(key);
            self.keep_counters(*key, &account);
            for client in account.clients() {
                client.close(
                    Some(ServerError::AccountAuthenticationExpired),
                    ClosedReason::AuthenticationExpired,
                );
            }
            self.tell_clients(&account);
        }
        self.relink_importers(key);
        self.refresh(key)
    }

    /// Links again what a begin or an end of validity by `now` concerns. May read files.
    pub(crate) fn run_due(&self, now: i64) {
        let _changing = self.changing.lock();
        let due = self.dependencies.lock().take_due(now);
        for account in due.iter().filter_map(|key| self.find_live(key)) {
            self.relink(&account);
            self.tell_clients(&account);
        }
    }

    /// Whether [`Self::run_due`] has anything to do.
    pub(crate) fn is_due(&self, now: i64) -> bool {
        self.dependencies.lock().is_due(now)
    }

    fn importers_of(&self, key: &PublicKey) -> Vec<Arc<Account>> {
        let importers = self.dependencies.lock().importers_of(key);
        importers
            .iter()
            .filter_map(|key| self.find_live(key))
            .collect()
    }

    fn relink_importers(&self, key: &PublicKey) {
        for importer in self.importers_of(key) {
            self.relink(&importer);
        }
    }

    /// Asks the clients of an account to look at its claims and links again.
    fn tell_clients(&self, account: &Account) {
        let (applied, _) = mpsc::channel(1);
        for client in account.concerned() {
            client.control(Control::Refresh {
                _applied: applied.clone(),
            });
        }
    }

    /// The same for an account and its importers. The answer tells when they have done so.
    fn refresh(&self, key: &PublicKey) -> Applied {
        let (applied, receiver) = mpsc::channel(1);
        let accounts = self
            .find_live(key)
            .into_iter()
            .chain(self.importers_of(key));
        for client in accounts.flat_map(|account| account.concerned()) {
            client.control(Control::Refresh {
                _applied: applied.clone(),
            });
        }
        receiver
    }
}

impl Links {
    fn add(
        &mut self,
        (importer, exporter): (&Arc<Account>, &Arc<Account>),
        import: &Import,
        (export, offered): (&Export, &AccountPolicy),
        to_system: bool,
    ) {
        match import.kind {
            ShareKind::Stream => self.stream_imports.push(StreamImport {
                exporter: Arc::downgrade(exporter),
                local: import.local.clone(),
                to_local: import.to_local.clone(),
                to_remote: import.to_remote.clone(),
                allow_trace: import.allow_trace,
            }),
            ShareKind::Service => {
                let mut edge = ServiceImport {
                    importer: Arc::downgrade(importer),
                    exporter: Arc::downgrade(exporter),
                    to_remote: import.to_remote.clone(),
                    share: import.share,
                    to_system,
                    allow_trace: export.allow_trace,
                    terms: terms(exporter, export),
                    latency: latency(export, offered),
                };
                // Exchanges that are open over the edge that was here go on over this one.
                let before = importer.links();
                if let Some(before) = before.service_edges().find(|it| edge.continues(it)) {
                    edge.terms.active = Arc::clone(&before.terms.active);
                }
                let entry = Sub::new(&import.local, None, Target::Service(edge));
                self.service_imports.push(entry);
            }
        }
    }
}

/// What holds for exchanges with a service.
fn terms(exporter: &Account, export: &Export) -> Terms {
    let threshold = u64::try_from(export.response_threshold_ns).unwrap_or(0);
    Terms {
        service: ServiceId {
            exporter: exporter.home(),
            subject: Arc::from(export.subject.as_slice()),
        },
        single: export.response_type == ResponseType::Singleton,
        threshold: match threshold {
            0 => RESPONSE_THRESHOLD,
            nanos => Duration::from_nanos(nanos).min(RESPONSE_THRESHOLD_MAX),
        },
        active: Arc::new(AtomicBool::new(true)),
    }
}

/// How a service is measured. As in nats-server: not when it gives more than one answer, nor when
/// the results would be requests to a service of the account.
fn latency(export: &Export, offered: &AccountPolicy) -> Option<Arc<ServiceLatency>> {
    let latency = export.latency.as_ref()?;
    let is_request = |other: &Export| {
        other.kind == ShareKind::Service
            && accounts::subject::matches(&other.subject, latency.results.as_bytes())
    };
    let is_useful =
        export.response_type == ResponseType::Singleton && !offered.exports.iter().any(is_request);
    is_useful.then(|| Arc::new(latency.clone()))
}

/// When the verdict on an import will next change by time alone: unix seconds after `now`.
fn next_change(import: &Import, exporter: &AccountPolicy, now: i64) -> Option<i64> {
    let token = import.token.as_ref();
    let times = [
        token.map(|token| token.exp),
        token.map(|token| token.nbf),
        exporter.expires_at,
        Some(exporter.starts_at),
    ];
    times.into_iter().flatten().filter(|at| *at > now).min()
}

#[cfg(test)]
mod tests;
