//! Accounts over their life: plans, templates, settings, suspension, deletion and what is left.

use futures_util::StreamExt as _;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, Stack, eventually, on_both_databases, settled, time_of};

on_both_databases!(
    a_plan_moves_its_accounts_live,
    an_account_that_has_too_much_keeps_its_limits,
    a_template_gives_settings_and_roles,
    mappings_act_and_close_no_cycle,
    default_permissions_count_for_users_without,
    a_suspended_account_is_closed_until_it_resumes,
    a_deleted_account_can_be_restored,
    a_purged_account_leaves_nothing,
    a_rotated_account_key_keeps_users_and_imports,
);

async fn patch(stack: &Stack, path: &str, body: Value) -> Answer {
    stack.send(Method::PATCH, path, Some(body)).await
}

async fn limit(stack: &Stack, account: &str, name: &str) -> Value {
    let shown = stack.get(&format!("/accounts/{account}")).await;
    shown.expect(StatusCode::OK);
    shown.body["limits"][name].clone()
}

async fn a_plan_moves_its_accounts_live(stack: Stack) {
    let plan = json!({ "name": "Small", "default": true,
                       "limits": { "connections": 1, "messages_per_second": 10 } });
    let plan = stack.post("/plans", plan).await;
    plan.expect(StatusCode::CREATED);
    assert_eq!(plan.body["slug"], "small");
    // The default plan, and one with something of its own.
    let acme = stack.account("acme").await;
    assert_eq!(acme["plan"], plan.body["id"]);
    let own = json!({ "name": "globex", "plan": "small", "limits": { "subscriptions": 7 } });
    stack
        .post("/accounts", own)
        .await
        .expect(StatusCode::CREATED);
    let creds = stack.user("acme", json!({ "name": "u" })).await;
    let first = stack.connect(&creds).await.unwrap();
    stack
        .connect(&creds)
        .await
        .expect_err("one connection is the plan's limit");

    let changed = patch(
        &stack,
        "/plans/small",
        json!({ "limits": { "connections": 2 } }),
    )
    .await;
    changed.expect(StatusCode::OK);
    assert_eq!(
        (
            &changed.body["accounts"],
            &changed.body["moved"],
            &changed.body["refused"]
        ),
        (&json!(2), &json!(2), &json!(0)),
        "{}",
        changed.text
    );
    eventually("the new limit is live", || async {
        stack.connect(&creds).await.is_ok()
    })
    .await;
    drop(first);
    assert_eq!(
        limit(&stack, "globex", "subscriptions").await,
        7,
        "its own stays"
    );
    assert_eq!(limit(&stack, "globex", "connections").await, 2);
    assert_eq!(limit(&stack, "globex", "messages_per_second").await, 10);
    stack
        .delete("/plans/small")
        .await
        .expect_problem(409, "plan_in_use");
    for account in ["acme", "globex"] {
        let left = patch(
            &stack,
            &format!("/accounts/{account}"),
            json!({ "plan": null }),
        )
        .await;
        left.expect(StatusCode::OK);
        assert_eq!(left.body["plan"], Value::Null);
        assert_eq!(left.body["limits"]["connections"], 2, "as it was");
    }
    stack
        .delete("/plans/small")
        .await
        .expect(StatusCode::NO_CONTENT);
}

async fn an_account_that_has_too_much_keeps_its_limits(stack: Stack) {
    stack
        .post("/plans", json!({ "name": "wide" }))
        .await
        .expect(StatusCode::CREATED);
    let made = stack
        .post("/accounts", json!({ "name": "acme", "plan": "wide" }))
        .await;
    made.expect(StatusCode::CREATED);
    for subject in ["a", "b"] {
        stack
            .post(
                "/accounts/acme/exports",
                json!({ "subject": subject, "kind": "stream" }),
            )
            .await
            .expect(StatusCode::CREATED);
    }
    let changed = patch(&stack, "/plans/wide", json!({ "limits": { "exports": 1 } })).await;
    changed.expect(StatusCode::OK);
    assert_eq!(changed.body["refused"], 1, "{}", changed.text);
    let shown = stack.get("/accounts/acme").await.body;
    assert_eq!(shown["limits"]["exports"], -1);
    let error = shown["plan_error"].as_str().unwrap();
    assert!(error.contains("2 exports"), "{error}");
    patch(&stack, "/plans/wide", json!({ "limits": { "exports": 2 } }))
        .await
        .expect(StatusCode::OK);
    let shown = stack.get("/accounts/acme").await.body;
    assert_eq!(
        (&shown["limits"]["exports"], &shown["plan_error"]),
        (&json!(2), &Value::Null)
    );
}

