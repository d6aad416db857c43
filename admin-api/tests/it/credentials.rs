//! Users' credentials: every claim, short-lived ones, rotation, revocation, many at once.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Stack, eventually, on_both_databases};

on_both_databases!(
    every_claim_of_a_user_is_set,
    subjects_with_a_dollar_are_kept,
    a_changed_user_gets_a_new_token_for_its_key,
    short_lived_credentials_go_with_their_user,
    a_rotated_user_leaves_its_old_key,
    everybody_can_be_revoked_at_once,
    many_users_are_made_together_or_none,
    credentials_without_an_end_are_asked_for,
    a_blocked_user_stays_out_for_a_while,
    connections_are_listed_and_closed_one_by_one,
    pages_of_connections_leave_nobody_out,
    nobody_keeps_the_jwt_of_a_user,
);

fn jwt_of(creds: &str) -> accounts::Claims<accounts::UserBody> {
    let token = creds.lines().nth(1).unwrap();
    accounts::jwt::decode(token).unwrap()
}

fn creds_of(answer: &Value) -> String {
    answer["creds"].as_str().unwrap().to_owned()
}

async fn every_claim_of_a_user_is_set(stack: Stack) {
    stack.account("acme").await;
    let body = json!({
        "name": "full",
        "permissions": { "publish": { "allow": ["a.>"], "deny": ["a.b"] },
                         "allow_responses": { "max": 3, "expires_in_seconds": 9 } },
        "limits": { "subscriptions": 4, "payload_bytes": 100, "user_connections": 2,
                    "messages_per_second": 50, "burst_seconds": 5 },
        "conditions": { "src": ["127.0.0.0/8"], "times": [{ "start": "00:00:00",
                        "end": "23:59:59" }], "times_location": "Europe/Berlin",
                        "allowed_connection_types": ["STANDARD", "WEBSOCKET"] },
        "tags": ["vip", "site:berlin"],
        "expires_in_seconds": 3600,
    });
    let creds = stack.user("acme", body.clone()).await;
    let claims = jwt_of(&creds);
    let rights = &claims.nats.rights;
    assert_eq!((rights.subs, rights.data, rights.payload), (4, -1, 100));
    assert_eq!(rights.src, Some(vec!["127.0.0.0/8".to_owned()]));
    assert_eq!(rights.times_location, "Europe/Berlin");
    assert_eq!(rights.allowed_connection_types.as_ref().unwrap().len(), 2);
    assert_eq!(rights.responses.unwrap().max, 3);
    assert_eq!(claims.nats.tags, ["vip", "site:berlin"]);
    let quotas = accounts::Quotas::of_user(&claims.nats.extra).unwrap();
    assert_eq!(quotas.user_connections, Some(2));
    assert_eq!(quotas.rates.messages_per_second, Some(50));

    let shown = stack.get("/accounts/acme/users/full").await.body;
    for field in ["permissions", "conditions", "tags"] {
        let expected = match field {
            // What was left out is shown as it is.
            "permissions" => json!({ "publish": { "allow": ["a.>"], "deny": ["a.b"] },
                "subscribe": {}, "allow_responses": { "max": 3, "expires_in_seconds": 9 } }),
            field => body[field].clone(),
        };
        assert_eq!(shown[field], expected, "{field}");
    }
    let effective = stack.get("/accounts/acme/users/full/permissions").await;
    assert_eq!(effective.body["admitted"], true, "{}", effective.text);
    assert_eq!(effective.body["source"], "user");
    assert_eq!(effective.body["limits"]["user_connections"], 2);
    stack
        .connect(&creds)
        .await
        .expect("from here, at this hour");
    let elsewhere = json!({ "name": "far", "conditions": { "src": ["192.0.2.0/24"] } });
    let creds = stack.user("acme", elsewhere).await;
    stack.connect(&creds).await.expect_err("not from here");
}

