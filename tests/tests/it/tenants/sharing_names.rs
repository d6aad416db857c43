//! Under which names a shared subject is known on either side, and who else has the same name.

use accounts::ShareKind::{self, Service, Stream};
use anyhow::{Context, Result};
use tests::mint::{Operator, Tenant};
use tests::wait::eventually;
use tests::{Broker, Which, Wire};

use super::{Pusher, asked, asked_in_vain, broker_with, export, import};
use crate::both::on_both;

on_both![
    several_exporters_reach_one_subscriber_once_each,
    a_prefix_names_a_stream,
    subscriptions_of_every_width_get_their_part_of_a_transformed_stream,
    the_older_to_of_a_service_names_the_other_side,
    wildcards_of_a_service_change_places,
    a_position_by_account_holds_for_services_and_forbids_wildcards,
    members_of_a_group_share_an_imported_stream,
    every_subscription_has_its_own_copy,
];

/// One exporter, one importer.
struct Two {
    operator: Operator,
    acme: Tenant,
    globex: Tenant,
}

impl Two {
    fn new() -> Self {
        Self {
            operator: Operator::default(),
            acme: Tenant::new("acme"),
            globex: Tenant::new("globex"),
        }
    }

    fn share(kind: ShareKind, subject: &str, local: &str) -> Self {
        let mut two = Self::new();
        export(&mut two.acme, kind, subject);
        import(&mut two.globex, &two.acme, kind, (subject, local));
        two
    }

    async fn start(&self, which: Which) -> Result<(Broker, Wire, Wire)> {
        let broker = broker_with(which, &self.operator, &[&self.acme, &self.globex])?;
        let acme = Wire::login(broker.addr(), &self.acme.user("a")).await?;
        let mut globex = Wire::login(broker.addr(), &self.globex.user("g")).await?;
        globex.subscribe("inbox", "inbox").await?;
        Ok((broker, acme, globex))
    }
}

/// What has come, in order of subject and text.
async fn sorted(wire: &mut Wire) -> Result<Vec<String>> {
    let messages = wire.messages().await?.into_iter();
    let mut got: Vec<_> = messages
        .map(|(subject, text)| format!("{subject} {text}"))
        .collect();
    got.sort();
    Ok(got)
}

async fn several_exporters_reach_one_subscriber_once_each(which: Which) -> Result<()> {
    let operator = Operator::default();
    let (mut one, mut two) = (Tenant::new("one"), Tenant::new("two"));
    let mut reading = Tenant::new("reading");
    for (exporter, own) in [(&mut one, "one.*"), (&mut two, "two.*")] {
        export(exporter, Stream, "news.*");
        import(&mut reading, exporter, Stream, ("news.*", "news.*"));
        export(exporter, Stream, "other.*");
        import(&mut reading, exporter, Stream, ("other.*", own));
    }
    let broker = broker_with(which, &operator, &[&one, &two, &reading])?;
    let mut reader = Wire::login(broker.addr(), &reading.user("r")).await?;
    reader.subscribe(">", "1").await?;
    let mut exact = Wire::login(broker.addr(), &reading.user("e")).await?;
    exact.subscribe("news.x", "1").await?;
    for (tenant, text) in [(&one, "1"), (&two, "2")] {
        let mut wire = Wire::login(broker.addr(), &tenant.user("w")).await?;
        wire.publish("news.x", text).await?;
        wire.publish("other.x", text).await?;
        wire.sync().await?;
    }
    assert_eq!(
        sorted(&mut reader).await?,
        ["news.x 1", "news.x 2", "one.x 1", "two.x 2"]
    );
    assert_eq!(sorted(&mut exact).await?, ["news.x 1", "news.x 2"]);
    Ok(())
}

async fn a_prefix_names_a_stream(which: Which) -> Result<()> {
    let mut two = Two::share(Stream, "news.*.>", "");
    two.globex.body.imports[0].to = "acme".to_owned();
    let (_broker, mut acme, mut globex) = two.start(which).await?;
    for subject in [
        ">",
        "acme.>",
        "*.news.>",
        "acme.news.*.b",
        "*.*.a.*",
        "acme.news.a.b",
        // These have no part in it.
        "news.>",
        "acme.*",
        "acme.other.>",
        "acme.news.b.>",
    ] {
        globex.subscribe(subject, subject).await?;
    }
    acme.publish("news.a.b", "x").await?;
    acme.publish("other.a.b", "x").await?;
    acme.sync().await?;
    assert_eq!(sorted(&mut globex).await?, ["acme.news.a.b x"; 6]);
    Ok(())
}

