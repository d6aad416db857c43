//! Lists, audit, keys: what the answers look like.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Stack, on_both_databases};

on_both_databases!(
    lists_are_paged,
    accounts_are_addressed_by_id_nkey_and_slug,
    every_change_is_in_the_audit_trail_without_secrets,
    the_system_says_what_runs,
    the_system_account_has_users_for_a_while,
);

async fn lists_are_paged(stack: Stack) {
    for n in 0..5 {
        stack.account(&format!("acc{n}")).await;
    }
    let mut seen = Vec::new();
    let mut query = "?limit=2".to_owned();
    loop {
        let page = stack.get(&format!("/accounts{query}")).await;
        page.expect(StatusCode::OK);
        let data = page.body["data"].as_array().unwrap();
        seen.extend(
            data.iter()
                .map(|account| account["slug"].as_str().unwrap().to_owned()),
        );
        match page.body["next_cursor"].as_str() {
            Some(cursor) => query = format!("?limit=2&cursor={cursor}"),
            None => {
                assert_eq!(page.body["has_more"], false);
                break;
            }
        }
    }
    assert_eq!(seen, ["acc0", "acc1", "acc2", "acc3", "acc4"]);
    let audit = stack.get("/audit?limit=3").await;
    let cursor = audit.body["next_cursor"].as_str().unwrap();
    let older = stack.get(&format!("/audit?limit=3&cursor={cursor}")).await;
    let first = |answer: &Value| answer["data"][0]["id"].as_str().unwrap().to_owned();
    assert!(first(&older.body) < first(&audit.body), "newest first");
}

async fn accounts_are_addressed_by_id_nkey_and_slug(stack: Stack) {
    let made = stack.account("Acme Dev").await;
    for name in ["id", "public_key", "slug"] {
        let reference = made[name].as_str().unwrap();
        let read = stack.get(&format!("/accounts/{reference}")).await;
        assert_eq!(read.body["id"], made["id"], "by {name}");
    }
    assert_eq!(made["slug"], "acme-dev");
    let user = stack
        .post("/accounts/acme-dev/users", json!({ "name": "u" }))
        .await;
    assert_eq!(user.headers["cache-control"], "no-store");
    for name in ["id", "public_key", "name"] {
        let reference = user.body[name].as_str().unwrap();
        let read = stack
            .get(&format!("/accounts/acme-dev/users/{reference}"))
            .await;
        assert_eq!(read.body["id"], user.body["id"], "by {name}");
        assert_eq!(read.body["creds"], Value::Null, "shown once");
    }
    let twice = stack
        .post("/accounts/acme-dev/users", json!({ "name": "u" }))
        .await;
    twice.expect_problem(409, "user_exists");
    stack
        .post("/accounts", json!({ "name": "acme dev" }))
        .await
        .expect_problem(409, "slug_taken");
    stack
        .get("/accounts/system")
        .await
        .expect_problem(404, "not_found");
    stack
        .post("/accounts", json!({ "name": "system" }))
        .await
        .expect_problem(409, "slug_taken");
}

async fn every_change_is_in_the_audit_trail_without_secrets(stack: Stack) {
    stack.account("acme").await;
    let creds = stack.user("acme", json!({ "name": "u" })).await;
    let key = stack.account_key("acme").await;
    let patch = json!({ "name": "Acme" });
    stack
        .send(Method::PATCH, "/accounts/acme", Some(patch))
        .await
        .expect(StatusCode::OK);
    stack
        .delete("/accounts/acme/users/u")
        .await
        .expect(StatusCode::OK);

    let trail = stack.get("/audit").await;
    let actions: Vec<&str> = trail.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        [
            "user.delete",
            "account.update",
            "api_key.create",
            "user.create",
            "account.create",
            "api_key.create",
            "installation.found"
        ]
    );
    let update = &trail.body["data"][1];
    assert_eq!(update["before"]["name"], "acme");
    assert_eq!(update["after"]["name"], "Acme");
    let whoami = stack.get("/whoami").await;
    assert_eq!(update["actor"], whoami.body["id"]);
    assert_eq!(update["client_ip"], "127.0.0.1");
    assert!(update["request_id"].as_str().unwrap().starts_with("req_"));
    assert!(!trail.text.contains(&key) && !trail.text.contains(&stack.token));
    for secret in creds
        .lines()
        .filter(|line| line.len() > 40 && !line.contains(' '))
    {
        assert!(!trail.text.contains(secret), "{secret}");
    }
    let own = stack.send_as(&key, Method::GET, "/audit", None).await;
    assert!(!own.text.contains("installation.found"));
    assert!(own.text.contains("account.update"));
}

async fn the_system_says_what_runs(stack: Stack) {
    stack.account("acme").await;
    let system = stack.get("/system").await;
    system.expect(StatusCode::OK);
    assert_eq!(system.body["nats_url"], stack.nats.url.as_str());
    let engine = &system.body["engines"][0];
    assert_eq!(engine["connected"], true);
    assert_eq!(
        (&engine["accounts"], &engine["accounts_behind"]),
        (&json!(2), &json!(0))
    );
    let key = stack.account_key("acme").await;
    let seen = stack.send_as(&key, Method::GET, "/system", None).await;
    assert_eq!(
        seen.body["engines"][0]["accounts"],
        Value::Null,
        "others' business"
    );
    let figures = stack.get("/metrics").await;
    for line in [
        "tidegate_engine_connected{engine=\"local\"} 1",
        "tidegate_engine_accounts_behind{engine=\"local\"} 0",
        "tidegate_waiting{kind=\"operations\"} 0",
        "tidegate_http_requests_total{method=\"GET\",route=\"/api/v1/system\",status=\"200\"} 2",
    ] {
        let found = figures.text.lines().any(|it| it == line);
        assert!(found, "{line}\n{}", figures.text);
    }
}

async fn the_system_account_has_users_for_a_while(stack: Stack) {
    let long = json!({ "expires_in_seconds": 86_401 });
    let refused = stack.post("/system/creds", long).await;
    refused.expect_problem(422, "invalid");
    let made = stack.post("/system/creds", json!({ "name": "ada" })).await;
    made.expect(StatusCode::CREATED);
    assert_eq!(made.headers["cache-control"], "no-store");
    let creds = made.body["creds"].as_str().unwrap();
    let client = stack.connect(creds).await.unwrap();
    let pong = client.request("$SYS.REQ.SERVER.PING", "".into()).await;
    let pong: Value = serde_json::from_slice(&pong.unwrap().payload).unwrap();
    assert!(pong["server"]["id"].is_string(), "{pong}");
    let audit = stack.get("/audit?limit=1").await;
    assert_eq!(audit.body["data"][0]["action"], "system.issue_creds");
    let token = creds.lines().nth(1).unwrap();
    assert!(!audit.text.contains(token), "{}", audit.text);
}
