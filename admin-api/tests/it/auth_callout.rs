//! Auth callouts: a service of the account decides, at a real nats-server; what is saved is
//! checked.

use accounts::{
    AuthorizationRequestBody, AuthorizationResponseBody, Claims, CurveKeyPair, KeyKind, KeyPair,
    PublicKey, UserBody, UserPermissionLimits, jwt,
};
use async_nats::{Client, ConnectOptions, connection};
use futures_util::StreamExt as _;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::cluster::{Cluster, NODES, install};
use crate::harness::{Answer, Stack, eventually, on_both_databases, settled};

on_both_databases!(
    a_service_decides_who_comes_in,
    other_accounts_take_part_only_when_both_want_it,
    a_callout_is_checked_when_it_is_saved,
    who_answers_cannot_be_deleted,
);

const PATH: &str = "/accounts/acme/auth-callout";
const ASKED: &str = "$SYS.REQ.USER.AUTH";

/// The key that the service signs with, and the one that requests are sealed for.
fn keys() -> (KeyPair, CurveKeyPair) {
    let signing = KeyPair::from_entropy(KeyKind::Account, [7; 32]);
    (signing, CurveKeyPair::from_entropy([8; 32]))
}

async fn set(stack: &Stack, spec: Value) -> Answer {
    stack.send(Method::PUT, PATH, Some(spec)).await
}

/// Answers for ever: whoever brings the password `right` becomes a user of `home`.
async fn serve(client: Client, asked: PublicKey, home: PublicKey) {
    let (signing, curve) = keys();
    let mut questions = client.subscribe(ASKED).await.unwrap();
    settled(&client).await;
    tokio::spawn(async move {
        while let Some(message) = questions.next().await {
            let headers = message.headers.unwrap();
            let server = headers.get("Nats-Server-Xkey").unwrap().as_str();
            let server = PublicKey::parse(server).unwrap();
            let opened = curve.open(&message.payload, &server).unwrap();
            let question: Claims<AuthorizationRequestBody> =
                jwt::decode(std::str::from_utf8(&opened).unwrap()).unwrap();
            let request = question.nats;
            let mut body = AuthorizationResponseBody {
                issuer_account: Some(asked),
                ..AuthorizationResponseBody::default()
            };
            match request.connect.pass.as_str() {
                "right" => {
                    let user = UserBody {
                        rights: UserPermissionLimits::unlimited(),
                        issuer_account: Some(home),
                        ..UserBody::default()
                    };
                    let name = &request.connect.user;
                    let user = Claims::new(request.user_nkey, name, now(), user);
                    body.jwt = jwt::encode(&user, &signing).unwrap();
                }
                _ => body.error = "who are you?".to_owned(),
            }
            let mut answer = Claims::new(request.user_nkey, "", now(), body);
            answer.aud = Some(request.server.id.to_string());
            let answer = jwt::encode(&answer, &signing).unwrap();
            let mut nonce = [0; 24];
            nonce.copy_from_slice(&request.user_nkey.as_bytes()[..24]);
            let sealed = curve.seal(answer.as_bytes(), &server, nonce).unwrap();
            client
                .publish(message.reply.unwrap(), sealed.into())
                .await
                .unwrap();
        }
    });
}

