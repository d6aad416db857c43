//! What an account's claims say of traces and clusters, and the claims themselves.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Stack, on_both_databases};

on_both_databases!(
    traces_and_cluster_traffic_stand_in_the_claims,
    the_token_is_shown_to_who_may_see_all_of_it,
);

async fn traces_and_cluster_traffic_stand_in_the_claims(stack: Stack) {
    stack.account("acme").await;
    let change = async |body: Value| {
        let path = "/accounts/acme/settings";
        stack.send(Method::PATCH, path, Some(body)).await
    };
    let claims = async || stack.get("/accounts/acme/claims").await.body["nats"].clone();
    let trace = json!({ "destination": "traces", "sampling_percent": 10 });
    let both = json!({ "trace": trace, "cluster_traffic": "owner" });
    let both = change(both).await;
    both.expect(StatusCode::OK);
    assert_eq!(both.body["live"], true, "{}", both.text);
    let said = claims().await;
    assert_eq!(
        said["trace"],
        json!({ "dest": "traces", "sampling": 10 }),
        "{said}"
    );
    assert_eq!(said["cluster_traffic"], "owner");

    for (body, pointer) in [
        (
            json!({ "trace": { "destination": "a.*" } }),
            "/trace/destination",
        ),
        (
            json!({ "trace": { "destination": "a", "sampling_percent": 101 } }),
            "/trace/sampling_percent",
        ),
    ] {
        let refused = change(body).await;
        refused.expect_problem(422, "invalid");
        assert_eq!(refused.body["errors"][0]["pointer"], pointer);
    }
    let odd = change(json!({ "cluster_traffic": "mine" })).await;
    assert_eq!(odd.status.as_u16(), 422, "{}", odd.text);
    let none = change(json!({ "trace": null, "cluster_traffic": null })).await;
    none.expect(StatusCode::OK);
    let said = claims().await;
    assert_eq!(
        (&said["trace"], &said["cluster_traffic"]),
        (&Value::Null, &Value::Null)
    );
}

async fn the_token_is_shown_to_who_may_see_all_of_it(stack: Stack) {
    stack.account("acme").await;
    stack.account("globex").await;
    let observer = json!({ "name": "o", "role": "account_observer", "account": "globex" });
    let observer = stack.post("/api-keys", observer).await;
    let observer = observer.body["token"].as_str().unwrap();
    let path = "/accounts/globex/claims";
    let read = async |token: &str| stack.send_as(token, Method::GET, path, None).await.body;
    for token in [observer, &stack.token] {
        let claims = read(token).await;
        let jwt = claims["jwt"].as_str().unwrap();
        assert!(
            jwt.starts_with("eyJ") && jwt.len() == claims["bytes"],
            "{claims}"
        );
    }
    // An import of a private export has an activation token in it.
    let offer = json!({ "subject": "a.>", "kind": "stream", "allow": ["globex"] });
    let offered = stack.post("/accounts/acme/exports", offer).await;
    offered.expect(StatusCode::CREATED);
    let take = json!({ "account": "acme", "subject": "a.>", "kind": "stream" });
    let taken = stack.post("/accounts/globex/imports", take).await;
    taken.expect(StatusCode::CREATED);
    assert_eq!(read(observer).await["jwt"], Value::Null);
    assert!(read(&stack.token).await["jwt"].is_string());
}
