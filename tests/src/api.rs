//! The admin API over HTTP, with one key.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use crate::mint::User;

const PATIENCE: Duration = Duration::from_secs(60);

/// A client of the admin API.
#[derive(Debug, Clone)]
pub struct Api {
    base: String,
    token: String,
    client: Client,
}

/// An answer: status, content type and body; a body that is no JSON is a string.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub content_type: String,
    pub body: Value,
}

/// A user as the API made it.
#[derive(Debug)]
pub struct MadeUser {
    pub id: String,
    pub creds: String,
}

impl MadeUser {
    /// For the raw client.
    pub fn user(&self) -> Result<User> {
        User::from_creds(&self.creds)
    }
}

impl Api {
    /// A client for the API at `base` (`http://host:port`).
    pub fn new(base: String, token: &str) -> Self {
        let client = Client::builder().timeout(PATIENCE).no_proxy().build();
        let client = client.expect("a client without TLS settings can be built");
        Self {
            base,
            token: token.to_owned(),
            client,
        }
    }

    /// The same API with another key.
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: token.to_owned(),
            ..self.clone()
        }
    }

    /// Sends JSON, or nothing, to a path from the root; any status is an answer.
    pub async fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer> {
        let text = body.map(Value::to_string);
        self.ask_raw(
            method,
            path,
            "application/json",
            text.map(String::into_bytes),
        )
        .await
    }

    /// POST below `/api/v1` that is answered before it is done, and has to be: the operation.
    pub async fn begin(&self, path: &str, body: &Value) -> Result<Value> {
        let request = self.client.post(format!("{}/api/v1{path}", self.base));
        let request = request.bearer_auth(&self.token).json(body);
        let response = request.header("prefer", "respond-async").send().await?;
        let (status, text) = (response.status(), response.text().await?);
        ensure!(
            status == StatusCode::ACCEPTED,
            "POST {path}: {status} {text}"
        );
        Ok(serde_json::from_str(&text)?)
    }

    /// Sends bytes as they are.
    pub async fn ask_raw(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: Option<Vec<u8>>,
    ) -> Result<Answer> {
        let url = format!("{}{path}", self.base);
        let mut request = self
            .client
            .request(Method::from_bytes(method.as_bytes())?, &url);
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        if matches!(method, "PUT" | "PATCH" | "DELETE") {
            request = request.header("if-match", "*");
        }
        if let Some(body) = body {
            request = request.header("content-type", content_type).body(body);
        }
        let response = request
            .send()
            .await
            .with_context(|| format!("{method} {url}"))?;
        let status = response.status().as_u16();
        let header = response.headers().get("content-type");
        let content_type = header
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let content_type = content_type.to_owned();
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(Answer {
            status,
            content_type,
            body,
        })
    }

    async fn expect(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let answer = self.ask(method, &format!("/api/v1{path}"), body).await?;
        if !(200..300).contains(&answer.status) {
            bail!("{method} {path}: {} {}", answer.status, answer.body);
        }
        Ok(answer.body)
    }

    /// GET below `/api/v1`, which must succeed.
    pub async fn get(&self, path: &str) -> Result<Value> {
        self.expect("GET", path, None).await
    }

    /// POST below `/api/v1`, which must succeed.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.expect("POST", path, Some(body)).await
    }

    /// PATCH below `/api/v1`, which must succeed.
    pub async fn patch(&self, path: &str, body: &Value) -> Result<Value> {
        self.expect("PATCH", path, Some(body)).await
    }

    /// DELETE below `/api/v1`, which must succeed.
    pub async fn delete(&self, path: &str) -> Result<Value> {
        self.expect("DELETE", path, None).await
    }

    /// Makes an account; the broker must have it when the answer comes.
    pub async fn make_account(&self, name: &str) -> Result<Value> {
        let account = self.post("/accounts", &json!({ "name": name })).await?;
        anyhow::ensure!(
            account["live"] == true,
            "the broker does not have it yet: {account}"
        );
        Ok(account)
    }

    /// Makes a user without restrictions.
    pub async fn make_user(&self, account: &str, name: &str) -> Result<MadeUser> {
        self.make_user_with(account, &json!({ "name": name })).await
    }

    /// Makes a user as `body` says.
    pub async fn make_user_with(&self, account: &str, body: &Value) -> Result<MadeUser> {
        let user = self
            .post(&format!("/accounts/{account}/users"), body)
            .await?;
        let text = |field: &str| {
            let text = user[field].as_str().map(str::to_owned);
            text.with_context(|| format!("the new user has no {field}"))
        };
        Ok(MadeUser {
            id: text("id")?,
            creds: text("creds")?,
        })
    }

    /// Makes a public export.
    pub async fn export(&self, account: &str, kind: &str, subject: &str) -> Result<Value> {
        let body = json!({ "kind": kind, "subject": subject, "visibility": "public" });
        self.post(&format!("/accounts/{account}/exports"), &body)
            .await
    }

    /// Imports from `exporter` into `account`, under `local` or the same subject.
    pub async fn import(
        &self,
        account: &str,
        exporter: &str,
        kind: &str,
        subject: &str,
        local: Option<&str>,
    ) -> Result<Value> {
        let mut body = json!({ "account": exporter, "kind": kind, "subject": subject });
        if let Some(local) = local {
            body["local_subject"] = json!(local);
        }
        self.post(&format!("/accounts/{account}/imports"), &body)
            .await
    }
}
