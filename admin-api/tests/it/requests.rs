//! Sharing between tenants by request: asked through a link or for what is advertised, approved,
//! denied, withdrawn; activations; what is offered to whom.

use futures_util::StreamExt as _;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, Stack, eventually, on_both_databases, settled, time_of};

on_both_databases!(
    a_request_is_approved_and_flows_at_once,
    what_may_not_be_asked_for_gives_one_answer,
    a_link_may_approve_by_itself_and_is_used_up,
    a_link_ends_with_its_time,
    a_request_is_decided_once,
    an_activation_is_made_listed_and_revoked,
    an_export_says_all_that_claims_can_say,
    offers_and_the_graph_show_no_more_than_one_may_see,
    an_approval_tells_nothing_of_the_importer,
);

async fn tenants(stack: &Stack) {
    for name in ["acme", "globex"] {
        stack.account(name).await;
    }
}

async fn export(stack: &Stack, body: Value) -> String {
    let made = stack.post("/accounts/acme/exports", body).await;
    made.expect(StatusCode::CREATED);
    made.body["id"].as_str().unwrap().to_owned()
}

async fn ask(stack: &Stack, body: Value) -> Answer {
    stack.post("/accounts/globex/import-requests", body).await
}

async fn link(stack: &Stack, export: &str, body: Value) -> String {
    let path = format!("/accounts/acme/exports/{export}/share-links");
    let made = stack.post(&path, body).await;
    made.expect(StatusCode::CREATED);
    assert_eq!(made.headers["cache-control"], "no-store");
    made.body["token"].as_str().unwrap().to_owned()
}

async fn approve(stack: &Stack, id: &Value) -> Answer {
    let path = format!(
        "/accounts/acme/share-requests/{}/approve",
        id.as_str().unwrap()
    );
    stack.post(&path, json!({})).await
}

async fn a_request_is_approved_and_flows_at_once(stack: Stack) {
    tenants(&stack).await;
    export(
        &stack,
        json!({ "subject": "orders.>", "kind": "stream", "advertised": true }),
    )
    .await;
    let take = json!({ "account": "acme", "kind": "stream", "subject": "orders.>" });
    let refused = stack.post("/accounts/globex/imports", take.clone()).await;
    refused.expect_problem(422, "export_not_available");
    let mut wanted = take.clone();
    wanted["local_subject"] = json!("acme.>");
    wanted["message"] = json!("please");
    let asked = ask(&stack, wanted.clone()).await;
    asked.expect(StatusCode::CREATED);
    assert_eq!(asked.body["state"], "pending");
    ask(&stack, wanted)
        .await
        .expect_problem(409, "request_pending");
    let seen = stack.get("/accounts/acme/share-requests").await;
    let seen = &seen.body["data"][0];
    assert_eq!(
        (&seen["importer"], &seen["message"], &seen["local_subject"]),
        (&json!("globex"), &json!("please"), &Value::Null),
        "where it appears is the importer's business"
    );
    let sender = stack.user("acme", json!({ "name": "u" })).await;
    let sender = stack.connect(&sender).await.unwrap();
    let reader = stack.user("globex", json!({ "name": "u" })).await;
    let reader = stack.connect(&reader).await.unwrap();
    let mut all = reader.subscribe("acme.>").await.unwrap();
    settled(&reader).await;

    let approved = approve(&stack, &asked.body["id"]).await;
    approved.expect(StatusCode::OK);
    assert_eq!(approved.body["live"], true, "{}", approved.text);
    sender.publish("orders.1", "x".into()).await.unwrap();
    let got = tokio::time::timeout(crate::harness::DEADLINE, all.next()).await;
    assert_eq!(got.unwrap().unwrap().subject.as_str(), "acme.1");
    let own = stack.get("/accounts/globex/import-requests").await;
    assert_eq!(own.body["data"][0]["state"], "approved");
    assert!(own.body["data"][0]["import"].is_string());
    for account in ["acme", "globex"] {
        let key = stack.account_key(account).await;
        let audit = stack.send_as(&key, Method::GET, "/audit", None).await;
        assert!(audit.text.contains("approve"), "{account}: {}", audit.text);
    }
}