async fn subjects_with_a_dollar_are_kept(stack: Stack) {
    stack.account("acme").await;
    let subjects = json!(["$JS.API.>", "$KV.config.>", "$MQTT.sub.>"]);
    let body = json!({ "name": "u", "permissions": { "publish": { "allow": subjects },
                       "subscribe": { "allow": subjects, "deny": ["$KV.config.secret"] } } });
    let creds = stack.user("acme", body).await;
    let rights = serde_json::to_value(&jwt_of(&creds).nats.rights).unwrap();
    assert_eq!(rights["pub"]["allow"], subjects, "{rights}");
    assert_eq!(rights["sub"]["allow"], subjects);
    assert_eq!(rights["sub"]["deny"], json!(["$KV.config.secret"]));
}

async fn a_changed_user_gets_a_new_token_for_its_key(stack: Stack) {
    stack.account("acme").await;
    let old = stack.user("acme", json!({ "name": "u" })).await;
    let client = stack.connect(&old).await.unwrap();
    let change = json!({ "name": "v", "tags": ["x"],
                         "permissions": { "publish": { "allow": ["only"] } } });
    let changed = stack
        .send(Method::PATCH, "/accounts/acme/users/u", Some(change))
        .await;
    changed.expect(StatusCode::OK);
    assert_eq!(changed.headers["cache-control"], "no-store");
    assert_eq!(changed.body["live"], true);
    assert_eq!(
        changed.body["creds"],
        Value::Null,
        "the seed is with its owner"
    );
    eventually("the old token is out", || async {
        client.connection_state() != async_nats::connection::State::Connected
    })
    .await;
    stack.connect(&old).await.expect_err("the old token");
    let jwt = changed.body["jwt"].as_str().unwrap();
    let new = old.replace(old.lines().nth(1).unwrap(), jwt);
    stack
        .connect(&new)
        .await
        .expect("the new token with the old seed");
    assert_eq!(jwt_of(&new).name, "v");
    stack
        .get("/accounts/acme/users/u")
        .await
        .expect_problem(404, "not_found");
    let history = stack.get("/accounts/acme/users/v/issuances").await;
    let states: Vec<(&str, &str)> = history.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["kind"].as_str().unwrap(),
                one["state"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(states, [("created", "revoked"), ("updated", "active")]);
    assert!(!history.text.contains("eyJ"), "no token is in it");
    let whoami = stack.get("/whoami").await;
    assert_eq!(history.body["data"][1]["actor"], whoami.body["id"]);
}

async fn short_lived_credentials_go_with_their_user(stack: Stack) {
    stack.account("acme").await;
    let main = stack.user("acme", json!({ "name": "u" })).await;
    let made = stack
        .post(
            "/accounts/acme/users/u/creds",
            json!({ "expires_in_seconds": 60 }),
        )
        .await;
    made.expect(StatusCode::CREATED);
    let short = creds_of(&made.body);
    let (a, b) = (jwt_of(&main), jwt_of(&short));
    assert_ne!(a.sub, b.sub, "a key of its own");
    assert_eq!(b.name, "u");
    assert!(b.exp - b.iat <= 60 && b.exp > b.iat);
    let too_long = json!({ "expires_in_seconds": 86_401 });
    stack
        .post("/accounts/acme/users/u/creds", too_long)
        .await
        .expect_problem(422, "invalid");
    let clients = [
        stack.connect(&main).await.unwrap(),
        stack.connect(&short).await.unwrap(),
    ];
    let shown = stack.get("/accounts/acme/users/u").await.body;
    assert_eq!(
        shown["public_key"],
        a.sub.as_str(),
        "the user stays as it was"
    );

    let revoked = stack.post("/accounts/acme/users/u/revoke", json!({})).await;
    revoked.expect(StatusCode::OK);
    assert_eq!(revoked.body["keys"].as_array().unwrap().len(), 2);
    for (client, creds) in clients.iter().zip([&main, &short]) {
        eventually("both connections are closed", || async {
            client.connection_state() != async_nats::connection::State::Connected
        })
        .await;
        stack.connect(creds).await.expect_err("both are revoked");
    }
    let again = stack.post("/accounts/acme/users/u/creds", json!({})).await;
    let creds = creds_of(&again.expect(StatusCode::CREATED).body);
    stack.connect(&creds).await.expect("a new one is good");
}

async fn a_rotated_user_leaves_its_old_key(stack: Stack) {
    stack.account("acme").await;
    let old = stack
        .user("acme", json!({ "name": "u", "expires_in_seconds": 500 }))
        .await;
    let rotated = stack.post("/accounts/acme/users/u/rotate", json!({})).await;
    rotated.expect(StatusCode::CREATED);
    let new = creds_of(&rotated.body);
    stack.connect(&old).await.expect_err("the old key");
    stack.connect(&new).await.expect("the new key");
    let lifetime = jwt_of(&new).exp - jwt_of(&new).iat;
    assert!(
        (490..=500).contains(&lifetime),
        "as long as before: {lifetime}"
    );
    let key = accounts::KeyPair::from_entropy(accounts::KeyKind::User, [7; 32]);
    let own = json!({ "public_key": key.public().to_string(), "expires_in_seconds": 60 });
    let rotated = stack.post("/accounts/acme/users/u/rotate", own).await;
    rotated.expect(StatusCode::CREATED);
    assert_eq!(rotated.body["creds"], Value::Null);
    let jwt = rotated.body["jwt"].as_str().unwrap();
    let creds = accounts::creds::format(jwt, &key.seed());
    stack.connect(&creds).await.expect("the caller's own key");
    stack.connect(&new).await.expect_err("the key before");
}

async fn everybody_can_be_revoked_at_once(stack: Stack) {
    stack.account("acme").await;
    let mut old = Vec::new();
    for name in ["a", "b"] {
        old.push(stack.user("acme", json!({ "name": name })).await);
    }
    stack
        .delete("/accounts/acme/users/b")
        .await
        .expect(StatusCode::OK);
    let future = json!({ "before": "2100-01-01T00:00:00Z" });
    stack
        .post("/accounts/acme/revoke", future)
        .await
        .expect_problem(422, "invalid");
    let revoked = stack.post("/accounts/acme/revoke", json!({})).await;
    revoked.expect(StatusCode::OK);
    assert_eq!(revoked.body["live"], true, "{}", revoked.text);
    for creds in &old {
        stack.connect(creds).await.expect_err("all are out");
    }
    // Made within the second of the revocation: good nevertheless.
    let new = stack.user("acme", json!({ "name": "c" })).await;
    stack.connect(&new).await.expect("a new one is in");
    let claims = stack.get("/accounts/acme/claims").await.body;
    let revocations = claims["nats"]["revocations"].as_object().unwrap().clone();
    let keys: Vec<&String> = revocations.keys().collect();
    assert_eq!(keys, ["*"], "it covers the single ones");
}

async fn many_users_are_made_together_or_none(stack: Stack) {
    stack.account("acme").await;
    let users: Vec<Value> = (0..100)
        .map(|n| json!({ "name": format!("u{n}") }))
        .collect();
    let made = stack
        .post("/accounts/acme/user-batches", json!({ "users": users }))
        .await;
    made.expect(StatusCode::CREATED);
    let data = made.body["data"].as_array().unwrap();
    assert_eq!(data.len(), 100);
    assert_eq!(made.headers["cache-control"], "no-store");
    stack
        .connect(&creds_of(&data[99]))
        .await
        .expect("the last one logs in");
    let bad = json!({ "users": [{ "name": "fine" }, { "name": "a.b" }] });
    let refused = stack.post("/accounts/acme/user-batches", bad).await;
    refused.expect_problem(422, "invalid");
    assert_eq!(refused.body["errors"][0]["pointer"], "/users/1/name");
    let twice = json!({ "users": [{ "name": "fine" }, { "name": "u5" }] });
    stack
        .post("/accounts/acme/user-batches", twice)
        .await
        .expect_problem(409, "user_exists");
    stack
        .get("/accounts/acme/users/fine")
        .await
        .expect_problem(404, "not_found");
    for count in [0, 10_001] {
        let users: Vec<Value> = (0..count)
            .map(|n| json!({ "name": format!("x{n}") }))
            .collect();
        stack
            .post("/accounts/acme/user-batches", json!({ "users": users }))
            .await
            .expect_problem(422, "invalid");
    }
}

async fn credentials_without_an_end_are_asked_for(stack: Stack) {
    stack.account("acme").await;
    let creds = stack
        .user("acme", json!({ "name": "forever", "never_expires": true }))
        .await;
    assert_eq!(jwt_of(&creds).exp, 0);
    let shown = stack.get("/accounts/acme/users/forever").await.body;
    assert_eq!(shown["expires_at"], Value::Null);
    let both = json!({ "name": "x", "never_expires": true, "expires_in_seconds": 5 });
    stack
        .post("/accounts/acme/users", both)
        .await
        .expect_problem(422, "invalid");
    stack
        .delete("/accounts/acme/users/forever")
        .await
        .expect(StatusCode::OK);
    stack.connect(&creds).await.expect_err("revoked for good");
}

async fn a_blocked_user_stays_out_for_a_while(stack: Stack) {
    stack.account("acme").await;
    let creds = stack.user("acme", json!({ "name": "u" })).await;
    let client = stack.connect(&creds).await.unwrap();
    client.flush().await.unwrap();
    let kick = json!({ "reason": "too loud", "block_for_seconds": 2 });
    let kicked = stack.post("/accounts/acme/users/u/kick", kick).await;
    kicked.expect(StatusCode::OK);
    assert_eq!(kicked.body["connections"], 1, "{}", kicked.text);
    eventually("the connection is closed", || async {
        client.connection_state() != async_nats::connection::State::Connected
    })
    .await;
    stack.connect(&creds).await.expect_err("blocked");
    assert!(stack.get("/audit").await.text.contains("too loud"));
    eventually("the block ends by itself", || async {
        stack.connect(&creds).await.is_ok()
    })
    .await;
    let long = json!({ "block_for_seconds": 2_592_001 });
    stack
        .post("/accounts/acme/users/u/kick", long)
        .await
        .expect_problem(422, "invalid");
}

async fn connections_are_listed_and_closed_one_by_one(stack: Stack) {
    for name in ["acme", "globex"] {
        stack.account(name).await;
    }
    let creds = stack
        .user("acme", json!({ "name": "u", "tags": ["vip"] }))
        .await;
    let other = stack.user("acme", json!({ "name": "v" })).await;
    let clients = [
        stack.connect(&creds).await.unwrap(),
        stack.connect(&creds).await.unwrap(),
        stack.connect(&other).await.unwrap(),
    ];
    for client in &clients {
        crate::harness::settled(client).await;
    }
    let all = stack.get("/accounts/acme/connections").await;
    all.expect(StatusCode::OK);
    assert_eq!(
        all.body["data"].as_array().unwrap().len(),
        3,
        "{}",
        all.text
    );
    let of_user = stack.get("/accounts/acme/connections?user=u").await;
    let data = of_user.body["data"].as_array().unwrap();
    assert_eq!(data.len(), 2, "{}", of_user.text);
    assert_eq!(
        (&data[0]["user_name"], &data[0]["tags"], &data[0]["ip"]),
        (&json!("u"), &json!(["vip"]), &json!("127.0.0.1"))
    );
    assert!(data[0]["messages_in"].as_i64().unwrap() >= 1);
    let page = stack.get("/accounts/acme/connections?limit=2").await;
    assert_eq!(
        (
            page.body["data"].as_array().unwrap().len(),
            &page.body["has_more"]
        ),
        (2, &json!(true))
    );
    assert_eq!(
        stack.get("/accounts/globex/connections").await.body["data"],
        json!([])
    );
    for query in ["limit=0", "state=half", "offset=-1", "page=2"] {
        stack
            .get(&format!("/accounts/acme/connections?{query}"))
            .await
            .expect_problem(400, "bad_request");
    }
    let id = data[0]["id"].as_str().unwrap();
    one_connection_is_kicked(&stack, id).await;
    stack.connect(&creds).await.expect_err("blocked");
    stack.connect(&other).await.expect("others are not");
}

async fn one_connection_is_kicked(stack: &Stack, id: &str) {
    let path = |account: &str| format!("/accounts/{account}/connections/{id}/kick");
    stack
        .post(&path("globex"), json!({}))
        .await
        .expect_problem(404, "not_found");
    let kick = json!({ "reason": "maintenance", "block_for_seconds": 600 });
    stack.post(&path("acme"), kick).await.expect(StatusCode::OK);
    eventually(
        "both connections with the credential are closed",
        || async {
            let open = stack.get("/accounts/acme/connections?user=u").await;
            open.body["data"] == json!([])
        },
    )
    .await;
    let closed = stack
        .get("/accounts/acme/connections?state=closed&user=u")
        .await;
    assert!(
        closed.body["data"][0]["closed_because"].is_string(),
        "{}",
        closed.text
    );
}

async fn pages_of_connections_leave_nobody_out(stack: Stack) {
    stack.account("acme").await;
    let creds = stack.user("acme", json!({ "name": "u" })).await;
    let mut clients = Vec::new();
    for _ in 0..5 {
        let client = stack.connect(&creds).await.unwrap();
        crate::harness::settled(&client).await;
        clients.push(client);
    }
    let list = async |query: &str| {
        let path = format!("/accounts/acme/connections?user=u{query}");
        let page = stack.get(&path).await;
        page.expect(StatusCode::OK);
        let rows = page.body["data"].as_array().unwrap().clone();
        let cids: Vec<i64> = rows
            .iter()
            .map(|row| row["cid"].as_i64().unwrap())
            .collect();
        let next = page.body["next_cursor"].as_str().map(str::to_owned);
        assert_eq!(page.body["has_more"], next.is_some(), "{}", page.text);
        (cids, next)
    };
    let (all, none) = list("").await;
    assert_eq!((all.len(), none), (5, None));
    assert!(all.is_sorted(), "{all:?}");
    let (first, cursor) = list("&limit=2").await;
    assert_eq!(first, all[..2]);
    let cursor = cursor.unwrap();
    let (second, _) = list(&format!("&limit=2&cursor={cursor}")).await;
    assert_eq!(second, all[2..4]);

    // Two that were shown are gone: those after them have moved up, and are not missed.
    drop(clients.drain(..2));
    eventually("two are gone", || async { list("").await.0.len() == 3 }).await;
    let (second, next) = list(&format!("&limit=2&cursor={cursor}")).await;
    assert_eq!(second, all[2..4]);
    let (third, end) = list(&format!("&limit=2&cursor={}", next.unwrap())).await;
    assert_eq!((third, end), (vec![all[4]], None));

    for query in [
        format!("user=u&state=all&cursor={cursor}"),
        format!("cursor={cursor}"),
        format!("user=u&offset=1&cursor={cursor}"),
        "cursor=nonsense".to_owned(),
    ] {
        let refused = stack
            .get(&format!("/accounts/acme/connections?{query}"))
            .await;
        refused.expect_problem(400, "bad_request");
    }
}

/// With a key of the caller's own the JWT is all that is answered. A bearer's logs in by itself.
async fn nobody_keeps_the_jwt_of_a_user(stack: Stack) {
    stack.account("acme").await;
    stack.post("/event-feed", json!({})).await;
    let mut next_key = 1;
    let mut with_own_key = |mut body: Value| {
        let key = accounts::KeyPair::from_entropy(accounts::KeyKind::User, [next_key; 32]);
        next_key += 1;
        body["public_key"] = json!(key.public().to_string());
        body
    };
    let bearer = with_own_key(json!({ "name": "b", "bearer": true }));
    let user = "/accounts/acme/users/b";
    for (method, path, body) in [
        (Method::POST, "/accounts/acme/users", bearer),
        (Method::PATCH, user, json!({ "tags": ["x"] })),
        (
            Method::POST,
            &format!("{user}/creds"),
            with_own_key(json!({})),
        ),
        (
            Method::POST,
            &format!("{user}/rotate"),
            with_own_key(json!({})),
        ),
        (
            Method::POST,
            "/system/creds",
            with_own_key(json!({ "name": "s" })),
        ),
        (Method::POST, "/event-feed/creds", with_own_key(json!({}))),
    ] {
        let made = stack.send(method, path, Some(body)).await;
        assert!(made.status.is_success(), "{path}: {}", made.text);
        let jwt = made.body["jwt"].as_str().unwrap();
        let claims = accounts::jwt::decode::<accounts::UserBody>(jwt).unwrap();
        let is_acmes = path.starts_with("/accounts");
        assert_eq!(claims.nats.rights.bearer_token, is_acmes, "{path}");
        assert_eq!(made.headers["cache-control"], "no-store", "{path}");
        assert_eq!(made.body["creds"], Value::Null, "{path}");
    }
}
