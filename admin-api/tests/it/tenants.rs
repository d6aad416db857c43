//! What a user of the API can do: accounts and users whose credentials work at a real server.

use std::fs;
use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::StatusCode;
use serde_json::json;

use crate::harness::{DEADLINE, NatsServer, Stack, eventually, on_both_databases, settled};

on_both_databases!(
    credentials_work_and_tenants_are_apart,
    a_deleted_user_is_out_at_once,
    a_user_may_bring_its_own_key,
    permissions_and_limits_are_the_servers,
    a_deleted_account_is_closed_and_keeps_its_name,
    an_engine_that_forgot_is_healed,
    a_kicked_user_comes_back,
    limits_change_live,
    quotas_stand_in_the_claims,
);

/// The next message that is not an inbox's, which [`settled`] uses.
async fn next(subscription: &mut async_nats::Subscriber) -> async_nats::Message {
    loop {
        let waited = tokio::time::timeout(DEADLINE, subscription.next()).await;
        let message = waited
            .expect("a message comes in time")
            .expect("the subscription lives");
        if !message.subject.starts_with("_INBOX.") {
            return message;
        }
    }
}

async fn credentials_work_and_tenants_are_apart(stack: Stack) {
    stack.account("acme").await;
    stack.account("Globex Inc.").await;
    let acme = stack.user("acme", json!({ "name": "orders" })).await;
    let globex = stack.user("globex-inc", json!({ "name": "orders" })).await;
    assert!(
        acme.starts_with("-----BEGIN NATS USER JWT-----\n"),
        "{acme}"
    );

    let acme = stack.connect(&acme).await.unwrap();
    let globex = stack.connect(&globex).await.unwrap();
    let mut ours = acme.subscribe(">").await.unwrap();
    let mut theirs = globex.subscribe(">").await.unwrap();
    settled(&acme).await;
    settled(&globex).await;
    acme.publish("orders.1", "ours".into()).await.unwrap();
    assert_eq!(next(&mut ours).await.payload, "ours");
    // What globex gets first is its own message: ours, sent earlier, did not reach it.
    globex.publish("orders.1", "theirs".into()).await.unwrap();
    assert_eq!(next(&mut theirs).await.payload, "theirs");
}

async fn a_deleted_user_is_out_at_once(stack: Stack) {
    stack.account("acme").await;
    let creds = stack.user("acme", json!({ "name": "orders" })).await;
    let client = stack.connect(&creds).await.unwrap();
    assert_eq!(
        client.connection_state(),
        async_nats::connection::State::Connected
    );

    let deleted = stack.delete("/accounts/acme/users/orders").await;
    deleted.expect(StatusCode::OK);
    assert_eq!(deleted.body["live"], true, "{}", deleted.text);
    eventually("the connection is closed", || async {
        client.connection_state() != async_nats::connection::State::Connected
    })
    .await;
    stack
        .connect(&creds)
        .await
        .expect_err("revoked credentials do not log in");

    stack
        .get("/accounts/acme/users/orders")
        .await
        .expect_problem(404, "not_found");
    stack
        .delete("/accounts/acme/users/orders")
        .await
        .expect_problem(404, "not_found");
    let again = stack.user("acme", json!({ "name": "orders" })).await;
    stack
        .connect(&again)
        .await
        .expect("a new user of the same name logs in");
    stack
        .connect(&creds)
        .await
        .expect_err("the old credentials stay revoked");
}

async fn a_user_may_bring_its_own_key(stack: Stack) {
    stack.account("acme").await;
    let key = accounts::KeyPair::from_entropy(accounts::KeyKind::User, [42; 32]);
    let body = json!({ "name": "hsm", "public_key": key.public().to_string() });
    let login = async |jwt: &str| {
        let seed = accounts::KeyPair::from_entropy(accounts::KeyKind::User, [42; 32]).seed();
        stack.connect(&accounts::creds::format(jwt, &seed)).await
    };

    let made = stack.post("/accounts/acme/users", body.clone()).await;
    made.expect(StatusCode::CREATED);
    assert_eq!(made.body["creds"], serde_json::Value::Null);
    let jwt = made.body["jwt"].as_str().unwrap().to_owned();
    login(&jwt).await.unwrap();
    stack
        .post("/accounts/acme/users", body.clone())
        .await
        .expect_problem(409, "user_exists");
    // A seed given for a key is not taken, and not told on.
    let seed = key.seed();
    let slip = json!({ "name": "slip", "public_key": seed.as_str() });
    let refused = stack.post("/accounts/acme/users", slip).await;
    refused.expect_problem(422, "invalid");
    assert!(!refused.text.contains(seed.as_str()), "{}", refused.text);

    // Deleted and made again with the same key: the old token stays out, the new one is in,
    // also within the second of the revocation.
    stack
        .delete("/accounts/acme/users/hsm")
        .await
        .expect(StatusCode::OK);
    let again = stack.post("/accounts/acme/users", body).await;
    again.expect(StatusCode::CREATED);
    login(&jwt).await.expect_err("the revoked token");
    login(again.body["jwt"].as_str().unwrap()).await.unwrap();
}

