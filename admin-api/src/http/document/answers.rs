//! What is answered when all is well: dry runs, tags, and the headers that every answer has.

use serde_json::{Map, Value, json};

use super::Facts;

/// Operations that hand a session's cookie to the browser, or take one away.
const COOKIES: [&str; 7] = [
    "sign_in",
    "sign_out",
    "accept_invitation",
    "reset_password",
    "verify_totp",
    "start_provider_sign_in",
    "finish_provider_sign_in",
];

/// Completes the good answers of an operation.
pub(super) fn describe(facts: &Facts, operation: &mut Value, schemas: &Value) {
    let name = operation["operationId"].as_str().unwrap_or_default();
    let sets_cookie = COOKIES.contains(&name);
    let Some(responses) = operation["responses"].as_object_mut() else {
        return;
    };
    if facts.has_tag {
        let not_modified = json!({ "description": "You have it: `If-None-Match`" });
        responses.insert("304".to_owned(), not_modified);
    }
    for (status, answer) in responses.iter_mut() {
        if status.starts_with(['2', '3']) {
            let headers = headers_of(facts, status, answer, sets_cookie, schemas);
            answer["headers"] = Value::Object(headers);
        }
    }
    describe_bodies(facts, responses);
}

fn describe_bodies(facts: &Facts, responses: &mut Map<String, Value>) {
    for (status, text) in [("200", "Done"), ("201", "Made"), ("204", "Done")] {
        let Some(response) = responses.get_mut(status) else {
            continue;
        };
        response["description"] = json!(text);
        let json = response.pointer_mut("/content/application~1json");
        if let (true, Some(content)) = (facts.is_change, json) {
            // A dry run answers the same, and says what the change would do.
            let view = content["schema"].take();
            content["schema"] = json!({ "allOf": [view, { "type": "object", "properties": {
                "impact": { "$ref": "#/components/schemas/Impact" },
            }}]});
        }
    }
    if facts.is_change && responses.contains_key("204") {
        let headers = responses["204"]["headers"].clone();
        responses.insert(
            "200".to_owned(),
            json!({
                "description": "What it would do: a dry run",
                "content": { "application/json": { "schema": preview() } },
                "headers": headers,
            }),
        );
    }
}

/// What a dry run answers where there is nothing else to show.
fn preview() -> Value {
    json!({ "type": "object", "required": ["impact"], "properties": {
        "impact": { "$ref": "#/components/schemas/Impact" },
    }})
}

/// The headers of one good answer; those of its handler are among them.
fn headers_of(
    facts: &Facts,
    status: &str,
    answer: &Value,
    sets_cookie: bool,
    schemas: &Value,
) -> Map<String, Value> {
    let mut names = vec![
        "X-Request-Id",
        "RateLimit",
        "RateLimit-Policy",
        "traceparent",
    ];
    let own = answer["headers"].as_object();
    names.extend(own.into_iter().flatten().map(|(name, _)| name.as_str()));
    let is_made = status == "201" || status == "200";
    let fields = members(&answer["content"]["application/json"]["schema"], schemas);
    let has = |name: &str| fields.iter().any(|field| field == name);
    // A row says which version it is, its tag too; other views have a tag when they are read.
    let is_row = is_made && has("version") && !has("has_more");
    if !names.contains(&"ETag") && (facts.has_tag || is_row) {
        names.push("ETag");
    }
    if facts.is_once && status.starts_with('2') {
        names.push("Idempotency-Replayed");
    }
    if facts.is_change && status.starts_with('2') {
        names.push("Dry-Run");
    }
    if status == "202" && own.is_some_and(|own| own.contains_key("Location")) {
        names.push("Preference-Applied");
    }
    if status == "303" {
        names.push("Location");
    }
    if sets_cookie {
        names.push("Set-Cookie");
    }
    let is_file = answer["content"].get("application/octet-stream").is_some();
    let begins_session = sets_cookie && (is_made || status == "303");
    let is_secret = is_file || begins_session || (is_made && has("withheld"));
    if is_secret && !names.contains(&"Cache-Control") {
        names.push("Cache-Control");
    }
    let reference = |name: &str| {
        let component = match name {
            "ETag" if facts.has_tag => "Tag".to_owned(),
            name => component(name),
        };
        json!({ "$ref": format!("#/components/headers/{component}") })
    };
    let headers = names
        .into_iter()
        .map(|name| (name.to_owned(), reference(name)));
    headers.collect()
}

