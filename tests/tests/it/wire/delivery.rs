//! Messages that arrive as they should: verbs, headers, queues, UNSUB, echo, no responders.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde_json::json;
use tests::{Broker, Frame, Which, Wire};

use crate::both::on_both;

on_both![
    info_comes_first_and_names_the_server,
    verbs_have_any_case_and_lines_any_spacing,
    a_message_reaches_every_matching_subscription,
    payloads_are_bytes_however_they_are_cut,
    headers_travel_and_are_cut_off_for_those_without,
    a_queue_group_gets_each_message_once,
    several_groups_and_plain_subscribers_each_get_theirs,
    unsubscribe_now_after_some_and_of_nothing,
    a_second_subscription_with_the_same_sid_is_ignored,
    verbose_clients_get_ok_and_connect_is_optional,
    without_echo_only_the_own_connection_is_left_out,
    a_request_nobody_serves_is_answered_503,
    a_publish_with_odd_subjects_matches_nothing_or_only_wildcards,
    the_first_ping_of_protocol_one_brings_a_second_info,
    many_messages_arrive_complete_and_in_order,
];

async fn info_comes_first_and_names_the_server(which: Which) -> Result<()> {
    let broker = Broker::start(which, "max_payload: 2048")?;
    let wire = Wire::open(broker.addr()).await?;
    let info = wire.info();
    assert_eq!(info["server_name"], "tested");
    assert_eq!(info["proto"], 1);
    assert_eq!(info["headers"], true);
    assert_eq!(info["max_payload"], 2048);
    assert_eq!(info["port"], broker.addr().port());
    assert_eq!(info["client_ip"], "127.0.0.1");
    assert!(info["client_id"].as_u64().is_some_and(|id| id > 0));
    let id = info["server_id"].as_str().context("server_id")?;
    assert_eq!((id.len(), &id[..1]), (56, "N"), "a server nkey");
    assert!(
        info.get("auth_required")
            .is_none_or(|required| required == false)
    );
    assert!(
        info.get("connect_urls").is_none(),
        "a standalone server has nothing to announce"
    );
    Ok(())
}

async fn verbs_have_any_case_and_lines_any_spacing(which: Which) -> Result<()> {
    let broker = Broker::start(which, "")?;
    let mut wire = Wire::open(broker.addr()).await?;
    wire.send("connect {\"verbose\":false,\"headers\":true}\n")
        .await?;
    wire.send("sub\tone.*\t 1\nSuB  two  queue   2 \r\n")
        .await?;
    wire.send("pub one.a \t 2\r\nhi\r\nPuB two reply.to 3\nyou\r\n")
        .await?;
    wire.send("hpub one.b 12 14\r\nNATS/1.0\r\n\r\nok\r\n")
        .await?;
    let frames = {
        wire.send("pInG whatever follows\n").await?;
        let mut frames = Vec::new();
        while frames.last() != Some(&Frame::Pong) {
            frames.push(wire.frame().await?);
        }
        frames
    };
    let messages: Vec<_> = frames
        .iter()
        .filter_map(|frame| match frame {
            Frame::Message(m) => Some((m.subject.as_str(), m.sid.as_str(), m.payload.as_slice())),
            _ => None,
        })
        .collect();
    let expected: [(&str, &str, &[u8]); 3] = [
        ("one.a", "1", b"hi"),
        ("two", "2", b"you"),
        ("one.b", "1", b"ok"),
    ];
    assert_eq!(messages, expected);
    assert_eq!(
        frames.len(),
        4,
        "nothing but the messages and the PONG: {frames:?}"
    );
    Ok(())
}

async fn a_message_reaches_every_matching_subscription(which: Which) -> Result<()> {
    let broker = Broker::start(which, "")?;
    let mut listener = Wire::anonymous(broker.addr()).await?;
    let patterns = [
        "a.b.c", "a.*.c", "a.>", ">", "*.*.*", "a.b", "a.b.c.d", "b.>", "*.b.x", "A.B.C",
    ];
    for (n, pattern) in patterns.iter().enumerate() {
        listener.subscribe(pattern, &n.to_string()).await?;
    }
    let mut publisher = Wire::anonymous(broker.addr()).await?;
    publisher.publish("a.b.c", "x").await?;
    publisher.sync().await?;
    let sids: BTreeSet<String> = listener
        .sync()
        .await?
        .into_iter()
        .map(|frame| match frame {
            Frame::Message(message) => message.sid,
            other => format!("{other:?}"),
        })
        .collect();
    let expected = ["0", "1", "2", "3", "4"].map(str::to_owned);
    assert_eq!(sids, BTreeSet::from(expected), "subscriptions hit by a.b.c");
    Ok(())
}

