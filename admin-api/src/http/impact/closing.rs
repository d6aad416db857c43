//! Which live connections the new claims of an account would close: the engines say who is there,
//! the rules of the broker who stays. Where both ways are possible for a connection, as far as
//! servers show it, nothing is known.

use std::collections::{BTreeMap, HashSet};
use std::time::Instant;

use accounts::identity::requires_certificate;
use accounts::{
    AccountBody, AccountPolicy, Holder, KeyKind, PublicKey, SigningKey, Trust, UserScope, ceiling,
    excess, recheck,
};

use super::seen::{self, Known};
use super::{Changed, Claims};
use crate::app::App;
use crate::clock;
use crate::problem::Problem;
use crate::reconciler::{Connection, Filter, State};
use crate::store;

/// Up to so many keys are asked for one by one; for more, all connections are looked at.
const KEYS_MAX: usize = 32;

/// Connections that would be closed.
#[derive(Debug, Default)]
pub(super) struct Closed {
    /// Engine, server and number.
    each: HashSet<(String, String, u64)>,
    /// Those that are only counted.
    others: u64,
}

impl Closed {
    pub(super) fn of(connections: &[Connection]) -> Self {
        let mut closed = Self::default();
        connections.iter().for_each(|one| closed.add(one));
        closed
    }

    fn add(&mut self, one: &Connection) {
        let name = (one.engine.clone(), one.server.clone(), one.cid);
        self.each.insert(name);
    }

    pub(super) fn count(&self) -> u64 {
        self.each.len() as u64 + self.others
    }
}

/// Which connections a change can close.
#[derive(Debug, PartialEq)]
enum Reach {
    Nobody,
    /// All but so many of each engine.
    Beyond(u64),
    /// Those of these keys.
    Keys(Vec<String>),
    Everybody,
}

/// What is less than before.
#[derive(Debug)]
struct Less {
    connections: bool,
    user_connections: bool,
    subscriptions: bool,
    all_subscriptions: bool,
    /// Whether users without a proof of their own may not come in any more.
    bearers: bool,
    signers: bool,
    anchors: bool,
    callout: bool,
    tags: bool,
    /// Revoked keys that were not, or not so far.
    revoked: Vec<String>,
}

fn is_less(before: Option<u64>, after: Option<u64>) -> bool {
    after.is_some_and(|after| before.is_none_or(|before| after < before))
}

fn is_lost<T: PartialEq>(before: &[T], after: &[T]) -> bool {
    before.iter().any(|one| !after.contains(one))
}

fn newly_revoked(before: &BTreeMap<String, i64>, after: &BTreeMap<String, i64>) -> Vec<String> {
    let is_new = |(key, at): &(&String, &i64)| before.get(*key).is_none_or(|was| was < *at);
    let new = after.iter().filter(is_new);
    new.map(|(key, _)| key.clone()).collect()
}

impl Less {
    fn between(before: &Claims, after: &Claims) -> Self {
        let (was, is) = (&before.body.limits, &after.body.limits);
        let (had, has) = (&before.policy.quotas, &after.policy.quotas);
        let anchors = |body: &AccountBody| match &body.tidegate {
            Some(extra) => extra.device_anchors.clone(),
            None => Vec::new(),
        };
        let (before, after) = (&before.body, &after.body);
        Self {
            connections: is_less(ceiling(was.conn), ceiling(is.conn)),
            user_connections: is_less(had.user_connections, has.user_connections),
            subscriptions: is_less(ceiling(was.subs), ceiling(is.subs)),
            all_subscriptions: is_less(had.subscriptions, has.subscriptions),
            bearers: is.disallow_bearer && !was.disallow_bearer,
            signers: is_lost(&before.signing_keys, &after.signing_keys),
            anchors: is_lost(&anchors(before), &anchors(after)),
            callout: before.authorization != after.authorization,
            tags: before.tags != after.tags,
            revoked: newly_revoked(&before.revocations, &after.revocations),
        }
    }

    /// Whether credentials are judged anew.
    fn judges(&self) -> bool {
        let of_credentials = [self.bearers, self.signers, self.anchors, self.callout];
        self.tags || of_credentials.contains(&true) || !self.revoked.is_empty()
    }
}

/// What it takes to look.
#[derive(Debug)]
pub(super) struct Look<'l> {
    pub(super) app: &'l App,
    pub(super) changed: &'l Changed,
    pub(super) trust: &'l Trust,
    pub(super) until: Instant,
}

