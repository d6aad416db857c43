//! Questions about accounts, and the one that a user asks about itself.

use accounts::{identity::Identity, nkeys::PublicKey, subject};
use data_encoding::BASE64;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;

use super::{Answering, Request, events, reply};
use crate::{
    account::Account,
    clock,
    monitoring::{self, ConnzOptions, SubszOptions},
    routing::sub::{Sub, Target},
    server::Server,
    tenants::Counters,
};

/// The word in the place of an account's name that stands for all of them.
const ALL: &str = "PING";

/// Which accounts `STATZ` shows.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct StatzOptions {
    accounts: Vec<String>,
    include_unused: bool,
}

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
            None => self.find_account(request.account()),
        }
    }

    fn find_account(&self, name: &str) -> Option<Arc<Account>> {
        let tenants = self.server.tenants.as_ref()?;
        tenants.find_live(&tenants.key_of(name)?)
    }

    pub(super) fn account_connz(&mut self, request: &Request) {
        let answer = match options::<ConnzOptions>(&request.body) {
            Ok(mut options) => {
                options.account = Some(request.account().to_owned());
                options.auth = true;
                reply::data(&self.server, monitoring::connz(&self.server, &options))
            }
            Err(error) => return self.bad_request(request, &error),
        };
        self.respond_json(request, &answer);
    }

    /// The event that tells an account's connections, as an answer. Silent when there are none.
    pub(super) fn account_conns(&mut self, request: &Request) {
        let account = self.live_account(request);
        if let Some(account) = account.filter(|account| account.connections() > 0) {
            let answer = events::connections(&self.server, &account);
            self.respond_json(request, &answer);
        }
    }

    pub(super) fn account_info(&mut self, request: &Request) {
        let tenants = self.server.tenants.as_deref();
        let shown = tenants.and_then(|tenants| {
            let key = tenants.key_of(request.account())?;
            let account = tenants.find_live(&key);
            let live = account.map(|account| monitoring::account(&self.server, &account));
            let departed = || Some(monitoring::departed(&key, &tenants.departed(&key)?));
            live.or_else(departed)
        });
        let answer = match shown {
            Some(shown) => reply::data(&self.server, shown),
            None => reply::error(
                &self.server,
                404,
                "the account has not been in use since this server started",
            ),
        };
        self.respond_json(request, &answer);
    }

    /// Counters of accounts. Silent when there is nothing to show, so that of many servers those
    /// answer that have the account.
    pub(super) fn account_statz(&mut self, request: &Request) {
        let options: StatzOptions = match options(&request.body) {
            Ok(options) => options,
            Err(error) => return self.bad_request(request, &error),
        };
        let named: Vec<_> = if request.account() != ALL {
            self.live_account(request).into_iter().collect()
        } else if options.accounts.is_empty() {
            self.server.accounts()
        } else {
            let named = options.accounts.iter();
            named.filter_map(|name| self.find_account(name)).collect()
        };
        let shown = named
            .iter()
            .filter(|account| options.include_unused || account.connections() > 0)
            .map(|account| monitoring::account_stat(account));
        let departed = self.departed(request, &options);
        let departed = departed
            .iter()
            .map(|(key, counters)| monitoring::departed_stat(key, counters));
        let shown: Vec<_> = shown.chain(departed).collect();
        if shown.is_empty() && !options.include_unused {
            return;
        }
        let data = json!({
            "server_id": self.server.id.to_string(),
            "now": clock::rfc3339(clock::wall()),
            "account_statz": shown,
        });
        let answer = reply::data(&self.server, data);
        self.respond_json(request, &answer);
    }

    /// Accounts that were in use since the start and are not now, of those that are asked for.
    fn departed(&self, request: &Request, options: &StatzOptions) -> Vec<(PublicKey, Counters)> {
        let Some(tenants) = self.server.tenants.as_ref() else {
            return Vec::new();
        };
        let of_all = request.account() == ALL;
        if !options.include_unused || request.asker.is_some() {
            return Vec::new();
        }
        if of_all && options.accounts.is_empty() {
            return tenants.all_departed();
        }
        let one = [request.account().to_owned()];
        let names = if of_all { &options.accounts } else { &one[..] };
        let keys = names.iter().filter_map(|name| tenants.key_of(name));
        keys.filter_map(|key| Some((key, tenants.departed(&key)?)))
            .collect()
    }

    pub(super) fn account_subsz(&mut self, request: &Request) {
        let options: SubszOptions = match options(&request.body) {
            Ok(options) => options,
            Err(error) => return self.bad_request(request, &error),
        };
        let answer = match self.live_account(request) {
            Some(account) => {
                let shown = monitoring::account_subsz(&self.server, &account, &options);
                reply::data(&self.server, shown)
            }
            None => reply::error(
                &self.server,
                404,
                "the account is not in use on this server",
            ),
        };
        self.respond_json(request, &answer);
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
        let (Ok(queue), Some(account)) = (queue.transpose(), self.find_account(&asked.acc)) else {
            return;
        };
        if account.connections() == 0 {
            return;
        }
        let pattern = asked.subject.as_bytes();
        let is_counted = |sub: &Arc<Sub>| {
            let wanted = queue.as_deref().filter(|queue| !queue.is_empty());
            let in_group = wanted.is_none_or(|queue| sub.queue.as_deref() == Some(queue));
            in_group && matches!(sub.target, Target::Client(_))
        };
        let count = if subject::is_literal(pattern) {
            let matched = account.matches(pattern);
            let members = matched.groups.iter().flatten();
            matched
                .plain
                .iter()
                .chain(members)
                .filter(|sub| is_counted(sub))
                .count()
        } else {
            let all = account.all_subscriptions();
            let covered = all
                .iter()
                .filter(|sub| subject::is_subset(&sub.subject, pattern));
            covered.filter(|sub| is_counted(sub)).count()
        };
        self.respond_json(request, &json!(count));
    }
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

/// The options of a question; none are the defaults.
pub(super) fn options<T: Default + for<'de> Deserialize<'de>>(body: &[u8]) -> Result<T, String> {
    if body.trim_ascii().is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(body).map_err(|error| format!("the options are not usable: {error}"))
}
