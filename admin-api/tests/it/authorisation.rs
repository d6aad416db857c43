//! Every endpoint of the OpenAPI document against nobody, another tenant, and the tenant itself.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Database, Stack, on_both_databases};

on_both_databases!(
    every_endpoint_knows_its_callers,
    an_organisations_key_stays_in_its_organisation,
    keys_never_reach_further_than_their_maker,
    a_revoked_key_is_out_at_once,
);

/// What a call by the key of the account `acme`, and by the one of `globex`, answers on acme's
/// things. Every call without a valid key answers 401.
struct Case {
    method: Method,
    /// As in the OpenAPI document.
    path: String,
    body: Option<Value>,
    own: u16,
    other: u16,
}

fn case(method: Method, path: &str, body: Value, own: u16, other: u16) -> Case {
    let body = Some(body).filter(|body| !body.is_null());
    Case {
        method,
        path: path.to_owned(),
        body,
        own,
        other,
    }
}

fn cases() -> Vec<Case> {
    account_cases()
        .into_iter()
        .chain(other_cases())
        .chain([delete_account()])
        .collect()
}

/// Last: the table's other rows need the account.
fn delete_account() -> Case {
    case(Method::DELETE, "/accounts/{account}", Value::Null, 403, 404)
}

fn account_cases() -> Vec<Case> {
    let (get, post, delete) = (Method::GET, Method::POST, Method::DELETE);
    let none = Value::Null;
    let name = json!({ "name": "v1" });
    let export = json!({ "subject": "b", "kind": "stream" });
    let import = json!({ "account": "globex", "subject": "open", "kind": "stream" });
    let question = json!({ "action": "publish", "subject": "a" });
    [
        (&get, "", &none, 200),
        (&Method::PATCH, "", &name, 200),
        (&post, "/users", &name, 201),
        (&get, "/users", &none, 200),
        (&get, "/users/{user}", &none, 200),
        (&post, "/users/{user}/kick", &none, 200),
        (&delete, "/users/{user}", &none, 200),
        (&post, "/permissions/check", &question, 200),
        // The engine of these tests remembers no refusals.
        (&get, "/denials", &none, 503),
        (&post, "/exports", &export, 201),
        (&get, "/exports", &none, 200),
        (&get, "/exports/{export}", &none, 200),
        (&delete, "/exports/{export}", &none, 200),
        (&post, "/imports", &import, 201),
        (&get, "/imports", &none, 200),
        (&get, "/imports/{import}", &none, 200),
        (&delete, "/imports/{import}", &none, 200),
    ]
    .map(|(method, below, body, own)| {
        let path = format!("/accounts/{{account}}{below}");
        case(method.clone(), &path, body.clone(), own, 404)
    })
    .into()
}

fn other_cases() -> Vec<Case> {
    let (get, post, delete) = (Method::GET, Method::POST, Method::DELETE);
    let none = Value::Null;
    let name = json!({ "name": "new" });
    [
        (&post, "/orgs", &name, 403, 403),
        (&get, "/orgs", &none, 200, 200),
        (&get, "/orgs/{org}", &none, 200, 200),
        (&post, "/accounts", &name, 403, 403),
        (&get, "/accounts", &none, 200, 200),
        (&get, "/api-keys", &none, 200, 200),
        (&post, "/api-keys", &name, 201, 201),
        (&delete, "/api-keys/{key}", &none, 204, 404),
        (&get, "/audit", &none, 200, 200),
        (&get, "/system", &none, 200, 200),
        (&get, "/system/nats-server.conf", &none, 403, 403),
        (&get, "/whoami", &none, 200, 200),
    ]
    .map(|(method, path, body, own, other)| case(method.clone(), path, body.clone(), own, other))
    .into()
}

async fn id_of(stack: &Stack, path: &str, body: Value) -> String {
    let made = stack.post(path, body).await;
    made.expect(reqwest::StatusCode::CREATED);
    made.body["id"].as_str().unwrap().to_owned()
}

