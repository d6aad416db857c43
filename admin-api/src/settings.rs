//! What an account's claims say besides limits, keys and sharing: description, tags, permissions
//! for users that have none, subject mappings.

use std::collections::BTreeMap;

use accounts::AccountBody;
use accounts::claims::account::{TraceClaim, WeightedMapping};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::names;
use crate::problem::Problem;
use crate::rights::UserPermissions;
use crate::store::StoreError;
use crate::store::accounts::AccountRow;

const DESCRIPTION_CHARS_MAX: usize = 1024;
const TAGS_MAX: usize = 64;
const MAPPINGS_MAX: usize = 1000;
const DESTINATIONS_MAX: usize = 64;

/// What an account says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AccountSettings {
    /// For people.
    pub(crate) description: String,
    /// A page about the account.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) info_url: String,
    /// `value` or `key:value`; roles may use them as `{{account-tag(key)}}`.
    pub(crate) tags: Vec<String>,
    /// For users that carry no permissions of their own.
    pub(crate) default_permissions: UserPermissions,
    /// Subject to destinations.
    pub(crate) mappings: BTreeMap<String, Vec<MappingDestination>>,
    /// Where traces of the account's messages go; nowhere when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub(crate) trace: Option<TraceSettings>,
    /// In whose account the servers of a cluster send each other what they store: the system's
    /// when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub(crate) cluster_traffic: Option<ClusterTraffic>,
    /// What the account is told of itself over NATS.
    #[serde(skip_serializing_if = "EventFeed::is_off")]
    #[schema(required = false)]
    pub(crate) event_feed: EventFeed,
}

/// Traces of messages that carry a W3C `traceparent`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TraceSettings {
    /// The subject that they are published on, without wildcards.
    #[schema(example = "traces")]
    pub(crate) destination: String,
    /// Percent of those messages; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 100)]
    pub(crate) sampling_percent: Option<u8>,
}

impl TraceSettings {
    fn check(&self) -> Result<(), Problem> {
        let is_literal = accounts::subject::is_literal(self.destination.as_bytes());
        if !names::is_subject(&self.destination) || !is_literal {
            let text = "must be a subject without wildcards";
            return Err(Problem::invalid("/trace/destination", text));
        }
        match self.sampling_percent {
            Some(percent) if !(1..=100).contains(&percent) => Err(Problem::invalid(
                "/trace/sampling_percent",
                "must be from 1 to 100",
            )),
            _ => Ok(()),
        }
    }
}

/// Whose account carries what the servers of a cluster send each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ClusterTraffic {
    System,
    /// The account's own.
    Owner,
}

/// What an account's users can subscribe to. Off, unless it is wanted: whoever may subscribe to
/// `>` reads it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EventFeed {
    /// The account's events on `$CP.events.<type>`, as `GET /events` tells them. Needs the right
    /// `events:read`.
    pub(crate) events: bool,
    /// The account's entries of the trail on `$CP.audit.<action>`, as `GET /audit` tells them.
    /// Needs the right `audit:read`.
    pub(crate) audit: bool,
}

impl EventFeed {
    /// Whether nothing is told.
    pub(crate) fn is_off(&self) -> bool {
        *self == Self::default()
    }
}

/// Where messages on a mapped subject go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MappingDestination {
    /// May use `{{wildcard(1)}}`, `{{partition(3,1)}}` and the like.
    #[schema(example = "orders.v2.{{wildcard(1)}}")]
    pub(crate) subject: String,
    /// Percent of the messages; those of one mapping make 100 at most, the rest stays.
    #[serde(default = "whole")]
    #[schema(minimum = 1, maximum = 100, default = 100)]
    pub(crate) weight: u8,
    /// Only in this cluster.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) cluster: String,
}

fn whole() -> u8 {
    100
}

