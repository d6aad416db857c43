//! Every right that the document names is needed, and no other is: each endpoint is called by who
//! has all rights but that one, and by who has nothing else.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Stack, on_both_databases};

on_both_databases!(every_right_that_is_named_is_needed,);

/// An endpoint, and the rights that the document names.
struct Endpoint {
    method: Method,
    path: String,
    rights: BTreeSet<String>,
    /// It goes on until the caller leaves.
    is_stream: bool,
}

impl Endpoint {
    fn of(path: &str, method: &str, operation: &Value) -> Self {
        let rights = operation["security"][0]["api_key"].as_array();
        let rights = rights.into_iter().flatten();
        let method: Method = method.to_uppercase().parse().unwrap();
        let path = path.strip_prefix("/api/v1").unwrap();
        let path = path
            .replace("{account}", "acme")
            .replace("{org}", "default");
        let path = path.replace('{', "no-").replace('}', "");
        // Nothing is done: what cannot be tried says so.
        let dry = match method == Method::GET {
            true => "",
            false => "?dry_run=true",
        };
        Self {
            path: format!("{path}{dry}"),
            rights: rights.map(|it| it.as_str().unwrap().to_owned()).collect(),
            is_stream: operation["responses"]["200"]["content"]["text/event-stream"].is_object(),
            method,
        }
    }

    async fn refusal(&self, stack: &Stack, token: &str) -> Option<String> {
        let answer = stack
            .send_as(token, self.method.clone(), &self.path, None)
            .await;
        let is_refused = answer.status == StatusCode::FORBIDDEN;
        is_refused.then(|| {
            answer.body["detail"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
    }
}

/// Keys for the whole platform, by what they may do.
struct Keys<'a> {
    stack: &'a Stack,
    made: BTreeMap<BTreeSet<String>, String>,
}

impl Keys<'_> {
    async fn with(&mut self, rights: BTreeSet<String>) -> String {
        if let Some(token) = self.made.get(&rights) {
            return token.clone();
        }
        let name = format!("k{}", self.made.len());
        let body = json!({ "name": name, "role": "platform_admin", "rights": &rights });
        let made = self.stack.post("/api-keys", body).await;
        made.expect(StatusCode::CREATED);
        let token = made.body["token"].as_str().unwrap().to_owned();
        self.made.insert(rights, token.clone());
        token
    }
}

async fn every_right_that_is_named_is_needed(stack: Stack) {
    stack.account("acme").await;
    let document: Value = serde_json::from_str(&admin_api::openapi_json()).unwrap();
    let built_in = stack.get("/access-roles/built-in").await;
    let all: BTreeSet<String> = built_in.body["rights"]
        .as_array()
        .unwrap()
        .iter()
        .map(|right| right["name"].as_str().unwrap().to_owned())
        .collect();
    let (mut keys, mut named) = (
        Keys {
            stack: &stack,
            made: BTreeMap::new(),
        },
        BTreeSet::new(),
    );
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let endpoint = Endpoint::of(path, method, operation);
            for right in &endpoint.rights {
                let mut others = all.clone();
                assert!(others.remove(right), "{path} names {right}");
                let token = keys.with(others).await;
                let refusal = endpoint.refusal(&stack, &token).await;
                let expected = format!("This needs the right `{right}`.");
                assert_eq!(refusal, Some(expected), "{method} {path} without it");
            }
            if !endpoint.rights.is_empty() && !endpoint.is_stream {
                let token = keys.with(endpoint.rights.clone()).await;
                let refusal = endpoint.refusal(&stack, &token).await;
                assert_eq!(refusal, None, "{method} {path} with {:?}", endpoint.rights);
            }
            named.extend(endpoint.rights);
        }
    }
    assert_eq!(
        all.difference(&named).collect::<Vec<_>>(),
        ["limits:write"],
        "every right opens something; limits are fields of accounts"
    );
}
