//! Every endpoint of the OpenAPI document against every role, in the account's own organisation and
//! in another.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, Database, Stack, on_both_databases};

on_both_databases!(
    every_endpoint_knows_its_callers,
    an_organisations_key_stays_in_its_organisation,
    keys_never_reach_further_than_their_maker,
    a_key_may_be_narrowed,
    a_revoked_key_is_out_at_once,
);

/// Who is let through. The others are told 403, or 404 where the thing is not theirs to see.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    /// Any valid credential.
    Everybody,
    /// Any role, where it reaches.
    Readers,
    AccountAdmins,
    OrgAdmins,
    PlatformReaders,
    PlatformAdmins,
}
use Who::{AccountAdmins, Everybody, OrgAdmins, PlatformAdmins, PlatformReaders, Readers};

/// The callers: a role, and the account or organisation that it is bound to. `acme`, whose things
/// are called on, lies in the default organisation, `elsewhere` in another.
const CALLERS: [(&str, Option<&str>, Option<&str>); 9] = [
    ("account_admin", None, Some("elsewhere")),
    ("account_admin", None, Some("globex")),
    ("org_admin", Some("other-org"), None),
    ("account_observer", None, Some("acme")),
    ("org_observer", Some("default"), None),
    ("platform_observer", None, None),
    ("account_admin", None, Some("acme")),
    ("org_admin", Some("default"), None),
    ("platform_admin", None, None),
];

impl Who {
    fn lets(self, role: &str) -> bool {
        let admin = role.ends_with("_admin");
        match self {
            Everybody | Readers => true,
            AccountAdmins => admin,
            OrgAdmins => admin && !role.starts_with("account_"),
            PlatformReaders => role.starts_with("platform_"),
            PlatformAdmins => admin && role.starts_with("platform_"),
        }
    }
}

/// One row: what is called, who may, and what those are answered. In `path` and `body`, `{n}` is a
/// number never used before, and names like `{user}` are the id of such a thing of acme's, made
/// for the call.
struct Case {
    method: Method,
    /// As in the OpenAPI document.
    path: String,
    body: Option<Value>,
    who: Who,
    ok: u16,
}

impl Case {
    fn is_of_acme(&self) -> bool {
        self.path.contains('{')
    }

    /// The status that a caller is to be answered.
    fn expected(&self, caller: &TestCaller) -> u16 {
        let is_absent = !match self.path.contains("{org}") || self.path.contains("{access_role}") {
            true => caller.reaches_org,
            false => caller.reaches_acme || !self.is_of_acme(),
        };
        // Where account or organisation are in the path they are looked for first.
        let hides_first = self.path.contains("{account}") || self.path.contains("{org}");
        match self.who.lets(caller.role) {
            _ if is_absent && hides_first => 404,
            false => 403,
            true if is_absent => 404,
            true => self.ok,
        }
    }
}

struct TestCaller {
    role: &'static str,
    token: String,
    /// Whether acme lies within the role's place.
    reaches_acme: bool,
    /// Whether things of acme's organisation can be seen from there.
    reaches_org: bool,
}

type Row<'a> = (&'a Method, &'a str, &'a Value, Who, u16);

fn cases() -> Vec<Case> {
    let all = account_cases().into_iter().chain(other_cases());
    let all = all.chain(transfer_cases());
    // Last: engines that are not there make everything else less live.
    all.chain(engine_cases()).collect()
}

fn rows(prefix: &str, rows: &[Row<'_>]) -> Vec<Case> {
    let case = |&(method, below, body, who, ok): &Row<'_>| Case {
        method: method.clone(),
        path: format!("{prefix}{below}"),
        body: Some(body.clone()).filter(|body| !body.is_null()),
        who,
        ok,
    };
    rows.iter().map(case).collect()
}

fn engine_cases() -> Vec<Case> {
    let engine = &json!({ "name": "n{n}", "urls": ["nats://127.0.0.1:1"] });
    let urls = &json!({ "urls": ["nats://127.0.0.1:2"] });
    let none = &Value::Null;
    rows(
        "/engines",
        &[
            (&Method::GET, "", none, PlatformReaders, 200),
            (
                &Method::GET,
                "/nats-server.conf",
                none,
                PlatformReaders,
                200,
            ),
            (&Method::POST, "", engine, PlatformAdmins, 201),
            (&Method::GET, "/{engine}", none, PlatformReaders, 200),
            (&Method::PATCH, "/{engine}", urls, PlatformAdmins, 200),
            (&Method::DELETE, "/{engine}", none, PlatformAdmins, 204),
        ],
    )
}

