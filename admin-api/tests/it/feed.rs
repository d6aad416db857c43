//! The feed over NATS: who is told what, and that nothing is left out or told twice.

use std::collections::BTreeMap;
use std::path::Path;

use admin_api::bootstrap;
use async_nats::{Client, Message, Subscriber};
use futures_util::StreamExt as _;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::Connection as _;
use tempfile::TempDir;

use crate::cluster::{Cluster, Replica, install, start};
use crate::harness::{
    DEADLINE, NatsServer, Stack, TRACE, eventually, on_both_databases, settled, storage,
};
use crate::postgres::Postgres;

on_both_databases!(
    tenants_are_told_what_concerns_them,
    the_platform_is_told_everything,
    a_feed_shows_only_what_may_be_read,
    no_secret_is_told,
);

const PREFIX: [&str; 2] = ["$CP.events.", "$CP.audit."];

async fn want(stack: &Stack, account: &str, feed: Value) -> Value {
    let path = format!("/accounts/{account}/settings");
    let body = json!({ "event_feed": feed });
    let changed = stack.send(Method::PATCH, &path, Some(body)).await;
    changed.expect(StatusCode::OK);
    assert_eq!(changed.body["live"], true, "{}", changed.text);
    changed.body
}

async fn listen(client: &Client, subject: &'static str) -> Subscriber {
    let heard = client.subscribe(subject).await.unwrap();
    settled(client).await;
    heard
}

/// Hears messages until one is on `subject` and about `target`.
async fn until(heard: &mut Subscriber, subject: &str, target: &str) -> Vec<Message> {
    let mut all = Vec::new();
    loop {
        let next = tokio::time::timeout(DEADLINE, heard.next()).await;
        let message = next.unwrap_or_else(|_| panic!("no {subject} about {target}: {all:?}"));
        let message = message.unwrap();
        let told: Value = serde_json::from_slice(&message.payload).unwrap();
        let is_last = message.subject.as_str() == subject && told["target"] == target;
        all.push(message);
        if is_last {
            return all;
        }
    }
}

fn id_of(message: &Message) -> &str {
    message
        .headers
        .as_ref()
        .unwrap()
        .get("Nats-Msg-Id")
        .unwrap()
        .as_str()
}

fn told(message: &Message) -> Value {
    serde_json::from_slice(&message.payload).unwrap()
}

async fn tenants_are_told_what_concerns_them(stack: Stack) {
    let acme = stack.account("acme").await;
    stack.account("globex").await;
    want(&stack, "acme", json!({ "events": true, "audit": true })).await;
    want(&stack, "globex", json!({ "events": true })).await;
    let all = json!({ "name": "all" });
    let acme_user = stack
        .connect(&stack.user("acme", all.clone()).await)
        .await
        .unwrap();
    let globex_user = stack
        .connect(&stack.user("globex", all).await)
        .await
        .unwrap();
    let mut of_acme = listen(&acme_user, "$CP.>").await;
    let mut of_globex = listen(&globex_user, "$CP.>").await;

    let ada = json!({ "name": "ada" });
    let ada = stack.post_traced("/accounts/acme/users", &ada).await;
    let ada = ada.body["id"].as_str().unwrap().to_owned();
    stack
        .post(
            "/accounts/acme/users?dry_run=true",
            json!({ "name": "bob" }),
        )
        .await;
    let eve = stack
        .post("/accounts/globex/users", json!({ "name": "eve" }))
        .await;
    let eve = eve.body["id"].as_str().unwrap();

    let heard = until(&mut of_acme, "$CP.audit.user.create", &ada).await;
    let event = heard
        .iter()
        .find(|it| it.subject.as_str() == "$CP.events.user.create" && told(it)["target"] == *ada);
    let event = event.unwrap();
    let audit = heard.last().unwrap();
    let listed = stack
        .get("/events?filter[type]=user.create&limit=500")
        .await;
    let listed = listed.body["data"].as_array().unwrap().clone();
    let same = listed.iter().find(|it| it["target"] == *ada).unwrap();
    assert_eq!(told(event), *same, "as the API tells it");
    assert_eq!(same["trace_id"], TRACE);
    let entries = stack.get("/audit?limit=500").await;
    let entries = entries.body["data"].as_array().unwrap().clone();
    assert!(entries.contains(&told(audit)), "as the API tells it");
    assert_eq!(id_of(event), same["id"]);
    assert_eq!(
        id_of(audit),
        format!("audit-{}", id_of(event)),
        "a stream may keep both"
    );

    // What was tried is no event, but it is in the trail; each account is told its own only.
    let next = tokio::time::timeout(DEADLINE, of_acme.next())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(next.subject.as_str(), "$CP.audit.user.create");
    assert_eq!(told(&next)["dry_run"], true);
    let heard = until(&mut of_globex, "$CP.events.user.create", eve).await;
    for message in &heard {
        assert!(
            message.subject.starts_with(PREFIX[0]),
            "{}",
            message.subject
        );
        assert_ne!(told(message)["account"], acme["id"]);
    }
    it_ends_when_it_is_not_wanted(&stack, &mut of_acme).await;
}

