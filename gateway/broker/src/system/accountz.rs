//! Questions about accounts, and the one that a user asks about itself.

use accounts::{identity::Identity, subject};
use data_encoding::BASE64;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use std::sync::Arc;

use super::{Answering, Request, events, reply, servers::options};
use crate::{
    account::Account,
    clock,
    monitoring::{self, AccstatzOptions, ConnzOptions, SubszOptions},
    routing::{
        responses,
        sub::{Sub, Target},
    },
    server::Server,
};

/// The word in the place of an account's name that stands for all of them.
const ALL: &str = "PING";

/// What `NSUBS` asks about.
#[derive(Debug, Deserialize)]
struct NsubsRequest {
    acc: String,
    subject: String,
    /// Base64.
    #[serde(default)]
    queue: Option<String>,
}

impl Answering {
    /// The account that a request is about, if it is live.
    pub(super) fn live_account(&self, request: &Request) -> Option<Arc<Account>> {
        match &request.asker {
            Some(asker) => Some(Arc::clone(asker)),
            None => self.server.account_named(request.account()),
        }
    }

    pub(super) async fn account_connz(&mut self, request: &Request) {
        let mut options: ConnzOptions = match self.options(request) {
            Some(options) => options,
            None => return,
        };
        options.account = Some(request.account().to_owned());
        self.respond_page(request, move |server| monitoring::connz(server, &options))
            .await;
    }

    /// The event that tells an account's connections, as an answer. Silent when there are none.
    pub(super) fn account_conns(&mut self, request: &Request) {
        let account = self.live_account(request);
        if let Some(account) = account.filter(|account| account.connections() > 0) {
            let answer = events::connections(&self.server, &account);
            self.respond_json(request, &answer);
        }
    }

    pub(super) async fn account_info(&mut self, request: &Request) {
        if !self.is_meant(request) {
            return;
        }
        let name = request.account().to_owned();
        let make = move |server: &Server| {
            if let Some(account) = server.account_named(&name) {
                return Ok(monitoring::account_detail(server, &account));
            }
            let departed = || {
                let tenants = &server.tenants;
                let counters = tenants.departed(&tenants.key_of(&name)?)?;
                Some(monitoring::departed(&name, &counters))
            };
            departed().ok_or_else(|| format!("Account {name} does not exist"))
        };
        self.respond_page(request, make).await;
    }

    /// Counters of accounts. Silent when there is nothing to show, so that of many servers those
    /// answer that have the account.
    pub(super) fn account_statz(&mut self, request: &Request) {
        let Some(mut options) = self.options::<AccstatzOptions>(request) else {
            return;
        };
        if request.account() != ALL {
            options.accounts = vec![request.account().to_owned()];
        }
        let shown = monitoring::accounts_stat(&self.server, &options);
        let is_empty = shown["account_statz"].as_array().is_none_or(Vec::is_empty);
        if !is_empty || options.include_unused {
            self.respond_data(request, shown);
        }
    }

    pub(super) async fn account_subsz(&mut self, request: &Request) {
        let Some(mut options) = self.options::<SubszOptions>(request) else {
            return;
        };
        options.subscriptions = true;
        options.account = Some(request.account().to_owned());
        self.respond_page(request, move |server| monitoring::subsz(server, &options))
            .await;
    }

    pub(super) fn account_leafz(&mut self, request: &Request) {
        if self.is_meant(request) {
            self.respond_data(request, monitoring::leafz(&self.server));
        }
    }

    pub(super) fn account_jsz(&mut self, request: &Request) {
        if self.is_meant(request) {
            self.refuse(request, 500, monitoring::NO_JETSTREAM);
        }
    }

    /// The options of a question, when this server is to answer it.
    fn options<T: Default + DeserializeOwned>(&mut self, request: &Request) -> Option<T> {
        if !self.is_meant(request) {
            return None;
        }
        match options(&request.body) {
            Ok(options) => Some(options),
            Err(error) => {
                self.refuse(request, 400, &error);
                None
            }
        }
    }

    pub(super) fn account_denials(&mut self, request: &Request) {
        let Some(account) = self.live_account(request) else {
            let text = "the account is not in use on this server";
            let answer = reply::error(&self.server, 404, text);
            return self.respond_json(request, &answer);
        };
        let mut shown = account.denials();
        shown["account"] = json!(account.name);
        let answer = reply::data(&self.server, shown);
        self.respond_json(request, &answer);
    }

