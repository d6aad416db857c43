//! Every endpoint of the OpenAPI document against nobody, another tenant, and the tenant itself.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Database, Stack, on_both_databases};

on_both_databases!(
    every_endpoint_knows_its_callers,
    keys_never_reach_further_than_their_maker
);

/// What a call by the key of the account `acme`, and by the one of `globex`, answers on acme's
/// things. Every call without a valid key answers 401.
struct Case {
    method: Method,
    /// As in the OpenAPI document.
    path: &'static str,
    body: Option<Value>,
    own: u16,
    other: u16,
}

fn case(method: Method, path: &'static str, body: Value, own: u16, other: u16) -> Case {
    let body = Some(body).filter(|body| !body.is_null());
    Case {
        method,
        path,
        body,
        own,
        other,
    }
}

fn cases() -> Vec<Case> {
    let (get, post, patch, delete) = (Method::GET, Method::POST, Method::PATCH, Method::DELETE);
    let none = || Value::Null;
    let export = json!({ "subject": "b", "kind": "stream" });
    let import = json!({ "account": "globex", "subject": "open", "kind": "stream" });
    vec![
        case(post.clone(), "/orgs", json!({ "name": "new" }), 403, 403),
        case(get.clone(), "/orgs", none(), 200, 200),
        case(get.clone(), "/orgs/{org}", none(), 200, 200),
        case(
            post.clone(),
            "/accounts",
            json!({ "name": "new" }),
            403,
            403,
        ),
        case(get.clone(), "/accounts", none(), 200, 200),
        case(get.clone(), "/accounts/{account}", none(), 200, 404),
        case(
            patch,
            "/accounts/{account}",
            json!({ "name": "Acme" }),
            200,
            404,
        ),
        case(
            post.clone(),
            "/accounts/{account}/users",
            json!({ "name": "v" }),
            201,
            404,
        ),
        case(get.clone(), "/accounts/{account}/users", none(), 200, 404),
        case(
            get.clone(),
            "/accounts/{account}/users/{user}",
            none(),
            200,
            404,
        ),
        case(
            post.clone(),
            "/accounts/{account}/users/{user}/kick",
            none(),
            200,
            404,
        ),
        case(
            delete.clone(),
            "/accounts/{account}/users/{user}",
            none(),
            200,
            404,
        ),
        case(
            post.clone(),
            "/accounts/{account}/exports",
            export,
            201,
            404,
        ),
        case(get.clone(), "/accounts/{account}/exports", none(), 200, 404),
        case(
            delete.clone(),
            "/accounts/{account}/exports/{export}",
            none(),
            200,
            404,
        ),
        case(
            post.clone(),
            "/accounts/{account}/imports",
            import,
            201,
            404,
        ),
        case(get.clone(), "/accounts/{account}/imports", none(), 200, 404),
        case(
            delete.clone(),
            "/accounts/{account}/imports/{import}",
            none(),
            200,
            404,
        ),
        case(get.clone(), "/api-keys", none(), 200, 200),
        case(post, "/api-keys", json!({ "name": "k" }), 201, 201),
        case(delete.clone(), "/api-keys/{key}", none(), 204, 404),
        case(get.clone(), "/audit", none(), 200, 200),
        case(get.clone(), "/system", none(), 200, 200),
        case(get.clone(), "/system/nats-server.conf", none(), 403, 403),
        case(get, "/whoami", none(), 200, 200),
        case(delete, "/accounts/{account}", none(), 403, 404),
    ]
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
        let path = fill(case.path);
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
        let answer = call(&own).await;
        assert_eq!(
            answer.status, case.own,
            "own {} {}: {}",
            case.method, path, answer.text
        );
    }
    assert_covered();
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

async fn keys_never_reach_further_than_their_maker(stack: Stack) {
    stack.account("acme").await;
    stack.account("globex").await;
    let org = id_of(&stack, "/orgs", json!({ "name": "Other Org" })).await;
    id_of(
        &stack,
        "/accounts",
        json!({ "name": "elsewhere", "org": "other-org" }),
    )
    .await;
    let made = stack
        .post("/api-keys", json!({ "name": "o", "org": "other-org" }))
        .await;
    let org_key = made.body["token"].as_str().unwrap().to_owned();
    assert_eq!(
        (&made.body["role"], &made.body["org"]),
        (&json!("org_admin"), &json!(org))
    );
    let acme_key = stack.account_key("acme").await;

    let post = async |token: &str, path: &str, body: Value| {
        stack.send_as(token, Method::POST, path, Some(body)).await
    };
    let get = async |token: &str, path: &str| stack.send_as(token, Method::GET, path, None).await;

    // An organisation's key sees and makes accounts in its organisation only.
    let names = |answer: &Answer| -> Vec<String> {
        let data = answer.body["data"].as_array().unwrap();
        data.iter()
            .map(|item| item["slug"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&get(&org_key, "/accounts").await), ["elsewhere"]);
    assert_eq!(names(&get(&org_key, "/orgs").await), ["other-org"]);
    assert_eq!(names(&get(&acme_key, "/accounts").await), ["acme"]);
    get(&org_key, "/accounts/acme")
        .await
        .expect_problem(404, "not_found");
    get(&org_key, "/orgs/default")
        .await
        .expect_problem(404, "not_found");
    let made = post(&org_key, "/accounts", json!({ "name": "mine" })).await;
    assert_eq!(made.body["org"], org, "{}", made.text);
    let foreign = post(
        &org_key,
        "/accounts",
        json!({ "name": "x1", "org": "default" }),
    )
    .await;
    foreign.expect_problem(422, "invalid");
    let limits = json!({ "name": "x1", "limits": { "connections": 5 } });
    post(&org_key, "/accounts", limits)
        .await
        .expect_problem(403, "forbidden");
    let raise = json!({ "limits": { "connections": -1 } });
    let raised = stack
        .send_as(&acme_key, Method::PATCH, "/accounts/acme", Some(raise))
        .await;
    raised.expect_problem(403, "forbidden");

    // No key makes one that reaches further than itself.
    let same = post(&acme_key, "/api-keys", json!({ "name": "same" })).await;
    assert_eq!(
        (&same.body["role"], same.body["account"].is_string()),
        (&json!("account_admin"), true)
    );
    post(
        &acme_key,
        "/api-keys",
        json!({ "name": "x", "org": "default" }),
    )
    .await
    .expect_problem(403, "forbidden");
    for (key, account) in [(&acme_key, "globex"), (&org_key, "acme")] {
        let answer = post(key, "/api-keys", json!({ "name": "x", "account": account })).await;
        answer.expect_problem(422, "invalid");
    }
    post(
        &org_key,
        "/api-keys",
        json!({ "name": "x", "org": "default" }),
    )
    .await
    .expect_problem(422, "invalid");

    // A revoked key is out at once; the trail of each tenant is its own.
    let own_id = get(&acme_key, "/whoami").await.body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api-keys/{own_id}");
    stack
        .send_as(&org_key, Method::DELETE, &path, None)
        .await
        .expect_problem(404, "not_found");
    assert!(!get(&org_key, "/audit").await.text.contains("acme"));
    stack
        .delete(&path)
        .await
        .expect(reqwest::StatusCode::NO_CONTENT);
    get(&acme_key, "/whoami")
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
