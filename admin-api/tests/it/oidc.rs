//! Signing in with an identity provider: a real one (oidc-provider, in Node) and a browser's part
//! played by hand.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use reqwest::{Method, StatusCode, Url, header, redirect::Policy};
use serde_json::{Value, json};

use crate::harness::{Answer, DEADLINE, Stack, on_both_databases};
use crate::people::{Person, code};

on_both_databases!(
    groups_become_memberships,
    without_a_role_nobody_is_signed_in,
    a_sign_in_belongs_to_its_browser,
    a_sign_in_is_finished_in_its_time,
    a_platform_admin_of_a_provider_needs_a_second_factor,
    a_tenants_provider_stays_in_its_organisation,
    private_addresses_are_refused,
);

/// The provider's process.
struct Provider {
    issuer: String,
    child: Child,
    /// Without a reader its next word would end it.
    _lines: BufReader<ChildStdout>,
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Provider {
    fn start(stack: &Stack, method: &str) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/clients/oidc.mjs");
        let mut child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--", "node"])
            .arg(script)
            .arg(stack.url("/api/v1/sign-in/callback"))
            .arg(method)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut issuer = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        lines.read_line(&mut issuer).unwrap();
        assert!(
            issuer.starts_with("http://"),
            "the provider needs its packages: `npm ci` in tests/clients"
        );
        Self {
            issuer: issuer.trim().to_owned(),
            child,
            _lines: lines,
        }
    }

    /// From now on everybody is this one.
    async fn signs_in(&self, claims: Value) {
        let mut url = Url::parse(&format!("{}/as", self.issuer)).unwrap();
        url.query_pairs_mut()
            .append_pair("claims", &claims.to_string());
        reqwest::get(url).await.unwrap();
    }

    fn body(&self, mappings: Value) -> Value {
        json!({
            "name": "Example SSO", "issuer": self.issuer, "client_id": "tidegate",
            "client_secret": "a secret: with / and +",
            "scopes": "openid email profile groups",
            "mappings": mappings, "allow_private": true,
        })
    }
}

/// A browser: it keeps cookies and shows where it was sent.
struct Browser {
    client: reqwest::Client,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    fn new() -> Self {
        let builder = reqwest::Client::builder().redirect(Policy::none());
        Self {
            client: builder.timeout(DEADLINE).build().unwrap(),
            cookies: BTreeMap::new(),
        }
    }

    /// One step: the status, and where it leads.
    async fn step(&mut self, url: &Url) -> (StatusCode, Option<Url>) {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(k, v)| format!("{k}={v}"))
            .collect();
        let request = self
            .client
            .get(url.clone())
            .header(header::COOKIE, cookies.join("; "))
            // As a navigation that another site began.
            .header("sec-fetch-site", "cross-site");
        let response = request.send().await.unwrap();
        for set in response.headers().get_all(header::SET_COOKIE) {
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let to = response.headers().get(header::LOCATION);
        let to = to.map(|to| url.join(to.to_str().unwrap()).unwrap());
        (response.status(), to)
    }

    /// Follows until our callback is asked for, and gives its URL.
    async fn begin(&mut self, stack: &Stack, provider: &str) -> Url {
        let start = format!("/api/v1/sign-in/providers/{provider}/start?return_to=/accounts");
        let mut url = Url::parse(&stack.url(&start)).unwrap();
        for _ in 0..8 {
            let (status, to) = self.step(&url).await;
            url = to.unwrap_or_else(|| panic!("{url} answers {status}"));
            if url.path() == "/api/v1/sign-in/callback" {
                return url;
            }
        }
        panic!("the provider sends in circles");
    }

    /// Signs in; where the browser ends.
    async fn sign_in(&mut self, stack: &Stack, provider: &str) -> String {
        let callback = self.begin(stack, provider).await;
        self.finish(&callback).await
    }

    async fn finish(&mut self, callback: &Url) -> String {
        let (status, to) = self.step(callback).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let to = to.unwrap();
        format!(
            "{}{}",
            to.path(),
            to.query().map(|q| format!("?{q}")).unwrap_or_default()
        )
    }

    async fn whoami(&self, stack: &Stack) -> Answer {
        let request = self.client.get(stack.url("/api/v1/whoami"));
        Answer::read(request.header(header::COOKIE, self.cookie())).await
    }