fn now() -> i64 {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

fn key_of(account: &Value) -> PublicKey {
    PublicKey::parse(account["public_key"].as_str().unwrap()).unwrap()
}

async fn login(url: &str, creds: &str, password: &str) -> Result<Client, async_nats::ConnectError> {
    let options = ConnectOptions::with_credentials(creds).unwrap();
    options
        .user_and_password("ada".into(), password.into())
        .max_reconnects(1)
        .connect(url)
        .await
}

async fn closed(client: &Client) {
    eventually("the connection is closed", || async {
        client.connection_state() != connection::State::Connected
    })
    .await;
}

async fn a_service_decides_who_comes_in(stack: Stack) {
    let acme = stack.account("acme").await;
    let service = stack.user("acme", json!({ "name": "service" })).await;
    let door = stack.user("acme", json!({ "name": "door" })).await;
    let off = stack.get(PATH).await;
    off.expect(StatusCode::OK);
    assert_eq!(off.body["auth_users"], json!([]));
    let (signing, curve) = keys();
    let spec = json!({ "auth_users": ["service"], "xkey": curve.public().to_string(),
        "signing_keys": [signing.public().to_string()] });
    let before = stack.connect(&door).await.unwrap();
    settled(&before).await;
    let dry = format!("{PATH}?dry_run=true");
    let tried = stack.send(Method::PUT, &dry, Some(spec.clone())).await;
    tried.expect(StatusCode::OK);
    assert_eq!(
        tried.body["impact"]["connections_closed"], 1,
        "{}",
        tried.text
    );
    assert_eq!(stack.get(PATH).await.body["version"], 0);
    let made = set(&stack, spec.clone()).await;
    made.expect(StatusCode::OK);
    assert_eq!(made.body["live"], true, "{}", made.text);
    assert_eq!(made.headers["etag"].to_str().unwrap()[..2], *"\"1");
    let answering = stack.connect(&service).await.unwrap();
    serve(answering, key_of(&acme), key_of(&acme)).await;
    let ada = login(&stack.nats.url, &door, "right").await.unwrap();
    settled(&ada).await;
    assert!(login(&stack.nats.url, &door, "wrong").await.is_err());

    let stale = stack.url(&format!("/api/v1{PATH}"));
    let stale = crate::harness::http()
        .put(stale)
        .bearer_auth(&stack.token)
        .json(&spec);
    let stale = Answer::read(stale.header("if-match", "\"0\"")).await;
    stale.expect_problem(412, "precondition_failed");
    let ended = stack.delete(PATH).await;
    ended.expect(StatusCode::OK);
    assert_eq!(
        (&ended.body["live"], &ended.body["signing_keys"]),
        (&json!(true), &json!([]))
    );
    let claims = stack.get("/accounts/acme/claims").await;
    assert!(
        !claims.text.contains("\"authorization\""),
        "{}",
        claims.text
    );
    stack.connect(&door).await.unwrap();
}

async fn other_accounts_take_part_only_when_both_want_it(stack: Stack) {
    let acme = stack.account("acme").await;
    let stage = stack.account("stage").await;
    let service = stack.user("acme", json!({ "name": "service" })).await;
    let door = stack.user("acme", json!({ "name": "door" })).await;
    let (signing, curve) = keys();
    let signing = signing.public().to_string();
    let spec = json!({ "auth_users": ["service"], "xkey": curve.public().to_string(),
        "allowed_accounts": ["stage"], "signing_keys": [&signing] });
    let made = set(&stack, spec).await;
    made.expect(StatusCode::OK);
    assert_eq!(made.body["allowed_accounts"], json!([stage["id"]]));
    let answering = stack.connect(&service).await.unwrap();
    serve(answering, key_of(&acme), key_of(&stage)).await;
    assert!(
        login(&stack.nats.url, &door, "right").await.is_err(),
        "stage does not know the key"
    );
    let path = "/accounts/stage/auth-callout";
    let consent = json!({ "signing_keys": [&signing] });
    let consent = stack.send(Method::PUT, path, Some(consent)).await;
    consent.expect(StatusCode::OK);
    let ada = login(&stack.nats.url, &door, "right").await.unwrap();
    settled(&ada).await;
    let open = stack.get("/accounts/stage/connections").await;
    assert_eq!(
        open.body["data"].as_array().unwrap().len(),
        1,
        "{}",
        open.text
    );
}

async fn a_callout_is_checked_when_it_is_saved(stack: Stack) {
    let acme = stack.account("acme").await;
    stack.user("acme", json!({ "name": "service" })).await;
    let role = json!({ "name": "sensor" });
    let role = stack.post("/accounts/acme/roles", role).await;
    stack
        .post("/orgs", json!({ "name": "Other" }))
        .await
        .expect(StatusCode::CREATED);
    let far = json!({ "name": "far", "org": "other" });
    stack
        .post("/accounts", far)
        .await
        .expect(StatusCode::CREATED);
    let admin = stack.account_key("acme").await;
    let own = &acme["signing_key"];
    let (signing, curve) = keys();
    let user = KeyPair::from_entropy(KeyKind::User, [1; 32])
        .public()
        .to_string();
    let many: Vec<_> = (0..17).map(|n| format!("u{n}")).collect();
    for (pointer, spec) in [
        ("/auth_users/0", json!({ "auth_users": ["nobody"] })),
        ("/auth_users/0", json!({ "auth_users": [user] })),
        (
            "/auth_users/1",
            json!({ "auth_users": ["service", "service"] }),
        ),
        ("/auth_users", json!({ "auth_users": many })),
        ("/auth_users", json!({ "xkey": curve.public().to_string() })),
        ("/auth_users", json!({ "allowed_accounts": ["far"] })),
        (
            "/xkey",
            json!({ "auth_users": ["service"], "xkey": signing.public().to_string() }),
        ),
        (
            "/xkey",
            json!({ "auth_users": ["service"], "xkey": curve.seed().to_string() }),
        ),
        ("/signing_keys/0", json!({ "signing_keys": [own] })),
        (
            "/signing_keys/0",
            json!({ "signing_keys": [role.body["signing_key"]] }),
        ),
        (
            "/signing_keys/0",
            json!({ "signing_keys": [acme["public_key"]] }),
        ),
        (
            "/signing_keys/0",
            json!({ "signing_keys": [signing.seed().to_string()] }),
        ),
        ("/allowed_accounts/0", allowing(json!(["acme"]))),
        ("/allowed_accounts/0", allowing(json!(["nobody"]))),
        ("/allowed_accounts/0", allowing(json!(["far"]))),
        ("/allowed_accounts/0", allowing(json!(["*"]))),
        ("/allowed_accounts/0", allowing(json!(["*", "far"]))),
    ] {
        let refused = stack
            .send_as(&admin, Method::PUT, PATH, Some(spec.clone()))
            .await;
        refused.expect_problem(422, "invalid");
        assert_eq!(refused.body["errors"][0]["pointer"], pointer, "{spec}");
        assert!(
            !refused.text.contains(&*signing.seed().to_string()),
            "{spec}"
        );
    }
    what_the_platform_allowed_stays(&stack, &admin).await;
}

/// What a platform admin has allowed stays allowed, until it is given up.
async fn what_the_platform_allowed_stays(stack: &Stack, admin: &str) {
    set(stack, allowing(json!(["far"])))
        .await
        .expect(StatusCode::OK);
    let kept = Some(allowing(json!(["far"])));
    let kept = stack.send_as(admin, Method::PUT, PATH, kept).await;
    kept.expect(StatusCode::OK);
    let given_up = Some(allowing(json!([])));
    stack
        .send_as(admin, Method::PUT, PATH, given_up)
        .await
        .expect(StatusCode::OK);
    let again = Some(allowing(json!(["far"])));
    let again = stack.send_as(admin, Method::PUT, PATH, again).await;
    again.expect_problem(422, "invalid");
    set(stack, allowing(json!(["*"])))
        .await
        .expect(StatusCode::OK);
    let audit = stack.get("/audit?filter[action]=auth_callout.set").await;
    assert_eq!(
        audit.body["data"][0]["after"]["allowed_accounts"],
        json!(["*"])
    );
}

fn allowing(accounts: Value) -> Value {
    json!({ "auth_users": ["service"], "allowed_accounts": accounts })
}

async fn who_answers_cannot_be_deleted(stack: Stack) {
    stack.account("acme").await;
    stack.user("acme", json!({ "name": "service" })).await;
    set(&stack, json!({ "auth_users": ["service"] }))
        .await
        .expect(StatusCode::OK);
    let refused = stack.delete("/accounts/acme/users/service").await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        refused.text
    );
    assert!(refused.text.contains("auth callout"), "{}", refused.text);
    stack
        .get("/accounts/acme/users/service")
        .await
        .expect(StatusCode::OK);
    // A new key of the user answers in the place of the old one.
    let rotated = stack
        .post("/accounts/acme/users/service/rotate", json!({}))
        .await;
    rotated.expect(StatusCode::CREATED);
    let claims = stack.get("/accounts/acme/claims").await;
    let asked = &claims.body["nats"]["authorization"]["auth_users"];
    assert_eq!(*asked, json!([rotated.body["public_key"]]));
    stack.delete(PATH).await.expect(StatusCode::OK);
    stack
        .delete("/accounts/acme/users/service")
        .await
        .expect(StatusCode::OK);
}

