//! An account whose claims fill up with revocations: told in time, stopped in time, and mended.

use accounts::{KeyKind, PublicKey};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::{Stack, eventually, on_both_databases};

on_both_databases!(claims_that_fill_up_are_told_stopped_and_mended,);

/// Later than any credential of these tests expires.
const FAR: i64 = 4_000_000_000;

/// Revokes credentials of users `from..to` that the role's key signed, as if they had been issued.
async fn revoke(stack: &Stack, account: &str, issuer: &str, from: u32, to: u32) {
    let key = |n: u32| {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        PublicKey::from_bytes(KeyKind::User, bytes).to_string()
    };
    let keys: Vec<String> = (from..to).map(key).collect();
    let rows = |row: &dyn Fn((usize, &String)) -> String| {
        let rows: Vec<String> = keys.iter().enumerate().map(row).collect();
        rows.join(", ")
    };
    let revocations = rows(&|(_, key)| format!("('{account}', '{key}', 1, {FAR})"));
    let issuances = rows(&|(at, key)| {
        format!(
            "('iss_{from}_{at}', '{account}', (SELECT MIN(id) FROM users WHERE account_id = \
             '{account}'), '{key}', '{issuer}', 'j', 'created', 'a', 1, {FAR}, 1)"
        )
    });
    stack
        .execute(format!(
            "INSERT INTO revocations (account_id, user_key, revoked_at, drop_after) \
             VALUES {revocations}"
        ))
        .await;
    stack
        .execute(format!(
            "INSERT INTO issuances (id, account_id, user_id, user_key, issuer_key, jwt_id, kind, \
             actor, issued_at, expires_at, created_at) VALUES {issuances}"
        ))
        .await;
}

/// What the account says of its claims once they are minted anew.
async fn claims(stack: &Stack) -> Value {
    let user = json!({ "name": "short", "role": "sensor" });
    let made = stack.post("/accounts/acme/users", user).await;
    made.expect(StatusCode::CREATED);
    let deleted = stack.delete("/accounts/acme/users/short").await;
    deleted.expect(StatusCode::OK);
    stack.get("/accounts/acme").await.body["claims"].clone()
}

async fn claims_that_fill_up_are_told_stopped_and_mended(stack: Stack) {
    let acme = stack.account("acme").await;
    // Servers other than our own broker take claims of a megabyte.
    let engine = json!({ "name": "cluster", "urls": [stack.nats.url] });
    let engine = stack.post("/engines", engine).await;
    engine.expect(StatusCode::CREATED);
    eventually("the engine has the account", || async {
        stack.get("/accounts/acme").await.body["live"] == true
    })
    .await;
    let id = acme["id"].as_str().unwrap();
    let role = stack
        .post("/accounts/acme/roles", json!({ "name": "sensor" }))
        .await;
    role.expect(StatusCode::CREATED);
    let issuer = role.body["signing_key"].as_str().unwrap();
    let keeper = json!({ "name": "keeper", "role": "sensor" });
    let keeper = stack.user("acme", keeper).await;
    assert_eq!(claims(&stack).await["nearly_full"], false);

    revoke(&stack, id, issuer, 0, 6_400).await;
    let half = claims(&stack).await;
    assert_eq!(half["nearly_full"], true, "{half}");
    assert_eq!(half["critically_full"], false, "{half}");

    let told = async || {
        let events = stack
            .get("/events?filter[type]=account.claims_nearly_full")
            .await;
        events.body["data"].as_array().unwrap().clone()
    };
    eventually("it is told", || async { !told().await.is_empty() }).await;

    revoke(&stack, id, issuer, 6_400, 10_300).await;
    let critical = claims(&stack).await;
    assert_eq!(critical["critically_full"], true, "{critical}");
    let endless = json!({ "name": "forever", "never_expires": true });
    let refused = stack.post("/accounts/acme/users", endless).await;
    refused.expect_problem(422, "claims_nearly_full");
    assert!(
        refused.text.contains("rotating the key"),
        "{}",
        refused.text
    );
    stack.user("acme", json!({ "name": "bounded" })).await;

    let rotate = json!({ "overlap_seconds": 0 });
    let rotated = stack
        .post("/accounts/acme/roles/sensor/rotate", rotate)
        .await;
    rotated.expect(StatusCode::OK);
    let mended = stack.get("/accounts/acme").await.body["claims"].clone();
    assert_eq!(mended["nearly_full"], false, "{mended}");
    let endless = json!({ "name": "forever", "never_expires": true });
    stack.user("acme", endless).await;
    // What the old key had signed is out, revoked or not.
    stack.connect(&keeper).await.expect_err("the key is gone");
    let told = told().await;
    assert_eq!(told.len(), 1, "once: {told:?}");
    assert_eq!(told[0]["account"], id, "{told:?}");
}
