//! A POST with an `Idempotency-Key` is carried out once, whatever happens to its answer.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, Stack, http, on_both_databases, settled};
use crate::people::{PASSWORD, Person};

on_both_databases!(
    a_repeated_request_is_answered_and_not_repeated,
    of_two_at_once_one_runs,
    secrets_are_replayed_for_a_while_and_then_withheld,
    what_failed_may_be_tried_again,
    a_key_belongs_to_its_caller_and_its_request,
    a_lost_answer_does_not_repeat_the_change,
    an_abandoned_attempt_is_taken_over,
    a_caller_who_hangs_up_gets_the_answer_later,
    a_link_is_used_once_and_its_answer_comes_again,
    what_is_a_persons_own_is_done_once,
    what_is_not_kept_is_done_each_time,
    a_connection_is_kicked_once,
);

fn is_replay(answer: &Answer) -> bool {
    answer.headers.contains_key("idempotency-replayed")
}

async fn count(stack: &Stack, path: &str) -> usize {
    stack.get(path).await.body["data"].as_array().unwrap().len()
}

async fn a_repeated_request_is_answered_and_not_repeated(stack: Stack) {
    let body = json!({ "name": "Acme" });
    let first = stack.post_once("k-1", "/orgs", &body).await;
    first.expect(StatusCode::CREATED);
    assert!(!is_replay(&first));
    let again = stack.post_once("k-1", "/orgs", &body).await;
    again.expect(StatusCode::CREATED);
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.body, first.body);
    assert_eq!(again.headers["etag"], first.headers["etag"]);
    assert_eq!(count(&stack, "/orgs").await, 2, "the default one and this");
    assert_ne!(again.headers["x-request-id"], first.headers["x-request-id"]);
    let other = stack.post_once("k-2", "/orgs", &body).await;
    other.expect_problem(409, "slug_taken");
    for bad in ["", &"k".repeat(256)] {
        let refused = stack.post_once(bad, "/orgs", &body).await;
        refused.expect_problem(400, "bad_request");
    }
}

async fn of_two_at_once_one_runs(stack: Stack) {
    // Nothing about API keys is unique: only the Idempotency-Key keeps them from being made twice.
    for round in 0..5 {
        let (key, body) = (format!("round-{round}"), json!({ "name": "twin" }));
        let before = count(&stack, "/api-keys?limit=500").await;
        let post = || stack.post_once(&key, "/api-keys", &body);
        let (a, b, c) = tokio::join!(post(), post(), post());
        let answers = [a, b, c];
        let made = answers
            .iter()
            .filter(|answer| answer.status == StatusCode::CREATED);
        assert!(made.clone().count() >= 1);
        assert_eq!(made.filter(|answer| !is_replay(answer)).count(), 1);
        for answer in answers.iter().filter(|answer| !answer.status.is_success()) {
            answer.expect_problem(409, "request_in_flight");
        }
        assert_eq!(count(&stack, "/api-keys?limit=500").await, before + 1);
    }
}

async fn secrets_are_replayed_for_a_while_and_then_withheld(stack: Stack) {
    stack.account("acme").await;
    let body = json!({ "name": "u" });
    let first = stack.post_once("u", "/accounts/acme/users", &body).await;
    first.expect(StatusCode::CREATED);
    let soon = stack.post_once("u", "/accounts/acme/users", &body).await;
    assert_eq!(soon.body["creds"], first.body["creds"]);
    assert_eq!(soon.headers["cache-control"], "no-store");
    // Ten minutes later.
    stack.alter("idempotency", "answer_until = 1").await;
    let late = stack.post_once("u", "/accounts/acme/users", &body).await;
    late.expect(StatusCode::CREATED);
    assert!(is_replay(&late));
    assert_eq!(late.body["id"], first.body["id"]);
    assert_eq!(late.body["creds"], Value::Null, "{}", late.text);
    assert_eq!(late.body["withheld"], json!(["creds"]));

    let key = stack
        .post_once("t", "/api-keys", &json!({ "name": "k" }))
        .await;
    stack.alter("idempotency", "answer_until = 1").await;
    let late = stack
        .post_once("t", "/api-keys", &json!({ "name": "k" }))
        .await;
    assert_eq!(late.body["id"], key.body["id"]);
    assert_eq!(late.body["withheld"], json!(["token"]));
}

async fn what_failed_may_be_tried_again(stack: Stack) {
    let wrong = json!({ "name": "", "slug": "acme" });
    let refused = stack.post_once("k", "/accounts", &wrong).await;
    refused.expect_problem(422, "invalid");
    let right = json!({ "name": "Acme", "slug": "acme" });
    let made = stack.post_once("k", "/accounts", &right).await;
    made.expect(StatusCode::CREATED);
    assert!(!is_replay(&made));
    let dry = stack
        .post_once("k", "/accounts?dry_run=true", &json!({ "name": "dry" }))
        .await;
    assert_eq!(
        dry.headers["dry-run"], "true",
        "a dry run is not kept: {}",
        dry.text
    );
}