async fn a_template_gives_settings_and_roles(stack: Stack) {
    stack.account("dev").await;
    let settings = json!({ "description": "orders", "tags": ["team:blue"],
                           "mappings": { "a": [{ "subject": "b" }] } });
    patch(&stack, "/accounts/dev/settings", settings.clone())
        .await
        .expect(StatusCode::OK);
    let role = json!({ "name": "sensor", "permissions": { "publish": { "allow": ["x"] } } });
    stack
        .post("/accounts/dev/roles", role)
        .await
        .expect(StatusCode::CREATED);
    let limits = json!({ "limits": { "subscriptions": 9, "jetstream_tiers":
                         { "R1": { "disk_bytes": 1024 } } } });
    patch(&stack, "/accounts/dev", limits)
        .await
        .expect(StatusCode::OK);
    stack.user("dev", json!({ "name": "u" })).await;

    let made = stack
        .post("/accounts", json!({ "name": "stage", "template": "dev" }))
        .await;
    made.expect(StatusCode::CREATED);
    assert_eq!(made.body["description"], "orders");
    assert_eq!(made.body["limits"]["subscriptions"], 9);
    assert_eq!(
        made.body["limits"]["jetstream_tiers"]["R1"]["disk_bytes"],
        1024
    );
    let shown = stack.get("/accounts/stage/settings").await.body;
    assert_eq!(shown["mappings"]["a"][0]["subject"], "b");
    let roles = stack.get("/accounts/stage/roles").await.body;
    let theirs = stack.get("/accounts/dev/roles").await.body;
    assert_eq!(roles["data"][0]["name"], "sensor");
    assert_ne!(
        roles["data"][0]["signing_key"],
        theirs["data"][0]["signing_key"]
    );
    assert_eq!(
        stack.get("/accounts/stage/users").await.body["data"],
        json!([])
    );
    let creds = stack
        .user("stage", json!({ "name": "s", "role": "sensor" }))
        .await;
    stack.connect(&creds).await.unwrap();
    let both = json!({ "limits": { "jetstream": { "disk_bytes": 5 } } });
    patch(&stack, "/accounts/stage", both)
        .await
        .expect_problem(422, "invalid");
}

