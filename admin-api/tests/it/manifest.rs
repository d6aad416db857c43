//! Manifests: applied as a whole or not at all, told before and after, and pruned with care.

use futures_util::StreamExt as _;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, DEADLINE, Stack, http, on_both_databases, settled};

mod callouts;

on_both_databases!(
    the_documented_manifest_makes_everything_once,
    what_is_exported_changes_nothing,
    settings_are_copied_from_one_account_to_another,
    a_difference_is_told_field_by_field,
    every_error_is_told_at_once_and_nothing_is_made,
    what_is_no_manifest_is_refused,
    only_what_the_manifest_made_is_pruned,
    what_was_made_by_hand_can_be_adopted,
    one_manifest_does_not_change_what_another_made,
    a_plan_that_was_looked_at_is_what_is_done,
    manifests_that_meet_take_turns,
    everybody_applies_what_they_may,
    what_is_only_advertised_is_asked_for,
    a_user_is_rotated_by_another_key,
);

/// Sends a manifest as it is.
async fn send(stack: &Stack, token: &str, path: &str, (kind, text): (&str, &str)) -> Answer {
    let request = http().post(stack.url(&format!("/api/v1{path}")));
    let request = request.bearer_auth(token).header("content-type", kind);
    Answer::read(request.body(text.to_owned())).await
}

async fn yaml(stack: &Stack, path: &str, text: &str) -> Answer {
    send(stack, &stack.token, path, ("application/yaml", text)).await
}

