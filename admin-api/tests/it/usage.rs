//! What accounts and users use, as a real server counts it.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::{Stack, on_both_databases, settled};

on_both_databases!(usage_is_counted_by_account_and_user);

/// Servers are asked every ten seconds.
const PATIENCE: Duration = Duration::from_secs(40);

async fn used(stack: &Stack, query: &str) -> Value {
    let answer = stack.get(&format!("/accounts/acme/usage{query}")).await;
    answer.expect(StatusCode::OK);
    let data = answer.body["data"].as_array().unwrap();
    let sum = |name: &str| -> i64 { data.iter().map(|point| point[name].as_i64().unwrap()).sum() };
    json!({ "in": sum("messages_in"), "bytes": sum("bytes_in"), "out": sum("messages_out") })
}

async fn until(stack: &Stack, query: &str, enough: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let used = used(stack, query).await;
        if enough(&used) {
            return used;
        }
        assert!(begun.elapsed() < PATIENCE, "{query}: {used}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn usage_is_counted_by_account_and_user(stack: Stack) {
    stack.account("acme").await;
    stack.account("globex").await;
    let creds = stack.user("acme", json!({ "name": "u" })).await;
    stack.user("acme", json!({ "name": "idle" })).await;
    let client = stack.connect(&creds).await.unwrap();
    for _ in 0..50 {
        client.publish("a", "0123456789".into()).await.unwrap();
    }
    settled(&client).await;
    let first = until(&stack, "?grain=minute", |used| {
        used["in"].as_i64() >= Some(50)
    })
    .await;
    assert!(first["bytes"].as_i64().unwrap() >= 500, "{first}");
    // The server was asked before, so what comes now is the user's.
    for _ in 0..20 {
        client.publish("a", "0123456789".into()).await.unwrap();
    }
    settled(&client).await;
    drop(client);
    let least = first["in"].as_i64().unwrap() + 20;
    let all = until(&stack, "?grain=minute", |used| {
        used["in"].as_i64() >= Some(least)
    })
    .await;
    until(&stack, "?grain=minute&user=u", |used| {
        used["in"].as_i64() >= Some(20)
    })
    .await;
    for grain in ["hour", "day"] {
        let same = used(&stack, &format!("?grain={grain}")).await;
        assert_eq!(same, all, "{grain}");
    }
    assert_eq!(used(&stack, "?user=idle").await["in"], 0);
    let other = stack.get("/accounts/globex/usage").await;
    assert_eq!(other.body["data"], json!([]));

    let csv = stack.get("/accounts/acme/usage.csv?grain=day").await;
    csv.expect(StatusCode::OK);
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    assert!(csv.text.starts_with("at,messages_in,"), "{}", csv.text);
    assert_eq!(csv.text.lines().count(), 2, "{}", csv.text);
    for query in [
        "grain=week",
        "from=now",
        "from=2020-01-01T00:00:00Z&grain=minute",
        "x=1",
    ] {
        stack
            .get(&format!("/accounts/acme/usage?{query}"))
            .await
            .expect_problem(400, "bad_request");
    }
    stack
        .get("/accounts/acme/usage?user=nobody")
        .await
        .expect_problem(404, "not_found");
}
