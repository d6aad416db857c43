//! What every endpoint is called with, who may, and what those are answered.

use reqwest::Method;
use serde_json::json;

use super::Who::{
    AccountAdmins, Asker, Everybody, Open, OrgAdmins, PlatformAdmins, PlatformReaders, Readers,
    SignedIn,
};
use super::{Case, DELETE, GET, NONE, PATCH, POST, PUT, STRANGER, devices, rows};

pub(super) fn cases() -> Vec<Case> {
    let all = [
        account_cases(),
        sharing_cases(),
        import_cases(),
        platform_cases(),
        webhook_cases(),
        access_cases(),
        session_cases(),
        people_cases(),
        provider_cases(),
        transfer_cases(),
        operation_cases(),
        devices::cases(),
        // Last: engines that are not there make everything else less live.
        engine_cases(),
    ];
    all.into_iter().flatten().collect()
}

fn engine_cases() -> Vec<Case> {
    let engine = &json!({ "name": "n{n}", "urls": ["nats://127.0.0.1:1"] });
    let urls = &json!({ "urls": ["nats://127.0.0.1:2"] });
    rows(
        "/engines",
        &[
            (GET, "", NONE, PlatformReaders, 200),
            (GET, "/nats-server.conf", NONE, PlatformReaders, 200),
            (POST, "", engine, PlatformAdmins, 201),
            (GET, "/{engine}", NONE, PlatformReaders, 200),
            (PATCH, "/{engine}", urls, PlatformAdmins, 200),
            (DELETE, "/{engine}", NONE, PlatformAdmins, 204),
        ],
    )
}

fn account_cases() -> Vec<Case> {
    let name = &json!({ "name": "n{n}" });
    let text = &json!({ "description": "d{n}" });
    let users = &json!({ "users": [{ "name": "m{n}" }] });
    let batch = &json!({ "users": ["{user}"] });
    let question = &json!({ "action": "publish", "subject": "a" });
    let role = json!({ "slug": "any", "roles": [{ "name": "a{n}" }] });
    let manifest = &json!({ "version": 1, "name": "m{n}", "accounts": [role] });
    rows(
        "/accounts/{account}",
        &[
            (GET, "", NONE, Readers, 200),
            (PATCH, "", name, AccountAdmins, 200),
            (DELETE, "", NONE, OrgAdmins, 200),
            (POST, "/users", name, AccountAdmins, 201),
            (GET, "/users", NONE, Readers, 200),
            (GET, "/users/{user}", NONE, Readers, 200),
            (PATCH, "/users/{user}", name, AccountAdmins, 200),
            (POST, "/users/{user}/kick", NONE, AccountAdmins, 200),
            (POST, "/users/{user}/creds", NONE, AccountAdmins, 201),
            (POST, "/users/{user}/rotate", NONE, AccountAdmins, 201),
            (POST, "/users/{user}/revoke", NONE, AccountAdmins, 200),
            (GET, "/users/{user}/issuances", NONE, Readers, 200),
            (GET, "/users/{user}/permissions", NONE, Readers, 200),
            (GET, "/usage", NONE, Readers, 200),
            (GET, "/usage.csv", NONE, Readers, 200),
            (GET, "/usage/now", NONE, Readers, 200),
            (GET, "/connections", NONE, Readers, 200),
            // Nobody is connected.
            (
                POST,
                "/connections/{connection}/kick",
                NONE,
                AccountAdmins,
                404,
            ),
            (POST, "/user-batches", users, AccountAdmins, 201),
            (POST, "/user-batches/revoke", batch, AccountAdmins, 200),
            (POST, "/user-batches/rotate", batch, AccountAdmins, 201),
            (POST, "/user-batches/delete", batch, AccountAdmins, 200),
            (POST, "/revoke", NONE, AccountAdmins, 200),
            (POST, "/suspend", NONE, OrgAdmins, 200),
            (POST, "/resume", NONE, OrgAdmins, 200),
            (GET, "/settings", NONE, Readers, 200),
            (PATCH, "/settings", text, AccountAdmins, 200),
            (GET, "/auth-callout", NONE, Readers, 200),
            (PUT, "/auth-callout", &json!({}), AccountAdmins, 200),
            (DELETE, "/auth-callout", NONE, AccountAdmins, 200),
            (GET, "/claims", NONE, Readers, 200),
            (GET, "/manifest", NONE, Readers, 200),
            (POST, "/apply", manifest, AccountAdmins, 200),
            (POST, "/signing-key/rotate", NONE, AccountAdmins, 200),
            (POST, "/roles", name, AccountAdmins, 201),
            (GET, "/roles", NONE, Readers, 200),
            (GET, "/roles/{role}", NONE, Readers, 200),
            (PATCH, "/roles/{role}", text, AccountAdmins, 200),
            (POST, "/roles/{role}/rotate", NONE, AccountAdmins, 200),
            (DELETE, "/roles/{role}", NONE, AccountAdmins, 200),
            (DELETE, "/users/{user}", NONE, AccountAdmins, 200),
            (POST, "/permissions/check", question, Readers, 200),
            // The engine of these tests remembers no refusals.
            (GET, "/denials", NONE, Readers, 503),
        ],
    )
}

