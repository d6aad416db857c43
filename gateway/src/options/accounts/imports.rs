//! What an account uses of others.

use accounts::configured::{ImportSetup, account_key, global};
use accounts::{ImportClaim, ShareKind};

use super::unknown;
use crate::config::{Entry, Node, Problem, Value};
use crate::options::fields;

pub(super) fn read(node: &Node) -> Result<ImportSetup, Problem> {
    let Value::Map(map) = &node.value else {
        let found = node.describe();
        let message = format!("Import Items should be a map with type entry, found {found}");
        return Err(node.problem(message));
    };
    let mut import = ImportSetup {
        account: String::new(),
        claim: ImportClaim::new(ShareKind::Stream, global(), ""),
    };
    let (mut kind, mut prefix, mut to) = (None, None, None);
    for entry in map.entries() {
        let node = &entry.node;
        let other = match entry.name().as_str() {
            "stream" => ShareKind::Stream,
            "service" => ShareKind::Service,
            "prefix" => {
                prefix = Some(fields::text(node)?).filter(|it| !it.is_empty());
                continue;
            }
            "to" => {
                to = Some(fields::text(node)?).filter(|it| !it.is_empty());
                continue;
            }
            "share" => {
                import.claim.share = fields::flag(node)?;
                continue;
            }
            "allow_trace" => {
                import.claim.allow_trace = fields::flag(node)?;
                continue;
            }
            _ if entry.is_variable => continue,
            _ => return Err(unknown(entry, "an import")),
        };
        if kind.replace(other).is_some() {
            let message = "an import is a stream or a service, not both";
            return Err(Problem::new(entry.key_at.clone(), message));
        }
        exporter(&mut import, node)?;
    }
    let missing = || node.problem("an import needs a stream or a service");
    let kind = kind.ok_or_else(missing)?;
    import.claim.kind = kind;
    check_fields(map.entries(), kind)?;
    match (prefix, to) {
        (Some(_), Some(_)) => {
            let message = "Stream import can not have a 'prefix' and a 'to' property";
            return Err(node.problem(message));
        }
        // What claims call `to` is the prefix of a stream.
        (Some(prefix), None) => prefix.clone_into(&mut import.claim.to),
        (None, Some(to)) => to.clone_into(&mut import.claim.local_subject),
        (None, None) => {}
    }
    Ok(import)
}

/// Refuses what is said of the other kind.
fn check_fields<'a>(
    mut entries: impl Iterator<Item = &'a Entry>,
    kind: ShareKind,
) -> Result<(), Problem> {
    let (name, message) = match kind {
        ShareKind::Stream => ("share", "share is for services only; remove it"),
        ShareKind::Service => (
            "allow_trace",
            "Detected allow_trace directive on a non-stream; remove it",
        ),
    };
    match entries.find(|entry| entry.name() == name) {
        Some(entry) if kind == ShareKind::Service => {
            Err(Problem::new(entry.key_at.clone(), message))
        }
        _ => Ok(()),
    }
}

fn exporter(import: &mut ImportSetup, node: &Node) -> Result<(), Problem> {
    for entry in fields::map(node)?.entries() {
        match entry.name().as_str() {
            "account" => fields::text(&entry.node)?.clone_into(&mut import.account),
            "subject" => fields::text(&entry.node)?.clone_into(&mut import.claim.subject),
            _ if entry.is_variable => {}
            _ => return Err(unknown(entry, "an import's account and subject")),
        }
    }
    if import.account.is_empty() || import.claim.subject.is_empty() {
        return Err(node.problem("Expect an account name and a subject"));
    }
    import.claim.account = account_key(&import.account);
    Ok(())
}
