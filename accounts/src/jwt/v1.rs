//! Version 1 payloads, moved into the shape of version 2 before they are read.

use serde_json::{Map, Value};

use super::ClaimKind;

/// Moves what version 1 kept beside the body into it, and gives limits their old defaults.
pub(super) fn migrate(kind: ClaimKind, top: &mut Map<String, Value>) {
    top.remove("type");
    let tags = top.remove("tags");
    let issuer_account = top.remove("issuer_account");
    let body = top
        .entry("nats")
        .or_insert_with(|| Value::Object(Map::new()));
    let Value::Object(body) = body else { return };
    if let Some(tags) = tags {
        body.insert("tags".to_owned(), tags);
    }
    if let Some(issuer_account) = issuer_account {
        body.insert("issuer_account".to_owned(), issuer_account);
    }
    if kind != ClaimKind::Activation {
        // It says nothing in version 1, and would be taken for the kind in version 2.
        body.remove("type");
    }
    match kind {
        ClaimKind::User => {
            // Version 1 had no limits that were enforced; absent means unlimited there.
            for limit in ["subs", "data", "payload"] {
                body.entry(limit).or_insert_with(|| Value::from(-1));
            }
        }
        ClaimKind::Activation => {
            if let Some(kind) = body.remove("type") {
                body.insert("kind".to_owned(), kind);
            }
        }
        ClaimKind::Account => {
            // JetStream did not exist for version 1 accounts.
            if let Some(Value::Object(limits)) = body.get_mut("limits") {
                for limit in ["mem_storage", "disk_storage", "streams", "consumer"] {
                    limits.remove(limit);
                }
                limits.remove("tiered_limits");
            }
        }
        _ => {}
    }
}