fn sharing_cases() -> Vec<Case> {
    let name = &json!({ "name": "n{n}" });
    let export = &json!({ "subject": "b.{n}", "kind": "stream" });
    let importer = &json!({ "account": STRANGER });
    rows(
        "/accounts/{account}",
        &[
            (POST, "/exports", export, AccountAdmins, 201),
            (GET, "/exports", NONE, Readers, 200),
            (GET, "/exports/{export}", NONE, Readers, 200),
            (PATCH, "/exports/{export}", name, AccountAdmins, 200),
            (DELETE, "/exports/{export}", NONE, AccountAdmins, 200),
            (
                POST,
                "/exports/{export}/activations",
                importer,
                AccountAdmins,
                201,
            ),
            (GET, "/exports/{export}/activations", NONE, Readers, 200),
            (
                GET,
                "/exports/{export}/activations/{activation}",
                NONE,
                Readers,
                200,
            ),
            (
                DELETE,
                "/exports/{export}/activations/{activation}",
                NONE,
                AccountAdmins,
                200,
            ),
            (
                POST,
                "/exports/{export}/share-links",
                NONE,
                AccountAdmins,
                201,
            ),
            (GET, "/exports/{export}/share-links", NONE, Readers, 200),
            (
                GET,
                "/exports/{export}/share-links/{link}",
                NONE,
                Readers,
                200,
            ),
            (
                DELETE,
                "/exports/{export}/share-links/{link}",
                NONE,
                AccountAdmins,
                204,
            ),
        ],
    )
}

fn import_cases() -> Vec<Case> {
    let import = &json!({ "account": "globex", "subject": "open.{n}", "kind": "stream" });
    let ask = &json!({ "account": "globex", "kind": "stream", "subject": "ask.{n}" });
    let name = &json!({ "name": "n{n}" });
    rows(
        "/accounts/{account}",
        &[
            (POST, "/import-requests", ask, AccountAdmins, 201),
            (GET, "/import-requests", NONE, Readers, 200),
            (GET, "/import-requests/{import_request}", NONE, Readers, 200),
            (
                DELETE,
                "/import-requests/{import_request}",
                NONE,
                AccountAdmins,
                200,
            ),
            (GET, "/share-requests", NONE, Readers, 200),
            (GET, "/share-requests/{share_request}", NONE, Readers, 200),
            (
                POST,
                "/share-requests/{share_request}/approve",
                NONE,
                AccountAdmins,
                200,
            ),
            (
                POST,
                "/share-requests/{share_request}/deny",
                NONE,
                AccountAdmins,
                200,
            ),
            (GET, "/shared-with-me", NONE, Readers, 200),
            (GET, "/sharing-graph", NONE, Readers, 200),
            (POST, "/imports", import, AccountAdmins, 201),
            (GET, "/imports", NONE, Readers, 200),
            (GET, "/imports/{import}", NONE, Readers, 200),
            (PATCH, "/imports/{import}", name, AccountAdmins, 200),
            (DELETE, "/imports/{import}", NONE, AccountAdmins, 200),
        ],
    )
}

