//! Sharing over several accounts: a maker exports, a dealer imports and exports again, a buyer
//! imports from the dealer.

use accounts::ShareKind::{self, Service, Stream};
use accounts::{ActivationBody, Claims, jwt};
use anyhow::Result;
use serde_json::Value;
use tests::mint::{Operator, Tenant, now};
use tests::wait::eventually;
use tests::{Broker, Which, Wire};

use super::{Pusher, asked, asked_in_vain, broker_with, export, import};
use crate::both::on_both;

on_both![
    a_stream_ends_with_who_imports_it,
    a_request_passes_through_the_middle_with_both_rewrites,
    the_shorter_response_type_of_a_chain_counts,
    a_chain_breaks_and_mends_live,
    a_revoked_activation_breaks_a_chain_live,
    a_service_at_the_end_without_a_responder_says_so,
    answers_and_requests_do_not_leave_as_a_stream,
    an_answer_on_an_imported_subject_is_no_request,
    a_service_learns_who_asked_first_and_who_passed_it_on,
];

/// Three tenants, of which the middle one passes on what it imports.
struct Chain {
    operator: Operator,
    maker: Tenant,
    dealer: Tenant,
    buyer: Tenant,
}

/// One connection of each.
struct Wires {
    broker: Broker,
    maker: Wire,
    dealer: Wire,
    buyer: Wire,
}

impl Chain {
    /// `goods.x.y` of the maker is `stock.y.x` of the dealer and `shop.y.x` of the buyer.
    fn new(kind: ShareKind) -> Self {
        let mut maker = Tenant::new("maker");
        let (mut dealer, mut buyer) = (Tenant::new("dealer"), Tenant::new("buyer"));
        export(&mut maker, kind, "goods.*.*");
        import(&mut dealer, &maker, kind, ("goods.*.*", "stock.$2.$1"));
        export(&mut dealer, kind, "stock.*.*");
        import(&mut buyer, &dealer, kind, ("stock.*.*", "shop.*.*"));
        let operator = Operator::default();
        Self {
            operator,
            maker,
            dealer,
            buyer,
        }
    }

    async fn start(&self, which: Which) -> Result<Wires> {
        let tenants = [&self.maker, &self.dealer, &self.buyer];
        let config = self.operator.directory_config(&tenants, false);
        let broker = Broker::start(which, &config)?;
        let mut wires = Wires {
            maker: Wire::login(broker.addr(), &self.maker.user("m")).await?,
            dealer: Wire::login(broker.addr(), &self.dealer.user("d")).await?,
            buyer: Wire::login(broker.addr(), &self.buyer.user("b")).await?,
            broker,
        };
        wires.buyer.subscribe("inbox", "1").await?;
        Ok(wires)
    }
}

fn pair(subject: &str, text: &str) -> (String, String) {
    (subject.to_owned(), text.to_owned())
}

async fn a_stream_ends_with_who_imports_it(which: Which) -> Result<()> {
    let mut wires = Chain::new(Stream).start(which).await?;
    wires.dealer.subscribe("stock.>", "2").await?;
    wires.buyer.subscribe("shop.>", "2").await?;
    wires.maker.publish("goods.red.shoe", "made").await?;
    wires.maker.sync().await?;
    assert_eq!(
        wires.dealer.messages().await?,
        [pair("stock.shoe.red", "made")]
    );
    assert_eq!(wires.buyer.messages().await?, []);
    // What the dealer itself says under that name does go on.
    wires.dealer.publish("stock.hat.blue", "own").await?;
    wires.dealer.sync().await?;
    assert_eq!(
        wires.buyer.messages().await?,
        [pair("shop.hat.blue", "own")]
    );
    wires.maker.sync().await?;
    Ok(())
}

async fn a_request_passes_through_the_middle_with_both_rewrites(which: Which) -> Result<()> {
    let mut wires = Chain::new(Service).start(which).await?;
    wires.maker.subscribe("goods.>", "2").await?;
    wires.dealer.subscribe("stock.shoe.*", "2").await?;
    wires
        .buyer
        .request("shop.shoe.red", "inbox", "price?")
        .await?;
    let request = wires.maker.message().await?;
    assert_eq!(request.brief(), ("goods.red.shoe", "price?".into()));
    let reply = request.reply.unwrap_or_default();
    assert!(reply.starts_with("_R_."), "{reply}");
    // Whoever listens in the middle hears the request, too, and may answer: the first one counts.
    assert_eq!(
        wires.dealer.message().await?.brief(),
        ("stock.shoe.red", "price?".into())
    );
    wires.maker.publish(&reply, "ten").await?;
    wires.maker.publish(&reply, "eleven").await?;
    wires.maker.sync().await?;
    assert_eq!(wires.buyer.messages().await?, [pair("inbox", "ten")]);
    Ok(())
}

