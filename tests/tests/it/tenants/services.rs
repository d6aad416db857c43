//! Services: how many answers a request may have, for how long, and from whom.

use accounts::ResponseClaim;
use accounts::ShareKind::{Service, Stream};
use anyhow::{Context, Result};
use serde_json::Value;
use tests::mint::{Operator, Tenant, User};
use tests::wait::eventually;
use tests::{Broker, Which, Wire};

use super::{Pusher, asked, asked_in_vain, broker_with, export, import};
use crate::both::on_both;

on_both![
    several_answers_end_with_an_empty_one,
    headers_without_a_body_do_not_end_an_exchange,
    an_answer_may_ask_back,
    late_answers_go_nowhere,
    whoever_listens_at_the_service_hears_the_answers,
    a_responder_needs_leave_to_answer,
    an_answer_to_nobody_ends_the_exchange,
    one_request_may_reach_services_of_several_accounts,
    a_service_and_a_stream_of_one_subject_deliver_once,
    an_answer_does_not_come_by_an_own_stream_too,
    the_own_export_can_be_imported,
    a_service_tells_who_asks_in_full_when_shared,
];

/// A service of `acme` that `globex` imports under the same name.
struct Service_ {
    operator: Operator,
    acme: Tenant,
    globex: Tenant,
}

impl Service_ {
    fn new(response_type: &str) -> Self {
        let (mut acme, mut globex) = (Tenant::new("acme"), Tenant::new("globex"));
        export(&mut acme, Service, "svc").response_type = response_type.to_owned();
        import(&mut globex, &acme, Service, ("svc", ""));
        let operator = Operator::default();
        Self {
            operator,
            acme,
            globex,
        }
    }

    /// The broker, a responder that listens, a requester with an inbox.
    async fn start(&self, which: Which) -> Result<(Broker, Wire, Wire)> {
        let broker = broker_with(which, &self.operator, &[&self.acme, &self.globex])?;
        let mut responder = Wire::login(broker.addr(), &self.acme.user("r")).await?;
        responder.subscribe("svc", "1").await?;
        let mut requester = Wire::login(broker.addr(), &self.globex.user("q")).await?;
        requester.subscribe("inbox", "1").await?;
        Ok((broker, responder, requester))
    }
}

fn texts(messages: Vec<(String, String)>) -> Vec<String> {
    messages.into_iter().map(|(_, text)| text).collect()
}

async fn several_answers_end_with_an_empty_one(which: Which) -> Result<()> {
    for (kind, expected) in [
        ("Stream", ["one", "two", ""].as_slice()),
        ("Chunked", &["one", "two", ""]),
        ("Singleton", &["one"]),
        ("", &["one"]),
    ] {
        let (_broker, mut responder, mut requester) = Service_::new(kind).start(which).await?;
        let reply = asked(&mut requester, "svc", &mut responder).await?;
        for text in ["one", "two", "", "three"] {
            responder.publish(&reply, text).await?;
        }
        responder.sync().await?;
        assert_eq!(texts(requester.messages().await?), expected, "{kind}");
    }
    Ok(())
}

async fn headers_without_a_body_do_not_end_an_exchange(which: Which) -> Result<()> {
    let (_broker, mut responder, mut requester) = Service_::new("Stream").start(which).await?;
    let reply = asked(&mut requester, "svc", &mut responder).await?;
    let headers = "NATS/1.0\r\nA: b\r\n\r\n";
    let len = headers.len();
    responder
        .send(format!("HPUB {reply} {len} {len}\r\n{headers}\r\n"))
        .await?;
    responder.publish(&reply, "more").await?;
    assert_eq!(requester.message().await?.headers.as_deref(), Some(headers));
    assert_eq!(requester.message().await?.payload, b"more");
    Ok(())
}

