//! What a dry run says is what then happens: each change that closes connections or breaks imports
//! is tried and then made, with clients there, and the number that was told must be the number that
//! drops. And every change of the document is in that table, in another test by name, or in the
//! list of those that do neither.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_nats::{ConnectOptions, Event};
use futures_util::StreamExt as _;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Stack, eventually, on_both_databases, settled};

on_both_databases!(
    previews_come_true,
    what_is_not_known_is_absent,
    effective_rights_are_those_that_result,
);

/// A change: its operation, what is sent, how many connections it closes and imports it breaks.
struct Case {
    operation: &'static str,
    method: Method,
    path: &'static str,
    body: Value,
    closes: u64,
    breaks: u64,
}

fn case(
    operation: &'static str,
    request: &'static str,
    body: Value,
    (closes, breaks): (u64, u64),
) -> Case {
    let (method, path) = request.split_once(' ').unwrap();
    Case {
        operation,
        method: method.parse().unwrap(),
        path,
        body,
        closes,
        breaks,
    }
}

/// In each of them `u` is connected by its own credential and by a short-lived one, `v` has the
/// role `r`, `w` is like `u`, and `b` is a bearer.
fn cases() -> Vec<Case> {
    let mut all = of_users();
    all.extend(of_many_users());
    all.extend(of_roles());
    all.extend(of_accounts());
    all.extend(of_manifests());
    all.extend(of_sharing());
    all
}

fn of_users() -> Vec<Case> {
    vec![
        case(
            "rotate_user",
            "POST /accounts/{a}/users/u/rotate",
            json!({}),
            (2, 0),
        ),
        case(
            "revoke_user",
            "POST /accounts/{a}/users/u/revoke",
            json!({}),
            (2, 0),
        ),
        case(
            "delete_user",
            "DELETE /accounts/{a}/users/u",
            Value::Null,
            (2, 0),
        ),
        case(
            "delete_user",
            "DELETE /accounts/{a}/users/v",
            Value::Null,
            (1, 0),
        ),
        case(
            "update_user",
            "PATCH /accounts/{a}/users/u",
            json!({ "tags": ["x:y"] }),
            (2, 0),
        ),
        case(
            "update_user",
            "PATCH /accounts/{a}/users/v",
            json!({ "role": "spare" }),
            (1, 0),
        ),
        case(
            "kick_user",
            "POST /accounts/{a}/users/u/kick",
            json!({}),
            (2, 0),
        ),
        case(
            "kick_user",
            "POST /accounts/{a}/users/u/kick",
            json!({ "block_for_seconds": 60 }),
            (2, 0),
        ),
        case(
            "kick_connection",
            "POST /accounts/{a}/connections/{connection}/kick",
            json!({ "block_for_seconds": 60 }),
            (1, 0),
        ),
        case(
            "revoke_all_users",
            "POST /accounts/{a}/revoke",
            json!({}),
            (5, 0),
        ),
        case(
            "revoke_all_users",
            "POST /accounts/{a}/revoke",
            json!({ "before": "2020-01-01T00:00:00Z" }),
            (0, 0),
        ),
    ]
}

fn of_many_users() -> Vec<Case> {
    vec![
        case(
            "revoke_user_batch",
            "POST /accounts/{a}/user-batches/revoke",
            json!({ "users": ["u", "v"] }),
            (3, 0),
        ),
        case(
            "rotate_user_batch",
            "POST /accounts/{a}/user-batches/rotate",
            json!({ "users": ["u", "v"] }),
            (3, 0),
        ),
        case(
            "delete_user_batch",
            "POST /accounts/{a}/user-batches/delete",
            json!({ "users": ["u", "v"] }),
            (3, 0),
        ),
    ]
}

