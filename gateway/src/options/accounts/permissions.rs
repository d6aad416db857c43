//! What a user may publish and subscribe to.

use accounts::{PermissionSet, Permissions, ResponseClaim, SubjectRules};

use super::unknown;
use crate::config::{Node, Problem, Value};
use crate::options::fields;

pub(super) fn read(node: &Node, warnings: &mut Vec<Problem>) -> Result<PermissionSet, Problem> {
    let mut set = PermissionSet::default();
    for entry in fields::map(node)?.entries() {
        let node = &entry.node;
        match entry.name().as_str() {
            "pub" | "publish" | "import" => {
                set.publish = rules(node, warnings)?;
                let publish = set.publish.clone();
                check(
                    node,
                    PermissionSet {
                        publish,
                        ..PermissionSet::default()
                    },
                )?;
            }
            "sub" | "subscribe" | "export" => {
                set.subscribe = rules(node, warnings)?;
                let subscribe = set.subscribe.clone();
                check(
                    node,
                    PermissionSet {
                        subscribe,
                        ..PermissionSet::default()
                    },
                )?;
            }
            "publish_allow_responses" | "allow_responses" => set.responses = responses(node)?,
            _ if entry.is_variable => {}
            _ => return Err(unknown(entry, "permissions")),
        }
    }
    Ok(set)
}

fn check(node: &Node, set: PermissionSet) -> Result<(), Problem> {
    let compiled = Permissions::compile(&set);
    compiled
        .map(drop)
        .map_err(|error| node.problem(error.to_string()))
}

/// Subjects that are allowed, or a block with `allow` and `deny`.
fn rules(node: &Node, warnings: &mut Vec<Problem>) -> Result<SubjectRules, Problem> {
    let Value::Map(map) = &node.value else {
        let allow = allowed(node, warnings)?;
        return Ok(SubjectRules { allow, deny: None });
    };
    let mut rules = SubjectRules::default();
    for entry in map.entries() {
        match entry.name().as_str() {
            "allow" => rules.allow = allowed(&entry.node, warnings)?,
            "deny" => rules.deny = Some(subjects(&entry.node)?),
            _ if entry.is_variable => {}
            _ => {
                return Err(unknown(
                    entry,
                    "subject permissions, which have allow and deny",
                ));
            }
        }
    }
    Ok(rules)
}

/// Subjects that are allowed. No subject is none; nats-server passes over such a list.
fn allowed(node: &Node, warnings: &mut Vec<Problem>) -> Result<Option<Vec<String>>, Problem> {
    let allowed = subjects(node)?;
    if allowed.is_empty() {
        let message = "an empty list allows nothing (nats-server passes over it); to allow \
                       everything, remove it";
        warnings.push(node.problem(message));
    }
    Ok(Some(allowed))
}

fn subjects(node: &Node) -> Result<Vec<String>, Problem> {
    let nodes = fields::one_or_more(node).iter();
    nodes
        .map(|node| fields::text(node).map(str::to_owned))
        .collect()
}

/// `true`, or a block with `max` and `expires`.
fn responses(node: &Node) -> Result<Option<ResponseClaim>, Problem> {
    let map = match &node.value {
        Value::Bool { value, .. } => return Ok(value.then(ResponseClaim::default)),
        Value::Map(map) => map,
        _ => return Err(node.problem("expected true, false, or a block with max and expires")),
    };
    let mut claim = ResponseClaim::default();
    for entry in map.entries() {
        let node = &entry.node;
        match entry.name().as_str() {
            "max" | "max_msgs" | "max_messages" | "max_responses" => {
                let max = fields::integer(node)?;
                let clamped = max.clamp(-1, i64::from(i32::MAX));
                claim.max = i32::try_from(clamped).unwrap_or(i32::MAX);
            }
            "expires" | "expiration" | "ttl" => claim.ttl = nanoseconds(node)?,
            _ if entry.is_variable => {}
            _ => return Err(unknown(entry, "allow_responses, which has max and expires")),
        }
    }
    Ok(Some(claim))
}

/// A duration as text. One that is negative has no end; nothing is the default.
fn nanoseconds(node: &Node) -> Result<i64, Problem> {
    let wrong = || {
        let message = format!(
            "error parsing expires: expected a duration, as in \"1m\", found {}",
            node.describe()
        );
        node.problem(message)
    };
    let Value::Text(text) = &node.value else {
        return Err(wrong());
    };
    if let Some(text) = text.strip_prefix('-') {
        return fields::parse_duration(text).map(|_| -1).ok_or_else(wrong);
    }
    let duration = match text.as_str() {
        "0" => return Ok(0),
        text => fields::parse_duration(text).ok_or_else(wrong)?,
    };
    Ok(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX))
}
