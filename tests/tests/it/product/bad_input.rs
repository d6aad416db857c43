//! What must not work, against the whole product: each with a clear error, no panic, and other
//! tenants unharmed.

use anyhow::Result;
use serde_json::{Value, json};
use tests::{Answer, Tidegate, Wire};

use super::{TwoTenants, on_both_databases};

on_both_databases![
    malformed_json_is_refused_with_a_problem,
    unknown_and_wrong_fields_are_refused_and_pointed_at,
    names_that_could_enter_a_subject_are_one_literal_token,
    requests_that_are_too_large_or_of_the_wrong_kind_are_refused,
    without_a_valid_key_the_api_says_nothing,
    a_key_of_one_account_sees_no_other,
    impossible_shares_are_refused_and_share_nothing,
];

const ACCOUNTS: &str = "/api/v1/accounts";

/// A running product with a tenant who must not notice anything.
struct Unharmed {
    tidegate: Tidegate,
    tenants: TwoTenants,
    wire: Wire,
}

impl Unharmed {
    async fn start(tidegate: Tidegate) -> Result<Self> {
        let tenants = TwoTenants::make(&tidegate.api()).await?;
        let mut wire = Wire::login(tidegate.nats(), &tenants.globex.user()?).await?;
        wire.subscribe("own.>", "1").await?;
        Ok(Self {
            tidegate,
            tenants,
            wire,
        })
    }

    async fn check(mut self) -> Result<()> {
        self.wire.publish("own.a", "x").await?;
        assert_eq!(
            self.wire.messages().await?,
            [("own.a".to_owned(), "x".to_owned())]
        );
        let accounts = self.tidegate.api().get("/accounts").await?;
        assert_eq!(
            accounts["data"].as_array().map(Vec::len),
            Some(2),
            "{accounts}"
        );
        let said = self.tidegate.daemon().output();
        assert!(!said.contains("panicked"), "{said}");
        Ok(())
    }
}

fn is_problem(answer: &Answer, status: u16, case: &str) {
    assert_eq!(answer.status, status, "{case}: {}", answer.body);
    assert_eq!(answer.content_type, "application/problem+json", "{case}");
    for field in ["type", "title", "detail", "code", "request_id"] {
        assert!(
            answer.body[field].is_string(),
            "{case}: no {field} in {}",
            answer.body
        );
    }
    assert_eq!(answer.body["status"], status, "{case}");
}

async fn malformed_json_is_refused_with_a_problem(tidegate: Tidegate) -> Result<()> {
    let unharmed = Unharmed::start(tidegate).await?;
    let api = unharmed.tidegate.api();
    let cases: [(&str, &[u8]); 7] = [
        ("empty", b""),
        ("cut off", b"{\"name\":\"a"),
        ("two values", b"{\"name\":\"initech\"} {}"),
        ("no object", b"[1,2,3]"),
        ("not UTF-8", b"{\"name\":\"\xff\xfe\"}"),
        ("deep", &[b'['; 20_000]),
        ("a form", b"name=initech"),
    ];
    for (case, body) in cases {
        let json = "application/json";
        let answer = api
            .ask_raw("POST", ACCOUNTS, json, Some(body.to_vec()))
            .await?;
        assert!(
            (400..=422).contains(&answer.status),
            "{case}: {} {}",
            answer.status,
            answer.body
        );
        is_problem(&answer, answer.status, case);
    }
    unharmed.check().await
}

async fn unknown_and_wrong_fields_are_refused_and_pointed_at(tidegate: Tidegate) -> Result<()> {
    let unharmed = Unharmed::start(tidegate).await?;
    let api = unharmed.tidegate.api();
    let users = format!("{ACCOUNTS}/acme/users");
    let cases: Vec<(&str, Value, &str)> = vec![
        (
            ACCOUNTS,
            json!({"name": "initech", "color": "red"}),
            "color",
        ),
        (ACCOUNTS, json!({"name": 5}), "name"),
        (
            ACCOUNTS,
            json!({"name": "initech", "limits": {"connections": "many"}}),
            "connections",
        ),
        (&users, json!({"name": "u", "admin": true}), "admin"),
        (
            &users,
            json!({"name": "u", "permissions": {"publish": {"permit": []}}}),
            "permit",
        ),
        (
            &users,
            json!({"name": "u", "expires_in_seconds": -5}),
            "expires_in_seconds",
        ),
        (
            &users,
            json!({"name": "u", "public_key": "UABC"}),
            "public_key",
        ),
    ];
    for (path, body, pointed_at) in cases {
        let answer = api.ask("POST", path, Some(&body)).await?;
        assert!(
            answer.status == 400 || answer.status == 422,
            "{body}: {}",
            answer.status
        );
        is_problem(&answer, answer.status, pointed_at);
        assert!(
            answer.body.to_string().contains(pointed_at),
            "{body}: {}",
            answer.body
        );
    }
    unharmed.check().await
}

