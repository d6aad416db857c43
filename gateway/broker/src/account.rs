//! A live tenant: its subscriptions, its clients, its claims in compiled form, its open exchanges.
//!
//! Resolved once per connection, at `CONNECT`; after that nothing here is shared with another
//! tenant, except the entries that an import puts into the exporter's table.

use std::{
    ops::Deref,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use accounts::{
    callout,
    explain::Explanation,
    nkeys::PublicKey,
    policy::{AccountPolicy, Mappings},
    transform::Transform,
};
use parking_lot::{Mutex, MutexGuard, RwLock};
use serde_json::Value;

use crate::{
    callouts::Callouts,
    clock,
    connection::client::{Client, Traffic},
    denials::{Denials, Refused, Whom},
    hash::IdMap,
    meter::Meter,
    routing::{
        responses::{HeldExchanges, Responses},
        sub::{ServiceImport, Sub, Target},
        sublist::{Matched, Sublist},
    },
    seats::Seats,
    tenants::{Counters, Needs},
};

/// A live tenant.
#[derive(Debug)]
pub(crate) struct Account {
    /// The account's public key, or a fixed name where there are no keys.
    pub(crate) name: Box<str>,
    /// `None` for the one account of an open broker.
    pub(crate) key: Option<PublicKey>,
    /// `None` in open mode and once the account is gone.
    policy: RwLock<Option<Arc<AccountPolicy>>>,
    /// When the policy was put into force: unix seconds.
    updated: AtomicI64,
    /// Whether the policy has subject mappings: all that most accounts have to look at.
    has_mappings: AtomicBool,
    /// Whether the policy has an auth callout.
    has_callout: AtomicBool,
    links: RwLock<Arc<Links>>,
    table: RwLock<Sublist>,
    /// Counts changes of the table, so that caches know when they are stale.
    generation: AtomicU64,
    responses: Mutex<Responses>,
    pub(crate) held_exchanges: HeldExchanges,
    occupants: Mutex<Occupants>,
    pub(crate) callouts: Callouts,
    /// Clients that ever connected.
    pub(crate) total_connections: AtomicU64,
    /// What its clients published.
    pub(crate) received: Traffic,
    /// What was sent to clients that have left.
    sent_before: Traffic,
    pub(crate) slow_consumers: AtomicU64,
    /// What its users were refused; there is none before the first refusal.
    denials: Mutex<Option<Box<Denials>>>,
    /// Questions about itself that wait for their answer.
    pub(crate) questions: AtomicUsize,
    /// What they published of late, against quotas.
    pub(crate) meter: Arc<Meter>,
    /// How often a client was held back by a quota.
    held_back: AtomicU64,
    /// Subscriptions that its clients hold.
    held: AtomicU64,
}

/// Why an account takes no further connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// It has as many as it may.
    Account,
    /// The user has.
    User,
}

/// How many an account takes.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Room {
    /// Connections.
    pub(crate) max: Option<u64>,
    /// The user that comes, and how many connections it may have.
    pub(crate) user: Option<(PublicKey, Option<u64>)>,
}

/// Who is in an account.
#[derive(Debug)]
struct Occupants {
    clients: IdMap<Arc<Client>>,
    seats: Seats,
    /// Those on their way in.
    holds: usize,
    /// When it was last in use, as far as it is not now.
    used_at: Instant,
    /// Off the books: nobody comes in any more.
    closed: bool,
}

impl Occupants {
    fn are_idle(&self, now: Instant, grace: Duration) -> bool {
        self.clients.is_empty()
            && self.holds == 0
            && self.seats.are_settled(now)
            && now.saturating_duration_since(self.used_at) >= grace
    }
}

/// Keeps an account live for somebody who is on the way into it.
#[derive(Debug)]
pub(crate) struct Hold(Arc<Account>);

