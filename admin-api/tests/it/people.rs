//! People: invitations, signing in, sessions, second factors, and what keeps others out.

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use crate::harness::{Answer, Stack, http, on_both_databases, time_of};

on_both_databases!(
    an_invitation_makes_a_person,
    a_session_needs_its_csrf_token,
    passwords_change_and_reset,
    platform_admins_need_a_second_factor,
    guessing_is_slow_but_locks_nobody_out,
    a_person_is_more_in_another_place,
    personal_keys_end_with_the_person,
    nobody_takes_the_place_of_a_greater_one,
    settings_bind_everybody,
    a_session_ends_after_a_week_and_when_it_is_idle,
    links_end_with_their_time,
);

pub(crate) const PASSWORD: &str = "correct horse battery";

/// Somebody with a browser: a session's cookie and the token of its page.
pub(crate) struct Person {
    pub(crate) identity: Value,
    pub(crate) cookie: String,
    csrf: String,
}

impl Person {
    /// Accepts the invitation that was just made.
    pub(crate) async fn join(stack: &Stack, link: &Answer, name: &str) -> Self {
        link.expect(StatusCode::CREATED);
        let body = json!({ "token": link.body["token"], "name": name, "password": PASSWORD });
        let answer = open(stack, "/invitations/accept", body).await;
        answer.expect(StatusCode::CREATED);
        Self::of(&answer)
    }

    /// Invites somebody, who accepts at once.
    pub(crate) async fn invite(stack: &Stack, email: &str, body: Value) -> Self {
        let mut body = body;
        body["email"] = json!(email);
        let link = stack.post("/invitations", body).await;
        Self::join(stack, &link, "Ada").await
    }

    pub(crate) fn of(answer: &Answer) -> Self {
        let set = answer.headers[header::SET_COOKIE].to_str().unwrap();
        Self::of_session(set.split(';').next().unwrap().to_owned(), answer)
    }

    /// Whom the answer identifies by this cookie.
    pub(crate) fn of_session(cookie: String, identity: &Answer) -> Self {
        let csrf = identity.body["session"]["csrf_token"].as_str().unwrap();
        Self {
            identity: identity.body.clone(),
            cookie,
            csrf: csrf.to_owned(),
        }
    }

    pub(crate) fn request(
        &self,
        stack: &Stack,
        method: Method,
        path: &str,
    ) -> reqwest::RequestBuilder {
        http()
            .request(method, stack.url(&format!("/api/v1{path}")))
            .header(header::COOKIE, &self.cookie)
            .header("x-csrf-token", &self.csrf)
    }

    /// Sends a POST with an Idempotency-Key.
    pub(crate) async fn post_once(
        &self,
        stack: &Stack,
        key: &str,
        path: &str,
        body: &Value,
    ) -> Answer {
        let request = self.request(stack, Method::POST, path).json(body);
        Answer::read(request.header("idempotency-key", key)).await
    }

    pub(crate) async fn send(
        &self,
        stack: &Stack,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let mut request = self.request(stack, method.clone(), path);
        if matches!(method, Method::PATCH | Method::DELETE) {
            request = request.header("if-match", "*");
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        Answer::read(request).await
    }

    pub(crate) async fn get(&self, stack: &Stack, path: &str) -> Answer {
        self.send(stack, Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, stack: &Stack, path: &str, body: Value) -> Answer {
        self.send(stack, Method::POST, path, Some(body)).await
    }

    /// The same person once more, in another session.
    pub(crate) async fn sign_in_again(&self, stack: &Stack) -> Self {
        let email = self.identity["session"]["email"].as_str().unwrap();
        Self::of(&sign_in(stack, email, PASSWORD).await)
    }

    /// Makes a second factor with this proof, confirms it, and gives its seed and the code that was
    /// used.
    pub(crate) async fn enrol(&mut self, stack: &Stack, proof: Value) -> (String, String) {
        let seed = self.post(stack, "/session/totp", proof).await;
        seed.expect(StatusCode::CREATED);
        assert_eq!(seed.headers[header::CACHE_CONTROL], "no-store");
        let seed = seed.body["secret"].as_str().unwrap().to_owned();
        let used = code(&seed, 0);
        let shown = json!({ "code": used });
        let answer = self.post(stack, "/session/totp/verify", shown).await;
        answer.expect(StatusCode::CREATED);
        *self = Self::of(&answer);
        (seed, used)
    }
}

/// The code of the seed, some steps of half a minute away.
pub(crate) fn code(seed: &str, steps: i64) -> String {
    let secret = Secret::try_from_base32(seed).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = i64::try_from(now.unwrap().as_secs()).unwrap() + steps * 30;
    totp.generate(u64::try_from(now).unwrap()).to_string()
}

async fn open(stack: &Stack, path: &str, body: Value) -> Answer {
    stack.send_as("", Method::POST, path, Some(body)).await
}

async fn sign_in(stack: &Stack, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password });
    open(stack, "/session", body).await
}

