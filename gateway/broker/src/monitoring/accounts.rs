//! Accounts: their names, and all about one.

use std::{collections::BTreeMap, sync::Arc, sync::atomic::Ordering};

use ::accounts::{
    AccountBody, Export, Import, ResponseType, Severity, ShareKind,
    claims::account::WeightedMapping,
    identity::Identity,
    jwt::{self, Claims},
    policy::AccountPolicy,
    quotas::Quotas,
};
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{lossy, some_text, subsz::table_figures, without_nulls};
use crate::{account::Account, clock, server::Server, tenants::Counters};

/// Which account to show; without one, the names of all.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AccountzOptions {
    account: Option<String>,
}

/// What claims or configuration call an account.
fn called(policy: &AccountPolicy) -> &str {
    policy.shown.as_deref().unwrap_or(&policy.name)
}

/// An account's name for people.
pub(super) fn name_of(account: &Account) -> String {
    let policy = account.policy();
    policy.map_or_else(String::new, |policy| called(&policy).to_owned())
}

/// The name of a user's account.
pub(crate) fn account_name(server: &Server, identity: &Identity) -> String {
    let account = server.tenants.find_live(&identity.account);
    account.map_or_else(String::new, |account| name_of(&account))
}

impl AccountzOptions {
    pub(super) fn of(account: Option<String>) -> Self {
        Self { account }
    }
}

/// The accounts in use, or one of them.
pub(crate) fn accountz(server: &Server, options: &AccountzOptions) -> Result<Value, String> {
    let named = options.account.as_deref().and_then(some_text);
    let detail = match named {
        None => None,
        Some(name) => {
            let account = server.account_named(name);
            let account = account.ok_or_else(|| format!("Account {name} does not exist"))?;
            Some(account_detail(server, &account))
        }
    };
    let names = || {
        let accounts = server.accounts();
        accounts
            .iter()
            .map(|it| it.name.to_string())
            .collect::<Vec<_>>()
    };
    Ok(without_nulls(json!({
        "server_id": server.id.to_string(),
        "now": clock::rfc3339(clock::wall()),
        "system_account": server.system_account_shown(),
        "accounts": detail.is_none().then(names),
        "account_detail": detail,
    })))
}

/// One account in use: what nats-server says of it, and what we add. May read a file.
pub(crate) fn account_detail(server: &Server, account: &Arc<Account>) -> Value {
    let (policy, links) = (account.policy(), account.links());
    let policy = policy.as_deref();
    let token = token_of(server, account);
    let claims = token
        .as_deref()
        .and_then(|token| jwt::decode::<AccountBody>(token).ok());
    let wanted = policy.map_or(0, |policy| policy.imports.len());
    let imports =
        |policy: &AccountPolicy| some_list(policy.imports.iter().map(|it| import(server, it)));
    let linked = links.stream_imports.len() + links.service_imports.len();
    let now = clock::unix_seconds();
    let configured = server.configured();
    let mut shown = json!({
        "account_name": account.name,
        "update_time": clock::rfc3339(account.updated()),
        "is_system": server.is_system(account).then_some(true),
        "expired": policy.is_some_and(|policy| policy.is_expired(now)),
        "complete": linked >= wanted,
        "jetstream_enabled": false,
        "leafnode_connections": 0,
        "client_connections": account.connections(),
        "subscriptions": account.subscriptions(),
        "mappings": match &claims {
            Some(claims) => mappings(&claims.nats.mappings),
            None => configured.zip(account.key).and_then(|(it, key)| mappings(it.mappings(&key))),
        },
        "exports": policy.and_then(|policy| some_list(policy.exports.iter().map(export))),
        "imports": policy.and_then(imports),
        "jwt": token,
        "issuer_key": claims.as_ref().map(|claims| claims.iss.to_string()),
        "name_tag": policy.and_then(|policy| some_text(called(policy))),
        "tags": policy.map(|policy| &policy.tags).filter(|tags| !tags.is_empty()),
        "decoded_jwt": token.as_deref().and_then(decoded),
        "validation_result_jwt": claims.as_ref().and_then(|claims| issues(claims, now)),
        "revoked_user": claims.as_ref().and_then(revoked),
        "sublist_stats": table_figures(std::slice::from_ref(account)),
    });
    if let (Some(shown), Value::Object(own)) = (shown.as_object_mut(), own_fields(account, policy))
    {
        shown.extend(own);
    }
    without_nulls(shown)
}