async fn mappings_act_and_close_no_cycle(stack: Stack) {
    for name in ["aa", "bb"] {
        stack.account(name).await;
        let offer = json!({ "subject": "x", "kind": "service", "visibility": "public" });
        stack
            .post(&format!("/accounts/{name}/exports"), offer)
            .await
            .expect(StatusCode::CREATED);
    }
    let creds = stack.user("aa", json!({ "name": "u" })).await;
    let client = stack.connect(&creds).await.unwrap();
    let mapped = json!({ "mappings": { "old.*": [{ "subject": "new.{{wildcard(1)}}" }] } });
    let changed = patch(&stack, "/accounts/aa/settings", mapped).await;
    changed.expect(StatusCode::OK);
    assert_eq!(changed.body["live"], true);
    let mut new = client.subscribe("new.*").await.unwrap();
    settled(&client).await;
    client.publish("old.1", "x".into()).await.unwrap();
    let got = tokio::time::timeout(crate::harness::DEADLINE, new.next()).await;
    assert_eq!(got.unwrap().unwrap().subject.as_str(), "new.1");
    for (source, to) in [
        ("a", json!([])),
        ("a b", json!([{ "subject": "b" }])),
        ("a", json!([{ "subject": "b", "weight": 0 }])),
        (
            "a",
            json!([{ "subject": "b", "weight": 60 }, { "subject": "c", "weight": 60 }]),
        ),
        ("a.*", json!([{ "subject": "b.{{wildcard(2)}}" }])),
    ] {
        let refused = patch(
            &stack,
            "/accounts/aa/settings",
            json!({ "mappings": { source: to } }),
        )
        .await;
        assert_eq!(refused.status, 422, "{source}: {}", refused.text);
    }

    // aa asks bb as y, bb asks aa as z: no cycle until bb maps x to z.
    for (from, to, local) in [("bb", "aa", "y"), ("aa", "bb", "z")] {
        let take = json!({ "account": from, "subject": "x", "kind": "service",
                           "local_subject": local });
        stack
            .post(&format!("/accounts/{to}/imports"), take)
            .await
            .expect(StatusCode::CREATED);
    }
    patch(
        &stack,
        "/accounts/aa/settings",
        json!({ "mappings": { "x": [{ "subject": "y" }] } }),
    )
    .await
    .expect(StatusCode::OK);
    let closing = json!({ "mappings": { "x": [{ "subject": "z" }] } });
    let refused = patch(&stack, "/accounts/bb/settings", closing).await;
    refused.expect_problem(409, "import_cycle");
    assert!(refused.text.contains("bb → aa → bb"), "{}", refused.text);
    let taken = json!({ "mappings": { "x": null } });
    patch(&stack, "/accounts/aa/settings", taken)
        .await
        .expect(StatusCode::OK);
    let closing = json!({ "mappings": { "x": [{ "subject": "z" }] } });
    patch(&stack, "/accounts/bb/settings", closing)
        .await
        .expect(StatusCode::OK);
}

async fn default_permissions_count_for_users_without(stack: Stack) {
    stack.account("acme").await;
    stack.user("acme", json!({ "name": "plain" })).await;
    let own = json!({ "name": "own", "permissions": { "publish": { "allow": ["b"] } } });
    stack.user("acme", own).await;
    let change = json!({ "default_permissions": { "publish": { "allow": ["a"] } } });
    patch(&stack, "/accounts/acme/settings", change)
        .await
        .expect(StatusCode::OK);
    for (user, source, allow) in [("plain", "account", "a"), ("own", "user", "b")] {
        let path = format!("/accounts/acme/users/{user}/permissions");
        let effective = stack.get(&path).await.body;
        assert_eq!(effective["source"], source);
        assert_eq!(effective["permissions"]["publish"]["allow"], json!([allow]));
    }
}

async fn a_suspended_account_is_closed_until_it_resumes(stack: Stack) {
    stack.account("acme").await;
    let creds = stack.user("acme", json!({ "name": "u" })).await;
    let client = stack.connect(&creds).await.unwrap();
    let suspended = stack
        .post("/accounts/acme/suspend", json!({ "reason": "unpaid" }))
        .await;
    suspended.expect(StatusCode::OK);
    assert_eq!(
        (
            &suspended.body["state"],
            &suspended.body["suspend_reason"],
            &suspended.body["live"]
        ),
        (&json!("suspended"), &json!("unpaid"), &json!(true))
    );
    eventually("the connection is closed", || async {
        client.connection_state() != async_nats::connection::State::Connected
    })
    .await;
    stack.connect(&creds).await.expect_err("suspended");
    stack
        .get("/accounts/acme/users/u")
        .await
        .expect(StatusCode::OK);
    let resumed = stack.post("/accounts/acme/resume", json!({})).await;
    resumed.expect(StatusCode::OK);
    assert_eq!(resumed.body["state"], "active");
    stack.connect(&creds).await.expect("as it was");
}

