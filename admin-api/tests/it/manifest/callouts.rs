//! Auth callouts in manifests: told and exported by names, and changed as by their own endpoint.

use accounts::{CurveKeyPair, KeyKind, KeyPair};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{actions, errors, summary, told, yaml};
use crate::harness::{Stack, on_both_databases, settled};

on_both_databases!(
    a_callout_is_made_changed_and_taken_away,
    what_is_exported_of_a_callout_changes_nothing,
    a_callout_is_copied_from_one_account_to_another,
    what_is_wrong_with_a_callout_is_told_with_its_place,
    who_answered_can_be_pruned_together_with_the_change,
    a_callout_needs_the_rights_that_it_needs_alone,
);

const PATH: &str = "/accounts/acme/auth-callout";

fn signing(seed: u8) -> String {
    let pair = KeyPair::from_entropy(KeyKind::Account, [seed; 32]);
    pair.public().to_string()
}

fn curve() -> String {
    CurveKeyPair::from_entropy([8; 32]).public().to_string()
}

fn user(name: &str, seed: u8) -> Value {
    let pair = KeyPair::from_entropy(KeyKind::User, [seed; 32]);
    json!({ "name": name, "public_key": pair.public().to_string() })
}

fn manifest(callout: Value, users: Value) -> Value {
    json!({ "version": 1, "name": "main", "accounts": [
        { "slug": "acme", "auth_callout": callout, "users": users }, { "slug": "beta" }] })
}

async fn a_callout_is_made_changed_and_taken_away(stack: Stack) {
    let users = json!([user("one", 1), user("two", 2)]);
    let first = json!({ "auth_users": ["one"], "allowed_accounts": ["beta"], "xkey": curve(),
        "signing_keys": [signing(7)] });
    // All of it is new: who answers, and the account where users may be placed.
    let first = manifest(first, users.clone());
    let tried = stack.post("/apply?dry_run=true", first.clone()).await;
    let done = stack.post("/apply", first.clone()).await;
    let all = [
        "create account /acme",
        "create account /beta",
        "create user acme/one",
        "create user acme/two",
        "create auth_callout /acme",
    ];
    assert_eq!(
        (told(&tried), told(&done)),
        (all.map(str::to_owned).into(), told(&tried))
    );
    assert_eq!(done.body["plan"], tried.body["plan"]);
    assert_eq!(
        done.body["changes"][4]["pointer"],
        "/accounts/0/auth_callout"
    );
    let set = stack.get(PATH).await;
    let beta = stack.get("/accounts/beta").await.body;
    assert_eq!(set.body["allowed_accounts"], json!([beta["id"]]));
    assert_eq!(
        (&set.body["version"], &set.body["live"]),
        (&json!(1), &json!(true))
    );
    let claims = stack.get("/accounts/acme/claims").await;
    let asked = &claims.body["nats"]["authorization"];
    assert_eq!(asked["auth_users"], json!([user("one", 1)["public_key"]]));
    assert_eq!(asked["allowed_accounts"], json!([beta["public_key"]]));
    let again = stack.post("/apply", first).await;
    assert_eq!(summary(&again), [0, 0, 0, 0, 5], "{}", again.text);

    // Names in another order, or ids and keys, are no difference; what differs is told by names.
    let second = json!({ "auth_users": [user("two", 2)["public_key"], "one"],
        "xkey": curve(), "signing_keys": [signing(7)] });
    let changed = stack.post("/apply", manifest(second, users.clone())).await;
    assert_eq!(told(&changed), ["change auth_callout /acme"]);
    assert_eq!(
        changed.body["changes"][4]["fields"],
        json!([
            { "field": "/auth_users", "from": ["one"], "to": ["one", "two"] },
            { "field": "/allowed_accounts", "from": ["beta"] },
        ])
    );
    let same = json!({ "auth_users": ["one", "two"], "xkey": curve(),
        "signing_keys": [signing(7)] });
    let same = stack.post("/apply", manifest(same, users.clone())).await;
    assert_eq!(summary(&same), [0, 0, 0, 0, 5], "{}", same.text);

    take_away(&stack, users).await;
}

/// What is not said stays; null takes it away.
async fn take_away(stack: &Stack, users: Value) {
    let silent = json!({ "version": 1, "name": "main", "accounts": [{ "slug": "acme" }] });
    let silent = stack.post("/apply?prune=true", silent).await;
    silent.expect_problem(422, "claims_refused");
    assert!(silent.text.contains("auth callout"), "{}", silent.text);
    let gone = stack
        .post("/apply", manifest(Value::Null, users.clone()))
        .await;
    assert_eq!(told(&gone), ["delete auth_callout /acme"]);
    let none = stack.get(PATH).await;
    assert_eq!(
        (&none.body["auth_users"], &none.body["version"]),
        (&json!([]), &json!(3))
    );
    let still = stack.post("/apply", manifest(Value::Null, users)).await;
    assert_eq!(summary(&still), [0, 0, 0, 0, 4], "{}", still.text);
    let noted = actions(stack).await;
    let count = |action: &str| noted.iter().filter(|one| *one == action).count();
    assert_eq!(
        (count("auth_callout.set"), count("auth_callout.delete")),
        (2, 1)
    );
}

