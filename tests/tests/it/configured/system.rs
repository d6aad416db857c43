//! What the system account hears of configured accounts: by their names.

use anyhow::Result;
use serde_json::{Value, json};
use tests::wait::PATIENCE;
use tests::{Broker, Which, Wire};

use super::{login, password, refusal};
use crate::both::on_both;

on_both![
    a_named_system_account_has_the_services,
    events_name_accounts_and_users,
    accounts_ask_about_themselves,
    who_is_not_let_in_is_named_as_it_named_itself,
    without_a_system_account_nobody_answers,
    flags_name_a_user_or_a_token,
];

const ACCOUNTS: &str = "
    accounts {
        ADMIN { users: [ {user: admin, password: admin} ] }
        APP { users: [ {user: a, password: a} ] }
    }
    system_account: ADMIN";

async fn ask(wire: &mut Wire, subject: &str, question: &str) -> Result<Value> {
    wire.subscribe("answers", "ask").await?;
    wire.request(subject, "answers", question).await?;
    let answer = wire.message().await?;
    wire.send("UNSUB ask\r\n").await?;
    Ok(serde_json::from_slice(&answer.payload)?)
}

async fn a_named_system_account_has_the_services(which: Which) -> Result<()> {
    let broker = Broker::start(which, ACCOUNTS)?;
    let mut admin = login(&broker, "admin").await?;
    let _a = login(&broker, "a").await?;
    let ping = ask(&mut admin, "$SYS.REQ.SERVER.PING", "").await?;
    assert_eq!(ping["server"]["name"], "tested");
    let connz = ask(&mut admin, "$SYS.REQ.ACCOUNT.APP.CONNZ", r#"{"auth":true}"#).await?;
    let connection = &connz["data"]["connections"][0];
    let shown = (&connection["account"], &connection["authorized_user"]);
    assert_eq!(shown, (&json!("APP"), &json!("a")), "{connz}");
    assert_eq!(connection["issuer_key"], Value::Null);
    Ok(())
}

async fn events_name_accounts_and_users(which: Which) -> Result<()> {
    let broker = Broker::start(which, ACCOUNTS)?;
    let mut admin = login(&broker, "admin").await?;
    admin.subscribe("$SYS.ACCOUNT.APP.CONNECT", "2").await?;
    admin.subscribe("$SYS.ACCOUNT.APP.DISCONNECT", "3").await?;
    drop(login(&broker, "a").await?);
    for kind in ["CONNECT", "DISCONNECT"] {
        let message = admin.message().await?;
        assert_eq!(message.subject, format!("$SYS.ACCOUNT.APP.{kind}"));
        let event: Value = serde_json::from_slice(&message.payload)?;
        let client = &event["client"];
        assert_eq!(
            (&client["acc"], &client["user"]),
            (&json!("APP"), &json!("a")),
            "{event}"
        );
    }
    Ok(())
}

async fn who_is_not_let_in_is_named_as_it_named_itself(which: Which) -> Result<()> {
    let mut broker = Broker::start(which, ACCOUNTS)?;
    let mut admin = login(&broker, "admin").await?;
    let subject = "$SYS.SERVER.*.CLIENT.AUTH.ERR";
    admin.subscribe(subject, "2").await?;
    admin.sync().await?;
    let cases = [
        (password("a", "wrong"), "a", "User \"a\""),
        (password("nobody", "x"), "nobody", "User \"nobody\""),
        (
            json!({ "auth_token": "secret" }),
            "[REDACTED]",
            "Token \"[REDACTED]\"",
        ),
    ];
    for (given, named, logged) in &cases {
        assert!(refusal(&broker, given).await?.is_some());
        let event: Value = serde_json::from_slice(&admin.message().await?.payload)?;
        let client = &event["client"];
        let told = (&client["user"], &client["acc"], &event["reason"]);
        let expected = (
            &json!(named),
            &json!("$G"),
            &json!("Authentication Failure"),
        );
        assert_eq!(told, expected, "{event}");
        let line = broker
            .daemon()
            .wait_for_line("authentication error", PATIENCE)?;
        assert!(
            line.contains("[ERR] 127.0.0.1:") && line.contains(" - cid:"),
            "{line}"
        );
        broker.daemon().wait_for_line(logged, PATIENCE)?;
    }
    assert!(!broker.output().contains("secret"));
    let closed = r#"{"state": 1, "auth": true}"#;
    let connz = ask(&mut admin, "$SYS.REQ.SERVER.PING.CONNZ", closed).await?;
    let users = connz["data"]["connections"]
        .as_array()
        .expect("a list")
        .iter();
    let users: Vec<_> = users
        .filter_map(|it| it["authorized_user"].as_str())
        .collect();
    assert_eq!(users, ["a", "nobody", "[REDACTED]"]);
    Ok(())
}

async fn accounts_ask_about_themselves(which: Which) -> Result<()> {
    let broker = Broker::start(which, ACCOUNTS)?;
    let (mut a, _admin) = (login(&broker, "a").await?, login(&broker, "admin").await?);
    let connz = ask(&mut a, "$SYS.REQ.ACCOUNT.PING.CONNZ", "").await?;
    assert_eq!(connz["data"]["num_connections"], 1, "{connz}");
    Ok(())
}

async fn without_a_system_account_nobody_answers(which: Which) -> Result<()> {
    let broker = Broker::start(which, "no_system_account: true")?;
    let mut wire = Wire::anonymous(broker.addr()).await?;
    wire.subscribe("answers", "1").await?;
    wire.request("$SYS.REQ.ACCOUNT.PING.CONNZ", "answers", "")
        .await?;
    let headers = wire.message().await?.headers.unwrap_or_default();
    assert!(headers.contains("503"), "{headers}");
    Ok(())
}

async fn flags_name_a_user_or_a_token(which: Which) -> Result<()> {
    let flags = |list: &[&str]| list.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let single = flags(&["--user", "u", "--pass", "p"]);
    let broker =
        Broker::start_with_flags(which, "authorization { user: x, password: y }", &single)?;
    assert_eq!(refusal(&broker, &password("u", "p")).await?, None);
    assert!(refusal(&broker, &password("x", "y")).await?.is_some());
    let broker = Broker::start_with_flags(which, "", &flags(&["--auth", "t"]))?;
    assert_eq!(refusal(&broker, &json!({ "auth_token": "t" })).await?, None);
    assert!(refusal(&broker, &json!({})).await?.is_some());
    Ok(())
}
