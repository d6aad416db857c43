//! Roles: what a scoped signing key says counts for all its users at once, at a real server.

use futures_util::StreamExt as _;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, Stack, eventually, on_both_databases, settled};

on_both_databases!(
    editing_a_role_changes_its_users_live,
    a_role_stays_within_its_account,
    a_role_in_use_is_deleted_only_by_force,
    a_rotated_role_key_overlaps_and_takes_its_revocations_along,
    a_disabled_role_keeps_its_users_out,
    two_edits_of_one_role_both_count,
);

async fn patch(stack: &Stack, path: &str, body: Value) -> Answer {
    stack.send(Method::PATCH, path, Some(body)).await
}

async fn role(stack: &Stack, body: Value) -> Value {
    let made = stack.post("/accounts/acme/roles", body).await;
    made.expect(StatusCode::CREATED);
    assert_eq!(made.body["live"], true, "{}", made.text);
    made.body
}

/// Whether the user is let on `subject`, as the broker's own rules have it.
async fn may_publish(stack: &Stack, user: &str, subject: &str) -> bool {
    let question = json!({ "user": user, "action": "publish", "subject": subject });
    let answer = stack
        .post("/accounts/acme/permissions/check", question)
        .await;
    answer.expect(StatusCode::OK);
    answer.body["allowed"] == true
}

async fn editing_a_role_changes_its_users_live(stack: Stack) {
    stack.account("acme").await;
    let made = role(
        &stack,
        json!({
            "name": "sensor",
            "permissions": { "publish": { "allow": ["data.{{name()}}.>", "_INBOX.>",
                             "site.{{tag(site)}}"] } },
            "limits": { "subscriptions": 5 },
        }),
    )
    .await;
    let creds = stack
        .user(
            "acme",
            json!({ "name": "s1", "role": "sensor", "tags": ["site:berlin"] }),
        )
        .await;
    let shown = stack.get("/accounts/acme/users/s1").await.body;
    assert_eq!(shown["role"], made["id"]);
    assert_eq!(shown["limits"]["subscriptions"], 5, "its role's");

    let client = stack.connect(&creds).await.unwrap();
    let mut own = client.subscribe("data.>").await.unwrap();
    settled(&client).await;
    client.publish("data.s1.t", "1".into()).await.unwrap();
    let first = tokio::time::timeout(crate::harness::DEADLINE, own.next()).await;
    assert_eq!(first.unwrap().unwrap().payload, "1");
    assert!(may_publish(&stack, "s1", "site.berlin").await);
    assert!(!may_publish(&stack, "s1", "data.s2.t").await);

    let change = json!({ "permissions": { "publish": { "allow": ["elsewhere"] } } });
    let changed = patch(&stack, "/accounts/acme/roles/sensor", change).await;
    changed.expect(StatusCode::OK);
    assert_eq!(changed.body["live"], true);
    assert_eq!(
        changed.body["limits"]["subscriptions"], 5,
        "what is absent stays"
    );
    assert!(!may_publish(&stack, "s1", "data.s1.t").await);
    // The same credentials under the new rule: what is refused does not come.
    let client = stack.connect(&creds).await.unwrap();
    let mut own = client.subscribe(">").await.unwrap();
    client.publish("data.s1.t", "2".into()).await.unwrap();
    client.publish("elsewhere", "3".into()).await.unwrap();
    let next = tokio::time::timeout(crate::harness::DEADLINE, own.next()).await;
    assert_eq!(next.unwrap().unwrap().payload, "3");
    let effective = stack.get("/accounts/acme/users/s1/permissions").await;
    effective.expect(StatusCode::OK);
    assert_eq!(effective.body["source"], "role");
    assert_eq!(
        effective.body["permissions"]["publish"]["allow"],
        json!(["elsewhere"])
    );
}

