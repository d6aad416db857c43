//! The vault: new keys while everything works, and where keys never are.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use admin_api::AdminApi;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{
    Answer, DEADLINE, Database, Stack, config, eventually, http, id_of, listener,
    on_both_databases, storage,
};

on_both_databases!(
    everything_is_sealed_anew_with_a_new_key,
    a_backup_has_no_vault_key,
    a_retired_key_is_deleted_at_last,
);

/// A key file's line.
fn new_line() -> String {
    let mut bytes = [0; 32];
    let mut random = fs::File::open("/dev/urandom").unwrap();
    random.read_exact(&mut bytes).unwrap();
    data_encoding::BASE64.encode(&bytes)
}

/// Puts a key on top of the file.
fn prepend(file: &Path, line: &str) {
    let rest = fs::read_to_string(file).unwrap();
    fs::write(file, format!("{line}\n{rest}")).unwrap();
}

async fn rotated(stack: &Stack) -> Value {
    eventually("everything is sealed anew", || async {
        let vault = stack.get("/vault").await.body;
        let keys = vault["keys"].as_array().unwrap();
        let states: Vec<_> = keys.iter().map(|key| key["state"].as_str()).collect();
        let is_old = |state: &Option<&str>| *state == Some("retired");
        let (newest, older) = states.split_last().unwrap();
        *newest == Some("active") && older.iter().all(is_old) && vault["waiting"] == 0
    })
    .await;
    stack.get("/vault").await.body
}

async fn works(stack: &Stack, creds: &[String], name: &str) {
    for creds in creds {
        stack.connect(creds).await.unwrap();
    }
    let made = stack.user("acme", json!({ "name": name })).await;
    stack.connect(&made).await.unwrap();
    let scoped = json!({ "name": format!("{name}-scoped"), "role": "reader" });
    let made = stack.user("acme", scoped).await;
    stack.connect(&made).await.unwrap();
}

