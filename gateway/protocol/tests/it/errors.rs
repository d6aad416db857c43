//! The texts on the wire and what they do to the connection.

use protocol::{ClosedReason, ParseError, ServerError, WrongPort};

fn wire(error: &ServerError) -> String {
    let mut out = Vec::new();
    error.write(&mut out);
    String::from_utf8(out).unwrap()
}

fn check(errors: &[(ServerError, &str)], closes: bool) {
    for (error, text) in errors {
        assert_eq!(error.to_string(), *text);
        assert_eq!(wire(error), format!("-ERR '{text}'\r\n"));
        assert_eq!(error.closes(), closes, "{text}");
    }
}

#[test]
fn errors_that_close_have_nats_servers_texts() {
    use ServerError as E;
    let closing = [
        (E::UnknownProtocolOperation, "Unknown Protocol Operation"),
        (E::AuthorizationViolation, "Authorization Violation"),
        (E::AuthenticationTimeout, "Authentication Timeout"),
        (E::UserAuthenticationExpired, "User Authentication Expired"),
        (E::UserAuthenticationRevoked, "User Authentication Revoked"),
        (
            E::AccountAuthenticationExpired,
            "Account Authentication Expired",
        ),
        (E::TlsRequired, "Secure Connection - TLS Required"),
        (
            E::MaximumConnectionsExceeded,
            "maximum connections exceeded",
        ),
        (
            E::MaximumAccountConnectionsExceeded,
            "maximum account active connections exceeded",
        ),
        (
            E::MaximumUserConnectionsExceeded,
            "maximum account active connections exceeded",
        ),
        (E::MaximumPayloadViolation, "Maximum Payload Violation"),
        (
            E::MaximumControlLineExceeded,
            "maximum control line exceeded",
        ),
        (E::StaleConnection, "Stale Connection"),
        (E::InvalidClientProtocol, "invalid client protocol"),
        (
            E::NoRespondersRequiresHeaders,
            "no responders requires headers support",
        ),
        (E::FailedAccountRegistration, "Failed Account Registration"),
        (
            E::ConnectionThrottled,
            "Connection throttling is active. Please try again later.",
        ),
        (
            E::WrongPort(WrongPort::Route),
            "attempted to connect to route port",
        ),
        (
            E::WrongPort(WrongPort::Leaf),
            "attempted to connect to leaf node port",
        ),
        (
            E::WrongPort(WrongPort::Gateway),
            "attempted to connect to gateway port",
        ),
        (
            E::WrongPort(WrongPort::Other),
            "attempted to connect to wrong port",
        ),
    ];
    check(&closing, true);
}

#[test]
fn errors_that_leave_the_connection_open_have_nats_servers_texts() {
    use ServerError as E;
    let staying = [
        (
            E::MaximumSubscriptionsExceeded,
            "maximum subscriptions exceeded",
        ),
        (E::InvalidPublishSubject, "Invalid Publish Subject"),
        (E::InvalidSubject, "Invalid Subject"),
        (
            E::publish(b"a"),
            "Permissions Violation for Publish to \"a\"",
        ),
        (
            E::publish_reply(b"_R_.x"),
            "Permissions Violation for Publish with Reply of \"_R_.x\"",
        ),
        (
            E::subscribe(b"a", None),
            "Permissions Violation for Subscription to \"a\"",
        ),
        (
            E::subscribe(b"a", Some(b"q")),
            "Permissions Violation for Subscription to \"a\" using queue \"q\"",
        ),
        (
            E::subscription_removed(b"a", None, b"1"),
            "Permissions Violation for Subscription to \"a\" (sid \"1\")",
        ),
        (
            E::subscription_removed(b"a", Some(b"q"), b"1"),
            "Permissions Violation for Subscription to \"a\" using queue \"q\" (sid \"1\")",
        ),
        (
            E::SubscribeTooManyTokens {
                subject: b"a.b".to_vec(),
            },
            "Permissions Violation for Subscription to \"a.b\", too many tokens",
        ),
    ];
    check(&staying, false);
}

#[test]
fn subjects_are_quoted_as_go_quotes_them() {
    // As seen from nats-server 2.15.1, except for the escapes of control characters.
    let subject = b"\"a\x7f\xc2\xa0\xe2\x80\x8be\xcc\x81\xff\\\x01\x07\xf3\xa0\x80\x81\xc3\xa9";
    assert_eq!(
        ServerError::publish(subject).to_string(),
        "Permissions Violation for Publish to \
         \"\\\"a\\x7f\\u00a0\\u200be\u{301}\\xff\\\\\\x01\\a\\U000e0001é\""
    );
}

#[test]
fn nothing_a_client_sends_can_break_the_line_of_its_error() {
    let every_byte: Vec<u8> = (0..=255).collect();
    let error = ServerError::subscription_removed(&every_byte, Some(&every_byte), &every_byte);
    let line = wire(&error);
    assert!(
        line.trim_end_matches("\r\n")
            .chars()
            .all(|c| !c.is_control()),
        "{line}"
    );
}

#[test]
fn parse_errors_are_told_or_not_as_nats_server_does() {
    use ParseError as P;
    let payload = P::PayloadTooLarge { size: 2, max: 1 };
    for (error, told, reason) in [
        (
            P::UnknownOperation,
            Some("Unknown Protocol Operation"),
            "Protocol Violation",
        ),
        (
            P::ControlLineTooLong,
            Some("maximum control line exceeded"),
            "Maximum Control Line Exceeded",
        ),
        (
            payload,
            Some("Maximum Payload Violation"),
            "Maximum Message Payload Exceeded",
        ),
        (
            P::ConnectRequired,
            Some("Authorization Violation"),
            "Authentication Failure",
        ),
        (P::BadArguments, None, "Protocol Violation"),
        (P::HeadersNotSupported, None, "Protocol Violation"),
        (P::ClientSentError, None, "Parse Error"),
    ] {
        assert_eq!(
            error.wire_error().map(|error| error.to_string()).as_deref(),
            told
        );
        assert_eq!(error.closed_reason().to_string(), reason);
        if let Some(told) = error.wire_error() {
            assert_eq!(told.closed_reason(), Some(error.closed_reason()));
        }
    }
    assert_eq!(ClosedReason::Kicked.as_str(), "Kicked");
}
