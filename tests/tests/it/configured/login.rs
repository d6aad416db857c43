//! Who gets in, and what the others are told.

use std::time::Duration;

use accounts::nkeys::{KeyKind, KeyPair};
use anyhow::Result;
use bcrypt::Version::{TwoA, TwoB, TwoY};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use tests::{Broker, Frame, Which, Wire};

use super::{login, password, refusal};
use crate::both::on_both;

on_both![
    a_token_lets_in,
    a_single_user_and_its_password_let_in,
    each_user_of_a_list_has_its_password,
    hashed_passwords_let_in,
    hashed_tokens_let_in,
    an_nkey_user_signs_the_nonce,
    who_gives_nothing_is_the_no_auth_user,
    the_system_accounts_users_alone_lock_nobody_out,
    only_listed_types_of_connections_get_in,
    who_says_nothing_in_time_is_closed,
    nothing_is_done_before_the_login,
    a_user_for_everybody_has_its_restrictions,
];

const VIOLATION: &str = "Authorization Violation";

async fn check(broker: &Broker, cases: &[(Value, bool)]) -> Result<()> {
    for (options, lets_in) in cases {
        let expected = (!lets_in).then(|| VIOLATION.to_owned());
        assert_eq!(refusal(broker, options).await?, expected, "{options}");
    }
    Ok(())
}

async fn info(broker: &Broker) -> Result<Value> {
    Ok(Wire::open(broker.addr()).await?.info().clone())
}

async fn a_token_lets_in(which: Which) -> Result<()> {
    let broker = Broker::start(which, "authorization { token: s3cr3t }")?;
    let info = info(&broker).await?;
    assert_eq!(
        (&info["auth_required"], &info["nonce"]),
        (&json!(true), &Value::Null)
    );
    let cases = [
        (json!({ "auth_token": "s3cr3t" }), true),
        (json!({ "auth_token": "other" }), false),
        (json!({ "auth_token": "" }), false),
        (password("s3cr3t", "s3cr3t"), false),
        (json!({}), false),
    ];
    check(&broker, &cases).await
}

async fn a_single_user_and_its_password_let_in(which: Which) -> Result<()> {
    let broker = Broker::start(which, "authorization { user: u, password: p }")?;
    let cases = [
        (password("u", "p"), true),
        (password("u", "q"), false),
        (password("v", "p"), false),
        (json!({ "user": "u" }), false),
        (json!({ "auth_token": "p" }), false),
        (json!({}), false),
    ];
    check(&broker, &cases).await
}

async fn each_user_of_a_list_has_its_password(which: Which) -> Result<()> {
    let users = "authorization { users: [ {user: a, password: a}, {username: b, pass: c}, \
                 {user: empty} ] }";
    let broker = Broker::start(which, users)?;
    let cases = [
        (password("a", "a"), true),
        (password("b", "c"), true),
        (password("empty", ""), true),
        (password("a", "c"), false),
        (password("b", "b"), false),
        (password("empty", "x"), false),
        (password("nobody", "a"), false),
        (json!({}), false),
    ];
    check(&broker, &cases).await
}

async fn hashed_passwords_let_in(which: Which) -> Result<()> {
    let hashed = bcrypt::hash_with_result("secret", 4)?;
    let [hash, b, y] = [TwoA, TwoB, TwoY].map(|version| hashed.format_for_version(version));
    let users = format!(
        "authorization {{ users: [ {{user: a, password: \"{hash}\"}}
                                  {{user: b, password: '{b}'}}, {{user: y, password: '{y}'}} ] }}"
    );
    let broker = Broker::start(which, &users)?;
    for user in ["a", "b", "y"] {
        let cases = [
            (password(user, "secret"), true),
            (password(user, "Secret"), false),
            (password(user, &hash), false),
            (password(user, ""), false),
        ];
        check(&broker, &cases).await?;
    }
    check(&broker, &[(password("nobody", "secret"), false)]).await
}

async fn hashed_tokens_let_in(which: Which) -> Result<()> {
    let token = bcrypt::hash("t", 4)?;
    let broker = Broker::start(which, &format!("authorization {{ token: \"{token}\" }}"))?;
    let cases = [
        (json!({ "auth_token": "t" }), true),
        (json!({ "auth_token": token }), false),
    ];
    check(&broker, &cases).await
}

async fn an_nkey_user_signs_the_nonce(which: Which) -> Result<()> {
    let pair = KeyPair::from_entropy(KeyKind::User, [5; 32]);
    let nkey = pair.public().to_string();
    let broker = Broker::start(
        which,
        &format!("authorization {{ users: [ {{nkey: {nkey}}} ] }}"),
    )?;
    for (signs, lets_in) in [(true, true), (false, false)] {
        let mut wire = Wire::open(broker.addr()).await?;
        assert!(!wire.nonce().is_empty());
        let signed = if signs { wire.nonce() } else { "another nonce" };
        let sig = BASE64URL_NOPAD.encode(&pair.sign(signed.as_bytes()));
        let options = json!({ "nkey": nkey, "sig": sig, "verbose": false });
        wire.send(format!("CONNECT {options}\r\nPING\r\n")).await?;
        let answer = wire.frame().await?;
        assert_eq!(answer == Frame::Pong, lets_in, "{answer:?}");
    }
    let cases = [(json!({ "nkey": nkey }), false), (json!({}), false)];
    check(&broker, &cases).await
}

