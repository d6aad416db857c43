//! The OpenAPI document: what handlers say of themselves, and what holds for all of them.
//!
//! Conventions are written in here once, so that no endpoint can forget to document them: what an
//! operation takes ([`parameters`]), who may call it ([`security`]), what it answers when all is
//! well and with which headers ([`answers`]), and what it refuses ([`refusals`]).

use serde_json::{Value, json};
use utoipa::OpenApi;

use super::deprecation::{self, Deprecation};
use super::idempotency;
use super::impact::{BrokenImports, Impact};

mod answers;
mod parameters;
mod refusals;
mod security;

/// What has no dry run: a question changes nothing, and what begins, ends or proves a session
/// cannot be tried ([`super::dry_run::InEarnest`]).
const QUESTIONS: [&str; 18] = [
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
    "enroll_device",
    "renew_device",
];

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tidegate",
        description = "Accounts, users and sharing of a multi-tenant NATS service.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(Impact, BrokenImports))
)]
pub(super) struct Doc;

/// The document with everything that holds for all endpoints, and what `table` says of some.
pub(super) fn complete(doc: &utoipa::openapi::OpenApi, table: &[Deprecation]) -> Value {
    let mut doc = serde_json::to_value(doc).unwrap_or_default();
    let schemas = doc["components"]["schemas"].take();
    for (path, item) in doc["paths"].as_object_mut().into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            let rights = security::take_rights(operation);
            parameters::describe_places(operation);
            let facts = Facts::of(path, method, operation);
            parameters::describe(&facts, operation);
            parameters::describe_body(operation);
            security::describe(&facts, &rights, operation);
            answers::describe(&facts, operation, &schemas);
            refusals::describe(&facts, operation);
            if Deprecation::of(table, operation).is_some() {
                refusals::write_out(operation);
            }
            deprecation::mark(operation, table);
        }
    }
    doc["components"] = json!({
        "headers": answers::headers(),
        "parameters": parameters::all(),
        "responses": refusals::all(),
        "schemas": schemas,
        "securitySchemes": security::schemes(),
    });
    open_parts(&mut doc);
    doc
}

/// What the conventions look at: an operation as its handler describes it.
#[derive(Debug)]
struct Facts {
    is_get: bool,
    /// Changes something, and so may be tried.
    is_change: bool,
    /// Knows `Idempotency-Key`.
    is_once: bool,
    /// Needs no credential.
    is_open: bool,
    /// Is a signed-in person's own business.
    is_of_session: bool,
    /// Names a thing in its path.
    has_path: bool,
    has_body: bool,
    /// Reads its query or a header of its own.
    has_parameters: bool,
    /// Answers a view that has a tag, version or not.
    has_tag: bool,
    /// Whether it takes `If-Match`, and whether it needs it.
    if_match: Option<bool>,
}

impl Facts {
    fn of(path: &str, method: &str, operation: &Value) -> Self {
        let (is_get, is_post) = (method == "get", method == "post");
        let name = operation["operationId"].as_str().unwrap_or_default();
        let own = || operation["parameters"].as_array().into_iter().flatten();
        let content = operation["responses"]["200"]["content"].as_object();
        let if_match = own().find(|parameter| parameter["name"] == "If-Match");
        Self {
            is_get,
            is_change: !is_get && !QUESTIONS.contains(&name),
            is_once: is_post && idempotency::is_kept(path),
            is_open: operation["security"] == json!([{}]),
            is_of_session: path.starts_with("/api/v1/session"),
            has_path: path.contains('{'),
            has_body: operation.get("requestBody").is_some(),
            has_parameters: own().any(|parameter| parameter["in"] != "path"),
            has_tag: is_get
                && content.is_some_and(|content| content.contains_key("application/json")),
            if_match: if_match.map(|parameter| parameter["required"] == true),
        }
    }
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