async fn an_invitation_makes_a_person(stack: Stack) {
    stack.account("acme").await;
    stack.account("globex").await;
    let body = json!({ "email": "Ada@Example.org", "role": "account_admin", "account": "acme" });
    let link = stack.post("/invitations", body).await;
    link.expect(StatusCode::CREATED);
    assert_eq!(link.headers[header::CACHE_CONTROL], "no-store");
    let token = link.body["token"].as_str().unwrap();
    assert_eq!(link.body["path"], format!("/invitation#{token}"));
    let listed = stack.get("/invitations").await;
    assert_eq!(listed.body["data"][0]["email"], "ada@example.org");
    assert!(!listed.text.contains(token));
    let shown = open(&stack, "/invitations/preview", json!({ "token": token })).await;
    assert_eq!(shown.body["is_known"], false, "{}", shown.text);
    let short = json!({ "token": token, "name": "Ada", "password": "short" });
    let refused = open(&stack, "/invitations/accept", short).await;
    refused.expect_problem(422, "invalid");

    let ada = Person::join(&stack, &link, "Ada").await;
    assert_eq!(ada.identity["role"], "account_admin");
    assert_eq!(ada.identity["session"]["email"], "ada@example.org");
    ada.get(&stack, "/accounts/acme")
        .await
        .expect(StatusCode::OK);
    let foreign = ada.get(&stack, "/accounts/globex").await;
    foreign.expect_problem(404, "not_found");
    let user = ada
        .post(&stack, "/accounts/acme/users", json!({ "name": "u" }))
        .await;
    user.expect(StatusCode::CREATED);
    let audit = stack.get("/audit").await;
    assert_eq!(audit.body["data"][0]["actor"], ada.identity["id"]);

    let again = json!({ "token": token, "name": "Eve", "password": PASSWORD });
    let refused = open(&stack, "/invitations/accept", again).await;
    refused.expect_problem(422, "link_ended");
    let back = sign_in(&stack, "ADA@example.org", PASSWORD).await;
    back.expect(StatusCode::CREATED);
    let back = Person::of(&back);
    let sessions = back.get(&stack, "/sessions").await;
    assert_eq!(sessions.body["data"].as_array().unwrap().len(), 2);
    let out = back.send(&stack, Method::DELETE, "/session", None).await;
    out.expect(StatusCode::NO_CONTENT);
    let gone = back.get(&stack, "/whoami").await;
    gone.expect_problem(401, "unauthorized");
    let still = ada.get(&stack, "/whoami").await;
    still.expect(StatusCode::OK);
}

async fn a_session_needs_its_csrf_token(stack: Stack) {
    stack.account("acme").await;
    let role = json!({ "role": "account_admin", "account": "acme" });
    let ada = Person::invite(&stack, "ada@example.org", role).await;
    let url = stack.url("/api/v1/accounts/acme/users");
    let host = url.trim_start_matches("http://").split('/').next().unwrap();
    let attempt = async |csrf: &str, origin: Option<&str>, site: Option<&str>| {
        let mut request = http()
            .post(&url)
            .header(header::COOKIE, &ada.cookie)
            .json(&json!({ "name": "u" }));
        if !csrf.is_empty() {
            request = request.header("x-csrf-token", csrf);
        }
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        Answer::read(request).await
    };
    attempt("", None, None).await.expect_problem(403, "csrf");
    attempt("wrong", None, None)
        .await
        .expect_problem(403, "csrf");
    let evil = attempt(&ada.csrf, Some("http://evil.example"), None).await;
    evil.expect_problem(403, "cross_site");
    let evil = attempt(&ada.csrf, None, Some("cross-site")).await;
    evil.expect_problem(403, "cross_site");
    let ours = format!("http://{host}");
    let good = attempt(&ada.csrf, Some(&ours), Some("same-origin")).await;
    good.expect(StatusCode::CREATED);
    // Other sites cannot sign somebody in either.
    let request = http()
        .post(stack.url("/api/v1/session"))
        .header(header::ORIGIN, "http://evil.example")
        .json(&json!({ "email": "ada@example.org", "password": PASSWORD }));
    Answer::read(request)
        .await
        .expect_problem(403, "cross_site");
    // A session's token is no key.
    let token = ada.cookie.split('=').nth(1).unwrap();
    let answer = stack.send_as(token, Method::GET, "/whoami", None).await;
    answer.expect_problem(401, "unauthorized");
}

