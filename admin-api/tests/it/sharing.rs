//! Exports and imports: live at a real server, and refused where they must be.

use futures_util::StreamExt as _;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{DEADLINE, Stack, on_both_databases, settled};

on_both_databases!(
    exactly_the_shared_subject_goes_through,
    a_service_answers_across_accounts,
    private_exports_need_a_grant,
    what_is_not_offered_gives_one_answer,
    cycles_are_refused_with_their_path,
    conflicts_name_what_is_in_the_way,
);

async fn export(stack: &Stack, account: &str, body: Value) -> Value {
    let made = stack
        .post(&format!("/accounts/{account}/exports"), body)
        .await;
    made.expect(StatusCode::CREATED);
    assert_eq!(made.body["live"], true, "{}", made.text);
    made.body
}

async fn import(stack: &Stack, account: &str, body: Value) -> Value {
    let made = stack
        .post(&format!("/accounts/{account}/imports"), body)
        .await;
    made.expect(StatusCode::CREATED);
    assert_eq!(made.body["live"], true, "{}", made.text);
    made.body
}

async fn client(stack: &Stack, account: &str) -> async_nats::Client {
    stack
        .connect(&stack.user(account, json!({ "name": "app" })).await)
        .await
        .unwrap()
}

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

async fn exactly_the_shared_subject_goes_through(stack: Stack) {
    stack.account("acme").await;
    stack.account("globex").await;
    let (acme, globex) = (client(&stack, "acme").await, client(&stack, "globex").await);
    let mut all = globex.subscribe(">").await.unwrap();
    settled(&globex).await;

    // Both are connected while the sharing is made.
    let offer = json!({ "subject": "orders.>", "kind": "stream", "visibility": "public" });
    let offered = export(&stack, "acme", offer).await;
    let take = json!({ "account": "acme", "subject": "orders.eu.>", "kind": "stream",
                       "local_subject": "acme.>" });
    let taken = import(&stack, "globex", take).await;
    assert_eq!(
        (&taken["status"], &taken["exporter"]),
        (&json!("active"), &json!("acme"))
    );

    acme.publish("orders.us.1", "not imported".into())
        .await
        .unwrap();
    acme.publish("secret", "not exported".into()).await.unwrap();
    acme.publish("orders.eu.1", "shared".into()).await.unwrap();
    let message = next(&mut all).await;
    assert_eq!(
        (message.subject.as_str(), &message.payload[..]),
        ("acme.1", &b"shared"[..])
    );

    let path = format!("/accounts/acme/exports/{}", offered["id"].as_str().unwrap());
    stack.delete(&path).await.expect(StatusCode::OK);
    acme.publish("orders.eu.2", "withdrawn".into())
        .await
        .unwrap();
    settled(&acme).await;
    globex.publish("own", "own".into()).await.unwrap();
    assert_eq!(next(&mut all).await.subject.as_str(), "own");
    let listed = stack.get("/accounts/globex/imports").await;
    assert_eq!(listed.body["data"][0]["status"], "unavailable");
    let path = format!("/accounts/globex/imports/{}", taken["id"].as_str().unwrap());
    stack.delete(&path).await.expect(StatusCode::OK);
    stack.delete(&path).await.expect_problem(404, "not_found");
}

async fn a_service_answers_across_accounts(stack: Stack) {
    stack.account("acme").await;
    stack.account("globex").await;
    let offer = json!({ "subject": "price.*", "kind": "service", "visibility": "public",
                        "response_type": "singleton" });
    export(&stack, "acme", offer).await;
    let take = json!({ "account": "acme", "subject": "price.*", "kind": "service",
                       "local_subject": "acme.price.*" });
    import(&stack, "globex", take).await;
    let (acme, globex) = (client(&stack, "acme").await, client(&stack, "globex").await);
    let mut requests = acme.subscribe("price.*").await.unwrap();
    settled(&acme).await;
    let asked = tokio::spawn(async move { globex.request("acme.price.eu", "?".into()).await });
    let request = next(&mut requests).await;
    assert_eq!(request.subject.as_str(), "price.eu");
    acme.publish(request.reply.unwrap(), "42".into())
        .await
        .unwrap();
    assert_eq!(asked.await.unwrap().unwrap().payload, "42");
}

async fn private_exports_need_a_grant(stack: Stack) {
    for name in ["acme", "globex", "initech"] {
        stack.account(name).await;
    }
    // Private is the default, and a grant may name an account that does not exist yet.
    let offer = json!({ "subject": "orders.>", "kind": "stream", "allow": ["globex", "later"] });
    let offered = export(&stack, "acme", offer).await;
    assert_eq!(offered["visibility"], "private");
    assert_eq!(offered["allow"], json!(["globex", "later"]));

    let take = json!({ "account": "acme", "subject": "orders.>", "kind": "stream" });
    let refused = stack.post("/accounts/initech/imports", take.clone()).await;
    refused.expect_problem(422, "export_not_available");
    import(&stack, "globex", take.clone()).await;
    let (acme, globex) = (client(&stack, "acme").await, client(&stack, "globex").await);
    let mut orders = globex.subscribe("orders.*").await.unwrap();
    settled(&globex).await;
    acme.publish("orders.1", "granted".into()).await.unwrap();
    assert_eq!(next(&mut orders).await.payload, "granted");
    let listed = stack.get("/accounts/globex/imports").await;
    assert_eq!(
        listed.body["data"][0]["status"], "active",
        "{}",
        listed.text
    );
    assert!(
        !listed.text.contains("eyJ"),
        "the activation token is nobody's to see"
    );
    let listed = stack.get("/accounts/acme/exports").await;
    assert_eq!(listed.body["data"][0]["allow"], json!(["globex", "later"]));
}

