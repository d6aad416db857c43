//! Work that goes on after its request was answered: it comes to its end whoever dies meanwhile,
//! nothing is done twice, and what it makes is shown once.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::Digest as _;

use crate::harness::{Answer, Database, Stack, eventually, http, on_both_databases, storage};
use crate::people::Person;

on_both_databases!(
    many_users_are_made_after_the_answer,
    a_small_batch_is_answered_at_once_unless_asked_otherwise,
    what_is_wrong_with_a_batch_is_told_before_anything_is_made,
    whoever_takes_over_goes_on_behind_what_was_done,
    a_cancelled_operation_stops_and_what_it_made_stays,
    a_lost_right_ends_the_work,
    a_person_who_may_no_more_ends_the_work,
    a_session_that_ends_does_not_end_the_work,
    other_tenants_see_nothing_of_it,
    what_was_not_taken_in_its_time_is_gone,
    a_purge_is_followed_to_its_end,
    a_backup_is_taken_once,
    who_has_too_many_must_wait,
);

/// Sends a request that prefers not to wait.
async fn send(stack: &Stack, token: &str, method: Method, path: &str, body: &Value) -> Answer {
    let request = http().request(method, stack.url(&format!("/api/v1{path}")));
    let request = request.bearer_auth(token).header("if-match", "*");
    let request = request.header("prefer", "wait=1, respond-async");
    Answer::read(request.json(body)).await
}

async fn begin(stack: &Stack, path: &str, body: &Value) -> String {
    let accepted = send(stack, &stack.token, Method::POST, path, body).await;
    accepted.expect(StatusCode::ACCEPTED);
    accepted.body["id"].as_str().unwrap().to_owned()
}

async fn ended(stack: &Stack, id: &str) -> Value {
    let path = format!("/operations/{id}");
    eventually("the operation ends", || async {
        let answer = stack.get(&path).await;
        let has_ended = answer.body["finished_at"].is_string();
        assert_ne!(has_ended, answer.headers.contains_key("retry-after"));
        has_ended
    })
    .await;
    stack.get(&path).await.body
}

/// Does something after the answer and waits for its end: the id of the operation.
pub(crate) async fn done(stack: &Stack, path: &str, body: Value) -> String {
    let id = begin(stack, path, &body).await;
    assert_eq!(ended(stack, &id).await["state"], "succeeded");
    id
}

fn batch(name: &str, count: usize) -> Value {
    let users = (0..count).map(|n| json!({ "name": format!("{name}-{n:05}") }));
    json!({ "users": users.collect::<Vec<_>>() })
}

async fn take(stack: &Stack, token: &str, id: &str) -> Answer {
    let path = format!("/operations/{id}/credentials");
    stack.send_as(token, Method::POST, &path, None).await
}

/// All credentials that can be taken, in order.
async fn take_all(stack: &Stack, id: &str) -> Vec<Value> {
    let mut all = Vec::new();
    loop {
        let taken = take(stack, &stack.token, id).await;
        if taken.status == StatusCode::GONE {
            taken.expect_problem(410, "result_gone");
            return all;
        }
        taken.expect(StatusCode::OK);
        assert_eq!(taken.headers["cache-control"], "no-store");
        all.extend(taken.body["data"].as_array().unwrap().clone());
    }
}

async fn user_names(stack: &Stack) -> Vec<String> {
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = stack
            .get(&format!("/accounts/acme/users?limit=500{cursor}"))
            .await;
        page.expect(StatusCode::OK);
        let data = page.body["data"].as_array().unwrap();
        names.extend(
            data.iter()
                .map(|user| user["name"].as_str().unwrap().to_owned()),
        );
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return names,
        }
    }
}

fn unique(names: &[String]) -> usize {
    names.iter().collect::<BTreeSet<_>>().len()
}

async fn reached(stack: &Stack, id: &str, least: i64) {
    eventually("it has done something", || async {
        let operation = stack.get(&format!("/operations/{id}")).await.body;
        operation["progress"]["done"].as_i64().unwrap() >= least
    })
    .await;
}

