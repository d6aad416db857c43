//! Changes through the API while everybody stays connected.

use anyhow::Result;
use serde_json::json;
use tests::wait::eventually;
use tests::{Frame, Tidegate, Wire};

use super::clients::{arrived, connect, next};
use super::{TwoTenants, on_both_databases};

on_both_databases![
    a_shared_stream_lets_exactly_its_subject_through_and_stops_again,
    a_shared_service_answers_across_tenants,
    a_deleted_user_is_disconnected_and_stays_out,
    a_deleted_account_disconnects_everybody_in_it,
    lowered_limits_and_permissions_hold_at_once,
    refusals_are_shown_with_their_rule,
];

async fn a_shared_stream_lets_exactly_its_subject_through_and_stops_again(
    tidegate: Tidegate,
) -> Result<()> {
    let api = tidegate.api();
    let tenants = TwoTenants::make(&api).await?;
    let acme = connect(&tidegate.nats_url(), &tenants.acme.creds).await?;
    let globex = connect(&tidegate.nats_url(), &tenants.globex.creds).await?;
    let mut all = globex.subscribe(">").await?;
    arrived(&globex, &mut all).await?;
    let subjects = [
        "orders.eu",
        "orders.us",
        "orders.eu.new",
        "stock.eu",
        "orders",
    ];
    let publish = async || -> Result<()> {
        for subject in subjects {
            acme.publish(subject, "x".into()).await?;
        }
        let mut mark = acme.subscribe("mark").await?;
        acme.publish("mark", "".into()).await?;
        next(&mut mark).await.map(|_| ())
    };
    let shared = |got: Vec<String>| -> Vec<String> {
        got.into_iter()
            .filter(|subject| !subject.starts_with("_INBOX"))
            .collect()
    };
    publish().await?;
    assert_eq!(
        shared(arrived(&globex, &mut all).await?),
        Vec::<String>::new()
    );

    let export = api.export("acme", "stream", "orders.*").await?;
    assert_eq!(export["live"], true);
    let import = api
        .import(
            "globex",
            "acme",
            "stream",
            "orders.*",
            Some("acme.orders.*"),
        )
        .await?;
    assert_eq!(import["live"], true, "{import}");
    publish().await?;
    assert_eq!(
        shared(arrived(&globex, &mut all).await?),
        ["acme.orders.eu", "acme.orders.us"]
    );

    let id = import["id"].as_str().unwrap_or_default();
    let deleted = api
        .delete(&format!("/accounts/globex/imports/{id}"))
        .await?;
    assert_eq!(deleted["live"], true);
    publish().await?;
    assert_eq!(
        shared(arrived(&globex, &mut all).await?),
        Vec::<String>::new()
    );
    Ok(())
}

async fn a_shared_service_answers_across_tenants(tidegate: Tidegate) -> Result<()> {
    let api = tidegate.api();
    let tenants = TwoTenants::make(&api).await?;
    let mut service = Wire::login(tidegate.nats(), &tenants.acme.user()?).await?;
    service.subscribe(">", "1").await?;
    let mut asker = Wire::login(tidegate.nats(), &tenants.globex.user()?).await?;
    asker.subscribe("_INBOX.ask", "1").await?;
    asker.request("acme.quote", "_INBOX.ask", "before").await?;
    let Some(Frame::Message(refusal)) = asker.sync().await?.pop() else {
        anyhow::bail!("no answer to a request nobody serves")
    };
    assert!(
        refusal
            .headers
            .unwrap_or_default()
            .starts_with("NATS/1.0 503")
    );

    api.export("acme", "service", "quote").await?;
    api.import("globex", "acme", "service", "quote", Some("acme.quote"))
        .await?;
    asker
        .request("acme.quote", "_INBOX.ask", "how much?")
        .await?;
    let request = service.message().await?;
    assert_eq!(request.brief(), ("quote", "how much?".into()));
    service
        .publish(&request.reply.unwrap_or_default(), "much")
        .await?;
    assert_eq!(
        asker.message().await?.brief(),
        ("_INBOX.ask", "much".into())
    );
    asker.publish("quote", "not the local name").await?;
    asker.publish("acme.other", "not shared").await?;
    asker.sync().await?;
    let got = service.messages().await?;
    assert!(
        got.iter().all(|(subject, _)| subject.starts_with("_R_")),
        "{got:?}"
    );
    Ok(())
}