/// The example of the documentation.
fn documented() -> String {
    let text = include_str!("../../../docs/apply.md");
    let (_, rest) = text.split_once("```yaml\n").unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

fn summary(answer: &Answer) -> [u64; 5] {
    answer.expect(StatusCode::OK);
    let count = |name: &str| answer.body["summary"][name].as_u64().unwrap();
    ["created", "changed", "deleted", "requested", "unchanged"].map(count)
}

/// What happens, as `action kind account/name`.
fn told(answer: &Answer) -> Vec<String> {
    answer.expect(StatusCode::OK);
    let changes = answer.body["changes"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    changes
        .filter(|change| change["action"] != "unchanged")
        .map(|change| {
            let [action, kind, account, name] =
                ["action", "kind", "account", "name"].map(|field| text(&change[field]));
            format!("{action} {kind} {account}/{name}")
        })
        .collect()
}

/// The places and codes of a problem.
fn errors(answer: &Answer) -> Vec<(String, String)> {
    let errors = answer.body["errors"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    errors
        .map(|error| (text(&error["pointer"]), text(&error["code"])))
        .collect()
}

async fn actions(stack: &Stack) -> Vec<String> {
    let entries = stack.get("/audit?limit=500").await;
    entries.expect(StatusCode::OK);
    let entries = entries.body["data"].as_array().unwrap().iter();
    let made = entries.filter(|entry| entry["dry_run"] != true);
    made.map(|entry| entry["action"].as_str().unwrap().to_owned())
        .collect()
}

fn desk_key() -> accounts::KeyPair {
    accounts::KeyPair::from_entropy(accounts::KeyKind::User, [7; 32])
}

async fn the_documented_manifest_makes_everything_once(stack: Stack) {
    let text = documented();
    let before = actions(&stack).await;
    let tried = yaml(&stack, "/apply?dry_run=true", &text).await;
    assert_eq!(summary(&tried), [10, 0, 0, 0, 0], "{}", tried.text);
    assert_eq!(tried.body["applied"], false);
    assert_eq!(tried.body["impact"]["connections_closed"], 0);
    assert!(tried.body["credentials"].is_null());
    stack
        .get("/accounts/shop-orders")
        .await
        .expect_problem(404, "not_found");
    assert_eq!(actions(&stack).await, before, "a look leaves no changes");

    let done = yaml(&stack, "/apply", &text).await;
    assert_eq!(summary(&done), [10, 0, 0, 0, 0], "{}", done.text);
    assert_eq!(done.body["applied"], true);
    assert_eq!(done.body["live"], true);
    assert_eq!(done.body["plan"], tried.body["plan"]);
    assert_eq!(done.headers["cache-control"], "no-store");
    let account = stack.get("/accounts/shop-orders").await;
    assert_eq!(account.body["limits"]["connections"], 250);
    assert_eq!(account.body["limits"]["exports"], 10, "of the plan");
    assert_eq!(account.body["tags"], json!(["team:orders"]));
    assert_eq!(account.body["live"], true);
    let made = actions(&stack).await;
    for action in [
        "org.create",
        "plan.create",
        "account.create",
        "role.create",
        "export.create",
        "import.create",
        "user.create",
        "manifest.apply",
    ] {
        assert!(made.contains(&action.to_owned()), "{action}: {made:?}");
    }

    // It works: with the seed that only its owner has.
    let jwt = done.body["credentials"][0]["jwt"].as_str().unwrap();
    let creds = accounts::creds::format(jwt, &desk_key().seed());
    let desk = stack.connect(&creds).await.unwrap();
    let billing = stack.user("shop-billing", json!({ "name": "app" })).await;
    let billing = stack.connect(&billing).await.unwrap();
    let mut placed = billing.subscribe("placed").await.unwrap();
    settled(&billing).await;
    desk.publish("orders.placed", "one".into()).await.unwrap();
    desk.flush().await.unwrap();
    let message = tokio::time::timeout(DEADLINE, placed.next()).await;
    assert_eq!(message.unwrap().unwrap().payload, "one");

    let entries = actions(&stack).await;
    let again = yaml(&stack, "/apply", &text).await;
    assert_eq!(summary(&again), [0, 0, 0, 0, 10], "{}", again.text);
    assert!(again.body["credentials"].is_null());
    assert_eq!(actions(&stack).await, entries, "nothing happened");
    let later = stack.get("/accounts/shop-orders").await;
    assert_eq!(later.body["generation"], account.body["generation"]);
}

/// An account with something of everything.
async fn furnish(stack: &Stack) {
    stack.account("globex").await;
    let open = json!({ "subject": "open.>", "kind": "stream", "visibility": "public" });
    let post = async |path: &str, body: Value| {
        let made = stack.post(path, body).await;
        made.expect(StatusCode::CREATED);
    };
    post("/accounts/globex/exports", open).await;
    let plan = json!({ "name": "Gold", "default": true, "limits": {
        "connections": 100, "jetstream": { "disk_bytes": 5 } } });
    post("/plans", plan).await;
    let acme = json!({ "name": "acme", "plan": "gold", "limits": { "payload_bytes": 1000 } });
    post("/accounts", acme).await;
    let settings = json!({ "description": "d\nx", "tags": ["a", "k:v"], "info_url": "https://a.b",
        "default_permissions": { "publish": { "deny": ["x"] } },
        "mappings": { "a.*": [{ "subject": "b.{{wildcard(1)}}", "weight": 50 }] } });
    let set = stack.send(Method::PATCH, "/accounts/acme/settings", Some(settings));
    set.await.expect(StatusCode::OK);
    let role = json!({ "name": "sensor", "permissions": { "publish": { "allow": [] },
        "allow_responses": { "max": 3 } }, "limits": { "subscriptions": 7 },
        "conditions": { "src": ["10.0.0.0/8"] } });
    post("/accounts/acme/roles", role).await;
    post("/accounts/acme/roles", json!({ "name": "plain" })).await;
    let service = json!({ "subject": "svc.>", "kind": "service", "allow": ["globex"],
        "name": "Service", "response_type": "chunked", "advertised": true,
        "details": { "latency": { "results": "lat" }, "tags": ["t"] } });
    post("/accounts/acme/exports", service).await;
    post(
        "/accounts/acme/exports",
        json!({ "subject": "p", "kind": "service" }),
    )
    .await;
    let import = json!({ "account": "globex", "subject": "open.a", "kind": "stream",
        "local_subject": "in.a", "details": { "allow_trace": true } });
    post("/accounts/acme/imports", import).await;
    let user = json!({ "name": "u1", "role": "sensor", "tags": ["x:y"] });
    post("/accounts/acme/users", user).await;
    let user = json!({ "name": "u2", "permissions": { "subscribe": { "allow": ["a"] } },
        "never_expires": true });
    post("/accounts/acme/users", user).await;
}

async fn what_is_exported_changes_nothing(stack: Stack) {
    furnish(&stack).await;
    for path in [
        "/manifest?users=true",
        "/orgs/default/manifest",
        "/accounts/acme/manifest?users=true",
    ] {
        let json = stack.get(path).await;
        json.expect(StatusCode::OK);
        let request = http().get(stack.url(&format!("/api/v1{path}")));
        let request = request.bearer_auth(&stack.token);
        let text = Answer::read(request.header("accept", "application/yaml")).await;
        assert_eq!(text.headers["content-type"], "application/yaml");
        for answer in [
            yaml(&stack, "/apply", &text.text).await,
            stack.post("/apply", json.body.clone()).await,
        ] {
            let [created, changed, deleted, requested, unchanged] = summary(&answer);
            let changes = (created, changed, deleted, requested);
            assert_eq!(changes, (0, 0, 0, 0), "{path}: {}", answer.text);
            assert!(unchanged > 2, "{path}: {}", answer.text);
        }
        assert!(!json.text.contains("created_at"), "{path}");
    }
    let own = stack.get("/accounts/acme/manifest").await;
    let acme = &own.body["accounts"][0];
    assert_eq!(acme["limits"], json!({ "payload_bytes": 1000 }));
    assert_eq!(acme["roles"][1], json!({ "name": "plain" }), "brief");
    assert_eq!(acme["users"], Value::Null, "only when asked for");
}

async fn settings_are_copied_from_one_account_to_another(stack: Stack) {
    furnish(&stack).await;
    stack.account("stage").await;
    let text = stack.get("/accounts/acme/manifest").await;
    let copied = yaml(&stack, "/accounts/stage/apply", &text.text).await;
    assert_eq!(summary(&copied), [5, 1, 0, 0, 0], "{}", copied.text);
    let (dev, stage) = (
        stack.get("/accounts/acme/manifest").await,
        stack.get("/accounts/stage/manifest").await,
    );
    let mut stage = stage.body["accounts"][0].clone();
    assert_eq!(
        (&stage["slug"], &stage["name"]),
        (&json!("stage"), &json!("stage"))
    );
    for name in ["slug", "name"] {
        stage[name] = dev.body["accounts"][0][name].clone();
    }
    // Roles come in the order in which they were made.
    assert_eq!(stage, dev.body["accounts"][0]);
    let again = yaml(&stack, "/accounts/stage/apply", &text.text).await;
    assert_eq!(summary(&again), [0, 0, 0, 0, 6]);

    // The account's own admin has no limits in it, and so may apply it.
    let key = stack.account_key("stage").await;
    let own = stack
        .send_as(&key, Method::GET, "/accounts/stage/manifest", None)
        .await;
    assert_eq!(own.body["accounts"][0]["limits"], Value::Null);
    let applied = send(&stack, &key, "/apply", ("application/json", &own.text)).await;
    assert_eq!(summary(&applied), [0, 0, 0, 0, 6]);
    let two = json!({ "version": 1, "name": "xx", "orgs": [{ "slug": "o1" }], "accounts": [] });
    let refused = stack.post("/accounts/stage/apply", two).await;
    refused.expect_problem(422, "invalid");
    let places = [("/orgs", "invalid"), ("/accounts", "invalid")];
    assert_eq!(errors(&refused), places.map(|(p, c)| (p.into(), c.into())));
}

async fn a_difference_is_told_field_by_field(stack: Stack) {
    let first = "
version: 1
name: main
accounts:
- slug: acme
  limits: { connections: 10 }
  mappings: { a: [ { subject: b } ] }
  roles: [ { name: r1, permissions: { publish: { allow: [ x ] } } }, { name: r2 } ]
";
    yaml(&stack, "/apply", first).await.expect(StatusCode::OK);
    let before = stack.get("/accounts/acme").await.body;
    let second = "
version: 1
name: main
accounts:
- slug: acme
  limits: {}
  mappings: {}
  roles: [ { name: r1, permissions: { publish: { allow: [ x, y ] } } }, { name: r2, bearer: true } ]
";
    let tried = yaml(&stack, "/apply?dry_run=true", second).await;
    let done = yaml(&stack, "/apply", second).await;
    assert_eq!(summary(&done), [0, 3, 0, 0, 0]);
    assert_eq!(done.body["changes"], tried.body["changes"]);
    assert_eq!(done.body["plan"], tried.body["plan"]);
    let fields = |at: usize| done.body["changes"][at]["fields"].clone();
    assert_eq!(
        fields(0),
        json!([
            { "field": "/limits/connections", "from": 10 },
            { "field": "/mappings/a", "from": [{ "subject": "b", "weight": 100 }] },
        ])
    );
    let lists = json!([{ "field": "/permissions/publish/allow", "from": ["x"], "to": ["x", "y"] }]);
    assert_eq!(fields(1), lists);
    assert_eq!(
        fields(2),
        json!([{ "field": "/bearer", "from": false, "to": true }])
    );
    assert_eq!(done.body["changes"][1]["pointer"], "/accounts/0/roles/0");
    let after = stack.get("/accounts/acme").await.body;
    assert_eq!(after["limits"]["connections"], -1);
    let generation = |account: &Value| account["generation"].as_i64().unwrap();
    assert_eq!(generation(&after), generation(&before) + 1, "minted once");
    let account = after["id"].as_str().unwrap();
    let entries = stack
        .get(&format!("/audit?filter[account]={account}&limit=4"))
        .await;
    let entries = entries.body["data"].as_array().unwrap().clone();
    let shown: Vec<_> = entries.iter().map(|entry| &entry["action"]).collect();
    assert!(shown.contains(&&json!("role.update")), "{shown:?}");
    let role = entries
        .iter()
        .find(|entry| entry["after"]["name"] == "r2")
        .unwrap();
    assert_eq!(
        (&role["before"]["bearer"], &role["after"]["bearer"]),
        (&json!(false), &json!(true))
    );
}

async fn every_error_is_told_at_once_and_nothing_is_made(stack: Stack) {
    stack.account("globex").await;
    let before = actions(&stack).await;
    let text = "
version: 1
name: main
accounts:
- slug: acme
  plan: nowhere
- slug: beta
  org: other
- slug: gamma
  limits: { payload_bytes: 5 }
  mappings: { 'a..b': [ { subject: b } ] }
- slug: delta
  tags: [ 'not a tag' ]
  roles:
  - { name: 'no.token' }
  - { name: fine }
  - { name: fine }
  exports:
  - { subject: a.>, kind: stream }
  - { subject: a.b, kind: stream }
  - { subject: '$SYS.x', kind: service }
  imports:
  - { account: globex, subject: secret, kind: stream }
  users:
  - { name: u, public_key: nope }
  - { name: v, role: none, public_key: UDVEU3DD4KOFECV66VIHWEZOYX4ZKR3WV27L464SIIPOU2IUI3JCYSJF }
";
    for path in ["/apply?dry_run=true", "/apply"] {
        let refused = yaml(&stack, path, text).await;
        refused.expect_problem(422, "invalid");
        let told = errors(&refused);
        for (pointer, code) in [
            ("/accounts/0/plan", "invalid"),
            ("/accounts/1/org", "invalid"),
            ("/accounts/2/mappings/a..b", "invalid"),
            ("/accounts/3/tags/0", "invalid"),
            ("/accounts/3/roles/0/name", "invalid"),
            ("/accounts/3/roles/2", "invalid"),
            ("/accounts/3/exports/1", "export_exists"),
            ("/accounts/3/exports/2/subject", "invalid"),
            ("/accounts/3/imports/0", "export_not_available"),
            ("/accounts/3/users/0/public_key", "invalid"),
            ("/accounts/3/users/1/role", "invalid"),
        ] {
            let is_told = told.contains(&(pointer.to_owned(), code.to_owned()));
            assert!(is_told, "{pointer} {code}: {told:?}");
        }
        assert_eq!(told.len(), 11, "{told:?}");
    }
    assert_eq!(actions(&stack).await, before);
    let left = stack.get("/accounts").await;
    assert_eq!(left.body["data"].as_array().unwrap().len(), 1, "globex");
}

async fn what_is_no_manifest_is_refused(stack: Stack) {
    let two = "{version: 1, name: main, plans: [{slug: p1, default: true}, \
               {slug: p2, default: true}]}";
    let refused = yaml(&stack, "/apply", two).await;
    assert_eq!(
        errors(&refused),
        [("/plans/1/default".into(), "invalid".into())]
    );

    let broken = yaml(&stack, "/apply", "version: 1\nname: main\naccounts: [ {\n").await;
    broken.expect_problem(400, "bad_request");
    assert!(broken.text.contains("line 3"), "{}", broken.text);
    let odd = send(&stack, &stack.token, "/apply", ("text/csv", "a,b")).await;
    odd.expect_problem(415, "unsupported_media_type");
    let large = format!("version: 1\nname: {}\n", "x".repeat(4 << 20));
    yaml(&stack, "/apply", &large)
        .await
        .expect_problem(413, "too_large");
    let many = vec!["{slug: a1}"; 5001].join(", ");
    let many = format!("{{version: 1, name: main, accounts: [{many}]}}");
    yaml(&stack, "/apply", &many)
        .await
        .expect_problem(422, "manifest_too_large");
}

/// Something of everything.
const WHOLE: &str = "
version: 1
name: main
plans: [ { slug: tiny } ]
orgs: [ { slug: org-two } ]
accounts:
- slug: acme
  roles: [ { name: r1 }, { name: by-hand } ]
  exports: [ { subject: a, kind: stream, visibility: public } ]
  users:
  - { name: u, role: r1, public_key: UDVEU3DD4KOFECV66VIHWEZOYX4ZKR3WV27L464SIIPOU2IUI3JCYSJF }
- slug: made
  imports: [ { account: acme, subject: a, kind: stream } ]
";

async fn only_what_the_manifest_made_is_pruned(stack: Stack) {
    stack.account("acme").await;
    let by_hand = json!({ "name": "by-hand" });
    let made = stack.post("/accounts/acme/roles", by_hand).await;
    made.expect(StatusCode::CREATED);
    yaml(&stack, "/apply", WHOLE).await.expect(StatusCode::OK);
    let less = "{version: 1, name: main, accounts: [{slug: acme}]}";
    let kept = yaml(&stack, "/apply", less).await;
    assert_eq!(summary(&kept), [0, 0, 0, 0, 1], "nothing goes by itself");
    let tried = yaml(&stack, "/apply?prune=true&dry_run=true", less).await;
    let all = [
        "delete export acme/stream a",
        "delete user acme/u",
        "delete role acme/r1",
        "delete account /made",
        "delete plan /tiny",
        "delete org /org-two",
    ];
    assert_eq!(told(&tried), all);
    assert_eq!(tried.body["impact"]["imports_broken"]["count"], 1);
    stack.get("/accounts/made").await.expect(StatusCode::OK);

    // What somebody has is not torn away from them.
    let in_use = "
version: 1
name: main
accounts:
- slug: acme
  users:
  - { name: u, role: r1, public_key: UDVEU3DD4KOFECV66VIHWEZOYX4ZKR3WV27L464SIIPOU2IUI3JCYSJF }
";
    let refused = yaml(&stack, "/apply?prune=true", in_use).await;
    refused.expect_problem(409, "role_in_use");

    let done = yaml(&stack, "/apply?prune=true", less).await;
    assert_eq!(told(&done), all);
    let roles = stack.get("/accounts/acme/roles").await;
    let names: Vec<_> = roles.body["data"].as_array().unwrap().iter().collect();
    assert_eq!(names.len(), 1);
    assert_eq!(names[0]["name"], "by-hand");
    stack
        .get("/accounts/made")
        .await
        .expect_problem(404, "not_found");
    let undeleted = stack.post("/deleted-accounts/made/undelete", json!({}));
    undeleted.await.expect(StatusCode::OK);
    let again = yaml(&stack, "/apply?prune=true", less).await;
    assert_eq!(
        told(&again),
        ["delete account /made"],
        "it is still the manifest's"
    );
    assert_eq!(
        told(&yaml(&stack, "/apply?prune=true", less).await),
        [""; 0]
    );
    let other = "{version: 1, name: other, accounts: [{slug: acme}]}";
    assert_eq!(
        told(&yaml(&stack, "/apply?prune=true", other).await),
        [""; 0]
    );
}

async fn what_was_made_by_hand_can_be_adopted(stack: Stack) {
    stack.account("acme").await;
    let made = stack
        .post("/accounts/acme/roles", json!({ "name": "by-hand" }))
        .await;
    made.expect(StatusCode::CREATED);
    let less = "{version: 1, name: main, accounts: [{slug: acme}]}";
    let adopts = "{version: 1, name: main, accounts: [{slug: acme, roles: [{name: by-hand}]}]}";
    yaml(&stack, "/apply", adopts).await.expect(StatusCode::OK);
    let kept = yaml(&stack, "/apply?prune=true", less).await;
    assert_eq!(told(&kept), [""; 0]);
    yaml(&stack, "/apply?adopt=true", adopts)
        .await
        .expect(StatusCode::OK);
    let done = yaml(&stack, "/apply?prune=true", less).await;
    assert_eq!(told(&done), ["delete role acme/by-hand"]);
}

async fn one_manifest_does_not_change_what_another_made(stack: Stack) {
    let manifest = |name: &str, text: &str| {
        json!({ "version": 1, "name": name, "accounts": [
            { "slug": "acme", "roles": [{ "name": "r", "description": text }] }] })
    };
    let apply = async |query: &str, body| stack.post(&format!("/apply{query}"), body).await;
    let made = apply("", manifest("one", "a")).await;
    assert_eq!(summary(&made)[0], 2);
    let same = apply("", manifest("two", "a")).await;
    assert_eq!(
        summary(&same),
        [0, 0, 0, 0, 2],
        "to say the same is no quarrel"
    );
    let other = apply("", manifest("two", "b")).await;
    other.expect_problem(409, "managed_elsewhere");
    assert!(other.text.contains("`one`"), "{}", other.text);
    let taken = apply("?adopt=true", manifest("two", "b")).await;
    assert_eq!(told(&taken), ["change role acme/r"]);
    let none = json!({ "version": 1, "name": "one" });
    assert_eq!(told(&apply("?prune=true", none).await), [""; 0]);
    let none = json!({ "version": 1, "name": "two" });
    assert_eq!(
        told(&apply("?prune=true", none).await),
        ["delete account /acme"]
    );
}

async fn a_plan_that_was_looked_at_is_what_is_done(stack: Stack) {
    stack.account("acme").await;
    let text = |value: &str| {
        format!("{{version: 1, name: main, accounts: [{{slug: acme, description: {value}}}]}}")
    };
    let plan = async |value: &str| {
        let looked = yaml(&stack, "/apply?dry_run=true", &text(value)).await;
        looked.expect(StatusCode::OK);
        looked.body["plan"].as_str().unwrap().to_owned()
    };
    let apply = async |value: &str, plan: &str| {
        let request = http().post(stack.url("/api/v1/apply"));
        let request = request.bearer_auth(&stack.token).body(text(value));
        let request = request.header("content-type", "application/yaml");
        Answer::read(request.header("if-match", plan)).await
    };
    let seen = plan("one").await;
    let changed = stack.send(
        Method::PATCH,
        "/accounts/acme/settings",
        Some(json!({ "description": "meanwhile" })),
    );
    changed.await.expect(StatusCode::OK);
    let stale = apply("one", &format!("\"{seen}\"")).await;
    stale.expect_problem(412, "precondition_failed");
    let now = stack.get("/accounts/acme/settings").await;
    assert_eq!(now.body["description"], "meanwhile");
    let seen = plan("one").await;
    let other = apply("two", &format!("\"{seen}\"")).await;
    other.expect_problem(412, "precondition_failed");
    let done = apply("one", &format!("\"{seen}\"")).await;
    assert_eq!(summary(&done)[1], 1);
    apply("one", "unquoted")
        .await
        .expect_problem(400, "bad_request");
}

async fn manifests_that_meet_take_turns(stack: Stack) {
    let text = |name: &str| {
        let account = |slug: &str| {
            json!({ "slug": slug, "roles": [{ "name": "shared" }, { "name": name }],
                    "exports": [{ "subject": format!("{name}.>"), "kind": "stream" }] })
        };
        let (one, two) = (account("acme"), account("beta"));
        let both = if name == "n1" { [one, two] } else { [two, one] };
        json!({ "version": 1, "name": name, "accounts": both }).to_string()
    };
    let names = ["n1", "n2", "n3"].map(text);
    let all = names
        .iter()
        .chain(&names)
        .map(|text| send(&stack, &stack.token, "/apply", ("application/json", text)));
    let answers = futures_util::future::join_all(all).await;
    let created: u64 = answers.iter().map(|answer| summary(answer)[0]).sum();
    // Two accounts with four roles and three exports each, each made by one of them.
    assert_eq!(created, 2 + 2 * 4 + 2 * 3);
    let roles = stack.get("/accounts/beta/roles").await;
    assert_eq!(roles.body["data"].as_array().unwrap().len(), 4);
}

async fn everybody_applies_what_they_may(stack: Stack) {
    stack.account("acme").await;
    stack.account("globex").await;
    let key = stack.account_key("acme").await;
    let apply = async |token: &str, accounts: Value| {
        let body = json!({ "version": 1, "name": "main", "accounts": accounts });
        let path = "/apply?prune=true";
        stack.send_as(token, Method::POST, path, Some(body)).await
    };
    let own = json!([{ "slug": "acme", "description": "ours", "roles": [{ "name": "r" }] }]);
    assert_eq!(summary(&apply(&key, own.clone()).await)[..2], [1, 1]);
    let limits = json!([{ "slug": "acme", "limits": { "connections": 5 } }]);
    let refused = apply(&key, limits).await;
    refused.expect_problem(403, "forbidden");
    assert!(refused.text.contains("limits:write"), "{}", refused.text);
    // Whether it is there is not told.
    for slug in ["globex", "nobody"] {
        let foreign = apply(&key, json!([{ "slug": slug, "description": "mine" }])).await;
        foreign.expect_problem(403, "forbidden");
        assert_eq!(
            errors(&foreign),
            [("/accounts/0".into(), "forbidden".into())]
        );
    }
    let globex = stack.get("/accounts/globex").await;
    assert_eq!(globex.body["description"], "");

    let observer = json!({ "name": "o", "role": "account_observer", "account": "acme" });
    let observer = stack.post("/api-keys", observer).await;
    let observer = observer.body["token"].as_str().unwrap().to_owned();
    assert_eq!(summary(&apply(&observer, own).await), [0, 0, 0, 0, 2]);
    let change = json!([{ "slug": "acme", "roles": [{ "name": "r", "bearer": true }] }]);
    let refused = apply(&observer, change).await;
    refused.expect_problem(403, "forbidden");

    // A manifest of the same name is another one when the platform applies it.
    let none = json!({ "version": 1, "name": "main" });
    let pruned = stack.post("/apply?prune=true", none.clone()).await;
    assert_eq!(told(&pruned), [""; 0]);
    let pruned = stack
        .send_as(&key, Method::POST, "/apply?prune=true", Some(none))
        .await;
    assert_eq!(told(&pruned), ["delete role acme/r"]);
}

async fn what_is_only_advertised_is_asked_for(stack: Stack) {
    stack.account("acme").await;
    stack.account("globex").await;
    for subject in ["data.>", "more.>"] {
        let offer = json!({ "subject": subject, "kind": "stream", "advertised": true });
        let made = stack.post("/accounts/globex/exports", offer).await;
        made.expect(StatusCode::CREATED);
    }
    let import = json!({ "account": "globex", "subject": "data.a", "kind": "stream" });
    let apply = async |import: &Value| {
        let accounts = json!([{ "slug": "acme", "imports": [import] }]);
        let body = json!({ "version": 1, "name": "main", "accounts": accounts });
        stack.post("/apply", body).await
    };
    let refused = apply(&import).await;
    refused.expect_problem(422, "export_not_available");
    let mut asking = import.clone();
    asking["request"] = json!("please");
    let asked = apply(&asking).await;
    assert_eq!(
        told(&asked),
        ["request import acme/stream data.a from globex"]
    );
    assert_eq!(summary(&apply(&asking).await), [0, 0, 0, 0, 2], "it waits");
    let requests = stack.get("/accounts/globex/share-requests").await;
    assert_eq!(requests.body["data"][0]["message"], "please");
    let id = requests.body["data"][0]["id"].as_str().unwrap();
    let path = format!("/accounts/globex/share-requests/{id}");
    let approved = stack.post(&format!("{path}/approve"), json!({})).await;
    approved.expect(StatusCode::OK);
    assert_eq!(
        summary(&apply(&asking).await),
        [0, 0, 0, 0, 2],
        "it is there"
    );
    asking["local_subject"] = json!("from.globex");
    let moved = apply(&asking).await;
    assert_eq!(
        told(&moved),
        ["change import acme/stream data.a from globex"]
    );
    let there = stack.get("/accounts/acme/imports").await;
    assert_eq!(there.body["data"].as_array().unwrap().len(), 1);
    assert_eq!(there.body["data"][0]["local_subject"], "from.globex");
    assert_eq!(there.body["data"][0]["status"], "active");

    (asking["subject"], asking["local_subject"]) = (json!("more.b"), json!("b"));
    apply(&asking).await.expect(StatusCode::OK);
    let requests = stack
        .get("/accounts/globex/share-requests?filter[state]=pending")
        .await;
    let id = requests.body["data"][0]["id"].as_str().unwrap();
    let path = format!("/accounts/globex/share-requests/{id}/deny");
    let denied = stack.post(&path, json!({ "reason": "too much" })).await;
    denied.expect(StatusCode::OK);
    let refused = apply(&asking).await;
    refused.expect_problem(409, "request_denied");
    assert!(refused.text.contains("too much"), "{}", refused.text);
}

async fn a_user_is_rotated_by_another_key(stack: Stack) {
    let apply = async |key: u8, tags: Value| {
        let pair = accounts::KeyPair::from_entropy(accounts::KeyKind::User, [key; 32]);
        let user = json!({ "name": "u", "public_key": pair.public().to_string(), "tags": tags });
        let accounts = json!([{ "slug": "acme", "users": [user] }]);
        let body = json!({ "version": 1, "name": "main", "accounts": accounts });
        let answer = stack
            .post_once(&format!("k{key}{tags}"), "/apply", &body)
            .await;
        answer.expect(StatusCode::OK);
        let jwt = answer.body["credentials"][0]["jwt"].as_str();
        let seed = pair.seed();
        let creds = jwt.map(|jwt| accounts::creds::format(jwt, &seed).to_string());
        (answer, creds.unwrap_or_default())
    };
    let (_, first) = apply(1, json!([])).await;
    stack.connect(&first).await.unwrap();
    let (retagged, second) = apply(1, json!(["a"])).await;
    assert_eq!(told(&retagged), ["change user acme/u"]);
    assert!(stack.connect(&first).await.is_err(), "revoked");
    stack.connect(&second).await.unwrap();
    let (rotated, third) = apply(2, json!(["a"])).await;
    assert_eq!(told(&rotated), ["change user acme/u"]);
    assert_eq!(
        rotated.body["changes"][1]["fields"][0]["field"],
        "/public_key"
    );
    assert!(stack.connect(&second).await.is_err(), "revoked");
    stack.connect(&third).await.unwrap();
    let issued = stack.get("/accounts/acme/users/u/issuances").await;
    let kinds = issued.body["data"].as_array().unwrap().iter();
    assert!(
        kinds.clone().any(|one| one["kind"] == "rotated"),
        "{}",
        issued.text
    );

    // Within a few minutes a repeated request shows it again.
    let (replayed, again) = apply(2, json!(["a"])).await;
    assert_eq!(replayed.headers["idempotency-replayed"], "true");
    assert_eq!(again, third);
}