/// What we know beyond nats-server's fields.
fn own_fields(account: &Account, policy: Option<&AccountPolicy>) -> Value {
    let links = account.links();
    let (in_msgs, in_bytes) = account.received.get();
    json!({
        "issued_at": policy.map(|policy| policy.issued_at),
        "generation": policy.and_then(|policy| policy.generation),
        "client_subscriptions": account.held_subscriptions(),
        "held_back": account.held_back(),
        "limits": policy.map(|policy| &policy.limits),
        "quotas": policy.map(|policy| quotas(&policy.quotas)),
        "revocations": policy.map(AccountPolicy::revocations),
        "stream_imports": links.stream_imports.len(),
        "service_imports": links.service_imports.len(),
        "open_requests": account.responses().len(),
        "connected_ever": account.total_connections.load(Ordering::Relaxed),
        "received": { "msgs": in_msgs, "bytes": in_bytes },
    })
}

/// An account that was in use since the start and is not now: its totals only.
pub(crate) fn departed(name: &str, counters: &Counters) -> Value {
    json!({
        "account_name": name,
        "client_connections": 0,
        "leafnode_connections": 0,
        "subscriptions": 0,
        "connected_ever": counters.connections,
        "held_back": counters.held_back,
        "received": { "msgs": counters.received.0, "bytes": counters.received.1 },
    })
}

/// The token that is stored of the account.
fn token_of(server: &Server, account: &Account) -> Option<String> {
    let store = server.tenants.store();
    store.fetch(account.key.as_ref()?).ok()?
}

/// What a token says, as it says it.
pub(super) fn decoded(token: &str) -> Option<Value> {
    let claims = BASE64URL_NOPAD.decode(token.split('.').nth(1)?.as_bytes());
    serde_json::from_slice(&claims.ok()?).ok()
}

fn some_list(list: impl Iterator<Item = Value>) -> Option<Vec<Value>> {
    let list: Vec<_> = list.collect();
    (!list.is_empty()).then_some(list)
}

fn export(export: &Export) -> Value {
    let is_service = export.kind == ShareKind::Service;
    let answers = match export.response_type {
        ResponseType::Singleton => "Singleton",
        ResponseType::Stream => "Streamed",
        ResponseType::Chunked => "Chunked",
    };
    without_nulls(json!({
        "subject": lossy(&export.subject),
        "type": export.kind,
        "token_req": export.token_required.then_some(true),
        "response_type": is_service.then_some(answers),
        "service_latency": export.latency,
        "account_token_position": Some(export.account_token_position).filter(|at| *at > 0),
        "allow_trace": export.allow_trace.then_some(true),
    }))
}

fn import(server: &Server, import: &Import) -> Value {
    let is_service = import.kind == ShareKind::Service;
    let local = lossy(&import.local);
    without_nulls(json!({
        "subject": lossy(&import.remote),
        "account": server.account_shown(&import.exporter),
        "to": is_service.then_some(&local),
        "local_subject": local,
        "type": import.kind,
        "invalid": false,
        "share": import.share,
        "tracking": false,
        "allow_trace": import.allow_trace.then_some(true),
    }))
}

/// Destinations by source.
fn mappings(mappings: &BTreeMap<String, Vec<WeightedMapping>>) -> Option<Value> {
    let shown: Map<_, _> = mappings
        .iter()
        .map(|(source, destinations)| {
            let destinations = destinations.iter().map(|to| {
                without_nulls(json!({
                    "subject": to.subject,
                    "weight": if to.weight == 0 { 100 } else { to.weight },
                    "cluster": some_text(&to.cluster),
                }))
            });
            (source.clone(), destinations.collect())
        })
        .collect();
    (!shown.is_empty()).then_some(Value::Object(shown))
}

fn issues(claims: &Claims<AccountBody>, now: i64) -> Option<Vec<Value>> {
    let issues = claims.validate(Some(now));
    some_list(issues.iter().map(|issue| {
        json!({
            "description": issue.text,
            "blocking": issue.severity == Severity::Blocking,
            "time_check": issue.severity == Severity::Time,
        })
    }))
}

/// Until when tokens of whom are revoked.
fn revoked(claims: &Claims<AccountBody>) -> Option<BTreeMap<String, String>> {
    let revoked = claims.nats.revocations.iter();
    let revoked: BTreeMap<_, _> = revoked
        .map(|(user, at)| (user.clone(), clock::rfc3339(clock::from_unix(*at))))
        .collect();
    (!revoked.is_empty()).then_some(revoked)
}

/// The quotas that there are.
fn quotas(quotas: &Quotas) -> Value {
    let fields = quotas.fields().into_iter();
    let set = fields.filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
    Value::Object(set.collect())
}