    /// That of the session; an empty one without.
    fn cookie(&self) -> String {
        let session = self.cookies.get("tidegate_session");
        let session = session.map(String::as_str).unwrap_or_default();
        format!("tidegate_session={session}")
    }
}

async fn made(stack: &Stack, body: Value) -> String {
    let made = stack.post("/identity-providers", body).await;
    made.expect(StatusCode::CREATED);
    assert!(!made.text.contains("a secret"), "{}", made.text);
    made.body["id"].as_str().unwrap().to_owned()
}

async fn groups_become_memberships(stack: Stack) {
    stack.account("acme").await;
    let provider = Provider::start(&stack, "client_secret_basic");
    let mappings = json!([
        { "group": "admins", "role": "org_admin", "org": "default" },
        { "group": "*", "role": "account_observer", "account": "acme" },
    ]);
    let id = made(&stack, provider.body(mappings)).await;
    let offered = stack
        .send_as("", Method::GET, "/sign-in/providers", None)
        .await;
    assert_eq!(
        offered.body["data"],
        json!([{ "id": id, "name": "Example SSO" }])
    );

    let ada = json!({ "sub": "u-1", "email": "ada@example.org", "name": "Ada",
                      "groups": ["admins", "others"] });
    provider.signs_in(ada).await;
    let mut browser = Browser::new();
    assert_eq!(browser.sign_in(&stack, &id).await, "/accounts");
    let whoami = browser.whoami(&stack).await;
    whoami.expect(StatusCode::OK);
    assert_eq!(
        (&whoami.body["name"], &whoami.body["role"]),
        (&json!("Ada"), &json!("org_admin"))
    );
    let held = whoami.body["session"]["memberships"].as_array().unwrap();
    assert!(held.len() == 2 && held.iter().all(|held| held["from_provider"] == true));
    let person = whoami.body["id"].as_str().unwrap();
    let grown = stack
        .post(
            &format!("/members/{person}/memberships"),
            json!({ "role": "org_admin", "org": "default" }),
        )
        .await;
    grown.expect_problem(409, "from_provider");

    // Who left the group has less the next time, under another name and email too.
    let ada = json!({ "sub": "u-1", "email": "new@example.org", "name": "Ada L" });
    provider.signs_in(ada).await;
    let mut browser = Browser::new();
    assert_eq!(browser.sign_in(&stack, &id).await, "/accounts");
    let whoami = browser.whoami(&stack).await;
    assert_eq!(whoami.body["id"], person);
    assert_eq!(whoami.body["role"], "account_observer");

    // The same email does not make the same person.
    provider
        .signs_in(json!({ "sub": "u-2", "email": "new@example.org" }))
        .await;
    let mut other = Browser::new();
    other.sign_in(&stack, &id).await;
    let other = other.whoami(&stack).await;
    assert_ne!(other.body["id"], person);
}

async fn without_a_role_nobody_is_signed_in(stack: Stack) {
    stack.account("acme").await;
    let provider = Provider::start(&stack, "client_secret_basic");
    let id = made(&stack, provider.body(json!([]))).await;
    provider.signs_in(json!({ "sub": "u-1" })).await;
    let path = format!("/identity-providers/{id}");
    let none = json!({ "mappings": [{ "group": "x", "role": "account_observer",
                                      "account": "acme" }] });
    stack
        .send(Method::PATCH, &path, Some(none))
        .await
        .expect(StatusCode::OK);
    let mut browser = Browser::new();
    assert_eq!(
        browser.sign_in(&stack, &id).await,
        "/sign-in?refused=no_membership"
    );
    let off = Some(json!({ "disabled": true }));
    stack
        .send(Method::PATCH, &path, off)
        .await
        .expect(StatusCode::OK);
    let start = format!("/sign-in/providers/{id}/start");
    let answer = stack.send_as("", Method::GET, &start, None).await;
    answer.expect_problem(404, "not_found");
}

