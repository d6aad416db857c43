//! A database that goes away: quick, clear answers, and no restart needed when it is back.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::harness::{Answer, Stack, eventually, http};
use crate::postgres::Postgres;

#[tokio::test(flavor = "multi_thread")]
async fn the_api_survives_its_database() {
    let postgres = Postgres::create();
    postgres.wait_until_ready().await;
    let mut stack = Stack::start_at(Some(postgres.database().await)).await;
    stack.account("acme").await;
    let creds = stack.user("acme", json!({ "name": "u" })).await;

    postgres.stop();
    let asked = Instant::now();
    stack
        .get("/accounts")
        .await
        .expect_problem(503, "unavailable");
    stack
        .post("/accounts", json!({ "name": "globex" }))
        .await
        .expect_problem(503, "unavailable");
    assert!(
        asked.elapsed() < Duration::from_secs(10),
        "{:?}",
        asked.elapsed()
    );
    let ready = Answer::read(http().get(stack.url("/readyz"))).await;
    ready.expect(StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ready.body["database"], "the database is not reachable");
    Answer::read(http().get(stack.url("/healthz")))
        .await
        .expect(StatusCode::OK);
    stack
        .connect(&creds)
        .await
        .expect("the data plane does not need the database");

    // Started without its database it waits, and says so.
    stack.stop_api().await;
    stack
        .start_api()
        .await
        .expect("a database that is away is no reason not to start");
    stack
        .get("/accounts")
        .await
        .expect_problem(503, "unavailable");
    let nobody = stack
        .send_as("nonsense", Method::GET, "/accounts", None)
        .await;
    nobody.expect_problem(401, "unauthorized");

    postgres.start();
    eventually("the API is back", || async {
        stack.get("/accounts").await.status == 200
    })
    .await;
    stack.wait_until_ready().await;
    stack.account("globex").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_is_away_shows_and_catches_up() {
    let mut stack = Stack::start(crate::harness::Database::Sqlite).await;
    let port = stack.nats.port;
    stack.nats.kill();
    eventually("the loss is noticed", || async {
        !stack.api.as_ref().unwrap().is_ready()
    })
    .await;
    let made = stack.post("/accounts", json!({ "name": "acme" })).await;
    made.expect(StatusCode::CREATED);
    assert_eq!(made.body["live"], false);
    let user = stack
        .post("/accounts/acme/users", json!({ "name": "u" }))
        .await;
    assert_eq!(user.body["live"], false);
    let kick = stack.post("/accounts/acme/users/u/kick", json!({})).await;
    kick.expect_problem(503, "unavailable");
    let system = stack.get("/system").await;
    assert_eq!(system.body["engines"][0]["connected"], false);
    assert!(system.body["engines"][0]["error"].is_string());

    stack.replace_nats().await;
    assert_eq!(stack.nats.port, port);
    let creds = user.body["creds"].as_str().unwrap();
    eventually("the account becomes live", || async {
        stack.get("/accounts/acme").await.body["live"] == true
    })
    .await;
    stack.connect(creds).await.unwrap();
}