async fn everything_is_sealed_anew_with_a_new_key(mut stack: Stack) {
    stack.account("acme").await;
    let role = json!({ "name": "reader" });
    let made = stack.post("/accounts/acme/roles", role).await;
    made.expect(StatusCode::CREATED);
    let creds = [stack.user("acme", json!({ "name": "before" })).await];
    let founded = rotated(&stack).await;
    assert_eq!(
        (&founded["kms"], &founded["key_beside_data"]),
        (&json!("key_file"), &json!(true))
    );
    assert_eq!(founded["keys"].as_array().unwrap().len(), 1);

    // A key of the file is changed with it, and the process ends at once.
    let file = stack.storage.vault_key_file.clone();
    let file = file.unwrap_or_else(|| stack.storage.data_dir.join("vault.key"));
    let (old, new) = (fs::read_to_string(&file).unwrap(), new_line());
    prepend(&file, &new);
    let tried = stack.post("/vault/rotate?dry_run=true", Value::Null).await;
    tried.expect(StatusCode::OK);
    let begun = stack.post("/vault/rotate", Value::Null).await;
    begun.expect(StatusCode::OK);
    let keys = begun.body["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2, "{}", begun.text);
    assert_ne!(keys[0]["wrapped_by"], keys[1]["wrapped_by"]);
    stack.stop_api().await;
    stack.start_api().await.unwrap();
    stack.wait_until_ready().await;
    works(&stack, &creds, "meanwhile").await;
    rotated(&stack).await;
    works(&stack, &creds, "after").await;

    // Nothing needs the old one any more.
    stack.stop_api().await;
    fs::write(&file, &new).unwrap();
    stack.start_api().await.unwrap();
    stack.wait_until_ready().await;
    stack.get("/whoami").await.expect(StatusCode::OK);
    works(&stack, &creds, "anew").await;
    stack.stop_api().await;
    fs::write(&file, &old).unwrap();
    let refused = stack.start_api().await.unwrap_err().to_string();
    assert!(
        refused.contains("does not open without vault key"),
        "{refused}"
    );
}

/// Neither as text nor as bytes.
async fn a_backup_has_no_vault_key(stack: Stack) {
    stack.account("acme").await;
    let passphrase = "correct horse battery";
    let request = http()
        .post(stack.url("/api/v1/backup"))
        .timeout(DEADLINE * 2);
    let request = request.bearer_auth(&stack.token);
    let file = request.json(&json!({ "passphrase": passphrase })).send();
    let file = file.await.unwrap().bytes().await.unwrap();
    let identity = age::scrypt::Identity::new(passphrase.to_owned().into());
    let opened = age::decrypt(&identity, &file).unwrap();
    let key = fs::read_to_string(stack.storage.data_dir.join("vault.key")).unwrap();
    let bytes = data_encoding::BASE64.decode(key.trim().as_bytes()).unwrap();
    let has = |needle: &[u8]| opened.windows(needle.len()).any(|part| part == needle);
    assert!(has(b"vault_keys"), "the wrapped keys are in it");
    assert!(!has(key.trim().as_bytes()) && !has(&bytes));
}

/// It is kept for an hour after nothing needs it any more.
async fn a_retired_key_is_deleted_at_last(stack: Stack) {
    stack.account("acme").await;
    let creds = [stack.user("acme", json!({ "name": "before" })).await];
    let role = json!({ "name": "reader" });
    id_of(&stack, "/accounts/acme/roles", role).await;
    let first = rotated(&stack).await["keys"][0]["id"].clone();
    let begun = stack.post("/vault/rotate", Value::Null).await;
    begun.expect(StatusCode::OK);
    let keys = rotated(&stack).await["keys"].clone();
    assert_eq!(keys.as_array().unwrap().len(), 2, "{keys}");
    assert_eq!(
        (&keys[0]["id"], &keys[0]["state"]),
        (&first, &json!("retired"))
    );
    // The hour passes.
    stack
        .alter("vault_keys", "retired_at = retired_at - 3600")
        .await;
    eventually("the retired key is gone", || async {
        let keys = stack.get("/vault").await.body["keys"].clone();
        keys.as_array()
            .unwrap()
            .iter()
            .all(|key| key["id"] != first)
    })
    .await;
    let left = stack.get("/vault").await.body["keys"].clone();
    assert_eq!(left[0]["state"], "active", "{left}");
    works(&stack, &creds, "after").await;
}

/// Another process of the same installation.
struct Replica {
    api: AdminApi,
    key_file: std::path::PathBuf,
    _dir: tempfile::TempDir,
}

impl Replica {
    async fn join(stack: &Stack) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut storage = storage(dir.path(), stack.storage.database_url.clone());
        fs::create_dir_all(&storage.data_dir).unwrap();
        let key_file = dir.path().join("vault.key");
        fs::copy(stack.storage.data_dir.join("vault.key"), &key_file).unwrap();
        storage.vault_key_file = Some(key_file.clone());
        let config = config(&storage, &stack.founding.operator_jwt, &stack.nats.url);
        Self {
            api: admin_api::start(config, listener().await).await.unwrap(),
            key_file,
            _dir: dir,
        }
    }

    async fn send(&self, stack: &Stack, method: Method, path: &str, body: &Value) -> Answer {
        let url = format!("http://{}/api/v1{path}", self.api.addr());
        let request = http().request(method, url).bearer_auth(&stack.token);
        Answer::read(request.json(body)).await
    }
}

/// A process that cannot unwrap the new key keeps all of them waiting; when it can, all go on, and
/// each opens what the other has sealed.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_waits_for_every_process() {
    let stack = Stack::start(Database::Postgres).await;
    let other = Replica::join(&stack).await;
    let view = other
        .send(&stack, Method::GET, "/vault", &Value::Null)
        .await;
    assert_eq!(view.body["key_beside_data"], false);

    let line = new_line();
    prepend(&stack.storage.data_dir.join("vault.key"), &line);
    let begun = stack.post("/vault/rotate", Value::Null).await;
    begun.expect(StatusCode::OK);
    let again = stack.post("/vault/rotate", Value::Null).await;
    again.expect_problem(409, "rotation_running");
    eventually("the other process says why it waits", || async {
        let key = &stack.get("/vault").await.body["keys"][1];
        key["state"] == "next" && key["error"].is_string()
    })
    .await;
    prepend(&other.key_file, &line);
    for n in 0..8 {
        let named = json!({ "name": format!("t{n}") });
        let made = match n % 2 {
            0 => stack.post("/accounts", named).await,
            _ => other.send(&stack, Method::POST, "/accounts", &named).await,
        };
        made.expect(StatusCode::CREATED);
    }
    rotated(&stack).await;
    for n in 0..8 {
        let (path, user) = (format!("/accounts/t{n}/users"), json!({ "name": "u" }));
        let made = match n % 2 {
            0 => other.send(&stack, Method::POST, &path, &user).await,
            _ => stack.post(&path, user).await,
        };
        made.expect(StatusCode::CREATED);
    }
    other.api.shutdown().await;
}
