//! What engines are told, as they hear it: the claims of an account one after the other, however
//! many processes make changes at a time.

use std::collections::HashMap;

use accounts::{AccountBody, jwt};
use futures_util::StreamExt as _;
use reqwest::StatusCode;
use serde_json::json;

use crate::harness::{Answer, Stack, eventually, http, on_both_databases, settled};

on_both_databases!(servers_are_never_told_older_claims);

const CLAIMS: &str = "$SYS.REQ.CLAIMS.UPDATE";
const CHANGES: usize = 20;
const ACCOUNTS: [&str; 2] = ["acme", "globex"];

/// The generation of an account's newest push, by the account's key.
#[derive(Default)]
struct Heard(HashMap<String, u64>);

impl Heard {
    fn take(&mut self, message: &async_nats::Message) {
        let token = std::str::from_utf8(&message.payload).unwrap();
        let claims = jwt::decode::<AccountBody>(token).unwrap();
        let generation = claims.nats.tidegate.unwrap().generation;
        let before = self.0.insert(claims.sub, generation);
        // The same ones again do no harm; older ones would undo what came between.
        assert!(before <= Some(generation), "{before:?}, then {generation}");
    }
}

/// Changes a role's permissions by way of one process. Whether engines have followed.
async fn change(base: &str, token: &str, path: &str, n: usize) -> bool {
    let body = json!({ "permissions": { "publish": { "allow": [format!("a.{n}")] } } });
    let request = http()
        .patch(format!("{base}/api/v1{path}"))
        .bearer_auth(token);
    let answer = Answer::read(request.header("if-match", "*").json(&body)).await;
    answer.expect(StatusCode::OK);
    answer.body["live"] == true
}

async fn servers_are_never_told_older_claims(stack: Stack) {
    let mut roles = Vec::new();
    for account in ACCOUNTS {
        let account = stack.account(account).await;
        let path = format!("/accounts/{}/roles", account["id"].as_str().unwrap());
        let role = stack.post(&path, json!({ "name": "desk" })).await;
        roles.push(format!("{path}/{}", role.body["id"].as_str().unwrap()));
    }
    // A second process has the same database where that can be shared.
    let other = match stack.storage.database_url {
        Some(_) => Some(stack.beside(|_| ()).await),
        None => None,
    };
    let mut bases = vec![stack.url("")];
    bases.extend(other.iter().map(|other| format!("http://{}", other.addr())));
    let made = |n: usize| {
        let base = &bases[n / roles.len() % bases.len()];
        change(base, &stack.token, &roles[n % roles.len()], n)
    };
    // Whoever came last has taken the engine over, and the other one has heard of it.
    for n in 0..bases.len() * roles.len() {
        eventually("changes are live", || made(n)).await;
    }
    let system = stack.post("/system/creds", json!({})).await;
    system.expect(StatusCode::CREATED);
    let system = system.body["creds"].as_str().unwrap().to_owned();
    let system = stack.connect(&system).await.unwrap();
    let mut all = system.subscribe(CLAIMS).await.unwrap();
    settled(&system).await;

    let changes = futures_util::future::join_all((0..CHANGES).map(|n| made(100 + n)));
    tokio::pin!(changes);
    let mut heard = Heard::default();
    let are_live = loop {
        tokio::select! {
            are_live = &mut changes => break are_live,
            message = all.next() => heard.take(&message.unwrap()),
        }
    };
    assert!(are_live.into_iter().all(|live| live));
    assert_eq!(heard.0.len(), ACCOUNTS.len(), "each was told of");
    if let Some(other) = other {
        other.shutdown().await;
    }
}