impl Look<'_> {
    fn reach(&self, less: &Less) -> Reach {
        let Changed { before, after, .. } = self.changed;
        let of_all = [
            less.user_connections,
            less.subscriptions,
            less.all_subscriptions,
        ];
        let lost = [
            less.bearers,
            less.signers,
            less.anchors,
            less.callout,
            less.tags,
        ];
        let revokes_many = less.revoked.len() > KEYS_MAX || less.revoked.iter().any(|it| it == "*");
        // Others may have come in by the word of whoever is revoked.
        let scopes = before
            .body
            .signing_keys
            .iter()
            .filter_map(SigningKey::scope);
        let depends =
            before.policy.callout.is_some() || scopes.into_iter().any(asks_for_certificate);
        match () {
            () if of_all.contains(&true) || lost.contains(&true) || revokes_many => {
                Reach::Everybody
            }
            () if less.revoked.is_empty() => match ceiling(after.body.limits.conn) {
                Some(most) if less.connections => Reach::Beyond(most),
                _ => Reach::Nobody,
            },
            () if less.connections || depends => Reach::Everybody,
            () => Reach::Keys(less.revoked.clone()),
        }
    }

    /// With the connections that this account's change closes; `None` when that is not known.
    pub(super) async fn add_to(&self, mut closed: Closed) -> Result<Option<Closed>, Problem> {
        let less = Less::between(&self.changed.before, &self.changed.after);
        let key = &self.changed.account.public_key;
        let Some(names) = self.names(&less).await? else {
            return Ok(None);
        };
        let asked = self.app.reconciler.clone();
        let left = self.until.saturating_duration_since(Instant::now());
        let open = match self.reach(&less) {
            Reach::Nobody => return Ok(Some(closed)),
            Reach::Beyond(most) if closed.each.is_empty() => {
                let counts = tokio::time::timeout(left, asked.counts(key)).await;
                let Ok(Some(counts)) = counts else {
                    return Ok(None);
                };
                let beyond = counts.iter().map(|count| count.saturating_sub(most));
                closed.others += beyond.sum::<u64>();
                return Ok(Some(closed));
            }
            Reach::Keys(mut keys) => {
                keys.extend(names.iter().cloned());
                tokio::time::timeout(left, asked.connections_of(key, &keys)).await
            }
            _ => tokio::time::timeout(left, asked.all(key, None)).await,
        };
        let open = open.ok().flatten().and_then(|open| open.complete());
        let Some(open) = open else { return Ok(None) };
        if !self.places_nobody_elsewhere(&less).await {
            return Ok(None);
        }
        self.crowd_out(&less, &open, &mut closed);
        if less.judges() {
            let Some(known) = self.known(&less, &open).await? else {
                return Ok(None);
            };
            let ours = &self.changed.after.policy;
            let mut of_cluster = ours.clone();
            of_cluster.tags.clone_from(&self.changed.before.policy.tags);
            for one in &open {
                let then = if one.is_of_cluster { &of_cluster } else { ours };
                let stays = match one.is_of_cluster && !is_key(&one.authorized_user) {
                    true => self.named_stays(&less, one, &names),
                    false => self.stays(&less, one, &known, then),
                };
                match stays {
                    Some(true) => {}
                    Some(false) => closed.add(one),
                    None => return Ok(None),
                }
            }
        }
        Ok(Some(closed))
    }

    /// What nats-servers call the devices whose keys of one connection are revoked: they show the
    /// name that our answer gave, and not the key.
    async fn names(&self, less: &Less) -> Result<Option<HashSet<String>>, Problem> {
        let mut names = HashSet::new();
        if !self.app.reconciler.has_cluster() || less.revoked.is_empty() {
            return Ok(Some(names));
        }
        let mut tx = self.app.db.read().await?;
        for key in &less.revoked {
            if Instant::now() >= self.until {
                return Ok(None);
            }
            names.extend(store::admissions::device_name(&mut tx, key).await?);
        }
        Ok(Some(names))
    }

    /// Whether somebody stays whom a nats-server calls by a name.
    fn named_stays(&self, less: &Less, one: &Connection, names: &HashSet<String>) -> Option<bool> {
        if names.contains(&one.authorized_user) {
            return Some(false);
        }
        let scope = scope_of(&self.changed.before.body, &one.issuer_key);
        let keeps_signer = scope == scope_of(&self.changed.after.body, &one.issuer_key);
        let is_device = scope.is_some();
        let others = less.callout || less.bearers || less.revoked.iter().any(|it| it == "*");
        match is_device && !others {
            true => Some(keeps_signer),
            false => None,
        }
    }

    /// What the database knows of those of whom servers do not show enough.
    async fn known(&self, less: &Less, open: &[Connection]) -> Result<Option<Known>, Problem> {
        let Changed {
            account,
            before,
            after,
        } = self.changed;
        let all = less.bearers || less.anchors || less.callout || before.policy.callout.is_some();
        let mut known = Known::new(&before.body, less.bearers);
        for one in open {
            let (from, until) = known.issued_within(one);
            let may_be_either = |at: &i64| (from..until).contains(at);
            let key = &one.authorized_user;
            let mut revoked = ["*", key]
                .into_iter()
                .filter_map(|it| after.body.revocations.get(it));
            if (all || revoked.any(may_be_either))
                && !known
                    .look_up(self.app, &account.id, one, self.until)
                    .await?
            {
                return Ok(None);
            }
        }
        Ok(Some(known))
    }

    /// Adds those for which there is no room any more.
    fn crowd_out(&self, less: &Less, open: &[Connection], closed: &mut Closed) {
        let after = &self.changed.after.policy;
        let mut engines: BTreeMap<&str, Vec<&Connection>> = BTreeMap::new();
        for one in open {
            engines.entry(&one.engine).or_default().push(one);
        }
        for mut all in engines.into_values() {
            // Times of one form, so texts are in order.
            all.sort_by(|a, b| (&a.start, a.cid).cmp(&(&b.start, b.cid)));
            let of_cluster = all.iter().any(|one| one.is_of_cluster);
            let mut limits = after.clone();
            let quotas = &mut limits.quotas;
            // Others know no quotas. What is as it was closes nobody.
            quotas.user_connections = quotas
                .user_connections
                .filter(|_| less.user_connections && !of_cluster);
            quotas.subscriptions = quotas
                .subscriptions
                .filter(|_| less.all_subscriptions && !of_cluster);
            if !less.connections {
                limits.limits.conn = -1;
            }
            let holder = |one: &&Connection| Holder {
                seat: one.authorized_user.parse().ok(),
                subscriptions: u64::from(one.subscriptions),
            };
            let held: Vec<_> = all.iter().map(holder).collect();
            let is_exempt = self.changed.account.kind == "system";
            for (at, _) in excess(&limits, is_exempt, &held) {
                closed.add(all[at]);
            }
            let most = ceiling(after.limits.subs).filter(|_| less.subscriptions);
            for one in all {
                let held = u64::from(one.subscriptions);
                // nats-server closes who is at the limit, too.
                if most.is_some_and(|most| held > most || (one.is_of_cluster && held == most)) {
                    closed.add(one);
                }
            }
        }
    }

    /// Whether the connection stays; `None` when both may be.
    fn stays(
        &self,
        less: &Less,
        one: &Connection,
        known: &Known,
        then: &AccountPolicy,
    ) -> Option<bool> {
        let before = &self.changed.before;
        let callouts = (&before.policy.callout, &then.callout);
        let begins_or_ends = callouts.0.is_some() != callouts.1.is_some();
        if one.is_of_cluster && begins_or_ends {
            // Servers of a cluster look at new connections only: the others are closed by us.
            let user: PublicKey = one.authorized_user.parse().ok()?;
            return Some(callouts.1.as_ref().is_some_and(|it| it.exempts(&user)));
        }
        let now = clock::now();
        let mut verdicts = HashSet::new();
        for identity in known.identities(one, self.trust, before)? {
            let verdict = recheck(&identity, self.trust, then, Some(then), now);
            let stays = verdict.is_ok();
            let by_word = identity.admitted_by.is_some();
            if stays && by_word && (less.signers || less.bearers || !less.revoked.is_empty()) {
                // Whose word that was, servers do not show.
                return None;
            }
            verdicts.insert(stays);
        }
        let stays = verdicts.iter().copied().next();
        match stays.filter(|_| verdicts.len() == 1)? {
            true => self.keeps_certificate(less, one),
            false => Some(false),
        }
    }

    /// Whether it still has the certificate that its token may need beside it.
    fn keeps_certificate(&self, less: &Less, one: &Connection) -> Option<bool> {
        let device = seen::certificate_key(one).filter(|key| *key != one.authorized_user);
        let is_lost = |key: &String| less.anchors || less.revoked.contains(key);
        if !device.as_ref().is_some_and(is_lost) {
            return Some(true);
        }
        match scope_of(&self.changed.before.body, &one.issuer_key) {
            Some(scope) if !asks_for_certificate(scope) => Some(true),
            Some(_) if !less.anchors => Some(false),
            _ => None,
        }
    }

    /// Whether there is nobody in another account by the word of this one, as far as that ends.
    async fn places_nobody_elsewhere(&self, less: &Less) -> bool {
        let authorization = &self.changed.before.body.authorization;
        let of_word = less.callout || less.signers || less.bearers || !less.revoked.is_empty();
        if authorization.auth_users.is_empty() || !of_word {
            return true;
        }
        for account_key in &authorization.allowed_accounts {
            let first = Filter {
                user: None,
                state: State::Open,
                offset: 0,
                limit: 1,
            };
            if Instant::now() >= self.until {
                return false;
            }
            let found = self.app.reconciler.connections(account_key, &first).await;
            let Some(found) = found.filter(|found| found.unanswered.is_empty()) else {
                return false;
            };
            // Servers of a cluster leave them alone.
            if account_key == "*" || found.connections.iter().any(|one| !one.is_of_cluster) {
                return false;
            }
        }
        true
    }
}

fn is_key(text: &str) -> bool {
    PublicKey::parse_as(text, KeyKind::User).is_ok()
}

fn scope_of<'b>(body: &'b AccountBody, key: &str) -> Option<&'b UserScope> {
    let mut scopes = body.signing_keys.iter().filter_map(SigningKey::scope);
    scopes.find(|scope| scope.key.to_string() == key)
}

/// Whether users of a role need the certificate of a device.
fn asks_for_certificate(scope: &UserScope) -> bool {
    requires_certificate(&scope.template.extra).unwrap_or(true)
}
