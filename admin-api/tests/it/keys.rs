//! Keys: how far they reach, what they are narrowed to, when they end.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, Database, Stack, id_of, on_both_databases, time_of};

on_both_databases!(
    an_organisations_key_stays_in_its_organisation,
    keys_never_reach_further_than_their_maker,
    a_key_may_be_narrowed,
    a_revoked_key_is_out_at_once,
    a_key_tells_when_it_was_used,
);

/// The accounts acme and globex in the default organisation, elsewhere in another one, and a key
/// of acme and of the other organisation.
struct Tenants {
    stack: Stack,
    other_org: String,
    org_key: String,
    acme_key: String,
}

impl Tenants {
    async fn prepare(stack: Stack) -> Self {
        stack.account("acme").await;
        stack.account("globex").await;
        let other_org = id_of(&stack, "/orgs", json!({ "name": "Other Org" })).await;
        let account = json!({ "name": "elsewhere", "org": "other-org" });
        id_of(&stack, "/accounts", account).await;
        let made = stack
            .post("/api-keys", json!({ "name": "o", "org": "other-org" }))
            .await;
        assert_eq!(
            (&made.body["role"], &made.body["org"]),
            (&json!("org_admin"), &json!(other_org))
        );
        let org_key = made.body["token"].as_str().unwrap().to_owned();
        let acme_key = stack.account_key("acme").await;
        Self {
            stack,
            other_org,
            org_key,
            acme_key,
        }
    }

    async fn get(&self, token: &str, path: &str) -> Answer {
        self.stack.send_as(token, Method::GET, path, None).await
    }

    async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        self.stack
            .send_as(token, Method::POST, path, Some(body))
            .await
    }

    async fn slugs(&self, token: &str, path: &str) -> Vec<String> {
        let answer = self.get(token, path).await;
        let data = answer.body["data"].as_array().unwrap();
        data.iter()
            .map(|item| item["slug"].as_str().unwrap().to_owned())
            .collect()
    }
}

async fn an_organisations_key_stays_in_its_organisation(stack: Stack) {
    let tenants = Tenants::prepare(stack).await;
    let (org_key, acme_key) = (&tenants.org_key, &tenants.acme_key);
    assert_eq!(tenants.slugs(org_key, "/accounts").await, ["elsewhere"]);
    assert_eq!(tenants.slugs(org_key, "/orgs").await, ["other-org"]);
    assert_eq!(tenants.slugs(acme_key, "/accounts").await, ["acme"]);
    tenants
        .get(org_key, "/accounts/acme")
        .await
        .expect_problem(404, "not_found");
    tenants
        .get(org_key, "/orgs/default")
        .await
        .expect_problem(404, "not_found");
    assert!(!tenants.get(org_key, "/audit").await.text.contains("acme"));

    let made = tenants
        .post(org_key, "/accounts", json!({ "name": "mine" }))
        .await;
    assert_eq!(made.body["org"], tenants.other_org, "{}", made.text);
    let foreign = json!({ "name": "x1", "org": "default" });
    tenants
        .post(org_key, "/accounts", foreign)
        .await
        .expect_problem(422, "invalid");
    let limits = json!({ "name": "x1", "limits": { "connections": 5 } });
    tenants
        .post(org_key, "/accounts", limits)
        .await
        .expect_problem(403, "forbidden");
    let raise = Some(json!({ "limits": { "connections": -1 } }));
    let raised = tenants
        .stack
        .send_as(acme_key, Method::PATCH, "/accounts/acme", raise)
        .await;
    raised.expect_problem(403, "forbidden");
    let quota = Some(json!({ "limits": { "messages_per_second": -1 } }));
    let raised = tenants
        .stack
        .send_as(acme_key, Method::PATCH, "/accounts/acme", quota)
        .await;
    raised.expect_problem(403, "forbidden");
}

async fn keys_never_reach_further_than_their_maker(stack: Stack) {
    let tenants = Tenants::prepare(stack).await;
    let (org_key, acme_key) = (&tenants.org_key, &tenants.acme_key);
    let same = tenants
        .post(acme_key, "/api-keys", json!({ "name": "same" }))
        .await;
    assert_eq!(same.body["role"], "account_admin");
    assert!(same.body["account"].is_string());
    let wider = json!({ "name": "x", "org": "default" });
    tenants
        .post(acme_key, "/api-keys", wider.clone())
        .await
        .expect_problem(403, "forbidden");
    tenants
        .post(org_key, "/api-keys", wider)
        .await
        .expect_problem(422, "invalid");
    for (key, account) in [(acme_key, "globex"), (org_key, "acme")] {
        let body = json!({ "name": "x", "account": account });
        tenants
            .post(key, "/api-keys", body)
            .await
            .expect_problem(422, "invalid");
    }
}

