//! May a user do something, and which rule says so: the API's answer, which is what a real server
//! does.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Stack, on_both_databases};

on_both_databases!(
    checks_name_the_rule,
    checks_say_where_imports_lead_and_nothing_of_others,
    bad_questions_are_refused,
    subjects_of_servers_are_not_for_sharing,
    an_engine_without_a_memory_is_unavailable,
);

async fn check(stack: &Stack, account: &str, question: Value) -> Value {
    let path = format!("/accounts/{account}/permissions/check");
    let answer = stack.post(&path, question).await;
    answer.expect(StatusCode::OK);
    answer.body
}

async fn checks_name_the_rule(stack: Stack) {
    stack.account("acme").await;
    let user = json!({
        "name": "bound",
        "permissions": {
            "publish": { "allow": ["orders.>"], "deny": ["x", "orders.secret"] },
            "subscribe": { "allow": ["news.>", "work crew"], "deny": ["news.hidden"] },
        },
    });
    let made = stack.post("/accounts/acme/users", user).await;
    let key = made.body["public_key"].as_str().unwrap().to_owned();
    for (action, subject, queue, allowed, text) in [
        (
            "publish",
            "orders.a",
            None,
            true,
            "allowed by user K pub.allow[0] \"orders.>\"",
        ),
        (
            "publish",
            "orders.secret",
            None,
            false,
            "denied by user K pub.deny[1] \"orders.secret\"",
        ),
        (
            "publish",
            "b",
            None,
            false,
            "refused: no entry of user K pub.allow covers \"b\"",
        ),
        (
            "subscribe",
            "work",
            Some("crew"),
            true,
            "allowed by user K sub.allow[1] \"work crew\"",
        ),
        (
            "subscribe",
            "work",
            None,
            false,
            "refused: no entry of user K sub.allow covers \"work\"",
        ),
    ] {
        for name in ["bound", &key] {
            let question =
                json!({ "user": name, "action": action, "subject": subject, "queue": queue });
            let answer = check(&stack, "acme", question).await;
            assert_eq!(answer["allowed"], allowed, "{subject}: {answer}");
            assert_eq!(answer["text"], text.replace('K', &key), "{subject}");
        }
    }
    let question = json!({ "user": "bound", "action": "subscribe", "subject": "news.>" });
    let answer = check(&stack, "acme", question).await;
    let rule = json!({
        "claim": "user", "key": key, "path": "sub.deny[0]", "entry": "news.hidden",
    });
    assert_eq!(answer["filters"], json!([rule]));
    let question = json!({ "action": "publish", "subject": "anything" });
    assert_eq!(
        check(&stack, "acme", question).await["code"],
        "no_allow_list"
    );
}

async fn checks_say_where_imports_lead_and_nothing_of_others(stack: Stack) {
    let acme = stack.account("acme").await;
    stack.account("globex").await;
    for (subject, kind) in [("help", "service"), ("news.>", "stream")] {
        let offer = json!({ "subject": subject, "kind": kind, "visibility": "public" });
        stack
            .post("/accounts/acme/exports", offer)
            .await
            .expect(StatusCode::CREATED);
        let take = json!({ "account": "acme", "subject": subject, "kind": kind,
                           "local_subject": format!("their.{subject}") });
        stack
            .post("/accounts/globex/imports", take)
            .await
            .expect(StatusCode::CREATED);
    }
    let ways = async |action: &str, subject: &str| {
        let question = json!({ "action": action, "subject": subject });
        check(&stack, "globex", question).await["imports"].take()
    };
    let way = |kind: &str, local: &str, remote: &str, active: bool| {
        json!([{ "kind": kind, "account": acme["public_key"], "local_subject": local,
                 "remote_subject": remote, "active": active }])
    };
    assert_eq!(
        ways("publish", "their.help").await,
        way("service", "their.help", "help", true)
    );
    assert_eq!(
        ways("subscribe", "their.>").await,
        way("stream", "their.news.>", "news.>", true)
    );
    assert_eq!(ways("publish", "elsewhere").await, json!([]));
    // The exporter goes. Why the import brings nothing now is not the importer's business.
    stack.delete("/accounts/acme").await.expect(StatusCode::OK);
    assert_eq!(
        ways("publish", "their.help").await,
        way("service", "their.help", "help", false)
    );
}

async fn bad_questions_are_refused(stack: Stack) {
    stack.account("acme").await;
    stack.account("globex").await;
    stack.user("globex", json!({ "name": "theirs" })).await;
    let path = "/accounts/acme/permissions/check";
    for (body, pointer) in [
        (
            json!({ "action": "publish", "subject": "a..b" }),
            "/subject",
        ),
        (
            json!({ "action": "publish", "subject": "a", "queue": "q" }),
            "/queue",
        ),
        (
            json!({ "action": "subscribe", "subject": "a", "queue": "q q" }),
            "/queue",
        ),
        (
            json!({ "action": "publish", "subject": "a", "user": "theirs" }),
            "/user",
        ),
        (
            json!({ "action": "publish", "subject": "a", "user": "a\u{0}" }),
            "/user",
        ),
        (json!({ "action": "connect", "subject": "a" }), "/action"),
        (
            json!({ "action": "publish", "subject": "a", "more": 1 }),
            "/more",
        ),
    ] {
        let answer = stack.post(path, body.clone()).await;
        assert!(answer.status.is_client_error(), "{body}: {}", answer.text);
        assert_eq!(
            answer.body["errors"][0]["pointer"], pointer,
            "{body}: {}",
            answer.text
        );
    }
    let key = stack.account_key("globex").await;
    let question = json!({ "action": "publish", "subject": "a" });
    let answer = stack
        .send_as(&key, Method::POST, path, Some(question))
        .await;
    answer.expect_problem(404, "not_found");
}

async fn subjects_of_servers_are_not_for_sharing(stack: Stack) {
    stack.account("acme").await;
    stack.account("globex").await;
    for subject in [
        "$SYS.>",
        "$SYS.REQ.USER.INFO",
        "_R_.a",
        "_INBOX.>",
        "$JS.API.>",
    ] {
        let offer = json!({ "subject": subject, "kind": "service", "visibility": "public" });
        let answer = stack.post("/accounts/acme/exports", offer).await;
        assert_eq!(
            answer.body["errors"][0]["pointer"], "/subject",
            "{}",
            answer.text
        );
        let take = json!({ "account": "acme", "subject": "a", "kind": "service",
                           "local_subject": subject.replace('>', "x") });
        let answer = stack.post("/accounts/globex/imports", take).await;
        assert_eq!(
            answer.body["errors"][0]["pointer"], "/local_subject",
            "{}",
            answer.text
        );
    }
}

/// A stock nats-server does not remember what it refused.
async fn an_engine_without_a_memory_is_unavailable(stack: Stack) {
    stack.account("acme").await;
    let answer = stack.get("/accounts/acme/denials").await;
    assert_eq!(
        answer.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "{}",
        answer.text
    );
}
