//! Many users at once: revoked, deleted and rotated together or not at all.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::{Answer, Stack, on_both_databases};

on_both_databases!(
    many_users_are_revoked_rotated_and_deleted_at_once,
    one_that_is_not_there_stops_all,
);

const NAMES: [&str; 3] = ["a", "b", "c"];

async fn batch(stack: &Stack, verb: &str, users: &[&str]) -> Answer {
    let path = format!("/accounts/acme/user-batches/{verb}");
    stack.post(&path, json!({ "users": users })).await
}

async fn generation(stack: &Stack) -> i64 {
    let account = stack.get("/accounts/acme").await;
    account.body["generation"].as_i64().unwrap()
}

async fn make(stack: &Stack) -> Vec<String> {
    stack.account("acme").await;
    let mut creds = Vec::new();
    for name in NAMES {
        creds.push(stack.user("acme", json!({ "name": name })).await);
    }
    creds
}

async fn many_users_are_revoked_rotated_and_deleted_at_once(stack: Stack) {
    let creds = make(&stack).await;
    let before = generation(&stack).await;
    let revoked = batch(&stack, "revoke", &["a", "b"]).await;
    revoked.expect(StatusCode::OK);
    assert_eq!(revoked.body["live"], true, "{}", revoked.text);
    assert_eq!(revoked.body["data"][1]["name"], "b", "{}", revoked.text);
    assert_eq!(generation(&stack).await, before + 1, "published once");
    for (creds, is_good) in creds.iter().zip([false, false, true]) {
        assert_eq!(stack.connect(creds).await.is_ok(), is_good);
    }

    let rotated = batch(&stack, "rotate", &NAMES).await;
    rotated.expect(StatusCode::CREATED);
    assert_eq!(rotated.headers["cache-control"], "no-store");
    assert_eq!(generation(&stack).await, before + 2, "published once");
    let data = rotated.body["data"].as_array().unwrap();
    assert_eq!(data.len(), 3);
    for user in data {
        let connected = stack.connect(user["creds"].as_str().unwrap()).await;
        assert!(connected.is_ok(), "{user}");
        let shown = format!("/accounts/acme/users/{}", user["id"].as_str().unwrap());
        let shown = stack.get(&shown).await.body;
        assert_eq!(shown["version"], user["version"]);
        assert_eq!(shown["revoked_at"], Value::Null);
    }
    assert!(
        stack.connect(&creds[2]).await.is_err(),
        "the old one is out"
    );

    let ids: Vec<&str> = data
        .iter()
        .map(|user| user["id"].as_str().unwrap())
        .collect();
    let tried = "/accounts/acme/user-batches/delete?dry_run=true";
    let tried = stack.post(tried, json!({ "users": ids })).await;
    tried.expect(StatusCode::OK);
    assert!(tried.body["impact"].is_object(), "{}", tried.text);
    let deleted = batch(&stack, "delete", &ids).await;
    deleted.expect(StatusCode::OK);
    let left = stack.get("/accounts/acme/users").await;
    assert_eq!(left.body["data"], json!([]));
    let audit = stack
        .get("/audit?filter[action]=user.delete_many&limit=1")
        .await;
    let entry = &audit.body["data"][0];
    assert_eq!(entry["before"].as_array().map(Vec::len), Some(3), "{entry}");
    assert!(!audit.text.contains("eyJ"), "no credential is in the trail");
}

async fn one_that_is_not_there_stops_all(stack: Stack) {
    let creds = make(&stack).await;
    for verb in ["revoke", "rotate", "delete"] {
        let absent = batch(&stack, verb, &["a", "nobody"]).await;
        absent.expect_problem(422, "invalid");
        assert_eq!(
            absent.body["errors"][0]["pointer"], "/users/1",
            "{}",
            absent.text
        );
        let twice = batch(&stack, verb, &["a", "b", "a"]).await;
        twice.expect_problem(422, "invalid");
        assert_eq!(
            twice.body["errors"][0]["pointer"], "/users/2",
            "{}",
            twice.text
        );
        batch(&stack, verb, &[])
            .await
            .expect_problem(422, "invalid");
        let many = vec!["a"; 501];
        batch(&stack, verb, &many)
            .await
            .expect_problem(422, "invalid");
    }
    let unchanged = stack.connect(&creds[0]).await;
    assert!(unchanged.is_ok(), "nobody was touched");
}