/// An account with a callout that two users answer, in which users of another may be placed.
async fn furnish(stack: &Stack) {
    for slug in ["acme", "beta"] {
        stack.account(slug).await;
    }
    for name in ["one", "two"] {
        stack.user("acme", json!({ "name": name })).await;
    }
    let spec = json!({ "auth_users": ["two", "one"], "allowed_accounts": ["beta"],
        "xkey": curve(), "signing_keys": [signing(7), signing(6)] });
    let set = stack.send(Method::PUT, PATH, Some(spec)).await;
    set.expect(StatusCode::OK);
}

async fn what_is_exported_of_a_callout_changes_nothing(stack: Stack) {
    furnish(&stack).await;
    let key = stack.account_key("acme").await;
    for path in ["/manifest", "/accounts/acme/manifest?users=true"] {
        for token in [&stack.token, &key] {
            let export = stack.send_as(token, Method::GET, path, None).await;
            export.expect(StatusCode::OK);
            let said = &export.body["accounts"][0]["auth_callout"];
            assert_eq!(said["auth_users"], json!(["one", "two"]), "{}", export.text);
            assert_eq!(said["allowed_accounts"], json!(["beta"]));
            let body = Some(export.body.clone());
            let applied = stack.send_as(token, Method::POST, "/apply", body).await;
            assert_eq!(told(&applied), [""; 0], "{path}: {}", applied.text);
        }
    }
    assert_eq!(stack.get(PATH).await.body["version"], 1);

    // An account of elsewhere, which a platform admin has allowed, has no name for the tenant.
    let other = stack.post("/orgs", json!({ "name": "Other" })).await;
    other.expect(StatusCode::CREATED);
    let far = json!({ "name": "far", "org": "other" });
    let far = stack.post("/accounts", far).await.body;
    let spec = json!({ "auth_users": ["one"], "allowed_accounts": ["far", "beta"] });
    let set = stack.send(Method::PUT, PATH, Some(spec)).await;
    set.expect(StatusCode::OK);
    let path = "/accounts/acme/manifest";
    let export = stack.send_as(&key, Method::GET, path, None).await;
    let said = &export.body["accounts"][0]["auth_callout"]["allowed_accounts"];
    assert_eq!(*said, json!([far["id"], "beta"]));
    let applied = stack
        .send_as(&key, Method::POST, "/apply", Some(export.body))
        .await;
    assert_eq!(told(&applied), [""; 0], "{}", applied.text);

    // One that is deleted is no part of it, and comes back with its account.
    let deleted = stack.delete("/accounts/beta").await;
    assert!(deleted.status.is_success(), "{}", deleted.text);
    let export = stack.get(path).await;
    let said = &export.body["accounts"][0]["auth_callout"]["allowed_accounts"];
    assert_eq!(*said, json!(["far"]));
    assert_eq!(told(&stack.post("/apply", export.body).await), [""; 0]);
    let kept = stack.get(PATH).await;
    assert_eq!(kept.body["allowed_accounts"].as_array().unwrap().len(), 2);
}

async fn a_callout_is_copied_from_one_account_to_another(stack: Stack) {
    furnish(&stack).await;
    stack.account("stage").await;
    let text = stack.get("/accounts/acme/manifest").await.text;
    let apply = async || {
        let request = ("application/json", text.as_str());
        super::send(&stack, &stack.token, "/accounts/stage/apply", request).await
    };
    // Who answers there has to be there.
    let refused = apply().await;
    refused.expect_problem(422, "invalid");
    assert_eq!(
        errors(&refused),
        [(
            "/accounts/0/auth_callout/auth_users/0".into(),
            "invalid".into()
        )]
    );
    for name in ["one", "two"] {
        stack.user("stage", json!({ "name": name })).await;
    }
    let copied = apply().await;
    assert_eq!(told(&copied), ["create auth_callout /stage"]);
    assert_eq!(told(&apply().await), [""; 0]);
    let said = async |path: &str| stack.get(path).await.body["accounts"][0]["auth_callout"].clone();
    let there = said("/accounts/stage/manifest").await;
    assert_eq!(there, said("/accounts/acme/manifest").await);

    // With its users, they come first.
    stack.account("third").await;
    let text = stack.get("/accounts/acme/manifest?users=true").await.text;
    let copied = yaml(&stack, "/accounts/third/apply", &text).await;
    assert_eq!(
        told(&copied),
        [
            "create user third/one",
            "create user third/two",
            "create auth_callout /third"
        ]
    );
}

