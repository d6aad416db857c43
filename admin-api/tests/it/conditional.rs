//! Versions: nobody overwrites what they have not seen, and nobody fetches what they have.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, Stack, http, on_both_databases};

on_both_databases!(
    a_stale_change_is_refused,
    every_policy_needs_if_match,
    who_has_it_is_told_so,
    a_merge_patch_removes_with_null,
    settings_of_the_installation_have_versions,
);

async fn send(
    stack: &Stack,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<Value>,
) -> Answer {
    let request = http().request(method, stack.url(&format!("/api/v1{path}")));
    let request = request.bearer_auth(&stack.token);
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    Answer::read(match body {
        Some(body) => request.json(&body),
        None => request,
    })
    .await
}

async fn a_stale_change_is_refused(stack: Stack) {
    let made = stack.account("acme").await;
    assert_eq!(made["version"], 1);
    let seen = stack.get("/accounts/acme").await.headers["etag"]
        .to_str()
        .unwrap()
        .to_owned();
    let patch = |name: &str| Some(json!({ "name": name }));
    let change = async |tag: &str, name: &str| {
        let headers = [("if-match", tag)];
        send(
            &stack,
            Method::PATCH,
            "/accounts/acme",
            &headers,
            patch(name),
        )
        .await
    };
    let first = change(&seen, "First").await;
    first.expect(StatusCode::OK);
    assert_eq!(first.body["version"], 2);
    let second = change(&seen, "Second").await;
    second.expect_problem(412, "precondition_failed");
    let third = change(first.headers["etag"].to_str().unwrap(), "Third").await;
    third.expect(StatusCode::OK);
    // The version that a list shows is enough.
    let listed = stack.get("/accounts").await.body["data"][0]["version"].clone();
    change(&format!("\"{listed}\""), "Fourth")
        .await
        .expect(StatusCode::OK);
    change("*", "Fifth").await.expect(StatusCode::OK);
    change("fifth", "Sixth")
        .await
        .expect_problem(400, "bad_request");
    assert_eq!(stack.get("/accounts/acme").await.body["name"], "Fifth");
    let stale = [("if-match", seen.as_str())];
    let deleted = send(&stack, Method::DELETE, "/accounts/acme", &stale, None).await;
    deleted.expect_problem(412, "precondition_failed");
}

/// Changes that nobody has to look at before: what they name is there or it is not.
const BLIND: [(&str, &str); 12] = [
    ("delete_api_key", "a leaked credential must go at once"),
    ("delete_personal_key", "a leaked credential must go at once"),
    ("delete_session", "a session is a credential"),
    ("delete_other_sessions", "sessions are credentials"),
    ("sign_out", "the session that asks is what ends"),
    ("delete_invitation", "a link is a credential"),
    ("delete_share_link", "a link is a credential"),
    ("revoke_activation", "an activation is a credential"),
    ("delete_totp", "the caller's own, which only they have"),
    ("update_session", "the place of the session that asks"),
    (
        "withdraw_import_request",
        "what was decided meanwhile is a conflict",
    ),
    (
        "cancel_operator_rotation",
        "there is one, and it is too late or it is not",
    ),
];

/// Every change of what is there says what the caller saw, or nothing is changed. The exceptions
/// are named, and are exceptions in the document too.
async fn every_policy_needs_if_match(stack: Stack) {
    stack.account("acme").await;
    let document: Value = serde_json::from_str(&admin_api::openapi_json()).unwrap();
    let mut blind = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if !["put", "patch", "delete"].contains(&method.as_str()) {
                continue;
            }
            let name = operation["operationId"].as_str().unwrap();
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let is_needed = |one: &Value| one["name"] == "If-Match" && one["required"] == true;
            let is_needed = parameters.clone().any(is_needed);
            if BLIND.iter().any(|(blind, _)| *blind == name) {
                assert!(!is_needed, "{name} is no exception");
                blind.push(name);
                continue;
            }
            assert!(
                is_needed,
                "{name} must take `IfMatch`, or say why not in `BLIND`"
            );
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let path = path
                .replace("{account}", "acme")
                .replace("{org}", "default");
            let path = path.replace("/api/v1", "");
            let answer = send(&stack, method, &path, &[], Some(json!({}))).await;
            answer.expect_problem(428, "precondition_required");
        }
    }
    assert_eq!(
        blind.len(),
        BLIND.len(),
        "exceptions that are gone: {blind:?}"
    );
}