fn account_cases() -> Vec<Case> {
    let (get, post, delete) = (&Method::GET, &Method::POST, &Method::DELETE);
    let none = &Value::Null;
    let name = &json!({ "name": "n{n}" });
    let export = &json!({ "subject": "b.{n}", "kind": "stream" });
    let import = &json!({ "account": "globex", "subject": "open.{n}", "kind": "stream" });
    let question = &json!({ "action": "publish", "subject": "a" });
    rows(
        "/accounts/{account}",
        &[
            (get, "", none, Readers, 200),
            (&Method::PATCH, "", name, AccountAdmins, 200),
            (delete, "", none, OrgAdmins, 200),
            (post, "/users", name, AccountAdmins, 201),
            (get, "/users", none, Readers, 200),
            (get, "/users/{user}", none, Readers, 200),
            (post, "/users/{user}/kick", none, AccountAdmins, 200),
            (delete, "/users/{user}", none, AccountAdmins, 200),
            (post, "/permissions/check", question, Readers, 200),
            // The engine of these tests remembers no refusals.
            (get, "/denials", none, Readers, 503),
            (post, "/exports", export, AccountAdmins, 201),
            (get, "/exports", none, Readers, 200),
            (get, "/exports/{export}", none, Readers, 200),
            (delete, "/exports/{export}", none, AccountAdmins, 200),
            (post, "/imports", import, AccountAdmins, 201),
            (get, "/imports", none, Readers, 200),
            (get, "/imports/{import}", none, Readers, 200),
            (delete, "/imports/{import}", none, AccountAdmins, 200),
        ],
    )
}

fn other_cases() -> Vec<Case> {
    let (get, post, delete) = (&Method::GET, &Method::POST, &Method::DELETE);
    let none = &Value::Null;
    let name = &json!({ "name": "n{n}" });
    let role = &json!({ "name": "r{n}", "rights": ["users:read"] });
    rows(
        "",
        &[
            (post, "/orgs", name, PlatformAdmins, 201),
            (get, "/orgs", none, Readers, 200),
            (get, "/orgs/{org}", none, Readers, 200),
            (&Method::PATCH, "/orgs/{org}", name, OrgAdmins, 200),
            (delete, "/orgs/{org}", none, PlatformAdmins, 204),
            (post, "/accounts", name, OrgAdmins, 201),
            (get, "/accounts", none, Readers, 200),
            (get, "/api-keys", none, Readers, 200),
            (post, "/api-keys", name, AccountAdmins, 201),
            (delete, "/api-keys/{key}", none, AccountAdmins, 204),
            (post, "/access-roles", role, OrgAdmins, 201),
            (get, "/access-roles", none, Readers, 200),
            (get, "/access-roles/built-in", none, Everybody, 200),
            (get, "/access-roles/{access_role}", none, Readers, 200),
            (
                &Method::PATCH,
                "/access-roles/{access_role}",
                name,
                OrgAdmins,
                200,
            ),
            (delete, "/access-roles/{access_role}", none, OrgAdmins, 204),
            (get, "/audit", none, Readers, 200),
            (get, "/audit.csv", none, Readers, 200),
            (get, "/audit.ndjson", none, Readers, 200),
            (get, "/audit/heads", none, Readers, 200),
            (post, "/audit/verify", &json!({}), PlatformReaders, 200),
            (get, "/events", none, Readers, 200),
            (get, "/events/stream", none, Readers, 200),
            (get, "/system", none, Everybody, 200),
            (get, "/system/nats-server.conf", none, PlatformReaders, 200),
            (get, "/whoami", none, Everybody, 200),
        ],
    )
}

/// The whole installation, in and out.
fn transfer_cases() -> Vec<Case> {
    let post = &Method::POST;
    let backup = &json!({ "passphrase": "a long passphrase" });
    rows("", &[(post, "/backup", backup, PlatformAdmins, 200)])
}

async fn id_of(stack: &Stack, path: &str, body: Value) -> String {
    let made = stack.post(path, body).await;
    made.expect(StatusCode::CREATED);
    made.body["id"].as_str().unwrap().to_owned()
}

fn number() -> u32 {
    static LAST: AtomicU32 = AtomicU32::new(0);
    LAST.fetch_add(1, Ordering::Relaxed)
}

/// The tenants of the table, and what belongs to acme.
struct Table {
    stack: Stack,
    acme: Value,
}

impl Table {
    async fn prepare(stack: Stack) -> Self {
        let acme = stack.account("acme").await;
        stack.account("globex").await;
        id_of(&stack, "/orgs", json!({ "name": "Other Org" })).await;
        let elsewhere = json!({ "name": "elsewhere", "org": "other-org" });
        id_of(&stack, "/accounts", elsewhere).await;
        Self { stack, acme }
    }

    async fn key(&self, role: &str, org: Option<&str>, account: Option<&str>) -> String {
        let body = json!({ "name": role, "role": role, "org": org, "account": account });
        let made = self.stack.post("/api-keys", body).await;
        made.expect(StatusCode::CREATED);
        made.body["token"].as_str().unwrap().to_owned()
    }

    async fn export(&self, account: &str, subject: &str) -> String {
        let body = json!({ "subject": subject, "kind": "stream", "visibility": "public" });
        id_of(&self.stack, &format!("/accounts/{account}/exports"), body).await
    }