async fn what_may_not_be_asked_for_gives_one_answer(stack: Stack) {
    tenants(&stack).await;
    export(&stack, json!({ "subject": "hidden.>", "kind": "stream" })).await;
    let mut answers = Vec::new();
    for body in [
        json!({ "account": "nobody", "kind": "stream", "subject": "hidden.>" }),
        json!({ "account": "acme", "kind": "stream", "subject": "hidden.>" }),
        json!({ "account": "acme", "kind": "stream", "subject": "nothing.>" }),
        json!({ "account": "\0", "kind": "stream", "subject": "nothing.>" }),
        json!({ "link": "tg_share_abcdefgh" }),
        json!({ "link": "what" }),
    ] {
        let answer = ask(&stack, body).await;
        answer.expect_problem(422, "export_not_available");
        let mut body = answer.body.clone();
        body["request_id"] = Value::Null;
        answers.push(body);
    }
    assert!(
        answers.windows(2).all(|pair| pair[0] == pair[1]),
        "{answers:?}"
    );
    for body in [json!({}), json!({ "link": "x", "account": "acme" })] {
        ask(&stack, body).await.expect_problem(422, "invalid");
    }
}

async fn a_link_may_approve_by_itself_and_is_used_up(stack: Stack) {
    tenants(&stack).await;
    stack.account("initech").await;
    let id = export(&stack, json!({ "subject": "orders.>", "kind": "stream" })).await;
    let token = link(&stack, &id, json!({ "approve": true })).await;
    let path = format!("/accounts/acme/exports/{id}/share-links");
    let listed = stack.get(&path).await;
    assert!(!listed.text.contains(&token), "shown once");
    let body = json!({ "link": token });
    let (one, other) = tokio::join!(
        ask(&stack, body.clone()),
        stack.post("/accounts/initech/import-requests", body.clone()),
    );
    let mut states = [one.status.as_u16(), other.status.as_u16()];
    states.sort_unstable();
    assert_eq!(states, [201, 422], "one use: {} {}", one.text, other.text);
    let won = if one.status == 201 { one } else { other };
    assert_eq!(won.body["state"], "approved");
    assert_eq!(won.body["subject"], "orders.>", "all of it");

    let waiting = link(&stack, &id, json!({ "max_uses": 0 })).await;
    let asked = stack
        .post(
            "/accounts/initech/import-requests",
            json!({ "link": waiting, "subject": "orders.x" }),
        )
        .await;
    assert_eq!(asked.body["state"], "pending", "{}", asked.text);
    let listed = stack.get(&path).await.body;
    let link = listed["data"][1]["id"].as_str().unwrap();
    stack
        .delete(&format!("{path}/{link}"))
        .await
        .expect(StatusCode::NO_CONTENT);
    ask(&stack, json!({ "link": waiting }))
        .await
        .expect_problem(422, "export_not_available");
}

async fn a_link_ends_with_its_time(stack: Stack) {
    tenants(&stack).await;
    let id = export(&stack, json!({ "subject": "orders.>", "kind": "stream" })).await;
    let path = format!("/accounts/acme/exports/{id}/share-links");
    let made = stack.post(&path, json!({ "approve": true })).await;
    let lasts = time_of(&made.body["expires_at"]) - time_of(&made.body["created_at"]);
    assert_eq!(lasts, 7 * 24 * 3600, "a week: {}", made.text);
    let body = json!({ "link": made.body["token"] });
    stack.alter("share_links", "expires_at = created_at").await;
    ask(&stack, body.clone())
        .await
        .expect_problem(422, "export_not_available");
    let imports = stack.get("/accounts/globex/imports").await;
    assert_eq!(imports.body["data"], json!([]));
    let listed = stack.get(&path).await;
    assert_eq!(listed.body["data"][0]["uses"], 0, "{}", listed.text);
    let open = "expires_at = created_at + 3600";
    stack.alter("share_links", open).await;
    ask(&stack, body).await.expect(StatusCode::CREATED);
}

async fn a_request_is_decided_once(stack: Stack) {
    tenants(&stack).await;
    export(
        &stack,
        json!({ "subject": "orders.>", "kind": "stream", "advertised": true }),
    )
    .await;
    let body =
        |n: u8| json!({ "account": "acme", "kind": "stream", "subject": format!("orders.{n}") });
    let asked = ask(&stack, body(1)).await.body["id"].clone();
    let (one, other) = tokio::join!(approve(&stack, &asked), approve(&stack, &asked));
    let mut states = [one.status.as_u16(), other.status.as_u16()];
    states.sort_unstable();
    assert_eq!(states, [200, 409], "{} {}", one.text, other.text);
    let imports = stack.get("/accounts/globex/imports").await.body;
    assert_eq!(imports["data"].as_array().unwrap().len(), 1);

    let asked = ask(&stack, body(2)).await.body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/accounts/acme/share-requests/{asked}");
    let denied = stack
        .post(&format!("{path}/deny"), json!({ "reason": "not for you" }))
        .await;
    denied.expect(StatusCode::OK);
    stack
        .post(&format!("{path}/approve"), json!({}))
        .await
        .expect_problem(409, "request_decided");
    let own = stack.get("/accounts/globex/import-requests").await.body;
    assert_eq!(own["data"][1]["reason"], "not for you");
    // What was denied may be asked for again, and taken back.
    let again = ask(&stack, body(2)).await.body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let own = format!("/accounts/globex/import-requests/{again}");
    let withdrawn = stack.delete(&own).await;
    assert_eq!(withdrawn.body["state"], "withdrawn", "{}", withdrawn.text);
    approve(&stack, &json!(again))
        .await
        .expect_problem(409, "request_decided");
    // The importer cannot approve for the exporter.
    let third = ask(&stack, body(3)).await.body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    stack
        .post(
            &format!("/accounts/globex/share-requests/{third}/approve"),
            json!({}),
        )
        .await
        .expect_problem(404, "not_found");
}

