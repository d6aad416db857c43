//! What an account may use, and where traces of its messages go.

use accounts::AccountLimits;
use accounts::claims::account::TraceClaim;
use accounts::subject;

use super::unknown;
use crate::config::{Node, Problem, Value};
use crate::options::fields;

/// nats-server keeps these in 32 bits.
const LIMIT_MAX: i64 = i32::MAX as i64;

pub(super) fn read(node: &Node, limits: &mut AccountLimits) -> Result<(), Problem> {
    for entry in fields::map(node)?.entries() {
        let limit = match entry.name().as_str() {
            "max_connections" | "max_conn" => &mut limits.conn,
            "max_subscriptions" | "max_subs" => &mut limits.subs,
            "max_payload" | "max_pay" => &mut limits.payload,
            "max_leafnodes" | "max_leafs" => &mut limits.leaf,
            _ if entry.is_variable => continue,
            _ => return Err(unknown(entry, "account limits")),
        };
        *limit = fields::integer(&entry.node)?;
        if !(-1..=LIMIT_MAX).contains(limit) {
            let message = format!("expected -1 (no limit) or a number from 0 to {LIMIT_MAX}");
            return Err(entry.node.problem(message));
        }
    }
    Ok(())
}

/// `trace.here`, or a block with `dest` and `sampling`.
pub(super) fn trace(
    node: &Node,
    warnings: &mut Vec<Problem>,
) -> Result<Option<TraceClaim>, Problem> {
    let mut trace = TraceClaim::default();
    if let Value::Map(map) = &node.value {
        for entry in map.entries() {
            match entry.name().as_str() {
                "dest" => trace.dest = destination(&entry.node)?,
                "sampling" => trace.sampling = sampling(&entry.node)?,
                _ if entry.is_variable => {}
                _ => return Err(unknown(entry, "msg_trace")),
            }
        }
    } else {
        trace.dest = destination(node)?;
    }
    if trace.dest.is_empty() {
        let message = "Trace destination sampling ignored since no destination was set";
        warnings.push(node.problem(message));
        return Ok(None);
    }
    Ok(Some(trace))
}

fn destination(node: &Node) -> Result<String, Problem> {
    let text = fields::text(node)?;
    let bytes = text.as_bytes();
    if subject::is_valid(bytes) && subject::is_literal(bytes) {
        return Ok(text.to_owned());
    }
    let message = format!("Trace destination {text:?} is not valid: expected a literal subject");
    Err(node.problem(message))
}

fn sampling(node: &Node) -> Result<i64, Problem> {
    let text = fields::text(node)?;
    let number = text.strip_suffix('%').unwrap_or(text).parse().ok();
    number
        .filter(|number| (1..=100).contains(number))
        .ok_or_else(|| {
            let message = format!("expected a sampling of 1 to 100 (percent), found {text:?}");
            node.problem(message)
        })
}
