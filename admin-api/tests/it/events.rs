//! Events: every change once and in order, as pages and as a stream that ends with its key.

use std::time::{Duration, Instant};

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, DEADLINE, Stack, TRACE, eventually, http, id_of, on_both_databases};
use crate::people::Person;

on_both_databases!(
    every_change_is_an_event_once,
    a_stream_goes_on_where_it_was_left,
    a_stream_ends_with_its_key,
    a_stream_ends_with_its_session,
    a_stream_ends_with_the_right,
    a_stream_shows_where_its_caller_is_now,
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

/// The next event of a stream that goes on. There is one at a time, so it comes as one piece.
async fn next(stream: &mut Response) -> Value {
    let next = async {
        loop {
            let bytes = stream.chunk().await.unwrap().expect("it goes on");
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            let data = text.lines().find_map(|line| line.strip_prefix("data: "));
            if let Some(data) = data {
                return serde_json::from_str(data).unwrap();
            }
        }
    };
    tokio::time::timeout(DEADLINE, next).await.unwrap()
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
    let stream = watch(&stack, &ada).await;
    // No credential is taken from a URL, where logs would keep it.
    for query in ["token", "access_token", "api_key"] {
        let path = format!("/events/stream?{query}={}", stack.token);
        let refused = stack.send_as("", Method::GET, &path, None).await;
        refused.expect_problem(401, "unauthorized");
    }
    ada.send(&stack, Method::DELETE, "/session", None).await;
    ends(stream).await;
}

/// Opens a stream in a browser.
async fn watch(stack: &Stack, person: &Person) -> Response {
    let request = person.request(stack, Method::GET, "/events/stream");
    let stream = request.send().await.unwrap();
    assert_eq!(stream.status(), StatusCode::OK);
    stream
}

/// The stream ends soon.
async fn ends(stream: Response) {
    let begun = Instant::now();
    // More events than ever come: only the end of the stream ends the reading in time.
    let ended = tokio::time::timeout(DEADLINE, read(stream, 1000)).await;
    assert!(ended.is_ok_and(|seen| seen.len() < 1000));
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
}

async fn a_stream_ends_with_the_right(stack: Stack) {
    stack.account("acme").await;
    let role = async |name: &str, rights: Value| {
        let body = json!({ "name": name, "org": "default", "rights": rights });
        id_of(&stack, "/access-roles", body).await
    };
    let watcher = role("watcher", json!(["events:read", "users:read"])).await;
    let reader = role("reader", json!(["users:read"])).await;
    let body = json!({ "email": "a@example.org", "role": watcher, "account": "acme" });
    let link = stack.post("/invitations", body).await;
    let ada = Person::join(&stack, &link, "Ada").await;
    let patch = async |path: &str, body: Value| {
        let changed = stack.send(Method::PATCH, path, Some(body)).await;
        changed.expect(StatusCode::OK);
    };

    // The member has another role.
    let member = ada.identity["id"].as_str().unwrap();
    let membership = ada.identity["session"]["membership"].as_str().unwrap();
    let membership = format!("/members/{member}/memberships/{membership}");
    let stream = watch(&stack, &ada).await;
    patch(&membership, json!({ "role": reader })).await;
    ends(stream).await;
    let refused = ada.get(&stack, "/events/stream").await;
    refused.expect_problem(403, "forbidden");

    // The role has less, for whoever has it.
    patch(&membership, json!({ "role": watcher })).await;
    let stream = watch(&stack, &ada).await;
    let path = format!("/access-roles/{watcher}");
    patch(&path, json!({ "rights": ["users:read"] })).await;
    ends(stream).await;
    ada.get(&stack, "/accounts/acme/users")
        .await
        .expect(StatusCode::OK);
}

async fn a_stream_shows_where_its_caller_is_now(stack: Stack) {
    let mut ada = None;
    for account in ["acme", "globex"] {
        stack.account(account).await;
        let body = json!({ "email": "a@example.org", "role": "account_admin",
                           "account": account });
        let invited = stack.post("/invitations", body).await;
        ada = Some(Person::join(&stack, &invited, "Ada").await);
    }
    let ada = ada.unwrap();
    let held = ada.identity["session"]["memberships"].as_array().unwrap();
    let globex = &ada.identity["session"]["membership"];
    let acme = held.iter().find(|held| held["id"] != *globex).unwrap();
    let act_under = async |membership: &Value| {
        let change = Some(json!({ "membership": membership }));
        let changed = ada.send(&stack, Method::PATCH, "/session", change).await;
        changed.expect(StatusCode::OK);
    };
    act_under(&acme["id"]).await;
    let mut stream = watch(&stack, &ada).await;
    let user = async |account: &str, name: &str| {
        let path = format!("/accounts/{account}/users");
        let made = stack.post(&path, json!({ "name": name })).await;
        made.expect(StatusCode::CREATED);
    };
    user("acme", "one").await;
    assert_eq!(next(&mut stream).await["object"]["name"], "one");
    act_under(globex).await;
    user("globex", "two").await;
    assert_eq!(next(&mut stream).await["object"]["name"], "two");
    user("acme", "hidden").await;
    user("globex", "three").await;
    assert_eq!(next(&mut stream).await["object"]["name"], "three");
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
    ends(stream).await;
}