async fn permissions_and_limits_are_the_servers(stack: Stack) {
    stack.account("acme").await;
    let body = json!({
        "name": "reader",
        "permissions": {
            "publish": { "allow": [] },
            "subscribe": { "allow": ["orders.>"], "deny": ["orders.secret"] },
            "allow_responses": {},
        },
        "limits": { "subscriptions": 2 },
        "expires_in_seconds": 3600,
    });
    let reader = stack
        .connect(&stack.user("acme", body).await)
        .await
        .unwrap();
    let writer = stack
        .connect(&stack.user("acme", json!({ "name": "writer" })).await)
        .await
        .unwrap();
    let mut orders = reader.subscribe("orders.*").await.unwrap();
    // The reader may not publish, so it cannot say when its subscription is there: sent again
    // until it is. The denied subject comes first and must not.
    let first = loop {
        writer.publish("orders.secret", "no".into()).await.unwrap();
        writer
            .publish_with_reply("orders.1", "elsewhere.2", "yes".into())
            .await
            .unwrap();
        if let Ok(first) = tokio::time::timeout(Duration::from_millis(100), orders.next()).await {
            break first.unwrap();
        }
    };
    assert_eq!(first.payload, "yes", "the denied subject is left out");

    let mut answers = writer.subscribe("answers").await.unwrap();
    settled(&writer).await;
    writer
        .publish_with_reply("orders.2", "answers", "ask".into())
        .await
        .unwrap();
    while next(&mut orders).await.payload != "ask" {}
    reader.publish("elsewhere", "no".into()).await.unwrap();
    reader.publish("answers", "allowed".into()).await.unwrap();
    assert_eq!(next(&mut answers).await.payload, "allowed");

    let shown = stack.get("/accounts/acme/users/reader").await;
    assert_eq!(shown.body["permissions"]["publish"], json!({ "allow": [] }));
    assert_eq!(shown.body["limits"]["subscriptions"], 2);
    assert_eq!(shown.body["limits"]["payload_bytes"], -1);
}

async fn a_deleted_account_is_closed_and_keeps_its_name(stack: Stack) {
    stack.account("acme").await;
    let creds = stack.user("acme", json!({ "name": "orders" })).await;
    let key = stack.account_key("acme").await;
    let client = stack.connect(&creds).await.unwrap();

    let deleted = stack.delete("/accounts/acme").await;
    deleted.expect(StatusCode::OK);
    assert_eq!(deleted.body["live"], true);
    eventually("the connection is closed", || async {
        client.connection_state() != async_nats::connection::State::Connected
    })
    .await;
    stack
        .connect(&creds)
        .await
        .expect_err("nobody logs in to a deleted account");
    stack
        .get("/accounts/acme")
        .await
        .expect_problem(404, "not_found");
    stack
        .get("/accounts/acme/users")
        .await
        .expect_problem(404, "not_found");
    assert_eq!(stack.get("/accounts").await.body["data"], json!([]));
    stack
        .post("/accounts", json!({ "name": "acme" }))
        .await
        .expect_problem(409, "slug_taken");
    let whoami = stack
        .send_as(&key, reqwest::Method::GET, "/whoami", None)
        .await;
    whoami.expect_problem(401, "unauthorized");
}

async fn an_engine_that_forgot_is_healed(mut stack: Stack) {
    stack.account("acme").await;
    let creds = stack.user("acme", json!({ "name": "orders" })).await;
    stack.connect(&creds).await.unwrap();
    stack.replace_nats().await;
    eventually("the user can log in at the new server", || async {
        stack.connect(&creds).await.is_ok()
    })
    .await;
    stack.wait_until_ready().await;
    stack.account("globex").await;
}

async fn a_kicked_user_comes_back(stack: Stack) {
    stack.account("acme").await;
    let creds = stack.user("acme", json!({ "name": "orders" })).await;
    let (events_in, mut events) = tokio::sync::mpsc::channel(16);
    let client = async_nats::ConnectOptions::with_credentials(&creds)
        .unwrap()
        .event_callback(move |event| {
            let events = events_in.clone();
            async move {
                let _ = events.try_send(event);
            }
        })
        .connect(&stack.nats.url)
        .await
        .unwrap();
    client.flush().await.unwrap();
    let kicked = stack
        .post("/accounts/acme/users/orders/kick", json!({}))
        .await;
    kicked.expect(StatusCode::OK);
    assert_eq!(kicked.body["connections"], 1, "{}", kicked.text);
    let mut seen = Vec::new();
    while seen.iter().filter(|event| **event == "connected").count() < 2 {
        let event = tokio::time::timeout(DEADLINE, events.recv())
            .await
            .unwrap()
            .unwrap();
        seen.push(event.to_string());
    }
    assert!(seen.contains(&"disconnected".to_owned()), "{seen:?}");
}

