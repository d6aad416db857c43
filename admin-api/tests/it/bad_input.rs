//! Bad input gets a clear problem, never a panic, and changes nothing.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, Database, Stack, http, on_both_databases};

on_both_databases!(bad_bodies_point_at_the_field, strange_requests_get_problems);

async fn bad_bodies_point_at_the_field(stack: Stack) {
    stack.account("acme").await;
    let long = "n".repeat(129);
    let cases = [
        ("/accounts", json!({}), "/name"),
        ("/accounts", json!({ "name": 7 }), "/name"),
        ("/accounts", json!({ "name": "acme2", "nmae": 1 }), "/nmae"),
        ("/accounts", json!({ "name": "" }), "/name"),
        ("/accounts", json!({ "name": long }), "/name"),
        ("/accounts", json!({ "name": "a\u{0}b" }), "/name"),
        ("/accounts", json!({ "name": "42" }), "/slug"),
        (
            "/accounts",
            json!({ "name": "x", "slug": "UPPER" }),
            "/slug",
        ),
        (
            "/accounts",
            json!({ "name": "x", "slug": "acct_01j9zc0m5k8w3v7x2q4r6t1y0a" }),
            "/slug",
        ),
        (
            "/accounts",
            json!({ "name": "acme2", "org": "nobody" }),
            "/org",
        ),
        (
            "/accounts",
            json!({ "name": "acme2", "limits": { "imports": -2 } }),
            "/limits/imports",
        ),
        (
            "/accounts",
            json!({ "name": "acme2", "limits": { "importz": 1 } }),
            "/limits/importz",
        ),
        ("/accounts/acme/users", json!({ "name": "*" }), "/name"),
        ("/accounts/acme/users", json!({ "name": "a.b" }), "/name"),
        ("/accounts/acme/users", json!({ "name": "a b" }), "/name"),
        ("/accounts/acme/users", json!({ "name": ">" }), "/name"),
        (
            "/accounts/acme/users",
            json!({ "name": "u", "public_key": "UABC" }),
            "/public_key",
        ),
        (
            "/accounts/acme/users",
            json!({ "name": "u", "expires_in_seconds": 0 }),
            "/expires_in_seconds",
        ),
        (
            "/accounts/acme/users",
            json!({ "name": "u", "expires_in_seconds": 31_536_001 }),
            "/expires_in_seconds",
        ),
        (
            "/accounts/acme/users",
            json!({ "name": "u", "expires_in_seconds": -1 }),
            "/expires_in_seconds",
        ),
        (
            "/accounts/acme/users",
            json!({ "name": "u", "limits": { "payload_bytes": -2 } }),
            "/limits/payload_bytes",
        ),
        (
            "/accounts/acme/users",
            json!({ "name": "u", "permissions": { "publish": { "allow": ["ok", "a..b"] } } }),
            "/permissions/publish/allow/1",
        ),
        (
            "/accounts/acme/users",
            json!({ "name": "u", "permissions": { "publish": { "deny": ["a queue"] } } }),
            "/permissions/publish/deny/0",
        ),
        (
            "/accounts/acme/users",
            json!({ "name": "u", "permissions": { "subscribe": { "allow": ["a\u{0}"] } } }),
            "/permissions/subscribe/allow/0",
        ),
        (
            "/accounts/acme/users",
            json!({ "name": "u", "permissions": { "allow_responses": { "max": 0 } } }),
            "/permissions/allow_responses",
        ),
        (
            "/accounts/acme/exports",
            json!({ "subject": "a b", "kind": "stream" }),
            "/subject",
        ),
        (
            "/accounts/acme/exports",
            json!({ "subject": "a.>.b", "kind": "stream" }),
            "/subject",
        ),
        (
            "/accounts/acme/exports",
            json!({ "subject": "a", "kind": "queue" }),
            "/kind",
        ),
        (
            "/accounts/acme/exports",
            json!({ "subject": "a", "kind": "stream", "response_type": "singleton" }),
            "/response_type",
        ),
        (
            "/accounts/acme/exports",
            json!({ "subject": "a", "kind": "stream", "allow": ["Not A Slug"] }),
            "/allow/0",
        ),
        (
            "/accounts/acme/exports",
            json!({ "subject": "a", "kind": "stream", "visibility": "public", "allow": ["x1"] }),
            "/allow",
        ),
        (
            "/accounts/acme/imports",
            json!({ "account": "x", "subject": "", "kind": "stream" }),
            "/subject",
        ),
        ("/orgs", json!({ "name": " " }), "/slug"),
        (
            "/api-keys",
            json!({ "name": "k", "account": "nobody" }),
            "/account",
        ),
        ("/api-keys", json!({ "name": "k", "org": "a\u{0}" }), "/org"),
        (
            "/api-keys",
            json!({ "name": "k", "expires_in_seconds": 99_999_999 }),
            "/expires_in_seconds",
        ),
    ];
    for (path, body, pointer) in cases {
        let answer = stack.post(path, body.clone()).await;
        answer.expect_problem(422, "invalid");
        assert_eq!(
            answer.body["errors"][0]["pointer"], pointer,
            "{body}: {}",
            answer.text
        );
    }
    let listed = stack.get("/accounts").await;
    assert_eq!(
        listed.body["data"].as_array().unwrap().len(),
        1,
        "nothing was made"
    );
    assert_eq!(stack.get("/accounts/acme").await.body["generation"], 1);
}

