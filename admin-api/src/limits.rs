//! An account's limits as the API shows and changes them.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use accounts::claims::account::JetStreamLimits;
use accounts::{AccountLimits, Quotas, Rates};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::claims::Ceilings;
use crate::problem::Problem;
use crate::rights::{BURST_SECONDS_MAX, not_a_limit};

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
    /// JetStream without tiers.
    jetstream: JetStream,
    /// JetStream per replication tier: `R1`, `R3`.
    jetstream_tiers: BTreeMap<String, JetStream>,
}

/// Ceilings of JetStream: 0 is none, -1 unlimited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct JetStream {
    #[schema(minimum = -1)]
    memory_bytes: i64,
    #[schema(minimum = -1)]
    disk_bytes: i64,
    #[schema(minimum = -1)]
    streams: i64,
    #[schema(minimum = -1)]
    consumers: i64,
    /// Messages that a consumer may leave unacknowledged.
    #[schema(minimum = -1)]
    max_ack_pending: i64,
    /// Bytes of one stream in memory.
    #[schema(minimum = -1)]
    memory_stream_bytes: i64,
    /// Bytes of one stream on disk.
    #[schema(minimum = -1)]
    disk_stream_bytes: i64,
    /// Every stream must set `max_bytes`.
    max_bytes_required: bool,
}

impl JetStream {
    fn of_claims(limits: &JetStreamLimits) -> Self {
        Self {
            memory_bytes: limits.mem_storage,
            disk_bytes: limits.disk_storage,
            streams: limits.streams,
            consumers: limits.consumer,
            max_ack_pending: limits.max_ack_pending,
            memory_stream_bytes: limits.mem_max_stream_bytes,
            disk_stream_bytes: limits.disk_max_stream_bytes,
            max_bytes_required: limits.max_bytes_required,
        }
    }

    fn to_claims(self, pointer: &str) -> Result<JetStreamLimits, Problem> {
        let fields = [
            ("memory_bytes", self.memory_bytes),
            ("disk_bytes", self.disk_bytes),
            ("streams", self.streams),
            ("consumers", self.consumers),
            ("max_ack_pending", self.max_ack_pending),
            ("memory_stream_bytes", self.memory_stream_bytes),
            ("disk_stream_bytes", self.disk_stream_bytes),
        ];
        if let Some((name, _)) = fields.iter().find(|(_, value)| *value < -1) {
            return Err(not_a_limit(&format!("{pointer}/{name}")));
        }
        Ok(JetStreamLimits {
            mem_storage: self.memory_bytes,
            disk_storage: self.disk_bytes,
            streams: self.streams,
            consumer: self.consumers,
            max_ack_pending: self.max_ack_pending,
            mem_max_stream_bytes: self.memory_stream_bytes,
            disk_max_stream_bytes: self.disk_stream_bytes,
            max_bytes_required: self.max_bytes_required,
        })
    }
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
            jetstream: JetStream::of_claims(&limits.jetstream),
            jetstream_tiers: limits
                .tiered_limits
                .iter()
                .map(|(tier, limits)| (tier.clone(), JetStream::of_claims(limits)))
                .collect(),
        }
    }
}

/// Limits to change; what is absent stays. JetStream is changed as a whole.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsPatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    connections: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    leaf_connections: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscriptions: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_bytes: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_bytes: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    imports: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exports: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wildcard_exports: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bearer_users: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_connections: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_subscriptions: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    messages_per_second: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_per_second: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    burst_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jetstream: Option<JetStream>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jetstream_tiers: Option<BTreeMap<String, JetStream>>,
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
        self.apply_jetstream(limits)
    }

    fn apply_jetstream(&self, limits: &mut AccountLimits) -> Result<(), Problem> {
        if let Some(flat) = self.jetstream {
            limits.jetstream = flat.to_claims("jetstream")?;
        }
        if let Some(tiers) = &self.jetstream_tiers {
            limits.tiered_limits.clear();
            for (tier, given) in tiers {
                if !["R1", "R2", "R3", "R4", "R5"].contains(&tier.as_str()) {
                    let pointer = format!("/limits/jetstream_tiers/{tier}");
                    return Err(Problem::invalid(pointer, "must be a tier from R1 to R5"));
                }
                let given = given.to_claims(&format!("jetstream_tiers/{tier}"))?;
                limits.tiered_limits.insert(tier.clone(), given);
            }
        }
        if !limits.tiered_limits.is_empty() && limits.jetstream != JetStreamLimits::default() {
            return Err(Problem::invalid(
                "/limits/jetstream",
                "must be all 0 where there are tiers",
            ));
        }
        Ok(())
    }

    /// Both changes after each other, in one.
    pub(crate) fn followed_by(&self, later: &Self) -> Self {
        let fields = |patch: &Self| serde_json::to_value(patch).unwrap_or_default();
        let mut both = fields(self);
        if let (Some(both), Some(later)) = (both.as_object_mut(), fields(later).as_object()) {
            both.extend(later.clone());
        }
        serde_json::from_value(both).unwrap_or_else(|_| later.clone())
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