async fn an_activation_is_made_listed_and_revoked(stack: Stack) {
    tenants(&stack).await;
    let id = export(&stack, json!({ "subject": "orders.>", "kind": "stream" })).await;
    let path = format!("/accounts/acme/exports/{id}/activations");
    let made = stack.post(&path, json!({ "account": "globex" })).await;
    made.expect(StatusCode::CREATED);
    let token = made.body["token"].as_str().unwrap().to_owned();
    let claims = accounts::jwt::decode::<accounts::ActivationBody>(&token).unwrap();
    assert_eq!(claims.nats.subject, "orders.>");
    let take = json!({ "account": "acme", "subject": "orders.>", "kind": "stream" });
    let taken = stack.post("/accounts/globex/imports", take.clone()).await;
    taken.expect(StatusCode::CREATED);
    let listed = stack.get(&path).await;
    assert_eq!(listed.body["data"][0]["state"], "active");
    assert!(!listed.text.contains(&token), "shown once");

    let revoked = stack
        .delete(&format!("{path}/{}", made.body["id"].as_str().unwrap()))
        .await;
    revoked.expect(StatusCode::OK);
    assert_eq!(revoked.body["live"], true);
    let imports = stack.get("/accounts/globex/imports").await.body;
    assert_eq!(imports["data"][0]["status"], "unavailable");
    let import = format!(
        "/accounts/globex/imports/{}",
        taken.body["id"].as_str().unwrap()
    );
    stack.delete(&import).await.expect(StatusCode::OK);
    let refused = stack.post("/accounts/globex/imports", take.clone()).await;
    refused.expect_problem(422, "export_not_available");
    // Permitted again, also within the second of the revocation.
    let short = json!({ "account": "globex", "expires_in_seconds": 3 });
    stack.post(&path, short).await.expect(StatusCode::CREATED);
    stack
        .post("/accounts/globex/imports", take)
        .await
        .expect(StatusCode::CREATED);
    eventually("a permission ends by itself", || async {
        let imports = stack.get("/accounts/globex/imports").await.body;
        imports["data"][0]["status"] == "unavailable"
    })
    .await;
}

async fn an_export_says_all_that_claims_can_say(stack: Stack) {
    tenants(&stack).await;
    let details = json!({
        "description": "ask for prices", "tags": ["price"], "response_threshold_ms": 500,
        "latency": { "results": "latency.prices", "sampling_percent": 25 }, "allow_trace": true,
    });
    let made = json!({ "subject": "price.*", "kind": "service", "advertised": true,
                       "visibility": "public", "details": details });
    let id = export(&stack, made).await;
    let path = format!("/accounts/acme/exports/{id}");
    assert_eq!(stack.get(&path).await.body["details"], details);
    let claim = stack.get("/accounts/acme/claims").await.body["nats"]["exports"][0].clone();
    assert_eq!(claim["response_threshold"], 500_000_000);
    assert_eq!(claim["service_latency"]["sampling"], 25);
    assert_eq!(claim["advertise"], true);
    assert_eq!(claim["allow_trace"], true);
    let private = json!({ "visibility": "private", "name": "Prices", "response_type": "stream" });
    let changed = stack.send(Method::PATCH, &path, Some(private)).await;
    changed.expect(StatusCode::OK);
    assert_eq!(changed.body["details"], details, "what is absent stays");
    let claim = stack.get("/accounts/acme/claims").await.body["nats"]["exports"][0].clone();
    assert_eq!(
        (&claim["token_req"], &claim["name"]),
        (&json!(true), &json!("Prices"))
    );

    let position = json!({ "subject": "box.*", "kind": "stream", "visibility": "public",
                           "details": { "account_token_position": 2 } });
    export(&stack, position).await;
    let globex = stack.get("/accounts/globex").await.body["public_key"].clone();
    let part = |token: &str| {
        json!({ "account": "acme", "subject": format!("box.{token}"),
                                     "kind": "stream" })
    };
    stack
        .post("/accounts/globex/imports", part("*"))
        .await
        .expect_problem(422, "export_not_available");
    stack
        .post("/accounts/globex/imports", part(globex.as_str().unwrap()))
        .await
        .expect(StatusCode::CREATED);
    for (body, pointer) in [
        (
            json!({ "account_token_position": 1 }),
            "/details/account_token_position",
        ),
        (
            json!({ "response_threshold_ms": 5 }),
            "/details/response_threshold_ms",
        ),
        (json!({ "latency": { "results": "x" } }), "/details/latency"),
    ] {
        let body = json!({ "subject": "s.*", "kind": "stream", "details": body });
        let refused = stack.post("/accounts/acme/exports", body).await;
        refused.expect_problem(422, "invalid");
        assert_eq!(refused.body["errors"][0]["pointer"], pointer);
    }
}

