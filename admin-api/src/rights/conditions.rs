//! When, from where and how a user may connect. The words are those of the claims.

use accounts::TimeRange;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;

const NETWORKS_MAX: usize = 256;
const HOURS_MAX: usize = 64;
const CONNECTION_TYPES: [&str; 7] = [
    "STANDARD",
    "WEBSOCKET",
    "LEAFNODE",
    "LEAFNODE_WS",
    "MQTT",
    "MQTT_WS",
    "IN_PROCESS",
];

/// Conditions of a login; what is absent asks for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Conditions {
    /// Networks (CIDR) that the client must come from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["192.0.2.0/24"]))]
    pub(crate) src: Vec<String>,
    /// Parts of the day in which the user may be connected.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) times: Vec<Hours>,
    /// The zone of `times`, an IANA name; the server's own when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Europe/Berlin")]
    pub(crate) times_location: Option<String>,
    /// `STANDARD`, `WEBSOCKET`, `LEAFNODE`, `LEAFNODE_WS`, `MQTT`, `MQTT_WS`, `IN_PROCESS`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) allowed_connection_types: Vec<String>,
    /// Only through a trusted proxy.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) proxy_required: bool,
    /// Only with the certificate of one of the account's devices besides the credential, on a
    /// listener that asks for one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) require_certificate: bool,
}

/// A part of the day. When `start` is after `end` it crosses midnight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hours {
    #[schema(example = "08:00:00")]
    pub(crate) start: String,
    #[schema(example = "17:30:00")]
    pub(crate) end: String,
}

impl Conditions {
    /// Names the field that is wrong. What the broker's own judge refuses is found when the
    /// claims are made; this finds it with its place.
    pub(super) fn check(&self) -> Result<(), Problem> {
        for (name, length, most) in [
            ("src", self.src.len(), NETWORKS_MAX),
            ("times", self.times.len(), HOURS_MAX),
        ] {
            if length > most {
                let text = format!("may have {most} entries at most");
                return Err(Problem::invalid(format!("/conditions/{name}"), text));
            }
        }
        let wrong = |list: &str, at: usize, text: &str| {
            Problem::invalid(format!("/conditions/{list}/{at}"), text)
        };
        let is_network = |text: &String| accounts::is_network(text);
        if let Some(at) = self.src.iter().position(|text| !is_network(text)) {
            return Err(wrong("src", at, "must be a network: address/bits"));
        }
        let mut ranges = self.hours().into_iter();
        if let Some(at) = ranges.position(|range| !accounts::is_time_range(&range)) {
            return Err(wrong("times", at, "must have hours written as 15:04:05"));
        }
        let is_type = |name: &String| CONNECTION_TYPES.contains(&name.as_str());
        let mut types = self.allowed_connection_types.iter();
        if let Some(at) = types.position(|name| !is_type(name)) {
            let text = format!("must be one of {}", CONNECTION_TYPES.join(", "));
            return Err(wrong("allowed_connection_types", at, &text));
        }
        match &self.times_location {
            Some(name) if accounts::Zone::named(name).is_none() => Err(Problem::invalid(
                "/conditions/times_location",
                "must be an IANA time zone such as Europe/Berlin",
            )),
            _ => Ok(()),
        }
    }

    pub(super) fn hours(&self) -> Vec<TimeRange> {
        let range = |hours: &Hours| TimeRange {
            start: hours.start.clone(),
            end: hours.end.clone(),
        };
        self.times.iter().map(range).collect()
    }
}