async fn a_deleted_account_can_be_restored(stack: Stack) {
    stack.account("acme").await;
    let creds = stack.user("acme", json!({ "name": "u" })).await;
    stack.delete("/accounts/acme").await.expect(StatusCode::OK);
    stack.connect(&creds).await.expect_err("deleted");
    let listed = stack.get("/deleted-accounts").await;
    assert_eq!(listed.body["data"][0]["slug"], "acme", "{}", listed.text);
    assert_eq!(listed.body["data"][0]["state"], "deleted");
    let at = |what: &str| time_of(&listed.body["data"][0][what]);
    let week = 7 * 24 * 3600;
    assert_eq!(at("purge_at") - at("updated_at"), week, "{}", listed.text);
    let restored = stack
        .post("/deleted-accounts/acme/undelete", json!({}))
        .await;
    restored.expect(StatusCode::OK);
    assert_eq!(restored.body["live"], true);
    stack.connect(&creds).await.expect("its users are back");
    stack
        .post("/deleted-accounts/acme/undelete", json!({}))
        .await
        .expect_problem(404, "not_found");
}

async fn a_purged_account_leaves_nothing(stack: Stack) {
    for name in ["acme", "globex"] {
        stack.account(name).await;
    }
    let offer = json!({ "subject": "open", "kind": "stream", "visibility": "public" });
    stack
        .post("/accounts/acme/exports", offer)
        .await
        .expect(StatusCode::CREATED);
    let take = json!({ "account": "acme", "subject": "open", "kind": "stream" });
    stack
        .post("/accounts/globex/imports", take)
        .await
        .expect(StatusCode::CREATED);
    stack
        .post("/accounts/acme/roles", json!({ "name": "r" }))
        .await
        .expect(StatusCode::CREATED);
    stack
        .user("acme", json!({ "name": "u", "role": "r" }))
        .await;
    stack.account_key("acme").await;
    stack.delete("/accounts/acme").await.expect(StatusCode::OK);
    stack
        .delete("/deleted-accounts/acme")
        .await
        .expect(StatusCode::OK);
    eventually("the account is purged", || async {
        stack.get("/deleted-accounts").await.body["data"] == json!([])
    })
    .await;
    eventually("its importers' claims are without it", || async {
        let claims = stack.get("/accounts/globex/claims").await;
        claims.body["nats"]["imports"] == Value::Null && claims.body["live"] == true
    })
    .await;
    assert_eq!(
        stack.get("/accounts/globex/imports").await.body["data"],
        json!([])
    );
    // The name is free, and the new account is another one.
    stack.account("acme").await;
    assert_eq!(
        stack.get("/accounts/acme/roles").await.body["data"],
        json!([])
    );
}

async fn a_rotated_account_key_keeps_users_and_imports(stack: Stack) {
    for name in ["acme", "globex"] {
        stack.account(name).await;
    }
    let offer = json!({ "subject": "secret", "kind": "stream", "allow": ["globex"] });
    stack
        .post("/accounts/acme/exports", offer)
        .await
        .expect(StatusCode::CREATED);
    let take = json!({ "account": "acme", "subject": "secret", "kind": "stream" });
    stack
        .post("/accounts/globex/imports", take)
        .await
        .expect(StatusCode::CREATED);
    let old = stack.user("acme", json!({ "name": "old" })).await;
    let rotated = stack
        .post(
            "/accounts/acme/signing-key/rotate",
            json!({ "overlap_seconds": 2 }),
        )
        .await;
    rotated.expect(StatusCode::OK);
    assert_eq!(
        rotated.body["credentials_to_replace"], 1,
        "{}",
        rotated.text
    );
    stack.connect(&old).await.expect("within the overlap");
    let new = stack.user("acme", json!({ "name": "new" })).await;
    stack.connect(&new).await.expect("signed by the new key");
    eventually("the overlap ends by itself", || async {
        stack.connect(&old).await.is_err()
    })
    .await;
    stack.connect(&new).await.expect("the new key stays");
    let listed = stack.get("/accounts/globex/imports").await;
    assert_eq!(
        listed.body["data"][0]["status"], "active",
        "its token was made anew"
    );
}