async fn payloads_are_bytes_however_they_are_cut(which: Which) -> Result<()> {
    let broker = Broker::start(which, "")?;
    let mut listener = Wire::anonymous(broker.addr()).await?;
    listener.subscribe("bytes", "1").await?;
    let payload: Vec<u8> = (0..=255).chain(*b"\r\nPUB bytes 1\r\nx\r\n").collect();
    let mut operation = format!("PUB bytes {}\r\n", payload.len()).into_bytes();
    operation.extend_from_slice(&payload);
    operation.extend_from_slice(b"\r\n");

    let mut publisher = Wire::anonymous(broker.addr()).await?;
    for cut in [1, 3, 5, 11, 14, operation.len() - 3, operation.len() - 1] {
        publisher.send(&operation[..cut]).await?;
        // The other connection's round trip makes the server read the first part alone.
        listener.sync().await?;
        publisher.send(&operation[cut..]).await?;
        publisher.sync().await?;
        let message = listener.message().await?;
        assert_eq!(message.payload, payload, "cut after {cut} bytes");
    }
    publisher.publish("bytes", "").await?;
    publisher.sync().await?;
    assert_eq!(listener.message().await?.payload, b"");
    Ok(())
}

async fn headers_travel_and_are_cut_off_for_those_without(which: Which) -> Result<()> {
    let broker = Broker::start(which, "")?;
    let mut with = Wire::anonymous(broker.addr()).await?;
    let plain = json!({"headers": false, "no_responders": false});
    let mut without = Wire::anonymous_with(broker.addr(), &plain).await?;
    with.subscribe("h", "1").await?;
    without.subscribe("h", "1").await?;
    let headers = "NATS/1.0\r\nTrace: one\r\nTrace: two\r\n\r\n";
    let (head, total) = (headers.len(), headers.len() + 4);
    let mut publisher = Wire::anonymous(broker.addr()).await?;
    publisher
        .send(format!("HPUB h back {head} {total}\r\n{headers}body\r\n"))
        .await?;
    publisher.sync().await?;

    let message = with.message().await?;
    assert_eq!(message.headers.as_deref(), Some(headers));
    assert_eq!(
        (message.reply.as_deref(), &message.payload[..]),
        (Some("back"), &b"body"[..])
    );
    let message = without.message().await?;
    assert_eq!(message.headers, None);
    assert_eq!(
        (message.reply.as_deref(), &message.payload[..]),
        (Some("back"), &b"body"[..])
    );

    without
        .send(format!("HPUB h {head} {total}\r\n{headers}body\r\n"))
        .await?;
    assert_eq!(without.errors_until_closed().await?, Vec::<String>::new());
    Ok(())
}

async fn a_queue_group_gets_each_message_once(which: Which) -> Result<()> {
    const MESSAGES: usize = 400;
    let broker = Broker::start(which, "")?;
    let mut members = Vec::new();
    for _ in 0..4 {
        let mut member = Wire::anonymous(broker.addr()).await?;
        member.send("SUB work.* crew 1\r\n").await?;
        member.sync().await?;
        members.push(member);
    }
    let mut publisher = Wire::anonymous(broker.addr()).await?;
    for n in 0..MESSAGES {
        publisher.publish("work.now", &n.to_string()).await?;
    }
    publisher.sync().await?;
    let mut all = Vec::new();
    for member in &mut members {
        let got = member.messages().await?;
        assert!(
            !got.is_empty(),
            "every member of four gets some of {MESSAGES}"
        );
        all.extend(got.into_iter().map(|(_, text)| text));
    }
    let distinct: BTreeSet<_> = all.iter().collect();
    assert_eq!((all.len(), distinct.len()), (MESSAGES, MESSAGES));

    // A member that leaves is no longer chosen.
    drop(members.split_off(1));
    for n in 0..MESSAGES {
        publisher.publish("work.later", &n.to_string()).await?;
        if n % 50 == 0 {
            publisher.sync().await?;
        }
    }
    publisher.sync().await?;
    let got = members[0].messages().await?.len();
    assert!(
        got > MESSAGES / 2,
        "{got} of {MESSAGES} went to the one that stayed"
    );
    Ok(())
}

