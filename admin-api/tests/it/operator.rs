//! The operator: its claims, and another signing key while everything works. The engine is a real
//! nats-server, which trusts what its configuration says.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Stack, eventually, on_both_databases};

on_both_databases!(
    claims_change_with_the_identity_seed_only,
    a_new_signing_key_takes_over,
    a_rotation_that_nobody_trusts_can_be_cancelled,
);

const ROTATION: &str = "/operator/rotation";

async fn claims_change_with_the_identity_seed_only(stack: Stack) {
    let operator = stack.get("/operator").await;
    let version = operator.headers["etag"].to_str().unwrap();
    assert!(version.starts_with("\"1-"), "{version}");
    let operator = operator.body;
    assert_eq!(operator["strict_signing_key_usage"], true);
    assert_eq!(operator["signing_keys"], json!([operator["signing_key"]]));
    let patch = async |body: Value| stack.send(Method::PATCH, "/operator", Some(body)).await;
    let seed = stack.identity_seed();
    let (urls, tags) = (json!(["tls://a.example:4222"]), json!(["env:prod"]));
    let foreign = "SOAL7GTNI66CTVVNXBNQMG6V2HTDRWC3HGEP7D2OUTWNWSNYZDXWFOX4SU";
    for (body, pointer) in [
        (json!({ "name": "x" }), "/identity_seed"),
        (
            json!({ "name": "x", "identity_seed": foreign }),
            "/identity_seed",
        ),
        (json!({ "name": "", "identity_seed": seed }), "/name"),
        (json!({ "tags": ["a b"], "identity_seed": seed }), "/tags/0"),
        (
            json!({ "service_urls": ["ftp://x"], "identity_seed": seed }),
            "/service_urls/0",
        ),
        (
            json!({ "account_server_url": "x", "identity_seed": seed }),
            "/account_server_url",
        ),
    ] {
        let refused = patch(body).await;
        refused.expect(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(
            refused.body["errors"][0]["pointer"], pointer,
            "{}",
            refused.text
        );
    }
    let body = json!({ "name": "platform", "tags": tags, "service_urls": urls,
                       "account_server_url": "https://a.example/jwt", "identity_seed": seed });
    let changed = patch(body).await;
    changed.expect(StatusCode::OK);
    assert!(!changed.text.contains(seed.trim()));
    let changed = stack.get("/operator").await.body;
    assert_eq!(
        (&changed["name"], &changed["version"]),
        (&json!("platform"), &json!(2))
    );
    assert_eq!((&changed["tags"], &changed["service_urls"]), (&tags, &urls));
    assert_eq!(changed["signing_keys"], operator["signing_keys"]);
    let audit = stack.get("/audit?filter[action]=operator.update").await;
    assert!(!audit.text.contains(seed.trim()) && audit.text.contains("platform"));
}

/// The servers' configuration as it is to be now; the engine starts again with it.
async fn reconfigure(stack: &mut Stack) {
    let operator = stack.get("/operator").await.body;
    stack.founding.operator_jwt = operator["operator_jwt"].as_str().unwrap().to_owned();
    stack.restart_nats().await;
}

async fn stage(stack: &Stack, wanted: &str) -> Value {
    eventually(&format!("the rotation is {wanted}"), || async {
        stack.get(ROTATION).await.body["stage"] == wanted
    })
    .await;
    stack.get(ROTATION).await.body
}

async fn a_new_signing_key_takes_over(mut stack: Stack) {
    stack.account("acme").await;
    let before = stack.user("acme", json!({ "name": "before" })).await;
    stack.get(ROTATION).await.expect_problem(404, "not_found");
    let old = stack.get("/operator").await.body["signing_key"].clone();
    let seed = json!({ "identity_seed": stack.identity_seed() });
    let begun = stack.post(ROTATION, seed.clone()).await;
    begun.expect(StatusCode::CREATED);
    let new = begun.body["new_key"].clone();
    assert_eq!(
        (&begun.body["stage"], &begun.body["old_key"]),
        (&json!("trusting"), &old)
    );
    stack
        .post(ROTATION, seed.clone())
        .await
        .expect_problem(409, "rotation_running");
    let patched = stack.send(Method::PATCH, "/operator", Some(seed)).await;
    patched.expect_problem(409, "rotation_running");

    // The engine trusts the old key only: nothing is signed with the new one, and it says so.
    let waiting = stage(&stack, "trusting").await;
    assert!(waiting["engines"][0]["to_do"].is_string(), "{waiting}");
    let during = stack.user("acme", json!({ "name": "during" })).await;
    let operator = stack.get("/operator").await.body;
    assert_eq!(
        (&operator["signing_key"], &operator["signing_keys"][1]),
        (&old, &new)
    );

    // It does, and everything is signed; the process starts again in the middle.
    reconfigure(&mut stack).await;
    stage(&stack, "retiring").await;
    stack.delete(ROTATION).await.expect_problem(409, "too_late");
    stack.stop_api().await;
    stack.start_api().await.unwrap();
    stack.wait_until_ready().await;
    let retiring = stage(&stack, "retiring").await;
    assert_eq!(retiring["accounts"], retiring["accounts_signed"]);
    assert_eq!(retiring["engines"][0]["old_key"], true);
    for creds in [&before, &during] {
        stack.connect(creds).await.unwrap();
    }
    reconfigure(&mut stack).await;
    let done = stage(&stack, "done").await;
    assert!(done["finished_at"].is_string());
    let operator = stack.get("/operator").await.body;
    assert_eq!(
        (&operator["signing_key"], &operator["signing_keys"]),
        (&new, &json!([new]))
    );
    let after = stack.user("acme", json!({ "name": "after" })).await;
    for creds in [&before, &during, &after] {
        stack.connect(creds).await.unwrap();
    }
}

async fn a_rotation_that_nobody_trusts_can_be_cancelled(stack: Stack) {
    stack.account("acme").await;
    let jwt = stack.get("/operator").await.body["operator_jwt"].clone();
    stack
        .delete(ROTATION)
        .await
        .expect_problem(404, "not_found");
    let seed = json!({ "identity_seed": stack.identity_seed() });
    stack
        .post(ROTATION, seed.clone())
        .await
        .expect(StatusCode::CREATED);
    assert_ne!(stack.get("/operator").await.body["operator_jwt"], jwt);
    let cancelled = stack.delete(ROTATION).await;
    cancelled.expect(StatusCode::OK);
    assert_eq!(cancelled.body["stage"], "cancelled");
    assert_eq!(stack.get("/operator").await.body["operator_jwt"], jwt);
    stack.post(ROTATION, seed).await.expect(StatusCode::CREATED);
}
