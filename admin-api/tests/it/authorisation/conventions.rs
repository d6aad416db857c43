//! What the document says of an answer is true of it: status, type and headers; and what answers
//! have, the document says. Asked of every answer to every role.

use std::cell::RefCell;
use std::collections::BTreeSet;

use accounts::jwt::ClaimKind;
use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::Value;

use super::{Case, Table, TestCaller, Who, cases, number};
use crate::harness::{Answer, http};

/// Headers that say something about an answer: none is sent that the document does not have.
const TELLING: [&str; 13] = [
    "Dry-Run",
    "ETag",
    "Idempotency-Replayed",
    "Location",
    "Preference-Applied",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "Set-Cookie",
    "Traceparent",
    "WWW-Authenticate",
    "X-Request-Id",
    "Deprecation",
];
/// Members that hold a secret whenever they hold a text: who has it opens something.
const SECRETS: [&str; 6] = ["creds", "token", "secret", "seed", "qr", "password"];
/// What the table cannot do twice, since it does not do it once: where it is tried instead.
const TRIED_ELSEWHERE: [(&str, &str); 14] = [
    (
        "/accounts/{account}/connections/{connection}/kick",
        "idempotency.rs",
    ),
    ("/accounts/{account}/devices/{device}/approve", "devices.rs"),
    ("/accounts/{account}/devices/{device}/enable", "devices.rs"),
    ("/accounts/{account}/devices/{device}/reject", "devices.rs"),
    ("/accounts/{account}/enrolment-authorities", "devices.rs"),
    (
        "/accounts/{account}/enrolment-authorities/{authority}/prove",
        "devices.rs",
    ),
    ("/invitations/accept", "idempotency.rs"),
    ("/operations/{operation}/cancel", "operations.rs"),
    ("/operations/{operation}/credentials", "operations.rs"),
    ("/password-resets", "idempotency.rs"),
    ("/session/api-keys", "idempotency.rs"),
    ("/session/password", "idempotency.rs"),
    ("/session/totp", "idempotency.rs"),
    // A file is not kept; with `Prefer: respond-async` there is an operation.
    ("/backup", "idempotency.rs"),
];

/// The document, and what was seen of it.
pub(super) struct Document {
    document: Value,
    replayed: RefCell<BTreeSet<String>>,
    faults: RefCell<BTreeSet<String>>,
}

impl Document {
    pub(super) fn served() -> Self {
        Self {
            document: serde_json::from_str(&admin_api::openapi_json()).unwrap(),
            replayed: RefCell::default(),
            faults: RefCell::default(),
        }
    }

    fn operation(&self, method: &Method, path: &str) -> &Value {
        let method = method.as_str().to_lowercase();
        &self.document["paths"][format!("/api/v1{path}")][method]
    }

    /// What it is, or what it refers to.
    fn resolved<'d>(&'d self, value: &'d Value) -> &'d Value {
        match value["$ref"].as_str() {
            Some(reference) => self.document.pointer(&reference[1..]).unwrap(),
            None => value,
        }
    }

    /// Whether the operation has a parameter of this name.
    fn takes(&self, case: &Case, name: &str) -> bool {
        let parameters = self.operation(&case.method, &case.path)["parameters"].as_array();
        let mut parameters = parameters.into_iter().flatten();
        parameters.any(|parameter| self.resolved(parameter)["name"] == name)
    }

    /// The answer is one that the document has.
    pub(super) fn check(&self, case: &Case, answer: &Answer) {
        let what = format!("{} {} {}", case.method, case.path, answer.status);
        let responses = &self.operation(&case.method, &case.path)["responses"];
        let documented = self.resolved(&responses[answer.status.as_str()]);
        self.demand(!documented.is_null(), || {
            format!("{what} is not documented")
        });
        self.check_kind(documented, answer, &what);
        let headers = documented["headers"].as_object();
        let headers: Vec<(&String, &Value)> = headers.into_iter().flatten().collect();
        for (name, header) in &headers {
            let header = self.resolved(header);
            let sent = answer.headers.get(name.as_str());
            let is_there = sent.is_some() || header["required"] != true;
            self.demand(is_there, || format!("{what} lacks {name}"));
            if let (Some(sent), Some(only)) = (sent, header["schema"]["const"].as_str()) {
                self.demand(sent == only, || format!("{what} has {name}: {sent:?}"));
            }
        }
        for name in TELLING {
            let is_told = headers
                .iter()
                .any(|(told, _)| told.eq_ignore_ascii_case(name));
            let is_sent = answer.headers.contains_key(name);
            self.demand(is_told || !is_sent, || {
                format!("{what} has {name}, undocumented")
            });
        }
        let is_kept = answer.headers["cache-control"] != "no-store";
        let shows_secret = holds_secret(&answer.body);
        self.demand(!(is_kept && shows_secret), || {
            format!("{what} shows a secret")
        });
        let is_told = headers.iter().any(|(name, _)| *name == "Cache-Control");
        self.demand(is_kept || is_told, || {
            format!("{what}: no-store, undocumented")
        });
        // What a change has made says which version it is now.
        let is_told = headers.iter().any(|(name, _)| *name == "ETag");
        let is_made = case.method != Method::GET && answer.status.is_success();
        let is_tried = answer.headers.contains_key("dry-run");
        let is_sent = answer.headers.contains_key("etag");
        let is_right = !is_made || is_tried || is_sent == is_told;
        self.demand(is_right, || {
            format!("{what}: ETag sent {is_sent}, told {is_told}")
        });
    }