async fn a_sign_in_belongs_to_its_browser(stack: Stack) {
    stack.account("acme").await;
    let provider = Provider::start(&stack, "client_secret_post");
    let mappings = json!([{ "group": "*", "role": "account_admin", "account": "acme" }]);
    let id = made(&stack, provider.body(mappings)).await;
    provider.signs_in(json!({ "sub": "u-1" })).await;

    // The attacker's own sign-in does not fit another browser, and is gone then.
    let mut attacker = Browser::new();
    let callback = attacker.begin(&stack, &id).await;
    let mut victim = Browser::new();
    assert_eq!(victim.finish(&callback).await, "/sign-in?refused=state");
    victim.begin(&stack, &id).await;
    assert_eq!(victim.finish(&callback).await, "/sign-in?refused=state");
    assert_eq!(attacker.finish(&callback).await, "/sign-in?refused=state");
    victim
        .whoami(&stack)
        .await
        .expect_problem(401, "unauthorized");

    let changed = |callback: &Url, name: &str, value: Option<&str>| {
        let pairs = callback.query_pairs().filter(|(key, _)| key != name);
        let mut pairs: Vec<(String, String)> = pairs.map(|(k, v)| (k.into(), v.into())).collect();
        pairs.extend(value.map(|value| (name.to_owned(), value.to_owned())));
        let mut url = callback.clone();
        url.query_pairs_mut().clear().extend_pairs(pairs);
        url
    };
    // Another issuer's answer, one without an issuer, another code, another state.
    for (name, value, word) in [
        ("iss", Some("https://evil.example"), "issuer"),
        ("iss", None, "issuer"),
        ("code", Some("another"), "provider"),
        ("code", None, "provider"),
        ("state", Some("another"), "state"),
        ("state", None, "state"),
    ] {
        let mut browser = Browser::new();
        let callback = browser.begin(&stack, &id).await;
        let end = browser.finish(&changed(&callback, name, value)).await;
        assert_eq!(end, format!("/sign-in?refused={word}"), "{name} {value:?}");
        browser
            .whoami(&stack)
            .await
            .expect_problem(401, "unauthorized");
    }
    // Each answer is good once.
    let mut browser = Browser::new();
    let callback = browser.begin(&stack, &id).await;
    assert_eq!(browser.finish(&callback).await, "/accounts");
    assert_eq!(browser.finish(&callback).await, "/sign-in?refused=state");
    browser.whoami(&stack).await.expect(StatusCode::OK);
}

async fn a_sign_in_is_finished_in_its_time(stack: Stack) {
    stack.account("acme").await;
    let provider = Provider::start(&stack, "client_secret_basic");
    let mappings = json!([{ "group": "*", "role": "account_admin", "account": "acme" }]);
    let id = made(&stack, provider.body(mappings)).await;
    provider.signs_in(json!({ "sub": "u-1" })).await;
    let mut browser = Browser::new();
    let callback = browser.begin(&stack, &id).await;
    stack.alter("provider_sign_ins", "expires_at = 1").await;
    assert_eq!(browser.finish(&callback).await, "/sign-in?refused=state");
    browser
        .whoami(&stack)
        .await
        .expect_problem(401, "unauthorized");
    assert_eq!(browser.sign_in(&stack, &id).await, "/accounts", "anew");
}

/// The provider's word is not enough for the platform: it needs a second factor, which is made
/// without a password, since there is none.
async fn a_platform_admin_of_a_provider_needs_a_second_factor(stack: Stack) {
    let provider = Provider::start(&stack, "client_secret_basic");
    let mappings = json!([{ "group": "ops", "role": "platform_admin" }]);
    let id = made(&stack, provider.body(mappings)).await;
    let ada = json!({ "sub": "u-1", "email": "ada@example.org", "groups": ["ops"] });
    provider.signs_in(ada).await;
    let mut browser = Browser::new();
    assert_eq!(browser.sign_in(&stack, &id).await, "/accounts");
    let mut ada = Person::of_session(browser.cookie(), &browser.whoami(&stack).await);
    assert_eq!(ada.identity["role"], "platform_admin");
    assert_eq!(ada.identity["session"]["second_factor"], "enrolment");
    assert_eq!(ada.identity["rights"], json!([]));
    let early = ada.get(&stack, "/accounts").await;
    early.expect_problem(403, "second_factor_needed");

    let (seed, _) = ada.enrol(&stack, json!({})).await;
    ada.get(&stack, "/accounts").await.expect(StatusCode::OK);
    let old = browser.whoami(&stack).await;
    old.expect_problem(401, "unauthorized");

    // The next sign-in has to show it, and cannot make another one instead.
    let mut browser = Browser::new();
    browser.sign_in(&stack, &id).await;
    let half = Person::of_session(browser.cookie(), &browser.whoami(&stack).await);
    assert_eq!(half.identity["id"], ada.identity["id"]);
    assert_eq!(half.identity["session"]["second_factor"], "code");
    let early = half.get(&stack, "/accounts").await;
    early.expect_problem(403, "second_factor_needed");
    let another = half.post(&stack, "/session/totp", json!({})).await;
    another.expect_problem(403, "second_factor_needed");
    let shown = json!({ "code": code(&seed, 1) });
    let full = half.post(&stack, "/session/totp/verify", shown).await;
    full.expect(StatusCode::CREATED);
    let full = Person::of(&full);
    full.get(&stack, "/accounts").await.expect(StatusCode::OK);
}