async fn what_is_wrong_with_a_callout_is_told_with_its_place(stack: Stack) {
    furnish(&stack).await;
    let key = stack.account_key("acme").await;
    let before = stack.get(PATH).await;
    for (place, code, callout) in [
        (
            "/auth_users/1",
            "invalid",
            json!({ "auth_users": ["one", "nobody"] }),
        ),
        (
            "/auth_users/1",
            "invalid",
            json!({ "auth_users": ["one", "one"] }),
        ),
        ("/auth_users", "invalid", json!({ "xkey": curve() })),
        ("/auth_users/0", "wrong_type", json!({ "auth_users": [7] })),
        (
            "/xkey",
            "invalid",
            json!({ "auth_users": ["one"], "xkey": signing(7) }),
        ),
        (
            "/signing_keys/0",
            "invalid",
            json!({ "signing_keys": ["nope"] }),
        ),
        (
            "/signing_keys",
            "wrong_type",
            json!({ "signing_keys": "nope" }),
        ),
        (
            "/signing_key",
            "unknown_field",
            json!({ "signing_key": [] }),
        ),
        (
            "/allowed_accounts/1",
            "invalid",
            json!({ "auth_users": ["one"], "allowed_accounts": ["beta", "nowhere"] }),
        ),
        (
            "/allowed_accounts/0",
            "invalid",
            json!({ "auth_users": ["one"], "allowed_accounts": ["*"] }),
        ),
        ("", "wrong_type", json!("nobody")),
    ] {
        let body = json!({ "version": 1, "name": "main", "accounts": [
            { "slug": "acme", "auth_callout": callout }] });
        let refused = stack
            .send_as(&key, Method::POST, "/apply", Some(body))
            .await;
        refused.expect_problem(422, "invalid");
        let place = format!("/accounts/0/auth_callout{place}");
        assert_eq!(errors(&refused), [(place, code.into())], "{}", refused.text);
    }
    assert_eq!(stack.get(PATH).await.body, before.body);
}

async fn who_answered_can_be_pruned_together_with_the_change(stack: Stack) {
    let answered_by = |name: &str, seed| {
        let callout = json!({ "auth_users": [name], "signing_keys": [signing(7)] });
        manifest(callout, json!([user(name, seed)]))
    };
    let made = stack.post("/apply", answered_by("one", 1)).await;
    made.expect(StatusCode::OK);
    let pair = KeyPair::from_entropy(KeyKind::User, [1; 32]);
    let jwt = made.body["credentials"][0]["jwt"].as_str().unwrap();
    let creds = accounts::creds::format(jwt, &pair.seed());
    let one = stack.connect(&creds).await.unwrap();
    settled(&one).await;
    let next = answered_by("two", 2);
    let tried = stack
        .post("/apply?prune=true&dry_run=true", next.clone())
        .await;
    let all = [
        "create user acme/two",
        "change auth_callout /acme",
        "delete user acme/one",
    ];
    assert_eq!(told(&tried), all);
    assert_eq!(tried.body["impact"]["connections_closed"], 1);
    let done = stack.post("/apply?prune=true", next).await;
    assert_eq!(told(&done), all);
    assert_eq!(done.body["live"], true);
    assert!(stack.connect(&creds).await.is_err(), "gone");
    let claims = stack.get("/accounts/acme/claims").await;
    let asked = &claims.body["nats"]["authorization"]["auth_users"];
    assert_eq!(*asked, json!([user("two", 2)["public_key"]]));
}

async fn a_callout_needs_the_rights_that_it_needs_alone(stack: Stack) {
    furnish(&stack).await;
    let observer = json!({ "name": "o", "role": "account_observer", "account": "acme" });
    let observer = stack.post("/api-keys", observer).await;
    let observer = observer.body["token"].as_str().unwrap().to_owned();
    let apply = async |callout: Value| {
        let body = json!({ "version": 1, "name": "main", "accounts": [
            { "slug": "acme", "auth_callout": callout }] });
        stack
            .send_as(&observer, Method::POST, "/apply", Some(body))
            .await
    };
    let export = stack.get("/accounts/acme/manifest").await;
    let same = export.body["accounts"][0]["auth_callout"].clone();
    assert_eq!(told(&apply(same).await), [""; 0], "nothing differs");
    let refused = apply(Value::Null).await;
    refused.expect_problem(403, "forbidden");
    assert_eq!(
        errors(&refused),
        [("/accounts/0/auth_callout".into(), "forbidden".into())]
    );
}