async fn raw(stack: &Stack, kind: Option<&str>, body: impl Into<reqwest::Body>) -> Answer {
    let mut request = http()
        .post(stack.url("/api/v1/accounts"))
        .bearer_auth(&stack.token)
        .body(body);
    if let Some(kind) = kind {
        request = request.header("content-type", kind);
    }
    Answer::read(request).await
}

async fn strange_requests_get_problems(stack: Stack) {
    for broken in [
        "",
        "{",
        "{\"name\":\"x\"",
        "{\"name\":\"x\"} x",
        "nul",
        "\u{feff}{}",
    ] {
        raw(&stack, None, broken)
            .await
            .expect_problem(400, "bad_request");
    }
    raw(&stack, None, vec![0xff, 0xfe, b'{', b'}'])
        .await
        .expect_problem(400, "bad_request");
    raw(&stack, None, "[".repeat(100_000))
        .await
        .expect_problem(400, "bad_request");
    raw(&stack, None, "[]").await.expect_problem(422, "invalid");
    raw(&stack, Some("text/plain"), "{\"name\":\"x1\"}")
        .await
        .expect_problem(415, "unsupported_media_type");
    let large = format!("{{\"name\":\"{}\"}}", "x".repeat(2 << 20));
    raw(&stack, None, large)
        .await
        .expect_problem(413, "too_large");

    // What `curl -d` sends, what a library sends, and nothing at all.
    for (at, kind) in [
        Some("application/x-www-form-urlencoded"),
        Some("application/json; charset=utf-8"),
        None,
    ]
    .into_iter()
    .enumerate()
    {
        let made = raw(&stack, kind, format!("{{\"name\":\"good{at}\"}}")).await;
        made.expect(StatusCode::CREATED);
    }

    for path in [
        "/nothing",
        "/accounts/nobody",
        "/accounts/%00",
        "/accounts/%ff",
        "/accounts/a%00b/users",
    ] {
        stack.get(path).await.expect_problem(404, "not_found");
    }
    let wrong_method = stack.send(Method::PUT, "/accounts", None).await;
    wrong_method.expect_problem(405, "method_not_allowed");
    for query in [
        "limit=0",
        "limit=501",
        "limit=x",
        "limit=-1",
        "cursor=!",
        "page=2",
    ] {
        stack
            .get(&format!("/accounts?{query}"))
            .await
            .expect_problem(400, "bad_request");
    }
    stack
        .get("/accounts?cursor=YSBPUiAxPTE")
        .await
        .expect_problem(400, "bad_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_its_id_and_safe_headers() {
    let stack = Stack::start(Database::Sqlite).await;
    let request = http()
        .get(stack.url("/api/v1/whoami"))
        .bearer_auth(&stack.token)
        .header("x-request-id", "trace-1");
    let answer = Answer::read(request).await;
    assert_eq!(answer.headers["x-request-id"], "trace-1");
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    let request = http()
        .get(stack.url("/api/v1/whoami"))
        .header("x-request-id", "<script>");
    let answer = Answer::read(request).await;
    answer.expect_problem(401, "unauthorized");
    assert!(
        answer.headers["x-request-id"]
            .to_str()
            .unwrap()
            .starts_with("req_")
    );
    assert_eq!(answer.headers["www-authenticate"], "Bearer");

    let page = Answer::read(http().get(stack.url("/accounts/acme"))).await;
    page.expect(StatusCode::OK);
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'self'"), "{policy}");
    Answer::read(http().get(stack.url("/assets/none.js")))
        .await
        .expect_problem(404, "not_found");
    Answer::read(http().post(stack.url("/")))
        .await
        .expect_problem(405, "method_not_allowed");
    Answer::read(http().get(stack.url("/healthz")))
        .await
        .expect(StatusCode::OK);
    let ready = Answer::read(http().get(stack.url("/readyz"))).await;
    assert_eq!(
        ready.body,
        json!({ "status": "ready", "database": "ok", "engine": "ok" }) as Value
    );
}
