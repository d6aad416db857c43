//! Exports and imports: exactly the shared subject crosses, in the shared direction.

use accounts::{ActivationBody, Claims, ExportClaim, ImportClaim, ShareKind, jwt};
use anyhow::Result;
use tests::mint::{Operator, Tenant, now};
use tests::{Broker, Which, Wire};

use super::broker_with;
use crate::both::on_both;

on_both![
    a_stream_import_brings_exactly_the_shared_subject,
    a_stream_import_can_be_renamed,
    a_broad_subscription_gets_only_the_imported_part,
    a_service_import_carries_requests_and_answers,
    a_service_import_can_be_renamed_and_has_wildcards,
    a_service_without_a_responder_says_so,
    an_answer_is_taken_once_and_only_by_who_asked,
    without_an_export_an_import_brings_nothing,
    a_private_export_needs_a_valid_activation,
    an_export_positioned_by_account_gives_only_the_own_token,
    imports_in_a_circle_end,
    a_service_learns_from_the_server_who_asks,
];

/// An exporter and an importer that share as told, on one broker.
struct Pair {
    acme: Tenant,
    globex: Tenant,
    operator: Operator,
}

impl Pair {
    fn new() -> Self {
        Self {
            acme: Tenant::new("acme"),
            globex: Tenant::new("globex"),
            operator: Operator::default(),
        }
    }

    fn export(&mut self, kind: ShareKind, subject: &str) -> &mut ExportClaim {
        self.acme.body.exports.push(ExportClaim::new(kind, subject));
        self.acme.body.exports.last_mut().expect("just pushed")
    }

    fn import(&mut self, kind: ShareKind, subject: &str, local: &str) -> &mut ImportClaim {
        let mut import = ImportClaim::new(kind, self.acme.public(), subject);
        import.name = subject.to_owned();
        import.local_subject = local.to_owned();
        self.globex.body.imports.push(import);
        self.globex.body.imports.last_mut().expect("just pushed")
    }

    /// Starts the broker and connects one user of each side.
    async fn start(&self, which: Which) -> Result<(Broker, Wire, Wire)> {
        let broker = broker_with(which, &self.operator, &[&self.acme, &self.globex])?;
        let acme = Wire::login(broker.addr(), &self.acme.user("a")).await?;
        let globex = Wire::login(broker.addr(), &self.globex.user("g")).await?;
        Ok((broker, acme, globex))
    }
}

fn pair(subject: &str, text: &str) -> (String, String) {
    (subject.to_owned(), text.to_owned())
}

async fn a_stream_import_brings_exactly_the_shared_subject(which: Which) -> Result<()> {
    let mut pair_ = Pair::new();
    pair_.export(ShareKind::Stream, "orders.>");
    pair_.import(ShareKind::Stream, "orders.eu.*", "");
    let (_broker, mut acme, mut globex) = pair_.start(which).await?;
    globex.subscribe(">", "1").await?;
    acme.subscribe(">", "1").await?;
    for subject in [
        "orders.eu.new",
        "orders.us.new",
        "orders.eu",
        "orders.eu.new.x",
        "other",
    ] {
        acme.publish(subject, "x").await?;
    }
    assert_eq!(acme.messages().await?.len(), 5);
    assert_eq!(globex.messages().await?, [pair("orders.eu.new", "x")]);
    // Nothing flows back, not even on the shared subject.
    globex.publish("orders.eu.new", "back").await?;
    assert_eq!(globex.messages().await?, [pair("orders.eu.new", "back")]);
    assert_eq!(acme.messages().await?, []);
    Ok(())
}

async fn a_stream_import_can_be_renamed(which: Which) -> Result<()> {
    let mut pair_ = Pair::new();
    pair_.export(ShareKind::Stream, "orders.*.*");
    pair_.import(ShareKind::Stream, "orders.*.*", "acme.$2.from.$1");
    let (_broker, mut acme, mut globex) = pair_.start(which).await?;
    globex.subscribe("acme.*.from.eu", "1").await?;
    globex.subscribe("acme.old.from.*", "2").await?;
    globex.subscribe("orders.>", "3").await?;
    for subject in ["orders.eu.new", "orders.us.old", "orders.us.new"] {
        acme.publish(subject, "x").await?;
    }
    acme.sync().await?;
    let mut got = globex.messages().await?;
    got.sort();
    assert_eq!(
        got,
        [pair("acme.new.from.eu", "x"), pair("acme.old.from.us", "x")]
    );
    Ok(())
}