async fn the_shorter_response_type_of_a_chain_counts(which: Which) -> Result<()> {
    let cases = [
        ("Singleton", "Stream", ["one"].as_slice()),
        ("Stream", "Singleton", &["one"]),
        ("Stream", "Chunked", &["one", "two", ""]),
    ];
    for (made, sold, expected) in cases {
        let mut chain = Chain::new(Service);
        chain.maker.body.exports[0].response_type = made.to_owned();
        chain.dealer.body.exports[0].response_type = sold.to_owned();
        let mut wires = chain.start(which).await?;
        wires.maker.subscribe("goods.>", "2").await?;
        let reply = asked(&mut wires.buyer, "shop.a.b", &mut wires.maker).await?;
        for text in ["one", "two", "", "three"] {
            wires.maker.publish(&reply, text).await?;
        }
        wires.maker.sync().await?;
        let got = wires.buyer.messages().await?;
        let texts: Vec<_> = got.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, expected, "{made} behind {sold}");
    }
    Ok(())
}

async fn a_chain_breaks_and_mends_live(which: Which) -> Result<()> {
    let mut chain = Chain::new(Service);
    let mut wires = chain.start(which).await?;
    wires.maker.subscribe("goods.>", "2").await?;
    let mut pusher = Pusher::new(&wires.broker, &chain.operator).await?;
    asked(&mut wires.buyer, "shop.a.b", &mut wires.maker).await?;

    let imports = std::mem::take(&mut chain.dealer.body.imports);
    pusher.push(&chain.operator, &chain.dealer).await?;
    asked_in_vain(&mut wires.buyer, "shop.a.b").await?;
    chain.dealer.body.imports = imports;
    pusher.push(&chain.operator, &chain.dealer).await?;
    asked(&mut wires.buyer, "shop.a.b", &mut wires.maker).await?;

    let exports = std::mem::take(&mut chain.maker.body.exports);
    pusher.push(&chain.operator, &chain.maker).await?;
    asked_in_vain(&mut wires.buyer, "shop.a.b").await?;
    chain.maker.body.exports = exports;
    pusher.push(&chain.operator, &chain.maker).await?;
    asked(&mut wires.buyer, "shop.a.b", &mut wires.maker).await?;

    chain.dealer.body.exports.clear();
    pusher.push(&chain.operator, &chain.dealer).await?;
    asked_in_vain(&mut wires.buyer, "shop.a.b").await?;
    assert_eq!(wires.maker.messages().await?, []);
    Ok(())
}

async fn a_revoked_activation_breaks_a_chain_live(which: Which) -> Result<()> {
    let mut chain = Chain::new(Service);
    chain.maker.body.exports[0].token_req = true;
    let body = ActivationBody {
        subject: "goods.>".to_owned(),
        kind: Service,
        issuer_account: None,
        tags: Vec::new(),
        extra: Default::default(),
    };
    let activation = Claims::new(chain.dealer.public(), "for the dealer", now(), body);
    let token = jwt::encode(&activation, &chain.maker.keys)?;
    chain.dealer.body.imports[0].token = token;
    let mut wires = chain.start(which).await?;
    wires.maker.subscribe("goods.>", "2").await?;
    let mut pusher = Pusher::new(&wires.broker, &chain.operator).await?;
    for key in [chain.dealer.public().to_string(), "*".to_owned()] {
        asked(&mut wires.buyer, "shop.a.b", &mut wires.maker).await?;
        chain.maker.body.exports[0].revocations.insert(key, now());
        pusher.push(&chain.operator, &chain.maker).await?;
        asked_in_vain(&mut wires.buyer, "shop.a.b").await?;
        chain.maker.body.exports[0].revocations.clear();
        pusher.push(&chain.operator, &chain.maker).await?;
    }
    Ok(())
}

async fn a_service_at_the_end_without_a_responder_says_so(which: Which) -> Result<()> {
    let mut wires = Chain::new(Service).start(which).await?;
    asked_in_vain(&mut wires.buyer, "shop.a.b").await?;
    wires.maker.subscribe("goods.>", "2").await?;
    asked(&mut wires.buyer, "shop.a.b", &mut wires.maker).await?;
    Ok(())
}