fn of_roles() -> Vec<Case> {
    let narrow = json!({ "permissions": { "publish": { "allow": ["only.>"] } } });
    vec![
        case("update_role", "PATCH /accounts/{a}/roles/r", narrow, (1, 0)),
        case(
            "update_role",
            "PATCH /accounts/{a}/roles/r",
            json!({ "disabled": true }),
            (1, 0),
        ),
        case(
            "update_role",
            "PATCH /accounts/{a}/roles/spare",
            json!({ "disabled": true }),
            (0, 0),
        ),
        case(
            "delete_role",
            "DELETE /accounts/{a}/roles/r?force=true",
            Value::Null,
            (1, 0),
        ),
        case(
            "rotate_role",
            "POST /accounts/{a}/roles/r/rotate",
            json!({}),
            (0, 0),
        ),
        case(
            "rotate_role",
            "POST /accounts/{a}/roles/r/rotate",
            json!({ "overlap_seconds": 0 }),
            (1, 0),
        ),
        case(
            "rotate_account",
            "POST /accounts/{a}/signing-key/rotate",
            json!({ "overlap_seconds": 0 }),
            (4, 0),
        ),
        case(
            "rotate_account",
            "POST /accounts/{a}/signing-key/rotate",
            json!({}),
            (0, 0),
        ),
    ]
}

fn of_accounts() -> Vec<Case> {
    let limits = |limits: Value| json!({ "limits": limits });
    vec![
        case(
            "update_account",
            "PATCH /accounts/{a}",
            limits(json!({ "connections": 3 })),
            (2, 0),
        ),
        case(
            "update_account",
            "PATCH /accounts/{a}",
            limits(json!({ "connections": 5 })),
            (0, 0),
        ),
        case(
            "update_account",
            "PATCH /accounts/{a}",
            limits(json!({ "bearer_users": false })),
            (1, 0),
        ),
        case(
            "update_account",
            "PATCH /accounts/{a}",
            limits(json!({ "bearer_users": false, "connections": 3 })),
            (2, 0),
        ),
        case(
            "update_account",
            "PATCH /accounts/{a}",
            json!({ "name": "Other" }),
            (0, 0),
        ),
        case(
            "update_settings",
            "PATCH /accounts/{a}/settings",
            json!({ "default_permissions": { "publish": { "deny": ["never.>"] } } }),
            (0, 0),
        ),
        case(
            "suspend_account",
            "POST /accounts/{a}/suspend",
            json!({}),
            (5, 3),
        ),
        case(
            "delete_account",
            "DELETE /accounts/{a}",
            Value::Null,
            (5, 3),
        ),
        case(
            "update_plan",
            "PATCH /plans/{plan}",
            limits(json!({ "connections": 2 })),
            (3, 0),
        ),
    ]
}

fn of_manifests() -> Vec<Case> {
    let manifest = |account: Value| {
        let mut account = account;
        account["slug"] = "{a}".into();
        json!({ "version": 1, "name": "mm", "accounts": [account] })
    };
    let off = json!({ "roles": [{ "name": "r", "disabled": true }],
        "exports": [{ "subject": "open.>", "kind": "stream", "visibility": "private" }] });
    let few = json!({ "version": 1, "name": "mm",
        "plans": [{ "slug": "{plan}", "limits": { "connections": 1 } }] });
    vec![
        case("apply", "POST /apply", few, (4, 0)),
        case("apply", "POST /apply", manifest(off.clone()), (1, 1)),
        case(
            "apply_to_account",
            "POST /accounts/{a}/apply",
            manifest(off),
            (1, 1),
        ),
        case(
            "apply_to_account",
            "POST /accounts/{a}/apply",
            manifest(json!({ "limits": { "connections": 1 } })),
            (4, 0),
        ),
    ]
}