async fn a_key_belongs_to_its_caller_and_its_request(stack: Stack) {
    stack.account("acme").await;
    let body = json!({ "name": "k" });
    let mine = stack.post_once("same", "/api-keys", &body).await;
    let other_body = json!({ "name": "l" });
    for (path, body) in [("/api-keys", &other_body), ("/orgs", &body)] {
        let reused = stack.post_once("same", path, body).await;
        reused.expect_problem(422, "idempotency_key_reused");
    }
    let other = stack.account_key("acme").await;
    let request = http()
        .post(stack.url("/api/v1/api-keys"))
        .bearer_auth(&other);
    let theirs = Answer::read(request.json(&body).header("idempotency-key", "same")).await;
    theirs.expect(StatusCode::CREATED);
    assert!(!is_replay(&theirs));
    assert_ne!(theirs.body["id"], mine.body["id"]);
    // Who is not let in learns nothing of kept answers.
    let path = format!("/api-keys/{}", theirs.body["id"].as_str().unwrap());
    stack.delete(&path).await.expect(StatusCode::NO_CONTENT);
    let token = theirs.body["token"].as_str().unwrap();
    let request = http()
        .post(stack.url("/api/v1/api-keys"))
        .bearer_auth(token);
    let refused = Answer::read(request.json(&body).header("idempotency-key", "same")).await;
    refused.expect_problem(401, "unauthorized");
}

async fn a_lost_answer_does_not_repeat_the_change(stack: Stack) {
    let body = json!({ "name": "k" });
    stack
        .post_once("k", "/api-keys", &body)
        .await
        .expect(StatusCode::CREATED);
    let made = count(&stack, "/api-keys").await;
    // As after a crash between the commit and the answer.
    stack
        .alter("idempotency", "answer = NULL, remains = NULL")
        .await;
    let early = stack.post_once("k", "/api-keys", &body).await;
    early.expect_problem(409, "request_in_flight");
    stack.alter("idempotency", "started_at = 1").await;
    let again = stack.post_once("k", "/api-keys", &body).await;
    again.expect_problem(409, "answer_lost");
    assert_eq!(count(&stack, "/api-keys").await, made);
}

async fn an_abandoned_attempt_is_taken_over(stack: Stack) {
    let body = json!({ "name": "Acme" });
    stack
        .post_once("k", "/orgs", &body)
        .await
        .expect(StatusCode::CREATED);
    stack.alter("idempotency", "state = 'running'").await;
    let early = stack.post_once("k", "/orgs", &body).await;
    early.expect_problem(409, "request_in_flight");
    stack.alter("idempotency", "started_at = 1").await;
    let run = stack.post_once("k", "/orgs", &body).await;
    run.expect_problem(409, "slug_taken");
    stack.alter("idempotency", "expires_at = 1").await;
    let after_a_day = stack
        .post_once("k", "/orgs", &json!({ "name": "new" }))
        .await;
    after_a_day.expect(StatusCode::CREATED);
}

async fn a_caller_who_hangs_up_gets_the_answer_later(stack: Stack) {
    let body = json!({ "name": "k" });
    let request = http()
        .post(stack.url("/api/v1/api-keys"))
        .bearer_auth(&stack.token);
    let request = request.json(&body).header("idempotency-key", "gone");
    // Whether it was too early or too late: afterwards the key is made, once.
    let _ = tokio::time::timeout(std::time::Duration::from_millis(3), request.send()).await;
    let answer = async || stack.post_once("gone", "/api-keys", &body).await;
    crate::harness::eventually("the answer is there", || async {
        answer().await.status == StatusCode::CREATED
    })
    .await;
    let all = stack.send(Method::GET, "/api-keys", None).await;
    let keys = all.body["data"].as_array().unwrap().iter();
    assert_eq!(keys.filter(|key| key["name"] == "k").count(), 1);
}

/// Sends a POST without a credential.
async fn open(stack: &Stack, key: &str, path: &str, body: &Value) -> Answer {
    let request = http().post(stack.url(&format!("/api/v1{path}"))).json(body);
    Answer::read(request.header("idempotency-key", key)).await
}