async fn a_broad_subscription_gets_only_the_imported_part(which: Which) -> Result<()> {
    let mut pair_ = Pair::new();
    pair_.export(ShareKind::Stream, "events.>");
    pair_.import(ShareKind::Stream, "events.public.>", "in.acme.>");
    let (_broker, mut acme, mut globex) = pair_.start(which).await?;
    for (sid, subject) in ["in.>", "in.*.a", ">", "in.acme.a", "*.acme.>"]
        .iter()
        .enumerate()
    {
        globex.subscribe(subject, &sid.to_string()).await?;
    }
    for subject in ["events.public.a", "events.private.a", "in.acme.a"] {
        acme.publish(subject, subject).await?;
    }
    acme.sync().await?;
    let got = globex.messages().await?;
    assert_eq!(got.len(), 5, "{got:?}");
    assert!(
        got.iter()
            .all(|message| *message == pair("in.acme.a", "events.public.a")),
        "{got:?}"
    );
    Ok(())
}

async fn a_service_import_carries_requests_and_answers(which: Which) -> Result<()> {
    let mut pair_ = Pair::new();
    pair_.export(ShareKind::Service, "help");
    pair_.import(ShareKind::Service, "help", "");
    let (_broker, mut acme, mut globex) = pair_.start(which).await?;
    acme.subscribe(">", "1").await?;
    globex.subscribe("_INBOX.g.>", "1").await?;
    globex.request("help", "_INBOX.g.1", "please").await?;
    let request = acme.message().await?;
    assert_eq!(request.brief(), ("help", "please".into()));
    let reply = request.reply.unwrap_or_default();
    assert!(
        !reply.contains("_INBOX.g"),
        "the asker's inbox is not shown: {reply}"
    );
    acme.publish(&reply, "here you are").await?;
    assert_eq!(
        globex.message().await?.brief(),
        ("_INBOX.g.1", "here you are".into())
    );

    globex.publish("other", "not shared").await?;
    globex.sync().await?;
    let got = acme.messages().await?;
    assert!(got.iter().all(|(subject, _)| *subject == reply), "{got:?}");
    Ok(())
}

async fn a_service_import_can_be_renamed_and_has_wildcards(which: Which) -> Result<()> {
    let mut pair_ = Pair::new();
    pair_.export(ShareKind::Service, "api.*.get");
    pair_.import(ShareKind::Service, "api.*.get", "acme.*");
    let (_broker, mut acme, mut globex) = pair_.start(which).await?;
    acme.subscribe("api.>", "1").await?;
    globex.subscribe("_INBOX.g", "1").await?;
    globex.request("acme.users", "_INBOX.g", "?").await?;
    let request = acme.message().await?;
    assert_eq!(request.subject, "api.users.get");
    acme.publish(&request.reply.unwrap_or_default(), "!")
        .await?;
    assert_eq!(globex.message().await?.brief(), ("_INBOX.g", "!".into()));
    globex.publish("acme.users.more", "no").await?;
    globex.publish("api.users.get", "no").await?;
    globex.sync().await?;
    assert_eq!(acme.messages().await?, []);
    Ok(())
}

async fn a_service_without_a_responder_says_so(which: Which) -> Result<()> {
    let mut pair_ = Pair::new();
    pair_.export(ShareKind::Service, "help");
    pair_.import(ShareKind::Service, "help", "");
    let (_broker, _acme, mut globex) = pair_.start(which).await?;
    globex.subscribe("_INBOX.g", "1").await?;
    globex.request("help", "_INBOX.g", "anybody?").await?;
    let headers = globex.message().await?.headers.unwrap_or_default();
    assert!(headers.starts_with("NATS/1.0 503"), "{headers:?}");
    Ok(())
}

async fn an_answer_is_taken_once_and_only_by_who_asked(which: Which) -> Result<()> {
    let mut pair_ = Pair::new();
    pair_.export(ShareKind::Service, "help");
    pair_.import(ShareKind::Service, "help", "");
    let (broker, mut acme, mut globex) = pair_.start(which).await?;
    acme.subscribe("help", "1").await?;
    let mut colleague = Wire::login(broker.addr(), &pair_.globex.user("colleague")).await?;
    colleague.subscribe("_INBOX.other", "1").await?;
    globex.subscribe("_INBOX.g", "1").await?;
    globex.request("help", "_INBOX.g", "1").await?;
    let reply = acme.message().await?.reply.unwrap_or_default();
    acme.publish(&reply, "first").await?;
    acme.publish(&reply, "second").await?;
    acme.sync().await?;
    assert_eq!(globex.messages().await?, [pair("_INBOX.g", "first")]);
    assert_eq!(colleague.messages().await?, []);
    Ok(())
}

