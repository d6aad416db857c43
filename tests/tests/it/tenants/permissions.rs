//! What a user may publish and receive, and the limits of users and accounts.

use accounts::{ResponseClaim, SubjectRules};
use anyhow::Result;
use tests::mint::{Operator, Tenant, User};
use tests::{Broker, Frame, Which, Wire};

use super::broker_with;
use crate::both::on_both;

on_both![
    publishing_follows_allow_and_deny,
    subscribing_follows_allow_and_deny,
    denied_subjects_are_filtered_from_wildcards_and_queues,
    wildcards_that_merely_overlap_a_deny_never_leak,
    that_nobody_answers_is_told_past_rules_and_counts,
    an_empty_allow_list_allows_nothing,
    queue_rules_bind_subject_and_group,
    an_answer_is_allowed_as_often_as_granted,
    reserved_reply_subjects_are_refused,
    default_permissions_hold_for_users_without_their_own,
    a_user_may_not_exceed_its_subscriptions_and_payload,
    an_account_may_not_exceed_its_connections,
    an_account_may_not_exceed_its_subscriptions_and_payload,
];

fn list(subjects: &[&str]) -> Option<Vec<String>> {
    Some(subjects.iter().map(|&subject| subject.to_owned()).collect())
}

fn rules(allow: &[&str], deny: &[&str]) -> SubjectRules {
    let list = |subjects: &[&str]| {
        if subjects.is_empty() {
            None
        } else {
            list(subjects)
        }
    };
    SubjectRules {
        allow: list(allow),
        deny: list(deny),
    }
}

/// A user with these permissions.
fn restricted(tenant: &Tenant, publish: SubjectRules, subscribe: SubjectRules) -> User {
    tenant.user_with("restricted", |claims| {
        claims.nats.rights.publish = publish;
        claims.nats.rights.subscribe = subscribe;
    })
}

/// A tenant with an unrestricted listener on everything, and a broker.
async fn with_listener(which: Which) -> Result<(Tenant, Broker, Wire)> {
    let tenant = Tenant::new("acme");
    let broker = broker_with(which, &Operator::default(), &[&tenant])?;
    let mut listener = Wire::login(broker.addr(), &tenant.user("listener")).await?;
    listener.subscribe(">", "1").await?;
    Ok((tenant, broker, listener))
}

fn subjects(messages: Vec<(String, String)>) -> Vec<String> {
    messages.into_iter().map(|(subject, _)| subject).collect()
}

async fn publishing_follows_allow_and_deny(which: Which) -> Result<()> {
    let (tenant, broker, mut listener) = with_listener(which).await?;
    let user = restricted(
        &tenant,
        rules(
            &["orders.>", "a.*.b"],
            &["orders.secret", "orders.*.hidden"],
        ),
        rules(&[], &[]),
    );
    let mut wire = Wire::login(broker.addr(), &user).await?;
    let cases = [
        ("orders.new", true),
        ("orders.new.eu", true),
        ("a.x.b", true),
        ("orders.secret", false),
        ("orders.eu.hidden", false),
        ("orders", false),
        ("other", false),
        ("a.b", false),
    ];
    for (subject, allowed) in cases {
        wire.publish(subject, "x").await?;
        let violation = format!("Permissions Violation for Publish to \"{subject}\"");
        let expected = if allowed {
            vec![]
        } else {
            vec![Frame::Error(violation)]
        };
        assert_eq!(wire.sync().await?, expected, "{subject}");
        let arrived = subjects(listener.messages().await?);
        let expected: Vec<&str> = if allowed { vec![subject] } else { vec![] };
        assert_eq!(arrived, expected);
    }
    Ok(())
}

async fn subscribing_follows_allow_and_deny(which: Which) -> Result<()> {
    let (tenant, broker, _listener) = with_listener(which).await?;
    let user = restricted(
        &tenant,
        rules(&[], &[]),
        rules(&["orders.>", "news"], &["orders.secret.>", "orders.x"]),
    );
    let mut wire = Wire::login(broker.addr(), &user).await?;
    let cases = [
        ("orders.new", true),
        ("orders.*", true),
        ("orders.>", true),
        ("news", true),
        ("orders.x", false),
        ("orders.secret.a", false),
        ("orders.secret.>", false),
        (">", false),
        ("*", false),
        ("*.new", false),
        ("orders", false),
    ];
    for (n, (subject, allowed)) in cases.into_iter().enumerate() {
        wire.send(format!("SUB {subject} {n}\r\n")).await?;
        let violation = format!("Permissions Violation for Subscription to \"{subject}\"");
        let expected = if allowed {
            vec![]
        } else {
            vec![Frame::Error(violation)]
        };
        assert_eq!(wire.sync().await?, expected, "{subject}");
    }
    Ok(())
}