async fn who_gives_nothing_is_the_no_auth_user(which: Which) -> Result<()> {
    let config = "accounts { A { users: [ {user: a, password: a} ] }, \
                  B { users: [ {user: b, password: b} ] } }\nno_auth_user: a";
    let broker = Broker::start(which, config)?;
    assert_ne!(info(&broker).await?["auth_required"], json!(true));
    let mut a = login(&broker, "a").await?;
    let mut b = login(&broker, "b").await?;
    a.subscribe("x", "1").await?;
    b.subscribe("x", "1").await?;
    let mut stranger = Wire::anonymous(broker.addr()).await?;
    stranger.publish("x", "hello").await?;
    stranger.sync().await?;
    let hello = [("x".to_owned(), "hello".to_owned())];
    assert_eq!(
        (a.messages().await?, b.messages().await?),
        (hello.to_vec(), vec![])
    );
    check(&broker, &[(password("a", "wrong"), false)]).await
}

async fn the_system_accounts_users_alone_lock_nobody_out(which: Which) -> Result<()> {
    let system = "accounts { $SYS { users: [ {user: admin, password: admin} ] } }";
    let broker = Broker::start(which, system)?;
    assert_eq!(info(&broker).await?["auth_required"], json!(true));
    check(
        &broker,
        &[(json!({}), true), (password("admin", "x"), false)],
    )
    .await?;
    let mut admin = login(&broker, "admin").await?;
    admin.subscribe("inbox", "1").await?;
    admin.request("$SYS.REQ.SERVER.PING", "inbox", "").await?;
    assert_eq!(admin.message().await?.subject, "inbox");
    // Nothing of the kind where anything is said about logins.
    let broker = Broker::start(which, &format!("{system}\nauthorization {{ timeout: 1 }}"))?;
    check(
        &broker,
        &[(json!({}), false), (password("admin", "admin"), true)],
    )
    .await
}

async fn only_listed_types_of_connections_get_in(which: Which) -> Result<()> {
    let users = "authorization { users: [ \
                 {user: a, password: a, allowed_connection_types: [WEBSOCKET]}, \
                 {user: b, password: b, allowed_connection_types: [\"standard\", MQTT]} ] }";
    let broker = Broker::start(which, users)?;
    check(
        &broker,
        &[(password("a", "a"), false), (password("b", "b"), true)],
    )
    .await
}

async fn who_says_nothing_in_time_is_closed(which: Which) -> Result<()> {
    let broker = Broker::start(which, "authorization { token: t, timeout: 0.3 }")?;
    let mut wire = Wire::open(broker.addr()).await?;
    let before = std::time::Instant::now();
    let errors = wire.errors_until_closed().await?;
    assert_eq!(errors, ["Authentication Timeout"]);
    assert!(before.elapsed() < Duration::from_secs(2));
    Ok(())
}

async fn nothing_is_done_before_the_login(which: Which) -> Result<()> {
    let broker = Broker::start(which, "authorization { token: t }")?;
    let mut wire = Wire::open(broker.addr()).await?;
    wire.send("PUB x 2\r\nhi\r\n").await?;
    assert_eq!(wire.errors_until_closed().await?, [VIOLATION]);
    // Who may come without credentials may come without a word.
    let users = "no_auth_user: a\nauthorization { users: [{user: a, password: a}] }";
    let broker = Broker::start(which, users)?;
    let mut wire = Wire::open(broker.addr()).await?;
    wire.send("SUB x 1\r\nPUB x 2\r\nhi\r\n").await?;
    let frames = wire.sync().await?;
    let is_message = |frame: &Frame| matches!(frame, Frame::Message(it) if it.subject == "x");
    assert!(frames.iter().any(is_message), "{frames:?}");
    Ok(())
}

async fn a_user_for_everybody_has_its_restrictions(which: Which) -> Result<()> {
    let users = "no_auth_user: a\nauthorization { users: [
        {user: a, password: a, allowed_connection_types: [WEBSOCKET]} ] }";
    let broker = Broker::start(which, users)?;
    check(&broker, &[(json!({}), false)]).await?;
    let mut wire = Wire::open(broker.addr()).await?;
    wire.send_to_the_end("SUB x 1\r\n").await?;
    assert_eq!(wire.errors_until_closed().await?, [VIOLATION]);
    Ok(())
}
