//! Nothing of one tenant is seen by another, whatever they subscribe to and publish.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::json;
use tests::mint::{Operator, Tenant};
use tests::{Frame, Which, Wire};

use super::broker_with;
use crate::both::on_both;
use crate::seed::{Random, announced};

on_both![
    the_same_subjects_in_two_tenants_never_meet,
    requests_are_answered_inside_the_tenant_only,
    system_subjects_say_nothing_to_tenants,
    a_second_connect_moves_the_connection_completely,
    random_traffic_of_many_tenants_stays_where_it_belongs,
];

async fn the_same_subjects_in_two_tenants_never_meet(which: Which) -> Result<()> {
    let operator = Operator::default();
    let (acme, globex) = (Tenant::new("acme"), Tenant::new("globex"));
    let broker = broker_with(which, &operator, &[&acme, &globex])?;
    let mut publisher = Wire::login(broker.addr(), &acme.user("publisher")).await?;
    let mut insider = Wire::login(broker.addr(), &acme.user("insider")).await?;
    let mut outsider = Wire::login(broker.addr(), &globex.user("outsider")).await?;
    for wire in [&mut insider, &mut outsider] {
        wire.send("SUB > 1\r\nSUB orders.> 2\r\nSUB orders.new 3\r\nSUB orders.* crew 4\r\n")
            .await?;
        assert_eq!(wire.sync().await?, []);
    }
    publisher.publish("orders.new", "acme only").await?;
    publisher.sync().await?;
    assert_eq!(insider.messages().await?.len(), 4);
    assert_eq!(outsider.messages().await?, []);
    Ok(())
}

async fn requests_are_answered_inside_the_tenant_only(which: Which) -> Result<()> {
    let operator = Operator::default();
    let (acme, globex) = (Tenant::new("acme"), Tenant::new("globex"));
    let broker = broker_with(which, &operator, &[&acme, &globex])?;
    let mut responder = Wire::login(broker.addr(), &acme.user("responder")).await?;
    responder.subscribe("service", "1").await?;
    let mut stranger = Wire::login(broker.addr(), &globex.user("stranger")).await?;
    stranger.subscribe("_INBOX.a", "1").await?;
    stranger.request("service", "_INBOX.a", "hello?").await?;
    let answer = stranger.message().await?;
    let headers = answer.headers.unwrap_or_default();
    assert!(
        headers.starts_with("NATS/1.0 503"),
        "nobody is there for a stranger: {headers:?}"
    );
    assert_eq!(responder.messages().await?, []);
    // Publishing on the other's inbox by its name reaches nobody either.
    responder.publish("_INBOX.a", "forged").await?;
    responder.sync().await?;
    assert_eq!(stranger.messages().await?, []);
    Ok(())
}

async fn system_subjects_say_nothing_to_tenants(which: Which) -> Result<()> {
    let operator = Operator::default();
    let (acme, globex) = (Tenant::new("acme"), Tenant::new("globex"));
    let broker = broker_with(which, &operator, &[&acme, &globex])?;
    let mut curious = Wire::login(broker.addr(), &acme.user("curious")).await?;
    curious.send("SUB $SYS.> 1\r\nSUB > 2\r\n").await?;
    curious.sync().await?;
    // Events that the system account gets: a login, a logout, a failed login.
    let visitor = globex.user("visitor");
    drop(Wire::login(broker.addr(), &visitor).await?);
    let _ = Wire::try_login(broker.addr(), &Tenant::new("nobody").user("x")).await?;
    assert_eq!(curious.messages().await?, []);

    curious
        .send("UNSUB 1\r\nUNSUB 2\r\nSUB _INBOX.> 3\r\n")
        .await?;
    let other = globex.public();
    let requests = [
        "$SYS.REQ.CLAIMS.LIST".to_owned(),
        "$SYS.REQ.CLAIMS.PACK".to_owned(),
        format!("$SYS.REQ.ACCOUNT.{other}.CLAIMS.LOOKUP"),
        format!("$SYS.REQ.ACCOUNT.{other}.CONNZ"),
        format!("$SYS.REQ.ACCOUNT.{other}.INFO"),
        "$SYS.REQ.SERVER.PING.VARZ".to_owned(),
    ];
    for subject in &requests {
        curious.request(subject, "_INBOX.x", "").await?;
        for frame in curious.sync().await? {
            // Refused, unanswered or "no responders": anything but an answer.
            let Frame::Message(message) = &frame else {
                continue;
            };
            let headers = message.headers.as_deref().unwrap_or_default();
            assert!(
                headers.starts_with("NATS/1.0 503"),
                "{subject} was answered: {frame:?}"
            );
        }
    }
    Ok(())
}

