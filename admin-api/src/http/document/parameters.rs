//! Parameters that belong to a convention: who asks again, who tries first, whose trace it is.

use serde_json::{Value, json};

use super::Facts;

/// Adds what the conventions read to what the handler does.
pub(super) fn describe(facts: &Facts, operation: &mut Value) {
    let mut added = Vec::new();
    if facts.is_once {
        added.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "Carries the request out once, and answers repetitions for 24 hours \
                            with what was answered first",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255 },
        }));
    }
    if facts.has_tag {
        added.push(json!({
            "name": "If-None-Match", "in": "header", "required": false,
            "description": "The `ETag` that you have",
            "schema": { "type": "string" },
        }));
    }
    if facts.is_change {
        added.push(json!({
            "name": "dry_run", "in": "query", "required": false,
            "description": "Validate and show the impact, but change nothing: connections that \
                            would close (absent where that cannot be known), imports that would \
                            break, and what would be allowed then",
            "schema": { "type": "boolean", "default": false },
        }));
    }
    for name in ["RequestId", "Traceparent"] {
        added.push(json!({ "$ref": format!("#/components/parameters/{name}") }));
    }
    if let Some(operation) = operation.as_object_mut() {
        let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
        if let Some(parameters) = parameters.as_array_mut() {
            parameters.extend(added);
        }
    }
}

/// What stands in the path and is read twice, by the extractor of an account and as a plain text,
/// is one parameter: the one that is described.
pub(super) fn describe_places(operation: &mut Value) {
    let parameters = operation.get_mut("parameters");
    let Some(parameters) = parameters.and_then(Value::as_array_mut) else {
        return;
    };
    let described = |it: &&Value| it["in"] == "path" && !it["description"].is_null();
    let names = parameters.iter().filter(described);
    let names: Vec<Value> = names.map(|it| it["name"].clone()).collect();
    parameters.retain(|it| !it["description"].is_null() || !names.contains(&it["name"]));
    // As the path has them: these stand in front.
    let is_first =
        |it: &Value| it["in"] == "path" && (it["name"] == "account" || it["name"] == "org");
    parameters.sort_by_key(|it| !is_first(it));
}

/// A body that may be left out is documented as optional, not as one that may be `null`.
pub(super) fn describe_body(operation: &mut Value) {
    let Some(body) = operation.get_mut("requestBody") else {
        return;
    };
    for content in body["content"].as_object_mut().into_iter().flatten() {
        let parts = content.1["schema"]["oneOf"].as_array().cloned();
        let mut parts = parts.unwrap_or_default();
        let all = parts.len();
        parts.retain(|part| part["type"] != "null");
        if let (true, [schema]) = (parts.len() < all, parts.as_slice()) {
            content.1["schema"] = schema.clone();
        }
    }
}

/// What every operation reads.
pub(super) fn all() -> Value {
    json!({
        "RequestId": {
            "name": "X-Request-Id", "in": "header", "required": false,
            "description": "A name for the request in logs, audit and errors, instead of ours",
            "schema": { "type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$" },
        },
        "Traceparent": {
            "name": "traceparent", "in": "header", "required": false,
            "description": "The trace that the request belongs to (W3C Trace Context)",
            "schema": {
                "type": "string",
                "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$",
            },
        },
    })
}