async fn without_an_export_an_import_brings_nothing(which: Which) -> Result<()> {
    let mut pair_ = Pair::new();
    pair_.export(ShareKind::Stream, "orders.eu.>");
    pair_.export(ShareKind::Service, "orders.api");
    pair_.import(ShareKind::Stream, "orders.us.>", "");
    pair_.import(ShareKind::Stream, "orders.>", "all.>");
    pair_.import(ShareKind::Service, "orders.other", "");
    let (_broker, mut acme, mut globex) = pair_.start(which).await?;
    globex.subscribe(">", "1").await?;
    acme.subscribe("orders.>", "1").await?;
    acme.publish("orders.us.new", "x").await?;
    acme.publish("orders.eu.new", "x").await?;
    acme.sync().await?;
    assert_eq!(globex.messages().await?, []);
    globex.publish("orders.other", "x").await?;
    assert_eq!(globex.messages().await?, [pair("orders.other", "x")]);
    assert_eq!(acme.messages().await?, []);
    Ok(())
}

/// An activation of the first export of `exporter` for `importer`.
pub(crate) fn activation(
    exporter: &Tenant,
    importer: &Tenant,
    subject: &str,
    expires: i64,
) -> String {
    let body = ActivationBody {
        subject: subject.to_owned(),
        kind: ShareKind::Stream,
        issuer_account: None,
        tags: Vec::new(),
        extra: Default::default(),
    };
    let mut claims = Claims::new(importer.public(), "activation", now(), body);
    claims.exp = expires;
    jwt::encode(&claims, &exporter.keys).expect("encode an activation")
}

fn in_an_hour() -> i64 {
    now() + 3600
}

async fn a_private_export_needs_a_valid_activation(which: Which) -> Result<()> {
    type Token = fn(&Pair) -> String;
    let cases: [(&str, Token, usize); 6] = [
        ("none", |_| String::new(), 0),
        (
            "good",
            |p| activation(&p.acme, &p.globex, "s.>", in_an_hour()),
            1,
        ),
        (
            "for another",
            |p| activation(&p.acme, &Tenant::new("x"), "s.>", in_an_hour()),
            0,
        ),
        (
            "by another",
            |p| activation(&p.globex, &p.globex, "s.>", in_an_hour()),
            0,
        ),
        (
            "too narrow",
            |p| activation(&p.acme, &p.globex, "s.x", in_an_hour()),
            0,
        ),
        (
            "expired",
            |p| activation(&p.acme, &p.globex, "s.>", now() - 5),
            0,
        ),
    ];
    for (case, token, expected) in cases {
        let mut pair_ = Pair::new();
        pair_.export(ShareKind::Stream, "s.>").token_req = true;
        let token = token(&pair_);
        pair_.import(ShareKind::Stream, "s.>", "").token = token;
        // Such claims may be refused as a whole: then nobody of the importer gets in.
        let Ok((_broker, mut acme, mut globex)) = pair_.start(which).await else {
            assert_eq!(expected, 0, "{case}");
            continue;
        };
        globex.subscribe("s.>", "1").await?;
        acme.publish("s.a", "x").await?;
        acme.sync().await?;
        assert_eq!(globex.messages().await?.len(), expected, "{case}");
    }
    Ok(())
}

async fn an_export_positioned_by_account_gives_only_the_own_token(which: Which) -> Result<()> {
    let mut pair_ = Pair::new();
    pair_
        .export(ShareKind::Stream, "for.*.>")
        .account_token_position = 2;
    let (own, foreign) = (pair_.globex.public(), pair_.acme.public());
    pair_.import(ShareKind::Stream, &format!("for.{own}.>"), "mine.>");
    pair_.import(ShareKind::Stream, &format!("for.{foreign}.>"), "theirs.>");
    let (_broker, mut acme, mut globex) = pair_.start(which).await?;
    globex.subscribe(">", "1").await?;
    acme.publish(&format!("for.{own}.a"), "x").await?;
    acme.publish(&format!("for.{foreign}.a"), "x").await?;
    acme.sync().await?;
    assert_eq!(globex.messages().await?, [pair("mine.a", "x")]);
    Ok(())
}

