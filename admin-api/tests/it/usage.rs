//! What accounts and users use, as a real server counts it.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::{Stack, on_both_databases, settled};

on_both_databases!(
    usage_is_counted_by_account_and_user,
    usage_is_counted_once_whoever_restarts,
    what_streams_take_is_counted
);

/// Servers are asked every ten seconds.
const PATIENCE: Duration = Duration::from_secs(40);

async fn used(stack: &Stack, query: &str) -> Value {
    let data = points(stack, query).await;
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
    let first = until(&stack, "acme/usage?grain=minute", |used| {
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
    let all = until(&stack, "acme/usage?grain=minute", |used| {
        used["in"].as_i64() >= Some(least)
    })
    .await;
    until(&stack, "acme/usage?grain=minute&user=u", |used| {
        used["in"].as_i64() >= Some(20)
    })
    .await;
    for grain in ["hour", "day"] {
        let same = used(&stack, &format!("acme/usage?grain={grain}")).await;
        assert_eq!(same, all, "{grain}");
    }
    assert_eq!(used(&stack, "acme/usage?user=idle").await["in"], 0);
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

/// Sends so many messages, and gives how many the server has received then.
async fn send(client: &async_nats::Client, count: i64) -> i64 {
    for _ in 0..count {
        client.publish("a", "x".into()).await.unwrap();
    }
    settled(client).await;
    // What `settled` sends to itself comes on top.
    count + 1
}

async fn usage_is_counted_once_whoever_restarts(mut stack: Stack) {
    stack.account("acme").await;
    stack.account("globex").await;
    let globex = stack.user("globex", json!({ "name": "u" })).await;
    let creds = stack.user("acme", json!({ "name": "u" })).await;
    let one = stack.connect(&creds).await.unwrap();
    let other = stack.connect(&creds).await.unwrap();
    let mut sent = send(&one, 30).await;
    assert_sum(&stack, "acme", sent).await;
    sent += send(&one, 5).await;
    assert_sum(&stack, "acme", sent).await;
    // One of the two had nothing to say.
    for query in ["acme/usage", "acme/usage?user=u"] {
        let points = points(&stack, query).await;
        let most = points.iter().map(|point| &point["connections"]);
        assert_eq!(
            most.max_by_key(|it| it.as_i64()),
            Some(&json!(2)),
            "{query}"
        );
        assert!(points.iter().all(|point| point["gap"] == false), "{query}");
    }

    // Nobody counted for an hour: what came meanwhile is counted, as of an unknown time.
    stack.stop_api().await;
    sent += send(&other, 20).await;
    let hour_ago = "sampled_at = sampled_at - 3600";
    stack.alter("usage_samples", hour_ago).await;
    stack.restart_with(|_| {}).await;
    assert_sum(&stack, "acme", sent).await;
    let points = points(&stack, "acme/usage?grain=minute").await;
    assert_eq!(points.last().unwrap()["gap"], true, "{points:?}");

    // A server that starts again counts from nothing.
    drop((one, other));
    stack.restart_nats().await;
    stack.wait_until_ready().await;
    let one = stack.connect(&creds).await.unwrap();
    sent += send(&one, 10).await;
    assert_sum(&stack, "acme", sent).await;
    // What was counted stays when everybody has gone, and who comes and goes between two looks is
    // counted too, as the first of an account.
    sent += send(&one, 7).await;
    drop(one);
    let brief = stack.connect(&globex).await.unwrap();
    let briefly = send(&brief, 3).await;
    drop(brief);
    assert_sum(&stack, "acme", sent).await;
    assert_sum(&stack, "globex", briefly).await;
}

/// The account has sent this much, and not more.
async fn assert_sum(stack: &Stack, account: &str, sent: i64) {
    let enough = |used: &Value| used["in"].as_i64() >= Some(sent);
    let used = until(stack, &format!("{account}/usage?grain=day"), enough).await;
    assert_eq!(used["in"], sent, "{used}");
}

async fn points(stack: &Stack, query: &str) -> Vec<Value> {
    let answer = stack.get(&format!("/accounts/{query}")).await;
    let data = answer.expect(StatusCode::OK).body["data"].as_array();
    data.unwrap().clone()
}

/// Streams, kept by a real server: what they take on disk and in memory, the most at a time.
async fn what_streams_take_is_counted(mut stack: Stack) {
    let dir = stack.dir.path().join("streams");
    let jetstream = format!("jetstream {{ store_dir: {dir:?} }}");
    stack.restart_nats_with(&jetstream).await;
    stack.wait_until_ready().await;
    let ceilings = json!({ "disk_bytes": -1, "memory_bytes": -1, "streams": -1, "consumers": -1 });
    let limits = json!({ "jetstream": ceilings, "connections": 7 });
    let acme = json!({ "name": "acme", "limits": limits });
    let made = stack.post("/accounts", acme).await;
    made.expect(StatusCode::CREATED);
    let creds = stack.user("acme", json!({ "name": "u" })).await;
    let client = stack.connect(&creds).await.unwrap();
    for (name, storage) in [("disk", "file"), ("memory", "memory")] {
        let stream = json!({ "name": name, "subjects": [format!("{name}.>")], "storage": storage });
        let subject = format!("$JS.API.STREAM.CREATE.{name}");
        let made = client.request(subject, stream.to_string().into()).await;
        let made: Value = serde_json::from_slice(&made.unwrap().payload).unwrap();
        assert_eq!(made["error"], Value::Null, "{made}");
        let kept = client.request(format!("{name}.a"), vec![0; 10_000].into());
        kept.await.unwrap();
    }
    let point = async || {
        let answer = stack.get("/accounts/acme/usage?grain=day").await;
        answer.body["data"][0].clone()
    };
    let begun = Instant::now();
    let full = loop {
        let point = point().await;
        if ["disk_bytes", "memory_bytes"]
            .iter()
            .all(|it| point[*it].as_i64() >= Some(10_000))
        {
            break point;
        }
        assert!(begun.elapsed() < PATIENCE, "{point}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    let csv = stack.get("/accounts/acme/usage.csv?grain=day").await;
    let end = format!(",{},{}", full["disk_bytes"], full["memory_bytes"]);
    assert!(csv.text.trim_end().ends_with(&end), "{}", csv.text);
    let now = stack.get("/accounts/acme/usage/now").await;
    now.expect(StatusCode::OK);
    let of = |limit: &str| {
        let all = now.body["limits"].as_array().unwrap();
        let one = all.iter().find(|it| it["limit"] == limit).unwrap();
        (one["used"].as_i64(), one["max"].as_i64())
    };
    assert_eq!(of("connections"), (Some(1), Some(7)), "{}", now.text);
    assert_eq!(of("imports"), (Some(0), Some(-1)));
    assert_eq!(of("disk_bytes"), (full["disk_bytes"].as_i64(), Some(-1)));
    assert_eq!(
        of("memory_bytes"),
        (full["memory_bytes"].as_i64(), Some(-1))
    );
    assert_eq!(now.body["unanswered"], json!([]));
}
