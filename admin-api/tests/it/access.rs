//! People, keys and providers keep the conventions of the API: dry runs, versions, lists, and
//! requests that run once, also for who is signed in.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, Stack, http, on_both_databases};
use crate::people::Person;

on_both_databases!(
    what_proves_a_person_cannot_be_tried,
    a_persons_own_things_can_be_tried,
    a_signed_in_persons_request_runs_once,
    nobody_undoes_what_they_did_not_see,
    people_and_programs_are_listed_in_order,
);

/// An administrator of acme, signed in.
async fn administrator(stack: &Stack, email: &str) -> Person {
    let body = json!({ "email": email, "role": "account_admin", "account": "acme" });
    let link = stack.post("/invitations", body).await;
    Person::join(stack, &link, "Ada").await
}

async fn what_proves_a_person_cannot_be_tried(stack: Stack) {
    stack.account("acme").await;
    let ada = administrator(&stack, "ada@example.org").await;
    let membership = json!({ "membership": ada.identity["session"]["membership"] });
    let passwords = json!({ "current_password": "x", "new_password": "another password" });
    for (method, path, body) in [
        (
            Method::POST,
            "/session",
            json!({ "email": "a@b.c", "password": "x" }),
        ),
        (Method::PATCH, "/session", membership),
        (Method::DELETE, "/session", Value::Null),
        (Method::POST, "/session/password", passwords),
        (Method::POST, "/session/totp", json!({ "password": "x" })),
        (
            Method::POST,
            "/session/totp/verify",
            json!({ "code": "000000" }),
        ),
        (Method::DELETE, "/session/totp", Value::Null),
    ] {
        let dry = format!("{path}?dry_run=true");
        let body = Some(body).filter(|body| !body.is_null());
        let refused = ada.send(&stack, method, &dry, body).await;
        refused.expect_problem(400, "bad_request");
    }
    let whoami = ada.send(&stack, Method::GET, "/whoami", None).await;
    whoami.expect(StatusCode::OK);
}

async fn a_persons_own_things_can_be_tried(stack: Stack) {
    stack.account("acme").await;
    let ada = administrator(&stack, "ada@example.org").await;
    let send = async |method: Method, path: &str, body: Option<Value>| {
        ada.send(&stack, method, path, body).await
    };
    let own = "/session/api-keys";
    let named = || Some(json!({ "name": "laptop" }));
    let tried = send(Method::POST, &format!("{own}?dry_run=true"), named()).await;
    tried.expect(StatusCode::CREATED);
    assert_eq!(tried.body["token"], Value::Null, "{}", tried.text);
    assert!(tried.body["impact"].is_object(), "{}", tried.text);
    let listed = send(Method::GET, &format!("{own}?total=true"), None).await;
    assert_eq!(listed.body["total"], 0, "{}", listed.text);
    let made = send(Method::POST, own, named()).await;
    let key = format!("{own}/{}", made.body["id"].as_str().unwrap());
    let session = ada.send(&stack, Method::GET, "/sessions", None).await;
    let session = session.body["data"][0]["id"].as_str().unwrap().to_owned();
    for path in [&key, "/sessions", &format!("/sessions/{session}")] {
        let tried = send(Method::DELETE, &format!("{path}?dry_run=true"), None).await;
        tried.expect(StatusCode::OK);
        assert_eq!(tried.headers["dry-run"], "true");
    }
    let listed = send(Method::GET, &format!("{own}?total=true"), None).await;
    assert_eq!(listed.body["total"], 1, "{}", listed.text);
    let ended = send(Method::DELETE, &key, None).await;
    ended.expect(StatusCode::NO_CONTENT);
}

async fn a_signed_in_persons_request_runs_once(stack: Stack) {
    stack.account("acme").await;
    let ada = administrator(&stack, "ada@example.org").await;
    let grace = administrator(&stack, "grace@example.org").await;
    let (users, named) = ("/accounts/acme/users", json!({ "name": "laptop" }));
    let first = ada.post_once(&stack, "k", users, &named).await;
    first.expect(StatusCode::CREATED);
    let again = ada.post_once(&stack, "k", users, &named).await;
    again.expect(StatusCode::CREATED);
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.body["creds"], first.body["creds"]);
    // Another person's key of the same name is another one.
    let other = json!({ "name": "other" });
    let other = grace.post_once(&stack, "k", users, &other).await;
    other.expect(StatusCode::CREATED);
    let path = "/session/api-keys";
    let reused = ada.post_once(&stack, "k", path, &named).await;
    reused.expect_problem(422, "idempotency_key_reused");
    let first = ada.post_once(&stack, "own", path, &named).await;
    first.expect(StatusCode::CREATED);
    let again = ada.post_once(&stack, "own", path, &named).await;
    assert_eq!(again.body["token"], first.body["token"], "{}", again.text);
    let listed = ada.send(&stack, Method::GET, path, None).await;
    assert_eq!(listed.body["data"].as_array().unwrap().len(), 1);
}