    fn check_kind(&self, documented: &Value, answer: &Answer, what: &str) {
        match documented["content"].as_object() {
            None => self.demand(answer.text.is_empty(), || format!("{what} has a body")),
            Some(kinds) => {
                let kind = answer.headers["content-type"].to_str().unwrap();
                let kind = kind.split(';').next().unwrap();
                self.demand(kinds.contains_key(kind), || format!("{what} is {kind}"));
            }
        }
    }

    /// All that is wrong is told at once.
    fn demand(&self, holds: bool, fault: impl FnOnce() -> String) {
        if !holds {
            self.faults.borrow_mut().insert(fault());
        }
    }

    /// Makes the call. A POST that was carried out is sent once more with its key: it is answered
    /// and not repeated, if its document knows the key.
    pub(super) async fn call(
        &self,
        table: &Table,
        caller: &TestCaller,
        case: &Case,
        (path, body): (&str, Option<Value>),
    ) -> Answer {
        let key = format!("{} {path}", number());
        let send = async || {
            let url = table.stack.url(&format!("/api/v1{path}"));
            let request = http().request(case.method.clone(), url);
            let request = request.bearer_auth(&caller.token);
            let request = match case.method {
                Method::POST => request.header("idempotency-key", &key),
                _ => request.header("if-match", "*"),
            };
            Answer::read(match &body {
                Some(body) => request.json(body),
                None => request,
            })
            .await
        };
        let first = send().await;
        self.check(case, &first);
        if case.method == Method::POST && first.status.is_success() && !is_tried_elsewhere(case) {
            let again = send().await;
            self.check(case, &again);
            let is_replay = again.headers.contains_key("idempotency-replayed");
            let is_told = self.takes(case, "Idempotency-Key");
            let is_same = (again.status, &again.body) == (first.status, &first.body);
            let what = || format!("{}: replayed {is_replay}, told {is_told}", case.path);
            self.demand(is_replay == is_told && is_same, what);
            self.replayed.borrow_mut().insert(case.path.clone());
        }
        first
    }

    /// Who has an answer gets it no more.
    pub(super) async fn check_read(&self, table: &Table, case: &Case) {
        if case.method != Method::GET || case.ok != 200 || case.who == Who::SignedIn {
            return;
        }
        let (path, _) = table.filled(case, false).await;
        let stack = &table.stack;
        let request = || {
            let request = http().get(stack.url(&format!("/api/v1{path}")));
            request.bearer_auth(&stack.token)
        };
        let answer = Answer::read(request()).await;
        let kind = answer.headers["content-type"].to_str().unwrap();
        let is_view = kind == "application/json";
        let is_told = self.takes(case, "If-None-Match");
        self.demand(is_told == is_view, || {
            format!("{path}: {kind}, told {is_told}")
        });
        if is_view {
            let is_known = is_known(&answer, async |tag| {
                let again = Answer::read(request().header("if-none-match", tag)).await;
                self.check(case, &again);
                again
            });
            let is_known = is_known.await;
            self.demand(is_known, || {
                format!("{path} is never what it was a moment ago")
            });
        }
    }

    /// Every POST that documents a key was carried out twice with one, and all else holds too.
    pub(super) fn assert_all_kept(&self) {
        let replayed = self.replayed.borrow();
        for case in cases().iter().filter(|case| case.method == Method::POST) {
            let is_tried = replayed.contains(&case.path) || is_tried_elsewhere(case);
            let is_told = self.takes(case, "Idempotency-Key");
            self.demand(is_tried == is_told, || {
                format!("{}: is its key tried, and where?", case.path)
            });
        }
        let faults = self.faults.borrow();
        assert!(faults.is_empty(), "{faults:#?}");
    }
}

/// Whether what was answered is known by its tag. What changes by itself is asked until it did not.
async fn is_known(first: &Answer, ask: impl AsyncFn(&HeaderValue) -> Answer) -> bool {
    let mut tag = first.headers.get("etag").cloned();
    for _ in 0..20 {
        let Some(seen) = tag else { return false };
        let again = ask(&seen).await;
        if again.status == 304 {
            return true;
        }
        tag = again.headers.get("etag").cloned();
    }
    false
}

fn is_tried_elsewhere(case: &Case) -> bool {
    TRIED_ELSEWHERE.iter().any(|(path, _)| *path == case.path)
}

fn holds_secret(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(holds_secret),
        Value::Object(members) => members.iter().any(|(name, member)| {
            let is_text = member.as_str().is_some_and(|text| !text.is_empty());
            (is_text && SECRETS.contains(&name.as_str())) || holds_secret(member)
        }),
        Value::String(text) => is_users_jwt(text),
        _ => false,
    }
}

/// Under whatever name: a bearer's JWT logs in by itself. Those of operators and accounts are what
/// every server holds and open nothing.
fn is_users_jwt(text: &str) -> bool {
    accounts::jwt::kind_of(text) == Ok(ClaimKind::User)
}
