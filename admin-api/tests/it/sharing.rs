//! Exports and imports: live at a real server, and refused where they must be.

use futures_util::StreamExt as _;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, DEADLINE, Stack, http, on_both_databases, settled};

on_both_databases!(
    exactly_the_shared_subject_goes_through,
    a_service_answers_across_accounts,
    private_exports_need_a_grant,
    what_is_not_offered_gives_one_answer,
    cycles_are_refused_with_their_path,
    conflicts_name_what_is_in_the_way,
    an_import_moves_without_an_outage,
    an_import_is_changed_with_the_checks_of_a_new_one,
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

async fn an_import_moves_without_an_outage(stack: Stack) {
    stack.account("acme").await;
    stack.account("globex").await;
    let offer = json!({ "subject": "orders.>", "kind": "stream", "visibility": "public" });
    export(&stack, "acme", offer).await;
    let take = json!({ "account": "acme", "subject": "orders.>", "kind": "stream",
                       "local_subject": "in.>" });
    let taken = import(&stack, "globex", take).await;
    let path = format!("/accounts/globex/imports/{}", taken["id"].as_str().unwrap());
    let (acme, globex) = (client(&stack, "acme").await, client(&stack, "globex").await);
    let mut all = globex.subscribe(">").await.unwrap();
    settled(&globex).await;
    acme.publish("orders.1", "old".into()).await.unwrap();
    assert_eq!(next(&mut all).await.subject.as_str(), "in.1");

    let moved = json!({ "local_subject": "acme.orders.>", "details": { "allow_trace": true } });
    let tried = format!("{path}?dry_run=true");
    let tried = stack.send(Method::PATCH, &tried, Some(moved.clone())).await;
    tried.expect(StatusCode::OK);
    assert_eq!(
        stack.get(&path).await.body,
        taken,
        "a dry run moves nothing"
    );
    let moved = stack.send(Method::PATCH, &path, Some(moved)).await;
    moved.expect(StatusCode::OK);
    let body = &moved.body;
    assert_eq!(body["live"], true, "{body}");
    assert_eq!(body["status"], "active", "{body}");
    assert_eq!(body["version"], 2, "{body}");
    assert_eq!(body["details"]["allow_trace"], true, "{body}");
    assert_eq!(body["id"], taken["id"]);
    // The same connection, which did nothing.
    acme.publish("orders.2", "new".into()).await.unwrap();
    assert_eq!(next(&mut all).await.subject.as_str(), "acme.orders.2");

    let plain = json!({ "local_subject": null, "name": "theirs" });
    let plain = stack.send(Method::PATCH, &path, Some(plain)).await;
    assert_eq!(plain.body["local_subject"], "orders.>", "{}", plain.text);
    assert_eq!(plain.body["name"], "theirs");
    let audit = stack
        .get("/audit?filter[action]=import.update&limit=1")
        .await;
    let entry = &audit.body["data"][0];
    assert_eq!(entry["before"]["local_subject"], "acme.orders.>", "{entry}");
    assert_eq!(entry["after"]["local_subject"], "orders.>", "{entry}");
}

async fn an_import_is_changed_with_the_checks_of_a_new_one(stack: Stack) {
    for name in ["acme", "globex", "initech"] {
        stack.account(name).await;
        for subject in ["a.>", "b.>"] {
            let offer = json!({ "subject": subject, "kind": "service", "visibility": "public" });
            export(&stack, name, offer).await;
        }
    }
    let take = |from: &str, subject: &str, local: &str| {
        let kind = "service";
        json!({ "account": from, "subject": subject, "kind": kind, "local_subject": local })
    };
    let path = |import: &Value, account: &str| {
        format!(
            "/accounts/{account}/imports/{}",
            import["id"].as_str().unwrap()
        )
    };
    let first = import(&stack, "globex", take("acme", "a.>", "x.>")).await;
    let first = path(&first, "globex");
    let second = import(&stack, "globex", take("initech", "a.>", "y.>")).await;
    let second = path(&second, "globex");
    let change = async |path: &str, body: Value| stack.send(Method::PATCH, path, Some(body)).await;
    let taken = change(&second, json!({ "local_subject": "x.1.>" })).await;
    taken.expect_problem(409, "import_exists");
    for (body, pointer) in [
        (json!({ "local_subject": "x y" }), "/local_subject"),
        (json!({ "name": "" }), "/name"),
        (
            json!({ "details": { "allow_trace": true } }),
            "/details/allow_trace",
        ),
    ] {
        let refused = change(&second, body).await;
        refused.expect_problem(422, "invalid");
        assert_eq!(refused.body["errors"][0]["pointer"], pointer);
    }
    let other = change(&second, json!({ "subject": "b.>" })).await;
    assert_eq!(other.status.as_u16(), 422, "{}", other.text);
    let wildcards = change(&second, json!({ "local_subject": "y.*.*" })).await;
    assert_eq!(wildcards.status.as_u16(), 422, "{}", wildcards.text);
    let same = change(&second, json!({ "local_subject": "y.>" })).await;
    same.expect(StatusCode::OK);

    // Where a service appears decides whether requests could run in a circle.
    import(&stack, "acme", take("globex", "b.>", "a.>")).await;
    let circle = change(&first, json!({ "local_subject": "b.>" })).await;
    circle.expect_problem(409, "import_cycle");
    let kept = stack.get(&first).await;
    assert_eq!(kept.body["local_subject"], "x.>", "{}", kept.text);
    let url = stack.url(&format!("/api/v1{second}"));
    let late = http().patch(url).bearer_auth(&stack.token);
    let late = late
        .header("if-match", "\"1\"")
        .json(&json!({ "name": "late" }));
    let late = Answer::read(late).await;
    late.expect(StatusCode::PRECONDITION_FAILED);
}