async fn a_tenants_provider_stays_in_its_organisation(stack: Stack) {
    stack.account("acme").await;
    stack.post("/orgs", json!({ "name": "Other Org" })).await;
    let elsewhere = json!({ "name": "elsewhere", "org": "other-org" });
    stack.post("/accounts", elsewhere).await;
    let key = stack
        .post("/api-keys", json!({ "name": "o", "org": "other-org" }))
        .await;
    let key = key.body["token"].as_str().unwrap();
    let attempt = async |token: &str, changes: Value| {
        let mut body = json!({ "name": "T", "issuer": "https://id.example.org",
                               "client_id": "c" });
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        let path = "/identity-providers";
        stack.send_as(token, Method::POST, path, Some(body)).await
    };
    let give = |mapping: Value| json!({ "mappings": [mapping] });
    let platform = give(json!({ "group": "*", "role": "platform_admin" }));
    attempt(key, platform.clone())
        .await
        .expect_problem(422, "invalid");
    let foreign = give(json!({ "group": "*", "role": "account_admin", "account": "acme" }));
    attempt(key, foreign.clone())
        .await
        .expect_problem(422, "invalid");
    let private = attempt(key, json!({ "allow_private": true })).await;
    private.expect_problem(403, "forbidden");
    let own = give(json!({ "group": "*", "role": "org_admin" }));
    let made = attempt(key, own).await;
    made.expect(StatusCode::CREATED);
    assert_eq!(made.body["mappings"][0]["role"], "org_admin");

    // Whoever administers the platform cannot make such a provider for a tenant either.
    let admin = stack.token.clone();
    for (mut body, pointer) in [(platform, "/role"), (foreign, "/mappings/0")] {
        body["org"] = json!("other-org");
        let refused = attempt(&admin, body).await;
        refused.expect_problem(422, "invalid");
        assert_eq!(refused.body["errors"][0]["pointer"], pointer);
    }
    let offered = stack
        .send_as("", Method::GET, "/sign-in/providers", None)
        .await;
    assert_eq!(
        offered.body["data"],
        json!([]),
        "it is not for everybody's sign-in page"
    );
    let path = "/sign-in/providers?org=other-org";
    let offered = stack.send_as("", Method::GET, path, None).await;
    assert_eq!(offered.body["data"][0]["id"], made.body["id"]);
}

async fn private_addresses_are_refused(stack: Stack) {
    let body = |issuer: &str| json!({ "name": "P", "issuer": issuer, "client_id": "c" });
    for issuer in [
        "http://127.0.0.1:1",
        "file:///etc/passwd",
        "https://a:b@id.example.org",
    ] {
        let refused = stack.post("/identity-providers", body(issuer)).await;
        refused.expect_problem(422, "invalid");
        assert_eq!(refused.body["errors"][0]["pointer"], "/issuer");
    }
    // What a name leads to is looked at when it is fetched, and where is not told.
    for issuer in [
        "https://localhost:1",
        "https://169.254.169.254",
        "https://[::1]:1",
    ] {
        let id = made(&stack, body(issuer)).await;
        let start = format!("/sign-in/providers/{id}/start");
        let refused = stack.send_as("", Method::GET, &start, None).await;
        refused.expect_problem(503, "unavailable");
        assert!(!refused.text.contains("private"), "{}", refused.text);
    }
}