fn of_sharing() -> Vec<Case> {
    let private = json!({ "visibility": "private" });
    let none = json!({ "allow": [] });
    vec![
        case(
            "update_export",
            "PATCH /accounts/{a}/exports/{open}",
            private,
            (0, 1),
        ),
        case(
            "update_export",
            "PATCH /accounts/{a}/exports/{closed}",
            none,
            (0, 1),
        ),
        case(
            "update_export",
            "PATCH /accounts/{a}/exports/{closed}",
            json!({ "visibility": "public" }),
            (0, 0),
        ),
        case(
            "delete_export",
            "DELETE /accounts/{a}/exports/{open}",
            Value::Null,
            (0, 1),
        ),
        case(
            "revoke_activation",
            "DELETE /accounts/{a}/exports/{closed}/activations/{activation}",
            Value::Null,
            (0, 1),
        ),
    ]
}

/// Operations that other tests try with what they need.
const ELSEWHERE: [(&str, &str); 8] = [
    ("delete_auth_callout", "tests::product::previews"),
    ("disable_device", "tests::product::previews"),
    ("revoke_device", "tests::product::previews"),
    ("revoke_device_authority", "tests::product::previews"),
    ("revoke_device_certificate", "tests::product::previews"),
    ("revoke_enrolment_token", "tests::product::previews"),
    ("rotate_device_authority", "tests::product::previews"),
    ("set_auth_callout", "tests::product::previews"),
];

/// Changes that close no connection and break no import: most are of people, keys, and what is
/// asked for; the others only add, or take away what is not in force.
pub(crate) const NEITHER: [&str; 99] = [
    "accept_invitation",
    "approve_device",
    "approve_share_request",
    "backup",
    "cancel_operation",
    "cancel_operator_rotation",
    "change_password",
    "check_permission",
    "create_access_role",
    "create_account",
    "create_activation",
    "create_api_key",
    "create_device_authority",
    "create_engine",
    "create_enrolment_authority",
    "create_enrolment_token",
    "create_enrolment_token_batch",
    "create_event_feed_creds",
    "create_export",
    "create_identity_provider",
    "create_import",
    "create_import_request",
    "create_invitation",
    "create_membership",
    "create_org",
    "create_password_reset",
    "create_personal_key",
    "create_plan",
    "create_role",
    "create_service_account",
    "create_share_link",
    "create_system_creds",
    "create_totp",
    "create_user",
    "create_user_batch",
    "create_user_creds",
    "create_webhook",
    "delete_access_role",
    "delete_api_key",
    "delete_engine",
    "delete_enrolment_authority",
    "delete_identity_provider",
    "delete_import",
    "delete_invitation",
    "delete_member",
    "delete_member_totp",
    "delete_membership",
    "delete_org",
    "delete_other_sessions",
    "delete_personal_key",
    "delete_plan",
    "delete_service_account",
    "delete_session",
    "delete_share_link",
    "delete_totp",
    "delete_webhook",
    "deny_share_request",
    "enable_device",
    "enroll_device",
    "export_tokens",
    "import_tokens",
    "open_device_gate",
    "open_event_feed",
    "preview_invitation",
    "prove_enrolment_authority",
    "purge_account",
    "reject_device",
    "renew_device",
    "replay_webhook_delivery",
    "reset_password",
    "resume_account",
    "rotate_api_key",
    "rotate_operator",
    "rotate_vault",
    "rotate_webhook",
    "sign_in",
    "sign_out",
    "take_operation_credentials",
    "take_operation_file",
    "test_webhook",
    "undelete_account",
    "update_access_role",
    "update_device",
    "update_device_policy",
    "update_engine",
    "update_enrolment_authority",
    "update_identity_provider",
    "update_import",
    "update_installation_settings",
    "update_member",
    "update_membership",
    "update_operator",
    "update_org",
    "update_service_account",
    "update_session",
    "update_webhook",
    "verify_audit",
    "verify_totp",
    "withdraw_import_request",
];

