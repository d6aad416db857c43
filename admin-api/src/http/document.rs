//! The OpenAPI document: what handlers say of themselves, and what holds for all of them.
//!
//! Conventions are written in here once, so that no endpoint can forget to document them: errors,
//! request ids, `Idempotency-Key`, conditional requests, dry runs.

use serde_json::{Value, json};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::deprecation::{self, Deprecation};
use super::impact::{BrokenImports, Impact};

/// What has no dry run: a question changes nothing, and what begins, ends or proves a session
/// cannot be tried ([`super::dry_run::InEarnest`]).
const QUESTIONS: [&str; 16] = [
    "check_permission",
    "verify_audit",
    "backup",
    "export_tokens",
    "take_operation_credentials",
    "take_operation_file",
    "sign_in",
    "sign_out",
    "update_session",
    "change_password",
    "create_totp",
    "verify_totp",
    "delete_totp",
    "preview_invitation",
    "accept_invitation",
    "reset_password",
];

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tidegate",
        description = "Accounts, users and sharing of a multi-tenant NATS service.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(Impact, BrokenImports)),
    modifiers(&Bearer),
    security(("api_key" = []))
)]
pub(super) struct Doc;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, doc: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API key: `tg_svc_…`"))
            .build();
        let components = doc.components.get_or_insert_default();
        components.add_security_scheme("api_key", SecurityScheme::Http(scheme));
    }
}

/// The document with everything that holds for all endpoints, and what `table` says of some.
pub(super) fn complete(doc: &utoipa::openapi::OpenApi, table: &[Deprecation]) -> Value {
    let mut doc = serde_json::to_value(doc).unwrap_or_default();
    let Some(paths) = doc["paths"].as_object_mut() else {
        return doc;
    };
    for item in paths.values_mut().filter_map(Value::as_object_mut) {
        for (method, operation) in item.iter_mut() {
            describe_parameters(method, operation);
            describe_responses(method, operation);
            deprecation::mark(operation, table);
        }
    }
    open_parts(&mut doc);
    doc
}

/// A schema that is a part of others must leave room for the rest of them, although the same
/// object alone, as a request, may have nothing else.
fn open_parts(doc: &mut Value) {
    let mut parts = Vec::new();
    find_parts(doc, &mut parts);
    for part in parts {
        let schema = doc.pointer_mut(part.trim_start_matches('#'));
        if let Some(schema) = schema.and_then(Value::as_object_mut) {
            schema.remove("additionalProperties");
        }
    }
}

fn find_parts(value: &Value, parts: &mut Vec<String>) {
    if let Some(all) = value["allOf"].as_array() {
        let named = all.iter().filter_map(|part| part["$ref"].as_str());
        parts.extend(named.map(str::to_owned));
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| find_parts(item, parts)),
        Value::Object(fields) => fields.values().for_each(|item| find_parts(item, parts)),
        _ => {}
    }
}

fn is_change(method: &str, operation: &Value) -> bool {
    let name = operation["operationId"].as_str().unwrap_or_default();
    method != "get" && !QUESTIONS.contains(&name)
}

fn describe_parameters(method: &str, operation: &mut Value) {
    let has_tag = operation["responses"]["200"]["headers"]
        .get("ETag")
        .is_some();
    let mut added = Vec::new();
    if method == "post" {
        added.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "Carries the request out once, and answers repetitions for 24 hours \
                            with what was answered first",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255 },
        }));
    }
    if method == "get" && has_tag {
        added.push(json!({
            "name": "If-None-Match", "in": "header", "required": false,
            "description": "The `ETag` that you have",
            "schema": { "type": "string" },
        }));
    }
    if is_change(method, operation) {
        added.push(json!({
            "name": "dry_run", "in": "query", "required": false,
            "description": "Validate and show the impact, but change nothing: connections that \
                            would close (absent where that cannot be known), imports that would \
                            break, and what would be allowed then",
            "schema": { "type": "boolean", "default": false },
        }));
    }
    if added.is_empty() {
        return;
    }
    if let Some(operation) = operation.as_object_mut() {
        let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
        if let Some(parameters) = parameters.as_array_mut() {
            parameters.extend(added);
        }
    }
}

/// What a dry run answers where there is nothing else to show.
fn preview() -> Value {
    json!({ "type": "object", "required": ["impact"], "properties": {
        "impact": { "$ref": "#/components/schemas/Impact" },
    }})
}

/// Errors are problem+json on every operation, the server's own too.
fn describe_responses(method: &str, operation: &mut Value) {
    let is_change = is_change(method, operation);
    let Some(responses) = operation["responses"].as_object_mut() else {
        return;
    };
    for (status, text) in [("200", "Done"), ("201", "Made"), ("204", "Done")] {
        let Some(response) = responses.get_mut(status) else {
            continue;
        };
        response["description"] = json!(text);
        let json = response.pointer_mut("/content/application~1json");
        if let (true, Some(content)) = (is_change, json) {
            // A dry run answers the same, and says what the change would do.
            let view = content["schema"].take();
            content["schema"] = json!({ "allOf": [view, { "type": "object", "properties": {
                "impact": { "$ref": "#/components/schemas/Impact" },
            }}]});
        }
    }
    let is_file = |response: &Value| {
        let content = response["content"].as_object();
        content.is_some_and(|content| !content.contains_key("application/json"))
    };
    if is_change && responses.get("200").is_some_and(is_file) {
        responses["200"]["content"]["application/json"] = json!({ "schema": preview() });
    }
    if is_change && responses.contains_key("204") {
        responses.insert(
            "200".to_owned(),
            json!({
                "description": "What it would do: a dry run",
                "content": { "application/json": { "schema": preview() } },
            }),
        );
    }
    let has_tag = |response: &Value| response["headers"].get("ETag").is_some();
    if method == "get" && responses.get("200").is_some_and(has_tag) {
        let not_modified = json!({ "description": "You have it: `If-None-Match`" });
        responses.insert("304".to_owned(), not_modified);
    }
    if let Some(mut problem) = responses.remove("4XX") {
        problem["description"] = json!("What is wrong with the request");
        if let Some(schema) = problem["content"]["application/json"].as_object().cloned() {
            problem["content"] = json!({ "application/problem+json": schema });
        }
        let mut ours = problem.clone();
        ours["description"] = json!("What is wrong with the server");
        responses.insert("4XX".to_owned(), problem);
        responses.insert("5XX".to_owned(), ours);
    }
}
