//! Who may come in by WebSocket, and by what: cookies, kinds of connection, and credentials that
//! count at this door only.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::mint::{Operator, Tenant};
use tests::wait::PATIENCE;
use tests::websocket::WebWire;
use tests::wire::get;
use tests::{Which, Wire};
use tokio::net::TcpStream;

use super::{HELLO, logged_in, web_addr, with_websocket};
use crate::both::on_both;

on_both![
    cookies_stand_for_what_connect_leaves_out,
    users_may_be_bound_to_a_kind_of_connection,
    a_door_may_have_its_own_guest,
    a_door_may_have_its_own_token_and_user,
    a_guest_of_all_doors_is_told_that_credentials_are_needed,
    what_goes_against_the_lists_of_users_is_refused,
    what_clients_are_to_connect_to_is_shown,
];

async fn cookies_stand_for_what_connect_leaves_out(which: Which) -> Result<()> {
    let (operator, tenant) = (Operator::default(), Tenant::new("acme"));
    let config = operator.memory_config(&[&tenant]);
    let mut broker = with_websocket(which, " no_tls: true\n jwt_cookie: \"session\"", &config)?;
    let addr = web_addr(&mut broker)?;
    let bearer = tenant.user_with("page", |claims| claims.nats.rights.bearer_token = true);
    let cookie = format!("Cookie: theme=dark; session={}\r\n", bearer.jwt);
    let mut wire = WebWire::open(addr, &cookie).await?;
    wire.until("INFO ").await?;
    wire.say(HELLO).await?;
    wire.until("PONG\r\n").await?;
    // What CONNECT says itself counts.
    let mut wire = WebWire::open(addr, &cookie).await?;
    wire.say("CONNECT {\"jwt\":\"nonsense\"}\r\nPING\r\n")
        .await?;
    assert_eq!(wire.closed().await?.map(|(code, _)| code), Some(1008));
    let mut wire = WebWire::open(addr, "Cookie: other=x\r\n").await?;
    wire.say(HELLO).await?;
    assert_eq!(wire.closed().await?.map(|(code, _)| code), Some(1008));
    Ok(())
}

async fn users_may_be_bound_to_a_kind_of_connection(which: Which) -> Result<()> {
    let (operator, tenant) = (Operator::default(), Tenant::new("acme"));
    let config = operator.memory_config(&[&tenant]);
    let mut broker = with_websocket(which, " no_tls: true", &config)?;
    let addr = web_addr(&mut broker)?;
    let only = |kind: &str| {
        tenant.user_with("bound", |claims| {
            claims.nats.rights.bearer_token = true;
            claims.nats.rights.allowed_connection_types = Some(vec![kind.to_owned()]);
        })
    };
    for (kind, is_in) in [("WEBSOCKET", true), ("STANDARD", false)] {
        let user = only(kind);
        let plain = Wire::try_login(broker.addr(), &user).await?;
        assert_eq!(plain.is_ok(), !is_in, "{kind} in plain");
        let mut wire = WebWire::open(addr, "").await?;
        wire.until("INFO ").await?;
        let connect = format!(
            "CONNECT {{\"jwt\":\"{}\",\"verbose\":false}}\r\nPING\r\n",
            user.jwt
        );
        wire.say(&connect).await?;
        assert_eq!(
            wire.until("PONG\r\n").await.is_ok(),
            is_in,
            "{kind} in WebSocket"
        );
    }
    Ok(())
}

async fn a_door_may_have_its_own_guest(which: Which) -> Result<()> {
    let users = r#"authorization { users: [
        { user: "staff", password: "secret" }
        { user: "guest", password: "x", permissions: { subscribe: "news" } }
    ] }"#;
    let block = " no_tls: true\n no_auth_user: guest";
    let mut broker = with_websocket(which, block, users)?;
    let addr = web_addr(&mut broker)?;
    let mut wire = logged_in(addr, "").await?;
    wire.say("SUB news 1\r\nSUB other 2\r\nPING\r\n").await?;
    let said = wire.until("PONG\r\n").await?;
    assert_eq!(said.matches("Permissions Violation").count(), 1, "{said}");
    let mut wire = WebWire::open(addr, "").await?;
    wire.say("CONNECT {\"user\":\"staff\",\"pass\":\"secret\",\"verbose\":false}\r\n")
        .await?;
    wire.say("SUB other 2\r\nPING\r\n").await?;
    let said = wire.until("PONG\r\n").await?;
    assert!(!said.contains("Permissions Violation"), "{said}");
    Wire::anonymous(broker.addr())
        .await
        .expect_err("at the other door nobody is a guest");
    Ok(())
}

