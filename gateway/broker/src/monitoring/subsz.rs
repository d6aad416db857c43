//! Subscriptions: figures of the tables, and the list of what clients hold.

use std::{cmp::Ordering, sync::Arc};

use ::accounts::subject;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Window, accounts, lossy, some_count, some_text, without_nulls};
use crate::{
    account::Account,
    clock,
    routing::sub::{ClientSub, Shared, Sub, Target},
    server::Server,
};

/// Which subscriptions to show.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SubszOptions {
    /// Subscriptions to leave out from the start.
    pub offset: i64,
    /// Subscriptions to show; 0 means 1,024.
    pub limit: i64,
    /// Whether they are listed.
    pub subscriptions: bool,
    /// Only those of this account.
    pub account: Option<String>,
    /// Only those that a message on this subject reaches.
    pub test: Option<String>,
}

/// A subscription of a client, in the table of its own account.
#[derive(Debug)]
pub(super) struct OwnSub {
    pub(super) cid: u64,
    pub(super) sub: Arc<Sub>,
    shared: Arc<Shared>,
}

impl OwnSub {
    /// The order in which a client names its subscriptions, as far as it counts.
    pub(super) fn by_sid(&self, other: &Self) -> Ordering {
        let (own, other) = (&self.shared.sid, &other.shared.sid);
        own.len().cmp(&other.len()).then_with(|| own.cmp(other))
    }
}

/// What clients hold in their own account, as far as it is wanted. The table is locked while it is
/// walked through.
pub(super) fn own_subscriptions(
    account: &Account,
    wanted: impl Fn(&Sub, &ClientSub) -> bool,
) -> Vec<OwnSub> {
    let own = |sub: &Arc<Sub>| match &sub.target {
        Target::Client(target) if !target.imported && wanted(sub, target) => Some(OwnSub {
            cid: target.client.cid,
            sub: Arc::clone(sub),
            shared: Arc::clone(&target.shared),
        }),
        _ => None,
    };
    account.all_subscriptions().iter().filter_map(own).collect()
}

/// A subscription as lists show it; of which account, where that is not clear.
pub(super) fn sub_detail(own: &OwnSub, account: Option<(&str, &str)>) -> Value {
    without_nulls(json!({
        "account": account.map(|(account, _)| account),
        "account_tag": account.and_then(|(_, name)| some_text(name)),
        "subject": lossy(&own.sub.subject),
        "qgroup": own.sub.queue.as_deref().map(lossy),
        "sid": lossy(&own.shared.sid),
        "msgs": own.shared.delivered(),
        "max": some_count(own.shared.max()),
        "cid": own.cid,
    }))
}

/// Figures of the tables, summed up. What nats-server says of its caches is 0: here each connection
/// has its own.
pub(super) fn table_figures(of: &[Arc<Account>]) -> Value {
    let held: u64 = of.iter().map(|it| it.subscriptions() as u64).sum();
    let inserts: u64 = of.iter().map(|it| it.subscriptions_ever()).sum();
    json!({
        "num_subscriptions": held,
        "num_cache": 0,
        "num_inserts": inserts,
        "num_removes": inserts.saturating_sub(held),
        "num_matches": 0,
        "cache_hit_rate": 0,
        "max_fanout": 0,
        "avg_fanout": 0,
    })
}

/// Subscriptions. The error says what is wrong with the options.
pub(crate) fn subsz(server: &Server, options: &SubszOptions) -> Result<Value, String> {
    let test = options.test.as_deref().filter(|test| !test.is_empty());
    let is_publishable =
        |test: &str| subject::is_valid(test.as_bytes()) && subject::is_literal(test.as_bytes());
    if let Some(test) = test.filter(|test| !is_publishable(test)) {
        let text = "invalid test subject, must be valid publish subject";
        return Err(format!("{text}: {test}"));
    }
    let window = Window::new(options.offset, options.limit);
    let account = options.account.as_deref().filter(|name| !name.is_empty());
    let accounts = match account {
        Some(name) => server.account_named(name).into_iter().collect(),
        None => server.accounts(),
    };
    let (list, total) = match options.subscriptions {
        true => list(&accounts, test, window),
        false => (Vec::new(), 0),
    };
    let mut shown = json!({
        "server_id": server.id.to_string(),
        "now": clock::rfc3339(clock::wall()),
    });
    let rest = json!({
        "total": total,
        "offset": window.offset,
        "limit": window.limit,
        "subscriptions_list": Some(list).filter(|list| !list.is_empty()),
    });
    for part in [table_figures(&accounts), without_nulls(rest)] {
        if let (Some(shown), Value::Object(part)) = (shown.as_object_mut(), part) {
            shown.extend(part);
        }
    }
    Ok(shown)
}

/// What is shown of the subscriptions of these accounts, and how many there are.
fn list(accounts: &[Arc<Account>], test: Option<&str>, window: Window) -> (Vec<Value>, usize) {
    let is_wanted = |sub: &Sub, _: &ClientSub| {
        test.is_none_or(|test| subject::matches(&sub.subject, test.as_bytes()))
    };
    let (mut shown, mut total) = (Vec::new(), 0);
    let mut window = window;
    for account in accounts {
        let mut own = own_subscriptions(account, is_wanted);
        total += own.len();
        own.sort_by(|one, other| one.cid.cmp(&other.cid).then_with(|| one.by_sid(other)));
        let passed = own.len().min(window.offset);
        window.cut(&mut own);
        window.offset -= passed;
        window.limit -= own.len();
        let tag = accounts::name_of(account);
        let detail = |own: &OwnSub| sub_detail(own, Some((&account.name, &tag)));
        shown.extend(own.iter().map(detail));
    }
    (shown, total)
}