async fn it_ends_when_it_is_not_wanted(stack: &Stack, of_acme: &mut Subscriber) {
    let off = want(stack, "acme", Value::Null).await;
    assert_eq!(off["event_feed"], Value::Null, "{off}");
    let claims = stack.get("/accounts/acme/claims").await;
    assert!(!claims.text.contains("$CP"), "{}", claims.text);
    let mark = stack
        .post("/accounts/globex/users", json!({ "name": "mark" }))
        .await;
    mark.expect(StatusCode::CREATED);
    stack
        .post("/accounts/acme/users", json!({ "name": "late" }))
        .await;
    eventually("all is told", || async {
        let feed = stack.get("/event-feed").await;
        feed.body["engines"][0]["waiting"] == 0
    })
    .await;
    of_acme.unsubscribe().await.unwrap();
    while let Some(message) = of_acme.next().await {
        assert_ne!(
            told(&message)["object"]["name"],
            "late",
            "{}",
            message.subject
        );
    }
}

async fn the_platform_is_told_everything(stack: Stack) {
    stack
        .get("/event-feed")
        .await
        .expect_problem(409, "no_event_feed");
    let opened = stack.post("/event-feed", json!({})).await;
    opened.expect(StatusCode::CREATED);
    assert_eq!(opened.body["live"], true, "{}", opened.text);
    let again = stack.post("/event-feed", json!({})).await;
    assert_eq!(again.body["account"], opened.body["account"]);

    let creds = stack
        .post("/event-feed/creds", json!({ "name": "siem" }))
        .await;
    creds.expect(StatusCode::CREATED);
    let reader = stack
        .connect(creds.body["creds"].as_str().unwrap())
        .await
        .unwrap();
    let mut events = reader.subscribe("$CP.events.>").await.unwrap();
    let mut audit = reader.subscribe("$CP.audit.>").await.unwrap();
    reader.flush().await.unwrap();
    let acme = stack.account("acme").await;
    let plan = stack.post("/plans", json!({ "name": "small" })).await;
    let plan = plan.body["id"].as_str().unwrap().to_owned();
    let (key, id) = (&acme["public_key"], acme["id"].as_str().unwrap());
    let key = key.as_str().unwrap();
    until(&mut events, &format!("$CP.events.{key}.account.create"), id).await;
    until(&mut events, "$CP.events.platform.plan.create", &plan).await;
    until(&mut audit, "$CP.audit.platform.plan.create", &plan).await;

    // It is nobody's account: not to be seen, changed, deleted or pretended to be.
    let own = opened.body["account"].as_str().unwrap();
    for name in ["control-plane", own] {
        let path = format!("/accounts/{name}");
        stack.get(&path).await.expect_problem(404, "not_found");
        stack.delete(&path).await.expect_problem(404, "not_found");
        let import = json!({ "account": name, "subject": format!("$CP.events.{key}.>"),
            "kind": "stream" });
        let taken = stack.post("/accounts/acme/imports", import).await;
        taken.expect_problem(422, "export_not_available");
    }
    assert!(!stack.get("/accounts").await.text.contains(own));
    let pretended = stack
        .post("/accounts", json!({ "name": "Control Plane" }))
        .await;
    pretended.expect_problem(409, "slug_taken");
}