async fn a_deleted_user_is_disconnected_and_stays_out(tidegate: Tidegate) -> Result<()> {
    let api = tidegate.api();
    let tenants = TwoTenants::make(&api).await?;
    let colleague = api.make_user("acme", "colleague").await?;
    let mut gone = Wire::login(tidegate.nats(), &tenants.acme.user()?).await?;
    let mut stays = Wire::login(tidegate.nats(), &colleague.user()?).await?;
    let deleted = api
        .delete(&format!("/accounts/acme/users/{}", tenants.acme.id))
        .await?;
    assert_eq!(deleted["live"], true, "{deleted}");
    gone.until_closed().await?;
    assert!(
        Wire::try_login(tidegate.nats(), &tenants.acme.user()?)
            .await?
            .is_err()
    );
    assert_eq!(stays.sync().await?, []);
    Ok(())
}

async fn a_deleted_account_disconnects_everybody_in_it(tidegate: Tidegate) -> Result<()> {
    let api = tidegate.api();
    let tenants = TwoTenants::make(&api).await?;
    let mut gone = Wire::login(tidegate.nats(), &tenants.acme.user()?).await?;
    let mut stays = Wire::login(tidegate.nats(), &tenants.globex.user()?).await?;
    api.delete("/accounts/acme").await?;
    gone.until_closed().await?;
    assert!(
        Wire::try_login(tidegate.nats(), &tenants.acme.user()?)
            .await?
            .is_err()
    );
    assert_eq!(stays.sync().await?, []);
    let answer = api
        .ask("POST", "/api/v1/accounts", Some(&json!({"name": "acme"})))
        .await?;
    assert_eq!(
        answer.status, 409,
        "the name stays reserved: {}",
        answer.body
    );
    Ok(())
}

async fn lowered_limits_and_permissions_hold_at_once(tidegate: Tidegate) -> Result<()> {
    let api = tidegate.api();
    api.make_account("acme").await?;
    let body = json!({
        "name": "reader",
        "permissions": {
            "publish": {"allow": ["requests.>"], "deny": ["requests.secret"]},
            "subscribe": {"allow": ["news.>", "_INBOX.>"]},
        },
    });
    let reader = api.make_user_with("acme", &body).await?;
    let mut wire = Wire::login(tidegate.nats(), &reader.user()?).await?;
    wire.subscribe("news.>", "1").await?;
    for (operation, refused) in [
        ("PUB requests.a 1\r\nx\r\n", false),
        ("PUB requests.secret 1\r\nx\r\n", true),
        ("PUB news.a 1\r\nx\r\n", true),
        ("SUB > 2\r\n", true),
    ] {
        wire.send(operation).await?;
        let frames = wire.sync().await?;
        assert_eq!(
            frames.len(),
            usize::from(refused),
            "{operation}: {frames:?}"
        );
    }

    let patched = api
        .patch("/accounts/acme", &json!({"limits": {"connections": 1}}))
        .await?;
    assert_eq!(patched["limits"]["connections"], 1);
    let user = api.make_user("acme", "second").await?.user()?;
    eventually("the account to be full", async || {
        let answer = Wire::try_login(tidegate.nats(), &user).await?;
        Ok(answer
            .err()
            .filter(|text| text == "maximum account active connections exceeded"))
    })
    .await?;
    assert_eq!(wire.sync().await?, []);
    Ok(())
}

/// The API foretells what the broker does, and shows afterwards what it has refused.
async fn refusals_are_shown_with_their_rule(tidegate: Tidegate) -> Result<()> {
    let api = tidegate.api();
    let tenants = TwoTenants::make(&api).await?;
    let body = json!({
        "name": "bound", "permissions": { "publish": { "deny": ["no.>"] } },
    });
    let bound = api.make_user_with("acme", &body).await?;
    let question = json!({ "user": "bound", "action": "publish", "subject": "no.a" });
    let foretold = api
        .post("/accounts/acme/permissions/check", &question)
        .await?;
    assert_eq!(foretold["allowed"], false);
    assert_eq!(api.get("/accounts/acme/denials").await?["data"], json!([]));

    let mut wire = Wire::login(tidegate.nats(), &bound.user()?).await?;
    wire.publish("no.a", "x").await?;
    assert!(matches!(wire.sync().await?[..], [Frame::Error(_)]));
    let denials = api.get("/accounts/acme/denials").await?;
    let denial = &denials["data"][0];
    assert_eq!(
        (&denial["what"], &denial["subject"]),
        (&json!("publish"), &json!("no.a"))
    );
    assert_eq!(denial["text"], foretold["text"], "one answer for both");
    assert_eq!(denial["user_name"], "bound");
    let _in_use = Wire::login(tidegate.nats(), &tenants.globex.user()?).await?;
    assert_eq!(
        api.get("/accounts/globex/denials").await?["data"],
        json!([])
    );
    Ok(())
}