/// Bodies of roles that are refused, and the field that is wrong.
fn refused_roles() -> Vec<(Value, &'static str)> {
    vec![
        (
            json!({ "limits": { "subscriptions": 11 } }),
            "/limits/subscriptions",
        ),
        (
            json!({ "limits": { "messages_per_second": 101 } }),
            "/limits/messages_per_second",
        ),
        (
            json!({ "limits": { "burst_seconds": 61 } }),
            "/limits/burst_seconds",
        ),
        (json!({ "bearer": true }), "/bearer"),
        (json!({ "name": "a.b" }), "/name"),
        (json!({ "name": "*" }), "/name"),
        (
            json!({ "permissions": { "publish": { "allow": ["x.{{nmae()}}"] } } }),
            "/permissions",
        ),
        (
            json!({ "conditions": { "src": ["10.0.0.0/8", "ten"] } }),
            "/conditions/src/1",
        ),
        (
            json!({ "conditions": { "times": [{ "start": "8", "end": "9" }] } }),
            "/conditions/times/0",
        ),
        (
            json!({ "conditions": { "times_location": "Europe/Nowhere" } }),
            "/conditions/times_location",
        ),
        (
            json!({ "conditions": { "allowed_connection_types": ["CARRIER_PIGEON"] } }),
            "/conditions/allowed_connection_types/0",
        ),
    ]
}

async fn a_role_stays_within_its_account(stack: Stack) {
    let limits = json!({ "subscriptions": 10, "messages_per_second": 100, "bearer_users": false });
    stack
        .post("/accounts", json!({ "name": "acme", "limits": limits }))
        .await
        .expect(StatusCode::CREATED);
    for (body, pointer) in refused_roles() {
        let mut whole = json!({ "name": "r" });
        whole
            .as_object_mut()
            .unwrap()
            .extend(body.as_object().unwrap().clone());
        let refused = stack.post("/accounts/acme/roles", whole).await;
        refused.expect_problem(422, "invalid");
        assert_eq!(
            refused.body["errors"][0]["pointer"], pointer,
            "{}",
            refused.text
        );
    }
    role(
        &stack,
        json!({ "name": "r", "limits": { "subscriptions": 10 } }),
    )
    .await;
    let twice = stack
        .post("/accounts/acme/roles", json!({ "name": "r" }))
        .await;
    twice.expect_problem(409, "role_exists");
    let own = json!({ "name": "u", "role": "r", "limits": { "subscriptions": 3 } });
    let refused = stack.post("/accounts/acme/users", own).await;
    refused.expect_problem(422, "invalid");
    assert_eq!(refused.body["errors"][0]["pointer"], "/role");
    let template = json!({ "name": "u", "permissions":
        { "publish": { "allow": ["box.{{name()}}"] } } });
    let refused = stack.post("/accounts/acme/users", template).await;
    refused.expect_problem(422, "invalid");
    for tag in ["site:*", "site:a.b", "Site:x"] {
        let refused = stack
            .post(
                "/accounts/acme/users",
                json!({ "name": "u", "tags": [tag] }),
            )
            .await;
        refused.expect_problem(422, "invalid");
        assert_eq!(refused.body["errors"][0]["pointer"], "/tags/0");
    }
}

async fn a_role_in_use_is_deleted_only_by_force(stack: Stack) {
    stack.account("acme").await;
    role(&stack, json!({ "name": "temp" })).await;
    let creds = stack
        .user("acme", json!({ "name": "u", "role": "temp" }))
        .await;
    let client = stack.connect(&creds).await.unwrap();
    let refused = stack.delete("/accounts/acme/roles/temp").await;
    refused.expect_problem(409, "role_in_use");
    assert!(refused.text.contains('1'), "{}", refused.text);
    let gone = stack.delete("/accounts/acme/roles/temp?force=true").await;
    gone.expect(StatusCode::OK);
    assert_eq!(gone.body["live"], true);
    eventually("the user of a deleted role is out", || async {
        client.connection_state() != async_nats::connection::State::Connected
    })
    .await;
    stack.connect(&creds).await.expect_err("its key is gone");
    stack
        .get("/accounts/acme/users/u")
        .await
        .expect_problem(404, "not_found");
    role(&stack, json!({ "name": "temp" })).await;
}

async fn revocations(stack: &Stack) -> usize {
    let claims = stack.get("/accounts/acme/claims").await;
    claims.expect(StatusCode::OK);
    claims.body["nats"]["revocations"]
        .as_object()
        .map_or(0, serde_json::Map::len)
}

