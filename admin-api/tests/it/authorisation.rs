//! Every endpoint of the OpenAPI document against every role, in the account's own organisation and
//! in another.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, Stack, id_of, on_both_databases};
use crate::operations;
use crate::people::Person;
use cases::cases;

mod cases;
mod conventions;
mod devices;
mod rights;

on_both_databases!(every_endpoint_knows_its_callers,);

/// Who is let through. The others are told 403, or 404 where the thing is not theirs to see.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    /// No credential is needed.
    Open,
    /// People in a session, but no key: what they have is their own.
    SignedIn,
    /// Whoever asked for it, which is none of these.
    Asker,
    /// Any valid credential.
    Everybody,
    /// Any role, where it reaches.
    Readers,
    AccountAdmins,
    OrgAdmins,
    PlatformReaders,
    PlatformAdmins,
}
use Who::{
    AccountAdmins, Asker, Everybody, Open, OrgAdmins, PlatformAdmins, PlatformReaders, Readers,
    SignedIn,
};

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
            Open | Everybody | Readers => true,
            SignedIn | Asker => false,
            AccountAdmins => admin,
            OrgAdmins => admin && !role.starts_with("account_"),
            PlatformReaders => role.starts_with("platform_"),
            PlatformAdmins => admin && role.starts_with("platform_"),
        }
    }
}

/// An account of another operator.
const STRANGER: &str = "ADMHMDX2LEUJRZQHGVSVRWZEJ2CPNHYO6TB4ZCZ37LXAX5SYNEW252GF";

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
        self.path.contains('{') && !self.path.contains("{plan}")
    }

    /// The status that a caller is to be answered.
    fn expected(&self, caller: &TestCaller) -> u16 {
        let is_absent = !match OF_THE_ORG.iter().any(|name| self.path.contains(name)) {
            true => caller.reaches_org,
            false => caller.reaches_acme || !self.is_of_acme(),
        };
        // Where account or organisation are in the path they are looked for first.
        let hides_first = self.path.contains("{account}") || self.path.contains("{org}");
        match self.who.lets(caller.role) {
            _ if self.who == Open => self.ok,
            _ if self.who == SignedIn => 403,
            _ if is_absent && (hides_first || self.who == Asker) => 404,
            false => 403,
            true if is_absent => 404,
            true => self.ok,
        }
    }
}

/// What belongs to an organisation as a whole.
const OF_THE_ORG: [&str; 3] = ["{org}", "{access_role}", "{identity_provider}"];

struct TestCaller {
    role: &'static str,
    token: String,
    /// Whether acme lies within the role's place.
    reaches_acme: bool,
    /// Whether things of acme's organisation can be seen from there.
    reaches_org: bool,
}

type Row<'a> = (&'a Method, &'a str, &'a Value, Who, u16);

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

const GET: &Method = &Method::GET;
const POST: &Method = &Method::POST;
const PATCH: &Method = &Method::PATCH;
const PUT: &Method = &Method::PUT;
const DELETE: &Method = &Method::DELETE;
const NONE: &Value = &Value::Null;

fn number() -> u32 {
    static LAST: AtomicU32 = AtomicU32::new(0);
    LAST.fetch_add(1, Ordering::Relaxed)
}