async fn many_users_are_made_after_the_answer(stack: Stack) {
    stack.account("acme").await;
    let body = batch("u", 600);
    // More than 500 are never made at once.
    let path = "/accounts/acme/user-batches";
    let accepted = stack.post_once("many", path, &body).await;
    accepted.expect(StatusCode::ACCEPTED);
    let id = accepted.body["id"].as_str().unwrap().to_owned();
    let own = format!("/api/v1/operations/{id}");
    assert_eq!(accepted.headers["location"], *own);
    assert_eq!(accepted.headers["retry-after"], "1");
    assert_eq!(accepted.headers["preference-applied"], "respond-async");
    assert_eq!(accepted.body["state"], "queued");
    assert_eq!(accepted.body["progress"]["total"], 600);
    let again = stack.post_once("many", path, &body).await;
    again.expect(StatusCode::ACCEPTED);
    assert_eq!(
        (&again.body["id"], &again.headers["location"]),
        (&json!(id), &accepted.headers["location"])
    );

    let operation = ended(&stack, &id).await;
    assert_eq!(operation["state"], "succeeded", "{operation}");
    assert_eq!(
        operation["progress"],
        json!({ "done": 600, "total": 600, "unit": "users" })
    );
    assert_eq!(operation["result"], json!({ "users": 600 }));
    assert_eq!(operation["to_take"]["left"], 600);
    assert_eq!(
        operation["links"]["credentials"],
        format!("{own}/credentials")
    );
    let seen = stack.get(&format!("/operations/{id}")).await;
    let request = http().get(stack.url(&own)).bearer_auth(&stack.token);
    let request = request.header("if-none-match", &seen.headers["etag"]);
    Answer::read(request).await.expect(StatusCode::NOT_MODIFIED);

    assert_taken_once(&stack, &id).await;
    assert_in_the_trail(&stack).await;
}

/// 600 users, whose credentials are shown once and are good.
async fn assert_taken_once(stack: &Stack, id: &str) {
    let first = stack
        .post_once("take", &format!("/operations/{id}/credentials"), &json!({}))
        .await;
    first.expect(StatusCode::OK);
    assert_eq!(
        (
            first.body["data"].as_array().unwrap().len(),
            &first.body["left"]
        ),
        (250, &json!(350))
    );
    // An answer that got lost is asked for again.
    let same = stack
        .post_once("take", &format!("/operations/{id}/credentials"), &json!({}))
        .await;
    assert_eq!(same.headers["idempotency-replayed"], "true");
    assert_eq!(same.body, first.body);
    let rest = take_all(stack, id).await;
    assert_eq!(rest.len(), 350);
    assert_eq!(first.body["data"][0]["name"], "u-00000");
    assert_eq!(rest[349]["name"], "u-00599");
    for user in [&first.body["data"][0], &rest[349]] {
        stack
            .connect(user["creds"].as_str().unwrap())
            .await
            .unwrap();
    }
    assert_eq!(unique(&user_names(stack).await), 600);
    let operation = stack.get(&format!("/operations/{id}")).await.body;
    assert_eq!(operation["to_take"], Value::Null);
}

/// Who asked, what was made in portions, how it ended, who took it.
async fn assert_in_the_trail(stack: &Stack) {
    let trail = stack.get("/audit?limit=100").await.body["data"]
        .as_array()
        .unwrap()
        .clone();
    let count = |action: &str| {
        trail
            .iter()
            .filter(|entry| entry["action"] == action)
            .count()
    };
    assert_eq!(
        [
            "operation.create",
            "user.create_many",
            "operation.succeed",
            "operation.take_credentials"
        ]
        .map(count),
        [1, 3, 1, 3]
    );
    let asked = trail
        .iter()
        .find(|entry| entry["action"] == "operation.create")
        .unwrap();
    for entry in trail
        .iter()
        .filter(|entry| entry["action"] == "user.create_many")
    {
        for same in ["actor", "credential", "request_id", "account"] {
            assert_eq!(entry[same], asked[same], "{same}");
        }
        assert!(!entry.to_string().contains("NATS USER JWT"));
    }
    let events = stack.get("/events?filter[type]=operation.succeed").await;
    assert_eq!(events.body["data"].as_array().unwrap().len(), 1);
}