async fn passwords_change_and_reset(stack: Stack) {
    stack.account("acme").await;
    let role = json!({ "role": "account_admin", "account": "acme" });
    let ada = Person::invite(&stack, "ada@example.org", role).await;
    let other = Person::of(&sign_in(&stack, "ada@example.org", PASSWORD).await);
    let new = "another good horse";
    let body = |current: &str| json!({ "current_password": current, "new_password": new });
    let refused = ada.post(&stack, "/session/password", body("wrong")).await;
    refused.expect_problem(401, "wrong_password");
    let changed = ada.post(&stack, "/session/password", body(PASSWORD)).await;
    changed.expect(StatusCode::NO_CONTENT);
    let ended = other.get(&stack, "/whoami").await;
    ended.expect_problem(401, "unauthorized");
    ada.get(&stack, "/whoami").await.expect(StatusCode::OK);
    let old = sign_in(&stack, "ada@example.org", PASSWORD).await;
    old.expect_problem(401, "wrong_password");

    let path = format!(
        "/members/{}/password-reset",
        ada.identity["id"].as_str().unwrap()
    );
    let first = stack.send(Method::POST, &path, None).await;
    let second = stack.send(Method::POST, &path, None).await;
    second.expect(StatusCode::CREATED);
    let reset = async |link: &Answer| {
        let body = json!({ "token": link.body["token"], "password": PASSWORD });
        open(&stack, "/password-resets", body).await
    };
    // The newer link ended the older one.
    reset(&first).await.expect_problem(422, "link_ended");
    reset(&second).await.expect(StatusCode::CREATED);
    reset(&second).await.expect_problem(422, "link_ended");
    let ended = ada.get(&stack, "/whoami").await;
    ended.expect_problem(401, "unauthorized");
    let back = sign_in(&stack, "ada@example.org", PASSWORD).await;
    back.expect(StatusCode::CREATED);
}

async fn platform_admins_need_a_second_factor(stack: Stack) {
    let role = json!({ "role": "platform_admin" });
    let mut ada = Person::invite(&stack, "ada@example.org", role).await;
    assert_eq!(ada.identity["session"]["second_factor"], "enrolment");
    assert_eq!(ada.identity["rights"], json!([]));
    let early = ada.get(&stack, "/accounts").await;
    early.expect_problem(403, "second_factor_needed");
    let file = stack.storage.data_dir.join("run/admin.token");
    assert!(file.exists());

    let (seed, used) = ada.enrol(&stack, json!({ "password": PASSWORD })).await;
    ada.get(&stack, "/accounts").await.expect(StatusCode::OK);
    // The first-run token dies with the first who can take its place.
    assert!(!file.exists());
    stack
        .get("/whoami")
        .await
        .expect_problem(401, "unauthorized");

    let half = sign_in(&stack, "ada@example.org", PASSWORD).await;
    let half = Person::of(&half);
    assert_eq!(half.identity["session"]["second_factor"], "code");
    let early = half.get(&stack, "/accounts").await;
    early.expect_problem(403, "second_factor_needed");
    let new = json!({ "password": PASSWORD });
    let refused = half.post(&stack, "/session/totp", new).await;
    refused.expect_problem(403, "second_factor_needed");
    let show = async |code: String| {
        let body = json!({ "code": code });
        half.post(&stack, "/session/totp/verify", body).await
    };
    // A code is good once.
    show(used).await.expect_problem(401, "wrong_password");
    let full = show(code(&seed, 1)).await;
    full.expect(StatusCode::CREATED);
    // What was a half session's cookie before is none now.
    let old = half.get(&stack, "/whoami").await;
    old.expect_problem(401, "unauthorized");
    let full = Person::of(&full);
    full.get(&stack, "/accounts").await.expect(StatusCode::OK);
}