async fn several_groups_and_plain_subscribers_each_get_theirs(which: Which) -> Result<()> {
    let broker = Broker::start(which, "")?;
    let mut wire = Wire::anonymous(broker.addr()).await?;
    for subscription in [
        "SUB t red 1",
        "SUB t red 2",
        "SUB t.> red 3",
        "SUB t blue 4",
        "SUB t 5",
    ] {
        wire.send(format!("{subscription}\r\n")).await?;
    }
    wire.sync().await?;
    for _ in 0..20 {
        wire.publish("t", "x").await?;
    }
    let mut counts = [0; 6];
    for frame in wire.sync().await? {
        if let Frame::Message(message) = frame {
            counts[message.sid.parse::<usize>()?] += 1;
        }
    }
    assert_eq!(
        counts[1] + counts[2],
        20,
        "group red, once each: {counts:?}"
    );
    assert_eq!((counts[3], counts[4], counts[5]), (0, 20, 20), "{counts:?}");
    Ok(())
}

async fn unsubscribe_now_after_some_and_of_nothing(which: Which) -> Result<()> {
    let broker = Broker::start(which, "")?;
    let mut wire = Wire::anonymous(broker.addr()).await?;
    wire.send("UNSUB 99\r\nSUB a 1\r\nSUB b 2\r\nSUB c 3\r\nUNSUB 1\r\nUNSUB 2 2\r\n")
        .await?;
    for subject in ["a", "b", "b", "b", "c", "c"] {
        wire.publish(subject, "x").await?;
    }
    let got: Vec<String> = wire
        .messages()
        .await?
        .into_iter()
        .map(|(subject, _)| subject)
        .collect();
    assert_eq!(
        got,
        ["b", "b", "c", "c"],
        "a is gone, b ended after two, c goes on"
    );
    // Two were delivered: a maximum of one is reached already.
    wire.send("UNSUB 3 1\r\n").await?;
    wire.publish("c", "x").await?;
    assert_eq!(wire.messages().await?, []);
    Ok(())
}

async fn a_second_subscription_with_the_same_sid_is_ignored(which: Which) -> Result<()> {
    let broker = Broker::start(which, "")?;
    let mut wire = Wire::anonymous(broker.addr()).await?;
    wire.subscribe("first", "1").await?;
    wire.subscribe("second", "1").await?;
    wire.publish("second", "no").await?;
    wire.publish("first", "yes").await?;
    assert_eq!(
        wire.messages().await?,
        [("first".to_owned(), "yes".to_owned())]
    );
    Ok(())
}

async fn verbose_clients_get_ok_and_connect_is_optional(which: Which) -> Result<()> {
    let broker = Broker::start(which, "")?;
    let mut silent = Wire::open(broker.addr()).await?;
    silent
        .send("SUB a 1\r\nPUB a 1\r\nx\r\nUNSUB 1\r\n")
        .await?;
    let frames = silent.sync().await?;
    assert_eq!(
        frames.iter().filter(|frame| **frame == Frame::Ok).count(),
        3,
        "{frames:?}"
    );
    assert_eq!(frames.len(), 4, "three +OK and one message: {frames:?}");

    let mut wire = Wire::open(broker.addr()).await?;
    wire.send("CONNECT {\"verbose\":true}\r\n").await?;
    assert_eq!(wire.frame().await?, Frame::Ok);
    wire.send("SUB a 1\r\n").await?;
    assert_eq!(wire.frame().await?, Frame::Ok);
    Ok(())
}