async fn denied_subjects_are_filtered_from_wildcards_and_queues(which: Which) -> Result<()> {
    let (tenant, broker, _listener) = with_listener(which).await?;
    let user = restricted(&tenant, rules(&[], &[]), rules(&["foo.>"], &["foo.secret"]));
    let mut publisher = Wire::login(broker.addr(), &tenant.user("publisher")).await?;
    for subscription in [
        "SUB foo.> 1",
        "SUB foo.* 1",
        "SUB foo.> q 1",
        "SUB foo.* q 1",
    ] {
        let mut wire = Wire::login(broker.addr(), &user).await?;
        wire.send(format!("{subscription}\r\n")).await?;
        assert_eq!(wire.sync().await?, [], "{subscription}");
        publisher.publish("foo.secret", "no").await?;
        publisher.publish("foo.open", "yes").await?;
        publisher.sync().await?;
        assert_eq!(
            subjects(wire.messages().await?),
            ["foo.open"],
            "{subscription}"
        );
    }
    Ok(())
}

async fn wildcards_that_merely_overlap_a_deny_never_leak(which: Which) -> Result<()> {
    let (tenant, broker, _listener) = with_listener(which).await?;
    let user = restricted(
        &tenant,
        rules(&[], &[]),
        rules(&["foo.*", "*"], &["*.secret", "bar"]),
    );
    let mut wire = Wire::login(broker.addr(), &user).await?;
    wire.subscribe("foo.*", "1").await?;
    wire.subscribe("*", "2").await?;
    let mut publisher = Wire::login(broker.addr(), &tenant.user("publisher")).await?;
    for subject in ["foo.secret", "foo.open", "bar", "baz"] {
        publisher.publish(subject, "x").await?;
    }
    publisher.sync().await?;
    assert_eq!(subjects(wire.messages().await?), ["foo.open", "baz"]);
    Ok(())
}

/// It is a word of the server: a deny does not filter it, and a maximum does not count it.
async fn that_nobody_answers_is_told_past_rules_and_counts(which: Which) -> Result<()> {
    let tenant = Tenant::new("acme");
    let broker = broker_with(which, &Operator::default(), &[&tenant])?;
    let user = restricted(&tenant, rules(&[], &[]), rules(&[">"], &["kept.off"]));
    let mut wire = Wire::login(broker.addr(), &user).await?;
    wire.subscribe("kept.*", "1").await?;
    wire.send("UNSUB 1 1\r\n").await?;
    wire.request("nobody", "kept.off", "?").await?;
    let told = wire.message().await?;
    assert_eq!((&*told.subject, &*told.sid), ("kept.off", "1"));
    let headers = "NATS/1.0 503\r\nNats-Subject: nobody\r\n\r\n";
    assert_eq!(told.headers.as_deref(), Some(headers));
    for subject in ["kept.off", "kept.on", "kept.over"] {
        wire.publish(subject, "x").await?;
    }
    assert_eq!(subjects(wire.messages().await?), ["kept.on"]);
    Ok(())
}

async fn an_empty_allow_list_allows_nothing(which: Which) -> Result<()> {
    let (tenant, broker, mut listener) = with_listener(which).await?;
    let nothing = SubjectRules {
        allow: None,
        deny: list(&[">"]),
    };
    let user = restricted(&tenant, nothing.clone(), nothing);
    let mut wire = Wire::login(broker.addr(), &user).await?;
    wire.send("PUB a 1\r\nx\r\nSUB a 1\r\nSUB > 2\r\n").await?;
    let frames = wire.sync().await?;
    assert_eq!(frames.len(), 3, "{frames:?}");
    assert!(
        frames.iter().all(|frame| matches!(frame, Frame::Error(_))),
        "{frames:?}"
    );
    assert_eq!(listener.messages().await?, []);
    Ok(())
}

async fn queue_rules_bind_subject_and_group(which: Which) -> Result<()> {
    let (tenant, broker, _listener) = with_listener(which).await?;
    let user = restricted(
        &tenant,
        rules(&[], &[]),
        rules(&["work crew", "free", "team *.dev"], &["free bad"]),
    );
    let mut wire = Wire::login(broker.addr(), &user).await?;
    let cases = [
        ("work crew", true),
        ("work other", false),
        ("work", false),
        ("free", true),
        ("free any", true),
        ("free bad", false),
        ("team a.dev", true),
        ("team a.prod", false),
    ];
    for (n, (subscription, allowed)) in cases.into_iter().enumerate() {
        wire.send(format!("SUB {subscription} {n}\r\n")).await?;
        let frames = wire.sync().await?;
        assert_eq!(frames.is_empty(), allowed, "{subscription}: {frames:?}");
        if let (Some((subject, queue)), false) = (subscription.split_once(' '), allowed) {
            let text = format!(
                "Permissions Violation for Subscription to \"{subject}\" using queue \"{queue}\""
            );
            assert_eq!(frames, [Frame::Error(text)]);
        }
    }
    Ok(())
}