async fn answers_and_requests_do_not_leave_as_a_stream(which: Which) -> Result<()> {
    let mut chain = Chain::new(Service);
    let mut watcher = Tenant::new("watcher");
    for tenant in [&mut chain.dealer, &mut chain.buyer] {
        export(tenant, Stream, ">");
    }
    import(&mut watcher, &chain.dealer, Stream, (">", "dealer.>"));
    import(&mut watcher, &chain.buyer, Stream, (">", "buyer.>"));
    let tenants = [&chain.maker, &chain.dealer, &chain.buyer, &watcher];
    let broker = broker_with(which, &chain.operator, &tenants)?;
    let mut maker = Wire::login(broker.addr(), &chain.maker.user("m")).await?;
    let mut buyer = Wire::login(broker.addr(), &chain.buyer.user("b")).await?;
    let mut watcher = Wire::login(broker.addr(), &watcher.user("w")).await?;
    watcher.subscribe(">", "1").await?;
    maker.subscribe("goods.>", "1").await?;
    buyer.subscribe("inbox", "1").await?;
    let reply = asked(&mut buyer, "shop.a.b", &mut maker).await?;
    maker.publish(&reply, "secret").await?;
    maker.sync().await?;
    assert_eq!(buyer.messages().await?, [pair("inbox", "secret")]);
    // The buyer's own publish is a message of its stream; nothing that crossed as a service is.
    assert_eq!(watcher.messages().await?, [pair("buyer.shop.a.b", "?")]);
    Ok(())
}

/// A requester that imports everything as a service would send the answer back to the service.
async fn an_answer_on_an_imported_subject_is_no_request(which: Which) -> Result<()> {
    let mut maker = Tenant::new("maker");
    let (mut dealer, mut buyer) = (Tenant::new("dealer"), Tenant::new("buyer"));
    export(&mut maker, Service, ">");
    import(&mut dealer, &maker, Service, (">", ""));
    export(&mut dealer, Service, ">");
    import(&mut buyer, &dealer, Service, (">", ""));
    let operator = Operator::default();
    let chain = Chain {
        operator,
        maker,
        dealer,
        buyer,
    };
    let mut wires = chain.start(which).await?;
    wires.maker.subscribe("inbox", "1").await?;
    wires.maker.subscribe("foo", "2").await?;
    let reply = asked(&mut wires.buyer, "foo", &mut wires.maker).await?;
    wires.maker.publish(&reply, "bar").await?;
    assert_eq!(wires.maker.messages().await?, []);
    assert_eq!(wires.buyer.messages().await?, [pair("inbox", "bar")]);
    Ok(())
}

async fn a_service_learns_who_asked_first_and_who_passed_it_on(which: Which) -> Result<()> {
    for (buyer_shares, dealer_shares) in [(false, false), (false, true), (true, true)] {
        let mut chain = Chain::new(Service);
        chain.buyer.body.imports[0].share = buyer_shares;
        chain.dealer.body.imports[0].share = dealer_shares;
        let mut wires = chain.start(which).await?;
        wires.maker.subscribe("goods.>", "2").await?;
        wires.dealer.subscribe("stock.>", "2").await?;
        wires.buyer.request("shop.a.b", "inbox", "?").await?;
        let at_dealer = info(&wires.dealer.message().await?.headers.unwrap_or_default())?;
        let at_maker = info(&wires.maker.message().await?.headers.unwrap_or_default())?;
        let buyer = chain.buyer.public().to_string();
        assert_eq!(at_dealer["acc"], *buyer);
        assert_eq!(at_dealer["svc"], Value::Null);
        assert_eq!(at_dealer["user"].is_string(), buyer_shares);
        assert_eq!(at_dealer["server"].is_string(), buyer_shares);
        assert_eq!(at_maker["acc"], *buyer);
        assert_eq!(at_maker["svc"], chain.dealer.public().to_string());
        assert_eq!(at_maker["user"].is_string(), buyer_shares, "{at_maker}");
        assert_eq!(
            at_maker["server"].is_string(),
            buyer_shares || dealer_shares
        );
    }
    Ok(())
}

/// The content of the one `Nats-Request-Info` among the headers.
fn info(headers: &str) -> Result<Value> {
    let lines: Vec<_> = headers
        .lines()
        .filter_map(|line| line.strip_prefix("Nats-Request-Info:"))
        .collect();
    anyhow::ensure!(lines.len() == 1, "not one header: {headers}");
    Ok(serde_json::from_str(lines[0].trim())?)
}

/// The original passes on what it was told on the first hop, whatever the second one says.
#[tokio::test]
async fn details_stop_at_the_first_import_that_does_not_share_them() -> Result<()> {
    let mut chain = Chain::new(Service);
    chain.buyer.body.imports[0].share = true;
    let mut wires = chain.start(Which::Tidegate).await?;
    wires.maker.subscribe("goods.>", "2").await?;
    wires.buyer.request("shop.a.b", "inbox", "?").await?;
    let told = info(&wires.maker.message().await?.headers.unwrap_or_default())?;
    assert_eq!(told["acc"], chain.buyer.public().to_string());
    for field in ["user", "host", "name", "id", "server"] {
        assert_eq!(told[field], Value::Null, "{told}");
    }
    Ok(())
}

