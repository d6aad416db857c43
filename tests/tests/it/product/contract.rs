//! The OpenAPI document against the running API: schemathesis, as each role in turn, finds no
//! answer that the document does not have, and none that is the server's fault.
//!
//! `tests/clients/contract.py` gives it a call of every operation that is meant to work, with
//! things that are there, and writes down what was answered: nothing is left out unseen.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, KeyUsagePurpose};
use serde_json::{Value, json};
use tempfile::tempdir;
use tests::{Api, Tidegate, paths, scripts};
use tokio::process::Command;

use super::on_both_databases;

/// A key with a role, and where it is held; how long schemathesis has, and what it tries.
type Key = (
    &'static str,
    Option<&'static str>,
    Option<&'static str>,
    u64,
    &'static str,
);

const KEYS: [Key; 6] = [
    ("platform_admin", None, None, 45, WHOLE),
    ("platform_observer", None, None, ONCE, CALLS),
    ("account_observer", None, Some("acme"), ONCE, CALLS),
    ("org_observer", Some("default"), None, ONCE, CALLS),
    ("account_admin", None, Some("acme"), ONCE, CALLS),
    ("org_admin", Some("default"), None, ONCE, CALLS),
];
/// People in a session: one with a role of the house, one with a role that somebody made.
const PEOPLE: [(&str, u64, &str); 2] = [("person", 60, SHORT), ("custom", ONCE, CALLS)];
/// Until every operation is called: it takes a third of that.
const ONCE: u64 = 90;
const CALLS: &str = "examples";
const SHORT: &str = "examples,fuzzing";
const WHOLE: &str = "examples,coverage,fuzzing";
/// What is judged. That an invalid request is refused is the business of the suites of the API.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance";
/// It has no end. The suite of events listens to it.
const ENDLESS: &str = "stream_events";
/// Operations that nobody was answered well: each has to say why.
const NEVER_WELL: [(&str, &str); 4] = [
    (
        "cancel_operator_rotation",
        "has to come before the first account is signed",
    ),
    ("renew_device", "needs the certificate of a device in TLS"),
    (
        "prove_enrolment_authority",
        "needs a certificate that names the challenge",
    ),
    (
        "start_provider_sign_in",
        "needs a provider at a public address",
    ),
];

on_both_databases![every_role_is_answered_as_the_document_says];

async fn every_role_is_answered_as_the_document_says(tidegate: Tidegate) -> Result<()> {
    let api = tidegate.api();
    for account in ["acme", "globex"] {
        api.make_account(account).await?;
    }
    for (path, body) in [
        ("/device-gate", json!({})),
        ("/event-feed", json!({})),
        ("/accounts/acme/roles", json!({ "name": "sensor" })),
        (
            "/accounts/acme/device-authorities",
            json!({ "role": "sensor" }),
        ),
        (
            "/access-roles",
            json!({ "name": "custom", "rights": ["users:read", "users:write"] }),
        ),
    ] {
        api.post(path, &body).await?;
    }
    let folder = tempdir()?;
    let run = Run {
        tidegate: &tidegate,
        folder: folder.path(),
    };
    // Two at a time: schemathesis thinks longer than it asks.
    let (mut faults, others) = tokio::try_join!(run.keys(&api), run.people(&api))?;
    faults.extend(others);
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    run.everything_was_asked(&api).await
}

async fn key(api: &Api, role: &str, org: Option<&str>, account: Option<&str>) -> Result<String> {
    let body = json!({ "name": role, "role": role, "org": org, "account": account });
    let made = api.post("/api-keys", &body).await?;
    let token = made["token"].as_str().context("the new key has a token")?;
    Ok(token.to_owned())
}

struct Run<'a> {
    tidegate: &'a Tidegate,
    folder: &'a Path,
}