impl Hold {
    /// `None` when the account has just left: look for it again.
    pub(crate) fn on(account: Arc<Account>) -> Option<Self> {
        {
            let mut occupants = account.occupants.lock();
            if occupants.closed {
                return None;
            }
            occupants.holds += 1;
        }
        Some(Self(account))
    }

    /// The account, no longer kept live by this.
    pub(crate) fn release(self) -> Arc<Account> {
        Arc::clone(&self.0)
    }
}

impl Deref for Hold {
    type Target = Arc<Account>;

    fn deref(&self) -> &Arc<Account> {
        &self.0
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut occupants = self.0.occupants.lock();
        occupants.holds -= 1;
        occupants.used_at = clock::instant();
    }
}

/// The account's imports, bound to live exporters that agree.
#[derive(Debug, Default)]
pub(crate) struct Links {
    pub(crate) stream_imports: Vec<StreamImport>,
    /// Entries in this account's table that lead to service exporters.
    pub(crate) service_imports: Vec<Arc<Sub>>,
    /// What all this depends on.
    pub(crate) needs: Needs,
}

impl Links {
    pub(crate) fn service_edges(&self) -> impl Iterator<Item = &ServiceImport> {
        self.service_imports.iter().filter_map(|entry| {
            if let Target::Service(edge) = &entry.target {
                Some(edge)
            } else {
                None
            }
        })
    }
}

/// A stream import whose exporter is live and agrees.
#[derive(Debug)]
pub(crate) struct StreamImport {
    pub(crate) exporter: Weak<Account>,
    /// The importer's subjects.
    pub(crate) local: Vec<u8>,
    pub(crate) to_local: Transform,
    pub(crate) to_remote: Transform,
    /// Whether traces of the exporter may tell who gets what.
    pub(crate) allow_trace: bool,
}

fn same_edge(one: &Sub, other: &Sub) -> bool {
    match (&one.target, &other.target) {
        (Target::Service(import), Target::Service(existing)) => {
            one.subject == other.subject && import.same_as(existing)
        }
        _ => false,
    }
}

impl Account {
    pub(crate) fn new(name: &str, key: Option<PublicKey>) -> Arc<Self> {
        Arc::new(Self {
            name: name.into(),
            key,
            policy: RwLock::default(),
            updated: AtomicI64::new(clock::unix_seconds()),
            has_mappings: AtomicBool::new(false),
            has_callout: AtomicBool::new(false),
            links: RwLock::default(),
            table: RwLock::default(),
            generation: AtomicU64::new(1),
            responses: Mutex::default(),
            held_exchanges: HeldExchanges::default(),
            callouts: Callouts::default(),
            occupants: Mutex::new(Occupants {
                clients: IdMap::default(),
                seats: Seats::default(),
                holds: 0,
                used_at: clock::instant(),
                closed: false,
            }),
            total_connections: AtomicU64::new(0),
            received: Traffic::default(),
            sent_before: Traffic::default(),
            slow_consumers: AtomicU64::new(0),
            denials: Mutex::default(),
            questions: AtomicUsize::new(0),
            meter: Arc::new(Meter::new()),
            held_back: AtomicU64::new(0),
            held: AtomicU64::new(0),
        })
    }

    /// A value that tells live accounts apart: see `Sub::home`.
    pub(crate) fn home(&self) -> usize {
        std::ptr::from_ref(self) as usize
    }

    /// What the account's claims say now, unless the account is gone or has none.
    pub(crate) fn policy(&self) -> Option<Arc<AccountPolicy>> {
        self.policy.read().clone()
    }

    pub(crate) fn set_policy(&self, policy: Option<Arc<AccountPolicy>>) {
        let mapped = policy.as_ref().is_some_and(|it| !it.mappings.is_empty());
        let asks = policy.as_ref().is_some_and(|it| it.callout.is_some());
        *self.policy.write() = policy;
        self.updated.store(clock::unix_seconds(), Ordering::Relaxed);
        self.has_mappings.store(mapped, Ordering::Release);
        if self.has_callout.swap(asks, Ordering::AcqRel) != asks {
            // What others remember of the table may lead to the callout's service.
            self.generation.fetch_add(1, Ordering::Release);
        }
    }