async fn quotas_stand_in_the_claims(stack: Stack) {
    let limits = json!({ "user_connections": 5, "messages_per_second": 100, "burst_seconds": 3 });
    let body = json!({ "name": "acme", "limits": limits });
    let made = stack.post("/accounts", body).await;
    made.expect(StatusCode::CREATED);
    let quotas = |body: &serde_json::Value| {
        let names = [
            "user_connections",
            "total_subscriptions",
            "messages_per_second",
            "bytes_per_second",
            "burst_seconds",
        ];
        names.map(|name| body["limits"][name].as_i64())
    };
    assert_eq!(
        quotas(&made.body),
        [5, -1, 100, -1, 3].map(Some),
        "{}",
        made.text
    );
    assert_eq!(made.body["claims"]["nearly_full"], false);
    assert_eq!(made.body["claims"]["max_bytes"], 8 << 20);
    let change = json!({ "limits": { "messages_per_second": -1, "total_subscriptions": 0 } });
    let changed = stack
        .send(reqwest::Method::PATCH, "/accounts/acme", Some(change))
        .await;
    changed.expect(StatusCode::OK);
    assert_eq!(quotas(&changed.body), [5, 0, -1, -1, 3].map(Some));
    let shown = stack.get("/accounts/acme").await;
    assert_eq!(shown.body["limits"], changed.body["limits"]);

    let export = stack.get("/system/nats-server.conf").await;
    let words = export
        .text
        .split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ','));
    let minted = words
        .filter_map(|word| accounts::jwt::decode::<accounts::AccountBody>(word).ok())
        .find(|claims| claims.sub == made.body["public_key"].as_str().unwrap())
        .expect("the account's claims");
    let minted = minted.nats.tidegate.expect("an object of our own").extra;
    let expected = json!({ "user_connections": 5, "subscriptions": 0, "burst_seconds": 3 });
    assert_eq!(serde_json::Value::Object(minted), expected);
}

async fn limits_change_live(stack: Stack) {
    stack.account("acme").await;
    let creds = stack.user("acme", json!({ "name": "orders" })).await;
    let first = stack.connect(&creds).await.unwrap();
    let body = json!({ "limits": { "connections": 0 }, "name": "Acme" });
    let changed = stack
        .send(reqwest::Method::PATCH, "/accounts/acme", Some(body))
        .await;
    changed.expect(StatusCode::OK);
    assert_eq!(
        (&changed.body["live"], &changed.body["name"]),
        (&json!(true), &json!("Acme"))
    );
    assert_eq!(changed.body["limits"]["connections"], 0);
    assert_eq!(changed.body["limits"]["subscriptions"], -1);
    eventually("the connection over the limit is closed", || async {
        first.connection_state() != async_nats::connection::State::Connected
    })
    .await;
    stack
        .connect(&creds)
        .await
        .expect_err("no connection is allowed");
}

/// A second, stock nats-server with our exported configuration accepts the same credentials.
#[tokio::test(flavor = "multi_thread")]
async fn the_export_configures_a_stock_server() {
    let stack = Stack::start(crate::harness::Database::Sqlite).await;
    stack.account("acme").await;
    let creds = stack.user("acme", json!({ "name": "orders" })).await;
    let export = stack.get("/system/nats-server.conf").await;
    export.expect(StatusCode::OK);
    let server = NatsServer::start(&format!("listen: \"127.0.0.1:-1\"\n{}", export.text)).await;
    let client = async_nats::ConnectOptions::with_credentials(&creds)
        .unwrap()
        .connect(&server.url)
        .await
        .unwrap();
    tokio::time::timeout(Duration::from_secs(5), client.flush())
        .await
        .unwrap()
        .unwrap();
}

/// Restarted, the same installation goes on: nothing is founded or minted again.
#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_everything() {
    let mut stack = Stack::start(crate::harness::Database::Sqlite).await;
    let before = stack.account("acme").await;
    let creds = stack.user("acme", json!({ "name": "orders" })).await;
    stack.stop_api().await;
    let instance = fs::read(stack.storage.data_dir.join("instance.id")).unwrap();
    stack.start_api().await.unwrap();
    stack.wait_until_ready().await;
    let after = stack.get("/accounts/acme").await.body;
    assert_eq!(
        (&after["generation"], &after["live"]),
        (&before["generation"], &json!(true))
    );
    assert_eq!(
        stack.get("/accounts/acme/users/orders").await.status,
        StatusCode::OK
    );
    stack.connect(&creds).await.unwrap();
    assert_eq!(
        fs::read(stack.storage.data_dir.join("instance.id")).unwrap(),
        instance
    );
}
