//! The first run, and every way in which files and database can fail to belong together.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use accounts::{KeyPair, OperatorBody, Trust};
use admin_api::{BootstrapError, OpenError, StartError, VaultError, bootstrap};
use time::format_description::well_known::Rfc3339;

use crate::harness::{Database, Stack, config, listener, on_both_databases, storage};

on_both_databases!(a_lost_admin_key_is_replaced, the_first_token_is_for_a_day);

#[tokio::test]
async fn the_first_run_makes_everything_once() {
    let dir = tempfile::tempdir().unwrap();
    let storage = storage(dir.path(), None);
    let first = bootstrap::found(&storage).await.unwrap();
    let again = bootstrap::found(&storage).await.unwrap();
    assert!(first.is_new && !again.is_new);
    assert_eq!(first.operator_jwt, again.operator_jwt);
    assert_eq!(first.system_account_jwt, again.system_account_jwt);

    let read = |name: &str| {
        let path = storage.data_dir.join(name);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600,
            "{name}"
        );
        fs::read_to_string(path).unwrap()
    };
    let operator = accounts::jwt::decode::<OperatorBody>(&first.operator_jwt).unwrap();
    let identity = KeyPair::from_seed(&read("recovery/operator.seed")).unwrap();
    assert_eq!(identity.public(), operator.subject());
    assert!(read("run/admin.token").starts_with("tg_svc_"));
    read("vault.key");
    let database = storage.data_dir.join("tidegate.db");
    assert_eq!(
        fs::metadata(&database).unwrap().permissions().mode() & 0o777,
        0o600
    );

    let trust = Trust::from_operators(&[operator]).unwrap();
    let system = trust.accept_account(&first.system_account_jwt).unwrap();
    assert_eq!(system.policy.key, first.system_account);
    assert_eq!(trust.system_account(), Some(first.system_account));
    assert!(trust.is_strict());

    // No seed lies in the database in the clear.
    let database = fs::read(database).unwrap();
    let text = String::from_utf8_lossy(&database);
    assert!(!text.contains(&read("recovery/operator.seed")));
    assert!(!text.contains(&read("run/admin.token")[7..]));
}

#[tokio::test]
async fn a_database_and_a_data_directory_that_do_not_belong_together_are_refused() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (ours, other) = (storage(one.path(), None), storage(two.path(), None));
    let founding = bootstrap::found(&ours).await.unwrap();
    let foreign = bootstrap::found(&other).await.unwrap();
    let start = async |storage: &admin_api::Storage, operator: &str| {
        admin_api::start(
            config(storage, operator, "nats://127.0.0.1:1"),
            listener().await,
        )
        .await
        .unwrap_err()
    };

    let error = start(&ours, &foreign.operator_jwt).await;
    assert!(
        matches!(error, StartError::Open(OpenError::ForeignOperator { .. })),
        "{error}"
    );
    let error = start(&ours, "nonsense").await;
    assert!(
        matches!(error, StartError::Open(OpenError::OperatorJwt(_))),
        "{error}"
    );

    // An empty database beside an operator: somebody lost it, or points at the wrong one.
    let mut empty = ours.clone();
    empty.database_url = Some(format!("sqlite:{}", two.path().join("empty.db").display()));
    let error = start(&empty, &founding.operator_jwt).await;
    assert!(
        matches!(error, StartError::Open(OpenError::Unfounded { .. })),
        "{error}"
    );
    assert!(
        error.to_string().contains("restore the database"),
        "{error}"
    );

    // The vault key of another installation, and none at all.
    let mut swapped = ours.clone();
    swapped.vault_key_file = Some(other.data_dir.join("vault.key"));
    let error = start(&swapped, &founding.operator_jwt).await;
    assert!(
        matches!(
            error,
            StartError::Open(OpenError::Vault(VaultError::WrongKey { .. }))
        ),
        "{error}"
    );
    let error = bootstrap::found(&swapped).await.unwrap_err();
    assert!(
        matches!(error, BootstrapError::Vault(VaultError::WrongKey { .. })),
        "{error}"
    );
    fs::remove_file(ours.data_dir.join("vault.key")).unwrap();
    let error = bootstrap::found(&ours).await.unwrap_err();
    assert!(
        matches!(error, BootstrapError::Vault(VaultError::Missing { .. })),
        "{error}"
    );
    assert!(
        !ours.data_dir.join("vault.key").exists(),
        "no new key for a founded database"
    );
}