async fn a_small_batch_is_answered_at_once_unless_asked_otherwise(stack: Stack) {
    stack.account("acme").await;
    let path = "/accounts/acme/user-batches";
    stack
        .post(path, batch("now", 2))
        .await
        .expect(StatusCode::CREATED);
    let id = done(&stack, path, batch("later", 2)).await;
    assert_eq!(take_all(&stack, &id).await.len(), 2);
    let list = stack
        .get("/operations?filter[state]=succeeded&filter[kind]=create_users")
        .await;
    assert_eq!(list.body["data"][0]["id"], *id);
    assert_eq!(list.body["data"].as_array().unwrap().len(), 1);
    let none = stack.get("/operations?filter[state]=failed").await;
    assert_eq!(none.body["data"], json!([]));
}

async fn what_is_wrong_with_a_batch_is_told_before_anything_is_made(stack: Stack) {
    stack.account("acme").await;
    stack.user("acme", json!({ "name": "u-00550" })).await;
    let path = "/accounts/acme/user-batches";
    let post = async |body: &Value| stack.post(path, body.clone()).await;
    let taken = post(&batch("u", 600)).await;
    taken.expect_problem(409, "user_exists");
    assert_eq!(taken.body["errors"][0]["pointer"], "/users/550/name");
    let mut twice = batch("v", 600);
    twice["users"][599]["name"] = json!("v-00000");
    let mut role = batch("v", 600);
    role["users"][300]["role"] = json!("nobody");
    let mut bad = batch("v", 600);
    bad["users"][2]["permissions"] = json!({ "publish": { "allow": ["a..b"] } });
    for (body, pointer) in [
        (twice, "/users/599/name"),
        (role, "/users/300/role"),
        (bad, "/users/2/permissions/publish/allow/0"),
        (batch("v", 10_001), "/users"),
    ] {
        let refused = post(&body).await;
        refused.expect_problem(422, "invalid");
        assert_eq!(refused.body["errors"][0]["pointer"], pointer);
    }
    let tried = stack
        .post(&format!("{path}?dry_run=true"), batch("v", 600))
        .await;
    tried.expect(StatusCode::CREATED);
    assert_eq!(tried.headers["dry-run"], "true");
    assert_eq!(stack.get("/operations").await.body["data"], json!([]));
    assert_eq!(user_names(&stack).await.len(), 1);
}

