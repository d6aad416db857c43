//! Where subject mappings lead.

use accounts::claims::account::WeightedMapping;

use super::unknown;
use crate::config::{Node, Problem, Value};
use crate::options::fields;

const ALL: u8 = 100;

/// One destination for all, or some with their shares.
pub(super) fn read(node: &Node) -> Result<Vec<WeightedMapping>, Problem> {
    match &node.value {
        Value::Array(nodes) => nodes.iter().map(destination).collect(),
        Value::Map(_) => Ok(vec![destination(node)?]),
        _ => Ok(vec![WeightedMapping {
            subject: fields::text(node)?.to_owned(),
            weight: ALL,
            cluster: String::new(),
        }]),
    }
}

fn destination(node: &Node) -> Result<WeightedMapping, Problem> {
    let mut mapping = WeightedMapping::default();
    let mut weight = None;
    for entry in fields::map(node)?.entries() {
        match entry.name().as_str() {
            "dest" | "destination" => mapping.subject = fields::text(&entry.node)?.to_owned(),
            "weight" => weight = Some(percent(&entry.node)?),
            "cluster" => mapping.cluster = fields::text(&entry.node)?.to_owned(),
            _ if entry.is_variable => {}
            _ => return Err(unknown(entry, "a mapping's destination")),
        }
    }
    let missing = || {
        let subject = &mapping.subject;
        let message = format!(
            "Missing weight for mapping destination {subject:?}; add weight: 1 to 100 (percent)"
        );
        node.problem(message)
    };
    mapping.weight = weight.ok_or_else(missing)?;
    Ok(mapping)
}

/// `50`, `50%`. Nothing at all (0) is nothing that a mapping could say.
fn percent(node: &Node) -> Result<u8, Problem> {
    let text = fields::text(node)?;
    let number = text.strip_suffix('%').unwrap_or(text).parse().ok();
    number
        .filter(|number| (1..=ALL).contains(number))
        .ok_or_else(|| {
            let message = format!(
                "Invalid weight {text:?} for mapping destination; expected 1 to 100 (percent)"
            );
            node.problem(message)
        })
}
