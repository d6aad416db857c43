//! The OpenAPI document against the running API: schemathesis, signed in as each role in turn,
//! finds no answer that the document does not have, and none that is the server's fault.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tempfile::tempdir;
use tests::{Api, Tidegate, paths, scripts};
use tokio::process::Command;

/// Time for each role.
const TIME: Duration = Duration::from_secs(15);
/// A role, and where it is held.
const ROLES: [(&str, Option<&str>, Option<&str>); 6] = [
    ("platform_observer", None, None),
    ("account_observer", None, Some("acme")),
    ("org_observer", Some("default"), None),
    ("account_admin", None, Some("acme")),
    ("org_admin", Some("default"), None),
    ("platform_admin", None, None),
];
/// What is judged. That an invalid request is refused is the business of the suites of the API.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance";

#[tokio::test]
async fn every_role_is_answered_as_the_document_says() -> Result<()> {
    let tidegate = Tidegate::serve().await?;
    let api = tidegate.api();
    api.make_account("acme").await?;
    api.make_user("acme", "orders").await?;
    api.export("acme", "stream", "orders.>").await?;
    let mut faults = Vec::new();
    for (role, org, account) in ROLES {
        let token = key(&api, role, org, account).await?;
        if let Err(fault) = explore(&tidegate, &token).await {
            faults.push(format!("{role}: {fault}"));
        }
    }
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

async fn key(api: &Api, role: &str, org: Option<&str>, account: Option<&str>) -> Result<String> {
    let body = json!({ "name": role, "role": role, "org": org, "account": account });
    let made = api.post("/api-keys", &body).await?;
    let token = made["token"].as_str().context("the new key has a token")?;
    Ok(token.to_owned())
}

async fn explore(tidegate: &Tidegate, token: &str) -> Result<()> {
    let program = paths::python()?.with_file_name("schemathesis");
    let folder = tempdir()?;
    let mut command = Command::new(program);
    command
        .current_dir(folder.path())
        .arg("run")
        .arg(format!("{}/api/v1/openapi.json", tidegate.http_url()))
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args(["--checks", CHECKS, "--phases", "examples,coverage,fuzzing"])
        .args(["--max-time", &TIME.as_secs().to_string()])
        .args(["--max-examples", "10", "--seed", "1"])
        .args(["--warnings", "off", "--no-color", "--continue-on-failure"])
        // A key must not end itself, and a stream has no end.
        .args(["--exclude-operation-id", "delete_api_key"])
        .args(["--exclude-operation-id", "stream_events"]);
    scripts::finish(command, "schemathesis").await?;
    Ok(())
}