fn platform_cases() -> Vec<Case> {
    let name = &json!({ "name": "n{n}" });
    let orgs = json!([{ "slug": "o{n}" }]);
    let manifest = &json!({ "version": 1, "name": "m{n}", "orgs": orgs });
    let text = &json!({ "description": "d{n}" });
    rows(
        "",
        &[
            (POST, "/orgs", name, PlatformAdmins, 201),
            (GET, "/orgs", NONE, Readers, 200),
            (GET, "/orgs/{org}", NONE, Readers, 200),
            (PATCH, "/orgs/{org}", name, OrgAdmins, 200),
            (DELETE, "/orgs/{org}", NONE, PlatformAdmins, 204),
            (GET, "/orgs/{org}/manifest", NONE, Readers, 200),
            (GET, "/manifest", NONE, Readers, 200),
            (POST, "/apply", manifest, PlatformAdmins, 200),
            (POST, "/accounts", name, OrgAdmins, 201),
            (GET, "/accounts", NONE, Readers, 200),
            (GET, "/deleted-accounts", NONE, OrgAdmins, 200),
            (
                POST,
                "/deleted-accounts/{deleted}/undelete",
                NONE,
                OrgAdmins,
                200,
            ),
            (GET, "/deleted-accounts/{deleted}", NONE, OrgAdmins, 200),
            (
                DELETE,
                "/deleted-accounts/{deleted}",
                NONE,
                PlatformAdmins,
                200,
            ),
            (POST, "/plans", name, PlatformAdmins, 201),
            (GET, "/plans", NONE, Readers, 200),
            (GET, "/plans/{plan}", NONE, Readers, 200),
            (PATCH, "/plans/{plan}", text, PlatformAdmins, 200),
            (DELETE, "/plans/{plan}", NONE, PlatformAdmins, 204),
            (GET, "/sharing-graph", NONE, PlatformReaders, 200),
            (GET, "/audit", NONE, Readers, 200),
            (GET, "/audit.csv", NONE, Readers, 200),
            (GET, "/audit.ndjson", NONE, Readers, 200),
            (GET, "/audit/heads", NONE, Readers, 200),
            (POST, "/audit/verify", &json!({}), PlatformReaders, 200),
            (GET, "/events", NONE, Readers, 200),
            (POST, "/event-feed", NONE, PlatformAdmins, 201),
            (GET, "/event-feed", NONE, PlatformReaders, 200),
            (POST, "/event-feed/creds", NONE, PlatformAdmins, 201),
            (GET, "/events/stream", NONE, Readers, 200),
            (GET, "/system", NONE, Everybody, 200),
            (POST, "/system/creds", NONE, PlatformAdmins, 201),
            (GET, "/settings", NONE, PlatformReaders, 200),
            (PATCH, "/settings", &json!({}), PlatformAdmins, 200),
            (GET, "/system/nats-server.conf", NONE, PlatformReaders, 200),
        ],
    )
}

fn webhook_cases() -> Vec<Case> {
    let hook = &json!({ "name": "n{n}", "url": "https://hooks.example.org/{n}" });
    let name = &json!({ "name": "n{n}" });
    let delivery = "/{webhook}/deliveries/{delivery}";
    let replay = &format!("{delivery}/replay");
    rows(
        "/webhooks",
        &[
            (POST, "", hook, AccountAdmins, 201),
            (GET, "", NONE, Readers, 200),
            (GET, "/{webhook}", NONE, Readers, 200),
            (PATCH, "/{webhook}", name, AccountAdmins, 200),
            (DELETE, "/{webhook}", NONE, AccountAdmins, 204),
            (POST, "/{webhook}/rotate", &json!({}), AccountAdmins, 201),
            (POST, "/{webhook}/test", NONE, AccountAdmins, 201),
            (GET, "/{webhook}/deliveries", NONE, Readers, 200),
            (GET, delivery, NONE, Readers, 200),
            (POST, replay, NONE, AccountAdmins, 201),
        ],
    )
}