async fn a_key_may_be_narrowed(stack: Stack) {
    let tenants = Tenants::prepare(stack).await;
    let acme_key = &tenants.acme_key;
    let body = json!({ "name": "reader", "rights": ["users:read", "keys:write"] });
    let made = tenants.post(acme_key, "/api-keys", body).await;
    assert_eq!(made.body["rights"], json!(["users:read", "keys:write"]));
    let reader = made.body["token"].as_str().unwrap();
    tenants
        .get(reader, "/accounts/acme/users")
        .await
        .expect(StatusCode::OK);
    let user = json!({ "name": "u" });
    let refused = tenants.post(reader, "/accounts/acme/users", user).await;
    refused.expect_problem(403, "forbidden");
    assert!(refused.text.contains("users:write"), "{}", refused.text);
    // It makes keys, but none that may do more than it does.
    let refused = tenants
        .post(reader, "/api-keys", json!({ "name": "wider" }))
        .await;
    refused.expect_problem(403, "forbidden");

    for (body, pointer) in [
        (json!({ "rights": ["users:own"] }), "/rights"),
        (json!({ "rights": ["limits:write"] }), "/rights"),
        (json!({ "role": "org_admin" }), "/role"),
        (json!({ "role": "nobody" }), "/role"),
        (json!({ "cidrs": [] }), "/cidrs"),
        (
            json!({ "cidrs": ["10.0.0.0/8", "10.0.0.0/99"] }),
            "/cidrs/1",
        ),
    ] {
        let mut body = body;
        body["name"] = json!("x");
        let refused = tenants.post(acme_key, "/api-keys", body).await;
        refused.expect_problem(422, "invalid");
        assert_eq!(refused.body["errors"][0]["pointer"], pointer);
    }
    for (cidr, status) in [("127.0.0.1", 200), ("192.0.2.0/24", 401)] {
        let body = json!({ "name": "from", "cidrs": [cidr] });
        let made = tenants.post(acme_key, "/api-keys", body).await;
        let token = made.body["token"].as_str().unwrap();
        assert_eq!(tenants.get(token, "/whoami").await.status, status, "{cidr}");
    }
}

async fn a_revoked_key_is_out_at_once(stack: Stack) {
    let tenants = Tenants::prepare(stack).await;
    let (org_key, acme_key) = (&tenants.org_key, &tenants.acme_key);
    let whoami = tenants.get(acme_key, "/whoami").await;
    let path = format!("/api-keys/{}", whoami.body["id"].as_str().unwrap());
    let foreign = tenants
        .stack
        .send_as(org_key, Method::DELETE, &path, None)
        .await;
    foreign.expect_problem(404, "not_found");
    tenants
        .stack
        .delete(&path)
        .await
        .expect(StatusCode::NO_CONTENT);
    tenants
        .get(acme_key, "/whoami")
        .await
        .expect_problem(401, "unauthorized");
}

async fn a_key_tells_when_it_was_used(stack: Stack) {
    stack.account("acme").await;
    let body = json!({ "name": "k", "account": "acme" });
    let made = stack.post("/api-keys", body).await;
    let token = made.body["token"].as_str().unwrap();
    let path = format!("/api-keys/{}", made.body["id"].as_str().unwrap());
    let last_used = async || stack.get(&path).await.body["last_used_at"].clone();
    let use_it = async || {
        let whoami = stack.send_as(token, Method::GET, "/whoami", None).await;
        whoami.expect(StatusCode::OK);
    };
    assert_eq!(last_used().await, Value::Null, "never");
    use_it().await;
    let first = time_of(&last_used().await);
    let created = time_of(&made.body["created_at"]);
    assert!((created..created + 60).contains(&first), "{first}");
    // It is told to the minute: reads must not become writes.
    stack
        .alter("api_keys", "last_used_at = last_used_at - 30")
        .await;
    use_it().await;
    assert_eq!(time_of(&last_used().await), first - 30);
    stack
        .alter("api_keys", "last_used_at = last_used_at - 60")
        .await;
    use_it().await;
    assert!(time_of(&last_used().await) >= first);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_key_is_out() {
    let stack = Stack::start(Database::Sqlite).await;
    let body = json!({ "name": "short", "expires_in_seconds": 1 });
    let key = stack.post("/api-keys", body).await.body["token"]
        .as_str()
        .unwrap()
        .to_owned();
    crate::harness::eventually("the key expires", || async {
        stack
            .send_as(&key, Method::GET, "/whoami", None)
            .await
            .status
            == 401
    })
    .await;
}