/// `X-Request-Id` is `RequestId`.
fn component(header: &str) -> String {
    let parts = header.trim_start_matches("X-").split('-');
    let parts = parts.map(|part| part[..1].to_uppercase() + &part[1..]);
    parts.collect()
}

/// The members that a view may have.
fn members(schema: &Value, schemas: &Value) -> Vec<String> {
    if let Some(name) = schema["$ref"]
        .as_str()
        .and_then(|name| name.rsplit('/').next())
    {
        return members(&schemas[name], schemas);
    }
    let own = schema["properties"].as_object().into_iter().flatten();
    let parts = schema["allOf"].as_array().into_iter().flatten();
    own.map(|(name, _)| name.clone())
        .chain(parts.flat_map(|part| members(part, schemas)))
        .collect()
}

/// The headers that answers refer to. The required ones are sent with every answer that names them.
pub(super) fn headers() -> Value {
    let text = |required: bool, description: &str, example: &str| {
        json!({
            "description": description, "required": required,
            "schema": { "type": "string" }, "example": example,
        })
    };
    let constant = |required: bool, description: &str, value: &str| {
        json!({
            "description": description, "required": required,
            "schema": { "type": "string", "const": value },
        })
    };
    json!({
        "RequestId": text(
            true, "Names the request in logs, audit and errors", "req_01j9zc0m5k8w3v7x2q4r6t1y0a"),
        "Traceparent": text(
            false, "The trace of the request's `traceparent`, and our part of it",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        "RateLimit": text(
            true, "What is left of the share: `r` requests, and `t` seconds until there are more",
            "\"credential\";r=999;t=1"),
        "RateLimitPolicy": text(
            true, "The share: `q` requests in `w` seconds, of the credential or the address",
            "\"credential\";q=1000;w=1"),
        "Tag": text(true, "Stands for what is answered: `If-None-Match`", "\"7-0a1b2c3d4e5f6071\""),
        "ETag": text(
            false, "The version that it has now, for `If-Match`; absent in a dry run",
            "\"7-0a1b2c3d4e5f6071\""),
        "CountedRateLimit": text(
            false, "What is left of the share, where the request was counted",
            "\"credential\";r=999;t=1"),
        "CountedRateLimitPolicy": text(
            false, "The share, where the request was counted", "\"credential\";q=1000;w=1"),
        "IdempotencyReplayed": constant(
            false, "This is the first answer to this `Idempotency-Key`, once more", "true"),
        "DryRun": constant(false, "Nothing was changed: `impact` says what would be", "true"),
        "PreferenceApplied": constant(true, "The work goes on after the answer", "respond-async"),
        "CacheControl": constant(true, "It has a secret: nobody may keep it", "no-store"),
        "Location": text(
            true, "Where to go on", "/api/v1/operations/opn_01j9zc0m5k8w3v7x2q4r6t1y0a"),
        "SetCookie": text(
            false, "The session's cookie, or the end of it; a replay after ten minutes has none",
            "tidegate_session=…; Path=/; HttpOnly; SameSite=Strict; Max-Age=604800"),
        "RetryAfter": {
            "description": "Seconds until it is worth asking again", "required": false,
            "schema": { "type": "integer", "minimum": 0 },
        },
        "RetrySoon": {
            "description": "Seconds to wait", "required": true,
            "schema": { "type": "integer", "minimum": 0 },
        },
        "WwwAuthenticate": constant(true, "How to show a credential", "Bearer"),
    })
}