async fn an_answer_may_ask_back(which: Which) -> Result<()> {
    let (_broker, mut responder, mut requester) = Service_::new("").start(which).await?;
    responder.subscribe("acme.inbox", "2").await?;
    let reply = asked(&mut requester, "svc", &mut responder).await?;
    responder
        .request(&reply, "acme.inbox", "which one?")
        .await?;
    let question = requester.message().await?;
    assert_eq!(question.brief(), ("inbox", "which one?".into()));
    let back = question.reply.context("the way back is not told")?;
    assert!(back.starts_with("_R_."), "{back}");
    requester.request(&back, "inbox", "the red one").await?;
    let answer = responder.message().await?;
    assert_eq!(answer.brief(), ("acme.inbox", "the red one".into()));
    let reply = answer.reply.context("the way back is not told")?;
    responder.publish(&reply, "sold").await?;
    assert_eq!(requester.message().await?.payload, b"sold");
    Ok(())
}

async fn late_answers_go_nowhere(which: Which) -> Result<()> {
    let (_broker, mut responder, mut requester) = Service_::new("").start(which).await?;
    responder.subscribe("acme.inbox", "2").await?;
    let reply = asked(&mut requester, "svc", &mut responder).await?;
    responder.publish(&reply, "first").await?;
    responder.publish(&reply, "second").await?;
    responder.publish("_R_.never.was", "").await?;
    assert_eq!(responder.sync().await?, [], "it hears nothing of it");
    // Unless it asks for something: then it learns that nobody is there.
    let asking = ("_R_.never.was", "acme.inbox");
    responder.request(asking.0, asking.1, "?").await?;
    let told = responder.message().await?.headers.unwrap_or_default();
    assert!(told.starts_with("NATS/1.0 503"), "{told}");
    assert_eq!(texts(requester.messages().await?), ["first"]);
    Ok(())
}

async fn whoever_listens_at_the_service_hears_the_answers(which: Which) -> Result<()> {
    let service = Service_::new("");
    let (broker, mut responder, mut requester) = service.start(which).await?;
    let mut colleague = Wire::login(broker.addr(), &service.acme.user("colleague")).await?;
    colleague.subscribe("_R_.>", "1").await?;
    let reply = asked(&mut requester, "svc", &mut responder).await?;
    responder.publish(&reply, "yes").await?;
    assert_eq!(requester.message().await?.payload, b"yes");
    assert_eq!(colleague.messages().await?, [(reply, "yes".to_owned())]);
    Ok(())
}

async fn a_responder_needs_leave_to_answer(which: Which) -> Result<()> {
    let service = Service_::new("Stream");
    let broker = broker_with(which, &service.operator, &[&service.acme, &service.globex])?;
    let limited = |name: &str, responses| -> User {
        service.acme.user_with(name, |claims| {
            claims.nats.rights.publish.allow = Some(vec!["nothing".to_owned()]);
            claims.nats.rights.responses = responses;
        })
    };
    let mut requester = Wire::login(broker.addr(), &service.globex.user("q")).await?;
    requester.subscribe("inbox", "1").await?;
    let leave = |max| Some(ResponseClaim { max, ttl: 0 });
    for (name, responses, expected) in [
        ("none", None, [].as_slice()),
        ("one", leave(1), &["one"]),
        ("two", leave(2), &["one", "two"]),
    ] {
        let mut responder = Wire::login(broker.addr(), &limited(name, responses)).await?;
        responder.subscribe("svc", "1").await?;
        let reply = asked(&mut requester, "svc", &mut responder).await?;
        for text in ["one", "two", "three"] {
            responder.publish(&reply, text).await?;
        }
        let refusals = responder.sync().await?.len();
        assert_eq!(refusals, 3 - expected.len(), "{name}");
        assert_eq!(texts(requester.messages().await?), expected, "{name}");
        responder.send("UNSUB 1\r\n").await?;
        responder.sync().await?;
    }
    Ok(())
}

async fn an_answer_to_nobody_ends_the_exchange(which: Which) -> Result<()> {
    let (_broker, mut responder, mut requester) = Service_::new("Stream").start(which).await?;
    let reply = asked(&mut requester, "svc", &mut responder).await?;
    responder.publish(&reply, "one").await?;
    assert_eq!(requester.message().await?.payload, b"one");
    requester.send("UNSUB 1\r\n").await?;
    requester.sync().await?;
    responder.publish(&reply, "two").await?;
    responder.sync().await?;
    requester.subscribe("inbox", "2").await?;
    responder.publish(&reply, "three").await?;
    responder.sync().await?;
    assert_eq!(requester.messages().await?, []);
    Ok(())
}

