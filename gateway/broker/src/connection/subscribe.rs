//! `SUB` and `UNSUB`, and the shadows that a subscription leaves with exporters.

use std::sync::{Arc, Weak, atomic::Ordering};

use accounts::{callout, permissions::Permissions, subject, transform::Transform};
use protocol::ServerError;

use super::{
    session::{Login, Session},
    trace,
};
use crate::{
    account::Account,
    monitoring::{ClosedSub, SUBSCRIPTIONS_MAX},
    routing::sub::{ClientSub, Shared, Sub, Target},
};

/// A subscription of this connection.
#[derive(Debug)]
pub(super) struct Held {
    sub: Arc<Sub>,
    shared: Arc<Shared>,
    shadows: Vec<Shadow>,
}

/// An entry in the table of an account that exports a stream.
#[derive(Debug)]
struct Shadow {
    exporter: Weak<Account>,
    sub: Arc<Sub>,
}

impl Held {
    fn remove(&self, account: &Account) {
        account.unsubscribe(&self.sub);
        self.shadows.iter().for_each(Shadow::remove);
    }

    /// Adds the shadows that imports call for now and removes those that they don't any more.
    fn update_shadows(&mut self, wanted: Vec<Shadow>) {
        let mut old = std::mem::take(&mut self.shadows);
        for shadow in wanted {
            self.shadows
                .push(match old.iter().position(|other| other.same_as(&shadow)) {
                    Some(at) => old.swap_remove(at),
                    None => {
                        shadow.insert();
                        shadow
                    }
                });
        }
        old.iter().for_each(Shadow::remove);
    }
}

impl Shadow {
    fn insert(&self) {
        if let Some(exporter) = self.exporter.upgrade() {
            exporter.subscribe(Arc::clone(&self.sub));
        }
    }

    fn remove(&self) {
        if let Some(exporter) = self.exporter.upgrade() {
            exporter.unsubscribe(&self.sub);
        }
    }

    fn same_as(&self, other: &Self) -> bool {
        let way = |sub: &Sub| match &sub.target {
            Target::Client(target) => {
                Some((target.rewrite.clone(), target.guarded, target.allow_trace))
            }
            Target::Service(_) | Target::System(_) | Target::Asker(_) => None,
        };
        Weak::ptr_eq(&self.exporter, &other.exporter)
            && self.sub.subject == other.sub.subject
            && way(&self.sub) == way(&other.sub)
    }
}

impl Session {
    pub(super) fn subscribe(&mut self, subject: &[u8], queue: Option<&[u8]>, sid: &[u8]) {
        let Some(login) = &self.login else { return };
        if !subject::is_valid_subscription(subject) {
            return self.refuse(&ServerError::InvalidSubject);
        }
        if subject::has_too_many_tokens(subject) {
            let subject = subject.to_vec();
            return self.refuse(&ServerError::SubscribeTooManyTokens { subject });
        }
        if queue.is_some_and(subject::is_reserved_queue)
            || !login.permissions.may_subscribe(subject, queue)
        {
            return self.refuse(&ServerError::subscribe(subject, queue));
        }
        let tokens_max = usize::from(self.live.limits.max_sub_tokens);
        if tokens_max > 0 && subject.split(|byte| *byte == b'.').count() > tokens_max {
            let subject = subject.to_vec();
            return self.refuse(&ServerError::SubscribeTooManyTokens { subject });
        }
        if self.held.len() >= login.subscriptions_max {
            return self.refuse(&ServerError::MaximumSubscriptionsExceeded);
        }
        // A sid that is in use keeps its subscription, and the client hears no difference.
        if self.held.contains_key(sid) {
            return self.ok();
        }
        if !login
            .account
            .hold_subscription(login.account_subscriptions_max)
        {
            return self.refuse(&ServerError::MaximumSubscriptionsExceeded);
        }
        let check = login.permissions.needs_delivery_check(subject, queue);
        let shared = Arc::new(Shared::new(sid, check));
        let target = self.target(login, &shared, None);
        let sub = Sub::new(subject, queue, Target::Client(target));
        login.account.subscribe(Arc::clone(&sub));
        let mut held = Held {
            sub,
            shared,
            shadows: Vec::new(),
        };
        held.update_shadows(self.wanted_shadows(login, &held));
        self.held.insert(sid.into(), held);
        self.note_subscriptions();
        self.ok();
    }

    pub(super) fn unsubscribe(&mut self, sid: &[u8], max: Option<u64>) {
        if let Some(held) = self.held.get(sid) {
            match max {
                Some(max) if held.shared.delivered() < max => held.shared.set_max(max),
                _ => self.drop_subscription(sid),
            }
        }
        self.ok();
    }