async fn guessing_is_slow_but_locks_nobody_out(stack: Stack) {
    stack.account("acme").await;
    let role = json!({ "role": "account_admin", "account": "acme" });
    Person::invite(&stack, "ada@example.org", role).await;
    for _ in 0..5 {
        let answer = sign_in(&stack, "ada@example.org", "wrong").await;
        answer.expect_problem(401, "wrong_password");
    }
    let answer = sign_in(&stack, "ada@example.org", PASSWORD).await;
    answer.expect_problem(429, "too_many_sign_ins");
    assert_eq!(answer.headers[header::RETRY_AFTER], "900");
    // Whoever is not there is answered the same.
    for _ in 0..5 {
        let answer = sign_in(&stack, "nobody@example.org", "wrong").await;
        answer.expect_problem(401, "wrong_password");
    }
    let answer = sign_in(&stack, "nobody@example.org", "wrong").await;
    answer.expect_problem(429, "too_many_sign_ins");
    // Others at this address still get in.
    let role = json!({ "role": "account_admin", "account": "acme" });
    Person::invite(&stack, "bob@example.org", role).await;
    let answer = sign_in(&stack, "bob@example.org", PASSWORD).await;
    answer.expect(StatusCode::CREATED);
}

async fn a_person_is_more_in_another_place(stack: Stack) {
    stack.account("acme").await;
    stack.account("globex").await;
    let role = json!({ "role": "account_admin", "account": "acme" });
    let ada = Person::invite(&stack, "ada@example.org", role).await;
    let second = json!({ "email": "ada@example.org", "role": "account_observer",
                         "account": "globex" });
    let link = stack.post("/invitations", second).await;
    let token = json!({ "token": link.body["token"] });
    let shown = open(&stack, "/invitations/preview", token).await;
    assert_eq!(shown.body["is_known"], true);
    let stranger = json!({ "token": link.body["token"], "password": "not the password" });
    let refused = open(&stack, "/invitations/accept", stranger).await;
    refused.expect_problem(401, "wrong_password");
    let both = Person::join(&stack, &link, "ignored").await;
    assert_eq!(both.identity["id"], ada.identity["id"]);
    assert_eq!(both.identity["role"], "account_observer");
    let held = both.identity["session"]["memberships"].as_array().unwrap();
    assert_eq!(held.len(), 2);
    // One membership at a time, so that nothing is done in the wrong place.
    both.get(&stack, "/accounts/acme")
        .await
        .expect_problem(404, "not_found");
    let other = held
        .iter()
        .find(|held| held["role"] == "account_admin")
        .unwrap();
    let change = Some(json!({ "membership": other["id"] }));
    let changed = both.send(&stack, Method::PATCH, "/session", change).await;
    assert_eq!(changed.body["role"], "account_admin", "{}", changed.text);
    both.get(&stack, "/accounts/acme")
        .await
        .expect(StatusCode::OK);
    // Acme's admin sees only what concerns acme.
    let acme = stack.account_key("acme").await;
    let seen = stack.send_as(&acme, Method::GET, "/members", None).await;
    let memberships = seen.body["data"][0]["memberships"].as_array().unwrap();
    assert_eq!(memberships.len(), 1, "{}", seen.text);
}