impl Run<'_> {
    async fn keys(&self, api: &Api) -> Result<Vec<String>> {
        let mut faults = Vec::new();
        for (role, org, account, seconds, phases) in KEYS {
            let caller = json!({ "key": key(api, role, org, account).await? });
            faults.extend(self.explore(role, caller, seconds, phases).await?);
        }
        Ok(faults)
    }

    async fn people(&self, api: &Api) -> Result<Vec<String>> {
        let custom = api.get("/access-roles").await?["data"][0]["id"].clone();
        let mut faults = Vec::new();
        for (round, seconds, phases) in PEOPLE {
            let role = match round {
                "custom" => custom.clone(),
                _ => json!("account_admin"),
            };
            let caller = json!({
                "email": format!("{round}@example.org"),
                "membership": { "role": role, "account": "acme" },
            });
            faults.extend(self.explore(round, caller, seconds, phases).await?);
        }
        Ok(faults)
    }

    async fn explore(
        &self,
        round: &str,
        caller: Value,
        seconds: u64,
        phases: &str,
    ) -> Result<Option<String>> {
        let given = self.folder.join(format!("{round}.json"));
        let mut all = self.given(round)?;
        let members = caller.as_object().into_iter().flatten();
        all.extend(members.map(|(name, value)| (name.clone(), value.clone())));
        fs::write(&given, Value::Object(all).to_string())?;
        let program = paths::python()?.with_file_name("schemathesis");
        let settings = self.folder.join(format!("{round}.toml"));
        // Who calls is the hooks' business.
        fs::write(
            &settings,
            "[generation]\nwith-security-parameters = false\n",
        )?;
        let mut command = Command::new(program);
        command
            .current_dir(self.folder)
            .env(
                "SCHEMATHESIS_HOOKS",
                paths::root().join("tests/clients/contract.py"),
            )
            .env("CONTRACT", &given)
            .args(["--config-file".as_ref(), settings.as_os_str()])
            .arg("run")
            .arg(format!("{}/api/v1/openapi.json", self.tidegate.http_url()))
            .args(["--checks", CHECKS, "--phases", phases])
            .args(["--max-time", &seconds.to_string()])
            .args(["--max-examples", "5", "--seed", "1"])
            .args(["--warnings", "off", "--no-color", "--continue-on-failure"])
            .args(["--exclude-operation-id", ENDLESS]);
        let ended = scripts::finish(command, "schemathesis").await;
        Ok(ended.err().map(|fault| format!("{round}: {fault}")))
    }

    /// What the hooks need: where things are, and what only we can make.
    fn given(&self, round: &str) -> Result<serde_json::Map<String, Value>> {
        let csrs = (0..40).map(|_| request()).collect::<Result<Vec<_>>>()?;
        let authorities = (0..8).map(|_| authority()).collect::<Result<Vec<_>>>()?;
        let seed = self.tidegate.data("recovery/operator.seed");
        let given = json!({
            "round": round,
            "url": self.tidegate.http_url(),
            "nats": self.tidegate.nats_url(),
            "admin": self.tidegate.token(),
            "operator_seed": fs::read_to_string(seed)?.trim(),
            "csrs": csrs,
            "authorities": authorities,
            "log": self.log(),
        });
        given.as_object().cloned().context("it is an object")
    }

    fn log(&self) -> std::path::PathBuf {
        self.folder.join("calls.ndjson")
    }

    /// Every operation was called, and was answered well by somebody who may.
    async fn everything_was_asked(&self, api: &Api) -> Result<()> {
        let document = api.ask("GET", "/api/v1/openapi.json", None).await?.body;
        let paths = document["paths"].as_object().into_iter().flatten();
        let operations = paths.flat_map(|(_, item)| item.as_object().into_iter().flatten());
        let names = operations.filter_map(|(_, operation)| operation["operationId"].as_str());
        let names: BTreeSet<&str> = names.filter(|name| *name != ENDLESS).collect();
        let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in fs::read_to_string(self.log())?.lines() {
            let (round, name, what): (String, String, String) = serde_json::from_str(line)?;
            told.entry(name)
                .or_default()
                .push(format!("{round}: {what}"));
        }
        let answered = |name: &str, class: &str| {
            let told = told.get(name).into_iter().flatten();
            let statuses = told.filter_map(|one| one.rsplit(": ").next());
            statuses
                .filter(|status| status.len() == 3)
                .any(|status| status.starts_with(class))
        };
        for round in KEYS.iter().map(|key| key.0).chain(PEOPLE.map(|it| it.0)) {
            let begins = format!("{round}: ");
            let is_asked = |name: &&&str| {
                let told = told.get(**name).into_iter().flatten();
                told.clone().any(|one| one.starts_with(&begins))
            };
            let never: Vec<_> = names.iter().filter(|name| !is_asked(name)).collect();
            ensure!(never.is_empty(), "{round} never called {never:?}");
        }
        let is_well = |name: &str| answered(name, "2") || answered(name, "3");
        let never_well: BTreeSet<&str> = names
            .iter()
            .copied()
            .filter(|name| !is_well(name))
            .collect();
        let expected: BTreeSet<&str> = NEVER_WELL.iter().map(|(name, _)| *name).collect();
        let why = |name: &&str| {
            let told = told.get(*name).into_iter().flatten();
            let refused = told.filter(|one| one.contains("refused") || one.contains("unprepared"));
            format!("{name}: {:?}", refused.take(2).collect::<Vec<_>>())
        };
        let surprising: Vec<String> = never_well.difference(&expected).map(why).collect();
        ensure!(
            surprising.is_empty(),
            "never answered well:\n{}",
            surprising.join("\n")
        );
        Ok(())
    }
}

/// The certificate request of a device.
fn request() -> Result<String> {
    let key = KeyPair::generate()?;
    Ok(CertificateParams::default()
        .serialize_request(&key)?
        .pem()?)
}

/// The certificate of somebody else's authority.
fn authority() -> Result<String> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, "factory");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    Ok(params.self_signed(&key)?.pem())
}