async fn a_second_connect_moves_the_connection_completely(which: Which) -> Result<()> {
    let operator = Operator::default();
    let (acme, globex) = (Tenant::new("acme"), Tenant::new("globex"));
    let broker = broker_with(which, &operator, &[&acme, &globex])?;
    let mut mover = Wire::login(broker.addr(), &acme.user("mover")).await?;
    mover.subscribe("a", "1").await?;
    let again = globex
        .user("mover")
        .connect_operation(mover.nonce(), &json!({}));
    mover.send(again).await?;
    let mut stays = Wire::login(broker.addr(), &acme.user("stays")).await?;
    // Either the server takes the second login, or it ends the connection: never both accounts.
    if mover.sync().await.is_ok() {
        stays.publish("a", "for acme").await?;
        stays.sync().await?;
        assert_eq!(mover.messages().await?, []);
        let mut other = Wire::login(broker.addr(), &globex.user("other")).await?;
        other.subscribe("b", "1").await?;
        mover.publish("b", "from the new account").await?;
        mover.sync().await?;
        assert_eq!(other.messages().await?.len(), 1);
    }
    Ok(())
}

async fn random_traffic_of_many_tenants_stays_where_it_belongs(which: Which) -> Result<()> {
    const TENANTS: usize = 6;
    const MESSAGES: usize = 3_000;
    let mut random = Random::new(announced());
    let operator = Operator::default();
    let tenants: Vec<Tenant> = (0..TENANTS)
        .map(|n| Tenant::new(&format!("t{n}")))
        .collect();
    let all: Vec<&Tenant> = tenants.iter().collect();
    let broker = broker_with(which, &operator, &all)?;
    let words = ["a", "b", "c", "_INBOX", "orders"];
    let mut publishers = Vec::new();
    let mut listeners = Vec::new();
    for tenant in &tenants {
        publishers.push(Wire::login(broker.addr(), &tenant.user("p")).await?);
        let mut listener = Wire::login(broker.addr(), &tenant.user("l")).await?;
        listener.send("SUB > 1\r\n").await?;
        for sid in 2..10 {
            let token = |random: &mut Random| match random.below(7) {
                5 | 6 => "*".to_owned(),
                n => words[n].to_owned(),
            };
            let pattern = format!("{}.{}", token(&mut random), token(&mut random));
            let queue = if random.below(2) == 0 { " q" } else { "" };
            listener
                .send(format!("SUB {pattern}{queue} {sid}\r\n"))
                .await?;
        }
        listener.sync().await?;
        listeners.push(listener);
    }
    let mut sent = vec![BTreeSet::new(); TENANTS];
    for n in 0..MESSAGES {
        let from = random.below(TENANTS);
        let subject = format!("{}.{}", words[random.below(5)], words[random.below(5)]);
        publishers[from]
            .publish(&subject, &format!("{from}:{n}"))
            .await?;
        sent[from].insert(format!("{from}:{n}"));
    }
    for publisher in &mut publishers {
        publisher.sync().await?;
    }
    for (at, listener) in listeners.iter_mut().enumerate() {
        let got: BTreeSet<String> = listener
            .messages()
            .await?
            .into_iter()
            .map(|(_, text)| text)
            .collect();
        assert_eq!(
            got, sent[at],
            "tenant {at} got all of its own and nothing else"
        );
    }
    Ok(())
}
