//! A dry run changes nothing and tells what would happen; of other tenants only how many.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Stack, eventually, on_both_databases};

on_both_databases!(
    connections_that_would_drop_are_counted,
    broken_imports_of_others_are_a_number,
    a_look_is_audited_and_needs_the_right,
);

async fn connections_that_would_drop_are_counted(stack: Stack) {
    stack.account("acme").await;
    let creds = stack.user("acme", json!({ "name": "u" })).await;
    let clients = [
        stack.connect(&creds).await.unwrap(),
        stack.connect(&creds).await.unwrap(),
    ];
    let closed = async |method: Method, path: &str, body: Option<Value>| {
        let dry = format!("/accounts/acme{path}?dry_run=true");
        let answer = stack.send(method, &dry, body).await;
        answer.body["impact"]["connections_closed"].clone()
    };
    let user = "/users/u";
    assert_eq!(closed(Method::DELETE, user, None).await, 2);
    assert_eq!(closed(Method::POST, "/users/u/kick", None).await, 2);
    assert_eq!(closed(Method::DELETE, "", None).await, 2);
    let limits = |most: i64| Some(json!({ "limits": { "connections": most } }));
    assert_eq!(closed(Method::PATCH, "", limits(1)).await, 1);
    assert_eq!(closed(Method::PATCH, "", limits(2)).await, 0);
    let account = stack.get("/accounts/acme").await;
    assert_eq!(
        account.body["limits"]["connections"], -1,
        "nothing was changed"
    );
    assert_eq!(
        (&account.body["version"], &account.body["generation"]),
        (&json!(1), &json!(1))
    );
    stack
        .get("/accounts/acme/users/u")
        .await
        .expect(StatusCode::OK);
    for client in &clients {
        client.flush().await.unwrap();
    }
    let deleted = stack.delete("/accounts/acme/users/u").await;
    deleted.expect(StatusCode::OK);
    eventually("the clients are cut off", || async {
        clients
            .iter()
            .all(|client| client.connection_state() != async_nats::connection::State::Connected)
    })
    .await;
}

async fn broken_imports_of_others_are_a_number(stack: Stack) {
    let mut ids = Vec::new();
    for name in ["acme", "globex", "initech"] {
        stack.account(name).await;
    }
    let export = json!({ "subject": "open.>", "kind": "stream", "visibility": "public" });
    let export = stack.post("/accounts/acme/exports", export).await;
    for (importer, subject) in [("globex", "open.a"), ("initech", "open.>")] {
        let import = json!({ "account": "acme", "subject": subject, "kind": "stream" });
        let import = stack
            .post(&format!("/accounts/{importer}/imports"), import)
            .await;
        ids.push(
            import.expect(StatusCode::CREATED).body["id"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    let export = export.body["id"].as_str().unwrap();
    let dry = format!("/accounts/acme/exports/{export}?dry_run=true");
    let platform = stack.delete(&dry).await;
    assert_eq!(
        platform.body["impact"]["imports_broken"],
        json!({ "count": 2, "own": ids })
    );
    let key = stack.account_key("acme").await;
    let own = stack.send_as(&key, Method::DELETE, &dry, None).await;
    assert_eq!(
        own.body["impact"]["imports_broken"],
        json!({ "count": 2, "own": [] })
    );
    assert!(ids.iter().all(|id| !own.text.contains(id)), "{}", own.text);
    let account = stack.delete("/accounts/acme?dry_run=true").await;
    assert_eq!(account.body["impact"]["imports_broken"]["count"], 2);
    let imports = stack.get("/accounts/globex/imports").await;
    assert_eq!(
        imports.body["data"][0]["status"], "active",
        "nothing was changed"
    );
}

async fn a_look_is_audited_and_needs_the_right(stack: Stack) {
    stack.account("acme").await;
    let key = stack.account_key("acme").await;
    let refused = stack
        .send_as(&key, Method::DELETE, "/accounts/acme?dry_run=true", None)
        .await;
    refused.expect_problem(403, "forbidden");
    let invalid = stack
        .post("/accounts?dry_run=true", json!({ "name": "" }))
        .await;
    invalid.expect_problem(422, "invalid");
    let taken = stack
        .post("/accounts?dry_run=true", json!({ "name": "acme" }))
        .await;
    taken.expect_problem(409, "slug_taken");
    for slip in ["dryrun=true", "dry_run=yes"] {
        let slipped = stack
            .post(&format!("/accounts?{slip}"), json!({ "name": "x1" }))
            .await;
        slipped.expect_problem(400, "bad_request");
    }
    stack
        .delete("/accounts/acme?dry_run=true")
        .await
        .expect(StatusCode::OK);
    let entry = stack.get("/audit?limit=1").await.body["data"][0].clone();
    assert_eq!(
        (&entry["action"], &entry["dry_run"]),
        (&json!("account.delete"), &json!(true))
    );
    assert_eq!(
        stack.get("/accounts").await.body["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