fn invitation(n: u32) -> Value {
    let email = format!("t{n}@example.org");
    json!({ "email": email, "role": "everywhere", "account": "acme" })
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
        // A role that everybody can give.
        let role = json!({ "name": "everywhere", "rights": ["users:read"] });
        id_of(&stack, "/access-roles", role).await;
        stack
            .post("/device-gate", json!({}))
            .await
            .expect(StatusCode::CREATED);
        stack
            .post("/event-feed", json!({}))
            .await
            .expect(StatusCode::CREATED);
        let sensor = json!({ "name": devices::ROLE });
        id_of(&stack, "/accounts/acme/roles", sensor).await;
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

    /// One that everybody sees and nobody may take.
    async fn private_export(&self, account: &str, subject: &str) -> String {
        let body = json!({ "subject": subject, "kind": "stream", "advertised": true });
        id_of(&self.stack, &format!("/accounts/{account}/exports"), body).await
    }

    /// A request of one account to the other.
    async fn request(&self, importer: &str, exporter: &str, n: u32) -> String {
        let subject = format!("wanted.{n}");
        self.private_export(exporter, &subject).await;
        let body = json!({ "account": exporter, "kind": "stream", "subject": subject });
        let path = format!("/accounts/{importer}/import-requests");
        id_of(&self.stack, &path, body).await
    }

    /// What lies below an export.
    async fn below(&self, export: &str, name: &str) -> String {
        let (kind, body) = match name {
            "{activation}" => ("activations", json!({ "account": STRANGER })),
            _ => ("share-links", json!({})),
        };
        let path = format!("/accounts/acme/exports/{export}/{kind}");
        id_of(&self.stack, &path, body).await
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
            "{connection}" => "NSERVER.1".to_owned(),
            "{role}" => id_of(stack, "/accounts/acme/roles", named).await,
            "{plan}" => id_of(stack, "/plans", named).await,
            "{deleted}" => {
                let id = id_of(stack, "/accounts", named).await;
                let path = format!("/accounts/{id}");
                stack.delete(&path).await.expect(StatusCode::OK);
                id
            }
            "{export}" => self.private_export("acme", &format!("x.{n}")).await,
            "{import_request}" => self.request("acme", "globex", n).await,
            "{share_request}" => self.request("globex", "acme", n).await,
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
            "{service_account}" => {
                let body = json!({ "name": "s", "role": "everywhere", "account": "acme" });
                id_of(stack, "/service-accounts", body).await
            }
            "{webhook}" => {
                // Where nobody listens: a delivery stays on its way.
                let body = json!({ "name": "h", "url": "https://hooks.invalid/",
                                   "account": "acme", "types": ["webhook.test"] });
                id_of(stack, "/webhooks", body).await
            }
            "{identity_provider}" => {
                let body = json!({ "name": "p", "issuer": "https://localhost:1",
                                   "client_id": "c", "org": "default" });
                id_of(stack, "/identity-providers", body).await
            }
            "{operation}" => {
                let users = json!({ "users": [named] });
                operations::done(stack, "/accounts/acme/user-batches", users).await
            }
            "{invitation}" => id_of(stack, "/invitations", invitation(n)).await,
            "{member}" => {
                let link = stack.post("/invitations", invitation(n)).await;
                let person = Person::join(stack, &link, "Ada").await;
                person.identity["id"].as_str().unwrap().to_owned()
            }
            // Only the session's owner gets as far as looking for it.
            "{session}" => "ses_1".to_owned(),
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
            let id = match name.as_str() {
                "{membership}" => {
                    let member = path[..start].trim_end_matches("/memberships/");
                    let member = self.stack.get(member).await;
                    member.body["memberships"][0]["id"]
                        .as_str()
                        .unwrap()
                        .to_owned()
                }
                "{delivery}" => {
                    let hook = path.split('/').nth(2).unwrap();
                    id_of(&self.stack, &format!("/webhooks/{hook}/test"), json!({})).await
                }
                "{activation}" | "{link}" => {
                    let export = path.split('/').nth(4).unwrap().to_owned();
                    self.below(&export, &name).await
                }
                "{device}" | "{certificate}" | "{token}" | "{authority}" => {
                    self.device_thing(&path[..start], &name, n).await
                }
                name => self.thing(name, n, is_deleted).await,
            };
            path.replace_range(start..end, &id);
        }
        let body = case.body.as_ref().map(Value::to_string);
        let user = match &body {
            Some(text) if text.contains("{user}") => self.thing("{user}", n, false).await,
            _ => String::new(),
        };
        let body = body.map(|body| {
            let text = body.replace("{n}", &n.to_string()).replace("{user}", &user);
            let text = text.replace("{seed}", &self.stack.identity_seed());
            serde_json::from_str(&text).unwrap()
        });
        if case.path.ends_with("/device-authorities") && case.method == Method::POST {
            let role = json!({ "name": format!("n{n}") });
            id_of(&self.stack, "/accounts/acme/roles", role).await;
        }
        if case.path.ends_with("/imports") && case.method == Method::POST {
            self.export("globex", &format!("open.{n}")).await;
        }
        if case.path.ends_with("/import-requests") && case.method == Method::POST {
            self.private_export("globex", &format!("ask.{n}")).await;
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

    let document = conventions::Document::served();
    for case in cases() {
        let (path, body) = table.filled(&case, false).await;
        let call = async |token: &str, path: &str, body: Option<Value>| {
            let method = case.method.clone();
            let answer = table.stack.send_as(token, method, path, body).await;
            document.check(&case, &answer);
            answer
        };
        if case.who == Open && case.method != Method::GET {
            // What begins a session cannot be tried: it is refused, not made.
            let answer = call("", &format!("{path}?dry_run=true"), body.clone()).await;
            answer.expect_problem(400, "bad_request");
        }
        for token in ["", "nonsense", &forged] {
            if case.who == Open {
                break;
            }
            let answer = call(token, &path, body.clone()).await;
            answer.expect_problem(401, "unauthorized");
        }
        for caller in &callers {
            let expected = case.expected(caller);
            let answer = if expected < 400 && case.method != Method::GET {
                let (path, body) = table.filled(&case, true).await;
                assert_dry_run(&table.stack, &caller.token, &case, &path, body.clone()).await;
                let said = (path.as_str(), body);
                document.call(&table, caller, &case, said).await
            } else {
                call(&caller.token, &path, body.clone()).await
            };
            let what = format!("{} {} {path}: {}", caller.role, case.method, answer.text);
            assert_eq!(answer.status, expected, "{what}");
            if !caller.reaches_acme {
                assert_foreign(&answer, table.acme["id"].as_str().unwrap());
            }
        }
        document.check_read(&table, &case).await;
    }
    document.assert_all_kept();
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
    if does_neither(case) {
        let nothing =
            json!({ "connections_closed": 0, "imports_broken": { "count": 0, "own": [] } });
        let mut impact = answer.body["impact"].clone();
        impact.as_object_mut().unwrap().remove("effective");
        assert_eq!(impact, nothing, "{} {dry}", case.method);
    }
    for secret in ["creds", "token", "jwt", "secret", "path"] {
        assert_eq!(
            answer.body[secret],
            Value::Null,
            "a dry run gives no secret"
        );
    }
}

/// Whether it is listed as a change that closes nothing and breaks nothing.
fn does_neither(case: &Case) -> bool {
    let document: Value = serde_json::from_str(&admin_api::openapi_json()).unwrap();
    let path = format!("/api/v1{}", case.path);
    let operation = &document["paths"][path][case.method.as_str().to_lowercase()];
    let id = operation["operationId"].as_str().unwrap();
    crate::impact::NEITHER.contains(&id)
}

/// POSTs that only ask. What is a person's own session is for people: `access.rs` tries it.
const QUESTIONS: [&str; 4] = [
    "/permissions/check",
    "/audit/verify",
    "/backup",
    "/transfer/export",
];

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