impl AccountSettings {
    /// What the account's row says.
    pub(crate) fn stored(account: &AccountRow) -> Result<Self, StoreError> {
        let corrupt = |_| StoreError::corrupt("accounts.settings", &account.id);
        serde_json::from_str(&account.settings).map_err(corrupt)
    }

    /// As the account's row holds it.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers always have a JSON form")
    }

    /// Names the field that is wrong. Mappings as a whole are judged with the claims.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        description(&self.description, "/description")?;
        tags(&self.tags)?;
        self.default_permissions.to_claims("/default_permissions")?;
        self.trace.as_ref().map_or(Ok(()), TraceSettings::check)?;
        if self.mappings.len() > MAPPINGS_MAX {
            let text = format!("may have {MAPPINGS_MAX} entries at most");
            return Err(Problem::invalid("/mappings", text));
        }
        for (source, destinations) in &self.mappings {
            check_mapping(source, destinations)?;
        }
        Ok(())
    }

    /// Puts it into claims.
    pub(crate) fn write(&self, body: &mut AccountBody) -> Result<(), Problem> {
        body.description.clone_from(&self.description);
        body.info_url.clone_from(&self.info_url);
        body.tags.clone_from(&self.tags);
        body.default_permissions = self.default_permissions.to_claims("/default_permissions")?;
        body.trace = self.trace.as_ref().map(|trace| TraceClaim {
            dest: trace.destination.clone(),
            sampling: trace.sampling_percent.map_or(0, i64::from),
        });
        body.cluster_traffic = match self.cluster_traffic {
            None => "",
            Some(ClusterTraffic::System) => "system",
            Some(ClusterTraffic::Owner) => "owner",
        }
        .to_owned();
        let weighted = |to: &MappingDestination| WeightedMapping {
            subject: to.subject.clone(),
            weight: to.weight,
            cluster: to.cluster.clone(),
        };
        let mappings = self.mappings.iter();
        body.mappings = mappings
            .map(|(source, to)| (source.clone(), to.iter().map(weighted).collect()))
            .collect();
        Ok(())
    }
}

fn check_mapping(source: &str, destinations: &[MappingDestination]) -> Result<(), Problem> {
    let pointer = format!("/mappings/{}", source.replace('~', "~0").replace('/', "~1"));
    if !names::is_subject(source) {
        return Err(Problem::invalid(pointer, "must be named by a subject"));
    }
    if destinations.is_empty() || destinations.len() > DESTINATIONS_MAX {
        let text = format!("must have from 1 to {DESTINATIONS_MAX} destinations");
        return Err(Problem::invalid(pointer, text));
    }
    let weights = destinations.iter().map(|to| to.weight);
    match weights
        .clone()
        .position(|weight| !(1..=100).contains(&weight))
    {
        Some(at) => Err(Problem::invalid(
            format!("{pointer}/{at}/weight"),
            "must be from 1 to 100",
        )),
        None => Ok(()),
    }
}

/// A text for people of a bounded length.
pub(crate) fn description(text: &str, pointer: &str) -> Result<(), Problem> {
    let harmless = |c: char| !c.is_control() || c == '\n';
    if text.chars().count() <= DESCRIPTION_CHARS_MAX && text.chars().all(harmless) {
        return Ok(());
    }
    let text = format!("must have {DESCRIPTION_CHARS_MAX} characters at most, none for control");
    Err(Problem::invalid(pointer, text))
}

/// Tags that may enter permission templates.
pub(crate) fn tags(tags: &[String]) -> Result<(), Problem> {
    if tags.len() > TAGS_MAX {
        let text = format!("may have {TAGS_MAX} entries at most");
        return Err(Problem::invalid("/tags", text));
    }
    match tags.iter().position(|tag| !names::is_tag(tag)) {
        None => Ok(()),
        Some(at) => Err(Problem::invalid(
            format!("/tags/{at}"),
            "must be `value` or `key:value`: the key of a-z, 0-9, - and _, the value one literal \
             subject token (no dots, blanks or wildcards)",
        )),
    }
}
