//! What configured accounts share, map and may do.

use anyhow::Result;
use serde_json::{Value, json};
use tests::{Broker, Frame, Which, Wire};

use super::{login, password, refusal};
use crate::both::on_both;

on_both![
    accounts_are_apart,
    a_stream_goes_to_those_who_import_it,
    a_stream_may_be_renamed_on_the_way,
    a_service_answers_those_who_import_it,
    a_name_in_the_subject_is_the_importers,
    permissions_bind,
    queues_in_permissions_bind,
    answers_are_allowed_as_often_as_granted,
    defaults_bind_those_without_permissions,
    mappings_of_accounts_and_of_the_global_one_move_messages,
    limits_of_an_account_bind,
    a_user_hears_who_it_is,
];

fn said(subject: &str, payload: &str) -> (String, String) {
    (subject.to_owned(), payload.to_owned())
}

const A_AND_B: &str = "
    accounts {
        A {
            users: [ {user: a, password: a} ]
            exports: [ {stream: \"news.>\"}, {stream: \"secret.>\", accounts: [C]}
                       {service: \"ask\"}, {service: \"slow.*\", response: stream} ]
        }
        B {
            users: [ {user: b, password: b} ]
            imports: [
                {stream: {account: A, subject: \"news.eu\"}}
                {stream: {account: A, subject: \"news.us\"}, prefix: \"from.a\"}
                {stream: {account: A, subject: \"news.*.x\"}, to: \"x.*\"}
                {service: {account: A, subject: \"ask\"}}
                {service: {account: A, subject: \"slow.*\"}, to: \"lento.*\"}
            ]
        }
        C { users: [ {user: c, password: c} ] }
    }";

async fn accounts_are_apart(which: Which) -> Result<()> {
    let broker = Broker::start(which, A_AND_B)?;
    let [mut a, mut b] = [login(&broker, "a").await?, login(&broker, "b").await?];
    let mut other = login(&broker, "b").await?;
    b.subscribe(">", "1").await?;
    a.publish("private", "no").await?;
    a.sync().await?;
    other.publish("private", "yes").await?;
    other.sync().await?;
    assert_eq!(b.messages().await?, [said("private", "yes")]);
    Ok(())
}

async fn a_stream_goes_to_those_who_import_it(which: Which) -> Result<()> {
    let broker = Broker::start(which, A_AND_B)?;
    let mut a = login(&broker, "a").await?;
    let (mut b, mut c) = (login(&broker, "b").await?, login(&broker, "c").await?);
    for wire in [&mut b, &mut c] {
        wire.subscribe("news.>", "1").await?;
    }
    for subject in ["news.eu", "news.asia", "secret.x"] {
        a.publish(subject, "!").await?;
    }
    a.sync().await?;
    assert_eq!(b.messages().await?, [said("news.eu", "!")]);
    assert_eq!(c.messages().await?, []);
    Ok(())
}

async fn a_stream_may_be_renamed_on_the_way(which: Which) -> Result<()> {
    let broker = Broker::start(which, A_AND_B)?;
    let [mut a, mut b] = [login(&broker, "a").await?, login(&broker, "b").await?];
    b.subscribe("from.>", "1").await?;
    b.subscribe("x.*", "2").await?;
    for subject in ["news.us", "news.eu", "news.eu.x"] {
        a.publish(subject, "!").await?;
    }
    a.sync().await?;
    let expected = [said("from.a.news.us", "!"), said("x.eu", "!")];
    assert_eq!(b.messages().await?, expected);
    Ok(())
}

async fn a_service_answers_those_who_import_it(which: Which) -> Result<()> {
    let broker = Broker::start(which, A_AND_B)?;
    let [mut a, mut b] = [login(&broker, "a").await?, login(&broker, "b").await?];
    a.subscribe("ask", "1").await?;
    a.subscribe("slow.*", "2").await?;
    b.subscribe("inbox.*", "1").await?;
    b.request("ask", "inbox.1", "question").await?;
    let question = a.message().await?;
    assert_eq!(question.brief(), ("ask", "question".into()));
    a.publish(&question.reply.unwrap_or_default(), "answer")
        .await?;
    assert_eq!(b.message().await?.brief(), ("inbox.1", "answer".into()));
    b.request("lento.x", "inbox.2", "question").await?;
    let question = a.message().await?;
    assert_eq!(question.subject, "slow.x");
    let reply = question.reply.unwrap_or_default();
    for text in ["one", "two"] {
        a.publish(&reply, text).await?;
        assert_eq!(b.message().await?.brief(), ("inbox.2", text.into()));
    }
    Ok(())
}

async fn a_name_in_the_subject_is_the_importers(which: Which) -> Result<()> {
    let accounts = "accounts {
        A { users: [ {user: a, password: a} ]
            exports: [ {stream: \"for.*\", account_token_position: 2} ] }
        B { users: [ {user: b, password: b} ]
            imports: [ {stream: {account: A, subject: \"for.B\"}, to: mine} ] } }";
    let broker = Broker::start(which, accounts)?;
    let [mut a, mut b] = [login(&broker, "a").await?, login(&broker, "b").await?];
    b.subscribe("mine", "1").await?;
    for subject in ["for.B", "for.C"] {
        a.publish(subject, subject).await?;
    }
    a.sync().await?;
    assert_eq!(b.messages().await?, [said("mine", "for.B")]);
    Ok(())
}

async fn errors_of(wire: &mut Wire) -> Result<Vec<String>> {
    let frames = wire.sync().await?.into_iter();
    let errors = frames.filter_map(|frame| match frame {
        Frame::Error(text) => Some(text),
        _ => None,
    });
    Ok(errors.collect())
}

async fn permissions_bind(which: Which) -> Result<()> {
    let users = "authorization { users: [
        {user: a, password: a, permissions: {publish: \"ok.>\", subscribe: [\"in\", \"out.*\"]}}
        {user: b, password: b, permission: {pub: {deny: \"no.>\"}
                                            sub: {allow: \">\", deny: [\"no\"]}}} ] }";
    let broker = Broker::start(which, users)?;
    let mut a = login(&broker, "a").await?;
    a.send("PUB ok.x 0\r\n\r\nPUB bad 0\r\n\r\nSUB in 1\r\nSUB other 2\r\n")
        .await?;
    let expected = [
        "Permissions Violation for Publish to \"bad\"",
        "Permissions Violation for Subscription to \"other\"",
    ];
    assert_eq!(errors_of(&mut a).await?, expected);
    let mut b = login(&broker, "b").await?;
    b.send("PUB no.x 0\r\n\r\nPUB yes 0\r\n\r\nSUB no 1\r\nSUB yes 2\r\n")
        .await?;
    let expected = [
        "Permissions Violation for Publish to \"no.x\"",
        "Permissions Violation for Subscription to \"no\"",
    ];
    assert_eq!(errors_of(&mut b).await?, expected);
    Ok(())
}

async fn queues_in_permissions_bind(which: Which) -> Result<()> {
    let users = "authorization { users: [
        {user: a, password: a, permissions: {subscribe: {allow: [\"jobs v1.*\"]}}} ] }";
    let broker = Broker::start(which, users)?;
    let mut a = login(&broker, "a").await?;
    a.send("SUB jobs v1.x 1\r\nSUB jobs v2 2\r\nSUB jobs 3\r\n")
        .await?;
    let expected = [
        "Permissions Violation for Subscription to \"jobs\" using queue \"v2\"",
        "Permissions Violation for Subscription to \"jobs\"",
    ];
    assert_eq!(errors_of(&mut a).await?, expected);
    Ok(())
}

async fn answers_are_allowed_as_often_as_granted(which: Which) -> Result<()> {
    let users = "authorization { users: [
        {user: one, password: one, permissions: {subscribe: ask, allow_responses: true}}
        {user: two, password: two, permissions: {subscribe: ask, publish: [\"extra\"]
                                   allow_responses: {max: 2, expires: \"1m\"}}}
        {user: asker, password: asker} ] }";
    let broker = Broker::start(which, users)?;
    for (user, answers) in [("one", 1), ("two", 2)] {
        let mut service = login(&broker, user).await?;
        let mut asker = login(&broker, "asker").await?;
        service.subscribe("ask", "1").await?;
        asker.subscribe("inbox", "1").await?;
        asker.request("ask", "inbox", "?").await?;
        let reply = service.message().await?.reply.unwrap_or_default();
        for _ in 0..3 {
            service.publish(&reply, "!").await?;
        }
        assert_eq!(errors_of(&mut service).await?.len(), 3 - answers, "{user}");
        assert_eq!(asker.messages().await?.len(), answers, "{user}");
        service.publish("extra", "").await?;
        let refused = errors_of(&mut service).await?.len();
        assert_eq!(refused == 0, user == "two");
    }
    Ok(())
}

async fn defaults_bind_those_without_permissions(which: Which) -> Result<()> {
    let config = "
        authorization {
            default_permissions: { publish: \"g.>\" }
            users: [ {user: g, password: g}
                     {user: own, password: own, permissions: {publish: \"own\"}} ]
        }
        accounts { A {
            default_permissions: { publish: { deny: \"a\" } }
            users: [ {user: a, password: a} ] } }";
    let broker = Broker::start(which, config)?;
    for (user, refused) in [
        ("g", vec!["a", "own"]),
        ("own", vec!["a", "g.x"]),
        ("a", vec!["a"]),
    ] {
        let mut wire = login(&broker, user).await?;
        for subject in ["a", "g.x", "own"] {
            wire.publish(subject, "").await?;
        }
        let text = |subject: &&str| format!("Permissions Violation for Publish to \"{subject}\"");
        let expected: Vec<_> = refused.iter().map(text).collect();
        assert_eq!(errors_of(&mut wire).await?, expected, "{user}");
    }
    Ok(())
}

async fn mappings_of_accounts_and_of_the_global_one_move_messages(which: Which) -> Result<()> {
    let config = "
        mappings { old: new, \"a.*.*\": \"b.$2.$1\" }
        accounts { A { users: [ {user: a, password: a} ]
                       mappings: { old: [ {destination: other, weight: 100%} ] } } }
        no_auth_user: g
        authorization { users: [ {user: g, password: g} ] }";
    let broker = Broker::start(which, config)?;
    let (mut a, mut g) = (login(&broker, "a").await?, login(&broker, "g").await?);
    for wire in [&mut a, &mut g] {
        wire.subscribe(">", "1").await?;
        wire.publish("old", "1").await?;
        wire.publish("a.x.y", "2").await?;
        wire.sync().await.map(drop)?;
    }
    let mut listener = login(&broker, "g").await?;
    listener.subscribe(">", "1").await?;
    g.publish("old", "1").await?;
    g.publish("a.x.y", "2").await?;
    g.sync().await.map(drop)?;
    assert_eq!(
        listener.messages().await?,
        [said("new", "1"), said("b.y.x", "2")]
    );
    let mut listener = login(&broker, "a").await?;
    listener.subscribe(">", "1").await?;
    a.publish("old", "1").await?;
    a.publish("a.x.y", "2").await?;
    a.sync().await.map(drop)?;
    assert_eq!(
        listener.messages().await?,
        [said("other", "1"), said("a.x.y", "2")]
    );
    // The same for everybody, where nobody is named.
    let broker = Broker::start(which, "mappings { old: new }")?;
    let mut wire = Wire::anonymous(broker.addr()).await?;
    wire.subscribe("new", "1").await?;
    wire.publish("old", "!").await?;
    assert_eq!(wire.messages().await?, [said("new", "!")]);
    Ok(())
}

async fn limits_of_an_account_bind(which: Which) -> Result<()> {
    let config = "accounts { A { users: [ {user: a, password: a} ]
                                 limits { max_connections: 2, max_payload: 4 } } }";
    let broker = Broker::start(which, config)?;
    let mut first = login(&broker, "a").await?;
    let _second = login(&broker, "a").await?;
    let refused = refusal(&broker, &password("a", "a")).await?;
    let expected = "maximum account active connections exceeded";
    assert_eq!(
        refused.map(|text| text.to_lowercase()).as_deref(),
        Some(expected)
    );
    first.send("PUB x 5\r\n12345\r\n").await?;
    assert_eq!(
        first.errors_until_closed().await?,
        ["Maximum Payload Violation"]
    );
    Ok(())
}

async fn a_user_hears_who_it_is(which: Which) -> Result<()> {
    let config = "accounts { A { users: [
        {user: a, password: a, permissions: {publish: {allow: [\"$SYS.REQ.>\"]}}} ] } }";
    let broker = Broker::start(which, config)?;
    let mut a = login(&broker, "a").await?;
    a.subscribe("inbox", "1").await?;
    a.request("$SYS.REQ.USER.INFO", "inbox", "").await?;
    let answer: Value = serde_json::from_slice(&a.message().await?.payload)?;
    let data = &answer["data"];
    assert_eq!(
        (&data["user"], &data["account"]),
        (&json!("a"), &json!("A")),
        "{answer}"
    );
    assert_eq!(
        data["permissions"]["publish"]["allow"],
        json!(["$SYS.REQ.>"])
    );
    Ok(())
}
