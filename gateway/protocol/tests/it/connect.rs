//! `CONNECT` as stock clients and odd ones send it.

use protocol::{ConnectOptions, ServerError};

fn parse(json: &str) -> ConnectOptions {
    ConnectOptions::parse(json.as_bytes()).unwrap()
}

#[test]
fn defaults_are_those_of_nats_server() {
    let options = parse("{}");
    assert_eq!(options, ConnectOptions::default());
    assert!(options.verbose && options.pedantic && options.echo);
    assert!(!options.headers && !options.no_responders && options.protocol == 0);
    assert_eq!(parse("null"), options);
}

#[test]
fn every_field_is_read() {
    let options = parse(
        r#"{"verbose":false,"pedantic":false,"echo":false,"tls_required":true,"jwt":"J",
            "nkey":"N","sig":"S","auth_token":"T","user":"u","pass":"p","name":"n","lang":"rust",
            "version":"1","protocol":1,"headers":true,"no_responders":true,"account":"A",
            "new_account":true,"proxy_sig":"P"}"#,
    );
    let text = |text: &str| Some(text.to_owned());
    let wanted = ConnectOptions {
        verbose: false,
        pedantic: false,
        echo: false,
        tls_required: true,
        jwt: text("J"),
        nkey: text("N"),
        sig: text("S"),
        auth_token: text("T"),
        user: text("u"),
        pass: text("p"),
        name: "n".into(),
        lang: "rust".into(),
        version: "1".into(),
        protocol: 1,
        headers: true,
        no_responders: true,
        account: text("A"),
        new_account: true,
        proxy_sig: text("P"),
    };
    assert_eq!(options, wanted);
}

#[test]
fn null_empty_unknown_and_repeated_fields_are_taken_lightly() {
    let options = parse(
        r#"{"verbose":null,"name":null,"jwt":null,"user":"","pass":"a","pass":"b","ECHO":false,
            "tls":{"key":[1,{"x":"secret"}]},"protocol":null}"#,
    );
    assert!(options.verbose && !options.echo);
    assert_eq!(
        (options.jwt, options.user, options.pass.as_deref()),
        (None, None, Some("b"))
    );
    let options = ConnectOptions::parse(b"{\"name\":\"a\xff\"}").unwrap();
    assert_eq!(options.name, "a\u{fffd}");
}

#[test]
fn wrong_shapes_are_errors_that_quote_nothing() {
    for json in [
        "",
        "[]",
        "1",
        "\"hunter2\"",
        "{",
        "{}x",
        "{\"pass\":\"hunter2\",",
        "{\"verbose\":\"hunter2\"}",
        "{\"protocol\":\"hunter2\"}",
        "{\"protocol\":1.5}",
        "{\"pass\":[\"hunter2\"]}",
        "{\"jwt\":1}",
        "{'pass':'hunter2'}",
        "{\"protocol\":99999999999999999999}",
    ] {
        let error = ConnectOptions::parse(json.as_bytes()).unwrap_err();
        let told = format!("{error} {error:?}");
        assert!(!told.contains("hunter2"), "{json}: {told}");
    }
    let deep = format!("{{\"x\":{}", "[".repeat(100_000));
    assert!(ConnectOptions::parse(deep.as_bytes()).is_err());
}

#[test]
fn printing_shows_no_credential() {
    let options = parse(
        r#"{"jwt":"hunter2","nkey":"hunter2","sig":"hunter2","auth_token":"hunter2",
            "pass":"hunter2","proxy_sig":"hunter2","name":"visible"}"#,
    );
    let shown = format!("{options:?} {options:#?}");
    assert!(!shown.contains("hunter2") && shown.contains("visible") && shown.contains("redacted"));
}

#[test]
fn refusals_come_in_nats_servers_order() {
    let refusal = |json| parse(json).refusal();
    assert_eq!(
        refusal(r#"{"protocol":1,"headers":true,"no_responders":true}"#),
        None
    );
    assert_eq!(
        refusal(r#"{"protocol":2}"#),
        Some(ServerError::InvalidClientProtocol)
    );
    let violation = Some(ServerError::AuthorizationViolation);
    assert_eq!(refusal(r#"{"protocol":-1,"account":"A"}"#), violation);
    assert_eq!(refusal(r#"{"new_account":true}"#), violation);
    let headless = Some(ServerError::NoRespondersRequiresHeaders);
    assert_eq!(refusal(r#"{"no_responders":true}"#), headless);
}