async fn names_that_could_enter_a_subject_are_one_literal_token(tidegate: Tidegate) -> Result<()> {
    let unharmed = Unharmed::start(tidegate).await?;
    let api = unharmed.tidegate.api();
    for name in [
        "*", ">", "a.b", "a b", "", "a\tb", "a\r\nb", "\u{0}", "a*.>",
    ] {
        let path = format!("{ACCOUNTS}/acme/users");
        let answer = api
            .ask("POST", &path, Some(&json!({ "name": name })))
            .await?;
        is_problem(&answer, 422, name);
    }
    for slug in [
        "Acme Corp!",
        "a",
        "-a",
        "1a",
        "acct_x",
        "a_b",
        &"a".repeat(64),
    ] {
        let body = json!({"name": "Initech", "slug": slug});
        is_problem(&api.ask("POST", ACCOUNTS, Some(&body)).await?, 422, slug);
    }
    unharmed.check().await
}

async fn requests_that_are_too_large_or_of_the_wrong_kind_are_refused(
    tidegate: Tidegate,
) -> Result<()> {
    let unharmed = Unharmed::start(tidegate).await?;
    let api = unharmed.tidegate.api();
    // One byte over the limit is read and refused; of more, the server may not read the rest, and
    // the answer can be lost while the client still writes.
    let padded = |length: usize| {
        let mut body = b"{\"name\":\"initech\"}".to_vec();
        body.resize(length, b' ');
        body
    };
    let json = "application/json";
    let answer = api
        .ask_raw("POST", ACCOUNTS, json, Some(padded((1 << 20) + 1)))
        .await?;
    is_problem(&answer, 413, "a megabyte and a byte");
    if let Ok(answer) = api
        .ask_raw("POST", ACCOUNTS, json, Some(padded(8 << 20)))
        .await
    {
        is_problem(&answer, 413, "eight megabytes");
    }
    let body = b"{\"name\":\"initech\"}".to_vec();
    let answer = api
        .ask_raw("POST", ACCOUNTS, "text/xml", Some(body))
        .await?;
    is_problem(&answer, 415, "xml");
    is_problem(&api.ask("PUT", ACCOUNTS, None).await?, 405, "PUT");
    is_problem(
        &api.ask("GET", "/api/v1/nothing", None).await?,
        404,
        "no such path",
    );
    is_problem(
        &api.ask("GET", &format!("{ACCOUNTS}?limit=0"), None).await?,
        400,
        "limit=0",
    );
    is_problem(
        &api.ask("GET", &format!("{ACCOUNTS}?cursor=x"), None)
            .await?,
        400,
        "cursor=x",
    );
    unharmed.check().await
}

async fn without_a_valid_key_the_api_says_nothing(tidegate: Tidegate) -> Result<()> {
    let unharmed = Unharmed::start(tidegate).await?;
    let good = unharmed.tidegate.token().to_owned();
    let cut = &good[..good.len() - 1];
    for token in ["", "x", cut, &format!("{good}x"), &good.to_uppercase()] {
        let api = unharmed.tidegate.api().with_token(token);
        for path in [
            ACCOUNTS,
            "/api/v1/accounts/acme",
            "/api/v1/system",
            "/api/v1/audit",
        ] {
            is_problem(&api.ask("GET", path, None).await?, 401, path);
        }
        is_problem(
            &api.ask("DELETE", "/api/v1/accounts/acme", None).await?,
            401,
            "DELETE",
        );
    }
    unharmed.check().await
}

