//! Webhooks against a listener of our own: signatures, retries, replays, and where they may lead.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use admin_api::Config;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use reqwest::Method;
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tokio::sync::{Mutex, mpsc};

use crate::harness::{DEADLINE, Stack, TRACE, eventually, on_both_databases};

on_both_databases!(
    a_webhook_hears_of_its_own_events_signed,
    what_fails_is_tried_again_after_a_restart_too,
    a_delivery_can_be_replayed,
    both_secrets_sign_during_the_overlap,
    a_webhook_that_only_fails_is_switched_off,
    an_endpoint_that_is_gone_is_left_alone,
    private_addresses_are_refused_unless_configured,
    two_processes_deliver_once,
);

/// A request as it came.
struct Request {
    headers: HeaderMap,
    body: Bytes,
}

impl Request {
    fn id(&self) -> &str {
        self.headers["webhook-id"].to_str().unwrap()
    }

    /// The event, after the reference implementation has looked at the signature.
    fn verified(&self, secret: &str) -> Value {
        let hook = Webhook::new(secret).unwrap();
        hook.verify(&self.body, &self.headers).unwrap();
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Somebody who listens.
struct Endpoint {
    address: SocketAddr,
    answers: Arc<AtomicU16>,
    requests: Mutex<mpsc::UnboundedReceiver<Request>>,
}

type Told = (mpsc::UnboundedSender<Request>, Arc<AtomicU16>);

async fn take(State((tell, answers)): State<Told>, headers: HeaderMap, body: Bytes) -> Response {
    let status = StatusCode::from_u16(answers.load(Ordering::SeqCst)).unwrap();
    let _ = tell.send(Request { headers, body });
    // A redirect would lead back here: following it would show.
    (status, [(header::LOCATION, "/elsewhere")], "thank you").into_response()
}

impl Endpoint {
    async fn listen() -> Self {
        let (tell, requests) = mpsc::unbounded_channel();
        let answers = Arc::new(AtomicU16::new(200));
        let router = Router::new()
            .fallback(take)
            .with_state((tell, Arc::clone(&answers)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            address,
            answers,
            requests: Mutex::new(requests),
        }
    }

    fn answer(&self, status: u16) {
        self.answers.store(status, Ordering::SeqCst);
    }

    async fn next(&self) -> Request {
        let mut requests = self.requests.lock().await;
        let next = tokio::time::timeout(DEADLINE, requests.recv());
        next.await.expect("a request in time").unwrap()
    }

    /// Whether nothing has come besides.
    async fn is_quiet(&self) -> bool {
        self.requests.lock().await.is_empty()
    }

    fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }
}

/// A webhook of an account and its secret.
async fn hook(stack: &Stack, endpoint: &Endpoint, more: Value) -> (String, String) {
    let mut body = json!({ "name": "hook", "url": endpoint.url(), "account": "acme" });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let made = stack.post("/webhooks", body).await;
    made.expect(StatusCode::CREATED);
    assert_eq!(made.headers["cache-control"], "no-store");
    let text = |name: &str| made.body[name].as_str().unwrap().to_owned();
    (text("id"), text("secret"))
}

async fn prepare(mut stack: Stack) -> (Stack, Endpoint) {
    let endpoint = Endpoint::listen().await;
    open_loopback(&mut stack).await;
    stack.account("acme").await;
    stack.account("globex").await;
    (stack, endpoint)
}

fn open(config: &mut Config) {
    config.webhook_networks = vec!["127.0.0.0/8".parse().unwrap()];
}

async fn open_loopback(stack: &mut Stack) {
    stack.restart_with(open).await;
}

async fn add_user(stack: &Stack, account: &str, name: &str) {
    let path = format!("/accounts/{account}/users");
    let made = stack.post(&path, json!({ "name": name })).await;
    made.expect(StatusCode::CREATED);
}

/// Waits until the newest delivery to the webhook is in this state, and gives it.
async fn delivery(stack: &Stack, hook: &str, state: &str, attempts: i64) -> Value {
    let path = format!("/webhooks/{hook}/deliveries?filter[state]={state}");
    let newest = || async { stack.get(&path).await.body["data"][0].clone() };
    eventually("the delivery is noted", || async {
        newest().await["attempts"] == attempts
    })
    .await;
    newest().await
}

async fn a_webhook_hears_of_its_own_events_signed(stack: Stack) {
    let (stack, endpoint) = prepare(stack).await;
    let (id, secret) = hook(&stack, &endpoint, json!({ "types": ["user.*"] })).await;
    let shown = stack.get(&format!("/webhooks/{id}")).await;
    assert!(!shown.text.contains(&secret), "the secret is shown once");
    add_user(&stack, "globex", "not-ours").await;
    stack.account_key("acme").await;
    let ada = json!({ "name": "ada" });
    let made = stack.post_traced("/accounts/acme/users", &ada).await;
    made.expect(StatusCode::CREATED);
    let sent = endpoint.next().await;
    let event = sent.verified(&secret);
    assert_eq!(event["type"], "user.create");
    assert_eq!(event["data"]["trace_id"], TRACE);
    assert_eq!(event["data"]["id"], sent.id());
    assert_eq!(event["data"]["object"]["name"], "ada");
    assert_eq!(sent.headers["content-type"], "application/json");
    let noted = delivery(&stack, &id, "delivered", 1).await;
    assert_eq!(noted["event"], sent.id());
    assert_eq!(noted["last_attempt"]["status"], 200);
    assert_eq!(noted["last_attempt"]["response"], "thank you");
    let path = format!(
        "/webhooks/{id}/deliveries/{}",
        noted["id"].as_str().unwrap()
    );
    let whole = stack.get(&path).await;
    assert_eq!(whole.body["payload"], event);
    // A test event comes whatever the types are, and is an entry of the trail like any other.
    stack
        .post(&format!("/webhooks/{id}/test"), json!({}))
        .await
        .expect(StatusCode::CREATED);
    let sent = endpoint.next().await.verified(&secret);
    assert_eq!(sent["type"], "webhook.test");
    assert!(sent["data"].get("trace_id").is_none(), "{sent}");
    // What is paused hears nothing.
    let path = format!("/webhooks/{id}");
    let pause = Some(json!({ "state": "paused" }));
    let paused = stack.send(Method::PATCH, &path, pause).await;
    paused.expect(StatusCode::OK);
    stack
        .post(&format!("/webhooks/{id}/test"), json!({}))
        .await
        .expect_problem(409, "webhook_not_active");
    assert!(endpoint.is_quiet().await);
    stack.delete(&path).await.expect(StatusCode::NO_CONTENT);
}

async fn what_fails_is_tried_again_after_a_restart_too(stack: Stack) {
    let (mut stack, endpoint) = prepare(stack).await;
    let (id, secret) = hook(&stack, &endpoint, json!({ "types": ["user.create"] })).await;
    endpoint.answer(302);
    add_user(&stack, "acme", "ada").await;
    let first = endpoint.next().await;
    let noted = delivery(&stack, &id, "waiting", 1).await;
    assert_eq!(
        noted["last_attempt"]["status"], 302,
        "redirects are not followed"
    );
    assert!(noted["next_attempt_at"].is_string());
    let failing = stack.get(&format!("/webhooks/{id}")).await;
    assert!(failing.body["failing_since"].is_string());
    endpoint.answer(204);
    open_loopback(&mut stack).await;
    let second = endpoint.next().await;
    assert_eq!((first.id(), &first.body), (second.id(), &second.body));
    second.verified(&secret);
    delivery(&stack, &id, "delivered", 2).await;
    let works = stack.get(&format!("/webhooks/{id}")).await;
    assert_eq!(works.body["failing_since"], Value::Null);
}

async fn a_delivery_can_be_replayed(stack: Stack) {
    let (stack, endpoint) = prepare(stack).await;
    let (id, secret) = hook(&stack, &endpoint, json!({ "types": ["user.create"] })).await;
    add_user(&stack, "acme", "ada").await;
    let first = endpoint.next().await;
    let noted = delivery(&stack, &id, "delivered", 1).await;
    let path = format!(
        "/webhooks/{id}/deliveries/{}/replay",
        noted["id"].as_str().unwrap()
    );
    let replayed = stack.post(&path, json!({})).await;
    replayed.expect(StatusCode::CREATED);
    assert_eq!(replayed.body["replay_of"], noted["id"]);
    let second = endpoint.next().await;
    second.verified(&secret);
    assert_eq!((first.id(), &first.body), (second.id(), &second.body));
    let list = stack.get(&format!("/webhooks/{id}/deliveries")).await;
    assert_eq!(list.body["data"].as_array().unwrap().len(), 2);
}

async fn both_secrets_sign_during_the_overlap(stack: Stack) {
    let (stack, endpoint) = prepare(stack).await;
    let (id, old) = hook(&stack, &endpoint, json!({ "types": ["user.create"] })).await;
    let rotate = async |seconds: u32| {
        let body = json!({ "overlap_seconds": seconds });
        let made = stack.post(&format!("/webhooks/{id}/rotate"), body).await;
        made.expect(StatusCode::CREATED);
        made.body["secret"].as_str().unwrap().to_owned()
    };
    let new = rotate(3600).await;
    add_user(&stack, "acme", "ada").await;
    let sent = endpoint.next().await;
    sent.verified(&old);
    sent.verified(&new);
    let newest = rotate(0).await;
    add_user(&stack, "acme", "grace").await;
    let sent = endpoint.next().await;
    sent.verified(&newest);
    let theirs = Webhook::new(&new).unwrap();
    assert!(theirs.verify(&sent.body, &sent.headers).is_err());
}

async fn a_webhook_that_only_fails_is_switched_off(stack: Stack) {
    let (stack, endpoint) = prepare(stack).await;
    let (id, secret) = hook(&stack, &endpoint, json!({ "types": ["user.create"] })).await;
    endpoint.answer(500);
    add_user(&stack, "acme", "ada").await;
    endpoint.next().await;
    delivery(&stack, &id, "waiting", 1).await;
    let long_ago = "failing_since = failing_since - 6 * 86400";
    stack.alter("webhooks", long_ago).await;
    endpoint.next().await;
    let path = format!("/webhooks/{id}");
    eventually("it is switched off", || async {
        stack.get(&path).await.body["state"] == "failed"
    })
    .await;
    let failed = stack.get(&path).await;
    let reason = failed.body["reason"].as_str().unwrap();
    assert!(reason.contains("status 500"), "{reason}");
    let audit = stack.get("/audit?filter[action]=webhook.fail").await;
    assert_eq!(audit.body["data"][0]["target"], *id);
    // Somebody mends it: what waited is sent.
    endpoint.answer(200);
    let on = Some(json!({ "state": "active" }));
    let on = stack.send(Method::PATCH, &path, on).await;
    assert_eq!(on.expect(StatusCode::OK).body["reason"], Value::Null);
    stack.alter("webhook_deliveries", "next_at = 0").await;
    stack.alter("webhooks", "next_at = 0").await;
    endpoint.next().await.verified(&secret);
}

async fn an_endpoint_that_is_gone_is_left_alone(stack: Stack) {
    let (stack, endpoint) = prepare(stack).await;
    let (id, _) = hook(&stack, &endpoint, json!({})).await;
    endpoint.answer(410);
    let tested = stack.post(&format!("/webhooks/{id}/test"), json!({})).await;
    tested.expect(StatusCode::CREATED);
    eventually("it is switched off", || async {
        let hook = stack.get(&format!("/webhooks/{id}")).await;
        hook.body["reason"] == "the endpoint answered 410: it is gone"
    })
    .await;
}

async fn private_addresses_are_refused_unless_configured(mut stack: Stack) {
    stack.account("acme").await;
    let make = async |stack: &Stack, url: &str| {
        let body = json!({ "name": "h", "url": url, "account": "acme" });
        stack.post("/webhooks", body).await
    };
    for url in [
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://192.168.1.1/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fd00::1]/",
        "http://127.0.0.1/",
        "http://hooks.example.org/",
        "https://user:word@hooks.example.org/",
        "ftp://hooks.example.org/",
    ] {
        let refused = make(&stack, url).await;
        refused.expect_problem(422, "invalid");
        assert_eq!(refused.body["errors"][0]["pointer"], "/url", "{url}");
    }
    // A name is looked up when something is sent, and each time anew.
    let made = make(&stack, "https://localhost:1/").await;
    let id = made.expect(StatusCode::CREATED).body["id"]
        .as_str()
        .unwrap();
    let tested = stack.post(&format!("/webhooks/{id}/test"), json!({})).await;
    tested.expect(StatusCode::CREATED);
    let noted = delivery(&stack, id, "waiting", 1).await;
    let error = noted["last_attempt"]["error"].as_str().unwrap();
    assert!(error.contains("private address"), "{error}");
    open_loopback(&mut stack).await;
    make(&stack, "https://10.0.0.1/")
        .await
        .expect_problem(422, "invalid");
    make(&stack, "http://127.0.0.1/")
        .await
        .expect(StatusCode::CREATED);
}

async fn two_processes_deliver_once(stack: Stack) {
    let (stack, endpoint) = prepare(stack).await;
    if stack.storage.database_url.is_none() {
        return;
    }
    let second = stack.beside(open).await;
    let (id, _) = hook(&stack, &endpoint, json!({ "types": ["user.create"] })).await;
    for n in 0..20 {
        add_user(&stack, "acme", &format!("u{n}")).await;
    }
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..20 {
        assert!(
            seen.insert(endpoint.next().await.id().to_owned()),
            "once each"
        );
    }
    let path = format!("/webhooks/{id}/deliveries?filter[state]=delivered&limit=50");
    eventually("all are noted", || async {
        stack.get(&path).await.body["data"]
            .as_array()
            .unwrap()
            .len()
            == 20
    })
    .await;
    assert!(endpoint.is_quiet().await);
    second.shutdown().await;
}