/// Keys, service accounts and roles.
fn access_cases() -> Vec<Case> {
    let name = &json!({ "name": "n{n}" });
    let role = &json!({ "name": "r{n}", "rights": ["users:read"] });
    let service = &json!({ "name": "n{n}", "role": "everywhere" });
    rows(
        "",
        &[
            (GET, "/whoami", NONE, Everybody, 200),
            (GET, "/api-keys", NONE, Readers, 200),
            (POST, "/api-keys", name, AccountAdmins, 201),
            (GET, "/api-keys/{key}", NONE, Readers, 200),
            (DELETE, "/api-keys/{key}", NONE, AccountAdmins, 204),
            (
                POST,
                "/api-keys/{key}/rotate",
                &json!({}),
                AccountAdmins,
                201,
            ),
            (POST, "/service-accounts", service, AccountAdmins, 201),
            (GET, "/service-accounts", NONE, Readers, 200),
            (
                GET,
                "/service-accounts/{service_account}",
                NONE,
                Readers,
                200,
            ),
            (
                PATCH,
                "/service-accounts/{service_account}",
                name,
                AccountAdmins,
                200,
            ),
            (
                DELETE,
                "/service-accounts/{service_account}",
                NONE,
                AccountAdmins,
                204,
            ),
            (POST, "/access-roles", role, OrgAdmins, 201),
            (GET, "/access-roles", NONE, Readers, 200),
            (GET, "/access-roles/built-in", NONE, Everybody, 200),
            (GET, "/access-roles/{access_role}", NONE, Readers, 200),
            (PATCH, "/access-roles/{access_role}", name, OrgAdmins, 200),
            (DELETE, "/access-roles/{access_role}", NONE, OrgAdmins, 204),
        ],
    )
}

/// What is a person's own.
fn session_cases() -> Vec<Case> {
    let nobody = &json!({ "email": "no email", "password": "x" });
    let code = &json!({ "code": "000000" });
    let passwords = &json!({ "current_password": "x", "new_password": "x" });
    let name = &json!({ "name": "n{n}" });
    let own = rows(
        "/session",
        &[
            (POST, "", nobody, Open, 422),
            (PATCH, "", &json!({ "membership": "x" }), SignedIn, 200),
            (DELETE, "", NONE, SignedIn, 204),
            (POST, "/password", passwords, SignedIn, 204),
            (POST, "/totp", &json!({}), SignedIn, 201),
            (DELETE, "/totp", NONE, SignedIn, 204),
            (POST, "/totp/verify", code, SignedIn, 201),
            (POST, "/api-keys", name, SignedIn, 201),
            (GET, "/api-keys", NONE, SignedIn, 200),
            (GET, "/api-keys/{key}", NONE, SignedIn, 200),
            (DELETE, "/api-keys/{key}", NONE, SignedIn, 204),
        ],
    );
    let all = rows(
        "/sessions",
        &[
            (GET, "", NONE, SignedIn, 200),
            (DELETE, "", NONE, SignedIn, 204),
            (DELETE, "/{session}", NONE, SignedIn, 204),
        ],
    );
    own.into_iter().chain(all).collect()
}