async fn whoever_takes_over_goes_on_behind_what_was_done(mut stack: Stack) {
    stack.account("acme").await;
    let id = begin(&stack, "/accounts/acme/user-batches", &batch("u", 2_000)).await;
    reached(&stack, &id, 250).await;
    // It ends in the middle of a portion, and leaves a lease behind as a killed process does.
    stack.stop_api().await;
    stack
        .alter(
            "operations",
            "lease_holder = 'dead/1', lease_until = next_at + 3",
        )
        .await;
    stack.start_api().await.unwrap();
    stack.wait_until_ready().await;
    let operation = ended(&stack, &id).await;
    assert_eq!(operation["state"], "succeeded", "{operation}");
    let names = user_names(&stack).await;
    assert_eq!((names.len(), unique(&names)), (2_000, 2_000));
    let taken = take_all(&stack, &id).await;
    let keys: BTreeSet<&str> = taken
        .iter()
        .map(|user| user["public_key"].as_str().unwrap())
        .collect();
    assert_eq!((taken.len(), keys.len()), (2_000, 2_000));
    let trail = stack.get("/audit?filter[action]=user.create_many").await;
    assert_eq!(trail.body["data"].as_array().unwrap().len(), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_share_the_work_and_do_nothing_twice() {
    let stack = Stack::start(Database::Postgres).await;
    stack.account("acme").await;
    let other = stack.beside(|_| ()).await;
    let mut ids = Vec::new();
    for name in ["a", "b", "c", "d"] {
        ids.push(begin(&stack, "/accounts/acme/user-batches", &batch(name, 750)).await);
    }
    let mut keys = BTreeSet::new();
    for id in &ids {
        assert_eq!(ended(&stack, id).await["state"], "succeeded");
        for user in take_all(&stack, id).await {
            assert!(keys.insert(user["public_key"].as_str().unwrap().to_owned()));
        }
    }
    let names = user_names(&stack).await;
    assert_eq!(
        (keys.len(), names.len(), unique(&names)),
        (3_000, 3_000, 3_000)
    );
    other.shutdown().await;
}

async fn a_cancelled_operation_stops_and_what_it_made_stays(stack: Stack) {
    stack.account("acme").await;
    let id = begin(&stack, "/accounts/acme/user-batches", &batch("u", 8_000)).await;
    reached(&stack, &id, 250).await;
    let cancel = format!("/operations/{id}/cancel");
    let tried = stack
        .post(&format!("{cancel}?dry_run=true"), json!({}))
        .await;
    tried.expect(StatusCode::OK);
    assert_eq!(tried.headers["dry-run"], "true");
    stack.post_twice(&cancel, &json!({})).await;
    let operation = ended(&stack, &id).await;
    assert_eq!(operation["state"], "cancelled", "{operation}");
    let made = operation["progress"]["done"].as_u64().unwrap();
    assert!((250..8_000).contains(&made), "{operation}");
    assert_eq!(user_names(&stack).await.len() as u64, made);
    assert_eq!(take_all(&stack, &id).await.len() as u64, made);
    stack
        .post(&cancel, json!({}))
        .await
        .expect_problem(409, "operation_ended");
    assert_eq!(operation["links"]["cancel"], Value::Null);
    let trail = stack.get("/audit?filter[action]=operation.stop").await;
    assert_eq!(trail.body["data"][0]["target"], *id);
}

async fn a_lost_right_ends_the_work(stack: Stack) {
    stack.account("acme").await;
    let key = stack
        .post("/api-keys", json!({ "name": "k", "account": "acme" }))
        .await;
    let token = key.body["token"].as_str().unwrap();
    let path = "/accounts/acme/user-batches";
    let accepted = send(&stack, token, Method::POST, path, &batch("u", 8_000)).await;
    accepted.expect(StatusCode::ACCEPTED);
    let id = accepted.body["id"].as_str().unwrap();
    reached(&stack, id, 250).await;
    let path = format!("/api-keys/{}", key.body["id"].as_str().unwrap());
    stack.delete(&path).await.expect(StatusCode::NO_CONTENT);
    let operation = ended(&stack, id).await;
    assert_eq!(operation["state"], "failed", "{operation}");
    assert_eq!(operation["problem"]["code"], "right_lost");
    assert_eq!(operation["problem"]["status"], 403);
    assert_eq!(
        operation["problem"]["request_id"],
        accepted.headers["x-request-id"].to_str().unwrap()
    );
    let made = operation["progress"]["done"].as_u64().unwrap();
    assert!(made < 8_000, "{operation}");
    assert_eq!(user_names(&stack).await.len() as u64, made);
    // The platform sees it, and is not who asked.
    let refused = take(&stack, &stack.token, id).await;
    refused.expect_problem(403, "forbidden");
}

/// Somebody with a session who has begun a batch of so many users, and the operation.
async fn asked_by_person(stack: &Stack, name: &str, count: usize) -> (Person, String) {
    let role = json!({ "role": "account_admin", "account": "acme" });
    let person = Person::invite(stack, &format!("{name}@example.org"), role).await;
    let request = person.request(stack, Method::POST, "/accounts/acme/user-batches");
    let request = request.header("prefer", "respond-async");
    let accepted = Answer::read(request.json(&batch(name, count))).await;
    accepted.expect(StatusCode::ACCEPTED);
    let id = accepted.body["id"].as_str().unwrap().to_owned();
    reached(stack, &id, 250).await;
    (person, id)
}

async fn a_person_who_may_no_more_ends_the_work(stack: Stack) {
    stack.account("acme").await;
    for (name, method, body, code) in [
        ("removed", Method::DELETE, None, "right_lost"),
        (
            "lowered",
            Method::PATCH,
            Some(json!({ "role": "account_observer" })),
            "forbidden",
        ),
        (
            "disabled",
            Method::PATCH,
            Some(json!({ "disabled": true })),
            "right_lost",
        ),
    ] {
        let (person, id) = asked_by_person(&stack, name, 8_000).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let member = text(&person.identity["id"]);
        let membership = text(&person.identity["session"]["memberships"][0]["id"]);
        let path = match name {
            "disabled" => format!("/members/{member}"),
            _ => format!("/members/{member}/memberships/{membership}"),
        };
        let changed = stack.send(method, &path, body).await;
        assert!(changed.status.is_success(), "{name}: {}", changed.text);
        let operation = ended(&stack, &id).await;
        assert_eq!(operation["state"], "failed", "{name}: {operation}");
        assert_eq!(operation["problem"]["code"], code, "{name}: {operation}");
        let made = operation["progress"]["done"].as_u64().unwrap();
        assert!((250..8_000).contains(&made), "{name}: {operation}");
        // What was made by then is there, and not theirs to take any more.
        let path = format!("/operations/{id}/credentials");
        let refused = person.send(&stack, Method::POST, &path, None).await;
        assert!(refused.status.is_client_error(), "{name}: {}", refused.text);
        assert!(!refused.text.contains("NATS USER JWT"), "{name}");
        let failed = stack
            .get("/audit?filter[action]=operation.fail&limit=1")
            .await;
        assert_eq!(failed.body["data"][0]["actor"], *member, "{name}");
    }
}

async fn a_session_that_ends_does_not_end_the_work(stack: Stack) {
    stack.account("acme").await;
    let (ada, id) = asked_by_person(&stack, "ada", 2_000).await;
    let out = ada.send(&stack, Method::DELETE, "/session", None).await;
    out.expect(StatusCode::NO_CONTENT);
    let path = format!("/operations/{id}/credentials");
    let refused = ada.send(&stack, Method::POST, &path, None).await;
    refused.expect_problem(401, "unauthorized");
    let operation = ended(&stack, &id).await;
    assert_eq!(operation["state"], "succeeded", "{operation}");
    assert_eq!(operation["progress"]["done"], 2_000);
    // The person has asked, whichever session they take it with.
    let back = ada.sign_in_again(&stack).await;
    let taken = back.send(&stack, Method::POST, &path, None).await;
    taken.expect(StatusCode::OK);
    let creds = taken.body["data"][0]["creds"].as_str().unwrap();
    stack.connect(creds).await.unwrap();
}

async fn other_tenants_see_nothing_of_it(stack: Stack) {
    stack.account("acme").await;
    stack.account("globex").await;
    let id = done(&stack, "/accounts/acme/user-batches", batch("u", 3)).await;
    let other = stack.account_key("globex").await;
    for (method, below) in [
        (Method::GET, ""),
        (Method::POST, "/cancel"),
        (Method::POST, "/credentials"),
        (Method::POST, "/file"),
    ] {
        let path = format!("/operations/{id}{below}");
        let answer = stack.send_as(&other, method, &path, None).await;
        answer.expect_problem(404, "not_found");
    }
    let list = stack
        .send_as(&other, Method::GET, "/operations", None)
        .await;
    assert_eq!(list.body["data"], json!([]));
    let own = stack.account_key("acme").await;
    let list = stack.send_as(&own, Method::GET, "/operations", None).await;
    assert_eq!(list.body["data"][0]["id"], *id);
    // Whoever is not the one who asked sees how it went, and no secret.
    take(&stack, &own, &id)
        .await
        .expect_problem(403, "forbidden");
    assert_eq!(take_all(&stack, &id).await.len(), 3);
}

async fn what_was_not_taken_in_its_time_is_gone(stack: Stack) {
    stack.account("acme").await;
    let id = done(&stack, "/accounts/acme/user-batches", batch("u", 3)).await;
    let operation = stack.get(&format!("/operations/{id}")).await.body;
    assert!(operation["to_take"]["until"].is_string(), "{operation}");
    stack.alter("operations", "kept_until = finished_at").await;
    take(&stack, &stack.token, &id)
        .await
        .expect_problem(410, "result_gone");
    let operation = stack.get(&format!("/operations/{id}")).await.body;
    assert_eq!(
        (&operation["to_take"], &operation["links"]["credentials"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(operation["state"], "succeeded");
}

async fn a_purge_is_followed_to_its_end(stack: Stack) {
    stack.account("acme").await;
    let id = stack.account("old").await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let deleted = format!("/deleted-accounts/{id}");
    let early = send(&stack, &stack.token, Method::DELETE, &deleted, &json!({})).await;
    early.expect_problem(404, "not_found");
    stack.delete("/accounts/old").await.expect(StatusCode::OK);
    let accepted = send(&stack, &stack.token, Method::DELETE, &deleted, &json!({})).await;
    accepted.expect(StatusCode::ACCEPTED);
    assert_eq!(accepted.body["kind"], "purge_account");
    let operation = accepted.body["id"].as_str().unwrap();
    let operation = ended(&stack, operation).await;
    assert_eq!(operation["state"], "succeeded", "{operation}");
    assert_eq!(operation["result"], json!({ "account": id }));
    assert_eq!(stack.get("/deleted-accounts").await.body["data"], json!([]));
    stack.account("old").await;
    let tenant = stack.account_key("acme").await;
    let list = stack
        .send_as(&tenant, Method::GET, "/operations", None)
        .await;
    assert_eq!(list.body["data"], json!([]), "it is the platform's");
    let trail = stack.get("/audit?filter[action]=account.purge").await;
    assert_eq!(trail.body["data"].as_array().unwrap().len(), 1);
}

async fn a_backup_is_taken_once(stack: Stack) {
    stack.account("acme").await;
    stack.user("acme", json!({ "name": "kept" })).await;
    let weak = send(
        &stack,
        &stack.token,
        Method::POST,
        "/backup",
        &json!({ "passphrase": "x" }),
    )
    .await;
    weak.expect_problem(422, "invalid");
    let passphrase = "correct horse battery";
    let id = begin(&stack, "/backup", &json!({ "passphrase": passphrase })).await;
    eventually("the backup is made", || async {
        stack.get(&format!("/operations/{id}")).await.body["state"] == "succeeded"
    })
    .await;
    let operation = stack.get(&format!("/operations/{id}")).await.body;
    assert_eq!(operation["progress"]["done"], operation["result"]["bytes"]);
    let path = format!("/operations/{id}/file");
    let request = http().post(stack.url(&format!("/api/v1{path}")));
    let answer = request.bearer_auth(&stack.token).send().await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let file = answer.bytes().await.unwrap();
    assert_eq!(operation["result"]["bytes"], file.len());
    let hash = HEXLOWER.encode(&sha2::Sha256::digest(&file));
    assert_eq!(operation["result"]["sha256"], *hash);
    stack
        .post(&path, json!({}))
        .await
        .expect_problem(410, "result_gone");

    let dir = tempfile::tempdir().unwrap();
    let restored = storage(dir.path(), None);
    std::fs::create_dir_all(&restored.data_dir).unwrap();
    let key = |of: &admin_api::Storage| of.data_dir.join("vault.key");
    std::fs::copy(key(&stack.storage), key(&restored)).unwrap();
    let open = admin_api::BackupKey::passphrase(passphrase);
    admin_api::backup::restore(&restored, &file[..], open)
        .await
        .unwrap();
    let trail = stack.get("/audit?filter[action]=backup.create").await;
    assert_eq!(trail.body["data"].as_array().unwrap().len(), 1);
}

async fn who_has_too_many_must_wait(stack: Stack) {
    stack.account("acme").await;
    stack.account("globex").await;
    let id = done(&stack, "/accounts/acme/user-batches", batch("u", 1)).await;
    // Ten that wait for a long time.
    for n in 0..10 {
        let copy = format!(
            "INSERT INTO operations (id, kind, state, org_id, account_id, target, actor, \
             credential_id, request_id, created_at, next_at) SELECT id || '{n}', kind, 'queued', \
             org_id, account_id, target, actor, credential_id, request_id, created_at, \
             created_at + 9999 FROM operations WHERE id = '{id}'"
        );
        stack.execute(copy).await;
    }
    let path = "/accounts/acme/user-batches";
    let refused = send(&stack, &stack.token, Method::POST, path, &batch("v", 1)).await;
    refused.expect_problem(409, "too_many_operations");
    done(&stack, "/accounts/globex/user-batches", batch("v", 1)).await;
    // What waits is cancelled at once.
    let cancelled = stack
        .post(&format!("/operations/{id}3/cancel"), json!({}))
        .await;
    cancelled.expect(StatusCode::OK);
    assert_eq!(cancelled.body["state"], "cancelled");
    done(&stack, path, batch("v", 1)).await;
}