async fn what_is_not_offered_gives_one_answer(stack: Stack) {
    for name in ["acme", "globex"] {
        stack.account(name).await;
    }
    export(
        &stack,
        "acme",
        json!({ "subject": "private.>", "kind": "stream" }),
    )
    .await;
    let mut answers = Vec::new();
    for (account, subject) in [
        ("nobody", "orders.>"),
        ("acme", "orders.>"),
        ("acme", "private.>"),
        ("\0", "x"),
    ] {
        let take = json!({ "account": account, "subject": subject, "kind": "stream" });
        let answer = stack.post("/accounts/globex/imports", take).await;
        let mut body = answer
            .expect_problem(422, "export_not_available")
            .body
            .clone();
        body["request_id"] = Value::Null;
        answers.push(body);
    }
    assert!(
        answers.windows(2).all(|pair| pair[0] == pair[1]),
        "{answers:?}"
    );
    let before = stack.get("/accounts/globex").await.body;
    assert_eq!(before["generation"], 1, "a refused import leaves no trace");
}

async fn cycles_are_refused_with_their_path(stack: Stack) {
    for name in ["aa", "bb", "cc"] {
        stack.account(name).await;
        let offer = json!({ "subject": "x.>", "kind": "service", "visibility": "public" });
        export(&stack, name, offer).await;
    }
    let take = |from: &str| json!({ "account": from, "subject": "x.>", "kind": "service" });
    import(&stack, "aa", take("bb")).await;
    import(&stack, "bb", take("cc")).await;
    let refused = stack.post("/accounts/cc/imports", take("aa")).await;
    refused.expect_problem(409, "import_cycle");
    let detail = refused.body["detail"].as_str().unwrap();
    for name in ["aa", "bb", "cc"] {
        assert!(detail.contains(name), "{detail}");
    }
    let own = stack.post("/accounts/aa/imports", take("aa")).await;
    own.expect_problem(422, "invalid");
    assert_eq!(own.body["errors"][0]["pointer"], "/account");
}

async fn conflicts_name_what_is_in_the_way(stack: Stack) {
    for name in ["acme", "globex", "initech"] {
        stack.account(name).await;
    }
    let offer = |subject: &str, kind: &str| {
        let visibility = "public";
        json!({ "subject": subject, "kind": kind, "visibility": visibility })
    };
    let first = export(&stack, "acme", offer("orders.>", "stream")).await;
    for subject in ["orders.>", "orders.eu", ">"] {
        let clash = stack
            .post("/accounts/acme/exports", offer(subject, "stream"))
            .await;
        clash.expect_problem(409, "export_exists");
        assert!(
            clash.text.contains(first["id"].as_str().unwrap()),
            "{}",
            clash.text
        );
    }
    export(&stack, "acme", offer("orders.>", "service")).await;
    export(&stack, "initech", offer("orders.>", "stream")).await;
    export(&stack, "initech", offer("orders.>", "service")).await;

    let take = |account: &str, kind: &str, local: &str| {
        let subject = "orders.>";
        json!({ "account": account, "subject": subject, "kind": kind, "local_subject": local })
    };
    let taken = import(&stack, "globex", take("acme", "stream", "in.>")).await;
    let twice = stack
        .post(
            "/accounts/globex/imports",
            take("acme", "stream", "other.>"),
        )
        .await;
    twice.expect_problem(409, "import_exists");
    assert!(
        twice.text.contains(taken["id"].as_str().unwrap()),
        "{}",
        twice.text
    );
    import(&stack, "globex", take("initech", "stream", "in.>")).await;
    import(&stack, "globex", take("acme", "service", "ask.>")).await;
    let both = stack
        .post(
            "/accounts/globex/imports",
            take("initech", "service", "ask.>"),
        )
        .await;
    both.expect_problem(409, "import_exists");

    let tighten = |limits: Value| {
        let body = json!({ "limits": limits });
        stack.send(Method::PATCH, "/accounts/acme", Some(body))
    };
    // What is there already must fit: the servers would not take the claims.
    let too_tight = tighten(json!({ "exports": 2, "wildcard_exports": false })).await;
    too_tight.expect_problem(422, "claims_refused");
    let too_tight = tighten(json!({ "exports": 1 })).await;
    too_tight.expect_problem(422, "claims_refused");
    tighten(json!({ "exports": 2 }))
        .await
        .expect(StatusCode::OK);
    let third = stack
        .post("/accounts/acme/exports", offer("x", "stream"))
        .await;
    third.expect_problem(422, "claims_refused");
}