fn provider_cases() -> Vec<Case> {
    let provider = &json!({ "name": "n{n}", "issuer": "https://id.example.org",
                            "client_id": "c" });
    let name = &json!({ "name": "n{n}" });
    let own = rows(
        "/identity-providers",
        &[
            (POST, "", provider, OrgAdmins, 201),
            (GET, "", NONE, Readers, 200),
            (GET, "/{identity_provider}", NONE, Readers, 200),
            (PATCH, "/{identity_provider}", name, OrgAdmins, 200),
            (DELETE, "/{identity_provider}", NONE, OrgAdmins, 204),
        ],
    );
    let entries = rows(
        "/sign-in",
        &[
            (GET, "/providers", NONE, Open, 200),
            // The provider has a private address.
            (GET, "/providers/{identity_provider}/start", NONE, Open, 503),
            (GET, "/callback", NONE, Open, 303),
        ],
    );
    own.into_iter().chain(entries).collect()
}

fn people_cases() -> Vec<Case> {
    let (token, reset) = (
        &json!({ "token": "x" }),
        &json!({ "token": "x", "password": "x" }),
    );
    let name = &json!({ "name": "n{n}" });
    let invitation = &json!({ "email": "n{n}@example.org", "role": "everywhere" });
    let role = &json!({ "role": "everywhere" });
    let links = rows(
        "",
        &[
            (POST, "/invitations", invitation, AccountAdmins, 201),
            (GET, "/invitations", NONE, Readers, 200),
            (GET, "/invitations/{invitation}", NONE, Readers, 200),
            (
                DELETE,
                "/invitations/{invitation}",
                NONE,
                AccountAdmins,
                204,
            ),
            (POST, "/invitations/preview", token, Open, 422),
            (POST, "/invitations/accept", reset, Open, 422),
            (POST, "/password-resets", reset, Open, 422),
        ],
    );
    let members = rows(
        "/members",
        &[
            (GET, "", NONE, Readers, 200),
            (GET, "/{member}", NONE, Readers, 200),
            (PATCH, "/{member}", name, AccountAdmins, 200),
            (DELETE, "/{member}", NONE, AccountAdmins, 204),
            (DELETE, "/{member}/totp", NONE, AccountAdmins, 204),
            (POST, "/{member}/password-reset", NONE, AccountAdmins, 201),
            (POST, "/{member}/memberships", role, OrgAdmins, 201),
            (
                GET,
                "/{member}/memberships/{membership}",
                NONE,
                Readers,
                200,
            ),
            (
                PATCH,
                "/{member}/memberships/{membership}",
                role,
                AccountAdmins,
                200,
            ),
            (
                DELETE,
                "/{member}/memberships/{membership}",
                NONE,
                AccountAdmins,
                204,
            ),
        ],
    );
    links.into_iter().chain(members).collect()
}

/// The whole installation, in and out.
fn transfer_cases() -> Vec<Case> {
    let post = &Method::POST;
    let backup = &json!({ "passphrase": "a long passphrase" });
    let seed = &json!({ "identity_seed": "{seed}" });
    let (tokens, seeds) = (&json!({ "tokens": [] }), &json!({ "seeds": true }));
    rows(
        "",
        &[
            (post, "/backup", backup, PlatformAdmins, 200),
            (GET, "/operator", NONE, PlatformReaders, 200),
            (PATCH, "/operator", seed, PlatformAdmins, 200),
            (post, "/operator/rotation", seed, PlatformAdmins, 201),
            (GET, "/operator/rotation", NONE, PlatformReaders, 200),
            (DELETE, "/operator/rotation", NONE, PlatformAdmins, 200),
            (GET, "/vault", NONE, PlatformReaders, 200),
            (post, "/vault/rotate", NONE, PlatformAdmins, 200),
            (post, "/transfer/import", tokens, PlatformAdmins, 200),
            (post, "/transfer/export", seeds, PlatformAdmins, 200),
        ],
    )
}

/// Of users that were made, all of them before the call.
fn operation_cases() -> Vec<Case> {
    rows(
        "/operations",
        &[
            (GET, "", NONE, Readers, 200),
            (GET, "/{operation}", NONE, Readers, 200),
            (POST, "/{operation}/cancel", NONE, AccountAdmins, 409),
            (POST, "/{operation}/credentials", NONE, Asker, 200),
            // It made no file.
            (POST, "/{operation}/file", NONE, Readers, 404),
        ],
    )
}