#[test]
fn every_change_is_decided() {
    let document: Value = serde_json::from_str(&admin_api::openapi_json()).unwrap();
    let mut documented = BTreeSet::new();
    for item in document["paths"].as_object().unwrap().values() {
        for (method, operation) in item.as_object().unwrap() {
            if method != "get" {
                documented.insert(operation["operationId"].as_str().unwrap().to_owned());
            }
        }
    }
    let mut decided = BTreeMap::new();
    let tried: BTreeSet<_> = cases().iter().map(|case| case.operation).collect();
    let elsewhere = ELSEWHERE.iter().map(|(operation, _)| *operation);
    for operation in tried.into_iter().chain(elsewhere).chain(NEITHER) {
        *decided.entry(operation.to_owned()).or_insert(0) += 1;
    }
    let twice: Vec<_> = decided.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "decided twice: {twice:?}");
    let decided: BTreeSet<_> = decided.into_keys().collect();
    let open: Vec<_> = documented.difference(&decided).collect();
    assert!(
        open.is_empty(),
        "what do these close and break? Put them into the table or into a list: {open:?}"
    );
    let gone: Vec<_> = decided.difference(&documented).collect();
    assert!(gone.is_empty(), "no such operations: {gone:?}");
}

/// A client, and whether it was ever cut off.
struct Client {
    nats: async_nats::Client,
    dropped: Arc<AtomicBool>,
}

impl Client {
    async fn connect(stack: &Stack, creds: &str) -> Self {
        let dropped = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&dropped);
        let options = ConnectOptions::with_credentials(creds).unwrap();
        let options = options.event_callback(move |event| {
            if event == Event::Disconnected {
                seen.store(true, Ordering::SeqCst);
            }
            std::future::ready(())
        });
        let timeout = options.connection_timeout(Duration::from_secs(5));
        let nats = timeout.connect(&stack.nats.url).await.unwrap();
        settled(&nats).await;
        Self { nats, dropped }
    }

    fn is_dropped(&self) -> bool {
        self.dropped.load(Ordering::SeqCst)
    }
}

/// An exporter with clients, and an importer of all that it exports.
struct Scene<'s> {
    stack: &'s Stack,
    names: BTreeMap<&'static str, String>,
    clients: Vec<Client>,
    importer: Client,
}

impl<'s> Scene<'s> {
    async fn set(stack: &'s Stack, number: usize) -> Self {
        let (a, i, plan) = (
            format!("a{number}"),
            format!("i{number}"),
            format!("p{number}"),
        );
        let made = stack.post("/plans", json!({ "name": plan })).await;
        made.expect(StatusCode::CREATED);
        let account = json!({ "name": a, "plan": plan });
        let made = stack.post("/accounts", account).await;
        made.expect(StatusCode::CREATED);
        stack.account(&i).await;
        for role in ["r", "spare"] {
            let path = format!("/accounts/{a}/roles");
            let made = stack.post(&path, json!({ "name": role })).await;
            made.expect(StatusCode::CREATED);
        }
        let mut clients = Vec::new();
        let u = stack.user(&a, json!({ "name": "u" })).await;
        clients.push(Client::connect(stack, &u).await);
        let path = format!("/accounts/{a}/users/u/creds");
        let short = stack.post(&path, json!({})).await;
        let short = short.expect(StatusCode::CREATED).body["creds"].clone();
        clients.push(Client::connect(stack, short.as_str().unwrap()).await);
        for user in [
            json!({ "name": "v", "role": "r" }),
            json!({ "name": "w" }),
            json!({ "name": "b", "bearer": true }),
        ] {
            let creds = stack.user(&a, user).await;
            clients.push(Client::connect(stack, &creds).await);
        }
        let importer = stack.user(&i, json!({ "name": "x" })).await;
        let importer = Client::connect(stack, &importer).await;
        let mut scene = Self {
            stack,
            names: BTreeMap::from([("a", a), ("i", i), ("plan", plan)]),
            clients,
            importer,
        };
        scene.share().await;
        scene.find_ids().await;
        scene
    }