/// Whether a client with these fields in its `CONNECT` comes in, and whether it was asked for them.
async fn tried(addr: SocketAddr, connect: Value) -> Result<(bool, bool)> {
    let mut wire = WebWire::open(addr, "").await?;
    let info = wire.until("\r\n").await?;
    let asked = info.contains("\"auth_required\":true");
    wire.say(&format!("CONNECT {connect}\r\nPING\r\n")).await?;
    Ok((wire.until("PONG\r\n").await.is_ok(), asked))
}

async fn a_door_may_have_its_own_token_and_user(which: Which) -> Result<()> {
    let (user, token) = (r#"user: "w", password: "p""#, r#"token: "t""#);
    let both = format!("{user}, {token}");
    let cases = [
        // Of user, token, main user and nobody: who comes in.
        ("", user, [true, false, false, false]),
        ("", token, [false, true, false, false]),
        // Of the two the token counts.
        ("", &both, [false, true, false, false]),
        ("", r#"password: "p""#, [true, true, true, true]),
        (
            r#"user: "m", password: "q""#,
            user,
            [true, false, false, false],
        ),
        (r#"token: "other""#, token, [false, true, false, false]),
        (
            r#"user: "m", password: "q""#,
            "timeout: 3",
            [false, false, true, false],
        ),
    ];
    for (main, own, expected) in cases {
        let more = match main {
            "" => String::new(),
            main => format!("authorization {{ {main} }}"),
        };
        let block = format!(" no_tls: true\n authorization {{ {own} }}");
        let mut broker = with_websocket(which, &block, &more)?;
        let addr = web_addr(&mut broker)?;
        let given = [
            json!({"user": "w", "pass": "p"}),
            json!({"auth_token": "t"}),
            json!({"user": "m", "pass": "q"}),
            json!({}),
        ];
        let is_web_user = expected == [true, false, false, false];
        let wrong = json!({"user": "w", "pass": "x"});
        assert!(!is_web_user || !tried(addr, wrong).await?.0, "{own}");
        for (given, is_in) in given.into_iter().zip(expected) {
            let asked = expected != [true; 4];
            let found = tried(addr, given.clone()).await?;
            assert_eq!(found, (is_in, asked), "{given} by {own:?} beside {main:?}");
        }
        // The other door has not changed.
        assert_eq!(
            Wire::anonymous(broker.addr()).await.is_ok(),
            main.is_empty(),
            "{main}"
        );
    }
    Ok(())
}

async fn a_guest_of_all_doors_is_told_that_credentials_are_needed(which: Which) -> Result<()> {
    let users = "no_auth_user: m\n authorization { users: [{ user: m, password: q }] }";
    let mut broker = with_websocket(which, " no_tls: true", users)?;
    let addr = web_addr(&mut broker)?;
    assert_eq!(tried(addr, json!({})).await?, (true, true));
    Ok(())
}

async fn what_goes_against_the_lists_of_users_is_refused(which: Which) -> Result<()> {
    let users = "authorization { users: [{ user: m, password: q }] }";
    let cases = [
        (
            "authorization { user: w, password: p }",
            users,
            "authentication username not compatible",
        ),
        (
            "authorization { token: t }",
            users,
            "authentication token not compatible",
        ),
        ("no_auth_user: other", users, "not present as user or nkey"),
        (
            "no_auth_user: m",
            "authorization { user: m, password: q }",
            "users/nkeys are not defined",
        ),
        (
            "jwt_cookie: session",
            "",
            "trusted operators or trusted keys configuration is required",
        ),
        ("advertise: \"a:b:c\"", "", "a:b:c"),
    ];
    for (own, more, why) in cases {
        let block = format!(" no_tls: true\n {own}");
        let error = with_websocket(which, &block, more).expect_err(own);
        let error = format!("{error:?}");
        assert!(error.contains(why), "{own}: {error}");
    }
    Ok(())
}

async fn what_clients_are_to_connect_to_is_shown(which: Which) -> Result<()> {
    let block = " no_tls: true\n advertise: \"web.example:443\"";
    let mut broker = with_websocket(which, block, "http: \"127.0.0.1:-1\"")?;
    // Monitoring is there before it.
    web_addr(&mut broker)?;
    let line = "Starting http monitor on ";
    let line = broker.daemon().wait_for_line(line, PATIENCE)?;
    let monitor = line.rsplit(' ').next().context("an address")?.to_owned();
    let stream = TcpStream::connect(&monitor).await?;
    let said: Value = serde_json::from_str(&get(stream, "/varz").await?)?;
    assert_eq!(said["websocket"]["advertise"], "web.example:443", "{said}");
    Ok(())
}
