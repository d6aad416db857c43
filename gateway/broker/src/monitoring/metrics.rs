//! The figures as text for Prometheus.
//!
//! Accounts have series of their own up to a bound: those that were seen first, for as long as the
//! server runs, so that no counter ever goes back. All others are summed up.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{Display, Write as _},
    sync::{Arc, atomic::Ordering},
    time::UNIX_EPOCH,
};

use super::{
    accounts,
    usage::{cpu_time, resident_bytes},
};
use crate::{account::Account, server::Server, tenants::Counters};

/// Accounts with series of their own.
const OWN_SERIES_MAX: usize = 256;
/// What stands in the place of an account for all others together.
const OTHERS: &str = "_others";

/// A family of series.
struct Family {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
}

const fn counter(name: &'static str, help: &'static str) -> Family {
    Family {
        name,
        kind: "counter",
        help,
    }
}

const fn gauge(name: &'static str, help: &'static str) -> Family {
    Family {
        name,
        kind: "gauge",
        help,
    }
}

impl Family {
    fn head(&self, text: &mut String) {
        let Self { name, kind, help } = self;
        // Writing to a String cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}");
        let _ = writeln!(text, "# TYPE {name} {kind}");
    }

    fn single(&self, text: &mut String, value: impl Display) {
        self.head(text);
        let _ = writeln!(text, "{} {value}", self.name);
    }
}

/// What is shown of an account.
#[derive(Debug, Default)]
struct Shown {
    /// For people; empty of one that is not in memory.
    name: String,
    connections: u64,
    subscriptions: u64,
    counters: Counters,
}

impl Shown {
    fn of(account: &Account) -> Self {
        Self {
            name: accounts::name_of(account),
            connections: account.connections() as u64,
            subscriptions: account.subscriptions() as u64,
            counters: Counters::of(account),
        }
    }

    fn add(&mut self, other: &Self) {
        self.connections += other.connections;
        self.subscriptions += other.subscriptions;
        self.counters.add(&other.counters);
    }
}

/// All figures.
pub(super) fn metrics(server: &Server) -> String {
    let mut text = String::with_capacity(16 * 1024);
    about(server, &mut text);
    totals(server, &mut text);
    let (own, others) = by_account(server);
    of_accounts(&own, others.as_ref(), &mut text);
    text
}

fn about(server: &Server, text: &mut String) {
    let info = gauge("tidegate_info", "The server: its id, name and version.");
    info.head(text);
    let (id, name, version) = (
        server.id.to_string(),
        escaped(&server.config.server_name),
        escaped(&server.config.version),
    );
    let labels = format!("server_id=\"{id}\",server_name=\"{name}\",version=\"{version}\"");
    let _ = writeln!(text, "tidegate_info{{{labels}}} 1");
    let started = server.started.duration_since(UNIX_EPOCH);
    let started = started.unwrap_or_default().as_secs_f64();
    gauge(
        "process_start_time_seconds",
        "When the server started, in seconds since 1970.",
    )
    .single(text, started);
    counter(
        "process_cpu_seconds_total",
        "Processor time used, in seconds.",
    )
    .single(text, cpu_time().as_secs_f64());
    gauge("process_resident_memory_bytes", "Resident memory.").single(text, resident_bytes());
}

fn totals(server: &Server, text: &mut String) {
    let accounts = server.accounts();
    let subscriptions: usize = accounts.iter().map(|it| it.subscriptions()).sum();
    let gauges = [
        (
            "tidegate_connections",
            "Client connections that are open.",
            server.connections() as u64,
        ),
        (
            "tidegate_max_connections",
            "Client connections that may be open.",
            server.live().limits.max_connections as u64,
        ),
        (
            "tidegate_subscriptions",
            "Entries of all accounts' tables.",
            subscriptions as u64,
        ),
        (
            "tidegate_accounts",
            "Accounts in memory.",
            accounts.len() as u64,
        ),
    ];
    for (name, help, value) in gauges {
        gauge(name, help).single(text, value);
    }
    traffic(server, text);
    mishaps(server, text);
}

/// What came and went.
fn traffic(server: &Server, text: &mut String) {
    let (received, sent) = (server.received.get(), server.sent());
    let counters = [
        (
            "tidegate_connections_total",
            "Client connections that were ever taken.",
            server.total_connections.load(Ordering::Relaxed),
        ),
        (
            "tidegate_received_messages_total",
            "Messages that clients published.",
            received.0,
        ),
        (
            "tidegate_received_bytes_total",
            "Bytes of the messages that clients published.",
            received.1,
        ),
        (
            "tidegate_sent_messages_total",
            "Messages that clients were sent.",
            sent.0,
        ),
        (
            "tidegate_sent_bytes_total",
            "Bytes of the messages that clients were sent.",
            sent.1,
        ),
    ];
    for (name, help, value) in counters {
        counter(name, help).single(text, value);
    }
}