async fn personal_keys_end_with_the_person(stack: Stack) {
    stack.account("acme").await;
    let role = json!({ "role": "account_observer", "account": "acme" });
    let ada = Person::invite(&stack, "ada@example.org", role).await;
    let wrong = json!({ "name": "k", "account": "acme" });
    let refused = ada.post(&stack, "/session/api-keys", wrong).await;
    refused.expect_problem(422, "invalid");
    let made = ada
        .post(&stack, "/session/api-keys", json!({ "name": "laptop" }))
        .await;
    made.expect(StatusCode::CREATED);
    let key = made.body["token"].as_str().unwrap();
    assert!(key.starts_with("tg_pat_"));
    let get = async |path: &str| stack.send_as(key, Method::GET, path, None).await;
    get("/accounts/acme/users").await.expect(StatusCode::OK);
    let write = Some(json!({ "name": "u" }));
    let refused = stack.send_as(key, Method::POST, "/accounts/acme/users", write);
    refused.await.expect_problem(403, "forbidden");

    // Another role is the key's at once, and so is none.
    let id = ada.identity["id"].as_str().unwrap();
    let membership = ada.identity["session"]["membership"].as_str().unwrap();
    let path = format!("/members/{id}/memberships/{membership}");
    let role = Some(json!({ "role": "account_admin" }));
    let changed = stack.send(Method::PATCH, &path, role).await;
    changed.expect(StatusCode::OK);
    let write = Some(json!({ "name": "u" }));
    let made = stack.send_as(key, Method::POST, "/accounts/acme/users", write);
    made.await.expect(StatusCode::CREATED);
    let path = format!("/members/{id}");
    let disable = |disabled: bool| Some(json!({ "disabled": disabled }));
    stack.send(Method::PATCH, &path, disable(true)).await;
    get("/whoami").await.expect_problem(401, "unauthorized");
    let refused = sign_in(&stack, "ada@example.org", PASSWORD).await;
    refused.expect_problem(401, "wrong_password");
    stack.send(Method::PATCH, &path, disable(false)).await;
    get("/whoami").await.expect(StatusCode::OK);
    stack.delete(&path).await.expect(StatusCode::NO_CONTENT);
    get("/whoami").await.expect_problem(401, "unauthorized");
    stack.get(&path).await.expect_problem(404, "not_found");
}

async fn nobody_takes_the_place_of_a_greater_one(stack: Stack) {
    stack.account("acme").await;
    let role = json!({ "role": "org_admin", "org": "default" });
    let boss = Person::invite(&stack, "boss@example.org", role).await;
    let role = json!({ "role": "account_admin", "account": "acme" });
    let ada = Person::invite(&stack, "ada@example.org", role).await;
    let also = json!({ "role": "account_admin", "account": "acme" });
    let path = format!("/members/{}", boss.identity["id"].as_str().unwrap());
    stack
        .post(&format!("{path}/memberships"), also)
        .await
        .expect(StatusCode::CREATED);

    // The boss is a member of acme too, but acme's admin can neither reset nor disable them.
    ada.get(&stack, &path).await.expect(StatusCode::OK);
    let reset = format!("{path}/password-reset");
    let refused = ada.send(&stack, Method::POST, &reset, None).await;
    refused.expect_problem(403, "forbidden");
    let disable = Some(json!({ "disabled": true }));
    let refused = ada.send(&stack, Method::PATCH, &path, disable).await;
    refused.expect_problem(403, "forbidden");
    // Out of acme they go, and stay what they are elsewhere.
    let gone = ada.send(&stack, Method::DELETE, &path, None).await;
    gone.expect(StatusCode::NO_CONTENT);
    let whoami = boss.get(&stack, "/whoami").await;
    assert_eq!(whoami.body["role"], "org_admin");
    for (role, status) in [
        ("platform_admin", 422),
        ("org_admin", 422),
        ("account_admin", 201),
    ] {
        let body = json!({ "email": "eve@example.org", "role": role });
        let answer = ada.post(&stack, "/invitations", body).await;
        assert_eq!(answer.status, status, "{role}: {}", answer.text);
    }
}

async fn settings_bind_everybody(stack: Stack) {
    stack.account("acme").await;
    let role = json!({ "role": "account_admin", "account": "acme" });
    let mut ada = Person::invite(&stack, "ada@example.org", role).await;
    for (change, pointer) in [
        (json!({ "session_seconds": 1 }), "/session_seconds"),
        (
            json!({ "session_idle_seconds": 10_000_000 }),
            "/session_idle_seconds",
        ),
    ] {
        let refused = stack.send(Method::PATCH, "/settings", Some(change)).await;
        refused.expect_problem(422, "invalid");
        assert_eq!(refused.body["errors"][0]["pointer"], pointer);
    }
    let change = json!({ "require_second_factor": true, "session_seconds": 600 });
    let changed = stack.send(Method::PATCH, "/settings", Some(change)).await;
    changed.expect(StatusCode::OK);
    assert_eq!(changed.body["session_idle_seconds"], 43_200);
    let early = ada.get(&stack, "/accounts").await;
    early.expect_problem(403, "second_factor_needed");
    ada.enrol(&stack, json!({ "password": PASSWORD })).await;
    ada.get(&stack, "/accounts").await.expect(StatusCode::OK);
    let audit = stack.get("/audit").await;
    assert!(audit.text.contains("settings.update"), "{}", audit.text);
}

