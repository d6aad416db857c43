//! What is refused, with which words, and whether the connection survives it.

use anyhow::Result;
use serde_json::json;
use tests::{Broker, Frame, Which, Wire};

use crate::both::on_both;

on_both![
    what_is_no_operation_closes_with_the_known_text,
    broken_arguments_close_without_a_word,
    a_payload_without_its_line_end_closes,
    sizes_beyond_any_number_close_and_harm_nobody,
    a_payload_over_the_limit_is_refused_before_it_is_read,
    a_control_line_over_the_limit_closes,
    random_and_truncated_bytes_harm_nobody_else,
    a_bad_subscription_subject_is_refused_and_the_connection_stays,
    pedantic_publishes_complain_and_still_deliver,
    impossible_connect_options_close,
    a_connect_that_is_no_json_closes_without_a_word,
    too_many_subscriptions_are_refused_and_the_connection_stays,
];

fn nothing() -> Vec<String> {
    Vec::new()
}

/// Sends `bytes` on a fresh connection and returns the errors up to its end.
async fn refused(broker: &Broker, bytes: impl AsRef<[u8]>) -> Result<Vec<String>> {
    let mut wire = Wire::anonymous(broker.addr()).await?;
    wire.send_to_the_end(bytes).await?;
    wire.errors_until_closed().await
}

/// Somebody else on the same server, before and after what a test does to it.
struct Bystander {
    wire: Wire,
}

impl Bystander {
    async fn new(broker: &Broker) -> Result<Self> {
        let mut wire = Wire::anonymous(broker.addr()).await?;
        wire.subscribe("bystander", "1").await?;
        Ok(Self { wire })
    }

    async fn is_unharmed(&mut self) -> Result<()> {
        self.wire.publish("bystander", "still here").await?;
        let expected = ("bystander".to_owned(), "still here".to_owned());
        assert_eq!(self.wire.messages().await?, [expected]);
        Ok(())
    }
}

async fn what_is_no_operation_closes_with_the_known_text(which: Which) -> Result<()> {
    let broker = Broker::start(which, "")?;
    let unknown = [
        "FOO bar\r\n",
        "GET / HTTP/1.1\r\n",
        "RS+ acc foo\r\n",
        "LS+ foo\r\n",
        "PUB\r\n",
        "SUB\r\n",
        "UNSUB\r\n",
        "\0\0\0\r\n",
    ];
    for line in unknown {
        let errors = refused(&broker, line).await?;
        assert_eq!(errors, ["Unknown Protocol Operation"], "{line:?}");
    }
    assert_eq!(refused(&broker, "-ERR 'gone'\r\n").await?, nothing());
    Ok(())
}

async fn broken_arguments_close_without_a_word(which: Which) -> Result<()> {
    let broker = Broker::start(which, "")?;
    let broken = [
        "PUB a\r\n",
        "PUB a b c 1\r\n",
        "PUB a -1\r\n",
        "PUB a +1\r\n",
        "PUB a 1x\r\n",
        "SUB a\r\n",
        "SUB a b c d\r\n",
        "UNSUB 1 2 3\r\n",
        "HPUB a 5\r\n",
        "HPUB a 6 5\r\n",
        "HPUB a x 5\r\n",
    ];
    for line in broken {
        assert_eq!(refused(&broker, line).await?, nothing(), "{line:?}");
    }
    Ok(())
}

async fn a_payload_without_its_line_end_closes(which: Which) -> Result<()> {
    let broker = Broker::start(which, "")?;
    for bytes in ["PUB a 2\r\nhixx", "PUB a 2\r\nhi\n\n", "PUB a 0\r\nx\r\n"] {
        let errors = refused(&broker, bytes).await?;
        assert_eq!(errors, ["Unknown Protocol Operation"], "{bytes:?}");
    }
    Ok(())
}

async fn sizes_beyond_any_number_close_and_harm_nobody(which: Which) -> Result<()> {
    let broker = Broker::start(which, "")?;
    let mut bystander = Bystander::new(&broker).await?;
    for size in [
        "4294967296",
        "2147483648",
        "9223372036854775808",
        "18446744073709551617",
    ] {
        for line in [format!("PUB a {size}\r\n"), format!("HPUB a 1 {size}\r\n")] {
            assert_eq!(refused(&broker, &line).await?, nothing(), "{line:?}");
        }
    }
    let errors = refused(&broker, "PUB a 999999999\r\n").await?;
    assert_eq!(errors, ["Maximum Payload Violation"]);
    bystander.is_unharmed().await
}

async fn a_payload_over_the_limit_is_refused_before_it_is_read(which: Which) -> Result<()> {
    let broker = Broker::start(which, "max_payload: 1024")?;
    let mut bystander = Bystander::new(&broker).await?;
    let mut wire = Wire::anonymous(broker.addr()).await?;
    wire.subscribe("a", "1").await?;
    wire.publish("a", &"x".repeat(1024)).await?;
    assert_eq!(
        wire.message().await?.payload.len(),
        1024,
        "exactly the limit passes"
    );
    assert_eq!(
        refused(&broker, "PUB a 1025\r\n").await?,
        ["Maximum Payload Violation"]
    );
    let errors = refused(&broker, "HPUB a 12 1025\r\n").await?;
    assert_eq!(errors, ["Maximum Payload Violation"], "headers count");
    bystander.is_unharmed().await
}

