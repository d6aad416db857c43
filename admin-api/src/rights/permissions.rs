//! What may be published and subscribed to, as the API shows and takes it.

use accounts::{PermissionSet, Permissions as Compiled, ResponseClaim, SubjectRules};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::names::is_subject;
use crate::problem::Problem;

/// Longest allow or deny list.
const ENTRIES_MAX: usize = 256;
const NANOS_PER_SECOND: i64 = 1_000_000_000;
const RESPONSE_SECONDS_DEFAULT: u32 = 120;

/// What a user may do. An absent `allow` allows everything, an empty one nothing; `deny` wins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct UserPermissions {
    publish: SubjectLists,
    /// Entries may be `subject queue`.
    subscribe: SubjectLists,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_responses: Option<AllowResponses>,
}

/// Subjects that are allowed and denied.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SubjectLists {
    #[serde(skip_serializing_if = "Option::is_none")]
    allow: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deny: Option<Vec<String>>,
}

/// Leave to answer requests on their reply subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AllowResponses {
    /// Messages per request; -1 means any number.
    #[schema(minimum = -1, default = 1)]
    max: i32,
    /// How long after the request.
    #[schema(minimum = 1, default = 120)]
    expires_in_seconds: u32,
}

impl Default for AllowResponses {
    fn default() -> Self {
        Self {
            max: 1,
            expires_in_seconds: RESPONSE_SECONDS_DEFAULT,
        }
    }
}

impl UserPermissions {
    /// The permissions as claims, or the field that is wrong, which begins with `pointer`.
    pub(crate) fn to_claims(&self, pointer: &str) -> Result<PermissionSet, Problem> {
        self.publish.check(&format!("{pointer}/publish"), false)?;
        self.subscribe
            .check(&format!("{pointer}/subscribe"), true)?;
        if let Some(rule) = self.allow_responses
            && (rule.max < -1 || rule.max == 0 || rule.expires_in_seconds == 0)
        {
            return Err(Problem::invalid(
                format!("{pointer}/allow_responses"),
                "`max` must be -1 or at least 1, `expires_in_seconds` at least 1",
            ));
        }
        let set = PermissionSet {
            publish: self.publish.to_rules(),
            subscribe: self.subscribe.to_rules(),
            responses: self.allow_responses.map(|rule| ResponseClaim {
                max: rule.max,
                ttl: i64::from(rule.expires_in_seconds) * NANOS_PER_SECOND,
            }),
        };
        // The broker compiles the same set: what it cannot compile is refused here.
        Compiled::compile(&set).map_err(|error| Problem::invalid(pointer, error.to_string()))?;
        Ok(set)
    }

    /// Whether a role's template can be filled in for its users.
    pub(crate) fn check_template(&self) -> Result<(), Problem> {
        let set = self.to_claims("/permissions")?;
        accounts::check_template(&set).map_err(|text| Problem::invalid("/permissions", text))
    }

    /// Refuses what only a role fills in: in a user it would stand for itself.
    pub(crate) fn check_no_template(&self) -> Result<(), Problem> {
        let sides = [(&self.publish, "publish"), (&self.subscribe, "subscribe")];
        for (side, name) in sides {
            let entries = side.allow.iter().chain(&side.deny).flatten();
            if entries.clone().any(|entry| entry.contains("{{")) {
                return Err(Problem::invalid(
                    format!("/permissions/{name}"),
                    "must not use `{{…}}`: only roles fill it in",
                ));
            }
        }
        Ok(())
    }

    /// How claims look to people: the other way round, as good as it goes.
    pub(crate) fn of_claims(set: &PermissionSet) -> Self {
        let lists = |rules: &SubjectRules| SubjectLists {
            allow: rules.allow.clone(),
            deny: rules.deny.clone(),
        };
        Self {
            publish: lists(&set.publish),
            subscribe: lists(&set.subscribe),
            allow_responses: set.responses.map(|rule| AllowResponses {
                max: if rule.max == 0 { 1 } else { rule.max },
                expires_in_seconds: u32::try_from(rule.ttl / NANOS_PER_SECOND)
                    .ok()
                    .filter(|seconds| *seconds > 0)
                    .unwrap_or(RESPONSE_SECONDS_DEFAULT),
            }),
        }
    }
}

impl SubjectLists {
    fn check(&self, pointer: &str, queues: bool) -> Result<(), Problem> {
        for (name, list) in [("allow", &self.allow), ("deny", &self.deny)] {
            let list = list.as_deref().unwrap_or_default();
            if list.len() > ENTRIES_MAX {
                return Err(Problem::invalid(
                    format!("{pointer}/{name}"),
                    format!("may have {ENTRIES_MAX} entries at most"),
                ));
            }
            if let Some(at) = list.iter().position(|entry| !is_entry(entry, queues)) {
                return Err(Problem::invalid(
                    format!("{pointer}/{name}/{at}"),
                    "must be a subject or wildcard pattern",
                ));
            }
        }
        Ok(())
    }

    /// An empty `allow` allows nothing, but a stock nats-server reads it as absent: a `deny` of
    /// everything says the same to every server.
    fn to_rules(&self) -> SubjectRules {
        let allows_nothing = self.allow.as_ref().is_some_and(Vec::is_empty);
        SubjectRules {
            allow: self.allow.clone(),
            deny: if allows_nothing {
                Some(vec![">".to_owned()])
            } else {
                self.deny.clone()
            },
        }
    }
}

fn is_entry(entry: &str, queues: bool) -> bool {
    match entry.split_once(' ') {
        Some((subject, queue)) if queues => is_subject(subject) && is_subject(queue),
        Some(_) => false,
        None => is_subject(entry),
    }
}