async fn a_session_ends_after_a_week_and_when_it_is_idle(stack: Stack) {
    stack.account("acme").await;
    let role = json!({ "role": "account_admin", "account": "acme" });
    let ada = Person::invite(&stack, "ada@example.org", role).await;
    let other = ada.sign_in_again(&stack).await;
    let open = async || {
        let listed = ada.get(&stack, "/sessions").await;
        let data = listed.expect(StatusCode::OK).body["data"].clone();
        data.as_array().unwrap().clone()
    };
    let sessions = open().await;
    assert_eq!(sessions.len(), 2, "{sessions:?}");
    let [own, others] = [true, false].map(|is_current| {
        let mut all = sessions.iter();
        let one = all.find(|one| one["is_current"] == is_current).unwrap();
        one["id"].as_str().unwrap().to_owned()
    });
    let created = time_of(&sessions[0]["created_at"]);
    let lasts = time_of(&sessions[0]["expires_at"]) - created;
    assert_eq!(lasts, 7 * 24 * 3600, "a week");

    // What is used again in time goes on, and counts anew from then.
    let seen = |seconds: i64| format!("last_seen_at = created_at - {seconds}");
    stack.alter("sessions", &seen(12 * 3600 - 600)).await;
    ada.get(&stack, "/whoami").await.expect(StatusCode::OK);
    let sessions = open().await;
    let last_seen = sessions.iter().find(|one| one["id"] == *own).unwrap();
    let last_seen = time_of(&last_seen["last_seen_at"]);
    assert!((created..created + 60).contains(&last_seen), "{sessions:?}");
    // The other one was not used since, and ends half a day after that.
    let idle = format!("{} WHERE id = '{others}'", seen(12 * 3600));
    stack.alter("sessions", &idle).await;
    let ended = other.get(&stack, "/whoami").await;
    ended.expect_problem(401, "unauthorized");
    let sessions = open().await;
    assert_eq!(sessions.len(), 1, "{sessions:?}");
    assert_eq!(sessions[0]["id"], own);

    stack.alter("sessions", "expires_at = created_at").await;
    let ended = ada.get(&stack, "/whoami").await;
    ended.expect_problem(401, "unauthorized");
    let changed = ada.post(&stack, "/accounts/acme/users", json!({ "name": "u" }));
    changed.await.expect_problem(401, "unauthorized");
    let again = ada.sign_in_again(&stack).await;
    let listed = again.get(&stack, "/sessions").await;
    let data = listed.body["data"].as_array().unwrap();
    assert_eq!(
        data.len(),
        1,
        "what has ended is not shown: {}",
        listed.text
    );
}

async fn links_end_with_their_time(stack: Stack) {
    stack.account("acme").await;
    let role = json!({ "role": "account_admin", "account": "acme" });
    let ada = Person::invite(&stack, "ada@example.org", role.clone()).await;
    let mut body = role;
    body["email"] = json!("bob@example.org");
    let invitation = stack.post("/invitations", body).await;
    invitation.expect(StatusCode::CREATED);
    let member = ada.identity["id"].as_str().unwrap();
    let reset = format!("/members/{member}/password-reset");
    let reset = stack.send(Method::POST, &reset, None).await;
    reset.expect(StatusCode::CREATED);

    stack
        .alter("sign_in_links", "expires_at = created_at")
        .await;
    let token = json!({ "token": invitation.body["token"] });
    let shown = open(&stack, "/invitations/preview", token.clone()).await;
    shown.expect_problem(422, "link_ended");
    let mut body = token;
    body["name"] = json!("Bob");
    body["password"] = json!(PASSWORD);
    let accepted = open(&stack, "/invitations/accept", body).await;
    accepted.expect_problem(422, "link_ended");
    let listed = stack.get("/invitations").await;
    assert_eq!(listed.body["data"], json!([]));
    let path = format!("/invitations/{}", invitation.body["id"].as_str().unwrap());
    stack.get(&path).await.expect_problem(404, "not_found");
    let withdrawn = stack.delete(&path).await;
    withdrawn.expect_problem(404, "not_found");

    let body = json!({ "token": reset.body["token"], "password": "another good horse" });
    let refused = open(&stack, "/password-resets", body).await;
    refused.expect_problem(422, "link_ended");
    let same = sign_in(&stack, "ada@example.org", PASSWORD).await;
    same.expect(StatusCode::CREATED);
}