/// What did not go as it should.
fn mishaps(server: &Server, text: &mut String) {
    let order = Ordering::Relaxed;
    let counters = [
        (
            "tidegate_slow_consumers_total",
            "Clients that were cut off because they read too slowly.",
            server.slow_consumers.load(order),
        ),
        (
            "tidegate_stale_connections_total",
            "Connections that were closed because pings stayed unanswered.",
            server.stale_connections.load(order),
        ),
        (
            "tidegate_stalls_total",
            "How often a producer was held back since a receiver was nearly full.",
            server.watch.stalls.load(order),
        ),
        (
            "tidegate_pinned_account_fails_total",
            "Logins of users whose account is not among the pinned ones.",
            server.pinned_account_fails.load(order),
        ),
    ];
    for (name, help, value) in counters {
        counter(name, help).single(text, value);
    }
}

/// The accounts with series of their own by name, and the sum of all others if there are any.
fn by_account(server: &Server) -> (BTreeMap<Box<str>, Shown>, Option<Shown>) {
    let mut accounts: BTreeMap<Box<str>, Shown> = BTreeMap::new();
    let live: Vec<Arc<Account>> = server.accounts();
    for account in &live {
        accounts.insert(account.name.clone(), Shown::of(account));
    }
    for (key, counters) in server.tenants.all_departed() {
        let shown = accounts
            .entry(server.account_shown(&key).into())
            .or_default();
        shown.counters.add(&counters);
    }
    let mut own_series = server.watch.own_series.lock();
    let others = choose(&mut own_series, &mut accounts);
    (accounts, others)
}

/// Keeps those that have series of their own, and gives the sum of the others.
fn choose(
    own_series: &mut BTreeSet<Box<str>>,
    accounts: &mut BTreeMap<Box<str>, Shown>,
) -> Option<Shown> {
    let mut others: Option<Shown> = None;
    accounts.retain(|name, shown| {
        let is_own = own_series.contains(name)
            || (own_series.len() < OWN_SERIES_MAX && own_series.insert(name.clone()));
        if !is_own {
            others.get_or_insert_default().add(shown);
        }
        is_own
    });
    others
}

/// How a figure is taken from an account.
type Figure = fn(&Shown) -> u64;

fn of_accounts(own: &BTreeMap<Box<str>, Shown>, others: Option<&Shown>, text: &mut String) {
    gauge(
        "tidegate_account_info",
        "What an account in memory is called.",
    )
    .head(text);
    for (account, shown) in own.iter().filter(|(_, shown)| !shown.name.is_empty()) {
        let (account, name) = (escaped(account), escaped(&shown.name));
        let labels = format!("account=\"{account}\",account_name=\"{name}\"");
        let _ = writeln!(text, "tidegate_account_info{{{labels}}} 1");
    }
    let families: [(Family, Figure); 8] = [
        (
            gauge("tidegate_account_connections", "Its open connections."),
            |it| it.connections,
        ),
        (
            gauge("tidegate_account_subscriptions", "Entries of its table."),
            |it| it.subscriptions,
        ),
        (
            counter(
                "tidegate_account_connections_total",
                "Its connections that were ever taken.",
            ),
            |it| it.counters.connections,
        ),
        (
            counter(
                "tidegate_account_received_messages_total",
                "Messages that its clients published.",
            ),
            |it| it.counters.received.0,
        ),
        (
            counter(
                "tidegate_account_received_bytes_total",
                "Bytes of the messages that its clients published.",
            ),
            |it| it.counters.received.1,
        ),
        (
            counter(
                "tidegate_account_sent_messages_total",
                "Messages that its clients were sent.",
            ),
            |it| it.counters.sent.0,
        ),
        (
            counter(
                "tidegate_account_sent_bytes_total",
                "Bytes of the messages that its clients were sent.",
            ),
            |it| it.counters.sent.1,
        ),
        (
            counter(
                "tidegate_account_slow_consumers_total",
                "Its clients that were cut off because they read too slowly.",
            ),
            |it| it.counters.slow_consumers,
        ),
    ];
    for (family, figure) in families {
        family.head(text);
        let own = own.iter().map(|(account, shown)| (&**account, shown));
        for (account, shown) in own.chain(others.map(|others| (OTHERS, others))) {
            let (name, account) = (family.name, escaped(account));
            let _ = writeln!(text, "{name}{{account=\"{account}\"}} {}", figure(shown));
        }
    }
}

/// The value of a label.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_beyond_the_bound_are_summed_up_and_the_choice_stays() {
        let accounts = |from: usize, to: usize| -> BTreeMap<Box<str>, Shown> {
            let one = |n: usize| {
                let shown = Shown {
                    connections: 1,
                    ..Shown::default()
                };
                (format!("{n:05}").into(), shown)
            };
            (from..to).map(one).collect()
        };
        let mut own = BTreeSet::new();
        let mut first = accounts(100, 100 + OWN_SERIES_MAX);
        assert!(choose(&mut own, &mut first).is_none());
        let mut all = accounts(0, 100 + OWN_SERIES_MAX);
        let others = choose(&mut own, &mut all).unwrap();
        assert_eq!(others.connections, 100);
        assert_eq!(all.len(), OWN_SERIES_MAX);
        assert!(all.keys().all(|name| &**name >= "00100"));
    }

    #[test]
    fn labels_are_quoted() {
        assert_eq!(escaped("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }
}