    /// When its claims were put into force.
    pub(crate) fn updated(&self) -> SystemTime {
        clock::from_unix(self.updated.load(Ordering::Relaxed))
    }

    pub(crate) fn has_callout(&self) -> bool {
        self.has_callout.load(Ordering::Acquire)
    }

    /// The subject mappings, if there are any.
    pub(crate) fn mappings(&self) -> Option<Arc<Mappings>> {
        if !self.has_mappings.load(Ordering::Acquire) {
            return None;
        }
        let policy = self.policy.read();
        policy.as_ref().map(|policy| Arc::clone(&policy.mappings))
    }

    pub(crate) fn links(&self) -> Arc<Links> {
        Arc::clone(&self.links.read())
    }

    /// Puts new links into force; entries of the table change all at once. Exchanges go on over an
    /// edge that stays or has a successor.
    pub(crate) fn set_links(&self, mut links: Links) {
        let old = self.links();
        let mut gone: Vec<_> = old.service_imports.iter().map(Arc::clone).collect();
        let mut added = Vec::new();
        for edge in &mut links.service_imports {
            match gone.iter().position(|other| same_edge(edge, other)) {
                Some(at) => *edge = gone.swap_remove(at),
                None => added.push(Arc::clone(edge)),
            }
        }
        let links = Arc::new(links);
        *self.links.write() = Arc::clone(&links);
        if !(gone.is_empty() && added.is_empty()) {
            self.exchange(&gone, &added);
        }
        for edge in gone {
            let Target::Service(import) = &edge.target else {
                continue;
            };
            let has_successor = links.service_edges().any(|edge| edge.continues(import));
            if !has_successor {
                import.terms.active.store(false, Ordering::Relaxed);
            }
        }
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    pub(crate) fn subscribe(&self, sub: Arc<Sub>) {
        let mut table = self.table.write();
        table.insert(sub);
        self.generation.fetch_add(1, Ordering::Release);
    }

    pub(crate) fn unsubscribe(&self, sub: &Sub) {
        let mut table = self.table.write();
        if table.remove(sub) {
            self.generation.fetch_add(1, Ordering::Release);
        }
    }

    /// Takes `old` entries out and puts `new` ones in, with nothing in between for a publisher to
    /// see.
    fn exchange(&self, old: &[Arc<Sub>], new: &[Arc<Sub>]) {
        let mut table = self.table.write();
        for sub in old {
            table.remove(sub);
        }
        for sub in new {
            table.insert(Arc::clone(sub));
        }
        self.generation.fetch_add(1, Ordering::Release);
    }

    /// All that a message on this subject reaches. Whoever it is of: nothing but the broker's own
    /// questions ([`Self::matches_at_home`]) gets to the service of an auth callout.
    pub(crate) fn matches(&self, subject: &[u8]) -> Matched {
        if self.has_callout() && subject == callout::SUBJECT.as_bytes() {
            return Matched::default();
        }
        self.table.read().matches(subject)
    }

    /// Subscriptions of the account's own clients, as far as these are `wanted`, for what is no
    /// business of those who import from it.
    pub(crate) fn matches_at_home(
        &self,
        subject: &[u8],
        wanted: impl Fn(&Client) -> bool,
    ) -> Matched {
        let mut matched = self.table.read().matches(subject);
        matched.retain(|sub| match &sub.target {
            Target::Client(target) => !target.imported && wanted(&target.client),
            Target::Service(_) | Target::System(_) | Target::Asker(_) => false,
        });
        matched
    }

    /// Whether a message on this subject would reach anything.
    pub(crate) fn has_interest(&self, subject: &[u8]) -> bool {
        self.table.read().has_interest(subject)
    }

    pub(crate) fn subscriptions(&self) -> usize {
        self.table.read().len()
    }

    /// Entries that its table ever had.
    pub(crate) fn subscriptions_ever(&self) -> u64 {
        self.table.read().inserts()
    }

    /// Makes room for one more subscription of a client, unless they hold `max` already.
    pub(crate) fn hold_subscription(&self, max: Option<u64>) -> bool {
        let before = self.held.fetch_add(1, Ordering::Relaxed);
        let fits = max.is_none_or(|max| before < max);
        if !fits {
            self.release_subscriptions(1);
        }
        fits
    }

    pub(crate) fn release_subscriptions(&self, count: u64) {
        self.held.fetch_sub(count, Ordering::Relaxed);
    }

    /// Subscriptions that its clients hold, without what imports of others add to its table.
    pub(crate) fn held_subscriptions(&self) -> u64 {
        self.held.load(Ordering::Relaxed)
    }

    /// What a user that is connected has published of late.
    pub(crate) fn user_meter(&self, user: PublicKey) -> Arc<Meter> {
        self.occupants.lock().seats.meter(user)
    }

    pub(crate) fn note_held_back(&self) {
        self.held_back.fetch_add(1, Ordering::Relaxed);
    }

    /// How often a client was held back by a quota.
    pub(crate) fn held_back(&self) -> u64 {
        self.held_back.load(Ordering::Relaxed)
    }

    pub(crate) fn responses(&self) -> MutexGuard<'_, Responses> {
        self.responses.lock()
    }