async fn subscriptions_of_every_width_get_their_part_of_a_transformed_stream(
    which: Which,
) -> Result<()> {
    let two = Two::share(Stream, "in.*.for.*", "$2.gets.$1");
    let (_broker, mut acme, mut globex) = two.start(which).await?;
    let mut expected = Vec::new();
    for (subject, matching) in [
        (
            ">",
            ["bob gets one", "bob gets two", "ann gets one"].as_slice(),
        ),
        (
            "*.gets.*",
            &["bob gets one", "bob gets two", "ann gets one"],
        ),
        ("*.*.one", &["bob gets one", "ann gets one"]),
        ("bob.>", &["bob gets one", "bob gets two"]),
        ("bob.*.two", &["bob gets two"]),
        ("ann.gets.one", &["ann gets one"]),
        ("ann.gets.two", &[]),
        ("*.has.*", &[]),
        ("in.>", &[]),
    ] {
        globex.subscribe(subject, subject).await?;
        let subjects = matching.iter().map(|it| it.replace(' ', "."));
        expected.extend(subjects.map(|it| format!("{it} x")));
    }
    for subject in [
        "in.one.for.bob",
        "in.two.for.bob",
        "in.one.for.ann",
        "in.one",
    ] {
        acme.publish(subject, "x").await?;
    }
    acme.sync().await?;
    expected.sort();
    assert_eq!(sorted(&mut globex).await?, expected);
    Ok(())
}

async fn the_older_to_of_a_service_names_the_other_side(which: Which) -> Result<()> {
    let mut two = Two::new();
    export(&mut two.acme, Service, "req.*");
    let old = import(&mut two.globex, &two.acme, Service, ("request", ""));
    old.to = "req.echo".to_owned();
    let (_broker, mut acme, mut globex) = two.start(which).await?;
    acme.subscribe(">", "1").await?;
    globex.request("request", "inbox", "?").await?;
    let request = acme.message().await?;
    assert_eq!(request.brief(), ("req.echo", "?".into()));
    asked_in_vain(&mut globex, "req.echo").await
}

async fn wildcards_of_a_service_change_places(which: Which) -> Result<()> {
    let two = Two::share(Service, "api.*.v1.*", "acme.$2.$1");
    let (_broker, mut acme, mut globex) = two.start(which).await?;
    acme.subscribe(">", "1").await?;
    globex.request("acme.get.users", "inbox", "?").await?;
    let request = acme.message().await?;
    assert_eq!(request.subject, "api.users.v1.get");
    let reply = request.reply.context("a request has a reply subject")?;
    acme.publish(&reply, "!").await?;
    assert_eq!(globex.message().await?.brief(), ("inbox", "!".into()));
    asked_in_vain(&mut globex, "acme.get").await?;
    asked_in_vain(&mut globex, "api.users.v1.get").await
}

async fn a_position_by_account_holds_for_services_and_forbids_wildcards(
    which: Which,
) -> Result<()> {
    for kind in [Service, Stream] {
        let mut two = Two::new();
        export(&mut two.acme, kind, "for.*.do.*").account_token_position = 2;
        let (own, foreign) = (two.globex.public(), two.acme.public());
        for (account, local) in [
            (own.to_string(), "own.*"),
            (foreign.to_string(), "foreign.*"),
        ] {
            let subject = format!("for.{account}.do.*");
            import(&mut two.globex, &two.acme, kind, (&subject, local));
        }
        import(
            &mut two.globex,
            &two.acme,
            kind,
            ("for.*.do.*", "all.$1.$2"),
        );
        let (_broker, mut acme, mut globex) = two.start(which).await?;
        if kind == Stream {
            globex.subscribe(">", "1").await?;
            for account in [own, foreign] {
                acme.publish(&format!("for.{account}.do.it"), "x").await?;
            }
            acme.sync().await?;
            assert_eq!(sorted(&mut globex).await?, ["own.it x"]);
            continue;
        }
        acme.subscribe("for.>", "1").await?;
        asked(&mut globex, "own.it", &mut acme).await?;
        asked_in_vain(&mut globex, "foreign.it").await?;
        asked_in_vain(&mut globex, &format!("all.{own}.it")).await?;
        asked_in_vain(&mut globex, &format!("all.{foreign}.it")).await?;
    }
    Ok(())
}