#[tokio::test]
async fn a_readable_vault_key_and_a_strange_url_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut ours = storage(dir.path(), None);
    let founding = bootstrap::found(&ours).await.unwrap();
    let key = ours.data_dir.join("vault.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let start = async |storage: &admin_api::Storage| {
        let config = config(storage, &founding.operator_jwt, "nats://127.0.0.1:1");
        admin_api::start(config, listener().await)
            .await
            .unwrap_err()
            .to_string()
    };
    assert!(start(&ours).await.contains("chmod 600"));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    ours.database_url = Some("mysql://root:secret@localhost/x".to_owned());
    let error = start(&ours).await;
    assert!(
        error.contains("postgres://") && !error.contains("secret"),
        "{error}"
    );
}

/// The token of the first run is a key of the platform, for a day.
async fn the_first_token_is_for_a_day(mut stack: Stack) {
    let me = stack.get("/whoami").await.body;
    assert_eq!(me["role"], "platform_admin", "{me}");
    let path = format!("/api-keys/{}", me["id"].as_str().unwrap());
    let key = stack.get(&path).await.body;
    let at = |name: &str| {
        let text = key[name].as_str().unwrap();
        time::OffsetDateTime::parse(text, &Rfc3339).unwrap()
    };
    let life = at("expires_at") - at("created_at");
    assert_eq!(life, time::Duration::days(1), "{key}");
    stack.alter("api_keys", "expires_at = 1").await;
    stack
        .get("/whoami")
        .await
        .expect_problem(401, "unauthorized");
    // Nobody has come in meanwhile: whoever owns the data directory is given another.
    stack.stop_api().await;
    stack.start_api().await.unwrap();
    let token = fs::read_to_string(stack.storage.data_dir.join("run/admin.token")).unwrap();
    assert_ne!(token, stack.token);
}

/// Whoever owns the data directory gets in again when no platform key is left.
async fn a_lost_admin_key_is_replaced(mut stack: Stack) {
    let id = stack.get("/whoami").await.body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    stack
        .delete(&format!("/api-keys/{id}"))
        .await
        .expect(reqwest::StatusCode::NO_CONTENT);
    stack
        .get("/whoami")
        .await
        .expect_problem(401, "unauthorized");
    stack.stop_api().await;
    stack.start_api().await.unwrap();
    let token = fs::read_to_string(stack.storage.data_dir.join("run/admin.token")).unwrap();
    assert_ne!(token, stack.token);
    stack.token = token;
    stack.get("/whoami").await.expect(reqwest::StatusCode::OK);
}

/// A database restored from a backup mints below what the engine holds: it must outrun it.
#[tokio::test(flavor = "multi_thread")]
async fn a_restored_database_outruns_the_engine() {
    let mut stack = Stack::start(Database::Sqlite).await;
    stack.account("acme").await;
    stack.stop_api().await;
    let file = stack.storage.data_dir.join("tidegate.db");
    let backup = fs::read(&file).unwrap();
    stack.start_api().await.unwrap();
    stack.wait_until_ready().await;
    let lost = stack
        .user("acme", serde_json::json!({ "name": "lost" }))
        .await;
    stack
        .delete("/accounts/acme/users/lost")
        .await
        .expect(reqwest::StatusCode::OK);
    stack.stop_api().await;

    fs::write(&file, backup).unwrap();
    stack.start_api().await.unwrap();
    stack.wait_until_ready().await;
    crate::harness::eventually("the account is live again", || async {
        let account = stack.get("/accounts/acme").await.body;
        account["live"] == true && account["generation"] == 3
    })
    .await;
    drop(lost);
}