/// Whoever accepts an invitation and never hears that it worked sends it again, and is let in.
async fn a_link_is_used_once_and_its_answer_comes_again(stack: Stack) {
    stack.account("acme").await;
    let invitation = |name: &str| {
        let email = format!("{name}@example.org");
        json!({ "email": email, "role": "account_admin", "account": "acme" })
    };
    let ada = stack.post("/invitations", invitation("ada")).await;
    let bob = stack.post("/invitations", invitation("bob")).await;
    let given = |link: &Answer, name: &str, password: &str| {
        let token = &link.body["token"];
        json!({ "token": token, "name": name, "password": password })
    };
    let (path, body) = ("/invitations/accept", given(&ada, "Ada", PASSWORD));
    let first = open(&stack, "k", path, &body).await;
    first.expect(StatusCode::CREATED);
    let again = open(&stack, "k", path, &body).await;
    again.expect(StatusCode::CREATED);
    assert!(is_replay(&again) && !is_replay(&first));
    assert_eq!(again.body, first.body);
    assert_eq!(again.headers["set-cookie"], first.headers["set-cookie"]);
    let person = Person::of(&again);
    let identity = person.send(&stack, Method::GET, "/whoami", None).await;
    assert_eq!(identity.body["name"], "Ada");
    // The password is a part of the request, and another link is another caller.
    let guessed = open(&stack, "k", path, &given(&ada, "Ada", "another password")).await;
    guessed.expect_problem(422, "idempotency_key_reused");
    let other = open(&stack, "k", path, &given(&bob, "Bob", PASSWORD)).await;
    assert_eq!(other.expect(StatusCode::CREATED).body["name"], "Bob");
    let without = open(&stack, "l", path, &body).await;
    without.expect_problem(422, "link_ended");
    // Ten minutes later the cookie is not kept any more.
    stack.alter("idempotency", "answer_until = 1").await;
    let late = open(&stack, "k", path, &body).await;
    late.expect_problem(409, "answer_lost");

    let member = first.body["id"].as_str().unwrap();
    let reset = stack
        .post(&format!("/members/{member}/password-reset"), json!({}))
        .await;
    let body = json!({ "token": reset.body["token"], "password": "correct donkey battery" });
    let (first, again) = (
        open(&stack, "k", "/password-resets", &body).await,
        open(&stack, "k", "/password-resets", &body).await,
    );
    first.expect(StatusCode::CREATED);
    assert!(is_replay(&again), "{}", again.text);
    assert_eq!(again.headers["set-cookie"], first.headers["set-cookie"]);
    Person::of(&again);
}

async fn what_is_a_persons_own_is_done_once(stack: Stack) {
    stack.account("acme").await;
    let role = json!({ "role": "account_admin", "account": "acme" });
    let ada = Person::invite(&stack, "ada@example.org", role).await;
    let changed = json!({ "current_password": PASSWORD, "new_password": "correct donkey battery" });
    let asked = json!({ "password": "correct donkey battery" });
    for (path, body) in [
        ("/session/api-keys", json!({ "name": "k" })),
        ("/session/password", changed),
        ("/session/totp", asked),
    ] {
        let first = ada.post_once(&stack, path, path, &body).await;
        assert!(first.status.is_success(), "{path}: {}", first.text);
        let again = ada.post_once(&stack, path, path, &body).await;
        assert!(
            is_replay(&again) && !is_replay(&first),
            "{path}: {}",
            again.text
        );
        assert_eq!((again.status, &again.body), (first.status, &first.body));
    }
}

/// What may be sent again, and what must not be answered from what was kept, has no key.
async fn what_is_not_kept_is_done_each_time(stack: Stack) {
    stack.account("acme").await;
    let email = "ada@example.org";
    let invitation = json!({ "email": email, "role": "account_admin", "account": "acme" });
    let link = stack.post("/invitations", invitation).await;
    let token = json!({ "token": link.body["token"] });
    let preview = async || open(&stack, "k", "/invitations/preview", &token).await;
    let (first, again) = (preview().await, preview().await);
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (200, 200));
    Person::join(&stack, &link, "Ada").await;
    let body = json!({ "email": email, "password": PASSWORD });
    let (first, again) = (
        open(&stack, "k", "/session", &body).await,
        open(&stack, "k", "/session", &body).await,
    );
    assert!(!is_replay(&again));
    assert_ne!(first.headers["set-cookie"], again.headers["set-cookie"]);
    // A backup at once is a file, and is not kept; one that is made later is an operation.
    let body = json!({ "passphrase": "correct horse battery" });
    let backup = async || {
        let request = http()
            .post(stack.url("/api/v1/backup"))
            .bearer_auth(&stack.token);
        let request = request.header("prefer", "respond-async");
        Answer::read(request.header("idempotency-key", "b").json(&body)).await
    };
    let (first, again) = (backup().await, backup().await);
    first.expect(StatusCode::ACCEPTED);
    assert!(is_replay(&again));
    assert_eq!(again.headers["location"], first.headers["location"]);
}

async fn a_connection_is_kicked_once(stack: Stack) {
    stack.account("acme").await;
    let creds = stack.user("acme", json!({ "name": "u" })).await;
    let client = stack.connect(&creds).await.unwrap();
    settled(&client).await;
    let listed = stack.get("/accounts/acme/connections").await;
    let id = listed.body["data"][0]["id"].as_str().unwrap();
    let path = format!("/accounts/acme/connections/{id}/kick");
    // It is gone then: to kick it again would be 404.
    stack.post_twice(&path, &json!({})).await;
}
