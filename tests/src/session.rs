//! A person's session with the admin API, as a browser has it: a cookie, and the token that goes
//! with every change.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::{Client, Response};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(60);

/// Somebody who is signed in.
#[derive(Debug)]
pub struct Session {
    base: String,
    client: Client,
    cookie: String,
    csrf: String,
}

impl Session {
    /// Signs in at `base` (`http://host:port`).
    pub async fn begin(base: &str, email: &str, password: &str) -> Result<Self> {
        let client = Client::builder().timeout(PATIENCE).no_proxy().build()?;
        let mut session = Self {
            base: base.to_owned(),
            client,
            cookie: String::new(),
            csrf: String::new(),
        };
        let body = json!({ "email": email, "password": password });
        session.post("/session", &body).await?;
        Ok(session)
    }

    /// POST below `/api/v1`, which must succeed. An answer may begin the session anew.
    pub async fn post(&mut self, path: &str, body: &Value) -> Result<Value> {
        let request = self.client.post(format!("{}/api/v1{path}", self.base));
        let request = request
            .header("origin", &self.base)
            .header("cookie", &self.cookie)
            .header("x-csrf-token", &self.csrf);
        let answer = request.json(body).send().await?;
        let (status, cookie) = (answer.status(), cookie(&answer));
        let text = answer.text().await?;
        ensure!(status.is_success(), "POST {path}: {status} {text}");
        let body: Value = serde_json::from_str(&text)?;
        if let Some(cookie) = cookie {
            let csrf = body["session"]["csrf_token"].as_str();
            self.csrf = csrf.context("a token against forged requests")?.to_owned();
            self.cookie = cookie;
        }
        Ok(body)
    }
}

/// The session that an answer sets.
fn cookie(answer: &Response) -> Option<String> {
    let set = answer.headers().get("set-cookie")?.to_str().ok()?;
    Some(set.split(';').next()?.to_owned())
}
