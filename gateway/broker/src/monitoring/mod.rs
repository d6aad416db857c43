//! What monitoring shows, as JSON with nats-server's field names, order and omissions.
//!
//! Every page is made from a snapshot: a lock is held while references are copied, never while text
//! is made. Pages of a whole server may still take a while; callers make them on a thread that may
//! wait ([`page`]).

mod absent;
mod accounts;
mod closed;
mod connection;
mod connz;
mod face;
mod healthz;
mod metrics;
mod statz;
mod subsz;
mod usage;
mod varz;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, SystemTime},
};

use ::accounts::nkeys::PublicKey;
use parking_lot::{Mutex, RwLock};
use serde_json::{Map, Value};
use tokio::sync::Semaphore;

pub(crate) use self::{
    absent::{NO_JETSTREAM, gatewayz, ipqueuesz, jsz, leafz, routez},
    accounts::{account_detail, account_name, accountz, departed},
    closed::{ClosedConnection, ClosedSub, SUBSCRIPTIONS_MAX},
    connz::connz,
    healthz::healthz,
    statz::{account_stat, accounts_stat},
    subsz::subsz,
    usage::Usage,
    varz::{expvarz, statsz, varz},
};
pub use self::{
    connz::{ConnState, ConnzOptions},
    healthz::HealthzOptions,
    statz::AccstatzOptions,
    subsz::SubszOptions,
};

use crate::{account::Account, server::Server};
use closed::ClosedRing;

/// What the binary knows and the broker does not.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// The program's name, without its arguments: they may have secrets.
    pub program: String,
    /// `sha256:…` of the configuration; empty without one.
    pub config_digest: String,
    /// When the configuration was read; `None` is the start.
    pub config_loaded: Option<SystemTime>,
    /// Fields of `varz` about listeners and options that only the binary has.
    pub varz: Map<String, Value>,
}

/// What monitoring keeps.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    pub(crate) about: RwLock<About>,
    /// Requests over HTTP by path; the paths are ours, so this has an end.
    pub(crate) requests: Mutex<BTreeMap<&'static str, u64>>,
    pub(crate) closed: Mutex<ClosedRing>,
    pub(crate) usage: Usage,
    /// How often a producer was held back since a receiver was nearly full.
    pub(crate) stalls: AtomicU64,
    pub(crate) turns: Turns,
    /// The accounts whose figures `/metrics` shows one by one.
    pub(crate) own_series: Mutex<BTreeSet<Box<str>>>,
}

/// Pages over HTTP that are made at a time; more wait.
const PAGES_AT_ONCE_MAX: usize = 4;

/// Whose turn it is to have a page made.
#[derive(Debug)]
pub(crate) struct Turns(Semaphore);

impl Default for Turns {
    fn default() -> Self {
        Self(Semaphore::new(PAGES_AT_ONCE_MAX))
    }
}

impl Server {
    /// The account of this name, if it is in use.
    pub(crate) fn account_named(&self, name: &str) -> Option<Arc<Account>> {
        self.tenants.find_live(&self.tenants.key_of(name)?)
    }

    /// An account as people know it, in use or not.
    fn account_shown(&self, key: &PublicKey) -> String {
        let configured = self.configured();
        let policy = configured.as_ref().and_then(|it| it.policy(key));
        policy.map_or_else(|| key.to_string(), |policy| policy.shown().to_string())
    }
}

/// Makes a page on a thread that may wait.
pub(crate) async fn page<T: Send + 'static>(
    server: &Arc<Server>,
    make: impl FnOnce(&Server) -> T + Send + 'static,
) -> Option<T> {
    let server = Arc::clone(server);
    tokio::task::spawn_blocking(move || make(&server))
        .await
        .ok()
}

/// Which part of a list is shown.
#[derive(Debug, Clone, Copy)]
struct Window {
    offset: usize,
    limit: usize,
}

impl Window {
    /// Entries of one answer unless the request says otherwise; nats-server's default.
    const LIMIT: usize = 1024;

    /// A negative offset counts as 0, a limit that is not positive as the default.
    fn new(offset: i64, limit: i64) -> Self {
        let limit = usize::try_from(limit).unwrap_or(0);
        Self {
            offset: usize::try_from(offset).unwrap_or(0),
            limit: if limit == 0 { Self::LIMIT } else { limit },
        }
    }

    fn cut<T>(self, list: &mut Vec<T>) {
        list.drain(..self.offset.min(list.len()));
        list.truncate(self.limit);
    }
}

/// Takes out the fields that are null: what nats-server leaves out.
fn without_nulls(mut shown: Value) -> Value {
    if let Value::Object(fields) = &mut shown {
        fields.retain(|_, value| !value.is_null());
    }
    shown
}

/// A field that is left out when it is empty.
fn some_text(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// A field that is left out when it is 0.
fn some_count(count: u64) -> Option<u64> {
    (count > 0).then_some(count)
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// A duration as nats-server writes an uptime: `1y2d3h4m5s`, from the first unit that is not 0.
fn uptime(time: Duration) -> String {
    let units = [
        ("y", 365 * 24 * 3600),
        ("d", 24 * 3600),
        ("h", 3600),
        ("m", 60),
        ("s", 1),
    ];
    let mut seconds = time.as_secs();
    let mut text = String::new();
    for (name, unit) in units {
        let count = seconds / unit;
        seconds %= unit;
        if count > 0 || !text.is_empty() || name == "s" {
            text.push_str(&format!("{count}{name}"));
        }
    }
    text
}

/// A short duration as nats-server writes a round-trip time: `1.5ms`, `120µs`, `0s`.
fn round_trip(time: Duration) -> String {
    let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let (unit, name) = match nanos {
        0 => return "0s".to_owned(),
        1..1_000 => (1, "ns"),
        // Whole microseconds below a millisecond.
        1_000..1_000_000 => return format!("{}µs", nanos / 1_000),
        1_000_000..1_000_000_000 => (1_000_000, "ms"),
        _ => (1_000_000_000, "s"),
    };
    let (whole, rest) = (nanos / unit, nanos % unit);
    let digits = unit.ilog10() as usize;
    let fraction = format!("{rest:0digits$}");
    match fraction.trim_end_matches('0') {
        "" => format!("{whole}{name}"),
        fraction => format!("{whole}.{fraction}{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_the_original_writes_them() {
        let shown = |seconds| uptime(Duration::from_secs(seconds));
        assert_eq!(shown(0), "0s");
        assert_eq!(shown(59), "59s");
        assert_eq!(shown(60), "1m0s");
        assert_eq!(shown(3600), "1h0m0s");
        assert_eq!(shown(366 * 24 * 3600 + 5), "1y1d0h0m5s");
        let shown = |nanos| round_trip(Duration::from_nanos(nanos));
        assert_eq!(shown(0), "0s");
        assert_eq!(shown(120_999), "120µs");
        assert_eq!(shown(1_500_000), "1.5ms");
        assert_eq!(shown(2_000_001), "2.000001ms");
        assert_eq!(shown(3_000_000_000), "3s");
    }

    #[test]
    fn a_window_is_cut_out_of_any_list() {
        let cut = |offset, limit| {
            let mut list = vec![1, 2, 3];
            Window::new(offset, limit).cut(&mut list);
            list
        };
        assert_eq!(cut(0, 0), [1, 2, 3]);
        assert_eq!(cut(-5, 2), [1, 2]);
        assert_eq!(cut(1, 1), [2]);
        assert_eq!(cut(i64::MAX, i64::MAX), [] as [i32; 0]);
        assert_eq!(cut(i64::MIN, i64::MIN), [1, 2, 3]);
    }
}