/// nats-server asks about new connections only: the others are closed.
#[tokio::test(flavor = "multi_thread")]
async fn who_was_not_let_in_by_the_service_goes() {
    let mut cluster = Cluster::new();
    let (api, _storage) = install(&mut cluster, None).await;
    cluster.start_all().await;
    api.wait_until_ready().await;
    api.wait_for_servers(NODES).await;
    api.make("/accounts", json!({ "name": "acme" })).await;
    let [service, door] = [
        api.user("acme", "service").await,
        api.user("acme", "door").await,
    ];
    let stays = cluster.connect(0, &service).await.unwrap();
    let goes = cluster.connect(1, &door).await.unwrap();
    settled(&stays).await;
    settled(&goes).await;
    let dry = format!("{PATH}?dry_run=true");
    let tried = api
        .send(Method::PUT, &dry, json!({ "auth_users": ["service"] }))
        .await;
    assert_eq!(
        tried.body["impact"]["connections_closed"], 1,
        "{}",
        tried.text
    );
    let set = api
        .send(Method::PUT, PATH, json!({ "auth_users": ["service"] }))
        .await;
    set.expect(StatusCode::OK);
    closed(&goes).await;
    assert!(
        !cluster.admits(2, &door).await,
        "nobody answers: nobody comes in"
    );
    settled(&stays).await;
    let ended = api.send(Method::DELETE, PATH, Value::Null).await;
    ended.expect(StatusCode::OK);
    assert!(cluster.admits(2, &door).await);
    api.api.shutdown().await;
}
