//! Events: every change once and in order, as pages and as a stream that ends with its key.

use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, DEADLINE, Stack, TRACE, eventually, http, on_both_databases};
use crate::people::Person;

on_both_databases!(
    every_change_is_an_event_once,
    a_stream_goes_on_where_it_was_left,
    a_stream_ends_with_its_key,
    a_stream_ends_with_its_session,
    streams_have_a_bound,
);

async fn kinds(stack: &Stack, token: &str, path: &str) -> Vec<String> {
    let answer = stack.send_as(token, Method::GET, path, None).await;
    let data = answer.expect(StatusCode::OK).body["data"]
        .as_array()
        .unwrap()
        .clone();
    data.iter()
        .map(|event| event["type"].as_str().unwrap().to_owned())
        .collect()
}

async fn every_change_is_an_event_once(stack: Stack) {
    stack.account("acme").await;
    stack.account("globex").await;
    stack
        .post("/accounts?dry_run=true", json!({ "name": "dry" }))
        .await;
    stack.post("/accounts", json!({ "name": "" })).await;
    let users = (0..10).map(|n| {
        let body = json!({ "name": format!("u{n}") });
        stack.post("/accounts/acme/users", body)
    });
    for made in futures_util::future::join_all(users).await {
        made.expect(StatusCode::CREATED);
    }
    let key = stack.account_key("acme").await;
    let all = || async { kinds(&stack, &stack.token, "/events").await };
    eventually("all is published", || async { all().await.len() == 13 }).await;
    let events = stack.get("/events?limit=500").await;
    let seqs: Vec<&str> = events.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["seq"].as_str().unwrap())
        .collect();
    assert!(seqs.windows(2).all(|pair| pair[0] < pair[1]), "{seqs:?}");
    assert_eq!(
        kinds(&stack, &key, "/events?filter[type]=account.create")
            .await
            .len(),
        1
    );
    assert_eq!(
        kinds(&stack, &key, "/events").await.len(),
        12,
        "globex is not its business"
    );
    assert!(!events.text.contains("creds") && !events.text.contains(&key));
}

/// Opens a stream: what changes from now on is in it.
async fn open(stack: &Stack, token: &str, last: Option<&str>) -> Response {
    let request = http()
        .get(stack.url("/api/v1/events/stream"))
        .bearer_auth(token);
    let request = match last {
        Some(seq) => request.header("last-event-id", seq),
        None => request,
    };
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    response
}

/// Reads until there are `count` events, or to the end of the stream.
async fn read(mut stream: Response, count: usize) -> Vec<Value> {
    let (mut text, mut seen) = (String::new(), Vec::new());
    while seen.len() < count {
        let Ok(Some(bytes)) = stream.chunk().await else {
            break;
        };
        text.push_str(std::str::from_utf8(&bytes).unwrap());
        let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
        seen = data
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
    }
    seen
}

async fn a_stream_goes_on_where_it_was_left(stack: Stack) {
    stack.account("acme").await;
    eventually("it is published", || async {
        kinds(&stack, &stack.token, "/events").await.len() == 1
    })
    .await;
    let stream = open(&stack, &stack.token, None).await;
    let users = "/accounts/acme/users";
    stack.post(users, json!({ "name": "one" })).await;
    stack.post_traced(users, &json!({ "name": "two" })).await;
    let seen = read(stream, 2).await;
    let traces = [&seen[0]["trace_id"], &seen[1]["trace_id"]];
    assert_eq!(traces, [&Value::Null, &json!(TRACE)]);
    let listed = stack.get("/events").await.body["data"].clone();
    assert_eq!(listed.as_array().unwrap().last(), seen.last(), "as pages");
    let names: Vec<&Value> = seen.iter().map(|event| &event["object"]["name"]).collect();
    assert_eq!(
        names,
        ["one", "two"],
        "what was there before is not sent: {seen:?}"
    );
    let first = seen[0]["seq"].as_str().unwrap();
    let again = read(open(&stack, &stack.token, Some(first)).await, 1).await;
    assert_eq!(again[0], seen[1]);
    let bad = http()
        .get(stack.url("/api/v1/events/stream"))
        .bearer_auth(&stack.token);
    let refused = Answer::read(bad.header("last-event-id", "7")).await;
    refused.expect_problem(400, "bad_request");
}

async fn a_stream_ends_with_its_session(stack: Stack) {
    stack.account("acme").await;
    let body = json!({ "email": "a@example.org", "role": "account_admin", "account": "acme" });
    let link = stack.post("/invitations", body).await;
    let ada = Person::join(&stack, &link, "Ada").await;
    let url = stack.url("/api/v1/events/stream");
    let with_cookie = |request: RequestBuilder| request.header("cookie", &ada.cookie);
    let stream = with_cookie(http().get(&url)).send().await.unwrap();
    assert_eq!(stream.status(), StatusCode::OK);
    // No credential is taken from a URL, where logs would keep it.
    for query in ["token", "access_token", "api_key"] {
        let path = format!("/events/stream?{query}={}", stack.token);
        let refused = stack.send_as("", Method::GET, &path, None).await;
        refused.expect_problem(401, "unauthorized");
    }
    let begun = Instant::now();
    ada.send(&stack, Method::DELETE, "/session", None).await;
    let ended = tokio::time::timeout(DEADLINE, read(stream, 1000)).await;
    assert!(ended.is_ok_and(|seen| seen.len() < 1000));
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}

async fn streams_have_a_bound(stack: Stack) {
    let mut streams = Vec::new();
    let refused = loop {
        let request = http().get(stack.url("/api/v1/events/stream"));
        let response = request.bearer_auth(&stack.token).send().await.unwrap();
        match response.status() {
            StatusCode::OK => streams.push(response),
            status => break status,
        }
    };
    assert_eq!(
        (refused, streams.len()),
        (StatusCode::SERVICE_UNAVAILABLE, 256)
    );
    streams.pop();
    eventually("a place is free again", || async {
        let request = http().get(stack.url("/api/v1/events/stream"));
        let response = request.bearer_auth(&stack.token).send().await.unwrap();
        response.status() == StatusCode::OK
    })
    .await;
}

async fn a_stream_ends_with_its_key(stack: Stack) {
    stack.account("acme").await;
    let key = stack.account_key("acme").await;
    let whoami = stack.send_as(&key, Method::GET, "/whoami", None).await;
    let path = format!("/api-keys/{}", whoami.body["id"].as_str().unwrap());
    let stream = open(&stack, &key, None).await;
    stack.delete(&path).await.expect(StatusCode::NO_CONTENT);
    let begun = Instant::now();
    // More events than ever come: only the end of the stream ends the reading in time.
    let ended = tokio::time::timeout(DEADLINE, read(stream, 1000)).await;
    assert!(ended.is_ok_and(|seen| seen.len() < 1000));
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}