async fn a_rotated_role_key_overlaps_and_takes_its_revocations_along(stack: Stack) {
    stack.account("acme").await;
    let before = role(&stack, json!({ "name": "sensor" })).await;
    let old = stack
        .user("acme", json!({ "name": "old", "role": "sensor" }))
        .await;
    stack
        .user("acme", json!({ "name": "gone", "role": "sensor" }))
        .await;
    stack
        .delete("/accounts/acme/users/gone")
        .await
        .expect(StatusCode::OK);
    assert_eq!(revocations(&stack).await, 1);

    let rotated = stack
        .post(
            "/accounts/acme/roles/sensor/rotate",
            json!({ "overlap_seconds": 600 }),
        )
        .await;
    rotated.expect(StatusCode::OK);
    assert_ne!(rotated.body["signing_key"], before["signing_key"]);
    assert_eq!(rotated.body["credentials_to_replace"], 2);
    let new = stack
        .user("acme", json!({ "name": "new", "role": "sensor" }))
        .await;
    for creds in [&old, &new] {
        stack.connect(creds).await.expect("both keys are trusted");
    }
    let listed = stack.get("/accounts/acme/users/old/issuances").await;
    assert_eq!(listed.body["data"][0]["state"], "active", "{}", listed.text);

    // Without an overlap the old key, and all that was revoked of it, are gone.
    let rotated = stack
        .post(
            "/accounts/acme/roles/sensor/rotate",
            json!({ "overlap_seconds": 0 }),
        )
        .await;
    rotated.expect(StatusCode::OK);
    stack
        .connect(&new)
        .await
        .expect_err("signed by the key that was dropped");
    stack
        .connect(&old)
        .await
        .expect("the first overlap still runs");
    assert_eq!(revocations(&stack).await, 1, "its key is still trusted");
    let listed = stack.get("/accounts/acme/users/new/issuances").await;
    assert_eq!(
        listed.body["data"][0]["state"], "untrusted",
        "{}",
        listed.text
    );
    let renewed = stack
        .post("/accounts/acme/users/new/rotate", json!({}))
        .await;
    renewed.expect(StatusCode::CREATED);
    let creds = renewed.body["creds"].as_str().unwrap();
    stack
        .connect(creds)
        .await
        .expect("a new credential of the new key");
}

async fn a_disabled_role_keeps_its_users_out(stack: Stack) {
    stack.account("acme").await;
    role(&stack, json!({ "name": "sensor" })).await;
    let creds = stack
        .user("acme", json!({ "name": "u", "role": "sensor" }))
        .await;
    let path = "/accounts/acme/roles/sensor";
    patch(&stack, path, json!({ "disabled": true }))
        .await
        .expect(StatusCode::OK);
    stack
        .connect(&creds)
        .await
        .expect_err("the role is disabled");
    stack
        .post(
            "/accounts/acme/users",
            json!({ "name": "v", "role": "sensor" }),
        )
        .await
        .expect_problem(422, "invalid");
    stack
        .post("/accounts/acme/users/u/creds", json!({}))
        .await
        .expect_problem(409, "role_disabled");
    patch(&stack, path, json!({ "disabled": false }))
        .await
        .expect(StatusCode::OK);
    stack.connect(&creds).await.expect("and enabled again");
    // Out of its role it needs rights of its own: none would be all.
    let user = "/accounts/acme/users/u";
    let refused = patch(&stack, user, json!({ "role": null })).await;
    refused.expect_problem(422, "invalid");
    assert_eq!(refused.body["errors"][0]["pointer"], "/permissions");
    let out = json!({ "role": null, "permissions": { "publish": { "allow": ["a"] } } });
    let changed = patch(&stack, user, out).await;
    changed.expect(StatusCode::OK);
    assert_eq!(changed.body["role"], Value::Null);
}

async fn two_edits_of_one_role_both_count(stack: Stack) {
    stack.account("acme").await;
    role(&stack, json!({ "name": "sensor" })).await;
    let path = "/accounts/acme/roles/sensor";
    let (one, other) = tokio::join!(
        patch(&stack, path, json!({ "description": "measures" })),
        patch(&stack, path, json!({ "limits": { "subscriptions": 7 } })),
    );
    one.expect(StatusCode::OK);
    other.expect(StatusCode::OK);
    let shown = stack.get(path).await.body;
    assert_eq!(
        (&shown["description"], &shown["limits"]["subscriptions"]),
        (&json!("measures"), &json!(7)),
        "neither is lost"
    );
    let claims = stack.get("/accounts/acme/claims").await.body;
    let keys = claims["nats"]["signing_keys"].as_array().unwrap().clone();
    let scope = keys.iter().find(|key| key.is_object()).unwrap();
    assert_eq!(scope["template"]["subs"], 7);
    assert_eq!(scope["description"], "measures");
}