    /// A thing of acme's that no other call has touched.
    async fn thing(&self, name: &str, n: u32, is_deleted: bool) -> String {
        let stack = &self.stack;
        let named = json!({ "name": format!("t{n}") });
        match name {
            "{account}" if is_deleted => id_of(stack, "/accounts", named).await,
            "{account}" => self.acme["id"].as_str().unwrap().to_owned(),
            "{org}" if is_deleted => id_of(stack, "/orgs", named).await,
            "{org}" => self.acme["org"].as_str().unwrap().to_owned(),
            "{user}" => id_of(stack, "/accounts/acme/users", named).await,
            "{export}" => self.export("acme", &format!("x.{n}")).await,
            "{import}" => {
                let subject = format!("given.{n}");
                self.export("globex", &subject).await;
                let body = json!({ "account": "globex", "subject": subject, "kind": "stream" });
                id_of(stack, "/accounts/acme/imports", body).await
            }
            "{key}" => {
                let body = json!({ "name": "k", "account": "acme" });
                id_of(stack, "/api-keys", body).await
            }
            "{access_role}" => {
                let body = json!({ "name": format!("t{n}"), "org": "default", "rights": [] });
                id_of(stack, "/access-roles", body).await
            }
            "{engine}" => {
                let body = json!({ "name": format!("t{n}"), "urls": ["nats://127.0.0.1:1"] });
                id_of(stack, "/engines", body).await
            }
            other => panic!("say how to make a {other}"),
        }
    }

    /// Path and body of the case, with things in the place of names. What a call is to change is
    /// made for it.
    async fn filled(&self, case: &Case, is_changed: bool) -> (String, Option<Value>) {
        let n = number();
        let mut path = case.path.clone();
        while let Some(start) = path.find('{') {
            let end = start + path[start..].find('}').unwrap() + 1;
            let name = path[start..end].to_owned();
            let is_last = case.path.ends_with(&name);
            let is_deleted = is_changed && case.method == Method::DELETE && is_last;
            let id = self.thing(&name, n, is_deleted).await;
            path.replace_range(start..end, &id);
        }
        let body = case.body.as_ref().map(|body| {
            let text = body.to_string().replace("{n}", &n.to_string());
            serde_json::from_str(&text).unwrap()
        });
        if case.path.ends_with("/imports") && case.method == Method::POST {
            self.export("globex", &format!("open.{n}")).await;
        }
        (path, body)
    }
}

async fn every_endpoint_knows_its_callers(stack: Stack) {
    let table = Table::prepare(stack).await;
    let mut callers = Vec::new();
    for (role, org, account) in CALLERS {
        let place = account.or(org);
        callers.push(TestCaller {
            role,
            token: table.key(role, org, account).await,
            reaches_acme: place.is_none_or(|place| ["acme", "default"].contains(&place)),
            reaches_org: place.is_none_or(|place| !["elsewhere", "other-org"].contains(&place)),
        });
    }
    let mut forged = callers[0].token.clone();
    let other = if &forged[10..11] == "x" { "y" } else { "x" };
    forged.replace_range(10..11, other);

    for case in cases() {
        let (path, body) = table.filled(&case, false).await;
        let call = async |token: &str, path: &str, body: Option<Value>| {
            let method = case.method.clone();
            table.stack.send_as(token, method, path, body).await
        };
        for token in ["", "nonsense", &forged] {
            let answer = call(token, &path, body.clone()).await;
            answer.expect_problem(401, "unauthorized");
        }
        for caller in &callers {
            let expected = case.expected(caller);
            let answer = if expected < 400 && case.method != Method::GET {
                let (path, body) = table.filled(&case, true).await;
                assert_dry_run(&table.stack, &caller.token, &case, &path, body.clone()).await;
                call(&caller.token, &path, body).await
            } else {
                call(&caller.token, &path, body.clone()).await
            };
            let what = format!("{} {} {path}: {}", caller.role, case.method, answer.text);
            assert_eq!(answer.status, expected, "{what}");
            if !caller.reaches_acme {
                assert_foreign(&answer, table.acme["id"].as_str().unwrap());
            }
        }
    }
    assert_covered();
}

/// A change that may be made may be tried first: the real call after it finds everything as it was.
async fn assert_dry_run(stack: &Stack, token: &str, case: &Case, path: &str, body: Option<Value>) {
    if QUESTIONS
        .iter()
        .any(|question| case.path.ends_with(question))
    {
        return;
    }
    let dry = format!("{path}?dry_run=true");
    let answer = stack.send_as(token, case.method.clone(), &dry, body).await;
    let expected = if case.ok == 204 { 200 } else { case.ok };
    assert_eq!(
        answer.status, expected,
        "{} {dry}: {}",
        case.method, answer.text
    );
    let said = answer.headers.get("dry-run");
    assert!(
        said.is_some_and(|said| said == "true"),
        "{} {dry}: take a `Mode`",
        case.method
    );
    assert!(answer.body["impact"].is_object(), "{}", answer.text);
    for secret in ["creds", "token", "jwt", "secret"] {
        assert_eq!(
            answer.body[secret],
            Value::Null,
            "a dry run gives no secret"
        );
    }
}

/// POSTs that only ask.
const QUESTIONS: [&str; 2] = ["/permissions/check", "/audit/verify"];

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