async fn members_of_a_group_share_an_imported_stream(which: Which) -> Result<()> {
    let two = Two::share(Stream, "work.*", "acme.*");
    let (broker, mut acme, mut one) = two.start(which).await?;
    let mut other = Wire::login(broker.addr(), &two.globex.user("o")).await?;
    // Members with patterns of different width, and one in two groups.
    one.send("SUB acme.* crew 1\r\nSUB acme.> crew 2\r\nSUB acme.x second 3\r\n")
        .await?;
    other.send("SUB acme.x crew 1\r\n").await?;
    one.sync().await?;
    other.sync().await?;
    for _ in 0..40 {
        acme.publish("work.x", "x").await?;
    }
    acme.sync().await?;
    let (one, other) = (one.sync().await?.len(), other.sync().await?.len());
    assert_eq!(one + other, 80);
    assert!((41..80).contains(&one), "{one} of 80 for the one");
    Ok(())
}

async fn every_subscription_has_its_own_copy(which: Which) -> Result<()> {
    let two = Two::share(Stream, "news.>", "acme.>");
    let (_broker, mut acme, mut globex) = two.start(which).await?;
    globex.subscribe("acme.a", "1").await?;
    globex.subscribe("acme.a", "2").await?;
    acme.publish("news.a", "x").await?;
    acme.publish("news.a", "y").await?;
    acme.sync().await?;
    let texts = sorted(&mut globex).await?;
    assert_eq!(texts, ["acme.a x", "acme.a x", "acme.a y", "acme.a y"]);
    globex.send("UNSUB 1\r\n").await?;
    globex.sync().await?;
    acme.publish("news.a", "z").await?;
    acme.sync().await?;
    assert_eq!(sorted(&mut globex).await?, ["acme.a z"]);
    Ok(())
}

/// The original does not count what comes by an import.
#[tokio::test]
async fn a_maximum_counts_imported_messages() -> Result<()> {
    let two = Two::share(Stream, "news.>", "acme.>");
    let (_broker, mut acme, mut globex) = two.start(Which::Tidegate).await?;
    globex.subscribe("acme.*", "1").await?;
    globex.send("UNSUB 1 2\r\n").await?;
    globex.sync().await?;
    for text in ["x", "y", "z"] {
        acme.publish("news.a", text).await?;
    }
    acme.sync().await?;
    assert_eq!(sorted(&mut globex).await?, ["acme.a x", "acme.a y"]);
    Ok(())
}

/// What an importer leaves in the exporter's table goes with it.
#[tokio::test]
async fn shadows_of_a_client_that_is_gone_are_gone() -> Result<()> {
    let two = Two::share(Stream, "news.>", "acme.>");
    let (broker, _acme, mut globex) = two.start(Which::Tidegate).await?;
    let mut pusher = Pusher::new(&broker, &two.operator).await?;
    let subject = format!("$SYS.REQ.ACCOUNT.{}.INFO", two.acme.public());
    let mut entries = async || -> Result<Option<u64>> {
        Ok(pusher.ask_json(&subject, "").await?["data"]["subscriptions"].as_u64())
    };
    assert_eq!(entries().await?, Some(0));
    for n in 0..10 {
        let subject = format!("acme.{n}");
        globex.subscribe(&subject, &subject).await?;
    }
    globex.send("UNSUB acme.9\r\n").await?;
    globex.sync().await?;
    assert_eq!(entries().await?, Some(9));
    drop(globex);
    eventually("the shadows to go", async || {
        Ok((entries().await? == Some(0)).then_some(()))
    })
    .await
}