async fn every_endpoint_knows_its_callers(stack: Stack) {
    let acme = stack.account("acme").await;
    stack.account("globex").await;
    let public =
        |subject: &str| json!({ "subject": subject, "kind": "stream", "visibility": "public" });
    id_of(&stack, "/accounts/globex/exports", public("open")).await;
    id_of(&stack, "/accounts/globex/exports", public("first")).await;
    let take = json!({ "account": "globex", "subject": "first", "kind": "stream" });
    let ids = [
        (
            "{user}",
            id_of(&stack, "/accounts/acme/users", json!({ "name": "u" })).await,
        ),
        (
            "{export}",
            id_of(&stack, "/accounts/acme/exports", public("a")).await,
        ),
        (
            "{import}",
            id_of(&stack, "/accounts/acme/imports", take).await,
        ),
        (
            "{key}",
            id_of(
                &stack,
                "/api-keys",
                json!({ "name": "k", "account": "acme" }),
            )
            .await,
        ),
        ("{org}", acme["org"].as_str().unwrap().to_owned()),
        ("{account}", acme["id"].as_str().unwrap().to_owned()),
    ];
    let fill = |path: &str| {
        ids.iter()
            .fold(path.to_owned(), |path, (name, id)| path.replace(name, id))
    };
    let own = stack.account_key("acme").await;
    let other = stack.account_key("globex").await;
    let mut forged = own.clone();
    forged.replace_range(10..11, if &own[10..11] == "x" { "y" } else { "x" });

    for case in cases() {
        let path = fill(&case.path);
        let call = async |token: &str| {
            stack
                .send_as(token, case.method.clone(), &path, case.body.clone())
                .await
        };
        for token in ["", "nonsense", &forged] {
            call(token).await.expect_problem(401, "unauthorized");
        }
        // The other tenant goes first: what it is refused must still be there for the owner.
        let answer = call(&other).await;
        assert_eq!(
            answer.status, case.other,
            "other {} {}: {}",
            case.method, path, answer.text
        );
        assert_foreign(&answer, acme["id"].as_str().unwrap());
        assert_dry_run(&stack, &own, &case, &path).await;
        let answer = call(&own).await;
        assert_eq!(
            answer.status, case.own,
            "own {} {}: {}",
            case.method, path, answer.text
        );
    }
    assert_covered();
}

/// A change that may be made may be tried first: the real call after it finds everything as it was.
async fn assert_dry_run(stack: &Stack, own: &str, case: &Case, path: &str) {
    if case.method == Method::GET || case.own >= 300 || path.ends_with("/permissions/check") {
        return;
    }
    let dry = format!("{path}?dry_run=true");
    let answer = stack
        .send_as(own, case.method.clone(), &dry, case.body.clone())
        .await;
    let expected = if case.own == 204 { 200 } else { case.own };
    assert_eq!(
        answer.status, expected,
        "{} {dry}: {}",
        case.method, answer.text
    );
    assert_eq!(answer.headers["dry-run"], "true", "{} {dry}", case.method);
    assert!(answer.body["impact"].is_object(), "{}", answer.text);
    for secret in ["creds", "token", "jwt"] {
        assert_eq!(
            answer.body[secret],
            Value::Null,
            "a dry run gives no secret"
        );
    }
}

/// Whatever another tenant is answered, nothing of acme is in it.
fn assert_foreign(answer: &Answer, acme: &str) {
    assert!(!answer.text.contains(acme), "{}", answer.text);
}

fn assert_covered() {
    let document: Value = serde_json::from_str(&admin_api::openapi_json()).unwrap();
    let documented: BTreeSet<String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            let path = path.strip_prefix("/api/v1").unwrap();
            let methods = item.as_object().unwrap().keys();
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let tested: BTreeSet<String> = cases()
        .iter()
        .map(|case| format!("{} {}", case.method, case.path))
        .collect();
    assert_eq!(
        documented, tested,
        "every documented endpoint is in the table"
    );
}

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
        .expect(reqwest::StatusCode::NO_CONTENT);
    tenants
        .get(acme_key, "/whoami")
        .await
        .expect_problem(401, "unauthorized");
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