async fn a_feed_shows_only_what_may_be_read(stack: Stack) {
    stack.account("acme").await;
    let rights = ["accounts:read", "accounts:write", "events:read"];
    let role = json!({ "name": "tuner", "rights": rights });
    stack
        .post("/access-roles", role)
        .await
        .expect(StatusCode::CREATED);
    let key = json!({ "name": "k", "role": "tuner", "account": "acme" });
    let key = stack.post("/api-keys", key).await;
    let key = key.expect(StatusCode::CREATED).body["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = "/accounts/acme/settings";
    let patch = |feed: Value| Some(json!({ "event_feed": feed }));
    let audit = patch(json!({ "audit": true }));
    let refused = stack.send_as(&key, Method::PATCH, path, audit).await;
    refused.expect_problem(403, "forbidden");
    let events = patch(json!({ "events": true }));
    let dry = format!("{path}?dry_run=true");
    let tried = stack.send_as(&key, Method::PATCH, &dry, events.clone());
    tried.await.expect(StatusCode::OK);
    stack
        .get("/event-feed")
        .await
        .expect_problem(409, "no_event_feed");
    let taken = stack.send_as(&key, Method::PATCH, path, events).await;
    taken.expect(StatusCode::OK);
    let wrong = patch(json!({ "event": true }));
    let wrong = stack.send(Method::PATCH, path, wrong).await;
    wrong.expect_problem(422, "invalid");

    // The limit on imports is for those from tenants: both still fit.
    let none = json!({ "limits": { "imports": 0 } });
    let limited = stack
        .send(Method::PATCH, "/accounts/acme", Some(none))
        .await;
    limited.expect(StatusCode::OK);
    let claims = stack.get("/accounts/acme/claims").await;
    assert_eq!(
        claims.body["nats"]["imports"][0]["local_subject"],
        "$CP.events.>"
    );

    // An account that is made like it is told, too.
    let like = json!({ "name": "stage", "template": "acme" });
    stack
        .post("/accounts", like)
        .await
        .expect(StatusCode::CREATED);
    let claims = stack.get("/accounts/stage/claims").await;
    assert_eq!(
        claims.body["nats"]["imports"][0]["local_subject"],
        "$CP.events.>"
    );
}

async fn no_secret_is_told(stack: Stack) {
    stack.account("acme").await;
    stack
        .post("/event-feed", json!({}))
        .await
        .expect(StatusCode::CREATED);
    let creds = stack.post("/event-feed/creds", json!({})).await;
    let creds = creds.body["creds"].as_str().unwrap();
    let reader = stack.connect(creds).await.unwrap();
    let mut heard = reader.subscribe("$CP.audit.>").await.unwrap();
    let mut events = reader.subscribe("$CP.events.>").await.unwrap();
    reader.flush().await.unwrap();
    let mut secrets = vec![seed_of(creds).to_owned()];
    let role = json!({ "name": "sensor" });
    stack
        .post("/accounts/acme/roles", role)
        .await
        .expect(StatusCode::CREATED);
    for (path, body, member) in [
        ("/accounts/acme/users", json!({ "name": "ada" }), "creds"),
        ("/accounts/acme/users/ada/creds", json!({}), "creds"),
        ("/accounts/acme/users/ada/rotate", json!({}), "creds"),
        (
            "/accounts/acme/enrolment-tokens",
            json!({ "role": "sensor" }),
            "token",
        ),
        (
            "/api-keys",
            json!({ "name": "k", "account": "acme" }),
            "token",
        ),
        (
            "/webhooks",
            json!({ "name": "w", "url": "https://example.org/x" }),
            "secret",
        ),
        ("/system/creds", json!({}), "creds"),
        ("/event-feed/creds", json!({}), "creds"),
    ] {
        let made = stack.post(path, body).await;
        let secret = made.body[member]
            .as_str()
            .unwrap_or_else(|| panic!("{path}: {}", made.text));
        secrets.push(seed_of(secret).to_owned());
    }
    let end = stack.account("end").await;
    let (id, key) = (
        end["id"].as_str().unwrap(),
        end["public_key"].as_str().unwrap(),
    );
    let all = until(&mut events, &format!("$CP.events.{key}.account.create"), id).await;
    let audit = until(&mut heard, &format!("$CP.audit.{key}.account.create"), id).await;
    assert!(all.len() >= 9 && audit.len() >= 9);
    for message in all.iter().chain(&audit) {
        let text = String::from_utf8_lossy(&message.payload);
        for secret in &secrets {
            assert!(
                !text.contains(secret.as_str()),
                "{}: {text}",
                message.subject
            );
        }
    }
}

/// What is secret in a creds file; whole tokens as they are.
fn seed_of(secret: &str) -> &str {
    secret
        .lines()
        .find(|line| line.starts_with("SU"))
        .unwrap_or(secret)
}

/// One server with streams, which may be away.
async fn one_server(cluster: &Cluster, dir: &Path) -> NatsServer {
    let at = |name: &str| dir.join(name).display().to_string();
    NatsServer::start(&format!(
        "server_name: one\nlisten: \"127.0.0.1:{}\"\njetstream {{ store_dir: \"{}\" }}\n{}",
        cluster.ports[0][0],
        at("streams"),
        cluster.conf.replace("./accounts", &at("accounts"))
    ))
    .await
}

/// An account that is told, with a user.
async fn told_account(api: &Replica) -> String {
    let limits = json!({ "jetstream": { "disk_bytes": -1, "streams": -1, "consumers": -1 } });
    api.make("/accounts", json!({ "name": "acme", "limits": limits }))
        .await;
    let feed = json!({ "event_feed": { "events": true, "audit": true } });
    let changed = api
        .send(Method::PATCH, "/accounts/acme/settings", feed)
        .await;
    assert_eq!(changed.body["live"], true, "{}", changed.text);
    api.user("acme", "keeper").await
}

async fn users(api: &Replica, names: std::ops::Range<usize>) {
    for n in names {
        let body = json!({ "name": format!("u{n}") });
        let made = api.send(Method::POST, "/accounts/acme/users", body).await;
        made.expect(StatusCode::CREATED);
    }
}

/// How many messages the stream has on each of its subjects.
async fn kept(client: &Client) -> BTreeMap<String, u64> {
    let ask = json!({ "subjects_filter": ">" }).to_string();
    let Ok(answer) = client.request("$JS.API.STREAM.INFO.CP", ask.into()).await else {
        return BTreeMap::new();
    };
    let answer: Value = serde_json::from_slice(&answer.payload).unwrap();
    serde_json::from_value(answer["state"]["subjects"].clone()).unwrap_or_default()
}

async fn kept_users(client: &Client, count: u64) {
    eventually("the stream has every user once", || async {
        let kept = kept(client).await;
        let of = |prefix: &str| kept.get(&format!("{prefix}user.create")).copied();
        PREFIX.iter().all(|prefix| of(prefix) == Some(count))
    })
    .await;
}

/// Returns when the engine was told everything, with the number of the last.
async fn all_told(api: &Replica) -> String {
    let progress = async || api.get("/event-feed").await.body["engines"][0].clone();
    eventually("all is told", || async { progress().await["waiting"] == 0 }).await;
    progress().await["seq"].as_str().unwrap().to_owned()
}

async fn connect(cluster: &Cluster, creds: &str) -> Client {
    let options = async_nats::ConnectOptions::with_credentials(creds).unwrap();
    let url = format!("nats://127.0.0.1:{}", cluster.ports[0][0]);
    options.connect(url).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_keeps_everything_once() {
    let (mut cluster, dir) = (Cluster::new(), TempDir::new().unwrap());
    let (api, storage) = install(&mut cluster, None).await;
    let mut server = one_server(&cluster, dir.path()).await;
    api.wait_until_ready().await;
    let creds = told_account(&api).await;
    let before = all_told(&api).await;
    let client = connect(&cluster, &creds).await;
    let stream = json!({ "name": "CP", "subjects": ["$CP.>"], "storage": "file",
        "num_replicas": 1 });
    let made = client.request("$JS.API.STREAM.CREATE.CP", stream.to_string().into());
    let made = String::from_utf8_lossy(&made.await.unwrap().payload).into_owned();
    assert!(!made.contains("error"), "{made}");
    users(&api, 0..3).await;
    kept_users(&client, 3).await;

    // What happens while the server is away is told when it is back.
    server.kill();
    users(&api, 3..5).await;
    server = one_server(&cluster, dir.path()).await;
    kept_users(&client, 5).await;

    // After a crash is told again what may not have arrived, and the stream knows it.
    let token = api.token.clone();
    api.api.shutdown().await;
    let url = format!("sqlite:{}", storage.data_dir.join("tidegate.db").display());
    let mut database = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let back = ["UPDATE", "feed_positions SET seq = $1"].join(" ");
    let back = sqlx::query(sqlx::AssertSqlSafe(back)).bind(&before);
    back.execute(&mut database).await.unwrap();
    database.close().await.unwrap();
    let founding = bootstrap::found(&storage).await.unwrap();
    let api = start(&cluster, &storage, &founding.operator_jwt, token).await;
    api.wait_until_ready().await;
    users(&api, 5..6).await;
    kept_users(&client, 6).await;
    api.api.shutdown().await;
    server.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_goes_on_where_one_has_stopped() {
    let (mut cluster, dirs) = (Cluster::new(), [(); 2].map(|()| TempDir::new().unwrap()));
    let url = Some(Postgres::shared().await.database().await);
    let (first, founded) = install(&mut cluster, url.clone()).await;
    let _server = one_server(&cluster, dirs[0].path()).await;
    first.wait_until_ready().await;
    let mut second = storage(dirs[1].path(), url);
    second.vault_key_file = Some(founded.data_dir.join("vault.key"));
    let founding = bootstrap::found(&second).await.unwrap();
    let token = first.token.clone();
    let second = start(&cluster, &second, &founding.operator_jwt, token).await;
    second.wait_until_ready().await;
    let client = connect(&cluster, &told_account(&second).await).await;
    let mut heard = listen(&client, "$CP.events.user.create").await;
    let mut names = Vec::new();
    let mut hear = async |count: usize| {
        while names.len() < count {
            let next = tokio::time::timeout(DEADLINE, heard.next()).await;
            let message = next.unwrap().unwrap();
            names.push(
                told(&message)["object"]["name"]
                    .as_str()
                    .unwrap()
                    .to_owned(),
            );
            names.retain(|name| name != "keeper");
        }
        names.clone()
    };
    users(&second, 0..5).await;
    hear(5).await;
    first.api.shutdown().await;
    users(&second, 5..10).await;
    let names = hear(10).await;
    let expected: Vec<_> = (0..10).map(|n| format!("u{n}")).collect();
    assert_eq!(names, expected, "each once, in order");
    second.api.shutdown().await;
}