    async fn share(&mut self) {
        let [a, i] = ["a", "i"].map(|name| self.names[name].clone());
        for (name, visibility) in [
            ("open", "public"),
            ("closed", "private"),
            ("always", "public"),
        ] {
            let mut export = json!({ "subject": format!("{name}.>"), "kind": "stream",
                "visibility": visibility });
            if visibility == "private" {
                export["allow"] = json!([i]);
            }
            let path = format!("/accounts/{a}/exports");
            let id = crate::harness::id_of(self.stack, &path, export).await;
            self.names.insert(name, id);
            let import = json!({ "account": a, "subject": format!("{name}.>"), "kind": "stream" });
            crate::harness::id_of(self.stack, &format!("/accounts/{i}/imports"), import).await;
        }
    }

    async fn find_ids(&mut self) {
        let first = async |path: &str| {
            let found = self.stack.get(&self.filled(path)).await;
            found.expect(StatusCode::OK);
            found.body["data"][0]["id"].as_str().unwrap().to_owned()
        };
        let activation = first("/accounts/{a}/exports/{closed}/activations").await;
        let connection = first("/accounts/{a}/connections?user=w").await;
        self.names.insert("activation", activation);
        self.names.insert("connection", connection);
    }

    fn filled(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, value) in &self.names {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text
    }

    async fn send(&self, case: &Case, dry: bool) -> crate::harness::Answer {
        let mut path = self.filled(case.path);
        if dry {
            path += match path.contains('?') {
                true => "&dry_run=true",
                false => "?dry_run=true",
            };
        }
        let body = self.filled(&case.body.to_string());
        let body: Value = serde_json::from_str(&body).unwrap();
        let body = Some(body).filter(|body| !body.is_null());
        let answer = self.stack.send(case.method.clone(), &path, body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text);
        answer
    }

    fn dropped(&self) -> u64 {
        let dropped = self.clients.iter().filter(|client| client.is_dropped());
        dropped.count() as u64
    }

    async fn working_imports(&self) -> u64 {
        let imports = self.stack.get(&self.filled("/accounts/{i}/imports")).await;
        let all = imports.body["data"].as_array().unwrap().iter();
        all.filter(|import| import["status"] == "active").count() as u64
    }

    /// How many of the importer's subjects something still comes on.
    async fn heard(&self) -> u64 {
        let mut all = self.importer.nats.subscribe("*.x").await.unwrap();
        settled(&self.importer.nats).await;
        let publisher = &self.clients[3].nats;
        for subject in ["open.x", "closed.x", "always.x"] {
            publisher.publish(subject, "".into()).await.unwrap();
        }
        let mut heard = 0;
        let until_the_last = async {
            while let Some(message) = all.next().await {
                heard += 1;
                if message.subject.as_str() == "always.x" {
                    break;
                }
            }
        };
        let came = tokio::time::timeout(Duration::from_secs(10), until_the_last).await;
        assert!(came.is_ok(), "the barrier never came");
        heard
    }
}

async fn previews_come_true(stack: Stack) {
    for (number, case) in cases().into_iter().enumerate() {
        let what = format!("{} {}", case.operation, case.body);
        let scene = Scene::set(&stack, number).await;
        assert_eq!(scene.working_imports().await, 3, "{what}");
        let tried = scene.send(&case, true).await;
        let impact = &tried.body["impact"];
        assert_eq!(
            impact["connections_closed"], case.closes,
            "{what}: {}",
            tried.text
        );
        assert_eq!(
            impact["imports_broken"]["count"], case.breaks,
            "{what}: {}",
            tried.text
        );
        let own = impact["imports_broken"]["own"].as_array().unwrap();
        assert_eq!(own.len() as u64, case.breaks, "{what}: {}", tried.text);
        assert_eq!(scene.dropped(), 0, "{what}: a look closes nobody");
        assert_eq!(scene.working_imports().await, 3, "{what}");
        if case.closes == 0 {
            assert_eq!(scene.heard().await, 3, "{what}");
        }

        scene.send(&case, false).await;
        eventually(&what, async || scene.dropped() >= case.closes).await;
        for client in scene.clients.iter().filter(|client| !client.is_dropped()) {
            settled(&client.nats).await;
        }
        assert_eq!(scene.dropped(), case.closes, "{what}");
        if case.operation != "delete_account" {
            assert_eq!(scene.working_imports().await, 3 - case.breaks, "{what}");
        }
        if case.closes == 0 {
            assert_eq!(scene.heard().await, 3 - case.breaks, "{what}");
        }
    }
}

