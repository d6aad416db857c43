//! The door: names that we answer to, proxies that are believed, rates, and HTTPS.

use std::num::NonZeroU32;

use reqwest::StatusCode;
use serde_json::json;

use crate::harness::{Answer, Stack, http, on_both_databases};

on_both_databases!(
    only_our_names_are_answered_to,
    only_named_proxies_are_believed,
    every_credential_has_a_rate,
    browsers_are_told_to_insist_on_https,
);

async fn only_our_names_are_answered_to(mut stack: Stack) {
    stack
        .restart_with(|config| config.door.hosts = vec!["api.example.com".to_owned()])
        .await;
    let under = async |host: &str, path: &str| {
        let request = http().get(stack.url(path)).bearer_auth(&stack.token);
        Answer::read(request.header("host", host)).await
    };
    for host in [
        "api.example.com",
        "API.example.com:443",
        "localhost",
        "192.0.2.7:8080",
    ] {
        under(host, "/api/v1/whoami").await.expect(StatusCode::OK);
    }
    for path in ["/api/v1/whoami", "/", "/api/v1/openapi.json"] {
        let refused = under("evil.example", path).await;
        refused.expect_problem(421, "host_not_allowed");
    }
    let probe = under("evil.example", "/healthz").await;
    probe.expect(StatusCode::OK);
}

async fn only_named_proxies_are_believed(mut stack: Stack) {
    let seen = async |stack: &Stack, name: &str| {
        let request = http()
            .post(stack.url("/api/v1/accounts"))
            .bearer_auth(&stack.token)
            .header("x-forwarded-for", "203.0.113.9, 198.51.100.7")
            .json(&json!({ "name": name }));
        Answer::read(request).await.expect(StatusCode::CREATED);
        let audit = stack.get("/audit?limit=1").await;
        audit.body["data"][0]["client_ip"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(seen(&stack, "one").await, "127.0.0.1");
    stack
        .restart_with(|config| config.door.proxies = vec!["127.0.0.0/8".parse().unwrap()])
        .await;
    assert_eq!(
        seen(&stack, "two").await,
        "198.51.100.7",
        "the last hop before ours"
    );
}

async fn every_credential_has_a_rate(mut stack: Stack) {
    stack.account("acme").await;
    let key = stack.account_key("acme").await;
    let few = NonZeroU32::new(5).unwrap();
    stack
        .restart_with(|config| config.requests_per_second = few)
        .await;
    let first = stack.get("/whoami").await;
    assert_eq!(first.headers["ratelimit-policy"], "\"credential\";q=5;w=1");
    assert_eq!(first.headers["ratelimit"], "\"credential\";r=4;t=1");
    let many = (0..20).map(|_| stack.get("/whoami"));
    let many = futures_util::future::join_all(many).await;
    let refused: Vec<_> = many.iter().filter(|answer| answer.status == 429).collect();
    assert!(!refused.is_empty());
    for answer in refused {
        answer.expect_problem(429, "rate_limited");
        assert_eq!(answer.headers["retry-after"], "1");
        assert_eq!(answer.headers["ratelimit"], "\"credential\";r=0;t=1");
    }
    // Another credential is not held back by it, and neither is whoever has none.
    let path = "/whoami";
    let other = stack.send_as(&key, reqwest::Method::GET, path, None).await;
    other.expect(StatusCode::OK);
    let nobody = stack.send_as("", reqwest::Method::GET, path, None).await;
    nobody.expect_problem(401, "unauthorized");
    assert_eq!(nobody.headers["ratelimit-policy"], "\"address\";q=600;w=60");
    // Guessing comes to an end.
    let mut guessed = 0;
    let refused = loop {
        let guesses = (0..100).map(|_| stack.send_as("tg_x", reqwest::Method::GET, path, None));
        let guesses = futures_util::future::join_all(guesses).await;
        if let Some(answer) = guesses.into_iter().find(|answer| answer.status == 429) {
            break answer;
        }
        guessed += 100;
        assert!(guessed < 2000, "nobody stops it");
    };
    refused.expect_problem(429, "rate_limited");
    stack.get(path).await.expect(StatusCode::OK);
}

async fn browsers_are_told_to_insist_on_https(mut stack: Stack) {
    let insists = async |stack: &Stack, proto: &str| {
        let request = http().get(stack.url("/"));
        let answer = Answer::read(request.header("x-forwarded-proto", proto)).await;
        answer.headers.contains_key("strict-transport-security")
    };
    assert!(!insists(&stack, "https").await, "nobody named this proxy");
    stack
        .restart_with(|config| config.door.proxies = vec!["127.0.0.1/32".parse().unwrap()])
        .await;
    assert!(insists(&stack, "https").await && !insists(&stack, "http").await);
    stack
        .restart_with(|config| config.door.is_secure = true)
        .await;
    assert!(
        insists(&stack, "http").await,
        "the connection itself is HTTPS"
    );
}