    /// Adds a client unless the account has as many as it may already, or the user. `room` is asked
    /// when the answer can no longer be missed: whoever lowers a ceiling after it was read finds
    /// the client among those to be closed. So what the client is closed by, its user, must be
    /// known before this.
    pub(crate) fn admit(
        &self,
        client: &Arc<Client>,
        room: impl FnOnce() -> Room,
    ) -> Result<(), Full> {
        let occupants = &mut *self.occupants.lock();
        let Room { max, user } = room();
        if max.is_some_and(|max| occupants.clients.len() as u64 >= max) {
            return Err(Full::Account);
        }
        if user.is_some_and(|(user, max)| !occupants.seats.take(user, max)) {
            return Err(Full::User);
        }
        occupants.clients.insert(client.cid, Arc::clone(client));
        self.total_connections.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    pub(crate) fn dismiss(&self, cid: u64) {
        let mut occupants = self.occupants.lock();
        if let Some(client) = occupants.clients.remove(&cid) {
            let (messages, bytes) = client.sent();
            self.sent_before.add(messages, bytes);
            let seat = client.details.lock().seat();
            if let Some(seat) = seat {
                occupants.seats.leave(&seat);
            }
        }
        occupants.used_at = clock::instant();
    }

    pub(crate) fn connections(&self) -> usize {
        self.occupants.lock().clients.len()
    }

    /// The clients of now, oldest first.
    pub(crate) fn clients(&self) -> Vec<Arc<Client>> {
        self.clients_that(|_| true)
    }

    /// Those clients of now that are `wanted`, oldest first.
    pub(crate) fn clients_that(&self, wanted: impl Fn(&Client) -> bool) -> Vec<Arc<Client>> {
        let mut clients: Vec<_> = {
            let occupants = self.occupants.lock();
            let wanted = occupants.clients.values().filter(|client| wanted(client));
            wanted.map(Arc::clone).collect()
        };
        clients.sort_unstable_by_key(|client| client.cid);
        clients
    }

    /// Messages and bytes that its clients were sent.
    pub(crate) fn sent(&self) -> (u64, u64) {
        let before = self.sent_before.get();
        let add = |(messages, bytes): (u64, u64), client: &Arc<Client>| {
            let sent = client.sent();
            (messages + sent.0, bytes + sent.1)
        };
        self.clients().iter().fold(before, add)
    }

    /// Takes over what it had counted before it left the last time.
    pub(crate) fn count_on_from(&self, before: &Counters) {
        self.received.add(before.received.0, before.received.1);
        self.sent_before.add(before.sent.0, before.sent.1);
        let order = Ordering::Relaxed;
        self.total_connections.fetch_add(before.connections, order);
        self.slow_consumers.fetch_add(before.slow_consumers, order);
        self.held_back.fetch_add(before.held_back, order);
    }

    /// Notes a refusal, and `left_out` others that nobody looked at. `why` is asked for only when
    /// it is a new one.
    pub(crate) fn note_denial(
        &self,
        left_out: u64,
        refused: Refused,
        whom: Whom,
        why: impl FnOnce() -> Explanation,
    ) {
        let mut denials = self.denials.lock();
        let denials = denials.get_or_insert_default();
        denials.leave_out(left_out);
        denials.note(refused, whom, clock::wall(), why);
    }

    /// The last refusals, as they are shown.
    pub(crate) fn denials(&self) -> Value {
        let denials = self.denials.lock();
        let shown = denials.as_deref().map(Denials::show);
        shown.unwrap_or_else(|| Denials::default().show())
    }

    /// All subscriptions and edges of its table.
    pub(crate) fn all_subscriptions(&self) -> Vec<Arc<Sub>> {
        self.table.read().all()
    }

    /// Those whom a change of the account's claims concerns: its clients, and whom its auth callout
    /// let in elsewhere.
    pub(crate) fn concerned(&self) -> Vec<Arc<Client>> {
        let mut clients = self.clients();
        clients.extend(self.callouts.placed());
        clients
    }

    /// Whether nobody has used the account for `grace`.
    pub(crate) fn is_idle(&self, now: Instant, grace: Duration) -> bool {
        self.occupants.lock().are_idle(now, grace) && self.is_settled(now)
    }

    /// Whether nothing goes on in it: no exchange is open, and no quota is in use that would begin
    /// anew with the next visitor.
    fn is_settled(&self, now: Instant) -> bool {
        self.responses().len() == 0 && self.meter.settled_at() <= now
    }

    /// Notes that others have use for the account.
    pub(crate) fn note_use(&self) {
        self.occupants.lock().used_at = clock::instant();
    }

    /// Lets nobody in any more, if it is idle.
    pub(crate) fn close_if_idle(&self, now: Instant, grace: Duration) -> bool {
        {
            let mut occupants = self.occupants.lock();
            occupants.closed = occupants.are_idle(now, grace);
            if !occupants.closed {
                return false;
            }
        }
        // Closed first: what could begin anew needs somebody who comes in.
        let settled = self.is_settled(now);
        if !settled {
            self.reopen();
        }
        settled
    }

    /// Takes that back.
    pub(crate) fn reopen(&self) {
        self.occupants.lock().closed = false;
    }
}

#[cfg(test)]
mod tests {
    use accounts::{nkeys::KeyKind, quotas::Rates};

    use super::*;

    #[test]
    fn what_was_published_keeps_an_account_until_its_quota_is_whole() {
        let account = Account::new("a", None);
        let user = PublicKey::from_bytes(KeyKind::User, [1; 32]);
        let (now, grace) = (clock::instant(), Duration::ZERO);
        let is_idle_after = |seconds| account.is_idle(now + Duration::from_secs(seconds), grace);
        assert!(is_idle_after(1));
        let rates = Rates {
            messages_per_second: Some(1),
            ..Rates::default()
        };
        account.meter.charge(&rates, (10, 0), now);
        assert!(!is_idle_after(9) && is_idle_after(11));
        {
            let seats = &mut account.occupants.lock().seats;
            assert!(seats.take(user, None));
            seats.meter(user).charge(&rates, (20, 0), now);
            seats.leave(&user);
        }
        assert!(!is_idle_after(19) && is_idle_after(21));
    }
}
