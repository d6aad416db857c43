//! What mappings do to permissions.

use accounts::{ResponseClaim, SubjectRules};
use anyhow::Result;
use serde_json::json;
use tests::mint::{Operator, Tenant, User};
use tests::{Which, Wire};

use super::super::{Pusher, broker_with};
use super::{map, mapped, start};
use crate::both::on_both;

on_both![
    a_mapping_does_not_lead_where_the_user_may_not_publish,
    leave_to_answer_does_not_follow_a_mapping,
];

fn publisher(tenant: &Tenant, allow: &[&str]) -> User {
    tenant.user_with("publisher", |claims| {
        claims.nats.rights.publish = SubjectRules {
            allow: Some(allow.iter().map(|&subject| subject.to_owned()).collect()),
            deny: None,
        };
    })
}

async fn a_mapping_does_not_lead_where_the_user_may_not_publish(which: Which) -> Result<()> {
    let mut tenant = mapped(&[("in.*", "out.$1"), ("x.*", "{{splitfromleft(1,3)}}")]);
    map(&mut tenant, "any", &[("any", 50), ("out.1", 50)]);
    let (broker, mut listener) = start(which, &tenant).await?;
    let both = publisher(&tenant, &["in.*", "out.open"]);
    let mut wire = Wire::login(broker.addr(), &both).await?;
    wire.publish("in.open", "x").await?;
    assert_eq!(wire.sync().await?, []);
    for _ in 0..2 {
        wire.publish("in.secret", "x").await?;
        // The client hears of the subject that it knows, not of where it would have gone.
        let named = if which == Which::Tidegate {
            "in.secret"
        } else {
            "out.secret"
        };
        let expected = format!("Permissions Violation for Publish to \"{named}\"");
        assert_eq!(wire.error().await?, expected);
    }
    let mut wire = Wire::login(broker.addr(), &publisher(&tenant, &["x.>", "any"])).await?;
    wire.publish("x.outsecret", "x").await?;
    wire.error().await?;
    let mut refused = 0;
    for _ in 0..40 {
        wire.publish("any", "x").await?;
        refused += wire.sync().await?.len();
    }
    assert!(
        (1..40).contains(&refused),
        "one half may, {refused} may not"
    );
    let mut got: Vec<_> = listener
        .messages()
        .await?
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(got.remove(0), "out.open");
    assert_eq!(got, vec!["any"; 40 - refused]);
    Ok(())
}

/// The broker's word about a subject is what happens, and a refusal is remembered with its reason.
#[tokio::test]
async fn the_broker_explains_what_a_mapping_does() -> Result<()> {
    let operator = Operator::default();
    let tenant = mapped(&[("in.*", "out.$1")]);
    let broker = broker_with(Which::Tidegate, &operator, &[&tenant])?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let user = publisher(&tenant, &["in.*", "out.open"]);
    let mut wire = Wire::login(broker.addr(), &user).await?;
    let about = format!("$SYS.REQ.ACCOUNT.{}", tenant.public());
    for (subject, allowed) in [("in.open", true), ("in.secret", false)] {
        wire.publish(subject, "x").await?;
        assert_eq!(wire.sync().await?.is_empty(), allowed, "{subject}");
        let question = json!({"user": user.public(), "action": "publish", "subject": subject});
        let answer = pusher
            .ask_json(&format!("{about}.EXPLAIN"), &question.to_string())
            .await?;
        assert_eq!(answer["data"]["allowed"], allowed, "{answer}");
        assert_eq!(answer["data"]["mapped"][0], subject.replace("in.", "out."));
    }
    let answer = pusher.ask_json(&format!("{about}.DENIALS"), "").await?;
    let denial = &answer["data"]["denials"][0];
    assert_eq!(denial["subject"], "in.secret", "{answer}");
    let text = denial.to_string();
    assert!(text.contains("mapped to \\\"out.secret\\\""), "{text}");
    Ok(())
}

/// nats-server looks at the mapped subject only: its mapping gives a right that no claim grants.
#[tokio::test]
async fn a_mapping_gives_no_right_to_publish() -> Result<()> {
    let mut tenant = mapped(&[("in.*", "out.$1")]);
    map(&mut tenant, "any", &[("any", 50), ("out.1", 50)]);
    let (broker, mut listener) = start(Which::Tidegate, &tenant).await?;
    let mut wire = Wire::login(broker.addr(), &publisher(&tenant, &["out.*"])).await?;
    for subject in ["in.1", "in.1", "any"] {
        wire.publish(subject, "x").await?;
        let expected = format!("Permissions Violation for Publish to \"{subject}\"");
        assert_eq!(wire.error().await?, expected);
    }
    wire.publish("out.2", "x").await?;
    assert_eq!(wire.sync().await?, []);
    assert_eq!(
        listener.messages().await?,
        [("out.2".to_owned(), "x".to_owned())]
    );
    Ok(())
}

async fn leave_to_answer_does_not_follow_a_mapping(which: Which) -> Result<()> {
    let mut tenant = mapped(&[("answers.*", "read.$1")]);
    map(&mut tenant, "stay.*", &[("stay.$1", 50)]);
    let (broker, mut asker) = start(which, &tenant).await?;
    let user = tenant.user_with("service", |claims| {
        claims.nats.rights.responses = Some(ResponseClaim { max: 1, ttl: 0 });
    });
    let mut service = Wire::login(broker.addr(), &user).await?;
    service.subscribe("help", "1").await?;
    asker.request("help", "answers.1", "?").await?;
    assert_eq!(service.message().await?.reply.as_deref(), Some("answers.1"));
    service.publish("answers.1", "!").await?;
    let text = service.error().await?;
    assert!(
        text.starts_with("Permissions Violation for Publish to "),
        "{text}"
    );
    for reply in ["plain.1", "stay.1"] {
        asker.request("help", reply, "?").await?;
        service.message().await?;
        service.publish(reply, "!").await?;
        assert_eq!(service.sync().await?, []);
    }
    let got: Vec<_> = asker
        .messages()
        .await?
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(got, ["help", "help", "plain.1", "help", "stay.1"]);
    Ok(())
}
