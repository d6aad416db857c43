//! Bad input gets a clear problem, never a panic, and changes nothing.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, Database, Stack, http, on_both_databases};

on_both_databases!(bad_bodies_point_at_the_field, strange_requests_get_problems);

/// Path, body, and the pointer of the field that is refused.
const BAD_BODIES: [(&str, &str, &str); 40] = [
    ("/accounts", r#"{}"#, "/name"),
    ("/accounts", r#"{"name":7}"#, "/name"),
    ("/accounts", r#"{"name":"acme2","nmae":1}"#, "/nmae"),
    ("/accounts", r#"{"name":""}"#, "/name"),
    ("/accounts", r#"{"name":"","slug":"ok-slug"}"#, "/name"),
    ("/accounts", r#"{"name":"a\u0000b"}"#, "/name"),
    ("/accounts", r#"{"name":"42"}"#, "/slug"),
    ("/accounts", r#"{"name":"x","slug":"UPPER"}"#, "/slug"),
    (
        "/accounts",
        r#"{"name":"x","slug":"acct_01j9zc0m5k8w3v7x2q4r6t1y0a"}"#,
        "/slug",
    ),
    ("/accounts", r#"{"name":"acme2","org":"nobody"}"#, "/org"),
    ("/accounts", r#"{"name":"acme2","org":"a\u0000"}"#, "/org"),
    (
        "/accounts",
        r#"{"name":"acme2","limits":{"imports":-2}}"#,
        "/limits/imports",
    ),
    (
        "/accounts",
        r#"{"name":"acme2","limits":{"user_connections":-2}}"#,
        "/limits/user_connections",
    ),
    (
        "/accounts",
        r#"{"name":"acme2","limits":{"burst_seconds":61}}"#,
        "/limits/burst_seconds",
    ),
    (
        "/accounts",
        r#"{"name":"acme2","limits":{"importz":1}}"#,
        "/limits/importz",
    ),
    ("/accounts/acme/users", r#"{"name":"*"}"#, "/name"),
    ("/accounts/acme/users", r#"{"name":"a.b"}"#, "/name"),
    ("/accounts/acme/users", r#"{"name":"a b"}"#, "/name"),
    ("/accounts/acme/users", r#"{"name":">"}"#, "/name"),
    (
        "/accounts/acme/users",
        r#"{"name":"usr_01j9zc0m5k8w3v7x2q4r6t1y0a"}"#,
        "/name",
    ),
    (
        "/accounts/acme/users",
        r#"{"name":"u","public_key":"UABC"}"#,
        "/public_key",
    ),
    (
        "/accounts/acme/users",
        r#"{"name":"u","expires_in_seconds":0}"#,
        "/expires_in_seconds",
    ),
    (
        "/accounts/acme/users",
        r#"{"name":"u","expires_in_seconds":31536001}"#,
        "/expires_in_seconds",
    ),
    (
        "/accounts/acme/users",
        r#"{"name":"u","expires_in_seconds":-1}"#,
        "/expires_in_seconds",
    ),
    (
        "/accounts/acme/users",
        r#"{"name":"u","limits":{"payload_bytes":-2}}"#,
        "/limits/payload_bytes",
    ),
    (
        "/accounts/acme/users",
        r#"{"name":"u","permissions":{"publish":{"allow":["ok","a..b"]}}}"#,
        "/permissions/publish/allow/1",
    ),
    (
        "/accounts/acme/users",
        r#"{"name":"u","permissions":{"publish":{"deny":["a queue"]}}}"#,
        "/permissions/publish/deny/0",
    ),
    (
        "/accounts/acme/users",
        r#"{"name":"u","permissions":{"subscribe":{"allow":["a\u0000"]}}}"#,
        "/permissions/subscribe/allow/0",
    ),
    (
        "/accounts/acme/users",
        r#"{"name":"u","permissions":{"allow_responses":{"max":0}}}"#,
        "/permissions/allow_responses",
    ),
    (
        "/accounts/acme/exports",
        r#"{"subject":"a b","kind":"stream"}"#,
        "/subject",
    ),
    (
        "/accounts/acme/exports",
        r#"{"subject":"a.>.b","kind":"stream"}"#,
        "/subject",
    ),
    (
        "/accounts/acme/exports",
        r#"{"subject":"a","kind":"queue"}"#,
        "/kind",
    ),
    (
        "/accounts/acme/exports",
        r#"{"subject":"a","kind":"stream","response_type":"singleton"}"#,
        "/response_type",
    ),
    (
        "/accounts/acme/exports",
        r#"{"subject":"a","kind":"stream","allow":["Not A Slug"]}"#,
        "/allow/0",
    ),
    (
        "/accounts/acme/exports",
        r#"{"subject":"a","kind":"stream","visibility":"public","allow":["x1"]}"#,
        "/allow",
    ),
    (
        "/accounts/acme/imports",
        r#"{"account":"x","subject":"","kind":"stream"}"#,
        "/subject",
    ),
    ("/orgs", r#"{"name":" "}"#, "/name"),
    (
        "/api-keys",
        r#"{"name":"k","account":"nobody"}"#,
        "/account",
    ),
    ("/api-keys", r#"{"name":"k","org":"a\u0000"}"#, "/org"),
    (
        "/api-keys",
        r#"{"name":"k","expires_in_seconds":99999999}"#,
        "/expires_in_seconds",
    ),
];

async fn bad_bodies_point_at_the_field(stack: Stack) {
    stack.account("acme").await;
    for (path, body, pointer) in BAD_BODIES {
        let answer = stack.post(path, serde_json::from_str(body).unwrap()).await;
        answer.expect_problem(422, "invalid");
        assert_eq!(
            answer.body["errors"][0]["pointer"], pointer,
            "{body}: {}",
            answer.text
        );
    }
    let long = stack
        .post(
            "/accounts",
            json!({ "name": "n".repeat(129), "slug": "long" }),
        )
        .await;
    assert_eq!(
        long.expect_problem(422, "invalid").body["errors"][0]["pointer"],
        "/name"
    );
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
    assert!(!answer.headers.contains_key("traceparent"), "nobody asked");
    assert!(answer.body["trace_id"].is_null());

    let trace = "0af7651916cd43dd8448eb211c80319c";
    let request = http()
        .get(stack.url("/api/v1/whoami"))
        .header("traceparent", format!("00-{trace}-b7ad6b7169203331-01"));
    let answer = Answer::read(request).await;
    assert_eq!(answer.body["trace_id"], trace);
    let echoed = answer.headers["traceparent"].to_str().unwrap();
    assert!(echoed.starts_with(&format!("00-{trace}-")), "{echoed}");
    assert!(echoed.ends_with("-01") && !echoed.contains("b7ad6b7169203331"));

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