async fn a_key_of_one_account_sees_no_other(tidegate: Tidegate) -> Result<()> {
    let unharmed = Unharmed::start(tidegate).await?;
    let api = unharmed.tidegate.api();
    let key = api
        .post(
            "/api-keys",
            &json!({"name": "acme only", "account": "acme"}),
        )
        .await?;
    let token = ["token", "secret", "key"]
        .iter()
        .find_map(|field| key[field].as_str());
    let acme = api.with_token(token.unwrap_or_default());
    assert_eq!(acme.get("/accounts/acme").await?["slug"], "acme");
    let foreign = acme.ask("GET", "/api/v1/accounts/globex", None).await?;
    let missing = acme.ask("GET", "/api/v1/accounts/nobody", None).await?;
    is_problem(&foreign, 404, "another tenant's account");
    assert_eq!(
        foreign.body["code"], missing.body["code"],
        "no hint that it is there"
    );
    let globex = format!("{ACCOUNTS}/globex/users");
    is_problem(
        &acme
            .ask("POST", &globex, Some(&json!({"name": "u"})))
            .await?,
        404,
        "POST",
    );
    unharmed.check().await
}

async fn impossible_shares_are_refused_and_share_nothing(tidegate: Tidegate) -> Result<()> {
    let unharmed = Unharmed::start(tidegate).await?;
    let api = unharmed.tidegate.api();
    let exports = format!("{ACCOUNTS}/acme/exports");
    for subject in ["", "a..b", ">.a", "a b", "a.>.b", "a\r\nb"] {
        let body = json!({"kind": "stream", "subject": subject, "visibility": "public"});
        is_problem(&api.ask("POST", &exports, Some(&body)).await?, 422, subject);
    }
    let imports = format!("{ACCOUNTS}/globex/imports");
    let import = |exporter: &str| json!({"account": exporter, "kind": "stream", "subject": "a"});
    let unknown = api.ask("POST", &imports, Some(&import("nobody"))).await?;
    let forbidden = api.ask("POST", &imports, Some(&import("acme"))).await?;
    assert_eq!(
        unknown.status, forbidden.status,
        "{} {}",
        unknown.body, forbidden.body
    );
    assert_eq!(
        unknown.body["code"], forbidden.body["code"],
        "one answer for both"
    );
    is_problem(&unknown, unknown.status, "an unknown exporter");

    let body = json!({"kind": "stream", "subject": "private.>"});
    api.post("/accounts/acme/exports", &body).await?;
    let private = json!({"account": "acme", "kind": "stream", "subject": "private.>"});
    let answer = api.ask("POST", &imports, Some(&private)).await?;
    assert!(
        (400..500).contains(&answer.status),
        "private by default: {}",
        answer.body
    );
    let mut acme = Wire::login(unharmed.tidegate.nats(), &unharmed.tenants.acme.user()?).await?;
    let mut globex =
        Wire::login(unharmed.tidegate.nats(), &unharmed.tenants.globex.user()?).await?;
    globex.subscribe(">", "1").await?;
    acme.publish("private.a", "x").await?;
    acme.publish("a", "x").await?;
    acme.sync().await?;
    assert_eq!(globex.messages().await?, []);
    unharmed.check().await
}

#[tokio::test]
async fn secrets_are_shown_once_and_never_logged() -> Result<()> {
    let unharmed = Unharmed::start(Tidegate::serve().await?).await?;
    let api = unharmed.tidegate.api();
    let made = &unharmed.tenants.acme;
    let seed = made.user()?.keys.seed().to_string();
    let shown = api
        .get(&format!("/accounts/acme/users/{}", made.id))
        .await?
        .to_string();
    let listed = api.get("/accounts/acme/users").await?.to_string();
    let audit = api.get("/audit").await?.to_string();
    let token = unharmed.tidegate.token().to_owned();
    let mut unharmed = unharmed;
    let logged = unharmed.tidegate.daemon().output();
    for (place, text) in [
        ("the user", shown),
        ("the list", listed),
        ("the audit", audit),
        ("the log", logged),
    ] {
        assert!(!text.contains(&seed), "a user's seed is in {place}");
        assert!(!text.contains(&token), "the admin token is in {place}");
    }
    let mut stored = Vec::new();
    for file in ["tidegate.db", "tidegate.db-wal"] {
        stored.extend(std::fs::read(unharmed.tidegate.data(file)).unwrap_or_default());
    }
    let holds = |needle: &str| {
        stored
            .windows(needle.len())
            .any(|part| part == needle.as_bytes())
    };
    assert!(holds("orders"), "the database is where it is looked for");
    assert!(
        !holds(&seed) && !holds(&token),
        "a secret is in the database"
    );
    unharmed.check().await
}