    /// How many subscriptions a subject reaches, or a pattern covers. Silent about what is not
    /// here, as nats-server is.
    pub(super) fn account_nsubs(&mut self, request: &Request) {
        let Ok(asked) = serde_json::from_slice::<NsubsRequest>(&request.body) else {
            return;
        };
        let queue = asked.queue.map(|queue| BASE64.decode(queue.as_bytes()));
        let (Ok(queue), Some(account)) = (queue.transpose(), self.server.account_named(&asked.acc))
        else {
            return;
        };
        if account.connections() == 0 {
            return;
        }
        let queue = queue.as_deref().filter(|queue| !queue.is_empty());
        let count = count_subscriptions(&account, asked.subject.as_bytes(), queue);
        self.respond_json(request, &json!(count));
    }

    /// The same for people who ask about the system account itself: a subject, and perhaps a queue
    /// group behind it. What comes by an import is not from there, and not answered.
    pub(super) fn debug_subscribers(&mut self, request: &Request) {
        let reply = request.reply.as_deref().unwrap_or_default();
        if reply.starts_with(responses::PREFIX) {
            return;
        }
        let body = String::from_utf8_lossy(&request.body);
        let mut words = body.split_whitespace();
        let pattern = words.next().unwrap_or_default().as_bytes();
        let queue = words.next().map(str::as_bytes);
        let count = count_subscriptions(&self.account, pattern, queue);
        self.respond_json(request, &json!(count));
    }
}

/// The clients' subscriptions that a subject reaches, or a pattern covers; of one group only, if
/// there is a `queue`.
fn count_subscriptions(account: &Account, pattern: &[u8], queue: Option<&[u8]>) -> usize {
    let is_counted = |sub: &Arc<Sub>| {
        let in_group = queue.is_none_or(|queue| sub.queue.as_deref() == Some(queue));
        in_group && matches!(sub.target, Target::Client(_))
    };
    if subject::is_literal(pattern) {
        let matched = account.matches(pattern);
        let members = matched.groups.iter().flatten();
        let all = matched.plain.iter().chain(members);
        return all.filter(|sub| is_counted(sub)).count();
    }
    let all = account.all_subscriptions();
    let covered = all
        .iter()
        .filter(|sub| subject::is_subset(&sub.subject, pattern));
    covered.filter(|sub| is_counted(sub)).count()
}

/// A user's key or configured name; for whom an auth callout let in, whose key nobody knows, the
/// name that it gave.
fn user_text(identity: &Identity) -> String {
    match identity.admitted_by {
        Some(_) if !identity.name.is_empty() => identity.name.clone(),
        _ => identity.shown_user().unwrap_or_default(),
    }
}

/// Who a user is, as the user itself is told.
pub(crate) fn user_info(server: &Server, account: &Account, identity: Option<&Identity>) -> Value {
    let policy = account.policy();
    let mut shown = json!({
        "user": identity.map_or_else(String::new, user_text),
        "account": account.name,
    });
    if let (Some(identity), Some(policy)) = (identity, policy) {
        shown["user_name"] = json!(identity.name_tag());
        shown["account_name"] = json!(policy.name);
        if let Some(permissions) = permissions(identity) {
            shown["permissions"] = permissions;
        }
        if let Some(expires_at) = identity.expires_at {
            let left = expires_at.saturating_sub(clock::unix_seconds()).max(0);
            shown["expires"] = json!(left.saturating_mul(1_000_000_000));
        }
    }
    reply::data(server, shown)
}

/// A user's permissions with nats-server's field names; `None` when nothing is restricted.
fn permissions(identity: &Identity) -> Option<Value> {
    let lists = identity.permissions.lists();
    if lists.is_empty() {
        return None;
    }
    let rules = |rules: &accounts::SubjectRules| {
        let mut shown = Map::new();
        for (name, list) in [("allow", &rules.allow), ("deny", &rules.deny)] {
            if let Some(list) = list.as_ref().filter(|list| !list.is_empty()) {
                shown.insert(name.to_owned(), json!(list));
            }
        }
        Value::Object(shown)
    };
    let mut shown = json!({
        "publish": rules(&lists.publish),
        "subscribe": rules(&lists.subscribe),
    });
    if let Some(responses) = lists.responses {
        shown["responses"] = json!({ "max": responses.max, "ttl": responses.ttl });
    }
    Some(shown)
}
