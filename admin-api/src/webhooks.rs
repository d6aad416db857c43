//! Webhooks: events that are sent to URLs of tenants, signed as Standard Webhooks has it.
//!
//! The publisher of events adds a delivery for each webhook that an event is for, in the same
//! transaction ([`fan_out`]). Every process looks for webhooks with something due and leases them
//! one by one ([`run`]); what is sent, and what becomes of that, is in [`deliver`]. A delivery is
//! tried again for three days; a webhook to which nothing gets through for five is switched off.

mod deliver;
mod signature;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::clock;
use crate::ids::{IdKind, new_id};
use crate::store::deliveries::{DeliveryRow, WAITING};
use crate::store::events::NumberedRow;
use crate::store::webhooks::ListenerRow;
use crate::store::{self, StoreError, Tx};
use crate::trail;

pub(crate) use deliver::payload;
pub(crate) use signature::new_secret;

/// The event that only `POST …/test` makes; it goes to the webhook that it tests.
pub(crate) const TEST: &str = "webhook.test";
/// How long deliveries that have come to an end can be looked at.
pub(crate) const KEPT_SECONDS: i64 = 30 * 24 * 3600;
/// How often due deliveries are looked for: other processes may have added some.
const EVERY: Duration = Duration::from_secs(1);
/// Webhooks that one process delivers to at a time: a slow one holds up nobody else.
const AT_ONCE: usize = 16;
/// Who leaves so many deliveries waiting is not there any more.
const WAITING_MAX: i64 = 10_000;

/// Whether a list of patterns names the kind of event. An empty list names all.
pub(crate) fn names(types: &str, kind: &str) -> bool {
    let covers = |pattern: &str| match pattern.strip_suffix('*') {
        Some(beginning) => kind.starts_with(beginning),
        None => pattern == kind,
    };
    types.is_empty() || types.split(' ').any(covers)
}

/// Whether a text is a pattern: `user.create`, `user.*` or `*`.
pub(crate) fn is_pattern(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word.len() <= 64
            && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
    };
    match text.split_once('.') {
        None => text == "*",
        Some((noun, verb)) => is_word(noun) && (verb == "*" || is_word(verb)),
    }
}

fn is_for(listener: &ListenerRow, event: &NumberedRow) -> bool {
    let covers = |own: &Option<String>, of: &Option<String>| own.is_none() || own == of;
    covers(&listener.org_id, &event.org_id)
        && covers(&listener.account_id, &event.account_id)
        && names(&listener.types, &event.kind)
}

/// A delivery that is due at once.
pub(crate) fn due_now(webhook_id: &str, event_id: &str, kind: &str) -> DeliveryRow {
    let now = clock::now();
    DeliveryRow {
        id: new_id(IdKind::Delivery),
        webhook_id: webhook_id.to_owned(),
        event_id: event_id.to_owned(),
        kind: kind.to_owned(),
        state: WAITING.to_owned(),
        replay_of: None,
        attempts: 0,
        next_at: Some(now),
        sent_at: None,
        status: None,
        error: None,
        response: None,
        took_ms: None,
        created_at: now,
    }
}

/// Adds a delivery of each event to each webhook that it is for.
pub(crate) async fn fan_out(tx: &mut Tx, events: &[NumberedRow]) -> Result<(), StoreError> {
    let listeners = store::webhooks::listening(tx).await?;
    for listener in listeners {
        let meant = events.iter().filter(|event| event.kind != TEST);
        let meant: Vec<&NumberedRow> = meant.filter(|event| is_for(&listener, event)).collect();
        if meant.is_empty() {
            continue;
        }
        let everywhere = store::Scope::default();
        store::webhooks::lock(tx, &everywhere, &listener.id).await?;
        if store::deliveries::count_waiting(tx, &listener.id).await? >= WAITING_MAX {
            let reason = format!("more than {WAITING_MAX} deliveries waited");
            switch_off(tx, &listener, &reason).await?;
            continue;
        }
        for event in meant {
            let delivery = due_now(&listener.id, &event.id, &event.kind);
            store::deliveries::insert(tx, &delivery).await?;
        }
        store::webhooks::plan(tx, &listener.id).await?;
    }
    Ok(())
}

/// Switches a webhook off; the trail says why. The caller holds its lock.
async fn switch_off(tx: &mut Tx, hook: &ListenerRow, reason: &str) -> Result<(), StoreError> {
    if !store::webhooks::fail(tx, &hook.id, reason, clock::now()).await? {
        return Ok(());
    }
    tracing::warn!(webhook.id = hook.id, reason, "a webhook was switched off");
    let after = serde_json::json!({ "state": store::webhooks::FAILED, "reason": reason });
    let mut entry = trail::system_entry("webhook.fail", &hook.id, &after);
    (entry.org_id, entry.account_id) = (hook.org_id.clone(), hook.account_id.clone());
    trail::publish(tx, entry).await
}

/// Delivers until cancelled. What is under way then is tried again after the next start.
pub(crate) async fn run(app: Arc<App>, cancel: CancellationToken) {
    let mut published = app.bell.listen();
    let mut work = Work::default();
    loop {
        tokio::select! {
            () = cancel.cancelled() => return,
            // That the publisher is gone shows in the line above.
            _ = published.changed() => {}
            _ = work.tasks.join_next(), if !work.tasks.is_empty() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
        if app.installation().is_err() {
            continue;
        }
        if let Err(error) = work.begin(&app).await {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "could not look for webhooks to deliver to"
            );
        }
    }
}

/// What this process delivers. Dropped, it stops at once.
#[derive(Debug, Default)]
struct Work {
    tasks: JoinSet<()>,
    /// Whether leases of before a restart were given back.
    is_fresh: bool,
}

impl Work {
    /// Takes on what is due.
    async fn begin(&mut self, app: &Arc<App>) -> Result<(), StoreError> {
        if !self.is_fresh {
            let mut tx = app.db.write().await?;
            store::webhooks::release_all(&mut tx, &app.instance).await?;
            tx.commit().await?;
            self.is_fresh = true;
        }
        while self.tasks.len() < AT_ONCE {
            if !deliver::is_due(app).await? {
                return Ok(());
            }
            let Some(id) = deliver::claim(app).await? else {
                return Ok(());
            };
            let app = Arc::clone(app);
            self.tasks.spawn(async move {
                if let Err(error) = deliver::work(&app, &id).await {
                    tracing::debug!(
                        error = &error as &dyn std::error::Error,
                        webhook.id = id,
                        "could not deliver"
                    );
                }
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{is_pattern, names};

    #[test]
    fn patterns_name_events() {
        for (types, kind, expected) in [
            ("", "user.create", true),
            ("*", "user.create", true),
            ("user.create", "user.create", true),
            ("user.*", "user.create", true),
            ("user.*", "username.create", false),
            ("account.* user.delete", "user.create", false),
            ("account.* user.delete", "user.delete", true),
        ] {
            assert_eq!(names(types, kind), expected, "{types:?} {kind}");
        }
        for good in ["*", "user.*", "api_key.create"] {
            assert!(is_pattern(good), "{good}");
        }
        for bad in [
            "",
            "user",
            "user.",
            "*.create",
            "User.create",
            "a b.c",
            "u.c.d",
        ] {
            assert!(!is_pattern(bad), "{bad}");
        }
    }
}