async fn patch(stack: &Stack, path: &str, seen: Option<&str>, body: &Value) -> Answer {
    let request = http().patch(stack.url(&format!("/api/v1{path}")));
    let mut request = request.bearer_auth(&stack.token).json(body);
    if let Some(seen) = seen {
        request = request.header("if-match", seen);
    }
    Answer::read(request).await
}

async fn nobody_undoes_what_they_did_not_see(stack: Stack) {
    stack.account("acme").await;
    let ada = administrator(&stack, "ada@example.org").await;
    let member = format!("/members/{}", ada.identity["id"].as_str().unwrap());
    let membership = ada.identity["session"]["membership"].as_str().unwrap();
    let made = async |path: &str, body: Value| {
        let made = stack.post(path, body).await;
        made.expect(StatusCode::CREATED);
        assert_eq!(made.body["version"], 1, "{}", made.text);
        format!("{path}/{}", made.body["id"].as_str().unwrap())
    };
    let service = json!({ "name": "s", "role": "account_admin", "account": "acme" });
    let provider = json!({ "name": "p", "issuer": "https://id.example.org", "client_id": "c" });
    let name = json!({ "name": "Other" });
    let role = json!({ "role": "account_observer" });
    for (path, body) in [
        (made("/service-accounts", service).await, &name),
        (made("/identity-providers", provider).await, &name),
        (format!("{member}/memberships/{membership}"), &role),
        (member, &name),
    ] {
        let blind = patch(&stack, &path, None, body).await;
        blind.expect_problem(428, "precondition_required");
        let changed = patch(&stack, &path, Some("\"1\""), body).await;
        changed.expect(StatusCode::OK);
        assert_eq!(changed.body["version"], 2, "{}", changed.text);
        let tag = changed.headers["etag"].to_str().unwrap();
        assert!(tag.starts_with("\"2-"), "{tag}");
        let stale = patch(&stack, &path, Some("\"1\""), body).await;
        stale.expect_problem(412, "precondition_failed");
        let again = patch(&stack, &path, Some(tag), body).await;
        again.expect(StatusCode::OK);
    }
}

async fn people_and_programs_are_listed_in_order(stack: Stack) {
    stack.account("acme").await;
    for name in ["ada", "grace", "alan"] {
        administrator(&stack, &format!("{name}@example.org")).await;
        let open = json!({ "email": format!("{name}@example.com"), "role": "account_admin",
                           "account": "acme" });
        stack.post("/invitations", open).await;
        let service = json!({ "name": name, "role": "account_admin", "account": "acme" });
        stack.post("/service-accounts", service).await;
        let provider = json!({ "name": name, "issuer": "https://id.example.org",
                               "client_id": "c" });
        stack.post("/identity-providers", provider).await;
    }
    let key = stack.account_key("acme").await;
    for (path, field) in [
        ("/members", "email"),
        ("/invitations", "email"),
        ("/service-accounts", "name"),
        ("/identity-providers", "name"),
    ] {
        let list = async |query: &str| {
            let answer = stack.get(&format!("{path}?{query}")).await;
            answer.expect(StatusCode::OK);
            answer.body
        };
        let begins = |rows: &Value| -> Vec<String> {
            let rows = rows["data"].as_array().unwrap().iter();
            let name = |row: &Value| {
                row[field]
                    .as_str()
                    .unwrap()
                    .split('@')
                    .next()
                    .map(String::from)
            };
            rows.filter_map(name).collect()
        };
        let first = list(&format!("sort=-{field}&limit=2&total=true")).await;
        assert_eq!(begins(&first), ["grace", "alan"]);
        assert_eq!(first["total"], 3);
        let next = first["next_cursor"].as_str().unwrap();
        let last = list(&format!("sort=-{field}&limit=2&cursor={next}")).await;
        assert_eq!(begins(&last), ["ada"]);
        assert_eq!(begins(&list("q=al").await), ["alan"]);
        let unknown = stack.get(&format!("{path}?sort=password_hash")).await;
        unknown.expect_problem(400, "bad_request");
        let own = format!("{path}?total=true");
        let own = stack.send_as(&key, Method::GET, &own, None).await;
        let expected = if path == "/identity-providers" { 0 } else { 3 };
        assert_eq!(own.body["total"], expected, "{}", own.text);
    }
}