async fn offers_and_the_graph_show_no_more_than_one_may_see(stack: Stack) {
    tenants(&stack).await;
    stack.account("initech").await;
    let public = |subject: &str| {
        json!({ "subject": subject, "kind": "stream",
                                         "visibility": "public" })
    };
    export(&stack, json!({ "subject": "hidden", "kind": "stream" })).await;
    export(
        &stack,
        json!({ "subject": "granted", "kind": "stream", "allow": ["globex"] }),
    )
    .await;
    export(
        &stack,
        json!({ "subject": "shown", "kind": "stream", "advertised": true }),
    )
    .await;
    export(&stack, public("open")).await;
    let offers = stack.get("/accounts/globex/shared-with-me").await;
    let seen: Vec<(&str, bool)> = offers.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["subject"].as_str().unwrap(), one["permitted"] == true))
        .collect();
    assert_eq!(
        seen,
        [("granted", true), ("shown", false)],
        "{}",
        offers.text
    );

    for (importer, subject, local) in [("globex", "granted", "g"), ("initech", "open", "i")] {
        let take = json!({ "account": "acme", "subject": subject, "kind": "stream",
                           "local_subject": local });
        stack
            .post(&format!("/accounts/{importer}/imports"), take)
            .await
            .expect(StatusCode::CREATED);
    }
    let graph = stack.get("/accounts/globex/sharing-graph").await.body;
    assert_eq!(graph["accounts"], json!(["acme", "globex"]));
    assert_eq!(graph["imports"].as_array().unwrap().len(), 1);
    assert_eq!(graph["imports"][0]["local_subject"], "g");
    let graph = stack.get("/accounts/acme/sharing-graph").await.body;
    assert_eq!(graph["accounts"], json!(["acme", "globex", "initech"]));
    assert_eq!(graph["imports"][0]["local_subject"], Value::Null);
    let whole = stack.get("/sharing-graph").await.body;
    assert_eq!(whole["imports"].as_array().unwrap().len(), 2);
    let exports = stack.get("/accounts/acme/exports").await.body;
    let open = exports["data"][3]["id"].as_str().unwrap();
    stack
        .delete(&format!("/accounts/acme/exports/{open}"))
        .await
        .expect(StatusCode::OK);
    let graph = stack.get("/accounts/initech/sharing-graph").await.body;
    assert_eq!(graph["imports"][0]["active"], false);
    assert!(graph["imports"][0]["problem"].is_string());
}

async fn an_approval_tells_nothing_of_the_importer(stack: Stack) {
    tenants(&stack).await;
    stack.account("initech").await;
    export(
        &stack,
        json!({ "subject": "help", "kind": "service", "advertised": true }),
    )
    .await;
    let asked = ask(
        &stack,
        json!({ "account": "acme", "kind": "service", "subject": "help" }),
    )
    .await;
    let other = json!({ "subject": "help", "kind": "service", "visibility": "public" });
    stack
        .post("/accounts/initech/exports", other)
        .await
        .expect(StatusCode::CREATED);
    let take = json!({ "account": "initech", "kind": "service", "subject": "help" });
    stack
        .post("/accounts/globex/imports", take)
        .await
        .expect(StatusCode::CREATED);
    let refused = approve(&stack, &asked.body["id"]).await;
    refused.expect_problem(409, "import_impossible");
    assert!(!refused.text.contains("initech"), "{}", refused.text);
    let own = stack.get("/accounts/globex/import-requests").await.body;
    assert_eq!(own["data"][0]["state"], "pending");
}
