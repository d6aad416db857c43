//! How much one user may use, within what its account may.

use std::num::NonZeroU64;

use accounts::{Quotas, Rates};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{BURST_SECONDS_MAX, not_a_limit};
use crate::claims::Ceilings;
use crate::problem::Problem;

/// Ceilings of a user within the account's own; -1 means no other than the account's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct UserLimits {
    #[schema(minimum = -1, default = -1)]
    pub(crate) subscriptions: i64,
    /// Bytes in total.
    #[schema(minimum = -1, default = -1)]
    pub(crate) data_bytes: i64,
    /// Bytes of one message.
    #[schema(minimum = -1, default = -1)]
    pub(crate) payload_bytes: i64,
    /// Connections with one credential at a time. This and what follows is obeyed by Tidegate's
    /// broker only, on each server.
    #[schema(minimum = -1, default = -1)]
    pub(crate) user_connections: i64,
    /// Messages that all connections with one credential may publish; who publishes more is held
    /// back.
    #[schema(minimum = -1, default = -1)]
    pub(crate) messages_per_second: i64,
    /// Bytes that they may publish.
    #[schema(minimum = -1, default = -1)]
    pub(crate) bytes_per_second: i64,
    /// How many seconds' worth may be saved up: 1 to 60; -1 is as the account.
    #[schema(minimum = -1, maximum = 60, default = -1)]
    pub(crate) burst_seconds: i64,
}

impl Default for UserLimits {
    fn default() -> Self {
        Self {
            subscriptions: -1,
            data_bytes: -1,
            payload_bytes: -1,
            user_connections: -1,
            messages_per_second: -1,
            bytes_per_second: -1,
            burst_seconds: -1,
        }
    }
}

impl UserLimits {
    fn fields(&self) -> [(&'static str, i64); 7] {
        [
            ("subscriptions", self.subscriptions),
            ("data_bytes", self.data_bytes),
            ("payload_bytes", self.payload_bytes),
            ("user_connections", self.user_connections),
            ("messages_per_second", self.messages_per_second),
            ("bytes_per_second", self.bytes_per_second),
            ("burst_seconds", self.burst_seconds),
        ]
    }

    /// Names the field that is no limit.
    pub(super) fn check(&self) -> Result<(), Problem> {
        if let Some((name, _)) = self.fields().iter().find(|(_, value)| *value < -1) {
            return Err(not_a_limit(name));
        }
        if self.burst_seconds != -1 && !(1..=BURST_SECONDS_MAX).contains(&self.burst_seconds) {
            let text = format!("must be -1 (as the account) or from 1 to {BURST_SECONDS_MAX}");
            return Err(Problem::invalid("/limits/burst_seconds", text));
        }
        Ok(())
    }

    /// Names the field that grants more than the account has: it would never come true.
    pub(super) fn check_within(&self, ceilings: &Ceilings) -> Result<(), Problem> {
        let account = ceilings.user_limits();
        let wider = |((name, own), (_, ceiling)): ((&'static str, i64), (_, i64))| {
            (ceiling != -1 && own > ceiling).then_some((name, ceiling))
        };
        let mut pairs = self.fields().into_iter().zip(account.fields());
        match pairs.find_map(wider) {
            None => Ok(()),
            Some((name, ceiling)) => Err(Problem::invalid(
                format!("/limits/{name}"),
                format!("must not be more than the account's {ceiling}"),
            )),
        }
    }

    /// The quotas among the limits, as claims have them.
    pub(super) fn quotas(&self) -> Quotas {
        let number = |value: i64| u64::try_from(value).ok();
        Quotas {
            user_connections: number(self.user_connections),
            subscriptions: None,
            rates: Rates {
                messages_per_second: number(self.messages_per_second),
                bytes_per_second: number(self.bytes_per_second),
                burst_seconds: number(self.burst_seconds).and_then(NonZeroU64::new),
            },
        }
    }

    /// What claims say, shown.
    pub(crate) fn of_claims([subs, data, payload]: [i64; 3], quotas: &Quotas) -> Self {
        let number =
            |quota: Option<u64>| quota.map_or(-1, |quota| i64::try_from(quota).unwrap_or(i64::MAX));
        let rates = &quotas.rates;
        Self {
            subscriptions: subs,
            data_bytes: data,
            payload_bytes: payload,
            user_connections: number(quotas.user_connections),
            messages_per_second: number(rates.messages_per_second),
            bytes_per_second: number(rates.bytes_per_second),
            burst_seconds: number(rates.burst_seconds.map(NonZeroU64::get)),
        }
    }

    /// The narrower one of each.
    pub(crate) fn narrowed_by(self, other: &Self) -> Self {
        let narrower = |one: i64, other: i64| match (one, other) {
            (-1, other) => other,
            (one, -1) => one,
            (one, other) => one.min(other),
        };
        Self {
            subscriptions: narrower(self.subscriptions, other.subscriptions),
            data_bytes: narrower(self.data_bytes, other.data_bytes),
            payload_bytes: narrower(self.payload_bytes, other.payload_bytes),
            user_connections: narrower(self.user_connections, other.user_connections),
            messages_per_second: narrower(self.messages_per_second, other.messages_per_second),
            bytes_per_second: narrower(self.bytes_per_second, other.bytes_per_second),
            burst_seconds: narrower(self.burst_seconds, other.burst_seconds),
        }
    }
}