async fn one_request_may_reach_services_of_several_accounts(which: Which) -> Result<()> {
    let operator = Operator::default();
    let (mut one, mut two) = (Tenant::new("one"), Tenant::new("two"));
    let mut asking = Tenant::new("asking");
    for exporter in [&mut one, &mut two] {
        export(exporter, Service, "svc");
        import(&mut asking, exporter, Service, ("svc", ""));
    }
    let broker = broker_with(which, &operator, &[&one, &two, &asking])?;
    let mut requester = Wire::login(broker.addr(), &asking.user("q")).await?;
    requester.subscribe("inbox", "1").await?;
    requester.request("svc", "inbox", "nobody yet").await?;
    let headers = requester.message().await?.headers.unwrap_or_default();
    assert!(headers.starts_with("NATS/1.0 503"), "{headers}");
    let mut responders = Vec::new();
    for tenant in [&one, &two] {
        let mut wire = Wire::login(broker.addr(), &tenant.user("r")).await?;
        wire.subscribe("svc", "1").await?;
        responders.push(wire);
    }
    requester.request("svc", "inbox", "?").await?;
    for (at, wire) in responders.iter_mut().enumerate() {
        let request = wire.message().await?;
        let reply = request.reply.context("a request has a reply subject")?;
        wire.publish(&reply, &at.to_string()).await?;
        assert_eq!(wire.messages().await?, []);
    }
    assert_eq!(texts(requester.messages().await?), ["0", "1"]);
    Ok(())
}

async fn a_service_and_a_stream_of_one_subject_deliver_once(which: Which) -> Result<()> {
    let operator = Operator::default();
    let (mut acme, mut globex) = (Tenant::new("acme"), Tenant::new("globex"));
    for kind in [Service, Stream] {
        export(&mut acme, kind, "both");
        import(&mut globex, &acme, kind, ("both", ""));
    }
    let broker = broker_with(which, &operator, &[&acme, &globex])?;
    let mut there = Wire::login(broker.addr(), &acme.user("a")).await?;
    let mut here = Wire::login(broker.addr(), &globex.user("g")).await?;
    there.subscribe("both", "1").await?;
    here.subscribe("both", "1").await?;
    here.publish("both", "from the importer").await?;
    here.sync().await?;
    assert_eq!(texts(there.messages().await?), ["from the importer"]);
    there.publish("both", "from the exporter").await?;
    assert_eq!(texts(there.messages().await?), ["from the exporter"]);
    here.publish("both", "end").await?;
    assert_eq!(texts(here.messages().await?), ["from the exporter", "end"]);
    Ok(())
}

/// Nobody gets a request or an answer over a stream, not even over the account's own.
async fn an_answer_does_not_come_by_an_own_stream_too(which: Which) -> Result<()> {
    let mut service = Service_::new("");
    let globex = &mut service.globex;
    export(globex, Stream, ">");
    let mut own = accounts::ImportClaim::new(Stream, globex.public(), ">");
    own.name = "own".to_owned();
    globex.body.imports.push(own);
    let (_broker, mut responder, mut requester) = service.start(which).await?;
    let reply = asked(&mut requester, "svc", &mut responder).await?;
    responder.publish(&reply, "answer").await?;
    responder.sync().await?;
    assert_eq!(texts(requester.messages().await?), ["answer"]);
    Ok(())
}