async fn without_echo_only_the_own_connection_is_left_out(which: Which) -> Result<()> {
    let broker = Broker::start(which, "")?;
    let mut quiet = Wire::anonymous_with(broker.addr(), &json!({"echo": false})).await?;
    let mut other = Wire::anonymous_with(broker.addr(), &json!({"echo": false})).await?;
    quiet.subscribe("a", "1").await?;
    other.subscribe("a", "1").await?;
    quiet.publish("a", "from quiet").await?;
    assert_eq!(quiet.messages().await?, []);
    assert_eq!(
        other.messages().await?,
        [("a".to_owned(), "from quiet".to_owned())]
    );
    Ok(())
}

async fn a_request_nobody_serves_is_answered_503(which: Which) -> Result<()> {
    let broker = Broker::start(which, "")?;
    let mut wire = Wire::anonymous(broker.addr()).await?;
    wire.subscribe("_INBOX.me.*", "7").await?;
    wire.request("nobody.home", "_INBOX.me.1", "hello").await?;
    let message = wire.message().await?;
    assert_eq!(
        (message.subject.as_str(), message.sid.as_str()),
        ("_INBOX.me.1", "7")
    );
    let expected = "NATS/1.0 503\r\nNats-Subject: nobody.home\r\n\r\n";
    assert_eq!(message.headers.as_deref(), Some(expected));
    assert_eq!(message.payload, b"");

    wire.send("UNSUB 7\r\nSUB _INBOX.me.* workers 8\r\n")
        .await?;
    wire.request("nobody.home", "_INBOX.me.2", "hello").await?;
    assert_eq!(wire.sync().await?, [], "a queue-subscribed inbox gets none");

    let mut plain = Wire::anonymous_with(broker.addr(), &json!({"no_responders": false})).await?;
    plain.subscribe("_INBOX.me.*", "1").await?;
    plain.request("nobody.home", "_INBOX.me.3", "hello").await?;
    assert_eq!(plain.sync().await?, [], "who did not ask for it gets none");
    Ok(())
}

async fn a_publish_with_odd_subjects_matches_nothing_or_only_wildcards(which: Which) -> Result<()> {
    let broker = Broker::start(which, "")?;
    let mut wire = Wire::anonymous(broker.addr()).await?;
    wire.subscribe("foo.*", "1").await?;
    wire.subscribe("foo.bar", "2").await?;
    for subject in ["foo.*", "foo..bar", ".foo", "foo.", "foo.bar."] {
        wire.publish(subject, "x").await?;
    }
    assert_eq!(
        wire.messages().await?,
        [("foo.*".to_owned(), "x".to_owned())]
    );
    Ok(())
}

async fn the_first_ping_of_protocol_one_brings_a_second_info(which: Which) -> Result<()> {
    let broker = Broker::start(which, "")?;
    let mut wire = Wire::open(broker.addr()).await?;
    wire.send("CONNECT {\"verbose\":false,\"protocol\":1}\r\nPING\r\n")
        .await?;
    assert_eq!(wire.frame().await?, Frame::Pong);
    let Frame::Info(info) = wire.frame().await? else {
        anyhow::bail!("no INFO after PONG")
    };
    assert_eq!(info["connect_info"], true);
    assert_eq!(info["remote_account"], "$G");
    assert_eq!(wire.sync().await?, [], "only after the first PING");
    Ok(())
}

async fn many_messages_arrive_complete_and_in_order(which: Which) -> Result<()> {
    const MESSAGES: usize = 50_000;
    let broker = Broker::start(which, "")?;
    let mut listener = Wire::anonymous(broker.addr()).await?;
    listener.subscribe("flood.>", "1").await?;
    let mut publisher = Wire::anonymous(broker.addr()).await?;
    let sending = tokio::spawn(async move {
        for batch in 0..MESSAGES / 500 {
            let mut operations = String::new();
            for n in batch * 500..(batch + 1) * 500 {
                let text = format!("{n}");
                operations += &format!("PUB flood.{} {}\r\n{text}\r\n", n % 7, text.len());
            }
            publisher.send(operations).await?;
        }
        publisher.sync().await
    });
    for n in 0..MESSAGES {
        let message = listener.message().await?;
        assert_eq!(
            message.brief(),
            (format!("flood.{}", n % 7).as_str(), n.to_string().into())
        );
    }
    assert_eq!(sending.await??, []);
    Ok(())
}