/// An answer that a third account gets as a request tells who wrote it. The original believes what
/// the answer itself says.
#[tokio::test]
async fn an_answer_cannot_name_another_author() -> Result<()> {
    let operator = Operator::default();
    let (mut one, mut two) = (Tenant::new("one"), Tenant::new("two"));
    let mut asking = Tenant::new("asking");
    export(&mut one, Service, "svc");
    export(&mut two, Service, "log");
    import(&mut asking, &one, Service, ("svc", "")).share = true;
    import(&mut asking, &two, Service, ("log", "")).share = true;
    let broker = broker_with(Which::Tidegate, &operator, &[&one, &two, &asking])?;
    let mut responder = Wire::login(broker.addr(), &one.user("r")).await?;
    responder.subscribe("svc", "1").await?;
    let mut log = Wire::login(broker.addr(), &two.user("l")).await?;
    log.subscribe("log", "1").await?;
    let mut requester = Wire::login(broker.addr(), &asking.user("q")).await?;
    requester.request("svc", "log", "?").await?;
    let reply = responder.message().await?.reply.unwrap_or_default();
    let forged = "NATS/1.0\r\nNats-Request-Info: {\"acc\":\"forged\",\"user\":\"x\"}\r\n\r\n";
    let (head, total) = (forged.len(), forged.len() + 1);
    responder
        .send(format!("HPUB {reply} {head} {total}\r\n{forged}!\r\n"))
        .await?;
    let told = info(&log.message().await?.headers.unwrap_or_default())?;
    assert_eq!(told["acc"], one.public().to_string());
    assert_eq!(told["svc"], asking.public().to_string());
    // Who answers has not agreed to be described.
    assert_eq!(told["user"], Value::Null);
    Ok(())
}

/// The original leaves an exchange open that was begun over an import that is gone.
#[tokio::test]
async fn an_open_exchange_ends_with_any_link_of_its_chain() -> Result<()> {
    let mut chain = Chain::new(Service);
    for tenant in [&mut chain.maker, &mut chain.dealer] {
        tenant.body.exports[0].response_type = "Stream".to_owned();
    }
    let mut wires = chain.start(Which::Tidegate).await?;
    wires.maker.subscribe("goods.>", "2").await?;
    let mut pusher = Pusher::new(&wires.broker, &chain.operator).await?;
    let reply = asked(&mut wires.buyer, "shop.a.b", &mut wires.maker).await?;
    wires.maker.publish(&reply, "one").await?;
    assert_eq!(wires.buyer.message().await?.payload, b"one");
    // A link that changes is the same link.
    chain.buyer.body.imports[0].share = true;
    pusher.push(&chain.operator, &chain.buyer).await?;
    wires.maker.publish(&reply, "two").await?;
    assert_eq!(wires.buyer.message().await?.payload, b"two");
    chain.buyer.body.imports.clear();
    pusher.push(&chain.operator, &chain.buyer).await?;
    wires.maker.publish(&reply, "three").await?;
    wires.maker.sync().await?;
    assert_eq!(wires.buyer.messages().await?, []);
    // Nobody is left who could be answered: the maker's side forgets it as well.
    let subject = format!("$SYS.REQ.ACCOUNT.{}.INFO", chain.maker.public());
    eventually("the exchange to be forgotten", async || {
        let answer = pusher.ask_json(&subject, "").await?;
        Ok((answer["data"]["open_requests"] == 0).then_some(()))
    })
    .await
}

/// The original follows a chain as long as it is.
#[tokio::test]
async fn a_chain_has_an_end() -> Result<()> {
    let operator = Operator::default();
    let mut tenants: Vec<Tenant> = (0..20).map(|n| Tenant::new(&format!("t{n}"))).collect();
    for at in 0..20 {
        let (before, rest) = tenants.split_at_mut(at);
        export(&mut rest[0], Service, "help");
        if let Some(exporter) = before.last() {
            import(&mut rest[0], exporter, Service, ("help", ""));
        }
    }
    let all: Vec<_> = tenants.iter().collect();
    let broker = broker_with(Which::Tidegate, &operator, &all)?;
    let mut responder = Wire::login(broker.addr(), &tenants[0].user("r")).await?;
    responder.subscribe("help", "1").await?;
    for (tenant, reaches) in [(16, true), (17, false)] {
        let mut wire = Wire::login(broker.addr(), &tenants[tenant].user("u")).await?;
        wire.subscribe("inbox", "1").await?;
        if !reaches {
            asked_in_vain(&mut wire, "help").await?;
            continue;
        }
        let reply = asked(&mut wire, "help", &mut responder).await?;
        responder.publish(&reply, "coming").await?;
        assert_eq!(wire.message().await?.payload, b"coming");
    }
    Ok(())
}