async fn an_answer_is_allowed_as_often_as_granted(which: Which) -> Result<()> {
    let (tenant, broker, mut requester) = with_listener(which).await?;
    let user = tenant.user_with("responder", |claims| {
        let rights = &mut claims.nats.rights;
        rights.subscribe = rules(&["service"], &[]);
        rights.responses = Some(ResponseClaim {
            max: 2,
            ttl: 60_000_000_000,
        });
    });
    let mut responder = Wire::login(broker.addr(), &user).await?;
    responder.subscribe("service", "1").await?;
    requester.send("UNSUB 1\r\nSUB back.> 2\r\n").await?;
    requester.request("service", "back.1", "please").await?;
    requester.sync().await?;
    assert_eq!(responder.message().await?.reply.as_deref(), Some("back.1"));

    responder.publish("back.other", "never asked").await?;
    for n in 0..3 {
        responder.publish("back.1", &n.to_string()).await?;
    }
    let violation = |subject| {
        Frame::Error(format!(
            "Permissions Violation for Publish to \"{subject}\""
        ))
    };
    let expected = [violation("back.other"), violation("back.1")];
    assert_eq!(
        responder.sync().await?,
        expected,
        "two answers, the third is one too many"
    );
    assert_eq!(requester.messages().await?.len(), 2);
    Ok(())
}

async fn reserved_reply_subjects_are_refused(which: Which) -> Result<()> {
    let (tenant, broker, mut listener) = with_listener(which).await?;
    let mut wire = Wire::login(broker.addr(), &tenant.user("forger")).await?;
    for reply in ["_R_.abc.def", "$JS.ACK.a.b", "_GR_.x.y"] {
        wire.request("a", reply, "x").await?;
        let text = format!("Permissions Violation for Publish with Reply of \"{reply}\"");
        assert_eq!(wire.sync().await?, [Frame::Error(text)]);
    }
    assert_eq!(listener.messages().await?, []);
    Ok(())
}

async fn default_permissions_hold_for_users_without_their_own(which: Which) -> Result<()> {
    let mut tenant = Tenant::new("acme");
    tenant.body.default_permissions.publish = rules(&["open.>"], &[]);
    let broker = broker_with(which, &Operator::default(), &[&tenant])?;
    let mut plain = Wire::login(broker.addr(), &tenant.user("plain")).await?;
    plain
        .send("PUB open.a 1\r\nx\r\nPUB closed.a 1\r\nx\r\n")
        .await?;
    let text = "Permissions Violation for Publish to \"closed.a\"";
    assert_eq!(plain.sync().await?, [Frame::Error(text.to_owned())]);

    let own = restricted(&tenant, rules(&["closed.>"], &[]), rules(&[], &[]));
    let mut own = Wire::login(broker.addr(), &own).await?;
    own.publish("closed.a", "x").await?;
    assert_eq!(
        own.sync().await?,
        [],
        "a user's own permissions replace the default"
    );
    Ok(())
}

async fn a_user_may_not_exceed_its_subscriptions_and_payload(which: Which) -> Result<()> {
    let (tenant, broker, _listener) = with_listener(which).await?;
    let user = tenant.user_with("limited", |claims| {
        claims.nats.rights.subs = 2;
        claims.nats.rights.payload = 8;
    });
    let mut wire = Wire::login(broker.addr(), &user).await?;
    wire.send("SUB a 1\r\nSUB b 2\r\nSUB c 3\r\n").await?;
    let expected = Frame::Error("maximum subscriptions exceeded".into());
    assert_eq!(wire.sync().await?, [expected]);
    wire.publish("other", "12345678").await?;
    assert_eq!(wire.sync().await?, []);
    wire.publish("other", "123456789").await?;
    assert_eq!(
        wire.errors_until_closed().await?,
        ["Maximum Payload Violation"]
    );
    Ok(())
}

async fn an_account_may_not_exceed_its_connections(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("small");
    tenant.body.limits.conn = 2;
    let other = Tenant::new("other");
    let broker = broker_with(which, &operator, &[&tenant, &other])?;
    let user = tenant.user("many");
    let _first = Wire::login(broker.addr(), &user).await?;
    let second = Wire::login(broker.addr(), &user).await?;
    let full = Err("maximum account active connections exceeded".to_owned());
    assert_eq!(Wire::try_login(broker.addr(), &user).await?, full);
    assert_eq!(
        Wire::try_login(broker.addr(), &other.user("one")).await?,
        Ok(())
    );
    drop(second);
    tests::wait::eventually("a free place", async || {
        Ok(Wire::try_login(broker.addr(), &user).await?.ok())
    })
    .await
}

async fn an_account_may_not_exceed_its_subscriptions_and_payload(which: Which) -> Result<()> {
    let mut tenant = Tenant::new("small");
    tenant.body.limits.subs = 2;
    tenant.body.limits.payload = 16;
    let broker = broker_with(which, &Operator::default(), &[&tenant])?;
    let mut first = Wire::login(broker.addr(), &tenant.user("one")).await?;
    assert_eq!(first.sync().await?, []);
    first.send("SUB a 1\r\nSUB b 2\r\nSUB c 3\r\n").await?;
    let expected = Frame::Error("maximum subscriptions exceeded".into());
    assert_eq!(first.sync().await?, [expected]);
    first.publish("x", "0123456789abcdefg").await?;
    assert_eq!(
        first.errors_until_closed().await?,
        ["Maximum Payload Violation"]
    );
    Ok(())
}