async fn who_has_it_is_told_so(stack: Stack) {
    stack.account("acme").await;
    let first = stack.get("/accounts/acme").await;
    let tag = first.headers["etag"].to_str().unwrap();
    let weak = format!("W/{tag}");
    for seen in [tag, "*", &weak, &format!("\"0-00\", {tag}")] {
        let headers = [("if-none-match", seen)];
        let again = send(&stack, Method::GET, "/accounts/acme", &headers, None).await;
        again.expect(StatusCode::NOT_MODIFIED);
        assert_eq!(
            (again.text.as_str(), &again.headers["etag"]),
            ("", &first.headers["etag"])
        );
    }
    let patch = Some(json!({ "name": "Acme" }));
    stack
        .send(Method::PATCH, "/accounts/acme", patch)
        .await
        .expect(StatusCode::OK);
    let headers = [("if-none-match", tag)];
    let changed = send(&stack, Method::GET, "/accounts/acme", &headers, None).await;
    assert_eq!(changed.expect(StatusCode::OK).body["name"], "Acme");
}

async fn a_merge_patch_removes_with_null(stack: Stack) {
    stack.account("acme").await;
    let patch = async |body: Value| {
        stack
            .send(Method::PATCH, "/accounts/acme", Some(body))
            .await
    };
    let limits =
        json!({ "limits": { "connections": 5, "payload_bytes": 100, "burst_seconds": 9 } });
    let limited = patch(limits).await;
    assert_eq!(limited.body["limits"]["connections"], 5, "{}", limited.text);
    let lifted = patch(json!({ "limits": { "connections": null } })).await;
    assert_eq!(lifted.body["limits"]["connections"], -1);
    assert_eq!(
        lifted.body["limits"]["payload_bytes"], 100,
        "what is absent stays"
    );
    let all = patch(json!({ "limits": null })).await;
    assert_eq!(all.body["limits"]["payload_bytes"], -1);
    assert_eq!(all.body["limits"]["burst_seconds"], 1);
    patch(json!({ "name": null }))
        .await
        .expect_problem(422, "invalid");
    let wrong = patch(json!({ "limits": { "connections": "many" } })).await;
    wrong.expect_problem(422, "invalid");
    assert_eq!(wrong.body["errors"][0]["pointer"], "/limits/connections");
    let unknown = patch(json!({ "nmae": "x" })).await;
    assert_eq!(
        unknown.expect_problem(422, "invalid").body["errors"][0]["code"],
        "unknown_field"
    );
    let headers = [
        ("if-match", "*"),
        ("content-type", "application/merge-patch+json"),
    ];
    let request = http()
        .patch(stack.url("/api/v1/accounts/acme"))
        .bearer_auth(&stack.token);
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    let named = Answer::read(request.body("{\"name\":\"Merged\"}")).await;
    assert_eq!(named.expect(StatusCode::OK).body["name"], "Merged");
}

async fn settings_of_the_installation_have_versions(stack: Stack) {
    let first = stack.get("/settings").await;
    assert_eq!(first.body["version"], 1, "as they were made");
    let seen = first.headers["etag"].to_str().unwrap();
    let headers = [("if-match", seen)];
    let change = |seconds: u32| Some(json!({ "session_seconds": seconds }));
    let patch = async |seconds| {
        send(
            &stack,
            Method::PATCH,
            "/settings",
            &headers,
            change(seconds),
        )
        .await
    };
    let tried = send(
        &stack,
        Method::PATCH,
        "/settings?dry_run=true",
        &headers,
        change(900),
    )
    .await;
    tried.expect(StatusCode::OK);
    let changed = patch(600).await;
    assert_eq!(changed.expect(StatusCode::OK).body["version"], 2);
    patch(700).await.expect_problem(412, "precondition_failed");
    let now = stack.get("/settings").await;
    assert_eq!(now.body["session_seconds"], 600);
    assert_eq!(now.headers["etag"], changed.headers["etag"]);
}