/// The original makes one group of them, so that tenants take each other's messages; we don't.
#[tokio::test]
async fn queue_members_of_two_importers_do_not_share() -> Result<()> {
    let which = Which::Tidegate;
    let mut pair_ = Pair::new();
    pair_.export(ShareKind::Stream, "work");
    pair_.import(ShareKind::Stream, "work", "");
    let mut third = Tenant::new("initech");
    third.body.imports = pair_.globex.body.imports.clone();
    let tenants = [&pair_.acme, &pair_.globex, &third];
    let broker = broker_with(which, &pair_.operator, &tenants)?;
    let mut wires = Vec::new();
    for tenant in tenants {
        let mut wire = Wire::login(broker.addr(), &tenant.user("w")).await?;
        wire.send("SUB work crew 1\r\n").await?;
        wire.sync().await?;
        wires.push(wire);
    }
    let mut publisher = Wire::login(broker.addr(), &pair_.acme.user("p")).await?;
    for _ in 0..30 {
        publisher.publish("work", "x").await?;
    }
    publisher.sync().await?;
    for (at, wire) in wires.iter_mut().enumerate() {
        assert_eq!(
            wire.messages().await?.len(),
            30,
            "tenant {at} has its own crew"
        );
    }
    Ok(())
}

async fn imports_in_a_circle_end(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut tenants: Vec<Tenant> = (0..3).map(|n| Tenant::new(&format!("t{n}"))).collect();
    let keys: Vec<_> = tenants.iter().map(Tenant::public).collect();
    for (at, tenant) in tenants.iter_mut().enumerate() {
        for kind in [ShareKind::Stream, ShareKind::Service] {
            let subject = if kind == ShareKind::Stream {
                "loop.s"
            } else {
                "loop.r"
            };
            tenant.body.exports.push(ExportClaim::new(kind, subject));
            let mut import = ImportClaim::new(kind, keys[(at + 1) % 3], subject);
            import.name = subject.to_owned();
            tenant.body.imports.push(import);
        }
    }
    let all: Vec<&Tenant> = tenants.iter().collect();
    // Refusing such claims is fine, looping is not: others go on being served.
    let Ok(broker) = broker_with(which, &operator, &all) else {
        return Ok(());
    };
    for tenant in &tenants {
        if let Ok(mut wire) = Wire::login(broker.addr(), &tenant.user("u")).await {
            wire.send("SUB loop.> 1\r\nSUB _INBOX.x 2\r\n").await?;
            wire.request("loop.r", "_INBOX.x", "round").await?;
            wire.publish("loop.s", "and round").await?;
            let got = wire.sync().await?.len();
            assert!(got <= 8, "{got} messages for two");
        }
    }
    let mut pusher = super::Pusher::new(&broker, &operator).await?;
    let answer = pusher.ask("$SYS.REQ.SERVER.PING", "").await?;
    assert!(answer.starts_with(b"{"), "the server still answers");
    Ok(())
}

async fn a_service_learns_from_the_server_who_asks(which: Which) -> Result<()> {
    for share in [false, true] {
        let mut pair = Pair::new();
        pair.export(ShareKind::Service, "svc");
        pair.import(ShareKind::Service, "svc", "").share = share;
        let (_broker, mut acme, mut globex) = pair.start(which).await?;
        acme.subscribe("svc", "1").await?;
        // nats-server takes out only the exact spelling.
        let name = match which {
            Which::Tidegate => "nats-request-info ",
            Which::NatsServer => "Nats-Request-Info",
        };
        let forged = format!("NATS/1.0\r\n{name}: {{\"acc\":\"forged\"}}\r\nA: b\r\n\r\n");
        let (head, total) = (forged.len(), forged.len() + 2);
        globex
            .send(format!("HPUB svc inbox {head} {total}\r\n{forged}hi\r\n"))
            .await?;
        let headers = acme
            .message()
            .await?
            .headers
            .expect("the server adds a header");
        let infos: Vec<_> = headers
            .lines()
            .filter_map(|line| line.split_once(':'))
            .filter(|(name, _)| name.trim().eq_ignore_ascii_case("nats-request-info"))
            .collect();
        assert_eq!(infos.len(), 1, "{headers}");
        let info: serde_json::Value = serde_json::from_str(infos[0].1.trim())?;
        assert_eq!(info["acc"], pair.globex.public().to_string());
        assert_eq!(info["host"].is_string(), share, "{info}");
        assert_eq!(info["user"].is_string(), share, "{info}");
        assert!(headers.contains("A: b"), "{headers}");
    }
    Ok(())
}