async fn a_control_line_over_the_limit_closes(which: Which) -> Result<()> {
    let broker = Broker::start(which, "max_control_line: 512")?;
    let mut bystander = Bystander::new(&broker).await?;
    let subject = "s".repeat(600);
    let errors = refused(&broker, format!("SUB {subject} 1\r\n")).await?;
    assert_eq!(errors, ["maximum control line exceeded"]);
    let errors = refused(&broker, format!("PUB {subject}")).await?;
    assert_eq!(
        errors,
        ["maximum control line exceeded"],
        "without waiting for the line's end"
    );
    let name = "n".repeat(600);
    let mut wire = Wire::open(broker.addr()).await?;
    wire.send(format!("CONNECT {{\"name\":\"{name}\"}}\r\n"))
        .await?;
    let errors = wire.errors_until_closed().await?;
    assert_eq!(
        errors,
        ["maximum control line exceeded"],
        "CONNECT is a control line too"
    );
    bystander.is_unharmed().await
}

async fn random_and_truncated_bytes_harm_nobody_else(which: Which) -> Result<()> {
    let seed = crate::seed::announced();
    let mut random = crate::seed::Random::new(seed);
    let broker = Broker::start(which, "")?;
    let mut bystander = Bystander::new(&broker).await?;
    let valid = "CONNECT {}\r\nSUB a.> q 1\r\nHPUB a.b 12 14\r\nNATS/1.0\r\n\r\nok\r\nPING\r\n";
    for round in 0..200 {
        let mut wire = Wire::open(broker.addr()).await?;
        let bytes: Vec<u8> = if round % 2 == 0 {
            (0..random.below(2_000)).map(|_| random.byte()).collect()
        } else {
            let mut bytes = valid.as_bytes()[..random.below(valid.len())].to_vec();
            for _ in 0..random.below(4) {
                if !bytes.is_empty() {
                    let at = random.below(bytes.len());
                    bytes[at] = random.byte();
                }
            }
            bytes
        };
        wire.send_to_the_end(&bytes).await?;
        // The server may have hung up before; then there is nothing to end.
        let _ = wire.finish().await;
        let _ = wire.until_closed().await;
    }
    bystander.is_unharmed().await
}

async fn a_bad_subscription_subject_is_refused_and_the_connection_stays(
    which: Which,
) -> Result<()> {
    let broker = Broker::start(which, "")?;
    let mut wire = Wire::anonymous(broker.addr()).await?;
    for subject in ["foo..bar", ".foo", "foo.", "foo.>.bar", ">.foo"] {
        wire.send(format!("SUB {subject} 1\r\n")).await?;
        assert_eq!(
            wire.sync().await?,
            [Frame::Error("Invalid Subject".into())],
            "{subject}"
        );
    }
    wire.subscribe("foo*.>", "2").await?;
    wire.publish("foo*.a", "x").await?;
    assert_eq!(wire.messages().await?.len(), 1);
    Ok(())
}

async fn pedantic_publishes_complain_and_still_deliver(which: Which) -> Result<()> {
    let broker = Broker::start(which, "")?;
    let mut wire = Wire::anonymous_with(broker.addr(), &json!({"pedantic": true})).await?;
    wire.subscribe("foo.*", "1").await?;
    wire.publish("foo.*", "x").await?;
    let frames = wire.sync().await?;
    assert!(
        frames.contains(&Frame::Error("Invalid Publish Subject".into())),
        "{frames:?}"
    );
    assert!(
        frames
            .iter()
            .any(|frame| matches!(frame, Frame::Message(_))),
        "{frames:?}"
    );
    Ok(())
}

async fn impossible_connect_options_close(which: Which) -> Result<()> {
    let broker = Broker::start(which, "")?;
    let cases = [
        (r#"{"protocol":2}"#, "invalid client protocol"),
        (
            r#"{"no_responders":true}"#,
            "no responders requires headers support",
        ),
        (r#"{"account":"other"}"#, "Authorization Violation"),
        (
            r#"{"account":"other","new_account":true}"#,
            "Authorization Violation",
        ),
    ];
    for (options, expected) in cases {
        let mut wire = Wire::open(broker.addr()).await?;
        wire.send(format!("CONNECT {options}\r\n")).await?;
        assert_eq!(wire.errors_until_closed().await?, [expected], "{options}");
    }
    Ok(())
}

async fn a_connect_that_is_no_json_closes_without_a_word(which: Which) -> Result<()> {
    let broker = Broker::start(which, "")?;
    for options in [
        "",
        "{",
        "[]",
        "\"x\"",
        "{\"verbose\":\"maybe\"}",
        "{\"protocol\":1.5}",
    ] {
        let mut wire = Wire::open(broker.addr()).await?;
        wire.send(format!("CONNECT {options}\r\n")).await?;
        assert_eq!(wire.errors_until_closed().await?, nothing(), "{options:?}");
    }
    let mut wire = Wire::open(broker.addr()).await?;
    wire.send("CONNECT {\"verbose\":false,\"unheard_of\":{\"a\":[1]}}\r\n")
        .await?;
    assert_eq!(wire.sync().await?, [], "unknown fields are passed over");
    Ok(())
}

async fn too_many_subscriptions_are_refused_and_the_connection_stays(which: Which) -> Result<()> {
    let broker = Broker::start(which, "max_subscriptions: 3")?;
    let mut wire = Wire::anonymous(broker.addr()).await?;
    for n in 0..3 {
        wire.subscribe(&format!("s.{n}"), &n.to_string()).await?;
    }
    wire.send("SUB s.3 3\r\n").await?;
    let expected = Frame::Error("maximum subscriptions exceeded".into());
    assert_eq!(wire.sync().await?, [expected]);
    wire.send("UNSUB 0\r\n").await?;
    wire.subscribe("s.3", "3").await
}