    /// Ends a subscription that has had its maximum of deliveries, unless the sid is another one by
    /// now.
    pub(super) fn end_if_done(&mut self, sid: &[u8]) {
        let done = self.held.get(sid).is_some_and(|held| {
            held.shared.max() != 0 && held.shared.delivered() >= held.shared.max()
        });
        if done {
            tracing::debug!(
                "{} - Auto-unsubscribe limit reached for sid '{}'",
                trace::Name(&self.client),
                String::from_utf8_lossy(sid)
            );
            self.drop_subscription(sid);
        }
    }

    fn drop_subscription(&mut self, sid: &[u8]) {
        if let (Some(login), Some(held)) = (&self.login, self.held.remove(sid)) {
            held.remove(&login.account);
            login.account.release_subscriptions(1);
            trace::ended(&self.client, sid);
        }
        self.note_subscriptions();
    }

    pub(super) fn drop_subscriptions(&mut self) {
        if let Some(login) = &self.login {
            for held in self.held.values() {
                held.remove(&login.account);
            }
            login.account.release_subscriptions(self.held.len() as u64);
        }
        self.held = std::collections::HashMap::default();
        self.note_subscriptions();
    }

    /// Removes subscriptions that `permissions` no longer allow, telling the client of each.
    pub(super) fn recheck_subscriptions(&mut self, permissions: &Permissions) {
        let mut lost = Vec::new();
        for (sid, held) in &self.held {
            let (subject, queue) = (&held.sub.subject, held.sub.queue.as_deref());
            if permissions.may_subscribe(subject, queue) {
                let check = permissions.needs_delivery_check(subject, queue);
                held.shared.check_delivery.store(check, Ordering::Relaxed);
            } else {
                lost.push((sid.clone(), Arc::clone(&held.sub)));
            }
        }
        for (sid, sub) in lost {
            self.drop_subscription(&sid);
            let queue = sub.queue.as_deref();
            self.refuse(&ServerError::subscription_removed(
                &sub.subject,
                queue,
                &sid,
            ));
        }
    }

    /// Brings the shadows of all subscriptions in line with the account's imports.
    pub(super) fn renew_shadows(&mut self) {
        let Some(login) = &self.login else { return };
        let mut held = std::mem::take(&mut self.held);
        for held in held.values_mut() {
            held.update_shadows(self.wanted_shadows(login, held));
        }
        self.held = held;
    }

    /// What the account's stream imports call for: for each import that the subscription overlaps,
    /// the part that they have in common, in the exporter's subjects.
    fn wanted_shadows(&self, login: &Login, held: &Held) -> Vec<Shadow> {
        let links = login.account.links();
        let has_callout = login.account.has_callout();
        let mut wanted = Vec::new();
        for import in &links.stream_imports {
            let Some(common) = subject::intersection(&held.sub.subject, &import.local) else {
                continue;
            };
            let mut remote = Vec::with_capacity(common.len());
            if !import.to_remote.apply(&common, &mut remote) {
                continue;
            }
            let rewrite = (!import.to_local.is_identity()).then(|| import.to_local.clone());
            let mut target = self.target(login, &held.shared, rewrite);
            target.allow_trace = import.allow_trace;
            target.imported = true;
            target.guarded = has_callout && subject::matches(&common, callout::SUBJECT.as_bytes());
            wanted.push(Shadow {
                exporter: Weak::clone(&import.exporter),
                sub: Sub::new(&remote, held.sub.queue.as_deref(), Target::Client(target)),
            });
        }
        wanted
    }

    /// This connection as the end of a subscription or of one of its shadows.
    fn target(&self, login: &Login, shared: &Arc<Shared>, rewrite: Option<Transform>) -> ClientSub {
        ClientSub {
            client: Arc::clone(&self.client),
            shared: Arc::clone(shared),
            rewrite,
            home: login.account.home(),
            allow_trace: true,
            imported: false,
            guarded: false,
        }
    }

    /// What is remembered of its subscriptions when it ends.
    pub(super) fn closed_subscriptions(&self) -> Vec<ClosedSub> {
        let held = self.held.values().take(SUBSCRIPTIONS_MAX);
        held.map(|held| ClosedSub {
            subject: held.sub.subject.clone(),
            queue: held.sub.queue.clone(),
            sid: held.shared.sid.clone(),
            delivered: held.shared.delivered(),
            max: held.shared.max(),
        })
        .collect()
    }

    fn note_subscriptions(&self) {
        self.client.details.lock().subscriptions = self.held.len();
    }
}
