//! The endpoints of devices, and devices to call them on.

use reqwest::StatusCode;
use serde_json::json;

use super::Who::{AccountAdmins, Open, PlatformAdmins, PlatformReaders, Readers};
use super::{Case, DELETE, GET, NONE, PATCH, POST, Table, rows};
use crate::devices::{enrolled, request, role_with_authority};
use crate::harness::id_of;

/// The role of acme's devices.
pub(super) const ROLE: &str = "sensor";

pub(super) fn cases() -> Vec<Case> {
    [registry(), issuers(), own()]
        .into_iter()
        .flatten()
        .collect()
}

fn registry() -> Vec<Case> {
    let text = &json!({ "description": "d{n}" });
    let token = &json!({ "role": ROLE });
    let tokens = &json!({ "tokens": [token] });
    let policy = "/roles/{role}/device-policy";
    let grace = &json!({ "grace_seconds": 60 });
    let certificates = "/devices/{device}/certificates";
    let revoke = &format!("{certificates}/{{certificate}}/revoke");
    rows(
        "/accounts/{account}",
        &[
            (GET, "/devices", NONE, Readers, 200),
            (GET, "/devices.csv", NONE, Readers, 200),
            (GET, "/device-summary", NONE, Readers, 200),
            (GET, "/devices/{device}", NONE, Readers, 200),
            (PATCH, "/devices/{device}", text, AccountAdmins, 200),
            (DELETE, "/devices/{device}", NONE, AccountAdmins, 200),
            // It is active.
            (POST, "/devices/{device}/approve", NONE, AccountAdmins, 409),
            (POST, "/devices/{device}/reject", NONE, AccountAdmins, 409),
            (POST, "/devices/{device}/enable", NONE, AccountAdmins, 409),
            (POST, "/devices/{device}/disable", NONE, AccountAdmins, 200),
            (GET, certificates, NONE, Readers, 200),
            (POST, revoke, NONE, AccountAdmins, 200),
            (GET, policy, NONE, Readers, 200),
            (PATCH, policy, grace, AccountAdmins, 200),
            (POST, "/enrolment-tokens", token, AccountAdmins, 201),
            (POST, "/enrolment-token-batches", tokens, AccountAdmins, 201),
            (GET, "/enrolment-tokens", NONE, Readers, 200),
            (GET, "/enrolment-tokens/{token}", NONE, Readers, 200),
            (
                POST,
                "/enrolment-tokens/{token}/revoke",
                NONE,
                AccountAdmins,
                200,
            ),
        ],
    )
}

fn issuers() -> Vec<Case> {
    let new = &json!({ "role": "n{n}" });
    let name = &json!({ "name": "n{n}" });
    let foreign = &json!({ "name": "n{n}", "role": ROLE, "certificate": "no certificate" });
    let proof = &json!({ "certificate": "no certificate" });
    let own = rows(
        "/accounts/{account}/device-authorities",
        &[
            (POST, "", new, AccountAdmins, 201),
            (GET, "", NONE, Readers, 200),
            (GET, "/{authority}", NONE, Readers, 200),
            (POST, "/{authority}/rotate", NONE, AccountAdmins, 201),
            (POST, "/{authority}/revoke", NONE, AccountAdmins, 200),
        ],
    );
    let others = rows(
        "/accounts/{account}/enrolment-authorities",
        &[
            (POST, "", foreign, AccountAdmins, 422),
            (GET, "", NONE, Readers, 200),
            (GET, "/{authority}", NONE, Readers, 200),
            (PATCH, "/{authority}", name, AccountAdmins, 200),
            (POST, "/{authority}/prove", proof, AccountAdmins, 422),
            (DELETE, "/{authority}", NONE, AccountAdmins, 204),
        ],
    );
    own.into_iter().chain(others).collect()
}

fn own() -> Vec<Case> {
    let enrolment = &json!({ "token": "x", "csr": "x" });
    let renewal = &json!({ "csr": "x" });
    rows(
        "",
        &[
            (POST, "/enroll", enrolment, Open, 401),
            (POST, "/renew", renewal, Open, 401),
            (GET, "/metrics", NONE, PlatformReaders, 200),
            (POST, "/device-gate", NONE, PlatformAdmins, 201),
            (GET, "/device-gate", NONE, PlatformReaders, 200),
            (
                GET,
                "/device-gate/nats-server.conf",
                NONE,
                PlatformReaders,
                200,
            ),
            (
                GET,
                "/device-gate/authorities.pem",
                NONE,
                PlatformReaders,
                200,
            ),
        ],
    )
}

impl Table {
    /// A device, or what lets one be.
    pub(super) async fn device_thing(&self, path: &str, name: &str, n: u32) -> String {
        let stack = &self.stack;
        match name {
            "{device}" => {
                let device = enrolled(stack, "acme", ROLE, &request()).await;
                device["device"].as_str().unwrap().to_owned()
            }
            "{certificate}" => {
                let list = stack.get(path.trim_end_matches('/')).await;
                list.expect(StatusCode::OK);
                list.body["data"][0]["id"].as_str().unwrap().to_owned()
            }
            "{token}" => {
                let body = json!({ "role": ROLE });
                id_of(stack, "/accounts/acme/enrolment-tokens", body).await
            }
            _ if path.contains("enrolment-authorities") => {
                let body = json!({ "name": format!("t{n}"), "role": ROLE,
                                   "certificate": crate::devices::authority().0 });
                id_of(stack, "/accounts/acme/enrolment-authorities", body).await
            }
            _ => role_with_authority(stack, "acme", &format!("t{n}")).await,
        }
    }
}
