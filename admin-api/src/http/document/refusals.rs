//! What is refused, and with which status: it follows from what an operation takes.
//!
//! A handler documents only what nobody would expect of it. Every refusal has one shape,
//! `application/problem+json`; `docs/problems.md` has the codes.

use serde_json::{Map, Value, json};

use super::Facts;

/// A status, the name of its component, and what it means.
const REFUSALS: [(&str, &str, &str); 15] = [
    ("400", "BadRequest", "The request cannot be read"),
    (
        "401",
        "Unauthorized",
        "No credential, or none that is good now",
    ),
    ("403", "Forbidden", "The credential may not do this"),
    (
        "404",
        "NotFound",
        "Nothing of that name is visible to the credential",
    ),
    (
        "409",
        "Conflict",
        "It contradicts what is there, or a request with the same key is in work",
    ),
    ("410", "Gone", "It was there, and is not any more"),
    (
        "412",
        "PreconditionFailed",
        "It is not what `If-Match` says any more",
    ),
    ("413", "TooLarge", "The body is too large"),
    (
        "415",
        "UnsupportedMediaType",
        "The body is of another type than is needed",
    ),
    (
        "421",
        "Misdirected",
        "This listener does not answer to the name in `Host`",
    ),
    (
        "422",
        "Unprocessable",
        "It can be read, but not carried out: `errors` names the fields",
    ),
    ("428", "PreconditionRequired", "`If-Match` is missing"),
    ("429", "TooManyRequests", "Too many requests"),
    (
        "500",
        "Internal",
        "The server failed; its log has the cause under the request id",
    ),
    (
        "503",
        "Unavailable",
        "Something that the server needs is away, or it is too busy",
    ),
];

/// Writes the refusals of an operation in the place of `4XX`, which stands for all of them.
pub(super) fn describe(facts: &Facts, operation: &mut Value) {
    let Some(responses) = operation["responses"].as_object_mut() else {
        return;
    };
    if responses.remove("4XX").is_none() {
        return;
    }
    for (status, name, _) in REFUSALS {
        // What the handler says itself has the same shape.
        if is_refused(facts, status) || responses.contains_key(status) {
            let reference = json!({ "$ref": format!("#/components/responses/{name}") });
            responses.insert(status.to_owned(), reference);
        }
    }
}

/// Puts what they refer to in the place of references, for an operation that says more than others.
pub(super) fn write_out(operation: &mut Value) {
    let components = all();
    for answer in operation["responses"].as_object_mut().into_iter().flatten() {
        let name = answer.1["$ref"]
            .as_str()
            .and_then(|name| name.rsplit('/').next());
        if let Some(component) = name.and_then(|name| components.get(name)) {
            *answer.1 = component.clone();
        }
    }
}

fn is_refused(facts: &Facts, status: &str) -> bool {
    match status {
        "400" => !facts.is_get || facts.has_parameters,
        "401" => !facts.is_open,
        // Pages of other sites may not do what needs no credential either.
        "403" => !facts.is_open || !facts.is_get,
        "404" => facts.has_path,
        "409" => facts.is_change || facts.is_once,
        "412" => facts.if_match.is_some(),
        "413" => facts.has_body || facts.is_once,
        "415" => facts.has_body,
        "422" => facts.has_body || facts.is_change || facts.is_once,
        "428" => facts.if_match == Some(true),
        "421" | "429" | "500" | "503" => true,
        _ => false,
    }
}

/// The refusals that operations refer to.
pub(super) fn all() -> Value {
    let all = REFUSALS.iter().map(|(status, name, text)| {
        let answer = json!({
            "description": text,
            "headers": headers(status),
            "content": { "application/problem+json": {
                "schema": { "$ref": "#/components/schemas/Problem" },
            }},
        });
        ((*name).to_owned(), answer)
    });
    Value::Object(all.collect())
}

fn headers(status: &str) -> Map<String, Value> {
    let mut names = vec![
        ("X-Request-Id", "RequestId"),
        ("traceparent", "Traceparent"),
        ("Cache-Control", "CacheControl"),
    ];
    // What fails before anybody is known takes nothing of anybody's share.
    match status.starts_with('5') || status == "421" {
        true => names.extend([
            ("RateLimit", "CountedRateLimit"),
            ("RateLimit-Policy", "CountedRateLimitPolicy"),
        ]),
        false => names.extend([
            ("RateLimit", "RateLimit"),
            ("RateLimit-Policy", "RateLimitPolicy"),
        ]),
    }
    match status {
        "401" => names.push(("WWW-Authenticate", "WwwAuthenticate")),
        "429" | "503" => names.push(("Retry-After", "RetrySoon")),
        _ => {}
    }
    let reference = |name: &str| json!({ "$ref": format!("#/components/headers/{name}") });
    let headers = names.into_iter();
    headers
        .map(|(header, name)| (header.to_owned(), reference(name)))
        .collect()
}