/// Like a mapping within the account.
async fn the_own_export_can_be_imported(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("tenant");
    for (kind, subject) in [
        (Service, "svc"),
        (Stream, "str"),
        (Service, "loop"),
        (Stream, "l"),
    ] {
        export(&mut tenant, kind, subject);
    }
    for (kind, subject, local) in [
        (Service, "svc", "own.svc"),
        (Stream, "str", "own.str"),
        (Service, "loop", "loop"),
        (Stream, "l", "l"),
    ] {
        let exporter = tenant.public();
        let mut import = accounts::ImportClaim::new(kind, exporter, subject);
        import.name = subject.to_owned();
        import.local_subject = local.to_owned();
        tenant.body.imports.push(import);
    }
    let broker = broker_with(which, &operator, &[&tenant])?;
    let mut wire = Wire::login(broker.addr(), &tenant.user("u")).await?;
    for subject in ["svc", "own.str", "loop", "l"] {
        wire.subscribe(subject, subject).await?;
    }
    wire.publish("own.svc", "request").await?;
    wire.publish("str", "message").await?;
    wire.publish("loop", "once").await?;
    wire.publish("l", "once").await?;
    let mut got = wire.messages().await?;
    got.sort();
    // Under its own name it comes twice, by itself and by the import.
    let expected = [
        ("l", "once"),
        ("l", "once"),
        ("loop", "once"),
        ("loop", "once"),
        ("own.str", "message"),
        ("svc", "request"),
    ];
    assert_eq!(got, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    wire.subscribe("inbox", "inbox").await?;
    wire.request("own.svc", "inbox", "?").await?;
    let reply = wire.message().await?.reply.context("no way back")?;
    wire.publish(&reply, "!").await?;
    assert_eq!(wire.message().await?.brief(), ("inbox", "!".into()));
    wire.send("UNSUB svc\r\n").await?;
    asked_in_vain(&mut wire, "own.svc").await?;
    Ok(())
}

/// The value of `Nats-Request-Info`.
fn info(headers: &str) -> Result<Value> {
    let line = headers
        .lines()
        .find_map(|line| line.strip_prefix("Nats-Request-Info:"));
    Ok(serde_json::from_str(line.context("no info")?.trim())?)
}

async fn a_service_tells_who_asks_in_full_when_shared(which: Which) -> Result<()> {
    for share in [false, true] {
        let mut service = Service_::new("");
        service.globex.body.imports[0].share = share;
        let (broker, mut responder, _) = service.start(which).await?;
        let user = service.globex.user_with("named", |claims| {
            claims.nats.tags = vec!["team:red".to_owned(), "x".to_owned()];
        });
        let options = serde_json::json!({ "name": "my app", "lang": "rust", "version": "1.2" });
        let mut requester = Wire::login_with(broker.addr(), &user, &options).await?;
        requester.request("svc", "inbox", "?").await?;
        let told = info(&responder.message().await?.headers.unwrap_or_default())?;
        let told = told.as_object().context("not an object")?;
        assert_eq!(told["acc"], service.globex.public().to_string());
        assert!(told["rtt"].as_u64().is_some_and(|rtt| rtt > 0), "{told:?}");
        if !share {
            assert_eq!(told.len(), 2, "{told:?}");
            continue;
        }
        let expected = serde_json::json!({
            "host": "127.0.0.1", "kind": "Client", "client_type": "nats", "server": "tested",
            "name": "my app", "lang": "rust", "ver": "1.2",
            "user": user.public().to_string(), "name_tag": "named",
            "issuer_key": service.globex.public().to_string(), "tags": ["team:red", "x"],
        });
        for (field, value) in expected.as_object().into_iter().flatten() {
            assert_eq!(told.get(field), Some(value), "{field}");
        }
        assert!(told["start"].is_string() && told["id"].is_u64(), "{told:?}");
        // The original gives the user's token away, and with a bearer's all that it can do.
        assert_eq!(told.contains_key("jwt"), which == Which::NatsServer);
        assert_eq!(told.len(), 15 + usize::from(which == Which::NatsServer));
    }
    Ok(())
}

/// How many exchanges are open at the service.
async fn open_requests(pusher: &mut Pusher, tenant: &Tenant) -> Result<Option<u64>> {
    let subject = format!("$SYS.REQ.ACCOUNT.{}.INFO", tenant.public());
    Ok(pusher.ask_json(&subject, "").await?["data"]["open_requests"].as_u64())
}

#[tokio::test]
async fn exchanges_of_a_requester_that_is_gone_are_forgotten() -> Result<()> {
    let service = Service_::new("");
    let (broker, mut responder, mut requester) = service.start(Which::Tidegate).await?;
    let mut pusher = Pusher::new(&broker, &service.operator).await?;
    let mut leaver = Wire::login(broker.addr(), &service.globex.user("leaver")).await?;
    leaver.subscribe("leaver.*", "1").await?;
    for n in 0..10 {
        leaver.request("svc", &format!("leaver.{n}"), "?").await?;
        responder.message().await?;
    }
    asked(&mut requester, "svc", &mut responder).await?;
    assert_eq!(open_requests(&mut pusher, &service.acme).await?, Some(11));
    drop(leaver);
    eventually("the leaver's exchanges to be forgotten", async || {
        let open = open_requests(&mut pusher, &service.acme).await?;
        Ok((open == Some(1)).then_some(()))
    })
    .await?;
    requester.send("UNSUB 1\r\n").await?;
    eventually("the other exchange to be forgotten", async || {
        let open = open_requests(&mut pusher, &service.acme).await?;
        Ok((open == Some(0)).then_some(()))
    })
    .await
}

/// Sends requests until one is refused, and says how many were not. Their reply subjects are as
/// long as they may be.
async fn fill(requester: &mut Wire, subject: &str, responder: &mut Wire) -> Result<usize> {
    let request = format!("PUB {subject} inbox.{} 1\r\n?\r\n", "x".repeat(3834));
    let mut open = 0;
    loop {
        requester.send(request.repeat(512)).await?;
        let refused = requester.messages().await?.len();
        let taken = responder.messages().await?.len();
        anyhow::ensure!(refused + taken == 512, "{refused} refused, {taken} taken");
        open += taken;
        if refused > 0 {
            return Ok(open);
        }
    }
}

#[tokio::test]
async fn one_importer_cannot_fill_the_memory_of_exchanges() -> Result<()> {
    let operator = Operator::default();
    let (mut greedy, mut modest) = (Tenant::new("greedy"), Tenant::new("modest"));
    let mut services: Vec<_> = (0..5).map(|n| Tenant::new(&format!("s{n}"))).collect();
    for (n, service) in services.iter_mut().enumerate() {
        export(service, Service, "svc");
        let local = format!("svc.{n}");
        for importer in [&mut greedy, &mut modest] {
            import(importer, service, Service, ("svc", &local));
        }
    }
    let tenants: Vec<_> = services.iter().chain([&greedy, &modest]).collect();
    let broker = broker_with(Which::Tidegate, &operator, &tenants)?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let mut responders = Vec::new();
    for service in &services {
        let mut responder = Wire::login(broker.addr(), &service.user("r")).await?;
        responder.subscribe("svc", "1").await?;
        responders.push(responder);
    }
    let mut requester = Wire::login(broker.addr(), &greedy.user("greedy")).await?;
    requester.subscribe("inbox.*", "1").await?;
    // 8 MiB for each service, 32 MiB in all; 4 KiB for each exchange.
    for (n, expected) in [2048, 2048, 2048, 2048, 0].into_iter().enumerate() {
        let open = fill(&mut requester, &format!("svc.{n}"), &mut responders[n]).await?;
        assert_eq!(open, expected, "service {n}");
        let shown = open_requests(&mut pusher, &services[n]).await?;
        assert_eq!(shown, Some(expected as u64));
    }
    // Others have their share, of the services that it has filled, too.
    let mut other = Wire::login(broker.addr(), &modest.user("modest")).await?;
    other.subscribe("inbox", "1").await?;
    for (n, responder) in responders.iter_mut().enumerate() {
        let reply = asked(&mut other, &format!("svc.{n}"), responder).await?;
        responder.publish(&reply, "of course").await?;
        assert_eq!(other.message().await?.payload, b"of course");
    }
    // What is forgotten makes room again.
    drop(requester);
    for service in &services {
        eventually("the exchanges to be forgotten", async || {
            let open = open_requests(&mut pusher, service).await?;
            Ok((open == Some(0)).then_some(()))
        })
        .await?;
    }
    let mut requester = Wire::login(broker.addr(), &greedy.user("again")).await?;
    requester.subscribe("inbox.*", "1").await?;
    let open = fill(&mut requester, "svc.4", &mut responders[4]).await?;
    assert_eq!(open, 2048);
    Ok(())
}