/// The look shows what `/permissions` answers once the change is made.
async fn effective_rights_are_those_that_result(stack: Stack) {
    stack.account("acme").await;
    let only = |subject: &str| json!({ "publish": { "allow": [subject] }, "subscribe": {} });
    let role = json!({ "name": "r", "permissions": only("a.{{name()}}") });
    let path = "/accounts/acme/roles";
    let tried = stack
        .post(&format!("{path}?dry_run=true"), role.clone())
        .await;
    let effective = &tried.body["impact"]["effective"];
    assert_eq!(effective["source"], "role", "{}", tried.text);
    assert_eq!(
        effective["permissions"],
        only("a.{{name()}}"),
        "{}",
        tried.text
    );
    stack.post(path, role).await.expect(StatusCode::CREATED);

    let user = "/accounts/acme/users/u";
    let new = json!({ "name": "u", "permissions": only("own") });
    let few = json!({ "limits": { "payload_bytes": 10 } });
    let steps = [
        (Method::POST, "/accounts/acme/users", Some(new)),
        (Method::PATCH, user, Some(json!({ "role": "r" }))),
        (Method::PATCH, user, Some(json!({ "tags": ["x:y"] }))),
        (
            Method::POST,
            "/accounts/acme/users/u/rotate",
            Some(json!({})),
        ),
        (Method::POST, "/accounts/acme/users/u/revoke", None),
    ];
    for (method, path, body) in steps {
        let dry = format!("{path}?dry_run=true");
        let tried = stack.send(method.clone(), &dry, body.clone()).await;
        assert!(tried.status.is_success(), "{dry}: {}", tried.text);
        let made = stack.send(method, path, body).await;
        assert!(made.status.is_success(), "{path}: {}", made.text);
        let really = stack.get(&format!("{user}/permissions")).await.body;
        assert_eq!(tried.body["impact"]["effective"], really, "{path}");
    }
    let off = stack
        .send(
            Method::PATCH,
            "/accounts/acme/roles/r?dry_run=true",
            Some(json!({ "disabled": true })),
        )
        .await;
    assert_eq!(
        off.body["impact"]["effective"]["admitted"], false,
        "{}",
        off.text
    );
    let account = stack
        .send(Method::PATCH, "/accounts/acme?dry_run=true", Some(few))
        .await;
    let effective = &account.body["impact"]["effective"];
    assert_eq!(effective["source"], "account");
    assert_eq!(effective["limits"]["payload_bytes"], 10, "{}", account.text);
}

async fn what_is_not_known_is_absent(mut stack: Stack) {
    stack.account("acme").await;
    stack.user("acme", json!({ "name": "u" })).await;
    let path = "/accounts/acme/users/u?dry_run=true";
    let known = stack.delete(path).await;
    assert_eq!(
        known.body["impact"]["connections_closed"], 0,
        "{}",
        known.text
    );
    stack.nats.kill();
    let unknown = stack.delete(path).await;
    unknown.expect(StatusCode::OK);
    let impact = unknown.body["impact"].as_object().unwrap();
    assert!(
        !impact.contains_key("connections_closed"),
        "{}",
        unknown.text
    );
    assert_eq!(impact["imports_broken"]["count"], 0);
}
