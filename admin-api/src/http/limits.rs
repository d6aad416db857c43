//! An account's limits as the API shows and changes them.

use std::num::NonZeroU64;

use accounts::{Quotas, Rates};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::claims::Ceilings;
use crate::problem::Problem;

/// The longest time of saved-up messages that claims may name.
const BURST_SECONDS_MAX: i64 = 60;

/// Ceilings of an account; -1 means unlimited.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Limits {
    /// Client connections at a time.
    connections: i64,
    /// Leaf node connections at a time.
    leaf_connections: i64,
    /// Subscriptions of one connection.
    subscriptions: i64,
    /// Bytes in total.
    data_bytes: i64,
    /// Bytes of one message.
    payload_bytes: i64,
    /// Imports that the account may have.
    imports: i64,
    /// Exports that the account may have.
    exports: i64,
    /// Whether exports may have wildcards.
    wildcard_exports: bool,
    /// Whether users may log in with the JWT alone.
    bearer_users: bool,
    /// Connections of one user at a time. This and what follows is obeyed by Tidegate's broker
    /// only, on each server.
    user_connections: i64,
    /// Subscriptions of all the account's connections together.
    total_subscriptions: i64,
    /// Messages that its clients may publish; who publishes more is held back.
    messages_per_second: i64,
    /// Bytes that its clients may publish; who publishes more is held back.
    bytes_per_second: i64,
    /// How many seconds' worth may be saved up: 1 to 60.
    burst_seconds: i64,
}

impl From<&Ceilings> for Limits {
    fn from(ceilings: &Ceilings) -> Self {
        let (limits, quotas) = (&ceilings.limits, ceilings.quotas());
        let shown =
            |quota: Option<u64>| quota.map_or(-1, |quota| i64::try_from(quota).unwrap_or(i64::MAX));
        Self {
            connections: limits.conn,
            leaf_connections: limits.leaf,
            subscriptions: limits.subs,
            data_bytes: limits.data,
            payload_bytes: limits.payload,
            imports: limits.imports,
            exports: limits.exports,
            wildcard_exports: limits.wildcards,
            bearer_users: !limits.disallow_bearer,
            user_connections: shown(quotas.user_connections),
            total_subscriptions: shown(quotas.subscriptions),
            messages_per_second: shown(quotas.rates.messages_per_second),
            bytes_per_second: shown(quotas.rates.bytes_per_second),
            burst_seconds: shown(Some(quotas.rates.burst_seconds.map_or(1, NonZeroU64::get))),
        }
    }
}

/// Limits to change; what is absent stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsPatch {
    connections: Option<i64>,
    leaf_connections: Option<i64>,
    subscriptions: Option<i64>,
    data_bytes: Option<i64>,
    payload_bytes: Option<i64>,
    imports: Option<i64>,
    exports: Option<i64>,
    wildcard_exports: Option<bool>,
    bearer_users: Option<bool>,
    user_connections: Option<i64>,
    total_subscriptions: Option<i64>,
    messages_per_second: Option<i64>,
    bytes_per_second: Option<i64>,
    burst_seconds: Option<i64>,
}

impl LimitsPatch {
    /// Changes `ceilings` in place, or names the field that is wrong.
    pub(crate) fn apply(&self, ceilings: &mut Ceilings) -> Result<(), Problem> {
        ceilings.set_quotas(&self.quotas(ceilings.quotas())?);
        let limits = &mut ceilings.limits;
        let numbers = [
            ("connections", self.connections, &mut limits.conn),
            ("leaf_connections", self.leaf_connections, &mut limits.leaf),
            ("subscriptions", self.subscriptions, &mut limits.subs),
            ("data_bytes", self.data_bytes, &mut limits.data),
            ("payload_bytes", self.payload_bytes, &mut limits.payload),
            ("imports", self.imports, &mut limits.imports),
            ("exports", self.exports, &mut limits.exports),
        ];
        for (name, wanted, limit) in numbers {
            match wanted {
                None => {}
                Some(value) if value >= -1 => *limit = value,
                Some(_) => return Err(not_a_limit(name)),
            }
        }
        if let Some(allowed) = self.wildcard_exports {
            limits.wildcards = allowed;
        }
        if let Some(allowed) = self.bearer_users {
            limits.disallow_bearer = !allowed;
        }
        Ok(())
    }

    fn quotas(&self, now: Quotas) -> Result<Quotas, Problem> {
        let number = |name, wanted: Option<i64>, now: Option<u64>| match wanted {
            None => Ok(now),
            Some(-1) => Ok(None),
            Some(value) => u64::try_from(value)
                .map(Some)
                .map_err(|_| not_a_limit(name)),
        };
        let (rates, messages) = (now.rates, self.messages_per_second);
        let burst_seconds = match self.burst_seconds {
            None => rates.burst_seconds,
            Some(seconds) => Some(burst(seconds)?),
        };
        let total = self.total_subscriptions;
        Ok(Quotas {
            user_connections: number(
                "user_connections",
                self.user_connections,
                now.user_connections,
            )?,
            subscriptions: number("total_subscriptions", total, now.subscriptions)?,
            rates: Rates {
                messages_per_second: number(
                    "messages_per_second",
                    messages,
                    rates.messages_per_second,
                )?,
                bytes_per_second: number(
                    "bytes_per_second",
                    self.bytes_per_second,
                    rates.bytes_per_second,
                )?,
                burst_seconds,
            },
        })
    }
}

fn burst(seconds: i64) -> Result<NonZeroU64, Problem> {
    let fits = Some(seconds).filter(|seconds| *seconds <= BURST_SECONDS_MAX);
    let seconds = fits.and_then(|seconds| NonZeroU64::new(u64::try_from(seconds).ok()?));
    seconds.ok_or_else(|| {
        let text = format!("must be from 1 to {BURST_SECONDS_MAX}");
        Problem::invalid("/limits/burst_seconds", text)
    })
}

fn not_a_limit(name: &str) -> Problem {
    let text = "must be -1 (unlimited), 0 (none) or more";
    Problem::invalid(format!("/limits/{name}"), text)
}
